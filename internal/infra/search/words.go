package search

import (
	_ "embed"
	"maps"
	"slices"
	"strings"
	"sync"
)

//go:embed words.tsv
var wordTable string

//go:embed terms.txt
var termTable string

// kind of a lexeme, a piece of a query that is read as one.
type lexemeKind uint8

const (
	plain   lexemeKind = iota // nothing special
	filler                    // what every question has
	action                    // what is to be done
	citizen                   // what people say for something official
	letters                   // a run of letters and digits
)

type lexeme struct {
	kind lexemeKind
	ways [][]rune // what the lists say for it, the best first
	acts actions
}

// Words is what queries are read with: what people say and what the lists say
// for it. The shipped table can be added to; a word that is added takes the
// place of the shipped one.
type Words struct {
	of      map[string]*lexeme
	longest int                 // in characters
	typed   map[string][]string // pinyin and initials to the words that people say
}

// WordPair is one line of a table of words.
type WordPair struct {
	Word     string   // what people say
	Official []string // what the lists say, the best first
	Source   string   // where the official words are from
}

// Shipped is the program's own table.
var Shipped = sync.OnceValue(func() *Words { return NewWords(nil) })

// ShippedPairs is the program's own table line by line.
var ShippedPairs = sync.OnceValue(func() []WordPair {
	var out []WordPair
	table(wordTable, func(c []string) {
		if c[0] != "word" {
			p := WordPair{Word: c[0], Official: strings.Split(c[1], "|")}
			if len(c) > 2 {
				p.Source = c[2]
			}
			out = append(out, p)
		}
	})
	return out
})

// NewWords is the shipped table with a county's own lines.
func NewWords(own []WordPair) *Words {
	w := &Words{of: map[string]*lexeme{}, typed: map[string][]string{}}
	known := func(s string) {
		if w.of[s] == nil {
			w.add(s, &lexeme{kind: plain})
		}
	}
	for line := range strings.Lines(termTable) {
		if line[0] != '#' {
			for _, t := range strings.Fields(line) {
				known(t)
			}
		}
	}
	for _, f := range strings.Fields(fillerTable) {
		w.add(f, &lexeme{kind: filler})
	}
	for i, c := range actionTable {
		for _, s := range append(strings.Fields(c.names), strings.Fields(c.said)...) {
			l := w.of[s]
			if l == nil || l.kind != action {
				l = &lexeme{kind: action}
				w.add(s, l)
			}
			l.acts |= 1 << i
			if domain&(1<<i) != 0 {
				l.kind = plain
			}
		}
	}
	put := func(p WordPair) {
		word := string(readable(p.Word))
		if strings.ReplaceAll(word, " ", "") == "" {
			return
		}
		l := &lexeme{kind: citizen}
		for _, o := range p.Official {
			if way := appendName(nil, o); len(way) > 0 {
				l.ways = append(l.ways, way)
			}
		}
		if len(l.ways) > 0 {
			l.acts = actionsOf(l.ways[0])
		}
		if old := w.of[word]; old != nil {
			l.acts = old.acts
		}
		w.add(word, l)
		if rs := []rune(word); len(rs) > 1 {
			full, initials := sounds().spelling(rs)
			if full != "" {
				w.typed[full] = append(w.typed[full], word)
			}
			if len(rs) > 2 && initials != "" {
				w.typed[initials] = append(w.typed[initials], word)
			}
		}
	}
	for _, p := range ShippedPairs() {
		put(p)
	}
	for _, p := range own {
		put(p)
	}
	for _, l := range slices.Collect(maps.Values(w.of)) {
		for _, way := range l.ways {
			if len(way) > 1 {
				known(string(way))
			}
		}
	}
	return w
}

func (w *Words) add(s string, l *lexeme) {
	w.of[s] = l
	w.longest = max(w.longest, len([]rune(s)))
}

// fillerTable is what questions are made of; it says little about the matter.
const fillerTable = `怎么办理 如何办理 怎样办理 怎么办 怎样办 如何办 咋办 咋个办 办理流程 流程 能办 可以办 办理 办 申请 申报 怎么样 怎么 如何 怎样 咋 咋样 怎么弄 怎么搞 咋弄
需要 需不需要 要不要 用不用 什么时候 什么样 什么 啥 啥子 哪些 哪里 哪儿 哪个 那里 去哪 去哪里 去哪儿 哪办 在哪 在哪里 在哪儿 哪里办 材料 手续 条件 部门 负责 实施 提交 受理 准备
我要 我想 我们 我家 我的 我 你们 你好 您好 想要 想 要 的 了 吗 么 呢 没 没有 不 有 是 是不是 是否 提供 服务 可以 能不能 可不可以 可不可 能否 能 会不会 得 得到
多久 多长时间 多少天 几天 多少钱 多少 在 去 请问 请教 请 麻烦 帮忙 帮我 为 给 把 和 与 及 或 等 对 一个 一家 一下 一点 个 家 带 带什么 由 网上 指引 证明材料 资料 要求 规定 政策 标准 拿 弄 搞 整 到 居民 城镇居民 市民 村民 群众 老百姓 公民 这个 那个 现在 今年 本人 自己 自家 人 家里 家里人 家中 咱 咱们 啊 呀 吧 哦 嘛 就 还 也 都 又 再 才 该 应该 怎 何 与否 打算 准备好 关于 方面 相关 有关 事情 事项 业务 问题 情况 时候 地方 事 用`

