package reform

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/infra/blob"
	"onevisit/internal/infra/exchange"
	"onevisit/internal/infra/store"
)

// ImportJob is the kind of the job that carries out an import.
const ImportJob = "import"

// maxUpload is the largest file an import takes, in bytes.
const maxUpload = 200 << 20

// stageChunk is how many rows are staged in one transaction: large enough that
// the commits cost little, small enough that other writers hardly wait.
const stageChunk = 400

// importPayload is what the job carries.
type importPayload struct {
	Run string `json:"run"`
}

// Upload keeps an uploaded file before anything is decided about it.
func (s *Service) Upload(ctx context.Context, r io.Reader) (blob.Ref, error) {
	return s.blobs.Put(ctx, r, maxUpload)
}

// StartImport queues the import of an uploaded file for a unit; unitID is empty
// for a list of the whole county, which only the reform office brings in.
func (s *Service) StartImport(ctx context.Context, a org.Actor, unitID, fileName string, file blob.Ref, dryRun bool) (string, error) {
	if err := org.Can(a, org.ImportItems, unitID); err != nil {
		return "", err
	}
	var id string
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		if unitID != "" {
			if _, err := tx.Unit(unitID); err != nil {
				return err
			}
		}
		run := &store.ImportRun{UnitID: unitID, FileName: fileName, Blob: file.Hash, Size: file.Size, DryRun: dryRun,
			State: store.ImportWaiting, ByID: a.ID, ByName: a.Name}
		if err := tx.InsertImport(run); err != nil {
			return err
		}
		id = run.ID
		if err := tx.Enqueue(store.Job{Kind: ImportJob, Payload: importPayload{Run: id}, UniqueKey: ImportJob + ":" + id}); err != nil {
			return err
		}
		return tx.Record(a, "上传导入文件", "导入", id, fileName)
	})
	return id, err
}

// ImportRun returns one import to whoever may see it.
func (s *Service) ImportRun(ctx context.Context, a org.Actor, id string) (store.ImportRun, error) {
	var run store.ImportRun
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		if run, err = tx.ImportRun(id); err != nil {
			return err
		}
		if run.ByID == a.ID {
			return nil
		}
		return org.Can(a, org.ReadItem, run.UnitID)
	})
	return run, err
}

// ImportRuns lists the actor's imports and those of the actor's units.
func (s *Service) ImportRuns(ctx context.Context, a org.Actor, limit int) ([]store.ImportRun, error) {
	var runs []store.ImportRun
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		runs, err = tx.ImportRuns(append([]string{a.UnitID}, a.Manages...), a.ID, limit)
		return err
	})
	return runs, err
}

// ImportProblems returns a page of what was noticed about the rows of a file.
func (s *Service) ImportProblems(ctx context.Context, a org.Actor, id string, offset, limit int) (problems []exchange.Problem, more bool, err error) {
	run, err := s.ImportRun(ctx, a, id)
	if err != nil {
		return nil, false, err
	}
	return readLines[exchange.Problem](s.blobs, run.ReportBlob, offset, limit, nil)
}

// ImportChanges returns a page of what a file does, or would do, to the items;
// those of one kind only unless kind is empty.
func (s *Service) ImportChanges(ctx context.Context, a org.Actor, id string, kind exchange.ChangeKind, offset, limit int) (changes []exchange.ItemChange, more bool, err error) {
	run, err := s.ImportRun(ctx, a, id)
	if err != nil {
		return nil, false, err
	}
	return readLines(s.blobs, run.ChangesBlob, offset, limit, func(c *exchange.ItemChange) bool { return kind == "" || c.Kind == kind })
}

// readLines returns a page of the documents in a file of one JSON a line: of
// those that keep lets through, unless it is nil.
func readLines[T any](blobs *blob.Dir, hash string, offset, limit int, keep func(*T) bool) (page []T, more bool, err error) {
	if hash == "" {
		return nil, false, nil
	}
	f, err := blobs.Open(hash)
	if err != nil {
		return nil, false, err
	}
	defer f.Close()
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 16<<20)
	for n := 0; sc.Scan(); {
		if keep == nil && n < offset {
			n++
			continue
		}
		var v T
		if err := json.Unmarshal(sc.Bytes(), &v); err != nil {
			return nil, false, fmt.Errorf("import report %s: %w", hash, err)
		}
		if keep != nil && !keep(&v) {
			continue
		}
		if n++; n <= offset {
			continue
		}
		if len(page) == limit {
			return page, true, nil
		}
		page = append(page, v)
	}
	return page, false, sc.Err()
}

