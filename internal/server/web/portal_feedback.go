package web

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"

	"onevisit/internal/app/portal"
	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/publication"
	"onevisit/internal/server"
	"onevisit/internal/server/web/ui"
)

// feedbackRoutes lists the pages on which errors in guides are reported and
// answers looked up.
func (s *Server) feedbackRoutes() {
	s.handle("GET /items/{id}/report", s.heard(s.cached(s.getReportError)))
	s.handle("POST /items/{id}/report", s.heard(s.postReportError))
	s.handle("GET /feedback", s.heard(s.getFeedbackLookup))
	s.handle("GET /feedback/{number}", s.heard(s.getAnswer))
}

// heard registers a page that is there only if somebody reads what readers tell.
func (s *Server) heard(f handler) handler {
	return func(q *request) error {
		if !s.Portal.Hears() {
			return fault.NotFoundf("本网站不接收纠错。指南有误的，请拨打 12345 反映。")
		}
		return f(q)
	}
}

// limited registers a page that one source may not ask for without end. What is
// in the memory of pages is served without asking.
func (s *Server) limited(f handler) handler {
	return func(q *request) error {
		if err := q.spend(s.searches, "您这里的搜索太频繁，请稍等几秒再试。急需办事请拨打 12345。"); err != nil {
			return err
		}
		return f(q)
	}
}

// spend takes once from the allowance of the request's source, or refuses.
func (q *request) spend(l *server.Limiter, text string) error {
	ok, wait := l.Allow(server.Source(q.Request, q.s.Proxies), q.s.now())
	if ok {
		return nil
	}
	q.w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
	return server.WithStatus(http.StatusTooManyRequests, fault.Unavailablef("%s", text))
}

// trap is a field that people do not see; programs that fill in every field give
// themselves away.
const trap = "website"

// errorReport is the form on which an error is reported.
type errorReport struct {
	Guide       *portal.Guide // its release goes along: what was read may have changed since
	Place, Text string
	Summary     string
	Errors      []ui.FieldError
}

func (d errorReport) places() []ui.Option {
	var pairs [][2]string
	for _, p := range publication.FeedbackPlaces {
		pairs = append(pairs, [2]string{p.Key, p.Label})
	}
	return ui.Options([]string{d.Place}, pairs...)
}

// GET /items/{id}/report?at=materials
func (s *Server) getReportError(q *request) error {
	g, err := s.Portal.Guide(q.Context(), q.PathValue("id"))
	if err != nil {
		return err
	}
	return q.reportPage(http.StatusOK, errorReport{Guide: g, Place: q.FormValue("at")})
}

func (q *request) reportPage(status int, d errorReport) error {
	p := q.publicPage("指南纠错：" + d.Guide.Name)
	p.NoIndex, p.Narrow = true, true
	p.Crumbs = []ui.Crumb{{Label: "首页", Href: "/"}, {Label: d.Guide.Name, Href: "/items/" + d.Guide.ID}}
	q.status(status, p, reportErrorView(d))
	return nil
}

// POST /items/{id}/report
func (s *Server) postReportError(q *request) error {
	if err := http.NewCrossOriginProtection().Check(q.Request); err != nil {
		return fault.Wrap(fault.Forbidden, err, "请求来自其他网站，已拒绝。请在本网站的指南页面上提交。")
	}
	q.Body = http.MaxBytesReader(q.w, q.Body, 64<<10)
	if err := q.ParseForm(); err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return server.WithStatus(http.StatusRequestEntityTooLarge, fault.Invalidf("写的内容太长，没有提交。请缩短到 %d 个字以内。", publication.MaxFeedback))
		}
		return fault.Wrap(fault.Invalid, err, "表单没有提交完整，请重试。")
	}
	g, err := s.Portal.Guide(q.Context(), q.PathValue("id"))
	if err != nil {
		return err
	}
	d := errorReport{Guide: g, Place: q.PostFormValue("at"), Text: q.PostFormValue("text")}
	if q.PostFormValue(trap) != "" {
		return fault.Invalidf("没有提交：请不要填写标着“不要填写”的一栏。")
	}
	// What came while the reader was writing is told, and what was written stays.
	switch read := q.PostFormValue("read"); {
	case !g.Available():
		d.Summary = "没有提交：" + standingSentence(&g.Change) + "仍需反映的，请拨打 12345。"
		return q.reportPage(http.StatusConflict, d)
	case read != "" && read != strconv.FormatInt(g.ReleaseSeq, 10):
		d.Summary = fmt.Sprintf("还没有提交：您填写时，这份指南有了新的内容（%s公布，编号 %s）。请先看看是否已经改正；仍有问题的，请再按“提交”。", calendar.DateOf(g.Release.At).Chinese(), g.Release.Number)
		return q.reportPage(http.StatusConflict, d)
	}
	f, err := s.report(q, portal.Reporting{ItemID: g.ID, Place: d.Place, Text: d.Text})
	if err != nil {
		if summary, fields, ok := q.fieldErrors(err); ok {
			d.Summary = summary
			for _, f := range fields {
				d.Errors = append(d.Errors, ui.FieldError{ID: strings.Replace(f.ID, "place", "at", 1), Text: f.Text})
			}
			return q.reportPage(http.StatusUnprocessableEntity, d)
		}
		if fault.Is(err, fault.Unavailable) { // what was written is not lost
			d.Summary = fault.Text(err)
			return q.reportPage(server.Status(err), d)
		}
		return err
	}
	return q.seeOther("/feedback/" + f.Number + "?done=told")
}

// report takes a report in; only one that is fit to be taken is counted against
// its source.
func (s *Server) report(q *request, in portal.Reporting) (*publication.Feedback, error) {
	trial := publication.Feedback{Place: in.Place, Text: in.Text}
	if err := trial.Take(s.now(), s.calendar()); err != nil {
		return nil, err
	}
	if err := q.spend(s.reports, "您这里刚提交过几条纠错，请过一会儿再提交。急需反映的请拨打 12345。"); err != nil {
		return nil, err
	}
	return s.Portal.Report(q.Context(), s.calendar(), in)
}

// GET /feedback?number=…
func (s *Server) getFeedbackLookup(q *request) error {
	number := strings.TrimSpace(q.FormValue("number"))
	var errs []ui.FieldError
	if number != "" {
		f, err := s.Portal.Answer(q.Context(), number)
		if err == nil {
			return q.seeOther("/feedback/" + f.Number)
		}
		if k := fault.KindOf(err); k != fault.Invalid && k != fault.NotFound {
			return err
		}
		text := fault.Text(err)
		for _, f := range fault.Fields(err) {
			text = f.Text
		}
		errs = []ui.FieldError{{ID: "number", Text: text}}
	}
	q.w.Header().Set("Cache-Control", "no-store")
	p := q.publicPage("查纠错答复")
	p.NoIndex, p.Narrow = true, true
	return q.render(p, feedbackLookupView(number, errs))
}

// GET /feedback/{number}
func (s *Server) getAnswer(q *request) error {
	f, err := s.Portal.Answer(q.Context(), q.PathValue("number"))
	if err != nil {
		if fault.Is(err, fault.Invalid) {
			err = fault.NotFoundf("没有这个编号的纠错，请核对编号。")
		}
		return err
	}
	q.w.Header().Set("Cache-Control", "no-store")
	p := q.publicPage("指南纠错 " + f.Number)
	p.NoIndex, p.Narrow = true, true
	left := ""
	if !f.Due.IsZero() {
		_, left = s.due(f.Due.String())
	}
	return q.render(p, answerView(f, left))
}
