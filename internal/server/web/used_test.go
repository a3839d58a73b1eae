package web

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"onevisit/internal/app/portal"
	"onevisit/internal/countytest"
	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/org"
	"onevisit/internal/infra/blob"
	"onevisit/internal/infra/store"
	"onevisit/internal/infra/store/storetest"
)

// What is an opening of a guide, and what is not.
func TestOpeningsAreCounted(t *testing.T) {
	db := storetest.OpenSQLite(t)
	id := countytest.NewPublisher(t, db).Publish(countytest.Items(1))[0]
	p := portal.New(db, blob.New(t.TempDir()), nil, nil)
	if err := p.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	s := New(Config{Portal: p, County: func() org.County { return org.County{Name: "某某县"} }, Now: time.Now, Calendar: calendar.Embedded()})
	for _, c := range []struct {
		what            string
		method, path    string
		header          []string
		views, searched int
	}{
		{"made anew", http.MethodGet, "/items/" + id, nil, 1, 0},
		{"from memory", http.MethodGet, "/items/" + id, nil, 1, 0},
		{"from a list of results", http.MethodGet, "/items/" + id, []string{"Referer", "http://example.com/search?q=x"}, 1, 1},
		{"from another site's search", http.MethodGet, "/items/" + id, []string{"Referer", "https://other.example/search?q=x"}, 1, 0},
		{"by a robot", http.MethodGet, "/items/" + id, []string{"User-Agent", "Mozilla/5.0 (compatible; Baiduspider/2.0)"}, 0, 0},
		{"before anybody asks", http.MethodGet, "/items/" + id, []string{"Sec-Purpose", "prefetch"}, 0, 0},
		{"its head", http.MethodHead, "/items/" + id, nil, 0, 0},
		{"a case of it", http.MethodGet, "/items/" + id + "?s.x=1", nil, 0, 0},
		{"its list", http.MethodGet, "/items/" + id + "/checklist", nil, 0, 0},
		{"one that is not there", http.MethodGet, "/items/none", nil, 0, 0},
	} {
		r := httptest.NewRequest(c.method, "http://example.com"+c.path, nil)
		for i := 0; i < len(c.header); i += 2 {
			r.Header.Set(c.header[i], c.header[i+1])
		}
		s.ServeHTTP(httptest.NewRecorder(), r)
		if got := openings(t, db, p); got.Views != c.views || got.Searched != c.searched {
			t.Errorf("%s: counted %+v, want %d and %d", c.what, got, c.views, c.searched)
		}
	}
	for range 500 {
		s.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "http://example.com/items/"+id, nil))
	}
	if got := openings(t, db, p); got.Views == 0 || got.Views > 60 {
		t.Errorf("one source counts %d times", got.Views)
	}
}

// openings are what was counted since it was last asked for.
func openings(t *testing.T, db *store.DB, p *portal.Service) (sum store.ItemUse) {
	t.Helper()
	if err := p.FlushUse(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := db.Update(t.Context(), func(tx *store.Tx) error {
		today := calendar.DateOf(tx.Now())
		use, _, err := tx.ItemUse(today, today.AddDays(1))
		minus := map[string]store.ItemUse{}
		for id, u := range use {
			sum = store.ItemUse{Views: sum.Views + u.Views, Searched: sum.Searched + u.Searched}
			minus[id] = store.ItemUse{Views: -u.Views, Searched: -u.Searched}
		}
		if err == nil {
			err = tx.AddItemUse(today, minus)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return sum
}
