package store_test

import (
	"testing"

	"onevisit/internal/domain/publication"
	"onevisit/internal/infra/store"
	"onevisit/internal/infra/store/storetest"
)

// A sender counts once it is accepted, by its very key; an entry is fresh once.
func TestReturns(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		k := &publication.Key{ID: "0123456789abcdef", Public: []byte("公钥")}
		other := &publication.Key{ID: k.ID, Public: []byte("别的")}
		if err := db.Update(t.Context(), func(tx *store.Tx) error {
			if s, err := tx.ReturnState(); err != nil || s != (store.ReturnState{}) {
				t.Errorf("empty: %+v %v", s, err)
			}
			for range 2 {
				if err := tx.AcceptSender(k, "张三"); err != nil {
					return err
				}
			}
			for _, c := range []struct {
				key  *publication.Key
				want bool
			}{{k, true}, {other, false}, {&publication.Key{ID: "x"}, false}} {
				if known, err := tx.KnowsSender(c.key); err != nil || known != c.want {
					t.Errorf("%s: %v %v", c.key.Public, known, err)
				}
			}
			for i, want := range []bool{true, false} {
				e := &publication.ReturnEntry{ID: "JC-00000-00000", Kind: publication.ReturnReport}
				if fresh, err := tx.TakeEntry(k.ID, e); err != nil || fresh != want {
					t.Errorf("time %d: %v %v", i, fresh, err)
				}
			}
			if _, err := tx.TakeEntry(k.ID, &publication.ReturnEntry{ID: "m", Kind: publication.ReturnMisses}); err != nil {
				return err
			}
			s, err := tx.ReturnState()
			if s.Senders != 1 || s.Reports != 1 || s.Last.IsZero() {
				t.Errorf("state: %+v", s)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	})
}
