package lint

import (
	"encoding/csv"
	"strings"
	"testing"
)

// Each entry of the table names what it repealed and how sure that is.
func TestRepealedTable(t *testing.T) {
	rows, err := csv.NewReader(strings.NewReader(repealedCSV)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, r := range rows[1:] {
		if len(r) != 5 || r[0] == "" || r[3] == "" || r[4] != "确定" && r[4] != "待核实" || seen[r[0]] || r[0] != normTitle(r[0]) {
			t.Errorf("%q", r)
		}
		seen[r[0]] = true
	}
	if len(repealed) != len(rows)-1 {
		t.Errorf("%d entries of %d rows", len(repealed), len(rows)-1)
	}
}
