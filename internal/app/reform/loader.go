package reform

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"

	"golang.org/x/sync/errgroup"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/lint"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/publication"
	"onevisit/internal/infra/blob"
	"onevisit/internal/infra/exchange"
	"onevisit/internal/infra/store"
)

// loader is one import under way. Reading and mapping run in exchange's
// goroutines; judging and staging run in one of the loader's own, a chunk at a
// time, so that neither waits for the other and memory stays bounded.
type loader struct {
	s        *Service
	ctx      context.Context
	actor    org.Actor
	run      *store.ImportRun
	opt      loadOptions
	progress func(int)

	units       map[string]org.Unit // by name
	byID        map[string]org.Unit
	defaultUnit string
	judge       *judge

	seen   map[string]int  // identities met in this file, by unit
	taken  map[string]bool // working copies that a row of this file has found
	chunk  []exchange.Record
	chunks chan []exchange.Record
	staged int

	problems *lines // what was noticed
	changes  *lines // what the rows do to the items
	told     []exchange.ItemChange
	extra    []exchange.Problem // about the file, found here and not by the reader
	badRows  []exchange.Record
}

func (s *Service) newLoader(ctx context.Context, a org.Actor, run *store.ImportRun, opt loadOptions, progress func(int)) (*loader, error) {
	if progress == nil {
		progress = func(int) {}
	}
	l := &loader{s: s, ctx: ctx, actor: a, run: run, opt: opt, progress: progress,
		units: map[string]org.Unit{}, byID: map[string]org.Unit{}, seen: map[string]int{}, taken: map[string]bool{}, defaultUnit: opt.unit}
	var rules *lint.Set
	var today calendar.Date
	if s.db != nil {
		err := s.db.View(ctx, func(tx *store.Tx) error {
			inForce, err := s.rulesInForce(tx)
			if err != nil {
				return err
			}
			rules, today = inForce.Set, calendar.DateOf(tx.Now())
			units, err := tx.Units()
			for _, u := range units {
				l.units[u.Name], l.byID[u.ID] = u, u
				if u.Short != "" && u.Short != u.Name {
					if _, taken := l.units[u.Short]; !taken {
						l.units[u.Short] = u
					}
				}
			}
			return err
		})
		if err != nil {
			return nil, err
		}
		if !run.DryRun {
			if err := s.db.Update(ctx, func(tx *store.Tx) error { return tx.ClearStaged(run.ID) }); err != nil {
				return nil, err
			}
		}
	}
	if run.UnitID != "" {
		l.defaultUnit = l.byID[run.UnitID].Name
	}
	l.judge = s.newJudge(rules, today)
	var err error
	if l.problems, err = newLines(); err != nil {
		return nil, err
	}
	if l.changes, err = newLines(); err != nil {
		l.problems.close()
		return nil, err
	}
	return l, nil
}

func (l *loader) close() {
	l.problems.close()
	l.changes.close()
}

// lines is a temporary file of one JSON document a line.
type lines struct {
	f   *os.File
	buf *bufio.Writer
	enc *json.Encoder
	n   int
}

func newLines() (*lines, error) {
	f, err := os.CreateTemp("", "onevisit-import-*.jsonl")
	if err != nil {
		return nil, err
	}
	l := &lines{f: f, buf: bufio.NewWriterSize(f, 64<<10)}
	l.enc = json.NewEncoder(l.buf)
	l.enc.SetEscapeHTML(false)
	return l, nil
}

func (l *lines) add(v any) error {
	l.n++
	return l.enc.Encode(v)
}

// keep stores what was written.
func (l *lines) keep(ctx context.Context, blobs *blob.Dir) (string, error) {
	if err := l.buf.Flush(); err != nil {
		return "", err
	}
	if _, err := l.f.Seek(0, io.SeekStart); err != nil {
		return "", err
	}
	ref, err := blobs.Put(ctx, l.f, 1<<40)
	return ref.Hash, err
}

func (l *lines) close() {
	_ = l.f.Close() // temporary; what matters was copied
	_ = os.Remove(l.f.Name())
}

