package main

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"onevisit/internal/app/portal"
)

// The catalogue list and the implementation list say the same on the page, as
// csv, as Word, PDF and workbook: the tables cell by cell.
func TestListsSayTheSameInEveryFormat(t *testing.T) {
	k, srv := demoCounty(t, "")
	office, public := signIn(t, srv.URL, "shengai"), &browser{t: t, base: srv.URL, c: srv.Client()}
	file := func(path, name string) []byte {
		t.Helper()
		return []byte(office.get(http.StatusOK, path+"/papers/"+url.PathEscape(name)))
	}
	open := csvText(t, []byte(public.get(http.StatusOK, "/data/items.csv")))
	lists := 0
	for _, path := range slices.Compact(regexp.MustCompile(`/work/submissions/[0-9a-f-]{36}`).FindAllString(office.get(http.StatusOK, "/work/submissions"), -1)) {
		page := office.get(http.StatusOK, path)
		if !strings.Contains(page, "/papers/目录清单.xlsx") {
			continue
		}
		sheet := sheetRows(t, file(path, "目录清单.xlsx"))
		if len(sheet) > 40 { // the page shows them in parts
			continue
		}
		word := wordRows(t, file(path, "目录清单.docx"))
		pdf := squeeze(pdfText(t, file(path, "目录清单.pdf")))
		if len(word) != len(sheet) {
			t.Fatalf("%s: Word has %d rows, the workbook %d", path, len(word), len(sheet))
		}
		column := map[string]int{}
		for i, head := range sheet[0] {
			column[head] = i
		}
		for r, row := range word {
			for c, cell := range row {
				at, ok := column[word[0][c]]
				if !ok {
					t.Fatalf("the workbook has no column %q", word[0][c])
				}
				// The paper has less room for the class than the sheet.
				if want := sheet[r][at]; squeeze(cell) != squeeze(want) && !(word[0][c] == "分类" && strings.HasPrefix(want, cell)) {
					t.Errorf("%s row %d, %s: Word %q, workbook %q", path, r, word[0][c], cell, want)
				}
				if !strings.Contains(pdf, squeeze(cell)) {
					t.Errorf("%s row %d, %s: the PDF lacks %q", path, r, word[0][c], cell)
				}
			}
		}
		for _, row := range sheet[1:] {
			if name := row[column["事项名称"]]; !strings.Contains(squeeze(page), squeeze(name)) {
				t.Errorf("%s: the page lacks %s", path, name)
			}
		}
		if lists++; lists == 6 {
			break
		}
	}
	if lists < 3 {
		t.Errorf("only %d lists were compared", lists)
	}

	for _, e := range k.portal.Search(portal.Query{Limit: 3}).Entries {
		path := "/work/items/" + e.ID
		sheet, word := sheetRows(t, file(path, "实施清单.xlsx")), wordRows(t, file(path, "实施清单.docx"))
		pdf := squeeze(pdfText(t, file(path, "实施清单.pdf")))
		if len(sheet) != len(word) || len(sheet) < 37 {
			t.Fatalf("%s: %d and %d rows", e.Name, len(sheet), len(word))
		}
		for r := range sheet {
			for c, cell := range sheet[r] {
				// A sheet leaves empty what a paper marks with a dash.
				if got := squeeze(word[r][c]); got != squeeze(cell) && !(cell == "" && got == "—") {
					t.Errorf("%s row %d: Word %q, workbook %q", e.Name, r, word[r][c], cell)
				}
				for _, line := range strings.Split(cell, "\n") { // long ones are parted by lines of other cells
					if len([]rune(line)) <= 12 && !strings.Contains(pdf, squeeze(line)) {
						t.Errorf("%s row %d: the PDF lacks %q", e.Name, r, line)
					}
				}
			}
		}
		for _, want := range []string{e.Name, e.UnitName} {
			if !strings.Contains(open, want) || !strings.Contains(public.get(http.StatusOK, "/items/"+e.ID), want) {
				t.Errorf("%s: the open data or the guide lack %s", e.Name, want)
			}
		}
	}
}

// sheetRows are the rows of the first sheet of a workbook.
func sheetRows(t *testing.T, file []byte) [][]string {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := f.GetRows(f.GetSheetName(0))
	if err != nil || len(rows) == 0 {
		t.Fatalf("%d rows: %v", len(rows), err)
	}
	for i := range rows { // empty cells at the end are left out
		rows[i] = append(rows[i], make([]string, len(rows[0])-len(rows[i]))...)
	}
	return rows
}

// wordRows are the rows of the tables of a Word file, of which a head that stands
// again is left out.
func wordRows(t *testing.T, file []byte) (rows [][]string) {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	f, err := z.Open("word/document.xml")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	d := xml.NewDecoder(f)
	for {
		tok, err := d.Token()
		if err == io.EOF {
			return slices.DeleteFunc(rows, func(r []string) bool { return r == nil })
		}
		if err != nil {
			t.Fatal(err)
		}
		switch e := tok.(type) {
		case xml.StartElement:
			switch e.Name.Local {
			case "tr":
				rows = append(rows, nil)
			case "tc":
				rows[len(rows)-1] = append(rows[len(rows)-1], "")
			}
		case xml.CharData:
			if n := len(rows); n > 0 && len(rows[n-1]) > 0 {
				rows[n-1][len(rows[n-1])-1] += string(e)
			}
		case xml.EndElement:
			if e.Name.Local == "tbl" { // what follows is no cell
				rows = append(rows, nil)
			}
		}
	}
}
