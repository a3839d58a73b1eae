package portal

import (
	"cmp"
	"context"
	"slices"
	"time"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/infra/search"
	"onevisit/internal/infra/store"
)

// What is counted of the use of guides, and for how long it counts. Figures are
// sums of a day: nothing says who read what.
const (
	// useSpan is over how many days the figures are added up.
	useSpan = 90
	// A guide that was chosen among results answers a question; one that is opened
	// by a link may be looked at for any reason.
	searchedWeight = 2
	// leastUsed is from how many openings on a service is called often used, and
	// mostUsed from how many such services on there is a list of them.
	leastUsed, mostUsed = 5, 10
)

// Use says how often the guides of services were opened, most first.
type Use struct {
	// First and Last are the days that are counted, of which the first has figures.
	// Both are zero where there are none.
	First, Last calendar.Date
	Entries     []UsedEntry
}

// UsedEntry is a service with how often its guide was opened.
type UsedEntry struct {
	Entry
	Views int
}

// useFigures are the figures of the days before one, as search and lists need
// them. All nodes that read them on one day have the same.
type useFigures struct {
	today, first calendar.Date
	views        map[string]int
	weights      search.Use
}

// CountView counts that the guide of a published item was opened, from a list of
// search results or not. A portal without a database counts nothing.
func (s *Service) CountView(id string, searched bool) {
	if s.db == nil {
		return
	}
	if _, ok := s.snap.Load().entry(id); !ok {
		return // nobody fills the memory with made-up numbers
	}
	s.useMu.Lock()
	defer s.useMu.Unlock()
	if s.use == nil {
		s.use = map[string]store.ItemUse{}
	}
	u := s.use[id]
	u.Views++
	if searched {
		u.Searched++
	}
	s.use[id] = u
}

// FlushUse writes down what was counted, in one go. What cannot be written is
// counted with the next.
func (s *Service) FlushUse(ctx context.Context) error {
	s.useMu.Lock()
	use := s.use
	s.use = nil
	s.useMu.Unlock()
	if len(use) == 0 || s.db == nil {
		return nil
	}
	err := s.db.Update(ctx, func(tx *store.Tx) error { return tx.AddItemUse(calendar.DateOf(tx.Now()), use) })
	if err == nil {
		return nil
	}
	s.useMu.Lock()
	defer s.useMu.Unlock()
	for id, u := range s.use {
		use[id] = store.ItemUse{Views: use[id].Views + u.Views, Searched: use[id].Searched + u.Searched}
	}
	s.use = use
	return err
}

// refreshUse reads the figures of use once a day; it reports whether they are
// new. Its caller holds mu.
func (s *Service) refreshUse(ctx context.Context) (bool, error) {
	if s.db == nil {
		return false, nil
	}
	var next *useFigures
	err := ask(ctx, s.db, func(tx *store.Tx) error {
		today := calendar.DateOf(tx.Now())
		if s.figures != nil && s.figures.today == today {
			return nil
		}
		use, first, err := tx.ItemUse(today.AddDays(-useSpan), today)
		next = &useFigures{today: today, first: first, views: make(map[string]int, len(use)), weights: make(search.Use, len(use))}
		for id, u := range use {
			next.views[id] = u.Views
			next.weights[id] = float64(u.Views + (searchedWeight-1)*u.Searched)
		}
		return err
	})
	if err != nil || next == nil {
		return false, err
	}
	had := s.figures != nil && len(s.figures.weights) > 0
	s.figures = next
	return had || len(next.weights) > 0, nil
}

// used are the services of entries that are opened most, at most limit.
func (f *useFigures) used(sn *snapshot, limit int) Use {
	u := Use{}
	if f == nil || f.first.IsZero() {
		return u
	}
	for id, n := range f.views {
		if e, ok := sn.entry(id); ok && n >= leastUsed {
			u.Entries = append(u.Entries, UsedEntry{e, n})
		}
	}
	if len(u.Entries) < mostUsed {
		return Use{}
	}
	slices.SortFunc(u.Entries, func(a, b UsedEntry) int {
		return cmp.Or(cmp.Compare(b.Views, a.Views), cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	})
	u.First, u.Last = f.first, f.today.AddDays(-1)
	u.Entries = u.Entries[:min(len(u.Entries), limit)]
	return u
}

// listed is how many services the list of the most used has.
const listed = 50

// MostUsed returns the services whose guides are opened most; no entries where
// there are too few figures to say so.
func (s *Service) MostUsed() Use { return s.snap.Load().use }

// flush writes down everything that is counted.
func (s *Service) flush(ctx context.Context) {
	for what, write := range map[string]func(context.Context) error{"searches in vain": s.FlushMisses, "openings of guides": s.FlushUse} {
		if err := write(ctx); err != nil && ctx.Err() == nil {
			s.log.Warn(what+" are not written down", "err", err)
		}
	}
}

// flushEvery is how often that is done.
const flushEvery = time.Minute
