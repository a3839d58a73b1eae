package main

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"onevisit/internal/app/portal"
)

// A citizen with a browser of 2018 does everything that the portal is for:
// nothing is missing, no script fails, and the page is drawn as in a browser of
// today.
func TestOldChromium(t *testing.T) {
	browser := oldChromium(t)
	k, srv := demoCounty(t, "")
	for _, c := range []struct {
		width int64
		large bool
	}{{360, false}, {360, true}, {1366, false}} {
		t.Run(fmt.Sprintf("%d large=%v", c.width, c.large), func(t *testing.T) {
			b := attend(t, browser, srv.URL, c.width)
			b.visit("/elder?on=0") // one person after the other sits down at this browser
			js[bool](b, `localStorage.clear() === undefined`)
			if agent := js[string](b, `navigator.userAgent`); !strings.Contains(agent, "Chrome/69.") {
				t.Fatalf("this is %s", agent)
			}
			if c.large {
				b.visit("/")
				b.click("关怀版（大字）")
				b.says("返回标准版")
			}
			citizen(b, true, fmt.Sprintf("旧浏览器 %d %v", c.width, c.large))
			guide := "/items/" + k.portal.Search(portal.Query{Text: "个体工商户设立登记", Limit: 1}).Entries[0].ID
			b.visit(guide)
			b.click("核验这份指南")
			b.says("是本站公布的现行内容")
			b.fits()
			b.visit("/verify")
			b.fill("code", "00000-00000")
			b.click("核验")
			b.says("请核对后重新输入")
			b.fits()
		})
	}
}

// boxes are the places of everything that carries the layout of a page, to the
// pixel, without what depends on the time of day.
const boxes = `Array.prototype.map.call(document.querySelectorAll("header, nav, main, footer, h1, h2, .answer, .term, .term dt, .term dd, .check, .step, .step-who, .step-hint, .button, .control, .facet, .hits > li, .links li, .tiles > li, .seal, .qr, .notice, .side, .rest, td, th"), function (e) {
	for (var d = e.parentElement; d; d = d.parentElement) { if (d.tagName === "DETAILS" && !d.open) { return []; } }
	var r = e.getBoundingClientRect();
	return [r.left, r.top + window.pageYOffset, r.width, r.height];
})`

// What Chromium 69 draws stands where a browser of today draws it: the two round
// heights of lines and widths of columns in their own ways, nothing else differs.
func TestOldChromiumDrawsTheSame(t *testing.T) {
	today, then := chromium(t), oldChromium(t)
	k, srv := demoCounty(t, "")
	paths := publicPages(t, k, srv.URL)
	const line = 32 // a line may break a character earlier
	near := func(a, b, least, share float64) bool { return math.Abs(a-b) <= least+share*math.Max(a, b) }
	for width, paths := range map[int64][]string{360: paths, 1366: paths[:8]} {
		a, b := open(t, today, srv.URL, width), attend(t, then, srv.URL, width)
		for _, path := range paths {
			a.visit(path)
			b.visit(path)
			b.fits()
			want, got := js[[][]float64](a, boxes), js[[][]float64](b, boxes)
			if len(want) != len(got) || len(want) < 2 {
				t.Errorf("%s at %d px: %d boxes, in a browser of today %d", path, width, len(got), len(want))
				continue
			}
			var topThen, topToday float64 // of the box before: what breaks earlier in a long list moves all that follows
			for i, w := range want {
				g := got[i]
				if len(g) != len(w) {
					t.Fatalf("%s: box %d is folded away in one of them", path, i)
				}
				if len(g) > 0 && (!near(g[0], w[0], 8, 0.03) || !near(g[1], w[1], line, 0.08) && !near(g[1]-topThen, w[1]-topToday, line, 0.08) || !near(g[2], w[2], 8, 0.05) || !near(g[3], w[3], line, 0.08)) {
					t.Errorf("%s at %d px: box %d is at %.0f, in a browser of today at %.0f", path, width, i, g, w)
					break
				}
				if len(g) > 0 {
					topThen, topToday = g[1], w[1]
				}
			}
		}
	}
}
