package web

import (
	"net/http"
	"strings"

	"onevisit/internal/domain/fault"
	"onevisit/internal/server"
)

// GET and POST /work/sign-in, POST /work/sign-out.

func (q *request) signInPage(next, login string, err error) error {
	p := q.page("登录")
	code := http.StatusOK
	if err != nil {
		code = server.Status(err)
	}
	q.status(code, p, signInView(safeNext(next), login, errText(err), q.s.Guests, q.s.Password))
	return nil
}

func (s *Server) getSignIn(q *request) error {
	if c, err := q.Cookie(server.SessionCookie); err == nil {
		if _, err := s.Office.Session(q.Context(), c.Value); err == nil {
			return q.seeOther(safeNext(q.FormValue("next")))
		}
	}
	if founded, err := s.Office.Founded(q.Context()); err == nil && !founded {
		return q.seeOther("/work/setup")
	}
	return q.signInPage(q.FormValue("next"), "", nil)
}

func (s *Server) postSignIn(q *request) error {
	if err := http.NewCrossOriginProtection().Check(q.Request); err != nil {
		return fault.Wrap(fault.Forbidden, err, "请求来自其他网站，已拒绝。")
	}
	if err := q.parse(maxForm); err != nil {
		return err
	}
	login := strings.TrimSpace(q.PostFormValue("login"))
	token, err := s.Office.SignIn(q.Context(), login, q.PostFormValue("password"))
	if err != nil {
		if fault.KindOf(err) == fault.Internal {
			return err
		}
		return q.signInPage(q.PostFormValue("next"), login, err)
	}
	q.setSession(token)
	return q.seeOther(safeNext(q.PostFormValue("next")))
}

func (s *Server) postSignOut(q *request) error {
	if err := s.Office.SignOut(q.Context(), q.token); err != nil {
		return err
	}
	q.clearSession()
	return q.seeOther("/work/sign-in")
}

// safeNext allows only pages of the workbench, so that signing in cannot send
// anybody to another site.
func safeNext(next string) string {
	if !strings.HasPrefix(next, "/work/") || strings.HasPrefix(next, "/work/sign") || strings.ContainsAny(next, "\\\r\n") {
		return "/work/"
	}
	return next
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return fault.Text(err)
}
