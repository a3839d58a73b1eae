package office

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"strings"

	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/infra/auth"
	"onevisit/internal/infra/store"
)

// County is the county that the installation serves, as it was read last; see
// store.DB.County.
func (s *Service) County() org.County { return s.db.County() }

// SaveCounty says which county this is. The name may change at any time; the
// division code is part of the name of the log of publications and stays once
// that has begun.
func (s *Service) SaveCounty(ctx context.Context, a org.Actor, c org.County) error {
	if err := org.Can(a, org.ManageCounty, ""); err != nil {
		return err
	}
	c = tidy(c)
	if err := c.Validate(); err != nil {
		return err
	}
	err := s.db.Update(ctx, func(tx *store.Tx) error { return saveCounty(tx, a, c) })
	if err != nil {
		return err
	}
	return s.db.ReadCounty(ctx)
}

func tidy(c org.County) org.County {
	return org.County{Name: strings.Join(strings.Fields(c.Name), ""), Division: strings.TrimSpace(c.Division)}
}

func saveCounty(tx *store.Tx, a org.Actor, c org.County) error {
	was, err := tx.County()
	if err != nil || was == c {
		return err
	}
	if was.Known() && was.Division != c.Division {
		_, err := tx.LogHead()
		if err == nil {
			err = fault.Conflictf("本县信息没有保存。").At("division", "公布日志已以代码 %s 为名开始记录，不能再改", was.Division)
		}
		if !fault.Is(err, fault.NotFound) {
			return err
		}
	}
	if err := tx.SetCounty(c); err != nil {
		return err
	}
	return tx.Record(a, "设置本县", "本县", c.Division, c.Name)
}

// Founding is what a new installation is told once: whose it is, and who keeps
// it. 等保 2.0 wants the system's administrator and that of security to be two.
type Founding struct {
	County org.County
	Unit   string // of the administrators, its full name
	System, Security,
	Auditor FirstAccount // an auditor may come later
}

// FirstAccount is an account of the first hour.
type FirstAccount struct{ Login, Name, Password string }

// Founded reports whether the installation has an account.
func (s *Service) Founded(ctx context.Context) (bool, error) {
	if s.founded.Load() {
		return true, nil
	}
	some := false
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		some, err = tx.HasPeople()
		return err
	})
	if some {
		s.founded.Store(true)
	}
	return some, err
}

// FoundingCode is to be shown where only the operator of the machine sees it:
// whoever has it may found the installation. It holds until the process ends.
func (s *Service) FoundingCode() string {
	s.code.Do(func() { // four groups of four letters that are not mistaken for others
		t := rand.Text()
		s.foundingCode = strings.Join([]string{t[:4], t[4:8], t[8:12], t[12:16]}, "-")
	})
	return s.foundingCode
}

