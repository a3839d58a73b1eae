package store

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"onevisit/internal/domain/publication"
)

// Item is the working copy of a service item as it is stored. Doc is its
// canonical JSON; the columns beside it are what lists filter and count by.
type Item struct {
	ID, UnitID, Identity  string
	Name, Variant         string
	Code, BasicCode, Type string
	State                 publication.State
	Doc                   []byte
	DocHash               string
	Visits                int // computed; -1 if the process cannot be read
	Class, StatedClass    string
	Errors, Warnings      int
	Advices               int
	Findings              []byte // JSON
	SubmissionID          string
	ReleaseSeq            int64 // the release that shows it to the public, 0 if none
	UpdatedAt             time.Time
	UpdatedBy             string
	Version               int64
}

const itemHead = `id, unit_id, identity, name, variant, code, basic_code, type, state, doc_hash, visits, class, stated_class,
	errors, warnings, advices, submission_id, release_seq, updated_at, updated_by, version`

const itemColumns = itemHead + `, doc, findings`

func (it *Item) head(updated *int64) []any {
	return []any{&it.ID, &it.UnitID, &it.Identity, &it.Name, &it.Variant, &it.Code, &it.BasicCode, &it.Type, &it.State, &it.DocHash,
		&it.Visits, &it.Class, &it.StatedClass, &it.Errors, &it.Warnings, &it.Advices, &it.SubmissionID, &it.ReleaseSeq, updated, &it.UpdatedBy, &it.Version}
}

func scanItemHead(s Scanner) (Item, error) {
	var it Item
	var updated int64
	err := s.Scan(it.head(&updated)...)
	it.UpdatedAt = FromMillis(updated)
	return it, err
}

func scanItem(s Scanner) (Item, error) {
	var it Item
	var updated int64
	var doc, findings string
	err := s.Scan(append(it.head(&updated), &doc, &findings)...)
	it.UpdatedAt, it.Doc, it.Findings = FromMillis(updated), []byte(doc), []byte(findings)
	return it, err
}

// Item returns a working copy by ID, or NotFound.
func (tx *Tx) Item(id string) (Item, error) {
	return One(tx, scanItem, `SELECT `+itemColumns+` FROM item WHERE id=$1`, id)
}

// InsertItem stores a new working copy.
func (tx *Tx) InsertItem(it *Item) error {
	if it.ID == "" {
		it.ID = NewID()
	}
	it.Version, it.UpdatedAt = 1, tx.Now()
	_, err := tx.Exec(`INSERT INTO item (`+itemColumns+`) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19,$20,$21,$22,$23)`,
		it.ID, it.UnitID, it.Identity, it.Name, it.Variant, it.Code, it.BasicCode, it.Type, string(it.State), it.DocHash,
		it.Visits, it.Class, it.StatedClass, it.Errors, it.Warnings, it.Advices, it.SubmissionID, it.ReleaseSeq, Millis(it.UpdatedAt), it.UpdatedBy, it.Version,
		string(it.Doc), string(it.Findings))
	return err
}

// UpdateItem writes the whole working copy if nobody else has changed it since
// it was read, else Conflict. A document that is replaced stays in the item's
// history, with what was done in the words of the change.
func (tx *Tx) UpdateItem(it *Item, change string) error {
	it.UpdatedAt = tx.Now()
	if err := tx.keepVersion(it, change); err != nil {
		return err
	}
	err := tx.ExecOne(`UPDATE item SET identity=$3, name=$4, variant=$5, code=$6, basic_code=$7, type=$8, state=$9, doc_hash=$10, visits=$11, class=$12,
		stated_class=$13, errors=$14, warnings=$15, advices=$16, submission_id=$17, release_seq=$18, updated_at=$19, updated_by=$20, doc=$21, findings=$22,
		version=version+1 WHERE id=$1 AND version=$2`,
		it.ID, it.Version, it.Identity, it.Name, it.Variant, it.Code, it.BasicCode, it.Type, string(it.State), it.DocHash, it.Visits, it.Class,
		it.StatedClass, it.Errors, it.Warnings, it.Advices, it.SubmissionID, it.ReleaseSeq, Millis(it.UpdatedAt), it.UpdatedBy, string(it.Doc), string(it.Findings))
	if err == nil {
		it.Version++
	}
	return err
}

