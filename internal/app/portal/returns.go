package portal

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"time"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/code"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/publication"
	"onevisit/internal/domain/work"
	"onevisit/internal/infra/sign"
	"onevisit/internal/infra/sign/proof"
	"onevisit/internal/infra/sign/returns"
	"onevisit/internal/infra/store"
)

// What readers tell a portal without a database is kept sealed in its box, and
// carried over to the office side in one signed file.

// KeepReturns gives a portal without a database the box for what goes back.
func (s *Service) KeepReturns(b *returns.Box) { s.box = b }

// returnKey is for whom what goes back is sealed, nil if the release file says
// nobody.
func (s *Service) returnKey() []byte {
	if src, ok := s.src.(*FileSource); ok && s.box != nil {
		return src.now.Load().f.ReturnKey
	}
	return nil
}

// Returning is what waits to be carried over, and who will have signed it.
type Returning struct {
	Sender  publication.Key
	Entries int
	Answers int  // that came with the release file
	Heard   bool // readers can tell errors; else the release file names nobody
}

// Returning says what a portal without a database has to hand back, nil if this
// is none.
func (s *Service) Returning() (*Returning, error) {
	if s.box == nil {
		return nil, nil
	}
	k, _, err := s.box.Sender()
	if err != nil {
		return nil, err
	}
	answers, err := s.answered()
	if err != nil {
		return nil, err
	}
	r := &Returning{Sender: *k, Entries: len(s.box.Entries()), Heard: s.Hears()}
	for _, a := range answers {
		if a.Outcome != "" {
			r.Answers++
		}
	}
	return r, nil
}

// Hears reports whether somebody will read what readers tell.
func (s *Service) Hears() bool { return s.db != nil || s.returnKey() != nil }

// Signs reports whether the service signs the papers that it prints.
func (s *Service) Signs() bool { return s.signer != nil }

// reportBack keeps a report for the office side.
func (s *Service) reportBack(cal *calendar.Calendar, f *publication.Feedback) error {
	key := s.returnKey()
	if key == nil {
		return fault.Unavailablef("本网站暂时不能接收纠错，请拨打 12345 反映。")
	}
	now := s.box.Now()
	if err := f.Take(now, cal); err != nil {
		return err
	}
	recent, ofItem := s.box.Count(now.Add(-24*time.Hour), f.ItemID)
	switch {
	case ofItem >= openPerItem:
		return fault.Unavailablef("这份指南已有多条纠错正在处理。如果您说的是新问题，请拨打 12345 反映。")
	case recent >= perDay:
		return fault.Unavailablef("今天收到的纠错较多，暂不能再提交。请明天再来，或拨打 12345 反映。")
	}
	sealed, err := returns.Seal(key, publication.ReturnReport, publication.ReturnedReport{Number: f.Number, Item: f.ItemID, Release: f.ReleaseSeq, Place: f.Place, Text: f.Text})
	if err != nil {
		return err
	}
	return s.box.Add(publication.ReturnEntry{ID: f.Number, Kind: publication.ReturnReport, Item: f.ItemID, Sealed: sealed})
}

// kept looks up a report that was made here: what the last release file says of
// it, or else only that it is there, waiting to be carried over.
func (s *Service) kept(number string) (*publication.Feedback, error) {
	answers, err := s.answered()
	if err != nil {
		return nil, err
	}
	var f *publication.Feedback
	if a, ok := answers[number]; ok {
		f = &publication.Feedback{Number: a.Number, ItemID: a.Item, Place: a.Place, At: a.At, Due: a.Due, Outcome: a.Outcome, Answer: a.Answer, AnsweredAt: a.AnsweredAt}
	} else if e, ok := s.box.Find(number); ok {
		f = &publication.Feedback{Number: e.ID, ItemID: e.Item, At: e.At}
	} else {
		return nil, fault.NotFoundf("没有编号为“%s”的纠错，请核对后重新输入。", number)
	}
	sn := s.snap.Load()
	entry, ok := sn.entry(f.ItemID)
	if !ok {
		entry = sn.gone[f.ItemID].Entry
	}
	f.Name, f.UnitID, f.UnitName = entry.Name, entry.UnitID, entry.UnitName
	return f, nil
}

