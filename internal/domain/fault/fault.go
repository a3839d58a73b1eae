// Package fault is the one kind of error that crosses rooms: what went wrong,
// where in the input, and a Chinese text that is safe to show to anybody.
//
// A fault carries three things for three readers. The kind is for the program
// (an HTTP status, an exit code, a retry). The text and the fields are for the
// person in front of the page. The wrapped error is for the log alone; it is
// never shown.
package fault

import (
	"errors"
	"fmt"
	"strings"
)

// Kind says what sort of failure an error is. The zero value is Internal, so
// that an error nobody classified is never mistaken for the user's mistake.
type Kind int

// The kinds, with the HTTP status each one maps to.
const (
	Internal     Kind = iota // 500: a defect or an outage of our own
	Invalid                  // 422: the input breaks a rule; Fields says where
	NotFound                 // 404: no such thing, or not visible to this actor
	Conflict                 // 409: somebody else changed it, or the state forbids it
	Forbidden                // 403: this actor may not do this
	Unavailable              // 503: try again later
	Unauthorized             // 401: sign in first
)

var kindNames = [...]string{"internal", "invalid", "not-found", "conflict", "forbidden", "unavailable", "unauthorized"}

// String returns the stable machine name of the kind, as problem JSON uses it.
func (k Kind) String() string {
	if k < 0 || int(k) >= len(kindNames) {
		return kindNames[Internal]
	}
	return kindNames[k]
}

// Field is a message about one place of the input.
type Field struct {
	// Path names the place the way the input does: a form field, a JSON path
	// ("steps[2].id"), or sheet and cell ("事项!F12").
	Path string
	// Text says in Chinese what is wrong there and what to do.
	Text string
}

// Error is a classified error.
type Error struct {
	Kind   Kind
	Text   string
	Fields []Field
	Err    error // cause, for the log only
}

// Error joins text, fields and cause; it is meant for logs and tests.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Text)
	for _, f := range e.Fields {
		fmt.Fprintf(&b, " [%s: %s]", f.Path, f.Text)
	}
	if e.Err != nil {
		if b.Len() > 0 {
			b.WriteString(": ")
		}
		b.WriteString(e.Err.Error())
	}
	return b.String()
}

// Unwrap gives the cause to errors.Is and errors.As.
func (e *Error) Unwrap() error { return e.Err }

// New makes an error of kind k with a text safe to show.
func New(k Kind, format string, args ...any) *Error {
	return &Error{Kind: k, Text: fmt.Sprintf(format, args...)}
}

// Invalidf, NotFoundf, Conflictf, Forbiddenf and Unavailablef are New for their kind.
func Invalidf(format string, args ...any) *Error   { return New(Invalid, format, args...) }
func NotFoundf(format string, args ...any) *Error  { return New(NotFound, format, args...) }
func Conflictf(format string, args ...any) *Error  { return New(Conflict, format, args...) }
func Forbiddenf(format string, args ...any) *Error { return New(Forbidden, format, args...) }
func Unavailablef(format string, args ...any) *Error {
	return New(Unavailable, format, args...)
}

// Wrap classifies err and keeps it as the cause. It returns nil for a nil err.
func Wrap(k Kind, err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	e := New(k, format, args...)
	e.Err = err
	return e
}

// At adds a message about one place and returns e, so that calls can be chained.
func (e *Error) At(path, format string, args ...any) *Error {
	e.Fields = append(e.Fields, Field{Path: path, Text: fmt.Sprintf(format, args...)})
	return e
}

// OrNil returns e if it has collected any field, else nil: for validators that
// gather every mistake before they answer.
func (e *Error) OrNil() error {
	if e == nil || len(e.Fields) == 0 {
		return nil
	}
	return e
}

// KindOf returns the kind of the outermost classified error in err's chain.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}

// Is reports whether err is of kind k.
func Is(err error, k Kind) bool { return err != nil && KindOf(err) == k }

// Text returns what may be shown of err: its own text, or a neutral sentence
// for an error that nobody classified.
func Text(err error) string {
	var e *Error
	if errors.As(err, &e) && e.Kind != Internal && e.Text != "" {
		return e.Text
	}
	return "系统暂时出现问题，您的操作没有完成。请稍后再试。"
}

// Fields returns the messages about places in err's chain.
func Fields(err error) []Field {
	var e *Error
	if errors.As(err, &e) {
		return e.Fields
	}
	return nil
}
