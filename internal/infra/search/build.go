package search

import (
	"cmp"
	"math"
	"slices"
	"sort"
	"strings"
	"sync"
)

// segment is the index of a set of documents; it never changes.
//
// Counties have many items of the same name, so names are indexed once: a head
// is a name with its aliases, and documents are numbered by head. Postings are
// gaps of variable length, a byte or two each: of heads (the last bit says name
// or alias) and, for terms that the head does not have, of documents. Roaring
// bitmaps were weighed and left out: most lists are short, and adding up needs
// the place of every hit.
type segment struct {
	terms map[uint64]uint32 // key to number
	head  []list            // postings of term t among heads
	text  []list            // and among documents, by their texts
	unit  map[uint64][]uint32
	bytes []byte

	heads []headEntry
	runes []rune // folded names and aliases
	light []bool // whether a character is of a word that half of the names have

	docs    []docEntry // by head, then ID
	facet   []facetEntry
	strings []byte    // IDs, codes and names as written
	use     []float32 // factor by how often a document is used
	weight  []float32
	order   []uint32 // documents as lists have them; nil: as numbered
	byID    []uint32
	byCode  []uint32 // documents that have a code
	ofUnit  [][]uint32

	units, kinds []string   // the units in order
	audiences    [][]string // distinct sets
	combos       []combo
	pairs        []soundPair

	// Documents that a later segment has again or that are gone. These two alone
	// are made anew by Merge; the rest is shared.
	dead     []bool
	headLive []uint32 // how many documents of a head live; nil: all

	pool *sync.Pool // of *sums
}

// list is where the postings of a term lie in segment.bytes.
type list struct {
	from uint32
	size uint32 // in bytes
	n    uint32 // entries
}

// headEntry is a name with its aliases.
type headEntry struct {
	name, aliases, end uint32 // in runes: the name up to aliases, those (with a 0 before each) up to end
	docs               uint32 // its first document
	acts               actions
	chars              uint8 // characters of the name, without brackets
}

// docEntry says which head a document has and where its texts begin: ID, code,
// name.
type docEntry struct {
	head, text     uint32
	id, code, name uint16 // lengths in bytes
	visits         int8   // as given
}

// facetEntry holds what a document is counted and filtered by, as numbers into
// the lists of the segment: few and close together, for broad questions read
// them all.
type facetEntry struct{ unit, combo uint32 }

// combo is all that is counted but the unit.
type combo struct {
	kind, audience uint32
	class          uint8 // by visits: 0, 1, 2 for two and more
	online         bool
}

// soundPair is a pair of characters that stands in a name, by how it sounds.
type soundPair struct {
	sound uint32 // two loose syllables
	a, b  rune
}

// builder gathers documents.
type builder struct {
	terms   map[uint64]uint32
	known   map[string][]uint32 // terms of texts met before
	heads   map[string]int      // a head, folded, to its place in drafts
	written map[string]int      // the same as written
	drafts  []headDraft
	docs    []docDraft
	textOf  []uint32 // term numbers of documents, one behind the other
	units   numbers
	kinds   numbers
	combos  numbers
	keys    []uint64
	stamp   []uint32 // by term: the last document that has it
	scratch []rune
}

type headDraft struct {
	key   string // the name and the aliases, folded, each alias after a zero
	terms []uint32
	count int
}

type docDraft struct {
	doc        Doc
	head       int
	unit, kind uint32
	audience   uint32
	from, to   int // in textOf
}

// numbers numbers values in the order of their appearance.
type numbers struct {
	of     map[string]uint32
	values []string
}

func (n *numbers) number(v string) uint32 {
	k, ok := n.of[v]
	if !ok {
		if n.of == nil {
			n.of = map[string]uint32{}
		}
		k = uint32(len(n.values))
		n.of[v] = k
		n.values = append(n.values, v)
	}
	return k
}

// maxKnown bounds the texts whose terms are remembered while building.
const maxKnown = 1 << 16

