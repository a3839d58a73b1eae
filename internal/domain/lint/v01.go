package lint

import "strconv"

// V01: one matter takes one trip or none, counted over the whole way from
// application to result (P-1.0). The published figure is never lower than what
// the process really takes. A process from which nothing can be counted is the
// same error.
func init() {
	Register(&Rule{Code: "V01", Title: "公布的到场次数少于按流程计算的次数", Clause: "P-1.0", Severity: Error, Scope: ScopeItem, Check: checkV01,
		Why: "最多跑一次从申请算到拿到结果。公布的次数少于流程实际需要的，是对群众失信。流程有误、不能计算的，同样是错误。"})
}

func checkV01(s *Subject, r *Report) {
	it := s.Item
	v := r.ctx.visitsOf(it)
	if v.err != nil {
		brokenProcess(r, v)
		return
	}
	if !v.ok || it.Visits == nil || *it.Visits >= v.visits || *it.Visits < 0 {
		return
	}
	r.Add("visits", strconv.Itoa(*it.Visits), "公布的到办事现场次数是%d次，按办理流程计算须到%d次：%s。", *it.Visits, v.visits, v.tell(it)).
		Do("把次数改为%d，或者优化流程使申请人少跑。", v.visits).RepairBy("visits", strconv.Itoa(v.visits))
}
