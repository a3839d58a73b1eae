package exchange

import (
	"bufio"
	"bytes"
	"io"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	xunicode "golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// textReader returns the text of in as UTF-8 without a byte order mark, and the
// name of the encoding it was in. Without a mark the whole file decides: it is
// UTF-8 if it is valid UTF-8, else GB18030 (which contains GBK and GB 2312).
func textReader(in *input) (io.Reader, string) {
	var head [3]byte
	n, _ := in.r.ReadAt(head[:], 0) // sniff has read the head already
	section := io.NewSectionReader(in.r, 0, in.size)
	var enc encoding.Encoding
	name := "UTF-8"
	switch {
	case bytes.HasPrefix(head[:n], []byte("\xef\xbb\xbf")):
		section = io.NewSectionReader(in.r, 3, in.size-3)
		if !validUTF8(section) {
			// A mark does not make it true; decoding replaces what is broken
			// and the records that hold U+FFFD are reported.
			enc = xunicode.UTF8
		}
	case bytes.HasPrefix(head[:n], []byte{0xff, 0xfe}):
		name, enc = "UTF-16", xunicode.UTF16(xunicode.LittleEndian, xunicode.ExpectBOM)
	case bytes.HasPrefix(head[:n], []byte{0xfe, 0xff}):
		name, enc = "UTF-16", xunicode.UTF16(xunicode.BigEndian, xunicode.ExpectBOM)
	case !validUTF8(section):
		name, enc = "GB18030", simplifiedchinese.GB18030
	}
	if _, err := section.Seek(0, io.SeekStart); err != nil {
		return bytes.NewReader(nil), name // a SectionReader does not fail at its start
	}
	if enc != nil {
		return transform.NewReader(bufio.NewReaderSize(section, 64<<10), enc.NewDecoder()), name
	}
	return section, name
}

func validUTF8(r io.Reader) bool {
	buf := make([]byte, 64<<10)
	have := 0
	for {
		n, err := r.Read(buf[have:])
		b := buf[:have+n]
		end := len(b)
		if err == nil {
			// Leave a rune that the block's end cuts for the next block.
			for k := 1; k <= min(utf8.UTFMax-1, end); k++ {
				if utf8.RuneStart(b[end-k]) {
					if !utf8.FullRune(b[end-k:]) {
						end -= k
					}
					break
				}
			}
		}
		if !utf8.Valid(b[:end]) {
			return false
		}
		if err != nil {
			return true
		}
		have = copy(buf, b[end:])
	}
}

func decodeUTF16(b []byte) string {
	if len(b) < 2 {
		return ""
	}
	big := b[0] == 0xfe
	u := make([]uint16, 0, len(b)/2)
	for i := 2; i+1 < len(b); i += 2 {
		if big {
			u = append(u, uint16(b[i])<<8|uint16(b[i+1]))
		} else {
			u = append(u, uint16(b[i+1])<<8|uint16(b[i]))
		}
	}
	return string(utf16.Decode(u))
}

// tidy removes what nobody wrote on purpose: blanks at the ends, no-break and
// zero-width characters, carriage returns, control characters. It reports
// whether anything other than a final line end changed. Text inside is left
// alone; line breaks are meaning.
func tidy(s string) (string, bool) {
	clean := true
	for i := 0; i < len(s); i++ {
		c := s[i]
		// Multi-byte characters that tidy removes begin with C2, E2, E3 or EF.
		if c < ' ' && c != '\n' && c != '\t' || c == 0x7f || c == 0xc2 || c == 0xe2 || c == 0xef || c == 0xe3 {
			clean = false
			break
		}
	}
	if clean {
		t := strings.Trim(s, " \t\n")
		return t, len(t) != len(strings.TrimRight(s, "\n"))
	}
	changed := false
	out := s
	if strings.ContainsFunc(s, junk) {
		var b strings.Builder
		b.Grow(len(s))
		for i, r := range s {
			switch {
			case r == '\r':
				if !strings.HasPrefix(s[i+1:], "\n") {
					b.WriteByte('\n')
				}
			case r == '\u00a0' || r == '\u2007' || r == '\u202f':
				b.WriteByte(' ')
				changed = true
			case junk(r):
				changed = true
			default:
				b.WriteRune(r)
			}
		}
		out = b.String()
	}
	t := strings.TrimFunc(out, unicode.IsSpace)
	return t, changed || len(t) != len(strings.TrimRight(out, "\n"))
}

func junk(r rune) bool {
	switch {
	case r == '\n' || r == '\t':
		return false
	case r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0:
		return true
	case r == '\u00a0' || r == '\u2007' || r == '\u202f':
		return true
	case r >= '\u200b' && r <= '\u200f', r == '\u2060', r == '\ufeff', r >= '\u202a' && r <= '\u202e':
		return true
	}
	return false
}

// narrow makes full-width letters, digits and signs half-width. It is for codes,
// numbers, telephones and addresses of sites; in prose a full-width comma is
// right and stays.
func narrow(s string) (string, bool) {
	if isASCII(s) {
		return s, false
	}
	changed := false
	t := strings.Map(func(r rune) rune {
		switch {
		case r == '　':
			changed = true
			return ' '
		case r >= '！' && r <= '～':
			changed = true
			return r - 0xfee0
		case r == '－' || r == '—' || r == '–' || r == '−':
			changed = true
			return '-'
		}
		return r
	}, s)
	return t, changed
}

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// clip shortens s to n characters for a message; the value itself is kept whole
// elsewhere.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	count := 0
	for i := range s {
		if count == n {
			return s[:i] + "…"
		}
		count++
	}
	return s
}
