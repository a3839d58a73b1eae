package lint_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/lint"
	"onevisit/internal/domain/org"
)

func goodItem(t testing.TB) *catalog.Item {
	t.Helper()
	return lint.GoodItem()
}

func exampleItem(t *testing.T, e *lint.Example) *catalog.Item {
	t.Helper()
	it, err := e.Item()
	if err != nil {
		t.Fatal(err)
	}
	return it
}

func testContext() *lint.Context {
	rules, err := lint.NewSet(lint.Options{Abolished: []lint.AbolishedProof{{Name: "无犯罪记录证明", Document: "冀政办发〔2018〕1号"}}})
	if err != nil {
		panic(err)
	}
	return lint.NewContext(lint.Config{
		Division:    "130531",
		Today:       calendar.MustDate("2018-07-01"),
		Unit:        unitRecord,
		Rules:       rules,
		InCatalogue: func(basic string) (has, known bool) { return basic != "000123888000", true },
		Transfers: lint.NewTransfers([]lint.Transfer{
			{Name: "饮用水供水单位卫生许可", From: "县卫生健康局", To: "县行政审批局", Since: calendar.MustDate("2018-03-01"), Document: "广政字〔2018〕5号"},
			{Name: "改名后的事项", BasicCode: "000123999000", From: "县卫生健康局", To: "县行政审批局"},
			{Name: "明年划转的事项", From: "县卫生健康局", To: "县行政审批局", Since: calendar.MustDate("2019-01-01")},
		}),
	})
}

func unitRecord(name string) (*org.Unit, bool) {
	if name != "县行政审批局" {
		return nil, false
	}
	return &org.Unit{Name: name, USCC: "11130531MB12345623", Phone: "0319-7200001", Complaint: "0319-7200002",
		Address: "兴广大街1号", Hours: "工作日 8:30-12:00，14:30-17:30"}, true
}

func only(code string, fs []lint.Finding) []lint.Finding {
	return slices.DeleteFunc(slices.Clone(fs), func(f lint.Finding) bool { return f.Rule != code })
}

// itemRules are the rules with examples as data; every registered item rule
// but K02, which needs a second item, must be among them.
func TestExamples(t *testing.T) {
	ctx := testContext()
	for _, r := range lint.Registered() {
		if r.Scope != lint.ScopeItem || r.Code == "K02" || strings.HasPrefix(r.Code, "X") {
			continue
		}
		t.Run(r.Code, func(t *testing.T) {
			ex, ok := lint.Examples(r.Code)
			if !ok {
				t.Fatalf("no examples/%s.json", strings.ToLower(r.Code))
			}
			if r.Why == "" {
				t.Error("a rule says why it is there")
			}
			if ex.Clause != r.Clause {
				t.Errorf("examples are for %s, the rule carries out %s", ex.Clause, r.Clause)
			}
			if len(ex.Good) == 0 || len(ex.Bad) == 0 {
				t.Error("a rule needs good and bad examples")
			}
			for i := range ex.Good {
				e := &ex.Good[i]
				for _, f := range only(r.Code, lint.Run(ctx, lint.ItemSubject(exampleItem(t, e)))) {
					t.Errorf("good example %s: %s %s", e.Name, f.Field, f.Message)
				}
			}
			for i := range ex.Bad {
				e := &ex.Bad[i]
				it := exampleItem(t, e)
				found := only(r.Code, lint.Run(ctx, lint.ItemSubject(it)))
				k := slices.IndexFunc(found, func(f lint.Finding) bool {
					return f.Field == e.Field && strings.Contains(f.Message, e.Says)
				})
				if k < 0 {
					t.Errorf("bad example %s: nothing at %q that says %q in %+v", e.Name, e.Field, e.Says, found)
					continue
				}
				f := found[k]
				if want := e.Severity; want != "" && f.Severity != want || want == "" && f.Severity != r.Severity {
					t.Errorf("bad example %s: severity %s", e.Name, f.Severity)
				}
				if f.Clause != r.Clause || f.Item == "" && it.Name != "" || f.Unit != it.Unit {
					t.Errorf("bad example %s: %+v", e.Name, f)
				}
				if f.Fix == "" {
					t.Errorf("bad example %s says not what to do", e.Name)
				}
				if e.Mended != (f.Repair != nil) {
					t.Errorf("bad example %s: repair %+v", e.Name, f.Repair)
				}
				if e.Mended {
					fixed, err := lint.Apply(it, &f)
					if err != nil {
						t.Fatal(err)
					}
					for _, g := range only(r.Code, lint.Run(ctx, lint.ItemSubject(fixed))) {
						if g.Field == f.Field && g.Message == f.Message {
							t.Errorf("bad example %s is still there after its repair", e.Name)
						}
					}
				}
			}
		})
	}
}

