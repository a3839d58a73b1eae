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
	// broad says how the pages stand that are being written.
	broad bool
	// turned says that the next paragraph begins a page: a break of its own would
	// leave an empty line at the head of it in Word.
	turned bool
	// The section that is being written: its first block, how it begins, and
	// whether its pages bear no number.
	from       int
	begins     string
	unnumbered bool
	// heads are the running heads so far; the section bears the last one.
	heads []string
}

// WriteDOCX writes the document as a Word file. Official ones keep 22 lines of
// 28 characters (GB/T 9704-2012, 5.2): exact line spacing of 28.95 pt, and 16 pt
// type set 0.25 pt closer, which Word, WPS and LibreOffice read alike; the
// character grid of the format is not.
func WriteDOCX(w io.Writer, d *Doc) error {
	if d.fit == 0 {
		d.fit = 1
	}
	x := &docx{doc: d, broad: len(d.Blocks) > 0 && d.Blocks[0].Turn == Broad}
	for i := range d.Blocks {
		if err := x.block(&d.Blocks[i], i); err != nil {
			return err
		}
	}
	x.body.WriteString(x.section(len(d.Blocks)))
	files := []struct{ name, text string }{
		{"[Content_Types].xml", x.contentTypes()},
		{"_rels/.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>`},
		{"word/document.xml", `<w:document ` + wordNS + `><w:body>` + x.body.String() + `</w:body></w:document>`},
		{"word/styles.xml", x.styles()},
		{"word/settings.xml", `<w:settings ` + wordNS + `><w:defaultTabStop w:val="640"/><w:evenAndOddHeaders/><w:compat><w:compatSetting w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word" w:val="15"/></w:compat></w:settings>`},
		{"word/fontTable.xml", fontTable()},
		{"word/footer1.xml", x.footer("right", true)},
		{"word/footer2.xml", x.footer("left", true)},
		{"word/footer3.xml", x.footer("", false)},
		{"word/footer4.xml", x.broadFooter("right")},
		{"word/footer5.xml", x.broadFooter("left")},
		{"word/_rels/document.xml.rels", x.relations()},
	}
	for i, h := range x.heads {
		files = append(files, struct{ name, text string }{fmt.Sprintf("word/header%d.xml", 2*i+1), x.header(h, "right")},
			struct{ name, text string }{fmt.Sprintf("word/header%d.xml", 2*i+2), x.header(h, "left")})
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

const contentTypes = `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Default Extension="png" ContentType="image/png"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/><Override PartName="/word/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.styles+xml"/><Override PartName="/word/settings.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.settings+xml"/><Override PartName="/word/fontTable.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.fontTable+xml"/><Override PartName="/word/footer1.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.footer+xml"/><Override PartName="/word/footer2.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.footer+xml"/><Override PartName="/word/footer3.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.footer+xml"/><Override PartName="/word/footer4.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.footer+xml"/><Override PartName="/word/footer5.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.footer+xml"/>`

func (x *docx) contentTypes() string {
	var b strings.Builder
	b.WriteString(contentTypes)
	for i := range 2 * len(x.heads) {
		fmt.Fprintf(&b, `<Override PartName="/word/header%d.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.header+xml"/>`, i+1)
	}
	return b.String() + `</Types>`
}

func (x *docx) relations() string {
	var b strings.Builder
	b.WriteString(`<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">`)
	const base = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
	for i, r := range [][2]string{{"styles", "styles.xml"}, {"settings", "settings.xml"}, {"fontTable", "fontTable.xml"}, {"footer", "footer1.xml"}, {"footer", "footer2.xml"}, {"footer", "footer3.xml"}, {"footer", "footer4.xml"}, {"footer", "footer5.xml"}} {
		fmt.Fprintf(&b, `<Relationship Id="rId%d" Type="%s%s" Target="%s"/>`, i+1, base, r[0], r[1])
	}
	for i := range 2 * len(x.heads) {
		fmt.Fprintf(&b, `<Relationship Id="head%d" Type="%sheader" Target="header%d.xml"/>`, i+1, base, i+1)
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
		return 24, 380
	case Poster:
		k := x.scale()
		return int(44 * k), int(720 * k)
	}
	if x.doc.tight == tightLines {
		return 32, 579 * 22 / 24
	}
	return 32, 579
}

// scale is how much larger than in A4 the type of a poster is.
func (x *docx) scale() float64 { return x.doc.Size.scale() * x.doc.fit }

func (x *docx) styles() string {
	half, pitch := x.size()
	widows := ""
	if x.doc.Style == Official { // every page has its 22 lines
		widows = `<w:widowControl w:val="0"/>`
	}
	return fmt.Sprintf(`<w:styles %s><w:docDefaults><w:rPrDefault><w:rPr>%s<w:sz w:val="%d"/><w:szCs w:val="%d"/><w:lang w:val="en-US" w:eastAsia="zh-CN"/></w:rPr></w:rPrDefault></w:docDefaults><w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/><w:pPr>%s<w:overflowPunct w:val="0"/><w:autoSpaceDE w:val="0"/><w:autoSpaceDN w:val="0"/><w:snapToGrid w:val="0"/><w:spacing w:before="0" w:after="0" w:line="%d" w:lineRule="exact"/><w:jc w:val="both"/></w:pPr></w:style></w:styles>`,
		wordNS, fonts(faceBody), half, half, widows, pitch)
}

// header is the running head of a part, on the outer side above a thin rule.
func (x *docx) header(text, side string) string {
	return `<w:hdr ` + wordNS + `><w:p><w:pPr><w:pBdr><w:bottom w:val="single" w:sz="4" w:space="4" w:color="47525E"/></w:pBdr><w:spacing w:line="240" w:lineRule="exact"/><w:jc w:val="` + side + `"/></w:pPr><w:r><w:rPr>` +
		fonts(faceKai) + `<w:color w:val="47525E"/><w:sz w:val="18"/></w:rPr><w:t xml:space="preserve">` + escape(text) + `</w:t></w:r></w:p></w:hdr>`
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

// footerLines are how high the lines of the foot are, in twentieths of a point:
// that of the number, whose dash stands 7 mm below the text (7.5), and that of
// the mark.
func (x *docx) footerLines() (number, mark int) {
	switch x.doc.Style {
	case Official:
		number = 584
	case Plain:
		number = 520
	}
	if x.doc.Mark != "" {
		mark = 300
	}
	return number, mark
}

// footer holds the page number between dashes, in official documents on the
// outer side one character in (5.2.4, 7.5), and the mark; unless numbered, the
// mark alone.
func (x *docx) footer(side string, numbered bool) string {
	numberLine, markLine := x.footerLines()
	number, mark := "", ""
	if x.doc.Mark != "" {
		mark = fmt.Sprintf(`<w:p><w:pPr><w:spacing w:line="%d" w:lineRule="exact"/><w:jc w:val="center"/></w:pPr><w:r><w:rPr>`, markLine) + fonts(faceBody) + `<w:color w:val="47525E"/><w:sz w:val="18"/></w:rPr><w:t xml:space="preserve">` + escape(x.doc.Mark) + `</w:t></w:r></w:p>`
	}
	switch {
	case x.doc.Style == Poster: // one page has no number
	case !numbered:
		number = fmt.Sprintf(`<w:p><w:pPr><w:spacing w:line="%d" w:lineRule="exact"/></w:pPr></w:p>`, numberLine)
	default:
		indent := ""
		if x.doc.Style == Official {
			indent = fmt.Sprintf(`<w:ind w:%s="280"/>`, side)
		} else {
			side = "center"
		}
		number = fmt.Sprintf(`<w:p><w:pPr><w:spacing w:line="%d" w:lineRule="exact"/>%s<w:jc w:val="%s"/></w:pPr>%s</w:p>`, numberLine, indent, side, pageNumber)
	}
	return `<w:ftr ` + wordNS + `>` + cmp.Or(number+mark, `<w:p/>`) + `</w:ftr>`
}

// pageNumber is the number of a page between dashes, in 4号 宋体.
var pageNumber = func() string {
	var b strings.Builder
	for _, inner := range []string{`<w:t xml:space="preserve">— </w:t>`, `<w:fldChar w:fldCharType="begin"/>`, `<w:instrText xml:space="preserve"> PAGE </w:instrText>`,
		`<w:fldChar w:fldCharType="separate"/>`, `<w:t>1</w:t>`, `<w:fldChar w:fldCharType="end"/>`, `<w:t xml:space="preserve"> —</w:t>`} {
		b.WriteString(`<w:r><w:rPr>` + fonts("宋体") + `<w:sz w:val="28"/></w:rPr>` + inner + `</w:r>`)
	}
	return b.String()
}()

// broadFooter is the foot of broad pages of official documents: the number stands
// turned at the left edge, where the upright pages have theirs when the sheet is
// turned (7.6); on odd pages (right) below, on even ones above.
func (x *docx) broadFooter(side string) string {
	const width, height = 400, 1700
	f := x.doc.frame(true)
	at := twips(f.top)
	if side == "right" {
		at = twips(f.height-f.bottom) - height
	}
	number := fmt.Sprintf(`<w:tbl><w:tblPr><w:tblpPr w:leftFromText="0" w:rightFromText="0" w:vertAnchor="page" w:horzAnchor="page" w:tblpX="%d" w:tblpY="%d"/><w:tblW w:w="%d" w:type="dxa"/><w:tblLayout w:type="fixed"/>`+
		`<w:tblCellMar><w:left w:w="0" w:type="dxa"/><w:right w:w="0" w:type="dxa"/></w:tblCellMar></w:tblPr><w:tblGrid><w:gridCol w:w="%d"/></w:tblGrid><w:tr><w:trPr><w:trHeight w:val="%d" w:hRule="exact"/></w:trPr>`+
		`<w:tc><w:tcPr><w:tcW w:w="%d" w:type="dxa"/><w:textDirection w:val="tbRl"/></w:tcPr><w:p><w:pPr><w:spacing w:line="%d" w:lineRule="exact"/><w:ind w:%s="280"/><w:jc w:val="%s"/></w:pPr>%s</w:p></w:tc></w:tr></w:tbl>`,
		twips(f.left)-twips(7)-220, at, width, width, height, width, width, side, side, pageNumber)
	return strings.Replace(x.footer("", false), `<w:p>`, number+`<w:p>`, 1)
}

// section describes the pages of the blocks before the one at the index.
func (x *docx) section(end int) string {
	_, pitch := x.size()
	f := x.doc.frame(x.broad)
	numberLine, markLine := x.footerLines()
	orient, border, cover, head, feet := "", "", "", "", [2]int{4, 5}
	if n := len(x.heads); n > 0 {
		head = fmt.Sprintf(`<w:headerReference w:type="default" r:id="head%d"/><w:headerReference w:type="even" r:id="head%d"/>`, 2*n-1, 2*n)
	}
	if x.unnumbered {
		feet = [2]int{6, 6}
	}
	if x.broad && x.doc.Style == Official && !x.unnumbered {
		feet = [2]int{7, 8}
	}
	if x.broad {
		orient = ` w:orient="landscape"`
	}
	if x.doc.Style == Poster {
		border = `<w:pgBorders w:offsetFrom="page">`
		for _, side := range []string{"top", "left", "bottom", "right"} {
			border += fmt.Sprintf(`<w:%s w:val="thickThinSmallGap" w:sz="24" w:space="24" w:color="C00000"/>`, side)
		}
		border += `</w:pgBorders>`
	}
	for _, b := range x.doc.Blocks[x.from:end] {
		if b.Kind == Cover {
			cover = `<w:titlePg/>` // its foot is empty
		}
	}
	// The foot's line is 7 mm below the text whatever its height.
	footer := twips(f.bottom) - numberLine - markLine
	return fmt.Sprintf(`<w:sectPr>%s<w:footerReference w:type="default" r:id="rId%d"/><w:footerReference w:type="even" r:id="rId%d"/>%s<w:pgSz w:w="%d" w:h="%d"%s/><w:pgMar w:top="%d" w:right="%d" w:bottom="%d" w:left="%d" w:header="851" w:footer="%d" w:gutter="0"/>%s%s<w:docGrid w:type="lines" w:linePitch="%d"/></w:sectPr>`,
		head, feet[0], feet[1], x.begins, twips(f.width), twips(f.height), orient, twips(f.top), twips(f.right), twips(f.bottom), twips(f.left), footer, border, cover, pitch)
}

// newSection ends the section before the block at an index.
func (x *docx) newSection(at int) {
	x.turned = false
	x.body.WriteString(`<w:p><w:pPr><w:spacing w:line="20" w:lineRule="exact"/>` + x.section(at) + `</w:pPr></w:p>`)
	x.from, x.begins, x.unnumbered = at, "", false
}

// twips are twentieths of a point.
func twips(mm float64) int { return int(math.Round(mm * 1440 / 25.4)) }

// textTwips is the width of the text.
func (x *docx) textTwips() int { return twips(x.doc.frame(x.broad).textWidth()) }

// paragraph writes one paragraph; half is the type size in half points.
func (x *docx) paragraph(text, face string, half int, props, run string) {
	if x.doc.Style == Official && half == 32 {
		run += `<w:spacing w:val="-5"/>`
	}
	if x.turned {
		const keep = `<w:keepNext/>`
		rest, kept := strings.CutPrefix(props, keep)
		if props = `<w:pageBreakBefore/>` + strings.TrimPrefix(rest, `<w:pageBreakBefore/>`); kept {
			props = keep + props
		}
		x.turned = false
	}
	text = strings.ReplaceAll(escape(text), "&#xA;", `</w:t><w:br/><w:t xml:space="preserve">`)
	fmt.Fprintf(&x.body, `<w:p><w:pPr>%s</w:pPr>%s<w:r><w:rPr>%s%s<w:sz w:val="%d"/><w:szCs w:val="%d"/></w:rPr><w:t xml:space="preserve">%s</w:t></w:r></w:p>`, props, x.mark, fonts(face), run, half, half, text)
	x.mark = ""
}

func (x *docx) block(b *Block, at int) error {
	half, pitch := x.size()
	indent := fmt.Sprintf(`<w:ind w:firstLineChars="200" w:firstLine="%d"/>`, half*20)
	poster := x.doc.Style == Poster
	kind := func(i int) Kind {
		if i < 0 || i >= len(x.doc.Blocks) {
			return Paragraph
		}
		return x.doc.Blocks[i].Kind
	}
	switch b.Kind {
	case Issuer:
		size, line, before := int(2*headSize(b.Text, float64(x.textTwips())/20)), 0, twips(35)
		if line = size * 13; poster {
			size, line, before = int(120*x.scale()), int(1680*x.scale()), 0
		}
		x.paragraph(x.even(b.Text, size), faceTitle, size, fmt.Sprintf(`<w:spacing w:before="%d" w:line="%d" w:lineRule="exact"/><w:jc w:val="center"/>`, before, line), `<w:color w:val="C00000"/>`)
	case Number:
		props := `<w:jc w:val="center"/>`
		if kind(at-1) == Issuer && !poster { // two lines below the head, the red rule 4 mm below (7.2.5, 7.2.7)
			props = fmt.Sprintf(`<w:pBdr><w:bottom w:val="single" w:sz="18" w:space="9" w:color="C00000"/></w:pBdr><w:spacing w:before="%d" w:after="%d"/>`, 2*pitch, 2*pitch) + props
		}
		x.paragraph(b.Text, faceBody, half, props, "")
	case Title:
		size, line, before, after := 44, max(pitch, 44*13), pitch, pitch
		gap := x.gapBefore(at)
		switch {
		case poster:
			size, line, before, after = int(88*x.scale()), int(1200*x.scale()), int(x.doc.drop*20), pitch/2
		case x.doc.Style == Plain:
			before, after = 2*pitch, pitch/2
			for _, smaller := range [...]int{36, 30} { // what is as long as a paragraph
				if strings.Count(x.even(b.Text, size), "\n") > 2 {
					size, line = smaller, smaller*14
				}
			}
		}
		if k := kind(at - 1); at == 0 && !poster || k == PageBreak || k == Part || k == Number || k == Contents || k == Cover {
			before = 0
		}
		if gap {
			after = max(after, tableGap)
		}
		x.bookmark(at)
		x.paragraph(x.even(b.Text, size), faceTitle, size, fmt.Sprintf(`<w:keepNext/><w:spacing w:before="%d" w:after="%d" w:line="%d" w:lineRule="exact"/><w:jc w:val="center"/><w:outlineLvl w:val="0"/>`, before, after, line), "")
	case Cover:
		size, before, face := 36, 0, faceKai
		if kind(at-1) != Cover {
			size, before, face = coverSize*2, twips(x.doc.frame(x.broad).textDepth()*0.26), faceTitle
		} else if kind(at-2) != Cover {
			before = twips(x.doc.frame(x.broad).textDepth() * 0.34)
		}
		x.paragraph(x.even(b.Text, size), face, size, fmt.Sprintf(`<w:spacing w:before="%d" w:line="%d" w:lineRule="exact"/><w:jc w:val="center"/>`, before, size*16), "")
		if kind(at+1) != Cover {
			x.newPage()
		}
	case Part:
		if at > 0 {
			x.newSection(at)
		}
		x.heads = append(x.heads, b.Text)
		x.bookmark(at)
		x.paragraph(x.even(b.Text, partSize*2), faceTitle, partSize*2, `<w:keepNext/><w:spacing w:before="480" w:after="280" w:line="880" w:lineRule="exact"/><w:jc w:val="center"/><w:outlineLvl w:val="0"/>`, "")
	case Annex:
		start := `<w:keepNext/>`
		if at > 0 && kind(at-1) != PageBreak {
			x.newPage()
		}
		x.paragraph(b.Text, faceHei, half, start, "")
	case AnnexNote:
		before := 0
		if kind(at-1) != AnnexNote {
			before = pitch
		}
		keep := ""
		if kind(at+1) == Signature {
			keep = `<w:keepNext/>`
		}
		x.paragraph(b.Text, faceBody, half, keep+fmt.Sprintf(`<w:spacing w:before="%d"/><w:ind w:leftChars="500" w:left="%d" w:hangingChars="300" w:hanging="%d"/>`, before, half*50, half*30), "")
	case Heading1, Heading2:
		face, before, after := faceHei, 0, 0
		if b.Kind == Heading2 {
			face = faceKai
		}
		if x.doc.Style == Plain {
			before = 120
		}
		if x.gapBefore(at) {
			after = tableGap
		}
		x.paragraph(b.Text, face, half, fmt.Sprintf(`<w:keepNext/><w:spacing w:before="%d" w:after="%d"/>`, before, after)+indent, "")
	case Addressee:
		props := ""
		if x.gapBefore(at) {
			props = fmt.Sprintf(`<w:keepNext/><w:spacing w:after="%d"/>`, tableGap)
		}
		x.paragraph(b.Text, faceBody, half, props, "")
	case Signature:
		if kind(at-1) != Signature {
			x.signature(at)
		}
	case Contents:
		x.paragraph(b.Text, faceTitle, 44, fmt.Sprintf(`<w:spacing w:after="%d" w:line="600" w:lineRule="exact"/><w:jc w:val="center"/>`, pitch/2), "")
		x.contents()
	case PageBreak:
		if b.Turn != AsBefore && (b.Turn == Broad) != x.broad && at > 0 {
			x.newSection(at)
			x.broad = b.Turn == Broad
		} else if at > 0 && at+1 < len(x.doc.Blocks) {
			x.newPage()
		}
	case Table:
		x.table(at)
	case QR:
		return x.qr(at)
	case Imprint:
		if kind(at-1) != Imprint {
			x.imprint(at)
		}
	case Note:
		if x.doc.isBeside(at) {
			return nil // set with the QR code
		}
		size, line, just := 21, 320, ""
		if poster {
			size, line, just = int(28*x.scale()), int(440*x.scale()), `<w:jc w:val="center"/>`
		}
		before := 0
		if kind(at-1) == Signature {
			before = pitch / 2
		}
		x.paragraph(b.Text, faceKai, size, fmt.Sprintf(`<w:spacing w:before="%d" w:line="%d" w:lineRule="exact"/>`, before, line)+just, "")
	default:
		if poster {
			indent = `<w:jc w:val="center"/>`
		}
		if x.gapBefore(at) {
			indent = fmt.Sprintf(`<w:spacing w:after="%d"/>`, tableGap) + indent
		}
		if k := kind(at + 1); k == Table || k == Signature || k == AnnexNote {
			indent = `<w:keepNext/>` + indent
		}
		x.paragraph(b.Text, faceBody, half, indent, "")
	}
	return nil
}

// tableGap is what is left free between a line and a table below it, in
// twentieths of a point.
const tableGap = 60

// gapBefore reports whether a table follows the block at an index.
func (x *docx) gapBefore(at int) bool {
	return at+1 < len(x.doc.Blocks) && x.doc.Blocks[at+1].Kind == Table
}

// newPage makes the next paragraph begin a page.
func (x *docx) newPage() { x.turned = true }

// turn carries a new page out before something that is no paragraph.
func (x *docx) turn() {
	if x.turned {
		x.paragraph("", faceBody, 2, `<w:spacing w:line="20" w:lineRule="exact"/>`, "")
	}
}

// bookmark marks the next paragraph, for the table of contents.
func (x *docx) bookmark(at int) {
	x.mark = fmt.Sprintf(`<w:bookmarkStart w:id="%d" w:name="title%d"/><w:bookmarkEnd w:id="%d"/>`, at, at, at)
}

// signature writes the lines of the signature that begins at a block.
func (x *docx) signature(at int) {
	half, pitch := x.size()
	lines := x.doc.signatureLines(at)
	if x.doc.Style == Poster {
		for _, l := range lines {
			x.paragraph(l, faceBody, half, `<w:jc w:val="center"/>`, "")
		}
		return
	}
	cell := float64(half) * 10 // of a character, in twentieths of a point
	if x.doc.Style == Official {
		cell = cellWidth * 20
	}
	arranged := arrange(lines, float64(x.textTwips())/cell, func(t string) float64 { return float64(units(t)) / 2 })
	before := int(x.doc.signatureGap(at) * float64(pitch))
	for i, l := range arranged {
		keep := `<w:keepNext/>`
		if i == len(arranged)-1 {
			keep = ""
		}
		place := fmt.Sprintf(`<w:ind w:right="%d"/><w:jc w:val="right"/>`, int(l.right*cell))
		if l.left > 0 {
			place = fmt.Sprintf(`<w:ind w:left="%d"/><w:jc w:val="left"/>`, int(l.left*cell))
		}
		x.paragraph(l.text, faceBody, half, keep+fmt.Sprintf(`<w:spacing w:before="%d"/>`, before)+place, "")
		before = 0
	}
}

// qr writes a QR code as a picture; small print before or after it stands beside
// it, in posters below.
func (x *docx) qr(at int) error {
	img, err := qrPNG(x.doc.Blocks[at].Text)
	if err != nil {
		return err
	}
	x.turn()
	x.media = append(x.media, img)
	side, note, keep := qrSide*36000, x.doc.noteBeside(at), "" // in EMU
	if x.doc.Style == Poster {
		side = int(62 * 36000 * x.scale())
		if note != "" { // with the note below
			keep = `<w:keepNext/>`
		}
		note = ""
	}
	n := len(x.media)
	picture := func(just string) string {
		return fmt.Sprintf(`<w:p><w:pPr>%s<w:spacing w:before="120" w:line="240" w:lineRule="auto"/><w:jc w:val="%s"/></w:pPr><w:r><w:drawing><wp:inline><wp:extent cx="%d" cy="%d"/><wp:docPr id="%d" name="qr%d" descr="二维码"/><a:graphic><a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:pic><pic:nvPicPr><pic:cNvPr id="%d" name="qr%d"/><pic:cNvPicPr/></pic:nvPicPr><pic:blipFill><a:blip r:embed="qr%d"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill><pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="%d" cy="%d"/></a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r></w:p>`,
			keep, just, side, side, n, n, n, n, n, side, side)
	}
	if note == "" {
		x.body.WriteString(picture("center"))
		return nil
	}
	left, total := twips(qrSide)+qrGap*20, x.textTwips()
	cell := func(width int, inner string) string {
		return fmt.Sprintf(`<w:tc><w:tcPr><w:tcW w:w="%d" w:type="dxa"/><w:vAlign w:val="center"/></w:tcPr>%s</w:tc>`, width, inner)
	}
	fmt.Fprintf(&x.body, `<w:tbl><w:tblPr><w:tblW w:w="%d" w:type="dxa"/><w:tblLayout w:type="fixed"/><w:tblCellMar><w:left w:w="0" w:type="dxa"/><w:right w:w="0" w:type="dxa"/></w:tblCellMar></w:tblPr><w:tblGrid><w:gridCol w:w="%d"/><w:gridCol w:w="%d"/></w:tblGrid><w:tr><w:trPr><w:cantSplit/></w:trPr>`, total, left, total-left)
	x.body.WriteString(cell(left, picture("left")))
	x.body.WriteString(cell(total-left, fmt.Sprintf(`<w:p><w:pPr><w:spacing w:line="320" w:lineRule="exact"/><w:ind w:left="160"/><w:jc w:val="left"/></w:pPr><w:r><w:rPr>%s<w:sz w:val="21"/></w:rPr><w:t xml:space="preserve">%s</w:t></w:r></w:p>`, fonts(faceKai), escape(note))))
	x.body.WriteString(`</w:tr></w:tbl>`)
	x.paragraph("", faceBody, 12, `<w:spacing w:line="160" w:lineRule="exact"/>`, "")
	return nil
}

// imprint writes the lines of the imprint in a frame at the foot of the page,
// between rules (7.4).
func (x *docx) imprint(at int) {
	if x.doc.imprint == imprintHere {
		x.turn()
	} else { // overleaf, whatever page the office program ends the text on
		x.newSection(at)
		x.begins, x.unnumbered = `<w:type w:val="evenPage"/>`, x.doc.imprint == imprintAfter
	}
	total := x.textTwips()
	frame := fmt.Sprintf(`<w:framePr w:w="%d" w:hSpace="0" w:wrap="around" w:vAnchor="margin" w:hAnchor="margin" w:xAlign="center" w:yAlign="bottom"/>`, total)
	for _, l := range x.doc.imprintLines(at) {
		left, right, _ := strings.Cut(l, "|")
		x.body.WriteString(`<w:p><w:pPr>` + frame + `<w:pBdr>`)
		for _, r := range [...]struct {
			side string
			size int // in eighths of a point: 0.35 mm and 0.25 mm
		}{{"top", 8}, {"bottom", 8}, {"between", 6}} {
			fmt.Fprintf(&x.body, `<w:%s w:val="single" w:sz="%d" w:space="0" w:color="000000"/>`, r.side, r.size)
		}
		fmt.Fprintf(&x.body, `</w:pBdr><w:tabs><w:tab w:val="right" w:pos="%d"/></w:tabs><w:spacing w:line="480" w:lineRule="exact"/><w:ind w:left="280" w:right="280"/><w:jc w:val="left"/></w:pPr><w:r><w:rPr>%s<w:sz w:val="28"/></w:rPr><w:t xml:space="preserve">%s</w:t><w:tab/><w:t xml:space="preserve">%s</w:t></w:r></w:p>`,
			total-280, fonts(faceBody), escape(strings.TrimSpace(left)), escape(strings.TrimSpace(right)))
	}
	x.paragraph("", faceBody, 2, `<w:spacing w:line="20" w:lineRule="exact"/>`, "")
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
	for i, line := range balanced(gs, float64(x.textTwips())/20) {
		if i > 0 {
			b.WriteByte('\n')
		}
		for _, g := range line {
			b.WriteRune(g.r)
		}
	}
	return b.String()
}

// contents writes a table of contents: parts and titles, dots, and the page as a
// reference that office programs keep up to date.
func (x *docx) contents() {
	half, pitch := x.size()
	parts := x.doc.has(Part)
	for i, b := range x.doc.Blocks {
		if b.Kind != Title && b.Kind != Part {
			continue
		}
		face, props := faceBody, ""
		switch {
		case b.Kind == Part:
			face, props = faceHei, `<w:keepNext/>`
		case parts:
			props = fmt.Sprintf(`<w:ind w:left="%d"/>`, half*20)
		}
		run := func(inner string) {
			fmt.Fprintf(&x.body, `<w:r><w:rPr>%s<w:sz w:val="%d"/></w:rPr>%s</w:r>`, fonts(face), half, inner)
		}
		keep, ind := "", props
		if b.Kind == Part {
			keep, ind = props, ""
		}
		fmt.Fprintf(&x.body, `<w:p><w:pPr>%s<w:tabs><w:tab w:val="right" w:leader="middleDot" w:pos="%d"/></w:tabs><w:spacing w:line="%d" w:lineRule="exact"/>%s<w:jc w:val="left"/></w:pPr>`, keep, x.textTwips(), pitch, ind)
		run(`<w:t xml:space="preserve">` + escape(b.Text) + `</w:t>`)
		run(`<w:tab/>`)
		run(`<w:fldChar w:fldCharType="begin" w:dirty="true"/>`)
		run(fmt.Sprintf(`<w:instrText xml:space="preserve"> PAGEREF title%d \h </w:instrText>`, i))
		run(`<w:fldChar w:fldCharType="separate"/>`)
		run(`<w:t>1</w:t>`)
		run(`<w:fldChar w:fldCharType="end"/>`)
		x.body.WriteString(`</w:p>`)
	}
	x.newPage()
}

// table writes a table whose head repeats on each page.
func (x *docx) table(at int) {
	x.turn()
	rows := x.doc.Blocks[at].Rows
	same := x.doc.alike(at)
	total := x.textTwips()
	widths, centre := columns(same, total, func(text string, _ bool) float64 { return officeWidth(text) }), centredColumns(same)
	fmt.Fprintf(&x.body, `<w:tbl><w:tblPr><w:tblW w:w="%d" w:type="dxa"/><w:jc w:val="center"/><w:tblBorders>`, total)
	for _, side := range []string{"top", "left", "bottom", "right", "insideH", "insideV"} {
		fmt.Fprintf(&x.body, `<w:%s w:val="single" w:sz="4" w:space="0" w:color="000000"/>`, side)
	}
	x.body.WriteString(`</w:tblBorders><w:tblLayout w:type="fixed"/><w:tblCellMar>`)
	for _, m := range [...]struct {
		side  string
		twips int
	}{{"top", 40}, {"left", 80}, {"bottom", 40}, {"right", 80}} {
		fmt.Fprintf(&x.body, `<w:%s w:w="%d" w:type="dxa"/>`, m.side, m.twips)
	}
	x.body.WriteString(`</w:tblCellMar></w:tblPr><w:tblGrid>`)
	for _, w := range widths {
		fmt.Fprintf(&x.body, `<w:gridCol w:w="%d"/>`, w)
	}
	x.body.WriteString(`</w:tblGrid>`)
	for i, r := range rows {
		x.body.WriteString(`<w:tr><w:trPr><w:cantSplit/>`)
		face, keep := faceBody, ""
		// The head does not stand alone, nor does the last row; a small table stays
		// on one page.
		if i == 0 || i+1 < len(rows) && (len(rows) <= 8 && x.doc.tight == asRuled || i+2 == len(rows)) {
			keep = `<w:keepNext/>`
		}
		if i == 0 {
			x.body.WriteString(`<w:tblHeader/>`)
			face = faceHei
		}
		x.body.WriteString(`</w:trPr>`)
		for c, w := range widths {
			text, just := "", "left"
			if c < len(r) {
				text = r[c]
			}
			if i == 0 || centre[c] {
				just = "center"
			}
			text = strings.ReplaceAll(escape(text), string(cellBreak), `</w:t><w:br/><w:t xml:space="preserve">`)
			fmt.Fprintf(&x.body, `<w:tc><w:tcPr><w:tcW w:w="%d" w:type="dxa"/><w:vAlign w:val="center"/></w:tcPr><w:p><w:pPr>%s<w:spacing w:line="320" w:lineRule="exact"/><w:jc w:val="%s"/></w:pPr><w:r><w:rPr>%s<w:sz w:val="21"/></w:rPr><w:t xml:space="preserve">%s</w:t></w:r></w:p></w:tc>`, w, keep, just, fonts(face), text)
		}
		x.body.WriteString(`</w:tr>`)
	}
	x.body.WriteString(`</w:tbl>`)
	x.paragraph("", faceBody, 12, `<w:spacing w:line="160" w:lineRule="exact"/>`, "")
}

// officeWidth is about how wide a text of 10.5 pt is in the faces of offices, in
// points: Han characters and their marks are square, capitals two thirds and
// other letters and digits half as wide.
func officeWidth(s string) (w float64) {
	wide := false
	for i, r := range s {
		if now := units(string(r)) == 2; i > 0 && now != wide {
			w += cellSize / 4 // what is left free between Han and other characters
		}
		wide = units(string(r)) == 2
		switch {
		case wide:
			w += cellSize
		case r >= 'A' && r <= 'Z':
			w += cellSize * 0.7
		default:
			w += cellSize * 0.55
		}
	}
	return w
}

// QRPNG draws a QR code of a text for pictures.
func QRPNG(text string) ([]byte, error) { return qrPNG(text) }

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
