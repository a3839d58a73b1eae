package exchange

import (
	"bufio"
	"io"

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

// WriteSheetXLSX writes a table as a workbook with one sheet, its head fixed.
func WriteSheetXLSX(w io.Writer, s Sheet) error {
	f := excelize.NewFile()
	defer f.Close()
	return exportFault(writeSheet(f, w, s), s.Name)
}

func writeSheet(f *excelize.File, w io.Writer, s Sheet) error {
	if err := f.SetSheetName("Sheet1", s.Name); err != nil {
		return err
	}
	head, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"E7ECF3"}},
		Alignment: &excelize.Alignment{WrapText: true, Vertical: "center", Horizontal: "center"}})
	if err != nil {
		return err
	}
	text, err := f.NewStyle(&excelize.Style{NumFmt: 49, Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}})
	if err != nil {
		return err
	}
	sw, err := f.NewStreamWriter(s.Name)
	if err != nil {
		return err
	}
	if err := sw.SetColWidth(1, len(s.Head), 24); err != nil {
		return err
	}
	if err := sw.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	for i, row := range append([][]string{s.Head}, s.Rows...) {
		style := text
		if i == 0 {
			style = head
		}
		cells := make([]any, len(row))
		for j, v := range row {
			cells[j] = excelize.Cell{StyleID: style, Value: v}
		}
		at, err := excelize.CoordinatesToCellName(1, i+1)
		if err != nil {
			return err
		}
		if err := sw.SetRow(at, cells); err != nil {
			return err
		}
	}
	if err := sw.Flush(); err != nil {
		return err
	}
	return f.Write(w)
}
