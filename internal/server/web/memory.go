package web

import (
	"bytes"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/klauspost/compress/gzip"

	"onevisit/internal/domain/org"
	"onevisit/internal/server"
)

// What the memory of pages may hold, in bytes: the pages of the county's list
// for long, answers to questions (a search, a case of a guide) for as long as
// there is room. A thousand guides take about 50 MB.
const (
	pagesRoom   = 96 << 20
	answersRoom = 24 << 20
	// longestKept is the longest address whose page is kept, in bytes.
	longestKept = 600
	// pageOverhead is what a page takes beside its bytes.
	pageOverhead = 600
)

// memory keeps the public pages of what is published now as they go over the
// wire, so that one of them costs little more than an empty answer. A change of
// what is shown drops them all at once; nobody sees half a release.
type memory struct {
	now atomic.Pointer[edition]
}

// edition is the pages of one state of what is published.
type edition struct {
	of      any // what portal.Service.Version says
	lasting shelf
	answers shelf
}

// shelf is pages within a bound of bytes; which one makes room is left to chance.
type shelf struct {
	mu    sync.RWMutex
	pages map[pageKey]*sentPage
	bytes int
}

// pageKey tells pages apart. The base is part of it where pages name the address
// under which they were reached, so that a forged Host header meets only itself.
type pageKey struct {
	base, uri string
	county    org.County // an administrator may name it anew
	elder     bool
}

// sentPage is a page as it is sent.
type sentPage struct {
	kind         []string // header values are shared by all answers and never changed
	length       []string
	gzipLength   []string
	tag, gzipTag []string
	modified     []string // Last-Modified, where the handler says so
	plain        []byte
	gzipped      []byte
	until        int64 // milliseconds since 1970 at which the page says something else; 0 never
}

// edition returns the pages of what is published now, none at first. The former
// edition is looked at before the version, so that a slow request never brings it
// back.
func (p *memory) edition(version func() any) *edition {
	for {
		e := p.now.Load()
		of := version()
		if e != nil && e.of == of {
			return e
		}
		fresh := &edition{of: of}
		fresh.lasting.pages, fresh.answers.pages = map[pageKey]*sentPage{}, map[pageKey]*sentPage{}
		if p.now.CompareAndSwap(e, fresh) {
			return fresh
		}
	}
}

func (e *edition) shelf(uri string) (*shelf, int) {
	if strings.IndexByte(uri, '?') >= 0 {
		return &e.answers, answersRoom
	}
	return &e.lasting, pagesRoom
}

func (e *edition) find(k pageKey, now time.Time) *sentPage {
	s, _ := e.shelf(k.uri)
	s.mu.RLock()
	p := s.pages[k]
	s.mu.RUnlock()
	if p != nil && p.until != 0 && now.UnixMilli() >= p.until {
		return nil
	}
	return p
}

func (e *edition) keep(k pageKey, p *sentPage) {
	if len(k.uri) > longestKept {
		return
	}
	s, room := e.shelf(k.uri)
	s.mu.Lock()
	defer s.mu.Unlock()
	if old := s.pages[k]; old != nil {
		s.bytes -= old.size()
	}
	s.pages[k] = p
	s.bytes += p.size()
	for other, o := range s.pages { // in no order
		if s.bytes <= room {
			break
		}
		if other != k {
			delete(s.pages, other)
			s.bytes -= o.size()
		}
	}
}

func (p *sentPage) size() int { return len(p.plain) + len(p.gzipped) + pageOverhead }

// fastest compresses what is sent at once: an answer that waits for a better
// compression arrives later than a larger one.
var fastest = sync.Pool{New: func() any {
	c := new(compressor)
	c.z, _ = gzip.NewWriterLevel(nil, gzip.BestSpeed+1) // the level is valid; the first is hardly quicker
	return c
}}

// compressor is a writer with a place to write to, both used again.
type compressor struct {
	z   *gzip.Writer
	out bytes.Buffer
}

// smallest is the least that compression is worth, in bytes.
const smallest = 512

func newSentPage(kind string, body []byte, until time.Time) *sentPage {
	tag := server.ContentTag(body)
	p := &sentPage{kind: []string{kind}, tag: []string{tag}, plain: body, length: []string{strconv.Itoa(len(body))}}
	if !until.IsZero() {
		p.until = until.UnixMilli()
	}
	if len(body) >= smallest {
		c := fastest.Get().(*compressor)
		c.out.Reset()
		c.z.Reset(&c.out)
		_, _ = c.z.Write(body) // a buffer takes everything
		_ = c.z.Close()
		p.gzipped = bytes.Clone(c.out.Bytes())
		fastest.Put(c)
		p.gzipLength = []string{strconv.Itoa(len(p.gzipped))}
		p.gzipTag = []string{strings.TrimSuffix(tag, `"`) + `-gz"`}
	}
	return p
}

