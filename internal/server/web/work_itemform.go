package web

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
)

// itemForm is an item as the edit page holds it: texts, also those that cannot
// be read yet. Names of the form's fields: "f.<field>", "t.<table>.<row>.<cell>",
// and "t.<table>.<row>." for the row of the stored item that it was.
type itemForm struct {
	Fields map[string]string
	Rows   map[string][]formRow
}

// formRow is a row of a table. From is its number in the stored item, -1 if it
// is new: a row also has parts that the form does not show.
type formRow struct {
	From  int
	Cells map[string]string
}

// editFields are the single fields of the form.
func editFields() []*catalog.Field {
	var out []*catalog.Field
	for _, f := range slices.Concat(catalog.Fields(), catalog.ProcessFields()) {
		if f.Kind != catalog.KindSummary && f.Kind != catalog.KindRows && f.Key != "unit" && f.Key != "source" && !strings.HasSuffix(f.Key, "_limit.unit") {
			out = append(out, f)
		}
	}
	return out
}

// newItemForm writes an item into a form.
func newItemForm(it *catalog.Item) *itemForm {
	f := &itemForm{Fields: map[string]string{}, Rows: map[string][]formRow{}}
	for _, fd := range editFields() {
		f.Fields[fd.Key] = fd.Get(it)
	}
	for _, t := range catalog.Tables() {
		for i := range t.Len(it) {
			f.Rows[t.Key] = append(f.Rows[t.Key], rowOf(t, it, i))
		}
	}
	return f
}

func rowOf(t *catalog.Table, it *catalog.Item, i int) formRow {
	r := formRow{From: i, Cells: map[string]string{}}
	for _, c := range t.Cells {
		r.Cells[c.Key] = c.Get(it, i)
	}
	return r
}

// maxRows bounds a table of the form: each row offers every step and site, and
// a page must stay one that a browser can show.
const maxRows = 200

// fits refuses an item that is too long for a form.
func fits(it *catalog.Item) error {
	for _, t := range catalog.Tables() {
		if n := t.Len(it); n > maxRows {
			return tooLong(t, n)
		}
	}
	return nil
}

func tooLong(t *catalog.Table, n int) error {
	return fault.Conflictf("“%s”有 %d 行，超过编辑页的上限 %d 行。请在清单文件中合并、整理后重新导入。", t.Label, n, maxRows)
}

// parseItemForm reads a form that was sent. What it does not hold stays as it
// is in the stored item; boxes come with an empty value, so that none ticked is
// told from not asked.
func parseItemForm(v url.Values, stored *catalog.Item) *itemForm {
	f := newItemForm(stored)
	text := func(name string) (string, bool) {
		vals, ok := v[name]
		return strings.ReplaceAll(strings.Join(slices.DeleteFunc(slices.Clone(vals), func(s string) bool { return s == "" }), catalog.ListSeparator), "\r\n", "\n"), ok
	}
	for _, fd := range editFields() {
		if s, ok := text("f." + fd.Key); ok {
			f.Fields[fd.Key] = s
		}
	}
	for _, t := range catalog.Tables() {
		n, err := strconv.Atoi(v.Get("n." + t.Key))
		if err != nil || n < 0 || n > maxRows {
			continue
		}
		rows := make([]formRow, n)
		for i := range rows {
			name := "t." + t.Key + "." + strconv.Itoa(i) + "."
			from, err := strconv.Atoi(v.Get(name))
			if err != nil || from < 0 || from >= t.Len(stored) {
				from = -1
			}
			rows[i] = rowOf(t, stored, from)
			for _, c := range t.Cells {
				if s, ok := text(name + c.Key); ok {
					rows[i].Cells[c.Key] = s
				}
			}
		}
		f.Rows[t.Key] = rows
	}
	return f
}

// apply makes the item that the form describes, on a copy of the stored one.
// What cannot be read keeps its stored value and is named in the fault, by the
// name of the form's field.
func (f *itemForm) apply(stored *catalog.Item) (*catalog.Item, error) {
	it := stored.Clone()
	e := fault.Invalidf("有内容填写有误，没有保存。请按提示更正。")
	for _, fd := range editFields() {
		if s := f.Fields[fd.Key]; s != fd.Get(it) {
			if err := fd.Set(it, s); err != nil {
				e.At("f."+fd.Key, "%s：%s", fd.Label, fault.Text(err))
			}
		}
	}
	for _, t := range catalog.Tables() {
		rows := f.Rows[t.Key]
		order := make([]int, len(rows))
		same := len(rows) == t.Len(it)
		for i, r := range rows {
			order[i] = r.From
			same = same && r.From == i
		}
		if !same {
			t.Arrange(it, order)
		}
		for i, r := range rows {
			for _, c := range t.Cells {
				if r.Cells[c.Key] == c.Get(it, i) {
					continue
				}
				if err := c.Set(it, i, r.Cells[c.Key]); err != nil {
					e.At(cellName(t, i, c), "%s第 %d 行%s：%s", t.Label, i+1, c.Label, fault.Text(err))
				}
			}
		}
	}
	return it, e.OrNil()
}

func cellName(t *catalog.Table, row int, c *catalog.Cell) string {
	return "t." + t.Key + "." + strconv.Itoa(row) + "." + c.Key
}

// do carries out a button of the form: "add materials", "remove materials 2",
// "up materials 2", "down materials 2". It returns the row to go on with, -1 if
// none.
func (f *itemForm) do(op string) (table *catalog.Table, row int, err error) {
	verb, rest, _ := strings.Cut(op, " ")
	key, num, _ := strings.Cut(rest, " ")
	t := catalog.TableByKey(key)
	if t == nil {
		return nil, -1, fault.Invalidf("表单中没有这个操作，请刷新后再试。")
	}
	rows := f.Rows[key]
	if verb == "add" {
		if len(rows) >= maxRows {
			return nil, -1, tooLong(t, len(rows)+1)
		}
		r := formRow{From: -1, Cells: map[string]string{}}
		if t.HasID() {
			r.Cells[t.Cells[0].Key] = t.NextID(func(id string) bool {
				return slices.ContainsFunc(rows, func(o formRow) bool { return o.Cells[t.Cells[0].Key] == id })
			})
		}
		f.Rows[key] = append(rows, r)
		return t, len(rows), nil
	}
	i, err := strconv.Atoi(num)
	if err != nil || i < 0 || i >= len(rows) {
		return nil, -1, fault.Invalidf("表单中没有这一行，请刷新后再试。")
	}
	switch {
	case verb == "remove":
		f.Rows[key] = slices.Delete(rows, i, i+1)
		return t, min(i, len(rows)-2), nil
	case verb == "up" && i > 0:
		rows[i-1], rows[i] = rows[i], rows[i-1]
		return t, i - 1, nil
	case verb == "down" && i+1 < len(rows):
		rows[i+1], rows[i] = rows[i], rows[i+1]
		return t, i + 1, nil
	}
	return t, i, nil
}
