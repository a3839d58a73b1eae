package lint

import "onevisit/internal/domain/catalog"

// S01: what needs no application is, as a rule, not listed (P-2.2c).
func init() {
	Register(&Rule{Code: "S01", Title: "无需申请，不在清单范围内", Clause: "P-2.2c", Severity: Warning, Scope: ScopeItem, Check: checkS01,
		Why: "无需群众申请、由机关依职权办理的事项，一般不列入清单。"})
}

func checkS01(s *Subject, r *Report) {
	it := s.Item
	t, ok := catalog.TypeByName(it.Type)
	if ok && t.Scope == catalog.OutPlan {
		r.Add("type", it.Type, "“%s”由行政机关依职权办理，一般不列入清单。", it.Type).Do("核对事项类型；确须群众申请的，说明理由。")
	}
}
