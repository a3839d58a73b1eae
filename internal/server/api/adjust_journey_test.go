package api

import (
	"fmt"
	"net/url"
	"slices"
	"testing"
	"time"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/publication"
)

// Every operation of dynamic adjustment walks its whole way through the
// interface (P-3.2f): drawn up, filed, confirmed, decided on its track, published;
// then whoever holds the old paper learns what happened, why, and what came
// instead.
func everyAdjustment(t *testing.T, k *county) {
	public, liaison, leader := k.public(), k.signIn("jiaotong"), k.signIn("jiaotong-fz")
	office, government := k.signIn("shengai"), k.signIn("xianfu")
	others := map[string][2]*caller{"shenpi": {k.signIn("shenpi-ly"), k.signIn("shenpi-fz")}, "hulu": {k.signIn("hulu"), k.signIn("hulu-fz")}}
	unitOf := func(c *caller) string { return c.call(200, "GET", "/api/session", nil)["unit_id"].(string) }
	unit := unitOf(liaison)
	page := liaison.call(200, "GET", "/api/items?faulty=false&limit=40&state="+url.QueryEscape("已公布")+"&unit="+unit, nil)
	ids := texts(page["items"], "id")
	take := func() string {
		t.Helper()
		if len(ids) == 0 {
			t.Fatal("the demonstration's bureau has too few items")
		}
		id := ids[0]
		ids = ids[1:]
		return id
	}
	today := calendar.DateOf(time.Now())
	const reason = "方便群众就近办理，以后请按指南所列的去向办理。"
	input := func(op publication.Op, subjects []any, contents ...string) map[string]any {
		cause := publication.CausesOf(op)[0]
		return map[string]any{"op": op, "unit_id": unit, "cause": cause.Code, "basis": "《河北省优化营商环境条例》第三十条", "cause_on": today.String(), "effective": today.String(),
			"reason": reason, "subjects": subjects, "contents": contents}
	}
	subject := func(id string, next ...string) map[string]any { return map[string]any{"id": id, "next": next} }
	n := 0
	edit := func(c *caller, id, code string, change func(map[string]any)) {
		t.Helper()
		v := c.call(200, "GET", "/api/items/"+id, nil)
		it, tag := v["item"].(map[string]any), c.head.Get("ETag")
		if code != "" {
			n++
			basic := fmt.Sprintf("%s77%04d", code[19:25], n)
			it["basic_code"], it["implementation_code"] = basic, code[:19]+basic
		}
		change(it)
		if v := c.call(200, "PUT", "/api/items/"+id, it, "If-Match", tag); v["errors"] != 0.0 {
			t.Fatalf("%s has errors: %v", it["name"], v["findings"])
		}
	}
	same := func(map[string]any) {}
	confirm := func(c *caller, id string) {
		t.Helper()
		c.call(204, "POST", "/api/items/confirm", map[string]any{"items": []string{id}})
	}
	codeOf := func(id string) string {
		return liaison.call(200, "GET", "/api/items/"+id, nil)["item"].(map[string]any)["implementation_code"].(string)
	}
	// start draws an adjustment up and gives its address and tag.
	start := func(in map[string]any) (at string) {
		t.Helper()
		return "/api/adjustments/" + liaison.call(201, "POST", "/api/adjustments", in)["id"].(string)
	}
	// successors has drafts set up that take a subject's place.
	successors := func(at, id string, units, names []string) (next []string) {
		t.Helper()
		liaison.call(200, "GET", at, nil)
		v := liaison.call(200, "POST", at+"/successors", map[string]any{"item": id, "units": units, "names": names}, "If-Match", liaison.head.Get("ETag"))
		for _, x := range v["items"].([]any) {
			if x := x.(map[string]any); x["id"] == id {
				for _, s := range x["next"].([]any) {
					next = append(next, s.(string))
				}
			}
		}
		return next
	}
	no := 0
	carry := func(op publication.Op, at string, county bool) {
		t.Helper()
		v := liaison.call(200, "GET", at, nil)
		if len(v["problems"].([]any)) > 0 {
			t.Fatalf("%s: %v", op, v["problems"])
		}
		tag := liaison.head.Get("ETag")
		liaison.call(428, "POST", at+"/file", nil)
		leader.call(403, "POST", at+"/file", nil, "If-Match", tag)
		liaison.call(200, "POST", at+"/file", nil, "If-Match", tag)
		liaison.call(403, "POST", at+"/confirm", map[string]any{})
		office.call(409, "POST", at+"/send", map[string]any{})
		leader.call(200, "POST", at+"/confirm", map[string]any{})
		if county {
			office.call(409, "POST", at+"/decide", map[string]any{})
			office.call(200, "POST", at+"/send", map[string]any{})
			office.call(403, "POST", at+"/approve", map[string]any{"doc_no": "广政字〔2026〕9号", "doc_date": today.String()})
			government.call(422, "POST", at+"/approve", map[string]any{"doc_no": "9号", "doc_date": today.String()})
			no++
			government.call(200, "POST", at+"/approve", map[string]any{"doc_no": fmt.Sprintf("广政字〔2026〕%d号", 100+no), "doc_date": today.String()})
		} else {
			office.call(409, "POST", at+"/send", map[string]any{})
			office.call(200, "POST", at+"/decide", map[string]any{})
		}
		liaison.call(403, "POST", at+"/publish", nil)
		office.call(201, "POST", at+"/publish", nil)
		if v := office.call(200, "GET", at, nil); v["state"] != "已公布" || v["release"] == 0.0 || len(v["may"].([]any)) != 0 {
			t.Errorf("%s ends as %v, release %v, %v", op, v["state"], v["release"], v["may"])
		}
		office.call(409, "POST", at+"/publish", nil)
	}
	for _, c := range []struct {
		op       publication.Op
		county   bool
		standing string
		next     int // successors that the old paper names
		draw     func() (at, old string)
	}{
		{publication.OpChange, false, "公布", 0, func() (string, string) {
			id := take()
			edit(liaison, id, "", func(it map[string]any) { it["quota"] = "每年 100 件" })
			confirm(leader, id)
			return start(input(publication.OpChange, nil, id)), id
		}},
		{publication.OpAdd, true, "", 0, func() (string, string) {
			it := liaison.call(200, "GET", "/api/items/"+ids[0], nil)["item"].(map[string]any)
			basic := it["basic_code"].(string)[:6] + "776600"
			it["basic_code"], it["implementation_code"], it["name"] = basic, it["implementation_code"].(string)[:19]+basic, "公路养护作业单位信息登记"
			id := liaison.call(201, "POST", "/api/items", map[string]any{"unit_id": unit, "item": it})["id"].(string)
			confirm(leader, id)
			return start(input(publication.OpAdd, nil, id)), id
		}},
		{publication.OpSplit, true, "取消", 2, func() (string, string) {
			id := take()
			at := start(input(publication.OpSplit, []any{subject(id)}))
			for _, x := range successors(at, id, nil, []string{"公路超限运输登记（企业）", "公路超限运输登记（个人）"}) {
				edit(liaison, x, codeOf(id), same)
				confirm(leader, x)
			}
			return at, id
		}},
		{publication.OpMerge, true, "取消", 1, func() (string, string) {
			a, b, into := take(), take(), take()
			return start(input(publication.OpMerge, []any{subject(a, into), subject(b, into)})), b
		}},
		{publication.OpSuspend, true, "暂停", 0, func() (string, string) {
			id := ids[0]
			return start(input(publication.OpSuspend, []any{subject(id)})), id
		}},
		{publication.OpResume, false, "公布", 0, func() (string, string) {
			id := take() // what was suspended
			return start(input(publication.OpResume, []any{subject(id)})), id
		}},
		{publication.OpCancel, true, "取消", 0, func() (string, string) {
			id := take()
			return start(input(publication.OpCancel, []any{subject(id)})), id
		}},
		{publication.OpTransfer, true, "取消", 1, func() (string, string) {
			id, to := take(), others["shenpi"]
			at := start(input(publication.OpTransfer, []any{subject(id)}))
			for _, x := range successors(at, id, []string{unitOf(to[0])}, nil) {
				edit(to[0], x, "", same)
				confirm(to[1], x)
			}
			return at, id
		}},
		{publication.OpDelegate, true, "取消", 1, func() (string, string) {
			id, to := take(), others["hulu"]
			at := start(input(publication.OpDelegate, []any{subject(id)}))
			for _, x := range successors(at, id, []string{unitOf(to[0])}, nil) {
				edit(to[0], x, "", same)
				confirm(to[1], x)
			}
			return at, id
		}},
	} {
		at, old := c.draw()
		code := ""
		if c.standing != "" {
			code = public.call(200, "GET", "/api/guides/"+old, nil)["verify_code"].(string)
		}
		carry(c.op, at, c.county)
		guide := public.call(200, "GET", "/api/guides/"+old, nil)
		if code == "" {
			continue
		}
		v := public.call(200, "GET", "/api/verify?code="+code, nil)
		now := v["now"].(map[string]any)
		if now["standing"] != c.standing || (c.standing == "公布") != (guide["standing"].(map[string]any)["standing"] == "公布") {
			t.Errorf("%s: the paper says %v, the guide %v", c.op, now, guide["standing"])
		}
		if next, _ := now["successors"].([]any); len(next) != c.next {
			t.Errorf("%s: the paper names %v", c.op, now["successors"])
		}
		if c.standing != "公布" && now["reason"] != reason {
			t.Errorf("%s: the paper says why: %v", c.op, now["reason"])
		}
	}

	// What is not yet public can be given back, withdrawn and refused; the list
	// narrows, and shows a unit its own.
	id := take()
	at := start(input(publication.OpCancel, []any{subject(id)}))
	liaison.call(409, "POST", "/api/adjustments", input(publication.OpSuspend, []any{subject(id)}))
	liaison.call(200, "GET", at, nil)
	tag := liaison.head.Get("ETag")
	in := input(publication.OpCancel, []any{subject(id)})
	in["reason"] = "短"
	if v := liaison.call(200, "PUT", at, in, "If-Match", tag); !slices.Contains(texts(v["problems"], "path"), "reason") {
		t.Errorf("problems: %v", v["problems"])
	}
	liaison.call(412, "PUT", at, in, "If-Match", tag)
	liaison.call(200, "GET", at, nil)
	liaison.call(422, "POST", at+"/file", nil, "If-Match", liaison.head.Get("ETag"))
	others["hulu"][0].call(403, "GET", at, nil)
	others["hulu"][0].call(403, "PUT", at, in, "If-Match", `"2"`)
	liaison.call(200, "POST", at+"/withdraw", map[string]any{})
	list := office.call(200, "GET", "/api/adjustments?limit=2&op="+url.QueryEscape("取消"), nil)
	if got := list["adjustments"].([]any); len(got) != 2 || list["next"] == "" {
		t.Errorf("list: %v", list)
	}
	office.call(200, "GET", "/api/adjustments?state="+url.QueryEscape("已撤回")+"&state="+url.QueryEscape("已公布")+"&next="+list["next"].(string), nil)
	office.call(422, "GET", "/api/adjustments?colour=red", nil)
}

