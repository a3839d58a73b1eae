package paper

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
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
}

// WriteDOCX writes the document as a Word file. Official ones keep 22 lines of
// 28 characters (GB/T 9704-2012, 5.2): exact line spacing of 28.95 pt, and 16 pt
// type set 0.25 pt closer, which Word, WPS and LibreOffice read alike; the
// character grid of the format is not.
func WriteDOCX(w io.Writer, d *Doc) error {
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
		return 44, 720
	}
	return 32, 579
}

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
	if x.doc.Style != Official {
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
	return fmt.Sprintf(`<w:sectPr><w:footerReference w:type="default" r:id="rId4"/><w:footerReference w:type="even" r:id="rId5"/><w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="2098" w:right="1474" w:bottom="1984" w:left="1587" w:header="851" w:footer="1400" w:gutter="0"/><w:docGrid w:type="lines" w:linePitch="%d"/></w:sectPr>`, pitch)
}

// paragraph writes one paragraph; half is the type size in half points.
func (x *docx) paragraph(text, face string, half int, props, run string) {
	if x.doc.Style == Official && half == 32 {
		run += `<w:spacing w:val="-5"/>`
	}
	fmt.Fprintf(&x.body, `<w:p><w:pPr>%s</w:pPr><w:r><w:rPr>%s%s<w:sz w:val="%d"/><w:szCs w:val="%d"/></w:rPr><w:t xml:space="preserve">%s</w:t></w:r></w:p>`, props, fonts(face), run, half, half, escape(text))
}

func (x *docx) block(b *Block, at int) error {
	half, pitch := x.size()
	indent := fmt.Sprintf(`<w:ind w:firstLineChars="200" w:firstLine="%d"/>`, half*20)
	switch b.Kind {
	case Issuer:
		x.paragraph(b.Text, faceTitle, 72, fmt.Sprintf(`<w:spacing w:before="%d" w:line="1000" w:lineRule="exact"/><w:jc w:val="center"/>`, pitch), `<w:color w:val="C00000"/>`)
	case Number:
		props := `<w:jc w:val="center"/>`
		if at > 0 && x.doc.Blocks[at-1].Kind == Issuer { // the red rule below (7.2.7)
			props = fmt.Sprintf(`<w:pBdr><w:bottom w:val="single" w:sz="18" w:space="4" w:color="C00000"/></w:pBdr><w:spacing w:before="%d" w:after="%d"/>`, pitch, pitch) + props
		}
		x.paragraph(b.Text, faceBody, half, props, "")
	case Title:
		size := 44
		if x.doc.Style == Poster {
			size = 88
		}
		x.paragraph(b.Text, faceTitle, size, fmt.Sprintf(`<w:spacing w:before="%d" w:after="%d" w:line="%d" w:lineRule="exact"/><w:jc w:val="center"/><w:outlineLvl w:val="0"/>`, pitch, pitch, max(pitch, size*13)), "")
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
		x.body.WriteString(`<w:p><w:r><w:fldChar w:fldCharType="begin" w:dirty="true"/></w:r><w:r><w:instrText xml:space="preserve"> TOC \o "1-1" \h \z </w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>在此处按 F9 更新目录</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r></w:p><w:p><w:r><w:br w:type="page"/></w:r></w:p>`)
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
			side *= 2
		}
		n := len(x.media)
		fmt.Fprintf(&x.body, `<w:p><w:pPr><w:spacing w:before="120" w:line="240" w:lineRule="auto"/><w:jc w:val="center"/></w:pPr><w:r><w:drawing><wp:inline><wp:extent cx="%d" cy="%d"/><wp:docPr id="%d" name="qr%d" descr="二维码"/><a:graphic><a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:pic><pic:nvPicPr><pic:cNvPr id="%d" name="qr%d"/><pic:cNvPicPr/></pic:nvPicPr><pic:blipFill><a:blip r:embed="qr%d"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill><pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="%d" cy="%d"/></a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r></w:p>`,
			side, side, n, n, n, n, n, side, side)
	default:
		x.paragraph(b.Text, faceBody, half, indent, "")
	}
	return nil
}

// table writes a table whose head repeats on each page; columns are as wide as
// their contents ask for, within the text's 156 mm.
func (x *docx) table(rows [][]string) {

	widths := columns(rows, textTwips)
	x.body.WriteString(`<w:tbl><w:tblPr><w:tblW w:w="8844" w:type="dxa"/><w:jc w:val="center"/><w:tblBorders>`)
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

// columns shares a width out by what the columns hold: as much as the longest
// cell asks for, at most what is fair, never less than three characters.
func columns(rows [][]string, total int) []int {
	n := len(rows[0])
	ask := make([]int, n)
	sum := 0
	for c := range ask {
		for _, r := range rows {
			if c < len(r) {
				ask[c] = max(ask[c], units(r[c]))
			}
		}
		ask[c] = min(max(ask[c], 6), 60)
		sum += ask[c]
	}
	out := make([]int, n)
	left := total
	for c := range out {
		out[c] = total * ask[c] / sum
		left -= out[c]
	}
	out[n-1] += left
	return out
}

// units measures a text: two for a Han character, one for others.
func units(s string) (n int) {
	for _, r := range s {
		n++
		if r >= 0x2e80 {
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
