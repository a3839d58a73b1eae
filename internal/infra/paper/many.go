package paper

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/signintech/gopdf"

	"onevisit/internal/domain/fault"
)

// Sheet is one paper of several that are printed in one go.
type Sheet struct {
	Template string
	Data     any
	Mark     string // at the foot of its pages
}

// mostSheets bounds what is printed in one go: more than a wall holds.
const mostSheets = 200

// PrintMany writes several papers as one PDF, each laid out as if it were printed
// alone: posters of one wall, say, that go to the printer together. Sizes of paper
// may differ. Characters that no font has are returned, as Print does.
func (p *Press) PrintMany(ctx context.Context, w io.Writer, title string, sheets []Sheet) (missing []rune, err error) {
	switch {
	case len(sheets) == 0:
		return nil, fault.NotFoundf("没有可打印的内容。")
	case len(sheets) > mostSheets:
		return nil, fault.Invalidf("一次最多打印 %d 份，请分几次打印。", mostSheets)
	}
	all := &gopdf.GoPdf{}
	all.Start(gopdf.Config{PageSize: *gopdf.PageSizeA4})
	all.SetInfo(gopdf.PdfInfo{Title: title, Creator: "onevisit"})
	for _, s := range sheets {
		var b bytes.Buffer
		more, err := p.Print(ctx, &b, "pdf", s.Template, s.Data, s.Mark)
		if err != nil {
			return nil, err
		}
		for _, r := range more {
			if !slices.Contains(missing, r) {
				missing = append(missing, r)
			}
		}
		if err := appendPages(all, b.Bytes()); err != nil {
			return nil, fmt.Errorf("%s: %w", s.Template, err)
		}
	}
	_, err = all.WriteTo(w)
	return missing, err
}

// appendPages adds the pages of a PDF that this package has made. The importer
// panics on what it cannot read.
func appendPages(all *gopdf.GoPdf, file []byte) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("pages not joined: %v", v)
		}
	}()
	var stream io.ReadSeeker = bytes.NewReader(file)
	sizes := all.GetStreamPageSizes(&stream)
	for n := 1; n <= len(sizes); n++ {
		box := sizes[n]["/MediaBox"]
		all.AddPageWithOption(gopdf.PageOption{PageSize: &gopdf.Rect{W: box["w"], H: box["h"]}})
		all.UseImportedTemplate(all.ImportPageStream(&stream, n, "/MediaBox"), 0, 0, box["w"], box["h"])
	}
	return nil
}
