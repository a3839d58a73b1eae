package web

import (
	"bytes"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"onevisit/internal/app/reform"
	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/plan"
	"onevisit/internal/domain/visit"
	"onevisit/internal/server"
	"onevisit/internal/server/web/ui"
)

// whatIfData is the what-if page of one item.
type whatIfData struct {
	*reform.WhatIf
	CSRF, Due string
	CanPledge bool
	Summary   string
	Errors    []ui.FieldError
}

func (d whatIfData) switches() ui.FieldView {
	f := ui.FieldView{Name: "m", Label: "改革措施", HideText: true, Inline: true, Even: true, Error: ui.ErrorFor(d.Errors, "measures")}
	for _, m := range visit.Measures {
		f.Options = append(f.Options, ui.Option{Value: m.Code, Label: m.Code + " " + m.Name, Help: m.Does, Selected: d.Measures&m.Set != 0})
	}
	return f
}

// tryHref switches on exactly the measures of a set.
func (d whatIfData) tryHref(s visit.Set) string {
	return "/work/items/" + d.ID + "/whatif?" + url.Values{"m": s.Codes()}.Encode() + "#answer"
}

func (d whatIfData) hidden() []ui.Hidden {
	var h []ui.Hidden
	for _, c := range d.Measures.Codes() {
		h = append(h, ui.Hidden{Name: "m", Value: c})
	}
	return h
}

// GET /work/items/{id}/whatif: measures as switches, today and tomorrow.
func (s *Server) getWhatIf(q *request) error {
	return s.whatIfPage(q, q.URL.Query()["m"], nil)
}

func (s *Server) whatIfPage(q *request, measures []string, failed error) error {
	w, err := s.Reform.WhatIf(q.Context(), q.actor(), q.PathValue("id"), measures)
	if err != nil {
		return err
	}
	d := whatIfData{WhatIf: w, CSRF: q.in.FormToken, Due: q.PostFormValue("due"), CanPledge: org.Can(q.actor(), org.MakePledge, w.UnitID) == nil}
	if failed == nil {
		return q.render(q.page("推演 "+w.Name), whatIfView(d))
	}
	var ok bool
	if d.Summary, d.Errors, ok = q.fieldErrors(failed); !ok {
		return failed
	}
	q.status(server.Status(failed), q.page("推演 "+w.Name), whatIfView(d))
	return nil
}

// POST /work/items/{id}/pledge
func (s *Server) postPledge(q *request) error {
	id, measures := q.PathValue("id"), q.PostForm["m"]
	due, err := dueDate(q)
	if err == nil {
		err = s.Reform.PledgeItem(q.Context(), q.actor(), id, measures, due)
	}
	if err != nil {
		return s.whatIfPage(q, measures, err)
	}
	return q.seeOther("/work/items/" + id + "/history?done=pledged")
}

func dueDate(q *request) (calendar.Date, error) {
	due, err := calendar.ParseDate(q.PostFormValue("due"))
	if err != nil {
		return due, fault.Invalidf("改革承诺没有保存，请按提示更正。").At("due", "完成日期应形如 2018-12-20")
	}
	return due, nil
}

// plannerData is the planner of a unit or of the county.
type plannerData struct {
	*reform.Planning
	Times   *reform.TimePlanning // of one unit
	Units   []org.Unit
	County  bool // the reader may plan for the county
	Pledge  bool // and may make the answer a pledge
	CSRF    string
	Form    url.Values
	Summary string
	Errors  []ui.FieldError
}

func (d plannerData) unit() string { return d.Form.Get("unit") }

func (d plannerData) unitField() ui.FieldView {
	var pairs [][2]string
	if d.County {
		pairs = append(pairs, [2]string{"", "全县各单位"})
	}
	for _, u := range d.Units {
		pairs = append(pairs, [2]string{u.ID, u.Name})
	}
	return ui.FieldView{Name: "unit", Label: "范围", Options: ui.Options([]string{d.unit()}, pairs...)}
}

func (d plannerData) shareField() ui.FieldView {
	f := ui.FieldView{Name: "share", Label: "目标比例", Type: "number", Min: "0", Unit: "%", Width: "short", Value: d.Form.Get("share"), Error: ui.ErrorFor(d.Errors, "share")}
	if f.Value == "" && d.Planning != nil {
		f.Value = strconv.Itoa(d.Query.Share)
	}
	return f
}

func (d plannerData) budgetField() ui.FieldView {
	return ui.FieldView{Name: "budget", Label: "预算", Help: "填写后改为求：不超过预算，最多能使多少事项不超过一次。", Mode: "decimal", Width: "short", Value: d.Form.Get("budget"), Error: ui.ErrorFor(d.Errors, "budget")}
}

