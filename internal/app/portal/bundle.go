package portal

import (
	"context"
	"slices"

	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/onceonly"
	"onevisit/internal/domain/visit"
)

// BundleHead is a bundle (一件事) in a list: how many of its items are published.
type BundleHead struct {
	Name, Title string
	Found, All  int
}

// Bundles are the bundles of which at least two items are published.
func (s *Service) Bundles() []BundleHead {
	w := s.ways()
	var out []BundleHead
	for i, b := range onceonly.Bundles() {
		h := BundleHead{Name: b.Name, Title: b.Title, All: len(b.Items)}
		for _, n := range w.bundles()[i] {
			if n >= 0 {
				h.Found++
			}
		}
		if h.Found >= 2 {
			out = append(out, h)
		}
	}
	return out
}

// BundleGuide is one guide for several items that make up one matter for the
// applicant.
type BundleGuide struct {
	Name    string // of its address
	Title   string
	Parts   []BundlePart
	Missing []string // items that the county has not published
	Source  string   // where the bundle comes from
	// Process is all processes joined, Ways its visits; Apart is what the items
	// take one after the other.
	Process *catalog.Process
	Ways    visit.Assessment
	Apart   int
	// Days are the promised working days on the longest way through the parts; -1
	// if one of the limits is not in working days.
	Days   int
	Papers []onceonly.Paper // of the parts, demanded once
}

// BundlePart is an item of a bundle.
type BundlePart struct {
	*Guide
	After []int // the parts whose results it needs
	Begin int   // parts that begin together have the same number, from 1
}

// Bundle compiles the guide of a bundle from the guides of its items, or NotFound.
func (s *Service) Bundle(ctx context.Context, name string) (*BundleGuide, error) {
	w := s.ways()
	bundles := onceonly.Bundles()
	at := slices.IndexFunc(bundles, func(b onceonly.Bundle) bool { return b.Name == name })
	if at < 0 {
		return nil, fault.NotFoundf("没有名为“%s”的一件事。可以搜索其中的事项，或拨打 12345 咨询。", name)
	}
	g := &BundleGuide{Name: name, Title: bundles[at].Title, Source: bundles[at].Source}
	var items []*catalog.Item
	for i, n := range w.bundles()[at] {
		if n < 0 {
			g.Missing = append(g.Missing, bundles[at].Items[i])
			continue
		}
		id := w.entries[n].ID
		if slices.ContainsFunc(g.Parts, func(p BundlePart) bool { return p.ID == id }) {
			continue // two names of the source for one item of the county
		}
		part, err := s.Guide(ctx, id)
		if err != nil {
			return nil, err
		}
		g.Parts = append(g.Parts, BundlePart{Guide: part})
		items = append(items, part.Item)
		g.Apart += part.Visits
	}
	if len(items) == 0 {
		return nil, fault.NotFoundf("“%s”所含的事项尚未公布。", name)
	}
	var after [][]int
	g.Papers, after = onceonly.Merge(items)
	parts := make([]visit.Part, len(items))
	for i, it := range items {
		g.Parts[i].After = after[i]
		p, err := visit.WorstCase(it)
		if err != nil {
			return nil, err
		}
		parts[i] = visit.Part{Process: p, After: after[i]}
	}
	var err error
	if g.Process, err = visit.Join(parts); err != nil {
		return nil, err
	}
	if g.Ways, err = visit.Assess(g.Process, 0); err != nil {
		return nil, err
	}
	g.Days = g.longest()
	return g, nil
}

// longest fills when the parts begin and returns the days of the longest way.
func (g *BundleGuide) longest() int {
	known := true
	memo := make([]int, len(g.Parts))
	var until func(i int) int // days until part i is done
	until = func(i int) int {
		p := &g.Parts[i]
		if p.Begin > 0 {
			return memo[i]
		}
		days := 0
		p.Begin = 1
		for _, a := range p.After { // never a circle: see onceonly.Merge
			days = max(days, until(a))
			p.Begin = max(p.Begin, g.Parts[a].Begin+1)
		}
		l := p.Item.PromisedLimit
		known = known && l.Unit == catalog.UnitWorkday
		memo[i] = days + l.N
		return memo[i]
	}
	most := 0
	for i := range g.Parts {
		most = max(most, until(i))
	}
	if !known {
		return -1
	}
	return most
}
