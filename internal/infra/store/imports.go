package store

import (
	"fmt"
	"strings"
	"time"

	"onevisit/internal/domain/publication"
)

// ImportState is where an import stands.
type ImportState string

// The states of an import.
const (
	ImportWaiting ImportState = "等待处理"
	ImportReading ImportState = "读取中"
	ImportDone    ImportState = "已完成"
	ImportFailed  ImportState = "未导入"
)

// ImportRun is one uploaded file and what became of it.
type ImportRun struct {
	ID, UnitID, FileName, Blob string
	Size                       int64
	DryRun                     bool
	State                      ImportState
	Message                    string // why it failed, safe to show
	Rows, Good, Bad            int
	Created, Changed, Same     int
	Locked                     int    // left alone because they are in review
	ReportBlob                 string // problems, one JSON a line
	RowsBlob                   string // workbook of the rows to correct
	ChangesBlob                string // what it does to the items, one JSON a line
	ByID, ByName               string
	StartedAt, FinishedAt      time.Time
}

const importColumns = `id, unit_id, file_name, blob, size, dry_run, state, message, rows_read, good, bad, created, changed, same, locked, report_blob, rows_blob, changes_blob, by_id, by_name, started_at, finished_at`

func scanImport(s Scanner) (ImportRun, error) {
	var r ImportRun
	var started, finished int64
	err := s.Scan(&r.ID, &r.UnitID, &r.FileName, &r.Blob, &r.Size, &r.DryRun, &r.State, &r.Message, &r.Rows, &r.Good, &r.Bad,
		&r.Created, &r.Changed, &r.Same, &r.Locked, &r.ReportBlob, &r.RowsBlob, &r.ChangesBlob, &r.ByID, &r.ByName, &started, &finished)
	r.StartedAt = FromMillis(started)
	if finished > 0 {
		r.FinishedAt = FromMillis(finished)
	}
	return r, err
}

// InsertImport stores a new import.
func (tx *Tx) InsertImport(r *ImportRun) error {
	if r.ID == "" {
		r.ID = NewID()
	}
	r.StartedAt = tx.Now()
	_, err := tx.Exec(`INSERT INTO import_run (id, unit_id, file_name, blob, size, dry_run, state, by_id, by_name, started_at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10)`,
		r.ID, r.UnitID, r.FileName, r.Blob, r.Size, boolInt(r.DryRun), string(r.State), r.ByID, r.ByName, Millis(r.StartedAt))
	return err
}

// ImportRun returns an import by ID, or NotFound.
func (tx *Tx) ImportRun(id string) (ImportRun, error) {
	return One(tx, scanImport, `SELECT `+importColumns+` FROM import_run WHERE id=$1`, id)
}

// ImportRuns returns the imports of some units and of a person, newest first.
func (tx *Tx) ImportRuns(units []string, byID string, limit int) ([]ImportRun, error) {
	args := []any{byID, limit}
	cond := "by_id=$1"
	if len(units) > 0 {
		marks := make([]string, len(units))
		for i, u := range units {
			args = append(args, u)
			marks[i] = fmt.Sprintf("$%d", len(args))
		}
		cond += " OR unit_id IN (" + strings.Join(marks, ",") + ")"
	}
	return Query(tx, scanImport, `SELECT `+importColumns+` FROM import_run WHERE `+cond+` ORDER BY id DESC LIMIT $2`, args...)
}

// SetImportProgress records how far the reading has come.
func (tx *Tx) SetImportProgress(id string, rows int) error {
	_, err := tx.Exec(`UPDATE import_run SET state=$2, rows_read=$3 WHERE id=$1 AND state IN ($2,$4)`, id, string(ImportReading), rows, string(ImportWaiting))
	return err
}

// FinishImport records the end of an import, once.
func (tx *Tx) FinishImport(r *ImportRun) error {
	r.FinishedAt = tx.Now()
	return tx.ExecOne(`UPDATE import_run SET state=$2, message=$3, rows_read=$4, good=$5, bad=$6, created=$7, changed=$8, same=$9, locked=$10,
		report_blob=$11, rows_blob=$12, finished_at=$13, changes_blob=$14 WHERE id=$1 AND finished_at=0`,
		r.ID, string(r.State), r.Message, r.Rows, r.Good, r.Bad, r.Created, r.Changed, r.Same, r.Locked, r.ReportBlob, r.RowsBlob, Millis(r.FinishedAt), r.ChangesBlob)
}

