package portal

import (
	"context"

	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/publication"
)

// Verified says what a verification code stands for.
type Verified struct {
	Code, Name, UnitName string
	ItemID               string
	Published            publication.Release
	ReplacedBy           *publication.Release // nil while it is current
	// Same says that what replaced it has the same content.
	Same bool
	// Changes are what an applicant has to know of the difference to what holds
	// now, the most important first.
	Changes []catalog.Change
	// Now is how the item stands now, whatever the code was printed on.
	Now Change
}

// Current reports whether who holds the paper may go by it.
func (v *Verified) Current() bool { return v.Now.Available() && (v.ReplacedBy == nil || v.Same) }

// Verify answers whether a printed or displayed guide is the published one, and
// whether it is current. Each step finds its row by a key: the answer takes as
// long with a thousand releases as with one.
func (s *Service) Verify(ctx context.Context, code string) (*Verified, error) {
	norm := publication.NormalizeVerifyCode(code)
	if norm == "" {
		return nil, fault.Invalidf("核验码应为 10 位字母和数字，形如 7K3QD-2M8XA，见指南末尾。")
	}
	v := &Verified{Code: norm}
	err := s.src.View(ctx, func(tx Reader) error {
		p, err := tx.PublishedByCode(norm)
		if fault.Is(err, fault.NotFound) {
			return fault.NotFoundf("没有以“%s”为核验码的公布内容。请核对后重新输入；如仍不符，请以本网站公布的指南为准。", norm)
		}
		if err != nil {
			return err
		}
		v.Name, v.UnitName, v.ItemID = p.Name, p.UnitName, p.ItemID
		if v.Published, err = tx.Release(p.ReleaseSeq); err != nil {
			return err
		}
		now := p
		if p.ReplacedBy != 0 {
			if now, err = tx.CurrentItem(p.ItemID); err != nil {
				return err
			}
			r, err := tx.Release(p.ReplacedBy)
			if err != nil {
				return err
			}
			v.ReplacedBy = &r
		}
		v.Now = changeOf(&now)
		if v.Same = now.DocHash == p.DocHash; v.Same {
			return nil
		}
		v.Changes, err = publication.ChangesFor(&p, &now)
		return err
	})
	return v, err
}

// Standing is how an item stands to what is published.
type Standing int

// The standings.
const (
	Unpublished Standing = iota
	Differing            // another content is published
	Current              // to the letter what is published now
)

// VerifyItems answers how items stand to what is published now. They are told by
// their implementation code, else by unit and name.
func (s *Service) VerifyItems(ctx context.Context, items []*catalog.Item) ([]Standing, error) {
	sn := s.snap.Load()
	published := map[string][]Entry{}
	for _, e := range sn.entries {
		for _, key := range []string{e.Code, e.UnitName + "\x1f" + e.Name} {
			published[key] = append(published[key], e)
		}
	}
	out := make([]Standing, len(items))
	err := s.src.View(ctx, func(tx Reader) error {
		for i, it := range items {
			doc, err := it.Encode()
			if err != nil {
				return err
			}
			key := it.ImplementationCode
			if key == "" {
				key = it.Unit + "\x1f" + it.Name
			}
			out[i] = Unpublished
			for _, e := range published[key] {
				p, err := tx.PublishedItem(e.ReleaseSeq, e.ID)
				if err != nil {
					return err
				}
				if p.DocHash == catalog.Hash(doc) {
					out[i] = Current
				} else if out[i] == Unpublished {
					out[i] = Differing
				}
			}
		}
		return nil
	})
	return out, err
}
