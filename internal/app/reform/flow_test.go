package reform_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"onevisit/internal/app/reform"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/lint"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/plan"
	"onevisit/internal/domain/publication"
	"onevisit/internal/infra/store"
	"onevisit/internal/infra/store/storetest"
)

// good brings in n items of a unit without an error.
func (c *county) good(a org.Actor, unit org.Unit, n int) (ids []string) {
	c.t.Helper()
	for i := range n {
		it := lint.GoodItem()
		it.Unit, it.Variant, it.Name = unit.Name, "", fmt.Sprintf("公共场所卫生许可%d", i)
		it.BasicCode = fmt.Sprintf("%s%06d", it.BasicCode[:6], 800000+i+1000*unit.Position)
		it.ImplementationCode = it.ImplementationCode[:19] + it.BasicCode
		id, err := c.r.CreateItem(c.t.Context(), a, unit.ID, it)
		if err != nil {
			c.t.Fatal(err)
		}
		ids = append(ids, id)
	}
	return ids
}

func (c *county) bureau() org.Actor {
	return org.Actor{ID: "bureau", Name: "审批局审核员", Roles: []org.Role{org.RoleBureau}}
}

func (c *county) government() org.Actor {
	return org.Actor{ID: "government", Name: "县政府办", Roles: []org.Role{org.RoleGovernment}}
}

// wants checks that a call ended with a fault of a kind.
func wants(t *testing.T, what string, err error, kind fault.Kind) {
	t.Helper()
	if !fault.Is(err, kind) {
		t.Errorf("%s: %v, want %v", what, err, kind)
	}
}

