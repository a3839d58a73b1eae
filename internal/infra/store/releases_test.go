package store_test

import (
	"fmt"
	"testing"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/plan"
	"onevisit/internal/domain/publication"
	"onevisit/internal/infra/store"
	"onevisit/internal/infra/store/storetest"
)

// A release from an adjustment keeps what it says of each item, replaces the
// items' earlier form, and takes their working copies where its standing says.
func TestReleasesKeepStandings(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		update := func(f func(*store.Tx) error) {
			t.Helper()
			if err := db.Update(t.Context(), f); err != nil {
				t.Fatal(err)
			}
		}
		p := plan.Plan{Title: "方案", Start: calendar.NewDate(2018, 6, 1)}
		unit := org.Unit{Name: "县局", Kind: org.KindDepartment}
		rows := make([]store.Item, 3)
		heads := map[publication.BatchKind]*publication.Batch{}
		update(func(tx *store.Tx) error {
			if err := tx.InsertPlan(&p); err != nil {
				return err
			}
			if err := tx.InsertUnit(&unit); err != nil {
				return err
			}
			for i := range rows {
				doc := []byte(fmt.Sprintf(`{"name":"事项%d"}`, i))
				rows[i] = store.Item{UnitID: unit.ID, Identity: fmt.Sprint(i), Name: fmt.Sprintf("事项%d", i), State: publication.Batched, Doc: doc, DocHash: catalog.Hash(doc), Findings: []byte("[]")}
				if err := tx.InsertItem(&rows[i]); err != nil {
					return err
				}
			}
			for _, k := range []publication.BatchKind{publication.KindBatch, publication.KindAdjustment, publication.KindBatch} {
				b := &publication.Batch{PlanID: p.ID, Kind: k, Title: string(k), State: publication.Sanctioned}
				if err := tx.InsertBatch(b); err != nil {
					return err
				}
				if heads[k] == nil {
					heads[k] = b
				} else if b.No != 2 {
					t.Errorf("the second batch has the number %d", b.No)
				}
			}
			return nil
		})
		if n := heads[publication.KindAdjustment].No; n != 0 {
			t.Errorf("an adjustment has the batch number %d", n)
		}
		var last *publication.Release
		release := func(kind publication.BatchKind, items ...publication.BatchItem) error {
			return db.Update(t.Context(), func(tx *store.Tx) error {
				b := *heads[kind]
				b.Items = items
				r, err := publication.Freeze(&b, last, tx.Now(), "审改办", true)
				if err != nil {
					return err
				}
				if err := tx.InsertRelease(r); err != nil {
					return err
				}
				last = r
				return nil
			})
		}
		item := func(i int) publication.BatchItem {
			return publication.BatchItem{ItemID: rows[i].ID, UnitID: unit.ID, UnitName: unit.Name, Name: rows[i].Name, Code: fmt.Sprint(i), Doc: rows[i].Doc, DocHash: rows[i].DocHash}
		}
		if err := release(publication.KindBatch, item(0), item(1), item(2)); err != nil {
			t.Fatal(err)
		}
		day := calendar.NewDate(2026, 8, 1)
		gone, paused, kept := item(0), item(1), item(2)
		gone.Standing, gone.Op, gone.Reason, gone.Effective = publication.StandingCancelled, publication.OpMerge, "并入乙", day
		gone.Successors = []publication.Successor{{ItemID: kept.ItemID, Code: kept.Code, Name: kept.Name, UnitID: unit.ID, UnitName: unit.Name}}
		paused.Standing, paused.Op, paused.Effective, paused.Until = publication.StandingSuspended, publication.OpSuspend, day, day.AddDays(30)
		kept.Op = publication.OpMerge

		// The working copies are not locked for it yet: nothing is released.
		if err := release(publication.KindAdjustment, gone, paused, kept); !fault.Is(err, fault.Conflict) {
			t.Fatalf("released what nobody has locked: %v", err)
		}
		update(func(tx *store.Tx) error {
			for _, r := range rows {
				now, err := tx.Item(r.ID)
				if err != nil {
					return err
				}
				if now.State != publication.Published {
					t.Errorf("%s: %s", now.Name, now.State)
				}
				if err := tx.MoveItem(r.ID, now.Version, publication.Adjusting, ""); err != nil {
					return err
				}
			}
			return nil
		})
		if err := release(publication.KindAdjustment, gone, paused, kept); err != nil {
			t.Fatal(err)
		}
		update(func(tx *store.Tx) error {
			for i, want := range []publication.State{publication.Cancelled, publication.Suspended, publication.Published} {
				if r, err := tx.Item(rows[i].ID); err != nil || r.State != want || r.ReleaseSeq != 2 {
					t.Errorf("working copy %d: %+v %v", i, r.State, err)
				}
			}
			releases, err := tx.Releases()
			if err != nil {
				return err
			}
			prev := ""
			for i := len(releases) - 1; i >= 0; i-- {
				r := &releases[i]
				items, err := tx.ReleaseItems(r.Seq, true)
				if err != nil {
					return err
				}
				for _, it := range items {
					r.Items = append(r.Items, it.ReleaseItem)
				}
				if err := publication.VerifyRelease(r, prev); err != nil {
					t.Errorf("release %d as stored: %v", r.Seq, err)
				}
				prev = r.Hash
			}
			now, err := tx.CurrentItem(rows[0].ID)
			if err != nil || now.ReleaseSeq != 2 || now.Available() || now.Reason != "并入乙" || now.Effective != day || len(now.Successors) != 1 || now.Successors[0] != gone.Successors[0] {
				t.Errorf("%+v %v", now, err)
			}
			old, err := tx.PublishedItem(1, rows[0].ID)
			if err != nil || !old.Available() || old.ReplacedBy != 2 {
				t.Errorf("the version before: %+v %v", old, err)
			}
			if now, err := tx.CurrentItem(rows[1].ID); err != nil || now.Until != paused.Until || now.Standing != publication.StandingSuspended {
				t.Errorf("%+v %v", now, err)
			}
			return nil
		})
	})
}
