package reform

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/publication"
	"onevisit/internal/infra/outbound"
	"onevisit/internal/infra/store"
)

// CrawlJob looks at one unit's own page.
const CrawlJob = "crawl"

// PageReader reads a page of another site as a careful guest: bounded in time and
// size, heeding what the site asks of programs. Why a page could not be had is an
// *outbound.WebError.
type PageReader interface {
	Crawl(ctx context.Context, address string) (*outbound.Page, error)
}

// crawler is in whose name pages are looked at.
var crawler = org.Actor{ID: "crawler", Name: "网页巡查"}

type crawlPayload struct {
	Place string `json:"place"`
}

// ScheduleCrawls enqueues a look at each page that is due by the plan's clocks,
// at most one a day.
func (s *Service) ScheduleCrawls(ctx context.Context) error {
	if s.web == nil {
		return nil
	}
	var due []publication.Place
	day := ""
	err := s.db.View(ctx, func(tx *store.Tx) error {
		t, err := s.driftTerms(tx)
		if err != nil {
			return err
		}
		day = t.today.String()
		// A page that could not be read is tried again the next day.
		if due, err = tx.CrawlPlaces(tx.Now().AddDate(0, 0, -1)); err != nil {
			return err
		}
		since := tx.Now().AddDate(0, 0, -t.Clocks.Crawl)
		due = slices.DeleteFunc(due, func(p publication.Place) bool { return p.Crawl.Fails == 0 && p.Crawl.At.After(since) })
		waiting := due[:0]
		for _, p := range due {
			if _, err := tx.JobByKey(crawlKey(p.ID, day)); err != nil {
				waiting = append(waiting, p)
			}
		}
		due = waiting
		return nil
	})
	if err != nil || len(due) == 0 {
		return err
	}
	return s.db.Update(ctx, func(tx *store.Tx) error {
		for _, p := range due {
			if err := tx.Enqueue(store.Job{Kind: CrawlJob, Payload: crawlPayload{p.ID}, UniqueKey: crawlKey(p.ID, day)}); err != nil {
				return err
			}
		}
		return nil
	})
}

func crawlKey(place, when string) string { return CrawlJob + ":" + place + ":" + when }

// AskCrawl enqueues a look at a place's page now; more than one within a minute
// is one.
func (s *Service) AskCrawl(ctx context.Context, a org.Actor, placeID string) error {
	return s.db.Update(ctx, func(tx *store.Tx) error {
		p, err := s.evidence(tx, a, org.SeeDisplays, placeID)
		if err != nil {
			return err
		}
		if err := p.CheckCrawl(); err != nil {
			return err
		}
		minute := fmt.Sprint(tx.Now().Unix() / 60)
		return tx.Enqueue(store.Job{Kind: CrawlJob, Payload: crawlPayload{p.ID}, UniqueKey: crawlKey(p.ID, minute)})
	})
}

// RunCrawl carries out a CrawlJob.
func (s *Service) RunCrawl(ctx context.Context, payload []byte, _ func(int)) error {
	var in crawlPayload
	if err := json.Unmarshal(payload, &in); err != nil {
		return fmt.Errorf("crawl job: %w", err)
	}
	var p publication.Place
	if err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		p, err = tx.Place(in.Place)
		return err
	}); err != nil {
		return err
	}
	if s.web == nil || p.CheckCrawl() != nil {
		return nil
	}
	page, err := s.web.Crawl(ctx, p.URL)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return s.RecordCrawl(ctx, p.ID, p.URL, page, err)
}

// RecordCrawl takes in what the page of a place at an address said, or why it
// could not be read.
func (s *Service) RecordCrawl(ctx context.Context, placeID, address string, page *outbound.Page, err error) error {
	return s.db.Update(ctx, func(tx *store.Tx) error {
		now, rerr := tx.Place(placeID)
		if rerr != nil || now.CheckCrawl() != nil || now.URL != address { // it was changed while we looked
			return rerr
		}
		if rerr := now.CheckEvidence(tx.Now()); rerr != nil {
			return rerr
		}
		return s.recordCrawl(tx, &now, page, err)
	})
}

