package reform_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"onevisit/internal/app/reform"
	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/lint"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/publication"
	"onevisit/internal/infra/store"
	"onevisit/internal/infra/store/storetest"
)

func (c *county) waterLeader() org.Actor {
	a := c.leader
	a.ID, a.UnitID, a.UnitName, a.Manages = "leader-water", c.water.ID, c.water.Name, nil
	return a
}

// published are n items of the health bureau that are public.
func (c *county) published(n int) []string {
	c.t.Helper()
	ids := c.good(c.liaison, c.health, n)
	for _, id := range ids {
		c.publish(id)
	}
	return ids
}

// input is what somebody fills in, whole but for the items.
func (c *county) input(op publication.Op) reform.AdjustInput {
	return reform.AdjustInput{Op: op, Cause: "99", Basis: "县审改办会议纪要", CauseOn: c.today(), Effective: c.today(), Reason: "因业务调整，请按新的办事指南办理。"}
}

func (c *county) start(a org.Actor, in reform.AdjustInput) string {
	c.t.Helper()
	id, err := c.r.StartAdjustment(c.t.Context(), a, in)
	if err != nil {
		c.t.Fatal(err, fault.Fields(err))
	}
	return id
}

func (c *county) adjustment(id string) *reform.AdjustmentView {
	c.t.Helper()
	v, err := c.r.Adjustment(c.t.Context(), c.office, id)
	if err != nil {
		c.t.Fatal(err)
	}
	return v
}

// file hands an adjustment in and lets the leader confirm it.
func (c *county) file(id string) {
	c.t.Helper()
	ctx := c.t.Context()
	if err := c.r.FileAdjustment(ctx, c.liaison, id, c.adjustment(id).Version); err != nil {
		c.t.Fatal(err, fault.Fields(err))
	}
	if err := c.r.ConfirmAdjustment(ctx, c.leader, id); err != nil {
		c.t.Fatal(err)
	}
}

func (c *county) state(id string) publication.State {
	c.t.Helper()
	var s publication.State
	c.view(func(tx *store.Tx) error {
		row, err := tx.Item(id)
		s = row.State
		return err
	})
	return s
}

func (c *county) edit(a org.Actor, id string, change func(*catalog.Item)) {
	c.t.Helper()
	v, err := c.r.Item(c.t.Context(), a, id)
	if err != nil {
		c.t.Fatal(err)
	}
	change(v.Data)
	if err := c.r.SaveItem(c.t.Context(), a, id, v.Version, v.Data); err != nil {
		c.t.Fatal(err)
	}
}

func (c *county) approval() (string, calendar.Date) {
	return fmt.Sprintf("广政字〔%d〕8号", c.today().Year()), c.today()
}

func (c *county) openTodos(a org.Actor, units ...string) (titles []string) {
	c.t.Helper()
	c.view(func(tx *store.Tx) error {
		list, err := tx.OpenTodos([]string{string(a.Roles[0])}, units, 50)
		for _, t := range list {
			titles = append(titles, t.Title)
		}
		return err
	})
	return titles
}

