package search

import (
	"cmp"
	"maps"
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
	terms map[uint64]uint32 // key to term number; only terms that a document has
	start []uint32          // postings of term t: start[t] to start[t+1]
	doc   []uint32
	place []uint8

	names  []rune    // folded names without spaces, one behind the other
	nameAt []uint32  // name of document d: nameAt[d] to nameAt[d+1]
	name   []uint32  // weight of all terms of a document's name, in 1/256
	acts   []actions // what its name says is done
	use    []float32 // factor by how often a document is used
	most   float32   // the largest of them

	codes []uint32 // documents that have a code, by code
	spell map[string]bool

	column       []column // what is filtered and counted, by document
	units, kinds []string
	audiences    [][]string // distinct combinations
	all          Result     // answer to the empty query, without hits

	scratch sync.Pool // *scratch
}

// column holds a document's facets, as numbers into the lists of the index.
type column struct {
	unit, audience uint32
	kind           uint16
	visits         uint8 // 0, 1, 2: two and more
	online         bool
}

// Build indexes documents. It keeps them (and their texts, for Merge); the
// caller must not change them any more.
func Build(docs []Doc) *Index { return Merge(&Index{}, docs, nil) }

// Merge is Build over old's documents without those removed, with the changed
// ones (by ID) in the place of their former selves or added. Only what changed
// is read anew.
func Merge(old *Index, changed []Doc, removed []string) *Index {
	gone := make(map[string]bool, len(changed)+len(removed))
	for _, id := range removed {
		gone[id] = true
	}
	if len(old.docs) > 0 {
		for i := range changed {
			gone[changed[i].ID] = true
		}
	}
	fresh := slices.Clone(changed)
	slices.SortStableFunc(fresh, inLists)
	ix := &Index{docs: make([]Doc, 0, len(old.docs)+len(fresh)), terms: maps.Clone(old.terms), spell: map[string]bool{}}
	if ix.terms == nil {
		ix.terms = map[uint64]uint32{}
	}
	// Both lists are in order: what is kept keeps its order.
	moved := make([]uint32, len(old.docs)) // number of an old document now
	at := make([]uint32, len(fresh))       // number of a fresh one
	k := 0
	put := func(until *Doc) {
		for ; k < len(fresh) && (until == nil || inLists(fresh[k], *until) < 0); k++ {
			at[k] = uint32(len(ix.docs))
			ix.docs = append(ix.docs, fresh[k])
		}
	}
	for i := range old.docs {
		if gone[old.docs[i].ID] {
			moved[i] = removedDoc
			continue
		}
		put(&old.docs[i])
		moved[i] = uint32(len(ix.docs))
		ix.docs = append(ix.docs, old.docs[i])
	}
	put(nil)
	sp := newSpeller()
	maps.Copy(sp.set, old.spell)
	ix.spell = sp.set
	ix.gather(max(len(old.start)-1, 0), fresh, at, sp)
	if len(old.docs) > 0 {
		ix.join(old, moved)
	}
	ix.columns()
	ix.joinCodes(old, moved, at)
	ix.weigh()
	blocks := len(ix.docs)>>blockBits + 1
	ix.scratch.New = func() any { return &scratch{at: make([]uint32, len(ix.docs)), dirty: make([]bool, blocks)} }
	return ix
}

const removedDoc = math.MaxUint32

