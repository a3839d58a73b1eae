package main

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"onevisit/internal/infra/store"
	"onevisit/internal/infra/store/storetest"
)

// A poster is registered where it hangs; the item is adjusted; the report and the
// unit's to-do say what has to be replaced and what has changed; the poster is
// printed anew and scanned on the spot, and everything is clean again. Then a
// reader scans an old poster and lets the unit know.
func TestDriftInChromium(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { driftInChromium(t, "") })
	t.Run("postgres", func(t *testing.T) { driftInChromium(t, storetest.PostgresURL(t)) })
}

const driftUnit = "广宗县人力资源和社会保障局"

func driftInChromium(t *testing.T, databaseURL string) {
	browser := chromium(t)
	k, srv := demoCounty(t, databaseURL)
	person := func(login string) *tab { return open(t, browser, srv.URL, 1366).signIn(login) }
	liaison, leader, office := person("renshe"), person("renshe-fz"), person("shengai")

	// The unit's items and one of another unit.
	var name, item, old, foreign string
	if err := k.db.View(t.Context(), func(tx *store.Tx) error {
		owed, err := tx.OwedItems(nil)
		units, uerr := tx.Units()
		for _, u := range units {
			switch list := owed[u.ID]; {
			case u.Name == driftUnit:
				name, item, old = list[0].Name, list[0].ItemID, list[0].Code
			case u.Name == "广宗县行政审批局":
				foreign = list[0].Code
			}
		}
		if err == nil {
			err = uerr
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}

	liaison.click("公示地点")
	liaison.click("登记公示地点")
	liaison.do(chromedp.Click(chromedp.CSS(`input[name="kind"][value="海报"]`)))
	liaison.fill("name", "就业服务大厅门口")
	liaison.fill("location", "一楼入口")
	liaison.click("保存")
	liaison.says("公示地点已保存", "还没有登记展示的内容")
	place := liaison.path()
	liaison.fill("codes", old)
	liaison.fill("form", "海报")
	liaison.click("登记")
	liaison.says("已登记展示的内容", name, "现行")
	// Line by line: twice the same, no such code, another unit's, no code at all.
	liaison.do(chromedp.SendKeys(chromedp.CSS(`[name="codes"]`), old+"\nZZZZZ-99999\n"+foreign+"\n没有码"))
	liaison.click("登记")
	liaison.says("已经登记，不重复登记", "没有以“ZZZZZ-99999”为核验码的公布内容", "海报只登记本单位的事项", "这一行没有核验码")
	// What was not taken stays for another try.
	if left := js[string](liaison, `document.querySelector('[name="codes"]').value`); !strings.Contains(left, foreign) {
		t.Errorf("the lines are lost: %q", left)
	}
	liaison.fits()

	// The item is adjusted.
	liaison.visit("/work/items/" + item + "/edit")
	liaison.fill("f.conditions", "在本县就业的劳动者，户籍不限")
	liaison.click("保存")
	leader.visit("/work/items/" + item)
	leader.click("确认本事项")
	liaison.visit("/work/adjustments/new?item=" + item)
	liaison.do(chromedp.Click(chromedp.CSS(`input[name="op"][value="变更"]`)))
	liaison.click("下一步")
	liaison.choose("cause", "15")
	liaison.fill("basis", "局党组会议纪要〔2026〕11号")
	today := time.Now().In(time.FixedZone("UTC+8", 8*3600)).Format(time.DateOnly)
	js[int](liaison, `["cause_on", "effective"].forEach(n => document.querySelector('[name="' + n + '"]').value = "`+today+`"), 0`)
	liaison.fill("reason", "户籍不再限制。")
	liaison.click("保存并提交负责人确认")
	adjustment := liaison.path()
	leader.visit(adjustment)
	leader.click("确认并报审改办")
	office.visit(adjustment)
	office.click("同意调整")
	office.click("立即公布")
	office.says("已公布")
	runJobs(t, k, store.DriftJob, k.reform.RunDrift)

	// The report shows it, with what has changed; the to-do stands at the unit.
	office.click("公示地点")
	office.click("就业服务大厅门口")
	office.says("待更换", "换成现行版", "受理条件", old)
	office.fits()
	liaison.visit("/work/")
	liaison.says("“就业服务大厅门口”：更换 1 份过期的公示内容")
	liaison.clickOn(`//a[contains(., "就业服务大厅门口")]`)
	if liaison.path() != place {
		t.Errorf("the to-do leads to %s", liaison.path())
	}

	// Printed anew for this place: sheet and poster.
	desk := signIn(t, srv.URL, "renshe")
	paper := func(file string) string {
		t.Helper()
		resp, err := desk.c.Get(srv.URL + place + "/papers/" + url.PathEscape(file))
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("%s: %s %v", file, resp.Status, err)
		}
		return squeeze(pdfText(t, body))
	}
	var fresh, token string
	if err := k.db.View(t.Context(), func(tx *store.Tx) error {
		now, err := tx.CurrentItem(item)
		if err != nil {
			return err
		}
		p, err := tx.Place(strings.TrimPrefix(place, "/work/places/"))
		fresh, token = now.VerifyCode, p.Token
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if text := paper("更换清单.pdf"); !strings.Contains(text, squeeze(old)) || !strings.Contains(text, squeeze(fresh)) {
		t.Errorf("the sheet does not say what to replace: %.200s", text)
	}
	if text := paper("海报.pdf"); !strings.Contains(text, squeeze(fresh)) || strings.Contains(text, squeeze(old)) {
		t.Errorf("the poster is not the new one: %.200s", text)
	}

	// Somebody scans the new poster before the unit has said so: a hint, no more.
	public := open(t, browser, srv.URL, 360)
	public.visit("/verify?code=" + fresh + "&at=" + token)
	public.says("现行内容", "印给：就业服务大厅门口")
	public.fits()
	liaison.visit(place)
	liaison.says("待更换", "可能已更换")

	// A member of staff scans it on the spot, and says so with one tap.
	phone := open(t, browser, srv.URL, 360).signIn("renshe")
	phone.visit("/verify?code=" + fresh + "&at=" + token)
	phone.click("在此处看到：就业服务大厅门口")
	phone.says("已记录在此处看到的内容")
	phone.fits()
	liaison.visit(place)
	if text := liaison.text(); strings.Contains(text, "待更换") || !strings.Contains(text, "以前展示的") {
		t.Errorf("the place is not clean: %.600s", text)
	}
	liaison.visit("/work/")
	if strings.Contains(liaison.text(), "就业服务大厅门口") {
		t.Error("the to-do stays")
	}
	office.visit("/work/places?q=" + url.QueryEscape("就业服务大厅门口"))
	office.says("1 现行")

	// An old poster is still scanned: the reader is thanked and lets the unit know.
	public.visit("/verify?code=" + old + "&at=" + token)
	public.says("被替代", "谢谢您核对")
	public.click("告知" + driftUnit)
	public.says("已告知维护单位")
	runJobs(t, k, store.DriftJob, k.reform.RunDrift)
	liaison.visit("/work/")
	liaison.says("核实 1 处与登记不符")
	liaison.visit(place)
	liaison.says("旧版仍在")
	js[int](liaison, `document.querySelectorAll("details").forEach(d => d.open = true), 0`)
	liaison.fill("why", "旧海报已换下")
	liaison.click("已核实")
	liaison.says("已保存")
	liaison.visit("/work/")
	if strings.Contains(liaison.text(), "就业服务大厅门口") {
		t.Error("the settled doubt is still asked for")
	}

	// The place is closed while it shows something; the old address of its codes
	// goes on.
	liaison.visit(place)
	js[int](liaison, `document.querySelectorAll("details").forEach(d => d.open = true), 0`)
	liaison.do(chromedp.SendKeys(`//form[contains(@action, "/close")]//input[@name="why"]`, "大厅搬迁"))
	liaison.click("停用")
	liaison.says("已停用", "以前展示的", "地点停用")
	public.visit("/verify?code=" + fresh + "&at=" + token)
	public.says("现行内容")
}
