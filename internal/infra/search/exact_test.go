package search

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// slow answers a query document by document: what an answer is, without
// anything that makes it fast. Only how a query is read, and how a name is
// compared with it, is the same code.
func slow(ix *Index, docs []Doc, q Query) (total int, ids []string, none int) {
	p := ix.parse(readable(q.Text), q.Verbatim)
	type sum struct {
		doc              *Doc
		head             string
		name, text, unit uint32
		score            float32
	}
	var all []*sum
	heads := map[string]uint32{}
	best := uint32(0)
	for i := range docs {
		d := &docs[i]
		s := &sum{doc: d, head: string(headOf(nil, d))}
		inHead, inAlias := map[uint64]bool{}, map[uint64]bool{}
		for _, k := range headTerms([]rune(s.head)) {
			inHead[k>>1] = true
			inAlias[k>>1] = k&1 != 0
		}
		inText, inUnit := map[uint64]bool{}, map[uint64]bool{}
		for _, t := range d.Text {
			for _, k := range terms(nil, appendName(nil, t), false) {
				inText[k] = true
			}
		}
		for _, k := range terms(nil, appendName(nil, d.Unit), false) {
			inUnit[k] = true
		}
		for _, t := range p.terms {
			switch {
			case t.code != "":
				if strings.HasPrefix(strings.ToUpper(d.Code), strings.ToUpper(t.code)) {
					s.text += t.w
				}
				continue
			case inAlias[t.key]:
				s.name += uint32(float32(t.w) * aliasWeight)
			case inHead[t.key]:
				s.name += t.w
			case inText[t.key] && !t.head:
				s.text += t.w
			}
			if inUnit[t.key] && !t.head {
				s.unit += t.w
			}
		}
		heads[s.head] = s.name
		best = max(best, s.name, s.text)
		all = append(all, s)
	}
	least := p.least(best)
	// The heads with the largest sums are compared with the query.
	var order []string
	for h, n := range heads {
		if n > 0 {
			order = append(order, h)
		}
	}
	slices.SortFunc(order, func(a, b string) int { return cmp.Compare(heads[b], heads[a]) })
	if len(order) > reranked {
		panic("the comparison needs fewer names than are compared")
	}
	rates := map[string]float32{}
	for _, h := range order {
		rates[h] = max(rateAlone(p, h), 1e-6)
	}
	var found []*sum
	hopeless, beside := true, false
	for _, r := range rates {
		hopeless = hopeless && r < leastRating
	}
	for _, s := range all {
		beside = beside || s.text+s.unit > 0
	}
	for _, s := range all {
		d := s.doc
		if hopeless && !beside || s.name+s.text+s.unit < least || s.name+s.text+s.unit == 0 {
			continue
		}
		if len(q.Visits) > 0 && !slices.Contains(q.Visits, min(max(d.Visits, 0), 2)) || len(q.Units) > 0 && !slices.Contains(q.Units, d.Unit) {
			continue
		}
		s.score = rates[s.head] + (float32(s.text)*textWeight+float32(s.unit)*unitWeight)/wholeQuery
		s.score *= useFactor(d.Weight)
		found = append(found, s)
		if d.Visits <= 0 {
			none++
		}
	}
	slices.SortFunc(found, func(a, b *sum) int {
		return cmp.Or(cmp.Compare(b.score, a.score), slices.Compare([]rune(a.head), []rune(b.head)), cmp.Compare(a.doc.ID, b.doc.ID))
	})
	for _, s := range found {
		ids = append(ids, s.doc.ID)
	}
	return len(found), ids, none
}

// rateAlone compares one head, in an index of its own.
func rateAlone(p *parsed, head string) float32 {
	name, aliases, _ := strings.Cut(head, "\x00")
	d := Doc{ID: "x", Name: name}
	if aliases != "" {
		d.Aliases = strings.Split(aliases, "\x00")
	}
	return p.rate(new(comparison), Build([]Doc{d}).segs[0], 0)
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
	names := make([]string, 180) // many items have the same name
	for i := range names {
		names[i] = phrase(5)
	}
	for round := range 6 {
		docs := make([]Doc, 600)
		for i := range docs {
			docs[i] = Doc{ID: fmt.Sprint(i), Name: names[rnd.IntN(len(names))], Unit: words[rnd.IntN(3)] + "局", Text: []string{phrase(3), phrase(2)}, Visits: rnd.IntN(4) - 1, Weight: float64(rnd.IntN(3)), Code: fmt.Sprintf("11130%06d", rnd.IntN(1000))}
			if rnd.IntN(3) == 0 {
				docs[i].Aliases = []string{words[rnd.IntN(6)]}
			}
		}
		ix := Build(docs)
		if round%2 == 1 { // grown in steps, with items that had other names and some that are gone
			before := slices.Clone(docs[:500])
			for i := 400; i < 500; i++ {
				before[i].Name = phrase(4)
			}
			before = append(before, Doc{ID: "gone", Name: "天文台"}, Doc{ID: "also gone", Name: names[3]})
			ix = Build(before)
			ix = Merge(ix, docs[450:550], []string{"gone"})
			ix = Merge(ix, docs[400:450], []string{"also gone", "never there"})
			ix = Merge(ix, docs[540:], nil)
		}
		if ix.Len() != len(docs) {
			t.Fatalf("%d documents, want %d", ix.Len(), len(docs))
		}
		queries := []string{"11130000", "身分证", "shfz身份证", "食品经营许克", "证", "登", "jumin", "zhuxiao登记", "天文台", "居民局", "社保卡", "spjy", "111300 登记"}
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
			total, want, none := slow(ix, docs, q)
			r := ix.Search(q)
			var got []string
			for _, h := range r.Hits {
				got = append(got, h.Doc.ID)
			}
			if r.Total != total || r.None != none || !slices.Equal(got, want) {
				t.Fatalf("round %d, %q: %d found (%d without a visit), slowly %d (%d)\n%v\n%v", round, text, r.Total, r.None, total, none, got[:min(20, len(got))], want[:min(20, len(want))])
			}
			q.Limit, q.Offset = 10, 5
			for i, h := range ix.Search(q).Hits {
				if h.Doc.ID != want[5+i] {
					t.Fatalf("%q: place %d is %s, slowly %s", text, 5+i, h.Doc.ID, want[5+i])
				}
			}
		}
	}
}
