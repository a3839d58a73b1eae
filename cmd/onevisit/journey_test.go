package main

import (
	"bytes"
	"context"
	"encoding/json"
	"html"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"onevisit/cmd/onevisit/demo"
	"onevisit/internal/app/reform"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/infra/store/storetest"
	"onevisit/internal/server/worker"
)

// browser is a signed-in reader of the pages that fills in their forms.
type browser struct {
	t    *testing.T
	base string
	c    *http.Client
	at   string // path of the last page
}

func signIn(t *testing.T, base, login string) *browser {
	t.Helper()
	b := newBrowser(t, base)
	if page := b.send(http.StatusOK, "/work/sign-in", url.Values{"login": {login}, "password": {demo.Password}}); !strings.Contains(page, "我的待办") {
		t.Fatalf("%s is not signed in", login)
	}
	return b
}

// newBrowser is a browser that nobody has signed in with.
func newBrowser(t *testing.T, base string) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t: t, base: base, c: &http.Client{Jar: jar}}
}

// signIn sends the form of signing in.
func (b *browser) signIn(want int, login, password string) string {
	b.t.Helper()
	return b.send(want, "/work/sign-in", url.Values{"login": {login}, "password": {password}})
}

func (b *browser) do(want int, req *http.Request) string {
	b.t.Helper()
	resp, err := b.c.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	b.at = resp.Request.URL.Path
	text := html.UnescapeString(string(body))
	if resp.StatusCode != want {
		b.t.Fatalf("%s %s: status %d, want %d\n%s", req.Method, req.URL.Path, resp.StatusCode, want, regexp.MustCompile(`(?s)<[^>]*>|\s+`).ReplaceAllString(text, " "))
	}
	return text
}

