package catalog_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
)

func goodItem(t testing.TB) *catalog.Item {
	t.Helper()
	b, err := os.ReadFile("testdata/good_item.json")
	if err != nil {
		t.Fatal(err)
	}
	var it catalog.Item
	if err := json.Unmarshal(b, &it); err != nil {
		t.Fatal(err)
	}
	return &it
}

func encode(t testing.TB, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestElementSet(t *testing.T) {
	s := catalog.Elements()
	if s.ID != "gz-36@1" || len(s.Elements) != 36 || len(s.Extensions) == 0 {
		t.Fatalf("set %s with %d elements, %d extensions", s.ID, len(s.Elements), len(s.Extensions))
	}
	for i, e := range s.Elements {
		if e.No != i+1 {
			t.Errorf("element %d has number %d", i+1, e.No)
		}
		if len(e.Fields()) == 0 || !e.Fields()[0].Core {
			t.Errorf("element %d %s has no field", e.No, e.Name)
		}
		if e.Help == "" || e.Attestation == "" {
			t.Errorf("element %d lacks help or attestation", e.No)
		}
		if e.Dictionary != "" && catalog.Dict(e.Dictionary) == nil {
			t.Errorf("element %d names the unknown dictionary %s", e.No, e.Dictionary)
		}
		if e.List != "目录" && e.List != "实施" {
			t.Errorf("element %d is in list %q", e.No, e.List)
		}
	}
	it := goodItem(t)
	for _, e := range s.Elements {
		if f := e.Missing(it); f != nil {
			t.Errorf("good item: element %d misses %s", e.No, f.Key)
		}
	}
}

func TestElementConditions(t *testing.T) {
	one := func(f func(*catalog.Item)) *catalog.Item { it := goodItem(t); f(it); return it }
	for _, c := range []struct {
		name string
		no   int
		it   *catalog.Item
		want string
	}{
		{"always", 1, one(func(it *catalog.Item) { it.Name = " " }), "name"},
		{"second core field", 9, one(func(it *catalog.Item) { it.Body.USCC = "" }), "body.uscc"},
		{"charged without table", 27, one(func(it *catalog.Item) { it.Fee.Charged = true }), "fee.items"},
		{"not charged", 27, one(func(it *catalog.Item) {}), ""},
		{"joint", 12, one(func(it *catalog.Item) { it.Process.Steps[2].Kind = "联合审查" }), "joint_bodies"},
		{"joint by type", 12, one(func(it *catalog.Item) { it.CaseType = "联办件" }), "joint_bodies"},
		{"several levels", 8, one(func(it *catalog.Item) { it.Level = "分级管理" }), "power_content"},
		{"one level", 8, one(func(it *catalog.Item) {}), ""},
		{"no materials", 19, one(func(it *catalog.Item) { it.Materials = nil }), "materials"},
		{"declared none", 19, one(func(it *catalog.Item) { it.Materials, it.NoMaterials = nil, true }), ""},
		{"result", 24, one(func(it *catalog.Item) { it.Result.Name = "" }), "result.name"},
		{"no result", 24, one(func(it *catalog.Item) { it.Result = catalog.Result{Kind: "无"} }), ""},
		{"sample", 25, one(func(it *catalog.Item) { it.Result.Sample = "" }), "result.sample"},
		{"no process", 20, one(func(it *catalog.Item) { it.Process = nil }), "process"},
		{"visits", 29, one(func(it *catalog.Item) { it.Visits = nil }), "visits"},
		{"zero visits are given", 29, one(func(it *catalog.Item) { n := 0; it.Visits = &n }), ""},
		{"on the spot is a limit", 17, one(func(it *catalog.Item) { it.PromisedLimit = catalog.Limit{Unit: "工作日"} }), ""},
	} {
		got := ""
		if f := catalog.Elements().Element(c.no).Missing(c.it); f != nil {
			got = f.Key
		}
		if got != c.want {
			t.Errorf("%s: missing %q, want %q", c.name, got, c.want)
		}
	}
}

// paths collects the leaves of the item's JSON shape.
func paths(ty reflect.Type, prefix string, out map[string]bool) {
	for i := range ty.NumField() {
		f := ty.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		p := name
		if prefix != "" {
			p = prefix + "." + name
		}
		if f.Type.Kind() == reflect.Struct && f.Type.Name() != "Limit" {
			paths(f.Type, p, out)
			continue
		}
		out[p] = true
	}
}

// Every value of the type has a column, or it could not be typed in anywhere.
func TestEveryValueHasAColumn(t *testing.T) {
	all := map[string]bool{}
	paths(reflect.TypeFor[catalog.Item](), "", all)
	for _, skip := range []string{"schema", "extra", "scenarios"} { // written by the program; scenarios have a page of their own
		delete(all, skip)
	}
	for p := range all {
		if catalog.FieldByKey(p) == nil {
			t.Errorf("no field for %s", p)
		}
	}
	check := func(ty reflect.Type, has func(string) bool) {
		m := map[string]bool{}
		paths(ty, "", m)
		for p := range m {
			if !has(p) {
				t.Errorf("%s: no column for %s", ty.Name(), p)
			}
		}
	}
	check(reflect.TypeFor[catalog.Material](), has(catalog.MaterialFields()))
	check(reflect.TypeFor[catalog.Site](), has(catalog.SiteFields()))
	check(reflect.TypeFor[catalog.Step](), has(catalog.StepFields()))
	check(reflect.TypeFor[catalog.Touchpoint](), has(catalog.TouchpointFields()))
	check(reflect.TypeFor[catalog.FeeItem](), has(catalog.FeeItemFields()))
	check(reflect.TypeFor[catalog.Place](), has(catalog.PlaceFields()))
	check(reflect.TypeFor[catalog.QA](), has(catalog.QAFields()))
}

func has[T any](cols []*catalog.Column[T]) func(string) bool {
	return func(k string) bool {
		return slices.ContainsFunc(cols, func(c *catalog.Column[T]) bool { return c.Key == k })
	}
}

// Setting what Get wrote changes nothing, on a rich item.
func TestSetOfGetChangesNothing(t *testing.T) {
	it := goodItem(t)
	it.Fee = catalog.Fee{Charged: true, Items: []catalog.FeeItem{{Name: "工本费", Standard: "10元", Basis: "冀价行费〔2012〕1号"}, {Name: "b", Reduction: "残疾人减免"}}}
	it.Reform.By = "2018-12-20"
	before := encode(t, it)
	for _, f := range catalog.Fields() {
		if err := f.Set(it, f.Get(it)); err != nil {
			t.Errorf("%s: Set(%q): %v", f.Key, f.Get(it), err)
		}
		if after := encode(t, it); canonical(after) != canonical(before) {
			t.Fatalf("%s changed the item:\n%s\n%s", f.Key, before, after)
		}
	}
	for i := range it.Materials {
		for _, c := range catalog.MaterialFields() {
			if err := c.Set(&it.Materials[i], c.Get(&it.Materials[i])); err != nil {
				t.Errorf("%s: %v", c.Key, err)
			}
		}
	}
	for i := range it.Process.Steps {
		for _, c := range catalog.StepFields() {
			if err := c.Set(&it.Process.Steps[i], c.Get(&it.Process.Steps[i])); err != nil {
				t.Errorf("%s: %v", c.Key, err)
			}
		}
	}
	for i := range it.Process.Touchpoints {
		for _, c := range catalog.TouchpointFields() {
			if err := c.Set(&it.Process.Touchpoints[i], c.Get(&it.Process.Touchpoints[i])); err != nil {
				t.Errorf("%s: %v", c.Key, err)
			}
		}
	}
	if after := encode(t, it); canonical(after) != canonical(before) {
		t.Fatalf("columns changed the item:\n%s\n%s", before, after)
	}
}

// canonical treats an absent list and an empty one alike.
func canonical(s string) string {
	return strings.NewReplacer(`,"materials":[]`, "", `"channels":[]`, "").Replace(s)
}

var words = []string{"公共场所卫生许可", "县行政审批局", "A1", "是", "“x”（新办）", "x y", "0319-7200001", "《法》第一条"}

func sample(r *rand.Rand, kind catalog.Kind, dictionary string) string {
	word := func() string {
		if d := catalog.Dict(dictionary); d != nil {
			return d.Names()[r.IntN(len(d.Names()))]
		}
		return words[r.IntN(len(words))]
	}
	several := func(sep string) string {
		var l []string
		for range r.IntN(4) {
			if w := word(); !slices.Contains(l, w) {
				l = append(l, w)
			}
		}
		return strings.Join(l, sep)
	}
	switch kind {
	case catalog.KindBool:
		return catalog.FormatBool(r.IntN(2) == 0)
	case catalog.KindCount:
		return catalog.FormatCount(r.IntN(30))
	case catalog.KindDays:
		return []string{"", "0.5", "3", "12.25"}[r.IntN(4)]
	case catalog.KindLimit:
		return catalog.FormatLimit(catalog.Limit{N: r.IntN(90), Unit: []string{"工作日", "自然日", "小时", "月", "年"}[r.IntN(5)]})
	case catalog.KindDate:
		return fmt.Sprintf("20%02d-%02d-%02d", r.IntN(40), 1+r.IntN(12), 1+r.IntN(28))
	case catalog.KindList:
		return several(catalog.ListSeparator)
	case catalog.KindLines, catalog.KindRows, catalog.KindSummary:
		return several("\n")
	}
	return word()
}

// Get of what Set read is a text that Set reads as the same value again.
func TestTextRoundTrip(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		for _, f := range catalog.Fields() {
			roundTrip(t, f, sample(r, f.Kind, f.Dictionary))
		}
		for _, c := range catalog.MaterialFields() {
			if c.Key != "only_if" {
				roundTrip(t, c, sample(r, c.Kind, c.Dictionary))
			}
		}
		for _, c := range catalog.StepFields() {
			roundTrip(t, c, sample(r, c.Kind, c.Dictionary))
		}
		for _, c := range catalog.TouchpointFields() {
			roundTrip(t, c, sample(r, c.Kind, c.Dictionary))
		}
		for _, c := range catalog.SiteFields() {
			roundTrip(t, c, sample(r, c.Kind, c.Dictionary))
		}
	}
}

