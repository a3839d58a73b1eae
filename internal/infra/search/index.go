package search

import (
	"cmp"
	"iter"
	"math"
	"slices"
	"sync"
)

// Index is an immutable snapshot, safe for concurrent use: a large segment and,
// after increments, a small one with what came since.
type Index struct {
	segs  []*segment
	delta []Doc // of the second segment, with their texts
	words *Words
	use   *Use // nil: the documents' own weights
	// fix corrects the heads that have a term, by term: those that live no more,
	// and those that both segments have.
	fix   map[uint64]int32
	heads int    // distinct, living
	live  int    // documents
	all   Result // answer to the empty query, without hits
}

// Build indexes documents.
func Build(docs []Doc) *Index {
	b := NewBuilder()
	b.Add(docs...)
	return b.Index()
}

// WithWords is the same index read with other words.
func (ix *Index) WithWords(w *Words) *Index {
	out := *ix
	out.words = w
	return &out
}

// Use is how often documents are used, by ID; those not in it are not used at
// all. It is never changed once an index has it.
type Use map[string]float64

// WithUse is the same index with other figures of use: it ranks by them, and so do
// the indexes that grow out of it. Nil takes the figures of the documents
// themselves back when the index is next built.
func (ix *Index) WithUse(u *Use) *Index {
	if u == ix.use || u == nil {
		return ix
	}
	out := *ix
	out.use = u
	out.segs = slices.Clone(ix.segs)
	for i, s := range ix.segs {
		t := *s
		t.setUse(*u)
		out.segs[i] = &t
	}
	out.delta = slices.Clone(ix.delta)
	for i := range out.delta {
		out.delta[i].Weight = (*u)[out.delta[i].ID]
	}
	return &out
}

// setUse gives the documents their weights, and the order that lists have.
func (s *segment) setUse(u Use) {
	n := len(s.docs)
	s.use, s.weight, s.order = make([]float32, n), make([]float32, n), nil
	for d := range s.use {
		s.use[d] = 1
	}
	var used []uint32
	for id, w := range u {
		if d, ok := s.find(id); ok && w > 0 {
			s.use[d], s.weight[d] = useFactor(w), float32(w)
			used = append(used, d)
		}
	}
	if len(used) == 0 {
		return
	}
	slices.SortFunc(used, func(x, y uint32) int { return cmp.Or(cmp.Compare(s.weight[y], s.weight[x]), cmp.Compare(x, y)) })
	s.order = append(make([]uint32, 0, n), used...)
	for d := range uint32(n) {
		if s.weight[d] == 0 {
			s.order = append(s.order, d)
		}
	}
}

// Len is how many documents the index holds.
func (ix *Index) Len() int { return ix.live }

// staleShare is the part of an index that increments may make up.
const staleShare = 8

// staleCount bounds increments however large the index is: each reads all that
// came since it was built.
const staleCount = 10_000

// Stale reports whether increments have made so much of the index that it is
// better built anew; it answers right without that, but slower.
func (ix *Index) Stale() bool {
	if len(ix.segs) < 2 {
		return false
	}
	base := len(ix.segs[0].docs)
	changed := len(ix.delta) + base - ix.segs[0].living()
	return changed*staleShare > base || changed > staleCount
}

func (s *segment) living() int {
	n := len(s.docs)
	for _, d := range s.dead {
		if d {
			n--
		}
	}
	return n
}

