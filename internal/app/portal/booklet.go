package portal

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/visit"
	"onevisit/internal/infra/paper"
	"onevisit/internal/infra/store"
)

// BookletJob is the kind of the job that prints a booklet of guides.
const BookletJob = "booklet"

// WholeCounty stands for all units where a unit is asked for.
const WholeCounty = "all"

// bookletAtOnce is how many guides are printed while one waits; more are a
// job's work.
const bookletAtOnce = 30

// maxWaiting bounds the booklets that wait to be printed: asking is open to all.
const maxWaiting = 20

// maxBooklet is the largest booklet that is kept, in bytes.
const maxBooklet = 500 << 20

// Booklet is a booklet on its way.
type Booklet struct {
	Title  string
	Guides int
	// Done of Total steps are done; File is nil until all are.
	Done, Total int
	File        *os.File
	// Missing are the characters that no font has.
	Missing []rune
}

// bookletPayload is what the job carries. Prefix and a verification code make
// the address of a QR code.
type bookletPayload struct {
	ID     string `json:"id"`
	Prefix string `json:"prefix"`
}

// bookletOf names a booklet and lists its items.
func (s *Service) bookletOf(unitID string) (title, unit string, entries []Entry, err error) {
	if unitID == WholeCounty || unitID == "" {
		for _, u := range s.Units() {
			_, list, err := s.Unit(u.ID)
			if err != nil {
				return "", "", nil, err
			}
			entries = append(entries, list...)
		}
		title = "全县办事指南汇编"
	} else {
		u, list, err := s.Unit(unitID)
		if err != nil {
			return "", "", nil, err
		}
		title, unit, entries = u.Name+"办事指南汇编", u.Name, list
	}
	if len(entries) == 0 {
		return "", "", nil, fault.NotFoundf("还没有公布事项，没有可以汇编的指南。")
	}
	return title, unit, entries, nil
}

// AskBooklet returns the booklet of a unit, or of WholeCounty, as the newest
// release has it. A small one is written to w at once, and nil is returned;
// else a job prints it, once for all who ask. prefix and a verification code
// make the address that a QR code leads to.
func (s *Service) AskBooklet(ctx context.Context, w io.Writer, unitID, format, prefix string) (b *Booklet, missing []rune, err error) {
	title, unit, entries, err := s.bookletOf(unitID)
	if err != nil {
		return nil, nil, err
	}
	if PaperFormats[format] == "" {
		return nil, nil, fault.NotFoundf("没有“%s”格式的文书，可选 pdf 或 docx。", format)
	}
	if len(entries) <= bookletAtOnce {
		missing, err = s.printBooklet(ctx, w, title, unit, format, prefix, entries, nil)
		return nil, missing, err
	}
	if s.db == nil {
		return nil, nil, fault.Unavailablef("本网站不能编印整本汇编，请打开单个事项的指南打印，或者下载全部数据。")
	}
	sum := sha256.Sum256([]byte(prefix + "\n" + s.press.Templates.Version()))
	b = &Booklet{Title: title, Guides: len(entries)}
	return b, nil, s.askFile(ctx, b, store.Booklet{UnitID: wholeOr(unitID), ReleaseSeq: s.snap.Load().seq, Format: format, Variant: hex.EncodeToString(sum[:8])}, prefix)
}

// wholeOr is the unit as booklets are kept: empty for the whole county.
func wholeOr(unitID string) string {
	if unitID == WholeCounty {
		return ""
	}
	return unitID
}

// askFile finds a file that a job makes, or has a job make it, once for all who
// ask. base is what its addresses begin with.
func (s *Service) askFile(ctx context.Context, b *Booklet, row store.Booklet, base string) error {
	failed := ""
	err := s.db.View(ctx, func(tx *store.Tx) error {
		found, err := tx.FindBooklet(row)
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		row = found
		if row.Blob == "" {
			j, err := tx.JobByKey(BookletJob + ":" + row.ID)
			if err == nil && j.Failed() {
				failed = j.LastError
			}
			return err
		}
		return nil
	})
	if err != nil {
		return err
	}
	switch {
	case row.Blob != "":
		b.Missing = []rune(row.Missing)
		b.File, err = s.blobs.Open(row.Blob)
		return err
	case failed != "": // whoever asks next begins again
		err = s.db.Update(ctx, func(tx *store.Tx) error { return tx.DeleteBooklet(row.ID) })
		if err == nil {
			err = fault.Unavailablef("“%s”没有制作成功：%s 刷新本页可重新制作。", b.Title, failed)
		}
		return err
	case row.ID == "":
		err = s.db.Update(ctx, func(tx *store.Tx) error {
			n, err := tx.WaitingBooklets()
			if err != nil {
				return err
			}
			if n >= maxWaiting {
				return fault.Unavailablef("等待制作的文件较多，请过几分钟再试。")
			}
			fresh, err := tx.InsertBooklet(&row)
			if err != nil || !fresh {
				return err
			}
			return tx.Enqueue(store.Job{Kind: BookletJob, Payload: bookletPayload{row.ID, base}, UniqueKey: BookletJob + ":" + row.ID})
		})
	}
	b.Done, b.Total = row.Done, row.Total
	return err
}

