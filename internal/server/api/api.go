// Package api is the program's JSON interface: the same app methods as the pages,
// for other programs. openapi.yaml, which the program serves itself, describes
// every route; a test holds the two against each other.
//
// What is published can be read by anybody. For the rest one signs in, either
// with the session cookie of the pages or with a bearer token. Every error is
// problem JSON (RFC 9457). Personal data is never part of an address.
package api

import (
	_ "embed"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"onevisit/internal/app/office"
	"onevisit/internal/app/portal"
	"onevisit/internal/app/reform"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/server"
)

// Config is what the interface needs.
type Config struct {
	Office *office.Service
	Reform *reform.Service
	Portal *portal.Service
	Log    *slog.Logger
	// Staff gives what is published to signed-in callers only.
	Staff bool
	// Now is the clock that measures how long a search took.
	Now func() time.Time
}

// Server answers below /api/.
type Server struct {
	Config
	mux     *http.ServeMux
	protect *http.CrossOriginProtection
}

// route is one line of the interface.
type route struct {
	method, path string
	f            handler
}

type handler func(*request) error

// request is one request with who is behind it.
type request struct {
	*http.Request
	w     http.ResponseWriter
	s     *Server
	in    office.SignedIn
	token string // of the session, if signed in
	num   string // quoted in problems and in the log
}

//go:embed openapi.yaml
var document []byte

// New builds the interface with all its routes.
func New(c Config) *Server {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	s := &Server{Config: c, mux: http.NewServeMux(), protect: http.NewCrossOriginProtection()}
	for _, r := range s.routes() {
		s.mux.HandleFunc(r.method+" "+r.path, func(w http.ResponseWriter, req *http.Request) { s.serve(w, req, r.f) })
	}
	s.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { s.serve(w, r, s.unknown) })
	return s
}

