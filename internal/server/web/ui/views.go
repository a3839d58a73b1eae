package ui

import (
	"fmt"
	"strconv"

	"github.com/a-h/templ"
)

// Kinds of buttons.
const (
	Primary   = "primary"
	Secondary = "secondary"
	Danger    = "danger" // cannot be undone, or is official
	Plain     = "plain"  // looks like a link
)

// ButtonView is a submit button. Name and Value tell several buttons of a form
// apart; FormAction sends this one elsewhere; Key is a shortcut for the script.
type ButtonView struct {
	Label, Kind, Name, Value, FormAction, Key string
	Disabled                                  bool
	// NoValidate lets a form be sent that is not complete yet: save for later.
	NoValidate bool
}

// FormView is a form. Method is "post" if empty.
type FormView struct {
	Action, Method, CSRF string
	Files                bool // multipart, for file fields
	// Guard asks before a page with unsaved changes is left (with scripts).
	Guard  bool
	Hidden []Hidden
}

// Hidden is a hidden form field.
type Hidden struct{ Name, Value string }

// FieldView is one form field. Name also gives the id (FieldID).
type FieldView struct {
	Name     string
	ID       string // FieldID(Name) if empty
	Label    string
	Help     string // why it is asked and what good looks like
	Code     string // number of the element, small beside the label
	Error    string
	Value    string
	Type     string // text, date, number, tel, password, search …; text if empty
	Unit     string // behind the field: 元, 个工作日
	Width    string // "short", "medium", or all there is
	Required bool
	Disabled bool
	ReadOnly bool
	Rows     int // of a Textarea; 4 if 0
	Max      int // characters; 0 is no limit
	Min      string
	Step     string
	Auto     string // autocomplete
	Mode     string // inputmode
	Pattern  string
	List     []string // suggestions (datalist)
	Options  []Option // of Select, Radios, Checkboxes
	Accept   string   // of File
	Multiple bool     // of File
	Inline   bool     // Radios and Checkboxes side by side
	Even     bool     // and one below the other in columns
	Key      string   // the key that leads here
	HideText bool     // label for screen readers only (filters in a table head)
}

// Option is one choice.
type Option struct {
	Value, Label, Help string
	Selected, Disabled bool
}

// Options makes choices of value and label pairs and marks the selected ones.
func Options(selected []string, pairs ...[2]string) []Option {
	out := make([]Option, 0, len(pairs))
	for _, p := range pairs {
		o := Option{Value: p[0], Label: p[1]}
		for _, s := range selected {
			o.Selected = o.Selected || s == p[0]
		}
		out = append(out, o)
	}
	return out
}

func (f FieldView) id() string { return or(f.ID, FieldID(f.Name)) }

func (f FieldView) describedBy() string {
	s := ""
	if f.Help != "" {
		s = f.id() + "-help"
	}
	if f.Error != "" {
		if s != "" {
			s += " "
		}
		s += f.id() + "-error"
	}
	return s
}

func (f FieldView) option(i int) string {
	if i == 0 {
		return f.id() // the error summary's link leads to the first choice
	}
	return f.id() + "-" + strconv.Itoa(i+1)
}

// attrs are the attributes that every kind of control shares.
func (f FieldView) attrs() templ.Attributes {
	a := templ.Attributes{"id": f.id(), "name": f.Name}
	if d := f.describedBy(); d != "" {
		a["aria-describedby"] = d
	}
	if f.Error != "" {
		a["aria-invalid"] = "true"
	}
	if f.Required {
		a["required"] = true
	}
	if f.Disabled {
		a["disabled"] = true
	}
	if f.ReadOnly {
		a["readonly"] = true
	}
	if f.Max > 0 {
		a["maxlength"] = strconv.Itoa(f.Max)
	}
	for name, v := range map[string]string{"data-key": f.Key, "accesskey": f.Key, "autocomplete": f.Auto, "inputmode": f.Mode, "pattern": f.Pattern, "min": f.Min, "step": f.Step} {
		if v != "" {
			a[name] = v
		}
	}
	if len(f.List) > 0 {
		a["list"] = f.id() + "-list"
	}
	return a
}

// TableView is the head of a table; its children are the rows (tr).
type TableView struct {
	Caption string
	Hide    bool // caption for screen readers only
	Columns []Column
	// Stack shows each row as a block on narrow screens; each td then carries
	// data-label with the name of its column (Cell does it).
	Stack bool
	Dense bool // for comparing many rows on office screens
}

// Column is one column. SortHref is the address of this page sorted by it.
type Column struct {
	Label, SortHref string
	Sorted          string // "ascending", "descending" or ""
	Num             bool   // numbers, aligned right
	Hide            bool   // label for screen readers only (a column of actions)
}

// FacetView is a group of filters as links; On marks the chosen ones, whose Href
// takes the choice back.
type FacetView struct {
	Title   string
	Options []FacetOption
}