// Merge is old without the documents removed, and with the changed ones (by ID)
// in the place of their former selves or added. It answers as an index does that
// was built of these documents at once, but costs only what changed since old
// was built.
func Merge(old *Index, changed []Doc, removed []string) *Index {
	base := *old.segs[0]
	gone := make(map[string]bool, len(changed)+len(removed))
	for _, id := range removed {
		gone[id] = true
	}
	for i := range changed {
		gone[changed[i].ID] = true
	}
	delta := make([]Doc, 0, len(old.delta)+len(changed))
	for _, d := range old.delta {
		if !gone[d.ID] {
			delta = append(delta, d)
		}
	}
	delta = append(delta, changed...)
	if old.use != nil {
		for i := range delta {
			delta[i].Weight = (*old.use)[delta[i].ID]
		}
	}
	base.dead, base.headLive = slices.Clone(base.dead), slices.Clone(base.headLive)
	for id := range gone {
		d, ok := base.find(id)
		if !ok || base.dead != nil && base.dead[d] {
			continue
		}
		if base.dead == nil {
			base.dead, base.headLive = make([]bool, len(base.docs)), make([]uint32, len(base.heads))
			for h := range base.heads {
				from, to := base.headDocs(uint32(h))
				base.headLive[h] = to - from
			}
		}
		base.dead[d] = true
		base.headLive[base.docs[d].head]--
	}
	b := newBuilder()
	for i := range delta {
		b.add(&delta[i])
	}
	ix := newIndex([]*segment{&base, b.segment()}, delta, old.words)
	ix.use = old.use
	return ix
}

func newIndex(segs []*segment, delta []Doc, w *Words) *Index {
	ix := &Index{segs: segs, delta: delta, words: w, fix: map[uint64]int32{}}
	for _, s := range segs {
		ix.heads += len(s.heads)
		ix.live += s.living()
	}
	base := segs[0]
	lost := func(head []rune) {
		ix.heads--
		for _, k := range headTerms(head) {
			ix.fix[k>>1]--
		}
	}
	for h, n := range base.headLive {
		if n == 0 {
			lost(base.wholeHead(uint32(h)))
		}
	}
	for _, s := range segs[1:] {
		for h := range s.heads {
			head := s.wholeHead(uint32(h))
			if at, ok := base.findHead(head); ok && (base.headLive == nil || base.headLive[at] > 0) {
				lost(head)
			}
		}
	}
	counters := ix.counters()
	for i, s := range ix.segs {
		for d, e := range s.facet {
			if s.dead == nil || !s.dead[d] {
				counters[i].count(e)
			}
		}
	}
	ix.write(counters, &ix.all)
	return ix
}

func (s *segment) wholeHead(h uint32) []rune { return s.runes[s.heads[h].name:s.heads[h].end] }

// findHead is the number of a head by its characters.
func (s *segment) findHead(head []rune) (uint32, bool) {
	i, ok := slices.BinarySearchFunc(s.heads, head, func(e headEntry, head []rune) int {
		return slices.Compare(s.runes[e.name:e.end], head)
	})
	return uint32(i), ok
}

// compareDocs orders documents of different segments as those of one are.
func (ix *Index) compareDocs(a int, x uint32, b int, y uint32) int {
	s, t := ix.segs[a], ix.segs[b]
	return cmp.Or(slices.Compare(s.wholeHead(s.docs[x].head), t.wholeHead(t.docs[y].head)), cmp.Compare(s.id(x), t.id(y)))
}

// inOrder walks over the living documents as lists have them: the most used
// first, then by name.
func (ix *Index) inOrder() iter.Seq2[int, uint32] {
	return func(yield func(int, uint32) bool) {
		next := make([]int, len(ix.segs))
		peek := func(i int) (uint32, bool) {
			s := ix.segs[i]
			for ; next[i] < len(s.docs); next[i]++ {
				d := uint32(next[i])
				if s.order != nil {
					d = s.order[next[i]]
				}
				if s.dead == nil || !s.dead[d] {
					return d, true
				}
			}
			return 0, false
		}
		for {
			best, doc := -1, uint32(0)
			for i, s := range ix.segs {
				d, ok := peek(i)
				if !ok {
					continue
				}
				if best < 0 || cmp.Or(cmp.Compare(ix.segs[best].weight[doc], s.weight[d]), ix.compareDocs(i, d, best, doc)) < 0 {
					best, doc = i, d
				}
			}
			if best < 0 || !yield(best, doc) {
				return
			}
			next[best]++
		}
	}
}

// df is how many heads have a term.
func (ix *Index) df(key uint64) int {
	n := int(ix.fix[key])
	for _, s := range ix.segs {
		if t, ok := s.terms[key]; ok {
			n += int(s.head[t].n)
		}
	}
	return n
}

