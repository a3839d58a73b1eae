package main

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"onevisit/internal/infra/store/storetest"
)

// form reads the fields of a page's form as a browser would send them.
func form(t *testing.T, page, action string) url.Values {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	attr := func(n *html.Node, key string) (string, bool) {
		for _, a := range n.Attr {
			if a.Key == key {
				return a.Val, true
			}
		}
		return "", false
	}
	values := url.Values{}
	found := false
	var walk func(n *html.Node, in bool)
	walk = func(n *html.Node, in bool) {
		name, _ := attr(n, "name")
		switch {
		case n.Type == html.ElementNode && n.Data == "form":
			a, _ := attr(n, "action")
			in = strings.HasSuffix(a, action)
			found = found || in
		case !in || n.Type != html.ElementNode || name == "":
		case n.Data == "input":
			kind, _ := attr(n, "type")
			v, _ := attr(n, "value")
			if _, on := attr(n, "checked"); on || kind != "checkbox" && kind != "radio" {
				values.Add(name, v)
			}
		case n.Data == "textarea":
			if n.FirstChild != nil {
				values.Add(name, n.FirstChild.Data)
			} else {
				values.Add(name, "")
			}
		case n.Data == "select":
			first, chosen := "", ""
			var ok, any bool
			for o := range n.Descendants() {
				if o.Data != "option" {
					continue
				}
				v, _ := attr(o, "value")
				if !any {
					first, any = v, true
				}
				if _, on := attr(o, "selected"); on {
					chosen, ok = v, true
				}
			}
			if !ok {
				chosen = first
			}
			values.Add(name, chosen)
		}
		for c := range n.ChildNodes() {
			walk(c, in)
		}
	}
	walk(doc, false)
	if !found {
		t.Fatalf("no form for %s on the page", action)
	}
	return values
}

// with is a copy of a form with some values replaced.
func with(form url.Values, pairs ...string) url.Values {
	out := url.Values{}
	for k, v := range form {
		out[k] = v
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		out.Set(pairs[i], pairs[i+1])
	}
	return out
}

// An item is filled in from nothing on the editor, without a script: rows are
// added, moved and removed, the figure follows, what cannot be read is kept,
// repairs and former versions are a click away, and two people's edits meet.
func TestEditor(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { editor(t, "") })
	t.Run("postgres", func(t *testing.T) { editor(t, storetest.PostgresURL(t)) })
}

