package search

import (
	"github.com/mozillazg/go-pinyin"
)

// speller knows the pinyin of characters and remembers it: the library works
// on strings and is slow.
type speller struct {
	args  pinyin.Args
	known map[rune]string
	set   map[string]bool // syllables met
}

func newSpeller() *speller {
	return &speller{args: pinyin.NewArgs(), known: map[rune]string{}, set: map[string]bool{}}
}

func (s *speller) of(r rune) string {
	py, ok := s.known[r]
	if !ok {
		if all := pinyin.SinglePinyin(r, s.args); len(all) > 0 {
			py = all[0]
		}
		s.known[r] = py
		if py != "" {
			s.set[py] = true
		}
	}
	return py
}

// otherReadings are characters whose first reading in the dictionary is not the
// one that they have in the company of the next or the previous character.
var otherReadings = map[[2]rune][2]string{
	{'银', '行'}: {"yin", "hang"}, {'重', '庆'}: {"chong", "qing"}, {'重', '新'}: {"chong", "xin"}, {'重', '复'}: {"chong", "fu"},
	{'会', '计'}: {"kuai", "ji"}, {'行', '业'}: {"hang", "ye"}, {'成', '长'}: {"cheng", "zhang"}, {'延', '长'}: {"yan", "chang"},
	{'音', '乐'}: {"yin", "yue"}, {'调', '解'}: {"tiao", "jie"}, {'调', '整'}: {"tiao", "zheng"}, {'给', '付'}: {"ji", "fu"}, {'供', '给'}: {"gong", "ji"},
}

// spell appends the pinyin terms of a name: syllables, pairs of syllables, and
// pairs and triples of initials. Characters that are not Han part the runs.
func (s *speller) spell(out []uint64, name []rune) []uint64 {
	var py []string
	flush := func() {
		for i := range py {
			out = append(out, hashKey(syllable, py[i]))
			if i+1 < len(py) {
				out = append(out, hashKey(syllables, py[i], py[i+1]), hashKey(initials2, py[i][:1], py[i+1][:1]))
			}
			if i+2 < len(py) {
				out = append(out, hashKey(initials3, py[i][:1], py[i+1][:1], py[i+2][:1]))
			}
		}
		py = py[:0]
	}
	for i, r := range name {
		if r == ' ' {
			continue // brackets and commas are not spelled
		}
		p := ""
		if isHan(r) {
			p = s.of(r)
			if i > 0 {
				if o, ok := otherReadings[[2]rune{name[i-1], r}]; ok {
					p = o[1]
				}
			}
			if i+1 < len(name) {
				if o, ok := otherReadings[[2]rune{r, name[i+1]}]; ok {
					p = o[0]
				}
			}
		}
		if p == "" {
			flush()
			continue
		}
		s.set[p] = true
		py = append(py, p)
	}
	flush()
	return out
}

// longestSyllable is that of zhuang, chuang and shuang.
const longestSyllable = 6

// segment reads letters as syllables, the fewest possible; the last one may be
// unfinished and is left out then. nil if they cannot be read so.
func segment(w string, set map[string]bool) []string {
	n := len(w)
	best := make([]int, n+1) // syllables needed for w[:i]; 0: not readable
	from := make([]int, n+1)
	for i := 1; i <= n; i++ {
		for l := 1; l <= min(longestSyllable, i); l++ {
			j := i - l
			if (j == 0 || best[j] > 0) && set[w[j:i]] && (best[i] == 0 || best[j]+1 < best[i]) {
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
	out := make([]string, best[end])
	for i, k := end, best[end]-1; i > 0; i, k = from[i], k-1 {
		out[k] = w[from[i]:i]
	}
	return out
}
