package catalog

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"

	"onevisit/internal/domain/fault"
)

// Table is a part of an item that has rows of its own: materials, sites, steps,
// touchpoints and so on. Rows and cells are reached by number and key, so that
// forms, repairs and merges need no code for each table.
type Table struct {
	// Key is the path in the item's JSON, such as "materials".
	Key, Label string
	// Row is what one row is called.
	Row     string
	Element int
	Cells   []*Cell
	// Prefix begins the ids of rows that others refer to (m1, m2 …); empty for
	// tables whose rows have none.
	Prefix string

	Len func(*Item) int
	// Arrange makes the rows anew: row k is what was row order[k], or an empty
	// one if there was none.
	Arrange func(it *Item, order []int)
	// Copy replaces the whole table in dst by src's.
	Copy func(dst, src *Item)
	// Take puts one row of src into dst: in the place of dst's row with the
	// same id, else at the end.
	Take func(dst, src *Item, row int)
	same func(a, b *Item) bool
}

// Cell is a column of a Table.
type Cell struct {
	Key, Label, Dictionary string
	Kind                   Kind
	Get                    func(it *Item, row int) string
	// Set reads the text into the cell. A text that cannot be read leaves the
	// row as it was and is an Invalid fault.
	Set func(it *Item, row int, text string) error
}

// Multi reports whether the cell holds several values.
func (c *Cell) Multi() bool { return c.Kind == KindList || c.Kind == KindLines }

// Tables lists the tables of an item in the order of the form. The slice must
// not be changed.
func Tables() []*Table { return itemTables() }

// TableByKey finds a table by its path, or returns nil.
func TableByKey(key string) *Table {
	for _, t := range itemTables() {
		if t.Key == key {
			return t
		}
	}
	return nil
}

// Cell finds a column by its key, or returns nil.
func (t *Table) Cell(key string) *Cell {
	for _, c := range t.Cells {
		if c.Key == key {
			return c
		}
	}
	return nil
}

// HasID says whether rows have an id that others refer to.
func (t *Table) HasID() bool { return t.Prefix != "" }

// NextID is the first id that is free.
func (t *Table) NextID(taken func(id string) bool) string {
	for n := 1; ; n++ {
		if id := t.Prefix + strconv.Itoa(n); !taken(id) {
			return id
		}
	}
}

// Remove drops a row.
func (t *Table) Remove(it *Item, row int) {
	var order []int
	for i := range t.Len(it) {
		if i != row {
			order = append(order, i)
		}
	}
	t.Arrange(it, order)
}

// ID is the id of a row, empty for tables without.
func (t *Table) ID(it *Item, row int) string {
	if !t.HasID() {
		return ""
	}
	return t.Cells[0].Get(it, row)
}

// Text writes the table for a reader, one row a line.
func (t *Table) Text(it *Item) string {
	var b strings.Builder
	for i := range t.Len(it) {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(t.RowText(it, i))
	}
	return b.String()
}

// RowText writes one row for a reader: what is filled, joined by ｜.
func (t *Table) RowText(it *Item, row int) string {
	var parts []string
	for _, c := range t.Cells {
		if v := c.Get(it, row); v != "" && v != "否" && v != "0" {
			parts = append(parts, oneLine(v))
		}
	}
	return strings.Join(parts, "｜")
}

// SetByPath sets the value at a path as findings and differences write it:
// a field's key, or "materials[2].name" with the row's number from 0.
func SetByPath(it *Item, path, text string) error {
	if f := FieldByKey(path); f != nil {
		return f.Set(it, text)
	}
	key, rest, ok := strings.Cut(path, "[")
	num, cell, ok2 := strings.Cut(rest, "].")
	row, err := strconv.Atoi(num)
	if t := TableByKey(key); ok && ok2 && err == nil && t != nil && row >= 0 && row < t.Len(it) {
		if c := t.Cell(cell); c != nil {
			return c.Set(it, row, text)
		}
	}
	return fault.Invalidf("找不到“%s”，事项可能已被修改，请重新检查。", path)
}

// RemoveByPath drops the row at a path such as "materials[2]".
func RemoveByPath(it *Item, path string) error {
	key, rest, ok := strings.Cut(path, "[")
	num, ok2 := strings.CutSuffix(rest, "]")
	row, err := strconv.Atoi(num)
	if t := TableByKey(key); ok && ok2 && err == nil && t != nil && row >= 0 && row < t.Len(it) {
		t.Remove(it, row)
		return nil
	}
	return fault.Invalidf("找不到“%s”，事项可能已被修改，请重新检查。", path)
}

