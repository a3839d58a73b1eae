package main

import (
	"encoding/json"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/infra/store"
	"onevisit/internal/infra/store/storetest"
)

// A unit has its published items suspended and resumed, split, merged, cancelled,
// transferred to the approval bureau and delegated to a town, each through the
// pages and on its track; whoever comes to an old address is led on, and the
// announcement says the same on the page and on paper (P-3.2f).
func TestAdjustmentsInChromium(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { adjustmentsInChromium(t, "") })
	t.Run("postgres", func(t *testing.T) { adjustmentsInChromium(t, storetest.PostgresURL(t)) })
}

func adjustmentsInChromium(t *testing.T, databaseURL string) {
	browser := chromium(t)
	k, srv := demoCounty(t, databaseURL)
	person := func(login string) *tab { return open(t, browser, srv.URL, 1366).signIn(login) }
	liaison, leader, office, county := person("renshe"), person("renshe-fz"), person("shengai"), person("xianfu")
	public := open(t, browser, srv.URL, 360)

	var items, names []string // of the unit, published
	if err := k.db.View(t.Context(), func(tx *store.Tx) error {
		owed, err := tx.OwedItems(nil)
		units, uerr := tx.Units()
		for _, u := range units {
			if u.Name == driftUnit {
				for _, it := range owed[u.ID] {
					items, names = append(items, it.ItemID), append(names, it.Name)
				}
			}
		}
		if err == nil {
			err = uerr
		}
		return err
	}); err != nil || len(items) < 7 {
		t.Fatal(len(items), err)
	}
	today := calendar.DateOf(time.Now()).String()

	// begin draws an adjustment up; submit hands it in.
	begin := func(item int, op string) (path string) {
		t.Helper()
		liaison.visit("/work/items/" + items[item])
		liaison.click("申请调整")
		liaison.do(chromedp.Click(chromedp.CSS(`input[name="op"][value="` + op + `"]`)))
		liaison.click("下一步")
		return liaison.path()
	}
	submit := func(path, cause, basis, reason string) {
		t.Helper()
		liaison.visit(path)
		liaison.choose("cause", cause)
		liaison.fill("basis", basis)
		js[int](liaison, `["cause_on", "effective"].forEach(n => document.querySelector('[name="'+n+'"]').value = "`+today+`"), 0`)
		liaison.fill("reason", reason)
		liaison.click("保存并提交负责人确认")
		liaison.says("已提交", "待单位负责人确认")
	}
	confirmed := func(path string) {
		t.Helper()
		leader.visit(path)
		leader.click("确认并报审改办")
		office.visit(path)
	}
	published := func(path string) {
		t.Helper()
		office.visit(path)
		office.click("立即公布")
		office.says("已公布")
	}
	number := 40
	byCounty := func(path string) {
		t.Helper()
		confirmed(path)
		office.says("县政府批准")
		office.click("同意，报县政府批准")
		county.visit(path)
		number++
		county.fill("doc_no", "广政字〔2026〕"+strconv.Itoa(number)+"号")
		county.click("批准")
		published(path)
	}
	// contents confirms what was set up: the liaison saves, the leader confirms.
	contents := func(leader *tab) {
		t.Helper()
		leader.visit("/work/items?state=" + url.QueryEscape("起草"))
		js[int](leader, `document.querySelectorAll('main input[name="id"]:not(:checked)').forEach(x => x.click()), 0`)
		leader.click("确认所选事项")
		leader.says("已确认")
	}
	// coded gives an item that was set up from another a code beside that one's.
	coded := func(path, name string, from int, sub string) {
		t.Helper()
		var it catalog.Item
		if err := k.db.View(t.Context(), func(tx *store.Tx) error {
			p, err := tx.CurrentItem(items[from])
			if err != nil {
				return err
			}
			return json.Unmarshal(p.Doc, &it)
		}); err != nil {
			t.Fatal(err)
		}
		liaison.visit(path)
		liaison.says("“" + name + "”有 2 个错误")
		liaison.clickOn(`//tr[contains(@class, "adjusted-item")][.//a[normalize-space(.)="` + name + `"]]//a[normalize-space(.)="修改内容"]`)
		basic, impl := it.BasicCode, it.ImplementationCode
		liaison.fill("f.basic_code", basic[:len(basic)-3]+sub)
		liaison.fill("f.implementation_code", impl[:len(impl)-3]+sub)
		liaison.click("保存")
		liaison.says("已保存")
	}
	guide := func(item int, words ...string) {
		t.Helper()
		public.visit("/items/" + items[item])
		public.says(words...)
		public.fits()
	}

	// Suspended by the county government; resumed by the reform office alone.
	path := begin(0, "暂停")
	submit(path, "31", "系统升级通知（测试）", "系统升级，暂时办不了，急需的请电话咨询。")
	byCounty(path)
	guide(0, "暂停", "系统升级，暂时办不了")
	public.click("调整公告")
	public.says("办理系统或者场所暂时不能使用", "系统升级通知（测试）", "广政字〔2026〕41号")
	public.fits()
	path = begin(0, "恢复")
	submit(path, "05", "系统已经恢复（测试）", "系统升级完成，恢复办理。")
	confirmed(path)
	office.says("审改办决定")
	office.click("同意调整")
	published(path)
	guide(0, "恢复：系统升级完成")

	// Split in two, and two become one.
	path = begin(1, "拆分")
	liaison.fill("names", names[1]+"（个人）\n"+names[1]+"（单位）")
	liaison.click("建立")
	coded(path, names[1]+"（个人）", 1, "701")
	coded(path, names[1]+"（单位）", 1, "702")
	contents(leader)
	submit(path, "21", "县审改办协调会议纪要（测试）", "个人和单位的材料不同，分开列出。")
	byCounty(path)
	guide(1, "拆分", "现在请办理", names[1]+"（个人）", names[1]+"（单位）")
	path = begin(2, "合并")
	liaison.fill("q", names[3])
	liaison.click("筛选")
	liaison.click("加入")
	liaison.fill("names", "合并后的事项（测试）")
	liaison.click("建立")
	coded(path, "合并后的事项（测试）", 2, "703")
	contents(leader)
	submit(path, "22", "县审改办协调会议纪要（测试）", "同一件事分列两项，合并后只办一次。")
	byCounty(path)
	for _, i := range []int{2, 3} {
		guide(i, "合并", "现在请办理", "合并后的事项（测试）")
	}

	// No longer done at all; done by the approval bureau; done by a town.
	path = begin(4, "取消")
	submit(path, "42", "局办公会议决定（测试）", "改为事中事后监管，不用再来办理。")
	byCounty(path)
	guide(4, "取消", "改为事中事后监管")
	path = begin(5, "划转")
	liaison.click("建立")
	contents(person("shenpi-fz"))
	submit(path, "61", "《河北省优化营商环境条例》第三十条", "划转后在政务服务大厅综合窗口统一受理。")
	byCounty(path)
	guide(5, "划转", "现在请办理", "广宗县行政审批局")
	told := []string{"拆分“" + names[1] + "”", "合并“", "取消“" + names[4] + "”", "划转“" + names[5] + "”", "暂停“" + names[0] + "”", "恢复“" + names[0] + "”"}
	if databaseURL == "" { // nothing of it is the database's
		path = begin(6, "下放")
		liaison.do(chromedp.Click(`//label[contains(., "广宗镇人民政府")]`))
		liaison.click("建立")
		contents(person("guangzong-fz"))
		submit(path, "51", "县政府常务会议纪要（测试）", "下放到镇便民服务中心，就近办理。")
		byCounty(path)
		guide(6, "下放", "现在请办理", "广宗镇人民政府")
		told = append(told, "下放“"+names[6]+"”")
	}

	// The announcements: all of them, and one on paper as on its page.
	public.visit("/adjustments")
	public.says(told...)
	public.fits()
	public.click("划转“" + names[5] + "”")
	public.says("相对集中行政许可权改革", "《河北省优化营商环境条例》第三十条", "综合窗口统一受理", "广宗县行政审批局")
	_, pdf := fetch(t, srv.URL, public.path()+"/papers/"+url.PathEscape("调整公告.pdf"))
	text := squeeze(pdfText(t, pdf))
	for _, w := range []string{"相对集中行政许可权改革", "《河北省优化营商环境条例》第三十条", "综合窗口统一受理", squeeze(names[5]), "广宗县行政审批局"} {
		if !strings.Contains(text, w) {
			t.Errorf("the announcement on paper does not say %q", w)
		}
	}
}
