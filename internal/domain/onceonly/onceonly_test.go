package onceonly

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"onevisit/internal/domain/catalog"
)

func TestIdentify(t *testing.T) {
	for name, want := range map[string]string{
		"身份证": "居民身份证", "居民身份证复印件": "居民身份证", "申请人身份证明": "居民身份证", "申请人有效身份证件": "居民身份证", "法定代表人身份证（原件及复印件各1份）": "居民身份证",
		"监护人身份证明": "居民身份证", "工伤职工身份证": "居民身份证", "《医师资格证书》": "医师资格证书", "营业执照副本复印件": "营业执照", "企业营业执照": "营业执照",
		"公共场所卫生许可申请表": "申请表", "个人委托书": "授权委托书", "6个月内二寸免冠正面半身照片": "照片", "居民户口簿": "居民户口簿", "原《建设工程规划许可证》": "建设工程规划许可证",
		"立案申请表": "申请表", "航道行政许可申请书": "申请表", "无刑事犯罪记录的证明": "无犯罪记录证明",
		// Others have names of their own, though they end in a known one.
		"爆破作业人员许可证": "", "兽医师执业证书": "", "拖拉机和联合收割机驾驶证": "", "驾驶人驾驶证": "机动车驾驶证", "配偶居民户口簿": "居民户口簿", "航道通航条件影响评价报告": "", "": "", "证": "",
	} {
		got := ""
		if s, ok := Identify(name); ok {
			got = s.Name
		}
		if got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if a, b := Plain("爆破作业人员许可证（复印件，加盖公章）2份"), Plain("爆破作业人员许可证原件"); a != b {
		t.Errorf("%q and %q are one material", a, b)
	}
	seen := map[string]string{}
	for _, s := range Standards() {
		for _, n := range append([]string{s.Name}, s.Aliases...) {
			if o := seen[Plain(n)]; o != "" && o != s.Name {
				t.Errorf("%s is %s and %s", n, o, s.Name)
			}
			seen[Plain(n)] = s.Name
		}
		if s.Source == "" || s.Kind == "" || s.Issuer == "" {
			t.Errorf("%s lacks kind, issuer or source", s.Name)
		}
	}
}

func item(unit, name, result string, materials ...string) *catalog.Item {
	it := &catalog.Item{Unit: unit, Name: name, Result: catalog.Result{Name: result}}
	for _, m := range materials {
		it.Materials = append(it.Materials, catalog.Material{Name: m, Copies: 1})
	}
	return it
}

func build(bundles []Bundle, items ...*catalog.Item) *Graph {
	var sheets []Sheet
	for i, it := range items {
		sheets = append(sheets, Read(fmt.Sprint(i), it))
	}
	return Join(sheets, nil, bundles)
}

// A county with one violation of each kind, and nothing else.
func TestSeededViolations(t *testing.T) {
	g := build([]Bundle{{Name: "开饭店", Items: []string{"食品小作坊登记", "招牌备案"}}},
		item("卫健局", "公共场所检测", "场所检测合格单"),
		item("卫健局", "公共场所许可", "场所许可", "场所检测合格单", "申请表"), // own result
		item("住建局", "装修备案", "备案表", "场所许可"),              // another unit's
		item("教育局", "入学", "录取单", "居民户口簿复印件"),            // held
		item("农业局", "甲证核发", "甲种合格单", "乙种合格单"),           // circular
		item("林业局", "乙证核发", "乙种合格单", "甲种合格单"),
		item("交通局", "线路申请", "", "从未听说的证明"), // orphan
		item("市场局", "食品小作坊登记", "", "场所平面图", "水质检测报告"),
		item("城管局", "招牌备案", "", "场所平面图（1份）", "噪声检测报告")) // twice, but not the reports
	want := map[Kind]int{OwnResult: 1, OtherResult: 3, Held: 1, Circular: 1, Orphan: 1, Twice: 1}
	for _, k := range Kinds {
		if got := g.Count(k); got != want[k] {
			t.Errorf("%s: %d findings, want %d: %v", k, got, want[k], g.Findings)
		}
	}
	for _, f := range g.Findings {
		if f.Text == "" || f.Demand.Name == "" || f.Kind != Orphan && f.Kind != Held && f.Issuer.Name == "" {
			t.Errorf("a side is not named: %+v", f)
		}
		if f.Kind == Circular && f.Text != "办理“甲证核发”须先取得“乙证核发”须先取得“甲证核发”的结果，互为前提，申请人无法办成" {
			t.Error(f.Text)
		}
	}
	m := g.Material("场所检测合格单")
	if m == nil || len(m.Demands) != 1 || len(m.Issuers) != 1 || m.Droppable() != 1 {
		t.Errorf("the node: %+v", m)
	}
}

// Nothing is wrong where only forms and looked-up papers are asked for, and where
// an old paper is handed back for a new one.
func TestNoFalseAlarms(t *testing.T) {
	change := item("卫健局", "场所许可变更", "场所许可")
	change.Materials = []catalog.Material{{Name: "场所许可", Originals: 1}}
	lookedUp := item("教育局", "入学", "录取单")
	lookedUp.Materials = []catalog.Material{{Name: "居民户口簿"}} // only the number
	g := build(nil, item("卫健局", "公共场所许可新办", "场所许可", "申请表", "平面图"), change, lookedUp,
		item("公安局", "办身份证", "居民身份证", "申请表"), item("甲局", "决定", "准予行政许可决定书", "申请表"), item("乙局", "另一决定", "准予行政许可决定书", "决定书样式说明"))
	if len(g.Findings) > 0 {
		t.Errorf("false alarms: %v", g.Findings)
	}
}

// What renews a paper is no way to the first one.
func TestRenewalsAreNoWayOut(t *testing.T) {
	g := build(nil, item("甲局", "诊疗许可", "诊疗牌", "兽医牌"), item("甲局", "诊疗许可变更", "诊疗牌"), item("乙局", "兽医注册", "兽医牌", "诊疗牌"))
	if g.Count(Circular) != 1 {
		t.Errorf("%d knots, want 1", g.Count(Circular))
	}
}

// TestCircularAgainstBruteForce compares with the plain definition: what can be
// obtained is found by trying again and again.
func TestCircularAgainstBruteForce(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	paper := func() string { return "第" + string("甲乙丙丁戊己庚辛"[3*r.IntN(8):][:3]) + "种单" }
	knots := 0
	for range 5000 {
		var items []*catalog.Item
		for i := range 2 + r.IntN(8) {
			it := item("局"+string(rune('A'+i%3)), fmt.Sprintf("事项%c", 'A'+i), "")
			if r.IntN(4) > 0 {
				it.Result.Name = paper()
			}
			for range r.IntN(3) {
				it.Materials = append(it.Materials, catalog.Material{Name: paper(), Copies: 1})
			}
			items = append(items, it)
		}
		g := build(nil, items...)
		// Brute force.
		can := make([]bool, len(items))
		for range len(items) {
			for i, it := range items {
				ok := true
				for _, m := range it.Materials {
					some, any := false, false
					for k, o := range items {
						if o.Result.Name == m.Name {
							any = true
							some = some || can[k]
						}
					}
					ok = ok && (some || !any)
				}
				can[i] = can[i] || ok
			}
		}
		stuck := false
		for _, c := range can {
			stuck = stuck || !c
		}
		if stuck != (g.Count(Circular) > 0) {
			t.Fatalf("stuck %v, findings %v", stuck, g.Findings)
		}
		if stuck {
			knots++
		}
		for _, f := range g.Findings {
			if f.Kind != Circular {
				continue
			}
			// Each named item needs the next one's result and cannot be had.
			names := strings.Split(strings.TrimSuffix(strings.TrimPrefix(f.Text, "办理“"), "”的结果，互为前提，申请人无法办成"), "”须先取得“")
			for k := 0; k+1 < len(names); k++ {
				a, b := items[names[k][len(names[k])-1]-'A'], items[names[k+1][len(names[k+1])-1]-'A']
				needs := false
				for _, m := range a.Materials {
					needs = needs || m.Name == b.Result.Name
				}
				if !needs || can[names[k][len(names[k])-1]-'A'] {
					t.Fatalf("%s does not need %s first: %s", a.Name, b.Name, f.Text)
				}
			}
		}
		// The join: each demand and each issue, by name.
		for _, m := range g.Materials {
			demands, issues := 0, 0
			for _, it := range items {
				for _, x := range it.Materials {
					if x.Name == m.Key {
						demands++
					}
				}
				if it.Result.Name == m.Key {
					issues++
				}
			}
			if demands != len(m.Demands) || issues != len(m.Issuers) {
				t.Fatalf("%s: %d demands and %d issuers, want %d and %d", m.Key, len(m.Demands), len(m.Issuers), demands, issues)
			}
		}
	}
	if knots < 300 {
		t.Errorf("only %d counties had a knot", knots)
	}
}

// numeral writes a number so that Plain keeps it.
func numeral(n int) string {
	s := ""
	for ; n > 0 || s == ""; n /= 10 {
		s = string([]rune("零一二三四五六七八九")[n%10]) + s
	}
	return s
}

// A paper that everybody issues and everybody needs must not cost a step for
// each pair.
func TestOnePaperForAll(t *testing.T) {
	var items []*catalog.Item
	for i := range 20_000 {
		items = append(items, item("局", "事项"+numeral(i), "通用单", "通用单"))
	}
	if g := build(nil, items...); g.Count(Circular) != 1 {
		t.Errorf("%d knots, want 1", g.Count(Circular))
	}
}

func BenchmarkJoin100000(b *testing.B) {
	var sheets []Sheet
	for i := range 100_000 {
		sheets = append(sheets, Read(fmt.Sprint(i), item("局"+numeral(i%800), "事项"+numeral(i), "第"+numeral(i%5000)+"种单", "申请表", "身份证复印件", "第"+numeral((i*7+1)%9000)+"种单")))
	}
	b.ReportAllocs()
	for b.Loop() {
		Join(sheets, nil, nil)
	}
}

func BenchmarkRead(b *testing.B) {
	it := item("局", "事项", "某种单", "申请表", "身份证复印件", "法定代表人身份证（原件及复印件各1份）", "章程")
	for b.Loop() {
		Read("1", it)
	}
}
