package outbound

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// Agent is the product token by which a robots.txt names the program.
const Agent = "onevisit"

// WebConfig says how Web reads pages of other sites. Zero values mean the
// defaults that are given.
type WebConfig struct {
	// Contact is an address where the owner of a site learns who reads it, as
	// https://zwfw.example.gov.cn/; it stands in the User-Agent.
	Contact string
	// Inner are networks that may be read though they are not public, for a
	// county whose sites stand in a network of its own.
	Inner     []netip.Prefix
	PerHost   int           // requests to one host at a time; 1
	Pause     time.Duration // between two requests to one host; 2 s
	Deadline  time.Duration // for one answer, from the call to the last byte; 20 s
	Size      int64         // bytes of a page that are read, uncompressed; 4 MiB
	Redirects int           // that are followed; 5
	Roots     *x509.CertPool
	Now       func() time.Time // how old a robots.txt is
}

// Web reads public web pages, politely and with care: it never reaches an
// address inside a private network (links are written by people, and names can
// be made to point anywhere), never asks one host for much at a time, and says
// who it is. It is safe for concurrent use.
type Web struct {
	c         WebConfig
	transport *http.Transport
	after     func(time.Duration, func())

	mu     sync.Mutex
	hosts  map[string]chan struct{}
	robots map[string]keptRobots
}

type keptRobots struct {
	robots
	until time.Time
}

// How long a robots.txt is believed (RFC 9309, 2.4), and that there was an error.
const (
	robotsFor  = 24 * time.Hour
	noRobotsIn = time.Hour
)

// NewWeb makes a reader of web pages.
func NewWeb(c WebConfig) *Web {
	c.PerHost = max(c.PerHost, 1)
	if c.Pause == 0 {
		c.Pause = 2 * time.Second
	}
	if c.Deadline == 0 {
		c.Deadline = 20 * time.Second
	}
	if c.Size == 0 {
		c.Size = 4 << 20
	}
	if c.Redirects == 0 {
		c.Redirects = 5
	}
	w := &Web{c: c, hosts: map[string]chan struct{}{}, robots: map[string]keptRobots{}, after: func(d time.Duration, f func()) { time.AfterFunc(d, f) }}
	// The control runs after a name was resolved and for each address of it, so a
	// name that changes between a check and the call gains nothing.
	dial := &net.Dialer{Timeout: c.Deadline, Control: func(_, address string, _ syscall.RawConn) error { return w.mayReach(address) }}
	w.transport = &http.Transport{
		Proxy:                  nil, // a proxy of the environment would resolve names behind our back
		DialContext:            dial.DialContext,
		TLSClientConfig:        &tls.Config{RootCAs: c.Roots, MinVersion: tls.VersionTLS12},
		ForceAttemptHTTP2:      true,
		MaxIdleConnsPerHost:    1,
		IdleConnTimeout:        10 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
	}
	return w
}

// Page is what a site has answered.
type Page struct {
	URL    string // where it was found in the end
	Status int    // 200–299
	Type   string // text/html, application/pdf; without parameters
	Text   string // in UTF-8; empty for what is not text
	Cut    bool   // there was more than is read
}

// Cause is why a page could not be had.
type Cause string

// The causes.
const (
	CauseAddress   Cause = "网址不合规范"
	CauseInner     Cause = "不是公网地址"
	CauseNoHost    Cause = "域名不存在"
	CauseResolve   Cause = "域名暂时解析不了"
	CauseNetwork   Cause = "网络不通"
	CauseTimeout   Cause = "连接超时"
	CauseRefused   Cause = "服务器拒绝连接"
	CauseExpired   Cause = "网站证书已过期"
	CauseName      Cause = "网站证书与域名不符"
	CauseUntrusted Cause = "网站证书不受信任"
	CauseTLS       Cause = "安全连接失败"
	CauseBroken    Cause = "连接中断"
	CauseRedirect  Cause = "网页来回跳转"
	CauseRobots    Cause = "网站不允许程序访问"
	CauseStatus    Cause = "网页打不开"
)

// WebError says why a page could not be had, in words for people. It holds
// neither the address nor anything of the site's own text.
type WebError struct {
	Cause  Cause
	Status int // with CauseStatus
	detail string
	err    error
}

