package web

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"onevisit/internal/app/portal"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/publication"
	"onevisit/internal/server/web/ui"
)

// portalRoutes lists the public pages.
func (s *Server) portalRoutes() {
	s.handle("GET /lists/most-used", s.cached(s.getMostUsed))
	s.handle("GET /{$}", s.cached(s.getHome))
	s.handle("GET /search", s.limited(s.cached(s.getSearch)))
	s.handle("GET /search/suggest", s.limited(s.cached(s.getSuggest)))
	s.handle("GET /items/{id}", s.cached(s.getGuide))
	s.handle("GET /items/{id}/checklist", s.cached(s.getChecklist))
	s.handle("GET /items/{id}/files/{slot}/{name}", s.getFile)
	s.wayRoutes()
	s.feedbackRoutes()
	s.handle("GET /units", s.cached(s.getUnits))
	s.handle("GET /units/{id}", s.cached(s.getUnit))
	s.handle("GET /batches", s.cached(s.getReleases))
	s.handle("GET /batches/{seq}", s.limited(s.cached(s.getRelease)))
	s.handle("GET /batches/{seq}/papers/{file}", s.limited(s.tagged(s.getNoticePaper)))
	s.handle("GET /adjustments", s.limited(s.cached(s.getNotices)))
	s.verifyRoutes()
	s.handle("GET /log", s.getLog)
	s.handle("GET /log/{index}", s.getLeaf)
	s.handle("GET /commitments", s.getCommitments)
	s.handle("GET /commitments/{number}", s.getCommitment)
	s.handle("GET /api", s.cached(s.getAPI))
	s.handle("GET /elder", s.getElder)
	s.handle("GET /robots.txt", s.getRobots)
	s.handle("GET /sitemap.xml", s.cached(s.getSitemap))
	s.handle("GET /sitemaps/{part}", s.cached(s.getSitemapPart))
	s.handle("GET /status", s.getStatus)
	s.handle("GET /", func(q *request) error {
		return fault.NotFoundf("没有这个页面。可以从首页搜索事项，或拨打 12345 咨询。")
	})
}

// publicPage is the frame of a public page.
func (q *request) publicPage(title string) ui.Page {
	p := q.page(title)
	p.User, p.Query, p.Alternates = nil, q.URL.RawQuery, feedLinks
	p.NoWork = q.s.Office == nil
	if trouble := q.s.Portal.Trouble(); trouble != "" {
		p.Warning = trouble
		if q.s.Portal.WithoutDatabase() { // what is wrong with a file is for those who run the place: /status
			p.Warning = "显示的可能不是最新公布的内容，办事前请拨打咨询电话确认。"
		}
	}
	p.Nav = []ui.NavItem{{Label: "首页", Href: "/"}, {Label: "办事主题", Href: "/events"}, {Label: "一件事", Href: "/bundles"}, {Label: "单位", Href: "/units"}, {Label: "公布批次", Href: "/batches"}, {Label: "核验", Href: "/verify"}}
	return p
}

// What of the ways in the first page shows.
const homeBundles, homeUnits, homeNotices = 6, 12, 3

// homeData is the first page.
type homeData struct {
	portal.Home
	Events  []portal.EventCount
	Bundles []portal.BundleHead
	Letters []portal.Letter
	Notices []publication.Release // the latest adjustments
}

func (d homeData) letters() []ui.Tab { return namesData{Letters: d.Letters}.tabs() }

// GET /
func (s *Server) getHome(q *request) error {
	p := q.publicPage("")
	p.Description = "查找办事事项：要跑几次、多久、多少钱、带什么、去哪里。"
	p.Canonical = q.base() + "/"
	d := homeData{s.Portal.Home(), s.Portal.Events(), s.Portal.Bundles(), s.Portal.Letters(), nil}
	for _, r := range s.Portal.Releases() {
		if r.Kind == publication.KindAdjustment && len(d.Notices) < homeNotices {
			d.Notices = append(d.Notices, r)
		}
	}
	return q.render(p, homeView(d))
}

