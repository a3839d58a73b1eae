package reform

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/lint"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/plan"
	"onevisit/internal/domain/publication"
	"onevisit/internal/domain/work"
	"onevisit/internal/infra/store"
)

// Row is one unit on the county's board.
type Row struct {
	Unit     org.Unit
	Total    int
	AtMost1  int // computed
	Faulty   int
	ByState  map[publication.State]int
	Reported bool // a package or a zero report
	Zero     bool
	Late     bool // the day of P-3.2b has passed without a report
	ShareMet bool // P-3.4
	// Entries counts the entries of the unit's lists and of the catalogue that
	// the plan asks an item of, Open those without a decision (P-3.1).
	Entries, Open int
	// Pledged counts the pledges in force, Broken those of them whose day has
	// passed, Kept those fulfilled (P-3.4).
	Pledged, Broken, Kept int
	Findings              []lint.Finding
}

// Board is the county's state of the reform.
type Board struct {
	Plan  plan.Plan
	Today calendar.Date
	// FirstOut is the day on which the first batch under the plan became public,
	// zero before.
	FirstOut calendar.Date
	Rows     []Row
	Total    Row
}

// Stands says in one word how a unit stands with its report.
func (r *Row) Stands() string {
	switch {
	case r.Late:
		return "逾期未报"
	case r.Zero:
		return "零报告"
	case r.Reported:
		return "已报送"
	case r.Total == 0 && r.Unit.Supervisor != "":
		return "没有事项" // the unit in charge reports for it (P-2.1b)
	}
	return "未到期"
}

// share is the share of items with at most one visit, in percent, rounded down.
func (r *Row) share() int {
	if r.Total == 0 {
		return 0
	}
	return 100 * r.AtMost1 / r.Total
}

// boardOrders are what the board can be sorted by, beside its own order.
var boardOrders = map[string]func(a, b *Row) int{
	"unit":      func(a, b *Row) int { return cmp.Compare(a.Unit.Position, b.Unit.Position) },
	"report":    func(a, b *Row) int { return strings.Compare(a.Stands(), b.Stands()) },
	"items":     func(a, b *Row) int { return a.Total - b.Total },
	"once":      func(a, b *Row) int { return a.AtMost1 - b.AtMost1 },
	"share":     func(a, b *Row) int { return a.AtMost1*max(b.Total, 1) - b.AtMost1*max(a.Total, 1) },
	"faulty":    func(a, b *Row) int { return a.Faulty - b.Faulty },
	"open":      func(a, b *Row) int { return a.Open - b.Open },
	"review":    func(a, b *Row) int { return a.ByState[publication.Submitted] - b.ByState[publication.Submitted] },
	"returned":  func(a, b *Row) int { return a.ByState[publication.Returned] - b.ByState[publication.Returned] },
	"published": func(a, b *Row) int { return a.ByState[publication.Published] - b.ByState[publication.Published] },
}

// Sort puts the units into an order; the zero Order leaves the worst first.
func (b *Board) Sort(o Order) error {
	if o.By == "" {
		return nil
	}
	by, ok := boardOrders[o.By]
	if !ok {
		return fault.Invalidf("列表不能按“%s”排序。", o.By)
	}
	slices.SortStableFunc(b.Rows, func(x, y Row) int {
		if o.Desc {
			x, y = y, x
		}
		return by(&x, &y)
	})
	return nil
}

// Board computes the county's figures, worst units first. What falls between
// lists and items is counted here; UnitBoard names it.
func (s *Service) Board(ctx context.Context, a org.Actor) (*Board, error) {
	if err := org.Can(a, org.ReadCounty, ""); err != nil {
		return nil, err
	}
	return s.board(ctx, nil)
}

// UnitBoard is the board of the units the actor answers for.
func (s *Service) UnitBoard(ctx context.Context, a org.Actor) (*Board, error) {
	if a.ID == "" {
		return nil, fault.New(fault.Unauthorized, "请先登录。")
	}
	return s.board(ctx, append([]string{a.UnitID}, a.Manages...))
}

