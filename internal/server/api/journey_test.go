package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"onevisit/cmd/onevisit/demo"
	"onevisit/internal/app/reform"
)

// signIn is a program that acts for a person.
func (k *county) signIn(login string) *caller {
	k.t.Helper()
	c := k.public()
	c.token = c.call(201, "POST", "/api/session", map[string]any{"login": login, "password": demo.Password})["token"].(string)
	return c
}

// upload sends a file and carries out the job that reads it.
func (c *caller) upload(want int, fields map[string]string, name string, data []byte) map[string]any {
	c.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for k, v := range fields {
		if err := w.WriteField(k, v); err != nil {
			c.t.Fatal(err)
		}
	}
	if name != "" {
		f, err := w.CreateFormFile("file", name)
		if err != nil {
			c.t.Fatal(err)
		}
		if _, err := f.Write(data); err != nil {
			c.t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		c.t.Fatal(err)
	}
	run := c.send(want, "POST", "/api/imports", body.Bytes(), "Content-Type", w.FormDataContentType())
	if want != 202 {
		return run
	}
	job, err := c.db.ClaimJob(c.t.Context(), "test", []string{reform.ImportJob}, time.Minute)
	if err != nil || job == nil {
		c.t.Fatalf("no import job: %v", err)
	}
	if err := c.reform.RunImport(c.t.Context(), job.Payload.(json.RawMessage), func(int) {}); err != nil {
		c.t.Fatal(err)
	}
	if err := c.db.CompleteJob(c.t.Context(), job); err != nil {
		c.t.Fatal(err)
	}
	return c.call(200, "GET", "/api/imports/"+run["id"].(string), nil)
}

// oneOfMany saves over one version at the same time: one is carried out, and the
// others hear that they are late.
func (c *caller) oneOfMany(item string, version any, it map[string]any) {
	c.t.Helper()
	const callers = 8
	status := make(chan int, callers)
	mine := maps.Clone(it)
	for i := range callers {
		mine["office"] = fmt.Sprintf("第%d股", i)
		body, err := json.Marshal(mine)
		if err != nil {
			c.t.Fatal(err)
		}
		go func() {
			req, err := http.NewRequest("PUT", c.url+item, bytes.NewReader(body))
			if err != nil {
				status <- 0
				return
			}
			req.Header.Set("Authorization", "Bearer "+c.token)
			req.Header.Set("Content-Type", "application/json")
			req.Header.Set("If-Match", fmt.Sprintf(`"%v"`, version))
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				status <- 0
				return
			}
			_ = resp.Body.Close()
			status <- resp.StatusCode
		}()
	}
	got := map[int]int{}
	for range callers {
		got[<-status]++
	}
	if got[200] != 1 || got[412]+got[409] != callers-1 {
		c.t.Errorf("%d saved over one version at the same time: %v", callers, got)
	}
}

