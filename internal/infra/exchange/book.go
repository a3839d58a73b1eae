package exchange

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"onevisit/internal/domain/catalog"
)

// book writes the workbook of the program: one sheet for items, materials,
// steps, touchpoints and sites each, linked by the item's number.
type book struct {
	f      *excelize.File
	sheets map[string]*bookSheet
	rw     *rowWriter
	long   longTexts
	items  int
	// problems says that the sheet of items has a column 问题.
	problems bool
	head     int // header style
	headMust int // of mandatory elements
	text     int // text format, so that codes stay codes
	note     int
	doubt    int // cells with a problem
}

type bookSheet struct {
	sw   *excelize.StreamWriter
	row  int
	keys []string // of the columns behind the links
}

// dropRows is how many rows the drop-downs of a template cover.
const dropRows = 5000

func newBook(problems bool) (*book, error) {
	b := &book{f: excelize.NewFile(), sheets: map[string]*bookSheet{}, rw: newRowWriter(), problems: problems}
	if err := b.begin(); err != nil {
		_ = b.f.Close() // the first error counts
		return nil, err
	}
	return b, nil
}

// styles makes the styles of cells.
func (b *book) styles() (err error) {
	style := func(s *excelize.Style) int {
		if err != nil {
			return 0
		}
		var id int
		id, err = b.f.NewStyle(s)
		return id
	}
	border := []excelize.Border{{Type: "bottom", Color: "BFBFBF", Style: 1}, {Type: "right", Color: "BFBFBF", Style: 1}}
	wrap := &excelize.Alignment{WrapText: true, Vertical: "top"}
	fill := func(c string) excelize.Fill { return excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{c}} }
	middle := &excelize.Alignment{WrapText: true, Vertical: "center", Horizontal: "center"}
	b.head = style(&excelize.Style{Font: &excelize.Font{Bold: true}, Fill: fill("E7ECF3"), Alignment: middle, Border: border})
	b.headMust = style(&excelize.Style{Font: &excelize.Font{Bold: true, Color: "9C0006"}, Fill: fill("E7ECF3"), Alignment: middle, Border: border})
	b.text = style(&excelize.Style{NumFmt: 49, Alignment: wrap})
	b.note = style(&excelize.Style{NumFmt: 49, Font: &excelize.Font{Italic: true, Color: "666666"}, Alignment: wrap})
	b.doubt = style(&excelize.Style{NumFmt: 49, Fill: fill("FFF2CC"), Alignment: wrap})
	return err
}

func (b *book) begin() error {
	if err := b.styles(); err != nil {
		return err
	}
	if err := b.f.SetSheetName("Sheet1", sheetItems); err != nil {
		return err
	}
	for _, name := range []string{sheetMaterials, sheetSteps, sheetTouchpoints, sheetSites, sheetHelp, sheetLong, sheetDict} {
		if _, err := b.f.NewSheet(name); err != nil {
			return err
		}
	}
	must := map[string]bool{"unit": true}
	for _, e := range catalog.Elements().Elements {
		if e.Rule == catalog.Always {
			for _, f := range e.Fields() {
				must[f.Key] = must[f.Key] || f.Core
			}
		}
	}
	var head []header
	for _, c := range b.rw.cols {
		h := header{key: c.Path, label: c.Label, must: must[c.Path], width: 18}
		if f := c.field; f != nil {
			h.kind, h.dict = f.Kind, f.Dictionary
			if f.Element > 0 {
				h.label += "（" + strconv.Itoa(f.Element) + "）"
			}
		}
		if c.Path == "process.formal_check" {
			h.kind = catalog.KindBool
		}
		head = append(head, h)
	}
	head = append(head, header{key: "", label: colComplete, width: 14})
	lead := []string{colSequence}
	if b.problems {
		lead = append(lead, colProblem)
	}
	dict := &dictSheet{book: b, at: map[string]string{}}
	var err error
	if dict.sw, err = b.f.NewStreamWriter(sheetDict); err != nil {
		return err
	}
	if err := b.sheet(sheetItems, lead, head, dict); err != nil {
		return err
	}
	links := []string{colLink, "事项名称"}
	if err := b.sheet(sheetMaterials, links, headers(catalog.MaterialFields(), "name"), dict); err != nil {
		return err
	}
	if err := b.sheet(sheetSteps, links, headers(catalog.StepFields(), "name"), dict); err != nil {
		return err
	}
	if err := b.sheet(sheetTouchpoints, links, headers(catalog.TouchpointFields(), "duty", "from", "site"), dict); err != nil {
		return err
	}
	if err := b.sheet(sheetSites, links, headers(catalog.SiteFields(), "name"), dict); err != nil {
		return err
	}
	if err := dict.write(); err != nil {
		return err
	}
	b.long.write = b.longText
	return b.sheet(sheetLong, nil, longHead, nil)
}

