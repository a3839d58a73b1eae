package store

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"onevisit/internal/domain/org"
	"onevisit/internal/domain/plan"
	"onevisit/internal/domain/publication"
	"onevisit/internal/domain/work"
)

func scanPlan(s Scanner) (plan.Plan, error) {
	var id, doc string
	var version int64
	if err := s.Scan(&id, &doc, &version); err != nil {
		return plan.Plan{}, err
	}
	var p plan.Plan
	if err := json.Unmarshal([]byte(doc), &p); err != nil {
		return p, fmt.Errorf("plan %s: %w", id, err)
	}
	p.ID, p.Version = id, version
	return p, nil
}

// ActivePlan returns the reform plan in force, or NotFound.
func (tx *Tx) ActivePlan() (plan.Plan, error) {
	return One(tx, scanPlan, `SELECT id, doc, version FROM plan WHERE active=1 ORDER BY id DESC LIMIT 1`)
}

// Plan returns a plan by ID, or NotFound.
func (tx *Tx) Plan(id string) (plan.Plan, error) {
	return One(tx, scanPlan, `SELECT id, doc, version FROM plan WHERE id=$1`, id)
}

// InsertPlan stores a plan and makes it the one in force.
func (tx *Tx) InsertPlan(p *plan.Plan) error {
	if p.ID == "" {
		p.ID = NewID()
	}
	p.Version = 1
	doc, err := json.Marshal(p)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(`UPDATE plan SET active=0, version=version+1 WHERE active=1`); err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO plan (id, doc, active) VALUES ($1,$2,1)`, p.ID, string(doc))
	return err
}

// UpdatePlan writes a plan if nobody else has changed it.
func (tx *Tx) UpdatePlan(p *plan.Plan) error {
	doc, err := json.Marshal(p)
	if err != nil {
		return err
	}
	if err := tx.ExecOne(`UPDATE plan SET doc=$3, version=version+1 WHERE id=$1 AND version=$2`, p.ID, p.Version, string(doc)); err != nil {
		return err
	}
	p.Version++
	return nil
}

// Contact is the leader in charge and the liaison officer a unit has named for
// a plan (P-4.1). The telephone is personal data.
type Contact struct {
	PlanID, UnitID      string
	Leader, LeaderTitle string
	Liaison, Phone      string
	ReportedAt          time.Time
}

// SaveContact stores or replaces a unit's contact; the first report's time
// stays, because lateness is judged by it, and what it was goes to the history.
func (tx *Tx) SaveContact(c *Contact, byName string) error {
	if _, err := tx.Exec(`INSERT INTO contact_history (plan_id, unit_id, version, leader, leader_title, liaison, liaison_phone, changed_at, changed_by)
		SELECT plan_id, unit_id, version, leader, leader_title, liaison, liaison_phone, $3, $4 FROM contact WHERE plan_id=$1 AND unit_id=$2`,
		c.PlanID, c.UnitID, Millis(tx.Now()), byName); err != nil {
		return err
	}
	_, err := tx.Exec(`INSERT INTO contact (plan_id, unit_id, leader, leader_title, liaison, liaison_phone, reported_at) VALUES ($1,$2,$3,$4,$5,$6,$7)
		ON CONFLICT (plan_id, unit_id) DO UPDATE SET leader=excluded.leader, leader_title=excluded.leader_title, liaison=excluded.liaison,
		liaison_phone=excluded.liaison_phone, version=contact.version+1`,
		c.PlanID, c.UnitID, c.Leader, c.LeaderTitle, c.Liaison, c.Phone, Millis(c.ReportedAt))
	return err
}

// Contacts returns what the units have reported for a plan.
func (tx *Tx) Contacts(planID string) ([]Contact, error) {
	return Query(tx, func(s Scanner) (Contact, error) {
		var c Contact
		var at int64
		err := s.Scan(&c.PlanID, &c.UnitID, &c.Leader, &c.LeaderTitle, &c.Liaison, &c.Phone, &at)
		c.ReportedAt = FromMillis(at)
		return c, err
	}, `SELECT plan_id, unit_id, leader, leader_title, liaison, liaison_phone, reported_at FROM contact WHERE plan_id=$1 ORDER BY unit_id`, planID)
}

// FormerContact is what a contact was, and when and by whom it was changed.
type FormerContact struct {
	Contact
	ChangedAt time.Time
	ChangedBy string
}

// FormerContacts returns what a unit's contact was before, newest first.
func (tx *Tx) FormerContacts(planID, unitID string) ([]FormerContact, error) {
	return Query(tx, func(s Scanner) (FormerContact, error) {
		c := FormerContact{Contact: Contact{PlanID: planID, UnitID: unitID}}
		var at int64
		err := s.Scan(&c.Leader, &c.LeaderTitle, &c.Liaison, &c.Phone, &at, &c.ChangedBy)
		c.ChangedAt = FromMillis(at)
		return c, err
	}, `SELECT leader, leader_title, liaison, liaison_phone, changed_at, changed_by FROM contact_history WHERE plan_id=$1 AND unit_id=$2 ORDER BY version DESC`, planID, unitID)
}

// Plans returns all plans, the one in force first, then the newest.
func (tx *Tx) Plans() ([]plan.Plan, error) {
	return Query(tx, scanPlan, `SELECT id, doc, version FROM plan ORDER BY active DESC, id DESC`)
}

// Lateness is a milestone that a unit has missed (P-4.3).
type Lateness struct {
	UnitID, Milestone string
	Due               string // YYYY-MM-DD
	NotedAt           time.Time
	MetAt             time.Time // when the unit made up for it, zero if it has not
}

// NoteLateness records that a unit has missed a milestone, once; fresh is false
// if that was known, or was excused for the same day.
func (tx *Tx) NoteLateness(planID string, l Lateness) (fresh bool, err error) {
	excused, err := One(tx, scanInt, `SELECT count(*) FROM lateness_withdrawn WHERE plan_id=$1 AND unit_id=$2 AND milestone=$3 AND due=$4 AND excused=1`, planID, l.UnitID, l.Milestone, l.Due)
	if err != nil || excused > 0 {
		return false, err
	}
	rows, err := Query(tx, scanText, `INSERT INTO lateness (plan_id, unit_id, milestone, due, noted_at) VALUES ($1,$2,$3,$4,$5)
		ON CONFLICT (plan_id, unit_id, milestone) DO NOTHING RETURNING unit_id`, planID, l.UnitID, l.Milestone, l.Due, Millis(tx.Now()))
	return len(rows) > 0, err
}

// MakeUpLateness records that a unit has done what it was late with.
func (tx *Tx) MakeUpLateness(planID, unitID, milestone string) error {
	_, err := tx.Exec(`UPDATE lateness SET met_at=$4 WHERE plan_id=$1 AND unit_id=$2 AND milestone=$3 AND met_at=0`, planID, unitID, milestone, Millis(tx.Now()))
	return err
}

// Latenesses returns what was missed under a plan.
func (tx *Tx) Latenesses(planID string) ([]Lateness, error) {
	return Query(tx, func(s Scanner) (Lateness, error) {
		var l Lateness
		var noted, met int64
		err := s.Scan(&l.UnitID, &l.Milestone, &l.Due, &noted, &met)
		l.NotedAt = FromMillis(noted)
		if met > 0 {
			l.MetAt = FromMillis(met)
		}
		return l, err
	}, `SELECT unit_id, milestone, due, noted_at, met_at FROM lateness WHERE plan_id=$1 ORDER BY due, unit_id`, planID)
}

// WithdrawnLateness is a lateness that was taken back.
type WithdrawnLateness struct {
	Lateness
	// Excused says that the day had passed: it is not recorded again.
	Excused bool
	Reason  string
	By      string // name
	At      time.Time
}

// WithdrawLateness takes a recorded lateness back and keeps why; NotFound if there
// is none.
func (tx *Tx) WithdrawLateness(planID string, w WithdrawnLateness) error {
	if err := tx.ExecOne(`DELETE FROM lateness WHERE plan_id=$1 AND unit_id=$2 AND milestone=$3`, planID, w.UnitID, w.Milestone); err != nil {
		return err
	}
	_, err := tx.Exec(`INSERT INTO lateness_withdrawn (id, plan_id, unit_id, milestone, due, noted_at, excused, reason, withdrawn_by, withdrawn_at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10)`,
		NewID(), planID, w.UnitID, w.Milestone, w.Due, Millis(w.NotedAt), boolInt(w.Excused), w.Reason, w.By, Millis(tx.Now()))
	return err
}

// WithdrawnLatenesses returns what was taken back under a plan, newest first.
func (tx *Tx) WithdrawnLatenesses(planID string) ([]WithdrawnLateness, error) {
	return Query(tx, func(s Scanner) (WithdrawnLateness, error) {
		var w WithdrawnLateness
		var noted, at int64
		err := s.Scan(&w.UnitID, &w.Milestone, &w.Due, &noted, &w.Excused, &w.Reason, &w.By, &at)
		w.NotedAt, w.At = FromMillis(noted), FromMillis(at)
		return w, err
	}, `SELECT unit_id, milestone, due, noted_at, excused, reason, withdrawn_by, withdrawn_at FROM lateness_withdrawn WHERE plan_id=$1 ORDER BY id DESC`, planID)
}

// The states of a message.
const (
	MessageWaiting = "待发送"
	MessageSent    = "已发送"
	MessageNobody  = "无联系人"
)

// Message is a text on its way to a unit's liaison. The telephone number is
// looked up when it is sent.
type Message struct {
	ID        string
	UniqueKey string // keeps the same message from being sent twice
	PlanID    string
	UnitID    string
	Text      string
	State     string
	CreatedAt time.Time
	SentAt    time.Time
}

// InsertMessage stores a message, unless one of the same key is there; then
// fresh is false.
func (tx *Tx) InsertMessage(m *Message) (fresh bool, err error) {
	m.ID = NewID()
	rows, err := Query(tx, scanText, `INSERT INTO message (id, unique_key, plan_id, unit_id, text, state, created_at) VALUES ($1,$2,$3,$4,$5,$6,$7)
		ON CONFLICT (unique_key) DO NOTHING RETURNING id`, m.ID, m.UniqueKey, m.PlanID, m.UnitID, m.Text, MessageWaiting, Millis(tx.Now()))
	return len(rows) > 0, err
}

func scanMessage(s Scanner) (Message, error) {
	var m Message
	var created, sent int64
	err := s.Scan(&m.ID, &m.UniqueKey, &m.PlanID, &m.UnitID, &m.Text, &m.State, &created, &sent)
	m.CreatedAt = FromMillis(created)
	if sent > 0 {
		m.SentAt = FromMillis(sent)
	}
	return m, err
}

const messageColumns = `id, unique_key, plan_id, unit_id, text, state, created_at, sent_at`

// Message returns a message by ID, or NotFound.
func (tx *Tx) Message(id string) (Message, error) {
	return One(tx, scanMessage, `SELECT `+messageColumns+` FROM message WHERE id=$1`, id)
}

// Messages returns the newest messages.
func (tx *Tx) Messages(limit int) ([]Message, error) {
	return Query(tx, scanMessage, `SELECT `+messageColumns+` FROM message ORDER BY id DESC LIMIT $1`, limit)
}

// EndMessage records what became of a message.
func (tx *Tx) EndMessage(id, state string) error {
	return tx.ExecOne(`UPDATE message SET state=$2, sent_at=$3 WHERE id=$1`, id, state, Millis(tx.Now()))
}

func scanText(s Scanner) (string, error) {
	var text string
	err := s.Scan(&text)
	return text, err
}

const todoColumns = `id, kind, subject_kind, subject_id, title, unit_id, role, due, created_at, done_at, outcome`

func scanTodo(s Scanner) (work.Todo, error) {
	var t work.Todo
	var created, done int64
	err := s.Scan(&t.ID, &t.Kind, &t.SubjectKind, &t.SubjectID, &t.Title, &t.UnitID, &t.Role, &t.Due, &created, &done, &t.Outcome)
	t.CreatedAt = FromMillis(created)
	if done > 0 {
		t.DoneAt = FromMillis(done)
	}
	return t, err
}

// RaiseTodo stores a to-do, unless the same one is open already; then its title
// and due date are brought up to date.
func (tx *Tx) RaiseTodo(t work.Todo) error {
	_, err := tx.Exec(`INSERT INTO todo (`+todoColumns+`) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,0,'')
		ON CONFLICT (kind, subject_id, unit_id, role, done_at) DO UPDATE SET title=excluded.title, due=excluded.due`,
		NewID(), string(t.Kind), t.SubjectKind, t.SubjectID, t.Title, t.UnitID, string(t.Role), t.Due, Millis(tx.Now()))
	return err
}

// CloseTodos ends the open to-dos of a kind for a subject.
func (tx *Tx) CloseTodos(kind work.Kind, subjectID, outcome string) error {
	_, err := tx.Exec(`UPDATE todo SET done_at=$3, outcome=$4 WHERE kind=$1 AND subject_id=$2 AND done_at=0`,
		string(kind), subjectID, Millis(tx.Now()), outcome)
	return err
}

// CloseTodosOfRelease ends the open to-dos of some kinds about the items of a
// release, or about those that it gives a standing.
func (tx *Tx) CloseTodosOfRelease(seq int64, st publication.Standing, outcome string, kinds ...work.Kind) error {
	args := []any{seq, Millis(tx.Now()), outcome}
	cond := ""
	if st != "" {
		args = append(args, string(st))
		cond = " AND standing=$4"
	}
	list := make([]string, len(kinds))
	for i, k := range kinds {
		args = append(args, string(k))
		list[i] = fmt.Sprintf("$%d", len(args))
	}
	_, err := tx.Exec(`UPDATE todo SET done_at=$2, outcome=$3 WHERE done_at=0 AND kind IN (`+strings.Join(list, ",")+`)
		AND subject_id IN (SELECT item_id FROM release_item WHERE release_seq=$1`+cond+`)`, args...)
	return err
}

// OpenTodos returns the open to-dos of some roles, for some units or for none in
// particular, most urgent first.
func (tx *Tx) OpenTodos(roles []string, units []string, limit int) ([]work.Todo, error) {
	args := []any{limit}
	marks := func(values []string) string {
		s := ""
		for _, v := range values {
			args = append(args, v)
			s += fmt.Sprintf(",$%d", len(args))
		}
		return s
	}
	r := marks(roles)
	if r == "" {
		return nil, nil
	}
	u := marks(units)
	return Query(tx, scanTodo, `SELECT `+todoColumns+` FROM todo WHERE done_at=0 AND role IN (`+r[1:]+`) AND unit_id IN (''`+u+`)
		ORDER BY CASE WHEN due='' THEN '9999' ELSE due END, id LIMIT $1`, args...)
}

// CloseTodoOf ends the open to-do of one role for a subject.
func (tx *Tx) CloseTodoOf(kind work.Kind, subjectID string, role org.Role, outcome string) error {
	_, err := tx.Exec(`UPDATE todo SET done_at=$3, outcome=$4 WHERE kind=$1 AND subject_id=$2 AND role=$5 AND done_at=0`,
		string(kind), subjectID, Millis(tx.Now()), outcome, string(role))
	return err
}
