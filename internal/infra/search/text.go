package search

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/width"
)

//go:embed traditional.tsv
var traditionalTable string

//go:embed synonyms.tsv
var synonymTable string

// table reads an embedded table: lines without comment; its first columns.
func table(s string, each func(cols []string)) {
	for line := range strings.Lines(s) {
		if line[0] == '#' {
			continue
		}
		if cols := strings.Split(strings.TrimRight(line, "\n"), "\t"); len(cols) >= 2 {
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

// synonyms maps what people say to what the lists say.
var synonyms = sync.OnceValue(func() map[string][]string {
	m := map[string][]string{}
	table(synonymTable, func(c []string) {
		if c[0] != "word" {
			m[c[0]] = strings.Split(c[1], "|")
		}
	})
	return m
})

// longestSynonym is the length of the longest word of the table, in characters.
const longestSynonym = 6

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

func isWord(r rune) bool { return r != ' ' && !isHan(r) }

// Terms are 64-bit keys: a kind in the top byte, the characters or a hash below.
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

func singleKey(r rune) uint64    { return single | uint64(r) }
func bigramKey(a, b rune) uint64 { return bigram | uint64(a)<<24 | uint64(b) }
func hashKey(kind uint64, parts ...string) uint64 {
	h := uint64(14695981039346656037) // FNV-1a
	for _, p := range parts {
		for i := 0; i < len(p); i++ {
			h = (h ^ uint64(p[i])) * 1099511628211
		}
		h = (h ^ 0xff) * 1099511628211
	}
	return kind | h&^kindMask
}

// token is one term of a text and the characters it covers.
type token struct {
	key      uint64
	from, to int
}

// tokens appends the terms of normalised text: single Han characters (if
// wanted), bigrams across adjacent Han characters, runs of letters and digits.
func tokens(out []token, rs []rune, singles bool) []token {
	for i := 0; i < len(rs); {
		switch {
		case rs[i] == ' ':
			i++
		case isHan(rs[i]):
			if singles {
				out = append(out, token{singleKey(rs[i]), i, i + 1})
			}
			if i+1 < len(rs) && isHan(rs[i+1]) {
				out = append(out, token{bigramKey(rs[i], rs[i+1]), i, i + 2})
			}
			i++
		default:
			j := i
			for j < len(rs) && isWord(rs[j]) {
				j++
			}
			out = append(out, token{hashKey(word, string(rs[i:j])), i, j})
			i = j
		}
	}
	return out
}

// fillers are what questions are made of; they say little about the matter.
var fillers = strings.Fields(`怎么办理 如何办理 怎样办理 怎么办 怎样办 如何办 咋办 办理流程 流程 能办 可以办 办理 办 申请 申报 申领 领取 怎么样 怎么 如何 怎样 咋
需要 什么时候 什么样 什么 哪些 哪里 哪儿 去哪 哪办 材料 手续 条件 部门 负责 实施 提交 受理 我要 我想 我 要 想 的 了 吗 么 呢 没 不 有 是 是否 提供 服务 可以 能不能 能否 能
多久 多少钱 多少 在哪 在 去 请问 请 为 给 把 和 与 及 或 等 对 一个 个 去哪里 带 由 网上 指引`)

var longestFiller = 4

// fillerMarks says which characters of a query belong to fillers; all false if
// nothing else would be left.
func fillerMarks(rs []rune, taken []bool) []bool {
	marks := make([]bool, len(rs))
	left := false
	for i := 0; i < len(rs); {
		n := 0
		for l := min(longestFiller, len(rs)-i); l > 0 && n == 0; l-- {
			if !slices.Contains(taken[i:i+l], true) && slices.Contains(fillers, string(rs[i:i+l])) {
				n = l
			}
		}
		for k := i; k < i+n; k++ {
			marks[k] = true
		}
		if n == 0 {
			left = left || rs[i] != ' '
			n = 1
		}
		i += n
	}
	if !left {
		clear(marks)
	}
	return marks
}
