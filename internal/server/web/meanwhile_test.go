package web

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"onevisit/internal/app/portal"
	"onevisit/internal/countytest"
	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/publication"
	"onevisit/internal/infra/blob"
	"onevisit/internal/infra/store/storetest"
)

// What a reader has open when a release comes still leads on: a report says what
// has changed and loses nothing, a page behind the end shows the last one, answers
// that are no longer asked for are asked anew.
func TestAReleaseComesMeanwhile(t *testing.T) {
	db := storetest.OpenSQLite(t)
	publisher := countytest.NewPublisher(t, db)
	items := make([]*catalog.Item, 250)
	for i, it := range countytest.Items(len(items)) {
		c := *it
		c.Name, c.Variant, c.Unit = "甲类登记"+strconv.Itoa(i), "", "某某县登记局"
		items[i] = &c
	}
	items[0].Scenarios = &catalog.Scenarios{Questions: []catalog.Question{{ID: "q1", Text: "谁来办", Options: []string{"本人", "代办人"}}},
		Leaves: []catalog.Leaf{{Name: "本人办", When: map[string]catalog.Options{"q1": {"本人"}}}, {Name: "代办", When: map[string]catalog.Options{"q1": {"代办人"}}}}}
	ids := publisher.Publish(items)
	p := portal.New(db, blob.New(t.TempDir()), nil, nil)
	refresh := func() {
		t.Helper()
		if err := p.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	refresh()
	s := New(Config{Portal: p, County: func() org.County { return org.County{Name: "某某县"} }, Calendar: calendar.Embedded(), Now: time.Now})
	ask := func(method, path string, form url.Values) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
		if form != nil {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		return w
	}
	read := func(page string) string {
		t.Helper()
		m := regexp.MustCompile(`name="read" value="(\d+)"`).FindStringSubmatch(page)
		if m == nil {
			t.Fatal("the form does not say what was read")
		}
		return m[1]
	}
	changed, suspended := "/items/"+ids[0], "/items/"+ids[1]
	form := url.Values{"at": {"phones"}, "text": {"电话打不通，已经是空号"}, "read": {read(ask("GET", changed+"/report", nil).Body.String())}}
	other := url.Values{"at": {"phones"}, "text": {"大门换到了北侧"}, "read": {read(ask("GET", suspended+"/report", nil).Body.String())}}
	last := ask("GET", "/units", nil).Body.String()
	unit := regexp.MustCompile(`/units/[0-9a-f-]{36}`).FindString(last)
	far := []string{"/search?q=" + url.QueryEscape("甲类登记") + "&from=240", unit + "?from=200", "/names/J?from=200", "/batches/1?from=200", "/lists/once?from=200"}
	for _, path := range far {
		if w := ask("GET", path, nil); w.Code != http.StatusOK && !strings.HasPrefix(path, "/events") {
			t.Errorf("%s before: %d", path, w.Code)
		}
	}

	// The release: the first item has new contents, the second is suspended, most of
	// the others are cancelled.
	again := *items[0]
	again.Enquiry = []string{"0319-7299999"}
	again.Scenarios = &catalog.Scenarios{Questions: []catalog.Question{{ID: "q1", Text: "谁来办", Options: []string{"本人", "委托他人"}}},
		Leaves: []catalog.Leaf{{Name: "本人办", When: map[string]catalog.Options{"q1": {"本人"}}}, {Name: "委托", When: map[string]catalog.Options{"q1": {"委托他人"}}}}}
	publisher.Publish([]*catalog.Item{&again}, ids[0])
	publisher.Adjust(publication.StandingSuspended, "", ids[1])
	publisher.Adjust(publication.StandingCancelled, "", ids[30:]...)
	refresh()

	w := ask("POST", changed+"/report", form)
	page := w.Body.String()
	if w.Code != http.StatusConflict || !strings.Contains(page, "有了新的内容") || !strings.Contains(page, form.Get("text")) || !strings.Contains(page, `value="phones" selected`) {
		t.Errorf("a report on a former version: %d", w.Code)
	}
	form.Set("read", read(page))
	if w := ask("POST", changed+"/report", form); w.Code != http.StatusSeeOther {
		t.Errorf("the same report again: %d", w.Code)
	}
	if w := ask("POST", suspended+"/report", other); w.Code != http.StatusConflict || !strings.Contains(w.Body.String(), other.Get("text")) || !strings.Contains(w.Body.String(), "12345") {
		t.Errorf("a report on what is suspended: %d", w.Code)
	}
	if page := ask("GET", changed+"?q1="+url.QueryEscape("代办人"), nil).Body.String(); !strings.Contains(page, "请按实际情况重新选择") || !strings.Contains(page, "委托他人") {
		t.Error("an answer that is gone is not asked for anew")
	}
	if page := ask("GET", changed+"?q1="+url.QueryEscape("本人"), nil).Body.String(); strings.Contains(page, "请按实际情况重新选择") {
		t.Error("an answer that still holds is asked for anew")
	}
	for _, path := range far {
		if strings.HasPrefix(path, "/events") {
			continue
		}
		w := ask("GET", path, nil)
		if page := w.Body.String(); w.Code != http.StatusOK || !slices.ContainsFunc(items[:250], func(it *catalog.Item) bool {
			return strings.Contains(strings.NewReplacer("<mark>", "", "</mark>", "").Replace(page), ">"+it.Name+"<")
		}) {
			t.Errorf("%s afterwards: %d, and nothing on the page", path, w.Code)
		}
	}
}
