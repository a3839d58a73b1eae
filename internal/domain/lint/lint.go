// Package lint checks items, units and the county against the plan's rules.
//
// A rule is a value: code, clause, severity, dates, scope, what it needs to
// know, and a pure function over a subject. The rules of items live here, one
// file each; rooms that judge other things register theirs with Register, and a
// county's own rules are added when a Set is made, without recompiling.
//
// Errors block reporting to the reform office, warnings ask for a reason on
// record, advice blocks nothing.
package lint

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
)

// Severity says how much a finding weighs.
type Severity string

// The severities, the heaviest first.
const (
	Error   Severity = "错误"
	Warning Severity = "警告"
	Advice  Severity = "建议"
)

// Severities lists them, the heaviest first.
var Severities = []Severity{Error, Warning, Advice}

// weight is 0 for the heaviest.
func (s Severity) weight() int {
	if i := slices.Index(Severities, s); i >= 0 {
		return i
	}
	return len(Severities)
}

// Scope says what a rule looks at.
type Scope string

// The scopes.
const (
	ScopeItem   Scope = "item"
	ScopeUnit   Scope = "unit"
	ScopeCounty Scope = "county"
)

// Need is what a rule has to know beside its subject. A rule whose needs the
// Context does not meet is left out, and Skipped says so.
type Need uint

// The needs.
const (
	NeedIndex     Need = 1 << iota // codes of all the county's items
	NeedUnits                      // the county's register of units
	NeedLists                      // existing lists and claims
	NeedTransfers                  // powers transferred to the approval bureau
	NeedFacts                      // Subject.Facts, which only the platform's database holds
	NeedDivision                   // the county's division code
	NeedAllItems                   // all items of each unit, not a file with some
	NeedCatalogue                  // the provincial catalogue in force
)

var needNames = []struct {
	need Need
	text string
}{
	{NeedIndex, "全县事项编码索引"},
	{NeedUnits, "单位登记信息"},
	{NeedLists, "单位现有清单和认领记录"},
	{NeedTransfers, "划转事项清单"},
	{NeedFacts, "平台数据库中的报送和联络信息"},
	{NeedDivision, "本县行政区划代码"},
	{NeedAllItems, "单位的全部事项"},
	{NeedCatalogue, "省级目录"},
}

// Names says in Chinese what is needed.
func (n Need) Names() []string {
	var names []string
	for _, x := range needNames {
		if n&x.need != 0 {
			names = append(names, x.text)
		}
	}
	return names
}

// Subject is what is checked: one item, one unit with its items, or the county.
type Subject struct {
	Scope Scope
	// Item is the item of an item subject.
	Item *catalog.Item
	// Key tells records apart that have the same identity (a database id, or
	// file and line). Optional.
	Key string
	// Unit is the unit's name; for items it defaults to the item's.
	Unit string
	// Items are all items of a unit or county subject.
	Items []*catalog.Item
	// Facts carries what an outside rule judges, of a type that it knows.
	Facts any
}

// ItemSubject makes the subject of one item.
func ItemSubject(it *catalog.Item) *Subject {
	return &Subject{Scope: ScopeItem, Item: it, Unit: it.Unit}
}

// UnitSubject makes the subject of one unit with all its items.
func UnitSubject(unit string, items []*catalog.Item) *Subject {
	return &Subject{Scope: ScopeUnit, Unit: unit, Items: items}
}

// Finding is one thing that a rule found. Its JSON is that of the lint command.
type Finding struct {
	Rule     string   `json:"rule"`
	Severity Severity `json:"severity"`
	// Item is the item's name; Code its implementation code, if it has one.
	Item string `json:"item"`
	Code string `json:"code,omitempty"`
	Unit string `json:"unit,omitempty"`
	// Key is the subject's key, if the caller gave one.
	Key     string `json:"key,omitempty"`
	Field   string `json:"field"` // path in the item's JSON
	Value   string `json:"value,omitempty"`
	Message string `json:"message"`
	Fix     string `json:"fix"` // what to do
	Clause  string `json:"clause"`
	// Waivable findings can be waived by the reform office, with reason and
	// end date (P-3.3.1: 原则上).
	Waivable bool `json:"waivable,omitempty"`
	// Repair is the change that Apply makes; nil if only a person can decide.
	Repair *Repair `json:"repair,omitempty"`
	// Kind is KindFailed where the rule itself could not run; else empty.
	Kind string `json:"kind,omitempty"`
	// Exempt says why and until when an exception or a waiver holds; the finding
	// then weighs as advice.
	Exempt string `json:"exempt,omitempty"`
	// Reason is why the unit keeps what a warning speaks against, on record.
	Reason *Reason `json:"reason,omitempty"`
}

// Reason is what a unit answers to a warning (docs/reform/rules.md).
type Reason struct {
	Text string        `json:"text"`
	By   string        `json:"by"`
	On   calendar.Date `json:"on"`
}

