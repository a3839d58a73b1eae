package visit

import (
	"slices"

	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
)

// AssessItem computes the visits of an item: those of its worst scenario. A leaf
// without a process of its own has the item's.
func AssessItem(it *catalog.Item) (Assessment, error) { return AssessItemWith(it, 0) }

// AssessItemWith is AssessItem under a set of measures.
func AssessItemWith(it *catalog.Item, m Set) (Assessment, error) {
	cases, err := CompileItem(it)
	if err != nil {
		return Assessment{}, err
	}
	worst := cases[0].Assess(m)
	for _, c := range cases[1:] {
		if a := c.Assess(m); a.Visits > worst.Visits {
			worst = a
		}
	}
	return worst, nil
}

// CompileItem compiles the processes of an item: its own, or those of its
// scenarios, each once. There is at least one.
func CompileItem(it *catalog.Item) ([]*Compiled, error) {
	if it.Scenarios == nil || len(it.Scenarios.Leaves) == 0 {
		c, err := compileStated(it.Process)
		return []*Compiled{c}, err
	}
	var cases []*Compiled
	for _, l := range it.Scenarios.Leaves {
		p := l.Process
		if p == nil {
			p = it.Process
		}
		if slices.ContainsFunc(cases, func(c *Compiled) bool { return c.p == p }) {
			continue
		}
		c, err := compileStated(p)
		if err != nil {
			return nil, fault.Wrap(fault.Invalid, err, "情形“%s”的办理流程有误。", l.Name)
		}
		cases = append(cases, c)
	}
	return cases, nil
}

// ClassOf is the class of an item after P-3.2a: met already if the process in
// force takes at most one visit; met after reform if the unit has chosen
// measures and a date and with them it does; else not yet. An item whose visits
// cannot be computed is not yet met.
func ClassOf(it *catalog.Item) string {
	a, err := AssessItem(it)
	if err != nil {
		return catalog.ClassNotYet
	}
	return ClassWith(it, a)
}

// ClassWith is ClassOf for an item that has been assessed already.
func ClassWith(it *catalog.Item, a Assessment) string {
	if a.Visits <= 1 {
		return catalog.ClassMet
	}
	if len(it.Reform.Measures) == 0 || it.Reform.By == "" {
		return catalog.ClassNotYet
	}
	m, err := ParseSet(it.Reform.Measures)
	if err != nil {
		return catalog.ClassNotYet
	}
	if after, err := AssessItemWith(it, m); err != nil || after.Visits > 1 {
		return catalog.ClassNotYet
	}
	return catalog.ClassReform
}

// compileStated refuses a process whose touchpoints nobody has stated (nil, as
// lists without them are read): no touchpoint would make a false "零上门". An
// empty list states that there is none.
func compileStated(p *catalog.Process) (*Compiled, error) {
	if p != nil && p.Touchpoints == nil {
		return nil, fault.Invalidf("没有登记申请人须到场的环节，不能计算到场次数。").
			At("process.touchpoints", "请登记到场事由；确实不需要到场的，声明为空")
	}
	c, _, err := Compile(p)
	return c, err
}
