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

// ways are the ways in beside the search, made of the entries of a snapshot. What
// names say is worked out once for each name: places of one province call most of
// their services alike.
type ways struct {
	entries []Entry
	names   func() *nameList
	letters func() [][]int32 // entries by first letter (0 others, 1 A … 26 Z), in order of pinyin
	fits    func() map[string][]eventGroup
	events  func() [][][]int32
	totals  func() []int              // of each event the services, each once
	units   func() map[string][]int32 // a unit's by type and name
	bundles func() [][]int            // for each bundle the entries that stand for its items, -1 for none
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

// plainest are the entries of some of the names, the plainest name first.
func (l *nameList) plainest(at []int) (out []int32) {
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

// newWays are the ways of entries; before, if not nil, those of the release before,
// which has most of the names.
func newWays(entries []Entry, before *ways) *ways {
	w := &ways{entries: entries}
	var known map[string][]eventGroup
	if before != nil && len(before.entries) > 0 {
		known = before.fits()
	}
	w.fits = sync.OnceValue(func() map[string][]eventGroup { return w.fitNames(known) })
	w.names = sync.OnceValue(func() *nameList { return namesOf(entries) })
	w.letters = sync.OnceValue(w.sortLetters)
	w.events = sync.OnceValue(w.fitEvents)
	w.totals = sync.OnceValue(w.countEvents)
	w.units = sync.OnceValue(w.sortUnits)
	w.bundles = sync.OnceValue(w.findBundles)
	return w
}

// ways of the current snapshot.
func (s *Service) ways() *ways { return s.snap.Load().ways }

// prepare works out what the first page shows, so that its first reader after a
// release need not wait for it.
func (w *ways) prepare() {
	w.letters()
	w.totals()
	w.bundles()
}

func (w *ways) sortUnits() map[string][]int32 {
	out := map[string][]int32{}
	for i := range w.entries {
		out[w.entries[i].UnitID] = append(out[w.entries[i].UnitID], int32(i))
	}
	for _, list := range out {
		slices.SortFunc(list, func(x, y int32) int {
			a, b := &w.entries[x], &w.entries[y]
			return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.Name, b.Name), cmp.Compare(x, y))
		})
	}
	return out
}

func (w *ways) countEvents() []int {
	fits := w.events()
	out := make([]int, len(fits))
	seen := make([]int, len(w.entries)) // the last event that had it, from 1
	for i, groups := range fits {
		for _, g := range groups {
			for _, n := range g {
				if seen[n] != i+1 {
					seen[n] = i + 1
					out[i]++
				}
			}
		}
	}
	return out
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
	l, fits := w.names(), w.fits()
	at := make([][][]int, len(events)) // the names that fit
	for n, e := range events {
		at[n] = make([][]int, len(e.Groups))
	}
	for n, name := range l.names {
		for _, f := range fits[name] {
			at[f.event][f.group] = append(at[f.event][f.group], n)
		}
	}
	out := make([][][]int32, len(events))
	for n := range at {
		out[n] = make([][]int32, len(at[n]))
		for k := range at[n] {
			out[n][k] = l.plainest(at[n][k])
		}
	}
	return out
}

// eventGroup is a step of an event, by its place.
type eventGroup struct{ event, group int }

// fitNames finds for each name the steps of events that it fits; those that were
// there before are known.
func (w *ways) fitNames(before map[string][]eventGroup) map[string][]eventGroup {
	events := catalog.Events()
	l := w.names()
	out := make(map[string][]eventGroup, len(l.names))
	for _, name := range l.names {
		f, known := before[name]
		if !known {
			for n, e := range events {
				for k, g := range e.Groups {
					if g.Fits(name) {
						f = append(f, eventGroup{n, k})
					}
				}
			}
		}
		out[name] = f
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
			return w.page(list, from, limit), len(list), nil
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
	totals := s.ways().totals()
	for i, e := range catalog.Events() {
		if totals[i] > 0 {
			out = append(out, EventCount{e, totals[i]})
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

// EventServices are the services of one step of an event, or the first of them.
type EventServices struct {
	Event   catalog.Event
	Step    int // which of the event's, from 1
	Name    string
	Total   int
	Entries []Entry
}

// Event returns an event with the first services of each step, at most most, or
// NotFound.
func (s *Service) Event(key string, most int) (*EventGuide, error) {
	w := s.ways()
	i, err := eventAt(key)
	if err != nil {
		return nil, err
	}
	e := catalog.Events()[i]
	g := &EventGuide{EventCount: EventCount{e, w.totals()[i]}}
	seen := make(map[int32]bool, g.Total)
	for k, list := range w.events()[i] {
		for _, n := range list {
			if !seen[n] {
				seen[n] = true
				total := 0
				count(&total, &g.None, &g.One, &g.More, w.entries[n].Visits)
			}
		}
		if len(list) > 0 {
			g.Groups = append(g.Groups, EventServices{e, k + 1, e.Groups[k].Name, len(list), w.page(list, 0, most)})
		}
	}
	return g, nil
}

// EventStep returns a page of the services of one step of an event, numbered from
// 1, or NotFound.
func (s *Service) EventStep(key string, step, from, limit int) (*EventServices, error) {
	w := s.ways()
	i, err := eventAt(key)
	if err != nil {
		return nil, err
	}
	e := catalog.Events()[i]
	if step < 1 || step > len(e.Groups) {
		return nil, fault.NotFoundf("“%s”没有这一步。", e.Name)
	}
	list := w.events()[i][step-1]
	return &EventServices{e, step, e.Groups[step-1].Name, len(list), w.page(list, from, limit)}, nil
}

func eventAt(key string) (int, error) {
	i := slices.IndexFunc(catalog.Events(), func(e catalog.Event) bool { return e.Key == key })
	if i < 0 {
		return 0, fault.NotFoundf("没有这个办事主题。可以从“办事主题”中选择，或者直接搜索。")
	}
	return i, nil
}

// page is a part of a list of entries.
func (w *ways) page(list []int32, from, limit int) (out []Entry) {
	from = max(0, min(from, len(list)))
	for _, n := range list[from:min(len(list), from+limit)] {
		out = append(out, w.entries[n])
	}
	return out
}

// featured are ten services that are often asked for, as the county has no
// figures of use of its own yet: see catalog.FrequentServices.
func (w *ways) featured() []Entry {
	l, entries := w.names(), w.entries
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
