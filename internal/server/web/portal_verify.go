package web

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"onevisit/internal/app/office"
	"onevisit/internal/app/portal"
	"onevisit/internal/app/reform"
	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/publication"
	"onevisit/internal/server"
)

// mostChanges is how many changes a code is answered with: a reader at a counter
// takes in three.
const mostChanges = 3

// verifyData is the page behind the QR code of a paper.
type verifyData struct {
	Code, Failed string
	*portal.Verified
	// At is the place for which the paper was printed, nil if it was for none.
	At *portal.ScannedAt
	// Places are those at which a member of staff can say to have seen it; CSRF is
	// the form token of the session.
	Places []reform.ItemPlace
	CSRF   string
}

// verifyRoutes lists what readers of a paper can do. A scan of a paper that was
// printed for a place is counted by getVerify: scanning is all that people do, a
// form would never be sent. Nothing of the reader is kept.
func (s *Server) verifyRoutes() {
	s.handle("GET /verify", s.getVerify)
	if !s.Portal.WithoutDatabase() {
		s.handle("POST /verify/tell", s.postTellUnit)
	}
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
	q.w.Header().Set("Cache-Control", "no-store")
	if d.Verified != nil {
		if err := s.atPlace(q, &d); err != nil {
			return err
		}
	}
	return q.render(q.publicPage("核验"), verifyView(d))
}

// atPlace finds out where the paper hangs: staff are asked, other scans are
// counted, one source not without end.
func (s *Server) atPlace(q *request, d *verifyData) (err error) {
	token := q.FormValue("at")
	in, staff := s.session(q)
	if staff {
		if d.At, err = s.Portal.PlaceOfToken(q.Context(), d.Verified.Code, token); err != nil {
			return err
		}
		d.CSRF = in.FormToken
		list, err := s.Reform.PlacesOf(q.Context(), in.Actor, d.ItemID)
		if err != nil && fault.KindOf(err) != fault.Forbidden && fault.KindOf(err) != fault.NotFound {
			return err
		}
		for _, p := range list {
			if p.Kind != publication.PlaceWeb && org.Can(in.Actor, org.SeeDisplays, p.UnitID) == nil {
				d.Places = append(d.Places, p)
			}
		}
		// The place of the paper first.
		slices.SortStableFunc(d.Places, func(a, b reform.ItemPlace) int {
			first := func(p reform.ItemPlace) int {
				if d.At != nil && p.Token == d.At.Token {
					return 0
				}
				return 1
			}
			return first(a) - first(b)
		})
		return nil
	}
	count := s.Portal.CountScan
	if ok, _ := s.scans.Allow(server.Source(q.Request, s.Proxies), s.now()); !ok {
		count = s.Portal.PlaceOfToken
	}
	if d.At, err = count(q.Context(), d.Verified.Code, token); err != nil {
		s.Log.Warn("scan not counted", "request", q.num, "err", err) // the answer matters more
	}
	return nil
}

// session is who is signed in on a public page, if anybody is.
func (s *Server) session(q *request) (in office.SignedIn, ok bool) {
	c, err := q.Cookie(server.SessionCookie)
	if err != nil || s.Office == nil {
		return in, false
	}
	in, err = s.Office.Session(q.Context(), c.Value)
	return in, err == nil && !in.MustChange
}

// POST /verify/tell: the reader of a paper that does not hold any more lets the
// unit know.
func (s *Server) postTellUnit(q *request) error {
	if err := http.NewCrossOriginProtection().Check(q.Request); err != nil {
		return fault.Wrap(fault.Forbidden, err, "请求来自其他网站，已拒绝。请在本网站的核验页面上提交。")
	}
	q.Body = http.MaxBytesReader(q.w, q.Body, 4<<10)
	if err := q.ParseForm(); err != nil {
		return fault.Wrap(fault.Invalid, err, "表单没有提交完整，请重试。")
	}
	if err := q.spend(s.reports, "您这里刚提交过几次，请过一会儿再提交。急需反映的请拨打 12345。"); err != nil {
		return err
	}
	code := q.PostFormValue("code")
	if _, err := s.Portal.TellUnit(q.Context(), code, q.PostFormValue("at")); err != nil {
		return err
	}
	return q.seeOther("/verify?code=" + urlQuery(code) + "&done=unit-told")
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