// AsksReason reports whether somebody still has to say why the warning stands.
func (f *Finding) AsksReason() bool {
	return f.Severity == Warning && f.Reason == nil && f.Kind != KindFailed
}

// KindFailed marks a finding that tells of a rule, not of the item: a county's
// rule that could not be worked out.
const KindFailed = "rule failed"

// Repair is what Apply changes. Label says it on a button, for people.
type Repair struct {
	Label   string   `json:"label"`
	Changes []Change `json:"changes"`
}

// Change sets the value at a path (catalog.SetByPath), or removes a row.
type Change struct {
	Field  string `json:"field"`
	Value  string `json:"value,omitempty"` // its textual form
	Remove bool   `json:"remove,omitempty"`
}

// Rule is one rule.
type Rule struct {
	Code     string
	Title    string // what it finds, for lists of rules
	Why      string // what it asks for and why, for who has to mend it
	Source   string // who else checks so, where the clause does not say it word for word
	Clause   string // clause of the plan, law or standard that it carries out
	Severity Severity
	Scope    Scope
	// From and To are the first and the last day on which the rule holds; the
	// zero Date leaves that end open.
	From, To calendar.Date
	Waivable bool
	Needs    Need
	Check    func(*Subject, *Report)
}

func (r *Rule) validate() error {
	switch {
	case r.Code == "" || strings.ContainsAny(r.Code, " \t\n"):
		return fault.Invalidf("规则编号“%s”不能为空或含空格。", r.Code)
	case !slices.Contains(Severities, r.Severity):
		return fault.Invalidf("规则%s的级别“%s”应为错误、警告或建议。", r.Code, r.Severity)
	case r.Scope != ScopeItem && r.Scope != ScopeUnit && r.Scope != ScopeCounty:
		return fault.Invalidf("规则%s的检查对象“%s”应为 item、unit 或 county。", r.Code, r.Scope)
	case r.Check == nil:
		return fault.Invalidf("规则%s没有检查内容。", r.Code)
	case r.Clause == "":
		return fault.Invalidf("规则%s没有写明依据条款。", r.Code)
	}
	return nil
}

func (r *Rule) holds(day calendar.Date) bool {
	if day.IsZero() {
		return true
	}
	return (r.From.IsZero() || !day.Before(r.From)) && (r.To.IsZero() || !r.To.Before(day))
}

// The registry of the rules that are compiled in.
var (
	registryMu sync.RWMutex
	registered []*Rule
)

// Register adds a rule to those compiled in. Rooms call it from init, before
// anything is checked; a defective or doubled rule is a defect of the program
// and panics.
func Register(r *Rule) {
	registryMu.Lock()
	defer registryMu.Unlock()
	if err := r.validate(); err != nil {
		panic("lint: " + err.Error())
	}
	for _, o := range registered {
		if o.Code == r.Code {
			panic("lint: rule " + r.Code + " is registered twice")
		}
	}
	registered = append(registered, r)
	slices.SortFunc(registered, func(a, b *Rule) int { return strings.Compare(a.Code, b.Code) })
}

// Registered lists the rules compiled in, by code.
func Registered() []*Rule {
	registryMu.RLock()
	defer registryMu.RUnlock()
	return slices.Clone(registered)
}

// Options are a county's settings.
type Options struct {
	// Severity sets another severity, by rule code.
	Severity map[string]Severity
	// Off switches rules off, by rule code, each with a reason.
	Off map[string]string
	// Extra are the county's own rules.
	Extra []*Rule
	// Exceptions let single items or units off a rule.
	Exceptions []Exception
	// Laws adds to the table of repealed norms, or replaces its entries (B03).
	Laws []RepealedLaw
	// Abolished adds to the table of abolished proofs, or replaces its entries (M06).
	Abolished []AbolishedProof
	// Transfers lists the powers that were moved to another unit (S03).
	Transfers []Transfer
}

// Exception lets an item or a unit off a rule, for a reason and until a day
// (P-3.3.1: 原则上). What it covers still shows, as advice.
type Exception struct {
	Rule string
	// Item is an item's 实施编码 or name; empty for all items of Unit.
	Item string
	// Unit is a unit's name; empty for the named item of any unit.
	Unit   string
	Reason string
	Until  calendar.Date // the last day
}

func (x *Exception) covers(f *Finding, day calendar.Date) bool {
	return x.Rule == f.Rule && (x.Unit == "" || x.Unit == f.Unit) && (x.Item == "" || x.Item == f.Item || x.Item == f.Code) && (day.IsZero() || !x.Until.Before(day))
}

// Set is the rules in force with their severities. It is immutable.
type Set struct {
	rules      []*Rule
	severity   map[string]Severity
	off        map[string]string
	exceptions map[string][]Exception // by rule
	laws       map[string]RepealedLaw // by title
	abolished  map[string]AbolishedProof
	transfers  *Transfers
}

