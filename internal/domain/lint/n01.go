package lint

import (
	"strings"

	"onevisit/internal/domain/catalog"
)

// N01: where several offices of one unit take part, one window receives the
// applicant and the offices handle the rest inside (P-3.3.2).
func init() {
	Register(&Rule{Code: "N01", Title: "同一单位几个股室分别接待申请人", Clause: "P-3.3.2", Severity: Error, Scope: ScopeItem, Check: checkN01,
		Why: "同一单位几个股室都接待申请人的，应当一窗对外、内部联办。"})
}

func checkN01(s *Subject, r *Report) {
	eachProcess(s.Item, func(p *catalog.Process, path, whose string) {
		for i := range p.Sites {
			a := &p.Sites[i]
			if a.Unit == "" || !attended(p, a.ID) {
				continue
			}
			for k := i + 1; k < len(p.Sites); k++ {
				b := &p.Sites[k]
				if b.Unit != a.Unit || b.ID == a.ID || !attended(p, b.ID) || a.Hall != "" && a.Hall == b.Hall {
					continue
				}
				r.Add(at(path+".sites", k, ""), siteName(b), "%s%s的“%s”和“%s”都要申请人到场，不是一窗对外。", whose, a.Unit, siteName(a), siteName(b)).
					Do("由一个窗口统一收件、统一送达，其余股室内部联办。")
				return
			}
		}
	})
}

// eachProcess visits the item's process and those of its scenarios.
func eachProcess(it *catalog.Item, f func(p *catalog.Process, path, whose string)) {
	if it.Process != nil {
		f(it.Process, "process", "")
	}
	if it.Scenarios != nil {
		for i := range it.Scenarios.Leaves {
			if l := &it.Scenarios.Leaves[i]; l.Process != nil {
				f(l.Process, at("scenarios.leaves", i, "process"), "情形“"+l.Name+"”中，")
			}
		}
	}
}

// attended reports whether the applicant comes to the site.
func attended(p *catalog.Process, site string) bool {
	for i := range p.Touchpoints {
		t := &p.Touchpoints[i]
		if t.Site == site && (len(t.Remote) == 0 || t.Law != "") {
			return true
		}
	}
	return false
}

func siteName(s *catalog.Site) string {
	if isBlank(s.Name) {
		return s.ID
	}
	return strings.TrimSpace(s.Name)
}
