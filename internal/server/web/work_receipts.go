package web

import (
	"net/url"

	"onevisit/internal/app/reform"
	"onevisit/internal/domain/publication"
	"onevisit/internal/server"
	"onevisit/internal/server/web/ui"
)

// receiptData is the page on which a receipt is checked.
type receiptData struct {
	Number, Hash string
	Check        *reform.ReceiptCheck // nil before anything was asked
	Summary      string
	Errors       []ui.FieldError
}

func (d receiptData) light() string {
	switch d.Check.Answer {
	case publication.ReceiptGood:
		return "green"
	case publication.ReceiptAltered:
		return "yellow"
	}
	return "red"
}

// receiptLink is where the code on a receipt leads.
func (q *request) receiptLink(number, hash string) string {
	return q.base() + "/work/receipts?" + url.Values{"number": {number}, "hash": {hash}}.Encode()
}

// GET /work/receipts: by number and hash, as typed or from the code on the paper.
func (s *Server) getReceipts(q *request) error {
	d := receiptData{Number: q.FormValue("number"), Hash: q.FormValue("hash")}
	if d.Number+d.Hash == "" {
		return q.render(q.page("核对回执"), receiptView(d))
	}
	var err error
	if d.Check, err = s.Reform.CheckReceipt(q.Context(), q.actor(), d.Number, d.Hash); err == nil {
		return q.render(q.page("核对回执"), receiptView(d))
	}
	var ok bool
	if d.Summary, d.Errors, ok = q.fieldErrors(err); !ok {
		return err
	}
	q.status(server.Status(err), q.page("核对回执"), receiptView(d))
	return nil
}
