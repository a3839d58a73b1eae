package reform_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"onevisit/internal/app/reform"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/plan"
	"onevisit/internal/domain/publication"
	"onevisit/internal/infra/store"
	"onevisit/internal/infra/store/storetest"
)

// timetable does what the timetable and the workers of a running program do, until
// there is nothing left to do.
func (c *county) timetable() {
	c.t.Helper()
	ctx := c.t.Context()
	handlers := map[string]func([]byte) error{
		reform.MilestoneJob: func(p []byte) error { return c.r.RunMilestones(ctx, p, nil) },
		reform.MessageJob:   func(p []byte) error { return c.r.RunMessage(ctx, p, nil) },
		reform.PublishJob:   func(p []byte) error { return c.r.RunPublish(ctx, p, nil) },
	}
	if err := c.r.ScheduleMilestones(ctx); err != nil {
		c.t.Fatal(err)
	}
	if err := c.r.SchedulePublications(ctx); err != nil {
		c.t.Fatal(err)
	}
	for kind, run := range handlers {
		for {
			j, err := c.db.ClaimJob(ctx, "w", []string{kind}, time.Minute)
			if err != nil {
				c.t.Fatal(err)
			}
			if j == nil {
				break
			}
			if err := run(j.Payload.(json.RawMessage)); err != nil {
				c.t.Fatal(err)
			}
			if err := c.db.CompleteJob(ctx, j); err != nil {
				c.t.Fatal(err)
			}
		}
	}
}

// Reminders go out once each, through restarts, days on which nothing ran, and a
// clock that is set back and forth.
func TestRemindersThroughRestartsAndClocks(t *testing.T) {
	day := func(d, hour int) time.Time { return time.Date(2019, 3, d, hour-8, 0, 0, 0, time.UTC) } // Beijing time
	storetest.RunClock(t, day(1, 9), func(t *testing.T, db *store.DB, clock *storetest.Clock, again func() *store.DB) {
		c, ctx := newCounty(t, db), t.Context()
		g := &gateway{}
		restart := func() {
			c.db = again()
			c.r = c.with(reform.Config{Out: g})
		}
		restart()
		if err := c.r.ReportContacts(ctx, c.liaison, store.Contact{UnitID: c.health.ID, Leader: "甲", LeaderTitle: "副局长", Liaison: "乙", Phone: "13900000000"}); err != nil {
			t.Fatal(err)
		}
		p, err := c.r.Plan(ctx)
		if err != nil {
			t.Fatal(err)
		}
		p.Milestones = []plan.Milestone{{Key: plan.Packages, Name: "报送清单", Due: c.today().AddDays(12)}} // 13 March; days of reminding: 3, 10, 12
		if err := c.r.ChangePlan(ctx, c.office, p); err != nil {
			t.Fatal(err)
		}
		for i, x := range []struct {
			at      time.Time
			restart bool
			sent    int // messages to the one liaison, from the beginning
			why     string
		}{
			{day(1, 9), false, 0, "no day of reminding"},
			{day(3, 9), false, 1, "ten days ahead"},
			{day(3, 10), true, 1, "the same day after a restart"},
			{day(2, 9), false, 1, "set back by a day"},
			{day(3, 11), true, 1, "and forward again"},
			{day(11, 9), true, 2, "three days ahead was yesterday, and nothing ran"},
			{day(10, 9), false, 2, "set back to the day itself"},
			{day(12, 9), false, 3, "one day ahead"},
			{day(14, 9), false, 4, "late"},
			{day(13, 9), true, 4, "set back before the end"},
			{day(15, 9), false, 4, "late already"},
		} {
			clock.Set(x.at)
			if x.restart {
				restart()
			}
			for range 2 {
				c.timetable()
			}
			if len(g.sent) != x.sent {
				t.Fatalf("%d: %s: %d messages, want %d: %v", i, x.why, len(g.sent), x.sent, texts(g))
			}
		}
		v, err := c.r.PlanView(ctx, c.office)
		if err != nil || len(v.Milestones[0].Late) != 2 {
			t.Errorf("%+v %v", v.Milestones, err)
		}
		if n, err := c.db.AuditSetBack(ctx); err != nil || n != 0 { // reminding writes no audit entries
			t.Errorf("%d %v", n, err)
		}
	})
}

func texts(g *gateway) (list []string) {
	for _, m := range g.sent {
		list = append(list, m.Text)
	}
	return list
}

// A message that waits goes out after a restart with the clock set back, once.
func TestWaitingMessagesOutliveTheClock(t *testing.T) {
	storetest.RunClock(t, morning, func(t *testing.T, db *store.DB, clock *storetest.Clock, again func() *store.DB) {
		c, ctx := newCounty(t, db), t.Context()
		if err := c.r.ReportContacts(ctx, c.liaison, store.Contact{UnitID: c.health.ID, Leader: "甲", LeaderTitle: "副局长", Liaison: "乙", Phone: "13900000000"}); err != nil {
			t.Fatal(err)
		}
		p, err := c.r.Plan(ctx)
		if err != nil {
			t.Fatal(err)
		}
		p.Milestones = []plan.Milestone{{Key: plan.Packages, Name: "报送清单", Due: c.today().AddDays(3)}}
		if err := c.r.ChangePlan(ctx, c.office, p); err != nil {
			t.Fatal(err)
		}
		if err := c.r.RunMilestones(ctx, nil, nil); err != nil { // the program ends before the message is out
			t.Fatal(err)
		}
		clock.Move(-48 * time.Hour)
		c.db = again()
		g := &gateway{}
		c.r = c.with(reform.Config{Out: g})
		c.timetable()
		if len(g.sent) != 1 {
			t.Fatalf("waiting for the clock: %v", texts(g))
		}
		clock.Move(48 * time.Hour)
		c.timetable()
		if len(g.sent) != 1 {
			t.Errorf("sent again: %v", texts(g))
		}
	})
}

