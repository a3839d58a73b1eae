package exchange

import (
	"maps"
	"slices"
	"strings"

	"onevisit/internal/domain/catalog"
)

// said keeps which targets a record has given a value, a bit each.
type said struct {
	bits [4]uint64
	rows [2]bool // of the sheets beside: materials, process
	all  bool    // the record is the whole item
}

// groups are targets whose parts are read together.
var groups = []string{"legal_limit", "current_limit", "promised_limit", "places", "process"}

func (s *said) add(path string) {
	if n, ok := targetNumber[path]; ok {
		s.bits[n/64] |= 1 << (n % 64)
	}
}

// targetNumber numbers the targets; parts of a group have the number of the group.
var targetNumber = map[string]int{}

func numberTargets() {
	n := 0
	for _, t := range slices.Sorted(maps.Keys(targets)) {
		key := t
		for _, g := range groups {
			if strings.HasPrefix(t, g+".") {
				key = g
			}
		}
		if _, ok := targetNumber[key]; !ok {
			targetNumber[key] = n
			n++
		}
		targetNumber[t] = targetNumber[key]
	}
	if n > 64*len(said{}.bits) {
		panic("exchange: too many targets for the set of bits") // a constant; any test finds it
	}
}

// says notes that the record has given a target a value, unless it could not be
// read: what was there before stays then.
func (d *draft) says(path string, before int) {
	for _, p := range d.problems[min(before, len(d.problems)):] {
		if p.Severity == SeverityError {
			return
		}
	}
	d.said.add(path)
}

func (s *said) says(key string) bool {
	switch key {
	case "materials[]":
		return s.rows[0]
	case "process[]":
		return s.rows[1]
	}
	key, rows := strings.CutSuffix(key, "[]")
	n, ok := targetNumber[key]
	if rows && (key == "materials" || key == "process" || strings.HasPrefix(key, "process.")) {
		return false // only the sheets beside give their rows
	}
	return ok && s.bits[n/64]&(1<<(n%64)) != 0
}

// Says tells what the record says of its item; nil means all of it.
func (r *Record) Says() catalog.Says {
	if r.said.all {
		return nil
	}
	s := r.said
	return s.says
}
