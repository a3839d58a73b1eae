package paper

import (
	"reflect"
	"strings"
)

// sampleGuide is an invented item with something in every field.
var sampleGuide = Guide{Chapter: "某县卫生健康局", Name: "公共场所卫生许可（新办）", Unit: "某县卫生健康局", Code: "11130531MB123456234000123006000", Type: "行政许可", Visits: 1, VisitsWord: "最多跑一次",
	Case: "新开办的公共场所", Cases: []CaseLine{{"新开办的公共场所", "最多跑一次", "7个工作日", "1、2"}, {"变更名称的", "一次也不用跑", "当场办结", "1"}},
	Trips: []string{"到县政务服务大厅：提交材料、核验原件"}, Promised: "7 个工作日", Legal: "20 个工作日", Fee: "收费",
	Fees:       []FeeLine{{"工本费", "10 元/本", "某省发改委文件", "低保户免收"}},
	Conditions: []string{"有固定的营业场所和设施", "卫生管理制度健全"},
	Materials:  []MaterialLine{{1, "申请表", "原件 1 份", "纸质或电子", "必要", "可现场填写", "申请人"}, {2, "居民身份证", "复印件 1 份", "电子", "可容缺", "", "公安机关"}},
	Steps:      []StepLine{{1, "受理", "政务服务股", "当场"}, {2, "审查", "卫生监督股", "5 个工作日"}},
	Places:     []PlaceLine{{"县政务服务大厅 3 号窗口", "某路 1 号", "工作日 9:00—12:00", "0319-7200000"}},
	Online:     "https://example.org", Enquiry: "0319-7200000", Complaint: "12345", Bases: []string{"《公共场所卫生管理条例》第四条"},
	FAQ: []QALine{{"能代办吗？", "能，请带委托书和双方身份证。"}}, Result: "公共场所卫生许可证", Release: "第一批（2018-001）", VerifyCode: "ABCDE-12345",
	Link: "https://example.org/verify?code=ABCDE-12345"}

// samples fill each template once, for previews and checks; everything in them
// is invented.
var samples = map[string]any{}

