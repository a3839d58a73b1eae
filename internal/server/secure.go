package server

import (
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// Way tells how requests reach the program: over https or not. A program behind a
// proxy sees plain http only and has to be told.
type Way struct {
	trusted []netip.Prefix
	host    string // of the public address, if that is https; else empty
}

// NewWay knows the public address and the networks of the proxies whose word is
// taken; a proxy on this very machine is trusted always.
func NewWay(publicURL string, trusted []netip.Prefix) Way {
	w := Way{trusted: trusted}
	if u, err := url.Parse(publicURL); err == nil && u.Scheme == "https" {
		w.host = u.Host
	}
	return w
}

// Secure reports whether the reader's side of a request is https: the connection
// itself is, a trusted proxy says so, or the request is for the public address
// and that is https. A request for another address of the same program, say on
// the inner network, is judged by itself.
func (w Way) Secure(r *http.Request) bool {
	if r.TLS != nil || w.host != "" && strings.EqualFold(r.Host, w.host) {
		return true
	}
	said := r.Header.Get("X-Forwarded-Proto")
	if said == "" {
		return false
	}
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !trusts(w.trusted, at.Addr().Unmap()) {
		return false
	}
	// The first is what the reader came by, if several proxies have added theirs.
	first, _, _ := strings.Cut(said, ",")
	return strings.EqualFold(strings.TrimSpace(first), "https")
}

// StrictTransport tells browsers that come over https to come by no other way
// for some days (RFC 6797).
func StrictTransport(h http.Handler, way Way, days int) http.Handler {
	value := []string{"max-age=" + strconv.Itoa(days*24*3600)}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if way.Secure(r) {
			w.Header()["Strict-Transport-Security"] = value
		}
		h.ServeHTTP(w, r)
	})
}
