package main

import (
	"context"
	"fmt"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"onevisit/internal/app/portal"
)

// at says what has the focus: where in the page's order it stands, what it is, and
// whether one sees that it has it.
const at = `(function () {
	var e = document.activeElement, all = document.querySelectorAll("*");
	if (!e || e === document.body) { return {order: -1}; }
	var s = getComputedStyle(e), r = e.getBoundingClientRect();
	return {
		order: Array.prototype.indexOf.call(all, e),
		what: e.tagName + "." + (e.getAttribute("class") || "") + " " + (e.textContent || e.name || "").trim().slice(0, 20),
		seen: s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2 && r.width > 0 && r.height > 0 && r.bottom > 0 && r.top < innerHeight && r.left < innerWidth && r.right > 0
	};
})()`

type focus struct {
	Order int    `json:"order"`
	What  string `json:"what"`
	Seen  bool   `json:"seen"`
}

// What can be reached with the keyboard: links, buttons, fields, folded parts; of
// a group of radio buttons one.
const reachable = `Array.prototype.filter.call(document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']"), function (e) {
	var s = getComputedStyle(e), d = e.parentElement;
	for (; d; d = d.parentElement) { if (d.tagName === "DETAILS" && !d.open && !(e.tagName === "SUMMARY" && e.parentElement === d)) { return false; } }
	return !e.disabled && e.tabIndex >= 0 && s.visibility !== "hidden" && e.getClientRects().length > 0;
}).length`

// The public pages as those have them who use no mouse, see nothing, or need
// large type.
func TestReaders(t *testing.T) {
	browser := chromium(t)
	k, srv := signedCounty(t)
	for name, test := range map[string]func(*testing.T, context.Context, *county, *httptest.Server){
		"keyboard": keyboardWalks, "suggestions": keyboardSuggests, "screen reader": screenReaderHears, "large type": pagesGrow,
	} {
		t.Run(name, func(t *testing.T) { test(t, browser, k, srv) })
	}
}

// With the Tab key alone one comes past everything that can be used, in the order
// of the page, sees where one is, and gets out again.
func keyboardWalks(t *testing.T, browser context.Context, k *county, srv *httptest.Server) {
	guide := "/items/" + k.portal.Search(portal.Query{Text: "个体工商户设立登记", Limit: 1}).Entries[0].ID
	b := open(t, browser, srv.URL, 1366)
	for _, path := range []string{"/", "/search?q=" + url.QueryEscape("残疾人证"), guide, guide + "/checklist", guide + "/report?at=phones", "/verify?code=x", "/batches/1", "/events/start"} {
		b.visit(path)
		want := js[int](b, reachable)
		var seen []int
		for range want + 5 {
			b.do(chromedp.KeyEvent(kb.Tab))
			f := js[focus](b, at)
			if f.Order < 0 { // past the last: the browser's own
				break
			}
			if n := len(seen); n > 0 && f.Order <= seen[n-1] {
				if f.Order != seen[0] {
					t.Errorf("%s: Tab goes back to %s", path, f.What)
				}
				break
			}
			if !f.Seen {
				t.Errorf("%s: nobody sees that the focus is on %s", path, f.What)
			}
			seen = append(seen, f.Order)
		}
		if len(seen) != want {
			t.Errorf("%s: Tab comes to %d places of %d", path, len(seen), want)
		}
	}
	// The first of all leads past the navigation.
	b.visit(guide)
	b.do(chromedp.KeyEvent(kb.Tab))
	if f := js[focus](b, at); !strings.Contains(f.What, "跳到正文") {
		t.Errorf("the first stop is %s", f.What)
	}
	b.do(chromedp.KeyEvent(kb.Enter))
	if id := js[string](b, `document.activeElement.id`); id != "main" {
		t.Errorf("the way past the navigation leads to %q", id)
	}
	// Ticks are set with the space bar, and the answer to a question with Enter.
	js[bool](b, `document.querySelector("input[name=have]").focus() === undefined`)
	b.do(chromedp.KeyEvent(" "))
	if !js[bool](b, `document.querySelector("input[name=have]").checked`) {
		t.Error("the space bar does not tick")
	}
}

// Suggestions are gone through with the arrows, left with Escape, and never hold
// the focus.
func keyboardSuggests(t *testing.T, browser context.Context, k *county, srv *httptest.Server) {
	b := open(t, browser, srv.URL, 360)
	b.visit("/")
	const field = `document.querySelector("[name=q]")`
	b.fill("q", "残疾人")
	b.do(chromedp.WaitVisible(chromedp.CSS("ul.suggest li")))
	expanded := func() string { return js[string](b, field+`.getAttribute("aria-expanded")`) }
	if expanded() != "true" {
		t.Errorf("expanded is %q with names to choose", expanded())
	}
	b.do(chromedp.KeyEvent(kb.ArrowDown))
	if js[string](b, field+`.value`) == "残疾人" || js[string](b, `(document.getElementById(`+field+`.getAttribute("aria-activedescendant")) || {}).textContent || ""`) != js[string](b, field+`.value`) {
		t.Error("the arrow does not choose a name that a screen reader hears")
	}
	b.do(chromedp.KeyEvent(kb.Escape))
	if expanded() != "false" || js[string](b, field+`.value`) != "残疾人" || js[string](b, `document.activeElement.name`) != "q" {
		t.Errorf("after Escape: expanded %q, %q in the field", expanded(), js[string](b, field+`.value`))
	}
	b.do(chromedp.KeyEvent(kb.Tab))
	if js[string](b, `document.activeElement.name || ""`) == "q" {
		t.Error("Tab does not leave the field")
	}
}

// heard is what a screen reader makes of an element.
type heard struct {
	role, name string
	level      int
	live       string
}