func TestGoodItemHasNoFindings(t *testing.T) {
	it := goodItem(t)
	ctx := lint.NewContext(lint.Config{Division: "130531", Index: lint.IndexOf([]*catalog.Item{it}), Transfers: lint.NewTransfers(nil), Unit: unitRecord})
	for _, f := range lint.Run(ctx, lint.ItemSubject(it)) {
		t.Errorf("%s %s %s: %s", f.Rule, f.Severity, f.Field, f.Message)
	}
}

// One defect, one finding of a rule.
func TestNoDoubleFindings(t *testing.T) {
	ctx := testContext()
	for _, c := range []struct {
		rule string
		it   func(*catalog.Item)
	}{
		{"E02", func(it *catalog.Item) { it.LegalLimit.Unit = "天" }},
		{"E02", func(it *catalog.Item) { it.PromisedLimit.Unit = "星期" }},
		{"E02", func(it *catalog.Item) { it.Type = "许可" }},
		{"E03", func(it *catalog.Item) { it.CaseType = catalog.CaseOnSpot }},
		{"K01", func(it *catalog.Item) { it.BasicCode = "00012300600" }},
		{"K01", func(it *catalog.Item) { it.Level = "市级" }},
		{"V01", func(it *catalog.Item) { n := 0; it.Visits = &n }},
		{"G01", func(it *catalog.Item) { it.Places = nil }},
	} {
		it := goodItem(t)
		c.it(it)
		if fs := only(c.rule, lint.Run(ctx, lint.ItemSubject(it))); len(fs) != 1 {
			t.Errorf("%s: %d findings: %+v", c.rule, len(fs), fs)
		}
	}
}

// An empty item, and one with every pointer nil, must not stop the engine.
func TestEmptyItem(t *testing.T) {
	fs := lint.Run(testContext(), lint.ItemSubject(&catalog.Item{}))
	if len(only("E01", fs)) < 20 {
		t.Errorf("%d missing elements", len(only("E01", fs)))
	}
	if !lint.HasError(fs) {
		t.Error("no error")
	}
}

func TestK02(t *testing.T) {
	a, b := goodItem(t), goodItem(t)
	run := func(items ...*catalog.Item) int {
		ctx := lint.NewContext(lint.Config{Index: lint.IndexOf(items)})
		return len(only("K02", lint.Run(ctx, lint.ItemSubject(items[0]))))
	}
	if n := run(a); n != 0 {
		t.Errorf("alone: %d findings", n)
	}
	if n := run(a, b); n != 1 {
		t.Errorf("same record twice: %d findings, want 1", n)
	}
	b.Name = "另一事项"
	b.ImplementationCode = strings.ToLower(b.ImplementationCode)
	if n := run(a, b); n != 1 {
		t.Errorf("two items with one code: %d findings, want 1", n)
	}
	a.HandlingCode, b.HandlingCode = a.ImplementationCode+"01", a.ImplementationCode+"02"
	if n := run(a, b); n != 0 {
		t.Errorf("variants with their own codes: %d findings, want 0", n)
	}
	b.HandlingCode = a.HandlingCode
	if n := run(a, b); n != 1 {
		t.Errorf("variants with one code: %d findings, want 1", n)
	}
	// By key, an item that was renamed is still itself.
	ix := lint.NewIndex()
	ix.Add("1", a)
	c := a.Clone()
	c.Name = "改名"
	ctx := lint.NewContext(lint.Config{Index: ix})
	s := lint.ItemSubject(c)
	if s.Key = "1"; len(only("K02", lint.Run(ctx, s))) != 0 {
		t.Error("a renamed item is taken for another")
	}
	if s.Key = "2"; len(only("K02", lint.Run(ctx, s))) != 1 {
		t.Error("another record with the code is not found")
	}
}

