package web

import (
	"strconv"

	"onevisit/internal/domain/org"
	"onevisit/internal/server"
)

// GET /work/board
func (s *Server) getBoard(q *request) error {
	b, err := s.Reform.Board(q.Context(), q.actor())
	if err != nil {
		return err
	}
	return q.render(q.page("全县情况"), boardView(b))
}

// GET /work/people
func (s *Server) getPeople(q *request) error { return s.peoplePage(q, nil) }

func (s *Server) peoplePage(q *request, failed error) error {
	people, err := s.Office.People(q.Context(), q.actor(), "")
	if err != nil {
		return err
	}
	units, err := s.Office.Units(q.Context())
	if err != nil {
		return err
	}
	d := peopleData{People: people, Units: units, CSRF: q.in.FormToken, Form: q.PostForm}
	if failed == nil {
		return q.render(q.page("账号"), peopleView(d))
	}
	var ok bool
	if d.Summary, d.Errors, ok = q.fieldErrors(failed); !ok {
		return failed
	}
	q.status(server.Status(failed), q.page("账号"), peopleView(d))
	return nil
}

// POST /work/people: a new account, or one stopped, restored, or with a new
// password.
func (s *Server) postPeople(q *request) error {
	var err error
	switch login := q.PostFormValue("login"); q.PostFormValue("do") {
	case "disable":
		err = s.Office.SetDisabled(q.Context(), q.actor(), login, true)
	case "enable":
		err = s.Office.SetDisabled(q.Context(), q.actor(), login, false)
	case "reset":
		err = s.Office.ResetPassword(q.Context(), q.actor(), login, q.PostFormValue("password"))
	default:
		_, err = s.Office.AddPerson(q.Context(), q.actor(), org.Person{Login: login, Name: q.PostFormValue("name"), UnitID: q.PostFormValue("unit"),
			Roles: []org.Role{org.Role(q.PostFormValue("role"))}}, q.PostFormValue("password"))
	}
	if err != nil {
		return s.peoplePage(q, err)
	}
	return q.seeOther("/work/people?done=saved")
}

// GET /work/audit
func (s *Server) getAudit(q *request) error {
	before, _ := strconv.ParseInt(q.FormValue("before"), 10, 64) // absent or wrong: the newest
	entries, err := s.Office.AuditTrail(q.Context(), q.actor(), before, pageSize)
	if err != nil {
		return err
	}
	return q.render(q.page("审计记录"), auditView(entries, len(entries) == pageSize))
}
