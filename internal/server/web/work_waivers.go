package web

import (
	"bytes"
	"net/url"
	"strconv"
	"strings"

	"onevisit/internal/app/reform"
	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/lint"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/publication"
	"onevisit/internal/server"
	"onevisit/internal/server/web/ui"
)

// itemData is the page of a working copy.
type itemData struct {
	*reform.ItemView
	Actor   org.Actor
	CSRF    string
	Form    url.Values // what was sent and refused
	Summary string
	Errors  []ui.FieldError
	Places  []reform.ItemPlace // where it hangs, or could; of what is published
}

// manages reports whether the reader looks after a unit's places.
func (d itemData) manages(unitID string) bool {
	return org.Can(d.Actor, org.ManagePlaces, unitID) == nil
}

func (s *Server) itemPage(q *request, failed error) error {
	v, err := s.Reform.Item(q.Context(), q.actor(), q.PathValue("id"))
	if err != nil {
		return err
	}
	d := itemData{ItemView: v, Actor: q.actor(), CSRF: q.in.FormToken, Form: q.PostForm}
	if v.Standing != "" {
		if d.Places, err = s.Reform.PlacesOf(q.Context(), q.actor(), v.ID); err != nil {
			return err
		}
	}
	if failed == nil {
		return q.render(q.page(v.Name), itemView(d))
	}
	var ok bool
	if d.Summary, d.Errors, ok = q.fieldErrors(failed); !ok {
		return failed
	}
	// The fields stand at the finding, which has ids of its own.
	for i := range d.Errors {
		d.Errors[i].ID = "answer-" + d.Errors[i].ID
	}
	q.status(server.Status(failed), q.page(v.Name), itemView(d))
	return nil
}

// findings shows what was found with what can be done about it on this page:
// repairs, reasons, waivers.
func (d itemData) findings() []ui.FindingView {
	found := sortedFindings(d.Found)
	list := findings(found, editHref(d.ItemView), d.CanEdit)
	action := "/work/items/" + d.ID
	for i := range list {
		f, v := &found[i], &list[i]
		place := []ui.Hidden{{Name: "rule", Value: f.Rule}, {Name: "field", Value: f.Field}}
		if v.Repair != nil {
			v.Form = &ui.FormView{Action: action + "/repair", CSRF: d.CSRF, Hidden: []ui.Hidden{{Name: "version", Value: strconv.FormatInt(d.Version, 10)}}}
		}
		open := d.Form.Get("rule") == f.Rule && d.Form.Get("field") == f.Field && d.Summary != ""
		ask := func(summary, to, button string, fields ...ui.FieldView) {
			a := ui.AskView{Summary: summary, Form: ui.FormView{Action: action + to, CSRF: d.CSRF, Hidden: place}, Button: button, Open: open}
			for _, x := range fields {
				x.ID = x.Name + "-" + strconv.Itoa(i)
				if open {
					x.ID, x.Value, x.Error = "answer-"+x.Name, d.Form.Get(x.Name), ui.ErrorFor(d.Errors, "answer-"+x.Name)
				}
				a.Fields = append(a.Fields, x)
			}
			v.Asks = append(v.Asks, a)
		}
		reason := ui.FieldView{Name: "reason", Label: "理由", Rows: 2, Required: true}
		switch {
		case d.CanEdit && f.Severity == lint.Warning && f.Kind == "":
			summary := "说明理由"
			if f.Reason != nil {
				summary, reason.Value = "修改理由", f.Reason.Text
			}
			ask(summary, "/reasons", "保存理由", reason)
		case !f.Waivable || f.Severity != lint.Error || d.asked(f):
		case d.CanWaive:
			ask("豁免", "/waivers", "同意豁免", reason,
				ui.FieldView{Name: "until", Label: "截止日期", Type: "date", Required: true, Width: "short"})
		case d.CanEdit:
			reason.Help = "写明为什么确需使用、何时能够取消；由审改办答复"
			ask("申请豁免", "/waivers", "提交申请", reason)
		}
	}
	return list
}