// recordCrawl takes in what a page says, or why it could not be read.
func (s *Service) recordCrawl(tx *store.Tx, p *publication.Place, page *outbound.Page, failed error) error {
	c := publication.Crawl{At: tx.Now(), Live: p.Crawl.Live}
	var why *outbound.WebError
	switch {
	case errors.As(failed, &why):
		c.Note, c.Fails = why.Text(), p.Crawl.Fails+1
		if why.Unclear() { // people may well be able to read it
			c.Fails = 0
		}
		return s.endCrawl(tx, p, c, 0)
	case failed != nil:
		return failed
	case page.Text == "":
		c.Note = "不是网页（" + page.Type + "），看不到其中的核验码"
		return s.endCrawl(tx, p, c, 0)
	}
	r := &crawl{s: s, tx: tx, p: p, cut: page.Cut}
	found := publication.FindShown(page.Text)
	c.Live = found.Live
	shown, err := tx.Displays(store.PlaceFilter{ID: p.ID})
	if err != nil {
		return err
	}
	if err := r.read(&found); err != nil {
		return err
	}
	if len(r.items) == 0 && len(r.doubts) == 0 && !c.Live && len(shown) > 0 && p.Crawl.Fails == 0 {
		// A site under repair answers with a page of another content: it counts only
		// if it is so the next time too.
		c.Fails, c.Note = 1, "网页上没有看到核验码"
		return s.endCrawl(tx, p, c, 0)
	}
	if page.Cut {
		c.Note = "网页太大，只看了前面的部分"
	} else if len(r.items) == 0 && !c.Live {
		c.Note = "网页上没有看到核验码"
	}
	changes, err := r.take(shown)
	if err != nil {
		return err
	}
	return s.endCrawl(tx, p, c, changes)
}

// endCrawl stores how it went, and tells what follows from it.
func (s *Service) endCrawl(tx *store.Tx, p *publication.Place, c publication.Crawl, changes int) error {
	news := changes > 0 || c.Note != p.Crawl.Note
	if err := tx.SaveCrawl(p.ID, c); err != nil {
		return err
	}
	if !news {
		if err := tx.TouchPlace(p.ID); err != nil {
			return err
		}
		_, err := s.raisePlaces(tx, store.PlaceFilter{ID: p.ID})
		return err
	}
	summary := fmt.Sprintf("%d 处变化", changes)
	if c.Note != "" {
		summary += "，" + c.Note
	}
	return s.changed(tx, crawler, p, "巡查单位网页", summary)
}

// crawl is one page on its way into the register.
type crawl struct {
	s   *Service
	tx  *store.Tx
	p   *publication.Place
	cut bool // not all of the page was read
	// items are the versions on the page, by item, the newest first; doubts are
	// what explains itself by no version.
	items  map[string][]publication.PublishedItem
	doubts []publication.Sighting
}

// read finds out which versions stand on the page.
func (r *crawl) read(f *publication.Found) error {
	r.items = map[string][]publication.PublishedItem{}
	add := func(it publication.PublishedItem) {
		list := r.items[it.ItemID]
		if !slices.ContainsFunc(list, func(x publication.PublishedItem) bool { return x.VerifyCode == it.VerifyCode }) {
			r.items[it.ItemID] = append(list, it)
		}
	}
	known, err := r.tx.CodesKnown(append(slices.Clone(f.Codes), f.Perhaps...))
	if err != nil {
		return err
	}
	for _, it := range known {
		add(it)
	}
	for _, c := range f.Codes {
		if _, ok := known[c]; !ok {
			r.doubts = append(r.doubts, publication.Sighting{Code: c, Validity: publication.VersionUnknown, Doubt: publication.DoubtUnknown})
		}
	}
	// Items that stand there without a code are what they were in the release that
	// the page names.
	var named int64
	for _, h := range f.Releases {
		if rel, err := r.tx.ReleaseByHash(h); err == nil {
			named = max(named, rel.Seq)
		}
	}
	head, err := r.tx.HeadRelease()
	if err != nil || head == nil {
		return err
	}
	seq := head.Seq
	if named > 0 {
		seq = named
	}
	bare, err := r.tx.CodesAt(f.Items, seq)
	if err != nil {
		return err
	}
	for _, it := range bare {
		if len(r.items[it.ItemID]) > 0 {
			continue
		}
		if named > 0 {
			add(it)
		} else {
			r.doubts = append(r.doubts, publication.Sighting{Code: it.Code, ItemID: it.ItemID, Validity: publication.VersionUnknown, Doubt: publication.DoubtNoCode})
		}
	}
	for _, list := range r.items {
		slices.SortFunc(list, func(a, b publication.PublishedItem) int { return int(b.ReleaseSeq - a.ReleaseSeq) })
	}
	return nil
}