func editor(t *testing.T, databaseURL string) {
	k, srv := demoCounty(t, databaseURL)
	liaison, other := signIn(t, srv.URL, "weijian"), signIn(t, srv.URL, "shenpi")

	page := liaison.get(http.StatusOK, "/work/items/new")
	liaison.send(http.StatusUnprocessableEntity, "/work/items/new", with(form(t, page, "/work/items/new"), "name", " "))
	page = liaison.send(http.StatusOK, "/work/items/new", with(form(t, page, "/work/items/new"), "name", "诊所备案", "type", "其他行政权力"))
	item := regexp.MustCompile(`/work/items/([0-9a-f-]{36})/edit`).FindStringSubmatch(page)[1]
	path := "/work/items/" + item
	other.get(http.StatusForbidden, path+"/edit")

	// Two steps with a wait between them, a window, and two duties there.
	f := form(t, page, "/edit")
	for _, op := range []string{"add process.sites", "add process.steps", "add process.steps", "add process.touchpoints", "add process.touchpoints"} {
		page = liaison.send(http.StatusOK, path+"/edit", with(f, "op", op))
		f = form(t, page, "/edit")
	}
	f = with(f, "t.process.sites.0.name", "3号窗口", "t.process.sites.0.hall", "县政务服务大厅",
		"t.process.steps.0.kind", "受理", "t.process.steps.0.waits", "是", "t.process.steps.1.kind", "送达",
		"t.process.touchpoints.0.duty", "提交", "t.process.touchpoints.0.from", "s1", "t.process.touchpoints.0.to", "s1", "t.process.touchpoints.0.site", "p1",
		"t.process.touchpoints.1.duty", "领取", "t.process.touchpoints.1.from", "s2", "t.process.touchpoints.1.to", "s2", "t.process.touchpoints.1.site", "p1")
	live := liaison.send(http.StatusOK, path+"/judge", f)
	if !strings.Contains(live, "目前需要跑 2 次") || strings.Count(live, "<svg") == 0 || strings.Contains(live, "<html") {
		t.Errorf("the figure of the form is missing:\n%s", live)
	}
	// Nothing was saved, but a closed browser loses nothing.
	page = liaison.get(http.StatusOK, path+"/edit")
	if !strings.Contains(page, "尚未保存的修改") || !strings.Contains(page, "目前需要跑 2 次") {
		t.Fatal("the draft is lost")
	}
	if strings.Contains(liaison.get(http.StatusOK, path), "3号窗口") {
		t.Error("a draft changed the item")
	}
	// The result comes by express now; a limit that cannot be read keeps all.
	f = with(form(t, page, "/edit"), "f.promised_limit", "尽快")
	f.Add("t.process.touchpoints.1.remote", "快递")
	page = liaison.send(http.StatusUnprocessableEntity, path+"/edit", f)
	if !strings.Contains(page, `value="尽快"`) || !strings.Contains(page, "最多跑一次") {
		t.Error("what was typed is gone, or the figure did not follow")
	}
	page = liaison.send(http.StatusOK, path+"/edit", with(form(t, page, "/edit"), "f.promised_limit", "即办", "f.case_type", "承诺件"))
	if !strings.Contains(page, "已保存。") || !strings.Contains(page, "最多跑一次") {
		t.Error("the item was not saved")
	}
	// E03 offers to correct the case type.
	f = form(t, page, "/repair")
	liaison.send(http.StatusOK, path+"/repair", with(f, "repair", "E03 case_type"))
	liaison.send(http.StatusConflict, path+"/repair", with(f, "repair", "E03 case_type")) // sent twice
	page = liaison.get(http.StatusOK, path+"/history")
	for _, want := range []string{"按检查结果更正（E03）", "办件类型由“承诺件”改为“即办件”", "新增到场事由"} {
		if !strings.Contains(page, want) {
			t.Errorf("the history does not say %q", want)
		}
	}
	// Steps change places and one goes; the restored version has them again.
	f = form(t, liaison.get(http.StatusOK, path+"/edit"), "/edit")
	page = liaison.send(http.StatusOK, path+"/edit", with(f, "op", "up process.steps 1"))
	f = form(t, page, "/edit")
	if f.Get("t.process.steps.0.kind") != "送达" || f.Get("t.process.steps.1.waits") != "是" {
		t.Error("the steps did not change places")
	}
	page = liaison.send(http.StatusOK, path+"/edit", with(f, "op", "remove process.touchpoints 1"))
	liaison.send(http.StatusOK, path+"/edit", form(t, page, "/edit"))
	page = liaison.get(http.StatusOK, path+"/history")
	liaison.send(http.StatusOK, path+"/restore", form(t, page, "/restore"))
	f = form(t, liaison.get(http.StatusOK, path+"/edit"), "/edit")
	if f.Get("t.process.steps.0.kind") != "受理" || f.Get("n.process.touchpoints") != "2" {
		t.Error("the former version is not restored")
	}

	// Two windows of one browser, both edited: different fields join, the same
	// field asks.
	first := with(f, "f.office", "医政股", "f.quota", "无")
	second := with(f, "f.quota", "每年 20 家", "f.intermediary", "无")
	liaison.send(http.StatusOK, path+"/edit", first)
	page = liaison.send(http.StatusConflict, path+"/edit", second)
	if !strings.Contains(page, "两边都改了的内容（1 处）") || !strings.Contains(page, "每年 20 家") {
		t.Fatal("the clash is not shown")
	}
	liaison.send(http.StatusOK, path+"/merge", with(form(t, page, "/merge"), "take.quota", "mine"))
	f = form(t, liaison.get(http.StatusOK, path+"/edit"), "/edit")
	if got := fmt.Sprint(f.Get("f.office"), f.Get("f.quota"), f.Get("f.intermediary")); got != "医政股每年 20 家无" {
		t.Errorf("merged to %s", got)
	}
	liaison.get(http.StatusNotFound, path+"/merge") // nothing left to merge
	// A button that is none, and a row that is none.
	liaison.send(http.StatusUnprocessableEntity, path+"/edit", with(f, "op", "drop everything"))
	liaison.send(http.StatusUnprocessableEntity, path+"/edit", with(f, "op", "remove materials 99"))

	// A table of the length that no page can hold: the last row that fits is
	// followed by an answer, and so is an item that came from a file.
	full := with(f, "n.faq", "200")
	liaison.send(http.StatusOK, path+"/edit", with(full, "op", "up faq 199"))
	page = liaison.send(http.StatusConflict, path+"/edit", with(full, "op", "add faq"))
	if !strings.Contains(page, "超过编辑页的上限 200 行") {
		t.Error("the editor does not say how long a table may be")
	}
	who := actors(t, k, "weijian")["weijian"]
	v, err := k.reform.Item(t.Context(), who, item)
	if err != nil {
		t.Fatal(err)
	}
	touch := v.Data.Process.Touchpoints[0]
	for i := range 3000 {
		touch.ID = fmt.Sprint("u", i)
		v.Data.Process.Touchpoints = append(v.Data.Process.Touchpoints, touch)
	}
	if err := k.reform.SaveItem(t.Context(), who, item, v.Version, v.Data); err != nil {
		t.Fatal(err)
	}
	page = liaison.get(http.StatusConflict, path+"/edit")
	if !strings.Contains(page, "超过编辑页的上限 200 行。请在清单文件中合并、整理后重新导入") {
		t.Error("the editor does not say why the item cannot be edited here")
	}
	if page = liaison.get(http.StatusOK, path); !strings.Contains(page, "最多跑一次") {
		t.Error("the item of many touchpoints cannot be read")
	}
}
