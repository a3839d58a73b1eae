package web

import (
	"bytes"
	"cmp"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"

	"onevisit/internal/app/reform"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/server"
	"onevisit/internal/server/web/ui"
)

// nobody is the value of the unit filter for entries of the catalogue that no
// unit answers for as yet.
const nobody = "none"

// allLists are the kinds of list in the order of the tabs.
var allLists = append(append([]catalog.ListKind{}, catalog.ListKinds...), catalog.Catalogue)

// GET /work/lists: the entries of the existing lists and of the catalogue, and
// what the units have decided about them.
func (s *Server) getLists(q *request) error {
	v := q.URL.Query()
	f := listFilter(v)
	d := listsData{Query: v, CSRF: q.in.FormToken}
	var err error
	if f.List == "" { // the first list with something to do, else the first that is there
		at, err := s.Reform.Lists(q.Context(), q.actor(), reform.ListFilter{Units: f.Units, Limit: 1})
		if err != nil {
			return err
		}
		f.List = firstList(at.Tallies, f.State)
		v.Set("list", string(f.List))
	}
	d.List = f.List
	if d.Page, err = s.Reform.Lists(q.Context(), q.actor(), f); err != nil {
		return err
	}
	units, err := s.Office.Units(q.Context())
	if err != nil {
		return err
	}
	d.Names = map[string]string{}
	for _, u := range units {
		d.Names[u.ID] = u.Name
		if u.InScope && org.Can(q.actor(), org.ReadItem, u.ID) == nil {
			d.Units = append(d.Units, u)
		}
		if org.Can(q.actor(), org.ClaimEntries, u.ID) != nil || len(f.Units) > 0 && f.Units[0] != u.ID || countTallies(d.Page.Tallies, "", reform.ListOpen, u.ID) == 0 {
			continue
		}
		found, err := s.Reform.Matches(q.Context(), q.actor(), u.ID)
		if err != nil {
			return err
		}
		if len(found) > 0 {
			d.Matches = append(d.Matches, unitMatches{u, len(found)})
		}
	}
	own, err := s.ownUnits(q, org.ImportLists)
	if err != nil {
		return err
	}
	d.CanImport = len(own) > 0
	d.County = org.Can(q.actor(), org.ReadCounty, "") == nil
	d.More = len(d.Page.Entries) == pageSize
	return q.render(q.page("清单认领"), listsView(d))
}

func listFilter(v url.Values) reform.ListFilter {
	f := reform.ListFilter{List: catalog.ListKind(v.Get("list")), Edition: v.Get("edition"), State: reform.ListState(v.Get("state")), Text: strings.TrimSpace(v.Get("q")),
		After: v.Get("after"), Before: v.Get("before"), Limit: pageSize}
	switch u := v.Get("unit"); u {
	case "":
	case nobody:
		f.Units = []string{""}
	default:
		f.Units = []string{u}
	}
	return f
}

// GET /work/lists.csv: what the filter selects, all pages.
func (s *Server) getListTable(q *request) error {
	f := listFilter(q.URL.Query())
	f.After, f.Before = "", ""
	var b bytes.Buffer
	if err := s.Reform.WriteLists(q.Context(), q.actor(), f, &b); err != nil {
		return err
	}
	return q.csv("清单认领", &b)
}

// GET /work/lists/changes: the newest edition of a list beside the one before.
func (s *Server) getListChanges(q *request) error {
	v := q.URL.Query()
	f := listFilter(v)
	c, err := s.Reform.ListChanges(q.Context(), q.actor(), f.List, f.Units)
	if err != nil {
		return err
	}
	page, err := strconv.Atoi(orText(v.Get("page"), "1"))
	if err != nil || page < 1 {
		return fault.Invalidf("页码应为不小于 1 的整数。")
	}
	return q.render(q.page("新旧版对照"), listChangesView(listChangesData{ListChanges: c, Query: v, Page: page}))
}

// GET /work/lists/changes.csv
func (s *Server) getListChangesTable(q *request) error {
	f := listFilter(q.URL.Query())
	var b bytes.Buffer
	if err := s.Reform.WriteListChanges(q.Context(), q.actor(), f.List, f.Units, &b); err != nil {
		return err
	}
	return q.csv("新旧版对照", &b)
}

// csv answers with a table to keep.
func (q *request) csv(name string, b *bytes.Buffer) error {
	q.w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	q.w.Header().Set("Content-Disposition", "attachment; filename*=UTF-8''"+url.PathEscape(name+".csv"))
	q.w.WriteHeader(http.StatusOK)
	_, err := b.WriteTo(q.w)
	return err
}

