package store_test

import (
	"slices"
	"testing"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/fault"
	"onevisit/internal/infra/store"
	"onevisit/internal/infra/store/storetest"
)

func TestSearchWordsAndMisses(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		versions := []string{}
		step := func(fn func(tx *store.Tx) error) {
			t.Helper()
			if err := db.Update(ctx, fn); err != nil {
				t.Fatal(err)
			}
			if err := db.View(ctx, func(tx *store.Tx) error {
				v, err := tx.SearchWordsVersion()
				versions = append(versions, v)
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		step(func(tx *store.Tx) error { return nil })
		step(func(tx *store.Tx) error {
			return tx.PutSearchWord(store.SearchWord{Word: "摩的", Official: []string{"摩托车", "客运"}, Source: "本地说法", ByName: "甲"})
		})
		step(func(tx *store.Tx) error {
			return tx.PutSearchWord(store.SearchWord{Word: "摆渡", Official: []string{"渡口"}, Source: "本地说法", ByName: "甲"})
		})
		step(func(tx *store.Tx) error { return tx.DeleteSearchWord("摆渡") })
		if versions[0] == versions[1] || versions[1] == versions[2] || versions[2] == versions[3] {
			t.Errorf("the version stands still: %v", versions)
		}
		if err := db.Update(ctx, func(tx *store.Tx) error { return tx.DeleteSearchWord("摆渡") }); !fault.Is(err, fault.Conflict) {
			t.Errorf("removed twice: %v", err)
		}
		day := calendar.NewDate(2018, 9, 1)
		step(func(tx *store.Tx) error {
			return tx.AddSearchMisses(day.AddDays(-200), map[string]int{"很久以前": 9})
		})
		step(func(tx *store.Tx) error {
			return tx.AddSearchMisses(day.AddDays(-1), map[string]int{"天文台": 2, "飞机场": 1})
		})
		step(func(tx *store.Tx) error { return tx.AddSearchMisses(day, map[string]int{"天文台": 3}) })
		if err := db.View(ctx, func(tx *store.Tx) error {
			words, err := tx.SearchWords()
			if err != nil || len(words) != 1 || !slices.Equal(words[0].Official, []string{"摩托车", "客运"}) {
				t.Errorf("words: %+v %v", words, err)
			}
			m, err := tx.SearchMisses(10)
			if err != nil || len(m) != 1 || m[0] != (store.SearchMiss{Text: "天文台", N: 5, Last: day}) {
				t.Errorf("misses: %+v %v", m, err)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	})
}
