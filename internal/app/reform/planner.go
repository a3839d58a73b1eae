package reform

import (
	"context"
	"fmt"
	"io"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/lint"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/plan"
	"onevisit/internal/domain/publication"
	"onevisit/internal/domain/visit"
	"onevisit/internal/domain/work"
	"onevisit/internal/infra/draw"
	"onevisit/internal/infra/exchange"
	"onevisit/internal/infra/store"
)

// WhatIf is one item with some measures switched on.
type WhatIf struct {
	store.Item
	UnitName      string
	Measures      visit.Set
	Before, After visit.Assessment
	Problem       string      // why the visits cannot be computed; then the rest is empty
	One, None     []visit.Set // the minimal sets for at most one visit, and for none
	Remaining     []*catalog.Touchpoint
	// The process as swim lanes, SVG, with the trips pinned to it.
	PictureBefore, PictureAfter string
}

// WhatIf shows what measures would do to an item. Nothing is written.
func (s *Service) WhatIf(ctx context.Context, a org.Actor, id string, measures []string) (*WhatIf, error) {
	m, err := visit.ParseSet(measures)
	if err != nil {
		return nil, err
	}
	w := &WhatIf{Measures: m}
	if err := s.db.View(ctx, func(tx *store.Tx) error {
		var unit org.Unit
		w.Item, unit, err = readable(tx, a, id)
		w.UnitName = unit.Name
		return err
	}); err != nil {
		return nil, err
	}
	it, err := decode(w.Doc)
	if err != nil {
		return nil, fmt.Errorf("item %s: %w", id, err)
	}
	cases, err := visit.CompileItem(it)
	if err != nil {
		w.Problem = fault.Text(err)
		return w, nil
	}
	if w.Before, err = visit.AssessItem(it); err != nil {
		return nil, err
	}
	if w.After, err = visit.AssessItemWith(it, m); err != nil {
		return nil, err
	}
	w.PictureBefore = draw.Lanes(it, worst(cases, 0).With(0), w.Before)
	w.PictureAfter = draw.Lanes(it, worst(cases, m).With(m), w.After)
	var k visit.Counter
	one, none := k.ReachAll(cases, 1), k.ReachAll(cases, 0)
	w.One, w.None = one.Minimal(), none.Minimal()
	for _, c := range cases {
		w.Remaining = append(w.Remaining, c.Remaining()...)
	}
	return w, nil
}

// worst is the scenario with the most visits under a set, as AssessItem counts.
func worst(cases []*visit.Compiled, m visit.Set) *visit.Compiled {
	return slices.MaxFunc(cases, func(a, b *visit.Compiled) int { return a.Count(m) - b.Count(m) })
}

// readable reads an item that the actor may see, with its unit.
func readable(tx *store.Tx, a org.Actor, id string) (store.Item, org.Unit, error) {
	row, err := tx.Item(id)
	if err != nil {
		return row, org.Unit{}, err
	}
	if err := org.Can(a, org.ReadItem, row.UnitID); err != nil {
		return row, org.Unit{}, err
	}
	u, err := tx.Unit(row.UnitID)
	return row, u, err
}

// PlanQuery says what the county planner is asked.
type PlanQuery struct {
	Unit    string            // ID; empty for the whole county
	Share   int               // in percent of each unit's items; 0 is the plan's
	Costs   map[string]string // by code; an absent or empty one is 1
	PerUnit bool
	Budget  string // if not empty: the most items for it, instead of the share
}

// Planning is the planner's page: the question with the answer.
type Planning struct {
	Query   PlanQuery
	Plan    plan.Plan
	Unit    *org.Unit // nil for the county
	Answer  visit.CountyPlan
	Blocked []visit.Blocked
	Names   map[string]string    // of items, by ID
	UnitIDs map[string]string    // by name
	Chosen  map[string]visit.Set // the measures each item needs of those chosen, for items unlocked
}

// PlanMeasures asks the planner. Only working copies count, whatever is public.
func (s *Service) PlanMeasures(ctx context.Context, a org.Actor, q PlanQuery) (*Planning, error) {
	var p *Planning
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		p, err = s.planMeasures(tx, a, q)
		return err
	})
	return p, err
}

