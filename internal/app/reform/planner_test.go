package reform_test

import (
	"bytes"
	"strings"
	"testing"

	"onevisit/internal/app/reform"
	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/plan"
	"onevisit/internal/domain/publication"
	"onevisit/internal/domain/visit"
	"onevisit/internal/domain/work"
	"onevisit/internal/infra/store"
	"onevisit/internal/infra/store/storetest"
)

// twice is an item that takes two visits, one with M1 or M2.
func twice(name string) *catalog.Item {
	wd := func(n int) catalog.Limit { return catalog.Limit{N: n, Unit: catalog.UnitWorkday} }
	return &catalog.Item{Name: name, Type: "行政许可", CurrentLimit: wd(10), PromisedLimit: wd(10),
		Process: &catalog.Process{Sites: []catalog.Site{{ID: "w", Name: "综合窗口", Hall: "县政务服务大厅"}},
			Steps:       []catalog.Step{{ID: "s1", Name: "受理", Waits: true}, {ID: "s2", Name: "审查", Days: 9, Waits: true}, {ID: "s3", Name: "送达", Days: 1}},
			Touchpoints: []catalog.Touchpoint{{ID: "t1", Duty: "提交", From: "s1", To: "s1", Site: "w"}, {ID: "t2", Duty: "领取", From: "s3", To: "s3", Site: "w"}}}}
}

// bound is an item that the law keeps at two visits.
func bound(name string) *catalog.Item {
	it := twice(name)
	for i := range it.Process.Touchpoints {
		it.Process.Touchpoints[i].Law = "《某条例》第八条"
	}
	return it
}

func (c *county) create(a org.Actor, unit org.Unit, it *catalog.Item) string {
	c.t.Helper()
	id, err := c.r.CreateItem(c.t.Context(), a, unit.ID, it)
	if err != nil {
		c.t.Fatal(err)
	}
	return id
}

// publish makes a release of one item as an approved batch would.
func (c *county) publish(id string) {
	c.t.Helper()
	if err := c.db.Update(c.t.Context(), func(tx *store.Tx) error {
		row, err := tx.Item(id)
		if err != nil {
			return err
		}
		p, err := tx.ActivePlan()
		if err != nil {
			return err
		}
		sub := &publication.Submission{PlanID: p.ID, UnitID: row.UnitID, Kind: publication.Package, State: publication.Settled, Number: "报送-" + id, At: tx.Now(),
			Items: []publication.SubmittedItem{{ItemID: id, ItemVersion: row.Version, Name: row.Name, Code: row.Code, Type: row.Type, Doc: row.Doc, DocHash: row.DocHash, Visits: row.Visits, Class: row.Class}}}
		if err := tx.InsertSubmission(sub); err != nil {
			return err
		}
		b := &publication.Batch{PlanID: p.ID, Title: "批次", State: publication.Sanctioned, DocNo: "广政〔2018〕1号", DocDate: calendar.DateOf(tx.Now())}
		if err := tx.InsertBatch(b); err != nil {
			return err
		}
		if err := tx.AddBatchItem(b.ID, id, sub.ID); err != nil {
			return err
		}
		return tx.MoveItem(id, row.Version, publication.Batched, sub.ID)
	}); err != nil {
		c.t.Fatal(err)
	}
	var batch string
	c.view(func(tx *store.Tx) error {
		list, err := tx.Batches()
		batch = list[0].ID
		return err
	})
	if _, err := c.r.Publish(c.t.Context(), c.office, batch); err != nil {
		c.t.Fatal(err)
	}
}

