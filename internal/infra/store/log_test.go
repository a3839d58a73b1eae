package store_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/plan"
	"onevisit/internal/domain/publication"
	"onevisit/internal/infra/sign"
	"onevisit/internal/infra/sign/proof"
	"onevisit/internal/infra/store"
	"onevisit/internal/infra/store/storetest"
)

// publisher publishes through the store alone.
type publisher struct {
	t    *testing.T
	db   *store.DB
	plan plan.Plan
	unit org.Unit
}

func newPublisher(t *testing.T, db *store.DB) *publisher {
	t.Helper()
	p := &publisher{t: t, db: db, plan: plan.Plan{Title: "方案"}, unit: org.Unit{Name: "广宗县教育局", Short: "县教育局", Kind: org.KindDepartment}}
	p.update(func(tx *store.Tx) error {
		if err := tx.InsertUnit(&p.unit); err != nil {
			return err
		}
		return tx.InsertPlan(&p.plan)
	})
	return p
}

func (p *publisher) update(f func(*store.Tx) error) {
	p.t.Helper()
	if err := p.db.Update(context.Background(), f); err != nil {
		p.t.Fatal(err)
	}
}

func (p *publisher) view(f func(*store.Tx) error) {
	p.t.Helper()
	if err := p.db.View(context.Background(), f); err != nil {
		p.t.Fatal(err)
	}
}

// publish makes a release of items with these identities; one that exists gets a
// new version.
func (p *publisher) publish(tx *store.Tx, names ...string) (*publication.Release, error) {
	b := publication.Batch{PlanID: p.plan.ID, Title: "批次", State: publication.Sanctioned, DocNo: "演政字〔2018〕12号"}
	if err := tx.InsertBatch(&b); err != nil {
		return nil, err
	}
	prev, err := tx.HeadRelease()
	if err != nil {
		return nil, err
	}
	for _, n := range names {
		doc, err := (&catalog.Item{Name: n, Unit: p.unit.Name, Conditions: []string{b.ID}}).Encode()
		if err != nil {
			return nil, err
		}
		it := store.Item{ID: "item-" + n, UnitID: p.unit.ID, Identity: n, Name: n, State: publication.Batched, Doc: doc, DocHash: catalog.Hash(doc), Visits: 1, Class: catalog.ClassMet}
		if had, err := tx.Item(it.ID); fault.Is(err, fault.NotFound) {
			if err := tx.InsertItem(&it); err != nil {
				return nil, err
			}
		} else if err != nil {
			return nil, err
		} else if err := tx.MoveItem(had.ID, had.Version, publication.Batched, ""); err != nil {
			return nil, err
		}
		b.Items = append(b.Items, publication.BatchItem{ItemID: it.ID, UnitID: p.unit.ID, UnitName: p.unit.Name, Name: n, Visits: 1, Class: catalog.ClassMet, Doc: doc, DocHash: it.DocHash})
	}
	r, err := publication.Freeze(&b, prev, tx.Now(), "张三", false)
	if err != nil {
		return nil, err
	}
	return r, tx.InsertRelease(r)
}

func (p *publisher) release(names ...string) {
	p.t.Helper()
	p.update(func(tx *store.Tx) error { _, err := p.publish(tx, names...); return err })
}

