package search_test

import (
	"os"
	"strings"
	"testing"

	"onevisit/internal/infra/search"
)

// records reads a tab-separated file: no comment lines, no header.
func records(t testing.TB, file string) [][]string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var out [][]string
	header := false
	for line := range strings.Lines(string(b)) {
		line = strings.TrimRight(line, "\r\n")
		if line == "" || line[0] == '#' {
			continue
		}
		if !header {
			header = true
			continue
		}
		out = append(out, strings.Split(line, "\t"))
	}
	return out
}

func realDocs(t testing.TB) []search.Doc {
	var docs []search.Doc
	for _, r := range records(t, "testdata/items.tsv") {
		docs = append(docs, search.Doc{ID: r[2] + string(rune('0'+len(docs)%10)), Name: r[0], Unit: r[1]})
	}
	return docs
}

func pairs(t testing.TB) []search.Pair {
	var out []search.Pair
	for _, r := range records(t, "testdata/queries.tsv") {
		out = append(out, search.Pair{Query: r[0], Expected: r[1]})
	}
	return out
}

// TestRelevance asks real questions over the names and units of real items.
// Most of the queries are the short or everyday name that the records carry
// themselves: these two fields are therefore not indexed here.
func TestRelevance(t *testing.T) {
	const first, top5 = 0.69, 0.88 // floors: what has been reached
	r := search.Evaluate(search.Build(realDocs(t)), pairs(t))
	t.Logf("%d queries, %d skipped: first %.3f, top five %.3f", r.Queries, r.Skipped, r.First, r.Top5)
	for _, m := range r.Misses {
		t.Logf("miss: %s → %s; got %s", m.Query, m.Expected, strings.Join(m.Got, "｜"))
	}
	if r.First < first || r.Top5 < top5 {
		t.Errorf("first %.3f, top five %.3f; the floors are %.3f and %.3f", r.First, r.Top5, first, top5)
	}
}