func (d plannerData) costField(m visit.Measure) ui.FieldView {
	name := "cost_" + m.Code
	return ui.FieldView{Name: name, Label: m.Code + " " + m.Name, Mode: "decimal", Width: "short", Value: orText(d.Form.Get(name), "1"), Error: ui.ErrorFor(d.Errors, name)}
}

func (d plannerData) scopeField() ui.FieldView {
	return ui.FieldView{Name: "per_unit", Label: "措施", Inline: true, Value: orText(d.Form.Get("per_unit"), "0"),
		Options: ui.Options(nil, [2]string{"0", "全县统一采取"}, [2]string{"1", "各单位分别采取"})}
}

// file is the address of the answer as a file.
func (d plannerData) file(format string) string {
	v := url.Values{}
	for _, h := range d.hidden() {
		v.Set(h.Name, h.Value)
	}
	return "/work/planner/plan." + format + "?" + v.Encode()
}

// hidden repeats the question, so that a pledge is made of what was seen.
func (d plannerData) hidden() []ui.Hidden {
	var h []ui.Hidden
	for _, k := range slices.Sorted(func(yield func(string) bool) {
		for k := range d.Form {
			if !yield(k) {
				return
			}
		}
	}) {
		if k == "unit" || k == "share" || k == "budget" || k == "per_unit" || strings.HasPrefix(k, "cost_") {
			h = append(h, ui.Hidden{Name: k, Value: d.Form.Get(k)})
		}
	}
	return h
}

// filled are the units that have items.
func (d plannerData) filled() []visit.UnitPlan {
	return slices.DeleteFunc(slices.Clone(d.Answer.Units), func(u visit.UnitPlan) bool { return u.Total == 0 })
}

func (d plannerData) unlocked() int {
	n := 0
	for _, u := range d.Answer.Units {
		n += len(u.Unlocked)
	}
	return n
}

// how says the answer in a sentence.
func (d plannerData) how() string {
	if d.Answer.Measures == 0 {
		return "预算之内没有能增加达标事项的措施。"
	}
	what := "最省的办法是"
	if strings.TrimSpace(d.Query.Budget) != "" {
		what = "在预算之内，实现事项最多的办法是"
	}
	if d.Query.PerUnit {
		what += "各单位分别采取下表所列措施"
	} else {
		what += "采取 " + setNames(d.Answer.Measures)
	}
	return what + "，费用 " + visit.FormatAmount(d.Answer.Cost) + "。"
}

// met adds up the units' figures.
func (d plannerData) met() (before, after, total int) {
	for _, u := range d.Answer.Units {
		before, after, total = before+u.MetBefore, after+u.MetAfter, total+u.Total
	}
	return before, after, total
}

func planQuery(v url.Values) (reform.PlanQuery, error) {
	q := reform.PlanQuery{Unit: v.Get("unit"), PerUnit: v.Get("per_unit") == "1", Budget: v.Get("budget"), Costs: map[string]string{}}
	if t := strings.TrimSuffix(strings.TrimSpace(v.Get("share")), "%"); t != "" {
		n, err := strconv.Atoi(t)
		if err != nil {
			return q, fault.Invalidf("推演的条件填写有误，请按提示更正。").At("share", "目标比例应是整数，例如 50")
		}
		q.Share = n
	}
	for _, m := range visit.Measures {
		q.Costs[m.Code] = v.Get("cost_" + m.Code)
	}
	return q, nil
}

// GET /work/planner: the cheapest measures for the county, or for one unit.
func (s *Server) getPlanner(q *request) error { return s.plannerPage(q, q.URL.Query(), nil) }

func (s *Server) plannerPage(q *request, form url.Values, failed error) error {
	d := plannerData{CSRF: q.in.FormToken, Form: form, County: org.Can(q.actor(), org.ReadCounty, "") == nil}
	if !d.County && d.unit() == "" {
		d.Form = url.Values{}
		for k, v := range form {
			d.Form[k] = v
		}
		d.Form.Set("unit", q.actor().UnitID)
	}
	var err error
	if d.Units, err = s.ownUnits(q, org.ReadItem); err != nil {
		return err
	}
	d.Pledge = org.Can(q.actor(), org.MakePledge, d.unit()) == nil
	query, err := planQuery(d.Form)
	if err == nil {
		d.Planning, err = s.Reform.PlanMeasures(q.Context(), q.actor(), query)
	}
	if failed == nil {
		failed = err
	}
	if d.unit() != "" && org.Can(q.actor(), org.ReadItem, d.unit()) == nil {
		if d.Times, err = s.Reform.PlanTimes(q.Context(), q.actor(), d.unit()); err != nil {
			return err
		}
	}
	if failed == nil {
		return q.render(q.page("改革推演"), plannerView(d))
	}
	var ok bool
	if d.Summary, d.Errors, ok = q.fieldErrors(failed); !ok {
		return failed
	}
	q.status(server.Status(failed), q.page("改革推演"), plannerView(d))
	return nil
}

