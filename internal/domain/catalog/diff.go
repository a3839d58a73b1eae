package catalog

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// ChangeKind says what happened to a value.
type ChangeKind string

// The kinds of change.
const (
	Added   ChangeKind = "新增"
	Removed ChangeKind = "取消"
	Changed ChangeKind = "变更"
)

// Effect says what a change means for the applicant.
type Effect string

// The effects.
const (
	Better  Effect = "更便利"
	Worse   Effect = "增加负担"
	Neutral Effect = "无影响"
)

// Change is one difference of two versions of an item.
type Change struct {
	Path    string     `json:"path"`
	Label   string     `json:"label"`
	Element int        `json:"element,omitempty"`
	Kind    ChangeKind `json:"kind"`
	Old     string     `json:"old,omitempty"`
	New     string     `json:"new,omitempty"`
	Effect  Effect     `json:"effect"`
}

// Sides says the change as before and after; what came or went without a value of
// its own is said so, and the other side is empty.
func (c Change) Sides() (before, after string) {
	switch {
	case c.Kind == Added && c.New == "":
		return c.Old, "新增"
	case c.Kind == Removed && c.New == "":
		return c.Old, "不再要求"
	}
	return c.Old, c.New
}

// String says the change in one Chinese sentence.
func (c Change) String() string {
	switch c.Kind {
	case Added:
		if c.New == "" {
			return fmt.Sprintf("新增%s", c.Label)
		}
		return fmt.Sprintf("新增%s：%s", c.Label, c.New)
	case Removed:
		if c.Old == "" {
			return fmt.Sprintf("取消%s", c.Label)
		}
		return fmt.Sprintf("取消%s：%s", c.Label, c.Old)
	}
	return fmt.Sprintf("%s由“%s”改为“%s”", c.Label, c.Old, c.New)
}

// Diff lists the differences from old to new in the order of the elements.
// Materials are matched by id, then by name; steps, sites and touchpoints by
// id; the rest of the tables by their name. Either item may be nil, which is an
// item without values.
func Diff(old, new *Item) []Change {
	if old == nil {
		old = &Item{}
	}
	if new == nil {
		new = &Item{}
	}
	var d differ
	for _, f := range Fields() {
		switch f.Key {
		case "materials":
			d.materials(old.Materials, new.Materials)
			continue
		case "process":
			for _, p := range ProcessFields() {
				d.value(p.Key, p.Label, p.Element, p.Get(old), p.Get(new), p.Kind, none, nil)
			}
			d.process(old.Process, new.Process)
			continue
		case "fee.items":
			diffRows(&d, "fee.items", "收费项目", 27, old.Fee.Items, new.Fee.Items, FeeItemFields(),
				func(f *FeeItem) []string { return []string{f.Name} }, Worse, Better, nil)
			continue
		case "places":
			diffRows(&d, "places", "办理地点", 34, old.Places, new.Places, PlaceFields(),
				func(p *Place) []string { return []string{p.Name, p.Address} }, Neutral, Neutral, nil)
			continue
		case "faq":
			diffRows(&d, "faq", "常见问题", 0, old.FAQ, new.FAQ, QAFields(),
				func(q *QA) []string { return []string{q.Q} }, Better, Neutral, nil)
			continue
		case "places.hours", "legal_limit.unit", "promised_limit.unit":
			continue // shown by the field that holds them
		}
		d.value(f.Key, f.Label, f.Element, f.Get(old), f.Get(new), f.Kind, itemEffects[f.Key], nil)
	}
	d.scenarios(old.Scenarios, new.Scenarios)
	return d.out
}

// direction says which way of a value is better for the applicant.
type direction int

const (
	none   direction = iota
	lower            // smaller numbers, shorter limits
	higher           // larger numbers; yes better than no; more values better
)

