// Package portal is what the public does without signing in: find a service,
// read its guide, see what was published when. It shows released content only.
//
// The service keeps a snapshot in memory: the heads of all current items, the
// search index over them and the figures of the home page. It follows the
// release log: what a release changes is read from one moment, added to the
// snapshot before and swapped in one step, so that nobody ever sees half a
// release. Guides are read by primary key, from the very release that the
// snapshot names.
package portal

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"sort"
	"sync"
	"sync/atomic"
	"time"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/publication"
	"onevisit/internal/domain/visit"
	"onevisit/internal/infra/blob"
	"onevisit/internal/infra/exchange"
	"onevisit/internal/infra/outbound"
	"onevisit/internal/infra/paper"
	"onevisit/internal/infra/search"
	"onevisit/internal/infra/sign"
	"onevisit/internal/infra/sign/returns"
	"onevisit/internal/infra/store"
)

// Service is the hall's door.
type Service struct {
	signer publication.Signer // nil signs nothing
	src    Source
	db     *store.DB
	blobs  *blob.Dir
	log    *slog.Logger
	press  *paper.Press
	snap   atomic.Pointer[snapshot]
	mu     sync.Mutex    // one rebuild at a time
	loaded chan struct{} // closed when everything published has been read
	once   sync.Once     // closes it

	words        *search.Words // shipped and the county's own; under mu, as the version
	wordsVersion string
	wordPairs    atomic.Pointer[[]search.WordPair] // the county's own, as words has them
	missMu       sync.Mutex
	misses       map[string]int // searches in vain since they were last written down

	box     *returns.Box // of a portal without a database; nil hears nothing
	back    *sign.Ring   // opens what comes back; nil takes nothing
	figures *useFigures  // how often guides were opened until today; under mu
	useMu   sync.Mutex
	use     map[string]store.ItemUse // since it was last written down
	useFrom *publication.UseFigures  // the release file's, of which figures were made; under mu

	answersMu sync.Mutex
	answers   map[string]publication.ReturnedAnswer // of answersOf, by number
	answersOf *publication.ReleaseFile

	trouble   atomic.Pointer[string]
	spareDue  atomic.Bool // the spare is older than what is shown
	site      SiteWriter
	pusher    outbound.Pusher // nil pushes nothing
	pushAbout func() Linked
	scheduled atomic.Int64 // the newest release whose push is in the job table
}

// SignWith lets the service sign what it prints with the county's keys; without,
// papers have no proof of their own. It is called before the service is used.
func (s *Service) SignWith(signer publication.Signer) { s.signer = signer }

// New builds the service; it shows nothing until Refresh has run. press prints
// its papers, blobs keeps the booklets that jobs print.
func New(db *store.DB, blobs *blob.Dir, press *paper.Press, log *slog.Logger) *Service {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	s := &Service{src: &database{db: db}, db: db, blobs: blobs, press: press, log: log, loaded: make(chan struct{})}
	s.snap.Store(emptySnapshot())
	return s
}

// NewFromFile builds the service over a release file, without a database: it
// shows and prints what is published, and keeps nothing.
func NewFromFile(src *FileSource, press *paper.Press, log *slog.Logger) *Service {
	s := New(nil, src.blobs, press, log)
	s.src = src
	return s
}

// Entry is one published item as lists show it.
type Entry struct {
	ID, Code, Name   string
	UnitID, UnitName string
	Type             string
	Visits           int
	ReleaseSeq       int64
}

// Gone is a published item that nobody can apply for now: it is suspended or was
// cancelled. Its address keeps answering.
type Gone struct {
	Entry
	Change
}

// Change is what the last adjustment of an item says to the public.
type Change struct {
	Standing   publication.Standing
	Op         publication.Op
	Cause      string // in words; empty in releases that do not say it
	Basis      string
	Reason     string
	Effective  calendar.Date
	Until      calendar.Date // when a suspension is expected to end; zero if unknown
	Successors []publication.Successor
}

// Available reports whether people can apply for the item.
func (c *Change) Available() bool { return c.Standing == publication.StandingPublished }

