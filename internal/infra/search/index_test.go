package search_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"onevisit/internal/app/portal"
	"onevisit/internal/countytest"
	"onevisit/internal/infra/search"
)

// county makes documents of realistic items, as the portal does.
func county(t testing.TB, n int) []search.Doc {
	t.Helper()
	rnd := rand.New(rand.NewPCG(1, uint64(n)))
	docs := make([]search.Doc, 0, n)
	for it := range countytest.Each(n) {
		d := portal.Document(fmt.Sprintf("01a2164a-0000-7000-8000-%012d", len(docs)), it, *it.Visits)
		d.Weight = float64(rnd.IntN(1000))
		docs = append(docs, d)
	}
	return docs
}

var mixed = []string{"登记", "证", "身份证", "食品经营许可", "怎么办理残疾人证需要什么材料", "shfz", "shfz身份证", "hunyindengji", "开饭店", "退休金", "公证", "1113053100000000", "道路运输经营许可注销", "不动产", "社保卡", "营业执照 食品", "養老保險", "ＳＰＪＹ"}

// TestFiltersAndFacets compares with a naive count: what a filter leaves is
// what the answer without it holds, and facets count exactly that.
func TestFiltersAndFacets(t *testing.T) {
	ix := search.Build(county(t, 1200))
	rnd := rand.New(rand.NewPCG(7, 7))
	all := ix.Search(search.Query{Limit: 1 << 30})
	pick := func(f []search.Facet) string { return f[rnd.IntN(len(f))].Value }
	for range 400 {
		q := search.Query{Text: append(mixed, "")[rnd.IntN(len(mixed)+1)], Limit: 1 << 30}
		free := ix.Search(q)
		if rnd.IntN(2) == 0 {
			q.Units = []string{pick(all.Units), pick(all.Units), pick(all.Units)}
		}
		if rnd.IntN(2) == 0 {
			q.Types = []string{pick(all.Types)}
		}
		if rnd.IntN(2) == 0 {
			q.Visits = []int{rnd.IntN(3)}
		}
		if rnd.IntN(2) == 0 {
			q.Audience = pick(all.Audience)
		}
		q.Online = rnd.IntN(2) == 0
		var want []string
		units, types, audience, visits := map[string]int{}, map[string]int{}, map[string]int{}, [3]int{}
		for _, h := range free.Hits {
			d := h.Doc
			v := min(d.Visits, 2)
			if len(q.Units) > 0 && !slices.Contains(q.Units, d.Unit) || len(q.Types) > 0 && !slices.Contains(q.Types, d.Type) ||
				len(q.Visits) > 0 && !slices.Contains(q.Visits, v) || q.Audience != "" && !slices.Contains(d.Audience, q.Audience) || q.Online && !d.Online {
				continue
			}
			want = append(want, d.ID)
			units[d.Unit]++
			types[d.Type]++
			visits[v]++
			for _, a := range d.Audience {
				audience[a]++
			}
		}
		got := ix.Search(q)
		var ids []string
		for _, h := range got.Hits {
			ids = append(ids, h.Doc.ID)
		}
		slices.Sort(ids)
		slices.Sort(want)
		if got.Total != len(want) || !slices.Equal(ids, want) {
			t.Fatalf("%+v: %d found, want %d", q, got.Total, len(want))
		}
		if got.None != visits[0] || got.One != visits[1] || got.Many != visits[2] {
			t.Fatalf("%+v: visits %d %d %d, want %v", q, got.None, got.One, got.Many, visits)
		}
		for _, c := range []struct {
			got  []search.Facet
			want map[string]int
		}{{got.Units, units}, {got.Types, types}, {got.Audience, audience}} {
			if len(c.got) != len(c.want) {
				t.Fatalf("%+v: facets %v, want %v", q, c.got, c.want)
			}
			for _, f := range c.got {
				if c.want[f.Value] != f.Count {
					t.Fatalf("%+v: facet %v, want %d", q, f, c.want[f.Value])
				}
			}
		}
	}
}

