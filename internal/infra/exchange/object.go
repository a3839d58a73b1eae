package exchange

import (
	"encoding/json"
	"sort"
	"strings"
	"unicode/utf8"

	"onevisit/internal/domain/catalog"
)

// object turns one JSON object into a record: by the item's own format, or by
// a mapping of keys.
func (s *session) object(row int, m map[string]any) Record {
	d := &draft{item: &catalog.Item{Schema: catalog.Schema}, row: row}
	if ownFormat(m) {
		s.decodeItem(d, m)
		d.said.all = true
	} else {
		if s.mapping == nil && s.opt.Mapping == "" {
			s.mapping = recognise(keysOf(m))
		}
		d.standard = s.mapping != nil && s.mapping.Standard
		s.mapKeys(d, m)
	}
	return s.close(d, func() []RawValue {
		var raw []RawValue
		for _, k := range keysOf(m) {
			v := scalar(m[k])
			if v == "" && m[k] != nil {
				if b, err := json.Marshal(m[k]); err == nil {
					v = string(b)
				}
			}
			raw = append(raw, RawValue{k, v})
		}
		return raw
	})
}

func keysOf(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

// ownFormat reports whether an object is written in the format of item.md: it
// says so, or has nothing that contradicts it.
func ownFormat(m map[string]any) bool {
	if s, ok := m["schema"].(string); ok {
		return strings.HasPrefix(s, "onevisit/item")
	}
	if _, ok := m["unit"]; !ok {
		return false
	}
	for _, k := range []string{"dept", "dept_name", "impl_code", "base_code"} {
		if _, ok := m[k]; ok {
			return false
		}
	}
	return true
}

// mapKeys fills the item by the session's mapping. Keys go in sorted order, so
// that the same record always gives the same problems; the visit figures and
// limits of a record do not depend on the order of its keys.
func (s *session) mapKeys(d *draft, m map[string]any) {
	var late []string
	for _, k := range keysOf(m) {
		if k == "derived" || k == "conditions_cut" {
			late = append(late, k) // they speak about other keys
			continue
		}
		s.mapKey(d, k, m[k])
	}
	for _, k := range late {
		s.mapKey(d, k, m[k])
	}
}

func (s *session) mapKey(d *draft, key string, v any) {
	if v == nil {
		return
	}
	paths, ok := s.mapping.lookup(key)
	if !ok {
		s.sawUnknown(d.sheet, key)
		d.extra(key, v)
		return
	}
	for _, p := range paths {
		switch p {
		case pathKeep:
			d.extra(key, v)
		case pathIgnore:
		default:
			before := len(d.problems)
			d.put(targets[p], v)
			d.says(p, before)
		}
	}
}

// put sets a target from a JSON value.
func (d *draft) put(t *target, v any) {
	d.field = t.Label
	defer func() { d.field = "" }()
	if t.object != nil && t.object(d, v) {
		return
	}
	switch x := v.(type) {
	case []any:
		var l []string
		for _, e := range x {
			s := d.clean(scalar(e))
			if s == "" && e != nil && scalar(e) == "" {
				if _, blank := e.(string); !blank {
					d.warn("", "这里有看不懂的内容，原样保留在附加内容中。")
					d.extra(t.Path, e)
				}
				continue
			}
			l = append(l, s)
		}
		switch {
		case len(l) == 0:
		case t.list != nil:
			t.list(d, l)
		default:
			t.set(d, strings.Join(l, "；"))
		}
	case map[string]any:
		d.warn("", "这里应是文字，实际是一个对象，原样保留在附加内容中。")
		d.extra(t.Path, v)
	default:
		if s := d.clean(scalar(v)); s != "" {
			t.set(d, s)
		}
	}
}

// close judges the whole item and makes the record.
func (s *session) close(d *draft, raw func() []RawValue) Record {
	it := d.item
	d.field, d.cell = "", ""
	if it.Unit == "" && d.standard && s.opt.Unit == "" {
		it.Unit = it.Body.Name
	}
	if it.Unit == "" {
		it.Unit = s.opt.Unit
	} else if s.opt.Unit != "" && it.Unit != s.opt.Unit {
		d.field = targets["unit"].Label
		d.warn(it.Unit, "与指定的单位“"+s.opt.Unit+"”不一致，按文件中的单位读入。")
	}
	if it.Name == "" {
		d.field = targets["name"].Label
		d.fail("", "没有事项名称，这条记录没有读入。请补上事项名称后重新导入。")
		return Record{Sheet: d.sheet, Row: d.row, Problems: d.problems, Raw: raw()}
	}
	d.judge()
	s.repeated(d)
	return Record{Sheet: d.sheet, Row: d.row, Item: it, Problems: d.problems, said: d.said}
}

// judge notes what contradicts itself within one record. The full set of rules
// is lint's; these are the mistakes of filling in and of conversion.
func (d *draft) judge() {
	it := d.item
	if it.CaseType == catalog.CaseOnSpot && it.PromisedLimit.Given() && !it.PromisedLimit.OnSpot() {
		d.field = targets["case_type"].Label
		d.warn(it.CaseType, "办件类型是即办件，承诺办结时限却是“"+catalog.FormatLimit(it.PromisedLimit)+"”。即办件应为即办，否则应改为承诺件。")
	}
	if a, b := it.LegalLimit, it.PromisedLimit; a.Given() && b.Given() && !b.OnSpot() && a.Unit != b.Unit {
		d.field = targets["promised_limit"].Label
		d.note(catalog.FormatLimit(b), "法定时限以“"+a.Unit+"”计，承诺时限以“"+b.Unit+"”计，不便比较，请核对。")
	}
	for _, c := range it.Conditions {
		if strings.HasSuffix(c, "…") || strings.HasSuffix(c, "...") {
			d.field = targets["conditions"].Label
			d.warn(c, "文字以省略号结尾，可能不是全文，请核对。")
		}
	}
	if utf8.RuneCountInString(it.Name) > 200 {
		d.field = targets["name"].Label
		d.warn(it.Name, "事项名称超过 200 字，可能填错了列。")
	}
	d.field = ""
}
