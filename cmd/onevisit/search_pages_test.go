package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"onevisit/internal/app/portal"
)

func TestSearchPages(t *testing.T) {
	k, srv := demoCounty(t, "")
	get := func(path string) string {
		t.Helper()
		r, err := http.Get(srv.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		b, err := io.ReadAll(r.Body)
		if err != nil || r.StatusCode != http.StatusOK {
			t.Fatalf("%s: %d %v", path, r.StatusCode, err)
		}
		return string(b)
	}
	ask := func(text string) string { return get("/search?q=" + url.QueryEscape(text)) }
	if page := ask("残积人证"); !strings.Contains(page, "您是不是要找") || !strings.Contains(page, ">残疾人证<") {
		t.Error("a slip is not corrected")
	}
	if page := get("/search?exact=1&q=" + url.QueryEscape("残积人证")); strings.Contains(page, `id="corrected"`) || !strings.Contains(page, "去掉“按原词搜索”") {
		t.Error("a search to the letter is corrected, or cannot be undone")
	}
	if page := ask("残积人证"); !strings.Contains(page, `id="verbatim"`) {
		t.Error("no way to search for what was typed")
	}
	if page := ask("残疾人证"); strings.Contains(page, "您是不是要找") || !strings.Contains(page, "<mark>") {
		t.Error("a query without a slip is corrected, or nothing is marked")
	}
	if page := ask("鑫鑫麤麤"); !strings.Contains(page, "tel:12345") || !strings.Contains(page, `id="nearest"`) {
		t.Error("nothing found, and no way on")
	}
	none := get("/search?visits=1&type=" + url.QueryEscape("没有的类型") + "&q=" + url.QueryEscape("残疾人证"))
	if !strings.Contains(none, "放宽条件") || !strings.Contains(none[strings.Index(none, `id="nearest"`):], "残疾") {
		t.Error("what the words alone find is not offered")
	}
	for _, bad := range []string{strings.Repeat("证", 10_000), strings.Repeat("a", 10_000), "<script>alert(1)</script>", "' OR 1=1 --", "\x00\x1b", "😀"} {
		if page := ask(bad); strings.Contains(page, "<script>alert") {
			t.Errorf("%.20q comes back as it is", bad)
		}
		get("/search/suggest?q=" + url.QueryEscape(bad))
	}
	var typed struct{ Names []string }
	if err := json.Unmarshal([]byte(get("/search/suggest?q="+url.QueryEscape("残疾"))), &typed); err != nil || len(typed.Names) == 0 || len(typed.Names) > 8 || !strings.Contains(typed.Names[0], "残疾") {
		t.Errorf("suggestions: %v %v", typed.Names, err)
	}
	if k.portal.Search(portal.Query{}).Total == 0 {
		t.Error("nothing is published")
	}
}

// BenchmarkPages asks one server for its pages over the loopback and prints what
// share of the requests a second of an empty handler they reach.
func BenchmarkPages(b *testing.B) {
	k, pages := demoCounty(b, "")
	mux := http.NewServeMux()
	mux.Handle("/", pages.Config.Handler)
	mux.HandleFunc("GET /empty", func(http.ResponseWriter, *http.Request) {})
	srv := httptest.NewServer(mux)
	b.Cleanup(srv.Close)
	// What comes is not unpacked here: the reader's work is not the server's.
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64, DisableCompression: true}}
	var source atomic.Int64
	ask := func(path, tag string) (string, error) {
		req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, srv.URL+path, nil)
		if err != nil {
			return "", err
		}
		req.Header.Set("Accept-Encoding", "gzip")
		// A bound on one source is not what is measured: as behind a proxy, each
		// request has a source of its own.
		n := source.Add(1)
		req.Header.Set("X-Forwarded-For", fmt.Sprintf("10.%d.%d.%d", n>>16&255, n>>8&255, n&255))
		if tag != "" {
			req.Header.Set("If-None-Match", tag)
		}
		r, err := client.Do(req)
		if err != nil {
			return "", err
		}
		defer r.Body.Close()
		_, err = io.Copy(io.Discard, r.Body)
		if want := http.StatusOK; tag == "" && r.StatusCode != want || tag != "" && r.StatusCode != http.StatusNotModified {
			return "", fmt.Errorf("%s: %d", path, r.StatusCode)
		}
		return r.Header.Get("ETag"), err
	}
	guide := "/items/" + k.portal.Search(portal.Query{Text: "残疾人证", Limit: 1}).Entries[0].ID
	tag, err := ask(guide, "")
	if err != nil {
		b.Fatal(err)
	}
	// No question is asked twice: none is answered from memory.
	asked := 0
	words := []string{"残疾人证", "个体工商户", "食品经营", "养老保险", "施工许可", "就业登记", "道路运输", "救助"}
	loads := []struct {
		name string
		path func() string
		tag  string
	}{
		{"home", func() string { return "/" }, ""}, {"guide", func() string { return guide }, ""}, {"304", func() string { return guide }, tag},
		{"search", func() string {
			asked++
			return "/search?q=" + url.QueryEscape(words[asked%len(words)]) + "&n=" + strconv.Itoa(asked)
		}, ""},
	}
	const senders = 8
	load := func(path func() string, tag string, n int) float64 {
		var left atomic.Int64
		left.Store(int64(n))
		paths := make([]string, n)
		for i := range paths {
			paths[i] = path()
		}
		var wg sync.WaitGroup
		start := time.Now()
		for range senders {
			wg.Go(func() {
				for {
					i := left.Add(-1)
					if i < 0 {
						return
					}
					if _, err := ask(paths[i], tag); err != nil {
						b.Error(err)
						return
					}
				}
			})
		}
		wg.Wait()
		return float64(n) / time.Since(start).Seconds()
	}
	// The empty handler before and after each page, in many short rounds: other
	// work of the machine then weighs on both alike. The middle of the shares counts.
	const requests, rounds = 600, 15
	empty := func() string { return "/empty" }
	for b.Loop() {
		shares := map[string][]float64{}
		var each []float64
		for range rounds {
			for _, p := range loads {
				before := load(empty, "", requests)
				page := load(p.path, p.tag, requests)
				after := load(empty, "", requests)
				each = append(each, before, after)
				shares[p.name] = append(shares[p.name], 2*page/(before+after))
			}
		}
		b.ReportMetric(middle(each), "empty/s")
		for _, p := range loads {
			b.ReportMetric(middle(shares[p.name]), p.name+"/empty")
		}
	}
	const alone = 200
	start := time.Now()
	for range alone {
		if _, err := ask(guide, ""); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(time.Since(start).Microseconds())/alone/1000, "guide-ms")
}

