package exchange

import (
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"

	"onevisit/internal/domain/catalog"
)

// excelCell is the number of UTF-16 units a cell of a workbook holds.
const excelCell = 32_767

// draft is an item while its record is read, with the place that is being read.
type draft struct {
	item       *catalog.Item
	sheet      string
	row        int
	field      string // label of the current field
	cell       string // name of the current cell, xlsx only
	problems   []Problem
	limitUnits map[string]string // unit columns that came before their numbers
	copies     map[string]int    // how often a key of Extra came
	standard   bool              // the codes are those of the national standard
	said       said              // what the record speaks of
}

// What one record may cost: a hostile one must not make the reader slow, nor
// fill the report.
const (
	maxProblems = 500
	maxEntries  = 3_000 // materials, steps, list values
)

func (d *draft) problem(severity, value, message string) {
	if len(d.problems) >= maxProblems {
		if len(d.problems) == maxProblems {
			d.problems = append(d.problems, Problem{Sheet: d.sheet, Row: d.row, Severity: SeverityWarning, Message: "这一条问题太多，其余的没有列出。"})
		}
		return
	}
	d.problems = append(d.problems, Problem{Sheet: d.sheet, Row: d.row, Cell: d.cell, Field: d.field,
		Value: clip(value, 200), Severity: severity, Message: message})
}

func (d *draft) note(value, message string) { d.problem(SeverityNote, value, message) }
func (d *draft) warn(value, message string) { d.problem(SeverityWarning, value, message) }
func (d *draft) fail(value, message string) { d.problem(SeverityError, value, message) }

// clean tidies one value and reports what was changed or is doubtful in it.
func (d *draft) clean(raw string) string {
	v, changed := tidy(raw)
	if changed {
		d.note(raw, "去掉了多余的空格或不可见字符。")
	}
	if strings.ContainsRune(v, utf8.RuneError) {
		d.warn(v, "有无法识别的字符（显示为“\ufffd”），可能是编码转换出错，请核对。")
	}
	if len(v) > excelCell && utf16Len(v) > excelCell {
		d.warn(clip(v, 40), "文字共 "+strconv.Itoa(utf8.RuneCountInString(v))+" 字，超过一个单元格的上限 32767 字。已全部读入；导出为 xlsx 时超出部分写在“长文本”表中。")
	}
	return v
}

func utf16Len(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r > 0xffff {
			n++
		}
	}
	return n
}

// extra keeps a value that the item has no place for.
func (d *draft) extra(key string, v any) {
	raw, err := json.Marshal(v)
	if err != nil {
		d.warn(key, "这一项无法保留。")
		return
	}
	d.extraRaw(key, raw)
}

func (d *draft) extraRaw(key string, raw json.RawMessage) {
	if d.item.Extra == nil {
		d.item.Extra = map[string]json.RawMessage{}
	}
	name := key
	if _, taken := d.item.Extra[name]; taken {
		if d.copies == nil {
			d.copies = map[string]int{}
		}
		n := max(d.copies[key], 1)
		for taken {
			n++
			name = key + "#" + strconv.Itoa(n)
			_, taken = d.item.Extra[name]
		}
		d.copies[key] = n
	}
	d.item.Extra[name] = raw
}

// tooMany reports, and keeps, a list that is longer than any real one.
func (d *draft) tooMany(v any, n int) bool {
	if n <= maxEntries {
		return false
	}
	d.fail("", "共 "+strconv.Itoa(n)+" 项，超过上限 "+strconv.Itoa(maxEntries)+" 项，没有读入，原样保留在附加内容中。")
	d.extra(d.field, v)
	return true
}

// separators counts what may separate the values of a list in v.
func separators(v string) int {
	n := 0
	for _, r := range v {
		switch r {
		case '；', ';', '、', '，', ',', '/', '／', '\n', '|', '｜', '→', '-', '>', '—', '－':
			n++
		}
	}
	return n
}
