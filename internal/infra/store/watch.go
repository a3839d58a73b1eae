package store

import (
	"fmt"
	"strings"
	"time"

	"onevisit/internal/domain/publication"
)

// ItemSpan is a range of item IDs, for work that goes through all of them in
// portions: those behind After, up to and with To; an empty To has no end.
type ItemSpan struct{ After, To string }

// cond says that a column lies in the span, with its arguments behind args.
func (s ItemSpan) cond(column string, args []any) (string, []any) {
	args = append(args, s.After)
	cond := fmt.Sprintf("%s>$%d", column, len(args))
	if s.To != "" {
		args = append(args, s.To)
		cond += fmt.Sprintf(" AND %s<=$%d", column, len(args))
	}
	return cond, args
}

// CurrentReleases returns of the items of a span that were ever published the
// release that each is current in.
func (tx *Tx) CurrentReleases(span ItemSpan) (map[string]int64, error) {
	type row struct {
		id  string
		seq int64
	}
	cond, args := span.cond("item_id", nil)
	rows, err := Query(tx, func(s Scanner) (row, error) {
		var r row
		err := s.Scan(&r.id, &r.seq)
		return r, err
	}, `SELECT item_id, release_seq FROM release_item WHERE replaced_by=0 AND `+cond, args...)
	m := make(map[string]int64, len(rows))
	for _, r := range rows {
		m[r.id] = r.seq
	}
	return m, err
}

// GuideRow is a published item with when its guide was published and confirmed.
type GuideRow struct {
	ItemID, UnitID, Name string
	ReleasedAt           time.Time
	CheckedAt            time.Time // zero if it never was
	CheckedBy            string
}

// GuideFilter chooses guides; an empty field allows everything.
type GuideFilter struct {
	Units []string
	// Before is the instant before which a guide was last published or confirmed.
	Before time.Time
	Limit  int
}

// where is the condition, with its arguments; releases is l, release_item r and
// guide_check g.
func (f GuideFilter) where() (string, []any) {
	args := []any{string(publication.StandingPublished)}
	cond := "r.replaced_by=0 AND r.standing=$1"
	if len(f.Units) > 0 {
		for _, u := range f.Units {
			args = append(args, u)
		}
		cond += " AND r.unit_id IN (" + dollars(2, len(f.Units)) + ")"
	}
	if !f.Before.IsZero() {
		args = append(args, Millis(f.Before))
		cond += fmt.Sprintf(" AND l.at<$%d AND coalesce(g.checked_at, 0)<$%[1]d", len(args))
	}
	return cond, args
}

const guideFrom = ` FROM release_item r JOIN release_log l ON l.seq=r.release_seq LEFT JOIN guide_check g ON g.item_id=r.item_id WHERE `

// GuideRows returns items that people can apply for, those confirmed longest ago
// first.
func (tx *Tx) GuideRows(f GuideFilter) ([]GuideRow, error) {
	cond, args := f.where()
	if f.Limit > 0 {
		args = append(args, f.Limit)
		cond += " ORDER BY last, r.item_id LIMIT $" + fmt.Sprint(len(args))
	} else {
		cond += " ORDER BY last, r.item_id"
	}
	return Query(tx, func(s Scanner) (GuideRow, error) {
		var g GuideRow
		var released, checked, last int64
		err := s.Scan(&g.ItemID, &g.UnitID, &g.Name, &released, &checked, &g.CheckedBy, &last)
		g.ReleasedAt = FromMillis(released)
		if checked > 0 {
			g.CheckedAt = FromMillis(checked)
		}
		return g, err
	}, `SELECT r.item_id, r.unit_id, r.name, l.at, coalesce(g.checked_at, 0), coalesce(g.by_name, ''),
		CASE WHEN coalesce(g.checked_at, 0) > l.at THEN g.checked_at ELSE l.at END AS last`+guideFrom+cond, args...)
}

// CountGuides counts them.
func (tx *Tx) CountGuides(f GuideFilter) (int, error) {
	cond, args := f.where()
	n, err := One(tx, scanInt, `SELECT count(*)`+guideFrom+cond, args...)
	return int(n), err
}

// SaveGuideCheck records that a unit has confirmed a guide.
func (tx *Tx) SaveGuideCheck(itemID, byID, byName string) error {
	_, err := tx.Exec(`INSERT INTO guide_check (item_id, checked_at, by_id, by_name) VALUES ($1,$2,$3,$4)
		ON CONFLICT (item_id) DO UPDATE SET checked_at=excluded.checked_at, by_id=excluded.by_id, by_name=excluded.by_name`,
		itemID, Millis(tx.Now()), byID, byName)
	return err
}

