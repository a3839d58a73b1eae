package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"onevisit/internal/domain/fault"
)

// task is one transaction that waits for the writer.
type task struct {
	ctx   context.Context
	fn    func(*Tx) error
	done  chan struct{}
	err   error
	panic any
}

// maxGroup bounds how many transactions one commit carries, so that the first
// of them does not wait long for its answer.
const maxGroup = 64

func (db *DB) updateSQLite(ctx context.Context, fn func(*Tx) error) (err error) {
	if db.queue == nil {
		return fault.New(fault.Internal, "store: opened read-only")
	}
	t := &task{ctx: ctx, fn: fn, done: make(chan struct{})}
	defer func() {
		if v := recover(); v != nil { // the queue is closed
			if t.panic != nil {
				panic(t.panic)
			}
			err = fault.Unavailablef("程序正在停止，操作没有执行，请稍后再试。")
		}
	}()
	select {
	case db.queue <- t:
	case <-ctx.Done():
		return ctx.Err()
	}
	<-t.done
	if t.panic != nil {
		panic(t.panic)
	}
	return t.err
}

// runWriter is the one writer. It takes a transaction and whatever waits behind
// it, runs each as a savepoint, commits them together, and answers.
func (db *DB) runWriter(conn *sql.Conn) {
	defer close(db.stopped)
	w := &writer{db: db, conn: conn, stmts: map[string]*sql.Stmt{}}
	defer w.close()
	for t := range db.queue {
		group := []*task{t}
		if err := w.exec("BEGIN IMMEDIATE"); err != nil {
			t.err = translate(err)
			close(t.done)
			continue
		}
		w.run(t)
	collect:
		for len(group) < maxGroup {
			select {
			case next, ok := <-db.queue:
				if !ok {
					break collect
				}
				group = append(group, next)
				w.run(next)
			default:
				break collect
			}
		}
		if err := w.exec("COMMIT"); err != nil {
			_ = w.exec("ROLLBACK") // nothing of the group was kept
			for _, t := range group {
				if t.err == nil {
					t.err = translate(fmt.Errorf("commit: %w", err))
				}
			}
		}
		for _, t := range group {
			close(t.done)
		}
	}
}

// writer runs statements on the writer's connection, prepared once each.
type writer struct {
	db    *DB
	conn  *sql.Conn
	stmts map[string]*sql.Stmt
}

func (w *writer) close() {
	for _, s := range w.stmts {
		_ = s.Close()
	}
	_ = w.conn.Close()
}

func (w *writer) exec(query string) error {
	_, err := w.conn.ExecContext(context.Background(), query)
	return err
}

// run runs one transaction as a savepoint.
func (w *writer) run(t *task) {
	if err := t.ctx.Err(); err != nil {
		t.err = err
		return
	}
	if err := w.exec("SAVEPOINT t"); err != nil {
		t.err = translate(err)
		return
	}
	// Once begun it runs to its end: a cancelled statement would leave the
	// connection, and with it the whole group, in doubt.
	tx := &Tx{ctx: context.WithoutCancel(t.ctx), db: w.db, q: w, now: w.db.cfg.Now().UTC().Truncate(time.Millisecond)}
	func() {
		defer func() { t.panic = recover() }()
		if t.err = t.fn(tx); t.err == nil {
			t.err = tx.finish()
		}
	}()
	if t.err != nil || t.panic != nil {
		t.err = translate(t.err)
		if err := w.exec("ROLLBACK TO t"); err != nil && t.err == nil {
			t.err = translate(err)
		}
	}
	if err := w.exec("RELEASE t"); err != nil && t.err == nil {
		t.err = translate(err)
	}
}

func (w *writer) stmt(ctx context.Context, query string) (*sql.Stmt, error) {
	if s := w.stmts[query]; s != nil {
		return s, nil
	}
	if len(w.stmts) >= maxStmts {
		return nil, nil
	}
	s, err := w.conn.PrepareContext(ctx, numbered(query))
	if err == nil {
		w.stmts[query] = s
	}
	return s, err
}

func (w *writer) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	s, err := w.stmt(ctx, query)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return w.conn.ExecContext(ctx, numbered(query), args...)
	}
	return s.ExecContext(ctx, args...)
}

func (w *writer) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	s, err := w.stmt(ctx, query)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return w.conn.QueryContext(ctx, numbered(query), args...)
	}
	return s.QueryContext(ctx, args...)
}
