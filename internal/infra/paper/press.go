package paper

import (
	"context"
	"fmt"
	"io"

	"onevisit/internal/domain/fault"
)

// Press prints documents. At most two are set at a time: a booklet takes
// memory, and pages must stay quick beside it.
type Press struct {
	Templates *Templates
	Fonts     *Fonts
	// Demo stands on every page of demonstration data.
	Demo string
	busy chan struct{}
}

// NewPress makes a press; demo is the mark of demonstration data, empty for
// real.
func NewPress(t *Templates, f *Fonts, demo string) *Press {
	return &Press{Templates: t, Fonts: f, Demo: demo, busy: make(chan struct{}, 2)}
}

// Formats are the formats with their content types.
var Formats = map[string]string{
	"pdf":  "application/pdf",
	"docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}

// layouts of the templates; the others are official, on A4.
var layouts = map[string]struct {
	Style
	Size
}{"办事指南": {Style: Plain}, "指南汇编": {Style: Plain}, "目录清单": {Style: Plain}, "实施清单": {Style: Plain}, "实施清单汇编": {Style: Plain}, "一次性告知单": {Style: Plain},
	"分析表": {Style: Plain}, "报送回执": {Style: Plain}, "更换清单": {Style: Plain}, "海报": {Style: Poster}, "海报A3": {Style: Poster, Size: A3}, "窗口卡": {Style: Poster, Size: A5}}

// Print fills a template and writes it in a format. mark stands at the foot of
// every page. Characters that no font of the PDF has are shown as 〓 and
// returned.
func (p *Press) Print(ctx context.Context, w io.Writer, format, template string, data any, mark string) (missing []rune, err error) {
	return p.PrintLong(ctx, w, format, template, data, mark, nil)
}

// PrintLong prints as Print does, and tells progress which of the titles has
// been set, of how many.
func (p *Press) PrintLong(ctx context.Context, w io.Writer, format, template string, data any, mark string, progress func(done, total int)) (missing []rune, err error) {
	if Formats[format] == "" {
		return nil, fault.NotFoundf("没有“%s”格式的文书，可选 pdf 或 docx。", format)
	}
	blocks, err := p.Templates.Fill(template, data)
	if err != nil {
		return nil, err
	}
	return p.write(ctx, w, format, template, blocks, mark, progress)
}

// sureOfPages is how many pages of a Word file come out as in the PDF.
const sureOfPages = 4

// Preview prints a text in the place of a template, with the sample.
func (p *Press) Preview(ctx context.Context, w io.Writer, template, text string) (missing []rune, err error) {
	blocks, err := p.Templates.Check(template, text)
	if err != nil {
		return nil, err
	}
	return p.write(ctx, w, "pdf", template, blocks, "预览，内容为样例", nil)
}

func (p *Press) write(ctx context.Context, w io.Writer, format, template string, blocks []Block, mark string, progress func(done, total int)) (missing []rune, err error) {
	if p.Demo != "" {
		mark = p.Demo + mark
	}
	l := layouts[template]
	d := &Doc{Style: l.Style, Size: l.Size, Mark: mark, Blocks: blocks, Progress: progress}
	select {
	case p.busy <- struct{}{}:
		defer func() { <-p.busy }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if format == "docx" {
		if d.has(Imprint) { // an even page, which only setting tells
			if err := p.Fonts.load(); err != nil {
				return nil, err
			}
			s, err := d.settle(p.Fonts)
			if err != nil {
				return nil, err
			}
			// Office programs break lines a little otherwise: after many pages nobody
			// knows which they end on. A blank page too many is no fault, an imprint on
			// an odd page is one.
			if s == nil { // not an official paper
				if s, err = set(d, p.Fonts, nil, false); err != nil {
					return nil, err
				}
			}
			if d.imprint = s.imprintAt; d.imprint == imprintHere && s.page > sureOfPages {
				d.imprint = imprintAfter
			}
		}
		if d.Style == Poster { // as large as fits the page, which only setting tells
			if err := p.Fonts.load(); err != nil {
				return nil, err
			}
			if err := d.fitPage(p.Fonts); err != nil {
				return nil, err
			}
			d.fit *= 0.9 // office programs set lines further apart
			d.drop *= 0.7
		}
		return nil, WriteDOCX(w, d)
	}
	if missing, err = WritePDF(w, d, p.Fonts); err != nil {
		return missing, fmt.Errorf("%s: %w", template, err)
	}
	return missing, nil
}