// listChangesData is the page of what an edition changes.
type listChangesData struct {
	*reform.ListChanges
	Query url.Values
	Page  int
}

func (d listChangesData) href(path, kind string, page int) string {
	q := url.Values{"list": {string(d.List)}}
	for k, v := range map[string]string{"unit": d.Query.Get("unit"), "kind": kind} {
		if v != "" {
			q.Set(k, v)
		}
	}
	if page > 1 {
		q.Set("page", strconv.Itoa(page))
	}
	return path + "?" + q.Encode()
}

func (d listChangesData) kinds() []ui.FacetView {
	n := map[catalog.EntryChange]int{}
	for _, c := range d.Changes {
		n[c.Kind]++
	}
	g := ui.FacetView{Title: "变化"}
	for _, k := range catalog.EntryChanges {
		o := ui.FacetOption{Label: string(k), Count: n[k], On: d.Query.Get("kind") == string(k), Href: d.href("/work/lists/changes", string(k), 1)}
		if o.On {
			o.Href = d.href("/work/lists/changes", "", 1)
		}
		if o.On || o.Count > 0 {
			g.Options = append(g.Options, o)
		}
	}
	return []ui.FacetView{g}
}

// shown is the page's part of the changes of the chosen kind.
func (d listChangesData) shown() ([]reform.ListChange, ui.PagerView) {
	kind := d.Query.Get("kind")
	var of []reform.ListChange
	for _, c := range d.Changes {
		if kind == "" || string(c.Kind) == kind {
			of = append(of, c)
		}
	}
	p := ui.PagerView{Text: "共 " + ui.Count(len(of)) + " 条", ExportHref: d.href("/work/lists/changes.csv", "", 1)}
	from := min((d.Page-1)*pageSize, len(of))
	to := min(from+pageSize, len(of))
	if from > 0 {
		p.PrevHref = d.href("/work/lists/changes", kind, d.Page-1)
	}
	if to < len(of) {
		p.NextHref = d.href("/work/lists/changes", kind, d.Page+1)
	}
	return of[from:to], p
}

// changedEntry is what the row of a change speaks of: the entry as it is now, or was.
func changedEntry(c reform.ListChange) reform.ListEntry {
	if c.Kind == catalog.EntryGone {
		return c.Former
	}
	return c.Now
}

// firstList chooses what to show of several lists.
func firstList(tallies []reform.ListTally, state reform.ListState) catalog.ListKind {
	if state == "" {
		state = reform.ListOpen
	}
	for _, of := range []reform.ListState{state, ""} {
		for _, l := range allLists {
			if countTallies(tallies, l, of, "") > 0 {
				return l
			}
		}
	}
	return allLists[0]
}

// countTallies adds up what fits; "" fits everything.
func countTallies(tallies []reform.ListTally, list catalog.ListKind, state reform.ListState, unit string) (n int) {
	for _, t := range tallies {
		if (list == "" || t.List == list) && (state == "" || t.State == state) && (unit == "" || t.UnitID == unit) {
			n += t.Count
		}
	}
	return n
}

// GET /work/lists/entries/{id}
func (s *Server) getEntry(q *request) error { return s.entryPage(q, q.PathValue("id"), nil) }

func (s *Server) entryPage(q *request, id string, failed error) error {
	e, err := s.Reform.Entry(q.Context(), q.actor(), id, q.URL.Query().Get("q"))
	if err != nil {
		return err
	}
	d := entryData{EntryView: e, CSRF: q.in.FormToken, Form: q.PostForm, Text: q.URL.Query().Get("q")}
	if e.CanAssign {
		units, err := s.Office.Units(q.Context())
		if err != nil {
			return err
		}
		for _, u := range units {
			if u.InScope {
				d.Units = append(d.Units, u)
			}
		}
	}
	if failed == nil {
		return q.render(q.page(e.Name), entryView(d))
	}
	var ok bool
	if d.Summary, d.Errors, ok = q.fieldErrors(failed); !ok {
		return failed
	}
	q.status(server.Status(failed), q.page(e.Name), entryView(d))
	return nil
}