// longHead is the head of the sheet of texts that are too long for a cell.
var longHead = []header{{label: "引用", width: 18}, {label: "段", width: 8}, {label: "文字", width: 80}}

func (b *book) longText(key string, part int, text string) error {
	return b.add(sheetLong, []any{excelize.Cell{StyleID: b.text, Value: key}, part, excelize.Cell{StyleID: b.text, Value: text}})
}

type header struct {
	key, label, dict string
	kind             catalog.Kind
	must             bool
	width            float64
}

func headers[T any](cols []*catalog.Column[T], must ...string) []header {
	var out []header
	for _, c := range cols {
		h := header{key: c.Key, label: c.Label, kind: c.Kind, dict: c.Dictionary, width: 16}
		for _, m := range must {
			h.must = h.must || m == c.Key
		}
		out = append(out, h)
	}
	return out
}

// sheet begins a sheet: widths, frozen header, drop-downs, header row.
func (b *book) sheet(name string, lead []string, head []header, dict *dictSheet) error {
	sw, err := b.f.NewStreamWriter(name)
	if err != nil {
		return err
	}
	s := &bookSheet{sw: sw}
	b.sheets[name] = s
	var row []any
	for _, l := range lead {
		row = append(row, excelize.Cell{StyleID: b.head, Value: l})
		width := 10.0
		if l != colSequence && l != colLink {
			width = 30
		}
		if err := sw.SetColWidth(len(row), len(row), width); err != nil {
			return err
		}
	}
	for _, h := range head {
		style, label := b.head, h.label
		if h.must {
			style, label = b.headMust, "*"+label
		}
		row = append(row, excelize.Cell{StyleID: style, Value: label})
		s.keys = append(s.keys, h.key)
		width := h.width
		switch h.key {
		case "name", "bases", "conditions", "places":
			width = 36
		case "implementation_code":
			width = 34
		}
		if err := sw.SetColWidth(len(row), len(row), width); err != nil {
			return err
		}
		if dict == nil {
			continue
		}
		if err := dict.drop(name, len(row), h); err != nil {
			return err
		}
	}
	if err := sw.SetColStyle(1, len(row), b.text); err != nil {
		return err
	}
	if err := sw.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, XSplit: len(lead), TopLeftCell: columnName(len(lead)) + "2", ActivePane: "bottomRight"}); err != nil {
		return err
	}
	s.row = 1
	return sw.SetRow("A1", row, excelize.RowOpts{Height: 36})
}

// dictSheet is the hidden sheet of the values that the drop-downs offer.
type dictSheet struct {
	book  *book
	sw    *excelize.StreamWriter
	names []string
	lists [][]string
	at    map[string]string // dictionary -> range
}

