package store_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/publication"
	"onevisit/internal/infra/sign"
	"onevisit/internal/infra/store"
)

// publishedTables hold what is published and what bears witness to it, with the
// columns that tell their rows apart, and those that nobody outside is told: the
// audit trail bears witness to them.
var publishedTables = []struct{ name, key, inside string }{
	{"release_log", "seq", "by_name"},
	{"release_item", "release_seq item_id", ""},
	{"log_leaf", "idx", ""},
	{"log_hash", "idx", ""},
	{"log_head", "size", ""},
	{"log_tree", "id", ""},
	{"signing_key", "id", "created_by revoked_by version"},
	{"commitment_signature", "submission_id", "by_id by_name"},
}

// Whoever changes a single byte of any column of any published row is found.
func TestEveryPublishedByteIsWatched(t *testing.T) {
	runSigned(t, func(t *testing.T, db *store.DB, ring *sign.Ring) {
		p, ctx := newPublisher(t, db), t.Context()
		p.key(ring, publication.SM2, "")
		p.key(ring, publication.Ed25519, "")
		p.release("甲", "乙")
		unit := p.key(ring, publication.Ed25519, p.unit.ID)
		p.update(func(tx *store.Tx) error { return signCommitment(tx, p, ring, unit) })
		p.release("乙", "丙")
		p.update(func(tx *store.Tx) error {
			k, err := tx.SigningKey(unit.ID)
			if err != nil {
				return err
			}
			k.Revoked = &publication.Revocation{Kind: publication.Retired, Reason: "期满", At: tx.Now().Truncate(time.Second), By: "张三"}
			return tx.RevokeKey(&k)
		})
		if err := db.Update(ctx, sound); err != nil {
			t.Fatalf("nothing changed: %v", err)
		}
		random := rand.New(rand.NewPCG(4, 2018))
		undo := errors.New("undo")
		tried, refused := 0, 0
		for _, table := range publishedTables {
			columns := columnsOf(t, db, table.name)
			keys := strings.Fields(table.key)
			rows := rowsOf(t, db, table.name, columns)
			if len(rows) == 0 {
				t.Errorf("%s is empty", table.name)
			}
			for _, row := range rows {
				for i, column := range columns {
					if strings.Contains(" "+table.inside+" ", " "+column.name+" ") {
						continue
					}
					bad := flipped(random, row[i], column.number)
					where := make([]string, len(keys))
					args := []any{column.value(bad)}
					for k, key := range keys {
						for c := range columns {
							if columns[c].name == key {
								args = append(args, columns[c].value(row[c]))
							}
						}
						where[k] = fmt.Sprintf("%s=$%d", key, k+2)
					}
					var found error
					err := db.Update(ctx, func(tx *store.Tx) error {
						n, err := tx.Exec(`UPDATE `+table.name+` SET `+column.name+`=$1 WHERE `+strings.Join(where, " AND "), args...)
						if err != nil {
							return err
						}
						if n != 1 {
							t.Fatalf("%s.%s: %d rows", table.name, column.name, n)
						}
						found = sound(tx)
						return undo
					})
					if !errors.Is(err, undo) {
						refused++ // a key of another table, or twice the same: the database itself refuses
						continue
					}
					if tried++; found == nil {
						t.Errorf("%s.%s of %v: %q became %q and nobody sees it", table.name, column.name, args[1:], row[i], bad)
					} else if fault.KindOf(found) == fault.Internal {
						t.Errorf("%s.%s: not for people: %v", table.name, column.name, found)
					}
				}
			}
		}
		t.Logf("%d changes tried, %d refused by the database", tried, refused)
	})
}

