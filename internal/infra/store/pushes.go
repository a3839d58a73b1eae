package store

import (
	"fmt"
	"time"
)

// PushState is how far a package is on its way to the county's government site.
type PushState string

// The states of a push.
const (
	PushWaiting  PushState = "待推送"
	PushSent     PushState = "已推送"
	PushReplaced PushState = "未推送，已由后续公布替代"
	PushFailed   PushState = "推送失败"
)

// Push is the package of a release on its way.
type Push struct {
	ReleaseSeq int64
	State      PushState
	Attempts   int
	Package    string // SHA-256 of what was sent, in hex
	Size       int64  // bytes
	Message    string // why the last attempt failed
	CreatedAt  time.Time
	NextAt     time.Time // of the next attempt, while it waits
	DoneAt     time.Time
}

const pushColumns = `release_seq, state, attempts, package, size, message, created_at, next_at, done_at`

func scanPush(s Scanner) (Push, error) {
	var p Push
	var created, next, done int64
	err := s.Scan(&p.ReleaseSeq, &p.State, &p.Attempts, &p.Package, &p.Size, &p.Message, &created, &next, &done)
	p.CreatedAt, p.NextAt, p.DoneAt = FromMillis(created), fromInstant(next), fromInstant(done)
	return p, err
}

// fromInstant reads what instant stored.
func fromInstant(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return FromMillis(ms)
}

// Push returns the push of a release, or NotFound.
func (tx *Tx) Push(seq int64) (Push, error) {
	return One(tx, scanPush, `SELECT `+pushColumns+` FROM push WHERE release_seq=$1`, seq)
}

// Pushes returns all pushes, the newest release first.
func (tx *Tx) Pushes() ([]Push, error) {
	return Query(tx, scanPush, `SELECT `+pushColumns+` FROM push ORDER BY release_seq DESC`)
}

// EnsurePush records that a release is to be pushed, if that is not known yet;
// fresh is false if it is.
func (tx *Tx) EnsurePush(seq int64) (fresh bool, err error) {
	rows, err := Query(tx, scanInt, `INSERT INTO push (release_seq, state, created_at, next_at) VALUES ($1,$2,$3,$3)
		ON CONFLICT (release_seq) DO NOTHING RETURNING release_seq`, seq, string(PushWaiting), Millis(tx.Now()))
	return len(rows) > 0, err
}

// UpdatePush writes what became of an attempt.
func (tx *Tx) UpdatePush(p *Push) error {
	return tx.ExecOne(`UPDATE push SET state=$2, attempts=$3, package=$4, size=$5, message=$6, next_at=$7, done_at=$8 WHERE release_seq=$1`,
		p.ReleaseSeq, string(p.State), p.Attempts, p.Package, p.Size, p.Message, instant(p.NextAt), instant(p.DoneAt))
}

// EnqueuePush gives the next attempt of a push to a worker, once, when it is due.
func (tx *Tx) EnqueuePush(kind string, p *Push) error {
	return tx.Enqueue(Job{Kind: kind, Payload: map[string]int64{"seq": p.ReleaseSeq}, RunAt: p.NextAt, UniqueKey: fmt.Sprintf("%s:%d:%d", kind, p.ReleaseSeq, p.Attempts)})
}
