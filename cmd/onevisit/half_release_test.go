package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"onevisit/internal/domain/catalog"
	"onevisit/internal/infra/store/storetest"
)

// secondNode is another process over the county's data, as it would stand on
// another machine: it only follows the log of releases.
func secondNode(t testing.TB, k *county, databaseURL string) (*county, *httptest.Server) {
	t.Helper()
	other, err := openCounty(context.Background(), countyConfig{dataDir: filepath.Dir(k.keyDir), url: databaseURL, readOnly: true, demo: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = other.close() })
	if err := other.portal.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(other.handler())
	t.Cleanup(srv.Close)
	return other, srv
}

// reader asks a portal as many readers would: each request comes from another one.
type reader struct {
	base string
	from atomic.Int64
}

func (r *reader) get(path string) (int, string, error) {
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, r.base+path, nil)
	if err != nil {
		return 0, "", err
	}
	n := r.from.Add(1)
	req.Header.Set("X-Forwarded-For", fmt.Sprintf("10.%d.%d.%d", n>>16&255, n>>8&255, n&255))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(b), err
}

var (
	foundTotal = regexp.MustCompile(`"total":(\d+)`)
	feedCount  = regexp.MustCompile(`"url":\s*"[^"]*/batches/(\d+)"`)
	ours       = regexp.MustCompile(`并发公布的事项\d+`)
)

// seen is what a reader finds: the items by the search and in the sitemap, and the
// newest batch in the feed.
type seen struct{ search, sitemap, feed int }

func (s seen) String() string {
	return fmt.Sprintf("search %d, sitemap %d, batches %d", s.search, s.sitemap, s.feed)
}

func look(r *reader) (s seen, err error) {
	for _, x := range []struct {
		path string
		read func(string)
	}{
		{"/api/search?limit=1", func(b string) {
			if m := foundTotal.FindStringSubmatch(b); m != nil {
				_, err = fmt.Sscan(m[1], &s.search)
			}
		}},
		{"/sitemaps/1", func(b string) { s.sitemap = strings.Count(b, "/items/") }},
		{"/feeds/releases.json", func(b string) {
			for _, m := range feedCount.FindAllStringSubmatch(b, -1) {
				n := 0
				if _, err = fmt.Sscan(m[1], &n); n > s.feed {
					s.feed = n
				}
			}
		}},
	} {
		code, body, gerr := r.get(x.path)
		if gerr != nil {
			return s, gerr
		}
		if code != http.StatusOK {
			return s, fmt.Errorf("%s: %d", x.path, code)
		}
		if x.read(body); err != nil {
			return s, err
		}
	}
	return s, nil
}

func distinct(list []string) map[string]bool {
	m := map[string]bool{}
	for _, s := range list {
		m[s] = true
	}
	return m
}

// follow keeps a node on the newest release until ctx ends, and reads its pages
// all the while: of each release of n items a page shows all or nothing, and
// nothing that was there goes away.
func follow(ctx context.Context, t *testing.T, name string, k *county, base string, n int, ready *sync.WaitGroup) {
	r := &reader{base: base}
	first, err := look(r)
	ready.Done()
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	go k.portal.Follow(ctx, 5*time.Millisecond)
	rounds := 0
	for last := first; ; rounds++ {
		ended := ctx.Err() != nil
		now, err := look(r)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		for _, x := range [][3]int{{now.search, last.search, first.search}, {now.sitemap, last.sitemap, first.sitemap}} {
			if (x[0]-x[2])%n != 0 || x[0] < x[1] {
				t.Errorf("%s: half a release, or less than before: %s; before: %s", name, now, last)
				return
			}
		}
		if now.feed < last.feed {
			t.Errorf("%s: a batch has gone: %s; before: %s", name, now, last)
		}
		if now.feed > first.feed { // the list names a batch: its page is whole
			code, body, err := r.get(fmt.Sprintf("/batches/%d", now.feed))
			if err != nil || code != http.StatusOK || len(distinct(ours.FindAllString(body, -1))) != n {
				t.Errorf("%s: batch %d: %d, %d items, %v", name, now.feed, code, len(distinct(ours.FindAllString(body, -1))), err)
				return
			}
		}
		last = now
		if ended {
			break
		}
	}
	t.Logf("%s: looked %d times", name, rounds)
}

// BenchmarkPublish500 publishes batches of 500 items and waits until readers see
// them whole: in the list of batches, on the batch's own page and by the search, on
// the node that published and on one that only follows the log, as often as the
// program does. It prints shares of the two seconds that are allowed.
func BenchmarkPublish500(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) { publishMany(b, "") })
	b.Run("postgres", func(b *testing.B) { publishMany(b, storetest.PostgresURL(b)) })
}

func publishMany(b *testing.B, databaseURL string) {
	const n, limit = 500, 2 * time.Second
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	k, pages := demoCounty(b, databaseURL)
	other, second := secondNode(b, k, databaseURL)
	go other.portal.Follow(ctx, followEvery)
	who := actors(b, k, "weijian", "weijian-fz", "shengai", "shenpi", "xianfu")
	var model *catalog.Item
	for it, err := range k.eachItem(ctx) {
		if err != nil {
			b.Fatal(err)
		}
		if it.Unit == journeyUnit {
			model = it
			break
		}
	}
	here, there := &reader{base: pages.URL}, &reader{base: second.URL}
	// whole reports whether a release is on a node's pages with all its items.
	whole := func(r *reader, seq int64, total int) bool {
		s, err := look(r)
		if err != nil {
			b.Fatal(err)
		}
		if int64(s.feed) < seq || s.search < total || s.sitemap < total {
			return false
		}
		code, body, err := r.get(fmt.Sprintf("/batches/%d", seq))
		if err != nil {
			b.Fatal(err)
		}
		return code == http.StatusOK && strings.Contains(body, fmt.Sprint(n))
	}
	var committed, shown, followed []float64
	for b.Loop() {
		b.StopTimer()
		batch := sanctioned(b, k, who, model, n, 700000+1000*len(shown))
		before, err := look(here)
		if err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		start := time.Now()
		rel, err := k.reform.Publish(ctx, who["shengai"], batch)
		if err != nil {
			b.Fatal(err)
		}
		committed = append(committed, time.Since(start).Seconds())
		if err := k.portal.Refresh(ctx); err != nil { // as the page does whose button was pressed
			b.Fatal(err)
		}
		for !whole(here, rel.Seq, before.search+n) {
		}
		shown = append(shown, time.Since(start).Seconds())
		for !whole(there, rel.Seq, before.search+n) {
		}
		followed = append(followed, time.Since(start).Seconds())
	}
	b.ReportMetric(1000*middle(committed), "commit-ms")
	b.ReportMetric(1000*middle(shown), "visible-ms")
	b.ReportMetric(1000*middle(followed), "other-node-ms")
	b.ReportMetric(middle(shown)/limit.Seconds(), "visible/limit")
	b.ReportMetric(middle(followed)/limit.Seconds(), "other-node/limit")
}
