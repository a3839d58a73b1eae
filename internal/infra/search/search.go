// Package search is the portal's index, in memory: single characters, bigrams
// and pinyin, names first.
//
// A database's full-text search either finds nothing for words of two
// characters or ranks for seconds over common ones, so the index is our own. It
// is built whole from the documents and never changes; a new release makes a
// new one and swaps it in.
//
// A query is cut into terms: a run of Han characters gives its bigrams (or its
// one character), a run of letters is read as pinyin, full or initials. A term
// weighs the more the rarer it is, and more in a name than in other text; a
// name that contains the whole query comes before scattered characters, and of
// two such names the shorter. Words that every question has (怎么办理 …) weigh
// little.
package search

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"unicode"

	"github.com/mozillazg/go-pinyin"
	"golang.org/x/text/width"
)

// Doc is what is indexed of an item.
type Doc struct {
	ID, Code, Name, Unit string
	Aliases              []string
	Text                 string // materials, topics
	Type                 string
	Visits               int
	Audience             []string
	Online               bool
	Weight               float64 // how often it is used; 0 if unknown
}

// Query is what is asked for. Empty filters match everything.
type Query struct {
	Text     string
	Units    []string
	Types    []string
	Visits   []int // 0, 1; 2 stands for two and more
	Audience string
	Online   bool // only what can be done on the net
	Offset   int
	Limit    int // 20 if 0
}

// Hit is one found item.
type Hit struct {
	Doc   *Doc
	Score float64
}

// Facet is one value of a facet with how many of the found items have it.
type Facet struct {
	Value string
	Count int
}

// Result is an answer. Facets are counted over everything found.
type Result struct {
	Total           int
	Hits            []Hit
	Units, Types    []Facet
	None, One, Many int // by visits
	Audience        []Facet
	Interpreted     string // the query as it was read
}

type posting struct {
	doc    int32
	weight float32
}

// Index is immutable and safe for concurrent use.
type Index struct {
	docs     []Doc
	grams    map[string][]posting
	names    []string // normalised
	initials []string // pinyin initials of the name
	full     []string // pinyin of the name
	order    []int32  // documents by weight, then name
}

// Weights of where a term stands.
const (
	inName  = 4
	inAlias = 3
	inUnit  = 1.5
	inText  = 1
)

// Build indexes documents.
func Build(docs []Doc) *Index {
	ix := &Index{docs: docs, grams: map[string][]posting{}, names: make([]string, len(docs)), initials: make([]string, len(docs)), full: make([]string, len(docs))}
	weights := map[string]float32{}
	for i := range docs {
		d := &docs[i]
		clear(weights)
		ix.names[i] = normalise(d.Name)
		ix.full[i], ix.initials[i] = spell(ix.names[i])
		put := func(text string, w float32) {
			for _, g := range grams(normalise(text), true) {
				weights[g] = max(weights[g], w)
			}
		}
		put(d.Text, inText)
		put(d.Unit, inUnit)
		for _, a := range d.Aliases {
			put(a, inAlias)
		}
		put(d.Name, inName)
		for g, w := range weights {
			ix.grams[g] = append(ix.grams[g], posting{int32(i), w})
		}
		ix.order = append(ix.order, int32(i))
	}
	slices.SortStableFunc(ix.order, func(a, b int32) int {
		return cmp.Or(cmp.Compare(docs[b].Weight, docs[a].Weight), cmp.Compare(docs[a].Name, docs[b].Name))
	})
	return ix
}

// maxQuery bounds what is read of a query, in characters.
const maxQuery = 60

// normalise makes text comparable: half-width, lower case, without control
// characters.
func normalise(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return unicode.ToLower(r)
	}, width.Narrow.String(s))
}

// grams cuts text into bigrams of Han characters, and single characters too if
// wanted; runs of letters and digits are words.
func grams(s string, singles bool) []string {
	var out []string
	rs := []rune(s)
	for i := 0; i < len(rs); i++ {
		switch {
		case unicode.Is(unicode.Han, rs[i]):
			if singles {
				out = append(out, string(rs[i]))
			}
			if i+1 < len(rs) && unicode.Is(unicode.Han, rs[i+1]) {
				out = append(out, string(rs[i:i+2]))
			} else if !singles && (i == 0 || !unicode.Is(unicode.Han, rs[i-1])) {
				out = append(out, string(rs[i]))
			}
		case isWord(rs[i]):
			j := i
			for j < len(rs) && isWord(rs[j]) {
				j++
			}
			out = append(out, string(rs[i:j]))
			i = j - 1
		}
	}
	return out
}

func isWord(r rune) bool { return r < 0x250 && (unicode.IsLetter(r) || unicode.IsDigit(r)) }

// spell writes a name in pinyin: full and initials.
func spell(name string) (full, initials string) {
	var f, in strings.Builder
	args := pinyin.NewArgs()
	for _, r := range name {
		if isWord(r) {
			f.WriteRune(r)
			in.WriteRune(r)
			continue
		}
		if py := pinyin.SinglePinyin(r, args); len(py) > 0 && py[0] != "" {
			f.WriteString(py[0])
			in.WriteByte(py[0][0])
		}
	}
	return f.String(), in.String()
}

// fillers are what questions are made of; they say little about the matter.
var fillers = []string{"怎么办理", "如何办理", "怎么办", "怎样办", "如何办", "需要什么材料", "要什么材料", "需要哪些材料", "要啥材料", "要啥证", "需要什么", "去哪里", "去哪儿", "在哪里", "在哪", "我要", "我想", "办理", "申请", "怎么", "如何", "多少钱", "多久"}