// BenchmarkSearchPage makes pages of results without a network in between: what
// BenchmarkPages measures as a share, for a profile.
func BenchmarkSearchPage(b *testing.B) {
	_, pages := demoCounty(b, "")
	h := pages.Config.Handler
	words := []string{"残疾人证", "个体工商户", "食品经营", "养老保险", "施工许可", "就业登记", "道路运输", "救助"}
	n := 0
	size := 0
	b.ReportAllocs()
	for b.Loop() {
		r := httptest.NewRequest(http.MethodGet, "/search?q="+url.QueryEscape(words[n%len(words)])+"&n="+strconv.Itoa(n), nil)
		r.Header.Set("Accept-Encoding", "gzip")
		r.RemoteAddr = fmt.Sprintf("10.%d.%d.%d:1234", n>>16&255, n>>8&255, n&255)
		w := &sizes{header: http.Header{}}
		h.ServeHTTP(w, r)
		size += w.size
		n++
	}
	b.ReportMetric(float64(size)/float64(n), "bytes/page")
}

// sizes is an answer of which only the size counts.
type sizes struct {
	header http.Header
	size   int
}

func (s *sizes) Header() http.Header { return s.header }
func (s *sizes) WriteHeader(int)     {}
func (s *sizes) Write(b []byte) (int, error) {
	s.size += len(b)
	return len(b), nil
}

func middle(v []float64) float64 {
	slices.Sort(v)
	return v[len(v)/2]
}
