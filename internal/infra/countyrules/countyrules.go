// Package countyrules reads a county's own rules and settings of the linter
// from YAML (docs/reform/county-rules.md) and compiles their expressions (CEL)
// to conditions of lint. What is wrong is refused when the file is loaded, with
// line and column; at run time a rule is bounded in cost and can fail, but never
// stop the linter. CEL is known to this room alone.
package countyrules

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/lint"
)

// Limits of a file: bytes, rules, and characters of an expression.
const (
	maxFile       = 1 << 20
	maxRules      = 500
	maxExpression = 4000
)

// Rules is a loaded file.
type Rules struct {
	// Set is the rules in force with the county's settings.
	Set *lint.Set
	// Own are the county's own rules in the order of the file.
	Own []lint.CountyRule
	// Hash is the SHA-256 of the text, in hex: the version of the rule set.
	Hash string
}

var codeForm = regexp.MustCompile(`^C\d{2,3}$`)

// Load reads a file. Everything that is wrong with it is told at once, in an
// Invalid fault whose fields are places ("12:5", line and column from 1). An
// empty file is the built-in rules as they are.
func Load(data []byte) (*Rules, error) {
	e := fault.Invalidf("本县规则文件有误，请按提示更正。")
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	switch {
	case len(data) > maxFile:
		return nil, e.At("1:1", "文件超过 1 MB，不像规则文件")
	case !utf8.Valid(data):
		return nil, e.At("1:1", "文件不是 UTF-8 编码，请另存为 UTF-8 后重试")
	}
	sum := sha256.Sum256(data)
	l := &loader{e: e, text: strings.Split(string(data), "\n"), places: map[string]place{}}
	out := &Rules{Hash: hex.EncodeToString(sum[:])}
	root, err := parse(data)
	if err != nil {
		return nil, err
	}
	if root != nil {
		l.file(root)
	}
	out.Own = l.rules
	if err := e.OrNil(); err != nil {
		return nil, sorted(e)
	}
	if out.Set, err = lint.NewSet(l.opt); err != nil {
		return nil, l.placed(err)
	}
	return out, nil
}

// parse reads the YAML; nil for an empty file.
func parse(data []byte) (root *yaml.Node, err error) {
	// The parser is fuzzed with the loader; a defect of it must not end the
	// program that loads a county's file.
	defer func() {
		if p := recover(); p != nil {
			root, err = nil, fault.Invalidf("本县规则文件有误，请按提示更正。").At("1:1", "不是可以读取的 YAML")
		}
	}()
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return nil, fault.Invalidf("本县规则文件有误，请按提示更正。").At(yamlPlace(err), "不是有效的 YAML：请检查缩进、冒号后的空格和引号")
	}
	if len(doc.Content) == 0 || doc.Content[0].Tag == "!!null" {
		return nil, nil
	}
	return doc.Content[0], nil
}

var yamlLine = regexp.MustCompile(`line (\d+)`)

func yamlPlace(err error) string {
	if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
		return m[1] + ":1"
	}
	return "1:1"
}

// place is a node of the file, as "line:column".
type place string

func at(n *yaml.Node) place { return place(fmt.Sprintf("%d:%d", max(n.Line, 1), max(n.Column, 1))) }

type loader struct {
	e     *fault.Error
	text  []string // the file's lines
	rules []lint.CountyRule
	opt   lint.Options
	// Where the settings stand, by the path that lint.NewSet uses.
	places map[string]place
}

func (l *loader) fail(p place, format string, args ...any) { l.e.At(string(p), format, args...) }

func (l *loader) file(root *yaml.Node) {
	l.mapping(root, "文件", map[string]func(*yaml.Node){
		"rules": func(n *yaml.Node) {
			l.sequence(n, "rules", func(_ int, n *yaml.Node) {
				if len(l.rules) >= maxRules {
					l.fail(at(n), "规则超过 %d 条", maxRules)
					return
				}
				l.rule(n)
			})
		},
		"settings": func(n *yaml.Node) {
			l.mapping(n, "settings", map[string]func(*yaml.Node){
				"severity":   l.severities,
				"off":        l.off,
				"exceptions": l.exceptions,
			})
		},
		"laws":      l.laws,
		"abolished": l.abolished,
		"transfers": l.transfers,
	})
}

