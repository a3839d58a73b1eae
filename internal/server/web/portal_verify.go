package web

import (
	"fmt"
	"strings"

	"onevisit/internal/app/portal"
	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
)

// mostChanges is how many changes a code is answered with: a reader at a counter
// takes in three.
const mostChanges = 3

// verifyData is the page behind the QR code of a paper.
type verifyData struct {
	Code, Failed string
	*portal.Verified
}

// GET /verify
func (s *Server) getVerify(q *request) error {
	d := verifyData{Code: strings.TrimSpace(q.FormValue("code"))}
	if d.Code != "" {
		var err error
		if d.Verified, err = s.Portal.Verify(q.Context(), d.Code); err != nil {
			if k := fault.KindOf(err); k != fault.Invalid && k != fault.NotFound {
				return err
			}
			d.Verified, d.Failed = nil, fault.Text(err)
		}
	}
	return q.render(q.publicPage("核验"), verifyView(d))
}

// Top are the changes that are told.
func (d verifyData) Top() []catalog.Change { return d.Changes[:min(mostChanges, len(d.Changes))] }

// replacedOn is the day on which the paper was replaced.
func (d verifyData) replacedOn() string { return calendar.DateOf(d.ReplacedBy.At).ChineseShort() }

// changesHead says how many changes there are.
func (d verifyData) changesHead() string {
	switch n := len(d.Changes); {
	case n == 0:
		return "办事要求没有变化，只改了编码、依据等内容"
	case n <= mostChanges:
		return fmt.Sprintf("与您手中的相比，有 %d 处变化", n)
	default:
		return fmt.Sprintf("与您手中的相比，有 %d 处变化，最要紧的是", n)
	}
}

func effectLight(e catalog.Effect) string {
	if e == catalog.Worse {
		return "red"
	}
	return "green"
}
