package exchange

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"

	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
)

// ListRecord is one row of a unit's existing list, or of the provincial
// catalogue. Entry is nil if the row cannot be read as one.
type ListRecord[T any] struct {
	Sheet    string
	Row      int
	Entry    *T
	Problems []Problem
}

// ListOptions give what the file does not say. A column of the file goes before
// them.
type ListOptions struct {
	Kind   catalog.ListKind // of a unit's list
	Unit   string
	Source string // the document the list was published with
	// Version is that of the catalogue, such as 冀政办字〔2025〕19号.
	Version string
	Limits  Limits
}

// listColumn is a column of these lists with the names in use.
type listColumn struct {
	key, label string
	names      []string
}

// listKind is what a row of a table is: the first column with key must is in
// its head and in each row; the column other is in the head of another kind.
type listKind struct {
	must, label, other string
	columns            []listColumn
}

var unitListKind = listKind{must: "name", label: "事项名称", columns: []listColumn{
	{"id", "条目编号", []string{"id"}},
	{"kind", "清单类别", []string{"清单类型", "清单", "kind"}},
	{"unit", "单位", []string{"单位名称", "责任单位", "部门", "部门名称", "实施机关", "实施主体", "实施单位", "实施部门", "行使主体", "unit", "dept"}},
	{"code", "编码", []string{"权力编码", "职权编码", "事项编码", "责任编码", "基本编码", "code", "base_code"}},
	{"name", "事项名称", []string{"名称", "职权名称", "权力名称", "权力事项", "责任事项", "责任事项名称", "服务事项", "服务事项名称", "公共服务事项名称", "项目名称", "子项名称", "name"}},
	{"type", "事项类型", []string{"类型", "职权类型", "权力类型", "权力类别", "职权类别", "类别", "type"}},
	{"basis", "依据", []string{"设定依据", "实施依据", "法律依据", "职权依据", "设立依据", "追责依据", "basis"}},
	{"source", "来源", []string{"公布文件", "source"}},
}}

var catalogueKind = listKind{must: "name", label: "事项名称", columns: []listColumn{
	{"version", "目录版本", []string{"版本", "文号", "version"}},
	{"basic_code", "基本编码", []string{"事项编码", "目录编码", "编码", "catalog_code", "basic_code", "base_code", "code"}},
	{"name", "事项名称", []string{"名称", "目录名称", "主项名称", "task_name", "name"}},
	{"type", "事项类型", []string{"类型", "权力类型", "类别", "task_type", "type"}},
	{"department", "主管部门", []string{"行业主管部门", "业务主管部门", "部门", "实施部门", "省级主管部门", "department", "dept"}},
	{"levels", "行使层级", []string{"实施层级", "层级", "use_level", "levels", "level"}},
	{"basis", "设定依据", []string{"依据", "法律依据", "设定和实施依据", "by_law", "basis"}},
}}

// ReadList reads a unit's existing 权力清单, 责任清单 or 公共服务清单 from csv, xlsx,
// json or jsonl. ID is left empty unless the file has one.
func ReadList(ctx context.Context, src Source, opt ListOptions, sink func(ListRecord[catalog.ListEntry]) error) (Report, error) {
	return readEntries(ctx, src, opt, unitListKind, func(d *draft, get func(string) string) *catalog.ListEntry {
		e := &catalog.ListEntry{ID: get("id"), Kind: catalog.ListKind(get("kind")), Unit: get("unit"), Code: get("code"),
			Name: get("name"), Type: catalog.Dict("事项类型").Normalise(get("type")), Basis: get("basis"), Source: get("source")}
		if e.Kind == "" {
			e.Kind = opt.Kind
		} else if !strings.HasSuffix(string(e.Kind), "清单") {
			e.Kind += "清单"
		}
		if e.Unit == "" {
			e.Unit = opt.Unit
		}
		if e.Source == "" {
			e.Source = opt.Source
		}
		if e.Name == "" {
			return nil
		}
		for _, f := range fault.Fields(e.Validate()) {
			d.field = f.Path
			for _, c := range unitListKind.columns {
				if c.key == f.Path {
					d.field = c.label
				}
			}
			d.fail("", f.Text+"。")
		}
		return e
	}, sink)
}

