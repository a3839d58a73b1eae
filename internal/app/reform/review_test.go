package reform_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/publication"
	"onevisit/internal/infra/store"
	"onevisit/internal/infra/store/storetest"
)

var fixIt = []publication.Remark{{Field: "conditions", Text: "请写明具体条件。"}}

// titles are the to-dos of a role.
func (c *county) titles(role org.Role) (out []string) {
	c.view(func(tx *store.Tx) error {
		list, err := tx.OpenTodos([]string{string(role)}, nil, 50)
		for _, t := range list {
			out = append(out, t.Title)
		}
		return err
	})
	return out
}

// Where the two offices differ nothing happens to the item until one takes the
// other's view or the county government rules; each way is walked.
func TestTheOfficesDiffer(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		c, ctx := newCounty(t, db), t.Context()
		ids := c.good(c.liaison, c.health, 4)
		sub := c.report(ids...)
		if err := c.r.Decide(ctx, c.office, sub, ids, publication.SendBack, fixIt); err != nil {
			t.Fatal(err)
		}
		if err := c.r.Decide(ctx, c.bureau(), sub, ids, publication.Pass, nil); err != nil {
			t.Fatal(err)
		}
		stands := func(id string, want publication.State) {
			t.Helper()
			if v, err := c.r.Item(ctx, c.liaison, id); err != nil || v.State != want {
				t.Errorf("the item stands at %v, want %s (%v)", v.State, want, err)
			}
		}
		for _, id := range ids {
			stands(id, publication.Submitted)
		}
		for _, role := range []org.Role{org.RoleReform, org.RoleBureau} {
			if got := c.titles(role); len(got) != 1 || !strings.Contains(got[0], "两家意见不一的 4 个事项") {
				t.Errorf("%s has to do: %q", role, got)
			}
		}

		// The bureau takes the reform office's view, with its remarks.
		wants(t, "the unit settles it", c.r.AdoptVerdict(ctx, c.liaison, sub, ids[0]), fault.Forbidden)
		if err := c.r.AdoptVerdict(ctx, c.bureau(), sub, ids[0]); err != nil {
			t.Fatal(err)
		}
		stands(ids[0], publication.Returned)
		if v, err := c.r.Item(ctx, c.liaison, ids[0]); err != nil || len(v.Remarks) != 2 || v.Remarks[0].Remarks[0].Text != v.Remarks[1].Remarks[0].Text || v.Remarks[0].Remarks[0].Label != "受理条件" {
			t.Errorf("the unit reads %+v (%v)", v.Remarks, err)
		}
		wants(t, "settle twice", c.r.AdoptVerdict(ctx, c.office, sub, ids[0]), fault.Conflict)

		// The reform office thinks again.
		if err := c.r.Decide(ctx, c.office, sub, ids[1:2], publication.Pass, nil); err != nil {
			t.Fatal(err)
		}
		stands(ids[1], publication.Approved)

		// The county government rules, once for each side; nobody rules who asked or
		// reviewed.
		gov := c.government()
		wants(t, "rule unasked", c.r.Rule(ctx, gov, sub, ids[2], publication.Pass, "理由"), fault.Conflict)
		wants(t, "ask without a word", c.r.AskRuling(ctx, c.office, sub, ids[2], " "), fault.Invalid)
		wants(t, "the bureau asks", c.r.AskRuling(ctx, c.bureau(), sub, ids[2], "理由"), fault.Forbidden)
		wants(t, "ask about what is settled", c.r.AskRuling(ctx, c.office, sub, ids[1], "理由"), fault.Conflict)
		for _, id := range ids[2:] {
			if err := c.r.AskRuling(ctx, c.office, sub, id, "审批局认为条件已经具体。"); err != nil {
				t.Fatal(err)
			}
			wants(t, "ask twice", c.r.AskRuling(ctx, c.office, sub, id, "理由"), fault.Conflict)
		}
		if got := c.titles(org.RoleGovernment); len(got) != 1 || !strings.Contains(got[0], "2 个事项") {
			t.Errorf("the county government has to do: %q", got)
		}
		if got := c.titles(org.RoleBureau); len(got) != 0 {
			t.Errorf("the bureau still has to do: %q", got)
		}
		wants(t, "the offices rule", c.r.Rule(ctx, c.office, sub, ids[2], publication.Pass, "理由"), fault.Forbidden)
		both := c.office
		both.Roles = append(slices.Clone(both.Roles), org.RoleGovernment)
		wants(t, "who asked rules", c.r.Rule(ctx, both, sub, ids[2], publication.Pass, "理由"), fault.Forbidden)
		both.ID = c.bureau().ID
		wants(t, "who reviewed rules", c.r.Rule(ctx, both, sub, ids[2], publication.Pass, "理由"), fault.Forbidden)
		wants(t, "rule without a reason", c.r.Rule(ctx, gov, sub, ids[2], publication.Pass, ""), fault.Invalid)
		wants(t, "rule nothing", c.r.Rule(ctx, gov, sub, ids[2], "", "理由"), fault.Invalid)
		for i, ruling := range []publication.Decision{publication.Pass, publication.SendBack} {
			if err := c.r.Rule(ctx, gov, sub, ids[2+i], ruling, "县政府办公会议定。"); err != nil {
				t.Fatal(err)
			}
			wants(t, "rule twice", c.r.Rule(ctx, gov, sub, ids[2+i], ruling, "理由"), fault.Conflict)
		}
		stands(ids[2], publication.Approved)
		stands(ids[3], publication.Returned)
		if s, err := c.r.Submission(ctx, c.office, sub); err != nil || s.State != publication.Settled || s.ApprovedCount != 2 || s.ReturnedCount != 2 {
			t.Errorf("%s, %d passed, %d back, %v", s.State, s.ApprovedCount, s.ReturnedCount, err)
		}
		for _, role := range []org.Role{org.RoleReform, org.RoleBureau, org.RoleGovernment} {
			if got := c.titles(role); len(got) != 0 {
				t.Errorf("%s still has to do: %q", role, got)
			}
		}
	})
}

