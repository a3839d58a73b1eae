package portal

import (
	"time"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/plan"
	"onevisit/internal/domain/publication"
)

// guideChecks are the days on which units confirmed their guides, as they stand
// on one day. A snapshot keeps them, so that a page changes when they do.
type guideChecks struct {
	last   time.Time // when the newest was made
	today  calendar.Date
	clocks plan.Clocks
	at     map[string]time.Time
}

// checkReader is what a source can read besides where units work; the file of a
// release has nothing of the kind.
type checkReader interface {
	Now() time.Time
	ActivePlan() (plan.Plan, error)
	LastGuideCheck() (time.Time, error)
	GuideChecks() (map[string]time.Time, error)
}

// readChecks returns old if nothing has changed since.
func readChecks(tx Reader, old *guideChecks) (*guideChecks, error) {
	r, ok := tx.(checkReader)
	if !ok {
		return old, nil
	}
	p, err := r.ActivePlan()
	if err != nil && !fault.Is(err, fault.NotFound) {
		return nil, err
	}
	last, err := r.LastGuideCheck()
	if err != nil {
		return nil, err
	}
	c := &guideChecks{last: last, today: calendar.DateOf(r.Now()), clocks: p.Times()}
	if old != nil && old.last.Equal(c.last) && old.today == c.today && old.clocks == c.clocks {
		return old, nil
	}
	c.at, err = r.GuideChecks()
	return c, err
}

// of says how the guide of an item stands that was released at a moment.
func (c *guideChecks) of(id string, released time.Time) publication.GuideCheck {
	if c == nil {
		return publication.GuideCheck{Last: calendar.DateOf(released), Standing: publication.GuideCurrent}
	}
	confirmed := calendar.Date{}
	if at, ok := c.at[id]; ok {
		confirmed = calendar.DateOf(at)
	}
	return publication.CheckGuide(calendar.DateOf(released), confirmed, c.today, c.clocks)
}
