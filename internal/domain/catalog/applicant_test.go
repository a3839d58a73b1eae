package catalog_test

import (
	"slices"
	"testing"

	"onevisit/internal/domain/catalog"
)

func TestForApplicant(t *testing.T) {
	one := 1
	old := &catalog.Item{Name: "户口迁移", BasicCode: "000123006000", Bases: nil, Conditions: []string{"甲"},
		PromisedLimit: catalog.Limit{N: 10, Unit: catalog.UnitWorkday}, Visits: &one,
		Materials: []catalog.Material{{ID: "m1", Name: "身份证", Copies: 1}, {ID: "m2", Name: "证明"}},
		Places:    []catalog.Place{{Name: "1 号窗口", Address: "旧址"}}, Topics: []string{"户籍"}}
	now := old.Clone()
	now.BasicCode, now.Topics, now.Source = "000123006001", []string{"住房"}, "别处"
	now.PromisedLimit.N = 5
	now.Places[0].Address = "新址"
	now.Materials = append(now.Materials[:1:1], catalog.Material{ID: "m3", Name: "房产证"})
	now.Materials[0].Copies = 2
	var got []string
	for _, c := range catalog.ForApplicant(catalog.Diff(old, now)) {
		got = append(got, c.Path+" "+string(c.Effect))
	}
	want := []string{
		"materials[m3] 增加负担",
		"materials[m2] 更便利",
		"materials[m1].copies 增加负担",
		"promised_limit 更便利",
		"places[1 号窗口].address 无影响",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
	if c := catalog.ForApplicant(catalog.Diff(old, old.Clone())); len(c) > 0 {
		t.Errorf("nothing changed, but %v", c)
	}
}

// Every change that Diff can report is either weighed or of no concern on
// purpose: a field that comes new has to be thought of.
func TestConcernsAreFields(t *testing.T) {
	known := map[string]bool{"scenarios": true, "online": true, "result": true, "materials.defer": true, "process.sites": true, "process.steps": true, "process.touchpoints": true}
	for _, f := range catalog.Fields() {
		known[f.Key] = true
	}
	for prefix, cols := range map[string][]string{
		"materials": keysOf(catalog.MaterialFields()), "process.sites": keysOf(catalog.SiteFields()),
		"process.steps": keysOf(catalog.StepFields()), "process.touchpoints": keysOf(catalog.TouchpointFields()),
	} {
		for _, c := range cols {
			known[prefix+"."+c] = true
		}
	}
	for _, path := range catalog.ConcernPaths() {
		if !known[path] {
			t.Errorf("%s is no field", path)
		}
	}
}

func keysOf[R any](cols []*catalog.Column[R]) (out []string) {
	for _, c := range cols {
		out = append(out, c.Key)
	}
	return out
}