func changeOf(p *store.PublishedItem) Change {
	return Change{p.Standing, p.Op, p.Cause, p.Basis, p.Reason, p.Effective, p.Until, p.Successors}
}

// UnitEntry is a unit with its published items counted by visits.
type UnitEntry struct {
	org.Unit
	Total, None, One, More int
}

// Home is what the first page says.
type Home struct {
	Total, None, One, More int
	Units                  []UnitEntry // with published items, most first
	// Featured are services that many need: those whose guides were opened most
	// from UseFirst to UseLast, or, while these are zero, those of
	// catalog.FrequentServices.
	Featured          []Entry
	UseFirst, UseLast calendar.Date
	Latest            *publication.Release
	// Preparing: the program has just started and reads what is published; no
	// figures yet, and Units are all of them.
	Preparing bool
}

// atOnce is up to how many published items are read before the first page is
// served; more would let people wait.
const atOnce = 5000

// Start reads what is published, or, where that is much, only enough to answer:
// Follow reads the rest, and until then the pages say that it comes.
func (s *Service) Start(ctx context.Context) error {
	much := false
	err := s.src.View(ctx, func(tx Reader) error {
		n, err := glance(tx)
		if err != nil {
			return err
		}
		items := 0
		for _, r := range n.releases {
			items += r.Count
		}
		if much = items > atOnce; much {
			s.snap.Store(n)
		}
		return nil
	})
	if err != nil || much {
		return err
	}
	return s.Refresh(ctx)
}

// preparing says that what is asked for cannot be told yet.
func preparing() error {
	return fault.Unavailablef("程序刚刚启动，正在载入全部事项，请过十几秒刷新再看。急需办事请拨打 12345。")
}

// Follow keeps the snapshot up to date until ctx ends. Every looks at the log
// once; a release made in this process is seen at once through Refresh.
func (s *Service) Follow(ctx context.Context, every time.Duration) {
	t := time.NewTicker(every)
	defer t.Stop()
	if s.snap.Load().preparing {
		if err := s.Refresh(ctx); err != nil && ctx.Err() == nil {
			s.log.Warn("portal is not ready", "err", err)
		}
	}
	write := time.NewTicker(flushEvery)
	defer write.Stop()
	var beside sync.WaitGroup
	defer beside.Wait()
	var busy atomic.Bool
	for {
		select {
		case <-ctx.Done():
			s.flush(context.WithoutCancel(ctx))
			return
		case <-write.C:
			s.flush(ctx)
		case <-t.C:
			if err := s.Refresh(ctx); err != nil && ctx.Err() == nil {
				s.log.Warn("portal keeps the last release", "err", err)
			}
			if stale := s.snap.Load().ix.Stale(); (stale || s.spareDue.Load()) && busy.CompareAndSwap(false, true) {
				beside.Go(func() {
					defer busy.Store(false)
					if stale {
						if err := s.Compact(ctx); err != nil && ctx.Err() == nil {
							s.log.Warn("the search index goes on as it grew", "err", err)
						}
					}
					if s.spareDue.Swap(false) {
						s.keepSpare(ctx)
					}
				})
			}
		}
	}
}

// Refresh brings the snapshot to the newest release. If nothing was published
// since, it costs one row.
func (s *Service) Refresh(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p, ok := s.src.(interface{ Poll(context.Context) }); ok {
		p.Poll(ctx)
	}
	var otherWords, otherUse bool
	var err error
	if !s.Away() {
		if otherWords, err = s.refreshWords(ctx); err == nil {
			otherUse, err = s.refreshUse(ctx)
		}
	}
	if err != nil && !away(err) { // without the database the former words and figures stay
		return err
	}
	old := s.snap.Load()
	if (otherWords || otherUse) && !old.preparing {
		n := *old // the pages made with the former words are no longer right
		s.dress(&n)
		old = &n
		s.show(old)
	}
	var next *snapshot
	err = s.src.View(ctx, func(tx Reader) error {
		head, err := tx.HeadRelease()
		if err != nil || head == nil {
			return err
		}
		checks, err := readChecks(tx, old.checks)
		stale := old.preparing || old.ix.Stale() && len(old.entries) <= atOnce
		if err != nil || head.Seq == old.seq && checks == old.checks && !stale {
			return err
		}
		if head.Seq != old.seq || stale {
			next, err = old.next(tx)
		} else {
			same := *old // the same release on another day, or with a guide confirmed
			next = &same
		}
		if next != nil {
			next.checks = checks
		}
		return err
	})
	s.notice(err)
	if err != nil || next == nil {
		return err
	}
	s.dress(next)
	s.show(next)
	switch n := len(next.entries); {
	case n <= atOnce:
		s.keepSpare(ctx)
	case n <= mostSpared:
		s.spareDue.Store(true) // takes seconds: Follow does it beside
	}
	s.log.Info("portal shows release", "seq", next.seq, "items", len(next.entries))
	return nil
}