// answered are the answers that came with the release file that is shown, by
// number; opened once a file.
func (s *Service) answered() (map[string]publication.ReturnedAnswer, error) {
	src, ok := s.src.(*FileSource)
	if !ok {
		return nil, nil
	}
	s.answersMu.Lock()
	defer s.answersMu.Unlock()
	f := src.now.Load().f
	if s.answersOf == f {
		return s.answers, nil
	}
	list, err := s.box.Answers(f.Answers)
	if err != nil {
		return nil, err
	}
	s.answers, s.answersOf = list, f
	return list, nil
}

// useBack adds openings of guides to those for the office side.
func (s *Service) useBack(use map[string]publication.ItemUse) error {
	key := s.returnKey()
	if key == nil {
		return nil
	}
	return s.box.AddUse(key, calendar.DateOf(s.box.Now()), use)
}

// missesBack keeps counts of searches in vain for the office side.
func (s *Service) missesBack(counts map[string]int) error {
	key := s.returnKey()
	if key == nil {
		return nil
	}
	sealed, err := returns.Seal(key, publication.ReturnMisses, publication.ReturnedMisses{Day: calendar.DateOf(s.box.Now()), Counts: counts})
	if err != nil {
		return err
	}
	return s.box.Add(publication.ReturnEntry{Kind: publication.ReturnMisses, Sealed: sealed})
}

// WriteReturn writes all that waits in a box as one file for the office side, and
// returns it. head names the log that the portal shows.
func WriteReturn(w io.Writer, b *returns.Box, head *publication.ReleaseFile) (*publication.ReturnFile, error) {
	sender, signer, err := b.Sender()
	if err != nil {
		return nil, err
	}
	answers, err := b.AnswerKey()
	if err != nil {
		return nil, err
	}
	f := &publication.ReturnFile{Origin: head.Origin, MadeAt: b.Now().UTC().Truncate(time.Second), Sender: *sender, AnswerKey: answers, Entries: b.Entries()}
	if n := len(head.Releases); n > 0 {
		f.Release = head.Releases[n-1].Seq
	}
	return f, proof.WriteReturn(w, f, signer)
}

// BackWith sets who opens what comes back.
func (s *Service) BackWith(r *sign.Ring) { s.back = r }

// ReturnTaken says what became of a file that came back.
type ReturnTaken struct {
	Sender     publication.Key
	New        bool      // the sender was accepted with this file
	MadeAt     time.Time // the file
	Reports    int       // new ones, which the units now have to answer
	Same       int       // entries that were taken before
	Searches   int       // in vain, counted
	Views      int       // openings of guides, counted
	Orphans    int       // reports on guides that this side does not know
	LastReport string    // number of the last new one
}

