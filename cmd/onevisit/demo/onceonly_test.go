package demo

import (
	"fmt"
	"testing"

	"onevisit/internal/domain/onceonly"
)

// The graph finds every demand that was put into the demonstration on purpose,
// and beyond those only what the templates demand on paper by dice (M04) or
// again within a bundle.
func TestGraphFindsWhatWasSeeded(t *testing.T) {
	var sheets []onceonly.Sheet
	for i, it := range items(units()) {
		sheets = append(sheets, onceonly.Read(fmt.Sprint(i), it))
	}
	g := onceonly.Join(sheets, nil, onceonly.Bundles())
	type finding struct {
		kind              onceonly.Kind
		unit, item, paper string
	}
	paper := func(name string) string {
		if s, ok := onceonly.Identify(name); ok {
			return s.Name
		}
		return onceonly.Plain(name)
	}
	want := map[finding]bool{}
	for _, s := range table("onceonly.csv") {
		for _, k := range []string{s["expect"], s["also"]} {
			if k != "" {
				want[finding{onceonly.Kind(k), s["unit"], s["item"], paper(s["material"])}] = true
			}
		}
	}
	found := map[finding]bool{}
	for _, f := range g.Findings {
		x := finding{f.Kind, f.Demand.Unit, f.Demand.Name, f.Material}
		found[x] = true
		if !want[x] && f.Material != "居民身份证" && f.Kind != onceonly.Twice {
			t.Errorf("not seeded: %+v: %s", x, f.Text)
		}
	}
	for x := range want {
		if !found[x] {
			t.Errorf("missed: %+v", x)
		}
	}
	for _, k := range onceonly.Kinds {
		t.Logf("%s: %d", k, g.Count(k))
		if g.Count(k) == 0 {
			t.Errorf("the demonstration has no finding of the kind %s", k)
		}
	}
	t.Logf("%d materials", len(g.Materials))
}
