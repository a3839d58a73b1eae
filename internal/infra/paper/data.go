package paper

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/publication"
	"onevisit/internal/domain/visit"
)

// The fields that templates may use. docs/reference/templates.md lists them; a
// field that is renamed breaks the counties' own templates.

// Guide is one item for the public: templates 办事指南, 指南汇编, 一次性告知单,
// 海报, 海报A3 and 窗口卡.
type Guide struct {
	// Chapter is the unit's name on the first guide of each unit in a booklet of
	// several units.
	Chapter                string
	Name, Unit, Code, Type string
	Visits                 int
	VisitsWord             string   // 最多跑一次, 一次也不用跑, 须跑 2 次
	Trips                  []string // where and what for, a visit each
	// Case is the case that the guide is narrowed to, empty if to none; Cases are
	// the cases of one that is not, if there are several.
	Case               string
	Cases              []CaseLine
	Promised, Legal    string // limits as one says them
	Fee                string // 不收费, 收费
	Fees               []FeeLine
	Conditions         []string
	Materials          []MaterialLine
	Steps              []StepLine
	Places             []PlaceLine
	Online             string // how to apply on the net, empty if not possible
	Enquiry, Complaint string
	Bases              []string
	FAQ                []QALine
	Result             string
	// Release, VerifyCode and Link are empty for what is not published.
	Release, VerifyCode, Link string
}

// CaseLine is one case (情形). Materials are the numbers of those that it asks
// for, 1—3、5.
type CaseLine struct{ Name, VisitsWord, Promised, Materials string }

// FeeLine is a line of the fee table.
type FeeLine struct{ Name, Standard, Basis, Reduction string }

// MaterialLine is one material.
type MaterialLine struct {
	No                               int
	Name, Count, Medium, Need, Notes string
	Source                           string // who issues it
}

// StepLine is one step.
type StepLine struct {
	No               int
	Name, Unit, Days string
}

// PlaceLine is one place.
type PlaceLine struct{ Name, Address, Hours, Phone string }

// QALine is one question with its answer.
type QALine struct{ Question, Answer string }

// NewGuide writes an item for the public.
func NewGuide(it *catalog.Item, a visit.Assessment) Guide {
	g := Guide{Name: it.Name, Unit: it.Body.Name, Code: it.ImplementationCode, Type: it.Type, Visits: a.Visits, VisitsWord: VisitsWord(a.Visits),
		Promised: it.PromisedLimit.Words(), Legal: it.LegalLimit.Words(), Fee: "不收费", Conditions: it.Conditions,
		Enquiry: strings.Join(it.Enquiry, "、"), Complaint: strings.Join(it.Complaint, "、"), Result: it.Result.Name}
	if it.Variant != "" && !strings.Contains(it.Name, it.Variant) {
		g.Name += "（" + it.Variant + "）"
	}
	if g.Unit == "" {
		g.Unit = it.Unit
	}
	g.Cases = cases(it)
	for _, t := range a.Trips {
		g.Trips = append(g.Trips, t.String())
	}
	if it.Fee.Charged {
		g.Fee = "收费"
		for _, f := range it.Fee.Items {
			g.Fees = append(g.Fees, FeeLine{f.Name, f.Standard, f.Basis, f.Reduction})
		}
	}
	for i, m := range it.Materials {
		var count []string
		if m.Originals > 0 {
			count = append(count, fmt.Sprintf("原件 %d 份", m.Originals))
		}
		if m.Copies > 0 {
			count = append(count, fmt.Sprintf("复印件 %d 份", m.Copies))
		}
		if m.ByNumber() != "" {
			count = append(count, "只填名称、文号或者编码")
		}
		source := m.Issuer
		if m.IssuerUnit != "" {
			source = m.IssuerUnit
		}
		g.Materials = append(g.Materials, MaterialLine{i + 1, m.Name, strings.Join(count, "，"), m.Medium, m.Need, m.Notes, source})
	}
	if it.Process != nil {
		for i, s := range it.Process.Steps {
			name := s.Name
			if name == "" {
				name = s.Kind
			}
			g.Steps = append(g.Steps, StepLine{i + 1, name, s.Unit, DaysWord(s.Days)})
		}
	}
	for _, p := range it.Places {
		g.Places = append(g.Places, PlaceLine(p))
	}
	if it.Online.Available {
		g.Online = it.Online.URL
		if g.Online == "" {
			g.Online = it.Online.System
		}
	}
	for _, b := range it.Bases {
		g.Bases = append(g.Bases, b.Text)
	}
	for _, q := range it.FAQ {
		g.FAQ = append(g.FAQ, QALine{q.Q, q.A})
	}
	return g
}

