package publication

import (
	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/plan"
)

// GuideStanding says how a published guide stands to its confirmation (P-3.2f).
type GuideStanding string

// The standings of a guide.
const (
	GuideCurrent GuideStanding = "有效"
	GuideDueSoon GuideStanding = "将到期"
	GuideExpired GuideStanding = "已到期"
)

// GuideCheck is when a guide was last known to be right: when it was published
// or when its unit confirmed it since, and until when that holds.
type GuideCheck struct {
	Last, Until calendar.Date
	Standing    GuideStanding
}

// CheckGuide computes how a guide stands today: it holds for the days that the
// plan gives and is then marked, to the public too, until its unit confirms it.
func CheckGuide(released, confirmed, today calendar.Date, c plan.Clocks) GuideCheck {
	g := GuideCheck{Last: released, Standing: GuideCurrent}
	if g.Last.Before(confirmed) {
		g.Last = confirmed
	}
	g.Until = g.Last.AddDays(c.Guide)
	switch {
	case g.Until.Before(today):
		g.Standing = GuideExpired
	case g.Until.Before(today.AddDays(c.GuideAhead)):
		g.Standing = GuideDueSoon
	}
	return g
}

// GuideDueBefore returns the days before which a guide must have been published
// or confirmed last to be expired today, or to be expired or due soon.
func GuideDueBefore(today calendar.Date, c plan.Clocks) (expired, soon calendar.Date) {
	return today.AddDays(-c.Guide), today.AddDays(max(c.GuideAhead, 0) - c.Guide)
}
