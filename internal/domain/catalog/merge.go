package catalog

import (
	"fmt"
	"maps"
	"slices"
)

// Clash is a value that two people changed in different ways.
type Clash struct {
	// Path is the field's key, "materials[m1].name" for a cell of a row with
	// the id m1, "materials[m1]" for a whole row, or a table's key.
	Path, Label string
	Element     int
	Base        string
	Mine        string // empty for a row: I removed it
	Theirs      string
}

// Merge joins two changes of one base. What only one side changed is taken from
// that side; what both changed in different ways is a Clash and stays as theirs
// unless mine[path] is true. Rows with an id are joined cell by cell, other
// tables as a whole. None of the three is changed.
func Merge(base, mine, theirs *Item, prefer map[string]bool) (*Item, []Clash) {
	m := merger{base: base, mine: mine, theirs: theirs, out: theirs.Clone(), prefer: prefer}
	for _, f := range slices.Concat(Fields(), ProcessFields()) {
		if f.Kind == KindSummary || f.Kind == KindRows { // tables
			continue
		}
		m.value(f.Key, f.Label, f.Element, f.Get(base), f.Get(mine), f.Get(theirs), func(text string) { _ = f.Set(m.out, text) })
	}
	for _, t := range Tables() {
		if t.HasID() {
			m.rows(t)
		} else {
			m.whole(t)
		}
	}
	if extra := maps.Clone(mine.Extra); extra != nil {
		maps.Copy(extra, theirs.Extra)
		m.out.Extra = extra
	}
	return m.out, m.clashes
}

type merger struct {
	base, mine, theirs, out *Item
	prefer                  map[string]bool
	clashes                 []Clash
}

// value takes mine if only I changed it, or if it is preferred in a clash.
func (m *merger) value(path, label string, element int, base, mine, theirs string, set func(string)) {
	if mine == base || mine == theirs {
		return
	}
	if theirs != base {
		m.clashes = append(m.clashes, Clash{path, label, element, base, mine, theirs})
		if !m.prefer[path] {
			return
		}
	}
	set(mine)
}

// whole joins a table whose rows cannot be told apart.
func (m *merger) whole(t *Table) {
	if t.same(m.mine, m.base) || t.same(m.mine, m.theirs) {
		return
	}
	if !t.same(m.theirs, m.base) {
		m.clashes = append(m.clashes, Clash{t.Key, t.Label, t.Element, t.Text(m.base), t.Text(m.mine), t.Text(m.theirs)})
		if !m.prefer[t.Key] {
			return
		}
	}
	t.Copy(m.out, m.mine)
}

// rows joins a table by the ids of its rows.
func (m *merger) rows(t *Table) {
	index := func(it *Item) map[string]int {
		at := map[string]int{}
		for i := range t.Len(it) {
			at[t.ID(it, i)] = i
		}
		return at
	}
	base, mine, theirs := index(m.base), index(m.mine), index(m.theirs)
	if len(base) != t.Len(m.base) || len(mine) != t.Len(m.mine) || len(theirs) != t.Len(m.theirs) {
		m.whole(t) // an id that stands twice tells nothing
		return
	}
	text := func(it *Item, at map[string]int, id string) string {
		if i, ok := at[id]; ok {
			return t.RowText(it, i)
		}
		return ""
	}
	path := func(id string) string { return fmt.Sprintf("%s[%s]", t.Key, id) }
	label := func(id string) string { return fmt.Sprintf("%s“%s”", t.Row, id) }
	for i := range t.Len(m.mine) {
		id := t.ID(m.mine, i)
		b, inBase := base[id]
		o, inTheirs := theirs[id]
		switch {
		case inTheirs: // both have it: cell by cell
			for _, c := range t.Cells[1:] {
				was := ""
				if inBase {
					was = c.Get(m.base, b)
				}
				m.value(path(id)+"."+c.Key, label(id)+"的"+c.Label, t.Element, was, c.Get(m.mine, i), c.Get(m.theirs, o), func(text string) {
					for k := range t.Len(m.out) {
						if t.ID(m.out, k) == id {
							_ = c.Set(m.out, k, text)
						}
					}
				})
			}
		case !inBase: // I added it
			t.Take(m.out, m.mine, i)
		case text(m.mine, mine, id) != text(m.base, base, id): // they removed what I changed
			m.clashes = append(m.clashes, Clash{path(id), label(id), t.Element, text(m.base, base, id), text(m.mine, mine, id), ""})
			if m.prefer[path(id)] {
				t.Take(m.out, m.mine, i)
			}
		}
	}
	for i := range t.Len(m.base) {
		id := t.ID(m.base, i)
		_, stillMine := mine[id]
		_, stillTheirs := theirs[id]
		if stillMine || !stillTheirs {
			continue
		}
		drop := true // I removed it
		if text(m.theirs, theirs, id) != text(m.base, base, id) {
			m.clashes = append(m.clashes, Clash{path(id), label(id), t.Element, text(m.base, base, id), "", text(m.theirs, theirs, id)})
			drop = m.prefer[path(id)]
		}
		for k := t.Len(m.out) - 1; drop && k >= 0; k-- {
			if t.ID(m.out, k) == id {
				t.Remove(m.out, k)
			}
		}
	}
}
