package search

import (
	"cmp"
	"slices"
	"unicode/utf8"
)

// parsed is a query as terms and as text.
type parsed struct {
	terms []term   // rarest first, each key once
	total float32  // weight of all that is asked for
	scale float32  // of a term's weight to whole numbers
	whole []rune   // without spaces
	core  []rune   // without fillers
	said  [][]rune // core, and core with the official words in place
	acts  actions
	keys  map[uint64]bool
}

// How much a term of fillers, or with one filler in it, counts. These values and
// those below were set by hand on two thirds of the relevance test's queries; a
// search over them gained nothing on the other third.
const (
	fillerWeight = 0.25
	halfFiller   = 0.65
	synonymShare = 0.95 // an official word against the word itself
	besideShare  = 0.9  // the same, if the word itself is in the lists too
	unknownShare = 0.35 // a term that no document has: most often a slip
	maxReadings  = 3    // ways of saying the query in official words
)

// How much likeness counts.
const (
	likeSaid     = 1.0 // share of the query that is in the name, in order
	likeName     = 1.0 // share of the name that is in the query
	likeSame     = 1.5 // the name is the query
	likeStart    = 0.6 // it begins with it
	likeInside   = 0.6 // it has it
	likeAround   = 1.1 // the query has it
	bracketShare = 0.8 // the name without what is in brackets, against the whole
)

// parse reads normalised text.
func (ix *Index) parse(text []rune) *parsed {
	p := &parsed{keys: map[uint64]bool{}, acts: asked(text)}
	weights := map[uint64]float32{}
	var codes []weighted
	add := func(key uint64, w float32) {
		if w > weights[key] {
			weights[key] = w
		}
	}
	idf := func(key uint64) float32 {
		t, ok := ix.terms[key]
		if !ok {
			return ix.weight(key, 0) * unknownShare
		}
		return ix.weight(key, int(ix.start[t+1]-ix.start[t]))
	}
	// Everyday words, the longest first, without overlap.
	taken := make([]bool, len(text))
	type span struct {
		from, to int
		official [][]rune
	}
	var spans []span
	for i := 0; i < len(text); {
		n := 0
		for l := min(longestSynonym, len(text)-i); l > 0; l-- {
			if terms, ok := synonyms()[string(text[i:i+l])]; ok {
				sp := span{from: i, to: i + l}
				for _, t := range terms {
					sp.official = append(sp.official, []rune(t))
				}
				spans = append(spans, sp)
				for k := i; k < i+l; k++ {
					taken[k] = true
				}
				n = l
				break
			}
		}
		i += max(n, 1)
	}
	filler := fillerMarks(text, taken)
	for i, r := range text {
		if r != ' ' {
			p.whole = append(p.whole, r)
			if !filler[i] {
				p.core = append(p.core, r)
			}
		}
	}
	p.said = [][]rune{p.core}
	for reading := 0; len(spans) > 0 && reading < maxReadings; reading++ {
		var said []rune
		next := 0
		for i, r := range text {
			switch {
			case next < len(spans) && spans[next].from == i:
				official := spans[next].official
				said = append(said, official[min(reading, len(official)-1)]...)
				next++
			case r == ' ' || filler[i] || taken[i]:
			default:
				said = append(said, r)
			}
		}
		p.said = append(p.said, said)
	}
	var sp *speller // only a slip needs it
	for _, t := range tokens(nil, text, true) {
		if isWord(text[t.from]) {
			p.total += ix.letters(string(text[t.from:t.to]), t.key, idf, add, &codes)
			continue
		}
		inside := false
		for _, sp := range spans {
			inside = inside || t.from >= sp.from && t.to <= sp.to
		}
		if inside {
			continue
		}
		w := idf(t.key)
		switch n := count(filler[t.from:t.to]); {
		case n == t.to-t.from:
			w *= fillerWeight
		case n > 0:
			w *= halfFiller
		}
		if weights[t.key] == 0 && (t.to-t.from > 1 || len(p.whole) == 1) {
			p.total += w
		}
		add(t.key, w)
		if _, known := ix.terms[t.key]; !known && t.to-t.from == 2 {
			if sp == nil {
				sp = newSpeller()
			}
			ix.sounds(sp, text[t.from], text[t.from+1], add)
		}
	}
	for _, sp := range spans {
		p.total += ix.everyday(text[sp.from:sp.to], sp.official, idf, add)
	}
	long := false
	for key := range weights {
		if _, known := ix.terms[key]; known && key&kindMask != single {
			long = true
		}
	}
	kept := make([]weighted, 0, len(weights))
	for key, w := range weights {
		p.keys[key] = true
		if t, ok := ix.terms[key]; ok && !(long && key&kindMask == single) {
			docs, place := ix.postings(t)
			kept = append(kept, weighted{term{key: key, docs: docs, place: place}, w})
		}
	}
	slices.SortFunc(kept, func(a, b weighted) int {
		return cmp.Or(cmp.Compare(len(a.docs), len(b.docs)), cmp.Compare(a.key, b.key))
	})
	read := 0
	for i := range kept {
		if read += len(kept[i].docs); read > budget && i > 0 {
			for _, t := range kept[i:] {
				p.total -= t.weight
			}
			kept = kept[:i]
			break
		}
	}
	kept = append(kept, codes...)
	all := float32(0)
	for _, t := range kept {
		all += t.weight
	}
	p.scale = wholeQuery / max(all, 1)
	for _, t := range kept {
		t.w = uint32(t.weight * p.scale)
		t.cover = t.w
		p.terms = append(p.terms, t.term)
	}
	return p
}

