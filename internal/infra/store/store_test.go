package store_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"onevisit/internal/domain/audit"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/infra/store"
	"onevisit/internal/infra/store/storetest"
)

func TestUpdateIsAllOrNothing(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		boom := errors.New("boom")
		err := db.Update(ctx, func(tx *store.Tx) error {
			if err := tx.InsertUnit(&org.Unit{Name: "甲局", Kind: org.KindDepartment}); err != nil {
				return err
			}
			return boom
		})
		if !errors.Is(err, boom) {
			t.Fatalf("err = %v", err)
		}
		func() {
			defer func() {
				if recover() == nil {
					t.Error("a panic must reach the caller")
				}
			}()
			_ = db.Update(ctx, func(tx *store.Tx) error {
				if err := tx.InsertUnit(&org.Unit{Name: "乙局", Kind: org.KindDepartment}); err != nil {
					return err
				}
				panic("boom")
			})
		}()
		if err := db.View(ctx, func(tx *store.Tx) error {
			units, err := tx.Units()
			if len(units) != 0 {
				t.Errorf("%d units were kept", len(units))
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	})
}

func TestOneFailureDoesNotHurtTheGroup(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		var wg sync.WaitGroup
		errs := make([]error, 60)
		for i := range errs {
			wg.Go(func() {
				errs[i] = db.Update(ctx, func(tx *store.Tx) error {
					// Every third takes the name of its neighbour.
					name := fmt.Sprintf("单位%d", i-i%3*(i%3-1)/2*2)
					if err := tx.InsertUnit(&org.Unit{Name: name, Kind: org.KindDepartment}); err != nil {
						return err
					}
					return tx.Audit(audit.Entry{Action: "建", ObjectID: name})
				})
			})
		}
		wg.Wait()
		ok := 0
		for _, err := range errs {
			if err == nil {
				ok++
			} else if !fault.Is(err, fault.Conflict) {
				t.Errorf("err = %v, want conflict", err)
			}
		}
		var units []org.Unit
		if err := db.View(ctx, func(tx *store.Tx) (err error) { units, err = tx.Units(); return err }); err != nil {
			t.Fatal(err)
		}
		n, err := db.VerifyAudit(ctx)
		if err != nil || int(n) != ok || len(units) != ok {
			t.Errorf("%d acknowledged, %d stored, %d in the trail, err %v", ok, len(units), n, err)
		}
	})
}

func TestVersionedUpdate(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		u := &org.Unit{Name: "甲局", Kind: org.KindDepartment}
		if err := db.Update(ctx, func(tx *store.Tx) error { return tx.InsertUnit(u) }); err != nil {
			t.Fatal(err)
		}
		a, b := *u, *u
		a.Phone, b.Phone = "1", "2"
		if err := db.Update(ctx, func(tx *store.Tx) error { return tx.UpdateUnit(&a) }); err != nil {
			t.Fatal(err)
		}
		if err := db.Update(ctx, func(tx *store.Tx) error { return tx.UpdateUnit(&b) }); !fault.Is(err, fault.Conflict) {
			t.Errorf("second writer: %v, want conflict", err)
		}
		err := db.View(ctx, func(tx *store.Tx) error { _, err := tx.Unit("nobody"); return err })
		if !fault.Is(err, fault.NotFound) {
			t.Errorf("unknown unit: %v, want not found", err)
		}
	})
}