func (s *Service) planMeasures(tx *store.Tx, a org.Actor, q PlanQuery) (*Planning, error) {
	p := &Planning{Query: q, Names: map[string]string{}, UnitIDs: map[string]string{}, Chosen: map[string]visit.Set{}}
	if q.Unit == "" {
		if err := org.Can(a, org.ReadCounty, ""); err != nil {
			return nil, err
		}
	} else if err := org.Can(a, org.ReadItem, q.Unit); err != nil {
		return nil, err
	}
	var err error
	if p.Plan, err = tx.ActivePlan(); err != nil {
		return nil, err
	}
	if p.Query.Share == 0 {
		p.Query.Share = p.Plan.ShareAtMostOne
	}
	share, budget, costs, err := p.Query.read()
	if err != nil {
		return nil, err
	}
	units, err := tx.Units()
	if err != nil {
		return nil, err
	}
	b := visit.NewCounty()
	compiled := map[string][]*visit.Compiled{}
	for i, u := range units {
		if u.ID == q.Unit {
			p.Unit = &units[i]
		}
		if !u.InScope || q.Unit != "" && u.ID != q.Unit {
			continue
		}
		items, err := allItems(tx, store.ItemFilter{Units: []string{u.ID}})
		if err != nil {
			return nil, err
		}
		b.Unit(u.Name)
		p.UnitIDs[u.Name] = u.ID
		for _, row := range items {
			it, err := decode(row.Doc)
			if err != nil {
				return nil, fmt.Errorf("item %s: %w", row.ID, err)
			}
			p.Names[row.ID] = row.Name
			// Where visits cannot be computed the item counts as not met.
			cases, err := visit.CompileItem(it)
			if err != nil {
				cases = nil
			}
			compiled[row.ID] = cases
			b.Item(row.ID, cases...)
		}
	}
	county := b.Done()
	switch {
	case budget != nil && q.PerUnit:
		if p.Answer, err = county.MostPerUnit(budget, share, costs); err != nil {
			return nil, err
		}
	case budget != nil:
		p.Answer = county.Most(budget, share, costs)
	case q.PerUnit:
		p.Answer = county.CheapestPerUnit(share, costs)
	default:
		p.Answer = county.Cheapest(share, costs)
	}
	p.Blocked = county.Blocked()
	var k visit.Counter
	for _, u := range p.Answer.Units {
		for _, id := range u.Unlocked {
			// Of what the unit switches on, the item itself may need less.
			r := k.ReachAll(compiled[id], 1)
			for _, m := range r.Minimal() {
				if m&^u.Measures == 0 {
					p.Chosen[id] = m
					break
				}
			}
		}
	}
	return p, nil
}

// WritePlan writes the planner's answer as a table: an item a row, of those that
// the measures change and of those that nothing brings to one visit.
func (s *Service) WritePlan(ctx context.Context, a org.Actor, q PlanQuery, format string, w io.Writer) error {
	p, err := s.PlanMeasures(ctx, a, q)
	if err != nil {
		return err
	}
	sheet := exchange.Sheet{Name: "改革推演", Head: []string{"单位", "事项总数", "现在不超过一次", "之后不超过一次", "目标", "单位采取的措施", "事项", "结果", "事项所需措施", "仍须到场的和依据"}}
	blocked := map[string][]visit.Blocked{}
	for _, b := range p.Blocked {
		blocked[b.Unit] = append(blocked[b.Unit], b)
	}
	for _, u := range p.Answer.Units {
		row := func(item, outcome, measures, stays string) {
			sheet.Rows = append(sheet.Rows, []string{u.Name, strconv.Itoa(u.Total), strconv.Itoa(u.MetBefore), strconv.Itoa(u.MetAfter), strconv.Itoa(u.Need),
				strings.Join(u.Measures.Codes(), "、"), item, outcome, measures, stays})
		}
		for _, id := range u.Unlocked {
			row(p.Names[id], "新实现", strings.Join(p.Chosen[id].Codes(), "、"), "")
		}
		for _, id := range u.Lost {
			row(p.Names[id], "反而超过一次", "", "")
		}
		for _, b := range blocked[u.Name] {
			var stays []string
			for _, t := range b.Touchpoints {
				stays = append(stays, t.Duty+"："+visit.Stays(t))
			}
			if len(stays) == 0 {
				stays = []string{"不能计算到场次数，请先补全办理流程"}
			}
			row(p.Names[b.ID], "任何措施都不能减到一次", "", strings.Join(stays, "；"))
		}
		if len(u.Unlocked)+len(u.Lost)+len(blocked[u.Name]) == 0 {
			row("", "", "", "")
		}
	}
	return writeSheet(w, format, sheet)
}

