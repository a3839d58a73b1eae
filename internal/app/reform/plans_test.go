package reform_test

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"onevisit/internal/app/reform"
	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/plan"
	"onevisit/internal/infra/outbound"
	"onevisit/internal/infra/store"
	"onevisit/internal/infra/store/storetest"
)

// gateway keeps what it is given, and fails while it is down.
type gateway struct {
	sent []outbound.Message
	down bool
}

func (g *gateway) Send(_ context.Context, m outbound.Message) error {
	if g.down {
		return errors.New("down")
	}
	g.sent = append(g.sent, m)
	return nil
}

// The plan's days remind, each once; who misses one is recorded, and so is when
// it was made up for.
func TestMilestonesRemindAndRecord(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		c, ctx := newCounty(t, db), t.Context()
		g := &gateway{}
		c.r = reform.New(reform.Config{DB: db, Calendar: calendar.Embedded(), Out: g})
		// day sets the plan's days so many days from today, and runs the day's job.
		day := func(contacts, packages int) {
			t.Helper()
			p, err := c.r.Plan(ctx)
			if err != nil {
				t.Fatal(err)
			}
			p.Start = c.today().AddDays(-90)
			p.Milestones = []plan.Milestone{{Key: plan.Contacts, Name: "报送名单", Due: c.today().AddDays(contacts)}, {Key: plan.Packages, Name: "报送清单", Due: c.today().AddDays(packages)},
				{Key: plan.FirstRelease, Name: "公布第一批", Due: c.today().AddDays(packages)}}
			if err := c.r.ChangePlan(ctx, c.office, p); err != nil {
				t.Fatal(err)
			}
			for range 2 { // a job may run twice
				if err := c.r.RunMilestones(ctx, nil, nil); err != nil {
					t.Fatal(err)
				}
			}
		}
		deliver := func(want int) {
			t.Helper()
			n := 0
			for {
				job, err := db.ClaimJob(ctx, "test", []string{reform.MessageJob}, time.Minute)
				if err != nil {
					t.Fatal(err)
				}
				if job == nil {
					break
				}
				n++
				payload, _ := job.Payload.(json.RawMessage)
				for range 2 {
					if err := c.r.RunMessage(ctx, payload, nil); err != nil {
						t.Fatal(err)
					}
				}
				if err := db.CompleteJob(ctx, job); err != nil {
					t.Fatal(err)
				}
			}
			if n != want {
				t.Errorf("%d messages, want %d", n, want)
			}
		}
		contact := store.Contact{UnitID: c.health.ID, Leader: "甲", LeaderTitle: "副局长", Liaison: "乙", Phone: "13900000000"}
		if err := c.r.ReportContacts(ctx, c.liaison, contact); err != nil {
			t.Fatal(err)
		}
		day(2, 20) // no day of reminding
		deliver(0)
		day(3, 10)
		deliver(3) // water: both; health: the package. The hospital is not asked.
		if len(g.sent) != 1 || g.sent[0].To.Reveal() != "13900000000" || !strings.Contains(g.sent[0].Text, "还有 10 天") || strings.Contains(g.sent[0].Text, "139") {
			t.Errorf("sent %d: %v", len(g.sent), g.sent)
		}
		day(-1, -1)
		deliver(3)
		late := func() map[string]bool { // unit and milestone, and whether it was made up for
			v, err := c.r.PlanView(ctx, c.supervision)
			if err != nil {
				t.Fatal(err)
			}
			m := map[string]bool{}
			for _, ms := range v.Milestones {
				for _, l := range ms.Late {
					m[l.Name+ms.Key] = !l.MetAt.IsZero()
				}
			}
			return m
		}
		want := map[string]bool{c.water.Name + plan.Contacts: false, c.water.Name + plan.Packages: false, c.health.Name + plan.Packages: false}
		if got := late(); !maps.Equal(got, want) {
			t.Errorf("late: %v, want %v", got, want)
		}
		if _, err := c.r.SubmitZeroReport(ctx, c.other, c.water.ID, "本单位没有依申请办理的事项。"); err != nil {
			t.Fatal(err)
		}
		if got := late(); !got[c.water.Name+plan.Packages] || got[c.health.Name+plan.Packages] {
			t.Errorf("after the report: %v", got)
		}
		// A change of people after the day is no lateness, and keeps what was.
		contact.Liaison = "丙"
		if err := c.r.ReportContacts(ctx, c.liaison, contact); err != nil {
			t.Fatal(err)
		}
		former, err := c.r.FormerContacts(ctx, c.office, c.health.ID)
		if err != nil || len(former) != 1 || former[0].Liaison != "乙" || former[0].ChangedBy != c.liaison.Name {
			t.Errorf("%+v %v", former, err)
		}
		if _, there := late()[c.health.Name+plan.Contacts]; there {
			t.Error("a change of people is recorded as late")
		}
		_, err = c.r.FormerContacts(ctx, c.other, c.health.ID)
		wants(t, "another unit's people", err, fault.Forbidden)

		// A gateway that is down leaves the message waiting.
		g.down = true
		day(-1, 3)
		job, err := db.ClaimJob(ctx, "test", []string{reform.MessageJob}, time.Minute)
		if err != nil || job == nil {
			t.Fatal("no reminder", err)
		}
		payload, _ := job.Payload.(json.RawMessage)
		if c.r.RunMessage(ctx, payload, nil) == nil {
			t.Error("the gateway is down, and nobody noticed")
		}
		v, err := c.r.PlanView(ctx, c.office)
		if err != nil {
			t.Fatal(err)
		}
		states := map[string]int{}
		for _, m := range v.Messages {
			states[m.State]++
		}
		if states[store.MessageSent] != 2 || states[store.MessageNobody] != 4 || states[store.MessageWaiting] != 1 {
			t.Errorf("states: %v", states)
		}
	})
}

