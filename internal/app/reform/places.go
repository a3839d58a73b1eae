package reform

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/plan"
	"onevisit/internal/domain/publication"
	"onevisit/internal/domain/work"
	"onevisit/internal/infra/store"
)

// placeObject is what the audit trail and to-dos call a place.
const placeObject = "公示地点"

// PlaceDrift is a place with how what it shows stands to what is published.
type PlaceDrift struct {
	publication.Place
	publication.Drift
}

// driftTerms is what drift is measured with.
type driftTerms struct {
	today calendar.Date
	cal   *calendar.Calendar
	plan.Clocks
}

func (s *Service) driftTerms(tx *store.Tx) (t driftTerms, err error) {
	t.today, t.Clocks = calendar.DateOf(tx.Now()), plan.DefaultClocks
	p, err := tx.ActivePlan()
	if err == nil {
		t.Clocks = p.Times()
	} else if !fault.Is(err, fault.NotFound) {
		return t, err
	}
	t.cal, err = s.calendar(tx)
	return t, err
}

// drifts computes how the selected places stand.
func (s *Service) drifts(tx *store.Tx, f store.PlaceFilter) ([]PlaceDrift, error) {
	t, err := s.driftTerms(tx)
	if err != nil {
		return nil, err
	}
	places, err := tx.Places(f)
	if err != nil || len(places) == 0 {
		return nil, err
	}
	displays, err := tx.Displays(f)
	if err != nil {
		return nil, err
	}
	doubts, err := tx.OpenDoubts(f)
	if err != nil {
		return nil, err
	}
	issues, err := tx.IssuesOf(f)
	if err != nil {
		return nil, err
	}
	var owing []string
	for _, p := range places {
		if p.Whole && !slices.Contains(owing, p.UnitID) {
			owing = append(owing, p.UnitID)
		}
	}
	var owed map[string][]publication.OwedItem
	if len(owing) > 0 {
		if owed, err = tx.OwedItems(owing); err != nil {
			return nil, err
		}
	}
	shown, seen := map[string][]publication.ShownItem{}, map[string][]publication.Sighting{}
	for _, d := range displays {
		d.Issues = issues[d.ItemID]
		shown[d.PlaceID] = append(shown[d.PlaceID], d)
	}
	for _, x := range doubts {
		seen[x.PlaceID] = append(seen[x.PlaceID], x)
	}
	out := make([]PlaceDrift, len(places))
	for i, p := range places {
		var must []publication.OwedItem
		if p.Whole {
			must = owed[p.UnitID]
		}
		out[i].Place = p
		if out[i].Drift, err = publication.DriftOf(&p, shown[p.ID], seen[p.ID], issues, must, t.today, t.cal, t.Display); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// raisePlaces asks each unit for what its places need, one to-do a place, and
// closes what is done.
func (s *Service) raisePlaces(tx *store.Tx, f store.PlaceFilter) ([]PlaceDrift, error) {
	list, err := s.drifts(tx, f)
	if err != nil {
		return nil, err
	}
	for i := range list {
		d := &list[i]
		title := d.toDo()
		if title == "" {
			err = tx.CloseTodos(work.KindDisplay, d.ID, "已更换")
		} else {
			due := ""
			if !d.First.IsZero() {
				due = d.First.String()
			}
			err = tx.RaiseTodo(work.Todo{Kind: work.KindDisplay, SubjectKind: placeObject, SubjectID: d.ID, UnitID: d.UnitID, Role: org.RoleLiaison, Due: due, Title: "“" + d.Name + "”：" + title})
		}
		if err != nil {
			return nil, err
		}
	}
	return list, nil
}

// toDo says in a few words what a place needs, "" for nothing.
func (d *PlaceDrift) toDo() string {
	var parts []string
	for _, x := range []struct {
		n    int
		text string
	}{{d.Stale + d.Due, "更换 %d 份过期的公示内容"}, {d.Doubts, "核实 %d 处与登记不符"}, {d.Missing, "补上 %d 个应公示的事项"}} {
		if x.n > 0 {
			parts = append(parts, fmt.Sprintf(x.text, x.n))
		}
	}
	if d.Open() && d.Crawl.Gone() {
		parts = append(parts, "网页看不到内容（"+d.Crawl.Note+"）")
	}
	return strings.Join(parts, "，")
}

// RunDrift carries out a store.DriftJob. It may run again.
func (s *Service) RunDrift(ctx context.Context, payload []byte, _ func(int)) error {
	var p store.DriftPayload
	if err := json.Unmarshal(payload, &p); err != nil {
		return fmt.Errorf("drift job: %w", err)
	}
	if p.Place == "" && p.Release == 0 {
		return nil
	}
	return s.db.Update(ctx, func(tx *store.Tx) error {
		_, err := s.raisePlaces(tx, store.PlaceFilter{ID: p.Place, Release: p.Release})
		return err
	})
}

// watchPlaces looks at every place once a day, and tells the liaisons of those
// whose time has passed.
func (s *Service) watchPlaces(tx *store.Tx) error {
	list, err := s.raisePlaces(tx, store.PlaceFilter{})
	if err != nil {
		return err
	}
	p, err := tx.ActivePlan()
	if err != nil {
		return err
	}
	for i := range list {
		d := &list[i]
		if !d.Late {
			continue
		}
		if err := send(tx, p, org.Unit{ID: d.UnitID}, "display:"+d.ID+":"+d.First.String(),
			fmt.Sprintf("【%s审改办】“%s”须在%s前%s，现已超期，请尽快办理。", s.county().Title(), d.Name, d.First.ChineseShort(), d.toDo())); err != nil {
			return err
		}
	}
	return nil
}

// SavePlace registers a place of a unit, or changes one (ID and Version set).
func (s *Service) SavePlace(ctx context.Context, a org.Actor, in publication.Place) (id string, err error) {
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		p, what := in, "登记公示地点"
		if in.ID != "" {
			if p, err = s.ownPlace(tx, a, in.ID); err != nil {
				return err
			}
			what = "修改公示地点"
			p.Kind, p.Name, p.Location, p.Keeper, p.URL, p.Whole, p.Version = in.Kind, in.Name, in.Location, in.Keeper, in.URL, in.Whole, in.Version
		} else if err := org.Can(a, org.ManagePlaces, in.UnitID); err != nil {
			return err
		}
		if err := p.Validate(); err != nil {
			return err
		}
		if err := freeName(tx, &p); err != nil {
			return err
		}
		if in.ID == "" {
			p.Token = newPlaceToken()
			err = tx.InsertPlace(&p)
		} else {
			err = tx.UpdatePlace(&p)
		}
		if err != nil {
			return err
		}
		id = p.ID
		if _, err := s.raisePlaces(tx, store.PlaceFilter{ID: id}); err != nil {
			return err
		}
		return tx.Record(a, what, placeObject, id, p.Name)
	})
	return id, err
}

