package web

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"onevisit/internal/app/portal"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/visit"
	"onevisit/internal/server/web/ui"
)

// wayRoutes lists the ways in beside the search.
func (s *Server) wayRoutes() {
	s.handle("GET /events", s.cached(s.getEvents))
	s.handle("GET /events/{key}", s.cached(s.getEvent))
	s.handle("GET /names", s.cached(s.getNames))
	s.handle("GET /names/{letter}", s.cached(s.getNames))
	s.handle("GET /lists/{visits}", s.cached(s.getVisitList))
	s.handle("GET /bundles", s.cached(s.getBundles))
	s.handle("GET /bundles/{name}", s.cached(s.getBundle))
}

// GET /events
func (s *Server) getEvents(q *request) error {
	p := q.publicPage("办事主题")
	p.Canonical = q.base() + "/events"
	p.Description = "按人生大事和企业大事查找办事指南：出生、上学、就业、建房、退休，开办企业、项目建设、变更、注销。"
	return q.render(p, eventsView(s.Portal.Events()))
}

// GET /events/{key}: the first services of each step, or, with ?step=, all of one
// in pages.
func (s *Server) getEvent(q *request) error {
	step, _ := strconv.Atoi(q.FormValue("step")) // absent or wrong: all steps
	if step > 0 {
		return s.getEventStep(q, step)
	}
	e, err := s.Portal.Event(q.PathValue("key"), eventMost)
	if err != nil {
		return err
	}
	p := q.publicPage(e.Name)
	p.Canonical = q.base() + "/events/" + e.Key
	p.Description = fmt.Sprintf("%s：%s共 %d 个事项，要跑几次、多久、带什么。", e.Name, e.Intro, e.Total)
	p.Crumbs = []ui.Crumb{{Label: "首页", Href: "/"}, {Label: "办事主题", Href: "/events"}}
	var bundles []portal.BundleHead
	if e.Key == "start" {
		bundles = s.Portal.Bundles()
	}
	return q.render(p, eventView(e, bundles))
}

// eventMost is how many services of one step stand on the page of an event.
const eventMost = 100

func (s *Server) getEventStep(q *request, step int) error {
	d := eventStepData{}
	var err error
	d.From, _ = strconv.Atoi(q.FormValue("from")) // absent or wrong: the first page
	if d.EventServices, err = s.Portal.EventStep(q.PathValue("key"), step, d.From, namesPage); err != nil {
		return err
	}
	e := d.Event
	if at := lastPage(d.From, d.Total, namesPage); at != d.From {
		d.From = at
		if d.EventServices, err = s.Portal.EventStep(e.Key, step, at, namesPage); err != nil {
			return err
		}
	}
	d.Path = fmt.Sprintf("/events/%s?step=%d", e.Key, step)
	p := q.publicPage(e.Name + "：" + d.Name)
	p.Canonical = q.base() + d.Path
	p.NoIndex = d.From > 0
	p.Description = fmt.Sprintf("%s，%s：%d 个事项。", e.Name, d.Name, d.Total)
	p.Crumbs = []ui.Crumb{{Label: "首页", Href: "/"}, {Label: "办事主题", Href: "/events"}, {Label: e.Name, Href: "/events/" + e.Key}}
	return q.render(p, eventStepView(d))
}

// eventStepData is a page of the services of one step of an event.
type eventStepData struct {
	*portal.EventServices
	Path string
	From int
}

func (d eventStepData) pager() ui.PagerView {
	return pagerOf(d.Path, d.From, len(d.Entries), d.Total, namesPage)
}

// eventsOf are the events of a kind as places to go.
func eventsOf(list []portal.EventCount, kind string, most int) (out []ui.Crumb) {
	for _, e := range list {
		if e.Kind == kind && len(out) < most {
			out = append(out, ui.Crumb{Label: e.Name, Href: "/events/" + e.Key})
		}
	}
	return out
}

const namesPage = 100

// GET /names/{letter}: all services by the first letter of their pinyin.
func (s *Server) getNames(q *request) error {
	letters := s.Portal.Letters()
	letter := strings.ToUpper(q.PathValue("letter"))
	if letter == "" && len(letters) > 0 {
		letter = letters[0].Name
	}
	d := namesData{Letters: letters, Letter: letter}
	if len(letters) > 0 {
		var err error
		d.From, _ = strconv.Atoi(q.FormValue("from")) // absent or wrong: the first page
		if d.Entries, d.Total, err = s.Portal.ByLetter(letter, d.From, namesPage); err != nil {
			return err
		}
		if at := lastPage(d.From, d.Total, namesPage); at != d.From {
			d.From = at
			d.Entries, _, _ = s.Portal.ByLetter(letter, at, namesPage) // the letter was there
		}
	}
	p := q.publicPage("按拼音查找：" + letter)
	if letter == "" {
		p.Title = "按拼音查找"
	}
	p.Canonical = q.base() + "/names/" + url.PathEscape(letter)
	p.Description = "按事项名称的拼音首字母查找办事指南。"
	return q.render(p, namesView(d))
}

