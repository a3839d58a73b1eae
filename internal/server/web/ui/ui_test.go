package ui

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"
	"golang.org/x/net/html"

	"onevisit/internal/domain/calendar"
)

func samplePage() Page {
	return Page{Title: "组件样例", Site: "某某县", Path: "/work/items/42", Demo: true, CSRF: "token-1",
		Nav: []NavItem{{Label: "我的待办", Href: "/work/", Count: 12}, {Label: "事项", Href: "/work/items", Group: "清单"}, {Label: "导入", Href: "/work/import", Group: "清单"},
			{Label: "报送与审核", Href: "/work/submissions", Group: "审核"}, {Label: "全县情况", Href: "/work/board", Group: "督查"}},
		Crumbs: []Crumb{{"工作台", "/work/"}, {"事项", "/work/items"}},
		User:   &UserView{Name: "覃晓燕", Unit: "市场监督管理局", Roles: "单位联络员"},
		Flash:  "已保存。", ReleaseText: "第 3 次公布（2018-3）", ContactPhone: "12345"}
}

func render(t *testing.T, c templ.Component) string {
	t.Helper()
	var b bytes.Buffer
	if err := c.Render(context.Background(), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// wellFormed walks the tokens: every start tag that needs an end has it, in order.
func wellFormed(t *testing.T, page string) {
	t.Helper()
	void := map[string]bool{"meta": true, "link": true, "input": true, "br": true, "hr": true, "img": true}
	var open []string
	z := html.NewTokenizer(strings.NewReader(page))
	for {
		switch z.Next() {
		case html.ErrorToken:
			if z.Err() != io.EOF {
				t.Fatal(z.Err())
			}
			if len(open) > 0 {
				t.Errorf("left open: %v", open)
			}
			return
		case html.StartTagToken:
			name, _ := z.TagName()
			if !void[string(name)] {
				open = append(open, string(name))
			}
		case html.EndTagToken:
			name, _ := z.TagName()
			if len(open) == 0 || open[len(open)-1] != string(name) {
				t.Fatalf("</%s> closes %v", name, open)
			}
			open = open[:len(open)-1]
		}
	}
}

func attr(n *html.Node, name string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

func text(n *html.Node) string {
	if n.Type == html.TextNode {
		return n.Data
	}
	s := ""
	for c := range n.ChildNodes() {
		s += text(c)
	}
	return s
}

// complaints lists what is wrong with a page for a screen reader or a keyboard.
func complaints(page string) []string {
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		return []string{err.Error()}
	}
	var out []string
	say := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	ids, labels := map[string]int{}, map[string]bool{}
	var refs, controls []string
	var inline []string
	h1 := 0
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		if id, ok := attr(n, "id"); ok {
			ids[id]++
			if id == "" || strings.ContainsAny(id, " []") {
				say("id %q", id)
			}
		}
		if v, ok := attr(n, "aria-describedby"); ok {
			refs = append(refs, strings.Fields(v)...)
		}
		if v, ok := attr(n, "list"); ok {
			refs = append(refs, v)
		}
		for _, a := range n.Attr {
			if strings.HasPrefix(a.Key, "on") || a.Key == "style" {
				inline = append(inline, n.Data+" "+a.Key)
			}
		}
		switch n.Data {
		case "h1":
			h1++
		case "label":
			v, _ := attr(n, "for")
			labels[v] = true
			refs = append(refs, v)
			if strings.TrimSpace(text(n)) == "" {
				say("label for %q is empty", v)
			}
		case "input", "select", "textarea":
			kind, _ := attr(n, "type")
			if kind == "hidden" {
				continue
			}
			id, _ := attr(n, "id")
			controls = append(controls, id)
		case "a":
			v, ok := attr(n, "href")
			if !ok {
				say("link without address: %q", text(n))
			}
			if strings.HasPrefix(v, "#") {
				refs = append(refs, v[1:])
			}
			if strings.TrimSpace(text(n)) == "" {
				say("link to %q has no text", v)
			}
		case "button":
			if strings.TrimSpace(text(n)) == "" {
				say("button without text")
			}
		case "fieldset":
			if c := n.FirstChild; c == nil || c.Data != "legend" {
				say("fieldset without legend")
			}
		case "th":
			if _, ok := attr(n, "scope"); !ok {
				say("th without scope: %q", text(n))
			}
		case "table":
			if c := n.FirstChild; c == nil || c.Data != "caption" {
				say("table without caption")
			}
		}
	}
	for id, n := range ids {
		if n > 1 {
			say("id %q stands %d times", id, n)
		}
	}
	for _, r := range refs {
		if ids[r] == 0 {
			say("nothing has the id %q", r)
		}
	}
	for _, c := range controls {
		if !labels[c] {
			say("control %q has no label", c)
		}
	}
	if h1 == 0 {
		say("no h1")
	}
	// The pages are served under a policy that forbids scripts and styles in
	// the markup.
	for _, i := range inline {
		say("inline: %s", i)
	}
	return out
}

func TestStyleguideIsSoundInBothLayouts(t *testing.T) {
	for name, layout := range map[string]func(Page, templ.Component) templ.Component{"portal": PortalLayout, "work": WorkbenchLayout} {
		for _, elder := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s elder=%v", name, elder), func(t *testing.T) {
				p := samplePage()
				p.Elder = elder
				page := render(t, layout(p, Styleguide()))
				wellFormed(t, page)
				for _, c := range complaints(page) {
					t.Error(c)
				}
				for _, want := range []string{DemoText, `href="#main"`, `name="form_token" value="token-1"`, "覃晓燕", "tel:12345", Href("app.css"), "第 3 次公布"} {
					if !strings.Contains(page, want) {
						t.Errorf("page lacks %q", want)
					}
				}
				if got := strings.Contains(page, `<html lang="zh-CN" class="elder">`); got != elder {
					t.Errorf("elder class: %v", got)
				}
			})
		}
	}
}

