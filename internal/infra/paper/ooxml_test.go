package paper

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
)

// childOrder are the children that an element may have, in the order of the
// schemas of ECMA-376-1, 5th edition (wml.xsd, dml-main.xsd,
// dml-wordprocessingDrawing.xsd, dml-picture.xsd); "*" before a name: it may come
// again. Elements that are not listed have text alone or none. Office programs
// refuse what stands in another order, or repair it.
var childOrder = map[string]string{
	"document": "body", "hdr": "*p", "fonts": "*font", "font": "altName panose1 charset family notTrueType pitch sig",
	"styles": "docDefaults latentStyles *style", "docDefaults": "rPrDefault pPrDefault", "rPrDefault": "rPr",
	"style":    "name *alias basedOn next link autoRedefine hidden uiPriority semiHidden unhideWhenUsed qFormat locked pPr rPr",
	"settings": "zoom mirrorMargins defaultTabStop autoHyphenation evenAndOddHeaders characterSpacingControl footnotePr endnotePr compat rsids themeFontLang", "compat": "*compatSetting",
	"pPr":    "pStyle keepNext keepLines pageBreakBefore framePr widowControl numPr suppressLineNumbers pBdr shd tabs suppressAutoHyphens kinsoku wordWrap overflowPunct topLinePunct autoSpaceDE autoSpaceDN bidi adjustRightInd snapToGrid spacing ind contextualSpacing mirrorIndents suppressOverlap jc textDirection textAlignment textboxTightWrap outlineLvl divId cnfStyle rPr sectPr",
	"rPr":    "rStyle rFonts b bCs i iCs caps smallCaps strike dstrike outline shadow emboss imprint noProof snapToGrid vanish webHidden color spacing w kern position sz szCs highlight u effect bdr shd fitText vertAlign rtl cs em lang",
	"sectPr": "*headerReference *footerReference footnotePr endnotePr type pgSz pgMar paperSrc pgBorders lnNumType pgNumType cols formProt vAlign noEndnote titlePg textDirection bidi rtlGutter docGrid",
	"pBdr":   "top left bottom right between bar", "pgBorders": "top left bottom right", "tabs": "*tab",
	"tbl": "tblPr tblGrid *tr", "tblGrid": "*gridCol", "tr": "trPr *tc", "trPr": "cantSplit trHeight tblHeader", "tc": "tcPr *p",
	"tblPr":      "tblStyle tblpPr tblOverlap bidiVisual tblStyleRowBandSize tblStyleColBandSize tblW jc tblCellSpacing tblInd tblBorders shd tblLayout tblCellMar tblLook",
	"tblBorders": "top left bottom right insideH insideV", "tblCellMar": "top left bottom right",
	"tcPr":   "cnfStyle tcW gridSpan hMerge vMerge tcBorders shd noWrap tcMar textDirection tcFitText vAlign hideMark",
	"inline": "extent effectExtent docPr cNvGraphicFramePr graphic", "graphic": "graphicData", "graphicData": "pic",
	"pic": "nvPicPr blipFill spPr", "nvPicPr": "cNvPr cNvPicPr", "blipFill": "blip srcRect stretch", "stretch": "fillRect", "spPr": "xfrm prstGeom", "xfrm": "off ext", "prstGeom": "avLst",
	"drawing": "inline",
}

// anyOrder are those whose children may come in any order.
var anyOrder = map[string]string{"body": "p tbl sectPr", "ftr": "p tbl", "p": "pPr r bookmarkStart bookmarkEnd", "r": "rPr t br tab fldChar instrText drawing"}