// wholeQuery is what all terms of a query weigh together in whole numbers: the
// sums of a document fit into sixteen bits.
const wholeQuery = 60_000

// weighted is a term whose weight is not yet a whole number.
type weighted struct {
	term
	weight float32
}

// least is what a document must have to be found, if the best one has best.
func (p *parsed) least(best uint32) uint32 {
	floor := uint32(max(p.total*leastCover*p.scale, 1))
	if best < floor {
		floor = uint32(float32(floor) * fallback)
	}
	return max(uint32(float32(best)*leastOfBest), floor, 1)
}

// everyday adds a word and what it stands for as equals: together they count
// as much as the weightiest of them. It returns that weight.
func (ix *Index) everyday(said []rune, official [][]rune, idf func(uint64) float32, add func(uint64, float32)) float32 {
	readings := append([][]rune{said}, official...)
	sums := make([]float32, len(readings))
	all := float32(0)
	for i, r := range readings {
		for _, t := range tokens(nil, r, true) {
			if _, known := ix.terms[t.key]; known && (t.to-t.from > 1 || len(r) == 1) {
				sums[i] += idf(t.key)
			}
		}
		all = max(all, sums[i])
	}
	for i, r := range readings {
		share := float32(1)
		switch {
		case i > 0 && sums[0] > 0:
			share = besideShare
		case i > 0:
			share = synonymShare
		}
		for _, t := range tokens(nil, r, true) {
			if sums[i] > 0 {
				// Halfway between the own weight and an equal one: a rare word
				// keeps part of its advantage over a common one.
				add(t.key, share*idf(t.key)*(0.5+0.5*all/sums[i]))
			}
		}
	}
	return all
}

// letters adds the readings of a run of letters and digits: the word itself,
// the beginning of a code, syllables, initials. It returns what they count
// together.
func (ix *Index) letters(w string, key uint64, idf func(uint64) float32, add func(uint64, float32), codes *[]weighted) float32 {
	all := float32(0)
	if _, ok := ix.terms[key]; ok {
		all = idf(key)
		add(key, all)
	}
	if len(w) >= 6 {
		if docs := ix.withCode(w, 10_000); len(docs) > 0 {
			c := ix.weight(word, 0) * 2
			*codes = append(*codes, weighted{term{docs: docs}, c})
			all = max(all, c)
		}
	}
	for _, r := range w {
		if r < 'a' || r > 'z' {
			if all == 0 {
				all = idf(key)
			}
			return all
		}
	}
	var read []uint64
	if py := segment(w, ix.spell); py != nil {
		for i := range py {
			if i+1 < len(py) {
				read = append(read, hashKey(syllables, py[i], py[i+1]))
			}
		}
		if len(py) == 1 {
			read = append(read, hashKey(syllable, py[0]))
		}
		all = max(all, sum(read, idf, add))
	}
	read = read[:0]
	if len(w) == 2 {
		read = append(read, hashKey(initials2, w[:1], w[1:]))
	}
	for i := 0; i+2 < len(w) && len(w) <= 16; i++ {
		read = append(read, hashKey(initials3, w[i:i+1], w[i+1:i+2], w[i+2:i+3]))
	}
	known := false
	for _, k := range read {
		_, ok := ix.terms[k]
		known = known || ok
	}
	if known {
		all = max(all, sum(read, idf, add))
	}
	if all == 0 {
		all = idf(key)
	}
	return all
}