// ConfirmImport imports the file of a dry run, as it was looked at.
func (s *Service) ConfirmImport(ctx context.Context, a org.Actor, id string) (string, error) {
	run, err := s.ImportRun(ctx, a, id)
	if err != nil {
		return "", err
	}
	if err := org.Can(a, org.ImportItems, run.UnitID); err != nil {
		return "", err
	}
	if !run.DryRun || run.State != store.ImportDone || run.Blob == "" {
		return "", fault.Conflictf("只有已完成的试运行可以转为正式导入。")
	}
	return s.StartImport(ctx, a, run.UnitID, run.FileName, blob.Ref{Hash: run.Blob, Size: run.Size}, false)
}

// ImportRows opens the workbook of the rows that need correction, to be
// corrected and imported again.
func (s *Service) ImportRows(ctx context.Context, a org.Actor, id string) (io.ReadCloser, error) {
	run, err := s.ImportRun(ctx, a, id)
	if err != nil {
		return nil, err
	}
	if run.RowsBlob == "" {
		return nil, fault.NotFoundf("这次导入没有需要更正的行。")
	}
	return s.blobs.Open(run.RowsBlob)
}

// RunImport carries out a queued import. It can be called again after a crash:
// what an interrupted run had staged is thrown away, and a finished run is left
// alone. The rows become items in one transaction at the end, so that a file is
// imported whole or not at all.
func (s *Service) RunImport(ctx context.Context, payload []byte, progress func(done int)) error {
	var p importPayload
	if err := json.Unmarshal(payload, &p); err != nil {
		return fmt.Errorf("import job: %w", err)
	}
	var run store.ImportRun
	var who org.Actor
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		if run, err = tx.ImportRun(p.Run); err != nil {
			return err
		}
		who, err = tx.Actor(run.ByID)
		return err
	})
	if err != nil || !run.FinishedAt.IsZero() {
		return err
	}
	f, err := s.blobs.Open(run.Blob)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = s.load(ctx, who, exchange.Source{Name: run.FileName, R: f, Size: run.Size}, &run, loadOptions{}, progress)
	return err
}

// FileImport says how a file on this machine is imported.
type FileImport struct {
	Unit   string // name of the unit of rows that name none
	DryRun bool
}

// ImportFile imports a file on this machine, for the operator: units that the
// register does not know are added to it and reported.
func (s *Service) ImportFile(ctx context.Context, a org.Actor, path string, in FileImport, progress func(done int)) (*exchange.Summary, error) {
	if err := org.Can(a, org.ImportItems, ""); err != nil {
		return nil, err
	}
	src, f, err := exchange.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	run := &store.ImportRun{FileName: src.Name, Size: src.Size, DryRun: in.DryRun, ByID: a.ID, ByName: a.Name, State: store.ImportReading}
	if !in.DryRun {
		err := s.db.Update(ctx, func(tx *store.Tx) error { return tx.InsertImport(run) })
		if err != nil {
			return nil, err
		}
	}
	return s.load(ctx, a, src, run, loadOptions{unit: in.Unit, createUnits: true}, progress)
}

type loadOptions struct {
	unit        string
	createUnits bool
}

// load reads a file, judges its rows, and, unless it is a dry run, stages them
// and makes them drafts.
func (s *Service) load(ctx context.Context, a org.Actor, src exchange.Source, run *store.ImportRun, opt loadOptions, progress func(int)) (*exchange.Summary, error) {
	l, err := s.newLoader(ctx, a, run, opt, progress)
	if err != nil {
		return nil, err
	}
	defer l.close()
	report, err := l.read(src)
	if err == nil {
		err = l.finish(report)
	}
	if k := fault.KindOf(err); err != nil && (k == fault.Invalid || k == fault.Forbidden) && run.ID != "" {
		// The file is at fault: the run ends here, with the reason on record.
		return nil, errors.Join(err, l.fail(err))
	}
	if err != nil {
		return nil, err
	}
	return &exchange.Summary{Rows: run.Rows, Good: run.Good, Bad: run.Bad, Created: run.Created, Changed: run.Changed, Same: run.Same,
		Locked: run.Locked, Unknown: report.Unknown, Problems: append(report.Problems, l.extra...), Omitted: report.Omitted, Changes: l.told}, nil
}

// ImportReader imports a list that the program itself made, for the operator.
func (s *Service) ImportReader(ctx context.Context, a org.Actor, name string, r io.ReaderAt, size int64) (*exchange.Summary, error) {
	if err := org.Can(a, org.ImportItems, ""); err != nil {
		return nil, err
	}
	run := &store.ImportRun{FileName: name, Size: size, ByID: a.ID, ByName: a.Name, State: store.ImportReading}
	if err := s.db.Update(ctx, func(tx *store.Tx) error { return tx.InsertImport(run) }); err != nil {
		return nil, err
	}
	return s.load(ctx, a, exchange.Source{Name: name, R: r, Size: size}, run, loadOptions{}, nil)
}

// WriteTemplate writes the workbook that a unit fills in.
func (s *Service) WriteTemplate(w io.Writer) error { return exchange.WriteTemplate(w) }