func TestComplaintsNoticeFaults(t *testing.T) {
	for _, bad := range []string{
		`<h1>题</h1><p id="a"></p><p id="a"></p>`,
		`<h1>题</h1><input id="x">`,
		`<h1>题</h1><label for="y">名称</label>`,
		`<h1>题</h1><a href="/x"> </a>`,
		`<h1>题</h1><p onclick="x()">`,
		`<p>无题</p>`,
		`<h1>题</h1><table><tr><td></td></tr></table>`,
	} {
		if len(complaints(bad)) == 0 {
			t.Errorf("nothing found in %s", bad)
		}
	}
}

func TestTextIsEscaped(t *testing.T) {
	evil := `"><script>alert(1)</script>`
	page := render(t, PortalLayout(Page{Title: evil, Flash: evil, Site: evil, Path: evil}, ErrorPage(ErrorView{Status: 422, What: evil, Number: evil, Back: "javascript:alert(1)", Fields: []FieldError{{evil, evil}}})))
	page += render(t, Input(FieldView{Name: evil, Label: evil, Value: evil, Error: evil, Help: evil}))
	if strings.Contains(page, "<script>alert") {
		t.Error("a script got through")
	}
	if strings.Contains(page, `href="javascript:`) {
		t.Error("a javascript address got through")
	}
}

func TestCurrentNavigation(t *testing.T) {
	p := samplePage()
	for path, want := range map[string]string{
		"/work/": "我的待办", "/work/items": "事项", "/work/items/42": "事项", "/work/itemsx": "", "/work/board": "全县情况", "/": "",
	} {
		p.Path = path
		got := ""
		for _, n := range p.Nav {
			if p.current(n) {
				got += n.Label
			}
		}
		if got != want {
			t.Errorf("%s: current %q, want %q", path, got, want)
		}
	}
}

