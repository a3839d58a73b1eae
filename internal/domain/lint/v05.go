package lint

import (
	"strings"

	"onevisit/internal/domain/visit"
)

// V05: where one visit is not yet met, find out what helps (P-3.3): one more
// measure that brings the item to one visit, or to none.
func init() {
	Register(&Rule{Code: "V05", Title: "再采取一项措施即可减少到一次或者零次", Clause: "P-3.3", Severity: Advice, Scope: ScopeItem, Check: checkV05,
		Why: "对还差一步的事项，指出再采取哪一项措施就能减到一次或者零次。"})
}

func checkV05(s *Subject, r *Report) {
	it := s.Item
	v := r.ctx.visitsOf(it)
	if !v.ok || v.visits == 0 {
		return
	}
	// With leaves of several processes a measure has to help all of them.
	if sc := it.Scenarios; sc != nil {
		for i := range sc.Leaves {
			if sc.Leaves[i].Process != nil {
				return
			}
		}
	}
	chosen, err := visit.ParseSet(it.Reform.Measures)
	if err != nil {
		return
	}
	now := r.ctx.counter.Count(v.worst, chosen)
	target := 0
	if now > 1 {
		target = 1
	}
	var one []string
	for _, m := range visit.Measures {
		if chosen&m.Set == 0 && r.ctx.counter.Count(v.worst, chosen|m.Set) <= target && now > target {
			one = append(one, m.Code+" "+m.Name)
		}
	}
	if len(one) == 0 {
		return
	}
	what := "不需到现场"
	if target == 1 {
		what = "只须到现场一次"
	}
	r.Add("reform.measures", strings.Join(it.Reform.Measures, "、"), "再采取一项措施，申请人就%s：%s。", what, strings.Join(one, "；或者")).
		Do("条件具备的，选用其中一项措施。")
}
