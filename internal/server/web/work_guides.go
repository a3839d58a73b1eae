package web

import (
	"onevisit/internal/app/reform"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/publication"
	"onevisit/internal/server"
	"onevisit/internal/server/web/ui"
)

// guidesData is the page on which a unit confirms its guides and sees what the
// probes found in them.
type guidesData struct {
	*reform.GuidesView
	Probes     []reform.Finding
	Links      *reform.LinksView
	All        bool // also those that are not due
	CanConfirm bool
	CanSettle  bool
	CSRF       string
	Summary    string
	Errors     []ui.FieldError
}

// GET /work/guides
func (s *Server) getGuides(q *request) error { return s.guidesPage(q, nil) }

func (s *Server) guidesPage(q *request, failed error) error {
	unit, all := q.URL.Query().Get("unit"), q.URL.Query().Get("all") == "1"
	v, err := s.Reform.Guides(q.Context(), q.actor(), unit, !all)
	if err != nil {
		return err
	}
	d := guidesData{GuidesView: v, All: all, CSRF: q.in.FormToken, CanConfirm: org.Can(q.actor(), org.ConfirmGuide, q.actor().UnitID) == nil,
		CanSettle: org.Can(q.actor(), org.EditItem, q.actor().UnitID) == nil}
	if d.Probes, err = s.Reform.Probes(q.Context(), q.actor(), unit); err != nil {
		return err
	}
	if d.Links, err = s.Reform.Links(q.Context(), q.actor(), unit); err != nil {
		return err
	}
	if failed == nil {
		return q.render(q.page("指南核对"), guidesView(d))
	}
	var ok bool
	if d.Summary, d.Errors, ok = q.fieldErrors(failed); !ok {
		return failed
	}
	q.status(server.Status(failed), q.page("指南核对"), guidesView(d))
	return nil
}

// POST /work/guides confirms the chosen guides.
func (s *Server) postGuides(q *request) error {
	if err := s.Reform.ConfirmGuides(q.Context(), q.actor(), q.PostForm["item"]); err != nil {
		return s.guidesPage(q, err)
	}
	s.followPortal(q)
	return q.seeOther("/work/guides?done=guides")
}

// POST /work/guides/settle: what a probe found is right as it is.
func (s *Server) postSettle(q *request) error {
	f := reform.Finding{ItemID: q.PostFormValue("item"), Kind: q.PostFormValue("kind"), Field: q.PostFormValue("field"), Value: q.PostFormValue("value")}
	if err := s.Reform.SettleProbe(q.Context(), q.actor(), f, q.PostFormValue("reason")); err != nil {
		return s.guidesPage(q, err)
	}
	return q.seeOther("/work/guides?done=saved#probes")
}

// POST /work/items/{id}/laws: a law that the item cites has changed, and the item
// stays as it is.
func (s *Server) postLaws(q *request) error {
	id := q.PathValue("id")
	if err := s.Reform.AnswerLaw(q.Context(), q.actor(), id, q.PostFormValue("law_reason")); err != nil {
		return err
	}
	return q.seeOther("/work/items/" + id + "?done=laws")
}

// followPortal shows at once in this process what has changed; other processes
// follow.
func (s *Server) followPortal(q *request) {
	if err := s.Portal.Refresh(q.Context()); err != nil {
		s.Log.Warn("portal follows later", "err", err)
	}
}

func guideLight(st publication.GuideStanding) string {
	switch st {
	case publication.GuideExpired:
		return "red"
	case publication.GuideDueSoon:
		return "yellow"
	}
	return "green"
}

// linkRow is one address that did not work, with the guides that name it.
type linkRow struct {
	reform.GuideLink
	Uses []reform.GuideLink
}

// linkRows puts the uses of an address together; they come in its order.
func linkRows(list []reform.GuideLink) (rows []linkRow) {
	for _, l := range list {
		if n := len(rows); n > 0 && rows[n-1].URL == l.URL {
			rows[n-1].Uses = append(rows[n-1].Uses, l)
			continue
		}
		rows = append(rows, linkRow{l, []reform.GuideLink{l}})
	}
	return rows
}

// linkUses is how many guides are named for an address; the rest is counted.
const linkUses = 5

// light and word say how an address stands.
func (l linkRow) light() string {
	switch {
	case l.Dead():
		return "red"
	case l.Failing():
		return "yellow"
	}
	return "grey"
}

func (l linkRow) word() string {
	switch {
	case l.Dead():
		return "已失效"
	case l.Failing():
		return "待复查"
	}
	return "请人工查看"
}
