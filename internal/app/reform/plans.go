package reform

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/code"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/plan"
	"onevisit/internal/domain/publication"
	"onevisit/internal/domain/work"
	"onevisit/internal/infra/exchange"
	"onevisit/internal/infra/outbound"
	"onevisit/internal/infra/store"
)

// MilestoneJob is the kind of the daily job that reminds units of the plan's
// days and records who has missed one; MessageJob that of a message to send.
const (
	MilestoneJob = "milestones"
	MessageJob   = "message"
)

// duties are the milestones that each unit has to meet by a report of its own.
var duties = []struct {
	key   string
	kind  work.Kind
	title string
}{
	{plan.Contacts, work.KindContacts, "报送分管负责人和联络员名单"},
	{plan.Packages, work.KindReport, "报送目录清单、实施清单、办事指南和公开承诺书"},
}

// SetPlan stores a new reform plan, puts it in force and raises what it asks of
// each unit that it binds: the contacts and the package, each by its day.
func (s *Service) SetPlan(ctx context.Context, a org.Actor, p plan.Plan) error {
	if err := org.Can(a, org.ManagePlan, ""); err != nil {
		return err
	}
	if err := p.Validate(); err != nil {
		return err
	}
	return s.db.Update(ctx, func(tx *store.Tx) error {
		// The two buttons of the form stand side by side, and there is no way back.
		if old, err := tx.ActivePlan(); err == nil && old.Title == p.Title && old.DocNo == p.DocNo {
			return fault.Invalidf("新方案没有发布。").At("title", "名称和文号与现行方案相同。发布新方案请改名称或文号；只改现行方案的，请用“保存修改”")
		} else if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		if err := tx.InsertPlan(&p); err != nil {
			return err
		}
		if err := raiseDuties(tx, p); err != nil {
			return err
		}
		return tx.Record(a, "发布改革方案", "方案", p.ID, p.Title)
	})
}

// ChangePlan changes the plan in force: days, targets, the units it binds. What
// is open gets its new day.
func (s *Service) ChangePlan(ctx context.Context, a org.Actor, p plan.Plan) error {
	if err := org.Can(a, org.ManagePlan, ""); err != nil {
		return err
	}
	if err := p.Validate(); err != nil {
		return err
	}
	return s.db.Update(ctx, func(tx *store.Tx) error {
		old, err := tx.ActivePlan()
		if err != nil {
			return err
		}
		if old.ID != p.ID {
			return fault.Conflictf("这个方案已不是现行方案，不能修改。")
		}
		if err := tx.UpdatePlan(&p); err != nil {
			return err
		}
		if err := raiseDuties(tx, p); err != nil {
			return err
		}
		return tx.Record(a, "修改改革方案", "方案", p.ID, p.Title)
	})
}

// dueIn is the last day of a time that begins today, by the clocks of the plan in
// force, as a to-do carries it.
func (s *Service) dueIn(tx *store.Tx, days func(plan.Clocks) int) (string, error) {
	p, err := tx.ActivePlan()
	if err != nil {
		return "", err
	}
	cal, err := s.calendar(tx)
	if err != nil {
		return "", err
	}
	due, err := cal.AddWorkdays(calendar.DateOf(tx.Now()), days(p.Times()))
	return due.String(), err
}

// raiseDuties raises the to-dos of the units that have not reported yet.
func raiseDuties(tx *store.Tx, p plan.Plan) error {
	reported, err := readDuties(tx, p)
	if err != nil {
		return err
	}
	for _, u := range reported.units {
		for _, d := range duties {
			if p.Due(d.key).IsZero() || reported.met[d.key][u.ID] {
				continue
			}
			if err := tx.RaiseTodo(work.Todo{Kind: d.kind, Title: d.title, Due: p.Due(d.key).String(), SubjectKind: "单位", SubjectID: u.ID, UnitID: u.ID, Role: org.RoleLiaison}); err != nil {
				return err
			}
		}
	}
	return nil
}

// dutyState is which of the units that report themselves have met what.
type dutyState struct {
	units    []org.Unit
	met      map[string]map[string]bool // milestone, unit ID
	contacts map[string]store.Contact
}

