package web

import (
	"onevisit/internal/app/reform"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/publication"
	"onevisit/internal/server"
	"onevisit/internal/server/web/ui"
)

// submissionData is the page of a submission.
type submissionData struct {
	Review   *reform.Review
	Reporter bool
	// Signing is what the leader needs to sign the commitment, nil for others.
	Signing *reform.Signing
	CSRF    string
	Summary string
	Errors  []ui.FieldError
}

func (s *Server) submissionPage(q *request, failed error) error {
	after := q.number("after")
	if from := q.number("from"); from != nil { // where the reader came from
		*from--
		after = from
	}
	v, err := s.Reform.Review(q.Context(), q.actor(), q.PathValue("id"), q.reviewPart(), after, q.number("before"), pageSize)
	if err != nil {
		return err
	}
	sub := &v.Submission
	d := submissionData{Review: v, Reporter: org.Can(q.actor(), org.SubmitPackage, sub.UnitID) == nil, CSRF: q.in.FormToken}
	if d.Signing, err = s.Reform.CanSign(q.Context(), q.actor(), sub); err != nil {
		return err
	}
	if failed == nil {
		return q.render(q.page(sub.Number), submissionView(d))
	}
	var ok bool
	if d.Summary, d.Errors, ok = q.fieldErrors(failed); !ok {
		return failed
	}
	q.status(server.Status(failed), q.page(sub.Number), submissionView(d))
	return nil
}

// POST /work/submissions/{id}/sign
func (s *Server) postSign(q *request) error {
	if err := s.Reform.SignCommitment(q.Context(), q.actor(), q.PathValue("id"), q.PostFormValue("passphrase")); err != nil {
		return s.submissionPage(q, err)
	}
	return q.seeOther("/work/submissions/" + q.PathValue("id") + "?done=signed")
}

// signatureState is the light and the words of an electronic signature.
func signatureState(c *publication.SignedCommitment) (light, word string) {
	text, good := reform.SignatureText(c)
	switch {
	case !good:
		return "red", text
	case c.Key.Revoked != nil:
		return "yellow", text
	}
	return "green", text
}