// GuideChecks returns, by item, when guides were confirmed.
func (tx *Tx) GuideChecks() (map[string]time.Time, error) {
	type row struct {
		id string
		at int64
	}
	rows, err := Query(tx, func(s Scanner) (row, error) {
		var r row
		err := s.Scan(&r.id, &r.at)
		return r, err
	}, `SELECT item_id, checked_at FROM guide_check`)
	m := make(map[string]time.Time, len(rows))
	for _, r := range rows {
		m[r.id] = FromMillis(r.at)
	}
	return m, err
}

// LastGuideCheck returns when a guide was last confirmed, the zero time if none
// was.
func (tx *Tx) LastGuideCheck() (time.Time, error) {
	at, err := One(tx, scanInt, `SELECT coalesce(max(checked_at), 0) FROM guide_check`)
	if at == 0 {
		return time.Time{}, err
	}
	return FromMillis(at), err
}

// LawNotice is work that the change of a law has raised for an item that cites
// it.
type LawNotice struct {
	ItemID, Title string
	Change        string // 废止 or 修订
	Since         string // YYYY-MM-DD
	RaisedAt      time.Time
	ClosedAt      time.Time // zero while it is open
	Outcome, By   string
}

// SeeLaw records that the program knows of a change, and returns when it first
// did.
func (tx *Tx) SeeLaw(title, change, since string) (time.Time, error) {
	if _, err := tx.Exec(`INSERT INTO law_change (title, change, since, seen_at) VALUES ($1,$2,$3,$4) ON CONFLICT (title, change, since) DO NOTHING`,
		title, change, since, Millis(tx.Now())); err != nil {
		return time.Time{}, err
	}
	at, err := One(tx, scanInt, `SELECT seen_at FROM law_change WHERE title=$1 AND change=$2 AND since=$3`, title, change, since)
	return FromMillis(at), err
}

// RaiseLawNotice stores a notice; fresh is false if it was raised before.
func (tx *Tx) RaiseLawNotice(n LawNotice) (fresh bool, err error) {
	rows, err := Query(tx, scanText, `INSERT INTO law_notice (item_id, title, change, since, raised_at) VALUES ($1,$2,$3,$4,$5)
		ON CONFLICT (item_id, title, change, since) DO NOTHING RETURNING item_id`, n.ItemID, n.Title, n.Change, n.Since, Millis(tx.Now()))
	return len(rows) > 0, err
}

func scanLawNotice(s Scanner) (LawNotice, error) {
	var n LawNotice
	var raised, closed int64
	err := s.Scan(&n.ItemID, &n.Title, &n.Change, &n.Since, &raised, &closed, &n.Outcome, &n.By)
	n.RaisedAt = FromMillis(raised)
	if closed > 0 {
		n.ClosedAt = FromMillis(closed)
	}
	return n, err
}

const lawNoticeColumns = `item_id, title, change, since, raised_at, closed_at, outcome, by_name`

// OpenLawNoticesIn returns what laws have raised and nobody has answered, of the
// items of a span.
func (tx *Tx) OpenLawNoticesIn(span ItemSpan) ([]LawNotice, error) {
	cond, args := span.cond("item_id", nil)
	return Query(tx, scanLawNotice, `SELECT `+lawNoticeColumns+` FROM law_notice WHERE closed_at=0 AND `+cond+` ORDER BY item_id, since, title`, args...)
}

// OpenLawNotices returns what laws have raised for an item and nobody has
// answered.
func (tx *Tx) OpenLawNotices(itemID string) ([]LawNotice, error) {
	return Query(tx, scanLawNotice, `SELECT `+lawNoticeColumns+` FROM law_notice WHERE closed_at=0 AND item_id=$1 ORDER BY since, title`, itemID)
}

// CloseLawNotice ends a notice with what came of it.
func (tx *Tx) CloseLawNotice(n LawNotice, outcome, by string) error {
	return tx.ExecOne(`UPDATE law_notice SET closed_at=$5, outcome=$6, by_name=$7 WHERE item_id=$1 AND title=$2 AND change=$3 AND since=$4 AND closed_at=0`,
		n.ItemID, n.Title, n.Change, n.Since, Millis(tx.Now()), outcome, by)
}