// MoveItem changes only the state of a working copy that still stands at the
// given version, else Conflict.
func (tx *Tx) MoveItem(id string, version int64, to publication.State, submissionID string) error {
	return tx.ExecOne(`UPDATE item SET state=$3, submission_id=$4, updated_at=$5, version=version+1 WHERE id=$1 AND version=$2`,
		id, version, string(to), submissionID, Millis(tx.Now()))
}

// ItemFilter selects working copies. Empty fields select all; but what was
// cancelled is no longer among a unit's items and comes only by its ID or if its
// state is asked for.
type ItemFilter struct {
	IDs     []string
	Units   []string
	States  []publication.State
	Classes []string
	Type    string
	Text    string // part of the name, or the beginning of the code
	Faulty  *bool  // with or without an error
	Order   Order  // of Items: name, unit, visits, errors, state, updated
	After   string // ID of the last item of the page before
	Before  string // ID of the first item of the page after; pages backwards
	Limit   int
}

func (f ItemFilter) where() (string, []any) {
	var conds []string
	var args []any
	in := func(col string, values []string) {
		if len(values) == 0 {
			return
		}
		marks := make([]string, len(values))
		for i, v := range values {
			args = append(args, v)
			marks[i] = fmt.Sprintf("$%d", len(args))
		}
		conds = append(conds, col+" IN ("+strings.Join(marks, ",")+")")
	}
	in("id", f.IDs)
	in("unit_id", f.Units)
	states := make([]string, len(f.States))
	for i, s := range f.States {
		states[i] = string(s)
	}
	if len(states) == 0 && len(f.IDs) == 0 {
		args = append(args, string(publication.Cancelled))
		conds = append(conds, fmt.Sprintf("state <> $%d", len(args)))
	}
	in("state", states)
	in("class", f.Classes)
	if f.Type != "" {
		in("type", []string{f.Type})
	}
	if f.Text != "" {
		args = append(args, "%"+likeEscape(f.Text)+"%")
		conds = append(conds, fmt.Sprintf(`(name LIKE $%d ESCAPE '!' OR code LIKE $%d ESCAPE '!')`, len(args), len(args)))
	}
	if f.Faulty != nil {
		if *f.Faulty {
			conds = append(conds, "errors > 0")
		} else {
			conds = append(conds, "errors = 0")
		}
	}
	return strings.Join(conds, " AND "), args
}

func likeEscape(s string) string {
	return strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(s)
}

var itemSorting = sorting{from: "item", id: "id", by: map[string]string{"name": "name", "unit": "unit_id", "visits": "visits", "errors": "errors", "state": "state", "updated": "updated_at"}}

// Items returns a page of working copies without their documents, in the order
// of the filter, else of their IDs (the order in which they came in).
func (tx *Tx) Items(f ItemFilter) ([]Item, error) {
	where, args := f.where()
	p, err := tx.page(itemSorting, f.Order, f.After, f.Before, args)
	if err != nil {
		return nil, err
	}
	if f.Limit <= 0 {
		f.Limit = 50
	}
	args = append(p.args, f.Limit)
	if where == "" {
		where = "1=1"
	}
	items, err := Query(tx, scanItemHead, fmt.Sprintf(`SELECT %s FROM item WHERE %s%s LIMIT $%d`, itemHead, where+p.cond, p.order, len(args)), args...)
	if p.backwards {
		slices.Reverse(items)
	}
	return items, err
}

// ItemsWithDocs is Items with documents and findings, for work on whole units.
func (tx *Tx) ItemsWithDocs(f ItemFilter) ([]Item, error) {
	where, args := f.where()
	if f.After != "" {
		args = append(args, f.After)
		where += fmt.Sprintf(" AND id > $%d", len(args))
	}
	if f.Limit <= 0 {
		f.Limit = 500
	}
	args = append(args, f.Limit)
	return Query(tx, scanItem, fmt.Sprintf(`SELECT %s FROM item WHERE %s ORDER BY id LIMIT $%d`, itemColumns, where, len(args)), args...)
}