func TestAPlanBecomesPledges(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		c := newCounty(t, db)
		ctx := t.Context()
		a, b, law := c.create(c.liaison, c.health, twice("甲")), c.create(c.liaison, c.health, twice("乙")), c.create(c.liaison, c.health, bound("丙"))
		d := c.create(c.other, c.water, twice("丁"))

		w, err := c.r.WhatIf(ctx, c.liaison, a, []string{"M2"})
		if err != nil || w.Before.Visits != 2 || w.After.Visits != 1 || len(w.One) != 2 || w.One[0] != visit.M1 || len(w.None) != 1 {
			t.Fatalf("what if: %+v %v", w, err)
		}
		if _, err := c.r.WhatIf(ctx, c.other, a, nil); !fault.Is(err, fault.Forbidden) {
			t.Errorf("a stranger asks what if: %v", err)
		}

		// Of two, one and three, half is two, none and one more: 2 of 3, 1 of 1.
		q := reform.PlanQuery{Costs: map[string]string{"M1": "2", "M2": "1.5"}}
		p, err := c.r.PlanMeasures(ctx, c.office, q)
		if err != nil || !p.Answer.Reached || p.Answer.Measures != visit.M2 || visit.FormatAmount(p.Answer.Cost) != "1.5" {
			t.Fatalf("plan: %+v %v", p, err)
		}
		if len(p.Blocked) != 1 || p.Blocked[0].ID != law || p.Blocked[0].Law[0] != "《某条例》第八条" {
			t.Errorf("blocked: %+v", p.Blocked)
		}
		var table bytes.Buffer
		if err := c.r.WritePlan(ctx, c.office, p.Query, "csv", &table); err != nil || !strings.Contains(table.String(), "任何措施都不能减到一次") || !strings.Contains(table.String(), "依法须本人到场（《某条例》第八条）") {
			t.Errorf("as a table: %v\n%s", err, table.String())
		}
		if _, err := c.r.PlanMeasures(ctx, c.liaison, q); !fault.Is(err, fault.Forbidden) {
			t.Errorf("a unit plans for the county: %v", err)
		}
		if _, err := c.r.PlanMeasures(ctx, c.office, reform.PlanQuery{Costs: map[string]string{"M1": "-1"}}); !fault.Is(err, fault.Invalid) {
			t.Errorf("a negative cost: %v", err)
		}

		today := calendar.DateOf(c.now())
		own := q
		own.Unit = c.health.ID
		if _, err := c.r.PledgePlan(ctx, c.other, own, today.AddDays(1)); !fault.Is(err, fault.Forbidden) {
			t.Errorf("a stranger pledges: %v", err)
		}
		if _, err := c.r.PledgePlan(ctx, c.liaison, own, today.AddDays(-1)); !fault.Is(err, fault.Invalid) {
			t.Errorf("a pledge in the past: %v", err)
		}
		if n, err := c.r.PledgePlan(ctx, c.liaison, own, today.AddDays(10)); err != nil || n != 2 {
			t.Fatalf("made %d: %v", n, err)
		}
		// The draft says so itself, and its class follows.
		v, err := c.r.Item(ctx, c.liaison, a)
		if err != nil || v.Data.Reform.Class != catalog.ClassReform || v.Data.Reform.Measures[0] != "M2" || v.ClassNow != catalog.ClassReform {
			t.Fatalf("the draft: %+v %v", v.Data.Reform, err)
		}
		// The reform office pledges for all; nothing doubles, the water bureau joins.
		if n, err := c.r.PledgePlan(ctx, c.office, q, today.AddDays(20)); err != nil || n != 3 {
			t.Fatalf("made %d: %v", n, err)
		}
		list, _, err := c.r.Pledges(ctx, c.office, reform.PledgeFilter{})
		if err != nil || len(list) != 3 || list[0].Due != today.AddDays(20) || list[0].State != plan.PledgeOpen {
			t.Fatalf("pledges: %+v %v", list, err)
		}
		if titles := strings.Join(c.todosOf(org.RoleLiaison, work.KindPledge, c.water.ID), " "); !strings.Contains(titles, "兑现“丁”") {
			t.Errorf("to-dos of the water bureau: %s", titles)
		}
		// Page by page, forth and back, they are the same; each state has its own.
		first, total, err := c.r.Pledges(ctx, c.office, reform.PledgeFilter{Limit: 2})
		if err != nil || total != 3 || len(first) != 2 || first[1].ID != list[1].ID {
			t.Errorf("first page: %d of %d %v", len(first), total, err)
		}
		second, _, err := c.r.Pledges(ctx, c.office, reform.PledgeFilter{Limit: 2, After: first[1].ID})
		if err != nil || len(second) != 1 || second[0].ID != list[2].ID {
			t.Errorf("second page: %+v %v", second, err)
		}
		back, _, err := c.r.Pledges(ctx, c.office, reform.PledgeFilter{Limit: 2, Before: second[0].ID})
		if err != nil || len(back) != 2 || back[0].ID != first[0].ID || back[1].ID != first[1].ID {
			t.Errorf("back again: %+v %v", back, err)
		}
		for state, want := range map[plan.PledgeState]int{plan.PledgeOpen: 3, plan.PledgeLate: 0, plan.PledgeKept: 0, plan.PledgeWithdrawn: 0} {
			if _, n, err := c.r.Pledges(ctx, c.office, reform.PledgeFilter{State: state}); err != nil || n != want {
				t.Errorf("%s: %d, want %d; %v", state, n, want, err)
			}
		}
		if mine, _, err := c.r.Pledges(ctx, c.other, reform.PledgeFilter{}); err != nil || len(mine) != 1 || mine[0].ItemID != d {
			t.Errorf("the water bureau sees %+v %v", mine, err)
		}

		// Withdrawn for a reason, by whoever may; an old version is refused.
		wp := list[0]
		for _, x := range list {
			if x.ItemID == d {
				wp = x
			}
		}
		if err := c.r.WithdrawPledge(ctx, c.other, wp.ID, wp.Version, " "); !fault.Is(err, fault.Invalid) {
			t.Errorf("withdrawn without a reason: %v", err)
		}
		if err := c.r.WithdrawPledge(ctx, c.other, wp.ID, wp.Version-1, "政策调整"); !fault.Is(err, fault.Conflict) {
			t.Errorf("withdrawn at an old version: %v", err)
		}
		if err := c.r.WithdrawPledge(ctx, c.other, wp.ID, wp.Version, "政策调整"); err != nil {
			t.Fatal(err)
		}
		if titles := strings.Join(c.todosOf(org.RoleLiaison, work.KindPledge, c.water.ID), " "); strings.Contains(titles, "兑现“丁”") {
			t.Errorf("the to-do stays: %s", titles)
		}

		// A release with two visits keeps nothing; one with one visit does.
		c.publish(b)
		if s := c.pledgeOf(b).State; s != plan.PledgeOpen {
			t.Errorf("published with two visits: %s", s)
		}
		it := v.Data
		it.Process.Touchpoints[1].Remote = []string{"快递"}
		if err := c.r.SaveItem(ctx, c.liaison, a, c.version(a), it); err != nil {
			t.Fatal(err)
		}
		c.publish(a)
		if got := c.pledgeOf(a); got.State != plan.PledgeKept || got.ReleaseSeq != 2 {
			t.Errorf("published with one visit: %+v", got)
		}

		// The day passes: late, on the board as well.
		if err := c.db.Update(ctx, func(tx *store.Tx) error {
			_, err := tx.Exec(`UPDATE pledge SET due=$2 WHERE item_id=$1`, b, today.AddDays(-1).String())
			return err
		}); err != nil {
			t.Fatal(err)
		}
		board, err := c.r.Board(ctx, c.office)
		if err != nil || board.Total.Pledged != 1 || board.Total.Broken != 1 || board.Total.Kept != 1 {
			t.Errorf("board: %+v %v", board.Total, err)
		}
		if h, err := c.r.History(ctx, c.liaison, a, 0); err != nil || len(h.Pledges) != 1 || h.Pledges[0].State != plan.PledgeKept {
			t.Errorf("history: %+v %v", h.Pledges, err)
		}
	})
}