// An element of a published item is changed: the unit, its leader and the reform
// office, nobody else.
func TestElementChange(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		c, ctx := newCounty(t, db), t.Context()
		id := c.published(1)[0]
		in := c.input(publication.OpChange)
		in.Contents = []string{id}
		adj := c.start(c.liaison, in)
		wants(t, "file what nobody changed", c.r.FileAdjustment(ctx, c.liaison, adj, c.adjustment(adj).Version), fault.Invalid)
		c.edit(c.liaison, id, func(it *catalog.Item) { it.Quota = "每年 100 名" })
		wants(t, "file what nobody confirmed", c.r.FileAdjustment(ctx, c.liaison, adj, c.adjustment(adj).Version), fault.Conflict)
		if err := c.r.ConfirmItems(ctx, c.leader, []string{id}); err != nil {
			t.Fatal(err)
		}
		wants(t, "file an old version", c.r.FileAdjustment(ctx, c.liaison, adj, 0), fault.Conflict)
		wants(t, "the office files the unit's", c.r.FileAdjustment(ctx, c.office, adj, c.adjustment(adj).Version), fault.Forbidden)
		if err := c.r.FileAdjustment(ctx, c.liaison, adj, c.adjustment(adj).Version); err != nil {
			t.Fatal(err, fault.Fields(err))
		}
		if s := c.state(id); s != publication.Adjusting {
			t.Errorf("the item is %s", s)
		}
		v, err := c.r.Item(ctx, c.liaison, id)
		if err != nil {
			t.Fatal(err)
		}
		wants(t, "edit in the meantime", c.r.SaveItem(ctx, c.liaison, id, v.Version, v.Data), fault.Conflict)
		_, err = c.r.StartAdjustment(ctx, c.liaison, in)
		wants(t, "a second adjustment", err, fault.Conflict)

		both := c.leader
		both.ID = c.liaison.ID
		wants(t, "confirm one's own", c.r.ConfirmAdjustment(ctx, both, adj), fault.Forbidden)
		wants(t, "the office decides too early", c.r.DecideAdjustment(ctx, c.office, adj, ""), fault.Conflict)
		if err := c.r.ConfirmAdjustment(ctx, c.leader, adj); err != nil {
			t.Fatal(err)
		}
		view := c.adjustment(adj)
		if view.Adjustment.Track != publication.TrackElement || view.State != publication.AtOffice || len(view.Changes[id]) != 1 || !view.May[publication.AdjustDecide] || view.May[publication.BatchSend] {
			t.Errorf("%s %s %v %v", view.Adjustment.Track, view.State, view.Changes, view.May)
		}
		if want, err := calendar.Embedded().AddWorkdays(c.today(), 10); err != nil || view.Adjustment.Due != want || view.Adjustment.Late {
			t.Errorf("due %s, want %s", view.Adjustment.Due, want)
		}
		wants(t, "report it to the government", c.r.SendAdjustment(ctx, c.office, adj), fault.Conflict)
		own := c.office
		own.UnitID, own.Roles = c.health.ID, append(own.Roles, org.RoleLeader)
		wants(t, "a decision by the unit's own leader", c.r.DecideAdjustment(ctx, own, adj, ""), fault.Forbidden)
		wants(t, "a number of no form", c.r.DecideAdjustment(ctx, c.office, adj, "12号"), fault.Invalid)
		if err := c.r.DecideAdjustment(ctx, c.office, adj, ""); err != nil {
			t.Fatal(err)
		}
		wants(t, "decide twice", c.r.DecideAdjustment(ctx, c.office, adj, ""), fault.Conflict)
		wants(t, "the government takes back what it did not approve", c.r.ReturnAdjustment(ctx, c.government(), adj, "理由"), fault.Conflict)
		rel, err := c.r.Publish(ctx, c.office, adj)
		if err != nil {
			t.Fatal(err)
		}
		if rel.Kind != publication.KindAdjustment || rel.Count != 1 || rel.Seq != 2 || rel.Items[0].Op != publication.OpChange || rel.BatchNo != 0 {
			t.Errorf("%+v", rel)
		}
		_, err = c.r.Publish(ctx, c.office, adj)
		wants(t, "publish twice", err, fault.Conflict)
		c.view(func(tx *store.Tx) error {
			now, err := tx.CurrentItem(id)
			if err != nil || now.ReleaseSeq != 2 || !strings.Contains(string(now.Doc), "每年 100 名") {
				t.Errorf("the public sees %+v %v", now.ReleaseItem.Op, err)
			}
			was, err := tx.PublishedItem(1, id)
			if err != nil || strings.Contains(string(was.Doc), "每年 100 名") {
				t.Errorf("the version of running cases has changed: %v", err)
			}
			return nil
		})
		if v := c.adjustment(adj); v.State != publication.Released || v.Release == nil || c.state(id) != publication.Published {
			t.Errorf("%s, item %s", v.State, c.state(id))
		}
		if left := append(c.openTodos(c.office), c.openTodos(c.leader, c.health.ID)...); len(left) != 0 {
			t.Errorf("left to do: %v", left)
		}
	})
}

