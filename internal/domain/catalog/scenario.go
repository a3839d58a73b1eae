package catalog

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
)

// Case is what applies to the people of one scenario (情形).
type Case struct {
	Name      string
	When      map[string]Options
	Materials []Material
	Process   *Process
	Limit     Limit // promised
}

// Case resolves the leaf with the number: what it does not say itself is the
// item's. A leaf that lists no materials has those of the item that fit it.
func (it *Item) Case(leaf int) Case {
	l := &it.Scenarios.Leaves[leaf]
	c := Case{Name: l.Name, When: l.When, Process: l.Process, Limit: it.PromisedLimit}
	if c.Process == nil {
		c.Process = it.Process
	}
	if l.PromisedLimit != nil {
		c.Limit = *l.PromisedLimit
	}
	for _, m := range it.Materials {
		if (len(l.Materials) == 0 || slices.Contains(l.Materials, m.ID)) && meet(l.When, m.OnlyIf) {
			c.Materials = append(c.Materials, m)
		}
	}
	return c
}

// meet reports whether some answers satisfy both conditions.
func meet(a, b map[string]Options) bool {
	for q, options := range b {
		if own, ok := a[q]; ok && !slices.ContainsFunc(own, func(o string) bool { return slices.Contains(options, o) }) {
			return false
		}
	}
	return true
}

// LeafFor is the number of the one leaf that the answers leave, -1 while they
// leave several or none. Answers to questions that do not exist are ignored.
func (s *Scenarios) LeafFor(answers map[string]string) int {
	one := -1
	given := map[string]Options{}
	for _, q := range s.Questions {
		if a := answers[q.ID]; slices.Contains(q.Options, a) {
			given[q.ID] = Options{a}
		}
	}
	for i := range s.Leaves {
		if meet(given, s.Leaves[i].When) {
			if one >= 0 {
				return -1
			}
			one = i
		}
	}
	return one
}

// Ask is the number of the first question whose answer still tells cases apart,
// given some answers; -1 if they leave one case, or none.
func (s *Scenarios) Ask(answers map[string]string) int {
	given := map[string]Options{}
	for _, q := range s.Questions {
		if a := answers[q.ID]; slices.Contains(q.Options, a) {
			given[q.ID] = Options{a}
		}
	}
	var left []*Leaf
	for i := range s.Leaves {
		if meet(given, s.Leaves[i].When) {
			left = append(left, &s.Leaves[i])
		}
	}
	if len(left) < 2 {
		return -1
	}
	for i, q := range s.Questions {
		if given[q.ID] != nil {
			continue
		}
		for _, o := range q.Options {
			if slices.ContainsFunc(left, func(l *Leaf) bool { w, ok := l.When[q.ID]; return ok && !slices.Contains(w, o) }) {
				return i
			}
		}
	}
	return -1
}

// Defect is what is wrong with the scenarios of an item.
type Defect struct {
	Path string // such as "scenarios.leaves[2].when"
	Text string
}

