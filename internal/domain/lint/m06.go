package lint

import "strings"

// M06: the clean-up of proofs (P-1.3): a proof names who issues it, so that it
// can be looked at, and is not on the list of abolished proofs.
func init() {
	Register(&Rule{Code: "M06", Title: "证明材料已取消，或者没有写明出具机构", Clause: "P-1.3", Severity: Warning, Scope: ScopeItem, Check: checkM06,
		Why: "清理证明事项：列入取消目录的不得再要；保留的要写明由谁出具，群众才知道到哪里去开。"})
}

func checkM06(s *Subject, r *Report) {
	for i := range s.Item.Materials {
		m := &s.Item.Materials[i]
		if !strings.HasSuffix(m.Name, "证明") && !strings.HasSuffix(m.Name, "证明材料") {
			continue
		}
		if r.ctx.Abolished != nil {
			if doc, ok := r.ctx.Abolished(m.Name); ok {
				r.Add(at("materials", i, "name"), m.Name, "“%s”已列入取消的证明事项目录（%s）。", m.Name, doc).Do("取消该材料，改由部门核查或者申请人书面承诺。")
				continue
			}
		}
		// Who issues an identity paper or a birth certificate is known to all, and
		// …出具的证明 names it.
		if selfEvident(m.Name) {
			continue
		}
		if isBlank(m.IssuerUnit) {
			r.Add(at("materials", i, "issuer_unit"), "", "证明“%s”没有写明由谁出具。", m.Name).Do("写明出具机构；没有机构负责出具的，取消该材料。")
		}
	}
}

func selfEvident(name string) bool {
	for _, w := range [...]string{"身份证明", "出生医学证明", "死亡医学证明", "完税证明", "出具"} {
		if strings.Contains(name, w) {
			return true
		}
	}
	return false
}
