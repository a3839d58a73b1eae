package exchange

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"onevisit/internal/domain/catalog"
)

// nasty are texts that formats are known to spoil.
var nasty = []string{"", "公共场所卫生许可", "=1+1", "+86 10", "-", "@cmd", "'=x", "a,b;c\td", "\"引号\"", "第一行\n第二行", "_x000D_", "_x0041_ 文字", "a_x", "<b>&amp;</b>",
	"０１２（全角）", " 前后有空格 ", "a｜b", "a；b、c", "零\u200b宽", "\u0001控制符", "2018-12-20", "20工作日", "无", "/", "〔长文本 1〕", "😀𠀀", "1e5", "007", "TRUE", "#N/A", "）（", "否"}

func randomItem(r *rand.Rand) *catalog.Item {
	s := func() string {
		if r.IntN(3) == 0 {
			return nasty[r.IntN(len(nasty))]
		}
		return fmt.Sprintf("文字%d", r.IntN(1000))
	}
	name := func() string {
		if v, _ := tidy(s()); v != "" {
			return v
		}
		return "事项"
	}
	list := func() []string {
		var l []string
		for range r.IntN(4) {
			l = append(l, s())
		}
		return l
	}
	lim := func() catalog.Limit {
		units := []string{"", catalog.UnitWorkday, catalog.UnitDay, catalog.UnitHour, catalog.UnitMonth, catalog.UnitYear, "旬"}
		return catalog.Limit{N: r.IntN(60), Unit: units[r.IntN(len(units))], Note: s()}
	}
	b := func() bool { return r.IntN(2) == 0 }
	it := &catalog.Item{Schema: catalog.Schema, Unit: s(), Name: name(), MainName: s(), Variant: s(), BasicCode: s(), ImplementationCode: s(), HandlingCode: s(), LocalCode: s(),
		Type: s(), Level: s(), PowerSource: s(), PowerDivision: s(), PowerContent: s(), Body: catalog.Body{Name: s(), USCC: s(), Nature: s(), EntrustedBy: s()},
		Office: s(), JointBodies: list(), Audience: list(), Topics: list(), CaseType: s(), Channels: list(), LegalLimit: lim(), CurrentLimit: lim(), PromisedLimit: lim(),
		Conditions: list(), NoMaterials: b(), SpecialProcedures: list(), Intermediary: s(), Quota: s(), Result: catalog.Result{Name: s(), Kind: s(), Sample: s(), Licence: s()},
		Fee: catalog.Fee{Charged: b()}, Scope: s(), VisitsReason: s(), Appointment: b(), OnlinePayment: b(), Express: b(), InHall: b(),
		Online:  catalog.Online{Available: b(), Depth: s(), System: s(), URL: s(), MobileURL: s()},
		Enquiry: list(), Complaint: list(), Reform: catalog.Reform{Class: s(), Measures: list(), By: s(), PreReview: b(), SiteSurvey: b()}, Source: s()}
	if b() {
		n := r.IntN(4)
		it.Visits = &n
	}
	for range r.IntN(3) {
		it.Bases = append(it.Bases, catalog.Basis{Text: s()})
		it.Places = append(it.Places, catalog.Place{Name: s(), Address: s(), Hours: s(), Phone: s()})
		it.FAQ = append(it.FAQ, catalog.QA{Q: s(), A: s()})
		it.Fee.Items = append(it.Fee.Items, catalog.FeeItem{Name: s(), Standard: s(), Basis: s(), Reduction: s()})
	}
	for i := range r.IntN(4) {
		m := catalog.Material{ID: fmt.Sprintf("m%d", i+1), Name: s(), Kind: s(), Basis: s(), Issuer: s(), Originals: r.IntN(3), Copies: r.IntN(3), Need: s(), Role: s(),
			Defer: catalog.Defer{Days: r.IntN(9), Channels: list()}, Promise: b(), Notes: s()}
		if b() {
			m.OnlyIf = map[string]catalog.Options{"q1": {"是"}}
		}
		it.Materials = append(it.Materials, m)
	}
	if b() {
		p := &catalog.Process{MainHall: s(), FormalCheck: b()}
		for i := range r.IntN(4) {
			p.Steps = append(p.Steps, catalog.Step{ID: fmt.Sprintf("s%d", i+1), Name: s(), Kind: s(), Unit: s(), Days: float64(r.IntN(20)) / 2, Waits: b(), Offices: list()})
			p.Sites = append(p.Sites, catalog.Site{ID: fmt.Sprintf("w%d", i+1), Name: s(), Hall: s(), Movable: b()})
			p.Touchpoints = append(p.Touchpoints, catalog.Touchpoint{ID: fmt.Sprintf("t%d", i+1), Duty: s(), From: "s1", To: "s1", Site: "w1", Remote: list(), Law: s(), Between: s(), Shared: b()})
		}
		if b() {
			p.Touchpoints = []catalog.Touchpoint{}
		}
		it.Process = p
	}
	if r.IntN(4) == 0 {
		it.Scenarios = &catalog.Scenarios{Questions: []catalog.Question{{ID: "q1", Text: s(), Options: []string{"是", "否"}}},
			Leaves: []catalog.Leaf{{When: map[string]catalog.Options{"q1": {"是"}}, Name: s(), Materials: []string{"m1"}}}}
	}
	if r.IntN(4) == 0 {
		v, _ := json.Marshal(s())
		it.Extra = map[string]json.RawMessage{"颜色": v}
	}
	if r.IntN(40) == 0 {
		it.Conditions = []string{strings.Repeat("长", 40_000)}
	}
	// JSON itself is read through the same tidying as everything else; what it
	// leaves is what a format has to carry.
	return normal(it)
}

