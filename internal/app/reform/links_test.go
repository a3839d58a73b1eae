package reform_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"onevisit/internal/app/reform"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/publication"
	"onevisit/internal/domain/work"
	"onevisit/internal/infra/outbound"
	"onevisit/internal/infra/store"
	"onevisit/internal/infra/store/storetest"
)

// outside is the net as the probe finds it: what each address answers.
type outside struct {
	mu      sync.Mutex
	answers map[string]error
	asked   []string
}

func (o *outside) Check(ctx context.Context, address string) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.asked = append(o.asked, address)
	return o.answers[address]
}

func (o *outside) took() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	n := len(o.asked)
	o.asked = nil
	return n
}

// linked publishes items that name addresses, one each.
func (c *county) linked(addresses ...string) (ids []string) {
	c.t.Helper()
	ids = c.good(c.liaison, c.health, len(addresses))
	for i, id := range ids {
		c.edit(c.liaison, id, func(it *catalog.Item) { it.Online.URL, it.Online.MobileURL = addresses[i], "" })
		if err := c.r.ConfirmItems(c.t.Context(), c.leader, []string{id}); err != nil {
			c.t.Fatal(err, fault.Fields(err))
		}
		c.publish(id)
	}
	c.watch()
	return ids
}

var (
	gone    = &outbound.WebError{Cause: outbound.CauseStatus, Status: 404}
	turned  = &outbound.WebError{Cause: outbound.CauseStatus, Status: 403}
	silent  = &outbound.WebError{Cause: outbound.CauseTimeout}
	morning = time.Date(2019, 3, 1, 1, 0, 0, 0, time.UTC) // nine o'clock
)

const (
	goodLink = "https://good.example.gov.cn/a"
	badLink  = "https://bad.example.gov.cn/b"
	shyLink  = "https://shy.example.gov.cn/c"
)

// A link that fails on two days becomes a finding and a to-do of its unit, once;
// one that works again ends both.
func TestDeadLinks(t *testing.T) {
	storetest.RunClock(t, morning, func(t *testing.T, db *store.DB, clock *storetest.Clock, _ func() *store.DB) {
		c, ctx := newCounty(t, db), t.Context()
		net := &outside{answers: map[string]error{badLink: gone, shyLink: turned}}
		c.r = c.with(reform.Config{Links: net})
		ids := c.linked(goodLink, badLink, shyLink)
		round := func() {
			t.Helper()
			if err := c.r.RunLinks(ctx, nil, func(int) {}); err != nil {
				t.Fatal(err)
			}
		}
		findings := func() (list []reform.Finding) {
			t.Helper()
			all, err := c.r.Probes(ctx, c.liaison, "")
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range all {
				if f.Kind == reform.ProbeLink {
					list = append(list, f)
				}
			}
			return list
		}
		if err := c.r.ScheduleLinks(ctx); err != nil {
			t.Fatal(err)
		}
		for _, want := range []bool{true, false} {
			if err := c.r.ScheduleLinks(ctx); err != nil { // however often it is called
				t.Fatal(err)
			}
			if j, err := db.ClaimJob(ctx, "w", []string{reform.LinkJob}, time.Minute); err != nil || (j != nil) != want {
				t.Errorf("%v %v", j, err)
			}
		}
		round()
		round()
		if n := net.took(); n != 3 {
			t.Errorf("three addresses were asked for %d times on one day", n)
		}
		if f := findings(); len(f) != 0 {
			t.Errorf("blamed on the first day: %+v", f)
		}
		v, err := c.r.Links(ctx, c.liaison, "")
		if err != nil || v.All != 3 || v.Tried.IsZero() || !v.On || v.Failing != 1 || v.Dead != 0 || len(v.Links) != 2 || v.Links[0].URL != badLink || v.Links[0].ItemID != ids[1] ||
			v.Links[0].Text != "网页不存在（404）" || v.Links[0].Since != c.today() || v.Links[1].Failing() || v.Links[1].Text != "网站不让访问（403）" {
			t.Fatalf("%+v %v", v, err)
		}
		clock.Move(24 * time.Hour)
		round()
		if n := net.took(); n != 1 {
			t.Errorf("%d addresses on the second day, one had failed", n)
		}
		f := findings()
		if len(f) != 1 || f[0].ItemID != ids[1] || f[0].Value != badLink || f[0].Text != "网办地址打不开：网页不存在（404），2019年3月1日起" {
			t.Fatalf("%+v", f)
		}
		if todo := c.liaisonTodos(work.KindProbe, c.health.ID); len(todo) != 1 {
			t.Errorf("%+v", todo)
		}
		if v, err := c.r.Links(ctx, c.other, ""); err != nil || v.All != 0 || len(v.Links) != 0 {
			t.Errorf("another unit sees %+v %v", v, err)
		}
		if v, err := c.r.Links(ctx, c.office, ""); err != nil || v.Dead != 1 {
			t.Errorf("the county: %+v %v", v, err)
		}
		// The clock goes back by a day: nothing is forgotten, nothing counts twice.
		clock.Move(-30 * time.Hour)
		round()
		c.watch()
		clock.Move(30 * time.Hour)
		if f := findings(); len(f) != 1 {
			t.Errorf("after the clock was set back: %+v", f)
		}
		if err := c.r.SettleProbe(ctx, c.liaison, f[0], "网站维护，下周恢复"); err != nil {
			t.Fatal(err)
		}
		clock.Move(24 * time.Hour)
		round()
		c.watch()
		if f := findings(); len(f) != 0 {
			t.Errorf("what was settled comes back: %+v", f)
		}
		net.answers[badLink] = nil
		clock.Move(24 * time.Hour)
		round()
		if v, err := c.r.Links(ctx, c.liaison, ""); err != nil || v.Failing != 0 || len(v.Links) != 1 {
			t.Errorf("a link that works again: %+v %v", v, err)
		}
		// It dies anew: what was settled then is not settled now.
		net.answers[badLink] = gone
		for range 2 {
			clock.Move(8 * 24 * time.Hour)
			round()
		}
		if f := findings(); len(f) != 1 {
			t.Errorf("%+v", f)
		}
		// The unit takes it out of the guide and publishes.
		c.edit(c.liaison, ids[1], func(it *catalog.Item) { it.Online.URL = goodLink })
		if err := c.r.ConfirmItems(ctx, c.leader, ids[1:2]); err != nil {
			t.Fatal(err, fault.Fields(err))
		}
		in := c.input(publication.OpChange)
		in.Contents = ids[1:2]
		adj := c.start(c.liaison, in)
		c.file(adj)
		if err := c.r.DecideAdjustment(ctx, c.office, adj, ""); err != nil {
			t.Fatal(err)
		}
		if _, err := c.r.Publish(ctx, c.office, adj); err != nil {
			t.Fatal(err)
		}
		c.watch()
		if f := findings(); len(f) != 0 {
			t.Errorf("a link that nobody is sent to any more: %+v", f)
		}
		if todo := c.liaisonTodos(work.KindProbe, c.health.ID); len(todo) != 0 {
			t.Errorf("%+v", todo)
		}
	})
}

