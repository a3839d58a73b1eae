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

// styles of the templates; the others are official.
var styles = map[string]Style{"办事指南": Plain, "指南汇编": Plain, "目录清单": Plain, "实施清单": Plain, "一次性告知单": Plain, "海报": Poster}

// Print fills a template and writes it in a format. mark stands at the foot of
// every page. Characters that no font of the PDF has are shown as 〓 and
// returned.
func (p *Press) Print(ctx context.Context, w io.Writer, format, template string, data any, mark string) (missing []rune, err error) {
	if Formats[format] == "" {
		return nil, fault.NotFoundf("没有“%s”格式的文书，可选 pdf 或 docx。", format)
	}
	blocks, err := p.Templates.Fill(template, data)
	if err != nil {
		return nil, err
	}
	if p.Demo != "" {
		mark = p.Demo + mark
	}
	d := &Doc{Style: styles[template], Mark: mark, Blocks: blocks}
	select {
	case p.busy <- struct{}{}:
		defer func() { <-p.busy }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if format == "docx" {
		return nil, WriteDOCX(w, d)
	}
	if missing, err = WritePDF(w, d, p.Fonts); err != nil {
		return missing, fmt.Errorf("%s: %w", template, err)
	}
	return missing, nil
}
