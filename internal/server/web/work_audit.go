package web

import (
	"bytes"
	"net/url"
	"strconv"
	"strings"

	"onevisit/internal/app/office"
	"onevisit/internal/domain/audit"
	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/fault"
)

// auditData is a page of the trail.
type auditData struct {
	Entries []audit.Entry
	Kinds   []string
	Query   url.Values
	More    bool
}

func auditFilter(v url.Values) (office.AuditFilter, error) {
	f := office.AuditFilter{Text: strings.TrimSpace(v.Get("q")), Kind: v.Get("kind"), Limit: pageSize}
	f.Before, _ = strconv.ParseInt(v.Get("before"), 10, 64) // absent or wrong: the newest
	bad := fault.Invalidf("日期有误，请按提示更正。")
	day := func(name string, add int, at *int64) {
		if v.Get(name) == "" {
			return
		}
		d, err := calendar.ParseDate(v.Get(name))
		if err != nil {
			bad.At(name, "日期应形如 2018-09-28")
			return
		}
		*at = d.AddDays(add).Time().UnixMilli()
	}
	day("from", 0, &f.From)
	day("to", 1, &f.To)
	return f, bad.OrNil()
}

// query is the filter for links, without the page.
func (d auditData) query() string {
	v := url.Values{}
	for _, k := range []string{"q", "kind", "from", "to"} {
		if s := d.Query.Get(k); s != "" {
			v.Set(k, s)
		}
	}
	return v.Encode()
}

// GET /work/audit
func (s *Server) getAudit(q *request) error {
	d := auditData{Query: q.URL.Query()}
	f, err := auditFilter(d.Query)
	if err != nil {
		return err
	}
	if d.Entries, err = s.Office.AuditTrail(q.Context(), q.actor(), f); err != nil {
		return err
	}
	if d.Kinds, err = s.Office.AuditKinds(q.Context(), q.actor()); err != nil {
		return err
	}
	d.More = len(d.Entries) == pageSize
	return q.render(q.page("审计记录"), auditView(d))
}

// GET /work/audit.csv
func (s *Server) getAuditTable(q *request) error {
	f, err := auditFilter(q.URL.Query())
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := s.Office.WriteAudit(q.Context(), q.actor(), f, &b); err != nil {
		return err
	}
	return q.csv("审计记录", &b)
}
