package portal_test

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"onevisit/internal/app/portal"
	"onevisit/internal/countytest"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/publication"
	"onevisit/internal/infra/blob"
	"onevisit/internal/infra/store"
	"onevisit/internal/infra/store/storetest"
)

// node is a server process of its own over the database.
func node(t *testing.T, db *store.DB) *portal.Service {
	return portal.New(db, blob.New(t.TempDir()), nil, nil)
}

// seen is everything that a node shows of lists and searches.
func seen(s *portal.Service) string {
	h := s.Home()
	out := fmt.Sprintf("%d %d %d %d\n", h.Total, h.None, h.One, h.More)
	for _, u := range s.Units() {
		out += fmt.Sprintln(u.Name, u.Total, u.None, u.One, u.More)
	}
	for _, e := range s.Published("", "", 1<<30) {
		out += fmt.Sprintln(e)
	}
	for _, g := range s.Gone("") {
		out += fmt.Sprintln(g)
	}
	for _, text := range []string{"", "登记", "许可证怎么办", "天文台", "shbz", "县级变更"} {
		f := s.Search(portal.Query{Text: text, Limit: 1 << 30})
		out += fmt.Sprintln(text, f.Total, f.None, f.One, f.Many, f.Units, f.Types)
		for i, h := range f.Hits {
			out += fmt.Sprintln(f.Entries[i], h.Score, h.Marks)
		}
	}
	return out
}

// Two nodes follow one log by increments; what they show is what a node shows
// that reads everything anew.
func TestTwoNodesFollow(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		a, b := node(t, db), node(t, db)
		p := countytest.NewPublisher(t, db)
		items := countytest.Items(60)
		ids := p.Publish(items[:40])
		same := func(what string, nodes ...*portal.Service) {
			t.Helper()
			fresh := node(t, db)
			for _, s := range append(nodes, fresh) {
				if err := s.Refresh(ctx); err != nil {
					t.Fatal(err)
				}
			}
			want := strings.Split(seen(fresh), "\n")
			for i, s := range nodes {
				got := strings.Split(seen(s), "\n")
				for k := range want {
					if k >= len(got) || got[k] != want[k] {
						t.Errorf("%s: node %d shows something else than one that starts now:\n%v\n%s", what, i, got[min(k, len(got)):], want[k])
						break
					}
				}
			}
		}
		same("the first release", a, b)

		items[3].Name = "天文台设立许可"
		p.Publish(append(slices.Clone(items[40:45]), items[3]), "", "", "", "", "", ids[3])
		same("changed and new", a)
		if f := a.Search(portal.Query{Text: "天文台"}); len(f.Entries) != 1 || f.Entries[0].ID != ids[3] {
			t.Errorf("the changed item is found as %v", f.Entries)
		}
		items[3].Name = "天文馆设立许可"
		p.Publish(items[3:4], ids[3])
		p.Publish(items[45:48])
		same("one that saw every release, one that missed two", a, b)
		p.Publish(items[48:52])
		if err := a.Compact(ctx); err != nil { // before it has seen the release
			t.Fatal(err)
		}
		p.Publish(items[4:5], ids[4])
		same("one that was built anew beside, one that grew", a, b)
		p.Publish(items[52:])
		p.Publish(items[:40], ids...)
		same("most of it anew", a, b)

		p.Adjust(publication.StandingSuspended, "", ids[1], ids[2])
		p.Adjust(publication.StandingCancelled, ids[5], ids[4])
		same("suspended and cancelled", a)
		p.Adjust(publication.StandingPublished, "", ids[1])
		same("resumed again, one that missed it all", a, b)
		if n := len(a.Gone("")); n != 2 {
			t.Errorf("%d items are gone", n)
		}
		if g, err := a.Guide(ctx, ids[4]); err != nil || g.Available() || g.Reason != "说明" || len(g.Successors) != 1 || g.Successors[0].ItemID != ids[5] || g.Item.Name == "" {
			t.Errorf("the address of a cancelled item: %+v %v", g, err)
		}
		if g, err := a.Guide(ctx, ids[1]); err != nil || !g.Available() || g.VerifyCode == "" {
			t.Errorf("the resumed item: %v", err)
		}
		if _, err := a.PrintGuide(ctx, io.Discard, ids[4], portal.GuidePapers[0], "pdf", nil, func(string) string { return "" }); !fault.Is(err, fault.NotFound) {
			t.Errorf("a guide of a cancelled item is printed: %v", err)
		}
		for _, g := range a.Gone("") {
			p, err := a.Guide(ctx, g.ID)
			if err != nil {
				t.Fatal(err)
			}
			if v, err := a.Verify(ctx, p.VerifyCode); err != nil || v.Now.Standing != g.Standing {
				t.Errorf("verified: %+v %v", v, err)
			}
		}
	})
}

// A portal over much answers at once: with what it knows, and that the rest
// comes.
func TestStartsBeforeItHasReadAll(t *testing.T) {
	db := storetest.OpenSQLite(t)
	p := countytest.NewPublisher(t, db)
	ids := p.Publish(countytest.Items(5010))
	s, ctx := node(t, db), t.Context()
	if err := s.Start(ctx); err != nil {
		t.Fatal(err)
	}
	h := s.Home()
	if !h.Preparing || len(h.Units) == 0 || h.Latest == nil || h.Total != 0 {
		t.Errorf("the first page: %+v", h)
	}
	if f := s.Search(portal.Query{Text: "登记"}); !f.Preparing || f.Total != 0 {
		t.Errorf("the search: %+v", f)
	}
	if _, err := s.Guide(ctx, ids[0]); !fault.Is(err, fault.Unavailable) {
		t.Errorf("a guide: %v", err)
	}
	if _, _, err := s.Unit(h.Units[0].ID); !fault.Is(err, fault.Unavailable) {
		t.Errorf("a unit: %v", err)
	}
	if err := s.Refresh(ctx); err != nil {
		t.Fatal(err)
	}
	if h := s.Home(); h.Preparing || h.Total != 5010 || s.Search(portal.Query{Text: "登记"}).Total == 0 {
		t.Errorf("afterwards: %+v", h)
	}

	few := storetest.OpenSQLite(t)
	countytest.NewPublisher(t, few).Publish(countytest.Items(3))
	s = node(t, few)
	if err := s.Start(ctx); err != nil || s.Home().Preparing || s.Home().Total != 3 {
		t.Errorf("a small county is read at once: %v %+v", err, s.Home())
	}
}
