package ui

// Data of the style guide. The units are kinds of units, not a real place.

var sampleFigures = []Figure{
	{Value: Count(2311), Label: "项服务", Href: "#list", Kind: "blue"},
	{Value: Count(964), Label: "一次也不用跑", Href: "#list", Kind: "green"},
	{Value: Count(1176), Label: "最多跑一次", Href: "#list", Kind: "green"},
	{Value: Count(171), Label: "目前需要多次", Href: "#list", Kind: "yellow"},
}

var sampleWay = []LaneStep{
	{Who: "申请人", What: "在网上填写申请，上传材料", Where: "政务服务网或手机", Own: true},
	{Who: "窗口", What: "收件、受理，当场出具受理通知", Where: "线上", Days: "1 个工作日"},
	{Who: "食品经营股", What: "审查材料，现场核查", Where: "经营场所", Days: "3 个工作日", Note: "核查人员自行前往，申请人不必专程等候"},
	{Who: "其他单位", What: "共享核验营业执照和身份信息", Where: "数据共享平台", Days: "当场"},
	{Who: "申请人", What: "核验原件，领取许可证", Where: "政务服务大厅 2 楼 12 号窗口", Own: true, Trip: 1, Note: "带身份证原件；选择邮寄的不必前来"},
}

var sampleChecks = []CheckItem{
	{ID: "check-1", Label: "食品经营许可申请书（1 份）", Note: "原件，签字或盖章。", Links: []Crumb{{"空表", "#way"}, {"填写样例", "#way"}}},
	{ID: "check-2", Label: "经营场所平面图（1 份）", Note: "手绘也可以，标明面积和设备位置。", Links: []Crumb{{"样例", "#way"}}},
	{ID: "check-3", Label: "营业执照", Free: "系统调取，无需提交"},
	{ID: "check-4", Label: "法定代表人身份证", Free: "系统核验，无需提交"},
}

var sampleEvents = []EventView{
	{When: "2018年9月25日（周二）09:12", Title: "您提交了申请", State: "done", Text: "受理编号 SP-2018-00731。"},
	{When: "2018年9月25日（周二）10:40", Title: "窗口已受理", Who: "市场监督管理局窗口", State: "done", Href: "#way", HrefLabel: "查看受理通知书"},
	{When: "还剩 3 个工作日（9月30日前）", Title: "单位正在审查", Who: "食品经营股", State: "now", Text: "不需要您做什么。需要补充时会发短信，并在这里写明。"},
	{When: "应于 9月24日完成", Title: "消防意见", Who: "协办单位", State: "late"},
	{Title: "领取许可证", State: "todo"},
}

var sampleErrors = []FieldError{
	{ID: "name", Text: "请填写事项名称。"},
	{ID: "days", Text: "承诺时限 25 个工作日多于法定时限 20 个工作日，请改为 20 或更少。"},
}

var sampleFindings = []FindingView{
	{Severity: "error", Where: "承诺办结时限", Href: "#way", Text: "承诺时限多于法定时限。", Fix: "改为 20 个工作日或更少。", Rule: "TIME-03", Clause: "P-3.2.4"},
	{Severity: "warning", Where: "申请材料第 3 项", Href: "#way", Text: "“营业执照”可以由系统调取，不应要求申请人提交。", Fix: "改为“免提交”，或写明不能调取的理由。", Rule: "MAT-07", Clause: "P-3.3.1"},
	{Severity: "advice", Where: "咨询电话", Text: "没有写区号，外地来电拨不通。", Rule: "TEL-02"},
}

var sampleRows = []struct {
	name, code   string
	visits, days int
	light, state string
}{
	{"食品经营许可（新办）", "0131013000-01", 1, 5, "green", "已公布"},
	{"个体工商户设立登记", "0131002000-01", 0, 1, "green", "已公布"},
	{"特种设备使用登记", "0131021000-01", 1, 3, "yellow", "待确认"},
	{"药品零售企业许可（新开办）", "0172011000-02", 3, 20, "red", "已退回"},
}

var sampleBoard = []struct {
	unit             string
	items, zero, one int
	light, state     string
}{
	{"公安局", 183, 61, 119, "green", "已完成"},
	{"市场监督管理局", 127, 52, 70, "blue", "审核中"},
	{"人力资源和社会保障局", 214, 120, 78, "yellow", "2 个工作日后到期"},
	{"自然资源局", 64, 9, 31, "red", "超期 3 个工作日"},
	{"残疾人联合会", 12, 0, 0, "grey", "未报送"},
}
