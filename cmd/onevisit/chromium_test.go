package main

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"onevisit/cmd/onevisit/demo"
)

// chromium starts a real browser, or skips the test where there is none.
func chromium(t *testing.T) context.Context {
	t.Helper()
	return startBrowser(t, "ONEVISIT_TEST_CHROMIUM", "make test installs Chromium and sets it")
}

// oldChromium starts Chromium 69, the oldest that the portal serves.
func oldChromium(t *testing.T) context.Context {
	t.Helper()
	// Built to run in one process; it knows nothing of the features that the
	// protocol's client switches on.
	return startBrowser(t, "ONEVISIT_TEST_OLD_CHROMIUM", "make test brings Chromium 69 from npm and sets it",
		chromedp.Flag("single-process", true), chromedp.Flag("no-zygote", true), chromedp.Flag("disable-gpu", true), chromedp.Flag("enable-features", false))
}

// startBrowser starts the browser that a variable of the environment names, or
// skips the test where it is not set.
func startBrowser(t *testing.T, variable, remedy string, flags ...chromedp.ExecAllocatorOption) context.Context {
	t.Helper()
	path := os.Getenv(variable)
	if path == "" {
		if os.Getenv("ONEVISIT_TEST_REQUIRE_ALL") == "1" {
			t.Fatal(variable + " is not set, and every suite is required")
		}
		t.Skip(variable + " is not set; " + remedy)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox)
	alloc, stop := chromedp.NewExecAllocator(context.Background(), append(options, flags...)...)
	t.Cleanup(stop)
	ctx, cancel := chromedp.NewContext(alloc)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	return ctx
}

// tab is one person at one browser window: it clicks what is on the page and
// types into what is on the page. A script that fails, or a request to another
// host, fails the test.
type tab struct {
	t    *testing.T
	ctx  context.Context
	base string
}

// open opens a window of its own, without the cookies of others.
func open(t *testing.T, browser context.Context, base string, width int64) *tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	return attend(t, ctx, base, width)
}

// attend makes a person of a window.
func attend(t *testing.T, ctx context.Context, base string, width int64) *tab {
	t.Helper()
	ctx, stop := context.WithTimeout(ctx, 5*time.Minute)
	t.Cleanup(stop)
	b := &tab{t, ctx, base}
	b.do(chromedp.EmulateViewport(width, 768))
	var mu sync.Mutex
	var bad []string
	err := chromedp.Listen(ctx, func(ev any) {
		mu.Lock()
		defer mu.Unlock()
		switch e := ev.(type) {
		case *runtime.EventExceptionThrown:
			bad = append(bad, "a script failed: "+e.ExceptionDetails.Text)
		case *network.EventRequestWillBeSent:
			if !strings.HasPrefix(e.Request.URL, base) && !strings.HasPrefix(e.Request.URL, "data:") && !strings.HasPrefix(e.Request.URL, "about:") {
				bad = append(bad, "a request to "+e.Request.URL)
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		mu.Lock()
		defer mu.Unlock()
		for _, s := range slices.Compact(bad) {
			t.Error(s)
		}
	})
	return b
}

func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		where, _ := chromedp.Run(b.ctx, chromedp.Location())
		text, _ := chromedp.Run(b.ctx, chromedp.Evaluate[string](`document.body ? document.body.innerText : ""`))
		b.t.Fatalf("%v at %s\n%.300s", err, where, text)
	}
}

func js[T any](b *tab, expression string) T {
	b.t.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		b.t.Fatal(err)
	}
	return v
}

// from gives the window a source of its own, as behind the county's proxy.
func (b *tab) from(address string) {
	b.t.Helper()
	if _, err := chromedp.Call(b.ctx, network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{Headers: network.Headers{"X-Forwarded-For": address}}); err != nil {
		b.t.Fatal(err)
	}
}

// visit goes to an address.
func (b *tab) visit(path string) {
	b.t.Helper()
	b.do(chromedp.Navigate(b.base+path), chromedp.WaitReady("body"))
}

// click clicks the link or button that says so, rather in the page than in its
// frame, and waits for the page it leads to.
func (b *tab) click(label string) {
	b.t.Helper()
	named := fmt.Sprintf(`//*[self::a or self::button][not(@aria-hidden)][normalize-space(.)=%q]`, label)
	if js[bool](b, "document.evaluate("+strconv.Quote("boolean(//main"+named+")")+", document).booleanValue") {
		named = "//main" + named
	}
	b.clickOn(named)
}

func (b *tab) clickOn(selector string) {
	b.t.Helper()
	js[bool](b, `document.documentElement.setAttribute("data-left", "1") === undefined`)
	b.point(selector)
	b.do(chromedp.WaitReady("html:not([data-left]) body"))
}

// point clicks with the mouse in the middle of what an XPath finds. The browser's
// own way to find the middle is younger than some browsers under test.
func (b *tab) point(xpath string) {
	b.t.Helper()
	b.do(chromedp.WaitVisible(xpath))
	at := js[[]float64](b, `(function () {
		var e = document.evaluate(`+strconv.Quote(xpath)+`, document, null, 9, null).singleNodeValue;
		e.scrollIntoView({block: "center"});
		var r = e.getClientRects()[0];
		return [r.left + r.width / 2, r.top + r.height / 2];
	})()`)
	b.do(chromedp.MouseClickXY(at[0], at[1]))
}

// press strikes a key that the page listens to.
func (b *tab) press(key string) {
	b.t.Helper()
	b.do(chromedp.KeyEvent(key), chromedp.WaitReady("body"))
}

// fill types into the field with the name, in the place of what is there.
func (b *tab) fill(name, text string) {
	b.t.Helper()
	sel := fmt.Sprintf(`[name=%q]`, name)
	b.do(chromedp.Focus(chromedp.CSS(sel)))
	if js[string](b, `document.activeElement.type`) != "date" {
		js[int](b, `document.activeElement.select(), 0`)
	}
	b.do(chromedp.SendKeys(chromedp.CSS(sel), text))
}

// choose takes an option of a list by its value.
func (b *tab) choose(name, value string) {
	b.t.Helper()
	b.do(chromedp.SetValue(chromedp.CSS(fmt.Sprintf(`select[name=%q]`, name)), value))
}

func (b *tab) text() string {
	b.t.Helper()
	return js[string](b, `document.body.innerText`)
}

// says fails unless the page says all of it.
func (b *tab) says(words ...string) {
	b.t.Helper()
	text := b.text()
	for _, w := range words {
		if !strings.Contains(text, w) {
			b.t.Fatalf("%s does not say %q:\n%.600s", b.path(), w, text)
		}
	}
}

func (b *tab) path() string {
	b.t.Helper()
	return js[string](b, `location.pathname`)
}

// fits fails if the page is wider than the window.
func (b *tab) fits() {
	b.t.Helper()
	if js[bool](b, `document.documentElement.scrollWidth > document.documentElement.clientWidth`) {
		b.t.Errorf("%s runs over the edge at %d px", b.path(), js[int](b, `document.documentElement.clientWidth`))
	}
}

// signIn signs in on the page.
func (b *tab) signIn(login string) *tab {
	b.t.Helper()
	b.visit("/work/")
	b.fill("login", login)
	b.fill("password", demo.Password)
	b.click("登录")
	b.says("我的待办")
	return b
}

// find opens an item of the unit by its name.
func (b *tab) find(name string) {
	b.t.Helper()
	b.visit("/work/items?q=" + url.QueryEscape(name))
	b.click(name)
}
