package exchange

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"unicode/utf8"
)

// xmlScanner reads the XML of a worksheet. The general decoder of the standard
// library builds a tree of small objects for every cell; a sheet has millions of
// cells and needs tags, four attributes and text. What is unusual but allowed
// (prefixes, comments, CDATA, character references) is handled; a document type
// is refused, because it can define entities that grow without bound.
type xmlScanner struct {
	r        io.Reader
	buf      []byte
	pos, end int
	done     bool
	err      error

	name      []byte // local name of the tag read last
	attrs     []byte // what stands behind the name
	closing   bool   // </x>
	selfClose bool   // <x/>
	text      []byte // text before the tag, if it was asked for
}

const maxTag = 1 << 20

var (
	errXMLType   = errors.New("document type declaration")
	errXMLTag    = errors.New("tag too long")
	errXMLTooBig = errors.New("text too long")
)

func newXMLScanner(r io.Reader) *xmlScanner {
	return &xmlScanner{r: r, buf: make([]byte, 128<<10)}
}

// more reads on; what stands from pos stays. It reports whether anything came.
func (x *xmlScanner) more() bool {
	if x.done {
		return false
	}
	if x.pos > 0 {
		x.end = copy(x.buf, x.buf[x.pos:x.end])
		x.pos = 0
	}
	if x.end == len(x.buf) {
		if len(x.buf) >= maxTag {
			x.err, x.done = errXMLTag, true
			return false
		}
		x.buf = append(x.buf, make([]byte, len(x.buf))...)
	}
	for range 100 {
		n, err := x.r.Read(x.buf[x.end:])
		x.end += n
		if err != nil {
			x.done = true
			if !errors.Is(err, io.EOF) {
				x.err = err
			}
		}
		if n > 0 || x.done {
			return n > 0
		}
	}
	x.err, x.done = io.ErrNoProgress, true
	return false
}

// next reads up to and including the next tag. With keep, the text before it is
// in x.text, with references resolved; limit bounds it. It returns false at the
// end or at an error, which then is in x.err.
func (x *xmlScanner) next(keep bool, limit int) bool {
	x.text = x.text[:0]
	for {
		i := bytes.IndexByte(x.buf[x.pos:x.end], '<')
		if i < 0 {
			if keep {
				x.text = append(x.text, x.buf[x.pos:x.end]...)
			}
			x.pos = x.end
			if len(x.text) > limit {
				x.err = errXMLTooBig
				return false
			}
			if !x.more() {
				return false
			}
			continue
		}
		if keep {
			x.text = append(x.text, x.buf[x.pos:x.pos+i]...)
			if len(x.text) > limit {
				x.err = errXMLTooBig
				return false
			}
		}
		x.pos += i
		ok, again := x.tag(keep)
		if !ok {
			return false
		}
		if !again {
			if keep && bytes.IndexByte(x.text, '&') >= 0 {
				x.text = unescape(x.text)
			}
			return true
		}
	}
}

// find gives the offset behind needle, searched from pos+from, reading on as
// needed; -1 if it does not come.
func (x *xmlScanner) find(from int, needle string) int {
	for {
		if i := bytes.Index(x.buf[x.pos+from:x.end], []byte(needle)); i >= 0 {
			return from + i + len(needle)
		}
		from = max(from, x.end-x.pos-len(needle)+1)
		if !x.more() {
			if x.err == nil {
				x.err = io.ErrUnexpectedEOF
			}
			return -1
		}
	}
}

