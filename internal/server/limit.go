package server

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"
)

// Source is where a request comes from, for bounds on one source: the address of
// the connection, or what a proxy that is trusted says of it. A proxy on this very
// machine is trusted always. An IPv6 source is its network of 64 bits, which is
// what one household has. The zero Addr is an address that cannot be read.
func Source(r *http.Request, trusted []netip.Prefix) netip.Addr {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	a := at.Addr().Unmap()
	// Each proxy adds the address that it sees at the end; the last one that is no
	// trusted proxy's own is the reader's.
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && trusts(trusted, a); i-- {
		next, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		a = next.Unmap()
	}
	if a.Is6() {
		p, _ := a.Prefix(64) // 64 bits are within 128
		return p.Addr()
	}
	return a
}

// trusts reports whether an address is a trusted proxy's.
func trusts(trusted []netip.Prefix, a netip.Addr) bool {
	return a.IsLoopback() || slices.ContainsFunc(trusted, func(p netip.Prefix) bool { return p.Contains(a) })
}

// Limiter lets each source do something at a rate, with some in one go. It holds
// no addresses: sources are told apart by a keyed hash, whose key is of this run
// alone, and a source is forgotten once it has its full allowance again.
type Limiter struct {
	rate, burst float64 // a second; in one go
	key         [32]byte
	mu          sync.Mutex
	left        map[[16]byte]allowance
	swept       time.Time
}

type allowance struct {
	left float64
	at   time.Time
}

// mostSources bounds the sources that are remembered at a time; beyond it the
// memory begins anew, to the good of all.
const mostSources = 200_000

// NewLimiter makes a limiter of burst things in one go and rate a second in the
// long run. A rate of 0 limits nothing.
func NewLimiter(rate, burst float64) *Limiter {
	l := &Limiter{rate: rate, burst: burst, left: map[[16]byte]allowance{}}
	_, _ = rand.Read(l.key[:]) // never fails
	return l
}

// Allow reports whether a source may do it once more; if not, wait says how long
// it takes until it may.
func (l *Limiter) Allow(source netip.Addr, now time.Time) (ok bool, wait time.Duration) {
	if l == nil || l.rate <= 0 {
		return true, 0
	}
	mac := hmac.New(sha256.New, l.key[:])
	b := source.As16()
	mac.Write(b[:])
	id := [16]byte(mac.Sum(nil)[:16])
	l.mu.Lock()
	defer l.mu.Unlock()
	full := time.Duration(l.burst / l.rate * float64(time.Second))
	if now.Sub(l.swept) > full || len(l.left) > mostSources {
		for k, a := range l.left {
			if now.Sub(a.at) > full || len(l.left) > mostSources {
				delete(l.left, k)
			}
		}
		l.swept = now
	}
	a, known := l.left[id]
	if !known {
		a = allowance{l.burst, now}
	}
	a.left = min(l.burst, a.left+max(0, now.Sub(a.at).Seconds())*l.rate)
	a.at = now
	if ok = a.left >= 1; ok {
		a.left--
	} else {
		wait = time.Duration((1 - a.left) / l.rate * float64(time.Second))
	}
	l.left[id] = a
	return ok, wait
}
