package api

import (
	"net/http"
	"time"

	"onevisit/internal/app/reform"
	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/publication"
	"onevisit/internal/server"
)

// adjustmentHead is an adjustment in a list (P-3.2f).
type adjustmentHead struct {
	ID        string                 `json:"id"`
	Number    string                 `json:"number"`
	Title     string                 `json:"title"`
	Op        publication.Op         `json:"op"`
	UnitID    string                 `json:"unit_id"`
	Unit      string                 `json:"unit"`
	Cause     string                 `json:"cause"`
	Basis     string                 `json:"basis"`
	CauseOn   calendar.Date          `json:"cause_on"`
	Effective calendar.Date          `json:"effective"`
	Until     calendar.Date          `json:"until"`
	Reason    string                 `json:"reason"`
	Track     publication.Track      `json:"track"`
	State     publication.BatchState `json:"state"`
	Turn      string                 `json:"turn"`
	Due       calendar.Date          `json:"due"`
	Late      bool                   `json:"late"`
	Note      string                 `json:"note"`
	DocNo     string                 `json:"doc_no"`
	DocDate   calendar.Date          `json:"doc_date"`
	PublishAt *time.Time             `json:"publish_at"`
}

func adjustmentHeadOf(b *publication.Batch) adjustmentHead {
	a := b.Adjustment
	out := adjustmentHead{b.ID, a.Number, b.Title, a.Op, a.UnitID, a.UnitName, a.Cause, a.Basis, a.CauseOn, a.Effective, a.Until, a.Reason, a.Track, b.State,
		publication.BatchTurn[b.State], a.Due, a.Late, b.Note, b.DocNo, b.DocDate, nil}
	if !b.PublishAt.IsZero() {
		at := b.PublishAt.UTC()
		out.PublishAt = &at
	}
	return out
}

// adjustedItem is an item of an adjustment: a subject gets another standing and
// what takes its place, a content is published as its unit confirmed it.
type adjustedItem struct {
	ID      string            `json:"id"`
	Side    publication.Side  `json:"side"`
	UnitID  string            `json:"unit_id"`
	Unit    string            `json:"unit"`
	Name    string            `json:"name"`
	Code    string            `json:"code"`
	State   publication.State `json:"state"`
	Next    []string          `json:"next"`
	Changes []catalog.Change  `json:"changes"`
}

// problem is something that would be refused if the adjustment were filed now.
type problem struct {
	Path string `json:"path"`
	Text string `json:"text"`
}

type adjustment struct {
	adjustmentHead
	Why      []string                 `json:"why"`
	Burdens  []string                 `json:"burdens"`
	Items    []adjustedItem           `json:"items"`
	Problems []problem                `json:"problems"`
	May      []publication.BatchEvent `json:"may"`
	Release  int64                    `json:"release"`
}

// replyAdjustment answers with an adjustment as it stands.
func (s *Server) replyAdjustment(q *request, status int, id string) error {
	v, err := s.Reform.Adjustment(q.Context(), q.actor(), id)
	if err != nil {
		return err
	}
	out := adjustment{adjustmentHead: adjustmentHeadOf(&v.Batch), Why: filled(v.Adjustment.Why), Burdens: filled(v.Burdens), Items: []adjustedItem{}, Problems: []problem{}, May: []publication.BatchEvent{}}
	for _, it := range v.Adjustment.Items {
		out.Items = append(out.Items, adjustedItem{it.ItemID, it.Side, it.UnitID, it.UnitName, it.Name, it.Code, it.State, filled(it.Next), filled(v.Changes[it.ItemID])})
	}
	for _, p := range v.Problems {
		out.Problems = append(out.Problems, problem{p.Path, p.Text})
	}
	for _, t := range publication.BatchTransitions { // in the order of the table
		if t.Kind == publication.KindAdjustment && t.From == v.State && v.May[t.Event] {
			out.May = append(out.May, t.Event)
		}
	}
	if v.Release != nil {
		out.Release = v.Release.Seq
	}
	q.w.Header().Set("ETag", versionTag(v.Version))
	return q.replyWith(status, out)
}

