package search

import (
	"slices"
	"strings"
)

// Pair is a query and the name of the item that ought to answer it.
type Pair struct {
	Query, Expected string
}

// Miss is a query whose item is not among the first five.
type Miss struct {
	Query    string   `json:"query"`
	Expected string   `json:"expected"`
	Got      []string `json:"got"` // names of the first five, best first
}

// Report says how well an index answers queries with a known answer.
type Report struct {
	Queries int     `json:"queries"` // asked; without the skipped
	Skipped int     `json:"skipped"` // no item has the expected name
	First   float64 `json:"first"`   // share answered at the first place, 0 to 1
	Top5    float64 `json:"top5"`    // share answered among the first five, 0 to 1
	Misses  []Miss  `json:"misses"`  // never nil
}

// bare is a name without brackets and their widths: two lists write one name in
// different ways.
func bare(name string) string { return strings.ReplaceAll(string(normalise(name, 0)), " ", "") }

// Evaluate asks every pair's query and looks for the expected name. Several
// items may share a name: any of them counts.
func Evaluate(ix *Index, pairs []Pair) Report {
	names := make(map[string]bool, ix.Len())
	for s, d := range ix.inOrder() {
		names[bare(ix.segs[s].nameOf(d))] = true
	}
	r := Report{Misses: []Miss{}}
	first, top := 0, 0
	for _, p := range pairs {
		if !names[bare(p.Expected)] {
			r.Skipped++
			continue
		}
		r.Queries++
		got, plain := []string{}, []string{}
		for _, h := range ix.Search(Query{Text: p.Query, Limit: 5}).Hits {
			got = append(got, h.Doc.Name)
			plain = append(plain, bare(h.Doc.Name))
		}
		switch at := slices.Index(plain, bare(p.Expected)); {
		case at == 0:
			first++
			top++
		case at > 0:
			top++
		default:
			r.Misses = append(r.Misses, Miss{p.Query, p.Expected, got})
		}
	}
	if r.Queries > 0 {
		r.First = float64(first) / float64(r.Queries)
		r.Top5 = float64(top) / float64(r.Queries)
	}
	return r
}