// writeSheet writes a table in one of the formats of spreadsheets.
func writeSheet(w io.Writer, format string, sheet exchange.Sheet) error {
	switch format {
	case "csv":
		return exchange.WriteSheetCSV(w, sheet)
	case "xlsx":
		return exchange.WriteSheetXLSX(w, sheet)
	}
	return fault.NotFoundf("%s没有“%s”这种格式，可选 xlsx 或 csv。", sheet.Name, format)
}

// read parses what was typed.
func (q *PlanQuery) read() (share, budget *big.Rat, costs visit.Costs, err error) {
	e := fault.Invalidf("推演的条件填写有误，请按提示更正。")
	if q.Share < 0 || q.Share > 100 {
		e.At("share", "目标比例应在 0 到 100 之间")
	}
	share = big.NewRat(int64(q.Share), 100)
	if strings.TrimSpace(q.Budget) != "" {
		if budget, err = visit.ParseAmount(q.Budget); err != nil {
			e.At("budget", "%s", fault.Text(err))
		}
	}
	costs = visit.Costs{}
	for _, m := range visit.Measures {
		text := strings.TrimSpace(q.Costs[m.Code])
		if text == "" {
			continue
		}
		cost, err := visit.ParseAmount(text)
		if err != nil {
			e.At("cost_"+m.Code, "%s", fault.Text(err))
			continue
		}
		costs[m.Set] = cost
	}
	return share, budget, costs, e.OrNil()
}

// PledgePlan makes a plan the units' pledges: every item that the plan unlocks
// is to take at most one visit by a day (P-3.2a). The plan is computed anew in
// the same transaction. Drafts get measures, day and class written into their
// statement where the actor may edit them; for the others, and always as a
// reminder, the unit gets a to-do. It returns how many pledges were made.
func (s *Service) PledgePlan(ctx context.Context, a org.Actor, q PlanQuery, due calendar.Date) (int, error) {
	if err := org.Can(a, org.MakePledge, q.Unit); err != nil {
		return 0, err
	}
	made := 0
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		made = 0
		p, err := s.planMeasures(tx, a, q)
		if err != nil {
			return err
		}
		for _, u := range p.Answer.Units {
			for _, id := range u.Unlocked {
				pledge := plan.Pledge{PlanID: p.Plan.ID, UnitID: p.UnitIDs[u.Name], ItemID: id, Measures: p.Chosen[id].Codes(), Due: due, MadeBy: a.Name}
				if err := s.pledge(tx, a, &pledge); err != nil {
					return err
				}
				made++
			}
			if len(u.Unlocked) > 0 {
				if err := tx.Record(a, "作出改革承诺", "单位", p.UnitIDs[u.Name], fmt.Sprintf("%s：%d 个事项，%s 前完成，采取 %s", u.Name, len(u.Unlocked), due, strings.Join(u.Measures.Codes(), "、"))); err != nil {
					return err
				}
			}
		}
		if made == 0 {
			return fault.Conflictf("这个方案没有使任何事项减到一次以内，没有可以承诺的事项。")
		}
		return nil
	})
	return made, err
}

// PledgeItem makes a pledge for one item with chosen measures, which must bring
// it to at most one visit.
func (s *Service) PledgeItem(ctx context.Context, a org.Actor, id string, measures []string, due calendar.Date) error {
	m, err := visit.ParseSet(measures)
	if err != nil {
		return err
	}
	return s.db.Update(ctx, func(tx *store.Tx) error {
		row, err := tx.Item(id)
		if err != nil {
			return err
		}
		if err := org.Can(a, org.MakePledge, row.UnitID); err != nil {
			return err
		}
		p, err := tx.ActivePlan()
		if err != nil {
			return err
		}
		it, err := decode(row.Doc)
		if err != nil {
			return fmt.Errorf("item %s: %w", id, err)
		}
		before, err := visit.AssessItem(it)
		if err != nil {
			return err
		}
		after, err := visit.AssessItemWith(it, m)
		if err != nil {
			return err
		}
		switch {
		case before.Visits <= 1:
			return fault.Conflictf("“%s”现在到场不超过一次，不需要承诺。", row.Name)
		case after.Visits > 1:
			return fault.Invalidf("采取所选措施后仍须到场 %d 次，不能作为承诺。", after.Visits).At("measures", "请选择能减到一次以内的措施")
		}
		if err := s.pledge(tx, a, &plan.Pledge{PlanID: p.ID, UnitID: row.UnitID, ItemID: id, Measures: m.Codes(), Due: due, MadeBy: a.Name}); err != nil {
			return err
		}
		return tx.Record(a, "作出改革承诺", "事项", id, fmt.Sprintf("%s：%s 前完成，采取 %s", row.Name, due, strings.Join(m.Codes(), "、")))
	})
}