// runSigned runs the test on both databases, with a ring of keys.
func runSigned(t *testing.T, f func(t *testing.T, db *store.DB, ring *sign.Ring)) {
	run := func(t *testing.T, cfg store.Config) {
		ring := sign.NewRing(t.TempDir())
		cfg.Now, cfg.Heads = time.Now, proof.Checkpoints{Signer: ring}
		db, err := store.Open(context.Background(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		f(t, db, ring)
	}
	t.Run("sqlite", func(t *testing.T) { run(t, store.Config{DataDir: t.TempDir()}) })
	t.Run("postgres", func(t *testing.T) { run(t, store.Config{URL: storetest.PostgresURL(t)}) })
}

func (p *publisher) key(ring *sign.Ring, a publication.Algorithm, unit string) *publication.Key {
	p.t.Helper()
	k, err := ring.New(a, "")
	if err != nil {
		p.t.Fatal(err)
	}
	k.UnitID, k.Owner = unit, "广宗县"
	p.update(func(tx *store.Tx) error {
		k.NotBefore, k.NotAfter = tx.Now(), tx.Now().AddDate(1, 0, 0)
		return tx.InsertKey(k)
	})
	return k
}

func openHead(note string, keys []publication.Key) ([]string, error) {
	h, _, err := proof.OpenHead(note, keys)
	if err != nil {
		return nil, err
	}
	return h.Keys, nil
}

// A release is in the log when it is in the database; the file that is made of
// both passes the other side's checks.
func TestLogFollowsReleases(t *testing.T) {
	runSigned(t, func(t *testing.T, db *store.DB, ring *sign.Ring) {
		p, ctx := newPublisher(t, db), context.Background()
		p.key(ring, publication.Ed25519, "")
		p.key(ring, publication.SM2, "")
		p.release("甲", "乙", "丙")
		p.release("乙")
		s, err := db.VerifyLog(ctx, openHead)
		if err != nil || s.Leaves != 2+4+2 || s.Heads != 4 || s.Unlogged != 0 || len(s.Head.Keys) != 2 {
			t.Fatalf("log: %+v %v", s, err)
		}
		p.view(func(tx *store.Tx) error {
			keys, err := tx.SigningKeys()
			if err != nil {
				return err
			}
			f, err := tx.ReleaseFile("广宗县", false)
			if err != nil {
				return err
			}
			var b bytes.Buffer
			if err := proof.WriteRelease(&b, f, nil, ring, publication.CountyKeys(keys, tx.Now())); err != nil {
				return err
			}
			got, rep, err := proof.ReadRelease(&b, proof.Trust{Keys: keys})
			if err != nil {
				return err
			}
			if len(rep.Remarks) > 0 || len(got.Items) != 4 || len(got.Releases) != 2 || got.Units[0].Name != p.unit.Name {
				t.Errorf("file: %+v", rep)
			}
			for i := range got.Items {
				w, err := tx.PublishedByCode(got.Items[i].VerifyCode)
				if err != nil {
					return err
				}
				if fmt.Sprint(w) != fmt.Sprint(got.Items[i]) {
					t.Errorf("item %d\n got %v\nwant %v", i, got.Items[i], w)
				}
				// Each item's proof holds, found by its code.
				l, err := tx.FindLeaf(publication.LeafItem, w.ItemID, w.ReleaseSeq)
				if err != nil {
					return err
				}
				path, err := tlog.ProveRecord(f.Head.Size, l.Index, tx.LogHashes())
				if err != nil {
					return err
				}
				pr := proof.Proof{Leaf: l.Text, Index: l.Index, Path: path, Note: f.Head.Note}
				c, err := pr.Check(proof.Trust{Keys: keys})
				if err != nil || c.Leaf.Item.Verify != w.VerifyCode {
					t.Errorf("proof of %s: %v", w.Name, err)
				}
			}
			return nil
		})
	})
}

// Releases that were made before there was a log are taken in, in their order,
// with the next one or when asked.
func TestEarlierReleasesAreTakenIn(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		p, ctx := newPublisher(t, db), context.Background()
		forget := func() {
			p.update(func(tx *store.Tx) error {
				for _, q := range []string{`DELETE FROM log_leaf`, `DELETE FROM log_hash`, `DELETE FROM log_head`, `UPDATE log_tree SET size=0`} {
					if _, err := tx.Exec(q); err != nil {
						return err
					}
				}
				return nil
			})
		}
		p.release("甲")
		p.release("乙")
		forget()
		if s, err := db.VerifyLog(ctx, nil); err != nil || s.Unlogged != 2 {
			t.Fatalf("before: %+v %v", s, err)
		}
		p.release("丙")
		if s, err := db.VerifyLog(ctx, nil); err != nil || s.Leaves != 6 || s.Unlogged != 0 {
			t.Errorf("with the next: %+v %v", s, err)
		}
		forget()
		p.update(func(tx *store.Tx) error {
			n, err := tx.LogReleases()
			if n != 3 {
				t.Errorf("%d taken in", n)
			}
			return err
		})
		if s, err := db.VerifyLog(ctx, nil); err != nil || s.Leaves != 6 {
			t.Errorf("when asked: %+v %v", s, err)
		}
	})
}

