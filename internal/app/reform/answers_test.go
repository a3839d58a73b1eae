package reform_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"onevisit/internal/app/reform"
	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/lint"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/publication"
	"onevisit/internal/domain/work"
	"onevisit/internal/infra/store"
	"onevisit/internal/infra/store/storetest"
)

// of picks what a rule found.
func of(found []lint.Finding, rule string) (out []lint.Finding) {
	for _, f := range found {
		if f.Rule == rule {
			out = append(out, f)
		}
	}
	return out
}

// found is what an item's page shows of a rule.
func (c *county) found(a org.Actor, id, rule string) []lint.Finding {
	c.t.Helper()
	v, err := c.r.Item(c.t.Context(), a, id)
	if err != nil {
		c.t.Fatal(err)
	}
	return of(v.Found, rule)
}

// vague is an item with a warning (E04) at its second condition.
func (c *county) vague() string {
	c.t.Helper()
	it := lint.GoodItem()
	it.Conditions = []string{"有固定的经营场所", "符合有关材料的要求"}
	return c.create(c.liaison, c.health, it)
}

// A warning is answered once, stays answered while its place is there, and goes
// to the review with the answer; without one the package is refused.
func TestWarningsAreExplained(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		c, ctx := newCounty(t, db), t.Context()
		id := c.vague()
		if f := c.found(c.liaison, id, "E04"); len(f) != 1 || f[0].Reason != nil || f[0].Field != "conditions[1]" {
			t.Fatalf("%+v", f)
		}
		wants(t, "no reason", c.r.ExplainFinding(ctx, c.liaison, id, "E04", "conditions[1]", " 略 "), fault.Invalid)
		wants(t, "no such finding", c.r.ExplainFinding(ctx, c.liaison, id, "E04", "conditions[0]", "照录省级目录"), fault.Conflict)
		before := c.version(id)
		if err := c.r.ConfirmItems(ctx, c.leader, []string{id}); err != nil {
			t.Fatal(err, fault.Fields(err))
		}
		in := c.reporting(id)
		in.Reasons = nil
		_, err := c.r.SubmitPackage(ctx, c.liaison, in)
		if f := fault.Fields(err); !fault.Is(err, fault.Invalid) || len(f) != 1 || f[0].Path != "reasons.E04" {
			t.Fatalf("without a reason: %v %v", err, f)
		}
		if p, err := c.r.Prepare(ctx, c.liaison, c.health.ID); err != nil || len(p.Asks) != 1 || p.Asks[0].Rule != "E04" || p.Asks[0].Count != 1 {
			t.Fatalf("%v %v", p.Asks, err)
		}
		// A confirmed item can still be explained; it stays confirmed.
		if err := c.r.ExplainFinding(ctx, c.liaison, id, "E04", "conditions[1]", "照录省级目录，指南中已逐份列明"); err != nil {
			t.Fatal(err)
		}
		f := c.found(c.liaison, id, "E04")
		if len(f) != 1 || f[0].Reason == nil || f[0].Reason.Text != "照录省级目录，指南中已逐份列明" || f[0].Reason.By != c.liaison.Name || f[0].Reason.On != c.today() {
			t.Fatalf("%+v", f)
		}
		if v, err := c.r.Item(ctx, c.liaison, id); err != nil || v.State != publication.Confirmed || v.Warnings != 1 || c.version(id) != before+1 {
			t.Errorf("%s, %d warnings, version %d after %d: %v", v.State, v.Warnings, c.version(id), before, err)
		}
		sub, err := c.r.SubmitPackage(ctx, c.liaison, in)
		if err != nil {
			t.Fatal(err, fault.Fields(err))
		}
		r, err := c.r.ReviewItem(ctx, c.office, sub.ID, id, "")
		if err != nil {
			t.Fatal(err)
		}
		if f := of(r.Found, "E04"); len(f) != 1 || f[0].Reason == nil || f[0].Reason.By != c.liaison.Name {
			t.Errorf("the review shows %+v", f)
		}
		wants(t, "explain in review", c.r.ExplainFinding(ctx, c.liaison, id, "E04", "conditions[1]", "另一个理由"), fault.Conflict)
	})
}