// What was handed in stands still until both offices have decided.
func TestNothingChangesInReview(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		c, ctx := newCounty(t, db), t.Context()
		ids := c.good(c.liaison, c.health, 2)
		sub := c.report(ids...)
		v, err := c.r.Item(ctx, c.liaison, ids[0])
		if err != nil {
			t.Fatal(err)
		}
		s := &stage{county: c}
		before := s.everything()
		changed := v.Data.Clone()
		changed.Quota = "每年 100 名"
		wants(t, "save", c.r.SaveItem(ctx, c.liaison, ids[0], v.Version, changed), fault.Conflict)
		wants(t, "repair", c.r.RepairItem(ctx, c.liaison, ids[0], v.Version, "E01", "complaint"), fault.Conflict)
		wants(t, "restore", c.r.RestoreItem(ctx, c.liaison, ids[0], v.Version, v.Version), fault.Conflict)
		_, err = c.r.Merge(ctx, c.liaison, ids[0], v.Version, changed, nil)
		wants(t, "merge", err, fault.Conflict)
		wants(t, "confirm", c.r.ConfirmItems(ctx, c.leader, ids), fault.Conflict)
		wants(t, "take back", c.r.ReopenItem(ctx, c.leader, ids[0]), fault.Conflict)
		_, err = c.r.SubmitPackage(ctx, c.liaison, c.reporting(ids...))
		wants(t, "hand in twice", err, fault.Conflict)
		if s.everything() != before {
			t.Error("a refused change left a trace")
		}
		doc, err := changed.Encode()
		if err != nil {
			t.Fatal(err)
		}
		sum, err := c.r.ImportReader(ctx, org.Operator(), "改.jsonl", bytes.NewReader(append(doc, '\n')), int64(len(doc)+1))
		if err != nil || sum.Locked != 1 || sum.Changed+sum.Created != 0 {
			t.Errorf("import: %+v %v", sum, err)
		}
		if now, err := c.r.Item(ctx, c.liaison, ids[0]); err != nil || now.Version != v.Version || now.DocHash != v.DocHash || now.State != publication.Submitted {
			t.Errorf("the item has changed: %v", err)
		}

		// Nobody reviews what they wrote: neither who handed it in nor who may
		// write or confirm for the unit.
		for _, a := range []org.Actor{c.liaison, c.leader} {
			a.Roles = append(slices.Clone(a.Roles), org.RoleReform)
			wants(t, a.Name, c.r.Decide(ctx, a, sub, ids, publication.Pass, nil), fault.Forbidden)
			a.ID += "2"
			wants(t, a.Name+" the second", c.r.Decide(ctx, a, sub, ids, publication.Pass, nil), fault.Forbidden)
		}
		writer := c.office
		writer.ID = c.liaison.ID
		wants(t, "the submitter", c.r.Decide(ctx, writer, sub, ids, publication.Pass, nil), fault.Forbidden)

		for _, a := range []org.Actor{c.office, c.bureau()} {
			if err := c.r.Decide(ctx, a, sub, ids, publication.Pass, nil); err != nil {
				t.Fatal(err)
			}
		}
		wants(t, "decide again", c.r.Decide(ctx, c.office, sub, ids, publication.Pass, nil), fault.Conflict)

		batch, err := c.r.ComposeBatch(ctx, c.office, "第一批", nil)
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.r.ComposeBatch(ctx, c.office, "第二批", nil)
		wants(t, "an empty batch", err, fault.Conflict)
		approval := reform.Approval{DocNo: fmt.Sprintf("广政字〔%d〕1号", c.today().Year()), DocDate: c.today()}
		wants(t, "approve what was not sent", c.r.ApproveBatch(ctx, c.government(), batch, approval), fault.Conflict)
		if err := c.r.SendBatch(ctx, c.office, batch); err != nil {
			t.Fatal(err)
		}
		wants(t, "send twice", c.r.SendBatch(ctx, c.office, batch), fault.Conflict)
		wants(t, "take out", c.r.RemoveFromBatch(ctx, c.office, batch, ids[0]), fault.Conflict)
		if err := c.r.ApproveBatch(ctx, c.government(), batch, approval); err != nil {
			t.Fatal(err)
		}
		wants(t, "approve twice", c.r.ApproveBatch(ctx, c.government(), batch, approval), fault.Conflict)
		wants(t, "return what is approved", c.r.ReturnBatch(ctx, c.government(), batch, "理由"), fault.Conflict)
		if _, err := c.r.Publish(ctx, c.office, batch); err != nil {
			t.Fatal(err)
		}
		_, err = c.r.Publish(ctx, c.office, batch)
		wants(t, "publish twice", err, fault.Conflict)
	})
}

// What comes back for review shows the way before and after, if it changed.
func TestReviewShowsTheWayBefore(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		c, ctx := newCounty(t, db), t.Context()
		ids := c.good(c.liaison, c.health, 2)
		sub := c.report(ids...)
		for _, a := range []org.Actor{c.office, c.bureau()} {
			if err := c.r.Decide(ctx, a, sub, ids, publication.SendBack, []publication.Remark{{Field: "process", Text: "请写明环节。"}}); err != nil {
				t.Fatal(err)
			}
		}
		for i, id := range ids {
			v, err := c.r.Item(ctx, c.liaison, id)
			if err != nil {
				t.Fatal(err)
			}
			v.Data.Quota = "每年 100 名"
			if i == 0 {
				v.Data.Process.Steps[0].Name = "综合窗口收件"
			}
			if err := c.r.SaveItem(ctx, c.liaison, id, v.Version, v.Data); err != nil {
				t.Fatal(err)
			}
		}
		sub = c.report(ids...)
		for i, id := range ids {
			v, err := c.r.ReviewItem(ctx, c.office, sub, id, "")
			if err != nil || len(v.Changes) == 0 || v.Picture == "" {
				t.Fatalf("%+v %v", v, err)
			}
			if changed := i == 0; (v.Before != nil) != changed {
				t.Errorf("item %d: the way before is shown: %v", i, v.Before != nil)
			} else if changed && (!strings.Contains(v.Picture, "综合窗口") || strings.Contains(v.Before.Picture, "综合窗口")) {
				t.Error("before and after are exchanged")
			}
		}
	})
}

