package search

import "strings"

// actions says what is to be done with the matter of a name: a licence can be
// issued, changed, renewed, replaced, cancelled. The words are seldom what makes
// a name rare, but they decide which of several names is meant.
type actions uint16

// actionWords are the classes: how names say it (pairs of characters), and what
// else people say.
var actionWords = []struct{ names, said string }{
	{"新办 核发 设立 成立 首次 初次 签发 申领 开办 初始 颁发 新申", "新办 新申请 注册 第一次 办新"},
	{"变更 更正 修改 更改", "改 换法人 搬家 搬了 迁址"},
	{"延续 延期 续期 换发 换领 换证 续展 审验", "过期 到期 续签 续期 换新 坏了 年审 年检 怎么换"},
	{"补办 补发 补领 补证 补换 遗失 挂失", "丢了 弄丢 丢失 补一 找不到 丢"},
	{"注销 撤销 终止 作废 退出", "不干了 不开了 取消 关门 销户 停业 歇业"},
	{"查询 打印 公示 名录 进度 咨询 检索 发布 公告 目录", "查 找 多少分 成绩 信息"},
	{"预约", ""},
	{"暂停 恢复 重启", "停发 重新"},
	{"投诉 举报 检举", ""},
	{"公证", "公正"},
	{"奖励 表彰", "表扬 获奖"},
	{"备案", ""},
	{"培训 考试 报名", "考 学习"},
	{"结算 退款 退费", "退回 退"},
	{"分支 子公 分公", ""},
	{"作废 更名 迁移 转移 转出 转入", "迁 过户 转"},
}

// domain are classes that are a field of work as well: to have it is no merit,
// but it is not meant unless it is said.
const domain actions = 1<<9 | 1<<11 | 1<<12 | 1<<14

// newIssue is the class of what nobody says: to have the thing for the first
// time.
const newIssue actions = 1

var actionPairs, actionSaid = func() (pairs map[[2]rune]actions, said map[string]actions) {
	pairs, said = map[[2]rune]actions{}, map[string]actions{}
	for i, w := range actionWords {
		for _, n := range strings.Fields(w.names) {
			rs := []rune(n)
			pairs[[2]rune{rs[0], rs[1]}] |= 1 << i
		}
		for _, s := range strings.Fields(w.said) {
			said[s] |= 1 << i
		}
	}
	return pairs, said
}()

// actionsOf reads a folded text.
func actionsOf(rs []rune) (a actions) {
	for i := 1; i < len(rs); i++ {
		a |= actionPairs[[2]rune{rs[i-1], rs[i]}]
	}
	return a
}

// asked reads a query.
func asked(text []rune) actions {
	a := actionsOf(text)
	for w, class := range actionSaid {
		if strings.Contains(string(text), w) {
			a |= class
		}
	}
	return a
}

// What agreement in action counts.
const (
	sameAction  = 1.35 // the name says what is asked for
	noAction    = 0.92 // it does not
	otherAction = 0.77 // each thing that it says and nobody asked for
	firstIssue  = 1.06 // nothing is asked for, and the name is about the first time
)

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
	for extra := n &^ q; extra != 0; extra &= extra - 1 {
		f *= otherAction
	}
	return f
}