// checkOOXML reports what is wrong with a Word file: parts without a type or a
// relation, elements in a place that the schema does not give them.
func checkOOXML(file []byte) error {
	z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		return err
	}
	parts := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			return err
		}
		text, err := io.ReadAll(r)
		if err != nil {
			return err
		}
		if _, twice := parts[f.Name]; twice {
			return fmt.Errorf("%s stands twice", f.Name)
		}
		parts[f.Name] = string(text)
	}
	var wrong []error
	for name, text := range parts {
		if strings.HasSuffix(name, ".png") {
			continue
		}
		if name != "[Content_Types].xml" && !strings.HasSuffix(name, ".rels") && !strings.Contains(parts["[Content_Types].xml"], `PartName="/`+name+`"`) {
			wrong = append(wrong, fmt.Errorf("%s has no type", name))
		}
		if strings.HasPrefix(name, "word/") && strings.HasSuffix(name, ".xml") {
			if rest := strings.TrimPrefix(name, "word/"); rest != "document.xml" && !strings.Contains(parts["word/_rels/document.xml.rels"], `Target="`+rest+`"`) {
				wrong = append(wrong, fmt.Errorf("nothing leads to %s", name))
			}
			if err := checkOrder(text); err != nil {
				wrong = append(wrong, fmt.Errorf("%s: %w", name, err))
			}
		}
	}
	doc := parts["word/document.xml"]
	for _, id := range strings.Split(doc, `r:id="`)[1:] {
		if id, _, _ = strings.Cut(id, `"`); !strings.Contains(parts["word/_rels/document.xml.rels"], `Id="`+id+`"`) {
			wrong = append(wrong, fmt.Errorf("nothing is related as %s", id))
		}
	}
	if !strings.HasSuffix(doc, `</w:sectPr></w:body></w:document>`) || strings.Contains(doc, `</w:tbl></w:tc>`) || strings.Contains(doc, `</w:tbl><w:tbl>`) {
		wrong = append(wrong, errors.New("the body ends without a section, or tables run together"))
	}
	return errors.Join(wrong...)
}

func checkOrder(text string) error {
	type open struct {
		name string
		at   int
		seen map[string]bool
	}
	stack := []open{{seen: map[string]bool{}}}
	for d := xml.NewDecoder(strings.NewReader(text)); ; {
		t, err := d.Token()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		switch e := t.(type) {
		case xml.StartElement:
			name, top := e.Name.Local, &stack[len(stack)-1]
			switch {
			case top.name == "":
			case anyOrder[top.name] != "":
				if !slices.Contains(strings.Fields(anyOrder[top.name]), name) {
					return fmt.Errorf("%s in %s", name, top.name)
				}
				if (name == "pPr" || name == "rPr") && len(top.seen) > 0 {
					return fmt.Errorf("%s in %s is not the first", name, top.name)
				}
			default:
				order := strings.Fields(childOrder[top.name])
				at := slices.IndexFunc(order, func(o string) bool { return strings.TrimPrefix(o, "*") == name })
				if at < 0 {
					return fmt.Errorf("%s in %s", name, top.name)
				}
				if at < top.at || at == top.at && top.seen[name] && order[at][0] != '*' {
					return fmt.Errorf("%s in %s comes too late", name, top.name)
				}
				top.at = at
			}
			top.seen[name] = true
			stack = append(stack, open{name: name, seen: map[string]bool{}})
		case xml.EndElement:
			stack = stack[:len(stack)-1]
		}
	}
}

// Every paper is a Word file after the schema, in each state that the layout can
// give it.
func TestWordFilesKeepTheSchema(t *testing.T) {
	press := NewPress(NewTemplates(""), NewFonts(""), "演示数据　")
	for name, data := range samples {
		var b bytes.Buffer
		if _, err := press.Print(t.Context(), &b, "docx", name, data, "版本"); err != nil {
			t.Fatal(err)
		}
		if err := checkOOXML(b.Bytes()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for place := range imprintAfter + 1 {
		d := &Doc{imprint: place, Blocks: Parse("* 封面\n= 目录\n% 第一部分\n# 标题\n|甲|乙|\n|1|2|\n|甲|乙|丙|\n--- 横\n# 横\n|1|\n--- 竖\n! https://example.org\n~ 说明\n! https://example.org\n& 附件\n# 二\n&& 附件：二\n>> 某县\n>> 2018年7月5日\n~ 小字\n_ 某县|印发\n_ 二|三")}
		var b bytes.Buffer
		if err := WriteDOCX(&b, d); err != nil {
			t.Fatal(err)
		}
		if err := checkOOXML(b.Bytes()); err != nil {
			t.Errorf("imprint %d: %v", place, err)
		}
	}
	// The check finds what it is there for.
	for _, bad := range []string{`<w:pPr><w:jc/><w:spacing/></w:pPr>`, `<w:p><w:r/><w:pPr/></w:p>`, `<w:rPr><w:sz/><w:sz/></w:rPr>`, `<w:settings><w:evenAndOddHeaders/><w:defaultTabStop/></w:settings>`, `<w:tr><w:p/></w:tr>`} {
		if checkOrder(bad) == nil {
			t.Errorf("%s passes", bad)
		}
	}
}
