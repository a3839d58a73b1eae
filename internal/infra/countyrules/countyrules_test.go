package countyrules_test

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/lint"
	"onevisit/internal/infra/countyrules"
)

func load(t testing.TB, text string) *countyrules.Rules {
	t.Helper()
	r, err := countyrules.Load([]byte(text))
	if err != nil {
		t.Fatalf("%v %v", err, fault.Fields(err))
	}
	return r
}

func sample(t testing.TB) *countyrules.Rules {
	t.Helper()
	b, err := os.ReadFile("testdata/county.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return load(t, string(b))
}

func findings(r *countyrules.Rules, it *catalog.Item, rule string) []lint.Finding {
	ctx := lint.NewContext(lint.Config{Rules: r.Set, Today: calendar.MustDate("2018-08-01")})
	var out []lint.Finding
	for _, f := range lint.Run(ctx, lint.ItemSubject(it)) {
		if f.Rule == rule {
			out = append(out, f)
		}
	}
	return out
}

func TestSample(t *testing.T) {
	r := sample(t)
	good := lint.GoodItem()
	for _, c := range r.Own {
		if f := findings(r, good, c.Code); len(f) != 0 {
			t.Errorf("%s: %+v", c.Code, f)
		}
	}
	it := good.Clone()
	it.Enquiry = []string{"020-12345678"}
	f := findings(r, it, "C01")
	if len(f) != 1 || f[0].Severity != lint.Error || f[0].Field != "enquiry" || f[0].Value != "020-12345678" || f[0].Fix != "改为本县的电话。" || f[0].Clause != "广政办〔2018〕12号第三条" {
		t.Errorf("%+v", f)
	}
	it = good.Clone()
	for range 8 {
		it.Materials = append(it.Materials, catalog.Material{Name: "材料", Need: catalog.NeedRequired})
	}
	if f := findings(r, it, "C02"); len(f) != 1 || f[0].Severity != lint.Advice {
		t.Errorf("%+v", f)
	}
	it = good.Clone()
	it.Fee = catalog.Fee{Charged: true, Items: []catalog.FeeItem{{Basis: "广宗县人民政府办公室关于收费的通知（广政办〔2017〕3号）"}}}
	if f := findings(r, it, "C03"); len(f) != 1 || f[0].Severity != lint.Warning {
		t.Errorf("%+v", f)
	}
}

// Severities, rules switched off and exceptions are data of the same file.
func TestSettings(t *testing.T) {
	r := sample(t)
	it := lint.GoodItem()
	it.CurrentLimit = it.PromisedLimit
	it.Reform.Class = catalog.ClassReform
	if f := findings(r, it, "T04"); len(f) != 0 {
		t.Errorf("T04 is switched off: %+v", f)
	}
	it = lint.GoodItem()
	it.Materials[1].Need, it.Materials[1].Role, it.Materials[1].Defer = catalog.NeedRequired, "", catalog.Defer{}
	if f := findings(r, it, "R01"); len(f) != 1 || f[0].Severity != lint.Advice {
		t.Errorf("R01: %+v", f)
	}
	it = lint.GoodItem()
	it.Materials[0].Form = ""
	f := findings(r, it, "G02")
	if len(f) != 1 || f[0].Severity != lint.Advice || f[0].Exempt != "表格正在修订（至2018年8月31日）" {
		t.Errorf("G02: %+v", f)
	}
	it.Name = "另一事项"
	if f := findings(r, it, "G02"); len(f) != 1 || f[0].Severity != lint.Warning || f[0].Exempt != "" {
		t.Errorf("G02 of another item: %+v", f)
	}
	it = lint.GoodItem()
	it.Materials[1].Licence = "卫生检测报告"
	if f := findings(r, it, "M03"); len(f) != 1 || f[0].Severity != lint.Advice || f[0].Exempt == "" {
		t.Errorf("M03: %+v", f)
	}
	// After its last day an exception no longer covers.
	ctx := lint.NewContext(lint.Config{Rules: r.Set, Today: calendar.MustDate("2019-01-01")})
	for _, f := range lint.Run(ctx, lint.ItemSubject(it)) {
		if f.Rule == "M03" && f.Severity != lint.Error {
			t.Errorf("expired exception: %+v", f)
		}
	}
	it = lint.GoodItem()
	it.Bases[0].Text = "《河北省某某管理办法》第三条"
	if f := findings(r, it, "B03"); len(f) != 1 || !strings.Contains(f[0].Message, "可能已于2018年3月1日废止（待核实）") {
		t.Errorf("B03: %+v", f)
	}
}

// The county's tables of laws and proofs add to the built-in ones.
func TestAbolishedProofs(t *testing.T) {
	r := load(t, "abolished:\n  - {name: 收入证明, document: 冀政办字〔2018〕1号, since: 2018-06-01}\n  - {name: 贫困证明, document: 冀政办字〔2018〕1号, certainty: 待核实}\n")
	it := lint.GoodItem()
	it.Materials[1].Name = "收入证明"
	if f := findings(r, it, "M06"); len(f) != 1 || !strings.Contains(f[0].Message, "已列入取消的证明事项目录（冀政办字〔2018〕1号）") {
		t.Errorf("%+v", f)
	}
	it.Materials[1].Name = "贫困证明材料"
	if f := findings(r, it, "M06"); len(f) != 1 || !strings.Contains(f[0].Message, "请核实") {
		t.Errorf("%+v", f)
	}
}

// rule wraps an expression in a file; the expression begins at 4:17.
func rule(expression string) string {
	return "rules:\n  - id: C01\n    title: 甲\n    expression: " + expression + "\n    message: 乙\n    clause: 丙\n"
}

func TestPlacesAndRemedies(t *testing.T) {
	for _, c := range []struct{ name, text, place, says string }{
		{"unknown field", rule(`item.naem == ""`), "4:21", "没有名为“naem”的字段，是否要写“name”"},
		{"unknown field below", rule(`item.materials.all(m, m.copis <= 1)`), "4:40", "是否要写“copies”"},
		{"unknown variable", rule(`itme.name == ""`), "4:17", "是否要写“item”"},
		{"unknown function", rule(`levle(item.name) == ""`), "4:22", "是否要写“level”"},
		{"types", rule(`item.name == 1`), "4:27", "类型不符：“==”不能用于 文字、整数"},
		{"no bool", rule(`item.name`), "4:17", "这里得出文字"},
		{"unfinished", rule(`item.name ==`), "4:29", "没有写完"},
		{"quoted", rule(`"item.naem == ''"`), "4:22", "naem"},
		{"block", rule("|\n      item.name != '' &&\n      item.naem != ''"), "6:11", "naem"},
		{"cost", rule(`item.materials.all(a, item.materials.all(b, item.materials.all(c, item.materials.all(d, a.name + b.name != c.name + d.name))))`), "4:17", "运算量过大"},
		{"bad regexp", rule(`item.name.matches("(")`), "4:17", "正则表达式"},
		{"no id", "rules:\n  - title: 甲", "2:5", "没有 id"},
		{"bad id", strings.Replace(rule("true"), "C01", "E01", 1), "2:9", "应为 C 加两位或者三位数字"},
		{"no clause", strings.Replace(rule("true"), "    clause: 丙\n", "", 1), "2:5", "没有 clause"},
		{"double id", rule("true") + "  - id: C01\n    title: 甲\n    expression: 'true'\n    message: 乙\n    clause: 丙\n", "7:9", "重复"},
		{"unknown key", "rulez: []", "1:1", "是否要写“rules”"},
		{"unknown key of a rule", strings.Replace(rule("true"), "message", "mesage", 1), "5:5", "是否要写“message”"},
		{"unknown element", rule("true") + "    field: enquiri\n", "7:12", "是否要写“enquiry”"},
		{"severity", rule("true") + "    severity: 重要\n", "7:15", "应为 错误、警告 或者 建议"},
		{"date", rule("true") + "    effective: {from: 2018-02-30}\n", "7:23", "不是日期"},
		{"dates reversed", rule("true") + "    effective: {from: 2018-03-01, to: 2018-02-01}\n", "2:5", "早于施行日期"},
		{"unknown rule", "settings:\n  severity:\n    E09: 警告\n", "3:5", "没有编号为E09的规则，是否要写“E0"},
		{"off without reason", "settings:\n  off:\n    T04:\n", "3:5", "须写明理由"},
		{"exception of a hard error", "settings:\n  exceptions:\n    - {rule: E01, unit: 甲, reason: 乙, until: 2018-12-31}\n", "3:7", "不能豁免"},
		{"exception without end", "settings:\n  exceptions:\n    - {rule: M03, unit: 甲, reason: 乙}\n", "3:7", "截止日期"},
		{"exception of nothing", "settings:\n  exceptions:\n    - {rule: M03, reason: 乙, until: 2018-12-31}\n", "3:7", "事项或者单位"},
		{"law without source", "laws:\n  - {title: 某办法, since: 2018-01-01}\n", "2:5", "出处"},
		{"proof without document", "abolished:\n  - {name: 某证明}\n", "2:5", "名称和文件"},
		{"transfer without document", "transfers:\n  - {name: 某许可, from: 甲局, to: 乙局, since: 2018-05-01}\n", "2:5", "划转日期和文件"},
		{"transfer to itself", "transfers:\n  - {name: 某许可, from: 甲局, to: 甲局, since: 2018-05-01, document: 丙}\n", "2:5", "都是甲局"},
		{"certainty", "laws:\n  - {title: 某办法, since: 2018-01-01, source: 乙, certainty: 也许}\n", "2:59", "确定 或者 待核实"},
		{"not YAML", "rules: [", "1:1", "YAML"},
		{"not UTF-8", "rules: \xff", "1:1", "UTF-8"},
		{"a list", "- 1", "1:1", "编号: 内容"},
	} {
		_, err := countyrules.Load([]byte(c.text))
		if !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		found := false
		for _, f := range fault.Fields(err) {
			found = found || f.Path == c.place && strings.Contains(f.Text, c.says)
		}
		if !found {
			t.Errorf("%s: nothing at %s that says %q in %v", c.name, c.place, c.says, fault.Fields(err))
		}
	}
}

// A power that was moved is not its former unit's any more, from its day on.
func TestTransfers(t *testing.T) {
	it := lint.GoodItem()
	text := "transfers:\n  - {name: " + it.Name + ", from: " + it.Unit + ", to: 县新设局, since: 2018-07-31, document: 广政字〔2018〕6号}\n"
	if f := findings(load(t, text), it, "S03"); len(f) != 1 || f[0].Severity != lint.Error || !strings.Contains(f[0].Message, "2018年7月31日起") || !strings.Contains(f[0].Message, "广政字〔2018〕6号") {
		t.Errorf("%+v", f)
	}
	if f := findings(load(t, strings.Replace(text, "2018-07-31", "2018-08-02", 1)), it, "S03"); len(f) != 0 {
		t.Errorf("before its day: %+v", f)
	}
	it.Unit = "县新设局"
	if f := findings(load(t, text), it, "S03"); len(f) != 0 {
		t.Errorf("of the new unit: %+v", f)
	}
}

// All faults of a file are told at once, in its order.
func TestAllFaultsAtOnce(t *testing.T) {
	_, err := countyrules.Load([]byte("rules:\n  - id: X\n    title: 甲\n    expression: item.naem == ''\n    message: 乙\n    clause: 丙\nsettings:\n  severity: {R01: 重要}\n"))
	var places []string
	for _, f := range fault.Fields(err) {
		places = append(places, f.Path)
	}
	if fmt.Sprint(places) != "[2:9 4:21 8:19]" {
		t.Error(places)
	}
}

func TestEmptyFile(t *testing.T) {
	for _, text := range []string{"", "# 没有规则\n", "rules:\nsettings:\n", "\xef\xbb\xbf"} {
		r := load(t, text)
		if len(r.Own) != 0 || len(r.Set.Rules()) != len(lint.Registered()) {
			t.Errorf("%q: %d rules", text, len(r.Set.Rules()))
		}
	}
	if a, b := load(t, ""), load(t, "# x\n"); a.Hash == b.Hash || len(a.Hash) != 64 {
		t.Error("the hash names the text")
	}
}

// A rule that fails on an item is reported as failed, and the others still run.
func TestFailedRule(t *testing.T) {
	for expression, says := range map[string]string{
		`item.materials[7].name != ""`:                                  "没有的一项",
		`item.materials[0].only_if["q9"].size() > 0`:                    "没有的键",
		`100 / (visits - 1) > 0`:                                        "除数为零",
		`int(item.name) > 0`:                                            "不能转换成数字",
		`item.conditions.all(a, item.conditions.all(b, level(b) != a))`: "超过上限",
	} {
		r := load(t, rule("'"+expression+"'"))
		it := lint.GoodItem()
		if strings.Contains(says, "上限") {
			for range 2000 {
				it.Conditions = append(it.Conditions, strings.Repeat("条件", 100))
			}
		}
		f := findings(r, it, "C01")
		if len(f) != 1 || f[0].Kind != lint.KindFailed || f[0].Severity != lint.Warning || !strings.Contains(f[0].Message, says) || f[0].Fix == "" {
			t.Errorf("%s: %+v", expression, f)
		}
	}
}

func TestVisitsAndToday(t *testing.T) {
	for expression, want := range map[string]int{`visits == 1`: 0, `visits <= 0`: 1, `today == "2018-08-01"`: 0, `level(item.bases[0].text) == "行政法规"`: 0, `item.visits > 1`: 1} {
		if f := findings(load(t, rule("'"+expression+"'")), lint.GoodItem(), "C01"); len(f) != want {
			t.Errorf("%s: %+v", expression, f)
		}
	}
}

// A loaded file is shared by goroutines.
func TestConcurrent(t *testing.T) {
	r := sample(t)
	items := []*catalog.Item{lint.GoodItem(), {Name: "x", Enquiry: []string{"1"}}}
	ctx := lint.NewContext(lint.Config{Rules: r.Set})
	want := len(lint.RunItems(ctx, items))
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			own := ctx.Fork()
			for range 50 {
				if n := len(lint.RunItems(own, items)); n != want {
					t.Errorf("%d findings, want %d", n, want)
				}
			}
		})
	}
	wg.Wait()
}

