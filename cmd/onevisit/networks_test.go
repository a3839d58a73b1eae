package main

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"onevisit/internal/app/office"
	"onevisit/internal/app/portal"
	"onevisit/internal/app/reform"
	"onevisit/internal/countytest"
	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/publication"
	"onevisit/internal/infra/paper"
	"onevisit/internal/infra/store"
	"onevisit/internal/server/api"
	"onevisit/internal/server/web"
)

// Two separated networks: the workbench writes a signed file, the portal's side
// shows what it holds, without a database, and takes no other.
func TestTwoNetworks(t *testing.T) {
	ctx := t.Context()
	k, _ := demoCounty(t, "")
	if _, err := k.office.NewKey(ctx, org.Operator(), office.KeyRequest{Algorithm: publication.Ed25519, Days: 1000}); err != nil {
		t.Fatal(err)
	}
	var keys []publication.Key
	if err := k.db.View(ctx, func(tx *store.Tx) (err error) { keys, err = tx.SigningKeys(); return err }); err != nil {
		t.Fatal(err)
	}
	export := func() []byte {
		t.Helper()
		var b bytes.Buffer
		if err := k.reform.WriteReleaseFile(ctx, org.Operator(), &b); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	dir, keep := t.TempDir(), filepath.Join(t.TempDir(), "portal")
	stamp := time.Now().Add(-time.Hour)
	put := func(name string, content []byte) {
		t.Helper()
		stamp = stamp.Add(time.Minute)
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(file, stamp, stamp); err != nil {
			t.Fatal(err)
		}
	}
	log := slog.New(slog.DiscardHandler)
	if _, err := portal.NewFileSource(dir, keep, keys, log); err == nil {
		t.Error("a portal starts without anything to show")
	}
	first := export()
	put("1.release", first)
	src, err := portal.NewFileSource(dir, keep, keys, log)
	if err != nil {
		t.Fatal(err)
	}
	other := keys[0]
	other.ID = "0000000000000000"
	if _, err := portal.NewFileSource(dir, "", []publication.Key{other}, log); err == nil {
		t.Error("a file that another signed is taken")
	}
	p := portal.NewFromFile(src, paper.NewPress(paper.NewTemplates(t.TempDir()), paper.NewFonts(""), demoMark), log)
	refresh := func() {
		t.Helper()
		if err := p.Refresh(ctx); err != nil {
			t.Fatal(err)
		}
	}
	refresh()
	same := func() {
		t.Helper()
		if err := k.portal.Refresh(ctx); err != nil {
			t.Fatal(err)
		}
		a, b := k.portal.Published("", "", 1<<30), p.Published("", "", 1<<30)
		if !reflect.DeepEqual(a, b) {
			t.Fatalf("the database has %d items, the file %d, or others", len(a), len(b))
		}
		units := func(s *portal.Service) string {
			out := ""
			for _, u := range s.Units() {
				out += fmt.Sprintln(u.ID, u.Name, u.Phone, u.Address, u.Hours, u.Total, u.None, u.One, u.More)
			}
			return out
		}
		if units(k.portal) != units(p) {
			t.Error("the units differ")
		}
		for _, e := range a[:20] {
			x, err := k.portal.Guide(ctx, e.ID)
			if err != nil {
				t.Fatal(err)
			}
			y, err := p.Guide(ctx, e.ID)
			if err != nil || !reflect.DeepEqual(x.Item, y.Item) || x.VerifyCode != y.VerifyCode || x.Release.Hash != y.Release.Hash {
				t.Fatalf("the guide of %s differs: %v", e.Name, err)
			}
			v, err := p.Verify(ctx, x.VerifyCode)
			if err != nil || v.Name != e.Name || v.ReplacedBy != nil {
				t.Errorf("verified: %+v %v", v, err)
			}
		}
		var out [2]bytes.Buffer
		for i, s := range []*portal.Service{k.portal, p} {
			d, err := s.Data(ctx, portal.DataQuery{Format: "jsonl"})
			if err == nil {
				err = d.Write(ctx, &out[i], portal.Linked{})
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Equal(out[0].Bytes(), out[1].Bytes()) {
			t.Error("the data differ")
		}
	}
	same()

	pages := web.New(web.Config{Portal: p, Log: log, Demo: src.Demo(), County: src.County, Calendar: calendar.Embedded(), Now: time.Now})
	srv := httptest.NewServer(handler(pages, api.Config{Portal: p, Log: log}, 0))
	defer srv.Close()
	e := p.Published("", "", 1)[0]
	for path, want := range map[string]int{"/": 200, "/items/" + e.ID: 200, "/units/" + e.UnitID: 200, "/batches/1": 200, "/search?q=x": 200, "/verify": 200, "/data/items.csv": 200, "/feeds/releases.json": 200,
		"/items/" + e.ID + "/papers/" + url.PathEscape("办事指南") + ".pdf": 200, "/units/all/papers/" + url.PathEscape("指南汇编") + ".pdf": 503, "/api/search": 200, "/api/items": 404, "/api/session": 404,
		"/work/": 404, "/work/sign-in": 404, "/status": 200, "/healthz": 200} {
		r, body := fetch(t, srv.URL, path)
		if r.StatusCode != want {
			t.Errorf("%s: %d, want %d", path, r.StatusCode, want)
		}
		if r.StatusCode == 200 && strings.Contains(string(body), "/work/sign-in") {
			t.Errorf("%s offers to sign in", path)
		}
	}

	was := p.Head().Seq
	// A newer file that is broken, and the old one again, are refused and said so.
	fresh := countytest.Items(3)
	for _, it := range fresh {
		it.Unit = "（测试）单位"
	}
	form, err := k.reform.KeepFile(ctx, reform.FileIn{Name: "申请表.pdf", Size: 13, R: strings.NewReader("%PDF-1.7 表格")})
	if err != nil {
		t.Fatal(err)
	}
	fresh[0].Materials[0].Form = form.String()
	countytest.NewPublisher(t, k.db).Publish(fresh)
	second := export()
	broken := bytes.Clone(second)
	broken[len(broken)/2] ^= 1
	for name, content := range map[string][]byte{"broken.release": broken, "half.release": second[:len(second)/2], "empty.release": nil} {
		put(name, content)
		refresh()
		r, body := fetch(t, srv.URL, "/status")
		if p.Head().Seq != was || !strings.Contains(p.Trouble(), name) || r.StatusCode != http.StatusServiceUnavailable || !strings.Contains(string(body), "没有采用") {
			t.Errorf("%s: shows release %d, %q, status %d", name, p.Head().Seq, p.Trouble(), r.StatusCode)
		}
	}
	if _, body := fetch(t, srv.URL, "/"); !strings.Contains(string(body), "可能不是最新公布") || strings.Contains(string(body), ".release") {
		t.Error("the page does not say so")
	}
	put("being-copied.part", second)
	refresh()
	if p.Head().Seq != was {
		t.Error("a file that is still being copied is taken")
	}
	put("2.release", second)
	refresh()
	if p.Head().Seq != was+1 || p.Trouble() != "" {
		t.Errorf("the newer file: release %d, %q", p.Head().Seq, p.Trouble())
	}
	same()
	// The form has come along, and nothing else can be had that way.
	withForm := false
	for _, e := range p.Published("", "", 1<<30) {
		if e.Name == fresh[0].Name && e.ReleaseSeq == was+1 {
			r, body := fetch(t, srv.URL, "/items/"+e.ID+"/files/materials.0.form/x")
			if withForm = true; r.StatusCode != 200 || string(body) != "%PDF-1.7 表格" {
				t.Errorf("the form: %d %q", r.StatusCode, body)
			}
			if _, body := fetch(t, srv.URL, "/items/"+e.ID); !strings.Contains(string(body), "/files/materials.0.form/") {
				t.Error("the guide does not lead to the form")
			}
		}
	}
	if !withForm {
		t.Error("no guide with a form")
	}
	// An older file is left alone: nothing is amiss, and the page says which it is.
	put("3.release", first)
	refresh()
	if r, body := fetch(t, srv.URL, "/status"); p.Head().Seq != was+1 || p.Trouble() != "" || r.StatusCode != http.StatusOK || !strings.Contains(string(body), "“3.release”比正在使用的旧") {
		t.Errorf("the older file: release %d, %q, status %d %s", p.Head().Seq, p.Trouble(), r.StatusCode, body)
	}
	// A broken one that came later may be newer, until it is gone or made good.
	put("4.release", broken)
	refresh()
	if !strings.Contains(p.Trouble(), "4.release") {
		t.Errorf("a broken file: %q", p.Trouble())
	}
	if err := os.Remove(filepath.Join(dir, "4.release")); err != nil {
		t.Fatal(err)
	}
	refresh()
	if p.Trouble() != "" {
		t.Errorf("the broken file is gone: %q", p.Trouble())
	}
	put("4.release", broken)
	refresh()
	put("4.release", second)
	refresh()
	if p.Trouble() != "" {
		t.Errorf("the broken file was made good: %q", p.Trouble())
	}
	// A directory that is gone is told as long as it is.
	away := dir + "-away"
	if err := os.Rename(dir, away); err != nil {
		t.Fatal(err)
	}
	refresh()
	if !strings.Contains(p.Trouble(), "打不开") {
		t.Errorf("the directory is gone: %q", p.Trouble())
	}
	if err := os.Rename(away, dir); err != nil {
		t.Fatal(err)
	}
	refresh()
	if p.Trouble() != "" {
		t.Errorf("the directory is back: %q", p.Trouble())
	}
	// After a restart with nothing good in the directory the last good one is there.
	for _, name := range []string{"1.release", "2.release", "3.release", "4.release"} {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	again, err := portal.NewFileSource(dir, keep, keys, log)
	if err != nil || again.Trouble() == "" {
		t.Fatalf("restarted: %v", err)
	}
	q := portal.NewFromFile(again, nil, log)
	if err := q.Refresh(ctx); err != nil || q.Head().Seq != was+1 {
		t.Errorf("restarted: %v", err)
	}
}

// The workbench's side shows nothing to who has not signed in.
func TestWorkbenchAlone(t *testing.T) {
	k, _ := demoCounty(t, "")
	pages := web.New(web.Config{Office: k.office, Reform: k.reform, Portal: k.portal, Demo: true, County: k.db.County, Calendar: calendar.Embedded(), Now: time.Now, Staff: true})
	srv := httptest.NewServer(handler(pages, api.Config{Office: k.office, Reform: k.reform, Portal: k.portal, Staff: true}, 0))
	defer srv.Close()
	id := k.portal.Published("", "", 1)[0].ID
	for _, path := range []string{"/", "/items/" + id, "/data/items.csv", "/search?q=x", "/embed/items", "/feeds/releases.rss"} {
		if r, _ := fetch(t, srv.URL, path); r.StatusCode != http.StatusSeeOther || !strings.HasPrefix(r.Header.Get("Location"), "/work/sign-in?next=") {
			t.Errorf("%s: %d %s", path, r.StatusCode, r.Header.Get("Location"))
		}
	}
	for path, want := range map[string]int{"/api/search": 401, "/healthz": 200, "/status": 200, "/work/sign-in": 200} {
		if r, _ := fetch(t, srv.URL, path); r.StatusCode != want {
			t.Errorf("%s: %d, want %d", path, r.StatusCode, want)
		}
	}
	staff := signIn(t, srv.URL, "shengai")
	staff.get(http.StatusOK, "/items/"+id)
	staff.get(http.StatusOK, "/")
}