func roundTrip[T any](t *testing.T, c *catalog.Column[T], v string) {
	t.Helper()
	var a, b T
	if err := c.Set(&a, v); err != nil {
		t.Fatalf("%s: Set(%q): %v", c.Key, v, err)
	}
	got := c.Get(&a)
	if err := c.Set(&b, got); err != nil {
		t.Fatalf("%s: Set(Get) of %q: %v", c.Key, v, err)
	}
	if !reflect.DeepEqual(a, b) {
		t.Fatalf("%s: %q reads as %s, its text %q as %s", c.Key, v, encode(t, a), got, encode(t, b))
	}
	switch c.Kind {
	case catalog.KindText, catalog.KindBool, catalog.KindCount, catalog.KindLimit, catalog.KindDate, catalog.KindDays, catalog.KindLines:
		want := v
		if d := catalog.Dict(c.Dictionary); d != nil {
			want = d.Normalise(v)
		}
		if got != want && c.Key != "visits" && !(c.Kind == catalog.KindText && got == strings.ToUpper(strings.ReplaceAll(foldWidth(want), " ", ""))) {
			if c.Key != "between" {
				t.Errorf("%s: Set(%q) then Get gives %q", c.Key, v, got)
			}
		}
	}
}

func foldWidth(s string) string { return strings.NewReplacer("（", "(", "）", ")").Replace(s) }

