package exchange

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
)

// Names of the sheets that the program writes and knows again.
const (
	sheetItems       = "事项"
	sheetMaterials   = "材料"
	sheetSteps       = "环节"
	sheetTouchpoints = "到场"
	sheetSites       = "地点"
	sheetLong        = "长文本"
	sheetDict        = "字典"
	sheetHelp        = "填写说明"

	colSequence = "序号"
	colLink     = "事项序号"
	colProblem  = "问题"
	// colComplete holds an item's whole JSON where the columns cannot say all.
	colComplete = "完整记录"

	markNote    = "说明" // in 序号: a row that explains
	markExample = "示例" // in 序号: a row that shows how
)

// sideSheets says which sheet a name means.
var sideSheets = map[string]string{
	"材料": sheetMaterials, "申请材料": sheetMaterials, "材料清单": sheetMaterials, "申报材料": sheetMaterials,
	"环节": sheetSteps, "办理环节": sheetSteps, "办理流程": sheetSteps,
	"到场": sheetTouchpoints, "到场事由": sheetTouchpoints,
	"地点": sheetSites, "办理地点": sheetSites,
	sheetLong: sheetLong, sheetDict: sheetDict, sheetHelp: sheetHelp,
}

// sides are the sheets beside the items, loaded before them.
type sides struct {
	long        map[string]string
	materials   *sideTable[catalog.Material]
	steps       *sideTable[catalog.Step]
	touchpoints *sideTable[catalog.Touchpoint]
	sites       *sideTable[catalog.Site]
}

// readXLSX reads every sheet that has a header of items; the sheets of materials,
// steps, touchpoints and sites are loaded first and join them.
func (s *session) readXLSX(in *input) error {
	w, err := openWorkbook(in, s.opt.Limits)
	if err != nil {
		return err
	}
	defer w.close()
	var items []*sheetInfo
	by := map[string]*sheetInfo{}
	for i := range w.sheets {
		sh := &w.sheets[i]
		name, _ := tidy(sh.name)
		switch kind := sideSheets[name]; {
		case kind != "" && by[kind] == nil:
			by[kind] = sh
		case sh.hidden:
			s.fileProblem(sh.name, "", "", SeverityWarning, "工作表是隐藏的，没有读入。如需导入，请取消隐藏。")
		default:
			items = append(items, sh)
		}
	}
	sd, err := s.loadSides(w, by)
	if err != nil {
		return err
	}
	found := false
	var without []string
	for _, sh := range items {
		if err := w.tail(sh); err != nil {
			return w.broken(sh, err)
		}
		ok, err := s.itemSheet(w, sh, sd)
		if err != nil {
			return err
		}
		if found = found || ok; !ok {
			without = append(without, sh.name)
		}
	}
	if !found {
		if len(items) == 0 {
			return fault.Invalidf("工作簿“%s”里没有“事项”工作表。请使用模板，或在表头写上“事项名称”等列名。", in.name)
		}
		return fault.Invalidf("工作簿“%s”的工作表（%s）前 20 行里没有找到表头：表头应有“事项名称”一列。请下载模板，或在第一行写上列名。", in.name, clip(strings.Join(without, "、"), 60))
	}
	for _, name := range without {
		s.fileProblem(name, "", "", SeverityWarning, "工作表没有“事项名称”等列名，没有读入。")
	}
	sd.leftovers(s)
	if s.report.Rows == 0 {
		return fault.Invalidf("工作簿“%s”只有表头，没有记录。", in.name)
	}
	return nil
}

func (w *workbook) broken(sh *sheetInfo, err error) error {
	if fault.KindOf(err) != fault.Internal {
		return err
	}
	return fault.Wrap(fault.Invalid, err, "工作表“%s”已损坏，无法读取。请用 Excel 或 WPS 打开修复后另存再传。", sh.name)
}

// itemSheet reads one sheet of items; false means that it has no header of one.
func (s *session) itemSheet(w *workbook, sh *sheetInfo, sd *sides) (bool, error) {
	var t *table
	seen := 0
	err := w.rows(sh, func(r *sheetRow) (bool, error) {
		if t == nil {
			if s.isHeader(r.cells) {
				var err error
				t, err = s.bind(sh.name, r.no, r.cells, true)
				return true, err
			}
			seen++
			return seen < 20, nil
		}
		sd.lengthen(r.cells)
		if t.sequence >= 0 && t.sequence < len(r.cells) {
			switch v, _ := tidy(r.cells[t.sequence].text); v {
			case markNote, markExample:
				return true, nil
			}
		}
		rec := t.sheetRecord(r, sd)
		return true, s.emit(rec)
	})
	return t != nil, err
}