// GET /api/adjustments
func (s *Server) getAdjustments(q *request) error {
	v, err := q.query([]string{"state"}, "op", "unit", "item", "limit", "next")
	if err != nil {
		return err
	}
	n, err := limit(v)
	if err != nil {
		return err
	}
	f := reform.AdjustmentsFilter{Op: publication.Op(v.Get("op")), Unit: v.Get("unit"), Item: v.Get("item"), After: v.Get("next"), Limit: n + 1}
	for _, st := range v["state"] {
		f.States = append(f.States, publication.BatchState(st))
	}
	list, err := s.Reform.Adjustments(q.Context(), q.actor(), f)
	if err != nil {
		return err
	}
	out := struct {
		Adjustments []adjustmentHead `json:"adjustments"`
		Next        string           `json:"next"`
	}{Adjustments: make([]adjustmentHead, 0, n)}
	list, out.Next = cut(list, n, func(x publication.Batch) string { return x.ID })
	for i := range list {
		out.Adjustments = append(out.Adjustments, adjustmentHeadOf(&list[i]))
	}
	return q.reply(out)
}

// adjustmentIn is what is filled in of an adjustment.
type adjustmentIn struct {
	Op        publication.Op `json:"op"`
	UnitID    string         `json:"unit_id"`
	Cause     string         `json:"cause"`
	Basis     string         `json:"basis"`
	CauseOn   calendar.Date  `json:"cause_on"`
	Effective calendar.Date  `json:"effective"`
	Until     calendar.Date  `json:"until"`
	Reason    string         `json:"reason"`
	Subjects  []struct {
		ID   string   `json:"id"`
		Next []string `json:"next"`
	} `json:"subjects"`
	Contents []string `json:"contents"`
}

func (in *adjustmentIn) input() reform.AdjustInput {
	out := reform.AdjustInput{Op: in.Op, UnitID: in.UnitID, Cause: in.Cause, Basis: in.Basis, CauseOn: in.CauseOn, Effective: in.Effective, Until: in.Until, Reason: in.Reason, Contents: in.Contents}
	for _, x := range in.Subjects {
		out.Subjects = append(out.Subjects, reform.AdjustSubject{ItemID: x.ID, Next: x.Next})
	}
	return out
}

// POST /api/adjustments draws an adjustment up.
func (s *Server) postAdjustments(q *request) error {
	var in adjustmentIn
	if err := q.decode(maxBody, &in); err != nil {
		return err
	}
	id, err := s.Reform.StartAdjustment(q.Context(), q.actor(), in.input())
	if err != nil {
		return err
	}
	q.w.Header().Set("Location", "/api/adjustments/"+id)
	return s.replyAdjustment(q, http.StatusCreated, id)
}

// GET /api/adjustments/{id}
func (s *Server) getAdjustment(q *request) error {
	return s.replyAdjustment(q, http.StatusOK, q.PathValue("id"))
}

// fromVersion carries out a change from the version that If-Match names.
// Somebody else's version is 412; a state in which nothing may change is 409.
func (s *Server) fromVersion(q *request, change func(version int64) error) error {
	id := q.PathValue("id")
	version, err := q.ifMatch()
	if err != nil {
		return err
	}
	if err = change(version); fault.Is(err, fault.Conflict) {
		if now, lookErr := s.Reform.Adjustment(q.Context(), q.actor(), id); lookErr == nil && now.Version != version {
			return server.WithStatus(http.StatusPreconditionFailed, err)
		}
	}
	if err != nil {
		return err
	}
	return s.replyAdjustment(q, http.StatusOK, id)
}