// strip removes fillers, unless nothing would be left.
func strip(s string) string {
	rest := s
	for _, f := range fillers {
		if t := strings.TrimSpace(strings.ReplaceAll(rest, f, " ")); t != "" {
			rest = t
		}
	}
	return rest
}

// Search answers a query. An empty text finds everything, in the order of use
// and name.
func (ix *Index) Search(q Query) Result {
	rs := []rune(normalise(strings.TrimSpace(q.Text)))
	if len(rs) > maxQuery {
		rs = rs[:maxQuery]
	}
	text := strings.Join(strings.Fields(string(rs)), " ")
	res := Result{Interpreted: text}
	var found []Hit
	if text == "" {
		for _, i := range ix.order {
			found = append(found, Hit{Doc: &ix.docs[i]})
		}
	} else {
		found = ix.match(text)
	}
	kept := found[:0:0]
	units, types, audience := map[string]int{}, map[string]int{}, map[string]int{}
	for _, h := range found {
		if !q.accepts(h.Doc) {
			continue
		}
		kept = append(kept, h)
		units[h.Doc.Unit]++
		types[h.Doc.Type]++
		for _, a := range h.Doc.Audience {
			audience[a]++
		}
		switch {
		case h.Doc.Visits <= 0:
			res.None++
		case h.Doc.Visits == 1:
			res.One++
		default:
			res.Many++
		}
	}
	res.Total = len(kept)
	res.Units, res.Types, res.Audience = facets(units), facets(types), facets(audience)
	if q.Limit <= 0 {
		q.Limit = 20
	}
	from := min(max(q.Offset, 0), len(kept))
	res.Hits = kept[from:min(from+q.Limit, len(kept))]
	return res
}

func (q *Query) accepts(d *Doc) bool {
	return (len(q.Units) == 0 || slices.Contains(q.Units, d.Unit)) &&
		(len(q.Types) == 0 || slices.Contains(q.Types, d.Type)) &&
		(len(q.Visits) == 0 || slices.Contains(q.Visits, min(max(d.Visits, 0), 2))) &&
		(q.Audience == "" || slices.Contains(d.Audience, q.Audience)) &&
		(!q.Online || d.Online)
}

func facets(m map[string]int) []Facet {
	out := make([]Facet, 0, len(m))
	for v, n := range m {
		out = append(out, Facet{v, n})
	}
	slices.SortFunc(out, func(a, b Facet) int { return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Value, b.Value)) })
	return out
}

// match scores every document that fits the text well enough: it must have a
// third of the weight of the query's terms, and a fifth of the best score.
func (ix *Index) match(text string) []Hit {
	core := strip(text)
	score := make([]float32, len(ix.docs))
	covered := make([]float32, len(ix.docs))
	var total float32
	seen := map[string]bool{}
	for _, g := range grams(core, false) {
		if seen[g] {
			continue
		}
		seen[g] = true
		ps := ix.grams[g]
		rare := float32(math.Log(1 + float64(len(ix.docs)+1)/float64(len(ps)+1)))
		if isWord([]rune(g)[0]) {
			ps = ix.spelled(g)
			rare *= 1.5
		}
		total += rare
		for _, p := range ps {
			score[p.doc] += rare * p.weight
			covered[p.doc] += rare
		}
	}
	compact := strings.ReplaceAll(core, " ", "")
	whole := strings.ReplaceAll(text, " ", "")
	best := float32(0)
	for i := range score {
		if score[i] == 0 {
			continue
		}
		name := ix.names[i]
		n := float32(len([]rune(name)))
		switch {
		case name == whole || name == compact:
			score[i] += 12 * (total + 1)
		case strings.HasPrefix(name, compact):
			score[i] += 4 * (total + 1)
		case strings.Contains(name, compact):
			score[i] += 3 * (total + 1)
		}
		score[i] *= 1 + 2/(n+6) // the shorter name among equals
		score[i] += float32(ix.docs[i].Weight) * 0.1
		best = max(best, score[i])
	}
	var out []Hit
	for i, s := range score {
		if s > 0 && covered[i] >= total/3 && s >= best/5 {
			out = append(out, Hit{Doc: &ix.docs[i], Score: float64(s)})
		}
	}
	slices.SortStableFunc(out, func(a, b Hit) int { return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Doc.Name, b.Doc.Name)) })
	return out
}

// spelled finds documents for a run of letters or digits: the word itself, a
// code that begins with it, or pinyin in the name.
func (ix *Index) spelled(w string) []posting {
	out := slices.Clone(ix.grams[w])
	have := map[int32]bool{}
	for _, p := range out {
		have[p.doc] = true
	}
	if len(w) < 2 {
		return out
	}
	upper := strings.ToUpper(w)
	for i := range ix.docs {
		if have[int32(i)] {
			continue
		}
		switch {
		case strings.HasPrefix(ix.initials[i], w), strings.HasPrefix(ix.full[i], w):
			out = append(out, posting{int32(i), inName})
		case strings.Contains(ix.initials[i], w), len(w) > 3 && strings.Contains(ix.full[i], w):
			out = append(out, posting{int32(i), inName * 0.7})
		case len(w) > 5 && strings.HasPrefix(ix.docs[i].Code, upper):
			out = append(out, posting{int32(i), inName})
		}
	}
	return out
}
