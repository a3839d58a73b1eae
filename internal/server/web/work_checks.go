package web

import (
	"bytes"
	"net/url"
	"strconv"

	"onevisit/internal/app/reform"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/lint"
	"onevisit/internal/server/web/ui"
)

// checksData is what the rules find, by rule and one by one.
type checksData struct {
	*reform.Checks
	Query url.Values
}

// with is the page's address with some values changed; an empty value goes.
func (d checksData) with(pairs ...string) string {
	v := url.Values{}
	for _, k := range []string{"unit", "rule", "severity"} {
		if d.Query.Get(k) != "" {
			v.Set(k, d.Query.Get(k))
		}
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		if v.Del(pairs[i]); pairs[i+1] != "" {
			v.Set(pairs[i], pairs[i+1])
		}
	}
	if len(v) == 0 {
		return "/work/checks"
	}
	return "/work/checks?" + v.Encode()
}

func (d checksData) pager() ui.PagerView {
	page := max(d.Checks.Query.Page, 1)
	p := ui.PagerView{Text: "共 " + ui.Count(d.Total) + " 处"}
	if page > 1 {
		p.PrevHref = d.with("page", strconv.Itoa(page-1))
	}
	if page*reform.ChecksPageSize < d.Total {
		p.NextHref = d.with("page", strconv.Itoa(page+1))
	}
	return p
}

func (d checksData) severityOptions() []ui.Option {
	pairs := [][2]string{{"", "全部级别"}}
	for _, s := range lint.Severities {
		pairs = append(pairs, [2]string{string(s), string(s)})
	}
	return ui.Options([]string{d.Query.Get("severity")}, pairs...)
}

func (d checksData) ruleOptions() []ui.Option {
	pairs := [][2]string{{"", "全部规则"}}
	for _, r := range d.Rules {
		pairs = append(pairs, [2]string{r.Code, r.Code + " " + r.Title})
	}
	return ui.Options([]string{d.Query.Get("rule")}, pairs...)
}

// file is the address of all that the filter selects.
func (d checksData) file() string {
	return "/work/checks.csv" + d.with()[len("/work/checks"):]
}

func checkQuery(q *request) (reform.CheckQuery, error) {
	v := q.URL.Query()
	c := reform.CheckQuery{Rule: v.Get("rule"), Unit: v.Get("unit"), Severity: lint.Severity(v.Get("severity"))}
	if p := v.Get("page"); p != "" {
		n, err := strconv.Atoi(p)
		if err != nil || n < 1 {
			return c, fault.NotFoundf("没有第“%s”页。", p)
		}
		c.Page = n
	}
	return c, nil
}

// GET /work/checks: what every rule finds, in the whole county or in one's own
// units.
func (s *Server) getChecks(q *request) error {
	query, err := checkQuery(q)
	if err != nil {
		return err
	}
	c, err := s.Reform.Checks(q.Context(), q.actor(), query)
	if err != nil {
		return err
	}
	return q.render(q.page("检查结果"), checksView(checksData{c, q.URL.Query()}))
}

// GET /work/checks.csv
func (s *Server) getChecksTable(q *request) error {
	query, err := checkQuery(q)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := s.Reform.WriteChecks(q.Context(), q.actor(), query, &b); err != nil {
		return err
	}
	return q.csv("检查结果", &b)
}
