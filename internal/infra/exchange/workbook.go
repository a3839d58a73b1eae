package exchange

import (
	"archive/zip"
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"

	xunicode "golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"onevisit/internal/domain/fault"
)

// workbook is an opened xlsx package, read without loading a sheet into memory.
type workbook struct {
	in       *input
	lim      Limits
	parts    map[string]*zip.File // by lower-case name
	sheets   []sheetInfo
	strings  *stringTable
	isDate   []bool // by cell style
	date1904 bool
	cells    int   // filled cells read so far
	read     int64 // bytes unzipped so far
}

type sheetInfo struct {
	name   string
	part   *zip.File
	hidden bool
	merges []merge
}

// merge is a merged range, rows and columns counted from 1 and 0.
type merge struct{ row1, row2, col1, col2 int }

func openWorkbook(in *input, lim Limits) (*workbook, error) {
	zr, err := zip.NewReader(in.r, in.size)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "文件“%s”已损坏（压缩结构不完整），请重新保存后再传。", in.name)
	}
	w := &workbook{in: in, lim: lim, parts: map[string]*zip.File{}}
	var total uint64
	for _, f := range zr.File {
		name := strings.ToLower(strings.TrimPrefix(strings.ReplaceAll(f.Name, "\\", "/"), "/"))
		w.parts[name] = f
		total += f.UncompressedSize64
		if f.UncompressedSize64 > 16<<20 && f.UncompressedSize64/max(f.CompressedSize64, 1) > uint64(lim.Ratio) {
			return nil, fault.Invalidf("文件“%s”的压缩比异常（解压后超过 %d 倍），可能是恶意文件，没有打开。", in.name, lim.Ratio)
		}
	}
	if total > uint64(lim.Unzipped) || len(zr.File) > 20_000 {
		return nil, fault.Invalidf("文件“%s”解压后有 %d MB，超过上限 %d MB。请分成几个文件，或删去图片和空白的格式行。", in.name, total>>20, lim.Unzipped>>20)
	}
	if err := w.structure(); err != nil {
		if fault.KindOf(err) != fault.Internal {
			return nil, err
		}
		return nil, fault.Wrap(fault.Invalid, err, "工作簿“%s”的内部结构不完整，无法读取。请用 Excel 或 WPS 打开后另存再传。", in.name)
	}
	return w, nil
}

func (w *workbook) close() {
	if w.strings != nil {
		w.strings.close()
	}
}

// open gives the text of a part as UTF-8. It is bounded by the declared size
// and by what may be unzipped in all.
func (w *workbook) open(f *zip.File) (io.ReadCloser, error) {
	rc, err := f.Open()
	if err != nil {
		return nil, err
	}
	br := bufio.NewReaderSize(&countingReader{r: rc, w: w}, 64<<10)
	head, err := br.Peek(3)
	var r io.Reader = br
	switch {
	case err != nil:
		// A part of less than three bytes is read as it is.
	case head[0] == 0xff && head[1] == 0xfe || head[0] == 0xfe && head[1] == 0xff:
		r = transform.NewReader(br, xunicode.UTF16(xunicode.LittleEndian, xunicode.ExpectBOM).NewDecoder())
	case bytes.Equal(head, []byte("\xef\xbb\xbf")):
		_, _ = br.Discard(3) // just peeked
	}
	return struct {
		io.Reader
		io.Closer
	}{r, rc}, nil
}

var errUnzipped = errors.New("too much unzipped")

type countingReader struct {
	r io.Reader
	w *workbook
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	// Sheets are read twice (once for their end), so twice the limit.
	if c.w.read += int64(n); c.w.read > 2*c.w.lim.Unzipped+64<<20 {
		return n, errUnzipped
	}
	return n, err
}

// tags calls f for every tag of a part.
func (w *workbook) tags(f *zip.File, visit func(x *xmlScanner) bool) error {
	r, err := w.open(f)
	if err != nil {
		return err
	}
	defer r.Close()
	x := newXMLScanner(r)
	for x.next(false, 0) {
		if !visit(x) {
			return nil
		}
	}
	return x.err
}

type relation struct{ kind, target string }

// relations reads the relations of a part; targets are full lower-case names.
func (w *workbook) relations(part string) (map[string]relation, error) {
	rels := map[string]relation{}
	dir, base := path.Split(part)
	f := w.parts[dir+"_rels/"+base+".rels"]
	if f == nil {
		return rels, nil
	}
	err := w.tags(f, func(x *xmlScanner) bool {
		if string(x.name) == "Relationship" && !x.closing {
			t := x.attrText("Target")
			if strings.HasPrefix(t, "/") {
				t = t[1:]
			} else {
				t = path.Join(dir, t)
			}
			kind := x.attrText("Type")
			rels[x.attrText("Id")] = relation{kind[strings.LastIndexByte(kind, '/')+1:], strings.ToLower(t)}
		}
		return true
	})
	return rels, err
}

