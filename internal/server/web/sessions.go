package web

import (
	"errors"
	"io"
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
func (s *Server) work(pattern string, f handler) { s.workUpTo(pattern, server.MaxUpload, f) }

// workUpTo does so for forms with files of up to limit bytes.
func (s *Server) workUpTo(pattern string, limit int64, f handler) {
	if s.Office == nil {
		return
	}
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
		if q.in.MustChange && q.URL.Path != "/work/me" && q.URL.Path != "/work/sign-out" {
			return q.seeOther("/work/me")
		}
		if q.Method != http.MethodGet && q.Method != http.MethodHead {
			if err := protect.Check(q.Request); err != nil {
				return fault.Wrap(fault.Forbidden, err, "请求来自其他网站，已拒绝。")
			}
			if err := q.parse(limit); err != nil {
				return err
			}
			if !q.in.FormTokenIs(q.FormValue("form_token")) {
				return fault.Forbiddenf("页面已过期，您的操作没有执行。请返回上一页刷新后再试。")
			}
		}
		return f(q)
	})
}

// formRoom is what a form with a file holds beside the file, in bytes.
const formRoom = 1 << 20

// parse reads a form of bounded size. Files are streamed to disk by the
// standard library beyond the bound in memory.
func (q *request) parse(limit int64) error {
	if ct := q.Header.Get("Content-Type"); len(ct) >= 19 && ct[:19] == "multipart/form-data" {
		body := q.Body
		q.Body = http.MaxBytesReader(q.w, body, limit+formRoom)
		err := q.ParseMultipartForm(maxForm)
		var large *http.MaxBytesError
		switch {
		case errors.As(err, &large):
			// A browser shows the answer only after it could send everything; what
			// is read here is not kept. Without this it shows a broken connection.
			_, _ = io.Copy(io.Discard, io.LimitReader(body, 2*server.MaxUpload))
			return fault.Invalidf("文件超过 %d MB 的上限，没有上传。请缩小或分成几个文件后重试。", limit>>20)
		case err != nil:
			return fault.Wrap(fault.Invalid, err, "文件没有上传完整，请检查网络后重试。")
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
	http.SetCookie(q.w, &http.Cookie{Name: server.SessionCookie, Value: token, Path: "/", HttpOnly: true, Secure: q.s.way.Secure(q.Request), SameSite: http.SameSiteLaxMode})
}

func (q *request) clearSession() {
	http.SetCookie(q.w, &http.Cookie{Name: server.SessionCookie, Path: "/", MaxAge: -1, HttpOnly: true, Secure: q.s.way.Secure(q.Request), SameSite: http.SameSiteLaxMode})
}

func (q *request) elder() bool { return isElder(q.Request) }

func isElder(r *http.Request) bool {
	if len(r.Header["Cookie"]) == 0 {
		return false
	}
	c, err := r.Cookie(elderCookie)
	return err == nil && c.Value == "1"
}

func urlQuery(s string) string { return url.QueryEscape(s) }
