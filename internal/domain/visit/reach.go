package visit

import "math/bits"

// Reach says for every set of measures whether it brings a process to a target:
// bit m stands for set m. It is comparable, so that items that behave alike are
// counted once.
type Reach [(int(All) + 1) / 64]uint64

// Has reports whether the set reaches the target.
func (r *Reach) Has(m Set) bool { return r[m>>6]&(1<<(m&63)) != 0 }

// Never reports whether no set reaches the target.
func (r *Reach) Never() bool { return *r == Reach{} }

// and keeps what both reach.
func (r *Reach) and(o *Reach) {
	for i := range r {
		r[i] &= o[i]
	}
}

// each calls f for every set that reaches the target, in order.
func (r *Reach) each(f func(Set)) {
	for i, w := range r {
		for ; w != 0; w &= w - 1 {
			f(Set(i<<6 + bits.TrailingZeros64(w)))
		}
	}
}

// Minimal lists the sets that reach the target and have no proper subset that
// does, by size and then by number. Every subset is looked at, because measures
// are not monotone: moving a site can part what stood together.
func (r *Reach) Minimal() []Set {
	var sets []Set
	var below Reach // some subset of m, m itself included, reaches the target
	for m := range All + 1 {
		sub := false
		for rest := m; rest != 0 && !sub; rest &= rest - 1 {
			sub = below.Has(m &^ (rest & -rest))
		}
		if sub || r.Has(m) {
			below[m>>6] |= 1 << (m & 63)
		}
		if r.Has(m) && !sub {
			sets = append(sets, m)
		}
	}
	sortSets(sets)
	return sets
}

// concerns is the set of measures that can change anything about the process; it
// may name one too many, never one too few.
func (c *Compiled) concerns() Set {
	var m Set
	if c.formal {
		m |= M9
	}
	if c.merges {
		m |= M4
	}
	if c.moves {
		// A site that moves may come to stand in the hall that M4 looks for.
		m |= M11
	}
	last := int32(len(c.slot) - 1)
	for i := range c.points {
		p := &c.points[i]
		if p.duty == dutyOriginals && p.to != last {
			m |= M1 // also where the law binds: the window grows
		}
		if p.law || p.remote {
			continue
		}
		onSite := c.survey[p.to+1] > c.survey[p.from]
		switch p.duty {
		case dutySubmit:
			m |= M1
		case dutyCollect:
			m |= M2
		case dutyPay:
			m |= M3
		case dutyCarry:
			if p.office {
				m |= M4
			}
			if p.level {
				m |= M5
			}
		case dutyOriginals:
			if p.shared {
				m |= M6
			}
		case dutyIdentify, dutySign:
			m |= M7
			if p.duty == dutySign && onSite {
				m |= M8
			}
		case dutySample:
			if onSite {
				m |= M8
			}
		case dutySupplement:
			m |= M10
			if onSite {
				m |= M8
			}
		}
	}
	return m
}

// Reach counts the visits under every set of measures. Only the measures that
// concern the process are tried in all combinations, usually a few of the
// eleven; the others change nothing.
func (k *Counter) Reach(c *Compiled, target int) Reach {
	var r Reach
	own := c.concerns()
	for m := own; ; m = (m - 1) & own {
		if k.Count(c, m) <= target {
			r[m>>6] |= 1 << (m & 63)
		}
		if m == 0 {
			break
		}
	}
	// A measure that does not concern the process leaves the answer as it is:
	// the half with it is a copy of the half without.
	for i := range len(Measures) {
		bit := Set(1) << i
		if own&bit != 0 {
			continue
		}
		for m := range All + 1 {
			if m&bit == 0 && r.Has(m) {
				r[(m|bit)>>6] |= 1 << ((m | bit) & 63)
			}
		}
	}
	return r
}

// ReachAll is what all processes of an item reach together: its scenarios, of
// which the worst counts. An item without any reaches nothing.
func (k *Counter) ReachAll(cases []*Compiled, target int) Reach {
	var r Reach
	for i, c := range cases {
		one := k.Reach(c, target)
		if i == 0 {
			r = one
		}
		r.and(&one)
	}
	return r
}