// FacetOption is one filter with the number of results behind it; a negative
// Count shows none.
type FacetOption struct {
	Label, Href string
	Count       int
	On          bool
}

// Tab is one of several views of the same thing. A negative Count shows none.
type Tab struct {
	Label, Href string
	Count       int
	Current     bool
}

// PagerView leads through a list by keys: the addresses of the neighbouring
// pages, "" where there is none.
type PagerView struct {
	PrevHref, NextHref string
	Text               string // 第 1–50 项，共 2,311 项
	ExportHref         string // the whole list as a file
}

// SearchView is the large search box, a GET form.
type SearchView struct {
	Action, Name, Query    string // Name is "q" if empty
	Label, Placeholder     string
	Button                 string // 搜索 if empty
	Help                   string
	Suggest                string // where a script asks for names while somebody types; empty: nowhere
	Hidden                 []Hidden
	Large                  bool // the middle of the first screen
	Autofocus, NoShortcuts bool
}

// FindingView is one finding of the checks.
type FindingView struct {
	Severity string      // "error", "warning", "advice"
	Text     string      // what is wrong
	Fix      string      // what to do
	Where    string      // element or cell
	Href     string      // leads to Where
	Rule     string      // number of the rule, small
	Mark     string      // ◇ beside it where the finding can be waived
	Clause   string      // the clause it carries out
	Repair   *ButtonView // carries out the remedy, if there is one; within a form
	// Form is the form of Repair alone; nil where the list stands in a form.
	Form  *FormView
	Notes []string  // what people have answered
	Asks  []AskView // what they can answer
}

// AskView is a question that opens on demand, with its form.
type AskView struct {
	Summary string
	Form    FormView
	Fields  []FieldView // of a Type "date" or "text"; others are several lines
	Button  string
	Open    bool
}

// EventView is one entry of a time line.
type EventView struct {
	When, Title, Text, Who string
	State                  string // "done", "now", "todo", "late"
	Href, HrefLabel        string
}

// Term is one line of a definition list; Node, if set, stands for Value.
type Term struct {
	Label, Value, Href string
	Code               string // small, behind the value
	Node               templ.Component
}

// ErrorView is the page of a request that did not succeed.
type ErrorView struct {
	Status int
	What   string // what happened
	Saved  string // what was saved; a general sentence if empty
	Fields []FieldError
	Number string // to be quoted on the telephone
	Back   string // where the form was
	Phone  string // 12345 if empty
	Public bool   // on the portal, where nothing is saved
	Read   bool   // something was only looked at
	Query  bool   // offers to search for it
}

// Title says in a few words what happened.
func (e ErrorView) Title() string {
	if e.Public && e.Status == 403 {
		return "没有提交"
	}
	switch e.Status {
	case 401:
		return "请先登录"
	case 403:
		return "您没有办理这一步的权限"
	case 404:
		return "没有找到这个页面"
	case 409:
		return "内容已经变化，操作没有完成"
	case 413:
		return "文件太大"
	case 422, 400:
		return "填写的内容需要修改"
	case 429:
		return "操作太频繁，请稍后再试"
	case 503:
		return "系统暂时繁忙"
	}
	if e.Public && e.Read {
		return "页面暂时打不开"
	}
	if e.Status >= 500 {
		return "系统出现问题，操作没有完成"
	}
	return "操作没有完成"
}

func (e ErrorView) saved() string {
	switch {
	case e.Saved != "":
		return e.Saved
	case e.Public && e.Read:
		return ""
	case e.Public:
		return "这一次没有提交成功，可以返回后再试。"
	case e.Status == 404:
		return "您此前保存的内容不受影响。"
	}
	return "这一次的操作没有保存；此前已保存的内容不受影响。"
}

// ConfirmView asks once before an act that has consequences.
type ConfirmView struct {
	Title, Text  string
	Consequences []string
	Undo         string // how it can be undone, or that it cannot
	Action, CSRF string
	Hidden       []Hidden
	Label        string // of the button, a verb: 撤销批次
	Danger       bool
	CancelHref   string
	Reason       *FieldView // asks for a reason if set
}

// LaneStep is one step of the way: who does what, and whether the applicant
// must come. Trip numbers the visit it belongs to (1, 2 …); 0 is no visit.
type LaneStep struct {
	Who   string // 申请人, 窗口, 股室, 其他单位
	What  string
	Where string // place or channel: 线上, 政务服务大厅 2 楼 12 号窗口
	Days  string // 1 个工作日
	Note  string
	Lines []string // several things that are done together, in the place of What
	Own   bool     // the applicant acts (not necessarily by coming)
	Trip  int
}

func (s LaneStep) where() string {
	if s.Where != "" && s.Days != "" {
		return s.Where + "，" + s.Days
	}
	return s.Where + s.Days
}

func (s LaneStep) class() string {
	switch {
	case s.Trip > 0:
		return "step-come"
	case s.Own:
		return "step-own"
	}
	return "step-office"
}

