package publication

import (
	_ "embed"
	"slices"
	"strings"
)

// Op is what an adjustment does to published items (P-3.2f).
type Op string

// The operations. Resume ends a suspension; the others are those of the county's
// rules for dynamic adjustment.
const (
	OpAdd      Op = "新增"
	OpChange   Op = "变更"
	OpSplit    Op = "拆分"
	OpMerge    Op = "合并"
	OpSuspend  Op = "暂停"
	OpResume   Op = "恢复"
	OpCancel   Op = "取消"
	OpTransfer Op = "划转"
	OpDelegate Op = "下放"
)

// opRule says what an operation is made of, and who decides whatever changes.
type opRule struct {
	op Op
	// county says that the operation as such is for the county government.
	county bool
	// subjects get this standing; empty means that there are none.
	standing Standing
	// fewest subjects and contents.
	subjects, contents int
	// successors that each subject needs.
	successors int
	hint       string
}

// opRules is the table of operations in the order in which they are offered.
var opRules = []opRule{
	{OpChange, false, "", 0, 1, 0, "修改已公布事项的要素"},
	{OpAdd, true, "", 0, 1, 0, "公布新的事项"},
	{OpSplit, true, StandingCancelled, 1, 0, 2, "一个事项分为几个"},
	{OpMerge, true, StandingCancelled, 1, 0, 1, "几个事项并为一个"},
	{OpSuspend, true, StandingSuspended, 1, 0, 0, "暂时不办，以后恢复"},
	{OpResume, false, StandingPublished, 0, 0, 0, "恢复办理已暂停的事项"},
	{OpCancel, true, StandingCancelled, 1, 0, 0, "不再办理"},
	{OpTransfer, true, StandingCancelled, 1, 0, 1, "改由行政审批局或者其他单位办理"},
	{OpDelegate, true, StandingCancelled, 1, 0, 1, "改由乡镇等下级办理"},
}

// Ops lists the operations in the order in which they are offered.
func Ops() []Op {
	out := make([]Op, len(opRules))
	for i, r := range opRules {
		out[i] = r.op
	}
	return out
}

func ruleOf(op Op) (opRule, bool) {
	i := slices.IndexFunc(opRules, func(r opRule) bool { return r.op == op })
	if i < 0 {
		return opRule{}, false
	}
	return opRules[i], true
}

// Known reports whether there is such an operation.
func (op Op) Known() bool { _, ok := ruleOf(op); return ok }

// Hint says in a few words what the operation is for.
func (op Op) Hint() string { r, _ := ruleOf(op); return r.hint }

// opVerbs are the operations that read otherwise in a sentence.
var opVerbs = map[Op]string{OpSuspend: "暂停办理", OpResume: "恢复办理"}

// Verb says in a sentence what the operation does to items: 取消, 暂停办理.
func (op Op) Verb() string {
	if v := opVerbs[op]; v != "" {
		return v
	}
	return string(op)
}

// Becomes says what the operation makes of an item of an adjustment.
func (op Op) Becomes(it *AdjustedItem) string {
	switch {
	case it.Side == Content && (it.Was == nil || it.Was.Standing == StandingCancelled):
		return "新公布"
	case it.Side == Content:
		return "公布新内容"
	case op == OpSplit || op == OpMerge || op == OpTransfer || op == OpDelegate:
		return "取消（" + string(op) + "）"
	case op == OpResume:
		return "恢复公布"
	}
	return string(op.Subject())
}

// Succeeds reports whether the subjects of the operation have successors.
func (op Op) Succeeds() bool { r, _ := ruleOf(op); return r.successors > 0 }

// Subject is the standing that the operation gives its subjects, empty if it
// has none.
func (op Op) Subject() Standing { r, _ := ruleOf(op); return r.standing }

// Cause is a coded reason for an adjustment.
type Cause struct {
	Code, Name string
	Ops        []Op // that it can lead to
	// Cites says that a basis must be named by its title and place.
	Cites bool
}

//go:embed data/causes.csv
var causesCSV string

// causes is the table of causes, after the situations that comparable rules
// list (桃江县 2017, 濮阳市, and a city's rules arts. 21 to 25); the county's own
// list was not found.
var causes = func() []Cause {
	var out []Cause
	for i, line := range strings.Split(strings.TrimSpace(causesCSV), "\n") {
		f := strings.SplitN(line, ",", 4)
		if i == 0 {
			continue
		}
		c := Cause{Code: f[0], Name: f[3], Cites: f[2] == "1"}
		for _, op := range strings.Split(f[1], "|") {
			c.Ops = append(c.Ops, Op(op))
		}
		out = append(out, c)
	}
	return out
}()

// CausesOf lists the causes that can lead to an operation.
func CausesOf(op Op) []Cause {
	var out []Cause
	for _, c := range causes {
		if slices.Contains(c.Ops, op) {
			out = append(out, c)
		}
	}
	return out
}

// CauseByCode returns a cause; its name is empty if there is none of the code.
func CauseByCode(code string) Cause {
	for _, c := range causes {
		if c.Code == code {
			return c
		}
	}
	return Cause{}
}
