package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/publication"
)

const adjustmentColumns = `a.number, a.op, a.unit_id, u.name, a.cause, a.basis, a.cause_on, a.effective, a.until, a.reason, a.track, a.why, a.by_office, a.late, a.due,
	a.filed_id, a.filed_name, a.filed_at, a.confirmed_id, a.confirmed_name, a.confirmed_at, a.decided_id, a.decided_name, a.decided_at, a.approved_id, a.approved_name, a.approved_at`

const adjustmentFrom = ` FROM adjustment a JOIN batch b ON b.id=a.batch_id JOIN unit u ON u.id=a.unit_id `

// hands are the people on the file, in the order of the columns.
func hands(a *publication.Adjustment) []*publication.Hand {
	return []*publication.Hand{&a.Filed, &a.Confirmed, &a.Decided, &a.Approved}
}

// scanAdjustment reads a batch with its application, without items.
func scanAdjustment(s Scanner) (publication.Batch, error) {
	a := &publication.Adjustment{}
	var why, causeOn, effective, until, due string
	var at [4]int64
	dest := []any{&a.Number, &a.Op, &a.UnitID, &a.UnitName, &a.Cause, &a.Basis, &causeOn, &effective, &until, &a.Reason, &a.Track, &why, &a.ByOffice, &a.Late, &due}
	for i, h := range hands(a) {
		dest = append(dest, &h.ID, &h.Name, &at[i])
	}
	b, err := scanBatch(rest{s, dest})
	if err != nil {
		return b, err
	}
	for i, h := range hands(a) {
		if at[i] > 0 {
			h.At = FromMillis(at[i])
		}
	}
	b.Adjustment = a
	return b, errors.Join(parseDate(causeOn, &a.CauseOn), parseDate(effective, &a.Effective), parseDate(until, &a.Until), parseDate(due, &a.Due),
		json.Unmarshal([]byte(why), &a.Why))
}

// rest scans further columns after those that the caller asks for.
type rest struct {
	Scanner
	more []any
}

func (r rest) Scan(dest ...any) error { return r.Scanner.Scan(append(dest, r.more...)...) }

// values are the columns after batch_id, number and op to be written.
func adjustmentValues(a *publication.Adjustment) ([]any, error) {
	why, err := json.Marshal(a.Why)
	if a.Why == nil {
		why = []byte("[]")
	}
	out := []any{string(a.Op), a.Cause, a.Basis, dateText(a.CauseOn), dateText(a.Effective), dateText(a.Until), a.Reason, string(a.Track), string(why),
		boolInt(a.ByOffice), boolInt(a.Late), dateText(a.Due)}
	for _, h := range hands(a) {
		at := int64(0)
		if !h.At.IsZero() {
			at = Millis(h.At)
		}
		out = append(out, h.ID, h.Name, at)
	}
	return out, err
}

// InsertAdjustment stores a new adjustment: its batch, the application with the
// next number of the year, and what its items are to become.
func (tx *Tx) InsertAdjustment(b *publication.Batch) error {
	a := b.Adjustment
	b.Kind = publication.KindAdjustment
	if err := tx.InsertBatch(b); err != nil {
		return err
	}
	// The number is unique: of two that race, Update runs the later one again.
	n, err := One(tx, scanInt, `SELECT count(*) + 1 FROM adjustment`)
	if err != nil {
		return err
	}
	a.Number = fmt.Sprintf("调整%04d-%04d", calendar.DateOf(tx.Now()).Year(), n)
	values, err := adjustmentValues(a)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(`INSERT INTO adjustment (batch_id, number, unit_id, op, cause, basis, cause_on, effective, until, reason, track, why, by_office, late, due,
		filed_id, filed_name, filed_at, confirmed_id, confirmed_name, confirmed_at, decided_id, decided_name, decided_at, approved_id, approved_name, approved_at)
		VALUES `+marks(1, 27), append([]any{b.ID, a.Number, a.UnitID}, values...)...); err != nil {
		return err
	}
	return tx.SaveAdjustedItems(b.ID, a.Items)
}

// UpdateAdjustment writes batch and application if nobody else has changed them.
func (tx *Tx) UpdateAdjustment(b *publication.Batch) error {
	if err := tx.UpdateBatch(b); err != nil {
		return err
	}
	values, err := adjustmentValues(b.Adjustment)
	if err != nil {
		return err
	}
	return tx.ExecOne(`UPDATE adjustment SET op=$2, cause=$3, basis=$4, cause_on=$5, effective=$6, until=$7, reason=$8, track=$9, why=$10, by_office=$11, late=$12, due=$13,
		filed_id=$14, filed_name=$15, filed_at=$16, confirmed_id=$17, confirmed_name=$18, confirmed_at=$19, decided_id=$20, decided_name=$21, decided_at=$22,
		approved_id=$23, approved_name=$24, approved_at=$25 WHERE batch_id=$1`, append([]any{b.ID}, values...)...)
}

