package portal

import (
	"context"
	"fmt"

	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/publication"
	"onevisit/internal/infra/store"
)

// A scan by anybody is counted at the place for which the paper was printed: its
// QR code carries the place's token. Nothing of who scanned is kept, not even an
// address; how often one source counts is bounded by the server. The word of a
// scan changes nothing in the register (publication.SeenByAnybody).

// ScannedAt is the place of a paper, for whoever scanned it.
type ScannedAt struct{ Token, Name, UnitID, UnitName string }

// CountScan counts that a published code was scanned at the place of a token and
// says which it is; nil if no such place is known, or the portal has no database.
// A code that does not exist is not counted: anybody can make one up.
func (s *Service) CountScan(ctx context.Context, code, token string) (at *ScannedAt, err error) {
	return s.scan(ctx, code, token, true)
}

// PlaceOfToken is the place of a token, nil if there is none.
func (s *Service) PlaceOfToken(ctx context.Context, code, token string) (at *ScannedAt, err error) {
	return s.scan(ctx, code, token, false)
}

func (s *Service) scan(ctx context.Context, code, token string, count bool) (at *ScannedAt, err error) {
	norm, token := publication.NormalizeVerifyCode(code), publication.NormalizePlaceToken(token)
	if norm == "" || token == "" || s.db == nil {
		return nil, nil
	}
	do := s.db.View
	if count {
		do = s.db.Update
	}
	err = do(ctx, func(tx *store.Tx) error {
		p, err := tx.PlaceByToken(token)
		if err != nil {
			return err
		}
		at = &ScannedAt{token, p.Name, p.UnitID, p.UnitName}
		if !count || p.CheckEvidence(tx.Now()) != nil {
			return nil // a clock that was set back tells nothing
		}
		it, err := tx.PublishedByCode(norm)
		if err != nil {
			return err
		}
		return noteScan(tx, &p, &it)
	})
	if fault.Is(err, fault.NotFound) {
		return at, nil
	}
	return at, err
}

// noteScan stores one scan; a doubt that it raises is asked of the unit by a job.
func noteScan(tx *store.Tx, p *publication.Place, it *publication.PublishedItem) error {
	reg, err := tx.OpenDisplay(p.ID, it.ItemID)
	if err != nil {
		return err
	}
	issues, err := tx.Issues(it.ItemID)
	if err != nil {
		return err
	}
	m := publication.Judge(p, reg, publication.SeenByAnybody, it.VerifyCode, issues)
	if m.Seen && reg != nil {
		if err := tx.SeeDisplay(reg.ID); err != nil {
			return err
		}
	}
	if err := tx.SaveSighting(&publication.Sighting{PlaceID: p.ID, Source: publication.SeenByAnybody, Code: it.VerifyCode, ItemID: it.ItemID, Validity: m.Validity, Doubt: m.Doubt, At: tx.Now()}); err != nil {
		return err
	}
	if err := tx.TouchPlace(p.ID); err != nil || m.Doubt == publication.NoDoubt {
		return err
	}
	return tx.Enqueue(store.Job{Kind: store.DriftJob, Payload: store.DriftPayload{Place: p.ID}, UniqueKey: fmt.Sprintf("%s:%s:%d", store.DriftJob, p.ID, tx.Now().Unix()/60)})
}

// TellUnit is what a reader of an outdated paper does with one tap: the scan
// counts as one that the unit has to look at, whatever its register says.
func (s *Service) TellUnit(ctx context.Context, code, token string) (*ScannedAt, error) {
	norm, tok := publication.NormalizeVerifyCode(code), publication.NormalizePlaceToken(token)
	if norm == "" || tok == "" || s.db == nil {
		return nil, fault.NotFoundf("没有这个公示地点。请拨打 12345 反映。")
	}
	var at *ScannedAt
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		p, err := tx.PlaceByToken(tok)
		if err != nil {
			return err
		}
		if err := p.CheckEvidence(tx.Now()); err != nil {
			return err
		}
		it, err := tx.PublishedByCode(norm)
		if err != nil {
			return err
		}
		issues, err := tx.Issues(it.ItemID)
		if err != nil {
			return err
		}
		at = &ScannedAt{tok, p.Name, p.UnitID, p.UnitName}
		m := publication.Judge(&p, nil, publication.SeenByAnybody, norm, issues)
		if m.Doubt != publication.DoubtOld && m.Doubt != publication.DoubtClosed {
			return fault.Conflictf("这一份是现行的，不用告知。")
		}
		if err := tx.SaveSighting(&publication.Sighting{PlaceID: p.ID, Source: publication.SeenByAnybody, Code: norm, ItemID: it.ItemID, Validity: m.Validity, Doubt: m.Doubt, At: tx.Now()}); err != nil {
			return err
		}
		return tx.Enqueue(store.Job{Kind: store.DriftJob, Payload: store.DriftPayload{Place: p.ID}, UniqueKey: fmt.Sprintf("%s:%s:%d", store.DriftJob, p.ID, tx.Now().Unix()/60)})
	})
	if fault.Is(err, fault.NotFound) {
		err = fault.NotFoundf("没有这个公示地点，或者没有这个核验码。请拨打 12345 反映。")
	}
	return at, err
}
