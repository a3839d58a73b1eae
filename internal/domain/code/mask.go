package code

import (
	"fmt"
	"log/slog"
	"strings"
	"unicode/utf8"

	"onevisit/internal/domain/fault"
)

// IDNumber is an identity number, Phone a telephone number. However they are
// printed, formatted, logged or marshalled, only the first three and the last
// four characters show. Reveal gives the plain text, so that a search for
// Reveal finds every place where one leaves.
//
// Three ways around the mask are known. Wanted: database/sql stores the plain
// text, as both are strings. Unavoidable: package fmt cannot call a method of
// an unexported struct field, so keep such fields exported or do not print the
// struct; and encoding/json writes string keys of a map as they are, so neither
// type may be a key.
type (
	IDNumber string
	Phone    string
)

// Reveal gives the plain number.
func (n IDNumber) Reveal() string { return string(n) }

// Reveal gives the plain number.
func (p Phone) Reveal() string { return string(p) }

// String is masked: 110***********002X.
func (n IDNumber) String() string { return mask(string(n)) }

// String is masked: 138****8000.
func (p Phone) String() string { return mask(string(p)) }

// GoString is masked.
func (n IDNumber) GoString() string { return `code.IDNumber("` + mask(string(n)) + `")` }

// GoString is masked.
func (p Phone) GoString() string { return `code.Phone("` + mask(string(p)) + `")` }

// Format is masked for every verb.
func (n IDNumber) Format(f fmt.State, verb rune) { format(f, verb, n.String(), n.GoString()) }

// Format is masked for every verb.
func (p Phone) Format(f fmt.State, verb rune) { format(f, verb, p.String(), p.GoString()) }

// LogValue is masked.
func (n IDNumber) LogValue() slog.Value { return slog.StringValue(n.String()) }

// LogValue is masked.
func (p Phone) LogValue() slog.Value { return slog.StringValue(p.String()) }

// MarshalText is masked.
func (n IDNumber) MarshalText() ([]byte, error) { return []byte(n.String()), nil }

// MarshalText is masked.
func (p Phone) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText takes a plain number, normalised, and refuses a masked one, so
// that a masked document read back cannot overwrite the number.
func (n *IDNumber) UnmarshalText(b []byte) error {
	s, err := unmasked(b)
	*n = IDNumber(s)
	return err
}

// UnmarshalText takes a plain number, normalised, and refuses a masked one.
func (p *Phone) UnmarshalText(b []byte) error {
	s, err := unmasked(b)
	*p = Phone(s)
	return err
}

func unmasked(b []byte) (string, error) {
	if strings.IndexByte(string(b), '*') >= 0 {
		return "", fault.Invalidf("号码含有“*”，是隐去中间位数的号码，请填写完整号码。")
	}
	return Normalize(string(b)), nil
}

func format(f fmt.State, verb rune, s, goSyntax string) {
	switch {
	case verb == 'q':
		s = `"` + s + `"`
	case verb == 'v' && f.Flag('#'):
		s = goSyntax
	}
	if w, ok := f.Width(); ok {
		if gap := w - utf8.RuneCountInString(s); gap > 0 {
			if f.Flag('-') {
				s += strings.Repeat(" ", gap)
			} else {
				s = strings.Repeat(" ", gap) + s
			}
		}
	}
	_, _ = f.Write([]byte(s))
}

// mask shows the first three and last four characters of a number of eleven or
// more, the last two of one of seven to ten, and nothing of a shorter one.
func mask(s string) string {
	r := []rune(s)
	head, tail := 3, 4
	switch {
	case len(r) == 0:
		return ""
	case len(r) < 7:
		return "****"
	case len(r) < 11:
		head, tail = 0, 2
	}
	for i := head; i < len(r)-tail; i++ {
		r[i] = '*'
	}
	return string(r)
}

// ValidMobile reports a mobile number of the mainland: 11 digits, 13x–19x.
func ValidMobile(s string) bool {
	return len(s) == 11 && allDigits(s) && s[0] == '1' && s[1] >= '3'
}

