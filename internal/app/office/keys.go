package office

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/publication"
	"onevisit/internal/infra/store"
)

// KeyRequest is what a new key is made from.
type KeyRequest struct {
	// UnitID is the unit that will sign with it, empty for the county's key.
	UnitID    string
	Algorithm publication.Algorithm
	Days      int // of validity
	// Passphrase seals the private half; a unit's key must have one, so that
	// nobody signs in its name without the person who knows it.
	Passphrase string
}

// maxKeyDays is the longest validity of a key, in days: five years.
const maxKeyDays = 5 * 366

// NewKey makes a key pair, keeps the private half and registers the public one,
// in the log of publications as well.
func (s *Service) NewKey(ctx context.Context, a org.Actor, in KeyRequest) (*publication.Key, error) {
	if err := org.Can(a, org.ManageKeys, ""); err != nil {
		return nil, err
	}
	e := fault.Invalidf("密钥没有建立。")
	if in.Days < 1 || in.Days > maxKeyDays {
		e.At("days", "有效期应为 1 到 %d 天", maxKeyDays)
	}
	if in.UnitID != "" && in.Passphrase == "" {
		e.At("passphrase", "单位的签名密钥须有口令，由单位负责人掌握")
	}
	if err := e.OrNil(); err != nil {
		return nil, err
	}
	k, err := s.ring.New(in.Algorithm, in.Passphrase)
	if err != nil {
		return nil, err
	}
	k.UnitID, k.CreatedBy = in.UnitID, a.Name
	if k.County() && in.Passphrase != "" { // so that it signs the head that registers it
		if err := s.ring.Unlock(k.ID, in.Passphrase); err != nil {
			return nil, err
		}
	}
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		k.Owner = "县政府（公布密钥）"
		if !k.County() {
			u, err := tx.Unit(k.UnitID)
			if err != nil {
				return err
			}
			k.Owner = u.Name
		}
		k.NotBefore, k.NotAfter = tx.Now(), tx.Now().AddDate(0, 0, in.Days)
		if err := tx.InsertKey(k); err != nil {
			return err
		}
		return tx.Record(a, "建立签名密钥", "密钥", k.ID, fmt.Sprintf("%s，%s，有效期至 %s", k.Owner, k.Algorithm, k.NotAfter.In(beijing).Format(time.DateOnly)))
	})
	if err != nil {
		if e := s.ring.Remove(k.ID); e != nil {
			return nil, fmt.Errorf("%w (and the private key stays: %w)", err, e)
		}
		return nil, err
	}
	return k, nil
}

// KeyState is a key with where its private half is.
type KeyState struct {
	publication.Key
	// Here says that the private half is in this machine's directory, Sealed that
	// it needs a passphrase which this process has not been given.
	Here, Sealed bool
	// Trouble says why a private half that is here cannot be used.
	Trouble string
}

// Keys lists the keys, newest first, with the state of their private halves.
func (s *Service) Keys(ctx context.Context, a org.Actor) ([]KeyState, error) {
	if err := org.Can(a, org.ManageKeys, ""); err != nil {
		return nil, err
	}
	var keys []publication.Key
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		keys, err = tx.SigningKeys()
		return err
	})
	slices.Reverse(keys)
	out := make([]KeyState, len(keys))
	for i, k := range keys {
		out[i] = KeyState{Key: k, Here: s.ring.Has(k.ID)}
		if out[i].Here {
			var err error
			if out[i].Sealed, err = s.ring.Sealed(k.ID); err != nil {
				out[i].Trouble = fault.Text(err)
			}
		}
	}
	return out, err
}

// RevokeKey ends a key. What was signed with it before stays valid; the reason is
// public.
func (s *Service) RevokeKey(ctx context.Context, a org.Actor, id string, kind publication.RevocationKind, reason string) (*publication.Key, error) {
	if err := org.Can(a, org.ManageKeys, ""); err != nil {
		return nil, err
	}
	e := fault.Invalidf("密钥没有作废。")
	if !slices.Contains(publication.RevocationKinds, kind) {
		e.At("kind", "请选择作废的原因：遗失、泄露或停用")
	}
	if reason = strings.TrimSpace(reason); reason == "" {
		e.At("reason", "请写明作废的经过，它会公开")
	} else if len([]rune(reason)) > 200 {
		e.At("reason", "作废的经过不超过 200 个字")
	}
	if err := e.OrNil(); err != nil {
		return nil, err
	}
	var k publication.Key
	err := s.db.Update(ctx, func(tx *store.Tx) (err error) {
		if k, err = tx.SigningKey(id); err != nil {
			return err
		}
		if k.Revoked != nil {
			return fault.Conflictf("密钥 %s 已于 %s 作废（%s）。", id, k.Revoked.At.In(beijing).Format(time.DateOnly), k.Revoked.Kind)
		}
		k.Revoked = &publication.Revocation{Kind: kind, Reason: reason, At: tx.Now(), By: a.Name}
		if err := tx.RevokeKey(&k); err != nil {
			return err
		}
		return tx.Record(a, "作废签名密钥", "密钥", id, fmt.Sprintf("%s，%s：%s", k.Owner, kind, reason))
	})
	return &k, err
}

// ChangePassphrase seals a private key anew.
func (s *Service) ChangePassphrase(ctx context.Context, a org.Actor, id, old, passphrase string) error {
	if err := org.Can(a, org.ManageKeys, ""); err != nil {
		return err
	}
	return s.db.Update(ctx, func(tx *store.Tx) error {
		k, err := tx.SigningKey(id)
		if err != nil {
			return err
		}
		if !k.County() && passphrase == "" {
			return fault.Invalidf("口令没有更改。").At("passphrase", "单位的签名密钥须有口令")
		}
		if err := tx.Record(a, "更改签名口令", "密钥", id, k.Owner); err != nil {
			return err
		}
		return s.ring.ChangePassphrase(&k, old, passphrase) // last: a file is not undone
	})
}

// UnlockCounty opens the county's sealed keys for this process, with one
// passphrase.
func (s *Service) UnlockCounty(ctx context.Context, passphrase string) error {
	keys, err := s.Keys(ctx, org.Operator())
	if err != nil {
		return err
	}
	for _, k := range keys {
		if k.County() && k.Revoked == nil && k.Sealed {
			if err := s.ring.Unlock(k.ID, passphrase); err != nil {
				return fault.Wrap(fault.Invalid, err, "公布密钥 %s 打不开：口令文件中的口令不对。", k.ID)
			}
		}
	}
	return nil
}
