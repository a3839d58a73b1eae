package lint

import "onevisit/internal/domain/catalog"

// M04: what can be verified on the net is not demanded as original or copy
// (P-3.3.1).
func init() {
	Register(&Rule{Code: "M04", Title: "可以网上核验的材料仍要求原件或者复印件", Clause: "P-3.3.1", Severity: Error, Scope: ScopeItem, Waivable: true, Check: checkM04,
		Why: "能够网上核验的材料，原则上不再要求提交原件或者复印件。"})
}

func checkM04(s *Subject, r *Report) {
	for i := range s.Item.Materials {
		m := &s.Item.Materials[i]
		if isBlank(m.Verify) || !demanded(m) || m.Need == catalog.NeedOptional {
			continue
		}
		r.Add(at("materials", i, "verify"), m.Verify, "材料“%s”可以通过“%s”核验，却要求提交原件或者复印件。", m.Name, m.Verify).
			Do("原件、复印件份数改为0，由工作人员网上核验。").RepairWith(numberOnly(i))
	}
}
