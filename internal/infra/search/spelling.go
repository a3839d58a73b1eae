package search

import "strings"

// Spellings are the names in pinyin, to sort by and to find the first letter of:
// 就业登记 is jiuyedengji. Letters and digits stay as they are; brackets and marks
// are left out.
func Spellings(names []string) []string {
	t := sounds()
	out := make([]string, len(names))
	var b strings.Builder
	var spelt []uint16
	for i, name := range names {
		b.Reset()
		rs := normalise(name, 0)
		spelt = t.spell(spelt, rs)
		for k, r := range rs {
			switch n := spelt[k]; {
			case n != 0:
				b.WriteString(t.syllables[n])
			case r != ' ' && !isHan(r):
				b.WriteRune(r)
			}
		}
		out[i] = b.String()
	}
	return out
}