// freeName refuses a name that another place of the unit has.
func freeName(tx *store.Tx, p *publication.Place) error {
	list, err := tx.Places(store.PlaceFilter{Units: []string{p.UnitID}})
	if err != nil {
		return err
	}
	for _, o := range list {
		if o.Name == p.Name && o.ID != p.ID {
			return fault.Conflictf("公示地点没有保存，请按提示更正。").At("name", "本单位已登记“%s”，请换一个能区分的名称，或者打开已登记的地点修改", p.Name)
		}
	}
	return nil
}

func newPlaceToken() string {
	var random [8]byte
	_, _ = rand.Read(random[:]) // never fails
	return publication.NewPlaceToken(random)
}

// ownPlace reads a place that the actor may look after.
func (s *Service) ownPlace(tx *store.Tx, a org.Actor, id string) (publication.Place, error) {
	p, err := tx.Place(id)
	if err != nil {
		return p, err
	}
	return p, org.Can(a, org.ManagePlaces, p.UnitID)
}

// evidence reads a place for something that is said of it now, and checks the
// clock.
func (s *Service) evidence(tx *store.Tx, a org.Actor, act org.Action, id string) (publication.Place, error) {
	p, err := tx.Place(id)
	if err != nil {
		return p, err
	}
	if err := org.Can(a, act, p.UnitID); err != nil {
		return p, err
	}
	return p, p.CheckEvidence(tx.Now())
}

