package portal

import (
	"cmp"
	"context"
	"maps"
	"runtime"
	"slices"
	"sort"
	"sync"
	"unique"

	"golang.org/x/sync/errgroup"

	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/publication"
	"onevisit/internal/infra/exchange"
	"onevisit/internal/infra/search"
)

// snapshot is what the public sees after one release. It never changes: a
// release makes the next one out of it.
type snapshot struct {
	seq      int64
	entries  []Entry         // by item ID; what people can apply for
	gone     map[string]Gone // what is suspended or was cancelled
	checks   *guideChecks
	ix       *search.Index
	list     []UnitEntry
	units    map[string]int // unit ID to its place in list
	releases []publication.Release
	home     Home
	ways     *ways // of the entries
	use      Use
	// preparing: only releases and units are known yet.
	preparing bool
}

func emptySnapshot() *snapshot {
	return &snapshot{ix: search.Build(nil), gone: map[string]Gone{}, units: map[string]int{}, ways: newWays(nil, nil)}
}

// place is where the entry of an item is, or would be.
func (sn *snapshot) place(id string) int {
	return sort.Search(len(sn.entries), func(i int) bool { return sn.entries[i].ID >= id })
}

func (sn *snapshot) entry(id string) (Entry, bool) {
	if i := sn.place(id); i < len(sn.entries) && sn.entries[i].ID == id {
		return sn.entries[i], true
	}
	return Entry{}, false
}

// follows reports whether what sn shows is an earlier part of the log: a
// database that was brought back from a copy may have another past.
func (sn *snapshot) follows(releases []publication.Release) bool {
	if sn.seq == 0 || len(sn.releases) == 0 {
		return false
	}
	for _, r := range releases {
		if r.Seq == sn.seq {
			return r.Hash == sn.releases[0].Hash
		}
	}
	return false
}

// wholeShare is the part of the entries from which on it is quicker to read all
// of them than the releases one by one.
const wholeShare = 2

// next is the snapshot after the newest release, read from one moment: the
// releases since sn are added to it, or everything is read if sn is none of
// their past or they are most of it.
func (sn *snapshot) next(tx Reader) (*snapshot, error) {
	releases, err := tx.Releases()
	if err != nil {
		return nil, err
	}
	fresh := 0
	for _, r := range releases {
		if r.Seq > sn.seq {
			fresh += r.Count
		}
	}
	// A large index that has grown much goes on growing while Compact builds it
	// anew: nobody waits for a release meanwhile.
	if !sn.follows(releases) || fresh > len(sn.entries)/wholeShare || sn.ix.Stale() && len(sn.entries) <= atOnce {
		return readWhole(tx, releases)
	}
	n := &snapshot{seq: releases[0].Seq, releases: releases, gone: maps.Clone(sn.gone)}
	var changed []publishedEntry
	var removed []string
	for i := len(releases) - 1; i >= 0; i-- { // the oldest first
		if releases[i].Seq <= sn.seq {
			continue
		}
		items, err := tx.ReleaseItems(releases[i].Seq, true)
		if err != nil {
			return nil, err
		}
		for _, p := range items {
			if p.ReplacedBy != 0 {
				continue // a later release has it again
			}
			if !p.Available() {
				if _, was := sn.entry(p.ItemID); was {
					removed = append(removed, p.ItemID)
				}
				n.gone[p.ItemID] = goneOf(&p)
				continue
			}
			delete(n.gone, p.ItemID)
			changed = append(changed, read(&p))
		}
	}
	slices.SortFunc(changed, func(a, b publishedEntry) int { return cmp.Compare(a.ID, b.ID) })
	n.entries = make([]Entry, 0, len(sn.entries)+len(changed))
	docs := make([]search.Doc, 0, len(changed))
	old := sn.entries
	for _, e := range changed {
		i := sort.Search(len(old), func(i int) bool { return old[i].ID >= e.ID })
		n.entries = append(append(n.entries, old[:i]...), e.Entry)
		if old = old[i:]; len(old) > 0 && old[0].ID == e.ID {
			old = old[1:]
		}
		docs = append(docs, e.doc)
	}
	n.entries = append(n.entries, old...)
	if len(removed) > 0 {
		n.entries = slices.DeleteFunc(n.entries, func(e Entry) bool { _, gone := n.gone[e.ID]; return gone })
	}
	n.ix = search.Merge(sn.ix, docs, removed)
	return n, n.count(tx, sn.ways)
}

