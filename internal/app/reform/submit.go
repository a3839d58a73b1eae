package reform

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/lint"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/plan"
	"onevisit/internal/domain/publication"
	"onevisit/internal/domain/work"
	"onevisit/internal/infra/store"
)

// Preparation is what a unit sees before it reports: what is ready, what is
// not and why, and the commitment to be signed.
type Preparation struct {
	Unit   org.Unit
	Plan   plan.Plan
	Due    calendar.Date
	Ready  []store.Item // confirmed
	Met    []store.Item // of these, already at most one visit: need the commitment
	Faulty int          // drafts with errors
	Drafts int          // drafts without errors, waiting for the leader
	Others int          // in review or later
	// Text is the commitment's text to start from.
	Text string
	// Lists are what falls between the unit's lists and its items (S04).
	Lists []lint.Finding
	// Supervised names the unit that reports for this one (P-2.1b), empty if it
	// reports itself; MayReport says whether the actor is of that unit.
	Supervised string
	MayReport  bool
	// Parts are what the package is made of, with what is missing.
	Parts []publication.Part
	// Managed are the units that this one reports for (P-2.1b).
	Managed []Managed
	// Unit rules that speak of the unit as a whole; an error among them refuses
	// the report.
	UnitFound []lint.Finding
	// Asks are the warnings among what is ready that nobody has explained yet.
	Asks []Ask
}

// Ask is a rule whose warnings still want a reason, with what they are about.
type Ask struct {
	Rule, Title string
	Count       int
	First       []lint.Finding // a few of them
}

// asksShown is how many findings of a rule are shown beside its question.
const asksShown = 3

// Managed is a unit that another one reports for, with where it stands.
type Managed struct {
	Unit                   org.Unit
	Ready, Drafts, Faulty  int
	Reported, ZeroReported bool
}

// Prepare shows what a unit can report now.
func (s *Service) Prepare(ctx context.Context, a org.Actor, unitID string) (*Preparation, error) {
	if err := org.Can(a, org.ReadItem, unitID); err != nil {
		return nil, err
	}
	p := &Preparation{}
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		if p.Unit, err = tx.Unit(unitID); err != nil {
			return err
		}
		if p.Plan, err = tx.ActivePlan(); err != nil {
			return err
		}
		p.Due = p.Plan.Due(plan.Packages)
		if p.Lists, err = s.checkLists(tx, p.Unit); err != nil {
			return err
		}
		if p.Unit.Supervisor != "" {
			u, err := tx.Unit(p.Unit.Supervisor)
			if err != nil {
				return err
			}
			p.Supervised = u.Name
		}
		p.MayReport = org.Can(a, org.SubmitPackage, unitID) == nil && mayReport(a, p.Unit)
		if p.Managed, err = managed(tx, p.Plan.ID, unitID); err != nil {
			return err
		}
		ids := []string{unitID}
		for _, m := range p.Managed {
			ids = append(ids, m.Unit.ID)
		}
		tallies, err := tx.Tallies(ids)
		if err != nil {
			return err
		}
		for _, t := range tallies {
			if t.UnitID != unitID {
				for i := range p.Managed {
					if p.Managed[i].Unit.ID == t.UnitID {
						p.Managed[i].add(t)
					}
				}
				continue
			}
			switch t.State {
			case publication.Draft, publication.Returned:
				if t.Faulty {
					p.Faulty += t.Count
				} else {
					p.Drafts += t.Count
				}
			case publication.Confirmed:
			default:
				p.Others += t.Count
			}
		}
		if p.Ready, err = allItems(tx, store.ItemFilter{Units: []string{unitID}, States: []publication.State{publication.Confirmed}}); err != nil {
			return err
		}
		g, err := s.materials(tx)
		if err != nil {
			return err
		}
		reported, unitFound, err := s.gather(tx, g, p.Unit, p.Ready)
		if err != nil {
			return err
		}
		rules, err := s.rulesInForce(tx)
		if err != nil {
			return err
		}
		p.UnitFound, p.Asks = unitFound, asks(rules.Set, reported, unitFound)
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, it := range p.Ready {
		if it.Class == catalog.ClassMet {
			p.Met = append(p.Met, it)
		}
	}
	if p.Parts, err = packageParts(p.Ready); err != nil {
		return nil, err
	}
	complaint, err := complaints(p.Met)
	if err != nil {
		return nil, err
	}
	p.Text = publication.DefaultCommitment(p.Unit.Name, complaint...)
	return p, nil
}