// NewSet applies a county's settings to the registered rules. Unknown codes,
// rules switched off without a reason and doubled codes are Invalid faults that
// name the place.
func NewSet(o Options) (*Set, error) {
	s := &Set{severity: map[string]Severity{}, off: map[string]string{}, exceptions: map[string][]Exception{}, laws: map[string]RepealedLaw{}, abolished: map[string]AbolishedProof{}}
	e := fault.Invalidf("检查规则设置有误，请按提示更正。")
	s.rules = Registered()
	known := map[string]*Rule{}
	for _, r := range s.rules {
		known[r.Code] = r
	}
	for i, r := range o.Extra {
		at := fmt.Sprintf("rules[%d]", i)
		if r == nil {
			e.At(at, "规则为空")
			continue
		}
		if err := r.validate(); err != nil {
			e.At(at, "%s", fault.Text(err))
			continue
		}
		if known[r.Code] != nil {
			e.At(at, "规则编号%s已被使用，请换一个编号", r.Code)
			continue
		}
		known[r.Code] = r
		s.rules = append(s.rules, r)
	}
	for code, sev := range o.Severity {
		switch {
		case known[code] == nil:
			e.At("severity."+code, "没有编号为%s的规则", code)
		case !slices.Contains(Severities, sev):
			e.At("severity."+code, "级别“%s”应为错误、警告或建议", sev)
		default:
			s.severity[code] = sev
		}
	}
	for code, why := range o.Off {
		switch {
		case known[code] == nil:
			e.At("off."+code, "没有编号为%s的规则", code)
		case strings.TrimSpace(why) == "":
			e.At("off."+code, "停用规则%s须写明理由", code)
		default:
			s.off[code] = why
		}
	}
	for i, x := range o.Exceptions {
		at := fmt.Sprintf("exceptions[%d]", i)
		switch r := known[x.Rule]; {
		case r == nil:
			e.At(at, "没有编号为%s的规则", x.Rule)
		case x.Item == "" && x.Unit == "":
			e.At(at, "请写明例外的事项或者单位")
		case strings.TrimSpace(x.Reason) == "":
			e.At(at, "例外须写明理由")
		case x.Until.IsZero():
			e.At(at, "例外须写明截止日期")
		case s.SeverityOf(r) == Error && !r.Waivable:
			e.At(at, "%s是不能豁免的错误；确需放宽的，调整该规则的级别", x.Rule)
		default:
			s.exceptions[x.Rule] = append(s.exceptions[x.Rule], x)
		}
	}
	for i, l := range o.Laws {
		if strings.TrimSpace(l.Title) == "" || l.Since.IsZero() || strings.TrimSpace(l.Source) == "" {
			e.At(fmt.Sprintf("laws[%d]", i), "废止的法规须写明名称、废止日期和出处")
			continue
		}
		l.Table = false
		s.laws[normTitle(l.Title)] = l
	}
	for i, p := range o.Abolished {
		if strings.TrimSpace(p.Name) == "" || strings.TrimSpace(p.Document) == "" {
			e.At(fmt.Sprintf("abolished[%d]", i), "取消的证明须写明名称和文件")
			continue
		}
		s.abolished[proofName(p.Name)] = p
	}
	for i, t := range o.Transfers {
		switch blank := isBlank(t.Name) && isBlank(t.BasicCode); {
		case blank || isBlank(t.From) || isBlank(t.To) || t.Since.IsZero() || isBlank(t.Document):
			e.At(fmt.Sprintf("transfers[%d]", i), "划转的权力须写明名称或者基本编码、划出单位、承接单位、划转日期和文件")
		case t.From == t.To:
			e.At(fmt.Sprintf("transfers[%d]", i), "划出单位和承接单位都是%s", t.From)
		}
	}
	if len(o.Transfers) > 0 {
		s.transfers = NewTransfers(o.Transfers)
	}
	slices.SortFunc(e.Fields, func(a, b fault.Field) int { return strings.Compare(a.Path, b.Path) })
	if err := e.OrNil(); err != nil {
		return nil, err
	}
	return s, nil
}

// Only is the set with these rules alone and the same settings, for a check of
// one thing.
func (s *Set) Only(codes ...string) *Set {
	c := *s
	c.rules = slices.DeleteFunc(slices.Clone(s.rules), func(r *Rule) bool { return !slices.Contains(codes, r.Code) })
	return &c
}

// Rules lists the rules of the set that are not switched off.
func (s *Set) Rules() []*Rule {
	var out []*Rule
	for _, r := range s.rules {
		if _, off := s.off[r.Code]; !off {
			out = append(out, r)
		}
	}
	return out
}