// POST /work/planner/pledge: the plan as seen becomes the units' pledges.
func (s *Server) postPlannerPledge(q *request) error {
	query, err := planQuery(q.PostForm)
	if err == nil {
		var due calendar.Date
		if due, err = dueDate(q); err == nil {
			_, err = s.Reform.PledgePlan(q.Context(), q.actor(), query, due)
		}
	}
	if err != nil {
		return s.plannerPage(q, q.PostForm, err)
	}
	return q.seeOther("/work/pledges?done=pledged&unit=" + urlQuery(query.Unit))
}

// GET /work/pledges
func (s *Server) getPledges(q *request) error {
	v := q.URL.Query()
	f := reform.PledgeFilter{State: plan.PledgeState(v.Get("state")), After: v.Get("after"), Before: v.Get("before"), Limit: pageSize}
	if u := v.Get("unit"); u != "" {
		f.Units = []string{u}
	}
	d := pledgesData{Query: v, CSRF: q.in.FormToken, May: func(unit string) bool { return org.Can(q.actor(), org.MakePledge, unit) == nil }}
	var err error
	if d.List, d.Total, err = s.Reform.Pledges(q.Context(), q.actor(), f); err != nil {
		return err
	}
	if d.Units, err = s.ownUnits(q, org.ReadItem); err != nil {
		return err
	}
	return q.render(q.page("改革承诺"), pledgesView(d))
}

// pledgesData is a page of the pledges.
type pledgesData struct {
	List  []reform.PledgeView
	Total int
	Units []org.Unit
	Query url.Values
	CSRF  string
	May   func(unit string) bool // withdraw its pledges
}

func (d pledgesData) pager() ui.PagerView {
	p := ui.PagerView{Text: "共 " + ui.Count(d.Total) + " 项"}
	if n := len(d.List); n > 0 {
		p.PrevHref, p.NextHref = pages("/work/pledges", d.Query, d.List[0].ID, d.List[n-1].ID, n == pageSize)
	}
	return p
}

func (d pledgesData) stateOptions() []ui.Option {
	pairs := [][2]string{{"", "全部状态"}}
	for _, s := range []plan.PledgeState{plan.PledgeOpen, plan.PledgeLate, plan.PledgeKept, plan.PledgeWithdrawn} {
		pairs = append(pairs, [2]string{string(s), string(s)})
	}
	return ui.Options([]string{d.Query.Get("state")}, pairs...)
}

// POST /work/pledges/{id}/withdraw
func (s *Server) postWithdraw(q *request) error {
	version, err := strconv.ParseInt(q.PostFormValue("version"), 10, 64)
	if err != nil {
		return fault.Invalidf("表单缺少版本号，请返回刷新后再试。")
	}
	if err := s.Reform.WithdrawPledge(q.Context(), q.actor(), q.PathValue("id"), version, q.PostFormValue("reason")); err != nil {
		return err
	}
	return q.seeOther("/work/pledges?done=withdrawn")
}

// analysisData is the analysis of one item.
type analysisData struct {
	*reform.AnalysisView
	CSRF    string
	Form    url.Values
	Summary string
	Errors  []ui.FieldError
}

func (d analysisData) text(name, label, value string) ui.FieldView {
	if v, ok := d.Form[name]; ok {
		value = strings.Join(v, "")
	}
	return ui.FieldView{Name: name, Label: label, Value: value, Error: ui.ErrorFor(d.Errors, name), Rows: 3, Max: 2000, ReadOnly: !d.CanEdit}
}

func (d analysisData) days(st catalog.Step) ui.FieldView {
	name := "shortest." + st.ID
	f := ui.FieldView{Name: name, Label: st.Name + " 最短工作日", HideText: true, Mode: "decimal", Width: "short", Error: ui.ErrorFor(d.Errors, name), ReadOnly: !d.CanEdit}
	if v, ok := d.Form[name]; ok {
		f.Value = strings.Join(v, "")
	} else if n, ok := d.Saved.Shortest[st.ID]; ok {
		f.Value = strconv.FormatFloat(n, 'f', -1, 64)
	}
	return f
}

