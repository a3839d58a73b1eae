package search

import (
	"slices"
	"strings"
	"sync"

	"github.com/mozillazg/go-pinyin"
)

// The block of characters whose sound is known: CJK Unified Ideographs.
const firstHan, lastHan = 0x4e00, 0x9fff

// soundTable numbers the syllables. The library's table is of strings and slow.
type soundTable struct {
	of        [lastHan - firstHan + 1]uint16 // number of a character's first reading; 0: none
	syllables []string                       // by number; 0 is none
	number    map[string]uint16
	loose     []uint16 // by number: one for all syllables that are taken for each other
}

var sounds = sync.OnceValue(func() *soundTable {
	t := &soundTable{syllables: []string{""}, number: map[string]uint16{}}
	args := pinyin.NewArgs()
	loose := map[string]uint16{}
	t.loose = []uint16{0}
	for r := rune(firstHan); r <= lastHan; r++ {
		all := pinyin.SinglePinyin(r, args)
		if len(all) == 0 || all[0] == "" {
			continue
		}
		n, ok := t.number[all[0]]
		if !ok {
			n = uint16(len(t.syllables))
			t.number[all[0]] = n
			t.syllables = append(t.syllables, all[0])
			key := accent(all[0])
			if _, ok := loose[key]; !ok {
				loose[key] = n
			}
			t.loose = append(t.loose, loose[key])
		}
		t.of[r-firstHan] = n
	}
	return t
})

// accent is what remains of a syllable where z and zh, in and ing, l and n are
// one sound.
func accent(s string) string {
	for _, c := range []string{"z", "c", "s"} {
		if rest, ok := strings.CutPrefix(s, c+"h"); ok {
			s = c + rest
		}
	}
	if strings.HasPrefix(s, "n") {
		s = "l" + s[1:]
	}
	for _, v := range []string{"an", "en", "in"} {
		if strings.HasSuffix(s, v+"g") {
			s = strings.TrimSuffix(s, "g")
		}
	}
	return s
}

func (t *soundTable) sound(r rune) uint16 {
	if r < firstHan || r > lastHan {
		return 0
	}
	return t.of[r-firstHan]
}

// initial is the first letter of a syllable; 0 for none.
func (t *soundTable) initial(n uint16) byte {
	if n == 0 {
		return 0
	}
	return t.syllables[n][0]
}

// otherReadings are characters whose first reading in the dictionary is not the
// one that they have in the company of the next or the previous character.
var otherReadings = map[[2]rune][2]string{
	{'银', '行'}: {"yin", "hang"}, {'重', '庆'}: {"chong", "qing"}, {'重', '新'}: {"chong", "xin"}, {'重', '复'}: {"chong", "fu"}, {'重', '名'}: {"chong", "ming"},
	{'会', '计'}: {"kuai", "ji"}, {'行', '业'}: {"hang", "ye"}, {'成', '长'}: {"cheng", "zhang"}, {'延', '长'}: {"yan", "chang"}, {'同', '行'}: {"tong", "hang"},
	{'音', '乐'}: {"yin", "yue"}, {'调', '解'}: {"tiao", "jie"}, {'调', '整'}: {"tiao", "zheng"}, {'给', '付'}: {"ji", "fu"}, {'供', '给'}: {"gong", "ji"},
}

// spell is how folded text sounds, character by character; 0 where it does not.
func (t *soundTable) spell(out []uint16, text []rune) []uint16 {
	out = out[:0]
	for i, r := range text {
		n := t.sound(r)
		if n != 0 && i > 0 {
			if o, ok := otherReadings[[2]rune{text[i-1], r}]; ok {
				n = t.number[o[1]]
			}
		}
		if n != 0 && i+1 < len(text) {
			if o, ok := otherReadings[[2]rune{r, text[i+1]}]; ok {
				n = t.number[o[0]]
			}
		}
		out = append(out, n)
	}
	return out
}

// longestSyllable is that of zhuang, chuang and shuang.
const longestSyllable = 6

// segment reads letters as syllables, the fewest possible; the last one may be
// unfinished and is left out then. nil if they cannot be read so.
func (t *soundTable) segment(w string) []uint16 {
	n := len(w)
	best := make([]int, n+1) // syllables needed for w[:i]; 0: not readable
	from := make([]int, n+1)
	for i := 1; i <= n; i++ {
		for l := 1; l <= min(longestSyllable, i); l++ {
			j := i - l
			if (j == 0 || best[j] > 0) && t.number[w[j:i]] != 0 && (best[i] == 0 || best[j]+1 < best[i]) {
				best[i], from[i] = best[j]+1, j
			}
		}
	}
	end := n
	for end > 0 && best[end] == 0 {
		end--
	}
	if end == 0 || n-end > 3 {
		return nil
	}
	out := make([]uint16, best[end])
	for i, k := end, best[end]-1; i > 0; i, k = from[i], k-1 {
		out[k] = t.number[w[from[i]:i]]
	}
	return out
}

// spelling is the pinyin of a word and its initials, as people type them.
func (t *soundTable) spelling(word []rune) (full, initials string) {
	var f, in strings.Builder
	for _, n := range t.spell(nil, word) {
		if n == 0 {
			return "", ""
		}
		f.WriteString(t.syllables[n])
		in.WriteByte(t.initial(n))
	}
	return f.String(), in.String()
}

// indexOf finds part in list; -1 if it is not there.
func indexOf[T comparable](list, part []T) int {
	for i := 0; i+len(part) <= len(list); i++ {
		if list[i] == part[0] && slices.Equal(list[i:i+len(part)], part) {
			return i
		}
	}
	return -1
}