// SaveAdjustedItems replaces what the items of an adjustment are to become; what
// was frozen is written with it.
func (tx *Tx) SaveAdjustedItems(batchID string, items []publication.AdjustedItem) error {
	if _, err := tx.Exec(`DELETE FROM adjustment_item WHERE batch_id=$1`, batchID); err != nil {
		return err
	}
	const columns = 14
	for from := 0; from < len(items); from += 20 {
		var rows []any
		for i := from; i < min(from+20, len(items)); i++ {
			it := &items[i]
			next, err := json.Marshal(append([]string{}, it.Next...))
			if err != nil {
				return err
			}
			rows = append(rows, batchID, it.ItemID, i, string(it.Side), string(next), boolInt(it.Made), string(it.From),
				it.Name, it.Code, it.Type, it.Visits, it.Class, string(it.Doc), it.DocHash)
		}
		if _, err := tx.Exec(`INSERT INTO adjustment_item (batch_id, item_id, position, side, next, made, from_state, name, code, type, visits, class, doc, doc_hash)
			VALUES `+marks(len(rows)/columns, columns), rows...); err != nil {
			return err
		}
	}
	return nil
}

// ThawAdjustedItems forgets what was frozen, when an adjustment goes back to be
// drawn up again.
func (tx *Tx) ThawAdjustedItems(batchID string) error {
	_, err := tx.Exec(`UPDATE adjustment_item SET from_state='', name='', code='', type='', visits=0, class='', doc='', doc_hash='' WHERE batch_id=$1`, batchID)
	return err
}

// Adjustment returns an adjustment with its items; documents only if docs is
// set. What is not frozen yet is shown as it stands: a subject as it is
// published, a content as its working copy.
func (tx *Tx) Adjustment(id string, docs bool) (publication.Batch, error) {
	b, err := One(tx, scanAdjustment, `SELECT `+batchPrefixed+`, `+adjustmentColumns+adjustmentFrom+`WHERE a.batch_id=$1`, id)
	if err != nil {
		return b, err
	}
	doc := `'', '', ''`
	if docs {
		doc = `ai.doc, i.doc, coalesce(r.doc, '')`
	}
	b.Adjustment.Items, err = Query(tx, scanAdjustedItem, `SELECT ai.item_id, ai.side, ai.next, ai.made, ai.from_state, i.state, i.unit_id, u.name, u.kind,
		ai.name, ai.code, ai.type, ai.visits, ai.class, ai.doc_hash,
		i.name, i.code, i.type, i.visits, i.class, i.doc_hash,
		coalesce(r.name, ''), coalesce(r.code, ''), coalesce(r.type, ''), coalesce(r.visits, -1), coalesce(r.class, ''), coalesce(r.doc_hash, ''), coalesce(r.standing, ''), `+doc+`
		FROM adjustment_item ai JOIN item i ON i.id=ai.item_id JOIN unit u ON u.id=i.unit_id
		LEFT JOIN release_log l ON l.batch_id=ai.batch_id
		LEFT JOIN release_item r ON r.item_id=ai.item_id AND r.replaced_by=coalesce(l.seq, 0)
		WHERE ai.batch_id=$1 ORDER BY ai.position`, id)
	return b, err
}

func scanAdjustedItem(s Scanner) (publication.AdjustedItem, error) {
	var it publication.AdjustedItem
	type form struct {
		name, code, kind, class, hash, doc string
		visits                             int
	}
	var frozen, work, public form
	var next, standing string
	var kind org.UnitKind
	if err := s.Scan(&it.ItemID, &it.Side, &next, &it.Made, &it.From, &it.State, &it.UnitID, &it.UnitName, &kind,
		&frozen.name, &frozen.code, &frozen.kind, &frozen.visits, &frozen.class, &frozen.hash,
		&work.name, &work.code, &work.kind, &work.visits, &work.class, &work.hash,
		&public.name, &public.code, &public.kind, &public.visits, &public.class, &public.hash, &standing, &frozen.doc, &work.doc, &public.doc); err != nil {
		return it, err
	}
	it.UnitKind = kind
	show := work
	switch {
	case frozen.hash != "":
		show = frozen
	case it.Side == publication.Subject && standing != "":
		show = public
	}
	it.Name, it.Code, it.Type, it.Visits, it.Class, it.DocHash, it.Doc = show.name, show.code, show.kind, show.visits, show.class, show.hash, []byte(show.doc)
	if standing != "" {
		it.Was = &publication.Former{Standing: publication.Standing(standing), Visits: public.visits, DocHash: public.hash, Doc: []byte(public.doc)}
	}
	return it, json.Unmarshal([]byte(next), &it.Next)
}

// AdjustmentFilter selects adjustments. Empty fields select all.
type AdjustmentFilter struct {
	Units  []string // of the applicant, or of an item
	States []publication.BatchState
	Op     publication.Op
	Item   string
	Order  Order  // unit, op, due, state; else newest first
	After  string // ID of the last one of the page before
	Before string // ID of the first one of the page after; pages backwards
	Limit  int
}

