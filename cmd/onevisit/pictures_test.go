package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
)

// The pictures of the README, taken from the running demonstration so that they
// stay true: make pictures writes them to docs/pictures, any other run only
// sees that each can still be taken.
func TestPictures(t *testing.T) {
	browser := chromium(t)
	dir := os.Getenv("ONEVISIT_PICTURES")
	if dir == "" {
		dir = t.TempDir()
	}
	_, srv := demoCounty(t, "")
	take := func(b *tab, name string) {
		t.Helper()
		b.fits()
		png, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644)
		}
		if err != nil || len(png) < 10_000 {
			t.Errorf("%s: %d bytes, %v", name, len(png), err)
		}
	}

	reader := open(t, browser, srv.URL, 1366)
	reader.visit("/")
	take(reader, "portal")
	phone := open(t, browser, srv.URL, 360)
	phone.visit("/search?q=gtgsh") // 个体工商户, by its initials
	phone.click("个体工商户设立登记")
	take(phone, "guide")

	liaison := open(t, browser, srv.URL, 1366).signIn("renshe")
	liaison.find("社会保障卡申领")
	liaison.click("修改")
	js[int](liaison, `document.querySelector("#f-t-process-steps").scrollIntoView(), 0`)
	take(liaison, "editor")
	liaison.click("怎样减少到场次数")
	for _, m := range []string{"M2", "M5"} {
		liaison.do(chromedp.Click(chromedp.CSS(`input[name="m"][value="` + m + `"]`)))
	}
	liaison.click("推演")
	liaison.do(chromedp.EmulateViewport(1366, 1000))
	js[int](liaison, `window.scrollTo(0, 0), 0`)
	take(liaison, "whatif")

	office := open(t, browser, srv.URL, 1366).signIn("shengai")
	office.click("全县情况")
	take(office, "board")
}