// Found makes the county and its administrators in one transaction. It is
// refused once there is an account.
func (s *Service) Found(ctx context.Context, code string, f Founding) error {
	if subtle.ConstantTimeCompare([]byte(strings.ToUpper(strings.TrimSpace(code))), []byte(s.FoundingCode())) != 1 {
		return fault.Invalidf("没有设置成功，请按提示更正。").At("code", "安装码不正确：它显示在启动本程序的窗口或日志中")
	}
	f.County = tidy(f.County)
	unit := org.Unit{Name: strings.Join(strings.Fields(f.Unit), ""), Kind: org.KindDepartment, Division: f.County.Division, InScope: true}
	unit.Short = strings.TrimPrefix(unit.Name, f.County.Name)
	accounts := []struct {
		field string
		role  org.Role
		FirstAccount
	}{{"system", org.RoleSystem, f.System}, {"security", org.RoleSecurity, f.Security}}
	if f.Auditor != (FirstAccount{}) {
		accounts = append(accounts, struct {
			field string
			role  org.Role
			FirstAccount
		}{"auditor", org.RoleAuditor, f.Auditor})
	}
	e := fault.Invalidf("没有设置成功，请按提示更正。")
	for _, field := range fault.Fields(f.County.Validate()) {
		e.At(field.Path, "%s", field.Text)
	}
	if unit.Name == "" {
		e.At("unit", "请填写管理员所在单位的全称")
	}
	seen := map[string]bool{}
	people := make([]org.Person, len(accounts))
	hashes := make([]string, len(accounts))
	for i, acc := range accounts {
		people[i] = org.Person{Login: strings.TrimSpace(acc.Login), Name: strings.TrimSpace(acc.Name), Roles: []org.Role{acc.role}}
		for _, field := range fault.Fields(people[i].Validate()) {
			e.At(acc.field+"_"+field.Path, "%s", field.Text)
		}
		if seen[people[i].Login] {
			e.At(acc.field+"_login", "登录名不能相同：系统管理、安全管理、审计由不同的人担任（等保 2.0）")
		}
		seen[people[i].Login] = true
		if err := auth.CheckPassword(people[i].Login, acc.Password); err != nil {
			e.At(acc.field+"_password", "%s", passwordText(err))
		}
	}
	if err := e.OrNil(); err != nil {
		return err
	}
	for i, acc := range accounts {
		var err error
		if hashes[i], err = s.auth.Hash(ctx, acc.Password); err != nil {
			return err
		}
	}
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		if some, err := tx.HasPeople(); err != nil || some {
			if err == nil {
				err = fault.Conflictf("本系统已经设置过，请直接登录。")
			}
			return err
		}
		operator := org.Operator()
		if err := saveCounty(tx, operator, f.County); err != nil {
			return err
		}
		u, err := tx.UnitByName(unit.Name)
		if fault.Is(err, fault.NotFound) {
			u = unit
			var units []org.Unit
			if units, err = tx.Units(); err == nil {
				err = saveUnit(tx, operator, units, &u)
			}
		}
		if err != nil {
			return err
		}
		for i := range people {
			p := people[i]
			p.UnitID = u.ID
			// The installer knows the passwords of the others.
			if err := addPerson(tx, operator, &p, hashes[i], accounts[i].role != org.RoleSystem); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return s.db.ReadCounty(ctx)
}

// passwordText is what is wrong with a password, without the heading.
func passwordText(err error) string {
	if fields := fault.Fields(err); len(fields) > 0 {
		return fields[0].Text
	}
	return fault.Text(err)
}

// Start is how far an installation is on its way to the first release, for the
// administrator's desk.
type Start struct {
	County         org.County
	Units          int
	CountyAccounts int // of the reform office, the approval bureau and the county government: at most 3 roles
	Liaisons       int // units with one
	Plan, Released bool
	Signing        bool // there is a key of the county
}

// Start counts what is there.
func (s *Service) Start(ctx context.Context, a org.Actor) (Start, error) {
	st := Start{County: s.db.County()}
	if err := org.Can(a, org.ManageCounty, ""); err != nil {
		return st, err
	}
	err := s.db.View(ctx, func(tx *store.Tx) error {
		units, err := tx.Units()
		if err != nil {
			return err
		}
		st.Units = len(units)
		people, err := tx.People("")
		if err != nil {
			return err
		}
		roles, liaisons := map[org.Role]bool{}, map[string]bool{}
		for _, p := range people {
			if p.Disabled {
				continue
			}
			for _, r := range p.Roles {
				roles[r] = true
				if r == org.RoleLiaison {
					liaisons[p.UnitID] = true
				}
			}
		}
		for _, r := range []org.Role{org.RoleReform, org.RoleBureau, org.RoleGovernment} {
			if roles[r] {
				st.CountyAccounts++
			}
		}
		st.Liaisons = len(liaisons)
		plans, err := tx.Plans()
		if err != nil {
			return err
		}
		st.Plan = len(plans) > 0
		head, err := tx.HeadRelease()
		if err != nil {
			return err
		}
		st.Released = head != nil
		keys, err := tx.SigningKeys()
		for i := range keys {
			st.Signing = st.Signing || keys[i].County() && keys[i].Revoked == nil
		}
		return err
	})
	return st, err
}
