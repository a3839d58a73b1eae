package search

import (
	"cmp"
	"slices"
)

// mend replaces characters that sound like those of the names where they stand
// in no name (婚因登记 for 婚姻登记); nil if nothing is to be mended. Words of
// the table and what separates them are left alone.
func (ix *Index) mend(text []rune, pieces []piece) []rune {
	t := sounds()
	known := make([]bool, len(text)) // part of a word that the table has
	for _, pc := range pieces {
		if pc.kind != plain && pc.to-pc.from > 1 || pc.kind == filler || pc.kind == action {
			for i := pc.from; i < pc.to; i++ {
				known[i] = true
			}
		}
	}
	out := ix.mendWords(text, known)
	at := func(i int) rune {
		if out != nil {
			return out[i]
		}
		return text[i]
	}
	for i := 0; i+1 < len(text); i++ {
		a, b := at(i), at(i+1)
		if known[i] || known[i+1] || !isHan(a) || !isHan(b) || ix.df(bigramKey(a, b)) > 0 || ix.inTexts(bigramKey(a, b)) {
			continue
		}
		x, y := t.sound(a), t.sound(b)
		if x == 0 || y == 0 {
			continue
		}
		best, score := soundPair{}, 0
		for _, s := range ix.segs {
			for _, c := range s.soundingLike(uint32(t.loose[x])<<16 | uint32(t.loose[y])) {
				if c.a != a && i > 0 && isHan(at(i-1)) && ix.df(bigramKey(at(i-1), a)) > 0 || c.b != b && i+2 < len(text) && isHan(at(i+2)) && ix.df(bigramKey(b, at(i+2))) > 0 {
					continue // the character stands well where it is
				}
				n := ix.df(bigramKey(c.a, c.b))
				switch {
				case n == 0:
					continue
				case c.a == a || c.b == b:
					n *= 4
				case t.sound(c.a) != x || t.sound(c.b) != y || ix.df(singleKey(a)) > 0 && ix.df(singleKey(b)) > 0:
					continue // two other characters: only if one is never met, and the sound is the same
				}
				if i+2 < len(text) && ix.df(bigramKey(c.b, at(i+2))) > 0 {
					n *= 4
				}
				// Of pairs as good, the same one however the index came to be.
				if n > score || n == score && n > 0 && cmp.Or(cmp.Compare(c.a, best.a), cmp.Compare(c.b, best.b)) < 0 {
					best, score = c, n
				}
			}
		}
		if score > 0 {
			if out == nil {
				out = slices.Clone(text)
			}
			out[i], out[i+1] = best.a, best.b
		}
	}
	return out
}

// longestSlip is the longest word of the table that is looked for by its sound.
const longestSlip = 8

// mendWords replaces one character of what people say where it sounds like a word
// of the table and stands in no name as it is written (社保咔 for 社保卡); nil if
// there is nothing of the kind. What it mends is known from then on.
func (ix *Index) mendWords(text []rune, known []bool) []rune {
	strange := func(i, j int) bool { // the two stand in no name
		return !isHan(text[i]) || !isHan(text[j]) || ix.df(bigramKey(text[i], text[j])) == 0
	}
	var out []rune
	for i := range text {
		if known[i] || !isHan(text[i]) || i > 0 && !strange(i-1, i) || i+1 < len(text) && !strange(i, i+1) {
			continue
		}
		if word, from := ix.soundsLike(text, i); word != nil {
			if out == nil {
				out = slices.Clone(text)
			}
			copy(out[from:], word)
			for k := range word {
				known[from+k] = true
			}
		}
	}
	return out
}

// soundsLike is the longest word of the table, of three characters or more, that
// the text around a character sounds like and differs from by that character
// alone, and where it begins.
func (ix *Index) soundsLike(text []rune, at int) (word []rune, from int) {
	for l := min(longestSlip, len(text)); l >= 3; l-- {
		for i := max(0, at-l+1); i <= at && i+l <= len(text); i++ {
			full, _ := sounds().spelling(text[i : i+l])
			for _, w := range ix.words.typed[full] {
				rs := []rune(w)
				if full != "" && len(rs) == l && rs[at-i] != text[at] && slices.Equal(rs[:at-i], text[i:at]) && slices.Equal(rs[at-i+1:], text[at+1:i+l]) {
					return rs, i
				}
			}
		}
	}
	return nil, 0
}

// leastWindow is how much of a query must agree with a name for one character in
// it to be taken for a slip.
const leastWindow = 4

// resembles is what a query may have meant that looks like one of the names
// found but for one character (营业执昭); "" if none.
func (ix *Index) resembles(p *parsed, hits []Hit) string {
	for i := 0; i+1 < len(p.core); i++ {
		if isHan(p.core[i]) && isHan(p.core[i+1]) && ix.df(bigramKey(p.core[i], p.core[i+1])) == 0 {
			for _, h := range hits[:min(5, len(hits))] {
				out := slices.Clone(p.core)
				if window(out, outside(nil, appendName(nil, h.Doc.Name))) {
					return string(out)
				}
			}
			return ""
		}
	}
	return ""
}

// window mends one character of text if all others stand in the name as they do
// in the text.
func window(text, name []rune) bool {
	for k := 0; len(text) >= leastWindow && k+len(text) <= len(name); k++ {
		at, wrong := -1, 0
		for i := range text {
			if text[i] != name[k+i] {
				at, wrong = i, wrong+1
			}
		}
		if wrong == 1 {
			text[at] = name[k+at]
			return true
		}
	}
	return false
}
