package lint

import "onevisit/internal/domain/catalog"

// E01: the implementation list has 36 elements (P-2.3b). Which of them an item
// must fill, and when, is data of the element set.
func init() {
	Register(&Rule{Code: "E01", Title: "必填要素未填写", Clause: "P-2.3b", Severity: Error, Scope: ScopeItem, Check: checkE01,
		Why: "实施清单要编全36项要素。哪些必填、何时必填由要素表决定，例如收费的才须填收费标准及依据。"})
}

func checkE01(s *Subject, r *Report) {
	it := s.Item
	for _, e := range r.ctx.Elements.Elements {
		if !e.Applies(it) {
			continue
		}
		for _, f := range e.Fields() {
			if f.Core && f.Empty(it) {
				r.Add(f.Key, "", "第%d项要素“%s”未填写%s。", e.No, e.Name, part(e, f)).Do("%s", e.Help)
			}
		}
	}
	if it.Fee.Charged {
		for i := range it.Fee.Items {
			f := &it.Fee.Items[i]
			if isBlank(f.Name) || isBlank(f.Standard) || isBlank(f.Basis) {
				r.Add(at("fee.items", i, ""), f.Name, "第27项要素“收费标准及依据”第%d行不完整。", i+1).
					Do("收费的，逐项写明项目名称、收费标准和收费依据。")
			}
		}
	}
	for i := range it.Places {
		p := &it.Places[i]
		switch {
		case isBlank(p.Address):
			r.Add(at("places", i, "address"), p.Name, "第34项要素“办理地点和时间”第%d处未写详细地址。", i+1).Do("写明街道、门牌和楼层窗口。")
		case isBlank(p.Hours) && !noWindow(p):
			r.Add(at("places", i, "hours"), p.Name, "第34项要素“办理地点和时间”第%d处未写办公时间。", i+1).Do("写明工作日的上下午办公时间。")
		}
	}
}

// part names the field where an element has several.
func part(e *catalog.Element, f *catalog.Field) string {
	if f == e.Fields()[0] {
		return ""
	}
	return "“" + f.Label + "”"
}