// TestTwoCharacters finds exactly the documents that contain a word of two
// characters somewhere.
func TestTwoCharacters(t *testing.T) {
	docs := county(t, 1200)
	ix := search.Build(docs)
	for _, w := range []string{"登记", "许可", "公证", "农业", "委托", "章程"} {
		want := 0
		for _, d := range docs {
			if strings.Contains(strings.Join(append(append([]string{d.Name, d.Unit}, d.Aliases...), d.Text...), "\x00"), w) {
				want++
			}
		}
		if got := ix.Search(search.Query{Text: w}).Total; got != want || want == 0 {
			t.Errorf("%s: %d, want %d", w, got, want)
		}
	}
}

// TestPaging: pages put together are the whole answer.
func TestPaging(t *testing.T) {
	ix := search.Build(county(t, 1200))
	for _, text := range append(mixed, "") {
		whole := ix.Search(search.Query{Text: text, Limit: 1 << 30})
		at := 0
		for from := 0; from < whole.Total; from += 37 {
			for _, h := range ix.Search(search.Query{Text: text, Offset: from, Limit: 37}).Hits {
				if whole.Hits[at].Doc.ID != h.Doc.ID {
					t.Fatalf("%q: place %d differs", text, at)
				}
				at++
			}
		}
		if at != whole.Total {
			t.Errorf("%q: pages hold %d of %d", text, at, whole.Total)
		}
	}
}

func TestWays(t *testing.T) {
	ix := search.Build([]search.Doc{
		{ID: "1", Name: "社会福利机构设立许可", Unit: "民政局", Text: []string{"身份证"}},
		{ID: "2", Name: "户口登记", Unit: "公安局", Weight: 5},
		{ID: "3", Name: "养老保险待遇申领", Unit: "人社局"},
		{ID: "4", Name: "食品经营许可（新办）", Unit: "行政审批局"},
		{ID: "5", Name: "营业执照遗失公告", Unit: "市场监管局", Aliases: []string{"执照挂失"}},
		{ID: "6", Name: "银行开户许可", Unit: "金融局", Text: []string{"户口登记表"}},
	})
	for text, want := range map[string]string{
		"shfl":             "1",
		"shehuifuli":       "1",
		"shehuifulij":      "1", // the last syllable is not finished
		"shfl身份证":          "1",
		"上户口":              "2", // the alias table; the name before the materials
		"户口登记":             "2",
		"退休金怎么领":           "3",
		"養老保險待遇":           "3", // traditional
		"开饭店需要什么材料":        "4",
		"食品经营许克":           "4", // a slip
		"（食品）　经营":          "4",
		"执照挂失":             "5",
		"yinhang":          "6",
		"' OR 1=1 -- 银行开户": "6",
	} {
		r := ix.Search(search.Query{Text: text})
		if len(r.Hits) == 0 || r.Hits[0].Doc.ID != want {
			t.Errorf("%s: %s first, want %s", text, ids(r), want)
		}
	}
	if got := ix.Suggest("户", 3); len(got) == 0 || got[0] != "户口登记" {
		t.Errorf("suggest: %v", got)
	}
	if r := ix.Search(search.Query{Text: "食品许可"}); len(r.Hits) == 0 || len(r.Hits[0].Marks) == 0 || r.Hits[0].Marks[0] != (search.Span{From: 0, To: 2}) {
		t.Errorf("marks: %+v", r.Hits)
	}
}

