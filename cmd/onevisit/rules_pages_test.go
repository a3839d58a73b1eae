package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"onevisit/cmd/onevisit/demo"
	"onevisit/internal/app/reform"
	"onevisit/internal/server/web"
)

// The reform office writes a rule, sees what it would find, and puts it into
// force; the drafts are judged by it.
func TestRulesInTheWorkbench(t *testing.T) {
	ctx := context.Background()
	clock := &demo.Clock{}
	k, err := openCounty(ctx, countyConfig{dataDir: t.TempDir(), now: clock.Now, demo: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = k.close() })
	if err := (&demo.Story{DB: k.db, Reform: k.reform, Clock: clock, Hasher: k.hasher}).Build(ctx); err != nil {
		t.Fatal(err)
	}
	if err := k.portal.Refresh(ctx); err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(web.New(web.Config{Office: k.office, Reform: k.reform, Portal: k.portal, Demo: true, County: k.db.County, Now: time.Now}))
	t.Cleanup(srv.Close)
	office, liaison := signIn(t, srv.URL, "shengai"), signIn(t, srv.URL, "weijian")
	if page := liaison.get(http.StatusOK, "/work/rules"); !strings.Contains(page, "申请材料没有省级以上依据") || strings.Contains(page, "/work/rules/county") {
		t.Error("the list of rules is for all, the editor for the reform office")
	}
	liaison.get(http.StatusForbidden, "/work/rules/county")
	liaison.post(http.StatusForbidden, "/work/rules/county", "text", "", "do", "save", "note", "x", "base", "1")
	if page := office.get(http.StatusOK, "/work/rules/county"); !strings.Contains(page, "id: C02") || !strings.Contains(page, "现行第 1 版") {
		t.Error("the editor starts from the version in force")
	}
	rules := "rules:\r\n  - id: C01\r\n    title: 须有网办地址\r\n    expression: item.online.url != ''\r\n    message: 没有网办地址。\r\n    severity: 建议\r\n    clause: 县文件\r\n"
	page := office.post(http.StatusUnprocessableEntity, "/work/rules/county", "do", "try", "text", strings.Replace(rules, "online", "onlien", 1))
	if !strings.Contains(page, "第 4 行第 21 列：没有名为“onlien”的字段，是否要写“online”") || !strings.Contains(page, "须有网办地址") {
		t.Error("the place of the fault, or what was typed, is lost")
	}
	page = office.post(http.StatusOK, "/work/rules/county", "do", "try", "text", rules)
	if !strings.Contains(page, "全县 1208 个事项") || !strings.Contains(page, "没有网办地址。") {
		t.Error("the trial shows no findings")
	}
	office.post(http.StatusUnprocessableEntity, "/work/rules/county", "do", "save", "text", rules, "base", "1") // no reason
	page = office.post(http.StatusOK, "/work/rules/county", "do", "save", "text", rules, "base", "1", "note", "广政办〔2018〕12号")
	if office.at != "/work/rules" || !strings.Contains(page, "广政办〔2018〕12号") || !strings.Contains(page, "第 2 版") {
		t.Error("the new version is not in the list")
	}
	office.post(http.StatusConflict, "/work/rules/county", "do", "save", "text", "", "base", "1", "note", "y")
	q := queue{k.db}
	job, err := q.Claim(ctx, "test", []string{reform.RejudgeJob}, time.Minute)
	if err != nil || job == nil {
		t.Fatalf("no job: %v", err)
	}
	if err := k.reform.Rejudge(ctx, job.Payload, func(int) {}); err != nil {
		t.Fatal(err)
	}
	found := false
	for _, state := range []string{"起草", "已退回", "已确认"} {
		for _, href := range itemLinks.FindAllStringSubmatch(office.get(http.StatusOK, "/work/items?state="+state), 12) {
			found = found || strings.Contains(office.get(http.StatusOK, href[1]), "没有网办地址。")
		}
	}
	if !found {
		t.Error("no draft shows the finding of the county's rule")
	}
}

var itemLinks = regexp.MustCompile(`href="(/work/items/[0-9a-f-]{36})"`)
