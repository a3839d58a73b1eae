package catalog_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"onevisit/internal/domain/catalog"
)

func questions(n, options int) []catalog.Question {
	var out []catalog.Question
	for i := range n {
		q := catalog.Question{ID: fmt.Sprintf("q%d", i), Text: fmt.Sprintf("问%d", i)}
		for k := range options {
			q.Options = append(q.Options, fmt.Sprintf("o%d", k))
		}
		out = append(out, q)
	}
	return out
}

// fits counts the leaves that a full set of answers leads to.
func fits(s *catalog.Scenarios, answers map[string]string) int {
	n := 0
	for _, l := range s.Leaves {
		ok := true
		for q, options := range l.When {
			in := false
			for _, o := range options {
				in = in || o == answers[q]
			}
			ok = ok && in
		}
		if ok {
			n++
		}
	}
	return n
}

// TestScenariosAgainstEnumeration lists every combination of small scenarios and
// compares: no defect exactly if each has one leaf.
func TestScenariosAgainstEnumeration(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	sound := 0
	for range 4000 {
		s := &catalog.Scenarios{Questions: questions(1+r.IntN(3), 2+r.IntN(2))}
		if r.IntN(2) == 0 { // a sound tree, sometimes with a leaf lost
			split(r, s, map[string]catalog.Options{}, 0)
			if r.IntN(3) == 0 && len(s.Leaves) > 1 {
				s.Leaves = s.Leaves[1:]
			}
		} else {
			for i := range 1 + r.IntN(5) {
				l := catalog.Leaf{Name: fmt.Sprint(i), When: map[string]catalog.Options{}}
				for _, q := range s.Questions {
					var o catalog.Options
					for _, v := range q.Options {
						if r.IntN(2) == 0 {
							o = append(o, v)
						}
					}
					if len(o) > 0 && r.IntN(3) > 0 {
						l.When[q.ID] = o
					}
				}
				s.Leaves = append(s.Leaves, l)
			}
		}
		exact := true
		answers := map[string]string{}
		var walk func(q int)
		walk = func(q int) {
			if q == len(s.Questions) {
				n := fits(s, answers)
				exact = exact && n == 1
				if leaf := s.LeafFor(answers); (leaf >= 0) != (n == 1) {
					t.Fatalf("LeafFor(%v) = %d, %d leaves fit", answers, leaf, n)
				}
				return
			}
			for _, o := range s.Questions[q].Options {
				answers[s.Questions[q].ID] = o
				walk(q + 1)
			}
		}
		walk(0)
		defects := (&catalog.Item{Scenarios: s}).Defects()
		if exact != (len(defects) == 0) {
			t.Fatalf("exact %v, defects %v\n%+v", exact, defects, s)
		}
		if exact {
			sound++
		}
	}
	if sound < 500 {
		t.Errorf("only %d sound scenarios were tried", sound)
	}
}

// split makes the leaves of a random decision tree.
func split(r *rand.Rand, s *catalog.Scenarios, when map[string]catalog.Options, q int) {
	if q == len(s.Questions) || r.IntN(4) == 0 {
		l := catalog.Leaf{Name: fmt.Sprint(len(s.Leaves)), When: map[string]catalog.Options{}}
		for k, v := range when {
			l.When[k] = v
		}
		s.Leaves = append(s.Leaves, l)
		return
	}
	opts := s.Questions[q].Options
	cut := 1 + r.IntN(len(opts)-1)
	for _, part := range []catalog.Options{opts[:cut], opts[cut:]} {
		when[s.Questions[q].ID] = part
		split(r, s, when, q+1)
		delete(when, s.Questions[q].ID)
	}
}

// Twenty questions with five options make 95 million million combinations; one
// that is missing is found without listing them.
func TestScenariosOfManyQuestions(t *testing.T) {
	s := &catalog.Scenarios{Questions: questions(20, 5)}
	when := map[string]catalog.Options{}
	for i, q := range s.Questions { // at each question four options leave the path
		l := catalog.Leaf{Name: fmt.Sprint(i), When: map[string]catalog.Options{q.ID: q.Options[1:]}}
		for k, v := range when {
			l.When[k] = v
		}
		s.Leaves = append(s.Leaves, l)
		when[q.ID] = q.Options[:1]
	}
	it := &catalog.Item{Scenarios: s}
	d := it.Defects()
	if len(d) != 1 || strings.Count(d[0].Text, "答“o0”") != 20 {
		t.Fatalf("the one gap was not found: %v", d)
	}
	s.Leaves = append(s.Leaves, catalog.Leaf{Name: "其余", When: when})
	if d := it.Defects(); len(d) > 0 {
		t.Fatalf("false alarm: %v", d)
	}
	s.Leaves[3].When = map[string]catalog.Options{"q3": {"o1"}}
	if d := it.Defects(); len(d) == 0 || !strings.Contains(d[0].Text, "重叠") {
		t.Errorf("the overlap was not found: %v", d)
	}
}