// changed ends a transaction that changed what is known of a place.
func (s *Service) changed(tx *store.Tx, a org.Actor, p *publication.Place, what, summary string) error {
	if err := tx.TouchPlace(p.ID); err != nil {
		return err
	}
	if _, err := s.raisePlaces(tx, store.PlaceFilter{ID: p.ID}); err != nil {
		return err
	}
	return tx.Record(a, what, placeObject, p.ID, p.Name+"，"+summary)
}

// ClosePlace takes a place out of use: what it showed is taken down with it. What
// is scanned there later on is asked about.
func (s *Service) ClosePlace(ctx context.Context, a org.Actor, id string, version int64, why string) error {
	return s.db.Update(ctx, func(tx *store.Tx) error {
		p, err := s.ownPlace(tx, a, id)
		if err != nil {
			return err
		}
		if err := p.CheckEvidence(tx.Now()); err != nil {
			return err
		}
		if why = strings.TrimSpace(why); why == "" {
			return fault.Invalidf("没有停用。").At("why", "请写明原因，例如“大厅装修，改到二楼”")
		}
		if !p.Open() {
			return fault.Conflictf("“%s”已经停用。", p.Name)
		}
		shown, err := tx.Displays(store.PlaceFilter{ID: id})
		if err != nil {
			return err
		}
		for _, d := range shown {
			if err := tx.EndDisplay(d.ID, "地点停用"); err != nil {
				return err
			}
		}
		if err := tx.SettleDoubts(id, "", "", "地点停用"); err != nil {
			return err
		}
		p.Version, p.ClosedAt, p.ClosedWhy = version, tx.Now(), why
		if err := tx.UpdatePlace(&p); err != nil {
			return err
		}
		return s.changed(tx, a, &p, "停用公示地点", fmt.Sprintf("%s，撤下 %d 份", why, len(shown)))
	})
}

// ReopenPlace takes a place into use again, empty.
func (s *Service) ReopenPlace(ctx context.Context, a org.Actor, id string, version int64) error {
	return s.db.Update(ctx, func(tx *store.Tx) error {
		p, err := s.ownPlace(tx, a, id)
		if err != nil {
			return err
		}
		if p.Open() {
			return fault.Conflictf("“%s”没有停用。", p.Name)
		}
		p.Version, p.ClosedAt, p.ClosedWhy = version, time.Time{}, ""
		if err := tx.UpdatePlace(&p); err != nil {
			return err
		}
		return s.changed(tx, a, &p, "恢复公示地点", "重新使用")
	})
}

// RegisteredLine is what became of one line of a list of codes.
type RegisteredLine struct {
	publication.CodeLine
	Name    string
	Outcome string // what was done; empty if nothing
	Problem string // why not, with the remedy
}

// Registering is a list of codes for a place.
type Registering struct {
	PlaceID string
	Text    string // as ReadCodes reads it
	Form    string
	Since   calendar.Date // zero is today
}

