package office

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"math/big"
	"slices"
	"strings"

	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/infra/auth"
	"onevisit/internal/infra/exchange"
	"onevisit/internal/infra/store"
)

// RegisterImport tells what a file of units and accounts did, or in a dry run
// would do.
type RegisterImport struct {
	exchange.Summary
	Units    int              `json:"units"`    // created or changed
	Accounts int              `json:"accounts"` // created
	Issued   []IssuedPassword `json:"issued,omitempty"`
}

// Join adds what another file did.
func (r *RegisterImport) Join(o *RegisterImport) {
	r.Rows, r.Good, r.Bad = r.Rows+o.Rows, r.Good+o.Good, r.Bad+o.Bad
	r.Created, r.Changed, r.Same = r.Created+o.Created, r.Changed+o.Changed, r.Same+o.Same
	r.Units, r.Accounts, r.Omitted = r.Units+o.Units, r.Accounts+o.Accounts, r.Omitted+o.Omitted
	r.Problems, r.Unknown, r.Issued = append(r.Problems, o.Problems...), append(r.Unknown, o.Unknown...), append(r.Issued, o.Issued...)
}

// IssuedPassword is the password of a new account for its first signing in. It
// is told once and kept nowhere.
type IssuedPassword struct {
	Login    string `json:"login"`
	Name     string `json:"name"`
	Unit     string `json:"unit"`
	Password string `json:"password"`
}

// maxRegisterRows is far more than a county's units and people, and bounds the
// work on passwords.
const maxRegisterRows = 5000

// RegisterFile is a file of units and accounts.
func RegisterFile(name string, r io.ReaderAt, size int64) exchange.Source {
	return exchange.Source{Name: name, R: r, Size: size}
}

// WriteRegisterTemplate writes the workbook to be filled in.
func (s *Service) WriteRegisterTemplate(w io.Writer) error { return exchange.WriteRegisterTemplate(w) }

type registerRow[T any] struct {
	v     *T
	sheet string
	row   int
}

// errDryRun undoes a transaction that was only to be looked at.
var errDryRun = errors.New("office: dry run")

// ImportRegister enters the units and accounts of a table. Units are known by
// their names; empty cells leave what is there. Accounts are only made, never
// changed: a file must not move people or give roles unseen. Rows that are wrong
// stay out and are told; the others come in together.
func (s *Service) ImportRegister(ctx context.Context, a org.Actor, src exchange.Source, dry bool) (*RegisterImport, error) {
	if err := org.Can(a, org.ManageUnits, ""); err != nil {
		return nil, err
	}
	if err := org.Can(a, org.ManagePeople, ""); err != nil {
		return nil, err
	}
	var units []registerRow[exchange.RegisteredUnit]
	var people []registerRow[exchange.RegisteredPerson]
	report, err := exchange.ReadRegister(ctx, src, exchange.Limits{Rows: maxRegisterRows, Size: 20 << 20},
		func(r exchange.ListRecord[exchange.RegisteredUnit]) error {
			if r.Entry != nil {
				units = append(units, registerRow[exchange.RegisteredUnit]{r.Entry, r.Sheet, r.Row})
			}
			return nil
		}, func(r exchange.ListRecord[exchange.RegisteredPerson]) error {
			if r.Entry != nil {
				people = append(people, registerRow[exchange.RegisteredPerson]{r.Entry, r.Sheet, r.Row})
			}
			return nil
		})
	if err != nil {
		return nil, err
	}
	passwords, err := s.firstPasswords(ctx, a, people, dry)
	if err != nil {
		return nil, err
	}
	var out *RegisterImport
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		out = &RegisterImport{Summary: exchange.Summary{Rows: report.Rows, Good: report.Good, Bad: report.Bad, Unknown: report.Unknown,
			Problems: slices.Clone(report.Problems), Omitted: report.Omitted}}
		reg := &registering{tx: tx, a: a, division: s.db.County().Division, out: out}
		if err := reg.units(units); err != nil {
			return err
		}
		if err := reg.people(people, passwords); err != nil {
			return err
		}
		if dry {
			return errDryRun
		}
		return nil
	})
	if err != nil && !errors.Is(err, errDryRun) {
		return nil, err
	}
	if dry {
		out.Issued = nil
	}
	if out.Problems == nil {
		out.Problems = []exchange.Problem{}
	}
	return out, nil
}

type firstPassword struct{ text, phc string }

