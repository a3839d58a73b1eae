package portal_test

import (
	"fmt"
	"strings"
	"testing"

	"onevisit/internal/app/portal"
	"onevisit/internal/countytest"
	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/publication"
	"onevisit/internal/domain/work"
	"onevisit/internal/infra/store"
	"onevisit/internal/infra/store/storetest"
)

func TestReports(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		s, ctx, cal := node(t, db), t.Context(), calendar.Embedded()
		ids := countytest.NewPublisher(t, db).Publish(countytest.Items(3))
		if err := s.Refresh(ctx); err != nil {
			t.Fatal(err)
		}
		tell := func(item, place, text string) (*publication.Feedback, error) {
			return s.Report(ctx, cal, portal.Reporting{ItemID: item, Place: place, Text: text})
		}
		f, err := tell(ids[0], "phones", "电话打不通，我是张三，13800138000")
		if err != nil {
			t.Fatal(err)
		}
		again, err := tell(ids[0], "phones", "电话打不通，我是张三，13800138000")
		if err != nil || again.Number != f.Number {
			t.Errorf("told twice: %s and %s, %v", f.Number, again.Number, err)
		}
		a, err := s.Answer(ctx, strings.ToLower(f.Number))
		if err != nil || !a.Open() || a.Text != "" || a.Due != f.Due {
			t.Errorf("%+v %v", a, err)
		}
		if _, err := s.Answer(ctx, "JC-00000-00000"); !fault.Is(err, fault.NotFound) {
			t.Error(err)
		}
		if _, err := s.Answer(ctx, "随便"); !fault.Is(err, fault.Invalid) {
			t.Error(err)
		}
		for _, bad := range []struct{ item, place, text string }{{"none", "", "哪里都不对啊"}, {ids[0], "none", "哪里都不对啊"}, {ids[0], "", ""}} {
			if _, err := tell(bad.item, bad.place, bad.text); !fault.Is(err, fault.NotFound) && !fault.Is(err, fault.Invalid) {
				t.Errorf("%+v: %v", bad, err)
			}
		}
		// The unit has one to-do for each report, with its day; the trail says that
		// somebody told, not who.
		var todos []work.Todo
		if err := db.View(ctx, func(tx *store.Tx) (err error) {
			stored, err := tx.FeedbackByNumber(f.Number)
			if err != nil {
				return err
			}
			if strings.Contains(stored.Text, "13800138000") {
				t.Error("a telephone number is stored")
			}
			todos, err = tx.OpenTodos([]string{"单位联络员"}, []string{f.UnitID}, 10)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if len(todos) != 1 || todos[0].Kind != work.KindFeedback || todos[0].Due != f.Due.String() || todos[0].SubjectID != f.ID {
			t.Errorf("%+v", todos)
		}
		if n, err := db.VerifyAudit(ctx); err != nil || n == 0 {
			t.Error(n, err)
		}
		// A flood about one guide is stopped, another guide is open.
		var stopped error
		for i := 0; i < 40 && stopped == nil; i++ {
			_, stopped = tell(ids[1], "", fmt.Sprintf("第 %d 条说的是不同的问题", i))
		}
		if !fault.Is(stopped, fault.Unavailable) {
			t.Errorf("a flood: %v", stopped)
		}
		if _, err := tell(ids[2], "", "这份指南的问题"); err != nil {
			t.Error(err)
		}
	})
}