var (
	revalidated = []string{"no-cache"}
	varies      = []string{"Cookie, Accept-Encoding"}
	gzipCoding  = []string{"gzip"}
)

// send answers with the page, or says that the reader has it already.
func (p *sentPage) send(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h["Cache-Control"], h["Vary"] = revalidated, varies
	body, length, tag := p.plain, p.length, p.tag
	zip := p.gzipped != nil && server.AcceptsGzip(r.Header.Get("Accept-Encoding"))
	if zip {
		body, length, tag = p.gzipped, p.gzipLength, p.gzipTag
	}
	h["Etag"] = tag
	if p.modified != nil {
		h["Last-Modified"] = p.modified
	}
	if given := r.Header.Get("If-None-Match"); given != "" && (given == tag[0] || server.Matches(given, p.tag[0]) || p.gzipTag != nil && server.Matches(given, p.gzipTag[0])) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	if p.modified != nil && r.Header.Get("If-None-Match") == "" { // RFC 9110, 13.1.3
		since, err := http.ParseTime(r.Header.Get("If-Modified-Since"))
		if at, bad := http.ParseTime(p.modified[0]); err == nil && bad == nil && !at.After(since) {
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	h["Content-Type"], h["Content-Length"] = p.kind, length
	if zip {
		h["Content-Encoding"] = gzipCoding
	}
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // the reader is gone if it fails
	}
}

// recorders are used again: their buffers have grown to the size of a page.
var recorders = sync.Pool{New: func() any { return new(recorder) }}

// recorder takes down what a handler answers.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *recorder) Header() http.Header         { return r.header }
func (r *recorder) WriteHeader(code int)        { r.status = code }
func (r *recorder) Write(b []byte) (int, error) { return r.body.Write(b) }

// key is the request's page in the memory of pages.
func (s *Server) key(r *http.Request) pageKey {
	k := pageKey{uri: r.RequestURI, county: s.county(), elder: isElder(r)}
	if s.PublicURL == "" {
		k.base = r.Host
		if s.way.Secure(r) {
			k.base = "https:" + r.Host
		}
	}
	return k
}

// remembered answers from the memory of pages, if it can.
func (s *Server) remembered(w http.ResponseWriter, r *http.Request) bool {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return false
	}
	e := s.memory.now.Load()
	if e == nil || e.of != s.Portal.Version() {
		return false
	}
	p := e.find(s.key(r), s.now())
	if p == nil {
		return false
	}
	p.send(w, r)
	s.countView(r)
	return true
}

// cached registers a page that depends on nothing but its address, the reader's
// choice of type and what is published: it is made once and then served from
// memory. A handler whose page depends on the hour says so with request.holds.
func (s *Server) cached(f handler) handler {
	return func(q *request) error {
		// Asked for before the page is made: a release that comes meanwhile makes
		// this page one of the former edition, which nobody reads any more.
		e := s.memory.edition(s.Portal.Version)
		w := q.w
		rec := recorders.Get().(*recorder)
		defer recorders.Put(rec)
		rec.header, rec.status = http.Header{}, http.StatusOK
		rec.body.Reset()
		err := func() error {
			q.w = rec
			defer func() { q.w = w }() // what goes wrong, in any way, is told to the reader
			return f(q)
		}()
		if err != nil {
			return err
		}
		p := newSentPage(rec.header.Get("Content-Type"), bytes.Clone(rec.body.Bytes()), q.until)
		p.modified = rec.header["Last-Modified"]
		if rec.status == http.StatusOK && rec.header.Get("Location") == "" {
			e.keep(s.key(q.Request), p)
			p.send(w, q.Request)
			return nil
		}
		for name, v := range rec.header {
			w.Header()[name] = v
		}
		w.WriteHeader(rec.status)
		_, err = w.Write(p.plain)
		return err
	}
}

// holds says until when what the page says of the time of day stays true.
func (q *request) holds(until time.Time) {
	if !until.IsZero() && (q.until.IsZero() || until.Before(q.until)) {
		q.until = until
	}
}

// tagged answers 304 while the address, the release and the templates are what
// the browser has already: for papers, which are printed anew for each reader.
func (s *Server) tagged(f handler) handler {
	return func(q *request) error {
		seq := int64(0)
		if r := s.Portal.Head(); r != nil {
			seq = r.Seq
		}
		tag := server.Tag(q.URL.RequestURI(), seq, s.Portal.TemplatesVersion(), s.Demo)
		h := q.w.Header()
		h.Set("ETag", tag)
		h["Cache-Control"] = revalidated
		if server.Matches(q.Header.Get("If-None-Match"), tag) {
			q.w.WriteHeader(http.StatusNotModified)
			return nil
		}
		err := f(q)
		if err != nil {
			h.Del("ETag")
		}
		return err
	}
}