// RegisterDisplays registers that a place shows what stands in a list, line by
// line: good lines are kept whatever the others are. A code that is registered
// already changes nothing.
func (s *Service) RegisterDisplays(ctx context.Context, a org.Actor, in Registering) (out []RegisteredLine, err error) {
	lines, err := publication.ReadCodes(in.Text)
	if err != nil {
		return nil, err
	}
	if len(lines) == 0 {
		return nil, fault.Invalidf("没有登记。").At("codes", "请粘贴核验码，每行一个，或者选择 csv 文件")
	}
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		out = nil
		p, err := s.evidence(tx, a, org.ManagePlaces, in.PlaceID)
		if err != nil {
			return err
		}
		if !p.Open() {
			return p.CheckDisplay("", nil, nil)
		}
		codes := make([]string, len(lines))
		for i, l := range lines {
			codes[i] = l.Code
		}
		known, err := tx.CodesKnown(codes)
		if err != nil {
			return err
		}
		r := &registrar{s: s, tx: tx, p: &p, known: known, form: in.Form, since: in.Since, by: a.Name, first: map[string]int{}, newest: map[string]publication.CodeLine{}}
		if r.managed, err = tx.ManagedUnits(p.UnitID); err != nil {
			return err
		}
		for _, l := range lines {
			if it, ok := known[l.Code]; ok && known[r.newest[it.ItemID].Code].ReleaseSeq < it.ReleaseSeq {
				r.newest[it.ItemID] = l
			}
		}
		done := 0
		for _, l := range lines {
			x := RegisteredLine{CodeLine: l}
			if err := r.line(&x); err != nil {
				return err
			}
			if out = append(out, x); x.Outcome != "" {
				done++
			}
		}
		if done == 0 {
			return nil
		}
		return s.changed(tx, a, &p, "登记公示内容", fmt.Sprintf("%d 份", done))
	})
	return out, err
}

type registrar struct {
	s       *Service
	tx      *store.Tx
	p       *publication.Place
	known   map[string]publication.PublishedItem
	managed []string
	form    string
	since   calendar.Date
	by      string
	first   map[string]int // line of a code
	newest  map[string]publication.CodeLine
}

func (r *registrar) owns(unit string) bool {
	return unit == r.p.UnitID || slices.Contains(r.managed, unit)
}

// line registers one line. What is wrong with it stands in it; an error is the
// database's.
func (r *registrar) line(x *RegisteredLine) error {
	if x.Code == "" {
		x.Problem = "这一行没有核验码。核验码是 10 位字母和数字，形如 7K3QD-2M8XA，印在指南、海报的末尾"
		return nil
	}
	it, ok := r.known[x.Code]
	if !ok {
		x.Problem = "没有以“" + x.Code + "”为核验码的公布内容，请对照原件核对"
		return nil
	}
	x.Name = it.Name
	if n := r.first[x.Code]; n > 0 {
		x.Problem = fmt.Sprintf("与第 %d 行相同，不重复登记", n)
		return nil
	}
	r.first[x.Code] = x.Line
	if l := r.newest[it.ItemID]; l.Code != x.Code {
		x.Problem = fmt.Sprintf("第 %d 行是同一事项更新的一版，这一版没有登记；还挂着的，请换下", l.Line)
		return nil
	}
	if err := r.p.CheckDisplay(x.Code, &it, r.owns); err != nil {
		x.Problem = fault.Text(err)
		return nil
	}
	rel, err := r.tx.Release(it.ReleaseSeq)
	if err != nil {
		return err
	}
	since, err := publication.FirstDay(r.since, calendar.DateOf(rel.At), calendar.DateOf(r.tx.Now()))
	if err != nil {
		x.Problem = fault.Text(err)
		return nil
	}
	m, err := r.s.see(r.tx, r.p, &it, publication.SeenByStaff, r.by, r.form, since, false)
	if err != nil {
		return err
	}
	switch {
	case m.Doubt == publication.DoubtOld:
		x.Problem = "该地点登记的是更新的一版；如果这一版还挂着，请在下面“现场看到”中登记"
	case m.Seen:
		x.Problem = "已经登记，不重复登记"
	case m.Validity != publication.VersionCurrent:
		x.Outcome = "已登记。这一版" + string(m.Validity) + "，请更换"
	default:
		x.Outcome = "已登记"
	}
	return nil
}

