package portal

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/onceonly"
	"onevisit/internal/infra/search"
)

// ways are the ways in beside the search, made of one snapshot when somebody
// first takes one.
type ways struct {
	sn      *snapshot
	letters func() [][]int32 // entries by first letter (0 others, 1 A … 26 Z), in order of pinyin
	events  func() [][][]int32
	bundles func() [][]int // for each bundle the entries that stand for its items, -1 for none
}

func newWays(sn *snapshot) *ways {
	w := &ways{sn: sn}
	w.letters = sync.OnceValue(w.sortLetters)
	w.events = sync.OnceValue(w.fitEvents)
	w.bundles = sync.OnceValue(w.findBundles)
	return w
}

// ways of the current snapshot.
func (s *Service) ways() *ways {
	sn := s.snap.Load()
	w := s.in.Load()
	if w == nil || w.sn != sn {
		w = newWays(sn)
		s.in.Store(w)
	}
	return w
}

func (w *ways) sortLetters() [][]int32 {
	names := make([]string, len(w.sn.entries))
	for i := range names {
		names[i] = w.sn.entries[i].Name
	}
	spelt := search.Spellings(names)
	out := make([][]int32, 27)
	for i, s := range spelt {
		at := 0
		if s != "" && s[0] >= 'a' && s[0] <= 'z' {
			at = int(s[0]-'a') + 1
		}
		out[at] = append(out[at], int32(i))
	}
	for _, list := range out {
		slices.SortFunc(list, func(a, b int32) int {
			return cmp.Or(cmp.Compare(spelt[a], spelt[b]), cmp.Compare(names[a], names[b]), cmp.Compare(a, b))
		})
	}
	return out
}

func (w *ways) fitEvents() [][][]int32 {
	events := catalog.Events()
	out := make([][][]int32, len(events))
	for n, e := range events {
		out[n] = make([][]int32, len(e.Groups))
		for k, g := range e.Groups {
			for i := range w.sn.entries {
				if g.Fits(w.sn.entries[i].Name) {
					out[n][k] = append(out[n][k], int32(i))
				}
			}
			slices.SortFunc(out[n][k], func(a, b int32) int { return shorter(&w.sn.entries[a], &w.sn.entries[b]) })
		}
	}
	return out
}

func (w *ways) findBundles() [][]int {
	names := make([]string, len(w.sn.entries))
	for i := range names {
		names[i] = w.sn.entries[i].Name
	}
	var out [][]int
	for _, b := range onceonly.Bundles() {
		out = append(out, b.Find(names))
	}
	return out
}

// Letter is a letter of the alphabet with how many services begin with it in
// pinyin; "#" stands for those that begin with a digit.
type Letter struct {
	Name  string
	Count int
}

// Letters are the letters that services begin with, A first.
func (s *Service) Letters() []Letter {
	var out []Letter
	lists := s.ways().letters()
	for i := 1; i <= 27; i++ {
		if n := len(lists[i%27]); n > 0 {
			out = append(out, Letter{letterName(i % 27), n})
		}
	}
	return out
}

func letterName(i int) string {
	if i == 0 {
		return "#"
	}
	return string(rune('A' + i - 1))
}

// ByLetter returns a page of the services that begin with a letter, in the order
// of their pinyin, and how many there are; NotFound for what is no letter.
func (s *Service) ByLetter(letter string, from, limit int) (page []Entry, total int, err error) {
	w := s.ways()
	for i, list := range w.letters() {
		if letterName(i) == strings.ToUpper(letter) {
			from = max(0, min(from, len(list)))
			for _, n := range list[from:min(len(list), from+limit)] {
				page = append(page, w.sn.entries[n])
			}
			return page, len(list), nil
		}
	}
	return nil, 0, fault.NotFoundf("没有字母“%s”的事项。", letter)
}

// EventCount is an event with how many services belong to it.
type EventCount struct {
	catalog.Event
	Total int
}

// Events are the events to which published services belong.
func (s *Service) Events() []EventCount {
	var out []EventCount
	fits := s.ways().events()
	for i, e := range catalog.Events() {
		seen := map[int32]bool{}
		for _, g := range fits[i] {
			for _, n := range g {
				seen[n] = true
			}
		}
		if len(seen) > 0 {
			out = append(out, EventCount{e, len(seen)})
		}
	}
	return out
}

// EventGuide is an event with its services.
type EventGuide struct {
	EventCount
	None, One, More int // services by visits
	Groups          []EventServices
}

// EventServices are the services of one step of an event.
type EventServices struct {
	Name    string
	Entries []Entry
}

// Event returns an event with its published services, or NotFound.
func (s *Service) Event(key string) (*EventGuide, error) {
	w := s.ways()
	for i, e := range catalog.Events() {
		if e.Key != key {
			continue
		}
		g := &EventGuide{EventCount: EventCount{Event: e}}
		seen := map[int32]bool{}
		for k, list := range w.events()[i] {
			group := EventServices{Name: e.Groups[k].Name}
			for _, n := range list {
				entry := w.sn.entries[n]
				group.Entries = append(group.Entries, entry)
				if !seen[n] {
					seen[n] = true
					count(&g.Total, &g.None, &g.One, &g.More, entry.Visits)
				}
			}
			if len(group.Entries) > 0 {
				g.Groups = append(g.Groups, group)
			}
		}
		return g, nil
	}
	return nil, fault.NotFoundf("没有这个办事主题。可以从“办事主题”中选择，或者直接搜索。")
}

// featured are ten services that are often asked for, as the county has no
// figures of use of its own yet: see catalog.FrequentServices.
func featured(entries []Entry) []Entry {
	var out []Entry
	for _, f := range catalog.FrequentServices() {
		var best *Entry
		for i := range entries {
			if e := &entries[i]; f.Fits(e.Name) && (best == nil || shorter(e, best) < 0) {
				best = e
			}
		}
		if best != nil && !slices.ContainsFunc(out, func(e Entry) bool { return e.ID == best.ID }) {
			out = append(out, *best)
		}
	}
	return out[:min(len(out), 10)]
}