// read runs the reader and the stager side by side.
func (l *loader) read(src exchange.Source) (exchange.Report, error) {
	g, ctx := errgroup.WithContext(l.ctx)
	l.chunks = make(chan []exchange.Record, 2)
	var report exchange.Report
	g.Go(func() error {
		defer close(l.chunks)
		var err error
		report, err = exchange.Read(ctx, src, exchange.Options{Unit: l.defaultUnit}, func(rec exchange.Record) error { return l.take(ctx, rec) })
		if err == nil && len(l.chunk) > 0 {
			err = l.send(ctx)
		}
		return err
	})
	g.Go(func() error {
		for chunk := range l.chunks {
			if err := l.stage(ctx, chunk); err != nil {
				return err
			}
		}
		return nil
	})
	err := g.Wait()
	return report, err
}

// maxBadRows bounds what is kept in memory for the workbook of rows to correct.
const maxBadRows = 20_000

func (l *loader) take(ctx context.Context, rec exchange.Record) error {
	for _, p := range rec.Problems {
		if err := l.problems.add(p); err != nil {
			return err
		}
	}
	l.run.Rows++
	if (rec.Item == nil || slices.ContainsFunc(rec.Problems, func(p exchange.Problem) bool { return p.Severity == exchange.SeverityError })) && len(l.badRows) < maxBadRows {
		l.badRows = append(l.badRows, rec)
	}
	if rec.Item == nil {
		l.run.Bad++
		return nil
	}
	l.run.Good++
	l.chunk = append(l.chunk, rec)
	if len(l.chunk) >= stageChunk {
		return l.send(ctx)
	}
	return nil
}

