package web

import (
	"onevisit/internal/app/office"
	"onevisit/internal/domain/fault"
	"onevisit/internal/server"
	"onevisit/internal/server/web/ui"
)

// meData is the page of one's own account.
type meData struct {
	office.Me
	CSRF    string
	Summary string
	Errors  []ui.FieldError
}

func (d meData) field(name, label, help, auto string) ui.FieldView {
	return ui.FieldView{Name: name, Label: label, Help: help, Type: "password", Auto: auto, Required: true, Width: "medium", Error: ui.ErrorFor(d.Errors, name)}
}

// GET /work/me
func (s *Server) getMe(q *request) error { return s.mePage(q, nil) }

func (s *Server) mePage(q *request, failed error) error {
	me, err := s.Office.Me(q.Context(), q.actor(), q.token)
	if err != nil {
		return err
	}
	d := meData{Me: me, CSRF: q.in.FormToken}
	if failed == nil {
		return q.render(q.page("我的账号"), meView(d))
	}
	var ok bool
	if d.Summary, d.Errors, ok = q.fieldErrors(failed); !ok {
		return failed
	}
	q.status(server.Status(failed), q.page("我的账号"), meView(d))
	return nil
}

// POST /work/me: a new password of one's own, or signed out everywhere else.
func (s *Server) postMe(q *request) error {
	if q.PostFormValue("do") == "elsewhere" {
		if err := s.Office.EndOtherSessions(q.Context(), q.actor(), q.token); err != nil {
			return err
		}
		return q.seeOther("/work/me?done=elsewhere")
	}
	password := q.PostFormValue("password")
	if password != q.PostFormValue("again") {
		return s.mePage(q, fault.Invalidf("密码没有修改。").At("again", "两次输入的新密码不一致"))
	}
	if err := s.Office.ChangePassword(q.Context(), q.actor(), q.token, q.PostFormValue("present"), password); err != nil {
		return s.mePage(q, err)
	}
	return q.seeOther("/work/me?done=password")
}