type namesData struct {
	Letters []portal.Letter
	Letter  string
	Entries []portal.Entry
	From    int
	Total   int
}

func (d namesData) tabs() (out []ui.Tab) {
	for _, l := range d.Letters {
		out = append(out, ui.Tab{Label: l.Name, Href: "/names/" + url.PathEscape(l.Name), Count: -1, Current: l.Name == d.Letter})
	}
	return out
}

func (d namesData) pager() ui.PagerView {
	return pagerOf("/names/"+url.PathEscape(d.Letter), d.From, len(d.Entries), d.Total, namesPage)
}

// lastPage is where the last page of a list begins: an address that leads behind
// the end, as after a release with fewer items, shows that page.
func lastPage(from, total, page int) int {
	if from < total {
		return max(from, 0)
	}
	return max(total-1, 0) / page * page
}

// pagerOf leads through a list whose address takes from=.
func pagerOf(path string, from, n, total, page int) ui.PagerView {
	p := ui.PagerView{Text: fmt.Sprintf("第 %d–%d 项，共 %s 项", from+1, from+n, ui.Count(total))}
	if n == 0 {
		return ui.PagerView{}
	}
	and := "?from="
	if strings.Contains(path, "?") {
		and = "&from="
	}
	if from > 0 {
		p.PrevHref = path
		if from > page {
			p.PrevHref += and + strconv.Itoa(from-page)
		}
	}
	if from+n < total {
		p.NextHref = path + and + strconv.Itoa(from+n)
	}
	return p
}

// visitLists are the lists by visits: their addresses, and the number that the
// search's filter has.
var visitLists = []visitList{
	{"zero", 0, "零跑动事项", "一次也不用跑", "从申请到拿到结果，每个环节都可以不到场办理。"},
	{"once", 1, "一次办事项", "最多跑一次", "材料齐全、符合条件的，从申请到拿到结果只要跑一次。"},
	{"more", 2, "还要多跑的事项", "目前还要跑两次以上", "这些事项还没有做到最多跑一次，指南里写明了每一次要去做什么、为什么。"},
}

type visitList struct {
	path                string
	visits              int
	title, words, about string
}

// GET /lists/{visits}
func (s *Server) getVisitList(q *request) error {
	i := slices.IndexFunc(visitLists, func(l visitList) bool { return l.path == q.PathValue("visits") })
	if i < 0 {
		return fault.NotFoundf("没有这个清单。")
	}
	d := visitListData{visitList: visitLists[i], Home: s.Portal.Home(), Units: s.Portal.Units()}
	d.From, _ = strconv.Atoi(q.FormValue("from")) // absent or wrong: the first page
	d.From = lastPage(d.From, d.count(), namesPage)
	d.Found = s.Portal.Search(portal.Query{Visits: []int{d.visits}, Offset: d.From, Limit: namesPage})
	p := q.publicPage(d.title)
	p.Canonical = q.base() + "/lists/" + d.path
	p.Description = fmt.Sprintf("%s：%d 个事项%s，占公布事项的 %s。", d.title, d.count(), d.words, ui.Percent(d.count(), d.Home.Total))
	return q.render(p, visitListView(d))
}

type visitListData struct {
	visitList
	Home  portal.Home
	Units []portal.UnitEntry
	Found portal.Found
	From  int
}

func (d visitListData) count() int { return [3]int{d.Home.None, d.Home.One, d.Home.More}[d.visits] }

func (d visitListData) of(u portal.UnitEntry) int { return [3]int{u.None, u.One, u.More}[d.visits] }

// shareMost is how many units the table of shares has.
const shareMost = 50

// units are those with services in the list, the largest share first.
func (d visitListData) units() []portal.UnitEntry {
	list := slices.DeleteFunc(slices.Clone(d.Units), func(u portal.UnitEntry) bool { return d.of(u) == 0 })
	slices.SortStableFunc(list, func(a, b portal.UnitEntry) int {
		return cmp.Or(cmp.Compare(d.of(b)*a.Total, d.of(a)*b.Total), cmp.Compare(d.of(b), d.of(a)))
	})
	return list
}