// group is a run of digits in a text.
type group struct {
	start, end int    // bytes
	digits     string // half-width
}

// MaskText hides the identity and mobile numbers inside free text: 17 digits
// and a digit or X with a birth date that exists, 15 digits likewise, and 11
// digits from 13 on, also with +86, in full width, or parted by single spaces
// or hyphens. Digits inside longer codes and office telephones (with area code)
// stay. It takes linear time.
func MaskText(s string) string {
	if !strings.ContainsAny(s, "0123456789０１２３４５６７８９") {
		return s
	}
	groups := digitGroups(s)
	var out strings.Builder
	done := 0
	for i := 0; i < len(groups); i++ {
		if i > 0 && groups[i].start < done {
			continue
		}
		if glued(s, groups[i].start) {
			continue
		}
		joined, hit := "", -1
		for j := i; j < len(groups) && j < i+6; j++ {
			if j > i && !singleSeparator(s[groups[j-1].end:groups[j].start]) {
				break
			}
			if joined += groups[j].digits; len(joined) > 20 {
				break
			}
			if personal(joined) && !letterAt(s, groups[j].end) {
				hit = j
				break
			}
		}
		if hit < 0 {
			continue
		}
		out.WriteString(s[done:groups[i].start])
		out.WriteString(maskDigits(s[groups[i].start:groups[hit].end]))
		done = groups[hit].end
	}
	if done == 0 {
		return s
	}
	out.WriteString(s[done:])
	return out.String()
}

func digitGroups(s string) []group {
	var groups []group
	var cur []byte
	start := -1
	flush := func(end int) {
		if start >= 0 {
			groups = append(groups, group{start, end, string(cur)})
		}
		start, cur = -1, cur[:0]
	}
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if r >= '０' && r <= '９' {
			r = r - '０' + '0'
		}
		isX := r == 'x' || r == 'X' || r == 'ｘ' || r == 'Ｘ'
		switch {
		case r >= '0' && r <= '9':
			if start < 0 {
				start = i
			}
			cur = append(cur, byte(r))
		case isX && start >= 0 && len(cur) <= 17:
			// The X closes an identity number; 17 digits may stand in several groups.
			cur = append(cur, 'X')
			flush(i + size)
		default:
			flush(i)
		}
		i += size
	}
	flush(len(s))
	return groups
}

// personal judges the digits of one or several groups.
func personal(d string) bool {
	switch len(d) {
	case 11:
		return ValidMobile(d)
	case 13:
		return d[:2] == "86" && ValidMobile(d[2:])
	case 15:
		return allDigits(d) && d[0] != '0' && validBirth("19"+d[6:12]) || d[:4] == "0086" && ValidMobile(d[4:])
	case 18:
		return allDigits(d[:17]) && d[0] != '0' && validBirth(d[6:14])
	}
	return false
}

func singleSeparator(s string) bool {
	switch s {
	case " ", "-", "　", "\u00a0", "－":
		return true
	}
	return false
}

// glued reports that a Latin letter stands directly before i: part of a code.
func glued(s string, i int) bool {
	return i > 0 && (s[i-1] >= 'a' && s[i-1] <= 'z' || s[i-1] >= 'A' && s[i-1] <= 'Z')
}

func letterAt(s string, i int) bool {
	return i < len(s) && (s[i] >= 'a' && s[i] <= 'z' || s[i] >= 'A' && s[i] <= 'Z')
}

// maskDigits hides all digits of a piece but the first three and last four.
func maskDigits(s string) string {
	r := []rune(s)
	isNumber := func(c rune) bool {
		return c >= '0' && c <= '9' || c >= '０' && c <= '９' || c == 'x' || c == 'X' || c == 'ｘ' || c == 'Ｘ'
	}
	total := 0
	for _, c := range r {
		if isNumber(c) {
			total++
		}
	}
	seen := 0
	for i, c := range r {
		if !isNumber(c) {
			continue
		}
		if seen >= 3 && seen < total-4 {
			r[i] = '*'
		}
		seen++
	}
	return string(r)
}