func (b *browser) get(want int, path string) string {
	b.t.Helper()
	req, err := http.NewRequest(http.MethodGet, b.base+path, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.do(want, req)
}

var tokenField = regexp.MustCompile(`name="form_token" value="([^"]+)"`)

func (b *browser) token() string {
	m := tokenField.FindStringSubmatch(b.get(http.StatusOK, "/work/"))
	if m == nil {
		b.t.Fatal("no form token on the page")
	}
	return m[1]
}

// send posts a form as it is; post adds the session's token.
func (b *browser) send(want int, path string, form url.Values) string {
	b.t.Helper()
	req, err := http.NewRequest(http.MethodPost, b.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.do(want, req)
}

func (b *browser) post(want int, path string, pairs ...string) string {
	b.t.Helper()
	form := url.Values{"form_token": {b.token()}}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	return b.send(want, path, form)
}

func (b *browser) upload(want int, unit, name string, data []byte) string {
	b.t.Helper()
	return b.uploadTo(want, "/work/import", name, data, "unit", unit)
}

func (b *browser) uploadTo(want int, path, name string, data []byte, pairs ...string) string {
	b.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	pairs = append(pairs, "form_token", b.token())
	for i := 0; i+1 < len(pairs); i += 2 {
		if err := w.WriteField(pairs[i], pairs[i+1]); err != nil {
			b.t.Fatal(err)
		}
	}
	f, err := w.CreateFormFile("file", name)
	if err != nil {
		b.t.Fatal(err)
	}
	if _, err := f.Write(data); err != nil {
		b.t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		b.t.Fatal(err)
	}
	req, err := http.NewRequest(http.MethodPost, b.base+path, &body)
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Content-Type", w.FormDataContentType())
	return b.do(want, req)
}

func (b *browser) id() string { return b.at[strings.LastIndexByte(b.at, '/')+1:] }

func (b *browser) version(item string) string {
	return regexp.MustCompile(`name="version" value="(\d+)"`).FindStringSubmatch(b.get(http.StatusOK, "/work/items/"+item+"/edit"))[1]
}

// The whole way through the pages: import, findings, fix, confirm, submit,
// return, fix, review, batch, approval, publication, portal; each step by the
// right role only.
func TestTheWholeWayThroughThePages(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { wholeWay(t, "") })
	t.Run("postgres", func(t *testing.T) { wholeWay(t, storetest.PostgresURL(t)) })
}

// What is carried through the whole way.
const journeyUnit, journeyItem = "广宗县卫生健康局", "旅行社卫生管理备案登记"

// incomplete is a file with one new item that lacks its complaint line.
func incomplete(t *testing.T, k *county) []byte {
	t.Helper()
	for it, err := range k.eachItem(context.Background()) {
		if err != nil {
			t.Fatal(err)
		}
		if it.Unit != journeyUnit {
			continue
		}
		it.Name, it.Complaint = journeyItem, nil
		it.BasicCode = it.BasicCode[:6] + "899000"
		it.ImplementationCode = it.ImplementationCode[:19] + it.BasicCode
		doc, err := json.Marshal(it)
		if err != nil {
			t.Fatal(err)
		}
		return doc
	}
	t.Fatal("the unit has no items")
	return nil
}

// runImports does what the worker would do with the files that wait.
func runImports(t *testing.T, k *county) {
	t.Helper()
	ctx := context.Background()
	job, err := queue{k.db}.Claim(ctx, "test", []string{reform.ImportJob}, time.Minute)
	if err != nil || job == nil {
		t.Fatalf("no import job: %v", err)
	}
	var handler worker.Handler = k.reform.RunImport
	if err := handler(ctx, job.Payload, func(int) {}); err != nil && !fault.Is(err, fault.Invalid) { // the page says what is wrong with a file
		t.Fatal(err)
	}
}

func wholeWay(t *testing.T, databaseURL string) {
	ctx := context.Background()
	k, srv := demoCounty(t, databaseURL)
	told := len(k.portal.Releases()) // in the demonstration's story
	liaison, leader := signIn(t, srv.URL, "weijian"), signIn(t, srv.URL, "weijian-fz")
	office, bureau, county := signIn(t, srv.URL, "shengai"), signIn(t, srv.URL, "shenpi"), signIn(t, srv.URL, "xianfu")
	public := &browser{t: t, base: srv.URL, c: srv.Client()}

	// Import one item that lacks its complaint line.
	doc := incomplete(t, k)
	liaison.upload(http.StatusForbidden, "", "全县.jsonl", doc) // the county's list is the reform office's
	unit := regexp.MustCompile(`<option value="([^"]+)"[^>]*>` + journeyUnit).FindStringSubmatch(liaison.get(http.StatusOK, "/work/import"))[1]
	liaison.upload(http.StatusOK, unit, "新事项.jsonl", doc)
	run := liaison.at
	runImports(t, k)
	if page := liaison.get(http.StatusOK, run); !strings.Contains(page, "新增") || strings.Contains(page, "正在处理") {
		t.Fatal("the import's report is missing")
	}
	item := regexp.MustCompile(`/work/items/([0-9a-f-]{36})`).FindStringSubmatch(liaison.get(http.StatusOK, "/work/items?q="+url.QueryEscape(journeyItem)))[1]
	if page := liaison.get(http.StatusOK, "/work/items/"+item); !strings.Contains(page, "E01") {
		t.Error("the missing complaint line is not among the findings")
	}
	leader.post(http.StatusUnprocessableEntity, "/work/items/confirm", "item", item) // has errors

	// Fix it; a second editor who read the old form saves nothing.
	v := liaison.version(item)
	liaison.post(http.StatusOK, "/work/items/"+item+"/edit", "version", v, "f.complaint", "0319-7260001；12345")
	liaison.post(http.StatusConflict, "/work/items/"+item+"/edit", "version", v, "f.complaint", "0319-7260002")
	// What was refused waits to be merged; here it is given up.
	liaison.post(http.StatusOK, "/work/items/"+item+"/draft/drop")
	liaison.post(http.StatusForbidden, "/work/items/confirm", "item", item) // the leader's to do
	leader.post(http.StatusOK, "/work/items/confirm", "item", item)

	// Report: not without a signature, then with one.
	report := func(signatory string, want int) {
		t.Helper()
		liaison.post(want, "/work/report", "unit", unit, "text", "承诺内容", "signatory", signatory, "signed_on", "2018-07-10",
			"reasons.K03", "省级目录尚未收录", "reasons.G03", "号码正在更换，单位登记随后更新")
	}
	if page := liaison.get(http.StatusOK, "/work/report"); strings.Contains(page, "公开承诺书") {
		report("", http.StatusUnprocessableEntity)
	}
	report("（测试）负责人", http.StatusOK)
	sub := liaison.id()
	handed, err := k.reform.Submission(ctx, org.Operator(), sub)
	if err != nil {
		t.Fatal(err)
	}
	receipt := "/work/receipts?" + url.Values{"number": {handed.Number}}.Encode() + "&hash="
	forged := strings.Repeat("0", 64)
	for hash, want := range map[string]string{handed.Hash: "回执真实，报送内容原样未动", forged: "校验码不符"} {
		if page := office.get(http.StatusOK, receipt+hash); !strings.Contains(page, want) {
			t.Errorf("the receipt's page does not say %q", want)
		}
		var said bytes.Buffer
		err := (&verifyCmd{What: handed.Number, Hash: hash}).receipt(&env{globals: &globals{JSON: true}, ctx: ctx, out: &said}, k)
		if good := hash != forged; (err == nil) != good || strings.Contains(said.String(), `"valid":true`) != good {
			t.Errorf("on the command line the receipt with %s…: %v %s", hash[:8], err, said.String())
		}
	}
	office.get(http.StatusUnprocessableEntity, receipt+"12")
	review := func(b *browser, pairs ...string) {
		t.Helper()
		b.post(http.StatusOK, "/work/submissions/"+sub+"/items/"+item, pairs...)
	}
	liaison.post(http.StatusForbidden, "/work/submissions/"+sub+"/items/"+item, "decision", "通过")
	office.post(http.StatusUnprocessableEntity, "/work/submissions/"+sub+"/items/"+item, "decision", "退回") // must say what to do
	review(office, "decision", "退回", "remark_field", "accept_condition", "remark_text", "请写明具体条件。")
	review(bureau, "decision", "通过")
	if page := office.get(http.StatusOK, "/work/submissions/"+sub+"/items/"+item); !strings.Contains(page, "两家意见不一") {
		t.Error("the reform office does not see that the offices differ")
	}
	bureau.post(http.StatusOK, "/work/submissions/"+sub+"/items/"+item+"/adopt")
	if page := liaison.get(http.StatusOK, "/work/items/"+item); !strings.Contains(page, "请写明具体条件。") {
		t.Error("the unit does not see the remark")
	}
	liaison.post(http.StatusOK, "/work/items/"+item+"/edit", "version", liaison.version(item), "f.conditions", "持有效证件\n属于本县居民")
	leader.post(http.StatusOK, "/work/items/confirm", "item", item)
	report("（测试）负责人", http.StatusOK)
	sub = liaison.id()
	if page := office.get(http.StatusOK, "/work/submissions/"+sub+"/items/"+item); !strings.Contains(page, "上次报送") {
		t.Error("the reviewer is not shown what changed")
	}
	review(office, "decision", "通过")
	review(bureau, "decision", "通过")

	// Batch, approval, publication.
	find := "/search?q=" + url.QueryEscape(journeyItem)
	if strings.Contains(public.get(http.StatusOK, find), `/items/`+item) {
		t.Error("the portal shows what is not published")
	}
	office.post(http.StatusOK, "/work/batches", "title", "第二批")
	batch := "/work/batches/" + office.id()
	office.post(http.StatusConflict, batch+"/publish")
	office.post(http.StatusOK, batch+"/send")
	office.post(http.StatusForbidden, batch+"/approve", "doc_no", "广政字〔2018〕21号", "doc_date", "2018-08-31")
	county.post(http.StatusUnprocessableEntity, batch+"/approve", "doc_no", "21号", "doc_date", "2018-08-31")
	county.post(http.StatusOK, batch+"/approve", "doc_no", "广政字〔2018〕21号", "doc_date", "2018-08-31")
	county.post(http.StatusForbidden, batch+"/publish")
	office.send(http.StatusForbidden, batch+"/publish", url.Values{}) // without the form's token
	office.post(http.StatusOK, batch+"/publish")
	if !strings.Contains(public.get(http.StatusOK, find), `/items/`+item) {
		t.Fatal("the portal does not find the published item")
	}
	guide := public.get(http.StatusOK, "/items/"+item)
	for _, want := range []string{journeyItem, "广政字〔2018〕21号", "属于本县居民", "演示数据"} {
		if !strings.Contains(guide, want) {
			t.Errorf("the guide lacks %q", want)
		}
	}
	code := regexp.MustCompile(`seal-code">([^<]+)<`).FindStringSubmatch(guide)[1]
	if !strings.Contains(public.get(http.StatusOK, "/verify?code="+code), "现行内容") {
		t.Error("the printed code does not verify")
	}
	var out bytes.Buffer
	if err := (&verifyCmd{What: code}).code(&env{globals: &globals{JSON: true}, ctx: ctx, out: &out}, k.portal, code); err != nil || !strings.Contains(out.String(), `"current":true,"name":"`+journeyItem) {
		t.Errorf("on the command line the printed code does not verify: %v %s", err, out.String())
	}
	claimThroughThePages(t, srv.URL, office)
	if n, err := k.db.VerifyAudit(ctx); err != nil || n == 0 {
		t.Errorf("audit: %d %v", n, err)
	}
	if n, _, err := verifyReleases(ctx, k.db); err != nil || n != told+1 {
		t.Errorf("%d releases verify, %v", n, err)
	}
}
