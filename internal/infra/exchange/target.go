package exchange

import (
	"fmt"
	"slices"
	"strings"

	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
)

// target is one place of the item that a column or key can be mapped to: a field
// of catalog's registry, or one of the few things other lists say that the
// registry has no field for.
type target struct {
	Path, Label string
	field       *catalog.Field
	set         func(d *draft, v string)          // v is tidy and not empty
	list        func(d *draft, v []string)        // for JSON lists of plain texts; nil: joined and set
	object      func(d *draft, v any) (done bool) // for structured JSON; nil: none
}

var targets = map[string]*target{}

func register(t target) { targets[t.Path] = &t }

// init fills the table of targets and then reads the mappings that refer to it.
func init() {
	for _, f := range catalog.Fields() {
		register(target{Path: f.Key, Label: f.Label, field: f, set: fieldSetter(f)})
	}
	type item = catalog.Item

	// Codes are judged when they are read.
	for path, check := range map[string]func(*draft, string){
		"basic_code": checkBasicCode, "implementation_code": checkImplementationCode,
		"handling_code": checkHandlingCode, "body.uscc": checkUSCC,
	} {
		t := targets[path]
		plain := t.set
		t.set = func(d *draft, v string) {
			plain(d, v)
			if w := t.field.Get(d.item); w != "" {
				check(d, w)
			}
		}
	}

	// Lists that come as lists are not cut again at the separators of a cell.
	for path, at := range map[string]func(*item) *[]string{
		"joint_bodies": func(it *item) *[]string { return &it.JointBodies },
		"topics":       func(it *item) *[]string { return &it.Topics },
		"conditions":   func(it *item) *[]string { return &it.Conditions },
		"enquiry":      func(it *item) *[]string { return &it.Enquiry },
		"complaint":    func(it *item) *[]string { return &it.Complaint },
	} {
		targets[path].list = func(d *draft, v []string) { *at(d.item) = v }
	}
	targets["variant"].set = func(d *draft, v string) { d.item.Variant = unbracket(v) }
	targets["bases"].object = basesObject
	targets["fee.items"].object = rowsObject("fee.items", func(it *item) *[]catalog.FeeItem { return &it.Fee.Items }, catalog.FeeItemFields)
	targets["places"].object = rowsObject("places", func(it *item) *[]catalog.Place { return &it.Places }, catalog.PlaceFields)
	targets["faq"].object = rowsObject("faq", func(it *item) *[]catalog.QA { return &it.FAQ }, catalog.QAFields)
	targets["materials"].object = materialsObject
	targets["process"].object = stepsObject
	steps := targets["process"].set
	targets["process"].set = func(d *draft, v string) {
		steps(d, v)
		untouched(d)
	}
	limitTarget("legal_limit", func(it *item) *catalog.Limit { return &it.LegalLimit })
	limitTarget("current_limit", func(it *item) *catalog.Limit { return &it.CurrentLimit })
	limitTarget("promised_limit", func(it *item) *catalog.Limit { return &it.PromisedLimit })
	targets["visits"].set = setVisits

	// Places come as rows of the registry or, in most lists, as an address.
	rows := targets["places"].set
	targets["places"].set = func(d *draft, v string) {
		if strings.ContainsAny(v, "｜|") {
			rows(d, v)
			return
		}
		targets["places.address"].set(d, v)
	}
	placeTarget := func(path, label string, at func(*catalog.Place) *string) {
		t := target{Path: path, Label: label, set: func(d *draft, v string) {
			l := catalog.SplitLines(v)
			for i, s := range l {
				for len(d.item.Places) <= i {
					d.item.Places = append(d.item.Places, catalog.Place{})
				}
				*at(&d.item.Places[i]) = s
			}
			if len(l) == 1 && path == "places.hours" { // once for all places
				for i := range d.item.Places {
					if p := at(&d.item.Places[i]); *p == "" {
						*p = l[0]
					}
				}
			}
		}}
		if old := targets[path]; old != nil {
			t.field = old.field
		}
		register(t)
	}
	placeTarget("places.address", "办理地点", func(p *catalog.Place) *string { return &p.Address })
	placeTarget("places.hours", "办理时间", func(p *catalog.Place) *string { return &p.Hours })
	placeTarget("places.phone", "窗口电话", func(p *catalog.Place) *string { return &p.Phone })

	// Lists with topics for persons and for firms fill one list.
	register(target{Path: "topics.more", Label: targets["topics"].Label, set: func(d *draft, v string) {
		for _, t := range catalog.SplitList(v) {
			if !slices.Contains(d.item.Topics, t) {
				d.item.Topics = append(d.item.Topics, t)
			}
		}
	}})
	register(target{Path: "process.main_hall", Label: "主办大厅", set: func(d *draft, v string) {
		process(d.item).MainHall = v
	}})
	register(target{Path: "process.formal_check", Label: "受理环节只作形式审查", set: func(d *draft, v string) {
		b, err := catalog.ParseBool(v)
		if err != nil {
			d.fail(v, fault.Text(err)+"原文保留在附加内容中。")
			d.extra(d.field, v)
			return
		}
		if b || d.item.Process != nil {
			process(d.item).FormalCheck = b
		}
	}})
	register(target{Path: "conditions_cut", Label: targets["conditions"].Label,
		set: func(d *draft, v string) {
			if b, err := catalog.ParseBool(v); err == nil && b {
				last := ""
				if n := len(d.item.Conditions); n > 0 {
					last = d.item.Conditions[n-1]
				}
				d.warn(last, "来源中的受理条件被截断，不是全文，请补全。")
				d.extra("conditions_cut", true)
			}
		}})
	register(target{Path: "derived", Label: "推算内容",
		set: func(d *draft, v string) { derived(d, catalog.SplitList(v)) }, list: derived})
	loadMappings()
	numberTargets()
}

