package web

import (
	"net/url"
	"slices"
	"strings"

	"onevisit/internal/app/reform"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/lint"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/plan"
	"onevisit/internal/domain/publication"
	"onevisit/internal/domain/work"
	"onevisit/internal/server/web/ui"
)

// itemsData is the list of working copies.
type itemsData struct {
	Items                       []reform.ItemRow
	Total                       int
	Units                       []org.Unit
	Names                       map[string]string
	Query                       url.Values
	CSRF                        string
	CanConfirm, CanCreate, More bool
}

// with is the page's address with one value changed.
// pages are the addresses of the pages before and after a page of a filtered
// list, empty where there is none; first and last are the IDs at its ends.
func pages(path string, filter url.Values, first, last string, full bool) (prev, next string) {
	to := func(key, value string) string {
		q := url.Values{key: {value}}
		for k, v := range filter {
			if k != "after" && k != "before" && k != "done" {
				q[k] = v
			}
		}
		return path + "?" + q.Encode()
	}
	back := filter.Get("before") != ""
	if filter.Get("after") != "" || back && full {
		prev = to("before", first)
	}
	if back || full {
		next = to("after", last)
	}
	return prev, next
}

func (d itemsData) pager() ui.PagerView {
	p := ui.PagerView{Text: "共 " + ui.Count(d.Total) + " 项"}
	if n := len(d.Items); n > 0 {
		p.PrevHref, p.NextHref = pages("/work/items", d.Query, d.Items[0].ID, d.Items[n-1].ID, d.More)
	}
	return p
}

// columns are the columns of the list, most of them sortable.
func (d itemsData) columns() []ui.Column {
	by := func(key, label string) ui.Column {
		return sortable("/work/items", d.Query, key, ui.Column{Label: label})
	}
	return []ui.Column{{Label: "选择", Hide: true}, by("name", "名称"), by("unit", "单位"), {Label: "类型"}, by("visits", "到场"), {Label: "分类"}, by("errors", "检查"), by("state", "状态"), by("updated", "更新")}
}

// keep holds the order while the filters change.
func (d itemsData) keep() []ui.Hidden { return keepOrder(d.Query) }

func keepOrder(v url.Values) []ui.Hidden {
	if v.Get("sort") == "" {
		return nil
	}
	return []ui.Hidden{{Name: "sort", Value: v.Get("sort")}}
}

// boardColumns are the columns of the board, with what each is sorted by.
var boardColumns = []ui.Column{{Label: "单位"}, {Label: "报送"}, {Label: "事项", Num: true}, {Label: "至多一次", Num: true}, {Label: "占比", Num: true}, {Label: "有错误", Num: true}, {Label: "待认领", Num: true},
	{Label: "审核中", Num: true}, {Label: "已退回", Num: true}, {Label: "已公布", Num: true}, {Label: "改革承诺"}, {Label: "问题"}}

var boardOrders = []string{"unit", "report", "items", "once", "share", "faulty", "open", "review", "returned", "published"}

func sortedBoard(v url.Values) []ui.Column {
	out := slices.Clone(boardColumns)
	for i, by := range boardOrders {
		out[i] = sortable("/work/board", v, by, out[i])
	}
	return out
}

func (d itemsData) confirmable() bool {
	for _, it := range d.Items {
		if d.CanConfirm && it.Errors == 0 && publication.Allows(it.State, publication.Confirm) {
			return true
		}
	}
	return false
}

func (d itemsData) stateOptions() []ui.Option {
	pairs := [][2]string{{"", "全部状态"}}
	for _, s := range publication.States {
		pairs = append(pairs, [2]string{string(s), string(s)})
	}
	return ui.Options([]string{d.Query.Get("state")}, pairs...)
}

func (d itemsData) classOptions() []ui.Option {
	return ui.Options([]string{d.Query.Get("class")}, [2]string{"", "全部分类"}, [2]string{catalog.ClassMet, catalog.ClassMet},
		[2]string{catalog.ClassReform, catalog.ClassReform}, [2]string{catalog.ClassNotYet, catalog.ClassNotYet})
}