// TakeReturn takes in a file from the public side: each report becomes a to-do of
// its unit, searches in vain and openings of guides are counted; what was taken before
// is left. A
// portal that is not known has to be accepted with its fingerprint's beginning
// (its key's ID), which stands on the portal's page of status.
func (s *Service) TakeReturn(ctx context.Context, a org.Actor, cal *calendar.Calendar, r io.Reader, accept string) (*ReturnTaken, error) {
	if err := org.Can(a, org.PublishBatch, ""); err != nil {
		return nil, err
	}
	f, err := proof.ReadReturn(r)
	if err != nil {
		return nil, err
	}
	if s.back == nil {
		return nil, fault.Unavailablef("本机没有打开回传文件的密钥。")
	}
	private, err := s.back.ReturnKey()
	if err != nil {
		return nil, err
	}
	type opened struct {
		*publication.ReturnEntry
		report publication.ReturnedReport
		misses publication.ReturnedMisses
		use    publication.ReturnedUse
	}
	list := make([]opened, len(f.Entries)) // opened before the transaction
	for i := range f.Entries {
		o := opened{ReturnEntry: &f.Entries[i]}
		switch o.Kind {
		case publication.ReturnReport:
			err = returns.Unseal(private, o.ReturnEntry, &o.report)
			if err == nil && (o.report.Number != o.ID || publication.NormalizeFeedbackNumber(o.ID) != o.ID) {
				err = fault.Conflictf("有一条纠错的编号前后不一致，文件有改动。")
			}
		case publication.ReturnMisses:
			err = returns.Unseal(private, o.ReturnEntry, &o.misses)
		case publication.ReturnUse:
			err = returns.Unseal(private, o.ReturnEntry, &o.use)
		default:
			err = fault.Conflictf("回传文件中有本程序不认识的内容（%s），请用更新的版本导入。", o.Kind)
		}
		if err != nil {
			return nil, err
		}
		list[i] = o
	}
	out := &ReturnTaken{Sender: f.Sender, MadeAt: f.MadeAt}
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		*out = ReturnTaken{Sender: f.Sender, MadeAt: f.MadeAt}
		origin, err := tx.LogOrigin()
		if err != nil {
			return err
		}
		if origin != f.Origin {
			return fault.Conflictf("这是另一个县的回传文件（%s，本县的是 %s）。", f.Origin, origin)
		}
		known, err := tx.KnowsSender(&f.Sender)
		if err != nil {
			return err
		}
		if !known {
			if accept != f.Sender.ID {
				return fault.Conflictf("没有导入：外网门户尚未登记。").At("accept", "文件来自尚未登记的外网门户，密钥 %s。请与外网门户“运行状态”页上的核对，一致的填写这个编号后再导入", f.Sender.ID)
			}
			if err := tx.AcceptSender(&f.Sender, a.Name); err != nil {
				return err
			}
			out.New = true
			if err := tx.Record(a, "登记外网门户", "回传", f.Sender.ID, f.Sender.Fingerprint()); err != nil {
				return err
			}
		}
		if len(f.AnswerKey) > 0 {
			if err := tx.AnswerTo(f.Sender.ID, f.AnswerKey); err != nil {
				return err
			}
		}
		for _, o := range list {
			fresh, err := tx.TakeEntry(f.Sender.ID, o.ReturnEntry)
			if err != nil {
				return err
			}
			if !fresh {
				out.Same++
				continue
			}
			if o.Kind == publication.ReturnMisses {
				for _, n := range o.misses.Counts {
					out.Searches += n
				}
				if err := tx.AddSearchMisses(o.misses.Day, o.misses.Counts); err != nil {
					return err
				}
				continue
			}
			if o.Kind == publication.ReturnUse {
				for _, u := range o.use.Items {
					out.Views += u.Views
				}
				if err := tx.AddItemUse(o.use.Day, o.use.Items); err != nil {
					return err
				}
				continue
			}
			p, err := tx.CurrentItem(o.report.Item)
			if fault.Is(err, fault.NotFound) {
				out.Orphans++
				continue
			}
			if err != nil {
				return err
			}
			fb := &publication.Feedback{Number: o.ID, ItemID: p.ItemID, Name: p.Name, UnitID: p.UnitID, UnitName: p.UnitName, ReleaseSeq: o.report.Release, Place: o.report.Place, Text: code.MaskText(o.report.Text)}
			// The unit has its days from now on; the reader told it before.
			if err := fb.Take(tx.Now(), cal); err != nil {
				return fault.Wrap(fault.Conflict, err, "纠错 %s 不合规定，文件有改动。", o.ID)
			}
			if fb.At = o.At; fb.At.After(tx.Now()) {
				fb.At = tx.Now()
			}
			if err := raiseFeedback(tx, fb); err != nil {
				return err
			}
			out.Reports++
			out.LastReport = fb.Number
		}
		return tx.Record(a, "导入回传文件", "回传", f.Sender.ID, fmt.Sprintf("新纠错 %d 条，未找到的搜索 %d 次，指南浏览 %d 次，已导入过 %d 条", out.Reports, out.Searches, out.Views, out.Same))
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// ReturnState is what has come back from the public side so far.
type ReturnState = store.ReturnState

// ReturnState says what has come back so far.
func (s *Service) ReturnState(ctx context.Context, a org.Actor) (r ReturnState, err error) {
	if err := org.Can(a, org.PublishBatch, ""); err != nil {
		return r, err
	}
	err = s.db.View(ctx, func(tx *store.Tx) error {
		r, err = tx.ReturnState()
		return err
	})
	return r, err
}

// raiseFeedback stores a report and asks its unit for an answer.
func raiseFeedback(tx *store.Tx, f *publication.Feedback) error {
	if err := tx.InsertFeedback(f); err != nil {
		return err
	}
	if err := tx.RaiseTodo(work.Todo{Kind: work.KindFeedback, SubjectKind: "指南纠错", SubjectID: f.ID, Title: "答复指南纠错：" + f.Name + "（" + publication.PlaceLabel(f.Place) + "）",
		UnitID: f.UnitID, Role: org.RoleLiaison, Due: f.Due.String()}); err != nil {
		return err
	}
	return tx.Record(public, "报告指南错误", "指南纠错", f.ID, f.Name+"，"+publication.PlaceLabel(f.Place))
}

// newNumber makes the number of a report.
func newNumber() string {
	var random [10]byte
	_, _ = rand.Read(random[:]) // never fails
	return publication.FeedbackNumber(random)
}
