package lint

import "onevisit/internal/domain/catalog"

// R01: materials that may be missing or be promised are accepted so (P-3.3.4);
// an item with several materials and none of them so marked was not looked at.
func init() {
	Register(&Rule{Code: "R01", Title: "没有标明可以容缺或者承诺的材料", Clause: "P-3.3.4", Severity: Warning, Scope: ScopeItem, Check: checkR01,
		Why: "非主审要件应当允许容缺或者承诺。材料较多而一份都不允许的，多半没有逐份研究过。"})
}

func checkR01(s *Subject, r *Report) {
	ms := s.Item.Materials
	if len(ms) < 2 { // a lone application form is the application itself
		return
	}
	for i := range ms {
		m := &ms[i]
		if deferrable(m) || m.Promise || m.Role == catalog.RolePromise || m.Need == catalog.NeedOptional {
			return
		}
	}
	r.Add("materials", "", "%d份申请材料中，没有一份标明可以容缺或者告知承诺。", len(ms)).
		Do("逐份研究：不影响实质审查的标为“可容缺”，可由申请人承诺的标为“可承诺”；确实都不能的，说明理由。")
}