// firstPasswords makes passwords for the accounts that are to be made. Hashing
// takes its time, and no transaction waits for it; a dry run needs none.
func (s *Service) firstPasswords(ctx context.Context, a org.Actor, people []registerRow[exchange.RegisteredPerson], dry bool) (map[string]firstPassword, error) {
	known := map[string]bool{}
	err := s.db.View(ctx, func(tx *store.Tx) error {
		list, err := tx.People("")
		for _, p := range list {
			known[p.Login] = true
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	out := map[string]firstPassword{}
	for _, r := range people {
		r.v.Roles = fullRoles(r.v.Roles)
		if _, done := out[r.v.Login]; done || known[r.v.Login] || mayAdd(a, &r.v.Person) != nil {
			continue
		}
		var p firstPassword
		if !dry {
			p.text = newPassword(r.v.Login)
			if p.phc, err = s.auth.Hash(ctx, p.text); err != nil {
				return nil, err
			}
		}
		out[r.v.Login] = p
	}
	return out, nil
}

// fullRoles completes the short names that offices use, such as 联络员.
func fullRoles(roles []org.Role) []org.Role {
	out := slices.Clone(roles)
	for i, r := range out {
		for _, full := range []org.Role{org.RoleLiaison, org.RoleLeader, org.RoleHandler, org.RoleClerk} {
			if r != "" && strings.HasSuffix(string(full), string(r)) {
				out[i] = full
				break
			}
		}
	}
	return out
}

// newPassword makes a password of 60 random bits that can be read aloud: no
// letters and digits that look alike.
func newPassword(login string) string {
	const alphabet = "abcdefghijkmnpqrstuvwxyz23456789"
	for {
		var b strings.Builder
		for i := range 12 {
			if i > 0 && i%4 == 0 {
				b.WriteByte('-')
			}
			n, err := rand.Int(rand.Reader, big.NewInt(int64(len(alphabet))))
			if err != nil {
				panic(err) // the reader never fails
			}
			b.WriteByte(alphabet[n.Int64()])
		}
		if auth.CheckPassword(login, b.String()) == nil {
			return b.String()
		}
	}
}

// registering enters the rows of one file.
type registering struct {
	tx       *store.Tx
	a        org.Actor
	division string // of the county, for units that name none
	out      *RegisterImport
}

// refuse tells why a row stays out.
func (g *registering) refuse(labels map[string]string, sheet string, row int, err error) error {
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind != fault.Invalid {
		return err
	}
	g.out.Good--
	g.out.Bad++
	p := exchange.Problem{Sheet: sheet, Row: row, Severity: exchange.SeverityError, Message: f.Text}
	if len(f.Fields) == 0 {
		g.out.Problems = append(g.out.Problems, p)
	}
	for _, at := range f.Fields {
		p.Field, p.Message = labels[at.Path], at.Text+"，这一行没有导入。"
		g.out.Problems = append(g.out.Problems, p)
	}
	return nil
}

// The columns of the fields that checks name.
var (
	unitLabels   = map[string]string{"name": "单位名称", "kind": "单位类别", "supervisor": "主管单位", "uscc": "统一社会信用代码", "scope": "纳入改革"}
	personLabels = map[string]string{"login": "登录名", "name": "姓名", "roles": "角色", "role": "角色", "unit": "单位"}
)

// units enters units: first those that no other reports for, since the others
// name them.
func (g *registering) units(rows []registerRow[exchange.RegisteredUnit]) error {
	seen := map[string]int{}
	var first, then []registerRow[exchange.RegisteredUnit]
	for _, r := range rows {
		switch at, twice := seen[r.v.Name]; {
		case twice:
			if err := g.refuse(unitLabels, r.sheet, r.row, fault.Invalidf("").At("name", "与第 %d 行是同一个单位", at)); err != nil {
				return err
			}
		case r.v.SupervisorName == "":
			first = append(first, r)
		default:
			then = append(then, r)
		}
		if _, twice := seen[r.v.Name]; !twice {
			seen[r.v.Name] = r.row
		}
	}
	for _, r := range append(first, then...) {
		all, err := g.tx.Units()
		if err != nil {
			return err
		}
		if err := g.unit(all, r); err != nil {
			return err
		}
	}
	return nil
}

func (g *registering) unit(all []org.Unit, r registerRow[exchange.RegisteredUnit]) error {
	find := func(name string) *org.Unit {
		i := slices.IndexFunc(all, func(u org.Unit) bool { return u.Name == name })
		if i < 0 {
			i = slices.IndexFunc(all, func(u org.Unit) bool { return u.Short == name })
		}
		if i < 0 {
			return nil
		}
		return &all[i]
	}
	u := r.v.Unit
	was := find(u.Name)
	if was != nil {
		u = *was
		for _, f := range []struct{ to, from *string }{{&u.Short, &r.v.Short}, {&u.USCC, &r.v.USCC}, {&u.Department, &r.v.Department}, {&u.System, &r.v.System},
			{&u.Division, &r.v.Division}, {&u.Phone, &r.v.Phone}, {&u.Complaint, &r.v.Complaint}, {&u.Address, &r.v.Address}, {&u.Hours, &r.v.Hours}} {
			if *f.from != "" {
				*f.to = *f.from
			}
		}
		if r.v.Kind != "" {
			u.Kind = r.v.Kind
		}
	} else if u.USCC != "" {
		if i := slices.IndexFunc(all, func(o org.Unit) bool { return o.USCC == u.USCC }); i >= 0 {
			return g.refuse(unitLabels, r.sheet, r.row, fault.Invalidf("").At("uscc", "这个信用代码是“%s”的：单位更名请到“单位”页修改", all[i].Name))
		}
	}
	if was == nil && u.Division == "" {
		u.Division = g.division
	}
	switch r.v.Scope {
	case "":
		if was == nil {
			u.InScope = u.Kind != org.KindOffice
		}
	case "是", "√", "纳入":
		u.InScope = true
	case "否", "×", "不纳入":
		u.InScope = false
	default:
		return g.refuse(unitLabels, r.sheet, r.row, fault.Invalidf("").At("scope", "“%s”应为“是”或“否”", r.v.Scope))
	}
	if r.v.SupervisorName != "" {
		s := find(r.v.SupervisorName)
		if s == nil {
			return g.refuse(unitLabels, r.sheet, r.row, fault.Invalidf("").At("supervisor", "名录和本文件中都没有“%s”", r.v.SupervisorName))
		}
		u.Supervisor = s.ID
	}
	if err := tidyUnit(&u); err != nil {
		return g.refuse(unitLabels, r.sheet, r.row, err)
	}
	if was != nil && *was == u {
		g.out.Same++
		return nil
	}
	if err := saveUnit(g.tx, g.a, all, &u); err != nil {
		return g.refuse(unitLabels, r.sheet, r.row, err)
	}
	g.out.Units++
	if was == nil {
		g.out.Created++
	} else {
		g.out.Changed++
	}
	return nil
}

func (g *registering) people(rows []registerRow[exchange.RegisteredPerson], passwords map[string]firstPassword) error {
	if len(rows) == 0 {
		return nil
	}
	all, err := g.tx.Units()
	if err != nil {
		return err
	}
	list, err := g.tx.People("")
	if err != nil {
		return err
	}
	known := map[string]org.Person{}
	for _, p := range list {
		known[p.Login] = p.Person
	}
	for _, r := range rows {
		p := r.v.Person
		i := slices.IndexFunc(all, func(u org.Unit) bool { return u.Name == r.v.UnitName })
		if i < 0 {
			i = slices.IndexFunc(all, func(u org.Unit) bool { return u.Short == r.v.UnitName })
		}
		if had, ok := known[p.Login]; ok {
			if had.Name != p.Name || i < 0 || had.UnitID != all[i].ID || !slices.Equal(had.Roles, p.Roles) {
				g.out.Problems = append(g.out.Problems, exchange.Problem{Sheet: r.sheet, Row: r.row, Field: "登录名", Value: p.Login, Severity: exchange.SeverityWarning,
					Message: "已有这个账号，与本行不一致，没有改动。如是另一个人，请换一个登录名；如要更改，请到“账号”页办理。"})
			}
			g.out.Same++
			continue
		}
		if i < 0 {
			if err := g.refuse(personLabels, r.sheet, r.row, fault.Invalidf("").At("unit", "名录和本文件中都没有“%s”", r.v.UnitName)); err != nil {
				return err
			}
			continue
		}
		p.UnitID = all[i].ID
		if err := mayAdd(g.a, &p); err != nil {
			if err := g.refuse(personLabels, r.sheet, r.row, err); err != nil {
				return err
			}
			continue
		}
		first := passwords[p.Login]
		if err := addPerson(g.tx, g.a, &p, first.phc, true); err != nil {
			return err
		}
		known[p.Login] = p
		g.out.Created++
		g.out.Accounts++
		g.out.Issued = append(g.out.Issued, IssuedPassword{p.Login, p.Name, all[i].Name, first.text})
	}
	return nil
}