// lengthen puts the texts of the sheet 长文本 where cells refer to them.
func (sd *sides) lengthen(row []cell) {
	if len(sd.long) == 0 {
		return
	}
	for i := range row {
		if strings.HasPrefix(row[i].text, "〔"+sheetLong) {
			if v, ok := sd.long[row[i].text]; ok {
				row[i].text = v
			}
		}
	}
}

func (t *table) sheetRecord(r *sheetRow, sd *sides) Record {
	d := t.start(r.no)
	complete := false
	if t.source >= 0 && t.source < len(r.cells) && r.cells[t.source].text != "" {
		complete = t.complete(d, r.cells[t.source].text)
	}
	if complete {
		t.amend(d, r.cells)
	} else {
		t.fill(d, r.cells)
	}
	for _, c := range r.merged {
		if c < len(t.cols) && len(t.cols[c].targets) > 0 {
			d.field, d.cell = t.cols[c].targets[0].Label, columnName(c)+strconv.Itoa(r.no)
			d.warn(r.cells[c].text, "合并单元格，按左上角的内容读入。请取消合并，逐行填写。")
		}
	}
	d.field, d.cell = "", ""
	if r.beyond != "" {
		d.warn("", "第 "+r.beyond+" 列及以后的内容超出列数上限，没有读入。")
	}
	seq := ""
	if t.sequence >= 0 && t.sequence < len(r.cells) {
		seq, _ = tidy(r.cells[t.sequence].text)
	}
	sd.join(d, seq, complete)
	return t.s.close(d, func() []RawValue { return t.raw(r.cells) })
}

// complete begins the item with the whole record that an export wrote beside
// the columns.
func (t *table) complete(d *draft, doc string) bool {
	m, err := parseObject([]byte(doc))
	if err != nil {
		d.field = colComplete
		d.warn(clip(doc, 40), "“完整记录”不是完整的 JSON，没有采用，只按各列读入。")
		d.field = ""
		return false
	}
	t.s.decodeItem(d, m)
	d.said.all = true
	return true
}

// amend reads only those cells that say something else than the complete record.
func (t *table) amend(d *draft, row []cell) {
	for i := range t.cols {
		col := &t.cols[i]
		if len(col.targets) == 0 || col.skip || col.keep {
			continue
		}
		var c cell
		if i < len(row) {
			c = row[i]
		}
		v, _ := tidy(c.text)
		tg := col.targets[0]
		had, _ := tidy(cellOf(tg, d.item))
		if v == had {
			continue
		}
		d.field, d.cell = tg.Label, columnName(i)+strconv.Itoa(d.row)
		if v == "" {
			if tg.field == nil || tg.field.Set(d.item, "") != nil {
				d.warn("", "这一列不能清空，保留原来的内容。")
			}
			continue
		}
		if tg.Path == "visits" {
			d.item.Visits = nil
		}
		before := len(d.problems)
		t.put(d, col, &c)
		for j := before; j < len(d.problems); j++ {
			d.problems[j].Cell = columnName(i) + strconv.Itoa(d.row)
		}
	}
	d.field, d.cell = "", ""
}

// sideTable holds the rows of one sheet beside the items, by the item they
// belong to.
type sideTable[T any] struct {
	sheet string
	rows  map[string][]*sideRow[T]
	count int
}

type sideRow[T any] struct {
	value    T
	row      int
	used     bool
	key      string
	problems []Problem
}

