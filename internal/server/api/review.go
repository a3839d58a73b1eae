package api

import (
	"net/http"
	"strconv"
	"time"

	"onevisit/internal/app/reform"
	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/lint"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/publication"
	"onevisit/internal/domain/work"
)

// verdict is one office's decision on an item.
type verdict struct {
	Office   publication.Office   `json:"office"`
	Decision publication.Decision `json:"decision"`
	Remarks  []publication.Remark `json:"remarks"`
	By       string               `json:"by"`
	At       time.Time            `json:"at"`
}

func verdictsOf(list []publication.Verdict) []verdict {
	out := make([]verdict, 0, len(list))
	for _, v := range list {
		out = append(out, verdict{v.Office, v.Decision, filled(v.Remarks), v.ByName, v.At.UTC()})
	}
	return out
}

type submissionHead struct {
	ID        string                      `json:"id"`
	UnitID    string                      `json:"unit_id"`
	Unit      string                      `json:"unit"`
	Kind      publication.SubmissionKind  `json:"kind"`
	Number    string                      `json:"number"`
	State     publication.SubmissionState `json:"state"`
	Statement string                      `json:"statement"`
	Hash      string                      `json:"hash"`
	At        time.Time                   `json:"at"`
	By        string                      `json:"by"`
	Late      bool                        `json:"late"`
}

func submissionHeadOf(s *publication.Submission) submissionHead {
	return submissionHead{s.ID, s.UnitID, s.UnitName, s.Kind, s.Number, s.State, s.Statement, s.Hash, s.At.UTC(), s.ByName, s.Late}
}

// submittedItem is an item as it was handed in, with what the offices said.
type submittedItem struct {
	ID       string               `json:"id"`
	Name     string               `json:"name"`
	Code     string               `json:"code"`
	Type     string               `json:"type"`
	Visits   int                  `json:"visits"`
	Class    string               `json:"class"`
	Warnings int                  `json:"warnings"`
	DocHash  string               `json:"doc_hash"`
	Against  string               `json:"against"`
	Changes  int                  `json:"changes"`
	Burdens  int                  `json:"burdens"`
	Again    bool                 `json:"again"`
	Verdicts []verdict            `json:"verdicts"`
	Dispute  *dispute             `json:"dispute"`
	Outcome  publication.Decision `json:"outcome"`
}

// dispute is an item on which the county government was asked to rule.
type dispute struct {
	Note   string               `json:"note"`
	By     string               `json:"by"`
	Ruling publication.Decision `json:"ruling"`
	Reason string               `json:"reason"`
	Ruled  string               `json:"ruled_by"`
}

func submittedItemOf(it *publication.SubmittedItem) submittedItem {
	out := submittedItem{it.ItemID, it.Name, it.Code, it.Type, it.Visits, it.Class, it.Findings, it.DocHash, string(it.Against), it.Changes, it.Burdens, it.Again,
		verdictsOf(it.Verdicts), nil, it.Outcome}
	if d := it.Dispute; d != nil {
		out.Dispute = &dispute{d.Note, d.Asked.Name, d.Ruling, d.Reason, d.Ruled.Name}
	}
	return out
}

type submission struct {
	submissionHead
	Commitment *publication.Commitment `json:"commitment"`
	Items      []submittedItem         `json:"items"`
}

func submissionOf(s *publication.Submission) submission {
	out := submission{submissionHead: submissionHeadOf(s), Commitment: s.Commitment, Items: make([]submittedItem, 0, len(s.Items))}
	for i := range s.Items {
		out.Items = append(out.Items, submittedItemOf(&s.Items[i]))
	}
	return out
}

// GET /api/submissions
func (s *Server) getSubmissions(q *request) error {
	v, err := q.query(nil, "state", "limit", "next")
	if err != nil {
		return err
	}
	n, err := limit(v)
	if err != nil {
		return err
	}
	list, err := s.Reform.Submissions(q.Context(), q.actor(), reform.SubmissionsFilter{State: publication.SubmissionState(v.Get("state")), After: v.Get("next"), Limit: n + 1})
	if err != nil {
		return err
	}
	out := struct {
		Submissions []submissionHead `json:"submissions"`
		Next        string           `json:"next"`
	}{Submissions: make([]submissionHead, 0, n)}
	list, out.Next = cut(list, n, func(x publication.Submission) string { return x.ID })
	for i := range list {
		out.Submissions = append(out.Submissions, submissionHeadOf(&list[i]))
	}
	return q.reply(out)
}