// A cancellation goes to the county government, even while somebody is revising
// the item.
func TestCancelGoesToTheGovernment(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		c, ctx := newCounty(t, db), t.Context()
		ids := c.published(3)
		c.edit(c.liaison, ids[0], func(it *catalog.Item) { it.Quota = "修订中" })
		in := c.input(publication.OpCancel)
		in.Subjects = []reform.AdjustSubject{{ItemID: ids[0], Next: []string{ids[1]}}}
		adj := c.start(c.liaison, in)
		c.file(adj)
		v, err := c.r.Item(ctx, c.liaison, ids[0])
		if err != nil || v.Data.Quota == "修订中" || v.State != publication.Adjusting {
			t.Fatalf("the revision is not shelved: %v %v", v.State, err)
		}
		if h, err := c.r.History(ctx, c.liaison, ids[0], 0); err != nil || len(h.Revisions) < 2 {
			t.Errorf("the revision is lost: %+v %v", h, err)
		}
		if view := c.adjustment(adj); view.Adjustment.Track != publication.TrackCounty || view.May[publication.AdjustDecide] || !view.May[publication.BatchSend] {
			t.Errorf("%s %v", view.Adjustment.Track, view.May)
		}
		wants(t, "the office alone", c.r.DecideAdjustment(ctx, c.office, adj, ""), fault.Conflict)
		no, date := c.approval()
		wants(t, "approve what was not sent", c.r.ApproveAdjustment(ctx, c.government(), adj, no, date), fault.Conflict)
		if err := c.r.SendAdjustment(ctx, c.office, adj); err != nil {
			t.Fatal(err)
		}
		_, err = c.r.Publish(ctx, c.office, adj)
		wants(t, "publish what nobody approved", err, fault.Conflict)
		one := c.government()
		one.ID = c.office.ID
		wants(t, "approve one's own", c.r.ApproveAdjustment(ctx, one, adj, no, date), fault.Forbidden)
		wants(t, "approve without a number", c.r.ApproveAdjustment(ctx, c.government(), adj, "", date), fault.Invalid)
		if err := c.r.ReturnAdjustment(ctx, c.government(), adj, "请补充说明"); err != nil {
			t.Fatal(err)
		}
		if v := c.adjustment(adj); v.State != publication.AtOffice || v.Note != "请补充说明" || c.state(ids[0]) != publication.Adjusting {
			t.Errorf("%s %q", v.State, v.Note)
		}
		if err := c.r.SendAdjustment(ctx, c.office, adj); err != nil {
			t.Fatal(err)
		}
		if err := c.r.ApproveAdjustment(ctx, c.government(), adj, no, date); err != nil {
			t.Fatal(err)
		}
		wants(t, "approve twice", c.r.ApproveAdjustment(ctx, c.government(), adj, no, date), fault.Conflict)
		// The government takes its approval back, and gives it again.
		if err := c.r.ReturnAdjustment(ctx, c.government(), adj, "暂缓"); err != nil {
			t.Fatal(err)
		}
		if err := c.r.SendAdjustment(ctx, c.office, adj); err != nil {
			t.Fatal(err)
		}
		if err := c.r.ApproveAdjustment(ctx, c.government(), adj, no, date); err != nil {
			t.Fatal(err)
		}
		rel, err := c.r.Publish(ctx, c.office, adj)
		if err != nil {
			t.Fatal(err)
		}
		it := rel.Items[0]
		if it.Standing != publication.StandingCancelled || rel.DocNo != no || len(it.Successors) != 1 || it.Successors[0].ItemID != ids[1] || it.Successors[0].UnitName != c.health.Name {
			t.Errorf("%+v", it)
		}
		if s := c.state(ids[0]); s != publication.Cancelled {
			t.Errorf("the working copy is %s", s)
		}
		// It is no longer among the unit's items, unless one asks for it.
		if _, n, err := c.r.Items(ctx, c.liaison, store.ItemFilter{}); err != nil || n != 2 {
			t.Errorf("%d items, %v", n, err)
		}
		in = c.input(publication.OpCancel)
		in.Subjects = []reform.AdjustSubject{{ItemID: ids[0]}}
		again := c.start(c.liaison, in)
		wants(t, "cancel twice", c.r.FileAdjustment(ctx, c.liaison, again, c.adjustment(again).Version), fault.Invalid)
		if err := c.r.WithdrawAdjustment(ctx, c.liaison, again); err != nil {
			t.Fatal(err)
		}

		// It comes back under its old address.
		if err := c.r.ReinstateItem(ctx, c.liaison, ids[0]); err != nil {
			t.Fatal(err)
		}
		if err := c.r.ConfirmItems(ctx, c.leader, ids[:1]); err != nil {
			t.Fatal(err)
		}
		in = c.input(publication.OpAdd)
		in.Contents = ids[:1]
		add := c.start(c.liaison, in)
		c.file(add)
		if v := c.adjustment(add); v.Adjustment.Track != publication.TrackCounty {
			t.Errorf("an addition goes by %s", v.Adjustment.Track)
		}
		if err := c.r.SendAdjustment(ctx, c.office, add); err != nil {
			t.Fatal(err)
		}
		if err := c.r.ApproveAdjustment(ctx, c.government(), add, no, date); err != nil {
			t.Fatal(err)
		}
		if _, err := c.r.Publish(ctx, c.office, add); err != nil {
			t.Fatal(err)
		}
		c.view(func(tx *store.Tx) error {
			if now, err := tx.CurrentItem(ids[0]); err != nil || !now.Available() {
				t.Errorf("it does not come back: %v", err)
			}
			return nil
		})
	})
}