// tag reads the tag at pos. again says that it was a comment or the like, and
// the text goes on.
func (x *xmlScanner) tag(keep bool) (ok, again bool) {
	for x.end-x.pos < 2 {
		if !x.more() {
			if x.err == nil {
				x.err = io.ErrUnexpectedEOF
			}
			return false, false
		}
	}
	switch x.buf[x.pos+1] {
	case '?':
		n := x.find(2, "?>")
		if n < 0 {
			return false, false
		}
		x.pos += n
		return true, true
	case '!':
		for x.end-x.pos < 9 && x.more() {
		}
		head := x.buf[x.pos:x.end]
		switch {
		case bytes.HasPrefix(head, []byte("<!--")):
			n := x.find(4, "-->")
			if n < 0 {
				return false, false
			}
			x.pos += n
			return true, true
		case bytes.HasPrefix(head, []byte("<![CDATA[")):
			n := x.find(9, "]]>")
			if n < 0 {
				return false, false
			}
			if keep {
				// Shield what looks like a reference from unescape.
				c := x.buf[x.pos+9 : x.pos+n-3]
				x.text = append(x.text, bytes.ReplaceAll(c, []byte("&"), []byte("&amp;"))...)
			}
			x.pos += n
			return true, true
		}
		x.err = errXMLType
		return false, false
	}
	n := x.find(1, ">")
	if n < 0 {
		return false, false
	}
	// A “>” may stand inside an attribute. The quotes are followed from where
	// they were left, so that a long tag is looked at once.
	quote, seen := byte(0), 1
	for {
		quote = openQuote(x.buf[x.pos+seen:x.pos+n], quote)
		if quote == 0 {
			break
		}
		seen = n
		if n = x.find(n, ">"); n < 0 {
			return false, false
		}
	}
	t := x.buf[x.pos+1 : x.pos+n-1]
	x.pos += n
	x.closing = len(t) > 0 && t[0] == '/'
	if x.closing {
		t = t[1:]
	}
	x.selfClose = len(t) > 0 && t[len(t)-1] == '/'
	if x.selfClose {
		t = t[:len(t)-1]
	}
	i := 0
	for i < len(t) && t[i] != ' ' && t[i] != '\t' && t[i] != '\n' && t[i] != '\r' {
		i++
	}
	x.name, x.attrs = t[:i], t[i:]
	if c := bytes.IndexByte(x.name, ':'); c >= 0 {
		x.name = x.name[c+1:]
	}
	return true, false
}

// openQuote gives the quote that is open at the end of t, 0 for none, if q was
// open at its beginning.
func openQuote(t []byte, q byte) byte {
	if q == 0 && bytes.IndexByte(t, '\'') < 0 {
		if bytes.Count(t, []byte{'"'})%2 == 0 {
			return 0
		}
		return '"'
	}
	for _, b := range t {
		switch {
		case q == 0 && (b == '"' || b == '\''):
			q = b
		case b == q:
			q = 0
		}
	}
	return q
}

// attr gives the raw value of an attribute of the last tag by its local name.
func (x *xmlScanner) attr(name string) []byte {
	a := x.attrs
	for {
		eq := bytes.IndexByte(a, '=')
		if eq < 0 {
			return nil
		}
		key := bytes.TrimSpace(a[:eq])
		if c := bytes.LastIndexByte(key, ':'); c >= 0 {
			key = key[c+1:]
		}
		a = bytes.TrimLeft(a[eq+1:], " \t\r\n")
		if len(a) == 0 {
			return nil
		}
		q := a[0]
		end := bytes.IndexByte(a[1:], q)
		if end < 0 || q != '"' && q != '\'' {
			return nil
		}
		if string(key) == name {
			return a[1 : 1+end]
		}
		a = a[end+2:]
	}
}

// attrText is attr with references resolved.
func (x *xmlScanner) attrText(name string) string {
	return string(unescape(bytes.Clone(x.attr(name))))
}

// unescape resolves the predefined entities and character references in place.
// Anything else stays as it is.
func unescape(b []byte) []byte {
	out := b[:0]
	for i := 0; i < len(b); {
		if b[i] != '&' {
			out = append(out, b[i])
			i++
			continue
		}
		semi := bytes.IndexByte(b[i:min(len(b), i+12)], ';')
		if semi < 0 {
			out = append(out, b[i])
			i++
			continue
		}
		ref := string(b[i+1 : i+semi])
		r := rune(-1)
		switch ref {
		case "lt":
			r = '<'
		case "gt":
			r = '>'
		case "amp":
			r = '&'
		case "quot":
			r = '"'
		case "apos":
			r = '\''
		default:
			if len(ref) > 1 && ref[0] == '#' {
				base, digits := 10, ref[1:]
				if digits[0] == 'x' || digits[0] == 'X' {
					base, digits = 16, digits[1:]
				}
				if n, err := strconv.ParseUint(digits, base, 32); err == nil && utf8.ValidRune(rune(n)) {
					r = rune(n)
				}
			}
		}
		if r < 0 {
			out = append(out, b[i])
			i++
			continue
		}
		out = utf8.AppendRune(out, r)
		i += semi + 1
	}
	return out
}
