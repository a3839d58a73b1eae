package office

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/publication"
	"onevisit/internal/domain/work"
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
	if !s.County().Known() { // the log that registers the key bears the county's code for ever
		return nil, fault.Conflictf("请先设置本县名称和行政区划代码：系统管理员在工作台“本县”页填写，或用 onevisit county set。")
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
		keys, err := tx.SigningKeys()
		if err != nil {
			return err
		}
		if err := tx.InsertKey(k); err != nil {
			return err
		}
		for _, o := range keys { // it takes the place of these
			if o.UnitID == k.UnitID && o.Algorithm == k.Algorithm && o.NotAfter.Before(k.NotAfter) {
				if err := tx.CloseTodos(work.KindKey, o.ID, "已建立新密钥 "+k.ID); err != nil {
					return err
				}
			}
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

// KeyState is a key with where its private half is, and what it has signed.
type KeyState struct {
	publication.Key
	Use store.KeyUse
	// Ending says that the key ends soon and has no successor.
	Ending bool
	// Here says that the private half is in this machine's directory, Sealed that
	// it needs a passphrase which this process has not been given.
	Here, Sealed bool
	// Trouble says why a private half that is here cannot be used.
	Trouble string
}

// Keys lists the keys, newest first, with the state of their private halves: all
// of them to who manages them, to a unit's leader those of the unit.
func (s *Service) Keys(ctx context.Context, a org.Actor) ([]KeyState, error) {
	if err := mayReadKeys(a); err != nil {
		return nil, err
	}
	var out []KeyState
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		out, err = s.keyStates(tx, a)
		return err
	})
	return out, err
}

// mayReadKeys lets who manages keys read them, and leaders, who sign with them.
func mayReadKeys(a org.Actor) error {
	err := org.Can(a, org.ManageKeys, "")
	if err != nil && org.Can(a, org.SignCommitment, a.UnitID) == nil {
		return nil
	}
	return err
}

// ownsKey reports whether the actor is a leader who signs with the key.
func ownsKey(a org.Actor, k *publication.Key) bool {
	return !k.County() && org.Can(a, org.SignCommitment, k.UnitID) == nil
}

func (s *Service) keyStates(tx *store.Tx, a org.Actor) ([]KeyState, error) {
	keys, err := tx.SigningKeys()
	if err != nil {
		return nil, err
	}
	uses, err := tx.KeyUses()
	if err != nil {
		return nil, err
	}
	ending := publication.EndingKeys(keys, tx.Now())
	all := org.Can(a, org.ManageKeys, "") == nil
	slices.Reverse(keys)
	var out []KeyState
	for i := range keys {
		k := &keys[i]
		if !all && !ownsKey(a, k) {
			continue
		}
		st := KeyState{Key: *k, Use: uses[k.ID], Here: s.ring.Has(k.ID),
			Ending: slices.ContainsFunc(ending, func(e publication.Key) bool { return e.ID == k.ID })}
		if st.Here {
			var err error
			if st.Sealed, err = s.ring.Sealed(k.ID); err != nil {
				st.Trouble = fault.Text(err)
			}
		}
		out = append(out, st)
	}
	return out, nil
}

// SignedStep is what a head of the log that a key has signed took in.
type SignedStep struct {
	store.KeyHead
	Leaves []publication.LoggedLeaf // without the items of releases
}

// KeyRecord is one key with what it has signed, the newest first.
type KeyRecord struct {
	KeyState
	Steps       []SignedStep
	Next        int64 // size from which the next page of Steps goes on, 0 at the end
	Commitments []publication.SignedCommitment
}

// How much of what a key has signed is shown at a time.
const (
	keySteps       = 20
	keyCommitments = 200
)