// see carries out what follows from seeing a published version at a place. A
// doubt is stored only if doubts is set.
func (s *Service) see(tx *store.Tx, p *publication.Place, it *publication.PublishedItem, src publication.SightingSource, by, form string, since calendar.Date, doubts bool) (publication.Meaning, error) {
	reg, err := tx.OpenDisplay(p.ID, it.ItemID)
	if err != nil {
		return publication.Meaning{}, err
	}
	issues, err := tx.Issues(it.ItemID)
	if err != nil {
		return publication.Meaning{}, err
	}
	m := publication.Judge(p, reg, src, it.VerifyCode, issues)
	switch {
	case m.Register:
		if reg != nil {
			if err := tx.EndDisplay(reg.ID, "已更换"); err != nil {
				return m, err
			}
			if form == "" {
				form = reg.Form
			}
		}
		if err := tx.InsertDisplay(&publication.Display{PlaceID: p.ID, ItemID: it.ItemID, Code: it.VerifyCode, ReleaseSeq: it.ReleaseSeq, Form: form, Since: since, By: by}); err != nil {
			return m, err
		}
	case m.Seen && reg != nil:
		if err := tx.SeeDisplay(reg.ID); err != nil {
			return m, err
		}
	}
	if m.Doubt == publication.NoDoubt {
		// What explains a code answers the doubts about it; the current version
		// answers all about its item.
		code := it.VerifyCode
		if m.Validity == publication.VersionCurrent {
			code = ""
		}
		if err := tx.SettleDoubts(p.ID, it.ItemID, code, "已核实"); err != nil {
			return m, err
		}
	} else if !doubts {
		return m, nil
	}
	return m, tx.SaveSighting(&publication.Sighting{PlaceID: p.ID, Source: src, Code: it.VerifyCode, ItemID: it.ItemID, Validity: m.Validity, Doubt: m.Doubt, At: tx.Now(), By: by})
}

// See records that a member of staff saw a code at a place. A code that does not
// exist is recorded only if the actor is certain: more often it is mistyped.
func (s *Service) See(ctx context.Context, a org.Actor, placeID, code string, certain bool) (m publication.Meaning, name string, err error) {
	norm := publication.NormalizeVerifyCode(code)
	if norm == "" {
		return m, "", fault.Invalidf("没有记录。").At("code", "核验码应为 10 位字母和数字，形如 7K3QD-2M8XA")
	}
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		p, err := s.evidence(tx, a, org.SeeDisplays, placeID)
		if err != nil {
			return err
		}
		it, err := tx.PublishedByCode(norm)
		if fault.Is(err, fault.NotFound) {
			if !certain {
				return fault.Invalidf("没有记录。").At("code", "没有以“%s”为核验码的公布内容。请对照原件核对；确实这样印的，请勾选“确实印着这个码”再提交", norm)
			}
			name = "查无此码 " + norm
			m = publication.Judge(&p, nil, publication.SeenByStaff, norm, nil)
			if err := tx.SaveSighting(&publication.Sighting{PlaceID: p.ID, Source: publication.SeenByStaff, Code: norm, Validity: m.Validity, Doubt: m.Doubt, At: tx.Now(), By: a.Name}); err != nil {
				return err
			}
			return s.changed(tx, a, &p, "记录现场公示", name)
		}
		if err != nil {
			return err
		}
		name = it.Name
		if !p.Open() {
			return p.CheckDisplay(norm, &it, nil)
		}
		managed, err := tx.ManagedUnits(p.UnitID)
		if err != nil {
			return err
		}
		if err := p.CheckDisplay(norm, &it, func(u string) bool { return u == p.UnitID || slices.Contains(managed, u) }); err != nil {
			return err
		}
		if m, err = s.see(tx, &p, &it, publication.SeenByStaff, a.Name, "", calendar.DateOf(tx.Now()), true); err != nil {
			return err
		}
		return s.changed(tx, a, &p, "记录现场公示", it.Name+"，"+string(m.Validity))
	})
	return m, name, err
}

