package web

import (
	"bytes"
	"strings"

	"onevisit/internal/app/reform"
	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/server"
)

// unitParam is the unit a page is about: the one in the URL, else one's own.
func (q *request) unitParam() string {
	if u := q.FormValue("unit"); u != "" {
		return u
	}
	return q.actor().UnitID
}

// GET /work/report: what the unit can hand in, with the commitment.
func (s *Server) getReport(q *request) error { return s.reportPage(q, nil) }

func (s *Server) reportPage(q *request, failed error) error {
	p, err := s.Reform.Prepare(q.Context(), q.actor(), q.unitParam())
	if err != nil {
		return err
	}
	units, err := s.ownUnits(q, org.SubmitPackage)
	if err != nil {
		return err
	}
	d := reportData{Prep: p, Units: units, CSRF: q.in.FormToken, Today: calendar.DateOf(q.s.now()).String(), Form: q.PostForm}
	if failed == nil {
		return q.render(q.page("报送"), reportView(d))
	}
	var ok bool
	if d.Summary, d.Errors, ok = q.fieldErrors(failed); !ok {
		return failed
	}
	q.status(server.Status(failed), q.page("报送"), reportView(d))
	return nil
}

// POST /work/report
func (s *Server) postReport(q *request) error {
	in := reform.Reporting{UnitID: q.PostFormValue("unit"), Signatory: q.PostFormValue("signatory"), Title: q.PostFormValue("title"), Text: q.PostFormValue("text")}
	if d := q.PostFormValue("signed_on"); d != "" {
		var err error
		if in.SignedOn, err = calendar.ParseDate(d); err != nil {
			return s.reportPage(q, fault.Invalidf("报送没有提交。").At("commitment.signed_on", "签署日期应形如 2018-07-10"))
		}
	}
	in.Reasons = map[string]string{}
	for name, values := range q.PostForm {
		if rule, ok := strings.CutPrefix(name, "reasons."); ok {
			in.Reasons[rule] = strings.Join(values, "")
		}
	}
	scan, done, err := q.scanFile()
	if err != nil {
		return s.reportPage(q, err)
	}
	defer done()
	in.Scan = scan
	sub, err := s.Reform.SubmitPackage(q.Context(), q.actor(), in)
	if err != nil {
		return s.reportPage(q, err)
	}
	return q.seeOther("/work/submissions/" + sub.ID + "?done=reported")
}

// POST /work/report/zero
func (s *Server) postZeroReport(q *request) error {
	sub, err := s.Reform.SubmitZeroReport(q.Context(), q.actor(), q.PostFormValue("unit"), q.PostFormValue("statement"))
	if err != nil {
		return s.reportPage(q, err)
	}
	return q.seeOther("/work/submissions/" + sub.ID + "?done=reported")
}

// GET /work/contacts: to the offices all units, to a unit its own.
func (s *Server) getContacts(q *request) error {
	if org.Can(q.actor(), org.ReadCounty, "") != nil || q.FormValue("unit") != "" {
		return s.contactsPage(q, nil)
	}
	list, err := s.Reform.Contacts(q.Context(), q.actor())
	if err != nil {
		return err
	}
	p, err := s.Reform.Plan(q.Context())
	if err != nil {
		return err
	}
	return q.render(q.page("负责人和联络员"), contactListView(list, p, org.Can(q.actor(), org.ManagePlan, "") == nil))
}

// GET /work/contacts.xlsx
func (s *Server) getContactTable(q *request) error {
	return q.print("负责人和联络员", "xlsx", func(b *bytes.Buffer) ([]rune, error) {
		return nil, s.Reform.WriteContacts(q.Context(), q.actor(), b)
	})
}

func (s *Server) contactsPage(q *request, failed error) error {
	unit := q.unitParam()
	c, err := s.Reform.Contact(q.Context(), q.actor(), unit)
	if err != nil {
		return err
	}
	p, err := s.Reform.Plan(q.Context())
	if err != nil {
		return err
	}
	d := contactsData{MayReport: org.Can(q.actor(), org.ReportContacts, unit) == nil, Unit: unit, Plan: p, CSRF: q.in.FormToken, Form: q.PostForm}
	if c != nil {
		d.Contact = *c
	}
	if d.Former, err = s.Reform.FormerContacts(q.Context(), q.actor(), unit); err != nil {
		return err
	}
	if failed == nil {
		return q.render(q.page("负责人和联络员"), contactsView(d))
	}
	var ok bool
	if d.Summary, d.Errors, ok = q.fieldErrors(failed); !ok {
		return failed
	}
	q.status(server.Status(failed), q.page("负责人和联络员"), contactsView(d))
	return nil
}

// POST /work/contacts
func (s *Server) postContacts(q *request) error {
	err := s.Reform.ReportContacts(q.Context(), q.actor(), reform.Contact{UnitID: q.PostFormValue("unit"), Leader: q.PostFormValue("leader"),
		LeaderTitle: q.PostFormValue("leader_title"), Liaison: q.PostFormValue("liaison"), Phone: q.PostFormValue("phone")})
	if err != nil {
		return s.contactsPage(q, err)
	}
	return q.seeOther("/work/contacts?done=contacts")
}
