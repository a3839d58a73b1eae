package portal

import (
	"context"
	"time"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/code"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/publication"
	"onevisit/internal/infra/store"
)

// Bounds that keep a flood of reports from burying the units: of one item that
// wait for an answer, and of the county in a day. Bounds on one source are the
// server's.
const (
	openPerItem = 20
	perDay      = 300
)

// public is who acts when nobody is signed in.
var public = org.Actor{ID: "public", Name: "门户读者"}

// Reporting is a report of an error in a guide on its way in.
type Reporting struct{ ItemID, Place, Text string }

// Report takes a report in: it becomes a to-do of the unit with a deadline. The
// number that comes back is the reader's way to the answer. A report that says
// word for word what an open one says is that one.
func (s *Service) Report(ctx context.Context, cal *calendar.Calendar, in Reporting) (*publication.Feedback, error) {
	e, ok := s.snap.Load().entry(in.ItemID)
	if !ok {
		return nil, fault.NotFoundf("没有找到这份指南，它可能已经更新或取消。请从搜索重新进入，或拨打 12345 反映。")
	}
	if s.Away() {
		return nil, fault.Unavailablef("数据库暂时连不上，这一条还没有提交。请过一会儿再按“提交”；急需反映的请拨打 12345。")
	}
	f := &publication.Feedback{ItemID: e.ID, Name: e.Name, UnitID: e.UnitID, UnitName: e.UnitName, ReleaseSeq: e.ReleaseSeq, Place: in.Place, Text: code.MaskText(in.Text)}
	f.Number = newNumber()
	if s.db == nil {
		if err := s.reportBack(cal, f); err != nil {
			return nil, err
		}
		return f, nil
	}
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		if err := f.Take(tx.Now(), cal); err != nil {
			return err
		}
		same, err := tx.SameFeedback(f)
		if err == nil {
			*f = same
			return nil
		}
		if !fault.Is(err, fault.NotFound) {
			return err
		}
		recent, open, err := tx.CountFeedback(tx.Now().Add(-24*time.Hour), f.ItemID)
		switch {
		case err != nil:
			return err
		case open >= openPerItem:
			return fault.Unavailablef("这份指南已有多条纠错正在处理。如果您说的是新问题，请拨打 12345 反映。")
		case recent >= perDay:
			return fault.Unavailablef("今天收到的纠错较多，暂不能再提交。请明天再来，或拨打 12345 反映。")
		}
		return raiseFeedback(tx, f)
	})
	if err != nil {
		return nil, err
	}
	return f, nil
}

// Answer looks a report up by its number, or NotFound. What the reader wrote is
// left out: the page is one that others may come to see.
func (s *Service) Answer(ctx context.Context, number string) (*publication.Feedback, error) {
	if s.Away() {
		return nil, fault.Unavailablef("数据库暂时连不上，答复要过一会儿才能查到。急需了解的请拨打 12345。")
	}
	norm := publication.NormalizeFeedbackNumber(number)
	if norm == "" {
		return nil, fault.Invalidf("没有查询，请核对编号。").At("number", "编号不对：应为 JC 和 10 位字母数字，请与提交后页面上的核对")
	}
	if s.db == nil && s.box != nil {
		return s.kept(norm)
	}
	var f publication.Feedback
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		f, err = tx.FeedbackByNumber(norm)
		return err
	})
	if fault.Is(err, fault.NotFound) {
		return nil, fault.NotFoundf("没有编号为“%s”的纠错，请核对后重新输入。", norm)
	}
	if err != nil {
		return nil, err
	}
	f.Text, f.AnsweredBy = "", ""
	return &f, nil
}
