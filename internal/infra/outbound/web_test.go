package outbound

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"
)

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}

var noon = time.Date(2019, 3, 1, 12, 0, 0, 0, time.UTC)

// reader reads the test's own servers, without pauses.
func reader(c WebConfig) *Web {
	c.Inner, c.Now = loopback, func() time.Time { return noon }
	w := NewWeb(c)
	w.after = func(_ time.Duration, f func()) { f() }
	return w
}

func causeOf(t *testing.T, err error) *WebError {
	t.Helper()
	var e *WebError
	if !errors.As(err, &e) {
		t.Fatalf("%v (%T) is no WebError", err, err)
	}
	return e
}

func gbk(t *testing.T, s string) []byte {
	t.Helper()
	b, err := simplifiedchinese.GB18030.NewEncoder().Bytes([]byte(s))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestWebReadsChinesePages(t *testing.T) {
	const text = "<p>广宗县人力资源和社会保障局 㐂𠀀</p>" // two characters that GBK has not
	for name, x := range map[string]struct {
		header string
		body   []byte
	}{
		"UTF-8 by header":   {"text/html; charset=utf-8", []byte(text)},
		"UTF-8 by mark":     {"text/html", []byte("\ufeff" + text)},
		"UTF-8 unsaid":      {"text/html", []byte(text)},
		"GBK by header":     {"text/html; charset=GBK", gbk(t, text)},
		"GB2312 by meta":    {"text/html", append([]byte(`<meta http-equiv="Content-Type" content="text/html; charset=gb2312">`), gbk(t, text)...)},
		"GB18030 unsaid":    {"text/html", gbk(t, text)},
		"no type, no words": {"", gbk(t, "<html>"+text)},
	} {
		t.Run(name, func(t *testing.T) {
			srv := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				rw.Header()["Content-Type"] = nil
				if x.header != "" {
					rw.Header().Set("Content-Type", x.header)
				}
				_, _ = rw.Write(x.body)
			}))
			defer srv.Close()
			p, err := reader(WebConfig{}).Get(t.Context(), srv.URL+"/?a=1#part")
			if err != nil || !strings.HasSuffix(p.Text, text) || p.Type != "text/html" || p.Cut || p.URL != srv.URL+"/?a=1" || strings.Contains(p.Text, "\ufeff") {
				t.Errorf("%+v %v", p, err)
			}
		})
	}
}