// What SQL says of doubts, clean items and the parts of a review is what the
// domain says, for any mixture of verdicts; paging through a part meets every
// item of it once, forwards and backwards.
func TestPartsOfAReview(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		c, ctx := newCounty(t, db), t.Context()
		ids := c.good(c.liaison, c.health, 24)
		sub := c.report(ids...)
		// Six come back; three of them are handed in again as they were.
		for _, a := range []org.Actor{c.office, c.bureau()} {
			if err := c.r.Decide(ctx, a, sub, ids[:6], publication.SendBack, fixIt); err != nil {
				t.Fatal(err)
			}
		}
		for i, id := range ids[:6] {
			v, err := c.r.Item(ctx, c.liaison, id)
			if err != nil {
				t.Fatal(err)
			}
			switch i {
			case 0, 1:
				v.Data.Quota = "每年 100 名"
			case 2:
				v.Data.Materials[0].Originals += 3 // more to bring
			}
			if err := c.r.SaveItem(ctx, c.liaison, id, v.Version, v.Data); err != nil {
				t.Fatal(err)
			}
		}
		again := c.report(ids[:6]...)
		c.unwarned(again)
		r := rand.New(rand.NewPCG(1, 2))
		for round := range 4 {
			if round > 0 {
				for _, s := range []string{sub, again} {
					list, err := c.r.Submission(ctx, c.office, s)
					if err != nil {
						t.Fatal(err)
					}
					for _, it := range list.Items {
						a := []org.Actor{c.office, c.bureau()}[r.IntN(2)]
						if it.Outcome != "" || r.IntN(3) == 0 {
							continue
						}
						d, m := publication.Pass, []publication.Remark(nil)
						if r.IntN(2) == 0 {
							d, m = publication.SendBack, fixIt
						}
						if err := c.r.Decide(ctx, a, s, []string{it.ItemID}, d, m); err != nil {
							t.Fatal(err)
						}
					}
				}
			}
			for _, s := range []string{sub, again} {
				for _, o := range publication.Offices {
					c.comparesParts(t, s, o)
				}
			}
		}
		c.view(func(tx *store.Tx) error {
			list, err := tx.SubmittedItems(store.SubmittedFilter{Submission: again})
			var got []string
			for _, it := range list {
				got = append(got, fmt.Sprintf("%s/%d/%d/%v", it.Against, it.Changes, it.Burdens, it.Again))
			}
			slices.Sort(got)
			if want := []string{"上次报送/0/0/true", "上次报送/0/0/true", "上次报送/0/0/true", "上次报送/1/0/true", "上次报送/1/0/true", "上次报送/1/1/true"}; !slices.Equal(got, want) {
				t.Errorf("compared: %v", got)
			}
			return err
		})
	})
}