func FuzzSet(f *testing.F) {
	for _, s := range []string{"", "20工作日", "即办", "受理→审查（3工作日）→送达", "a｜b｜c", "1.身份证；2.户口簿", "q1=是/否；q2=甲", "（", "-5天", "99999999999999999999工作日", "\x00\xff", "2018年2月30日", "是"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, fd := range catalog.Fields() {
			var it catalog.Item
			before := encode(t, it)
			if err := fd.Set(&it, s); err != nil {
				if !fault.Is(err, fault.Invalid) || len(fault.Fields(err)) == 0 {
					t.Fatalf("%s: %v is no fault with a place", fd.Key, err)
				}
				if encode(t, it) != before {
					t.Fatalf("%s: a refused text changed the item", fd.Key)
				}
				continue
			}
			first := fd.Get(&it)
			if err := fd.Set(&it, first); err != nil {
				t.Fatalf("%s: %q gives %q, which it refuses: %v", fd.Key, s, first, err)
			}
			if second := fd.Get(&it); second != first {
				t.Fatalf("%s: %q gives %q, then %q", fd.Key, s, first, second)
			}
		}
		for _, c := range catalog.MaterialFields() {
			var m catalog.Material
			_ = c.Set(&m, s)
			_ = c.Get(&m)
		}
	})
}