func TestWebLimits(t *testing.T) {
	var head, get atomic.Int32
	mux := http.NewServeMux()
	mux.HandleFunc("/agent", func(rw http.ResponseWriter, r *http.Request) { fmt.Fprint(rw, r.UserAgent()) })
	mux.HandleFunc("/long", func(rw http.ResponseWriter, r *http.Request) { fmt.Fprint(rw, strings.Repeat("长", 1000)) })
	mux.HandleFunc("/file", func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Content-Type", "application/pdf")
		fmt.Fprint(rw, "%PDF-")
	})
	mux.HandleFunc("/round", func(rw http.ResponseWriter, r *http.Request) { http.Redirect(rw, r, "/round", http.StatusFound) })
	mux.HandleFunc("/cookie", func(rw http.ResponseWriter, r *http.Request) {
		if _, err := r.Cookie("seen"); err != nil {
			http.SetCookie(rw, &http.Cookie{Name: "seen", Value: "1"})
			http.Redirect(rw, r, "/cookie", http.StatusFound)
			return
		}
		fmt.Fprint(rw, "好")
	})
	mux.HandleFunc("/elsewhere", func(rw http.ResponseWriter, r *http.Request) {
		http.Redirect(rw, r, r.URL.Query().Get("to"), http.StatusMovedPermanently)
	})
	mux.HandleFunc("/nohead", func(rw http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodHead {
			head.Add(1)
			rw.WriteHeader(http.StatusNotFound)
			return
		}
		get.Add(1)
	})
	mux.HandleFunc("/broken", func(rw http.ResponseWriter, r *http.Request) { panic(http.ErrAbortHandler) })
	for _, code := range []int{401, 403, 410, 429, 500} {
		mux.HandleFunc(fmt.Sprint("/", code), func(rw http.ResponseWriter, r *http.Request) { rw.WriteHeader(code) })
	}
	srv := httptest.NewServer(mux)
	defer srv.Close()
	w := reader(WebConfig{Contact: "https://zwfw.example.gov.cn/", Size: 300, Redirects: 3})
	ctx := t.Context()
	if p, err := w.Get(ctx, srv.URL+"/agent"); err != nil || p.Text != "onevisit/1.0 (+https://zwfw.example.gov.cn/)" {
		t.Errorf("does not say who it is: %+v %v", p, err)
	}
	if p, err := w.Get(ctx, srv.URL+"/long"); err != nil || !p.Cut || p.Text != strings.Repeat("长", 100) {
		t.Errorf("%+v %v", p, err)
	}
	if p, err := w.Get(ctx, srv.URL+"/file"); err != nil || p.Type != "application/pdf" || p.Text != "" {
		t.Errorf("%+v %v", p, err)
	}
	if p, err := w.Get(ctx, srv.URL+"/cookie"); err != nil || p.Text != "好" {
		t.Errorf("%+v %v", p, err)
	}
	if err := w.Check(ctx, srv.URL+"/nohead"); err != nil || head.Load() != 1 || get.Load() != 1 {
		t.Errorf("a server that knows no HEAD: %v, %d, %d", err, head.Load(), get.Load())
	}
	for path, want := range map[string]string{"/round": "网页来回跳转（超过 3 次）", "/nothing": "网页不存在（404）", "/410": "网页不存在（410）", "/500": "网站服务器出错（500）", "/broken": "连接中断",
		"/403": "网站不让访问（403）", "/429": "网站说访问太频繁（429）", "/elsewhere?to=ftp://a.example/": "网址不合规范（应以 http:// 或 https:// 开头）", "/elsewhere?to=http://192.168.1.1/": "不是公网地址"} {
		if e := causeOf(t, w.Check(ctx, srv.URL+path)); e.Text() != want || e.Unclear() != (path == "/403" || path == "/429") || strings.Contains(e.Error(), srv.URL) {
			t.Errorf("%s: %s; %v", path, e.Text(), e)
		}
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	if err := w.Check(ended, srv.URL+"/agent"); !errors.Is(err, context.Canceled) {
		t.Errorf("a call that was given up: %v", err)
	}
	port := srv.Listener.Addr().String()
	srv.Close()
	if e := causeOf(t, w.Check(ctx, "http://"+port+"/")); e.Cause != CauseRefused || !e.Ours() {
		t.Errorf("nobody listens: %v", e)
	}
}

// A server that accepts and says nothing is not waited for.
func TestWebDeadline(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	w := reader(WebConfig{Deadline: 50 * time.Millisecond})
	if e := causeOf(t, w.Check(t.Context(), "http://"+ln.Addr().String()+"/")); e.Cause != CauseTimeout || !strings.HasPrefix(e.Text(), "连接超时") {
		t.Error(e)
	}
}

// No address inside a network is called, whatever a name is made to point to.
func TestWebRefusesInnerAddresses(t *testing.T) {
	for _, s := range []string{"127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "255.255.255.255", "224.0.0.1", "198.18.0.1", "192.0.2.1",
		"::1", "::", "fe80::1", "fc00::1", "ff02::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::", "2001:db8::1", "::10.0.0.1"} {
		if err := NewWeb(WebConfig{}).mayReach(netip.AddrPortFrom(netip.MustParseAddr(s), 80).String()); !errors.Is(err, errInner) {
			t.Errorf("%s may be called: %v", s, err)
		}
	}
	for _, s := range []string{"61.182.5.6", "223.5.5.5", "2400:3200::1", "::ffff:61.182.5.6"} {
		if err := NewWeb(WebConfig{}).mayReach(netip.AddrPortFrom(netip.MustParseAddr(s), 80).String()); err != nil {
			t.Errorf("%s may not be called", s)
		}
	}
	called := false
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { called = true }))
	defer srv.Close()
	_, port, _ := net.SplitHostPort(srv.Listener.Addr().String())
	for _, host := range []string{"127.0.0.1", "localhost"} { // localhost is a name that points inside
		if e := causeOf(t, NewWeb(WebConfig{Now: time.Now}).Check(t.Context(), "http://"+host+":"+port+"/")); e.Cause != CauseInner || called {
			t.Errorf("%s: %v, called: %v", host, e, called)
		}
	}
	for _, s := range []string{"", "广宗县", "ftp://a.example/", "http://", "http://u:p@a.example/", "http://a.example:22/", "http://a.example:99999/", "javascript:alert(1)", "file:///etc/passwd"} {
		if e := causeOf(t, NewWeb(WebConfig{}).Check(t.Context(), s)); e.Cause != CauseAddress {
			t.Errorf("%s: %v", s, e)
		}
	}
}

