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

// ways are the ways in beside the search, made of one snapshot. What names say
// is worked out once for each name: places of one province call most of their
// services alike.
type ways struct {
	sn      *snapshot
	names   func() *nameList
	letters func() [][]int32 // entries by first letter (0 others, 1 A … 26 Z), in order of pinyin
	events  func() [][][]int32
	bundles func() [][]int // for each bundle the entries that stand for its items, -1 for none
}

// nameList is the distinct names of entries with the entries of each.
type nameList struct {
	names   []string
	entries [][]int32
}

func namesOf(entries []Entry) *nameList {
	l := &nameList{}
	at := map[string]int{}
	for i := range entries {
		name := entries[i].Name
		n, ok := at[name]
		if !ok {
			n = len(l.names)
			at[name] = n
			l.names, l.entries = append(l.names, name), append(l.entries, nil)
		}
		l.entries[n] = append(l.entries[n], int32(i))
	}
	return l
}

// fitting are the entries whose names fit, the plainest name first.
func (l *nameList) fitting(fits func(string) bool) (out []int32) {
	var at []int
	for n, name := range l.names {
		if fits(name) {
			at = append(at, n)
		}
	}
	slices.SortStableFunc(at, func(x, y int) int { return cmp.Compare(len(l.names[x]), len(l.names[y])) })
	for len(at) > 0 { // of those of one length, in the order of their IDs
		k := 1
		for k < len(at) && len(l.names[at[k]]) == len(l.names[at[0]]) {
			k++
		}
		from := len(out)
		for _, n := range at[:k] {
			out = append(out, l.entries[n]...)
		}
		if k > 1 {
			slices.Sort(out[from:])
		}
		at = at[k:]
	}
	return out
}

func newWays(sn *snapshot) *ways {
	w := &ways{sn: sn}
	w.names = sync.OnceValue(func() *nameList { return namesOf(sn.entries) })
	w.letters = sync.OnceValue(w.sortLetters)
	w.events = sync.OnceValue(w.fitEvents)
	w.bundles = sync.OnceValue(w.findBundles)
	return w
}

// ways of the current snapshot.
func (s *Service) ways() *ways { return s.waysOf(s.snap.Load()) }

func (s *Service) waysOf(sn *snapshot) *ways {
	for {
		w := s.in.Load()
		if w != nil && w.sn == sn {
			return w
		}
		fresh := newWays(sn)
		if s.in.CompareAndSwap(w, fresh) {
			return fresh
		}
	}
}

// prepare works out what the first page shows, so that its first reader after a
// release need not wait for it.
func (w *ways) prepare() {
	w.letters()
	w.events()
	w.bundles()
}

func (w *ways) sortLetters() [][]int32 {
	l := w.names()
	spelt := search.Spellings(l.names)
	order := make([]int, len(l.names))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(spelt[a], spelt[b]), cmp.Compare(l.names[a], l.names[b]))
	})
	out := make([][]int32, 27)
	for _, n := range order {
		at := 0
		if s := spelt[n]; s != "" && s[0] >= 'a' && s[0] <= 'z' {
			at = int(s[0]-'a') + 1
		}
		out[at] = append(out[at], l.entries[n]...)
	}
	return out
}

func (w *ways) fitEvents() [][][]int32 {
	events := catalog.Events()
	out := make([][][]int32, len(events))
	for n, e := range events {
		out[n] = make([][]int32, len(e.Groups))
		for k, g := range e.Groups {
			out[n][k] = w.names().fitting(g.Fits)
		}
	}
	return out
}

func (w *ways) findBundles() [][]int {
	l := w.names()
	out := onceonly.FindBundles(l.names)
	for _, items := range out {
		for i, n := range items {
			if n >= 0 {
				items[i] = int(l.entries[n][0])
			}
		}
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
	l := namesOf(entries)
	var out []Entry
	for _, f := range catalog.FrequentServices() {
		best := -1
		for n, name := range l.names {
			if f.Fits(name) && (best < 0 || shorter(&entries[l.entries[n][0]], &entries[l.entries[best][0]]) < 0) {
				best = n
			}
		}
		if best >= 0 {
			if e := entries[l.entries[best][0]]; !slices.ContainsFunc(out, func(o Entry) bool { return o.ID == e.ID }) {
				out = append(out, e)
			}
		}
	}
	return out[:min(len(out), 10)]
}