func TestScenarioDefectsNameThePlace(t *testing.T) {
	base := func() *catalog.Item {
		return &catalog.Item{Materials: []catalog.Material{{ID: "m1", Name: "申请表"}, {ID: "m2", Name: "检测报告", OnlyIf: map[string]catalog.Options{"q0": {"o0"}}}},
			Scenarios: &catalog.Scenarios{Questions: questions(1, 2), Leaves: []catalog.Leaf{
				{Name: "甲", When: map[string]catalog.Options{"q0": {"o0"}}}, {Name: "乙", When: map[string]catalog.Options{"q0": {"o1"}}, Materials: []string{"m1"}}}}}
	}
	for _, c := range []struct {
		change     func(*catalog.Item)
		path, says string
	}{
		{func(it *catalog.Item) { it.Scenarios.Questions[0].ID = "" }, "scenarios.questions[0].id", "为空或重复"},
		{func(it *catalog.Item) { it.Scenarios.Questions[0].Text = " " }, "scenarios.questions[0].text", "没有写明"},
		{func(it *catalog.Item) { it.Scenarios.Questions[0].Options = catalog.Options{"o0"} }, "scenarios.questions[0].options", "至少"},
		{func(it *catalog.Item) { it.Scenarios.Leaves = nil }, "scenarios.leaves", "没有情形"},
		{func(it *catalog.Item) { it.Scenarios.Leaves[1].Name = "甲" }, "scenarios.leaves[1].name", "重名"},
		{func(it *catalog.Item) { it.Scenarios.Leaves[1].Materials = []string{"m9"} }, "scenarios.leaves[1].materials", "m9"},
		{func(it *catalog.Item) { it.Scenarios.Leaves[1].When["q7"] = catalog.Options{"是"} }, "scenarios.leaves[1].when", "q7"},
		{func(it *catalog.Item) { it.Scenarios.Leaves[1].When["q0"] = catalog.Options{"不一定"} }, "scenarios.leaves[1].when", "不一定"},
		{func(it *catalog.Item) { it.Scenarios.Leaves[1].When["q0"] = catalog.Options{} }, "scenarios.leaves[1].when", "不会有人符合"},
		{func(it *catalog.Item) { it.Scenarios.Leaves[1].When = nil }, "scenarios.leaves[1].when", "重叠"},
		{func(it *catalog.Item) { it.Scenarios.Leaves = it.Scenarios.Leaves[:1] }, "scenarios.leaves", "“问0”答“o1”"},
	} {
		it := base()
		c.change(it)
		d := it.Defects()
		ok := false
		for _, x := range d {
			ok = ok || x.Path == c.path && strings.Contains(x.Text, c.says)
		}
		if !ok {
			t.Errorf("want %s: %s, got %v", c.path, c.says, d)
		}
	}
	it := base()
	if d := it.Defects(); d != nil {
		t.Errorf("false alarm: %v", d)
	}
	if a, b := it.Case(0), it.Case(1); len(a.Materials) != 2 || len(b.Materials) != 1 || b.Materials[0].ID != "m1" {
		t.Errorf("materials of the cases: %v, %v", a.Materials, b.Materials)
	}
	if it.Scenarios.LeafFor(nil) != -1 || it.Scenarios.LeafFor(map[string]string{"q0": "o1", "zz": "x"}) != 1 {
		t.Error("the leaf for the answers is wrong")
	}
}

// Whoever answers what is asked ends at the one case of these answers, and is
// asked nothing that makes no difference.
func TestAskLeadsToOneCase(t *testing.T) {
	s := &catalog.Scenarios{
		Questions: []catalog.Question{{ID: "a", Text: "甲？", Options: []string{"是", "否"}}, {ID: "b", Text: "乙？", Options: []string{"一", "二", "三"}}, {ID: "c", Text: "丙？", Options: []string{"有", "无"}}},
		Leaves: []catalog.Leaf{
			{Name: "否", When: map[string]catalog.Options{"a": {"否"}}},
			{Name: "是一", When: map[string]catalog.Options{"a": {"是"}, "b": {"一"}}},
			{Name: "是二三有", When: map[string]catalog.Options{"a": {"是"}, "b": {"二", "三"}, "c": {"有"}}},
			{Name: "是二三无", When: map[string]catalog.Options{"a": {"是"}, "b": {"二", "三"}, "c": {"无"}}},
		}}
	if d := (&catalog.Item{Scenarios: s}).Defects(); len(d) > 0 {
		t.Fatal(d)
	}
	asked := map[string]int{}
	var walk func(answers map[string]string, n int)
	walk = func(answers map[string]string, n int) {
		q := s.Ask(answers)
		if q < 0 {
			if leaf := s.LeafFor(answers); leaf < 0 {
				t.Errorf("%v end at no case", answers)
			} else {
				asked[s.Leaves[leaf].Name] = n
			}
			return
		}
		for _, o := range s.Questions[q].Options {
			next := map[string]string{s.Questions[q].ID: o}
			for k, v := range answers {
				next[k] = v
			}
			walk(next, n+1)
		}
	}
	walk(map[string]string{}, 0)
	for name, want := range map[string]int{"否": 1, "是一": 2, "是二三有": 3, "是二三无": 3} {
		if asked[name] != want {
			t.Errorf("%s after %d questions, want %d", name, asked[name], want)
		}
	}
	if got := s.Ask(map[string]string{"b": "一", "a": "乱写"}); got != 0 {
		t.Errorf("asks question %d", got)
	}
	if got := s.Ask(map[string]string{"c": "无"}); got != 0 {
		t.Errorf("asks question %d", got)
	}
}
