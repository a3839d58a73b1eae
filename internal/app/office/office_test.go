package office_test

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unicode"

	"onevisit/internal/app/office"
	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/publication"
	"onevisit/internal/infra/auth"
	"onevisit/internal/infra/sign"
	"onevisit/internal/infra/store"
	"onevisit/internal/infra/store/storetest"
)

const password, unitPassphrase = "Guangzong-2018!x", "负责人的签名口令，共十余字"

// place is an office with one unit and one person of each role.
type place struct {
	t      *testing.T
	db     *store.DB
	o      *office.Service
	unit   org.Unit
	people []org.Actor
	keys   []string // IDs of two keys of the county and one of the unit
}

func newPlace(t *testing.T, db *store.DB) *place {
	t.Helper()
	return newPlaceWith(t, db, sign.NewRing(t.TempDir()))
}

func newPlaceWith(t *testing.T, db *store.DB, ring *sign.Ring) *place {
	t.Helper()
	p := &place{t: t, db: db, o: office.New(db, auth.NewHasher(), ring), unit: org.Unit{Name: "广宗县卫生健康局", Short: "县卫生健康局", Kind: org.KindDepartment}}
	phc, err := auth.NewHasher().Hash(t.Context(), password)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Update(t.Context(), func(tx *store.Tx) error {
		if err := tx.SetCounty(org.County{Name: "广宗县", Division: "130531"}); err != nil {
			return err
		}
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
	if err := db.ReadCounty(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		k, err := p.o.NewKey(t.Context(), org.Operator(), office.KeyRequest{Algorithm: publication.Ed25519, Days: 30})
		if err != nil {
			t.Fatal(err)
		}
		p.keys = append(p.keys, k.ID)
	}
	k, err := p.o.NewKey(t.Context(), org.Operator(), office.KeyRequest{UnitID: p.unit.ID, Algorithm: publication.SM2, Days: 1000, Passphrase: unitPassphrase})
	if err != nil {
		t.Fatal(err)
	}
	p.keys = append(p.keys, k.ID)
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
	may    []org.Role
	do     func(ctx context.Context, p *place, a org.Actor) error
}{
	{"People", []org.Role{org.RoleSystem, org.RoleSecurity}, func(ctx context.Context, p *place, a org.Actor) error {
		_, err := p.o.People(ctx, a, p.unit.ID)
		return err
	}},
	{"AddPerson", []org.Role{org.RoleSystem}, func(ctx context.Context, p *place, a org.Actor) error {
		_, err := p.o.AddPerson(ctx, a, org.Person{Login: "newcomer", Name: "新人", UnitID: p.unit.ID, Roles: []org.Role{org.RoleClerk}}, password, true)
		return err
	}},
	{"ResetPassword", []org.Role{org.RoleSystem}, func(ctx context.Context, p *place, a org.Actor) error {
		return p.o.ResetPassword(ctx, a, "person0", password, true)
	}},
	{"SetDisabled", []org.Role{org.RoleSystem}, func(ctx context.Context, p *place, a org.Actor) error {
		return p.o.SetDisabled(ctx, a, "person0", true)
	}},
	{"Unlock", []org.Role{org.RoleSystem, org.RoleSecurity}, func(ctx context.Context, p *place, a org.Actor) error {
		return p.o.Unlock(ctx, a, "person0")
	}},
	{"GrantRoles", []org.Role{org.RoleSecurity}, func(ctx context.Context, p *place, a org.Actor) error {
		return p.o.GrantRoles(ctx, a, "person0", []org.Role{org.RoleReform})
	}},
	{"Unit", []org.Role{org.RoleSystem}, func(ctx context.Context, p *place, a org.Actor) error {
		_, err := p.o.Unit(ctx, a, p.unit.ID)
		return err
	}},
	{"SaveCounty", []org.Role{org.RoleSystem}, func(ctx context.Context, p *place, a org.Actor) error {
		return p.o.SaveCounty(ctx, a, org.County{Name: "广宗县", Division: "130531"})
	}},
	{"Start", []org.Role{org.RoleSystem}, func(ctx context.Context, p *place, a org.Actor) error {
		_, err := p.o.Start(ctx, a)
		return err
	}},
	{"SaveUnit", []org.Role{org.RoleSystem}, func(ctx context.Context, p *place, a org.Actor) error {
		_, err := p.o.SaveUnit(ctx, a, org.Unit{Name: "广宗县新局", Kind: org.KindDepartment})
		return err
	}},
	{"SaveOffice", []org.Role{org.RoleSystem}, func(ctx context.Context, p *place, a org.Actor) error {
		return p.o.SaveOffice(ctx, a, org.Office{UnitID: p.unit.ID, Name: "医政股"})
	}},
	{"SaveHall", []org.Role{org.RoleSystem}, func(ctx context.Context, p *place, a org.Actor) error {
		return p.o.SaveHall(ctx, a, org.Hall{Name: "广宗县政务服务大厅"})
	}},
	{"SaveWindow", []org.Role{org.RoleSystem}, func(ctx context.Context, p *place, a org.Actor) error {
		halls, err := p.o.Halls(ctx)
		if err != nil || len(halls) == 0 {
			return cmp.Or(p.o.SaveWindow(ctx, a, org.Window{Name: "x"}), err)
		}
		return p.o.SaveWindow(ctx, a, org.Window{HallID: halls[0].ID, UnitID: p.unit.ID, Name: "卫健窗口"})
	}},
	{"ImportRegister", []org.Role{org.RoleSystem}, func(ctx context.Context, p *place, a org.Actor) error {
		_, err := register(ctx, p, a, []byte("单位名称,单位类别\n广宗县气象局,垂直管理部门\n"), false)
		return err
	}},
	{"ImportHolidays", []org.Role{org.RoleSystem, org.RoleReform}, func(ctx context.Context, p *place, a org.Actor) error {
		_, err := p.o.ImportHolidays(ctx, a, strings.NewReader("日期,名称,类型\n2031-01-01,元旦,放假\n"))
		return err
	}},
	{"AuditTrail", []org.Role{org.RoleAuditor}, func(ctx context.Context, p *place, a org.Actor) error {
		_, err := p.o.AuditTrail(ctx, a, office.AuditFilter{Limit: 10})
		return err
	}},
	{"AuditKinds", []org.Role{org.RoleAuditor}, func(ctx context.Context, p *place, a org.Actor) error {
		_, err := p.o.AuditKinds(ctx, a)
		return err
	}},
	{"NewKey", []org.Role{org.RoleSystem}, func(ctx context.Context, p *place, a org.Actor) error {
		_, err := p.o.NewKey(ctx, a, office.KeyRequest{Algorithm: publication.Ed25519, Days: 30})
		return err
	}},
	{"Keys", []org.Role{org.RoleSystem, org.RoleLeader}, func(ctx context.Context, p *place, a org.Actor) error {
		_, err := p.o.Keys(ctx, a)
		return err
	}},
	{"Key", []org.Role{org.RoleSystem, org.RoleLeader}, func(ctx context.Context, p *place, a org.Actor) error {
		_, err := p.o.Key(ctx, a, p.keys[2], 0)
		return err
	}},
	{"RevokeKey", []org.Role{org.RoleSystem}, func(ctx context.Context, p *place, a org.Actor) error {
		_, err := p.o.RevokeKey(ctx, a, p.keys[0], publication.Lost, "磁盘损坏")
		return err
	}},
	{"ChangePassphrase", []org.Role{org.RoleSystem}, func(ctx context.Context, p *place, a org.Actor) error {
		return p.o.ChangePassphrase(ctx, a, p.keys[1], "", "一个足够长的新签名口令")
	}},
	{"WriteAudit", []org.Role{org.RoleAuditor}, func(ctx context.Context, p *place, a org.Actor) error {
		return p.o.WriteAudit(ctx, a, office.AuditFilter{}, io.Discard)
	}},
}

// unguarded are the methods that ask nobody, each with the reason.
var unguarded = map[string]string{
	"SignIn":       "opens to whoever knows the password",
	"SignOut":      "the session's own",
	"Session":      "the session's own",
	"ActorByLogin": "the command line's, for the operator of the machine",
	"UnlockCounty": "the command line's, for whoever has the passphrase",
	"WatchKeys":    "the timetable's",
	"Todos":        "of the asker's roles",
	"Units":        "the register is public",
	"Halls":        "the register is public",
	"Calendar":     "the notices are public",

	"County":                "stands on every page",
	"Founded":               "asked before there is anybody",
	"FoundingCode":          "the command line's, for the operator of the machine",
	"Found":                 "for whoever has the founding code",
	"WriteCalendar":         "the notices are public",
	"WriteRegisterTemplate": "an empty form",
	"Me":                    "the asker's own",
	"ChangePassword":        "the asker's own",
	"EndOtherSessions":      "the asker's own",
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
				} else if a.Has(c.may...) {
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
			for _, may := range c.may {
				if err := c.do(t.Context(), p, p.with(may)); err != nil {
					t.Errorf("%s: %s: %v", c.method, may, err)
				}
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
		if err := p.o.ResetPassword(ctx, admin, "person0", password, true); err != nil {
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
		if err := p.o.ResetPassword(ctx, admin, "person0", password, true); err != nil {
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

// A password that somebody else has set is changed first; the own one asks for
// the present one and ends the other sessions.
func TestPasswords(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		p, ctx := newPlace(t, db), t.Context()
		in := func(pass string) string {
			t.Helper()
			token, err := p.o.SignIn(ctx, "person0", pass)
			if err != nil {
				t.Fatal(err)
			}
			return token
		}
		must := func(token string) bool {
			t.Helper()
			s, err := p.o.Session(ctx, token)
			if err != nil {
				t.Fatal(err)
			}
			return s.MustChange
		}
		if must(in(password)) {
			t.Error("an account of the register must change its password")
		}
		if err := p.o.ResetPassword(ctx, p.with(org.RoleSystem), "person0", password, true); err != nil {
			t.Fatal(err)
		}
		here, elsewhere := in(password), in(password)
		if !must(here) {
			t.Error("a password that the administrator has set need not be changed")
		}
		me := p.people[0]
		const mine = "春眠不觉晓处处闻啼鸟"
		for present, next := range map[string]string{"wrong": mine, password: password} {
			if err := p.o.ChangePassword(ctx, me, here, present, next); !fault.Is(err, fault.Invalid) {
				t.Errorf("%q to %q: %v", present, next, err)
			}
		}
		if err := p.o.ChangePassword(ctx, me, here, password, "short"); !fault.Is(err, fault.Invalid) {
			t.Errorf("a short password: %v", err)
		}
		if err := p.o.ChangePassword(ctx, me, here, password, mine); err != nil {
			t.Fatal(err)
		}
		if must(here) {
			t.Error("the changed password must be changed again")
		}
		if _, err := p.o.Session(ctx, elsewhere); !fault.Is(err, fault.Unauthorized) {
			t.Errorf("the other session goes on: %v", err)
		}
		again := in(mine)
		if v, err := p.o.Me(ctx, me, again); err != nil || len(v.Sessions) != 2 || !v.Sessions[0].Here && !v.Sessions[1].Here || v.SignedInAt.IsZero() {
			t.Errorf("%+v %v", v, err)
		}
		if err := p.o.EndOtherSessions(ctx, me, again); err != nil {
			t.Fatal(err)
		}
		if _, err := p.o.Session(ctx, here); !fault.Is(err, fault.Unauthorized) {
			t.Errorf("ended elsewhere, and goes on: %v", err)
		}
	})
}

// Who makes accounts gives no roles beyond the unit; who gives roles makes no
// accounts, and gives none to themselves.
func TestSeparationOfAdministrators(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		p, ctx := newPlace(t, db), t.Context()
		system, security := p.with(org.RoleSystem), p.with(org.RoleSecurity)
		x := org.Person{Login: "newcomer", Name: "新人", UnitID: p.unit.ID, Roles: []org.Role{org.RoleReform}}
		if _, err := p.o.AddPerson(ctx, system, x, password, true); !fault.Is(err, fault.Invalid) || !strings.Contains(fault.Fields(err)[0].Text, "安全管理员") {
			t.Errorf("the system administrator makes a reform officer: %v", err)
		}
		x.Roles = []org.Role{org.RoleLiaison}
		if _, err := p.o.AddPerson(ctx, system, x, password, true); err != nil {
			t.Fatal(err)
		}
		token, err := p.o.SignIn(ctx, "newcomer", password)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.o.GrantRoles(ctx, security, "newcomer", []org.Role{org.RoleReform, org.RoleLiaison}); err != nil {
			t.Fatal(err)
		}
		if _, err := p.o.Session(ctx, token); !fault.Is(err, fault.Unauthorized) {
			t.Errorf("the session of the old roles goes on: %v", err)
		}
		if a, err := p.o.ActorByLogin(ctx, "newcomer"); err != nil || !a.Has(org.RoleReform) || !a.Has(org.RoleLiaison) {
			t.Errorf("%+v %v", a, err)
		}
		for _, roles := range [][]org.Role{nil, {"皇帝"}, {org.RoleSystem, org.RoleAuditor}} {
			if err := p.o.GrantRoles(ctx, security, "newcomer", roles); !fault.Is(err, fault.Invalid) {
				t.Errorf("%v: %v", roles, err)
			}
		}
		if err := p.o.GrantRoles(ctx, security, p.login(security), []org.Role{org.RoleGovernment}); !fault.Is(err, fault.Conflict) {
			t.Errorf("roles for oneself: %v", err)
		}
	})
}

// The register keeps one sender for a package, one name for a unit, and judges
// a unit's items again when its record changes.
func TestRegister(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		p, ctx := newPlace(t, db), t.Context()
		a := p.with(org.RoleSystem)
		save := func(u org.Unit) org.Unit {
			t.Helper()
			u, err := p.o.SaveUnit(ctx, a, u)
			if err != nil {
				t.Fatal(err)
			}
			return u
		}
		refused := func(what, field string, u org.Unit) {
			t.Helper()
			_, err := p.o.SaveUnit(ctx, a, u)
			if !fault.Is(err, fault.Invalid) || len(fault.Fields(err)) != 1 || fault.Fields(err)[0].Path != field {
				t.Errorf("%s: %v %v", what, err, fault.Fields(err))
			}
		}
		hospital := save(org.Unit{Name: " 广宗县  医院 ", Kind: org.KindSubordinate, Supervisor: p.unit.ID, USCC: "12130531MB0000561D"})
		if hospital.Name != "广宗县 医院" || hospital.Short != hospital.Name {
			t.Errorf("%+v", hospital)
		}
		refused("a name twice", "name", org.Unit{Name: p.unit.Name, Kind: org.KindDepartment})
		refused("no name", "name", org.Unit{Kind: org.KindDepartment})
		refused("a wrong check digit", "uscc", org.Unit{Name: "乙局", Kind: org.KindDepartment, USCC: "12130531MB0000561E"})
		refused("a sender of the sender", "supervisor", org.Unit{Name: "丙所", Kind: org.KindSubordinate, Supervisor: hospital.ID})
		refused("a supervisor nobody knows", "supervisor", org.Unit{Name: "丙所", Kind: org.KindSubordinate, Supervisor: "x"})
		other := save(org.Unit{Name: "广宗县民政局", Kind: org.KindDepartment})
		unit := p.unit
		unit.Supervisor = other.ID
		refused("reports for others and is reported for", "supervisor", unit)
		unit.Supervisor, unit.Name = "", "广宗县卫生健康和体育局"
		unit = save(unit)
		stale := p.unit
		if _, err := p.o.SaveUnit(ctx, a, stale); !fault.Is(err, fault.Conflict) {
			t.Errorf("an older copy: %v", err)
		}
		if j, err := db.ClaimJob(ctx, "test", []string{store.RejudgeJob}, time.Minute); err != nil || j == nil {
			t.Errorf("no job judges the items again: %v", err)
		}
		if err := p.o.SaveOffice(ctx, a, org.Office{UnitID: unit.ID, Name: "医政股"}); err != nil {
			t.Fatal(err)
		}
		if err := p.o.SaveOffice(ctx, a, org.Office{UnitID: unit.ID, Name: "医政股"}); !fault.Is(err, fault.Invalid) {
			t.Errorf("an office twice: %v", err)
		}
		if err := p.o.SaveHall(ctx, a, org.Hall{Name: "大厅"}); err != nil {
			t.Fatal(err)
		}
		halls, err := p.o.Halls(ctx)
		if err != nil || len(halls) != 1 {
			t.Fatal(halls, err)
		}
		hall := halls[0].ID
		if err := p.o.SaveWindow(ctx, a, org.Window{HallID: hall, UnitID: unit.ID, Name: "1 号窗口"}); err != nil {
			t.Fatal(err)
		}
		if err := p.o.SaveWindow(ctx, a, org.Window{HallID: hall, UnitID: "x", Name: "2 号窗口"}); !fault.Is(err, fault.Invalid) {
			t.Errorf("a window of nobody: %v", err)
		}
		if err := p.o.SaveHall(ctx, a, org.Hall{ID: hall}); !fault.Is(err, fault.Conflict) {
			t.Errorf("a hall with windows goes: %v", err)
		}
		r, err := p.o.Unit(ctx, a, unit.ID)
		if err != nil || len(r.Offices) != 1 || len(r.Windows) != 1 || len(r.Managed) != 1 || len(r.People) != len(org.Roles) {
			t.Errorf("%d offices, %d windows, %d managed, %d people, %v", len(r.Offices), len(r.Windows), len(r.Managed), len(r.People), err)
		}
		if err := p.o.SaveOffice(ctx, a, org.Office{ID: r.Offices[0].ID, UnitID: unit.ID}); err != nil {
			t.Fatal(err)
		}
		if err := p.o.SaveWindow(ctx, a, org.Window{ID: r.Windows[0].ID, HallID: hall}); err != nil {
			t.Fatal(err)
		}
		if err := p.o.SaveHall(ctx, a, org.Hall{ID: hall}); err != nil {
			t.Fatal(err)
		}
		if r, err = p.o.Unit(ctx, a, unit.ID); err != nil || len(r.Offices)+len(r.Windows)+len(r.Halls) != 0 {
			t.Errorf("%+v %v", r, err)
		}
	})
}