func readDuties(tx *store.Tx, p plan.Plan) (*dutyState, error) {
	d := &dutyState{met: map[string]map[string]bool{plan.Contacts: {}, plan.Packages: {}, plan.YearEnd: {}}, contacts: map[string]store.Contact{}}
	units, err := tx.Units()
	if err != nil {
		return nil, err
	}
	for _, u := range units {
		if p.Binds(u) && u.Supervisor == "" {
			d.units = append(d.units, u)
		}
	}
	contacts, err := tx.Contacts(p.ID)
	if err != nil {
		return nil, err
	}
	for _, c := range contacts {
		d.contacts[c.UnitID], d.met[plan.Contacts][c.UnitID] = c, true
	}
	reports, err := tx.UnitReports(p.ID)
	if err != nil {
		return nil, err
	}
	for id, r := range reports {
		d.met[plan.Packages][id] = r.Packages > 0 || r.Zero > 0
	}
	tallies, err := tx.Tallies(nil)
	if err != nil {
		return nil, err
	}
	once, total := map[string]int{}, map[string]int{}
	for _, t := range tallies {
		total[t.UnitID] += t.Count
		if t.Visits == 0 || t.Visits == 1 {
			once[t.UnitID] += t.Count
		}
	}
	for _, u := range d.units {
		d.met[plan.YearEnd][u.ID] = p.ShareMet(once[u.ID], total[u.ID])
	}
	return d, nil
}

// meetMilestone records that a unit has done what a milestone asks; if its day
// has passed, that it was late. Units that another reports for have no days of their own
// (P-2.1b).
func meetMilestone(tx *store.Tx, p plan.Plan, u org.Unit, key string) error {
	due := p.Due(key)
	if u.Supervisor != "" || due.IsZero() || !due.Before(calendar.DateOf(tx.Now())) {
		return nil
	}
	if met, err := metBefore(tx, p, u.ID, key); err != nil || met {
		return err
	}
	if _, err := tx.NoteLateness(p.ID, store.Lateness{UnitID: u.ID, Milestone: key, Due: due.String()}); err != nil {
		return err
	}
	return tx.MakeUpLateness(p.ID, u.ID, key)
}

// metBefore reports whether the unit met the milestone by an earlier report, so
// that a later one is no lateness.
func metBefore(tx *store.Tx, p plan.Plan, unitID, key string) (bool, error) {
	if key == plan.Contacts {
		former, err := tx.FormerContacts(p.ID, unitID)
		return len(former) > 0, err
	}
	reports, err := tx.UnitReports(p.ID)
	r := reports[unitID]
	return r.Packages+r.Zero > 1, err // this one is among them
}

// ScheduleMilestones enqueues the day's MilestoneJob; called as often as one
// likes, it does so once a day.
func (s *Service) ScheduleMilestones(ctx context.Context) error {
	return s.scheduleDaily(ctx, MilestoneJob)
}

// RunMilestones carries out a MilestoneJob: it reminds units of the days that
// come, records the milestones that were missed (P-4.3), and those made up for.
func (s *Service) RunMilestones(ctx context.Context, _ []byte, _ func(int)) error {
	return s.db.Update(ctx, func(tx *store.Tx) error {
		p, err := tx.ActivePlan()
		if err != nil {
			return err
		}
		today := calendar.DateOf(tx.Now())
		state, err := readDuties(tx, p)
		if err != nil {
			return err
		}
		late, err := tx.Latenesses(p.ID)
		if err != nil {
			return err
		}
		open := map[[2]string]bool{}
		for _, l := range late {
			open[[2]string{l.UnitID, l.Milestone}] = l.MetAt.IsZero()
		}
		last, err := lastRound(tx, today)
		if err != nil {
			return err
		}
		for _, m := range p.Milestones {
			met, ours := state.met[m.Key]
			if !ours { // the county's own, such as the first release
				continue
			}
			for _, u := range state.units {
				if err := s.remind(tx, p, m, u, last, today, met[u.ID], open[[2]string{u.ID, m.Key}]); err != nil {
					return err
				}
			}
		}
		return raiseDuties(tx, p)
	})
}

