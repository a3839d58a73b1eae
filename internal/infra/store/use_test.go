package store_test

import (
	"maps"
	"testing"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/infra/store"
	"onevisit/internal/infra/store/storetest"
)

func TestItemUse(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		day := calendar.NewDate(2018, 9, 10)
		add := func(d calendar.Date, use map[string]store.ItemUse) {
			t.Helper()
			if err := db.Update(t.Context(), func(tx *store.Tx) error { return tx.AddItemUse(d, use) }); err != nil {
				t.Fatal(err)
			}
		}
		sums := func(first, end calendar.Date) (use map[string]store.ItemUse, since calendar.Date) {
			t.Helper()
			if err := db.View(t.Context(), func(tx *store.Tx) (err error) {
				use, since, err = tx.ItemUse(first, end)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			return use, since
		}
		if use, since := sums(day.AddDays(-90), day); len(use) != 0 || !since.IsZero() {
			t.Errorf("of nothing: %v since %v", use, since)
		}
		add(day.AddDays(-1000), map[string]store.ItemUse{"a": {Views: 99}})
		add(day.AddDays(-3), map[string]store.ItemUse{"a": {Views: 3, Searched: 1}})
		add(day.AddDays(-3), map[string]store.ItemUse{"a": {Views: 2, Searched: 2}, "b": {Views: 1}}) // another node
		add(day.AddDays(-1), map[string]store.ItemUse{"b": {Views: 4}})
		add(day, map[string]store.ItemUse{"a": {Views: 100}})
		use, since := sums(day.AddDays(-90), day)
		if want := (map[string]store.ItemUse{"a": {Views: 5, Searched: 3}, "b": {Views: 5, Searched: 0}}); !maps.Equal(use, want) || since != day.AddDays(-3) {
			t.Errorf("%v since %v", use, since)
		}
		if use, _ := sums(day.AddDays(-2000), day); use["a"].Views != 5 {
			t.Errorf("old figures are kept: %v", use)
		}
	})
}
