package exchange

import (
	"fmt"
	"strconv"
	"strings"

	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
)

// cell is one cell of a table, whatever file it comes from.
type cell struct {
	text string
	kind cellKind
}

// cellKind says what a workbook knows about a cell; a csv knows nothing.
type cellKind uint8

const (
	cellText    cellKind = iota
	cellNumber           // a number shown as one
	cellDate             // a number shown as a date; text is YYYY-MM-DD
	cellError            // #N/A and the like
	cellFormula          // the stored result of a formula
	cellNoValue          // a formula whose result was never stored
)

// column is what a header cell was recognised as.
type column struct {
	header  string
	targets []*target
	keep    bool // known, without a place in the item
	unknown bool
	skip    bool
}

// table reads the rows of one sheet or csv file.
type table struct {
	s        *session
	sheet    string
	cells    bool // cells have names (xlsx)
	cols     []column
	header   int // row of the header
	sequence int // column of 序号, or -1
	source   int // column of the complete record, or -1
	d        draft
}

// headerScore counts how many cells of a row are names of columns.
func headerScore(row []cell, m *mapping) (known int, hasName bool) {
	for i := range row {
		paths, ok := m.lookup(strings.TrimSpace(row[i].text))
		if !ok {
			continue
		}
		known++
		for _, p := range paths {
			hasName = hasName || p == "name"
		}
	}
	return known, hasName
}

// isHeader reports whether a row is the header of a list of items.
func (s *session) isHeader(row []cell) bool {
	names := make([]string, len(row))
	for i := range row {
		names[i], _ = tidy(row[i].text)
	}
	m := s.mapping
	if m == nil && s.opt.Mapping == "" {
		m = recognise(names)
	}
	known, hasName := headerScore(row, m)
	return hasName && (known >= 2 || len(row) == 1)
}

// bind recognises the columns of the header.
func (s *session) bind(sheet string, rowNo int, row []cell, named bool) (*table, error) {
	if len(row) > s.opt.Limits.Columns {
		return nil, fault.Invalidf("%s的表头有 %d 列，超过上限 %d 列。请删去多余的列后重新导入。", place(sheet), len(row), s.opt.Limits.Columns)
	}
	t := &table{s: s, sheet: sheet, header: rowNo, cells: named, sequence: -1, source: -1}
	names := make([]string, len(row))
	for i := range row {
		names[i], _ = tidy(row[i].text)
	}
	if s.mapping == nil && s.opt.Mapping == "" {
		s.mapping = recognise(names)
	}
	seen := map[string]int{}
	for i, n := range names {
		c := column{header: n}
		if n == "" {
			c.header = "第" + columnName(i) + "列"
			c.unknown = true
			t.cols = append(t.cols, c)
			continue
		}
		paths, ok := s.mapping.lookup(n)
		if headerKey(n) == colComplete {
			t.source, c.skip, ok = i, true, true
		}
		c.unknown = !ok
		for _, p := range paths {
			switch p {
			case pathKeep:
				c.keep = true
			case pathIgnore:
				c.skip = true
				if headerKey(n) == "序号" && t.sequence < 0 {
					t.sequence = i
				}
			default:
				if first, dup := seen[p]; dup {
					at := ""
					if named {
						at = columnName(i) + strconv.Itoa(rowNo)
					}
					s.keep(Problem{Sheet: sheet, Row: rowNo, Cell: at, Field: targets[p].Label, Value: n, Severity: SeverityWarning,
						Message: fmt.Sprintf("有两列都是“%s”：第 %s 列和第 %s 列。取前一列，后一列保留在附加内容中。", targets[p].Label, columnName(first), columnName(i))})
					c.keep = true
					continue
				}
				seen[p] = i
				c.targets = append(c.targets, targets[p])
			}
		}
		t.cols = append(t.cols, c)
	}
	return t, nil
}

func place(sheet string) string {
	if sheet == "" {
		return "文件"
	}
	return "工作表“" + sheet + "”"
}

