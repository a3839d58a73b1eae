package exchange

import (
	"bufio"
	"io"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
)

// Sheet is a plain table of texts: a report of the program, not a list of items.
type Sheet struct {
	Name string
	Head []string
	Rows [][]string
}

// WriteSheetCSV writes a table as csv, UTF-8 with a mark so that spreadsheets
// recognise it; no text of it is taken for a formula.
func WriteSheetCSV(w io.Writer, s Sheet) error {
	bw := bufio.NewWriterSize(w, 64<<10)
	if _, err := bw.WriteString("\ufeff"); err != nil {
		return err
	}
	if err := csvLine(bw, s.Head); err != nil {
		return err
	}
	for _, r := range s.Rows {
		if err := csvLine(bw, r); err != nil {
			return err
		}
	}
	return bw.Flush()
}

// WriteSheetXLSX writes a table as a workbook with one sheet that can be filtered
// and printed: columns as wide as what they hold, counts as numbers, the head
// fixed and repeated on each page, A4 across, pages numbered.
func WriteSheetXLSX(w io.Writer, s Sheet) error { return WriteSheetsXLSX(w, s) }

// WriteSheetsXLSX is WriteSheetXLSX for several tables, a sheet each.
func WriteSheetsXLSX(w io.Writer, sheets ...Sheet) error {
	f := excelize.NewFile()
	defer f.Close()
	for i, s := range sheets {
		var err error
		if i == 0 {
			err = f.SetSheetName("Sheet1", s.Name)
		} else {
			_, err = f.NewSheet(s.Name)
		}
		if err != nil {
			return exportFault(err, s.Name)
		}
		if err := writeSheet(f, s); err != nil {
			return exportFault(err, s.Name)
		}
	}
	return exportFault(f.Write(w), sheets[0].Name)
}

func writeSheet(f *excelize.File, s Sheet) error {
	line := []excelize.Border{}
	for _, side := range []string{"left", "top", "right", "bottom"} {
		line = append(line, excelize.Border{Type: side, Color: "9AA5B1", Style: 1})
	}
	styles := make([]int, 3)
	const head, text, number = 0, 1, 2
	for i, st := range []excelize.Style{
		{Font: &excelize.Font{Bold: true}, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"E7ECF3"}}, Border: line,
			Alignment: &excelize.Alignment{WrapText: true, Vertical: "center", Horizontal: "center"}},
		{NumFmt: 49, Border: line, Alignment: &excelize.Alignment{WrapText: true, Vertical: "center"}},
		{NumFmt: 1, Border: line, Alignment: &excelize.Alignment{Vertical: "center", Horizontal: "center"}},
	} {
		var err error
		if styles[i], err = f.NewStyle(&st); err != nil {
			return err
		}
	}
	if err := printable(f, s.Name, s.Name, len(s.Head), len(s.Rows)+1); err != nil {
		return err
	}
	sw, err := f.NewStreamWriter(s.Name)
	if err != nil {
		return err
	}
	numbers := make([]bool, len(s.Head))
	for c := range s.Head {
		var width float64
		width, numbers[c] = s.column(c)
		if err := sw.SetColWidth(c+1, c+1, width); err != nil {
			return err
		}
	}
	if err := sw.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	for i, row := range append([][]string{s.Head}, s.Rows...) {
		cells := make([]any, len(row))
		for j, v := range row {
			switch n, err := strconv.Atoi(v); {
			case i == 0:
				cells[j] = excelize.Cell{StyleID: styles[head], Value: v}
			case err == nil && numbers[j]:
				cells[j] = excelize.Cell{StyleID: styles[number], Value: n}
			default:
				cells[j] = excelize.Cell{StyleID: styles[text], Value: v}
			}
		}
		at, err := excelize.CoordinatesToCellName(1, i+1)
		if err != nil {
			return err
		}
		if err := sw.SetRow(at, cells); err != nil {
			return err
		}
	}
	return sw.Flush()
}

// narrowest and widest are how wide columns of a table are, in characters of the
// program that shows it.
const narrowest, widest = 6, 46

// column is how wide a column is, and whether it holds counts: codes, which are
// longer or begin with 0, stay texts.
func (s *Sheet) column(c int) (width float64, number bool) {
	longest, number := 0, len(s.Rows) > 0
	for i, r := range append([][]string{s.Head}, s.Rows...) {
		if c >= len(r) {
			continue
		}
		for line := range strings.Lines(r[c]) {
			n := 0
			for _, r := range strings.TrimRight(line, "\n") {
				n++
				if r >= 0x2e80 {
					n++
				}
			}
			longest = max(longest, n)
		}
		if v := r[c]; i > 0 && v != "" {
			n, err := strconv.Atoi(v)
			number = number && err == nil && strconv.Itoa(n) == v && len(v) < 10
		}
	}
	return float64(min(max(longest+2, narrowest), widest)), number
}

// printable sets a sheet up for paper: A4 across, all columns on a page, the
// first row on each, a filter over the table.
func printable(f *excelize.File, sheet, title string, columns, rows int) error {
	landscape, a4, width, height := "landscape", 9, 1, 0
	if err := f.SetPageLayout(sheet, &excelize.PageLayoutOptions{Size: &a4, Orientation: &landscape, FitToWidth: &width, FitToHeight: &height}); err != nil {
		return err
	}
	fit := true
	if err := f.SetSheetProps(sheet, &excelize.SheetPropsOptions{FitToPage: &fit}); err != nil {
		return err
	}
	side, foot := 0.5, 0.3 // inches
	if err := f.SetPageMargins(sheet, &excelize.PageLayoutMarginsOptions{Left: &side, Right: &side, Header: &foot, Footer: &foot}); err != nil {
		return err
	}
	if err := f.SetHeaderFooter(sheet, &excelize.HeaderFooterOptions{OddHeader: "&C" + strings.ReplaceAll(title, "&", "&&"), OddFooter: "&C第 &P 页，共 &N 页"}); err != nil {
		return err
	}
	name := "'" + strings.ReplaceAll(sheet, "'", "''") + "'!"
	if err := f.SetDefinedName(&excelize.DefinedName{Name: "_xlnm.Print_Titles", RefersTo: name + "$1:$1", Scope: sheet}); err != nil {
		return err
	}
	if columns == 0 {
		return nil
	}
	end, err := excelize.CoordinatesToCellName(columns, max(rows, 2))
	if err != nil {
		return err
	}
	return f.AutoFilter(sheet, "A1:"+end, nil)
}
