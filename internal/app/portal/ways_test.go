package portal_test

import (
	"slices"
	"strings"
	"testing"

	"onevisit/internal/app/portal"
	"onevisit/internal/countytest"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/lint"
	"onevisit/internal/domain/visit"
	"onevisit/internal/infra/store"
	"onevisit/internal/infra/store/storetest"
)

// Every service can be reached by its letter, once; letters are in order.
func TestLetters(t *testing.T) {
	db := storetest.OpenSQLite(t)
	s := node(t, db)
	if len(s.Letters()) != 0 {
		t.Error("letters of nothing")
	}
	items := countytest.Items(300)
	countytest.NewPublisher(t, db).Publish(items)
	if err := s.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	total := 0
	letters := s.Letters()
	if !slices.IsSortedFunc(letters, func(a, b portal.Letter) int {
		order := func(l string) string { return strings.Replace(l, "#", "~", 1) }
		return strings.Compare(order(a.Name), order(b.Name))
	}) {
		t.Error("letters out of order", letters)
	}
	for _, l := range letters {
		for from := 0; ; from += 7 {
			page, n, err := s.ByLetter(strings.ToLower(l.Name), from, 7)
			if err != nil || n != l.Count {
				t.Fatal(l, n, err)
			}
			for _, e := range page {
				seen[e.ID]++
			}
			total += len(page)
			if len(page) < 7 {
				break
			}
		}
	}
	if total != len(items) || len(seen) != len(items) {
		t.Errorf("%d lines for %d services of %d", total, len(seen), len(items))
	}
	if _, _, err := s.ByLetter("甲", 0, 10); !fault.Is(err, fault.NotFound) {
		t.Error("甲 is a letter")
	}
	if page, _, err := s.ByLetter(letters[0].Name, -5, 10); err != nil || len(page) == 0 {
		t.Error("a page before the first", err)
	}
}

// named is a good item under another name.
func named(unit, name, result string, edit func(*catalog.Item)) *catalog.Item {
	it := lint.GoodItem()
	it.Unit, it.Name, it.MainName, it.Variant, it.Scenarios = unit, name, "", "", nil
	it.ImplementationCode, it.BasicCode = "", ""
	it.Result = catalog.Result{Name: result}
	if edit != nil {
		edit(it)
	}
	if a, err := visit.AssessItem(it); err == nil {
		it.Visits = &a.Visits
	}
	return it
}

func TestEventsAndBundles(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		s, ctx := node(t, db), t.Context()
		p := countytest.NewPublisher(t, db)
		hall := func(submit ...string) *catalog.Process {
			return &catalog.Process{Sites: []catalog.Site{{ID: "w", Name: "窗口", Hall: "大厅"}},
				Steps:       []catalog.Step{{ID: "a", Name: "受理", Waits: true}, {ID: "b", Name: "审查", Days: 2, Waits: true}, {ID: "c", Name: "送达"}},
				Touchpoints: []catalog.Touchpoint{{ID: "t", Duty: catalog.DutySubmit, From: "a", To: "a", Site: "w", Remote: submit}, {ID: "u", Duty: catalog.DutyCollect, From: "c", To: "c", Site: "w"}}}
		}
		limit := catalog.Limit{N: 5, Unit: catalog.UnitWorkday}
		paper := func(name string, copies int) catalog.Material { return catalog.Material{Name: name, Copies: copies} }
		register := named("审批局", "个体工商户设立登记", "营业执照", func(it *catalog.Item) {
			it.Process, it.PromisedLimit, it.Materials = hall(), limit, []catalog.Material{paper("经营者身份证", 1), paper("场所证明", 1)}
		})
		bath := named("审批局", "公共场所卫生许可新办审批（县级）", "公共场所卫生许可证", func(it *catalog.Item) {
			it.Process, it.PromisedLimit, it.Materials = hall(), limit, []catalog.Material{paper("身份证", 1), paper("营业执照", 1), paper("检测报告", 1)}
		})
		birth := named("卫健局", "出生医学证明办理", "出生医学证明", nil)
		p.Publish([]*catalog.Item{register, bath, birth})
		if err := s.Refresh(ctx); err != nil {
			t.Fatal(err)
		}
		e, err := s.Event("birth", 100)
		if err != nil || e.Total != 1 || e.Groups[0].Entries[0].Name != birth.Name || e.None+e.One+e.More != 1 {
			t.Errorf("%+v %v", e, err)
		}
		if _, err := s.Event("none", 100); !fault.Is(err, fault.NotFound) {
			t.Error(err)
		}
		names := []string{}
		for _, e := range s.Events() {
			names = append(names, e.Key)
		}
		if !slices.Contains(names, "birth") || slices.Contains(names, "marry") {
			t.Error("events without services are offered:", names)
		}
		heads := s.Bundles()
		i := slices.IndexFunc(heads, func(h portal.BundleHead) bool { return h.Name == "美容美发企业注册办理" })
		if i < 0 || heads[i].Found != 2 || heads[i].All != 4 {
			t.Fatalf("%+v", heads)
		}
		b, err := s.Bundle(ctx, heads[i].Name)
		if err != nil {
			t.Fatal(err)
		}
		// Register: hand in, collect. The licence is needed for the permit: it is
		// handed in when the registration is collected; the permit is collected last.
		if b.Apart != 4 || b.Ways.Visits != 3 || b.Days != 10 {
			t.Errorf("%d visits apart, %d together, %d days", b.Apart, b.Ways.Visits, b.Days)
		}
		if len(b.Missing) != 2 || len(b.Parts) != 2 || b.Parts[1].Begin != 2 || b.Parts[0].Begin != 1 {
			t.Errorf("missing %q, parts %+v", b.Missing, b.Parts)
		}
		demanded := map[string]int{}
		for _, paper := range b.Papers {
			demanded[paper.Name] = paper.MadeBy
		}
		if len(b.Papers) != 4 || demanded["营业执照"] != 0 || demanded["经营者身份证"] != -1 {
			t.Errorf("%+v", b.Papers)
		}
		if _, err := s.Bundle(ctx, "没有的一件事"); !fault.Is(err, fault.NotFound) {
			t.Error(err)
		}
		if f := s.Home().Featured; len(f) != 1 || f[0].Name != register.Name {
			t.Errorf("featured %+v", f)
		}
	})
}