// asked reports whether a waiver of the finding waits for its answer.
func (d itemData) asked(f *lint.Finding) bool {
	for _, w := range d.Waivers {
		if w.Rule == f.Rule && w.Place == lint.Place(d.Data, f) && w.State == publication.WaiverAsked {
			return true
		}
	}
	return false
}

// POST /work/items/{id}/reasons: why a warning stands.
func (s *Server) postReason(q *request) error {
	id := q.PathValue("id")
	if err := s.Reform.ExplainFinding(q.Context(), q.actor(), id, q.PostFormValue("rule"), q.PostFormValue("field"), q.PostFormValue("reason")); err != nil {
		return s.itemPage(q, err)
	}
	return q.seeOther("/work/items/" + id + "?done=explained#findings")
}

// POST /work/items/{id}/waivers: the unit asks for one, the reform office grants
// it at once.
func (s *Server) postWaiver(q *request) error {
	in := reform.Waiving{ItemID: q.PathValue("id"), Rule: q.PostFormValue("rule"), Field: q.PostFormValue("field"), Reason: q.PostFormValue("reason")}
	if org.Can(q.actor(), org.WaiveFinding, "") != nil {
		if err := s.Reform.AskWaiver(q.Context(), q.actor(), in); err != nil {
			return s.itemPage(q, err)
		}
		return q.seeOther("/work/items/" + in.ItemID + "?done=asked#findings")
	}
	var err error
	if in.Until, err = untilDate(q); err == nil {
		err = s.Reform.GrantWaiver(q.Context(), q.actor(), in)
	}
	if err != nil {
		return s.itemPage(q, err)
	}
	return q.seeOther("/work/items/" + in.ItemID + "?done=waived#findings")
}

// untilDate reads the last day of a waiver.
func untilDate(q *request) (calendar.Date, error) {
	text := strings.TrimSpace(q.PostFormValue("until"))
	if text == "" {
		return calendar.Date{}, nil // the decision says that it needs one
	}
	d, err := calendar.ParseDate(text)
	if err != nil {
		return d, fault.Invalidf("豁免没有保存。").At("until", "截止日期应形如 2018-12-31")
	}
	return d, nil
}

// waiversData is a page of the waivers.
type waiversData struct {
	List  []reform.WaiverView
	Total int
	Units []org.Unit
	Query url.Values
}

func (d waiversData) pager() ui.PagerView {
	p := ui.PagerView{Text: "共 " + ui.Count(d.Total) + " 项"}
	if n := len(d.List); n == pageSize {
		v := url.Values{"before": {d.List[n-1].ID}}
		for _, k := range []string{"unit", "state"} {
			if d.Query.Get(k) != "" {
				v.Set(k, d.Query.Get(k))
			}
		}
		p.NextHref = "/work/waivers?" + v.Encode()
	}
	return p
}

func (d waiversData) stateOptions() []ui.Option {
	pairs := [][2]string{{"", "全部状态"}}
	for _, s := range publication.WaiverStates {
		pairs = append(pairs, [2]string{string(s), string(s)})
	}
	return ui.Options([]string{d.Query.Get("state")}, pairs...)
}

func (d waiversData) file() string {
	v := url.Values{"unit": {d.Query.Get("unit")}, "state": {d.Query.Get("state")}}
	return "/work/waivers.csv?" + v.Encode()
}

func waiverLight(s publication.WaiverState) string {
	switch s {
	case publication.WaiverAsked:
		return "yellow"
	case publication.WaiverHolds:
		return "green"
	case publication.WaiverOver, publication.WaiverDeclined:
		return "red"
	}
	return "grey"
}

func waiverFilter(q *request) reform.WaiverFilter {
	v := q.URL.Query()
	f := reform.WaiverFilter{State: publication.WaiverState(v.Get("state")), Before: v.Get("before")}
	if u := v.Get("unit"); u != "" {
		f.Units = []string{u}
	}
	return f
}

// GET /work/waivers
func (s *Server) getWaivers(q *request) error {
	f := waiverFilter(q)
	f.Limit = pageSize
	d := waiversData{Query: q.URL.Query()}
	var err error
	if d.List, d.Total, err = s.Reform.Waivers(q.Context(), q.actor(), f); err != nil {
		return err
	}
	if d.Units, err = s.ownUnits(q, org.ReadItem); err != nil {
		return err
	}
	return q.render(q.page("豁免台账"), waiversView(d))
}

