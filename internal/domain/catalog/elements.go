package catalog

import (
	"embed"
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
)

//go:embed data/*.csv
var dataFiles embed.FS

// table reads one embedded csv: a header row, then a map for each record. The
// tables are part of the program, so a defect in one is a panic at first use,
// which every test run meets.
func table(name string) []map[string]string {
	f, err := dataFiles.Open("data/" + name)
	if err != nil {
		panic("catalog: " + err.Error())
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comment = '#'
	rows, err := r.ReadAll()
	if err != nil || len(rows) == 0 {
		panic(fmt.Sprintf("catalog: %s: %v", name, err))
	}
	out := make([]map[string]string, 0, len(rows)-1)
	for _, row := range rows[1:] {
		m := make(map[string]string, len(row))
		for i, h := range rows[0] {
			m[h] = strings.TrimSpace(row[i])
		}
		out = append(out, m)
	}
	return out
}

// ElementSetID names the element set that the program carries.
const ElementSetID = "gz-36@1"

// Condition says when an element has to be filled. It is data: the element
// table holds its name.
type Condition string

// The conditions that an element table may use.
const (
	Always      Condition = "always"
	Never       Condition = "never"
	Charged     Condition = "charged"      // a fee is charged
	Joint       Condition = "joint"        // several organs take part
	HasResult   Condition = "result"       // the applicant gets something
	ResultNamed Condition = "result-named" // element 24 is filled
	MultiLevel  Condition = "multi-level"  // the power is exercised at several levels
	Declared    Condition = "declared"     // filled, or declared to be empty (无需提交材料)
)

// conditions evaluates the conditions.
var conditions = map[Condition]func(*Item) bool{
	Always:      func(*Item) bool { return true },
	Never:       func(*Item) bool { return false },
	Charged:     func(it *Item) bool { return it.Fee.Charged },
	Joint:       isJoint,
	HasResult:   hasResult,
	ResultNamed: func(it *Item) bool { return it.Result.Name != "" },
	MultiLevel:  func(it *Item) bool { return it.Level == "分级管理" },
	Declared:    func(it *Item) bool { return !it.NoMaterials },
}

// isJoint reports whether organs beside the implementing one take part: the
// case type says so, or a step is a joint review or a countersignature.
func isJoint(it *Item) bool {
	if it.CaseType == "联办件" {
		return true
	}
	if it.Process != nil {
		for i := range it.Process.Steps {
			if k := it.Process.Steps[i].Kind; k == "联合审查" || k == "会签" {
				return true
			}
		}
	}
	return false
}

// hasResult reports whether the item ends with something handed out: permits
// and confirmations always do, others if the process makes or hands over a
// document.
func hasResult(it *Item) bool {
	if it.Result.Kind == "无" {
		return false
	}
	if it.Type == "行政许可" || it.Type == "行政确认" || it.Result.Kind != "" {
		return true
	}
	if it.Process != nil {
		for i := range it.Process.Steps {
			if it.Process.Steps[i].Kind == "制证" {
				return true
			}
		}
		for i := range it.Process.Touchpoints {
			if it.Process.Touchpoints[i].Duty == DutyCollect {
				return true
			}
		}
	}
	return false
}

// Element is one element of the implementation list.
type Element struct {
	No   int
	Name string
	// Key is the field's name in the national exchange (C0109).
	Key  string
	List string // 目录 or 实施
	// Required is the source's wording; Rule is what the program evaluates.
	Required    string
	Rule        Condition
	Dictionary  string
	Attestation string
	Note        string
	Help        string

	holds  func(*Item) bool
	fields []*Field
}

// Applies reports whether the element has to be filled for the item.
func (e *Element) Applies(it *Item) bool { return e.holds(it) }

// Fields lists the fields that carry the element; the first is the main one.
func (e *Element) Fields() []*Field { return e.fields }

// Missing returns the first core field of the element that the item leaves
// empty although the element's rule asks for it, or nil.
func (e *Element) Missing(it *Item) *Field {
	if !e.holds(it) {
		return nil
	}
	for _, f := range e.fields {
		if f.Core && f.Empty(it) {
			return f
		}
	}
	return nil
}

// Extension is an element beside the 36.
type Extension struct {
	Name     string
	Key      string
	Required bool // in the C0109 schema; this program demands none of them
	Field    *Field
	Note     string
}

// ElementSet is one version of the elements: which there are, in what order,
// and when each is mandatory.
type ElementSet struct {
	ID         string
	Elements   []*Element
	Extensions []*Extension
}

// Element returns the element with the number, or nil.
func (s *ElementSet) Element(no int) *Element {
	for _, e := range s.Elements {
		if e.No == no {
			return e
		}
	}
	return nil
}

// Elements returns the element set that comes with the program. It is our own
// selection of 36 attested elements, not the province's official list.
func Elements() *ElementSet { return builtinElements() }

var builtinElements = sync.OnceValue(func() *ElementSet {
	s := &ElementSet{ID: ElementSetID}
	for _, r := range table("elements36.csv") {
		no, err := strconv.Atoi(r["no"])
		if err != nil {
			panic("catalog: element number " + r["no"])
		}
		e := &Element{No: no, Name: r["name"], Key: r["key"], List: r["list"], Required: r["required"],
			Rule: Condition(r["rule"]), Dictionary: r["dict"], Attestation: r["attestation"], Note: r["note"], Help: r["help"]}
		if e.holds = conditions[e.Rule]; e.holds == nil {
			panic("catalog: unknown condition " + r["rule"])
		}
		for _, f := range Fields() {
			if f.Element == no {
				e.fields = append(e.fields, f)
			}
		}
		s.Elements = append(s.Elements, e)
	}
	for _, r := range table("elements_extension.csv") {
		x := &Extension{Name: r["name"], Key: r["key"], Required: r["required_in_c0109"] == "yes", Note: r["note"]}
		if r["field"] != "" {
			if x.Field = FieldByKey(r["field"]); x.Field == nil {
				panic("catalog: extension names an unknown field " + r["field"])
			}
		}
		s.Extensions = append(s.Extensions, x)
	}
	return s
})

// PlanScope says how the plan (P-2.2) stands to a type of item.
type PlanScope string

// The scopes.
const (
	InPlan   PlanScope = "yes"
	OutPlan  PlanScope = "no"
	Unnamed  PlanScope = "unnamed"
	typeDict           = "事项类型"
)

// ItemType is a type of item (element 3).
type ItemType struct {
	Code  string
	Name  string
	Scope PlanScope
	// OnApplication says that items of the type are handled on application.
	OnApplication bool
	Source        string
}

var itemTypes = sync.OnceValue(func() []ItemType {
	var out []ItemType
	for _, r := range table("item_types.csv") {
		out = append(out, ItemType{Code: r["code"], Name: r["name"], Scope: PlanScope(r["scope"]),
			OnApplication: r["initiated"] == "yes", Source: r["source"]})
	}
	return out
})

// ItemTypes lists the types of item.
func ItemTypes() []ItemType { return slices.Clone(itemTypes()) }

// TypeByName finds a type by its name or an accepted spelling of it.
func TypeByName(name string) (ItemType, bool) {
	name = Dict(typeDict).Normalise(name)
	for _, t := range itemTypes() {
		if t.Name == name {
			return t, true
		}
	}
	return ItemType{}, false
}