func TestAuditShowsTampering(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		for i := range 5 {
			if err := db.Update(ctx, func(tx *store.Tx) error {
				return tx.Audit(audit.Entry{Action: "动作", Summary: fmt.Sprint(i)})
			}); err != nil {
				t.Fatal(err)
			}
		}
		if n, err := db.VerifyAudit(ctx); n != 5 || err != nil {
			t.Fatalf("sound trail: %d, %v", n, err)
		}
		for _, q := range []string{`UPDATE audit_entry SET summary='改' WHERE seq=3`, `DELETE FROM audit_entry WHERE seq=5`} {
			if err := db.Update(ctx, func(tx *store.Tx) error { _, err := tx.Exec(q); return err }); err != nil {
				t.Fatal(err)
			}
			if _, err := db.VerifyAudit(ctx); err == nil {
				t.Errorf("%s: not noticed", q)
			}
			if err := db.Update(ctx, func(tx *store.Tx) error {
				_, err := tx.Exec(`UPDATE audit_entry SET summary='2' WHERE seq=3`)
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestEachJobIsDoneOnce(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		const jobs = 40
		for i := range jobs {
			for range 2 { // the second of a key is no second job
				if err := db.Update(ctx, func(tx *store.Tx) error {
					return tx.Enqueue(store.Job{Kind: "k", Payload: i, UniqueKey: fmt.Sprint("k", i)})
				}); err != nil {
					t.Fatal(err)
				}
			}
		}
		var mu sync.Mutex
		done := map[string]int{}
		var wg sync.WaitGroup
		for w := range 6 {
			wg.Go(func() {
				for {
					j, err := db.ClaimJob(ctx, fmt.Sprint("w", w), []string{"k"}, time.Minute)
					if err != nil {
						t.Error(err)
						return
					}
					if j == nil {
						// Nothing was due when it looked; on PostgreSQL another
						// worker may only have been quicker.
						mu.Lock()
						n := len(done)
						mu.Unlock()
						if n == jobs {
							return
						}
						continue
					}
					mu.Lock()
					done[string(j.Payload.(json.RawMessage))]++
					mu.Unlock()
					if err := db.CompleteJob(ctx, j); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		for p, n := range done {
			if n != 1 {
				t.Errorf("job %s was done %d times", p, n)
			}
		}
	})
}

func TestLeaseAndRetry(t *testing.T) {
	run := func(t *testing.T, cfg store.Config) {
		now := time.Date(2018, 7, 10, 9, 0, 0, 0, time.UTC)
		cfg.Now = func() time.Time { return now }
		ctx := context.Background()
		db, err := store.Open(ctx, cfg)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if err := db.Update(ctx, func(tx *store.Tx) error { return tx.Enqueue(store.Job{Kind: "k", UniqueKey: "u"}) }); err != nil {
			t.Fatal(err)
		}
		a, err := db.ClaimJob(ctx, "a", []string{"k"}, time.Minute)
		if err != nil || a == nil {
			t.Fatalf("claim: %v %v", a, err)
		}
		if b, _ := db.ClaimJob(ctx, "b", []string{"k"}, time.Minute); b != nil {
			t.Fatal("a leased job was given out")
		}
		now = now.Add(2 * time.Minute) // a fell silent
		b, err := db.ClaimJob(ctx, "b", []string{"k"}, time.Minute)
		if err != nil || b == nil {
			t.Fatalf("an expired lease must be given out again: %v", err)
		}
		if err := db.CompleteJob(ctx, a); !fault.Is(err, fault.Conflict) {
			t.Errorf("a lost the job, but: %v", err)
		}
		for b != nil {
			if err := db.FailJob(ctx, b, "没有成功", false); err != nil {
				t.Fatal(err)
			}
			now = now.Add(time.Hour)
			if b, err = db.ClaimJob(ctx, "b", []string{"k"}, time.Minute); err != nil {
				t.Fatal(err)
			}
		}
		if err := db.View(ctx, func(tx *store.Tx) error {
			j, err := tx.JobByKey("u")
			if j.State != "failed" || j.LastError != "没有成功" || j.Attempts != 5 {
				t.Errorf("job ended as %+v", j)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("sqlite", func(t *testing.T) { run(t, store.Config{DataDir: t.TempDir()}) })
	t.Run("postgres", func(t *testing.T) { run(t, store.Config{URL: storetest.PostgresURL(t)}) })
}

func TestBackupWhileInUse(t *testing.T) {
	db := storetest.OpenSQLite(t)
	ctx := context.Background()
	if err := db.Update(ctx, func(tx *store.Tx) error { return tx.InsertUnit(&org.Unit{Name: "甲局", Kind: org.KindDepartment}) }); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := db.Backup(ctx, dir+"/"+store.FileName); err != nil {
		t.Fatal(err)
	}
	copied, err := store.Open(ctx, store.Config{DataDir: dir, Now: time.Now, ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer copied.Close()
	if err := copied.View(ctx, func(tx *store.Tx) error { _, err := tx.UnitByName("甲局"); return err }); err != nil {
		t.Error(err)
	}
	if bad, err := copied.Check(ctx); err != nil || len(bad) > 0 {
		t.Errorf("check: %v %v", bad, err)
	}
}

func TestReadOnlyNeedsADatabase(t *testing.T) {
	check := func(t *testing.T, cfg store.Config) {
		cfg.Now, cfg.ReadOnly = time.Now, true
		for range 2 { // the first look has not prepared anything either
			if _, err := store.Open(context.Background(), cfg); !fault.Is(err, fault.NotFound) {
				t.Errorf("err = %v, want not found", err)
			}
		}
		cfg.ReadOnly = false
		db, err := store.Open(context.Background(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		cfg.ReadOnly = true
		ro, err := store.Open(context.Background(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		_ = ro.Close()

		// Tables of another version are not looked into, but can be copied.
		for _, change := range []string{`DELETE FROM goose_db_version WHERE version_id=35`, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, TRUE)`} {
			if err := db.Update(context.Background(), func(tx *store.Tx) error { _, err := tx.Exec(change); return err }); err != nil {
				t.Fatal(err)
			}
			if _, err := store.Open(context.Background(), cfg); !fault.Is(err, fault.Conflict) {
				t.Errorf("after %q: %v, want conflict", change, err)
			}
		}
		cfg.AnyVersion = true
		if ro, err = store.Open(context.Background(), cfg); err != nil {
			t.Fatal(err)
		}
		_ = ro.Close()
	}
	t.Run("sqlite", func(t *testing.T) { check(t, store.Config{DataDir: t.TempDir()}) })
	t.Run("postgres", func(t *testing.T) { check(t, store.Config{URL: storetest.PostgresURL(t)}) })
}

func BenchmarkDurableUpdates(b *testing.B) {
	for _, callers := range []int{1, 64} {
		b.Run(fmt.Sprintf("callers=%d", callers), func(b *testing.B) {
			db := storetest.OpenSQLite(b)
			ctx := context.Background()
			b.ResetTimer()
			var wg sync.WaitGroup
			for c := range callers {
				wg.Go(func() {
					for i := c; i < b.N; i += callers {
						if err := db.Update(ctx, func(tx *store.Tx) error {
							return tx.Audit(audit.Entry{Action: "动作", ObjectID: store.NewID()})
						}); err != nil {
							b.Error(err)
						}
					}
				})
			}
			wg.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "commits/s")
		})
	}
}

// Readers that all meet statements for the first time, more of them than there
// are connections, do not wait for each other.
func TestManyReadersOfNewStatements(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		var wg sync.WaitGroup
		for i := range 200 {
			wg.Go(func() {
				err := db.View(context.Background(), func(tx *store.Tx) error {
					for j := range 3 {
						if _, err := store.Query(tx, func(s store.Scanner) (int, error) {
							var n int
							return n, s.Scan(&n)
						}, fmt.Sprintf("SELECT %d", i%20*10+j)); err != nil {
							return err
						}
					}
					return nil
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	})
}