func (e *WebError) Error() string {
	s := e.Text()
	if e.err != nil {
		s += ": " + e.err.Error()
	}
	return s
}

// Unwrap is the cause, for the log.
func (e *WebError) Unwrap() error { return e.err }

// Text is what to tell people: 网页不存在（404）.
func (e *WebError) Text() string {
	if e.Cause == CauseStatus {
		switch e.Status {
		case http.StatusNotFound, http.StatusGone:
			return fmt.Sprintf("网页不存在（%d）", e.Status)
		case http.StatusUnauthorized, http.StatusForbidden:
			return fmt.Sprintf("网站不让访问（%d）", e.Status)
		case http.StatusTooManyRequests:
			return "网站说访问太频繁（429）"
		}
		if e.Status >= 500 {
			return fmt.Sprintf("网站服务器出错（%d）", e.Status)
		}
		return fmt.Sprintf("网页打不开（%d）", e.Status)
	}
	if e.detail != "" {
		return string(e.Cause) + "（" + e.detail + "）"
	}
	return string(e.Cause)
}

// Unclear reports that the answer does not show whether people can open the
// page: the site turns programs away, or asks for a sign-in first.
func (e *WebError) Unclear() bool {
	switch e.Cause {
	case CauseRobots:
		return true
	case CauseStatus:
		return e.Status == http.StatusUnauthorized || e.Status == http.StatusForbidden || e.Status == http.StatusTooManyRequests || e.Status == http.StatusUnavailableForLegalReasons
	}
	return false
}

// Ours reports that the fault may as well lie with our own network: nothing was
// heard of the site at all.
func (e *WebError) Ours() bool {
	switch e.Cause {
	case CauseNoHost, CauseResolve, CauseNetwork, CauseTimeout, CauseRefused, CauseBroken:
		return true
	}
	return false
}

// Check asks whether a page is there, as a reader who follows a link would find
// out. Failures are *WebError, or the context's error.
func (w *Web) Check(ctx context.Context, address string) error {
	_, err := w.fetch(ctx, http.MethodHead, address, false)
	// Not few servers answer HEAD wrongly or not at all, but GET rightly.
	var e *WebError
	if errors.As(err, &e) && (e.Cause == CauseStatus || e.Cause == CauseBroken || e.Cause == CauseTimeout || e.Cause == CauseRedirect) {
		_, err = w.fetch(ctx, http.MethodGet, address, false)
	}
	return err
}

// Get reads a page, as a reader who follows a link would.
func (w *Web) Get(ctx context.Context, address string) (*Page, error) {
	return w.fetch(ctx, http.MethodGet, address, false)
}

// Crawl reads a page that nobody has asked for by itself: it heeds robots.txt.
func (w *Web) Crawl(ctx context.Context, address string) (*Page, error) {
	return w.fetch(ctx, http.MethodGet, address, true)
}

