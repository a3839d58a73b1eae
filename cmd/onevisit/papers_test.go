package main

import (
	"archive/zip"
	"bytes"
	"context"
	"html"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"onevisit/internal/app/portal"
	"onevisit/internal/app/reform"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/publication"
)

// Every paper of the demonstration county can be printed by whom it concerns,
// and only by them.
func TestPapers(t *testing.T) {
	k, srv := demoCounty(t, "")
	public := &browser{t: t, base: srv.URL, c: srv.Client()}
	file := func(b *browser, want int, path string) string {
		t.Helper()
		i := strings.LastIndexByte(path, '/')
		req, err := http.NewRequest(http.MethodGet, srv.URL+path[:i+1]+url.PathEscape(path[i+1:]), nil)
		if err != nil {
			t.Fatal(err)
		}
		return b.do(want, req)
	}
	whole := func(b *browser, path string) {
		t.Helper()
		if pdf := file(b, http.StatusOK, path+".pdf"); !strings.HasPrefix(pdf, "%PDF-") {
			t.Errorf("%s.pdf is no PDF", path)
		}
		docx := file(b, http.StatusOK, path+".docx")
		if !strings.HasPrefix(docx, "PK") {
			t.Errorf("%s.docx is no Word file", path)
		}
	}
	found := k.portal.Search(portal.Query{Limit: 1})
	if len(found.Entries) == 0 {
		t.Fatal("nothing is published")
	}
	e := found.Entries[0]
	for _, kind := range portal.GuidePapers {
		whole(public, "/items/"+e.ID+"/papers/"+kind)
	}
	for _, u := range k.portal.Units() {
		if u.Total <= 10 { // printed while one waits
			whole(public, "/units/"+u.ID+"/papers/指南汇编")
			break
		}
	}
	file(public, http.StatusNotFound, "/items/"+e.ID+"/papers/没有的.pdf")
	file(public, http.StatusNotFound, "/items/"+e.ID+"/papers/办事指南.doc")

	office, liaison, county := signIn(t, srv.URL, "shengai"), signIn(t, srv.URL, "weijian"), signIn(t, srv.URL, "xianfu")
	list := office.get(http.StatusOK, "/work/submissions")
	kinds := map[string]bool{}
	for _, m := range regexp.MustCompile(`/work/submissions/([0-9a-f-]{36})`).FindAllStringSubmatch(list, -1) {
		page := office.get(http.StatusOK, m[0])
		for _, kind := range []string{"公开承诺书", "目录清单", "审核意见", "零报告", "报送回执", "实施清单汇编"} {
			if !kinds[kind] && strings.Contains(page, "/papers/"+kind+".pdf") {
				kinds[kind] = true
				whole(office, m[0]+"/papers/"+kind)
				if reform.HasSheet(kind) && !strings.HasPrefix(file(office, http.StatusOK, m[0]+"/papers/"+kind+".xlsx"), "PK") {
					t.Errorf("%s.xlsx is no workbook", kind)
				}
			}
		}
	}
	if len(kinds) != 6 {
		t.Errorf("only %v were found", kinds)
	}
	batch := regexp.MustCompile(`/work/batches/[0-9a-f-]{36}`).FindString(county.get(http.StatusOK, "/work/batches"))
	whole(county, batch+"/papers/批次公布公告")
	item := regexp.MustCompile(`/work/items/[0-9a-f-]{36}`).FindString(liaison.get(http.StatusOK, "/work/items"))
	whole(liaison, item+"/papers/实施清单")
	whole(liaison, item+"/papers/办事指南")
	if !strings.HasPrefix(file(liaison, http.StatusOK, item+"/papers/实施清单.xlsx"), "PK") {
		t.Error("the elements of one item are no workbook")
	}
	file(liaison, http.StatusNotFound, item+"/papers/办事指南.xlsx")
	file(signIn(t, srv.URL, "anquan"), http.StatusForbidden, item+"/papers/实施清单.pdf")
	file(liaison, http.StatusForbidden, batch+"/papers/批次公布公告.pdf")

	// What the announcement says is what the batch holds.
	var b bytes.Buffer
	a, err := k.office.Session(context.Background(), token(t, k, "xianfu"))
	if err != nil {
		t.Fatal(err)
	}
	id := batch[strings.LastIndexByte(batch, '/')+1:]
	if _, err := k.reform.PrintAnnouncement(context.Background(), a.Actor, &b, id, "docx", "https://example.org"); err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	f, err := z.Open("word/document.xml")
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	got, err := k.reform.Batch(context.Background(), a.Actor, id)
	if err != nil {
		t.Fatal(err)
	}
	for _, it := range got.Items {
		if it.Struck == "" && !strings.Contains(string(text), ">"+strings.NewReplacer("&", "&amp;", `"`, "&#34;").Replace(it.Name)+"<") {
			t.Errorf("the announcement lacks %s", it.Name)
		}
	}
}