// Laws lists the norms that are known to be repealed or amended, the county's
// entries before the embedded ones, by title.
func (s *Set) Laws() []RepealedLaw {
	var out []RepealedLaw
	for title, x := range s.laws {
		x.Title = title
		out = append(out, x)
	}
	for title, x := range repealed {
		if _, ok := s.laws[title]; !ok {
			out = append(out, x)
		}
	}
	slices.SortFunc(out, func(a, b RepealedLaw) int { return strings.Compare(a.Title, b.Title) })
	return out
}

// Law returns what is known of a norm's repeal or amendment.
func (s *Set) Law(title string) (RepealedLaw, bool) {
	return (&Context{set: s}).repealedLaw(normTitle(title))
}

// SeverityOf is the severity that the set gives a rule.
func (s *Set) SeverityOf(r *Rule) Severity {
	if v, ok := s.severity[r.Code]; ok {
		return v
	}
	return r.Severity
}

// Exceptions lists the exceptions, those of one rule together.
func (s *Set) Exceptions(rule string) []Exception { return s.exceptions[rule] }

// Off says why a rule is switched off; ok is false if it is not.
func (s *Set) Off(rule string) (why string, ok bool) {
	why, ok = s.off[rule]
	return why, ok
}

// All lists all rules of the set, those switched off too.
func (s *Set) All() []*Rule { return slices.Clone(s.rules) }

// Report takes what one rule finds about one subject.
type Report struct {
	ctx      *Context
	subject  *Subject
	rule     *Rule
	severity Severity
	out      []Finding
}

// Context returns what is known beside the subject.
func (r *Report) Context() *Context { return r.ctx }

// Add records a finding with the rule's severity. The result may be completed
// until the next call.
func (r *Report) Add(field, value, format string, args ...any) *Finding {
	return r.AddAs(r.rule.Severity, field, value, format, args...)
}

// AddAs records a finding of another severity than the rule's usual one. A
// county's setting for the rule still wins where it is milder, and replaces the
// usual severity.
func (r *Report) AddAs(s Severity, field, value, format string, args ...any) *Finding {
	if s == r.rule.Severity || r.severity.weight() > s.weight() {
		s = r.severity
	}
	msg := format
	if len(args) > 0 {
		msg = fmt.Sprintf(format, args...)
	}
	f := Finding{Rule: r.rule.Code, Severity: s, Key: r.subject.Key, Unit: r.subject.Unit, Field: field,
		Value: clip(value), Message: msg, Clause: r.rule.Clause, Waivable: r.rule.Waivable}
	if it := r.subject.Item; it != nil {
		r.name(&f, it)
	}
	r.out = append(r.out, f)
	return &r.out[len(r.out)-1]
}

// name writes the item into a finding.
func (r *Report) name(f *Finding, it *catalog.Item) {
	f.Item, f.Code = Title(it), notPersonal(strings.TrimSpace(it.ImplementationCode))
	if f.Unit == "" {
		f.Unit = it.Unit
	}
}

// Do sets what to do, and returns the finding.
func (f *Finding) Do(format string, args ...any) *Finding {
	if f.Fix = format; len(args) > 0 {
		f.Fix = fmt.Sprintf(format, args...)
	}
	return f
}

// RepairBy sets the value that puts it right, and returns the finding.
func (f *Finding) RepairBy(field, value string) *Finding {
	if value == "" {
		return f.RepairWith("清空", Change{Field: field})
	}
	return f.RepairWith("改为“"+value+"”", Change{Field: field, Value: value})
}

// RepairWith sets the changes that put it right together, and returns the
// finding.
func (f *Finding) RepairWith(label string, changes ...Change) *Finding {
	f.Repair = &Repair{label, changes}
	return f
}

// Of names the item that the finding is about, for rules of units.
func (f *Finding) Of(it *catalog.Item) *Finding {
	f.Item, f.Code = Title(it), notPersonal(strings.TrimSpace(it.ImplementationCode))
	return f
}

// Title is an item's name for people: with its variant, if the name lacks it.
func Title(it *catalog.Item) string {
	if it.Variant == "" || strings.Contains(it.Name, it.Variant) {
		return it.Name
	}
	return it.Name + "（" + it.Variant + "）"
}

// clip shortens a value for a finding.
func clip(s string) string {
	const most = 60
	if len(s) <= most {
		return s
	}
	n := 0
	for i := range s {
		if n == most {
			return s[:i] + "…"
		}
		n++
	}
	return s
}

// Count says how many findings of each severity there are.
func Count(findings []Finding) map[Severity]int {
	m := map[Severity]int{}
	for i := range findings {
		m[findings[i].Severity]++
	}
	return m
}

// HasError reports whether an error is among the findings.
func HasError(findings []Finding) bool {
	return slices.ContainsFunc(findings, func(f Finding) bool { return f.Severity == Error })
}
