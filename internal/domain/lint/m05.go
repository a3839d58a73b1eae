package lint

import (
	"slices"

	"onevisit/internal/domain/catalog"
)

// M05: what was handed in once is not demanded again (P-3.3.1). Here within one
// item; what linked items demand again is seen over the county's materials.
func init() {
	Register(&Rule{Code: "M05", Title: "同一材料重复提交", Clause: "P-3.3.1", Severity: Error, Scope: ScopeItem, Waivable: true, Check: checkM05,
		Why: "前面环节或者联办事项已经交过、仍在有效期内的材料，原则上不再重复提交。"})
}

func checkM05(s *Subject, r *Report) {
	ms := s.Item.Materials
	for i := range ms {
		a := &ms[i]
		if !demanded(a) || isBlank(a.Name) {
			continue
		}
		for k := range i {
			b := &ms[k]
			if !demanded(b) || !(a.Standard != "" && a.Standard == b.Standard || a.Name == b.Name) || apart(a, b) {
				continue
			}
			r.Add(at("materials", i, ""), a.Name, "第%d份材料“%s”与第%d份“%s”是同一材料，要求提交了两次。", i+1, a.Name, k+1, b.Name).
				Do("保留一份，后面的环节从内部调取。").RepairWith("删去后一份", Change{Field: at("materials", i, ""), Remove: true})
			break
		}
	}
}

// apart reports whether two materials are for different cases: some question
// has no answer for which both are demanded.
func apart(a, b *catalog.Material) bool {
	for q, oa := range a.OnlyIf {
		ob, ok := b.OnlyIf[q]
		if ok && !slices.ContainsFunc(oa, func(o string) bool { return slices.Contains(ob, o) }) {
			return true
		}
	}
	return false
}
