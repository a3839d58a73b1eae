package exchange

import (
	"bytes"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

// A report opens in a spreadsheet as one expects: head fixed, wide columns, counts
// that can be summed, codes that keep their digits, ready for the printer.
func TestSheetXLSX(t *testing.T) {
	var b bytes.Buffer
	s := Sheet{Name: "目录清单", Head: []string{"序号", "事项名称", "基本编码", "说明"},
		Rows: [][]string{{"1", "公共场所卫生许可", "000123006000", strings.Repeat("很长的说明，", 30)}, {"12", "义诊备案", "001023007000", "=1+1"}, {"3", "", "", ""}}}
	if err := WriteSheetXLSX(&b, s); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(bytes.NewReader(b.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	panes, err := f.GetPanes(s.Name)
	if err != nil || !panes.Freeze || panes.YSplit != 1 {
		t.Errorf("the head is not fixed: %+v, %v", panes, err)
	}
	for cell, want := range map[string]excelize.CellType{"A3": excelize.CellTypeUnset, "C2": excelize.CellTypeInlineString, "D3": excelize.CellTypeInlineString} {
		if got, err := f.GetCellType(s.Name, cell); err != nil || got != want {
			t.Errorf("%s is of type %v, want %v, %v", cell, got, want, err)
		}
	}
	for cell, want := range map[string]string{"A3": "12", "C2": "000123006000", "D3": "=1+1"} {
		if got, err := f.GetCellValue(s.Name, cell); err != nil || got != want {
			t.Errorf("%s: %q, want %q, %v", cell, got, want, err)
		}
	}
	for col, want := range map[string][2]float64{"A": {narrowest, 8}, "B": {16, 20}, "C": {13, 16}, "D": {widest, widest}} {
		if w, err := f.GetColWidth(s.Name, col); err != nil || w < want[0] || w > want[1] {
			t.Errorf("column %s is %.0f wide, want %v, %v", col, w, want, err)
		}
	}
	layout, err := f.GetPageLayout(s.Name)
	if err != nil || layout.Orientation == nil || *layout.Orientation != "landscape" || layout.Size == nil || *layout.Size != 9 || layout.FitToWidth == nil || *layout.FitToWidth != 1 {
		t.Errorf("not ready for the printer: %+v, %v", layout, err)
	}
	titles := ""
	for _, n := range f.GetDefinedName() {
		if n.Name == "_xlnm.Print_Titles" {
			titles = n.RefersTo
		}
	}
	if titles != "'目录清单'!$1:$1" {
		t.Errorf("the head is not repeated on each page: %q", titles)
	}
}