func TestS04(t *testing.T) {
	it := goodItem(t)
	unit := it.Unit
	entry := func(id, name, typ string) catalog.ListEntry {
		return catalog.ListEntry{ID: id, Kind: catalog.PowerList, Unit: unit, Name: name, Type: typ}
	}
	for _, c := range []struct {
		name  string
		entry catalog.ListEntry
		claim *catalog.Claim
		want  int
	}{
		{"same name", entry("e", "公共场所卫生许可（新办）", "行政许可"), nil, 0},
		{"same name, other brackets", entry("e", "公共场所卫生许可(新办)", "行政许可"), nil, 0},
		{"main name", entry("e", "公共场所卫生许可", "行政许可"), nil, 0},
		{"out of scope", entry("e", "对无证经营的处罚", "行政处罚"), nil, 0},
		{"nothing", entry("e", "饮用水供水单位卫生许可", "行政许可"), nil, 1},
		{"provincial catalogue", catalog.ListEntry{ID: "e", Kind: catalog.Catalogue, Unit: unit, Name: "饮用水供水单位卫生许可"}, nil, 1},
		{"unknown type counts", entry("e", "饮用水供水单位卫生许可", ""), nil, 1},
		{"declined", entry("e", "旧事项", "行政许可"), &catalog.Claim{Entry: "e", Unit: unit, Decision: catalog.Declined, Reason: "依据已废止"}, 0},
		{"declined without reason", entry("e", "旧事项", "行政许可"), &catalog.Claim{Entry: "e", Unit: unit, Decision: catalog.Declined}, 1},
		{"mapped", entry("e", "旧事项", "行政许可"), &catalog.Claim{Entry: "e", Unit: unit, Decision: catalog.Mapped, Items: []string{it.Identity()}}, 0},
		{"mapped to nothing", entry("e", "旧事项", "行政许可"), &catalog.Claim{Entry: "e", Unit: unit, Decision: catalog.Mapped, Items: []string{"code:X"}}, 1},
	} {
		ctx := lint.NewContext(lint.Config{
			Entries: func(u string) []catalog.ListEntry {
				if u != unit {
					return nil
				}
				return []catalog.ListEntry{c.entry}
			},
			Claims: func(id string) []catalog.Claim {
				if c.claim == nil || id != "e" {
					return nil
				}
				return []catalog.Claim{*c.claim}
			},
		})
		fs := only("S04", lint.Run(ctx, lint.UnitSubject(unit, []*catalog.Item{it})))
		if len(fs) != c.want {
			t.Errorf("%s: %d findings, want %d: %+v", c.name, len(fs), c.want, fs)
		}
		for _, f := range fs {
			if f.Unit != unit || f.Value != c.entry.Name {
				t.Errorf("%s: %+v", c.name, f)
			}
			if want := map[bool]lint.Severity{true: lint.Warning, false: lint.Error}[c.entry.Kind == catalog.Catalogue]; f.Severity != want {
				t.Errorf("%s: %s, want %s", c.name, f.Severity, want)
			}
		}
	}
}

func TestOnly(t *testing.T) {
	set, err := lint.NewSet(lint.Options{Severity: map[string]lint.Severity{"S04": lint.Warning}})
	if err != nil {
		t.Fatal(err)
	}
	if rules := set.Only("S04").Rules(); len(rules) != 1 || rules[0].Code != "S04" {
		t.Errorf("rules = %v", rules)
	} else if sev := set.Only("S04").SeverityOf(rules[0]); sev != lint.Warning {
		t.Errorf("its severity is %s", sev)
	}
}

