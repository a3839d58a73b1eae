package lint

import (
	_ "embed"
	"strings"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/catalog"
)

// M06: the clean-up of proofs (P-1.3): a proof names who issues it, so that it
// can be looked at, and is not on the list of abolished proofs. The table that
// comes with the program is the national one of what village and residents'
// committees no longer issue; a county adds its own.
func init() {
	Register(&Rule{Code: "M06", Title: "证明材料已取消，或者没有写明出具机构", Clause: "P-1.3", Severity: Warning, Scope: ScopeItem, Check: checkM06,
		Why: "清理证明事项：列入取消目录的不得再要；保留的要写明由谁出具，群众才知道到哪里去开。"})
}

//go:embed data/abolished.csv
var abolishedCSV string

// AbolishedProof is a proof that may no longer be demanded.
type AbolishedProof struct {
	Name string
	// Issuer is who no longer issues it; empty where nobody may demand it of
	// whomever. committees stands for village and residents' committees.
	Issuer    string
	Since     calendar.Date // the zero Date: always
	Document  string
	Uncertain bool // from a second hand: to be looked up
}

// committees is how the tables call villages' and residents' committees.
const committees = "村（居）民委员会"

var abolished = func() map[string]AbolishedProof {
	m := map[string]AbolishedProof{}
	for i, line := range strings.Split(strings.TrimSpace(abolishedCSV), "\n") {
		f := strings.Split(line, ",")
		if i > 0 {
			m[f[0]] = AbolishedProof{Name: f[0], Issuer: f[1], Since: calendar.MustDate(f[2]), Document: f[3], Uncertain: f[4] != "确定"}
		}
	}
	return m
}()

// proofName makes names of proofs comparable.
func proofName(s string) string {
	return strings.TrimSuffix(strings.TrimSpace(s), "材料")
}

// abolishedProof finds a proof in the county's table, then in the embedded one.
func (c *Context) abolishedProof(m *catalog.Material) (AbolishedProof, bool) {
	x, ok := c.set.abolished[proofName(m.Name)]
	if !ok {
		x, ok = abolished[proofName(m.Name)]
	}
	switch {
	case !ok, !c.Today.IsZero() && c.Today.Before(x.Since):
		return x, false
	case x.Issuer == "":
		return x, true
	case x.Issuer == committees:
		return x, isCommittee(m.IssuerUnit)
	}
	return x, strings.Contains(m.IssuerUnit, x.Issuer)
}

func isCommittee(unit string) bool {
	for _, w := range [...]string{"村民委员会", "居民委员会", "村委会", "居委会", "村（居）", "村(居)", "社区"} {
		if strings.Contains(unit, w) {
			return true
		}
	}
	return false
}

func checkM06(s *Subject, r *Report) {
	for i := range s.Item.Materials {
		m := &s.Item.Materials[i]
		if !strings.HasSuffix(m.Name, "证明") && !strings.HasSuffix(m.Name, "证明材料") {
			continue
		}
		if x, ok := r.ctx.abolishedProof(m); ok {
			doubt := ""
			if x.Uncertain {
				doubt = "，请核实"
			}
			if x.Issuer != "" {
				r.Add(at("materials", i, "issuer_unit"), m.IssuerUnit, "“%s”不再由%s出具（%s%s）。", m.Name, x.Issuer, x.Document, doubt).
					Do("改由有权机关出具、部门核查或者申请人书面承诺。")
			} else {
				r.Add(at("materials", i, "name"), m.Name, "“%s”已列入取消的证明事项目录（%s%s）。", m.Name, x.Document, doubt).Do("取消该材料，改由部门核查或者申请人书面承诺。")
			}
			continue
		}
		// Who issues an identity paper or a birth certificate is known to all, and
		// …出具的证明 names it.
		if isBlank(m.IssuerUnit) && !selfEvident(m.Name) {
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