func unitFilter(units []org.Unit, chosen string) ui.FieldView {
	pairs := [][2]string{{"", "全部单位"}}
	for _, u := range units {
		pairs = append(pairs, [2]string{u.ID, u.Name})
	}
	return ui.FieldView{Name: "unit", Label: "单位", Options: ui.Options([]string{chosen}, pairs...)}
}

func (d itemsData) faultyOptions() []ui.Option {
	return ui.Options([]string{d.Query.Get("faulty")}, [2]string{"", "不限"}, [2]string{"1", "有错误"}, [2]string{"0", "无错误"})
}

type reportData struct {
	Prep    *reform.Preparation
	Units   []org.Unit
	CSRF    string
	Today   string
	Summary string
	Errors  []ui.FieldError
	Form    url.Values
}

func (d reportData) value(name, otherwise string) string {
	if v, ok := d.Form[name]; ok {
		return strings.Join(v, "")
	}
	return otherwise
}

func (d reportData) err(name string) string { return ui.ErrorFor(d.Errors, name) }

func (d reportData) unitOptions() []ui.Option {
	var pairs [][2]string
	for _, u := range d.Units {
		pairs = append(pairs, [2]string{u.ID, u.Name})
	}
	return ui.Options([]string{d.Prep.Unit.ID}, pairs...)
}

type contactsData struct {
	Unit string
	// MayReport says that the reader names people for the unit, and not only looks.
	MayReport bool
	Contact   reform.Contact
	Former    []reform.Former
	Plan      plan.Plan
	CSRF      string
	Summary   string
	Errors    []ui.FieldError
	Form      url.Values
}

func (d contactsData) field(name, label, help, value string) ui.FieldView {
	if v, ok := d.Form[name]; ok {
		value = strings.Join(v, "")
	}
	return ui.FieldView{Name: name, Label: label, Help: help, Value: value, Error: ui.ErrorFor(d.Errors, name), Width: "medium", Required: name != "leader_title"}
}

type batchData struct {
	Batch                  *publication.Batch
	CSRF, Today            string
	Summary                string
	Errors                 []ui.FieldError
	Form                   url.Values
	CanCompose, CanApprove bool
	Release                *publication.Release // nil until it is published
}

// unitItems are the items of one unit in a batch.
type unitItems struct {
	name  string
	items []publication.BatchItem
}

// byUnit groups the items of the batch by their units, in the batch's order.
func (d batchData) byUnit() (out []unitItems) {
	at := map[string]int{}
	for _, it := range d.Batch.Items {
		i, ok := at[it.UnitID]
		if !ok {
			i = len(out)
			at[it.UnitID] = i
			out = append(out, unitItems{name: it.UnitName})
		}
		out[i].items = append(out[i].items, it)
	}
	return out
}

// struck reports whether an item was ticked in a form that came back.
func (d batchData) struck(id string) bool { return slices.Contains(d.Form["strike"], id) }

func (d batchData) striking(items []publication.BatchItem) bool {
	return slices.ContainsFunc(items, func(it publication.BatchItem) bool { return d.struck(it.ItemID) })
}

func (d batchData) value(name string) string { return d.Form.Get(name) }

// sortedFindings puts the heaviest first.
func sortedFindings(list []lint.Finding) []lint.Finding {
	return slices.SortedStableFunc(slices.Values(list), func(a, b lint.Finding) int {
		return slices.Index(lint.Severities, a.Severity) - slices.Index(lint.Severities, b.Severity)
	})
}

