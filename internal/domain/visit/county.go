package visit

import (
	"cmp"
	"maps"
	"math/big"
	"slices"
	"strings"

	"onevisit/internal/domain/catalog"
)

// target is the number of visits that the county's plan asks for (P-1.0).
const target = 1

// County is what the county planner searches: for every unit, how many of its
// items take at most one visit under each of the 2,048 sets of measures. It is
// immutable; every search over it is exact.
//
// The counts are taken item by item and not summed up from minimal sets, because
// more measures do not always mean fewer visits.
type County struct {
	units []countyUnit
	kinds []Reach // the distinct ways in which items answer to measures
}

type countyUnit struct {
	name  string
	items []countyItem
	met   [All + 1]int32
}

type countyItem struct {
	id   string
	kind int32 // in kinds
	// cases is kept for items that no set of measures helps, to say why.
	cases []*Compiled
}

// CountyBuilder takes in items one after the other, so that a large county need
// not be held as items.
type CountyBuilder struct {
	county  County
	kinds   map[Reach]int32
	counter Counter
}

// NewCounty starts a county without units.
func NewCounty() *CountyBuilder { return &CountyBuilder{kinds: map[Reach]int32{}} }

// Unit begins the next unit; a unit without items has nothing to reach.
func (b *CountyBuilder) Unit(name string) {
	b.county.units = append(b.county.units, countyUnit{name: name})
}

// Item adds an item to the unit begun last. An item with scenarios has several
// processes and is met when the worst of them is; one without any, because its
// visits cannot be computed, counts as not met under every set.
func (b *CountyBuilder) Item(id string, cases ...*Compiled) {
	r := b.counter.ReachAll(cases, target)
	kind, ok := b.kinds[r]
	if !ok {
		kind = int32(len(b.county.kinds))
		b.kinds[r] = kind
		b.county.kinds = append(b.county.kinds, r)
	}
	it := countyItem{id: id, kind: kind}
	if r.Never() {
		for _, c := range cases { // only the scenarios that stand in the way
			if one := b.counter.Reach(c, target); one.Never() {
				it.cases = append(it.cases, c)
			}
		}
		if it.cases == nil {
			it.cases = cases // each can be helped, but not by one set
		}
	}
	u := &b.county.units[len(b.county.units)-1]
	u.items = append(u.items, it)
}

// Done counts and returns the county.
func (b *CountyBuilder) Done() *County {
	c := &b.county
	many := make([]int32, len(c.kinds))
	for i := range c.units {
		u := &c.units[i]
		for _, it := range u.items {
			many[it.kind]++
		}
		for _, it := range u.items {
			if n := many[it.kind]; n > 0 {
				many[it.kind] = 0
				c.kinds[it.kind].each(func(m Set) { u.met[m] += n })
			}
		}
	}
	return c
}

// Costs is what each measure costs, by the set that holds it alone; a measure
// without an entry costs 1. Costs are exact and not negative.
type Costs map[Set]*big.Rat

// Of is the cost of a set.
func (c Costs) Of(m Set) *big.Rat {
	sum := new(big.Rat)
	for _, x := range Measures {
		if m&x.Set != 0 {
			sum.Add(sum, c.one(x.Set))
		}
	}
	return sum
}

func (c Costs) one(m Set) *big.Rat {
	if r := c[m]; r != nil {
		return r
	}
	return big.NewRat(1, 1)
}

// prices are the costs of all sets in whole numbers of a common fraction: exact,
// and quick to compare.
type prices struct {
	scale *big.Rat // how many of the fraction make 1
	of    [All + 1]*big.Int
	// order lists all sets, the cheapest first; at one cost the smaller set
	// first, then the one with the lower numbers.
	order []Set
}

// prices adds up the costs; also is counted in the same fraction.
func (c Costs) prices(also ...*big.Rat) *prices {
	common := big.NewInt(1)
	for _, r := range slices.AppendSeq(also, maps.Values(c)) {
		g := new(big.Int).GCD(nil, nil, common, r.Denom())
		common.Mul(common, g.Quo(r.Denom(), g))
	}
	p := &prices{scale: new(big.Rat).SetInt(common), order: make([]Set, 0, All+1)}
	p.of[0] = new(big.Int)
	for m := range All + 1 {
		if low := m & -m; m == low && m != 0 {
			p.of[m] = p.whole(c.one(m))
		} else if m != 0 {
			p.of[m] = new(big.Int).Add(p.of[m&^low], p.of[low])
		}
		p.order = append(p.order, m)
	}
	slices.SortFunc(p.order, func(a, b Set) int {
		return cmp.Or(p.of[a].Cmp(p.of[b]), cmp.Compare(a.Len(), b.Len()), compareNumbers(a, b))
	})
	return p
}

// whole is an amount as a number of the common fraction.
func (p *prices) whole(r *big.Rat) *big.Int { return new(big.Rat).Mul(r, p.scale).Num() }

// CountyPlan is the county planner's answer.
type CountyPlan struct {
	// Reached says that every unit has what it needs. If a search ends without,
	// no set of measures would do.
	Reached bool
	// Measures are those of the county, or all that any unit uses.
	Measures Set
	Cost     *big.Rat // nil if there is no answer to pay for
	Units    []UnitPlan
}