func (c *county) comparesParts(t *testing.T, sub string, o publication.Office) {
	t.Helper()
	parts := []publication.ReviewPart{publication.AllParts, publication.OpenPart, publication.DoubtPart, publication.CleanPart, publication.DisputePart, publication.BackPart}
	names := func(list []publication.SubmittedItem) (out []string) {
		for _, it := range list {
			out = append(out, it.ItemID)
		}
		return out
	}
	c.view(func(tx *store.Tx) error {
		all, err := tx.SubmittedItems(store.SubmittedFilter{Submission: sub})
		if err != nil {
			return err
		}
		p, err := tx.ReviewProgress(sub, o)
		if err != nil {
			return err
		}
		for _, part := range parts {
			var want []publication.SubmittedItem
			for _, it := range all {
				if it.In(part, o) {
					want = append(want, it)
				}
			}
			var on, back []publication.SubmittedItem
			for f := (store.SubmittedFilter{Submission: sub, Part: part, Office: o, Limit: 3}); ; {
				page, err := tx.SubmittedItems(f)
				if err != nil {
					return err
				}
				on = append(on, page...)
				if len(page) < 3 {
					break
				}
				f.After = &page[2].Position
			}
			end := 1 << 20
			for f := (store.SubmittedFilter{Submission: sub, Part: part, Office: o, Limit: 3, Before: &end}); ; {
				page, err := tx.SubmittedItems(f)
				if err != nil {
					return err
				}
				back = append(page, back...)
				if len(page) < 3 {
					break
				}
				f.Before = &page[0].Position
			}
			if !slices.Equal(names(on), names(want)) || !slices.Equal(names(back), names(want)) || p.Of(part) != len(want) {
				t.Errorf("%s, part %q: %d forwards, %d backwards, counted %d, want %d", o, part, len(on), len(back), p.Of(part), len(want))
			}
		}
		return nil
	})
}

// A receipt is answered for by who may read what was handed in; a forged one and
// a record that somebody changed are told apart.
func TestReceipts(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		c, ctx := newCounty(t, db), t.Context()
		sub, err := c.r.Submission(ctx, c.office, c.report(c.good(c.liaison, c.health, 3)...))
		if err != nil {
			t.Fatal(err)
		}
		ask := func(a org.Actor, number, hash string, want publication.ReceiptAnswer) {
			t.Helper()
			r, err := c.r.CheckReceipt(ctx, a, number, hash)
			if err != nil || r.Answer != want || (r.Submission != nil) != (want == publication.ReceiptGood || want == publication.ReceiptAltered) {
				t.Errorf("%+v (%v), want %s", r, err, want)
			}
		}
		forged := strings.Repeat("0", 64)
		ask(c.liaison, sub.Number, sub.Hash, publication.ReceiptGood)
		ask(c.office, sub.Number, sub.Hash[:16], publication.ReceiptGood)
		ask(org.Operator(), " "+sub.Number+" ", sub.Hash, publication.ReceiptGood)
		ask(c.other, sub.Number, sub.Hash, publication.ReceiptUnknown)
		ask(c.office, "报送2018-9999", sub.Hash, publication.ReceiptUnknown)
		ask(c.office, sub.Number, forged, publication.ReceiptForged)
		for _, in := range [][2]string{{"2018-0001", forged}, {sub.Number, "12345"}, {sub.Number, ""}, {"", ""}} {
			_, err := c.r.CheckReceipt(ctx, c.office, in[0], in[1])
			wants(t, in[0]+" "+in[1], err, fault.Invalid)
		}
		_, err = c.r.CheckReceipt(ctx, org.Actor{}, sub.Number, sub.Hash)
		wants(t, "nobody asks", err, fault.Unauthorized)
		if err := db.Update(ctx, func(tx *store.Tx) error {
			_, err := tx.Exec(`UPDATE submission_item SET doc='{}' WHERE submission_id=$1 AND position=2`, sub.ID)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		ask(c.liaison, sub.Number, sub.Hash, publication.ReceiptAltered)
	})
}