// The whole way through the interface: create, assess, save, import, confirm,
// submit, review, batch, approval, publication; each step by the right role only.
func theWholeWay(t *testing.T, k *county) {
	public := k.public()
	public.call(401, "GET", "/api/items", nil)
	if public.head.Get("WWW-Authenticate") != "Bearer" {
		t.Error("401 does not say how to sign in")
	}
	public.call(401, "POST", "/api/session", map[string]any{"login": "weijian", "password": "wrong"})
	public.call(401, "GET", "/api/todos", nil, "Authorization", "Bearer nonsense")

	liaison, leader := k.signIn("weijian"), k.signIn("weijian-fz")
	office, bureau, government := k.signIn("shengai"), k.signIn("shenpi"), k.signIn("xianfu")
	me := liaison.call(200, "GET", "/api/session", nil)
	unit := me["unit_id"].(string)

	// Look around.
	liaison.call(200, "GET", "/api/todos", nil)
	if todos := office.call(200, "GET", "/api/todos", nil)["todos"].([]any); len(todos) == 0 {
		t.Error("the reform office of the demonstration has nothing to do")
	}
	seePlaces(t, office, liaison)
	if rows := liaison.call(200, "GET", "/api/board", nil)["units"].([]any); len(rows) == 0 || len(rows) > 10 {
		t.Errorf("the unit's board has %d rows", len(rows))
	}
	if rows := office.call(200, "GET", "/api/board", nil)["units"].([]any); len(rows) < 20 {
		t.Errorf("the county's board has %d rows", len(rows))
	}
	var ids []string
	for next := ""; ; {
		page := liaison.call(200, "GET", "/api/items?limit=5&unit="+unit+"&next="+next, nil)
		ids = append(ids, texts(page["items"], "id")...)
		if next = page["next"].(string); next == "" {
			if len(ids) != int(page["total"].(float64)) {
				t.Errorf("%d items on the pages, total %v", len(ids), page["total"])
			}
			break
		}
	}
	liaison.call(422, "GET", "/api/items?faulty=perhaps", nil)
	liaison.call(403, "GET", "/api/batches", nil)
	office.call(200, "GET", "/api/submissions?limit=3", nil)

	// A new item, made of a good one; it lacks the complaint line.
	const name = "旅行社卫生管理备案登记"
	it := liaison.call(200, "GET", "/api/items/"+ids[0], nil)["item"].(map[string]any)
	basic := it["basic_code"].(string)[:6] + "899000"
	it["basic_code"], it["implementation_code"], it["name"] = basic, it["implementation_code"].(string)[:19]+basic, name
	complaint := it["complaint"]
	delete(it, "complaint")
	found := liaison.call(200, "POST", "/api/assess", map[string]any{"unit_id": unit, "item": it})
	if !slices.Contains(texts(found["findings"], "field"), "complaint") {
		t.Errorf("the missing complaint line is not found: %v", found["findings"])
	}
	office.call(403, "POST", "/api/items", map[string]any{"unit_id": unit, "item": it})
	made := liaison.call(201, "POST", "/api/items", map[string]any{"unit_id": unit, "item": it})
	item := liaison.head.Get("Location")
	id := made["id"].(string)
	liaison.call(422, "POST", "/api/items", map[string]any{"unit_id": unit, "item": it}) // of one code
	leader.call(422, "POST", "/api/items/confirm", map[string]any{"items": []string{id}})

	// Saving needs the version that was read.
	it["complaint"] = complaint
	liaison.call(200, "GET", item, nil)
	tag := liaison.head.Get("ETag")
	liaison.call(428, "PUT", item, it)
	liaison.call(422, "PUT", item, it, "If-Match", "*")
	liaison.call(415, "PUT", item, it, "If-Match", tag, "Content-Type", "text/plain")
	it["colour"] = "red"
	p := liaison.call(422, "PUT", item, it, "If-Match", tag)
	if got := texts(p["errors"], "path"); !slices.Equal(got, []string{"colour"}) {
		t.Errorf("an unknown key is named as %v", got)
	}
	delete(it, "colour")
	bureau.call(403, "PUT", item, it, "If-Match", tag)
	saved := liaison.call(200, "PUT", item, it, "If-Match", tag)
	if saved["errors"] != 0.0 {
		t.Fatalf("the item still has errors: %v", saved["findings"])
	}
	liaison.call(412, "PUT", item, it, "If-Match", tag)
	liaison.oneOfMany(item, saved["version"], it)
	liaison.call(200, "GET", item+"/findings", nil)
	liaison.call(404, "GET", "/api/items/none", nil)

	waiveFinding(t, liaison, office, item, it)

	// An import is a job; who may not import does not leave a file behind.
	doc, err := json.Marshal(it)
	if err != nil {
		t.Fatal(err)
	}
	run := liaison.upload(202, map[string]string{"unit_id": unit, "dry_run": "true"}, "清单.jsonl", append(append(doc, "\n{}\n"...), doc...))
	if run["state"] != "已完成" || run["rows"] != 3.0 || run["bad"] != 1.0 || run["dry_run"] != true {
		t.Errorf("import: %v", run)
	}
	problems := liaison.call(200, "GET", "/api/imports/"+run["id"].(string)+"/problems?limit=1", nil)
	if len(problems["problems"].([]any)) != 1 {
		t.Errorf("problems: %v", problems)
	}
	liaison.upload(403, nil, "全县.jsonl", doc)
	liaison.upload(422, map[string]string{"unit_id": unit}, "", nil)
	liaison.upload(422, map[string]string{"unit": unit}, "x.jsonl", doc)
	liaison.upload(422, map[string]string{"dry_run": "1"}, "x.jsonl", doc)
	liaison.call(415, "POST", "/api/imports", map[string]any{})
	liaison.call(404, "GET", "/api/imports/none", nil)

	// Confirm, take back, confirm, report.
	liaison.call(403, "POST", "/api/items/confirm", map[string]any{"items": []string{id}})
	leader.call(204, "POST", "/api/items/confirm", map[string]any{"items": []string{id}})
	leader.call(204, "POST", item+"/reopen", nil)
	leader.call(204, "POST", "/api/items/confirm", map[string]any{"items": []string{id}})
	report := map[string]any{"unit_id": unit, "kind": "清单报送", "items": []string{id}}
	if saved["class"] == "已实现最多跑一次" {
		liaison.call(422, "POST", "/api/submissions", report)
	}
	report["commitment"] = map[string]any{"signatory": "（测试）负责人", "title": "局长", "signed_on": "2018-07-10", "text": "承诺内容"}
	liaison.call(422, "POST", "/api/submissions", report) // a warning that nobody has explained
	report["reasons"] = map[string]any{"K03": "省级目录尚未收录，已报请补充"}
	office.call(403, "POST", "/api/submissions", report)
	liaison.call(409, "POST", "/api/submissions", map[string]any{"unit_id": unit, "kind": "零报告", "statement": "无"})
	liaison.call(422, "POST", "/api/submissions", map[string]any{"unit_id": unit, "kind": "口头"})
	sub := "/api/submissions/" + liaison.call(201, "POST", "/api/submissions", report)["id"].(string)
	liaison.call(200, "GET", item, nil)
	liaison.call(409, "PUT", item, it, "If-Match", liaison.head.Get("ETag")) // with the offices now

	// Review by both offices.
	pass := map[string]any{"items": []string{id}, "decision": "通过"}
	liaison.call(403, "POST", sub+"/verdicts", pass)
	office.call(422, "POST", sub+"/verdicts", map[string]any{"items": []string{id}, "decision": "退回"}) // must say what to do
	office.call(200, "POST", sub+"/verdicts", map[string]any{"items": []string{id}, "decision": "退回", "remarks": []any{map[string]any{"field": "accept_condition", "text": "请写明具体条件。"}}})
	if s := bureau.call(200, "POST", sub+"/verdicts", pass); s["state"] != "审核中" { // the offices differ
		t.Errorf("submission: %v", s["state"])
	}
	liaison.call(403, "POST", sub+"/items/"+id+"/adopt", nil)
	bureau.call(200, "POST", sub+"/items/"+id+"/adopt", nil)
	back := liaison.call(200, "GET", item, nil)
	if back["state"] != "已退回" || len(back["remarks"].([]any)) != 2 {
		t.Fatalf("returned: %v %v", back["state"], back["remarks"])
	}
	liaison.call(200, "PUT", item, it, "If-Match", liaison.head.Get("ETag"))
	leader.call(204, "POST", "/api/items/confirm", map[string]any{"items": []string{id}})
	sub = "/api/submissions/" + liaison.call(201, "POST", "/api/submissions", report)["id"].(string)
	if n := office.call(200, "POST", sub+"/pass-clean", nil)["passed"]; n == 0.0 {
		office.call(200, "POST", sub+"/verdicts", pass) // it carries a warning
	}
	if s := bureau.call(200, "POST", sub+"/verdicts", pass); s["state"] != "审核完毕" {
		t.Errorf("submission: %v", s["state"])
	}

	// Batch, approval, publication.
	if n := public.call(200, "GET", "/api/search?q="+url.QueryEscape(name), nil); slices.Contains(texts(n["hits"], "id"), id) {
		t.Error("what is not published is found")
	}
	liaison.call(403, "POST", "/api/batches", map[string]any{"title": "第二批"})
	batch := office.call(201, "POST", "/api/batches", map[string]any{"title": "第二批"})
	at := "/api/batches/" + batch["id"].(string)
	if office.call(200, "GET", "/api/batches", nil)["waiting"] != 0.0 {
		t.Error("items still wait for a batch")
	}
	if others := slices.DeleteFunc(texts(batch["items"], "id"), func(x string) bool { return x == id }); len(others) > 0 {
		office.call(204, "DELETE", at+"/items/"+others[0], nil)
	}
	office.call(409, "POST", at+"/publish", nil)
	office.call(200, "POST", at+"/send", nil)
	government.call(422, "POST", at+"/return", map[string]any{"note": ""})
	government.call(200, "POST", at+"/return", map[string]any{"note": "请核对。"})
	office.call(200, "POST", at+"/send", nil)
	office.call(403, "POST", at+"/approve", map[string]any{"doc_no": "广政字〔2018〕21号", "doc_date": "2018-08-31"})
	government.call(422, "POST", at+"/approve", map[string]any{"doc_no": "21号", "doc_date": "2018-08-31"})
	government.call(200, "POST", at+"/approve", map[string]any{"doc_no": "广政字〔2018〕21号", "doc_date": "2018-08-31"})
	government.call(403, "POST", at+"/publish", nil)
	told := public.call(200, "GET", "/api/releases", nil)["releases"].([]any)
	rel := office.call(201, "POST", at+"/publish", nil)
	if rel["seq"] != float64(len(told)+1) || rel["demo"] != true {
		t.Errorf("release: %v", rel)
	}
	public.call(200, "GET", office.head.Get("Location"), nil)
	if n := public.call(200, "GET", "/api/search?q="+url.QueryEscape(name), nil); !slices.Contains(texts(n["hits"], "id"), id) {
		t.Error("the published item is not found")
	}
	if g := public.call(200, "GET", "/api/guides/"+id, nil); g["item"].(map[string]any)["name"] != name {
		t.Errorf("guide: %v", g)
	}

	// With the cookie of the pages: the same origin, and the form token.
	token := liaison.token
	browser := k.public()
	cookie := []string{"Cookie", "onevisit_session=" + token}
	form := browser.call(200, "GET", "/api/session", nil, cookie...)["form_token"].(string)
	browser.call(403, "POST", item+"/reopen", nil, cookie...)
	browser.call(403, "POST", item+"/reopen", nil, append(cookie, "X-Form-Token", form, "Sec-Fetch-Site", "cross-site")...)
	browser.call(200, "POST", "/api/assess", map[string]any{"unit_id": unit, "item": it}, append(cookie, "X-Form-Token", form, "Sec-Fetch-Site", "same-origin")...)
	liaison.call(204, "DELETE", "/api/session", nil)
	liaison.call(401, "GET", "/api/session", nil)
	if strings.Contains(form, token) {
		t.Error("the form token gives the session away")
	}
}

