package search

import (
	"cmp"
	"math"
	"slices"
	"sort"
	"strings"
	"sync"
)

// Where a term stands in a document, as bits.
const (
	inName = 1 << iota
	inAlias
	inUnit
	inText
)

// places gives each combination of bits the weight of its best place.
var places = func() (w [16]float32) {
	for b := range w {
		for bit, v := range map[int]float32{inName: 1, inAlias: 0.8, inUnit: 0.3, inText: 0.2} {
			if b&bit != 0 {
				w[b] = max(w[b], v)
			}
		}
	}
	return w
}()

// singleWeight is what a character found alone counts against a pair found
// together.
const singleWeight = 0.35

// Index is an immutable snapshot, safe for concurrent use.
//
// Documents are numbered in the order of lists without a query (weight, then
// name), so that equal scores need no comparison of texts. The postings of all
// terms lie one behind the other in two flat arrays, five bytes each. Roaring
// bitmaps were weighed and left out: scoring needs the place of every hit, and
// adding up flat lists is faster than what a bitmap can give without it.
type Index struct {
	docs  []Doc
	terms map[uint64]uint32 // key to term number
	start []uint32          // postings of term t: start[t] to start[t+1]
	doc   []uint32
	place []uint8
	name  []float32 // weight of all terms of a document's name

	codes []uint32 // documents that have a code, by code
	spell map[string]bool

	unit, kind, audience []uint32 // numbers into the lists below
	units, kinds         []string
	audiences            [][]string // distinct combinations
	visits               []uint8    // 0, 1, 2: two and more
	all                  Result     // answer to the empty query, without hits

	scratch sync.Pool // *scratch
}

// Build indexes documents. It keeps them (and their texts, for Merge); the
// caller must not change them any more.
func Build(docs []Doc) *Index {
	ix := &Index{docs: slices.Clone(docs), terms: map[uint64]uint32{}}
	slices.SortStableFunc(ix.docs, func(a, b Doc) int {
		return cmp.Or(cmp.Compare(b.Weight, a.Weight), cmp.Compare(a.Name, b.Name))
	})
	ix.columns()
	sp := newSpeller()
	ix.spell = sp.set
	// Two passes: the first counts, the second fills arrays of the right size.
	var counts []uint32
	var c collector
	for i := range ix.docs {
		for _, e := range c.collect(&ix.docs[i], sp) {
			t, ok := ix.terms[e.key]
			if !ok {
				t = uint32(len(counts))
				ix.terms[e.key] = t
				counts = append(counts, 0)
			}
			counts[t]++
		}
	}
	ix.start = make([]uint32, len(counts)+1)
	for t, n := range counts {
		ix.start[t+1] = ix.start[t] + n
	}
	total := ix.start[len(counts)]
	ix.doc, ix.place = make([]uint32, total), make([]uint8, total)
	ix.name = make([]float32, len(ix.docs))
	next := slices.Clone(ix.start)
	for i := range ix.docs {
		for _, e := range c.collect(&ix.docs[i], sp) {
			t := ix.terms[e.key]
			ix.doc[next[t]], ix.place[next[t]] = uint32(i), e.place
			next[t]++
			if e.place&inName != 0 && e.key&kindMask <= word {
				ix.name[i] += ix.weight(e.key, int(counts[t]))
			}
		}
	}
	ix.scratch.New = func() any { return &scratch{at: make([]tally, len(ix.docs))} }
	return ix
}

// Merge is Build over old's documents without those removed, with the changed
// ones (by ID) in the place of their former selves or added.
func Merge(old *Index, changed []Doc, removed []string) *Index {
	gone := make(map[string]bool, len(changed)+len(removed))
	for _, id := range removed {
		gone[id] = true
	}
	for i := range changed {
		gone[changed[i].ID] = true
	}
	docs := make([]Doc, 0, len(old.docs)+len(changed))
	for i := range old.docs {
		if !gone[old.docs[i].ID] {
			docs = append(docs, old.docs[i])
		}
	}
	return Build(append(docs, changed...))
}

// weight is how much finding a term says: more if fewer documents have it.
func (ix *Index) weight(key uint64, df int) float32 {
	w := float32(math.Log(1 + float64(len(ix.docs)+1)/float64(df+1)))
	if key&kindMask == single {
		w *= singleWeight
	}
	return w
}

type entry struct {
	key   uint64
	place uint8
}

// collector gathers the distinct terms of one document; it reuses its memory.
type collector struct {
	entries []entry
	toks    []token
	keys    []uint64
}

