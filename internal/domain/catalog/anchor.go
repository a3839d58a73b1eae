package catalog

import (
	"strconv"
	"strings"
)

// rowNames are the cells by which people tell the rows of a table apart, for
// the tables whose rows have no id or one that says nothing.
var rowNames = map[string]string{"materials": "name", "process.sites": "name", "process.steps": "name", "fee.items": "name", "places": "name", "faq": "q",
	"scenarios.questions": "text", "scenarios.leaves": "name"}

// Anchor writes a path so that it outlasts an edit: a row by what it is called
// instead of by its number, materials[2].basis as materials[营业执照].basis. Of
// rows of one name the second is 营业执照#2. A path that names no row, or one
// that is not there, is its own anchor.
func Anchor(it *Item, path string) string {
	key, rest, ok := strings.Cut(path, "[")
	num, cell, ok2 := strings.Cut(rest, "]")
	row, err := strconv.Atoi(num)
	t := TableByKey(key)
	if !ok || !ok2 || err != nil || t == nil || row < 0 || row >= t.Len(it) {
		return path
	}
	name := t.rowName(it, row)
	if name == "" {
		return path
	}
	same := 1
	for i := range row {
		if t.rowName(it, i) == name {
			same++
		}
	}
	if same > 1 {
		name += "#" + strconv.Itoa(same)
	}
	return key + "[" + name + "]" + cell
}

func (t *Table) rowName(it *Item, row int) string {
	if c := t.Cell(rowNames[t.Key]); c != nil {
		if name := strings.TrimSpace(c.Get(it, row)); name != "" {
			return name
		}
	}
	return t.ID(it, row)
}

// AtAnchor finds the path that an anchor stands for today; ok is false if the
// row is no longer there.
func AtAnchor(it *Item, anchor string) (path string, ok bool) {
	key, _, isRow := strings.Cut(anchor, "[")
	t := TableByKey(key)
	if !isRow || t == nil {
		return anchor, true
	}
	for i := range t.Len(it) {
		row := key + "[" + strconv.Itoa(i) + "]"
		if cell, ok := strings.CutPrefix(anchor, Anchor(it, row)); ok && (cell == "" || cell[0] == '.') {
			return row + cell, true
		}
	}
	return "", false
}
