package lint

// S03: transfers to the approval bureau are part of sorting out the items
// (P-3.1): a power that was moved belongs to the new unit's list.
func init() {
	Register(&Rule{Code: "S03", Title: "权力已划转，不再由本单位行使", Clause: "P-3.1", Severity: Error, Scope: ScopeItem, Needs: NeedTransfers, Check: checkS03,
		Why: "已经划转到行政审批局的权力，由承接单位编制事项，原单位移出。"})
}

func checkS03(s *Subject, r *Report) {
	t := r.ctx.Transfers.Of(s.Item, r.ctx.Today)
	if t == nil || t.To == s.Item.Unit {
		return
	}
	doc := ""
	if t.Document != "" {
		doc = "（" + t.Document + "）"
	}
	since := ""
	if !t.Since.IsZero() {
		since = "自" + t.Since.ChineseShort() + "起"
	}
	r.Add("unit", s.Item.Unit, "“%s”%s已由%s划转到%s%s。", s.Item.Name, since, t.From, t.To, doc).
		Do("从本单位清单中移出，由%s编制。", t.To)
}
