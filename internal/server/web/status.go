package web

import (
	"net/http"
	"strings"

	"onevisit/internal/domain/publication"
	"onevisit/internal/server"
	"onevisit/internal/server/web/ui"
)

// GET /status: what is shown and what keeps it from being newer, for those who
// run the place and their watching programs. It answers 503 while something does.
func (s *Server) getStatus(q *request) error {
	q.w.Header().Set("Cache-Control", "no-store")
	code := http.StatusOK
	if s.Portal.Trouble() != "" {
		code = http.StatusServiceUnavailable
	}
	back, err := s.Portal.Returning()
	if err != nil {
		return err
	}
	p := q.publicPage("运行状态")
	p.NoIndex = true
	q.status(code, p, statusView(s.Portal.Head(), s.Portal.WithoutDatabase(), s.Portal.Trouble(), s.Portal.Notes(), back))
	return nil
}

func statusSource(file bool) string {
	if file {
		return "公布文件"
	}
	return "数据库"
}

func statusHead(r *publication.Release) string {
	if r == nil {
		return "还没有公布"
	}
	return r.Title + "（" + r.Number + "），" + ui.Moment(r.At)
}

// forStaff reports whether a request may be answered on the staff's side of two
// separated networks: what signing in needs, and everything to who has done so.
func (s *Server) forStaff(r *http.Request) bool {
	for _, open := range []string{"/work", "/assets/", "/healthz", "/status", "/elder"} {
		if r.URL.Path == open || strings.HasPrefix(r.URL.Path, strings.TrimSuffix(open, "/")+"/") {
			return true
		}
	}
	c, err := r.Cookie(server.SessionCookie)
	if err != nil {
		return false
	}
	_, err = s.Office.Session(r.Context(), c.Value)
	return err == nil
}
