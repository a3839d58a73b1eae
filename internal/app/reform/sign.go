package reform

import (
	"context"
	"fmt"
	"time"

	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/publication"
	"onevisit/internal/domain/work"
	"onevisit/internal/infra/sign"
	"onevisit/internal/infra/store"
)

// Signing is whether and with what the actor can sign a submission's commitment.
type Signing struct {
	Key *publication.Key
	// Why says why not; empty if the actor may.
	Why string
}

// CanSign says whether the actor may sign a submission's commitment now. A
// person without the role gets nil.
func (s *Service) CanSign(ctx context.Context, a org.Actor, sub *publication.Submission) (*Signing, error) {
	if org.Can(a, org.SignCommitment, sub.UnitID) != nil || sub.Commitment == nil || sub.Signed != nil {
		return nil, nil
	}
	out := &Signing{}
	err := s.db.View(ctx, func(tx *store.Tx) error {
		k, err := commitmentKey(tx, sub)
		out.Key = k
		return err
	})
	if err == nil {
		err = publication.MaySignCommitment(sub, a.ID)
	}
	if fault.Is(err, fault.Conflict) || fault.Is(err, fault.Forbidden) {
		out.Why, err = fault.Text(err), nil
	}
	return out, err
}

// commitmentKey is the key of the unit, or of the unit that reports for it
// (P-2.1b).
func commitmentKey(tx *store.Tx, sub *publication.Submission) (*publication.Key, error) {
	keys, err := tx.SigningKeys()
	if err != nil {
		return nil, err
	}
	unit, err := tx.Unit(sub.UnitID)
	if err != nil {
		return nil, err
	}
	k, err := publication.UnitKey(keys, unit.ID, tx.Now())
	if err != nil && unit.Supervisor != "" {
		if k, e := publication.UnitKey(keys, unit.Supervisor, tx.Now()); e == nil {
			return k, nil
		}
	}
	return k, err
}

// SignCommitment signs the commitment of a package with the unit's key, which the
// passphrase opens: the leader's will to sign, and the means that only the leader
// controls (Electronic Signature Law, article 13). The log of publications bears
// witness to the time.
func (s *Service) SignCommitment(ctx context.Context, a org.Actor, submissionID, passphrase string) error {
	sub, err := s.Submission(ctx, a, submissionID)
	if err != nil {
		return err
	}
	if err := org.Can(a, org.SignCommitment, sub.UnitID); err != nil {
		return err
	}
	if err := publication.MaySignCommitment(sub, a.ID); err != nil {
		return err
	}
	if s.sign == nil {
		return fault.Unavailablef("本机没有签名密钥，不能签署。")
	}
	p, err := s.planOf(ctx, sub)
	if err != nil {
		return err
	}
	c := publication.SignedCommitment{SubmissionID: sub.ID, Number: sub.Number, UnitID: sub.UnitID, ByID: a.ID, ByName: a.Name, Index: -1}
	var at time.Time
	if err := s.db.View(ctx, func(tx *store.Tx) error {
		k, err := commitmentKey(tx, sub)
		if err != nil {
			return err
		}
		c.Key, at = *k, tx.Now()
		return nil
	}); err != nil {
		return err
	}
	if err := s.tries.Begin(c.Key.ID, at); err != nil {
		return err
	}
	if c.Text, err = publication.StatementOf(sub, p.Title, at); err != nil {
		return err
	}
	// Opening the key takes a tenth of a second and stays outside the transaction.
	value, err := s.sign.Sign(&c.Key, passphrase, c.Text)
	if err != nil {
		if fault.Is(err, fault.Invalid) {
			s.tries.Failed(c.Key.ID, at)
			if e := s.db.Update(ctx, func(tx *store.Tx) error {
				return tx.Record(a, "签署承诺书未成", "报送", sub.ID, sub.Number+" 签名口令不对")
			}); e != nil {
				return e
			}
		}
		return err
	}
	s.tries.Passed(c.Key.ID)
	c.Signature = publication.Signature{Key: c.Key.ID, Algorithm: c.Key.Algorithm, At: at, Value: value}
	if _, err := c.Check(sign.Verifier{}); err != nil {
		return err
	}
	return s.db.Update(ctx, func(tx *store.Tx) error {
		now, err := tx.SigningKey(c.Key.ID) // it may have been ended meanwhile
		if err != nil {
			return err
		}
		if err := now.MaySign(tx.Now()); err != nil {
			return err
		}
		if err := tx.InsertCommitment(&c); err != nil {
			if fault.Is(err, fault.Conflict) {
				return fault.Conflictf("承诺书刚刚已经签署，不用再签。")
			}
			return err
		}
		if err := tx.CloseTodos(work.KindSign, sub.ID, "已电子签名"); err != nil {
			return err
		}
		return tx.Record(a, "签署公开承诺书", "报送", sub.ID, fmt.Sprintf("%s，%d 个事项，密钥 %s", sub.Number, len(sub.Commitment.Items), c.Key.ID))
	})
}

// SignatureText says how an electronic signature stands; good is false for one
// that does not hold.
func SignatureText(c *publication.SignedCommitment) (text string, good bool) {
	remark, err := c.Check(sign.Verifier{})
	if err != nil {
		return fault.Text(err), false
	}
	if remark == "" {
		remark = "签名有效"
	}
	return remark, true
}