// A year's notice counts from its import on, in every process on the database.
func TestHolidaysAreImported(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		p, ctx := newPlace(t, db), t.Context()
		a := p.with(org.RoleReform)
		due := func() (string, bool) {
			t.Helper()
			cal, err := p.o.Calendar(ctx)
			if err != nil {
				t.Fatal(err)
			}
			l, err := cal.Due(calendar.MustDate("2030-12-30"), 3, nil)
			if err != nil {
				t.Fatal(err)
			}
			return l.Due.String(), l.Provisional
		}
		if d, provisional := due(); d != "2031-01-02" || !provisional {
			t.Errorf("before: %s %v", d, provisional)
		}
		notice := "日期,名称,类型,来源\n2031-01-01,元旦,放假,国办发明电〔2030〕1号\n2031-01-02,元旦,放假,\n2030-12-28,元旦,上班,\n"
		res, err := p.o.ImportHolidays(ctx, a, strings.NewReader(notice))
		if err != nil || res.Added != 3 || !slices.Equal(res.Years, []int{2031}) || res.First.String() != "2030-12-28" {
			t.Errorf("%+v %v", res, err)
		}
		// 2030 itself has no notice: its first of January is not listed.
		if d, _ := due(); d != "2031-01-06" {
			t.Errorf("after: %s", d)
		}
		before := p.audited()
		if res, err = p.o.ImportHolidays(ctx, a, strings.NewReader(notice)); err != nil || res.Same != 3 || res.Added+res.Changed != 0 || p.audited() != before {
			t.Errorf("twice: %+v %v", res, err)
		}
		if _, err = p.o.ImportHolidays(ctx, a, strings.NewReader("日期,名称,类型\n2031-02-30,元旦,放假\n")); !fault.Is(err, fault.Invalid) {
			t.Errorf("a day that is not: %v", err)
		}
		var b strings.Builder
		cal, err := p.o.Calendar(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.o.WriteCalendar(cal, &b); err != nil || !strings.Contains(b.String(), "2031-01-01,元旦,放假,国办发明电〔2030〕1号") {
			t.Errorf("the table: %v", err)
		}
		if res, err = p.o.ImportHolidays(ctx, a, strings.NewReader(b.String())); err != nil || res.Added+res.Changed != 0 {
			t.Errorf("the own table changes something: %+v %v", res, err)
		}
	})
}

