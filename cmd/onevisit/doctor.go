package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"time"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/publication"
	"onevisit/internal/infra/blob"
	"onevisit/internal/infra/sign/proof"
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
	Audit    int64  `json:"audit"`              // entries of the audit trail
	SetBack  int64  `json:"set_back,omitempty"` // how often its time goes back
	Releases int    `json:"releases"`           // with items in Items
	Items    int    `json:"items"`
	Files    int    `json:"files"`
	Missing  int    `json:"files_missing,omitempty"` // that published guides name
	Log      int    `json:"log"`                     // entries of the log of publications
	Signed   bool   `json:"log_signed"`              // its newest head is
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
	if c := k.db.County(); c.Known() {
		e.printf("本县   %s（%s）\n", c.Name, c.Division)
	} else {
		e.printf("本县   尚未设置，请用 onevisit county set 或工作台“本县”页设置\n")
	}
	err = errors.Join(inspect(e, k.db, k.blobs, &out.soundness), missingFiles(e, k.db, k.blobs, &out.soundness), expiring(e, k, time.Now()), links(e, k))
	if err == nil {
		e.printf("检查完毕，没有发现问题。\n")
	}
	return errors.Join(err, e.result(out))
}

// soonExpired is how long before its end a key is spoken of.
const soonExpired = 60 * 24 * time.Hour

// expiring names the keys that need attention.
func expiring(e *env, k *county, now time.Time) error {
	keys, err := k.office.Keys(e.ctx, org.Operator())
	for _, key := range keys {
		switch {
		case key.Revoked != nil:
		case key.Trouble != "":
			e.printf("密钥   %s\n", key.Trouble)
		case key.County() && !key.Here:
			e.printf("密钥   %s 的私钥不在本机，不能用它公布\n", key.ID)
		case key.NotAfter.Before(now):
			e.printf("密钥   %s（%s）已于 %s 到期\n", key.ID, key.Owner, calendar.DateOf(key.NotAfter))
		case key.NotAfter.Before(now.Add(soonExpired)):
			e.printf("密钥   %s（%s）将于 %s 到期，请及时建立新密钥\n", key.ID, key.Owner, calendar.DateOf(key.NotAfter))
		}
	}
	return err
}

// links says how the addresses in guides fare, and whether anybody tries them.
func links(e *env, k *county) error {
	v, err := k.reform.Links(e.ctx, org.Operator(), "")
	switch {
	case err != nil || v.All == 0:
	case v.Tried.IsZero():
		e.printf("网址   指南中有 %d 个外部网址，没有检查过：服务器能访问外网的，启动服务时加 --probe-links\n", v.All)
	case v.Trouble != "":
		e.printf("网址   %s（%s）\n", v.Trouble, calendar.DateOf(v.Tried))
	default:
		e.printf("网址   %d 个，已检查 %d 个，失效 %d 个，最近检查 %s\n", v.All, v.Checked, v.Dead, calendar.DateOf(v.Tried))
	}
	return err
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
	demo, err := isDemo(ctx, db)
	if err != nil {
		return err
	}
	if !demo { // whose story is told back and forth
		if s.SetBack, err = db.AuditSetBack(ctx); err != nil {
			return err
		}
	}
	if s.SetBack > 0 {
		e.printf("时钟   审计记录中有 %d 处时间早于上一条：系统时钟曾被调回，先后以编号为准\n", s.SetBack)
	}
	if s.Releases, s.Items, err = verifyReleases(ctx, db); err != nil {
		return err
	}
	e.printf("公布   %d 次，%d 个事项，校验值一致\n", s.Releases, s.Items)
	if err := inspectLog(e, db, s); err != nil {
		return err
	}
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

// mostNamed is how many missing files are named one by one.
const mostNamed = 20

// missingFiles names the forms and samples that published guides offer and that
// are not kept.
func missingFiles(e *env, db *store.DB, blobs *blob.Dir, s *soundness) error {
	kept := func(hash string) bool {
		f, err := blobs.Open(hash)
		return err == nil && f.Close() == nil
	}
	err := db.View(e.ctx, func(tx *store.Tx) error {
		const most = 500
		for after := ""; ; {
			page, err := tx.CurrentItems(after, most)
			if err != nil {
				return err
			}
			for i := range page {
				p := &page[i]
				after = p.ItemID
				if p.Standing == publication.StandingCancelled {
					continue
				}
				it := new(catalog.Item)
				if err := json.Unmarshal(p.Doc, it); err != nil {
					return fmt.Errorf("published item %s: %w", p.ItemID, err)
				}
				for _, f := range publication.ProbeForms(it, kept) {
					if s.Missing++; s.Missing <= mostNamed {
						e.printf("缺文件 %s“%s”：%s\n", p.UnitName, p.Name, f.Text)
					}
				}
			}
			if len(page) < most {
				return nil
			}
		}
	})
	if err != nil || s.Missing == 0 {
		return err
	}
	err = fault.Conflictf("办事指南中有 %d 份表格或样例的文件已经不在，群众下载不了。请从备份恢复 blobs 目录，或者由单位重新上传后公布。", s.Missing)
	if s.OK {
		s.OK, s.Problem = false, fault.Text(err)
	}
	return err
}

// inspectLog holds the log of publications against what it records.
func inspectLog(e *env, db *store.DB, s *soundness) error {
	sound, err := db.VerifyLog(e.ctx, func(note string, keys []publication.Key) ([]string, error) {
		h, _, err := proof.OpenHead(note, keys)
		if proof.Unsigned(err) { // of a time when the county had no key
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		return h.Keys, nil
	})
	if err != nil {
		return err
	}
	s.Log, s.Signed = sound.Leaves, len(sound.Head.Keys) > 0
	switch {
	case sound.Unlogged > 0:
		e.printf("日志   %d 条，另有 %d 次公布待收入，启动服务时自动收入\n", sound.Leaves, sound.Unlogged)
	case sound.Leaves == 0:
		e.printf("日志   还没有内容\n")
	case s.Signed:
		e.printf("日志   %d 条，%d 个日志头，与公布内容一致，签名正确\n", sound.Leaves, sound.Heads)
	default:
		e.printf("日志   %d 条，%d 个日志头，与公布内容一致，但最新的没有签名：请用 onevisit key new 建立公布密钥\n", sound.Leaves, sound.Heads)
	}
	return nil
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
