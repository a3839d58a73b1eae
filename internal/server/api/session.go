package api

import (
	"net/http"

	"onevisit/internal/domain/org"
)

// POST /api/session signs in. The token is answered and not set as a cookie:
// programs send it as a bearer token, browsers sign in on the page.
func (s *Server) postSession(q *request) error {
	var in struct {
		Login    string `json:"login"`
		Password string `json:"password"`
	}
	q.w.Header().Set("Cache-Control", "no-store")
	if err := q.decode(maxCompute, &in); err != nil {
		return err
	}
	token, err := s.Office.SignIn(q.Context(), in.Login, in.Password)
	if err != nil {
		return err
	}
	return q.replyWith(http.StatusCreated, map[string]string{"token": token})
}

// GET /api/session
func (s *Server) getSession(q *request) error {
	a := q.actor()
	return q.reply(struct {
		Name      string     `json:"name"`
		UnitID    string     `json:"unit_id"`
		Unit      string     `json:"unit"`
		Roles     []org.Role `json:"roles"`
		Manages   []string   `json:"manages"`
		FormToken string     `json:"form_token"`
	}{a.Name, a.UnitID, a.UnitName, filled(a.Roles), filled(a.Manages), q.in.FormToken})
}

// DELETE /api/session
func (s *Server) deleteSession(q *request) error {
	if err := s.Office.SignOut(q.Context(), q.token); err != nil {
		return err
	}
	return q.done()
}

// filled makes an absent list an empty one.
func filled[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
