package web

import (
	"net/http"
	"net/url"

	"onevisit/internal/app/reform"
	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/publication"
	"onevisit/internal/server/web/ui"
)

// workFeedbackRoutes lists the pages on which units answer reports of errors.
func (s *Server) workFeedbackRoutes() {
	s.work("GET /work/feedback", s.getFeedbacks)
	s.work("GET /work/feedback/{id}", s.getFeedback)
	s.work("POST /work/feedback/{id}", s.postFeedback)
}

const feedbackPage = 50

// feedbackList is a page of reports; Tallies are there for whoever sees the
// county.
type feedbackList struct {
	List    []publication.Feedback
	Today   calendar.Date
	Tab     string
	Units   bool // several units: say whose each is
	Tallies []reform.FeedbackTally
	Next    string
	Unit    string
}

// feedbackTabs are the parts of the list.
var feedbackTabs = []struct{ key, label string }{{"", "待答复"}, {"late", "已超期"}, {"done", "已答复"}}

func (d feedbackList) href(tab, after string) string {
	q := url.Values{}
	for k, v := range map[string]string{"tab": tab, "unit": d.Unit, "after": after} {
		if v != "" {
			q.Set(k, v)
		}
	}
	if len(q) == 0 {
		return "/work/feedback"
	}
	return "/work/feedback?" + q.Encode()
}

func (d feedbackList) tabs() (out []ui.Tab) {
	for _, t := range feedbackTabs {
		out = append(out, ui.Tab{Label: t.label, Href: d.href(t.key, ""), Count: -1, Current: t.key == d.Tab})
	}
	return out
}

// GET /work/feedback
func (s *Server) getFeedbacks(q *request) error {
	d := feedbackList{Tab: q.FormValue("tab"), Unit: q.FormValue("unit")}
	f := reform.FeedbackFilter{After: q.FormValue("after"), Limit: feedbackPage + 1, Open: d.Tab != "done", Closed: d.Tab == "done"}
	if d.Unit != "" {
		f.Units = []string{d.Unit}
	}
	if d.Tab == "late" {
		f.Late = calendar.DateOf(s.now())
	}
	var err error
	if d.List, d.Today, err = s.Reform.Feedbacks(q.Context(), q.actor(), f); err != nil {
		return err
	}
	if len(d.List) > feedbackPage {
		d.List = d.List[:feedbackPage]
		d.Next = d.href(d.Tab, d.List[feedbackPage-1].ID)
	}
	if d.Units = org.Can(q.actor(), org.ReadCounty, "") == nil; d.Units {
		if d.Tallies, err = s.Reform.FeedbackTallies(q.Context(), q.actor()); err != nil {
			return err
		}
	}
	return q.render(q.page("指南纠错"), feedbackListView(s, d))
}

// feedbackData is one report with the form of its answer.
type feedbackData struct {
	*reform.FeedbackView
	CSRF, Outcome, Answer string
	Summary               string
	Errors                []ui.FieldError
}

func (d feedbackData) outcomes() []ui.Option {
	help := map[publication.Disposition]string{publication.OutcomeMended: "指南已按反映的问题改好并公布", publication.OutcomeWill: "已申请调整，公布后生效",
		publication.OutcomeCorrect: "核实后指南没有错，请说明理由", publication.OutcomeOther: "不是指南的问题，或看不明白"}
	var out []ui.Option
	for _, o := range publication.Dispositions {
		out = append(out, ui.Option{Value: string(o), Label: string(o), Help: help[o], Selected: string(o) == d.Outcome})
	}
	return out
}

// GET /work/feedback/{id}
func (s *Server) getFeedback(q *request) error {
	return q.feedbackPage(http.StatusOK, feedbackData{})
}

func (q *request) feedbackPage(status int, d feedbackData) error {
	v, err := q.s.Reform.Feedback(q.Context(), q.actor(), q.PathValue("id"))
	if err != nil {
		return err
	}
	d.FeedbackView, d.CSRF = v, q.in.FormToken
	p := q.page("指南纠错：" + v.Name)
	p.Crumbs = []ui.Crumb{{Label: "指南纠错", Href: "/work/feedback"}}
	q.status(status, p, feedbackView(q.s, d))
	return nil
}

// POST /work/feedback/{id}
func (s *Server) postFeedback(q *request) error {
	d := feedbackData{Outcome: q.PostFormValue("outcome"), Answer: q.PostFormValue("answer")}
	err := s.Reform.AnswerFeedback(q.Context(), q.actor(), q.PathValue("id"), publication.Disposition(d.Outcome), d.Answer)
	if err != nil {
		var ok bool
		if d.Summary, d.Errors, ok = q.fieldErrors(err); ok {
			return q.feedbackPage(http.StatusUnprocessableEntity, d)
		}
		return err
	}
	return q.seeOther("/work/feedback/" + q.PathValue("id") + "?done=answered")
}

func feedbackTabLabel(tab string) string {
	for _, t := range feedbackTabs {
		if t.key == tab {
			return t.label
		}
	}
	return feedbackTabs[0].label
}

func feedbackColumns(units bool) []ui.Column {
	c := []ui.Column{{Label: "指南"}, {Label: "部分"}}
	if units {
		c = append(c, ui.Column{Label: "单位"})
	}
	return append(c, ui.Column{Label: "收到"}, ui.Column{Label: "期限"})
}
