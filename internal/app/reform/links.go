package reform

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/publication"
	"onevisit/internal/infra/outbound"
	"onevisit/internal/infra/store"
)

// LinkJob is the kind of the job that tries the addresses in published guides, a
// small portion at a time.
const LinkJob = "links"

// LinkChecker tries whether people can open an address. Failures are
// *outbound.WebError, or the context's error.
type LinkChecker interface {
	Check(ctx context.Context, address string) error
}

// How the probe goes about it: addresses in a portion, hosts at a time, addresses
// that bear witness that there is a way out, and how often a portion comes.
const (
	linkPortion   = 40
	linkHosts     = 4
	linkWitnesses = 3
	linkPause     = 10 * time.Minute
)

// noWayOut is what is noted when nothing was heard of any site: then it may be
// our own network that fails, and no link is blamed.
const noWayOut = "各网址都没有应答，也没有能作对照的网址，可能是服务器不能访问外网。没有判为失效，稍后再试。"

// ScheduleLinks enqueues a LinkJob if an address is to be tried; called as often
// as one likes, it does so once for each ten minutes.
func (s *Service) ScheduleLinks(ctx context.Context) error {
	if s.links == nil {
		return nil
	}
	var job store.Job
	err := s.db.View(ctx, func(tx *store.Tx) error {
		due, err := tx.DueLinks(calendar.DateOf(tx.Now()), 1)
		if err == nil && len(due) > 0 {
			job = store.Job{Kind: LinkJob, UniqueKey: LinkJob + ":" + tx.Now().Truncate(linkPause).UTC().Format(time.RFC3339)}
		}
		return err
	})
	if err != nil || job.Kind == "" {
		return err
	}
	return s.db.Update(ctx, func(tx *store.Tx) error { return tx.Enqueue(job) })
}

// tried is what came of one address.
type triedLink struct {
	url    string
	answer publication.LinkAnswer
	text   string
	// heard says that somebody out there answered, whatever he said.
	heard bool
	// ours says that the failure may be our own network's.
	ours bool
}

func (s *Service) tryLink(ctx context.Context, address string) (triedLink, error) {
	t := triedLink{url: address}
	err := s.links.Check(ctx, address)
	var e *outbound.WebError
	switch {
	case err == nil:
		t.heard = true
	case !errors.As(err, &e):
		return t, err
	case e.Unclear():
		t.answer, t.text, t.heard = publication.LinkUnclear, e.Text(), true
	default:
		t.answer, t.text, t.ours = publication.LinkFails, e.Text(), e.Ours()
		t.heard = !t.ours && e.Cause != outbound.CauseAddress && e.Cause != outbound.CauseInner
	}
	return t, nil
}

// RunLinks carries out a LinkJob. No transaction is open while sites are asked.
func (s *Service) RunLinks(ctx context.Context, _ []byte, progress func(int)) error {
	if s.links == nil {
		return nil
	}
	var due, witnesses []publication.LinkCheck
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		if due, err = tx.DueLinks(calendar.DateOf(tx.Now()), linkPortion); err != nil {
			return err
		}
		witnesses, err = tx.WorkingLinks(linkWitnesses)
		return err
	})
	if err != nil || len(due) == 0 {
		return err
	}
	byHost, hosts := map[string][]string{}, []string{}
	for _, l := range due {
		host := ""
		if u, err := url.Parse(l.URL); err == nil {
			host = u.Host
		}
		if byHost[host] == nil {
			hosts = append(hosts, host)
		}
		byHost[host] = append(byHost[host], l.URL)
	}
	var mu sync.Mutex
	var results []triedLink
	group, inner := errgroup.WithContext(ctx)
	group.SetLimit(linkHosts)
	for _, host := range hosts {
		group.Go(func() error {
			for _, address := range byHost[host] {
				t, err := s.tryLink(inner, address)
				if err != nil {
					return err
				}
				mu.Lock()
				results = append(results, t)
				progress(len(results) * 100 / len(due))
				mu.Unlock()
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	heard := false
	blamed := false // somebody's link is at stake
	for _, t := range results {
		heard = heard || t.heard
		blamed = blamed || t.ours
	}
	for i := 0; blamed && !heard && i < len(witnesses); i++ {
		t, err := s.tryLink(ctx, witnesses[i].URL)
		if err != nil {
			return err
		}
		heard = t.heard
	}
	return s.db.Update(ctx, func(tx *store.Tx) error {
		today := calendar.DateOf(tx.Now())
		trouble, changed := "", false
		for _, t := range results {
			if t.ours && !heard {
				trouble = noWayOut
				continue
			}
			was, err := tx.LinkCheck(t.url)
			if fault.Is(err, fault.NotFound) {
				continue // it is in no guide any more
			}
			if err != nil {
				return err
			}
			is := was.Tried(t.answer, t.text, today)
			if err := tx.SaveLinkCheck(is); err != nil {
				return err
			}
			if was.Dead() == is.Dead() {
				continue
			}
			changed = true
			what, why := "网址失效", is.Text
			if !is.Dead() {
				what, why = "网址恢复", ""
			}
			if err := tx.Record(timetable, what, "网址", t.url, why); err != nil {
				return err
			}
		}
		if err := tx.NoteLinks(trouble); err != nil || !changed {
			return err
		}
		return raiseLinks(tx)
	})
}

// raiseLinks makes findings of the dead links, and drops those that work again or
// are in no guide any more.
func raiseLinks(tx *store.Tx) error {
	units, err := tx.UnitsWithFindings(ProbeLink)
	if err != nil {
		return err
	}
	links, err := tx.TroubledLinks(nil)
	if err != nil {
		return err
	}
	for _, l := range links {
		if !l.Dead() {
			continue
		}
		if err := tx.SaveProbeFinding(store.ProbeFinding{ItemID: l.ItemID, Kind: ProbeLink, Field: l.Field, Value: l.URL,
			Text: fmt.Sprintf("%s打不开：%s，%s起", l.Label, l.Text, l.Since.ChineseShort())}); err != nil {
			return err
		}
		units = append(units, l.UnitID)
	}
	if err := tx.DropUnseenFindings(store.ItemSpan{}, ProbeLink); err != nil {
		return err
	}
	slices.Sort(units)
	return inPortions(slices.Compact(units), func(portion []string) error { return raiseProbes(tx, portion) })
}

// LinksView shows how the links in guides fare.
type LinksView struct {
	store.LinkTally
	// Links are those that did not work when they were last tried, or of which
	// only a person can tell, with the guides that name them.
	Links []store.GuideLink
	// Tried is when links were last tried, zero if never; On says that this
	// process tries them.
	Tried   time.Time
	On      bool
	Trouble string
}

// Links shows the links of the actor's units, or of the county.
func (s *Service) Links(ctx context.Context, a org.Actor, unitID string) (*LinksView, error) {
	var want []string
	if unitID != "" {
		want = []string{unitID}
	}
	units, err := visibleUnits(a, want)
	if err != nil {
		return nil, err
	}
	v := &LinksView{On: s.links != nil}
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		if v.LinkTally, err = tx.LinkTally(units); err != nil {
			return err
		}
		if v.Links, err = tx.TroubledLinks(units); err != nil {
			return err
		}
		v.Tried, v.Trouble, err = tx.LinksNote()
		return err
	})
	return v, err
}