// metaRound is the setting that holds the day up to which units were reminded.
const metaRound = "milestones.round"

// lastRound returns the day of the last round of reminders, the zero date if there
// was none, and notes that there is one today. A clock that was set back does not
// set it back: what was sent is not sent again.
func lastRound(tx *store.Tx, today calendar.Date) (calendar.Date, error) {
	text, err := tx.Meta(metaRound)
	if err != nil {
		return calendar.Date{}, err
	}
	last := calendar.Date{}
	if text != "" {
		if last, err = calendar.ParseDate(text); err != nil {
			return last, err
		}
	}
	if last.Before(today) {
		err = tx.SetMeta(metaRound, today.String())
	}
	return last, err
}

// remind does what one milestone asks of one unit's file today. last is the day of
// the last round.
func (s *Service) remind(tx *store.Tx, p plan.Plan, m plan.Milestone, u org.Unit, last, today calendar.Date, met, openLate bool) error {
	switch {
	case met && openLate:
		return tx.MakeUpLateness(p.ID, u.ID, m.Key)
	case met:
		return nil
	case m.Due.Before(today):
		fresh, err := tx.NoteLateness(p.ID, store.Lateness{UnitID: u.ID, Milestone: m.Key, Due: m.Due.String()})
		if err != nil || !fresh {
			return err
		}
		return send(tx, p, u, "late:"+m.Key, fmt.Sprintf("【%s审改办】你单位未在%s前完成“%s”，迟报已记录，请尽快补办。", s.county().Title(), m.Due.ChineseShort(), m.Name))
	}
	if day, due := p.Reminder(m, last, today); due {
		left := fmt.Sprintf("还有 %d 天", m.Due.Sub(today))
		if m.Due == today {
			left = "今天到期"
		}
		return send(tx, p, u, "remind:"+m.Key+":"+m.Due.String()+":"+day.String(), fmt.Sprintf("【%s审改办】请你单位在%s前完成“%s”，%s。", s.county().Title(), m.Due.ChineseShort(), m.Name, left))
	}
	return nil
}

// WithdrawLateness takes back a lateness that was recorded wrongly, such as by a
// clock that ran fast, with the reason on record; the unit is told.
func (s *Service) WithdrawLateness(ctx context.Context, a org.Actor, unitID, milestone, reason string) error {
	if err := org.Can(a, org.ManagePlan, ""); err != nil {
		return err
	}
	return s.db.Update(ctx, func(tx *store.Tx) error {
		p, err := tx.ActivePlan()
		if err != nil {
			return err
		}
		u, err := tx.Unit(unitID)
		if err != nil {
			return err
		}
		list, err := tx.Latenesses(p.ID)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(list, func(l store.Lateness) bool { return l.UnitID == unitID && l.Milestone == milestone })
		if i < 0 {
			return fault.NotFoundf("%s没有这项迟报记录，可能已经撤销。", u.Name)
		}
		due, err := calendar.ParseDate(list[i].Due)
		if err != nil {
			return err
		}
		w := store.WithdrawnLateness{Lateness: list[i], Reason: strings.TrimSpace(reason), By: a.Name}
		if w.Excused, err = plan.CheckWithdrawal(due, calendar.DateOf(tx.Now()), reason); err != nil {
			return err
		}
		if err := tx.WithdrawLateness(p.ID, w); err != nil {
			return err
		}
		name := milestone
		for _, m := range p.Milestones {
			if m.Key == milestone {
				name = m.Name
			}
		}
		key := fmt.Sprintf("unlate:%s:%d", milestone, tx.Now().UnixMilli())
		if err := send(tx, p, u, key, fmt.Sprintf("【%s审改办】你单位“%s”的迟报记录已撤销：%s", s.county().Title(), name, w.Reason)); err != nil {
			return err
		}
		return tx.Record(a, "撤销迟报记录", "单位", unitID, u.Name+"，"+name+"（期限 "+list[i].Due+"）："+w.Reason)
	})
}