// PutUp confirms that a place now shows some items as they are published: what
// hung there before is replaced, what was missing is up.
func (s *Service) PutUp(ctx context.Context, a org.Actor, placeID string, items []string) error {
	return s.eachItem(ctx, a, placeID, items, "更换公示内容", func(tx *store.Tx, p *publication.Place, id string) error {
		it, err := tx.CurrentItem(id)
		if err != nil {
			return err
		}
		if it.Standing != publication.StandingPublished {
			return fault.Conflictf("“%s”已%s，不能再公示，请撤下。", it.Name, it.Standing)
		}
		managed, err := tx.ManagedUnits(p.UnitID)
		if err != nil {
			return err
		}
		if err := p.CheckDisplay(it.VerifyCode, &it, func(u string) bool { return u == p.UnitID || slices.Contains(managed, u) }); err != nil {
			return err
		}
		_, err = s.see(tx, p, &it, publication.SeenByStaff, a.Name, "", calendar.DateOf(tx.Now()), true)
		return err
	})
}

// TakeDown records that a place does not show some items any more.
func (s *Service) TakeDown(ctx context.Context, a org.Actor, placeID string, items []string) error {
	return s.eachItem(ctx, a, placeID, items, "撤下公示内容", func(tx *store.Tx, p *publication.Place, id string) error {
		d, err := tx.OpenDisplay(p.ID, id)
		if err != nil {
			return err
		}
		if d != nil {
			if err := tx.EndDisplay(d.ID, "已撤下"); err != nil {
				return err
			}
		}
		return tx.SettleDoubts(p.ID, id, "", "已撤下")
	})
}

func (s *Service) eachItem(ctx context.Context, a org.Actor, placeID string, items []string, what string, do func(*store.Tx, *publication.Place, string) error) error {
	if len(items) == 0 {
		return fault.Invalidf("请先勾选公示内容。")
	}
	return s.db.Update(ctx, func(tx *store.Tx) error {
		p, err := s.evidence(tx, a, org.ManagePlaces, placeID)
		if err != nil {
			return err
		}
		for _, id := range items {
			if err := do(tx, &p, id); err != nil {
				return err
			}
		}
		return s.changed(tx, a, &p, what, fmt.Sprintf("%d 份", len(items)))
	})
}

// SettleSighting records that the unit has looked at what somebody saw, with what
// it found.
func (s *Service) SettleSighting(ctx context.Context, a org.Actor, placeID, id, why string) error {
	return s.db.Update(ctx, func(tx *store.Tx) error {
		p, err := s.evidence(tx, a, org.ManagePlaces, placeID)
		if err != nil {
			return err
		}
		if why = strings.TrimSpace(why); why == "" {
			return fault.Invalidf("没有保存。").At("why", "请写明核实的结果，例如“旧海报已换下”")
		}
		open, err := tx.OpenDoubts(store.PlaceFilter{ID: placeID})
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(open, func(x publication.Sighting) bool { return x.ID == id }) {
			return fault.Conflictf("这一条已经核实。")
		}
		if err := tx.SettleDoubt(id, why); err != nil {
			return err
		}
		return s.changed(tx, a, &p, "核实现场公示", why)
	})
}

// DriftFilter narrows the report; empty fields select all.
type DriftFilter struct {
	Unit  string
	Kind  publication.PlaceKind
	State publication.PlaceState // of the place, or of something at it
	Text  string                 // part of a name or location
}

// UnitDrift sums up a unit's places.
type UnitDrift struct {
	UnitID, Name                               string
	Places                                     int // in use
	Current, Due, Stale, Doubts, Missing, Late int
	// Items are published; a unit that has some and no place shows them nowhere.
	Items int
	State publication.PlaceState
}

// DriftReport is the report on what is shown.
type DriftReport struct {
	Places []PlaceDrift
	Units  []UnitDrift // of all places that the actor sees, the worst first
	// Sum is over the places that were selected.
	Sum    UnitDrift
	Grace  int
	CanAdd bool
	County bool
}