// ItemStamp tells whether a working copy is still the one that was read.
type ItemStamp struct {
	ID        string
	Version   int64
	UpdatedAt time.Time
}

// ItemsChanged lists the working copies that were changed at an instant or
// later, the oldest change first. A transaction may become visible after one
// with a later instant: ask again for some time before the last answer.
func (tx *Tx) ItemsChanged(since time.Time) ([]ItemStamp, error) {
	return Query(tx, func(s Scanner) (ItemStamp, error) {
		var it ItemStamp
		var at int64
		err := s.Scan(&it.ID, &it.Version, &at)
		it.UpdatedAt = FromMillis(at)
		return it, err
	}, `SELECT id, version, updated_at FROM item WHERE updated_at >= $1 ORDER BY updated_at, id`, Millis(since))
}

// CountItems counts the working copies that a filter selects.
func (tx *Tx) CountItems(f ItemFilter) (int, error) {
	where, args := f.where()
	return One(tx, func(s Scanner) (int, error) {
		var n int
		err := s.Scan(&n)
		return n, err
	}, `SELECT count(*) FROM item WHERE `+where, args...)
}

// ItemNames returns the names of working copies by ID.
func (tx *Tx) ItemNames(ids []string) (map[string]string, error) {
	names := make(map[string]string, len(ids))
	for len(ids) > 0 {
		n := min(500, len(ids))
		args := make([]any, n)
		for i, id := range ids[:n] {
			args[i] = id
		}
		got, err := Query(tx, func(s Scanner) ([2]string, error) {
			var p [2]string
			err := s.Scan(&p[0], &p[1])
			return p, err
		}, `SELECT id, name FROM item WHERE id IN (VALUES `+marks(n, 1)+`)`, args...)
		if err != nil {
			return nil, err
		}
		for _, p := range got {
			names[p[0]] = p[1]
		}
		ids = ids[n:]
	}
	return names, nil
}

// Tally is one cell of the county's figures: how many items of a unit stand in
// a state, with a computed class, with or without errors.
type Tally struct {
	UnitID string
	State  publication.State
	Class  string
	Faulty bool
	Visits int // 0, 1, or 2 for two and more; -1 unknown
	Count  int
}

// Tallies returns the figures of some units, or of the whole county.
func (tx *Tx) Tallies(units []string) ([]Tally, error) {
	where, args := ItemFilter{Units: units}.where()
	return Query(tx, func(s Scanner) (Tally, error) {
		var t Tally
		err := s.Scan(&t.UnitID, &t.State, &t.Class, &t.Faulty, &t.Visits, &t.Count)
		return t, err
	}, `SELECT unit_id, state, class, CASE WHEN errors > 0 THEN 1 ELSE 0 END AS faulty, CASE WHEN visits > 2 THEN 2 ELSE visits END AS v, count(*)
		FROM item WHERE `+where+` GROUP BY unit_id, state, class, faulty, v`, args...)
}

// CodeUse is another working copy that carries the same code.
type CodeUse struct{ ID, Unit, Name, Variant string }

// CodeUses returns the working copies other than exceptID that carry a code
// (rule K02), at most ten. A cancelled item has given its code up.
func (tx *Tx) CodeUses(code, exceptID string) ([]CodeUse, error) {
	return Query(tx, func(s Scanner) (CodeUse, error) {
		var u CodeUse
		err := s.Scan(&u.ID, &u.Unit, &u.Name, &u.Variant)
		return u, err
	}, `SELECT i.id, u.name, i.name, i.variant FROM item i JOIN unit u ON u.id=i.unit_id WHERE i.code=$1 AND i.id<>$2 AND i.state<>$3 ORDER BY i.id LIMIT 10`, code, exceptID, string(publication.Cancelled))
}
