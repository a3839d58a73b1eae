package main

import (
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"onevisit/internal/app/portal"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/infra/store/storetest"
)

// wire stands between the program and PostgreSQL. It can be cut, as when the
// server is stopped, or lie dead, as when its machine is gone and nobody answers.
type wire struct {
	to     string
	mu     sync.Mutex
	listen net.Listener
	open   map[net.Conn]bool
	dead   bool
}

// newWire lays a wire to the server of a database's address and returns the
// address at its near end.
func newWire(t *testing.T, database string) (*wire, string) {
	t.Helper()
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{to: u.Host, open: map[net.Conn]bool{}}
	w.mend(t, "127.0.0.1:0")
	t.Cleanup(w.cut)
	u.Host = w.listen.Addr().String()
	return w, u.String()
}

func (w *wire) mend(t *testing.T, at string) {
	t.Helper()
	l, err := net.Listen("tcp", at)
	if err != nil {
		t.Fatal(err)
	}
	w.mu.Lock()
	w.listen, w.dead = l, false
	w.mu.Unlock()
	go func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			w.mu.Lock()
			w.open[near] = true
			dead := w.dead
			w.mu.Unlock()
			if dead {
				continue // and never a word
			}
			far, err := net.Dial("tcp", w.to)
			if err != nil {
				_ = near.Close()
				continue
			}
			w.mu.Lock()
			w.open[far] = true
			w.mu.Unlock()
			go func() { _, _ = io.Copy(far, near); _ = far.Close() }()
			go func() { _, _ = io.Copy(near, far); _ = near.Close() }()
		}
	}()
}

// cut ends all connections and refuses new ones.
func (w *wire) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	_ = w.listen.Close()
	w.drop()
}

func (w *wire) drop() {
	for c := range w.open {
		_ = c.Close()
		delete(w.open, c)
	}
}

// die ends all connections and leaves new ones without an answer.
func (w *wire) die() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.dead = true
	w.drop()
}

// PostgreSQL stops in the middle of the day: everything that was published is
// still served, each page says so, what a reader reports is not lost, and when it
// is back the pages say no more of it and show what is published next.
func TestPostgreSQLStops(t *testing.T) {
	w, address := newWire(t, storetest.PostgresURL(t))
	k, srv := demoCounty(t, address)
	ctx := t.Context()
	// Status has another code then; what other sites embed says of which release it is.
	pages := slices.DeleteFunc(publicPages(t, k, srv.URL), func(path string) bool { return path == "/status" || strings.HasPrefix(path, "/embed/") })
	refresh := func() { _ = k.portal.Refresh(ctx) } // as the program does every other second; what it finds the pages tell
	const notice = "数据库暂时连不上"
	get := func(path string) (int, string) {
		t.Helper()
		r, body := fetch(t, srv.URL, path)
		return r.StatusCode, string(body)
	}
	form := ""
	entries := k.portal.Published("", "", 1<<30)
	for _, e := range entries {
		if g, err := k.portal.Guide(ctx, e.ID); err == nil && form == "" {
			for _, m := range g.Item.Materials {
				if f, ok := catalog.ParseFile(m.Form); ok {
					form = "/items/" + e.ID + "/files/materials.0.form/" + url.PathEscape(f.Name)
				}
			}
		}
	}
	others := []string{form, "/feeds/releases.atom", "/feeds/releases.rss", "/feeds/releases.json", "/sitemap.xml", "/sitemaps/1", "/data/items.csv", "/data/items.jsonl", "/data/catalog.jsonld",
		"/items/" + entries[0].ID + "/papers/" + url.PathEscape("办事指南") + ".pdf", "/api/items/" + entries[0].ID, "/api/search?q=x", "/search/suggest?q=x"}
	shown := append([]string{"/log", "/commitments", "/batches/2", "/events/start", "/lists/once"}, pages...)
	want := map[string]int{}
	for _, path := range append(others, shown...) {
		want[path], _ = get(path)
	}

	for name, away := range map[string]func(){"stopped": w.cut, "without an answer": w.die} {
		at := w.listen.Addr().String()
		away()
		refresh()
		for _, path := range append(others, shown...) {
			code, body := get(path)
			if strings.HasPrefix(path, "/feedback") { // the answers are in the database
				if code != http.StatusServiceUnavailable && code != http.StatusOK || !strings.Contains(body, "12345") {
					t.Errorf("%s: %s: %d", name, path, code)
				}
				continue
			}
			if code != want[path] {
				t.Errorf("%s: %s: %d, want %d", name, path, code, want[path])
			}
		}
		for _, path := range shown {
			if _, body := get(path); !strings.Contains(body, notice) {
				t.Errorf("%s: %s does not say that the database is away", name, path)
			}
		}
		for _, e := range entries {
			if code, body := get("/items/" + e.ID); code != http.StatusOK || !strings.Contains(body, notice) || !strings.Contains(body, "核验码") {
				t.Fatalf("%s: the guide of %s: %d", name, e.Name, code)
			}
		}
		if code, _ := get("/status"); code != http.StatusServiceUnavailable {
			t.Errorf("%s: the status is %d", name, code)
		}
		public := newBrowser(t, srv.URL)
		if page := public.send(http.StatusServiceUnavailable, "/items/"+entries[0].ID+"/report", url.Values{"at": {"phones"}, "text": {"咨询电话打不通，请核实一下"}}); !strings.Contains(page, "咨询电话打不通，请核实一下</textarea>") || !strings.Contains(page, "还没有提交") {
			t.Errorf("%s: what was reported is lost", name)
		}

		w.cut()
		w.mend(t, at)
		refresh()
		refresh()
		if k.portal.Trouble() != "" {
			t.Fatalf("%s: the database is back, and the portal says %q", name, k.portal.Trouble())
		}
		if code, body := get("/"); code != http.StatusOK || strings.Contains(body, notice) {
			t.Errorf("%s: the first page still says that the database is away", name)
		}
		if code, _ := get("/status"); code != http.StatusOK {
			t.Errorf("%s: the status is %d afterwards", name, code)
		}
		public.send(http.StatusOK, "/items/"+entries[0].ID+"/report", url.Values{"at": {"phones"}, "text": {"咨询电话打不通，" + name}})
	}
	if n := len(k.portal.Published("", "", 1<<30)); n != len(entries) || k.portal.Search(portal.Query{}).Total != n {
		t.Errorf("%d guides of %d afterwards", n, len(entries))
	}
}
