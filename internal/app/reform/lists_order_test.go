package reform_test

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"testing"

	"onevisit/internal/app/reform"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/publication"
	"onevisit/internal/infra/store"
	"onevisit/internal/infra/store/storetest"
)

// In every order, page by page by keys, forwards and backwards, a list shows each
// row once and in the place where sorting all of them puts it; the file of the
// list holds the same.
func TestListsInOrder(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		c, ctx := newCounty(t, db), t.Context()
		ids := append(c.good(c.liaison, c.health, 9), c.good(c.other, c.water, 4)...)
		for i, id := range ids[:9] { // of two units, some alike in what they are sorted by
			if i%3 == 0 {
				c.edit(c.liaison, id, func(it *catalog.Item) { it.Conditions = nil })
			}
		}
		c.report(ids[1], ids[2])
		for range 5 {
			if _, err := c.r.SubmitZeroReport(ctx, c.liaison, c.hospital.ID, "本单位没有依申请办理的事项。"); err != nil {
				t.Fatal(err)
			}
		}
		all, _, err := c.r.Items(ctx, c.office, reform.ItemFilter{Limit: 1000})
		if err != nil || len(all) != len(ids) {
			t.Fatalf("%d items, %v", len(all), err)
		}
		by := map[string]func(a, b *reform.ItemRow) int{
			"":        func(a, b *reform.ItemRow) int { return 0 },
			"name":    func(a, b *reform.ItemRow) int { return strings.Compare(a.Name, b.Name) },
			"unit":    func(a, b *reform.ItemRow) int { return strings.Compare(a.UnitID, b.UnitID) },
			"visits":  func(a, b *reform.ItemRow) int { return a.Visits - b.Visits },
			"errors":  func(a, b *reform.ItemRow) int { return a.Errors - b.Errors },
			"state":   func(a, b *reform.ItemRow) int { return strings.Compare(string(a.State), string(b.State)) },
			"updated": func(a, b *reform.ItemRow) int { return a.UpdatedAt.Compare(b.UpdatedAt) },
		}
		for name, compare := range by {
			for _, desc := range []bool{false, true} {
				f := reform.ItemFilter{Order: reform.Order{By: name, Desc: desc}, Limit: 3}
				// Databases may sort Chinese each in its own way: the order is the
				// database's, the sameness of neighbours is ours.
				walk := func(list []reform.ItemRow) (got []string) {
					for i := range list {
						got = append(got, list[i].ID)
						if i == 0 || name == "name" || name == "state" {
							continue
						}
						o := cmp.Or(compare(&list[i-1], &list[i]), strings.Compare(list[i-1].ID, list[i].ID))
						if desc {
							o = -o
						}
						if o >= 0 {
							t.Errorf("%q, desc %v: row %d is out of order", name, desc, i)
						}
					}
					return got
				}
				read := func(f reform.ItemFilter) []reform.ItemRow {
					page, _, err := c.r.Items(ctx, c.office, f)
					if err != nil {
						t.Fatal(err)
					}
					return page
				}
				whole := f
				whole.Limit = 1000
				want := walk(read(whole))
				var on, back []reform.ItemRow
				for page := read(f); len(page) > 0; page = read(f) {
					on = append(on, page...)
					f.After = page[len(page)-1].ID
				}
				f.After, f.Before = "", on[len(on)-1].ID
				for page := read(f); len(page) > 0; page = read(f) {
					back = append(slices.Clone(page), back...)
					f.Before = page[0].ID
				}
				if got := walk(on); !slices.Equal(got, want) || len(got) != len(ids) {
					t.Errorf("%q, desc %v: pages differ from the whole:\n%v\n%v", name, desc, got, want)
				}
				if got := walk(back); !slices.Equal(got, want[:len(want)-1]) {
					t.Errorf("%q, desc %v: pages backwards differ from the whole", name, desc)
				}
				var file bytes.Buffer
				if err := c.r.WriteItems(ctx, c.office, &file, f, "csv"); err != nil {
					t.Fatal(err)
				}
				rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(file.Bytes(), []byte("\ufeff")))).ReadAll()
				if err != nil || len(rows) != len(ids)+1 {
					t.Errorf("%d rows in the file, %v", len(rows), err)
				}
				for i := range on {
					if rows[i+1][1] != on[i].Name {
						t.Errorf("%q, desc %v: row %d of the file is %s, not %s", name, desc, i+1, rows[i+1][1], on[i].Name)
					}
				}
			}
		}
		_, _, err = c.r.Items(ctx, c.office, reform.ItemFilter{Order: reform.Order{By: "name; DROP TABLE item"}})
		wants(t, "an order that does not exist", err, fault.Invalid)

		for _, name := range []string{"", "unit", "kind", "state"} {
			for _, desc := range []bool{false, true} {
				f := reform.SubmissionsFilter{Order: reform.Order{By: name, Desc: desc}, Limit: 2}
				seen := map[string]bool{}
				for {
					page, err := c.r.Submissions(ctx, c.office, f)
					if err != nil {
						t.Fatal(err)
					}
					for _, s := range page {
						seen[s.Number] = true
					}
					if len(page) < 2 {
						break
					}
					f.After = page[1].ID
				}
				if len(seen) != 6 {
					t.Errorf("submissions by %q, desc %v: %d of 6", name, desc, len(seen))
				}
			}
		}
		for kind, want := range map[publication.SubmissionKind]int{publication.Package: 1, publication.ZeroReport: 5} {
			var file bytes.Buffer
			if err := c.r.WriteSubmissions(ctx, c.office, &file, reform.SubmissionsFilter{Kind: kind}, "csv"); err != nil || strings.Count(file.String(), "\n") != want+1 {
				t.Errorf("%s: %q %v", kind, file.String(), err)
			}
		}
		wants(t, "a kind of file", c.r.WriteSubmissions(ctx, c.office, &bytes.Buffer{}, reform.SubmissionsFilter{}, "doc"), fault.NotFound)

		b, err := c.r.Board(ctx, c.office)
		if err != nil {
			t.Fatal(err)
		}
		if err := b.Sort(reform.Order{By: "items", Desc: true}); err != nil || !slices.IsSortedFunc(b.Rows, func(x, y reform.Row) int { return y.Total - x.Total }) {
			t.Errorf("the board is not sorted: %v", fmt.Sprint(err))
		}
		wants(t, "an order of the board", b.Sort(reform.Order{By: "x"}), fault.Invalid)
	})
}
