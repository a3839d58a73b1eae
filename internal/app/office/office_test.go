package office_test

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unicode"

	"onevisit/internal/app/office"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/publication"
	"onevisit/internal/infra/auth"
	"onevisit/internal/infra/sign"
	"onevisit/internal/infra/store"
	"onevisit/internal/infra/store/storetest"
)

const password = "Guangzong-2018!x"

// place is an office with one unit and one person of each role.
type place struct {
	t      *testing.T
	db     *store.DB
	o      *office.Service
	unit   org.Unit
	people []org.Actor
	keys   []string // IDs of the county's keys
}

func newPlace(t *testing.T, db *store.DB) *place {
	t.Helper()
	p := &place{t: t, db: db, o: office.New(db, auth.NewHasher(), sign.NewRing(t.TempDir())), unit: org.Unit{Name: "广宗县卫生健康局", Short: "县卫生健康局", Kind: org.KindDepartment}}
	phc, err := auth.NewHasher().Hash(t.Context(), password)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Update(t.Context(), func(tx *store.Tx) error {
		if err := tx.InsertUnit(&p.unit); err != nil {
			return err
		}
		for i, r := range org.Roles {
			person := org.Person{Login: fmt.Sprintf("person%d", i), Name: string(r), UnitID: p.unit.ID, Roles: []org.Role{r}}
			if err := tx.InsertPerson(&person, phc); err != nil {
				return err
			}
			a, err := tx.Actor(person.ID)
			if err != nil {
				return err
			}
			p.people = append(p.people, a)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		k, err := p.o.NewKey(t.Context(), org.Operator(), office.KeyRequest{Algorithm: publication.Ed25519, Days: 30})
		if err != nil {
			t.Fatal(err)
		}
		p.keys = append(p.keys, k.ID)
	}
	return p
}

func (p *place) with(r org.Role) org.Actor {
	return p.people[slices.IndexFunc(p.people, func(a org.Actor) bool { return a.Has(r) })]
}

// audited is how many entries the trail has.
func (p *place) audited() int64 {
	n, err := p.db.VerifyAudit(p.t.Context())
	if err != nil {
		p.t.Fatal(err)
	}
	return n
}

var calls = []struct {
	method string
	may    org.Role
	do     func(ctx context.Context, p *place, a org.Actor) error
}{
	{"People", org.RoleSystem, func(ctx context.Context, p *place, a org.Actor) error {
		_, err := p.o.People(ctx, a, p.unit.ID)
		return err
	}},
	{"AddPerson", org.RoleSystem, func(ctx context.Context, p *place, a org.Actor) error {
		_, err := p.o.AddPerson(ctx, a, org.Person{Login: "newcomer", Name: "新人", UnitID: p.unit.ID, Roles: []org.Role{org.RoleClerk}}, password)
		return err
	}},
	{"ResetPassword", org.RoleSystem, func(ctx context.Context, p *place, a org.Actor) error {
		return p.o.ResetPassword(ctx, a, "person0", password)
	}},
	{"SetDisabled", org.RoleSystem, func(ctx context.Context, p *place, a org.Actor) error {
		return p.o.SetDisabled(ctx, a, "person0", true)
	}},
	{"AuditTrail", org.RoleAuditor, func(ctx context.Context, p *place, a org.Actor) error {
		_, err := p.o.AuditTrail(ctx, a, 0, 10)
		return err
	}},
	{"NewKey", org.RoleSystem, func(ctx context.Context, p *place, a org.Actor) error {
		_, err := p.o.NewKey(ctx, a, office.KeyRequest{Algorithm: publication.Ed25519, Days: 30})
		return err
	}},
	{"Keys", org.RoleSystem, func(ctx context.Context, p *place, a org.Actor) error {
		_, err := p.o.Keys(ctx, a)
		return err
	}},
	{"RevokeKey", org.RoleSystem, func(ctx context.Context, p *place, a org.Actor) error {
		_, err := p.o.RevokeKey(ctx, a, p.keys[0], publication.Lost, "磁盘损坏")
		return err
	}},
	{"ChangePassphrase", org.RoleSystem, func(ctx context.Context, p *place, a org.Actor) error {
		return p.o.ChangePassphrase(ctx, a, p.keys[1], "", "一个足够长的新签名口令")
	}},
}

// unguarded are the methods that ask nobody, each with the reason.
var unguarded = map[string]string{
	"SignIn":       "opens to whoever knows the password",
	"SignOut":      "the session's own",
	"Session":      "the session's own",
	"ActorByLogin": "the command line's, for the operator of the machine",
	"UnlockCounty": "the command line's, for whoever has the passphrase",
	"Todos":        "of the asker's roles",
	"Units":        "the register is public",
}

func TestWhoMayDoWhat(t *testing.T) {
	for m := range reflect.TypeFor[*office.Service]().Methods() {
		tested := false
		for _, c := range calls {
			tested = tested || c.method == m.Name
		}
		if _, free := unguarded[m.Name]; free == tested {
			t.Errorf("%s: say who may call it, in the table or among the unguarded", m.Name)
		}
	}
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		p := newPlace(t, db)
		for _, c := range calls {
			before := p.audited()
			for _, a := range append(p.people, org.Actor{}) {
				want := fault.Forbidden
				if a.ID == "" {
					want = fault.Unauthorized
				} else if a.Has(c.may) {
					continue
				}
				err := c.do(t.Context(), p, a)
				if !fault.Is(err, want) || !strings.ContainsFunc(fault.Text(err), func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
					t.Errorf("%s: %v: %v", c.method, a.Roles, err)
				}
			}
			if p.audited() != before {
				t.Errorf("%s: a refused call left a trace", c.method)
			}
			if err := c.do(t.Context(), p, p.with(c.may)); err != nil {
				t.Errorf("%s: %v", c.method, err)
			}
		}
	})
}

