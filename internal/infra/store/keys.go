package store

import (
	"encoding/base64"
	"maps"
	"slices"
	"strings"
	"time"

	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/publication"
)

const keyColumns = `id, algorithm, public, unit_id, owner, not_before, not_after, log_index, created_by, revoked_kind, revoked_reason, revoked_at, revoked_index, revoked_by, version`

func scanKey(s Scanner) (publication.Key, error) {
	var k publication.Key
	var r publication.Revocation
	var public string
	var from, to, at int64
	if err := s.Scan(&k.ID, &k.Algorithm, &public, &k.UnitID, &k.Owner, &from, &to, &k.Index, &k.CreatedBy, &r.Kind, &r.Reason, &at, &r.Index, &r.By, &k.Version); err != nil {
		return k, err
	}
	var err error
	if k.Public, err = base64.StdEncoding.DecodeString(public); err != nil {
		return k, fault.Conflictf("密钥 %s 的公钥已损坏。", k.ID)
	}
	k.NotBefore, k.NotAfter = FromMillis(from), FromMillis(to)
	if r.Kind != "" {
		r.At = FromMillis(at)
		k.Revoked = &r
	}
	return k, nil
}

// SigningKeys returns all public keys in the order of the log.
func (tx *Tx) SigningKeys() ([]publication.Key, error) {
	return Query(tx, scanKey, `SELECT `+keyColumns+` FROM signing_key ORDER BY log_index`)
}

// SigningKey returns a public key, or NotFound.
func (tx *Tx) SigningKey(id string) (publication.Key, error) {
	k, err := One(tx, scanKey, `SELECT `+keyColumns+` FROM signing_key WHERE id=$1`, id)
	if fault.Is(err, fault.NotFound) {
		return k, fault.NotFoundf("没有编号为“%s”的密钥。用 onevisit key list 可以列出。", id)
	}
	return k, err
}

// InsertKey registers a key, in the log as well.
func (tx *Tx) InsertKey(k *publication.Key) error {
	// Heads state their time to the second.
	k.NotBefore, k.NotAfter = k.NotBefore.UTC().Truncate(time.Second), k.NotAfter.UTC().Truncate(time.Second)
	if err := k.Check(); err != nil {
		return err
	}
	k.Version = 1
	// The row comes first, so that the head over its leaf bears its signature.
	if _, err := tx.Exec(`INSERT INTO signing_key (id, algorithm, public, unit_id, owner, not_before, not_after, log_index, created_by) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9)`,
		k.ID, string(k.Algorithm), base64.StdEncoding.EncodeToString(k.Public), k.UnitID, k.Owner, Millis(k.NotBefore), Millis(k.NotAfter), -1, k.CreatedBy); err != nil {
		return err
	}
	var err error
	if k.Index, err = tx.appendLog([]logEntry{{kind: publication.LeafKey, ref: k.ID, text: publication.LeafOfKey(k)}}); err != nil {
		return err
	}
	return tx.ExecOne(`UPDATE signing_key SET log_index=$2 WHERE id=$1`, k.ID, k.Index)
}

// RevokeKey ends a key that somebody else has not ended meanwhile, in the log as
// well. k.Revoked is set but for its Index.
func (tx *Tx) RevokeKey(k *publication.Key) error {
	r := k.Revoked
	if err := tx.ExecOne(`UPDATE signing_key SET revoked_kind=$3, revoked_reason=$4, revoked_at=$5, revoked_by=$6, version=version+1 WHERE id=$1 AND version=$2`,
		k.ID, k.Version, string(r.Kind), r.Reason, Millis(r.At), r.By); err != nil {
		return err
	}
	k.Version++
	var err error
	if r.Index, err = tx.appendLog([]logEntry{{kind: publication.LeafRevocation, ref: k.ID, text: publication.LeafOfRevocation(k)}}); err != nil {
		return err
	}
	return tx.ExecOne(`UPDATE signing_key SET revoked_index=$2 WHERE id=$1`, k.ID, r.Index)
}

// sortedKeys returns the keys of some maps, each once.
func sortedKeys[V any](ms ...map[string]V) []string {
	all := map[string]bool{}
	for _, m := range ms {
		for k := range m {
			all[k] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// KeyUse is how much a key has signed.
type KeyUse struct {
	Heads, Commitments int
	Last               time.Time // zero if it has signed nothing
}

// KeyUses returns what each key has signed, by key.
func (tx *Tx) KeyUses() (map[string]KeyUse, error) {
	out := map[string]KeyUse{}
	type row struct {
		keys     string
		n        int
		last     int64
		isSigned bool
	}
	rows, err := Query(tx, func(s Scanner) (row, error) {
		var r row
		err := s.Scan(&r.keys, &r.n, &r.last)
		return r, err
	}, `SELECT keys, count(*), max(at) FROM log_head GROUP BY keys`)
	if err != nil {
		return nil, err
	}
	signed, err := Query(tx, func(s Scanner) (row, error) {
		r := row{isSigned: true}
		err := s.Scan(&r.keys, &r.n, &r.last)
		return r, err
	}, `SELECT key_id, count(*), max(at) FROM commitment_signature GROUP BY key_id`)
	for _, r := range append(rows, signed...) {
		for _, id := range strings.Fields(r.keys) {
			u := out[id]
			if r.isSigned {
				u.Commitments += r.n
			} else {
				u.Heads += r.n
			}
			if at := FromMillis(r.last); at.After(u.Last) {
				u.Last = at
			}
			out[id] = u
		}
	}
	return out, err
}

// KeyHead is a head of the log that a key has signed, with what the log took in
// since the head before.
type KeyHead struct {
	Size, Prev int64
	At         time.Time
}

// KeyHeads returns a page of the heads that a key has signed, newest first;
// before is the size of the last of the page before, 0 for the first page.
func (tx *Tx) KeyHeads(id string, before int64, limit int) ([]KeyHead, error) {
	return Query(tx, func(s Scanner) (KeyHead, error) {
		var h KeyHead
		var at int64
		err := s.Scan(&h.Size, &h.Prev, &at)
		h.At = FromMillis(at)
		return h, err
	}, `SELECT h.size, coalesce((SELECT max(p.size) FROM log_head p WHERE p.size<h.size), 0), h.at FROM log_head h
		WHERE ' '||h.keys||' ' LIKE $1 AND ($2=0 OR h.size<$2) ORDER BY h.size DESC LIMIT $3`, "% "+id+" %", before, limit)
}

// LogSteps returns the leaves from one index up to another that are not items:
// what happened, without each item of a release.
func (tx *Tx) LogSteps(from, to int64) ([]publication.LoggedLeaf, error) {
	return Query(tx, scanLeaf, `SELECT idx, kind, text FROM log_leaf WHERE idx>=$1 AND idx<$2 AND kind<>'item' ORDER BY idx`, from, to)
}

// CommitmentsBy returns the commitments that a key has signed, newest first.
func (tx *Tx) CommitmentsBy(id string, limit int) ([]publication.SignedCommitment, error) {
	return Query(tx, scanCommitment, `SELECT `+commitmentColumns+`, `+keyOf+commitmentFrom+` WHERE c.key_id=$1 ORDER BY c.log_index DESC LIMIT $2`, id, limit)
}
