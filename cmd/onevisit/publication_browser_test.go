package main

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/infra/store/storetest"
)

// Three units report, one of them that it has no items; one package comes back
// with remarks and is corrected; both offices pass, the county government strikes
// an item, and the batch is published. Then page, WeChat article, announcement
// and open data say the same; and after an element was adjusted, the code on the
// old paper says what has changed.
func TestPublicationInChromium(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { publicationInChromium(t, "") })
	t.Run("postgres", func(t *testing.T) { publicationInChromium(t, storetest.PostgresURL(t)) })
}

func publicationInChromium(t *testing.T, databaseURL string) {
	browser := chromium(t)
	_, srv := demoCounty(t, databaseURL)
	person := func(login string) *tab { return open(t, browser, srv.URL, 1366).signIn(login) }
	office, bureau, county := person("shengai"), person("shenpi"), person("xianfu")

	zero := person("gongxiao")
	zero.click("报送")
	zero.fill("statement", "本单位不承担依申请办理的事项。")
	zero.click("提交零报告")
	zero.says("零报告", "报送回执")

	confirm := func(b *tab) {
		t.Helper()
		b.visit("/work/items?state=" + url.QueryEscape("起草"))
		js[int](b, `document.querySelectorAll('main input[name="id"]:not(:checked)').forEach(x => x.click()), 0`)
		b.click("确认所选事项")
		b.says("已确认")
	}
	report := func(b *tab) (sub string) {
		t.Helper()
		b.click("报送")
		b.fill("signatory", "（测试）负责人")
		for _, name := range js[[]string](b, `[...document.querySelectorAll("textarea")].map(t => t.name).filter(n => n.startsWith("reasons."))`) {
			b.fill(name, "已与审改办商定，暂予保留")
		}
		b.clickOn(`//button[starts-with(normalize-space(.), "报送 ")]`)
		b.says("报送成功", "审核中")
		return b.path()
	}
	names := func(b *tab) []string {
		t.Helper()
		return js[[]string](b, `[...document.querySelectorAll('main a[href*="/items/"]')].map(a => a.innerText.trim())`)
	}
	pass := func(b *tab, sub, but string) {
		t.Helper()
		b.visit(sub)
		for _, name := range names(b) {
			if name == but {
				continue
			}
			b.visit(sub)
			b.click(name)
			if js[bool](b, `!!document.querySelector('button[value="通过"]')`) {
				b.click("通过")
				b.says("审核意见已保存")
			}
		}
	}
	health, healthLeader := person("weijian"), person("weijian-fz")
	archive, archiveLeader := person("dangan"), person("dangan-fz")
	confirm(healthLeader)
	confirm(archiveLeader)
	first, second := report(health), report(archive)

	// One item comes back with a remark at the element; the unit corrects it.
	office.visit(first)
	returned := names(office)[0]
	for _, b := range []*tab{office, bureau} {
		b.visit(first)
		b.click(returned)
		b.do(chromedp.SetValue(chromedp.CSS(`#remark-field-0`), "accept_condition"), chromedp.SendKeys(chromedp.CSS(`#remark-text-0`), "请写明申请人的范围。"))
		b.click("退回")
		b.says("审核意见已保存")
		pass(b, first, returned)
		pass(b, second, returned)
	}
	health.find(returned)
	health.says("请写明申请人的范围。")
	health.click("修改")
	health.fill("f.conditions", "在本县行政区域内依法登记的单位")
	health.click("保存")
	confirm(healthLeader)
	third := report(health)
	for _, b := range []*tab{office, bureau} {
		pass(b, third, "")
	}

	office.click("批次与公布")
	office.fill("title", "广宗县“最多跑一次”事项（第二批）")
	office.clickOn(`//form[contains(@action, "/work/batches")]//button`)
	batch := office.path()
	office.click("报县政府批准")
	archive.visit(second)
	struck := names(archive)[0]
	county.visit(batch)
	js[int](county, `document.querySelectorAll("details").forEach(d => d.open = true), 0`)
	row := `//div[contains(@class,"strike-row")][.//label[contains(., "` + struck + `")]]`
	county.do(chromedp.Click(row+`//input[@type="checkbox"]`), chromedp.SendKeys(row+`//input[@type="text" or not(@type)]`, "与上级目录不一致，核实后再公布"))
	county.fill("doc_no", "广政字〔2026〕33号")
	county.click("批准")
	county.says("已批准")
	office.visit(batch)
	office.click("立即公布")
	office.says("已公布", "不予公布")
	archive.find(struck)
	archive.says("已退回")

	// What the public is told, in every way.
	public := open(t, browser, srv.URL, 1366)
	public.visit("/batches")
	public.click("广宗县“最多跑一次”事项（第二批）")
	page := public.path()
	public.says(returned, "广政字〔2026〕33号", "广宗县卫生健康局", "广宗县档案馆")
	desk := signIn(t, srv.URL, "shengai")
	file := func(path string) []byte {
		t.Helper()
		i := strings.LastIndexByte(path, '/')
		resp, err := desk.c.Get(srv.URL + path[:i+1] + url.PathEscape(path[i+1:]))
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("%s: %s %v", path, resp.Status, err)
		}
		return body
	}
	var others []string
	health.visit(first)
	archive.visit(second)
	for _, n := range append(names(health), names(archive)...) {
		if n != struck {
			others = append(others, n)
		}
	}
	office.visit(batch)
	office.click("微信公众号文章和微博文字")
	article := office.text()
	pdf := pdfText(t, file(batch+"/papers/批次公布公告.pdf"))
	docx := docxText(t, file(batch+"/papers/批次公布公告.docx"))
	data := csvText(t, file("/data/items.csv"))
	public.visit(page)
	for _, where := range []struct{ name, text string }{{"page", public.text()}, {"article", article}, {"pdf", pdf}, {"docx", docx}, {"open data", data}} {
		text := squeeze(where.text)
		for _, n := range others {
			if !strings.Contains(text, squeeze(n)) {
				t.Errorf("the %s lacks %s", where.name, n)
			}
		}
		if strings.Contains(text, squeeze(struck)) {
			t.Errorf("the %s has %s, which was struck", where.name, struck)
		}
		if where.name != "open data" && !strings.Contains(text, squeeze("广政字〔2026〕33号")) {
			t.Errorf("the %s does not name the document", where.name)
		}
	}

	// The guide is printed; then the unit changes whom it is for and whom to call,
	// which the reform office decides alone.
	public.click(returned)
	printed := public.path()
	code := regexp.MustCompile(`[0-9A-Z]{5}-[0-9A-Z]{5}`).FindString(public.text())
	public.visit("/verify?code=" + code)
	public.says("现行")
	health.find(returned)
	health.click("修改")
	health.fill("f.complaint", "0319-7269999；12345")
	health.fill("f.enquiry", "0319-7268888")
	health.fill("f.conditions", "在本县依法登记的单位和个人")
	health.click("保存")
	confirm(healthLeader)
	health.find(returned)
	health.visit("/work/adjustments/new?item=" + strings.TrimPrefix(health.path(), "/work/items/"))
	health.do(chromedp.Click(chromedp.CSS(`input[name="op"][value="变更"]`)))
	health.click("下一步")
	health.choose("cause", "15")
	health.fill("basis", "局党组会议纪要〔2026〕9号")
	today := time.Now().In(time.FixedZone("UTC+8", 8*3600)).Format(time.DateOnly)
	js[int](health, `["cause_on", "effective"].forEach(n => document.querySelector('[name="' + n + '"]').value = "`+today+`"), 0`)
	health.fill("reason", "不限于单位，个人也可以申请；咨询和投诉电话换新。")
	health.click("保存并提交负责人确认")
	adjustment := health.path()
	healthLeader.visit(adjustment)
	healthLeader.click("确认并报审改办")
	office.visit(adjustment)
	office.says("审改办决定", "0319-7268888")
	office.click("同意调整")
	office.click("立即公布")
	office.says("已公布")

	public.visit(printed)
	public.says("0319-7268888", "在本县依法登记的单位和个人")
	public.do(chromedp.EmulateViewport(360, 768))
	public.visit("/verify?code=" + code)
	public.says("是本站公布的，但已于 "+calendar.DateOf(time.Now()).ChineseShort()+" 被替代", "受理条件", "咨询方式", "投诉方式")
	if n := js[int](public, `document.querySelectorAll("ol.changes > li").length`); n != 3 {
		t.Errorf("%d changes are told, want the three that matter most", n)
	}
	public.fits()
}

var blanks = regexp.MustCompile(`\s+`)

// squeeze drops the breaks that a layout makes.
func squeeze(s string) string { return blanks.ReplaceAllString(s, "") }

// pdfText reads a PDF the way a reader's program does.
func pdfText(t *testing.T, file []byte) string {
	t.Helper()
	tool, err := exec.LookPath("pdftotext")
	if err != nil {
		if os.Getenv("ONEVISIT_TEST_REQUIRE_ALL") == "1" {
			t.Fatal("pdftotext is absent, and every suite is required")
		}
		t.Skip("pdftotext is absent; make test installs poppler-utils")
	}
	cmd := exec.Command(tool, "-enc", "UTF-8", "-", "-")
	cmd.Stdin = bytes.NewReader(file)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

var tags = regexp.MustCompile(`<[^>]*>`)

func docxText(t *testing.T, file []byte) string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	f, err := z.Open("word/document.xml")
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return tags.ReplaceAllString(string(b), "")
}

func csvText(t *testing.T, file []byte) string {
	t.Helper()
	rows, err := csv.NewReader(bytes.NewReader(file)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, r := range rows {
		b.WriteString(strings.Join(r, "\t") + "\n")
	}
	return b.String()
}