func newBuilder() *builder {
	return &builder{terms: map[uint64]uint32{}, known: map[string][]uint32{}, heads: map[string]int{}, written: map[string]int{}}
}

func (b *builder) number(key uint64) uint32 {
	t, ok := b.terms[key]
	if !ok {
		t = uint32(len(b.terms))
		b.terms[key] = t
		b.stamp = append(b.stamp, 0)
	}
	return t
}

// Builder makes an index of many documents without keeping their texts.
type Builder struct{ b *builder }

// NewBuilder starts an index.
func NewBuilder() *Builder { return &Builder{newBuilder()} }

// Add takes documents in; of two with one ID the later counts.
func (b *Builder) Add(docs ...Doc) {
	for i := range docs {
		b.b.add(&docs[i])
	}
}

// Index finishes; the builder is empty afterwards.
func (b *Builder) Index() *Index {
	s := b.b.segment()
	b.b = newBuilder()
	return newIndex([]*segment{s}, nil, Shipped())
}

// headOf is the folded name with its aliases: what tells heads apart.
func headOf(out []rune, d *Doc) []rune {
	out = appendName(out, d.Name)
	for _, a := range d.Aliases {
		out = appendName(append(out, 0), a)
	}
	return out
}

// headTerms are the terms of a head, sorted, with the last bit set for those
// that stand in an alias only.
func headTerms(head []rune) []uint64 {
	var out []uint64
	name, aliases, _ := cutAliases(head)
	keys := terms(nil, name, true)
	flat := outside(nil, name)
	if len(flat) != len(name) { // what stands around brackets is together, too
		keys = terms(keys, flat, false)
	}
	t := sounds()
	keys = spelled(keys, t.spell(nil, slices.DeleteFunc(slices.Clone(name), func(r rune) bool { return r == opening || r == closing })))
	for _, k := range keys {
		out = append(out, k<<1)
	}
	for len(aliases) > 0 {
		var a []rune
		a, aliases, _ = cutAliases(aliases)
		for _, k := range terms(nil, a, true) {
			out = append(out, k<<1|1)
		}
	}
	slices.Sort(out)
	return slices.CompactFunc(out, func(x, y uint64) bool { return x>>1 == y>>1 })
}

// cutAliases parts what stands before the first zero from what follows.
func cutAliases(head []rune) (first, rest []rune, found bool) {
	if i := slices.Index(head, 0); i >= 0 {
		return head[:i], head[i+1:], true
	}
	return head, nil, false
}

func (b *builder) add(d *Doc) {
	written := d.Name
	if len(d.Aliases) > 0 {
		written += "\x00" + strings.Join(d.Aliases, "\x00")
	}
	h, ok := b.written[written]
	if !ok {
		b.scratch = headOf(b.scratch[:0], d)
		key := string(b.scratch)
		if h, ok = b.heads[key]; !ok {
			h = len(b.drafts)
			b.heads[key] = h
			keys := headTerms(b.scratch)
			nums := make([]uint32, len(keys))
			for i, k := range keys {
				nums[i] = b.number(k>>1)<<1 | uint32(k&1)
			}
			b.drafts = append(b.drafts, headDraft{key: key, terms: nums})
		}
		b.written[strings.Clone(written)] = h
	}
	dr := docDraft{doc: *d, head: h, unit: b.units.number(d.Unit), kind: b.kinds.number(d.Type), audience: b.combos.number(strings.Join(d.Audience, "\x00")), from: len(b.textOf)}
	dr.doc.Aliases, dr.doc.Text, dr.doc.Audience = nil, nil, nil
	mark := uint32(len(b.docs) + 1)
	for _, t := range b.drafts[h].terms {
		b.stamp[t>>1] = mark
	}
	for _, s := range d.Text {
		nums, ok := b.known[s]
		if !ok {
			b.scratch = appendName(b.scratch[:0], s)
			b.keys = terms(b.keys[:0], b.scratch, false)
			for _, k := range b.keys {
				nums = append(nums, b.number(k))
			}
			if len(b.known) < maxKnown {
				b.known[strings.Clone(s)] = nums
			}
		}
		for _, t := range nums {
			if b.stamp[t] != mark {
				b.stamp[t] = mark
				b.textOf = append(b.textOf, t)
			}
		}
	}
	dr.to = len(b.textOf)
	b.docs = append(b.docs, dr)
}