// dictCodes replaces bare numbers of a dictionary by names.
func (d *draft) dictCodes(f *catalog.Field, v string) string {
	parts := []string{v}
	if f.Multi() {
		parts = catalog.SplitList(v)
	}
	changed := false
	for i, p := range parts {
		if name, ok := dictCode(f.Dictionary, p); ok {
			if !d.standard {
				d.warn(p, codeRead(f.Label, p, name))
			}
			parts[i], changed = name, true
		}
	}
	if !changed {
		return v
	}
	return strings.Join(parts, catalog.ListSeparator)
}

func process(it *catalog.Item) *catalog.Process {
	if it.Process == nil {
		it.Process = &catalog.Process{}
	}
	return it.Process
}

// fieldSetter sets a field of the registry and reports what could not be read
// and what was rewritten.
func fieldSetter(f *catalog.Field) func(*draft, string) {
	rewrites := f.Dictionary != "" || f.Kind == catalog.KindDate || f.Kind == catalog.KindText && codeField[f.Key]
	several := f.Kind == catalog.KindList || f.Kind == catalog.KindRows || f.Kind == catalog.KindSummary
	return func(d *draft, v string) {
		if several && len(v) > maxEntries && d.tooMany(v, separators(v)) {
			return
		}
		if f.Dictionary != "" && v[0] >= '0' && v[0] <= '9' {
			v = d.dictCodes(f, v)
		}
		if err := f.Set(d.item, v); err != nil {
			if h, changed := narrow(v); changed && f.Set(d.item, h) == nil {
				d.note(v, "全角字符已改为半角。")
				return
			}
			d.fail(v, fault.Text(err)+"原文保留在附加内容中。")
			d.extra(d.field, v)
			return
		}
		if !rewrites {
			return
		}
		switch got := f.Get(d.item); {
		case got == v:
		case f.Kind == catalog.KindList && got == strings.Join(catalog.SplitList(v), catalog.ListSeparator):
		case got == "":
			d.fail(v, "这一项没有读出内容，原文保留在附加内容中。")
			d.extra(d.field, v)
		default:
			d.note(v, "已按规范写法改为“"+clip(got, 60)+"”。")
		}
	}
}

