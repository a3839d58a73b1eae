package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"onevisit/internal/app/portal"
)

// axeSum is the SHA-256 of axe.min.js of npm's axe-core, in the version that
// scripts/lib.sh names.
const axeSum = "880970c081707360e64f34cea25ff91892f5bc95675b0776925b9709dd8a68bb"

// axeScript is the accessibility checker, or skips the test where it is absent.
func axeScript(t *testing.T) string {
	t.Helper()
	path := os.Getenv("ONEVISIT_TEST_AXE")
	if path == "" {
		if os.Getenv("ONEVISIT_TEST_REQUIRE_ALL") == "1" {
			t.Fatal("ONEVISIT_TEST_AXE is not set, and every suite is required")
		}
		t.Skip("ONEVISIT_TEST_AXE is not set; make test gets axe-core from npm and sets it")
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if sum := sha256.Sum256(b); hex.EncodeToString(sum[:]) != axeSum {
		t.Fatalf("%s is not the pinned version of axe-core", path)
	}
	return string(b)
}

// publicPages are one page of every kind that the public sees.
func publicPages(t *testing.T, k *county, base string) []string {
	t.Helper()
	id := func(text string) string {
		found := k.portal.Search(portal.Query{Text: text, Limit: 1}).Entries
		if len(found) == 0 {
			t.Fatalf("nothing found for %q", text)
		}
		return found[0].ID
	}
	guide := "/items/" + id("个体工商户设立登记")
	current, err := k.portal.Guide(context.Background(), strings.TrimPrefix(guide, "/items/"))
	if err != nil {
		t.Fatal(err)
	}
	list, err := http.Get(base + "/commitments")
	if err != nil {
		t.Fatal(err)
	}
	defer list.Body.Close()
	body, _ := io.ReadAll(list.Body)
	commitments := regexp.MustCompile(`/commitments/[^"]+`).FindAllString(string(body), 1) // none in a county without keys
	told, err := (&http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}).PostForm(base+guide+"/report", url.Values{"at": {"phones"}, "text": {"咨询电话打不通，请核实"}})
	if err != nil {
		t.Fatal(err)
	}
	told.Body.Close()
	answer := strings.TrimPrefix(told.Header.Get("Location"), base)
	if !strings.HasPrefix(answer, "/feedback/") {
		t.Fatalf("report: %d %q", told.StatusCode, answer)
	}
	return append([]string{"/", "/search", "/search?q=" + url.QueryEscape("残疾人证"), "/search?q=" + url.QueryEscape("房产证过户"), "/search?q=" + url.QueryEscape("鑫鑫麤麤"), guide, guide + "?q1=" + url.QueryEscape("租的"),
		guide + "?q1=" + url.QueryEscape("租的") + "&q2=" + url.QueryEscape("本人办"), guide + "/checklist", guide + "/report?at=phones", "/items/" + id("残疾人托养"), "/items/none", answer, "/feedback?number=x",
		"/events", "/events/start", "/bundles", "/bundles/" + url.PathEscape("餐饮（个体户）企业"), "/names", "/names/Z", "/lists/zero", "/lists/once", "/lists/more", "/lists/most-used", "/units", "/units/" + k.portal.Units()[0].ID,
		"/batches", "/batches/1", "/adjustments", "/batches/4", "/verify", "/verify?code=x", "/verify?code=" + current.VerifyCode, "/api", "/data", "/data/schema", "/embed", "/embed/items/frame",
		"/log", "/log/1", "/commitments", "/status", "/nothing-here"}, commitments...)
}

// notPages are the public routes that answer with something else than a page.
var notPages = map[string]string{
	"GET /search/suggest":                 "JSON",
	"GET /items/{id}/files/{slot}/{name}": "a file",
	"GET /items/{id}/papers/{file}":       "a paper",
	"GET /batches/{seq}/papers/{file}":    "a paper",
	"GET /units/{id}/papers/{file}":       "a paper",
	"GET /elder":                          "a redirect",
	"GET /robots.txt":                     "for machines",
	"GET /sitemap.xml":                    "for machines",
	"GET /sitemaps/{part}":                "for machines",
	"GET /b/{seq}":                        "a redirect",
	"GET /feeds/{file}":                   "a feed",
	"GET /data/catalog.jsonld":            "for machines",
	"GET /embed/{kind}":                   "a part of another site's page",
}

// Every public route is among the pages that are checked, or known to be none.
func TestNoPublicPageIsForgotten(t *testing.T) {
	k, srv := signedCounty(t)
	checked := map[string]bool{}
	mux := http.NewServeMux()
	for _, p := range k.pages.Patterns() {
		mux.HandleFunc(p, func(http.ResponseWriter, *http.Request) {})
	}
	for _, path := range publicPages(t, k, srv.URL) {
		_, p := mux.Handler(httptest.NewRequest(http.MethodGet, path, nil))
		checked[p] = true
	}
	left := maps.Clone(notPages)
	for _, p := range k.pages.Patterns() {
		method, path, _ := strings.Cut(p, " ")
		file := strings.HasSuffix(path, "/{file}") && strings.HasPrefix(path, "/data/") || strings.HasPrefix(path, "/data/units/")
		if _, known := notPages[p]; known {
			delete(left, p)
		} else if method == http.MethodGet && !strings.HasPrefix(path, "/work") && path != "/styleguide" && !file && !checked[p] {
			t.Errorf("%s is on no list: add a page of it to publicPages, or say in notPages what it is", p)
		}
	}
	for p := range left {
		t.Errorf("notPages names %s, which is no route", p)
	}
}

// axe-core finds nothing on any public page, on a telephone and at a desk, in
// normal and in large type.
func TestAccessibility(t *testing.T) {
	browser, script := chromium(t), axeScript(t)
	k, srv := signedCounty(t)
	paths := publicPages(t, k, srv.URL)
	const run = `axe.run(document, {resultTypes: ["violations"]}).then(function (r) {
		return r.violations.map(function (v) { return v.id + ": " + v.help + " — " + v.nodes.slice(0, 3).map(function (n) { return n.target.join(" ") + " (" + (n.any.concat(n.all, n.none)[0] || {}).message + ")"; }).join("; "); });
	})`
	for _, c := range []struct {
		width int64
		elder bool
	}{{360, false}, {1366, true}} {
		t.Run(fmt.Sprintf("%d elder=%v", c.width, c.elder), func(t *testing.T) {
			b := open(t, browser, srv.URL, c.width)
			if c.elder {
				b.visit("/elder?on=1")
			}
			for _, path := range paths {
				b.visit(path)
				b.fits()
				js[bool](b, script+"; true")
				found, err := chromedp.Run(b.ctx, chromedp.Evaluate[[]string](run, chromedp.EvalAwaitPromise))
				if err != nil {
					t.Fatal(path, err)
				}
				for _, v := range found {
					t.Errorf("%s: %s", path, v)
				}
			}
		})
	}
}
