// Package corpustest runs the linter over the published rule corpus (corpus/)
// and counts, rule by rule, what was expected, found, missed and found falsely.
package corpustest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/lint"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/plan"
	"onevisit/internal/domain/publication"
)

const dir = "../../corpus"

// county is what the linter knows beside the items (county.json).
type county struct {
	Division string        `json:"division"`
	Today    calendar.Date `json:"today"`
	Units    []struct {
		Name, USCC, System, Department, Phone, Complaint, Address, Hours string
	} `json:"units"`
	Transfers []lint.Transfer     `json:"transfers"`
	Abolished map[string]string   `json:"abolished"`
	Entries   []catalog.ListEntry `json:"entries"`
	Claims    []catalog.Claim     `json:"claims"`
	// Catalogue are the basic codes of the provincial catalogue.
	Catalogue []string `json:"catalogue"`
}

// entry is one line of a .jsonl file: a few items, mostly one, with every
// finding that is expected of them.
type entry struct {
	ID    string `json:"id"`
	About string `json:"about"`
	// Clause is what the defect offends against, for the catalogue of a check.
	Clause string          `json:"clause,omitempty"`
	Items  []*catalog.Item `json:"items"`
	// Unit runs the rules on units and the county as well.
	Unit   bool     `json:"unit,omitempty"`
	Facts  *facts   `json:"facts,omitempty"`
	Expect []expect `json:"expect"`
}

// facts are what the platform knows of a unit's reporting.
type facts struct {
	Unit         string        `json:"unit"`
	Items        int           `json:"items"`
	ZeroReport   bool          `json:"zero_report"`
	Leader       string        `json:"leader"`
	Liaison      string        `json:"liaison"`
	ContactsAt   calendar.Date `json:"contacts_at"`
	ContactsDue  calendar.Date `json:"contacts_due"`
	Met          int           `json:"met"`
	MetCommitted int           `json:"met_committed"`
}

// expect names a finding: its rule, its place, and which of the items it is
// about if there are several.
type expect struct {
	Rule  string `json:"rule"`
	Field string `json:"field"`
	Item  string `json:"item,omitempty"`
}

// tally counts one rule.
type tally struct{ expected, found, missed, wrong int }

func TestCorpus(t *testing.T) {
	var c county
	read(t, filepath.Join(dir, "county.json"), func(b []byte) { decode(t, "county.json", b, &c) })
	files, err := filepath.Glob(filepath.Join(dir, "*.jsonl"))
	if err != nil || len(files) == 0 {
		t.Fatal("no corpus", err)
	}
	counts := map[string]*tally{}
	for _, r := range lint.Registered() {
		counts[r.Code] = &tally{}
	}
	ids := map[string]bool{}
	good, bad := 0, 0
	for _, name := range files {
		for n, line := range lines(t, name) {
			var e entry
			decode(t, fmt.Sprintf("%s:%d", filepath.Base(name), n+1), line, &e)
			if e.ID == "" || e.About == "" || ids[e.ID] {
				t.Errorf("%s:%d: an entry has an id of its own and says what it is about", filepath.Base(name), n+1)
			}
			ids[e.ID] = true
			if len(e.Expect) == 0 {
				good++
			} else {
				bad++
			}
			judge(t, &c, &e, counts)
		}
	}
	t.Logf("%d entries with defects, %d without\n%s", bad, good, table(counts))
	for code, n := range counts {
		if n.expected == 0 {
			t.Errorf("no entry of the corpus offends against %s", code)
		}
	}
}

func judge(t *testing.T, c *county, e *entry, counts map[string]*tally) {
	t.Helper()
	left := map[expect]int{}
	for _, x := range e.Expect {
		if counts[x.Rule] == nil {
			t.Errorf("%s expects %s, which is no rule", e.ID, x.Rule)
			continue
		}
		left[x]++
		counts[x.Rule].expected++
	}
	for _, f := range run(t, c, e) {
		x := expect{Rule: f.Rule, Field: f.Field}
		if len(e.Items) > 1 {
			x.Item = f.Item
		}
		if left[x] == 0 {
			counts[f.Rule].wrong++
			t.Errorf("%s (%s): false %s at %q: %s", e.ID, e.About, f.Rule, f.Field, f.Message)
			continue
		}
		left[x]--
		counts[f.Rule].found++
	}
	for x, n := range left {
		if n > 0 {
			counts[x.Rule].missed += n
			t.Errorf("%s (%s): missed %s at %q %s", e.ID, e.About, x.Rule, x.Field, x.Item)
		}
	}
}