func (w *Web) fetch(ctx context.Context, method, address string, heed bool) (*Page, error) {
	u, err := webAddress(address)
	if err != nil {
		return nil, err
	}
	if heed {
		if err := w.heed(ctx, u); err != nil {
			return nil, err
		}
	}
	jar, err := cookiejar.New(nil) // some sites redirect for ever without
	if err != nil {
		return nil, err
	}
	client := &http.Client{Transport: w.transport, Jar: jar, Timeout: w.c.Deadline, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	host, leave := "", func() {}
	defer func() { leave() }()
	for hop := 0; ; hop++ {
		if u.Host != host {
			leave()
			host, leave = "", func() {}
			free, err := w.enter(ctx, u.Host)
			if err != nil {
				return nil, err
			}
			host, leave = u.Host, free
		}
		page, next, err := w.one(ctx, client, method, u)
		if err != nil {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			return nil, w.explain(err)
		}
		if page != nil {
			return page, nil
		}
		if hop == w.c.Redirects {
			return nil, &WebError{Cause: CauseRedirect, detail: fmt.Sprintf("超过 %d 次", w.c.Redirects)}
		}
		from := u
		if u, err = webAddress(next); err != nil {
			return nil, err
		}
		if heed {
			if from.Scheme != u.Scheme { // another robots.txt, for which the turn at this host is needed
				leave()
				host, leave = "", func() {}
			}
			if err := w.heed(ctx, u); err != nil {
				return nil, err
			}
		}
	}
}

// one asks once: it returns the page, or where the site sends us.
func (w *Web) one(ctx context.Context, client *http.Client, method string, u *url.URL) (*Page, string, error) {
	req, err := http.NewRequestWithContext(ctx, method, u.String(), nil)
	if err != nil {
		return nil, "", &WebError{Cause: CauseAddress, err: err}
	}
	agent := Agent + "/1.0"
	if w.c.Contact != "" {
		agent += " (+" + w.c.Contact + ")"
	}
	req.Header.Set("User-Agent", agent)
	req.Header.Set("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
	req.Header.Set("Accept-Language", "zh-CN,zh;q=0.9")
	resp, err := client.Do(req)
	if err != nil {
		return nil, "", err
	}
	defer resp.Body.Close()
	switch code := resp.StatusCode; {
	case code/100 == 2:
	case code == 301 || code == 302 || code == 303 || code == 307 || code == 308:
		to, err := resp.Location()
		if err != nil {
			return nil, "", &WebError{Cause: CauseRedirect, detail: "没有说去哪里", err: err}
		}
		return nil, to.String(), nil
	default:
		return nil, "", &WebError{Cause: CauseStatus, Status: code}
	}
	p := &Page{URL: u.String(), Status: resp.StatusCode}
	p.Type, _, _ = mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if method == http.MethodHead {
		return p, "", nil
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, w.c.Size+1))
	if err != nil {
		return nil, "", err
	}
	if int64(len(body)) > w.c.Size {
		body, p.Cut = body[:w.c.Size], true
	}
	if p.Type == "" {
		p.Type, _, _ = mime.ParseMediaType(http.DetectContentType(body))
	}
	if strings.HasPrefix(p.Type, "text/") || strings.HasSuffix(p.Type, "+xml") || strings.HasSuffix(p.Type, "/xml") || strings.HasSuffix(p.Type, "/json") {
		p.Text = decodeText(body, resp.Header.Get("Content-Type"))
	}
	return p, "", nil
}

// decodeText turns a page into UTF-8 by what it says of itself. A page that says
// nothing is UTF-8 if it can be, else GB 18030, which holds GB 2312 and GBK.
func decodeText(body []byte, contentType string) string {
	enc, name, _ := charset.DetermineEncoding(body, contentType)
	if name == "gbk" || name == "windows-1252" {
		enc = simplifiedchinese.GB18030
	}
	text, err := enc.NewDecoder().Bytes(body)
	if err != nil {
		text = body
	}
	return strings.ToValidUTF8(string(bytes.TrimPrefix(text, []byte("\ufeff"))), "\ufffd")
}

// webAddress checks what a link says before anything is asked.
func webAddress(s string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSpace(s))
	switch {
	case err != nil || u.Hostname() == "":
		return nil, &WebError{Cause: CauseAddress, err: err}
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, &WebError{Cause: CauseAddress, detail: "应以 http:// 或 https:// 开头"}
	case u.User != nil:
		return nil, &WebError{Cause: CauseAddress, detail: "不应含用户名和密码"}
	}
	if p := u.Port(); p != "" {
		n, err := strconv.Atoi(p)
		if err != nil || n < 1 || n > 65535 || n < 1024 && n != 80 && n != 443 { // the others are no web sites
			return nil, &WebError{Cause: CauseAddress, detail: "端口不能用"}
		}
	}
	u.Fragment = ""
	return u, nil
}

// errInner is why a connection was not made.
var errInner = errors.New("not a public address")

// special are networks that look global and are not, after IANA's registries of
// special-purpose addresses (RFC 6890).
var special = func() []netip.Prefix {
	var list []netip.Prefix
	for _, s := range []string{"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
		"2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"} {
		list = append(list, netip.MustParsePrefix(s))
	}
	return list
}()

var globalV6 = netip.MustParsePrefix("2000::/3") // all that is given out; the rest maps, tests or is to come

