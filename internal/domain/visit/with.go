package visit

import (
	"slices"

	"onevisit/internal/domain/catalog"
)

// With is the process as a set of measures makes it: what the measures spare the
// applicant is gone, windows and waits are as they leave them, and sites stand
// where they move to. It takes as many visits as the process does under the set.
func (c *Compiled) With(m Set) *catalog.Process {
	p := *c.p
	p.Sites, p.Steps, p.Touchpoints = slices.Clone(p.Sites), slices.Clone(p.Steps), []catalog.Touchpoint{}
	halls, at := sitesOf(c.p, m&M4 != 0, m&M11 != 0)
	for i := range p.Sites {
		p.Sites[i].Hall = halls[i]
	}
	if m&M9 != 0 && c.formal {
		for i := range p.Steps {
			p.Steps[i].Waits = false
		}
	}
	for _, iv := range c.intervals(m, nil) {
		t := c.p.Touchpoints[iv.point]
		t.Site = p.Sites[at[c.points[iv.point].site]].ID
		if m&M1 != 0 && c.points[iv.point].duty == dutyOriginals {
			t.To = p.Steps[len(p.Steps)-1].ID
		}
		p.Touchpoints = append(p.Touchpoints, t)
	}
	return &p
}
