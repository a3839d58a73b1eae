package reform_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"onevisit/internal/app/reform"
	"onevisit/internal/countytest"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/plan"
	"onevisit/internal/domain/publication"
	"onevisit/internal/domain/work"
	"onevisit/internal/infra/store"
	"onevisit/internal/infra/store/storetest"
)

func (c *county) watch() {
	c.t.Helper()
	if err := c.r.RunWatch(c.t.Context(), nil, func(int) {}); err != nil {
		c.t.Fatal(err)
	}
}

// age makes everything that was released or confirmed older.
func (c *county) age(days int) {
	c.t.Helper()
	if err := c.db.Update(c.t.Context(), func(tx *store.Tx) error {
		for _, q := range []string{`UPDATE release_log SET at=at-$1`, `UPDATE guide_check SET checked_at=checked_at-$1`, `UPDATE law_change SET seen_at=seen_at-$1`} {
			if _, err := tx.Exec(q, int64(days)*24*3600*1000); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		c.t.Fatal(err)
	}
}

func (c *county) liaisonTodos(kind work.Kind, unit string) (out []work.Todo) {
	c.t.Helper()
	c.view(func(tx *store.Tx) error {
		list, err := tx.OpenTodos([]string{string(org.RoleLiaison)}, []string{unit}, 50)
		for _, t := range list {
			if t.Kind == kind {
				out = append(out, t)
			}
		}
		return err
	})
	return out
}

// Guides hold for the days that the plan gives; before that their unit is asked,
// once, and a confirmation ends it.
func TestGuidesExpire(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		c, ctx := newCounty(t, db), t.Context()
		ids := c.published(2)
		c.watch()
		if left := c.liaisonTodos(work.KindGuide, c.health.ID); len(left) != 0 {
			t.Errorf("asked on the first day: %v", left)
		}
		c.age(155)
		c.watch()
		c.watch()
		todo := c.liaisonTodos(work.KindGuide, c.health.ID)
		if len(todo) != 1 || !strings.Contains(todo[0].Title, "2 份") || todo[0].Due != c.today().AddDays(25).String() {
			t.Fatalf("%+v", todo)
		}
		v, err := c.r.Guides(ctx, c.liaison, "", true)
		if err != nil || v.DueSoon != 2 || v.Expired != 0 || len(v.Guides) != 2 || v.Days != plan.DefaultClocks.Guide {
			t.Fatalf("%+v %v", v, err)
		}
		c.age(30)
		if v, err = c.r.Guides(ctx, c.liaison, "", true); err != nil || v.Expired != 2 {
			t.Errorf("%+v %v", v, err)
		}
		wants(t, "another unit's", c.r.ConfirmGuides(ctx, c.other, ids), fault.Forbidden)
		wants(t, "nothing chosen", c.r.ConfirmGuides(ctx, c.liaison, nil), fault.Invalid)
		if err := c.r.ConfirmGuides(ctx, c.liaison, ids[:1]); err != nil {
			t.Fatal(err)
		}
		if todo := c.liaisonTodos(work.KindGuide, c.health.ID); len(todo) != 1 || !strings.Contains(todo[0].Title, "1 份") {
			t.Errorf("%+v", todo)
		}
		if err := c.r.ConfirmGuides(ctx, c.leader, ids[1:]); err != nil {
			t.Fatal(err)
		}
		if todo := c.liaisonTodos(work.KindGuide, c.health.ID); len(todo) != 0 {
			t.Errorf("%+v", todo)
		}
		draft := c.item(c.health, "没有公布的")
		wants(t, "what is not public", c.r.ConfirmGuides(ctx, c.liaison, []string{draft}), fault.Conflict)
	})
}