type messagePayload struct {
	ID string `json:"id"`
}

// send queues a message to a unit's liaison; one of the same key is sent once.
func send(tx *store.Tx, p plan.Plan, u org.Unit, key, text string) error {
	m := &store.Message{UniqueKey: p.ID + ":" + u.ID + ":" + key, PlanID: p.ID, UnitID: u.ID, Text: text}
	fresh, err := tx.InsertMessage(m)
	if err != nil || !fresh {
		return err
	}
	return tx.Enqueue(store.Job{Kind: MessageJob, Payload: messagePayload{m.ID}, UniqueKey: MessageJob + ":" + m.ID})
}

// RunMessage carries out a MessageJob. A unit without a liaison gets none, which
// the list of messages shows.
func (s *Service) RunMessage(ctx context.Context, payload []byte, _ func(int)) error {
	var in messagePayload
	if err := json.Unmarshal(payload, &in); err != nil {
		return fmt.Errorf("message job: %w", err)
	}
	var m store.Message
	phone := ""
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		if m, err = tx.Message(in.ID); err != nil {
			return err
		}
		contacts, err := tx.Contacts(m.PlanID)
		for _, c := range contacts {
			if c.UnitID == m.UnitID {
				phone = c.Phone
			}
		}
		return err
	})
	if err != nil || m.State != store.MessageWaiting {
		return err
	}
	state := store.MessageNobody
	if phone != "" && s.out != nil {
		if err := s.out.Send(ctx, outbound.Message{ID: m.ID, To: code.Phone(phone), Text: m.Text}); err != nil {
			return err
		}
		state = store.MessageSent
	}
	return s.db.Update(ctx, func(tx *store.Tx) error { return tx.EndMessage(m.ID, state) })
}

// MilestoneStand is one milestone with where the units stand.
type MilestoneStand struct {
	plan.Milestone
	Left int // days, negative once it has passed
	// Met of Units have done what it asks; both are 0 for the county's own.
	Met, Units int
	// Done is the day on which the county met a milestone of its own, zero if it
	// has not, or is not known to have.
	Done calendar.Date
	// Own says of the reader's unit whether it has met what is asked of it; nil if
	// nothing is.
	Own  *bool
	Late []LateUnit
	// Withdrawn are those that were recorded wrongly.
	Withdrawn []WithdrawnLate
}

// WithdrawnLate is a lateness that was taken back.
type WithdrawnLate struct {
	store.WithdrawnLateness
	Name string // of the unit
}

// LateUnit is a unit that missed a milestone.
type LateUnit struct {
	store.Lateness
	Name string
}

// PlanView is the plan in force with where it stands.
type PlanView struct {
	Plan       plan.Plan
	Today      calendar.Date
	Milestones []MilestoneStand
	// Former are earlier plans, newest first.
	Former []plan.Plan
	// Units are those in scope, for the choice of whom the plan binds.
	Units []org.Unit
	// Messages are the newest that went out; only for who manages the plan.
	Messages []SentMessage
}

// SentMessage is a message with its unit's name.
type SentMessage struct {
	store.Message
	UnitName string
}

// firstOut is the day on which the first batch under a plan became public, zero
// before.
func firstOut(tx *store.Tx, p plan.Plan) (day calendar.Date, err error) {
	releases, err := tx.Releases()
	for _, r := range releases { // newest first
		if at := calendar.DateOf(r.At); r.Kind == publication.KindBatch && !at.Before(p.Start) {
			day = at
		}
	}
	return day, err
}

