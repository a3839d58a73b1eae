package store

import (
	"time"

	"onevisit/internal/domain/fault"
)

// ItemVersion is a document that an item had, with the change that ended it.
type ItemVersion struct {
	Version   int64 // the last one with this document
	Doc       []byte
	DocHash   string
	ChangedAt time.Time
	ChangedBy string
	Change    string // what was done
}

const historyColumns = `version, doc, doc_hash, changed_at, changed_by, change`

func scanItemVersion(s Scanner) (ItemVersion, error) {
	var v ItemVersion
	var at int64
	var doc string
	err := s.Scan(&v.Version, &doc, &v.DocHash, &at, &v.ChangedBy, &v.Change)
	v.Doc, v.ChangedAt = []byte(doc), FromMillis(at)
	return v, err
}

// keepVersion keeps the document of an item that is about to get another one.
func (tx *Tx) keepVersion(it *Item, change string) error {
	_, err := tx.Exec(`INSERT INTO item_history (item_id, `+historyColumns+`)
		SELECT id, version, doc, doc_hash, CAST($4 AS BIGINT), CAST($5 AS TEXT), CAST($6 AS TEXT) FROM item WHERE id=$1 AND version=$2 AND doc_hash<>$3`,
		it.ID, it.Version, it.DocHash, Millis(tx.Now()), it.UpdatedBy, change)
	return err
}

// ItemHistory returns the former documents of an item, newest first; before is
// the version of the last one of the page before, 0 for the first page.
func (tx *Tx) ItemHistory(id string, before int64, limit int) ([]ItemVersion, error) {
	return Query(tx, scanItemVersion, `SELECT `+historyColumns+` FROM item_history WHERE item_id=$1 AND ($2=0 OR version<$2) ORDER BY version DESC LIMIT $3`, id, before, limit)
}

// ItemAt returns the document that an item had at a version, or NotFound.
func (tx *Tx) ItemAt(id string, version int64) ([]byte, error) {
	old, err := Query(tx, scanItemVersion, `SELECT `+historyColumns+` FROM item_history WHERE item_id=$1 AND version>=$2 ORDER BY version LIMIT 1`, id, version)
	if err != nil {
		return nil, err
	}
	if len(old) == 1 {
		return old[0].Doc, nil
	}
	it, err := tx.Item(id)
	if err != nil {
		return nil, err
	}
	if version < 1 || version > it.Version {
		return nil, fault.NotFoundf("该事项没有第 %d 版。", version)
	}
	return it.Doc, nil
}

// ItemDraft is a form in the middle of being filled.
type ItemDraft struct {
	ItemID, PersonID string
	Base             int64  // version of the item that the form was made from
	Form             string // url-encoded, as it was sent
	SavedAt          time.Time
}

// SaveDraft keeps a person's form.
func (tx *Tx) SaveDraft(d *ItemDraft) error {
	d.SavedAt = tx.Now()
	_, err := tx.Exec(`INSERT INTO item_draft (item_id, person_id, base, form, saved_at) VALUES ($1,$2,$3,$4,$5)
		ON CONFLICT (item_id, person_id) DO UPDATE SET base=excluded.base, form=excluded.form, saved_at=excluded.saved_at`,
		d.ItemID, d.PersonID, d.Base, d.Form, Millis(d.SavedAt))
	return err
}

// Draft returns a person's unfinished form, or NotFound.
func (tx *Tx) Draft(itemID, personID string) (ItemDraft, error) {
	return One(tx, func(s Scanner) (ItemDraft, error) {
		var d ItemDraft
		var at int64
		err := s.Scan(&d.ItemID, &d.PersonID, &d.Base, &d.Form, &at)
		d.SavedAt = FromMillis(at)
		return d, err
	}, `SELECT item_id, person_id, base, form, saved_at FROM item_draft WHERE item_id=$1 AND person_id=$2`, itemID, personID)
}

// DropDraft forgets a person's form; nothing happens if there is none.
func (tx *Tx) DropDraft(itemID, personID string) error {
	_, err := tx.Exec(`DELETE FROM item_draft WHERE item_id=$1 AND person_id=$2`, itemID, personID)
	return err
}
