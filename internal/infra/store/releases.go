package store

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/publication"
)

const batchColumns = `id, plan_id, kind, no, title, state, doc_no, doc_date, approved_by, note, created_at, version, sent_by, publish_at`

// batchPrefixed are the same columns of a batch joined as b.
var batchPrefixed = "b." + strings.ReplaceAll(batchColumns, ", ", ", b.")

func scanBatch(s Scanner) (publication.Batch, error) {
	var b publication.Batch
	var date string
	var created, publishAt int64
	if err := s.Scan(&b.ID, &b.PlanID, &b.Kind, &b.No, &b.Title, &b.State, &b.DocNo, &date, &b.ApprovedBy, &b.Note, &created, &b.Version, &b.SentBy, &publishAt); err != nil {
		return b, err
	}
	b.CreatedAt = FromMillis(created)
	if publishAt > 0 {
		b.PublishAt = FromMillis(publishAt)
	}
	b.No = max(b.No, 0)
	return b, parseDate(date, &b.DocDate)
}

func parseDate(s string, d *calendar.Date) error {
	if s == "" {
		return nil
	}
	v, err := calendar.ParseDate(s)
	*d = v
	return err
}

func dateText(d calendar.Date) string {
	if d.IsZero() {
		return ""
	}
	return d.String()
}

// InsertBatch stores a new batch with the next number of its plan. Adjustments
// are counted apart, so that no number of a batch is left out: downwards from -1
// in the table, which nobody else sees.
func (tx *Tx) InsertBatch(b *publication.Batch) error {
	if b.ID == "" {
		b.ID = NewID()
	}
	if b.Kind == "" {
		b.Kind = publication.KindBatch
	}
	next := `SELECT coalesce(max(no), 0) + 1 FROM batch WHERE plan_id=$1 AND no>0`
	if b.Kind == publication.KindAdjustment {
		next = `SELECT coalesce(min(no), 0) - 1 FROM batch WHERE plan_id=$1 AND no<0`
	}
	no, err := One(tx, scanInt, next, b.PlanID)
	if err != nil {
		return err
	}
	b.No, b.Version, b.CreatedAt = max(int(no), 0), 1, tx.Now()
	_, err = tx.Exec(`INSERT INTO batch (`+batchColumns+`) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14)`,
		b.ID, b.PlanID, string(b.Kind), no, b.Title, string(b.State), b.DocNo, dateText(b.DocDate), b.ApprovedBy, b.Note, Millis(b.CreatedAt), b.Version, b.SentBy, instant(b.PublishAt))
	return err
}

// UpdateBatch writes the head of a batch if nobody else has changed it.
func (tx *Tx) UpdateBatch(b *publication.Batch) error {
	err := tx.ExecOne(`UPDATE batch SET title=$3, state=$4, doc_no=$5, doc_date=$6, approved_by=$7, note=$8, sent_by=$9, publish_at=$10, version=version+1 WHERE id=$1 AND version=$2`,
		b.ID, b.Version, b.Title, string(b.State), b.DocNo, dateText(b.DocDate), b.ApprovedBy, b.Note, b.SentBy, instant(b.PublishAt))
	if err == nil {
		b.Version++
	}
	return err
}

// Batches returns all batches, newest first, without their items; adjustments
// are listed apart.
func (tx *Tx) Batches() ([]publication.Batch, error) {
	return Query(tx, scanBatch, `SELECT `+batchColumns+` FROM batch WHERE kind=$1 ORDER BY id DESC`, string(publication.KindBatch))
}

// instant is a moment as it is stored, 0 if there is none.
func instant(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return Millis(t)
}