// inTexts reports whether a document has the term outside of its name.
func (ix *Index) inTexts(key uint64) bool {
	for _, s := range ix.segs {
		if t, ok := s.terms[key]; ok && s.text[t].n > 0 {
			return true
		}
		if _, ok := s.unit[key]; ok {
			return true
		}
	}
	return false
}

// rarity is how much finding a term says that n heads have.
func (ix *Index) rarity(n int) float32 {
	return float32(math.Log(1 + float64(ix.heads+1)/float64(n+1)))
}

// filtered reports whether q asks for a part of what is found only.
func (q *Query) filtered() bool {
	return len(q.Units) > 0 || len(q.Types) > 0 || len(q.Visits) > 0 || q.Audience != "" || q.Online
}

// filter is a query's filters for one segment: by unit, by combo, and by what
// lives.
type filter struct {
	units, combos []bool // nil: all
	dead          []bool
}

func (f *filter) keep(d uint32, e facetEntry) bool {
	return (f.units == nil || f.units[e.unit]) && (f.combos == nil || f.combos[e.combo]) && (f.dead == nil || !f.dead[d])
}

// filters compiles the filters of q for each segment.
func (ix *Index) filters(q *Query) []filter {
	out := make([]filter, len(ix.segs))
	var visits [3]bool
	for _, v := range q.Visits {
		if v >= 0 && v <= 2 {
			visits[v] = true
		}
	}
	for i, s := range ix.segs {
		f := &out[i]
		f.dead = s.dead
		if len(q.Units) > 0 {
			f.units = make([]bool, len(s.units))
			for k, u := range s.units {
				f.units[k] = slices.Contains(q.Units, u)
			}
		}
		if len(q.Types) > 0 || len(q.Visits) > 0 || q.Audience != "" || q.Online {
			f.combos = make([]bool, len(s.combos))
			for k, c := range s.combos {
				f.combos[k] = (len(q.Types) == 0 || slices.Contains(q.Types, s.kinds[c.kind])) && (len(q.Visits) == 0 || visits[c.class]) &&
					(q.Audience == "" || slices.Contains(s.audiences[c.audience], q.Audience)) && (!q.Online || c.online)
			}
		}
	}
	return out
}

// counter counts the facets of a result in one segment.
type counter struct {
	units, combos []uint32
}

func (ix *Index) counters() []counter {
	out := make([]counter, len(ix.segs))
	for i, s := range ix.segs {
		out[i] = counter{make([]uint32, len(s.units)), make([]uint32, len(s.combos))}
	}
	return out
}

func (c *counter) count(e facetEntry) {
	c.units[e.unit]++
	c.combos[e.combo]++
}

// write puts the segments' counts together.
func (ix *Index) write(counters []counter, r *Result) {
	var units, kinds, audience tally
	for i, c := range counters {
		s := ix.segs[i]
		ofKind, ofAudience := make([]uint32, len(s.kinds)), make([]uint32, len(s.audiences))
		for k, n := range c.combos {
			if n == 0 {
				continue
			}
			co := s.combos[k]
			ofKind[co.kind] += n
			ofAudience[co.audience] += n
			r.Total += int(n)
			switch co.class {
			case 0:
				r.None += int(n)
			case 1:
				r.One += int(n)
			default:
				r.Many += int(n)
			}
			if co.online {
				r.Online += int(n)
			}
		}
		units.add(s.units, c.units, len(counters) == 1)
		kinds.add(s.kinds, ofKind, false)
		for k, n := range ofAudience {
			if n > 0 {
				for _, a := range s.audiences[k] {
					audience.one(a, int(n))
				}
			}
		}
	}
	r.Units, r.Types, r.Audience = units.facets(), kinds.facets(), audience.facets()
}

// tally adds up counts by value.
type tally struct {
	list []Facet
	of   map[string]int
}

func (t *tally) one(v string, n int) {
	if t.of == nil {
		t.of = map[string]int{}
	}
	t.of[v] += n
}

