// Package server holds what its doors (web, api, worker) share: the one mapping
// from faults to HTTP, the session cookie, and the tags by which answers are
// told apart.
package server

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"

	"onevisit/internal/domain/fault"
)

// SessionCookie names the cookie of a signed-in browser.
const SessionCookie = "onevisit_session"

// MaxUpload bounds a request that carries a file, in bytes. The file itself may
// have 200 MB; the rest is the form around it.
const MaxUpload = 210 << 20

// statuses maps the kinds of fault to HTTP, for pages and problem JSON alike.
var statuses = map[fault.Kind]int{
	fault.Internal:     http.StatusInternalServerError,
	fault.Invalid:      http.StatusUnprocessableEntity,
	fault.NotFound:     http.StatusNotFound,
	fault.Conflict:     http.StatusConflict,
	fault.Forbidden:    http.StatusForbidden,
	fault.Unavailable:  http.StatusServiceUnavailable,
	fault.Unauthorized: http.StatusUnauthorized,
}

// protocolError is a fault that HTTP has a more exact status for.
type protocolError struct {
	status int
	err    error
}

func (e *protocolError) Error() string { return e.err.Error() }
func (e *protocolError) Unwrap() error { return e.err }

// WithStatus gives a fault a more exact status than its kind has: 412, 415 and
// the like, which only HTTP knows.
func WithStatus(status int, err error) error { return &protocolError{status, err} }

// Status is the HTTP status of an error.
func Status(err error) int {
	var p *protocolError
	if errors.As(err, &p) {
		return p.status
	}
	return statuses[fault.KindOf(err)]
}

// Problem is an error as programs read it (RFC 9457). Instance names the request
// as the log does.
type Problem struct {
	Type     string  `json:"type"`
	Title    string  `json:"title"`
	Status   int     `json:"status"`
	Detail   string  `json:"detail"`
	Instance string  `json:"instance"`
	Errors   []Place `json:"errors,omitempty"`
}

// Place is a message about one place of the input.
type Place struct {
	Path string `json:"path"`
	Text string `json:"text"`
}

// WriteProblem answers a request that ended in an error as problem JSON.
func WriteProblem(w http.ResponseWriter, err error, number string) {
	status := Status(err)
	p := Problem{Type: "urn:onevisit:fault:" + fault.KindOf(err).String(), Title: http.StatusText(status), Status: status,
		Detail: fault.Text(err), Instance: "urn:onevisit:request:" + number}
	for _, f := range fault.Fields(err) {
		p.Errors = append(p.Errors, Place{f.Path, f.Text})
	}
	w.Header().Set("Content-Type", "application/problem+json; charset=utf-8")
	w.WriteHeader(status)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(p) // the client is gone if it fails
}

// NewNumber makes the number of a request, quoted to the user and in the log.
func NewNumber() string {
	var b [5]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// build names this build of the program, whose answers may differ from
// another's: the hash of its file. Revision numbers do not do, since builds
// outside of a checkout have none. Where the file cannot be read it is a number
// of this run.
var build = sync.OnceValue(func() string {
	name, err := os.Executable()
	if err != nil {
		return NewNumber()
	}
	f, err := os.Open(name)
	if err != nil {
		return NewNumber()
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return NewNumber()
	}
	return hex.EncodeToString(h.Sum(nil))
})

// Tag is the entity tag of what this build answers for the given parts.
func Tag(parts ...any) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%v\x00", p)
	}
	_, _ = io.WriteString(h, build())
	return `"` + hex.EncodeToString(h.Sum(nil)[:12]) + `"`
}

// ContentTag is the entity tag of an answer that holds these bytes, whatever
// build and server made them.
func ContentTag(body []byte) string {
	h := sha256.Sum256(body)
	return `"` + hex.EncodeToString(h[:12]) + `"`
}

// Matches reports whether an If-None-Match names the tag; proxies that compress
// make it weak (RFC 9110, 13.1.2).
func Matches(header, tag string) bool {
	for t := range strings.SplitSeq(header, ",") {
		if strings.TrimPrefix(strings.TrimSpace(t), "W/") == tag {
			return true
		}
	}
	return false
}

// AcceptsGzip reads Accept-Encoding (RFC 9110, 12.5.3).
func AcceptsGzip(header string) bool {
	if header == "gzip" { // as programs write it
		return true
	}
	for part := range strings.SplitSeq(header, ",") {
		coding, params, _ := strings.Cut(part, ";")
		if c := strings.TrimSpace(coding); !strings.EqualFold(c, "gzip") && c != "*" {
			continue
		}
		q, weighted := strings.CutPrefix(strings.ReplaceAll(params, " ", ""), "q=")
		if !weighted {
			return true
		}
		v, err := strconv.ParseFloat(q, 64)
		return err == nil && v > 0
	}
	return false
}
