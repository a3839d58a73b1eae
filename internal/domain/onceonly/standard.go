// Package onceonly holds P-3.3.1 over a whole county: what an office has issued,
// or can look up, is not demanded from the applicant again. It joins the results
// of all items to the materials of all items, over a library of standard
// materials, since one paper has many names.
package onceonly

import (
	"embed"
	"encoding/csv"
	"slices"
	"strings"
	"sync"
)

//go:embed data/*.csv
var dataFiles embed.FS

// table reads an embedded table without its head. A defect of it is one of the
// program, and every test meets it.
func table(name string) [][]string {
	f, err := dataFiles.Open("data/" + name)
	if err != nil {
		panic("onceonly: " + err.Error())
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comment = '#'
	rows, err := r.ReadAll()
	if err != nil || len(rows) < 2 {
		panic("onceonly: " + name + " cannot be read")
	}
	return rows[1:]
}

// Standard is an entry of the library of standard materials.
type Standard struct {
	Name    string
	Aliases []string
	Kind    string // 证件 (a certificate), 表格 (a form) or 其他
	Issuer  string // who usually issues it; 申请人 for what one writes oneself
	// Held says that licence libraries or shared systems usually offer it, so
	// that an office can look it up.
	Held   bool
	Source string
}

// library is the standard materials with an index of their names.
type library struct {
	list   []Standard
	byName map[string]*Standard
	// endings are the names of at least three characters, longest first: a name
	// that ends in one is that material with something before it.
	endings []string
}

var standards = sync.OnceValue(func() *library {
	l := &library{byName: map[string]*Standard{}}
	for _, r := range table("materials.csv") {
		s := Standard{Name: r[0], Kind: r[2], Issuer: r[3], Held: r[4] == "yes", Source: r[5]}
		if r[1] != "" {
			s.Aliases = strings.Split(r[1], "|")
		}
		l.list = append(l.list, s)
	}
	for i := range l.list {
		s := &l.list[i]
		for _, n := range append([]string{s.Name}, s.Aliases...) {
			p := Plain(n)
			l.byName[p] = s
			if len([]rune(p)) >= 3 {
				l.endings = append(l.endings, p)
			}
		}
	}
	slices.SortFunc(l.endings, func(a, b string) int {
		if len(a) != len(b) {
			return len(b) - len(a)
		}
		return strings.Compare(a, b)
	})
	return l
})

// Standards lists the library.
func Standards() []Standard { return slices.Clone(standards().list) }

// holders are words before a material that say whose it is, not what it is.
var holders = []string{"申请人的", "申请人", "本人的", "本人", "当事人", "经办人", "代办人", "代理人", "委托人", "受托人", "监护人", "法定代表人或负责人", "法定代表人", "负责人",
	"纳税人", "工伤职工", "双方当事人", "夫妻双方", "双方", "企业", "单位", "建设单位", "申请单位", "居民", "有效的", "有效", "合法", "相关", "原"}

// copies are words about the sheet and not about the paper.
var copies = []string{"复印件", "原件", "扫描件", "电子版", "影印件", "正副本", "副本", "正本", "原件及", "及", "和", "一份", "两份", "各一份", "一式一份", "一式两份", "一式三份", "份"}

// Plain is a material's name without brackets, punctuation and what is said of
// the sheet: 申请人身份证（原件及复印件各1份） and 身份证复印件 are both 身份证.
func Plain(name string) string {
	var b strings.Builder
	depth := 0
	for _, r := range name {
		switch {
		case strings.ContainsRune("（(〔[【", r):
			depth++
		case strings.ContainsRune("）)〕]】", r):
			depth = max(depth-1, 0)
		case depth > 0 || strings.ContainsRune("《》“”\"' 　、，。；：;,.*/-_·", r) || r >= '0' && r <= '9':
		default:
			b.WriteRune(r)
		}
	}
	s := b.String()
	for again := true; again; {
		again = false
		for _, c := range copies {
			if t, ok := strings.CutSuffix(s, c); ok && t != "" {
				s, again = t, true
			}
		}
	}
	for again := true; again; {
		again = false
		for _, h := range holders {
			if t, ok := strings.CutPrefix(s, h); ok && len([]rune(t)) >= 2 {
				s, again = t, true
			}
		}
	}
	return s
}

// Identify finds the standard material that a name stands for. ok is false for
// a name that the library does not know; Plain then tells it from others.
func Identify(name string) (s *Standard, ok bool) {
	l, p := standards(), Plain(name)
	if s = l.byName[p]; s != nil {
		return s, true
	}
	for _, e := range l.endings {
		if before, ok := strings.CutSuffix(p, e); ok && (l.byName[e].Kind != certificateKind || endsIn(before, owners)) {
			return l.byName[e], true
		}
	}
	return nil, false
}

// owners end what may stand before a certificate's name without making it
// another one: 驾驶人驾驶证 is a 驾驶证, 拖拉机驾驶证 and 兽医师执业证书 are
// certificates of their own. Forms and papers of one's own are less particular.
var owners = []string{"的", "人", "居民", "方", "者", "员", "双", "企业", "单位", "公司", "机构", "父母", "配偶", "子女", "代表", "职工", "本", "省", "市", "县", "国", "内", "新", "旧", "原", "和", "或", "及"}

func endsIn(s string, words []string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return strings.HasSuffix(s, w) })
}

// paperOf is what makes two names one material: the standard's name, or the
// plain name.
func paperOf(name string) string {
	if s, ok := Identify(name); ok {
		return s.Name
	}
	return Plain(name)
}

// Bundle is one matter (一件事) that several items make up.
type Bundle struct {
	Name   string
	Title  string   // as people say it: 开饭店
	Items  []string // names of items, as the source has them
	Source string
}

// Bundles lists the bundles that come with the program.
func Bundles() []Bundle {
	var out []Bundle
	for _, r := range table("bundles.csv") {
		out = append(out, Bundle{Name: r[0], Title: r[3], Items: strings.Split(r[1], ";"), Source: r[2]})
	}
	return out
}