// ReadCatalogue reads entries of the provincial catalogue from csv, xlsx, json
// or jsonl.
func ReadCatalogue(ctx context.Context, src Source, opt ListOptions, sink func(ListRecord[catalog.CatalogueEntry]) error) (Report, error) {
	return readEntries(ctx, src, opt, catalogueKind, func(d *draft, get func(string) string) *catalog.CatalogueEntry {
		e := &catalog.CatalogueEntry{Version: get("version"), Name: get("name"), Type: catalog.Dict("事项类型").Normalise(get("type")),
			Department: get("department"), Basis: get("basis")}
		if e.Version == "" {
			e.Version = opt.Version
		}
		for _, l := range catalog.SplitList(get("levels")) {
			e.Levels = append(e.Levels, catalog.Dict("行使层级").Normalise(l))
		}
		c, _ := narrow(get("basic_code"))
		e.BasicCode = strings.ToUpper(strings.Join(strings.Fields(c), ""))
		if e.Name == "" {
			return nil
		}
		d.field = "基本编码"
		if e.BasicCode == "" {
			d.fail("", "目录条目没有基本编码，单位无法认领。")
		} else {
			checkBasicCode(d, e.BasicCode)
		}
		return e
	}, sink)
}

// readEntries reads a flat list of any format and hands over its entries.
// errNothing says that a file has no such table, or no row in it.
var errNothing = errors.New("exchange: no records")

func readEntries[T any](ctx context.Context, src Source, opt ListOptions, kind listKind, build func(d *draft, get func(string) string) *T, sink func(ListRecord[T]) error) (Report, error) {
	s := &session{ctx: ctx, unknown: map[string]*Unknown{}, flat: true}
	s.opt.Limits = opt.Limits.withDefaults()
	in, err := openInput(src, s.opt.Limits)
	if err != nil {
		return s.finish(), err
	}
	defer in.close()
	s.report.Format = in.format
	byName := map[string]string{}
	for _, c := range kind.columns {
		for _, n := range append([]string{c.label}, c.names...) {
			if _, taken := byName[headerKey(n)]; !taken {
				byName[headerKey(n)] = c.key
			}
		}
	}
	emit := func(sheet string, row int, values map[string]string, more []Problem) error {
		if err := s.ctx.Err(); err != nil {
			return err
		}
		if s.report.Rows >= s.opt.Limits.Rows {
			return fault.Invalidf("文件超过 %d 条记录，请分成几个文件导入。", s.opt.Limits.Rows)
		}
		d := &draft{sheet: sheet, row: row, problems: more}
		e := build(d, func(k string) string { return values[k] })
		s.report.Rows++
		if e == nil {
			s.report.Bad++
			d.field = kind.label
			d.fail("", "没有"+kind.label+"，这一行没有读入。")
		} else {
			s.report.Good++
		}
		for _, p := range d.problems {
			s.keep(p)
		}
		return sink(ListRecord[T]{Sheet: sheet, Row: row, Entry: e, Problems: d.problems})
	}
	// rows reads the rows of one table; found tells whether it had a header.
	rows := func(sheet string) (visit func(no int, cells []cell) error, found func() bool) {
		var keys, heads []string
		return func(no int, cells []cell) error {
			if emptyRow(cells) {
				return nil
			}
			if keys == nil {
				var k, h []string
				name, other, known := false, false, 0
				for i := range cells {
					v, _ := tidy(cells[i].text)
					key := byName[headerKey(v)]
					k, h = append(k, key), append(h, v)
					name = name || key == kind.must
					other = other || key != "" && key == kind.other
					if key != "" {
						known++
					}
				}
				if name && !other && (known > 1 || len(cells) == 1) {
					keys, heads = k, h
				}
				return nil
			}
			values := map[string]string{}
			d := &draft{sheet: sheet, row: no}
			for i := range cells {
				v, _ := tidy(cells[i].text)
				switch {
				case cells[i].kind == cellError || cells[i].kind == cellNoValue:
					d.fail(v, "第 "+columnName(i)+" 列是没有结果或出错的公式，没有读入。")
				case v == "" || i >= len(keys):
					if v != "" {
						d.warn(v, "第 "+columnName(i)+" 列没有列名，没有读入。")
					}
				case keys[i] == "":
					if !ignored[headerKey(heads[i])] {
						s.sawUnknown(sheet, heads[i])
					}
				case values[keys[i]] == "":
					values[keys[i]] = v
				default:
					// 主项 and 子项, or two columns of bases: both are kept.
					values[keys[i]] += "\n" + v
				}
			}
			return emit(sheet, no, values, d.problems)
		}, func() bool { return keys != nil }
	}
	noHeader := func() error {
		return fault.Wrap(fault.Invalid, errNothing, "文件“%s”里没有找到表头：表头应有“%s”和“%s”等列名。", in.name, kind.label, kind.columns[1].label)
	}
	switch in.format {
	case formatCSV:
		r, enc := textReader(in)
		if enc != "UTF-8" {
			s.fileProblem("", "", enc, SeverityNote, "文件不是 UTF-8 编码，已按 "+enc+" 读入。")
		}
		br := bufio.NewReaderSize(r, 64<<10)
		head, _ := br.Peek(32 << 10) // a short file is no error; a broken one fails below
		sc := newCSVScanner(br, separator(string(head)), s.opt.Limits.Record)
		visit, found := rows("")
		for no := 1; ; no++ {
			rec, err := sc.next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return s.finish(), fault.Wrap(fault.Invalid, err, "文件“%s”第 %d 条记录读不出来，请检查引号是否成对。", in.name, no)
			}
			if rec.broken != "" {
				return s.finish(), fault.Invalidf("文件“%s”：%s", in.name, rec.broken)
			}
			if err := visit(no, rec.cells); err != nil {
				return s.finish(), err
			}
		}
		if !found() {
			return s.finish(), noHeader()
		}
	case formatXLSX:
		w, err := openWorkbook(in, s.opt.Limits)
		if err != nil {
			return s.finish(), err
		}
		defer w.close()
		headed := false
		for i := range w.sheets {
			sh := &w.sheets[i]
			if sh.hidden {
				continue
			}
			if err := w.tail(sh); err != nil {
				return s.finish(), w.broken(sh, err)
			}
			visit, found := rows(sh.name)
			if err := w.rows(sh, func(r *sheetRow) (bool, error) { return true, visit(r.no, r.cells) }); err != nil {
				return s.finish(), err
			}
			headed = headed || found()
		}
		if !headed {
			return s.finish(), noHeader()
		}
	default:
		object := func(no int, text []byte) error {
			m, err := parseObject(text)
			if err != nil {
				p := Problem{Row: no, Value: clip(strings.ToValidUTF8(string(text), "\ufffd"), 200), Severity: SeverityError, Message: "不是完整的 JSON 对象（" + jsonTrouble(err) + "），没有读入。"}
				s.report.Rows++
				s.report.Bad++
				s.keep(p)
				return sink(ListRecord[T]{Row: no, Problems: []Problem{p}})
			}
			values := map[string]string{}
			for _, k := range keysOf(m) {
				key := byName[headerKey(k)]
				v := scalar(m[k])
				if l, ok := m[k].([]any); ok {
					var parts []string
					for _, e := range l {
						parts = append(parts, scalar(e))
					}
					v = strings.Join(parts, "\n")
				}
				if v, _ = tidy(v); v == "" {
					continue
				}
				if key == "" {
					s.sawUnknown("", k)
				} else if values[key] == "" {
					values[key] = v
				}
			}
			return emit("", no, values, nil)
		}
		if err := eachObject(s, in, object); err != nil {
			return s.finish(), err
		}
	}
	if s.report.Rows == 0 {
		return s.finish(), fault.Wrap(fault.Invalid, errNothing, "文件“%s”只有表头，没有记录。", in.name)
	}
	return s.finish(), nil
}

