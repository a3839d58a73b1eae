package web

import (
	"onevisit/internal/app/portal"
	"onevisit/internal/server/web/ui"
)

// GET /commitments: what units have publicly committed themselves to.
func (s *Server) getCommitments(q *request) error {
	unit := q.FormValue("unit")
	list, err := s.Portal.Commitments(q.Context(), unit)
	if err != nil {
		return err
	}
	title := "公开承诺书"
	if unit != "" {
		u, _, err := s.Portal.Unit(unit)
		if err != nil {
			return err
		}
		title = u.Name + "的公开承诺书"
	}
	return q.render(q.publicPage(title), commitmentsView(title, list))
}

// GET /commitments/{number}
func (s *Server) getCommitment(q *request) error {
	c, _, err := s.Portal.Commitment(q.Context(), q.PathValue("number"))
	if err != nil {
		return err
	}
	p := q.publicPage(c.Statement.Unit + "公开承诺书")
	p.Crumbs = []ui.Crumb{{Label: "首页", Href: "/"}, {Label: "公开承诺书", Href: "/commitments"}}
	return q.render(p, commitmentView(&c))
}

func signatureLight(c *portal.PublicCommitment) string {
	switch {
	case !c.Good:
		return "red"
	case c.Key.Revoked != nil:
		return "yellow"
	}
	return "green"
}