// Whatever somebody edits in the tables behind the log is found and named.
func TestVerifyLogNamesTampering(t *testing.T) {
	runSigned(t, func(t *testing.T, db *store.DB, ring *sign.Ring) {
		p, ctx := newPublisher(t, db), context.Background()
		p.key(ring, publication.Ed25519, "")
		p.release("甲", "乙")
		p.release("乙", "丙")
		cases := []struct{ sql, want string }{
			{`UPDATE release_item SET visits=0 WHERE name='甲'`, `事项“甲”`},
			{`UPDATE release_item SET unit_name='别的局' WHERE name='甲'`, `“甲”`},
			{`UPDATE release_item SET reason='改了' WHERE name='丙'`, `事项“丙”`},
			{`UPDATE release_item SET doc_hash='00' WHERE name='丙'`, `doc（日志`},
			{`UPDATE release_item SET replaced_by=0 WHERE release_seq=1 AND name='乙'`, `“乙”`},
			{`UPDATE release_item SET replaced_by=2 WHERE name='甲'`, `“甲”`},
			{`DELETE FROM release_item WHERE name='丙'`, `第 2 次公布`},
			{`UPDATE release_log SET title='别的' WHERE seq=2`, `title（日志`},
			{`UPDATE release_log SET at=at+1000 WHERE seq=1`, `第 1 次公布`},
			{`UPDATE log_leaf SET text=replace(text, '甲', '申') WHERE kind='item'`, `公布日志第 `},
			{`DELETE FROM log_leaf WHERE idx=(SELECT max(idx) FROM log_leaf)`, `末尾缺失`},
			{`DELETE FROM log_leaf WHERE idx=2`, `缺少第 2 条`},
			{`UPDATE log_hash SET hash=(SELECT h.hash FROM log_hash h WHERE h.idx=0) WHERE idx=3`, `散列值`},
			{`DELETE FROM log_hash WHERE idx=4`, `散列值`},
			{`UPDATE log_head SET root=(SELECT h.root FROM log_head h WHERE h.size=1) WHERE size=4`, `日志头`},
			{`UPDATE log_head SET note=replace(note, 'onevisit', 'onevisit2') WHERE size=4`, `日志头`},
			{`DELETE FROM log_head WHERE size=(SELECT max(size) FROM log_head)`, `日志头`},
			{`UPDATE log_tree SET size=size-1`, `公布日志`},
			{`UPDATE signing_key SET not_after=not_after+1000`, `密钥`},
			{`UPDATE signing_key SET revoked_kind='停用'`, `密钥`},
		}
		// Each edit is made in a transaction that is undone after the look.
		undo := fmt.Errorf("undo")
		for _, c := range cases {
			var found error
			err := db.Update(ctx, func(tx *store.Tx) error {
				n, err := tx.Exec(c.sql)
				if err != nil {
					return err
				}
				if n == 0 {
					t.Errorf("%s changes nothing", c.sql)
				}
				_, found = tx.VerifyLog(openHead)
				return undo
			})
			if err != undo {
				t.Fatalf("%s: %v", c.sql, err)
			}
			if !fault.Is(found, fault.Conflict) || !strings.Contains(fault.Text(found), c.want) {
				t.Errorf("%s\n\tfound %v\n\twant  %s", c.sql, found, c.want)
			}
		}
		if _, err := db.VerifyLog(ctx, openHead); err != nil {
			t.Errorf("nothing changed: %v", err)
		}
	})
}

