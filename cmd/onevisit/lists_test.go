package main

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// importList posts the form of a list with its file.
func (b *browser) importList(want int, list, edition, unit, data string) string {
	b.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for k, v := range map[string]string{"form_token": b.token(), "list": list, "edition": edition, "unit": unit} {
		if err := w.WriteField(k, v); err != nil {
			b.t.Fatal(err)
		}
	}
	f, err := w.CreateFormFile("file", "清单.csv")
	if err != nil {
		b.t.Fatal(err)
	}
	if _, err := f.Write([]byte(data)); err != nil {
		b.t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		b.t.Fatal(err)
	}
	req, err := http.NewRequest(http.MethodPost, b.base+"/work/lists/import", &body)
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Content-Type", w.FormDataContentType())
	return b.do(want, req)
}

func has(t *testing.T, page string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

// claimThroughThePages carries a unit's lists from import to the last decision,
// and a new version of the catalogue to its units.
func claimThroughThePages(t *testing.T, base string, office *browser) {
	t.Helper()
	police, leader := signIn(t, base, "gongan"), signIn(t, base, "gongan-fz")
	unit := regexp.MustCompile(`/work/lists\?state=open&unit=([0-9a-f-]{36})`).FindStringSubmatch(police.get(http.StatusOK, "/work/"))[1]
	has(t, police.get(http.StatusOK, "/work/"), "认领清单和目录条目", "S04", "自行车停放场设立核准")
	has(t, police.get(http.StatusOK, "/work/report"), "现有清单还有 2 条没有对应的事项")

	// What has its name is claimed at one stroke, by the liaison only.
	leader.get(http.StatusForbidden, "/work/lists/matches")
	page := police.get(http.StatusOK, "/work/lists/matches")
	form := url.Values{"form_token": {police.token()}, "unit": {unit}}
	for _, m := range regexp.MustCompile(`name="entry" value="([0-9a-f-]{36})"`).FindAllStringSubmatch(page, -1) {
		form.Add("entry", m[1])
	}
	if len(form["entry"]) < 100 {
		t.Fatalf("%d entries have an item of their name", len(form["entry"]))
	}
	has(t, police.send(http.StatusOK, "/work/lists/matches", form), "同名条目已认领")
	police.send(http.StatusConflict, "/work/lists/matches", form)

	// The rest one by one: declined with a reason, claimed with a new draft.
	entry := func(name string) string {
		t.Helper()
		m := regexp.MustCompile(`/work/lists/entries/([0-9a-f-]{36})`).FindStringSubmatch(police.get(http.StatusOK, "/work/lists?state=open&list="+url.QueryEscape("权力清单")+"&q="+url.QueryEscape(name)))
		if m == nil {
			t.Fatalf("%s is not open", name)
		}
		return m[1]
	}
	bike, metal := entry("自行车停放场"), entry("废旧金属收购点")
	leader.post(http.StatusForbidden, "/work/lists/claim", "entry", bike, "version", "0", "decision", "不认领", "reason", "依据已废止")
	has(t, police.post(http.StatusUnprocessableEntity, "/work/lists/claim", "entry", bike, "version", "0", "decision", "不认领", "reason", "无"), "不认领须写明理由", `href="#f-reason"`)
	has(t, police.post(http.StatusOK, "/work/lists/claim", "entry", bike, "version", "0", "decision", "不认领", "reason", "设定依据已废止", "next", "1"), "处理意见已保存", "废旧金属收购点备案")
	police.post(http.StatusConflict, "/work/lists/claim", "entry", bike, "version", "0", "decision", "不认领", "reason", "另有理由在此")
	has(t, police.get(http.StatusOK, "/work/lists/entries/"+metal+"?q="+url.QueryEscape("旅馆业")), "旅馆业特种行业许可证核发")
	police.post(http.StatusOK, "/work/lists/claim", "entry", metal, "version", "0", "decision", "认领", "new_item", "1")
	has(t, police.get(http.StatusOK, "/work/items?q="+url.QueryEscape("废旧金属收购点备案")), "起草")
	has(t, police.get(http.StatusOK, "/work/lists?state=declined&list="+url.QueryEscape("权力清单")), "自行车停放场", "设定依据已废止", "共 1 条")
	if page := police.get(http.StatusOK, "/work/"); strings.Contains(page, "S04") || strings.Contains(page, "认领清单和目录条目") {
		t.Error("the unit still has entries to claim")
	}

	// A new edition of the own list; another unit's is not theirs to bring in.
	police.importList(http.StatusForbidden, "省级目录", "冀政办字〔2026〕2号", "", "基本编码,事项名称\n")
	has(t, police.importList(http.StatusUnprocessableEntity, "权力清单", "", unit, "事项名称,类型\n犬类准养证核发,行政许可\n"), "请填写版本")
	has(t, police.importList(http.StatusOK, "权力清单", "2026年版", unit, "单位,编码,事项名称,类型\n,YS9,保安员证补发,行政确认\n无此局,1,某事项,\n"), "导入完成", "单位名录中没有“无此局”")
	has(t, police.get(http.StatusOK, "/work/lists?list="+url.QueryEscape("权力清单")), "2026年版", "旧版", "保安员证补发", "与上一版本对照")
	has(t, police.get(http.StatusOK, "/work/lists/changes?list="+url.QueryEscape("权力清单")), "新增", "保安员证补发", "取消", "下一页")
	has(t, police.get(http.StatusOK, "/work/lists/changes?page=2&kind="+url.QueryEscape("取消")+"&list="+url.QueryEscape("权力清单")), "上一页")
	has(t, police.get(http.StatusOK, "/work/lists/changes.csv?list="+url.QueryEscape("权力清单")), "新增,广宗县公安局", "保安员证补发", "取消,广宗县公安局", "自行车停放场")
	has(t, police.get(http.StatusOK, "/work/lists.csv?list="+url.QueryEscape("权力清单")), "权力清单,2026年版,广宗县公安局,YS9,保安员证补发")

	// The reform office brings in the next version of the catalogue and says
	// whose an entry is.
	has(t, office.importList(http.StatusOK, "省级目录", "冀政办字〔2026〕2号", "", "基本编码,事项名称,事项类型\n130109901000,犬只电子标识登记,其他行政权力\n131099902000,便民服务站点备案（演示）,其他行政权力\n"), "尚无承接单位")
	has(t, office.get(http.StatusOK, "/work/"), "指定省级目录条目的承接单位，还有 1 条")
	has(t, office.get(http.StatusOK, "/work/lists?list="+url.QueryEscape("权力清单")), "各单位处理情况", "state=open&unit="+unit+`">1<`)
	none := regexp.MustCompile(`/work/lists/entries/([0-9a-f-]{36})`).FindStringSubmatch(office.get(http.StatusOK, "/work/lists?unit=none&list="+url.QueryEscape("省级目录")))[1]
	police.post(http.StatusForbidden, "/work/lists/assign", "entry", none, "from", "", "to", unit)
	office.post(http.StatusUnprocessableEntity, "/work/lists/assign", "entry", none, "from", "", "to", "")
	has(t, office.post(http.StatusOK, "/work/lists/assign", "entry", none, "from", "", "to", unit), "承接单位已指定", "广宗县公安局")
	has(t, police.get(http.StatusOK, "/work/lists?unit="+unit+"&list="+url.QueryEscape("省级目录")), "便民服务站点备案", "犬只电子标识登记")
	has(t, office.get(http.StatusOK, "/work/board"), "待认领")
}
