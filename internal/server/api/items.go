package api

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"onevisit/internal/app/reform"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/lint"
	"onevisit/internal/domain/publication"
	"onevisit/internal/domain/visit"
	"onevisit/internal/server"
)

// itemHead is a working copy as lists show it. Visits is -1 while they cannot be
// computed.
type itemHead struct {
	ID          string            `json:"id"`
	UnitID      string            `json:"unit_id"`
	Name        string            `json:"name"`
	Variant     string            `json:"variant"`
	Code        string            `json:"code"`
	Type        string            `json:"type"`
	State       publication.State `json:"state"`
	Turn        string            `json:"turn"`
	Visits      int               `json:"visits"`
	Class       string            `json:"class"`
	StatedClass string            `json:"stated_class"`
	Errors      int               `json:"errors"`
	Warnings    int               `json:"warnings"`
	Advices     int               `json:"advices"`
	Release     int64             `json:"release"`
	UpdatedAt   time.Time         `json:"updated_at"`
	UpdatedBy   string            `json:"updated_by"`
	Version     int64             `json:"version"`
}

func itemHeadOf(r *reform.ItemRow) itemHead {
	return itemHead{r.ID, r.UnitID, r.Name, r.Variant, r.Code, r.Type, r.State, publication.Turn[r.State], r.Visits, r.Class, r.StatedClass,
		r.Errors, r.Warnings, r.Advices, r.ReleaseSeq, r.UpdatedAt.UTC(), r.UpdatedBy, r.Version}
}

// GET /api/items
func (s *Server) getItems(q *request) error {
	v, err := q.query([]string{"unit", "state", "class"}, "type", "q", "faulty", "limit", "next")
	if err != nil {
		return err
	}
	n, err := limit(v)
	if err != nil {
		return err
	}
	f := reform.ItemFilter{Units: v["unit"], Classes: v["class"], Type: v.Get("type"), Text: v.Get("q"), After: v.Get("next"), Limit: n + 1}
	for _, st := range v["state"] {
		f.States = append(f.States, publication.State(st))
	}
	if v.Get("faulty") != "" {
		faulty, err := flag(v, "faulty")
		if err != nil {
			return err
		}
		f.Faulty = &faulty
	}
	rows, total, err := s.Reform.Items(q.Context(), q.actor(), f)
	if err != nil {
		return err
	}
	out := struct {
		Total int        `json:"total"`
		Items []itemHead `json:"items"`
		Next  string     `json:"next"`
	}{Total: total, Items: make([]itemHead, 0, n)}
	rows, out.Next = cut(rows, n, func(r reform.ItemRow) string { return r.ID })
	for i := range rows {
		out.Items = append(out.Items, itemHeadOf(&rows[i]))
	}
	return q.reply(out)
}

// item is a working copy with its content and what the program says of it.
type item struct {
	itemHead
	Item       *catalog.Item `json:"item"`
	CanEdit    bool          `json:"can_edit"`
	CanConfirm bool          `json:"can_confirm"`
	judgement
	Remarks []verdict `json:"remarks"`
}

// judgement is what the program says of an item's content. Assessment is null if
// the visits cannot be computed; Problem then says why.
type judgement struct {
	Assessment *visit.Assessment `json:"assessment"`
	Problem    string            `json:"problem"`
	Findings   []lint.Finding    `json:"findings"`
}

func judgementOf(j *reform.Judgement) judgement {
	out := judgement{Problem: j.AssessErr, Findings: filled(j.Found)}
	if j.AssessErr == "" {
		out.Assessment = &j.Assessment
		out.Assessment.Trips = filled(out.Assessment.Trips)
	}
	return out
}

// versionTag is the entity tag of a version of a working copy.
func versionTag(version int64) string { return `"` + strconv.FormatInt(version, 10) + `"` }

