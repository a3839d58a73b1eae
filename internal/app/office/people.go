package office

import (
	"context"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"onevisit/internal/domain/audit"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/infra/auth"
	"onevisit/internal/infra/exchange"
	"onevisit/internal/infra/store"
)

// Account is a person as those see it who keep the accounts.
type Account struct {
	org.Person
	Locked     bool // after too many wrong passwords
	MustChange bool // the password is one that somebody else has set
	SignedInAt time.Time
}

func account(a store.Account, now time.Time) Account {
	return Account{Person: a.Person, Locked: a.LockedUntil.After(now), MustChange: a.MustChange, SignedInAt: a.SignedInAt}
}

// People returns the accounts of a unit, or all.
func (s *Service) People(ctx context.Context, a org.Actor, unitID string) ([]Account, error) {
	if err := org.Can(a, org.ReadPeople, unitID); err != nil {
		return nil, err
	}
	var people []Account
	err := s.db.View(ctx, func(tx *store.Tx) error {
		list, err := tx.People(unitID)
		for _, p := range list {
			people = append(people, account(p, tx.Now()))
		}
		return err
	})
	return people, err
}

// AddPerson creates an account; first says that the password is only for the
// first signing in and changed then. Roles beyond the own unit are for the security
// administrator to give (GrantRoles).
func (s *Service) AddPerson(ctx context.Context, a org.Actor, p org.Person, password string, first bool) (org.Person, error) {
	if err := org.Can(a, org.ManagePeople, p.UnitID); err != nil {
		return p, err
	}
	if err := mayAdd(a, &p); err != nil {
		return p, err
	}
	if err := auth.CheckPassword(p.Login, password); err != nil {
		return p, err
	}
	phc, err := s.auth.Hash(ctx, password)
	if err != nil {
		return p, err
	}
	err = s.db.Update(ctx, func(tx *store.Tx) error { return addPerson(tx, a, &p, phc, first) })
	return p, err
}

// mayAdd checks an account that somebody wants to create.
func mayAdd(a org.Actor, p *org.Person) error {
	if err := p.Validate(); err != nil {
		return err
	}
	if !p.OfUnit() {
		if err := org.Can(a, org.GrantRoles, ""); err != nil {
			return fault.Invalidf("账号没有建立。").At("role", "“%s”由安全管理员授予：请先建立本单位角色的账号，再请安全管理员在“账号”页授予", p.Roles[0])
		}
	}
	return nil
}

func addPerson(tx *store.Tx, a org.Actor, p *org.Person, phc string, first bool) error {
	if _, err := tx.Unit(p.UnitID); err != nil {
		return err
	}
	p.ID = ""
	if err := tx.InsertPerson(p, phc); err != nil {
		if fault.Is(err, fault.Conflict) {
			return fault.Invalidf("账号没有建立。").At("login", "登录名“%s”已有人使用", p.Login)
		}
		return err
	}
	if err := tx.SetPassword(p.ID, phc, first); err != nil {
		return err
	}
	return tx.Record(a, "新建账号", "账号", p.ID, p.Login+"："+roleText(p.Roles))
}

func roleText(roles []org.Role) string {
	s := make([]string, len(roles))
	for i, r := range roles {
		s[i] = string(r)
	}
	return strings.Join(s, "、")
}

// ResetPassword sets a person's password, lifts a lock and ends their sessions;
// first is as for AddPerson.
func (s *Service) ResetPassword(ctx context.Context, a org.Actor, login, password string, first bool) error {
	if err := org.Can(a, org.ManagePeople, ""); err != nil {
		return err
	}
	if err := auth.CheckPassword(login, password); err != nil {
		return err
	}
	phc, err := s.auth.Hash(ctx, password)
	if err != nil {
		return err
	}
	return s.db.Update(ctx, func(tx *store.Tx) error {
		acc, err := tx.AccountByLogin(login)
		if err != nil {
			return err
		}
		if err := tx.SetPassword(acc.ID, phc, first && acc.ID != a.ID); err != nil {
			return err
		}
		if err := tx.DeleteSessionsOf(acc.ID, ""); err != nil {
			return err
		}
		return tx.Record(a, "重置密码", "账号", acc.ID, acc.Login)
	})
}

// SetDisabled stops or restores an account; stopping it ends its sessions.
func (s *Service) SetDisabled(ctx context.Context, a org.Actor, login string, disabled bool) error {
	if err := org.Can(a, org.ManagePeople, ""); err != nil {
		return err
	}
	return s.db.Update(ctx, func(tx *store.Tx) error {
		acc, err := tx.AccountByLogin(login)
		if err != nil {
			return err
		}
		if acc.ID == a.ID {
			return fault.Conflictf("不能停用自己的账号。")
		}
		acc.Disabled = disabled
		if err := tx.UpdatePerson(&acc.Person); err != nil {
			return err
		}
		action := "启用账号"
		if disabled {
			action = "停用账号"
			if err := tx.DeleteSessionsOf(acc.ID, ""); err != nil {
				return err
			}
		}
		return tx.Record(a, action, "账号", acc.ID, acc.Login)
	})
}

// Unlock lets somebody sign in again before the lock's time is over.
func (s *Service) Unlock(ctx context.Context, a org.Actor, login string) error {
	if err := org.Can(a, org.UnlockPeople, ""); err != nil {
		return err
	}
	return s.db.Update(ctx, func(tx *store.Tx) error {
		acc, err := tx.AccountByLogin(login)
		if err != nil {
			return err
		}
		if err := tx.NoteSignIn(acc.ID, 0, time.Time{}); err != nil {
			return err
		}
		return tx.Record(a, "解锁账号", "账号", acc.ID, acc.Login)
	})
}