// ClearStaged removes what an interrupted import had staged.
func (tx *Tx) ClearStaged(runID string) error {
	_, err := tx.Exec(`DELETE FROM import_row WHERE run_id=$1`, runID)
	return err
}

// StagedItem is a row of an import that has been put aside.
type StagedItem struct {
	Item // Identity leads to the working copy, which may have been found by its name
	// Base is the version of the working copy that the row was compared with, 0
	// if there was none.
	Base int64
	// Next is the identity afterwards, if it is another.
	Next string
}

// StageItems puts rows of an import aside, several a statement. seq is the
// number of the first. SQLite's driver looks up every parameter in a list of all
// of them, so that more rows a statement take longer, not shorter.
func (tx *Tx) StageItems(runID string, seq int, items []StagedItem) error {
	const most, columns = 20, 21
	for len(items) > 0 {
		n := min(most, len(items))
		args := make([]any, 0, n*columns)
		for i := range items[:n] {
			it := &items[i]
			args = append(args, runID, seq, NewID(), it.UnitID, it.Identity, it.Name, it.Variant, it.Code, it.BasicCode, it.Type,
				string(it.Doc), it.DocHash, it.Visits, it.Class, it.StatedClass, it.Errors, it.Warnings, it.Advices, string(it.Findings), it.Base, it.Next)
			seq++
		}
		if _, err := tx.Exec(`INSERT INTO import_row (run_id, seq, item_id, unit_id, identity, name, variant, code, basic_code, type, doc, doc_hash,
			visits, class, stated_class, errors, warnings, advices, findings, base, next_identity) VALUES `+marks(n, columns), args...); err != nil {
			return err
		}
		items = items[n:]
	}
	return nil
}

// replaces says of a staged row r and its working copy i that the row takes the
// copy's place: it says something else, the unit may change the copy, and nobody
// has since the row was compared with it.
func replaces() string {
	return `i.doc_hash<>r.doc_hash AND i.version=r.base AND i.state IN (` + editable() + `)`
}

const stagedWithItems = ` FROM import_row r LEFT JOIN item i ON i.unit_id=r.unit_id AND i.identity=r.identity WHERE r.run_id=$1`

// StagedCounts says what applying the staged rows would do.
func (tx *Tx) StagedCounts(runID string) (created, changed, same, locked int, err error) {
	type counts struct{ created, changed, same, locked int }
	c, err := One(tx, func(s Scanner) (counts, error) {
		var c counts
		err := s.Scan(&c.created, &c.changed, &c.same, &c.locked)
		return c, err
	}, `SELECT
		coalesce(sum(CASE WHEN i.id IS NULL THEN 1 ELSE 0 END),0),
		coalesce(sum(CASE WHEN i.id IS NOT NULL AND `+replaces()+` THEN 1 ELSE 0 END),0),
		coalesce(sum(CASE WHEN i.id IS NOT NULL AND i.doc_hash=r.doc_hash THEN 1 ELSE 0 END),0),
		coalesce(sum(CASE WHEN i.id IS NOT NULL AND i.doc_hash<>r.doc_hash AND NOT (`+replaces()+`) THEN 1 ELSE 0 END),0)`+stagedWithItems, runID)
	return c.created, c.changed, c.same, c.locked, err
}

// editable lists, as SQL, the states in which a unit may change an item.
func editable() string {
	var states []string
	for _, s := range publication.States {
		if !s.Locked() {
			states = append(states, "'"+string(s)+"'")
		}
	}
	return strings.Join(states, ",")
}

