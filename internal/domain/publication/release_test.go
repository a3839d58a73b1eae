package publication_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/publication"
)

func batchOf(kind publication.BatchKind, items ...publication.BatchItem) *publication.Batch {
	for i := range items {
		it := &items[i]
		it.Doc = []byte(fmt.Sprintf(`{"name":%q}`, it.Name))
		it.DocHash = catalog.Hash(it.Doc)
	}
	return &publication.Batch{ID: "b", Kind: kind, No: 1, Title: "第一批", State: publication.Sanctioned, DocNo: "广政字〔2026〕1号",
		DocDate: calendar.NewDate(2026, 8, 1), Items: items}
}

var noon = time.Date(2026, 8, 3, 4, 0, 0, 0, time.UTC)

// The hash of the first format is that of the releases which exist already.
func TestOldReleasesKeepTheirHash(t *testing.T) {
	b := batchOf("", publication.BatchItem{ItemID: "i", UnitID: "u", UnitName: "县局", Name: "事项", Code: "c"})
	r, err := publication.Freeze(b, nil, noon, "审改办", false)
	if err != nil {
		t.Fatal(err)
	}
	if r.Kind != publication.KindBatch || r.Format != publication.FormatGrounds || !r.Items[0].Available() || r.Items[0].Standing == "" {
		t.Errorf("%+v", r)
	}
	r.Format = publication.FormatStanding
	if got, want := publication.HashRelease(r), "af8025d705d7e20031850fc65dbd574e364a54015c2509728c28ca8cfc6799a3"; got != want {
		t.Errorf("the second format hashes to %s, want %s", got, want)
	}
	r.Format = publication.FormatBatch
	r.Hash = publication.HashRelease(r)
	const want = "5b1ab5473306ef437992f21aaf19efe52ba612f457227137e8a086502608a1af"
	if r.Hash != want {
		t.Errorf("the old format hashes to %s, want %s", r.Hash, want)
	}
	if err := publication.VerifyRelease(r, ""); err != nil {
		t.Error(err)
	}
	for what, spoil := range map[string]func(*publication.Release){
		"standing":       func(r *publication.Release) { r.Items[0].Standing = publication.StandingCancelled },
		"kind":           func(r *publication.Release) { r.Kind = publication.KindAdjustment },
		"successors":     func(r *publication.Release) { r.Items[0].Successors = []publication.Successor{{ItemID: "x"}} },
		"unknown format": func(r *publication.Release) { r.Format = 4 },
		"cause":          func(r *publication.Release) { r.Items[0].Cause = "依据已经废止" },
	} {
		c := *r
		c.Items = append([]publication.ReleaseItem(nil), r.Items...)
		spoil(&c)
		if publication.VerifyRelease(&c, "") == nil {
			t.Errorf("%s: not found", what)
		}
	}
}

// Whatever somebody changes of what an adjustment says is found.
func TestHashCoversStandings(t *testing.T) {
	b := batchOf(publication.KindAdjustment,
		publication.BatchItem{ItemID: "a", UnitID: "u", UnitName: "县局", Name: "甲", Code: "c1", Standing: publication.StandingCancelled, Op: publication.OpSplit,
			Cause: "依据已经修改", Basis: "《某法》第一条", Reason: "依据修订", Effective: calendar.NewDate(2026, 8, 1), Successors: []publication.Successor{{ItemID: "b", Code: "c2", Name: "乙", UnitID: "u", UnitName: "县局"}}},
		publication.BatchItem{ItemID: "b", UnitID: "u", UnitName: "县局", Name: "乙", Code: "c2", Op: publication.OpSplit})
	first, err := publication.Freeze(batchOf("", publication.BatchItem{ItemID: "z", Name: "z"}), nil, noon, "", false)
	if err != nil {
		t.Fatal(err)
	}
	r, err := publication.Freeze(b, first, noon, "审改办", false)
	if err != nil {
		t.Fatal(err)
	}
	if err := publication.VerifyRelease(r, first.Hash); err != nil {
		t.Fatal(err)
	}
	if r.Seq != 2 || r.Items[0].VerifyCode == r.Items[1].VerifyCode {
		t.Errorf("%+v", r)
	}
	for what, spoil := range map[string]func(r *publication.Release, it *publication.ReleaseItem){
		"kind":      func(r *publication.Release, _ *publication.ReleaseItem) { r.Kind = publication.KindBatch },
		"format":    func(r *publication.Release, _ *publication.ReleaseItem) { r.Format = publication.FormatBatch },
		"standing":  func(_ *publication.Release, it *publication.ReleaseItem) { it.Standing = publication.StandingSuspended },
		"op":        func(_ *publication.Release, it *publication.ReleaseItem) { it.Op = publication.OpMerge },
		"cause":     func(_ *publication.Release, it *publication.ReleaseItem) { it.Cause = "" },
		"basis":     func(_ *publication.Release, it *publication.ReleaseItem) { it.Basis += "第二款" },
		"older":     func(r *publication.Release, _ *publication.ReleaseItem) { r.Format = publication.FormatStanding },
		"reason":    func(_ *publication.Release, it *publication.ReleaseItem) { it.Reason += "。" },
		"effective": func(_ *publication.Release, it *publication.ReleaseItem) { it.Effective = it.Effective.AddDays(1) },
		"until":     func(_ *publication.Release, it *publication.ReleaseItem) { it.Until = it.Effective },
		"successor": func(_ *publication.Release, it *publication.ReleaseItem) {
			it.Successors = []publication.Successor{{ItemID: "b", Code: "c3", Name: "乙", UnitID: "u", UnitName: "县局"}}
		},
		"no successor": func(_ *publication.Release, it *publication.ReleaseItem) { it.Successors = nil },
		"document":     func(_ *publication.Release, it *publication.ReleaseItem) { it.Doc = []byte("{}") },
		"items": func(r *publication.Release, _ *publication.ReleaseItem) {
			r.Items, r.Count = r.Items[:1], 1
		},
	} {
		c := *r
		c.Items = append([]publication.ReleaseItem(nil), r.Items...)
		for i := range c.Items {
			if c.Items[i].ItemID == "a" {
				spoil(&c, &c.Items[i])
			}
		}
		if publication.VerifyRelease(&c, first.Hash) == nil {
			t.Errorf("a changed %s is not found", what)
		}
	}
}

// A clock that was set back must not make a release older than the one before.
func TestFreezeRefusesAClockSetBack(t *testing.T) {
	item := publication.BatchItem{ItemID: "i", Name: "事项"}
	first, err := publication.Freeze(batchOf("", item), nil, noon, "", false)
	if err != nil {
		t.Fatal(err)
	}
	_, err = publication.Freeze(batchOf("", item), first, noon.Add(-time.Minute), "", false)
	if !fault.Is(err, fault.Conflict) || !strings.Contains(fault.Text(err), "校准") {
		t.Errorf("%v", err)
	}
	for what, at := range map[string]time.Time{"the same instant": noon, "begun together with the one before": noon.Add(-time.Second)} {
		if r, err := publication.Freeze(batchOf("", item), first, at, "", false); err != nil || !r.At.Equal(noon) {
			t.Errorf("%s: %+v, %v", what, r, err)
		}
	}
}