// Batch returns a batch with its items in the form that was reviewed; documents
// only if docs is set. Adjustments are NotFound here: see Adjustment.
func (tx *Tx) Batch(id string, docs bool) (publication.Batch, error) {
	b, err := One(tx, scanBatch, `SELECT `+batchColumns+` FROM batch WHERE id=$1 AND kind=$2`, id, string(publication.KindBatch))
	if err != nil {
		return b, err
	}
	doc := "''"
	if docs {
		doc = "s.doc"
	}
	b.Items, err = Query(tx, func(s Scanner) (publication.BatchItem, error) {
		var it publication.BatchItem
		var doc string
		err := s.Scan(&it.ItemID, &it.SubmissionID, &it.Struck, &it.UnitID, &it.UnitName, &it.Name, &it.Code, &it.Type, &it.Visits, &it.Class, &it.DocHash, &doc)
		it.Doc = []byte(doc)
		return it, err
	}, `SELECT bi.item_id, bi.submission_id, bi.struck, i.unit_id, u.name, s.name, s.code, s.type, s.visits, s.class, s.doc_hash, `+doc+`
		FROM batch_item bi JOIN item i ON i.id=bi.item_id JOIN unit u ON u.id=i.unit_id
		JOIN submission_item s ON s.submission_id=bi.submission_id AND s.item_id=bi.item_id
		WHERE bi.batch_id=$1 ORDER BY u.position, u.name, s.name, bi.item_id`, id)
	return b, err
}

// BatchHead returns a batch or an adjustment without its items.
func (tx *Tx) BatchHead(id string) (publication.Batch, error) {
	return One(tx, scanBatch, `SELECT `+batchColumns+` FROM batch WHERE id=$1`, id)
}

// SetPublishAt sets the instant for which publication is set, or takes it back
// with the zero time.
func (tx *Tx) SetPublishAt(id string, version int64, at time.Time) error {
	return tx.ExecOne(`UPDATE batch SET publish_at=$3, version=version+1 WHERE id=$1 AND version=$2`, id, version, instant(at))
}

// AddBatchItem puts an approved item into a batch.
func (tx *Tx) AddBatchItem(batchID, itemID, submissionID string) error {
	_, err := tx.Exec(`INSERT INTO batch_item (batch_id, item_id, submission_id) VALUES ($1,$2,$3)`, batchID, itemID, submissionID)
	return err
}

// RemoveBatchItem takes an item out of a batch again.
func (tx *Tx) RemoveBatchItem(batchID, itemID string) error {
	return tx.ExecOne(`DELETE FROM batch_item WHERE batch_id=$1 AND item_id=$2`, batchID, itemID)
}

// StrikeBatchItem records the county government's reason for leaving an item out.
func (tx *Tx) StrikeBatchItem(batchID, itemID, reason string) error {
	return tx.ExecOne(`UPDATE batch_item SET struck=$3 WHERE batch_id=$1 AND item_id=$2`, batchID, itemID, reason)
}

const releaseColumns = `seq, number, kind, format, batch_id, batch_no, title, doc_no, doc_date, at, by_name, items, demo, prev_hash, hash`

func scanRelease(s Scanner) (publication.Release, error) {
	var r publication.Release
	var at, demo int64
	var date string
	if err := s.Scan(&r.Seq, &r.Number, &r.Kind, &r.Format, &r.BatchID, &r.BatchNo, &r.Title, &r.DocNo, &date, &at, &r.ByName, &r.Count, &demo, &r.PrevHash, &r.Hash); err != nil {
		return r, err
	}
	if demo != 0 && demo != 1 {
		return r, fault.Conflictf("第 %d 次公布的记录已损坏（demo 为 %d）。", r.Seq, demo)
	}
	r.At, r.Demo = FromMillis(at), demo == 1
	return r, parseDate(date, &r.DocDate)
}

