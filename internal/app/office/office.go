// Package office runs the place: signing in, units, people, the to-dos on a
// person's desk and the view of the audit trail. Each method authorises, reads,
// decides and writes in one transaction, with its audit entry.
package office

import (
	"context"
	"crypto/subtle"
	"sync"
	"sync/atomic"
	"time"

	"onevisit/internal/domain/audit"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/work"
	"onevisit/internal/infra/auth"
	"onevisit/internal/infra/sign"
	"onevisit/internal/infra/store"
)

// Limits of signing in. They are the level-2 protection's usual values (等保 2.0).
const (
	maxFailures  = 5
	lockFor      = 15 * time.Minute
	sessionIdle  = 8 * time.Hour // one working day
	touchEvery   = 5 * time.Minute
	openTodosMax = 100
)

// Service is the hall's door.
type Service struct {
	db    *store.DB
	auth  *auth.Hasher
	ring  *sign.Ring
	tries sign.Tries

	founded      atomic.Bool
	code         sync.Once
	foundingCode string
}

// New builds the service; ring keeps the private keys that it makes.
func New(db *store.DB, hasher *auth.Hasher, ring *sign.Ring) *Service {
	return &Service{db: db, auth: hasher, ring: ring}
}

// SignedIn is a session with the person behind it.
type SignedIn struct {
	Actor     org.Actor
	FormToken string // goes into every form of the session
	// MustChange says that the password is one that somebody else has set: it is
	// to be changed before anything else.
	MustChange bool
}

// FormTokenIs reports whether a form was made for this session.
func (in SignedIn) FormTokenIs(token string) bool {
	return subtle.ConstantTimeCompare([]byte(token), []byte(in.FormToken)) == 1
}

var errSignIn = "登录名或密码不正确。连续输错 5 次将锁定 15 分钟。"

// SignIn checks login and password and opens a session. The same message and
// the same effort answer an unknown login and a wrong password.
func (s *Service) SignIn(ctx context.Context, login, password string) (token string, err error) {
	var acc store.Account
	found := false
	err = s.db.View(ctx, func(tx *store.Tx) error {
		a, err := tx.AccountByLogin(login)
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		acc, found = a, err == nil
		if err == nil && a.LockedUntil.After(tx.Now()) {
			return fault.Forbiddenf("该账号因多次输错密码已锁定，请于 %s 后再试，或联系系统管理员。", a.LockedUntil.In(beijing).Format("15:04"))
		}
		return err
	})
	if err != nil {
		return "", err
	}
	if !found {
		s.auth.VerifyNothing(ctx, password)
		return "", fault.New(fault.Unauthorized, "%s", errSignIn)
	}
	ok, rehash, err := s.auth.Verify(ctx, acc.Password, password)
	if err != nil {
		return "", err
	}
	if !ok {
		err := s.db.Update(ctx, func(tx *store.Tx) error {
			a, err := tx.AccountByID(acc.ID) // the count may have moved meanwhile
			if err != nil {
				return err
			}
			failures, until := a.Failures+1, time.Time{}
			action, summary := "登录失败", "密码不正确"
			if failures >= maxFailures {
				failures, until = 0, tx.Now().Add(lockFor)
				action, summary = "锁定账号", "连续输错密码"
			}
			if err := tx.Audit(audit.Entry{ActorID: a.ID, ActorName: a.Name, Action: action, ObjectKind: "账号", ObjectID: a.ID, Summary: summary}); err != nil {
				return err
			}
			return tx.NoteSignIn(a.ID, failures, until)
		})
		if err != nil {
			return "", err
		}
		return "", fault.New(fault.Unauthorized, "%s", errSignIn)
	}
	if acc.Disabled {
		return "", fault.Forbiddenf("该账号已停用，请联系系统管理员。")
	}
	phc := ""
	if rehash {
		if phc, err = s.auth.Hash(ctx, password); err != nil {
			return "", err
		}
	}
	token = auth.NewToken()
	form := auth.NewToken()
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		if phc != "" {
			if err := tx.SetPassword(acc.ID, phc, acc.MustChange); err != nil {
				return err
			}
		}
		if err := tx.NoteSignedIn(acc.ID); err != nil {
			return err
		}
		now := tx.Now()
		if err := tx.InsertSession(&store.Session{TokenHash: auth.TokenHash(token), PersonID: acc.ID, FormToken: form,
			CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(sessionIdle)}); err != nil {
			return err
		}
		return tx.Record(org.Actor{ID: acc.ID, Name: acc.Name, Roles: acc.Roles}, "登录", "账号", acc.ID, "")
	})
	return token, err
}

var beijing = time.FixedZone("UTC+8", 8*3600)

// SignOut ends a session; ending it twice is no error.
func (s *Service) SignOut(ctx context.Context, token string) error {
	return s.db.Update(ctx, func(tx *store.Tx) error {
		sess, err := tx.SessionByToken(auth.TokenHash(token))
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		acc, err := tx.AccountByID(sess.PersonID)
		if err != nil {
			return err
		}
		if err := tx.DeleteSession(sess.TokenHash); err != nil {
			return err
		}
		return tx.Record(org.Actor{ID: acc.ID, Name: acc.Name, Roles: acc.Roles}, "退出", "账号", acc.ID, "")
	})
}

// Session returns who is behind a token, or Unauthorized. A session ends after
// eight hours without use.
func (s *Service) Session(ctx context.Context, token string) (SignedIn, error) {
	var in SignedIn
	if token == "" {
		return in, fault.New(fault.Unauthorized, "请先登录。")
	}
	hash := auth.TokenHash(token)
	touch := false
	err := s.db.View(ctx, func(tx *store.Tx) error {
		sess, err := tx.SessionByToken(hash)
		if err != nil || !sess.ExpiresAt.After(tx.Now()) {
			if err == nil || fault.Is(err, fault.NotFound) {
				return fault.New(fault.Unauthorized, "登录已过期，请重新登录。")
			}
			return err
		}
		touch = tx.Now().Sub(sess.SeenAt) > touchEvery
		in.FormToken = sess.FormToken
		acc, err := tx.AccountByID(sess.PersonID)
		if err != nil {
			return err
		}
		in.MustChange = acc.MustChange
		in.Actor, err = tx.ActorOf(acc)
		return err
	})
	if err == nil && touch {
		err = s.db.Update(ctx, func(tx *store.Tx) error { return tx.TouchSession(hash, tx.Now(), tx.Now().Add(sessionIdle)) })
	}
	return in, err
}

// ActorByLogin returns the actor of a login name: for commands that an operator
// runs on the machine itself.
func (s *Service) ActorByLogin(ctx context.Context, login string) (org.Actor, error) {
	var a org.Actor
	err := s.db.View(ctx, func(tx *store.Tx) error {
		acc, err := tx.AccountByLogin(login)
		if err != nil {
			return err
		}
		a, err = tx.Actor(acc.ID)
		return err
	})
	return a, err
}

// Todos returns what is on the actor's desk, most urgent first.
func (s *Service) Todos(ctx context.Context, a org.Actor) ([]work.Todo, error) {
	roles := make([]string, len(a.Roles))
	for i, r := range a.Roles {
		roles[i] = string(r)
	}
	var todos []work.Todo
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		todos, err = tx.OpenTodos(roles, append([]string{a.UnitID}, a.Manages...), openTodosMax)
		return err
	})
	return todos, err
}
