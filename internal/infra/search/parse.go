package search

import (
	"cmp"
	"math"
	"slices"
)

// wholeQuery is what all terms of a query weigh together in whole numbers.
const wholeQuery = 60_000

// term is a key of the postings with what finding it counts.
type term struct {
	key  uint64
	w    uint32
	code string // the beginning of a code instead of a key
	// head: only names are asked for it. That 申请 stands in every second form says
	// nothing, and takes long to find.
	head bool
}

// parsed is a query as it was read.
type parsed struct {
	text      []rune
	whole     []rune // without spaces
	core      []rune // without fillers
	pieces    []piece
	acts      actions
	terms     []term
	total     float32 // weight of all pieces
	scale     float32 // of a weight to whole numbers
	keys      map[uint64]bool
	corrected []rune // what the text was taken for, if it had a slip
	sounding  bool   // a piece is compared by sound
	hopeless  bool   // no name has anything of it
}

// piece is a part of the query that is read as one.
type piece struct {
	from, to int
	kind     lexemeKind
	acts     actions
	weight   float32
	ways     []way
}

// way is one way of saying a piece.
type way struct {
	runes    []rune
	sound    []uint16 // instead: syllables
	initials []byte   // instead: initials
	share    float32  // what it counts against the best way
	pairs    []pair   // its terms; their shares add up to 1
}

type pair struct {
	key   uint64
	a, b  rune // b is 0 for a single character
	share float32
}

// pairWeight is what finding two characters together says.
func (ix *Index) pairWeight(a, b rune) float32 {
	k := bigramKey(a, b)
	if n := ix.df(k); n > 0 {
		return ix.rarity(n)
	}
	if ix.inTexts(k) {
		return ix.rarity(textRarity)
	}
	return 0
}

// textRarity is in how many names a term counts to be that only texts have.
const textRarity = 3

// split parts a text into pieces: words of the table, fillers, runs of letters,
// and what is left. Of all partings that with the longest words is taken.
func (ix *Index) split(text []rune) []piece {
	n := len(text)
	type step struct {
		score float32
		from  int
		l     *lexeme
		kind  lexemeKind
	}
	best := make([]step, n+1)
	for i := 1; i <= n; i++ {
		best[i].score = -1
	}
	try := func(from, to int, score float32, l *lexeme, kind lexemeKind) {
		if s := best[from].score + score; s > best[to].score {
			best[to] = step{s, from, l, kind}
		}
	}
	for i := 0; i < n; i++ {
		if best[i].score < 0 {
			continue // inside a run of letters
		}
		if text[i] == ' ' {
			try(i, i+1, 0, nil, filler)
			continue
		}
		if isWord(text[i]) {
			j := i
			for j < n && isWord(text[j]) {
				j++
			}
			try(i, j, 1, nil, letters)
		} else {
			try(i, i+1, restScore, nil, plain)
		}
		for l := min(ix.words.longest, n-i); l > 0; l-- {
			if i+l < n && isWord(text[i+l-1]) && isWord(text[i+l]) {
				continue // would part a run of letters
			}
			lex := ix.words.of[string(text[i:i+l])]
			if lex == nil {
				continue
			}
			score := float32(l) * root[l]
			switch {
			case l == 1:
				score = restScore + 0.05
			case lex.kind == filler || lex.kind == action:
				score *= 0.95
			case lex.kind == plain:
				score *= 0.9
			}
			try(i, i+l, score, lex, lex.kind)
		}
	}
	var out []piece
	for i := n; i > 0; i = best[i].from {
		s := best[i]
		if text[s.from] == ' ' {
			continue
		}
		pc := piece{from: s.from, to: i, kind: s.kind}
		if s.l != nil {
			pc.acts = s.l.acts
			for _, w := range s.l.ways {
				pc.ways = append(pc.ways, way{runes: w})
			}
			if s.kind == plain {
				pc.kind = citizen // known as one word
			}
		}
		out = append(out, pc)
	}
	slices.Reverse(out)
	return ix.rest(out)
}

// rest joins what is left between the words.
func (ix *Index) rest(pieces []piece) []piece {
	out := pieces[:0]
	for _, pc := range pieces {
		if n := len(out); n > 0 && pc.kind == plain && out[n-1].kind == plain && out[n-1].to == pc.from {
			out[n-1].to = pc.to
			continue
		}
		out = append(out, pc)
	}
	return out
}

