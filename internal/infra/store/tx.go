package store

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"onevisit/internal/domain/audit"
	"onevisit/internal/domain/fault"
)

func subMigrations() (fs.FS, error) { return fs.Sub(migrations, "migrations") }

// Scanner is a row that can be scanned.
type Scanner interface{ Scan(dest ...any) error }

// Tx is a transaction. It belongs to the function it was given to.
type Tx struct {
	ctx     context.Context
	db      *DB
	q       querier
	now     time.Time
	entries []audit.Entry
}

// querier runs statements: a *sql.Tx, or the writer's connection.
type querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// Now is the transaction's one moment.
func (tx *Tx) Now() time.Time { return tx.now }

// Exec runs a statement and returns how many rows it changed.
func (tx *Tx) Exec(query string, args ...any) (int64, error) {
	res, err := tx.q.ExecContext(tx.ctx, query, args...)
	if err != nil {
		return 0, translate(err)
	}
	n, err := res.RowsAffected()
	return n, translate(err)
}

// ExecOne runs a statement that must change exactly one row; none means that
// somebody else was quicker (Conflict).
func (tx *Tx) ExecOne(query string, args ...any) error {
	n, err := tx.Exec(query, args...)
	if err == nil && n != 1 {
		return fault.Conflictf("内容已被他人修改，您的操作没有保存。请刷新后核对再试。")
	}
	return err
}

// Query runs a query and scans every row.
func Query[T any](tx *Tx, scan func(Scanner) (T, error), query string, args ...any) ([]T, error) {
	rows, err := tx.q.QueryContext(tx.ctx, query, args...)
	if err != nil {
		return nil, translate(err)
	}
	defer rows.Close()
	var out []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, translate(err)
		}
		out = append(out, v)
	}
	return out, translate(rows.Err())
}

// One runs a query for one row; none is NotFound.
func One[T any](tx *Tx, scan func(Scanner) (T, error), query string, args ...any) (T, error) {
	var zero T
	rows, err := tx.q.QueryContext(tx.ctx, query, args...)
	if err != nil {
		return zero, translate(err)
	}
	defer rows.Close()
	if !rows.Next() {
		if err := rows.Err(); err != nil {
			return zero, translate(err)
		}
		return zero, fault.NotFoundf("没有找到所查的内容，它可能已被删除或移走。")
	}
	v, err := scan(rows)
	if err != nil {
		return zero, translate(err)
	}
	return v, translate(rows.Close())
}

// Audit appends an entry to the trail. Entries are written as the last thing of
// the transaction, so that writers wait for the chain's end only for a moment.
func (tx *Tx) Audit(e audit.Entry) error {
	tx.entries = append(tx.entries, e)
	return nil
}

// finish writes what was put off to the end.
func (tx *Tx) finish() error {
	if len(tx.entries) == 0 {
		return nil
	}
	type head struct {
		seq  int64
		hash string
	}
	h, err := One(tx, func(s Scanner) (head, error) {
		var h head
		err := s.Scan(&h.seq, &h.hash)
		return h, err
	}, `UPDATE audit_head SET seq=seq+$1 WHERE id=1 RETURNING seq, hash`, len(tx.entries))
	if err != nil {
		return err
	}
	seq, prev := h.seq-int64(len(tx.entries)), h.hash
	for i := range tx.entries {
		e := &tx.entries[i]
		seq++
		e.Seq, e.At, e.PrevHash = seq, tx.now, prev
		e.Hash = e.Seal()
		prev = e.Hash
	}
	for rest := tx.entries; len(rest) > 0; {
		n := min(len(rest), 100)
		args := make([]any, 0, 11*n)
		for _, e := range rest[:n] {
			args = append(args, e.Seq, Millis(e.At), e.ActorID, e.ActorName, e.ActorRole, e.Action, e.ObjectKind, e.ObjectID, e.Summary, e.PrevHash, e.Hash)
		}
		if _, err := tx.Exec(`INSERT INTO audit_entry (seq, at, actor_id, actor_name, actor_role, action, object_kind, object_id, summary, prev_hash, hash) VALUES `+marks(n, 11), args...); err != nil {
			return err
		}
		rest = rest[n:]
	}
	_, err = tx.Exec(`UPDATE audit_head SET hash=$1 WHERE id=1`, prev)
	return err
}

// marks writes placeholders for n rows of c columns: ($1,$2),($3,$4).
func marks(n, c int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('(')
		for j := range c {
			if j > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, "$%d", i*c+j+1)
		}
		b.WriteByte(')')
	}
	return b.String()
}

