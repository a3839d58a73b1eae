package main

import (
	"bytes"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"onevisit/internal/app/portal"
	"onevisit/internal/domain/fault"
)

// writeSite writes the site of a unit, or of the whole county, into a new
// directory.
func writeSite(t *testing.T, k *county, unit, base string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "site")
	b, err := k.portal.SiteDirectory(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := k.pages.WriteSite(t.Context(), b, unit, base, nil); err != nil {
		t.Fatal(err)
	}
	return dir
}

// A site of files is complete: every item has its guide with the verification
// code, every address leads to a file of it, and nothing leads elsewhere.
func TestSite(t *testing.T) {
	k, _ := demoCounty(t, "")
	unit := k.portal.Units()[0]
	for _, c := range []struct {
		name, unit, base string
		entries          []portal.Entry
	}{
		{"county", "", "https://zwfw.example.gov.cn", k.portal.Published("", "", 1<<30)},
		{"unit", unit.ID, "", k.portal.Published(unit.ID, "", 1<<30)},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := writeSite(t, k, c.unit, c.base)
			for _, e := range c.entries {
				b, err := os.ReadFile(filepath.Join(dir, "items", e.ID+".html"))
				if err != nil {
					t.Fatal(err)
				}
				g, err := k.portal.Guide(t.Context(), e.ID)
				if err != nil {
					t.Fatal(err)
				}
				text := html.UnescapeString(string(b))
				for _, want := range []string{e.Name, g.VerifyCode, "演示数据", `media="print"`, g.Release.Number} {
					if !strings.Contains(text, want) {
						t.Errorf("the guide of %s does not say %q", e.Name, want)
					}
				}
			}
			pages, links := 0, 0
			err := filepath.WalkDir(dir, func(file string, d os.DirEntry, err error) error {
				if err != nil || filepath.Ext(file) != ".html" {
					return err
				}
				pages++
				b, err := os.ReadFile(file)
				if err != nil {
					return err
				}
				doc, err := html.Parse(bytes.NewReader(b))
				if err != nil {
					return err
				}
				for n := range doc.Descendants() {
					for _, a := range n.Attr {
						if n.Type != html.ElementNode || a.Key != "href" && a.Key != "src" && a.Key != "action" {
							continue
						}
						u, err := url.Parse(a.Val)
						switch {
						case err != nil:
							t.Errorf("%s: %q is no address", file, a.Val)
						case u.Scheme == "tel" || u.Path == "" && u.Fragment != "" || c.base != "" && strings.HasPrefix(a.Val, c.base):
						case u.Scheme != "" && (strings.HasPrefix(u.Host, "example.") || strings.HasSuffix(u.Host, ".invalid")): // where an item says that it is handled
						case u.Scheme != "" || u.Host != "" || strings.HasPrefix(u.Path, "/"):
							t.Errorf("%s leads to %q", file, a.Val)
						default:
							links++
							if _, err := os.Stat(filepath.Join(filepath.Dir(file), filepath.FromSlash(u.Path))); err != nil {
								t.Errorf("%s leads to %q, which is not there", file, a.Val)
							}
						}
					}
				}
				return nil
			})
			if err != nil || pages < len(c.entries)+5 || links < 5*pages {
				t.Errorf("%d pages with %d addresses, %v", pages, links, err)
			}
		})
	}

	// The same release gives the same bytes.
	var first, second bytes.Buffer
	for _, out := range []*bytes.Buffer{&first, &second} {
		b, err := k.portal.SiteZip(out)
		if err == nil {
			err = k.pages.WriteSite(t.Context(), b, unit.ID, "", nil)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("the same release gives another file")
	}
	b, err := k.portal.SiteZip(&first)
	if err != nil {
		t.Fatal(err)
	}
	if err := k.pages.WriteSite(t.Context(), b, "none", "", nil); !fault.Is(err, fault.NotFound) {
		t.Errorf("a unit that is none: %v", err)
	}
}

// Opened from a disk, in a real browser: search by name, by initials, by a
// verification code and by nothing that fits; follow what is found.
func TestSiteInChromium(t *testing.T) {
	browser := chromium(t)
	k, _ := demoCounty(t, "")
	b := open(t, browser, "file://"+writeSite(t, k, "", ""), 360)
	b.visit("/index.html")
	b.says("演示数据", "按单位查找", "按拼音查找")
	b.fits()
	first := func() string {
		t.Helper()
		return js[string](b, `(document.querySelector("#results a") || {firstChild: {data: ""}}).firstChild.data`)
	}
	e := k.portal.Search(portal.Query{Text: "个体工商户设立登记", Limit: 1}).Entries[0]
	g, err := k.portal.Guide(t.Context(), e.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range []string{"个体工商户设立登记", "个体工商户设立", "gtgshsl", "Gtgshsl", "ｇｔｇｓｈｓｌ", "个体工商户的设立", g.VerifyCode, strings.ToLower(g.VerifyCode)} {
		b.fill("q", q)
		if got := first(); got != e.Name {
			t.Errorf("%q finds %q first, want %q", q, got, e.Name)
		}
	}
	b.fill("q", "社保卡") // as people say it
	if got := first(); !strings.Contains(got, "社会保障卡") {
		t.Errorf("社保卡 finds %q first", got)
	}
	b.fits()
	b.fill("q", "鑫鑫麤麤")
	b.says("没有找到相符的事项", "按单位查找")
	// A form without script, or a bookmark: the words stand in the address.
	b.visit("/index.html?q=" + url.QueryEscape("gtgshsl"))
	b.clickOn(`//ul[@id="results"]//a`)
	b.says(e.Name, g.VerifyCode, "要带的材料")
	b.fits()
	b.click(g.UnitName)
	b.says("公布")
	b.visit("/az.html")
	b.fits()
	if n := js[int](b, `document.querySelectorAll("main .links a").length`); n != k.portal.Home().Total {
		t.Errorf("the list by letters has %d items, %d are published", n, k.portal.Home().Total)
	}
}