func TestCorrected(t *testing.T) {
	ix := search.Build([]search.Doc{
		{ID: "1", Name: "婚姻登记"}, {ID: "2", Name: "食品经营许可（新办）"}, {ID: "3", Name: "营业执照遗失公告"}, {ID: "4", Name: "养老保险待遇申领"},
	})
	for text, want := range map[string][2]string{
		"婚因登记":    {"1", "婚姻登记"},
		"昏因":      {"1", "婚姻"}, // nothing but the sound
		"怎么办婚因登记": {"1", "婚姻登记"},
		"食品经营许克":  {"2", "食品经营许可"},
		"营业执昭":    {"3", "营业执照"},
		"营业执朋":    {"3", "营业执照"}, // looks alike
		"婚姻登记":    {"1", ""},
		"hydj":    {"1", ""},
	} {
		r := ix.Search(search.Query{Text: text})
		if len(r.Hits) == 0 || r.Hits[0].Doc.ID != want[0] || r.Corrected != want[1] {
			t.Errorf("%s: %s first, corrected %q; want %v", text, ids(r), r.Corrected, want)
		}
	}
	if r := ix.Search(search.Query{Text: "天文台"}); r.Corrected != "" || r.Total != 0 {
		t.Errorf("天文台: %s, %q", ids(r), r.Corrected)
	}
}

func TestMerge(t *testing.T) {
	docs := county(t, 300)
	changed := slices.Clone(docs[:20])
	for i := range changed {
		changed[i].Name = "天文台" + changed[i].Name
	}
	changed = append(changed, search.Doc{ID: "new", Name: "天文馆开放"})
	got := search.Merge(search.Build(docs), changed, []string{docs[40].ID, docs[41].ID})
	want := search.Build(append(slices.Concat(changed[:20], docs[20:40], docs[42:]), changed[20]))
	for _, text := range append(mixed, "", "天文") {
		a, b := got.Search(search.Query{Text: text}), want.Search(search.Query{Text: text})
		if a.Total != b.Total || a.None != b.None {
			t.Errorf("%q: %d, built anew %d", text, a.Total, b.Total)
		}
	}
	if n := got.Search(search.Query{Text: "天文"}).Total; n != 21 {
		t.Errorf("changed documents: %d, want 21", n)
	}
}

