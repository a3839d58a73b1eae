package web

import (
	"net/http"
	"net/url"
	"strings"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/server"
	"onevisit/internal/server/web/ui"
)

// robots are parts of the names by which programs that read all pages call
// themselves.
var robots = []string{"bot", "spider", "crawl", "slurp", "python", "curl", "wget", "http-client"}

// countView counts that somebody opened a guide: the page itself, not the answers
// to its questions; no program, and of one source only so much that nobody brings
// a service to the top alone. What is kept is a sum of the day.
func (s *Server) countView(r *http.Request) {
	id, guide := strings.CutPrefix(r.URL.Path, "/items/")
	if !guide || strings.Contains(id, "/") || r.URL.RawQuery != "" || r.Method != http.MethodGet || strings.HasPrefix(r.Header.Get("Sec-Purpose"), "prefetch") {
		return
	}
	agent := strings.ToLower(r.UserAgent())
	for _, name := range robots {
		if strings.Contains(agent, name) {
			return
		}
	}
	if ok, _ := s.readers.Allow(server.Source(r, s.Proxies), s.now()); ok {
		s.Portal.CountView(id, fromSearch(r))
	}
}

// fromSearch reports whether a page was opened from a list of search results of
// this site.
func fromSearch(r *http.Request) bool {
	ref := r.Referer()
	if !strings.Contains(ref, "/search?") {
		return false
	}
	u, err := url.Parse(ref)
	return err == nil && u.Path == "/search" && (u.Host == r.Host || r.Header.Get("Sec-Fetch-Site") == "same-origin")
}

// GET /lists/most-used
func (s *Server) getMostUsed(q *request) error {
	p := q.publicPage("常办事项")
	p.Canonical = q.base() + "/lists/most-used"
	p.Description = "群众和企业查看最多的办事事项。"
	p.Crumbs = []ui.Crumb{{Label: "首页", Href: "/"}}
	return q.render(p, mostUsedView(s.Portal.MostUsed(), s.Portal.Home().Featured))
}

// daysText is a span of days in words; the year of the last only where it is
// another.
func daysText(first, last calendar.Date) string {
	if first == last {
		return first.ChineseShort()
	}
	end := last.ChineseShort()
	if first.Year() == last.Year() {
		_, end, _ = strings.Cut(end, "年")
	}
	return first.ChineseShort() + "至" + end
}
