package lint

import "onevisit/internal/domain/catalog"

// R03: only what does not carry the decision may be missing (P-3.3.4); a main
// document may not.
func init() {
	Register(&Rule{Code: "R03", Title: "主审要件被列为可以容缺", Clause: "P-3.3.4", Severity: Error, Scope: ScopeItem, Check: checkR03,
		Why: "主审要件决定能否批准，不能容缺；容缺的只能是不影响实质审查的材料。"})
}

func checkR03(s *Subject, r *Report) {
	for i := range s.Item.Materials {
		m := &s.Item.Materials[i]
		if m.Role == catalog.RoleMain && (m.Need == catalog.NeedDeferred || m.Defer.Days > 0) {
			r.Add(at("materials", i, "role"), m.Role, "材料“%s”是主审要件，不能容缺。", m.Name).
				Do("主审要件改为必要并取消补交期限；确可容缺的，材料角色改为“可容缺”。")
		}
	}
}
