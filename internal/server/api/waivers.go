package api

import (
	"time"

	"onevisit/internal/app/reform"
	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/publication"
)

// POST /api/items/{id}/reasons says why a warning stands.
func (s *Server) postReason(q *request) error {
	var in struct {
		Rule   string `json:"rule"`
		Field  string `json:"field"`
		Reason string `json:"reason"`
	}
	if err := q.decode(maxBody, &in); err != nil {
		return err
	}
	if err := s.Reform.ExplainFinding(q.Context(), q.actor(), q.PathValue("id"), in.Rule, in.Field, in.Reason); err != nil {
		return err
	}
	return q.done()
}

// POST /api/items/{id}/waivers asks for a waiver; of the reform office, it
// grants one.
func (s *Server) postWaiver(q *request) error {
	var in struct {
		Rule   string        `json:"rule"`
		Field  string        `json:"field"`
		Reason string        `json:"reason"`
		Until  calendar.Date `json:"until"`
		Note   string        `json:"note"`
	}
	if err := q.decode(maxBody, &in); err != nil {
		return err
	}
	w := reform.Waiving{ItemID: q.PathValue("id"), Rule: in.Rule, Field: in.Field, Reason: in.Reason, Until: in.Until, Note: in.Note}
	do := s.Reform.AskWaiver
	if org.Can(q.actor(), org.WaiveFinding, "") == nil {
		do = s.Reform.GrantWaiver
	}
	if err := do(q.Context(), q.actor(), w); err != nil {
		return err
	}
	return q.done()
}

type waiver struct {
	ID        string                  `json:"id"`
	ItemID    string                  `json:"item_id"`
	Item      string                  `json:"item"`
	UnitID    string                  `json:"unit_id"`
	Unit      string                  `json:"unit"`
	Rule      string                  `json:"rule"`
	About     string                  `json:"about"`
	Message   string                  `json:"message"`
	Reason    string                  `json:"reason"`
	AskedAt   time.Time               `json:"asked_at"`
	AskedBy   string                  `json:"asked_by"`
	State     publication.WaiverState `json:"state"`
	Until     calendar.Date           `json:"until"`
	Note      string                  `json:"note"`
	DecidedBy string                  `json:"decided_by"`
	Version   int64                   `json:"version"`
}

// GET /api/waivers
func (s *Server) getWaivers(q *request) error {
	v, err := q.query(nil, "state", "limit", "next")
	if err != nil {
		return err
	}
	n, err := limit(v)
	if err != nil {
		return err
	}
	list, total, err := s.Reform.Waivers(q.Context(), q.actor(), reform.WaiverFilter{State: publication.WaiverState(v.Get("state")), Before: v.Get("next"), Limit: n + 1})
	if err != nil {
		return err
	}
	out := struct {
		Waivers []waiver `json:"waivers"`
		Total   int      `json:"total"`
		Next    string   `json:"next"`
	}{Waivers: make([]waiver, 0, n), Total: total}
	list, out.Next = cut(list, n, func(x reform.WaiverView) string { return x.ID })
	for _, w := range list {
		out.Waivers = append(out.Waivers, waiver{w.ID, w.ItemID, w.ItemName, w.UnitID, w.UnitName, w.Rule, w.About, w.Message, w.Reason, w.AskedAt.UTC(), w.AskedBy,
			w.State, w.Until, w.Note, w.DecidedBy, w.Version})
	}
	return q.reply(out)
}

// POST /api/waivers/{id} answers what was asked for, or ends what was granted.
func (s *Server) postDecideWaiver(q *request) error {
	var in struct {
		Version  int64         `json:"version"`
		Decision string        `json:"decision"`
		Until    calendar.Date `json:"until"`
		Note     string        `json:"note"`
	}
	if err := q.decode(maxBody, &in); err != nil {
		return err
	}
	var err error
	switch in.Decision {
	case "同意":
		err = s.Reform.DecideWaiver(q.Context(), q.actor(), q.PathValue("id"), in.Version, true, in.Until, in.Note)
	case "不同意":
		err = s.Reform.DecideWaiver(q.Context(), q.actor(), q.PathValue("id"), in.Version, false, calendar.Date{}, in.Note)
	case "撤销":
		err = s.Reform.EndWaiver(q.Context(), q.actor(), q.PathValue("id"), in.Version, in.Note)
	default:
		err = fault.Invalidf("答复没有保存。").At("decision", "应是同意、不同意或者撤销")
	}
	if err != nil {
		return err
	}
	return q.done()
}
