package store

import (
	"encoding/base64"
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

// TakeEntry notes that an entry is taken; fresh is false if it was before.
func (tx *Tx) TakeEntry(sender string, e *publication.ReturnEntry) (fresh bool, err error) {
	n, err := tx.Exec(`INSERT INTO return_entry (id, sender, kind, taken_at) VALUES ($1,$2,$3,$4) ON CONFLICT (id) DO NOTHING`, e.ID, sender, string(e.Kind), Millis(tx.Now()))
	return n > 0, err
}

// ReturnState is what has come back so far.
type ReturnState struct {
	Senders, Reports int
	Last             time.Time // zero if nothing has
}

// ReturnState says what has come back so far.
func (tx *Tx) ReturnState() (ReturnState, error) {
	return One(tx, func(s Scanner) (ReturnState, error) {
		var r ReturnState
		var last int64
		err := s.Scan(&r.Senders, &r.Reports, &last)
		if last > 0 {
			r.Last = FromMillis(last)
		}
		return r, err
	}, `SELECT (SELECT count(*) FROM return_sender), (SELECT count(*) FROM return_entry WHERE kind='report'), (SELECT coalesce(max(taken_at), 0) FROM return_entry)`)
}
