package search

import "strings"

// Spellings are the names in pinyin, to sort by and to find the first letter of:
// 就业登记 is jiuyedengji. Letters and digits stay as they are; brackets and marks
// are left out.
func Spellings(names []string) []string {
	return spellings(names, func(syllable string) string { return syllable })
}

// Initials are the first letters of the names' characters as people type them:
// 个体工商户 is gtgsh. The rest is as in Spellings.
func Initials(names []string) []string {
	return spellings(names, func(syllable string) string { return syllable[:1] })
}

func spellings(names []string, write func(syllable string) string) []string {
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
				b.WriteString(write(t.syllables[n]))
			case r != ' ' && !isHan(r):
				b.WriteRune(r)
			}
		}
		out[i] = b.String()
	}
	return out
}