// segment lays everything down in order.
func (b *builder) segment() *segment {
	last := map[string]int{} // of two documents with one ID the later counts
	for i := range b.docs {
		last[b.docs[i].doc.ID] = i
	}
	if len(last) < len(b.docs) {
		kept := b.docs[:0]
		for i, d := range b.docs {
			if last[d.doc.ID] == i {
				kept = append(kept, d)
			}
		}
		b.docs = kept
	}
	for i := range b.docs {
		b.drafts[b.docs[i].head].count++
	}
	// Heads by name; heads without a document are left out.
	place := make([]int, 0, len(b.drafts))
	for i := range b.drafts {
		if b.drafts[i].count > 0 {
			place = append(place, i)
		}
	}
	slices.SortFunc(place, func(x, y int) int { return cmp.Compare(b.drafts[x].key, b.drafts[y].key) })
	numberOf := make([]uint32, len(b.drafts))
	s := &segment{terms: b.terms, units: b.units.values, kinds: b.kinds.values, heads: make([]headEntry, len(place))}
	for n, i := range place {
		numberOf[i] = uint32(n)
		h := &s.heads[n]
		h.name = uint32(len(s.runes))
		s.runes = append(s.runes, []rune(b.drafts[i].key)...)
		h.end = uint32(len(s.runes))
		name, _, _ := cutAliases(s.runes[h.name:])
		h.aliases = h.name + uint32(len(name))
		h.acts = actionsOf(s.runes[h.name:h.aliases])
		for _, r := range s.runes[h.name:h.aliases] {
			if r != opening && r != closing && h.chars < math.MaxUint8 {
				h.chars++
			}
		}
	}
	s.runes = slices.Clip(s.runes)
	s.light = make([]bool, len(s.runes))
	for i := 1; i < len(s.runes); i++ {
		if lightWords[[2]rune{s.runes[i-1], s.runes[i]}] {
			s.light[i-1], s.light[i] = true, true
		}
	}
	slices.SortFunc(b.docs, func(x, y docDraft) int {
		return cmp.Or(cmp.Compare(numberOf[x.head], numberOf[y.head]), cmp.Compare(x.doc.ID, y.doc.ID))
	})
	s.documents(b, numberOf)
	s.postings(b, place)
	s.unitTerms()
	s.soundPairs()
	s.newPool()
	return s
}

