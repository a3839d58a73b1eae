package ui

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// browser opens the style guide in both layouts in the browser that
// ONEVISIT_TEST_CHROMIUM names.
func browser(t *testing.T) (ctx context.Context, base string) {
	t.Helper()
	path := os.Getenv("ONEVISIT_TEST_CHROMIUM")
	if path == "" {
		t.Skip("ONEVISIT_TEST_CHROMIUM is not set")
	}
	mux := http.NewServeMux()
	mux.Handle("/assets/", Handler())
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		p := samplePage()
		p.Path, p.Elder = r.URL.Path, r.FormValue("elder") == "1"
		layout := PortalLayout
		if r.URL.Path == "/work/items" {
			layout = WorkbenchLayout
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", "default-src 'self'; img-src 'self' data:")
		if err := layout(p, Styleguide()).Render(r.Context(), w); err != nil {
			t.Error(err)
		}
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	alloc, stop := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox)...)
	t.Cleanup(stop)
	ctx, cancel := chromedp.NewContext(alloc)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil { // starts it
		t.Fatal(err)
	}
	ctx, cancel = context.WithTimeout(ctx, time.Minute)
	t.Cleanup(cancel)
	return ctx, s.URL
}

// Elements that reach over the right edge, tables that scroll in their frame aside.
const overflow = `Array.prototype.filter.call(document.querySelectorAll("body *"), function (e) {
	var r = e.getBoundingClientRect();
	return r.width > 0 && r.right > document.documentElement.clientWidth + 0.5 && !e.closest(".table-frame table") && !e.closest(".sr") && !e.closest("svg");
}).map(function (e) { return e.tagName + "." + (e.getAttribute("class") || "") + " " + e.textContent.trim().slice(0, 20); })`

// Targets that are lower than 44 px; links in running text are exempt
// (WCAG 2.5.5), and a box counts with its label.
const lowTargets = `Array.prototype.filter.call(document.querySelectorAll(
	".button, .control, .choice, .check label, a.tool, button.tool, .mainnav a, .sidenav a, .tabs a, .facet, .links a, .brand, .figure, .crumbs a, .pager a"), function (e) {
	var r = e.getBoundingClientRect();
	return r.width > 0 && r.height < 43.5;
}).map(function (e) { return e.tagName + "." + (e.getAttribute("class") || "") + " " + e.textContent.trim().slice(0, 20) + " " + e.getBoundingClientRect().height; })`

func TestPagesFitTheirScreens(t *testing.T) {
	ctx, base := browser(t)
	for _, c := range []struct {
		path          string
		width, height int64
		elder         bool
	}{
		{"/portal", 360, 740, false}, {"/portal?elder=1", 360, 740, true}, {"/portal?elder=1", 1366, 768, true},
		{"/work/items", 1366, 768, false}, {"/work/items", 360, 740, false}, {"/work/items?elder=1", 1366, 768, true},
	} {
		if err := chromedp.Do(ctx, chromedp.EmulateViewport(c.width, c.height), chromedp.Navigate(base+c.path)); err != nil {
			t.Fatal(err)
		}
		over, low := evaluate[[]string](t, ctx, overflow), evaluate[[]string](t, ctx, lowTargets)
		for _, o := range over {
			t.Errorf("%s at %d px: over the edge: %s", c.path, c.width, o)
		}
		if c.elder || c.width == 360 && c.path == "/portal" {
			for _, l := range low {
				t.Errorf("%s at %d px: lower than 44 px: %s", c.path, c.width, l)
			}
		}
	}
}

func TestScriptAddsComfort(t *testing.T) {
	ctx, base := browser(t)
	do := func(steps ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		if err := chromedp.Do(ctx, steps...); err != nil {
			t.Fatal(err)
		}
	}
	const left = `document.querySelector("[data-checklist-left]").textContent`
	do(chromedp.EmulateViewport(1366, 768), chromedp.Navigate(base+"/portal"))
	if got := evaluate[string](t, ctx, `document.activeElement.className`); got != "summary" {
		t.Errorf("focus starts at %q, want the error summary", got)
	}
	do(chromedp.KeyEvent("/"))
	if got := evaluate[string](t, ctx, `document.activeElement.id`); got != FieldID("q") {
		t.Errorf("/ leads to %q", got)
	}
	if got := evaluate[string](t, ctx, left); got != "还缺 2 样，共需准备 2 样。" {
		t.Errorf("checklist says %q", got)
	}
	do(chromedp.Click("#"+FieldID("check-1")), chromedp.Click("#"+FieldID("check-2")))
	if got := evaluate[string](t, ctx, left); got != "材料已齐，可以出门办理了。" {
		t.Errorf("after two ticks the checklist says %q", got)
	}
}

func evaluate[T any](t *testing.T, ctx context.Context, script string) T {
	t.Helper()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](script))
	if err != nil {
		t.Fatal(err)
	}
	return v
}
