// Package web is the program's pages: the portal, which anybody may read, and
// the workbench, for which one signs in. One handler a file, named after its
// URL. Handlers return errors; one place turns them into a page or into problem
// JSON (RFC 9457) and an HTTP status.
//
// Every page works without JavaScript. A form carries the session's token, and
// requests from other origins are refused, so that nobody else's page can act
// for a signed-in person.
package web

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/a-h/templ"

	"onevisit/internal/app/office"
	"onevisit/internal/app/portal"
	"onevisit/internal/app/reform"
	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/server"
	"onevisit/internal/server/web/ui"
)

// Config is what the pages need.
type Config struct {
	Office *office.Service
	Reform *reform.Service
	Portal *portal.Service
	Log    *slog.Logger
	// Demo says on every page that the data is demonstration data.
	Demo bool
	// Guests are the accounts that the page of signing in offers, with the
	// password of all of them; only a demonstration has any.
	Guests   []Guest
	Password string
	// Staff shows the portal to signed-in people only: the workbench's side of two
	// separated networks. Without Office the workbench is left out: the portal's.
	Staff bool
	// County is the county that the pages are of; nil leaves it unsaid.
	County func() org.County
	// PublicURL is the address that QR codes lead to; if empty, the one under
	// which the reader reached the program.
	PublicURL string
	// EmbedOrigins are the sites that may show parts of the portal in a frame,
	// as https://www.example.gov.cn.
	EmbedOrigins []string
	// Calendar counts the working days that are left when the database cannot be
	// asked for newer notices; nil knows no holidays.
	Calendar *calendar.Calendar
	// Now is the clock of the pages.
	Now func() time.Time
	// Proxies are the networks of the proxies whose word on the reader's address
	// is taken; see server.Source.
	Proxies []netip.Prefix
}

// Guest is an account that anybody may use.
type Guest struct{ Login, Name, Unit, Role string }

// Server serves the pages.
type Server struct {
	Config
	mux      *http.ServeMux
	memory   memory
	notices  atomic.Pointer[calendar.Calendar] // read last, for when the database is away
	books    sync.Mutex                        // one workbook of data is made at a time
	searches *server.Limiter
	reports  *server.Limiter
	readers  *server.Limiter // of what is counted of one source, see countView
	scans    *server.Limiter
	way      server.Way
	embedded http.Header // headers of the parts for other sites
	patterns []string    // of the handlers, as the multiplexer knows them
}

// New builds the server with all its routes.
func New(c Config) *Server {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	s := &Server{Config: c, mux: http.NewServeMux(), searches: server.NewLimiter(20, 100), reports: server.NewLimiter(10.0/3600, 5), readers: server.NewLimiter(1.0/20, 60), scans: server.NewLimiter(60.0/3600, 20), embedded: embedHeaders(c.EmbedOrigins, c.PublicURL),
		way: server.NewWay(c.PublicURL, c.Proxies)}
	s.portalRoutes()
	s.channelRoutes()
	s.workRoutes()
	s.paperRoutes()
	s.mux.Handle("GET /assets/", ui.Handler())
	s.mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write([]byte("ok\n")) })
	return s
}

// request is one request with who is behind it.
type request struct {
	*http.Request
	w     http.ResponseWriter
	s     *Server
	in    office.SignedIn
	token string
	num   string    // quoted on error pages and in the log
	until time.Time // until when a cached page holds; zero until the next release
}

type handler func(*request) error

type requestKey struct{}

// secure are the headers of every answer; their values are shared and never
// changed.
var secure = http.Header{
	"X-Content-Type-Options":  {"nosniff"},
	"Referrer-Policy":         {"same-origin"},
	"X-Frame-Options":         {"SAMEORIGIN"},
	"Content-Security-Policy": {contentPolicy + "; style-src 'self'"},
}

// contentPolicy lets pages load nothing but the program's own files and pictures
// that stand in the page: no script and no style within a page counts.
const contentPolicy = "default-src 'self'; img-src 'self' data:; object-src 'none'; frame-ancestors 'self'; base-uri 'self'; form-action 'self'"

// inlineStyles is the policy of the one page that shows what another platform
// wants with its styles in the text: an article for WeChat.
const inlineStyles = contentPolicy + "; style-src 'self' 'unsafe-inline'"

