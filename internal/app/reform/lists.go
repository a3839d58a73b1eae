package reform

import (
	"context"
	"fmt"
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

// ListPage is a page of entries with what is shown around it.
type ListPage struct {
	Entries []store.ListEntry
	// Items names the items that the page's claims speak of, by ID.
	Items map[string]string
	// Tallies count the newest editions of the same units; States counts the
	// entries of the filter's list and edition.
	Tallies  []store.ListTally
	States   map[store.ListState]int
	Editions []store.Edition
}

// Lists returns a page of entries of the lists of the units that the actor may
// see.
func (s *Service) Lists(ctx context.Context, a org.Actor, f store.ListFilter) (*ListPage, error) {
	var err error
	if f.Units, err = visibleUnits(a, f.Units); err != nil {
		return nil, err
	}
	p := &ListPage{States: map[store.ListState]int{}}
	err = s.db.View(ctx, func(tx *store.Tx) error {
		if p.Entries, err = tx.ListEntries(f); err != nil {
			return err
		}
		var items []string
		for _, e := range p.Entries {
			items = append(items, e.Claim.Items...)
		}
		if p.Items, err = tx.ItemNames(items); err != nil {
			return err
		}
		if p.Editions, err = tx.Editions(f.Units); err != nil {
			return err
		}
		if p.Tallies, err = tx.ListTallies(store.ListFilter{Units: f.Units}); err != nil {
			return err
		}
		of, err := tx.ListTallies(store.ListFilter{Units: f.Units, List: f.List, Edition: f.Edition})
		for _, t := range of {
			p.States[t.State] += t.Count
		}
		return err
	})
	return p, err
}

// EntryView is an entry with what its page shows.
type EntryView struct {
	store.ListEntry
	Unit org.Unit // zero if the entry is nobody's yet
	// Items are those of the unit and of the units it is in charge of: the
	// claimed ones, those of the entry's name, then the likest names.
	Items     []store.Item
	SameName  int // how many of them have the entry's name
	CanClaim  bool
	CanAssign bool
}

// candidatesMax is how many items an entry's page offers; a word finds the rest.
const candidatesMax = 12

// Entry returns an entry with the items that may cover it; text narrows them to
// those whose name or code contains it.
func (s *Service) Entry(ctx context.Context, a org.Actor, id, text string) (*EntryView, error) {
	v := &EntryView{}
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		if v.ListEntry, err = tx.ListEntry(id); err != nil {
			return err
		}
		if err := org.Can(a, org.ReadItem, v.UnitID); err != nil {
			return err
		}
		v.CanAssign = v.List == catalog.Catalogue && !v.Superseded && org.Can(a, org.ImportLists, "") == nil
		if v.UnitID == "" {
			return nil
		}
		v.CanClaim = !v.Superseded && org.Can(a, org.ClaimEntries, v.UnitID) == nil
		if v.Unit, err = tx.Unit(v.UnitID); err != nil {
			return err
		}
		items, err := unitItems(tx, v.UnitID, tx.Items)
		if err != nil {
			return err
		}
		v.Items, v.SameName = candidates(&v.ListEntry, items, strings.TrimSpace(text))
		return nil
	})
	return v, err
}

// candidates puts first what is claimed, then what has the entry's name, then
// the likest names.
func candidates(e *store.ListEntry, items []store.Item, text string) (out []store.Item, same int) {
	name := catalog.PlainName(e.Name)
	weight := func(it *store.Item) int {
		switch {
		case slices.Contains(e.Claim.Items, it.ID):
			return 1 << 20
		case catalog.PlainName(it.Name) == name:
			return 1 << 19
		case text != "":
			return 1 << 18
		}
		return likeness(name, catalog.PlainName(it.Name))
	}
	for i := range items {
		if catalog.PlainName(items[i].Name) == name {
			same++
		}
		w := weight(&items[i])
		if text != "" && w <= 1<<18 && !strings.Contains(items[i].Name, text) && !strings.Contains(items[i].Code, text) {
			continue
		}
		if w > 0 {
			out = append(out, items[i])
		}
	}
	slices.SortStableFunc(out, func(x, y store.Item) int { return weight(&y) - weight(&x) })
	if len(out) > candidatesMax {
		out = out[:candidatesMax]
	}
	return out, same
}