var itemTables = sync.OnceValue(func() []*Table {
	return []*Table{
		tableOf("materials", "申请材料", "材料", 19, "m", materialCols(), func(it *Item, _ bool) *[]Material { return &it.Materials }),
		tableOf("process.sites", "流程涉及的地点", "地点", 20, "p", siteCols(), func(it *Item, make bool) *[]Site { return &it.steps(make).Sites }),
		tableOf("process.steps", "办理环节", "环节", 20, "s", stepCols(), func(it *Item, make bool) *[]Step { return &it.steps(make).Steps }),
		tableOf("process.touchpoints", "申请人须到场的事由", "到场事由", 20, "t", touchpointCols(), func(it *Item, make bool) *[]Touchpoint { return &it.steps(make).Touchpoints }),
		tableOf("fee.items", "收费项目", "收费项目", 27, "", feeCols(), func(it *Item, _ bool) *[]FeeItem { return &it.Fee.Items }),
		tableOf("places", "办理地点和时间", "地点", 34, "", placeCols(), func(it *Item, _ bool) *[]Place { return &it.Places }),
		tableOf("faq", "常见问题", "问题", 0, "", qaCols(), func(it *Item, _ bool) *[]QA { return &it.FAQ }),
		tableOf("scenarios.questions", "情形问题", "问题", 0, "q", questionCols(), func(it *Item, make bool) *[]Question { return &it.cases(make).Questions }),
		tableOf("scenarios.leaves", "情形", "情形", 0, "", leafCols(), func(it *Item, make bool) *[]Leaf { return &it.cases(make).Leaves }),
	}
})

// steps is the process; a missing one is made if it is to be written to.
func (it *Item) steps(make bool) *Process {
	if it.Process == nil {
		if !make {
			return &Process{}
		}
		it.Process = &Process{}
	}
	return it.Process
}

func (it *Item) cases(make bool) *Scenarios {
	if it.Scenarios == nil {
		if !make {
			return &Scenarios{}
		}
		it.Scenarios = &Scenarios{}
	}
	return it.Scenarios
}

func tableOf[R any](key, label, row string, element int, prefix string, cols []*Column[R], rows func(it *Item, make bool) *[]R) *Table {
	t := &Table{Key: key, Label: label, Row: row, Element: element, Prefix: prefix}
	for _, c := range cols {
		t.Cells = append(t.Cells, &Cell{Key: c.Key, Label: c.Label, Dictionary: c.Dictionary, Kind: c.Kind,
			Get: func(it *Item, i int) string {
				if l := *rows(it, false); i >= 0 && i < len(l) {
					return c.Get(&l[i])
				}
				return ""
			},
			Set: func(it *Item, i int, text string) error {
				l := *rows(it, false)
				if i < 0 || i >= len(l) {
					return fault.Invalidf("%s没有第%d行，事项可能已被修改，请重新检查。", label, i+1)
				}
				return c.Set(&l[i], text)
			}})
	}
	id := func(r *R) string { return cols[0].Get(r) }
	t.Len = func(it *Item) int { return len(*rows(it, false)) }
	t.Arrange = func(it *Item, order []int) {
		old := *rows(it, len(order) > 0)
		l := make([]R, len(order))
		for k, i := range order {
			if i >= 0 && i < len(old) {
				l[k] = old[i]
			}
		}
		*rows(it, len(order) > 0) = l
	}
	t.Copy = func(dst, src *Item) { *rows(dst, true) = slices.Clone(*rows(src, false)) }
	t.Take = func(dst, src *Item, i int) {
		from, to := *rows(src, false), rows(dst, true)
		if t.HasID() {
			if j := slices.IndexFunc(*to, func(o R) bool { return id(&o) == id(&from[i]) }); j >= 0 {
				(*to)[j] = from[i]
				return
			}
		}
		*to = append(*to, from[i])
	}
	t.same = func(a, b *Item) bool {
		x, y := *rows(a, false), *rows(b, false)
		return len(x) == 0 && len(y) == 0 || reflect.DeepEqual(x, y)
	}
	return t
}

var questionCols = sync.OnceValue(func() []*Column[Question] {
	return []*Column[Question]{
		text("id", "问题编号", func(q *Question) *string { return &q.ID }),
		text("text", "问题", func(q *Question) *string { return &q.Text }),
		list("options", "选项", "", func(q *Question) *[]string { return &q.Options }),
	}
})

var leafCols = sync.OnceValue(func() []*Column[Leaf] {
	return []*Column[Leaf]{
		text("name", "情形名称", func(l *Leaf) *string { return &l.Name }),
		choices("when", "适用条件", func(l *Leaf) *map[string]Options { return &l.When }),
		list("materials", "材料编号", "", func(l *Leaf) *[]string { return &l.Materials }),
		{Key: "promised_limit", Label: "承诺办结时限", Kind: KindLimit,
			Get: func(l *Leaf) string {
				if l.PromisedLimit == nil {
					return ""
				}
				return FormatLimit(*l.PromisedLimit)
			},
			Set: func(l *Leaf, s string) error {
				if blank(s) {
					l.PromisedLimit = nil
					return nil
				}
				v, err := ParseLimit(s)
				if err == nil {
					l.PromisedLimit = &v
				}
				return at(err, "promised_limit")
			},
			Empty: func(l *Leaf) bool { return l.PromisedLimit == nil }},
	}
})
