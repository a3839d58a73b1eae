package search

import "slices"

// leastRating is what a name must at least have of a query for anything to be
// found by names: single characters that happen to stand in some name are
// nothing.
const leastRating = 0.02

// longestName bounds what is compared of a name, in characters.
const longestName = 96

// comparison is the room that comparing names takes, used again and again.
type comparison struct {
	flat, out [longestName]rune // the name without brackets; without what is in them
	outAt     [longestName]uint8
	weight    [longestName]float32 // of the characters of flat
	hit       [longestName]bool
	sound     []uint16
	letters   []byte
	at, end   int // where the last piece was found
	steps     int // from piece to piece
	forward   int // those of them that go forward in the name
	joined    int // those that go on where the piece before ended
}

// rateBest compares the heads with the largest sums with the query.
func (p *parsed) rateBest(ix *Index, of []*sums) {
	var c comparison
	var all []candidate
	for i, u := range of {
		all = append(all, ix.segs[i].largest(u)...)
		for k := range all {
			if all[k].sums == nil {
				all[k].sums, all[k].seg = u, ix.segs[i]
			}
		}
	}
	worst, cut := float32(0), float32(0)
	p.hopeless = true
	for n, b := range all {
		r := max(p.rate(&c, b.seg, b.head), 1e-6)
		b.sums.rated[b.head] = r
		b.sums.ratedHeads = append(b.sums.ratedHeads, b.head)
		p.hopeless = p.hopeless && r < leastRating
		if n == 0 || r < worst {
			worst = r
		}
		if n == 0 || float32(b.sum) < cut {
			cut = float32(b.sum)
		}
	}
	for _, u := range of {
		u.worst, u.cut = worst, cut
	}
}

// candidate is a head that is worth comparing.
type candidate struct {
	head, sum uint32
	seg       *segment
	sums      *sums
}

// largest are the living heads with the largest sums, at most as many as are
// compared, in no order.
func (s *segment) largest(u *sums) []candidate {
	best := make([]candidate, 0, reranked)
	sift := func(i int) { // the smallest sum stands at the root
		for {
			c := 2*i + 1
			if c >= len(best) {
				return
			}
			if c+1 < len(best) && best[c+1].sum < best[c].sum {
				c++
			}
			if best[c].sum >= best[i].sum {
				return
			}
			best[i], best[c] = best[c], best[i]
			i = c
		}
	}
	for b, met := range u.heads {
		if !met {
			continue
		}
		for k, v := range block(u.head, b) {
			h := uint32(b<<blockBits + k)
			switch {
			case v == 0 || s.headLive != nil && s.headLive[h] == 0:
			case len(best) < reranked:
				best = append(best, candidate{head: h, sum: v})
				if len(best) == reranked {
					for j := reranked/2 - 1; j >= 0; j-- {
						sift(j)
					}
				}
			case v > best[0].sum:
				best[0] = candidate{head: h, sum: v}
				sift(0)
			}
		}
	}
	return best
}

// rate compares a head with the query: 0 if they have nothing in common, about 1
// for all pieces found in a long name, more if little of the name is left.
func (p *parsed) rate(c *comparison, s *segment, h uint32) float32 {
	e := &s.heads[h]
	name := s.runes[e.name:e.aliases]
	n, m := c.lay(name, s.light[e.name:e.aliases])
	flat, out := c.flat[:n], c.out[:m]
	clear(c.hit[:n])
	if p.sounding {
		c.sound = sounds().spell(c.sound, flat)
		c.letters = c.letters[:0]
		for _, x := range c.sound {
			c.letters = append(c.letters, sounds().initial(x))
		}
	}
	got, all := float32(0), float32(0)
	last, end := -1, -1
	c.steps, c.forward, c.joined = 0, 0, 0
	for i := range p.pieces {
		pc := &p.pieces[i]
		c.at = -1
		found := c.piece(pc, flat, out)
		if c.at >= 0 && pc.kind != filler {
			if last >= 0 {
				c.steps++
				if c.at > last {
					c.forward++
				}
				if c.at == end {
					c.joined++
				}
			}
			last, end = c.at, c.end
		}
		if found < 1 && pc.kind == action && pc.acts&e.acts != 0 {
			found = max(found, actedShare)
		}
		if found < aliasShare && e.end > e.aliases {
			found = max(found, aliasShare*aliasHas(pc, s.runes[e.aliases+1:e.end]))
		}
		got += pc.weight * found
		if pc.kind != filler {
			all += pc.weight
		}
	}
	if all == 0 {
		return 0
	}
	covered, length := float32(0), float32(nameSlack)
	for i := range n {
		length += c.weight[i]
		if c.hit[i] {
			covered += c.weight[i]
		}
	}
	r := got / all
	gain := 1 + nameGain*covered/length
	switch {
	case slices.Equal(flat, p.whole) || slices.Equal(flat, p.core):
		gain += phraseGain + sameGain
	case len(p.core) > 0:
		at := indexOf(out, p.core)
		switch {
		case at == 0:
			gain += phraseGain + startGain
		case at > 0:
			gain += phraseGain
		case indexOf(flat, p.core) >= 0:
			gain += phraseGain * insideShare
		}
	}
	if c.steps > 0 {
		gain += (orderGain*float32(c.forward) + joinGain*float32(c.joined)) / float32(c.steps)
	}
	return r * gain * agree(p.acts, e.acts)
}

