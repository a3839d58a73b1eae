package web

import (
	"strings"

	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/publication"
	"onevisit/internal/server"
)

// GET /work/submissions
func (s *Server) getSubmissions(q *request) error {
	state := publication.SubmissionState(q.FormValue("state"))
	subs, err := s.Reform.Submissions(q.Context(), q.actor(), state, q.FormValue("before"), pageSize)
	if err != nil {
		return err
	}
	return q.render(q.page("报送与审核"), submissionsView(subs, state, len(subs) == pageSize))
}

func canReview(a org.Actor) bool {
	return org.Can(a, org.ReviewReform, "") == nil || org.Can(a, org.ReviewBureau, "") == nil
}

// GET /work/submissions/{id}
func (s *Server) getSubmission(q *request) error { return s.submissionPage(q, nil) }

// POST /work/submissions/{id}/pass-clean
func (s *Server) postPassClean(q *request) error {
	id := q.PathValue("id")
	if _, err := s.Reform.PassClean(q.Context(), q.actor(), id); err != nil {
		return err
	}
	return q.seeOther("/work/submissions/" + id + "?done=passed")
}

// GET /work/submissions/{id}/items/{item}: one screen an item.
func (s *Server) getReview(q *request) error { return s.reviewPage(q, nil) }

func (s *Server) reviewPage(q *request, failed error) error {
	v, err := s.Reform.ReviewItem(q.Context(), q.actor(), q.PathValue("id"), q.PathValue("item"))
	if err != nil {
		return err
	}
	d := reviewData{ReviewView: v, CSRF: q.in.FormToken, Form: q.PostForm, Fields: catalog.Elements().Elements}
	if failed == nil {
		return q.render(q.page("审核 "+v.Item.Name), reviewView(d))
	}
	var ok bool
	if d.Summary, d.Errors, ok = q.fieldErrors(failed); !ok {
		return failed
	}
	q.status(server.Status(failed), q.page("审核 "+v.Item.Name), reviewView(d))
	return nil
}

// POST /work/submissions/{id}/items/{item}
func (s *Server) postReview(q *request) error {
	id, item := q.PathValue("id"), q.PathValue("item")
	// Three lines of remarks stand in the form; empty ones are no remarks.
	var remarks []publication.Remark
	fields, texts := q.PostForm["remark_field"], q.PostForm["remark_text"]
	for i, t := range texts {
		if t = strings.TrimSpace(t); t == "" || i >= len(fields) {
			continue
		}
		remarks = append(remarks, publication.Remark{Field: fields[i], Text: t})
	}
	decision := publication.Decision(q.PostFormValue("decision"))
	next := ""
	if v, err := s.Reform.ReviewItem(q.Context(), q.actor(), id, item); err == nil {
		if next = v.Next; next == "" {
			next = v.Prev
		}
	}
	if err := s.Reform.Decide(q.Context(), q.actor(), id, []string{item}, decision, remarks); err != nil {
		return s.reviewPage(q, err)
	}
	if next != "" {
		return q.seeOther("/work/submissions/" + id + "/items/" + next + "?done=reviewed")
	}
	return q.seeOther("/work/submissions/" + id + "?done=reviewed")
}