// columnName gives the letters of column i, counted from 0: A, …, Z, AA, ….
func columnName(i int) string {
	name := ""
	for i++; i > 0; i = (i - 1) / 26 {
		name = string(rune('A'+(i-1)%26)) + name
	}
	return name
}

// emptyRow reports whether no cell holds anything.
func emptyRow(row []cell) bool {
	for i := range row {
		if row[i].text != "" || row[i].kind == cellNoValue {
			if t, _ := tidy(row[i].text); t != "" || row[i].kind == cellNoValue {
				return false
			}
		}
	}
	return true
}

// start begins the record of a row.
func (t *table) start(rowNo int) *draft {
	// The draft is reused; its item and problems leave with the record.
	t.d = draft{item: &catalog.Item{Schema: catalog.Schema}, sheet: t.sheet, row: rowNo, standard: t.s.mapping != nil && t.s.mapping.Standard}
	return &t.d
}

// fill reads the cells of a row into the draft.
func (t *table) fill(d *draft, row []cell) {
	for i := range row {
		c := &row[i]
		if i >= len(t.cols) {
			if v, _ := tidy(c.text); v != "" {
				name := "第" + columnName(i) + "列"
				t.s.sawUnknown(t.sheet, name)
				d.extra(name, v)
			}
			continue
		}
		col := &t.cols[i]
		if col.skip || c.text == "" && c.kind != cellNoValue {
			continue
		}
		before := len(d.problems)
		d.field = col.header
		if len(col.targets) > 0 {
			d.field = col.targets[0].Label
		}
		t.put(d, col, c)
		if t.cells {
			for j := before; j < len(d.problems); j++ {
				d.problems[j].Cell = columnName(i) + strconv.Itoa(d.row)
			}
		}
	}
	d.field, d.cell = "", ""
}

func (t *table) put(d *draft, col *column, c *cell) {
	switch c.kind {
	case cellError:
		d.fail(c.text, "单元格是出错的公式结果，没有读入。")
		d.extra(col.header, c.text)
		return
	case cellNoValue:
		d.fail(c.text, "单元格是公式，但文件中没有存它的结果，没有读入。请用 Excel 打开保存一次，或改为直接填写。")
		return
	case cellFormula:
		d.warn(c.text, "单元格是公式，按文件中存的结果读入。")
	}
	v := d.clean(c.text)
	if v == "" {
		return
	}
	if col.unknown {
		t.s.sawUnknown(t.sheet, col.header)
		d.extra(col.header, v)
		return
	}
	if col.keep {
		d.extra(col.header, v)
	}
	for _, tg := range col.targets {
		d.field = tg.Label
		if c.kind == cellDate && tg.Path != "reform.by" {
			d.fail(c.text, "这里应是"+tg.Label+"，单元格却是日期。Excel 常把“3-5”之类的内容改成日期，请核对，并把单元格设为文本格式。")
		}
		if c.kind == cellNumber {
			switch {
			case codeField[tg.Path]:
				d.warn(v, "编码以数字存放，开头的 0 和 15 位以后的数字可能已经丢失。请把单元格设为文本格式，重新填写。")
			case (tg.Path == "enquiry" || tg.Path == "complaint") && len(v) >= 10 && v[0] != '1':
				d.warn(v, "电话以数字存放，区号开头的 0 可能已经丢失，请核对。")
			}
		}
		before := len(d.problems)
		tg.set(d, v)
		d.says(tg.Path, before)
	}
}

// raw gives a row back as named values.
func (t *table) raw(row []cell) []RawValue {
	var out []RawValue
	for i := range row {
		if row[i].text == "" {
			continue
		}
		name := "第" + columnName(i) + "列"
		if i < len(t.cols) {
			name = t.cols[i].header
		}
		out = append(out, RawValue{name, strings.Clone(row[i].text)})
	}
	return out
}
