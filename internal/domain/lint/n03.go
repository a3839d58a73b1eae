package lint

import (
	"strings"

	"onevisit/internal/domain/catalog"
)

// N03: opinions of other units are asked for inside the administration
// (P-3.3.2); the applicant does not bring them.
func init() {
	Register(&Rule{Code: "N03", Title: "要求申请人提交其他部门的意见", Clause: "P-3.3.2", Severity: Error, Scope: ScopeItem, Check: checkN03,
		Why: "需要其他部门意见的，由受理单位内部征求，不由申请人去取。"})
}

func checkN03(s *Subject, r *Report) {
	for i := range s.Item.Materials {
		m := &s.Item.Materials[i]
		if m.Issuer == catalog.IssuerApplicant || !strings.Contains(m.Name, "意见") {
			continue
		}
		// An opinion of the applicant's own members or of a professional body is no opinion of an office.
		if m.Issuer != catalog.IssuerGovernment && !officeOpinion(m.Name) {
			continue
		}
		who := m.IssuerUnit
		if isBlank(who) {
			who = "其他部门"
		}
		r.Add(at("materials", i, "name"), m.Name, "材料“%s”是%s的意见，不应由申请人去取。", m.Name, who).
			Do("改由受理单位征求%s意见，列为内部会签环节。", who)
	}
}

func officeOpinion(name string) bool {
	for _, w := range [...]string{"部门意见", "局意见", "政府意见", "初审意见", "审查意见", "审核意见", "主管部门", "会签意见"} {
		if strings.Contains(name, w) {
			return true
		}
	}
	return false
}
