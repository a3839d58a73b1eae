package main

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"onevisit/internal/domain/catalog"
)

// A form whose file has gone from the store is missed where it is asked for and
// nowhere else: the guide stays whole, the answer says what to do, and doctor names
// the guide.
func TestAFormIsGone(t *testing.T) {
	k, srv := demoCounty(t, "")
	dir := filepath.Dir(k.keyDir)
	var id, name, hash string
	slot := ""
	for _, e := range k.portal.Published("", "", 1<<30) {
		g, err := k.portal.Guide(t.Context(), e.ID)
		if err != nil {
			t.Fatal(err)
		}
		if id != "" {
			break
		}
		for i, m := range g.Item.Materials {
			if f, ok := catalog.ParseFile(m.Form); ok && id == "" {
				id, name, hash, slot = e.ID, e.Name, f.Hash, "materials["+strconv.Itoa(i)+"].form"
			}
		}
	}
	if id == "" {
		t.Fatal("the demonstration has no form to load")
	}
	_, whole := fetch(t, srv.URL, "/items/"+id)
	href := ""
	for _, part := range strings.Split(string(whole), `href="`)[1:] {
		if p, _, _ := strings.Cut(part, `"`); strings.HasPrefix(p, "/items/"+id+"/files/") && strings.Contains(p, "form") {
			href = p
			break
		}
	}
	if r, _ := fetch(t, srv.URL, href); href == "" || r.StatusCode != http.StatusOK {
		t.Fatalf("the form %s at %q: %d", slot, href, r.StatusCode)
	}
	doctor := func() (int, string) {
		t.Helper()
		var out, errOut bytes.Buffer
		code := run([]string{"doctor", "--data", dir}, strings.NewReader(""), &out, &errOut)
		return code, out.String() + errOut.String()
	}
	if code, said := doctor(); code != 0 {
		t.Fatalf("before: %d\n%s", code, said)
	}
	gone := ""
	if err := k.blobs.Walk(func(h, path string) error {
		if h == hash {
			gone = path
		}
		return nil
	}); err != nil || gone == "" {
		t.Fatal("the form is not in the store", err)
	}
	if err := os.Remove(gone); err != nil {
		t.Fatal(err)
	}
	r, page := fetch(t, srv.URL, href)
	if r.StatusCode != http.StatusServiceUnavailable || !strings.Contains(string(page), "暂时不能下载") || !strings.Contains(string(page), "窗口") || strings.Contains(string(page), hash) {
		t.Errorf("a form that is gone: %d\n%s", r.StatusCode, page)
	}
	if r, again := fetch(t, srv.URL, "/items/"+id); r.StatusCode != http.StatusOK || !bytes.Equal(again, whole) {
		t.Errorf("the guide is no longer whole: %d", r.StatusCode)
	}
	if code, said := doctor(); code == 0 || !strings.Contains(said, name) || !strings.Contains(said, "的文件已经不在") || !strings.Contains(said, "重新上传") {
		t.Errorf("doctor: %d\n%s", code, said)
	}
}
