package store

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/plan"
)

// PledgeRow is a pledge with what lists show of its item.
type PledgeRow struct {
	plan.Pledge
	UnitName, ItemName string
}

const pledgeColumns = `p.id, p.plan_id, p.unit_id, p.item_id, p.measures, p.due, p.made_at, p.made_by, p.ended_at, p.release_seq, p.reason, p.version, u.name, i.name`

const pledgeFrom = ` FROM pledge p JOIN unit u ON u.id=p.unit_id JOIN item i ON i.id=p.item_id `

func scanPledge(s Scanner) (PledgeRow, error) {
	var p PledgeRow
	var measures, due string
	var made, ended int64
	if err := s.Scan(&p.ID, &p.PlanID, &p.UnitID, &p.ItemID, &measures, &due, &made, &p.MadeBy, &ended, &p.ReleaseSeq, &p.Reason, &p.Version, &p.UnitName, &p.ItemName); err != nil {
		return p, err
	}
	p.Measures, p.MadeAt = strings.Split(measures, ","), FromMillis(made)
	if ended > 0 {
		p.EndedAt = FromMillis(ended)
	}
	return p, parseDate(due, &p.Due)
}

// MakePledge stores a pledge; an open one for the same item is replaced in
// measures and day and keeps its beginning.
func (tx *Tx) MakePledge(p *plan.Pledge) error {
	p.MadeAt = tx.Now()
	_, err := tx.Exec(`INSERT INTO pledge (id, plan_id, unit_id, item_id, measures, due, made_at, made_by) VALUES ($1,$2,$3,$4,$5,$6,$7,$8)
		ON CONFLICT (item_id, ended_at) DO UPDATE SET plan_id=excluded.plan_id, measures=excluded.measures, due=excluded.due, made_by=excluded.made_by, version=pledge.version+1`,
		NewID(), p.PlanID, p.UnitID, p.ItemID, strings.Join(p.Measures, ","), dateText(p.Due), Millis(p.MadeAt), p.MadeBy)
	return err
}

// Pledge returns a pledge by ID, or NotFound.
func (tx *Tx) Pledge(id string) (PledgeRow, error) {
	return One(tx, scanPledge, `SELECT `+pledgeColumns+pledgeFrom+`WHERE p.id=$1`, id)
}

// PledgeFilter selects pledges. Empty fields select all; State is as of Today.
// After and Before are IDs at the ends of another page; a Limit of 0 is none.
type PledgeFilter struct {
	Units         []string
	Item          string
	State         plan.PledgeState
	Today         calendar.Date
	Open          bool
	After, Before string
	Limit         int
}

func (f PledgeFilter) where() (string, []any) {
	where, args := "1=1", []any{}
	if len(f.Units) > 0 {
		marks := make([]string, len(f.Units))
		for i, u := range f.Units {
			args = append(args, u)
			marks[i] = fmt.Sprintf("$%d", i+1)
		}
		where = "p.unit_id IN (" + strings.Join(marks, ",") + ")"
	}
	if f.Item != "" {
		args = append(args, f.Item)
		where += fmt.Sprintf(" AND p.item_id=$%d", len(args))
	}
	if f.Open {
		where += " AND p.ended_at=0"
	}
	switch f.State {
	case plan.PledgeOpen:
		args = append(args, dateText(f.Today))
		where += fmt.Sprintf(" AND p.ended_at=0 AND p.due>=$%d", len(args))
	case plan.PledgeLate:
		args = append(args, dateText(f.Today))
		where += fmt.Sprintf(" AND p.ended_at=0 AND p.due<$%d", len(args))
	case plan.PledgeKept:
		where += " AND p.release_seq>0"
	case plan.PledgeWithdrawn:
		where += " AND p.ended_at>0 AND p.release_seq=0"
	}
	return where, args
}