func TestU04(t *testing.T) {
	item := func(class string, today, promised int) *catalog.Item {
		it := goodItem(t)
		it.Reform.Class = class
		it.CurrentLimit.N, it.PromisedLimit.N = today, promised
		return it
	}
	for _, c := range []struct {
		name   string
		items  []*catalog.Item
		target float64
		want   string
	}{
		{"20 % exactly", []*catalog.Item{item(catalog.ClassReform, 10, 8)}, 0, ""},
		{"one falls, one not", []*catalog.Item{item(catalog.ClassReform, 10, 4), item(catalog.ClassNotYet, 10, 10)}, 0, ""},
		{"too little", []*catalog.Item{item(catalog.ClassReform, 10, 9), item(catalog.ClassReform, 20, 18)}, 0, "只压减10.0%，不足20%"},
		{"met items do not count", []*catalog.Item{item(catalog.ClassReform, 10, 9), item(catalog.ClassMet, 100, 1)}, 0, "1个事项"},
		{"another plan's share", []*catalog.Item{item(catalog.ClassReform, 10, 8)}, 0.3, "不足30%"},
		{"longer than today", []*catalog.Item{item(catalog.ClassReform, 10, 12)}, 0, "压减-20.0%"},
		{"nothing to cut", []*catalog.Item{item(catalog.ClassReform, 0, 0)}, 0, ""},
		{"no items", nil, 0, ""},
	} {
		fs := only("U04", lint.Run(lint.NewContext(lint.Config{AllItems: true, CutTarget: c.target}), lint.UnitSubject("县行政审批局", c.items)))
		if c.want == "" && len(fs) != 0 || c.want != "" && (len(fs) != 1 || !strings.Contains(fs[0].Message, c.want)) {
			t.Errorf("%s: %+v, want %q", c.name, fs, c.want)
		}
		if c.name == "too little" && fs[0].Fix != "还须再压减3个工作日。" {
			t.Errorf("fix %q", fs[0].Fix)
		}
	}
}

func TestS02(t *testing.T) {
	a, b := goodItem(t), goodItem(t)
	a.Variant, b.Variant = "", ""
	a.Name, b.Name = "公共场所卫生许可", "公共场所卫生许可证核发"
	run := func() int {
		return len(only("S02", lint.Run(lint.NewContext(lint.Config{}), lint.UnitSubject(a.Unit, []*catalog.Item{a, b}))))
	}
	if n := run(); n != 1 {
		t.Errorf("near-same items: %d findings, want 1", n)
	}
	a.Variant, b.Variant = "新办", "延续"
	if n := run(); n != 0 {
		t.Errorf("variants: %d findings", n)
	}
	a.Variant, b.Variant = "", ""
	b.Name = "饮用水供水单位卫生许可"
	if n := run(); n != 0 {
		t.Errorf("different names: %d findings", n)
	}
	b.Name = "公共场所卫生许可证核发"
	b.Materials = b.Materials[:1]
	if n := run(); n != 0 {
		t.Errorf("different materials: %d findings", n)
	}
}

func TestU03(t *testing.T) {
	met, not, broken := goodItem(t), goodItem(t), goodItem(t)
	not.Process.Touchpoints[0].Remote = nil
	broken.Process.Touchpoints[0].Site = "nowhere"
	for _, c := range []struct {
		items  []*catalog.Item
		target float64
		want   string
	}{
		{[]*catalog.Item{met, not}, 0, ""},
		{[]*catalog.Item{met, not, not}, 0, "共3个事项，到场次数不超过一次的有1个，占33.3%，低于目标50%"},
		{[]*catalog.Item{met, broken, broken}, 0, "占33.3%"},
		{[]*catalog.Item{met, not}, 0.8, "低于目标80%"},
		{nil, 0, ""},
	} {
		fs := only("U03", lint.Run(lint.NewContext(lint.Config{AllItems: true, ShareTarget: c.target}), lint.UnitSubject("县行政审批局", c.items)))
		if c.want == "" && len(fs) != 0 || c.want != "" && (len(fs) != 1 || !strings.Contains(fs[0].Message, c.want)) {
			t.Errorf("%d items: %+v, want %q", len(c.items), fs, c.want)
		}
	}
}

