package web

import (
	"strings"

	"onevisit/internal/app/reform"
	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/server"
)

// GET /work/batches
func (s *Server) getBatches(q *request) error {
	batches, err := s.Reform.Batches(q.Context(), q.actor())
	if err != nil {
		return err
	}
	waiting, err := s.Reform.Waiting(q.Context(), q.actor())
	if err != nil {
		return err
	}
	_, units, err := s.readableUnits(q)
	if err != nil {
		return err
	}
	return q.render(q.page("批次与公布"), batchesView(batches, waiting, units, org.Can(q.actor(), org.ComposeBatch, "") == nil, q.in.FormToken))
}

// POST /work/batches
func (s *Server) postBatches(q *request) error {
	var units []string
	if u := q.PostFormValue("unit"); u != "" {
		units = []string{u}
	}
	id, err := s.Reform.ComposeBatch(q.Context(), q.actor(), q.PostFormValue("title"), units)
	if err != nil {
		return err
	}
	return q.seeOther("/work/batches/" + id + "?done=composed")
}

// GET /work/batches/{id}
func (s *Server) getBatch(q *request) error { return s.batchPage(q, nil) }

func (s *Server) batchPage(q *request, failed error) error {
	b, err := s.Reform.Batch(q.Context(), q.actor(), q.PathValue("id"))
	if err != nil {
		return err
	}
	d := batchData{Batch: b, CSRF: q.in.FormToken, Today: calendar.DateOf(s.now()).String(), Form: q.PostForm,
		CanCompose: org.Can(q.actor(), org.ComposeBatch, "") == nil, CanApprove: org.Can(q.actor(), org.ApproveBatch, "") == nil}
	if r, err := s.Portal.ReleaseOf(b.ID); err == nil {
		d.Release = r
	}
	if failed == nil {
		return q.render(q.page(b.Title), batchView(d))
	}
	var ok bool
	if d.Summary, d.Errors, ok = q.fieldErrors(failed); !ok {
		return failed
	}
	q.status(server.Status(failed), q.page(b.Title), batchView(d))
	return nil
}

// POST /work/batches/{id}/remove
func (s *Server) postBatchRemove(q *request) error {
	if err := s.Reform.RemoveFromBatch(q.Context(), q.actor(), q.PathValue("id"), q.PostFormValue("item")); err != nil {
		return err
	}
	return q.seeOther("/work/batches/" + q.PathValue("id") + "?done=saved")
}

// POST /work/batches/{id}/send
func (s *Server) postBatchSend(q *request) error {
	if err := s.Reform.SendBatch(q.Context(), q.actor(), q.PathValue("id")); err != nil {
		return s.batchPage(q, err)
	}
	return q.seeOther("/work/batches/" + q.PathValue("id") + "?done=sent")
}

// POST /work/batches/{id}/approve
func (s *Server) postBatchApprove(q *request) error {
	in := reform.Approval{DocNo: strings.TrimSpace(q.PostFormValue("doc_no")), Strike: map[string]string{}}
	if d := q.PostFormValue("doc_date"); d != "" {
		var err error
		if in.DocDate, err = calendar.ParseDate(d); err != nil {
			return s.batchPage(q, fault.Invalidf("批次没有批准。").At("doc_date", "成文日期应形如 2018-08-31"))
		}
	}
	for _, id := range q.PostForm["strike"] {
		in.Strike[id] = q.PostFormValue("reason." + id)
	}
	if err := s.Reform.ApproveBatch(q.Context(), q.actor(), q.PathValue("id"), in); err != nil {
		return s.batchPage(q, err)
	}
	return q.seeOther("/work/batches/" + q.PathValue("id") + "?done=approved")
}

// POST /work/batches/{id}/return
func (s *Server) postBatchReturn(q *request) error {
	if err := s.Reform.ReturnBatch(q.Context(), q.actor(), q.PathValue("id"), q.PostFormValue("note")); err != nil {
		return s.batchPage(q, err)
	}
	return q.seeOther("/work/batches/" + q.PathValue("id") + "?done=returned")
}

// POST /work/batches/{id}/publish
func (s *Server) postBatchPublish(q *request) error {
	if err := s.publishNow(q, q.PathValue("id")); err != nil {
		return s.batchPage(q, err)
	}
	return q.seeOther("/work/batches/" + q.PathValue("id") + "?done=published")
}

// POST /work/batches/{id}/schedule
func (s *Server) postBatchSchedule(q *request) error {
	if err := s.schedule(q, q.PathValue("id")); err != nil {
		return s.batchPage(q, err)
	}
	return q.seeOther("/work/batches/" + q.PathValue("id") + "?done=scheduled")
}

// POST /work/batches/{id}/strike: after the approval, before the publication.
func (s *Server) postBatchStrike(q *request) error {
	id, item := q.PathValue("id"), q.PostFormValue("item")
	if err := s.Reform.StrikeItem(q.Context(), q.actor(), id, item, q.PostFormValue("reason."+item)); err != nil {
		return s.batchPage(q, err)
	}
	return q.seeOther("/work/batches/" + id + "?done=struck")
}
