package search

import (
	_ "embed"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/width"
)

//go:embed traditional.tsv
var traditionalTable string

// table reads an embedded table: lines without comment; its columns.
func table(s string, each func(cols []string)) {
	for line := range strings.Lines(s) {
		if line[0] == '#' {
			continue
		}
		if cols := strings.Split(strings.TrimRight(line, "\r\n"), "\t"); len(cols) >= 2 {
			each(cols)
		}
	}
}

var simplified = sync.OnceValue(func() map[rune]rune {
	m := make(map[rune]rune, 4200)
	table(traditionalTable, func(c []string) {
		m[[]rune(c[0])[0]] = []rune(c[1])[0]
	})
	return m
})

// fold makes one character comparable: half-width, lower case, simplified. What
// is neither letter nor digit becomes a space. Folding character by character
// keeps positions, which the highlights need.
func fold(r rune) rune {
	if r >= 0x4e00 && r <= 0x9fff || r >= 0x3400 && r <= 0x4dbf {
		if s, ok := simplified()[r]; ok {
			return s
		}
		return r
	}
	if w := width.LookupRune(r).Folded(); w != 0 {
		r = w
	}
	switch {
	case unicode.Is(unicode.Han, r):
		return r
	case unicode.IsLetter(r), unicode.IsDigit(r):
		return unicode.ToLower(r)
	}
	return ' '
}

// normalise folds every character of s, at most limit of them (0: all).
func normalise(s string, limit int) []rune {
	out := make([]rune, 0, len(s)/2)
	for _, r := range s {
		if limit > 0 && len(out) == limit {
			break
		}
		out = append(out, fold(r))
	}
	return out
}

func isHan(r rune) bool {
	return r >= 0x4e00 && r <= 0x9fff || r > 0x2e80 && unicode.Is(unicode.Han, r)
}

func isWord(r rune) bool { return r != ' ' && !isHan(r) && r != opening && r != closing }

// Terms are 64-bit keys: a kind in the top byte, the characters, the numbers of
// syllables or a hash below.
const (
	single = uint64(iota+1) << 56
	bigram
	word
	syllable
	syllables // two
	initials2
	initials3
	kindMask = uint64(0xff) << 56
)

func singleKey(r rune) uint64         { return single | uint64(r) }
func bigramKey(a, b rune) uint64      { return bigram | uint64(a)<<24 | uint64(b) }
func syllableKey(a uint16) uint64     { return syllable | uint64(a) }
func syllablesKey(a, b uint16) uint64 { return syllables | uint64(a)<<16 | uint64(b) }
func initialsKey2(a, b byte) uint64   { return initials2 | uint64(a)<<8 | uint64(b) }
func initialsKey3(a, b, c byte) uint64 {
	return initials3 | uint64(a)<<16 | uint64(b)<<8 | uint64(c)
}

// wordKey is the term of a run of letters and digits, by FNV-1a.
func wordKey(rs []rune) uint64 {
	h := uint64(14695981039346656037)
	for _, r := range rs {
		h = (h ^ uint64(r)) * 1099511628211
	}
	return word | h&^kindMask
}

// terms appends the terms of folded text: single Han characters (if wanted),
// pairs of adjacent ones, runs of letters and digits.
func terms(out []uint64, rs []rune, singles bool) []uint64 {
	for i := 0; i < len(rs); {
		switch {
		case isHan(rs[i]):
			if singles {
				out = append(out, singleKey(rs[i]))
			}
			if i+1 < len(rs) && isHan(rs[i+1]) {
				out = append(out, bigramKey(rs[i], rs[i+1]))
			}
			i++
		case isWord(rs[i]):
			j := i
			for j < len(rs) && isWord(rs[j]) {
				j++
			}
			out = append(out, wordKey(rs[i:j]))
			i = j
		default:
			i++
		}
	}
	return out
}

// spelled appends the terms of how a name sounds: syllables, pairs of syllables,
// and pairs and triples of initials. Characters that have no sound part the runs.
func spelled(out []uint64, sound []uint16) []uint64 {
	t := sounds()
	for i, a := range sound {
		if a == 0 {
			continue
		}
		out = append(out, syllableKey(a))
		if i+1 == len(sound) || sound[i+1] == 0 {
			continue
		}
		b := sound[i+1]
		out = append(out, syllablesKey(a, b), initialsKey2(t.initial(a), t.initial(b)))
		if i+2 < len(sound) && sound[i+2] != 0 {
			out = append(out, initialsKey3(t.initial(a), t.initial(b), t.initial(sound[i+2])))
		}
	}
	return out
}

// Brackets of all kinds and widths in folded names.
const opening, closing = '(', ')'

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
