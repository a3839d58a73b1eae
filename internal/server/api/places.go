package api

import (
	"onevisit/internal/app/reform"
	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/publication"
)

// place is a place that shows guides, with how it stands.
type place struct {
	ID       string                 `json:"id"`
	UnitID   string                 `json:"unit_id"`
	Unit     string                 `json:"unit"`
	Kind     publication.PlaceKind  `json:"kind"`
	Name     string                 `json:"name"`
	Location string                 `json:"location"`
	Keeper   string                 `json:"keeper"`
	URL      string                 `json:"url"`
	Whole    bool                   `json:"whole"`
	State    publication.PlaceState `json:"state"`
	Current  int                    `json:"current"`
	Due      int                    `json:"due"`
	Stale    int                    `json:"stale"`
	Doubts   int                    `json:"doubts"`
	Missing  int                    `json:"missing"`
	First    string                 `json:"first_due"`
	Late     bool                   `json:"late"`
	Lines    []placeLine            `json:"lines"`
}

// placeLine is one thing at a place.
type placeLine struct {
	State    publication.LineState `json:"state"`
	ItemID   string                `json:"item_id"`
	Name     string                `json:"name"`
	Code     string                `json:"verify_code"`
	Validity publication.Validity  `json:"validity"`
	Since    int64                 `json:"since_release"`
	Days     int                   `json:"workdays"`
	Due      string                `json:"due"`
	Action   string                `json:"action"`
}

func dayText(d calendar.Date) string {
	if d.IsZero() {
		return ""
	}
	return d.String()
}

func placeOf(d *reform.PlaceDrift) place {
	p := place{d.ID, d.UnitID, d.UnitName, d.Kind, d.Name, d.Location, d.Keeper, d.URL, d.Whole, d.State, d.Current, d.Drift.Due, d.Stale, d.Doubts, d.Missing,
		dayText(d.First), d.Late, make([]placeLine, 0, len(d.Lines))}
	for _, l := range d.Lines {
		x := placeLine{State: l.State, ItemID: l.ItemID, Name: l.Name, Code: l.Code, Validity: l.Age.Validity, Days: l.Age.Days, Due: dayText(l.Due), Action: reform.LineAction(&l)}
		if l.Age.Since != nil {
			x.Since = l.Age.Since.Seq
		}
		p.Lines = append(p.Lines, x)
	}
	return p
}

// GET /api/places
func (s *Server) getPlaces(q *request) error {
	v, err := q.query(nil, "unit", "kind", "state")
	if err != nil {
		return err
	}
	r, err := s.Reform.Drift(q.Context(), q.actor(), reform.DriftFilter{Unit: v.Get("unit"), Kind: publication.PlaceKind(v.Get("kind")), State: publication.PlaceState(v.Get("state"))})
	if err != nil {
		return err
	}
	out := make([]place, 0, len(r.Places))
	for i := range r.Places {
		out = append(out, placeOf(&r.Places[i]))
	}
	return q.reply(map[string]any{"places": out})
}

// GET /api/places/{id}
func (s *Server) getPlace(q *request) error {
	if _, err := q.query(nil); err != nil {
		return err
	}
	v, err := s.Reform.Place(q.Context(), q.actor(), q.PathValue("id"))
	if err != nil {
		return err
	}
	return q.reply(placeOf(&v.PlaceDrift))
}

// POST /api/places/{id}/displays registers what a place shows, code by code.
func (s *Server) postDisplays(q *request) error {
	var in struct {
		Codes string        `json:"codes"`
		Form  string        `json:"form"`
		Since calendar.Date `json:"since"`
	}
	if err := q.decode(maxBody, &in); err != nil {
		return err
	}
	lines, err := s.Reform.RegisterDisplays(q.Context(), q.actor(), reform.Registering{PlaceID: q.PathValue("id"), Text: in.Codes, Form: in.Form, Since: in.Since})
	if err != nil {
		return err
	}
	type line struct {
		Line    int    `json:"line"`
		Text    string `json:"text"`
		Code    string `json:"verify_code"`
		Name    string `json:"name"`
		Outcome string `json:"outcome"`
		Problem string `json:"problem"`
	}
	out := make([]line, 0, len(lines))
	for _, l := range lines {
		out = append(out, line{l.Line, l.Text, l.Code, l.Name, l.Outcome, l.Problem})
	}
	return q.reply(map[string]any{"lines": out})
}

// POST /api/places/{id}/sightings: a code was seen there.
func (s *Server) postSightings(q *request) error {
	var in struct {
		Code    string `json:"verify_code"`
		Certain bool   `json:"certain"`
	}
	if err := q.decode(maxBody, &in); err != nil {
		return err
	}
	m, name, err := s.Reform.See(q.Context(), q.actor(), q.PathValue("id"), in.Code, in.Certain)
	if err != nil {
		return err
	}
	return q.reply(struct {
		Name     string               `json:"name"`
		Validity publication.Validity `json:"validity"`
		Doubt    publication.Doubt    `json:"doubt"`
	}{name, m.Validity, m.Doubt})
}
