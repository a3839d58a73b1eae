// Package countytest makes counties for tests and benchmarks: real items of
// several places, any number of realistic ones made of them, and databases that
// have published them.
package countytest

import (
	_ "embed"
	"fmt"
	"iter"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"

	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/lint"
)

//go:embed items.tsv
var itemTable string

// Real is a real item, as much of it as the search reads.
type Real struct {
	Name, Unit, Type string
	Visits           int // -1 if its record does not say
	Online           bool
	Audience         []string
	Aliases          []string
	Text             string // topics and materials
	Set              string // where it is from, see the table
}

// RealItems returns the real items in the order of their sources.
var RealItems = sync.OnceValue(func() []Real {
	list := func(s string) []string {
		if s == "" {
			return nil
		}
		return strings.Split(s, "|")
	}
	var out []Real
	for line := range strings.Lines(itemTable) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if line[0] == '#' || f[0] == "name" {
			continue
		}
		visits, err := strconv.Atoi(f[3])
		if err != nil || len(f) != 9 {
			panic("countytest: items.tsv: " + line)
		}
		out = append(out, Real{Name: f[0], Unit: f[1], Type: f[2], Visits: visits, Online: f[4] == "1", Audience: list(f[5]), Aliases: list(f[6]), Text: f[7], Set: f[8]})
	}
	return out
})

// The parts of which names of places and units are made.
var (
	firstSyllables  = []rune("广平安永新清南北东西临丰武高大长宁云金石")
	secondSyllables = []rune("宗乡泉城山河阳川原湖州水岭门丘溪")
	departments     = []string{"行政审批局", "市场监督管理局", "人力资源和社会保障局", "公安局", "民政局", "卫生健康局", "自然资源和规划局", "交通运输局", "教育局",
		"农业农村局", "文化和旅游局", "住房和城乡建设局", "水利局", "应急管理局", "生态环境局", "医疗保障局", "税务局", "残疾人联合会", "司法局", "城市管理局"}
	variants  = []string{"新办", "变更", "延续", "注销", "补办", "县级"}
	materials = []string{"申请表", "居民身份证", "户口簿", "营业执照", "法定代表人身份证明", "授权委托书", "结婚证", "不动产权证书", "健康证明", "学历证书", "公司章程", "场地使用证明",
		"近期免冠照片", "可行性研究报告", "环境影响评价文件", "设备清单", "从业人员名册", "消防安全检查合格证", "规划许可证", "验资报告", "承诺书", "银行账户信息", "培训合格证明", "体检报告"}
	kinds    = []string{"行政许可", "行政确认", "行政给付", "公共服务", "其他行政权力", "行政奖励", "行政裁决"}
	audience = []string{"自然人", "企业法人", "事业法人", "社会组织法人", "非法人企业", "其他组织"}
)

// countySize is how many items a county has at most; a larger number makes more
// counties, which have items of the same names.
const countySize = 2400

// Items makes n items, see Each.
func Items(n int) []*catalog.Item {
	out := make([]*catalog.Item, 0, n)
	for it := range Each(n) {
		out = append(out, it)
	}
	return out
}

// Each makes n realistic items one by one, the same for the same n: a whole item
// (process, places, materials) each, with the name of a real one, about a third
// of them with a variant. Beyond 2,400 they are those of several counties. The
// last figures of the codes are not check digits. Items share what they have in
// common; a caller that changes one changes fields, not what they point to.
func Each(n int) iter.Seq[*catalog.Item] {
	return func(yield func(*catalog.Item) bool) {
		rnd, model := rand.New(rand.NewPCG(1, uint64(n))), lint.GoodItem()
		for i := range n {
			if !yield(makeItem(i, rnd, model)) {
				return
			}
		}
	}
}

func makeItem(i int, rnd *rand.Rand, model *catalog.Item) *catalog.Item {
	real := RealItems()
	r := real[rnd.IntN(len(real))]
	county := i / countySize
	place := string(firstSyllables[county%len(firstSyllables)]) + string(secondSyllables[county/len(firstSyllables)%len(secondSyllables)]) + "县"
	it := new(catalog.Item)
	*it = *model
	it.Unit, it.Name, it.MainName, it.Variant = place+departments[rnd.IntN(len(departments))], r.Name, "", ""
	if len(r.Aliases) > 0 {
		it.MainName = r.Aliases[0]
	}
	if rnd.IntN(3) == 0 {
		it.Variant = variants[rnd.IntN(len(variants))]
		it.Name += "（" + it.Variant + "）"
	}
	if it.Type = r.Type; it.Type == "" {
		it.Type = kinds[rnd.IntN(len(kinds))]
	}
	it.BasicCode = fmt.Sprintf("%012d", 100_000_000+i)
	it.ImplementationCode = fmt.Sprintf("11%06dMB%09d%s", 130_000+county, rnd.IntN(1_000_000_000), it.BasicCode)
	it.Audience, it.Topics = nil, nil
	for _, a := range audience {
		if rnd.IntN(3) == 0 {
			it.Audience = append(it.Audience, a)
		}
	}
	visits := rnd.IntN(4)
	it.Visits, it.Online.Available = &visits, rnd.IntN(2) == 0
	m := it.Materials[0]
	it.Materials = nil
	for range 2 + rnd.IntN(5) {
		m.ID, m.Name = fmt.Sprintf("m%d", len(it.Materials)+1), materials[rnd.IntN(len(materials))]
		it.Materials = append(it.Materials, m)
	}
	if r.Text != "" { // the first words are its topic and its form
		it.Materials[0].Name = strings.Fields(r.Text)[0]
	}
	it.Result.Name = it.Name + "决定书"
	if it.Scenarios != nil {
		it.Scenarios = nil // theirs are the example's materials
	}
	return it
}
