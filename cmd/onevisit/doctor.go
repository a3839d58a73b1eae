package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"runtime"
	"time"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/publication"
	"onevisit/internal/infra/blob"
	"onevisit/internal/infra/store"
)

type migrateCmd struct{}

// Run brings the database up to date; opening it does that.
func (migrateCmd) Run(e *env) error {
	k, err := e.open(false)
	if err != nil {
		return err
	}
	e.printf("数据库已是本程序的版本（%s）。\n", k.db.Dialect())
	return errors.Join(k.close(), e.result(map[string]string{"database": k.db.Dialect()}))
}

// soundness is what was found to be whole. With a problem, the counts are those
// of what was checked before it.
type soundness struct {
	OK       bool   `json:"ok"`
	Problem  string `json:"problem,omitempty"`
	Database string `json:"database"`
	Audit    int64  `json:"audit"`    // entries of the audit trail
	Releases int    `json:"releases"` // with items in Items
	Items    int    `json:"items"`
	Files    int    `json:"files"`
}

type doctorCmd struct{}

// Run checks the installation and says, line by line, what it found.
func (doctorCmd) Run(e *env) error {
	type yearOf struct {
		Year  int  `json:"year"`
		Known bool `json:"known"`
	}
	var out struct {
		soundness
		Platform string `json:"platform"`
		Go       string `json:"go"`
		Calendar yearOf `json:"calendar"`
	}
	out.Platform, out.Go = runtime.GOOS+"/"+runtime.GOARCH, runtime.Version()
	e.printf("程序   %s，%s\n", out.Platform, out.Go)
	year := time.Now().Year()
	out.Calendar = yearOf{year, calendar.Embedded().Known(year)}
	if out.Calendar.Known {
		e.printf("日历   已有 %d 年放假安排\n", year)
	} else {
		e.printf("日历   缺少 %d 年放假安排，期限只按周一至周五推算\n", year)
	}
	k, err := e.open(true)
	if fault.Is(err, fault.Unavailable) { // that it cannot be opened is what was to be found out
		out.Problem = fault.Text(err)
		return errors.Join(fault.Wrap(fault.Conflict, err, "%s", out.Problem), e.result(out))
	}
	if err != nil {
		return err
	}
	defer k.close()
	e.printf("数据库 %s\n", k.db.Dialect())
	err = inspect(e, k.db, k.blobs, &out.soundness)
	if err == nil {
		e.printf("检查完毕，没有发现问题。\n")
	}
	return errors.Join(err, e.result(out))
}

// inspect checks database file, audit chain, releases and stored files, and
// notes what it finds.
func inspect(e *env, db *store.DB, blobs *blob.Dir, s *soundness) (err error) {
	defer func() {
		if s.OK = err == nil; err != nil {
			s.Problem = fault.Text(err)
		}
	}()
	ctx := e.ctx
	s.Database = db.Dialect()
	bad, err := db.Check(ctx)
	if err != nil {
		return err
	}
	if len(bad) > 0 {
		return fault.Conflictf("数据库文件已损坏（%s）。请用最近的备份恢复。", bad[0])
	}
	if s.Audit, err = db.VerifyAudit(ctx); err != nil {
		return err
	}
	e.printf("审计   %d 条，链条完整\n", s.Audit)
	if s.Releases, s.Items, err = verifyReleases(ctx, db); err != nil {
		return err
	}
	e.printf("公布   %d 次，%d 个事项，校验值一致\n", s.Releases, s.Items)
	err = blobs.Walk(func(hash, path string) error {
		s.Files++
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		h := sha256.New()
		if _, err := io.Copy(h, f); err != nil {
			return err
		}
		if hex.EncodeToString(h.Sum(nil)) != hash {
			return fault.Conflictf("文件 %s 的内容与校验值不符，可能已损坏。", path)
		}
		return nil
	})
	if err == nil {
		e.printf("文件   %d 个，校验值一致\n", s.Files)
	}
	return err
}

// verifyReleases recomputes the hash of every release from what is stored.
func verifyReleases(ctx context.Context, db *store.DB) (releases, items int, err error) {
	err = db.View(ctx, func(tx *store.Tx) error {
		list, err := tx.Releases()
		if err != nil {
			return err
		}
		prev := ""
		for i := len(list) - 1; i >= 0; i-- {
			r := &list[i]
			stored, err := tx.ReleaseItems(r.Seq, true)
			if err != nil {
				return err
			}
			for _, it := range stored {
				r.Items = append(r.Items, it.ReleaseItem)
			}
			if err := publication.VerifyRelease(r, prev); err != nil {
				return err
			}
			prev = r.Hash
			releases++
			items += len(stored)
		}
		return nil
	})
	return releases, items, err
}