// signCommitment hands in a package and signs its commitment.
func signCommitment(tx *store.Tx, p *publisher, ring *sign.Ring, k *publication.Key) error {
	sub := publication.Submission{PlanID: p.plan.ID, UnitID: p.unit.ID, Kind: publication.Package, Number: "报送2018-0001", At: tx.Now(),
		Commitment: &publication.Commitment{Signatory: "李四", Title: "局长", SignedOn: calendar.DateOf(tx.Now()), Text: "承诺"}}
	if err := tx.InsertSubmission(&sub); err != nil {
		return err
	}
	at := tx.Now().Truncate(time.Second)
	text, err := publication.StatementOf(&sub, p.plan.Title, at)
	if err != nil {
		return err
	}
	value, err := ring.Sign(k, "", text)
	if err != nil {
		return err
	}
	return tx.InsertCommitment(&publication.SignedCommitment{SubmissionID: sub.ID, Number: sub.Number, UnitID: p.unit.ID, Text: text, Key: *k,
		Signature: publication.Signature{Key: k.ID, Algorithm: k.Algorithm, At: at, Value: value}, ByID: "p1", ByName: "李四"})
}

// sound checks what is published as doctor does.
func sound(tx *store.Tx) error {
	releases, err := tx.Releases()
	if err != nil {
		return err
	}
	prev := ""
	for i := len(releases) - 1; i >= 0; i-- {
		r := &releases[i]
		items, err := tx.ReleaseItems(r.Seq, true)
		if err != nil {
			return err
		}
		for _, it := range items {
			r.Items = append(r.Items, it.ReleaseItem)
		}
		if err := publication.VerifyRelease(r, prev); err != nil {
			return err
		}
		prev = r.Hash
	}
	_, err = tx.VerifyLog(openHead)
	return err
}

type tableColumn struct {
	name   string
	number bool
}

// value is a cell's text as the database wants it.
func (c tableColumn) value(text string) any {
	if !c.number {
		return text
	}
	var n int64
	_, _ = fmt.Sscan(text, &n) // it was read from a number
	return n
}

func columnsOf(t *testing.T, db *store.DB, table string) (out []tableColumn) {
	t.Helper()
	q := `SELECT name, lower(type) FROM pragma_table_info('` + table + `') ORDER BY cid`
	if db.Dialect() != "sqlite" {
		q = `SELECT column_name, data_type FROM information_schema.columns WHERE table_name='` + table + `' ORDER BY ordinal_position`
	}
	view(t, db, func(tx *store.Tx) (err error) {
		out, err = store.Query(tx, func(s store.Scanner) (c tableColumn, err error) {
			var kind string
			err = s.Scan(&c.name, &kind)
			c.number = kind == "bigint"
			return c, err
		}, q)
		return err
	})
	return out
}

func rowsOf(t *testing.T, db *store.DB, table string, columns []tableColumn) (out [][]string) {
	t.Helper()
	var list []string
	for _, c := range columns {
		list = append(list, "CAST("+c.name+" AS TEXT)")
	}
	view(t, db, func(tx *store.Tx) (err error) {
		out, err = store.Query(tx, func(s store.Scanner) ([]string, error) {
			row := make([]string, len(columns))
			dest := make([]any, len(columns))
			for i := range row {
				dest[i] = &row[i]
			}
			return row, s.Scan(dest...)
		}, `SELECT `+strings.Join(list, ", ")+` FROM `+table)
		return err
	})
	return out
}

func view(t *testing.T, db *store.DB, fn func(*store.Tx) error) {
	t.Helper()
	if err := db.View(context.Background(), fn); err != nil {
		t.Fatal(err)
	}
}

// flipped is a text with one character changed, or a number with one bit.
func flipped(r *rand.Rand, text string, number bool) string {
	if number {
		var n int64
		_, _ = fmt.Sscan(text, &n)
		return fmt.Sprint(n ^ 1<<r.IntN(12))
	}
	if text == "" {
		return "x"
	}
	runes := []rune(text)
	at := r.IntN(len(runes))
	if runes[at]++; runes[at] == '\\' || runes[at] == '"' {
		runes[at]++
	}
	return string(runes)
}
