package web

import (
	"net/url"
	"strings"

	"onevisit/internal/app/office"
	"onevisit/internal/domain/org"
	"onevisit/internal/server"
	"onevisit/internal/server/web/ui"
)

// peopleData is the page of accounts.
type peopleData struct {
	People  []office.Account // those that the filter lets through, a page of them
	Total   int
	Units   []org.Unit
	Query   url.Values
	CSRF    string
	Summary string
	Errors  []ui.FieldError
	Form    url.Values
	Manage  bool // makes, stops and restores accounts
	Grant   bool // gives roles
	More    bool
}

func (d peopleData) unitName(id string) string {
	for _, u := range d.Units {
		if u.ID == id {
			return u.Name
		}
	}
	return ""
}

func (d peopleData) unitOptions(chosen, none string) []ui.Option {
	pairs := [][2]string{{"", none}}
	for _, u := range d.Units {
		pairs = append(pairs, [2]string{u.ID, u.Name})
	}
	return ui.Options([]string{chosen}, pairs...)
}

func roleOptions(roles []org.Role, chosen ...string) []ui.Option {
	var pairs [][2]string
	for _, r := range roles {
		pairs = append(pairs, [2]string{string(r), string(r)})
	}
	return ui.Options(chosen, pairs...)
}

func (d peopleData) field(name, label, help, typ string) ui.FieldView {
	v := ui.FieldView{Name: name, Label: label, Help: help, Type: typ, Required: true, Width: "medium", Error: ui.ErrorFor(d.Errors, name)}
	if typ != "password" {
		v.Value = d.Form.Get(name)
	} else {
		v.Auto = "new-password"
	}
	return v
}

func personRoles(p org.Person) string {
	s := make([]string, len(p.Roles))
	for i, r := range p.Roles {
		s[i] = string(r)
	}
	return strings.Join(s, "、")
}

func roleStrings(roles []org.Role) []string {
	s := make([]string, len(roles))
	for i, r := range roles {
		s[i] = string(r)
	}
	return s
}

// href is this page with one filter changed.
func (d peopleData) href(key, value string) string {
	v := url.Values{}
	for _, k := range []string{"q", "unit", "role", "state"} {
		if s := d.Query.Get(k); s != "" {
			v.Set(k, s)
		}
	}
	v.Set(key, value)
	return "/work/people?" + v.Encode()
}

func (d peopleData) fits(p office.Account) bool {
	text, unit, role, state := strings.TrimSpace(d.Query.Get("q")), d.Query.Get("unit"), d.Query.Get("role"), d.Query.Get("state")
	return (text == "" || strings.Contains(p.Login, strings.ToLower(text)) || strings.Contains(p.Name, text)) && (unit == "" || p.UnitID == unit) &&
		(role == "" || strings.Contains("、"+personRoles(p.Person)+"、", "、"+role+"、")) &&
		(state == "" || state == "disabled" && p.Disabled || state == "locked" && p.Locked || state == "never" && p.SignedInAt.IsZero())
}

// GET /work/people
func (s *Server) getPeople(q *request) error { return s.peoplePage(q, nil) }

func (s *Server) peoplePage(q *request, failed error) error {
	people, err := s.Office.People(q.Context(), q.actor(), "")
	if err != nil {
		return err
	}
	d := peopleData{CSRF: q.in.FormToken, Form: q.PostForm, Query: q.URL.Query(),
		Manage: org.Can(q.actor(), org.ManagePeople, "") == nil, Grant: org.Can(q.actor(), org.GrantRoles, "") == nil}
	if d.Units, err = s.Office.Units(q.Context()); err != nil {
		return err
	}
	after := d.Query.Get("after") // a login name; the list is in their order
	for _, p := range people {
		if !d.fits(p) {
			continue
		}
		d.Total++
		if p.Login <= after {
			continue
		}
		if len(d.People) == pageSize {
			d.More = true
			continue
		}
		d.People = append(d.People, p)
	}
	if failed == nil {
		return q.render(q.page("账号"), peopleView(d))
	}
	var ok bool
	if d.Summary, d.Errors, ok = q.fieldErrors(failed); !ok {
		return failed
	}
	q.status(server.Status(failed), q.page("账号"), peopleView(d))
	return nil
}

// POST /work/people: a new account, or one stopped, restored, unlocked, with
// other roles or with a new password.
func (s *Server) postPeople(q *request) error {
	var err error
	switch login := q.PostFormValue("login"); q.PostFormValue("do") {
	case "disable":
		err = s.Office.SetDisabled(q.Context(), q.actor(), login, true)
	case "enable":
		err = s.Office.SetDisabled(q.Context(), q.actor(), login, false)
	case "unlock":
		err = s.Office.Unlock(q.Context(), q.actor(), login)
	case "roles":
		var roles []org.Role
		for _, r := range q.PostForm["roles"] {
			roles = append(roles, org.Role(r))
		}
		err = s.Office.GrantRoles(q.Context(), q.actor(), login, roles)
	case "reset":
		err = s.Office.ResetPassword(q.Context(), q.actor(), login, q.PostFormValue("password"), true)
	default:
		_, err = s.Office.AddPerson(q.Context(), q.actor(), org.Person{Login: login, Name: q.PostFormValue("name"), UnitID: q.PostFormValue("unit"),
			Roles: []org.Role{org.Role(q.PostFormValue("role"))}}, q.PostFormValue("password"), true)
	}
	if err != nil {
		return s.peoplePage(q, err)
	}
	return q.seeOther("/work/people?done=account")
}

func (d peopleData) prev() string {
	if d.Query.Get("after") == "" {
		return ""
	}
	return d.href("after", "") // the first page again
}

func (d peopleData) next() string {
	if !d.More {
		return ""
	}
	return d.href("after", d.People[len(d.People)-1].Login)
}