// replyItem answers with a working copy as it stands.
func (s *Server) replyItem(q *request, status int, id string) error {
	v, err := s.Reform.Item(q.Context(), q.actor(), id)
	if err != nil {
		return err
	}
	q.w.Header().Set("ETag", versionTag(v.Version))
	return q.replyWith(status, item{itemHeadOf(&v.Item), v.Data, v.CanEdit, v.CanConfirm, judgementOf(&v.Judgement), verdictsOf(v.Remarks)})
}

// GET /api/items/{id}
func (s *Server) getItem(q *request) error {
	return s.replyItem(q, http.StatusOK, q.PathValue("id"))
}

// POST /api/items
func (s *Server) postItems(q *request) error {
	var in struct {
		UnitID string       `json:"unit_id"`
		Item   catalog.Item `json:"item"`
	}
	if err := q.decode(maxBody, &in); err != nil {
		return err
	}
	id, err := s.Reform.CreateItem(q.Context(), q.actor(), in.UnitID, &in.Item)
	if err != nil {
		return err
	}
	q.w.Header().Set("Location", "/api/items/"+id)
	return s.replyItem(q, http.StatusCreated, id)
}

// PUT /api/items/{id} saves over the version that If-Match names. Somebody
// else's version is 412; a state in which nothing may change is 409.
func (s *Server) putItem(q *request) error {
	id := q.PathValue("id")
	version, err := q.ifMatch()
	if err != nil {
		return err
	}
	var data catalog.Item
	if err := q.decode(maxBody, &data); err != nil {
		return err
	}
	err = s.Reform.SaveItem(q.Context(), q.actor(), id, version, &data)
	if fault.Is(err, fault.Conflict) {
		now, lookErr := s.Reform.Item(q.Context(), q.actor(), id)
		if lookErr == nil && now.Version != version {
			return server.WithStatus(http.StatusPreconditionFailed, err)
		}
	}
	if err != nil {
		return err
	}
	return s.replyItem(q, http.StatusOK, id)
}

// ifMatch reads the version that a change was made from.
func (q *request) ifMatch() (int64, error) {
	h := q.Header.Get("If-Match")
	if h == "" {
		return 0, server.WithStatus(http.StatusPreconditionRequired, fault.Invalidf("请在请求头 If-Match 中给出读取时得到的 ETag，以免覆盖他人的修改。"))
	}
	version, err := strconv.ParseInt(strings.Trim(h, `"`), 10, 64)
	if err != nil || h != versionTag(version) {
		return 0, fault.Invalidf("请求头 If-Match 有误。").At("header.If-Match", "应是读取时得到的 ETag，如 %s", versionTag(7))
	}
	return version, nil
}

// GET /api/items/{id}/findings
func (s *Server) getFindings(q *request) error {
	v, err := s.Reform.Item(q.Context(), q.actor(), q.PathValue("id"))
	if err != nil {
		return err
	}
	q.w.Header().Set("ETag", versionTag(v.Version))
	return q.reply(judgementOf(&v.Judgement))
}

// POST /api/assess says what would be said of a content if it were saved.
func (s *Server) postAssess(q *request) error {
	var in struct {
		UnitID string       `json:"unit_id"`
		ID     string       `json:"id"`
		Item   catalog.Item `json:"item"`
	}
	if err := q.decode(maxBody, &in); err != nil {
		return err
	}
	j, err := s.Reform.Judge(q.Context(), q.actor(), in.UnitID, in.ID, &in.Item)
	if err != nil {
		return err
	}
	return q.reply(judgementOf(&j))
}

// POST /api/items/confirm
func (s *Server) postConfirm(q *request) error {
	var in struct {
		Items []string `json:"items"`
	}
	if err := q.decode(maxBody, &in); err != nil {
		return err
	}
	if err := s.Reform.ConfirmItems(q.Context(), q.actor(), in.Items); err != nil {
		return err
	}
	return q.done()
}

// POST /api/items/{id}/reopen
func (s *Server) postReopen(q *request) error {
	if err := s.Reform.ReopenItem(q.Context(), q.actor(), q.PathValue("id")); err != nil {
		return err
	}
	return q.done()
}