// add takes the counts of values in order; alone, they are all there is.
func (t *tally) add(values []string, counts []uint32, alone bool) {
	if !alone {
		for i, n := range counts {
			if n > 0 {
				t.one(values[i], int(n))
			}
		}
		return
	}
	keys := make([]uint64, 0, len(counts))
	for i, n := range counts {
		if n > 0 {
			keys = append(keys, uint64(math.MaxUint32-n)<<32|uint64(i))
		}
	}
	slices.Sort(keys)
	t.list = make([]Facet, len(keys))
	for i, k := range keys {
		t.list[i] = Facet{values[uint32(k)], int(math.MaxUint32 - uint32(k>>32))}
	}
}

func (t *tally) facets() []Facet {
	if t.list != nil {
		return t.list
	}
	out := make([]Facet, 0, len(t.of))
	for v, n := range t.of {
		out = append(out, Facet{v, n})
	}
	slices.SortFunc(out, func(a, b Facet) int { return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Value, b.Value)) })
	return out
}

// sums adds up what the heads, units and documents of a segment have of one
// query. Which blocks were met is marked, so that a rare word does not read the
// whole arrays; all is zero between queries.
type sums struct {
	head, unit, text []uint32
	heads, texts     []bool // blocks met
	units            []uint32
	rated            []float32 // by head, what the comparison with the query gave; 0: not compared
	ratedHeads       []uint32
	worst, cut       float32 // of the rated: the lowest rating, the lowest sum
	anyText, anyUnit bool
	textRead         int
	mostText         uint32 // the largest of text
}

const blockBits = 9

func (s *segment) newPool() {
	s.pool = &sync.Pool{New: func() any {
		return &sums{head: make([]uint32, len(s.heads)), unit: make([]uint32, len(s.units)), text: make([]uint32, len(s.docs)),
			heads: make([]bool, len(s.heads)>>blockBits+1), texts: make([]bool, len(s.docs)>>blockBits+1), rated: make([]float32, len(s.heads))}
	}}
}

func (s *segment) sums() *sums {
	u := s.pool.Get().(*sums)
	u.anyText, u.anyUnit, u.textRead, u.mostText = false, false, 0, 0
	return u
}

// put forgets the sums of a query.
func (s *segment) put(u *sums) {
	forget(u.head, u.heads)
	forget(u.text, u.texts)
	for _, k := range u.units {
		u.unit[k] = 0
	}
	for _, h := range u.ratedHeads {
		u.rated[h] = 0
	}
	u.units, u.ratedHeads = u.units[:0], u.ratedHeads[:0]
	s.pool.Put(u)
}

func forget(at []uint32, met []bool) {
	for b, m := range met {
		if m {
			clear(block(at, b))
		}
	}
	clear(met)
}

func block(at []uint32, b int) []uint32 {
	return at[b<<blockBits : min((b+1)<<blockBits, len(at))]
}

// budget bounds the postings of texts that one query reads; the rarest terms
// come first, what lies beyond would hardly change the order.
const budget = 400_000

// add adds a term's weight to what has it.
func (u *sums) add(s *segment, t *term) {
	if t.code != "" {
		for _, d := range s.withCode(t.code, 10_000) {
			u.text[d] += t.w
			u.mostText = max(u.mostText, u.text[d])
			u.texts[d>>blockBits], u.anyText = true, true
		}
		return
	}
	if units := s.unit[t.key]; len(units) > 0 && !t.head {
		u.anyUnit = true
		for _, k := range units {
			if u.unit[k] == 0 {
				u.units = append(u.units, k)
			}
			u.unit[k] += t.w
		}
	}
	n, ok := s.terms[t.key]
	if !ok {
		return
	}
	w := [2]uint32{t.w, uint32(float32(t.w) * aliasWeight)}
	if l := s.head[n]; l.n > 0 {
		h := uint32(0) // one more than the last head
		for b := s.bytes[l.from : l.from+l.size]; len(b) > 0; {
			v, k := uint32(b[0]), 1
			if v >= 0x80 {
				v &= 0x7f
				for shift := 7; ; shift += 7 {
					c := uint32(b[k])
					k++
					v |= c & 0x7f << shift
					if c < 0x80 {
						break
					}
				}
			}
			b = b[k:]
			h += v >> 1
			u.head[h-1] += w[v&1]
			u.heads[(h-1)>>blockBits] = true
		}
	}
	l := s.text[n]
	if l.n == 0 || t.head || u.textRead > 0 && u.textRead+int(l.n) > budget {
		return
	}
	u.anyText = true
	u.textRead += int(l.n)
	d := uint32(0)
	for b := s.bytes[l.from : l.from+l.size]; len(b) > 0; {
		v, k := uint32(b[0]), 1
		if v >= 0x80 {
			v &= 0x7f
			for shift := 7; ; shift += 7 {
				c := uint32(b[k])
				k++
				v |= c & 0x7f << shift
				if c < 0x80 {
					break
				}
			}
		}
		b = b[k:]
		d += v
		x := u.text[d-1] + t.w
		u.text[d-1] = x
		u.mostText = max(u.mostText, x)
		u.texts[(d-1)>>blockBits] = true
	}
}

