package lint

import (
	"net/url"
	"strings"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/catalog"
)

// E02: the content and the elements of items are uniform (P-1.1). A value is in
// its dictionary, and numbers, dates, telephones and addresses have their form.
// A synonym that everybody understands is advice; a kind of step, a duty or a
// channel that the model does not know is a warning, as the process may have it.
func init() {
	Register(&Rule{Code: "E02", Title: "取值不在字典内或格式不正确", Clause: "P-1.1", Severity: Error, Scope: ScopeItem, Check: checkE02,
		Why: "同一事项的内容和要素要统一：取值在字典之内，电话、日期、数字、网址有规定的格式。通行的同义词只作建议。"})
}

// dictOf is a column with a dictionary, prepared for speed.
type dictOf[T any] struct {
	key, label string
	dict       *catalog.Dictionary
	get        func(*T) string
	mild       bool
}

// dictColumns picks the columns with one value of a dictionary.
func dictColumns[T any](cols []*catalog.Column[T], mild ...string) []dictOf[T] {
	var out []dictOf[T]
	for _, c := range cols {
		if c.Dictionary != "" && c.Kind == catalog.KindText {
			d := dictOf[T]{c.Key, c.Label, catalog.Dict(c.Dictionary), c.Get, false}
			for _, m := range mild {
				d.mild = d.mild || m == c.Key
			}
			// The text of between is translated, its value is checked by visit;
			// units of limits are judged with their number.
			if c.Key == "between" || c.Dictionary == "时限单位" {
				continue
			}
			out = append(out, d)
		}
	}
	return out
}

var (
	itemDicts     = dictColumns(catalog.Fields())
	materialDicts = dictColumns(catalog.MaterialFields())
	stepDicts     = dictColumns(catalog.StepFields(), "kind", "level")
	touchDicts    = dictColumns(catalog.TouchpointFields(), "duty")

	audienceDict  = catalog.Dict("服务对象")
	channelDict   = catalog.Dict("办理形式")
	specialDict   = catalog.Dict("特别程序种类")
	measureDict   = catalog.Dict("改革措施")
	depthDict     = catalog.Dict("网上办理深度(multi)")
	deferDict     = catalog.Dict("容缺补交渠道")
	remoteDict    = catalog.Dict("网办渠道")
	limitUnitDict = catalog.Dict("时限单位")
)

