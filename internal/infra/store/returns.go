package store

import (
	"encoding/base64"
	"slices"
	"time"

	"onevisit/internal/domain/publication"
)

// KnowsSender reports whether files by a portal with the key are taken.
func (tx *Tx) KnowsSender(k *publication.Key) (bool, error) {
	n, err := One(tx, scanInt, `SELECT count(*) FROM return_sender WHERE id=$1 AND public=$2`, k.ID, base64.StdEncoding.EncodeToString(k.Public))
	return n > 0, err
}

// AcceptSender lets files by a portal be taken from now on.
func (tx *Tx) AcceptSender(k *publication.Key, by string) error {
	_, err := tx.Exec(`INSERT INTO return_sender (id, public, accepted_by, accepted_at) VALUES ($1,$2,$3,$4) ON CONFLICT (id) DO NOTHING`,
		k.ID, base64.StdEncoding.EncodeToString(k.Public), by, Millis(tx.Now()))
	return err
}

// AnswerTo notes for which X25519 key answers to a sender are sealed.
func (tx *Tx) AnswerTo(sender string, key []byte) error {
	_, err := tx.Exec(`UPDATE return_sender SET answer_key=$2 WHERE id=$1`, sender, base64.StdEncoding.EncodeToString(key))
	return err
}

// ReturnedReply is how a report stands that came back, and to whom that is told.
type ReturnedReply struct {
	Sender string
	Key    []byte // X25519, of the sender
	publication.Feedback
}

// ReturnedReplies returns the reports that senders with a key handed back, of
// those that were made or answered since an instant, and notes that they are told
// now.
func (tx *Tx) ReturnedReplies(since time.Time) ([]ReturnedReply, error) {
	if _, err := tx.Exec(`UPDATE return_sender SET told_at=$1 WHERE answer_key<>''`, Millis(tx.Now())); err != nil {
		return nil, err
	}
	return Query(tx, func(s Scanner) (r ReturnedReply, err error) {
		var key string
		if r.Feedback, err = scanFeedback(lead{s, []any{&r.Sender, &key}}); err != nil {
			return r, err
		}
		r.Key, err = base64.StdEncoding.DecodeString(key)
		return r, err
	}, `SELECT e.sender, s.answer_key, `+feedbackColumns+` FROM return_entry e JOIN return_sender s ON s.id=e.sender JOIN feedback f ON f.number=e.id JOIN unit u ON u.id=f.unit_id
		WHERE e.kind=$1 AND s.answer_key<>'' AND (f.at>=$2 OR f.answered_at>=$2) ORDER BY e.sender, f.id`, string(publication.ReturnReport), Millis(since))
}

// lead scans some columns before those of another scanner.
type lead struct {
	Scanner
	first []any
}

func (l lead) Scan(dest ...any) error {
	return l.Scanner.Scan(append(slices.Clone(l.first), dest...)...)
}

// TakeEntry notes that an entry is taken; fresh is false if it was before.
func (tx *Tx) TakeEntry(sender string, e *publication.ReturnEntry) (fresh bool, err error) {
	n, err := tx.Exec(`INSERT INTO return_entry (id, sender, kind, taken_at) VALUES ($1,$2,$3,$4) ON CONFLICT (id) DO NOTHING`, e.ID, sender, string(e.Kind), Millis(tx.Now()))
	return n > 0, err
}

// ReturnState is what has come back so far.
type ReturnState struct {
	Senders, Reports int
	Last             time.Time // zero if nothing has
	// Untold answers were given since they were last written out for the senders.
	Untold int
}

// ReturnState says what has come back so far.
func (tx *Tx) ReturnState() (ReturnState, error) {
	return One(tx, func(s Scanner) (ReturnState, error) {
		var r ReturnState
		var last int64
		err := s.Scan(&r.Senders, &r.Reports, &last, &r.Untold)
		if last > 0 {
			r.Last = FromMillis(last)
		}
		return r, err
	}, `SELECT (SELECT count(*) FROM return_sender), (SELECT count(*) FROM return_entry WHERE kind='report'), (SELECT coalesce(max(taken_at), 0) FROM return_entry),
		(SELECT count(*) FROM return_entry e JOIN return_sender s ON s.id=e.sender JOIN feedback f ON f.number=e.id WHERE s.answer_key<>'' AND f.answered_at>s.told_at)`)
}
