package portal

import (
	"context"
	"fmt"
	"io"

	"onevisit/internal/domain/fault"
	"onevisit/internal/infra/paper"
)

// GuidePapers are the papers that are made of one published item.
var GuidePapers = []string{"办事指南", "一次性告知单", "海报", "海报A3", "窗口卡"}

// PaperFormats are the formats of papers with their content types.
var PaperFormats = paper.Formats

// PrintGuide writes a paper of a published item. link turns a verification code
// into the address that its QR code leads to.
func (s *Service) PrintGuide(ctx context.Context, w io.Writer, id, kind, format string, link func(code string) string) (missing []rune, err error) {
	known := false
	for _, k := range GuidePapers {
		known = known || k == kind
	}
	if !known {
		return nil, fault.NotFoundf("没有名为“%s”的文书。", kind)
	}
	g, err := s.Guide(ctx, id)
	if err != nil {
		return nil, err
	}
	if !g.Available() { // nobody should pin up what one cannot apply for
		return nil, fault.NotFoundf("“%s”已%s，不再提供办事指南。", g.Name, g.Standing)
	}
	p := paper.NewGuide(g.Item, g.Assessment)
	p.Release, p.VerifyCode, p.Link = g.Release.Title+"（"+g.Release.Number+"）", g.VerifyCode, link(g.VerifyCode)
	return s.press.Print(ctx, w, format, kind, p, fmt.Sprintf("%s　核验码 %s", g.Release.Number, g.VerifyCode))
}