func (d visitListData) pager() ui.PagerView {
	return pagerOf("/lists/"+d.path, d.From, len(d.Found.Entries), d.Found.Total, namesPage)
}

// GET /bundles
func (s *Server) getBundles(q *request) error {
	p := q.publicPage("一件事")
	p.Canonical = q.base() + "/bundles"
	p.Description = "开店办厂要办好几个事项的，合成一份指南：材料只交一遍，一共跑几次算得清楚。"
	return q.render(p, bundlesView(s.Portal.Bundles()))
}

func bundleHref(name string) string { return "/bundles/" + url.PathEscape(name) }

// GET /bundles/{name}
func (s *Server) getBundle(q *request) error {
	b, err := s.Portal.Bundle(q.Context(), q.PathValue("name"))
	if err != nil {
		return err
	}
	v := &bundle{BundleGuide: b}
	v.Ticked = q.URL.Query().Has("have")
	v.Have = q.URL.Query()["have"]
	p := q.publicPage(b.Title)
	p.Canonical = q.base() + bundleHref(b.Name)
	p.Description = fmt.Sprintf("%s一件事：%d 个事项合在一起办，%s，材料 %d 样。", b.Title, len(b.Parts), visitsPhrase(b.Ways.Visits), v.toBring())
	p.Crumbs = []ui.Crumb{{Label: "首页", Href: "/"}, {Label: "一件事", Href: "/bundles"}}
	address := q.base() + bundleHref(b.Name)
	if v.Ticked {
		p.NoIndex = true
		address += "?" + url.Values{"have": v.Have}.Encode()
	}
	if v.QR, err = s.Portal.QR(address, "二维码：在手机上打开这份指南"); err != nil {
		return err
	}
	return q.render(p, bundleView(v))
}

// bundle is the guide of one matter as one reader sees it.
type bundle struct {
	*portal.BundleGuide
	Have   []string
	Ticked bool
	QR     string
}

// part is the part that an id of the joined process belongs to.
func (v *bundle) part(id string) *portal.BundlePart {
	n, _ := visit.PartOf(id)
	return &v.Parts[n]
}

// trips tells each visit: where, and for what of which service.
func (v *bundle) trips() []string {
	var out []string
	for i, t := range v.Ways.Trips {
		var names []string
		duties := map[string][]string{}
		for _, id := range t.Settles {
			name := v.part(id).Name
			if duties[name] == nil {
				names = append(names, name)
			}
			for _, tp := range v.Process.Touchpoints {
				if d := orText(dutyWords[tp.Duty], tp.Duty); tp.ID == id && !slices.Contains(duties[name], d) {
					duties[name] = append(duties[name], d)
				}
			}
		}
		for k, name := range names {
			names[k] = "“" + name + "”" + strings.Join(duties[name], "、")
		}
		out = append(out, fmt.Sprintf("第 %d 次：到%s，%s。", i+1, placeName(v.Process, t.Place), strings.Join(names, "；")))
	}
	return out
}

// saved says what doing it together spares.
func (v *bundle) saved() string {
	if n := v.Apart - v.Ways.Visits; n > 0 {
		return fmt.Sprintf("一项一项分开办共要跑 %d 次，合在一起办少跑 %d 次。", v.Apart, n)
	}
	return ""
}

func (v *bundle) howLong() string {
	switch {
	case v.Days < 0:
		return "各事项时限不同，见下面的事项"
	case v.Days == 0:
		return "当场办结"
	}
	return fmt.Sprintf("最多 %d 个工作日（可以同时办的同时办，按最慢的一路算）", v.Days)
}

func (v *bundle) howMuch() string {
	var fees []string
	for _, p := range v.Parts {
		if p.Item.Fee.Charged {
			g := guide{Guide: p.Guide}
			fees = append(fees, p.Name+"："+strings.TrimPrefix(g.howMuch(), "收费："))
		}
	}
	if len(fees) == 0 {
		return "不收费"
	}
	return strings.Join(fees, "；")
}

// toBring counts the papers that the applicant brings.
func (v *bundle) toBring() (n int) {
	for _, c := range v.checklist() {
		if c.Free == "" {
			n++
		}
	}
	return n
}

