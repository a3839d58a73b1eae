package exchange

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
)

// The structured values of other people's JSON. Their shapes are recognised by
// what they are, not by the file they come from: a material is a name, a list of
// name, count, issuer and need, or an object; a step is a list of name and time
// or an object; a legal basis is a text, a pair, or an object.

// scalar gives a plain JSON value as text; objects and lists give "".
func scalar(v any) string {
	switch x := v.(type) {
	case string:
		return x
	case json.Number:
		return x.String()
	case bool:
		if x {
			return "是"
		}
		return "否"
	}
	return ""
}

func basesObject(d *draft, v any) bool {
	l, ok := v.([]any)
	if !ok {
		return false
	}
	if d.tooMany(v, len(l)) {
		return true
	}
	for _, e := range l {
		var law, article string
		switch x := e.(type) {
		case string:
			if s := d.clean(x); s != "" {
				d.item.Bases = append(d.item.Bases, catalog.Basis{Text: s})
			}
			continue
		case []any:
			if len(x) > 0 {
				law = scalar(x[0])
			}
			if len(x) > 1 {
				article = scalar(x[1])
			}
			if len(x) > 2 {
				d.extra("bases", x)
			}
		case map[string]any:
			law, article = scalar(x["law"]), scalar(x["article"])
			if law == "" {
				law = scalar(x["text"])
			}
			keepRest(d, "bases["+strconv.Itoa(len(d.item.Bases))+"]", x, "law", "article", "text")
		}
		law, article = d.clean(law), d.clean(article)
		if law == "" {
			if e != nil {
				d.warn("", "有一条依据没有名称，原样保留在附加内容中。")
				d.extra("bases", e)
			}
			continue
		}
		d.item.Bases = append(d.item.Bases, catalog.Basis{Text: lawText(law, article)})
	}
	return true
}

// lawText writes a law and its article the way citations are written. A number
// of a document (国发〔2001〕21号) goes into brackets, an article behind.
func lawText(law, article string) string {
	if !strings.HasPrefix(law, "《") {
		// A title inside a title has single brackets (GB/T 15834 4.15).
		law = "《" + strings.NewReplacer("《", "〈", "》", "〉").Replace(law) + "》"
	}
	if article == "" {
		return law
	}
	if strings.HasPrefix(article, "第") && !strings.HasSuffix(article, "号令") {
		return law + article
	}
	return law + "（" + article + "）"
}

// keepRest keeps the keys of an object that are not among the known ones.
func keepRest(d *draft, path string, m map[string]any, known ...string) {
next:
	for k, v := range m {
		for _, n := range known {
			if k == n {
				continue next
			}
		}
		if v != nil {
			d.extra(path+"."+k, v)
		}
	}
}

// objectRow reads a JSON object into a row of a sub-table by the names its
// columns have in use; what no column knows is kept under path. The keys of skip
// are left to the caller.
func objectRow[T any](d *draft, path string, m map[string]any, cols []*catalog.Column[T], skip ...string) T {
	var row T
	for _, k := range keysOf(m) {
		if m[k] == nil || slices.Contains(skip, k) {
			continue
		}
		v := scalar(m[k])
		if l, ok := m[k].([]any); ok {
			var parts []string
			for _, e := range l {
				parts = append(parts, scalar(e))
			}
			v = strings.Join(parts, catalog.ListSeparator)
		}
		col := catalog.ColumnByLabel(cols, k)
		if v = d.clean(v); v == "" && scalar(m[k]) != "" {
			continue // blanks only
		}
		if col == nil || v == "" || len(v) > excelCell {
			d.extra(path+"."+k, m[k])
			continue
		}
		if name, ok := dictCode(col.Dictionary, v); ok {
			d.warn(v, codeRead(col.Label, v, name))
			v = name
		}
		if err := col.Set(&row, v); err != nil {
			d.fail(v, col.Label+"："+fault.Text(err)+"原文保留在附加内容中。")
			d.extra(path+"."+k, m[k])
		}
	}
	return row
}