// normal passes an item once through the JSON reader.
func normal(it *catalog.Item) *catalog.Item {
	doc, err := it.Encode()
	if err != nil {
		panic(err)
	}
	m, err := parseObject(doc)
	if err != nil {
		panic(err)
	}
	s := &session{unknown: map[string]*Unknown{}}
	d := &draft{item: &catalog.Item{}}
	s.decodeItem(d, m)
	return d.item
}

func encode(t testing.TB, it *catalog.Item) string {
	t.Helper()
	if it == nil {
		return "nil"
	}
	b, err := it.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestRoundTrip: what is exported and imported again is the same, in every
// format that claims it.
func TestRoundTrip(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	items := []*catalog.Item{normal(exampleItem())}
	for range 150 {
		items = append(items, randomItem(r))
	}
	for _, f := range []string{"guangan.csv", "guangdong.jsonl", "luoyang.jsonl", "web.jsonl"} {
		recs, _ := readFile(t, "testdata/"+f)
		for _, rec := range recs {
			items = append(items, rec.Item)
		}
	}
	for name, write := range map[string]func(*bytes.Buffer) error{
		"a.xlsx":  func(b *bytes.Buffer) error { return WriteXLSX(b, Slice(items)) },
		"a.json":  func(b *bytes.Buffer) error { return WriteJSON(b, Slice(items)) },
		"a.jsonl": func(b *bytes.Buffer) error { return WriteJSONL(b, Slice(items)) },
	} {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Fatal(name, err)
		}
		recs, rep, err := readBytes(t, name, b.Bytes(), Options{})
		if err != nil || len(recs) != len(items) || rep.Bad != 0 {
			t.Fatalf("%s: %v, %d records of %d, bad %d: %v", name, err, len(recs), len(items), rep.Bad, rep.Problems[:min(3, len(rep.Problems))])
		}
		for i := range recs {
			if got, want := encode(t, recs[i].Item), encode(t, items[i]); got != want {
				t.Errorf("%s: item %d changed:\n got %s\nwant %s", name, i, got, want)
				break
			}
		}
	}
}