// GrantRoles gives a person other roles, for whoever neither makes accounts nor
// reads the trail; it ends the person's sessions, so that the new roles count
// at once. Nobody grants roles to themselves.
func (s *Service) GrantRoles(ctx context.Context, a org.Actor, login string, roles []org.Role) error {
	if err := org.Can(a, org.GrantRoles, ""); err != nil {
		return err
	}
	return s.db.Update(ctx, func(tx *store.Tx) error {
		acc, err := tx.AccountByLogin(login)
		if err != nil {
			return err
		}
		if acc.ID == a.ID {
			return fault.Conflictf("不能更改自己的角色，请由另一位安全管理员办理。")
		}
		was := acc.Roles
		acc.Roles = roles
		if err := acc.Validate(); err != nil {
			return err
		}
		if slices.Equal(was, roles) {
			return nil
		}
		if err := tx.UpdatePerson(&acc.Person); err != nil {
			return err
		}
		if err := tx.DeleteSessionsOf(acc.ID, ""); err != nil {
			return err
		}
		return tx.Record(a, "授予角色", "账号", acc.ID, acc.Login+"：由“"+roleText(was)+"”改为“"+roleText(roles)+"”")
	})
}

// Me is a person's own account with the places where it is signed in.
type Me struct {
	Account
	UnitName string
	Sessions []Place
}

// Place is a browser that is signed in.
type Place struct {
	Since, Seen time.Time
	Here        bool // the asking one
}

// Me returns the account behind a session.
func (s *Service) Me(ctx context.Context, a org.Actor, token string) (Me, error) {
	var me Me
	err := s.db.View(ctx, func(tx *store.Tx) error {
		acc, err := tx.AccountByID(a.ID)
		if err != nil {
			return err
		}
		me.Account, me.UnitName = account(acc, tx.Now()), a.UnitName
		list, err := tx.SessionsOf(a.ID)
		for _, x := range list {
			me.Sessions = append(me.Sessions, Place{x.CreatedAt, x.SeenAt, x.TokenHash == auth.TokenHash(token)})
		}
		return err
	})
	return me, err
}

// ChangePassword sets one's own password, after the present one; all other
// sessions end.
func (s *Service) ChangePassword(ctx context.Context, a org.Actor, token, present, password string) error {
	var acc store.Account
	if err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		acc, err = tx.AccountByID(a.ID)
		return err
	}); err != nil {
		return err
	}
	ok, _, err := s.auth.Verify(ctx, acc.Password, present)
	switch {
	case err != nil:
		return err
	case !ok:
		return fault.Invalidf("密码没有修改。").At("present", "当前密码不正确")
	case present == password:
		return fault.Invalidf("密码没有修改。").At("password", "新密码不能与当前密码相同")
	}
	if err := auth.CheckPassword(acc.Login, password); err != nil {
		return err
	}
	phc, err := s.auth.Hash(ctx, password)
	if err != nil {
		return err
	}
	return s.db.Update(ctx, func(tx *store.Tx) error {
		if err := tx.SetPassword(a.ID, phc, false); err != nil {
			return err
		}
		if err := tx.DeleteSessionsOf(a.ID, auth.TokenHash(token)); err != nil {
			return err
		}
		return tx.Record(a, "修改密码", "账号", a.ID, acc.Login)
	})
}

// EndOtherSessions signs a person out everywhere but here.
func (s *Service) EndOtherSessions(ctx context.Context, a org.Actor, token string) error {
	return s.db.Update(ctx, func(tx *store.Tx) error {
		if err := tx.DeleteSessionsOf(a.ID, auth.TokenHash(token)); err != nil {
			return err
		}
		return tx.Record(a, "退出其他登录", "账号", a.ID, "")
	})
}

// AuditFilter narrows the trail.
type AuditFilter = store.AuditFilter

// AuditTrail returns a page of the audit trail, newest first.
func (s *Service) AuditTrail(ctx context.Context, a org.Actor, f AuditFilter) ([]audit.Entry, error) {
	if err := org.Can(a, org.ReadAudit, ""); err != nil {
		return nil, err
	}
	var entries []audit.Entry
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		entries, err = tx.AuditEntries(f)
		return err
	})
	return entries, err
}

// AuditKinds lists the kinds of objects in the trail.
func (s *Service) AuditKinds(ctx context.Context, a org.Actor) ([]string, error) {
	if err := org.Can(a, org.ReadAudit, ""); err != nil {
		return nil, err
	}
	var kinds []string
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		kinds, err = tx.AuditKinds()
		return err
	})
	return kinds, err
}

// auditTableMax is how many entries a table of the trail holds: what an office
// program opens well.
const auditTableMax = 100_000

// WriteAudit writes the entries that a filter selects, newest first, as csv.
func (s *Service) WriteAudit(ctx context.Context, a org.Actor, f AuditFilter, w io.Writer) error {
	f.Before, f.Limit = 0, auditTableMax
	entries, err := s.AuditTrail(ctx, a, f)
	if err != nil {
		return err
	}
	sheet := exchange.Sheet{Name: "审计记录", Head: []string{"序号", "时间", "人员", "角色", "操作", "对象", "对象编号", "说明", "前一条校验值", "校验值"}}
	for _, e := range entries {
		sheet.Rows = append(sheet.Rows, []string{strconv.FormatInt(e.Seq, 10), e.At.In(beijing).Format("2006-01-02 15:04:05"), e.ActorName, e.ActorRole,
			e.Action, e.ObjectKind, e.ObjectID, e.Summary, e.PrevHash, e.Hash})
	}
	return exchange.WriteSheetCSV(w, sheet)
}
