package lint

import (
	"math"
	"strconv"

	"onevisit/internal/domain/catalog"
)

// T02: the days of the steps add up to the promised days (P-3.3.3). Steps side
// by side count their longest.
func init() {
	Register(&Rule{Code: "T02", Title: "各环节时限合计与承诺时限不符", Clause: "P-3.3.3", Severity: Error, Scope: ScopeItem, Check: checkT02,
		Why: "各环节时限之和（并行的按最长的算）应当等于承诺时限，否则流程或者承诺有一处不实。"})
}

func checkT02(s *Subject, r *Report) {
	it := s.Item
	sumLimit(r, "promised_limit", "", it.Process, it.PromisedLimit)
	if sc := it.Scenarios; sc != nil {
		for i := range sc.Leaves {
			l := &sc.Leaves[i]
			if l.Process == nil && l.PromisedLimit == nil {
				continue
			}
			p, limit := l.Process, it.PromisedLimit
			if p == nil {
				p = it.Process
			}
			if l.PromisedLimit != nil {
				limit = *l.PromisedLimit
			}
			sumLimit(r, at("scenarios.leaves", i, "promised_limit"), "情形“"+l.Name+"”", p, limit)
		}
	}
}

// StepDays adds up the working days of the steps; a group of steps side by side
// counts its longest.
func StepDays(p *catalog.Process) float64 {
	if p == nil {
		return 0
	}
	sum, longest := 0.0, 0.0
	for i := range p.Steps {
		st := &p.Steps[i]
		if st.With == "" {
			sum += longest
			longest = 0
		}
		longest = math.Max(longest, st.Days)
	}
	return sum + longest
}

func sumLimit(r *Report, field, whose string, p *catalog.Process, l catalog.Limit) {
	if p == nil || len(p.Steps) == 0 || !l.Given() {
		return
	}
	w, ok := r.ctx.Workdays(l)
	if !ok {
		return // T01 and E02 speak of limits that cannot be converted
	}
	sum := StepDays(p)
	// Promises are whole days, so parts of a day round up: 6.5 days of steps
	// fill a promise of 7, and half a day is still on the spot.
	const eps = 1e-9
	least := float64(w.Min)
	if l.Unit == catalog.UnitHour {
		least = float64(l.N) / 24
	}
	if sum > least-1+eps && sum < float64(w.Max)+eps || l.N == 0 && sum < 1 {
		return
	}
	f := r.Add(field, catalog.FormatLimit(l), "%s各环节时限合计%s个工作日，承诺办结时限是%s。", whose, number(sum), catalog.FormatLimit(l)).
		Do("调整各环节时限，或者把承诺办结时限改为%s；并行的环节按最长的计算。", wholeDays(sum))
	if whose == "" && sum < least {
		// The promise can be shortened to what the steps take, never lengthened.
		f.RepairBy("promised_limit", wholeDays(sum))
	}
}

func number(d float64) string { return strconv.FormatFloat(d, 'g', -1, 64) }

func wholeDays(d float64) string {
	return catalog.FormatLimit(catalog.Limit{N: int(math.Ceil(d)), Unit: catalog.UnitWorkday})
}