// hear reads the accessibility tree of the page in its order.
func hear(b *tab) (out []heard) {
	b.t.Helper()
	tree, err := chromedp.Call(b.ctx, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
	if err != nil {
		b.t.Fatal(err)
	}
	text := func(v *accessibility.Value) string {
		if v == nil {
			return ""
		}
		return strings.Trim(string(v.Value), `"`)
	}
	byID := map[accessibility.NodeID]*accessibility.Node{}
	for _, n := range tree.Nodes {
		byID[n.NodeID] = n
	}
	var walk func(*accessibility.Node)
	walk = func(n *accessibility.Node) {
		if !n.Ignored {
			h := heard{role: text(n.Role), name: text(n.Name)}
			for _, p := range n.Properties {
				switch string(p.Name) {
				case "level":
					_, _ = fmt.Sscan(text(p.Value), &h.level)
				case "live":
					h.live = text(p.Value)
				}
			}
			out = append(out, h)
		}
		for _, id := range n.ChildIDs {
			if c := byID[id]; c != nil {
				walk(c)
			}
		}
	}
	if len(tree.Nodes) > 0 {
		walk(tree.Nodes[0])
	}
	return out
}

// Who hears the pages finds landmarks with names, headings in order, a name for
// everything that can be used, and is told what changes.
func screenReaderHears(t *testing.T, browser context.Context, k *county, srv *httptest.Server) {
	b := open(t, browser, srv.URL, 1366)
	usable := []string{"link", "button", "textbox", "searchbox", "combobox", "checkbox", "radio", "listbox", "option", "DisclosureTriangle", "image"}
	for _, path := range publicPages(t, k, srv.URL) {
		if strings.HasPrefix(path, "/embed/") {
			continue // a part of another page
		}
		b.visit(path)
		page := hear(b)
		marks := map[string]int{}
		named := map[string]bool{}
		level, first := 0, 0
		for _, h := range page {
			switch {
			case slices.Contains([]string{"banner", "main", "contentinfo", "navigation", "search"}, h.role):
				marks[h.role]++
				if h.role == "navigation" {
					if h.name == "" || named[h.name] {
						t.Errorf("%s: a navigation is called %q, as nothing or another is", path, h.name)
					}
					named[h.name] = true
				}
			case h.role == "heading":
				if h.level == 1 {
					first++
				}
				if h.level > level+1 {
					t.Errorf("%s: %q is a heading of level %d after one of level %d", path, h.name, h.level, level)
				}
				level = h.level
				if h.name == "" {
					t.Errorf("%s: a heading says nothing", path)
				}
			case slices.Contains(usable, h.role) && strings.TrimSpace(h.name) == "":
				t.Errorf("%s: a %s has no name", path, h.role)
			}
		}
		if marks["banner"] != 1 || marks["main"] != 1 || marks["contentinfo"] != 1 || marks["navigation"] == 0 || first != 1 {
			t.Errorf("%s: landmarks %v, %d headings of the first level", path, marks, first)
		}
	}
	guide := "/items/" + k.portal.Search(portal.Query{Text: "个体工商户设立登记", Limit: 1}).Entries[0].ID
	live := func() (said []string) {
		for _, h := range hear(b) {
			if h.live == "polite" || h.role == "status" {
				said = append(said, h.role)
			}
		}
		return said
	}
	b.visit(guide)
	if len(live()) == 0 {
		t.Error("what is still missing is not said when it changes")
	}
	b.visit("/")
	if len(live()) == 0 {
		t.Error("suggestions are not said")
	}
	// A refused form says first what was wrong with it, and where.
	b.visit(guide + "/report?at=phones")
	b.fill("text", "错")
	b.click("提交")
	if js[string](b, `document.activeElement.className`) != "summary" || js[string](b, `document.activeElement.getAttribute("role") || ""`) != "alert" {
		t.Errorf("the focus is on %q", js[string](b, `document.activeElement.outerHTML.slice(0, 200)`))
	}
	if !js[bool](b, `(function () {
		var a = document.activeElement.querySelector("a"), f = a && document.getElementById(a.getAttribute("href").slice(1));
		return !!f && f.getAttribute("aria-invalid") === "true" && !!document.getElementById((f.getAttribute("aria-describedby") || "").split(" ")[0]);
	})()`) {
		t.Error("the summary does not lead to a field that says what is wrong with it")
	}
}

// Twice the type on the narrowest screen, as with a zoom of 400 %: nothing runs
// over the edge, no line lies on another.
func pagesGrow(t *testing.T, browser context.Context, k *county, srv *httptest.Server) {
	b := open(t, browser, srv.URL, 320)
	paths := publicPages(t, k, srv.URL)
	for _, elder := range []string{"0", "1"} {
		b.visit("/elder?on=" + elder)
		for _, path := range paths {
			b.visit(path)
			b.fits() // 320 px as they are
			if elder == "1" {
				continue // large already
			}
			js[bool](b, `(document.documentElement.style.fontSize = 2 * parseFloat(getComputedStyle(document.documentElement).fontSize) + "px") === ""`)
			b.fits()
			for _, low := range js[[]string](b, `Array.prototype.filter.call(document.querySelectorAll(".button, .facet, select, input.control, .tool, .mainnav a"), function (e) {
				var s = getComputedStyle(e);
				return e.getClientRects().length > 0 && (e.clientHeight > 0 && e.scrollHeight > e.clientHeight + 2 || parseFloat(s.lineHeight) < 1.15 * parseFloat(s.fontSize));
			}).map(function (e) { return e.tagName + "." + e.className + " " + e.textContent.trim().slice(0, 12); })`) {
				t.Errorf("%s: %s is too low for its text", path, low)
			}
		}
	}
}
