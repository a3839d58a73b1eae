package store

import (
	"time"

	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
)

// Account is a person together with what signing in needs. The password is an
// argon2id hash in PHC form.
type Account struct {
	org.Person
	Password    string
	Failures    int
	LockedUntil time.Time
	// MustChange says that somebody else has set the password.
	MustChange bool
	SignedInAt time.Time // last time; zero if never
}

const personColumns = `id, login, name, unit_id, office_id, phone, roles, disabled, version, password, failures, locked_until, must_change, signed_in_at`

func scanAccount(s Scanner) (Account, error) {
	var a Account
	var roles string
	var locked, signedIn int64
	err := s.Scan(&a.ID, &a.Login, &a.Name, &a.UnitID, &a.OfficeID, &a.Phone, &roles, &a.Disabled, &a.Version, &a.Password, &a.Failures, &locked, &a.MustChange, &signedIn)
	a.Roles = splitRoles(roles)
	if locked > 0 {
		a.LockedUntil = FromMillis(locked)
	}
	if signedIn > 0 {
		a.SignedInAt = FromMillis(signedIn)
	}
	return a, err
}

// InsertPerson stores a new person with a password hash.
func (tx *Tx) InsertPerson(p *org.Person, password string) error {
	if p.ID == "" {
		p.ID = NewID()
	}
	p.Version = 1
	_, err := tx.Exec(`INSERT INTO person (id, login, name, unit_id, office_id, phone, roles, disabled, version, password)
		VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10)`,
		p.ID, p.Login, p.Name, p.UnitID, p.OfficeID, p.Phone, joinRoles(p.Roles), boolInt(p.Disabled), p.Version, password)
	return err
}

// UpdatePerson writes p if nobody else has changed it since it was read.
func (tx *Tx) UpdatePerson(p *org.Person) error {
	err := tx.ExecOne(`UPDATE person SET name=$3, unit_id=$4, office_id=$5, phone=$6, roles=$7, disabled=$8, version=version+1 WHERE id=$1 AND version=$2`,
		p.ID, p.Version, p.Name, p.UnitID, p.OfficeID, p.Phone, joinRoles(p.Roles), boolInt(p.Disabled))
	if err == nil {
		p.Version++
	}
	return err
}

// SetPassword replaces a person's password hash and lifts a lock. mustChange
// says that somebody else has set it.
func (tx *Tx) SetPassword(personID, password string, mustChange bool) error {
	return tx.ExecOne(`UPDATE person SET password=$2, must_change=$3, failures=0, locked_until=0, version=version+1 WHERE id=$1`,
		personID, password, boolInt(mustChange))
}

// AccountByLogin returns the account of a login name, or NotFound.
func (tx *Tx) AccountByLogin(login string) (Account, error) {
	return One(tx, scanAccount, `SELECT `+personColumns+` FROM person WHERE login=$1`, login)
}

// AccountByID returns the account of a person, or NotFound.
func (tx *Tx) AccountByID(id string) (Account, error) {
	return One(tx, scanAccount, `SELECT `+personColumns+` FROM person WHERE id=$1`, id)
}

// People returns the accounts of a unit, or all if unitID is empty, without
// their passwords.
func (tx *Tx) People(unitID string) ([]Account, error) {
	return Query(tx, func(s Scanner) (Account, error) {
		a, err := scanAccount(s)
		a.Password = ""
		return a, err
	}, `SELECT `+personColumns+` FROM person WHERE ($1 = '' OR unit_id = $1) ORDER BY login`, unitID)
}

// HasPeople reports whether there is any account.
func (tx *Tx) HasPeople() (bool, error) {
	return One(tx, func(s Scanner) (some bool, err error) { return some, s.Scan(&some) }, `SELECT EXISTS (SELECT 1 FROM person)`)
}

// NoteSignIn records how an attempt to sign in ended: the failures in a row and
// until when the account is locked (zero if it is not).
func (tx *Tx) NoteSignIn(personID string, failures int, lockedUntil time.Time) error {
	var locked int64
	if !lockedUntil.IsZero() {
		locked = Millis(lockedUntil)
	}
	return tx.ExecOne(`UPDATE person SET failures=$2, locked_until=$3 WHERE id=$1`, personID, failures, locked)
}

// NoteSignedIn records that somebody has signed in.
func (tx *Tx) NoteSignedIn(personID string) error {
	return tx.ExecOne(`UPDATE person SET failures=0, locked_until=0, signed_in_at=$2 WHERE id=$1`, personID, Millis(tx.Now()))
}