// complaints are the lines for complaints that items name, the most frequent
// first, at most two.
func complaints(rows []store.Item) ([]string, error) {
	named := map[string]int{}
	for _, r := range rows {
		data, err := decode(r.Doc)
		if err != nil {
			return nil, fmt.Errorf("item %s: %w", r.ID, err)
		}
		for _, c := range data.Complaint {
			named[c]++
		}
	}
	list := slices.SortedFunc(maps.Keys(named), func(a, b string) int { return cmp.Or(named[b]-named[a], strings.Compare(a, b)) })
	return list[:min(2, len(list))], nil
}

// mayReport reports whether the actor is of the unit that hands in for this one:
// the unit in charge, if there is one (P-2.1b).
func mayReport(a org.Actor, u org.Unit) bool { return u.Supervisor == "" || a.Owns(u.Supervisor) }

// managed lists the units that a unit reports for.
func managed(tx *store.Tx, planID, unitID string) ([]Managed, error) {
	units, err := tx.Units()
	if err != nil {
		return nil, err
	}
	var out []Managed
	for _, u := range units {
		if u.Supervisor == unitID && u.InScope {
			out = append(out, Managed{Unit: u})
		}
	}
	if len(out) == 0 {
		return nil, nil
	}
	reports, err := tx.UnitReports(planID)
	for i := range out {
		r := reports[out[i].Unit.ID]
		out[i].Reported, out[i].ZeroReported = r.Packages > 0, r.Zero > 0
	}
	return out, err
}

func (m *Managed) add(t store.Tally) {
	switch {
	case t.State == publication.Confirmed:
		m.Ready += t.Count
	case t.State != publication.Draft && t.State != publication.Returned:
	case t.Faulty:
		m.Faulty += t.Count
	default:
		m.Drafts += t.Count
	}
}

// packageParts checks what confirmed items make up.
func packageParts(rows []store.Item) ([]publication.Part, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	items := make([]publication.PartItem, len(rows))
	for i, r := range rows {
		data, err := decode(r.Doc)
		if err != nil {
			return nil, fmt.Errorf("item %s: %w", r.ID, err)
		}
		items[i] = publication.PartItem{ID: r.ID, Met: r.Class == catalog.ClassMet, Item: data}
	}
	return publication.PackageParts(items), nil
}

// allItems pages through everything a filter selects, documents included.
func allItems(tx *store.Tx, f store.ItemFilter) ([]store.Item, error) {
	var all []store.Item
	f.Limit = 500
	for {
		page, err := tx.ItemsWithDocs(f)
		if err != nil {
			return nil, err
		}
		all = append(all, page...)
		if len(page) < f.Limit {
			return all, nil
		}
		f.After = page[len(page)-1].ID
	}
}

// Reporting is what a liaison hands in.
type Reporting struct {
	UnitID string
	// Items are the IDs of confirmed items; nil is all of the unit's.
	Items []string
	// The commitment for items already met; ignored if there are none.
	Signatory, Title, Text string
	SignedOn               calendar.Date
	Statement              string
	// Reasons say, by rule, why the warnings stand on which no reason is on
	// record yet.
	Reasons map[string]string
	// Scan is the scan of the signed and sealed commitment; nil if it comes later.
	Scan *ScanFile
}

// SubmitPackage reports a unit's confirmed items to the reform office with the
// commitment for those already met (P-3.2b). What is handed in is frozen; the
// working copies are locked until both offices have decided.
func (s *Service) SubmitPackage(ctx context.Context, a org.Actor, in Reporting) (*publication.Submission, error) {
	return s.submit(ctx, a, in, publication.Package)
}

// SubmitZeroReport reports that a unit has no items (P-3.2c).
func (s *Service) SubmitZeroReport(ctx context.Context, a org.Actor, unitID, statement string) (*publication.Submission, error) {
	return s.submit(ctx, a, Reporting{UnitID: unitID, Statement: statement}, publication.ZeroReport)
}

