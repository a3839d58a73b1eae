package exchange

import (
	"bufio"
	"bytes"
	_ "embed"
	"encoding/csv"
	"encoding/json"
	"io"
	"strconv"
	"strings"
	"sync"

	"github.com/xuri/excelize/v2"

	"onevisit/internal/domain/catalog"
)

//go:embed national.csv
var nationalCSV []byte

// NationalMapping is the name of the mapping that reads the national keys.
const NationalMapping = "国家标准字段"

// nationalColumn is an element under its national key.
type nationalColumn struct {
	key    string
	target *target
	field  *catalog.Field
	nested bool // a list of objects in JSON
}

var nationalColumns = sync.OnceValue(func() []nationalColumn {
	r := csv.NewReader(bytes.NewReader(nationalCSV))
	r.Comment = '#'
	rows, err := r.ReadAll()
	if err != nil {
		panic("exchange: national.csv: " + err.Error())
	}
	var out []nationalColumn
	for _, row := range rows[1:] {
		t, f := targets[row[1]], catalog.FieldByKey(row[1])
		if t == nil || f == nil {
			panic("exchange: national.csv names an unknown path " + row[1])
		}
		out = append(out, nationalColumn{row[0], t, f, row[2] != ""})
	}
	return out
})

// NationalKey is an element's key in the national exchange and where an item
// keeps it.
type NationalKey struct {
	Key   string
	Field *catalog.Field
}

// NationalKeys lists the keys in the order of the elements.
func NationalKeys() []NationalKey {
	var out []NationalKey
	for _, c := range nationalColumns() {
		out = append(out, NationalKey{c.key, c.field})
	}
	return out
}

// nationalText is a value as the national exchange writes it: the code where the
// standard gives the dictionary codes, 1 and 0, a limit in two columns. What
// stands in no such dictionary is written as it is.
func (c *nationalColumn) text(it *catalog.Item) string {
	switch c.target.Path {
	case "legal_limit":
		return nationalLimit(it.LegalLimit)
	case "promised_limit":
		return nationalLimit(it.PromisedLimit)
	case "materials":
		if it.NoMaterials && len(it.Materials) == 0 {
			return "无需提交材料"
		}
	}
	f := c.field
	v := cellOf(c.target, it)
	if c.target.field == nil {
		v = f.Get(it)
	}
	switch {
	case f.Kind == catalog.KindBool:
		if b, err := catalog.ParseBool(v); err == nil && b {
			return "1"
		}
		return "0"
	case v == "" || catalog.Dict(f.Dictionary) == nil:
		return v
	case f.Kind == catalog.KindList:
		parts := strings.Split(v, catalog.ListSeparator)
		for i, p := range parts {
			parts[i] = NationalCode(f.Dictionary, p)
		}
		return strings.Join(parts, ",")
	}
	return NationalCode(f.Dictionary, v)
}

func nationalLimit(l catalog.Limit) string {
	if !l.Given() {
		return ""
	}
	return strconv.Itoa(l.N)
}

// NationalCode is the standard's code of a dictionary's value, where it leads
// back to it, else the value itself.
func NationalCode(dictionary, name string) string {
	d := catalog.Dict(dictionary)
	for _, e := range d.Entries() {
		if e.Name == name && e.Code != "" && strings.HasPrefix(e.Source, "GB/T 39046") {
			if back, ok := d.ByCode(e.Code); ok && back == name {
				return e.Code
			}
		}
	}
	return name
}

// nationalNames are the national keys of the columns of sub-tables; the others
// go by their own.
var nationalNames = map[string]string{"name": "material_name", "kind": "material_type", "basis": "by_law", "issuer": "source_type", "issuer_unit": "source_explain",
	"originals": "page_num", "medium": "material_format", "need": "is_need", "form": "form_guid", "sample": "example_guid", "notes": "remark"}

// object is a list of a sub-table in JSON.
func (c *nationalColumn) object(it *catalog.Item) any {
	switch c.target.Path {
	case "materials":
		if it.NoMaterials && len(it.Materials) == 0 {
			return c.text(it)
		}
		return nationalRows(it.Materials, catalog.MaterialFields(), nationalNames)
	case "process":
		if it.Process == nil {
			return []any{}
		}
		return nationalRows(it.Process.Steps, catalog.StepFields(), nil)
	case "fee.items":
		return nationalRows(it.Fee.Items, catalog.FeeItemFields(), nil)
	case "faq":
		return nationalRows(it.FAQ, catalog.QAFields(), map[string]string{"q": "question", "a": "answer"})
	}
	panic("exchange: national.csv: no list at " + c.target.Path)
}

func nationalRows[T any](list []T, cols []*catalog.Column[T], names map[string]string) []map[string]string {
	out := make([]map[string]string, len(list))
	for i := range list {
		out[i] = map[string]string{}
		for _, c := range cols {
			v := c.Get(&list[i])
			if v == "" || c.Kind == catalog.KindBool && v == catalog.FormatBool(false) {
				continue
			}
			key := c.Key
			if n := names[key]; n != "" {
				key = n
			}
			out[i][key] = v
		}
	}
	return out
}

