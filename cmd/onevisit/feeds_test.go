package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"onevisit/internal/countytest"
)

// A feed reader asks again and again: what has not changed is not sent, and what
// is older is found page by page, each release once.
func TestFeedPages(t *testing.T) {
	k, srv := demoCounty(t, "")
	pub := countytest.NewPublisher(t, k.db)
	items := countytest.Items(1)
	items[0].Unit = "（测试）单位"
	ids := pub.Publish(items)
	for i := range 32 {
		items[0].Conditions = []string{fmt.Sprint("第 ", i, " 次改")}
		pub.Publish(items, ids...)
	}
	if err := k.portal.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	pages := 0
	for at := "/feeds/releases.json"; at != ""; pages++ {
		r, body := fetch(t, srv.URL, at)
		var f struct {
			Next  string `json:"next_url"`
			Items []struct{ ID string }
		}
		if err := json.Unmarshal(body, &f); err != nil || r.StatusCode != 200 {
			t.Fatalf("%s: %d %v", at, r.StatusCode, err)
		}
		for _, it := range f.Items {
			if seen[it.ID] {
				t.Errorf("%s stands on two pages", it.ID)
			}
			seen[it.ID] = true
		}
		at = strings.TrimPrefix(f.Next, srv.URL)
	}
	if n := len(k.portal.Releases()); len(seen) != n || pages != 2 {
		t.Errorf("%d of %d releases on %d pages", len(seen), n, pages)
	}
	for _, format := range []string{"rss", "atom"} {
		if _, body := fetch(t, srv.URL, "/feeds/releases."+format); !strings.Contains(string(body), `rel="next"`) {
			t.Errorf("%s does not lead on", format)
		}
	}
	if r, _ := fetch(t, srv.URL, "/feeds/releases.rss?before=x"); r.StatusCode != http.StatusNotFound {
		t.Errorf("a page that is none: %d", r.StatusCode)
	}
	get := func(header, value string) *http.Response {
		t.Helper()
		req, err := http.NewRequest(http.MethodGet, srv.URL+"/feeds/releases.atom", nil)
		if err != nil {
			t.Fatal(err)
		}
		if header != "" {
			req.Header.Set(header, value)
		}
		r, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		r.Body.Close()
		return r
	}
	first := get("", "")
	when := first.Header.Get("Last-Modified")
	if _, err := http.ParseTime(when); err != nil {
		t.Fatalf("Last-Modified: %q", when)
	}
	for _, c := range []struct {
		header, value string
		want          int
	}{{"If-Modified-Since", when, 304}, {"If-Modified-Since", "Mon, 01 Jan 2018 00:00:00 GMT", 200}, {"If-Modified-Since", "nonsense", 200}, {"If-None-Match", first.Header.Get("ETag"), 304}, {"If-None-Match", `"x"`, 200}} {
		if r := get(c.header, c.value); r.StatusCode != c.want {
			t.Errorf("%s: %s: %d, want %d", c.header, c.value, r.StatusCode, c.want)
		}
	}
}