// TestSimpleItemNeedsNoCompleteRecord: an ordinary item is wholly in the columns.
func TestSimpleItemNeedsNoCompleteRecord(t *testing.T) {
	rw := newRowWriter()
	r, err := rw.rows(exampleItem())
	if err != nil {
		t.Fatal(err)
	}
	if r.complete != "" {
		t.Errorf("columns read back as\n%s\nfrom\n%s", encode(t, rw.readBack(&r)), r.complete)
	}
	// A few of the real ones as well: only additional content may force it.
	recs, _ := readFile(t, "testdata/web.jsonl")
	for _, rec := range recs {
		it := rec.Item.Clone()
		it.Extra = nil
		r, err := rw.rows(it)
		if err != nil {
			t.Fatal(err)
		}
		if r.complete != "" {
			t.Errorf("%s read back as\n%s\nfrom\n%s", it.Name, encode(t, rw.readBack(&r)), r.complete)
		}
	}
}

func TestCSVRoundTrip(t *testing.T) {
	recs, _ := readFile(t, "testdata/guangan.csv")
	var items []*catalog.Item
	for _, rec := range recs {
		it := rec.Item
		it.Extra = nil
		it.Quota, it.PowerContent, it.Enquiry = "=HYPERLINK(\"x\")", "'-1", []string{"+86-319-1"}
		items = append(items, it)
	}
	var b bytes.Buffer
	if err := WriteCSV(&b, Slice(items)); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(b.String(), ",=") || strings.Contains(b.String(), "\"=") || !strings.HasPrefix(b.String(), "\ufeff") {
		t.Error("a formula got out, or the mark is missing")
	}
	back, rep, err := readBytes(t, "a.csv", b.Bytes(), Options{})
	if err != nil || len(rep.Unknown) != 0 {
		t.Fatal(err, rep.Unknown)
	}
	for i := range back {
		if got, want := encode(t, back[i].Item), encode(t, items[i]); got != want {
			t.Fatalf("item %d changed:\n got %s\nwant %s", i, got, want)
		}
	}
}