// Session is a signed-in browser. Only the hash of its token is stored.
type Session struct {
	TokenHash string
	PersonID  string
	FormToken string
	CreatedAt time.Time
	SeenAt    time.Time
	ExpiresAt time.Time
}

// InsertSession stores a session and removes those that have expired.
func (tx *Tx) InsertSession(s *Session) error {
	if _, err := tx.Exec(`DELETE FROM session WHERE expires_at < $1`, Millis(tx.Now())); err != nil {
		return err
	}
	_, err := tx.Exec(`INSERT INTO session (token_hash, person_id, form_token, created_at, seen_at, expires_at) VALUES ($1,$2,$3,$4,$5,$6)`,
		s.TokenHash, s.PersonID, s.FormToken, Millis(s.CreatedAt), Millis(s.SeenAt), Millis(s.ExpiresAt))
	return err
}

// SessionByToken returns a session by the hash of its token, or NotFound.
func (tx *Tx) SessionByToken(hash string) (Session, error) {
	return One(tx, scanSession, `SELECT `+sessionColumns+` FROM session WHERE token_hash=$1`, hash)
}

const sessionColumns = `token_hash, person_id, form_token, created_at, seen_at, expires_at`

func scanSession(r Scanner) (Session, error) {
	var s Session
	var created, seen, expires int64
	err := r.Scan(&s.TokenHash, &s.PersonID, &s.FormToken, &created, &seen, &expires)
	s.CreatedAt, s.SeenAt, s.ExpiresAt = FromMillis(created), FromMillis(seen), FromMillis(expires)
	return s, err
}

// TouchSession moves the end of a session that is in use.
func (tx *Tx) TouchSession(hash string, seen, expires time.Time) error {
	_, err := tx.Exec(`UPDATE session SET seen_at=$2, expires_at=$3 WHERE token_hash=$1`, hash, Millis(seen), Millis(expires))
	return err
}

// DeleteSession ends one session; ending it twice is no error.
func (tx *Tx) DeleteSession(hash string) error {
	_, err := tx.Exec(`DELETE FROM session WHERE token_hash=$1`, hash)
	return err
}

// DeleteSessionsOf ends every session of a person but the one that is kept
// (empty: none).
func (tx *Tx) DeleteSessionsOf(personID, keep string) error {
	_, err := tx.Exec(`DELETE FROM session WHERE person_id=$1 AND token_hash<>$2`, personID, keep)
	return err
}

// SessionsOf returns the sessions of a person that have not expired, the one
// used last first.
func (tx *Tx) SessionsOf(personID string) ([]Session, error) {
	return Query(tx, scanSession, `SELECT `+sessionColumns+` FROM session WHERE person_id=$1 AND expires_at>=$2 ORDER BY seen_at DESC`, personID, Millis(tx.Now()))
}

// Actor builds the actor of a person: roles, unit, and the units it is in charge
// of. A disabled account is Unauthorized.
func (tx *Tx) Actor(personID string) (org.Actor, error) {
	a, err := tx.AccountByID(personID)
	if err != nil {
		return org.Actor{}, err
	}
	return tx.ActorOf(a)
}

// ActorOf is Actor for an account that was read already.
func (tx *Tx) ActorOf(a Account) (org.Actor, error) {
	if a.Disabled {
		return org.Actor{}, fault.New(fault.Unauthorized, "该账号已停用，请联系系统管理员。")
	}
	u, err := tx.Unit(a.UnitID)
	if err != nil {
		return org.Actor{}, err
	}
	managed, err := tx.ManagedUnits(a.UnitID)
	if err != nil {
		return org.Actor{}, err
	}
	return org.Actor{ID: a.ID, Name: a.Name, UnitID: u.ID, UnitName: u.Name, Roles: a.Roles, Manages: managed}, nil
}

// Meta returns a setting of the installation, "" if it was never set.
func (tx *Tx) Meta(key string) (string, error) {
	v, err := One(tx, func(s Scanner) (string, error) {
		var v string
		err := s.Scan(&v)
		return v, err
	}, `SELECT value FROM meta WHERE key=$1`, key)
	if fault.Is(err, fault.NotFound) {
		return "", nil
	}
	return v, err
}

// SetMeta stores a setting of the installation.
func (tx *Tx) SetMeta(key, value string) error {
	_, err := tx.Exec(`INSERT INTO meta (key, value) VALUES ($1,$2) ON CONFLICT (key) DO UPDATE SET value=excluded.value`, key, value)
	return err
}