func (s *Service) submit(ctx context.Context, a org.Actor, in Reporting, kind publication.SubmissionKind) (*publication.Submission, error) {
	if err := org.Can(a, org.SubmitPackage, in.UnitID); err != nil {
		return nil, err
	}
	var scan *publication.Scan
	if in.Scan != nil && kind == publication.Package {
		var err error
		if scan, err = s.keepScan(ctx, a, in.Scan); err != nil {
			return nil, err
		}
	}
	g, err := s.currentMaterials(ctx)
	if err != nil {
		return nil, err
	}
	var sub *publication.Submission
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		unit, err := tx.Unit(in.UnitID)
		if err != nil {
			return err
		}
		if !mayReport(a, unit) {
			u, err := tx.Unit(unit.Supervisor)
			if err != nil {
				return err
			}
			return fault.Forbiddenf("%s由%s组织报送（P-2.1b），请确认事项后交其联络员一并报送。", unit.Name, u.Name)
		}
		p, err := tx.ActivePlan()
		if err != nil {
			return err
		}
		n, err := tx.NextSubmissionNumber()
		if err != nil {
			return err
		}
		today := calendar.DateOf(tx.Now())
		due := p.Due(plan.Packages)
		sub = &publication.Submission{PlanID: p.ID, UnitID: unit.ID, UnitName: unit.Name, Kind: kind, State: publication.InReview,
			Number: fmt.Sprintf("报送%s-%04d", today.String()[:4], n), Statement: in.Statement,
			At: tx.Now(), ByID: a.ID, ByName: a.Name, Late: !due.IsZero() && due.Before(today)}
		if kind == publication.ZeroReport {
			if held, err := tx.CountItems(store.ItemFilter{Units: []string{unit.ID}}); err != nil {
				return err
			} else if held > 0 {
				return fault.Conflictf("本单位已录入 %d 个事项，不能提交零报告。", held)
			}
			sub.State, sub.Settled = publication.Settled, tx.Now()
		}
		if err := s.refuseOpen(tx, unit, kind); err != nil {
			return err
		}
		rows, err := s.reported(tx, in, kind)
		if err != nil {
			return err
		}
		if err := refuseSuspended(tx, rows); err != nil {
			return err
		}
		if sub.RuleVersion, err = s.judgeReported(tx, unit, rows); err != nil {
			return err
		}
		reported, unitFound, err := s.gather(tx, g, unit, rows)
		if err != nil {
			return err
		}
		if kind == publication.Package {
			if err := s.explainReported(tx, a, reported, unitFound, in.Reasons, sub); err != nil {
				return err
			}
		}
		parts, err := packageParts(rows)
		if err != nil {
			return err
		}
		if err := publication.CheckParts(parts); err != nil {
			return err
		}
		var met []string
		for i, r := range rows {
			found, err := json.Marshal(reported[i].found)
			if err != nil {
				return err
			}
			it := publication.SubmittedItem{ItemID: r.ID, ItemVersion: r.Version, Name: r.Name, Code: r.Code, Type: r.Type,
				Doc: r.Doc, DocHash: r.DocHash, Visits: r.Visits, Class: r.Class, Findings: lint.Count(reported[i].found)[lint.Warning], Found: found}
			if err := compare(tx, &it); err != nil {
				return err
			}
			sub.Items = append(sub.Items, it)
			if r.Class == catalog.ClassMet {
				met = append(met, r.ID)
			}
		}
		if len(met) > 0 {
			sub.Commitment = &publication.Commitment{Signatory: in.Signatory, Title: in.Title, SignedOn: in.SignedOn, Text: in.Text, Items: met}
			if scan != nil {
				sub.Commitment.Scan = scan.Hash
			}
		}
		if err := publication.CheckPackage(sub, today); err != nil {
			return err
		}
		sub.Hash = publication.SealPackage(sub)
		if err := tx.InsertSubmission(sub); err != nil {
			return err
		}
		if scan != nil && sub.Commitment != nil {
			if err := saveScan(tx, a, sub, scan); err != nil {
				return err
			}
		}
		if scan == nil && sub.Commitment != nil {
			if err := askSignature(tx, sub); err != nil {
				return err
			}
		}
		for _, r := range rows {
			to, err := publication.Next(r.State, publication.Submit)
			if err != nil {
				return err
			}
			if err := tx.MoveItem(r.ID, r.Version, to, sub.ID); err != nil {
				return err
			}
		}
		if kind == publication.Package {
			days, err := s.dueIn(tx, func(c plan.Clocks) int { return c.Package })
			if err != nil {
				return err
			}
			for _, role := range []org.Role{org.RoleReform, org.RoleBureau} {
				if err := tx.RaiseTodo(work.Todo{Kind: work.KindReview, SubjectKind: "报送", SubjectID: sub.ID, Role: role, Due: days,
					Title: fmt.Sprintf("审核%s报送的 %d 个事项（%s）", unit.Name, len(rows), sub.Number)}); err != nil {
					return err
				}
			}
		}
		if err := meetMilestone(tx, p, unit, plan.Packages); err != nil {
			return err
		}
		if err := tx.CloseTodos(work.KindReport, unit.ID, "已报送 "+sub.Number); err != nil {
			return err
		}
		return tx.Record(a, string(kind), "报送", sub.ID, fmt.Sprintf("%s %s，%d 个事项", unit.Name, sub.Number, len(rows)))
	})
	return sub, err
}

// refuseSuspended keeps what is suspended or was cancelled from coming back by a
// batch: that is for an adjustment, which says so to the public.
func refuseSuspended(tx *store.Tx, rows []store.Item) error {
	ids := make([]string, len(rows))
	for i := range rows {
		ids[i] = rows[i].ID
	}
	public, err := tx.Neighbours(ids)
	if err != nil {
		return err
	}
	e := fault.Conflictf("有事项已暂停或者取消，不能随清单报送。请先移出，另行申请调整（恢复或者新增）。")
	for _, r := range rows {
		if n, ok := public[r.ID]; ok && n.Standing != publication.StandingPublished {
			e.At(r.ID, "“%s”已%s", r.Name, n.Standing)
		}
	}
	return e.OrNil()
}

