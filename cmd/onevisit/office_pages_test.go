package main

import (
	"net/http"
	"strings"
	"testing"

	"onevisit/cmd/onevisit/demo"
)

// The register, the calendar, accounts and the trail through the pages, each by
// the administrator whose it is.
func TestOfficePages(t *testing.T) {
	_, srv := demoCounty(t, "")
	admin, security, auditor, liaison := signIn(t, srv.URL, "admin"), signIn(t, srv.URL, "anquan"), signIn(t, srv.URL, "shenji"), signIn(t, srv.URL, "weijian")
	for _, path := range []string{"/work/units", "/work/units/new", "/work/halls", "/work/people", "/work/audit", "/work/audit.csv"} {
		liaison.get(http.StatusForbidden, path)
	}
	security.get(http.StatusForbidden, "/work/units")
	admin.get(http.StatusForbidden, "/work/audit")

	// A unit.
	has(t, admin.get(http.StatusOK, "/work/units?q="+"水务"), "广宗县水务局", "共 1 个单位")
	page := admin.post(http.StatusUnprocessableEntity, "/work/units/new", "name", "广宗县水务局", "kind", "政府工作部门", "address", "某路 1 号")
	has(t, page, "已有名为“广宗县水务局”的单位", `href="#f-name"`, "某路 1 号")
	has(t, admin.post(http.StatusOK, "/work/units/new", "name", "广宗县体育中心", "kind", "部门所属事业单位", "in_scope", "1", "supervisor", unitID(t, admin, "广宗县教育局")), "单位信息已保存", "广宗县体育中心")
	unit := admin.at
	has(t, admin.post(http.StatusOK, unit, "do", "office", "office", "场馆股"), "已保存", "场馆股")
	has(t, admin.post(http.StatusUnprocessableEntity, unit, "do", "office", "office", "场馆股"), "本单位已有“场馆股”")
	has(t, admin.get(http.StatusOK, "/work/units/"+unitID(t, admin, "广宗县教育局")), "由本单位组织报送的单位", "广宗县体育中心")
	has(t, admin.post(http.StatusOK, "/work/halls", "name", "开发区分厅", "phone", "0319-7200001"), "开发区分厅", "0319-7200001")

	// Many at once, from a table.
	liaison.get(http.StatusForbidden, "/work/units/import")
	security.uploadTo(http.StatusForbidden, "/work/units/import", "x.csv", []byte("单位名称,类别\n广宗县某局,政府工作部门\n"))
	has(t, admin.get(http.StatusOK, "/work/units/import"), "下载模板")
	table := []byte("登录名,姓名,单位,角色\nchangguan,体育主任,广宗县体育中心,负责人\nmei,无名,广宗县没有的局,联络员\n")
	has(t, admin.uploadTo(http.StatusOK, "/work/units/import", "账号.csv", table, "dry_run", "1"), "这是试运行", "名录和本文件中都没有“广宗县没有的局”")
	has(t, admin.uploadTo(http.StatusOK, "/work/units/import", "账号.csv", table), "导入完成", "初始密码只显示这一次", "changguan")
	if page := admin.uploadTo(http.StatusOK, "/work/units/import", "账号.csv", table); strings.Contains(page, "初始密码只显示这一次") {
		t.Error("a password is issued twice")
	}
	has(t, admin.uploadTo(http.StatusUnprocessableEntity, "/work/units/import", "账号.csv", []byte("甲,乙\n")), "没有找到表头", "单位名称")

	// An account: made, granted, locked, unlocked, its first password changed.
	has(t, admin.post(http.StatusUnprocessableEntity, "/work/people", "login", "tiyu", "name", "体育联络员", "unit", strings.TrimPrefix(unit, "/work/units/"), "role", "单位联络员", "password", "short"), "密码至少 10 个字符", "体育联络员")
	has(t, admin.post(http.StatusUnprocessableEntity, "/work/people", "login", "tiyu", "name", "体育联络员", "unit", strings.TrimPrefix(unit, "/work/units/"), "role", "审改办", "password", demo.Password), "由安全管理员授予")
	admin.post(http.StatusOK, "/work/people", "login", "tiyu", "name", "体育联络员", "unit", strings.TrimPrefix(unit, "/work/units/"), "role", "单位联络员", "password", demo.Password)
	has(t, admin.get(http.StatusOK, "/work/people?q=tiyu"), "待改密码", "共 1 个账号")
	security.post(http.StatusForbidden, "/work/people", "login", "tiyu", "do", "disable")
	admin.post(http.StatusForbidden, "/work/people", "login", "tiyu", "do", "roles", "roles", "审改办")
	security.post(http.StatusOK, "/work/people", "login", "tiyu", "do", "roles", "roles", "单位负责人")
	has(t, security.get(http.StatusOK, "/work/people?role=单位负责人&q=tiyu"), "共 1 个账号")
	fresh := newBrowser(t, srv.URL)
	has(t, fresh.signIn(http.StatusOK, "tiyu", demo.Password), "请先修改密码")
	if fresh.get(http.StatusOK, "/work/items"); fresh.at != "/work/me" {
		t.Errorf("a first password opens %s", fresh.at)
	}
	has(t, fresh.post(http.StatusUnprocessableEntity, "/work/me", "present", demo.Password, "password", "更衣室在二楼靠东", "again", "更衣室在二楼靠西"), "两次输入的新密码不一致")
	has(t, fresh.post(http.StatusUnprocessableEntity, "/work/me", "present", "不是这个密码呀呀", "password", "更衣室在二楼靠东边", "again", "更衣室在二楼靠东边"), "当前密码不正确")
	fresh.post(http.StatusUnprocessableEntity, "/work/me", "present", demo.Password, "password", "更衣室", "again", "更衣室")
	has(t, fresh.post(http.StatusOK, "/work/me", "present", demo.Password, "password", "更衣室在二楼靠东边那间", "again", "更衣室在二楼靠东边那间"), "密码已修改")
	has(t, fresh.get(http.StatusOK, "/work/"), "我的待办")
	other := newBrowser(t, srv.URL)
	for range 5 {
		other.signIn(http.StatusUnauthorized, "tiyu", "wrong")
	}
	has(t, other.signIn(http.StatusForbidden, "tiyu", "更衣室在二楼靠东边那间"), "已锁定")
	has(t, admin.get(http.StatusOK, "/work/people?state=locked"), "tiyu")
	security.post(http.StatusOK, "/work/people", "login", "tiyu", "do", "unlock")
	other.signIn(http.StatusOK, "tiyu", "更衣室在二楼靠东边那间")

	// The calendar, for whoever keeps it; the trail, for whoever audits.
	liaison.get(http.StatusOK, "/work/calendar")
	has(t, admin.get(http.StatusOK, "/work/calendar?from=2018-09-28&days=5"), "到期日：2018年10月10日（周三）", "国庆节调休上班")
	has(t, admin.get(http.StatusUnprocessableEntity, "/work/calendar?from=x&days=-1"), "起算日应形如", "天数应为不小于 0 的整数")
	has(t, admin.get(http.StatusOK, "/work/calendar?year=2031"), "2031年的放假安排尚未导入")
	has(t, auditor.get(http.StatusOK, "/work/audit?q=tiyu"), "授予角色", "由“单位联络员”改为“单位负责人”")
	has(t, auditor.get(http.StatusOK, "/work/audit?q=体育联络员"), "锁定账号", "登录失败", "修改密码")
	has(t, auditor.get(http.StatusOK, "/work/audit.csv?kind=单位"), "新建单位,单位", "广宗县体育中心")
	has(t, auditor.get(http.StatusUnprocessableEntity, "/work/audit?from=昨天"), "日期应形如")
}

func unitID(t *testing.T, b *browser, name string) string {
	t.Helper()
	page := b.get(http.StatusOK, "/work/units?q="+name)
	_, rest, ok := strings.Cut(page, `/work/units/`)
	for ; ok; _, rest, ok = strings.Cut(rest, `/work/units/`) {
		if id, tail, _ := strings.Cut(rest, `"`); strings.HasPrefix(tail, ">"+name+"<") {
			return id
		}
	}
	t.Fatalf("%s is not in the register", name)
	return ""
}
