package portal_test

import (
	"testing"

	"onevisit/internal/app/portal"
	"onevisit/internal/countytest"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/infra/store"
	"onevisit/internal/infra/store/storetest"
)

// The reform office grows the table of words out of the searches in vain; every
// node knows a new word when it has looked at the log.
func TestWordsGrowFromSearchesInVain(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		office := org.Actor{ID: "o", Name: "审改办", Roles: []org.Role{org.RoleReform}}
		p := countytest.NewPublisher(t, db)
		it := countytest.Items(1)[0]
		it.Name, it.MainName = "摩托车客运经营许可", ""
		p.Publish([]*catalog.Item{it})
		a, b := node(t, db), node(t, db)
		for _, s := range []*portal.Service{a, b} {
			if err := s.Refresh(ctx); err != nil {
				t.Fatal(err)
			}
		}
		for _, text := range []string{"突突", "突突", "13812345678", "张三丰的突突", "130531199001011234", "王小明", "a@b.cn"} {
			if f := a.Search(portal.Query{Text: text}); f.Total != 0 {
				t.Fatalf("%s finds %v", text, f.Entries)
			}
			a.CountMiss(text)
		}
		if err := a.FlushMisses(ctx); err != nil {
			t.Fatal(err)
		}
		if _, err := a.Words(ctx, org.Actor{ID: "l", Roles: []org.Role{org.RoleLiaison}}, ""); !fault.Is(err, fault.Forbidden) {
			t.Errorf("a liaison sees the words: %v", err)
		}
		w, err := a.Words(ctx, office, "退休")
		if err != nil || len(w.Found) == 0 || w.Shipped < 1000 {
			t.Fatalf("%+v %v", w, err)
		}
		for _, m := range w.Misses {
			if m.Text != "突突" {
				t.Errorf("kept of the searches in vain: %q, %d times", m.Text, m.N)
			}
		}
		if len(w.Misses) != 1 {
			t.Errorf("searches in vain: %+v", w.Misses)
		}
		for _, bad := range [][3]string{{"", "摩托车", "x"}, {"突突", "", "x"}, {"突突", "摩托车", ""}, {"这是一个长得不像一个词的句子", "摩托车", "x"}} {
			if err := a.PutWord(ctx, office, bad[0], bad[1], bad[2]); !fault.Is(err, fault.Invalid) {
				t.Errorf("%v: %v", bad, err)
			}
		}
		before := b.Version()
		if err := a.PutWord(ctx, office, "突突", "摩托车、客运", "本地说法"); err != nil {
			t.Fatal(err)
		}
		if err := b.Refresh(ctx); err != nil {
			t.Fatal(err)
		}
		for _, s := range []*portal.Service{a, b} {
			if f := s.Search(portal.Query{Text: "突突"}); f.Total != 1 {
				t.Error("the new word is not known")
			}
		}
		if b.Version() == before {
			t.Error("pages made with the former words are kept")
		}
		p.Publish(countytest.Items(1)) // the words outlive a release
		if err := b.Refresh(ctx); err != nil || b.Search(portal.Query{Text: "突突"}).Total == 0 {
			t.Errorf("after a release: %v", err)
		}
		if err := a.DropWord(ctx, office, "突突"); err != nil || a.Search(portal.Query{Text: "突突"}).Total != 0 {
			t.Errorf("dropped: %v", err)
		}
	})
}