// InsertRelease stores a release, makes its items the current ones and appends
// all of it to the log of publications. The
// sequence number is the primary key: of two releases that race, Update runs
// the later one again.
func (tx *Tx) InsertRelease(r *publication.Release) error {
	if _, err := tx.Exec(`INSERT INTO release_log (`+releaseColumns+`) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15)`,
		r.Seq, r.Number, string(r.Kind), r.Format, r.BatchID, r.BatchNo, r.Title, r.DocNo, dateText(r.DocDate), Millis(r.At), r.ByName, r.Count, boolInt(r.Demo), r.PrevHash, r.Hash); err != nil {
		return err
	}
	// A batch's items have been locked in one state and an adjustment's in another.
	from := publication.Batched
	if r.Kind == publication.KindAdjustment {
		from = publication.Adjusting
	}
	for _, st := range publication.Standings {
		ev := publication.EventOf(st)
		var items []publication.ReleaseItem
		for _, it := range r.Items {
			if it.Standing == st {
				items = append(items, it)
			}
		}
		if len(items) == 0 {
			continue
		}
		to, err := publication.Next(from, ev)
		if err != nil {
			return err
		}
		if err := tx.insertReleased(r, items, from, to); err != nil {
			return err
		}
	}
	_, err := tx.LogReleases()
	return err
}

// insertReleased stores some items of a release and moves their working copies.
func (tx *Tx) insertReleased(r *publication.Release, items []publication.ReleaseItem, from, to publication.State) error {
	for rest := items; len(rest) > 0; {
		const most, columns = 20, 20
		n := min(most, len(rest))
		ids, rows := make([]any, 0, n), make([]any, 0, n*columns)
		for i := range rest[:n] {
			it := &rest[i]
			successors, err := encodeSuccessors(it.Successors)
			if err != nil {
				return err
			}
			ids = append(ids, it.ItemID)
			rows = append(rows, r.Seq, it.ItemID, it.UnitID, it.UnitName, it.Code, it.Name, it.Type, it.Visits, it.Class, string(it.Doc), it.DocHash, it.VerifyCode,
				string(it.Standing), string(it.Op), it.Cause, it.Basis, it.Reason, dateText(it.Effective), dateText(it.Until), successors)
		}
		these := `IN (VALUES ` + marks(n, 1) + `)`
		if _, err := tx.Exec(`UPDATE release_item SET replaced_by=$`+fmt.Sprint(n+1)+` WHERE replaced_by=0 AND item_id `+these, append(ids, r.Seq)...); err != nil {
			return err
		}
		if _, err := tx.Exec(`INSERT INTO release_item (release_seq, item_id, unit_id, unit_name, code, name, type, visits, class, doc, doc_hash, verify_code,
			standing, op, cause, basis, reason, effective, until, successors) VALUES `+marks(n, columns), rows...); err != nil {
			return err
		}
		moved, err := tx.Exec(fmt.Sprintf(`UPDATE item SET state=$%d, release_seq=$%d, updated_at=$%d, version=version+1 WHERE state=$%d AND id %s`,
			n+1, n+2, n+3, n+4, these), append(ids, string(to), r.Seq, Millis(tx.Now()), string(from))...)
		if err != nil {
			return err
		}
		if int(moved) != n {
			return fault.Conflictf("其中有事项已被他人移出或修改，没有公布。请刷新后核对再试。")
		}
		rest = rest[n:]
	}
	return nil
}

func encodeSuccessors(list []publication.Successor) (string, error) {
	if len(list) == 0 {
		return "[]", nil
	}
	b, err := json.Marshal(list)
	return string(b), err
}

// HeadRelease returns the newest release, or nil if nothing was published yet.
func (tx *Tx) HeadRelease() (*publication.Release, error) {
	r, err := One(tx, scanRelease, `SELECT `+releaseColumns+` FROM release_log ORDER BY seq DESC LIMIT 1`)
	if fault.Is(err, fault.NotFound) {
		return nil, nil
	}
	return &r, err
}

// Release returns the head of a release, or NotFound.
func (tx *Tx) Release(seq int64) (publication.Release, error) {
	return One(tx, scanRelease, `SELECT `+releaseColumns+` FROM release_log WHERE seq=$1`, seq)
}

// Releases returns the heads of all releases, newest first.
func (tx *Tx) Releases() ([]publication.Release, error) {
	return Query(tx, scanRelease, `SELECT `+releaseColumns+` FROM release_log ORDER BY seq DESC`)
}

// PublishedItem is an item of a release, with what became of it.
type PublishedItem = publication.PublishedItem

