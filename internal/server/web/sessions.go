package web

import (
	"net/http"
	"net/url"

	"onevisit/internal/domain/fault"
	"onevisit/internal/server"
)

const (
	elderCookie = "onevisit_elder"
	maxForm     = 4 << 20
)

// work registers a workbench handler: signed in, and forms with the token of
// the session.
func (s *Server) work(pattern string, f handler) {
	protect := http.NewCrossOriginProtection()
	s.handle(pattern, func(q *request) error {
		c, err := q.Cookie(server.SessionCookie)
		if err != nil {
			return fault.New(fault.Unauthorized, "请先登录。")
		}
		q.token = c.Value
		if q.in, err = s.Office.Session(q.Context(), c.Value); err != nil {
			return err
		}
		if q.Method != http.MethodGet && q.Method != http.MethodHead {
			if err := protect.Check(q.Request); err != nil {
				return fault.Wrap(fault.Forbidden, err, "请求来自其他网站，已拒绝。")
			}
			if err := q.parse(); err != nil {
				return err
			}
			if !q.in.FormTokenIs(q.FormValue("form_token")) {
				return fault.Forbiddenf("页面已过期，您的操作没有执行。请返回上一页刷新后再试。")
			}
		}
		return f(q)
	})
}

// parse reads a form of bounded size. Files are streamed to disk by the
// standard library beyond the bound in memory.
func (q *request) parse() error {
	if ct := q.Header.Get("Content-Type"); len(ct) >= 19 && ct[:19] == "multipart/form-data" {
		q.Body = http.MaxBytesReader(q.w, q.Body, server.MaxUpload)
		if err := q.ParseMultipartForm(maxForm); err != nil {
			return fault.Wrap(fault.Invalid, err, "文件没有上传完整，或超过 200 MB。请检查后重试。")
		}
		return nil
	}
	q.Body = http.MaxBytesReader(q.w, q.Body, maxForm)
	if err := q.ParseForm(); err != nil {
		return fault.Wrap(fault.Invalid, err, "表单没有提交完整，请重试。")
	}
	return nil
}

func (q *request) setSession(token string) {
	http.SetCookie(q.w, &http.Cookie{Name: server.SessionCookie, Value: token, Path: "/", HttpOnly: true, Secure: q.s.Secure, SameSite: http.SameSiteLaxMode})
}

func (q *request) clearSession() {
	http.SetCookie(q.w, &http.Cookie{Name: server.SessionCookie, Path: "/", MaxAge: -1, HttpOnly: true, Secure: q.s.Secure, SameSite: http.SameSiteLaxMode})
}

func (q *request) elder() bool {
	c, err := q.Cookie(elderCookie)
	return err == nil && c.Value == "1"
}

func urlQuery(s string) string { return url.QueryEscape(s) }
