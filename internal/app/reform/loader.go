package reform

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"

	"golang.org/x/sync/errgroup"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/lint"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/publication"
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

	seen   map[string]int // identities met in this file, by unit
	chunk  []*catalog.Item
	chunks chan []*catalog.Item
	staged int

	problems *os.File // one JSON a line
	enc      *json.Encoder
	extra    []exchange.Problem // about the file, found here and not by the reader
	badRows  []exchange.Record
}

func (s *Service) newLoader(ctx context.Context, a org.Actor, run *store.ImportRun, opt loadOptions, progress func(int)) (*loader, error) {
	if progress == nil {
		progress = func(int) {}
	}
	l := &loader{s: s, ctx: ctx, actor: a, run: run, opt: opt, progress: progress,
		units: map[string]org.Unit{}, byID: map[string]org.Unit{}, seen: map[string]int{}, defaultUnit: opt.unit}
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
	f, err := os.CreateTemp("", "onevisit-import-*.jsonl")
	if err != nil {
		return nil, err
	}
	l.problems, l.enc = f, json.NewEncoder(f)
	l.enc.SetEscapeHTML(false)
	return l, nil
}

func (l *loader) close() {
	name := l.problems.Name()
	_ = l.problems.Close() // temporary; what matters was copied
	_ = os.Remove(name)
}

// read runs the reader and the stager side by side.
func (l *loader) read(src exchange.Source) (exchange.Report, error) {
	g, ctx := errgroup.WithContext(l.ctx)
	l.chunks = make(chan []*catalog.Item, 2)
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
		if err := l.enc.Encode(p); err != nil {
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
	l.chunk = append(l.chunk, rec.Item)
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

// stage judges a chunk and puts it aside, or compares it in a dry run.
func (l *loader) stage(ctx context.Context, chunk []*catalog.Item) error {
	rows := make([]store.Item, 0, len(chunk))
	for _, it := range chunk {
		unit, err := l.unitOf(ctx, it)
		if err != nil {
			return err
		}
		row := store.Item{UnitID: unit.ID, State: publication.Draft, UpdatedBy: l.actor.Name}
		if err := l.judge.fill(&row, unit, it, nil, nil); err != nil {
			return err
		}
		// Two rows of one file that claim one identity are two items until the
		// unit says otherwise; the code used twice is then a finding (K02), not
		// a row lost.
		key := unit.ID + "\x1f" + row.Identity
		l.seen[key]++
		if n := l.seen[key]; n > 1 {
			row.Identity = fmt.Sprintf("%s#%d", row.Identity, n)
		}
		rows = append(rows, row)
	}
	var err error
	switch {
	case l.run.DryRun && l.s.db == nil:
		l.run.Created += len(rows)
	case l.run.DryRun:
		err = l.compare(ctx, rows)
	default:
		err = l.s.db.Update(ctx, func(tx *store.Tx) error {
			if err := tx.StageItems(l.run.ID, l.staged, rows); err != nil {
				return err
			}
			return tx.SetImportProgress(l.run.ID, l.staged+len(rows))
		})
	}
	l.staged += len(rows)
	l.progress(l.staged)
	return err
}

// compare counts what the rows would do to the working copies.
func (l *loader) compare(ctx context.Context, rows []store.Item) error {
	return l.s.db.View(ctx, func(tx *store.Tx) error {
		have, err := tx.Existing(rows)
		if err != nil {
			return err
		}
		for _, r := range rows {
			old, ok := have[store.ItemKey{UnitID: r.UnitID, Identity: r.Identity}]
			switch {
			case !ok:
				l.run.Created++
			case old.DocHash == r.DocHash:
				l.run.Same++
			case old.State.Locked():
				l.run.Locked++
			default:
				l.run.Changed++
			}
		}
		return nil
	})
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
		if err := l.enc.Encode(p); err != nil {
			return err
		}
	}
	if l.run.ID == "" { // a dry run on the command line keeps nothing
		return nil
	}
	var err error
	if l.run.ReportBlob, l.run.RowsBlob, err = l.keepReports(); err != nil {
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

// keepReports stores the list of problems and the workbook of rows to correct.
func (l *loader) keepReports() (problems, rows string, err error) {
	if _, err := l.problems.Seek(0, 0); err != nil {
		return "", "", err
	}
	ref, err := l.s.blobs.Put(l.ctx, l.problems, 1<<40)
	if err != nil {
		return "", "", err
	}
	if len(l.badRows) == 0 {
		return ref.Hash, "", nil
	}
	f, err := os.CreateTemp("", "onevisit-rows-*.xlsx")
	if err != nil {
		return "", "", err
	}
	defer func() {
		_ = f.Close()
		_ = os.Remove(f.Name())
	}()
	if n, err := exchange.WriteProblems(f, l.badRows); err != nil || n == 0 {
		return ref.Hash, "", err
	}
	if _, err := f.Seek(0, 0); err != nil {
		return "", "", err
	}
	wb, err := l.s.blobs.Put(l.ctx, f, 1<<40)
	return ref.Hash, wb.Hash, err
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
