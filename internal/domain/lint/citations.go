package lint

import (
	"strings"

	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/citation"
)

// reading is what a text says as a legal basis.
type reading struct {
	cites []citation.Citation
	stop  *citation.Stop
	best  citation.Level // the highest level among the citations
}

// read reads a basis. Many items cite the same text, so readings are kept.
func (c *Context) read(text string) *reading {
	if r, ok := c.citations[text]; ok {
		return r
	}
	r := new(reading)
	r.cites, r.stop = citation.Read(text)
	for i := range r.cites {
		if l := r.cites[i].Level; l.Rank() > 0 && (r.best.Rank() == 0 || l.Rank() < r.best.Rank()) {
			r.best = l
		}
	}
	c.citations[text] = r
	return r
}

// levelIn is the highest level that a text cites. A short form (《条例》) that
// tells nothing by itself stands for a norm among the item's bases.
func (c *Context) levelIn(it *catalog.Item, r *reading) citation.Level {
	if r.best != "" {
		return r.best
	}
	best := citation.Level("")
	for i := range r.cites {
		short := strings.TrimSpace(r.cites[i].Title)
		if short == "" {
			continue
		}
		for k := range it.Bases {
			for _, b := range c.read(it.Bases[k].Text).cites {
				if l := b.Level; l.Rank() > 0 && strings.HasSuffix(b.Title, short) && (best == "" || l.Rank() < best.Rank()) {
					best = l
				}
			}
		}
	}
	return best
}