func TestReadingText(t *testing.T) {
	for _, c := range []struct{ key, in, want string }{
		{"legal_limit", "20个工作日", "20工作日"},
		{"legal_limit", "２０ 工作日内", "20工作日"},
		{"legal_limit", "20", "20工作日"},
		{"legal_limit", "30天", "30自然日"},
		{"legal_limit", "3个月", "3月"},
		{"promised_limit", "当场办结", "即办"},
		{"promised_limit", "0工作日", "即办"},
		{"type", "其他类别事项", "其他行政权力"},
		{"type", "备案", "备案"},
		{"type", "行政审批", "行政许可"},
		{"type", "不存在的类型", "不存在的类型"},
		{"level", "省级/直属", "省级"},
		{"level", "镇（乡、街道）级", "镇(乡、街道)级"},
		{"audience", "自然人、企业法人，其他组织/自然人\n行政机关", "自然人；企业法人；其他组织；行政机关"},
		{"express", "支持", "是"},
		{"express", "不支持", "否"},
		{"fee.charged", "不收费", "否"},
		{"visits", "1次", "1"},
		{"visits", "0", "0"},
		{"enquiry", "0319-7200001、7200002；https://a.gov.cn/x", "0319-7200001；7200002；https://a.gov.cn/x"},
		{"implementation_code", " 11130531mb12345685 4000123006000", "11130531MB123456854000123006000"},
		{"reform.by", "2018年12月20日", "2018-12-20"},
		{"reform.by", "2018/1/5", "2018-01-05"},
		{"materials", "1.身份证\n2.户口簿；（三）2寸照片", "身份证\n户口簿\n2寸照片"},
		{"process", "申请-受理-审查（3个工作日）-办结", "申请→受理→审查（3工作日）→办结"},
		{"bases", "《法》第一条\n\n《条例》第二条", "《法》第一条\n《条例》第二条"},
		{"online.depth", "全程网办、互联网预审", "Ⅳ级；互联网预审"},
		{"places", "一楼大厅|兴广大街1号|9:00-17:00", "一楼大厅｜兴广大街1号｜9:00-17:00"},
	} {
		var it catalog.Item
		if err := catalog.FieldByKey(c.key).Set(&it, c.in); err != nil {
			t.Errorf("%s %q: %v", c.key, c.in, err)
		} else if got := catalog.FieldByKey(c.key).Get(&it); got != c.want {
			t.Errorf("%s %q gives %q, want %q", c.key, c.in, got, c.want)
		}
	}
	for _, c := range []struct{ key, in, says string }{
		{"legal_limit", "尽快", "例如 20工作日"},
		{"legal_limit", "5星期", "工作日"},
		{"visits", "一两次", "整数"},
		{"visits", "-1", "整数"},
		{"express", "也许", "“是”或“否”"},
		{"reform.by", "2018-02-30", "年-月-日"},
	} {
		var it catalog.Item
		if err := catalog.FieldByKey(c.key).Set(&it, c.in); !fault.Is(err, fault.Invalid) || !strings.Contains(fault.Text(err), c.says) {
			t.Errorf("%s %q: got %v, want a text with %q", c.key, c.in, err, c.says)
		}
	}
	// Number and unit in two columns, in either order.
	for _, order := range [][2]string{{"legal_limit", "legal_limit.unit"}, {"legal_limit.unit", "legal_limit"}} {
		var it catalog.Item
		for _, k := range order {
			v := map[string]string{"legal_limit": "30", "legal_limit.unit": "天"}[k]
			if err := catalog.FieldByKey(k).Set(&it, v); err != nil {
				t.Fatal(err)
			}
		}
		if it.LegalLimit != (catalog.Limit{N: 30, Unit: "自然日"}) {
			t.Errorf("order %v: %+v", order, it.LegalLimit)
		}
	}
}

