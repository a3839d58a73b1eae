package web

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"onevisit/internal/app/portal"
	"onevisit/internal/countytest"
	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/publication"
	"onevisit/internal/infra/blob"
	"onevisit/internal/infra/store/storetest"
)

// published is a portal over three published items; asked from elsewhere than
// this machine.
func published(t *testing.T) (s *Server, ids []string, ask func(method, path string, form url.Values, header ...string) *httptest.ResponseRecorder) {
	t.Helper()
	db := storetest.OpenSQLite(t)
	ids = countytest.NewPublisher(t, db).Publish(countytest.Items(3))
	p := portal.New(db, blob.New(t.TempDir()), nil, nil)
	if err := p.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	s = New(Config{Portal: p, County: func() org.County { return org.County{Name: "某某县"} }, Calendar: calendar.Embedded(), Now: time.Now})
	return s, ids, func(method, path string, form url.Values, header ...string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
		r.RemoteAddr = "203.0.113.7:4711"
		if form != nil {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		for i := 0; i < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		return w
	}
}

func TestReportAnError(t *testing.T) {
	_, ids, ask := published(t)
	path := "/items/" + ids[0] + "/report"
	if page := ask("GET", path+"?at=phones", nil).Body.String(); !strings.Contains(page, `value="phones" selected`) || !strings.Contains(page, "不用登录") {
		t.Error("the form does not know its place")
	}
	// What was refused comes back with what was typed.
	w := ask("POST", path, url.Values{"at": {"phones"}, "text": {"短<"}})
	if page := w.Body.String(); w.Code != http.StatusUnprocessableEntity || !strings.Contains(page, "短&lt;") || !strings.Contains(page, "请写明哪里不对") {
		t.Error("refused", w.Code)
	}
	w = ask("POST", path, url.Values{"at": {"phones"}, "text": {strings.Repeat("长", publication.MaxFeedback+1)}})
	if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "缩短") {
		t.Error("too long", w.Code)
	}
	if w := ask("POST", path, url.Values{"text": {strings.Repeat("长", 100_000)}}); w.Code != http.StatusRequestEntityTooLarge {
		t.Error("far too long", w.Code)
	}
	if w := ask("POST", path, url.Values{"text": {"哪里都不对啊"}}, "Sec-Fetch-Site", "cross-site"); w.Code != http.StatusForbidden {
		t.Error("from another site", w.Code)
	}
	if w := ask("POST", path, url.Values{"text": {"哪里都不对啊"}, trap: {"http://spam.example"}}); w.Code != http.StatusUnprocessableEntity {
		t.Error("a program that fills in everything", w.Code)
	}
	if w := ask("POST", "/items/none/report", url.Values{"text": {"哪里都不对啊"}}); w.Code != http.StatusNotFound {
		t.Error("no such guide", w.Code)
	}
	w = ask("POST", path, url.Values{"at": {"phones"}, "text": {"电话 13800138000 打不通"}})
	at := w.Header().Get("Location")
	number, _, _ := strings.Cut(strings.TrimPrefix(at, "/feedback/"), "?")
	if w.Code != http.StatusSeeOther || publication.NormalizeFeedbackNumber(number) != number {
		t.Fatal(w.Code, at)
	}
	w = ask("GET", at, nil)
	if page := w.Body.String(); !strings.Contains(page, number) || !strings.Contains(page, "工作日") || strings.Contains(page, "打不通") || w.Header().Get("Cache-Control") != "no-store" || !strings.Contains(page, "noindex") {
		t.Error("the page of the number", w.Code, w.Header())
	}
	if w := ask("GET", "/feedback?number="+url.QueryEscape(strings.ToLower(number)), nil); w.Header().Get("Location") != "/feedback/"+number {
		t.Error("look-up", w.Code)
	}
	for bad, status := range map[string]int{"/feedback?number=x": 200, "/feedback?number=JC-00000-00000": 200, "/feedback/JC-00000-00000": 404, "/feedback/x": 404, "/feedback": 200} {
		if w := ask("GET", bad, nil); w.Code != status {
			t.Errorf("%s: %d", bad, w.Code)
		}
	}
}

// One source is bounded; others are not hit by it, and what is in memory is there
// for everybody.
func TestOneSourceIsBounded(t *testing.T) {
	s, ids, ask := published(t)
	clock := time.Now()
	s.Now = func() time.Time { return clock }
	told := 0
	for i := range 10 {
		w := ask("POST", "/items/"+ids[0]+"/report", url.Values{"text": {"第几条问题：" + strings.Repeat("问", i+1)}})
		if w.Code == http.StatusSeeOther {
			told++
		} else if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") == "" || !strings.Contains(w.Body.String(), "12345") {
			t.Fatal(w.Code, w.Header())
		}
	}
	if told != 5 {
		t.Errorf("%d reports in one go", told)
	}
	refused := 0
	for i := range 1000 {
		if w := ask("GET", "/search?q="+strings.Repeat("x", i%50+1)+"&n="+strings.Repeat("1", i), nil); w.Code == http.StatusTooManyRequests {
			refused++
			if page := w.Body.String(); !strings.Contains(page, "太频繁") || !strings.Contains(page, "12345") {
				t.Fatal("the page is not clear")
			}
		}
	}
	if refused != 900 {
		t.Errorf("%d of 1,000 searches in one go refused", refused)
	}
	if w := ask("GET", "/search?q=other", nil, "X-Forwarded-For", "198.51.100.1"); w.Code != http.StatusTooManyRequests {
		t.Error("a forged address counts", w.Code)
	}
	ask("GET", "/", nil)
	if w := ask("GET", "/", nil); w.Code != http.StatusOK {
		t.Error("the first page", w.Code)
	}
	clock = clock.Add(10 * time.Second)
	if w := ask("GET", "/search?q=later", nil); w.Code != http.StatusOK {
		t.Error("after a while", w.Code)
	}
}

// Every published guide is in the sitemap under its canonical address, and the
// page at that address names it, with its data.
func TestSearchEnginesFindTheGuides(t *testing.T) {
	_, ids, ask := published(t)
	if robots := ask("GET", "/robots.txt", nil).Body.String(); !strings.Contains(robots, "Sitemap: http://example.com/sitemap.xml") {
		t.Error(robots)
	}
	if index := ask("GET", "/sitemap.xml", nil).Body.String(); !strings.Contains(index, "<loc>http://example.com/sitemaps/1</loc>") {
		t.Error(index)
	}
	sitemap := ask("GET", "/sitemaps/1", nil).Body.String()
	for _, id := range ids {
		address := "http://example.com/items/" + id
		if !strings.Contains(sitemap, "<loc>"+address+"</loc><lastmod>") {
			t.Errorf("%s is not in the sitemap", address)
		}
		page := ask("GET", "/items/"+id+"?q1=x", nil).Body.String()
		for _, want := range []string{`<link rel="canonical" href="` + address + `">`, `<meta name="description" content="`, `<script type="application/ld+json">`, `"@type":"GovernmentService"`, `"url":"` + address + `"`} {
			if !strings.Contains(page, want) {
				t.Errorf("the guide lacks %s", want)
			}
		}
	}
	for path, status := range map[string]int{"/sitemaps/0": 404, "/sitemaps/2": 404, "/sitemaps/x": 404} {
		if w := ask("GET", path, nil); w.Code != status {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}