func (c *collector) collect(d *Doc, sp *speller) []entry {
	c.entries = c.entries[:0]
	add := func(s string, place uint8, singles bool) []rune {
		rs := normalise(s, 0)
		c.toks = tokens(c.toks[:0], rs, singles)
		for _, t := range c.toks {
			c.entries = append(c.entries, entry{t.key, place})
		}
		return rs
	}
	name := add(d.Name, inName, true)
	c.keys = sp.spell(c.keys[:0], name)
	for _, k := range c.keys {
		c.entries = append(c.entries, entry{k, inName})
	}
	for _, a := range d.Aliases {
		add(a, inAlias, true)
	}
	add(d.Unit, inUnit, false)
	add(d.Text, inText, false)
	slices.SortFunc(c.entries, func(a, b entry) int { return cmp.Compare(a.key, b.key) })
	out := c.entries[:0]
	for _, e := range c.entries {
		if n := len(out); n > 0 && out[n-1].key == e.key {
			out[n-1].place |= e.place
		} else {
			out = append(out, e)
		}
	}
	c.entries = out
	return out
}

// columns writes what is filtered and counted into numbers.
func (ix *Index) columns() {
	n := len(ix.docs)
	ix.unit, ix.kind, ix.audience, ix.visits = make([]uint32, n), make([]uint32, n), make([]uint32, n), make([]uint8, n)
	number := func(m map[string]uint32, list *[]string, v string) uint32 {
		k, ok := m[v]
		if !ok {
			k = uint32(len(m))
			m[v] = k
			*list = append(*list, v)
		}
		return k
	}
	units, kinds, combos := map[string]uint32{}, map[string]uint32{}, map[string]uint32{}
	for i := range ix.docs {
		d := &ix.docs[i]
		ix.unit[i] = number(units, &ix.units, d.Unit)
		ix.kind[i] = number(kinds, &ix.kinds, d.Type)
		ix.visits[i] = uint8(min(max(d.Visits, 0), 2))
		key := strings.Join(d.Audience, "\x00")
		k, ok := combos[key]
		if !ok {
			k = uint32(len(combos))
			combos[key] = k
			set := slices.Clone(d.Audience)
			slices.Sort(set)
			ix.audiences = append(ix.audiences, slices.Compact(set))
		}
		ix.audience[i] = k
		if d.Code != "" {
			ix.codes = append(ix.codes, uint32(i))
		}
	}
	slices.SortStableFunc(ix.codes, func(a, b uint32) int { return cmp.Compare(ix.docs[a].Code, ix.docs[b].Code) })
	f := ix.counter()
	for i := range ix.docs {
		f.count(i)
	}
	f.write(&ix.all)
}

// withCode finds the documents whose code begins with p, at most n of them.
func (ix *Index) withCode(p string, n int) []uint32 {
	p = strings.ToUpper(p)
	from := sort.Search(len(ix.codes), func(i int) bool { return strings.ToUpper(ix.docs[ix.codes[i]].Code) >= p })
	to := from
	for to < len(ix.codes) && to-from < n && strings.HasPrefix(strings.ToUpper(ix.docs[ix.codes[to]].Code), p) {
		to++
	}
	return ix.codes[from:to]
}

func (ix *Index) postings(t uint32) ([]uint32, []uint8) {
	a, b := ix.start[t], ix.start[t+1]
	return ix.doc[a:b], ix.place[a:b]
}

// counter counts the facets of a result.
type counter struct {
	ix                   *Index
	total                int
	units, kinds, combos []int
	visits               [3]int
}

func (ix *Index) counter() *counter {
	return &counter{ix: ix, units: make([]int, len(ix.units)), kinds: make([]int, len(ix.kinds)), combos: make([]int, len(ix.audiences))}
}

func (f *counter) count(i int) {
	f.total++
	f.units[f.ix.unit[i]]++
	f.kinds[f.ix.kind[i]]++
	f.combos[f.ix.audience[i]]++
	f.visits[f.ix.visits[i]]++
}

func (f *counter) write(r *Result) {
	r.Total = f.total
	r.None, r.One, r.Many = f.visits[0], f.visits[1], f.visits[2]
	r.Units, r.Types = facets(f.ix.units, f.units), facets(f.ix.kinds, f.kinds)
	each := map[string]int{}
	for k, n := range f.combos {
		if n > 0 {
			for _, a := range f.ix.audiences[k] {
				each[a] += n
			}
		}
	}
	r.Audience = make([]Facet, 0, len(each))
	for v, n := range each {
		r.Audience = append(r.Audience, Facet{v, n})
	}
	sortFacets(r.Audience)
}

func facets(values []string, counts []int) []Facet {
	out := make([]Facet, 0, min(len(values), 64))
	for i, n := range counts {
		if n > 0 {
			out = append(out, Facet{values[i], n})
		}
	}
	sortFacets(out)
	return out
}

func sortFacets(f []Facet) {
	slices.SortFunc(f, func(a, b Facet) int { return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Value, b.Value)) })
}