// Key returns one key with a page of what it has signed; before is Next of the
// page before, 0 for the first. NotFound for a key that the actor may not see.
func (s *Service) Key(ctx context.Context, a org.Actor, id string, before int64) (*KeyRecord, error) {
	if err := mayReadKeys(a); err != nil {
		return nil, err
	}
	var out *KeyRecord
	err := s.db.View(ctx, func(tx *store.Tx) error {
		states, err := s.keyStates(tx, a)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(states, func(k KeyState) bool { return k.ID == id })
		if i < 0 {
			return fault.NotFoundf("没有编号为“%s”的密钥。", id)
		}
		out = &KeyRecord{KeyState: states[i]}
		heads, err := tx.KeyHeads(id, before, keySteps+1)
		if err != nil {
			return err
		}
		if len(heads) > keySteps {
			heads = heads[:keySteps]
			out.Next = heads[keySteps-1].Size
		}
		for _, h := range heads {
			leaves, err := tx.LogSteps(h.Prev, h.Size)
			if err != nil {
				return err
			}
			out.Steps = append(out.Steps, SignedStep{h, leaves})
		}
		out.Commitments, err = tx.CommitmentsBy(id, keyCommitments)
		return err
	})
	return out, err
}

// WatchKeys asks for a successor of each key that ends soon.
func (s *Service) WatchKeys(ctx context.Context) error {
	var ending []publication.Key
	if err := s.db.View(ctx, func(tx *store.Tx) error {
		keys, err := tx.SigningKeys()
		ending = publication.EndingKeys(keys, tx.Now())
		return err
	}); err != nil || len(ending) == 0 {
		return err
	}
	return s.db.Update(ctx, func(tx *store.Tx) error {
		for _, k := range ending {
			due := calendar.DateOf(k.NotAfter)
			if err := tx.RaiseTodo(work.Todo{Kind: work.KindKey, SubjectKind: "密钥", SubjectID: k.ID, Role: org.RoleSystem, Due: due.String(),
				Title: fmt.Sprintf("%s的 %s 签名密钥 %s 到期，请建立新密钥", k.Owner, k.Algorithm, due.Chinese())}); err != nil {
				return err
			}
		}
		return nil
	})
}

// RevokeKey ends a key. What was signed with it before stays valid, as far as it
// can be told from what somebody else may have signed since; the reason is public.
func (s *Service) RevokeKey(ctx context.Context, a org.Actor, id string, kind publication.RevocationKind, reason string) (*publication.Key, error) {
	if err := org.Can(a, org.ManageKeys, ""); err != nil {
		return nil, err
	}
	e := fault.Invalidf("密钥没有作废。")
	if !slices.Contains(publication.RevocationKinds, kind) {
		e.At("kind", "请选择作废的原因：遗失、泄露、更换或停用")
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
		if err := tx.CloseTodos(work.KindKey, id, "已作废（"+string(kind)+"）"); err != nil {
			return err
		}
		return tx.Record(a, "作废签名密钥", "密钥", id, fmt.Sprintf("%s，%s：%s", k.Owner, kind, reason))
	})
	return &k, err
}

// ChangePassphrase seals a private key anew: of any key by who manages them, of a
// unit's key by its leader, who thereby alone controls it (Electronic Signature
// Law, article 13).
func (s *Service) ChangePassphrase(ctx context.Context, a org.Actor, id, old, passphrase string) error {
	if err := mayReadKeys(a); err != nil {
		return err
	}
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		k, err := tx.SigningKey(id)
		if err != nil {
			return err
		}
		if err := org.Can(a, org.ManageKeys, ""); err != nil && !ownsKey(a, &k) {
			return err
		}
		if !k.County() && passphrase == "" {
			return fault.Invalidf("口令没有更改。").At("passphrase", "单位的签名密钥须有口令")
		}
		if err := s.tries.Begin(id, tx.Now()); err != nil {
			return err
		}
		if err := tx.Record(a, "更改签名口令", "密钥", id, k.Owner); err != nil {
			return err
		}
		// Last: a file is not undone.
		err = s.ring.ChangePassphrase(&k, old, passphrase)
		if slices.ContainsFunc(fault.Fields(err), func(f fault.Field) bool { return f.Path == "old" }) {
			s.tries.Failed(id, tx.Now())
		} else if err == nil {
			s.tries.Passed(id)
		}
		return err
	})
	return err
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