func (s *Service) board(ctx context.Context, only []string) (*Board, error) {
	b := &Board{}
	err := s.db.View(ctx, func(tx *store.Tx) error {
		b.Today = calendar.DateOf(tx.Now())
		var err error
		if b.Plan, err = tx.ActivePlan(); err != nil {
			return err
		}
		units, err := tx.Units()
		if err != nil {
			return err
		}
		tallies, err := tx.Tallies(only)
		if err != nil {
			return err
		}
		lists, err := tx.ListTallies(store.ListFilter{Units: only})
		if err != nil {
			return err
		}
		if b.FirstOut, err = firstOut(tx, b.Plan); err != nil {
			return err
		}
		facts, err := readFacts(tx, b.Plan)
		if err != nil {
			return err
		}
		inForce, err := s.rulesInForce(tx)
		if err != nil {
			return err
		}
		rules := lint.NewContext(lint.Config{Rules: inForce.Set, Today: b.Today, Facts: true})
		by := map[string]*Row{}
		for _, u := range units {
			if b.Plan.Binds(u) && (only == nil || slices.Contains(only, u.ID)) {
				by[u.ID] = &Row{Unit: u, ByState: map[publication.State]int{}}
			}
		}
		b.Total.ByState = map[publication.State]int{}
		for _, t := range tallies {
			r := by[t.UnitID]
			if r == nil {
				continue
			}
			for _, r := range []*Row{r, &b.Total} {
				r.Total += t.Count
				r.ByState[t.State] += t.Count
				if t.Visits == 0 || t.Visits == 1 {
					r.AtMost1 += t.Count
				}
				if t.Faulty {
					r.Faulty += t.Count
				}
			}
		}
		for _, t := range lists {
			if r := by[t.UnitID]; r != nil && t.State != store.ListOutside {
				for _, r := range []*Row{r, &b.Total} {
					r.Entries += t.Count
					if t.State == store.ListOpen {
						r.Open += t.Count
					}
				}
			}
		}
		promised, err := pledges(tx, store.PledgeFilter{Units: only})
		if err != nil {
			return err
		}
		for _, p := range promised {
			r := by[p.UnitID]
			if r == nil {
				continue
			}
			for _, r := range []*Row{r, &b.Total} {
				switch p.State {
				case plan.PledgeLate:
					r.Broken++
					r.Pledged++
				case plan.PledgeOpen:
					r.Pledged++
				case plan.PledgeKept:
					r.Kept++
				}
			}
		}
		for _, u := range units {
			r := by[u.ID]
			if r == nil {
				continue
			}
			rep := facts.reports[u.ID]
			r.Reported, r.Zero = rep.Packages > 0 || rep.Zero > 0, rep.Zero > 0
			r.Late = !r.Reported && (u.Supervisor == "" || r.Total > 0) && b.Plan.Due(plan.Packages).Before(b.Today)
			r.ShareMet = b.Plan.ShareMet(r.AtMost1, r.Total)
			r.Findings = publication.CheckUnit(rules, facts.of(u, r.Total))
			if only != nil {
				found, err := s.checkUnit(tx, u)
				if err != nil {
					return err
				}
				r.Findings = append(r.Findings, found...)
			}
			if only != nil && r.Open > 0 {
				found, err := s.checkLists(tx, u)
				if err != nil {
					return err
				}
				r.Findings = append(r.Findings, found...)
			}
			b.Rows = append(b.Rows, *r)
		}
		return nil
	})
	slices.SortStableFunc(b.Rows, func(x, y Row) int {
		if x.Late != y.Late {
			if x.Late {
				return -1
			}
			return 1
		}
		return len(y.Findings) - len(x.Findings)
	})
	return b, err
}

// reportingFacts is what the rules on units know of their reporting.
type reportingFacts struct {
	plan     plan.Plan
	today    calendar.Date
	reports  map[string]store.UnitReport
	contacts map[string]store.Contact
}

func readFacts(tx *store.Tx, p plan.Plan) (*reportingFacts, error) {
	f := &reportingFacts{plan: p, today: calendar.DateOf(tx.Now()), contacts: map[string]store.Contact{}}
	contacts, err := tx.Contacts(p.ID)
	if err != nil {
		return nil, err
	}
	for _, c := range contacts {
		f.contacts[c.UnitID] = c
	}
	f.reports, err = tx.UnitReports(p.ID)
	return f, err
}

// of is what is known of a unit that has so many items.
func (f *reportingFacts) of(u org.Unit, items int) publication.UnitFacts {
	rep := f.reports[u.ID]
	facts := publication.UnitFacts{Unit: u, Plan: f.plan, Today: f.today, Items: items, ZeroReport: rep.Zero > 0, Met: rep.Met, MetCommitted: rep.MetCommitted}
	if c, ok := f.contacts[u.ID]; ok {
		facts.Leader, facts.Liaison, facts.ContactsAt = c.Leader, c.Liaison, calendar.DateOf(c.ReportedAt)
	}
	return facts
}

// ReportContacts records the leader in charge and the liaison of a unit (P-4.1).
func (s *Service) ReportContacts(ctx context.Context, a org.Actor, c store.Contact) error {
	if err := org.Can(a, org.ReportContacts, c.UnitID); err != nil {
		return err
	}
	e := fault.Invalidf("名单没有报送，请按提示更正。")
	if strings.TrimSpace(c.Leader) == "" {
		e.At("leader", "请填写分管负责人姓名")
	}
	if strings.TrimSpace(c.Liaison) == "" {
		e.At("liaison", "请填写联络员姓名")
	}
	if strings.TrimSpace(c.Phone) == "" {
		e.At("phone", "请填写联络员电话")
	}
	if err := e.OrNil(); err != nil {
		return err
	}
	return s.db.Update(ctx, func(tx *store.Tx) error {
		p, err := tx.ActivePlan()
		if err != nil {
			return err
		}
		u, err := tx.Unit(c.UnitID)
		if err != nil {
			return err
		}
		c.PlanID, c.ReportedAt = p.ID, tx.Now()
		if err := tx.SaveContact(&c, a.Name); err != nil {
			return err
		}
		if err := meetMilestone(tx, p, u, plan.Contacts); err != nil {
			return err
		}
		if err := tx.CloseTodos(work.KindContacts, c.UnitID, "已报送"); err != nil {
			return err
		}
		return tx.Record(a, "报送负责人和联络员", "单位", c.UnitID, "")
	})
}

// Contact returns what a unit has reported, nil if nothing.
func (s *Service) Contact(ctx context.Context, a org.Actor, unitID string) (*store.Contact, error) {
	if err := org.Can(a, org.ReadItem, unitID); err != nil {
		return nil, err
	}
	var found *store.Contact
	err := s.db.View(ctx, func(tx *store.Tx) error {
		p, err := tx.ActivePlan()
		if err != nil {
			return err
		}
		contacts, err := tx.Contacts(p.ID)
		for i := range contacts {
			if contacts[i].UnitID == unitID {
				found = &contacts[i]
			}
		}
		return err
	})
	return found, err
}

// Plan returns the reform plan in force.
func (s *Service) Plan(ctx context.Context) (plan.Plan, error) {
	var p plan.Plan
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		p, err = tx.ActivePlan()
		return err
	})
	return p, err
}
