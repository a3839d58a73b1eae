package lint

import (
	"strings"

	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/visit"
)

// V03: what is to be met after reform is put forward with measures and a date
// (P-3.4), and the measures do bring it to one visit or none.
func init() {
	Register(&Rule{Code: "V03", Title: "改革后最多跑一次的事项没有措施、日期，或者措施达不到", Clause: "P-3.4", Severity: Error, Scope: ScopeItem, Check: checkV03,
		Why: "列为改革后最多跑一次的，要有措施、有日期，并且这些措施确实能减到一次以内。"})
}

func checkV03(s *Subject, r *Report) {
	it := s.Item
	if it.Reform.Class != catalog.ClassReform {
		return
	}
	if it.Reform.By == "" {
		r.Add("reform.by", "", "分类为“%s”，没有填写改革完成日期。", it.Reform.Class).Do("填写改革完成日期，例如 2018-12-20。")
	}
	if len(it.Reform.Measures) == 0 {
		r.Add("reform.measures", "", "分类为“%s”，没有填写改革措施。", it.Reform.Class).Do("从M1至M11中选择改革措施。")
		return
	}
	v := r.ctx.visitsOf(it)
	m, err := visit.ParseSet(it.Reform.Measures)
	if !v.ok || err != nil {
		return // V01 and E02 say so
	}
	after, err := visit.AssessItemWith(it, m)
	if err == nil && after.Visits > 1 {
		r.Add("reform.measures", strings.Join(it.Reform.Measures, catalog.ListSeparator), "采取措施%s后，仍须到现场%d次。", strings.Join(it.Reform.Measures, "、"), after.Visits).
			Do("用改革方案推演选择足够的措施，或者把分类改为“暂未实现”。")
	}
}