// POST /work/lists/claim
func (s *Server) postClaim(q *request) error {
	id := q.PostFormValue("entry")
	version, err := strconv.ParseInt(q.PostFormValue("version"), 10, 64)
	if err != nil {
		return fault.Invalidf("页面不完整，意见没有保存。请刷新后重试。")
	}
	err = s.Reform.Claim(q.Context(), q.actor(), reform.Claiming{EntryID: id, Version: version, Decision: catalog.Decision(q.PostFormValue("decision")),
		Items: q.PostForm["item"], NewItem: q.PostFormValue("new_item") == "1", Reason: q.PostFormValue("reason")})
	if err != nil {
		if fault.Is(err, fault.Invalid) {
			return s.entryPage(q, id, err)
		}
		return err
	}
	e, err := s.Reform.Entry(q.Context(), q.actor(), id, "")
	if err != nil {
		return err
	}
	back := "/work/lists?state=open&list=" + urlQuery(string(e.List)) + "&unit=" + e.UnitID + "&done=claimed"
	if q.PostFormValue("next") == "" {
		return q.seeOther(back)
	}
	next, err := s.Reform.Lists(q.Context(), q.actor(), reform.ListFilter{Units: []string{e.UnitID}, List: e.List, State: reform.ListOpen, After: id, Limit: 1})
	if err != nil {
		return err
	}
	if len(next.Entries) == 0 {
		return q.seeOther(back)
	}
	return q.seeOther("/work/lists/entries/" + next.Entries[0].ID + "?done=claimed")
}

// GET /work/lists/matches: what can be claimed at once, for one confirmation.
func (s *Server) getMatches(q *request) error {
	unit := q.unitParam()
	found, err := s.Reform.Matches(q.Context(), q.actor(), unit)
	if err != nil {
		return err
	}
	return q.render(q.page("同名事项一键认领"), matchesView(found, unit, q.in.FormToken))
}

// POST /work/lists/matches
func (s *Server) postMatches(q *request) error {
	unit := q.PostFormValue("unit")
	if _, err := s.Reform.ClaimMatches(q.Context(), q.actor(), unit, q.PostForm["entry"]); err != nil {
		return err
	}
	return q.seeOther("/work/lists?unit=" + urlQuery(unit) + "&done=matched")
}

// POST /work/lists/assign: whose an entry of the catalogue is.
func (s *Server) postAssign(q *request) error {
	id := q.PostFormValue("entry")
	if err := s.Reform.AssignEntry(q.Context(), q.actor(), id, q.PostFormValue("from"), q.PostFormValue("to")); err != nil {
		if fault.Is(err, fault.Invalid) {
			return s.entryPage(q, id, err)
		}
		return err
	}
	return q.seeOther("/work/lists/entries/" + id + "?done=assigned")
}

// GET /work/lists/import
func (s *Server) getListImport(q *request) error { return s.listImportPage(q, nil, nil) }

func (s *Server) listImportPage(q *request, sum *reform.ListSummary, failed error) error {
	units, err := s.ownUnits(q, org.ImportLists)
	if err != nil {
		return err
	}
	d := listImportData{Units: units, County: org.Can(q.actor(), org.ImportLists, "") == nil, CSRF: q.in.FormToken, Form: q.PostForm, Summary: sum,
		DryRun: q.PostFormValue("dry_run") == "1"}
	if !d.County && len(units) == 0 {
		return org.Can(q.actor(), org.ImportLists, "")
	}
	if failed == nil {
		return q.render(q.page("导入清单"), listImportView(d))
	}
	var ok bool
	if d.Failed, d.Errors, ok = q.fieldErrors(failed); !ok {
		return failed
	}
	q.status(server.Status(failed), q.page("导入清单"), listImportView(d))
	return nil
}

