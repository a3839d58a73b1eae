package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/lint"
	"onevisit/internal/infra/countyrules"
)

//go:generate sh -c "go run . rules --markdown > ../../docs/reform/rules.md.new && mv ../../docs/reform/rules.md.new ../../docs/reform/rules.md"

type rulesCmd struct {
	Code     string `arg:"" optional:"" help:"规则编号，例如 M01；不给则列出全部规则"`
	Rules    string `help:"连同本县规则文件（YAML）中的规则和设置" placeholder:"FILE"`
	Markdown bool   `help:"输出为文档（docs/reform/rules.md）"`
}

// ruleInfo is a rule as JSON tells it.
type ruleInfo struct {
	Code     string        `json:"code"`
	Title    string        `json:"title"`
	Severity lint.Severity `json:"severity"`
	Scope    lint.Scope    `json:"scope"`
	Clause   string        `json:"clause"`
	Why      string        `json:"why,omitempty"`
	Source   string        `json:"source,omitempty"`
	Waivable bool          `json:"waivable"`
	From     string        `json:"from,omitempty"`
	To       string        `json:"to,omitempty"`
	Needs    []string      `json:"needs,omitempty"`
	Good     []string      `json:"good,omitempty"`
	Bad      []string      `json:"bad,omitempty"`
	// Off says why the county switched the rule off; Exceptions whom it lets off.
	Off        string   `json:"off,omitempty"`
	Exceptions []string `json:"exceptions,omitempty"`
}

func infoOf(set *lint.Set, r *lint.Rule) ruleInfo {
	i := ruleInfo{Code: r.Code, Title: r.Title, Severity: set.SeverityOf(r), Scope: r.Scope, Clause: r.Clause, Why: r.Why, Source: r.Source,
		Waivable: r.Waivable, From: dateText(r.From), To: dateText(r.To), Needs: r.Needs.Names()}
	i.Off, _ = set.Off(r.Code)
	for _, x := range set.Exceptions(r.Code) {
		i.Exceptions = append(i.Exceptions, strings.Join(slices.DeleteFunc([]string{x.Unit, x.Item}, func(s string) bool { return s == "" }), "的")+"："+x.Reason+"（至"+x.Until.ChineseShort()+"）")
	}
	if ex, ok := lint.Examples(r.Code); ok {
		for _, e := range ex.Good {
			i.Good = append(i.Good, e.Name)
		}
		for _, e := range ex.Bad {
			i.Bad = append(i.Bad, e.Name)
		}
	}
	return i
}

func dateText(d calendar.Date) string {
	if d.IsZero() {
		return ""
	}
	return d.String()
}

// Run lists the rules or explains one.
func (c *rulesCmd) Run(e *env) error {
	rules := lint.Registered()
	if c.Markdown {
		return writeRules(e.out, rules)
	}
	set, err := lint.NewSet(lint.Options{})
	if c.Rules != "" {
		var county *countyrules.Rules
		if county, err = loadRules(c.Rules); err == nil {
			set = county.Set
		}
	}
	if err != nil {
		return err
	}
	rules = set.All()
	if c.Code == "" {
		infos := make([]ruleInfo, len(rules))
		for i, r := range rules {
			infos[i] = infoOf(set, r)
		}
		if e.JSON {
			return e.printJSON(map[string]any{"rules": infos})
		}
		for _, r := range infos {
			mark := "  "
			if r.Waivable {
				mark = "◇ "
			}
			e.printf("%s  %s%s  %s（%s）", r.Code, r.Severity, mark, r.Title, r.Clause)
			if r.Off != "" {
				e.printf("　已停用：%s", r.Off)
			}
			e.printf("\n")
		}
		e.printf("共 %d 条。◇ 可由审改办豁免。用 onevisit rules 编号 查看说明和示例。\n", len(infos))
		return nil
	}
	code := strings.ToUpper(strings.TrimSpace(c.Code))
	k := slices.IndexFunc(rules, func(r *lint.Rule) bool { return r.Code == code })
	if k < 0 {
		return fault.NotFoundf("没有编号为“%s”的规则。用 onevisit rules 查看全部规则。", c.Code)
	}
	info := infoOf(set, rules[k])
	if e.JSON {
		return e.printJSON(info)
	}
	e.printf("%s %s\n", info.Code, info.Title)
	e.printf("级别：%s%s\n", info.Severity, map[bool]string{true: "，可由审改办逐项豁免，写明理由和截止日期"}[info.Waivable])
	e.printf("对象：%s\n依据：%s\n", scopeText[info.Scope], info.Clause)
	if info.Source != "" {
		e.printf("出处：%s\n", info.Source)
	}
	if info.From != "" || info.To != "" {
		e.printf("施行：%s 至 %s\n", info.From, info.To)
	}
	if len(info.Needs) > 0 {
		e.printf("需要：%s\n", strings.Join(info.Needs, "、"))
	}
	if info.Why != "" {
		e.printf("说明：%s\n", info.Why)
	}
	if info.Off != "" {
		e.printf("已停用：%s\n", info.Off)
	}
	for _, x := range info.Exceptions {
		e.printf("例外：%s\n", x)
	}
	for _, x := range [...]struct {
		label string
		names []string
	}{{"符合", info.Good}, {"不符合", info.Bad}} {
		if len(x.names) > 0 {
			e.printf("%s的示例：%s\n", x.label, strings.Join(x.names, "；"))
		}
	}
	return nil
}

