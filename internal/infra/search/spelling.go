package search

import "strings"

// Spellings are the names in pinyin, to sort by and to find the first letter of:
// 就业登记 is jiuyedengji. Letters and digits stay as they are; brackets and marks
// are left out.
func Spellings(names []string) []string {
	s := newSpeller()
	out := make([]string, len(names))
	var b strings.Builder
	for i, name := range names {
		b.Reset()
		rs := normalise(name, 0)
		for k, r := range rs {
			switch {
			case r == ' ':
			case isHan(r):
				p := s.of(r)
				if k > 0 {
					if o, ok := otherReadings[[2]rune{rs[k-1], r}]; ok {
						p = o[1]
					}
				}
				if k+1 < len(rs) {
					if o, ok := otherReadings[[2]rune{r, rs[k+1]}]; ok {
						p = o[0]
					}
				}
				b.WriteString(p)
			default:
				b.WriteRune(r)
			}
		}
		out[i] = b.String()
	}
	return out
}