func public(a netip.Addr) bool {
	if !a.IsGlobalUnicast() || a.IsPrivate() || a.Is6() && !globalV6.Contains(a) {
		return false
	}
	for _, p := range special {
		if p.Contains(a) {
			return false
		}
	}
	return true
}

// mayReach judges an address with its port just before it is called.
func (w *Web) mayReach(address string) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	a := ap.Addr().Unmap().WithZone("")
	for _, p := range w.c.Inner {
		if p.Contains(a) {
			return nil
		}
	}
	if !public(a) {
		return errInner
	}
	return nil
}

// enter waits for a turn at a host. The place is free again a pause after leave.
func (w *Web) enter(ctx context.Context, host string) (leave func(), err error) {
	w.mu.Lock()
	places := w.hosts[host]
	if places == nil {
		places = make(chan struct{}, w.c.PerHost)
		w.hosts[host] = places
	}
	w.mu.Unlock()
	select {
	case places <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return func() { w.after(w.c.Pause, func() { <-places }) }, nil
}

// heed asks a site's robots.txt whether a page may be read.
func (w *Web) heed(ctx context.Context, u *url.URL) error {
	origin := u.Scheme + "://" + u.Host
	now := w.c.Now()
	w.mu.Lock()
	r, ok := w.robots[origin]
	w.mu.Unlock()
	if !ok || !now.Before(r.until) {
		page, err := w.fetch(ctx, http.MethodGet, origin+"/robots.txt", false)
		r.until = now.Add(robotsFor)
		var e *WebError
		switch {
		case err == nil:
			r.robots = parseRobots(page.Text, Agent)
		case errors.As(err, &e) && (e.Cause == CauseStatus && e.Status/100 == 4 && e.Status != http.StatusTooManyRequests || e.Cause == CauseRedirect):
			r.robots = robots{} // there is none
		case errors.As(err, &e) && e.Cause == CauseStatus:
			r = keptRobots{robots{none: true}, now.Add(noRobotsIn)}
		default:
			return err // the site cannot be reached, nor could its pages
		}
		w.mu.Lock()
		w.robots[origin] = r
		w.mu.Unlock()
	}
	if u.Path == "/robots.txt" || r.allows(u.RequestURI()) {
		return nil
	}
	return &WebError{Cause: CauseRobots}
}

// wsaRefused is ECONNREFUSED as Windows says it.
const wsaRefused = syscall.Errno(10061)

// explain finds the cause of a failure.
func (w *Web) explain(err error) error {
	var known *WebError
	if errors.As(err, &known) {
		return known
	}
	e := &WebError{Cause: CauseBroken}
	var where *url.Error // its text holds the address, which may hold a token
	if errors.As(err, &where) {
		err = where.Err
	}
	e.err = err
	var dns *net.DNSError
	var invalid x509.CertificateInvalidError
	var name x509.HostnameError
	var unknown x509.UnknownAuthorityError
	var verify *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var alert tls.AlertError
	var timeout net.Error
	switch {
	case errors.Is(err, errInner):
		e.Cause = CauseInner
	case errors.As(err, &dns) && dns.IsNotFound:
		e.Cause = CauseNoHost
	case errors.As(err, &dns):
		e.Cause = CauseResolve
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		e.Cause = CauseExpired
		if c := invalid.Cert; c != nil {
			if now := w.c.Now; now != nil && now().Before(c.NotBefore) {
				e.Cause, e.detail = CauseUntrusted, "尚未生效"
			} else {
				e.detail = c.NotAfter.Format(time.DateOnly) + " 到期"
			}
		}
	case errors.As(err, &name):
		e.Cause = CauseName
	case errors.As(err, &unknown), errors.As(err, &invalid), errors.As(err, &verify):
		e.Cause = CauseUntrusted
	case errors.As(err, &record), errors.As(err, &alert), errors.Is(err, http.ErrSchemeMismatch):
		e.Cause = CauseTLS
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		e.Cause, e.detail = CauseTimeout, fmt.Sprintf("%.0f 秒没有应答", w.c.Deadline.Seconds())
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, wsaRefused):
		e.Cause = CauseRefused
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH):
		e.Cause = CauseNetwork
	}
	return e
}