// UnitPlan is one unit's part of the answer. Need, MetBefore, MetAfter and Total
// count items.
type UnitPlan struct {
	Name     string
	Measures Set
	Reached  bool
	Need     int
	// MetBefore are the items at most one visit today; MetAfter those with the
	// measures, or, if Reached is false, the most that any set could bring about.
	MetBefore, MetAfter, Total int
	// Unlocked are the IDs of items that the measures bring to at most one visit,
	// Lost of those that they take from it (a moved window can part what stood
	// together).
	Unlocked, Lost []string
}

// Need is how many of total items a share asks for: ⌈share × total⌉.
func Need(share *big.Rat, total int) int {
	n := new(big.Rat).Mul(share, new(big.Rat).SetInt64(int64(total)))
	q, rest := new(big.Int).QuoRem(n.Num(), n.Denom(), new(big.Int))
	if rest.Sign() > 0 {
		q.Add(q, big.NewInt(1))
	}
	return int(q.Int64())
}

// Cheapest finds the cheapest set of county-wide measures with which every unit
// has the share of its items at most one visit; ties go to fewer measures, then
// to lower numbers. The share lies between 0 and 1.
func (c *County) Cheapest(share *big.Rat, costs Costs) CountyPlan {
	order := costs.prices().order
	k := slices.IndexFunc(order, func(m Set) bool { return c.reached(m, share) })
	if k < 0 {
		return c.spellOut(share, func(int) (Set, bool) { return 0, false })
	}
	p := c.spellOut(share, func(int) (Set, bool) { return order[k], true })
	p.Cost = costs.Of(order[k])
	return p
}

func (c *County) reached(m Set, share *big.Rat) bool {
	for i := range c.units {
		if u := &c.units[i]; int(u.met[m]) < Need(share, len(u.items)) {
			return false
		}
	}
	return true
}

// CheapestPerUnit is Cheapest where every unit switches on measures for itself
// and pays for each. Units do not depend on each other, so the cheapest answer of
// each is the cheapest of all.
func (c *County) CheapestPerUnit(share *big.Rat, costs Costs) CountyPlan {
	order := costs.prices().order
	return c.spellOut(share, func(i int) (Set, bool) {
		u := &c.units[i]
		need := Need(share, len(u.items))
		k := slices.IndexFunc(order, func(m Set) bool { return int(u.met[m]) >= need })
		if k < 0 {
			return 0, false
		}
		return order[k], true
	}).withCost(costs)
}

// With is what given measures would bring about, unit by unit; a unit that sets
// does not name takes none.
func (c *County) With(share *big.Rat, sets map[string]Set) CountyPlan {
	return c.spellOut(share, func(i int) (Set, bool) { return sets[c.units[i].name], true })
}

// withCost adds up what every unit pays for itself.
func (p CountyPlan) withCost(costs Costs) CountyPlan {
	p.Cost = new(big.Rat)
	for i := range p.Units {
		p.Cost.Add(p.Cost, costs.Of(p.Units[i].Measures))
	}
	return p
}

// spellOut says what a choice of measures does to every unit; false chooses
// none, because none would do.
func (c *County) spellOut(share *big.Rat, choose func(unit int) (Set, bool)) CountyPlan {
	p := CountyPlan{Reached: true, Units: make([]UnitPlan, len(c.units))}
	for i := range c.units {
		u, a := &c.units[i], &p.Units[i]
		a.Name, a.Total, a.Need, a.MetBefore = u.name, len(u.items), Need(share, len(u.items)), int(u.met[0])
		m, ok := choose(i)
		if !ok {
			a.MetAfter = int(slices.Max(u.met[:]))
			p.Reached = false
			continue
		}
		a.Measures, a.MetAfter = m, int(u.met[m])
		a.Reached = a.MetAfter >= a.Need
		p.Reached = p.Reached && a.Reached
		p.Measures |= m
		for _, it := range u.items {
			switch r := &c.kinds[it.kind]; {
			case r.Has(m) && !r.Has(0):
				a.Unlocked = append(a.Unlocked, it.id)
			case r.Has(0) && !r.Has(m):
				a.Lost = append(a.Lost, it.id)
			}
		}
	}
	return p
}

// Blocked is an item that no set of measures brings to at most one visit.
type Blocked struct {
	Unit, ID string
	// Touchpoints are those that no measure makes unnecessary, Law the
	// citations that bind them, each once. Both are empty if the visits cannot
	// be computed.
	Touchpoints []*catalog.Touchpoint
	Law         []string
}

// Stays says why a touchpoint remains under all measures: the law that binds it,
// or that nothing replaces it.
func Stays(t *catalog.Touchpoint) string {
	if law := strings.TrimSpace(t.Law); law != "" {
		return "依法须本人到场（" + law + "）"
	}
	return "没有可以替代到场的措施"
}

// Blocked lists the items that no set of measures brings to at most one visit,
// with the touchpoints that remain under all measures.
func (c *County) Blocked() []Blocked {
	var out []Blocked
	for i := range c.units {
		for _, it := range c.units[i].items {
			if !c.kinds[it.kind].Never() {
				continue
			}
			b := Blocked{Unit: c.units[i].name, ID: it.id}
			for _, p := range it.cases {
				for _, t := range p.Remaining() {
					b.Touchpoints = append(b.Touchpoints, t)
					if law := strings.TrimSpace(t.Law); law != "" && !slices.Contains(b.Law, law) {
						b.Law = append(b.Law, law)
					}
				}
			}
			out = append(out, b)
		}
	}
	return out
}