const searchPage = 20

// GET /search
func (s *Server) getSearch(q *request) error {
	v := q.URL.Query()
	from, _ := strconv.Atoi(v.Get("from")) // absent or wrong: the first page
	in := portal.Query{Text: strings.TrimSpace(v.Get("q")), Audience: v.Get("audience"), Online: v.Get("online") == "1", Verbatim: v.Get("exact") == "1", Offset: max(from, 0), Limit: searchPage}
	if u := v.Get("unit"); u != "" {
		in.Units = []string{u}
	}
	if t := v.Get("type"); t != "" {
		in.Types = []string{t}
	}
	if n := v.Get("visits"); n != "" {
		if k, err := strconv.Atoi(n); err == nil {
			in.Visits = []int{min(max(k, 0), 2)}
		}
	}
	found := s.Portal.Search(in)
	if len(found.Entries) == 0 && found.Total > 0 {
		// An address that leads behind the end: the last page instead.
		in.Offset = (found.Total - 1) / searchPage * searchPage
		found = s.Portal.Search(in)
	}
	title := "全部事项"
	if in.Text != "" {
		title = "搜索：" + in.Text
	}
	p := q.publicPage(title)
	p.NoIndex = true
	d := searchData{Query: v, parameters: parameters(v), Found: found, From: in.Offset, Units: s.Portal.Home().Units}
	if found.Total == 0 && !found.Preparing {
		d.Nearest = s.Portal.Nearest(in.Text, 5)
		if in.Text != "" && len(d.chosen()) == 0 {
			s.Portal.CountMiss(in.Text)
			q.holds(s.now()) // a page that is kept would not be counted again
		}
	}
	return q.render(p, searchView(d))
}

// suggested is how many names are offered while somebody types.
const suggested = 8

// GET /search/suggest: the names that what was typed may become, as JSON.
func (s *Server) getSuggest(q *request) error {
	q.w.Header().Set("Content-Type", "application/json; charset=utf-8")
	return json.NewEncoder(q.w).Encode(struct {
		Names []string `json:"names"`
	}{s.Portal.Suggest(q.FormValue("q"), suggested)})
}

// searchData is a page of results.
type searchData struct {
	Query      url.Values
	parameters []parameter // of Query
	Found      portal.Found
	From       int
	Units      []portal.UnitEntry // where to look when nothing was found
	Nearest    []portal.Entry     // what comes closest then
}

// verbatim is the address of the search to the letter.
func (d searchData) verbatim() string { return d.with("exact", "1") }

// corrected is the address of the search for what may have been meant.
func (d searchData) corrected() string { return d.with("q", d.Found.Corrected) }

// asked is the unit that the reader has chosen, if it can be called.
func (d searchData) asked() (portal.UnitEntry, bool) {
	for _, u := range d.Units {
		if u.Name == d.Query.Get("unit") && u.Phone != "" {
			return u, true
		}
	}
	return portal.UnitEntry{}, false
}

// parameter is a part of the page's address, ready to be put into another.
type parameter struct{ key, text string }

// parameters are those of a query in order, without the page.
func parameters(q url.Values) (out []parameter) {
	for _, key := range slices.Sorted(maps.Keys(q)) {
		if key != "from" {
			out = append(out, parameter{key, url.Values{key: q[key]}.Encode()})
		}
	}
	return out
}

// with is the page's address with one value changed; an empty value takes it
// back. A page has dozens of them, so that they are joined of finished parts.
func (d searchData) with(key, value string) string {
	out := make([]byte, 0, 256)
	out = append(out, "/search"...)
	put := func(s ...string) {
		if len(out) == len("/search") {
			out = append(out, '?')
		} else {
			out = append(out, '&')
		}
		for _, s := range s {
			out = append(out, s...)
		}
	}
	for _, p := range d.parameters {
		if value != "" && p.key >= key {
			put(key, "=", url.QueryEscape(value))
			value = ""
		}
		if p.key != key {
			put(p.text)
		}
	}
	if value != "" {
		put(key, "=", url.QueryEscape(value))
	}
	return string(out)
}

