package publication

import (
	"testing"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/plan"
)

// The days by which guides are looked up agree with how each of them stands.
func TestGuideDueBefore(t *testing.T) {
	today := calendar.NewDate(2019, 6, 1)
	for _, c := range []plan.Clocks{{Guide: 180, GuideAhead: 30}, {Guide: 10, GuideAhead: 10}, {Guide: 5}} {
		expired, soon := GuideDueBefore(today, c)
		for n := -200; n <= 5; n++ {
			last := today.AddDays(n)
			want := GuideCurrent
			switch {
			case last.Before(expired):
				want = GuideExpired
			case last.Before(soon):
				want = GuideDueSoon
			}
			if g := CheckGuide(last, calendar.Date{}, today, c); g.Standing != want {
				t.Errorf("%+v: last known to be right on %s: %v, looked up as %v", c, last, g.Standing, want)
			}
		}
	}
}