func (l *loader) rule(n *yaml.Node) {
	var c lint.CountyRule
	var code, expr *yaml.Node
	l.mapping(n, "规则", map[string]func(*yaml.Node){
		"id":         func(n *yaml.Node) { c.Code, code = l.text1(n, "id"), n },
		"title":      func(n *yaml.Node) { c.Title = l.text1(n, "title") },
		"why":        func(n *yaml.Node) { c.Why = l.text1(n, "why") },
		"message":    func(n *yaml.Node) { c.Message = l.text1(n, "message") },
		"fix":        func(n *yaml.Node) { c.Fix = l.text1(n, "fix") },
		"clause":     func(n *yaml.Node) { c.Clause = l.text1(n, "clause") },
		"severity":   func(n *yaml.Node) { c.Severity = l.severityOf(n) },
		"expression": func(n *yaml.Node) { l.text1(n, "expression"); expr = n },
		"field": func(n *yaml.Node) {
			if c.Field = l.text1(n, "field"); c.Field != "" && catalog.FieldByKey(c.Field) == nil {
				l.fail(at(n), "没有名为“%s”的要素%s", c.Field, suggest(c.Field, fieldKeys()))
			}
		},
		"effective": func(n *yaml.Node) {
			l.mapping(n, "effective", map[string]func(*yaml.Node){
				"from": func(n *yaml.Node) { c.From = l.date(n) },
				"to":   func(n *yaml.Node) { c.To = l.date(n) },
			})
		},
	})
	if n.Kind != yaml.MappingNode {
		return
	}
	switch {
	case code == nil:
		l.fail(at(n), "规则没有 id，例如 C01")
	case !codeForm.MatchString(c.Code):
		l.fail(at(code), "规则编号“%s”应为 C 加两位或者三位数字，例如 C01", c.Code)
	case slices.ContainsFunc(l.rules, func(o lint.CountyRule) bool { return o.Code == c.Code }):
		l.fail(at(code), "规则编号“%s”重复", c.Code)
	}
	for _, x := range [...]struct{ key, value, why string }{
		{"title", c.Title, "一句话说明查什么"}, {"message", c.Message, "不符合时显示的话"}, {"clause", c.Clause, "写明依据，例如 广政办〔2018〕12号第三条"}} {
		if strings.TrimSpace(x.value) == "" {
			l.fail(at(n), "规则%s没有 %s（%s）", c.Code, x.key, x.why)
		}
	}
	if c.Severity == "" {
		c.Severity = lint.Warning
	}
	if c.Fix == "" {
		c.Fix = "按“" + c.Title + "”的要求更正。"
	}
	if !c.From.IsZero() && !c.To.IsZero() && c.To.Before(c.From) {
		l.fail(at(n), "规则%s的截止日期早于施行日期", c.Code)
	}
	if expr == nil || strings.TrimSpace(expr.Value) == "" {
		l.fail(at(n), "规则%s没有 expression（事项符合要求时为真的表达式）", c.Code)
	} else if expr.Kind == yaml.ScalarNode {
		c.Condition = l.compile(expr)
	}
	l.rules = append(l.rules, c)
	if c.Condition != nil && c.Title != "" && c.Clause != "" {
		l.opt.Extra = append(l.opt.Extra, c.Rule())
	}
}

func (l *loader) severities(n *yaml.Node) {
	l.opt.Severity = map[string]lint.Severity{}
	l.pairs(n, "severity", func(k, v *yaml.Node) {
		if s := l.severityOf(v); s != "" {
			l.opt.Severity[k.Value] = s
			l.places["severity."+k.Value] = at(k)
		}
	})
}

func (l *loader) off(n *yaml.Node) {
	l.opt.Off = map[string]string{}
	l.pairs(n, "off", func(k, v *yaml.Node) {
		l.opt.Off[k.Value] = l.text1(v, "off")
		l.places["off."+k.Value] = at(k)
	})
}

func (l *loader) exceptions(n *yaml.Node) {
	l.sequence(n, "exceptions", func(i int, n *yaml.Node) {
		var x lint.Exception
		l.mapping(n, "例外", map[string]func(*yaml.Node){
			"rule":   func(n *yaml.Node) { x.Rule = l.text1(n, "rule") },
			"item":   func(n *yaml.Node) { x.Item = l.text1(n, "item") },
			"unit":   func(n *yaml.Node) { x.Unit = l.text1(n, "unit") },
			"reason": func(n *yaml.Node) { x.Reason = l.text1(n, "reason") },
			"until":  func(n *yaml.Node) { x.Until = l.date(n) },
		})
		l.places[fmt.Sprintf("exceptions[%d]", i)] = at(n)
		l.opt.Exceptions = append(l.opt.Exceptions, x)
	})
}