// A law that changes after the publication raises one piece of work for every
// item that cites it, once; what was reviewed with the change raises none.
func TestALawChanges(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		c, ctx := newCounty(t, db), t.Context()
		ids := c.published(2)
		c.watch() // the embedded table is known from today on
		law := ""
		c.view(func(tx *store.Tx) error {
			now, err := tx.CurrentItem(ids[0])
			law = string(now.Doc)
			return err
		})
		v, err := c.r.Item(ctx, c.liaison, ids[0])
		if err != nil {
			t.Fatal(err)
		}
		title := v.Data.Bases[0].Text
		title = title[strings.Index(title, "《")+len("《") : strings.Index(title, "》")]
		if !strings.Contains(law, title) {
			t.Fatal("the item does not cite what it cites")
		}
		if left := c.liaisonTodos(work.KindBasis, c.health.ID); len(left) != 0 {
			t.Errorf("work for nothing: %v", left)
		}
		c.age(10)
		rules := fmt.Sprintf("laws:\n  - {title: %s, since: %s, source: 国务院令, change: 修订}\n", title, c.today().AddDays(-1))
		if _, err := c.r.SaveRules(ctx, c.office, 0, rules, "国务院令"); err != nil {
			t.Fatal(err, fault.Fields(err))
		}
		if j, err := db.ClaimJob(ctx, "w", []string{reform.WatchJob}, time.Minute); err != nil || j == nil {
			t.Errorf("nobody looks at once: %v", err)
		}
		c.watch()
		c.watch()
		todo := c.liaisonTodos(work.KindBasis, c.health.ID)
		if len(todo) != 2 || !strings.Contains(todo[0].Title, title) || !strings.Contains(todo[0].Title, "修订") || todo[0].Due == "" {
			t.Fatalf("%+v", todo)
		}
		if v, err := c.r.Item(ctx, c.liaison, ids[0]); err != nil || len(v.Laws) != 1 {
			t.Errorf("the item's page: %+v %v", v.Laws, err)
		}
		// An amendment is no finding of B03.
		c.edit(c.liaison, ids[1], func(it *catalog.Item) { it.Quota = "每年 3 名" })
		if v, err := c.r.Item(ctx, c.liaison, ids[1]); err != nil || hasRule(v, "B03") {
			t.Errorf("an amended law is called repealed: %v", err)
		}
		wants(t, "without a reason", c.r.AnswerLaw(ctx, c.liaison, ids[0], " "), fault.Invalid)
		if err := c.r.AnswerLaw(ctx, c.liaison, ids[0], "所引条款没有变化"); err != nil {
			t.Fatal(err)
		}
		wants(t, "twice", c.r.AnswerLaw(ctx, c.liaison, ids[0], "理由"), fault.Conflict)
		c.watch()
		if todo := c.liaisonTodos(work.KindBasis, c.health.ID); len(todo) != 1 || todo[0].SubjectID != ids[1] {
			t.Errorf("%+v", todo)
		}
		// The other one is adjusted: it cites another law.
		c.edit(c.liaison, ids[1], func(it *catalog.Item) {
			it.Bases = []catalog.Basis{{Text: "《河北省优化营商环境条例》第三十条"}}
		})
		if err := c.r.ConfirmItems(ctx, c.leader, ids[1:]); err != nil {
			t.Fatal(err, fault.Fields(err))
		}
		in := c.input(publication.OpChange)
		in.Contents = ids[1:]
		adj := c.start(c.liaison, in)
		c.file(adj)
		if err := c.r.DecideAdjustment(ctx, c.office, adj, ""); err != nil {
			t.Fatal(err)
		}
		if _, err := c.r.Publish(ctx, c.office, adj); err != nil {
			t.Fatal(err)
		}
		c.watch()
		if todo := c.liaisonTodos(work.KindBasis, c.health.ID); len(todo) != 0 {
			t.Errorf("%+v", todo)
		}
	})
}