// A lateness that a fast clock recorded is taken back with its reason; if the day
// passes after that without a report it is recorded anew. One that is taken back
// after its day stays taken back, until the plan sets another day.
func TestLatenessIsTakenBack(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		c, ctx := newCounty(t, db), t.Context()
		today := c.today()
		run := func(due calendar.Date) map[string]int {
			t.Helper()
			p, err := c.r.Plan(ctx)
			if err != nil {
				t.Fatal(err)
			}
			p.Start, p.Milestones = today.AddDays(-90), []plan.Milestone{{Key: plan.Packages, Name: "报送清单", Due: due}}
			if err := c.r.ChangePlan(ctx, c.office, p); err != nil {
				t.Fatal(err)
			}
			if err := c.r.RunMilestones(ctx, nil, nil); err != nil {
				t.Fatal(err)
			}
			v, err := c.r.PlanView(ctx, c.supervision)
			if err != nil {
				t.Fatal(err)
			}
			return map[string]int{"late": len(v.Milestones[0].Late), "withdrawn": len(v.Milestones[0].Withdrawn)}
		}
		same := func(what string, got map[string]int, late, withdrawn int) {
			t.Helper()
			if want := map[string]int{"late": late, "withdrawn": withdrawn}; !maps.Equal(got, want) {
				t.Errorf("%s: %v, want %v", what, got, want)
			}
		}
		same("the day has passed", run(today.AddDays(-2)), 2, 0)
		unit := c.water.ID
		wants(t, "by a unit", c.r.WithdrawLateness(ctx, c.other, unit, plan.Packages, "服务器时钟快了一天"), fault.Forbidden)
		wants(t, "by the supervision office", c.r.WithdrawLateness(ctx, c.supervision, unit, plan.Packages, "服务器时钟快了一天"), fault.Forbidden)
		wants(t, "without a reason", c.r.WithdrawLateness(ctx, c.office, unit, plan.Packages, " 错 "), fault.Invalid)
		wants(t, "of another milestone", c.r.WithdrawLateness(ctx, c.office, unit, plan.Contacts, "服务器时钟快了一天"), fault.NotFound)
		if err := c.r.WithdrawLateness(ctx, c.office, unit, plan.Packages, "服务器时钟快了一天"); err != nil {
			t.Fatal(err)
		}
		wants(t, "twice", c.r.WithdrawLateness(ctx, c.office, unit, plan.Packages, "服务器时钟快了一天"), fault.NotFound)
		same("excused", run(today.AddDays(-2)), 1, 1)
		same("another day was set and missed", run(today.AddDays(-1)), 2, 1)
		// The clock is put right: the day of the record has not come yet.
		run(today.AddDays(3))
		early := today.AddDays(1)
		if err := db.Update(ctx, func(tx *store.Tx) error {
			p, err := tx.ActivePlan()
			if err != nil {
				return err
			}
			if err := tx.WithdrawLateness(p.ID, store.WithdrawnLateness{Lateness: store.Lateness{UnitID: unit, Milestone: plan.Packages, Due: early.String()}, Reason: "时钟快了", By: "审改办"}); err != nil {
				return err
			}
			fresh, err := tx.NoteLateness(p.ID, store.Lateness{UnitID: unit, Milestone: plan.Packages, Due: early.String()})
			if !fresh {
				t.Error("a day that was withdrawn before it came is not recorded when it has passed")
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		v, err := c.r.PlanView(ctx, c.other)
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range v.Milestones[0].Withdrawn {
			if w.UnitID != unit || w.Reason == "" || w.By == "" || w.At.IsZero() {
				t.Errorf("the unit reads %+v", w)
			}
		}
	})
}

// The day's job is enqueued once a day, whoever asks how often.
func TestMilestonesOnceADay(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		c := newCounty(t, db)
		for range 3 {
			if err := c.r.ScheduleMilestones(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		for _, want := range []bool{true, false} {
			job, err := db.ClaimJob(t.Context(), "test", []string{reform.MilestoneJob}, time.Minute)
			if err != nil || (job != nil) != want {
				t.Errorf("%v %v", job, err)
			}
		}
	})
}

// A plan that binds some units asks nothing of the others; a new plan leaves the
// former one to be read.
func TestPlansOverTime(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		c, ctx := newCounty(t, db), t.Context()
		if err := c.r.SetPlan(ctx, c.office, plan.Plan{Title: "第二年方案", Start: c.today(), Units: []string{c.water.ID},
			Milestones: []plan.Milestone{{Key: plan.Contacts, Name: "名单", Due: c.today().AddDays(9)}}}); err != nil {
			t.Fatal(err)
		}
		b, err := c.r.Board(ctx, c.office)
		if err != nil || len(b.Rows) != 1 || b.Rows[0].Unit.ID != c.water.ID {
			t.Errorf("the board shows others: %v", err)
		}
		v, err := c.r.PlanView(ctx, c.other)
		if err != nil || v.Plan.Title != "第二年方案" || len(v.Former) != 1 || v.Former[0].Title != "方案" || v.Messages != nil {
			t.Errorf("%+v %v", v, err)
		}
		old := v.Former[0]
		wants(t, "change a former plan", c.r.ChangePlan(ctx, c.office, old), fault.Conflict)
		again := v.Plan
		again.ID = ""
		wants(t, "the plan in force as a new one", c.r.SetPlan(ctx, c.office, again), fault.Invalid)
		stale := v.Plan
		if err := c.r.ChangePlan(ctx, c.office, v.Plan); err != nil {
			t.Fatal(err)
		}
		wants(t, "change it over another's change", c.r.ChangePlan(ctx, c.office, stale), fault.Conflict)
		_, err = c.r.PlanView(ctx, org.Actor{})
		wants(t, "nobody", err, fault.Unauthorized)
	})
}
