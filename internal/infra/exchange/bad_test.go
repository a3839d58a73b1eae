package exchange

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"
	xunicode "golang.org/x/text/encoding/unicode"

	"onevisit/internal/domain/fault"
	"onevisit/internal/infra/exchange/exchangetest"
)

// zipOf packs parts.
func zipOf(t testing.TB, parts ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i+1 < len(parts); i += 2 {
		w, err := z.Create(parts[i])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(parts[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// sheetXML makes a workbook of one sheet of raw XML.
func sheetXML(t testing.TB, name, data string, more ...string) []byte {
	t.Helper()
	return zipOf(t, append([]string{
		"_rels/.rels", `<Relationships><Relationship Id="r1" Type="http://x/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
		"xl/workbook.xml", `<workbook xmlns:r="http://r"><sheets><sheet name="` + name + `" sheetId="1" r:id="rId1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels", `<Relationships><Relationship Id="rId1" Type="http://x/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="http://x/styles" Target="styles.xml"/></Relationships>`,
		"xl/styles.xml", `<styleSheet><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>`,
		"xl/worksheets/sheet1.xml", `<worksheet><sheetData>` + data},
		more...)...)
}

func cellXML(ref, text string) string {
	return `<c r="` + ref + `" t="inlineStr"><is><t>` + text + `</t></is></c>`
}

const sheetHead = `<row r="1"><c r="A1" t="inlineStr"><is><t>事项名称</t></is></c><c r="B1" t="inlineStr"><is><t>承诺办结时限</t></is></c><c r="C1" t="inlineStr"><is><t>到办事现场次数</t></is></c></row>`

// TestRefused: files that cannot be imported get one clear sentence that names
// the file and says what to do.
func TestRefused(t *testing.T) {
	ole := append([]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), make([]byte, 600)...)
	utf16 := func(s string) []byte {
		b, err := xunicode.UTF16(xunicode.LittleEndian, xunicode.IgnoreBOM).NewEncoder().String(s)
		if err != nil {
			t.Fatal(err)
		}
		return []byte(b)
	}
	good := sheetXML(t, "事项", sheetHead+`<row r="2">`+cellXML("A2", "取水许可")+`</row></sheetData></worksheet>`)
	bomb := sheetXML(t, "事项", sheetHead+`<row r="2">`+cellXML("A2", strings.Repeat("a", 40<<20))+`</row></sheetData></worksheet>`)
	headless := bytes.Clone(good) // a sheet whose own header in the archive is damaged
	copy(headless[bytes.Index(headless, []byte("xl/worksheets/sheet1.xml"))-30:], "XXXX")
	var locked bytes.Buffer
	f := excelize.NewFile()
	defer f.Close()
	if err := f.Write(&locked, excelize.Options{Password: "123456"}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		body []byte
		want string
	}{
		{"空.csv", nil, "是空的"},
		{"空白.csv", []byte("\ufeff \r\n\r\n"), "没有内容"},
		{"表.xlsx", []byte("%PDF-1.7\n"), "PDF"},
		{"旧.xls", ole, "旧版 Excel"},
		{"文.xlsx", append(bytes.Clone(ole), utf16("WordDocument")...), "Word 文档"},
		{"密.xlsx", locked.Bytes(), "打开密码"},
		{"网页.xls", []byte("<html><body><table><tr><td>事项名称</td></tr></table></body></html>"), "网页"},
		{"2003.xls", []byte(`<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>`), "XML 表格 2003"},
		{"文.xlsx", zipOf(t, "word/document.xml", "<w/>"), "Word 文档"},
		{"包.zip", zipOf(t, "a.txt", "x"), "压缩包"},
		{"二.xlsb", zipOf(t, "xl/workbook.bin", "x"), ".xlsb"},
		{"断.xlsx", good[:len(good)/2], "已损坏"},
		{"头.xlsx", headless, "已损坏"},
		{"炸.xlsx", bomb, "压缩比异常"},
		{"图.png", []byte("\x89PNG\r\n\x1a\n0000"), "图片"},
		{"二进制.dat", []byte("abc\x00def"), "不是文本"},
		{"无表头.csv", []byte("甲,乙\n1,2\n"), "没有找到表头"},
		{"只有表头.csv", []byte("事项名称,事项类型\n"), "只有表头"},
		{"半个.json", []byte(`{"items":[{"unit":"县水务局","name":"取水许可"},{"unit"`), "第 1 条记录之后"},
		{"数.json", []byte(`[1,2`), "条记录之后"},
		{"items.json", []byte(`{"items": 3}`), "应是列表"},
		{"多.json", []byte("[]x"), "JSON"},
		{"无.json", []byte("[]"), "没有记录"},
		{"无sheet.xlsx", sheetXML(t, "Sheet1", `<row r="1">`+cellXML("A1", "甲")+`</row></sheetData></worksheet>`), "没有找到表头"},
		{"只有说明.xlsx", sheetXML(t, "填写说明", `<row r="1">`+cellXML("A1", "甲")+`</row></sheetData></worksheet>`), "没有“事项”工作表"},
		{"截断.xlsx", sheetXML(t, "事项", sheetHead+`<row r="2">`+cellXML("A2", "取水许可")), "已损坏"},
		{"实体.xlsx", sheetXML(t, "事项", `<!DOCTYPE x [<!ENTITY a "b">]>`+sheetHead), "已损坏"},
		{"坏串.xlsx", sheetXML(t, "事项", sheetHead+`<row r="2"><c r="A2" t="s"><v>99</v></c></row></sheetData>`), "已损坏"},
		{"倒行.xlsx", sheetXML(t, "事项", sheetHead+`<row r="9">`+cellXML("A9", "甲")+`</row><row r="3">`+cellXML("A3", "乙")+`</row></sheetData>`), "已损坏"},
		{"引号.csv", []byte("事项名称,事项类型\n\"取水许可," + strings.Repeat("x", 9<<20)), "引号"},
	} {
		_, rep, err := readBytes(t, c.name, c.body, Options{})
		if err == nil || !fault.Is(err, fault.Invalid) || !strings.Contains(fault.Text(err), c.want) {
			t.Errorf("%s: %v (report %d rows), want Invalid with %q", c.name, err, rep.Rows, c.want)
		} else if !strings.Contains(fault.Text(err), c.name) && !strings.Contains(fault.Text(err), "工作表") {
			t.Errorf("%s: %q names no place", c.name, fault.Text(err))
		}
	}
	if _, err := Read(context.Background(), Source{Path: filepath.Join(t.TempDir(), "没有.csv")}, Options{}, nil); !fault.Is(err, fault.NotFound) {
		t.Errorf("missing file: %v", err)
	}
	if _, err := Read(context.Background(), Source{Path: t.TempDir()}, Options{}, nil); !fault.Is(err, fault.Invalid) {
		t.Errorf("folder: %v", err)
	}
	big := Source{Name: "大.csv", R: bytes.NewReader(nil), Size: 300 << 20}
	if _, err := Read(context.Background(), big, Options{}, nil); !fault.Is(err, fault.Invalid) || !strings.Contains(fault.Text(err), "200 MB") {
		t.Errorf("big file: %v", err)
	}
	if _, _, err := readBytes(t, "a.xlsx", good, Options{Mapping: "没有的方案"}); !fault.Is(err, fault.Invalid) || !strings.Contains(fault.Text(err), "广东事项") {
		t.Errorf("unknown mapping: %v", err)
	}
}

// TestLimits: every limit ends the reading with a sentence, not the server.
func TestLimits(t *testing.T) {
	var rows strings.Builder
	for i := range 40 {
		fmt.Fprintf(&rows, `<row r="%d">%s%s</row>`, i+2, cellXML(fmt.Sprintf("A%d", i+2), "事项"), cellXML(fmt.Sprintf("B%d", i+2), "即办"))
	}
	book := sheetXML(t, "事项", sheetHead+rows.String()+`</sheetData></worksheet>`)
	for want, lim := range map[string]Limits{
		"超过 10 条": {Rows: 10}, "单元格超过": {Cells: 20}, "超过上限 2 列": {Columns: 2}, "解压后有": {Unzipped: 100},
	} {
		if _, _, err := readBytes(t, "a.xlsx", book, Options{Limits: lim}); !fault.Is(err, fault.Invalid) || !strings.Contains(fault.Text(err), want) {
			// A header beyond the column limit cannot be seen as one.
			if want == "超过上限 2 列" && err == nil {
				continue
			}
			t.Errorf("%+v: %v, want %q", lim, err, want)
		}
	}
	_, rep, err := readText(t, "a.csv", "事项名称,承诺办结时限\n"+strings.Repeat("甲,乙\n", 30), Options{Limits: Limits{Problems: 5}})
	if err != nil || len(rep.Problems) != 5 || rep.Omitted == 0 {
		t.Errorf("%d problems kept, %d omitted, %v", len(rep.Problems), rep.Omitted, err)
	}
	stop := errors.New("stop")
	n := 0
	_, err = Read(context.Background(), Source{Path: "testdata/guangdong.jsonl"}, Options{}, func(Record) error { n++; return stop })
	if !errors.Is(err, stop) || n != 1 {
		t.Errorf("sink's error: %v after %d", err, n)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Read(ctx, Source{Path: "testdata/guangdong.jsonl"}, Options{}, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// TestHostileRecords: what is quick to write is quick to refuse. Each of these
// took minutes when work grew with the square of the input.
func TestHostileRecords(t *testing.T) {
	many := strings.Repeat("1,", 300_000) + "1"
	for name, text := range map[string]string{
		"materials": `{"name":"甲","dept":"乙","materials":[` + many + `]}`,
		"own":       `{"unit":"甲","name":"乙","materials":[` + strings.Repeat("{},", 300_000) + `{}]}`,
		"keys":      `{"unit":"甲","name":"乙","materials":[` + strings.Repeat(`{"a":1},`, 2_000) + `{}]}`,
		"csv":       "事项名称,办理形式,申请材料,办理流程\n甲,\"" + many + "\",\"" + many + "\",\"" + many + "\"\n",
		"quotes":    "事项名称,办理形式\n" + strings.Repeat("\"甲\"\"乙\"丙,", 100_000) + "\n",
	} {
		recs, _, err := readText(t, name, text, Options{})
		if err != nil && !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
		for _, r := range recs {
			if len(r.Problems) > maxProblems+1 {
				t.Errorf("%s: %d problems", name, len(r.Problems))
			}
		}
	}
	tag := `<c r='` + strings.Repeat(">", 1<<20) + `'/>`
	if _, _, err := readBytes(t, "a.xlsx", sheetXML(t, "事项", tag), Options{}); !fault.Is(err, fault.Invalid) {
		t.Errorf("a tag of a megabyte: %v", err)
	}
}

// TestSheetOddities: merged cells, formulas, dates, numbers, far columns.
func TestSheetOddities(t *testing.T) {
	body := `<row r="1">` + cellXML("A1", "某县事项清单") + `</row><row r="2">` + cellXML("A2", "事项名称") + cellXML("B2", "承诺办结时限（17）") + cellXML("C2", "*到办事现场次数") + cellXML("D2", "单位") + cellXML("E2", "到场次数") + cellXML("F2", "基本编码") + `</row>` +
		`<row r="3">` + cellXML("A3", "取水&#x8bb8;可") + `<c r="B3"><v>20</v></c><c r="C3"><f>1+0</f><v>1</v></c>` + cellXML("D3", "县水务局") + `<c r="E3"><v>1.0000000000000002</v></c></row>` +
		`<row r="4"><c r="A4" t="inlineStr"><is><r><t>生猪</t></r><r><t>屠宰</t></r><rPh sb="0" eb="1"><t>tu</t></rPh></is></c><c r="B4" s="1"><v>43164</v></c><c r="C4"><f>X</f></c><c r="F4"><v>1.23006E+11</v></c></row>` +
		`<x:row xmlns:x="u" r="6"><x:c r="A6" t="str"><x:v>备案_x000D_</x:v></x:c><x:c r="B6" t="e"><x:v>#N/A</x:v></x:c><!-- a > b --><x:c r="ZZZ6"><x:v>1</x:v></x:c></x:row>` +
		`</sheetData><mergeCells count="1"><mergeCell ref="D3:D6"/></mergeCells></worksheet>`
	recs, rep, err := readBytes(t, "a.xlsx", sheetXML(t, "事项表", body), Options{})
	if err != nil || len(recs) != 3 {
		t.Fatal(err, len(recs), rep)
	}
	if !has(rep.Problems, "到办事现场次数", "有两列") {
		t.Errorf("no word about the double column: %v", rep.Problems)
	}
	a, b, c := recs[0], recs[1], recs[2]
	if a.Item.Name != "取水许可" || a.Item.PromisedLimit.N != 20 || *a.Item.Visits != 1 || a.Row != 3 || !has(a.Problems, "到办事现场次数", "公式") || !has(a.Problems, "承诺办结时限", "没有写时限单位") {
		t.Errorf("%s %v", encode(t, a.Item), a.Problems)
	}
	for _, p := range a.Problems {
		if p.Field == "承诺办结时限" && p.Cell != "B3" || p.Sheet != "事项表" || p.Row != 3 {
			t.Errorf("place of %+v", p)
		}
	}
	if b.Item.Name != "生猪屠宰" || b.Item.Unit != "县水务局" || b.Item.BasicCode != "123006000000" || !has(b.Problems, "承诺办结时限", "日期") || !has(b.Problems, "基本编码", "以数字存放") || !has(b.Problems, "到办事现场次数", "没有存它的结果") || !has(b.Problems, "单位", "合并单元格") {
		t.Errorf("%s %v", encode(t, b.Item), b.Problems)
	}
	if c.Item.Name != "备案" || c.Item.Unit != "县水务局" || !has(c.Problems, "承诺办结时限", "出错的公式") || !has(c.Problems, "", "ZZZ 列") || string(c.Item.Extra["承诺办结时限"]) != "" && c.Item.Extra == nil {
		t.Errorf("%s %v", encode(t, c.Item), c.Problems)
	}
	// Excel's own reader sees the same texts.
	f, err := excelize.OpenFile(exchangetest.Workbook(t, 50))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	want, err := f.GetRows(sheetItems)
	if err != nil {
		t.Fatal(err)
	}
	in, err := openInput(Source{Path: exchangetest.Workbook(t, 50)}, Limits{}.withDefaults())
	if err != nil {
		t.Fatal(err)
	}
	defer in.close()
	w, err := openWorkbook(in, Limits{}.withDefaults())
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	err = w.rows(&w.sheets[0], func(r *sheetRow) (bool, error) {
		for i := range r.cells {
			if i < len(want[n]) && r.cells[i].text != want[n][i] {
				t.Errorf("row %d column %d: %q, excelize reads %q", n, i, r.cells[i].text, want[n][i])
			}
		}
		n++
		return true, nil
	})
	if err != nil || n != len(want) {
		t.Errorf("%d rows of %d, %v", n, len(want), err)
	}
}

// TestSides: materials, steps, touchpoints and sites find their item by number,
// code or name, and those that do not are reported.
func TestSides(t *testing.T) {
	f := excelize.NewFile()
	defer f.Close()
	put := func(sheet string, rows ...[]any) {
		if _, err := f.NewSheet(sheet); err != nil {
			t.Fatal(err)
		}
		for i, r := range rows {
			if err := f.SetSheetRow(sheet, fmt.Sprintf("A%d", i+1), &r); err != nil {
				t.Fatal(err)
			}
		}
	}
	put("事项", []any{"序号", "事项名称", "单位", "实施编码"}, []any{1, "取水许可", "县水务局", ""}, []any{2, "水土保持方案审批", "县水务局", "11130531MB123456234000119002000"}, []any{"示例", "公共场所卫生许可"})
	put("材料", []any{"事项序号", "事项名称", "材料名称", "原件份数"}, []any{1, "", "申请书", 1}, []any{"", "水土保持方案审批", "方案报告书", "两份"}, []any{9, "", "无主材料"}, []any{1, "", "", 1})
	put("环节", []any{"事项序号", "环节名称", "环节时限", "申请人需等候"}, []any{1, "窗口受理", 0, "是"}, []any{1, "送达", 1, "否"})
	put("到场", []any{"事项序号", "到场事由", "最早环节", "最晚环节", "到场地点"}, []any{1, "提交", "窗口受理", "", "综合窗口"}, []any{1, "领取", "没有的环节", "送达", "w1"})
	put("地点", []any{"事项序号", "地点名称", "所在大厅"}, []any{1, "综合窗口", "县政务服务大厅"})
	if err := f.DeleteSheet("Sheet1"); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	recs, rep, err := readBytes(t, "a.xlsx", b.Bytes(), Options{})
	if err != nil || len(recs) != 2 {
		t.Fatal(err, rep)
	}
	p := recs[0].Item.Process
	if len(recs[0].Item.Materials) != 1 || recs[0].Item.Materials[0].ID != "m1" || len(p.Steps) != 2 || p.Steps[0].Kind != "受理" || !p.Steps[0].Waits || len(p.Touchpoints) != 2 ||
		p.Touchpoints[0].From != "s1" || p.Touchpoints[0].To != "s1" || p.Touchpoints[0].Site != "w1" || p.Touchpoints[1].To != "s2" {
		t.Errorf("%s", encode(t, recs[0].Item))
	}
	if !has(recs[0].Problems, "最早环节", "没有这个环节") || !has(recs[0].Problems, "材料名称", "没有材料名称") {
		t.Errorf("%v", recs[0].Problems)
	}
	if len(recs[1].Item.Materials) != 1 || !has(recs[1].Problems, "原件份数", "整数") {
		t.Errorf("%s %v", encode(t, recs[1].Item), recs[1].Problems)
	}
	if !has(rep.Problems, colLink, "事项序号 9") {
		t.Errorf("the material without an item is not reported: %v", rep.Problems)
	}
}

// TestCSVForms: encodings and separators give the same items.
func TestCSVForms(t *testing.T) {
	text := "标题行,,\n事项名称,到窗口最多次数（含领取结果）,承诺时限\n\"公共场所\n\"\"卫生\"\"许可\",１次,7（工作日）\n取水许可,0,即办\n"
	gbk, err := simplifiedchinese.GBK.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	u16, err := xunicode.UTF16(xunicode.LittleEndian, xunicode.UseBOM).NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	for name, body := range map[string]string{
		"utf8": text, "bom": "\ufeff" + text, "gbk": gbk, "utf16": u16, "crlf": strings.ReplaceAll(text, "\n", "\r\n"),
		"semicolon": strings.ReplaceAll(text, ",", ";"), "tab": strings.ReplaceAll(text, ",", "\t"),
	} {
		recs, _, err := readText(t, name, body, Options{Unit: "县水务局"})
		if err != nil || len(recs) != 2 {
			t.Errorf("%s: %v, %d", name, err, len(recs))
			continue
		}
		a, b := recs[0].Item, recs[1].Item
		if a.Name != "公共场所\n\"卫生\"许可" || *a.Visits != 1 || a.PromisedLimit.N != 7 || a.PromisedLimit.Unit != "工作日" || a.Unit != "县水务局" || recs[0].Row != 3 || *b.Visits != 0 || !b.PromisedLimit.OnSpot() {
			t.Errorf("%s: %s %s", name, encode(t, a), encode(t, b))
		}
		if !has(recs[0].Problems, "到办事现场次数", "全角") {
			t.Errorf("%s: %v", name, recs[0].Problems)
		}
	}
}

// TestDefects: what is wrong with a record is said, and the record comes in.
func TestDefects(t *testing.T) {
	long := strings.Repeat("长", 40_000)
	head := "事项名称,单位,实施编码,统一社会信用代码,办件类型,法定时限,承诺时限,网上支付,备注甲,受理条件\n"
	rows := []string{
		"甲,县水务局,11130531MB123456234000119002000,11130531MB12345624,即办件,20工作日,30工作日,是,x,y",
		"乙,县水务局,１１130531ＭＢ123456234000119002000,,承诺件,20工作日,15自然日,也许,,",
		"丙 ,县水务局,,,承诺件,20个工作日或30自然日,若干天,,,\"" + long + "\"",
		"甲,县水务局,11130531MB123456234000119002000,,,,,,,",
		",县水务局,,,,,,,,",
		"丁,县水务局",
		"戊,县水务局,,,,,,,,,多出来的",
	}
	recs, rep, err := readText(t, "a.csv", head+strings.Join(rows, "\n")+"\n", Options{Unit: "县教育局"})
	if err != nil || rep.Bad != 1 || rep.Good != 6 {
		t.Fatal(err, rep.Good, rep.Bad)
	}
	for i, want := range [][2]string{
		{"实施机构统一社会信用代码", "校验码不符"}, {"办件类型", "即办件"}, {"单位", "不一致"},
	} {
		if !has(recs[0].Problems, want[0], want[1]) {
			t.Errorf("row 2, %d: no %v in %v", i, want, recs[0].Problems)
		}
	}
	if recs[0].Item.Extra["备注甲"] == nil || len(rep.Unknown) != 2 {
		t.Errorf("unknown columns %v, extra %v", rep.Unknown, recs[0].Item.Extra)
	}
	if recs[1].Item.ImplementationCode != "11130531MB123456234000119002000" || !has(recs[1].Problems, "实施编码", "规范写法") || !has(recs[1].Problems, "承诺办结时限", "不便比较") || !has(recs[1].Problems, "是否支持网上支付", "应填") || !has(recs[1].Problems, "实施编码", "同一事项") {
		t.Errorf("row 3: %s %v", encode(t, recs[1].Item), recs[1].Problems)
	}
	c := recs[2]
	if c.Item.Name != "丙" || c.Item.Conditions[0] != long || !has(c.Problems, "受理条件", "40000 字") || !has(c.Problems, "事项名称", "空格") || !has(c.Problems, "法定办结时限", "同时写有") || !has(c.Problems, "承诺办结时限", "看不出时限") || c.Item.PromisedLimit.Note != "若干天" {
		t.Errorf("row 4: %v", c.Problems)
	}
	if recs[4].Item != nil || len(recs[4].Raw) != 1 || !has(recs[4].Problems, "事项名称", "没有事项名称") {
		t.Errorf("row 6: %+v", recs[4])
	}
	if !has(recs[5].Problems, "", "只有 2 格") || !has(recs[6].Problems, "", "有 11 格") || string(recs[6].Item.Extra["第K列"]) != `"多出来的"` {
		t.Errorf("rows 7, 8: %v %v", recs[5].Problems, recs[6].Problems)
	}
}

// TestJSONForms: one item, a list, an envelope, and lines; wrong values cost
// themselves only.
func TestJSONForms(t *testing.T) {
	one := `{"unit":"县水务局","name":"取水许可","visits":1}`
	for name, text := range map[string]string{
		"one": one, "list": "[" + one + "]", "envelope": `{"schema":"onevisit/item@1","items":[` + one + `]}`, "line": one + "\n",
		"bom": "\ufeff" + one, "minified": `{"items":[` + `{"unit":"县水务局","name":"取水许可","visits":1,"scope":"` + strings.Repeat("长", 40_000) + `"}]}`, "pretty": "{\n \"unit\": \"县水务局\",\n \"name\": \"取水许可\",\n \"visits\": 1\n}",
	} {
		recs, _, err := readText(t, name, text, Options{})
		if err != nil || len(recs) != 1 || recs[0].Item.Name != "取水许可" || *recs[0].Item.Visits != 1 || recs[0].Row != 1 || len(recs[0].Problems) != 0 && name != "minified" {
			t.Errorf("%s: %v %v", name, err, recs)
		}
	}
	// A first line longer than what is looked at, under a name that says nothing.
	if recs, rep, err := readText(t, "a.txt", `{"unit":"县水务局","name":"甲","scope":"`+strings.Repeat("长", 40_000)+"\"}\n"+one+"\n", Options{}); err != nil || len(recs) != 2 || rep.Format != "jsonl" {
		t.Errorf("long first line: %v, %d, %s", err, len(recs), rep.Format)
	}
	text := one + "\n{\"unit\":\"县水务局\",\"name\":\n\n" + `{"unit":"县水务局","name":"乙","visits":"一","fee":{"charged":"是"},"materials":[{"id":"m1","name":"书","颜色":"红","originals":1.5}],"legal_limit":"20个工作日","level":4,"topics":"水利","process":{"steps":[{"id":"s1"}],"touchpoints":[]},"新键":{"a":1}}` + "\n3\n"
	recs, rep, err := readText(t, "a.jsonl", text, Options{})
	if err != nil || rep.Format != "jsonl" || rep.Good != 2 || rep.Bad != 2 || recs[2].Row != 4 {
		t.Fatal(err, rep)
	}
	it := recs[2].Item
	if !it.Fee.Charged || it.Materials[0].Name != "书" || it.LegalLimit.N != 20 || it.Level != "4" || it.Topics[0] != "水利" || it.Process.Touchpoints == nil || it.Visits != nil ||
		string(it.Extra["materials[0].颜色"]) != `"红"` || string(it.Extra["新键"]) != `{"a":1}` || string(it.Extra["visits"]) != `"一"` || string(it.Extra["materials[0].originals"]) != "1.5" {
		t.Errorf("%s", encode(t, it))
	}
	if len(rep.Unknown) != 2 || rep.Unknown[0].Name != "materials[].颜色" {
		t.Errorf("%v", rep.Unknown)
	}
	if !strings.Contains(recs[1].Problems[0].Message, "没有结束") || recs[1].Raw[0].Name != "原文" {
		t.Errorf("%+v", recs[1])
	}
}

// FuzzRead: no input makes the reader fail otherwise than with a fault, and what
// it accepts can be written and read again.
func FuzzRead(f *testing.F) {
	for _, name := range []string{"guangan.csv", "guangdong.jsonl", "luoyang.jsonl", "web.jsonl"} {
		b, err := os.ReadFile("testdata/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b[:min(len(b), 3000)])
	}
	var b bytes.Buffer
	if err := WriteTemplate(&b); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	for _, s := range []string{"", "{", "[", "事项名称,单位\n\"甲", "\xff\xfe", "\xff\xfe{", "PK\x03\x04", `{"items":[{},null,3]}`, `{"unit":null,"name":"a","extra":{"a":1}}`, "事项名称\n甲\n", "\ufeff[{\"unit\":\"x\",\"name\":\"y\",\"process\":[]}]"} {
		f.Add([]byte(s))
	}
	f.Add(sheetXML(f, "事项", sheetHead+`<row r="2"><c r="A2" t="inlineStr"><is><t>甲</t></is></c></row></sheetData><mergeCells><mergeCell ref="A2:C9"/></mergeCells></worksheet>`))
	f.Fuzz(func(t *testing.T, b []byte) {
		recs, _, err := readBytes(t, "fuzz", b, Options{Limits: Limits{Rows: 200, Unzipped: 8 << 20, Cells: 20_000}})
		if err != nil && fault.KindOf(err) == fault.Internal {
			t.Fatalf("unclassified: %v", err)
		}
		for _, r := range recs {
			if r.Item == nil {
				continue
			}
			doc := encode(t, r.Item)
			back, _, err := readText(t, "again", doc, Options{})
			if err != nil || len(back) != 1 || back[0].Item == nil {
				t.Fatalf("not read again: %v\n%s", err, doc)
			}
		}
	})
}

// FuzzSheet: the scanner of worksheets stays in its bounds.
func FuzzSheet(f *testing.F) {
	f.Add(sheetHead + `<row r="2"><c r="A2"><v>1</v></c></row></sheetData></worksheet>`)
	f.Add(`<row><c><f/></c><c t="b"><v>1</v></c></row><row r="2" `)
	f.Add(`<![CDATA[<row>]]>&#xD800;&amp;<c a='>'/>`)
	f.Fuzz(func(t *testing.T, data string) {
		if _, _, err := readBytes(t, "a.xlsx", sheetXML(t, "事项", data), Options{}); err != nil && fault.KindOf(err) == fault.Internal {
			t.Fatalf("unclassified: %v", err)
		}
	})
}