// routes lists the interface: one line an operation.
func (s *Server) routes() []route {
	routes := []route{
		{"GET", "/api/openapi.yaml", s.getDocument},
		{"GET", "/api/search", s.published(s.getSearch)},
		{"GET", "/api/guides", s.published(s.getGuides)},
		{"GET", "/api/guides/{id}", s.published(s.getGuide)},
		{"GET", "/api/units", s.published(s.getUnits)},
		{"GET", "/api/units/{id}", s.published(s.getUnit)},
		{"GET", "/api/releases", s.published(s.getReleases)},
		{"GET", "/api/releases/{seq}", s.published(s.getRelease)},
		{"GET", "/api/verify", s.published(s.getVerify)},
		{"GET", "/api/log/head", s.logged(s.getLogHead)},
		{"GET", "/api/log/heads", s.logged(s.getLogHeads)},
		{"GET", "/api/log/entries", s.logged(s.getLogEntries)},
		{"GET", "/api/log/proof", s.logged(s.getLogProof)},
		{"GET", "/api/log/consistency", s.logged(s.getLogConsistency)},
		{"GET", "/api/log/export", s.logged(s.getLogExport)},
		{"GET", "/api/log/keys", s.logged(s.getLogKeys)},
		{"POST", "/api/visit", s.postVisit},
		{"POST", "/api/code", s.postCode},
		{"POST", "/api/cite", s.postCite},
	}
	if s.Office == nil { // the portal's side of two separated networks
		return routes
	}
	routes = append(routes, route{"POST", "/api/session", s.postSession})
	for _, r := range append(s.adjustRoutes(), []route{
		{"GET", "/api/session", s.getSession},
		{"DELETE", "/api/session", s.deleteSession},
		{"GET", "/api/items", s.getItems},
		{"POST", "/api/items", s.postItems},
		{"POST", "/api/items/confirm", s.postConfirm},
		{"GET", "/api/items/{id}", s.getItem},
		{"PUT", "/api/items/{id}", s.putItem},
		{"GET", "/api/items/{id}/findings", s.getFindings},
		{"POST", "/api/items/{id}/reopen", s.postReopen},
		{"POST", "/api/items/{id}/reasons", s.postReason},
		{"POST", "/api/items/{id}/waivers", s.postWaiver},
		{"GET", "/api/waivers", s.getWaivers},
		{"POST", "/api/waivers/{id}", s.postDecideWaiver},
		{"POST", "/api/assess", s.postAssess},
		{"POST", "/api/imports", s.postImports},
		{"GET", "/api/imports/{id}", s.getImport},
		{"GET", "/api/imports/{id}/problems", s.getProblems},
		{"GET", "/api/submissions", s.getSubmissions},
		{"POST", "/api/submissions", s.postSubmissions},
		{"GET", "/api/submissions/{id}", s.getSubmission},
		{"POST", "/api/submissions/{id}/verdicts", s.postVerdicts},
		{"POST", "/api/submissions/{id}/pass-clean", s.postPassClean},
		{"GET", "/api/submissions/{id}/items/{item}", s.getReviewedItem},
		{"POST", "/api/submissions/{id}/items/{item}/adopt", s.postAdopt},
		{"POST", "/api/submissions/{id}/items/{item}/ask", s.postAskRuling},
		{"POST", "/api/submissions/{id}/items/{item}/rule", s.postRule},
		{"GET", "/api/batches", s.getBatches},
		{"POST", "/api/batches", s.postBatches},
		{"GET", "/api/batches/{id}", s.getBatch},
		{"DELETE", "/api/batches/{id}/items/{item}", s.deleteBatchItem},
		{"POST", "/api/batches/{id}/send", s.postSend},
		{"POST", "/api/batches/{id}/approve", s.postApprove},
		{"POST", "/api/batches/{id}/return", s.postReturn},
		{"POST", "/api/batches/{id}/publish", s.postPublish},
		{"GET", "/api/places", s.getPlaces},
		{"GET", "/api/places/{id}", s.getPlace},
		{"POST", "/api/places/{id}/displays", s.postDisplays},
		{"POST", "/api/places/{id}/sightings", s.postSightings},
		{"GET", "/api/todos", s.getTodos},
		{"GET", "/api/board", s.getBoard},
	}...) {
		routes = append(routes, route{r.method, r.path, s.signedIn(r.f)})
	}
	return routes
}

// ServeHTTP answers a request below /api/.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	s.mux.ServeHTTP(w, r)
}

// serve runs a handler and gives its errors and panics one end.
func (s *Server) serve(w http.ResponseWriter, r *http.Request, f handler) {
	q := &request{Request: r, w: w, s: s, num: server.NewNumber()}
	defer func() {
		if v := recover(); v != nil {
			if v == http.ErrAbortHandler {
				panic(v)
			}
			s.Log.Error("panic", "request", q.num, "path", r.URL.Path, "panic", v)
			server.WriteProblem(w, errors.New("panic"), q.num)
		}
	}()
	err := f(q)
	if err == nil {
		return
	}
	if status := server.Status(err); status >= 500 {
		s.Log.Error("request failed", "request", q.num, "method", r.Method, "path", r.URL.Path, "err", err)
	} else {
		s.Log.Info("request refused", "request", q.num, "method", r.Method, "path", r.URL.Path, "status", status)
	}
	h := w.Header()
	h.Del("ETag")
	h.Set("Cache-Control", "no-store")
	if fault.Is(err, fault.Unauthorized) {
		h.Set("WWW-Authenticate", "Bearer")
	}
	server.WriteProblem(w, err, q.num)
}

