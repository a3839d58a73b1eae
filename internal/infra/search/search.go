// Package search is the portal's index, in memory: names first, then what the
// records call them else, their units, materials and topics.
//
// A database's full-text search either finds nothing for words of two
// characters or ranks for seconds over common ones, so the index is our own
// (ADR 4).
//
// A query is read as pieces: words that people use for official ones
// (words.tsv), what is to be done (丢了, 到期, 开), words that every question has
// (怎么办理), letters that are pinyin, initials or a code, and the rest, which is
// parted where the names of the index part it. Each piece may be said in several
// ways; a way counts the more the rarer its characters stand together. First the
// postings of all ways are added up; then the best names are compared with the
// query as a whole: a word found whole counts more than scattered characters, a
// name of which little is left over more than a long one, and a name about what
// is to be done more than one about something else.
package search

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// Doc is what is indexed of an item.
type Doc struct {
	ID, Code, Name, Unit string
	Aliases              []string // other names: main item, variant, result
	Text                 []string // materials, topics
	Type                 string
	Visits               int
	Audience             []string
	Online               bool
	Weight               float64 // how often it is used; 0 if unknown
}

// Query is what is asked for. Empty filters match everything.
type Query struct {
	Text     string
	Units    []string
	Types    []string
	Visits   []int // 0, 1; 2 stands for two and more
	Audience string
	Online   bool // only what can be done on the net
	Verbatim bool // slips are not mended
	Offset   int
	Limit    int // 20 if 0
}

// Hit is one found item; its texts and aliases are not kept.
type Hit struct {
	Doc   Doc
	Score float64 // comparable within one answer; 0 for an empty query
	Marks []Span  // what of the name answers the query, in order
}

// Span is a part of a name, in characters (not bytes): From up to To.
type Span struct{ From, To int }

// Facet is one value of a facet with how many of the found items have it.
type Facet struct {
	Value string
	Count int
}

// Result is an answer. Facets are counted over everything found.
type Result struct {
	Total           int
	Hits            []Hit
	Units, Types    []Facet
	None, One, Many int // by visits
	Audience        []Facet
	Online          int    // how many can be done on the net
	Interpreted     string // the query as it was read
	Corrected       string // what a query with a slip may have meant; mostly empty
	Mended          bool   // the answer is the one to Corrected; Query.Verbatim asks for that to the letter
	Vague           bool   // what was found says little of what was asked for
}

const (
	// vagueScore is what the best answer has at least, if it is one. Of the right
	// answers to the relevance test's questions one in a hundred has less, of wrong
	// ones most.
	vagueScore = 0.4
	// maxQuery bounds what is read of a query, in characters.
	maxQuery = 60
	// reranked is how many names are compared with the whole query.
	reranked = 256
	// An item is found if it covers this share of the query's weight, and this
	// share of what the best one covers.
	leastCover, leastOfBest = 0.2, 0.3
	// If no item reaches that, half of it must do: long questions have much that
	// no list says.
	fallback = 0.5
)

// Search answers a query. An empty text finds everything, in the order of use
// and name. Hits beyond Offset and Limit are left out; Total and the facets
// count them.
func (ix *Index) Search(q Query) Result {
	if q.Limit <= 0 {
		q.Limit = 20
	}
	q.Offset = max(q.Offset, 0)
	text := readable(q.Text)
	var r Result
	switch {
	case strings.TrimSpace(q.Text) == "":
		r = ix.list(&q)
	case len(text) > 0:
		r = ix.find(&q, text)
	default:
		r = Result{Units: []Facet{}, Types: []Facet{}, Audience: []Facet{}, Hits: []Hit{}}
	}
	r.Interpreted = string(text)
	return r
}

// readable is what is read of a query: folded, single spaces, not too much.
func readable(q string) []rune {
	text := []rune(strings.Join(strings.Fields(string(normalise(q, 8*maxQuery))), " "))
	return text[:min(len(text), maxQuery)]
}