// waiverData is the page of one waiver.
type waiverData struct {
	reform.WaiverView
	CSRF    string
	Form    url.Values
	Summary string
	Errors  []ui.FieldError
}

func (d waiverData) hidden() []ui.Hidden {
	return []ui.Hidden{{Name: "version", Value: strconv.FormatInt(d.Version, 10)}}
}

// GET /work/waivers/{id}
func (s *Server) getWaiver(q *request) error { return s.waiverPage(q, nil) }

func (s *Server) waiverPage(q *request, failed error) error {
	w, err := s.Reform.Waiver(q.Context(), q.actor(), q.PathValue("id"))
	if err != nil {
		return err
	}
	d := waiverData{WaiverView: w, CSRF: q.in.FormToken, Form: q.PostForm}
	if failed == nil {
		return q.render(q.page("豁免申请"), waiverPage(d))
	}
	var ok bool
	if d.Summary, d.Errors, ok = q.fieldErrors(failed); !ok {
		return failed
	}
	q.status(server.Status(failed), q.page("豁免申请"), waiverPage(d))
	return nil
}

// POST /work/waivers/{id}: the answer, or the end.
func (s *Server) postDecideWaiver(q *request) error {
	id, note := q.PathValue("id"), q.PostFormValue("note")
	version, err := strconv.ParseInt(q.PostFormValue("version"), 10, 64)
	if err != nil {
		return fault.Wrap(fault.Invalid, err, "表单缺少版本号，请返回刷新后再试。")
	}
	done := "unwaived"
	switch q.PostFormValue("do") {
	case "grant":
		var until calendar.Date
		if until, err = untilDate(q); err == nil {
			err = s.Reform.DecideWaiver(q.Context(), q.actor(), id, version, true, until, note)
		}
		done = "waived"
	case "decline":
		err = s.Reform.DecideWaiver(q.Context(), q.actor(), id, version, false, calendar.Date{}, note)
	case "end":
		err = s.Reform.EndWaiver(q.Context(), q.actor(), id, version, note)
		done = "ended"
	default:
		err = fault.Invalidf("请选择同意或者不同意。")
	}
	if err != nil {
		return s.waiverPage(q, err)
	}
	return q.seeOther("/work/waivers/" + id + "?done=" + done)
}

// GET /work/waivers.csv
func (s *Server) getWaiverTable(q *request) error {
	var b bytes.Buffer
	if err := s.Reform.WriteWaivers(q.Context(), q.actor(), waiverFilter(q), &b); err != nil {
		return err
	}
	return q.csv("豁免台账", &b)
}

func endTitle(w reform.WaiverView) string {
	if w.Granted {
		return "撤销豁免"
	}
	return "撤回申请"
}

// waiverWord says where a waiver stands, and until when.
func waiverWord(w reform.WaiverView) string {
	if w.Granted {
		return string(w.State) + "（至" + w.Until.ChineseShort() + "）"
	}
	return string(w.State)
}

func decisionTerms(w reform.WaiverView) []ui.Term {
	terms := []ui.Term{{Label: "答复", Value: w.DecidedBy + "，" + ui.Moment(w.DecidedAt)}}
	if w.Granted {
		terms = append(terms, ui.Term{Label: "截止日期", Value: w.Until.Chinese()})
	}
	if w.Note != "" {
		terms = append(terms, ui.Term{Label: "意见", Value: w.Note})
	}
	return terms
}

// askedAbout names a few of the findings that a question is about.
func askedAbout(a reform.Ask) string {
	var parts []string
	for _, f := range a.First {
		if f.Item == "" {
			parts = append(parts, strings.TrimSuffix(f.Message, "。"))
		} else {
			parts = append(parts, "“"+f.Item+"”"+strings.TrimSuffix(f.Message, "。"))
		}
	}
	text := strings.Join(parts, "；")
	if a.Count > len(a.First) {
		text += "；等"
	}
	return text
}