// likeness is how many pairs of neighbouring characters two names share, in
// percent of the longer; 0 if it is less than a third.
func likeness(a, b string) int {
	x, y := []rune(a), []rune(b)
	pairs := make(map[[2]rune]bool, len(x))
	for i := range len(x) - 1 {
		pairs[[2]rune{x[i], x[i+1]}] = true
	}
	n := 0
	for i := range len(y) - 1 {
		if pairs[[2]rune{y[i], y[i+1]}] {
			n++
		}
	}
	if share := 100 * n / max(len(x)-1, len(y)-1, 1); share >= 33 {
		return share
	}
	return 0
}

// unitItems returns the items that can cover an entry of a unit: its own and
// those of the units it is in charge of (P-3.1). read is tx.Items, or
// tx.ItemsWithDocs where the documents are needed.
func unitItems(tx *store.Tx, unitID string, read func(store.ItemFilter) ([]store.Item, error)) ([]store.Item, error) {
	managed, err := tx.ManagedUnits(unitID)
	if err != nil {
		return nil, err
	}
	f := store.ItemFilter{Units: append(managed, unitID), Limit: 500}
	var all []store.Item
	for {
		page, err := read(f)
		if err != nil {
			return nil, err
		}
		all = append(all, page...)
		if len(page) < f.Limit {
			return all, nil
		}
		f.After = page[len(page)-1].ID
	}
}

// Claiming is a decision about one entry, by somebody who read the given version
// of what had been decided (0: nothing).
type Claiming struct {
	EntryID  string
	Version  int64
	Decision catalog.Decision
	Items    []string // IDs of working copies
	// NewItem makes a draft of the entry, which it is claimed with.
	NewItem bool
	Reason  string
}

// Claim records what a unit decides about an entry: that an item is made of it,
// that other items cover it, or that there is none, for a reason (P-3.1).
func (s *Service) Claim(ctx context.Context, a org.Actor, in Claiming) error {
	return s.db.Update(ctx, func(tx *store.Tx) error {
		e, err := tx.ListEntry(in.EntryID)
		if err != nil {
			return err
		}
		if err := org.Can(a, org.ClaimEntries, e.UnitID); err != nil {
			return err
		}
		if e.Superseded {
			return fault.Conflictf("这是旧版清单的条目，不再认领。请在现行版本中处理。")
		}
		if e.Claim.Version != in.Version {
			return fault.Conflictf("该条目已由%s于 %s 处理，您的意见没有保存。请刷新后核对再改。", e.Claim.ByName, clock(e.Claim.At))
		}
		unit, err := tx.Unit(e.UnitID)
		if err != nil {
			return err
		}
		items := in.Items
		if in.NewItem && (in.Decision != catalog.Claimed || len(items) > 0) {
			return fault.Invalidf("认领意见填写有误，请按提示更正。").At("items", "新建事项草稿时，请选择“认领”，并且不再选其他事项")
		}
		if in.NewItem {
			id, err := s.draftOf(tx, a, unit, &e)
			if err != nil {
				return err
			}
			items = []string{id}
		}
		if err := coverable(tx, &e, items); err != nil {
			return err
		}
		c := catalog.Claim{Entry: e.ID, Unit: unit.Name, Decision: in.Decision, Items: items, Reason: strings.TrimSpace(in.Reason)}
		if err := c.Validate(); err != nil {
			return err
		}
		if c.Decision == catalog.Claimed && len(items) == 0 {
			return fault.Invalidf("认领意见填写有误，请按提示更正。").At("items", "请选择认领后对应的事项，或者选择按本条目新建事项")
		}
		e.Claim = store.Claim{Decision: c.Decision, Items: items, Reason: c.Reason, ByName: a.Name, Version: in.Version}
		if err := tx.SaveClaim(e.ID, e.UnitID, &e.Claim); err != nil {
			return err
		}
		if err := s.remindUnits(tx, []string{e.UnitID}); err != nil {
			return err
		}
		return tx.Record(a, "认领清单条目", "清单条目", e.ID, fmt.Sprintf("%s“%s”：%s", e.List, e.Name, c.Decision))
	})
}

// draftOf starts an item from what the entry says.
func (s *Service) draftOf(tx *store.Tx, a org.Actor, unit org.Unit, e *store.ListEntry) (string, error) {
	data := &catalog.Item{Schema: catalog.Schema, Name: e.Name, Type: e.Type}
	if e.List == catalog.Catalogue {
		data.BasicCode = e.Code
	}
	for b := range strings.SplitSeq(e.Basis, "\n") {
		if b = strings.TrimSpace(b); b != "" {
			data.Bases = append(data.Bases, catalog.Basis{Text: b})
		}
	}
	return s.createItem(tx, a, unit, data)
}