// Reasons that come with the package stand for all warnings of a rule, and go on
// record at each.
func TestReasonsComeWithThePackage(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		c, ctx := newCounty(t, db), t.Context()
		id := c.vague()
		if err := c.r.ConfirmItems(ctx, c.leader, []string{id}); err != nil {
			t.Fatal(err)
		}
		in := c.reporting(id)
		in.Reasons = map[string]string{"E04": "略"}
		_, err := c.r.SubmitPackage(ctx, c.liaison, in)
		if f := fault.Fields(err); !fault.Is(err, fault.Invalid) || len(f) != 1 || f[0].Path != "reasons.E04" {
			t.Fatalf("a reason that says nothing: %v %v", err, f)
		}
		in.Reasons["E04"] = "名称照录省级目录"
		if _, err := c.r.SubmitPackage(ctx, c.liaison, in); err != nil {
			t.Fatal(err, fault.Fields(err))
		}
		c.view(func(tx *store.Tx) error {
			r, err := tx.FindingReasons(id)
			if len(r) != 1 || r[0].Rule != "E04" || r[0].Place != "conditions[1]" || r[0].Text != "名称照录省级目录" || r[0].ByID != c.liaison.ID {
				t.Errorf("on record: %+v", r)
			}
			return err
		})
	})
}

// A unit whose promised times have not fallen enough does not report (U04), and
// one below its share says why (U03).
func TestTheUnitAsAWholeIsCheckedBeforeReporting(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		c, ctx := newCounty(t, db), t.Context()
		it := lint.GoodItem()
		for i := range it.Process.Touchpoints {
			it.Process.Touchpoints[i].Remote = nil
		}
		it.CurrentLimit = it.PromisedLimit
		it.Reform = catalog.Reform{Class: catalog.ClassNotYet, GuidePublished: true}
		two := 2
		it.Visits, it.VisitsReason = &two, "须到窗口提交材料并领取结果"
		id := c.create(c.liaison, c.health, it)
		if err := c.r.ConfirmItems(ctx, c.leader, []string{id}); err != nil {
			t.Fatal(err, fault.Fields(err))
		}
		in := c.reporting(id)
		in.Reasons = map[string]string{"U03": "列入第二批改革事项"}
		_, err := c.r.SubmitPackage(ctx, c.liaison, in)
		if f := fault.Fields(err); !fault.Is(err, fault.Invalid) || len(f) != 1 || f[0].Path != "unit" || !strings.Contains(f[0].Text, "20%") {
			t.Fatalf("without the cut: %v %v", err, f)
		}
		if err := c.r.ReopenItem(ctx, c.leader, id); err != nil {
			t.Fatal(err)
		}
		it.CurrentLimit.N = 2 * it.PromisedLimit.N
		if err := c.r.SaveItem(ctx, c.liaison, id, c.version(id), it); err != nil {
			t.Fatal(err)
		}
		if err := c.r.ConfirmItems(ctx, c.leader, []string{id}); err != nil {
			t.Fatal(err, fault.Fields(err))
		}
		sub, err := c.r.SubmitPackage(ctx, c.liaison, in)
		if err != nil {
			t.Fatal(err, fault.Fields(err))
		}
		if !strings.Contains(sub.Statement, "U03") || !strings.Contains(sub.Statement, "列入第二批改革事项") {
			t.Errorf("the unit's reason: %q", sub.Statement)
		}
	})
}

// licensed is an item with an error that can be waived (M03), at its last
// material.
func (c *county) licensed() string {
	c.t.Helper()
	it := lint.GoodItem()
	it.Materials = append(it.Materials, catalog.Material{ID: "m9", Name: "营业执照", Kind: "证件证书证明", Basis: it.Bases[0].Text, Issuer: catalog.IssuerGovernment, IssuerUnit: "市场监督管理局",
		Copies: 1, Need: catalog.NeedRequired, Role: catalog.RoleMain, Licence: "营业执照"})
	return c.create(c.liaison, c.health, it)
}