// unwarned takes back what was said of items that are all alike.
func (c *county) unwarned(sub string) {
	c.t.Helper()
	if err := c.db.Update(c.t.Context(), func(tx *store.Tx) error {
		_, err := tx.Exec(`UPDATE submission_item SET warnings=0 WHERE submission_id=$1`, sub)
		return err
	}); err != nil {
		c.t.Fatal(err)
	}
}

// What is passed together is what was shown and is still without doubt.
func TestCleanItemsPassTogether(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		c, ctx := newCounty(t, db), t.Context()
		ids := c.good(c.liaison, c.health, 6)
		sub := c.report(ids...)
		c.unwarned(sub)
		shown, err := c.r.CleanItems(ctx, c.office, sub)
		if err != nil || len(shown.Items) != 6 {
			t.Fatalf("%d clean, %v", len(shown.Items), err)
		}
		if err := c.r.Decide(ctx, c.bureau(), sub, ids[:1], publication.SendBack, fixIt); err != nil {
			t.Fatal(err)
		}
		// One was unticked, about one a doubt arose meanwhile.
		if n, err := c.r.PassClean(ctx, c.office, sub, ids[:5]); n != 4 || err != nil {
			t.Errorf("%d passed, %v", n, err)
		}
		if v, err := c.r.Review(ctx, c.office, sub, publication.OpenPart, nil, nil, 1); err != nil || v.Progress.Open != 2 || len(v.Items) != 1 || v.After == nil || v.Before != nil {
			t.Errorf("%+v %v", v.Progress, err)
		}
		next, err := c.r.NextToReview(ctx, c.office, sub, ids[5], publication.AllParts)
		if err != nil || next != ids[0] {
			t.Errorf("after the last item %s comes, not %s (%v)", next, ids[0], err)
		}
		if n, err := c.r.PassClean(ctx, c.office, sub, nil); n != 1 || err != nil {
			t.Errorf("%d passed, %v", n, err)
		}
		if n, err := c.r.PassClean(ctx, c.office, sub, []string{}); n != 0 || err != nil {
			t.Errorf("nothing ticked: %d passed, %v", n, err)
		}
	})
}

// BenchmarkReview is what a reviewer waits for in a package of 500 items: a page
// of the list, an item, a decision.
func BenchmarkReview(b *testing.B) {
	c := newCounty(b, storetest.OpenSQLite(b))
	ids := c.good(c.liaison, c.health, 500)
	sub := c.report(ids...)
	c.unwarned(sub)
	ctx := b.Context()
	b.Run("list", func(b *testing.B) {
		for b.Loop() {
			if _, err := c.r.Review(ctx, c.office, sub, publication.OpenPart, nil, nil, 50); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("item", func(b *testing.B) {
		for b.Loop() {
			if _, err := c.r.ReviewItem(ctx, c.office, sub, ids[250], publication.OpenPart); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("decide", func(b *testing.B) {
		for b.Loop() {
			if err := c.r.Decide(ctx, c.office, sub, ids[:1], publication.Pass, nil); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("pass all", func(b *testing.B) {
		for b.Loop() {
			if _, err := c.r.PassClean(ctx, c.office, sub, nil); err != nil {
				b.Fatal(err)
			}
		}
	})
}