// lay writes a name without its brackets, and without what is in them, and
// weighs its characters. It returns both lengths.
func (c *comparison) lay(name []rune, light []bool) (n, m int) {
	depth := 0
	for i, r := range name {
		switch r {
		case opening:
			depth++
			continue
		case closing:
			depth = max(depth-1, 0)
			continue
		}
		if n == longestName {
			break
		}
		c.flat[n], c.weight[n] = r, 1
		if depth == 0 {
			c.out[m], c.outAt[m] = r, uint8(n)
			m++
		} else {
			c.weight[n] = bracketChar
		}
		if light[i] {
			c.weight[n] = min(c.weight[n], lightChar)
		}
		n++
	}
	return n, m
}

// piece is how much of a piece stands in the name, in its best way; it marks
// where.
func (c *comparison) piece(pc *piece, flat, out []rune) float32 {
	best, which, at := float32(0), -1, -1
	better := func(v float32, i, where int) {
		if v > best {
			best, which, at = v, i, where
		}
	}
	for i := range pc.ways {
		w := &pc.ways[i]
		if w.share <= best {
			continue
		}
		switch {
		case w.sound != nil:
			if k := indexOf(c.sound, w.sound); k >= 0 {
				better(w.share, i, k)
			} else {
				better(w.share*partShare*partsOf(w, func(k pair) bool { return hasSound(c.sound, k.key) }), i, -1)
			}
		case w.initials != nil:
			if k := indexOf(c.letters, w.initials); k >= 0 {
				better(w.share, i, k)
			} else {
				better(w.share*partShare*0.5*partsOf(w, func(k pair) bool { return hasInitials(c.letters, k.key) }), i, -1)
			}
		default:
			if k := indexOf(out, w.runes); k >= 0 {
				better(w.share*notNegated(out, k), i, int(c.outAt[k]))
				continue
			}
			if k := indexOf(flat, w.runes); k >= 0 {
				better(w.share*notNegated(flat, k), i, k)
				continue
			}
			if i == 0 && len(w.runes) >= 2 && len(w.runes) <= 6 && inOrder(flat, w.runes) {
				better(w.share*shortShare, i, -1)
			}
			if i == 0 && pc.kind == citizen && len(pc.ways) > 1 && len(w.runes) <= 4 {
				continue // part of what people say is another word
			}
			part := float32(0)
			for _, k := range w.pairs {
				if k.b != 0 && pairAt(flat, k.a, k.b) >= 0 {
					part += k.share
				}
			}
			better(w.share*partShare*part, i, -1)
		}
	}
	if which < 0 {
		return 0
	}
	w := &pc.ways[which]
	switch {
	case at >= 0 && w.runes != nil && c.flat[at] == w.runes[0]:
		c.at, c.end = at, at
		for _, r := range w.runes { // over what stands in brackets between
			for c.end < len(flat) && flat[c.end] != r {
				c.end++
			}
			if c.end < len(flat) {
				c.hit[c.end] = true
				c.end++
			}
		}
	case at >= 0:
		c.at, c.end = at, at+max(len(w.sound), len(w.initials))
		for k := c.at; k < min(c.end, len(c.hit)); k++ {
			c.hit[k] = true
		}
	default:
		for _, k := range w.pairs {
			if k.b == 0 {
				continue
			}
			if j := pairAt(flat, k.a, k.b); j >= 0 {
				c.hit[j], c.hit[j+1] = true, true
				if c.at < 0 {
					c.at = j
				}
				c.end = j + 2
			}
		}
	}
	return best
}

// pairAt finds two characters side by side; -1 if they are not.
func pairAt(name []rune, a, b rune) int {
	for j := 1; j < len(name); j++ {
		if name[j] == b && name[j-1] == a {
			return j - 1
		}
	}
	return -1
}

// notNegated is what a word counts that begins at a place of the name: less
// after 不, 非 or 未, which make another word of it.
func notNegated(name []rune, at int) float32 {
	if at > 0 && (name[at-1] == '不' || name[at-1] == '非' || name[at-1] == '未') {
		return negatedShare
	}
	return 1
}

func partsOf(w *way, has func(pair) bool) (part float32) {
	for _, k := range w.pairs {
		if has(k) {
			part += k.share
		}
	}
	return part
}

func hasSound(sound []uint16, key uint64) bool {
	for i := 1; i < len(sound); i++ {
		if syllablesKey(sound[i-1], sound[i]) == key {
			return true
		}
	}
	return false
}

func hasInitials(letters []byte, key uint64) bool {
	for i := 2; i < len(letters); i++ {
		if initialsKey3(letters[i-2], letters[i-1], letters[i]) == key {
			return true
		}
	}
	return false
}

// inOrder reports whether all characters of part stand in name in order, as
// those of a short form do.
func inOrder(name, part []rune) bool {
	k := 0
	for _, r := range name {
		if r == part[k] {
			if k++; k == len(part) {
				return true
			}
		}
	}
	return false
}

// aliasHas is how much of a piece stands in one of the aliases.
func aliasHas(pc *piece, aliases []rune) float32 {
	best := float32(0)
	for i := range pc.ways {
		w := &pc.ways[i]
		if w.runes == nil || w.share <= best {
			continue
		}
		if indexOf(aliases, w.runes) >= 0 {
			best = w.share
		}
	}
	return best
}
