package exchange

import (
	"bytes"
	"context"
	"maps"
	"strconv"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"onevisit/internal/domain/catalog"
)

// readText reads a text given in the test.
func readText(t testing.TB, name, text string, opt Options) ([]Record, Report, error) {
	t.Helper()
	return readBytes(t, name, []byte(text), opt)
}

func readBytes(t testing.TB, name string, b []byte, opt Options) ([]Record, Report, error) {
	t.Helper()
	var recs []Record
	rep, err := Read(context.Background(), Source{Name: name, R: bytes.NewReader(b), Size: int64(len(b))}, opt,
		func(r Record) error { recs = append(recs, r); return nil })
	if rep.Good+rep.Bad != rep.Rows || rep.Rows != len(recs) {
		t.Errorf("%s: rows %d, good %d, bad %d, handed over %d", name, rep.Rows, rep.Good, rep.Bad, len(recs))
	}
	return recs, rep, err
}

func readFile(t testing.TB, path string) ([]Record, Report) {
	t.Helper()
	var recs []Record
	rep, err := Read(context.Background(), Source{Path: path}, Options{}, func(r Record) error { recs = append(recs, r); return nil })
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return recs, rep
}

func has(problems []Problem, field, message string) bool {
	for _, p := range problems {
		if p.Field == field && strings.Contains(p.Message, message) {
			return true
		}
	}
	return false
}

// TestRealLists reads parts of real lists and looks at what became of them.
func TestRealLists(t *testing.T) {
	for _, c := range []struct {
		file, format, mapping string
		rows                  int
	}{
		{"guangan.csv", "csv", "广安区事项清单", 13},
		{"guangdong.jsonl", "jsonl", "广东事项", 11},
		{"luoyang.jsonl", "jsonl", "洛阳公安事项", 5},
		{"web.jsonl", "jsonl", "网页办事指南", 20},
	} {
		recs, rep := readFile(t, "testdata/"+c.file)
		if rep.Format != c.format || rep.Mapping != c.mapping || rep.Rows != c.rows || rep.Bad != 0 {
			t.Errorf("%s: format %s, mapping %s, rows %d, bad %d", c.file, rep.Format, rep.Mapping, rep.Rows, rep.Bad)
		}
		if len(rep.Unknown) != 0 {
			t.Errorf("%s: unknown columns %v", c.file, rep.Unknown)
		}
		for _, r := range recs {
			if r.Item.Unit == "" || r.Item.Source == "" || r.Item.Type == "" {
				t.Errorf("%s row %d: unit %q, type %q, source %q", c.file, r.Row, r.Item.Unit, r.Item.Type, r.Item.Source)
			}
			if _, err := r.Item.Encode(); err != nil {
				t.Errorf("%s row %d: %v", c.file, r.Row, err)
			}
		}
	}
}

func TestGuangdongRecord(t *testing.T) {
	recs, _ := readFile(t, "testdata/guangdong.jsonl")
	it := recs[0].Item
	if it.ImplementationCode != "11440000006940116U2440102002003" || it.MainName != "中小学地方课程教材初审、审定、复查" ||
		it.LegalLimit != (catalog.Limit{N: 70, Unit: "工作日"}) || it.PromisedLimit != (catalog.Limit{N: 18, Unit: "工作日"}) ||
		it.Visits == nil || *it.Visits != 0 || !it.Express || !it.Appointment || !it.Online.Available || len(it.Materials) != 4 || len(it.Bases) != 4 {
		b, _ := it.Encode()
		t.Errorf("first record read as %s", b)
	}
	if it.Bases[0].Text != "《中华人民共和国义务教育法》第三十九条" {
		t.Errorf("basis %q", it.Bases[0].Text)
	}
	if !has(recs[0].Problems, "受理条件", "截断") {
		t.Errorf("no problem about the cut conditions: %v", recs[0].Problems)
	}
	variant, mixed := false, false
	for _, r := range recs {
		variant = variant || r.Item.Variant != "" && !strings.HasPrefix(r.Item.Variant, "（")
		mixed = mixed || has(r.Problems, "承诺办结时限", "不便比较")
	}
	if !variant || !mixed {
		t.Errorf("variant %v, mixed units noticed %v", variant, mixed)
	}
}

func TestLuoyangRecord(t *testing.T) {
	recs, _ := readFile(t, "testdata/luoyang.jsonl")
	it := recs[0].Item
	if it.Name != "公民收养登记" || it.Office != "派出所" || *it.Visits != 1 || len(it.Process.Steps) != 2 || it.Process.Steps[0].Days != 3 || it.Process.Touchpoints != nil {
		b, _ := it.Encode()
		t.Errorf("read as %s", b)
	}
	if !has(recs[0].Problems, "办理流程", "到场") || !has(recs[0].Problems, "推算内容", "推算") {
		t.Errorf("problems %v", recs[0].Problems)
	}
}

// TestCounts is the table of what the real lists look like: how many records are
// good, and which problems are the commonest.
func TestCounts(t *testing.T) {
	for _, c := range []struct {
		file      string
		good, bad int
		counts    map[string]int // severity and field
	}{
		{"guangan.csv", 13, 0, map[string]int{"警告 基本编码": 10, "提示 本地编码": 1, "警告 事项名称": 2}},
		{"guangdong.jsonl", 11, 0, map[string]int{"警告 实施编码": 4, "警告 受理条件": 4, "提示 承诺办结时限": 1, "提示 设定依据": 1}},
		{"luoyang.jsonl", 5, 0, map[string]int{"警告 办理流程": 5, "提示 推算内容": 5, "提示 办理形式": 5}},
		{"web.jsonl", 20, 0, map[string]int{"警告 办理流程": 9, "警告 实施编码": 4, "警告 基本编码": 1, "提示 办理形式": 3, "提示 网上办理深度": 1, "提示 通办范围": 1, "提示 行使层级": 1}},
	} {
		_, rep := readFile(t, "testdata/"+c.file)
		got := map[string]int{}
		for _, p := range rep.Problems {
			got[p.Severity+" "+p.Field]++
		}
		if rep.Good != c.good || rep.Bad != c.bad || !maps.Equal(got, c.counts) {
			t.Errorf("%s: good %d, bad %d, %v", c.file, rep.Good, rep.Bad, got)
		}
	}
}

// TestManyRows reads a workbook of 2,000 rows, once with its shared strings in
// memory and once from the file they are moved to when there are many.
func TestManyRows(t *testing.T) {
	path := bigWorkbook(t, 2_000)
	first, rep := readFile(t, path)
	if rep.Good != 2_000 || rep.Bad != 0 || *first[1999].Item.Visits != 1999%3 {
		t.Fatal(rep.Good, rep.Bad)
	}
	// excelize's ordinary writer shares strings, its stream writer does not.
	f, err := excelize.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	shared := excelize.NewFile()
	defer shared.Close()
	rows, err := f.GetRows(sheetItems)
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range rows {
		if err := shared.SetSheetRow("Sheet1", "A"+strconv.Itoa(i+1), &r); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if err := shared.Write(&b); err != nil {
		t.Fatal(err)
	}
	for _, memory := range []int64{0, 1, 30_000} {
		recs, _, err := readBytes(t, "a.xlsx", b.Bytes(), Options{Limits: Limits{inMemory: memory}})
		if err != nil || len(recs) != len(first) {
			t.Fatal(memory, len(recs), err)
		}
		for i := range recs {
			if got, want := encode(t, recs[i].Item), encode(t, first[i].Item); got != want {
				t.Fatalf("memory %d, row %d:\n got %s\nwant %s", memory, i, got, want)
			}
		}
	}
}