// An item goes to another unit: that unit's people complete and confirm it, and
// only then can it be filed.
func TestTransfer(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		c, ctx := newCounty(t, db), t.Context()
		id := c.published(1)[0]
		in := c.input(publication.OpTransfer)
		in.Subjects = []reform.AdjustSubject{{ItemID: id}}
		adj := c.start(c.liaison, in)
		if err := c.r.MakeSuccessors(ctx, c.liaison, adj, c.adjustment(adj).Version, id, []string{c.water.ID}, nil); err != nil {
			t.Fatal(err)
		}
		v := c.adjustment(adj)
		if len(v.Adjustment.Items) != 2 || len(v.Adjustment.Items[0].Next) != 1 {
			t.Fatalf("%+v", v.Adjustment.Items)
		}
		heir := v.Adjustment.Items[0].Next[0]
		w, err := c.r.Item(ctx, c.other, heir)
		if err != nil || w.Data.Unit != c.water.Name || w.Data.Body.Name != c.water.Name || w.State != publication.Draft {
			t.Fatalf("%+v %v", w, err)
		}
		if todo := c.openTodos(c.other, c.water.ID); len(todo) == 0 || !strings.Contains(strings.Join(todo, ""), "划转") {
			t.Errorf("nobody tells the receiving unit: %v", todo)
		}
		wants(t, "file before it is confirmed", c.r.FileAdjustment(ctx, c.liaison, adj, v.Version), fault.Conflict)
		wants(t, "set up for another's item", c.r.MakeSuccessors(ctx, c.other, adj, v.Version, id, nil, nil), fault.Forbidden)
		c.mend(c.other, heir, 0)
		if err := c.r.ConfirmItems(ctx, c.waterLeader(), []string{heir}); err != nil {
			t.Fatal(err, fault.Fields(err))
		}
		// What somebody else saves in the meantime keeps what was set up.
		in.Subjects[0].Next, in.Contents, in.Reason = []string{heir}, []string{heir}, "职能划转后由水务局统一办理。"
		if err := c.r.SaveAdjustment(ctx, c.liaison, adj, v.Version, in); err != nil {
			t.Fatal(err)
		}
		c.file(adj)
		if err := c.r.SendAdjustment(ctx, c.office, adj); err != nil {
			t.Fatal(err)
		}
		no, date := c.approval()
		if err := c.r.ApproveAdjustment(ctx, c.government(), adj, no, date); err != nil {
			t.Fatal(err)
		}
		if _, err := c.r.Publish(ctx, c.office, adj); err != nil {
			t.Fatal(err)
		}
		c.view(func(tx *store.Tx) error {
			old, err := tx.CurrentItem(id)
			if err != nil || old.Standing != publication.StandingCancelled || old.Op != publication.OpTransfer || len(old.Successors) != 1 || old.Successors[0].UnitID != c.water.ID {
				t.Errorf("%+v %v", old, err)
			}
			new, err := tx.CurrentItem(heir)
			if err != nil || !new.Available() || new.UnitID != c.water.ID {
				t.Errorf("%+v %v", new, err)
			}
			return nil
		})
		for _, title := range c.openTodos(c.other, c.water.ID) {
			if strings.Contains(title, "划转") {
				t.Errorf("left to do: %s", title)
			}
		}
	})
}