func (c *county) asked(id string) reform.Waiving {
	c.t.Helper()
	f := c.found(c.liaison, id, "M03")
	if len(f) != 1 || f[0].Severity != lint.Error || !f[0].Waivable {
		c.t.Fatalf("%+v", f)
	}
	return reform.Waiving{ItemID: id, Rule: "M03", Field: f[0].Field, Reason: "电子证照库尚未联通"}
}

func TestWaivers(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		c, ctx := newCounty(t, db), t.Context()
		id := c.licensed()
		in := c.asked(id)
		wants(t, "confirm with an error", c.r.ConfirmItems(ctx, c.leader, []string{id}), fault.Invalid)
		wants(t, "no reason", c.r.AskWaiver(ctx, c.liaison, reform.Waiving{ItemID: id, Rule: "M03", Field: in.Field}), fault.Invalid)
		wants(t, "nothing found there", c.r.AskWaiver(ctx, c.liaison, reform.Waiving{ItemID: id, Rule: "E01", Field: "name", Reason: in.Reason}), fault.Conflict)
		if err := c.r.AskWaiver(ctx, c.liaison, in); err != nil {
			t.Fatal(err)
		}
		wants(t, "ask twice", c.r.AskWaiver(ctx, c.liaison, in), fault.Conflict)
		if titles := c.todosOf(org.RoleReform, work.KindWaiver, ""); len(titles) != 1 || !strings.Contains(titles[0], "材料“营业执照”") {
			t.Errorf("to do: %v", titles)
		}
		list, n, err := c.r.Waivers(ctx, c.office, reform.WaiverFilter{State: publication.WaiverAsked})
		if err != nil || n != 1 || !list[0].CanDecide || list[0].CanEnd {
			t.Fatalf("%+v %v", list, err)
		}
		if _, n, err := c.r.Waivers(ctx, c.other, reform.WaiverFilter{}); err != nil || n != 0 {
			t.Errorf("another unit sees %d: %v", n, err)
		}
		w := list[0]
		wants(t, "no end", c.r.DecideWaiver(ctx, c.office, w.ID, w.Version, true, calendar.Date{}, ""), fault.Invalid)
		wants(t, "ended before", c.r.DecideWaiver(ctx, c.office, w.ID, w.Version, true, c.today().AddDays(-1), ""), fault.Invalid)
		wants(t, "no reason to decline", c.r.DecideWaiver(ctx, c.office, w.ID, w.Version, false, calendar.Date{}, " "), fault.Invalid)
		wants(t, "another version", c.r.DecideWaiver(ctx, c.office, w.ID, w.Version+1, true, c.today(), ""), fault.Conflict)
		if err := c.r.DecideWaiver(ctx, c.office, w.ID, w.Version, true, c.today(), "同意"); err != nil {
			t.Fatal(err)
		}
		wants(t, "decide twice", c.r.DecideWaiver(ctx, c.office, w.ID, w.Version+1, true, c.today(), ""), fault.Conflict)

		// The material is only named, the item has no error, its history says why.
		v, err := c.r.Item(ctx, c.liaison, id)
		if err != nil {
			t.Fatal(err)
		}
		m := v.Data.Materials[len(v.Data.Materials)-1]
		if m.Name != "营业执照" || m.Originals+m.Copies != 0 || v.Errors != 0 || len(v.Waivers) != 1 || v.Waivers[0].State != publication.WaiverHolds {
			t.Errorf("%+v, %d errors, %+v", m, v.Errors, v.Waivers)
		}
		if h, err := c.r.History(ctx, c.liaison, id, 0); err != nil || !strings.Contains(h.Revisions[0].What, "豁免") {
			t.Errorf("%+v %v", h.Revisions, err)
		}
		if err := c.r.ConfirmItems(ctx, c.leader, []string{id}); err != nil {
			t.Errorf("%v %v", err, fault.Fields(err))
		}

		// Taken back: the finding has no cover, and the unit is told.
		list, _, _ = c.r.Waivers(ctx, c.office, reform.WaiverFilter{})
		wants(t, "take back without a reason", c.r.EndWaiver(ctx, c.office, w.ID, list[0].Version, ""), fault.Invalid)
		wants(t, "the unit takes back", c.r.EndWaiver(ctx, c.liaison, w.ID, list[0].Version, "不需要了"), fault.Forbidden)
		if err := c.r.EndWaiver(ctx, c.office, w.ID, list[0].Version, "证照库已联通"); err != nil {
			t.Fatal(err)
		}
		if titles := c.todosOf(org.RoleLiaison, work.KindUnwaived, c.health.ID); len(titles) != 1 || !strings.Contains(titles[0], "证照库已联通") {
			t.Errorf("to do: %v", titles)
		}
		var table bytes.Buffer
		if err := c.r.WriteWaivers(ctx, c.liaison, reform.WaiverFilter{}, &table); err != nil || !strings.Contains(table.String(), "已撤销") {
			t.Errorf("%s %v", table.String(), err)
		}
	})
}

