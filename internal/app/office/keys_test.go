package office_test

import (
	"strings"
	"testing"
	"time"

	"onevisit/internal/app/office"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/publication"
	"onevisit/internal/domain/work"
	"onevisit/internal/infra/sign"
	"onevisit/internal/infra/sign/proof"
	"onevisit/internal/infra/store"
	"onevisit/internal/infra/store/storetest"
)

// keyTodos are the open to-dos of the administrator about keys, by key.
func (p *place) keyTodos() map[string]work.Todo {
	p.t.Helper()
	out := map[string]work.Todo{}
	if err := p.db.View(p.t.Context(), func(tx *store.Tx) error {
		list, err := tx.OpenTodos([]string{string(org.RoleSystem)}, nil, 100)
		for _, t := range list {
			if t.Kind == work.KindKey {
				out[t.SubjectID] = t
			}
		}
		return err
	}); err != nil {
		p.t.Fatal(err)
	}
	return out
}

// runSigned runs the test on both databases, with a ring that signs heads.
func runSigned(t *testing.T, f func(t *testing.T, db *store.DB, ring *sign.Ring)) {
	run := func(t *testing.T, cfg store.Config) {
		ring := sign.NewRing(t.TempDir())
		cfg.Now, cfg.Heads = time.Now, proof.Checkpoints{Signer: ring}
		db, err := store.Open(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		f(t, db, ring)
	}
	t.Run("sqlite", func(t *testing.T) { run(t, store.Config{DataDir: t.TempDir()}) })
	t.Run("postgres", func(t *testing.T) { run(t, store.Config{URL: storetest.PostgresURL(t)}) })
}

// A key that ends soon is somebody's to-do until it has a successor or is ended;
// the record of a key says what it has signed.
func TestKeysEnd(t *testing.T) {
	runSigned(t, func(t *testing.T, db *store.DB, ring *sign.Ring) {
		p, ctx := newPlaceWith(t, db, ring), t.Context()
		admin := p.with(org.RoleSystem)
		if n := len(p.keyTodos()); n != 0 {
			t.Errorf("%d to-dos before anybody looked", n)
		}
		watch := func(want ...string) {
			t.Helper()
			if err := p.o.WatchKeys(ctx); err != nil {
				t.Fatal(err)
			}
			got := p.keyTodos()
			for _, id := range want {
				if _, ok := got[id]; !ok {
					t.Errorf("nobody is told that %s ends", id)
				}
			}
			if len(got) != len(want) {
				t.Errorf("%d to-dos, want %d: %+v", len(got), len(want), got)
			}
		}
		// Of the two keys of thirty days the later is the other's successor, if only
		// by the moment between them; it has none itself.
		keys, err := p.o.Keys(ctx, admin)
		if err != nil {
			t.Fatal(err)
		}
		var ending []string
		for _, k := range keys {
			if k.Ending {
				ending = append(ending, k.ID)
			}
		}
		if len(ending) == 0 || ending[0] != p.keys[1] {
			t.Fatalf("ending: %v of %v", ending, p.keys)
		}
		watch(ending...)
		watch(ending...) // once only
		next, err := p.o.NewKey(ctx, admin, office.KeyRequest{Algorithm: publication.Ed25519, Days: 1000})
		if err != nil {
			t.Fatal(err)
		}
		watch()
		short, err := p.o.NewKey(ctx, admin, office.KeyRequest{Algorithm: publication.SM2, Days: 10})
		if err != nil {
			t.Fatal(err)
		}
		watch(short.ID)
		if _, err := p.o.RevokeKey(ctx, admin, short.ID, publication.Replaced, "按计划更换"); err != nil {
			t.Fatal(err)
		}
		watch()

		r, err := p.o.Key(ctx, admin, next.ID, 0)
		if err != nil {
			t.Fatal(err)
		}
		// The heads over its own leaf, the SM2 key's leaf and its end.
		if len(r.Steps) != 3 || r.Use.Heads != 3 || r.Use.Last.IsZero() || r.Next != 0 || len(r.Steps[0].Leaves) != 1 || r.Steps[0].Leaves[0].Kind != publication.LeafRevocation {
			t.Errorf("record: %+v", r)
		}
		for range 20 {
			if _, err := p.o.NewKey(ctx, admin, office.KeyRequest{UnitID: p.unit.ID, Algorithm: publication.Ed25519, Days: 1000, Passphrase: unitPassphrase}); err != nil {
				t.Fatal(err)
			}
		}
		seen, before := 0, int64(0)
		for range 5 {
			if r, err = p.o.Key(ctx, admin, next.ID, before); err != nil {
				t.Fatal(err)
			}
			seen += len(r.Steps)
			if before = r.Next; before == 0 {
				break
			}
		}
		if seen != 23 || r.Use.Heads != 23 {
			t.Errorf("%d heads on all pages, %d counted, want 23", seen, r.Use.Heads)
		}
	})
}

// The leader of a unit controls the unit's key alone: sees it, changes its
// passphrase, and no other key's.
func TestLeadersKey(t *testing.T) {
	p, ctx := newPlace(t, storetest.OpenSQLite(t)), t.Context()
	leader := p.with(org.RoleLeader)
	keys, err := p.o.Keys(ctx, leader)
	if err != nil || len(keys) != 1 || keys[0].ID != p.keys[2] || !keys[0].Sealed {
		t.Fatalf("keys: %+v %v", keys, err)
	}
	if _, err := p.o.Key(ctx, leader, p.keys[0], 0); !fault.Is(err, fault.NotFound) {
		t.Errorf("the county's key: %v", err)
	}
	if err := p.o.ChangePassphrase(ctx, leader, p.keys[0], "", "一个足够长的新签名口令"); !fault.Is(err, fault.Forbidden) {
		t.Errorf("the county's passphrase: %v", err)
	}
	const mine = "只有我自己知道的签名口令"
	if err := p.o.ChangePassphrase(ctx, leader, p.keys[2], unitPassphrase, ""); !fault.Is(err, fault.Invalid) {
		t.Errorf("no passphrase: %v", err)
	}
	if err := p.o.ChangePassphrase(ctx, leader, p.keys[2], unitPassphrase, mine); err != nil {
		t.Fatal(err)
	}
	for i := range 6 {
		err := p.o.ChangePassphrase(ctx, p.with(org.RoleSystem), p.keys[2], unitPassphrase, "管理员想改的签名口令呀")
		if want := map[bool]fault.Kind{true: fault.Invalid, false: fault.Forbidden}[i < 5]; !fault.Is(err, want) || i < 5 && fault.Fields(err)[0].Path != "old" {
			t.Errorf("try %d with the former passphrase: %v", i, err)
		}
	}
	if err := p.o.ChangePassphrase(ctx, leader, p.keys[2], mine, unitPassphrase); !fault.Is(err, fault.Forbidden) || !strings.Contains(fault.Text(err), "15 分钟") {
		t.Errorf("after five wrong ones: %v", err)
	}
}

// What has ended, or holds long enough, or is followed, raises nothing.
func TestEndingKeys(t *testing.T) {
	now := time.Date(2018, 10, 8, 0, 0, 0, 0, time.UTC)
	key := func(id, unit string, a publication.Algorithm, days int) publication.Key {
		return publication.Key{ID: id, UnitID: unit, Algorithm: a, NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.AddDate(0, 0, days)}
	}
	ended := key("ended", "", publication.SM2, 5)
	ended.Revoked = &publication.Revocation{Kind: publication.Retired, At: now}
	got := ""
	for _, k := range publication.EndingKeys([]publication.Key{
		key("over", "", publication.Ed25519, -1), key("soon", "", publication.Ed25519, publication.KeyNotice), ended,
		key("u-soon", "u", publication.SM2, 30), key("u-next", "u", publication.SM2, 300), key("v-soon", "v", publication.SM2, 1), key("v-other", "v", publication.Ed25519, 300),
		key("long", "w", publication.SM2, publication.KeyNotice+1),
	}, now) {
		got += k.ID + " "
	}
	if got != "soon v-soon " {
		t.Errorf("ending: %s", got)
	}
}