// TestEditedExport: a cell that is edited after the export goes before the
// complete record, the rest of which stays.
func TestEditedExport(t *testing.T) {
	it := exampleItem()
	it.Extra = map[string]json.RawMessage{"颜色": json.RawMessage(`"红"`)}
	var b bytes.Buffer
	if err := WriteXLSX(&b, Slice([]*catalog.Item{it})); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(bytes.NewReader(b.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := f.GetRows(sheetItems)
	if err != nil {
		t.Fatal(err)
	}
	set := func(sheet string, rows [][]string, label, value string) {
		for i, h := range rows[0] {
			if headerKey(h) == label {
				if err := f.SetCellStr(sheet, columnName(i)+"2", value); err != nil {
					t.Fatal(err)
				}
				return
			}
		}
		t.Fatal("no column", label, rows[0])
	}
	set(sheetItems, rows, "承诺办结时限", "5个工作日")
	set(sheetItems, rows, "数量限制", "每年10个")
	set(sheetItems, rows, "承办机构", "")
	mats, err := f.GetRows(sheetMaterials)
	if err != nil {
		t.Fatal(err)
	}
	set(sheetMaterials, mats, "材料名称", "申请书")
	b.Reset()
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	recs, _, err := readBytes(t, "a.xlsx", b.Bytes(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	got := recs[0].Item
	if got.PromisedLimit.N != 5 || got.Quota != "每年10个" || got.Office != "" || string(got.Extra["颜色"]) != `"红"` || got.Materials[0].Name != "申请书" || len(got.Materials) != 2 || len(got.Process.Touchpoints) != 3 {
		t.Errorf("read as %s", encode(t, got))
	}
}

// TestTemplate: the template has its sheets, its header is recognised column by
// column, and its explanation and example are not imported.
func TestTemplate(t *testing.T) {
	var b bytes.Buffer
	if err := WriteTemplate(&b); err != nil {
		t.Fatal(err)
	}
	_, rep, err := readBytes(t, "模板.xlsx", b.Bytes(), Options{})
	if err == nil || !strings.Contains(err.Error(), "只有表头") || rep.Rows != 0 {
		t.Errorf("empty template: %v, %d rows", err, rep.Rows)
	}
	f, err := excelize.OpenReader(bytes.NewReader(b.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := f.GetRows(sheetItems)
	if err != nil || len(rows) != 3 || rows[1][0] != markNote || rows[2][0] != markExample {
		t.Fatal(err, len(rows))
	}
	for i, h := range rows[0] {
		if i == 0 || headerKey(h) == colComplete {
			continue
		}
		paths, ok := (*mapping)(nil).lookup(h)
		if want := itemTargets(false)[i-1].Path; !ok || len(paths) != 1 || paths[0] != want {
			t.Errorf("column %q is read as %v, written for %s", h, paths, want)
		}
	}
	dv, err := f.GetDataValidations(sheetItems)
	if err != nil || len(dv) < 20 {
		t.Errorf("%d drop-downs, %v", len(dv), err)
	}
	for _, sheet := range []string{sheetMaterials, sheetSteps, sheetTouchpoints, sheetSites, sheetHelp} {
		if rows, err := f.GetRows(sheet); err != nil || len(rows) < 2 {
			t.Errorf("sheet %s: %d rows, %v", sheet, len(rows), err)
		}
	}
	for sheet, want := range map[string]bool{sheetDict: false, sheetLong: false, sheetItems: true, sheetHelp: true} {
		if got, err := f.GetSheetVisible(sheet); err != nil || got != want {
			t.Errorf("sheet %s visible: %v, %v", sheet, got, err)
		}
	}
	// The example, imported on purpose, is a whole item.
	for _, sheet := range []string{sheetItems, sheetMaterials, sheetSteps, sheetTouchpoints, sheetSites} {
		rows, err := f.GetRows(sheet)
		if err != nil {
			t.Fatal(err)
		}
		for i, r := range rows {
			if len(r) > 0 && r[0] == markExample {
				if err := f.SetCellStr(sheet, fmt.Sprintf("A%d", i+1), "1"); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	b.Reset()
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	recs, _, err := readBytes(t, "模板.xlsx", b.Bytes(), Options{})
	if err != nil || len(recs) != 1 {
		t.Fatal(err, len(recs))
	}
	if got, want := encode(t, recs[0].Item), encode(t, exampleItem()); got != want {
		t.Errorf("example read as\n%s\nwant\n%s", got, want)
	}
}

// TestProblemsBook: what was bad or doubtful comes back as a workbook that can
// be corrected and imported.
func TestProblemsBook(t *testing.T) {
	text := "事项名称,事项类型,到办事现场次数,备用列\n公共场所卫生许可,行政许可,若干,甲\n,行政许可,1,乙\n取水许可,行政许可,1,\n"
	recs, rep, err := readText(t, "a.csv", text, Options{Unit: "县水务局"})
	if err != nil || rep.Good != 2 || rep.Bad != 1 {
		t.Fatal(err, rep)
	}
	var b bytes.Buffer
	n, err := WriteProblems(&b, recs)
	if err != nil || n != 2 {
		t.Fatal(n, err)
	}
	f, err := excelize.OpenReader(bytes.NewReader(b.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := f.GetRows(sheetItems)
	if err != nil || len(rows) != 3 || rows[0][1] != colProblem || !strings.Contains(rows[1][1], "到场次数应为") || !strings.Contains(rows[2][1], "没有事项名称") || !strings.Contains(rows[2][1], "备用列：乙") {
		t.Fatal(err, rows)
	}
	if err := f.SetCellStr(sheetItems, "C3", "生猪屠宰许可"); err != nil { // the name of the bad one
		t.Fatal(err)
	}
	b.Reset()
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	again, rep, err := readBytes(t, "改.xlsx", b.Bytes(), Options{})
	if err != nil || rep.Good != 2 || again[1].Item.Name != "生猪屠宰许可" || *again[1].Item.Visits != 1 {
		t.Fatal(err, rep)
	}
}