func init() {
	lines := []Line{{1, "公共场所卫生许可", "11130531MB123456234000123006000", "000123006000", "行政许可", "某局", "《公共场所卫生管理条例》第四条", "7个工作日", "窗口办理、电脑端网上办理", "支持", "支持", 1, "最多跑一次", "已实现最多跑一次", "已实现"},
		{2, "义诊备案", "11130531MB123456234001023007000", "001023007000", "备案", "某局", "《义诊活动备案办法（样例）》第三条", "即办", "窗口办理", "不支持", "不收费", 0, "一次也不用跑", "已实现最多跑一次", "已实现"}}
	report := Report{Unit: "某县卫生健康局", Plan: "某县最多跑一次改革实施方案", Number: "报送2018-0001", Hash: strings.Repeat("0123456789abcdef", 4), Date: "2018年7月5日",
		Text:      []string{"为落实“最多跑一次”改革要求，现就所附清单中的事项向社会公开承诺：", "一、申请材料齐全、符合法定受理条件的，申请人最多跑一次。"},
		Signatory: "张某某", Title: "局长", SignedOn: "2018年7月5日", Statement: "本单位没有依申请办理的事项。", By: "李某某", Receiver: "某县审改办", Lines: lines}
	one := Implementation{"公共场所卫生许可", "某县卫生健康局", "11130531MB123456234000123006000", []Element{{1, "事项名称", "公共场所卫生许可"}, {2, "基本编码", ""}}}
	for _, n := range []string{"办事指南", "一次性告知单", "海报", "海报A3", "窗口卡"} {
		samples[n] = sampleGuide
	}
	for _, n := range []string{"公开承诺书", "零报告", "目录清单"} {
		samples[n] = report
	}
	samples["指南汇编"] = Booklet{"某县卫生健康局办事指南汇编", "某县卫生健康局", "2018-001", []Guide{sampleGuide, sampleGuide}}
	samples["实施清单"] = one
	samples["实施清单汇编"] = ImplementationList{"某县卫生健康局实施清单", "某县卫生健康局", []Implementation{one}}
	samples["分析表"] = ImplementationList{"某县卫生健康局“最多跑一次”事项分析表", "某县卫生健康局", []Implementation{{one.Name, one.Unit, one.Code,
		[]Element{{1, "到场次数", "2"}, {2, "办理环节", "1. 受理；2. 审查；3. 送达"}, {3, "不能一次办结的原因", "结果目前只在窗口领取"}}}}}
	samples["报送回执"] = Receipt{Unit: report.Unit, Plan: report.Plan, Number: report.Number, Kind: "清单报送", Hash: report.Hash, At: "2018-07-05 10:00", Date: report.Date,
		Late: true, Due: "2018年7月10日", By: report.By, Lines: lines, Committed: 2, Scan: "承诺书.pdf", Signature: report.Signature, Receiver: "某县审改办", Link: "https://example.org/work/receipts"}
	samples["更换清单"] = Replacements{"某县政务服务大厅一楼公示栏", "某县行政审批局", "一楼东侧", "综合窗口", "2018年9月14日", []Replacement{
		{1, "公共场所卫生许可", "某县卫生健康局", "ABCDE-12345", "2018年9月10日", "换成现行版", "FGHJK-67890", "承诺时限由“7个工作日”改为“5个工作日”", "2018年9月13日"},
		{2, "义诊备案", "某县卫生健康局", "ABCDE-54321", "2018年9月11日", "撤下：事项已暂停", "", "", "2018年9月14日"},
		{3, "旅行社设立许可", "某县文化广电和旅游局", "", "", "补上", "KLMNP-11111", "", "2018年9月17日"}}}
	samples["审核意见"] = Opinion{report.Unit, report.Number, "2018年7月20日", "2018年7月27日", 1, 1, []OfficeOpinion{{"某县审改办", "王某某", "2018年7月18日", 1,
		[]ReturnedItem{{"义诊备案", []Remark{{"受理条件", "请写明具体条件。"}}}}}, {"某县行政审批局", "赵某某", "2018年7月19日", 2, nil}}}
	samples["批次公布公告"] = Announcement{"某县", "第一批", "某政字〔2018〕1号", "2018年8月30日", "某县人民政府", "第一批", 2, 1, 1, 0, []UnitLines{{report.Unit, lines}}, "https://example.org/batches"}
	changed := AdjustedLine{2, "义诊备案", "11130531MB123456234001023007000", "某县卫生健康局", "一次也不用跑", "变更", "", []ChangeLine{{"承诺时限", "5个工作日", "当场办结"}, {"材料“场地证明”", "必要", ""}}}
	samples["调整公告"] = AdjustmentNotice{"某县", "某县人民政府", "某县人民政府办公室", "某政字〔2018〕9号", "2018年11月5日", "调整2018-0003", "合并", "合并", "公共场所卫生许可", 2,
		"法律、法规修改", "《公共场所卫生管理条例》第四条", "两个事项合并为一个，今后只需提交一次材料。", "2018年11月10日", "2018年12月31日", "某县卫生健康局", "0319-7200000", true,
		[]AdjustedLine{{1, "公共场所卫生许可", "11130531MB123456234000123006000", "某县卫生健康局", "最多跑一次", "取消（合并）", "义诊备案（某县卫生健康局）", nil}, changed}, []AdjustedLine{changed}, "https://example.org/batches/3"}
}

// Sample is what a template is filled with for a preview; nil for one that does
// not exist.
func Sample(name string) any { return samples[name] }

// Field is a field that a template may use.
type Field struct {
	Name  string // as it stands in the template: .Name, or .Materials[].Name inside a range
	Means string
}