// What does not come about leaves everything as it was, and drops what was set
// up for it.
func TestAdjustmentsThatDoNotComeAbout(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		c, ctx := newCounty(t, db), t.Context()
		ids := c.published(2)
		c.edit(c.liaison, ids[1], func(it *catalog.Item) { it.Quota = "每年 7 名" })
		if err := c.r.ConfirmItems(ctx, c.leader, ids[1:]); err != nil {
			t.Fatal(err)
		}
		n := 0
		for what, end := range map[string]func(id string) error{
			"withdrawn": func(id string) error { return c.r.WithdrawAdjustment(ctx, c.liaison, id) },
			"refused":   func(id string) error { return c.r.RefuseAdjustment(ctx, c.office, id, "依据不足") },
			"refused by the government": func(id string) error {
				if err := c.r.SendAdjustment(ctx, c.office, id); err != nil {
					return err
				}
				return c.r.RefuseAdjustment(ctx, c.government(), id, "不宜划转")
			},
		} {
			in := c.input(publication.OpSplit)
			in.Subjects = []reform.AdjustSubject{{ItemID: ids[0]}}
			id := c.start(c.liaison, in)
			if err := c.r.MakeSuccessors(ctx, c.liaison, id, c.adjustment(id).Version, ids[0], nil, []string{what + "甲", what + "乙"}); err != nil {
				t.Fatal(err)
			}
			heirs := c.adjustment(id).Adjustment.Items[0].Next
			for _, h := range heirs {
				n++
				c.mend(c.liaison, h, n)
			}
			if err := c.r.ConfirmItems(ctx, c.leader, heirs); err != nil {
				t.Fatal(err, fault.Fields(err))
			}
			c.file(id)
			if c.state(ids[0]) != publication.Adjusting {
				t.Fatal("not locked")
			}
			if err := end(id); err != nil {
				t.Fatal(what, err)
			}
			v := c.adjustment(id)
			if !v.State.Over() || c.state(ids[0]) != publication.Published || c.state(heirs[0]) != publication.Cancelled || c.state(heirs[1]) != publication.Cancelled {
				t.Errorf("%s: %s, items %s %s", what, v.State, c.state(ids[0]), c.state(heirs[0]))
			}
			wants(t, what+": again", c.r.WithdrawAdjustment(ctx, c.liaison, id), fault.Conflict)
		}

		// Given back, the content is confirmed as it was, and can be filed again.
		in := c.input(publication.OpChange)
		in.Contents = ids[1:]
		id := c.start(c.liaison, in)
		c.file(id)
		wants(t, "give back without a word", c.r.ReturnAdjustment(ctx, c.office, id, " "), fault.Invalid)
		if err := c.r.ReturnAdjustment(ctx, c.office, id, "理由写得太简单"); err != nil {
			t.Fatal(err)
		}
		if v := c.adjustment(id); v.State != publication.Drafting || v.Note == "" || c.state(ids[1]) != publication.Confirmed || v.Adjustment.Items[0].DocHash == "" {
			t.Errorf("%s %q, item %s", v.State, v.Note, c.state(ids[1]))
		}
		c.file(id)
		if v := c.adjustment(id); v.Note != "" || v.State != publication.AtOffice {
			t.Errorf("%s %q", v.State, v.Note)
		}
	})
}