// inLists is the order without a query, the same however an index came about.
func inLists(a, b Doc) int {
	return cmp.Or(cmp.Compare(b.Weight, a.Weight), cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
}

// gather reads documents once and sorts their terms by counting: the postings
// of fresh documents, which have the numbers at. The first numbers of terms are
// taken, some by terms that nothing has any more.
func (ix *Index) gather(taken int, fresh []Doc, at []uint32, sp *speller) {
	counts := make([]uint32, taken, taken+1024)
	var seen []uint32 // term number and, in the upper four bits, place
	ends := make([]int, len(fresh))
	var c collector
	for i := range fresh {
		for _, e := range c.collect(&fresh[i], sp) {
			t, ok := ix.terms[e.key]
			if !ok {
				t = uint32(len(counts))
				ix.terms[e.key] = t
				counts = append(counts, 0)
			}
			counts[t]++
			seen = append(seen, t|uint32(e.place)<<28)
		}
		ends[i] = len(seen)
	}
	ix.start = make([]uint32, len(counts)+1)
	for t, n := range counts {
		ix.start[t+1] = ix.start[t] + n
	}
	ix.doc, ix.place = make([]uint32, len(seen)), make([]uint8, len(seen))
	next, from := slices.Clone(ix.start), 0
	for i, end := range ends {
		for _, e := range seen[from:end] {
			t := e & (1<<28 - 1)
			ix.doc[next[t]], ix.place[next[t]] = at[i], uint8(e>>28)
			next[t]++
		}
		from = end
	}
}

// join puts the postings of old before those that ix has, by document.
func (ix *Index) join(old *Index, moved []uint32) {
	doc := make([]uint32, 0, len(ix.doc)+len(old.doc))
	place := make([]uint8, 0, cap(doc))
	start := make([]uint32, len(ix.start))
	for t := range len(ix.start) - 1 {
		a, b := ix.start[t], ix.start[t+1]
		if t < len(old.start)-1 {
			for k := old.start[t]; k < old.start[t+1]; k++ {
				d := moved[old.doc[k]]
				if d == removedDoc {
					continue
				}
				for ; a < b && ix.doc[a] < d; a++ {
					doc, place = append(doc, ix.doc[a]), append(place, ix.place[a])
				}
				doc, place = append(doc, d), append(place, old.place[k])
			}
		}
		doc, place = append(doc, ix.doc[a:b]...), append(place, ix.place[a:b]...)
		start[t+1] = uint32(len(doc))
	}
	ix.doc, ix.place, ix.start = doc, place, start
	maps.DeleteFunc(ix.terms, func(_ uint64, t uint32) bool { return start[t] == start[t+1] })
}

// weigh writes down what the order of a result asks of each document.
func (ix *Index) weigh() {
	ix.name, ix.use, ix.most = make([]uint32, len(ix.docs)), make([]float32, len(ix.docs)), 1
	for key, t := range ix.terms {
		if key&kindMask > word {
			continue
		}
		docs, place := ix.postings(t)
		w := uint32(ix.weight(key, len(docs)) * 256)
		for k, d := range docs {
			if place[k]&inName != 0 {
				ix.name[d] += w
			}
		}
	}
	ix.nameAt, ix.acts = make([]uint32, len(ix.docs)+1), make([]actions, len(ix.docs))
	for i := range ix.docs {
		d := &ix.docs[i]
		ix.use[i] = 1 + 0.02*float32(math.Log1p(max(d.Weight, 0)))
		ix.most = max(ix.most, ix.use[i])
		ix.names = appendName(ix.names, d.Name)
		ix.nameAt[i+1] = uint32(len(ix.names))
		ix.acts[i] = actionsOf(ix.folded(uint32(i)))
	}
	ix.names = slices.Clip(ix.names)
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

// appendName appends a name folded, without spaces; only brackets stay.
func appendName(out []rune, name string) []rune {
	for _, r := range name {
		switch r {
		case '(', '（', '[', '【', '〔':
			r = opening
		case ')', '）', ']', '】', '〕':
			r = closing
		default:
			r = fold(r)
		}
		if r != ' ' {
			out = append(out, r)
		}
	}
	return out
}

// Brackets of all kinds and widths in folded names.
const opening, closing = '(', ')'

// folded is a document's name as it is compared.
func (ix *Index) folded(d uint32) []rune { return ix.names[ix.nameAt[d]:ix.nameAt[d+1]] }

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
	ix.column = make([]column, len(ix.docs))
	units, kinds, combos := map[string]uint32{}, map[string]uint32{}, map[string]uint32{}
	number := func(m map[string]uint32, v string) uint32 {
		k, ok := m[v]
		if !ok {
			k = uint32(len(m))
			m[v] = k
		}
		return k
	}
	for i := range ix.docs {
		d := &ix.docs[i]
		ix.column[i] = column{
			unit: number(units, d.Unit), kind: uint16(number(kinds, d.Type)), audience: number(combos, strings.Join(d.Audience, "\x00")),
			visits: uint8(min(max(d.Visits, 0), 2)), online: d.Online,
		}
	}
	ix.units, ix.kinds, ix.audiences = make([]string, len(units)), make([]string, len(kinds)), make([][]string, len(combos))
	for v, k := range units {
		ix.units[k] = v
	}
	for v, k := range kinds {
		ix.kinds[k] = v
	}
	for v, k := range combos {
		set := strings.Split(v, "\x00")
		slices.Sort(set)
		ix.audiences[k] = slices.DeleteFunc(slices.Compact(set), func(a string) bool { return a == "" })
	}
	f := ix.counter()
	for i := range ix.docs {
		f.count(uint32(i))
	}
	f.write(&ix.all)
}

// joinCodes lists the documents by code: old's list is in order already.
func (ix *Index) joinCodes(old *Index, moved, at []uint32) {
	byCode := func(a, b uint32) int {
		return cmp.Or(cmp.Compare(ix.docs[a].Code, ix.docs[b].Code), cmp.Compare(a, b))
	}
	var fresh []uint32
	for _, d := range at {
		if ix.docs[d].Code != "" {
			fresh = append(fresh, d)
		}
	}
	slices.SortFunc(fresh, byCode)
	for _, d := range old.codes {
		if d = moved[d]; d == removedDoc {
			continue
		}
		for len(fresh) > 0 && byCode(fresh[0], d) < 0 {
			ix.codes, fresh = append(ix.codes, fresh[0]), fresh[1:]
		}
		ix.codes = append(ix.codes, d)
	}
	ix.codes = append(ix.codes, fresh...)
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

func (f *counter) count(i uint32) {
	c := &f.ix.column[i]
	f.total++
	f.units[c.unit]++
	f.kinds[c.kind]++
	f.combos[c.audience]++
	f.visits[c.visits%3]++
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