const publishedColumns = `release_seq, item_id, unit_id, unit_name, code, name, type, visits, class, doc_hash, verify_code, replaced_by,
	standing, op, cause, basis, reason, effective, until, successors`

func scanPublished(s Scanner) (PublishedItem, error) {
	var p PublishedItem
	var doc, effective, until, successors string
	if err := s.Scan(&p.ReleaseSeq, &p.ItemID, &p.UnitID, &p.UnitName, &p.Code, &p.Name, &p.Type, &p.Visits, &p.Class, &p.DocHash, &p.VerifyCode, &p.ReplacedBy,
		&p.Standing, &p.Op, &p.Cause, &p.Basis, &p.Reason, &effective, &until, &successors, &doc); err != nil {
		return p, err
	}
	p.Doc = []byte(doc)
	if err := parseDate(effective, &p.Effective); err != nil {
		return p, err
	}
	if err := parseDate(until, &p.Until); err != nil {
		return p, err
	}
	if successors == "[]" {
		return p, nil
	}
	if err := json.Unmarshal([]byte(successors), &p.Successors); err != nil {
		return p, fault.Wrap(fault.Conflict, err, "第 %d 次公布的事项“%s”的去向已损坏。", p.ReleaseSeq, p.Name)
	}
	return p, nil
}

// CurrentItems returns a page of how every item that was ever published stands
// now, suspended and cancelled ones included, by item ID, with documents; after is the last ID of the page before.
func (tx *Tx) CurrentItems(after string, limit int) ([]PublishedItem, error) {
	return Query(tx, scanPublished, `SELECT `+publishedColumns+`, doc FROM release_item WHERE replaced_by=0 AND item_id>$1 ORDER BY item_id LIMIT $2`, after, limit)
}

// CurrentItem returns how an item stands now, or NotFound if it was never
// published.
func (tx *Tx) CurrentItem(itemID string) (PublishedItem, error) {
	return One(tx, scanPublished, `SELECT `+publishedColumns+`, doc FROM release_item WHERE item_id=$1 AND replaced_by=0`, itemID)
}

// PublishedByCode returns the published item a verification code stands for.
func (tx *Tx) PublishedByCode(code string) (PublishedItem, error) {
	return One(tx, scanPublished, `SELECT `+publishedColumns+`, doc FROM release_item WHERE verify_code=$1`, code)
}

// ReleaseItems returns the items of one release, without documents unless docs
// is set, in the order in which they were frozen.
func (tx *Tx) ReleaseItems(seq int64, docs bool) ([]PublishedItem, error) {
	doc := "''"
	if docs {
		doc = "doc"
	}
	return Query(tx, scanPublished, `SELECT `+publishedColumns+`, `+doc+` FROM release_item WHERE release_seq=$1 ORDER BY unit_name, name, item_id`, seq)
}

// ReleaseItemsAfter returns a page of the items of one release by ID, without
// documents.
func (tx *Tx) ReleaseItemsAfter(seq int64, after string, limit int) ([]PublishedItem, error) {
	return Query(tx, scanPublished, `SELECT `+publishedColumns+`, '' FROM release_item WHERE release_seq=$1 AND item_id>$2 ORDER BY item_id LIMIT $3`, seq, after, limit)
}

// PublishedItem returns an item as one release has it, or NotFound.
func (tx *Tx) PublishedItem(seq int64, itemID string) (PublishedItem, error) {
	return One(tx, scanPublished, `SELECT `+publishedColumns+`, doc FROM release_item WHERE release_seq=$1 AND item_id=$2`, seq, itemID)
}

// ReplacedItem returns an item as it was published until a release replaced it,
// or NotFound if that release is the first that has it.
func (tx *Tx) ReplacedItem(seq int64, itemID string) (PublishedItem, error) {
	return One(tx, scanPublished, `SELECT `+publishedColumns+`, doc FROM release_item WHERE replaced_by=$1 AND item_id=$2`, seq, itemID)
}