// Defects proves that every combination of answers has exactly one leaf and
// that no leaf is dead, or says where it is not so. Each leaf is a box in the
// space of answers: boxes that are apart in pairs and whose sizes add up to the
// whole space leave no gap, so no combination has to be listed. nil means that
// all is well; an item without scenarios has no defects.
func (it *Item) Defects() []Defect {
	s := it.Scenarios
	if s == nil || len(s.Questions) == 0 && len(s.Leaves) == 0 {
		return nil
	}
	var out []Defect
	add := func(path, format string, args ...any) { out = append(out, Defect{path, fmt.Sprintf(format, args...)}) }
	at := map[string]int{}
	for i, q := range s.Questions {
		path := fmt.Sprintf("scenarios.questions[%d]", i)
		if _, twice := at[q.ID]; blank(q.ID) || twice {
			add(path+".id", "问题编号“%s”为空或重复", q.ID)
		}
		at[q.ID] = i
		if blank(q.Text) {
			add(path+".text", "问题“%s”没有写明问什么", q.ID)
		}
		if len(q.Options) < 2 || len(unique(slices.Clone(q.Options))) < len(q.Options) {
			add(path+".options", "问题“%s”至少要有两个不同的选项", q.ID)
		}
	}
	if len(s.Leaves) == 0 {
		add("scenarios.leaves", "有问题而没有情形")
	}
	ids := map[string]bool{}
	for _, m := range it.Materials {
		ids[m.ID] = true
	}
	boxes := make([]box, len(s.Leaves))
	for i := range s.Leaves {
		l := &s.Leaves[i]
		path := fmt.Sprintf("scenarios.leaves[%d]", i)
		if blank(l.Name) || slices.ContainsFunc(s.Leaves[:i], func(o Leaf) bool { return o.Name == l.Name }) {
			add(path+".name", "第 %d 个情形没有名称，或者与前面的重名", i+1)
		}
		for _, id := range l.Materials {
			if !ids[id] {
				add(path+".materials", "情形“%s”所列材料“%s”不存在", l.Name, id)
			}
		}
		boxes[i] = wholeBox(s)
		for id, options := range l.When {
			q, ok := at[id]
			if !ok {
				add(path+".when", "情形“%s”的条件所指问题“%s”不存在", l.Name, id)
				continue
			}
			clear(boxes[i][q])
			for _, o := range options {
				if k := slices.Index(s.Questions[q].Options, o); k >= 0 {
					boxes[i][q][k] = true
				} else {
					add(path+".when", "问题“%s”没有选项“%s”", s.Questions[q].Text, o)
				}
			}
			if len(options) == 0 {
				add(path+".when", "情形“%s”对问题“%s”没有选项，不会有人符合", l.Name, s.Questions[q].Text)
			}
		}
	}
	if len(out) > 0 {
		return out // what follows would only repeat it
	}
	for i := range boxes {
		for j := range i {
			if common := boxes[i].and(boxes[j]); common != nil {
				add(fmt.Sprintf("scenarios.leaves[%d].when", i), "情形“%s”与“%s”重叠：%s同时符合两者", s.Leaves[i].Name, s.Leaves[j].Name, s.describe(common))
			}
		}
	}
	if len(out) > 0 {
		return out
	}
	if gap := uncovered(wholeBox(s), boxes); gap != nil {
		add("scenarios.leaves", "没有情形适用于：%s", s.describe(gap))
	}
	return out
}

// box is a set of options for each question.
type box [][]bool

func wholeBox(s *Scenarios) box {
	b := make(box, len(s.Questions))
	for q := range b {
		b[q] = make([]bool, len(s.Questions[q].Options))
		for k := range b[q] {
			b[q][k] = true
		}
	}
	return b
}

func (b box) size() *big.Int {
	n := big.NewInt(1)
	for _, set := range b {
		k := int64(0)
		for _, on := range set {
			if on {
				k++
			}
		}
		n.Mul(n, big.NewInt(k))
	}
	return n
}

// and is what two boxes have in common, nil if nothing.
func (b box) and(o box) box {
	out := make(box, len(b))
	for q := range b {
		out[q] = make([]bool, len(b[q]))
		any := false
		for k := range b[q] {
			out[q][k] = b[q][k] && o[q][k]
			any = any || out[q][k]
		}
		if !any {
			return nil
		}
	}
	return out
}

// uncovered finds a part of space that none of the boxes, apart in pairs,
// covers: answer by answer it goes where the sizes do not add up.
func uncovered(space box, boxes []box) box {
	covered := new(big.Int)
	var inside []box
	for _, b := range boxes {
		if c := b.and(space); c != nil {
			inside = append(inside, c)
			covered.Add(covered, c.size())
		}
	}
	if covered.Cmp(space.size()) == 0 {
		return nil
	}
	for q := range space {
		if len(inside) == 0 {
			break
		}
		for k := range space[q] {
			if !space[q][k] {
				continue
			}
			part := slices.Clone(space)
			part[q] = make([]bool, len(space[q]))
			part[q][k] = true
			if len(part[q]) > 1 && !slices.Equal(part[q], space[q]) {
				if gap := uncovered(part, inside); gap != nil {
					return gap
				}
			}
		}
	}
	return space
}

// describe names a box by its answers; questions with every option open are
// left out.
func (s *Scenarios) describe(b box) string {
	var parts []string
	for q := range b {
		var names []string
		for k, on := range b[q] {
			if on {
				names = append(names, s.Questions[q].Options[k])
			}
		}
		if len(names) < len(b[q]) {
			parts = append(parts, "“"+s.Questions[q].Text+"”答“"+strings.Join(names, "”或“")+"”")
		}
	}
	if parts == nil {
		return "任何回答"
	}
	return strings.Join(parts, "、")
}