// nationalJSON is an item as one JSON object, its keys in the order of the
// elements, all of them always there.
func nationalJSON(it *catalog.Item) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	for i, c := range nationalColumns() {
		sep := byte(',')
		if i == 0 {
			sep = '{'
		}
		b.WriteByte(sep)
		b.WriteString(strconv.Quote(c.key) + ":")
		v := any(nil)
		if c.nested {
			v = c.object(it)
		} else {
			v = c.text(it)
		}
		if err := enc.Encode(v); err != nil {
			return nil, err
		}
		b.Truncate(b.Len() - 1) // the line's end
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// WriteNationalJSONL writes the items under the national keys, one a line. All
// values are texts, sub-tables are lists of objects. Read takes it back; what the
// national exchange has no key for (reasons to come in person, scenarios, the
// reform's own statements) is not in it.
func WriteNationalJSONL(w io.Writer, items Items) error {
	bw := bufio.NewWriterSize(w, 64<<10)
	for it, err := range items {
		if err != nil {
			return err
		}
		b, err := nationalJSON(it)
		if err != nil {
			return err
		}
		if _, err := bw.Write(append(b, '\n')); err != nil {
			return err
		}
	}
	return bw.Flush()
}

// WriteNationalJSON writes {"items": […]} of what WriteNationalJSONL writes.
func WriteNationalJSON(w io.Writer, items Items) error {
	return writeEnvelope(w, `{"items":[`, items, nationalJSON)
}

// WriteNationalCSV writes the items under the national keys as a table, UTF-8
// with a mark. Materials and steps are given by name, the other sub-tables as
// lines.
func WriteNationalCSV(w io.Writer, items Items) error {
	bw := bufio.NewWriterSize(w, 64<<10)
	if _, err := bw.WriteString("\ufeff"); err != nil {
		return err
	}
	cols := nationalColumns()
	row := make([]string, len(cols))
	for i, c := range cols {
		row[i] = c.key
	}
	if err := csvLine(bw, row); err != nil {
		return err
	}
	for it, err := range items {
		if err != nil {
			return err
		}
		for i := range cols {
			row[i] = cols[i].text(it)
		}
		if err := csvLine(bw, row); err != nil {
			return err
		}
	}
	return bw.Flush()
}

// WriteNationalXLSX writes the items under the national keys as a workbook, with
// sheets of their own for materials and steps.
func WriteNationalXLSX(w io.Writer, items Items) error {
	return exportFault(writeNationalXLSX(w, items), "工作簿")
}

func writeNationalXLSX(w io.Writer, items Items) error {
	b := &book{f: excelize.NewFile(), sheets: map[string]*bookSheet{}}
	defer func() { _ = b.f.Close() }() // temporary files; the workbook is written by then
	if err := b.styles(); err != nil {
		return err
	}
	var cols []nationalColumn
	var head []header
	for _, c := range nationalColumns() {
		if c.target.Path != "process" {
			cols = append(cols, c)
			head = append(head, header{key: c.target.Path, label: c.key, width: 18})
		}
	}
	rename := func(list []header, names map[string]string) []header {
		for i, h := range list {
			if list[i].label = h.key; names[h.key] != "" {
				list[i].label = names[h.key]
			}
		}
		return list
	}
	if err := b.f.SetSheetName("Sheet1", sheetItems); err != nil {
		return err
	}
	links := []string{colLink, "事项名称"}
	for _, s := range []struct {
		name string
		lead []string
		head []header
	}{
		{sheetItems, []string{colSequence}, head},
		{sheetMaterials, links, rename(headers(catalog.MaterialFields()), nationalNames)},
		{sheetSteps, links, rename(headers(catalog.StepFields()), nil)},
		{sheetLong, nil, longHead},
	} {
		if s.name != sheetItems {
			if _, err := b.f.NewSheet(s.name); err != nil {
				return err
			}
		}
		if err := b.sheet(s.name, s.lead, s.head, nil); err != nil {
			return err
		}
	}
	b.long.write = b.longText
	texts := make([]string, len(cols))
	for it, err := range items {
		if err != nil {
			return err
		}
		for i := range cols {
			if texts[i] = cols[i].text(it); cols[i].target.Path == "materials" && len(it.Materials) > 0 {
				texts[i] = "" // they have a sheet
			}
		}
		r := rowsOf{cells: texts, materials: sheetCells(it.Materials, catalog.MaterialFields())}
		if it.Process != nil {
			r.steps = sheetCells(it.Process.Steps, catalog.StepFields())
		}
		b.items++
		if err := b.itemRows(strconv.Itoa(b.items), it.Name, &r, nil, b.text); err != nil {
			return err
		}
	}
	for _, name := range []string{sheetItems, sheetMaterials, sheetSteps, sheetLong} {
		if err := b.sheets[name].sw.Flush(); err != nil {
			return err
		}
	}
	if b.long.n == 0 {
		b.hide(sheetLong)
	}
	_, err := b.f.WriteTo(w)
	return err
}