// pledge writes one pledge, the item's statement where it is open, and the to-do.
func (s *Service) pledge(tx *store.Tx, a org.Actor, p *plan.Pledge) error {
	if err := p.Validate(calendar.DateOf(tx.Now())); err != nil {
		return err
	}
	if err := tx.MakePledge(p); err != nil {
		return err
	}
	row, err := tx.Item(p.ItemID)
	if err != nil {
		return err
	}
	if (row.State == publication.Draft || row.State == publication.Returned) && org.Can(a, org.EditItem, row.UnitID) == nil {
		it, err := decode(row.Doc)
		if err != nil {
			return fmt.Errorf("item %s: %w", row.ID, err)
		}
		it.Reform.Class, it.Reform.Measures, it.Reform.By = catalog.ClassReform, p.Measures, p.Due.String()
		unit, err := tx.Unit(row.UnitID)
		if err != nil {
			return err
		}
		before := row.DocHash
		if err := s.judge(tx, unit, &row, it); err != nil {
			return err
		}
		if row.DocHash != before {
			row.UpdatedBy = a.Name
			if err := tx.UpdateItem(&row, "作出改革承诺"); err != nil {
				return err
			}
		}
	}
	return tx.RaiseTodo(work.Todo{Kind: work.KindPledge, SubjectKind: "事项", SubjectID: p.ItemID, UnitID: p.UnitID, Role: org.RoleLiaison, Due: p.Due.String(),
		Title: fmt.Sprintf("兑现“%s”最多跑一次的承诺：落实 %s，改好办理流程后报送公布", row.Name, strings.Join(p.Measures, "、"))})
}

// PledgeView is a pledge with where it stands today.
type PledgeView struct {
	store.PledgeRow
	State plan.PledgeState
}

// PledgeFilter selects pledges; empty fields select all.
type PledgeFilter = store.PledgeFilter

// Pledges returns a page of the pledges of the units asked for, or of all that
// the actor may see, and how many there are on all pages.
func (s *Service) Pledges(ctx context.Context, a org.Actor, f PledgeFilter) (list []PledgeView, total int, err error) {
	if f.Units, err = visibleUnits(a, f.Units); err != nil {
		return nil, 0, err
	}
	err = s.db.View(ctx, func(tx *store.Tx) error {
		f.Today = calendar.DateOf(tx.Now())
		if list, err = pledges(tx, f); err != nil {
			return err
		}
		total, err = tx.CountPledges(f)
		return err
	})
	return list, total, err
}

func pledges(tx *store.Tx, f store.PledgeFilter) ([]PledgeView, error) {
	rows, err := tx.Pledges(f)
	list := make([]PledgeView, len(rows))
	for i, r := range rows {
		list[i] = PledgeView{r, r.Pledge.State(calendar.DateOf(tx.Now()))}
	}
	return list, err
}

// WithdrawPledge ends an open pledge that will not be kept, for a reason.
func (s *Service) WithdrawPledge(ctx context.Context, a org.Actor, id string, version int64, reason string) error {
	if strings.TrimSpace(reason) == "" {
		return fault.Invalidf("承诺没有撤销。").At("reason", "请写明撤销的原因")
	}
	return s.db.Update(ctx, func(tx *store.Tx) error {
		p, err := tx.Pledge(id)
		if err != nil {
			return err
		}
		if err := org.Can(a, org.MakePledge, p.UnitID); err != nil {
			return err
		}
		p.Version = version
		if err := tx.EndPledge(&p.Pledge, 0, reason); err != nil {
			return err
		}
		if err := tx.CloseTodos(work.KindPledge, p.ItemID, "承诺已撤销"); err != nil {
			return err
		}
		return tx.Record(a, "撤销改革承诺", "事项", p.ItemID, p.ItemName+"："+reason)
	})
}