// GET /work/items/{id}/analysis
func (s *Server) getAnalysis(q *request) error { return s.analysisPage(q, nil) }

func (s *Server) analysisPage(q *request, failed error) error {
	v, err := s.Reform.Analysis(q.Context(), q.actor(), q.PathValue("id"))
	if err != nil {
		return err
	}
	d := analysisData{AnalysisView: v, CSRF: q.in.FormToken, Form: q.PostForm}
	if failed == nil {
		return q.render(q.page("原因分析 "+v.Name), analysisView(d))
	}
	var ok bool
	if d.Summary, d.Errors, ok = q.fieldErrors(failed); !ok {
		return failed
	}
	q.status(server.Status(failed), q.page("原因分析 "+v.Name), analysisView(d))
	return nil
}

// POST /work/items/{id}/analysis
func (s *Server) postAnalysis(q *request) error {
	in := plan.Analysis{ItemID: q.PathValue("id"), Learn: q.PostFormValue("learn"), HandIn: q.PostFormValue("hand_in"), Finish: q.PostFormValue("finish"), Shortest: map[string]float64{}}
	e := fault.Invalidf("分析没有保存，请按提示更正。")
	var err error
	if in.Version, err = strconv.ParseInt(q.PostFormValue("version"), 10, 64); err != nil {
		return fault.Invalidf("表单缺少版本号，请返回刷新后再试。")
	}
	for k := range q.PostForm {
		id, ok := strings.CutPrefix(k, "shortest.")
		text := strings.TrimSpace(q.PostFormValue(k))
		if !ok || text == "" {
			continue
		}
		if in.Shortest[id], err = strconv.ParseFloat(text, 64); err != nil {
			e.At(k, "最短工作日应是数字，例如 2 或 0.5")
		}
	}
	err = e.OrNil()
	if err == nil {
		err = s.Reform.SaveAnalysis(q.Context(), q.actor(), in)
	}
	if err != nil {
		return s.analysisPage(q, err)
	}
	return q.seeOther("/work/items/" + in.ItemID + "/analysis?done=saved")
}

// GET /work/planner/analyses.{format}: the unit's 分析表.
func (s *Server) getAnalyses(format string) handler {
	return func(q *request) error {
		return q.print("分析表", format, func(b *bytes.Buffer) ([]rune, error) {
			return s.Reform.WriteAnalyses(q.Context(), q.actor(), q.unitParam(), format, b)
		})
	}
}

// GET /work/planner/plan.{format}: the planner's answer.
func (s *Server) getPlanning(format string) handler {
	return func(q *request) error {
		query, err := planQuery(q.URL.Query())
		if err != nil {
			return err
		}
		return q.print("改革推演", format, func(b *bytes.Buffer) ([]rune, error) {
			return nil, s.Reform.WritePlan(q.Context(), q.actor(), query, format, b)
		})
	}
}

func pledgedMeasures(p *reform.PledgeView) string {
	m, err := visit.ParseSet(p.Measures)
	if err != nil { // of a list that a later program has cut
		return strings.Join(p.Measures, "、")
	}
	return setNames(m)
}

// pledgeAgain repeats a pledge, by which its unit makes it its own.
func pledgeAgain(p *reform.PledgeView) []ui.Hidden {
	h := []ui.Hidden{{Name: "due", Value: p.Due.String()}}
	for _, m := range p.Measures {
		h = append(h, ui.Hidden{Name: "m", Value: m})
	}
	return h
}

func pledgeLight(s plan.PledgeState) string {
	return map[plan.PledgeState]string{plan.PledgeOpen: "yellow", plan.PledgeLate: "red", plan.PledgeKept: "green"}[s]
}

// codes lists a set's codes as Chinese text does.
func codes(s visit.Set) string { return strings.Join(s.Codes(), "、") }

func setNames(s visit.Set) string {
	var names []string
	for _, m := range visit.Measures {
		if s&m.Set != 0 {
			names = append(names, m.Code+" "+m.Name)
		}
	}
	return orText(strings.Join(names, "；"), "不需要措施")
}

// half writes half working days.
func half(n int) string { return strconv.FormatFloat(float64(n)/2, 'f', -1, 64) }

func boardPledges(r reform.Row) string {
	if r.Pledged+r.Kept == 0 {
		return "—"
	}
	return fmt.Sprintf("兑现 %d / 共 %d", r.Kept, r.Pledged+r.Kept)
}