func (d searchData) facet(title, key string, most int, values []portal.Facet, label func(string) string) ui.FacetView {
	f := ui.FacetView{Title: title}
	on := d.Query.Get(key)
	for i, v := range values {
		if v.Count == 0 && v.Value != on || i >= most && v.Value != on || v.Value == "" {
			continue
		}
		o := ui.FacetOption{Label: label(v.Value), Count: v.Count, On: v.Value == on, Href: d.with(key, v.Value)}
		if o.On {
			o.Href = d.with(key, "")
		}
		f.Options = append(f.Options, o)
	}
	return f
}

func (d searchData) facets() []ui.FacetView {
	plain := func(s string) string { return s }
	visits := []portal.Facet{{Value: "0", Count: d.Found.None}, {Value: "1", Count: d.Found.One}, {Value: "2", Count: d.Found.Many}}
	return []ui.FacetView{
		d.facet("跑几次", "visits", 3, visits, func(s string) string { return visitsWords[s] }),
		d.facet("网上办", "online", 1, []portal.Facet{{Value: "1", Count: d.Found.Online}}, func(string) string { return "可以网上办理" }),
		d.facet("谁来办", "audience", 6, d.Found.Audience, plain),
		d.facet("类型", "type", 10, d.Found.Types, plain),
		d.facet("单位", "unit", 12, d.Found.Units, plain),
	}
}

func (d searchData) pager() ui.PagerView {
	n := len(d.Found.Entries)
	p := ui.PagerView{Text: fmt.Sprintf("第 %d–%d 项，共 %s 项", d.From+1, d.From+n, ui.Count(d.Found.Total))}
	if d.From > 0 {
		p.PrevHref = d.with("from", strconv.Itoa(max(d.From-searchPage, 0)))
	}
	if d.From+n < d.Found.Total {
		p.NextHref = d.with("from", strconv.Itoa(d.From+n))
	}
	return p
}

// GET /units
func (s *Server) getUnits(q *request) error {
	d := unitListPage{Text: strings.TrimSpace(q.FormValue("q"))}
	all := s.Portal.Units()
	d.Large, d.Units = len(all) > unitsPage, all
	if words := strings.Fields(strings.ToLower(d.Text)); len(words) > 0 {
		d.Units = slices.DeleteFunc(all, func(u portal.UnitEntry) bool {
			name := strings.ToLower(u.Name)
			return slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(name, w) })
		})
	}
	d.Total = len(d.Units)
	d.From, _ = strconv.Atoi(q.FormValue("from")) // absent or wrong: the first page
	d.From = lastPage(d.From, d.Total, unitsPage)
	d.Units = d.Units[d.From:min(d.From+unitsPage, d.Total)]
	p := q.publicPage("办事单位")
	p.Canonical = q.base() + "/units"
	p.NoIndex = d.From > 0 || d.Text != ""
	p.Description = "按单位查找办事指南：每个单位公布了哪些事项，要跑几次。"
	return q.render(p, unitsView(d))
}

// How many units, and how many services of one unit, stand on one page.
const (
	unitsPage = 200
	unitPage  = 100
)

// unitListPage is a page of units.
type unitListPage struct {
	Units       []portal.UnitEntry
	Text        string // what their names must contain
	From, Total int
	Large       bool // all together take more than a page
}

func (d unitListPage) pager() ui.PagerView {
	path := "/units"
	if d.Text != "" {
		path += "?q=" + url.QueryEscape(d.Text)
	}
	return pagerOf(path, d.From, len(d.Units), d.Total, unitsPage)
}