// wordOf is the text of a Word file.
func wordOf(t *testing.T, file string) string {
	t.Helper()
	return html.UnescapeString(docxText(t, []byte(file)))
}

// The announcement of an adjustment says what is done to which items, what
// changes in them and why; also after it was published.
func TestAdjustmentPapers(t *testing.T) {
	k, srv := demoCounty(t, "")
	office := signIn(t, srv.URL, "shengai")
	actor, err := k.office.Session(t.Context(), token(t, k, "shengai"))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[publication.Op]bool{}
	for _, tab := range []string{"", "released"} {
		for _, m := range regexp.MustCompile(`/work/adjustments/([0-9a-f]{8}-[0-9a-f-]{27})`).FindAllStringSubmatch(office.get(http.StatusOK, "/work/adjustments?tab="+tab), -1) {
			v, err := k.reform.Adjustment(t.Context(), actor.Actor, m[1])
			if err != nil {
				t.Fatal(err)
			}
			if v.State == publication.Drafting {
				continue
			}
			path := m[0] + "/papers/" + url.PathEscape("调整公告")
			if pdf := office.get(http.StatusOK, path+".pdf"); !strings.HasPrefix(pdf, "%PDF-") {
				t.Errorf("%s is no PDF", path)
			}
			seen[v.Adjustment.Op] = true
			text := wordOf(t, office.get(http.StatusOK, path+".docx"))
			want := []string{v.Adjustment.Number, v.Adjustment.Reason, v.Adjustment.Effective.ChineseShort(), v.Adjustment.Op.Verb()}
			for i := range v.Adjustment.Items {
				it := &v.Adjustment.Items[i]
				want = append(want, it.Name, v.Adjustment.Op.Becomes(it))
				for _, c := range v.Changes[it.ItemID] {
					want = append(want, c.Label)
				}
				if v.Adjustment.Op == publication.OpChange && len(v.Changes[it.ItemID]) == 0 {
					t.Errorf("%s: nobody knows any more what changed in %s", v.Adjustment.Number, it.Name)
				}
			}
			text = strings.ReplaceAll(text, " ", "")
			for _, w := range want {
				if !strings.Contains(text, strings.ReplaceAll(w, " ", "")) {
					t.Errorf("the announcement of %s lacks %q", v.Adjustment.Number, w)
				}
			}
			if draft := strings.Contains(text, "印发"); draft != (v.State == publication.Sanctioned || v.State == publication.Released) {
				t.Errorf("%s is %s, its announcement says otherwise", v.Adjustment.Number, v.State)
			}
		}
	}
	for _, op := range []publication.Op{publication.OpChange, publication.OpSuspend, publication.OpCancel, publication.OpTransfer} {
		if !seen[op] {
			t.Errorf("the demonstration has no announcement of %s", op)
		}
	}
}

