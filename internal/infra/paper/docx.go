package paper

import (
	"archive/zip"
	"bytes"
	"cmp"
	"encoding/xml"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/boombuler/barcode"
	"github.com/boombuler/barcode/qr"
	"image/png"
)

// The faces by their names in offices, with what to take where they are not
// installed.
const (
	faceTitle, faceHei, faceKai, faceBody = "方正小标宋简体", "黑体", "楷体_GB2312", "仿宋_GB2312"
)

var faceNames = [][2]string{{faceTitle, "小标宋;FZXiaoBiaoSong-B05S;STZhongsong;宋体"}, {faceHei, "SimHei;Noto Sans CJK SC"},
	{faceKai, "楷体;KaiTi;LXGW WenKai"}, {faceBody, "仿宋;FangSong;FandolFang"}}

const wordNS = `xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture"`

// docx is a document on its way to OOXML.
type docx struct {
	body  strings.Builder
	media [][]byte
	doc   *Doc
	// mark is a bookmark that the next paragraph begins with.
	mark string
}

// WriteDOCX writes the document as a Word file. Official ones keep 22 lines of
// 28 characters (GB/T 9704-2012, 5.2): exact line spacing of 28.95 pt, and 16 pt
// type set 0.25 pt closer, which Word, WPS and LibreOffice read alike; the
// character grid of the format is not.
func WriteDOCX(w io.Writer, d *Doc) error {
	if d.fit == 0 {
		d.fit = 1
	}
	x := &docx{doc: d}
	for i := range d.Blocks {
		if err := x.block(&d.Blocks[i], i); err != nil {
			return err
		}
	}
	x.body.WriteString(x.section())
	files := []struct{ name, text string }{
		{"[Content_Types].xml", contentTypes},
		{"_rels/.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>`},
		{"word/document.xml", `<w:document ` + wordNS + `><w:body>` + x.body.String() + `</w:body></w:document>`},
		{"word/styles.xml", x.styles()},
		{"word/settings.xml", `<w:settings ` + wordNS + `><w:evenAndOddHeaders/><w:defaultTabStop w:val="640"/><w:compat><w:compatSetting w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word" w:val="15"/></w:compat></w:settings>`},
		{"word/fontTable.xml", fontTable()},
		{"word/footer1.xml", x.footer("right")},
		{"word/footer2.xml", x.footer("left")},
		{"word/_rels/document.xml.rels", x.relations()},
	}
	z := zip.NewWriter(w)
	put := func(name string, data []byte) error {
		f, err := z.Create(name)
		if err == nil {
			_, err = f.Write(data)
		}
		return err
	}
	for _, f := range files {
		if err := put(f.name, []byte(`<?xml version="1.0" encoding="UTF-8" standalone="yes"?>`+"\n"+f.text)); err != nil {
			return err
		}
	}
	for i, m := range x.media {
		if err := put(fmt.Sprintf("word/media/qr%d.png", i+1), m); err != nil {
			return err
		}
	}
	return z.Close()
}

const contentTypes = `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Default Extension="png" ContentType="image/png"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/><Override PartName="/word/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.styles+xml"/><Override PartName="/word/settings.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.settings+xml"/><Override PartName="/word/fontTable.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.fontTable+xml"/><Override PartName="/word/footer1.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.footer+xml"/><Override PartName="/word/footer2.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.footer+xml"/></Types>`

func (x *docx) relations() string {
	var b strings.Builder
	b.WriteString(`<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">`)
	const base = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
	for i, r := range [][2]string{{"styles", "styles.xml"}, {"settings", "settings.xml"}, {"fontTable", "fontTable.xml"}, {"footer", "footer1.xml"}, {"footer", "footer2.xml"}} {
		fmt.Fprintf(&b, `<Relationship Id="rId%d" Type="%s%s" Target="%s"/>`, i+1, base, r[0], r[1])
	}
	for i := range x.media {
		fmt.Fprintf(&b, `<Relationship Id="qr%d" Type="%simage" Target="media/qr%d.png"/>`, i+1, base, i+1)
	}
	return b.String() + `</Relationships>`
}

// size is the type size in half points, pitch the line in twentieths of a point.
func (x *docx) size() (half, pitch int) {
	switch x.doc.Style {
	case Plain:
		return 24, 400
	case Poster:
		k := x.scale()
		return int(44 * k), int(720 * k)
	}
	return 32, 579
}

// scale is how much larger than in A4 the type of a poster is.
func (x *docx) scale() float64 { return x.doc.Size.scale() * x.doc.fit }

func (x *docx) styles() string {
	half, pitch := x.size()
	return fmt.Sprintf(`<w:styles %s><w:docDefaults><w:rPrDefault><w:rPr>%s<w:sz w:val="%d"/><w:szCs w:val="%d"/><w:lang w:val="en-US" w:eastAsia="zh-CN"/></w:rPr></w:rPrDefault></w:docDefaults><w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/><w:pPr><w:snapToGrid w:val="0"/><w:spacing w:before="0" w:after="0" w:line="%d" w:lineRule="exact"/><w:jc w:val="both"/></w:pPr></w:style></w:styles>`,
		wordNS, fonts(faceBody), half, half, pitch)
}

func fontTable() string {
	var b strings.Builder
	b.WriteString(`<w:fonts ` + wordNS + `>`)
	for _, f := range faceNames {
		fmt.Fprintf(&b, `<w:font w:name="%s"><w:altName w:val="%s"/><w:charset w:val="86"/></w:font>`, f[0], f[1])
	}
	return b.String() + `</w:fonts>`
}

func fonts(face string) string {
	return fmt.Sprintf(`<w:rFonts w:hint="eastAsia" w:eastAsia="%s" w:ascii="Times New Roman" w:hAnsi="Times New Roman" w:cs="Times New Roman"/>`, face)
}

// footer holds the page number between dashes, in official documents on the
// outer side one character in (5.2.4, 7.5), and the mark.
func (x *docx) footer(side string) string {
	mark := ""
	if x.doc.Mark != "" {
		mark = `<w:p><w:pPr><w:jc w:val="center"/><w:spacing w:line="300" w:lineRule="exact"/></w:pPr><w:r><w:rPr>` + fonts(faceBody) + `<w:sz w:val="18"/></w:rPr><w:t xml:space="preserve">` + escape(x.doc.Mark) + `</w:t></w:r></w:p>`
	}
	indent := fmt.Sprintf(`<w:ind w:%s="280"/>`, side)
	switch x.doc.Style {
	case Official:
	case Poster: // one page has no number
		return `<w:ftr ` + wordNS + `>` + cmp.Or(mark, `<w:p/>`) + `</w:ftr>`
	default:
		side, indent = "center", ""
	}
	run := func(inner string) string {
		return `<w:r><w:rPr>` + fonts("宋体") + `<w:sz w:val="28"/></w:rPr>` + inner + `</w:r>`
	}
	return `<w:ftr ` + wordNS + `>` + mark + `<w:p><w:pPr><w:jc w:val="` + side + `"/>` + indent + `</w:pPr>` + run(`<w:t xml:space="preserve">— </w:t>`) +
		run(`<w:fldChar w:fldCharType="begin"/>`) + run(`<w:instrText xml:space="preserve"> PAGE </w:instrText>`) + run(`<w:fldChar w:fldCharType="separate"/>`) + run(`<w:t>1</w:t>`) + run(`<w:fldChar w:fldCharType="end"/>`) +
		run(`<w:t xml:space="preserve"> —</w:t>`) + `</w:p></w:ftr>`
}

func (x *docx) section() string {
	_, pitch := x.size()
	k := x.doc.Size.scale()
	twips := func(a4 int) int { return int(math.Round(float64(a4) * k)) }
	return fmt.Sprintf(`<w:sectPr><w:footerReference w:type="default" r:id="rId4"/><w:footerReference w:type="even" r:id="rId5"/><w:pgSz w:w="%d" w:h="%d"/><w:pgMar w:top="%d" w:right="%d" w:bottom="%d" w:left="%d" w:header="851" w:footer="%d" w:gutter="0"/><w:docGrid w:type="lines" w:linePitch="%d"/></w:sectPr>`,
		twips(11906), twips(16838), twips(2098), twips(1474), twips(1984), twips(1587), twips(1400), pitch)
}

// paragraph writes one paragraph; half is the type size in half points.
func (x *docx) paragraph(text, face string, half int, props, run string) {
	if x.doc.Style == Official && half == 32 {
		run += `<w:spacing w:val="-5"/>`
	}
	text = strings.ReplaceAll(escape(text), "&#xA;", `</w:t><w:br/><w:t xml:space="preserve">`)
	fmt.Fprintf(&x.body, `<w:p><w:pPr>%s</w:pPr>%s<w:r><w:rPr>%s%s<w:sz w:val="%d"/><w:szCs w:val="%d"/></w:rPr><w:t xml:space="preserve">%s</w:t></w:r></w:p>`, props, x.mark, fonts(face), run, half, half, text)
	x.mark = ""
}

func (x *docx) block(b *Block, at int) error {
	half, pitch := x.size()
	indent := fmt.Sprintf(`<w:ind w:firstLineChars="200" w:firstLine="%d"/>`, half*20)
	switch b.Kind {
	case Issuer:
		size, line := 72, 1000
		if x.doc.Style == Poster {
			size, line = int(120*x.scale()), int(1680*x.scale())
		}
		x.paragraph(x.even(b.Text, size), faceTitle, size, fmt.Sprintf(`<w:spacing w:before="%d" w:line="%d" w:lineRule="exact"/><w:jc w:val="center"/>`, pitch, line), `<w:color w:val="C00000"/>`)
	case Number:
		props := `<w:jc w:val="center"/>`
		if at > 0 && x.doc.Blocks[at-1].Kind == Issuer { // the red rule below (7.2.7)
			props = fmt.Sprintf(`<w:pBdr><w:bottom w:val="single" w:sz="18" w:space="4" w:color="C00000"/></w:pBdr><w:spacing w:before="%d" w:after="%d"/>`, pitch, pitch) + props
		}
		x.paragraph(b.Text, faceBody, half, props, "")
	case Title:
		size := 44
		if x.doc.Style == Poster {
			size = int(88 * x.scale())
		}
		x.mark = fmt.Sprintf(`<w:bookmarkStart w:id="%d" w:name="title%d"/><w:bookmarkEnd w:id="%d"/>`, at, at, at)
		x.paragraph(x.even(b.Text, size), faceTitle, size, fmt.Sprintf(`<w:spacing w:before="%d" w:after="%d" w:line="%d" w:lineRule="exact"/><w:jc w:val="center"/><w:outlineLvl w:val="0"/>`, pitch, pitch, max(pitch, size*13)), "")
	case Heading1:
		x.paragraph(b.Text, faceHei, half, `<w:keepNext/>`+indent, "")
	case Heading2:
		x.paragraph(b.Text, faceKai, half, `<w:keepNext/>`+indent, "")
	case Addressee:
		x.paragraph(b.Text, faceBody, half, "", "")
	case Signature:
		props := `<w:ind w:rightChars="400" w:right="1280"/><w:jc w:val="right"/>`
		if at == 0 || x.doc.Blocks[at-1].Kind != Signature {
			props = fmt.Sprintf(`<w:keepNext/><w:spacing w:before="%d"/>`, pitch) + props
		}
		x.paragraph(b.Text, faceBody, half, props, "")
	case Contents:
		x.paragraph(b.Text, faceTitle, 44, fmt.Sprintf(`<w:spacing w:after="%d" w:line="600" w:lineRule="exact"/><w:jc w:val="center"/>`, pitch), "")
		x.contents(at)
	case PageBreak:
		x.body.WriteString(`<w:p><w:r><w:br w:type="page"/></w:r></w:p>`)
	case Table:
		x.table(b.Rows)
	case QR:
		img, err := qrPNG(b.Text)
		if err != nil {
			return err
		}
		x.media = append(x.media, img)
		side := 1080000 // 3 cm in EMU
		if x.doc.Style == Poster {
			side = int(62 * 36000 * x.scale())
		}
		n := len(x.media)
		fmt.Fprintf(&x.body, `<w:p><w:pPr><w:spacing w:before="120" w:line="240" w:lineRule="auto"/><w:jc w:val="center"/></w:pPr><w:r><w:drawing><wp:inline><wp:extent cx="%d" cy="%d"/><wp:docPr id="%d" name="qr%d" descr="二维码"/><a:graphic><a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:pic><pic:nvPicPr><pic:cNvPr id="%d" name="qr%d"/><pic:cNvPicPr/></pic:nvPicPr><pic:blipFill><a:blip r:embed="qr%d"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill><pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="%d" cy="%d"/></a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r></w:p>`,
			side, side, n, n, n, n, n, side, side)
	default:
		if x.doc.Style == Poster {
			indent = `<w:jc w:val="center"/>`
		}
		x.paragraph(b.Text, faceBody, half, indent, "")
	}
	return nil
}

// even breaks a title into lines of about one length, as the PDF does; type is
// taken as wide as it is high, letters and digits as half.
func (x *docx) even(text string, half int) string {
	size := float64(half) / 2
	var gs []glyph
	for _, r := range text {
		gs = append(gs, glyph{r: r, w: size * float64(units(string(r))) / 2})
	}
	var b strings.Builder
	for i, line := range balanced(gs, textWidth*x.doc.Size.scale()) {
		if i > 0 {
			b.WriteByte('\n')
		}
		for _, g := range line {
			b.WriteRune(g.r)
		}
	}
	return b.String()
}

// contents writes a table of contents: the titles that follow, dots, and the
// page as a reference that office programs keep up to date.
func (x *docx) contents(at int) {
	half, _ := x.size()
	for i, b := range x.doc.Blocks[at:] {
		if b.Kind != Title {
			continue
		}
		run := func(inner string) {
			fmt.Fprintf(&x.body, `<w:r><w:rPr>%s<w:sz w:val="%d"/></w:rPr>%s</w:r>`, fonts(faceBody), half, inner)
		}
		fmt.Fprintf(&x.body, `<w:p><w:pPr><w:tabs><w:tab w:val="right" w:leader="middleDot" w:pos="%d"/></w:tabs><w:jc w:val="left"/></w:pPr>`, textTwips)
		run(`<w:t xml:space="preserve">` + escape(b.Text) + `</w:t>`)
		run(`<w:tab/>`)
		run(`<w:fldChar w:fldCharType="begin" w:dirty="true"/>`)
		run(fmt.Sprintf(`<w:instrText xml:space="preserve"> PAGEREF title%d \h </w:instrText>`, at+i))
		run(`<w:fldChar w:fldCharType="separate"/>`)
		run(`<w:t>1</w:t>`)
		run(`<w:fldChar w:fldCharType="end"/>`)
		x.body.WriteString(`</w:p>`)
	}
	x.body.WriteString(`<w:p><w:r><w:br w:type="page"/></w:r></w:p>`)
}

// table writes a table whose head repeats on each page; columns are as wide as
// their contents ask for, within the text's 156 mm.
func (x *docx) table(rows [][]string) {
	total := int(math.Round(textTwips * x.doc.Size.scale()))
	widths := columns(rows, total)
	fmt.Fprintf(&x.body, `<w:tbl><w:tblPr><w:tblW w:w="%d" w:type="dxa"/><w:jc w:val="center"/><w:tblBorders>`, total)
	for _, side := range []string{"top", "left", "bottom", "right", "insideH", "insideV"} {
		fmt.Fprintf(&x.body, `<w:%s w:val="single" w:sz="4" w:space="0" w:color="000000"/>`, side)
	}
	x.body.WriteString(`</w:tblBorders><w:tblLayout w:type="fixed"/></w:tblPr><w:tblGrid>`)
	for _, w := range widths {
		fmt.Fprintf(&x.body, `<w:gridCol w:w="%d"/>`, w)
	}
	x.body.WriteString(`</w:tblGrid>`)
	for i, r := range rows {
		x.body.WriteString(`<w:tr><w:trPr><w:cantSplit/>`)
		face, just := faceBody, "left"
		if i == 0 {
			x.body.WriteString(`<w:tblHeader/>`)
			face, just = faceHei, "center"
		}
		x.body.WriteString(`</w:trPr>`)
		for c, w := range widths {
			text := ""
			if c < len(r) {
				text = r[c]
			}
			fmt.Fprintf(&x.body, `<w:tc><w:tcPr><w:tcW w:w="%d" w:type="dxa"/><w:vAlign w:val="center"/></w:tcPr><w:p><w:pPr><w:spacing w:line="340" w:lineRule="exact"/><w:jc w:val="%s"/></w:pPr><w:r><w:rPr>%s<w:sz w:val="21"/></w:rPr><w:t xml:space="preserve">%s</w:t></w:r></w:p></w:tc>`, w, just, fonts(face), escape(text))
		}
		x.body.WriteString(`</w:tr>`)
	}
	x.body.WriteString(`</w:tbl>`)
	x.paragraph("", faceBody, 12, `<w:spacing w:line="160" w:lineRule="exact"/>`, "")
}

// columns shares a width out by what the columns hold: short ones get what they
// ask for, the others share the rest by their longest cells, within reason.
func columns(rows [][]string, total int) []int {
	n := len(rows[0])
	ask := make([]int, n)
	short, long, sum := 0, 0, 0
	for c := range ask {
		for _, r := range rows {
			if c < len(r) {
				ask[c] = max(ask[c], units(r[c]))
			}
		}
		ask[c] = min(max(ask[c], 4), 60)
		if ask[c] <= shortCell {
			short += ask[c]*unitTwips + cellTwips
		} else {
			long++
		}
		sum += ask[c]
	}
	out := make([]int, n)
	rest, parts := total, sum
	if long > 0 && short < total/2 {
		for c := range out {
			if ask[c] <= shortCell {
				out[c] = ask[c]*unitTwips + cellTwips
				rest -= out[c]
				parts -= ask[c]
			}
		}
	}
	left, last := rest, n-1
	for c := range out {
		if out[c] == 0 {
			out[c] = rest * ask[c] / parts
			left -= out[c]
			last = c
		}
	}
	out[last] += left
	return out
}

// Cells of up to shortCell units are never broken; a unit is half a character of
// 10.5 pt, and a cell has room beside its text, in twentieths of a point.
const shortCell, unitTwips, cellTwips = 14, 108, 320

// units measures a text: two for a Han character or mark, one for others.
func units(s string) (n int) {
	for _, r := range s {
		n++
		if r >= 0x2e80 || strings.ContainsRune("“”‘’—…·", r) { // set full width
			n++
		}
	}
	return n
}

// qrPNG draws a QR code that a phone reads from paper: correction for 15 %.
func qrPNG(text string) ([]byte, error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return nil, err
	}
	side := code.Bounds().Dx() * 8
	if code, err = barcode.Scale(code, side, side); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = png.Encode(&b, code)
	return b.Bytes(), err
}

func escape(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a Builder takes everything
	return b.String()
}
