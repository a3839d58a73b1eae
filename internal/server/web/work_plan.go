package web

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"onevisit/internal/app/reform"
	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/plan"
	"onevisit/internal/server"
	"onevisit/internal/server/web/ui"
)

// planLines is how many lines for milestones the form has at least.
const planLines = 6

// planData is the page of the reform plan.
type planData struct {
	*reform.PlanView
	CanManage bool
	CSRF      string
	Summary   string
	Errors    []ui.FieldError
	Form      url.Values
}

// line is one milestone as the form shows it.
func (d planData) line(i int) (key, name, due, clause string) {
	if _, ok := d.Form["m_name"]; ok {
		at := func(field string) string {
			if v := d.Form[field]; i < len(v) {
				return v[i]
			}
			return ""
		}
		return at("m_key"), at("m_name"), at("m_due"), at("m_clause")
	}
	if i < len(d.Plan.Milestones) {
		m := d.Plan.Milestones[i]
		return m.Key, m.Name, m.Due.String(), m.Clause
	}
	return "", "", "", ""
}

func (d planData) lines() int { return max(planLines, len(d.Plan.Milestones)+1, len(d.Form["m_name"])) }

func (d planData) field(name, label, help, value string) ui.FieldView {
	if v, ok := d.Form[name]; ok {
		value = strings.Join(v, "")
	}
	return ui.FieldView{Name: name, Label: label, Help: help, Value: value, Error: ui.ErrorFor(d.Errors, name)}
}

func (d planData) remind() string {
	days := d.Plan.Remind
	if days == nil {
		days = plan.DefaultRemind
	}
	s := make([]string, len(days))
	for i, n := range days {
		s[i] = strconv.Itoa(n)
	}
	return strings.Join(s, "、")
}

// clockFields are the times of the plan as the form and the page show them.
var clockFields = []struct {
	key, label, help, unit string
	of                     func(*plan.Clocks) *int
}{
	{"apply", "单位申请调整", "从调整原因发生起算", "个工作日", func(c *plan.Clocks) *int { return &c.Apply }},
	{"element", "审改办决定要素变更", "从单位报送起算", "个工作日", func(c *plan.Clocks) *int { return &c.Element }},
	{"review", "审改办审查其他调整", "从单位报送起算，审查后报县政府", "个工作日", func(c *plan.Clocks) *int { return &c.Review }},
	{"government", "县政府批准批次和调整", "从报县政府起算", "个工作日", func(c *plan.Clocks) *int { return &c.Government }},
	{"publish", "公布", "从决定或者批准起算", "个工作日", func(c *plan.Clocks) *int { return &c.Publish }},
	{"package", "两家审核报送材料", "从单位报送起算", "个工作日", func(c *plan.Clocks) *int { return &c.Package }},
	{"fix", "单位答复退回意见、负责人确认", "从退回或者提交起算", "个工作日", func(c *plan.Clocks) *int { return &c.Fix }},
	{"guide", "办事指南核对周期", "超过的，指南上向群众提示", "天", func(c *plan.Clocks) *int { return &c.Guide }},
	{"guide_ahead", "核对提前提醒", "到期前几天进入待办", "天", func(c *plan.Clocks) *int { return &c.GuideAhead }},
	{"display", "更换公示内容", "从公布新版起算，墙上、窗口和网页上的旧版须换下", "个工作日", func(c *plan.Clocks) *int { return &c.Display }},
	{"crawl", "巡查单位网页", "每隔几天看一次登记的单位网页", "天", func(c *plan.Clocks) *int { return &c.Crawl }},
}

// clock is one time of the plan as a field of the form.
func (d planData) clock(i int) ui.FieldView {
	c, f := d.Plan.Times(), clockFields[i]
	v := d.field("clock_"+f.key, f.label, f.help, strconv.Itoa(*f.of(&c)))
	v.Error = ui.ErrorFor(d.Errors, "clocks."+f.key)
	v.ID, v.Type, v.Width, v.Unit = ui.FieldID("clocks."+f.key), "number", "short", f.unit
	return v
}

func (d planData) lateColumns() []ui.Column {
	c := []ui.Column{{Label: "单位"}, {Label: "期限"}, {Label: "记录"}, {Label: "补办"}}
	if d.CanManage {
		c = append(c, ui.Column{Label: "操作"})
	}
	return c
}

// withdrawReason is the field for why a lateness is taken back; here says that it
// is the one that was refused.
func (d planData) withdrawReason(unit, milestone string, here bool) ui.FieldView {
	f := ui.FieldView{Name: "reason", ID: "reason-" + unit + "-" + milestone, Label: "撤销的理由", Help: "记入审计，并告知单位", Rows: 2, Max: 300, Required: true}
	if here {
		f.ID, f.Value, f.Error = ui.FieldID("reason"), d.Form.Get("reason"), ui.ErrorFor(d.Errors, "reason")
	}
	return f
}

func (d planData) unitOptions() []ui.Option {
	chosen := d.Plan.Units
	if d.Form.Has("title") {
		chosen = d.Form["units"]
	}
	var pairs [][2]string
	for _, u := range d.Units {
		pairs = append(pairs, [2]string{u.ID, u.Name})
	}
	return ui.Options(chosen, pairs...)
}