func (d *dictSheet) drop(sheet string, col int, h header) error {
	dv := excelize.NewDataValidation(true)
	letter := columnName(col - 1)
	dv.SetSqref(fmt.Sprintf("%s2:%s%d", letter, letter, dropRows))
	switch {
	case h.kind == catalog.KindBool:
		if err := dv.SetDropList([]string{"是", "否"}); err != nil {
			return err
		}
		dv.SetError(excelize.DataValidationErrorStyleWarning, "请核对", "应填“是”或“否”。")
	case h.dict != "" && catalog.Dict(h.dict) != nil && h.kind != catalog.KindList:
		ref, ok := d.at[h.dict]
		if !ok {
			names := catalog.Dict(h.dict).Names()
			c := columnName(len(d.lists))
			ref = fmt.Sprintf("%s!$%s$2:$%s$%d", sheetDict, c, c, len(names)+1)
			d.at[h.dict] = ref
			d.names, d.lists = append(d.names, h.dict), append(d.lists, names)
		}
		dv.SetSqrefDropList(ref)
		dv.SetError(excelize.DataValidationErrorStyleWarning, "请核对", "下拉列表中没有这个值，确定要用吗？")
	case h.dict != "" && catalog.Dict(h.dict) != nil:
		// A cell with several values cannot have a drop-down; it shows what
		// may be written.
		if err := dv.SetRange(0, excelCell, excelize.DataValidationTypeTextLength, excelize.DataValidationOperatorBetween); err != nil {
			return err
		}
		dv.SetInput(clip(h.label, 20), clip("可填几项，用“；”隔开："+strings.Join(catalog.Dict(h.dict).Names(), "；"), 200))
	default:
		return nil
	}
	return d.book.f.AddDataValidation(sheet, dv)
}

func (d *dictSheet) write() error {
	longest := 0
	for _, l := range d.lists {
		longest = max(longest, len(l))
	}
	for r := range longest + 1 {
		row := make([]any, len(d.lists))
		for i, l := range d.lists {
			switch {
			case r == 0:
				row[i] = excelize.Cell{StyleID: d.book.head, Value: d.names[i]}
			case r <= len(l):
				row[i] = l[r-1]
			}
		}
		if err := d.sw.SetRow("A"+strconv.Itoa(r+1), row); err != nil {
			return err
		}
	}
	return d.sw.Flush()
}

func (b *book) add(sheet string, row []any) error {
	s := b.sheets[sheet]
	s.row++
	if s.row > excelize.TotalRows {
		return fmt.Errorf("sheet %s is full", sheet)
	}
	return s.sw.SetRow("A"+strconv.Itoa(s.row), row)
}

// cells makes a row of texts; doubtful ones are marked.
func (b *book) cells(lead []any, texts []string, style int, doubtful func(i int) bool) ([]any, error) {
	row := append([]any(nil), lead...)
	for i, v := range texts {
		v, err := b.long.fit(v)
		if err != nil {
			return nil, err
		}
		st := style
		if doubtful != nil && doubtful(i) {
			st = b.doubt
		}
		if v == "" && st == style {
			row = append(row, nil)
			continue
		}
		row = append(row, excelize.Cell{StyleID: st, Value: v})
	}
	return row, nil
}

// item writes an item on all sheets. problems are shown in their column and at
// the cells they are about.
func (b *book) item(it *catalog.Item, problems []Problem) error {
	r, err := b.rw.rows(it)
	if err != nil {
		return err
	}
	b.items++
	seq := strconv.Itoa(b.items)
	return b.itemRows(seq, it.Name, &r, problems, b.text)
}

func (b *book) itemRows(seq, name string, r *rowsOf, problems []Problem, style int) error {
	lead := []any{excelize.Cell{StyleID: style, Value: seq}}
	labels := map[string]bool{}
	if b.problems {
		text, err := b.long.fit(problemText(problems))
		if err != nil {
			return err
		}
		lead = append(lead, excelize.Cell{StyleID: b.doubt, Value: text})
		for _, p := range problems {
			if p.Severity != SeverityNote {
				labels[p.Field] = true
			}
		}
	}
	row, err := b.cells(lead, append(append([]string(nil), r.cells...), r.complete), style,
		func(i int) bool { return len(labels) > 0 && i < len(b.rw.cols) && labels[b.rw.cols[i].Label] })
	if err != nil {
		return err
	}
	if err := b.add(sheetItems, row); err != nil {
		return err
	}
	for _, side := range []struct {
		sheet string
		rows  [][]string
	}{{sheetMaterials, r.materials}, {sheetSteps, r.steps}, {sheetTouchpoints, r.touchpoints}, {sheetSites, r.sites}} {
		for _, cells := range side.rows {
			row, err := b.cells([]any{excelize.Cell{StyleID: style, Value: seq}, excelize.Cell{StyleID: style, Value: clip(name, 100)}}, cells, style, nil)
			if err != nil {
				return err
			}
			if err := b.add(side.sheet, row); err != nil {
				return err
			}
		}
	}
	return nil
}