// run lints an entry as a county of its own.
func run(t *testing.T, c *county, e *entry) []lint.Finding {
	t.Helper()
	var o lint.Options
	for name, document := range c.Abolished {
		o.Abolished = append(o.Abolished, lint.AbolishedProof{Name: name, Document: document})
	}
	rules, err := lint.NewSet(o)
	if err != nil {
		t.Fatal(err)
	}
	cfg := lint.Config{Rules: rules, Division: c.Division, Today: c.Today, Index: lint.IndexOf(e.Items), Transfers: lint.NewTransfers(c.Transfers),
		Unit: func(name string) (*org.Unit, bool) {
			for _, u := range c.Units {
				if u.Name == name {
					return &org.Unit{Name: u.Name, USCC: u.USCC, System: u.System, Department: u.Department, Phone: u.Phone, Complaint: u.Complaint, Address: u.Address, Hours: u.Hours}, true
				}
			}
			return nil, false
		},
		Entries: func(unit string) []catalog.ListEntry {
			return slices.DeleteFunc(slices.Clone(c.Entries), func(x catalog.ListEntry) bool { return x.Unit != unit })
		},
		Claims: func(id string) []catalog.Claim {
			return slices.DeleteFunc(slices.Clone(c.Claims), func(x catalog.Claim) bool { return x.Entry != id })
		},
		InCatalogue: func(basic string) (has, known bool) { return slices.Contains(c.Catalogue, basic), true },
		Facts:       true, AllItems: true,
	}
	ctx := lint.NewContext(cfg)
	found := lint.RunItems(ctx, e.Items)
	if e.Unit {
		found = append(found, lint.RunUnits(ctx, e.Items)...)
	}
	if f := e.Facts; f != nil {
		found = append(found, publication.CheckUnit(ctx, publication.UnitFacts{Unit: org.Unit{Name: f.Unit, InScope: true}, Today: c.Today,
			Plan:  plan.Plan{Milestones: []plan.Milestone{{Key: plan.Contacts, Due: f.ContactsDue}}},
			Items: f.Items, ZeroReport: f.ZeroReport, Leader: f.Leader, Liaison: f.Liaison, ContactsAt: f.ContactsAt, Met: f.Met, MetCommitted: f.MetCommitted})...)
	}
	return found
}

// table writes rules × (expected, found, missed, false) with precision and
// recall.
func table(counts map[string]*tally) string {
	var b strings.Builder
	row := func(name string, n *tally) {
		fmt.Fprintf(&b, "%-5s %8d %6d %7d %6d %10s %7s\n", name, n.expected, n.found, n.missed, n.wrong, share(n.found, n.found+n.wrong), share(n.found, n.expected))
	}
	fmt.Fprintf(&b, "%-5s %8s %6s %7s %6s %10s %7s\n", "rule", "expected", "found", "missed", "false", "precision", "recall")
	codes := make([]string, 0, len(counts))
	var all tally
	for code, n := range counts {
		codes = append(codes, code)
		all.expected += n.expected
		all.found += n.found
		all.missed += n.missed
		all.wrong += n.wrong
	}
	slices.Sort(codes)
	for _, code := range codes {
		row(code, counts[code])
	}
	row("all", &all)
	return b.String()
}

func share(part, whole int) string {
	if whole == 0 {
		return "–"
	}
	return fmt.Sprintf("%.3f", float64(part)/float64(whole))
}

func read(t *testing.T, name string, f func([]byte)) {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	f(b)
}

func lines(t *testing.T, name string) [][]byte {
	t.Helper()
	var out [][]byte
	read(t, name, func(b []byte) {
		s := bufio.NewScanner(bytes.NewReader(b))
		s.Buffer(nil, 1<<20)
		for s.Scan() {
			out = append(out, bytes.Clone(s.Bytes()))
		}
	})
	return out
}

func decode(t *testing.T, at string, b []byte, v any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		t.Fatalf("%s: %v", at, err)
	}
}
