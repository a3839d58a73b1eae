package lint

import (
	"encoding/csv"
	"strings"
	"testing"

	"onevisit/internal/domain/calendar"
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
	if len(seen) != len(rows)-1 {
		t.Errorf("%d entries of %d rows", len(seen), len(rows)-1)
	}
	amended, err := csv.NewReader(strings.NewReader(amendedCSV)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range amended[1:] {
		if len(r) != 4 || r[0] == "" || !strings.HasSuffix(r[2], "修正") && !strings.HasSuffix(r[2], "修订") && !strings.HasSuffix(r[2], "修订通过") || r[3] != "确定" && r[3] != "待核实" || seen[r[0]] || r[0] != normTitle(r[0]) {
			t.Errorf("%q", r)
		}
		seen[r[0]] = true
	}
	if len(repealed) != len(rows)+len(amended)-2 || len(amended) < 100 {
		t.Errorf("%d entries of %d and %d rows", len(repealed), len(rows)-1, len(amended)-1)
	}
}

// What was judged with a change in mind raises nothing; what was published before
// it does, and so does an older mistake that the program has learned of.
func TestLawKnownBy(t *testing.T) {
	day := calendar.MustDate
	since, seen := day("2019-04-23"), day("2020-01-01")
	for _, x := range []struct {
		law  RepealedLaw
		on   string
		want bool
	}{
		{RepealedLaw{Amended: true, Table: true}, "2018-09-30", false},
		{RepealedLaw{Amended: true, Table: true}, "2019-05-01", true},
		{RepealedLaw{Amended: true}, "2019-05-01", false},
		{RepealedLaw{Amended: true}, "2020-01-01", true},
		{RepealedLaw{Table: true}, "2019-05-01", false},
		{RepealedLaw{Table: true}, "2020-01-01", true},
	} {
		x.law.Since = since
		if got := x.law.KnownBy(day(x.on), seen); got != x.want {
			t.Errorf("%+v on %s: %v", x.law, x.on, got)
		}
	}
	sure, unsure := RepealedLaw{Since: since}, RepealedLaw{Since: since, Uncertain: true, Amended: true}
	if sure.Changed() != "已于2019年4月23日废止" || unsure.Changed() != "可能已于2019年4月23日修订（待核实）" {
		t.Errorf("%s, %s", sure.Changed(), unsure.Changed())
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
