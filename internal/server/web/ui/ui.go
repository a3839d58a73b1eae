// Package ui is what every page is made of: the two layouts, the components and
// their styles. It knows no noun of the business; a page hands it small view
// structs with texts that are ready to show.
//
// Every component is complete without scripts. Scripts in assets/app.js add
// comfort only: keys, a count of ticks, a warning before unsaved work is lost.
// The oldest browsers served are IE 11 and Chromium 69.
package ui

import (
	"net/url"
	"strings"
	"unicode"

	"github.com/a-h/templ"
)

// TokenField is the name of the form field that carries Page.CSRF.
const TokenField = "form_token"

// DemoText stands on every page that shows demonstration data, on screen and on
// paper, so that a print-out is not taken for the rule of a real place.
const DemoText = "演示数据：本站的单位、人员、事项均为演示而编，不代表任何单位的真实办事要求。"

// Page is the frame around the content of one page.
type Page struct {
	Title       string // without the name of the site
	Description string // for search engines, one sentence
	Canonical   string // absolute URL, if the page has one
	Data        string // the page's content as linked data: JSON, safe within a script element
	Site        string // name of the county, e.g. 某某县
	Path        string // URL path of this page, marks the place in Nav
	Query       string // raw query of this page; kept by the elder switch
	Nav         []NavItem
	Crumbs      []Crumb // from the home page down, without this page
	Elder       bool    // 关怀版
	Demo        bool    // demonstration data: says so on every page
	NoIndex     bool    // not for search engines
	Narrow      bool    // one column of reading width: forms, one thing a screen
	User        *UserView
	Refresh     int    // seconds until the page is asked for again, for long work; 0 never
	CSRF        string // token of the session, for the sign-out form
	Flash       string // what was just done
	ReleaseText string // which release the page shows
	Alternates  []Alternate
	Warning     string // what the reader should know before anything else
	NoWork      bool   // no workbench to sign in to

	ContactPhone string // public line; 12345 if empty

	// A page that is a file has a Root, "./" or "../", before all addresses; Script
	// says that it has the search, PortalHref where the portal is, if known.
	Root       string
	Script     bool
	PortalHref string

	// Addresses that have a usual place; empty means the usual one.
	HomeHref    string // "/", on the workbench "/work/"
	SignInHref  string // "/work/sign-in"
	SignOutHref string // "/work/sign-out", a POST
	WorkHref    string // "/work/", of a signed-in person on the portal
	ElderHref   string // "/elder?on=1&back=…", a GET that sets the cookie
}

// Alternate is the same in another format, for programs that read the head of a
// page.
type Alternate struct{ Type, Title, Href string }

// NavItem is one entry of the navigation.
type NavItem struct {
	Label string
	Href  string
	Count int    // waiting things; 0 shows none
	Group string // a heading before the first entry of a group
}

// Crumb is one step of the way to a page.
type Crumb struct{ Label, Href string }

// UserView is the person who is signed in.
type UserView struct{ Name, Unit, Roles string }

// FieldError is a message about one form field. ID is the name of the field, as
// fault.Field.Path gives it.
type FieldError struct{ ID, Text string }

// ErrorFor finds the message of a field, or "".
func ErrorFor(errs []FieldError, name string) string {
	for _, e := range errs {
		if e.ID == name {
			return e.Text
		}
	}
	return ""
}

// FieldID is the id attribute of the form field with a name: letters and digits
// of the name, everything else a hyphen, so that it can stand in a fragment.
func FieldID(name string) string {
	return "f-" + strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' {
			return r
		}
		return '-'
	}, name)
}

// asset is the address of a static file from this page.
func (p Page) asset(name string) string {
	if p.Root != "" {
		return p.Root + "assets/" + name
	}
	return Href(name)
}

func (p Page) fullTitle() string {
	t := p.siteName()
	if p.Title != "" {
		t = p.Title + " - " + t
	}
	return t
}

func (p Page) siteName() string { return p.Site + "最多跑一次" }

func (p Page) phone() string { return or(p.ContactPhone, "12345") }

func (p Page) elderHref() string {
	if p.ElderHref != "" {
		return p.ElderHref
	}
	on, back := "1", or(p.Path, "/")
	if p.Elder {
		on = "0"
	}
	if p.Query != "" {
		back += "?" + p.Query
	}
	return "/elder?on=" + on + "&back=" + url.QueryEscape(back)
}

func (p Page) htmlClass() string {
	if p.Elder {
		return "elder"
	}
	return "standard"
}

// current reports whether this page belongs to the entry: the entry with the
// longest address that the path begins with.
func (p Page) current(n NavItem) bool {
	best := ""
	for _, o := range p.Nav {
		if under(p.Path, o.Href) && len(o.Href) > len(best) {
			best = o.Href
		}
	}
	return best != "" && best == n.Href
}

// exact reports whether the entry is this very page.
func (p Page) exact(n NavItem) bool { return p.Path == n.Href }

func (p Page) ariaCurrent(n NavItem) string {
	if p.exact(n) {
		return "page"
	}
	return "true"
}

// newGroup reports whether entry i begins a group with a heading.
func (p Page) newGroup(i int) bool {
	g := p.Nav[i].Group
	return g != "" && (i == 0 || p.Nav[i-1].Group != g)
}

func under(path, base string) bool {
	base, _, _ = strings.Cut(base, "?")
	if base == "" || base == "/" || strings.HasSuffix(base, "/") {
		return path == base
	}
	return path == base || strings.HasPrefix(path, base+"/")
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// link lets addresses of this site through as they are, and of other addresses
// only the usual schemes: never javascript:.
func link(s string) templ.SafeURL {
	if s != "" && strings.IndexByte("/?#", s[0]) >= 0 {
		return templ.SafeURL(s)
	}
	return templ.URL(s)
}

func tel(phone string) string {
	return "tel:" + strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r == '+' {
			return r
		}
		return -1
	}, phone)
}