var itemEffects = map[string]direction{
	"promised_limit": lower, "legal_limit": lower, "visits": lower, "fee.charged": lower,
	"appointment": higher, "online_payment": higher, "express": higher, "online.available": higher,
	"in_hall": higher, "reform.pre_review": higher, "reform.guide_published": higher, "no_materials": higher,
	"channels": higher, "audience": higher, "reform.expert_review": lower, "reform.site_survey": lower,
	"conditions": lower,
}

var materialEffects = map[string]direction{"originals": lower, "copies": lower, "promise": higher, "defer.days": higher,
	"defer.channels": higher, "verify": higher, "valid_months": higher, "form": higher, "sample": higher}

var stepEffects = map[string]direction{"days": lower, "waits": lower}

var touchpointEffects = map[string]direction{"remote": higher, "shared": higher, "law": none}

// DiffDocs is Diff of two items as they are stored.
func DiffDocs(old, new []byte) ([]Change, error) {
	var a, b Item
	if err := json.Unmarshal(old, &a); err != nil {
		return nil, fmt.Errorf("earlier form: %w", err)
	}
	if err := json.Unmarshal(new, &b); err != nil {
		return nil, err
	}
	return Diff(&a, &b), nil
}

type differ struct{ out []Change }

// value adds a change if the texts differ. rank orders named values (a lower
// rank is better); nil means no order.
func (d *differ) value(path, label string, element int, a, b string, kind Kind, dir direction, rank map[string]int) {
	if a == b {
		return
	}
	c := Change{Path: path, Label: label, Element: element, Kind: Changed, Old: FileLabel(a), New: FileLabel(b), Effect: Neutral}
	if c.Old == c.New { // another file of the same name
		was, _ := ParseFile(a)
		is, _ := ParseFile(b)
		c.Old, c.New = c.Old+"（"+was.Hash[:8]+"）", c.New+"（"+is.Hash[:8]+"）"
	}
	switch {
	case a == "":
		c.Kind = Added
	case b == "":
		c.Kind = Removed
	}
	if rank != nil {
		ra, oka := rank[a]
		rb, okb := rank[b]
		if oka && okb {
			c.Effect = byDirection(float64(ra), float64(rb), lower)
		}
		d.out = append(d.out, c)
		return
	}
	if dir != none {
		switch kind {
		case KindLimit:
			la, err1 := ParseLimit(a)
			lb, err2 := ParseLimit(b)
			// A limit that is given at all binds the unit: better than none.
			switch {
			case err1 != nil || err2 != nil:
			case a == "":
				c.Effect = Better
			case b == "":
				c.Effect = Worse
			default:
				c.Effect = byDirection(roughDays(la), roughDays(lb), dir)
			}
		case KindBool:
			c.Effect = byDirection(boolNumber(a), boolNumber(b), dir)
		case KindCount, KindDays:
			if a != "" || b != "" {
				x, err1 := parseDays(a)
				y, err2 := parseDays(b)
				if path == "visits" && (a == "" || b == "") {
					break // nothing was promised before, or nothing is now
				}
				if err1 == nil && err2 == nil {
					c.Effect = byDirection(x, y, dir)
				}
			}
		case KindList, KindLines:
			c.Effect = setEffect(a, b, kind, dir)
		default:
			c.Effect = byDirection(boolNumber(FormatBool(a != "")), boolNumber(FormatBool(b != "")), dir)
		}
	}
	d.out = append(d.out, c)
}

func byDirection(a, b float64, dir direction) Effect {
	if a == b {
		return Neutral
	}
	if (b < a) == (dir == lower) {
		return Better
	}
	return Worse
}

func boolNumber(s string) float64 {
	if s == "是" {
		return 1
	}
	return 0
}

// setEffect judges lists: more (or fewer) of the same values.
func setEffect(a, b string, kind Kind, dir direction) Effect {
	sp := SplitList
	if kind == KindLines {
		sp = SplitLines
	}
	more, fewer := 0, 0
	la, lb := sp(a), sp(b)
	for _, v := range lb {
		if !contains(la, v) {
			more++
		}
	}
	for _, v := range la {
		if !contains(lb, v) {
			fewer++
		}
	}
	switch {
	case more > 0 && fewer == 0:
		return byDirection(0, 1, dir)
	case fewer > 0 && more == 0:
		return byDirection(1, 0, dir)
	}
	return Neutral
}

