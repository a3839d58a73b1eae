package main

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"onevisit/internal/app/portal"
	"onevisit/internal/app/reform"
	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/publication"
	"onevisit/internal/infra/store/storetest"
)

// Several people publish at once, others edit, and the public reads all the
// while: each batch becomes one release, nobody sees half of one, and no edit is
// lost without a word.
func TestManyAtOnce(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { manyAtOnce(t, "") })
	t.Run("postgres", func(t *testing.T) { manyAtOnce(t, storetest.PostgresURL(t)) })
}

// actors signs people in.
func actors(t testing.TB, k *county, logins ...string) map[string]org.Actor {
	t.Helper()
	who := map[string]org.Actor{}
	for _, l := range logins {
		in, err := k.office.Session(context.Background(), token(t, k, l))
		if err != nil {
			t.Fatal(err)
		}
		who[l] = in.Actor
	}
	return who
}

// sanctioned brings n new items of the unit into a batch that the county has
// approved.
func sanctioned(t testing.TB, k *county, who map[string]org.Actor, model *catalog.Item, n, from int) string {
	t.Helper()
	ctx := context.Background()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	unit := who["weijian"].UnitID
	var ids []string
	for i := range n {
		it := model.Clone()
		it.Name = fmt.Sprintf("并发公布的事项%d", from+i)
		it.BasicCode = fmt.Sprintf("%s%06d", it.BasicCode[:6], from+i)
		it.ImplementationCode = it.ImplementationCode[:19] + it.BasicCode
		id, err := k.reform.CreateItem(ctx, who["weijian"], unit, it)
		must(err)
		ids = append(ids, id)
	}
	must(k.reform.ConfirmItems(ctx, who["weijian-fz"], ids))
	today := calendar.DateOf(time.Now())
	sub, err := k.reform.SubmitPackage(ctx, who["weijian"], reform.Reporting{UnitID: unit, Items: ids, Signatory: "（测试）负责人", Text: "公开承诺最多跑一次。", SignedOn: today,
		Reasons: map[string]string{"K03": "省级目录尚未收录", "S02": "为测试而建的同类事项"}})
	must(err)
	must(k.reform.Decide(ctx, who["shengai"], sub.ID, ids, publication.Pass, nil))
	must(k.reform.Decide(ctx, who["shenpi"], sub.ID, ids, publication.Pass, nil))
	batch, err := k.reform.ComposeBatch(ctx, who["shengai"], "并发公布", nil)
	must(err)
	must(k.reform.SendBatch(ctx, who["shengai"], batch))
	must(k.reform.ApproveBatch(ctx, who["xianfu"], batch, reform.Approval{DocNo: fmt.Sprintf("广政字〔%d〕%d号", today.Year(), from%1000+1), DocDate: today}))
	return batch
}