func checkE02(s *Subject, r *Report) {
	it := s.Item
	for i := range itemDicts {
		c := &itemDicts[i]
		v := c.get(it)
		if _, official, ok := c.dict.Lookup(v); v != "" && (!ok || !official) {
			wrongValue(r, c.key, c.label, v, c.dict, c.mild, true)
		}
	}
	listValues(r, "audience", "服务对象", it.Audience, audienceDict, false)
	listValues(r, "channels", "办理形式", it.Channels, channelDict, false)
	listValues(r, "special_procedures", "特别程序", it.SpecialProcedures, specialDict, false)
	listValues(r, "reform.measures", "改革措施", it.Reform.Measures, measureDict, false)
	if d := it.Online.Depth; d != "" {
		if _, official, ok := depthDict.Lookup(d); !ok || !official {
			listValues(r, "online.depth", "网上办理深度", catalog.SplitList(d), depthDict, false)
		}
	}
	limitForm(r, "legal_limit", "法定办结时限", it.LegalLimit)
	limitForm(r, "promised_limit", "承诺办结时限", it.PromisedLimit)
	limitForm(r, "current_limit", "改革前承诺时限", it.CurrentLimit)
	if it.Visits != nil && *it.Visits < 0 {
		r.Add("visits", catalog.FieldByKey("visits").Get(it), "到办事现场次数不能是负数。").Do("填写0以上的整数。")
	}
	if by := it.Reform.By; by != "" {
		if _, err := calendar.ParseDate(by); err != nil {
			f := r.Add("reform.by", by, "改革完成日期“%s”不是有效日期。", clip(by)).Do("按“2018-12-20”的格式填写真实存在的日期。")
			if d, err := catalog.ParseDate(by); err == nil && d != "" {
				f.RepairBy("reform.by", d)
			}
		}
	}
	for i := range it.Materials {
		m := &it.Materials[i]
		for k := range materialDicts {
			c := &materialDicts[k]
			v := c.get(m)
			if v == "" {
				continue
			}
			if _, official, ok := c.dict.Lookup(v); !ok || !official {
				wrongValue(r, at("materials", i, c.key), "材料“"+m.Name+"”的"+c.label, v, c.dict, c.mild, true)
			}
		}
		for _, ch := range m.Defer.Channels {
			if _, _, ok := deferDict.Lookup(ch); !ok {
				wrongValue(r, at("materials", i, "defer.channels"), "材料“"+m.Name+"”的容缺补交渠道", ch, deferDict, true, false)
			}
		}
		if m.Originals < 0 || m.Copies < 0 || m.ValidMonths < 0 || m.Defer.Days < 0 {
			r.Add(at("materials", i, ""), "", "材料“%s”的份数、期限不能是负数。", m.Name).Do("填写0以上的整数。")
		}
		if isBlank(m.Name) {
			r.Add(at("materials", i, "name"), "", "第%d份申请材料没有名称。", i+1).Do("写明材料名称，或者删除这一行。")
		}
	}
	if p := it.Process; p != nil {
		for i := range p.Steps {
			st := &p.Steps[i]
			for k := range stepDicts {
				c := &stepDicts[k]
				v := c.get(st)
				if v == "" {
					continue
				}
				if _, official, ok := c.dict.Lookup(v); !ok || !official {
					wrongValue(r, at("process.steps", i, c.key), "环节“"+st.Name+"”的"+c.label, v, c.dict, c.mild, true)
				}
			}
			if st.Days < 0 {
				r.Add(at("process.steps", i, "days"), "", "环节“%s”的时限不能是负数。", st.Name).Do("填写工作日数，例如 3 或 0.5。")
			}
		}
		for i := range p.Touchpoints {
			t := &p.Touchpoints[i]
			for k := range touchDicts {
				c := &touchDicts[k]
				v := c.get(t)
				if v == "" {
					continue
				}
				if _, official, ok := c.dict.Lookup(v); !ok || !official {
					wrongValue(r, at("process.touchpoints", i, c.key), "到场事由“"+t.ID+"”的"+c.label, v, c.dict, c.mild, true)
				}
			}
			for _, ch := range t.Remote {
				if _, _, ok := remoteDict.Lookup(ch); !ok {
					wrongValue(r, at("process.touchpoints", i, "remote"), "到场事由“"+t.Duty+"”的非现场渠道", ch, remoteDict, true, false)
				}
			}
		}
	}
	phones(r, "enquiry", "咨询方式", it.Enquiry)
	phones(r, "complaint", "监督投诉方式", it.Complaint)
	for i := range it.Places {
		if p := it.Places[i].Phone; p != "" && phoneFault(p) != "" {
			for _, n := range catalog.SplitList(p) {
				if msg := phoneFault(n); msg != "" {
					r.Add(at("places", i, "phone"), n, "办理地点的电话“%s”%s。", n, msg).Do("写成区号-号码，例如 0319-1234567。")
				}
			}
		}
	}
	webAddress(r, "online.url", "网办地址", it.Online.URL)
	webAddress(r, "online.mobile_url", "移动端办理地址", it.Online.MobileURL)
}

func listValues(r *Report, key, label string, values []string, d *catalog.Dictionary, mild bool) {
	for _, v := range values {
		if _, official, ok := d.Lookup(v); !ok || !official {
			wrongValue(r, key, label, v, d, mild, len(values) == 1)
		}
	}
}

// wrongValue reports a value outside its dictionary, or a synonym. single says
// that the field holds this value alone, so that it can be replaced.
func wrongValue(r *Report, key, label, v string, d *catalog.Dictionary, mild, single bool) {
	name := d.Normalise(v)
	if _, _, ok := d.Lookup(name); ok {
		f := r.AddAs(Advice, key, v, "%s写作“%s”，请统一写为“%s”。", label, clip(v), name).Do("改为“%s”。", name)
		if single {
			f.RepairBy(key, name)
		}
		return
	}
	sev := Error
	if mild {
		sev = Warning
	}
	r.AddAs(sev, key, v, "%s“%s”不在可选范围内。", label, clip(v)).Do("请从下列值中选择：%s。", d.Hint())
}

func limitForm(r *Report, key, label string, l catalog.Limit) {
	if !l.Given() {
		if l.N != 0 {
			r.Add(key, "", "%s只有数字%d，没有单位。", label, l.N).Do("补上单位，例如 %d工作日。", l.N)
		}
		return
	}
	if l.N < 0 {
		r.Add(key, catalog.FormatLimit(l), "%s不能是负数。", label).Do("填写0以上的整数和单位，例如 20工作日。")
	}
	name, official, ok := limitUnitDict.Lookup(l.Unit)
	switch {
	case !ok:
		r.Add(key, catalog.FormatLimit(l), "%s的单位“%s”不在可选范围内。", label, clip(l.Unit)).Do("请从下列单位中选择：%s。", limitUnitDict.Hint())
	case !official:
		r.AddAs(Advice, key, catalog.FormatLimit(l), "%s的单位写作“%s”，请写明是工作日还是自然日。", label, l.Unit).Do("改为“%s”或者“工作日”。", name)
	}
}