// POST /work/lists/import: a list is small enough to be read while one waits; the
// report stands on the answer.
func (s *Server) postListImport(q *request) error {
	f, head, err := q.FormFile("file")
	if errors.Is(err, http.ErrMissingFile) {
		return s.listImportPage(q, nil, fault.Invalidf("没有收到文件。").At("file", "请选择要导入的文件（xlsx、csv、json、jsonl）"))
	}
	if err != nil {
		return fault.Wrap(fault.Invalid, err, "文件没有上传完整，请重试。")
	}
	defer f.Close()
	name := path.Base(strings.ReplaceAll(head.Filename, `\`, "/"))
	sum, err := s.Reform.ImportList(q.Context(), q.actor(), reform.ListSource(name, f, head.Size), reform.ListImport{List: catalog.ListKind(q.PostFormValue("list")),
		Edition: q.PostFormValue("edition"), Unit: q.PostFormValue("unit"), Source: strings.TrimSpace(q.PostFormValue("source")), DryRun: q.PostFormValue("dry_run") == "1"})
	return s.listImportPage(q, sum, err)
}

// listsData is the page of entries.
type listsData struct {
	Page    *reform.ListPage
	List    catalog.ListKind
	Units   []org.Unit
	Names   map[string]string
	Matches []unitMatches
	Query   url.Values
	CSRF    string
	// County says that the reader sees the whole county.
	County, CanImport, More bool
}

// unitMatches says how many entries of a unit can be claimed by their names.
type unitMatches struct {
	Unit org.Unit
	N    int
}

// with is the page's address with one value changed.
func (d listsData) with(pairs ...string) string {
	q := url.Values{}
	for k, v := range d.Query {
		if k != "after" && k != "before" && k != "done" && v[0] != "" {
			q[k] = v
		}
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			q.Del(pairs[i])
		} else {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	return "/work/lists?" + q.Encode()
}

func (d listsData) tabs() []ui.Tab {
	var tabs []ui.Tab
	for _, l := range allLists {
		tabs = append(tabs, ui.Tab{Label: string(l), Href: d.with("list", string(l), "edition", "", "state", ""), Count: countTallies(d.Page.Tallies, l, "", ""), Current: l == d.List})
	}
	return tabs
}

// stateWords names the states of an entry.
var stateWords = []struct {
	State reform.ListState
	Word  string
}{
	{reform.ListOpen, "待处理"}, {reform.ListClaimed, string(catalog.Claimed)}, {reform.ListMapped, string(catalog.Mapped)},
	{reform.ListDeclined, string(catalog.Declined)}, {reform.ListOutside, "不在改革范围"},
}

func (d listsData) states() []ui.FacetView {
	g := ui.FacetView{Title: "处理情况"}
	for _, w := range stateWords {
		on := d.Query.Get("state") == string(w.State)
		o := ui.FacetOption{Label: w.Word, Count: d.Page.States[w.State], On: on, Href: d.with("state", string(w.State))}
		if on {
			o.Href = d.with("state", "")
		}
		if on || o.Count > 0 {
			g.Options = append(g.Options, o)
		}
	}
	return []ui.FacetView{g}
}

// editions offers the editions of the list; none if there is but one.
func (d listsData) editions() []ui.Option {
	pairs := [][2]string{{"", "现行版本"}}
	for _, e := range d.Page.Editions {
		if e.List == d.List {
			label := e.Edition
			if e.Superseded {
				label += "（旧版）"
			}
			pairs = append(pairs, [2]string{e.Edition, label})
		}
	}
	if len(pairs) < 3 {
		return nil
	}
	return ui.Options([]string{d.Query.Get("edition")}, pairs...)
}

// changesHref leads to what the newest edition changes; "" if it is the first.
func (d listsData) changesHref() string {
	for _, e := range d.Page.Editions {
		if e.List == d.List && e.Superseded {
			return listChangesData{ListChanges: &reform.ListChanges{List: d.List}, Query: d.Query}.href("/work/lists/changes", "", 1)
		}
	}
	return ""
}

// edition names what is shown.
func (d listsData) edition() string {
	if e := d.Query.Get("edition"); e != "" {
		return e
	}
	var names []string
	for _, e := range d.Page.Editions {
		if e.List == d.List && !e.Superseded {
			names = append(names, e.Edition)
		}
	}
	return strings.Join(names, "、")
}

func (d listsData) unitOptions() []ui.Option {
	pairs := [][2]string{{"", "全部单位"}}
	if d.County && d.List == catalog.Catalogue {
		pairs = append(pairs, [2]string{nobody, "尚无承接单位"})
	}
	for _, u := range d.Units {
		pairs = append(pairs, [2]string{u.ID, u.Name})
	}
	return ui.Options([]string{d.Query.Get("unit")}, pairs...)
}

func (d listsData) pager() ui.PagerView {
	n := 0
	for s, c := range d.Page.States {
		if st := d.Query.Get("state"); st == "" || st == string(s) {
			n += c
		}
	}
	p := ui.PagerView{Text: "共 " + ui.Count(n) + " 条", ExportHref: strings.Replace(d.with(), "/work/lists?", "/work/lists.csv?", 1)}
	if d.Query.Get("q") != "" {
		p.Text = ""
	}
	list := d.Page.Entries
	if len(list) == 0 {
		return p
	}
	if d.Query.Get("after") != "" || d.Query.Get("before") != "" && d.More {
		p.PrevHref = d.with("before", list[0].ID)
	}
	if d.More || d.Query.Get("before") != "" {
		p.NextHref = d.with("after", list[len(list)-1].ID)
	}
	return p
}

// several says that entries of more than one unit are shown.
func (d listsData) several() bool { return len(d.Units) > 1 && d.Query.Get("unit") == "" }

// unitRow is how far a unit is with the list shown.
type unitRow struct {
	ID, Name string
	States   map[reform.ListState]int
}

// byUnit tells a reader of several units how far each is, the most open entries
// first.
func (d listsData) byUnit() (rows []unitRow) {
	if !d.several() {
		return nil
	}
	at := map[string]int{}
	for _, t := range d.Page.Tallies {
		if t.List != d.List {
			continue
		}
		i, ok := at[t.UnitID]
		if !ok {
			i = len(rows)
			at[t.UnitID] = i
			rows = append(rows, unitRow{orText(t.UnitID, nobody), orText(d.Names[t.UnitID], "尚无承接单位"), map[reform.ListState]int{}})
		}
		rows[i].States[t.State] += t.Count
	}
	slices.SortFunc(rows, func(x, y unitRow) int {
		return cmp.Or(y.States[reform.ListOpen]-x.States[reform.ListOpen], strings.Compare(x.Name, y.Name))
	})
	return rows
}

// unitColumns are the columns of byUnit.
func unitColumns() []ui.Column {
	columns := []ui.Column{{Label: "单位"}}
	for _, w := range stateWords {
		columns = append(columns, ui.Column{Label: w.Word, Num: true})
	}
	return columns
}

func (d listsData) columns() []ui.Column {
	columns := []ui.Column{{Label: "名称"}, {Label: "类型"}}
	if d.several() {
		columns = append(columns, ui.Column{Label: "单位"})
	}
	return append(columns, ui.Column{Label: "处理意见"})
}

func (d listsData) unitName(e reform.ListEntry) string {
	return orText(d.Names[e.UnitID], "尚无承接单位")
}

// claimLight is the light and the word of where an entry stands.
func claimLight(e reform.ListEntry) (kind, word string) {
	switch {
	case e.Claim.Version > 0 && e.Claim.Decision == catalog.Declined:
		return "grey", string(catalog.Declined)
	case e.Claim.Version > 0:
		return "green", string(e.Claim.Decision)
	case !e.InScope:
		return "grey", "不在改革范围"
	case e.UnitID == "":
		return "yellow", "待指定单位"
	}
	return "yellow", "待处理"
}

// entryData is the page of one entry.
type entryData struct {
	*reform.EntryView
	Units   []org.Unit
	Text    string
	CSRF    string
	Summary string
	Errors  []ui.FieldError
	Form    url.Values
}

func (d entryData) terms() []ui.Term {
	terms := []ui.Term{
		{Label: "清单", Value: string(d.List), Code: d.Edition},
		{Label: "单位", Value: orText(d.Unit.Name, "尚无承接单位")},
		{Label: "编码", Value: d.Code},
		{Label: "类型", Value: d.Type},
		{Label: "依据", Value: d.Basis},
		{Label: "主管部门", Value: d.Department},
		{Label: "公布文件", Value: d.Source},
	}
	return slices.DeleteFunc(terms, func(t ui.Term) bool { return t.Value == "" })
}

func (d entryData) decision() catalog.Decision {
	switch {
	case d.Form != nil:
		return catalog.Decision(d.Form.Get("decision"))
	case d.Claim.Version > 0:
		return d.Claim.Decision
	case d.SameName == 1:
		return catalog.Claimed
	case d.SameName > 1:
		return catalog.Mapped
	}
	return ""
}

func (d entryData) decisions() ui.FieldView {
	help := map[catalog.Decision]string{catalog.Claimed: "由一个事项承接，一般名称相同", catalog.Mapped: "由几个事项承接，或者由名称不同的事项承接", catalog.Declined: "不编制事项，须写明理由"}
	v := ui.FieldView{Name: "decision", Label: "处理意见", Required: true, Error: ui.ErrorFor(d.Errors, "decision")}
	for _, x := range catalog.Decisions {
		v.Options = append(v.Options, ui.Option{Value: string(x), Label: string(x), Help: help[x], Selected: x == d.decision()})
	}
	return v
}

// items offers the items that may cover the entry.
func (d entryData) items() ui.FieldView {
	v := ui.FieldView{Name: "item", ID: ui.FieldID("items"), Label: "对应的事项", Help: "选择“认领”“对应”时填写", Error: ui.ErrorFor(d.Errors, "items")}
	name := catalog.PlainName(d.Name)
	for _, it := range d.Items {
		o := ui.Option{Value: it.ID, Label: it.Name, Help: it.Code}
		if it.Variant != "" && !strings.Contains(it.Name, it.Variant) {
			o.Label += "（" + it.Variant + "）"
		}
		switch {
		case d.Form != nil:
			for _, id := range d.Form["item"] {
				o.Selected = o.Selected || id == it.ID
			}
		case d.Claim.Version > 0:
			for _, id := range d.Claim.Items {
				o.Selected = o.Selected || id == it.ID
			}
		default:
			o.Selected = catalog.PlainName(it.Name) == name
		}
		v.Options = append(v.Options, o)
	}
	return v
}

func (d entryData) reason() string {
	if d.Form != nil {
		return d.Form.Get("reason")
	}
	return d.Claim.Reason
}

func (d entryData) assignOptions() []ui.Option {
	pairs := [][2]string{{"", "请选择单位"}}
	for _, u := range d.Units {
		pairs = append(pairs, [2]string{u.ID, u.Name})
	}
	return ui.Options([]string{d.UnitID}, pairs...)
}

// listImportData is the form of a list's import, with the report of the last.
type listImportData struct {
	Units   []org.Unit
	County  bool
	CSRF    string
	Form    url.Values
	Summary *reform.ListSummary
	DryRun  bool
	Failed  string
	Errors  []ui.FieldError
}

func (d listImportData) err(name string) string { return ui.ErrorFor(d.Errors, name) }

func (d listImportData) listOptions() []ui.Option {
	var pairs [][2]string
	for _, l := range allLists {
		if l != catalog.Catalogue || d.County {
			pairs = append(pairs, [2]string{string(l), string(l)})
		}
	}
	return ui.Options([]string{d.Form.Get("list")}, pairs...)
}

func (d listImportData) unitOptions() []ui.Option {
	opts := importUnits(d.Units, d.County)
	for i := range opts {
		opts[i].Selected = opts[i].Value == d.Form.Get("unit")
	}
	return opts
}

// boardFindings shortens what S04 finds about a unit to its first lines.
func boardFindings(r reform.Row) (lines []boardLine) {
	const show = 2
	seen := map[string]int{}
	for _, f := range r.Findings {
		if seen[f.Rule]++; seen[f.Rule] <= show {
			lines = append(lines, boardLine{f.Message, f.Rule + " " + f.Clause, ""})
		}
	}
	for _, rule := range slices.Sorted(maps.Keys(seen)) {
		n := seen[rule] - show
		switch {
		case n <= 0:
		case rule == "S04":
			lines = append(lines, boardLine{"清单和目录中另有 " + strconv.Itoa(n) + " 条没有对应的事项和理由", rule, "/work/lists?state=open&unit=" + r.Unit.ID})
		default:
			lines = append(lines, boardLine{"另有 " + strconv.Itoa(n) + " 处", rule, "/work/checks?rule=" + rule + "&unit=" + r.Unit.ID})
		}
	}
	return lines
}

type boardLine struct{ Text, Code, Href string }

func entryBack(d entryData) string {
	return "/work/lists?list=" + urlQuery(string(d.List)) + "&unit=" + d.UnitID
}

// listFigures are the numbers of an import's report.
func listFigures(s *reform.ListSummary) []ui.Term {
	terms := []ui.Term{{Label: "读到", Value: ui.Count(s.Rows) + " 行"}, {Label: "新增", Value: ui.Count(s.Created) + " 条"}, {Label: "更改", Value: ui.Count(s.Changed) + " 条"},
		{Label: "相同，未动", Value: ui.Count(s.Same) + " 条"}, {Label: "未能读取", Value: ui.Count(s.Bad) + " 行"}}
	for _, t := range []struct {
		label string
		n     int
	}{{"沿用上一版意见", s.Carried}, {"非县级行使，未列入", s.Elsewhere}, {"尚无承接单位", s.Unassigned}} {
		if t.n > 0 {
			terms = append(terms, ui.Term{Label: t.label, Value: ui.Count(t.n) + " 条"})
		}
	}
	return terms
}
