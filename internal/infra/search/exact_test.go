package search

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// slow answers a query document by document, with a map for the terms of each:
// what an answer is, without anything that makes it fast.
func slow(ix *Index, terms []map[uint64]uint8, q Query, text []rune) (total int, ids []string, none int) {
	p := ix.parse(text)
	type sum struct {
		doc          int
		cover, score uint32
	}
	var sums []sum
	best := uint32(0)
	for i, has := range terms {
		s := sum{doc: i}
		for _, t := range p.terms {
			if t.place == nil {
				if slices.Contains(t.docs, uint32(i)) {
					s.cover, s.score = s.cover+t.cover, s.score+t.w
				}
			} else if place, ok := has[t.key]; ok {
				s.cover += t.cover
				s.score += uint32(float32(t.w) * places[place])
			}
		}
		best = max(best, s.cover)
		sums = append(sums, s)
	}
	least := p.least(best)
	var all []ranked
	for _, s := range sums {
		d := ix.docs[s.doc]
		if s.cover < least || len(q.Visits) > 0 && !slices.Contains(q.Visits, min(d.Visits, 2)) || len(q.Units) > 0 && !slices.Contains(q.Units, d.Unit) {
			continue
		}
		all = append(all, ranked{uint32(s.doc), ix.score(p, s.score, uint32(s.doc))})
		if d.Visits == 0 {
			none++
		}
	}
	order := func(a, b ranked) int { return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.doc, b.doc)) }
	slices.SortFunc(all, order)
	head := all[:min(reranked, len(all))]
	for i := range head {
		d := head[i].doc
		head[i].score *= p.likeness(appendName(nil, ix.docs[d].Name)) * agree(p.acts, actionsOf(appendName(nil, ix.docs[d].Name)))
	}
	slices.SortFunc(head, order)
	for _, h := range all {
		ids = append(ids, ix.docs[h.doc].ID)
	}
	return len(all), ids, none
}

// termsOf reads every document by itself.
func termsOf(ix *Index) []map[uint64]uint8 {
	var c collector
	sp := newSpeller()
	out := make([]map[uint64]uint8, len(ix.docs))
	for i := range ix.docs {
		out[i] = map[uint64]uint8{}
		for _, e := range c.collect(&ix.docs[i], sp) {
			out[i][e.key] = e.place
		}
	}
	return out
}

// TestExact compares with the slow searcher over random documents and queries,
// in an index built at once and in one that grew.
func TestExact(t *testing.T) {
	rnd := rand.New(rand.NewPCG(7, 7))
	words := strings.Fields("居民 身份证 食品 经营 许可 公司 设立 登记 注销 变更 补办 （县级） 道路 运输 A类 社会 保险 养老 查询 换领 婚姻 农村 shfz 行政 审批")
	phrase := func(n int) string {
		var b strings.Builder
		for range 1 + rnd.IntN(n) {
			b.WriteString(words[rnd.IntN(len(words))])
		}
		return b.String()
	}
	for round := range 4 {
		docs := make([]Doc, 400)
		for i := range docs {
			docs[i] = Doc{ID: fmt.Sprint(i), Name: phrase(5), Unit: words[rnd.IntN(3)] + "局", Text: phrase(3), Visits: rnd.IntN(4), Weight: float64(rnd.IntN(3)), Code: fmt.Sprintf("11130%06d", rnd.IntN(1000))}
			if rnd.IntN(3) == 0 {
				docs[i].Aliases = []string{phrase(2)}
			}
		}
		ix := Build(docs[:300])
		if round%2 == 1 {
			ix = Merge(ix, docs[250:], []string{"3", "17", "299"})
		}
		terms := termsOf(ix)
		queries := []string{"11130000", "身分证", "shfz身份证", "食品经营许克", "证", "登", "jumin", "zhuxiao登记"}
		for range 60 {
			queries = append(queries, phrase(4))
		}
		for k, text := range queries {
			q := Query{Text: text, Limit: 1 << 30}
			if k%3 == 1 {
				q.Visits = []int{k % 2}
			}
			if k%5 == 1 {
				q.Units = []string{"居民局"}
			}
			total, want, none := slow(ix, terms, q, normalise(text, 0))
			r := ix.Search(q)
			var got []string
			for _, h := range r.Hits {
				got = append(got, h.Doc.ID)
			}
			if r.Total != total || r.None != none || !slices.Equal(got, want) {
				t.Fatalf("round %d, %q: %d found (%d without a visit), slowly %d (%d)\n%v\n%v", round, text, r.Total, r.None, total, none, got, want)
			}
			q.Limit, q.Offset = 10, 5
			r = ix.Search(q)
			for i, h := range r.Hits {
				if h.Doc.ID != want[5+i] {
					t.Fatalf("%q: place %d is %s, slowly %s", text, 5+i, h.Doc.ID, want[5+i])
				}
			}
		}
	}
}