// The shared computation must not outlive its subject.
func TestVisitsAreComputedAnew(t *testing.T) {
	ctx := lint.NewContext(lint.Config{})
	it := goodItem(t)
	if n, ok := lint.Visits(ctx, it); n != 1 || !ok {
		t.Fatalf("%d, %t", n, ok)
	}
	if fs := only("V01", lint.Run(ctx, lint.ItemSubject(it))); len(fs) != 0 {
		t.Error(fs)
	}
	it.Process.Touchpoints[0].Remote = nil
	if fs := only("V01", lint.Run(ctx, lint.ItemSubject(it))); len(fs) != 1 {
		t.Errorf("the change of the item was not seen: %+v", fs)
	}
	if n, _ := lint.Visits(ctx, it); n != 2 {
		t.Errorf("%d visits, want 2", n)
	}
}

// What the register of units adds to K01 and M02.
func TestUnitRegister(t *testing.T) {
	units := map[string]*org.Unit{
		"县行政审批局": {Name: "县行政审批局", USCC: "11130531001234567D", System: "审批", Department: "99"},
		"县卫生健康局": {Name: "县卫生健康局", System: "卫健", Department: "23"},
		"县疾控中心":  {Name: "县疾控中心", System: "卫健"},
		"县市场监管局": {Name: "县市场监管局", System: "市场监管", Department: "31"},
	}
	ctx := lint.NewContext(lint.Config{Unit: func(n string) (*org.Unit, bool) { u, ok := units[n]; return u, ok }})
	it := goodItem(t)
	if fs := only("K01", lint.Run(ctx, lint.ItemSubject(it))); len(fs) != 1 || fs[0].Field != "body.uscc" || fs[0].Repair == nil {
		t.Errorf("code of another unit: %+v", fs)
	}
	it.Unit, it.Body.Name = "县市场监管局", "县市场监管局"
	if fs := only("K01", lint.Run(ctx, lint.ItemSubject(it))); len(fs) != 1 || fs[0].Severity != lint.Advice {
		t.Errorf("department of another unit: %+v", fs)
	}
	it.Unit = "县卫生健康局"
	it.Materials[1].Issuer, it.Materials[1].IssuerUnit = "政府部门核发", "县疾控中心"
	if fs := only("M02", lint.Run(ctx, lint.ItemSubject(it))); len(fs) != 1 || !fs[0].Waivable || !strings.Contains(fs[0].Message, "同一系统") {
		t.Errorf("material of the same system: %+v", fs)
	}
}

// An identity number in a field of codes must not spread into findings.
func TestFindingsHoldNoIdentityNumbers(t *testing.T) {
	const id = "11010519491231002X"
	it := goodItem(t)
	it.Body.USCC, it.HandlingCode, it.ImplementationCode, it.BasicCode = id, id, id, id
	fs := only("K01", lint.Run(testContext(), lint.ItemSubject(it)))
	if len(fs) < 4 {
		t.Errorf("%d findings, want one for each field", len(fs))
	}
	for _, f := range fs {
		if b, _ := json.Marshal(f); bytes.Contains(b, []byte(id)) {
			t.Errorf("%s shows an identity number: %s", f.Field, b)
		}
	}
}

// A rule that another room registers, over facts of a type of its own.
type outsideFacts struct{ liaison string }

func init() {
	lint.Register(&lint.Rule{Code: "X90", Title: "外部规则", Clause: "P-4.1", Severity: lint.Error, Scope: lint.ScopeUnit, Needs: lint.NeedFacts,
		Check: func(s *lint.Subject, r *lint.Report) {
			if f, ok := s.Facts.(outsideFacts); ok && f.liaison == "" {
				r.Add("liaison", "", "%s没有报送联络员。", s.Unit).Do("报送联络员。")
			}
		}})
}

func TestOutsideRule(t *testing.T) {
	s := lint.UnitSubject("县教育局", nil)
	s.Facts = outsideFacts{}
	fs := lint.Run(lint.NewContext(lint.Config{Facts: true}), s)
	if len(fs) != 1 || fs[0].Rule != "X90" || fs[0].Unit != "县教育局" || fs[0].Message != "县教育局没有报送联络员。" {
		t.Errorf("%+v", fs)
	}
	ctx := lint.NewContext(lint.Config{})
	if fs := lint.Run(ctx, s); len(fs) != 0 {
		t.Errorf("rule ran without its facts: %+v", fs)
	}
	skipped := map[string]string{}
	for _, k := range ctx.Skipped() {
		skipped[k.Rule] = k.Why
	}
	for _, code := range []string{"X90", "S03", "S04", "K02"} {
		if skipped[code] == "" {
			t.Errorf("%s is not reported as left out", code)
		}
	}
	if skipped["E01"] != "" {
		t.Error("E01 needs nothing")
	}
}