// ApplyStaged makes the staged rows drafts, all in this transaction: new ones
// are created, changed ones replace the working copy and fall back to draft.
// Unchanged ones, those in review and those that somebody has changed meanwhile
// stay as they are.
func (tx *Tx) ApplyStaged(runID, by string) error {
	if _, err := tx.Exec(`DELETE FROM import_row WHERE run_id=$1 AND seq IN (SELECT r.seq`+stagedWithItems+` AND i.id IS NOT NULL AND NOT (`+replaces()+`))`, runID); err != nil {
		return err
	}
	if _, err := tx.Exec(`INSERT INTO item_history (item_id, version, doc, doc_hash, changed_at, changed_by, change)
		SELECT i.id, i.version, i.doc, i.doc_hash, CAST($2 AS BIGINT), CAST($3 AS TEXT), CAST($4 AS TEXT)`+stagedWithItems+` AND i.id IS NOT NULL`,
		runID, Millis(tx.Now()), by, "导入"); err != nil {
		return err
	}
	if _, err := tx.Exec(`INSERT INTO item (id, unit_id, identity, name, variant, code, basic_code, type, state, doc, doc_hash, visits, class, stated_class,
			errors, warnings, advices, findings, updated_at, updated_by)
		SELECT item_id, unit_id, identity, name, variant, code, basic_code, type, CAST($2 AS TEXT), doc, doc_hash, visits, class, stated_class,
			errors, warnings, advices, findings, CAST($3 AS BIGINT), CAST($4 AS TEXT)
		FROM import_row WHERE run_id=$1 ORDER BY seq
		ON CONFLICT (unit_id, identity) DO UPDATE SET name=excluded.name, variant=excluded.variant, code=excluded.code, basic_code=excluded.basic_code,
			type=excluded.type, state=excluded.state, doc=excluded.doc, doc_hash=excluded.doc_hash, visits=excluded.visits, class=excluded.class,
			stated_class=excluded.stated_class, errors=excluded.errors, warnings=excluded.warnings, advices=excluded.advices, findings=excluded.findings,
			updated_at=excluded.updated_at, updated_by=excluded.updated_by, version=item.version+1`, runID, string(publication.Draft), Millis(tx.Now()), by); err != nil {
		return err
	}
	if _, err := tx.Exec(`UPDATE item SET identity=r.next_identity FROM import_row r
		WHERE r.run_id=$1 AND r.next_identity<>'' AND item.unit_id=r.unit_id AND item.identity=r.identity`, runID); err != nil {
		return err
	}
	return tx.ClearStaged(runID)
}

// ItemKey is what makes a row of a file the same item as a working copy.
type ItemKey struct{ UnitID, Identity string }

// Known is the working copy that a row of a file meets.
type Known struct {
	ItemKey
	ID, Code string
	Doc      []byte
	DocHash  string
	State    publication.State
	Version  int64
}

const knownColumns = `unit_id, identity, id, code, doc, doc_hash, state, version`

func scanKnown(s Scanner) (Known, error) {
	var k Known
	var doc string
	err := s.Scan(&k.UnitID, &k.Identity, &k.ID, &k.Code, &doc, &k.DocHash, &k.State, &k.Version)
	k.Doc = []byte(doc)
	return k, err
}

// NameKey is a name that a unit has given.
type NameKey struct{ UnitID, Name, Variant string }

// Named returns the working copies that have units, names and variants of the
// rows; a name may be that of several.
func (tx *Tx) Named(rows []Item) (map[NameKey][]Known, error) {
	m := map[NameKey][]Known{}
	type named struct {
		Known
		name, variant string
	}
	scan := func(s Scanner) (named, error) {
		var n named
		var doc string
		err := s.Scan(&n.UnitID, &n.Identity, &n.ID, &n.Code, &doc, &n.DocHash, &n.State, &n.Version, &n.name, &n.variant)
		n.Doc = []byte(doc)
		return n, err
	}
	err := tx.pairs(rows, func(r Item) (string, string) { return r.UnitID, r.Name }, func(marks string, args []any) error {
		got, err := Query(tx, scan, `SELECT `+knownColumns+`, name, variant FROM item WHERE (unit_id, name) IN (VALUES `+marks+`) ORDER BY id`, args...)
		for _, n := range got {
			k := NameKey{n.UnitID, n.name, n.variant}
			m[k] = append(m[k], n.Known)
		}
		return err
	})
	return m, err
}

// pairs asks for two values of each row, some hundreds of rows a time.
func (tx *Tx) pairs(rows []Item, of func(Item) (string, string), ask func(marks string, args []any) error) error {
	const most = 500
	for len(rows) > 0 {
		n := min(most, len(rows))
		args := make([]any, 0, 2*n)
		seen := make(map[[2]string]bool, n)
		for _, r := range rows[:n] {
			a, b := of(r)
			if !seen[[2]string{a, b}] {
				seen[[2]string{a, b}] = true
				args = append(args, a, b)
			}
		}
		if err := ask(marks(len(args)/2, 2), args); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

// Existing returns the working copies that have the identities of the rows.
func (tx *Tx) Existing(rows []Item) (map[ItemKey]Known, error) {
	m := make(map[ItemKey]Known, len(rows))
	err := tx.pairs(rows, func(r Item) (string, string) { return r.UnitID, r.Identity }, func(marks string, args []any) error {
		got, err := Query(tx, scanKnown, `SELECT `+knownColumns+` FROM item WHERE (unit_id, identity) IN (VALUES `+marks+`)`, args...)
		for _, k := range got {
			m[k.ItemKey] = k
		}
		return err
	})
	return m, err
}
