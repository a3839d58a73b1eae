package lint

import "onevisit/internal/domain/catalog"

// T04: promised times fall against today's (P-3.3.3). The 20 % is over all of a
// unit's items; an item that does not fall at all is worth a second look.
func init() {
	Register(&Rule{Code: "T04", Title: "承诺时限没有比现在缩短", Clause: "P-3.3.3", Severity: Advice, Scope: ScopeItem, Check: checkT04,
		Why: "未实现事项的承诺时限整体压减20%以上；一天都没有压减的，值得再看一遍。"})
}

func checkT04(s *Subject, r *Report) {
	it := s.Item
	p, c := it.PromisedLimit, it.CurrentLimit
	// The clause exempts items already met; on the spot cannot be shorter.
	if it.Reform.Class == catalog.ClassMet || !p.Given() || !c.Given() || p.N == 0 {
		return
	}
	pw, ok1 := r.ctx.Workdays(p)
	cw, ok2 := r.ctx.Workdays(c)
	if !ok1 || !ok2 || pw.Max < cw.Max || pw.Min < cw.Min {
		return
	}
	r.Add("promised_limit", catalog.FormatLimit(p), "承诺办结时限%s没有比改革前的%s缩短。", catalog.FormatLimit(p), catalog.FormatLimit(c)).
		Do("单位未实现事项的承诺时限合计须比现在压减百分之二十以上，请研究本事项能否压减。")
}
