// Package plan holds reform plans as data: which document orders the reform, by
// which dates, with which targets. Dates and percentages of P-4.2, P-3.4 and
// P-3.3.3 are the first plan's; a later plan sets others.
package plan

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
)

// Milestone keys that the program reacts to. A plan may have others.
const (
	Contacts     = "contacts" // P-4.1: leader and liaison named
	Packages     = "packages" // P-3.2b: lists, guides and commitment reported
	FirstRelease = "first"    // P-4.2: first batch public
	YearEnd      = "year_end" // P-3.4: share of one-visit items reached
)

// Milestone is one dated duty of the plan.
type Milestone struct {
	Key    string        `json:"key"`
	Name   string        `json:"name"`
	Due    calendar.Date `json:"due"`
	Clause string        `json:"clause"`
}

// Plan is one reform plan.
type Plan struct {
	ID         string        `json:"-"`
	Title      string        `json:"title"`
	DocNo      string        `json:"doc_no"`
	Start      calendar.Date `json:"start"`
	Milestones []Milestone   `json:"milestones"`
	// ShareAtMostOne is the share, in percent, of each unit's items that must
	// take at most one visit by the year's end (P-3.4).
	ShareAtMostOne int `json:"share_at_most_one"`
	// TimeCut is by how many percent the promised time of the items not already
	// met must fall against today's promise (P-3.3.3).
	TimeCut int `json:"time_cut"`
	// Units are the IDs of the units that the plan binds; empty is every unit in
	// scope.
	Units []string `json:"units,omitempty"`
	// Remind says how many days before a day units are reminded; nil is
	// DefaultRemind.
	Remind []int `json:"remind,omitempty"`
	// Clocks are the times that offices and units are given; nil is DefaultClocks.
	Clocks  *Clocks `json:"clocks,omitempty"`
	Version int64   `json:"-"`
}

// Clocks are the times that offices and units are given, in working days unless
// said otherwise. No county's own rules were found; the defaults are those of
// comparable ones (桃江县: 20 to apply, 10 for elements; a city's rules: 15 for
// the review, 3 to publish).
type Clocks struct {
	Apply      int `json:"apply"`       // from the cause to the unit's application
	Element    int `json:"element"`     // the reform office decides on a change of elements
	Review     int `json:"review"`      // it reviews what goes to the county government
	Government int `json:"government"`  // the county government decides
	Publish    int `json:"publish"`     // from the decision to the publication
	Package    int `json:"package"`     // both offices review a package
	Fix        int `json:"fix"`         // a unit answers what came back
	Guide      int `json:"guide"`       // days, by the calendar, for which a confirmed guide holds
	GuideAhead int `json:"guide_ahead"` // days ahead that its owner is asked
	Display    int `json:"display"`     // from a release until what hangs somewhere is replaced
	Crawl      int `json:"crawl"`       // days, by the calendar, between two looks at a unit's own page
}

// DefaultClocks hold where a plan sets none.
var DefaultClocks = Clocks{Apply: 20, Element: 10, Review: 15, Government: 10, Publish: 3, Package: 10, Fix: 5, Guide: 180, GuideAhead: 30, Display: 3, Crawl: 7}

// Times returns the plan's clocks.
func (p *Plan) Times() Clocks {
	if p.Clocks == nil {
		return DefaultClocks
	}
	c := *p.Clocks
	// Plans that were stored before there were these have none.
	if c.Display == 0 {
		c.Display = DefaultClocks.Display
	}
	if c.Crawl == 0 {
		c.Crawl = DefaultClocks.Crawl
	}
	return c
}

func (c *Clocks) validate(e *fault.Error) {
	for _, v := range []struct {
		key  string
		days int
	}{{"apply", c.Apply}, {"element", c.Element}, {"review", c.Review}, {"government", c.Government}, {"publish", c.Publish},
		{"package", c.Package}, {"fix", c.Fix}, {"guide", c.Guide}, {"display", c.Display}, {"crawl", c.Crawl}} {
		if v.days < 1 || v.days > 1000 {
			e.At("clocks."+v.key, "天数须在 1 到 1000 之间")
		}
	}
	if c.GuideAhead < 0 || c.GuideAhead >= c.Guide {
		e.At("clocks.guide_ahead", "提前提醒的天数须少于核对周期")
	}
}

