package reform

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/lint"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/plan"
	"onevisit/internal/domain/publication"
	"onevisit/internal/domain/work"
	"onevisit/internal/infra/store"
)

// WatchJob is the kind of the daily job that watches over what is published:
// guides that are to be confirmed, laws that have changed, telephone numbers,
// forms and links that are not right (P-3.2f).
const WatchJob = "watch"

// Guide is a published guide with when it was last known to be right.
type Guide struct {
	store.GuideRow
	publication.GuideCheck
	UnitName string
}

// GuidesView is the page on which a unit confirms its guides.
type GuidesView struct {
	Guides  []Guide // at most guidesMost
	More    bool    // there are more of them
	Expired int
	DueSoon int
	Days    int // for which a confirmation holds
}

// guidesMost is how many guides are shown at once: who has confirmed these sees
// the next.
const guidesMost = 300

// Guides lists the published guides of the actor's units, or of the county,
// those to be confirmed first; onlyDue leaves the others out.
func (s *Service) Guides(ctx context.Context, a org.Actor, unitID string, onlyDue bool) (*GuidesView, error) {
	var want []string
	if unitID != "" {
		want = []string{unitID}
	}
	units, err := visibleUnits(a, want)
	if err != nil {
		return nil, err
	}
	v := &GuidesView{}
	err = s.db.View(ctx, func(tx *store.Tx) error {
		p, err := tx.ActivePlan()
		if err != nil {
			return err
		}
		v.Days = p.Times().Guide
		names, err := unitNames(tx)
		if err != nil {
			return err
		}
		expired, soon := publication.GuideDueBefore(calendar.DateOf(tx.Now()), p.Times())
		if v.Expired, err = tx.CountGuides(store.GuideFilter{Units: units, Before: expired.Time()}); err != nil {
			return err
		}
		due, err := tx.CountGuides(store.GuideFilter{Units: units, Before: soon.Time()})
		if err != nil {
			return err
		}
		v.DueSoon = due - v.Expired
		f := store.GuideFilter{Units: units, Limit: guidesMost + 1}
		if onlyDue {
			f.Before = soon.Time()
		}
		rows, err := tx.GuideRows(f)
		if v.More = len(rows) > guidesMost; v.More {
			rows = rows[:guidesMost]
		}
		v.Guides = nil
		for _, r := range rows {
			g := guideOf(tx, r, p.Times())
			g.UnitName = names[r.UnitID]
			v.Guides = append(v.Guides, g)
		}
		return err
	})
	return v, err
}

func guideOf(tx *store.Tx, r store.GuideRow, c plan.Clocks) Guide {
	confirmed := calendar.Date{}
	if !r.CheckedAt.IsZero() {
		confirmed = calendar.DateOf(r.CheckedAt)
	}
	return Guide{GuideRow: r, GuideCheck: publication.CheckGuide(calendar.DateOf(r.ReleasedAt), confirmed, calendar.DateOf(tx.Now()), c)}
}

// ConfirmGuides records that the unit has looked through guides and stands by
// them; they hold for another term.
func (s *Service) ConfirmGuides(ctx context.Context, a org.Actor, ids []string) error {
	if a.ID == "" {
		return fault.New(fault.Unauthorized, "请先登录。")
	}
	if len(ids) == 0 {
		return fault.Invalidf("请先勾选已核对的指南。")
	}
	return s.db.Update(ctx, func(tx *store.Tx) error {
		units := map[string]bool{}
		for _, id := range ids {
			row, err := tx.Item(id)
			if err != nil {
				return err
			}
			if err := org.Can(a, org.ConfirmGuide, row.UnitID); err != nil {
				return err
			}
			now, err := tx.CurrentItem(id)
			if fault.Is(err, fault.NotFound) || err == nil && !now.Available() {
				return fault.Conflictf("“%s”现在没有公布，不用核对。", row.Name)
			}
			if err != nil {
				return err
			}
			if err := tx.SaveGuideCheck(id, a.ID, a.Name); err != nil {
				return err
			}
			if err := tx.Record(a, "核对办事指南", "事项", id, row.Name); err != nil {
				return err
			}
			units[row.UnitID] = true
		}
		p, err := tx.ActivePlan()
		if err != nil {
			return err
		}
		for unit := range units {
			if err := raiseGuides(tx, []string{unit}, p.Times()); err != nil {
				return err
			}
		}
		return nil
	})
}