func problemText(problems []Problem) string {
	var b strings.Builder
	for _, p := range problems {
		if p.Severity == SeverityNote {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(p.Severity + "：")
		if p.Field != "" {
			b.WriteString("【" + p.Field + "】")
		}
		b.WriteString(p.Message)
	}
	return b.String()
}

// finish closes the sheets and writes the workbook.
func (b *book) finish(w io.Writer) error {
	defer func() { _ = b.f.Close() }() // temporary files; the workbook is written by then
	if err := b.help(); err != nil {
		return err
	}
	for _, name := range []string{sheetItems, sheetMaterials, sheetSteps, sheetTouchpoints, sheetSites, sheetLong} {
		if err := b.sheets[name].sw.Flush(); err != nil {
			return err
		}
	}
	b.hide(sheetDict)
	if b.long.n == 0 {
		b.hide(sheetLong)
	}
	_, err := b.f.WriteTo(w)
	return err
}

// hide hides a sheet. The library's own call would load every sheet that has
// been streamed out into memory again.
func (b *book) hide(name string) {
	for i := range b.f.WorkBook.Sheets.Sheet {
		if s := &b.f.WorkBook.Sheets.Sheet[i]; s.Name == name {
			s.State = "hidden"
		}
	}
}

// help writes the sheet of instructions.
func (b *book) help() error {
	sw, err := b.f.NewStreamWriter(sheetHelp)
	if err != nil {
		return err
	}
	for i, width := range []float64{8, 28, 14, 70} {
		if err := sw.SetColWidth(i+1, i+1, width); err != nil {
			return err
		}
	}
	n := 0
	line := func(style int, cells ...string) error {
		n++
		row := make([]any, len(cells))
		for i, c := range cells {
			row[i] = excelize.Cell{StyleID: style, Value: c}
		}
		return sw.SetRow("A"+strconv.Itoa(n), row)
	}
	for _, l := range []string{
		"一、一个事项在“事项”表中占一行。“序号”由填表人编，同一文件中不得重复。",
		"二、材料、办理环节、到场事由、办理地点各填在自己的表中，一项一行，用“事项序号”与“事项”表对应；没有序号的，可另设“实施编码”一列，或按“事项名称”对应。",
		"三、带 * 的列必填。括号中的数字是 36 项要素的编号。有下拉列表的列请从列表中选。",
		"四、一格填几项的，用“；”隔开；设定依据、受理条件一条一行（Alt+Enter 换行）。",
		"五、时限写成“20工作日”“30自然日”“8小时”，当场办结的写“即办”。日期写成 2018-12-20。编码按文本填写。",
		"六、收费标准一行一项：收费项目｜标准｜依据｜减免情形。有几个办理地点的，一行一个：名称｜地址｜办公时间｜电话。",
		"七、“到场”表写申请人必须到场的事由。“最早环节”“最晚环节”填环节编号或名称，“到场地点”填地点编号或名称；事项不需要到场的不填，并在“到办事现场次数”中填 0。",
		"八、序号为“说明”“示例”的行不会导入，可以删去。“完整记录”一列由系统填写，请勿修改；不需要时可整列删去。",
		"九、带“问题”列的文件是系统退回更正的，改好后直接导入即可，“问题”列不会导入。",
	} {
		if err := line(0, l); err != nil {
			return err
		}
	}
	if err := line(0, ""); err != nil {
		return err
	}
	if err := line(b.head, "编号", "要素", "是否必填", "填写要求"); err != nil {
		return err
	}
	for _, e := range catalog.Elements().Elements {
		must := "按情况"
		switch e.Rule {
		case catalog.Always:
			must = "必填"
		case catalog.Never:
			must = "选填"
		}
		if err := line(b.text, strconv.Itoa(e.No), e.Name, must, e.Help); err != nil {
			return err
		}
	}
	return sw.Flush()
}

// WriteXLSX writes items as a workbook of the program's own shape. Reading it
// again gives the same items: where the columns cannot say everything
// (scenarios, additional content), the column 完整记录 holds the whole record, and a
// cell that is edited afterwards goes before it.
func WriteXLSX(w io.Writer, items Items) error {
	b, err := newBook(false)
	if err != nil {
		return exportFault(err, "工作簿")
	}
	for it, err := range items {
		if err == nil {
			err = b.item(it, nil)
		}
		if err != nil {
			_ = b.f.Close() // the first error counts
			return exportFault(err, "工作簿")
		}
	}
	return exportFault(b.finish(w), "工作簿")
}

// WriteTemplate writes the empty workbook with its instructions and one example,
// which is not imported.
func WriteTemplate(w io.Writer) error {
	b, err := newBook(false)
	if err != nil {
		return exportFault(err, "模板")
	}
	if err := b.template(); err != nil {
		_ = b.f.Close() // the first error counts
		return exportFault(err, "模板")
	}
	return exportFault(b.finish(w), "模板")
}

func (b *book) template() error {
	notes := make([]string, len(b.rw.cols))
	for i, c := range b.rw.cols {
		f := c.field
		if f == nil {
			continue
		}
		var parts []string
		if e := catalog.Elements().Element(f.Element); e != nil && e.Help != "" && f.Core && e.Fields()[0] == f {
			parts = append(parts, e.Help)
		}
		switch d := catalog.Dict(f.Dictionary); {
		case f.Kind == catalog.KindBool:
			parts = append(parts, "填“是”或“否”")
		case d != nil:
			parts = append(parts, d.Hint())
		}
		notes[i] = strings.Join(parts, "；")
	}
	row, err := b.cells([]any{excelize.Cell{StyleID: b.note, Value: markNote}}, notes, b.note, nil)
	if err != nil {
		return err
	}
	if err := b.add(sheetItems, row); err != nil {
		return err
	}
	it := exampleItem()
	r, err := b.rw.rows(it)
	if err != nil {
		return err
	}
	r.complete = ""
	return b.itemRows(markExample, it.Name, &r, nil, b.note)
}

// exampleItem is the example of the template: the item of the plan's own field,
// with a process that shows every sheet. Its codes and numbers are invented.
func exampleItem() *catalog.Item {
	one := 1
	return &catalog.Item{Schema: catalog.Schema, Unit: "县卫生健康局", Name: "公共场所卫生许可", MainName: "公共场所卫生许可", Variant: "新办",
		BasicCode: "000123006000", ImplementationCode: "11130531MB123456234000123006000", Type: "行政许可",
		Bases: []catalog.Basis{{Text: "《公共场所卫生管理条例》（国发〔1987〕24号）第四条"}}, Level: "县级", PowerSource: "法定本级行使",
		Body: catalog.Body{Name: "县行政审批局", USCC: "11130531MB12345623", Nature: "法定机关"}, Office: "社会事务股",
		Audience: []string{"企业法人", "其他组织"}, Topics: []string{"医疗卫生"}, CaseType: catalog.CasePromised, Channels: []string{"窗口办理", "电脑端网上办理"},
		LegalLimit: catalog.Limit{N: 20, Unit: catalog.UnitWorkday}, CurrentLimit: catalog.Limit{N: 10, Unit: catalog.UnitWorkday}, PromisedLimit: catalog.Limit{N: 7, Unit: catalog.UnitWorkday},
		Conditions: []string{"经营场所符合卫生标准和要求", "从业人员持有有效健康合格证明"},
		Materials: []catalog.Material{
			{ID: "m1", Name: "公共场所卫生许可申请表", Kind: "申请表格文书", Basis: "《公共场所卫生管理条例实施细则》第二十三条", Issuer: catalog.IssuerApplicant, Originals: 1, Need: catalog.NeedRequired, Role: catalog.RoleMain},
			{ID: "m2", Name: "营业执照", Kind: "证件证书证明", Issuer: catalog.IssuerGovernment, IssuerUnit: "县市场监督管理局", Copies: 1, Need: catalog.NeedDeferred, Role: catalog.RoleDefer,
				Defer: catalog.Defer{Days: 5}, Licence: "营业执照"}},
		Process: &catalog.Process{MainHall: "县政务服务大厅",
			Sites: []catalog.Site{{ID: "w1", Name: "综合窗口", Hall: "县政务服务大厅", Unit: "县行政审批局"}},
			Steps: []catalog.Step{{ID: "s1", Name: "窗口收件受理", Kind: "受理", Unit: "县行政审批局", Level: "县", Waits: true},
				{ID: "s2", Name: "审查", Kind: "审查", Unit: "县卫生健康局", Level: "县", Days: 5, Waits: true},
				{ID: "s3", Name: "制证送达", Kind: "送达", Unit: "县行政审批局", Level: "县", Days: 1}},
			Touchpoints: []catalog.Touchpoint{{ID: "t1", Duty: catalog.DutySubmit, From: "s1", To: "s1", Site: "w1", Remote: []string{"网上"}},
				{ID: "t2", Duty: catalog.DutyOriginals, From: "s1", To: "s3", Site: "w1"}, {ID: "t3", Duty: catalog.DutyCollect, From: "s3", To: "s3", Site: "w1"}}},
		SpecialProcedures: []string{"除延长审批之外的情况"}, Result: catalog.Result{Name: "公共场所卫生许可证", Kind: "证照", Licence: "公共场所卫生许可证"},
		Visits: &one, VisitsReason: "领取结果时核验原件", Express: true, InHall: true, Online: catalog.Online{Available: true, System: "省级"},
		Places:  []catalog.Place{{Name: "县政务服务大厅综合窗口", Address: "广宗县兴广路1号", Hours: "工作日 8:30—17:30", Phone: "0319-7210000"}},
		Enquiry: []string{"0319-7210001"}, Complaint: []string{"0319-7210002", "12345"},
		Reform: catalog.Reform{Class: catalog.ClassReform, Measures: []string{"M1"}, By: "2018-12-20", PreReview: true, GuidePublished: true, ClearStandard: true}}
}

// WriteProblems writes the records that are bad or doubtful as a workbook of the
// same shape, with what is wrong in the column 问题 and the cells marked, to be
// corrected and imported again. Records without an error or a warning are left
// out; it returns how many were written.
func WriteProblems(w io.Writer, records []Record) (int, error) {
	b, err := newBook(true)
	if err != nil {
		return 0, exportFault(err, "问题清单")
	}
	n := 0
	for i := range records {
		rec := &records[i]
		if rec.Item != nil && problemText(rec.Problems) == "" {
			continue
		}
		if rec.Item != nil {
			err = b.item(rec.Item, rec.Problems)
		} else {
			err = b.bad(rec)
		}
		if err != nil {
			_ = b.f.Close() // the first error counts
			return n, exportFault(err, "问题清单")
		}
		n++
	}
	return n, exportFault(b.finish(w), "问题清单")
}

// bad writes a record that could not be read: its values in the columns they
// were recognised as, what belongs nowhere in 完整记录's place as plain text.
func (b *book) bad(rec *Record) error {
	r := rowsOf{cells: make([]string, len(b.rw.cols))}
	var rest []string
	for _, v := range rec.Raw {
		done := false
		if paths, ok := (*mapping)(nil).lookup(v.Name); ok {
			for i, c := range b.rw.cols {
				for _, p := range paths {
					if c.Path == p && r.cells[i] == "" {
						r.cells[i], done = v.Value, true
					}
				}
			}
		}
		if !done {
			rest = append(rest, v.Name+"："+v.Value)
		}
	}
	b.items++
	problems := rec.Problems
	if len(rest) > 0 {
		problems = append(problems[:len(problems):len(problems)], Problem{Severity: "原文", Message: strings.Join(rest, "\n")})
	}
	return b.itemRows(strconv.Itoa(b.items), "", &r, problems, b.text)
}