// unknown answers what no route does: 405 where another method would be one.
func (s *Server) unknown(q *request) error {
	var allowed []string
	for _, m := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete} {
		other := q.Clone(q.Context())
		other.Method = m
		if _, pattern := s.mux.Handler(other); pattern != "/" && pattern != "" {
			allowed = append(allowed, m)
		}
	}
	if len(allowed) == 0 {
		return fault.NotFoundf("没有这个接口。接口清单见 /api/openapi.yaml。")
	}
	q.w.Header().Set("Allow", strings.Join(allowed, ", "))
	return server.WithStatus(http.StatusMethodNotAllowed, fault.Invalidf("这个接口不支持 %s，可用：%s。", q.Method, strings.Join(allowed, "、")))
}

// getDocument serves the description of the interface.
func (s *Server) getDocument(q *request) error {
	h := q.w.Header()
	h.Set("Content-Type", "application/yaml; charset=utf-8")
	if q.unchanged(server.Tag("openapi.yaml")) {
		return nil
	}
	_, _ = q.w.Write(document) // the client is gone if it fails
	return nil
}

// published answers 304 while the address and the release are what the caller
// has already.
func (s *Server) published(f handler) handler {
	if s.Staff {
		return s.signedIn(f)
	}
	return func(q *request) error {
		seq := int64(0)
		if r := s.Portal.Head(); r != nil {
			seq = r.Seq
		}
		if q.unchanged(server.Tag(q.URL.RequestURI(), seq)) {
			return nil
		}
		return f(q)
	}
}

// unchanged sets the answer's tag, and answers if the caller has it already.
func (q *request) unchanged(tag string) bool {
	h := q.w.Header()
	h.Set("ETag", tag)
	h.Set("Cache-Control", "no-cache")
	if !server.Matches(q.Header.Get("If-None-Match"), tag) {
		return false
	}
	q.w.WriteHeader(http.StatusNotModified)
	return true
}

// signedIn lets only signed-in callers through. A bearer token goes before the
// cookie. Browsers send a cookie by themselves, so with it whatever changes
// something needs the same origin and the form token of the session, as the
// pages do.
func (s *Server) signedIn(f handler) handler {
	return func(q *request) (err error) {
		q.w.Header().Set("Cache-Control", "no-store")
		token, bearer := strings.CutPrefix(q.Header.Get("Authorization"), "Bearer ")
		if !bearer {
			c, err := q.Cookie(server.SessionCookie)
			if err != nil {
				return fault.New(fault.Unauthorized, "请先登录：在请求头 Authorization 中给出“Bearer 令牌”，令牌由 POST /api/session 取得。")
			}
			token = c.Value
		}
		if q.in, err = s.Office.Session(q.Context(), token); err != nil {
			return err
		}
		if q.in.MustChange && q.Method != http.MethodDelete {
			return fault.Forbiddenf("这个账号的密码由他人设置，请先在工作台登录并修改密码。")
		}
		q.token = token
		if !bearer && q.Method != http.MethodGet && q.Method != http.MethodHead {
			if err := s.protect.Check(q.Request); err != nil {
				return fault.Wrap(fault.Forbidden, err, "请求来自其他网站，已拒绝。")
			}
			if !q.in.FormTokenIs(q.Header.Get("X-Form-Token")) {
				return fault.Forbiddenf("请求头 X-Form-Token 与登录不符，操作没有执行。令牌见 GET /api/session。")
			}
		}
		return f(q)
	}
}

// actor is who is signed in.
func (q *request) actor() org.Actor { return q.in.Actor }

// reply answers with a JSON document.
func (q *request) reply(v any) error { return q.replyWith(http.StatusOK, v) }

// created answers with what was made and where it is.
func (q *request) created(location string, v any) error {
	q.w.Header().Set("Location", location)
	return q.replyWith(http.StatusCreated, v)
}

func (q *request) replyWith(status int, v any) error {
	q.w.Header().Set("Content-Type", "application/json; charset=utf-8")
	q.w.WriteHeader(status)
	enc := json.NewEncoder(q.w)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(v) // the client is gone if it fails
	return nil
}

// done answers what has nothing to say.
func (q *request) done() error {
	q.w.WriteHeader(http.StatusNoContent)
	return nil
}
