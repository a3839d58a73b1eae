package paper

import (
	"archive/zip"
	"bytes"
	"compress/zlib"
	"encoding/xml"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/visit"
)

func TestParse(t *testing.T) {
	got := Parse("^ 某县人民政府文件\n@ 某政字〔2018〕1号\n# 标题\n> 各单位：\n正文\n. # 不是标题\n## 一、\n### （一）\n|甲|乙|\n|1|2|\n\n|丙|丁|戊|\n---\n! https://x\n>> 某县\n>> 2018年1月1日\n= 目录\n")
	want := []Block{{Kind: Issuer, Text: "某县人民政府文件"}, {Kind: Number, Text: "某政字〔2018〕1号"}, {Kind: Title, Text: "标题"}, {Kind: Addressee, Text: "各单位："},
		{Text: "正文"}, {Text: "# 不是标题"}, {Kind: Heading1, Text: "一、"}, {Kind: Heading2, Text: "（一）"}, {Kind: Table, Rows: [][]string{{"甲", "乙"}, {"1", "2"}}},
		{Kind: Table, Rows: [][]string{{"丙", "丁", "戊"}}}, {Kind: PageBreak}, {Kind: QR, Text: "https://x"}, {Kind: Signature, Text: "某县"}, {Kind: Signature, Text: "2018年1月1日"}, {Kind: Contents, Text: "目录"}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

// TestTemplates fills and prints every template in both formats.
func TestTemplates(t *testing.T) {
	tp := NewTemplates("")
	data := samples
	press := NewPress(tp, NewFonts(""), "演示数据　")
	for _, name := range tp.Names() {
		if data[name] == nil {
			t.Errorf("%s: no sample", name)
			continue
		}
		for format := range Formats {
			var b bytes.Buffer
			missing, err := press.Print(t.Context(), &b, format, name, data[name], "版本")
			if err != nil || len(missing) > 0 || b.Len() < 1000 {
				t.Errorf("%s.%s: %d bytes, missing %q, %v", name, format, b.Len(), string(missing), err)
			}
		}
	}
	it := &catalog.Item{Name: "公共场所卫生许可", Unit: "县卫生健康局", Variant: "新办", Type: "行政许可", ImplementationCode: "11130531MB123456234000123006000",
		PromisedLimit: catalog.Limit{N: 7, Unit: "工作日"}, LegalLimit: catalog.Limit{N: 20, Unit: "工作日"}, Conditions: []string{"有固定的场所|设施"},
		Materials: []catalog.Material{{ID: "m1", Name: "申请表", Originals: 1, Need: "必要"}, {ID: "m2", Name: "身份证", Copies: 2, IssuerUnit: "公安机关"}},
		Process: &catalog.Process{Sites: []catalog.Site{{ID: "p", Hall: "县政务服务大厅"}}, Steps: []catalog.Step{{ID: "s", Kind: "受理", Days: 0.5}},
			Touchpoints: []catalog.Touchpoint{{ID: "t", Duty: "提交", From: "s", To: "s", Site: "p"}}},
		Fee: catalog.Fee{Charged: true, Items: []catalog.FeeItem{{Name: "工本费", Standard: "10元"}}}, Places: []catalog.Place{{Name: "3号窗口", Address: "某路1号"}},
		FAQ: []catalog.QA{{Q: "能代办吗？", A: "能。"}}, Online: catalog.Online{Available: true, URL: "https://example.org"}}
	a, err := visit.AssessItem(it)
	if err != nil {
		t.Fatal(err)
	}
	g := NewGuide(it, a)
	g.Release, g.VerifyCode, g.Link = "2018-001", "ABCDE-12345", "https://example.org/verify?code=ABCDE-12345"
	blocks, err := tp.Fill("办事指南", g)
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, b := range blocks {
		all.WriteString(b.Text)
		for _, r := range b.Rows {
			all.WriteString(strings.Join(r, " ") + "\n")
		}
	}
	for _, want := range []string{"公共场所卫生许可（新办）", "最多跑一次", "7个工作日", "第1次：到县政务服务大厅：提交", "复印件2份", "ABCDE-12345"} {
		if !strings.Contains(all.String(), want) {
			t.Errorf("the guide does not say %q", want)
		}
	}
}

// A county's own template goes first; a defect in it names template, line and
// field.
func TestOwnTemplates(t *testing.T) {
	dir := t.TempDir()
	write := func(text string) *Templates {
		if err := os.WriteFile(filepath.Join(dir, "零报告.txt"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return NewTemplates(dir)
	}
	blocks, err := write("# 本县的零报告\n{{.Unit}}").Fill("零报告", samples["零报告"])
	if err != nil || len(blocks) != 2 || blocks[0].Text != "本县的零报告" {
		t.Errorf("%v, %v", blocks, err)
	}
	for text, says := range map[string]string{
		"# 一\n单位{{.Unitt}}":                   "第 2 行第 6 列没有字段“Unitt”",
		"# 一\n{{if .Number}}{{.Numb}}{{end}}": "第 2 行第 18 列没有字段“Numb”",
		"{{if .Unit}}":                        "有 if 或 range 没有结束",
		"# 一\n\n{{shout .Unit}}":              "第 3 行第 3 列没有函数“shout”",
		"# 一\n{{.Unit":                        "第 2 行第 1 列写法有误",
		"{{template \"没有的\" .}}":              "没有名为“没有的”的模板",
	} {
		_, err := write(text).Fill("零报告", samples["零报告"])
		if !fault.Is(err, fault.Invalid) || !strings.Contains(fault.Text(err), says) || !strings.Contains(fault.Text(err), "零报告") {
			t.Errorf("%q: %s", text, fault.Text(err))
		}
	}
	// What is refused keeps the old one; a branch that the sample does not take is
	// checked too.
	tp := NewTemplates(filepath.Join(dir, "new"))
	if err := tp.Replace("零报告", "# 本县\n{{.Unit}}"); err != nil {
		t.Fatal(err)
	}
	version := tp.Version()
	for _, bad := range []string{"{{.Unitt}}", "{{if .Unit}}有{{else}}{{.Nobody}}{{end}}", " \n", "\xff\xfe", strings.Repeat("字", maxTemplate), `{{template "零报告" .}}`} {
		if err := tp.Replace("零报告", bad); !fault.Is(err, fault.Invalid) {
			t.Errorf("%.20q: %v", bad, err)
		}
	}
	// An office's first thought is a Word file, here one with a broken field.
	var word bytes.Buffer
	if err := WriteDOCX(&word, &Doc{Blocks: []Block{{Text: "单位：{{.Unitt}}"}}}); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{word.String(), "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"} {
		if err := tp.Replace("零报告", file); !fault.Is(err, fault.Invalid) || !strings.Contains(fault.Text(err), "不能用 Word 文件") || !strings.Contains(fault.Text(err), "UTF-8") {
			t.Errorf("a Word file: %v", fault.Text(err))
		}
	}
	if text, own, err := tp.Text("零报告"); err != nil || !own || text != "# 本县\n{{.Unit}}" || tp.Version() != version {
		t.Errorf("%q %v %v", text, own, err)
	}
	if err := tp.Restore("零报告"); err != nil {
		t.Fatal(err)
	}
	if _, own, err := tp.Text("零报告"); err != nil || own || tp.Version() == version {
		t.Errorf("not restored: %v %v", own, err)
	}
	if _, err := NewTemplates(dir).Fill("没有的", nil); !fault.Is(err, fault.NotFound) {
		t.Errorf("an unknown template: %v", err)
	}
}

// TestGrid sets a page of GB/T 9704-2012: 22 lines of 28 characters fill it, one
// more begins a second page; the margins are those of 5.2.1.
func TestGrid(t *testing.T) {
	fonts := NewFonts("")
	if err := fonts.load(); err != nil {
		t.Fatal(err)
	}
	pages := func(chars int) (int, []float64) {
		d := &Doc{Blocks: []Block{{Kind: Addressee, Text: strings.Repeat("广", chars)}}}
		s, err := set(d, fonts, nil, false)
		if err != nil {
			t.Fatal(err)
		}
		var widths []float64
		for _, l := range wrap(s.glyphs(d.Blocks[0].Text, fang, 16), frames[Official].textWidth()*mm, frames[Official].textWidth()*mm, 0.25) {
			widths = append(widths, float64(len(l)))
		}
		return s.page, widths
	}
	n, lines := pages(22 * 28)
	if n != 1 || len(lines) != 22 || lines[0] != 28 {
		t.Errorf("22 × 28 characters: %d pages, %d lines of %v", n, len(lines), lines[0])
	}
	if n, _ := pages(22*28 + 1); n != 2 {
		t.Errorf("one character more: %d pages", n)
	}
	var b bytes.Buffer
	if _, err := WritePDF(&b, &Doc{Blocks: []Block{{Text: "广宗"}}}, fonts); err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`/MediaBox \[ ?0 0 595(\.\d+)? 84[12](\.\d+)? ?\]`).Match(b.Bytes()) {
		t.Error("the page is not A4")
	}
}

func TestWrap(t *testing.T) {
	fonts := NewFonts("")
	if err := fonts.load(); err != nil {
		t.Fatal(err)
	}
	s := &setter{doc: &Doc{}, fonts: fonts}
	for text, want := range map[string]string{
		"一二三四五六七八，九":                        "一二三四五六七/八，九",  // no comma first
		"一二三四五六七（八）":                        "一二三四五六七/（八）",  // no bracket last
		"一二三四五六 2018年":                      "一二三四五六/2018年", // a number stays whole
		"ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFG": "",             // only that it ends
	} {
		var got []string
		for _, l := range wrap(s.glyphs(text, kai, 16), 8*16, 8*16, 0.25) {
			var b strings.Builder
			for _, g := range l {
				b.WriteRune(g.r)
			}
			got = append(got, b.String())
		}
		if want != "" && strings.Join(got, "/") != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

// A title stands in lines of about one length, and is not broken inside
// quotation marks.
func TestBalanced(t *testing.T) {
	fonts := NewFonts("")
	if err := fonts.load(); err != nil {
		t.Fatal(err)
	}
	s := &setter{doc: &Doc{}, fonts: fonts}
	for text, want := range map[string]string{
		"某县人民政府关于公布第一批“最多跑一次”事项的公告": "某县人民政府关于公布第一批/“最多跑一次”事项的公告",
		"某县学生资助管理中心“最多跑一次”事项目录清单":   "某县学生资助管理中心/“最多跑一次”事项目录清单",
		"短标题": "短标题",
	} {
		var got []string
		for _, l := range balanced(s.glyphs(text, song, 22), frames[Official].textWidth()*mm) {
			var b strings.Builder
			for _, g := range l {
				b.WriteRune(g.r)
			}
			got = append(got, b.String())
		}
		if strings.Join(got, "/") != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// What no font has is shown as 〓 and reported; a table longer than a page goes
// on with its head.
func TestMissingAndLongTables(t *testing.T) {
	rows := [][]string{{"序号", "说明"}}
	for range 80 {
		rows = append(rows, []string{"1", strings.Repeat("很长的说明，", 12)})
	}
	rows = append(rows, []string{"2", strings.Repeat("一格就超过一页。", 400)})
	var b bytes.Buffer
	d := &Doc{Style: Plain, Mark: "版本", Blocks: []Block{{Kind: Title, Text: "𠀀镕喆"}, {Kind: Table, Rows: rows}}}
	missing, err := WritePDF(&b, d, NewFonts(""))
	if err != nil || string(missing) != "𠀀" {
		t.Errorf("missing %q, %v", string(missing), err)
	}
	if !strings.Contains(d.Mark, "U+20000") {
		t.Errorf("the foot of the page does not say what is missing: %q", d.Mark)
	}
}

// A poster is one page of its paper, however much is to be said, and a word that
// is longer than its cell is broken inside it.
func TestPosterAndCells(t *testing.T) {
	fonts := NewFonts("")
	if err := fonts.load(); err != nil {
		t.Fatal(err)
	}
	for _, size := range []Size{A4, A3, A5} {
		d := &Doc{Style: Poster, Size: size, Blocks: []Block{{Kind: Title, Text: strings.Repeat("很长的事项名称", 6)}, {Kind: Issuer, Text: "最多跑一次"}}}
		for range 12 {
			d.Blocks = append(d.Blocks, Block{Text: "地点：县政务服务大厅一楼综合窗口"})
		}
		d.Blocks = append(d.Blocks, Block{Kind: QR, Text: "https://example.org/verify?code=ABCDE-12345"})
		if err := d.fitPage(fonts); err != nil {
			t.Fatal(err)
		}
		s, err := set(d, fonts, nil, false)
		if err != nil || s.page != 1 || d.fit >= 1 {
			t.Errorf("size %d: %d pages at %.1f, %v", size, s.page, d.fit, err)
		}
	}
	s := &setter{doc: &Doc{}, fonts: fonts}
	for _, line := range wrap(s.glyphs(strings.Repeat("0123456789abcdef", 4), kai, 10.5), 200, 200, 0) {
		if width(line) > 200.01 {
			t.Errorf("a line of %.1f in 200", width(line))
		}
	}
}

// Every template has a sample and documented fields, and passes its own check.
func TestSamplesAndFields(t *testing.T) {
	tp := NewTemplates("")
	doc, err := os.ReadFile("../../../docs/reference/templates.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range tp.Names() {
		text, _, err := tp.Text(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tp.Check(name, text); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		list := Fields(name)
		if len(list) == 0 || !strings.Contains(string(doc), name) {
			t.Errorf("%s has no fields or is not documented", name)
		}
		for _, f := range list {
			if f.Means == "" {
				t.Errorf("%s: nobody says what %s means", name, f.Name)
			}
			if last := f.Name[strings.LastIndexByte(f.Name, '.')+1:]; !strings.Contains(string(doc), "`"+last+"`") {
				t.Errorf("%s: the reference lacks %s", name, last)
			}
		}
	}
}

// A county's own 仿宋 is used for the text, and the program's faces for what it
// does not bring.
func TestOwnFonts(t *testing.T) {
	dir := t.TempDir()
	own, err := ownFonts.ReadFile("fonts/song.ttf")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "fang.ttf"), own, 0o600); err != nil {
		t.Fatal(err)
	}
	with, without := NewFonts(dir), NewFonts("")
	for _, f := range []*Fonts{with, without} {
		if err := f.load(); err != nil {
			t.Fatal(err)
		}
	}
	if with.face[fang] == with.face[kai] || without.face[fang] != without.face[kai] || with.face[hei] == nil {
		t.Error("the county's own 仿宋 is not used, or something else changed")
	}
}

func TestBadFonts(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "fang.ttf"), []byte("OTTO nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := WritePDF(io.Discard, &Doc{Blocks: []Block{{Text: "字"}}}, NewFonts(dir))
	if !fault.Is(err, fault.Invalid) || !strings.Contains(fault.Text(err), "fang.ttf") {
		t.Errorf("%v", err)
	}
}

// Fonts that cannot be used are named when the program starts, not when somebody
// prints; a font that lacks a character leaves it to the others.
func TestFontsAreChecked(t *testing.T) {
	if err := NewFonts("").Check(); err != nil {
		t.Errorf("without a directory: %v", err)
	}
	if err := NewFonts(filepath.Join(t.TempDir(), "none")).Check(); !fault.Is(err, fault.Invalid) || !strings.Contains(fault.Text(err), "--fonts") {
		t.Errorf("no directory: %v", err)
	}
	own, err := ownFonts.ReadFile("fonts/hei.ttf")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		file string
		data []byte
		good bool
	}{"cut off": {"fang.ttf", own[:len(own)/2], false}, "empty": {"kai.ttf", nil, false}, "collection": {"NotoSansCJK.ttc", own, false}, "whole": {"fang.ttf", own, true}, "no font": {"说明.txt", []byte("说明"), true}} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, c.file), c.data, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := NewFonts(dir).Check(); (err == nil) != c.good || err != nil && !strings.Contains(fault.Text(err), c.file) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestDOCX checks page, margins, line grid and faces of official documents.
func TestDOCX(t *testing.T) {
	d := &Doc{Mark: "版本", Blocks: Parse("^ 某县文件\n@ 某政字〔2018〕1号\n# 标题 <与> 符号\n> 各单位：\n## 一、\n### （一）\n正文\n|甲|乙|\n|1|2|\n! https://example.org\n>> 某县\n>> 2018年1月1日")}
	var b bytes.Buffer
	if err := WriteDOCX(&b, d); err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	parts := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		parts[f.Name] = string(text)
		if strings.HasSuffix(f.Name, ".xml") || strings.HasSuffix(f.Name, ".rels") {
			for x := xml.NewDecoder(bytes.NewReader(text)); ; {
				if _, err := x.Token(); err == io.EOF {
					break
				} else if err != nil {
					t.Fatalf("%s: %v", f.Name, err)
				}
			}
		}
	}
	for _, want := range []string{`<w:pgSz w:w="11906" w:h="16838"/>`, `w:top="2098" w:right="1474" w:bottom="1984" w:left="1587"`, `w:linePitch="579"`,
		`w:eastAsia="方正小标宋简体"`, `w:eastAsia="仿宋_GB2312"`, `w:eastAsia="黑体"`, `w:eastAsia="楷体_GB2312"`, `标题 &lt;与&gt; 符号`, `r:embed="qr1"`, `<w:tblHeader/>`} {
		if !strings.Contains(parts["word/document.xml"], want) {
			t.Errorf("the document lacks %s", want)
		}
	}
	if !strings.Contains(parts["word/styles.xml"], `w:line="579" w:lineRule="exact"`) || !strings.Contains(parts["word/_rels/document.xml.rels"], `media/qr1.png`) {
		t.Error("line spacing or picture missing")
	}
}

// Every official paper is A4 with the margins and the line grid of GB/T
// 9704-2012, and is set in the four faces by their names, in PDF with the faces
// embedded.
func TestOfficialPapers(t *testing.T) {
	tp := NewTemplates("")
	press := NewPress(tp, NewFonts(""), "")
	official := 0
	for _, name := range tp.Names() {
		if layouts[name].Style != Official {
			continue
		}
		official++
		var b bytes.Buffer
		if _, err := press.Print(t.Context(), &b, "docx", name, samples[name], ""); err != nil {
			t.Fatal(err)
		}
		z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
		if err != nil {
			t.Fatal(err)
		}
		part := func(file string) string {
			f, err := z.Open(file)
			if err != nil {
				t.Fatal(err)
			}
			text, err := io.ReadAll(f)
			if err != nil {
				t.Fatal(err)
			}
			return string(text)
		}
		body := part("word/document.xml")
		for _, want := range []string{`<w:pgSz w:w="11906" w:h="16838"/>`, `w:top="2098" w:right="1474" w:bottom="1984" w:left="1587"`,
			`<w:docGrid w:type="lines" w:linePitch="579"/>`, `w:eastAsia="方正小标宋简体"`, `w:eastAsia="仿宋_GB2312"`, `<w:sz w:val="32"/>`, `<w:sz w:val="44"/>`} {
			if !strings.Contains(body, want) {
				t.Errorf("%s lacks %s", name, want)
			}
		}
		for _, m := range regexp.MustCompile(`w:eastAsia="([^"]+)"`).FindAllStringSubmatch(body, -1) {
			if !slices.ContainsFunc(faceNames, func(f [2]string) bool { return f[0] == m[1] }) {
				t.Errorf("%s is set in %s", name, m[1])
			}
		}
		if styles := part("word/styles.xml"); !strings.Contains(styles, `w:line="579" w:lineRule="exact"`) {
			t.Errorf("%s: the lines are not 22 to a page", name)
		}
		b.Reset()
		if _, err := press.Print(t.Context(), &b, "pdf", name, samples[name], ""); err != nil {
			t.Fatal(err)
		}
		if n := bytes.Count(b.Bytes(), []byte("/FontFile2")); n < 2 {
			t.Errorf("%s: %d faces embedded", name, n)
		}
	}
	if official < 4 {
		t.Errorf("only %d official papers", official)
	}
}

// placed is a run of text in a PDF: where its base line begins, in points from
// the upper left, and its size.
type placed struct{ x, y, size float64 }

// pagesOf reads where text stands on the pages of a PDF.
func pagesOf(t *testing.T, pdf []byte) (pages [][]placed, boxes [][2]float64) {
	t.Helper()
	for _, m := range regexp.MustCompile(`(?s)/Type /Page\n.*?/MediaBox \[ ?0 0 ([\d.]+) ([\d.]+) ?\]`).FindAllSubmatch(pdf, -1) {
		w, _ := strconv.ParseFloat(string(m[1]), 64)
		h, _ := strconv.ParseFloat(string(m[2]), 64)
		boxes = append(boxes, [2]float64{w, h})
	}
	text := regexp.MustCompile(`([\d.]+) ([\d.]+) TD\n/F\d+ ([\d.]+) Tf`)
	for rest := pdf; ; {
		_, after, ok := bytes.Cut(rest, []byte("stream\n"))
		if !ok {
			break
		}
		rest = after
		z, err := zlib.NewReader(bytes.NewReader(after))
		if err != nil {
			continue
		}
		content, err := io.ReadAll(z)
		runs := text.FindAllSubmatch(content, -1)
		if err != nil || len(runs) == 0 {
			continue
		}
		var page []placed
		height := boxes[min(len(pages), len(boxes)-1)][1]
		for _, m := range runs {
			x, _ := strconv.ParseFloat(string(m[1]), 64)
			y, _ := strconv.ParseFloat(string(m[2]), 64)
			size, _ := strconv.ParseFloat(string(m[3]), 64)
			page = append(page, placed{x, height - y, size})
		}
		pages = append(pages, page)
	}
	return pages, boxes
}

// What the official papers show in PDF is measured: the paper, the margins, 22
// lines that text and titles stand on, the page number on the outer side 7 mm
// below the text, and the red head 35 mm below its upper edge.
func TestOfficialPDF(t *testing.T) {
	press := NewPress(NewTemplates(""), NewFonts(""), "")
	const pitch = 225 * mm / 22
	for name, data := range samples {
		if layouts[name].Style != Official {
			continue
		}
		var b bytes.Buffer
		if _, err := press.Print(t.Context(), &b, "pdf", name, data, ""); err != nil {
			t.Fatal(err)
		}
		pages, boxes := pagesOf(t, b.Bytes())
		if len(pages) == 0 || len(pages) > len(boxes) {
			t.Fatalf("%s: %d pages, %d boxes", name, len(pages), len(boxes))
		}
		for i, page := range pages {
			w, h := boxes[i][0], boxes[i][1]
			left, right, top, bottom := 28*mm, w-26*mm, 37*mm, h-35*mm
			if broad := w > h; broad {
				left, right, top, bottom = 35*mm, w-37*mm, 28*mm, h-26*mm
			} else if math.Abs(w-210*mm) > 0.5 || math.Abs(h-297*mm) > 0.5 {
				t.Errorf("%s: a page of %.0f by %.0f", name, w, h)
			}
			numbers := 0
			for _, p := range page {
				switch {
				case p.size == 14 && w > h: // turned, on the page's left
					numbers++
					want := top + 14
					if i%2 == 0 {
						want = bottom - 60
					}
					if math.Abs(left-7*mm-5-p.x) > 1 || math.Abs(p.y-want) > 30 {
						t.Errorf("%s: the number of broad page %d stands at %.0f, %.0f", name, i+1, p.x, p.y)
					}
				case p.size == 14 && p.y > bottom:
					numbers++
					outside := p.x < left+20
					if i%2 == 0 {
						outside = p.x > right-60
					}
					if !outside || math.Abs(p.y-5-bottom-7*mm) > 1 {
						t.Errorf("%s: the number of page %d stands at %.0f, %.0f", name, i+1, p.x, p.y)
					}
				case p.x < left-0.5 || p.x > right || p.y < top || p.y > bottom+0.5:
					t.Errorf("%s, page %d: text at %.0f, %.0f outside %.0f–%.0f, %.0f–%.0f", name, i+1, p.x, p.y, left, right, top, bottom)
				case p.size > 30 && (name == "批次公布公告" || name == "调整公告") && i == 0:
					if edge := p.y - 0.86*p.size - top; math.Abs(edge-35*mm) > 4 {
						t.Errorf("the red head begins %.1f mm below the text's edge", edge/mm)
					}
				case (p.size == 16 || p.size == 22) && (i > 0 || name != "批次公布公告" && name != "调整公告") && w < h:
					if line := (p.y-top)/pitch - 0.72; math.Abs(line-math.Round(line)) > 0.02 {
						t.Errorf("%s, page %d: text on line %.2f", name, i+1, line)
					}
				}
			}
			if numbers != 1 {
				t.Errorf("%s: %d numbers on page %d", name, numbers, i+1)
			}
		}
	}
}

// A signature stands where the seal covers it: one body in the middle of the
// date, several with room for a seal each, a long one inside the margin, labels
// below each other.
func TestArrange(t *testing.T) {
	chars := func(s string) float64 { return float64(units(s)) / 2 }
	for name, c := range map[string]struct {
		lines []string
		want  []signed
	}{
		"one":      {[]string{"某县信访局", "2018年7月5日"}, []signed{{text: "某县信访局", right: 4.5}, {text: "2018年7月5日", right: 4}}},
		"two":      {[]string{"某县审改办", "某县行政审批局", "2018年7月5日"}, []signed{{text: "某县审改办　　　某县行政审批局", right: 3.5}, {text: "2018年7月5日", right: 4}}},
		"long":     {[]string{strings.Repeat("很长的单位名称", 3), "2018年7月5日"}, []signed{{text: strings.Repeat("很长的单位名称", 3)}, {text: "2018年7月5日", right: 7.5}}},
		"labelled": {[]string{"承诺单位：某局", "签名：", "2018年7月5日"}, []signed{{text: "承诺单位：某局", left: 17}, {text: "签名：", left: 17}, {text: "2018年7月5日", left: 17}}},
		"no date":  {[]string{"某局（盖章）"}, []signed{{text: "某局（盖章）", right: 4}}},
		"two rows": {[]string{"某县住房和城乡建设局", "某县人力资源和社会保障局", "某县审改办", "2018年7月5日"}, []signed{{text: "某县住房和城乡建设局　　某县人力资源和社会保障局", right: 1}, {text: "某县审改办", right: 4.5}, {text: "2018年7月5日", right: 4}}},
	} {
		got := arrange(c.lines, 28, chars)
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got  %+v\nwant %+v", name, got, c.want)
		}
		for _, s := range got {
			if s.right < 0 || chars(s.text)+s.right > 28 || s.left+chars(s.text) > 28.01 {
				t.Errorf("%s: %q leaves the line", name, s.text)
			}
		}
	}
}

// Columns fill the width exactly, none is squeezed below what a short entry
// needs, and tables of one head below a title have the same.
func TestColumns(t *testing.T) {
	measure := func(s string, _ bool) float64 { return float64(units(s)) * 5.25 }
	for _, rows := range [][][]string{
		{{"序号", "事项名称"}, {"1", "短"}},
		{{"序号", "名称", "编码", "依据", "次数"}, {"1", strings.Repeat("名", 60), strings.Repeat("1", 31), strings.Repeat("依据", 80), "最多跑一次"}},
		{{strings.Repeat("头", 90)}},
		{{"甲", "乙", "丙"}, {strings.Repeat("字", 200), strings.Repeat("字", 200), strings.Repeat("字", 200)}},
	} {
		const total = 8844
		sum := 0
		for c, w := range columns([][][]string{rows}, total, measure) {
			sum += w
			if w < min(shortCell, int(measure(rows[0][c], true)*20)) {
				t.Errorf("column %d of %v is %d wide", c, rows[0], w)
			}
		}
		if sum != total {
			t.Errorf("%v: %d of %d", rows[0], sum, total)
		}
	}
	d := &Doc{Blocks: Parse("# 一\n|甲|乙|\n|1|2|\n## 二\n|甲|乙|\n|很长的内容|2|\n# 三\n|甲|乙|\n|3|4|")}
	if n := len(d.alike(1)); n != 2 {
		t.Errorf("%d tables are alike", n)
	}
}

// A page never holds a signature alone: two lines of the text go along.
func TestSignatureKeepsText(t *testing.T) {
	fonts := NewFonts("")
	if err := fonts.load(); err != nil {
		t.Fatal(err)
	}
	for lines := 14; lines <= 24; lines++ {
		d := &Doc{Blocks: []Block{{Kind: Addressee, Text: "某单位："}, {Text: strings.Repeat("字", 28*lines-2)}, {Kind: Signature, Text: "某县人民政府"}, {Kind: Signature, Text: "2018年7月5日"}}}
		var b bytes.Buffer
		if _, err := WritePDF(&b, d, fonts); err != nil {
			t.Fatal(err)
		}
		pages, _ := pagesOf(t, b.Bytes())
		last := pages[len(pages)-1]
		body := 0
		for _, p := range last {
			if p.size == 16 && math.Abs(p.x-28*mm) < 1 {
				body++
			}
		}
		if len(pages) > 1 && body < 2 {
			t.Errorf("%d lines: the last of %d pages holds %d lines of text", lines, len(pages), body)
		}
	}
}

// Numbers stand close to the characters around them, as on paper.
func TestTighten(t *testing.T) {
	for in, want := range map[string]string{"共 5 项": "共5项", "第 1 次，2 份": "第1次，2份", "PDF 文件": "PDF文件", "a b": "a b", "占 50% 以上": "占50%以上", "张　三": "张　三"} {
		if got := tighten(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	for n, want := range map[int]string{1: "一", 10: "十", 11: "十一", 20: "二十", 36: "三十六", 99: "九十九", 100: "100", 0: "0"} {
		if got := hanNumber(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}

// TestOfficeProgram opens every paper in LibreOffice: it must be readable there,
// official papers must keep 22 lines of 28 characters, and posters one page.
func TestOfficeProgram(t *testing.T) {
	office, err := exec.LookPath("soffice")
	if err != nil {
		if os.Getenv("ONEVISIT_TEST_REQUIRE_ALL") == "1" {
			t.Fatal("ONEVISIT_TEST_REQUIRE_ALL is set, and soffice (LibreOffice) is not installed")
		}
		t.Skip("soffice (LibreOffice) is not installed: no file was opened in an office program")
	}
	dir := t.TempDir()
	args := []string{"-env:UserInstallation=file://" + dir + "/profile", "--headless", "--convert-to", "pdf", "--outdir", dir}
	put := func(name string, b []byte) {
		file := filepath.Join(dir, name+".docx")
		if err := os.WriteFile(file, b, 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, file)
	}
	want := map[string]int{"满页": 1, "满页多一字": 2, "海报": 1, "海报A3": 1, "窗口卡": 1, "公开承诺书": 2, "零报告": 1}
	press := NewPress(NewTemplates(""), NewFonts(""), "")
	for name, data := range samples {
		var b bytes.Buffer
		if _, err := press.Print(t.Context(), &b, "docx", name, data, "版本"); err != nil {
			t.Fatal(err)
		}
		put(name, b.Bytes())
	}
	for name, chars := range map[string]int{"满页": 22 * 28, "满页多一字": 22*28 + 1} {
		var b bytes.Buffer
		if err := WriteDOCX(&b, &Doc{Blocks: []Block{{Kind: Addressee, Text: strings.Repeat("广", chars)}}}); err != nil {
			t.Fatal(err)
		}
		put(name, b.Bytes())
	}
	out, err := exec.CommandContext(t.Context(), office, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("LibreOffice: %v\n%s", err, out)
	}
	page := regexp.MustCompile(`/Type\s*/Page\b[^s]`)
	for _, file := range args[6:] {
		name := strings.TrimSuffix(filepath.Base(file), ".docx")
		pdf, err := os.ReadFile(filepath.Join(dir, name+".pdf"))
		if err != nil {
			t.Errorf("LibreOffice does not open %s: %v\n%s", name, err, out)
			continue
		}
		if n := len(page.FindAll(pdf, -1)); n == 0 || want[name] > 0 && n != want[name] {
			t.Errorf("%s: %d pages, want %d", name, n, want[name])
		}
	}
}

func BenchmarkGuidePDF(b *testing.B) {
	press := NewPress(NewTemplates(""), NewFonts(""), "")
	g := samples["办事指南"]
	for b.Loop() {
		if _, err := press.Print(b.Context(), io.Discard, "pdf", "办事指南", g, ""); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkBookletPDF(b *testing.B) {
	press := NewPress(NewTemplates(""), NewFonts(""), "")
	book := Booklet{Title: "全县办事指南汇编"}
	for range 1135 {
		book.Guides = append(book.Guides, samples["办事指南"].(Guide))
	}
	for b.Loop() {
		if _, err := press.Print(b.Context(), io.Discard, "pdf", "指南汇编", book, ""); err != nil {
			b.Fatal(err)
		}
	}
}

// The imprint stands on an even page, whatever page the text ends on; only a
// blank page before it takes away the numbers (7.4, 7.5). A short paper is brought
// together rather than leave one.
func TestImprintOnEvenPage(t *testing.T) {
	fonts := NewFonts("")
	seen := map[imprintPlace]int{}
	for lines := 1; lines <= 90; lines++ {
		if lines == 50 {
			lines = 80
		}
		d := &Doc{Blocks: []Block{{Kind: Addressee, Text: strings.Repeat("字", 28*lines)}, {Kind: Imprint, Text: "某县人民政府办公室|2018年7月5日印发"}}}
		if err := fonts.load(); err != nil {
			t.Fatal(err)
		}
		s, err := d.settle(fonts)
		if err != nil {
			t.Fatal(err)
		}
		if seen[s.imprintAt]++; s.imprintAt == imprintAfter && lines < 80 {
			t.Errorf("%d lines leave a blank page", lines)
		}
		var b bytes.Buffer
		if _, err := WritePDF(&b, d, fonts); err != nil {
			t.Fatal(err)
		}
		pages, boxes := pagesOf(t, b.Bytes())
		if len(boxes)%2 != 0 || s.page != len(boxes) {
			t.Fatalf("%d lines: the imprint stands on page %d of %d", lines, s.page, len(boxes))
		}
		numbers := 0
		for _, page := range pages {
			for _, p := range page {
				if p.size == 14 && p.y > 297*mm-35*mm {
					numbers++
				}
			}
		}
		want := len(boxes)
		if s.imprintAt == imprintAfter {
			want -= 2
		}
		if numbers != want {
			t.Errorf("%d lines: %d of %d pages are numbered, want %d", lines, numbers, len(boxes), want)
		}
		// Word has a section for it that begins on an even page.
		d.imprint = s.imprintAt
		if err := WriteDOCX(&b, d); err != nil {
			t.Fatal(err)
		}
	}
	if len(seen) != 3 {
		t.Errorf("not every place was seen: %v", seen)
	}
}

// A small table stands on one page, of a long one never the last row alone, and a
// heading stands with what follows it.
func TestTablesStayTogether(t *testing.T) {
	fonts := NewFonts("")
	for lines := 20; lines <= 40; lines++ {
		for _, rows := range []int{3, 5, 40} {
			text := "## 标题\n|序号|环节|\n" + strings.Repeat("|1|受理|\n", rows)
			d := &Doc{Style: Plain, Blocks: append([]Block{{Kind: Addressee, Text: strings.Repeat("字", 38*lines)}}, Parse(text)...)}
			var b bytes.Buffer
			if _, err := WritePDF(&b, d, fonts); err != nil {
				t.Fatal(err)
			}
			pages, _ := pagesOf(t, b.Bytes())
			cells, heading := []int{}, 0
			for i, page := range pages {
				n := 0
				for _, p := range page {
					if p.size == cellSize {
						n++
					} else if p.size == 12 && math.Abs(p.x-27*mm-24) < 1 {
						heading = i
					}
				}
				if n > 0 {
					cells = append(cells, i, n/2)
				}
			}
			switch {
			case heading != cells[0]:
				t.Errorf("%d lines, %d rows: the heading is on page %d, the table on %d", lines, rows, heading, cells[0])
			case rows < 10 && len(cells) != 2:
				t.Errorf("%d lines, %d rows: a small table is parted", lines, rows)
			case cells[1] < 3 || cells[len(cells)-1] < 3: // the head and two rows
				t.Errorf("%d lines, %d rows: a row stands alone: %v", lines, rows, cells)
			}
		}
	}
}

// Two cells that one column's width would spare a line get it: no table has more
// lines than with the widths that each column asks for in turn.
func TestColumnsSaveLines(t *testing.T) {
	measure := func(s string, _ bool) float64 { return float64(units(s)) * 5.25 }
	rows := [][]string{{"序号", "材料名称", "份数", "由谁出具", "已备"}}
	for range 8 {
		rows = append(rows, []string{"1", "申请人有效身份证件（只填证件号码，由窗口联网核验，不收取原件和复印件）", "只填名称、文号或者编码", "市场监督管理部门", "□"})
	}
	widths := columns([][][]string{rows}, 8844, measure)
	deepest := 0
	for c, w := range widths {
		deepest = max(deepest, int(math.Ceil(measure(rows[1][c], false)*20/float64(w-cellTwips-105))))
	}
	if deepest > 3 {
		t.Errorf("a row takes %d lines with %v", deepest, widths)
	}
}
