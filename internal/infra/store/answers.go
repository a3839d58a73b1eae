package store

import (
	"fmt"
	"strings"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/lint"
	"onevisit/internal/domain/publication"
)

// FindingReason is why a unit keeps what a warning speaks against.
type FindingReason struct {
	ItemID, Rule, Place string
	lint.Reason
	ByID string
}

// FindingReasons returns what is on record for an item, or for all if itemID is
// empty.
func (tx *Tx) FindingReasons(itemID string) ([]FindingReason, error) {
	where, args := "", []any{}
	if itemID != "" {
		where, args = " WHERE item_id=$1", []any{itemID}
	}
	return Query(tx, func(s Scanner) (FindingReason, error) {
		var r FindingReason
		var at int64
		err := s.Scan(&r.ItemID, &r.Rule, &r.Place, &r.Text, &at, &r.ByID, &r.By)
		r.On = calendar.DateOf(FromMillis(at))
		return r, err
	}, `SELECT item_id, rule, place, reason, at, by_id, by_name FROM finding_reason`+where, args...)
}

// CheckStamp changes with whatever a check of the whole county rests on: items,
// rules, answers, lists and claims, people named, packages, the plan, the day.
func (tx *Tx) CheckStamp() (string, error) {
	var parts []string
	for i, q := range []string{"item", "rule_set", "waiver", "claim", "contact", "submission", "plan", "unit"} {
		parts = append(parts, fmt.Sprintf("SELECT %d AS n, count(*) AS rows, CAST(coalesce(sum(version),0) AS BIGINT) AS v FROM %s", i, q))
	}
	parts = append(parts, "SELECT 8, count(*), CAST(coalesce(max(at),0) AS BIGINT) FROM finding_reason", "SELECT 9, count(*), CAST(coalesce(sum(superseded),0) AS BIGINT) FROM list_entry")
	sums, err := Query(tx, func(s Scanner) (string, error) {
		var n, rows, v int64
		err := s.Scan(&n, &rows, &v)
		return fmt.Sprintf("%d:%d/%d", n, rows, v), err
	}, strings.Join(parts, " UNION ALL ")+" ORDER BY 1")
	return calendar.DateOf(tx.Now()).String() + " " + strings.Join(sums, " "), err
}

// SaveFindingReason records a reason, in the place of a former one.
func (tx *Tx) SaveFindingReason(r FindingReason) error {
	_, err := tx.Exec(`INSERT INTO finding_reason (item_id, rule, place, reason, at, by_id, by_name) VALUES ($1,$2,$3,$4,$5,$6,$7)
		ON CONFLICT (item_id, rule, place) DO UPDATE SET reason=excluded.reason, at=excluded.at, by_id=excluded.by_id, by_name=excluded.by_name`,
		r.ItemID, r.Rule, r.Place, r.Text, Millis(tx.Now()), r.ByID, r.By)
	return err
}

// WaiverRow is a waiver with what lists show of its item.
type WaiverRow struct {
	publication.Waiver
	UnitName, ItemName string
}

const waiverColumns = `w.id, w.item_id, w.unit_id, w.rule, w.place, w.about, w.message, w.reason, w.asked_at, w.asked_by, w.granted, w.until, w.note, w.decided_at, w.decided_by, w.closed_at, w.version, u.name, i.name`

const waiverFrom = ` FROM waiver w JOIN unit u ON u.id=w.unit_id JOIN item i ON i.id=w.item_id `

func scanWaiver(s Scanner) (WaiverRow, error) {
	var w WaiverRow
	var asked, decided, closed int64
	var granted int
	var until string
	if err := s.Scan(&w.ID, &w.ItemID, &w.UnitID, &w.Rule, &w.Place, &w.About, &w.Message, &w.Reason, &asked, &w.AskedBy, &granted, &until, &w.Note, &decided, &w.DecidedBy, &closed, &w.Version, &w.UnitName, &w.ItemName); err != nil {
		return w, err
	}
	w.Granted, w.AskedAt = granted == 1, FromMillis(asked)
	if decided > 0 {
		w.DecidedAt = FromMillis(decided)
	}
	if closed > 0 {
		w.ClosedAt = FromMillis(closed)
	}
	return w, parseDate(until, &w.Until)
}