// RunBooklet carries out a BookletJob. It prints what is current when it runs;
// a release that comes meanwhile has a booklet of its own.
func (s *Service) RunBooklet(ctx context.Context, payload []byte, _ func(int)) error {
	var p bookletPayload
	if err := json.Unmarshal(payload, &p); err != nil {
		return fmt.Errorf("booklet job: %w", err)
	}
	var row store.Booklet
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		row, err = tx.Booklet(p.ID)
		return err
	})
	if err != nil || row.Blob != "" {
		return err
	}
	if err := s.Refresh(ctx); err != nil {
		return err
	}
	var out bytes.Buffer
	told := -1
	progress := func(done, total int) {
		if done*20/total == told { // every twentieth is often enough for a bar
			return
		}
		told = done * 20 / total
		if err := s.db.Update(ctx, func(tx *store.Tx) error { return tx.AdvanceBooklet(row.ID, done, total) }); err != nil {
			s.log.Warn("progress of a booklet not stored", "booklet", row.ID, "err", err)
		}
	}
	var missing []rune
	if row.Format == siteFormat {
		err = s.writeSite(ctx, &out, row.UnitID, p.Prefix, progress)
	} else {
		var title, unit string
		var entries []Entry
		if title, unit, entries, err = s.bookletOf(row.UnitID); err == nil {
			missing, err = s.printBooklet(ctx, &out, title, unit, row.Format, p.Prefix, entries, progress)
		}
	}
	if err != nil {
		return err
	}
	ref, err := s.blobs.Put(ctx, &out, maxBooklet)
	if err != nil {
		return err
	}
	return s.db.Update(ctx, func(tx *store.Tx) error { return tx.FinishBooklet(row.ID, ref.Hash, string(missing)) })
}

// guideChunk is how many guides are read in one transaction.
const guideChunk = 200

func (s *Service) printBooklet(ctx context.Context, w io.Writer, title, unit, format, prefix string, entries []Entry, progress func(done, total int)) (missing []rune, err error) {
	b := paper.Booklet{Title: title, Unit: unit}
	of := map[int64]string{} // the releases as guides name them
	for _, r := range s.snap.Load().releases {
		of[r.Seq] = releaseWord(&r)
	}
	chapter := unit // a unit's own booklet has no parts
	if l := s.snap.Load().home.Latest; l != nil {
		b.Release = l.Number
	}
	for len(entries) > 0 {
		n := min(guideChunk, len(entries))
		err := s.src.View(ctx, func(tx Reader) error {
			for _, e := range entries[:n] {
				p, err := tx.PublishedItem(e.ReleaseSeq, e.ID)
				if err != nil {
					return err
				}
				it := new(catalog.Item)
				if err := json.Unmarshal(p.Doc, it); err != nil {
					return fmt.Errorf("published item %s: %w", e.ID, err)
				}
				a, err := visit.AssessItem(it)
				if err != nil {
					return fmt.Errorf("published item %s: %w", e.ID, err)
				}
				g := paper.NewGuide(it, a)
				g.Release, g.VerifyCode, g.Link = of[e.ReleaseSeq], p.VerifyCode, prefix+p.VerifyCode
				if e.UnitName != chapter {
					chapter, g.Chapter = e.UnitName, e.UnitName
				}
				b.Guides = append(b.Guides, g)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		entries = entries[n:]
	}
	return s.press.PrintLong(ctx, w, format, "指南汇编", b, b.Release, progress)
}

// TemplatesVersion changes when the county replaces a template.
func (s *Service) TemplatesVersion() string {
	if s.press == nil {
		return ""
	}
	return s.press.Templates.Version()
}
