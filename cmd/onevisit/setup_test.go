package main

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"onevisit/internal/domain/org"
)

// A new installation asks once whose it is; then its administrator signs in and
// the portal bears the county's name.
func TestSetup(t *testing.T) {
	k, err := openCounty(t.Context(), countyConfig{dataDir: t.TempDir(), now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer k.close()
	srv := httptest.NewServer(k.handler())
	defer srv.Close()
	jar, _ := cookiejar.New(nil) // never fails
	client := &http.Client{Jar: jar}
	ask := func(method, path string, form url.Values) (int, string, string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, srv.URL+path, strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		res, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		b, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, res.Request.URL.Path, string(b)
	}
	if _, at, body := ask("GET", "/work/", nil); at != "/work/setup" || !strings.Contains(body, "安装码") {
		t.Fatalf("a new installation begins at %s", at)
	}
	form := url.Values{"code": {"0000"}, "name": {"样县"}, "division": {"130532"}, "unit": {"样县行政审批局"},
		"system_login": {"admin"}, "system_name": {"甲"}, "system_password": {"correct horse battery"},
		"security_login": {"anquan"}, "security_name": {"乙"}, "security_password": {"staple battery horse"}}
	if code, _, body := ask("POST", "/work/setup", form); code != http.StatusUnprocessableEntity || !strings.Contains(body, "安装码不正确") || !strings.Contains(body, "样县行政审批局") || strings.Contains(body, "correct horse") {
		t.Fatalf("a wrong code is answered by %d", code)
	}
	form.Set("code", strings.ToLower(k.office.FoundingCode()))
	if _, at, _ := ask("POST", "/work/setup", form); at != "/work/sign-in" {
		t.Fatalf("after the setup comes %s", at)
	}
	if _, at, _ := ask("GET", "/work/setup", nil); at != "/work/sign-in" {
		t.Errorf("the setup is offered twice, at %s", at)
	}
	if _, at, _ := ask("POST", "/work/sign-in", url.Values{"login": {"admin"}, "password": {"correct horse battery"}}); at != "/work/" {
		t.Errorf("the administrator comes to %s", at)
	}
	if _, _, body := ask("GET", "/work/county", nil); !strings.Contains(body, "样县 130532") || !strings.Contains(body, "启用步骤") {
		t.Error("the page of the county does not tell it")
	}
	if _, _, body := ask("GET", "/", nil); !strings.Contains(body, "样县最多跑一次") {
		t.Error("the portal does not bear the county's name")
	}
	if err := k.office.SaveCounty(t.Context(), org.Operator(), org.County{Name: "样市", Division: "130532"}); err != nil {
		t.Fatal(err)
	}
	if _, _, body := ask("GET", "/", nil); !strings.Contains(body, "样市最多跑一次") {
		t.Error("a page of the former name is served from memory")
	}
}
