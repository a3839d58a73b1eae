package publication

import (
	"fmt"
	"strings"

	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
)

// Lack is what one item lacks for the part of a package.
type Lack struct {
	ItemID, Name string
	What         string
}

// Part is one of the things that a package is made of (P-3.2b).
type Part struct {
	Name  string
	Text  string // what is there
	Lacks []Lack
	// Unsigned says that it is signed and sealed when the package is sent.
	Unsigned bool
}

// Complete reports whether nothing is missing.
func (p *Part) Complete() bool { return len(p.Lacks) == 0 }

// PartItem is an item as it would be handed in.
type PartItem struct {
	ID   string
	Met  bool // already at most one visit: the commitment covers it
	Item *catalog.Item
}

// PackageParts checks a package before it is sent: the catalogue list, the
// implementation list and the guides, each of every item. What the rules judge
// is not judged again. The commitment is checked when it is signed.
func PackageParts(items []PartItem) []Part {
	list, impl, guides := Part{Name: "目录清单"}, Part{Name: "实施清单"}, Part{Name: "办事指南"}
	n := 0
	for _, it := range items {
		lack := func(p *Part, missing bool, what string) {
			if !missing {
				return
			}
			if k := len(p.Lacks); k > 0 && p.Lacks[k-1].ItemID == it.ID {
				p.Lacks[k-1].What += "、" + what
				return
			}
			p.Lacks = append(p.Lacks, Lack{it.ID, it.Item.Name, what})
		}
		lack(&list, strings.TrimSpace(it.Item.Name) == "", "事项名称")
		lack(&list, it.Item.Type == "", "事项类型")
		lack(&list, len(it.Item.Bases) == 0, "设定依据")
		lack(&impl, it.Item.PromisedLimit.Unit == "" && it.Item.PromisedLimit.N == 0, "承诺时限")
		lack(&impl, it.Item.Process == nil, "办理流程")
		lack(&guides, len(it.Item.Places) == 0 && !it.Item.Online.Available, "办理地点或网上办理地址")
		lack(&guides, len(it.Item.Enquiry) == 0, "咨询方式")
		if it.Met {
			n++
		}
	}
	list.Text = fmt.Sprintf("%d 个事项的名称、类型和依据", len(items))
	impl.Text = fmt.Sprintf("%d 个事项的实施清单要素", len(items))
	guides.Text = fmt.Sprintf("%d 份办事指南", len(items))
	parts := []Part{list, impl, guides}
	if n > 0 {
		parts = append(parts, Part{Name: "公开承诺书", Unsigned: true, Text: fmt.Sprintf("覆盖 %d 个已实现最多跑一次的事项，由单位负责人签字盖章或电子签名", n)})
	}
	return parts
}

// CheckParts refuses a package of which something is missing.
func CheckParts(parts []Part) error {
	e := fault.Invalidf("报送材料不完整，请按提示补充后再报送。")
	for _, p := range parts {
		for _, l := range p.Lacks {
			e.At(l.ItemID, "%s：“%s”缺%s", p.Name, l.Name, l.What)
		}
	}
	return e.OrNil()
}