func (c *county) pledgeOf(item string) reform.PledgeView {
	c.t.Helper()
	list, _, err := c.r.Pledges(c.t.Context(), c.office, reform.PledgeFilter{})
	if err != nil {
		c.t.Fatal(err)
	}
	for _, p := range list {
		if p.ItemID == item {
			return p
		}
	}
	c.t.Fatalf("no pledge for %s", item)
	return reform.PledgeView{}
}

func (c *county) version(item string) (v int64) {
	c.view(func(tx *store.Tx) error {
		row, err := tx.Item(item)
		v = row.Version
		return err
	})
	return v
}

func TestAnItemPledgesOnlyWhatHelps(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		c := newCounty(t, db)
		a := c.create(c.liaison, c.health, twice("甲"))
		due := calendar.DateOf(c.now()).AddDays(5)
		if err := c.r.PledgeItem(t.Context(), c.leader, a, []string{"M3"}, due); !fault.Is(err, fault.Invalid) {
			t.Errorf("a measure that does not help: %v", err)
		}
		if err := c.r.PledgeItem(t.Context(), c.leader, a, []string{"M1"}, due); err != nil {
			t.Error(err)
		}
		if p := c.pledgeOf(a); p.Measures[0] != "M1" || p.Due != due {
			t.Errorf("pledge %+v", p)
		}
	})
}

