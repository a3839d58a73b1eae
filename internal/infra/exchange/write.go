package exchange

import (
	"bufio"
	"encoding/json"
	"io"
	"iter"
	"strconv"
	"strings"

	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
)

// Items is a stream of items to be written; an error in it ends the writing.
type Items = iter.Seq2[*catalog.Item, error]

// Slice makes a stream of a list.
func Slice(items []*catalog.Item) Items {
	return func(yield func(*catalog.Item, error) bool) {
		for _, it := range items {
			if !yield(it, nil) {
				return
			}
		}
	}
}

// WriteJSONL writes one item a line, in the format of item.md.
func WriteJSONL(w io.Writer, items Items) error {
	bw := bufio.NewWriterSize(w, 64<<10)
	for it, err := range items {
		if err != nil {
			return err
		}
		b, err := it.Encode()
		if err != nil {
			return err
		}
		if _, err := bw.Write(append(b, '\n')); err != nil {
			return err
		}
	}
	return bw.Flush()
}

// WriteJSON writes {"items": […]} in the format of item.md.
func WriteJSON(w io.Writer, items Items) error {
	head, err := json.Marshal(catalog.Schema)
	if err != nil {
		return err
	}
	return writeEnvelope(w, `{"schema":`+string(head)+`,"items":[`, items, (*catalog.Item).Encode)
}

// writeEnvelope writes one JSON object: head, the items as encode has them, and
// the end.
func writeEnvelope(w io.Writer, head string, items Items, encode func(*catalog.Item) ([]byte, error)) error {
	bw := bufio.NewWriterSize(w, 64<<10)
	if _, err := bw.WriteString(head); err != nil {
		return err
	}
	sep := "\n"
	for it, err := range items {
		if err != nil {
			return err
		}
		b, err := encode(it)
		if err != nil {
			return err
		}
		if _, err := bw.WriteString(sep); err != nil {
			return err
		}
		if _, err := bw.Write(b); err != nil {
			return err
		}
		sep = ",\n"
	}
	if _, err := bw.WriteString("\n]}\n"); err != nil {
		return err
	}
	return bw.Flush()
}

// WriteCSV writes the columns of the items, UTF-8 with a mark so that
// spreadsheets recognise it. Materials and steps are given by name only; the
// workbook and the JSON formats carry everything.
func WriteCSV(w io.Writer, items Items) error {
	bw := bufio.NewWriterSize(w, 64<<10)
	cols := itemTargets(true)
	if _, err := bw.WriteString("\ufeff"); err != nil {
		return err
	}
	row := make([]string, len(cols))
	for i, c := range cols {
		row[i] = c.Label
	}
	if err := csvLine(bw, row); err != nil {
		return err
	}
	for it, err := range items {
		if err != nil {
			return err
		}
		for i, c := range cols {
			row[i] = cellOf(c, it)
		}
		if err := csvLine(bw, row); err != nil {
			return err
		}
	}
	return bw.Flush()
}

func csvLine(w *bufio.Writer, row []string) error {
	for i, v := range row {
		if i > 0 {
			if err := w.WriteByte(','); err != nil {
				return err
			}
		}
		v = shield(v)
		if strings.ContainsAny(v, ",;\t\"\r\n") || strings.HasPrefix(v, " ") {
			v = `"` + strings.ReplaceAll(v, `"`, `""`) + `"`
		}
		if _, err := w.WriteString(v); err != nil {
			return err
		}
	}
	_, err := w.WriteString("\r\n")
	return err
}

// shield keeps a spreadsheet from taking a text of a csv for a formula: a text
// that begins with = + - @ (also full-width) gets a quote mark in front, the
// spreadsheets' own sign for text. unshield takes it off again.
func shield(v string) string {
	if formulaLike(strings.TrimLeft(v, "'")) {
		return "'" + v
	}
	return v
}

func unshield(v string) string {
	if strings.HasPrefix(v, "'") && formulaLike(strings.TrimLeft(v, "'")) {
		return v[1:]
	}
	return v
}

func formulaLike(v string) bool {
	for _, p := range []string{"=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"} {
		if strings.HasPrefix(v, p) {
			return true
		}
	}
	return false
}

// rowsOf are the cells of an item on all sheets, and its complete record where
// they do not say everything.
type rowsOf struct {
	cells       []string
	materials   [][]string
	steps       [][]string
	touchpoints [][]string
	sites       [][]string
	complete    string
}

