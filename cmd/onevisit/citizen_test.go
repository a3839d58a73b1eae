package main

import (
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// A citizen finds a service in everyday words, answers what is asked, ticks what
// is at hand, takes the list along, prints, and reports an error: on a telephone
// and at a desk, with and without scripts, in normal and in large type.
func TestCitizenInChromium(t *testing.T) {
	browser := chromium(t)
	_, srv := demoCounty(t, "")
	for _, c := range []struct {
		width         int64
		script, large bool
	}{{360, true, false}, {360, false, true}, {1366, true, true}, {1366, false, false}} {
		t.Run(fmt.Sprintf("%d script=%v large=%v", c.width, c.script, c.large), func(t *testing.T) {
			b := open(t, browser, srv.URL, c.width)
			if !c.script {
				if _, err := chromedp.Call(b.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
					t.Fatal(err)
				}
			}
			if c.large {
				b.visit("/elder?on=1")
			}
			b.visit("/")
			b.fill("q", "个体户开业")
			b.clickOn(`//form[@role="search"]//button`)
			b.click("个体工商户设立登记")
			b.says("经营场所是自己的，还是租的？", "按跑得最多的情形计算")
			b.click("租的")
			b.click("本人办")
			b.says("一次也不用跑", "房屋租赁合同")
			b.fits()
			guide := js[string](b, `location.pathname + location.search`)
			b.do(chromedp.Click(chromedp.CSS(`input[name="have"]`)))
			if c.script {
				b.visit(guide)
				if !js[bool](b, `document.querySelector("input[name=have]").checked`) {
					t.Error("the tick is forgotten")
				}
			}
			b.click("清单带到手机或打印")
			b.says("还缺 3 样", "用手机扫一扫")
			b.fits()
			if !js[bool](b, `document.querySelector("input[name=have]").checked && document.querySelector(".qr") !== null`) {
				t.Error("the list does not carry the tick along")
			}
			b.visit(guide)
			b.click("告诉我们哪里不对")
			b.fill("text", fmt.Sprintf("咨询电话打不通，请核实（%d %v %v）", c.width, c.script, c.large))
			b.click("提交")
			b.says("已提交，请记下编号", "JC-", "还剩 5 个工作日")
			b.fits()
		})
	}
}
