package exchange

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"onevisit/internal/domain/fault"
)

// readJSONL reads one record a line. A line that is no JSON object is one bad
// record; the next line starts afresh.
func (s *session) readJSONL(in *input) error {
	r, enc := textReader(in)
	if enc != "UTF-8" {
		s.fileProblem("", "", enc, SeverityNote, "文件不是 UTF-8 编码，已按 "+enc+" 读入。")
	}
	br := bufio.NewReaderSize(r, 256<<10)
	var line []byte
	for row := 1; ; row++ {
		var err error
		var tooLong bool
		line, tooLong, err = readLine(br, line[:0], s.opt.Limits.Record)
		if err != nil && !errors.Is(err, io.EOF) {
			return fault.Wrap(fault.Invalid, err, "文件“%s”第 %d 行读不出来，请重新上传。", in.name, row)
		}
		text := bytes.TrimSpace(line)
		if tooLong {
			if e := s.emit(badLine(row, text, fmt.Sprintf("这一行超过 %d MB，没有读入。", s.opt.Limits.Record>>20))); e != nil {
				return e
			}
		} else if len(text) > 0 {
			if e := s.emit(s.line(row, text)); e != nil {
				return e
			}
		}
		if err != nil {
			break
		}
	}
	if s.report.Rows == 0 {
		return fault.Invalidf("文件“%s”里没有记录。", in.name)
	}
	return nil
}

// readLine reads a line without its end. A longer line than limit is skipped to
// its end; buf then holds its beginning.
func readLine(br *bufio.Reader, buf []byte, limit int) (line []byte, tooLong bool, err error) {
	for {
		part, err := br.ReadSlice('\n')
		if room := limit - len(buf); len(part) > room {
			part, tooLong = part[:max(room, 0)], true
		}
		buf = append(buf, part...)
		if !errors.Is(err, bufio.ErrBufferFull) {
			return buf, tooLong, err
		}
	}
}

func badLine(row int, text []byte, message string) Record {
	t := strings.ToValidUTF8(string(text[:min(len(text), excelCell)]), "\ufffd")
	return Record{Row: row, Raw: []RawValue{{"原文", t}},
		Problems: []Problem{{Row: row, Value: clip(t, 200), Severity: SeverityError, Message: message}}}
}

func (s *session) line(row int, text []byte) Record {
	m, err := parseObject(text)
	if err != nil {
		return badLine(row, text, "不是完整的 JSON 对象（"+jsonTrouble(err)+"），没有读入。")
	}
	return s.object(row, m)
}

func parseObject(text []byte) (map[string]any, error) {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	var m map[string]any
	if err := dec.Decode(&m); err != nil {
		return nil, err
	}
	if m == nil {
		return nil, errors.New("null")
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errTrailing
	}
	return m, nil
}

var errTrailing = errors.New("text after the object")

// jsonTrouble says in Chinese what is wrong with a JSON text.
func jsonTrouble(err error) string {
	var syn *json.SyntaxError
	var typ *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syn) && strings.Contains(syn.Error(), "unexpected end"), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return "到末尾还没有结束"
	case errors.As(err, &syn):
		return fmt.Sprintf("第 %d 个字节处不合语法", syn.Offset)
	case errors.As(err, &typ):
		return "应是 { } 括起的对象"
	case errors.Is(err, errTrailing):
		return "对象后面还有多余的文字"
	}
	return "不合语法"
}

// readJSON reads one item, a list of items, or an object whose "items" is a list.
func (s *session) readJSON(in *input) error {
	r, enc := textReader(in)
	if enc != "UTF-8" {
		s.fileProblem("", "", enc, SeverityNote, "文件不是 UTF-8 编码，已按 "+enc+" 读入。")
	}
	dec := json.NewDecoder(r)
	dec.UseNumber()
	broken := func(err error) error {
		return fault.Wrap(fault.Invalid, err, "文件“%s”不是完整的 JSON：第 %d 条记录之后，%s（约在第 %d 字节）。请检查括号、引号和逗号。",
			in.name, s.report.Rows, jsonTrouble(err), dec.InputOffset())
	}
	first, err := dec.Token()
	if err != nil {
		return broken(err)
	}
	switch first {
	case json.Delim('['):
		if err := s.list(dec, broken); err != nil {
			return err
		}
	case json.Delim('{'):
		// The object may be one item or the envelope of many; which one shows
		// only when "items" comes. Keys before it are kept until then.
		rest, listed := map[string]any{}, false
		size := dec.InputOffset()
		for dec.More() {
			t, err := dec.Token()
			if err != nil {
				return broken(err)
			}
			key, _ := t.(string)
			if key == "items" && !listed {
				if t, err = dec.Token(); err != nil {
					return broken(err)
				}
				if t != json.Delim('[') {
					return fault.Invalidf("文件“%s”中的“items”应是列表。", in.name)
				}
				listed = true
				at := dec.InputOffset()
				if err := s.list(dec, broken); err != nil {
					return err
				}
				size += dec.InputOffset() - at
				continue
			}
			var v any
			if err := dec.Decode(&v); err != nil {
				return broken(err)
			}
			rest[key] = v
			if dec.InputOffset()-size > int64(s.opt.Limits.Record) {
				return fault.Invalidf("文件“%s”中单个对象超过 %d MB。多条记录请写成 [ … ] 或 {\"items\": [ … ]}。", in.name, s.opt.Limits.Record>>20)
			}
		}
		if _, err := dec.Token(); err != nil {
			return broken(err)
		}
		if !listed {
			if dec.More() {
				// A second object: each line is a record of its own.
				in.format = formatJSONL
				return s.readJSONL(in)
			}
			if err := s.emit(s.object(1, rest)); err != nil {
				return err
			}
			break
		}
		for _, k := range keysOf(rest) {
			if k != "schema" {
				b, err := json.Marshal(rest[k])
				if err != nil {
					return broken(err)
				}
				s.fileProblem("", k, clip(string(b), 200), SeverityWarning, "“items”之外的内容没有读入。")
			}
		}
	default:
		return fault.Invalidf("文件“%s”应是一个对象或列表。", in.name)
	}
	if t, err := dec.Token(); !errors.Is(err, io.EOF) {
		return fault.Invalidf("文件“%s”在 JSON 结束之后还有文字“%s”。每行一条的文件请不要分行排版。", in.name, clip(fmt.Sprint(t), 20))
	}
	if s.report.Rows == 0 {
		return fault.Invalidf("文件“%s”里没有记录。", in.name)
	}
	return nil
}

// list reads the elements of a list whose bracket has been read, and its end.
func (s *session) list(dec *json.Decoder, broken func(error) error) error {
	for row := 1; dec.More(); row++ {
		at := dec.InputOffset()
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			return broken(err)
		}
		var rec Record
		if dec.InputOffset()-at > int64(s.opt.Limits.Record) {
			rec = badLine(row, raw, fmt.Sprintf("这条记录超过 %d MB，没有读入。", s.opt.Limits.Record>>20))
		} else {
			rec = s.line(row, raw)
		}
		if err := s.emit(rec); err != nil {
			return err
		}
	}
	_, err := dec.Token()
	if err != nil {
		return broken(err)
	}
	return nil
}