func manyAtOnce(t *testing.T, databaseURL string) {
	ctx := context.Background()
	k, pages := demoCounty(t, databaseURL)
	told := len(k.portal.Releases()) // in the demonstration's story
	who := actors(t, k, "weijian", "weijian-fz", "shengai", "shenpi", "xianfu")
	var model *catalog.Item
	for it, err := range k.eachItem(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		if it.Unit == journeyUnit {
			model = it
			break
		}
	}
	const n = 30
	batches := []string{sanctioned(t, k, who, model, n, 710000), sanctioned(t, k, who, model, n, 720000)}
	if err := k.portal.Refresh(ctx); err != nil {
		t.Fatal(err)
	}
	before := k.portal.Search(portal.Query{}).Total
	edit := model.Clone()
	edit.Name, edit.BasicCode, edit.ImplementationCode = "并发修改的事项", "", ""
	edited, err := k.reform.CreateItem(ctx, who["weijian"], who["weijian"].UnitID, edit)
	if err != nil {
		t.Fatal(err)
	}

	done := make(chan struct{})
	var watchers, workers sync.WaitGroup
	watchers.Add(1)
	go func() { // the public
		defer watchers.Done()
		for {
			if err := k.portal.Refresh(ctx); err != nil {
				t.Error(err)
				return
			}
			switch total := k.portal.Search(portal.Query{}).Total; total {
			case before, before + n, before + 2*n:
			default:
				t.Errorf("the public saw %d items, %d are complete releases", total, before)
				return
			}
			select {
			case <-done:
				return
			default:
			}
		}
	}()
	other, second := secondNode(t, k, databaseURL)
	reading, stop := context.WithCancel(ctx)
	defer stop()
	var ready sync.WaitGroup
	ready.Add(2)
	watchers.Go(func() { follow(reading, t, "this node", k, pages.URL, n, &ready) })
	watchers.Go(func() { follow(reading, t, "another node", other, second.URL, n, &ready) })
	ready.Wait()
	var mu sync.Mutex
	released, saved := map[string]int{}, 0
	for i := range 8 { // four publish each batch
		workers.Go(func() {
			batch := batches[i%2]
			for range 50 {
				_, err := k.reform.Publish(ctx, who["shengai"], batch)
				if err == nil {
					mu.Lock()
					released[batch]++
					mu.Unlock()
					return
				}
				if !fault.Is(err, fault.Conflict) {
					t.Errorf("publish: %v", err)
					return
				}
				b, err := k.reform.Batch(ctx, who["shengai"], batch)
				if err != nil || b.State != publication.Sanctioned {
					return // somebody else was quicker
				}
			}
		})
	}
	for i := range 4 { // four edit one item, each from what it reads
		workers.Go(func() {
			for r := range 5 {
				v, err := k.reform.Item(ctx, who["weijian"], edited)
				if err != nil {
					t.Error(err)
					return
				}
				v.Data.Quota = fmt.Sprintf("第 %d 人第 %d 次", i, r)
				switch err := k.reform.SaveItem(ctx, who["weijian"], edited, v.Version, v.Data); {
				case err == nil:
					mu.Lock()
					saved++
					mu.Unlock()
				case !fault.Is(err, fault.Conflict):
					t.Errorf("save: %v", err)
				}
			}
		})
	}
	for i := range 2 { // two would change what is being published
		workers.Go(func() {
			for r := range 10 {
				if err := editPublished(ctx, k, who["weijian"], fmt.Sprintf("第 %d 人第 %d 次", i, r)); err != nil && !fault.Is(err, fault.Conflict) {
					t.Errorf("edit of a published item: %v", err)
				}
			}
		})
	}
	workers.Wait()
	close(done)
	stop()
	watchers.Wait()
	if err := other.portal.Refresh(ctx); err != nil {
		t.Error(err)
	}
	if total := other.portal.Search(portal.Query{}).Total; total != before+2*n {
		t.Errorf("another node shows %d items, not %d", total, before+2*n)
	}
	for _, b := range batches {
		if released[b] != 1 {
			t.Errorf("batch %s was published %d times", b, released[b])
		}
	}
	if releases, _, err := verifyReleases(ctx, k.db); err != nil || releases != told+2 {
		t.Errorf("%d releases: %v", releases, err)
	}
	h, err := k.reform.History(ctx, who["weijian"], edited, 0)
	if err != nil {
		t.Fatal(err)
	}
	if v := int(h.Item.Version); v != saved+1 {
		t.Errorf("%d edits were acknowledged, the item is at version %d", saved, v)
	}
	if _, err := k.reform.Publish(ctx, who["shengai"], batches[0]); !fault.Is(err, fault.Conflict) {
		t.Errorf("a published batch was published again: %v", err)
	}
	if _, err := k.db.VerifyAudit(ctx); err != nil {
		t.Error(err)
	}
}

// editPublished changes the first item of the batches that it finds.
func editPublished(ctx context.Context, k *county, a org.Actor, quota string) error {
	items, _, err := k.reform.Items(ctx, a, reform.ItemFilter{Units: []string{a.UnitID}, Text: "并发公布的事项", Limit: 1})
	if err != nil {
		return err
	}
	v, err := k.reform.Item(ctx, a, items[0].ID)
	if err != nil {
		return err
	}
	v.Data.Quota = quota
	return k.reform.SaveItem(ctx, a, v.ID, v.Version, v.Data)
}
