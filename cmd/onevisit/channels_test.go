package main

import (
	"archive/zip"
	"bytes"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"onevisit/internal/app/portal"
	"onevisit/internal/server/worker"
)

// runJobs runs the waiting jobs of a kind.
func runJobs(t *testing.T, k *county, kind string, run worker.Handler) int {
	t.Helper()
	n := 0
	for {
		j, err := queue{k.db}.Claim(t.Context(), "test", []string{kind}, 1<<40)
		if err != nil {
			t.Fatal(err)
		}
		if j == nil {
			return n
		}
		if err := run(t.Context(), j.Payload, func(int) {}); err != nil {
			t.Fatal(err)
		}
		if err := (queue{k.db}).Complete(t.Context(), j); err != nil {
			t.Fatal(err)
		}
		n++
	}
}

// From the workbench a release goes out to every other channel: the article, the
// posts, the package, the site. Each may be had by whom it concerns.
func TestChannelPages(t *testing.T) {
	k, srv := demoCounty(t, "")
	office, liaison := signIn(t, srv.URL, "shengai"), signIn(t, srv.URL, "renshe")
	releases := k.portal.Releases()
	rel := releases[len(releases)-1] // the first batch; adjustments have come since
	batch := office.get(http.StatusOK, "/work/batches/"+rel.BatchID)
	if !strings.Contains(batch, `href="/work/releases/1"`) {
		t.Error("the batch does not lead to its texts")
	}
	page := office.get(http.StatusOK, "/work/releases/1")
	texts, err := k.portal.Channels(t.Context(), k.db.County().Title(), srv.URL, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{texts.Article.Title, texts.Article.Digest, "微博", texts.Posts[0].Text, srv.URL + "/b/1", "复制正文", "阅读原文"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	// What the article and the public page say is one.
	for _, u := range texts.Units[:3] {
		var public []byte // in pages
		for n := range len(u.Items)/50 + 1 {
			_, part := fetch(t, srv.URL, "/batches/1?unit="+u.Items[0].UnitID+"&from="+strconv.Itoa(n*50))
			public = append(public, part...)
		}
		for _, it := range u.Items {
			if !strings.Contains(string(texts.Article.HTML), htmlText(it.Name)) || !strings.Contains(string(public), htmlText(it.Name)) {
				t.Errorf("%s stands in one only", it.Name)
			}
		}
	}
	if b := office.get(http.StatusOK, "/work/releases/1/qr.png"); !strings.HasPrefix(b, "\x89PNG") {
		t.Error("the code is no picture")
	}
	office.get(http.StatusNotFound, "/work/releases/999")
	liaison.get(http.StatusForbidden, "/work/releases/1")
	liaison.get(http.StatusForbidden, "/work/channels/package.zip")
	liaison.get(http.StatusForbidden, "/work/channels/release")
	office.get(http.StatusOK, "/work/channels")
	office.post(http.StatusConflict, "/work/channels/push")

	all := office.get(http.StatusOK, "/work/channels")
	if !strings.Contains(all, "没有设置推送地址") || !strings.Contains(all, "/work/channels/sites/all") {
		t.Error("the page of channels lacks something")
	}
	own := liaison.get(http.StatusOK, "/work/channels")
	unit := k.portal.Units()[0]
	for _, u := range k.portal.Units() {
		if u.Name == "广宗县人力资源和社会保障局" {
			unit = u
		}
	}
	if strings.Contains(own, "/work/channels/sites/all") || strings.Contains(own, "推送") || !strings.Contains(own, "/work/channels/sites/"+unit.ID) {
		t.Error("a liaison sees other sites than the unit's")
	}
	liaison.get(http.StatusForbidden, "/work/channels/sites/all")

	path := "/work/channels/sites/" + unit.ID
	for range 2 {
		if page := liaison.get(http.StatusAccepted, path); !strings.Contains(page, "制作进度") {
			t.Error("the page does not say how far the site is")
		}
	}
	if n := runJobs(t, k, portal.BookletJob, k.portal.RunBooklet); n != 1 {
		t.Errorf("%d jobs make one site", n)
	}
	if page := liaison.get(http.StatusOK, path); !strings.Contains(page, path+"/site.zip") {
		t.Error("the finished site is not offered")
	}
	read := func(b *browser, path string) *zip.Reader {
		t.Helper()
		r, err := b.c.Get(srv.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		body, err := io.ReadAll(r.Body)
		if err != nil || r.StatusCode != http.StatusOK || r.Header.Get("Content-Length") != strconv.Itoa(len(body)) {
			t.Fatalf("%s: %d %v", path, r.StatusCode, err)
		}
		z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
		if err != nil {
			t.Fatal(err)
		}
		return z
	}
	names := map[string]bool{}
	for _, f := range read(liaison, path+"/site.zip").File {
		names[f.Name] = true
	}
	if !names["index.html"] || !names["assets/index.js"] || !names["manifest.json"] || len(names) < unit.Total {
		t.Errorf("the site has %d files", len(names))
	}
	if z := read(office, "/work/channels/package.zip"); len(z.File) != 7 {
		t.Errorf("the package has %d files", len(z.File))
	}
}

// In a real browser the article is copied as it looks, with its styles.
func TestCopyArticleInChromium(t *testing.T) {
	browser := chromium(t)
	_, srv := demoCounty(t, "")
	office := open(t, browser, srv.URL, 1366).signIn("shengai")
	office.visit("/work/releases/1")
	office.fits()
	// What would go to the clipboard.
	js[int](office, `document.addEventListener("copy", function (e) { var d = document.createElement("div"); d.appendChild(window.getSelection().getRangeAt(0).cloneContents()); window.copied = d.innerHTML; }), 0`)
	office.do(chromedp.Click(chromedp.CSS(`[data-copy="#article"]`)))
	office.do(chromedp.WaitVisible(`//span[@data-copied][contains(., "复制") or contains(., "Ctrl")]`))
	copied := js[string](office, `window.copied || ""`)
	if !strings.Contains(copied, `<td style="`) || strings.Contains(copied, "class=") || !strings.Contains(copied, "最多跑一次") || !strings.Contains(copied, "公布编号") {
		t.Errorf("copied %.300s", copied)
	}
	phone := open(t, browser, srv.URL, 360).signIn("shengai")
	phone.visit("/work/releases/1")
	phone.fits()
	if w := js[float64](phone, `document.querySelector("#article").getBoundingClientRect().width`); w > 360 {
		t.Errorf("the article is %v px wide", w)
	}
}

// htmlText is a text as pages write it.
func htmlText(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&#34;", "'", "&#39;").Replace(s)
}
