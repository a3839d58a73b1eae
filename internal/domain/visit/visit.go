// Package visit computes how many visits a service takes, and explains it
// (docs/reform/visits.md). The figure is never typed in and believed.
//
// A process is compiled once: ids become numbers, steps become slots, sites
// become places. Assessing it under a set of measures then drops the
// touchpoints that are remote, and finds for each place the fewest slots that
// stab every remaining interval: sorted by right end, the right end is taken
// whenever an interval is not yet stabbed. Places are independent, so the sum is
// exact.
package visit

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
)

// Classes of a figure.
const (
	ClassNone = "零上门"
	ClassOne  = "一次上门"
	ClassMany = "多次"
)

// Words says a number of visits in a few words; negative is not known yet.
func Words(n int) string {
	switch {
	case n < 0:
		return "待核算"
	case n == 0:
		return "一次也不用跑"
	case n == 1:
		return "最多跑一次"
	}
	return fmt.Sprintf("须跑 %d 次", n)
}

// ClassOfVisits names a figure.
func ClassOfVisits(n int) string {
	switch n {
	case 0:
		return ClassNone
	case 1:
		return ClassOne
	}
	return ClassMany
}

// Trip is one visit: a place in a slot, with what is settled there. Place is the
// hall's name, or the id of a site that stands alone; PlaceName is its name for
// people. Does lists the duties done there, each once, in the order of the
// touchpoints. The JSON is a public contract and keeps to its keys.
type Trip struct {
	Slot      int               `json:"slot"`
	Place     string            `json:"place"`
	PlaceName string            `json:"-"`
	Settles   []string          `json:"settles"`
	Does      []string          `json:"-"`
	Reasons   map[string]string `json:"reasons"`
}

// String says in one line where the applicant goes and what for.
func (t Trip) String() string { return "到" + t.PlaceName + "：" + strings.Join(t.Does, "、") }

// Assessment is the answer for one process.
type Assessment struct {
	Visits int    `json:"visits"`
	Class  string `json:"class"`
	Trips  []Trip `json:"trips"`
}

// duty is a touchpoint's duty as a number.
type duty uint8

const (
	dutyOther duty = iota
	dutySubmit
	dutyOriginals
	dutyIdentify
	dutySign
	dutyPay
	dutySample
	dutySupplement
	dutyCollect
	dutyCarry
)

func dutyOf(s string) duty {
	switch s {
	case catalog.DutySubmit:
		return dutySubmit
	case catalog.DutyOriginals:
		return dutyOriginals
	case catalog.DutyIdentify:
		return dutyIdentify
	case catalog.DutySign:
		return dutySign
	case catalog.DutyPay:
		return dutyPay
	case catalog.DutySample:
		return dutySample
	case catalog.DutySupplement:
		return dutySupplement
	case catalog.DutyCollect:
		return dutyCollect
	case catalog.DutyCarry:
		return dutyCarry
	}
	return dutyOther
}

// onSite reports whether a step of the kind brings staff and applicant together
// anyway, so that a duty can be done there (M8).
func onSite(kind string) bool {
	return kind == "现场踏勘" || kind == "上门服务" || kind == "联合审查"
}

// remote reports whether a channel spares the visit. An unknown word is taken as
// it is meant; a card machine (POS) stands at the window, and a blank is nothing.
func remote(channel string) bool {
	c := strings.TrimSpace(channel)
	return c != "" && !strings.HasPrefix(strings.ToUpper(c), "POS")
}

// point is a compiled touchpoint. from and to are step numbers.
type point struct {
	from, to, site int32
	duty           duty
	remote, law    bool
	shared         bool
	office, level  bool // what a 转送 goes between
}

// Compiled is a checked process in numbers. It is immutable.
type Compiled struct {
	p      *catalog.Process
	formal bool
	points []point
	slot   []int32 // by step, as the process stands
	survey []int32 // how many steps before this one are on site (prefix sums)
	// merges and moves say whether M4 and M11 can change any place.
	merges, moves bool
	// place numbers by site, for each of the four ways M4 and M11 can stand;
	// index 0: neither, 1: M4, 2: M11, 3: both.
	places [4][]int32
	names  [4][]place
}