func phones(r *Report, key, label string, values []string) {
	for _, v := range values {
		if msg := phoneFault(v); msg != "" {
			r.Add(key, v, "%s“%s”%s。", label, clip(v), msg).Do("写成区号-号码，例如 0319-1234567；服务热线可写 12345。")
		}
	}
}

// phoneFault judges a text that is a telephone number and nothing else; one
// with words, an address on the net or by mail is left to the reader.
func phoneFault(v string) string {
	digits := 0
	for i := 0; i < len(v); i++ {
		switch b := v[i]; {
		case b >= '0' && b <= '9':
			digits++
		case b == '-' || b == ' ' || b == '(' || b == ')' || b == '+' || b == '*':
		case b >= 0x80 && strings.ContainsAny(v, "（）－—"):
			// full-width signs: read as their plain forms below
			return phoneFault(strings.NewReplacer("（", "(", "）", ")", "－", "-", "—", "-").Replace(v))
		default:
			return "" // words
		}
	}
	if digits == 0 {
		if isBlank(v) {
			return "是空的"
		}
		return "没有号码"
	}
	var buf [24]byte
	n := 0
	for i := 0; i < len(v); i++ {
		if b := v[i]; b >= '0' && b <= '9' {
			if n == len(buf) {
				return "位数过多"
			}
			buf[n] = b
			n++
		}
	}
	if n < 3 {
		return "不是完整的电话号码"
	}
	d := buf[:n]
	if n > 11 && d[0] == '8' && d[1] == '6' { // the country's code
		d = d[2:]
		if n -= 2; d[0] != '0' && d[0] != '1' { // 86 20 8751 2631
			copy(buf[1:], d)
			buf[0] = '0'
			n++
			d = buf[:n]
		}
	}
	// A hotline may have a menu: 12333-9-3.
	if i := strings.IndexByte(v, '-'); i == 5 && (v[0] == '1' || v[0] == '9') {
		return ""
	}
	switch {
	case n == 3 && d[0] == '1', // 110, 119
		n >= 5 && n <= 6 && (d[0] == '1' || d[0] == '9'): // 12345, 95598, 116114
		return ""
	case n == 11 && d[0] == '1' && d[1] >= '3':
		return ""
	case n == 10 && (d[0] == '4' || d[0] == '8') && d[1] == '0' && d[2] == '0': // 400, 800
		return ""
	case d[0] == '0' && d[1] != '0' && (n >= 10 && n <= 12 || areaHotline(d)):
		return ""
	case d[0] == '0' && d[1] != '0' && n > 12 && strings.Count(v, "-") >= 2: // with an extension
		return ""
	case d[0] != '0' && (n == 7 || n == 8):
		return "没有区号"
	}
	return "不是完整的电话号码"
}

// areaHotline recognises a hotline with its area code: 020-12345.
func areaHotline(d []byte) bool {
	for area := 3; area <= 4; area++ {
		if rest := len(d) - area; (rest == 5 || rest == 6) && (d[area] == '1' || d[area] == '9') {
			return true
		}
	}
	return false
}

// isNumber reports whether the text is a telephone number and nothing else,
// hotlines aside.
func isNumber(v string) bool {
	n := 0
	for i := 0; i < len(v); i++ {
		switch b := v[i]; {
		case b >= '0' && b <= '9':
			n++
		case b != '-' && b != ' ' && b != '(' && b != ')':
			return false
		}
	}
	return n >= 10
}

func webAddress(r *Report, key, label, v string) {
	if v == "" {
		return
	}
	if plainAddress(v) {
		return
	}
	u, err := url.Parse(strings.TrimSpace(v))
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || !strings.Contains(u.Host, ".") {
		r.Add(key, v, "%s“%s”不是完整的网址。", label, clip(v)).Do("填写以 http:// 或 https:// 开头的完整网址。")
	}
}

// plainAddress recognises the usual addresses without parsing them.
func plainAddress(v string) bool {
	rest, ok := strings.CutPrefix(v, "https://")
	if !ok {
		if rest, ok = strings.CutPrefix(v, "http://"); !ok {
			return false
		}
	}
	host, path, _ := strings.Cut(rest, "/")
	if strings.IndexByte(host, '.') <= 0 {
		return false
	}
	for i := 0; i < len(host); i++ {
		if b := host[i]; !(b >= 'a' && b <= 'z' || b >= '0' && b <= '9' || b == '.' || b == '-') {
			return false
		}
	}
	for i := 0; i < len(path); i++ {
		if b := path[i]; b <= ' ' || b == '%' || b >= 0x7f {
			return false
		}
	}
	return true
}