// parse reads folded text.
func (ix *Index) parse(text []rune, verbatim bool) *parsed {
	p := &parsed{text: text, pieces: ix.split(text), keys: map[uint64]bool{}}
	if !verbatim {
		if mended := ix.mend(text, p.pieces); mended != nil {
			p.text, p.corrected = mended, mended
			p.pieces = ix.split(mended)
		}
	}
	weights := map[uint64]float32{}
	inTexts := map[uint64]bool{} // what is worth finding in texts as well
	add := func(key uint64, w float32) {
		if w > weights[key] {
			weights[key] = w
		}
	}
	content := false
	for i := range p.pieces {
		content = content || p.pieces[i].kind != filler
	}
	var codes []string
	for i := range p.pieces {
		pc := &p.pieces[i]
		if pc.kind == filler && !content {
			pc.kind = plain // nothing else was asked
		}
		said := p.text[pc.from:pc.to]
		p.whole = append(p.whole, said...)
		if pc.kind != filler {
			p.core = append(p.core, said...)
		}
		p.acts |= pc.acts
		if pc.kind == letters {
			ix.read(pc, said)
			if len(said) >= 6 {
				codes = append(codes, string(said))
			}
		} else {
			pc.ways = append([]way{{runes: said}}, pc.ways...)
		}
		ix.weigh(pc)
		for _, w := range pc.ways {
			p.sounding = p.sounding || w.sound != nil || w.initials != nil
			for _, t := range w.pairs {
				add(t.key, pc.weight*w.share*t.share)
				if pc.kind != filler && pc.kind != action {
					inTexts[t.key] = true
				}
			}
		}
		if pc.kind != filler {
			p.total += pc.weight
		}
		if i > 0 && p.pieces[i-1].to == pc.from {
			if a, b := p.text[pc.from-1], p.text[pc.from]; isHan(a) && isHan(b) {
				add(bigramKey(a, b), ix.pairWeight(a, b)*acrossShare)
			}
		}
	}
	p.acts |= actionsOf(p.whole)
	if len(weights) == 0 || !ix.anyKnown(weights) { // no pair is known: single characters
		for _, r := range p.core {
			if k := singleKey(r); isHan(r) && ix.df(k) > 0 {
				add(k, ix.rarity(ix.df(k))*singleWeight)
				inTexts[k] = true
			}
		}
	}
	all := float32(0)
	for key, w := range weights {
		if w == 0 || ix.df(key) == 0 && !ix.inTexts(key) {
			delete(weights, key)
			continue
		}
		p.keys[key] = true
	}
	keys := make([]uint64, 0, len(weights))
	for key := range weights {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(a, b uint64) int { return cmp.Or(cmp.Compare(ix.df(a), ix.df(b)), cmp.Compare(a, b)) })
	for _, key := range keys {
		all += weights[key]
	}
	p.scale = wholeQuery / max(all+float32(len(codes))*codeWeight, p.total, 1)
	for _, c := range codes {
		p.terms = append(p.terms, term{w: uint32(codeWeight * p.scale), code: c})
	}
	for _, key := range keys {
		if w := uint32(weights[key] * p.scale); w > 0 {
			p.terms = append(p.terms, term{key: key, w: w, head: !inTexts[key]})
		}
	}
	return p
}

// codeWeight is what the beginning of a code counts.
const codeWeight = 20

func (ix *Index) anyKnown(weights map[uint64]float32) bool {
	for k, w := range weights {
		if w > 0 && (ix.df(k) > 0 || ix.inTexts(k)) {
			return true
		}
	}
	return false
}

// weigh gives a piece and its ways their weights.
func (ix *Index) weigh(pc *piece) {
	best, next := float32(0), float32(officialBest)
	kept := pc.ways[:0]
	for i, w := range pc.ways {
		strength := ix.strength(&w)
		if w.share == 0 {
			if w.share = 1; i > 0 {
				w.share = next
				next *= officialNext
			}
		}
		best = max(best, strength*w.share)
		if strength > 0 {
			kept = append(kept, w)
		}
	}
	pc.ways = kept
	pc.weight = 0
	if best > 0 {
		// As rare as its most frequent way, and that as its rarest pair: long
		// words must not outweigh short ones.
		n := 0
		for _, w := range kept {
			least := math.MaxInt
			for _, k := range w.pairs {
				least = min(least, max(ix.df(k.key), 1))
			}
			n = max(n, least)
		}
		pc.weight = ix.rarity(n)
		if pc.to-pc.from == 1 && kept[0].runes != nil && len(kept) == 1 {
			pc.weight *= singleWeight
		}
	}
	switch {
	case pc.kind == filler:
		pc.weight *= fillerShare
	case pc.kind == action:
		pc.weight *= actionShare
	case best == 0:
		pc.weight = ix.rarity(0) * unknownShare
	}
}