// place is a place as the answer names it: the JSON's name, and people's.
type place struct{ id, name string }

// Compile checks a process and compiles it. A defect is an Invalid fault whose
// fields name the place in the JSON; warnings name kinds, duties and channels
// that the method does not know.
func Compile(p *catalog.Process) (*Compiled, []string, error) {
	if p == nil {
		return nil, nil, fault.Invalidf("没有办理流程，不能计算到场次数。").At("process", "请填写办理流程")
	}
	e := &fault.Error{Kind: fault.Invalid, Text: "办理流程有误，不能计算到场次数。请按提示更正。"}
	var warnings []string
	warn := func(format string, args ...any) { warnings = append(warnings, fmt.Sprintf(format, args...)) }
	c := &Compiled{p: p, formal: p.FormalCheck}
	if len(p.Steps) == 0 {
		e.At("steps", "至少要有一个环节")
	}
	steps := newIDs(len(p.Steps))
	c.slot = make([]int32, len(p.Steps))
	c.survey = make([]int32, len(p.Steps)+1)
	slot, waits := int32(1), false
	for i := range p.Steps {
		s := &p.Steps[i]
		c.survey[i+1] = c.survey[i]
		if onSite(s.Kind) {
			c.survey[i+1]++
		}
		switch {
		case s.ID == "":
			e.At(fmt.Sprintf("steps[%d].id", i), "环节没有编号")
		case !steps.add(s.ID, int32(i)):
			e.At(fmt.Sprintf("steps[%d].id", i), "环节编号“%s”重复", s.ID)
		}
		if s.Days < 0 {
			e.At(fmt.Sprintf("steps[%d].days", i), "工作日不能是负数")
		}
		if s.Kind != "" && !slices.Contains(catalog.StepKinds, s.Kind) {
			warn("steps[%d].kind：不认识环节类型“%s”", i, s.Kind)
		}
		if s.With != "" {
			if i == 0 || p.Steps[i-1].ID != s.With {
				e.At(fmt.Sprintf("steps[%d].with", i), "“%s”不是紧接在前的环节", s.With)
			}
		} else if waits { // a new group begins after one that was waited for
			slot++
			waits = false
		}
		waits = waits || s.Waits
		c.slot[i] = slot
	}
	sites := newIDs(len(p.Sites))
	for i := range p.Sites {
		switch id := p.Sites[i].ID; {
		case id == "":
			e.At(fmt.Sprintf("sites[%d].id", i), "办理地点没有编号")
		case !sites.add(id, int32(i)):
			e.At(fmt.Sprintf("sites[%d].id", i), "办理地点编号“%s”重复", id)
		}
	}
	points := newIDs(len(p.Touchpoints))
	c.points = make([]point, len(p.Touchpoints))
	for i := range p.Touchpoints {
		t := &p.Touchpoints[i]
		pt := &c.points[i]
		at := func(key string) string { return fmt.Sprintf("touchpoints[%d].%s", i, key) } // only called on a defect
		switch {
		case t.ID == "":
			e.At(at("id"), "到场事由没有编号")
		case !points.add(t.ID, int32(i)):
			e.At(at("id"), "到场事由编号“%s”重复", t.ID)
		}
		var ok1, ok2, ok3 bool
		if pt.from, ok1 = steps.at(t.From); !ok1 {
			e.At(at("from"), "没有编号为“%s”的环节", t.From)
		}
		if pt.to, ok2 = steps.at(t.To); !ok2 {
			e.At(at("to"), "没有编号为“%s”的环节", t.To)
		}
		if ok1 && ok2 && pt.from > pt.to {
			e.At(at("from"), "最早环节“%s”在最晚环节“%s”之后", t.From, t.To)
		}
		if pt.site, ok3 = sites.at(t.Site); !ok3 {
			e.At(at("site"), "没有编号为“%s”的办理地点", t.Site)
		}
		if !slices.Contains(catalog.Duties, t.Duty) {
			warn("%s：不认识到场事由“%s”", at("duty"), t.Duty)
		}
		for j, r := range t.Remote {
			switch {
			case !remote(r):
				warn("touchpoints[%d].remote[%d]：“%s”是在窗口付款或空白，不算远程渠道", i, j, r)
			case !slices.Contains(catalog.RemoteChannels, r):
				warn("touchpoints[%d].remote[%d]：不认识渠道“%s”", i, j, r)
			}
		}
		if t.Between != "" && t.Between != "office" && t.Between != "level" {
			e.At(at("between"), "“%s”应为 office（股室之间）或 level（上下级之间）", t.Between)
		}
		pt.duty = dutyOf(t.Duty)
		pt.law, pt.remote, pt.shared = strings.TrimSpace(t.Law) != "", slices.ContainsFunc(t.Remote, remote), t.Shared
		pt.office, pt.level = t.Between == "office", t.Between == "level"
	}
	if err := e.OrNil(); err != nil {
		return nil, warnings, err
	}
	// Most processes have no site that could move and no unit with two sites:
	// then M4 and M11 leave the places as they are.
	units := newIDs(len(p.Sites))
	for i := range p.Sites {
		s := &p.Sites[i]
		c.moves = c.moves || s.Movable && s.Hall == ""
		c.merges = c.merges || s.Unit != "" && !units.add(s.Unit, int32(i))
	}
	for i := range c.places {
		m4, m11 := i&1 != 0, i&2 != 0
		switch {
		case m4 && !c.merges:
			c.places[i], c.names[i] = c.places[i&^1], c.names[i&^1]
		case m11 && !c.moves:
			c.places[i], c.names[i] = c.places[i&^2], c.names[i&^2]
		default:
			c.places[i], c.names[i] = placesOf(p, m4, m11)
		}
	}
	return c, warnings, nil
}

