package portal_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"slices"
	"testing"
	"time"

	"onevisit/internal/app/portal"
	"onevisit/internal/countytest"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/publication"
	"onevisit/internal/infra/outbound"
	"onevisit/internal/infra/store"
	"onevisit/internal/infra/store/storetest"
)

// receiver is a government site that takes packages, or not.
type receiver struct {
	answer error
	got    []outbound.Parcel
}

func (r *receiver) Target() string { return "https://www.example.gov.cn/receive" }

func (r *receiver) Push(_ context.Context, p outbound.Parcel, _ time.Time) error {
	if r.answer == nil {
		r.got = append(r.got, p)
	}
	return r.answer
}

var about = portal.Linked{Place: "广宗县", Division: "130531", Base: "https://zwfw.example.gov.cn"}

var officer = org.Actor{ID: "o", Name: "审改办", Roles: []org.Role{org.RoleReform}}

func TestPush(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		s, site := node(t, db), &receiver{}
		p := countytest.NewPublisher(t, db)
		items := countytest.Items(12)
		ids := p.Publish(items[:10])
		refresh := func() {
			t.Helper()
			if err := s.Refresh(ctx); err != nil {
				t.Fatal(err)
			}
		}
		refresh()
		if err := s.SchedulePush(ctx); err != nil {
			t.Fatal(err)
		}
		if list, err := s.Pushes(ctx, officer); err != nil || len(list) != 0 || s.PushTarget() != "" {
			t.Errorf("pushed without an address: %v %v", list, err)
		}
		if err := s.PushAgain(ctx, officer); !fault.Is(err, fault.Conflict) {
			t.Errorf("pushed by hand without an address: %v", err)
		}
		s.Push(site, func() portal.Linked { return about })
		// work runs the jobs that are waiting, also those for later.
		work := func() {
			t.Helper()
			if err := db.Update(ctx, func(tx *store.Tx) error {
				_, err := tx.Exec(`UPDATE job SET run_at=0`)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			j, err := db.ClaimJob(ctx, "w", []string{portal.PushJob}, time.Minute)
			if err != nil || j == nil {
				t.Fatalf("no job: %v", err)
			}
			if err := s.RunPush(ctx, j.Payload.(json.RawMessage), nil); err != nil {
				t.Fatal(err)
			}
			if err := db.CompleteJob(ctx, j); err != nil {
				t.Fatal(err)
			}
		}
		first := func() store.Push {
			t.Helper()
			list, err := s.Pushes(ctx, officer)
			if err != nil || len(list) == 0 {
				t.Fatal(list, err)
			}
			return list[0]
		}
		for range 3 { // every process asks again and again
			if err := s.SchedulePush(ctx); err != nil {
				t.Fatal(err)
			}
		}
		site.answer = fault.New(fault.Unavailable, "接收网站暂时不能接收（503）。")
		work()
		if v := first(); v.State != store.PushWaiting || v.Attempts != 1 || v.Message == "" || v.NextAt.Sub(v.CreatedAt) < time.Minute {
			t.Errorf("after a site that is down: %+v", v)
		}
		site.answer = nil
		work()
		if v := first(); v.State != store.PushSent || v.Attempts != 2 || len(v.Package) != 64 || v.Size == 0 || v.DoneAt.IsZero() || v.Message != "" {
			t.Errorf("sent: %+v", v)
		}
		if j, err := db.ClaimJob(ctx, "w", []string{portal.PushJob}, time.Minute); err != nil || j != nil {
			t.Errorf("what was sent is sent again: %v", err)
		}

		// Two more releases before the worker comes: the older is left.
		p.Publish(items[10:])
		p.Adjust(publication.StandingCancelled, "", ids[0])
		refresh()
		if err := s.SchedulePush(ctx); err != nil {
			t.Fatal(err)
		}
		work()
		work()
		list, err := s.Pushes(ctx, officer)
		if err != nil || len(list) != 3 || list[0].State != store.PushSent || list[1].State != store.PushReplaced || len(site.got) != 2 {
			t.Fatalf("%+v %v, %d packages came", list, err, len(site.got))
		}
		checkPackage(t, site.got[1], 11, 1)

		site.answer = fault.Invalidf("接收网站不认可签名（403），请核对双方的密钥和时间。")
		if err := s.PushAgain(ctx, officer); err != nil {
			t.Fatal(err)
		}
		work()
		if v := first(); v.State != store.PushFailed || v.Message == "" {
			t.Errorf("refused for good: %+v", v)
		}
		if err := s.PushAgain(ctx, org.Actor{ID: "x", Roles: []org.Role{org.RoleLiaison}}); !fault.Is(err, fault.Forbidden) {
			t.Errorf("a liaison pushes: %v", err)
		}
	})
}

// checkPackage looks into what a site gets.
func checkPackage(t *testing.T, p outbound.Parcel, items, gone int) {
	t.Helper()
	r, err := p.Open()
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(r)
	if err != nil || int64(len(b)) != p.Size {
		t.Fatalf("%d bytes, said %d, %v", len(b), p.Size, err)
	}
	z, err := zip.NewReader(bytes.NewReader(b), p.Size)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	var manifest struct {
		Package struct {
			Format  string
			Items   int
			Gone    int
			Release struct{ Number, Hash string }
		}
	}
	lines := 0
	for _, f := range z.File {
		names = append(names, f.Name)
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		switch f.Name {
		case "manifest.json":
			err = json.Unmarshal(b, &manifest)
		case "items.jsonl":
			lines = bytes.Count(b, []byte("\n"))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if want := []string{"items.jsonl", "items.csv", "changed.jsonl", "gone.json", "article.html", "article.json", "manifest.json"}; !slices.Equal(names, want) {
		t.Errorf("%v", names)
	}
	if m := manifest.Package; m.Format != portal.PackageFormat || m.Items != items || m.Gone != gone || lines != items || m.Release.Number != p.Release || len(m.Release.Hash) != 64 {
		t.Errorf("%+v, %d lines", manifest, lines)
	}
}