// While nothing is heard of any site the fault may be our own network's, and no
// link is blamed; a site that answers bears witness.
func TestLinksWithoutAWayOut(t *testing.T) {
	storetest.RunClock(t, morning, func(t *testing.T, db *store.DB, clock *storetest.Clock, _ func() *store.DB) {
		c, ctx := newCounty(t, db), t.Context()
		net := &outside{answers: map[string]error{goodLink: silent, badLink: silent}}
		c.r = c.with(reform.Config{Links: net})
		c.linked(goodLink, badLink)
		days := func(n int) *reform.LinksView {
			t.Helper()
			for range n {
				if err := c.r.RunLinks(ctx, nil, func(int) {}); err != nil {
					t.Fatal(err)
				}
				clock.Move(24 * time.Hour)
			}
			v, err := c.r.Links(ctx, c.office, "")
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
		if v := days(3); v.Failing != 0 || !strings.Contains(v.Trouble, "不能访问外网") || v.Tried.IsZero() {
			t.Errorf("without a way out: %+v", v)
		}
		net.answers[goodLink] = nil
		if v := days(1); v.Failing != 1 || v.Dead != 0 || v.Trouble != "" {
			t.Errorf("one site answers: %+v", v)
		}
		// The good one is not due: it is asked as a witness, for the bad one alone
		// proves nothing.
		net.took()
		if v := days(1); v.Dead != 1 || net.took() != 2 {
			t.Errorf("with a witness: %+v", v)
		}
		net.answers[goodLink] = silent
		if v := days(1); v.Dead != 1 || v.Links[0].Days != 2 || v.Trouble == "" {
			t.Errorf("the way out is lost again: %+v", v)
		}
		stopped := errors.New("stopped")
		net.answers[badLink] = stopped
		if err := c.r.RunLinks(ctx, nil, func(int) {}); !errors.Is(err, stopped) {
			t.Errorf("a job that was stopped: %v", err)
		}
		off := c.with(reform.Config{})
		if v, err := off.Links(ctx, c.office, ""); err != nil || v.On {
			t.Errorf("%+v %v", v, err)
		}
		if err := errors.Join(off.ScheduleLinks(ctx), off.RunLinks(ctx, nil, nil)); err != nil {
			t.Error(err)
		}
		_, err := c.r.Links(ctx, org.Actor{}, "")
		wants(t, "nobody", err, fault.Unauthorized)
	})
}
