package lint

import (
	"strconv"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/catalog"
)

// T01: the promised time is never longer than the legal one (P-3.3.3). Limits
// of different units are compared in working days; where some readings of them
// say longer and some do not, it is a warning.
func init() {
	Register(&Rule{Code: "T01", Title: "承诺时限长于法定时限", Clause: "P-3.3.3", Severity: Error, Scope: ScopeItem, Check: checkT01,
		Why: "承诺时限不得长于法定时限。单位不同的按工作日历换算；换算后有时超过的，作警告。"})
}

func checkT01(s *Subject, r *Report) {
	it := s.Item
	compareLimit(r, it, "promised_limit", it.PromisedLimit, "")
	if sc := it.Scenarios; sc != nil {
		for i := range sc.Leaves {
			if l := sc.Leaves[i].PromisedLimit; l != nil {
				compareLimit(r, it, at("scenarios.leaves", i, "promised_limit"), *l, "情形“"+sc.Leaves[i].Name+"”的")
			}
		}
	}
}

func compareLimit(r *Report, it *catalog.Item, field string, p catalog.Limit, whose string) {
	l := it.LegalLimit
	if !p.Given() || !l.Given() || p.N < 0 || l.N < 0 {
		return
	}
	if p.N == 0 || p.Unit == l.Unit && p.N <= l.N {
		return
	}
	longer := func() {
		r.Add(field, catalog.FormatLimit(p), "%s承诺办结时限%s长于法定办结时限%s%s。", whose, catalog.FormatLimit(p), catalog.FormatLimit(l), inDays(r.ctx, p, l)).
			Do("承诺办结时限须在法定办结时限以内，请压减到%s以内。", catalog.FormatLimit(l))
	}
	if p.Unit == l.Unit {
		longer()
		return
	}
	pw, ok1 := r.ctx.Workdays(p)
	lw, ok2 := r.ctx.Workdays(l)
	if !ok1 || !ok2 {
		r.AddAs(Warning, field, catalog.FormatLimit(p), "%s承诺办结时限%s和法定办结时限%s的单位不同，无法换算比较。", whose, catalog.FormatLimit(p), catalog.FormatLimit(l)).
			Do("两个时限改用同一单位，或者说明理由。")
		return
	}
	switch order, ok := pw.Compare(lw); {
	case !ok:
		r.AddAs(Warning, field, catalog.FormatLimit(p), "%s承诺办结时限%s和法定办结时限%s单位不同，换算后有时会超过%s。", whose, catalog.FormatLimit(p), catalog.FormatLimit(l), inDays(r.ctx, p, l)).
			Do("两个时限改用同一单位，或者压减承诺办结时限。")
	case order > 0:
		longer()
	}
}

// inDays explains the comparison of two units.
func inDays(c *Context, p, l catalog.Limit) string {
	if p.Unit == l.Unit {
		return ""
	}
	pw, ok1 := c.Workdays(p)
	lw, ok2 := c.Workdays(l)
	if !ok1 || !ok2 {
		return ""
	}
	return "（承诺折合" + days(pw) + "，法定折合" + days(lw) + "）"
}

func days(w calendar.Workdays) string {
	if w.Exact() {
		return strconv.Itoa(w.Min) + "个工作日"
	}
	return strconv.Itoa(w.Min) + "至" + strconv.Itoa(w.Max) + "个工作日"
}