// A law of the program's own table that is amended raises work for what was
// published before, on the day and not sooner; what is published later was written
// with it. What is not certain is told so.
func TestAKnownLawIsAmended(t *testing.T) {
	storetest.RunClock(t, time.Date(2019, 4, 20, 1, 0, 0, 0, time.UTC), func(t *testing.T, db *store.DB, clock *storetest.Clock, _ func() *store.DB) {
		c, ctx := newCounty(t, db), t.Context()
		cites := func(id string) {
			t.Helper()
			c.edit(c.liaison, id, func(it *catalog.Item) {
				it.Bases = []catalog.Basis{{Text: "《中华人民共和国行政许可法》第十二条"}, {Text: "《革命烈士褒扬条例》第三条"}}
			})
			if err := c.r.ConfirmItems(ctx, c.leader, []string{id}); err != nil {
				t.Fatal(err, fault.Fields(err))
			}
			c.publish(id)
		}
		ids := c.good(c.liaison, c.health, 2)
		cites(ids[0])
		c.watch() // the unit knows of the doubtful one from now on
		laws := func(id string) (said []string) {
			t.Helper()
			v, err := c.r.Item(ctx, c.liaison, id)
			if err != nil {
				t.Fatal(err)
			}
			for _, l := range v.Laws {
				said = append(said, "《"+l.Title+"》"+l.Changed+"，见"+l.Source)
			}
			return said
		}
		if got := laws(ids[0]); len(got) != 0 {
			t.Errorf("before the day: %v", got)
		}
		clock.Move(4 * 24 * time.Hour)
		c.watch()
		if got := laws(ids[0]); len(got) != 1 || !strings.HasPrefix(got[0], "《行政许可法》已于2019年4月23日修订，见第十三届全国人大常委会第十次会议") {
			t.Errorf("after the day: %v", got)
		}
		if todo := c.liaisonTodos(work.KindBasis, c.health.ID); len(todo) != 1 || !strings.Contains(todo[0].Title, "《行政许可法》已于2019年4月23日修订，请核对") {
			t.Errorf("%+v", todo)
		}
		cites(ids[1])
		c.watch()
		if got := laws(ids[1]); len(got) != 0 {
			t.Errorf("published with the amendment known: %v", got)
		}
		// The day before the program first ran is before it knew of the doubtful one.
		c.age(10)
		if err := db.Update(ctx, func(tx *store.Tx) error {
			_, err := tx.Exec(`UPDATE law_change SET seen_at=$1`, store.Millis(tx.Now()))
			return err
		}); err != nil {
			t.Fatal(err)
		}
		c.watch()
		if got := laws(ids[1]); len(got) != 2 || got[0] != "《革命烈士褒扬条例》可能已于2011年8月1日废止（待核实），见烈士褒扬条例" {
			t.Errorf("a doubtful one: %v", got)
		}
	})
}

func hasRule(v *reform.ItemView, code string) bool {
	for _, f := range v.Found {
		if f.Rule == code {
			return true
		}
	}
	return false
}

// Telephone numbers that are not the unit's, and forms that are not kept.
func TestProbes(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		c, ctx := newCounty(t, db), t.Context()
		c.published(1)
		c.watch()
		if list, err := c.r.Probes(ctx, c.liaison, ""); err != nil || len(list) != 0 {
			t.Fatalf("a unit without a number in the register: %v %v", list, err)
		}
		c.health.Phone = "0319-7299999"
		if err := db.Update(ctx, func(tx *store.Tx) error { return tx.UpdateUnit(&c.health) }); err != nil {
			t.Fatal(err)
		}
		c.watch()
		c.watch()
		list, err := c.r.Probes(ctx, c.liaison, "")
		if err != nil || len(list) != 1 || list[0].Kind != reform.ProbePhone || !strings.Contains(list[0].Text, "0319-7299999") {
			t.Fatalf("%+v %v", list, err)
		}
		if todo := c.liaisonTodos(work.KindProbe, c.health.ID); len(todo) != 1 {
			t.Errorf("%+v", todo)
		}
		if other, err := c.r.Probes(ctx, c.other, ""); err != nil || len(other) != 0 {
			t.Errorf("another unit sees %v %v", other, err)
		}
		wants(t, "without a reason", c.r.SettleProbe(ctx, c.liaison, list[0], ""), fault.Invalid)
		if err := c.r.SettleProbe(ctx, c.liaison, list[0], "窗口直拨电话"); err != nil {
			t.Fatal(err)
		}
		wants(t, "twice", c.r.SettleProbe(ctx, c.liaison, list[0], "理由"), fault.Conflict)
		c.watch()
		if list, err := c.r.Probes(ctx, c.liaison, ""); err != nil || len(list) != 0 {
			t.Errorf("what was settled comes back: %v %v", list, err)
		}
		if todo := c.liaisonTodos(work.KindProbe, c.health.ID); len(todo) != 0 {
			t.Errorf("%+v", todo)
		}
	})
}

