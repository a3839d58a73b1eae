package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"onevisit/internal/app/portal"
	"onevisit/internal/infra/store/storetest"
)

// The whole way in real Chromium: a list is imported, a finding seen and fixed,
// the leader confirms, the unit reports with its commitment, one office sends
// back, the unit corrects, both pass, the county approves, the batch is
// published, and the public finds it. Each person clicks what the pages offer.
func TestTheWholeWayInChromium(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { wholeWayInChromium(t, "") })
	t.Run("postgres", func(t *testing.T) { wholeWayInChromium(t, storetest.PostgresURL(t)) })
}

func wholeWayInChromium(t *testing.T, databaseURL string) {
	browser := chromium(t)
	k, srv := demoCounty(t, databaseURL)
	person := func(login string) *tab { return open(t, browser, srv.URL, 1366).signIn(login) }
	liaison, leader := person("weijian"), person("weijian-fz")
	office, bureau, county := person("shengai"), person("shenpi"), person("xianfu")
	public := open(t, browser, srv.URL, 360)

	file := filepath.Join(t.TempDir(), "新事项.jsonl")
	if err := os.WriteFile(file, incomplete(t, k), 0o600); err != nil {
		t.Fatal(err)
	}
	liaison.click("导入")
	liaison.do(chromedp.SetUploadFiles(chromedp.CSS(`input[type=file]`), []string{file}))
	liaison.click("开始导入")
	runImports(t, k)
	liaison.visit(liaison.path())
	liaison.says("新增")

	// The finding leads to the field; the figure stands beside it.
	liaison.find(journeyItem)
	liaison.says("E01", "监督投诉方式")
	leader.find(journeyItem)
	leader.says("有错误，暂不能确认")
	liaison.click("修改")
	liaison.fill("f.complaint", "0319-7260001；12345")
	// The script asks the server while one types: the finding goes away.
	liaison.do(chromedp.WaitVisible(`//p[@role="status"][contains(., "已暂存")]`))
	if strings.Contains(liaison.text(), "E01") {
		t.Error("the finding does not follow what was typed")
	}
	liaison.click("保存")
	liaison.says("已保存")
	leader.find(journeyItem)
	leader.click("确认本事项")
	leader.says("已确认")

	report := func() {
		liaison.click("报送")
		liaison.fill("signatory", "（测试）负责人")
		for _, name := range js[[]string](liaison, `[...document.querySelectorAll("textarea")].map(t => t.name).filter(n => n.startsWith("reasons."))`) {
			liaison.fill(name, "已与审改办商定，暂予保留")
		}
		liaison.clickOn(`//button[starts-with(normalize-space(.), "报送 ")]`)
		liaison.says("报送成功", "审核中")
	}
	report()
	sub := liaison.path()
	review := func(b *tab, pass bool) {
		b.visit(sub)
		b.press("j")
		if at := js[string](b, `document.activeElement.innerText`); at != journeyItem {
			t.Errorf("j leads to %q", at)
		}
		b.click(journeyItem)
		if pass {
			b.click("通过")
		} else {
			b.do(chromedp.SetValue(chromedp.CSS(`#remark-field-0`), "accept_condition"), chromedp.SendKeys(chromedp.CSS(`#remark-text-0`), "请写明具体条件。"))
			b.click("退回")
		}
		b.says("审核意见已保存")
	}
	review(office, false)
	review(bureau, true)
	// The offices differ: the bureau takes the reform office's view.
	bureau.visit(sub + "?part=disputes")
	bureau.says("意见不一，待协商")
	bureau.click(journeyItem)
	bureau.says("两家意见不一", "请写明具体条件。")
	bureau.click("采纳审改办的退回意见")
	bureau.says("两家意见已经一致")
	liaison.find(journeyItem)
	liaison.says("请写明具体条件。")
	liaison.click("修改")
	liaison.fill("f.conditions", "持有效证件，属于本县居民")
	liaison.click("保存")
	leader.find(journeyItem)
	leader.click("确认本事项")
	report()
	sub = liaison.path()
	office.visit(sub)
	office.click(journeyItem)
	office.says("与上次报送相比", "受理条件", "快捷键")
	// Without the mouse: r leads to the remarks, a passes.
	office.press("r")
	if at := js[string](office, `document.activeElement.id`); at != "remark-field-0" {
		t.Errorf("r leads to %q", at)
	}
	js[int](office, `document.activeElement.blur(), 0`)
	office.press("a")
	office.do(chromedp.WaitVisible(`//*[contains(text(), "审核意见已保存")]`))
	review(bureau, true)

	public.visit("/search?q=" + "旅行社卫生管理")
	if strings.Contains(public.text(), journeyItem) {
		t.Error("the portal shows what is not published")
	}
	office.click("批次与公布")
	office.fill("title", "第二批")
	office.clickOn(`//form[contains(@action, "/work/batches")]//button`)
	batch := office.path()
	office.click("报县政府批准")
	county.visit(batch)
	county.fill("doc_no", "广政字〔2026〕21号")
	county.click("批准")
	county.says("已批准")
	office.visit(batch)
	office.click("立即公布")
	office.says("已公布")

	// A reader on a phone: by name, by pinyin, the guide, its code.
	for _, q := range []string{"旅行社卫生", "lvxingsheweisheng", "lxsws"} {
		public.visit("/")
		public.fits()
		public.fill("q", q)
		public.clickOn(`//form[@role="search"]//button`)
		public.says(journeyItem)
		public.fits()
	}
	public.click(journeyItem)
	public.says(journeyItem, "属于本县居民", "演示数据", "广政字〔2026〕21号")
	public.fits()
	public.click("核验这份指南")
	public.says("现行内容")
	public.fits()
}