// AuditFilter narrows the trail; an empty field allows everything.
type AuditFilter struct {
	Text     string // part of a person's name, of what was done or of its summary
	Kind     string // kind of object
	From, To int64  // milliseconds, To excluded; 0 is open
	Before   int64  // sequence number of the last entry of the page before; 0 for the first
	Limit    int
}

// AuditEntries returns a page of the trail, newest first.
func (tx *Tx) AuditEntries(f AuditFilter) ([]audit.Entry, error) {
	like := "%" + likeEscape(f.Text) + "%"
	return Query(tx, scanAudit, `SELECT seq, at, actor_id, actor_name, actor_role, action, object_kind, object_id, summary, prev_hash, hash
		FROM audit_entry WHERE (CAST($1 AS BIGINT)=0 OR seq<$1) AND ($2='' OR object_kind=$2) AND (CAST($3 AS BIGINT)=0 OR at>=$3) AND (CAST($4 AS BIGINT)=0 OR at<$4)
		AND ($5='%%' OR actor_name LIKE $5 ESCAPE '!' OR action LIKE $5 ESCAPE '!' OR summary LIKE $5 ESCAPE '!')
		ORDER BY seq DESC LIMIT $6`, f.Before, f.Kind, f.From, f.To, like, f.Limit)
}

// AuditKinds lists the kinds of objects that the trail speaks of.
func (tx *Tx) AuditKinds() ([]string, error) {
	return Query(tx, func(s Scanner) (string, error) {
		var v string
		err := s.Scan(&v)
		return v, err
	}, `SELECT DISTINCT object_kind FROM audit_entry ORDER BY object_kind`)
}

func scanAudit(s Scanner) (audit.Entry, error) {
	var e audit.Entry
	var at int64
	err := s.Scan(&e.Seq, &at, &e.ActorID, &e.ActorName, &e.ActorRole, &e.Action, &e.ObjectKind, &e.ObjectID, &e.Summary, &e.PrevHash, &e.Hash)
	e.At = FromMillis(at)
	return e, err
}

// VerifyAudit reads the whole trail and checks its chain; it returns how many
// entries it holds.
func (db *DB) VerifyAudit(ctx context.Context) (int64, error) {
	var seq int64
	prev := ""
	err := db.View(ctx, func(tx *Tx) error {
		for {
			page, err := Query(tx, scanAudit, `SELECT seq, at, actor_id, actor_name, actor_role, action, object_kind, object_id, summary, prev_hash, hash
				FROM audit_entry WHERE seq>$1 ORDER BY seq LIMIT 1000`, seq)
			if err != nil {
				return err
			}
			if err := audit.Verify(prev, seq, page); err != nil {
				return err
			}
			if len(page) > 0 {
				seq, prev = page[len(page)-1].Seq, page[len(page)-1].Hash
			}
			if len(page) < 1000 {
				break
			}
		}
		end, err := One(tx, scanInt, `SELECT seq FROM audit_head WHERE id=1`)
		if err == nil && end != seq {
			return fault.Conflictf("审计记录末尾缺失：应有 %d 条，实有 %d 条。", end, seq)
		}
		return err
	})
	return seq, err
}

// Update runs fn in a read-write transaction; an error or a panic undoes all
// that it did.
func (db *DB) Update(ctx context.Context, fn func(*Tx) error) error {
	if db.sqlite {
		return db.updateSQLite(ctx, fn)
	}
	for try := 1; ; try++ {
		err := db.updatePostgres(ctx, fn)
		// Of all that race for one number each round has a winner.
		if !retryable(err) || try > maxConns || ctx.Err() != nil {
			return translate(err)
		}
	}
}

func (db *DB) updatePostgres(ctx context.Context, fn func(*Tx) error) error {
	t, stop, err := db.begin(ctx, nil)
	if err != nil {
		return err
	}
	defer stop()
	done := false
	defer func() {
		if !done {
			_ = t.Rollback() // the error that led here is the one to report
		}
	}()
	tx := &Tx{ctx: ctx, db: db, q: t, now: db.cfg.Now().UTC().Truncate(time.Millisecond)}
	if err := fn(tx); err != nil {
		return err
	}
	if err := tx.finish(); err != nil {
		return err
	}
	err = t.Commit()
	done = err == nil
	return err
}

