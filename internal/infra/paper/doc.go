// Package paper makes documents that stand up as paper: docx for the office,
// PDF for print and for the public, both laid out after GB/T 9704-2012 where
// they are official.
//
// A document is written once, as text: a template (text/template) over documented
// fields gives a plain markup, a paragraph a line, and the markup gives a Doc.
// Counties replace the templates, never the code. Marks stand at the beginning
// of a line:
//
//	^ issuing body    the red head, with a red rule below the number
//	@ number          the document's number
//	# title           centred
//	## heading        一、
//	### heading       （一）
//	> addressee       flush left
//	>> signature      the body, then the date; the seal covers both
//	&& 附件：…         what is annexed, below the text
//	& 附件            an annex, on a page of its own
//	_ left|right      a line of the imprint (版记), at the foot of the last page
//	|a|b|             a row of a table; the first row is its head
//	! text            a QR code that holds the text
//	~ text            small print; beside a QR code that it stands next to
//	* text            a line of the cover
//	% text            a part of a booklet, on a new page; its running head
//	= title           table of contents over parts and titles
//	---               a new page; "--- 横" a broad one, "--- 竖" an upright one
//	. text            a paragraph, whatever it begins with
//
// Any other line is a paragraph; empty lines separate nothing.
package paper

import (
	"math"
	"regexp"
	"strings"
)

// Kind is what a block is.
type Kind int

// The kinds of block.
const (
	Paragraph Kind = iota
	Issuer
	Number
	Title
	Heading1
	Heading2
	Addressee
	Signature
	Table
	QR
	PageBreak
	Contents  // table of contents over the parts and titles that follow
	AnnexNote // 附件：…, below the text
	Annex     // 附件, the head of an annex
	Imprint   // 版记
	Note      // small print
	Cover
	Part
)

// Block is a paragraph, a table or another part of a document.
type Block struct {
	Kind Kind
	Text string
	Rows [][]string // of a Table; the first is its head
	Turn Turn       // of a PageBreak
}

// Turn is how the pages after a break stand.
type Turn int

// The turns.
const (
	AsBefore Turn = iota
	Broad         // 横
	Upright       // 竖
)

// cellBreak begins a new line inside a cell of a table.
const cellBreak = '\u2028'

// Doc is a document.
type Doc struct {
	// Style is how it is laid out, Size the paper.
	Style Style
	Size  Size
	// Mark stands at the foot of every page: that the data is for
	// demonstration, version and verification code.
	Mark   string
	Blocks []Block
	// Progress, if set, is told which of the titles has been set, of how many.
	Progress func(done, total int)
	// fit is how much smaller the type of a poster is than its paper allows.
	fit float64
	// drop is how far down a poster begins, in points, so that it stands in the
	// middle of its paper.
	drop float64
	// imprint is where the PDF has the imprint; Word has it there, too.
	imprint imprintPlace
	// tight is how the text is brought together so that no blank page is left.
	tight tightness
	// titlesDone of titlesAll have been set; a table of contents takes two
	// passes.
	titlesDone, titlesAll int
}

// tightness says by which means a short official paper is set closer than the rules
// have it, where else a blank page would stand before the imprint: GB/T 9704 lets
// the distance of lines be changed for what would not fit (7.3.5.4).
type tightness int

const (
	asRuled    tightness = iota
	tightTable           // small tables may part
	tightLines           // and a page has 24 lines
)

// first is the text of the first block of a kind, empty if there is none.
func (d *Doc) first(k Kind) string {
	for _, b := range d.Blocks {
		if b.Kind == k {
			return b.Text
		}
	}
	return ""
}

// has reports whether there is a block of a kind.
func (d *Doc) has(k Kind) bool { return d.first(k) != "" }

// Size is a size of paper.
type Size int

// The sizes; A4 unless said otherwise.
const (
	A4 Size = iota
	A3
	A5
)

// scale is how many times as wide as A4 the paper is.
func (z Size) scale() float64 {
	switch z {
	case A3:
		return math.Sqrt2
	case A5:
		return math.Sqrt2 / 2
	}
	return 1
}

// Style is a way to lay out a document.
type Style int

// The styles.
const (
	// Official follows GB/T 9704-2012: 22 lines of 28 characters, page numbers
	// outside.
	Official Style = iota
	// Plain is for guides and lists: smaller type, tables, page numbers centred.
	Plain
	// Poster is one page to be read from a distance: its type grows with the
	// paper and shrinks until everything stands on it.
	Poster
)

// marks are tried in order, longer ones first.
var marks = []struct {
	mark string
	kind Kind
}{{"### ", Heading2}, {"## ", Heading1}, {"# ", Title}, {">> ", Signature}, {"> ", Addressee}, {"^ ", Issuer}, {"@ ", Number}, {"! ", QR}, {"= ", Contents},
	{"&& ", AnnexNote}, {"& ", Annex}, {"_ ", Imprint}, {"~ ", Note}, {"* ", Cover}, {"% ", Part}, {". ", Paragraph}}

// turns are the page breaks.
var turns = map[string]Turn{"---": AsBefore, "--- 横": Broad, "--- 竖": Upright}

// loose is a space between a Han character or mark and a letter or digit, which
// is written on screens and not on paper.
var loose = regexp.MustCompile(`([\p{Han}，。、；：！？（）《》“”〔〕]) +([0-9A-Za-z])|([0-9A-Za-z%]) +([\p{Han}，。、；：！？（）《》“”〔〕])`)

// tighten takes such spaces out.
func tighten(s string) string {
	if !strings.Contains(s, " ") {
		return s
	}
	s = loose.ReplaceAllString(s, "$1$3$2$4")
	return loose.ReplaceAllString(s, "$1$3$2$4") // 第 1 次: both sides of one character
}

// Parse reads the markup. Every text is one: what is no mark is a paragraph.
func Parse(markup string) []Block {
	var out []Block
	for line := range strings.Lines(markup) {
		line = strings.Trim(line, " \t\r\n") // wide spaces are room to write into
		switch {
		case line == "":
			continue
		case strings.HasPrefix(line, "---"):
			if t, ok := turns[line]; ok {
				out = append(out, Block{Kind: PageBreak, Turn: t})
				continue
			}
		case len(line) > 1 && line[0] == '|':
			cells := strings.Split(strings.TrimSuffix(line[1:], "|"), "|")
			for i := range cells {
				cells[i] = tighten(strings.Trim(cells[i], " \t"))
			}
			if n := len(out); n > 0 && out[n-1].Kind == Table && len(out[n-1].Rows[0]) == len(cells) {
				out[n-1].Rows = append(out[n-1].Rows, cells)
			} else {
				out = append(out, Block{Kind: Table, Rows: [][]string{cells}})
			}
			continue
		}
		b := Block{Text: line}
		for _, m := range marks {
			// A mark whose field is empty has lost its space.
			if rest, ok := strings.CutPrefix(line+" ", m.mark); ok {
				b = Block{Kind: m.kind, Text: strings.Trim(rest, " \t")}
				break
			}
		}
		if b.Text == "" {
			continue
		}
		if b.Kind != QR {
			b.Text = tighten(b.Text)
		}
		out = append(out, b)
	}
	return out
}