// POST /api/submissions hands in a package, or a zero report.
func (s *Server) postSubmissions(q *request) error {
	var in struct {
		UnitID     string                     `json:"unit_id"`
		Kind       publication.SubmissionKind `json:"kind"`
		Items      []string                   `json:"items"`
		Statement  string                     `json:"statement"`
		Reasons    map[string]string          `json:"reasons"`
		Commitment struct {
			Signatory string        `json:"signatory"`
			Title     string        `json:"title"`
			SignedOn  calendar.Date `json:"signed_on"`
			Text      string        `json:"text"`
		} `json:"commitment"`
	}
	if err := q.decode(maxBody, &in); err != nil {
		return err
	}
	var sub *publication.Submission
	var err error
	switch in.Kind {
	case publication.Package:
		c := in.Commitment
		sub, err = s.Reform.SubmitPackage(q.Context(), q.actor(), reform.Reporting{UnitID: in.UnitID, Items: in.Items, Statement: in.Statement, Reasons: in.Reasons,
			Signatory: c.Signatory, Title: c.Title, SignedOn: c.SignedOn, Text: c.Text})
	case publication.ZeroReport:
		sub, err = s.Reform.SubmitZeroReport(q.Context(), q.actor(), in.UnitID, in.Statement)
	default:
		err = fault.Invalidf("报送没有提交。").At("kind", "应是“%s”或“%s”", publication.Package, publication.ZeroReport)
	}
	if err != nil {
		return err
	}
	return q.created("/api/submissions/"+sub.ID, submissionOf(sub))
}

// GET /api/submissions/{id}
func (s *Server) getSubmission(q *request) error {
	sub, err := s.Reform.Submission(q.Context(), q.actor(), q.PathValue("id"))
	if err != nil {
		return err
	}
	return q.reply(submissionOf(sub))
}

// POST /api/submissions/{id}/verdicts records the decision of the caller's office
// on some items of a submission.
func (s *Server) postVerdicts(q *request) error {
	var in struct {
		Items    []string             `json:"items"`
		Decision publication.Decision `json:"decision"`
		Remarks  []publication.Remark `json:"remarks"`
	}
	if err := q.decode(maxBody, &in); err != nil {
		return err
	}
	if err := s.Reform.Decide(q.Context(), q.actor(), q.PathValue("id"), in.Items, in.Decision, in.Remarks); err != nil {
		return err
	}
	return s.getSubmission(q)
}

// reviewedItem is one item of a submission as a reviewer sees it.
type reviewedItem struct {
	submittedItem
	Differences []catalog.Change `json:"differences"`
	Findings    []lint.Finding   `json:"findings"`
	Asked       []verdict        `json:"asked"`
}

// GET /api/submissions/{id}/items/{item}
func (s *Server) getReviewedItem(q *request) error {
	v, err := s.Reform.ReviewItem(q.Context(), q.actor(), q.PathValue("id"), q.PathValue("item"), publication.AllParts)
	if err != nil {
		return err
	}
	return q.reply(reviewedItem{submittedItemOf(&v.Item), filled(v.Changes), filled(v.Found), verdictsOf(v.Asked)})
}

// POST /api/submissions/{id}/items/{item}/adopt takes the other office's view.
func (s *Server) postAdopt(q *request) error {
	if err := s.Reform.AdoptVerdict(q.Context(), q.actor(), q.PathValue("id"), q.PathValue("item")); err != nil {
		return err
	}
	return s.getReviewedItem(q)
}

// POST /api/submissions/{id}/items/{item}/ask asks the county government to rule.
func (s *Server) postAskRuling(q *request) error {
	var in struct {
		Note string `json:"note"`
	}
	if err := q.decode(maxBody, &in); err != nil {
		return err
	}
	if err := s.Reform.AskRuling(q.Context(), q.actor(), q.PathValue("id"), q.PathValue("item"), in.Note); err != nil {
		return err
	}
	return s.getReviewedItem(q)
}

