package lint

import (
	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/catalog"
)

// Condition is what a county's own rule asks of an item. It is compiled
// elsewhere from the county's file; the engine sees a rule like any other.
type Condition interface {
	// Holds reports whether the item meets the condition, or an error whose
	// text is fit for the people who wrote the rule. It never panics, and is
	// safe for several goroutines.
	Holds(ConditionInput) (bool, error)
}

// ConditionInput is what a condition knows.
type ConditionInput struct {
	Item *catalog.Item
	// Visits is the computed number of visits, -1 if it cannot be computed.
	Visits int
	Today  calendar.Date // the zero Date if none was given
}

// CountyRule is a rule that a county adds.
type CountyRule struct {
	Code, Title, Why, Clause string
	Severity                 Severity
	From, To                 calendar.Date
	Message, Fix             string
	// Field is the path of the element that the finding points to; may be empty.
	Field     string
	Condition Condition
}

// Rule makes it a rule of the engine. Where the condition cannot be worked out,
// the rule reports itself as failed, as a warning: the item is not to blame.
func (c CountyRule) Rule() *Rule {
	return &Rule{Code: c.Code, Title: c.Title, Why: c.Why, Clause: c.Clause, Severity: c.Severity, Scope: ScopeItem, From: c.From, To: c.To,
		Check: func(s *Subject, r *Report) {
			in := ConditionInput{Item: s.Item, Visits: -1, Today: r.ctx.Today}
			if v := r.ctx.visitsOf(s.Item); v.ok {
				in.Visits = v.visits
			}
			ok, err := c.Condition.Holds(in)
			if err != nil {
				r.AddAs(Warning, c.Field, "", "本县规则%s（%s）在这个事项上未能运行：%s。", c.Code, c.Title, sentence(err.Error())).
					Do("请审改办更正规则；事项本身不必修改。").Kind = KindFailed
				return
			}
			if ok {
				return
			}
			value := ""
			if f := catalog.FieldByKey(c.Field); f != nil {
				value = f.Get(s.Item)
			}
			r.Add(c.Field, value, "%s", c.Message).Do("%s", c.Fix)
		}}
}
