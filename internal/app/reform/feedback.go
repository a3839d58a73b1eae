package reform

import (
	"context"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/code"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/publication"
	"onevisit/internal/domain/work"
	"onevisit/internal/infra/store"
)

// The shapes of the store that pages handle: what selects reports of errors in
// guides, and a unit's reports in numbers.
type (
	FeedbackFilter = store.FeedbackFilter
	FeedbackTally  = store.FeedbackTally
)

// FeedbackView is a report for whoever may read it.
type FeedbackView struct {
	publication.Feedback
	CanAnswer bool
}

// Feedbacks returns a page of reports of errors in guides that the actor may see.
func (s *Service) Feedbacks(ctx context.Context, a org.Actor, f FeedbackFilter) (list []publication.Feedback, today calendar.Date, err error) {
	if f.Units, err = visibleUnits(a, f.Units); err != nil {
		return nil, today, err
	}
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		today = calendar.DateOf(tx.Now())
		list, err = tx.Feedbacks(f)
		return err
	})
	return list, today, err
}

// Feedback returns one report.
func (s *Service) Feedback(ctx context.Context, a org.Actor, id string) (*FeedbackView, error) {
	v := &FeedbackView{}
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		if v.Feedback, err = tx.Feedback(id); err != nil {
			return err
		}
		return org.Can(a, org.ReadItem, v.UnitID)
	})
	if err != nil {
		return nil, err
	}
	v.CanAnswer = v.Open() && org.Can(a, org.AnswerFeedback, v.UnitID) == nil
	return v, nil
}

// AnswerFeedback answers a report; the answer is public to whoever has its number.
func (s *Service) AnswerFeedback(ctx context.Context, a org.Actor, id string, outcome publication.Disposition, text string) error {
	return s.db.Update(ctx, func(tx *store.Tx) error {
		f, err := tx.Feedback(id)
		if err != nil {
			return err
		}
		if err := org.Can(a, org.AnswerFeedback, f.UnitID); err != nil {
			return err
		}
		if err := f.Reply(outcome, code.MaskText(text), a.Name, tx.Now()); err != nil {
			return err
		}
		if err := tx.AnswerFeedback(&f); err != nil {
			return err
		}
		if err := tx.CloseTodos(work.KindFeedback, id, string(outcome)); err != nil {
			return err
		}
		return tx.Record(a, "答复指南纠错", "指南纠错", id, f.Name+"，"+string(outcome))
	})
}

// FeedbackTallies counts the reports by unit for whoever sees the county.
func (s *Service) FeedbackTallies(ctx context.Context, a org.Actor) (list []FeedbackTally, err error) {
	if err := org.Can(a, org.ReadCounty, ""); err != nil {
		return nil, err
	}
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		list, err = tx.FeedbackTallies(nil, calendar.DateOf(tx.Now()))
		return err
	})
	return list, err
}