// Many publish and register keys at once: the log has no gap and every head fits.
func TestLogUnderConcurrency(t *testing.T) {
	runSigned(t, func(t *testing.T, db *store.DB, ring *sign.Ring) {
		p, ctx := newPublisher(t, db), context.Background()
		p.key(ring, publication.Ed25519, "")
		var wg sync.WaitGroup
		for i := range 12 {
			wg.Go(func() {
				if i%4 == 3 {
					p.key(ring, publication.Ed25519, p.unit.ID)
					return
				}
				if err := db.Update(ctx, func(tx *store.Tx) error {
					_, err := p.publish(tx, fmt.Sprintf("事项%d甲", i), fmt.Sprintf("事项%d乙", i))
					return err
				}); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if s, err := db.VerifyLog(ctx, openHead); err != nil || s.Leaves != 1+3+9*3 || s.Heads != 13 {
			t.Errorf("log: %+v %v", s, err)
		}
	})
}

// A key that is registered and cannot sign stops the publication, whole.
func TestLostCountyKeyStopsPublication(t *testing.T) {
	runSigned(t, func(t *testing.T, db *store.DB, ring *sign.Ring) {
		p, ctx := newPublisher(t, db), context.Background()
		other := sign.NewRing(t.TempDir())
		k, err := other.New(publication.Ed25519, "") // its private half is elsewhere
		if err != nil {
			t.Fatal(err)
		}
		k.Owner = "广宗县"
		err = db.Update(ctx, func(tx *store.Tx) error {
			k.NotBefore, k.NotAfter = tx.Now(), tx.Now().AddDate(1, 0, 0)
			return tx.InsertKey(k)
		})
		if !fault.Is(err, fault.Unavailable) {
			t.Fatalf("a key that is not here was registered: %v", err)
		}
		good := p.key(ring, publication.Ed25519, "")
		if err := ring.Remove(good.ID); err != nil {
			t.Fatal(err)
		}
		err = db.Update(ctx, func(tx *store.Tx) error { _, err := p.publish(tx, "甲"); return err })
		if !fault.Is(err, fault.Unavailable) || !strings.Contains(fault.Text(err), "onevisit key revoke") {
			t.Errorf("published without the key: %v", err)
		}
		p.view(func(tx *store.Tx) error {
			if r, err := tx.HeadRelease(); err != nil || r != nil {
				t.Errorf("half a release: %v %v", r, err)
			}
			return nil
		})
		// Revoked, publication goes on, and the head says that nobody signed.
		p.update(func(tx *store.Tx) error {
			k, err := tx.SigningKey(good.ID)
			if err != nil {
				return err
			}
			k.Revoked = &publication.Revocation{Kind: publication.Lost, Reason: "磁盘损坏", At: tx.Now(), By: "张三"}
			return tx.RevokeKey(&k)
		})
		p.release("甲")
		p.view(func(tx *store.Tx) error {
			h, err := tx.LogHead()
			if err != nil || len(h.Keys) != 0 {
				t.Errorf("head: %+v %v", h, err)
			}
			return nil
		})
		if err := db.Update(ctx, func(tx *store.Tx) error {
			k := *good
			k.Revoked = &publication.Revocation{Kind: publication.Lost, Reason: "又一次", At: tx.Now()}
			return tx.RevokeKey(&k)
		}); !fault.Is(err, fault.Conflict) {
			t.Errorf("revoked twice: %v", err)
		}
		p.key(ring, publication.SM2, "")
		if s, err := db.VerifyLog(ctx, nil); err != nil || len(s.Head.Keys) != 1 {
			t.Errorf("log: %+v %v", s, err)
		}
	})
}
