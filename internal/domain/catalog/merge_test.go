package catalog_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"onevisit/internal/domain/catalog"
)

func mergeBase() *catalog.Item {
	return &catalog.Item{Schema: catalog.Schema, Name: "公共场所卫生许可", Office: "社会事务股",
		Materials: []catalog.Material{{ID: "m1", Name: "申请表"}, {ID: "m2", Name: "身份证"}},
		Process:   &catalog.Process{Steps: []catalog.Step{{ID: "s1", Kind: "受理"}, {ID: "s2", Kind: "审查", Days: 5}}, Touchpoints: []catalog.Touchpoint{}},
		Places:    []catalog.Place{{Name: "县政务服务大厅"}}}
}

func TestMerge(t *testing.T) {
	edit := func(f func(*catalog.Item)) *catalog.Item { it := mergeBase(); f(it); return it }
	cases := []struct {
		name         string
		mine, theirs *catalog.Item
		clash        []string
		want         *catalog.Item // theirs win a clash
		wantMine     *catalog.Item // mine wins
	}{
		{name: "different fields", mine: edit(func(i *catalog.Item) { i.Office = "法规股" }), theirs: edit(func(i *catalog.Item) { i.Quota = "无" }),
			want: edit(func(i *catalog.Item) { i.Office, i.Quota = "法规股", "无" })},
		{name: "same change", mine: edit(func(i *catalog.Item) { i.Office = "法规股" }), theirs: edit(func(i *catalog.Item) { i.Office = "法规股" }),
			want: edit(func(i *catalog.Item) { i.Office = "法规股" })},
		{name: "one field twice", mine: edit(func(i *catalog.Item) { i.Office = "甲股" }), theirs: edit(func(i *catalog.Item) { i.Office = "乙股" }),
			clash: []string{"office"}, want: edit(func(i *catalog.Item) { i.Office = "乙股" }), wantMine: edit(func(i *catalog.Item) { i.Office = "甲股" })},
		{name: "two cells of a row", mine: edit(func(i *catalog.Item) { i.Materials[1].Originals = 1 }), theirs: edit(func(i *catalog.Item) { i.Materials[1].Copies = 2 }),
			want: edit(func(i *catalog.Item) { i.Materials[1].Originals, i.Materials[1].Copies = 1, 2 })},
		{name: "a row each", mine: edit(func(i *catalog.Item) { i.Materials = append(i.Materials, catalog.Material{ID: "m3", Name: "照片"}) }),
			theirs: edit(func(i *catalog.Item) { i.Materials = i.Materials[:1] }),
			want:   edit(func(i *catalog.Item) { i.Materials[1] = catalog.Material{ID: "m3", Name: "照片"} })},
		{name: "removed and changed", mine: edit(func(i *catalog.Item) { i.Materials = i.Materials[:1] }), theirs: edit(func(i *catalog.Item) { i.Materials[1].Copies = 1 }),
			clash: []string{"materials[m2]"}, want: edit(func(i *catalog.Item) { i.Materials[1].Copies = 1 }), wantMine: edit(func(i *catalog.Item) { i.Materials = i.Materials[:1] })},
		{name: "changed and removed", mine: edit(func(i *catalog.Item) { i.Materials[1].Copies = 1 }), theirs: edit(func(i *catalog.Item) { i.Materials = i.Materials[:1] }),
			clash: []string{"materials[m2]"}, want: edit(func(i *catalog.Item) { i.Materials = i.Materials[:1] }), wantMine: edit(func(i *catalog.Item) { i.Materials[1].Copies = 1 })},
		{name: "places as a whole", mine: edit(func(i *catalog.Item) { i.Places[0].Phone = "0319-1" }), theirs: edit(func(i *catalog.Item) { i.Places[0].Hours = "9:00" }),
			clash: []string{"places"}, want: edit(func(i *catalog.Item) { i.Places[0].Hours = "9:00" }), wantMine: edit(func(i *catalog.Item) { i.Places[0].Phone = "0319-1" })},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, clashes := catalog.Merge(mergeBase(), c.mine, c.theirs, nil)
			var paths []string
			prefer := map[string]bool{}
			for _, k := range clashes {
				paths, prefer[k.Path] = append(paths, k.Path), true
			}
			if !reflect.DeepEqual(paths, c.clash) {
				t.Fatalf("clashes %v, want %v", paths, c.clash)
			}
			if d := catalog.Diff(c.want, got); len(d) > 0 {
				t.Errorf("theirs first: %v", d)
			}
			if c.wantMine == nil {
				c.wantMine = c.want
			}
			got, _ = catalog.Merge(mergeBase(), c.mine, c.theirs, prefer)
			if d := catalog.Diff(c.wantMine, got); len(d) > 0 {
				t.Errorf("mine first: %v", d)
			}
		})
	}
}

// TestMergeLaws checks on random edits what any merge must hold to: merging with
// an unchanged side gives the other, and preferring mine everywhere or theirs
// everywhere loses no change that only one side made.
func TestMergeLaws(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	mutate := func(it *catalog.Item) *catalog.Item {
		for range r.IntN(4) {
			switch tb := catalog.Tables()[r.IntN(len(catalog.Tables()))]; r.IntN(4) {
			case 0:
				order := []int{-1}
				for i := range tb.Len(it) {
					order = append(order, i)
				}
				tb.Arrange(it, order)
				if tb.HasID() {
					_ = tb.Cells[0].Set(it, 0, tb.NextID(func(id string) bool {
						for i := range tb.Len(it) {
							if tb.ID(it, i) == id {
								return true
							}
						}
						return false
					}))
				}
			case 1:
				tb.Remove(it, r.IntN(3))
			case 2:
				if n := tb.Len(it); n > 0 {
					c := tb.Cells[1+r.IntN(len(tb.Cells)-1)]
					_ = c.Set(it, r.IntN(n), fmt.Sprint(r.IntN(3)))
				}
			default:
				f := catalog.Fields()[r.IntN(len(catalog.Fields()))]
				// A limit in a unit that is none has no text to be read back.
				if f.Kind != catalog.KindSummary && !strings.HasSuffix(f.Key, ".unit") {
					_ = f.Set(it, fmt.Sprint(r.IntN(3)))
				}
			}
		}
		return it
	}
	for range 3000 {
		base := mutate(mergeBase())
		a, b := mutate(base.Clone()), mutate(base.Clone())
		if got, clashes := catalog.Merge(base, a, base, nil); len(clashes) > 0 || len(catalog.Diff(a, got)) > 0 {
			t.Fatalf("merge with the base: %v %v", clashes, catalog.Diff(a, got))
		}
		if got, clashes := catalog.Merge(base, base, b, nil); len(clashes) > 0 || len(catalog.Diff(b, got)) > 0 {
			t.Fatalf("merge of nothing: %v %v", clashes, catalog.Diff(b, got))
		}
		if got, clashes := catalog.Merge(base, a, a.Clone(), nil); len(clashes) > 0 || len(catalog.Diff(a, got)) > 0 {
			t.Fatalf("merge of the same: %v %v", clashes, catalog.Diff(a, got))
		}
		ab, clashes := catalog.Merge(base, a, b, nil)
		again, _ := catalog.Merge(base, a, b, nil)
		if len(catalog.Diff(ab, again)) > 0 {
			t.Fatal("not deterministic")
		}
		_, back := catalog.Merge(base, b, a, nil)
		if len(clashes) != len(back) {
			t.Fatalf("%d clashes one way, %d the other", len(clashes), len(back))
		}
	}
}
