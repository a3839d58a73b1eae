package main

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"onevisit/internal/infra/store/storetest"
)

// The reform office asks the planner and makes its answer the units' pledges; a
// liaison sees the to-do, tries other measures, writes the analysis down and
// takes the table away. Everything goes through links and forms of the pages.
func TestFromThePlannerToPledges(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { plannerToPledges(t, "") })
	t.Run("postgres", func(t *testing.T) { plannerToPledges(t, storetest.PostgresURL(t)) })
}

func plannerToPledges(t *testing.T, databaseURL string) {
	k, srv := demoCounty(t, databaseURL)
	office := signIn(t, srv.URL, "shengai")
	has := func(page string, want ...string) {
		t.Helper()
		for _, w := range want {
			if !strings.Contains(page, w) {
				t.Errorf("the page does not say %q", w)
			}
		}
	}
	has(office.get(http.StatusOK, "/work/planner"), "最省的办法是采取 M1 网上申报、网上预审", "费用 1。")
	has(office.get(http.StatusOK, "/work/planner?per_unit=1&share=90"), "各单位分别采取下表所列措施")
	has(office.get(http.StatusOK, "/work/planner?budget=1"), "在预算之内")
	page := office.get(http.StatusUnprocessableEntity, "/work/planner?cost_M3=-2")
	has(page, "“-2”不能是负数")

	page = signIn(t, srv.URL, "ducha").get(http.StatusOK, "/work/planner")
	has(page, "最省的办法")
	if strings.Contains(page, "保存为承诺") {
		t.Error("the supervision office is offered a pledge that it may not make")
	}

	page = office.get(http.StatusOK, "/work/planner?share=90")
	pledge := form(t, page, "/work/planner/pledge")
	pledge.Set("due", "2001-01-01")
	has(office.send(http.StatusUnprocessableEntity, "/work/planner/pledge", pledge), "完成日期不能早于今天")
	pledge.Set("due", "2100-12-20")
	page = office.send(http.StatusOK, "/work/planner/pledge", pledge)
	has(page, "承诺已保存", "履行中", "2100年12月20日")
	has(office.get(http.StatusOK, "/work/board"), "兑现 0 / 共 ")

	liaison := signIn(t, srv.URL, "weijian")
	has(liaison.get(http.StatusOK, "/work/"), "兑现改革承诺", "最多跑一次的承诺")
	if page := liaison.get(http.StatusOK, "/work/pledges"); strings.Contains(page, "广宗县教育局") {
		t.Error("a unit sees another's pledges")
	}
	liaison.get(http.StatusForbidden, "/work/planner?unit=none")
	page = liaison.get(http.StatusOK, "/work/planner?share=90")
	item := regexp.MustCompile(`(/work/items/[0-9a-f-]+)/whatif\?m=`).FindStringSubmatch(page)
	if item == nil {
		t.Fatal("the planner unlocks nothing")
	}
	has(liaison.get(http.StatusOK, item[1]+"/history"), "改革承诺", "履行中")
	// What the reform office pledged for the unit, the unit makes its own.
	page = liaison.get(http.StatusOK, item[1])
	has(page, "改革承诺（履行中）", "2100年12月20日", "把承诺写入本事项")
	has(liaison.send(http.StatusOK, item[1]+"/pledge", form(t, page, item[1]+"/pledge")), "承诺已保存", "作出改革承诺")
	page = liaison.get(http.StatusOK, item[1])
	has(page, "改革后最多跑一次", "改革承诺（履行中）")
	if strings.Contains(page, "把承诺写入本事项") {
		t.Error("the item says its pledge already, and is offered it again")
	}
	page = liaison.get(http.StatusOK, item[1]+"/whatif?m=M1&m=M2")
	has(page, "目前需要跑", "采取 M1、M2 后", "最小的措施组合", "保存为承诺", "<svg")
	own := form(t, page, "/pledge")
	own.Set("due", "2100-06-30")
	has(liaison.send(http.StatusOK, item[1]+"/pledge", own), "2100年6月30日")

	words := form(t, liaison.get(http.StatusOK, item[1]+"/analysis"), "/analysis")
	words.Set("learn", "指南写得太专业")
	for k := range words {
		if strings.HasPrefix(k, "shortest.") {
			words.Set(k, "x")
		}
	}
	has(liaison.send(http.StatusUnprocessableEntity, item[1]+"/analysis", words), "最短工作日应是数字", "指南写得太专业")
	for k := range words {
		if strings.HasPrefix(k, "shortest.") {
			words.Set(k, "0.5")
		}
	}
	has(liaison.send(http.StatusOK, item[1]+"/analysis", words), "已保存", "指南写得太专业")
	has(liaison.get(http.StatusOK, "/work/planner/analyses.csv"), "不能一次了解清楚的原因", "指南写得太专业")
	for path, begin := range map[string]string{"analyses.xlsx": "PK", "analyses.docx": "PK", "analyses.pdf": "%PDF", "plan.xlsx?unit=" + actors(t, k, "weijian")["weijian"].UnitID: "PK"} {
		if file := liaison.get(http.StatusOK, "/work/planner/"+path); !strings.HasPrefix(file, begin) {
			t.Errorf("%s begins with %.20q", path, file)
		}
	}
	has(office.get(http.StatusOK, "/work/planner/plan.csv?share=90"), "新实现", "事项所需措施")
	liaison.get(http.StatusForbidden, "/work/planner/plan.csv")
	has(office.get(http.StatusOK, "/work/pledges?state="+url.QueryEscape("履行中")), "完成日期", "下一页")
	has(office.get(http.StatusOK, "/work/pledges?state="+url.QueryEscape("已逾期")), "没有符合条件的承诺")

	withdraw := regexp.MustCompile(`/work/pledges/[0-9a-f-]+/withdraw`).FindString(liaison.get(http.StatusOK, "/work/pledges"))
	page = liaison.get(http.StatusOK, "/work/pledges")
	out := form(t, page, withdraw)
	out.Set("reason", "上级另有规定")
	has(liaison.send(http.StatusOK, withdraw, out), "承诺已撤销", "上级另有规定")
}