// cases are the cases of an item, none if it has fewer than two.
func cases(it *catalog.Item) (out []CaseLine) {
	if it.Scenarios == nil || len(it.Scenarios.Leaves) < 2 {
		return nil
	}
	for i := range it.Scenarios.Leaves {
		c := it.Case(i)
		l := CaseLine{Name: c.Name, VisitsWord: "—", Promised: c.Limit.Words()}
		if a, err := visit.Assess(c.Process, 0); err == nil {
			l.VisitsWord = VisitsWord(a.Visits)
		}
		var numbers []int
		for k := range it.Materials {
			if slices.ContainsFunc(c.Materials, func(m catalog.Material) bool { return m.ID == it.Materials[k].ID && m.Name == it.Materials[k].Name }) {
				numbers = append(numbers, k+1)
			}
		}
		l.Materials = ranges(numbers)
		out = append(out, l)
	}
	return out
}

// ranges writes ascending numbers: 1—3、5.
func ranges(numbers []int) string {
	var parts []string
	for i := 0; i < len(numbers); {
		j := i
		for j+1 < len(numbers) && numbers[j+1] == numbers[j]+1 {
			j++
		}
		switch {
		case j-i >= 2:
			parts = append(parts, fmt.Sprintf("%d—%d", numbers[i], numbers[j]))
		default:
			for k := i; k <= j; k++ {
				parts = append(parts, strconv.Itoa(numbers[k]))
			}
		}
		i = j + 1
	}
	return strings.Join(parts, "、")
}

// Narrow is an item as one case of it has it; nil if the answers lead to none.
// It has no cases of its own any more.
func Narrow(it *catalog.Item, answers map[string]string) (one *catalog.Item, name string) {
	if it.Scenarios == nil || len(answers) == 0 {
		return nil, ""
	}
	i := it.Scenarios.LeafFor(answers)
	if i < 0 {
		return nil, ""
	}
	c, copied := it.Case(i), *it
	copied.Process, copied.PromisedLimit, copied.Materials, copied.Scenarios = c.Process, c.Limit, c.Materials, nil
	return &copied, c.Name
}

// DaysWord says how long a step takes, in working days: 当场, 3个工作日.
func DaysWord(days float64) string {
	if days == 0 {
		return "当场"
	}
	return strconv.FormatFloat(days, 'f', -1, 64) + "个工作日"
}

// VisitsWord says a number of visits in a few words; negative is not known yet.
func VisitsWord(n int) string { return visit.Words(n) }

// Booklet is the template 指南汇编.
type Booklet struct {
	Title, Unit, Release string
	Guides               []Guide
}

// Line is one item in a list.
type Line struct {
	No                                int
	Name, Code, BasicCode, Type, Unit string
	Bases                             string // one a line
	Promised, Channels                string
	Express, Payment                  string // 支持, 不支持; payment also 不收费
	Visits                            int
	VisitsWord, Class                 string
	ClassWord                         string // 已实现, 改革后, 暂未实现
}

// NewLine is an item's line in a list; class is the computed one.
func NewLine(no int, it *catalog.Item, unit string, visits int, class string) Line {
	l := Line{No: no, Name: it.Name, Code: it.ImplementationCode, BasicCode: it.BasicCode, Type: it.Type, Unit: unit, Promised: it.PromisedLimit.Words(),
		Channels: strings.Join(it.Channels, "、"), Express: supported(it.Express), Payment: "不收费", Visits: visits, VisitsWord: VisitsWord(visits), Class: class, ClassWord: ClassWord(class)}
	if it.Fee.Charged {
		l.Payment = supported(it.OnlinePayment)
	}
	var bases []string
	for _, b := range it.Bases {
		bases = append(bases, b.Text)
	}
	l.Bases = strings.Join(bases, "\n")
	return l
}

// ClassWord shortens a class for a narrow column: 已实现, 改革后, 暂未实现.
func ClassWord(class string) string { return strings.TrimSuffix(class, "最多跑一次") }

func supported(b bool) string {
	if b {
		return "支持"
	}
	return "不支持"
}

// UnitLines are the items of one unit.
type UnitLines struct {
	Unit  string
	Lines []Line
}

// Report is what a unit hands in: templates 公开承诺书, 零报告 and 目录清单.
type Report struct {
	Unit, Plan, Number, Hash string
	Date                     string // of the report, 2018年9月20日
	// Of the commitment: its text a paragraph each, who signs, when.
	Text             []string
	Signatory, Title string
	SignedOn         string
	Statement        string // why there is nothing to report
	By               string
	Receiver         string // whom it is handed to
	Lines            []Line // the commitment's or the catalogue's items
	Signature        string // the commitment's electronic signature, empty if there is none
}

// Element is one element of 实施清单.
type Element struct {
	No         int
	Name, Text string
}

// Implementation is the template 实施清单.
type Implementation struct {
	Name, Unit, Code string
	Elements         []Element
}