// POST /api/submissions/{id}/items/{item}/rule
func (s *Server) postRule(q *request) error {
	var in struct {
		Ruling publication.Decision `json:"ruling"`
		Reason string               `json:"reason"`
	}
	if err := q.decode(maxBody, &in); err != nil {
		return err
	}
	if err := s.Reform.Rule(q.Context(), q.actor(), q.PathValue("id"), q.PathValue("item"), in.Ruling, in.Reason); err != nil {
		return err
	}
	return s.getReviewedItem(q)
}

// POST /api/submissions/{id}/pass-clean passes what there is no doubt about.
func (s *Server) postPassClean(q *request) error {
	n, err := s.Reform.PassClean(q.Context(), q.actor(), q.PathValue("id"), nil)
	if err != nil {
		return err
	}
	return q.reply(map[string]int{"passed": n})
}

type batchHead struct {
	ID         string                 `json:"id"`
	No         int                    `json:"no"`
	Title      string                 `json:"title"`
	State      publication.BatchState `json:"state"`
	DocNo      string                 `json:"doc_no"`
	DocDate    calendar.Date          `json:"doc_date"`
	ApprovedBy string                 `json:"approved_by"`
	Note       string                 `json:"note"`
	CreatedAt  time.Time              `json:"created_at"`
}

func batchHeadOf(b *publication.Batch) batchHead {
	return batchHead{b.ID, b.No, b.Title, b.State, b.DocNo, b.DocDate, b.ApprovedBy, b.Note, b.CreatedAt.UTC()}
}

type batchItem struct {
	ID     string `json:"id"`
	UnitID string `json:"unit_id"`
	Unit   string `json:"unit"`
	Name   string `json:"name"`
	Code   string `json:"code"`
	Type   string `json:"type"`
	Visits int    `json:"visits"`
	Class  string `json:"class"`
	Struck string `json:"struck"`
}

type batch struct {
	batchHead
	Items []batchItem `json:"items"`
}

// GET /api/batches
func (s *Server) getBatches(q *request) error {
	list, err := s.Reform.Batches(q.Context(), q.actor())
	if err != nil {
		return err
	}
	waiting, err := s.Reform.Waiting(q.Context(), q.actor())
	if err != nil {
		return err
	}
	out := make([]batchHead, 0, len(list))
	for i := range list {
		out = append(out, batchHeadOf(&list[i]))
	}
	return q.reply(map[string]any{"waiting": waiting, "batches": out})
}

// POST /api/batches
func (s *Server) postBatches(q *request) error {
	var in struct {
		Title string   `json:"title"`
		Units []string `json:"units"`
	}
	if err := q.decode(maxBody, &in); err != nil {
		return err
	}
	id, err := s.Reform.ComposeBatch(q.Context(), q.actor(), in.Title, in.Units)
	if err != nil {
		return err
	}
	q.w.Header().Set("Location", "/api/batches/"+id)
	return s.replyBatch(q, http.StatusCreated, id)
}

func (s *Server) replyBatch(q *request, status int, id string) error {
	b, err := s.Reform.Batch(q.Context(), q.actor(), id)
	if err != nil {
		return err
	}
	out := batch{batchHead: batchHeadOf(b), Items: make([]batchItem, 0, len(b.Items))}
	for _, it := range b.Items {
		out.Items = append(out.Items, batchItem{it.ItemID, it.UnitID, it.UnitName, it.Name, it.Code, it.Type, it.Visits, it.Class, it.Struck})
	}
	return q.replyWith(status, out)
}

// GET /api/batches/{id}
func (s *Server) getBatch(q *request) error {
	return s.replyBatch(q, http.StatusOK, q.PathValue("id"))
}

// DELETE /api/batches/{id}/items/{item}
func (s *Server) deleteBatchItem(q *request) error {
	if err := s.Reform.RemoveFromBatch(q.Context(), q.actor(), q.PathValue("id"), q.PathValue("item")); err != nil {
		return err
	}
	return q.done()
}

// POST /api/batches/{id}/send
func (s *Server) postSend(q *request) error {
	if err := s.Reform.SendBatch(q.Context(), q.actor(), q.PathValue("id")); err != nil {
		return err
	}
	return s.getBatch(q)
}