// coverable checks that the items are the unit's, or of a unit it is in charge of.
func coverable(tx *store.Tx, e *store.ListEntry, items []string) error {
	if len(items) == 0 {
		return nil
	}
	managed, err := tx.ManagedUnits(e.UnitID)
	if err != nil {
		return err
	}
	for _, id := range items {
		it, err := tx.Item(id)
		if err != nil {
			return err
		}
		if it.UnitID != e.UnitID && !slices.Contains(managed, it.UnitID) {
			return fault.Invalidf("认领意见填写有误，请按提示更正。").At("items", "“%s”不是本单位及所管单位的事项；由其他单位办理的，请选择“不认领”并写明", it.Name)
		}
	}
	return nil
}

// Match is an open entry with the items of the same name that can cover it.
type Match struct {
	Entry store.ListEntry
	Items []store.Item
}

// Decision is what the match proposes: one item of the name is claimed, several
// (its 业务办理项) are mapped to.
func (m *Match) Decision() catalog.Decision {
	if len(m.Items) > 1 {
		return catalog.Mapped
	}
	return catalog.Claimed
}

// Matches proposes, for the open entries of a unit, the items of the same name.
func (s *Service) Matches(ctx context.Context, a org.Actor, unitID string) (found []Match, err error) {
	if err := org.Can(a, org.ClaimEntries, unitID); err != nil {
		return nil, err
	}
	err = s.db.View(ctx, func(tx *store.Tx) error {
		found, err = matches(tx, unitID)
		return err
	})
	return found, err
}

func matches(tx *store.Tx, unitID string) ([]Match, error) {
	entries, err := tx.AllListEntries(store.ListFilter{Units: []string{unitID}, State: store.ListOpen})
	if err != nil || len(entries) == 0 {
		return nil, err
	}
	items, err := unitItems(tx, unitID, tx.Items)
	if err != nil {
		return nil, err
	}
	byName := map[string][]store.Item{}
	for _, it := range items {
		n := catalog.PlainName(it.Name)
		byName[n] = append(byName[n], it)
	}
	var out []Match
	for _, e := range entries {
		if same := byName[catalog.PlainName(e.Name)]; len(same) > 0 {
			out = append(out, Match{e, same})
		}
	}
	return out, nil
}

// ClaimMatches carries out what Matches proposes for the chosen entries, and
// returns how many it claimed. An entry that somebody has decided meanwhile, or
// whose item has another name now, is left alone.
func (s *Service) ClaimMatches(ctx context.Context, a org.Actor, unitID string, entries []string) (n int, err error) {
	if err := org.Can(a, org.ClaimEntries, unitID); err != nil {
		return 0, err
	}
	if len(entries) == 0 {
		return 0, fault.Invalidf("请先选择要认领的条目。")
	}
	chosen := make(map[string]bool, len(entries))
	for _, id := range entries {
		chosen[id] = true
	}
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		n = 0 // the transaction may run again
		found, err := matches(tx, unitID)
		if err != nil {
			return err
		}
		for _, m := range found {
			if !chosen[m.Entry.ID] {
				continue
			}
			c := store.Claim{Decision: m.Decision(), ByName: a.Name}
			for _, it := range m.Items {
				c.Items = append(c.Items, it.ID)
			}
			if err := tx.SaveClaim(m.Entry.ID, unitID, &c); err != nil {
				return err
			}
			n++
		}
		if n == 0 {
			return fault.Conflictf("所选条目已经处理过，或者已没有同名事项。请刷新后核对。")
		}
		if err := s.remindUnits(tx, []string{unitID}); err != nil {
			return err
		}
		return tx.Record(a, "认领同名条目", "单位", unitID, fmt.Sprintf("%d 条", n))
	})
	return n, err
}

// AssignEntry says which unit answers for an entry of the catalogue. from is the
// unit that the reader saw, "" for none.
func (s *Service) AssignEntry(ctx context.Context, a org.Actor, id, from, to string) error {
	if err := org.Can(a, org.ImportLists, ""); err != nil {
		return err
	}
	return s.db.Update(ctx, func(tx *store.Tx) error {
		e, err := tx.ListEntry(id)
		if err != nil {
			return err
		}
		if e.List != catalog.Catalogue || e.Superseded {
			return fault.Conflictf("只有现行省级目录的条目可以指定承接单位。")
		}
		if to == "" {
			return fault.Invalidf("没有指定承接单位。").At("to", "请选择承接单位")
		}
		unit, err := tx.Unit(to)
		if err != nil {
			return err
		}
		if err := tx.AssignListEntry(id, from, to); err != nil {
			return err
		}
		if err := s.remindUnits(tx, []string{from, to}); err != nil {
			return err
		}
		return tx.Record(a, "指定承接单位", "清单条目", id, fmt.Sprintf("“%s”由%s承接", e.Name, unit.Name))
	})
}