func TestSettings(t *testing.T) {
	item := &catalog.Item{Name: "x"}
	county := &lint.Rule{Code: "C01", Title: "县规则", Clause: "县规则一", Severity: lint.Warning, Scope: lint.ScopeItem,
		Check: func(s *lint.Subject, r *lint.Report) {
			if len(s.Item.Name) < 4 {
				r.Add("name", s.Item.Name, "名称太短。")
			}
		}}
	set, err := lint.NewSet(lint.Options{Extra: []*lint.Rule{county}, Severity: map[string]lint.Severity{"E01": lint.Warning}, Off: map[string]string{"G01": "指南另行检查"}})
	if err != nil {
		t.Fatal(err)
	}
	fs := lint.Run(lint.NewContext(lint.Config{Rules: set}), lint.ItemSubject(item))
	if len(only("C01", fs)) != 1 || len(only("G01", fs)) != 0 {
		t.Errorf("county rule or switch does not work: %+v", fs)
	}
	for _, f := range only("E01", fs) {
		if f.Severity != lint.Warning {
			t.Errorf("E01 is %s", f.Severity)
		}
	}
	if len(only("G01", lint.Run(lint.NewContext(lint.Config{}), lint.ItemSubject(item)))) == 0 {
		t.Error("one county's settings leak into another's")
	}
	_, err = lint.NewSet(lint.Options{
		Extra:    []*lint.Rule{{Code: "E01", Title: "x", Clause: "x", Severity: lint.Error, Scope: lint.ScopeItem, Check: county.Check}, {Code: "C02"}},
		Severity: map[string]lint.Severity{"Z99": lint.Error, "E02": "重要"},
		Off:      map[string]string{"E03": " "},
	})
	if !fault.Is(err, fault.Invalid) || len(fault.Fields(err)) != 5 {
		t.Errorf("%v", err)
	}
}

func TestEffectiveDates(t *testing.T) {
	r := &lint.Rule{Code: "C03", Title: "x", Clause: "x", Severity: lint.Advice, Scope: lint.ScopeItem,
		From: calendar.MustDate("2018-06-01"), To: calendar.MustDate("2018-12-31"),
		Check: func(s *lint.Subject, r *lint.Report) { r.Add("", "", "在") }}
	set, err := lint.NewSet(lint.Options{Extra: []*lint.Rule{r}})
	if err != nil {
		t.Fatal(err)
	}
	for day, want := range map[string]int{"2018-05-31": 0, "2018-06-01": 1, "2018-12-31": 1, "2019-01-01": 0} {
		ctx := lint.NewContext(lint.Config{Rules: set, Today: calendar.MustDate(day)})
		if n := len(only("C03", lint.Run(ctx, lint.ItemSubject(&catalog.Item{})))); n != want {
			t.Errorf("%s: %d, want %d", day, n, want)
		}
	}
}

func TestSplit(t *testing.T) {
	for _, c := range []struct{ n, parts int }{{0, 2}, {1, 2}, {10, 3}, {7, 1}, {5, 0}} {
		next := 0
		for _, p := range lint.Split(c.n, c.parts) {
			if p[0] != next || p[1] < p[0] {
				t.Errorf("%v: %v", c, lint.Split(c.n, c.parts))
			}
			next = p[1]
		}
		if next != c.n {
			t.Errorf("%v covers %d", c, next)
		}
	}
}

func TestRunUnits(t *testing.T) {
	a, b := goodItem(t), goodItem(t)
	b.Unit = "县教育局"
	b.CurrentLimit.N, b.PromisedLimit.N, b.Reform.Class = 10, 10, catalog.ClassNotYet
	county := &lint.Rule{Code: "C09", Title: "x", Clause: "x", Severity: lint.Advice, Scope: lint.ScopeCounty,
		Check: func(s *lint.Subject, r *lint.Report) { r.Add("", "", "共%d个事项", len(s.Items)) }}
	set, err := lint.NewSet(lint.Options{Extra: []*lint.Rule{county}})
	if err != nil {
		t.Fatal(err)
	}
	fs := lint.RunUnits(lint.NewContext(lint.Config{AllItems: true, Rules: set}), []*catalog.Item{a, nil, b})
	if u := only("U04", fs); len(u) != 1 || u[0].Unit != "县教育局" {
		t.Errorf("%+v", u)
	}
	if c := only("C09", fs); len(c) != 1 || c[0].Message != "共2个事项" {
		t.Errorf("%+v", c)
	}
}

