package lint

import (
	"strings"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/code"
	"onevisit/internal/domain/onceonly"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/visit"
)

// Config is what the caller knows. Nil parts are not known; the rules that need
// them are left out.
type Config struct {
	Rules    *Set                // nil: the registered rules
	Today    calendar.Date       // picks the rules in force; none: all of them
	Division string              // GB/T 2260 code of the county, such as 130531
	Elements *catalog.ElementSet // nil: the built-in set
	Index    *Index
	// Unit finds a unit's record by its registered name.
	Unit func(name string) (*org.Unit, bool)
	// Entries lists the existing lists of a unit, Claims what was decided
	// about an entry (P-1.1, P-3.1).
	Entries   func(unit string) []catalog.ListEntry
	Claims    func(entry string) []catalog.Claim
	Transfers *Transfers // nil: those of Rules
	// InCatalogue says whether the provincial catalogue in force holds a basic
	// code, and whether it holds any of its department.
	InCatalogue func(basicCode string) (has, known bool)
	// Facts says that subjects carry Facts.
	Facts bool
	// AllItems says that subjects of units hold all their items.
	AllItems bool
	// CutTarget is the share by which a unit's promised time has to fall; 0
	// means the plan's 20 % (P-3.3.3).
	CutTarget float64
	// ShareTarget is the share of a unit's items at one visit or none; 0 means
	// the plan's 50 % (P-3.4).
	ShareTarget float64
	// Waivers lists what the reform office has waived for the item of a
	// subject's Key.
	Waivers func(key string) []Waiver
	// LicenceHeld says whether the e-licence library holds a kind; nil trusts
	// the item, which names the kind.
	LicenceHeld func(kind string) bool
}

// Context is a Config made ready, with the caches of one goroutine. Run uses
// and fills the caches: for several goroutines Fork a Context each.
type Context struct {
	Config
	set     *Set
	active  map[Scope][]*Report
	skipped []Skip

	citations map[string]*reading
	workdays  map[catalog.Limit]span
	subject   Subject // of RunItems
	counter   visit.Counter
	computed  computed // of the subject at hand
	joined    struct { // of the county at hand
		subject *Subject
		graph   *onceonly.Graph
	}
}

// Skip is a rule that was left out, and what was not known.
type Skip struct {
	Rule  string `json:"rule"`
	Title string `json:"title"`
	Why   string `json:"why"`
}

// NewContext makes a Config ready.
func NewContext(cfg Config) *Context {
	if cfg.Rules == nil {
		cfg.Rules = &Set{rules: Registered()}
	}
	if cfg.Elements == nil {
		cfg.Elements = catalog.Elements()
	}
	if cfg.Transfers == nil {
		cfg.Transfers = cfg.Rules.transfers
	}
	c := &Context{Config: cfg, set: cfg.Rules, active: map[Scope][]*Report{}}
	c.reset()
	var have Need
	if cfg.Index != nil {
		have |= NeedIndex
	}
	if cfg.Unit != nil {
		have |= NeedUnits
	}
	if cfg.Entries != nil && cfg.Claims != nil {
		have |= NeedLists
	}
	if cfg.Transfers != nil {
		have |= NeedTransfers
	}
	if cfg.Facts {
		have |= NeedFacts
	}
	if cfg.Division != "" {
		have |= NeedDivision
	}
	if cfg.InCatalogue != nil {
		have |= NeedCatalogue
	}
	if cfg.AllItems {
		have |= NeedAllItems
	}
	for _, r := range c.set.Rules() {
		if !r.holds(cfg.Today) {
			continue
		}
		if lack := r.Needs &^ have; lack != 0 {
			c.skipped = append(c.skipped, Skip{r.Code, r.Title, "缺少" + strings.Join(lack.Names(), "、")})
			continue
		}
		c.active[r.Scope] = append(c.active[r.Scope], &Report{ctx: c, rule: r, severity: c.set.SeverityOf(r)})
	}
	return c
}

// maxCache bounds the caches of a Context.
const maxCache = 1 << 16

func (c *Context) reset() {
	c.citations = map[string]*reading{}
	c.workdays = map[catalog.Limit]span{}
}

// Fork makes a Context that knows the same, for another goroutine.
func (c *Context) Fork() *Context { return NewContext(c.Config) }

// Skipped lists the rules that are left out because something is not known.
func (c *Context) Skipped() []Skip { return c.skipped }

// Run checks one subject. The result is nil if nothing was found.
func Run(ctx *Context, s *Subject) []Finding { return AppendRun(ctx, s, nil) }

// AppendRun is Run, appending to out.
func AppendRun(ctx *Context, s *Subject, out []Finding) []Finding {
	if len(ctx.citations) > maxCache || len(ctx.workdays) > maxCache {
		ctx.reset()
	}
	ctx.computed.done = false
	first := len(out)
	for _, r := range ctx.active[s.Scope] {
		from := len(out)
		r.subject, r.out = s, out
		r.rule.Check(s, r)
		out, r.out, r.subject = r.out, nil, nil
		if len(out) > from && len(ctx.set.exceptions) > 0 {
			ctx.exempt(out[from:])
		}
	}
	if ctx.Waivers != nil && s.Item != nil {
		out = ctx.waive(s, first, out)
	}
	return out
}

// exempt marks the findings that an exception covers.
func (c *Context) exempt(found []Finding) {
	for i := range found {
		f := &found[i]
		for _, x := range c.set.exceptions[f.Rule] {
			if x.covers(f, c.Today) {
				f.Severity, f.Exempt = Advice, x.Reason+"（至"+x.Until.ChineseShort()+"）"
				break
			}
		}
	}
}