func (w *workbook) structure() error {
	book := "xl/workbook.xml"
	root, err := w.relations("")
	if err != nil {
		return err
	}
	for _, r := range root {
		if r.kind == "officeDocument" {
			book = r.target
		}
	}
	f := w.parts[book]
	if f == nil {
		return fault.Invalidf("文件“%s”里没有工作簿，不是 Excel 文件。", w.in.name)
	}
	rels, err := w.relations(book)
	if err != nil {
		return err
	}
	err = w.tags(f, func(x *xmlScanner) bool {
		if x.closing {
			return true
		}
		switch string(x.name) {
		case "workbookPr":
			v := string(x.attr("date1904"))
			w.date1904 = v == "1" || v == "true"
		case "sheet":
			r := rels[x.attrText("id")]
			if p := w.parts[r.target]; p != nil && r.kind == "worksheet" && len(w.sheets) < 500 {
				w.sheets = append(w.sheets, sheetInfo{name: x.attrText("name"), part: p, hidden: len(x.attr("state")) > 0 && string(x.attr("state")) != "visible"})
			}
		}
		return true
	})
	if err != nil {
		return err
	}
	if len(w.sheets) == 0 {
		return fault.Invalidf("工作簿“%s”里没有工作表。", w.in.name)
	}
	for _, r := range rels {
		p := w.parts[r.target]
		if p == nil {
			continue
		}
		switch r.kind {
		case "styles":
			err = w.styles(p)
		case "sharedStrings":
			err = w.sharedStrings(p)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// styles learns which cell styles show a number as a date.
func (w *workbook) styles(f *zip.File) error {
	custom := map[string]bool{}
	inXfs := false
	return w.tags(f, func(x *xmlScanner) bool {
		switch string(x.name) {
		case "numFmt":
			if !x.closing && len(custom) < 10_000 {
				custom[x.attrText("numFmtId")] = dateFormat(x.attrText("formatCode"))
			}
		case "cellXfs":
			inXfs = !x.closing && !x.selfClose
		case "xf":
			if inXfs && !x.closing && len(w.isDate) < 100_000 {
				id := x.attrText("numFmtId")
				date, ok := custom[id]
				if !ok {
					n, _ := strconv.Atoi(id) // not a number: 0, General
					date = n >= 14 && n <= 17 || n == 22 || n >= 27 && n <= 31 || n == 36 || n >= 50 && n <= 58
				}
				w.isDate = append(w.isDate, date)
			}
		}
		return true
	})
}

// dateFormat reports whether a number format shows a date (not a mere time).
func dateFormat(code string) bool {
	var plain strings.Builder
	quoted, bracket := false, false
	for i := 0; i < len(code); i++ {
		switch c := code[i]; {
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '\\' || c == '_' || c == '*':
			i++
		case c == '[':
			bracket = true
		case c == ']':
			bracket = false
		case bracket:
		case c == ';':
			i = len(code)
		default:
			plain.WriteByte(c)
		}
	}
	p := strings.ToLower(plain.String())
	if strings.Contains(p, "general") {
		return false
	}
	return strings.ContainsAny(p, "yd") || strings.Contains(p, "m") && !strings.ContainsAny(p, "hs0#")
}

// stringTable holds the shared strings: the first ones in memory, in blocks of
// which the strings are parts, the rest in a temporary file.
type stringTable struct {
	at     []stringAt
	blocks []string
	file   *os.File
	size   int64 // of the file
}

// stringAt is where a string lies: in a block, or in the file if block is -1.
type stringAt struct {
	block  int32
	length uint32
	offset int64
}

const stringBlock = 1 << 20

func (t *stringTable) close() {
	if t.file != nil {
		_ = t.file.Close() // a temporary file that nobody reads again
		_ = os.Remove(t.file.Name())
	}
}

// get gives string i, and whether there is one.
func (t *stringTable) get(i int) (string, bool) {
	if t == nil || i < 0 || i >= len(t.at) {
		return "", false
	}
	a := t.at[i]
	if a.block >= 0 {
		return t.blocks[a.block][a.offset : a.offset+int64(a.length)], true
	}
	b := make([]byte, a.length)
	if _, err := t.file.ReadAt(b, a.offset); err != nil {
		return "", false
	}
	return string(b), true
}

func (w *workbook) sharedStrings(f *zip.File) error {
	r, err := w.open(f)
	if err != nil {
		return err
	}
	defer r.Close()
	t := &stringTable{}
	w.strings = t
	x := newXMLScanner(r)
	var block, cur []byte
	var spill *bufio.Writer
	var total int64
	flush := func() {
		if len(block) > 0 {
			t.blocks = append(t.blocks, string(block))
			block = block[:0]
		}
	}
	inText, phonetic := false, false
	for x.next(inText, w.lim.Record) {
		if inText {
			cur = append(cur, x.text...)
			inText = false
			if len(cur) > w.lim.Record {
				return errXMLTooBig
			}
		}
		switch string(x.name) {
		case "t":
			inText = !x.closing && !x.selfClose && !phonetic
		case "rPh": // the reading of a word, not the word
			phonetic = !x.closing && !x.selfClose
		case "si":
			if !x.closing {
				cur = cur[:0]
				if !x.selfClose {
					continue
				}
			}
			if bytes.Contains(cur, []byte("_x")) {
				cur = unescapeX(cur)
			}
			if total += int64(len(cur)) + 16; total > w.lim.Strings || len(t.at) > w.lim.Cells {
				return fault.Invalidf("工作簿“%s”的文字总量超过 %d MB，请分成几个文件导入。", w.in.name, w.lim.Strings>>20)
			}
			if total < w.lim.inMemory {
				if len(block)+len(cur) > stringBlock {
					flush()
				}
				t.at = append(t.at, stringAt{int32(len(t.blocks)), uint32(len(cur)), int64(len(block))})
				block = append(block, cur...)
				continue
			}
			if t.file == nil {
				if t.file, err = os.CreateTemp("", "onevisit-strings-*"); err != nil {
					return fault.Wrap(fault.Unavailable, err, "服务器的临时目录写不进去，请联系管理员。")
				}
				spill = bufio.NewWriterSize(t.file, 256<<10)
			}
			t.at = append(t.at, stringAt{-1, uint32(len(cur)), t.size})
			t.size += int64(len(cur))
			if _, err := spill.Write(cur); err != nil {
				return fault.Wrap(fault.Unavailable, err, "服务器的临时目录已满，请联系管理员。")
			}
		}
	}
	flush()
	if spill != nil {
		if err := spill.Flush(); err != nil {
			return fault.Wrap(fault.Unavailable, err, "服务器的临时目录已满，请联系管理员。")
		}
	}
	return x.err
}

// unescapeX resolves _x000D_, the form in which workbooks write characters that
// XML does not allow (ECMA-376 part 1, 22.4.2.4).
func unescapeX(b []byte) []byte {
	out := b[:0]
	for i := 0; i < len(b); {
		if b[i] == '_' && i+7 <= len(b) && b[i+1] == 'x' && b[i+6] == '_' {
			if n, err := strconv.ParseUint(string(b[i+2:i+6]), 16, 16); err == nil {
				out = append(out, string(rune(n))...)
				i += 7
				continue
			}
		}
		out = append(out, b[i])
		i++
	}
	return out
}

// tail reads a sheet once for its merged ranges, which stand behind its rows.
func (w *workbook) tail(s *sheetInfo) error {
	r, err := w.open(s.part)
	if err != nil {
		return err
	}
	defer r.Close()
	// Skip to the end of the rows without looking at tags.
	br := bufio.NewReaderSize(r, 256<<10)
	needle := []byte("sheetData>")
	found := false
	for {
		b, err := br.Peek(256 << 10)
		// The last end tag counts; a prefix may stand before the name.
		if i := bytes.LastIndex(b, needle); i >= 0 && (bytes.HasSuffix(b[:i], []byte("/")) || bytes.HasSuffix(b[:i], []byte(":"))) && bytes.Contains(b[max(0, i-20):i], []byte("</")) {
			found = true
			_, _ = br.Discard(i + len(needle)) // within what was peeked
			break
		}
		if err != nil {
			if !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
				return err
			}
			break
		}
		_, _ = br.Discard(len(b) - 64) // within what was peeked
	}
	if !found {
		return nil
	}
	x := newXMLScanner(br)
	for x.next(false, 0) {
		if string(x.name) != "mergeCell" || x.closing {
			continue
		}
		a, b, ok := bytes.Cut(x.attr("ref"), []byte(":"))
		if !ok {
			continue
		}
		c1, r1, ok1 := cellRef(a)
		c2, r2, ok2 := cellRef(b)
		if ok1 && ok2 && r1 <= r2 && c1 <= c2 {
			s.merges = append(s.merges, merge{r1, r2, c1, c2})
			if len(s.merges) > 200_000 {
				return fault.Invalidf("工作表“%s”有二十万处以上的合并单元格，请取消合并后再导入。", s.name)
			}
		}
	}
	return x.err
}

// cellRef reads “F12”: column from 0, row from 1.
func cellRef(b []byte) (col, row int, ok bool) {
	i := 0
	for i < len(b) && (b[i] >= 'A' && b[i] <= 'Z' || b[i] >= 'a' && b[i] <= 'z') && i < 4 {
		col = col*26 + int(b[i]&^0x20-'A') + 1
		i++
	}
	for j := i; j < len(b); j++ {
		if b[j] < '0' || b[j] > '9' || row > 1<<24 {
			return 0, 0, false
		}
		row = row*10 + int(b[j]-'0')
	}
	return col - 1, row, i > 0 && row > 0
}

// sheetRow is one row of a sheet. Merged tells which cells took their value from
// the first cell of a merged range; beyond are values too far to the right.
type sheetRow struct {
	no     int
	cells  []cell
	merged []int
	beyond string
}

// rows reads the rows of a sheet and hands over those that hold anything. The
// row is valid until visit returns; its texts stay valid.
func (w *workbook) rows(s *sheetInfo, visit func(*sheetRow) (bool, error)) error {
	r, err := w.open(s.part)
	if err != nil {
		return w.broken(s, err)
	}
	defer r.Close()
	x := newXMLScanner(r)
	var (
		row      sheetRow
		text     []byte // of the row's own texts
		ends     []int  // where each cell's own text ends in it; -1: the cell has its text
		inRow    bool
		nextCol  int
		keep     bool
		col      int
		kind     byte // type attribute, see below
		style    int
		formula  bool
		value    []byte
		hasValue bool
		active   []merge
		tops     = map[merge]cell{}
		mi       int
	)
	merges := s.merges
	slices.SortFunc(merges, func(a, b merge) int { return a.row1 - b.row1 })
	bad := func(err error) error {
		return fault.Wrap(fault.Invalid, err, "工作表“%s”在第 %d 行之后已损坏，无法读取。请用 Excel 或 WPS 打开修复后另存再传。", s.name, row.no)
	}
	endCell := func() error {
		if !hasValue && !formula || kind == 0 && len(value) == 0 && !formula {
			return nil
		}
		if w.cells++; w.cells > w.lim.Cells {
			return fault.Invalidf("工作簿“%s”的单元格超过 %d 万个，请分成几个文件导入。", w.in.name, w.lim.Cells/10_000)
		}
		if col >= w.lim.Columns {
			if len(value) > 0 && row.beyond == "" {
				row.beyond = columnName(col)
			}
			return nil
		}
		for len(row.cells) <= col {
			row.cells = append(row.cells, cell{})
			ends = append(ends, -1)
		}
		c := &row.cells[col]
		own := func(b []byte) {
			text = append(text, b...)
			ends[col] = len(text)
		}
		switch {
		case !hasValue || kind == 0 && len(value) == 0:
			c.kind = cellNoValue
		case kind == 's':
			i, err := strconv.Atoi(strings.TrimSpace(string(value)))
			str, ok := w.strings.get(i)
			if err != nil || !ok {
				return bad(fmt.Errorf("shared string %q", value))
			}
			c.text = str
		case kind == 'i':
			own(value)
		case kind == 'x': // str: the result of a formula
			own(value)
		case kind == 'e':
			c.kind = cellError
			own(value)
		case kind == 'b':
			if string(value) == "1" {
				c.text = "是"
			} else {
				c.text = "否"
			}
		case kind == 'd':
			c.kind = cellDate
			own(value[:min(len(value), 10)])
		default:
			c.kind = cellNumber
			if style < len(w.isDate) && w.isDate[style] {
				if f, err := strconv.ParseFloat(string(value), 64); err == nil {
					if d, ok := serialDate(f, w.date1904); ok {
						c.kind, c.text = cellDate, d
						break
					}
				}
			}
			own(plainNumber(value))
		}
		if formula && c.kind != cellError && c.kind != cellNoValue {
			c.kind = cellFormula
		}
		return nil
	}
	endRow := func() (bool, error) {
		own := string(text) // one allocation a row
		at := 0
		for i, e := range ends {
			if e >= 0 {
				row.cells[i].text = own[at:e]
				at = e
			}
		}
		// Merged ranges: those that begin at or above this row.
		for mi < len(merges) && merges[mi].row1 <= row.no {
			if active = append(active, merges[mi]); len(active) > 5_000 {
				return false, fault.Invalidf("工作表“%s”第 %d 行的合并单元格太多，请取消合并后再导入。", s.name, row.no)
			}
			mi++
		}
		kept := active[:0]
		for _, m := range active {
			if m.row2 < row.no {
				delete(tops, m)
				continue
			}
			kept = append(kept, m)
			if m.row1 == row.no && m.col1 < len(row.cells) {
				tops[m] = row.cells[m.col1]
			}
			top, ok := tops[m]
			if !ok || top.text == "" {
				continue
			}
			for c := m.col1; c <= m.col2 && c < w.lim.Columns; c++ {
				if row.no == m.row1 && c == m.col1 {
					continue
				}
				for len(row.cells) <= c {
					row.cells = append(row.cells, cell{})
				}
				row.cells[c] = top
				row.merged = append(row.merged, c)
			}
		}
		active = kept
		if emptyRow(row.cells) && row.beyond == "" {
			return true, nil
		}
		return visit(&row)
	}
	for x.next(keep, w.lim.Record) {
		if keep {
			value = append(value, x.text...)
			hasValue = true
			keep = false
			if len(value) > w.lim.Record {
				return bad(errXMLTooBig)
			}
		}
		switch string(x.name) {
		case "row":
			if !x.closing {
				no := row.no + 1
				if a := x.attr("r"); len(a) > 0 {
					n, err := strconv.Atoi(string(a))
					if err != nil || n < no || n > 1<<24 {
						return bad(fmt.Errorf("row number %q", a))
					}
					no = n
				}
				row = sheetRow{no: no, cells: row.cells[:0], merged: row.merged[:0]}
				text, ends, nextCol, inRow = text[:0], ends[:0], 0, true
			}
			if x.closing || x.selfClose {
				inRow = false
				if more, err := endRow(); err != nil || !more {
					return err
				}
			}
		case "c":
			if !inRow {
				break
			}
			if !x.closing {
				col = nextCol
				if a := x.attr("r"); len(a) > 0 {
					c, _, ok := cellRef(a)
					if !ok || c < nextCol {
						return bad(fmt.Errorf("cell %q", a))
					}
					col = c
				}
				nextCol = col + 1
				kind, style, formula, value, hasValue = 0, 0, false, value[:0], false
				switch string(x.attr("t")) {
				case "s":
					kind = 's'
				case "inlineStr":
					kind = 'i'
				case "str":
					kind = 'x'
				case "e":
					kind = 'e'
				case "b":
					kind = 'b'
				case "d":
					kind = 'd'
				}
				if a := x.attr("s"); len(a) > 0 {
					style, _ = strconv.Atoi(string(a)) // not a number: no style
				}
			}
			if x.closing || x.selfClose {
				if kind == 'i' || kind == 'x' {
					if bytes.Contains(value, []byte("_x")) {
						value = unescapeX(value)
					}
				}
				if err := endCell(); err != nil {
					return err
				}
			}
		case "v":
			keep = inRow && !x.closing && !x.selfClose
		case "t":
			keep = inRow && kind == 'i' && !x.closing && !x.selfClose
		case "rPh":
			if !x.closing && !x.selfClose { // skip the reading of an inline text
				for x.next(false, 0) && !(x.closing && string(x.name) == "rPh") {
				}
			}
		case "f":
			formula = formula || !x.closing
		case "sheetData":
			if x.closing {
				return nil
			}
		}
	}
	if x.err != nil {
		if errors.Is(x.err, errUnzipped) {
			return fault.Invalidf("文件“%s”解压后超过上限 %d MB，没有读完。请分成几个文件导入。", w.in.name, w.lim.Unzipped>>20)
		}
		return bad(x.err)
	}
	if inRow {
		return bad(io.ErrUnexpectedEOF)
	}
	return nil
}

// plainNumber writes a stored number the way people write it: binary noise
// behind the 15th digit and needless exponents fall away.
func plainNumber(b []byte) []byte {
	b = bytes.TrimSpace(b)
	plain := true
	for _, c := range b {
		if c < '0' || c > '9' {
			plain = false
			break
		}
	}
	if plain {
		return b
	}
	f, err := strconv.ParseFloat(string(b), 64)
	if err != nil {
		return b
	}
	f, _ = strconv.ParseFloat(strconv.FormatFloat(f, 'g', 15, 64), 64) // what was just written
	return strconv.AppendFloat(nil, f, 'f', -1, 64)
}