// PlanView shows the plan in force: to the offices with the units that are late,
// to a unit with its own lateness.
func (s *Service) PlanView(ctx context.Context, a org.Actor) (*PlanView, error) {
	if a.ID == "" {
		return nil, fault.New(fault.Unauthorized, "请先登录。")
	}
	county, manages := org.Can(a, org.ReadCounty, "") == nil, org.Can(a, org.ManagePlan, "") == nil
	v := &PlanView{}
	err := s.db.View(ctx, func(tx *store.Tx) error {
		v.Today = calendar.DateOf(tx.Now())
		plans, err := tx.Plans()
		if err != nil || len(plans) == 0 {
			return err
		}
		v.Plan, v.Former = plans[0], plans[1:]
		state, err := readDuties(tx, v.Plan)
		if err != nil {
			return err
		}
		late, err := tx.Latenesses(v.Plan.ID)
		if err != nil {
			return err
		}
		withdrawn, err := tx.WithdrawnLatenesses(v.Plan.ID)
		if err != nil {
			return err
		}
		names := map[string]string{}
		units, err := tx.Units()
		if err != nil {
			return err
		}
		for _, u := range units {
			names[u.ID] = u.Name
			if u.InScope {
				v.Units = append(v.Units, u)
			}
		}
		for _, m := range v.Plan.Milestones {
			st := MilestoneStand{Milestone: m, Left: m.Due.Sub(v.Today)}
			if met, ours := state.met[m.Key]; ours && county {
				st.Units = len(state.units)
				for _, u := range state.units {
					if met[u.ID] {
						st.Met++
					}
				}
			}
			if m.Key == plan.FirstRelease {
				if st.Done, err = firstOut(tx, v.Plan); err != nil {
					return err
				}
			}
			if met, ours := state.met[m.Key]; ours && !county {
				for _, u := range state.units {
					if a.Owns(u.ID) {
						own := met[u.ID]
						st.Own = &own
					}
				}
			}
			for _, l := range late {
				if l.Milestone == m.Key && (county || a.Owns(l.UnitID)) {
					st.Late = append(st.Late, LateUnit{l, names[l.UnitID]})
				}
			}
			for _, w := range withdrawn {
				if w.Milestone == m.Key && (county || a.Owns(w.UnitID)) {
					st.Withdrawn = append(st.Withdrawn, WithdrawnLate{w, names[w.UnitID]})
				}
			}
			v.Milestones = append(v.Milestones, st)
		}
		if !manages {
			return nil
		}
		messages, err := tx.Messages(50)
		for _, m := range messages {
			v.Messages = append(v.Messages, SentMessage{m, names[m.UnitID]})
		}
		return err
	})
	return v, err
}

// FormerContacts returns what a unit's leader and liaison were before (P-4.1).
func (s *Service) FormerContacts(ctx context.Context, a org.Actor, unitID string) ([]store.FormerContact, error) {
	if err := org.Can(a, org.ReadItem, unitID); err != nil {
		return nil, err
	}
	var list []store.FormerContact
	err := s.db.View(ctx, func(tx *store.Tx) error {
		p, err := tx.ActivePlan()
		if err != nil {
			return err
		}
		list, err = tx.FormerContacts(p.ID, unitID)
		return err
	})
	return list, err
}

// UnitContact is whom a unit has named for the plan in force, with the unit;
// ReportedAt is zero if it has named nobody.
type UnitContact struct {
	Unit org.Unit
	store.Contact
	Changes int // how often it was changed
	// Vacant are the posts of the unit that nobody holds now: no account that may
	// sign in has the role. Waiting counts the unit's to-dos that wait for them.
	Vacant  []org.Role
	Waiting int
}

func (c *UnitContact) vacantText() string {
	names := make([]string, len(c.Vacant))
	for i, r := range c.Vacant {
		names[i] = string(r)
	}
	return strings.Join(names, "、")
}

// posts are those that every unit needs for its things to go on (P-4.1).
var posts = []org.Role{org.RoleLeader, org.RoleLiaison}

// vacancies are, by unit, the posts that nobody holds who may sign in.
func vacancies(tx *store.Tx, units []org.Unit) (map[string][]org.Role, error) {
	people, err := tx.People("")
	if err != nil {
		return nil, err
	}
	held := map[string]map[org.Role]bool{}
	for i := range people {
		p := &people[i]
		if p.Disabled {
			continue
		}
		if held[p.UnitID] == nil {
			held[p.UnitID] = map[org.Role]bool{}
		}
		for _, r := range p.Roles {
			held[p.UnitID][r] = true
		}
	}
	out := map[string][]org.Role{}
	for _, u := range units {
		for _, r := range posts {
			if !held[u.ID][r] {
				out[u.ID] = append(out[u.ID], r)
			}
		}
	}
	return out, nil
}