// Drift reports on the places that the actor may see.
func (s *Service) Drift(ctx context.Context, a org.Actor, f DriftFilter) (*DriftReport, error) {
	units, err := visibleUnits(a, nil)
	if err != nil {
		return nil, err
	}
	if f.Unit != "" {
		if _, err := visibleUnits(a, []string{f.Unit}); err != nil {
			return nil, err
		}
	}
	r := &DriftReport{County: org.Can(a, org.ReadCounty, "") == nil, CanAdd: org.Can(a, org.ManagePlaces, a.UnitID) == nil}
	err = s.db.View(ctx, func(tx *store.Tx) error {
		t, err := s.driftTerms(tx)
		if err != nil {
			return err
		}
		r.Grace, r.Places, r.Sum = t.Display, nil, UnitDrift{}
		all, err := s.drifts(tx, store.PlaceFilter{Units: units})
		if err != nil {
			return err
		}
		owed, err := tx.CountOwed(units)
		if err != nil {
			return err
		}
		names, err := unitNames(tx)
		if err != nil {
			return err
		}
		by := map[string]*UnitDrift{}
		of := func(id string) *UnitDrift {
			if by[id] == nil {
				by[id] = &UnitDrift{UnitID: id, Name: names[id], Items: owed[id]}
			}
			return by[id]
		}
		for id := range owed {
			of(id)
		}
		for i := range all {
			d := &all[i]
			if !d.Open() && d.ToDo() == 0 && f.State != publication.PlaceClosed {
				continue // closed for good
			}
			of(d.UnitID).add(d)
			if (f.Unit == "" || d.UnitID == f.Unit) && (f.Kind == "" || d.Kind == f.Kind) && d.is(f.State) &&
				(f.Text == "" || strings.Contains(d.Name+"\n"+d.Location+"\n"+d.Keeper, f.Text)) {
				r.Places = append(r.Places, *d)
				r.Sum.add(d)
			}
		}
		r.Units = nil
		for _, u := range by {
			u.State = u.worst()
			r.Units = append(r.Units, *u)
		}
		return nil
	})
	rank := func(st publication.PlaceState) int { return slices.Index(publication.PlaceStates, st) }
	slices.SortFunc(r.Units, func(x, y UnitDrift) int {
		return cmp.Or(cmp.Compare(rank(x.State), rank(y.State)), cmp.Compare(y.Late, x.Late), cmp.Compare(y.Stale, x.Stale), cmp.Compare(x.Name, y.Name))
	})
	slices.SortStableFunc(r.Places, func(x, y PlaceDrift) int { return cmp.Compare(rank(x.State), rank(y.State)) })
	return r, err
}

// is reports whether a place is selected by a state: it is as a whole, or has
// something that is.
func (d *PlaceDrift) is(st publication.PlaceState) bool {
	switch st {
	case "", d.State:
		return true
	case publication.PlaceDoubt:
		return d.Doubts > 0
	case publication.PlaceMissing:
		return d.Missing > 0
	case publication.PlaceDue:
		return d.Drift.Due > 0
	}
	return false
}

func (u *UnitDrift) add(d *PlaceDrift) {
	if d.Open() {
		u.Places++
	}
	u.Current += d.Current
	u.Due += d.Drift.Due
	u.Stale += d.Stale
	u.Doubts += d.Doubts
	u.Missing += d.Missing
	for _, l := range d.Lines {
		if l.Late {
			u.Late++
		}
	}
}

func (u *UnitDrift) worst() publication.PlaceState {
	switch {
	case u.Stale > 0:
		return publication.PlaceStale
	case u.Doubts > 0:
		return publication.PlaceDoubt
	case u.Missing > 0:
		return publication.PlaceMissing
	case u.Due > 0:
		return publication.PlaceDue
	case u.Current == 0:
		return publication.PlaceEmpty
	}
	return publication.PlaceCurrent
}