// ImplementationList is the template 实施清单汇编.
type ImplementationList struct {
	Title, Unit string
	Items       []Implementation
}

// Receipt is the template 报送回执.
type Receipt struct {
	Unit, Plan, Number, Kind, Hash string
	At                             string // when it was handed in, to the minute
	Date                           string // the same day, 2018年9月20日
	Late                           bool
	Due                            string
	By                             string
	Lines                          []Line
	Committed                      int    // items that the commitment covers
	Scan                           string // the scan's name and hash, empty if there is none
	Signature                      string // the commitment's electronic signature, empty if there is none
	Receiver                       string
	Link                           string // where the code leads that checks the receipt
}

// Replacements is the template 更换清单: what has to be replaced at one place that
// shows guides.
type Replacements struct {
	Place, Unit, Location, Keeper string
	Date                          string
	Lines                         []Replacement
}

// Replacement is one thing to replace, to put up or to take down.
type Replacement struct {
	No         int
	Name, Unit string // the item's
	Old        string // the code that hangs there, empty if nothing does
	Since      string // since when it does not hold, empty if it is only missing
	Do         string
	New        string // the code to put up, empty if there is none
	Changes    string
	Due        string
}

// Opinion is the template 审核意见.
type Opinion struct {
	Unit, Number, Date string
	Due                string // by when what is sent back comes again, empty if nothing is
	Passed, Returned   int
	Offices            []OfficeOpinion
}

// OfficeOpinion is what one of the two offices says.
type OfficeOpinion struct {
	Office, By, Date string
	Passed           int
	Returns          []ReturnedItem
}

// ReturnedItem is an item that is sent back, with its remarks.
type ReturnedItem struct {
	Name    string
	Remarks []Remark
}

// Remark is one remark at an element.
type Remark struct{ Element, Text string }

// AdjustmentNotice is the template 调整公告.
type AdjustmentNotice struct {
	County, Issuer, Printer string // whose document it is, and who prints it
	Number, Date            string // empty where it has no number, or is a draft
	Adjustment              string // 调整2026-0001
	Op, Verb                string // 暂停; 暂停办理
	Name                    string // of the first item
	Total                   int    // items that are adjusted
	Cause, Basis, Reason    string
	Effective, Until        string
	Unit, Phone             string
	HasNext                 bool           // something takes an item's place
	Lines                   []AdjustedLine // all items
	Changed                 []AdjustedLine // those of which elements change
	Link                    string
}

// NewAdjustmentNotice writes what an adjustment tells the public. Number, date,
// telephone, link and the adjustment's own number are the caller's to add.
func NewAdjustmentNotice(c org.County, n publication.Notice) AdjustmentNotice {
	p := AdjustmentNotice{County: c.Title(), Op: string(n.Op), Verb: n.Op.Verb(), Name: n.First(), Total: n.Subjects(), Cause: n.Cause, Basis: n.Basis, Reason: n.Reason, Unit: n.UnitName}
	p.Issuer, p.Printer = c.Government(), c.Government()+"办公室"
	if n.Track == publication.TrackElement {
		p.Issuer = c.Title() + string(publication.ReformOffice)
		p.Printer = p.Issuer
	}
	if !n.Effective.IsZero() {
		p.Effective = n.Effective.ChineseShort()
	}
	if !n.Until.IsZero() {
		p.Until = n.Until.ChineseShort()
	}
	for i, it := range n.Lines {
		l := AdjustedLine{No: i + 1, Name: it.Name, Code: it.Code, Unit: it.UnitName, VisitsWord: VisitsWord(it.Visits), Becomes: it.Becomes}
		var next []string
		for _, s := range it.Next {
			next = append(next, s.Name+"（"+s.UnitName+"）")
		}
		l.Next = strings.Join(next, "\n")
		p.HasNext = p.HasNext || l.Next != ""
		for _, c := range it.Changes {
			before, after := c.Sides()
			l.Changes = append(l.Changes, ChangeLine{Element: c.Label, Before: before, After: after})
		}
		if p.Lines = append(p.Lines, l); len(l.Changes) > 0 {
			p.Changed = append(p.Changed, l)
		}
	}
	return p
}

// AdjustedLine is an item of an adjustment.
type AdjustedLine struct {
	No               int
	Name, Code, Unit string
	VisitsWord       string // after the adjustment
	Becomes          string // 暂停, 取消（合并）, 变更, 新公布
	Next             string // what takes its place, one a line
	Changes          []ChangeLine
}

// ChangeLine is a change of an element; Before or After is empty for what is
// added or left out.
type ChangeLine struct{ Element, Before, After string }

// Announcement is the template 批次公布公告.
type Announcement struct {
	County, Title, Number, Date string
	Issuer                      string
	BatchNo                     string // 第一批
	Total, None, One, More      int
	Units                       []UnitLines
	Link                        string
}
