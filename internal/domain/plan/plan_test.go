package plan_test

import (
	"testing"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/plan"
)

// A round carries out the day's reminder, or the latest that was missed since the
// round before; never one that a round has passed already.
func TestReminder(t *testing.T) {
	due := calendar.NewDate(2019, 3, 13)
	p, m := &plan.Plan{}, plan.Milestone{Due: due} // 3, 10 and 12 March
	march := func(d int) calendar.Date {
		if d == 0 {
			return calendar.Date{}
		}
		return calendar.NewDate(2019, 3, d)
	}
	for _, x := range []struct{ last, today, want int }{
		{0, 2, 0}, {0, 3, 3}, {0, 4, 0}, {0, 12, 12}, // the first round
		{2, 3, 3}, {2, 4, 3}, {3, 3, 3}, {3, 4, 0}, {3, 9, 0}, {2, 11, 10}, {2, 12, 12}, {2, 13, 12}, {11, 13, 12}, {12, 13, 0},
		{12, 10, 10}, {12, 11, 0}, // a clock that was set back: the same day of reminding, which was carried out
	} {
		if day, ok := p.Reminder(m, march(x.last), march(x.today)); day != march(x.want) || ok != (x.want > 0) {
			t.Errorf("last round %d, today %d: %s %v, want %d", x.last, x.today, day, ok, x.want)
		}
	}
	p.Remind = []int{}
	if _, ok := p.Reminder(m, march(2), march(12)); ok {
		t.Error("a plan without reminders reminds")
	}
}