// eachObject gives the objects of a jsonl, or of a JSON list.
func eachObject(s *session, in *input, visit func(no int, text []byte) error) error {
	r, _ := textReader(in)
	if in.format == formatJSON {
		dec := json.NewDecoder(r)
		if t, err := dec.Token(); err != nil || t != json.Delim('[') {
			return fault.Invalidf("文件“%s”应是 [ … ] 列表，或每行一个对象。", in.name)
		}
		for no := 1; dec.More(); no++ {
			var raw json.RawMessage
			if err := dec.Decode(&raw); err != nil {
				return fault.Wrap(fault.Invalid, err, "文件“%s”不是完整的 JSON：第 %d 条%s。", in.name, no, jsonTrouble(err))
			}
			if err := visit(no, raw); err != nil {
				return err
			}
		}
		return nil
	}
	br := bufio.NewReaderSize(r, 256<<10)
	var line []byte
	for no := 1; ; no++ {
		var err error
		line, _, err = readLine(br, line[:0], s.opt.Limits.Record)
		if err != nil && !errors.Is(err, io.EOF) {
			return fault.Wrap(fault.Invalid, err, "文件“%s”第 %d 行读不出来，请重新上传。", in.name, no)
		}
		if t := bytes.TrimSpace(line); len(t) > 0 {
			if e := visit(no, t); e != nil {
				return e
			}
		}
		if err != nil {
			return nil
		}
	}
}
