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
	"onevisit/internal/infra/exchange/exchangetest"
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
	path := exchangetest.Workbook(t, 2_000)
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

// TestNationalKeys: the keys of the national exchange and the names that lists
// use for the same thing are all known.
func TestNationalKeys(t *testing.T) {
	for _, e := range catalog.Elements().Elements {
		key := strings.FieldsFunc(e.Key, func(r rune) bool { return strings.ContainsRune("/ ()+,[]", r) })[0]
		if _, ok := (*mapping)(nil).lookup(key); !ok {
			t.Errorf("element %d: key %s is unknown", e.No, key)
		}
		for _, f := range e.Fields() {
			if p, ok := (*mapping)(nil).lookup(strconv.Itoa(e.No) + "." + f.Label); !ok || p[0] != f.Key {
				t.Errorf("element %d: label %s is read as %v", e.No, f.Label, p)
			}
		}
	}
	for path, names := range map[string][]string{
		"visits":         {"到办事现场次数", "跑动次数", "到窗口最多次数", "承诺到窗口最多次数（含领取结果）", "limit_scene_num", "visits", "visits_derived", "到现场次数"},
		"promised_limit": {"承诺办结时限", "承诺时限", "promise_limit", "promise_day", "* 承诺办结时限（17）", "承诺期限"},
	} {
		for _, n := range names {
			if p, ok := (*mapping)(nil).lookup(n); !ok || p[0] != path {
				t.Errorf("%s is read as %v, want %s", n, p, path)
			}
		}
	}
	text := `{"task_name":"取水许可","dept_name":"县水务局","task_type":"01","use_level":4,"server_type":"1,2","project_type":2,"promise_day":5,"promise_type":"工作日","is_fee":1,
	 "fee_projects":[{"收费项目名称":"水资源费","收费标准":"0.2元"}],"materials":[{"material_name":"申请书","is_need":1,"page_num":2,"guid":"x"}],"limit_scene_num":"1","transact_addr":"兴广路1号"}`
	recs, rep, err := readText(t, "a.json", text, Options{Unit: "县水务局"})
	if err != nil || rep.Rows != 1 {
		t.Fatal(err, rep)
	}
	it := recs[0].Item
	if it.Type != "行政许可" || it.Level != "县级" || len(it.Audience) != 2 || it.Audience[1] != "企业法人" || it.CaseType != "承诺件" || it.PromisedLimit != (catalog.Limit{N: 5, Unit: "工作日"}) ||
		!it.Fee.Charged || it.Fee.Items[0].Standard != "0.2元" || it.Materials[0].Name != "申请书" || it.Materials[0].Need != "必要" || it.Materials[0].Originals != 2 || string(it.Extra["materials[0].guid"]) != `"x"` || it.Places[0].Address != "兴广路1号" {
		t.Errorf("%s", encode(t, it))
	}
	if !has(recs[0].Problems, "办件类型", "各地代码不一") || has(recs[0].Problems, "承诺办结时限", "没有写时限单位") {
		t.Errorf("%v", recs[0].Problems)
	}
}
