package catalog_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"onevisit/internal/domain/catalog"
)

func TestUpdate(t *testing.T) {
	two := 2
	full := func() *catalog.Item {
		return &catalog.Item{Schema: catalog.Schema, Unit: "县水务局", Name: "取水许可", ImplementationCode: "X", Type: "行政许可", Express: true, Visits: &two,
			Bases: []catalog.Basis{{Text: "《取水许可和水资源费征收管理条例》第四条"}}, PromisedLimit: catalog.Limit{N: 10, Unit: catalog.UnitWorkday, Note: "不含公示"},
			Materials: []catalog.Material{{ID: "m1", Name: "申请书", Originals: 1}, {ID: "m2", Name: "方案报告书", Copies: 2}},
			Process: &catalog.Process{MainHall: "大厅", Sites: []catalog.Site{{ID: "p1", Name: "窗口"}}, Steps: []catalog.Step{{ID: "s1", Name: "受理", Days: 1}, {ID: "s2", Name: "审查", Days: 9}},
				Touchpoints: []catalog.Touchpoint{{ID: "t1", Duty: "提交", From: "s1", To: "s1", Site: "p1"}}},
			Places: []catalog.Place{{Name: "窗口", Address: "某路"}}, Extra: map[string]json.RawMessage{"备注": []byte(`"甲"`)}}
	}
	says := func(keys string) catalog.Says {
		return func(key string) bool { return strings.Contains(" "+keys+" ", " "+key+" ") }
	}
	with := func(f func(*catalog.Item)) *catalog.Item {
		it := full()
		f(it)
		return it
	}
	for _, c := range []struct {
		name string
		says string
		list *catalog.Item
		want *catalog.Item
	}{
		{"a list of names changes nothing", "unit name", &catalog.Item{Unit: "县水务局", Name: "取水许可"}, full()},
		{"an element", "name type", &catalog.Item{Name: "取水许可", Type: "行政确认"}, with(func(it *catalog.Item) { it.Type = "行政确认" })},
		{"an empty cell takes nothing away", "name type bases visits", &catalog.Item{Name: "取水许可"}, full()},
		{"no is an answer", "name express", &catalog.Item{Name: "取水许可"}, with(func(it *catalog.Item) { it.Express = false })},
		{"a limit", "promised_limit", &catalog.Item{PromisedLimit: catalog.Limit{N: 7, Unit: catalog.UnitWorkday}}, with(func(it *catalog.Item) { it.PromisedLimit.N = 7 })},
		{"names of materials keep what is known of them", "materials", &catalog.Item{Materials: []catalog.Material{{ID: "m1", Name: "方案报告书"}, {ID: "m2", Name: "承诺书"}}},
			with(func(it *catalog.Item) {
				it.Materials = []catalog.Material{{ID: "m2", Name: "方案报告书", Copies: 2}, {ID: "m3", Name: "承诺书"}}
			})},
		{"rows of materials take their place", "materials materials[]", &catalog.Item{Materials: []catalog.Material{{ID: "m1", Name: "方案报告书"}}},
			with(func(it *catalog.Item) { it.Materials = []catalog.Material{{ID: "m1", Name: "方案报告书"}} })},
		{"steps as rows bring their touchpoints", "process[]", &catalog.Item{Process: &catalog.Process{Sites: []catalog.Site{{ID: "w1", Name: "窗口"}}, Steps: []catalog.Step{{ID: "s1", Name: "当场办结"}}}},
			with(func(it *catalog.Item) {
				it.Process = &catalog.Process{MainHall: "大厅", Sites: []catalog.Site{{ID: "w1", Name: "窗口"}}, Steps: []catalog.Step{{ID: "s1", Name: "当场办结"}}}
			})},
		{"places", "places[] places", &catalog.Item{Places: []catalog.Place{{Name: "新窗口"}}}, with(func(it *catalog.Item) { it.Places = []catalog.Place{{Name: "新窗口"}} })},
		{"what has no column", "name", &catalog.Item{Name: "取水许可", Extra: map[string]json.RawMessage{"序": []byte(`1`)}}, with(func(it *catalog.Item) { it.Extra["序"] = []byte(`1`) })},
	} {
		old, list := full(), c.list.Clone()
		got := catalog.Update(old, list, says(c.says))
		a, b := encode(t, got), encode(t, with(func(it *catalog.Item) { *it = *c.want; it.Schema = list.Schema }))
		if a != b {
			t.Errorf("%s:\n got %s\nwant %s", c.name, a, b)
		}
		if encode(t, old) != encode(t, full()) || !reflect.DeepEqual(list, c.list.Clone()) {
			t.Errorf("%s: an argument was changed", c.name)
		}
	}
	whole := &catalog.Item{Name: "取水许可"}
	if got := catalog.Update(full(), whole, nil); got != whole {
		t.Errorf("a whole record is joined with what was there: %+v", got)
	}
}