// rowsObject reads a JSON list of objects into a sub-table.
func rowsObject[T any](path string, at func(*catalog.Item) *[]T, cols func() []*catalog.Column[T]) func(*draft, any) bool {
	return func(d *draft, v any) bool {
		l, ok := v.([]any)
		if !ok {
			return false
		}
		for _, e := range l {
			if _, ok := e.(map[string]any); !ok {
				return false
			}
		}
		if d.tooMany(v, len(l)) {
			return true
		}
		for i, e := range l {
			m, _ := e.(map[string]any) // checked above
			*at(d.item) = append(*at(d.item), objectRow(d, path+"["+strconv.Itoa(i)+"]", m, cols()))
		}
		return true
	}
}

// dictCode gives the name of a bare number of a dictionary. Systems number the
// same dictionary differently, so a number is never taken silently.
func dictCode(dictionary, v string) (string, bool) {
	dict := catalog.Dict(dictionary)
	if dict == nil || len(v) > 2 || strings.Trim(v, "0123456789") != "" || dict.Has(v) {
		return "", false
	}
	return dict.ByCode(v)
}

func codeRead(label, v, name string) string {
	return label + "填的是代码“" + v + "”，按国家标准的字典读作“" + name + "”。各地代码不一，请核对。"
}

// addMaterial appends m with the next free id.
func addMaterial(it *catalog.Item, m catalog.Material) {
	if m.ID == "" {
		m.ID = freeID("m", len(it.Materials), func(id string) bool {
			for i := range it.Materials {
				if it.Materials[i].ID == id {
					return true
				}
			}
			return false
		})
	}
	it.Materials = append(it.Materials, m)
}

func freeID(prefix string, n int, taken func(string) bool) string {
	for n++; ; n++ {
		if id := prefix + strconv.Itoa(n); !taken(id) {
			return id
		}
	}
}

func materialsObject(d *draft, v any) bool {
	l, ok := v.([]any)
	if !ok {
		return false
	}
	if d.tooMany(v, len(l)) {
		return true
	}
	for _, e := range l {
		m := catalog.Material{}
		var rest any
		switch x := e.(type) {
		case string:
			m.Name = d.clean(x)
		case []any:
			for i, c := range x {
				s := d.clean(scalar(c))
				switch i {
				case 0:
					m.Name = s
				case 1:
					countCopies(&m, s)
				case 2:
					m.Issuer = s
				case 3:
					m.Need = s
				default:
					rest = x
				}
			}
		case map[string]any:
			at := "materials[" + strconv.Itoa(len(d.item.Materials)) + "]"
			m = objectRow(d, at, x, catalog.MaterialFields(), "only_if")
			if cond := d.clean(scalar(x["only_if"])); cond != "" {
				// A condition in words is no scenario answer; it is kept where
				// the applicant reads it.
				m.Notes = strings.TrimPrefix(m.Notes+"；"+cond, "；")
			} else {
				keepRest(d, at, map[string]any{"only_if": x["only_if"]})
			}
		default:
			rest = x
		}
		if m.Name == "" {
			d.warn("", "有一份材料没有名称，原样保留在附加内容中。")
			d.extra("materials", e)
			continue
		}
		if rest != nil {
			d.extra("materials["+strconv.Itoa(len(d.item.Materials))+"]", rest)
		}
		addMaterial(d.item, m)
	}
	return true
}

// countCopies puts the number of a list that does not say of what it counts
// where the name says: “复印件” are copies, anything else originals.
func countCopies(m *catalog.Material, s string) {
	n, ok := parseInt(s)
	if !ok {
		return
	}
	copies := strings.Contains(m.Name, "复印件") || strings.Contains(m.Name, "复制件")
	if copies {
		m.Copies = n
	}
	if !copies || strings.Contains(m.Name, "原件") {
		m.Originals = n
	}
}

func stepsObject(d *draft, v any) bool {
	l, ok := v.([]any)
	if !ok {
		return false
	}
	if d.tooMany(v, len(l)) {
		return true
	}
	for _, e := range l {
		s, when := catalog.Step{}, ""
		switch x := e.(type) {
		case string:
			s.Name = d.clean(x)
		case []any:
			if len(x) > 0 {
				s.Name = d.clean(scalar(x[0]))
			}
			if len(x) > 1 {
				when = d.clean(scalar(x[1]))
			}
			if len(x) > 2 {
				d.extra("process.steps", x)
			}
		case map[string]any:
			n := 0
			if d.item.Process != nil {
				n = len(d.item.Process.Steps)
			}
			s = objectRow(d, "process.steps["+strconv.Itoa(n)+"]", x, catalog.StepFields(), "step", "limit_workdays")
			if s.Name == "" {
				s.Name = d.clean(scalar(x["step"]))
			}
			if n := scalar(x["limit_workdays"]); n != "" {
				when = n + "工作日"
			}
		}
		if s.Name == "" {
			d.warn("", "有一个环节没有名称，原样保留在附加内容中。")
			d.extra("process.steps", e)
			continue
		}
		addStep(d, s, when)
	}
	untouched(d)
	return true
}