// A unit without items says so; one with items cannot. Late is what comes after
// the day, not on it.
func TestZeroReportsAndLateness(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		c, ctx := newCounty(t, db), t.Context()
		due := func(days int) {
			t.Helper()
			p, err := c.r.Plan(ctx)
			if err != nil {
				t.Fatal(err)
			}
			p.ID, p.Title, p.Start = "", p.Title+"（又一年）", c.today().AddDays(-60)
			p.Milestones = []plan.Milestone{{Key: plan.Packages, Name: "报送", Due: c.today().AddDays(days), Clause: "P-3.2b"}}
			if err := c.r.SetPlan(ctx, c.office, p); err != nil {
				t.Fatal(err)
			}
		}
		_, err := c.r.SubmitZeroReport(ctx, c.other, c.water.ID, " ")
		wants(t, "zero report without a word", err, fault.Invalid)
		for days, late := range map[int]bool{1: false, 0: false, -1: true} {
			due(days)
			sub, err := c.r.SubmitZeroReport(ctx, c.other, c.water.ID, "本单位没有依申请办理的事项。")
			if err != nil || sub.Late != late || sub.State != publication.Settled || sub.Kind != publication.ZeroReport || len(sub.Items) != 0 {
				t.Errorf("due in %d days: %+v %v", days, sub, err)
			}
		}
		ids := c.good(c.liaison, c.health, 1)
		_, err = c.r.SubmitZeroReport(ctx, c.liaison, c.health.ID, "没有事项。")
		wants(t, "zero report of a unit with items", err, fault.Conflict)
		due(-1)
		if sub, err := c.r.Submission(ctx, c.office, c.report(ids...)); err != nil || !sub.Late {
			t.Errorf("a package after the day is not late: %v", err)
		}
	})
}

// A file brought in twice changes nothing the second time.
func TestImportTwiceChangesNothing(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		c, ctx := newCounty(t, db), t.Context()
		var file bytes.Buffer
		for i := range 30 {
			it := lint.GoodItem()
			it.Unit, it.Name = c.health.Name, fmt.Sprintf("事项%d", i)
			it.BasicCode, it.ImplementationCode = "", ""
			doc, err := it.Encode()
			if err != nil {
				t.Fatal(err)
			}
			file.Write(append(doc, '\n'))
		}
		path := filepath.Join(t.TempDir(), "事项.jsonl")
		if err := os.WriteFile(path, file.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		items := func() (heads []string) {
			c.view(func(tx *store.Tx) error {
				list, err := tx.ItemsWithDocs(store.ItemFilter{})
				for _, it := range list {
					heads = append(heads, fmt.Sprint(it.ID, it.Version, it.UpdatedAt, it.DocHash, it.State, string(it.Findings)))
				}
				return err
			})
			return heads
		}
		for round, want := range []struct{ created, same int }{{30, 0}, {0, 30}} {
			before := items()
			sum, err := c.r.ImportFile(ctx, org.Operator(), path, reform.FileImport{}, nil)
			if err != nil || sum.Created != want.created || sum.Same != want.same || sum.Changed != 0 || sum.Bad != 0 {
				t.Fatalf("round %d: %+v %v", round, sum, err)
			}
			if round > 0 && !slices.Equal(before, items()) {
				t.Error("the second import changed something")
			}
		}
	})
}

