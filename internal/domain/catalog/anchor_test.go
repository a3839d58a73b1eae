package catalog_test

import (
	"testing"

	"onevisit/internal/domain/catalog"
)

func TestAnchor(t *testing.T) {
	it := &catalog.Item{
		Materials: []catalog.Material{{ID: "m1", Name: "申请表"}, {ID: "m2", Name: "营业执照（副本[复印件]）"}, {ID: "m3", Name: "申请表"}, {ID: "m4"}, {}},
		Process:   &catalog.Process{Steps: []catalog.Step{{ID: "s1", Name: "受理"}}, Touchpoints: []catalog.Touchpoint{{ID: "t1", Duty: catalog.DutySubmit}}},
		Scenarios: &catalog.Scenarios{Leaves: []catalog.Leaf{{Name: "个人"}, {Name: "企业"}}},
	}
	for _, x := range []struct{ path, anchor string }{
		{"visits", "visits"},
		{"materials", "materials"},
		{"materials[0].basis", "materials[申请表].basis"},
		{"materials[1].licence", "materials[营业执照（副本[复印件]）].licence"},
		{"materials[2]", "materials[申请表#2]"},
		{"materials[3].name", "materials[m4].name"},
		{"materials[4].name", "materials[4].name"},
		{"materials[9].name", "materials[9].name"},
		{"process.touchpoints[0].duty", "process.touchpoints[t1].duty"},
		{"scenarios.leaves[1].process.steps[0].days", "scenarios.leaves[企业].process.steps[0].days"},
		{"nothing[0].x", "nothing[0].x"},
	} {
		if got := catalog.Anchor(it, x.path); got != x.anchor {
			t.Errorf("%s is anchored at %s, want %s", x.path, got, x.anchor)
		}
		if got, ok := catalog.AtAnchor(it, x.anchor); x.path != "materials[9].name" && (!ok || got != x.path) {
			t.Errorf("%s leads to %s, %v; want %s", x.anchor, got, ok, x.path)
		}
	}
	// Rows that move keep their anchors; one that goes leaves none.
	it.Materials = it.Materials[1:3]
	if got, ok := catalog.AtAnchor(it, "materials[申请表].basis"); !ok || got != "materials[1].basis" {
		t.Errorf("after the move: %s, %v", got, ok)
	}
	if got, ok := catalog.AtAnchor(it, "materials[申请表#2]"); ok {
		t.Errorf("a row that is gone is found at %s", got)
	}
}
