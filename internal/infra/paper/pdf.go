package paper

import (
	"fmt"
	"image/color"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/boombuler/barcode/qr"
	"github.com/signintech/gopdf"
)

// Sizes in points.
const (
	mm           = 72 / 25.4
	cellPadding  = 4
	cellMargin   = 2 // above and below
	cellPitch    = 16
	cellSize     = 10.5
	noteSize     = 10.5 // small print
	qrSide       = 24   // of a QR code, in mm; 62 in posters
	qrGap        = 10   // between a QR code and the small print beside it
	missingGlyph = '〓'  // shown where no font has a character
)

var (
	red   = color.RGBA{R: 0xc0, A: 0xff}
	black = color.RGBA{A: 0xff}
	grey  = color.RGBA{R: 0x47, G: 0x52, B: 0x5e, A: 0xff}
)

// Sizes of covers and parts, in points.
const coverSize, partSize = 36, 28

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
	// pdf is nil when only room is measured.
	pdf *gopdf.GoPdf
	// The text's frame on the page, in points.
	left, top, width, bottom float64
	broad                    bool
	// scale is how much larger than in A4 type is, in posters.
	scale float64
	y     float64 // where the next line begins
	page  int
	// unnumbered says that the pages that begin now bear no number.
	unnumbered bool
	// imprintAt is where the imprint has come to stand.
	imprintAt imprintPlace
	// head is the running head: the part that is being set.
	head string
	// laid is the table that was laid out last.
	laid    tableLayout
	missing []rune
	// titles are the pages on which parts and titles stand, for the contents.
	titles []entry
}

type entry struct {
	text string
	page int
	part bool
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
	if _, err := d.settle(fonts); err != nil {
		return nil, err
	}
	d.titlesDone, d.titlesAll = 0, 0
	for _, b := range d.Blocks {
		if b.Kind == Title {
			d.titlesAll++
		}
	}
	var list []entry
	if d.has(Contents) {
		// The contents take pages themselves: what stands in them is known, and the
		// pages are found by setting the document once without drawing it.
		d.titlesAll *= 2
		for _, b := range d.Blocks {
			if b.Kind == Title || b.Kind == Part {
				list = append(list, entry{text: b.Text, part: b.Kind == Part})
			}
		}
		s, err := set(d, fonts, list, false)
		if err != nil {
			return nil, err
		}
		list = s.titles
	}
	s, err := set(d, fonts, list, true)
	if err != nil {
		return nil, err
	}
	if len(s.missing) > 0 {
		// Whoever holds the paper must know, not only whoever reads the log.
		d.Mark = strings.TrimSpace(d.Mark + "　" + missingNote(s.missing))
		if s, err = set(d, fonts, list, true); err != nil {
			return nil, err
		}
	}
	_, err = s.pdf.WriteTo(w)
	return s.missing, err
}

// settle finds how a paper with an imprint is set, and where that comes to stand;
// nil if it has none. A short one is brought together rather than end behind a
// blank page.
func (d *Doc) settle(fonts *Fonts) (*setter, error) {
	if !d.has(Imprint) || d.Style != Official {
		return nil, nil
	}
	progress := d.Progress
	d.Progress = nil
	defer func() { d.Progress = progress }()
	var first *setter
	for d.tight = asRuled; d.tight <= tightLines; d.tight++ {
		s, err := set(d, fonts, nil, false)
		if err != nil {
			return nil, err
		}
		if first == nil {
			first = s
		}
		if s.imprintAt != imprintAfter {
			return s, nil
		}
		if s.page > sureOfPages {
			break
		}
	}
	d.tight = asRuled
	return first, nil
}

// missingNote says which characters are shown as 〓.
func missingNote(missing []rune) string {
	var codes []string
	for _, r := range missing[:min(len(missing), 5)] {
		codes = append(codes, fmt.Sprintf("U+%04X", r))
	}
	return fmt.Sprintf("〓为字库所缺的字（%d个：%s）", len(missing), strings.Join(codes, "、"))
}

// fitPage makes the type of a poster smaller until it is one page.
func (d *Doc) fitPage(fonts *Fonts) error {
	d.fit, d.drop = 1, 0
	for d.Style == Poster {
		s, err := set(d, fonts, nil, false)
		if err != nil {
			return err
		}
		if s.page == 1 || d.fit < 0.35 {
			d.drop = max(0, s.bottom-s.y) * 0.4
			break
		}
		d.fit -= 0.05
	}
	return nil
}

