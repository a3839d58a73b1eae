package storetest

import (
	"sync/atomic"
	"testing"
	"time"

	"onevisit/internal/infra/store"
)

// Clock is a clock that a test sets, forward and back.
type Clock struct{ at atomic.Int64 }

// Now is what the clock says; it moves by a millisecond whenever it is asked, so
// that two transactions have two moments.
func (c *Clock) Now() time.Time { return time.UnixMilli(c.at.Add(1)) }

// Set sets the clock.
func (c *Clock) Set(at time.Time) { c.at.Store(at.UnixMilli()) }

// Move sets it forward, or back.
func (c *Clock) Move(d time.Duration) { c.at.Add(d.Milliseconds()) }

// RunClock runs the test on both databases with a clock of the test's own. again
// closes the database and opens it anew, as after a restart.
func RunClock(t *testing.T, at time.Time, f func(t *testing.T, db *store.DB, clock *Clock, again func() *store.DB)) {
	run := func(t *testing.T, cfg store.Config) {
		clock := &Clock{}
		clock.Set(at)
		cfg.Now = clock.Now
		db, err := store.Open(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		f(t, db, clock, func() *store.DB {
			t.Helper()
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			if db, err = store.Open(t.Context(), cfg); err != nil {
				t.Fatal(err)
			}
			return db
		})
	}
	t.Run("sqlite", func(t *testing.T) { run(t, store.Config{DataDir: t.TempDir()}) })
	t.Run("postgres", func(t *testing.T) { run(t, store.Config{URL: PostgresURL(t)}) })
}
