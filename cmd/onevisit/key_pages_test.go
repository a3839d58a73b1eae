package main

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"onevisit/internal/app/office"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/publication"
)

// The administrator makes, looks at and ends keys in the workbench; a leader sees
// the unit's own and changes its passphrase; nobody else comes near.
func TestKeyPages(t *testing.T) {
	k, srv := demoCounty(t, "")
	for range 2 {
		if _, err := k.office.NewKey(t.Context(), org.Operator(), office.KeyRequest{Algorithm: publication.Ed25519, Days: 30}); err != nil {
			t.Fatal(err)
		}
	}
	admin := signIn(t, srv.URL, "admin")
	page := admin.get(http.StatusOK, "/work/keys")
	if strings.Count(page, `href="/work/keys/`) != 3 || !strings.Contains(page, "日志头 ") || !strings.Contains(page, "即将到期") {
		t.Errorf("the register lacks something: %d keys", strings.Count(page, `href="/work/keys/`))
	}
	const pass = "一句只有负责人知道的话"
	form := func(v ...string) []string {
		all := map[string]string{"unit": "", "algorithm": "Ed25519", "days": "1096", "passphrase": "", "again": ""}
		for i := 0; i < len(v); i += 2 {
			all[v[i]] = v[i+1]
		}
		var out []string
		for name, value := range all {
			out = append(out, name, value)
		}
		return out
	}
	var unit org.Unit
	units, err := k.office.Units(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range units {
		if u.Name == "广宗县卫生健康局" {
			unit = u
		}
	}
	for what, c := range map[string]struct {
		form []string
		want string
	}{
		"two passphrases":     {form("passphrase", pass, "again", pass+"！"), "两次输入的签名口令不一致"},
		"unit without one":    {form("unit", unit.ID), "须有口令"},
		"short":               {form("passphrase", "短", "again", "短"), "至少 10 个字符"},
		"for ever":            {form("days", "99999"), "有效期应为"},
		"an unknown":          {form("algorithm", "RSA"), "不支持签名算法"},
		"not a number of day": {form("days", "三年"), "有效期应为"},
	} {
		if page := admin.post(http.StatusUnprocessableEntity, "/work/keys", c.form...); !strings.Contains(page, c.want) {
			t.Errorf("%s: the page does not say %q", what, c.want)
		}
	}
	page = admin.post(http.StatusOK, "/work/keys", form("unit", unit.ID, "algorithm", "SM2", "passphrase", pass, "again", pass)...)
	id := regexp.MustCompile(`/work/keys/([0-9a-f]{16})`).FindStringSubmatch(admin.at)
	if id == nil || !strings.Contains(page, "密钥已建立") || !strings.Contains(page, "广宗县卫生健康局") {
		t.Fatalf("made: %s", admin.at)
	}
	path := "/work/keys/" + id[1]
	if pem := admin.get(http.StatusOK, path+"/public.pem"); !strings.HasPrefix(pem, "-----BEGIN PUBLIC KEY-----") {
		t.Error("no public half")
	}
	if all := admin.get(http.StatusOK, "/work/keys/public.json"); !strings.Contains(all, id[1]) || strings.Contains(all, `"seed"`) {
		t.Error("the file of public keys lacks the new one, or has what it must not")
	}

	leader := signIn(t, srv.URL, "weijian-fz")
	if page := leader.get(http.StatusOK, "/work/keys"); !strings.Contains(page, id[1]) || strings.Count(page, `href="/work/keys/`) != 1 || strings.Contains(page, `id="new"`) {
		t.Error("the leader sees another's keys, or may make one")
	}
	next := "换成另一句只有我知道的话"
	if page := leader.post(http.StatusUnprocessableEntity, path+"/passphrase", "old", "不是这一句呀不是这一句", "passphrase", next, "again", next); !strings.Contains(page, "原口令不对") {
		t.Error("it does not say that the former passphrase is wrong")
	}
	leader.post(http.StatusOK, path+"/passphrase", "old", pass, "passphrase", next, "again", next)
	if err := k.ring.Unlock(id[1], next); err != nil {
		t.Errorf("the new passphrase: %v", err)
	}
	leader.get(http.StatusForbidden, path+"/revoke")
	for _, login := range []string{"weijian", "shengai", "shenji", "xianfu"} {
		b := signIn(t, srv.URL, login)
		b.get(http.StatusForbidden, "/work/keys")
		b.get(http.StatusForbidden, path)
		b.post(http.StatusForbidden, path+"/revoke", "kind", "遗失", "reason", "x")
		if strings.Contains(b.get(http.StatusOK, "/work/"), `href="/work/keys"`) {
			t.Errorf("%s is offered the keys", login)
		}
	}

	if page := admin.get(http.StatusOK, path+"/revoke"); !strings.Contains(page, "不能。作废记入公布日志") {
		t.Error("it does not say what follows")
	}
	if page := admin.post(http.StatusUnprocessableEntity, path+"/revoke", "kind", "遗失"); !strings.Contains(page, "写明作废的经过") {
		t.Error("it ends without a reason")
	}
	page = admin.post(http.StatusOK, path+"/revoke", "kind", "更换", "reason", "负责人调整")
	if !strings.Contains(page, "已作废（更换）") || !strings.Contains(page, "负责人调整") || strings.Contains(page, "更改签名口令</h2>") {
		t.Error("ended, the page does not say so")
	}
	admin.post(http.StatusConflict, path+"/revoke", "kind", "遗失", "reason", "又一次")
	if _, log := fetch(t, srv.URL, "/log"); !strings.Contains(string(log), "负责人调整") {
		t.Error("the public log does not say that the key has ended")
	}
}

// Behind https the session's cookie goes over https only; over plain http it
// works as before. No page may run what stands in it.
func TestHeadersAndCookies(t *testing.T) {
	_, srv := demoCounty(t, "")
	for _, proto := range []string{"", "http", "https"} {
		req, err := http.NewRequest(http.MethodPost, srv.URL+"/work/sign-in", strings.NewReader(url.Values{"login": {"shengai"}, "password": {"onevisit-demo"}}.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if proto != "" {
			req.Header.Set("X-Forwarded-Proto", proto)
		}
		resp, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		cookies := resp.Cookies()
		if len(cookies) != 1 {
			t.Fatalf("%d cookies, status %d", len(cookies), resp.StatusCode)
		}
		if c := cookies[0]; c.Secure != (proto == "https") || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" {
			t.Errorf("over %q: %s", proto, c)
		}
	}
	office := signIn(t, srv.URL, "shengai")
	for path, inline := range map[string]bool{"/": false, "/search?q=x": false, "/verify": false, "/log": false, "/work/": false, "/work/channels": false, "/work/releases/1": true} {
		req, err := http.NewRequest(http.MethodGet, srv.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := office.c.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		h := resp.Header
		policy := h.Get("Content-Security-Policy")
		if resp.StatusCode != 200 || strings.Contains(policy, "unsafe-inline") != inline || strings.Contains(policy, "script-src") || !strings.Contains(policy, "default-src 'self'") || !strings.Contains(policy, "object-src 'none'") ||
			h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Referrer-Policy") != "same-origin" || h.Get("X-Frame-Options") != "SAMEORIGIN" || h.Get("Strict-Transport-Security") != "" {
			t.Errorf("%s: %d %v", path, resp.StatusCode, h)
		}
	}
}
