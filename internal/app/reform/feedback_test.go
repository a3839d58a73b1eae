package reform_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"onevisit/internal/app/reform"
	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/publication"
	"onevisit/internal/domain/work"
	"onevisit/internal/infra/store"
	"onevisit/internal/infra/store/storetest"
)

// A report is the unit's to answer, once; lists are paged without losing or
// repeating one; the county sees who is late.
func TestFeedbackIsAnswered(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		c, ctx := newCounty(t, db), t.Context()
		var ids []string
		if err := db.Update(ctx, func(tx *store.Tx) error {
			for i := range 7 {
				f := &publication.Feedback{Number: fmt.Sprintf("JC-0000%d-00000", i), ItemID: "i1", Name: "公共场所卫生许可", UnitID: c.health.ID, Place: "phones", Text: fmt.Sprintf("电话打不通 %d", i), At: tx.Now(),
					Due: calendar.DateOf(tx.Now()).AddDays(i%3 - 1)}
				if err := tx.InsertFeedback(f); err != nil {
					return err
				}
				ids = append(ids, f.ID)
				if err := tx.RaiseTodo(work.Todo{Kind: work.KindFeedback, SubjectKind: "指南纠错", SubjectID: f.ID, Title: "答复", UnitID: c.health.ID, Role: c.liaison.Roles[0], Due: f.Due.String()}); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		all := func(f reform.FeedbackFilter) (got []string) {
			t.Helper()
			for f.Limit = 2; ; {
				page, _, err := c.r.Feedbacks(ctx, c.liaison, f)
				if err != nil {
					t.Fatal(err)
				}
				for _, p := range page {
					got = append(got, p.ID)
				}
				if len(page) < f.Limit {
					return got
				}
				f.After = page[len(page)-1].ID
			}
		}
		open := all(reform.FeedbackFilter{Open: true})
		if sorted := slices.Sorted(slices.Values(open)); len(open) != 7 || len(slices.Compact(sorted)) != 7 {
			t.Errorf("%d open reports over the pages: %v", len(open), open)
		}
		today := calendar.DateOf(c.now())
		if late := all(reform.FeedbackFilter{Open: true, Late: today}); len(late) != 3 {
			t.Errorf("%d late", len(late))
		}
		_, err := c.r.Feedback(ctx, c.other, ids[0])
		wants(t, "another unit reads", err, fault.Forbidden)
		wants(t, "another unit answers", c.r.AnswerFeedback(ctx, c.other, ids[0], publication.OutcomeMended, "已经改好了"), fault.Forbidden)
		wants(t, "the reform office answers for the unit", c.r.AnswerFeedback(ctx, c.office, ids[0], publication.OutcomeMended, "已经改好了"), fault.Forbidden)
		wants(t, "no words", c.r.AnswerFeedback(ctx, c.liaison, ids[0], publication.OutcomeMended, "好"), fault.Invalid)
		for i, outcome := range []publication.Disposition{publication.OutcomeMended, publication.OutcomeCorrect} {
			if err := c.r.AnswerFeedback(ctx, c.liaison, ids[i], outcome, "已经核实，谢谢指正，我的手机 13800138000"); err != nil {
				t.Fatal(err)
			}
		}
		wants(t, "twice", c.r.AnswerFeedback(ctx, c.leader, ids[0], publication.OutcomeCorrect, "已经核实过了"), fault.Conflict)
		v, err := c.r.Feedback(ctx, c.office, ids[0])
		if err != nil || v.CanAnswer || v.AnsweredBy != c.liaison.Name || v.Outcome != publication.OutcomeMended || strings.Contains(v.Answer, "13800138000") {
			t.Errorf("%+v %v", v, err)
		}
		if done := all(reform.FeedbackFilter{Closed: true}); !slices.Equal(slices.Sorted(slices.Values(done)), slices.Sorted(slices.Values(ids[:2]))) {
			t.Errorf("answered: %v", done)
		}
		tallies, err := c.r.FeedbackTallies(ctx, c.office)
		if err != nil || len(tallies) != 1 || tallies[0].Total != 7 || tallies[0].Open != 5 || tallies[0].Late != 2 || tallies[0].Mended != 1 {
			t.Errorf("%+v %v", tallies, err)
		}
		left := 0
		c.view(func(tx *store.Tx) error {
			todos, err := tx.OpenTodos([]string{string(c.liaison.Roles[0])}, []string{c.health.ID}, 100)
			for _, todo := range todos {
				if todo.Kind == work.KindFeedback {
					left++
				}
			}
			return err
		})
		if left != 5 {
			t.Errorf("%d to-dos are left", left)
		}
	})
}