func (s *segment) documents(b *builder, numberOf []uint32) {
	n := len(b.docs)
	s.docs, s.facet, s.use, s.weight, s.byID = make([]docEntry, n), make([]facetEntry, n), make([]float32, n), make([]float32, n), make([]uint32, n)
	s.ofUnit = make([][]uint32, len(s.units))
	// Units in order of their names: counts of the same size need no comparison.
	inOrder := make([]uint32, len(s.units))
	for i := range inOrder {
		inOrder[i] = uint32(i)
	}
	slices.SortFunc(inOrder, func(x, y uint32) int { return cmp.Compare(b.units.values[x], b.units.values[y]) })
	unitOf := make([]uint32, len(s.units))
	s.units = make([]string, len(s.units))
	for k, i := range inOrder {
		unitOf[i], s.units[k] = uint32(k), b.units.values[i]
	}
	combos := map[combo]uint32{}
	s.audiences = make([][]string, len(b.combos.values))
	for k, v := range b.combos.values {
		set := strings.Split(v, "\x00")
		slices.Sort(set)
		s.audiences[k] = slices.DeleteFunc(slices.Compact(set), func(a string) bool { return a == "" })
	}
	size, weighted := 0, false
	for i := range b.docs {
		d := &b.docs[i].doc
		size += len(d.ID) + len(d.Code) + len(d.Name)
	}
	s.strings = make([]byte, 0, size)
	for i := range b.docs {
		dr := &b.docs[i]
		d, name := &dr.doc, dr.doc.Name
		h := numberOf[dr.head]
		if i == 0 || s.docs[i-1].head != h {
			s.heads[h].docs = uint32(i)
		}
		s.docs[i] = docEntry{head: h, text: uint32(len(s.strings)), id: uint16(len(d.ID)), code: uint16(len(d.Code)), name: uint16(min(len(name), math.MaxUint16)),
			visits: int8(min(max(d.Visits, math.MinInt8), math.MaxInt8))}
		co := combo{kind: dr.kind, audience: dr.audience, class: uint8(min(max(d.Visits, 0), 2)), online: d.Online}
		n, ok := combos[co]
		if !ok {
			n = uint32(len(s.combos))
			combos[co] = n
			s.combos = append(s.combos, co)
		}
		unit := unitOf[dr.unit]
		s.facet[i] = facetEntry{unit, n}
		s.strings = append(append(append(s.strings, d.ID...), d.Code...), name[:s.docs[i].name]...)
		s.use[i], s.weight[i] = useFactor(d.Weight), float32(d.Weight)
		weighted = weighted || d.Weight != b.docs[0].doc.Weight
		s.byID[i] = uint32(i)
		s.ofUnit[unit] = append(s.ofUnit[unit], uint32(i))
		if d.Code != "" {
			s.byCode = append(s.byCode, uint32(i))
		}
	}
	slices.SortFunc(s.byID, func(x, y uint32) int { return cmp.Compare(s.id(x), s.id(y)) })
	slices.SortFunc(s.byCode, func(x, y uint32) int {
		return cmp.Or(cmp.Compare(strings.ToUpper(s.code(x)), strings.ToUpper(s.code(y))), cmp.Compare(x, y))
	})
	if weighted {
		s.order = make([]uint32, n)
		for i := range s.order {
			s.order[i] = uint32(i)
		}
		slices.SortStableFunc(s.order, func(x, y uint32) int { return cmp.Compare(s.weight[y], s.weight[x]) })
	}
}

// useFactor is what frequent use counts: the tenfold always about the same, and
// never so much that it comes before a better name.
func useFactor(weight float64) float32 {
	l := math.Log1p(max(weight, 0))
	return 1 + useGain*float32(l/(l+useHalf))
}

// postings writes the lists: gaps in seven bits a byte.
func (s *segment) postings(b *builder, place []int) {
	n := len(b.terms)
	s.head, s.text = make([]list, n), make([]list, n)
	lastHead, lastText := make([]uint32, n), make([]uint32, n)
	width := func(v uint32) uint32 {
		w := uint32(1)
		for ; v >= 0x80; v >>= 7 {
			w++
		}
		return w
	}
	// Twice over the same entries: first how long the lists are, then the lists.
	for pass := range 2 {
		clear(lastHead)
		clear(lastText)
		put := func(l *list, last *uint32, d, bit, shift uint32) {
			v := (d+1-*last)<<shift | bit
			*last = d + 1
			if pass == 0 {
				l.size += width(v)
				return
			}
			for ; v >= 0x80; v >>= 7 {
				s.bytes[l.from+l.size] = byte(v) | 0x80
				l.size++
			}
			s.bytes[l.from+l.size] = byte(v)
			l.size++
			l.n++
		}
		for h, i := range place {
			for _, t := range b.drafts[i].terms {
				put(&s.head[t>>1], &lastHead[t>>1], uint32(h), t&1, 1)
			}
		}
		for d := range b.docs {
			for _, t := range b.textOf[b.docs[d].from:b.docs[d].to] {
				put(&s.text[t], &lastText[t], uint32(d), 0, 0)
			}
		}
		if pass == 0 {
			at := uint32(0)
			for t := range n {
				for _, l := range []*list{&s.head[t], &s.text[t]} {
					size := l.size
					l.from, l.size = at, 0
					at += size
				}
			}
			s.bytes = make([]byte, at)
		}
	}
}