// keepPledges ends the pledges that a release fulfils: the process it publishes
// takes at most one visit.
func keepPledges(tx *store.Tx, a org.Actor, rel *publication.Release) error {
	met, gone := map[string]bool{}, map[string]bool{}
	for i := range rel.Items {
		it := &rel.Items[i]
		switch {
		case it.Standing == publication.StandingCancelled:
			gone[it.ItemID] = true
		case it.Available() && (it.Visits == 0 || it.Visits == 1):
			met[it.ItemID] = true
		}
	}
	open, err := tx.Pledges(store.PledgeFilter{Open: true})
	if err != nil {
		return err
	}
	for _, p := range open {
		if gone[p.ItemID] {
			if err := tx.EndPledge(&p.Pledge, 0, "事项已取消，随 "+rel.Number+" 公布"); err != nil {
				return err
			}
			if err := tx.CloseTodos(work.KindPledge, p.ItemID, "事项已取消"); err != nil {
				return err
			}
			continue
		}
		if !met[p.ItemID] {
			continue
		}
		if err := tx.EndPledge(&p.Pledge, rel.Seq, ""); err != nil {
			return err
		}
		if err := tx.CloseTodos(work.KindPledge, p.ItemID, "已兑现，随 "+rel.Number+" 公布"); err != nil {
			return err
		}
		if err := tx.Record(a, "兑现改革承诺", "事项", p.ItemID, p.ItemName); err != nil {
			return err
		}
	}
	return nil
}

// TimePlanning is the time planner's answer for a unit.
type TimePlanning struct {
	plan.TimePlan
	Unit    org.Unit
	Percent int
	Left    int // items without both limits, or with one that has no working days
}

// PlanTimes finds the fewest promises that a unit must shorten for the cut that
// the plan asks of its items not already met (P-3.3.3), given the fewest days
// that it declares for each step.
func (s *Service) PlanTimes(ctx context.Context, a org.Actor, unitID string) (*TimePlanning, error) {
	t := &TimePlanning{}
	var items []store.Item
	var declared map[string]plan.Analysis
	if err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		if err := org.Can(a, org.ReadItem, unitID); err != nil {
			return err
		}
		if t.Unit, err = tx.Unit(unitID); err != nil {
			return err
		}
		p, err := tx.ActivePlan()
		if err != nil {
			return err
		}
		t.Percent = p.TimeCut
		if declared, err = tx.Analyses(unitID); err != nil {
			return err
		}
		items, err = allItems(tx, store.ItemFilter{Units: []string{unitID}})
		return err
	}); err != nil {
		return nil, err
	}
	rules := lint.NewContext(lint.Config{}) // only its conversion of limits is used
	var promises []plan.Promise
	for _, row := range items {
		it, err := decode(row.Doc)
		if err != nil {
			return nil, fmt.Errorf("item %s: %w", row.ID, err)
		}
		if it.Reform.Class == catalog.ClassMet { // as U04 counts
			continue
		}
		today, ok1 := rules.Workdays(it.CurrentLimit)
		promised, ok2 := rules.Workdays(it.PromisedLimit)
		if !it.CurrentLimit.Given() || !it.PromisedLimit.Given() || !ok1 || !ok2 {
			t.Left++
			continue
		}
		p := plan.Promise{ID: row.ID, Name: row.Name, Today: today.Min + today.Max, Promised: promised.Min + promised.Max}
		p.Shortest = shortest(it.Process, declared[row.ID].Shortest, p.Promised)
		promises = append(promises, p)
	}
	t.TimePlan = plan.CutTimes(promises, t.Percent)
	return t, nil
}

// shortest is the least that a process takes, in half working days, with what
// the unit declares for its steps. A process that tells no days cannot be cut.
func shortest(p *catalog.Process, declared map[string]float64, promised int) int {
	if p == nil || lint.StepDays(p) == 0 {
		return promised
	}
	q := *p
	q.Steps = append([]catalog.Step(nil), p.Steps...)
	for i := range q.Steps {
		if d, ok := declared[q.Steps[i].ID]; ok {
			q.Steps[i].Days = math.Min(d, q.Steps[i].Days)
		}
	}
	return int(math.Ceil(2*lint.StepDays(&q) - 1e-9))
}