// Pledges returns pledges, the open ones first, by their day.
func (tx *Tx) Pledges(f PledgeFilter) ([]PledgeRow, error) {
	const ended = "CASE WHEN p.ended_at=0 THEN 0 ELSE 1 END"
	where, args := f.where()
	order, sign, end := "ASC", ">", f.After
	if end == "" && f.Before != "" {
		order, sign, end = "DESC", "<", f.Before
	}
	if end != "" {
		args = append(args, end)
		where += fmt.Sprintf(" AND ("+ended+", p.due, p.id) %s (SELECT "+ended+", p.due, p.id FROM pledge p WHERE p.id=$%d)", sign, len(args))
	}
	limit := ""
	if f.Limit > 0 {
		args = append(args, f.Limit)
		limit = fmt.Sprintf(" LIMIT $%d", len(args))
	}
	rows, err := Query(tx, scanPledge, fmt.Sprintf(`SELECT `+pledgeColumns+pledgeFrom+`WHERE %s ORDER BY `+ended+` %[2]s, p.due %[2]s, p.id %[2]s%[3]s`, where, order, limit), args...)
	if order == "DESC" {
		slices.Reverse(rows)
	}
	return rows, err
}

// CountPledges counts what all pages of a filter hold.
func (tx *Tx) CountPledges(f PledgeFilter) (int, error) {
	where, args := f.where()
	n, err := One(tx, scanInt, `SELECT count(*) FROM pledge p WHERE `+where, args...)
	return int(n), err
}

// EndPledge ends an open pledge: fulfilled by a release, or, if release is 0,
// withdrawn for a reason.
func (tx *Tx) EndPledge(p *plan.Pledge, release int64, reason string) error {
	return tx.ExecOne(`UPDATE pledge SET ended_at=$3, release_seq=$4, reason=$5, version=version+1 WHERE id=$1 AND version=$2 AND ended_at=0`,
		p.ID, p.Version, Millis(tx.Now()), release, reason)
}

// Analysis returns what the unit says of an item; an empty one if nothing yet.
func (tx *Tx) Analysis(itemID string) (plan.Analysis, error) {
	a, err := One(tx, scanAnalysis, `SELECT item_id, doc, saved_at, saved_by, version FROM item_analysis WHERE item_id=$1`, itemID)
	if fault.Is(err, fault.NotFound) {
		return plan.Analysis{ItemID: itemID}, nil
	}
	return a, err
}

// Analyses returns what a unit says of its items, by item ID.
func (tx *Tx) Analyses(unitID string) (map[string]plan.Analysis, error) {
	list, err := Query(tx, scanAnalysis, `SELECT a.item_id, a.doc, a.saved_at, a.saved_by, a.version FROM item_analysis a JOIN item i ON i.id=a.item_id WHERE i.unit_id=$1`, unitID)
	m := make(map[string]plan.Analysis, len(list))
	for _, a := range list {
		m[a.ItemID] = a
	}
	return m, err
}

func scanAnalysis(s Scanner) (plan.Analysis, error) {
	var a plan.Analysis
	var doc string
	var at int64
	var id, by string
	var version int64
	if err := s.Scan(&id, &doc, &at, &by, &version); err != nil {
		return a, err
	}
	if err := json.Unmarshal([]byte(doc), &a); err != nil {
		return a, fmt.Errorf("analysis of %s: %w", id, err)
	}
	a.ItemID, a.SavedAt, a.SavedBy, a.Version = id, FromMillis(at), by, version
	return a, nil
}

// SaveAnalysis writes an analysis if nobody else has changed it since it was
// read (Version 0: never saved), else Conflict.
func (tx *Tx) SaveAnalysis(a *plan.Analysis) error {
	doc, err := json.Marshal(a)
	if err != nil {
		return err
	}
	if a.Version == 0 {
		return tx.ExecOne(`INSERT INTO item_analysis (item_id, doc, saved_at, saved_by) VALUES ($1,$2,$3,$4) ON CONFLICT (item_id) DO NOTHING`,
			a.ItemID, string(doc), Millis(tx.Now()), a.SavedBy)
	}
	return tx.ExecOne(`UPDATE item_analysis SET doc=$3, saved_at=$4, saved_by=$5, version=version+1 WHERE item_id=$1 AND version=$2`,
		a.ItemID, a.Version, string(doc), Millis(tx.Now()), a.SavedBy)
}