// What is set to an instant is published then, once, through a restart and a clock
// that is set back before and after; a release never says that it is older than
// the one before it.
func TestSetPublicationThroughRestartsAndClocks(t *testing.T) {
	storetest.RunClock(t, morning, func(t *testing.T, db *store.DB, clock *storetest.Clock, again func() *store.DB) {
		c, ctx := newCounty(t, db), t.Context()
		all := c.good(c.liaison, c.health, 3)
		batch := func(ids ...string) string {
			t.Helper()
			sub := c.report(ids...)
			if err := c.r.Decide(ctx, c.office, sub, ids, publication.Pass, nil); err != nil {
				t.Fatal(err)
			}
			if err := c.r.Decide(ctx, c.bureau(), sub, ids, publication.Pass, nil); err != nil {
				t.Fatal(err)
			}
			id, err := c.r.ComposeBatch(ctx, c.office, "批次", nil)
			if err != nil {
				t.Fatal(err)
			}
			if err := c.r.SendBatch(ctx, c.office, id); err != nil {
				t.Fatal(err)
			}
			no, date := c.approval()
			if err := c.r.ApproveBatch(ctx, c.government(), id, reform.Approval{DocNo: no, DocDate: date}); err != nil {
				t.Fatal(err)
			}
			return id
		}
		restart := func() {
			c.db = again()
			c.r = c.with(reform.Config{})
		}
		releases := func() (list []publication.Release) {
			t.Helper()
			c.view(func(tx *store.Tx) (err error) { list, err = tx.Releases(); return err })
			return list
		}
		first := batch(all[:2]...)
		at := morning.Add(time.Hour)
		if err := c.r.SetPublication(ctx, c.office, first, at); err != nil {
			t.Fatal(err)
		}
		for i, x := range []struct {
			at   time.Time
			want int
		}{
			{morning.Add(30 * time.Minute), 0}, {morning.Add(-24 * time.Hour), 0}, {morning.Add(59 * time.Minute), 0},
			{at.Add(time.Second), 1}, {at.Add(-time.Minute), 1}, {at.Add(time.Minute), 1}, {at.Add(24 * time.Hour), 1},
		} {
			clock.Set(x.at)
			if i%2 == 1 {
				restart()
			}
			for range 2 {
				c.timetable()
			}
			if got := len(releases()); got != x.want {
				t.Fatalf("step %d: %d releases, want %d", i, got, x.want)
			}
		}
		if _, err := c.r.Publish(ctx, c.office, first); !fault.Is(err, fault.Conflict) {
			t.Errorf("published twice: %v", err)
		}
		// The clock is set back to before the first release: the second one waits,
		// says why, and comes out once the clock is right.
		clock.Set(at.Add(2 * time.Hour))
		second := batch(all[2])
		clock.Set(at.Add(-10 * time.Minute))
		if _, err := c.r.Publish(ctx, c.office, second); !fault.Is(err, fault.Conflict) {
			t.Errorf("older than the release before: %v", err)
		}
		if err := c.r.SetPublication(ctx, c.office, second, at.Add(-5*time.Minute)); err != nil {
			t.Fatal(err)
		}
		clock.Set(at.Add(-4 * time.Minute))
		c.timetable()
		if b, err := c.r.Batch(ctx, c.office, second); err != nil || b.State != publication.Sanctioned || !b.PublishAt.IsZero() {
			t.Errorf("%s, set to %s, %v", b.State, b.PublishAt, err)
		}
		if todo := strings.Join(c.openTodos(c.office), "\n"); !strings.Contains(todo, "没有按时公布") {
			t.Errorf("nobody is told: %s", todo)
		}
		clock.Set(at.Add(3 * time.Hour))
		if err := c.r.SetPublication(ctx, c.office, second, at.Add(4*time.Hour)); err != nil {
			t.Fatal(err)
		}
		clock.Set(at.Add(5 * time.Hour)) // nothing ran at the instant
		restart()
		c.timetable()
		list := releases()
		if len(list) != 2 {
			t.Fatalf("%d releases", len(list))
		}
		for i := 1; i < len(list); i++ { // newest first
			if list[i-1].At.Before(list[i].At) {
				t.Errorf("release %d is older than the one before it", list[i-1].Seq)
			}
		}
		if n, err := c.db.AuditSetBack(ctx); err != nil || n == 0 {
			t.Errorf("the trail hides that the clock was set back: %d %v", n, err)
		}
		if _, err := c.db.VerifyAudit(ctx); err != nil {
			t.Error(err)
		}
		if err := verifyLog(c); err != nil {
			t.Error(err)
		}
	})
}

func verifyLog(c *county) error {
	sound, err := c.db.VerifyLog(c.t.Context(), nil)
	if err == nil && sound.Leaves == 0 {
		err = fmt.Errorf("the log is empty")
	}
	return err
}