// PlaceView is a place with everything that is known of it.
type PlaceView struct {
	PlaceDrift
	// Changes are what changed for applicants since a code was current, by code.
	Changes   map[string][]catalog.Change
	Former    []publication.ShownItem
	Sightings []publication.Sighting
	Grace     int
	CanManage bool
	CanSee    bool
}

const placeHistory = 100

// Place returns a place for whoever may see its unit's things.
func (s *Service) Place(ctx context.Context, a org.Actor, id string) (*PlaceView, error) {
	v := &PlaceView{}
	err := s.db.View(ctx, func(tx *store.Tx) error {
		p, err := tx.Place(id)
		if err != nil {
			return err
		}
		if err := org.Can(a, org.ReadItem, p.UnitID); err != nil {
			return err
		}
		t, err := s.driftTerms(tx)
		if err != nil {
			return err
		}
		v.Grace = t.Display
		list, err := s.drifts(tx, store.PlaceFilter{ID: id})
		if err != nil {
			return err
		}
		v.PlaceDrift = list[0]
		if v.Changes, err = lineChanges(tx, list); err != nil {
			return err
		}
		if v.Former, err = tx.FormerDisplays(id, placeHistory); err != nil {
			return err
		}
		v.Sightings, err = tx.Sightings(id, placeHistory)
		return err
	})
	v.CanManage = err == nil && org.Can(a, org.ManagePlaces, v.UnitID) == nil
	v.CanSee = err == nil && org.Can(a, org.SeeDisplays, v.UnitID) == nil
	return v, err
}

// Changes says what changed since the codes of the places of a report were
// current, by code.
func (s *Service) Changes(ctx context.Context, list []PlaceDrift) (m map[string][]catalog.Change, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		m, err = lineChanges(tx, list)
		return err
	})
	return m, err
}

// lineChanges compares each version that was replaced with what holds now.
func lineChanges(tx *store.Tx, list []PlaceDrift) (map[string][]catalog.Change, error) {
	m := map[string][]catalog.Change{}
	for _, d := range list {
		for _, l := range d.Lines {
			if _, done := m[l.Code]; done || l.Age.Validity != publication.VersionReplaced {
				continue
			}
			old, err := tx.PublishedByCode(l.Code)
			if err != nil {
				return nil, err
			}
			now, err := tx.CurrentItem(l.ItemID)
			if err != nil {
				return nil, err
			}
			if m[l.Code], err = publication.ChangesFor(&old, &now); err != nil {
				return nil, err
			}
		}
	}
	return m, nil
}

// ItemPlace is a place with how it shows one item.
type ItemPlace struct {
	publication.Place
	Line *publication.Line // nil if it does not show the item
}

// PlacesOf lists the places of a unit that can show an item, those that do first,
// and the shared places that do: for the page of an item and for scans.
func (s *Service) PlacesOf(ctx context.Context, a org.Actor, itemID string) (out []ItemPlace, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		out = nil
		it, err := tx.Item(itemID)
		if err != nil {
			return err
		}
		showing, err := s.drifts(tx, store.PlaceFilter{Item: itemID})
		if err != nil {
			return err
		}
		have := map[string]bool{}
		for _, d := range showing {
			if org.Can(a, org.SeeDisplays, d.UnitID) != nil && org.Can(a, org.ReadItem, d.UnitID) != nil {
				continue
			}
			for i := range d.Lines {
				if l := &d.Lines[i]; l.ItemID == itemID && l.Shown != nil {
					out = append(out, ItemPlace{d.Place, l})
					have[d.ID] = true
				}
			}
		}
		units, err := visibleUnits(a, nil)
		if err != nil {
			return err
		}
		others, err := tx.Places(store.PlaceFilter{Units: units})
		if err != nil {
			return err
		}
		for _, p := range others {
			if p.Open() && !have[p.ID] && (p.UnitID == it.UnitID || p.Kind.Shared()) {
				out = append(out, ItemPlace{Place: p})
			}
		}
		return nil
	})
	return out, err
}
