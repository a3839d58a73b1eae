// Package search is the portal's index, in memory: single characters, bigrams
// and pinyin, names first.
//
// A database's full-text search either finds nothing for words of two
// characters or ranks for seconds over common ones, so the index is our own. It
// is built whole from the documents and never changes; a new release makes a
// new one and swaps it in.
//
// A query is cut into terms: runs of Han characters give bigrams and single
// characters, runs of letters are read as words, codes and pinyin (full or
// initials), and everyday words stand for the official ones as well
// (synonyms.tsv). A term weighs the more the rarer it is, and more in a name
// than in other text; words that every question has (怎么办理 …) weigh little. A
// document is found if it has enough of the query's weight, so one wrong
// character does no harm. The best are then compared character by character:
// the whole query in the name comes before scattered characters, and of equals
// the shorter name first.
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
	Aliases              []string
	Text                 string // materials, topics
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
	Offset   int
	Limit    int // 20 if 0
}

// Hit is one found item.
type Hit struct {
	Doc   *Doc
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
	Interpreted     string // the query as it was read
}

const (
	// maxQuery bounds what is read of a query, in characters.
	maxQuery = 60
	// budget bounds the postings that one query reads; the rarest terms come
	// first, what lies beyond would hardly change the order.
	budget = 400_000
	// reranked is how many of the best are compared character by character.
	reranked = 64
	// A document is found if it covers this share of the query's weight, and
	// this share of what the best one covers.
	leastCover, leastOfBest = 0.2, 0.3
	// If no document reaches that, half of it must do: long questions have much
	// that no list says.
	fallback = 0.5
)

// tally adds up what a document has of the query.
type tally struct {
	cover float32 // weight of the terms it has, wherever
	score float32 // the same, by place
	name  float32 // weight of those in its name
}

type scratch struct {
	at      []tally // all zero between queries
	touched []uint32
}

type term struct {
	key   uint64
	w     float32 // what it counts for the order
	cover float32 // and for being found at all: a single character of a longer query nothing
	docs  []uint32
	place []uint8
}

// Search answers a query. An empty text finds everything, in the order of use
// and name. Hits beyond Offset and Limit are left out; Total and the facets
// count them.
func (ix *Index) Search(q Query) Result {
	if q.Limit <= 0 {
		q.Limit = 20
	}
	q.Offset = max(q.Offset, 0)
	rs := normalise(q.Text, 8*maxQuery)
	text := []rune(strings.Join(strings.Fields(string(rs)), " "))
	if len(text) > maxQuery {
		text = text[:maxQuery]
	}
	keep, filtered := ix.filter(&q)
	var r Result
	if strings.TrimSpace(q.Text) == "" {
		r = ix.list(&q, keep, filtered)
	} else if len(text) > 0 {
		r = ix.find(&q, text, keep)
	} else {
		r = Result{Units: []Facet{}, Types: []Facet{}, Audience: []Facet{}, Hits: []Hit{}}
	}
	r.Interpreted = string(text)
	return r
}

// list answers a query without text.
func (ix *Index) list(q *Query, keep func(int) bool, filtered bool) Result {
	if !filtered {
		r := ix.all
		r.Units, r.Types, r.Audience = slices.Clone(r.Units), slices.Clone(r.Types), slices.Clone(r.Audience)
		from := min(q.Offset, len(ix.docs))
		to := from + min(q.Limit, len(ix.docs)-from)
		r.Hits = make([]Hit, 0, to-from)
		for i := from; i < to; i++ {
			r.Hits = append(r.Hits, Hit{Doc: &ix.docs[i]})
		}
		return r
	}
	r := Result{Hits: []Hit{}}
	f := ix.counter()
	for i := range ix.docs {
		if keep(i) {
			if f.total >= q.Offset && len(r.Hits) < q.Limit {
				r.Hits = append(r.Hits, Hit{Doc: &ix.docs[i]})
			}
			f.count(i)
		}
	}
	f.write(&r)
	return r
}

