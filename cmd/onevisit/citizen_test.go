package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"golang.org/x/text/unicode/norm"
)

// A citizen finds a service in everyday words, answers what is asked, ticks what
// is at hand, takes the list along, prints, and reports an error: on a telephone
// and at a desk, with and without scripts, in normal and in large type.
func TestCitizenInChromium(t *testing.T) {
	browser := chromium(t)
	_, srv := demoCounty(t, "")
	sources := 0
	for _, width := range []int64{360, 1366} {
		for _, script := range []bool{true, false} {
			for _, large := range []bool{false, true} {
				name := fmt.Sprintf("%d script=%v large=%v", width, script, large)
				sources++
				t.Run(name, func(t *testing.T) {
					b := open(t, browser, srv.URL, width)
					if !script {
						if _, err := chromedp.Call(b.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
							t.Fatal(err)
						}
					}
					b.from(fmt.Sprintf("10.1.1.%d", sources)) // one source may not report much
					if large {
						b.visit("/")
						b.click("关怀版（大字）")
					}
					citizen(b, script, name)
				})
			}
		}
	}
}

// citizen walks the whole way of a citizen in one window.
func citizen(b *tab, script bool, name string) {
	t := b.t
	t.Helper()
	b.visit("/")
	b.fits()
	b.fill("q", "个体户开业")
	b.clickOn(`//form[@role="search"]//button`)
	b.fits()
	b.click("个体工商户设立登记")
	b.says("经营场所是自己的，还是租的？", "按跑得最多的情形计算")
	b.click("租的")
	b.click("本人办")
	b.says("一次也不用跑", "房屋租赁合同")
	b.fits()
	guide := js[string](b, `location.pathname + location.search`)
	b.point(`//input[@name="have"]`)
	if script {
		b.visit(guide)
		if !js[bool](b, `document.querySelector("input[name=have]").checked`) {
			t.Error("the tick is forgotten")
		}
		b.says("还缺 1 样")
	}
	b.click("清单带到手机或打印")
	b.says("还缺 1 样", "用手机扫一扫")
	b.fits()
	if !js[bool](b, `document.querySelector("input[name=have]").checked && document.querySelector(".qr") !== null`) {
		t.Error("the list does not carry the tick along")
	}
	printed(b, "材料清单", "个体工商户设立登记", "房屋租赁合同", "核验码")
	b.visit(guide)
	printed(b, "个体工商户设立登记", "一次也不用跑", "房屋租赁合同", "核验码", "演示数据")
	b.click("告诉我们哪里不对")
	b.fill("text", "错了")
	b.click("提交")
	b.says("请写明哪里不对")
	if script && js[string](b, `document.activeElement.className`) != "summary" {
		t.Error("the focus is not on what was wrong with the form")
	}
	b.fits()
	b.fill("text", "咨询电话打不通，请核实（"+name+"）")
	b.click("提交")
	b.says("已提交，请记下编号", "JC-", "还剩 5 个工作日")
	b.fits()
	number := js[string](b, `document.querySelector(".seal-code").textContent`)
	b.visit("/feedback")
	b.fill("number", strings.ToLower(number))
	b.click("查询")
	b.says(number, "处理")
	b.fits()
}

// printed prints the page on A4 and fails unless the paper says all of it, on at
// most two sheets, or three in large type.
func printed(b *tab, words ...string) {
	b.t.Helper()
	pdf, err := chromedp.Run(b.ctx, chromedp.PrintToPDF(chromedp.PDFPreferCSSPageSize()))
	if err != nil {
		b.t.Fatal(err)
	}
	if _, err := exec.LookPath("pdftotext"); err != nil {
		if os.Getenv("ONEVISIT_TEST_REQUIRE_ALL") == "1" {
			b.t.Fatal("pdftotext is absent, and every suite is required")
		}
		return
	}
	file := filepath.Join(b.t.TempDir(), "page.pdf")
	if err := os.WriteFile(file, pdf, 0o600); err != nil {
		b.t.Fatal(err)
	}
	text, err := exec.Command("pdftotext", "-layout", file, "-").Output()
	if err != nil {
		b.t.Fatal(err)
	}
	most := 2
	if js[bool](b, `document.documentElement.className.indexOf("elder") >= 0`) {
		most = 3
	}
	if n := bytes.Count(text, []byte("\f")); n > most {
		b.t.Errorf("%s takes %d sheets", b.path(), n)
	}
	// Old browsers write the radicals of some characters into the file.
	said := strings.ReplaceAll(strings.Join(strings.Fields(norm.NFKC.String(string(text))), ""), "戶", "户")
	for _, w := range words {
		if !strings.Contains(said, w) {
			b.t.Errorf("%s on paper does not say %q:\n%.800s", b.path(), w, text)
		}
	}
	for _, w := range []string{"内容有误", "清单带到手机", "打印", "主要栏目"} {
		if strings.Contains(said, w) {
			b.t.Errorf("%s on paper says %q, which is for screens", b.path(), w)
		}
	}
}