// certificate makes one for 127.0.0.1, signed by itself.
func certificate(t *testing.T, from, to time.Time, name string) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotBefore: from, NotAfter: to, IsCA: true, BasicConstraintsValid: true}
	if name == "" {
		c.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1)}
	} else {
		c.DNSNames = []string{name}
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	if c, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(c)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

func TestWebTellsCertificatesApart(t *testing.T) {
	now := time.Now()
	for name, x := range map[string]struct {
		from, to time.Time
		host     string
		known    bool
		want     string
	}{
		"good":      {now.Add(-time.Hour), now.Add(time.Hour), "", true, ""},
		"expired":   {now.Add(-48 * time.Hour), now.Add(-24 * time.Hour), "", true, "网站证书已过期（" + now.Add(-24*time.Hour).UTC().Format(time.DateOnly) + " 到期）"},
		"to come":   {now.Add(24 * time.Hour), now.Add(48 * time.Hour), "", true, "网站证书不受信任（尚未生效）"},
		"of others": {now.Add(-time.Hour), now.Add(time.Hour), "other.example", true, "网站证书与域名不符"},
		"unknown":   {now.Add(-time.Hour), now.Add(time.Hour), "", false, "网站证书不受信任"},
	} {
		t.Run(name, func(t *testing.T) {
			cert, pool := certificate(t, x.from, x.to, x.host)
			srv := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
			srv.Config.ErrorLog = log.New(io.Discard, "", 0)
			srv.TLS = &tls.Config{Certificates: []tls.Certificate{cert}}
			srv.StartTLS()
			defer srv.Close()
			if !x.known {
				pool = x509.NewCertPool()
			}
			w := reader(WebConfig{Roots: pool})
			w.c.Now = time.Now
			err := w.Check(t.Context(), srv.URL)
			if x.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if e := causeOf(t, err); e.Text() != x.want || e.Ours() {
				t.Errorf("%s; %v", e.Text(), e)
			}
		})
	}
	plain := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer plain.Close()
	if e := causeOf(t, reader(WebConfig{}).Check(t.Context(), strings.Replace(plain.URL, "http:", "https:", 1))); e.Cause != CauseTLS {
		t.Errorf("a server without TLS: %v", e)
	}
}

func TestWebNamesThatDoNotResolve(t *testing.T) {
	w := reader(WebConfig{})
	for want, err := range map[Cause]error{CauseNoHost: &net.DNSError{IsNotFound: true}, CauseResolve: &net.DNSError{IsTemporary: true, IsTimeout: true}} {
		if e := causeOf(t, w.explain(&net.OpError{Op: "dial", Err: err})); e.Cause != want || !e.Ours() {
			t.Errorf("%v: %v", err, e)
		}
	}
}

// At one host pages are asked for one after another, with a pause between; other
// hosts do not wait for it.
func TestWebIsPolite(t *testing.T) {
	var now, most atomic.Int32
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		n := now.Add(1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		now.Add(-1)
	}))
	defer srv.Close()
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer other.Close()
	w := reader(WebConfig{Pause: 3 * time.Second})
	pauses := make(chan func(), 10)
	w.after = func(d time.Duration, f func()) {
		if d != 3*time.Second {
			t.Errorf("a pause of %v", d)
		}
		pauses <- f
	}
	if err := w.Check(t.Context(), srv.URL); err != nil {
		t.Fatal(err)
	}
	end := <-pauses
	if err := w.Check(t.Context(), other.URL); err != nil { // while the first host rests
		t.Fatal(err)
	}
	(<-pauses)()
	waiting, stop := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- w.Check(waiting, srv.URL) }()
	stop()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("it did not wait its turn: %v", err)
	}
	end()
	w.after = func(_ time.Duration, f func()) { f() }
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if err := w.Check(t.Context(), srv.URL); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if most.Load() != 1 {
		t.Errorf("%d at once", most.Load())
	}
}

