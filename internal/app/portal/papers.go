package portal

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/visit"
	"onevisit/internal/infra/paper"
	"onevisit/internal/infra/store"
)

// GuidePapers are the papers that are made of one published item.
var GuidePapers = []string{"办事指南", "一次性告知单", "海报"}

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
	p := paper.NewGuide(g.Item, g.Assessment)
	p.Release, p.VerifyCode, p.Link = g.Release.Title+"（"+g.Release.Number+"）", g.VerifyCode, link(g.VerifyCode)
	return s.press.Print(ctx, w, format, kind, p, fmt.Sprintf("%s　验证码 %s", g.Release.Number, g.VerifyCode))
}

// PrintBooklet writes the guides of all published items of a unit.
func (s *Service) PrintBooklet(ctx context.Context, w io.Writer, unitID, format string, link func(code string) string) (missing []rune, err error) {
	unit, entries, err := s.Unit(unitID)
	if err != nil {
		return nil, err
	}
	sn := s.snap.Load()
	b := paper.Booklet{Title: unit.Name + "办事指南汇编", Unit: unit.Name}
	if l := sn.home.Latest; l != nil {
		b.Release = l.Number
	}
	err = s.db.View(ctx, func(tx *store.Tx) error {
		for _, e := range entries {
			p, err := tx.PublishedItem(e.ReleaseSeq, e.ID)
			if err != nil {
				return err
			}
			it := new(catalog.Item)
			if err := json.Unmarshal(p.Doc, it); err != nil {
				return fmt.Errorf("published item %s: %w", e.ID, err)
			}
			a, err := visit.AssessItem(it)
			if err != nil {
				return fmt.Errorf("published item %s: %w", e.ID, err)
			}
			g := paper.NewGuide(it, a)
			g.Release, g.VerifyCode, g.Link = b.Release, p.VerifyCode, link(p.VerifyCode)
			b.Guides = append(b.Guides, g)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(b.Guides) == 0 {
		return nil, fault.NotFoundf("%s还没有公布事项，没有可以汇编的指南。", unit.Name)
	}
	return s.press.Print(ctx, w, format, "指南汇编", b, b.Release)
}