// Whatever a file holds, it loads or is refused with places, and what loads
// runs.
func FuzzLoad(f *testing.F) {
	b, err := os.ReadFile("testdata/county.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(b))
	for _, x := range []string{`item.naem`, `1/0 == 1`, `"\u0000" == item.name`, `item.materials[99].name == ""`, `[1,2].map(x, x*x).size() > 0`, `item.extra.size() == 0`,
		`catalog.Item{name: "x"}.name == "x"`, `item.name.matches("(a+)+$")`, `|2` + "\n x", `&a [*a]`, `!!binary x`, `has(item.process.steps)`, `timestamp(today) < timestamp("2018-01-01T00:00:00Z")`} {
		f.Add(rule(x))
		f.Add(rule("'" + x + "'"))
	}
	f.Add("a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]")
	f.Add("settings: {severity: {E01: 警告}, off: {}, exceptions: [1, {}]}\nlaws: [{}]")
	f.Fuzz(func(t *testing.T, text string) {
		r, err := countyrules.Load([]byte(text))
		if err != nil {
			if !fault.Is(err, fault.Invalid) || len(fault.Fields(err)) == 0 {
				t.Fatalf("%v", err)
			}
			for _, fd := range fault.Fields(err) {
				var line, col int
				if n, _ := fmt.Sscanf(fd.Path, "%d:%d", &line, &col); n != 2 || line < 1 || col < 1 || fd.Text == "" {
					t.Fatalf("no place: %+v", fd)
				}
			}
			return
		}
		ctx := lint.NewContext(lint.Config{Rules: r.Set})
		for _, it := range []*catalog.Item{lint.GoodItem(), {}} {
			for _, fd := range lint.Run(ctx, lint.ItemSubject(it)) {
				if fd.Message == "" || fd.Severity == "" {
					t.Fatalf("%+v", fd)
				}
			}
		}
	})
}

func BenchmarkCountyRules(b *testing.B) {
	r := sample(b)
	it := lint.GoodItem()
	for _, c := range r.Own {
		b.Run(c.Code, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if ok, err := c.Condition.Holds(lint.ConditionInput{Item: it, Visits: 1}); !ok || err != nil {
					b.Fatal(ok, err)
				}
			}
		})
	}
}