// ids finds numbers by id. Processes are small: up to sixteen ids are compared
// one by one, which beats a map and allocates nothing.
type ids struct {
	list [16]string
	num  [16]int32
	n    int
	m    map[string]int32
}

func newIDs(n int) (x ids) {
	if n > len(x.list) {
		x.m = make(map[string]int32, n)
	}
	return x
}

// add records an id with its number; false if it is there already.
func (x *ids) add(id string, i int32) bool {
	if _, dup := x.at(id); dup {
		return false
	}
	if x.m != nil {
		x.m[id] = i
		return true
	}
	x.list[x.n], x.num[x.n] = id, i
	x.n++
	return true
}

func (x *ids) at(id string) (int32, bool) {
	if x.m != nil {
		i, ok := x.m[id]
		return i, ok
	}
	for i, s := range x.list[:x.n] {
		if s == id {
			return x.num[i], true
		}
	}
	return 0, false
}

// sitesOf says for each site which hall it stands in and which site stands for
// it: M11 first gives movable sites without a hall the main hall, then M4 makes
// all sites of one unit the first of them that stands in a hall, or else the first.
func sitesOf(p *catalog.Process, m4, m11 bool) (halls []string, at []int) {
	halls = make([]string, len(p.Sites))
	for i := range p.Sites {
		halls[i] = p.Sites[i].Hall
		if m11 && halls[i] == "" && p.Sites[i].Movable {
			halls[i] = p.MainHall
		}
	}
	at = make([]int, len(p.Sites))
	for i := range at {
		at[i] = i
	}
	if m4 {
		first := map[string]int{}
		for i := range p.Sites {
			u := p.Sites[i].Unit
			if u == "" {
				continue
			}
			if f, ok := first[u]; !ok || halls[f] == "" && halls[i] != "" {
				first[u] = i
			}
		}
		for i := range at {
			if u := p.Sites[i].Unit; u != "" {
				at[i] = first[u]
			}
		}
	}
	return halls, at
}

// placesOf numbers the place of each site under M4 and M11.
func placesOf(p *catalog.Process, m4, m11 bool) ([]int32, []place) {
	halls, at := sitesOf(p, m4, m11)
	// A hall and a site of one name are two places: sites without a hall stand
	// alone, each by its own id.
	out := make([]int32, len(p.Sites))
	names := make([]place, 0, len(p.Sites))
	inHall, alone := newIDs(len(p.Sites)), newIDs(len(p.Sites))
	for i := range out {
		s := &p.Sites[at[i]]
		known, key := &inHall, halls[at[i]]
		pl := place{key, key}
		if key == "" {
			known, key = &alone, s.ID
			pl = place{s.ID, cmp.Or(s.Name, s.ID)}
		}
		n, ok := known.at(key)
		if !ok {
			n = int32(len(names))
			known.add(key, n)
			names = append(names, pl)
		}
		out[i] = n
	}
	return out, names
}