// ServeHTTP gives each request its number, its security headers and one end for
// errors and panics.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, embedPrefix) {
		maps.Copy(w.Header(), s.embedded)
	} else {
		maps.Copy(w.Header(), secure)
	}
	if s.Staff && !s.forStaff(r) {
		http.Redirect(w, r, "/work/sign-in?next="+urlQuery(r.URL.RequestURI()), http.StatusSeeOther)
		return
	}
	if s.remembered(w, r) {
		return
	}
	req := &request{w: w, s: s, num: server.NewNumber()}
	req.Request = r.WithContext(context.WithValue(r.Context(), requestKey{}, req))
	defer func() {
		if v := recover(); v != nil {
			if v == http.ErrAbortHandler {
				panic(v)
			}
			s.Log.Error("panic", "request", req.num, "path", r.URL.Path, "panic", v)
			req.fail(errors.New("panic"))
		}
	}()
	s.mux.ServeHTTP(w, req.Request)
}

// handle registers a handler whose errors end in one place.
func (s *Server) handle(pattern string, f handler) {
	s.patterns = append(s.patterns, pattern)
	s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		req := r.Context().Value(requestKey{}).(*request)
		req.Request, req.w = r, w
		if err := f(req); err != nil {
			req.fail(err)
		}
	})
}

// Patterns are the routes with a handler, such as GET /units/{id}: a test sees to
// it that no page is forgotten.
func (s *Server) Patterns() []string { return s.patterns }

// fail answers a request that ended in an error.
func (q *request) fail(err error) {
	kind, status := fault.KindOf(err), server.Status(err)
	if status >= 500 {
		q.s.Log.Error("request failed", "request", q.num, "method", q.Method, "path", q.URL.Path, "err", err)
	} else {
		q.s.Log.Info("request refused", "request", q.num, "method", q.Method, "path", q.URL.Path, "kind", kind.String())
	}
	for _, h := range []string{"Content-Encoding", "Content-Disposition", "ETag", "Link"} { // of what was to be sent
		q.w.Header().Del(h)
	}
	if strings.Contains(q.Header.Get("Accept"), "application/problem+json") {
		server.WriteProblem(q.w, err, q.num)
		return
	}
	if kind == fault.Unauthorized && strings.HasPrefix(q.URL.Path, "/work") && q.Method == http.MethodGet {
		http.Redirect(q.w, q.Request, "/work/sign-in?next="+urlQuery(q.URL.RequestURI()), http.StatusSeeOther)
		return
	}
	var fields []ui.FieldError
	for _, f := range fault.Fields(err) {
		fields = append(fields, ui.FieldError{ID: f.Path, Text: f.Text})
	}
	e := ui.ErrorView{Status: status, What: fault.Text(err), Fields: fields, Number: q.num, Back: q.Referer()}
	p := q.page(e.Title())
	if !strings.HasPrefix(q.URL.Path, "/work") {
		p = q.publicPage(e.Title())
		p.NoIndex = true
		e.Public, e.Query = true, status == http.StatusNotFound
		if from, err := url.Parse(e.Back); err != nil || from.Host != q.Host {
			e.Back = "" // the reader came from elsewhere
		}
		if q.Method == http.MethodGet || q.Method == http.MethodHead {
			e.Read = true
		}
	}
	q.status(status, p, ui.ErrorPage(e))
}

// render answers with a page in the layout of the part it belongs to.
func (q *request) render(p ui.Page, content templ.Component) error {
	q.status(http.StatusOK, p, content)
	return nil
}

func (q *request) status(code int, p ui.Page, content templ.Component) {
	layout := ui.PortalLayout
	if strings.HasPrefix(q.URL.Path, "/work") {
		layout = ui.WorkbenchLayout
		q.w.Header().Set("Cache-Control", "no-store")
	}
	q.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	q.w.WriteHeader(code)
	if err := layout(p, content).Render(q.Context(), q.w); err != nil {
		q.s.Log.Info("page not written", "request", q.num, "err", err)
	}
}

// seeOther answers a form that was carried out.
func (q *request) seeOther(path string) error {
	http.Redirect(q.w, q.Request, path, http.StatusSeeOther)
	return nil
}

func (s *Server) now() time.Time { return s.Now() }

// county is the county that the pages are of.
func (s *Server) county() org.County {
	if s.County == nil {
		return org.County{}
	}
	return s.County()
}

// actor is who is signed in.
func (q *request) actor() org.Actor { return q.in.Actor }