// DefaultRemind are the days of the reminders where a plan sets none.
var DefaultRemind = []int{10, 3, 1}

// Binds reports whether the plan asks something of the unit.
func (p *Plan) Binds(u org.Unit) bool {
	return u.InScope && (len(p.Units) == 0 || slices.Contains(p.Units, u.ID))
}

// Reminder returns the day of reminding of a milestone that is to be carried out
// today: today itself, or the latest since the day of the last round, which has
// passed while nothing ran. Without a last round only today counts.
func (p *Plan) Reminder(m Milestone, last, today calendar.Date) (day calendar.Date, due bool) {
	days := p.Remind
	if days == nil {
		days = DefaultRemind
	}
	for _, d := range days {
		at := m.Due.AddDays(-d)
		if (at == today || !last.IsZero() && last.Before(at) && at.Before(today)) && (!due || day.Before(at)) {
			day, due = at, true
		}
	}
	return day, due
}

// reasonLeast, reasonMost bound the reason for taking a lateness back, in
// characters.
const reasonLeast, reasonMost = 4, 300

// CheckWithdrawal checks why a recorded lateness is taken back. excused is true
// once the milestone's day has passed: then the unit counts as not late. Before
// that the record was premature, and the day still counts.
func CheckWithdrawal(due, today calendar.Date, reason string) (excused bool, err error) {
	e := fault.Invalidf("迟报记录没有撤销。")
	switch n := utf8.RuneCountInString(strings.TrimSpace(reason)); {
	case n < reasonLeast:
		e.At("reason", "请写明撤销的理由，例如“服务器时钟快了一天，单位当天已报送”")
	case n > reasonMost:
		e.At("reason", "理由请控制在 %d 字以内，现有 %d 字", reasonMost, n)
	}
	return due.Before(today), e.OrNil()
}

// Validate checks a plan before it is stored.
func (p *Plan) Validate() error {
	e := fault.Invalidf("改革方案填写有误，请按提示更正。")
	if strings.TrimSpace(p.Title) == "" {
		e.At("title", "请填写方案名称")
	}
	if p.Start.IsZero() {
		e.At("start", "请填写开始日期")
	}
	if p.ShareAtMostOne < 0 || p.ShareAtMostOne > 100 {
		e.At("share_at_most_one", "比例须在 0 到 100 之间")
	}
	if p.TimeCut < 0 || p.TimeCut > 100 {
		e.At("time_cut", "比例须在 0 到 100 之间")
	}
	for _, d := range p.Remind {
		if d < 0 || d > 365 {
			e.At("remind", "提前提醒的天数须在 0 到 365 之间")
		}
	}
	if p.Clocks != nil {
		c := p.Times()
		c.validate(e)
	}
	seen := map[string]bool{}
	for i, m := range p.Milestones {
		at := fmt.Sprintf("milestones[%d]", i)
		switch {
		case m.Key == "" || m.Name == "":
			e.At(at, "节点须有名称")
		case seen[m.Key]:
			e.At(at, "节点“%s”重复", m.Name)
		case m.Due.IsZero():
			e.At(at, "节点“%s”没有日期", m.Name)
		case m.Due.Before(p.Start):
			e.At(at, "节点“%s”早于方案开始日期", m.Name)
		}
		seen[m.Key] = true
	}
	return e.OrNil()
}

// Due returns the date of a milestone, the zero date if the plan has none.
func (p *Plan) Due(key string) calendar.Date {
	for _, m := range p.Milestones {
		if m.Key == key {
			return m.Due
		}
	}
	return calendar.Date{}
}

// ShareMet reports whether met of total items reach the plan's share. A unit
// without items has nothing to reach.
func (p *Plan) ShareMet(met, total int) bool {
	return met*100 >= p.ShareAtMostOne*total
}