func TestWebHeedsRobots(t *testing.T) {
	status := http.StatusOK
	asked := 0
	mux := http.NewServeMux()
	mux.HandleFunc("/robots.txt", func(rw http.ResponseWriter, r *http.Request) {
		asked++
		rw.WriteHeader(status)
		fmt.Fprint(rw, "User-agent: *\nDisallow: /private\n")
	})
	mux.HandleFunc("/", func(rw http.ResponseWriter, r *http.Request) { fmt.Fprint(rw, "页") })
	mux.HandleFunc("/to", func(rw http.ResponseWriter, r *http.Request) {
		http.Redirect(rw, r, "/private/x", http.StatusFound)
	})
	srv := httptest.NewServer(mux)
	defer srv.Close()
	at := noon
	w := reader(WebConfig{})
	w.c.Now = func() time.Time { return at }
	crawl := func(path string) string {
		t.Helper()
		p, err := w.Crawl(t.Context(), srv.URL+path)
		if err != nil {
			return string(causeOf(t, err).Cause)
		}
		return p.Text
	}
	for path, want := range map[string]string{"/open": "页", "/private/x": string(CauseRobots), "/to": string(CauseRobots)} {
		if got := crawl(path); got != want {
			t.Errorf("%s: %s", path, got)
		}
	}
	if _, err := w.Get(t.Context(), srv.URL+"/private/x"); err != nil {
		t.Errorf("a link that people follow is not crawled: %v", err)
	}
	if asked != 1 {
		t.Errorf("robots.txt was read %d times in a day", asked)
	}
	at, status = at.Add(25*time.Hour), http.StatusInternalServerError
	if got := crawl("/open"); got != string(CauseRobots) {
		t.Errorf("a site in trouble is crawled: %s", got)
	}
	at, status = at.Add(2*time.Hour), http.StatusNotFound
	if got := crawl("/private/x"); got != "页" {
		t.Errorf("a site without rules: %s", got)
	}
}

func TestRobots(t *testing.T) {
	const file = "\ufeff# comment\nUser-Agent: other\nDisallow: /\n\nuser-agent: ONEVISIT/2.0 # us\nUser-agent: third\nDisallow: /a\nAllow: /a/b\nDisallow: /*.doc$\nDisallow: /q?\nDisallow:\nnonsense\n\n" +
		"User-agent: *\nDisallow: /\n\nUser-agent: onevisit\nDisallow: /later\n"
	r := parseRobots(file, Agent)
	for path, want := range map[string]bool{"/": true, "/a": false, "/abc": false, "/a/b/c": true, "/x.doc": false, "/x.docx": true, "/x.doc?y.doc": false, "/q": true, "/q?x": false, "/later/x": false} {
		if r.allows(path) != want {
			t.Errorf("%s: %v", path, !want)
		}
	}
	if parseRobots(file, "fourth").allows("/") || !parseRobots("", Agent).allows("/") || !parseRobots("User-agent: other\nDisallow: /", Agent).allows("/") {
		t.Error("groups of others")
	}
	for pattern, x := range map[string]struct{ yes, no string }{"/*a*b$": {"/xaxbxb", "/xbxa"}, "/a$": {"/a", "/ab"}, "*": {"/x", "-"}, "/a*": {"/ab", "/b"}} {
		if !matchRobot(pattern, x.yes) || x.no != "-" && matchRobot(pattern, x.no) {
			t.Errorf("%s", pattern)
		}
	}
	same := robots{rules: []robotRule{{"/a", false}, {"/a", true}}}
	if !same.allows("/a") {
		t.Error("of two equal rules the kinder one holds")
	}
}
