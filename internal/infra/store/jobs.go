package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"onevisit/internal/domain/fault"
)

// RejudgeJob judges the working copies again, after what they are judged by has
// changed: the rules, or a unit's record.
const RejudgeJob = "rejudge"

// DriftJob looks again at places that show guides: after a release, or after
// somebody scanned what the register of a place does not have. Its payload is a
// DriftPayload.
const DriftJob = "drift"

// DriftPayload says which places: one, or those that a release touches.
type DriftPayload struct {
	Place   string `json:"place,omitempty"`
	Release int64  `json:"release,omitempty"`
}

// Job is a piece of work for later. Its handler must be idempotent.
type Job struct {
	ID      string
	Kind    string
	Payload any // encoded as JSON when enqueued; json.RawMessage when claimed
	RunAt   time.Time
	// UniqueKey, if set, keeps a second job of that key out.
	UniqueKey string

	Worker    string
	Attempts  int
	Progress  int
	State     string
	LastError string
}

// The states of a job.
const (
	jobQueued  = "queued"
	jobRunning = "running"
	jobDone    = "done"
	jobFailed  = "failed"
)

// Failed reports whether the job was given up.
func (j *Job) Failed() bool { return j.State == jobFailed }

// maxAttempts is how often a job is tried.
const maxAttempts = 5

// Enqueue stores a job in the transaction: it exists if and only if what it
// belongs to was committed.
func (tx *Tx) Enqueue(j Job) error {
	payload, err := json.Marshal(j.Payload)
	if err != nil {
		return err
	}
	if j.RunAt.IsZero() {
		j.RunAt = tx.now
	}
	var key any
	if j.UniqueKey != "" {
		key = j.UniqueKey
	}
	_, err = tx.Exec(`INSERT INTO job (id, kind, payload, state, run_at, created_at, unique_key) VALUES ($1,$2,$3,$4,$5,$6,$7)
		ON CONFLICT (unique_key) DO NOTHING`, NewID(), j.Kind, string(payload), jobQueued, Millis(j.RunAt), Millis(tx.now), key)
	return err
}

// ClaimJob gives the worker the next job of the kinds that is due or whose
// worker has fallen silent, or nil. The condition stands in the outer statement
// too: between the choice and the change another worker may have taken it.
func (db *DB) ClaimJob(ctx context.Context, worker string, kinds []string, lease time.Duration) (*Job, error) {
	if len(kinds) == 0 {
		return nil, nil
	}
	var job *Job
	// Looking first spares an idle worker the write transaction.
	due := false
	list := make([]string, len(kinds))
	args := []any{jobQueued, jobRunning}
	for i, k := range kinds {
		args = append(args, k)
		list[i] = fmt.Sprintf("$%d", i+3)
	}
	n := len(args)
	// What was meant to run at once does so even after the clock was set back.
	cond := fmt.Sprintf(`(state=$1 AND (run_at<=$%d OR run_at<=created_at) OR state=$2 AND leased_until<$%d) AND kind IN (%s)`, n+1, n+1, strings.Join(list, ","))
	err := db.View(ctx, func(tx *Tx) error {
		c, err := One(tx, scanInt, `SELECT count(*) FROM job WHERE `+cond, append(args[:n:n], Millis(tx.now))...)
		due = c > 0
		return err
	})
	if err != nil || !due {
		return nil, err
	}
	err = db.Update(ctx, func(tx *Tx) error {
		job = nil
		a := append(args[:n:n], Millis(tx.now), Millis(tx.now.Add(lease)), worker)
		jobs, err := Query(tx, func(s Scanner) (Job, error) {
			var j Job
			var payload string
			err := s.Scan(&j.ID, &j.Kind, &payload, &j.Attempts)
			j.Payload, j.Worker = json.RawMessage(payload), worker
			return j, err
		}, fmt.Sprintf(`UPDATE job SET state=$2, leased_until=$%d, worker=$%d, attempts=attempts+1
			WHERE id=(SELECT id FROM job WHERE %s ORDER BY run_at, id LIMIT 1) AND %s RETURNING id, kind, payload, attempts`, n+2, n+3, cond, cond), a...)
		if err == nil && len(jobs) > 0 {
			job = &jobs[0]
		}
		return err
	})
	return job, err
}

// ExtendJob keeps a job for another lease and records progress; Conflict if the
// worker has lost it.
func (db *DB) ExtendJob(ctx context.Context, j *Job, progress int, lease time.Duration) error {
	return db.Update(ctx, func(tx *Tx) error {
		return tx.ExecOne(`UPDATE job SET leased_until=$4, progress=$5 WHERE id=$1 AND worker=$2 AND state=$3`, j.ID, j.Worker, jobRunning, Millis(tx.now.Add(lease)), progress)
	})
}

// CompleteJob ends a job; Conflict if the worker has lost it.
func (db *DB) CompleteJob(ctx context.Context, j *Job) error {
	return db.Update(ctx, func(tx *Tx) error {
		return tx.ExecOne(`UPDATE job SET state=$4, finished_at=$5 WHERE id=$1 AND worker=$2 AND state=$3`, j.ID, j.Worker, jobRunning, jobDone, Millis(tx.now))
	})
}

// FailJob records why a job failed and gives it back for a later try, unless
// the failure is final or it was tried often enough.
func (db *DB) FailJob(ctx context.Context, j *Job, text string, final bool) error {
	return db.Update(ctx, func(tx *Tx) error {
		state, at := jobQueued, tx.now.Add(time.Duration(1<<min(j.Attempts, 8))*time.Second)
		var finished int64
		if final || j.Attempts >= maxAttempts {
			state, finished = jobFailed, Millis(tx.now)
		}
		return tx.ExecOne(`UPDATE job SET state=$4, run_at=$5, last_error=$6, finished_at=$7 WHERE id=$1 AND worker=$2 AND state=$3`,
			j.ID, j.Worker, jobRunning, state, Millis(at), text, finished)
	})
}

// JobByKey returns the job of a unique key, or NotFound.
func (tx *Tx) JobByKey(key string) (Job, error) {
	return One(tx, func(s Scanner) (Job, error) {
		j := Job{UniqueKey: key}
		err := s.Scan(&j.ID, &j.Kind, &j.State, &j.Attempts, &j.Progress, &j.LastError)
		return j, err
	}, `SELECT id, kind, state, attempts, progress, last_error FROM job WHERE unique_key=$1`, key)
}

// Backup writes a consistent copy of a SQLite database to a new file, while the
// database is in use.
func (db *DB) Backup(ctx context.Context, path string) error {
	if !db.sqlite {
		return fault.Invalidf("PostgreSQL 请用 pg_dump 备份。")
	}
	// The readers' connections may not write, and the writer's is in use.
	one, err := sql.Open("sqlite", db.dsn(""))
	if err != nil {
		return err
	}
	defer one.Close()
	_, err = one.ExecContext(ctx, `VACUUM INTO ?1`, path)
	return translate(err)
}

// Check asks the database whether its file is sound; it returns what is wrong.
func (db *DB) Check(ctx context.Context) ([]string, error) {
	if !db.sqlite {
		return nil, nil
	}
	rows, err := db.sql.QueryContext(ctx, `PRAGMA integrity_check`)
	if err != nil {
		return nil, translate(err)
	}
	defer rows.Close()
	var bad []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, translate(err)
		}
		if s != "ok" {
			bad = append(bad, s)
		}
	}
	return bad, translate(rows.Err())
}