func (l *loader) send(ctx context.Context) error {
	select {
	case l.chunks <- l.chunk:
		l.chunk = nil
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// stage joins a chunk with the working copies, judges it and puts it aside; a
// dry run only counts.
func (l *loader) stage(ctx context.Context, chunk []exchange.Record) error {
	rows := make([]store.StagedItem, len(chunk))
	keys := make([]store.Item, len(chunk))
	units := make([]org.Unit, len(chunk))
	for i, rec := range chunk {
		it := rec.Item
		unit, err := l.unitOf(ctx, it)
		if err != nil {
			return err
		}
		it.Unit = unit.Name
		// Two rows of one file that claim one identity are two items until the
		// unit says otherwise; the code used twice is then a finding (K02), not
		// a row lost.
		id := it.Identity()
		key := unit.ID + "\x1f" + id
		l.seen[key]++
		if n := l.seen[key]; n > 1 {
			id = fmt.Sprintf("%s#%d", id, n)
		}
		units[i], keys[i] = unit, store.Item{UnitID: unit.ID, Identity: id, Name: it.Name, Variant: it.Variant, Code: lint.UniqueCode(it)}
	}
	known, err := l.known(ctx, keys)
	if err != nil {
		return err
	}
	for i := range chunk {
		if err := l.join(&rows[i], units[i], keys[i], &chunk[i], known[i]); err != nil {
			return err
		}
	}
	if !l.run.DryRun {
		if err := l.s.db.Update(ctx, func(tx *store.Tx) error {
			if err := tx.StageItems(l.run.ID, l.staged, rows); err != nil {
				return err
			}
			return tx.SetImportProgress(l.run.ID, l.staged+len(rows))
		}); err != nil {
			return err
		}
	}
	l.staged += len(rows)
	l.progress(l.staged)
	return nil
}

// known finds the working copies that the rows are about, nil where there is
// none: by identity; else by unit, name and variant, where only one has them,
// and the codes do not contradict each other: a list that has no codes, or the
// first that has, speaks of the same items.
func (l *loader) known(ctx context.Context, keys []store.Item) ([]*store.Known, error) {
	out := make([]*store.Known, len(keys))
	if l.s.db == nil {
		return out, nil
	}
	return out, l.s.db.View(ctx, func(tx *store.Tx) error {
		have, err := tx.Existing(keys)
		if err != nil {
			return err
		}
		var rest []store.Item
		for i, k := range keys {
			switch x, ok := have[store.ItemKey{UnitID: k.UnitID, Identity: k.Identity}]; {
			case !ok:
				rest = append(rest, k)
			case l.taken[x.ID]: // by a row without its code
				keys[i].Identity += "#2"
			default:
				out[i] = &x
				l.taken[x.ID] = true
			}
		}
		if len(rest) == 0 {
			return nil
		}
		named, err := tx.Named(rest)
		if err != nil {
			return err
		}
		for i, k := range keys {
			same := named[store.NameKey{UnitID: k.UnitID, Name: k.Name, Variant: k.Variant}]
			if out[i] != nil || len(same) != 1 || l.taken[same[0].ID] || k.Code != "" && same[0].Code != "" && k.Code != same[0].Code {
				continue
			}
			out[i] = &same[0]
			l.taken[same[0].ID] = true
		}
		return nil
	})
}

// join makes the row of a record: what the list says, over what was there.
func (l *loader) join(row *store.StagedItem, unit org.Unit, key store.Item, rec *exchange.Record, old *store.Known) error {
	it := rec.Item
	change := exchange.ItemChange{Sheet: rec.Sheet, Row: rec.Row, Kind: exchange.ItemCreated, Unit: unit.Name, Name: it.Name, Variant: it.Variant, Code: it.ImplementationCode}
	var was *catalog.Item
	if old != nil {
		var err error
		if was, err = decode(old.Doc); err != nil {
			return fmt.Errorf("item %s: %w", old.ID, err)
		}
		it = catalog.Update(was, it, rec.Says())
	}
	row.Item = store.Item{UnitID: unit.ID, State: publication.Draft, UpdatedBy: l.actor.Name}
	if err := l.judge.fill(&row.Item, unit, it, nil, nil); err != nil {
		return err
	}
	row.Identity = key.Identity
	if old != nil {
		row.Base = old.Version
		if row.Identity = old.Identity; old.Identity != key.Identity && it.Identity() == key.Identity {
			row.Next = key.Identity
		}
	}
	switch {
	case old == nil:
		l.run.Created++
	case old.DocHash == row.DocHash:
		l.run.Same++
		return nil
	case old.State.Locked():
		l.run.Locked++
		change.Kind = exchange.ItemLocked
	default:
		l.run.Changed++
		change.Kind = exchange.ItemChanged
	}
	if was != nil {
		change.Code = it.ImplementationCode
		for _, c := range catalog.Diff(was, it) {
			c.Old, c.New = shorten(c.Old), shorten(c.New)
			change.Changes = append(change.Changes, c)
		}
		if len(l.told) < exchange.MaxChanges {
			l.told = append(l.told, change)
		}
	}
	return l.changes.add(change)
}

// shorten keeps what a reader can compare.
func shorten(s string) string {
	const most = 300 // characters
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}

// unitOf finds the unit an item belongs to. A unit of the workbench may bring in
// only its own and those it is in charge of; a name that the register does not
// know falls to the unit that imports, with the name kept and a problem noted.
func (l *loader) unitOf(ctx context.Context, it *catalog.Item) (org.Unit, error) {
	if u, ok := l.units[it.Unit]; ok {
		if err := org.Can(l.actor, org.ImportItems, u.ID); err != nil {
			return u, fault.Forbiddenf("文件中的事项“%s”属于“%s”，您只能导入本单位及所管单位的事项。", it.Name, it.Unit)
		}
		it.Unit = u.Name
		return u, nil
	}
	name := it.Unit
	if l.opt.createUnits && name != "" {
		u := org.Unit{Name: name, Short: name, Kind: org.KindDepartment, Position: len(l.units) + 1}
		if l.s.db != nil && !l.run.DryRun {
			if err := l.s.db.Update(ctx, func(tx *store.Tx) error {
				u.ID = ""
				if err := tx.InsertUnit(&u); err != nil {
					return err
				}
				return tx.Record(l.actor, "新建单位", "单位", u.ID, u.Name)
			}); err != nil {
				return u, err
			}
		} else {
			u.ID = "new:" + name
		}
		l.units[name], l.byID[u.ID] = u, u
		l.extra = append(l.extra, exchange.Problem{Field: "单位", Value: name, Severity: exchange.SeverityWarning,
			Message: fmt.Sprintf("单位“%s”不在单位名录中，已按文件新建，请系统管理员核对其类别和主管单位。", name)})
		return u, nil
	}
	id := l.run.UnitID
	if id == "" {
		id = l.actor.UnitID
	}
	u, ok := l.byID[id]
	if !ok {
		return u, fault.Invalidf("事项“%s”没有单位，也没有指定单位。请在文件中填写“单位”列，或导入时指定单位。", it.Name)
	}
	if name != "" {
		raw, err := json.Marshal(name)
		if err != nil {
			return u, err
		}
		if it.Extra == nil {
			it.Extra = map[string]json.RawMessage{}
		}
		it.Extra["unit"] = raw
		if !slices.ContainsFunc(l.extra, func(p exchange.Problem) bool { return p.Value == name }) {
			l.extra = append(l.extra, exchange.Problem{Field: "单位", Value: name, Severity: exchange.SeverityWarning,
				Message: fmt.Sprintf("单位“%s”不在单位名录中，其事项暂列入%s。", name, u.Name)})
		}
	}
	it.Unit = u.Name
	return u, nil
}

// finish makes the staged rows drafts and ends the run, all in one transaction.
func (l *loader) finish(report exchange.Report) error {
	for _, p := range slices.Concat(l.extra, fileProblems(report)) {
		if err := l.problems.add(p); err != nil {
			return err
		}
	}
	if l.run.ID == "" { // a dry run on the command line keeps nothing
		return nil
	}
	var err error
	if l.run.ReportBlob, err = l.problems.keep(l.ctx, l.s.blobs); err != nil {
		return err
	}
	if l.changes.n > 0 {
		if l.run.ChangesBlob, err = l.changes.keep(l.ctx, l.s.blobs); err != nil {
			return err
		}
	}
	if l.run.RowsBlob, err = l.keepRows(); err != nil {
		return err
	}
	return l.s.db.Update(l.ctx, func(tx *store.Tx) error {
		r := *l.run
		r.State = store.ImportDone
		if !r.DryRun {
			var err error
			if r.Created, r.Changed, r.Same, r.Locked, err = tx.StagedCounts(r.ID); err != nil {
				return err
			}
			if err := tx.ApplyStaged(r.ID, l.actor.Name); err != nil {
				return err
			}
		}
		if err := tx.FinishImport(&r); err != nil {
			return err
		}
		if err := tx.Record(l.actor, "导入完成", "导入", r.ID, fmt.Sprintf("%s：新增 %d，更改 %d，相同 %d，审核中未动 %d，未能读取 %d",
			r.FileName, r.Created, r.Changed, r.Same, r.Locked, r.Bad)); err != nil {
			return err
		}
		*l.run = r
		return nil
	})
}

// fileProblems picks what concerns the file as a whole; the rest was written
// as it came.
func fileProblems(report exchange.Report) []exchange.Problem {
	var ps []exchange.Problem
	for _, p := range report.Problems {
		if p.Row == 0 {
			ps = append(ps, p)
		}
	}
	return ps
}

// keepRows stores the workbook of rows to correct, if there are any.
func (l *loader) keepRows() (string, error) {
	if len(l.badRows) == 0 {
		return "", nil
	}
	f, err := os.CreateTemp("", "onevisit-rows-*.xlsx")
	if err != nil {
		return "", err
	}
	defer func() {
		_ = f.Close()
		_ = os.Remove(f.Name())
	}()
	if n, err := exchange.WriteProblems(f, l.badRows); err != nil || n == 0 {
		return "", err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return "", err
	}
	wb, err := l.s.blobs.Put(l.ctx, f, 1<<40)
	return wb.Hash, err
}

// fail ends a run whose file cannot be imported; nothing of it stays.
func (l *loader) fail(cause error) error {
	return l.s.db.Update(context.WithoutCancel(l.ctx), func(tx *store.Tx) error {
		if err := tx.ClearStaged(l.run.ID); err != nil {
			return err
		}
		r := *l.run
		r.State, r.Message = store.ImportFailed, fault.Text(cause)
		r.Created, r.Changed, r.Same, r.Locked = 0, 0, 0, 0
		if err := tx.FinishImport(&r); err != nil {
			return err
		}
		return tx.Record(l.actor, "导入失败", "导入", r.ID, r.FileName)
	})
}