// keepSpare keeps what is published for when the database is away.
func (s *Service) keepSpare(ctx context.Context) {
	if d, ok := s.src.(*database); ok {
		if err := d.keepSpare(ctx); err != nil && ctx.Err() == nil {
			s.log.Warn("no spare of what is published", "err", err)
		}
	}
}

// dress gives a snapshot what is known beside the releases: the county's words
// and the use of guides. Its caller holds mu.
func (s *Service) dress(next *snapshot) {
	if s.words != nil {
		next.ix = next.ix.WithWords(s.words)
	}
	if s.figures == nil {
		return
	}
	next.ix = next.ix.WithUse(&s.figures.weights)
	h := &next.home
	if next.use = s.figures.used(next, listed); len(next.use.Entries) > 0 {
		h.Featured, h.UseFirst, h.UseLast = nil, next.use.First, next.use.Last
		for _, e := range next.use.Entries[:mostUsed] {
			h.Featured = append(h.Featured, e.Entry)
		}
	} else if !h.UseFirst.IsZero() { // the figures are gone
		h.Featured, h.UseFirst, h.UseLast = next.ways.featured(), calendar.Date{}, calendar.Date{}
	}
}

// show lets the public see a snapshot whose first page is prepared, so that its
// first reader after a release need not wait for it.
func (s *Service) show(next *snapshot) {
	if next.preparing {
		s.snap.Store(next)
		return
	}
	next.ways.prepare()
	s.snap.Store(next)
	s.once.Do(func() { close(s.loaded) })
}

// Loaded waits until everything that is published has been read for the first
// time, or ctx ends: work that can wait leaves the processors to it.
func (s *Service) Loaded(ctx context.Context) {
	select {
	case <-s.loaded:
	case <-ctx.Done():
	}
}

// Compact builds the index anew after many increments. That takes seconds where
// much is published; releases are followed meanwhile, and what came is added at
// the end.
func (s *Service) Compact(ctx context.Context) error {
	var whole *snapshot
	err := s.src.View(ctx, func(tx Reader) (err error) {
		releases, err := tx.Releases()
		if err == nil {
			whole, err = readWhole(tx, releases)
		}
		return err
	})
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.snap.Load()
	next := whole
	if now.seq != whole.seq {
		if err := s.src.View(ctx, func(tx Reader) (err error) {
			next, err = whole.next(tx)
			return err
		}); err != nil {
			return err
		}
	}
	next.checks = now.checks
	s.dress(next)
	s.show(next)
	return nil
}

// notice remembers what keeps the portal from the newest release.
func (s *Service) notice(err error) {
	text := ""
	if t, ok := s.src.(interface{ Trouble() string }); ok {
		text = t.Trouble()
	}
	if err != nil && text == "" {
		text = awayText
	}
	if was := s.trouble.Swap(&text); text != "" && (was == nil || *was != text) {
		s.log.Warn("portal keeps the last release", "why", text)
	}
}

// Away reports whether the database did not answer last.
func (s *Service) Away() bool {
	d, ok := s.src.(*database)
	return ok && d.gone.Load()
}

// Trouble says in a sentence why the portal may not show the newest release, ""
// if it does.
func (s *Service) Trouble() string {
	if t := s.trouble.Load(); t != nil {
		return *t
	}
	return ""
}

