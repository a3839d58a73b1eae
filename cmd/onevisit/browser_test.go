package main

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"onevisit/cmd/onevisit/demo"
)

// A reader on a phone finds a service and reads its guide; a liaison signs in at
// an office screen. In real Chromium, over the demonstration county.
func TestPagesInChromium(t *testing.T) {
	path := os.Getenv("ONEVISIT_TEST_CHROMIUM")
	if path == "" {
		if os.Getenv("ONEVISIT_TEST_REQUIRE_ALL") == "1" {
			t.Fatal("ONEVISIT_TEST_CHROMIUM is not set, and every suite is required")
		}
		t.Skip("ONEVISIT_TEST_CHROMIUM is not set; make test installs Chromium and sets it")
	}
	bg := context.Background()
	_, srv := demoCounty(t, "")
	alloc, stop := chromedp.NewExecAllocator(bg, append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox)...)
	t.Cleanup(stop)
	ctx, cancel := chromedp.NewContext(alloc)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	ctx, cancel = context.WithTimeout(ctx, 2*time.Minute)
	t.Cleanup(cancel)
	do := func(steps ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		if err := chromedp.Do(ctx, steps...); err != nil {
			t.Fatal(err)
		}
	}
	text := func() string {
		t.Helper()
		s, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.body.innerText`))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	fits := func(where string) {
		t.Helper()
		wide, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`document.documentElement.scrollWidth > document.documentElement.clientWidth`))
		if err != nil || wide {
			t.Errorf("%s runs over the edge at 360 px (%v)", where, err)
		}
	}
	do(chromedp.EmulateViewport(360, 740), chromedp.Navigate(srv.URL+"/"))
	fits("the home page")
	do(chromedp.SendKeys("#f-q", "就业登记"), chromedp.Click(".search-button"), chromedp.WaitVisible("tr.entry a"))
	fits("the results")
	do(chromedp.Click("tr.entry a"), chromedp.WaitVisible(".answer-number"))
	fits("a guide")
	if s := text(); !strings.Contains(s, "演示数据") || !strings.Contains(s, "验证码") || !strings.Contains(s, "带什么") {
		t.Error("the guide lacks its mark, its code or the materials")
	}
	do(chromedp.EmulateViewport(1366, 768), chromedp.Navigate(srv.URL+"/work/"), chromedp.WaitVisible("#f-login"),
		chromedp.SendKeys("#f-login", "weijian"), chromedp.SendKeys("#f-password", demo.Password), chromedp.Click("form.form button"), chromedp.WaitVisible(".sidenav"))
	if s := text(); !strings.Contains(s, "我的待办") || !strings.Contains(s, "广宗县卫生健康局") {
		t.Error("the desk does not show")
	}
	do(chromedp.Navigate(srv.URL+"/work/items"), chromedp.WaitVisible("tr.item-row a"), chromedp.Click("tr.item-row a"), chromedp.WaitVisible(".answer-number"))
	if s := text(); !strings.Contains(s, "检查结果") {
		t.Error("the item page lacks its findings")
	}
}