// patience is how long a transaction waits for a database that does not answer
// at all, as when its machine has gone: no refusal ever comes from there.
const patience = 10 * time.Second

// begin starts a transaction; stop ends what watches it. A database that does
// not answer within patience is Unavailable.
func (db *DB) begin(ctx context.Context, opt *sql.TxOptions) (t *sql.Tx, stop func(), err error) {
	ctx, stop = context.WithCancel(ctx)
	var late atomic.Bool
	watch := time.AfterFunc(patience, func() { late.Store(true); stop() })
	t, err = db.sql.BeginTx(ctx, opt)
	if !watch.Stop() && late.Load() && err == nil { // it came at the last moment
		_ = t.Rollback()
		err = context.DeadlineExceeded
	}
	if err != nil {
		stop()
		if late.Load() {
			err = fault.Wrap(fault.Unavailable, err, "数据库没有应答，请稍后再试。")
		}
		return nil, nil, err
	}
	return t, stop, nil
}

// View runs fn in a read-only transaction that sees one moment.
func (db *DB) View(ctx context.Context, fn func(*Tx) error) error {
	opt := &sql.TxOptions{ReadOnly: true}
	if !db.sqlite {
		opt.Isolation = sql.LevelRepeatableRead
	}
	t, stop, err := db.begin(ctx, opt)
	if err != nil {
		return translate(err)
	}
	defer stop()
	defer func() { _ = t.Rollback() }() // nothing to keep
	var q querier = t
	if db.sqlite {
		q = &prepared{cache: &db.stmts, db: db.sql, tx: t}
	}
	return translate(fn(&Tx{ctx: ctx, db: db, q: q, now: db.cfg.Now().UTC().Truncate(time.Millisecond)}))
}

// stmtCache keeps prepared statements of the readers. Preparing takes a
// connection of its own, and a transaction that waited for one while it holds
// one could wait for ever: so a statement that is not there yet is run plainly,
// and prepared beside for those who come after.
type stmtCache struct {
	mu     sync.Mutex
	m      map[string]*sql.Stmt // nil: being prepared
	closed bool
}

// maxStmts bounds the cache; lists of varying length make many texts.
const maxStmts = 300

// get returns a prepared statement, or nil if there is none yet.
func (c *stmtCache) get(db *sql.DB, query string) *sql.Stmt {
	c.mu.Lock()
	defer c.mu.Unlock()
	s, known := c.m[query]
	if known || c.closed || len(c.m) >= maxStmts {
		return s
	}
	if c.m == nil {
		c.m = map[string]*sql.Stmt{}
	}
	c.m[query] = nil
	go c.prepare(db, query)
	return nil
}

func (c *stmtCache) prepare(db *sql.DB, query string) {
	s, err := db.Prepare(numbered(query))
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case err != nil:
		delete(c.m, query) // the query itself says what is wrong
	case c.closed:
		_ = s.Close() // the database is being closed
	default:
		c.m[query] = s
	}
}

func (c *stmtCache) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	for _, s := range c.m {
		if s != nil {
			_ = s.Close() // the database is being closed
		}
	}
	c.m = nil
}

// prepared runs a reader's statements through the cache.
type prepared struct {
	cache *stmtCache
	db    *sql.DB
	tx    *sql.Tx
}

func (p *prepared) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	return p.tx.ExecContext(ctx, numbered(query), args...)
}

func (p *prepared) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	s := p.cache.get(p.db, query)
	if s == nil {
		return p.tx.QueryContext(ctx, numbered(query), args...)
	}
	return p.tx.StmtContext(ctx, s).QueryContext(ctx, args...)
}

// numbered turns $1 into SQLite's ?1: there $1 would be a name, numbered by its
// first appearance. No statement has a dollar sign elsewhere.
func numbered(query string) string { return strings.ReplaceAll(query, "$", "?") }

// setBack is by how much, in milliseconds, an entry may be older than the one
// before it: transactions that run side by side end in another order than they
// began.
const setBack = 60_000

// AuditSetBack counts the places in the trail where time goes back: there the
// clock was set back, and the numbers say what was first.
func (db *DB) AuditSetBack(ctx context.Context) (n int64, err error) {
	err = db.View(ctx, func(tx *Tx) error {
		n, err = One(tx, scanInt, `SELECT count(*) FROM (SELECT at, lag(at) OVER (ORDER BY seq) AS before FROM audit_entry) e WHERE e.before-e.at>$1`, setBack)
		return err
	})
	return n, err
}