func (s LaneStep) hint() string {
	switch {
	case s.Trip > 0:
		return "第 " + strconv.Itoa(s.Trip) + " 次上门"
	case s.Own:
		return "不用上门"
	}
	return ""
}

// ChecklistView is a list of things to bring. Key names it in the browser's own
// memory, where ticks hold for one Version of the list; without a Key nothing is
// remembered. Name is that of the boxes, "have" if empty. Fixed says that the ticks
// are those of an address, which then go before the remembered ones.
type ChecklistView struct {
	Label, Key, Version, Name string
	Fixed                     bool
	Items                     []CheckItem
}

// left says what is still missing of a list whose ticks the server knows.
func (v ChecklistView) left() string {
	if !v.Fixed {
		return ""
	}
	left, all := 0, 0
	for _, it := range v.Items {
		if it.Free == "" {
			all++
			if !it.Have {
				left++
			}
		}
	}
	return LeftWords(left, all)
}

func (v ChecklistView) fixed() string {
	if v.Fixed {
		return "1"
	}
	return ""
}

// LeftWords says how many of the things to bring are missing; app.js says it in
// the same words.
func LeftWords(left, all int) string {
	switch {
	case all == 0:
		return ""
	case left == 0:
		return "材料已齐，可以出门办理了。"
	}
	return fmt.Sprintf("还缺 %d 样，共需准备 %d 样。", left, all)
}

// CheckItem is one thing to bring; ticking is for the reader's own use. ID is
// also the value of its box.
type CheckItem struct {
	ID, Label, Note string
	Have            bool
	// How it is obtained without the applicant, if so: 系统调取，无需提交.
	Free  string
	Links []Crumb // sample, blank form
}

// Figure is a large number that leads to the list behind it.
type Figure struct{ Value, Label, Href, Kind string }

// KeyHint is one keyboard shortcut.
type KeyHint struct{ Key, Text string }

// visitClass is the class of a number of visits; negative is not known yet.
func visitClass(n int) string {
	switch {
	case n < 0:
		return "visit-unknown"
	case n == 0:
		return "visit-zero"
	case n == 1:
		return "visit-one"
	}
	return "visit-many"
}

// visitBadge is the badge as HTML. Lists have many of few kinds, which are
// written once.
func visitBadge(n int) string {
	if n = max(n, -1); n+1 < len(visitBadges) {
		return visitBadges[n+1]
	}
	return newVisitBadge(n)
}

var visitBadges = func() (out [8]string) {
	for i := range out {
		out[i] = newVisitBadge(i - 1)
	}
	return out
}()

func newVisitBadge(n int) string {
	return `<span class="visit ` + visitClass(n) + `"><b class="visit-n">` + visitNumber(n) + `</b><span class="visit-word">` + VisitWord(n) + `</span></span>`
}

// VisitWord names a number of visits (negative: not counted yet).
func VisitWord(n int) string {
	switch {
	case n < 0:
		return "待核算"
	case n == 0:
		return "零上门"
	case n == 1:
		return "一次上门"
	}
	return "多次上门"
}

func visitNumber(n int) string {
	if n < 0 {
		return "—"
	}
	return strconv.Itoa(n)
}

func visitSentence(n int) string {
	switch {
	case n < 0:
		return "到场次数尚未核算"
	case n == 0:
		return "一次也不用跑"
	case n == 1:
		return "最多跑一次"
	}
	return "目前需要跑 " + strconv.Itoa(n) + " 次"
}

func severityWord(s string) string {
	switch s {
	case "error":
		return "错误"
	case "warning":
		return "警告"
	}
	return "建议"
}

func severityShape(s string) string {
	switch s {
	case "error":
		return "red"
	case "warning":
		return "yellow"
	}
	return "blue"
}

func eventWord(state string) string {
	switch state {
	case "done":
		return "已完成"
	case "now":
		return "正在办理"
	case "late":
		return "已超期"
	}
	return "未开始"
}

func sortWord(sorted string) string {
	switch sorted {
	case "ascending":
		return "升序"
	case "descending":
		return "降序"
	}
	return ""
}

func itoa(n int) string { return strconv.Itoa(n) }

func percentOf(done, total int) string {
	if total <= 0 {
		return "0"
	}
	return strconv.Itoa(done * 100 / total)
}

func (f FieldView) rows() int {
	if f.Rows <= 0 {
		return 4
	}
	return f.Rows
}

// everywhere are the shortcuts that mean the same on every page that has them.
var everywhere = []KeyHint{{"j", "下一行、下一项"}, {"k", "上一行、上一项"}, {"Enter", "打开"}, {"n", "下一页"}, {"p", "上一页"}, {"u", "返回上一级"},
	{"a", "通过"}, {"r", "写退回意见"}, {"c", "一并通过没有疑点的"}, {"?", "显示或者收起本表"}}