// GET /units/{id}
func (s *Server) getUnit(q *request) error {
	from, _ := strconv.Atoi(q.FormValue("from")) // absent or wrong: the first page
	d := unitPageData{From: max(from, 0)}
	var err error
	if d.UnitEntry, d.Entries, err = s.Portal.UnitPage(q.PathValue("id"), d.From, unitPage); err != nil {
		return err
	}
	if at := lastPage(d.From, d.Total, unitPage); at != d.From {
		d.From = at
		if d.UnitEntry, d.Entries, err = s.Portal.UnitPage(d.ID, at, unitPage); err != nil {
			return err
		}
	}
	if d.From == 0 {
		d.Gone = s.Portal.Gone(d.ID)
	}
	p := q.publicPage(d.Name)
	p.Canonical = q.base() + "/units/" + url.PathEscape(d.ID)
	p.NoIndex = d.From > 0
	p.Description = fmt.Sprintf("%s公布的 %d 个事项，其中 %d 个至多跑一次；地址、时间、咨询和投诉电话。", d.Name, d.Total, d.None+d.One)
	p.Crumbs = []ui.Crumb{{Label: "首页", Href: "/"}, {Label: "办事单位", Href: "/units"}}
	return q.render(p, unitView(d))
}

// unitPageData is a page of a unit's services.
type unitPageData struct {
	portal.UnitEntry
	Entries []portal.Entry
	Gone    []portal.Gone // on the first page
	From    int
}

// large reports whether the services take more than a page.
func (d unitPageData) large() bool { return d.Total > unitPage }

func (d unitPageData) pager() ui.PagerView {
	return pagerOf("/units/"+url.PathEscape(d.ID), d.From, len(d.Entries), d.Total, unitPage)
}

// byType parts a unit's services, which are sorted so, by their type.
func byType(entries []portal.Entry) (out []portal.EventServices) {
	for _, e := range entries {
		name := orText(e.Type, "其他")
		if n := len(out); n == 0 || out[n-1].Name != name {
			out = append(out, portal.EventServices{Name: name})
		}
		last := &out[len(out)-1]
		e.Type = "" // the heading says it
		last.Entries = append(last.Entries, e)
	}
	return out
}

// GET /batches
func (s *Server) getReleases(q *request) error {
	all := slices.DeleteFunc(slices.Clone(s.Portal.Releases()), func(r publication.Release) bool { return r.Kind == publication.KindAdjustment })
	d := releasesData{Total: len(all)}
	d.From, _ = strconv.Atoi(q.FormValue("from")) // absent or wrong: the first page
	d.From = lastPage(d.From, d.Total, releasesPage)
	d.Releases = all[d.From:min(d.From+releasesPage, d.Total)]
	p := q.publicPage("公布批次")
	p.Canonical = q.base() + "/batches"
	p.NoIndex = d.From > 0
	p.Description = "县政府分批公布的“最多跑一次”事项：每批的文号、日期和事项。"
	return q.render(p, releasesView(d))
}

// releasesPage is how many batches stand on one page.
const releasesPage = 100

// releasesData is a page of what was published, newest first.
type releasesData struct {
	Releases    []publication.Release
	From, Total int
}

func (d releasesData) pager() ui.PagerView {
	if d.Total <= releasesPage {
		return ui.PagerView{}
	}
	return pagerOf("/batches", d.From, len(d.Releases), d.Total, releasesPage)
}

