package onceonly

import (
	"cmp"
	"slices"
	"sync"

	"onevisit/internal/domain/catalog"
)

var bundleWords = sync.OnceValue(func() map[string]catalog.Words {
	out := map[string]catalog.Words{}
	for _, r := range table("bundle_items.csv") {
		out[r[0]] = catalog.WordsOf(r[1], r[2])
	}
	return out
})

// Find is FindBundles for one bundle.
func (b *Bundle) Find(names []string) []int { return find(names, b.Items)[0] }

// FindBundles tells for each bundle and each of its items which of a county's
// items stands for it, by its number among the names; -1 if none does. The same
// name goes before one that only means it, a short name before a long one, and of
// equal ones the first. Each name is read once, however many bundles there are.
func FindBundles(names []string) [][]int {
	lists := make([][]string, len(Bundles()))
	for i, b := range Bundles() {
		lists[i] = b.Items
	}
	return find(names, lists...)
}

func find(names []string, lists ...[]string) [][]int {
	plain := map[string][]int{}
	for n, name := range names {
		p := Plain(name)
		plain[p] = append(plain[p], n)
	}
	found := map[string]int{}
	best := func(item string) int {
		at := -1
		take := func(n int) {
			if at < 0 || less(names[n], names[at]) {
				at = n
			}
		}
		for _, n := range plain[Plain(item)] {
			if names[n] == item || !renews(names[n]) {
				take(n)
			}
		}
		if at >= 0 {
			return at
		}
		if words, ok := bundleWords()[item]; ok {
			for n := range names {
				if words.Fits(names[n]) {
					take(n)
				}
			}
		}
		return at
	}
	out := make([][]int, len(lists))
	for i, items := range lists {
		out[i] = make([]int, len(items))
		for k, item := range items {
			at, ok := found[item]
			if !ok {
				at = best(item)
				found[item] = at
			}
			out[i][k] = at
		}
	}
	return out
}

func less(a, b string) bool { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) < 0 }

// Paper is a material of a bundle, demanded once whatever number of its items
// want it (P-3.3.1).
type Paper struct {
	Name string // as the first item has it
	// Originals and Copies are the most that one of the items wants: within a
	// bundle, sheets go from office to office.
	Originals, Copies int
	Uses              []Use // at least one
	// MadeBy is the item of the bundle whose result it is: the applicant does not
	// bring it. -1 if it comes from outside.
	MadeBy int
}

// Use is one item's demand: item and row of its materials, from 0.
type Use struct{ Item, Row int }

// Merge puts the materials of a bundle's items together, in the order in which
// the items have them, and tells for each item the ones that must be done before
// it, because it needs their results. Certificates are one paper under all their
// names; forms never are, for each office has its own; other papers are where
// their names are the same. Where two items need each other's results, the first
// in the bundle does not wait.
func Merge(items []*catalog.Item) (papers []Paper, after [][]int) {
	type key struct {
		paper string
		form  int // the item, from 1, if it is a form
	}
	at := map[key]int{}
	results := make([]string, len(items))
	for i, it := range items {
		if s := Read("", it); s.Result != "" && !renews(it.Name) {
			results[i] = s.Result
		}
	}
	after = make([][]int, len(items))
	for i, it := range items {
		for row := range it.Materials {
			m := &it.Materials[row]
			named := cmp.Or(m.Standard, m.Name)
			k := key{paper: Plain(m.Name)}
			s, known := Identify(named)
			switch {
			case known && s.Kind == formKind || m.Kind == "申请表格文书":
				k.form = i + 1
			case known && s.Kind == certificateKind:
				k.paper = s.Name
			}
			n, ok := at[k]
			if !ok {
				n = len(papers)
				at[k] = n
				papers = append(papers, Paper{Name: m.Name, MadeBy: -1})
			}
			p := &papers[n]
			p.Originals, p.Copies = max(p.Originals, m.Originals), max(p.Copies, m.Copies)
			p.Uses = append(p.Uses, Use{i, row})
			if k.form > 0 {
				continue
			}
			if by := slices.Index(results, paperOf(named)); by >= 0 && by != i {
				p.MadeBy = by
				if m.Need != catalog.NeedOptional && !slices.Contains(after[i], by) && !leads(after, by, i) {
					after[i] = append(after[i], by)
				}
			}
		}
	}
	return papers, after
}

// leads reports whether item from waits, perhaps over others, for item to.
func leads(after [][]int, from, to int) bool {
	return slices.ContainsFunc(after[from], func(n int) bool { return n == to || leads(after, n, to) })
}