func TestElderLink(t *testing.T) {
	for _, c := range []struct {
		p    Page
		want string
	}{
		{Page{}, "/elder?on=1&back=%2F"},
		{Page{Path: "/s", Query: "q=落户&n=2"}, "/elder?on=1&back=%2Fs%3Fq%3D%E8%90%BD%E6%88%B7%26n%3D2"},
		{Page{Path: "/guide/1", Elder: true}, "/elder?on=0&back=%2Fguide%2F1"},
	} {
		if got := c.p.elderHref(); got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
}

func TestVisits(t *testing.T) {
	for n, want := range map[int]string{-1: "待核算", 0: "零上门", 1: "一次上门", 2: "多次上门", 9: "多次上门"} {
		if page := render(t, VisitBadge(n)); !strings.Contains(page, want) {
			t.Errorf("%d: %s", n, page)
		}
	}
	if page := render(t, VisitAnswer(4, "")); !strings.Contains(page, "目前需要跑 4 次") {
		t.Error(page)
	}
}

func TestTexts(t *testing.T) {
	due := calendar.MustDate("2018-09-30")
	for _, c := range []struct{ got, want string }{
		{Count(0), "0"}, {Count(999), "999"}, {Count(1000), "1,000"}, {Count(1234567), "1,234,567"}, {Count(-1234), "-1,234"}, {Count(-100), "-100"},
		{Moment(time.Date(2018, 9, 30, 7, 4, 0, 0, time.UTC)), "2018年9月30日（周日）15:04"},
		{Moment(time.Date(2018, 9, 30, 18, 0, 0, 0, time.UTC)), "2018年10月1日（周一）02:00"},
		{Moment(time.Time{}), ""},
		{DaysLeft(3, due), "还剩 3 个工作日（9月30日前）"},
		{DaysLeft(0, due), "今天到期（9月30日到期）"},
		{DaysLeft(-2, due), "已超期 2 个工作日（9月30日到期）"},
		{DaysLeft(201, due), "还剩 201 个工作日（2018年9月30日前）"},
		{DaysLeft(5, calendar.Date{}), "还剩 5 个工作日"},
		{DaysLight(3) + DaysLight(2) + DaysLight(0) + DaysLight(-1), "greenyellowyellowred"},
		{Size(0), "0 字节"}, {Size(1023), "1023 字节"}, {Size(1024), "1 KB"}, {Size(320000), "313 KB"}, {Size(1468006), "1.4 MB"}, {Size(3 << 30), "3.0 GB"},
		{Money(0), "免费"}, {Money(2500), "25 元"}, {Money(1250), "12.50 元"}, {Money(120000005), "1,200,000.05 元"}, {Money(-50), "-0.50 元"},
		{Percent(1, 3), "33.3%"}, {Percent(2310, 2311), "99.9%"}, {Percent(5, 5), "100%"}, {Percent(0, 0), "—"}, {Percent(0, 4), "0%"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestAssets(t *testing.T) {
	get := func(path, encoding, match string) *httptest.ResponseRecorder {
		r := httptest.NewRequest("GET", path, nil)
		r.Header.Set("Accept-Encoding", encoding)
		r.Header.Set("If-None-Match", match)
		w := httptest.NewRecorder()
		Handler().ServeHTTP(w, r)
		return w
	}
	for _, name := range []string{"app.css", "print.css", "app.js", "favicon.svg"} {
		plain := get(Href(name), "br", "")
		zipped := get(Href(name), "gzip, br", "")
		if plain.Code != 200 || zipped.Code != 200 {
			t.Fatalf("%s: %d, %d", name, plain.Code, zipped.Code)
		}
		if zipped.Header().Get("Content-Encoding") == "gzip" {
			z, err := gzip.NewReader(zipped.Body)
			if err != nil {
				t.Fatal(err)
			}
			b, err := io.ReadAll(z)
			if err != nil || !bytes.Equal(b, plain.Body.Bytes()) {
				t.Errorf("%s: compressed content differs (%v)", name, err)
			}
		} else if name != "favicon.svg" {
			t.Errorf("%s is not compressed", name)
		}
		if cc := plain.Header().Get("Cache-Control"); !strings.Contains(cc, "immutable") {
			t.Errorf("%s: Cache-Control %q", name, cc)
		}
		if w := get(Href(name), "br", plain.Header().Get("ETag")); w.Code != http.StatusNotModified || w.Body.Len() > 0 {
			t.Errorf("%s: second request gives %d with %d bytes", name, w.Code, w.Body.Len())
		}
	}
	for _, path := range []string{"/assets/app.css", "/assets/app.000000000000.css", "/assets/", "/assets/../ui.go"} {
		if w := get(path, "", ""); w.Code != 404 {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}

// TestClassesAreStyled keeps the components and the sheet together: a class in
// the style guide that no rule knows is a typing error.
func TestClassesAreStyled(t *testing.T) {
	known := map[string]bool{}
	for _, m := range regexp.MustCompile(`\.([a-z][a-z0-9-]*)`).FindAllStringSubmatch(read("app.css")+read("print.css"), -1) {
		known[m[1]] = true
	}
	// These mark kinds that look like the plain case.
	plain := map[string]bool{"standard": true, "finding-error": true, "finding-warning": true, "finding-advice": true, "button-secondary": true, "check-free": true,
		"progress-label": true, "steps-name": true, "bar-roles": true, "step-what": true, "step-days": true, "step-office": true, "facet-label": true, "finding-text": true, "shape-grey": true}
	root, err := html.Parse(strings.NewReader(render(t, PortalLayout(samplePage(), Styleguide())) + render(t, WorkbenchLayout(samplePage(), Styleguide()))))
	if err != nil {
		t.Fatal(err)
	}
	for n := range root.Descendants() {
		c, _ := attr(n, "class")
		for _, name := range strings.Fields(c) {
			if !known[name] && !plain[name] {
				t.Errorf("class %q has no rule", name)
				plain[name] = true
			}
		}
	}
}

func BenchmarkStyleguide(b *testing.B) {
	p := samplePage()
	b.ReportAllocs()
	for b.Loop() {
		if err := WorkbenchLayout(p, Styleguide()).Render(context.Background(), io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}