// list answers a query without text.
func (ix *Index) list(q *Query) Result {
	r := Result{Hits: []Hit{}}
	if !q.filtered() {
		r = ix.all
		r.Units, r.Types, r.Audience = slices.Clone(r.Units), slices.Clone(r.Types), slices.Clone(r.Audience)
		r.Hits = []Hit{}
		if q.Offset >= r.Total {
			return r
		}
	}
	at := 0
	counters := ix.counters()
	keeps := ix.filters(q)
	for s, d := range ix.inOrder() {
		e := ix.segs[s].facet[d]
		if !keeps[s].keep(d, e) {
			continue
		}
		if at >= q.Offset && len(r.Hits) < q.Limit {
			r.Hits = append(r.Hits, Hit{Doc: ix.segs[s].document(d)})
		}
		at++
		if !q.filtered() {
			if len(r.Hits) == q.Limit {
				return r
			}
			continue
		}
		counters[s].count(e)
	}
	if q.filtered() {
		ix.write(counters, &r)
	}
	return r
}

// found is one found document.
type found struct {
	seg   int
	doc   uint32
	score float32
}

// find scores, counts and orders.
func (ix *Index) find(q *Query, text []rune) Result {
	p := ix.parse(text, q.Verbatim)
	sums := make([]*sums, len(ix.segs))
	best := uint32(0)
	for i, s := range ix.segs {
		sums[i] = s.sums()
		defer s.put(sums[i])
		for k := range p.terms {
			sums[i].add(s, &p.terms[k])
		}
		best = max(best, sums[i].best(s))
	}
	least := p.least(best)
	p.rateBest(ix, sums)
	wanted := q.Limit + min(q.Offset, math.MaxInt-q.Limit)
	tops := top{ix: ix, n: min(wanted, ix.Len())}
	counters, keeps := ix.counters(), ix.filters(q)
	for i, s := range ix.segs {
		if p.hopeless && !sums[i].anyText && !sums[i].anyUnit {
			continue
		}
		sums[i].collect(s, i, least, &keeps[i], &counters[i], &tops)
	}
	r := Result{}
	if p.corrected != nil {
		r.Corrected, r.Mended = string(p.core), true
	}
	ix.write(counters, &r)
	all := tops.sorted()
	from := min(q.Offset, len(all))
	to := from + min(q.Limit, len(all)-from)
	r.Hits = make([]Hit, 0, to-from)
	r.Vague = len(all) > 0 && float64(all[0].score) < vagueScore
	for _, h := range all[from:to] {
		d := ix.segs[h.seg].document(h.doc)
		r.Hits = append(r.Hits, Hit{Doc: d, Score: math.Round(float64(h.score)*1e4) / 1e3, Marks: p.marks(d.Name)})
	}
	if r.Corrected == "" && !q.Verbatim {
		r.Corrected = ix.resembles(p, r.Hits)
	}
	return r
}

// top keeps the n best: when it is full, as a heap with the worst at its root.
type top struct {
	ix   *Index
	n    int
	all  []found
	full bool
	// least is the score of the worst, once it is full.
	least float32
}

// compare orders by score, then as in lists without a query.
func (t *top) compare(a, b found) int {
	if a.score != b.score {
		return cmp.Compare(b.score, a.score)
	}
	if a.seg == b.seg {
		return cmp.Compare(a.doc, b.doc)
	}
	return t.ix.compareDocs(a.seg, a.doc, b.seg, b.doc)
}

func (t *top) push(x found) {
	if !t.full {
		t.all = append(t.all, x)
		if t.full = len(t.all) == t.n; t.full {
			for i := t.n/2 - 1; i >= 0; i-- {
				t.sift(i)
			}
			t.least = t.all[0].score
		}
		return
	}
	if t.compare(x, t.all[0]) < 0 {
		t.all[0] = x
		t.sift(0)
		t.least = t.all[0].score
	}
}

func (t *top) sorted() []found {
	slices.SortFunc(t.all, t.compare)
	return t.all
}

func (t *top) sift(i int) {
	h := t.all
	for {
		c := 2*i + 1
		if c >= len(h) {
			return
		}
		if c+1 < len(h) && t.compare(h[c+1], h[c]) > 0 {
			c++
		}
		if t.compare(h[c], h[i]) <= 0 {
			return
		}
		h[i], h[c] = h[c], h[i]
		i = c
	}
}

// Suggest completes what somebody types: at most n names, best first, each
// once.
func (ix *Index) Suggest(prefix string, n int) []string {
	out := []string{}
	if n <= 0 || strings.TrimSpace(prefix) == "" {
		return out
	}
	for _, h := range ix.Search(Query{Text: prefix, Limit: 4 * n}).Hits {
		if len(out) < n && !slices.Contains(out, h.Doc.Name) {
			out = append(out, h.Doc.Name)
		}
	}
	return out
}