func contains(l []string, v string) bool {
	for _, o := range l {
		if o == v {
			return true
		}
	}
	return false
}

// roughDays makes limits of different units comparable for "shorter or longer";
// the exact conversion is the calendar's.
func roughDays(l Limit) float64 {
	n := float64(l.N)
	switch l.Unit {
	case UnitWorkday:
		return n * 1.4
	case UnitHour:
		return n / 24
	case UnitMonth:
		return n * 30
	case UnitYear:
		return n * 365
	}
	return n
}

// diffRows compares two tables. keys gives the names by which rows are matched,
// in order of weight; rows without any are matched by position.
func diffRows[R any](d *differ, path, label string, element int, old, new []R, cols []*Column[R],
	keys func(*R) []string, added, removed Effect, column func(c *Column[R], a, b *R) (direction, map[string]int)) {
	match := matchRows(old, new, keys)
	title := func(r *R) string {
		for i := len(keys(r)) - 1; i >= 0; i-- {
			if k := keys(r)[i]; k != "" {
				return k
			}
		}
		return ""
	}
	for i := range new {
		name := title(&new[i])
		j := match[i]
		if j < 0 {
			d.out = append(d.out, Change{Path: fmt.Sprintf("%s[%s]", path, rowKey(keys(&new[i]), i)), Label: label,
				Element: element, Kind: Added, New: name, Effect: added})
			continue
		}
		for _, c := range cols {
			var dir direction
			var rank map[string]int
			if column != nil {
				dir, rank = column(c, &old[j], &new[i])
			}
			l := fmt.Sprintf("%s“%s”的%s", label, name, c.Label)
			d.value(fmt.Sprintf("%s[%s].%s", path, rowKey(keys(&new[i]), i), c.Key), l, element,
				c.Get(&old[j]), c.Get(&new[i]), c.Kind, dir, rank)
		}
	}
	taken := make([]bool, len(old))
	for _, j := range match {
		if j >= 0 {
			taken[j] = true
		}
	}
	for j := range old {
		if !taken[j] {
			d.out = append(d.out, Change{Path: fmt.Sprintf("%s[%s]", path, rowKey(keys(&old[j]), j)), Label: label,
				Element: element, Kind: Removed, Old: title(&old[j]), Effect: removed})
		}
	}
}

func rowKey(keys []string, i int) string {
	for _, k := range keys {
		if k != "" {
			return k
		}
	}
	return strconv.Itoa(i)
}

// matchRows gives for each new row the index of its old row, or -1.
func matchRows[R any](old, new []R, keys func(*R) []string) []int {
	match := make([]int, len(new))
	used := make([]bool, len(old))
	for i := range match {
		match[i] = -1
	}
	levels := 0
	if len(new) > 0 {
		levels = len(keys(&new[0]))
	}
	for l := range levels {
		byKey := make(map[string][]int, len(old))
		for j := range old {
			if k := keys(&old[j])[l]; !used[j] && k != "" {
				byKey[k] = append(byKey[k], j)
			}
		}
		for i := range new {
			k := keys(&new[i])[l]
			if match[i] >= 0 || k == "" || len(byKey[k]) == 0 {
				continue
			}
			match[i] = byKey[k][0]
			used[match[i]] = true
			byKey[k] = byKey[k][1:]
		}
	}
	// Rows without any name are told apart by their order alone.
	nameless := func(r *R) bool { return !slices.ContainsFunc(keys(r), func(k string) bool { return k != "" }) }
	j := 0
	for i := range new {
		if match[i] >= 0 || !nameless(&new[i]) {
			continue
		}
		for j < len(old) && (used[j] || !nameless(&old[j])) {
			j++
		}
		if j < len(old) {
			match[i], used[j] = j, true
		}
	}
	return match
}

