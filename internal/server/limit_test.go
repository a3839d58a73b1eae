package server

import (
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"
)

func TestSource(t *testing.T) {
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	for _, c := range []struct{ remote, forwarded, want string }{
		{"203.0.113.9:1", "", "203.0.113.9"},
		{"203.0.113.9:1", "198.51.100.1", "203.0.113.9"}, // forged: no trusted proxy
		{"10.1.2.3:1", "198.51.100.1", "198.51.100.1"},
		{"10.1.2.3:1", "1.2.3.4, 198.51.100.1, 10.9.9.9", "198.51.100.1"}, // what stands before is the reader's own word
		{"127.0.0.1:1", "198.51.100.1", "198.51.100.1"},
		{"127.0.0.1:1", "", "127.0.0.1"},
		{"10.1.2.3:1", "nonsense", "10.1.2.3"},
		{"[2001:db8::1:2:3]:1", "", "2001:db8::"},
		{"[::ffff:203.0.113.9]:1", "", "203.0.113.9"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = c.remote
		if c.forwarded != "" {
			r.Header.Set("X-Forwarded-For", c.forwarded)
		}
		if got := Source(r, trusted); got.String() != c.want {
			t.Errorf("%s, %q: %s, want %s", c.remote, c.forwarded, got, c.want)
		}
	}
}

func TestLimiter(t *testing.T) {
	l := NewLimiter(2, 5)
	now := time.Unix(1_600_000_000, 0)
	a, b := netip.MustParseAddr("203.0.113.1"), netip.MustParseAddr("203.0.113.2")
	count := func(source netip.Addr, tries int) (n int) {
		for range tries {
			if ok, _ := l.Allow(source, now); ok {
				n++
			}
		}
		return n
	}
	if n := count(a, 100); n != 5 {
		t.Errorf("%d in one go", n)
	}
	if n := count(b, 3); n != 3 {
		t.Errorf("the other source has %d", n)
	}
	if ok, wait := l.Allow(a, now); ok || wait != 500*time.Millisecond {
		t.Error(ok, wait)
	}
	now = now.Add(time.Second)
	if n := count(a, 100); n != 2 {
		t.Errorf("%d after a second", n)
	}
	now = now.Add(time.Hour)
	if count(b, 1); len(l.left) != 1 {
		t.Errorf("%d sources are remembered", len(l.left))
	}
	if n := count(a, 100); n != 5 {
		t.Errorf("%d after an hour", n)
	}
	if ok, _ := NewLimiter(0, 0).Allow(a, now); !ok {
		t.Error("no rate is no limit")
	}
	// A flood of sources does not fill the memory.
	for i := range mostSources + 10 {
		l.Allow(netip.AddrFrom4([4]byte{1, byte(i >> 16), byte(i >> 8), byte(i)}), now)
	}
	if len(l.left) > mostSources+1 {
		t.Errorf("%d sources", len(l.left))
	}
}
