package lint

import "strconv"

// V06: a published figure that is higher than the computed one tells people of
// trips that they need not make, or the process lacks one (P-1.0).
func init() {
	Register(&Rule{Code: "V06", Title: "公布的到场次数多于按流程计算的次数", Clause: "P-1.0", Severity: Warning, Scope: ScopeItem, Check: checkV06,
		Why: "公布的次数多于流程需要的，会让群众多做准备；或者是流程漏填了到场事由。"})
}

func checkV06(s *Subject, r *Report) {
	it := s.Item
	v := r.ctx.visitsOf(it)
	if !v.ok || it.Visits == nil || *it.Visits <= v.visits {
		return
	}
	how := "不需到现场"
	if v.visits > 0 {
		how = v.tell(it)
	}
	r.Add("visits", strconv.Itoa(*it.Visits), "公布的到办事现场次数是%d次，按办理流程计算只须到%d次：%s。", *it.Visits, v.visits, how).
		Do("把次数改为%d；办理流程漏填到场事由的，补齐流程。", v.visits).RepairBy("visits", strconv.Itoa(v.visits))
}
