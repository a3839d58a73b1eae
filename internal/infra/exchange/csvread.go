package exchange

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"onevisit/internal/domain/fault"
)

// csvRecord is one record of a csv file. Broken says in Chinese what is wrong
// with its structure.
type csvRecord struct {
	cells  []cell
	broken string
}

// csvScanner cuts a csv text into records. It is forgiving about quotes, as the
// tools that write these files are careless about them, but says what it
// forgave; a quote that never ends is an error of the record and not of the
// rest of the file's reading.
type csvScanner struct {
	r     *bufio.Reader
	sep   byte
	limit int // bytes of one field
	buf   []byte
	ends  []int
	quote bool // a quote stood where none belongs
	line  int
}

func newCSVScanner(r io.Reader, sep byte, limit int) *csvScanner {
	return &csvScanner{r: bufio.NewReaderSize(r, 256<<10), sep: sep, limit: limit}
}

var errFieldTooLong = errors.New("field too long")

// next reads one record. io.EOF means that there is none.
func (c *csvScanner) next() (rec csvRecord, err error) {
	c.buf, c.ends = c.buf[:0], c.ends[:0]
	const (
		fieldStart = iota
		plain
		quoted
		afterQuote
	)
	state, start, begun := fieldStart, 0, false
	firstLine := c.line + 1
	endField := func() {
		c.ends = append(c.ends, len(c.buf))
		start, state = len(c.buf), fieldStart
	}
	finish := func() (csvRecord, error) {
		endField()
		text := string(c.buf) // one allocation a record
		rec.cells = make([]cell, len(c.ends))
		at := 0
		for i, e := range c.ends {
			rec.cells[i].text = unshield(text[at:e])
			at = e
		}
		return rec, nil
	}
	for {
		b, err := c.r.ReadByte()
		if err != nil {
			if !errors.Is(err, io.EOF) {
				return rec, err
			}
			if !begun {
				return rec, io.EOF
			}
			if state == quoted {
				rec.broken = fmt.Sprintf("第 %d 行起的引号没有闭合，到文件末尾的内容都并入了这一条。请补上引号后重新导入。", firstLine)
			}
			return finish()
		}
		begun = true
		if len(c.buf)-start > c.limit {
			return rec, fmt.Errorf("%w: line %d", errFieldTooLong, firstLine)
		}
		switch {
		case state == quoted:
			if b == '"' {
				state = afterQuote
				continue
			}
			if b == '\n' {
				c.line++
			}
			c.buf = append(c.buf, b)
		case b == '"' && state == fieldStart:
			state = quoted
		case b == '"' && state == afterQuote:
			c.buf = append(c.buf, '"')
			state = quoted
		case b == c.sep:
			endField()
			if len(c.ends) > 20_000 {
				return rec, fault.Invalidf("第 %d 行有两万列以上，不是事项表格。请检查分隔符。", firstLine)
			}
		case b == '\n':
			c.line++
			return finish()
		case b == '\r':
			if p, err := c.r.Peek(1); err == nil && p[0] == '\n' {
				continue
			}
			c.line++
			return finish()
		default:
			if state == afterQuote {
				c.quote = true
			}
			state = plain
			c.buf = append(c.buf, b)
		}
	}
}

// separator guesses what separates the fields: the candidate with which the
// first lines give the widest header.
func separator(head string) byte {
	best, most := byte(','), -1
	for _, sep := range []byte{',', '\t', ';'} {
		sc := newCSVScanner(strings.NewReader(head), sep, 1<<20)
		for range 5 {
			rec, err := sc.next()
			if err != nil {
				break
			}
			known, _ := headerScore(rec.cells, nil)
			if n := len(rec.cells) + 1000*known; n > most && len(rec.cells) > 1 {
				best, most = sep, n
			}
		}
	}
	return best
}

// readCSV reads a csv file. Its header is the first row that names an item's
// name and one more column; rows above it are a title.
func (s *session) readCSV(in *input) error {
	r, enc := textReader(in)
	if enc != "UTF-8" {
		s.fileProblem("", "", enc, SeverityNote, "文件不是 UTF-8 编码，已按 "+enc+" 读入。")
	}
	br := bufio.NewReaderSize(r, 64<<10)
	head, err := br.Peek(32 << 10)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
		return fault.Wrap(fault.Invalid, err, "文件“%s”读不出来，请重新上传。", in.name)
	}
	sc := newCSVScanner(br, separator(string(head)), s.opt.Limits.Record)
	var t *table
	for row := 1; ; row++ {
		sc.quote = false
		rec, err := sc.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if errors.Is(err, errFieldTooLong) {
			return fault.Wrap(fault.Invalid, err, "文件“%s”第 %d 条记录中有一格超过 %d MB，多半是引号没有闭合。请检查这一条的引号。", in.name, row, s.opt.Limits.Record>>20)
		}
		if err != nil {
			return fault.Wrap(fault.Invalid, err, "文件“%s”第 %d 条记录读不出来，请重新上传。", in.name, row)
		}
		if emptyRow(rec.cells) {
			continue
		}
		if t == nil {
			if s.isHeader(rec.cells) {
				if t, err = s.bind("", row, rec.cells, false); err != nil {
					return err
				}
			} else if row > 20 {
				break
			}
			continue
		}
		if err := s.emit(t.csvRow(row, rec, sc.quote)); err != nil {
			return err
		}
	}
	switch {
	case t == nil:
		return fault.Invalidf("文件“%s”的前 20 行里没有找到表头：表头应有“事项名称”一列。请下载模板，或在第一行写上列名。", in.name)
	case s.report.Rows == 0:
		return fault.Invalidf("文件“%s”只有表头，没有记录。", in.name)
	}
	return nil
}

func (t *table) csvRow(row int, rec csvRecord, oddQuote bool) Record {
	if rec.broken != "" {
		return Record{Row: row, Raw: t.raw(rec.cells), Problems: []Problem{{Row: row, Severity: SeverityError, Message: rec.broken}}}
	}
	d := t.start(row)
	if oddQuote {
		d.warn("", "这一行的引号写得不规范，请核对各格内容。")
	}
	if n := len(rec.cells); n < len(t.cols) {
		d.note("", fmt.Sprintf("这一行只有 %d 格，表头有 %d 列，缺的按空读入。", n, len(t.cols)))
	} else if n > len(t.cols) {
		d.warn("", fmt.Sprintf("这一行有 %d 格，表头只有 %d 列，多半是内容中的逗号没有加引号。多出的内容保留在附加内容中。", n, len(t.cols)))
	}
	t.fill(d, rec.cells)
	return t.s.close(d, func() []RawValue { return t.raw(rec.cells) })
}