func (s *session) loadSides(w *workbook, by map[string]*sheetInfo) (*sides, error) {
	sd := &sides{long: map[string]string{}}
	if sh := by[sheetLong]; sh != nil {
		var total int64
		err := w.rows(sh, func(r *sheetRow) (bool, error) {
			if len(r.cells) >= 3 && strings.HasPrefix(r.cells[0].text, "〔") {
				total += int64(len(r.cells[2].text))
				if total > s.opt.Limits.sideBytes {
					return false, fault.Invalidf("“长文本”表超过 %d MB，请分成几个文件导入。", s.opt.Limits.sideBytes>>20)
				}
				sd.long[strings.Clone(r.cells[0].text)] += r.cells[2].text
			}
			return true, nil
		})
		if err != nil {
			return nil, err
		}
	}
	var err error
	if sd.materials, err = loadSide(s, w, by[sheetMaterials], sd, catalog.MaterialFields(), "name"); err != nil {
		return nil, err
	}
	if sd.steps, err = loadSide(s, w, by[sheetSteps], sd, catalog.StepFields(), "name"); err != nil {
		return nil, err
	}
	if sd.touchpoints, err = loadSide(s, w, by[sheetTouchpoints], sd, catalog.TouchpointFields(), "duty"); err != nil {
		return nil, err
	}
	if sd.sites, err = loadSide(s, w, by[sheetSites], sd, catalog.SiteFields(), "name"); err != nil {
		return nil, err
	}
	return sd, nil
}

// sideColumn is a column of a sheet beside the items: one of the registry, or a
// link to the item.
type sideColumn[T any] struct {
	header string
	col    *catalog.Column[T]
	link   string // sequence, code, name, variant, unit
}

var linkColumns = map[string]string{
	colLink: "sequence", colSequence: "sequence", "实施编码": "code", "事项实施编码": "code", "事项编码": "code",
	"事项名称": "name", "办理项": "variant", "事项所属单位": "unit",
}

func loadSide[T any](s *session, w *workbook, sh *sheetInfo, sd *sides, cols []*catalog.Column[T], main string) (*sideTable[T], error) {
	t := &sideTable[T]{rows: map[string][]*sideRow[T]{}}
	if sh == nil {
		return t, nil
	}
	t.sheet = sh.name
	if err := w.tail(sh); err != nil {
		return nil, w.broken(sh, err)
	}
	var header []sideColumn[T]
	seen := 0
	err := w.rows(sh, func(r *sheetRow) (bool, error) {
		if header == nil {
			linked, known := false, false
			var h []sideColumn[T]
			for i := range r.cells {
				name, _ := tidy(r.cells[i].text)
				c := sideColumn[T]{header: name, link: linkColumns[name]}
				if c.link == "" && name != "" {
					if c.col = catalog.ColumnByLabel(cols, name); c.col == nil {
						c.col = catalog.ColumnByLabel(cols, headerKey(name))
					}
				}
				linked = linked || c.link != ""
				known = known || c.col != nil && c.col.Key == main
				h = append(h, c)
			}
			if linked && known {
				header = h
			} else if seen++; seen >= 20 {
				return false, nil
			}
			return true, nil
		}
		if t.count++; t.count > s.opt.Limits.SideRows {
			return false, fault.Invalidf("工作表“%s”超过 %d 行，请分成几个文件导入。", sh.name, s.opt.Limits.SideRows)
		}
		sd.lengthen(r.cells)
		row := &sideRow[T]{row: r.no}
		link := map[string]string{}
		problem := func(i int, field, value, severity, message string) {
			row.problems = append(row.problems, Problem{Sheet: sh.name, Row: r.no, Cell: columnName(i) + strconv.Itoa(r.no),
				Field: field, Value: clip(value, 200), Severity: severity, Message: message})
		}
		for i := range r.cells {
			v, _ := tidy(r.cells[i].text)
			if v == "" && r.cells[i].kind != cellNoValue {
				continue
			}
			if i >= len(header) || header[i].header == "" {
				problem(i, "第"+columnName(i)+"列", v, SeverityWarning, "这一列没有列名，内容没有读入。")
				continue
			}
			h := &header[i]
			switch {
			case h.link != "":
				link[h.link] = v
			case h.col == nil:
				if headerKey(h.header) != headerKey(colProblem) {
					s.sawUnknown(sh.name, h.header)
					problem(i, h.header, v, SeverityWarning, "不认识的列，内容没有读入。")
				}
			case r.cells[i].kind == cellNoValue || r.cells[i].kind == cellError:
				problem(i, h.col.Label, v, SeverityError, "单元格是没有结果或出错的公式，没有读入。请改为直接填写。")
			default:
				if err := h.col.Set(&row.value, v); err != nil {
					problem(i, h.col.Label, v, SeverityError, fault.Text(err)+"没有读入。")
				}
			}
		}
		if link["sequence"] == markNote || link["sequence"] == markExample {
			t.count--
			return true, nil
		}
		row.key = linkKey(link["sequence"], link["code"], link["name"], link["variant"], link["unit"])
		t.rows[row.key] = append(t.rows[row.key], row)
		return true, nil
	})
	if err != nil {
		return nil, err
	}
	if header == nil {
		s.fileProblem(sh.name, "", "", SeverityWarning, "工作表没有认得的表头（应有“事项序号”和“"+catalog.ColumnByLabel(cols, main).Label+"”），没有读入。")
	}
	return t, nil
}