// What is used more comes first among names as good; a better name stays first
// however much the others are used.
func TestUse(t *testing.T) {
	docs := realDocs()
	ix := search.Build(docs)
	asked := map[string]bool{}
	for i, d := range docs {
		if i%23 != 0 || asked[d.Name] {
			continue
		}
		asked[d.Name] = true
		before := ix.Search(search.Query{Text: d.Name, Limit: 1}).Hits[0]
		use := search.Use{}
		for _, other := range docs {
			if other.Name != before.Doc.Name {
				use[other.ID] = 1e12
			}
		}
		if after := ix.WithUse(&use).Search(search.Query{Text: d.Name, Limit: 1}).Hits[0]; after.Doc.Name != before.Doc.Name && before.Doc.Name == d.Name {
			t.Errorf("%s: use brings %s before it", d.Name, after.Doc.Name)
		}
	}
	same := []search.Doc{{ID: "1", Name: "残疾人证办理", Unit: "甲"}, {ID: "2", Name: "残疾人证办理", Unit: "乙"}, {ID: "3", Name: "残疾人证办理", Unit: "丙"}, {ID: "4", Name: "食品经营许可", Unit: "丁"}}
	use := search.Use{"3": 50, "2": 5, "4": 9, "gone": 7}
	ix = search.Build(same).WithUse(&use)
	for text, want := range map[string]string{"残疾人证": "3,2,1", "": "3,4,2,1"} {
		if got := ids(ix.Search(search.Query{Text: text})); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
	// Figures stay when the index grows, and come to new documents.
	same[0].Name, use["1"] = "残疾人证补办", 1000
	same = append(same, search.Doc{ID: "5", Name: "残疾人证办理"})
	use["5"] = 20
	grown := search.Merge(ix, []search.Doc{same[0], same[4]}, nil)
	fresh := search.Build(same).WithUse(&use)
	for _, text := range []string{"残疾人证", "残疾人证办理", ""} {
		a, b := grown.Search(search.Query{Text: text}), fresh.Search(search.Query{Text: text})
		if !reflect.DeepEqual(a, b) {
			t.Errorf("%q: grown %s, built anew %s", text, ids(a), ids(b))
		}
	}
	other := search.Use{"2": 1}
	if got := ids(grown.WithUse(&other).Search(search.Query{})); !strings.HasPrefix(got, "2,") {
		t.Errorf("with other figures: %s", got)
	}
}

// FuzzSearch asks anything of an index that was built at once and of one that
// grew to the same: neither may fall over, the figures must agree with each
// other, and both must answer alike.
func FuzzSearch(f *testing.F) {
	for _, s := range append(mixed, "", "\x00\x1b[31m", "😀👨‍👩‍👧", "<script>alert(1)</script>", "'; DROP TABLE item; --", strings.Repeat("登记证", 5000), strings.Repeat("a", 10000), strings.Repeat(" ", 10000)+"证", "\xff\xfe", "ﾊﾞ㌔", "İ") {
		f.Add(s, 0, 10, uint8(0))
		f.Add(s, 3, 4, uint8(len(s)))
	}
	docs := county(f, 200)
	ix := search.Build(docs)
	before := append(slices.Clone(docs[:150]), search.Doc{ID: "gone", Name: "天文台"})
	for i := 100; i < 150; i++ {
		before[i].Name = "天文" + before[i].Name
	}
	grown := search.Merge(search.Build(before), docs[100:170], []string{"gone"})
	grown = search.Merge(grown, docs[165:], nil)
	f.Fuzz(func(t *testing.T, text string, offset, limit int, filters uint8) {
		q := search.Query{Text: text, Offset: offset, Limit: limit, Verbatim: filters&1 != 0, Online: filters&2 != 0}
		if filters&4 != 0 {
			q.Visits = []int{int(filters >> 6)}
		}
		if filters&8 != 0 {
			q.Units = []string{docs[filters>>4].Unit}
		}
		r := ix.Search(q)
		if r.Total > 200 || len(r.Hits) > r.Total || r.None+r.One+r.Many != r.Total || r.Online > r.Total {
			t.Errorf("%q: total %d, hits %d", text, r.Total, len(r.Hits))
		}
		if utf8.RuneCountInString(r.Interpreted) > 60 {
			t.Errorf("%q: %d characters were read", text, utf8.RuneCountInString(r.Interpreted))
		}
		for _, h := range r.Hits {
			for _, m := range h.Marks {
				if m.From < 0 || m.To > utf8.RuneCountInString(h.Doc.Name) || m.From >= m.To {
					t.Errorf("%q: mark %v of %q", text, m, h.Doc.Name)
				}
			}
		}
		if g := grown.Search(q); !reflect.DeepEqual(r, g) {
			t.Errorf("%q: built at once %+v, grown %+v", text, r, g)
		}
		if n := len(ix.Suggest(text, 8)); n > 8 {
			t.Errorf("%q: %d suggestions", text, n)
		}
		ix.Impersonal(text)
	})
}

func benchmarkSearch(b *testing.B, n int) {
	ix := search.Build(county(b, n))
	for _, q := range append(mixed, "") {
		b.Run(q, func(b *testing.B) {
			for b.Loop() {
				ix.Search(search.Query{Text: q})
			}
		})
	}
}

func BenchmarkSearch1200(b *testing.B)   { benchmarkSearch(b, 1200) }
func BenchmarkSearch300000(b *testing.B) { benchmarkSearch(b, 300_000) }

// benchmarkQueries asks every query of the relevance test in turn, with total
// and facets, and reports the median and the 99th percentile in microseconds: of
// all askings, and (-quickest) of each query's quickest, which leaves out what else
// the machine does.
func benchmarkQueries(b *testing.B, n int, ask func(*search.Index, string)) {
	ix := search.Build(county(b, n))
	queries := append(pairs(b, "queries.tsv"), pairs(b, "citizens.tsv")...)
	took, least := make([]time.Duration, 0, 1<<16), make([]time.Duration, len(queries))
	i := 0
	for b.Loop() {
		k := i % len(queries)
		start := time.Now()
		ask(ix, queries[k].Query)
		d := time.Since(start)
		took = append(took, d)
		if least[k] == 0 || d < least[k] {
			least[k] = d
		}
		i++
	}
	least = slices.DeleteFunc(least, func(d time.Duration) bool { return d == 0 })
	for unit, t := range map[string][]time.Duration{"": took, "-quickest": least} {
		slices.Sort(t)
		b.ReportMetric(float64(t[len(t)/2].Microseconds()), "p50"+unit+"-µs")
		b.ReportMetric(float64(t[len(t)*99/100].Microseconds()), "p99"+unit+"-µs")
	}
}

func whole(ix *search.Index, text string) { ix.Search(search.Query{Text: text}) }

// typed asks for suggestions after the first characters.
func typed(ix *search.Index, text string) {
	rs := []rune(text)
	ix.Suggest(string(rs[:min(len(rs), 3)]), 8)
}

func BenchmarkQueries1200(b *testing.B)   { benchmarkQueries(b, 1200, whole) }
func BenchmarkQueries300000(b *testing.B) { benchmarkQueries(b, 300_000, whole) }
func BenchmarkSuggest1200(b *testing.B)   { benchmarkQueries(b, 1200, typed) }
func BenchmarkSuggest300000(b *testing.B) { benchmarkQueries(b, 300_000, typed) }

// benchmarkMerge brings 1, 50 and 500 changed items into an index of n: into one
// as it was built, and into one after a hundred increments of that size, with what
// it weighs then in bytes an item.
func benchmarkMerge(b *testing.B, n int) {
	docs := county(b, n)
	built := search.Build(docs)
	for _, k := range []int{1, 50, 500} {
		b.Run(fmt.Sprintf("items=%d", k), func(b *testing.B) {
			for b.Loop() {
				search.Merge(built, docs[n/2:n/2+k], nil)
			}
		})
		b.Run(fmt.Sprintf("items=%d,after=100", k), func(b *testing.B) {
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			ix, anew := built, 0
			for i := range 100 {
				ix = search.Merge(ix, docs[i*k%(n-k):i*k%(n-k)+k], nil)
				if ix.Stale() { // as the portal does it
					ix = search.Build(docs)
					anew++
				}
			}
			runtime.GC()
			runtime.ReadMemStats(&after)
			for b.Loop() {
				search.Merge(ix, docs[n/2:n/2+k], nil)
			}
			b.ReportMetric(float64(anew), "built-anew")
			b.ReportMetric((float64(after.HeapAlloc)-float64(before.HeapAlloc))/float64(n), "B/item")
			runtime.KeepAlive(ix)
		})
	}
	runtime.KeepAlive(built)
}

func BenchmarkMerge1200(b *testing.B)   { benchmarkMerge(b, 1200) }
func BenchmarkMerge300000(b *testing.B) { benchmarkMerge(b, 300_000) }

func benchmarkBuild(b *testing.B, n int) {
	docs := county(b, n)
	var before, after runtime.MemStats
	for b.Loop() {
		runtime.GC()
		runtime.ReadMemStats(&before)
		ix := search.Build(docs)
		runtime.GC()
		runtime.ReadMemStats(&after)
		runtime.KeepAlive(ix)
	}
	b.ReportMetric((float64(after.HeapAlloc)-float64(before.HeapAlloc))/float64(n), "B/item")
	runtime.KeepAlive(docs)
}

func BenchmarkBuild1200(b *testing.B)   { benchmarkBuild(b, 1200) }
func BenchmarkBuild300000(b *testing.B) { benchmarkBuild(b, 300_000) }
