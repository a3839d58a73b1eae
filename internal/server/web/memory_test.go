package web

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"onevisit/internal/app/portal"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
)

func TestMemoryOfPages(t *testing.T) {
	clock := time.Unix(1_600_000_000, 0)
	s := New(Config{Portal: portal.New(nil, nil, nil, nil), County: func() org.County { return org.County{Name: "某某县"} }, Now: func() time.Time { return clock }})
	made := 0
	s.handle("GET /test/{n}", s.cached(func(q *request) error {
		switch q.PathValue("n") {
		case "gone":
			return fault.NotFoundf("没有。")
		case "broken":
			_, _ = io.WriteString(q.w, "半页")
			panic("broken")
		}
		made++
		q.holds(clock.Add(time.Hour))
		q.w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, err := io.WriteString(q.w, strings.Repeat("页", 1000)+q.PathValue("n")+strconv.FormatBool(q.elder()))
		return err
	}))
	get := func(path string, header ...string) *http.Response {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		for i := 0; i < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		return w.Result()
	}
	first := get("/test/1")
	zipped := get("/test/1", "Accept-Encoding", "gzip")
	if made != 1 {
		t.Errorf("made %d times for one page", made)
	}
	if zipped.Header.Get("Content-Encoding") != "gzip" || zipped.Header.Get("Etag") == first.Header.Get("Etag") {
		t.Error("headers of the compressed page", zipped.Header)
	}
	z, err := gzip.NewReader(zipped.Body)
	if err != nil {
		t.Fatal(err)
	}
	a, _ := io.ReadAll(z)
	b, _ := io.ReadAll(first.Body)
	if string(a) != string(b) || len(b) == 0 {
		t.Error("the compressed page is another one")
	}
	for _, tag := range []string{first.Header.Get("Etag"), zipped.Header.Get("Etag"), "W/" + first.Header.Get("Etag")} {
		if r := get("/test/1", "If-None-Match", tag, "Accept-Encoding", "gzip"); r.StatusCode != http.StatusNotModified || r.ContentLength > 0 {
			t.Errorf("If-None-Match %s: %d", tag, r.StatusCode)
		}
	}
	get("/test/1", "Cookie", elderCookie+"=1")
	get("/test/2")
	r := httptest.NewRequest(http.MethodGet, "/test/1", nil)
	r.Host = "forged.example"
	s.ServeHTTP(httptest.NewRecorder(), r)
	if made != 4 {
		t.Errorf("made %d pages of 4", made)
	}
	if r := get("/test/gone"); r.StatusCode != http.StatusNotFound || r.Header.Get("Etag") != "" {
		t.Error("an error is kept", r.StatusCode, r.Header)
	}
	broken := get("/test/broken")
	if b, _ := io.ReadAll(broken.Body); broken.StatusCode != http.StatusInternalServerError || !strings.Contains(string(b), "没有完成") || strings.Contains(string(b), "半页") {
		t.Errorf("a page that broke off: %d %.80s", broken.StatusCode, b)
	}
	clock = clock.Add(time.Hour)
	get("/test/1")
	if made != 5 {
		t.Error("a page outlives its hour")
	}
}

func TestMemoryIsBounded(t *testing.T) {
	var m memory
	of := new(int)
	e := m.edition(func() any { return of })
	body := make([]byte, 1<<20)
	for i := range 200 {
		e.keep(pageKey{uri: "/items/" + strconv.Itoa(i)}, newSentPage("", body, time.Time{}))
		e.keep(pageKey{uri: "/search?q=" + strconv.Itoa(i)}, newSentPage("", body, time.Time{}))
	}
	e.keep(pageKey{uri: "/search?q=" + strings.Repeat("x", 2*longestKept)}, newSentPage("", body, time.Time{}))
	for _, c := range []struct {
		s    *shelf
		room int
	}{{&e.lasting, pagesRoom}, {&e.answers, answersRoom}} {
		held := 0
		for _, p := range c.s.pages {
			held += p.size()
		}
		if held != c.s.bytes || held > c.room || held < c.room/2 {
			t.Errorf("holds %d, counts %d, room %d", held, c.s.bytes, c.room)
		}
	}
	if m.edition(func() any { return of }) != e {
		t.Error("the pages are gone without a release")
	}
	if next := m.edition(func() any { return new(int) }); len(next.lasting.pages) != 0 {
		t.Error("pages outlive their release")
	}
}
