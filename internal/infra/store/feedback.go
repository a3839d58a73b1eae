package store

import (
	"fmt"
	"strings"
	"time"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/publication"
)

const feedbackColumns = `f.id, f.number, f.item_id, f.name, f.unit_id, u.name, f.release_seq, f.place, f.text, f.at, f.due, f.outcome, f.answer, f.answered_at, f.answered_by, f.version`

const feedbackFrom = ` FROM feedback f JOIN unit u ON u.id=f.unit_id `

func scanFeedback(s Scanner) (publication.Feedback, error) {
	var f publication.Feedback
	var at, answered int64
	var due, outcome string
	if err := s.Scan(&f.ID, &f.Number, &f.ItemID, &f.Name, &f.UnitID, &f.UnitName, &f.ReleaseSeq, &f.Place, &f.Text, &at, &due, &outcome, &f.Answer, &answered, &f.AnsweredBy, &f.Version); err != nil {
		return f, err
	}
	f.At, f.Outcome = FromMillis(at), publication.Disposition(outcome)
	if answered > 0 {
		f.AnsweredAt = FromMillis(answered)
	}
	return f, parseDate(due, &f.Due)
}

// InsertFeedback stores a report and gives it its ID.
func (tx *Tx) InsertFeedback(f *publication.Feedback) error {
	f.ID, f.Version = NewID(), 1
	_, err := tx.Exec(`INSERT INTO feedback (id, number, item_id, name, unit_id, release_seq, place, text, at, due) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10)`,
		f.ID, f.Number, f.ItemID, f.Name, f.UnitID, f.ReleaseSeq, f.Place, f.Text, Millis(f.At), dateText(f.Due))
	return err
}

// Feedback returns a report by ID, or NotFound.
func (tx *Tx) Feedback(id string) (publication.Feedback, error) {
	return One(tx, scanFeedback, `SELECT `+feedbackColumns+feedbackFrom+`WHERE f.id=$1`, id)
}

// FeedbackByNumber returns a report by the reader's number, or NotFound.
func (tx *Tx) FeedbackByNumber(number string) (publication.Feedback, error) {
	return One(tx, scanFeedback, `SELECT `+feedbackColumns+feedbackFrom+`WHERE f.number=$1`, number)
}

// SameFeedback returns an open report that says the same of the same place, or
// NotFound.
func (tx *Tx) SameFeedback(f *publication.Feedback) (publication.Feedback, error) {
	return One(tx, scanFeedback, `SELECT `+feedbackColumns+feedbackFrom+`WHERE f.item_id=$1 AND f.answered_at=0 AND f.place=$2 AND f.text=$3 ORDER BY f.id LIMIT 1`, f.ItemID, f.Place, f.Text)
}

// CountFeedback counts the reports of the whole county since an instant, and the
// open ones of an item.
func (tx *Tx) CountFeedback(since time.Time, itemID string) (recent, open int, err error) {
	type counts struct{ recent, open int }
	c, err := One(tx, func(s Scanner) (c counts, err error) { return c, s.Scan(&c.recent, &c.open) },
		`SELECT (SELECT COUNT(*) FROM feedback WHERE at>=$1), (SELECT COUNT(*) FROM feedback WHERE item_id=$2 AND answered_at=0)`, Millis(since), itemID)
	return c.recent, c.open, err
}

// AnswerFeedback stores the answer to a report; Conflict if it has changed.
func (tx *Tx) AnswerFeedback(f *publication.Feedback) error {
	n, err := tx.Exec(`UPDATE feedback SET outcome=$3, answer=$4, answered_at=$5, answered_by=$6, version=version+1 WHERE id=$1 AND version=$2`,
		f.ID, f.Version, string(f.Outcome), f.Answer, Millis(f.AnsweredAt), f.AnsweredBy)
	if err == nil && n == 0 {
		return fault.Conflictf("这条纠错已由他人答复，您的答复没有保存。请刷新后查看。")
	}
	f.Version++
	return err
}

// FeedbackFilter selects reports; empty fields select all. After is the ID of the
// last one of the page before.
type FeedbackFilter struct {
	Units  []string
	ItemID string
	Open   bool
	Closed bool
	// Late, if set, selects those that were or are late on this day.
	Late  calendar.Date
	After string
	Limit int
}

func (f FeedbackFilter) where() (string, []any) {
	cond, args := []string{"1=1"}, []any{}
	add := func(format string, v any) {
		args = append(args, v)
		cond = append(cond, fmt.Sprintf(format, len(args)))
	}
	if len(f.Units) > 0 {
		marks := make([]string, len(f.Units))
		for i, u := range f.Units {
			args = append(args, u)
			marks[i] = fmt.Sprintf("$%d", len(args))
		}
		cond = append(cond, "f.unit_id IN ("+strings.Join(marks, ",")+")")
	}
	if f.ItemID != "" {
		add("f.item_id=$%d", f.ItemID)
	}
	if f.Open {
		cond = append(cond, "f.answered_at=0")
	}
	if f.Closed {
		cond = append(cond, "f.answered_at>0")
	}
	if !f.Late.IsZero() {
		add("f.answered_at=0 AND f.due<$%d", dateText(f.Late))
	}
	return strings.Join(cond, " AND "), args
}

// Feedbacks returns a page of reports: open ones by their day, answered ones
// newest first.
func (tx *Tx) Feedbacks(f FeedbackFilter) ([]publication.Feedback, error) {
	where, args := f.where()
	order := "f.due, f.id"
	key := "(f.due, f.id) > (SELECT due, id FROM feedback WHERE id=$%d)"
	if f.Closed {
		order = "f.answered_at DESC, f.id DESC"
		key = "(f.answered_at, f.id) < (SELECT answered_at, id FROM feedback WHERE id=$%d)"
	}
	if f.After != "" {
		args = append(args, f.After)
		where += " AND " + fmt.Sprintf(key, len(args))
	}
	args = append(args, f.Limit)
	return Query(tx, scanFeedback, `SELECT `+feedbackColumns+feedbackFrom+`WHERE `+where+` ORDER BY `+order+fmt.Sprintf(` LIMIT $%d`, len(args)), args...)
}

// FeedbackTally is a unit's reports in numbers.
type FeedbackTally struct {
	UnitID, UnitName          string
	Total, Open, Late, Mended int
}

// FeedbackTallies counts by unit on a day, the most late ones first.
func (tx *Tx) FeedbackTallies(units []string, today calendar.Date) ([]FeedbackTally, error) {
	where, args := FeedbackFilter{Units: units}.where()
	args = append(args, dateText(today), string(publication.OutcomeMended), string(publication.OutcomeWill))
	n := len(args)
	return Query(tx, func(s Scanner) (t FeedbackTally, err error) {
		return t, s.Scan(&t.UnitID, &t.UnitName, &t.Total, &t.Open, &t.Late, &t.Mended)
	}, fmt.Sprintf(`SELECT f.unit_id, u.name, COUNT(*), SUM(CASE WHEN f.answered_at=0 THEN 1 ELSE 0 END),
		SUM(CASE WHEN f.answered_at=0 AND f.due<$%d THEN 1 ELSE 0 END), SUM(CASE WHEN f.outcome IN ($%d,$%d) THEN 1 ELSE 0 END)
		FROM feedback f JOIN unit u ON u.id=f.unit_id WHERE %s GROUP BY f.unit_id, u.name
		ORDER BY 5 DESC, 4 DESC, 3 DESC, u.name`, n-2, n-1, n, where), args...)
}