// checklist is the papers of all parts, each once.
func (v *bundle) checklist() []ui.CheckItem {
	var out []ui.CheckItem
	for i, p := range v.Papers {
		first := &v.Parts[p.Uses[0].Item]
		m := first.Item.Materials[p.Uses[0].Row]
		m.Originals, m.Copies, m.Basis = p.Originals, p.Copies, "" // the basis stands in the item's guide
		g := guide{Guide: first.Guide, Materials: []catalog.Material{m}, Numbers: []int{p.Uses[0].Row + 1}}
		c := g.checklist()[0]
		c.ID = "p" + strconv.Itoa(i+1)
		c.Have = slices.Contains(v.Have, c.ID)
		if p.MadeBy >= 0 {
			c.Free = "不用交，办“" + v.Parts[p.MadeBy].Name + "”时由窗口留存"
		}
		var uses []string
		for _, u := range p.Uses {
			uses = append(uses, v.Parts[u.Item].Name)
		}
		use := "用于：" + strings.Join(uses, "、")
		if len(uses) > 1 {
			use = "只交一次，" + use
		}
		c.Note = strings.Trim(use+"；"+c.Note, "；")
		out = append(out, c)
	}
	return out
}

// stages are the parts that begin together.
func (v *bundle) stages() [][]portal.BundlePart {
	var out [][]portal.BundlePart
	for _, p := range v.Parts {
		for len(out) < p.Begin {
			out = append(out, nil)
		}
		out[p.Begin-1] = append(out[p.Begin-1], p)
	}
	return out
}

// stageTitle says what a stage is.
func (v *bundle) stageTitle(i int) string {
	switch {
	case len(v.stages()) == 1:
		return "可以同时办"
	case i == 0:
		return "先办"
	}
	return "拿到前面的结果后办"
}

func (v *bundle) needs(p portal.BundlePart) string {
	var names []string
	for _, a := range p.After {
		names = append(names, "“"+v.Parts[a].Name+"”")
	}
	if len(names) == 0 {
		return ""
	}
	return "要先办好" + strings.Join(names, "、")
}

// way is the joined procedure, a stay a step. How long each takes stands with its
// items: stays of different items are not equally long.
func (v *bundle) way() []ui.LaneStep {
	trips := map[int]int{}
	for i, t := range v.Ways.Trips {
		if trips[t.Slot] == 0 {
			trips[t.Slot] = i + 1
		}
	}
	var out []ui.LaneStep
	var order []int
	steps := map[int][]string{}
	slot := 1
	for i, s := range v.Process.Steps {
		n, _ := visit.PartOf(s.ID)
		if steps[n] == nil {
			order = append(order, n)
		}
		steps[n] = append(steps[n], orText(s.Name, s.Kind))
		if i+1 < len(v.Process.Steps) && !s.Waits {
			continue
		}
		var lines []string
		for _, n := range order {
			lines = append(lines, v.Parts[n].Name+"（"+strings.Join(steps[n], "、")+"）")
		}
		out = append(out, ui.LaneStep{Who: fmt.Sprintf("第 %d 段", slot), Lines: lines, Trip: trips[slot]})
		order, steps = nil, map[int][]string{}
		slot++
	}
	return out
}

// places are where the parts are handled, each once.
func (v *bundle) places() (out []catalog.Place) {
	for _, p := range v.Parts {
		for _, place := range p.Item.Places {
			if !slices.ContainsFunc(out, func(o catalog.Place) bool { return o.Name == place.Name && o.Address == place.Address }) {
				out = append(out, place)
			}
		}
	}
	return out
}

// where names the places shortly.
func (v *bundle) where() string {
	var names []string
	for _, p := range v.places() {
		if n := orText(p.Name, p.Address); n != "" {
			names = append(names, n)
		}
	}
	if len(names) == 0 {
		return "请先打电话问"
	}
	return strings.Join(names, "；")
}

// version names the guides that the bundle is made of; ticks hold for it.
func (v *bundle) version() string {
	var codes []string
	for _, p := range v.Parts {
		codes = append(codes, p.VerifyCode)
	}
	return strings.Join(codes, " ")
}

// visitTabs are the lists by visits.
func visitTabs(d visitListData) (out []ui.Tab) {
	for _, l := range visitLists {
		o := d
		o.visitList = l
		out = append(out, ui.Tab{Label: l.title, Href: "/lists/" + l.path, Count: o.count(), Current: l.path == d.path})
	}
	return out
}

// metaOf says beside the name of a service whose it is and of what type.
func metaOf(e *portal.Entry, unit bool) string {
	switch {
	case !unit:
		return e.Type
	case e.Type == "":
		return e.UnitName
	}
	return e.UnitName + " " + e.Type
}
