package paper

import (
	"fmt"
	"image/color"
	"io"
	"slices"
	"strings"

	"github.com/boombuler/barcode/qr"
	"github.com/signintech/gopdf"
)

// A page in points: A4 with the margins of GB/T 9704-2012, 5.2.1: the text is
// 156 mm by 225 mm, 37 mm from the top, 28 mm from the left.
const (
	mm                   = 72 / 25.4
	pageTop, pageLeft    = 37 * mm, 28 * mm
	textWidth, textDepth = 156 * mm, 225 * mm
	pageBottom           = pageTop + textDepth
	cellPadding          = 4
	cellPitch            = 16
	cellSize             = 10.5
	textTwips            = 8844 // the same in twentieths of a point
	missingGlyph         = '〓'  // shown where no font has a character
)

var red = color.RGBA{R: 0xc0, A: 0xff}

// glyph is a character as it is set.
type glyph struct {
	r    rune
	face *metrics
	w    float64
}

// setter sets one document.
type setter struct {
	doc   *Doc
	fonts *Fonts
	pdf   *gopdf.GoPdf
	// The text's frame on the page, in points.
	left, top, width, bottom float64
	// scale is how much larger than in A4 type is, in posters.
	scale   float64
	y       float64 // where the next line begins
	page    int
	missing []rune
	// titles are the pages on which titles stand, for the contents.
	titles []entry
}

type entry struct {
	text string
	page int
}

// WritePDF writes the document as PDF. Characters that no font has are shown as
// 〓 and returned, each once: never is one left out in silence.
func WritePDF(w io.Writer, d *Doc, fonts *Fonts) (missing []rune, err error) {
	if err := fonts.load(); err != nil {
		return nil, err
	}
	if err := d.fitPage(fonts); err != nil {
		return nil, err
	}
	contents := slices.ContainsFunc(d.Blocks, func(b Block) bool { return b.Kind == Contents })
	d.titlesDone, d.titlesAll = 0, 0
	for _, b := range d.Blocks {
		if b.Kind == Title {
			d.titlesAll++
		}
	}
	if contents {
		d.titlesAll *= 3
	}
	s, err := set(d, fonts, nil)
	if err != nil {
		return nil, err
	}
	if len(s.missing) > 0 {
		// Whoever holds the paper must know, not only whoever reads the log.
		d.Mark = strings.TrimSpace(d.Mark + "　" + missingNote(s.missing))
		if s, err = set(d, fonts, nil); err != nil {
			return nil, err
		}
	}
	if contents {
		// The contents take pages themselves, so they are set twice: the second
		// time the titles stand where they will stay.
		for range 2 {
			if s, err = set(d, fonts, s.titles); err != nil {
				return nil, err
			}
		}
	}
	_, err = s.pdf.WriteTo(w)
	return s.missing, err
}

// missingNote says which characters are shown as 〓.
func missingNote(missing []rune) string {
	var codes []string
	for _, r := range missing[:min(len(missing), 5)] {
		codes = append(codes, fmt.Sprintf("U+%04X", r))
	}
	return fmt.Sprintf("〓为字库所缺的字（%d 个：%s）", len(missing), strings.Join(codes, "、"))
}

// newSetter frames the text: that of A4, larger or smaller with the page.
func newSetter(d *Doc, fonts *Fonts) *setter {
	k := d.Size.scale()
	return &setter{doc: d, fonts: fonts, pdf: &gopdf.GoPdf{}, scale: k * d.fit,
		left: pageLeft * k, top: pageTop * k, width: textWidth * k, bottom: pageBottom * k}
}

// fitPage makes the type of a poster smaller until it is one page.
func (d *Doc) fitPage(fonts *Fonts) error {
	d.fit = 1
	for d.Style == Poster {
		s, err := set(d, fonts, nil)
		if err != nil {
			return err
		}
		if s.page == 1 || d.fit < 0.45 {
			break
		}
		d.fit -= 0.1
	}
	return nil
}