func TestFieldByLabel(t *testing.T) {
	for label, key := range map[string]string{"事项名称": "name", "*事项名称（必填）": "name", "承诺时限(工作日)": "promised_limit", "task_name": "name",
		"咨询电话": "enquiry", " 投诉 电话：": "complaint", "legal_limit": "legal_limit", "是否网办": "online.available", "法定办结时限单位": "legal_limit.unit",
		"统一社会信用代码": "body.uscc", "设定依据": "bases", "实施主体": "body.name"} {
		if f := catalog.FieldByLabel(label); f == nil || f.Key != key {
			t.Errorf("%q: got %v, want %s", label, f, key)
		}
	}
	for _, label := range []string{"", "颜色", "（）"} {
		if f := catalog.FieldByLabel(label); f != nil {
			t.Errorf("%q found %s", label, f.Key)
		}
	}
	// Labels and keys are unique, and each finds its own field.
	for _, f := range catalog.Fields() {
		if g := catalog.FieldByLabel(f.Label); g != f {
			t.Errorf("label %s finds %s", f.Label, g.Key)
		}
		if f.Dictionary != "" && catalog.Dict(f.Dictionary) == nil {
			t.Errorf("%s names the unknown dictionary %s", f.Key, f.Dictionary)
		}
	}
	if c := catalog.ColumnByLabel(catalog.MaterialFields(), "是否必要"); c == nil || c.Key != "need" {
		t.Error("是否必要 is no material column")
	}
}

func TestDictionaries(t *testing.T) {
	d := catalog.Dict("办件类型")
	if n, ok := d.ByCode("1"); !ok || n != "即办件" {
		t.Errorf("code 1 = %q", n)
	}
	// The local variant's numbers mean something else and must not answer.
	if n, ok := d.ByCode("3"); ok {
		t.Errorf("code 3 = %q, but only the variant has it", n)
	}
	if !d.Has("联办件") || d.Has("快办件") {
		t.Error("acceptance is wrong")
	}
	if catalog.Dict("没有") != nil {
		t.Error("unknown dictionary exists")
	}
	for _, want := range []struct {
		name  string
		scope catalog.PlanScope
	}{{"行政许可", catalog.InPlan}, {"备案", catalog.InPlan}, {"公共服务事项", catalog.InPlan}, {"行政处罚", catalog.OutPlan}, {"行政裁决", catalog.Unnamed}} {
		if ty, ok := catalog.TypeByName(want.name); !ok || ty.Scope != want.scope {
			t.Errorf("%s: %+v", want.name, ty)
		}
	}
	for _, name := range catalog.Dictionaries() {
		for _, n := range catalog.Dict(name).Names() {
			if catalog.Dict(name).Normalise(n) != n {
				t.Errorf("%s: %s is not its own name", name, n)
			}
		}
	}
}

