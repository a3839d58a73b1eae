package corpustest

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/lint"
	"onevisit/internal/infra/exchange"
)

var update = flag.Bool("update", false, "write the golden file anew")

// What the rules find in lists as places published them (the reader's samples,
// with their sources). People have read these findings; a change of a rule shows
// here what it does to real lists.
func TestPublishedLists(t *testing.T) {
	const samples = "../infra/exchange/testdata"
	var b strings.Builder
	for _, name := range []string{"guangdong.jsonl", "luoyang.jsonl", "guangan.csv", "web.jsonl"} {
		var items []*catalog.Item
		path := filepath.Join(samples, name)
		if _, err := exchange.Read(t.Context(), exchange.Source{Name: path, Path: path}, exchange.Options{}, func(r exchange.Record) error {
			if r.Item != nil {
				items = append(items, r.Item)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		ctx := lint.NewContext(lint.Config{Index: lint.IndexOf(items)})
		found := append(lint.RunItems(ctx, items), lint.RunUnits(ctx, items)...)
		counts := map[string]int{}
		var texts []string
		for _, f := range found {
			counts[f.Rule]++
			// What is simply not in the published list is counted, not listed.
			if f.Value != "" || f.Rule[0] == 'V' || f.Rule[0] == 'T' || f.Rule[0] == 'S' {
				texts = append(texts, fmt.Sprintf("%s %s %s: %s", f.Severity, f.Rule, f.Item, f.Message))
			}
		}
		fmt.Fprintf(&b, "# %s: %d items\n", name, len(items))
		for _, code := range slices.Sorted(maps.Keys(counts)) {
			fmt.Fprintf(&b, "%s %d\n", code, counts[code])
		}
		slices.Sort(texts)
		for _, s := range slices.Compact(texts) {
			b.WriteString(s + "\n")
		}
	}
	const golden = "testdata/published.golden"
	if *update {
		if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != string(want) {
		t.Errorf("what is found in published lists has changed; read the difference, then go test -update\n%s", b.String())
	}
}