// Whoever is stopped, or whose password is set anew, is signed out at once; five
// wrong passwords lock an account, for all passwords, until the time is over.
func TestSigningIn(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		p, ctx := newPlace(t, db), t.Context()
		admin := p.with(org.RoleSystem)
		in := func() string {
			t.Helper()
			token, err := p.o.SignIn(ctx, "person0", password)
			if err != nil {
				t.Fatal(err)
			}
			return token
		}
		out := func(what, token string) {
			t.Helper()
			if _, err := p.o.Session(ctx, token); !fault.Is(err, fault.Unauthorized) {
				t.Errorf("%s: the session goes on: %v", what, err)
			}
		}
		token := in()
		if s, err := p.o.Session(ctx, token); err != nil || s.Actor.ID != p.people[0].ID || !s.FormTokenIs(s.FormToken) || s.FormTokenIs("") {
			t.Errorf("%+v %v", s, err)
		}
		if err := p.o.SignOut(ctx, token); err != nil {
			t.Fatal(err)
		}
		out("signed out", token)
		out("no token", "")
		token = in()
		if err := p.o.ResetPassword(ctx, admin, "person0", password); err != nil {
			t.Fatal(err)
		}
		out("password set anew", token)
		token = in()
		if err := p.o.SetDisabled(ctx, admin, "person0", true); err != nil {
			t.Fatal(err)
		}
		out("stopped", token)
		if _, err := p.o.SignIn(ctx, "person0", password); !fault.Is(err, fault.Forbidden) {
			t.Errorf("a stopped account: %v", err)
		}
		if err := p.o.SetDisabled(ctx, admin, "person0", false); err != nil {
			t.Fatal(err)
		}
		if err := p.o.SetDisabled(ctx, admin, p.login(admin), true); !fault.Is(err, fault.Conflict) {
			t.Errorf("an administrator stops the own account: %v", err)
		}
		unknown := func(login string) string {
			_, err := p.o.SignIn(ctx, login, "wrong")
			return fault.Text(err)
		}
		if a, b := unknown("person0"), unknown("nobody"); a != b || a == "" {
			t.Errorf("a wrong password says %q, an unknown login %q", a, b)
		}
		for range 4 {
			unknown("person0")
		}
		if _, err := p.o.SignIn(ctx, "person0", password); !fault.Is(err, fault.Forbidden) {
			t.Errorf("after five wrong passwords: %v", err)
		}
		if err := p.o.ResetPassword(ctx, admin, "person0", password); err != nil {
			t.Fatal(err)
		}
		in()
	})
}

func (p *place) login(a org.Actor) (login string) {
	people, err := p.o.People(p.t.Context(), p.with(org.RoleSystem), "")
	if err != nil {
		p.t.Fatal(err)
	}
	for _, x := range people {
		if x.ID == a.ID {
			login = x.Login
		}
	}
	return login
}

// A session ends after a working day without use, a lock after its quarter of
// an hour.
func TestTimesOfSigningIn(t *testing.T) {
	var ahead atomic.Int64
	db, err := store.Open(t.Context(), store.Config{DataDir: t.TempDir(), Now: func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	p, ctx := newPlace(t, db), t.Context()
	pass := func(d time.Duration) { ahead.Add(int64(d)) }
	token, err := p.o.SignIn(ctx, "person0", password)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 { // use carries it on
		pass(5 * time.Hour)
		if _, err := p.o.Session(ctx, token); err != nil {
			t.Fatal(err)
		}
	}
	pass(9 * time.Hour)
	if _, err := p.o.Session(ctx, token); !fault.Is(err, fault.Unauthorized) {
		t.Errorf("after nine idle hours: %v", err)
	}
	for range 5 {
		_, _ = p.o.SignIn(ctx, "person0", "wrong") // refused, and counted
	}
	pass(14 * time.Minute)
	if _, err := p.o.SignIn(ctx, "person0", password); !fault.Is(err, fault.Forbidden) {
		t.Errorf("locked: %v", err)
	}
	pass(2 * time.Minute)
	if _, err := p.o.SignIn(ctx, "person0", password); err != nil {
		t.Errorf("after the lock: %v", err)
	}
}