// GET /batches/{seq}
func (s *Server) getRelease(q *request) error {
	seq, err := strconv.ParseInt(q.PathValue("seq"), 10, 64)
	if err != nil {
		return fault.NotFoundf("没有找到这个公布批次。")
	}
	r, items, err := s.Portal.Release(q.Context(), seq)
	if err != nil {
		return err
	}
	if r.Kind == publication.KindAdjustment {
		return s.noticePage(q, seq)
	}
	order := map[string]int{}
	for i, u := range s.Portal.Units() {
		order[u.ID] = i - 1<<20 // before those that have nothing any more
	}
	slices.SortFunc(items, func(a, b portal.PublishedItem) int {
		return cmp.Or(cmp.Compare(order[a.UnitID], order[b.UnitID]), cmp.Compare(a.UnitName, b.UnitName), cmp.Compare(a.Name, b.Name), cmp.Compare(a.ItemID, b.ItemID))
	})
	d := releaseData{Release: r, All: items, Text: strings.TrimSpace(q.FormValue("q")), Unit: q.FormValue("unit")}
	d.From, _ = strconv.Atoi(q.FormValue("from")) // absent or wrong: the first page
	d.choose()
	p := q.publicPage(r.Title)
	p.Canonical = q.base() + d.href("", "", 0)
	p.NoIndex = d.narrowed() || d.From > 0
	p.Description = fmt.Sprintf("%s（%s）：%s公布的 %d 个事项，按单位列出，注明是否现行。", r.Title, r.Number, docLine(r), r.Count)
	p.Crumbs = []ui.Crumb{{Label: "首页", Href: "/"}, {Label: "公布批次", Href: "/batches"}}
	return q.render(p, releaseView(d))
}

// releasePage is how many items of a batch stand on one page.
const releasePage = 50

// releaseData is a page of a published batch.
type releaseData struct {
	Release *publication.Release
	All     []portal.PublishedItem // by unit and name
	Text    string                 // what the names must contain
	Unit    string                 // ID; empty means all
	Chosen  []portal.PublishedItem // this page's
	From    int
	Total   int // that fit
}

// choose finds the items of the page. An address behind the end leads to the
// last page.
func (d *releaseData) choose() {
	words := strings.Fields(strings.ToLower(d.Text))
	fit := make([]portal.PublishedItem, 0, len(d.All))
	for _, it := range d.All {
		name := strings.ToLower(it.Name)
		if (d.Unit == "" || it.UnitID == d.Unit) && !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(name, w) }) {
			fit = append(fit, it)
		}
	}
	d.Total = len(fit)
	d.From = max(d.From/releasePage*releasePage, 0)
	if d.From >= d.Total {
		d.From = max(d.Total-1, 0) / releasePage * releasePage
	}
	d.Chosen = fit[d.From:min(d.From+releasePage, d.Total)]
}

// large reports whether the batch needs more than one page.
func (d releaseData) large() bool { return len(d.All) > releasePage }

func (d releaseData) narrowed() bool { return d.Text != "" || d.Unit != "" }

