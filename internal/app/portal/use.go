package portal

import (
	"cmp"
	"context"
	"slices"
	"time"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/publication"
	"onevisit/internal/infra/search"
	"onevisit/internal/infra/store"
)

// What is counted of the use of guides, and for how long it counts. Figures are
// sums of a day: nothing says who read what.
const (
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
// search results or not. A portal without a database hands the figures back.
func (s *Service) CountView(id string, searched bool) {
	if s.db == nil && s.returnKey() == nil {
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
	var err error
	switch {
	case s.db == nil && s.box != nil:
		err = s.useBack(use) // also without any: a day may be over
	case s.db != nil && len(use) > 0:
		err = s.db.Update(ctx, func(tx *store.Tx) error { return tx.AddItemUse(calendar.DateOf(tx.Now()), use) })
	}
	if err == nil || len(use) == 0 {
		return err
	}
	s.useMu.Lock()
	defer s.useMu.Unlock()
	for id, u := range s.use {
		use[id] = use[id].Add(u)
	}
	s.use = use
	return err
}

// refreshUse reads the figures of use once a day; it reports whether they are
// new. Its caller holds mu.
func (s *Service) refreshUse(ctx context.Context) (bool, error) {
	if src, ok := s.src.(*FileSource); ok {
		return s.takeUse(src.now.Load().f.Use), nil
	}
	var next *useFigures
	err := ask(ctx, s.db, func(tx *store.Tx) error {
		today := calendar.DateOf(tx.Now())
		if s.figures != nil && s.figures.today == today {
			return nil
		}
		use, err := tx.UseFigures(today)
		next = newFigures(today, use)
		return err
	})
	if err != nil || next == nil {
		return false, err
	}
	had := s.figures != nil && len(s.figures.weights) > 0
	s.figures = next
	return had || len(next.weights) > 0, nil
}

// newFigures makes figures as search and lists need them; use is nil without any.
func newFigures(today calendar.Date, use *publication.UseFigures) *useFigures {
	next := &useFigures{today: today, views: map[string]int{}, weights: search.Use{}}
	if use == nil {
		return next
	}
	next.first = use.First
	for id, u := range use.Items {
		next.views[id] = u.Views
		next.weights[id] = float64(u.Views + (searchedWeight-1)*u.Searched)
	}
	return next
}

// takeUse takes the figures that came with a release file; it reports whether
// they are new.
func (s *Service) takeUse(use *publication.UseFigures) bool {
	if s.useFrom == use {
		return false
	}
	if s.useFrom = use; use == nil {
		use = &publication.UseFigures{}
	}
	s.figures = newFigures(use.End, use)
	return true
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