// Readers of every kind find a service and read its guide: on a phone and at an
// office screen, with and without scripts, in normal and in large type.
func TestReadersInChromium(t *testing.T) {
	browser := chromium(t)
	k, srv := demoCounty(t, "")
	name := ""
	for _, e := range k.portal.Search(portal.Query{Text: "就业", Limit: 1}).Entries {
		name = e.Name
	}
	for _, c := range []struct {
		name          string
		width         int64
		script, large bool
	}{{"phone", 360, true, false}, {"phone without scripts", 360, false, false}, {"phone, large type", 360, true, true},
		{"desk", 1366, true, false}, {"desk without scripts, large type", 1366, false, true}} {
		t.Run(c.name, func(t *testing.T) {
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
			b.fits()
			b.fill("q", name)
			b.clickOn(`//form[@role="search"]//button`)
			b.fits()
			b.click(name)
			b.says(name, "演示数据", "核验码", "带什么")
			b.fits()
			b.visit("/units")
			b.fits()
			b.visit("/batches")
			b.fits()
		})
	}
}

// A liaison at work on the editor: the figure follows the steps as they are
// typed, a repair is a click, the history says what became better.
func TestEditorInChromium(t *testing.T) {
	browser := chromium(t)
	_, srv := demoCounty(t, "")
	b := open(t, browser, srv.URL, 1366).signIn("weijian")
	b.click("事项")
	b.click("新建事项")
	b.fill("name", "诊所备案（浏览器）")
	b.click("建立，继续填写")
	for _, row := range []string{"地点", "环节", "环节", "到场事由", "到场事由"} {
		b.click("添加" + row)
	}
	b.do(chromedp.Click(`//section[@id="f-t-process-sites"]//summary`), chromedp.WaitVisible(chromedp.CSS(`[name="t.process.sites.0.hall"]`)))
	b.fill("t.process.sites.0.hall", "县政务服务大厅")
	js[int](b, `document.querySelectorAll("details.rowcard").forEach(d => d.open = true), 0`)
	b.choose("t.process.steps.0.kind", "受理")
	b.choose("t.process.steps.0.waits", "是")
	b.choose("t.process.steps.1.kind", "送达")
	for i, duty := range []string{"提交", "领取"} {
		n := string(rune('0' + i))
		step := "s" + string(rune('1'+i))
		b.choose("t.process.touchpoints."+n+".duty", duty)
		b.choose("t.process.touchpoints."+n+".from", step)
		b.choose("t.process.touchpoints."+n+".to", step)
		b.choose("t.process.touchpoints."+n+".site", "p1")
	}
	b.fill("f.office", "医政股") // typing makes the script ask
	b.do(chromedp.WaitVisible(`//*[contains(@class, "answer-word")][contains(., "目前需要跑 2 次")]`))
	b.do(chromedp.WaitVisible(chromedp.CSS(`svg.lanes`)))
	b.click("保存")
	b.says("已保存", "目前需要跑 2 次")
	b.click("修改")
	js[int](b, `document.querySelectorAll("details.rowcard").forEach(d => d.open = true), 0`)
	b.do(chromedp.Click(`//input[@name="t.process.touchpoints.1.remote"][@value="快递"]`))
	b.do(chromedp.WaitVisible(`//*[contains(@class, "answer-word")][contains(., "最多跑一次")]`))
	b.fill("f.promised_limit", "即办")
	b.choose("f.case_type", "承诺件")
	b.click("保存")
	b.says("最多跑一次", "E03")
	b.click("改为“即办件”")
	b.says("已按检查结果更正")
	b.click("修改记录")
	b.says("办件类型由“承诺件”改为“即办件”", "更便利")
	b.click("返回事项")
	b.fits()
}
