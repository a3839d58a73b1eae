package lint

import (
	"slices"
	"strconv"

	"onevisit/internal/domain/catalog"
)

// E03: elements are uniform and do not contradict each other (P-1.1). Pairs that
// leave room for a reason are warnings of wenzhou.go.
func init() {
	Register(&Rule{Code: "E03", Title: "要素之间相互矛盾", Clause: "P-1.1", Severity: Error, Scope: ScopeItem, Check: checkE03,
		Why: "一份清单不能自相矛盾，例如不收费却列收费标准，即办件却承诺5个工作日，不支持快递却可以快递领取。"})
}

func checkE03(s *Subject, r *Report) {
	it := s.Item
	fees(it, r)
	caseType(it, r)
	delivery(it, r)
	online(it, r)
	if it.NoMaterials && len(it.Materials) > 0 {
		r.Add("no_materials", "是", "已声明无需提交材料，却列出了%d份申请材料。", len(it.Materials)).
			Do("取消“无需提交材料”，或者删除申请材料。").RepairBy("no_materials", "否")
	}
	if it.Result.Kind == "无" && !isBlank(it.Result.Name) {
		r.Add("result.kind", "无", "审批结果类型为“无”，却填写了结果名称“%s”。", it.Result.Name).Do("核对结果类型和结果名称。")
	}
	for _, c := range it.Complaint {
		// A hotline may serve both, and hours of opening may be repeated.
		if isNumber(c) && slices.Contains(it.Enquiry, c) {
			r.Add("complaint", c, "监督投诉方式“%s”与咨询方式相同。", clip(c)).Do("投诉电话须由承办人员以外的人接听，请另填一个号码。")
		}
	}
	if it.Visits != nil && *it.Visits > 0 && windowless(it) {
		r.Add("visits", strconv.Itoa(*it.Visits), "办理地点写明“%s”，到办事现场次数却是%d次。", clip(it.Places[0].Address), *it.Visits).
			Do("不须到场的，次数改为0；须到场的，写明到哪里。")
	}
	if it.Body.Nature == "受委托组织" && isBlank(it.Body.EntrustedBy) {
		r.AddAs(Warning, "body.entrusted_by", "", "实施主体性质为“受委托组织”，没有写明委托部门。").Do("填写委托部门的名称。")
	}
	if it.Body.Nature == "法定机关" && !isBlank(it.Body.EntrustedBy) {
		r.AddAs(Warning, "body.nature", it.Body.Nature, "实施主体性质为“法定机关”，却填写了委托部门“%s”。", it.Body.EntrustedBy).Do("核对实施主体性质和委托部门。")
	}
}

func fees(it *catalog.Item, r *Report) {
	if it.Fee.Charged {
		return
	}
	if n := len(it.Fee.Items); n > 0 {
		r.Add("fee.items", "", "是否收费为“否”，却列出了%d项收费标准。", n).Do("收费的改为“是”；不收费的删除收费标准。")
	}
	if p := it.Process; p != nil {
		for i := range p.Touchpoints {
			if p.Touchpoints[i].Duty == catalog.DutyPay {
				r.Add(at("process.touchpoints", i, "duty"), catalog.DutyPay, "是否收费为“否”，办理流程中却有缴费。").Do("收费的改为“是”并填写收费标准；不收费的删除缴费。")
				break
			}
		}
	}
}

func caseType(it *catalog.Item, r *Report) {
	l := it.PromisedLimit
	if !l.Given() {
		return
	}
	onSpot := l.N == 0 || l.Unit == catalog.UnitHour && l.N <= 8 // within the working day
	switch it.CaseType {
	case catalog.CaseOnSpot:
		if !onSpot {
			r.Add("case_type", it.CaseType, "办件类型为“即办件”，承诺办结时限却是%s。", catalog.FormatLimit(l)).
				Do("当场办结的，承诺办结时限写“即办”；需要时间的，办件类型改为“承诺件”。")
		}
	case catalog.CasePromised:
		if l.N == 0 {
			r.Add("case_type", it.CaseType, "承诺办结时限为“即办”，办件类型却是“承诺件”。").Do("办件类型改为“即办件”。").RepairBy("case_type", catalog.CaseOnSpot)
		}
	}
}

func delivery(it *catalog.Item, r *Report) {
	if it.Process == nil {
		return
	}
	for i := range it.Process.Touchpoints {
		t := &it.Process.Touchpoints[i]
		if t.Duty != catalog.DutyCollect {
			continue
		}
		if !it.Express && (slices.Contains(t.Remote, "快递") || slices.Contains(t.Remote, "邮寄")) {
			r.Add("express", "否", "是否支持物流快递为“否”，办理流程中领取结果却可以快递。").
				Do("支持快递送达的改为“是”；不支持的，从到场事由“领取”中去掉快递。").RepairBy("express", "是")
		}
		if it.Result.Kind == "无" {
			r.Add(at("process.touchpoints", i, "duty"), t.Duty, "审批结果类型为“无”，办理流程中却要领取结果。").Do("核对结果类型，或者删除领取。")
		}
	}
}

func online(it *catalog.Item, r *Report) {
	o := &it.Online
	if o.Depth != "" && o.Depth != "互联网咨询" && o.Depth != "Ⅰ级" {
		switch {
		case !o.Available:
			r.Add("online.depth", o.Depth, "是否网办为“否”，却填写了网上办理深度“%s”。", clip(o.Depth)).Do("核对是否网办和网上办理深度。")
		case isBlank(o.URL) && isBlank(o.MobileURL):
			r.Add("online.url", "", "填写了网上办理深度“%s”，没有网办地址。", clip(o.Depth)).Do("填写网办地址或者移动端办理地址。")
		}
	}
	if !o.Available && it.Process != nil {
		for i := range it.Process.Touchpoints {
			t := &it.Process.Touchpoints[i]
			if t.Duty == catalog.DutySubmit && (slices.Contains(t.Remote, "网上") || slices.Contains(t.Remote, "手机")) {
				r.Add("online.available", "否", "是否网办为“否”，办理流程中却可以网上提交。").Do("能网上提交的，是否网办改为“是”并填写网办地址。")
				break
			}
		}
	}
}