// actions says what is to be done with the matter of a name: a licence can be
// issued, changed, renewed, replaced, cancelled. The words are seldom what makes
// a name rare, but they decide which of several names is meant.
type actions uint32

// actionTable are the classes: how names say it, and what else people say.
var actionTable = []struct{ names, said string }{
	{"新办 核发 设立 成立 首次 初次 签发 申领 开办 初始 颁发 新申请 新增 初领 配发", "注册 第一次 办新 新开 开 开个 开家 办个 办一个 刚办 领取 领 新领"},
	{"变更 更正 修改 更改", "改 改成 换法人 换老板 换负责人 搬家 搬了 搬迁 迁址 换地址 换地方 改地址 换名字 写错 错了 有误 不对"},
	{"延续 延续登记 延期 续期 换发 换领 换证 续展 审验 复审 年审 到期", "过期 快到期 续签 续办 换新 换新的 坏了 旧了 年检 年审 怎么换 有效期 失效"},
	{"补办 补发 补领 补证 补换", "丢 丢了 弄丢 弄丢了 丢失 遗失 掉了 找不到 不见了 被偷 补一个 补一张 重新办 补"},
	{"注销 撤销 终止 作废 退出", "不干了 不干 不做了 不开了 不想开了 不想开 不想干了 取消 关门 关店 关掉 关 销户 停业 歇业 倒闭 不用了 不要了"},
	{"查询 打印 进度 咨询 检索", "查 查一查 查一下 查看 看看 找 多少分 成绩 信息 名单"},
	{"预约", ""},
	{"暂停 恢复 重启", "停发 停领 停止 停了 重新"},
	{"投诉 举报 检举", "告 告状 反映"},
	{"公证", "公正"},
	{"奖励 表彰", "表扬 获奖"},
	{"备案", ""},
	{"培训 考试 报名", "考 学习"},
	{"结算 退款 退费", "退回 退 退钱"},
	{"分支 子公司 分公司", ""},
	{"更名 迁移 转移 转出 转入 过户", "迁 迁走 迁出 迁入 转 转到 转走 转让"},
	{"公示 名录 发布 公告 目录", ""},
	{"挂失 遗失", "丢 丢了 弄丢 弄丢了 丢失 掉了 找不到 不见了 被偷"},
}

// domain are classes that are a field of work as well: to have it is no merit,
// but it is not meant unless it is said.
const domain actions = 1<<9 | 1<<11 | 1<<12 | 1<<14 | 1<<16

// newIssue is the class of what nobody says: to have the thing for the first
// time.
const newIssue actions = 1

// actionNames finds the classes in names by the first two characters.
var actionNames = func() map[[2]rune]actions {
	m := map[[2]rune]actions{}
	for i, c := range actionTable {
		for _, n := range strings.Fields(c.names) {
			rs := []rune(n)
			m[[2]rune{rs[0], rs[1]}] |= 1 << i
		}
	}
	return m
}()

// actionsOf reads a folded name.
func actionsOf(rs []rune) (a actions) {
	for i := 1; i < len(rs); i++ {
		a |= actionNames[[2]rune{rs[i-1], rs[i]}]
	}
	return a
}

// What agreement in action counts.
const ()

// agree compares what a query asks for with what a name says.
func agree(query, name actions) float32 {
	f := float32(1)
	q, n := query&^newIssue, name&^newIssue
	switch {
	case q&n&^domain != 0:
		f *= sameAction
	case q&^domain != 0:
		f *= noAction
	case name&newIssue != 0:
		f *= firstIssue
	}
	if q != 0 && q&n == 0 && name&newIssue != 0 && query&newIssue == 0 {
		f *= otherAction
	}
	each := float32(otherAction)
	if q&n&^domain != 0 {
		each = besideAction
	}
	for extra := n &^ q; extra != 0; extra &= extra - 1 {
		f *= each
	}
	return f
}

// The kinds of words that say little in a name: lighter when it is asked how
// much of a name a query has.
var lightWords = func() map[[2]rune]bool {
	m := map[[2]rune]bool{}
	for _, w := range strings.Fields("办理 核发 审批 审核 许可 核准 登记 申请 申报 申领 审查 认定 备案 服务 查询 指引 初审 审定 发放 给付 信息 管理 公证 业务 确认 报告 设立 新办 有关 相关 县级 市级 行使 资格") {
		rs := []rune(w)
		m[[2]rune{rs[0], rs[1]}] = true
	}
	return m
}()