// The reform office draws up what a unit does not; somebody else there decides.
func TestTheOfficeProposes(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		c, ctx := newCounty(t, db), t.Context()
		id := c.published(1)[0]
		in := c.input(publication.OpSuspend)
		in.Subjects, in.Until = []reform.AdjustSubject{{ItemID: id}}, c.today().AddDays(30)
		adj := c.start(c.office, in)
		wants(t, "the unit files the office's", c.r.FileAdjustment(ctx, c.liaison, adj, c.adjustment(adj).Version), fault.Forbidden)
		if err := c.r.FileAdjustment(ctx, c.office, adj, c.adjustment(adj).Version); err != nil {
			t.Fatal(err, fault.Fields(err))
		}
		if v := c.adjustment(adj); v.State != publication.AtOffice || !v.Adjustment.ByOffice {
			t.Errorf("%s", v.State)
		}
		wants(t, "send one's own", c.r.SendAdjustment(ctx, c.office, adj), fault.Forbidden)
		second := c.office
		second.ID = "office-2"
		if err := c.r.SendAdjustment(ctx, second, adj); err != nil {
			t.Fatal(err)
		}
		no, date := c.approval()
		if err := c.r.ApproveAdjustment(ctx, c.government(), adj, no, date); err != nil {
			t.Fatal(err)
		}
		if _, err := c.r.Publish(ctx, c.office, adj); err != nil {
			t.Fatal(err)
		}
		if c.state(id) != publication.Suspended {
			t.Errorf("%s", c.state(id))
		}

		// A suspended item cannot come back by the way of a batch.
		c.edit(c.liaison, id, func(it *catalog.Item) { it.Quota = "每年 9 名" })
		if err := c.r.ConfirmItems(ctx, c.leader, []string{id}); err != nil {
			t.Fatal(err)
		}
		_, err := c.r.SubmitPackage(ctx, c.liaison, c.reporting(id))
		wants(t, "a suspended item in a package", err, fault.Conflict)
		in = c.input(publication.OpResume)
		in.Contents = []string{id}
		adj = c.start(c.liaison, in)
		c.file(adj)
		if err := c.r.DecideAdjustment(ctx, c.office, adj, ""); err != nil {
			t.Fatal(err)
		}
		if _, err := c.r.Publish(ctx, c.office, adj); err != nil {
			t.Fatal(err)
		}
		c.view(func(tx *store.Tx) error {
			if now, err := tx.CurrentItem(id); err != nil || !now.Available() || now.Op != publication.OpResume || !strings.Contains(string(now.Doc), "每年 9 名") {
				t.Errorf("%+v %v", now.Op, err)
			}
			return nil
		})
	})
}

// publishJob runs the job that publishes at an instant.
func (c *county) publishJob(id string, at time.Time) error {
	payload, err := json.Marshal(map[string]any{"id": id, "at": at.UnixMilli()})
	if err != nil {
		c.t.Fatal(err)
	}
	return c.r.RunPublish(context.WithoutCancel(c.t.Context()), payload, func(int) {})
}