// ProbeFinding is what a probe found wrong with a published guide.
type ProbeFinding struct {
	ItemID, Kind, Field, Value string
	Text                       string
	FoundAt                    time.Time
	SettledAt                  time.Time // when the unit said that it is right so; zero if not
	Reason, By                 string
	// Name and UnitID are the item's.
	Name, UnitID string
}

// SaveProbeFinding stores a finding, or notes that it was seen again.
func (tx *Tx) SaveProbeFinding(f ProbeFinding) error {
	_, err := tx.Exec(`INSERT INTO probe_finding (item_id, kind, field, value, text, found_at, seen_at) VALUES ($1,$2,$3,$4,$5,$6,$6)
		ON CONFLICT (item_id, kind, field, value) DO UPDATE SET text=excluded.text, seen_at=excluded.seen_at`,
		f.ItemID, f.Kind, f.Field, f.Value, f.Text, Millis(tx.Now()))
	return err
}

// DropUnseenFindings forgets what the probes of some kinds found in the items of
// a span, except in this transaction.
func (tx *Tx) DropUnseenFindings(span ItemSpan, kinds ...string) error {
	args := []any{Millis(tx.Now())}
	for _, k := range kinds {
		args = append(args, k)
	}
	cond, args := span.cond("item_id", args)
	_, err := tx.Exec(`DELETE FROM probe_finding WHERE seen_at<>$1 AND kind IN (`+dollars(2, len(kinds))+`) AND `+cond, args...)
	return err
}

// UnitsWithFindings returns the units in whose guides the probes of a kind have
// found something.
func (tx *Tx) UnitsWithFindings(kind string) ([]string, error) {
	return Query(tx, scanText, `SELECT DISTINCT i.unit_id FROM probe_finding p JOIN item i ON i.id=p.item_id WHERE p.kind=$1`, kind)
}

// CountFindings counts by unit what the probes found and the units have not
// settled.
func (tx *Tx) CountFindings(units []string) (map[string]int, error) {
	type row struct {
		unit string
		n    int
	}
	args := make([]any, len(units))
	for i, u := range units {
		args[i] = u
	}
	rows, err := Query(tx, func(s Scanner) (row, error) {
		var r row
		err := s.Scan(&r.unit, &r.n)
		return r, err
	}, `SELECT i.unit_id, count(*) FROM probe_finding p JOIN item i ON i.id=p.item_id WHERE p.settled_at=0 AND i.unit_id IN (`+dollars(1, len(units))+`) GROUP BY i.unit_id`, args...)
	m := make(map[string]int, len(rows))
	for _, r := range rows {
		m[r.unit] = r.n
	}
	return m, err
}

// ProbeFindings returns what the probes found and the units have not settled, of
// some units or of all.
func (tx *Tx) ProbeFindings(units []string) ([]ProbeFinding, error) {
	var args []any
	cond := ""
	if len(units) > 0 {
		for _, u := range units {
			args = append(args, u)
		}
		cond = " AND i.unit_id IN (" + dollars(1, len(units)) + ")"
	}
	return Query(tx, func(s Scanner) (ProbeFinding, error) {
		var f ProbeFinding
		var found int64
		err := s.Scan(&f.ItemID, &f.Kind, &f.Field, &f.Value, &f.Text, &found, &f.Name, &f.UnitID)
		f.FoundAt = FromMillis(found)
		return f, err
	}, `SELECT p.item_id, p.kind, p.field, p.value, p.text, p.found_at, i.name, i.unit_id FROM probe_finding p JOIN item i ON i.id=p.item_id
		WHERE p.settled_at=0`+cond+` ORDER BY i.unit_id, i.name, p.item_id, p.kind, p.field`, args...)
}

// SettleFinding records that the unit says a finding is right as it is.
func (tx *Tx) SettleFinding(itemID, kind, field, value, reason, by string) error {
	return tx.ExecOne(`UPDATE probe_finding SET settled_at=$5, reason=$6, by_name=$7 WHERE item_id=$1 AND kind=$2 AND field=$3 AND value=$4 AND settled_at=0`,
		itemID, kind, field, value, Millis(tx.Now()), reason, by)
}

// dollars are n placeholders beginning with $from, for IN.
func dollars(from, n int) string {
	m := make([]string, n)
	for i := range m {
		m[i] = fmt.Sprintf("$%d", from+i)
	}
	return strings.Join(m, ",")
}