// PUT /api/adjustments/{id} replaces what was filled in.
func (s *Server) putAdjustment(q *request) error {
	return s.fromVersion(q, func(version int64) error {
		var in adjustmentIn
		if err := q.decode(maxBody, &in); err != nil {
			return err
		}
		return s.Reform.SaveAdjustment(q.Context(), q.actor(), q.PathValue("id"), version, in.input())
	})
}

// POST /api/adjustments/{id}/successors sets up drafts that take a subject's
// place.
func (s *Server) postSuccessors(q *request) error {
	return s.fromVersion(q, func(version int64) error {
		var in struct {
			Item  string   `json:"item"`
			Units []string `json:"units"`
			Names []string `json:"names"`
		}
		if err := q.decode(maxBody, &in); err != nil {
			return err
		}
		return s.Reform.MakeSuccessors(q.Context(), q.actor(), q.PathValue("id"), version, in.Item, in.Units, in.Names)
	})
}

// POST /api/adjustments/{id}/file hands an adjustment in.
func (s *Server) postFile(q *request) error {
	return s.fromVersion(q, func(version int64) error {
		return s.Reform.FileAdjustment(q.Context(), q.actor(), q.PathValue("id"), version)
	})
}

// stepIn is what the steps of an adjustment take.
type stepIn struct {
	Note      string        `json:"note"`
	DocNo     string        `json:"doc_no"`
	DocDate   calendar.Date `json:"doc_date"`
	PublishAt *time.Time    `json:"publish_at"`
}

// adjustSteps are the steps after the filing, by the end of their address.
var adjustSteps = map[string]func(*Server, *request, string, stepIn) error{
	"confirm": func(s *Server, q *request, id string, _ stepIn) error {
		return s.Reform.ConfirmAdjustment(q.Context(), q.actor(), id)
	},
	"withdraw": func(s *Server, q *request, id string, _ stepIn) error {
		return s.Reform.WithdrawAdjustment(q.Context(), q.actor(), id)
	},
	"return": func(s *Server, q *request, id string, in stepIn) error {
		return s.Reform.ReturnAdjustment(q.Context(), q.actor(), id, in.Note)
	},
	"reopen": func(s *Server, q *request, id string, in stepIn) error {
		return s.Reform.ReopenAdjustment(q.Context(), q.actor(), id, in.Note)
	},
	"refuse": func(s *Server, q *request, id string, in stepIn) error {
		return s.Reform.RefuseAdjustment(q.Context(), q.actor(), id, in.Note)
	},
	"send": func(s *Server, q *request, id string, _ stepIn) error {
		return s.Reform.SendAdjustment(q.Context(), q.actor(), id)
	},
	"decide": func(s *Server, q *request, id string, in stepIn) error {
		return s.Reform.DecideAdjustment(q.Context(), q.actor(), id, in.DocNo)
	},
	"approve": func(s *Server, q *request, id string, in stepIn) error {
		return s.Reform.ApproveAdjustment(q.Context(), q.actor(), id, in.DocNo, in.DocDate)
	},
	"schedule": func(s *Server, q *request, id string, in stepIn) error { return s.schedule(q, id, in.PublishAt) },
}

// schedule sets the instant of a publication, or takes it back.
func (s *Server) schedule(q *request, id string, at *time.Time) error {
	if at == nil {
		return s.Reform.SetPublication(q.Context(), q.actor(), id, time.Time{})
	}
	return s.Reform.SetPublication(q.Context(), q.actor(), id, *at)
}

func (s *Server) postAdjustStep(step string) handler {
	return func(q *request) error {
		var in stepIn
		if err := q.decode(maxBody, &in); err != nil {
			return err
		}
		if err := adjustSteps[step](s, q, q.PathValue("id"), in); err != nil {
			return err
		}
		return s.getAdjustment(q)
	}
}

// POST /api/items/{id}/reinstate opens a cancelled item, to be set up anew under
// its old address.
func (s *Server) postReinstate(q *request) error {
	if err := s.Reform.ReinstateItem(q.Context(), q.actor(), q.PathValue("id")); err != nil {
		return err
	}
	return s.getItem(q)
}