// A round goes through everything in portions; one that was broken off goes on
// behind the last portion, the same day, and the next one looks at all again.
func TestARoundIsBrokenOff(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		c, ctx := newCounty(t, db), t.Context()
		ids := countytest.NewPublisher(t, db).Publish(countytest.Items(450))
		slices.Sort(ids)
		spoilt := ids[320] // in the second portion
		doc := ""
		exec := func(query string, args ...any) {
			t.Helper()
			if err := db.Update(ctx, func(tx *store.Tx) error { _, err := tx.Exec(query, args...); return err }); err != nil {
				t.Fatal(err)
			}
		}
		c.view(func(tx *store.Tx) error {
			it, err := tx.CurrentItem(spoilt)
			doc = string(it.Doc)
			return err
		})
		exec(`UPDATE unit SET phone='0319-7299999'`)
		exec(`UPDATE release_item SET doc='{' WHERE item_id=$1`, spoilt)
		run := func(date string) error {
			return c.r.RunWatch(ctx, fmt.Appendf(nil, `{"date":%q}`, date), func(int) {})
		}
		found := func() (first, rest int) {
			t.Helper()
			c.view(func(tx *store.Tx) error {
				list, err := tx.ProbeFindings(nil)
				for _, f := range list {
					if n, _ := slices.BinarySearch(ids, f.ItemID); n < 200 {
						first++
					} else {
						rest++
					}
				}
				return err
			})
			return first, rest
		}
		if err := run("2018-12-01"); err == nil {
			t.Fatal("a document that cannot be read was passed over")
		}
		if first, rest := found(); first == 0 || rest != 0 {
			t.Errorf("broken off in the second portion, yet %d and %d", first, rest)
		}
		exec(`UPDATE release_item SET doc=$2 WHERE item_id=$1`, spoilt, doc)
		exec(`DELETE FROM probe_finding`)
		if err := run("2018-12-01"); err != nil {
			t.Fatal(err)
		}
		if first, rest := found(); first != 0 || rest == 0 {
			t.Errorf("went on behind the first portion, yet %d and %d", first, rest)
		}
		for _, date := range []string{"2018-12-01", "2018-12-02"} {
			exec(`DELETE FROM probe_finding`)
			if err := run(date); err != nil {
				t.Fatal(err)
			}
			if first, rest := found(); first < 200 || rest < 250 {
				t.Errorf("%s: a new round finds %d and %d", date, first, rest)
			}
		}
		// What nobody can apply for any more is forgotten, wherever it stands.
		exec(`UPDATE release_item SET standing='取消' WHERE item_id=$1 OR item_id=$2`, ids[0], ids[449])
		if err := run("2018-12-03"); err != nil {
			t.Fatal(err)
		}
		c.view(func(tx *store.Tx) error {
			list, err := tx.ProbeFindings(nil)
			for _, f := range list {
				if f.ItemID == ids[0] || f.ItemID == ids[449] {
					t.Errorf("still found in a cancelled item: %+v", f)
				}
			}
			return err
		})
	})
}