var codeField = map[string]bool{"basic_code": true, "implementation_code": true, "handling_code": true, "local_code": true, "body.uscc": true}

// limitTarget reads time limits more generously than an edit page needs to.
func limitTarget(path string, at func(*catalog.Item) *catalog.Limit) {
	t := targets[path]
	t.set = func(d *draft, v string) {
		if none(v) || v == "无期限" || v == "无时限" || v == "不限" {
			if at(d.item).Note == "" && strings.HasPrefix(v, "无") && v != "无" {
				at(d.item).Note = v
			}
			return
		}
		note := at(d.item).Note
		l, remark, ok := parseLimit(v, d.limitUnits[path])
		if !ok {
			d.fail(v, "看不出时限，应写成“20工作日”“30自然日”“8小时”或“即办”。原文保留在时限说明中。")
		} else if remark != "" {
			d.warn(v, remark+"。")
		}
		if note != "" && note != l.Note {
			l.Note = strings.TrimPrefix(l.Note+"；"+note, "；")
		}
		*at(d.item) = l
	}
	t.object = func(d *draft, v any) bool {
		m, ok := v.(map[string]any)
		if !ok {
			return false
		}
		keepRest(d, path, m, "n", "unit", "note")
		if s := d.clean(scalar(m["n"]) + scalar(m["unit"])); s != "" {
			t.set(d, s)
		}
		if n := d.clean(scalar(m["note"])); n != "" {
			at(d.item).Note = n
		}
		return true
	}
	unit := path + ".unit"
	label := t.Label + "单位"
	if old := targets[unit]; old != nil {
		label = old.Label
	}
	register(target{Path: unit, Label: label, set: func(d *draft, v string) {
		u := limitUnitName(v)
		if u == "" {
			d.fail(v, "时限单位应为工作日、自然日、小时、月或年。原文保留在附加内容中。")
			d.extra(d.field, v)
			return
		}
		if l := at(d.item); l.Given() {
			if d.dropAssumed(t.Label) || l.N != 0 {
				l.Unit = u
			}
			return
		}
		if d.limitUnits == nil {
			d.limitUnits = map[string]string{}
		}
		d.limitUnits[path] = u
	}})
}

const assumedWorkdays = "没有写时限单位，按工作日读入"

// dropAssumed takes back the remark that a limit has no unit, when the unit
// comes in a later column.
func (d *draft) dropAssumed(label string) bool {
	for i := range d.problems {
		if d.problems[i].Field == label && strings.HasPrefix(d.problems[i].Message, assumedWorkdays) {
			d.problems = append(d.problems[:i], d.problems[i+1:]...)
			return true
		}
	}
	return false
}

// setVisits reads the visit figure. Lists name it in many ways and may give it
// twice.
func setVisits(d *draft, v string) {
	h, changed := narrow(v)
	n, ok := parseInt(strings.TrimSpace(h))
	if !ok {
		d.fail(v, "到场次数应为 0、1、2 这样的整数。原文保留在附加内容中。")
		d.extra(d.field, v)
		return
	}
	if changed {
		d.note(v, "全角数字已改为半角。")
	}
	if d.item.Visits != nil && *d.item.Visits != n {
		d.warn(v, fmt.Sprintf("同一事项有两个到场次数 %d 和 %d，取前一个。", *d.item.Visits, n))
		return
	}
	d.item.Visits = &n
}

// derived notes which figures the source worked out itself instead of quoting.
func derived(d *draft, v []string) {
	if len(v) == 0 {
		return
	}
	d.note(strings.Join(v, "、"), "这些内容是来源整理者推算的，不是单位公布的原文，请核对。")
	d.extra("derived", v)
}

// unbracket takes the brackets off a variant that is written “（个人）”.
func unbracket(s string) string {
	for _, p := range [][2]string{{"（", "）"}, {"(", ")"}} {
		if t, ok := strings.CutPrefix(s, p[0]); ok {
			if t, ok = strings.CutSuffix(t, p[1]); ok && !strings.ContainsAny(t, "()（）") {
				return strings.TrimSpace(t)
			}
		}
	}
	return s
}