// rowWriter turns items into cells and makes sure that they can be read back.
type rowWriter struct {
	cols  []*target
	check session
	table table
}

func newRowWriter() *rowWriter {
	rw := &rowWriter{cols: itemTargets(false)}
	rw.check = session{unknown: map[string]*Unknown{}}
	rw.check.opt.Limits = Limits{}.withDefaults()
	rw.table = table{s: &rw.check, sequence: -1, source: -1}
	for _, c := range rw.cols {
		rw.table.cols = append(rw.table.cols, column{header: c.Label, targets: []*target{c}})
	}
	return rw
}

func (rw *rowWriter) rows(it *catalog.Item) (rowsOf, error) {
	r := rowsOf{cells: make([]string, len(rw.cols))}
	for i, c := range rw.cols {
		r.cells[i] = cellOf(c, it)
		if strings.HasPrefix(c.Path, "process.formal") && r.cells[i] == "" && it.Process != nil {
			r.cells[i] = catalog.FormatBool(false)
		}
	}
	r.materials = sheetCells(it.Materials, catalog.MaterialFields())
	if p := it.Process; p != nil {
		r.steps = sheetCells(p.Steps, catalog.StepFields())
		r.touchpoints = sheetCells(p.Touchpoints, catalog.TouchpointFields())
		r.sites = sheetCells(p.Sites, catalog.SiteFields())
	}
	want, err := it.Encode()
	if err != nil {
		return r, err
	}
	got, err := rw.readBack(&r).Encode()
	if err != nil {
		return r, err
	}
	if string(got) != string(want) {
		r.complete = string(want)
	}
	return r, nil
}

// readBack reads the cells as Read would.
func (rw *rowWriter) readBack(r *rowsOf) *catalog.Item {
	d := rw.table.start(1)
	row := make([]cell, len(r.cells))
	for i := range r.cells {
		row[i].text = r.cells[i]
	}
	rw.table.fill(d, row)
	sd := &sides{materials: sideCells(r.materials, catalog.MaterialFields()), steps: sideCells(r.steps, catalog.StepFields()),
		touchpoints: sideCells(r.touchpoints, catalog.TouchpointFields()), sites: sideCells(r.sites, catalog.SiteFields())}
	sd.join(d, "1", false)
	return d.item
}

func sheetCells[T any](list []T, cols []*catalog.Column[T]) [][]string {
	var out [][]string
	for i := range list {
		row := make([]string, len(cols))
		for j, c := range cols {
			row[j] = c.Get(&list[i])
		}
		out = append(out, row)
	}
	return out
}

func sideCells[T any](rows [][]string, cols []*catalog.Column[T]) *sideTable[T] {
	t := &sideTable[T]{rows: map[string][]*sideRow[T]{}}
	for i, row := range rows {
		r := &sideRow[T]{row: i + 2}
		for j, c := range cols {
			if v, _ := tidy(row[j]); v != "" {
				// What cannot be set is missing from what is read back, and the
				// comparison finds it.
				_ = c.Set(&r.value, v)
			}
		}
		t.rows["#1"] = append(t.rows["#1"], r)
		t.count++
	}
	return t
}

// longTexts collects the texts that are too long for a cell.
type longTexts struct {
	write func(key string, part int, text string) error
	n     int
}

// fit gives what the cell shows: the text, or a reference to the sheet 长文本.
func (l *longTexts) fit(v string) (string, error) {
	// A text that looks like a reference would be taken for one.
	if (len(v) <= excelCell || utf16Len(v) <= excelCell) && !strings.HasPrefix(v, "〔"+sheetLong) {
		return v, nil
	}
	l.n++
	key := "〔" + sheetLong + " " + strconv.Itoa(l.n) + "〕"
	part := 0
	for v != "" {
		end, units := 0, 0
		for i, r := range v {
			u := 1
			if r > 0xffff {
				u = 2
			}
			if units+u > 30_000 {
				break
			}
			units += u
			end = i + len(string(r))
		}
		part++
		if err := l.write(key, part, v[:end]); err != nil {
			return "", err
		}
		v = v[end:]
	}
	return key, nil
}

func exportFault(err error, what string) error {
	if err == nil || fault.KindOf(err) != fault.Internal {
		return err
	}
	return fault.Wrap(fault.Internal, err, "导出%s失败", what)
}
