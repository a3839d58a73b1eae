package lint

import (
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/visit"
)

// V02: each item is classed by its visits (P-3.2a). The unit's own statement
// stands beside the computed class; a difference is settled before review.
func init() {
	Register(&Rule{Code: "V02", Title: "填报的分类与计算的分类不一致", Clause: "P-3.2a", Severity: Error, Scope: ScopeItem, Check: checkV02,
		Why: "每个事项按到场次数分类。单位填报的分类与计算的不一致时，先弄清再报送。"})
}

func checkV02(s *Subject, r *Report) {
	it := s.Item
	v := r.ctx.visitsOf(it)
	if !v.ok {
		return // V01 or E01 says why nothing can be computed
	}
	want := visit.ClassWith(it, visit.Assessment{Visits: v.visits})
	stated := it.Reform.Class
	if stated == want {
		return
	}
	// A word for a class that is no class is E02's business, a synonym is none.
	if name, _, ok := classDict.Lookup(stated); stated != "" && (!ok || name == want) {
		return
	}
	why := "按现行办理流程须到现场" + number(float64(v.visits)) + "次"
	switch want {
	case catalog.ClassReform:
		why += "，采取所填改革措施后不超过一次"
	case catalog.ClassNotYet:
		switch {
		case len(it.Reform.Measures) == 0:
			why += "，没有填写改革措施"
		case it.Reform.By == "":
			why += "，没有填写改革完成日期"
		default:
			why += "，采取所填改革措施后仍超过一次"
		}
	}
	if stated == "" {
		r.Add("reform.class", "", "没有填写最多跑一次分类；%s，应为“%s”。", why, want).Do("填写“%s”。", want).RepairBy("reform.class", want)
		return
	}
	f := r.Add("reform.class", stated, "填报的分类是“%s”，%s，应为“%s”。", stated, why, want)
	if stated == catalog.ClassReform && want == catalog.ClassNotYet {
		f.Do("补齐改革措施和完成日期，或者把分类改为“%s”。", want)
		return
	}
	f.Do("把分类改为“%s”，或者更正办理流程。", want).RepairBy("reform.class", want)
}

var classDict = catalog.Dict("最多跑一次分类")
