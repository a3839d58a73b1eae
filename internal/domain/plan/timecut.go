package plan

import (
	"cmp"
	"slices"
)

// Promise is the promised time of one item that the time planner may cut
// (P-3.3.3). Times are in half working days, because a limit given in other
// units counts with the middle of its conversion. Today is the promise when the
// plan began, the base of the cut; Promised the one in force; Shortest the least
// the item's steps take.
type Promise struct {
	ID, Name                  string
	Today, Promised, Shortest int
}

// floor is the shortest promise in whole working days: a part of a day rounds up.
func (p *Promise) floor() int { return (max(p.Shortest, 0) + 1) / 2 }

// gain is how many half days a cut to the floor saves.
func (p *Promise) gain() int { return max(p.Promised-2*p.floor(), 0) }

// Cut is one promise to shorten, to To working days.
type Cut struct {
	Promise
	To int
}

// TimePlan is the time planner's answer for one unit, in half working days.
type TimePlan struct {
	Today, Promised int
	// Need is how much must still be saved, 0 if the target is met.
	Need    int
	Saved   int
	Reached bool
	Cuts    []Cut
}

// CutTimes finds the fewest promises to shorten so that together they fall by
// percent against today's, none below what its steps take. The largest savings
// come first, which is exact: any set of as many items saves no more. The last
// cut goes no deeper than needed. If the target is out of reach, every cut that
// can be made is listed.
func CutTimes(promises []Promise, percent int) TimePlan {
	var p TimePlan
	for i := range promises {
		p.Today += promises[i].Today
		p.Promised += promises[i].Promised
	}
	p.Need = max((100*p.Promised-(100-percent)*p.Today+99)/100, 0)
	order := slices.Clone(promises)
	slices.SortStableFunc(order, func(a, b Promise) int { return cmp.Compare(b.gain(), a.gain()) })
	for _, one := range order {
		if p.Saved >= p.Need || one.gain() == 0 {
			break
		}
		p.Saved += one.gain()
		p.Cuts = append(p.Cuts, Cut{one, one.floor()})
	}
	if p.Reached = p.Saved >= p.Need; p.Reached && len(p.Cuts) > 0 {
		// Without the last cut the rest falls short, so it never shrinks to nothing.
		back := (p.Saved - p.Need) / 2
		p.Cuts[len(p.Cuts)-1].To += back
		p.Saved -= 2 * back
	}
	return p
}