// askSignature asks the leader to sign a commitment that came without a scan, if
// the unit has a key to do it with.
func askSignature(tx *store.Tx, sub *publication.Submission) error {
	k, err := commitmentKey(tx, sub)
	if fault.Is(err, fault.Conflict) {
		return nil
	}
	if err != nil {
		return err
	}
	return tx.RaiseTodo(work.Todo{Kind: work.KindSign, SubjectKind: "报送", SubjectID: sub.ID, UnitID: k.UnitID, Role: org.RoleLeader,
		Title: fmt.Sprintf("签署%s的公开承诺书（%s，%d 个事项）", sub.UnitName, sub.Number, len(sub.Commitment.Items))})
}

// judgeReported judges the items by the rules in force on the day they are
// handed in, which may be newer than those they were confirmed with, and gives
// the rules' version.
func (s *Service) judgeReported(tx *store.Tx, unit org.Unit, rows []store.Item) (int64, error) {
	e := fault.Invalidf("检查规则在确认之后有变化，有事项存在错误。请撤回确认，改正后再报送。")
	for i := range rows {
		data, err := decode(rows[i].Doc)
		if err != nil {
			return 0, fmt.Errorf("item %s: %w", rows[i].ID, err)
		}
		if err := s.judge(tx, unit, &rows[i], data); err != nil {
			return 0, err
		}
		if rows[i].Errors > 0 {
			e.At(rows[i].ID, "“%s”有 %d 个错误", rows[i].Name, rows[i].Errors)
		}
	}
	if err := e.OrNil(); err != nil {
		return 0, err
	}
	return tx.RuleVersion()
}

// reported reads the confirmed items that are being handed in.
func (s *Service) reported(tx *store.Tx, in Reporting, kind publication.SubmissionKind) ([]store.Item, error) {
	if kind == publication.ZeroReport {
		return nil, nil
	}
	if in.Items == nil {
		return allItems(tx, store.ItemFilter{Units: []string{in.UnitID}, States: []publication.State{publication.Confirmed}})
	}
	var rows []store.Item
	for _, id := range in.Items {
		r, err := tx.Item(id)
		if err != nil {
			return nil, err
		}
		if r.UnitID != in.UnitID {
			return nil, fault.Invalidf("事项“%s”不属于所选单位。", r.Name)
		}
		rows = append(rows, r)
	}
	return rows, nil
}

// SubmissionsFilter narrows and orders what was reported.
type SubmissionsFilter struct {
	Unit          string
	State         publication.SubmissionState
	Kind          publication.SubmissionKind
	Late          bool
	Order         Order  // unit, kind, state; else newest first
	After, Before string // IDs at the ends of the neighbouring pages
	Limit         int
}

// Submissions lists what was reported: to the offices everything, to a unit its
// own.
func (s *Service) Submissions(ctx context.Context, a org.Actor, f SubmissionsFilter) ([]publication.Submission, error) {
	var units []string
	if f.Unit != "" {
		units = []string{f.Unit}
	}
	units, err := visibleUnits(a, units)
	if err != nil {
		return nil, err
	}
	var subs []publication.Submission
	err = s.db.View(ctx, func(tx *store.Tx) error {
		if subs, err = tx.Submissions(store.SubmissionFilter{Units: units, State: f.State, Kind: f.Kind, Late: f.Late, Order: f.Order, After: f.After, Before: f.Before, Limit: f.Limit}); err != nil {
			return err
		}
		names, err := unitNames(tx)
		for i := range subs {
			subs[i].UnitName = names[subs[i].UnitID]
		}
		return err
	})
	return subs, err
}

func unitNames(tx *store.Tx) (map[string]string, error) {
	units, err := tx.Units()
	m := make(map[string]string, len(units))
	for _, u := range units {
		m[u.ID] = u.Name
	}
	return m, err
}

// Submission returns one submission with its items and verdicts.
func (s *Service) Submission(ctx context.Context, a org.Actor, id string) (*publication.Submission, error) {
	var sub publication.Submission
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		if sub, err = tx.Submission(id); err != nil {
			return err
		}
		if err := org.Can(a, org.ReadItem, sub.UnitID); err != nil {
			return err
		}
		u, err := tx.Unit(sub.UnitID)
		sub.UnitName = u.Name
		return err
	})
	return &sub, err
}

func clock(t time.Time) string {
	return t.In(time.FixedZone("UTC+8", 8*3600)).Format("2006-01-02 15:04")
}