// means says what the fields are; those of lists stand under the list's type.
var means = map[string]string{
	"Guide.Chapter": "所属部分（多个单位的汇编中，每个单位的第一份指南）", "Guide.Name": "事项名称", "Guide.Unit": "实施机构", "Guide.Code": "实施编码", "Guide.Type": "事项类型", "Guide.Visits": "到场次数（数字）", "Guide.VisitsWord": "到场次数（文字）",
	"Guide.Trips": "每次到哪里、办什么", "Guide.Promised": "承诺时限", "Guide.Legal": "法定时限", "Guide.Fee": "是否收费", "Guide.Fees": "收费项目", "Guide.Conditions": "受理条件",
	"Guide.Materials": "材料", "Guide.Steps": "办理环节", "Guide.Places": "办理地点", "Guide.Online": "网上办理地址", "Guide.Enquiry": "咨询方式", "Guide.Complaint": "监督投诉方式",
	"Guide.Bases": "设定依据", "Guide.FAQ": "常见问题", "Guide.Result": "结果名称", "Guide.Release": "公布批次", "Guide.VerifyCode": "核验码", "Guide.Link": "二维码指向的地址",
	"Guide.Case": "适用的情形（按情形印制时）", "Guide.Cases": "各种情形（不按情形印制时）",
	"CaseLine.Name": "情形", "CaseLine.VisitsWord": "到场次数（文字）", "CaseLine.Promised": "承诺时限", "CaseLine.Materials": "需要的材料（序号）",
	"FeeLine.Name": "项目", "FeeLine.Standard": "标准", "FeeLine.Basis": "依据", "FeeLine.Reduction": "减免",
	"MaterialLine.No": "序号", "MaterialLine.Name": "材料名称", "MaterialLine.Count": "份数", "MaterialLine.Medium": "形式", "MaterialLine.Need": "必要性", "MaterialLine.Notes": "说明", "MaterialLine.Source": "由谁出具",
	"StepLine.No": "序号", "StepLine.Name": "环节", "StepLine.Unit": "办理单位", "StepLine.Days": "时限",
	"PlaceLine.Name": "地点", "PlaceLine.Address": "地址", "PlaceLine.Hours": "时间", "PlaceLine.Phone": "电话", "QALine.Question": "问", "QALine.Answer": "答",
	"Booklet.Title": "标题", "Booklet.Unit": "单位", "Booklet.Release": "公布编号", "Booklet.Guides": "各份指南",
	"Line.No": "序号", "Line.Name": "事项名称", "Line.Code": "实施编码", "Line.BasicCode": "基本编码", "Line.Bases": "设定依据", "Line.Promised": "承诺时限", "Line.Channels": "办理形式", "Line.Express": "快递送达", "Line.Payment": "网上支付", "Line.Type": "事项类型", "Line.Unit": "单位", "Line.Visits": "到场次数（数字）", "Line.VisitsWord": "到场次数（文字）", "Line.Class": "分类", "Line.ClassWord": "分类（简称：已实现、改革后、暂未实现）",
	"Report.Unit": "单位", "Report.Plan": "改革方案", "Report.Number": "报送编号", "Report.Hash": "内容校验码", "Report.Date": "报送日期", "Report.Text": "承诺内容，每段一条", "Report.Signatory": "签署人",
	"Report.Title": "签署人职务", "Report.SignedOn": "签署日期", "Report.Statement": "零报告理由", "Report.By": "报送人", "Report.Receiver": "接收单位", "Report.Lines": "事项", "Report.Signature": "承诺书的电子签名，没有则为空",
	"Element.No": "序号", "Element.Name": "要素", "Element.Text": "内容", "Implementation.Name": "事项名称", "Implementation.Unit": "单位", "Implementation.Code": "实施编码", "Implementation.Elements": "要素",
	"ImplementationList.Title": "标题", "ImplementationList.Unit": "单位", "ImplementationList.Items": "各事项的实施清单",
	"Receipt.Unit": "单位", "Receipt.Plan": "改革方案", "Receipt.Number": "报送编号", "Receipt.Kind": "报送种类", "Receipt.Hash": "内容校验码", "Receipt.At": "报送时间", "Receipt.Date": "报送日期",
	"Receipt.Late": "是否迟报", "Receipt.Due": "期限", "Receipt.By": "报送人", "Receipt.Lines": "事项", "Receipt.Committed": "承诺书覆盖的事项数", "Receipt.Scan": "扫描件", "Receipt.Signature": "承诺书的电子签名，没有则为空", "Receipt.Receiver": "接收单位", "Receipt.Link": "二维码指向的核对地址",
	"Replacements.Place": "公示地点", "Replacements.Unit": "单位", "Replacements.Location": "位置", "Replacements.Keeper": "维护的科室", "Replacements.Date": "打印日期", "Replacements.Lines": "要更换、补上、撤下的内容",
	"Replacement.No": "序号", "Replacement.Name": "事项名称", "Replacement.Unit": "事项所属单位", "Replacement.Old": "现在挂的核验码", "Replacement.Since": "不是现行的起始日期", "Replacement.Do": "怎么办", "Replacement.New": "新的核验码",
	"Replacement.Changes": "变化", "Replacement.Due": "期限",
	"Opinion.Unit": "单位", "Opinion.Number": "报送编号", "Opinion.Date": "日期", "Opinion.Due": "重新报送的期限", "Opinion.Passed": "通过项数", "Opinion.Returned": "退回项数", "Opinion.Offices": "各审核单位的意见",
	"OfficeOpinion.Office": "审核单位", "OfficeOpinion.By": "审核人", "OfficeOpinion.Date": "日期", "OfficeOpinion.Passed": "通过项数", "OfficeOpinion.Returns": "退回的事项",
	"ReturnedItem.Name": "事项名称", "ReturnedItem.Remarks": "修改意见", "Remark.Element": "要素", "Remark.Text": "意见",
	"Announcement.County": "县名", "Announcement.Title": "批次名称", "Announcement.Number": "文号", "Announcement.Date": "成文日期", "Announcement.Issuer": "发文机关", "Announcement.BatchNo": "批次",
	"Announcement.Total": "事项总数", "Announcement.None": "一次也不用跑的项数", "Announcement.One": "最多跑一次的项数", "Announcement.More": "须跑两次及以上的项数", "Announcement.Units": "各单位", "Announcement.Link": "二维码指向的地址",
	"AdjustmentNotice.County": "县名", "AdjustmentNotice.Issuer": "发文机关", "AdjustmentNotice.Printer": "印发机关", "AdjustmentNotice.Number": "文号，没有则为空", "AdjustmentNotice.Date": "成文日期，未批准时为空", "AdjustmentNotice.Adjustment": "调整编号",
	"AdjustmentNotice.Op": "调整的种类", "AdjustmentNotice.Verb": "调整的种类（写进句子）", "AdjustmentNotice.Name": "第一个事项的名称", "AdjustmentNotice.Total": "事项数", "AdjustmentNotice.Cause": "原因", "AdjustmentNotice.Basis": "依据", "AdjustmentNotice.Reason": "向群众的说明",
	"AdjustmentNotice.Effective": "生效日期", "AdjustmentNotice.Until": "预计恢复日期，没有则为空", "AdjustmentNotice.Unit": "单位", "AdjustmentNotice.Phone": "单位电话", "AdjustmentNotice.HasNext": "是否有去向", "AdjustmentNotice.Lines": "调整的事项", "AdjustmentNotice.Changed": "内容有变更的事项", "AdjustmentNotice.Link": "二维码指向的地址",
	"AdjustedLine.No": "序号", "AdjustedLine.Name": "事项名称", "AdjustedLine.Code": "实施编码", "AdjustedLine.Unit": "实施机构", "AdjustedLine.VisitsWord": "调整后的到场次数", "AdjustedLine.Becomes": "调整", "AdjustedLine.Next": "去向，每行一个", "AdjustedLine.Changes": "变更的要素",
	"ChangeLine.Element": "要素", "ChangeLine.Before": "调整前", "ChangeLine.After": "调整后",
	"UnitLines.Unit": "单位", "UnitLines.Lines": "事项",
}

// Fields lists the fields of a template.
func Fields(name string) []Field {
	if samples[name] == nil {
		return nil
	}
	return fields(reflect.TypeOf(samples[name]), "")
}

func fields(t reflect.Type, prefix string) (out []Field) {
	for f := range t.Fields() {
		out = append(out, Field{prefix + "." + f.Name, means[t.Name()+"."+f.Name]})
		if f.Type.Kind() == reflect.Slice && f.Type.Elem().Kind() == reflect.Struct {
			out = append(out, fields(f.Type.Elem(), prefix+"."+f.Name+"[]")...)
		}
	}
	return out
}