// unitTerms indexes the units' names.
func (s *segment) unitTerms() {
	s.unit = map[uint64][]uint32{}
	for u, name := range s.units {
		keys := terms(nil, appendName(nil, name), false)
		slices.Sort(keys)
		for _, k := range slices.Compact(keys) {
			s.unit[k] = append(s.unit[k], uint32(u))
		}
	}
}

// soundPairs lists the pairs of characters that names have by their sound, for
// mending slips.
func (s *segment) soundPairs() {
	t := sounds()
	for key, n := range s.terms {
		if key&kindMask != bigram || s.head[n].n == 0 {
			continue
		}
		a, b := rune(key&^kindMask>>24), rune(key&0xffffff)
		if x, y := t.sound(a), t.sound(b); x != 0 && y != 0 {
			s.pairs = append(s.pairs, soundPair{uint32(t.loose[x])<<16 | uint32(t.loose[y]), a, b})
		}
	}
	slices.SortFunc(s.pairs, func(x, y soundPair) int {
		return cmp.Or(cmp.Compare(x.sound, y.sound), cmp.Compare(x.a, y.a), cmp.Compare(x.b, y.b))
	})
}

// soundingLike are the pairs of names that sound like two syllables.
func (s *segment) soundingLike(sound uint32) []soundPair {
	from, _ := slices.BinarySearchFunc(s.pairs, sound, func(p soundPair, v uint32) int { return cmp.Compare(p.sound, v) })
	to := from
	for to < len(s.pairs) && s.pairs[to].sound == sound {
		to++
	}
	return s.pairs[from:to]
}

func (s *segment) id(d uint32) string {
	e := &s.docs[d]
	return string(s.strings[e.text : e.text+uint32(e.id)])
}

func (s *segment) code(d uint32) string {
	e := &s.docs[d]
	from := e.text + uint32(e.id)
	return string(s.strings[from : from+uint32(e.code)])
}

func (s *segment) nameOf(d uint32) string {
	e := &s.docs[d]
	from := e.text + uint32(e.id) + uint32(e.code)
	return string(s.strings[from : from+uint32(e.name)])
}

// headDocs is the range of a head's documents.
func (s *segment) headDocs(h uint32) (from, to uint32) {
	if int(h)+1 < len(s.heads) {
		return s.heads[h].docs, s.heads[h+1].docs
	}
	return s.heads[h].docs, uint32(len(s.docs))
}

// document makes the shape that callers see.
func (s *segment) document(d uint32) Doc {
	e := &s.docs[d]
	c := &s.combos[s.facet[d].combo]
	return Doc{ID: s.id(d), Code: s.code(d), Name: s.nameOf(d), Unit: s.units[s.facet[d].unit], Type: s.kinds[c.kind], Visits: int(e.visits),
		Audience: s.audiences[c.audience], Online: c.online, Weight: float64(s.weight[d])}
}

// find is the number of a document by ID.
func (s *segment) find(id string) (uint32, bool) {
	i := sort.Search(len(s.byID), func(i int) bool { return s.id(s.byID[i]) >= id })
	if i < len(s.byID) && s.id(s.byID[i]) == id {
		return s.byID[i], true
	}
	return 0, false
}

// withCode finds the documents whose code begins with p, at most n of them.
func (s *segment) withCode(p string, n int) []uint32 {
	p = strings.ToUpper(p)
	from := sort.Search(len(s.byCode), func(i int) bool { return strings.ToUpper(s.code(s.byCode[i])) >= p })
	to := from
	for to < len(s.byCode) && to-from < n && strings.HasPrefix(strings.ToUpper(s.code(s.byCode[to])), p) {
		to++
	}
	return s.byCode[from:to]
}

// outside is a folded name without its brackets and what is in them.
func outside(out, name []rune) []rune {
	depth := 0
	for _, r := range name {
		switch r {
		case opening:
			depth++
		case closing:
			depth = max(depth-1, 0)
		default:
			if depth == 0 {
				out = append(out, r)
			}
		}
	}
	return out
}
