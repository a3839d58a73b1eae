package web

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"onevisit/internal/app/portal"
	"onevisit/internal/domain/publication"
	"onevisit/internal/server/web/ui"
)

// SiteFormat names the format of a site of files.
const SiteFormat = "onevisit/site@1"

// site is the pages of a county or a unit as files, with addresses that work
// without a server and below any folder.
type site struct {
	s     *Server
	b     *portal.Bundle
	base  string // the portal's address, "" if not known
	name  string // of the unit, "" for the county
	units []siteUnit
	all   []siteEntry // by name
	head  *publication.Release
}

type siteUnit struct {
	portal.UnitEntry
	Entries []portal.Entry
}

// siteEntry is an item of the index that the script searches.
type siteEntry struct {
	portal.Entry
	Initials string
	Code     string // verification code
	Extra    string // what else it may be found by
	unit     int
}

// WriteSite writes what is published of a unit, or of the whole county (""), as
// pages in files: guides with their verification codes, units, a list by the
// letters of pinyin, the batches, and a search that runs in the reader's browser.
// Nothing of it needs a server; without scripts the lists lead everywhere. The
// same release gives the same files.
func (s *Server) WriteSite(ctx context.Context, b *portal.Bundle, unitID, base string, progress func(done, total int)) error {
	t := &site{s: s, b: b, base: strings.TrimSuffix(base, "/"), head: s.Portal.Head()}
	if unitID == "" || unitID == portal.WholeCounty {
		for _, u := range s.Portal.Units() {
			if err := t.take(u.ID); err != nil {
				return err
			}
		}
	} else {
		if err := t.take(unitID); err != nil {
			return err
		}
		t.name = t.units[0].Name
	}
	if progress == nil {
		progress = func(int, int) {}
	}
	total := 0
	for _, u := range t.units {
		total += len(u.Entries)
	}
	for i := range t.units {
		for _, e := range t.units[i].Entries {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := t.guide(ctx, e, i); err != nil {
				return err
			}
			progress(len(t.all), total)
		}
	}
	names := make([]string, len(t.all))
	for i := range names {
		names[i] = t.all[i].Name
	}
	for i, letters := range portal.Initials(names) {
		t.all[i].Initials = letters
	}
	slices.SortFunc(t.all, func(a, b siteEntry) int {
		return cmp.Or(cmp.Compare(a.Initials, b.Initials), cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	})
	for _, write := range []func(context.Context) error{t.lists, t.batches, t.assets} {
		if err := write(ctx); err != nil {
			return err
		}
	}
	return b.Close(struct {
		Format  string `json:"format"`
		Place   string `json:"place"`
		Unit    string `json:"unit,omitempty"`
		Demo    bool   `json:"demo"`
		Items   int    `json:"items"`
		Release string `json:"release"`
		Hash    string `json:"release_hash"`
	}{SiteFormat, s.county().Title(), t.name, s.Demo, len(t.all), t.head.Number, t.head.Hash})
}

func (t *site) take(unitID string) error {
	u, entries, err := t.s.Portal.Unit(unitID)
	if err == nil {
		t.units = append(t.units, siteUnit{u, entries})
	}
	return err
}

// page writes a page; its root leads back to the folder of the index.
func (t *site) page(ctx context.Context, name, title string, crumbs []ui.Crumb, search bool, content templ.Component) error {
	root := strings.Repeat("../", strings.Count(name, "/"))
	if root == "" {
		root = "./"
	}
	p := ui.Page{Title: title, Site: t.s.county().Title(), Demo: t.s.Demo, Path: name, Root: root, Script: search, HomeHref: root + "index.html", PortalHref: t.base,
		Nav:         []ui.NavItem{{Label: "查找", Href: root + "index.html"}, {Label: "按拼音", Href: root + "az.html"}, {Label: "按单位", Href: root + "units.html"}, {Label: "公布批次", Href: root + "batches.html"}},
		ReleaseText: "第 " + fmt.Sprint(t.head.Seq) + " 次公布（" + t.head.Number + "）之后的现行内容"}
	for _, c := range crumbs {
		p.Crumbs = append(p.Crumbs, ui.Crumb{Label: c.Label, Href: root + c.Href})
	}
	return t.b.Add(name, func(w io.Writer) error { return ui.SiteLayout(p, content).Render(ctx, w) })
}

var siteHome = ui.Crumb{Label: "首页", Href: "index.html"}

// guide writes the guide of an item, and one for each of its cases.
func (t *site) guide(ctx context.Context, e portal.Entry, unit int) error {
	g, err := t.s.Portal.Guide(ctx, e.ID)
	if err != nil {
		return err
	}
	u := t.units[unit]
	crumbs := []ui.Crumb{siteHome, {Label: u.Name, Href: "units/" + u.ID + ".html"}}
	write := func(name string, answers url.Values) error {
		v := newGuide(g, answers, t.s.Calendar, time.Time{})
		v.Short = strings.TrimPrefix(v.UnitName, t.s.county().Title())
		if t.base != "" {
			if v.QR, err = t.s.Portal.QR(t.base+"/verify?code="+url.QueryEscape(v.VerifyCode), "二维码：核验这份指南是不是现行的"); err != nil {
				return err
			}
		}
		return t.page(ctx, "items/"+name, g.Name, crumbs, false, siteGuide(v, siteCases(g)))
	}
	if err := write(e.ID+".html", nil); err != nil {
		return err
	}
	for i, c := range siteCases(g) {
		if err := write(siteCaseName(e.ID, i), c.answers); err != nil {
			return err
		}
	}
	extra := []string{g.Item.MainName, g.Item.Variant, g.Item.Result.Name}
	extra = append(extra, g.Item.Topics...)
	words := slices.DeleteFunc(extra, func(w string) bool { return w == "" || strings.Contains(e.Name, w) })
	t.all = append(t.all, siteEntry{Entry: e, Code: g.VerifyCode, Extra: strings.Join(words, " "), unit: unit})
	return nil
}

// siteCase is a case of an item with answers that lead to it.
type siteCase struct {
	name    string
	answers url.Values
}

func siteCaseName(id string, i int) string { return fmt.Sprintf("%s-%d.html", id, i+1) }

func siteCases(g *portal.Guide) []siteCase {
	if g.Item.Scenarios == nil {
		return nil
	}
	var out []siteCase
	for _, l := range g.Item.Scenarios.Leaves {
		c := siteCase{l.Name, url.Values{}}
		for question, options := range l.When {
			if len(options) > 0 {
				c.answers.Set(question, options[0])
			}
		}
		out = append(out, c)
	}
	return out
}

// siteLetter is a letter of the list by pinyin.
type siteLetter struct {
	Letter  string
	Entries []siteEntry
}

func (t *site) letters() []siteLetter {
	var out []siteLetter
	for _, e := range t.all {
		l := "#"
		if e.Initials != "" && e.Initials[0] >= 'a' && e.Initials[0] <= 'z' {
			l = strings.ToUpper(e.Initials[:1])
		}
		if n := len(out); n == 0 || out[n-1].Letter != l {
			out = append(out, siteLetter{Letter: l})
		}
		out[len(out)-1].Entries = append(out[len(out)-1].Entries, e)
	}
	return out
}

// title is what the site is about.
func (t *site) title() string {
	if t.name != "" {
		return t.name + "办事指南"
	}
	return t.s.county().Title() + "办事指南"
}

// lists writes the ways in.
func (t *site) lists(ctx context.Context) error {
	if err := t.page(ctx, "index.html", t.name, nil, true, siteIndex(t)); err != nil {
		return err
	}
	if err := t.page(ctx, "az.html", "按拼音查找", []ui.Crumb{siteHome}, false, siteAZ(t.letters())); err != nil {
		return err
	}
	if err := t.page(ctx, "units.html", "按单位查找", []ui.Crumb{siteHome}, false, siteUnits(t.units)); err != nil {
		return err
	}
	for _, u := range t.units {
		if err := t.page(ctx, "units/"+u.ID+".html", u.Name, []ui.Crumb{siteHome, {Label: "按单位", Href: "units.html"}}, false, siteUnitView(u)); err != nil {
			return err
		}
	}
	return nil
}

// batches writes what was published when: of a unit only what concerns it.
func (t *site) batches(ctx context.Context) error {
	pages := map[string]bool{}
	for _, e := range t.all {
		pages[e.ID] = true
	}
	var shown []publication.Release
	for _, r := range t.s.Portal.Releases() {
		sum, err := t.s.Portal.Summary(ctx, r.Seq)
		if err != nil {
			return err
		}
		if t.name != "" {
			sum.Units = slices.DeleteFunc(sum.Units, func(u publication.UnitSummary) bool { return u.ID != t.units[0].ID })
			if len(sum.Units) == 0 {
				continue
			}
		}
		shown = append(shown, r)
		if err := t.page(ctx, fmt.Sprintf("batches/%d.html", r.Seq), r.Title, []ui.Crumb{siteHome, {Label: "公布批次", Href: "batches.html"}}, false, siteBatch(sum, pages)); err != nil {
			return err
		}
	}
	return t.page(ctx, "batches.html", "公布批次", []ui.Crumb{siteHome}, false, siteBatches(shown))
}

// assets writes styles, the search and its index, and a word to whoever puts the
// files up.
func (t *site) assets(context.Context) error {
	for _, name := range []string{"app.css", "print.css", "site.js", "favicon.svg"} {
		if err := t.b.Add("assets/"+name, func(w io.Writer) error { _, err := w.Write(ui.Asset(name)); return err }); err != nil {
			return err
		}
	}
	if err := t.b.Add("assets/index.js", t.writeIndex); err != nil {
		return err
	}
	return t.b.Add("说明.txt", func(w io.Writer) error {
		_, err := io.WriteString(w, strings.ReplaceAll(siteReadme, "\n", "\r\n"))
		return err
	})
}

const siteReadme = `这是从办事门户导出的静态网站，内容与公布的完全一致。

一、放到任何网站的任何目录下都能用，不需要程序和数据库；也可以拷到 U 盘，双击 index.html 打开。
二、请整个目录一起放，不要改动其中的文件。manifest.json 列有每个文件的大小和 SHA-256 校验值。
三、每次公布后请重新导出，替换整个目录。
四、每份指南末尾有核验码，可以到办事门户核验是不是现行的。
`

// writeIndex writes the index as a script: pages opened as files may not read
// other files in any other way.
func (t *site) writeIndex(w io.Writer) error {
	units := make([]string, len(t.units))
	for i, u := range t.units {
		units[i] = u.Name
	}
	rows := make([][]any, len(t.all))
	said := t.s.Portal.SaidFor()
	for i, e := range t.all {
		extra := strings.TrimSpace(e.Extra + " " + strings.Join(said(e.Name), " "))
		rows[i] = []any{e.ID, e.Name, e.unit, e.Visits, e.Initials, strings.ReplaceAll(e.Code, "-", ""), extra}
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b) // escapes what could end a script
	if err := enc.Encode(map[string]any{"units": units, "items": rows}); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "window.onevisitIndex=%s;\n", bytes.TrimSpace(b.Bytes()))
	return err
}

func (l siteLetter) id() string {
	if l.Letter == "#" {
		return "other"
	}
	return strings.ToLower(l.Letter)
}

// plainChecklist is the checklist without links to forms, which the files lack.
func (v *guide) plainChecklist() []ui.CheckItem {
	list := v.checklist()
	for i := range list {
		list[i].Links = nil
	}
	return list
}
