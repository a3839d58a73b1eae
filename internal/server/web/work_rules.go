package web

import (
	"strconv"
	"strings"

	"onevisit/internal/app/reform"
	"onevisit/internal/domain/lint"
	"onevisit/internal/server"
	"onevisit/internal/server/web/ui"
)

// GET /work/rules
func (s *Server) getRules(q *request) error {
	v, err := s.Reform.Rules(q.Context(), q.actor())
	if err != nil {
		return err
	}
	return q.render(q.page("检查规则"), rulesView(v))
}

// rulesData is the editor of the county's rules.
type rulesData struct {
	Set           reform.RuleSet // the version in force
	Text, Note    string
	CSRF, Summary string
	Errors        []ui.FieldError
	Trial         *reform.Trial
	Old           int64 // an earlier version that is shown instead of the one in force
}

// GET /work/rules/county
func (s *Server) getCountyRules(q *request) error {
	set, err := s.Reform.CountyRules(q.Context(), q.actor(), 0)
	if err != nil {
		return err
	}
	d := rulesData{Set: set, Text: set.Doc, CSRF: q.in.FormToken}
	if old, err := strconv.ParseInt(q.FormValue("version"), 10, 64); err == nil && old > 0 && old != set.Version {
		was, err := s.Reform.CountyRules(q.Context(), q.actor(), old)
		if err != nil {
			return err
		}
		d.Text, d.Old = was.Doc, old
	}
	return q.render(q.page("本县规则"), countyRulesView(d))
}

// POST /work/rules/county: try a text over the county, or put it into force.
func (s *Server) postCountyRules(q *request) error {
	set, err := s.Reform.CountyRules(q.Context(), q.actor(), 0)
	if err != nil {
		return err
	}
	// Browsers send CRLF; places and the stored text count lines as they are.
	text := strings.ReplaceAll(q.PostFormValue("text"), "\r\n", "\n")
	d := rulesData{Set: set, Text: text, Note: q.PostFormValue("note"), CSRF: q.in.FormToken}
	var failed error
	if q.PostFormValue("do") == "save" {
		base, _ := strconv.ParseInt(q.PostFormValue("base"), 10, 64) // what is no number is no version in force
		if _, failed = s.Reform.SaveRules(q.Context(), q.actor(), base, text, d.Note); failed == nil {
			return q.seeOther("/work/rules?done=rules")
		}
	} else if d.Trial, failed = s.Reform.TryRules(q.Context(), q.actor(), text); failed == nil {
		return q.render(q.page("本县规则"), countyRulesView(d))
	}
	var ok bool
	if d.Summary, d.Errors, ok = q.fieldErrors(failed); !ok {
		return failed
	}
	for i := range d.Errors {
		if line, col, ok := strings.Cut(d.Errors[i].ID, ":"); ok {
			d.Errors[i] = ui.FieldError{ID: "text", Text: "第 " + line + " 行第 " + col + " 列：" + d.Errors[i].Text}
		}
	}
	q.status(server.Status(failed), q.page("本县规则"), countyRulesView(d))
	return nil
}

// exampleRules is what an empty editor starts from.
const exampleRules = `# 表达式说的是事项应当怎样：为真即符合，为假就报告 message。
rules:
  - id: C01
    title: 咨询电话须为本县区号
    expression: item.enquiry.all(p, p.startsWith("0319-") || p == "12345")
    message: 咨询方式中有不是本县区号（0319）的电话。
    fix: 改为本县的电话。
    field: enquiry
    severity: 警告
    clause: 县政府文件名称和文号
`

func (d rulesData) text() string {
	if d.Text == "" && d.Summary == "" && d.Set.Version == 0 {
		return exampleRules
	}
	return d.Text
}

func (d rulesData) version() string {
	if d.Set.Version == 0 {
		return "目前使用程序自带的规则和级别，本县没有另行规定。"
	}
	return "现行第 " + strconv.FormatInt(d.Set.Version, 10) + " 版，" + d.Set.ByName + "于 " + ui.Moment(d.Set.At) + " 保存：" + d.Set.Note
}

var severityLights = map[lint.Severity]string{lint.Error: "red", lint.Warning: "yellow", lint.Advice: "grey"}

func exceptionText(x lint.Exception) string {
	who := x.Unit
	if x.Item != "" {
		if who != "" {
			who += "的"
		}
		who += "“" + x.Item + "”"
	}
	return who + "：" + x.Reason + "（至" + x.Until.ChineseShort() + "）"
}

// judgedBy names the version of the county's rules that a submission was judged
// with.
func judgedBy(version int64) string {
	if version == 0 {
		return ""
	}
	return " · 按第 " + strconv.FormatInt(version, 10) + " 版规则检查"
}

// trialSeverity says how a rule's severity would change.
func trialSeverity(r reform.RuleTrial) string {
	name := func(s lint.Severity) string {
		if s == "" {
			return "不检查"
		}
		return string(s)
	}
	if r.Was == r.Is {
		return name(r.Is)
	}
	return name(r.Was) + " → " + name(r.Is)
}
