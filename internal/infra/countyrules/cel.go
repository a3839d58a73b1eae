package countyrules

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"sync"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/cost"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/ext"
	"go.yaml.in/yaml/v3"

	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/citation"
	"onevisit/internal/domain/lint"
)

// An expression costs at most maxEstimate for an item of the largest size that
// sizes assumes, and at most maxCost when it runs. An operation costs about 1;
// a condition over all materials of an item some hundreds, so that a county of
// 100,000 items is judged in minutes even by the dearest rules.
const (
	maxEstimate = 2_000_000
	maxCost     = 200_000
)

// environment is what expressions know: the item in its exchange format, the
// computed visits, the day, and a few functions.
var environment = sync.OnceValues(func() (*cel.Env, error) {
	return cel.NewEnv(
		ext.NativeTypes(reflect.TypeFor[*catalog.Item](), ext.ParseStructTag("json")),
		ext.Strings(),
		cel.Variable("item", cel.ObjectType("catalog.Item")),
		cel.Variable("visits", cel.IntType),
		cel.Variable("today", cel.StringType),
		cel.Function("level", cel.Overload("level_string", []*cel.Type{cel.StringType}, cel.StringType,
			cel.UnaryBinding(func(v ref.Val) ref.Val {
				s, ok := v.Value().(string)
				if !ok {
					return types.NewErr("level 只接受文字")
				}
				return types.String(bestLevel(s))
			}))),
		cel.ParserExpressionSizeLimit(maxExpression*4),
		cel.ParserRecursionLimit(100),
	)
})

// bestLevel is the highest level among the citations of a text.
func bestLevel(text string) string {
	best := citation.Level("")
	for _, c := range citation.Parse(text) {
		if l := c.Level; l.Rank() > 0 && (best == "" || l.Rank() < best.Rank()) {
			best = l
		}
	}
	return string(best)
}

// names are the words of expressions, for suggestions.
var names = sync.OnceValue(func() []string {
	out := []string{"item", "visits", "today", "level", "size", "all", "exists", "exists_one", "filter", "map", "has", "startsWith", "endsWith", "contains", "matches",
		"replace", "split", "join", "lowerAscii", "upperAscii", "trim", "substring", "indexOf"}
	seen := map[reflect.Type]bool{}
	var walk func(t reflect.Type)
	walk = func(t reflect.Type) {
		for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
			t = t.Elem()
		}
		if t.Kind() != reflect.Struct || seen[t] {
			return
		}
		seen[t] = true
		for i := range t.NumField() {
			f := t.Field(i)
			if key, _, _ := strings.Cut(f.Tag.Get("json"), ","); key != "" && key != "-" {
				out = append(out, key)
			}
			walk(f.Type)
		}
	}
	walk(reflect.TypeFor[catalog.Item]())
	return out
})

// compile checks an expression of the file and makes it a condition. It reports
// what is wrong at its place in the file and then gives nil.
func (l *loader) compile(n *yaml.Node) lint.Condition {
	src := n.Value
	if len(src) > maxExpression {
		l.fail(at(n), "表达式超过 %d 个字节，请拆成几条规则", maxExpression)
		return nil
	}
	env, err := environment()
	if err != nil {
		l.fail(at(n), "表达式环境未能建立")
		return nil
	}
	ast, issues := env.Compile(src)
	if issues != nil && issues.Err() != nil {
		for _, is := range issues.Errors() {
			l.fail(l.within(n, is.Location.Line(), is.Location.Column()), "%s", chinese(is.Message))
		}
		return nil
	}
	if t := ast.OutputType(); t != cel.BoolType {
		l.fail(at(n), "表达式应得出真或假（bool），这里得出%s", typeName(t.String()))
		return nil
	}
	est, err := env.EstimateCost(ast, sizes{})
	if err != nil || est.Max > maxEstimate {
		l.fail(at(n), "表达式的运算量过大（估计 %d，上限 %d）：避免在列表中再套列表，或者先用条件缩小范围", est.Max, maxEstimate)
		return nil
	}
	prg, err := env.Program(ast, cel.CostLimit(maxCost), cel.CostTracking(sizes{}), cel.EvalOptions(cel.OptOptimize))
	if err != nil {
		// Constants are worked out here: 1/0, a regular expression that is none.
		l.fail(at(n), "表达式中的常量无法计算：%s", runtimeText(err))
		return nil
	}
	return &condition{prg}
}

// within finds the place in the file of a line and column of the expression.
func (l *loader) within(n *yaml.Node, line, col int) place {
	switch n.Style {
	case yaml.LiteralStyle, yaml.FoldedStyle:
		// The text begins on the line after the mark; folding keeps the lines
		// of the file only roughly, so the first is taken there.
		if n.Style == yaml.FoldedStyle {
			line = 1
		}
		row := n.Line + line // 1-based line of the file
		if row-1 < len(l.text) {
			text := l.text[row-1]
			return place(fmt.Sprintf("%d:%d", row, len(text)-len(strings.TrimLeft(text, " "))+col+1))
		}
	case yaml.SingleQuotedStyle, yaml.DoubleQuotedStyle:
		col++
	}
	if line > 1 {
		return at(n)
	}
	return place(fmt.Sprintf("%d:%d", n.Line, n.Column+col))
}

// condition is a compiled expression.
type condition struct{ prg cel.Program }