// Notes say what is known of the release files besides Trouble, for whoever runs
// a portal without a database.
func (s *Service) Notes() []string {
	if f, ok := s.src.(*FileSource); ok {
		return f.Notes()
	}
	return nil
}

// WithoutDatabase reports whether the portal reads a release file.
func (s *Service) WithoutDatabase() bool { return s.db == nil }

// Home returns the figures and entrances of the first page.
func (s *Service) Home() Home { return s.snap.Load().home }

// Head returns the newest release, nil before the first.
func (s *Service) Head() *publication.Release { return s.snap.Load().home.Latest }

// Found is an answer of the search.
type Found struct {
	search.Result
	Entries []Entry // of the hits, in order
	Seq     int64   // of the release that was searched, 0 before the first
	// Preparing: the program has just started, nothing was searched.
	Preparing bool
}

// Search finds published items.
func (s *Service) Search(q search.Query) Found {
	sn := s.snap.Load()
	f := Found{Result: sn.ix.Search(q), Seq: sn.seq, Preparing: sn.preparing}
	for _, h := range f.Hits {
		e, _ := sn.entry(h.Doc.ID)
		f.Entries = append(f.Entries, e)
	}
	return f
}

// Suggest completes what somebody types: at most n names of published items,
// best first, each once.
func (s *Service) Suggest(prefix string, n int) []string { return s.snap.Load().ix.Suggest(prefix, n) }

// Nearest is what comes closest when nothing was found: what the words alone
// find, without the filters, or else services that many need.
func (s *Service) Nearest(text string, n int) []Entry {
	f := s.Search(Query{Text: text, Limit: n})
	if text != "" && len(f.Entries) > 0 {
		return f.Entries
	}
	featured := s.snap.Load().home.Featured
	return featured[:min(n, len(featured))]
}

// Published returns a page of what is published now, by item ID; after is the
// last ID of the page before. An empty unit means all.
func (s *Service) Published(unitID, after string, limit int) []Entry {
	entries := s.snap.Load().entries
	from := sort.Search(len(entries), func(i int) bool { return entries[i].ID > after })
	if unitID == "" {
		return slices.Clip(entries[from : from+min(limit, len(entries)-from)]) // never changed
	}
	var out []Entry
	for _, e := range entries[from:] {
		if len(out) == limit {
			break
		}
		if e.UnitID == unitID {
			out = append(out, e)
		}
	}
	return out
}

// Guide is the guide of a published item.
type Guide struct {
	Entry
	Item       *catalog.Item
	Assessment visit.Assessment
	Release    publication.Release
	VerifyCode string
	Unit       org.Unit
	// Change is what the adjustment says that brought the item to this form; its
	// Standing is always set. The guide of an item that is not Available is what
	// was published last, for reading only.
	Change
	// Check is when the guide was last known to be right.
	Check publication.GuideCheck
}

// Guide returns the guide of an item as the newest release has it, or NotFound.
func (s *Service) Guide(ctx context.Context, id string) (*Guide, error) {
	sn := s.snap.Load()
	e, ok := sn.entry(id)
	if !ok {
		gone, ok := sn.gone[id]
		if sn.preparing {
			return nil, preparing()
		}
		if !ok {
			return nil, fault.NotFoundf("没有找到这个事项，它可能尚未公布。可以搜索事项名称，或拨打 12345 咨询。")
		}
		e = gone.Entry
	}
	g := &Guide{Entry: e}
	err := s.src.View(ctx, func(tx Reader) error {
		p, err := tx.PublishedItem(g.ReleaseSeq, id)
		if err != nil {
			return err
		}
		g.VerifyCode, g.Change = p.VerifyCode, changeOf(&p)
		g.Item = new(catalog.Item)
		return json.Unmarshal(p.Doc, g.Item)
	})
	if err != nil {
		return nil, err
	}
	for _, r := range sn.releases {
		if r.Seq == g.ReleaseSeq {
			g.Release = r
		}
	}
	if u, ok := sn.units[g.UnitID]; ok {
		g.Unit = sn.list[u].Unit
	}
	g.Check = sn.checks.of(g.ID, g.Release.At)
	g.Assessment, err = visit.AssessItem(g.Item)
	return g, err
}