func (l *loader) laws(n *yaml.Node) {
	l.sequence(n, "laws", func(i int, n *yaml.Node) {
		var x lint.RepealedLaw
		l.mapping(n, "法规", map[string]func(*yaml.Node){
			"title":       func(n *yaml.Node) { x.Title = l.text1(n, "title") },
			"since":       func(n *yaml.Node) { x.Since = l.date(n) },
			"replaced_by": func(n *yaml.Node) { x.ReplacedBy = l.text1(n, "replaced_by") },
			"source":      func(n *yaml.Node) { x.Source = l.text1(n, "source") },
			"certainty":   func(n *yaml.Node) { x.Uncertain = l.uncertain(n) },
			"change": func(n *yaml.Node) {
				v := l.text1(n, "change")
				if v != "废止" && v != "修订" {
					l.fail(at(n), "change“%s”应为 废止 或者 修订", v)
				}
				x.Amended = v == "修订"
			},
		})
		l.places[fmt.Sprintf("laws[%d]", i)] = at(n)
		l.opt.Laws = append(l.opt.Laws, x)
	})
}

func (l *loader) abolished(n *yaml.Node) {
	l.sequence(n, "abolished", func(i int, n *yaml.Node) {
		var x lint.AbolishedProof
		l.mapping(n, "证明", map[string]func(*yaml.Node){
			"name":      func(n *yaml.Node) { x.Name = l.text1(n, "name") },
			"issuer":    func(n *yaml.Node) { x.Issuer = l.text1(n, "issuer") },
			"since":     func(n *yaml.Node) { x.Since = l.date(n) },
			"document":  func(n *yaml.Node) { x.Document = l.text1(n, "document") },
			"certainty": func(n *yaml.Node) { x.Uncertain = l.uncertain(n) },
		})
		l.places[fmt.Sprintf("abolished[%d]", i)] = at(n)
		l.opt.Abolished = append(l.opt.Abolished, x)
	})
}

func (l *loader) transfers(n *yaml.Node) {
	l.sequence(n, "transfers", func(i int, n *yaml.Node) {
		var x lint.Transfer
		l.mapping(n, "划转", map[string]func(*yaml.Node){
			"name":       func(n *yaml.Node) { x.Name = l.text1(n, "name") },
			"basic_code": func(n *yaml.Node) { x.BasicCode = l.text1(n, "basic_code") },
			"from":       func(n *yaml.Node) { x.From = l.text1(n, "from") },
			"to":         func(n *yaml.Node) { x.To = l.text1(n, "to") },
			"since":      func(n *yaml.Node) { x.Since = l.date(n) },
			"document":   func(n *yaml.Node) { x.Document = l.text1(n, "document") },
		})
		l.places[fmt.Sprintf("transfers[%d]", i)] = at(n)
		l.opt.Transfers = append(l.opt.Transfers, x)
	})
}

func (l *loader) uncertain(n *yaml.Node) bool {
	v := l.text1(n, "certainty")
	if v != "" && v != "确定" && v != "待核实" {
		l.fail(at(n), "certainty“%s”应为 确定 或者 待核实", v)
	}
	return v == "待核实"
}

// placed puts places of the file into the faults of lint.NewSet.
func (l *loader) placed(err error) error {
	e := fault.Invalidf("本县规则文件有误，请按提示更正。")
	for _, f := range fault.Fields(err) {
		p, ok := l.places[f.Path]
		if !ok {
			p = "1:1"
		}
		text := f.Text
		if code, found := strings.CutPrefix(text, "没有编号为"); found {
			code = strings.TrimSuffix(code, "的规则")
			text += suggest(code, l.codes())
		}
		e.At(string(p), "%s", text)
	}
	return sorted(e)
}

// codes are the rules that settings can speak of.
func (l *loader) codes() []string {
	var out []string
	for _, r := range lint.Registered() {
		out = append(out, r.Code)
	}
	for _, r := range l.rules {
		out = append(out, r.Code)
	}
	return out
}