func TestTimesAndAnalysis(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		c := newCounty(t, db)
		ctx := t.Context()
		a := c.create(c.liaison, c.health, twice("甲"))
		c.create(c.liaison, c.health, twice("乙"))
		// 20 % of twenty days are four; nothing is declared, so nothing can go.
		p, err := c.r.PlanTimes(ctx, c.liaison, c.health.ID)
		if err != nil || p.Reached || p.Need != 8 {
			t.Fatalf("undeclared: %+v %v", p, err)
		}
		v, err := c.r.Analysis(ctx, c.liaison, a)
		if err != nil || !v.CanEdit || len(v.Causes.Finish) == 0 || len(v.Causes.Learn) == 0 || len(v.Causes.HandIn) == 0 {
			t.Fatalf("analysis: %+v %v", v, err)
		}
		in := plan.Analysis{ItemID: a, Learn: "=指南太长", HandIn: "材料多", Finish: "须到窗口领取", Shortest: map[string]float64{"s2": 4}}
		if err := c.r.SaveAnalysis(ctx, c.other, in); !fault.Is(err, fault.Forbidden) {
			t.Errorf("a stranger saves: %v", err)
		}
		if err := c.r.SaveAnalysis(ctx, c.liaison, in); err != nil {
			t.Fatal(err)
		}
		if err := c.r.SaveAnalysis(ctx, c.liaison, in); !fault.Is(err, fault.Conflict) {
			t.Errorf("saved twice from one reading: %v", err)
		}
		if p, err = c.r.PlanTimes(ctx, c.liaison, c.health.ID); err != nil || !p.Reached || len(p.Cuts) != 1 || p.Cuts[0].ID != a || p.Cuts[0].To != 6 {
			t.Fatalf("declared: %+v %v", p, err)
		}
		var csv, xlsx bytes.Buffer
		if _, err := c.r.WriteAnalyses(ctx, c.liaison, c.health.ID, "csv", &csv); err != nil {
			t.Fatal(err)
		}
		text := csv.String()
		for _, want := range []string{"甲", "乙", "'=指南太长", "材料多", "第1次到县政务服务大厅：提交", "2. 审查", "办事指南尚未公开"} {
			if !strings.Contains(text, want) {
				t.Errorf("no %q in the table:\n%s", want, text)
			}
		}
		if _, err := c.r.WriteAnalyses(ctx, c.liaison, c.health.ID, "xlsx", &xlsx); err != nil || !bytes.HasPrefix(xlsx.Bytes(), []byte("PK")) {
			t.Errorf("xlsx: %v", err)
		}
		if _, err := c.r.WriteAnalyses(ctx, c.other, c.health.ID, "csv", &csv); !fault.Is(err, fault.Forbidden) {
			t.Errorf("a stranger's table: %v", err)
		}
	})
}