// POST /api/batches/{id}/approve
func (s *Server) postApprove(q *request) error {
	var in struct {
		DocNo   string            `json:"doc_no"`
		DocDate calendar.Date     `json:"doc_date"`
		Strike  map[string]string `json:"strike"`
	}
	if err := q.decode(maxBody, &in); err != nil {
		return err
	}
	if err := s.Reform.ApproveBatch(q.Context(), q.actor(), q.PathValue("id"), reform.Approval{DocNo: in.DocNo, DocDate: in.DocDate, Strike: in.Strike}); err != nil {
		return err
	}
	return s.getBatch(q)
}

// POST /api/batches/{id}/return
func (s *Server) postReturn(q *request) error {
	var in struct {
		Note string `json:"note"`
	}
	if err := q.decode(maxBody, &in); err != nil {
		return err
	}
	if err := s.Reform.ReturnBatch(q.Context(), q.actor(), q.PathValue("id"), in.Note); err != nil {
		return err
	}
	return s.getBatch(q)
}

// POST /api/batches/{id}/publish: this process shows the release before it
// answers; others follow the log.
func (s *Server) postPublish(q *request) error {
	r, err := s.Reform.Publish(q.Context(), q.actor(), q.PathValue("id"))
	if err != nil {
		return err
	}
	if err := s.Portal.Refresh(q.Context()); err != nil {
		s.Log.Warn("portal follows later", "request", q.num, "err", err)
	}
	return q.created("/api/releases/"+strconv.FormatInt(r.Seq, 10), releaseOf(r))
}

type todo struct {
	ID          string    `json:"id"`
	Kind        work.Kind `json:"kind"`
	SubjectKind string    `json:"subject_kind"`
	SubjectID   string    `json:"subject_id"`
	Title       string    `json:"title"`
	UnitID      string    `json:"unit_id"`
	Role        org.Role  `json:"role"`
	Due         string    `json:"due"`
	CreatedAt   time.Time `json:"created_at"`
}

// GET /api/todos
func (s *Server) getTodos(q *request) error {
	list, err := s.Office.Todos(q.Context(), q.actor())
	if err != nil {
		return err
	}
	out := make([]todo, 0, len(list))
	for _, t := range list {
		out = append(out, todo{t.ID, t.Kind, t.SubjectKind, t.SubjectID, t.Title, t.UnitID, t.Role, t.Due, t.CreatedAt.UTC()})
	}
	return q.reply(map[string]any{"todos": out})
}

// boardRow is one unit of the board, or their sum.
type boardRow struct {
	UnitID    string                    `json:"unit_id"`
	Unit      string                    `json:"unit"`
	Items     int                       `json:"items"`
	AtMostOne int                       `json:"at_most_one"`
	Faulty    int                       `json:"faulty"`
	States    map[publication.State]int `json:"states"`
	Reported  bool                      `json:"reported"`
	Zero      bool                      `json:"zero"`
	Late      bool                      `json:"late"`
	ShareMet  bool                      `json:"share_met"`
	Entries   int                       `json:"entries"`
	Open      int                       `json:"open"`
	Findings  int                       `json:"findings"`
}

func boardRowOf(r *reform.Row) boardRow {
	return boardRow{r.Unit.ID, r.Unit.Name, r.Total, r.AtMost1, r.Faulty, r.ByState, r.Reported, r.Zero, r.Late, r.ShareMet, r.Entries, r.Open, len(r.Findings)}
}

// GET /api/board: the county to those who see it, to others their units.
func (s *Server) getBoard(q *request) error {
	look := s.Reform.UnitBoard
	if org.Can(q.actor(), org.ReadCounty, "") == nil {
		look = s.Reform.Board
	}
	b, err := look(q.Context(), q.actor())
	if err != nil {
		return err
	}
	rows := make([]boardRow, 0, len(b.Rows))
	for i := range b.Rows {
		rows = append(rows, boardRowOf(&b.Rows[i]))
	}
	return q.reply(map[string]any{"plan": b.Plan, "today": b.Today, "total": boardRowOf(&b.Total), "units": rows})
}
