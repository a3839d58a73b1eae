package lint

import (
	"onevisit/internal/domain/catalog"
)

// M02: what the same unit or the same system has issued is not demanded again
// (P-3.3.1); if it is needed, its name or number is given and the office looks
// it up.
func init() {
	Register(&Rule{Code: "M02", Title: "要求提交本单位或者本系统核发的材料", Clause: "P-3.3.1", Severity: Error, Scope: ScopeItem, Waivable: true, Check: checkM02,
		Why: "本单位或者本系统核发的材料，原则上不再要求提交；确需使用的，只填名称、文号或者编码，由工作人员核查。"})
}

func checkM02(s *Subject, r *Report) {
	it := s.Item
	for i := range it.Materials {
		m := &it.Materials[i]
		if m.IssuerUnit == "" || m.Issuer == catalog.IssuerApplicant || !demanded(m) {
			continue
		}
		field := at("materials", i, "issuer_unit")
		switch {
		case m.IssuerUnit == it.Unit || m.IssuerUnit == it.Body.Name:
			r.Add(field, m.IssuerUnit, "材料“%s”由本单位核发，不应要求申请人再提交。", m.Name).
				Do("取消该材料；确需使用的，只填名称、文号或者编码，由本单位内部核查。").RepairWith(numberOnly(i))
		case sameSystem(r.ctx, it.Unit, m.IssuerUnit):
			r.Add(field, m.IssuerUnit, "材料“%s”由同一系统的%s核发，不应要求申请人再提交。", m.Name, m.IssuerUnit).
				Do("取消该材料；确需使用的，只填名称、文号或者编码，向%s核查。", m.IssuerUnit).RepairWith(numberOnly(i))
		}
	}
}

// demanded reports whether paper or a file has to be handed in; a material of
// which only the name or number is given has neither.
func demanded(m *catalog.Material) bool { return m.Originals > 0 || m.Copies > 0 }

// numberOnly repairs a material that need not be handed in: its name or number
// is still given.
func numberOnly(row int) (label string, originals, copies Change) {
	return "不再收取，只填编号", Change{Field: at("materials", row, "originals")}, Change{Field: at("materials", row, "copies")}
}

func sameSystem(c *Context, a, b string) bool {
	u, v := unitNamed(c, a), unitNamed(c, b)
	return u != nil && v != nil && u.System != "" && u.System == v.System
}