// readWhole reads everything that is current.
func readWhole(tx Reader, releases []publication.Release) (*snapshot, error) {
	n := &snapshot{releases: releases, gone: map[string]Gone{}}
	if len(releases) > 0 {
		n.seq = releases[0].Seq
	}
	b := search.NewBuilder()
	// Reading, parsing and adding go on at the same time, a page each.
	type part struct {
		page []PublishedItem
		read []publishedEntry
	}
	pages, parts := make(chan []PublishedItem, 1), make(chan part, 1)
	group, ctx := errgroup.WithContext(context.Background())
	group.Go(func() error {
		defer close(pages)
		for after := ""; ; {
			const most = 1000
			page, err := tx.CurrentItems(after, most)
			if err != nil {
				return err
			}
			select {
			case pages <- page:
			case <-ctx.Done():
				return nil
			}
			if len(page) < most {
				return nil
			}
			after = page[most-1].ItemID
		}
	})
	group.Go(func() error {
		defer close(parts)
		for page := range pages {
			select {
			case parts <- part{page, readAll(page)}:
			case <-ctx.Done():
				return nil
			}
		}
		return nil
	})
	group.Go(func() error {
		for p := range parts {
			for i := range p.page {
				it := &p.page[i]
				if !it.Available() {
					n.gone[it.ItemID] = goneOf(it)
					continue
				}
				n.entries = append(n.entries, p.read[i].Entry)
				b.Add(p.read[i].doc)
			}
		}
		return nil
	})
	if err := group.Wait(); err != nil {
		return nil, err
	}
	n.ix = b.Index()
	return n, n.count(tx, nil)
}

// readAll reads a page of items, on all processors.
func readAll(page []PublishedItem) []publishedEntry {
	out := make([]publishedEntry, len(page))
	var wg sync.WaitGroup
	workers := min(runtime.GOMAXPROCS(0), max(len(page)/100, 1))
	for w := range workers {
		wg.Go(func() {
			for i := w; i < len(page); i += workers {
				if page[i].Available() {
					out[i] = read(&page[i])
				}
			}
		})
	}
	wg.Wait()
	return out
}

// glance is a snapshot of what can be read at once, however much is published:
// releases and units.
func glance(tx Reader) (*snapshot, error) {
	n := emptySnapshot()
	var err error
	if n.releases, err = tx.Releases(); err != nil {
		return nil, err
	}
	if err = n.count(tx, nil); err != nil {
		return nil, err
	}
	n.preparing = true
	n.home.Preparing, n.home.Units = true, n.list
	return n, nil
}

// publishedEntry is a published item as the lists and as the index have it.
type publishedEntry struct {
	Entry
	doc search.Doc
}

// entryOf keeps what many entries share once.
func entryOf(p *PublishedItem) Entry {
	once := func(s string) string { return unique.Make(s).Value() }
	return Entry{ID: p.ItemID, Code: p.Code, Name: once(p.Name), UnitID: once(p.UnitID), UnitName: once(p.UnitName), Type: once(p.Type), Visits: p.Visits, ReleaseSeq: p.ReleaseSeq}
}

func goneOf(p *PublishedItem) Gone { return Gone{entryOf(p), changeOf(p)} }

func read(p *PublishedItem) publishedEntry {
	return publishedEntry{entryOf(p), Document(p.ItemID, exchange.Glimpse(p.Doc), p.Visits)}
}

// count fills the units, the ways in and the figures of the first page; before are
// the ways of the release before, if there are.
func (sn *snapshot) count(tx Reader, before *ways) error {
	sn.ways = newWays(sn.entries, before)
	units, err := tx.Units()
	if err != nil {
		return err
	}
	sn.units = make(map[string]int, len(units))
	for _, u := range units {
		sn.units[u.ID] = len(sn.list)
		sn.list = append(sn.list, UnitEntry{Unit: u})
	}
	for i := range sn.entries {
		e := &sn.entries[i]
		if k, ok := sn.units[e.UnitID]; ok {
			u := &sn.list[k]
			count(&u.Total, &u.None, &u.One, &u.More, e.Visits)
		}
		count(&sn.home.Total, &sn.home.None, &sn.home.One, &sn.home.More, e.Visits)
	}
	for _, u := range sn.list {
		if u.Total > 0 {
			sn.home.Units = append(sn.home.Units, u)
		}
	}
	slices.SortStableFunc(sn.home.Units, func(a, b UnitEntry) int { return cmp.Compare(b.Total, a.Total) })
	sn.home.Featured = sn.ways.featured()
	if len(sn.releases) > 0 {
		sn.home.Latest = &sn.releases[0]
	}
	return nil
}

func count(total, none, one, more *int, visits int) {
	*total++
	switch {
	case visits == 0:
		*none++
	case visits == 1:
		*one++
	default:
		*more++
	}
}

// shorter orders entries by their names: of two that both fit, the plainer one.
func shorter(a, b *Entry) int {
	return cmp.Or(cmp.Compare(len(a.Name), len(b.Name)), cmp.Compare(a.ID, b.ID))
}

// Document is what the search index knows of an item.
func Document(id string, it *catalog.Item, visits int) search.Doc {
	d := search.Doc{ID: id, Code: it.ImplementationCode, Name: it.Name, Unit: it.Unit, Type: it.Type, Visits: visits, Audience: it.Audience, Online: it.Online.Available}
	for _, a := range []string{it.MainName, it.Variant, it.Result.Name} {
		if a != "" && a != it.Name {
			d.Aliases = append(d.Aliases, a)
		}
	}
	d.Text = append(d.Text, it.Topics...)
	for i := range it.Materials {
		d.Text = append(d.Text, it.Materials[i].Name)
	}
	return d
}
