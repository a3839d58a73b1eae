package onceonly

import (
	"slices"
	"testing"

	"onevisit/internal/domain/catalog"
)

func TestBundlesFindTheirItems(t *testing.T) {
	words := bundleWords()
	for _, b := range Bundles() {
		for _, item := range b.Items {
			if _, ok := words[item]; !ok {
				t.Errorf("%s: bundle_items.csv does not know %q", b.Name, item)
			}
		}
	}
	names := []string{"公共场所卫生许可延续（县级）", "公共场所卫生许可新办审批（县级）", "出版物零售单位和个体工商户设立审批", "个体工商户设立登记", "设置大型户外广告的审批", "公章刻制业特种行业许可证核发", "动物诊疗许可证信息变更", "动物诊疗许可"}
	b := Bundle{Items: []string{"个体工商户设立登记", "公共场所卫生许可证新发", "户外广告设置的审批", "公章刻制备案", "动物诊疗许可证核发"}}
	if got := b.Find(names); !slices.Equal(got, []int{3, 1, 4, -1, 7}) {
		t.Errorf("%v", got)
	}
}

func TestMergeDemandsOnce(t *testing.T) {
	const form = "申请表格文书"
	register := &catalog.Item{Name: "个体工商户设立登记", Result: catalog.Result{Name: "营业执照"}, Materials: []catalog.Material{
		{Name: "登记申请表", Kind: form, Originals: 1}, {Name: "经营者身份证", Copies: 1}, {Name: "经营场所使用证明", Originals: 1}}}
	food := &catalog.Item{Name: "食品经营许可", Result: catalog.Result{Name: "食品经营许可证"}, Materials: []catalog.Material{
		{Name: "许可申请表", Kind: form, Originals: 1}, {Name: "营业执照副本复印件", Copies: 1}, {Name: "身份证", Originals: 1, Copies: 2}, {Name: "经营场所使用证明（复印件）", Copies: 1}}}
	signs := &catalog.Item{Name: "户外广告设置审批", Materials: []catalog.Material{{Name: "营业执照", Copies: 1, Need: catalog.NeedOptional}, {Name: "效果图", Originals: 1}}}
	papers, after := Merge([]*catalog.Item{register, food, signs})
	find := func(name string) Paper {
		t.Helper()
		i := slices.IndexFunc(papers, func(p Paper) bool { return p.Name == name })
		if i < 0 {
			t.Fatalf("no %s among %+v", name, papers)
		}
		return papers[i]
	}
	if len(papers) != 6 {
		t.Errorf("%d papers: %+v", len(papers), papers)
	}
	if id := find("经营者身份证"); len(id.Uses) != 2 || id.Originals != 1 || id.Copies != 2 || id.MadeBy != -1 {
		t.Errorf("%+v", id)
	}
	if place := find("经营场所使用证明"); len(place.Uses) != 2 || place.Originals != 1 || place.Copies != 1 {
		t.Errorf("%+v", place)
	}
	if licence := find("营业执照副本复印件"); licence.MadeBy != 0 || len(licence.Uses) != 2 {
		t.Errorf("%+v", licence)
	}
	if !slices.EqualFunc(after, [][]int{nil, {0}, nil}, slices.Equal) {
		t.Errorf("after %v: an item that can do without does not wait", after)
	}
	// Each needs the other's result: the first does not wait.
	a := &catalog.Item{Name: "甲", Result: catalog.Result{Name: "甲许可证"}, Materials: []catalog.Material{{Name: "乙许可证", Copies: 1}}}
	b := &catalog.Item{Name: "乙", Result: catalog.Result{Name: "乙许可证"}, Materials: []catalog.Material{{Name: "甲许可证", Copies: 1}}}
	if _, after := Merge([]*catalog.Item{a, b}); len(after[0])+len(after[1]) != 1 {
		t.Errorf("a circle: %v", after)
	}
}