func (l *loader) severityOf(n *yaml.Node) lint.Severity {
	s := lint.Severity(l.text1(n, "severity"))
	if !slices.Contains(lint.Severities, s) {
		l.fail(at(n), "级别“%s”应为 错误、警告 或者 建议", s)
		return ""
	}
	return s
}

func (l *loader) date(n *yaml.Node) calendar.Date {
	d, err := calendar.ParseDate(l.text1(n, "date"))
	if err != nil {
		l.fail(at(n), "“%s”不是日期，请写成 2018-12-31", n.Value)
	}
	return d
}

// text1 is the text of a scalar.
func (l *loader) text1(n *yaml.Node, key string) string {
	if n.Kind != yaml.ScalarNode {
		l.fail(at(n), "%s 应是一段文字", key)
		return ""
	}
	if n.Tag == "!!null" {
		return ""
	}
	return strings.TrimSpace(n.Value)
}

func (l *loader) sequence(n *yaml.Node, key string, each func(int, *yaml.Node)) {
	if n.Tag == "!!null" {
		return
	}
	if n.Kind != yaml.SequenceNode {
		l.fail(at(n), "%s 应是列表，每项以“- ”开头", key)
		return
	}
	for i, c := range n.Content {
		each(i, c)
	}
}

// pairs calls each with the keys and values of a mapping whose keys are free.
func (l *loader) pairs(n *yaml.Node, key string, each func(k, v *yaml.Node)) {
	if n.Tag == "!!null" {
		return
	}
	if n.Kind != yaml.MappingNode {
		l.fail(at(n), "%s 应写成“编号: 内容”", key)
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := n.Content[i]
		if seen[k.Value] {
			l.fail(at(k), "“%s”写了两次", k.Value)
			continue
		}
		seen[k.Value] = true
		each(k, n.Content[i+1])
	}
}

// mapping reads a mapping with known keys.
func (l *loader) mapping(n *yaml.Node, what string, keys map[string]func(*yaml.Node)) {
	l.pairs(n, what, func(k, v *yaml.Node) {
		if f, ok := keys[k.Value]; ok {
			f(v)
			return
		}
		names := make([]string, 0, len(keys))
		for name := range keys {
			names = append(names, name)
		}
		slices.Sort(names)
		l.fail(at(k), "%s中没有“%s”这一项%s", what, k.Value, suggest(k.Value, names))
	})
}

// sorted puts the faults in the order of the file.
func sorted(e *fault.Error) error {
	slices.SortStableFunc(e.Fields, func(a, b fault.Field) int {
		var al, ac, bl, bc int
		_, _ = fmt.Sscanf(a.Path, "%d:%d", &al, &ac) // places are always numbers
		_, _ = fmt.Sscanf(b.Path, "%d:%d", &bl, &bc)
		if al != bl {
			return al - bl
		}
		return ac - bc
	})
	return e
}

func fieldKeys() []string {
	var out []string
	for _, f := range catalog.Fields() {
		out = append(out, f.Key)
	}
	return out
}

// suggest names the nearest of some words, as "，是否要写“x”", or nothing.
func suggest(word string, words []string) string {
	best, least := "", 3
	if len(word) <= 3 {
		least = 2
	}
	for _, w := range words {
		if d := distance(word, w); d < least || d == least && strings.HasPrefix(w, word) {
			best, least = w, d
		}
	}
	if best == "" {
		for _, w := range words {
			if len(word) >= 3 && (strings.HasSuffix(w, "."+word) || strings.HasPrefix(w, word)) {
				best = w
				break
			}
		}
	}
	if best == "" || best == word {
		return ""
	}
	return "，是否要写“" + best + "”"
}

// distance is the number of edits (insert, delete, replace, swap neighbours)
// between two words; words that differ much in length are not compared.
func distance(a, b string) int {
	if len(a) > 64 || len(b) > 64 || len(a)-len(b) > 3 || len(b)-len(a) > 3 {
		return 99
	}
	d := make([][]int, len(a)+1)
	for i := range d {
		d[i] = make([]int, len(b)+1)
		d[i][0] = i
	}
	for j := range d[0] {
		d[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			d[i][j] = min(d[i-1][j]+1, d[i][j-1]+1, d[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d[i][j] = min(d[i][j], d[i-2][j-2]+1)
			}
		}
	}
	return d[len(a)][len(b)]
}