// waiveFinding asks for a waiver, gets one, and puts the item back as it was.
func waiveFinding(t *testing.T, liaison, office *caller, item string, it map[string]any) {
	t.Helper()
	materials := it["materials"]
	more := maps.Clone(materials.([]any)[0].(map[string]any))
	more["id"], more["name"], more["licence"], more["role"], more["copies"] = "m99", "营业执照", "营业执照", "主审要件", 1
	it["materials"] = append(slices.Clone(materials.([]any)), more)
	liaison.call(200, "GET", item, nil)
	saved := liaison.call(200, "PUT", item, it, "If-Match", liaison.head.Get("ETag"))
	field := ""
	for _, f := range saved["findings"].([]any) {
		if f := f.(map[string]any); f["rule"] == "M03" {
			field = f["field"].(string)
		}
	}
	ask := map[string]any{"rule": "M03", "field": field, "reason": "电子证照库尚未联通"}
	liaison.call(422, "POST", item+"/reasons", ask) // an error is not explained away
	liaison.call(422, "POST", item+"/waivers", map[string]any{"rule": "M03", "field": field, "reason": ""})
	liaison.call(204, "POST", item+"/waivers", ask)
	office.call(409, "POST", item+"/waivers", map[string]any{"rule": "M03", "field": field, "reason": "电子证照库尚未联通", "until": "2099-12-31"})
	list := office.call(200, "GET", "/api/waivers?state="+url.QueryEscape("待答复"), nil)
	if list["total"] != 1.0 {
		t.Fatalf("waivers: %v", list)
	}
	w := list["waivers"].([]any)[0].(map[string]any)
	at := "/api/waivers/" + w["id"].(string)
	liaison.call(403, "POST", at, map[string]any{"version": w["version"], "decision": "同意", "until": "2099-12-31"})
	office.call(422, "POST", at, map[string]any{"version": w["version"], "decision": "也许"})
	office.call(422, "POST", at, map[string]any{"version": w["version"], "decision": "同意"})
	office.call(204, "POST", at, map[string]any{"version": w["version"], "decision": "同意", "until": "2099-12-31"})
	if n := liaison.call(200, "GET", item, nil)["errors"]; n != 0.0 {
		t.Errorf("%v errors after the waiver", n)
	}
	office.call(204, "POST", at, map[string]any{"version": 2, "decision": "撤销", "note": "改为共享核验"})
	it["materials"] = materials
	liaison.call(200, "GET", item, nil)
	liaison.call(200, "PUT", item, it, "If-Match", liaison.head.Get("ETag"))
}

// seePlaces reads the report on what is shown, and says what was seen.
func seePlaces(t *testing.T, office, liaison *caller) {
	t.Helper()
	places := office.call(200, "GET", "/api/places?kind="+url.QueryEscape("大厅"), nil)["places"].([]any)
	if len(places) != 1 {
		t.Fatalf("halls: %v", places)
	}
	hall := places[0].(map[string]any)
	at, lines := "/api/places/"+hall["id"].(string), hall["lines"].([]any)
	code := lines[len(lines)-1].(map[string]any)["verify_code"].(string) // a current one
	if one := office.call(200, "GET", at, nil); one["name"] != hall["name"] {
		t.Errorf("%v", one)
	}
	if seen := office.call(200, "POST", at+"/sightings", map[string]any{"verify_code": code}); seen["validity"] != "现行" || seen["doubt"] != "" {
		t.Errorf("%v", seen)
	}
	office.call(422, "POST", at+"/sightings", map[string]any{"verify_code": "ZZZZZ-99999"})
	office.call(403, "POST", at+"/displays", map[string]any{"codes": code})
	liaison.call(403, "GET", at, nil)
}