func TestDiff(t *testing.T) {
	old, it := goodItem(t), goodItem(t)
	if d := catalog.Diff(old, it); len(d) != 0 {
		t.Fatalf("same item differs: %v", d)
	}
	it.PromisedLimit = catalog.Limit{N: 5, Unit: "工作日"}
	it.Express = true
	zero := 2
	it.Visits = &zero
	// Renumbering after a removal pairs materials by name.
	it.Materials = []catalog.Material{it.Materials[1], it.Materials[2], {ID: "m9", Name: "营业执照", Need: "必要"}}
	it.Materials[0].ID, it.Materials[1].ID = "m1", "m2"
	it.Materials[0].Originals = 2
	it.Process.Touchpoints[1].Remote = []string{"数据共享"}
	it.Process.Steps = append(it.Process.Steps, catalog.Step{ID: "s7", Name: "公示", Kind: "公示"})
	got := map[string]catalog.Change{}
	for _, c := range catalog.Diff(old, it) {
		got[c.Path] = c
	}
	for path, want := range map[string]struct {
		effect catalog.Effect
		text   string
	}{
		"promised_limit":                 {catalog.Better, "承诺办结时限由“7工作日”改为“5工作日”"},
		"express":                        {catalog.Better, "是否支持物流快递由“否”改为“是”"},
		"visits":                         {catalog.Worse, "到办事现场次数由“1”改为“2”"},
		"materials[m9]":                  {catalog.Worse, "新增申请材料：营业执照"},
		"process.touchpoints[t2].remote": {catalog.Better, "新增到场事由“核验原件”的非现场渠道：数据共享"},
		"process.steps[s7]":              {catalog.Neutral, "新增办理环节：公示"},
		"materials[公共场所卫生检测报告].originals": {catalog.Worse, "申请材料“公共场所卫生检测报告”的原件份数由“1”改为“2”"},
	} {
		c, ok := got[path]
		if !ok {
			t.Errorf("no change at %s", path)
			continue
		}
		if c.Effect != want.effect || c.String() != want.text {
			t.Errorf("%s: %s, %q; want %s, %q", path, c.Effect, c, want.effect, want.text)
		}
	}
	removed := 0
	for _, c := range got {
		if c.Kind == catalog.Removed && c.Element == 19 {
			removed++
			if c.Old != "公共场所卫生许可申请表" || c.Effect != catalog.Better {
				t.Errorf("removed %+v", c)
			}
		}
	}
	if removed != 1 {
		t.Errorf("%d materials removed, want 1", removed)
	}
	if t.Failed() {
		t.Log("\n" + catalog.Summary(catalog.Diff(old, it)))
	}
	if len(catalog.Diff(nil, it)) == 0 || len(catalog.Diff(it, nil)) == 0 {
		t.Error("nil items are not compared")
	}
}

// Going back undoes every change: what was better is worse.
func TestDiffIsSymmetric(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		a, b := goodItem(t), goodItem(t)
		for range 1 + r.IntN(6) {
			f := catalog.Fields()[r.IntN(len(catalog.Fields()))]
			if f.Kind == catalog.KindSummary {
				continue
			}
			if err := f.Set(b, sample(r, f.Kind, f.Dictionary)); err != nil {
				t.Fatal(err)
			}
		}
		there, back := catalog.Diff(a, b), catalog.Diff(b, a)
		if len(there) != len(back) {
			t.Fatalf("%d changes there, %d back", len(there), len(back))
		}
		count := func(l []catalog.Change, e catalog.Effect) (n int) {
			for _, c := range l {
				if c.Effect == e && c.Element != 34 && !strings.HasPrefix(c.Path, "faq") {
					n++
				}
			}
			return
		}
		if count(there, catalog.Better) != count(back, catalog.Worse) {
			t.Fatalf("better there, worse back differ:\n%s\n--\n%s", catalog.Summary(there), catalog.Summary(back))
		}
	}
}