// waitingFor counts the to-dos of a unit that wait for some roles.
func waitingFor(tx *store.Tx, unit string, roles []org.Role) (n int, err error) {
	names := make([]string, len(roles))
	for i, r := range roles {
		names[i] = string(r)
	}
	list, err := tx.OpenTodos(names, []string{unit}, 1000)
	for _, t := range list {
		if t.UnitID == unit {
			n++
		}
	}
	return n, err
}

// Vacancies counts the units with a post that nobody holds, for the reform
// office: what is sent to such a unit waits for nobody.
func (s *Service) Vacancies(ctx context.Context, a org.Actor) (int, error) {
	if err := org.Can(a, org.ManagePlan, ""); err != nil {
		return 0, err
	}
	n := 0
	err := s.db.View(ctx, func(tx *store.Tx) error {
		p, err := tx.ActivePlan()
		if err != nil {
			return err
		}
		state, err := readDuties(tx, p)
		if err != nil {
			return err
		}
		v, err := vacancies(tx, state.units)
		n = len(v)
		return err
	})
	return n, err
}

// Contacts lists what the units that report themselves have named (P-4.1), those
// that have named nobody first. Telephones are shown to the reform office alone.
func (s *Service) Contacts(ctx context.Context, a org.Actor) ([]UnitContact, error) {
	if err := org.Can(a, org.ReadCounty, ""); err != nil {
		return nil, err
	}
	phones := org.Can(a, org.ManagePlan, "") == nil
	var open, named []UnitContact
	err := s.db.View(ctx, func(tx *store.Tx) error {
		open, named = nil, nil
		p, err := tx.ActivePlan()
		if err != nil {
			return err
		}
		state, err := readDuties(tx, p)
		if err != nil {
			return err
		}
		vacant, err := vacancies(tx, state.units)
		if err != nil {
			return err
		}
		for _, u := range state.units {
			v := UnitContact{Unit: u, Vacant: vacant[u.ID]}
			if len(v.Vacant) > 0 {
				if v.Waiting, err = waitingFor(tx, u.ID, v.Vacant); err != nil {
					return err
				}
			}
			c, ok := state.contacts[u.ID]
			if !ok {
				open = append(open, v)
				continue
			}
			former, err := tx.FormerContacts(p.ID, u.ID)
			if err != nil {
				return err
			}
			if !phones {
				c.Phone = ""
			}
			v.Contact, v.Changes = c, len(former)
			named = append(named, v)
		}
		return nil
	})
	return append(open, named...), err
}

// WriteContacts writes the list as a workbook, for the reform office alone, and
// records it: it holds telephone numbers.
func (s *Service) WriteContacts(ctx context.Context, a org.Actor, w io.Writer) error {
	if err := org.Can(a, org.ManagePlan, ""); err != nil {
		return err
	}
	list, err := s.Contacts(ctx, a)
	if err != nil {
		return err
	}
	sheet := exchange.Sheet{Name: "负责人和联络员", Head: []string{"序号", "单位", "分管负责人", "职务", "联络员", "联络员电话", "首次报送日期", "变更次数", "账号空缺", "无人办理的待办"}}
	for i, c := range list {
		reported := "未报送"
		if !c.ReportedAt.IsZero() {
			reported = calendar.DateOf(c.ReportedAt).String()
		}
		sheet.Rows = append(sheet.Rows, []string{strconv.Itoa(i + 1), c.Unit.Name, c.Leader, c.LeaderTitle, c.Liaison, c.Phone, reported, strconv.Itoa(c.Changes), c.vacantText(), strconv.Itoa(c.Waiting)})
	}
	if err := s.db.Update(ctx, func(tx *store.Tx) error {
		return tx.Record(a, "导出负责人和联络员", "方案", "", fmt.Sprintf("%d 个单位", len(list)))
	}); err != nil {
		return err
	}
	return exchange.WriteSheetXLSX(w, sheet)
}