func sum(keys []uint64, idf func(uint64) float32, add func(uint64, float32)) (total float32) {
	for _, k := range keys {
		w := idf(k)
		add(k, w)
		total += w
	}
	return total
}

func count(marks []bool) (n int) {
	for _, m := range marks {
		if m {
			n++
		}
	}
	return n
}

// likeness compares a folded name with the query character by character: 1 if
// they have nothing in common in order, 5 if they are the same. What stands in
// brackets may be left out of the name.
func (p *parsed) likeness(name []rune) float32 {
	var a, b [96]rune
	whole, outside := parts(a[:0], b[:0], name)
	l := p.like(whole)
	if len(outside) > 1 && len(outside) < len(whole) {
		l = max(l, p.like(outside)*bracketShare)
	}
	return l
}

// parts gives a folded name without its brackets, and without what is in them.
func parts(whole, outside, name []rune) ([]rune, []rune) {
	depth := 0
	for _, r := range name {
		switch r {
		case opening:
			depth++
		case closing:
			depth = max(depth-1, 0)
		default:
			whole = append(whole, r)
			if depth == 0 {
				outside = append(outside, r)
			}
		}
	}
	return whole, outside
}

// like compares a name without brackets.
func (p *parsed) like(name []rune) float32 {
	if slices.Equal(name, p.whole) {
		return 5
	}
	best := float32(0)
	for i, said := range p.said {
		if len(said) == 0 {
			continue
		}
		common := float32(subsequence(said, name))
		l := common/float32(len(said))*likeSaid + common/float32(len(name)+4)*likeName
		switch at := index(name, said); {
		case at >= 0 && len(said) == len(name):
			l += likeSame
		case at == 0:
			l += likeStart
		case at > 0:
			l += likeInside
		case len(name) > 3 && index(said, name) >= 0:
			l += likeAround
		}
		if i > 0 {
			l *= synonymShare
		}
		best = max(best, l)
	}
	return 1 + best
}

// index finds part in name; -1 if it is not there.
func index(name, part []rune) int {
	for i := 0; i+len(part) <= len(name); i++ {
		if slices.Equal(name[i:i+len(part)], part) {
			return i
		}
	}
	return -1
}

// subsequence is the length of the longest common subsequence; a has at most
// 64 characters (a query), which one machine word holds.
func subsequence(a, b []rune) int {
	a = a[:min(len(a), 64)]
	row := ^uint64(0)
	for _, r := range b {
		var m uint64
		for i, q := range a {
			if q == r {
				m |= 1 << i
			}
		}
		u := row & m
		row = (row + u) | (row - u)
	}
	n := 0
	for i := range a {
		if row&(1<<i) == 0 {
			n++
		}
	}
	return n
}

// marks says which characters of a name the query has asked for. Single
// characters are marked only if no pair is.
func (p *parsed) marks(name string) []Span {
	rs := normalise(name, 0)
	on := make([]bool, utf8.RuneCountInString(name))
	any := false
	for pass := 0; pass < 2 && !any; pass++ {
		for _, t := range tokens(nil, rs, pass == 1) {
			if p.keys[t.key] {
				any = true
				for i := t.from; i < t.to; i++ {
					on[i] = true
				}
			}
		}
	}
	var out []Span
	for i := range on {
		switch {
		case !on[i]:
		case len(out) > 0 && out[len(out)-1].To == i:
			out[len(out)-1].To++
		default:
			out = append(out, Span{i, i + 1})
		}
	}
	return out
}
