package store_test

import (
	"testing"

	"onevisit/internal/domain/fault"
	"onevisit/internal/infra/store"
	"onevisit/internal/infra/store/storetest"
)

// A booklet is wanted once, however many ask; a printed one is never forgotten.
func TestBooklets(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		want := store.Booklet{UnitID: "u", ReleaseSeq: 3, Format: "pdf", Variant: "v"}
		var first store.Booklet
		update := func(f func(*store.Tx) error) {
			t.Helper()
			if err := db.Update(t.Context(), f); err != nil {
				t.Fatal(err)
			}
		}
		for i := range 3 {
			update(func(tx *store.Tx) error {
				b := want
				fresh, err := tx.InsertBooklet(&b)
				if fresh != (i == 0) {
					t.Errorf("asked %d times: fresh %v", i+1, fresh)
				}
				if fresh {
					first = b
				}
				return err
			})
		}
		update(func(tx *store.Tx) error {
			other := want
			other.Variant = "another address"
			if fresh, err := tx.InsertBooklet(&other); err != nil || !fresh {
				t.Errorf("another variant: %v %v", fresh, err)
			}
			if n, err := tx.WaitingBooklets(); err != nil || n != 2 {
				t.Errorf("%d wait, %v", n, err)
			}
			if err := tx.AdvanceBooklet(first.ID, 20, 30); err != nil {
				return err
			}
			return tx.FinishBooklet(first.ID, "hash", "𠀀")
		})
		update(func(tx *store.Tx) error { return tx.DeleteBooklet(first.ID) })
		update(func(tx *store.Tx) error {
			got, err := tx.FindBooklet(want)
			if err != nil {
				return err
			}
			if got.ID != first.ID || got.Blob != "hash" || got.Done != 30 || got.Total != 30 || got.Missing != "𠀀" {
				t.Errorf("%+v", got)
			}
			if n, err := tx.WaitingBooklets(); err != nil || n != 1 {
				t.Errorf("%d wait, %v", n, err)
			}
			want.ReleaseSeq++
			if _, err := tx.FindBooklet(want); !fault.Is(err, fault.NotFound) {
				t.Errorf("the next release has a booklet: %v", err)
			}
			return nil
		})
	})
}