func TestAWaiverDeclined(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		c, ctx := newCounty(t, db), t.Context()
		id := c.licensed()
		in := c.asked(id)
		if err := c.r.AskWaiver(ctx, c.liaison, in); err != nil {
			t.Fatal(err)
		}
		list, _, err := c.r.Waivers(ctx, c.office, reform.WaiverFilter{})
		if err != nil {
			t.Fatal(err)
		}
		if err := c.r.DecideWaiver(ctx, c.office, list[0].ID, list[0].Version, false, calendar.Date{}, "证照库可查，改为共享核验"); err != nil {
			t.Fatal(err)
		}
		if titles := c.todosOf(org.RoleLiaison, work.KindUnwaived, c.health.ID); len(titles) != 1 || !strings.Contains(titles[0], "改为共享核验") {
			t.Errorf("to do: %v", titles)
		}
		if v, err := c.r.Waiver(ctx, c.liaison, list[0].ID); err != nil || v.State != publication.WaiverDeclined || v.CanEnd {
			t.Errorf("%+v %v", v, err)
		}
		// It can be asked again, and withdrawn while it waits.
		if err := c.r.AskWaiver(ctx, c.liaison, in); err != nil {
			t.Fatal(err)
		}
		list, _, err = c.r.Waivers(ctx, c.liaison, reform.WaiverFilter{State: publication.WaiverAsked})
		if err != nil || len(list) != 1 || !list[0].CanEnd || list[0].CanDecide {
			t.Fatalf("%+v %v", list, err)
		}
		if err := c.r.EndWaiver(ctx, c.liaison, list[0].ID, list[0].Version, ""); err != nil {
			t.Fatal(err)
		}
		if titles := c.todosOf(org.RoleReform, work.KindWaiver, ""); len(titles) != 0 {
			t.Errorf("still to do: %v", titles)
		}
	})
}

