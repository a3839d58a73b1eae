package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"onevisit/cmd/onevisit/demo"
	"onevisit/internal/app/reform"
	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/publication"
	"onevisit/internal/infra/store"
	"onevisit/internal/infra/store/storetest"
)

// reportDir tells the test binary that it is the child that carries items from
// draft to release, over and over, in the county of this directory; reportURL
// names its PostgreSQL, if any.
const (
	reportDir = "ONEVISIT_TEST_REPORT_DIR"
	reportURL = "ONEVISIT_TEST_REPORT_URL"
)

// itemsPerRound is how many new items each round carries.
const itemsPerRound = 5

func reportChild(dir string) {
	if err := carry(context.Background(), dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// carry goes on from wherever the last one was killed: first it brings forward
// what is under way, then it adds new items. It says what it was told is done.
func carry(ctx context.Context, dir string) error {
	k, err := openCounty(ctx, countyConfig{dataDir: dir, url: os.Getenv(reportURL), demo: true})
	if err != nil {
		return err
	}
	who := map[string]org.Actor{}
	for _, login := range []string{"weijian", "weijian-fz", "shengai", "shenpi", "xianfu"} {
		token, err := k.office.SignIn(ctx, login, demo.Password)
		if err != nil {
			return err
		}
		in, err := k.office.Session(ctx, token)
		if err != nil {
			return err
		}
		who[login] = in.Actor
	}
	unit := who["weijian"].UnitID
	var model *catalog.Item
	for it, err := range k.eachItem(ctx) {
		if err != nil {
			return err
		}
		if it.Unit == journeyUnit {
			model = it
			break
		}
	}
	for {
		if err := forward(ctx, k, who, unit); err != nil {
			return err
		}
		_, total, err := k.reform.Items(ctx, who["weijian"], reform.ItemFilter{Units: []string{unit}})
		if err != nil {
			return err
		}
		for n := range itemsPerRound {
			it := model.Clone()
			it.Name = "反复公布的事项" + store.NewID()
			it.BasicCode = fmt.Sprintf("%s%06d", it.BasicCode[:6], 700000+total+n)
			it.ImplementationCode = it.ImplementationCode[:19] + it.BasicCode
			id, err := k.reform.CreateItem(ctx, who["weijian"], unit, it)
			if err != nil {
				return err
			}
			fmt.Println("done item", id)
		}
	}
}

// forward brings everything of the unit one step further, each by whom it falls
// to.
func forward(ctx context.Context, k *county, who map[string]org.Actor, unit string) error {
	today := calendar.DateOf(time.Now())
	ids := func(state publication.State) (out []string, err error) {
		items, _, err := k.reform.Items(ctx, who["weijian"], reform.ItemFilter{Units: []string{unit}, States: []publication.State{state}, Text: "反复公布", Limit: 500})
		for _, it := range items {
			out = append(out, it.ID)
		}
		return out, err
	}
	drafts, err := ids(publication.Draft)
	if err != nil {
		return err
	}
	if len(drafts) > 0 {
		if err := k.reform.ConfirmItems(ctx, who["weijian-fz"], drafts); err != nil {
			return err
		}
	}
	ready, err := ids(publication.Confirmed)
	if err != nil {
		return err
	}
	if len(ready) > 0 {
		sub, err := k.reform.SubmitPackage(ctx, who["weijian"], reform.Reporting{UnitID: unit, Items: ready, Signatory: "（测试）负责人", Text: "公开承诺最多跑一次。", SignedOn: today,
			Reasons: map[string]string{"K03": "省级目录尚未收录", "S02": "为测试而建的同类事项"}})
		if err != nil {
			return err
		}
		fmt.Println("done submission", sub.ID, len(ready))
	}
	subs, err := k.reform.Submissions(ctx, who["shengai"], reform.SubmissionsFilter{State: publication.InReview, Limit: 100})
	if err != nil {
		return err
	}
	for _, s := range subs {
		if s.UnitID != unit {
			continue
		}
		sub, err := k.reform.Submission(ctx, who["shengai"], s.ID)
		if err != nil {
			return err
		}
		for login, office := range map[string]publication.Office{"shengai": publication.ReformOffice, "shenpi": publication.ApprovalBureau} {
			var open []string
			for _, it := range sub.Items {
				if it.Outcome == "" && !slices.ContainsFunc(it.Verdicts, func(v publication.Verdict) bool { return v.Office == office }) {
					open = append(open, it.ItemID)
				}
			}
			if len(open) > 0 {
				if err := k.reform.Decide(ctx, who[login], s.ID, open, publication.Pass, nil); err != nil {
					return err
				}
			}
		}
	}
	waiting, err := k.reform.Waiting(ctx, who["shengai"])
	if err != nil {
		return err
	}
	if waiting > 0 {
		if _, err := k.reform.ComposeBatch(ctx, who["shengai"], "反复公布", nil); err != nil {
			return err
		}
	}
	batches, err := k.reform.Batches(ctx, who["shengai"])
	if err != nil {
		return err
	}
	for _, b := range batches {
		switch b.State {
		case publication.Composing:
			err = k.reform.SendBatch(ctx, who["shengai"], b.ID)
		case publication.AtCounty:
			err = k.reform.ApproveBatch(ctx, who["xianfu"], b.ID, reform.Approval{DocNo: fmt.Sprintf("广政字〔%d〕%d号", today.Year(), b.No+100), DocDate: today})
		case publication.Sanctioned:
			var rel *publication.Release
			if rel, err = k.reform.Publish(ctx, who["shengai"], b.ID); err == nil {
				fmt.Println("done release", rel.Seq, rel.Hash, len(rel.Items))
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// A server that is killed at any moment of reporting, review and publication
// leaves a county that is sound: chains and hashes hold, no package and no
// release is there in part, nothing acknowledged is lost, and the work goes on.
func TestCrashDuringReporting(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { crashDuringReporting(t, "", 50) })
	t.Run("postgres", func(t *testing.T) { crashDuringReporting(t, storetest.PostgresURL(t), 10) })
}

func crashDuringReporting(t *testing.T, databaseURL string, kills int) {
	if os.Getenv("ONEVISIT_TEST_LONG") != "" {
		kills *= 20
	}
	ctx := context.Background()
	dir := filepath.Join(t.TempDir(), "data")
	clock := &demo.Clock{}
	cfg := countyConfig{dataDir: dir, url: databaseURL, now: clock.Now, demo: true}
	k, err := openCounty(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := (&demo.Story{DB: k.db, Reform: k.reform, Clock: clock, Hasher: k.hasher}).Build(ctx); err != nil {
		t.Fatal(err)
	}
	if err := k.close(); err != nil {
		t.Fatal(err)
	}
	t.Setenv(reportURL, databaseURL)
	r := rand.New(rand.NewPCG(2018, 9))
	counts := map[string]int{}
	var deeds []string
	for round := range kills {
		deeds = append(deeds, untilKilled(t, reportDir+"="+dir, r.IntN(10), time.Duration(r.IntN(60))*time.Millisecond)...)
		if round%10 == 9 {
			counts = soundAfterCrash(t, cfg, deeds)
		}
	}
	if counts["submission"] == 0 || counts["release"] == 0 {
		t.Errorf("the child does not get through: %v", counts)
	}
	t.Logf("%d kills; acknowledged: %v", kills, counts)
}

// soundAfterCrash checks the county and that every acknowledged deed is there.
func soundAfterCrash(t *testing.T, cfg countyConfig, deeds []string) map[string]int {
	t.Helper()
	ctx := context.Background()
	k, err := openCounty(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer k.close()
	if bad, err := k.db.Check(ctx); err != nil || len(bad) > 0 {
		t.Fatalf("the database is damaged: %v %v", bad, err)
	}
	if _, err := k.db.VerifyAudit(ctx); err != nil {
		t.Fatal(err)
	}
	if _, _, err := verifyReleases(ctx, k.db); err != nil {
		t.Fatal(err)
	}
	counts := map[string]int{}
	err = k.db.View(ctx, func(tx *store.Tx) error {
		for _, d := range deeds {
			f := strings.Fields(d)
			counts[f[0]]++
			switch f[0] {
			case "item":
				if _, err := tx.Item(f[1]); err != nil {
					t.Errorf("%s: %v", d, err)
				}
			case "submission":
				if s, err := tx.Submission(f[1]); err != nil || fmt.Sprint(len(s.Items)) != f[2] {
					t.Errorf("%s: %d items, %v", d, len(s.Items), err)
				}
			}
		}
		list, err := tx.Releases()
		if err != nil {
			return err
		}
		bySeq := map[string]publication.Release{}
		for i, rel := range list {
			bySeq[fmt.Sprint(rel.Seq)] = rel
			if rel.Seq != int64(len(list)-i) {
				t.Errorf("release %d stands at place %d", rel.Seq, len(list)-i)
			}
			items, err := tx.ReleaseItems(rel.Seq, false)
			if err != nil || len(items) != rel.Count {
				t.Errorf("release %d: %d of %d items, %v", rel.Seq, len(items), rel.Count, err)
			}
		}
		for _, d := range deeds {
			if f := strings.Fields(d); f[0] == "release" && bySeq[f[1]].Hash != f[2] {
				t.Errorf("%s: stored as %s", d, bySeq[f[1]].Hash)
			}
		}
		// Each item stands where its package and its batch say.
		for after := ""; ; {
			page, err := tx.ItemsWithDocs(store.ItemFilter{After: after, Limit: 500})
			if err != nil || len(page) == 0 {
				return err
			}
			for _, it := range page {
				if catalog.Hash(it.Doc) != it.DocHash {
					t.Errorf("%s: content and hash differ", it.Name)
				}
				if it.State == publication.Submitted {
					if s, err := tx.Submission(it.SubmissionID); err != nil || s.State != publication.InReview {
						t.Errorf("%s is in review without a package in review (%v)", it.Name, err)
					}
				}
				if it.State == publication.Published {
					if p, err := tx.CurrentItem(it.ID); err != nil || p.ReleaseSeq != it.ReleaseSeq {
						t.Errorf("%s is published in no release (%v)", it.Name, err)
					}
				}
			}
			after = page[len(page)-1].ID
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return counts
}
