package reform

import (
	"context"
	"fmt"
	"io"
	"strings"

	"onevisit/internal/domain/org"
	"onevisit/internal/infra/paper"
	"onevisit/internal/infra/store"
)

// Template is the text of a paper as it is in force.
type Template struct {
	Name, Text string
	Own        bool // the county's own, not the program's
	Fields     []paper.Field
}

// Templates lists the templates of the papers.
func (s *Service) Templates(_ context.Context, a org.Actor) ([]Template, error) {
	if err := org.Can(a, org.ManagePapers, ""); err != nil {
		return nil, err
	}
	var list []Template
	for _, n := range s.press.Templates.Names() {
		text, own, err := s.press.Templates.Text(n)
		if err != nil {
			return nil, err
		}
		list = append(list, Template{Name: n, Text: text, Own: own})
	}
	return list, nil
}

// Template returns one template with the fields that it may use.
func (s *Service) Template(_ context.Context, a org.Actor, name string) (*Template, error) {
	if err := org.Can(a, org.ManagePapers, ""); err != nil {
		return nil, err
	}
	text, own, err := s.press.Templates.Text(name)
	return &Template{Name: name, Text: text, Own: own, Fields: paper.Fields(name)}, err
}

// PreviewTemplate prints a text in the place of a template, with invented data.
func (s *Service) PreviewTemplate(ctx context.Context, a org.Actor, w io.Writer, name, text string) (missing []rune, err error) {
	if err := org.Can(a, org.ManagePapers, ""); err != nil {
		return nil, err
	}
	return s.press.Preview(ctx, w, name, normalise(text))
}

// ReplaceTemplate puts the county's text in the place of a template. A text with
// a defect is refused with line, column and remedy, and the old one stays. Each
// text is kept by its hash, which the trail names.
func (s *Service) ReplaceTemplate(ctx context.Context, a org.Actor, name, text string) error {
	if err := org.Can(a, org.ManagePapers, ""); err != nil {
		return err
	}
	text = normalise(text)
	if _, err := s.press.Templates.Check(name, text); err != nil {
		return err
	}
	ref, err := s.blobs.Put(ctx, strings.NewReader(text), int64(len(text)))
	if err != nil {
		return err
	}
	return s.db.Update(ctx, func(tx *store.Tx) error {
		if err := tx.Record(a, "替换文书模板", "文书模板", name, fmt.Sprintf("SHA-256 %s", ref.Hash)); err != nil {
			return err
		}
		return s.press.Templates.Replace(name, text)
	})
}

// RestoreTemplate brings the program's own text back.
func (s *Service) RestoreTemplate(ctx context.Context, a org.Actor, name string) error {
	if err := org.Can(a, org.ManagePapers, ""); err != nil {
		return err
	}
	return s.db.Update(ctx, func(tx *store.Tx) error {
		if err := tx.Record(a, "恢复文书模板", "文书模板", name, "系统自带"); err != nil {
			return err
		}
		return s.press.Templates.Restore(name)
	})
}

// normalise takes away what editors and browsers add: a byte order mark and
// carriage returns.
func normalise(text string) string {
	return strings.ReplaceAll(strings.TrimPrefix(text, "\ufeff"), "\r\n", "\n")
}
