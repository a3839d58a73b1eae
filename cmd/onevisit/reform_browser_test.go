package main

import (
	"strconv"
	"testing"

	"github.com/chromedp/chromedp"

	"onevisit/internal/infra/store/storetest"
)

// An item of three visits is brought to one, in a real browser: why it takes
// three, two measures that leave one, the pledge with its day, the findings
// resolved by the repairs offered, and a history that people can read.
func TestReformInChromium(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { reformInChromium(t, "") })
	t.Run("postgres", func(t *testing.T) { reformInChromium(t, storetest.PostgresURL(t)) })
}

func reformInChromium(t *testing.T, databaseURL string) {
	browser := chromium(t)
	_, srv := demoCounty(t, databaseURL)
	b := open(t, browser, srv.URL, 1366).signIn("renshe")
	fits := func() { // on a phone as well
		t.Helper()
		b.fits()
		b.do(chromedp.EmulateViewport(360, 768))
		b.fits()
		b.do(chromedp.EmulateViewport(1366, 768))
	}
	b.find("社会保障卡申领")
	b.says("目前需要跑 3 次", "第 1 次", "第 2 次", "第 3 次", "N02", "要求申请人在上下级之间转送材料",
		"领取：结果目前只在窗口领取", "材料目前由申请人转送")
	fits()

	// Why, and what would help: two measures are enough, one is not.
	b.click("推演措施")
	b.says("领取：结果目前只在窗口领取", "材料目前由申请人转送", "最小的措施组合", "M2 ", "M5 ")
	for _, m := range []string{"M2", "M5"} {
		b.do(chromedp.Click(chromedp.CSS(`input[name="m"][value="` + m + `"]`)))
	}
	b.click("推演")
	b.says("采取 M2、M5 后", "最多跑一次", "保存为承诺")
	if n := js[int](b, `document.querySelectorAll("svg.lanes").length`); n != 2 {
		t.Errorf("%d pictures, want the way before and after", n)
	}
	fits()
	b.fill("due", "06302099")
	b.click("保存为承诺")
	b.says("承诺已保存", "改革后最多跑一次", "2099年6月30日")

	// A wrong figure is seen while it is typed, and both findings go by a click.
	b.click("返回事项")
	b.click("修改")
	b.fill("f.visits", "1")
	b.do(chromedp.WaitVisible(`//*[contains(@class, "finding")][contains(., "V01")]`))
	b.click("保存")
	b.says("V01", "N02")
	b.click("改为“3”")
	b.says("已按检查结果更正", "N02")
	b.click("改由内部流转")
	b.says("已按检查结果更正", "目前需要跑 2 次")
	// The figure that was right for three trips is one too many now.
	b.says("V06")
	b.click("改为“2”")
	b.says("已按检查结果更正")
	// No error is left, and what only a person can answer is answered.
	for _, f := range js[[]string](b, `[...document.querySelectorAll(".finding-error")].map(f => f.innerText)`) {
		t.Errorf("still found: %s", f)
	}
	const ask = `//*[contains(@class, "finding-warning")]//summary[normalize-space(.)="说明理由"]`
	for js[bool](b, "document.evaluate("+strconv.Quote("boolean("+ask+")")+", document).booleanValue") {
		b.do(chromedp.ScrollIntoView(ask), chromedp.Click(ask))
		const field = `//details[@open]//textarea[@name="reason"]`
		b.do(chromedp.WaitVisible(field), chromedp.SendKeys(field, "由村（居）民委员会出具，指南中已写明"))
		b.clickOn(`//details[@open]//button[normalize-space(.)="保存理由"]`)
		b.says("理由已记录", "单位说明：由村（居）民委员会出具")
	}
	fits()
	b.click("修改记录")
	b.says("到场事由", "转送", "更便利")
	fits()

	// The pledge waits to be kept, and shows at the unit.
	b.visit("/work/pledges")
	b.says("社会保障卡申领", "M2", "M5")
	fits()
}