// Publication at a set instant, a clock that goes back, striking after approval.
func TestPublicationAtAnInstant(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		c, ctx := newCounty(t, db), t.Context()
		ids := c.good(c.liaison, c.health, 3)
		sub := c.report(ids...)
		for _, a := range []org.Actor{c.office, c.bureau()} {
			if err := c.r.Decide(ctx, a, sub, ids, publication.Pass, nil); err != nil {
				t.Fatal(err)
			}
		}
		batch, err := c.r.ComposeBatch(ctx, c.office, "第一批", nil)
		if err != nil {
			t.Fatal(err)
		}
		wants(t, "set before approval", c.r.SetPublication(ctx, c.office, batch, c.now().Add(time.Hour)), fault.Conflict)
		if err := c.r.SendBatch(ctx, c.office, batch); err != nil {
			t.Fatal(err)
		}
		wants(t, "strike before approval", c.r.StrikeItem(ctx, c.government(), batch, ids[0], "理由"), fault.Conflict)
		no, date := c.approval()
		self := c.government()
		self.ID = c.office.ID
		wants(t, "approve what one has sent", c.r.ApproveBatch(ctx, self, batch, reform.Approval{DocNo: no, DocDate: date}), fault.Forbidden)
		if err := c.r.ApproveBatch(ctx, c.government(), batch, reform.Approval{DocNo: no, DocDate: date}); err != nil {
			t.Fatal(err)
		}
		wants(t, "strike without a reason", c.r.StrikeItem(ctx, c.government(), batch, ids[0], ""), fault.Invalid)
		if err := c.r.StrikeItem(ctx, c.government(), batch, ids[0], "涉及在建系统，暂缓"); err != nil {
			t.Fatal(err)
		}
		wants(t, "strike twice", c.r.StrikeItem(ctx, c.government(), batch, ids[0], "理由"), fault.NotFound)
		if s := c.state(ids[0]); s != publication.Returned {
			t.Errorf("what was struck is %s", s)
		}
		wants(t, "set to the past", c.r.SetPublication(ctx, c.office, batch, c.now().Add(-time.Hour)), fault.Invalid)
		at := c.now().Add(time.Hour)
		if err := c.r.SetPublication(ctx, c.office, batch, at); err != nil {
			t.Fatal(err)
		}
		// The instant has not come, as when the clock was set back after the job
		// was given out; and a job of another instant.
		for what, when := range map[string]time.Time{"too early": at, "another instant": at.Add(time.Minute)} {
			if err := c.publishJob(batch, when); err != nil {
				t.Errorf("%s: %v", what, err)
			}
			if b, err := c.r.Batch(ctx, c.office, batch); err != nil || b.State != publication.Sanctioned || b.PublishAt.IsZero() {
				t.Errorf("%s: %s %v", what, b.State, err)
			}
		}
		past := c.now().Add(-time.Minute).Truncate(time.Millisecond)
		set := func(id string) {
			t.Helper()
			if err := db.Update(ctx, func(tx *store.Tx) error {
				b, err := tx.BatchHead(id)
				if err != nil {
					return err
				}
				return tx.SetPublishAt(id, b.Version, past)
			}); err != nil {
				t.Fatal(err)
			}
		}
		set(batch)
		if err := c.r.SchedulePublications(ctx); err != nil {
			t.Fatal(err)
		}
		if j, err := db.ClaimJob(ctx, "w", []string{reform.PublishJob}, time.Minute); err != nil || j == nil {
			t.Fatalf("nobody is told to publish: %v", err)
		} else if err := c.r.RunPublish(ctx, j.Payload.(json.RawMessage), func(int) {}); err != nil {
			t.Fatal(err)
		}
		b, err := c.r.Batch(ctx, c.office, batch)
		if err != nil || b.State != publication.Released || !b.PublishAt.IsZero() {
			t.Fatalf("%s %v", b.State, err)
		}
		if err := c.publishJob(batch, past); err != nil { // the job comes again after a crash
			t.Error(err)
		}
		wants(t, "strike what is public", c.r.StrikeItem(ctx, c.government(), batch, ids[1], "理由"), fault.Conflict)
		c.view(func(tx *store.Tx) error {
			releases, err := tx.Releases()
			if err != nil || len(releases) != 1 || releases[0].Count != 2 {
				t.Errorf("%d releases, %v", len(releases), err)
			}
			return nil
		})

		// The last release says it was made tomorrow: the clock went back.
		if err := db.Update(ctx, func(tx *store.Tx) error {
			_, err := tx.Exec(`UPDATE release_log SET at=$1`, store.Millis(tx.Now().Add(24*time.Hour)))
			return err
		}); err != nil {
			t.Fatal(err)
		}
		in := c.input(publication.OpSuspend)
		in.Subjects = []reform.AdjustSubject{{ItemID: ids[1]}}
		adj := c.start(c.liaison, in)
		c.file(adj)
		if err := c.r.SendAdjustment(ctx, c.office, adj); err != nil {
			t.Fatal(err)
		}
		if err := c.r.ApproveAdjustment(ctx, c.government(), adj, no, date); err != nil {
			t.Fatal(err)
		}
		_, err = c.r.Publish(ctx, c.office, adj)
		if !fault.Is(err, fault.Conflict) || !strings.Contains(fault.Text(err), "校准") {
			t.Errorf("published with a clock that went back: %v", err)
		}
		set(adj)
		if err := c.publishJob(adj, past); err != nil {
			t.Error(err)
		}
		if v := c.adjustment(adj); v.State != publication.Sanctioned || !v.PublishAt.IsZero() {
			t.Errorf("%s, set to %s", v.State, v.PublishAt)
		}
		if todo := strings.Join(c.openTodos(c.office), "\n"); !strings.Contains(todo, "没有按时公布") {
			t.Errorf("nobody is told: %s", todo)
		}
	})
}

// mend gives a copy of an item what its unit has to fill in: codes that no other
// item has, and a unit that the register of the tests does not describe.
func (c *county) mend(a org.Actor, id string, n int) {
	c.t.Helper()
	c.edit(a, id, func(it *catalog.Item) {
		good := lint.GoodItem()
		it.BasicCode = fmt.Sprintf("%s%06d", good.BasicCode[:6], 900000+n)
		it.ImplementationCode = good.ImplementationCode[:19] + it.BasicCode
		it.Body.USCC = good.Body.USCC
	})
}