// theRest walks what stands beside the way: contacts, the check before a report,
// receipts.
func theRest(t *testing.T, k *county) {
	liaison, office, other := k.signIn("jiaotong"), k.signIn("shengai"), k.signIn("hulu")
	unit := liaison.call(200, "GET", "/api/session", nil)["unit_id"].(string)
	liaison.call(403, "GET", "/api/contacts", nil)
	if list := office.call(200, "GET", "/api/contacts", nil)["contacts"].([]any); len(list) < 20 {
		t.Errorf("%d contacts", len(list))
	}
	in := map[string]any{"leader": "（测试）新负责人", "leader_title": "副局长", "liaison": "（测试）新联络员", "phone": "0319-7212345"}
	other.call(403, "PUT", "/api/contacts/"+unit, in)
	before := liaison.call(200, "GET", "/api/contacts/"+unit, nil)
	after := liaison.call(200, "PUT", "/api/contacts/"+unit, in)
	if after["leader"] != in["leader"] || len(after["former"].([]any)) != len(before["former"].([]any))+1 {
		t.Errorf("contact: %v", after)
	}
	liaison.call(422, "PUT", "/api/contacts/"+unit, map[string]any{"leader": "", "liaison": ""})
	other.call(403, "GET", "/api/units/"+unit+"/package", nil)
	liaison.call(200, "GET", "/api/units/"+unit+"/package", nil)
	s := liaison.call(200, "GET", "/api/submissions?limit=1", nil)["submissions"].([]any)[0].(map[string]any)
	at := "/api/receipts/" + url.PathEscape(s["number"].(string)) + "?hash="
	if v := liaison.call(200, "GET", at+s["hash"].(string), nil); v["valid"] != true {
		t.Errorf("receipt: %v", v)
	}
	for c, answer := range map[*caller]string{liaison: "校验码不符", other: "没有这个编号的报送"} {
		if v := c.call(200, "GET", at+"0000000000000000", nil); v["valid"] != false || v["answer"] != answer || v["submission"] != nil {
			t.Errorf("receipt: %v", v)
		}
	}
	liaison.call(422, "GET", at+"12", nil)
}