// When its last day has passed, what was let through is found again, once.
func TestAWaiverEnds(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		c, ctx := newCounty(t, db), t.Context()
		id := c.licensed()
		in := c.asked(id)
		in.Until = c.today().AddDays(30)
		if err := c.r.GrantWaiver(ctx, c.office, in); err != nil {
			t.Fatal(err)
		}
		if f := c.found(c.liaison, id, "M03"); len(f) != 0 {
			t.Fatalf("%+v", f)
		}
		// Its day is set back; a test cannot wait for a month.
		if err := db.Update(ctx, func(tx *store.Tx) error {
			rows, err := tx.Waivers(store.WaiverFilter{Item: id})
			if err != nil {
				return err
			}
			rows[0].Until = calendar.DateOf(tx.Now()).AddDays(-1)
			return tx.UpdateWaiver(&rows[0].Waiver)
		}); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := c.r.RunWaivers(ctx, json.RawMessage(nil), nil); err != nil {
				t.Fatal(err)
			}
		}
		if f := c.found(c.liaison, id, "M03"); len(f) != 1 || f[0].Severity != lint.Error || !strings.Contains(f[0].Message, "到期") {
			t.Errorf("%+v", f)
		}
		if titles := c.todosOf(org.RoleLiaison, work.KindUnwaived, c.health.ID); len(titles) != 1 {
			t.Errorf("to do: %v", titles)
		}
		// It can be renewed.
		in = c.asked(id)
		in.Until = c.today().AddDays(30)
		if err := c.r.GrantWaiver(ctx, c.office, in); err != nil {
			t.Fatal(err)
		}
		if _, n, err := c.r.Waivers(ctx, c.office, reform.WaiverFilter{State: publication.WaiverHolds}); err != nil || n != 1 {
			t.Errorf("%d hold: %v", n, err)
		}
		if err := c.r.ConfirmItems(ctx, c.leader, []string{id}); err != nil {
			t.Errorf("%v %v", err, fault.Fields(err))
		}
		if titles := c.todosOf(org.RoleLiaison, work.KindUnwaived, c.health.ID); len(titles) != 0 {
			t.Errorf("still to do: %v", titles)
		}
	})
}

// The check of the county finds what each item's page shows, what the rules on
// units find, and is brought up to date by whatever changes.
func TestChecks(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		c, ctx := newCounty(t, db), t.Context()
		id := c.vague()
		bad := c.item(c.water, "取水许可")
		all, err := c.r.Checks(ctx, c.office, reform.CheckQuery{})
		if err != nil || !all.County || all.Items != 2 {
			t.Fatalf("%+v %v", all, err)
		}
		e04 := func() reform.CheckRow {
			t.Helper()
			v, err := c.r.Checks(ctx, c.liaison, reform.CheckQuery{Rule: "E04"})
			if err != nil || v.County || v.Total != 1 {
				t.Fatalf("%+v %v", v, err)
			}
			return v.Found[0]
		}
		if f := e04(); f.ItemID != id || f.UnitID != c.health.ID || f.Reason != nil {
			t.Errorf("%+v", f)
		}
		if err := c.r.ExplainFinding(ctx, c.liaison, id, "E04", "conditions[1]", "照录省级目录"); err != nil {
			t.Fatal(err)
		}
		if f := e04(); f.Reason == nil || f.Reason.Text != "照录省级目录" {
			t.Errorf("the reason is not there: %+v", f)
		}
		mine, err := c.r.Checks(ctx, c.other, reform.CheckQuery{})
		if err != nil || len(mine.Found) == 0 {
			t.Fatalf("%+v %v", mine, err)
		}
		for _, f := range mine.Found {
			if f.UnitID != c.water.ID {
				t.Errorf("%s is shown to another unit", f.Unit)
			}
		}
		v, err := c.r.Item(ctx, c.other, bad)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range v.Found {
			one, err := c.r.Checks(ctx, c.office, reform.CheckQuery{Rule: f.Rule, Unit: c.water.ID})
			if err != nil || one.Total == 0 {
				t.Errorf("%s is not among the county's: %v", f.Rule, err)
			}
		}
		if u02, err := c.r.Checks(ctx, c.office, reform.CheckQuery{Rule: "U02"}); err != nil || u02.Total == 0 || u02.Found[0].UnitID == "" {
			t.Errorf("units are not checked: %+v %v", u02, err)
		}
		var table bytes.Buffer
		if err := c.r.WriteChecks(ctx, c.office, reform.CheckQuery{Rule: "E04"}, &table); err != nil || strings.Count(table.String(), "\n") != 2 {
			t.Errorf("%s %v", table.String(), err)
		}
		if _, err := c.r.Checks(ctx, c.none, reform.CheckQuery{}); !fault.Is(err, fault.Forbidden) && !fault.Is(err, fault.Unauthorized) {
			t.Errorf("nobody sees %v", err)
		}
	})
}
