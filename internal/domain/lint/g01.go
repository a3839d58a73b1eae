package lint

import (
	"strings"

	"onevisit/internal/domain/catalog"
)

// G01: each item has a complete guide (P-3.1, P-3.3): where, when, whom to call,
// what to bring, how long, how much, how to complain.
func init() {
	Register(&Rule{Code: "G01", Title: "办事指南缺少申请人必须知道的内容", Clause: "P-3.3", Severity: Error, Scope: ScopeItem, Check: checkG01,
		Why: "办事指南要让群众看一次就能办成：在哪办、何时办、问谁、带什么、多久、多少钱、怎样投诉，缺一不可。"})
}

var guideParts = []struct {
	field, text string
	lacks       func(*catalog.Item) bool
}{
	{"places", "在哪里办", func(it *catalog.Item) bool {
		if onlineOnly(it) {
			return false
		}
		for i := range it.Places {
			if !isBlank(it.Places[i].Address) {
				return false
			}
		}
		return true
	}},
	{"places", "什么时间办", func(it *catalog.Item) bool {
		if onlineOnly(it) || windowless(it) {
			return false
		}
		for i := range it.Places {
			if !isBlank(it.Places[i].Hours) {
				return false
			}
		}
		return true
	}},
	{"enquiry", "向谁咨询", func(it *catalog.Item) bool { return noText(it.Enquiry) }},
	{"materials", "需要带什么材料", func(it *catalog.Item) bool { return len(it.Materials) == 0 && !it.NoMaterials }},
	{"promised_limit", "多长时间办结", func(it *catalog.Item) bool { return !it.PromisedLimit.Given() && !it.LegalLimit.Given() }},
	{"fee.items", "收多少费", func(it *catalog.Item) bool {
		if !it.Fee.Charged {
			return false
		}
		for i := range it.Fee.Items {
			if !isBlank(it.Fee.Items[i].Standard) {
				return false
			}
		}
		return true
	}},
	{"complaint", "怎样投诉", func(it *catalog.Item) bool { return noText(it.Complaint) }},
}

// onlineOnly reports that nobody has to know a place: the item can be done on
// the net and takes no visit.
func onlineOnly(it *catalog.Item) bool {
	return it.Online.Available && (!isBlank(it.Online.URL) || !isBlank(it.Online.MobileURL)) && it.Visits != nil && *it.Visits == 0
}

// noWindow reports that what stands as a place says that there is none: 无线下办理窗口.
func noWindow(p *catalog.Place) bool {
	for _, w := range [...]string{"无线下", "不设窗口", "无办理窗口", "无实体窗口", "没有窗口"} {
		if strings.Contains(p.Address, w) || strings.Contains(p.Name, w) {
			return true
		}
	}
	return strings.TrimSpace(p.Address) == "无"
}

// windowless reports that an item says of all its places that they are none.
func windowless(it *catalog.Item) bool {
	for i := range it.Places {
		if !noWindow(&it.Places[i]) {
			return false
		}
	}
	return len(it.Places) > 0
}

func noText(l []string) bool {
	for _, v := range l {
		if !isBlank(v) {
			return false
		}
	}
	return true
}

func checkG01(s *Subject, r *Report) {
	var lacks []string
	field := ""
	for i := range guideParts {
		if g := &guideParts[i]; g.lacks(s.Item) {
			lacks = append(lacks, g.text)
			if field == "" {
				field = g.field
			}
		}
	}
	if len(lacks) > 0 {
		r.Add(field, "", "办事指南没有写明：%s。", strings.Join(lacks, "、")).Do("补齐后再报送，让群众看一次指南就能办成。")
	}
}