// leftText says how far a milestone is, with its light.
func leftText(left int) (light, text string) {
	switch {
	case left < 0:
		return "grey", "已过 " + strconv.Itoa(-left) + " 天"
	case left == 0:
		return "red", "今天到期"
	case left <= 10:
		return "yellow", "还有 " + strconv.Itoa(left) + " 天"
	}
	return "green", "还有 " + strconv.Itoa(left) + " 天"
}

// GET /work/plan
func (s *Server) getPlan(q *request) error { return s.planPage(q, nil) }

func (s *Server) planPage(q *request, failed error) error {
	v, err := s.Reform.PlanView(q.Context(), q.actor())
	if err != nil {
		return err
	}
	d := planData{PlanView: v, CanManage: org.Can(q.actor(), org.ManagePlan, "") == nil, CSRF: q.in.FormToken}
	if failed == nil {
		return q.render(q.page("改革方案"), planPageView(d))
	}
	d.Form = q.PostForm
	var ok bool
	if d.Summary, d.Errors, ok = q.fieldErrors(failed); !ok {
		return failed
	}
	q.status(server.Status(failed), q.page("改革方案"), planPageView(d))
	return nil
}

// POST /work/plan: a change of the plan in force, or a new plan.
func (s *Server) postPlan(q *request) error {
	p, err := q.planForm()
	if err != nil {
		return s.planPage(q, err)
	}
	if q.PostFormValue("do") == "new" {
		p.ID, p.Version = "", 0
		err = s.Reform.SetPlan(q.Context(), q.actor(), p)
	} else {
		err = s.Reform.ChangePlan(q.Context(), q.actor(), p)
	}
	if err != nil {
		return s.planPage(q, err)
	}
	return q.seeOther("/work/plan?done=plan")
}

// POST /work/plan/lateness/withdraw
func (s *Server) postWithdrawLateness(q *request) error {
	err := s.Reform.WithdrawLateness(q.Context(), q.actor(), q.PostFormValue("unit"), q.PostFormValue("milestone"), q.PostFormValue("reason"))
	if err != nil {
		return s.planPage(q, err)
	}
	return q.seeOther("/work/plan?done=unlate")
}

// planForm reads the form; keys of new milestones are given here.
func (q *request) planForm() (plan.Plan, error) {
	f := q.PostForm
	e := fault.Invalidf("改革方案没有保存，请按提示更正。")
	number := func(name, text string) int {
		n, err := strconv.Atoi(strings.TrimSpace(text))
		if err != nil {
			e.At(name, "“%s”应为整数", text)
		}
		return n
	}
	date := func(name, text string) (d calendar.Date) {
		if text == "" {
			return d
		}
		d, err := calendar.ParseDate(text)
		if err != nil {
			e.At(name, "“%s”应形如 2018-07-10", text)
		}
		return d
	}
	p := plan.Plan{ID: f.Get("id"), Title: strings.TrimSpace(f.Get("title")), DocNo: strings.TrimSpace(f.Get("doc_no")), Start: date("start", f.Get("start")),
		ShareAtMostOne: number("share_at_most_one", f.Get("share_at_most_one")), TimeCut: number("time_cut", f.Get("time_cut")), Units: f["units"]}
	if v := f.Get("version"); v != "" {
		p.Version = int64(number("version", v))
	}
	for _, d := range strings.FieldsFunc(f.Get("remind"), func(r rune) bool { return strings.ContainsRune("、,， ", r) }) {
		p.Remind = append(p.Remind, number("remind", d))
	}
	if p.Remind == nil {
		p.Remind = []int{} // none at all
	}
	clocks := plan.DefaultClocks
	for _, c := range clockFields {
		if v := f.Get("clock_" + c.key); v != "" {
			*c.of(&clocks) = number("clocks."+c.key, v)
		}
	}
	p.Clocks = &clocks
	at := func(field string, i int) string {
		if v := f[field]; i < len(v) {
			return strings.TrimSpace(v[i])
		}
		return ""
	}
	for i, name := range f["m_name"] {
		if name = strings.TrimSpace(name); name == "" {
			continue
		}
		key := at("m_key", i)
		if key == "" {
			key = "m" + strconv.Itoa(i+1)
		}
		p.Milestones = append(p.Milestones, plan.Milestone{Key: key, Name: name, Due: date("m_due", at("m_due", i)), Clause: at("m_clause", i)})
	}
	return p, e.OrNil()
}

func planTargets(p plan.Plan) string {
	return fmt.Sprintf("各单位至多跑一次的事项不低于 %d%%，承诺时限压缩 %d%% 以上", p.ShareAtMostOne, p.TimeCut)
}

func planUnits(p plan.Plan) string {
	if len(p.Units) == 0 {
		return "全部纳入改革范围的单位"
	}
	return strconv.Itoa(len(p.Units)) + " 个单位"
}

// dayText writes a stored day (YYYY-MM-DD) for people.
func dayText(day string) string {
	d, err := calendar.ParseDate(day)
	if err != nil {
		return day
	}
	return d.ChineseShort()
}

// dateValue is a date for a form, empty if there is none.
func dateValue(d calendar.Date) string {
	if d.IsZero() {
		return ""
	}
	return d.String()
}