// linkKey names the item a row belongs to, by the surest of what is given.
func linkKey(seq, code, name, variant, unit string) string {
	switch {
	case seq != "":
		return "#" + strings.TrimSuffix(seq, ".0")
	case code != "":
		c, _ := narrow(code)
		return "c" + strings.ToUpper(strings.Join(strings.Fields(c), ""))
	}
	return strings.Join([]string{"n" + name, variant, unit}, "\x1f")
}

// take gives the rows of an item and marks them as used.
func (t *sideTable[T]) take(d *draft, keys []string) []*sideRow[T] {
	var out []*sideRow[T]
	for _, k := range keys {
		for _, r := range t.rows[k] {
			if !r.used && len(d.problems) < maxProblems {
				d.problems = append(d.problems, r.problems...)
			}
			r.used = true
			if len(out) == maxEntries {
				d.field = t.sheet
				d.fail(d.item.Name, "同一事项在“"+t.sheet+"”表中超过 "+strconv.Itoa(maxEntries)+" 行，多出的没有读入。")
				d.field = ""
				return out
			}
			out = append(out, r)
		}
	}
	return out
}

// join gives the item the rows of the other sheets that belong to it.
func (sd *sides) join(d *draft, seq string, complete bool) {
	if sd.materials.count+sd.steps.count+sd.touchpoints.count+sd.sites.count == 0 {
		return
	}
	it := d.item
	var keys []string
	if seq != "" {
		keys = append(keys, linkKey(seq, "", "", "", ""))
	}
	if it.ImplementationCode != "" {
		keys = append(keys, linkKey("", it.ImplementationCode, "", "", ""))
	}
	for _, u := range []string{"", it.Unit} {
		for _, v := range []string{"", it.Variant} {
			k := linkKey("", "", it.Name, v, u)
			if n := len(keys); n == 0 || keys[n-1] != k {
				keys = append(keys, k)
			}
		}
	}
	keys = unique(keys)
	if rows := sd.materials.take(d, keys); len(rows) > 0 && !(complete && sameRows(rows, it.Materials, catalog.MaterialFields())) {
		d.said.rows[0] = true
		it.Materials = nil
		for _, r := range rows {
			if r.value.Name == "" {
				d.problems = append(d.problems, Problem{Sheet: sd.materials.sheet, Row: r.row, Field: "材料名称", Severity: SeverityError,
					Message: "没有材料名称，这一行没有读入。"})
				continue
			}
			addMaterial(it, r.value)
		}
	}
	steps, touch, sites := sd.steps.take(d, keys), sd.touchpoints.take(d, keys), sd.sites.take(d, keys)
	if len(steps)+len(touch)+len(sites) == 0 {
		return
	}
	d.said.rows[1] = true
	p := it.Process
	if p == nil {
		p = &catalog.Process{}
		it.Process = p
	}
	if complete && sameRows(steps, p.Steps, catalog.StepFields()) && sameRows(touch, p.Touchpoints, catalog.TouchpointFields()) && sameRows(sites, p.Sites, catalog.SiteFields()) {
		return
	}
	if len(steps) > 0 {
		p.Steps = nil
	}
	p.Touchpoints, p.Sites = nil, nil
	for _, r := range steps {
		if r.value.Kind == "" {
			r.value.Kind = stepKind(r.value.Name)
		}
		v := r.value
		if v.ID == "" {
			v.ID = freeID("s", len(p.Steps), func(id string) bool {
				return hasID(p.Steps, func(s *catalog.Step) string { return s.ID }, id)
			})
		}
		p.Steps = append(p.Steps, v)
	}
	for _, r := range sites {
		v := r.value
		if v.ID == "" {
			v.ID = freeID("w", len(p.Sites), func(id string) bool {
				return hasID(p.Sites, func(s *catalog.Site) string { return s.ID }, id)
			})
		}
		p.Sites = append(p.Sites, v)
	}
	for _, r := range touch {
		v := r.value
		if v.ID == "" {
			v.ID = freeID("t", len(p.Touchpoints), func(id string) bool {
				return hasID(p.Touchpoints, func(t *catalog.Touchpoint) string { return t.ID }, id)
			})
		}
		bad := func(field, value, message string) {
			d.problems = append(d.problems, Problem{Sheet: sd.touchpoints.sheet, Row: r.row, Field: field, Value: value, Severity: SeverityError, Message: message})
		}
		if v.To == "" {
			v.To = v.From
		}
		for _, e := range []struct {
			label string
			at    *string
		}{{"最早环节", &v.From}, {"最晚环节", &v.To}} {
			if id, ok := resolve(p.Steps, *e.at, func(s *catalog.Step) (string, string) { return s.ID, s.Name }); ok {
				*e.at = id
			} else {
				bad(e.label, *e.at, "“环节”表中没有这个环节，请填环节编号或名称。")
			}
		}
		if id, ok := resolve(p.Sites, v.Site, func(s *catalog.Site) (string, string) { return s.ID, s.Name }); ok {
			v.Site = id
		} else {
			bad("到场地点", v.Site, "“地点”表中没有这个地点，请填地点编号或名称。")
		}
		p.Touchpoints = append(p.Touchpoints, v)
	}
	if p.Touchpoints == nil && len(p.Steps) > 0 && !complete {
		d.field = targets["process"].Label
		untouched(d)
		d.field = ""
	}
}