func (d releaseData) href(text, unit string, from int) string {
	q := url.Values{}
	for k, v := range map[string]string{"q": text, "unit": unit} {
		if v != "" {
			q.Set(k, v)
		}
	}
	if from > 0 {
		q.Set("from", strconv.Itoa(from))
	}
	path := "/batches/" + strconv.FormatInt(d.Release.Seq, 10)
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

func (d releaseData) pager() ui.PagerView {
	p := ui.PagerView{Text: fmt.Sprintf("第 %d–%d 项，共 %s 项", d.From+1, d.From+len(d.Chosen), ui.Count(d.Total))}
	if d.From > 0 {
		p.PrevHref = d.href(d.Text, d.Unit, d.From-releasePage)
	}
	if d.From+len(d.Chosen) < d.Total {
		p.NextHref = d.href(d.Text, d.Unit, d.From+releasePage)
	}
	return p
}

// unitOptions are the units of the batch with their numbers of items.
func (d releaseData) unitOptions() []ui.Option {
	pairs := [][2]string{{"", "全部单位"}}
	for _, g := range groupsOf(d.All) {
		pairs = append(pairs, [2]string{g.items[0].UnitID, fmt.Sprintf("%s（%d）", g.name, len(g.items))})
	}
	return ui.Options([]string{d.Unit}, pairs...)
}

// releaseGroup is the items of one unit on a page; whole is how many of it the
// batch has, 0 if that is one.
type releaseGroup struct {
	name  string
	items []portal.PublishedItem
	whole int
}

func groupsOf(items []portal.PublishedItem) (out []releaseGroup) {
	for _, it := range items {
		if n := len(out); n == 0 || out[n-1].items[0].UnitID != it.UnitID {
			out = append(out, releaseGroup{name: it.UnitName})
		}
		last := &out[len(out)-1]
		last.items = append(last.items, it)
	}
	return out
}

// groups are the items of the page by unit.
func (d releaseData) groups() []releaseGroup {
	whole := map[string]int{}
	for _, it := range d.All {
		whole[it.UnitID]++
	}
	out := groupsOf(d.Chosen)
	for i := range out {
		if n := whole[out[i].items[0].UnitID]; n > 1 {
			out[i].whole = n
		}
	}
	return out
}

// chosen are the filters in force, each with the address without it.
func (d searchData) chosen() []ui.Crumb {
	var out []ui.Crumb
	for _, key := range []string{"exact", "visits", "online", "audience", "type", "unit"} {
		v := d.Query.Get(key)
		if v == "" {
			continue
		}
		switch key {
		case "visits":
			v = orText(visitsWords[v], v)
		case "online":
			v = "可以网上办理"
		case "exact":
			v = "按原词搜索"
		}
		out = append(out, ui.Crumb{Label: "去掉“" + v + "”", Href: d.with(key, "")})
	}
	return out
}

// visitsWords name the values of the filter by visits.
var visitsWords = map[string]string{"0": "不用跑", "1": "跑一次", "2": "不止一次"}

// highlight is a name as HTML with what the search marks, which comes in order.
func highlight(name string, marks []portal.Span) string {
	if len(marks) == 0 {
		return templ.EscapeString(name)
	}
	out := make([]byte, 0, 2*len(name)+len(marks)*len("<mark></mark>"))
	at, from, found := 0, 0, false
	part := func(to int) {
		switch text := templ.EscapeString(name[from:to]); {
		case text == "":
		case found:
			out = append(append(append(out, "<mark>"...), text...), "</mark>"...)
		default:
			out = append(out, text...)
		}
		from = to
	}
	for i := range name {
		for len(marks) > 0 && marks[0].To <= at {
			marks = marks[1:]
		}
		if hit := len(marks) > 0 && marks[0].From <= at; hit != found {
			part(i)
			found = hit
		}
		at++
	}
	part(len(name))
	return string(out)
}

// GET /robots.txt: the released pages may be found by search engines, the
// workbench and the endless combinations of filters not.
func (s *Server) getRobots(q *request) error {
	q.w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	text := "User-agent: *\nDisallow: /work\nDisallow: /search\nDisallow: /verify\nDisallow: /elder\nDisallow: /feedback\nSitemap: " + q.base() + "/sitemap.xml\n"
	if s.Demo {
		text = "User-agent: *\nDisallow: /\n" // nobody should find made-up services
	}
	_, _ = q.w.Write([]byte(text)) // the client is gone if it fails
	return nil
}

// samePlace reports whether an address leads to a page of this site. What cannot
// be parsed may be read by a browser in another way than by us, so it does not.
func samePlace(back string) bool {
	u, err := url.Parse(back)
	return err == nil && u.Scheme == "" && u.Host == "" && u.User == nil &&
		strings.HasPrefix(back, "/") && !strings.HasPrefix(back, "//") && !strings.ContainsRune(back, '\\')
}

// GET /elder remembers the choice of type and goes back to where it was made.
func (s *Server) getElder(q *request) error {
	on := q.FormValue("on")
	q.w.Header().Set("Cache-Control", "no-store")
	c := &http.Cookie{Name: elderCookie, Value: "1", Path: "/", MaxAge: 365 * 24 * 3600, HttpOnly: true, Secure: s.way.Secure(q.Request), SameSite: http.SameSiteLaxMode}
	if on != "1" {
		c.Value, c.MaxAge = "", -1
	}
	http.SetCookie(q.w, c)
	back := q.FormValue("back")
	if !samePlace(back) {
		back = "/"
	}
	return q.seeOther(back)
}