// set sets the whole document; list are the entries of a table of contents.
// Without draw it only finds where everything stands.
func set(d *Doc, fonts *Fonts, list []entry, draw bool) (*setter, error) {
	s := &setter{doc: d, fonts: fonts, scale: d.Size.scale() * d.fit}
	if draw {
		s.pdf = &gopdf.GoPdf{}
		s.pdf.Start(gopdf.Config{PageSize: *gopdf.PageSizeA4})
		s.pdf.SetInfo(gopdf.PdfInfo{Title: d.first(Title), Creator: "onevisit"})
		used := map[string]bool{}
		for _, m := range fonts.all {
			if !used[m.name] {
				used[m.name] = true
				if err := s.pdf.AddTTFFontFromFontContainer(m.name, &fonts.box); err != nil {
					return nil, err
				}
			}
		}
	}
	if len(d.Blocks) > 0 && d.Blocks[0].Turn == Broad {
		s.broad = true
	}
	if err := s.newPage(); err != nil {
		return nil, err
	}
	for i := range d.Blocks {
		if err := s.block(i, list); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// newPage begins a page with its number and mark.
func (s *setter) newPage() error {
	f := s.doc.frame(s.broad)
	s.left, s.top = f.left*mm, f.top*mm
	s.width, s.bottom = f.textWidth()*mm, (f.height-f.bottom)*mm
	s.page++
	s.y = s.top + s.doc.drop
	if s.pdf == nil {
		return nil
	}
	s.pdf.AddPageWithOption(gopdf.PageOption{PageSize: &gopdf.Rect{W: f.width * mm, H: f.height * mm}})
	if s.doc.Style == Poster {
		s.border(f)
	}
	// The dash stands 7 mm below the text (7.5), the mark below it.
	base := s.bottom + 7*mm + 5
	if s.doc.Style == Poster { // inside the border
		base = s.bottom + 2
	}
	if s.doc.Style != Poster && !s.unnumbered && !(s.page == 1 && s.doc.has(Cover)) {
		if err := s.number(base); err != nil {
			return err
		}
	}
	if s.head != "" {
		if err := s.runningHead(); err != nil {
			return err
		}
	}
	if s.doc.Mark == "" {
		return nil
	}
	mark := s.glyphs(s.doc.Mark, kai, 9)
	for i, line := range wrap(mark, s.width, s.width, 0) {
		if err := s.draw(line, s.left+(s.width-width(line))/2, base+float64(16+i*11), 9, 0, grey); err != nil {
			return err
		}
	}
	return nil
}

// number draws the number of the page: in official papers outside, one character
// in; on broad pages where the upright ones have it (7.6). base is the base line
// at the foot.
func (s *setter) number(base float64) error {
	number := s.glyphs(fmt.Sprintf("— %d —", s.page), song, 14)
	x, outside := s.left+14, s.page%2 == 1
	switch {
	case s.doc.Style != Official:
		x = s.left + (s.width-width(number))/2
	case s.broad:
		x, base = s.left-7*mm-5, s.top+14
		if outside {
			base = s.bottom - 14 - width(number)
		}
		s.pdf.Rotate(270, x, base)
		defer s.pdf.RotateReset()
	case outside:
		x = s.left + s.width - 14 - width(number)
	}
	return s.draw(number, x, base, 14, 0, black)
}

// runningHead names the part that a page of a booklet belongs to, outside, above
// a thin rule.
func (s *setter) runningHead() error {
	gs := s.glyphs(s.head, kai, 9)
	x := s.left
	if s.page%2 == 1 {
		x = s.left + s.width - width(gs)
	}
	y := s.top - 5*mm
	s.pdf.SetStrokeColor(grey.R, grey.G, grey.B)
	s.pdf.SetLineWidth(0.4)
	s.pdf.Line(s.left, y, s.left+s.width, y)
	return s.draw(gs, x, y-4, 9, 0, grey)
}

// border draws the frame of a poster: a thick line and a thin one.
func (s *setter) border(f frame) {
	k := s.doc.Size.scale()
	s.pdf.SetStrokeColor(red.R, red.G, red.B)
	for _, l := range [...]struct{ in, thick float64 }{{9, 2.4}, {10.6, 0.6}} {
		in := l.in * k
		s.pdf.SetLineWidth(l.thick * k)
		s.pdf.RectFromUpperLeft(in*mm, in*mm, (f.width-2*in)*mm, (f.height-2*in)*mm)
	}
}

// size and pitch of the text: 3号字, 22 lines to a page, in official papers.
func (s *setter) size() (size, pitch float64) {
	switch s.doc.Style {
	case Plain:
		return 12, 19
	case Poster:
		return 22 * s.scale, 36 * s.scale
	}
	lines := 22.0
	if s.doc.tight == tightLines {
		lines = 24
	}
	return 16, frames[Official].textDepth() * mm / lines
}

// titleSize is that of titles, and their pitch.
func (s *setter) titleSize() (size, pitch float64) {
	_, p := s.size()
	switch s.doc.Style {
	case Poster:
		return 44 * s.scale, 60 * s.scale
	case Official:
		return 22, p // a line of the grid
	}
	return 22, 22 * 1.35
}

// need is the room that a block wants at least where it begins: a heading takes
// what follows along, so that it does not stand alone at the foot of a page.
func (s *setter) need(i int) float64 {
	_, pitch := s.size()
	if i >= len(s.doc.Blocks) {
		return 0
	}
	switch b := s.doc.Blocks[i]; b.Kind {
	case Heading1, Heading2:
		return pitch + s.need(i+1)
	case Table: // all of a small one, else its head and two rows
		l := s.layTable(i)
		if all := l.depthOf(len(l.depth)) + 3; len(l.depth) < 4 || s.doc.tight == asRuled && all < (s.bottom-s.top)*0.3 {
			return all
		}
		if s.doc.tight != asRuled && len(l.depth) > 3 {
			return l.depthOf(2) + 3
		}
		return min(l.depthOf(3)+3, (s.bottom-s.top)*0.6)
	case Paragraph:
		need := pitch
		if s.doc.Style == Plain {
			if n := len(s.lines(b.Text, fang, 2, 0)); n > 1 {
				need = pitch * float64(keptLines(n))
			}
			if s.kindAt(i+1) == QR { // which closes a guide and does not stand alone
				need += s.need(i + 1)
			}
		}
		return need
	case Title, AnnexNote:
		return 2 * pitch
	case QR:
		return qrSide*mm + 12
	default:
		return pitch
	}
}

// keptLines is how many lines of a paragraph of n stand together at least, at
// the foot of a page and at the head of the next: two, and a paragraph of three
// is not parted.
func keptLines(n int) int {
	if n <= 3 {
		return n
	}
	return 2
}

// kind of the block before or after the one at i; Paragraph at the ends.
func (s *setter) kindAt(i int) Kind {
	if i < 0 || i >= len(s.doc.Blocks) {
		return Paragraph
	}
	return s.doc.Blocks[i].Kind
}

func (s *setter) block(i int, list []entry) error {
	b := &s.doc.Blocks[i]
	size, pitch := s.size()
	switch b.Kind {
	case Issuer:
		if s.doc.Style == Poster {
			return s.centred(b.Text, song, 60*s.scale, 84*s.scale, red)
		}
		big := headSize(b.Text, s.width)
		s.y += 35 * mm // its upper edge stands so far below that of the text (7.2.4)
		return s.centred(b.Text, song, big, big*1.3, red)
	case Number:
		if s.kindAt(i-1) != Issuer || s.doc.Style == Poster {
			return s.centred(b.Text, fang, size, pitch, black)
		}
		s.y += 2 * pitch // two lines below the head (7.2.5)
		if err := s.centred(b.Text, fang, size, pitch, black); err != nil {
			return err
		}
		s.y += 4 * mm // the red rule (7.2.7)
		s.rule(2, red)
		s.y += pitch
		return nil
	case Title:
		return s.title(i)
	case Cover:
		return s.cover(i)
	case Part:
		return s.part(b.Text)
	case Annex:
		if s.y > s.top {
			if err := s.newPage(); err != nil {
				return err
			}
		}
		return s.paragraph(b.Text, hei, 0, 0, pitch)
	case AnnexNote:
		if s.kindAt(i-1) != AnnexNote {
			s.y += pitch
		}
		return s.paragraph(b.Text, fang, 2, 5, pitch)
	case Heading1, Heading2:
		f := hei
		if b.Kind == Heading2 {
			f = kai
		}
		if s.doc.Style == Plain && s.y > s.top {
			s.y += 6
		}
		return s.paragraph(b.Text, f, 2, 0, s.need(i))
	case Addressee:
		return s.paragraph(b.Text, fang, 0, 0, pitch)
	case Signature:
		return s.signature(i)
	case PageBreak:
		turned := b.Turn != AsBefore && (b.Turn == Broad) != s.broad
		if b.Turn != AsBefore {
			s.broad = b.Turn == Broad
		}
		if s.y > s.top || turned && i > 0 {
			return s.newPage()
		}
		return nil
	case Table:
		return s.table(i)
	case QR:
		return s.qr(i)
	case Contents:
		return s.contents(b.Text, list)
	case Imprint:
		return s.imprint(i)
	case Note:
		if s.doc.isBeside(i) {
			return nil // set with the QR code
		}
		if s.kindAt(i-1) == Signature {
			s.y += pitch / 2
		}
		return s.note(b.Text)
	}
	if s.doc.Style == Poster {
		return s.centred(b.Text, fang, size, pitch, black)
	}
	keep := pitch
	switch s.kindAt(i + 1) {
	case Table:
		keep += s.need(i + 1)
	case QR:
		keep = s.need(i)
	}
	if s.kindAt(i+1) == Signature || s.kindAt(i+1) == AnnexNote && s.kindAt(i+2) == Signature {
		return s.lastParagraph(i)
	}
	return s.paragraph(b.Text, fang, 2, 0, keep)
}

// title sets a title: in official papers two lines below the red rule and a
// line above the text (7.3.1).
func (s *setter) title(i int) error {
	big, bigPitch := s.titleSize()
	_, pitch := s.size()
	text := s.doc.Blocks[i].Text
	if s.doc.Style != Poster {
		// What is as long as a paragraph is not set as large as a title.
		for _, smaller := range [...]float64{18, 15} {
			if s.doc.Style == Plain && len(balanced(s.glyphs(text, song, big), s.width)) > 3 {
				big, bigPitch = smaller, smaller*1.35
			}
		}
		if s.y > s.top {
			s.y += pitch
			if s.doc.Style == Plain && s.kindAt(i-1) != Part {
				s.y += pitch
			}
		}
		need := bigPitch*float64(len(balanced(s.glyphs(text, song, big), s.width))) + s.need(i+1)
		if s.doc.Style == Plain && s.kindAt(i+1) == Table { // and what follows its table
			need += s.need(i+2) + pitch
		}
		if s.y > s.top && s.y+need > s.bottom {
			if err := s.newPage(); err != nil {
				return err
			}
		}
	}
	s.enter(text, false)
	if s.doc.Progress != nil {
		s.doc.titlesDone++
		s.doc.Progress(min(s.doc.titlesDone, s.doc.titlesAll), s.doc.titlesAll)
	}
	if err := s.centred(text, song, big, bigPitch, black); err != nil {
		return err
	}
	if s.doc.Style == Official {
		s.y += pitch
	} else {
		s.y += pitch / 2
	}
	return nil
}

// enter makes an entry in the table of contents and in the reader's outline.
func (s *setter) enter(text string, part bool) {
	s.titles = append(s.titles, entry{text, s.page, part})
	if s.pdf != nil {
		s.pdf.AddOutline(text)
		s.pdf.SetXY(s.left, s.y)
		s.pdf.SetAnchor(anchor(len(s.titles)))
	}
}

func anchor(n int) string { return fmt.Sprintf("t%d", n) }

// cover sets the cover's lines: the first large, in the upper third, the others
// below.
func (s *setter) cover(i int) error {
	if s.kindAt(i-1) != Cover {
		s.y = s.top + (s.bottom-s.top)*0.26
		if err := s.centred(s.doc.Blocks[i].Text, song, coverSize, 56, black); err != nil {
			return err
		}
		s.y = max(s.y+40, s.top+(s.bottom-s.top)*0.72)
	} else if err := s.centred(s.doc.Blocks[i].Text, kai, 18, 34, black); err != nil {
		return err
	}
	if s.kindAt(i+1) != Cover {
		return s.newPage()
	}
	return nil
}

// part sets the name of a part at the head of a new page, and of the pages that
// follow.
func (s *setter) part(text string) error {
	s.head = ""
	if s.y > s.top {
		if err := s.newPage(); err != nil {
			return err
		}
	}
	s.head = text
	s.enter(text, true)
	s.y += 24
	if err := s.centred(text, song, partSize, 44, black); err != nil {
		return err
	}
	s.y += 14
	return nil
}

// rule draws a line as wide as the text.
func (s *setter) rule(thick float64, c color.RGBA) {
	if s.pdf == nil {
		return
	}
	s.pdf.SetStrokeColor(c.R, c.G, c.B)
	s.pdf.SetLineWidth(thick)
	s.pdf.Line(s.left, s.y, s.left+s.width, s.y)
}

// signature sets the lines of a signature, all of them on one page with room for
// the seal above.
func (s *setter) signature(i int) error {
	if s.kindAt(i-1) == Signature {
		return nil // set with the first
	}
	size, pitch := s.size()
	lines := s.signatureLines(i)
	cell := s.cell()
	if s.doc.Style == Poster {
		for _, l := range lines {
			if err := s.centred(l, fang, size, pitch, black); err != nil {
				return err
			}
		}
		return nil
	}
	s.y += s.signatureGap(i) * pitch
	if err := s.room(float64(len(lines)) * pitch); err != nil {
		return err
	}
	for _, l := range arrange(lines, s.width/cell, func(t string) float64 { return width(s.glyphs(t, fang, size)) / cell }) {
		gs := s.glyphs(l.text, fang, size)
		x := s.left + s.width - l.right*cell - width(gs)
		if l.left > 0 {
			x = s.left + l.left*cell
		}
		if err := s.draw(gs, x, s.y+pitch*0.72, size, 0, black); err != nil {
			return err
		}
		s.y += pitch
	}
	return nil
}

// cell is how much of a line a character takes.
func (s *setter) cell() float64 {
	if s.doc.Style == Official {
		return cellWidth
	}
	size, _ := s.size()
	return size
}

// signatureLines are those of the signature that begins at i.
func (s *setter) signatureLines(i int) []string { return s.doc.signatureLines(i) }

func (d *Doc) signatureLines(i int) (lines []string) {
	for ; i < len(d.Blocks) && d.Blocks[i].Kind == Signature; i++ {
		lines = append(lines, d.Blocks[i].Text)
	}
	return lines
}

// signatureGap is how many lines are left free above a signature: where a seal
// is set, as many as it reaches up.
func (s *setter) signatureGap(i int) float64 { return s.doc.signatureGap(i) }

func (d *Doc) signatureGap(i int) float64 {
	lines := d.signatureLines(i)
	if d.Style == Official && aDate.MatchString(lines[len(lines)-1]) {
		return 2
	}
	return 1
}

// lastParagraph sets the paragraph before a signature so that two lines of it
// at least go along when the signature needs a new page: a page that holds
// nothing but a signature could be put behind another text.
func (s *setter) lastParagraph(i int) error {
	_, pitch := s.size()
	lines := len(s.lines(s.doc.Blocks[i].Text, fang, 2, 0))
	j, below := i+1, 0.0
	if s.kindAt(j) == AnnexNote {
		below += 2 * pitch
		j++
	}
	below += (s.signatureGap(j) + float64(len(s.signatureLines(j)))) * pitch
	text := s.doc.Blocks[i].Text
	fit, full := int((s.bottom-s.y+0.5)/pitch), int((s.bottom-s.top+0.5)/pitch)
	y, last := s.y+float64(lines)*pitch, lines // where it would end, and with how many lines on that page
	if lines > fit {
		last = (lines-fit-1)%full + 1
		y = s.top + float64(last)*pitch
	}
	switch {
	case y+below <= s.bottom+0.5 && (last >= 2 || lines == last):
		return s.paragraph(text, fang, 2, 0, pitch)
	case lines <= 3:
		if s.y > s.top {
			if err := s.newPage(); err != nil {
				return err
			}
		}
		return s.paragraph(text, fang, 2, 0, pitch)
	}
	return s.split(text, lines-2)
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

// note sets small print: across the text, or centred in posters.
func (s *setter) note(text string) error {
	size, pitch := noteSize, 16.0
	if s.doc.Style == Poster {
		size, pitch = 14*s.scale, 22*s.scale
		return s.centred(text, kai, size, pitch, black)
	}
	for _, line := range wrap(s.glyphs(text, kai, size), s.width, s.width, 0) {
		if err := s.room(pitch); err != nil {
			return err
		}
		if err := s.draw(line, s.left, s.y+pitch*0.72, size, 0, black); err != nil {
			return err
		}
		s.y += pitch
	}
	return nil
}

// lines breaks a paragraph into lines.
func (s *setter) lines(text string, f face, indent, hang int) [][]glyph {
	size, _ := s.size()
	squeeze := 0.0
	if s.doc.Style == Official {
		squeeze = 0.25
	}
	cell := s.cell()
	return wrap(s.glyphs(text, f, size), s.width-float64(indent)*cell, s.width-float64(hang)*cell, squeeze)
}

// paragraph sets text with an indent of so many characters, and as many for the
// lines that follow; full lines are spread to the margin. keep is the room that
// its first line needs.
func (s *setter) paragraph(text string, f face, indent, hang int, keep float64) error {
	return s.setLines(s.lines(text, f, indent, hang), indent, hang, keep, -1)
}

// split sets a paragraph of which the lines from the given one go to a new page.
func (s *setter) split(text string, at int) error {
	_, pitch := s.size()
	return s.setLines(s.lines(text, fang, 2, 0), 2, 0, pitch, at)
}

func (s *setter) setLines(lines [][]glyph, indent, hang int, keep float64, split int) error {
	size, pitch := s.size()
	cell := s.cell()
	for i, line := range lines {
		if i == split {
			if err := s.newPage(); err != nil {
				return err
			}
		}
		if n := len(lines); s.doc.Style == Plain && (i == 0 || i == n-2 && n > 3) {
			keep = max(keep, pitch*float64(min(keptLines(n), n-i)))
		}
		if err := s.room(max(pitch, keep)); err != nil {
			return err
		}
		keep = 0
		in := float64(hang) * cell
		if i == 0 {
			in = float64(indent) * cell
		}
		gap := 0.0
		if i+1 < len(lines) {
			gap = spread(line, s.width-in, size)
		} else if s.doc.Style == Official {
			gap = cell - size // that of the grid
		}
		if err := s.draw(line, s.left+in, s.y+pitch*0.72, size, gap, black); err != nil {
			return err
		}
		s.y += pitch
	}
	return nil
}

// spread is how much further apart the characters of a line stand so that it
// reaches the margin; words and numbers stay as they are. A line that lacks much
// rather stays ragged than is torn apart.
func spread(line []glyph, room, size float64) float64 {
	slots := 0
	for k := 1; k < len(line); k++ {
		if !together(line[k-1].r, line[k].r) {
			slots++
		}
	}
	if slots == 0 {
		return 0
	}
	if gap := (room - width(line)) / float64(slots); gap <= size/3 {
		return gap
	}
	return 0
}

// glyphs finds a face for each character.
func (s *setter) glyphs(text string, f face, size float64) []glyph {
	out := make([]glyph, 0, len(text)/2)
	for _, r := range text {
		if r < ' ' {
			r = ' '
		}
		if r == cellBreak {
			out = append(out, glyph{r: r})
			continue
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

// draw writes glyphs on a base line, gap further apart than they are wide, but
// not those of a word or number.
func (s *setter) draw(gs []glyph, x, y, size, gap float64, c color.RGBA) error {
	if s.pdf == nil || len(gs) == 0 {
		return nil
	}
	s.pdf.SetTextColor(c.R, c.G, c.B)
	wordAt := func(k int) bool { return gap != 0 && k+1 < len(gs) && together(gs[k].r, gs[k+1].r) }
	for i := 0; i < len(gs); {
		word := wordAt(i)
		j, w := i, 0.0
		var run strings.Builder
		for ; j < len(gs) && gs[j].face == gs[i].face && wordAt(j) == word; j++ {
			run.WriteRune(gs[j].r)
			w += gs[j].w
			if !word {
				w += gap
			}
		}
		if err := s.pdf.SetFont(gs[i].face.name, "", size); err != nil {
			return err
		}
		between := gap
		if word {
			between = 0
		}
		if err := s.pdf.SetCharSpacing(between); err != nil {
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
		for n < len(gs) && gs[n].r != cellBreak && w+gs[n].w-squeeze*float64(n+1) <= room+0.01 {
			w += gs[n].w
			n++
		}
		if n < len(gs) && gs[n].r == cellBreak {
			out = append(out, gs[:n])
			gs = gs[n+1:]
			continue
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

// wholeWords are words that titles are not broken in: their lines end where the
// sense allows it (7.3.1).
var wholeWords = []string{"最多跑一次", "人民政府", "办事指南", "汇编", "公开承诺书", "承诺", "事项", "目录清单", "实施清单", "清单", "审核意见", "零报告", "报告", "改革",
	"公布", "公告", "调整", "关于", "取消", "暂停办理", "恢复办理", "新增", "变更", "拆分", "合并", "划转", "下放", "行政审批局", "服务中心", "管理局", "管理中心", "有限公司", "办公室", "许可证", "许可", "备案", "登记", "审批", "审查", "核准", "认定", "申请", "企业", "单位", "老年人", "残疾人", "未成年人", "个体工商户", "津贴", "补贴", "从事", "经营", "化学品", "第一批", "第二批", "第三批"}

// balanced breaks a title into few lines of about one length, which end neither
// inside quotation marks nor inside a word where that can be had; rather than
// break so it takes a line more.
func balanced(gs []glyph, room float64) [][]glyph {
	n := len(wrap(gs, room, room, 0))
	if n < 2 {
		return wrap(gs, room, room, 0)
	}
	torn := tears(gs)
	lines, bad := breaks(gs, room, n, torn)
	if bad > 0 {
		if more, better := breaks(gs, room, n+1, torn); more != nil && better < bad {
			lines = more
		}
	}
	if lines == nil { // a word wider than the room
		return wrap(gs, room, room, 0)
	}
	return lines
}

// tears says how bad it is to end a line before each character: 0 is well.
func tears(gs []glyph) []int {
	var b strings.Builder
	at := make([]int, 0, len(gs)) // where each character begins, in bytes
	for _, g := range gs {
		at = append(at, b.Len())
		b.WriteRune(g.r)
	}
	text := b.String()
	torn := make([]int, len(gs))
	open := 0
	for i, g := range gs {
		if open > 0 && g.r != '“' && g.r != '《' {
			torn[i] += 4
		}
		switch g.r {
		case '“', '《':
			open++
		case '”', '》':
			open--
		}
	}
	for _, w := range wholeWords {
		for from := 0; ; {
			k := strings.Index(text[from:], w)
			if k < 0 {
				break
			}
			from += k
			for i := range gs {
				if at[i] > from && at[i] < from+len(w) {
					torn[i] += 2
				}
			}
			from += len(w)
		}
	}
	return torn
}

// breaks finds the n lines of least cost, nil if there are none: of about one
// length, and with the fewest tears, of which it gives the sum.
func breaks(gs []glyph, room float64, n int, torn []int) (lines [][]glyph, bad int) {
	total := len(gs)
	even := width(gs) / float64(n)
	type way struct {
		cost float64
		from int
	}
	best := make([][]way, n+1)
	for k := range best {
		best[k] = make([]way, total+1)
		for i := range best[k] {
			best[k][i] = way{math.Inf(1), -1}
		}
	}
	best[0][0].cost = 0
	for k := 1; k <= n; k++ {
		for from := range total {
			if math.IsInf(best[k-1][from].cost, 1) {
				continue
			}
			w := 0.0
			for to := from + 1; to <= total; to++ {
				if w += gs[to-1].w; w > room+0.01 {
					break
				}
				if to < total && (strings.ContainsRune(neverFirst, gs[to].r) || strings.ContainsRune(neverLast, gs[to-1].r) || together(gs[to-1].r, gs[to].r)) {
					continue
				}
				off := (w - even) / even
				cost := best[k-1][from].cost + off*off
				if to < total {
					cost += float64(torn[to])
				}
				if cost < best[k][to].cost {
					best[k][to] = way{cost, from}
				}
			}
		}
	}
	if math.IsInf(best[n][total].cost, 1) {
		return nil, 0
	}
	for k, to := n, total; k > 0; k-- {
		from := best[k][to].from
		lines = append(lines, gs[from:to])
		if to < total {
			bad += torn[to]
		}
		to = from
	}
	slices.Reverse(lines)
	return lines, bad
}

// together reports whether two characters belong to one word or number; what a
// number counts is not parted from it.
func together(a, b rune) bool {
	if a >= '0' && a <= '9' && strings.ContainsRune("年月日号项次份元个条款天", b) {
		return true
	}
	return a < 0x2e80 && b < 0x2e80 && a != ' ' && b != ' ' && a != '—' && b != '—' && !strings.ContainsRune("“”‘’…·", a) && !strings.ContainsRune("“”‘’…·", b)
}

// tableLayout is how a table comes out.
type tableLayout struct {
	block  int // of the document, from 1; 0 is none
	broad  bool
	widths []int
	centre []bool
	cells  [][][][]glyph // by row and column, the lines
	depth  []float64     // of each row
}

// depthOf is that of the first n rows.
func (l *tableLayout) depthOf(n int) (depth float64) {
	for _, d := range l.depth[:min(n, len(l.depth))] {
		depth += d
	}
	return depth
}

// layTable lays out the table at i.
func (s *setter) layTable(i int) *tableLayout {
	if s.laid.block == i+1 && s.laid.broad == s.broad {
		return &s.laid
	}
	same := s.doc.alike(i)
	l := tableLayout{block: i + 1, broad: s.broad, centre: centredColumns(same)}
	l.widths = columns(same, int(s.width*20), func(text string, head bool) float64 {
		if head {
			return width(s.glyphs(text, hei, cellSize))
		}
		return width(s.glyphs(text, fang, cellSize))
	})
	for k, r := range s.doc.Blocks[i].Rows {
		f := fang
		if k == 0 {
			f = hei
		}
		cells := make([][][]glyph, len(l.widths))
		most := 1
		for c := range l.widths {
			if c < len(r) {
				w := float64(l.widths[c])/20 - 2*cellPadding
				cells[c] = wrap(s.glyphs(r[c], f, cellSize), w, w, 0)
				most = max(most, len(cells[c]))
			}
		}
		l.cells = append(l.cells, cells)
		l.depth = append(l.depth, float64(most)*cellPitch+2*cellMargin)
	}
	s.laid = l
	return &s.laid
}

// table draws a table; its head stands again on each page. A row goes to the next
// page whole, unless it is longer than half a page, and the last row never goes
// alone.
func (s *setter) table(i int) error {
	if s.doc.Style == Plain {
		s.y += 3
	}
	if err := s.room(s.need(i) - 3); err != nil {
		return err
	}
	l := *s.layTable(i)
	turn := func() error {
		if err := s.newPage(); err != nil {
			return err
		}
		lines := int((l.depth[0]-2*cellMargin)/cellPitch + 0.5)
		if err := s.row(l.cells[0], l.widths, 0, lines, l.depth[0], func(int) bool { return true }); err != nil {
			return err
		}
		s.y += l.depth[0]
		return nil
	}
	for k, cells := range l.cells {
		depth, centred := l.depth[k], func(c int) bool { return k == 0 || l.centre[c] }
		alone := k == len(l.cells)-2 && k > 1 && s.y+depth+l.depth[k+1] > s.bottom+0.5 && l.depth[k+1] < 100
		long := depth > (s.bottom-s.top)*0.5
		if k > 0 && !long && (alone || s.y+depth > s.bottom+0.5) || long && s.y+80 > s.bottom {
			if err := turn(); err != nil {
				return err
			}
		}
		most := int((depth-2*cellMargin)/cellPitch + 0.5)
		for from := 0; from < most; {
			n := min(max(1, int((s.bottom-s.y-2*cellMargin+0.5)/cellPitch)), most-from)
			part := float64(n)*cellPitch + 2*cellMargin
			if err := s.row(cells, l.widths, from, n, part, centred); err != nil {
				return err
			}
			s.y += part
			if from += n; from < most {
				if err := turn(); err != nil {
					return err
				}
			}
		}
	}
	s.y += 8
	if s.doc.Style == Official { // what follows stands on the lines again
		_, pitch := s.size()
		s.y = s.top + math.Ceil((s.y-s.top)/pitch-0.01)*pitch
	}
	return nil
}

// row draws n lines of a row's cells, beginning with from; what is shorter than
// the row stands in its middle.
func (s *setter) row(cells [][][]glyph, widths []int, from, n int, depth float64, centred func(int) bool) error {
	if s.pdf == nil {
		return nil
	}
	s.pdf.SetStrokeColor(0, 0, 0)
	s.pdf.SetLineWidth(0.5)
	x := s.left
	for c := range widths {
		w := float64(widths[c]) / 20
		s.pdf.RectFromUpperLeft(x, s.y, w, depth)
		shown := cells[c][min(from, len(cells[c])):min(from+n, len(cells[c]))]
		y := s.y + cellMargin
		if from == 0 && len(cells[c]) < n {
			y += float64(n-len(cells[c])) * cellPitch / 2
		}
		for k, line := range shown {
			at := x + cellPadding
			if centred(c) {
				at = x + (w-width(line))/2
			}
			if err := s.draw(line, at, y+float64(k)*cellPitch+cellPitch*0.75, cellSize, 0, black); err != nil {
				return err
			}
		}
		x += w
	}
	return nil
}

// qr draws a QR code as rectangles, which print sharp at any size; small print
// before or after it stands beside it, in posters below.
func (s *setter) qr(i int) error {
	code, err := qr.Encode(s.doc.Blocks[i].Text, qr.M, qr.Auto)
	if err != nil {
		return err
	}
	side := qrSide * mm
	x0, note := s.left, ""
	if s.doc.Style == Poster {
		side = 62 * mm * s.scale
		x0 = s.left + (s.width-side)/2
	} else if note = s.doc.noteBeside(i); note == "" {
		x0 = s.left + (s.width-side)/2
	}
	need := side + 12
	if s.doc.Style == Poster && s.kindAt(i+1) == Note { // which stands below it
		need += 2 * 16 * s.scale
	}
	if s.kindAt(i+1) == Imprint && s.y+need <= s.bottom { // which needs no page of its own
		need = min(need, s.bottom-s.y)
	}
	if err := s.room(need); err != nil {
		return err
	}
	if s.pdf != nil {
		n := code.Bounds().Dx()
		dot := side / float64(n)
		y0 := s.y + 6
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
	}
	if note != "" {
		room := s.width - side - qrGap
		lines := wrap(s.glyphs(note, kai, noteSize), room, room, 0)
		y := s.y + 6 + (side-float64(len(lines))*cellPitch)/2
		for k, line := range lines {
			if err := s.draw(line, x0+side+qrGap, y+(float64(k)+0.72)*cellPitch, noteSize, 0, black); err != nil {
				return err
			}
		}
	}
	s.y += side + 12
	return nil
}

// noteBeside is the small print that stands beside the QR code at i: what comes
// after it, or else before it.
func (d *Doc) noteBeside(i int) string {
	for _, j := range [...]int{i + 1, i - 1} {
		if j >= 0 && j < len(d.Blocks) && d.Blocks[j].Kind == Note {
			return d.Blocks[j].Text
		}
	}
	return ""
}

// isBeside reports whether the small print at i stands beside a QR code.
func (d *Doc) isBeside(i int) bool {
	is := func(j int, k Kind) bool { return j >= 0 && j < len(d.Blocks) && d.Blocks[j].Kind == k }
	return d.Style != Poster && (is(i-1, QR) || is(i+1, QR) && !is(i+2, Note))
}

func isBlack(c color.Color) bool {
	r, _, _, _ := c.RGBA()
	return r < 0x8000
}

// contents sets the table of contents: title, dots, page. A title is a link.
func (s *setter) contents(title string, list []entry) error {
	size, pitch := s.size()
	if err := s.centred(title, song, 22, 30, black); err != nil {
		return err
	}
	s.y += pitch / 2
	parts := slices.ContainsFunc(list, func(e entry) bool { return e.part })
	dots := s.glyphs("…", fang, size)[0]
	number := width(s.glyphs("0000", fang, size)) + 2
	for i, e := range list {
		f, in := fang, 0.0
		if e.part {
			f = hei
		} else if parts {
			in = 2 * size
		}
		page := s.glyphs(fmt.Sprint(e.page), fang, size)
		room := s.width - number - 3*size - in
		lines := wrap(s.glyphs(e.text, f, size), room, room, 0)
		need := pitch
		if e.part {
			need = 2 * pitch
		}
		for k, line := range lines {
			if err := s.room(need); err != nil {
				return err
			}
			if s.pdf != nil {
				s.pdf.AddInternalLink(anchor(i+1), s.left+in, s.y, s.width-in, pitch)
			}
			if k == len(lines)-1 {
				// The dots of all lines stand below each other and end before the widest
				// number.
				end := s.width - number
				leader := make([]glyph, max(0, int((end-in-width(line)-2)/dots.w)))
				for j := range leader {
					leader[j] = dots
				}
				if err := s.draw(leader, s.left+end-width(leader), s.y+pitch*0.72, size, 0, black); err != nil {
					return err
				}
				if err := s.draw(page, s.left+s.width-width(page), s.y+pitch*0.72, size, 0, black); err != nil {
					return err
				}
			}
			if err := s.draw(line, s.left+in, s.y+pitch*0.72, size, 0, black); err != nil {
				return err
			}
			s.y += pitch
		}
	}
	return s.newPage()
}

// imprintPlace is where an imprint stands.
type imprintPlace int

const (
	imprintHere  imprintPlace = iota // on the page that the text ends on
	imprintNext                      // overleaf
	imprintAfter                     // after a blank page
)

// imprint sets the lines of the imprint between rules (7.4): 4号字, a character in
// from the margins, at the foot of the last page, which is an even one. Where a
// blank page comes before it, both bear no number (7.5).
func (s *setter) imprint(i int) error {
	if s.kindAt(i-1) == Imprint {
		return nil // set with the first
	}
	const size, pitch = 14.0, 24.0
	lines := s.doc.imprintLines(i)
	depth := float64(len(lines))*pitch + 4
	fits := s.y+depth+pitch <= s.bottom+0.5
	even := s.doc.Style != Official || s.page%2 == 0
	switch {
	case fits && even:
		s.imprintAt = imprintHere
	case !even || s.doc.Style != Official:
		s.imprintAt = imprintNext
	default:
		s.imprintAt, s.unnumbered = imprintAfter, true
	}
	for range s.imprintAt {
		if err := s.newPage(); err != nil {
			return err
		}
	}
	s.y = s.bottom - depth
	s.rule(0.35*mm, black)
	for k, l := range lines {
		if k > 0 {
			s.rule(0.25*mm, black)
		}
		left, right, _ := strings.Cut(l, "|")
		if err := s.draw(s.glyphs(left, fang, size), s.left+size, s.y+pitch*0.72, size, 0, black); err != nil {
			return err
		}
		gs := s.glyphs(strings.TrimSpace(right), fang, size)
		if err := s.draw(gs, s.left+s.width-size-width(gs), s.y+pitch*0.72, size, 0, black); err != nil {
			return err
		}
		s.y += pitch
	}
	s.rule(0.35*mm, black)
	s.y = s.bottom
	return nil
}

func (d *Doc) imprintLines(i int) (lines []string) {
	for ; i < len(d.Blocks) && d.Blocks[i].Kind == Imprint; i++ {
		lines = append(lines, d.Blocks[i].Text)
	}
	return lines
}
