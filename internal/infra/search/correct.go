package search

import "slices"

// A slip of the pen is most often a character that sounds the same (婚因登记 for
// 婚姻登记), sometimes one that looks the same (营业执昭).

// homophoneShare is what two characters count that only sound like those of a
// name.
const homophoneShare = 0.7

// leastWindow is how much of a query must agree with a name for one character in
// it to be taken for a slip.
const leastWindow = 4

// sounds adds the pinyin of a pair of characters that no document has.
func (ix *Index) sounds(sp *speller, a, b rune, add func(uint64, float32)) {
	x, y := sp.of(a), sp.of(b)
	if x == "" || y == "" {
		return
	}
	key := hashKey(syllables, x, y)
	if t, ok := ix.terms[key]; ok {
		add(key, homophoneShare*ix.weight(key, int(ix.start[t+1]-ix.start[t])))
	}
}

// corrected is what a query with slips may have meant, after the best names that
// it found; "" if nothing speaks for a slip.
func (ix *Index) corrected(core []rune, best []ranked) string {
	unknown := func(i int) bool {
		_, known := ix.terms[bigramKey(core[i], core[i+1])]
		return isHan(core[i]) && isHan(core[i+1]) && !known
	}
	slip := false
	for i := 0; i+1 < len(core); i++ {
		slip = slip || unknown(i)
	}
	if !slip {
		return ""
	}
	sp := newSpeller()
	for _, h := range best {
		name, _ := parts(nil, nil, ix.folded(h.doc))
		out := slices.Clone(core)
		for i := 0; i+1 < len(core); i++ {
			if !unknown(i) {
				continue
			}
			for k := 0; k+1 < len(name); k++ {
				if sp.same(name[k], core[i]) && sp.same(name[k+1], core[i+1]) {
					out[i], out[i+1] = name[k], name[k+1]
				}
			}
		}
		if slices.Equal(out, core) {
			window(out, name)
		}
		if !slices.Equal(out, core) {
			return string(out)
		}
	}
	return ""
}

// window mends one character of text if all others stand in the name as they do
// in the text.
func window(text, name []rune) {
	for k := 0; len(text) >= leastWindow && k+len(text) <= len(name); k++ {
		at, wrong := -1, 0
		for i := range text {
			if text[i] != name[k+i] {
				at, wrong = i, wrong+1
			}
		}
		if wrong == 1 {
			text[at] = name[k+at]
			return
		}
	}
}

// same reports whether two characters are read in the same way.
func (s *speller) same(a, b rune) bool {
	return a == b || isHan(a) && isHan(b) && s.of(a) != "" && s.of(a) == s.of(b)
}