// RunItems checks the items in order. A caller with several goroutines gives
// each a part (Split) and a Context of its own (Fork).
func RunItems(ctx *Context, items []*catalog.Item) []Finding {
	var out []Finding
	for _, it := range items {
		if it == nil {
			continue
		}
		ctx.subject = Subject{Scope: ScopeItem, Item: it, Unit: it.Unit}
		out = AppendRun(ctx, &ctx.subject, out)
	}
	return out
}

// RunUnits checks each unit that owns one of the items, in the order in which
// they first appear, and then the county as a whole. Units without items are
// known to the register alone: the caller runs UnitSubject for them.
func RunUnits(ctx *Context, items []*catalog.Item) []Finding {
	var order []string
	var all []*catalog.Item
	byUnit := map[string][]*catalog.Item{}
	for _, it := range items {
		if it == nil {
			continue
		}
		if byUnit[it.Unit] == nil {
			order = append(order, it.Unit)
		}
		byUnit[it.Unit] = append(byUnit[it.Unit], it)
		all = append(all, it)
	}
	var out []Finding
	for _, u := range order {
		out = AppendRun(ctx, UnitSubject(u, byUnit[u]), out)
	}
	return AppendRun(ctx, &Subject{Scope: ScopeCounty, Items: all}, out)
}

// Split cuts n things into at most parts runs of nearly equal length, as
// [from, to) pairs in order.
func Split(n, parts int) [][2]int {
	parts = min(max(parts, 1), max(n, 1))
	out := make([][2]int, 0, parts)
	for i := range parts {
		out = append(out, [2]int{n * i / parts, n * (i + 1) / parts})
	}
	return out
}

// span is a limit in working days; ok is false if it cannot be converted.
type span struct {
	calendar.Workdays
	ok bool
}

// Workdays converts a limit to working days.
func (c *Context) Workdays(l catalog.Limit) (calendar.Workdays, bool) {
	if l.Unit == catalog.UnitWorkday && l.N >= 0 {
		return calendar.Workdays{Min: l.N, Max: l.N}, true
	}
	l.Note = ""
	if s, ok := c.workdays[l]; ok {
		return s.Workdays, s.ok
	}
	var s span
	s.Workdays, s.ok = calendar.ToWorkdays(l.N, catalog.Dict("时限单位").Normalise(l.Unit))
	c.workdays[l] = s
	return s.Workdays, s.ok
}

// Index knows which codes the county's items use (K02).
type Index struct {
	codes map[string][]Ref
}

// Ref names a record that uses a code.
type Ref struct {
	Key, Unit, Name, Variant string
}

// NewIndex makes an empty index.
func NewIndex() *Index { return &Index{codes: map[string][]Ref{}} }

// IndexOf indexes the items, without keys.
func IndexOf(items []*catalog.Item) *Index {
	ix := NewIndex()
	for _, it := range items {
		ix.Add("", it)
	}
	return ix
}

// Add records an item's code. An Index must not change while it is used.
func (ix *Index) Add(key string, it *catalog.Item) {
	if c := UniqueCode(it); c != "" {
		ix.codes[c] = append(ix.codes[c], Ref{key, it.Unit, it.Name, it.Variant})
	}
}

// Refs lists who uses the code.
func (ix *Index) Refs(code string) []Ref { return ix.codes[code] }

// UniqueCode is the code that no other item may have: the 业务办理项编码 if there
// is one, else the 实施编码, as variants of one item share the latter.
func UniqueCode(it *catalog.Item) string {
	c := it.HandlingCode
	if isBlank(c) {
		c = it.ImplementationCode
	}
	return code.Normalize(c)
}

// isBlank reports whether a text holds nothing but space.
func isBlank(s string) bool {
	if s == "" {
		return true
	}
	// Only these bytes begin a space; most texts begin with another.
	if b := s[0]; b > ' ' && b != 0xc2 && (b < 0xe1 || b > 0xe3) {
		return false
	}
	return strings.TrimSpace(s) == ""
}

// Transfer is a power that was moved from one unit to another, such as the
// approval bureau (P-1.3, P-3.1).
type Transfer struct {
	Name      string        `json:"name"`
	BasicCode string        `json:"basic_code,omitempty"`
	From      string        `json:"from"`
	To        string        `json:"to"`
	Since     calendar.Date `json:"since"`
	Document  string        `json:"document,omitempty"`
}

// Transfers finds the transfer that concerns an item.
type Transfers struct {
	byName, byCode map[[2]string]*Transfer
}

// NewTransfers indexes the list of transferred powers.
func NewTransfers(list []Transfer) *Transfers {
	t := &Transfers{map[[2]string]*Transfer{}, map[[2]string]*Transfer{}}
	for i := range list {
		x := &list[i]
		if n := catalog.PlainName(x.Name); n != "" {
			t.byName[[2]string{x.From, n}] = x
		}
		if c := code.Normalize(x.BasicCode); c != "" {
			t.byCode[[2]string{x.From, c}] = x
		}
	}
	return t
}

// Of returns the transfer by which the item left its unit, or nil. day is
// today; the zero Date takes every transfer as done.
func (t *Transfers) Of(it *catalog.Item, day calendar.Date) *Transfer {
	x := t.byCode[[2]string{it.Unit, code.Normalize(it.BasicCode)}]
	if x == nil && len(t.byName) > 0 {
		x = t.byName[[2]string{it.Unit, catalog.PlainName(it.Name)}]
	}
	if x == nil && len(t.byName) > 0 && it.MainName != "" {
		x = t.byName[[2]string{it.Unit, catalog.PlainName(it.MainName)}]
	}
	if x == nil || !day.IsZero() && x.Since.After(day) {
		return nil
	}
	return x
}