// best is the largest weight that a living head, a document's texts or a unit
// has.
func (u *sums) best(s *segment) uint32 {
	best := uint32(0)
	for b, met := range u.heads {
		if met {
			for i, v := range block(u.head, b) {
				if v > best && (s.headLive == nil || s.headLive[b<<blockBits+i] > 0) {
					best = v
				}
			}
		}
	}
	if s.dead == nil {
		return max(best, u.mostText)
	}
	if u.mostText > best {
		for b, met := range u.texts {
			if met {
				for i, v := range block(u.text, b) {
					if v > best && !s.dead[b<<blockBits+i] {
						best = v
					}
				}
			}
		}
	}
	return best
}

// collect counts every document that has least of the query and hands it to top
// with its score.
func (u *sums) collect(s *segment, seg int, least uint32, keep *filter, c *counter, t *top) {
	all := keep.units == nil && keep.combos == nil && keep.dead == nil
	for b, met := range u.heads {
		if !met {
			continue
		}
		for i, v := range block(u.head, b) {
			if v == 0 {
				continue
			}
			h := uint32(b<<blockBits + i)
			score := u.rating(h, v)
			from, to := s.headDocs(h)
			if !u.anyText && !u.anyUnit && v < least {
				continue
			}
			for d := from; d < to; d++ {
				e, sc := s.facet[d], score
				if u.anyText || u.anyUnit {
					x, k := u.text[d], u.unit[e.unit]
					if v+x+k < least {
						continue
					}
					sc += u.beside(x, k)
				}
				if all || keep.keep(d, e) {
					c.count(e)
					if sc *= s.use[d]; sc >= t.least {
						t.push(found{seg, d, sc})
					}
				}
			}
		}
	}
	take := func(d, x uint32) {
		e := s.facet[d]
		k := u.unit[e.unit]
		if x+k >= least && u.head[s.docs[d].head] == 0 && keep.keep(d, e) {
			c.count(e)
			if sc := u.beside(x, k) * s.use[d]; sc >= t.least {
				t.push(found{seg, d, sc})
			}
		}
	}
	if u.anyText {
		for b, met := range u.texts {
			if met {
				for i, x := range block(u.text, b) {
					if x != 0 {
						take(uint32(b<<blockBits+i), x)
					}
				}
			}
		}
	}
	for _, n := range u.units {
		if u.unit[n] >= least {
			for _, d := range s.ofUnit[n] {
				if u.text[d] == 0 {
					take(d, 0)
				}
			}
		}
	}
}

// beside is what texts and unit add to the score of a name.
func (u *sums) beside(text, unit uint32) float32 {
	return (float32(text)*textWeight + float32(unit)*unitWeight) / wholeQuery
}

// rating is a head's score: that of the comparison, or, for those that were not
// among the best, one below all of these.
func (u *sums) rating(h, sum uint32) float32 {
	if r := u.rated[h]; r != 0 {
		return r
	}
	if u.cut == 0 {
		return 0
	}
	return u.worst * min(float32(sum)/u.cut, 1) * 0.99
}
