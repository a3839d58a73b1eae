package store_test

import (
	"fmt"
	"testing"
	"time"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/plan"
	"onevisit/internal/domain/publication"
	"onevisit/internal/infra/store"
	"onevisit/internal/infra/store/storetest"
)

// The register of places: an item in one version a place, doubts that are counted
// and settled, versions with their releases.
func TestPlaces(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		update := func(f func(*store.Tx) error) {
			t.Helper()
			if err := db.Update(t.Context(), f); err != nil {
				t.Fatal(err)
			}
		}
		refuse := func(kind fault.Kind, f func(*store.Tx) error) {
			t.Helper()
			if err := db.Update(t.Context(), f); !fault.Is(err, kind) {
				t.Errorf("got %v, want %s", err, kind)
			}
		}
		unit, other := org.Unit{Name: "甲局", Kind: org.KindDepartment}, org.Unit{Name: "乙局", Kind: org.KindDepartment}
		hall := publication.Place{Kind: publication.PlaceHall, Name: "大厅", Location: "一楼", Keeper: "综合窗口", Whole: true, Token: "AAAAAAAA"}
		page := publication.Place{Kind: publication.PlaceWeb, Name: "网站", URL: "https://www.example.gov.cn/", Token: "BBBBBBBB"}
		code := func(item string, seq int64) string { return fmt.Sprintf("%s-%05d", item, seq) }
		update(func(tx *store.Tx) error {
			for _, u := range []*org.Unit{&unit, &other} {
				if err := tx.InsertUnit(u); err != nil {
					return err
				}
			}
			hall.UnitID, page.UnitID = unit.ID, other.ID
			if err := tx.InsertPlace(&hall); err != nil {
				return err
			}
			if err := tx.InsertPlace(&page); err != nil {
				return err
			}
			p := plan.Plan{Title: "方案", Start: calendar.NewDate(2018, 6, 1)}
			if err := tx.InsertPlan(&p); err != nil {
				return err
			}
			for _, item := range []string{"AAAAA", "BBBBB"} {
				if err := tx.InsertItem(&store.Item{ID: item, UnitID: unit.ID, Identity: item, Name: "事项" + item, State: publication.Published, Doc: []byte("{}"), DocHash: "x", Findings: []byte("[]")}); err != nil {
					return err
				}
			}
			// Two releases: item AAAAA in both, BBBBB in the first.
			for seq := int64(1); seq <= 2; seq++ {
				b := &publication.Batch{PlanID: p.ID, Kind: publication.KindBatch, Title: "批次", State: publication.Sanctioned}
				if err := tx.InsertBatch(b); err != nil {
					return err
				}
				if _, err := tx.Exec(`INSERT INTO release_log (seq, number, kind, format, batch_id, batch_no, title, doc_no, doc_date, at, by_name, items, demo, prev_hash, hash)
					VALUES ($1,$2,'批次',2,$5,1,'','','',$3,'',1,0,'',$4)`, seq, fmt.Sprintf("2018-%03d", seq), store.Millis(tx.Now())+seq, fmt.Sprintf("hash%d", seq), b.ID); err != nil {
					return err
				}
				for _, item := range []string{"AAAAA", "BBBBB"} {
					if item == "BBBBB" && seq == 2 {
						continue
					}
					replaced := 0
					if item == "AAAAA" && seq == 1 {
						replaced = 2
					}
					if _, err := tx.Exec(`INSERT INTO release_item (release_seq, item_id, unit_id, unit_name, code, name, type, visits, class, doc, doc_hash, verify_code, standing, op, reason, effective, until, successors, replaced_by)
						VALUES ($1,$2,$3,'甲局',$4,$5,'',1,'','{}',$6,$7,'公布','','','','','[]',$8)`, seq, item, unit.ID, "code"+item, "事项"+item, fmt.Sprintf("doc%d", seq), code(item, seq), replaced); err != nil {
						return err
					}
				}
			}
			return nil
		})
		refuse(fault.Conflict, func(tx *store.Tx) error {
			twin := hall
			twin.Token = "CCCCCCCC"
			return tx.InsertPlace(&twin)
		})
		first := publication.Display{PlaceID: hall.ID, ItemID: "AAAAA", Code: code("AAAAA", 1), ReleaseSeq: 1, Form: "海报", Since: calendar.NewDate(2018, 9, 1), By: "联络员"}
		update(func(tx *store.Tx) error { return tx.InsertDisplay(&first) })
		again := first
		refuse(fault.Conflict, func(tx *store.Tx) error { return tx.InsertDisplay(&again) }) // the same poster twice
		see := func(doubt publication.Doubt) {
			update(func(tx *store.Tx) error {
				return tx.SaveSighting(&publication.Sighting{PlaceID: hall.ID, Source: publication.SeenByAnybody, Code: code("BBBBB", 1), ItemID: "BBBBB", Validity: publication.VersionCurrent, Doubt: doubt, At: tx.Now()})
			})
		}
		see(publication.DoubtUnregistered)
		see(publication.DoubtUnregistered)
		update(func(tx *store.Tx) error {
			for f, want := range map[string]int{hall.ID: 1, page.ID: 0, "": 1} {
				filter := store.PlaceFilter{ID: f}
				displays, err := tx.Displays(filter)
				if err != nil {
					return err
				}
				doubts, err := tx.OpenDoubts(filter)
				if err != nil {
					return err
				}
				issues, err := tx.IssuesOf(filter)
				if err != nil {
					return err
				}
				if len(displays) != want || len(doubts) != want || len(issues) != 2*want {
					t.Errorf("place %q: %d displays, %d doubts, versions of %d items", f, len(displays), len(doubts), len(issues))
				}
				if want == 1 {
					if d := displays[0]; d.Display.ID != first.ID || d.Name != "事项AAAAA" || d.Since != first.Since || !d.EndedAt.IsZero() {
						t.Errorf("display %+v", d)
					}
					if s := doubts[0]; s.N != 2 || s.Doubt != publication.DoubtUnregistered || !s.SettledAt.IsZero() {
						t.Errorf("doubt %+v", s)
					}
					if v := issues["AAAAA"]; len(v) != 2 || v[0].Seq != 1 || v[1].Code != code("AAAAA", 2) || v[1].Number != "2018-002" || v[0].At.IsZero() {
						t.Errorf("versions %+v", v)
					}
				}
			}
			for _, x := range []struct {
				f    store.PlaceFilter
				want int
			}{{store.PlaceFilter{Units: []string{unit.ID, other.ID}}, 2}, {store.PlaceFilter{Units: []string{other.ID}}, 1}, {store.PlaceFilter{Kind: publication.PlaceWeb}, 1},
				{store.PlaceFilter{Item: "AAAAA"}, 1}, {store.PlaceFilter{Item: "BBBBB"}, 0}, {store.PlaceFilter{Release: 2}, 1}, {store.PlaceFilter{Release: 3}, 0}} {
				list, err := tx.Places(x.f)
				if err != nil || len(list) != x.want {
					t.Errorf("%+v: %d places, %v", x.f, len(list), err)
				}
			}
			owed, err := tx.OwedItems([]string{unit.ID})
			if err != nil {
				return err
			}
			if o := owed[unit.ID]; len(o) != 2 || o[0].Code != code("AAAAA", 2) || o[1].Code != code("BBBBB", 1) {
				t.Errorf("owed %+v", o)
			}
			known, err := tx.CodesKnown([]string{code("AAAAA", 1), "ZZZZZ-00000"})
			if err != nil || len(known) != 1 {
				t.Errorf("known %v %v", known, err)
			}
			for seq, want := range map[int64]string{1: code("AAAAA", 1), 2: code("AAAAA", 2)} {
				at, err := tx.CodesAt([]string{"codeAAAAA", "none"}, seq)
				if err != nil || len(at) != 1 || at["codeAAAAA"].VerifyCode != want {
					t.Errorf("at release %d: %v %v", seq, at, err)
				}
			}
			if r, err := tx.ReleaseByHash("hash2"); err != nil || r.Seq != 2 {
				t.Errorf("%+v %v", r, err)
			}
			p, err := tx.PlaceByToken("AAAAAAAA")
			if err != nil || p.ID != hall.ID || p.UnitName != "甲局" || !p.Whole || !p.Open() {
				t.Errorf("%+v %v", p, err)
			}
			return nil
		})
		// Settled, and raised again by the same scan: from now on.
		update(func(tx *store.Tx) error { return tx.SettleDoubts(hall.ID, "BBBBB", code("BBBBB", 1), "已核实") })
		update(func(tx *store.Tx) error {
			open, err := tx.OpenDoubts(store.PlaceFilter{})
			if len(open) != 0 {
				t.Errorf("%d are still open", len(open))
			}
			return err
		})
		see(publication.DoubtUnregistered)
		update(func(tx *store.Tx) error {
			all, err := tx.Sightings(hall.ID, 10)
			if err != nil || len(all) != 1 || all[0].N != 3 || !all[0].SettledAt.IsZero() || !all[0].FirstAt.Equal(all[0].At) {
				t.Errorf("%+v %v", all, err)
			}
			if err := tx.SettleDoubt(all[0].ID, "x"); err != nil {
				return err
			}
			// Old down, new up, in one transaction.
			if err := tx.EndDisplay(first.ID, "已更换"); err != nil {
				return err
			}
			next := publication.Display{PlaceID: hall.ID, ItemID: "AAAAA", Code: code("AAAAA", 2), ReleaseSeq: 2, Form: "海报", Since: calendar.NewDate(2018, 9, 9), By: "联络员"}
			if err := tx.InsertDisplay(&next); err != nil {
				return err
			}
			if err := tx.EndDisplay(next.ID, "已撤下"); err != nil {
				return err
			}
			next.ID = ""
			return tx.InsertDisplay(&next)
		})
		refuse(fault.Conflict, func(tx *store.Tx) error { return tx.EndDisplay(first.ID, "again") })
		update(func(tx *store.Tx) error {
			open, err := tx.OpenDisplay(hall.ID, "AAAAA")
			if err != nil || open == nil || open.Code != code("AAAAA", 2) {
				t.Errorf("%+v %v", open, err)
			}
			none, err := tx.OpenDisplay(hall.ID, "BBBBB")
			if err != nil || none != nil {
				t.Errorf("%+v %v", none, err)
			}
			former, err := tx.FormerDisplays(hall.ID, 10)
			if err != nil || len(former) != 2 || former[0].EndedAt.IsZero() {
				t.Errorf("%+v %v", former, err)
			}
			due, err := tx.CrawlPlaces(tx.Now())
			if err != nil || len(due) != 1 || due[0].ID != page.ID {
				t.Errorf("to be read: %+v %v", due, err)
			}
			if err := tx.SaveCrawl(page.ID, publication.Crawl{At: tx.Now(), Fails: 2, Note: "网页不存在（404）", Live: true}); err != nil {
				return err
			}
			if due, err = tx.CrawlPlaces(tx.Now().Add(-time.Hour)); err != nil || len(due) != 0 {
				t.Errorf("read already: %+v %v", due, err)
			}
			p, err := tx.Place(page.ID)
			if err != nil || !p.Crawl.Gone() || !p.Crawl.Live || p.Crawl.Note == "" {
				t.Errorf("%+v %v", p.Crawl, err)
			}
			p.ClosedAt, p.ClosedWhy = tx.Now(), "改版"
			return tx.UpdatePlace(&p)
		})
		refuse(fault.Conflict, func(tx *store.Tx) error { return tx.UpdatePlace(&page) }) // somebody else has changed it
	})
}