// set sets the whole document; contents are the entries of a table of contents.
func set(d *Doc, fonts *Fonts, contents []entry) (*setter, error) {
	s := newSetter(d, fonts)
	page := gopdf.PageSizeA4
	switch d.Size {
	case A3:
		page = gopdf.PageSizeA3
	case A5:
		page = gopdf.PageSizeA5
	}
	s.pdf.Start(gopdf.Config{PageSize: *page})
	used := map[string]bool{}
	for _, m := range fonts.face {
		if !used[m.name] {
			used[m.name] = true
			if err := s.pdf.AddTTFFontFromFontContainer(m.name, &fonts.box); err != nil {
				return nil, err
			}
		}
	}
	if err := s.newPage(); err != nil {
		return nil, err
	}
	for i := range d.Blocks {
		if err := s.block(i, contents); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// newPage begins a page with its number and mark.
func (s *setter) newPage() error {
	s.pdf.AddPage()
	s.page++
	s.y = s.top
	number := fmt.Sprintf("— %d —", s.page)
	gs := s.glyphs(number, song, 14)
	x := s.left + (s.width-width(gs))/2
	if s.doc.Style == Official { // outside, one character in (7.5)
		x = s.left + 14
		if s.page%2 == 1 {
			x = s.left + s.width - 14 - width(gs)
		}
	}
	if s.doc.Style != Poster {
		if err := s.draw(gs, x, s.bottom+7*mm+14, 14, 0, color.RGBA{A: 0xff}); err != nil {
			return err
		}
	}
	if s.doc.Mark != "" {
		gs := s.glyphs(s.doc.Mark, kai, 9)
		return s.draw(gs, s.left+max(0, (s.width-width(gs))/2), s.bottom+7*mm+30, 9, 0, color.RGBA{R: 0x47, G: 0x52, B: 0x5e, A: 0xff})
	}
	return nil
}

// size and pitch of the text: 3号字, 22 lines to a page, in official documents.
func (s *setter) size() (size, pitch float64) {
	switch s.doc.Style {
	case Plain:
		return 12, 20
	case Poster:
		return 22 * s.scale, 36 * s.scale
	}
	return 16, textDepth / 22
}

func (s *setter) block(i int, contents []entry) error {
	b := &s.doc.Blocks[i]
	size, pitch := s.size()
	black := color.RGBA{A: 0xff}
	var before *Block
	if i > 0 {
		before = &s.doc.Blocks[i-1]
	}
	switch b.Kind {
	case Issuer:
		s.y += pitch
		if s.doc.Style == Poster {
			return s.centred(b.Text, song, 60*s.scale, 84*s.scale, red)
		}
		return s.centred(b.Text, song, 36, 50, red)
	case Number:
		if before != nil && before.Kind == Issuer {
			s.y += pitch
		}
		if err := s.centred(b.Text, fang, size, pitch, black); err != nil {
			return err
		}
		if before != nil && before.Kind == Issuer { // the red rule (7.2.7)
			s.pdf.SetStrokeColor(red.R, red.G, red.B)
			s.pdf.SetLineWidth(2)
			s.pdf.Line(s.left, s.y+4*mm, s.left+s.width, s.y+4*mm)
			s.y += 4*mm + pitch
		}
		return nil
	case Title:
		big := 22.0
		if s.doc.Style == Poster {
			big = 44 * s.scale
		}
		if s.y > s.top {
			s.y += pitch
		}
		if s.y+max(pitch, big*1.35) > s.bottom {
			if err := s.newPage(); err != nil {
				return err
			}
		}
		s.titles = append(s.titles, entry{b.Text, s.page})
		s.pdf.AddOutline(b.Text)
		if s.doc.Progress != nil {
			s.doc.titlesDone++
			s.doc.Progress(min(s.doc.titlesDone, s.doc.titlesAll), s.doc.titlesAll)
		}
		if err := s.centred(b.Text, song, big, max(pitch, big*1.35), black); err != nil {
			return err
		}
		s.y += pitch / 2
		return nil
	case Heading1:
		return s.paragraph(b.Text, hei, 2, pitch*2)
	case Heading2:
		return s.paragraph(b.Text, kai, 2, pitch*2)
	case Addressee:
		return s.paragraph(b.Text, fang, 0, pitch)
	case Signature:
		need := pitch
		if before == nil || before.Kind != Signature {
			s.y += pitch
			need = 3 * pitch // body and date stay together
		}
		if err := s.room(need); err != nil {
			return err
		}
		gs := s.glyphs(b.Text, fang, size)
		if err := s.draw(gs, s.left+s.width-4*size-width(gs), s.y+pitch*0.72, size, 0, black); err != nil {
			return err
		}
		s.y += pitch
		return nil
	case PageBreak:
		if s.y > s.top {
			return s.newPage()
		}
		return nil
	case Table:
		return s.table(b.Rows)
	case QR:
		return s.qr(b.Text)
	case Contents:
		return s.contents(b.Text, contents)
	}
	if s.doc.Style == Poster {
		return s.centred(b.Text, fang, size, pitch, black)
	}
	return s.paragraph(b.Text, fang, 2, pitch)
}

// room begins a new page if less than need is left on this one.
func (s *setter) room(need float64) error {
	if s.y+need > s.bottom+0.5 {
		return s.newPage()
	}
	return nil
}

func (s *setter) centred(text string, f face, size, pitch float64, c color.RGBA) error {
	for _, line := range balanced(s.glyphs(text, f, size), s.width) {
		if err := s.room(pitch); err != nil {
			return err
		}
		if err := s.draw(line, s.left+(s.width-width(line))/2, s.y+pitch*0.72, size, 0, c); err != nil {
			return err
		}
		s.y += pitch
	}
	return nil
}

// paragraph sets text with an indent of so many characters; full lines are
// spread to the margin. keep is the room that its first line needs, so that a
// heading does not stand alone at the foot.
func (s *setter) paragraph(text string, f face, indent int, keep float64) error {
	size, pitch := s.size()
	in, squeeze := float64(indent)*size, 0.0
	if s.doc.Style == Official {
		squeeze = 0.25
		in = float64(indent) * s.width / 28
	}
	lines := wrap(s.glyphs(text, f, size), s.width-in, s.width, squeeze)
	for i, line := range lines {
		if err := s.room(max(pitch, keep)); err != nil {
			return err
		}
		keep = 0
		x, room := s.left, s.width
		if i == 0 {
			x, room = s.left+in, s.width-in
		}
		gap := 0.0
		if i+1 < len(lines) && len(line) > 1 {
			if gap = (room - width(line)) / float64(len(line)-1); gap > size/4 {
				gap = 0 // a long word went to the next line: rather ragged than torn apart
			}
		} else if s.doc.Style == Official {
			gap = s.width/28 - size // the grid's cell
		}
		if err := s.draw(line, x, s.y+pitch*0.72, size, gap, color.RGBA{A: 0xff}); err != nil {
			return err
		}
		s.y += pitch
	}
	return nil
}

// glyphs finds a face for each character.
func (s *setter) glyphs(text string, f face, size float64) []glyph {
	out := make([]glyph, 0, len(text))
	for _, r := range text {
		if r < ' ' {
			r = ' '
		}
		m := s.fonts.pick(f, r)
		if m == nil {
			if !slices.Contains(s.missing, r) {
				s.missing = append(s.missing, r)
			}
			r = missingGlyph
			m = s.fonts.pick(f, r)
		}
		out = append(out, glyph{r, m, m.advance(r, size)})
	}
	return out
}

func width(gs []glyph) (w float64) {
	for _, g := range gs {
		w += g.w
	}
	return w
}

// draw writes glyphs on a base line, gap further apart than they are wide.
func (s *setter) draw(gs []glyph, x, y, size, gap float64, c color.RGBA) error {
	s.pdf.SetTextColor(c.R, c.G, c.B)
	if err := s.pdf.SetCharSpacing(gap); err != nil {
		return err
	}
	for i := 0; i < len(gs); {
		j := i
		var run strings.Builder
		w := 0.0
		for ; j < len(gs) && gs[j].face == gs[i].face; j++ {
			run.WriteRune(gs[j].r)
			w += gs[j].w + gap
		}
		if err := s.pdf.SetFont(gs[i].face.name, "", size); err != nil {
			return err
		}
		s.pdf.SetXY(x, y)
		if err := s.pdf.Text(run.String()); err != nil {
			return err
		}
		x, i = x+w, j
	}
	return s.pdf.SetCharSpacing(0)
}

const (
	neverFirst = "，。、；：？！）》〉”’〕】』」…—%％‰℃,.;:?!)]}"
	neverLast  = "（《〈“‘〔【『「([{№"
)

// wrap breaks glyphs into lines, the first of one width and the others of
// another: runs of letters and digits stay together, closing marks begin no
// line and opening marks end none. A line may be set so much closer, in points a
// character: set a quarter point closer, 28 characters of 16 pt fit 156 mm.
func wrap(gs []glyph, first, rest, squeeze float64) [][]glyph {
	var out [][]glyph
	for len(gs) > 0 {
		room := rest
		if len(out) == 0 {
			room = first
		}
		n, w := 0, 0.0
		for n < len(gs) && w+gs[n].w-squeeze*float64(n+1) <= room+0.01 {
			w += gs[n].w
			n++
		}
		n = max(n, 1)
		if n < len(gs) {
			k := n
			for k > 1 && (strings.ContainsRune(neverFirst, gs[k].r) || strings.ContainsRune(neverLast, gs[k-1].r) || together(gs[k-1].r, gs[k].r)) {
				k--
			}
			if k > 1 || n == 1 {
				n = k // else a word longer than the line: break it where it ends
			}
		}
		line := gs[:n]
		for len(line) > 1 && line[len(line)-1].r == ' ' {
			line = line[:len(line)-1]
		}
		out = append(out, line)
		for gs = gs[n:]; len(gs) > 0 && gs[0].r == ' '; {
			gs = gs[1:]
		}
	}
	return out
}

// balanced breaks a title into as few lines as it needs, of about one length,
// and if it can not inside quotation marks.
func balanced(gs []glyph, room float64) [][]glyph {
	lines := wrap(gs, room, room, 0)
	n := len(lines)
	if n < 2 {
		return lines
	}
	var even [][]glyph
	for narrow := width(gs)/float64(n) + gs[0].w; narrow < room; narrow += gs[0].w / 2 {
		try := wrap(gs, narrow, narrow, 0)
		if len(try) != n {
			continue
		}
		if !breaksQuote(try) {
			return try
		}
		if even == nil {
			even = try
		}
	}
	if even == nil || !breaksQuote(lines) {
		return lines
	}
	return even
}

// breaksQuote reports whether a line ends inside quotation marks.
func breaksQuote(lines [][]glyph) bool {
	open := 0
	for _, l := range lines[:len(lines)-1] {
		for _, g := range l {
			switch g.r {
			case '“', '《':
				open++
			case '”', '》':
				open--
			}
		}
		if open > 0 {
			return true
		}
	}
	return false
}

// together reports whether two characters belong to one word or number.
func together(a, b rune) bool {
	return a < 0x2e80 && b < 0x2e80 && a != ' ' && b != ' ' && a != '—' && b != '—'
}

// table draws a table; its head stands again on each page, and a row that does
// not fit goes on overleaf.
func (s *setter) table(rows [][]string) error {
	widths := columns(rows, int(s.width*20))
	s.pdf.SetStrokeColor(0, 0, 0)
	s.pdf.SetLineWidth(0.5)
	draw := func(r []string, head bool) error {
		f := fang
		if head {
			f = hei
		}
		cells := make([][][]glyph, len(widths))
		most := 1
		for c := range widths {
			if c < len(r) {
				w := float64(widths[c])/20 - 2*cellPadding
				cells[c] = wrap(s.glyphs(r[c], f, cellSize), w, w, 0)
				most = max(most, len(cells[c]))
			}
		}
		for from := 0; from < most; {
			fit := int((s.bottom - s.y - 2*cellPadding) / cellPitch)
			if fit < 1 || fit < most-from && fit < 3 && s.y > s.top+100 {
				return errPageFull{from}
			}
			n := min(fit, most-from)
			depth := float64(n)*cellPitch + 2*cellPadding
			x := s.left
			for c := range widths {
				w := float64(widths[c]) / 20
				s.pdf.RectFromUpperLeft(x, s.y, w, depth)
				for k := from; k < min(from+n, len(cells[c])); k++ {
					at := x + cellPadding
					if head {
						at = x + (w-width(cells[c][k]))/2
					}
					if err := s.draw(cells[c][k], at, s.y+cellPadding+float64(k-from)*cellPitch+cellPitch*0.75, cellSize, 0, color.RGBA{A: 0xff}); err != nil {
						return err
					}
				}
				x += w
			}
			s.y += depth
			if from += n; from < most {
				if err := s.newPage(); err != nil {
					return err
				}
			}
		}
		return nil
	}
	for i := 0; i < len(rows); i++ {
		err := draw(rows[i], i == 0)
		if _, full := err.(errPageFull); full {
			if err := s.newPage(); err != nil {
				return err
			}
			if i > 0 {
				if err := draw(rows[0], true); err != nil {
					return err
				}
			}
			err = draw(rows[i], i == 0)
		}
		if err != nil {
			return err
		}
	}
	s.y += 8
	return nil
}

// errPageFull says that a row found no room on the page.
type errPageFull struct{ line int }

func (errPageFull) Error() string { return "page full" }

// qr draws a QR code as rectangles, which print sharp at any size.
func (s *setter) qr(text string) error {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return err
	}
	side := 30 * mm
	if s.doc.Style == Poster {
		side = 62 * mm * s.scale
	}
	if err := s.room(side + 12); err != nil {
		return err
	}
	n := code.Bounds().Dx()
	dot := side / float64(n)
	x0, y0 := s.left+(s.width-side)/2, s.y+6
	s.pdf.SetFillColor(0, 0, 0)
	for y := range n {
		for x := 0; x < n; {
			w := 0
			for x+w < n && isBlack(code.At(x+w, y)) {
				w++
			}
			if w > 0 {
				s.pdf.RectFromUpperLeftWithStyle(x0+float64(x)*dot, y0+float64(y)*dot, float64(w)*dot, dot, "F")
			}
			x += w + 1
		}
	}
	s.y += side + 12
	return nil
}

func isBlack(c color.Color) bool {
	r, _, _, _ := c.RGBA()
	return r < 0x8000
}

// contents sets the table of contents: title, dots, page.
func (s *setter) contents(title string, list []entry) error {
	size, pitch := s.size()
	if err := s.centred(title, song, 22, 30, color.RGBA{A: 0xff}); err != nil {
		return err
	}
	dots := s.glyphs("…", fang, size)[0]
	for _, e := range list {
		number := s.glyphs(fmt.Sprint(e.page), fang, size)
		lines := wrap(s.glyphs(e.text, fang, size), s.width-width(number)-3*size, s.width-width(number)-3*size, 0)
		for i, line := range lines {
			if err := s.room(pitch); err != nil {
				return err
			}
			if i == len(lines)-1 {
				for width(line)+dots.w+width(number) < s.width {
					line = append(line, dots)
				}
				if err := s.draw(number, s.left+s.width-width(number), s.y+pitch*0.72, size, 0, color.RGBA{A: 0xff}); err != nil {
					return err
				}
			}
			if err := s.draw(line, s.left, s.y+pitch*0.72, size, 0, color.RGBA{A: 0xff}); err != nil {
				return err
			}
			s.y += pitch
		}
	}
	return s.newPage()
}
