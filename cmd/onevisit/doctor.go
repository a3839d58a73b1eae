package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
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
	return k.close()
}

type doctorCmd struct{}

// Run checks the installation and says, line by line, what it found.
func (doctorCmd) Run(e *env) error {
	e.printf("程序   %s/%s，%s\n", runtime.GOOS, runtime.GOARCH, runtime.Version())
	year := time.Now().Year()
	cal := calendar.Embedded()
	if cal.Known(year) {
		e.printf("日历   已有 %d 年放假安排\n", year)
	} else {
		e.printf("日历   缺少 %d 年放假安排，期限只按周一至周五推算\n", year)
	}
	k, err := e.open(true)
	if err != nil {
		return err
	}
	defer k.close()
	e.printf("数据库 %s\n", k.db.Dialect())
	if err := inspect(e.ctx, e, k.db, k.blobs); err != nil {
		return err
	}
	e.printf("检查完毕，没有发现问题。\n")
	return nil
}

// inspect checks database file, audit chain, releases and stored files.
func inspect(ctx context.Context, e *env, db *store.DB, blobs *blob.Dir) error {
	bad, err := db.Check(ctx)
	if err != nil {
		return err
	}
	if len(bad) > 0 {
		return fault.Conflictf("数据库文件已损坏（%s）。请用最近的备份恢复。", bad[0])
	}
	n, err := db.VerifyAudit(ctx)
	if err != nil {
		return err
	}
	e.printf("审计   %d 条，链条完整\n", n)
	releases, items, err := verifyReleases(ctx, db)
	if err != nil {
		return err
	}
	e.printf("公布   %d 次，%d 个事项，校验值一致\n", releases, items)
	files := 0
	err = blobs.Walk(func(hash, path string) error {
		files++
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
		e.printf("文件   %d 个，校验值一致\n", files)
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
