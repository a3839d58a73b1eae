package server_test

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"

	"onevisit/internal/server"
)

// Https is what the connection is, what a trusted proxy says, or what the public
// address promises; a stranger's word does not count.
func TestWay(t *testing.T) {
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	for _, c := range []struct {
		public, host, from, proto string
		tls, want                 bool
	}{
		{"", "a.example", "203.0.113.9:1", "", false, false},
		{"", "a.example", "203.0.113.9:1", "", true, true},
		{"", "a.example", "203.0.113.9:1", "https", false, false}, // a stranger
		{"", "a.example", "10.1.2.3:1", "https", false, true},
		{"", "a.example", "[::ffff:10.1.2.3]:1", "HTTPS, http", false, true},
		{"", "a.example", "10.1.2.3:1", "http", false, false},
		{"", "a.example", "127.0.0.1:1", "https", false, true}, // on this machine
		{"https://zw.example", "zw.example", "203.0.113.9:1", "", false, true},
		{"https://zw.example", "ZW.example", "203.0.113.9:1", "", false, true},
		{"https://zw.example", "192.168.1.5:8080", "192.168.1.9:1", "", false, false}, // the inner network's own address
		{"http://zw.example", "zw.example", "203.0.113.9:1", "", false, false},
		{"", "a.example", "nonsense", "https", false, false},
	} {
		r := httptest.NewRequest(http.MethodGet, "http://"+c.host+"/", nil)
		r.RemoteAddr = c.from
		if c.proto != "" {
			r.Header.Set("X-Forwarded-Proto", c.proto)
		}
		if c.tls {
			r.TLS = &tls.ConnectionState{}
		}
		way := server.NewWay(c.public, proxies)
		if got := way.Secure(r); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
		w := httptest.NewRecorder()
		server.StrictTransport(http.NotFoundHandler(), way, 2).ServeHTTP(w, r)
		if got := w.Header().Get("Strict-Transport-Security"); (got == "max-age=172800") != c.want {
			t.Errorf("%+v: %q", c, got)
		}
	}
}
