package catalog

import (
	"slices"
	"strings"

	coding "onevisit/internal/domain/code" // code is a word of this room
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
)

// ListKind is the kind of a unit's existing list (P-1.1).
type ListKind string

// The kinds of list.
const (
	PowerList   ListKind = "权力清单"
	DutyList    ListKind = "责任清单"
	ServiceList ListKind = "公共服务清单"
)

// Catalogue stands in the place of a kind for entries of the provincial
// catalogue, which the units claim like those of their own lists.
const Catalogue ListKind = "省级目录"

// ListKinds lists the kinds of a unit's own lists.
var ListKinds = []ListKind{PowerList, DutyList, ServiceList}

// ListEntry is one entry of a unit's existing lists, from which its items are
// sorted out (P-1.1, P-3.1).
type ListEntry struct {
	ID      string   `json:"id"`
	Kind    ListKind `json:"kind"`
	Edition string   `json:"edition,omitempty"` // such as 2025年版, or the catalogue's version
	Unit    string   `json:"unit"`              // name in the county's register
	Code    string   `json:"code,omitempty"`
	Name    string   `json:"name"`
	Type    string   `json:"type,omitempty"`
	Basis   string   `json:"basis,omitempty"`
	Source  string   `json:"source,omitempty"` // document the list was published with
}

// Validate checks what every entry must have.
func (l *ListEntry) Validate() error {
	e := fault.Invalidf("清单条目填写有误，请按提示更正。")
	if !slices.Contains(ListKinds, l.Kind) {
		e.At("kind", "清单类别“%s”应为权力清单、责任清单或公共服务清单", l.Kind)
	}
	if blank(l.Unit) {
		e.At("unit", "请填写单位名称")
	}
	if blank(l.Name) {
		e.At("name", "请填写事项名称")
	}
	return e.OrNil()
}

// InScope reports whether the plan asks for an item of this entry: duties
// without an application and types outside P-2.2 need none. An entry without a
// known type is taken as in scope, so that nobody's omission hides it.
func (l *ListEntry) InScope() bool {
	t, ok := TypeByName(l.Type)
	return !ok || t.Scope != OutPlan
}

// CatalogueEntry is one entry of the provincial catalogue, of one version.
type CatalogueEntry struct {
	Version    string   `json:"version"` // such as 冀政办字〔2025〕19号
	BasicCode  string   `json:"basic_code"`
	Name       string   `json:"name"`
	Type       string   `json:"type,omitempty"`
	Department string   `json:"department,omitempty"`
	Levels     []string `json:"levels,omitempty"` // 行使层级
	Basis      string   `json:"basis,omitempty"`
}

// ForCounty reports whether the county or its townships and villages exercise
// the power. An entry that names no level is taken as theirs.
func (e *CatalogueEntry) ForCounty() bool {
	return len(e.Levels) == 0 || slices.ContainsFunc(e.Levels, func(l string) bool {
		return l != "国家级" && l != "省级" && l != "市级"
	})
}

// otherDepartment is the department code that says nothing (其他).
const otherDepartment = "99"

// UnitOf finds the unit of the register that answers for the entry: the one it
// names, or the one with the department code of its 基本编码, or the one whose
// line of business the department's name contains. It finds none if several
// come into question: then the reform office says whose it is.
func (e *CatalogueEntry) UnitOf(units []org.Unit) (org.Unit, bool) {
	department := ""
	if c, err := coding.ParseBasic(e.BasicCode); err == nil && c.Department != otherDepartment {
		department = c.Department
	}
	var byCode, byName []org.Unit
	for _, u := range units {
		if !u.InScope || u.Supervisor != "" || u.Kind == org.KindTownship {
			continue
		}
		if e.Department != "" && (e.Department == u.Name || e.Department == u.Short) {
			return u, true
		}
		named := u.System != "" && strings.Contains(e.Department, u.System)
		if department != "" && u.Department == department {
			if named {
				return u, true
			}
			byCode = append(byCode, u)
		}
		if named {
			byName = append(byName, u)
		}
	}
	if len(byCode) == 0 {
		byCode = byName
	}
	if len(byCode) != 1 {
		return org.Unit{}, false
	}
	return byCode[0], true
}

// Decision is what a unit decides about an entry.
type Decision string

// The decisions.
const (
	Claimed  Decision = "认领"  // one item of the same name is made of it
	Mapped   Decision = "对应"  // other items cover it
	Declined Decision = "不认领" // there is no item, for a reason
)

// Decisions lists them.
var Decisions = []Decision{Claimed, Mapped, Declined}

// Claim is a unit's decision on one entry of its lists or of the catalogue.
type Claim struct {
	Entry    string   `json:"entry"` // ListEntry.ID, or the catalogue's basic code
	Unit     string   `json:"unit"`
	Decision Decision `json:"decision"`
	// Items are the identities (Item.Identity) that cover the entry.
	Items  []string `json:"items,omitempty"`
	Reason string   `json:"reason,omitempty"`
	By     string   `json:"by,omitempty"` // person's id
	At     int64    `json:"at,omitempty"` // milliseconds UTC
}

// Validate checks that the decision can be stood by: mapping names its items,
// declining gives a reason that says something (P-3.1).
func (c *Claim) Validate() error {
	e := fault.Invalidf("认领意见填写有误，请按提示更正。")
	if blank(c.Entry) {
		e.At("entry", "请指明清单条目")
	}
	if blank(c.Unit) {
		e.At("unit", "请填写单位名称")
	}
	items := 0
	for _, id := range c.Items {
		if !blank(id) {
			items++
		}
	}
	switch c.Decision {
	case Claimed:
		if items > 1 {
			e.At("items", "认领只对应一个事项；由几个事项承接的，请选择“对应”")
		}
	case Mapped:
		if items == 0 {
			e.At("items", "选择“对应”的，请指明由哪个事项承接")
		}
	case Declined:
		if items > 0 {
			e.At("items", "不认领的条目不应再指明事项；有事项承接的，请选择“对应”")
		}
		if n := len([]rune(strings.TrimSpace(c.Reason))); n < 4 {
			e.At("reason", "不认领须写明理由，例如依据已废止、已划转县行政审批局")
		}
	default:
		e.At("decision", "处理意见“%s”应为认领、对应或不认领", c.Decision)
	}
	return e.OrNil()
}

// Settles reports whether the claim settles its entry: it is valid, and a claim
// that says there is an item names one that exists. exists may be nil, then
// items are taken on trust.
func (c *Claim) Settles(exists func(identity string) bool) bool {
	if c.Validate() != nil {
		return false
	}
	if c.Decision == Declined {
		return true
	}
	if len(c.Items) == 0 {
		return false
	}
	for _, id := range c.Items {
		if exists != nil && !exists(id) {
			return false
		}
	}
	return true
}

// PlainName makes names comparable: without spaces, brackets and quotes, which
// lists write in different ways. A name without any is returned as it is.
func PlainName(s string) string {
	const drop = " \t\n\r　()（）[]【】《》“”\"、，,·"
	if !strings.ContainsAny(s, drop) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(drop, r) {
			return -1
		}
		return r
	}, s)
}