func hasID[T any](l []T, id func(*T) string, want string) bool {
	for i := range l {
		if id(&l[i]) == want {
			return true
		}
	}
	return false
}

// resolve turns a number or a name into the number.
func resolve[T any](l []T, ref string, names func(*T) (id, name string)) (string, bool) {
	for i := range l {
		if id, _ := names(&l[i]); id == ref && ref != "" {
			return id, true
		}
	}
	for i := range l {
		if id, name := names(&l[i]); name == ref && ref != "" {
			return id, true
		}
	}
	return ref, false
}

// sameRows reports whether the rows of a sheet show just what the list shows.
func sameRows[T any](rows []*sideRow[T], list []T, cols []*catalog.Column[T]) bool {
	if len(rows) != len(list) {
		return false
	}
	for i := range rows {
		// The list goes through the cells as well: what a cell cannot say is
		// no difference.
		var shown T
		for _, c := range cols {
			if v, _ := tidy(c.Get(&list[i])); v != "" {
				if c.Set(&shown, v) != nil {
					continue // then the sheet's row has no value here either
				}
			}
		}
		for _, c := range cols {
			if c.Get(&rows[i].value) != c.Get(&shown) {
				return false
			}
		}
	}
	return true
}

// leftovers reports the rows that belong to no item.
func (sd *sides) leftovers(s *session) {
	left(s, sd.materials)
	left(s, sd.steps)
	left(s, sd.touchpoints)
	left(s, sd.sites)
}

func left[T any](s *session, t *sideTable[T]) {
	for _, rows := range t.rows {
		for _, r := range rows {
			if !r.used {
				v, err := json.Marshal(r.value)
				if err != nil {
					v = nil
				}
				s.keep(Problem{Sheet: t.sheet, Row: r.row, Field: colLink, Value: clip(string(v), 200), Severity: SeverityError,
					Message: fmt.Sprintf("找不到这一行所属的事项（%s），没有读入。请核对事项序号、实施编码或事项名称。", describeLink(r.key))})
			}
		}
	}
}

func describeLink(key string) string {
	switch {
	case strings.HasPrefix(key, "#"):
		return "事项序号 " + clip(key[1:], 20)
	case strings.HasPrefix(key, "c"):
		return "实施编码 " + clip(key[1:], 40)
	}
	name, _, _ := strings.Cut(key[1:], "\x1f")
	if name == "" {
		return "没有填写"
	}
	return "事项名称 " + clip(name, 40)
}

func unique(l []string) []string {
	out := l[:0]
	for _, v := range l {
		dup := false
		for _, o := range out {
			dup = dup || o == v
		}
		if !dup {
			out = append(out, v)
		}
	}
	return out
}