// strength is what finding all of a way says; it fills in the way's terms.
func (ix *Index) strength(w *way) float32 {
	sum, missing := float32(0), float32(0)
	put := func(key uint64, a, b rune, v float32) {
		if v > 0 {
			w.pairs = append(w.pairs, pair{key, a, b, v})
			sum += v
		}
	}
	switch {
	case w.sound != nil:
		for i := range w.sound {
			k := syllableKey(w.sound[i])
			if len(w.sound) > 1 {
				if i+1 == len(w.sound) {
					break
				}
				k = syllablesKey(w.sound[i], w.sound[i+1])
			}
			if n := ix.df(k); n > 0 {
				put(k, 0, 0, ix.rarity(n))
			}
		}
	case w.initials != nil:
		for i := range w.initials {
			var k uint64
			switch {
			case len(w.initials) == 2 && i == 0:
				k = initialsKey2(w.initials[0], w.initials[1])
			case i+2 < len(w.initials):
				k = initialsKey3(w.initials[i], w.initials[i+1], w.initials[i+2])
			default:
				continue
			}
			if n := ix.df(k); n > 0 {
				put(k, 0, 0, ix.rarity(n))
			}
		}
	default:
		rs := w.runes
		for i := 0; i < len(rs); i++ {
			switch {
			case isWord(rs[i]):
				j := i
				for j < len(rs) && isWord(rs[j]) {
					j++
				}
				k := wordKey(rs[i:j])
				if n := ix.df(k); n > 0 {
					put(k, 0, 0, ix.rarity(n)*letterWeight)
				} else if ix.inTexts(k) {
					put(k, 0, 0, ix.rarity(textRarity)*letterWeight)
				}
				i = j - 1
			case i+1 < len(rs) && isHan(rs[i]) && isHan(rs[i+1]):
				if v := ix.pairWeight(rs[i], rs[i+1]); v > 0 {
					put(bigramKey(rs[i], rs[i+1]), rs[i], rs[i+1], v)
				} else {
					missing += ix.rarity(0) * missingPair
				}
			}
		}
		if len(rs) == 1 && isHan(rs[0]) {
			if n := ix.df(singleKey(rs[0])); n > 0 {
				put(singleKey(rs[0]), rs[0], 0, ix.rarity(n)*singleWeight)
			}
		}
	}
	if sum == 0 {
		return 0
	}
	for i := range w.pairs {
		w.pairs[i].share /= sum + missing
	}
	return sum / root[min(len(w.pairs), len(root)-1)] * sum / (sum + missing)
}

// root tames long words: their pairs say the same again.
var root = func() (r [maxQuery + 1]float32) {
	for i := range r {
		x := float32(1)
		for range 30 { // Newton's way
			x = (x + float32(i)/x) / 2
		}
		r[i] = x
	}
	r[0] = 1
	return r
}()

// read gives a run of letters and digits its readings: the word itself, pinyin,
// initials, and people's words typed in one of these ways.
func (ix *Index) read(pc *piece, said []rune) {
	pc.ways = append([]way{{runes: said, share: 1}}, pc.ways...)
	w := string(said)
	for _, r := range w {
		if r < 'a' || r > 'z' {
			return
		}
	}
	t := sounds()
	if py := t.segment(w); py != nil {
		pc.ways = append(pc.ways, way{sound: py, share: soundShare})
	}
	if len(w) >= 2 && len(w) <= 16 {
		pc.ways = append(pc.ways, way{initials: []byte(w), share: soundShare})
	}
	for _, said := range ix.words.typed[w] {
		pc.ways = append(pc.ways, way{runes: []rune(said), share: typedShare})
		for _, o := range ix.words.of[said].ways {
			pc.ways = append(pc.ways, way{runes: o, share: typedShare * officialBest})
		}
		pc.acts |= ix.words.of[said].acts
	}
}

// least is what an item must have to be found, if the best one has best.
func (p *parsed) least(best uint32) uint32 {
	floor := uint32(max(p.total*leastCover*p.scale, 1))
	if best < floor {
		floor = uint32(float32(floor) * fallback)
	}
	return max(uint32(float32(best)*leastOfBest), floor, 1)
}

// marks says which characters of a name the query has asked for. Single
// characters are marked only if no pair is.
func (p *parsed) marks(name string) []Span {
	rs := normalise(name, 0)
	on := make([]bool, len(rs))
	any := false
	mark := func(from, to int) {
		any = true
		for i := from; i < to; i++ {
			on[i] = true
		}
	}
	for i := 0; i < len(rs); i++ {
		switch {
		case isWord(rs[i]):
			j := i
			for j < len(rs) && isWord(rs[j]) {
				j++
			}
			if p.keys[wordKey(rs[i:j])] {
				mark(i, j)
			}
			i = j - 1
		case i+1 < len(rs) && isHan(rs[i]) && isHan(rs[i+1]) && p.keys[bigramKey(rs[i], rs[i+1])]:
			mark(i, i+2)
		}
	}
	for i := 0; i < len(rs) && !any; i++ {
		if isHan(rs[i]) && p.keys[singleKey(rs[i])] {
			on[i] = true
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