// POST /api/batches/{id}/strike leaves an item out after the approval.
func (s *Server) postStrike(q *request) error {
	var in struct {
		Item   string `json:"item"`
		Reason string `json:"reason"`
	}
	if err := q.decode(maxBody, &in); err != nil {
		return err
	}
	if err := s.Reform.StrikeItem(q.Context(), q.actor(), q.PathValue("id"), in.Item, in.Reason); err != nil {
		return err
	}
	return s.getBatch(q)
}

// POST /api/batches/{id}/schedule
func (s *Server) postSchedule(q *request) error {
	var in struct {
		PublishAt *time.Time `json:"publish_at"`
	}
	if err := q.decode(maxBody, &in); err != nil {
		return err
	}
	if err := s.schedule(q, q.PathValue("id"), in.PublishAt); err != nil {
		return err
	}
	return s.getBatch(q)
}

// contact is whom a unit has named (P-4.1).
type contact struct {
	UnitID      string     `json:"unit_id"`
	Unit        string     `json:"unit"`
	Leader      string     `json:"leader"`
	LeaderTitle string     `json:"leader_title"`
	Liaison     string     `json:"liaison"`
	Phone       string     `json:"phone"`
	ReportedAt  *time.Time `json:"reported_at"`
	Changes     int        `json:"changes"`
}

func contactOf(unitName string, c *reform.Contact, changes int) contact {
	out := contact{c.UnitID, unitName, c.Leader, c.LeaderTitle, c.Liaison, c.Phone, nil, changes}
	if !c.ReportedAt.IsZero() {
		at := c.ReportedAt.UTC()
		out.ReportedAt = &at
	}
	return out
}

// GET /api/contacts: all units, those that have named nobody first.
func (s *Server) getContacts(q *request) error {
	list, err := s.Reform.Contacts(q.Context(), q.actor())
	if err != nil {
		return err
	}
	out := make([]contact, 0, len(list))
	for i := range list {
		c := contactOf(list[i].Unit.Name, &list[i].Contact, list[i].Changes)
		c.UnitID = list[i].Unit.ID
		out = append(out, c)
	}
	return q.reply(map[string]any{"contacts": out})
}

// PUT /api/contacts/{id} names a unit's leader and liaison; what they were goes to
// the history.
func (s *Server) putContact(q *request) error {
	var in struct {
		Leader      string `json:"leader"`
		LeaderTitle string `json:"leader_title"`
		Liaison     string `json:"liaison"`
		Phone       string `json:"phone"`
	}
	if err := q.decode(maxBody, &in); err != nil {
		return err
	}
	if err := s.Reform.ReportContacts(q.Context(), q.actor(), reform.Contact{UnitID: q.PathValue("id"), Leader: in.Leader, LeaderTitle: in.LeaderTitle, Liaison: in.Liaison, Phone: in.Phone}); err != nil {
		return err
	}
	return s.getContact(q)
}

// GET /api/contacts/{id}: a unit's, with whom it named before.
func (s *Server) getContact(q *request) error {
	id := q.PathValue("id")
	c, err := s.Reform.Contact(q.Context(), q.actor(), id)
	if err != nil {
		return err
	}
	former, err := s.Reform.FormerContacts(q.Context(), q.actor(), id)
	if err != nil {
		return err
	}
	if c == nil {
		c = &reform.Contact{UnitID: id}
	}
	out := struct {
		contact
		Former []contact `json:"former"`
	}{contactOf("", c, len(former)), make([]contact, 0, len(former))}
	for i := range former {
		out.Former = append(out.Former, contactOf("", &former[i].Contact, 0))
	}
	return q.reply(out)
}