// The one-time notice of somebody's own case lists what that case asks for.
func TestPapersOfACase(t *testing.T) {
	k, srv := demoCounty(t, "")
	public := &browser{t: t, base: srv.URL, c: srv.Client()}
	for _, e := range k.portal.Search(portal.Query{Text: "公共场所卫生许可新办", Limit: 5}).Entries {
		g, err := k.portal.Guide(t.Context(), e.ID)
		if err != nil {
			t.Fatal(err)
		}
		if g.Item.Scenarios == nil {
			continue
		}
		for i := range g.Item.Scenarios.Leaves {
			answers, c := url.Values{}, g.Item.Case(i)
			for q, options := range c.When {
				answers.Set(q, options[0])
			}
			if page := public.get(http.StatusOK, "/items/"+e.ID+"?"+answers.Encode()); !strings.Contains(page, "/papers/一次性告知单.pdf?"+answers.Encode()) {
				t.Errorf("the page of %s does not offer its papers", c.Name)
			}
			for _, kind := range []string{"一次性告知单", "办事指南"} {
				text := wordOf(t, public.get(http.StatusOK, "/items/"+e.ID+"/papers/"+url.PathEscape(kind)+".docx?"+answers.Encode()))
				if !strings.Contains(text, c.Name) {
					t.Errorf("%s does not say that it is for %s", kind, c.Name)
				}
				for _, m := range g.Item.Materials {
					asked := slices.ContainsFunc(c.Materials, func(x catalog.Material) bool { return x.ID == m.ID })
					if strings.Contains(text, m.Name) != asked {
						t.Errorf("%s for %s: %q is there: %v", kind, c.Name, m.Name, !asked)
					}
				}
			}
		}
		return
	}
	t.Fatal("the demonstration has no item with cases")
}