// take makes the register say what the page says: the newest version of an item
// is what the page shows, older ones beside it are doubts, and what stands there
// no more has been taken down.
func (r *crawl) take(shown []publication.ShownItem) (changes int, err error) {
	reg := map[string]*publication.Display{}
	for i := range shown {
		reg[shown[i].ItemID] = &shown[i].Display
	}
	doubts := r.doubts
	for id, list := range r.items {
		d := reg[id]
		if d == nil || d.Code != list[0].VerifyCode {
			if d != nil {
				if err := r.tx.EndDisplay(d.ID, "网页已换成另一版"); err != nil {
					return 0, err
				}
			}
			if err := r.tx.InsertDisplay(&publication.Display{PlaceID: r.p.ID, ItemID: id, Code: list[0].VerifyCode, ReleaseSeq: list[0].ReleaseSeq, Form: "网页",
				Since: calendar.DateOf(r.tx.Now()), By: crawler.Name}); err != nil {
				return 0, err
			}
			changes++
		} else if err := r.tx.SeeDisplay(d.ID); err != nil {
			return 0, err
		}
		issues, err := r.tx.Issues(id)
		if err != nil {
			return 0, err
		}
		for i, it := range list {
			x := publication.Sighting{Code: it.VerifyCode, ItemID: id, Validity: publication.AgeOf(issues, it.VerifyCode, calendar.Date{}, nil).Validity}
			if i > 0 && x.Validity != publication.VersionCurrent {
				x.Doubt = publication.DoubtOld
			}
			doubts = append(doubts, x)
		}
	}
	if !r.cut {
		for id, d := range reg {
			if len(r.items[id]) == 0 {
				if err := r.tx.EndDisplay(d.ID, "网页上不再有"); err != nil {
					return 0, err
				}
				changes++
			}
		}
	}
	return r.note(doubts, changes)
}

// note stores what was seen and settles what is not there any more.
func (r *crawl) note(seen []publication.Sighting, changes int) (int, error) {
	open, err := r.tx.OpenDoubts(store.PlaceFilter{ID: r.p.ID})
	if err != nil {
		return 0, err
	}
	still := map[string]bool{}
	for i := range seen {
		x := &seen[i]
		x.PlaceID, x.Source, x.At = r.p.ID, publication.SeenByCrawl, r.tx.Now()
		still[x.Key()] = true
		if err := r.tx.SaveSighting(x); err != nil {
			return 0, err
		}
	}
	for i := range open {
		x := &open[i]
		if was := x.Key(); !still[was] && !(r.cut && x.Source == publication.SeenByCrawl) {
			if err := r.tx.SettleDoubt(x.ID, "网页上不再有"); err != nil {
				return 0, err
			}
			changes++
		} else {
			delete(still, was)
		}
	}
	for key := range still { // a doubt that was not open before is news
		if !isPlain(key, seen) {
			changes++
		}
	}
	return changes, nil
}

// isPlain reports whether the sighting with a key raises no doubt.
func isPlain(key string, seen []publication.Sighting) bool {
	return slices.ContainsFunc(seen, func(x publication.Sighting) bool { return x.Doubt == publication.NoDoubt && x.Key() == key })
}
