package office

import (
	"context"
	"fmt"
	"io"
	"slices"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/org"
	"onevisit/internal/infra/exchange"
	"onevisit/internal/infra/store"
)

// Calendar is the program's notices with those imported since, for every
// signed-in person.
func (s *Service) Calendar(ctx context.Context) (*calendar.Calendar, error) {
	var cal *calendar.Calendar
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		cal, err = tx.Calendar(calendar.Embedded())
		return err
	})
	return cal, err
}

// HolidayImport says what a notice has changed.
type HolidayImport struct {
	Years                []int // whose notice is known by now and was not before
	Added, Changed, Same int
	First, Last          calendar.Date // of the days that changed
}

// ImportHolidays reads a year's notice (the csv of calendar.ParseCSV) and lets it
// count from now on. The same file twice changes nothing. Due dates that were
// told stay as they were told; the ledger of new ones knows the notice.
func (s *Service) ImportHolidays(ctx context.Context, a org.Actor, r io.Reader) (HolidayImport, error) {
	var res HolidayImport
	if err := org.Can(a, org.ManageCalendar, ""); err != nil {
		return res, err
	}
	days, err := calendar.ParseCSV(r)
	if err != nil {
		return res, err
	}
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		before, err := tx.Calendar(calendar.Embedded())
		if err != nil {
			return err
		}
		res = HolidayImport{}
		have := map[calendar.Date]calendar.Day{}
		for _, d := range before.Days() {
			have[d.Date] = d
		}
		var news []calendar.Day
		for _, d := range days {
			old, was := have[d.Date]
			switch {
			case !was:
				res.Added++
			case old.Kind != d.Kind || old.Name != d.Name:
				res.Changed++
			default:
				res.Same++
				continue
			}
			news = append(news, d)
		}
		for _, y := range before.WithDays(days).Years() {
			if !before.Known(y) {
				res.Years = append(res.Years, y)
			}
		}
		if len(news) == 0 {
			return nil
		}
		slices.SortFunc(news, func(a, b calendar.Day) int { return a.Date.Compare(b.Date) })
		res.First, res.Last = news[0].Date, news[len(news)-1].Date
		if err := tx.SaveCalendarDays(news, a.Name); err != nil {
			return err
		}
		return tx.Record(a, "导入放假安排", "工作日历", "", fmt.Sprintf("%s至%s：新增 %d 天，更改 %d 天", res.First, res.Last, res.Added, res.Changed))
	})
	return res, err
}

// WriteCalendar writes all notices in the form that ImportHolidays reads.
func (s *Service) WriteCalendar(cal *calendar.Calendar, w io.Writer) error {
	sheet := exchange.Sheet{Name: "放假安排", Head: []string{"日期", "名称", "类型", "来源"}}
	for _, d := range cal.Days() {
		kind := "放假"
		if d.Kind == calendar.Work {
			kind = "上班"
		}
		sheet.Rows = append(sheet.Rows, []string{d.Date.String(), d.Name, kind, d.Source})
	}
	return exchange.WriteSheetCSV(w, sheet)
}
