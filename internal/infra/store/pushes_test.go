package store_test

import (
	"testing"
	"time"

	"onevisit/internal/countytest"
	"onevisit/internal/domain/fault"
	"onevisit/internal/infra/store"
	"onevisit/internal/infra/store/storetest"
)

// A release is pushed once, however many ask, and each attempt is given to one
// worker.
func TestPushes(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		p := countytest.NewPublisher(t, db)
		for range 2 {
			p.Publish(countytest.Items(1))
		}
		update := func(f func(*store.Tx) error) {
			t.Helper()
			if err := db.Update(t.Context(), f); err != nil {
				t.Fatal(err)
			}
		}
		for i := range 3 {
			update(func(tx *store.Tx) error {
				fresh, err := tx.EnsurePush(1)
				if fresh != (i == 0) {
					t.Errorf("asked %d times: fresh %v", i+1, fresh)
				}
				return err
			})
		}
		update(func(tx *store.Tx) error {
			if _, err := tx.Push(2); !fault.Is(err, fault.NotFound) {
				t.Errorf("nobody asked for it: %v", err)
			}
			if _, err := tx.EnsurePush(2); err != nil {
				return err
			}
			v, err := tx.Push(1)
			if err != nil || v.State != store.PushWaiting || v.CreatedAt.IsZero() || !v.NextAt.Equal(v.CreatedAt) || !v.DoneAt.IsZero() {
				t.Errorf("%+v %v", v, err)
			}
			for range 2 {
				if err := tx.EnqueuePush("push", &v); err != nil {
					return err
				}
			}
			v.State, v.Attempts, v.Package, v.Size, v.Message, v.DoneAt = store.PushSent, 2, "hash", 9, "", v.CreatedAt.Add(time.Second)
			return tx.UpdatePush(&v)
		})
		j, err := db.ClaimJob(t.Context(), "a", []string{"push"}, time.Minute)
		if err != nil || j == nil {
			t.Fatalf("no job: %v", err)
		}
		if other, err := db.ClaimJob(t.Context(), "b", []string{"push"}, time.Minute); err != nil || other != nil {
			t.Errorf("an attempt is given out twice: %v", err)
		}
		update(func(tx *store.Tx) error {
			all, err := tx.Pushes()
			if err != nil {
				return err
			}
			if len(all) != 2 || all[0].ReleaseSeq != 2 || all[1].State != store.PushSent || all[1].Attempts != 2 || all[1].Package != "hash" || all[1].Size != 9 || all[1].DoneAt.Sub(all[1].CreatedAt) != time.Second {
				t.Errorf("%+v", all)
			}
			return nil
		})
	})
}
