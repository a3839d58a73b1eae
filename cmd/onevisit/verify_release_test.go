package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"onevisit/internal/app/office"
	"onevisit/internal/app/portal"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/publication"
	"onevisit/internal/infra/sign"
)

// Who has a release file and the county's keys asks no server: codes, saved
// pages, Word files, data, heads and printed papers are checked with them, by this
// program and, a proof, by another one.
func TestVerifyWithoutServer(t *testing.T) {
	ctx := t.Context()
	k, srv := demoCounty(t, "")
	dir := t.TempDir()
	file := func(name string, b []byte) string {
		t.Helper()
		p := filepath.Join(dir, name)
		if err := os.WriteFile(p, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return p
	}
	pems := map[publication.Algorithm]string{}
	var last *publication.Key
	for _, a := range publication.Algorithms {
		key, err := k.office.NewKey(ctx, org.Operator(), office.KeyRequest{Algorithm: a, Days: 1000})
		if err != nil {
			t.Fatal(err)
		}
		b, err := sign.PEM(key)
		if err != nil {
			t.Fatal(err)
		}
		pems[a], last = file(string(a)+".pem", b), key
	}
	keyFile := func() string {
		t.Helper()
		f, err := k.portal.KeyFile(ctx)
		if err != nil {
			t.Fatal(err)
		}
		b, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		return file("keys.json", b)
	}
	keys := keyFile()
	var b bytes.Buffer
	if err := k.reform.WriteReleaseFile(ctx, org.Operator(), &b); err != nil {
		t.Fatal(err)
	}
	release := file("公布.release", b.Bytes())
	bad := bytes.Clone(b.Bytes())
	bad[len(bad)/3] ^= 1
	broken := file("坏.release", bad)
	e := k.portal.Published("", "", 1)[0]
	g, err := k.portal.Guide(ctx, e.ID)
	if err != nil {
		t.Fatal(err)
	}
	_, page := fetch(t, srv.URL, "/items/"+e.ID)
	_, docx := fetch(t, srv.URL, "/items/"+e.ID+"/papers/"+url.PathEscape("办事指南")+".docx")
	_, data := fetch(t, srv.URL, "/data/units/"+e.UnitID+"/items.jsonl")
	_, csv := fetch(t, srv.URL, "/data/units/"+e.UnitID+"/items.csv")
	head, err := k.portal.LogHead(ctx)
	if err != nil {
		t.Fatal(err)
	}
	nowhere := filepath.Join(dir, "nowhere")
	for _, c := range []struct {
		what string
		code int
		want string
		args []string
	}{
		{"a code", 0, "现行内容", []string{g.VerifyCode, "--release", release, "--key", keys}},
		{"an unknown code", 1, "没有以", []string{"AAAAA-AAAAA", "--release", release, "--key", keys}},
		{"a code without keys", 1, "没有用公钥核对", []string{g.VerifyCode, "--release", release}},
		{"a broken file", 1, "没有采用", []string{g.VerifyCode, "--release", broken, "--key", keys}},
		{"no file", 2, "不在", []string{g.VerifyCode, "--release", release + "x", "--key", keys}},
		{"a saved page", 0, g.VerifyCode, []string{file("页.html", page), "--release", release, "--key", keys}},
		{"another page", 2, "没有找到核验码", []string{file("别的.html", []byte("<p>你好")), "--release", release, "--key", keys}},
		{"a Word file", 0, g.VerifyCode, []string{file("指南.docx", docx), "--release", release, "--key", keys}},
		{"data", 0, "没有公布 0", []string{file("items.jsonl", data), "--release", release, "--key", keys}},
		{"changed data", 1, "不一致 1", []string{file("改.jsonl", bytes.Replace(data, []byte(`"conditions":["`), []byte(`"conditions":["改：`), 1)), "--release", release, "--key", keys}},
		{"data without details", 1, "xlsx 或 json", []string{file("items.csv", csv), "--release", release, "--key", keys}},
		{"a head", 0, "日志头完好", []string{file("now.head", []byte(head.Note)), "--key", keys}},
		{"the release", 0, "公布文件完好", []string{release, "--key", keys}},
	} {
		var out, errOut bytes.Buffer
		code := run(append(append([]string{"verify"}, c.args...), "--data", nowhere), nil, &out, &errOut)
		if code != c.code || !strings.Contains(out.String()+errOut.String(), c.want) {
			t.Errorf("%s: exit %d, want %d, and to say %q:\n%s%s", c.what, code, c.code, c.want, out.String(), errOut.String())
		}
	}

	// The proof of a printed paper, by this program and by a short other one.
	link := func(code string) string { return "https://zwfw.example.gov.cn/verify?code=" + code }
	var pdf bytes.Buffer
	if _, err := k.portal.PrintGuide(ctx, &pdf, e.ID, "办事指南", "pdf", nil, link); err != nil {
		t.Fatal(err)
	}
	p, err := k.portal.ProvePaper(ctx, e.ID, "办事指南", "pdf", nil, link, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	text, err := p.Format()
	if err != nil {
		t.Fatal(err)
	}
	paper, proofFile := file("指南.pdf", pdf.Bytes()), file("指南.pdf.tlog-proof", text)
	verify := func(paper string) (int, string) {
		var out, errOut bytes.Buffer
		code := run([]string{"verify", paper, "--proof", proofFile, "--key", keys, "--data", nowhere}, nil, &out, &errOut)
		return code, out.String() + errOut.String()
	}
	if code, said := verify(paper); code != 0 || !strings.Contains(said, "一字未改") {
		t.Errorf("the paper: %d %s", code, said)
	}
	other := file("改.pdf", append(bytes.Clone(pdf.Bytes()), '\n'))
	if code, said := verify(other); code != 1 || !strings.Contains(said, "改动过") {
		t.Errorf("a changed paper: %d %s", code, said)
	}
	if _, err := k.portal.ProvePaper(ctx, e.ID, "没有的", "pdf", nil, link, time.Now()); !fault.Is(err, fault.NotFound) {
		t.Errorf("an unknown paper: %v", err)
	}
	if _, err := k.portal.ProvePaper(ctx, e.ID, "办事指南", "pdf", nil, link, time.Now().AddDate(10, 0, 0)); !fault.Is(err, fault.NotFound) {
		t.Errorf("keys that have ended: %v", err)
	}
	if r, _ := fetch(t, srv.URL, "/items/"+e.ID+"/papers/"+url.PathEscape("办事指南")+".pdf.tlog-proof"); r.StatusCode != http.StatusOK {
		t.Errorf("the page's proof: %d", r.StatusCode)
	}
	python, err1 := exec.LookPath("python3")
	_, err2 := exec.LookPath("openssl")
	if err1 == nil && err2 == nil {
		for a, pem := range pems {
			if out, err := exec.Command(python, "../../scripts/check-proof.py", proofFile, pem, paper).CombinedOutput(); err != nil || !strings.HasPrefix(string(out), "ok ") {
				t.Errorf("the other program, %s: %v\n%s", a, err, out)
			}
			if out, err := exec.Command(python, "../../scripts/check-proof.py", proofFile, pem, other).CombinedOutput(); err == nil {
				t.Errorf("the other program takes a changed paper: %s", out)
			}
		}
	} else {
		t.Log("python3 or openssl is absent; the other program was not run")
	}

	// A planned change of keys leaves the paper's proof valid; a loss does not.
	for i, kind := range []publication.RevocationKind{publication.Replaced, publication.Lost} {
		if i == 1 {
			f, err := k.portal.KeyFile(ctx)
			if err != nil {
				t.Fatal(err)
			}
			last = &f.Keys[len(f.Keys)-2]
		}
		if _, err := k.office.RevokeKey(ctx, org.Operator(), last.ID, kind, "演练"); err != nil {
			t.Fatal(err)
		}
		keyFile()
		code, said := verify(paper)
		if kind.Strange() && (code != 1 || !strings.Contains(said, "遗失")) || !kind.Strange() && (code != 0 || !strings.Contains(said, "更换")) {
			t.Errorf("%s: %d %s", kind, code, said)
		}
	}
	if _, err := k.portal.ProvePaper(ctx, e.ID, "办事指南", "pdf", nil, link, time.Now()); !fault.Is(err, fault.NotFound) {
		t.Errorf("no key is left: %v", err)
	}
	unsigned := portal.New(k.db, k.blobs, nil, nil)
	if unsigned.Signs() {
		t.Error("a portal without a ring signs")
	}
}
