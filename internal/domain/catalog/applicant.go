package catalog

import (
	"cmp"
	"slices"
	"strings"
)

// concern says how much a change of an element matters to somebody who holds an
// older guide in the hand, 1 most. A path is looked up with all that leads to it:
// "materials[m1].copies" as materials.copies, then as materials. What is not here
// (codes, bases, powers, the reform's own statements) does not change what an
// applicant has to do.
var concern = map[string]int{
	"visits":          1,
	"materials":       2, // one more or one less
	"no_materials":    2,
	"fee.charged":     2,
	"fee.items":       3,
	"places":          3,
	"promised_limit":  3,
	"conditions":      3,
	"name":            3,
	"audience":        4,
	"online":          4,
	"scenarios":       4,
	"enquiry":         5,
	"channels":        5,
	"express":         5,
	"appointment":     6,
	"online_payment":  6,
	"quota":           6,
	"result":          6,
	"complaint":       7,
	"scope":           7,
	"in_hall":         7,
	"case_type":       8,
	"visits_reason":   8,
	"legal_limit":     8,
	"intermediary":    8,
	"office":          9,
	"faq":             9,
	"process":         9,
	"process.sites":   4,
	"process.steps":   9,
	"online.system":   9,
	"online.depth":    7,
	"result.sample":   8,
	"materials.id":    0,
	"materials.name":  2,
	"materials.need":  3,
	"materials.role":  4,
	"materials.basis": 9,

	"materials.standard":    0,
	"materials.system":      0,
	"materials.kind":        7,
	"materials.originals":   3,
	"materials.copies":      3,
	"materials.form":        6,
	"materials.sample":      7,
	"materials.issuer":      7,
	"materials.issuer_unit": 6,
	"materials.notes":       5,
	"materials.defer":       5,
	"materials.promise":     4,
	"materials.verify":      4,

	"process.touchpoints":        4,
	"process.touchpoints.id":     0,
	"process.touchpoints.from":   0,
	"process.touchpoints.to":     0,
	"process.touchpoints.law":    0,
	"process.touchpoints.shared": 0,
	"process.sites.id":           0,
	"process.sites.unit":         0,
	"process.sites.movable":      0,
}

// concernOf looks a change's path up; 0 is of no concern.
func concernOf(path string) int {
	var b strings.Builder
	depth := 0
	for _, r := range path { // the keys of rows are left out
		switch {
		case r == '[':
			depth++
		case r == ']':
			depth--
		case depth == 0:
			b.WriteRune(r)
		}
	}
	for p := b.String(); p != ""; {
		if n, ok := concern[p]; ok {
			return n
		}
		i := strings.LastIndexByte(p, '.')
		if i < 0 {
			return 0
		}
		p = p[:i]
	}
	return 0
}

// ForApplicant picks the changes that matter to applicants, the most important
// first; of equal weight, a new burden comes before a relief, and both before
// what is only different.
func ForApplicant(changes []Change) []Change {
	var out []Change
	for _, c := range changes {
		if concernOf(c.Path) > 0 {
			out = append(out, c)
		}
	}
	rank := map[Effect]int{Worse: 0, Better: 1, Neutral: 2}
	slices.SortStableFunc(out, func(a, b Change) int {
		return cmp.Or(cmp.Compare(concernOf(a.Path), concernOf(b.Path)), cmp.Compare(rank[a.Effect], rank[b.Effect]))
	})
	return out
}