// Units report on the last day all at once: each gets a number of its own, none
// is told to try again, and of two who hand in the same items one does.
func TestManyReportAtOnce(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		c, ctx := newCounty(t, db), t.Context()
		ids := c.good(c.liaison, c.health, 6)
		if err := c.r.ConfirmItems(ctx, c.leader, ids); err != nil {
			t.Fatal(err)
		}
		var mu sync.Mutex
		var wg sync.WaitGroup
		var subs []*publication.Submission
		for i := range 12 {
			if i < 6 {
				wg.Go(func() { // each pair after the same item
					sub, err := c.r.SubmitPackage(ctx, c.liaison, c.reporting(ids[i/2*2]))
					mu.Lock()
					defer mu.Unlock()
					if err == nil {
						subs = append(subs, sub)
					} else if !fault.Is(err, fault.Conflict) {
						t.Errorf("submit: %v", err)
					}
				})
			}
			wg.Go(func() {
				sub, err := c.r.SubmitZeroReport(ctx, c.other, c.water.ID, "本单位没有依申请办理的事项。")
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					t.Errorf("zero report: %v", err)
					return
				}
				subs = append(subs, sub)
			})
		}
		wg.Wait()
		numbers, items := map[string]bool{}, map[string]bool{}
		for _, s := range subs {
			numbers[s.Number] = true
			for _, it := range s.Items {
				if items[it.ItemID] {
					t.Errorf("%s was handed in twice", it.Name)
				}
				items[it.ItemID] = true
			}
		}
		if len(subs) != 15 || len(numbers) != 15 || len(items) != 3 {
			t.Errorf("%d submissions with %d numbers and %d items", len(subs), len(numbers), len(items))
		}
	})
}

// Reviewers of both offices, two each, decide on the same items at once: every
// item is settled once, and the review ends.
func TestManyReviewAtOnce(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		c, ctx := newCounty(t, db), t.Context()
		ids := c.good(c.liaison, c.health, 8)
		sub := c.report(ids...)
		var wg sync.WaitGroup
		for i := range 4 {
			a := c.office
			if i%2 == 1 {
				a = c.bureau()
			}
			a.ID += fmt.Sprint(i)
			wg.Go(func() {
				for _, id := range ids {
					if err := c.r.Decide(ctx, a, sub, []string{id}, publication.Pass, nil); err != nil && !fault.Is(err, fault.Conflict) {
						t.Errorf("decide: %v", err)
					}
				}
			})
		}
		wg.Wait()
		got, err := c.r.Submission(ctx, c.office, sub)
		if err != nil || got.State != publication.Settled || got.ApprovedCount != len(ids) {
			t.Errorf("%s, %d of %d passed, %v", got.State, got.ApprovedCount, len(ids), err)
		}
		c.view(func(tx *store.Tx) error {
			n, err := tx.CountItems(store.ItemFilter{States: []publication.State{publication.Approved}})
			if n != len(ids) {
				t.Errorf("%d items are approved", n)
			}
			return err
		})
		if open := c.reviewTodos(); open != 0 {
			t.Errorf("%d to-dos of the review are left", open)
		}
	})
}

func (c *county) reviewTodos() (open int) {
	c.view(func(tx *store.Tx) error {
		list, err := tx.OpenTodos([]string{string(org.RoleReform), string(org.RoleBureau)}, nil, 50)
		open = len(list)
		return err
	})
	return open
}

// Of two editors who began from one version the second is told so.
func TestTwoEditors(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		c, ctx := newCounty(t, db), t.Context()
		id := c.goodItem()
		const editors = 6
		results := make([]error, editors)
		var wg sync.WaitGroup
		for i := range editors {
			wg.Go(func() {
				v := &catalog.Item{}
				*v = *lint.GoodItem()
				v.Variant, v.Name, v.Quota = "", "公共场所卫生许可", fmt.Sprintf("每年 %d 名", i+1)
				results[i] = c.r.SaveItem(ctx, c.liaison, id, 1, v)
			})
		}
		wg.Wait()
		saved := 0
		for _, err := range results {
			if err == nil {
				saved++
			} else {
				wants(t, "save", err, fault.Conflict)
			}
		}
		if v, err := c.r.Item(ctx, c.liaison, id); err != nil || saved != 1 || v.Version != 2 {
			t.Errorf("%d saved, version %d, %v", saved, v.Version, err)
		}
	})
}
