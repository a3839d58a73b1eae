package store

import (
	"encoding/json"
	"fmt"
	"time"

	"onevisit/internal/domain/org"
	"onevisit/internal/domain/plan"
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
// stays, because lateness is judged by it.
func (tx *Tx) SaveContact(c *Contact) error {
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