// Holds implements lint.Condition.
func (c *condition) Holds(in lint.ConditionInput) (ok bool, err error) {
	defer func() {
		if p := recover(); p != nil {
			ok, err = false, errors.New("表达式异常中止")
		}
	}()
	today := ""
	if !in.Today.IsZero() {
		today = in.Today.String()
	}
	v, _, err := c.prg.Eval(map[string]any{"item": in.Item, "visits": in.Visits, "today": today})
	if err != nil {
		return false, errors.New(runtimeText(err))
	}
	b, isBool := v.Value().(bool)
	if !isBool {
		return false, errors.New("表达式没有得出真或假")
	}
	return b, nil
}

// sizes assumes how large the parts of an item can be.
type sizes struct{}

// EstimateSize implements cost.Estimator.
func (sizes) EstimateSize(n cost.AstNode) *cost.SizeEstimate {
	switch n.Type().Kind() {
	case types.StringKind, types.BytesKind:
		return &cost.SizeEstimate{Min: 0, Max: 500}
	case types.ListKind, types.MapKind:
		return &cost.SizeEstimate{Min: 0, Max: 100}
	}
	return nil
}

// EstimateCallCost implements cost.Estimator.
func (sizes) EstimateCallCost(function, _ string, _ *cost.AstNode, _ []cost.AstNode) *cost.CallEstimate {
	if function == "level" {
		return &cost.CallEstimate{CostEstimate: cost.Estimate{Min: 10, Max: 50}}
	}
	return nil
}

// CallCost implements cost.ActualCostEstimator: reading citations costs by the
// length of the text.
func (sizes) CallCost(function, _ string, args []ref.Val, _ ref.Val) *uint64 {
	if function != "level" || len(args) != 1 {
		return nil
	}
	s, _ := args[0].Value().(string)
	n := uint64(len(s)/10 + 1)
	return &n
}

// The checker's messages in Chinese; what is not known is given as it is.
var messages = []struct {
	re   *regexp.Regexp
	text func(m []string) string
}{
	{regexp.MustCompile(`^undeclared reference to '([^']+)'`), func(m []string) string {
		return "没有名为“" + m[1] + "”的变量或者函数" + suggest(m[1], names())
	}},
	{regexp.MustCompile(`^undefined field '([^']+)'`), func(m []string) string {
		return "没有名为“" + m[1] + "”的字段" + suggest(m[1], names())
	}},
	{regexp.MustCompile(`^found no matching overload for '([^']+)' applied to '(.*)'`), func(m []string) string {
		return "类型不符：“" + strings.Trim(m[1], "_") + "”不能用于 " + typeNames(m[2])
	}},
	{regexp.MustCompile(`^expected type '([^']+)' but found '([^']+)'`), func(m []string) string {
		return "类型不符：应是" + typeName(m[1]) + "，这里是" + typeName(m[2])
	}},
	{regexp.MustCompile(`^Syntax error: (?s)(.*)`), func(m []string) string {
		if strings.Contains(m[1], "<EOF>") {
			return "语法有误：表达式没有写完"
		}
		if q := regexp.MustCompile(`(?:input|at:?) '([^']*)'`).FindStringSubmatch(m[1]); q != nil {
			return "语法有误：“" + q[1] + "”处读不下去"
		}
		return "语法有误"
	}},
	{regexp.MustCompile(`^type '([^']+)' does not support field selection`), func(m []string) string {
		return typeName(m[1]) + "没有字段"
	}},
}

func chinese(msg string) string {
	for _, m := range messages {
		if g := m.re.FindStringSubmatch(msg); g != nil {
			return m.text(g)
		}
	}
	return "表达式有误：" + msg
}

var plainTypes = map[string]string{"string": "文字", "int": "整数", "uint": "正整数", "double": "小数", "bool": "真假", "null": "空值", "dyn": "任意值", "bytes": "字节"}

func typeName(t string) string {
	if s, ok := plainTypes[t]; ok {
		return s
	}
	if inner, ok := strings.CutPrefix(t, "list("); ok {
		return typeName(strings.TrimSuffix(inner, ")")) + "列表"
	}
	if s, ok := strings.CutPrefix(t, "catalog."); ok {
		return "对象" + s
	}
	return t
}

func typeNames(args string) string {
	parts := strings.Split(strings.Trim(args, "()"), ", ")
	for i := range parts {
		parts[i] = typeName(parts[i])
	}
	return strings.Join(parts, "、")
}

// runtimeText says in Chinese why an expression could not be worked out.
func runtimeText(err error) string {
	s := err.Error()
	switch {
	case strings.Contains(s, "index out of bounds"):
		return "取了列表中没有的一项；先判断 size()"
	case strings.Contains(s, "no such key"):
		return "取了没有的键；先用 in 判断"
	case strings.Contains(s, "cost limit exceeded"):
		return fmt.Sprintf("运算量超过上限 %d", maxCost)
	case strings.Contains(s, "division by zero"), strings.Contains(s, "modulus by zero"):
		return "除数为零"
	case strings.Contains(s, "error parsing regexp"), strings.Contains(s, "regexp"):
		return "正则表达式有误"
	case strings.Contains(s, "overflow"):
		return "数值溢出"
	case strings.Contains(s, "type conversion error"), strings.Contains(s, "syntax"):
		return "文字不能转换成数字"
	}
	return "表达式未能得出结果"
}