// InsertWaiver stores what a unit asks for, or what was granted at once. One
// that is open for the same finding is a Conflict.
func (tx *Tx) InsertWaiver(w *publication.Waiver) error {
	w.ID, w.AskedAt, w.Version = NewID(), tx.Now(), 1
	decided := int64(0)
	if w.Granted {
		w.DecidedAt = tx.Now()
		decided = Millis(w.DecidedAt)
	}
	_, err := tx.Exec(`INSERT INTO waiver (id, item_id, unit_id, rule, place, about, message, reason, asked_at, asked_by, granted, until, note, decided_at, decided_by) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15)`,
		w.ID, w.ItemID, w.UnitID, w.Rule, w.Place, w.About, w.Message, w.Reason, Millis(w.AskedAt), w.AskedBy, boolInt(w.Granted), dateText(w.Until), w.Note, decided, w.DecidedBy)
	return err
}

// UpdateWaiver writes decision and end of a waiver that nobody has changed since
// it was read, else Conflict.
func (tx *Tx) UpdateWaiver(w *publication.Waiver) error {
	at := [2]int64{}
	if !w.DecidedAt.IsZero() {
		at[0] = Millis(w.DecidedAt)
	}
	if !w.ClosedAt.IsZero() {
		at[1] = Millis(w.ClosedAt)
	}
	err := tx.ExecOne(`UPDATE waiver SET granted=$3, until=$4, note=$5, decided_at=$6, decided_by=$7, closed_at=$8, version=version+1 WHERE id=$1 AND version=$2`,
		w.ID, w.Version, boolInt(w.Granted), dateText(w.Until), w.Note, at[0], w.DecidedBy, at[1])
	if err == nil {
		w.Version++
	}
	return err
}

// Waiver returns a waiver by ID, or NotFound.
func (tx *Tx) Waiver(id string) (WaiverRow, error) {
	return One(tx, scanWaiver, `SELECT `+waiverColumns+waiverFrom+`WHERE w.id=$1`, id)
}

// WaiverFilter selects waivers. Empty fields select all; State is as of Today.
// Before is the ID at the end of another page; a Limit of 0 is none.
type WaiverFilter struct {
	Units  []string
	Item   string
	Open   bool
	State  publication.WaiverState
	Today  calendar.Date
	Before string
	Limit  int
}

func (f WaiverFilter) where() (string, []any) {
	where, args := "1=1", []any{}
	if len(f.Units) > 0 {
		marks := make([]string, len(f.Units))
		for i, u := range f.Units {
			args = append(args, u)
			marks[i] = fmt.Sprintf("$%d", i+1)
		}
		where = "w.unit_id IN (" + strings.Join(marks, ",") + ")"
	}
	add := func(cond string, arg any) {
		args = append(args, arg)
		where += fmt.Sprintf(" AND "+cond, len(args))
	}
	if f.Item != "" {
		add("w.item_id=$%d", f.Item)
	}
	if f.Open {
		where += " AND w.closed_at=0"
	}
	switch f.State {
	case publication.WaiverAsked:
		where += " AND w.closed_at=0 AND w.granted=0"
	case publication.WaiverHolds:
		add("w.closed_at=0 AND w.granted=1 AND w.until>=$%d", dateText(f.Today))
	case publication.WaiverOver:
		add("w.closed_at=0 AND w.granted=1 AND w.until<$%d", dateText(f.Today))
	case publication.WaiverDeclined:
		where += " AND w.closed_at>0 AND w.granted=0 AND w.decided_at>0"
	case publication.WaiverEnded:
		where += " AND w.closed_at>0 AND (w.granted=1 OR w.decided_at=0)"
	}
	return where, args
}

// Waivers returns waivers, the newest first.
func (tx *Tx) Waivers(f WaiverFilter) ([]WaiverRow, error) {
	where, args := f.where()
	if f.Before != "" {
		args = append(args, f.Before)
		where += fmt.Sprintf(" AND w.id<$%d", len(args))
	}
	limit := ""
	if f.Limit > 0 {
		args = append(args, f.Limit)
		limit = fmt.Sprintf(" LIMIT $%d", len(args))
	}
	return Query(tx, scanWaiver, `SELECT `+waiverColumns+waiverFrom+`WHERE `+where+` ORDER BY w.id DESC`+limit, args...)
}

// CountWaivers counts what all pages of a filter hold.
func (tx *Tx) CountWaivers(f WaiverFilter) (int, error) {
	where, args := f.where()
	n, err := One(tx, scanInt, `SELECT count(*) FROM waiver w WHERE `+where, args...)
	return int(n), err
}
