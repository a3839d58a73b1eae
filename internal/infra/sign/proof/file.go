package proof

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"time"

	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/publication"
)

// A sealed file is lines of JSON. The first names the format, the last holds the
// number of lines and the SHA-256 of all that stands before it, with the county's
// signatures of these. Any byte that is changed breaks one of them.

// maxLine bounds one line of a sealed file, in bytes.
const maxLine = 8 << 20

type headerLine struct {
	Format string `json:"format"`
}

type endLine struct {
	End end `json:"end"`
}

type end struct {
	Lines      int                     `json:"lines"` // before this one
	SHA256     string                  `json:"sha256"`
	Signatures []publication.Signature `json:"signatures"`
}

func sealStatement(format string, e *end, at time.Time) []byte {
	return fmt.Appendf(nil, "%s\nlines %d\nsha256 %s\nat %s\n", format, e.Lines, e.SHA256, at.UTC().Format(time.RFC3339))
}

// writer writes a sealed file.
type writer struct {
	w      *bufio.Writer
	sum    hash.Hash
	format string
	lines  int
	err    error
}

func newWriter(w io.Writer, format string) *writer {
	s := &writer{w: bufio.NewWriterSize(w, 64<<10), sum: sha256.New(), format: format}
	s.line(headerLine{format})
	return s
}

func (s *writer) line(v any) {
	if s.err != nil {
		return
	}
	b, err := encodeLine(v)
	if err == nil && len(b) >= maxLine {
		err = fault.Invalidf("一条记录有 %d MB，超过 %d MB 的上限。", len(b)>>20, maxLine>>20)
	}
	if err == nil {
		b = append(b, '\n')
		s.sum.Write(b)
		_, err = s.w.Write(b)
	}
	s.lines++
	s.err = err
}

// seal signs with the keys and ends the file.
func (s *writer) seal(signer publication.Signer, keys []publication.Key, at time.Time) error {
	at = at.UTC().Truncate(time.Second)
	e := end{Lines: s.lines, SHA256: hex.EncodeToString(s.sum.Sum(nil)), Signatures: []publication.Signature{}}
	for i := range keys {
		v, err := signer.Sign(&keys[i], "", sealStatement(s.format, &e, at))
		if err != nil {
			return err
		}
		e.Signatures = append(e.Signatures, publication.Signature{Key: keys[i].ID, Algorithm: keys[i].Algorithm, At: at, Value: v})
	}
	s.line(endLine{e})
	return errors.Join(s.err, s.w.Flush())
}

// reader reads a sealed file. The seal is checked when the last line has been
// read, so nothing may be believed before.
type reader struct {
	r      *bufio.Reader
	sum    hash.Hash
	format string
	lines  int
	end    *end
}

func newReader(r io.Reader, format string) (*reader, error) {
	s := &reader{r: bufio.NewReaderSize(r, 64<<10), sum: sha256.New(), format: format}
	b, err := s.next()
	if err != nil {
		return nil, err
	}
	var h headerLine
	if b == nil || json.Unmarshal(b, &h) != nil || h.Format != format {
		return nil, fault.Invalidf("文件的格式应为 %s。", format)
	}
	return s, nil
}

func (s *reader) bad(format string, args ...any) error {
	return fault.Conflictf("文件第 %d 行：%s", s.lines, fmt.Sprintf(format, args...))
}

// next returns the next line without its newline, nil after the last.
func (s *reader) next() ([]byte, error) {
	var line []byte
	for {
		part, err := s.r.ReadSlice('\n')
		line = append(line, part...)
		if len(line) > maxLine {
			return nil, s.bad("太长，文件已损坏。")
		}
		if err == nil {
			break
		}
		if err == bufio.ErrBufferFull {
			continue
		}
		if err == io.EOF {
			return nil, fault.Conflictf("文件不完整：没有结尾一行，可能没有传完。请重新取得文件。")
		}
		return nil, err
	}
	if bytes.HasPrefix(line, []byte(`{"end":`)) {
		var l endLine
		if err := json.Unmarshal(line, &l); err != nil {
			return nil, s.bad("结尾一行不是规定的格式，可能有人改动过。")
		}
		again, err := encodeLine(l)
		if err != nil || !bytes.Equal(append(again, '\n'), line) {
			return nil, s.bad("结尾一行不是规定的写法，可能有人改动过。")
		}
		if _, err := s.r.ReadByte(); err != io.EOF {
			return nil, s.bad("结尾一行后面还有内容。")
		}
		if l.End.Lines != s.lines || l.End.SHA256 != hex.EncodeToString(s.sum.Sum(nil)) {
			return nil, fault.Conflictf("文件内容与结尾的校验值不符：文件被改动过，或者传输中损坏。请重新取得文件。")
		}
		s.end = &l.End
		return nil, nil
	}
	s.sum.Write(line)
	s.lines++
	return bytes.TrimSuffix(line, []byte("\n")), nil
}

// confirm checks the signatures of the seal.
func (s *reader) confirm(keys []publication.Key, index int64) ([]string, error) {
	return checkSignatures(keys, s.end.Signatures, index, func(at time.Time) []byte { return sealStatement(s.format, s.end, at) })
}
