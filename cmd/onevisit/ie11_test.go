package main

import (
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"onevisit/internal/app/portal"
)

var (
	cssComment = regexp.MustCompile(`(?s)/\*.*?\*/`)
	// What IE 11 drops with the declaration: custom properties, newer values.
	unknownDeclaration = regexp.MustCompile(`(^|[;{])\s*(--[a-z0-9-]+|[a-z-]+\s*:[^;{}]*(var\(|min\(|max\(|clamp\(|\banywhere\b|\bsticky\b|\bgrid\b|\bunset\b|\bfit-content\b)|(row-|column-)?gap|object-fit|inset|aspect-ratio|overflow-wrap|font-variant-numeric|tab-size|appearance)[^;{}]*;?`)
	// What it drops with the rule.
	unknownSelector = regexp.MustCompile(`:is\(|:where\(|:has\(|:focus-visible|:focus-within|::-webkit-|::-moz-|::placeholder|::marker`)
	cssRule         = regexp.MustCompile(`([^{}]+)\{([^{}]*)\}`)
)

// asIE11 is a style sheet as IE 11 reads it. That browser is not to be had here;
// what it does not know is left out for one of today.
func asIE11(sheet string) string {
	sheet = cssComment.ReplaceAllString(sheet, "")
	for { // blocks of @supports, with all that is in them
		from := strings.Index(sheet, "@supports")
		if from < 0 {
			break
		}
		to, depth := from, 0
		for to < len(sheet) {
			if sheet[to] == '{' {
				depth++
			}
			if sheet[to] == '}' {
				if depth--; depth == 0 {
					break
				}
			}
			to++
		}
		sheet = sheet[:from] + sheet[min(to+1, len(sheet)):]
	}
	return cssRule.ReplaceAllStringFunc(sheet, func(rule string) string {
		m := cssRule.FindStringSubmatch(rule)
		if unknownSelector.MatchString(m[1]) {
			return ""
		}
		body := "{" + m[2]
		for unknownDeclaration.MatchString(body) {
			body = unknownDeclaration.ReplaceAllString(body, "$1")
		}
		return m[1] + body + "}"
	})
}

func TestWhatIE11Reads(t *testing.T) {
	got := asIE11(`/* x */ :root { --a: 1px; } a { color: #123456;color: var(--a); gap: 2px; margin: 0 } @supports (display: grid) { a { float: left; } } a:focus-visible, b { x: y; } @media (min-width: 9px) { .b { position: sticky; top: 0; } }`)
	for _, w := range []string{"--", "var(", "gap", "float", "focus-visible", "sticky"} {
		if strings.Contains(got, w) {
			t.Errorf("%q is left in %q", w, got)
		}
	}
	for _, w := range []string{"color: #123456", "margin: 0", "top: 0", "@media"} {
		if !strings.Contains(got, w) {
			t.Errorf("%q is lost in %q", w, got)
		}
	}
}

// Without what IE 11 does not know the pages look the same: every token is also
// written out, no layout stands on a newer property.
func TestPagesAsIE11DrawsThem(t *testing.T) {
	browser := chromium(t)
	k, srv := demoCounty(t, "")
	guide := "/items/" + k.portal.Search(portal.Query{Text: "个体工商户设立登记", Limit: 1}).Entries[0].ID
	for _, width := range []int64{360, 1366} {
		b := open(t, browser, srv.URL, width)
		for i, path := range []string{"/", "/search?q=" + "%E6%AE%8B%E7%96%BE%E4%BA%BA%E8%AF%81", guide, guide + "/checklist", guide + "/report?at=phones", "/batches/1", "/verify?code=x", "/lists/most-used", "/bundles"} {
			b.visit(path)
			today := js[[][]float64](b, boxes)
			sheet := js[string](b, `(function () {
				var r = new XMLHttpRequest(), l = document.querySelector("link[rel=stylesheet]:not([media])");
				r.open("GET", l.href, false);
				r.send();
				return r.responseText;
			})()`)
			js[bool](b, `(function (text) {
				var s = new CSSStyleSheet();
				s.replaceSync(text);
				document.querySelector("link[rel=stylesheet]:not([media])").disabled = true;
				document.adoptedStyleSheets = [s];
				return true;
			})(`+strconv.Quote(asIE11(sheet))+`)`)
			b.fits()
			then := js[[][]float64](b, boxes)
			for k := range today {
				for n := range today[k] {
					if len(then[k]) != len(today[k]) || math.Abs(then[k][n]-today[k][n]) > 1 {
						t.Fatalf("%s at %d px: box %d is at %v, in a browser of today %v", path, width, k, then[k], today[k])
					}
				}
			}
			if dir := os.Getenv("ONEVISIT_TEST_PICTURES"); dir != "" {
				png, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
				if err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(dir, "ie11-"+strconv.FormatInt(width, 10)+"-"+strconv.Itoa(i)+".png"), png, 0o600); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}
