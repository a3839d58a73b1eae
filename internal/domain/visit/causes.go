package visit

import (
	"fmt"
	"slices"
	"strings"

	"onevisit/internal/domain/catalog"
)

// Causes says why an item takes more than one visit, by the three causes of
// P-3.3: people cannot learn all in one go, cannot hand in all in one go, cannot
// finish in one go. Each list may be empty. What can be read off the process and
// the guide is listed; the unit adds what only it knows.
type Causes struct {
	Learn, HandIn, Finish []string
}

// CausesOf reads the causes off an item and its assessment.
func CausesOf(it *catalog.Item, a Assessment) Causes {
	return Causes{Learn: cannotLearn(it), HandIn: cannotHandIn(it, a), Finish: cannotFinish(it, a)}
}

func cannotLearn(it *catalog.Item) (why []string) {
	if !it.Reform.GuidePublished {
		why = append(why, "办事指南尚未公开")
	}
	if len(GuideChannels(it)) < 2 {
		why = append(why, "查询办事指南的渠道少于两个")
	}
	if len(it.Conditions) == 0 {
		why = append(why, "没有写明受理条件")
	}
	if len(it.Materials) == 0 && !it.NoMaterials {
		why = append(why, "没有列明申请材料")
	}
	var bare []string
	for i := range it.Materials {
		if m := &it.Materials[i]; m.Kind == "申请表格文书" && m.Form == "" && m.Sample == "" {
			bare = append(bare, m.Name)
		}
	}
	if len(bare) > 0 {
		why = append(why, "没有提供空表和样表："+strings.Join(bare, "、"))
	}
	return why
}

func cannotHandIn(it *catalog.Item, a Assessment) (why []string) {
	if !it.Reform.PreReview {
		why = append(why, "没有网上预审，材料是否齐全到窗口才知道")
	}
	var places []string
	for _, t := range a.Trips {
		for _, d := range t.Does {
			switch d {
			case catalog.DutySupplement:
				why = append(why, "补充材料须再到"+t.PlaceName)
			case catalog.DutyCarry:
				why = append(why, "材料由申请人送到"+t.PlaceName)
			case catalog.DutySubmit, catalog.DutyOriginals:
				if !slices.Contains(places, t.PlaceName) {
					places = append(places, t.PlaceName)
				}
			}
		}
	}
	if len(places) > 1 {
		why = append(why, "提交材料、核验原件在不同地点："+strings.Join(places, "、"))
	}
	var shared []string
	defers := false
	for i := range it.Materials {
		m := &it.Materials[i]
		if (m.Verify != "" || m.Licence != "") && m.Originals+m.Copies > 0 {
			shared = append(shared, m.Name)
		}
		defers = defers || m.Defer.Days > 0 || m.Promise
	}
	if len(shared) > 0 {
		why = append(why, "可以共享核验的材料仍须提交："+strings.Join(shared, "、"))
	}
	if len(it.Materials) > 0 && !defers {
		why = append(why, "没有可以容缺或承诺的材料")
	}
	return why
}

func cannotFinish(it *catalog.Item, a Assessment) (why []string) {
	for i, t := range a.Trips {
		if i > 0 {
			why = append(why, fmt.Sprintf("第 %d 次须到%s：%s", i+1, t.PlaceName, strings.Join(t.Does, "、")))
		}
	}
	if len(a.Trips) < 2 {
		return why
	}
	for _, t := range a.Trips {
		for _, id := range t.Settles {
			if r := t.Reasons[id]; strings.Contains(r, "依法须本人到场") {
				why = append(why, r)
			}
		}
	}
	if it.Process != nil {
		var waits []string
		for i, s := range it.Process.Steps {
			if s.Waits && i < len(it.Process.Steps)-1 {
				waits = append(waits, s.Name)
			}
		}
		if len(waits) > 0 {
			why = append(why, "办完后须等候、不能当场继续的环节："+strings.Join(waits, "、"))
		}
	}
	return why
}

// GuideChannels lists the ways in which people can learn of the item.
func GuideChannels(it *catalog.Item) []string {
	var out []string
	add := func(name string, ok bool) {
		if ok {
			out = append(out, name)
		}
	}
	add("窗口", len(it.Places) > 0)
	add("电话", len(it.Enquiry) > 0)
	add("网上", it.Online.URL != "")
	add("手机", it.Online.MobileURL != "")
	return out
}