// The JSON that other programs rely on.
func TestFindingJSON(t *testing.T) {
	it := goodItem(t)
	it.Materials[2].Basis = ""
	fs := only("M01", lint.Run(lint.NewContext(lint.Config{}), lint.ItemSubject(it)))
	b, err := json.Marshal(fs)
	if err != nil {
		t.Fatal(err)
	}
	const want = `[{"rule":"M01","severity":"错误","item":"公共场所卫生许可（新办）","code":"11130531MB123456234000123006000","unit":"县行政审批局",` +
		`"field":"materials[2].basis","message":"材料“集中空调通风系统卫生检测报告”没有写明要求提供的依据。",` +
		`"fix":"写明法律、法规、规章或者省级以上文件的条款；没有依据的，取消该材料。","clause":"P-3.3.1"}]`
	if string(b) != want {
		t.Errorf("got  %s\nwant %s", b, want)
	}
	if n := lint.Count(fs)[lint.Error]; n != 1 {
		t.Errorf("%d errors", n)
	}
}

// Shards find what one run finds.
func TestShardsAgree(t *testing.T) {
	var items []*catalog.Item
	for i := range 50 {
		it := goodItem(t)
		if i%3 == 0 {
			it.Conditions = nil
		}
		if i%7 == 0 {
			it.PromisedLimit.N = 90
		}
		items = append(items, it)
	}
	ctx := lint.NewContext(lint.Config{})
	whole := lint.RunItems(ctx, items)
	var parts []lint.Finding
	for _, p := range lint.Split(len(items), 4) {
		parts = append(parts, lint.RunItems(ctx.Fork(), items[p[0]:p[1]])...)
	}
	a, _ := json.Marshal(whole)
	b, _ := json.Marshal(parts)
	if len(whole) == 0 || !bytes.Equal(a, b) {
		t.Errorf("%d findings in one run, %d in shards", len(whole), len(parts))
	}
}

func BenchmarkRunItems(b *testing.B) {
	items := make([]*catalog.Item, 200)
	for i := range items {
		items[i] = goodItem(b)
	}
	ctx := lint.NewContext(lint.Config{Division: "130531", Index: lint.IndexOf(items[:1]), Transfers: lint.NewTransfers(nil)})
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if fs := lint.RunItems(ctx, items[i%200:i%200+1]); len(fs) != 0 {
			b.Fatal(fs)
		}
	}
}

// All cores at once, a Context each.
func BenchmarkRunItemsParallel(b *testing.B) {
	ctx := lint.NewContext(lint.Config{Division: "130531", Transfers: lint.NewTransfers(nil)})
	items := []*catalog.Item{goodItem(b)}
	b.RunParallel(func(pb *testing.PB) {
		own := ctx.Fork()
		for pb.Next() {
			lint.RunItems(own, items)
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "items/s")
}

// Every item with texts of its own, and none read before.
func BenchmarkRunItemsNewTexts(b *testing.B) {
	items := make([]*catalog.Item, 2000)
	for i := range items {
		it := goodItem(b)
		for k := range it.Bases {
			it.Bases[k].Text = strings.Replace(it.Bases[k].Text, "第", fmt.Sprintf("第%d条、第", i+1), 1)
		}
		for k := range it.Materials {
			it.Materials[k].Basis = fmt.Sprintf("《公共场所卫生管理条例实施细则》（卫生部令第80号）第%d条第%d款", i+1, k+1)
		}
		items[i] = it
	}
	var ctx *lint.Context
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if i%len(items) == 0 {
			ctx = lint.NewContext(lint.Config{})
		}
		lint.RunItems(ctx, items[i%len(items):i%len(items)+1])
	}
}