var adjustmentSorting = sorting{from: strings.TrimPrefix(strings.TrimSpace(adjustmentFrom), "FROM "), id: "a.batch_id", desc: true,
	by: map[string]string{"unit": "a.unit_id", "op": "a.op", "due": "a.due", "state": "b.state"}}

// Adjustments returns a page of adjustments without their items.
func (tx *Tx) Adjustments(f AdjustmentFilter) ([]publication.Batch, error) {
	conds, args, list := []string{"1=1"}, []any{}, ""
	if len(f.Units) > 0 {
		list, args = inList(args, f.Units)
		conds = append(conds, `(a.unit_id`+list+` OR EXISTS (SELECT 1 FROM adjustment_item ai JOIN item i ON i.id=ai.item_id WHERE ai.batch_id=a.batch_id AND i.unit_id`+list+`))`)
	}
	if len(f.States) > 0 {
		states := make([]string, len(f.States))
		for i, s := range f.States {
			states[i] = string(s)
		}
		list, args = inList(args, states)
		conds = append(conds, "b.state"+list)
	}
	if f.Op != "" {
		list, args = inList(args, []string{string(f.Op)})
		conds = append(conds, "a.op"+list)
	}
	if f.Item != "" {
		list, args = inList(args, []string{f.Item})
		conds = append(conds, `EXISTS (SELECT 1 FROM adjustment_item ai WHERE ai.batch_id=a.batch_id AND ai.item_id`+list+`)`)
	}
	p, err := tx.page(adjustmentSorting, f.Order, f.After, f.Before, args)
	if err != nil {
		return nil, err
	}
	if f.Limit <= 0 {
		f.Limit = 50
	}
	args = append(p.args, f.Limit)
	out, err := Query(tx, scanAdjustment, `SELECT `+batchPrefixed+`, `+adjustmentColumns+adjustmentFrom+`WHERE `+strings.Join(conds, " AND ")+p.cond+p.order+
		fmt.Sprintf(` LIMIT $%d`, len(args)), args...)
	if p.backwards {
		slices.Reverse(out)
	}
	return out, err
}

// Neighbours returns the published items of some IDs, as successors.
func (tx *Tx) Neighbours(ids []string) (map[string]publication.Neighbour, error) {
	out := map[string]publication.Neighbour{}
	for len(ids) > 0 {
		n := min(200, len(ids))
		args := make([]any, n)
		for i, id := range ids[:n] {
			args[i] = id
		}
		got, err := Query(tx, func(s Scanner) (publication.Neighbour, error) {
			var x publication.Neighbour
			err := s.Scan(&x.ItemID, &x.Code, &x.Name, &x.UnitID, &x.UnitName, &x.UnitKind, &x.Standing)
			return x, err
		}, `SELECT r.item_id, r.code, r.name, r.unit_id, r.unit_name, u.kind, r.standing FROM release_item r JOIN unit u ON u.id=r.unit_id
			WHERE r.replaced_by=0 AND r.item_id IN (VALUES `+marks(n, 1)+`)`, args...)
		if err != nil {
			return nil, err
		}
		for _, x := range got {
			out[x.ItemID] = x
		}
		ids = ids[n:]
	}
	return out, nil
}

// FindPublished finds published items by a part of their name or the beginning
// of their code, of one unit or of all.
func (tx *Tx) FindPublished(text, unitID string, limit int) ([]publication.Neighbour, error) {
	args := []any{"%" + likeEscape(text) + "%", likeEscape(text) + "%", string(publication.StandingPublished), limit}
	cond := ""
	if unitID != "" {
		args = append(args, unitID)
		cond = " AND r.unit_id=$5"
	}
	return Query(tx, func(s Scanner) (publication.Neighbour, error) {
		var x publication.Neighbour
		err := s.Scan(&x.ItemID, &x.Code, &x.Name, &x.UnitID, &x.UnitName, &x.UnitKind, &x.Standing)
		return x, err
	}, `SELECT r.item_id, r.code, r.name, r.unit_id, r.unit_name, u.kind, r.standing FROM release_item r JOIN unit u ON u.id=r.unit_id
		WHERE r.replaced_by=0 AND r.standing=$3 AND (r.name LIKE $1 ESCAPE '!' OR r.code LIKE $2 ESCAPE '!')`+cond+` ORDER BY r.name, r.item_id LIMIT $4`, args...)
}

// DueBatches returns the IDs of the batches and adjustments that are approved and
// whose set instant has come.
func (tx *Tx) DueBatches() ([]string, error) {
	return Query(tx, scanText, `SELECT id FROM batch WHERE state=$1 AND publish_at>0 AND publish_at<=$2 ORDER BY publish_at, id`,
		string(publication.Sanctioned), Millis(tx.Now()))
}
