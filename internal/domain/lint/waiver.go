package lint

import (
	"strings"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/catalog"
)

// Waiver lets one item off one finding of a waivable rule. The reform office
// grants it for a reason and until a day (P-3.3.1: 原则上); a material that is
// waived is still only named, or its number given.
type Waiver struct {
	Rule   string
	Place  string // of the finding: catalog.Anchor of its field
	Reason string
	Until  calendar.Date // the last day
}

// Holds reports whether the waiver covers a day; the zero Date is any.
func (w *Waiver) Holds(day calendar.Date) bool { return day.IsZero() || !w.Until.Before(day) }

// Place is where a finding about an item stays when rows are moved.
func Place(it *catalog.Item, f *Finding) string { return catalog.Anchor(it, f.Field) }

// waive makes the findings that a waiver covers advice. A waiver that has ended
// while its row is still there is found itself: what was let through for a time
// is due again.
func (c *Context) waive(s *Subject, first int, out []Finding) []Finding {
	for _, w := range c.Waivers(s.Key) {
		holds, found := w.Holds(c.Today), false
		for i := first; i < len(out); i++ {
			f := &out[i]
			if f.Rule != w.Rule || !f.Waivable || Place(s.Item, f) != w.Place {
				continue
			}
			found = true
			if holds && f.Exempt == "" {
				f.Severity, f.Exempt = Advice, "审改办同意豁免："+w.Reason+"（至"+w.Until.ChineseShort()+"）"
			}
		}
		row, still := catalog.AtAnchor(s.Item, w.Place)
		if holds || found || !still || !strings.HasPrefix(w.Place, "materials[") {
			continue
		}
		for _, r := range c.active[s.Scope] {
			if r.rule.Code == w.Rule {
				r.subject, r.out = s, out
				r.Add(row, "", "%s的豁免已于%s到期。", waivedThing(s.Item, row), w.Until.ChineseShort()).Do("取消该材料；仍须使用的，重新申请豁免。")
				out, r.out, r.subject = r.out, nil, nil
			}
		}
	}
	return out
}

// waivedThing says in words what a path is about: 材料“营业执照”.
func waivedThing(it *catalog.Item, path string) string {
	if i := materialRow(it, path); i >= 0 {
		return "材料“" + it.Materials[i].Name + "”"
	}
	if f := catalog.FieldByKey(path); f != nil {
		return f.Label
	}
	return path
}

// About says in words what a finding is about.
func About(it *catalog.Item, f *Finding) string { return waivedThing(it, f.Field) }

// ByNumber is the item with the material of a waived finding named only: what
// is waived is given as name, number or code, and the office looks it up
// (P-3.3.1). It is the item itself where nothing has to change.
func ByNumber(it *catalog.Item, f *Finding) *catalog.Item {
	i := materialRow(it, f.Field)
	if i < 0 || !demanded(&it.Materials[i]) {
		return it
	}
	c := it.Clone()
	c.Materials[i].Originals, c.Materials[i].Copies = 0, 0
	return c
}

// materialRow is the row of the materials that a path leads to, or -1.
func materialRow(it *catalog.Item, path string) int {
	for i := range it.Materials {
		if row := at("materials", i, ""); path == row || strings.HasPrefix(path, row+".") {
			return i
		}
	}
	return -1
}