// addStep appends a step; its time may stand in when or, in brackets, behind its
// name (“审核（5个工作日）”).
func addStep(d *draft, s catalog.Step, when string) {
	if d.item.Process == nil {
		d.item.Process = &catalog.Process{}
	}
	p := d.item.Process
	if when == "" {
		if i := strings.LastIndexAny(s.Name, "(（"); i > 0 {
			if t := strings.Trim(s.Name[i:], "()（） "); strings.HasSuffix(t, "日") || strings.HasSuffix(t, "小时") || strings.HasSuffix(t, "天") || t == "即办" {
				if _, _, ok := parseLimit(t, ""); ok {
					s.Name, when = strings.TrimSpace(s.Name[:i]), t
				}
			}
		}
	}
	if when != "" {
		days, remark, ok := stepDays(when)
		switch {
		case !ok:
			d.warn(when, "环节“"+s.Name+"”的时间看不懂，原样保留在附加内容中。")
			d.extra("process.steps["+strconv.Itoa(len(p.Steps))+"].time", when)
		case remark != "":
			d.warn(when, "环节“"+s.Name+"”："+remark+"。")
		}
		s.Days = days
	}
	if s.Kind == "" {
		s.Kind = stepKind(s.Name)
	}
	if s.ID == "" {
		s.ID = freeID("s", len(p.Steps), func(id string) bool {
			for i := range p.Steps {
				if p.Steps[i].ID == id {
					return true
				}
			}
			return false
		})
	}
	p.Steps = append(p.Steps, s)
}

// stepDays gives the working days of a step. Hours count as eighths of a day.
func stepDays(s string) (float64, string, bool) {
	h, _ := narrow(s)
	if n, rest, ok := leadingNumber(h); ok {
		if u, tail := limitUnit(rest); u == catalog.UnitWorkday && strings.Trim(tail, " ()内") == "" {
			return n, "", n <= 1e4
		}
	}
	l, remark, ok := parseLimit(h, "")
	switch {
	case !ok:
		return 0, "", false
	case l.Unit == catalog.UnitHour:
		return float64(l.N) / 8, "", true
	case l.Unit == catalog.UnitMonth || l.Unit == catalog.UnitYear:
		return 0, "", false
	}
	return float64(l.N), remark, true
}

// stepKinds maps words in a step's name to the kinds of the model, most specific
// first.
var stepKinds = []struct{ word, kind string }{
	{"预审", "预审"}, {"踏勘", "现场踏勘"}, {"勘查", "现场踏勘"}, {"核查", "现场踏勘"}, {"专家", "专家评审"}, {"检测", "检验检测"}, {"检验", "检验检测"},
	{"听证", "听证"}, {"公示", "公示"}, {"会签", "会签"}, {"联审", "联合审查"}, {"联合审", "联合审查"}, {"收件", "收件"}, {"受理", "受理"}, {"申请", "申请"},
	{"制证", "制证"}, {"发证", "送达"}, {"送达", "送达"}, {"领取", "送达"}, {"审批", "决定"}, {"决定", "决定"}, {"审", "审查"}, {"办结", "办结"},
}

func stepKind(name string) string {
	for _, k := range stepKinds {
		if strings.Contains(name, k.word) {
			return k.kind
		}
	}
	return ""
}

// untouched warns that steps without touchpoints say nothing about visits.
// Touchpoints stays nil, which is "not stated", as against an empty list.
func untouched(d *draft) {
	if p := d.item.Process; p != nil && len(p.Steps) > 0 && p.Touchpoints == nil {
		d.warn("", "只有环节，没有写申请人在哪些环节要到场，不能据此核算到场次数。请在“到场”表中补充。")
	}
}