func TestClaims(t *testing.T) {
	for _, c := range []struct {
		claim catalog.Claim
		field string
	}{
		{catalog.Claim{Entry: "e", Unit: "u", Decision: catalog.Claimed, Items: []string{"code:1"}}, ""},
		{catalog.Claim{Entry: "e", Unit: "u", Decision: catalog.Claimed, Items: []string{"a", "b"}}, "items"},
		{catalog.Claim{Entry: "e", Unit: "u", Decision: catalog.Mapped}, "items"},
		{catalog.Claim{Entry: "e", Unit: "u", Decision: catalog.Mapped, Items: []string{" "}}, "items"},
		{catalog.Claim{Entry: "e", Unit: "u", Decision: catalog.Mapped, Items: []string{"a", "b"}}, ""},
		{catalog.Claim{Entry: "e", Unit: "u", Decision: catalog.Declined}, "reason"},
		{catalog.Claim{Entry: "e", Unit: "u", Decision: catalog.Declined, Reason: "无"}, "reason"},
		{catalog.Claim{Entry: "e", Unit: "u", Decision: catalog.Declined, Reason: "依据已于2018年废止"}, ""},
		{catalog.Claim{Entry: "e", Unit: "u", Decision: "也许"}, "decision"},
		{catalog.Claim{Unit: "u", Decision: catalog.Claimed}, "entry"},
	} {
		got := ""
		if err := c.claim.Validate(); err != nil {
			got = fault.Fields(err)[0].Path
		}
		if got != c.field {
			t.Errorf("%+v: fault at %q, want %q", c.claim, got, c.field)
		}
	}
	c := catalog.Claim{Entry: "e", Unit: "u", Decision: catalog.Mapped, Items: []string{"a"}}
	if !c.Settles(nil) || c.Settles(func(string) bool { return false }) {
		t.Error("a mapping settles its entry only if the item exists")
	}
}

func TestUnitOf(t *testing.T) {
	unit := func(name, system, department string) org.Unit {
		return org.Unit{ID: name, Name: name, Short: strings.TrimPrefix(name, "广宗"), System: system, Department: department, InScope: true}
	}
	sub, town, out := unit("广宗县医院", "卫健", "23"), unit("广宗镇人民政府", "卫健", "23"), unit("广宗县卫协", "卫健", "23")
	sub.Supervisor, town.Kind, out.InScope = "广宗县卫生健康局", org.KindTownship, false
	units := []org.Unit{sub, town, out, unit("广宗县卫生健康局", "卫健", "23"), unit("广宗县水务局", "水利", "19"),
		unit("广宗县住房和城乡建设局", "住建", "17"), unit("广宗县城市管理局", "城管", "17"), unit("广宗县乡村振兴局", "乡村振兴", "99")}
	for _, tt := range []struct{ code, department, want string }{
		{"000123001000", "省卫生健康委", "广宗县卫生健康局"},
		{"000199001000", "县卫生健康局", "广宗县卫生健康局"}, // by its short name
		{"000119001000", "", "广宗县水务局"},
		{"000117001000", "省住房城乡建设厅", ""},        // two have the code, neither is named
		{"000117001000", "省住建厅", "广宗县住房和城乡建设局"}, // the name tells them apart
		{"000199001000", "省水利厅", "广宗县水务局"},
		{"000199001000", "省乡村振兴局", "广宗县乡村振兴局"},
		{"000199001000", "省某厅", ""},
		{"", "", ""},
	} {
		e := catalog.CatalogueEntry{BasicCode: tt.code, Department: tt.department}
		if u, ok := e.UnitOf(units); u.Name != tt.want || ok != (tt.want != "") {
			t.Errorf("%s %s: %q, want %q", tt.code, tt.department, u.Name, tt.want)
		}
	}
	for levels, want := range map[string]bool{"": true, "省级": false, "省级 市级": false, "市级 县级": true, "村(社区)级": true, "分级管理": true} {
		if e := (catalog.CatalogueEntry{Levels: strings.Fields(levels)}); e.ForCounty() != want {
			t.Errorf("%s: %v", levels, !want)
		}
	}
}