// GET /api/units/{id}/package: what the unit could hand in now, and what is
// missing (P-3.2b).
func (s *Server) getPackage(q *request) error {
	p, err := s.Reform.Prepare(q.Context(), q.actor(), q.PathValue("id"))
	if err != nil {
		return err
	}
	type lack struct {
		Item string `json:"item"`
		Name string `json:"name"`
		Text string `json:"text"`
	}
	type part struct {
		Name     string `json:"name"`
		Text     string `json:"text"`
		Complete bool   `json:"complete"`
		Lacks    []lack `json:"lacks"`
	}
	out := struct {
		UnitID    string        `json:"unit_id"`
		Unit      string        `json:"unit"`
		Due       calendar.Date `json:"due"`
		MayReport bool          `json:"may_report"`
		ReportsBy string        `json:"reports_by"`
		Ready     int           `json:"ready"`
		Met       int           `json:"met"`
		Drafts    int           `json:"drafts"`
		Faulty    int           `json:"faulty"`
		Parts     []part        `json:"parts"`
		Ask       []string      `json:"ask"`
		Found     []string      `json:"found"`
		Text      string        `json:"commitment"`
	}{p.Unit.ID, p.Unit.Name, p.Due, p.MayReport, p.Supervised, len(p.Ready), len(p.Met), p.Drafts, p.Faulty, []part{}, []string{}, []string{}, p.Text}
	for _, x := range p.Parts {
		y := part{x.Name, x.Text, x.Complete(), []lack{}}
		for _, l := range x.Lacks {
			y.Lacks = append(y.Lacks, lack{l.ItemID, l.Name, l.What})
		}
		out.Parts = append(out.Parts, y)
	}
	for _, a := range p.Asks {
		out.Ask = append(out.Ask, a.Rule)
	}
	for _, f := range append(p.Lists, p.UnitFound...) {
		out.Found = append(out.Found, f.Message)
	}
	return q.reply(out)
}

// GET /api/receipts/{number}?hash=…
func (s *Server) getReceipt(q *request) error {
	v, err := q.query(nil, "hash")
	if err != nil {
		return err
	}
	r, err := s.Reform.CheckReceipt(q.Context(), q.actor(), q.PathValue("number"), v.Get("hash"))
	if err != nil {
		return err
	}
	out := struct {
		Valid      bool                      `json:"valid"`
		Answer     publication.ReceiptAnswer `json:"answer"`
		Submission *submissionHead           `json:"submission"`
		Items      int                       `json:"items"`
	}{r.Answer == publication.ReceiptGood, r.Answer, nil, r.Items}
	if r.Submission != nil {
		h := submissionHeadOf(r.Submission)
		out.Submission = &h
	}
	return q.reply(out)
}

// adjustRoutes are the routes of this file.
func (s *Server) adjustRoutes() []route {
	out := []route{
		{"GET", "/api/adjustments", s.getAdjustments},
		{"POST", "/api/adjustments", s.postAdjustments},
		{"GET", "/api/adjustments/{id}", s.getAdjustment},
		{"PUT", "/api/adjustments/{id}", s.putAdjustment},
		{"POST", "/api/adjustments/{id}/successors", s.postSuccessors},
		{"POST", "/api/adjustments/{id}/file", s.postFile},
		{"POST", "/api/adjustments/{id}/publish", s.postPublish},
		{"POST", "/api/items/{id}/reinstate", s.postReinstate},
		{"POST", "/api/batches/{id}/strike", s.postStrike},
		{"POST", "/api/batches/{id}/schedule", s.postSchedule},
		{"GET", "/api/contacts", s.getContacts},
		{"GET", "/api/contacts/{id}", s.getContact},
		{"PUT", "/api/contacts/{id}", s.putContact},
		{"GET", "/api/units/{id}/package", s.getPackage},
		{"GET", "/api/receipts/{number}", s.getReceipt},
	}
	for step := range adjustSteps {
		out = append(out, route{"POST", "/api/adjustments/{id}/" + step, s.postAdjustStep(step)})
	}
	return out
}
