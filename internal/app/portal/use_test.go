package portal_test

import (
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"onevisit/internal/app/portal"
	"onevisit/internal/countytest"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/infra/store"
)

// Two nodes count what is opened; from the next day on both rank and list by it,
// and say of which days the figures are.
func TestUseIsCountedAndRanks(t *testing.T) {
	var ahead atomic.Int64
	began := time.Date(2018, 9, 10, 9, 0, 0, 0, time.FixedZone("", 8*3600))
	db, err := store.Open(t.Context(), store.Config{DataDir: t.TempDir(), Now: func() time.Time { return began.Add(time.Duration(ahead.Load())) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	ctx := t.Context()
	var items []*catalog.Item
	for i := range 14 {
		it := *countytest.Items(1)[0]
		it.Name, it.MainName, it.Variant = "残疾人证办理", "", ""
		it.Unit = string(rune('甲'+i)) + "局"
		items = append(items, &it)
	}
	ids := countytest.NewPublisher(t, db).Publish(items)
	a, b := node(t, db), node(t, db)
	refresh := func() {
		t.Helper()
		for _, s := range []*portal.Service{a, b} {
			if err := s.Refresh(ctx); err != nil {
				t.Fatal(err)
			}
		}
	}
	refresh()
	usual := a.Home().Featured
	for i, id := range ids {
		for n := range 30 - i {
			[]*portal.Service{a, b}[n%2].CountView(id, n%3 == 0)
		}
	}
	a.CountView("no such item", true)
	for _, s := range []*portal.Service{a, b, a} {
		if err := s.FlushUse(ctx); err != nil {
			t.Fatal(err)
		}
	}
	before := a.Version()
	refresh()
	if a.Version() != before || len(a.MostUsed().Entries) != 0 || !slices.Equal(a.Home().Featured, usual) {
		t.Error("figures of a day that is not over are shown")
	}
	ahead.Store(int64(24 * time.Hour))
	refresh()
	for _, s := range []*portal.Service{a, b, node(t, db)} {
		if err := s.Refresh(ctx); err != nil {
			t.Fatal(err)
		}
		u := s.MostUsed()
		if len(u.Entries) != len(ids) || u.Entries[0].ID != ids[0] || u.Entries[0].Views != 30 || u.First.String() != "2018-09-10" || u.Last != u.First {
			t.Fatalf("%+v", u)
		}
		h := s.Home()
		if len(h.Featured) != 10 || h.Featured[0].ID != ids[0] || h.UseFirst != u.First {
			t.Errorf("the first page: %+v", h.Featured)
		}
		for _, q := range []string{"残疾人证", ""} {
			for i, e := range s.Search(portal.Query{Text: q}).Entries {
				if e.ID != ids[i] {
					t.Errorf("%q: place %d is %s", q, i, e.UnitName)
				}
			}
		}
	}
	// After three months nothing of it counts any more.
	ahead.Store(int64(100 * 24 * time.Hour))
	refresh()
	if h := a.Home(); !h.UseFirst.IsZero() || !slices.Equal(h.Featured, usual) {
		t.Errorf("old figures count: %+v", h)
	}

	// Without a database nothing is counted, and nothing fails.
	none := portal.New(nil, nil, nil, nil)
	none.CountView(ids[0], true)
	if err := none.FlushUse(ctx); err != nil {
		t.Error(err)
	}
}