// findings shows findings, the heaviest first, with links into the editor at
// form (empty: this page is the editor, "-": no links).
func findings(list []lint.Finding, form string, repair bool) []ui.FindingView {
	kinds := map[lint.Severity]string{lint.Error: "error", lint.Warning: "warning", lint.Advice: "advice"}
	var out []ui.FindingView
	for _, f := range sortedFindings(list) {
		v := ui.FindingView{Severity: kinds[f.Severity], Text: f.Message, Fix: f.Fix, Rule: f.Rule, Clause: f.Clause}
		if f.Waivable && f.Severity == lint.Error {
			v.Mark = "◇"
		}
		if f.Exempt != "" {
			v.Notes = append(v.Notes, "例外："+f.Exempt)
		}
		if f.Reason != nil {
			v.Notes = append(v.Notes, "单位说明："+f.Reason.Text+"（"+f.Reason.By+"，"+f.Reason.On.ChineseShort()+"）")
		}
		var name string
		if v.Where, name = placeOf(f.Field); name != "" && form != "-" {
			v.Href = form + "#" + ui.FieldID(name)
		}
		if repair {
			v.Repair = repairButton(f, form == "")
		}
		out = append(out, v)
	}
	return out
}

// placeName is a trip's place for people: a hall's name as it is, a site's name
// instead of its id.
func placeName(p *catalog.Process, place string) string {
	for _, s := range p.Sites {
		if s.Hall == place {
			return place
		}
	}
	for _, s := range p.Sites {
		if s.ID == place && s.Name != "" {
			return s.Name
		}
	}
	return place
}

func visitsText(n int) string { return ui.VisitWord(n) }

// todoHref leads from a to-do to the page where it is done.
func todoHref(t work.Todo) string {
	switch t.Kind {
	case work.KindContacts:
		return "/work/contacts?unit=" + t.SubjectID
	case work.KindAssign:
		return "/work/lists?unit=" + nobody + "&list=" + urlQuery(t.SubjectID)
	case work.KindClaim:
		return "/work/lists?state=open&unit=" + t.SubjectID
	case work.KindReport:
		return "/work/report?unit=" + t.SubjectID
	case work.KindWaiver:
		return "/work/waivers/" + t.SubjectID
	case work.KindFix, work.KindConfirm, work.KindUnwaived, work.KindReceive, work.KindBasis:
		return "/work/items/" + t.SubjectID
	case work.KindFeedback:
		return "/work/feedback/" + t.SubjectID
	case work.KindPledge:
		return "/work/items/" + t.SubjectID + "/history"
	case work.KindReview:
		return "/work/submissions/" + t.SubjectID + "?part=" + string(publication.OpenPart) + "#items"
	case work.KindDispute, work.KindRuling:
		return "/work/submissions/" + t.SubjectID + "?part=" + string(publication.DisputePart) + "#items"
	case work.KindGuide:
		return "/work/guides?unit=" + t.SubjectID
	case work.KindProbe:
		return "/work/guides?unit=" + t.SubjectID + "#probes"
	case work.KindDisplay:
		return "/work/places/" + t.SubjectID
	case work.KindAdjust:
		return "/work/adjustments/" + t.SubjectID
	case work.KindKey:
		return "/work/keys/" + t.SubjectID
	case work.KindSign:
		return "/work/submissions/" + t.SubjectID + "#sign"
	case work.KindBatch, work.KindPublish:
		if t.SubjectKind == "调整" {
			return "/work/adjustments/" + t.SubjectID
		}
		return "/work/batches/" + t.SubjectID
	}
	return "/work/"
}

func boardClass(r reform.Row) string {
	if r.Late {
		return "red"
	}
	if r.Reported {
		return "green"
	}
	if r.Total == 0 && r.Unit.Supervisor != "" {
		return "grey"
	}
	return "yellow"
}

// editHref is the editor of an item, "-" if the reader may not change it.
func editHref(v *reform.ItemView) string {
	if v.CanEdit {
		return "/work/items/" + v.ID + "/edit"
	}
	return "-"
}

func importUnits(units []org.Unit, county bool) []ui.Option {
	var pairs [][2]string
	if county {
		pairs = append(pairs, [2]string{"", "按文件中的单位（全县）"})
	}
	for _, u := range units {
		pairs = append(pairs, [2]string{u.ID, u.Name})
	}
	return ui.Options(nil, pairs...)
}

func orDash(s string) string { return orText(s, "—") }

func orText(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

func dateOrEmpty(b *publication.Batch) string {
	if b.DocDate.IsZero() {
		return ""
	}
	return b.DocDate.Chinese()
}