var needRank = map[string]int{NeedOptional: 0, NeedDeferred: 1, NeedRequired: 2}
var roleRank = map[string]int{RolePromise: 0, RoleDefer: 1, "": 2, RoleMain: 2}

func (d *differ) materials(old, new []Material) {
	// A renumbered list must not pair 身份证 with 营业执照: an id counts as the
	// same material unless both the name under it changed and the old name
	// still stands elsewhere in the new list.
	names := map[string]bool{}
	for i := range new {
		names[new[i].Name] = true
	}
	oldAt := map[string]string{}
	for i := range old {
		oldAt[old[i].ID] = old[i].Name
	}
	newAt := map[string]string{}
	for i := range new {
		newAt[new[i].ID] = new[i].Name
	}
	oldNames := map[string]bool{}
	for i := range old {
		oldNames[old[i].Name] = true
	}
	moved := func(m *Material) bool {
		a, b := oldAt[m.ID], newAt[m.ID]
		return a != b && (names[a] || oldNames[b])
	}
	diffRows(d, "materials", "申请材料", 19, old, new, MaterialFields(),
		func(m *Material) []string {
			if moved(m) {
				return []string{"", m.Name}
			}
			return []string{m.ID, m.Name}
		}, Worse, Better,
		func(c *Column[Material], a, b *Material) (direction, map[string]int) {
			switch c.Key {
			case "need":
				return none, needRank
			case "role":
				return none, roleRank
			}
			return materialEffects[c.Key], nil
		})
}

func (d *differ) process(old, new *Process) {
	if old == nil {
		old = &Process{}
	}
	if new == nil {
		new = &Process{}
	}
	diffRows(d, "process.sites", "办理地点", 20, old.Sites, new.Sites, SiteFields(),
		func(s *Site) []string { return []string{s.ID, s.Name} }, Neutral, Neutral, nil)
	diffRows(d, "process.steps", "办理环节", 20, old.Steps, new.Steps, StepFields(),
		func(s *Step) []string { return []string{s.ID, s.Name} }, Neutral, Better,
		func(c *Column[Step], _, _ *Step) (direction, map[string]int) { return stepEffects[c.Key], nil })
	diffRows(d, "process.touchpoints", "到场事由", 20, old.Touchpoints, new.Touchpoints, TouchpointFields(),
		func(t *Touchpoint) []string { return []string{t.ID, t.Duty} }, Worse, Better,
		func(c *Column[Touchpoint], _, _ *Touchpoint) (direction, map[string]int) {
			return touchpointEffects[c.Key], nil
		})
}

func (d *differ) scenarios(old, new *Scenarios) {
	if old == nil {
		old = &Scenarios{}
	}
	if new == nil {
		new = &Scenarios{}
	}
	diffRows(d, "scenarios.questions", "情形问题", 0, old.Questions, new.Questions, questionCols(),
		func(q *Question) []string { return []string{q.ID, q.Text} }, Neutral, Neutral, nil)
	diffRows(d, "scenarios.leaves", "情形", 0, old.Leaves, new.Leaves, slices.Concat(leafCols()[1:], []*Column[Leaf]{leafProcess}),
		func(l *Leaf) []string { return []string{l.Name} }, Neutral, Neutral,
		func(c *Column[Leaf], _, _ *Leaf) (direction, map[string]int) {
			switch c.Key {
			case "materials", "promised_limit":
				return lower, nil
			}
			return none, nil
		})
}

// leafProcess shows a leaf's own process, which has no textual form.
var leafProcess = &Column[Leaf]{Key: "process", Label: "办理流程", Kind: KindText, Get: func(l *Leaf) string {
	if l.Process == nil {
		return ""
	}
	return jsonText(l.Process)
}}

// Summary says the differences in one text, a line each.
func Summary(changes []Change) string {
	lines := make([]string, len(changes))
	for i, c := range changes {
		lines[i] = c.String()
	}
	return strings.Join(lines, "\n")
}
