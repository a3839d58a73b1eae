package publication

import (
	"fmt"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/lint"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/plan"
)

// UnitFacts is what the rules about a unit's reporting know. They are rules of
// lint like any other; only what they judge lives here.
type UnitFacts struct {
	Unit  org.Unit
	Plan  plan.Plan
	Today calendar.Date
	// Items counts the unit's items in any state.
	Items      int
	ZeroReport bool
	// Leader and Liaison as reported, and when they were (P-4.1).
	Leader, Liaison string
	ContactsAt      calendar.Date
	// Met counts the reported items already at most one visit, MetCommitted
	// those of them that a signed commitment covers (P-3.2b).
	Met, MetCommitted int
}

// CheckUnit runs the unit rules over the facts, in a context (Facts set) that
// the caller shares over units.
func CheckUnit(ctx *lint.Context, f UnitFacts) []lint.Finding {
	return lint.Run(ctx, &lint.Subject{Scope: lint.ScopeUnit, Unit: f.Unit.Name, Facts: &f})
}

func unitRule(code, title, clause, why string, check func(*UnitFacts, *lint.Report)) {
	lint.Register(&lint.Rule{Code: code, Title: title, Clause: clause, Why: why, Severity: lint.Error, Scope: lint.ScopeUnit, Needs: lint.NeedFacts,
		Check: func(s *lint.Subject, r *lint.Report) {
			if f, ok := s.Facts.(*UnitFacts); ok && f.Unit.InScope {
				check(f, r)
			}
		}})
}

func init() {
	// P-3.2c: 没有事项的单位须作零报告。
	unitRule("U01", "单位既无事项也无零报告", "P-3.2c", "没有依申请事项的单位也要作零报告，不能不报。", func(f *UnitFacts, r *lint.Report) {
		if f.Items == 0 && !f.ZeroReport && f.Unit.Supervisor == "" { // the unit in charge reports for the others (P-2.1b)
			r.Add("", "", "%s没有录入事项，也没有提交零报告。", f.Unit.Name).Do("请录入依申请事项；确实没有的，提交零报告并说明理由。")
		}
	})
	// P-4.1: 分管负责人和联络员按期报送。
	unitRule("U02", "分管负责人或联络员缺失、迟报", "P-4.1", "各单位按期报送分管负责人和联络员，改革才有人抓、有人问。", func(f *UnitFacts, r *lint.Report) {
		if f.Unit.Supervisor != "" {
			return // its department in charge organises the reform (P-2.1b)
		}
		due := f.Plan.Due(plan.Contacts)
		switch {
		case f.Leader == "" || f.Liaison == "":
			text := fmt.Sprintf("%s没有报送分管负责人和联络员名单。", f.Unit.Name)
			if !due.IsZero() && due.Before(f.Today) {
				text = fmt.Sprintf("%s没有报送分管负责人和联络员名单，已超过%s的期限。", f.Unit.Name, due.Chinese())
			}
			r.Add("contacts", "", "%s", text).Do("请联络员在“负责人和联络员”页面报送。")
		case !due.IsZero() && due.Before(f.ContactsAt):
			r.Add("contacts", f.ContactsAt.String(), "%s于%s报送名单，晚于%s的期限。", f.Unit.Name, f.ContactsAt.Chinese(), due.Chinese()).
				Do("迟报已记录，由督查室掌握。")
		}
	})
	// P-3.2b: 已实现的事项须有公开承诺书。
	unitRule("U05", "已实现事项没有签署的公开承诺书", "P-3.2b", "已实现最多跑一次的事项，单位要书面向社会公开承诺。", func(f *UnitFacts, r *lint.Report) {
		if n := f.Met - f.MetCommitted; n > 0 {
			r.Add("commitment", fmt.Sprint(n), "%s报送的已实现最多跑一次事项中，有 %d 个没有公开承诺书。", f.Unit.Name, n).Do("请补签承诺书后重新报送。")
		}
	})
}