// interval is a touchpoint that is left: slots [l, r] at a place.
type interval struct{ place, l, r, point int32 }

// intervals appends what a set of measures leaves of the touchpoints.
func (c *Compiled) intervals(m Set, out []interval) []interval {
	places := c.places[m>>3&1|m>>10&1<<1]
	last := int32(len(c.slot) - 1)
	joined := m&M9 != 0 && c.formal
	for i := range c.points {
		p := &c.points[i]
		from, to := p.from, p.to
		if m&M1 != 0 && p.duty == dutyOriginals {
			to = last
		}
		if !p.law {
			gone := p.remote
			switch p.duty {
			case dutySubmit:
				gone = gone || m&M1 != 0
			case dutyCollect:
				gone = gone || m&M2 != 0
			case dutyPay:
				gone = gone || m&M3 != 0
			case dutyCarry:
				gone = gone || m&M4 != 0 && p.office || m&M5 != 0 && p.level
			case dutyOriginals:
				gone = gone || m&M6 != 0 && p.shared
			case dutyIdentify:
				gone = gone || m&M7 != 0
			case dutySign:
				gone = gone || m&M7 != 0 || m&M8 != 0 && c.survey[to+1] > c.survey[from]
			case dutySample:
				gone = gone || m&M8 != 0 && c.survey[to+1] > c.survey[from]
			case dutySupplement:
				gone = gone || m&M10 != 0 || m&M8 != 0 && c.survey[to+1] > c.survey[from]
			}
			if gone {
				continue
			}
		}
		l, r := c.slot[from], c.slot[to]
		if joined {
			l, r = 1, 1
		}
		out = append(out, interval{places[p.site], l, r, int32(i)})
	}
	return out
}

// byRightEnd orders intervals for stabbing.
func byRightEnd(a, b interval) int {
	return cmp.Or(cmp.Compare(a.place, b.place), cmp.Compare(a.r, b.r))
}

// Counter counts visits and keeps its scratch space between calls; it belongs
// to one goroutine.
type Counter struct{ buf []interval }

// Count is the number of visits under a set of measures.
func (k *Counter) Count(c *Compiled, m Set) int {
	k.buf = c.intervals(m, k.buf[:0])
	sortIntervals(k.buf)
	visits := 0
	place, stab := int32(-1), int32(0)
	for _, iv := range k.buf {
		if iv.place != place || iv.l > stab {
			visits++
			place, stab = iv.place, iv.r
		}
	}
	return visits
}

// sortIntervals sorts few intervals in place without calls, which is the usual
// case, and many with the library.
func sortIntervals(s []interval) {
	if len(s) > 16 {
		slices.SortFunc(s, byRightEnd)
		return
	}
	for i := 1; i < len(s); i++ {
		for j := i; j > 0 && (s[j].place < s[j-1].place || s[j].place == s[j-1].place && s[j].r < s[j-1].r); j-- {
			s[j], s[j-1] = s[j-1], s[j]
		}
	}
}

// Count is the number of visits of a compiled process.
func (c *Compiled) Count(m Set) int { return new(Counter).Count(c, m) }