// The county's booklet is a job's work: who asks first begins it, all see how
// far it is, and then get the file.
func TestBooklet(t *testing.T) {
	k, srv := demoCounty(t, "")
	public := &browser{t: t, base: srv.URL, c: srv.Client()}
	path := "/units/all/papers/" + url.PathEscape("指南汇编.pdf")
	for range 2 {
		if page := public.get(http.StatusAccepted, path); !strings.Contains(page, "编印进度") || !strings.Contains(page, `http-equiv="refresh"`) {
			t.Fatal("the page does not say that the booklet is being printed")
		}
	}
	claim := func() []byte {
		job, err := queue{k.db}.Claim(t.Context(), "test", []string{portal.BookletJob}, time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		if job == nil {
			return nil
		}
		return job.Payload
	}
	payload := claim()
	if payload == nil || claim() != nil {
		t.Fatal("not exactly one job")
	}
	if err := k.portal.RunBooklet(t.Context(), payload, func(int) {}); err != nil {
		t.Fatal(err)
	}
	if pdf := public.get(http.StatusOK, path); !strings.HasPrefix(pdf, "%PDF-") || len(pdf) < 100_000 {
		t.Errorf("no booklet: %d bytes", len(pdf))
	}
	// Nobody makes the county print for ever.
	var err error
	for i := 0; err == nil && i < 100; i++ {
		_, _, err = k.portal.AskBooklet(t.Context(), io.Discard, portal.WholeCounty, "docx", "https://"+strings.Repeat("x", i)+".example.org/")
	}
	if !fault.Is(err, fault.Unavailable) {
		t.Errorf("100 addresses: %v", err)
	}
}

// A scan that is too large or no scan is refused in words, through the pages; a
// good one is there for the reviewing offices.
func TestScansThroughThePages(t *testing.T) {
	_, srv := demoCounty(t, "")
	office := signIn(t, srv.URL, "shengai")
	var login, sub string
	for _, m := range regexp.MustCompile(`/work/submissions/([0-9a-f-]{36})`).FindAllString(office.get(http.StatusOK, "/work/submissions"), -1) {
		if page := office.get(http.StatusOK, m); strings.Contains(page, "承诺书扫描件") && strings.Contains(page, "文化广电和旅游局") {
			login, sub = "wenlv", m
			break
		}
	}
	if sub == "" {
		t.Fatal("the demonstration's culture bureau has not reported")
	}
	liaison := signIn(t, srv.URL, login)
	send := func(want int, name string, content io.Reader) string {
		t.Helper()
		var head bytes.Buffer
		w := multipart.NewWriter(&head)
		if err := w.WriteField("form_token", liaison.token()); err != nil {
			t.Fatal(err)
		}
		if _, err := w.CreateFormFile("scan", name); err != nil {
			t.Fatal(err)
		}
		req, err := http.NewRequest(http.MethodPost, srv.URL+sub+"/scans", io.MultiReader(&head, content, strings.NewReader("\r\n--"+w.Boundary()+"--\r\n")))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", w.FormDataContentType())
		return liaison.do(want, req)
	}
	if page := send(http.StatusUnprocessableEntity, "承诺书.pdf", io.LimitReader(zeros{}, 200<<20)); !strings.Contains(page, "超过 20 MB 的上限") {
		t.Error("200 MB: no clear message")
	}
	if page := send(http.StatusUnprocessableEntity, "承诺书.docx", strings.NewReader("PK")); !strings.Contains(page, "不是 PDF、JPG 或 PNG") {
		t.Error("a Word file: no clear message")
	}
	if page := send(http.StatusUnprocessableEntity, "承诺书.pdf", strings.NewReader("%PDF-1.4 签字")); !strings.Contains(page, "“承诺书.pdf”不完整") || !strings.Contains(page, `name="scan"`) {
		t.Error("half a scan: no clear message at the form")
	}
	if page := send(http.StatusOK, "承诺书.pdf", strings.NewReader("%PDF-1.4 签字盖章 %%EOF")); !strings.Contains(page, "承诺书.pdf") {
		t.Error("the scan is not on the page")
	}
	link := regexp.MustCompile(sub + `/scans/[0-9a-f-]{36}`).FindString(office.get(http.StatusOK, sub))
	if got := office.get(http.StatusOK, link); got != "%PDF-1.4 签字盖章 %%EOF" {
		t.Errorf("the office gets %q", got)
	}
	signIn(t, srv.URL, "weijian").get(http.StatusForbidden, link)
}

// A county replaces the text of a paper, looks at it first, and brings the old
// one back; what has a defect is refused with its place.
func TestTemplatesThroughThePages(t *testing.T) {
	k, srv := demoCounty(t, "")
	office, public := signIn(t, srv.URL, "shengai"), &browser{t: t, base: srv.URL, c: srv.Client()}
	signIn(t, srv.URL, "weijian").get(http.StatusForbidden, "/work/templates")
	list := office.get(http.StatusOK, "/work/templates")
	for _, name := range append([]string{"公开承诺书", "批次公布公告"}, portal.GuidePapers...) {
		if !strings.Contains(list, name) {
			t.Errorf("%s is not listed", name)
		}
	}
	e := k.portal.Search(portal.Query{Limit: 1}).Entries[0]
	guide := "/items/" + e.ID + "/papers/" + url.PathEscape("一次性告知单.pdf")
	before := public.get(http.StatusOK, guide)
	path := "/work/templates/" + url.PathEscape("一次性告知单")
	if page := office.post(http.StatusUnprocessableEntity, path, "do", "replace", "text", "# 单\r\n{{.Nam}}"); !strings.Contains(page, "第 2 行第 4 列没有字段“Nam”") || !strings.Contains(page, "{{.Nam}}") {
		t.Error("the page does not say where the defect is")
	}
	if page := office.post(http.StatusUnprocessableEntity, path, "do", "preview", "text", "{{if .Name}}"); !strings.Contains(page, "{{end}}") {
		t.Error("the preview does not say what is missing")
	}
	const own = "# 本县一次性告知单\r\n> {{.Name}}\r\n"
	if pdf := office.post(http.StatusOK, path, "do", "preview", "text", own); !strings.HasPrefix(pdf, "%PDF-") {
		t.Error("no preview")
	}
	if public.get(http.StatusOK, guide) != before {
		t.Error("a preview or a refusal has changed the paper")
	}
	office.post(http.StatusOK, path, "do", "replace", "text", own)
	if now := public.get(http.StatusOK, guide); now == before || !strings.HasPrefix(now, "%PDF-") {
		t.Error("the county's template is not used")
	}
	office.post(http.StatusOK, path, "do", "restore")
	if !strings.Contains(office.get(http.StatusOK, path), "系统自带的模板") {
		t.Error("not restored")
	}
}