// remindUnits brings the to-dos of the units up to date: one while entries wait
// for a decision, none when all are settled. "" stands for the entries that are
// nobody's: the reform office is to say whose they are.
func (s *Service) remindUnits(tx *store.Tx, units []string) error {
	if len(units) == 0 {
		return nil
	}
	tallies, err := tx.ListTallies(store.ListFilter{Units: units, State: store.ListOpen})
	if err != nil {
		return err
	}
	open := map[string]int{}
	for _, t := range tallies {
		open[t.UnitID] += t.Count
	}
	due := ""
	p, err := tx.ActivePlan()
	switch {
	case err == nil:
		due = p.Due(plan.Packages).String()
	case !fault.Is(err, fault.NotFound):
		return err
	}
	for _, u := range units {
		t := work.Todo{Kind: work.KindClaim, SubjectKind: "单位", SubjectID: u, UnitID: u, Role: org.RoleLiaison, Due: due,
			Title: fmt.Sprintf("认领清单和目录条目，还有 %d 条没有处理意见", open[u])}
		if u == "" {
			t = work.Todo{Kind: work.KindAssign, SubjectKind: "清单", SubjectID: string(catalog.Catalogue), Role: org.RoleReform,
				Title: fmt.Sprintf("指定省级目录条目的承接单位，还有 %d 条", open[u])}
		}
		if open[u] == 0 {
			err = tx.CloseTodos(t.Kind, t.SubjectID, "已全部处理")
		} else {
			err = tx.RaiseTodo(t)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// checkLists runs S04 over a unit: what falls between its lists and its items.
func (s *Service) checkLists(tx *store.Tx, unit org.Unit) ([]lint.Finding, error) {
	entries, err := tx.AllListEntries(store.ListFilter{Units: []string{unit.ID}})
	if err != nil {
		return nil, err
	}
	if entries = slices.DeleteFunc(entries, settledEntry); len(entries) == 0 {
		return nil, nil
	}
	rows, err := unitItems(tx, unit.ID, tx.ItemsWithDocs)
	if err != nil {
		return nil, err
	}
	items := make([]*catalog.Item, len(rows))
	for i, r := range rows {
		if items[i], err = decode(r.Doc); err != nil {
			return nil, fmt.Errorf("item %s: %w", r.ID, err)
		}
	}
	list := make([]catalog.ListEntry, len(entries))
	for i, e := range entries {
		list[i] = listEntry(e, unit.Name)
	}
	inForce, err := s.rulesInForce(tx)
	if err != nil {
		return nil, err
	}
	rules := lint.NewContext(lint.Config{Rules: inForce.Set.Only("S04"), Today: calendar.DateOf(tx.Now()),
		Entries: func(string) []catalog.ListEntry { return list },
		Claims:  func(string) []catalog.Claim { return nil }}) // the unsettled ones are left
	return lint.Run(rules, lint.UnitSubject(unit.Name, items)), nil
}

// settledEntry reports whether nothing is left to decide about an entry: it has
// an item, and items are never deleted, or a reason, or is out of scope.
func settledEntry(e store.ListEntry) bool {
	return !e.InScope || e.Claim.Decision == catalog.Declined || len(e.Claim.Items) > 0
}

func listEntry(e store.ListEntry, unit string) catalog.ListEntry {
	return catalog.ListEntry{ID: e.ID, Kind: e.List, Edition: e.Edition, Unit: unit, Code: e.Code, Name: e.Name, Type: e.Type, Basis: e.Basis, Source: e.Source}
}

// refuseOpen refuses a report while S04 finds an error: whoever reports says
// that nothing was left out (docs/reform/plan.md P-3.1).
func (s *Service) refuseOpen(tx *store.Tx, unit org.Unit, kind publication.SubmissionKind) error {
	found, err := s.checkLists(tx, unit)
	if err != nil || !lint.HasError(found) {
		return err
	}
	n := lint.Count(found)[lint.Error]
	e := fault.Invalidf("现有清单还有 %d 条既没有对应的事项，也没有说明理由，不能提交%s。请先在“清单认领”中逐条处理。", n, kind)
	const show = 5
	for _, f := range found {
		if f.Severity == lint.Error && len(e.Fields) < show {
			e.At("lists", "%s", f.Message)
		}
	}
	if n > show {
		e.At("lists", "其余 %d 条见“清单认领”", n-show)
	}
	return e
}