// filter compiles the filters of q to one test over the columns.
func (ix *Index) filter(q *Query) (keep func(int) bool, filtered bool) {
	chosen := func(values, wanted []string) []bool {
		if len(wanted) == 0 {
			return nil
		}
		out := make([]bool, len(values))
		for i, v := range values {
			out[i] = slices.Contains(wanted, v)
		}
		return out
	}
	units, kinds := chosen(ix.units, q.Units), chosen(ix.kinds, q.Types)
	var combos []bool
	if q.Audience != "" {
		combos = make([]bool, len(ix.audiences))
		for i, set := range ix.audiences {
			combos[i] = slices.Contains(set, q.Audience)
		}
	}
	var visits [3]bool
	for _, v := range q.Visits {
		if v >= 0 && v <= 2 {
			visits[v] = true
		}
	}
	any := len(q.Visits) == 0
	online := q.Online
	return func(i int) bool {
		return (units == nil || units[ix.unit[i]]) && (kinds == nil || kinds[ix.kind[i]]) &&
			(any || visits[ix.visits[i]]) && (combos == nil || combos[ix.audience[i]]) && (!online || ix.docs[i].Online)
	}, units != nil || kinds != nil || combos != nil || !any || online
}

// find scores, counts and orders.
func (ix *Index) find(q *Query, text []rune, keep func(int) bool) Result {
	p := ix.parse(text)
	s := ix.scratch.Get().(*scratch)
	defer func() {
		for _, d := range s.touched {
			s.at[d] = tally{}
		}
		s.touched = s.touched[:0]
		ix.scratch.Put(s)
	}()
	for i := range p.terms {
		t := &p.terms[i]
		if t.place == nil { // documents found by code
			for _, d := range t.docs {
				s.add(d, t.w, t.cover, 1, true)
			}
			continue
		}
		for k, d := range t.docs {
			pl := t.place[k]
			s.add(d, t.w, t.cover, places[pl&15], pl&inName != 0)
		}
	}
	best := float32(0)
	for _, d := range s.touched {
		best = max(best, s.at[d].cover)
	}
	floor := p.total * leastCover
	if best < floor {
		floor *= fallback
	}
	least := max(best*leastOfBest, floor)
	least -= least * 1e-4 // sums of one set of terms differ by rounding
	// The rounding of a sum depends on nothing but the terms: the set found is
	// the same whatever the filters are.
	f := ix.counter()
	found := make([]ranked, 0, min(len(s.touched), 4096))
	for _, d := range s.touched {
		if t := &s.at[d]; t.cover > 0 && t.cover >= least && keep(int(d)) {
			f.count(int(d))
			found = append(found, ranked{d, ix.score(t, d)})
		}
	}
	var r Result
	f.write(&r)
	wanted := len(found)
	if q.Limit < wanted-min(q.Offset, wanted) {
		wanted = q.Offset + q.Limit
	}
	found = top(found, max(wanted, reranked))
	head := found[:min(reranked, len(found))]
	for i := range head {
		head[i].score *= p.likeness(&ix.docs[head[i].doc])
	}
	slices.SortFunc(head, byScore)
	from := min(q.Offset, len(found))
	to := from + min(q.Limit, len(found)-from)
	r.Hits = make([]Hit, 0, to-from)
	for _, h := range found[from:to] {
		d := &ix.docs[h.doc]
		r.Hits = append(r.Hits, Hit{Doc: d, Score: math.Round(float64(h.score)*1000) / 1000, Marks: p.marks(d.Name)})
	}
	return r
}

func (s *scratch) add(d uint32, w, cover, place float32, name bool) {
	t := &s.at[d]
	if t.score == 0 {
		s.touched = append(s.touched, d)
	}
	t.cover += cover
	t.score += w * place
	if name {
		t.name += w
	}
}

// score joins what is found with how much of the name it is, and with use.
func (ix *Index) score(t *tally, d uint32) float32 {
	share := min(t.name/(ix.name[d]+1), 1)
	use := float32(1)
	if w := ix.docs[d].Weight; w > 0 {
		use += 0.02 * float32(math.Log1p(w))
	}
	return t.score * (1 + nameShare*share) * use
}

// nameShare is how much it counts that the query is all of the name.
const nameShare = 0.6

type ranked struct {
	doc   uint32
	score float32
}

func byScore(a, b ranked) int {
	return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.doc, b.doc))
}

// top orders the n best of all and returns them.
func top(all []ranked, n int) []ranked {
	if len(all) > 4*n {
		// A heap of the n best, the worst at its root.
		h := all[:n]
		for i := n/2 - 1; i >= 0; i-- {
			sift(h, i)
		}
		for _, x := range all[n:] {
			if byScore(x, h[0]) < 0 {
				h[0] = x
				sift(h, 0)
			}
		}
		all = h
	}
	slices.SortFunc(all, byScore)
	return all[:min(n, len(all))]
}

func sift(h []ranked, i int) {
	for {
		c := 2*i + 1
		if c >= len(h) {
			return
		}
		if c+1 < len(h) && byScore(h[c+1], h[c]) > 0 {
			c++
		}
		if byScore(h[c], h[i]) <= 0 {
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