// Assess computes the visits under a set of measures, with the trips in order
// of slot, then place, and for each touchpoint why it could not be remote.
func (c *Compiled) Assess(m Set) Assessment {
	left := c.intervals(m, nil)
	order := slices.Clone(left)
	slices.SortFunc(order, byRightEnd)
	type stab struct{ place, slot int32 }
	var stabs []stab
	a := Assessment{Trips: []Trip{}}
	names := c.names[m>>3&1|m>>10&1<<1]
	for _, iv := range order {
		if n := len(stabs); n > 0 && stabs[n-1].place == iv.place && stabs[n-1].slot >= iv.l {
			continue
		}
		stabs = append(stabs, stab{place: iv.place, slot: iv.r})
	}
	a.Visits, a.Class = len(stabs), ClassOfVisits(len(stabs))
	// Within a place stabs stand in order of slot; a touchpoint is settled by
	// the first at or after its left end.
	settled := make([][]int32, len(stabs))
	for _, iv := range left {
		i, _ := slices.BinarySearchFunc(stabs, iv, func(s stab, iv interval) int {
			return cmp.Or(cmp.Compare(s.place, iv.place), cmp.Compare(s.slot, iv.l))
		})
		settled[i] = append(settled[i], iv.point)
	}
	byTime := make([]int, len(stabs))
	for i := range byTime {
		byTime[i] = i
	}
	slices.SortStableFunc(byTime, func(x, y int) int {
		return cmp.Or(cmp.Compare(stabs[x].slot, stabs[y].slot), strings.Compare(names[stabs[x].place].id, names[stabs[y].place].id))
	})
	for _, i := range byTime {
		pl := names[stabs[i].place]
		t := Trip{Slot: int(stabs[i].slot), Place: pl.id, PlaceName: pl.name, Reasons: make(map[string]string, len(settled[i]))}
		for _, p := range settled[i] {
			tp := &c.p.Touchpoints[p]
			t.Settles = append(t.Settles, tp.ID)
			if !slices.Contains(t.Does, tp.Duty) {
				t.Does = append(t.Does, tp.Duty)
			}
			t.Reasons[tp.ID] = reason(tp)
		}
		a.Trips = append(a.Trips, t)
	}
	return a
}

// notRemote says for a duty why it takes presence as things stand.
var notRemote = map[string]string{
	catalog.DutySubmit: "目前不能网上提交或邮寄", catalog.DutyOriginals: "原件须当面核验", catalog.DutyIdentify: "目前不能远程核验身份",
	catalog.DutySign: "目前不能电子签名", catalog.DutyPay: "目前不能网上缴费", catalog.DutyInterview: "目前只能当面交谈",
	catalog.DutySample: "采样须本人在场，目前没有上门服务", catalog.DutySurvey: "勘查地点不在申请人处，须到场",
	catalog.DutySupplement: "补充材料目前须当面送交", catalog.DutyCollect: "结果目前只在窗口领取", catalog.DutyCarry: "材料目前由申请人转送",
}

// reason says why a touchpoint could not be remote: the law, quoted, or that no
// remote channel is open today.
func reason(t *catalog.Touchpoint) string {
	if law := strings.TrimSpace(t.Law); law != "" {
		return t.Duty + "：依法须本人到场（" + law + "）"
	}
	how := notRemote[t.Duty]
	if how == "" {
		how = "目前没有不到场的办理渠道"
	}
	return t.Duty + "：" + how
}

// Assess compiles and assesses a process.
func Assess(p *catalog.Process, m Set) (Assessment, error) {
	c, _, err := Compile(p)
	if err != nil {
		return Assessment{}, err
	}
	return c.Assess(m), nil
}

// Validate checks a process; see Compile.
func Validate(p *catalog.Process) ([]string, error) {
	_, warnings, err := Compile(p)
	return warnings, err
}

// Minimal finds every set of measures that brings the visits down to target and
// has no proper subset that does; see Reach.Minimal.
func (c *Compiled) Minimal(target int) (visits int, sets []Set) {
	var k Counter
	r := k.Reach(c, target)
	return k.Count(c, 0), r.Minimal()
}

// Remaining lists the touchpoints that no set of measures makes unnecessary, in
// order: those bound by law, and those that no measure is made for. What a
// measure spares, more measures spare as well; so they are what all leave.
func (c *Compiled) Remaining() []*catalog.Touchpoint {
	var out []*catalog.Touchpoint
	for _, iv := range c.intervals(All, nil) {
		out = append(out, &c.p.Touchpoints[iv.point])
	}
	return out
}

// sortSets orders sets by size and then by number.
func sortSets(sets []Set) {
	slices.SortFunc(sets, func(a, b Set) int { return cmp.Or(cmp.Compare(a.Len(), b.Len()), compareNumbers(a, b)) })
}

// compareNumbers orders sets of one size by their numbers, the lowest first.
func compareNumbers(a, b Set) int {
	diff := a ^ b
	if diff == 0 {
		return 0
	}
	if a&(diff&-diff) != 0 {
		return -1
	}
	return 1
}