// The trail is searched by words, object and day.
func TestAuditFilter(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		p, ctx := newPlace(t, db), t.Context()
		_, _ = p.o.SignIn(ctx, "person0", "wrong") // refused, and on record
		token, err := p.o.SignIn(ctx, "person0", password)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.o.SignOut(ctx, token); err != nil {
			t.Fatal(err)
		}
		if _, err := p.o.SaveUnit(ctx, p.with(org.RoleSystem), org.Unit{Name: "100%局", Kind: org.KindDepartment}); err != nil {
			t.Fatal(err)
		}
		a, now := p.with(org.RoleAuditor), time.Now().UnixMilli()
		for _, c := range []struct {
			f    office.AuditFilter
			want string
		}{
			{office.AuditFilter{}, "新建单位 退出 登录 登录失败"},
			{office.AuditFilter{Kind: "账号"}, "退出 登录 登录失败"},
			{office.AuditFilter{Text: "登录"}, "登录 登录失败"},
			{office.AuditFilter{Text: "100%"}, "新建单位"},
			{office.AuditFilter{Text: "_"}, ""},
			{office.AuditFilter{From: now + 3_600_000}, ""},
			{office.AuditFilter{From: now - 3_600_000, To: now + 3_600_000, Kind: "单位"}, "新建单位"},
			{office.AuditFilter{To: now - 3_600_000}, ""},
		} {
			c.f.Limit = 10
			list, err := p.o.AuditTrail(ctx, a, c.f)
			var got []string
			for _, e := range list {
				if e.ObjectKind != "密钥" { // the place has some
					got = append(got, e.Action)
				}
			}
			if err != nil || strings.Join(got, " ") != c.want {
				t.Errorf("%+v: %q %v, want %q", c.f, got, err, c.want)
			}
		}
		if kinds, err := p.o.AuditKinds(ctx, a); err != nil || !slices.Equal(kinds, []string{"单位", "密钥", "账号"}) {
			t.Errorf("%q %v", kinds, err)
		}
	})
}
