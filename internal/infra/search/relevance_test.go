package search_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"onevisit/internal/countytest"
	"onevisit/internal/infra/search"
)

// pairs reads a file of queries and the names that ought to answer them: no
// comment lines, no header, two columns.
func pairs(t testing.TB, file string) (out []search.Pair) {
	t.Helper()
	b, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	header := false
	for line := range strings.Lines(string(b)) {
		c := strings.Split(strings.TrimRight(line, "\r\n"), "\t")
		if c[0] == "" || c[0][0] == '#' {
			continue
		}
		if header {
			out = append(out, search.Pair{Query: c[0], Expected: c[1]})
		}
		header = true
	}
	return out
}

// realDocs are the real items of all sources together.
func realDocs() (out []search.Doc) {
	for i, r := range countytest.RealItems() {
		out = append(out, search.Doc{ID: fmt.Sprintf("%05d", i), Name: r.Name, Unit: r.Unit, Type: r.Type, Visits: r.Visits, Online: r.Online,
			Audience: r.Audience, Aliases: r.Aliases, Text: strings.Fields(r.Text)})
	}
	return out
}

// half is every second of the queries, from the first or from the second on.
func half(p []search.Pair, from int) (out []search.Pair) {
	for i := from; i < len(p); i += 2 {
		out = append(out, p[i])
	}
	return out
}

// TestRelevance asks real questions, and such as citizens would put them, over
// all real items together. The floors are what has been reached: who lowers one
// says so in the change. Words were chosen and weights set with queries.tsv and
// the first halves of the other files in view; what the second halves reach
// shows what that is worth for questions that nobody has looked at.
func TestRelevance(t *testing.T) {
	ix := search.Build(realDocs())
	citizens, everyday := pairs(t, "citizens.tsv"), pairs(t, "everyday.tsv")
	for _, tt := range []struct {
		name        string
		pairs       []search.Pair
		first, top5 float64
	}{
		{"queries", pairs(t, "queries.tsv"), 0.811, 0.949},
		{"citizens, seen", half(citizens, 0), 0.845, 0.971},
		{"citizens, held out", half(citizens, 1), 0.792, 0.946},
		{"everyday names, seen", half(everyday, 1), 0.684, 0.848},
		{"everyday names, held out", half(everyday, 0), 0.660, 0.843},
	} {
		r := search.Evaluate(ix, tt.pairs)
		t.Logf("%s: %d queries, %d skipped: first %.4f, top five %.4f", tt.name, r.Queries, r.Skipped, r.First, r.Top5)
		if tt.name == "queries" || tt.name == "citizens, seen" {
			for _, m := range r.Misses {
				t.Logf("miss: %s → %s; got %s", m.Query, m.Expected, strings.Join(m.Got, "｜"))
			}
		}
		if r.First < tt.first || r.Top5 < tt.top5 {
			t.Errorf("%s: first %.4f, top five %.4f; the floors are %.3f and %.3f", tt.name, r.First, r.Top5, tt.first, tt.top5)
		}
	}
}

// TestAsked asks as people do, in dialect, with slips and in pinyin. For each
// question a person has judged which items answer it; any of them counts. What
// no real item answers (a title deed, a three-wheeler's plate) is not asked.
func TestAsked(t *testing.T) {
	const leastFirst, leastTop5 = 0.897, 1.0
	ix := search.Build(realDocs())
	asked := pairs(t, "asked.tsv")
	first, top5 := 0, 0
	for _, p := range asked {
		var got []string
		at := -1
		for i, h := range ix.Search(search.Query{Text: p.Query, Limit: 5}).Hits {
			got = append(got, h.Doc.Name)
			if at < 0 && slices.Contains(strings.Split(p.Expected, "|"), h.Doc.Name) {
				at = i
			}
		}
		switch {
		case at == 0:
			first++
		case at < 0:
			t.Logf("miss: %s → %s; got %s", p.Query, p.Expected, strings.Join(got, "｜"))
		}
		if at >= 0 {
			top5++
		}
	}
	n := float64(len(asked))
	t.Logf("asked: %d queries: first %.4f, top five %.4f", len(asked), float64(first)/n, float64(top5)/n)
	if float64(first)/n < leastFirst || float64(top5)/n < leastTop5 {
		t.Errorf("first %.4f, top five %.4f; the floors are %.3f and %.3f", float64(first)/n, float64(top5)/n, leastFirst, leastTop5)
	}
}

// Slips in what people say are mended by their sound; what stands well is left.
func TestSlipsInWordsOfTheTable(t *testing.T) {
	ix := search.Build(realDocs())
	for text, want := range map[string]string{"社保咔": "社保卡", "营业直照": "营业执照", "老人社保咔丢了": "老人社保卡丢了", "社保卡": "", "户口登记": ""} {
		if got := ix.Search(search.Query{Text: text, Limit: 1}).Corrected; !strings.HasPrefix(got, want) || want == "" && got != "" {
			t.Errorf("%s is read as %q, want %q", text, got, want)
		}
	}
}

// An answer that says little of what was asked for is not passed off as one.
func TestVagueAnswers(t *testing.T) {
	ix := search.Build(realDocs())
	for text, want := range map[string]bool{"房产证过户": true, "大棚占地": true, "公积金": true, "残疾人证": false, "给娃上户口": false, "身份证丢了补": false, "": false} {
		if got := ix.Search(search.Query{Text: text, Limit: 1}).Vague; got != want {
			t.Errorf("%q is vague: %v", text, got)
		}
	}
}

// TestWordsAnswerNoTest: the table of words answers questions by the words in
// them, and not by the questions of the relevance test themselves.
func TestWordsAnswerNoTest(t *testing.T) {
	asked := map[string]bool{}
	for _, p := range pairs(t, "queries.tsv") {
		asked[p.Query] = true
	}
	n := 0
	for _, p := range search.ShippedPairs() {
		n++
		if asked[p.Word] {
			t.Errorf("%s is a query of the test, word for word", p.Word)
		}
		if len(p.Official) == 0 || p.Source == "" {
			t.Errorf("%s has no official word or no source", p.Word)
		}
	}
	if n < 1000 {
		t.Errorf("%d words", n)
	}
}