var scopeText = map[lint.Scope]string{lint.ScopeItem: "事项", lint.ScopeUnit: "单位", lint.ScopeCounty: "全县"}

// groups are the families of rules, by the first letter of their codes.
var groups = []struct{ letter, title, text string }{
	{"E", "要素", "36项要素填没填、填得对不对。"},
	{"K", "编码", "编码写对、不重。"},
	{"B", "设定依据", "依据能读、层级够、仍有效。"},
	{"S", "范围", "该列的列，不该列的不列。"},
	{"M", "减材料", "P-3.3.1。"},
	{"O", "一次提交", "P-3.3.1：全县事项的结果和材料连起来看。"},
	{"N", "减环节", "P-3.3.2。"},
	{"T", "减时间", "P-3.3.3。"},
	{"R", "容缺受理", "P-3.3.4。"},
	{"V", "到场次数", "到场次数由流程计算（[visits.md](visits.md)），不凭填报。"},
	{"G", "办事指南", "群众看一次指南就能办成。"},
	{"W", "一致性", "一个城市自查规则中的要素对照，均为警告；原规则第16条（有结果须有样本）由E01检查。"},
	{"U", "单位", "对单位整体的要求。"},
}

// writeRules writes docs/reform/rules.md.
func writeRules(w io.Writer, rules []*lint.Rule) error {
	var b strings.Builder
	b.WriteString(`# 检查规则

<!-- 由 make generate 从代码生成，请勿手工修改。 -->

每个事项、每个单位和全县都按下列规则检查：编辑时、导入时、命令行（` + "`onevisit lint`" + `）、报送时、审核时用的是同一套规则。

- **错误**未更正的不能报送；**警告**须更正或者写明理由；**建议**不影响报送。
- 警告的理由由单位逐条填写，或者在报送时按规则一并填写；理由记录在案，随报送交审核。单位整体的错误（如 U04）同样不能报送。
- 标◇的错误可由审改办逐项豁免，写明理由和截止日期（方案用语为“原则上”）：单位在事项页面申请，审改办在“豁免台账”答复；豁免的材料只填名称、文号或者编码，到期后重新报错。
- 每条发现写明位置、填写的值和怎样改；能自动更正的，一键更正。
- 县里可以调整级别、停用规则（写明理由）、增加本县规则，不须重新编译：见[本县规则](county-rules.md)。
- 命令行检查文件时，需要数据库中记录的规则不检查，并逐条说明。
- “依据”一列的 P- 编号是改革方案的条款。每条规则的示例在 ` + "`internal/domain/lint/examples`" + `，成套的测试数据在[规则语料](../../corpus/README.md)。

| 类别 | 规则数 |
| --- | ---: |
`)
	for _, g := range groups {
		fmt.Fprintf(&b, "| [%s %s](#%s-%s) | %d |\n", g.letter, g.title, strings.ToLower(g.letter), g.title, len(family(rules, g.letter)))
	}
	for _, g := range groups {
		fmt.Fprintf(&b, "\n## %s %s\n\n%s\n\n| 编号 | 级别 | 查什么 | 要求 | 依据 |\n| --- | --- | --- | --- | --- |\n", g.letter, g.title, g.text)
		list := family(rules, g.letter)
		for _, r := range list {
			mark := ""
			if r.Waivable {
				mark = " ◇"
			}
			fmt.Fprintf(&b, "| %s | %s%s | %s | %s | %s |\n", r.Code, r.Severity, mark, r.Title, r.Why, r.Clause)
		}
		if i := slices.IndexFunc(list, func(r *lint.Rule) bool { return r.Source != "" }); i >= 0 {
			fmt.Fprintf(&b, "\n出处：%s。\n", list[i].Source)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func family(rules []*lint.Rule, letter string) []*lint.Rule {
	var out []*lint.Rule
	for _, r := range rules {
		if strings.HasPrefix(r.Code, letter) {
			out = append(out, r)
		}
	}
	return out
}
