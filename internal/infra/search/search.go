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
	Corrected       string // what a query with a slip may have meant; mostly empty
}

const (
	// maxQuery bounds what is read of a query, in characters.
	maxQuery = 60
	// budget bounds the postings that one query reads; the rarest terms come
	// first, what lies beyond would hardly change the order.
	budget = 300_000
	// reranked is how many of the best are compared character by character.
	reranked = 256
	// A document is found if it covers this share of the query's weight, and
	// this share of what the best one covers.
	leastCover, leastOfBest = 0.2, 0.3
	// If no document reaches that, half of it must do: long questions have much
	// that no list says.
	fallback = 0.5
)

type term struct {
	key   uint64
	w     uint32 // what it counts for the order
	cover uint32 // and for being found at all
	docs  []uint32
	place []uint8 // nil: found by code
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
		r = ix.find(&q, text, keep, filtered)
	} else {
		r = Result{Units: []Facet{}, Types: []Facet{}, Audience: []Facet{}, Hits: []Hit{}}
	}
	r.Interpreted = string(text)
	return r
}

// list answers a query without text.
func (ix *Index) list(q *Query, keep func(uint32) bool, filtered bool) Result {
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
	for i := range uint32(len(ix.docs)) {
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
func (ix *Index) filter(q *Query) (keep func(uint32) bool, filtered bool) {
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
	return func(i uint32) bool {
		c := &ix.column[i]
		return (units == nil || units[c.unit]) && (kinds == nil || kinds[c.kind]) &&
			(any || visits[c.visits]) && (combos == nil || combos[c.audience]) && (!online || c.online)
	}, units != nil || kinds != nil || combos != nil || !any || online
}

// find scores, counts and orders.
func (ix *Index) find(q *Query, text []rune, keep func(uint32) bool, filtered bool) Result {
	p := ix.parse(text)
	s := ix.scratch.Get().(*scratch)
	defer ix.scratch.Put(s)
	for i := range p.terms {
		s.add(&p.terms[i])
	}
	least := p.least(s.best())
	// The sums are whole numbers: the set found depends on nothing but the terms,
	// whatever their order and the filters are.
	f := ix.counter()
	wanted := len(ix.docs)
	if q.Limit < wanted-min(q.Offset, wanted) {
		wanted = q.Offset + q.Limit
	}
	found := top{n: max(wanted, reranked)}
	s.drain(func(d, sums uint32) {
		if sums>>16 < least || filtered && !keep(d) {
			return
		}
		f.count(d)
		if found.full && float32(sums&0xffff)*ix.most*(1+nameShare) <= found.all[0].score {
			return
		}
		found.push(ranked{d, ix.score(p, sums&0xffff, d)})
	})
	var r Result
	f.write(&r)
	all := found.sorted()
	head := all[:min(reranked, len(all))]
	for i := range head {
		d := head[i].doc
		head[i].score *= p.likeness(ix.folded(d)) * agree(p.acts, ix.acts[d])
	}
	slices.SortFunc(head, byScore)
	r.Corrected = ix.corrected(p.core, head[:min(5, len(head))])
	for _, t := range tokens(nil, []rune(r.Corrected), false) {
		p.keys[t.key] = true // what was meant is marked in the names
	}
	from := min(q.Offset, len(all))
	to := from + min(q.Limit, len(all)-from)
	r.Hits = make([]Hit, 0, to-from)
	for _, h := range all[from:to] {
		d := &ix.docs[h.doc]
		r.Hits = append(r.Hits, Hit{Doc: d, Score: math.Round(float64(h.score)) / 1000, Marks: p.marks(d.Name)})
	}
	return r
}

// scratch adds up what documents have of one query: in the upper half of a
// number the weight of the terms that a document has, wherever, in the lower
// half the same by place. Which blocks of documents were met is marked, so that
// a rare word does not read the whole array.
type scratch struct {
	at    []uint32 // all zero between queries
	dirty []bool
}

const blockBits = 9

func (s *scratch) add(t *term) {
	var sums [16]uint32
	for b := range sums {
		sums[b] = t.cover<<16 | uint32(float32(t.w)*places[b])
	}
	if t.place == nil { // documents found by code
		for _, d := range t.docs {
			s.at[d] += t.cover<<16 | t.w
			s.dirty[d>>blockBits] = true
		}
		return
	}
	place := t.place[:len(t.docs)]
	for k, d := range t.docs {
		s.at[d] += sums[place[k]&15]
		s.dirty[d>>blockBits] = true
	}
}

func (s *scratch) block(b int) []uint32 {
	return s.at[b<<blockBits : min((b+1)<<blockBits, len(s.at))]
}

// best is the largest weight that a document has.
func (s *scratch) best() uint32 {
	best := uint32(0)
	for b, met := range s.dirty {
		if met {
			for _, v := range s.block(b) {
				best = max(best, v)
			}
		}
	}
	return best >> 16
}

// drain hands over the sums of documents in order, and forgets them.
func (s *scratch) drain(each func(doc, sums uint32)) {
	for b, met := range s.dirty {
		if met {
			block := s.block(b)
			for i, v := range block {
				if v != 0 {
					each(uint32(b<<blockBits+i), v)
				}
			}
			clear(block)
		}
	}
	clear(s.dirty)
}

// score joins what is found with how much of the name it is, and with use.
func (ix *Index) score(p *parsed, found, d uint32) float32 {
	share := min(float32(found)/(p.scale*(float32(ix.name[d])/256+1)), 1)
	return float32(found) * (1 + nameShare*share) * ix.use[d]
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

// top keeps the n best: when it is full, as a heap with the worst at its root.
type top struct {
	n    int
	all  []ranked
	full bool
}

func (t *top) push(x ranked) {
	if !t.full {
		t.all = append(t.all, x)
		if t.full = len(t.all) == t.n; t.full {
			for i := t.n/2 - 1; i >= 0; i-- {
				sift(t.all, i)
			}
		}
		return
	}
	if byScore(x, t.all[0]) < 0 {
		t.all[0] = x
		sift(t.all, 0)
	}
}

func (t *top) sorted() []ranked {
	slices.SortFunc(t.all, byScore)
	return t.all
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
