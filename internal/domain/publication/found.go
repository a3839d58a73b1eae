package publication

import (
	"html"
	"regexp"
	"slices"
	"strings"

	"onevisit/internal/domain/fault"
)

// Found is what a page of another site says about published items.
type Found struct {
	// Codes are verification codes that the page gives as such: in an address of
	// the portal, or after the word 核验码.
	Codes []string
	// Perhaps are texts of the form of a code that stand there without saying so;
	// only those that exist count.
	Perhaps []string
	// Items are texts of the form of an implementation code (31 characters).
	Items []string
	// Releases are hashes of releases, as packages and our own fragments carry them:
	// a fragment that was copied once tells by it how old it is.
	Releases []string
	// Live says that the page embeds the portal itself (a frame or a script with
	// one of its addresses), so that this part is current whenever it is read.
	Live bool
}

// mostFound bounds what one page can say of each kind: more than the largest
// unit has items.
const mostFound = 2000

const codeForm = `[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}`

var (
	pageComment  = regexp.MustCompile(`(?s)<!--.*?-->`)
	pageTag      = regexp.MustCompile(`(?s)<[^>]*>`)
	liveAddress  = regexp.MustCompile(`/embed/(?:items|releases)(?:/frame)?(?:[?"'\s)]|$)`)
	codeAddress  = regexp.MustCompile(`/verify/?\?(?:[^"'\s<>]*&)?code=([0-9A-Za-z]{5}-?[0-9A-Za-z]{5})`)
	codeWord     = regexp.MustCompile(`核验码[\s\x{a0}\x{3000}：:]*(` + codeForm + `)`)
	codeAnywhere = regexp.MustCompile(`(?:^|[^0-9A-Za-z-])(` + codeForm + `)(?:[^0-9A-Za-z-]|$)`)
	implAnywhere = regexp.MustCompile(`(?:^|[^0-9A-Za-z])([0-9A-Z]{31})(?:[^0-9A-Za-z]|$)`)
	hashAnywhere = regexp.MustCompile(`(?:^|[^0-9A-Za-z])([0-9a-f]{64})(?:[^0-9A-Za-z]|$)`)
)

// FindShown reads a page: HTML in whatever encoding keeps ASCII, or plain text.
// Comments do not count, as nobody sees them. It takes time linear in the page's
// length; how long a page may be is decided by who fetches it.
func FindShown(page string) Found {
	page = pageComment.ReplaceAllString(page, " ")
	markup := html.UnescapeString(page)
	text := html.UnescapeString(pageTag.ReplaceAllString(page, " "))
	var f Found
	f.Live = liveAddress.MatchString(markup)
	code := func(s string) string { return NormalizeVerifyCode(s) }
	same := func(s string) string { return s }
	collect(&f.Codes, markup, codeAddress, code)
	collect(&f.Codes, text, codeWord, code)
	collect(&f.Perhaps, text, codeAnywhere, code)
	f.Perhaps = slices.DeleteFunc(f.Perhaps, func(c string) bool { return slices.Contains(f.Codes, c) })
	collect(&f.Items, markup, implAnywhere, same)
	collect(&f.Releases, markup, hashAnywhere, same)
	return f
}

// collect adds what a pattern's group finds, each once and in order.
func collect(to *[]string, text string, pattern *regexp.Regexp, norm func(string) string) {
	have := map[string]bool{}
	for _, v := range *to {
		have[v] = true
	}
	// What surrounds a match may be the separator of the next: going on from the
	// end of the group does not lose it.
	for at := 0; at <= len(text) && len(have) < mostFound; {
		m := pattern.FindStringSubmatchIndex(text[at:])
		if m == nil {
			break
		}
		if v := norm(text[at+m[2] : at+m[3]]); v != "" && !have[v] {
			have[v] = true
			*to = append(*to, v)
		}
		at += m[3]
	}
	slices.Sort(*to)
}

// CodeLine is one line of a list of codes that somebody pastes or uploads.
type CodeLine struct {
	Line int // from 1
	Text string
	Code string // empty if there is none in it
}

// mostLines bounds a list.
const mostLines = 5000

var codeTyped = regexp.MustCompile(`(?i)(?:^|[^0-9A-Z])([0-9A-Z]{5})[\s—-]?([0-9A-Z]{5})(?:[^0-9A-Z]|$)`)

// ReadCodes reads a list of codes, one a line: the code alone as it was typed, an
// address behind a QR code, or a row of a csv file, in which the code may stand in
// any column. Empty lines, and a first line that names columns, are left out.
func ReadCodes(text string) ([]CodeLine, error) {
	var out []CodeLine
	n := 0
	for l := range strings.Lines(strings.TrimPrefix(text, "\ufeff")) {
		n++
		l = strings.TrimSpace(l)
		if l == "" || n == 1 && strings.Contains(l, "核验码") && codeTyped.FindString(l) == "" {
			continue
		}
		if len(out) == mostLines {
			return nil, fault.Invalidf("清单超过 %d 行，请分成几次登记。", mostLines)
		}
		out = append(out, CodeLine{n, l, codeIn(l)})
	}
	return out, nil
}

// codeIn is the code in a line: after code= if it is an address, else whatever
// has a code's form and can be one.
func codeIn(line string) string {
	if m := codeAddress.FindStringSubmatch(line); m != nil {
		return NormalizeVerifyCode(m[1])
	}
	for at := 0; at < len(line); {
		m := codeTyped.FindStringSubmatchIndex(line[at:])
		if m == nil {
			return ""
		}
		typed := line[at+m[2]:at+m[3]] + line[at+m[4]:at+m[5]]
		// Letters that codes do not have are read as digits only beside real ones:
		// "hello world" is no code. One code in fifty has no digit at all.
		plain := strings.Trim(strings.ToUpper(typed), numberLetters) == ""
		if code := NormalizeVerifyCode(typed); (plain || strings.ContainsAny(typed, "0123456789")) && strings.Trim(code, numberLetters+"-") == "" {
			return code
		}
		at += m[5]
	}
	return ""
}