// Units returns the units with published items, in the county's order.
func (s *Service) Units() []UnitEntry {
	var out []UnitEntry
	for _, u := range s.snap.Load().list {
		if u.Total > 0 {
			out = append(out, u)
		}
	}
	return out
}

// Unit returns a unit with its published items by type and name, or NotFound.
func (s *Service) Unit(id string) (UnitEntry, []Entry, error) {
	return s.UnitPage(id, 0, everything)
}

// everything is a page that holds any list.
const everything = 1 << 30

// UnitPage returns a unit with a page of its published items by type and name, or
// NotFound.
func (s *Service) UnitPage(id string, from, limit int) (UnitEntry, []Entry, error) {
	sn := s.snap.Load()
	i, ok := sn.units[id]
	if !ok {
		return UnitEntry{}, nil, fault.NotFoundf("没有找到这个单位。")
	}
	if sn.preparing {
		return UnitEntry{}, nil, preparing()
	}
	return sn.list[i], sn.ways.page(sn.ways.units()[id], from, limit), nil
}

// Gone returns the unit's items that are suspended or cancelled, the latest
// first; an empty unit means all.
func (s *Service) Gone(unitID string) []Gone {
	var out []Gone
	for _, g := range s.snap.Load().gone {
		if unitID == "" || g.UnitID == unitID {
			out = append(out, g)
		}
	}
	slices.SortFunc(out, func(a, b Gone) int {
		return cmp.Or(cmp.Compare(b.ReleaseSeq, a.ReleaseSeq), cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	})
	return out
}

// Releases returns what was published, newest first.
func (s *Service) Releases() []publication.Release { return s.snap.Load().releases }

// Release returns a published batch with the heads of its items.
func (s *Service) Release(ctx context.Context, seq int64) (*publication.Release, []store.PublishedItem, error) {
	r, err := s.release(seq)
	if err != nil {
		return nil, nil, err
	}
	var items []store.PublishedItem
	err = s.src.View(ctx, func(tx Reader) (err error) {
		items, err = tx.ReleaseItems(seq, false)
		return err
	})
	return r, items, err
}

func (s *Service) release(seq int64) (*publication.Release, error) {
	for _, r := range s.snap.Load().releases {
		if r.Seq == seq {
			return &r, nil
		}
	}
	return nil, fault.NotFoundf("没有找到这个公布批次。")
}

// ReleasePage returns a published batch with a page of its items by ID; after is
// the last ID of the page before.
func (s *Service) ReleasePage(ctx context.Context, seq int64, after string, limit int) (*publication.Release, []store.PublishedItem, error) {
	r, err := s.release(seq)
	if err != nil {
		return nil, nil, err
	}
	var items []store.PublishedItem
	err = s.src.View(ctx, func(tx Reader) (err error) {
		items, err = tx.ReleaseItemsAfter(seq, after, limit)
		return err
	})
	return r, items, err
}

// Visits computes the visits of a process, written as docs/reference/cli.md
// says, with some measures on (their codes, joined by commas). The warnings name
// words that the method does not know.
func (s *Service) Visits(process []byte, measures string) (visit.Assessment, []string, error) {
	m, err := visit.ParseMeasures(measures)
	if err != nil {
		return visit.Assessment{}, nil, err
	}
	p, warnings, err := exchange.ReadProcess("process.json", bytes.NewReader(process))
	if err != nil {
		return visit.Assessment{}, nil, err
	}
	a, err := visit.Assess(p, m)
	return a, warnings, err
}

// Index returns the search index over what is published now.
func (s *Service) Index() *search.Index { return s.snap.Load().ix }

// The shapes of the index and the store that pages handle.
type (
	Query         = search.Query
	Facet         = search.Facet
	Hit           = search.Hit
	Span          = search.Span
	PublishedItem = store.PublishedItem
)
