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

func TestAbolishedTable(t *testing.T) {
	rows, err := csv.NewReader(strings.NewReader(abolishedCSV)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows[1:] {
		if len(r) != 5 || r[0] != proofName(r[0]) || r[3] == "" || r[4] != "确定" && r[4] != "待核实" {
			t.Errorf("%q", r)
		}
	}
	if len(abolished) != len(rows)-1 || len(abolished) < 20 {
		t.Errorf("%d entries of %d rows", len(abolished), len(rows)-1)
	}
}

// What committees no longer issue may still be issued by others.
func TestCommitteeProofs(t *testing.T) {
	c := NewContext(Config{})
	for issuer, want := range map[string]bool{"某村民委员会": true, "户籍所在地居委会": true, "所在社区": true, "县公安局": false, "": false} {
		it := GoodItem()
		it.Materials[1].Name, it.Materials[1].IssuerUnit = "婚姻状况证明", issuer
		found := false
		for _, f := range Run(c, ItemSubject(it)) {
			found = found || f.Rule == "M06" && strings.Contains(f.Message, "民发〔2020〕20号")
		}
		if found != want {
			t.Errorf("%s: %t", issuer, found)
		}
	}
}