// raiseGuides asks each of the units for the guides that are to be confirmed, in
// one to-do with the day of the first, and closes what is done.
func raiseGuides(tx *store.Tx, units []string, c plan.Clocks) error {
	_, soon := publication.GuideDueBefore(calendar.DateOf(tx.Now()), c)
	rows, err := tx.GuideRows(store.GuideFilter{Units: units, Before: soon.Time()})
	if err != nil {
		return err
	}
	type asked struct {
		n   int
		due calendar.Date
	}
	by := map[string]*asked{}
	for _, u := range units {
		by[u] = &asked{}
	}
	for _, r := range rows {
		x := by[r.UnitID]
		if g := guideOf(tx, r, c); g.Standing != publication.GuideCurrent {
			if x.n++; x.due.IsZero() || g.Until.Before(x.due) {
				x.due = g.Until
			}
		}
	}
	for unit, x := range by {
		if x.n == 0 {
			err = tx.CloseTodos(work.KindGuide, unit, "已核对")
		} else {
			err = tx.RaiseTodo(work.Todo{Kind: work.KindGuide, SubjectKind: "单位", SubjectID: unit, UnitID: unit, Role: org.RoleLiaison, Due: x.due.String(),
				Title: fmt.Sprintf("核对 %d 份办事指南", x.n)})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

type watchPayload struct {
	Date string `json:"date"`
}

// ScheduleWatch enqueues the day's WatchJob; called as often as one likes, it
// does so once a day.
func (s *Service) ScheduleWatch(ctx context.Context) error {
	return s.scheduleDaily(ctx, WatchJob)
}

// scheduleDaily enqueues a job of a kind once a day, if there is a plan.
func (s *Service) scheduleDaily(ctx context.Context, kind string) error {
	var job store.Job
	err := s.db.View(ctx, func(tx *store.Tx) error {
		if _, err := tx.ActivePlan(); err != nil {
			return err
		}
		today := calendar.DateOf(tx.Now()).String()
		job = store.Job{Kind: kind, Payload: watchPayload{today}, UniqueKey: kind + ":" + today}
		_, err := tx.JobByKey(job.UniqueKey)
		if err == nil {
			job.Kind = "" // it is there
		}
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		return err
	})
	if fault.Is(err, fault.NotFound) { // no plan yet
		return nil
	}
	if err != nil || job.Kind == "" {
		return err
	}
	return s.db.Update(ctx, func(tx *store.Tx) error { return tx.Enqueue(job) })
}

// How much a transaction of the watch looks at: others wait for it to write.
const (
	watchItems = 200
	watchUnits = 50
)

// inPortions calls do for watchUnits of the units at a time.
func inPortions(units []string, do func(portion []string) error) error {
	for portion := range slices.Chunk(units, watchUnits) {
		if err := do(portion); err != nil {
			return err
		}
	}
	return nil
}

// RunWatch carries out a WatchJob, in many small transactions. It may run again:
// nothing is raised twice. A round that was broken off goes on where it was.
func (s *Service) RunWatch(ctx context.Context, payload []byte, _ func(int)) error {
	var round watchPayload
	if len(payload) > 0 {
		if err := json.Unmarshal(payload, &round); err != nil {
			return fmt.Errorf("watch job: %w", err)
		}
	}
	var units []string
	at := ""
	if err := s.db.View(ctx, func(tx *store.Tx) error {
		list, err := tx.Units()
		for _, u := range list {
			units = append(units, u.ID)
		}
		if err != nil || round.Date == "" {
			return err
		}
		mark, err := tx.Meta(metaWatchAt)
		if date, item, _ := strings.Cut(mark, " "); date == round.Date {
			at = item
		}
		return err
	}); err != nil {
		return err
	}
	for _, step := range []func() error{
		func() error {
			return inPortions(units, func(portion []string) error { return s.db.Update(ctx, guidesOf(portion)) })
		},
		func() error { return s.db.Update(ctx, s.watchTable) },
		func() error { return s.watchItems(ctx, round.Date, at) },
		func() error { return s.db.Update(ctx, s.watchPlaces) },
		func() error { return s.dropUnusedLinks(ctx) },
		func() error { return s.db.Update(ctx, raiseLinks) },
		func() error {
			return inPortions(units, func(portion []string) error {
				return s.db.Update(ctx, func(tx *store.Tx) error { return raiseProbes(tx, portion) })
			})
		},
		func() error { return s.db.Update(ctx, func(tx *store.Tx) error { return tx.SetMeta(metaWatchAt, "") }) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// metaWatchAt is the setting that says how far the round of a day has come: the
// day and the last item that was looked at.
const metaWatchAt = "watch.at"

func guidesOf(units []string) func(*store.Tx) error {
	return func(tx *store.Tx) error {
		p, err := tx.ActivePlan()
		if err != nil {
			return err
		}
		return raiseGuides(tx, units, p.Times())
	}
}

// watchTable notes which changes of laws the program knows, even if nobody cites
// them: so that they are known from today on.
func (s *Service) watchTable(tx *store.Tx) error {
	rules, err := s.rulesInForce(tx)
	if err != nil {
		return err
	}
	for _, x := range rules.Set.Laws() {
		if _, err := tx.SeeLaw(x.Title, x.ChangeWord(), x.Since.String()); err != nil {
			return err
		}
	}
	return nil
}

// published is an item as a release has it, with its document read.
type published struct {
	*store.PublishedItem
	item *catalog.Item
}

func readPublished(p *store.PublishedItem) (published, error) {
	it, err := decode(p.Doc)
	if err != nil {
		err = fmt.Errorf("item %s: %w", p.ItemID, err)
	}
	return published{p, it}, err
}

// watchItems looks at all that people can see now, behind an item, and notes
// after each portion how far it has come.
func (s *Service) watchItems(ctx context.Context, date, after string) error {
	for more := true; more; {
		// Documents are read before anything is written: that takes most of the time.
		known := map[string]published{}
		span := store.ItemSpan{After: after}
		if err := s.db.View(ctx, func(tx *store.Tx) error {
			page, err := tx.CurrentItems(after, watchItems)
			if err != nil {
				return err
			}
			for i := range page {
				if known[page[i].ItemID], err = readPublished(&page[i]); err != nil {
					return err
				}
			}
			if more = len(page) == watchItems; more {
				after = page[len(page)-1].ItemID
				span.To = after
			}
			return nil
		}); err != nil {
			return err
		}
		if err := s.db.Update(ctx, func(tx *store.Tx) error {
			now, err := inForce(tx, span, known)
			if err != nil {
				return err
			}
			for _, look := range []func(*store.Tx, store.ItemSpan, []published) error{s.watchLaws, s.watchContents, watchLinks} {
				if err := look(tx, span, now); err != nil {
					return err
				}
			}
			if date == "" || !more {
				return nil
			}
			return tx.SetMeta(metaWatchAt, date+" "+after)
		}); err != nil {
			return err
		}
	}
	return nil
}

// inForce are the items of a span that people can see now, suspended ones
// included, by ID: those that were read already are taken unless a release came
// meanwhile.
func inForce(tx *store.Tx, span store.ItemSpan, known map[string]published) ([]published, error) {
	current, err := tx.CurrentReleases(span)
	if err != nil {
		return nil, err
	}
	var out []published
	for _, id := range slices.Sorted(maps.Keys(current)) {
		p, ok := known[id]
		if !ok || p.ReleaseSeq != current[id] {
			row, err := tx.CurrentItem(id)
			if err != nil {
				return nil, err
			}
			if p, err = readPublished(&row); err != nil {
				return nil, err
			}
		}
		if p.Standing != publication.StandingCancelled {
			out = append(out, p)
		}
	}
	return out, nil
}

// watchLaws raises one piece of work for every published item that cites a law
// which was repealed or amended since the item was published, or of which the
// program has learned since; it closes what a later publication has settled.
func (s *Service) watchLaws(tx *store.Tx, span store.ItemSpan, items []published) error {
	rules, err := s.rulesInForce(tx)
	if err != nil {
		return err
	}
	released := map[int64]calendar.Date{}
	due := ""
	today := calendar.DateOf(tx.Now())
	cited := map[string]map[string]bool{} // item, key of the change
	raise := func(p published, x lint.RepealedLaw) error {
		n := store.LawNotice{ItemID: p.ItemID, Title: x.Title, Change: x.ChangeWord(), Since: x.Since.String()}
		if cited[p.ItemID] == nil {
			cited[p.ItemID] = map[string]bool{}
		}
		cited[p.ItemID][noticeKey(n)] = true
		seen, err := tx.SeeLaw(n.Title, n.Change, n.Since)
		if err != nil {
			return err
		}
		day, ok := released[p.ReleaseSeq]
		if !ok {
			r, err := tx.Release(p.ReleaseSeq)
			if err != nil {
				return err
			}
			day = calendar.DateOf(r.At)
			released[p.ReleaseSeq] = day
		}
		if x.KnownBy(day, calendar.DateOf(seen)) {
			return nil // it was reviewed with it
		}
		fresh, err := tx.RaiseLawNotice(n)
		if err != nil || !fresh {
			return err
		}
		if due == "" {
			if due, err = s.dueIn(tx, func(c plan.Clocks) int { return c.Apply }); err != nil {
				return err
			}
		}
		if err := tx.RaiseTodo(work.Todo{Kind: work.KindBasis, SubjectKind: "事项", SubjectID: p.ItemID, UnitID: p.UnitID, Role: org.RoleLiaison, Due: due,
			Title: fmt.Sprintf("“%s”引用的《%s》%s，请核对", p.Name, n.Title, x.Changed())}); err != nil {
			return err
		}
		return tx.Record(timetable, "依据变化", "事项", p.ItemID, fmt.Sprintf("《%s》%s，见%s", n.Title, x.Changed(), x.Source))
	}
	for _, p := range items {
		for _, x := range rules.Set.LawChanges(p.item) {
			if today.Before(x.Since) {
				continue // its day will come
			}
			if err := raise(p, x); err != nil {
				return err
			}
		}
	}
	open, err := tx.OpenLawNoticesIn(span)
	if err != nil {
		return err
	}
	left := map[string]bool{}
	for _, n := range open {
		if cited[n.ItemID][noticeKey(n)] {
			left[n.ItemID] = true
		} else if err := tx.CloseLawNotice(n, "已调整", ""); err != nil {
			return err
		}
	}
	for _, n := range open {
		if !left[n.ItemID] {
			if err := tx.CloseTodos(work.KindBasis, n.ItemID, "已调整"); err != nil {
				return err
			}
		}
	}
	return nil
}

// LawNotice is an open notice with what the table of laws says of the change.
type LawNotice struct {
	store.LawNotice
	// Changed says what happened and when, and if it is to be looked up first;
	// Source is the article or document that says so.
	Changed, Source, ReplacedBy string
}

// lawNotices are the open notices of an item. What the table no longer holds is
// told as it was noted.
func (s *Service) lawNotices(tx *store.Tx, itemID string) ([]LawNotice, error) {
	open, err := tx.OpenLawNotices(itemID)
	if err != nil || len(open) == 0 {
		return nil, err
	}
	rules, err := s.rulesInForce(tx)
	if err != nil {
		return nil, err
	}
	var out []LawNotice
	for _, n := range open {
		v := LawNotice{LawNotice: n, Changed: "已于" + n.Since + n.Change}
		if x, ok := rules.Set.Law(n.Title); ok && x.ChangeWord() == n.Change && x.Since.String() == n.Since {
			v.Changed, v.Source, v.ReplacedBy = x.Changed(), x.Source, x.ReplacedBy
		}
		out = append(out, v)
	}
	return out, nil
}

func noticeKey(n store.LawNotice) string { return n.Title + "\x1f" + n.Change + "\x1f" + n.Since }

// AnswerLaw records that the unit has looked at an item after its laws changed
// and that nothing has to change, with the reason.
func (s *Service) AnswerLaw(ctx context.Context, a org.Actor, itemID, reason string) error {
	return s.db.Update(ctx, func(tx *store.Tx) error {
		row, err := tx.Item(itemID)
		if err != nil {
			return err
		}
		if err := org.Can(a, org.EditItem, row.UnitID); err != nil {
			return err
		}
		if reason = strings.TrimSpace(reason); reason == "" {
			return fault.Invalidf("没有保存。").At("law_reason", "请写明为什么不用调整，例如所引条款没有变化")
		}
		open, err := tx.OpenLawNotices(itemID)
		if err != nil {
			return err
		}
		if len(open) == 0 {
			return fault.Conflictf("“%s”没有待核对的依据。", row.Name)
		}
		for _, n := range open {
			if err := tx.CloseLawNotice(n, "不用调整："+reason, a.Name); err != nil {
				return err
			}
		}
		if err := tx.CloseTodos(work.KindBasis, itemID, "不用调整"); err != nil {
			return err
		}
		return tx.Record(a, "核对设定依据", "事项", itemID, row.Name+"："+reason)
	})
}

// The kinds of what the probes find.
const (
	ProbePhone = "电话"
	ProbeForm  = "表格和样例"
	ProbeLink  = "网址"
)

// watchContents compares what guides say with what the county knows: telephone
// numbers with the unit's record, forms and samples with the files that are kept.
func (s *Service) watchContents(tx *store.Tx, span store.ItemSpan, items []published) error {
	units := map[string]org.Unit{}
	for _, p := range items {
		if !p.Available() {
			continue
		}
		u, ok := units[p.UnitID]
		if !ok {
			var err error
			if u, err = tx.Unit(p.UnitID); err != nil {
				return err
			}
			units[p.UnitID] = u
		}
		for _, f := range append(publication.ProbePhones(p.item, u), publication.ProbeForms(p.item, s.kept)...) {
			if err := tx.SaveProbeFinding(store.ProbeFinding{ItemID: p.ItemID, Kind: f.Kind, Field: f.Field, Value: f.Value, Text: f.Text}); err != nil {
				return err
			}
		}
	}
	return tx.DropUnseenFindings(span, ProbePhone, ProbeForm)
}

// watchLinks makes the addresses of published guides known to the probe.
func watchLinks(tx *store.Tx, span store.ItemSpan, items []published) error {
	var all []store.GuideLink
	for _, p := range items {
		if !p.Available() {
			continue
		}
		for _, l := range publication.GuideLinks(p.item) {
			all = append(all, store.GuideLink{ItemID: p.ItemID, Field: l.Field, Label: l.Label, LinkCheck: publication.LinkCheck{URL: l.URL}})
		}
	}
	return tx.SyncGuideLinks(span, all)
}

// dropUnusedLinks forgets addresses that stand in no guide any more.
func (s *Service) dropUnusedLinks(ctx context.Context) error {
	var urls []string
	if err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		urls, err = tx.UnusedLinks()
		return err
	}); err != nil {
		return err
	}
	for portion := range slices.Chunk(urls, watchItems) {
		if err := s.db.Update(ctx, func(tx *store.Tx) error { return tx.DropUnusedLinks(portion) }); err != nil {
			return err
		}
	}
	return nil
}

// kept reports whether a file that an item refers to is there.
func (s *Service) kept(hash string) bool {
	if s.blobs == nil {
		return true
	}
	f, err := s.blobs.Open(hash)
	if err != nil {
		return false
	}
	return f.Close() == nil
}

// raiseProbes gives each of the units one to-do with what was found in its guides.
func raiseProbes(tx *store.Tx, units []string) error {
	n, err := tx.CountFindings(units)
	if err != nil {
		return err
	}
	for _, u := range units {
		if n[u] == 0 {
			err = tx.CloseTodos(work.KindProbe, u, "已处理")
		} else {
			err = tx.RaiseTodo(work.Todo{Kind: work.KindProbe, SubjectKind: "单位", SubjectID: u, UnitID: u, Role: org.RoleLiaison,
				Title: fmt.Sprintf("处理办事指南中的 %d 个问题（电话、表格、网址）", n[u])})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Probes lists what was found wrong with the guides of the actor's units, or of
// the county.
func (s *Service) Probes(ctx context.Context, a org.Actor, unitID string) ([]store.ProbeFinding, error) {
	var want []string
	if unitID != "" {
		want = []string{unitID}
	}
	units, err := visibleUnits(a, want)
	if err != nil {
		return nil, err
	}
	var list []store.ProbeFinding
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		list, err = tx.ProbeFindings(units)
		return err
	})
	return list, err
}

// SettleProbe records that what a probe found is right as it is.
func (s *Service) SettleProbe(ctx context.Context, a org.Actor, f store.ProbeFinding, reason string) error {
	return s.db.Update(ctx, func(tx *store.Tx) error {
		row, err := tx.Item(f.ItemID)
		if err != nil {
			return err
		}
		if err := org.Can(a, org.EditItem, row.UnitID); err != nil {
			return err
		}
		if reason = strings.TrimSpace(reason); reason == "" {
			return fault.Invalidf("没有保存。").At("reason", "请写明为什么没有问题")
		}
		if err := tx.SettleFinding(f.ItemID, f.Kind, f.Field, f.Value, reason, a.Name); err != nil {
			return err
		}
		if err := raiseProbes(tx, []string{row.UnitID}); err != nil {
			return err
		}
		return tx.Record(a, "指南巡检：没有问题", "事项", f.ItemID, fmt.Sprintf("%s，%s：%s", row.Name, f.Kind, reason))
	})
}
