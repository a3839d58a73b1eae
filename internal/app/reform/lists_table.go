package reform

import (
	"context"
	"io"
	"slices"
	"strings"

	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/org"
	"onevisit/internal/infra/exchange"
	"onevisit/internal/infra/store"
)

// ListChange is an entry that differs from the edition before, with what was
// decided about it: Former is zero if it is new, Now if it is gone.
type ListChange struct {
	Kind        catalog.EntryChange
	Former, Now store.ListEntry
}

// ListChanges says what a list's newest edition changes.
type ListChanges struct {
	List            catalog.ListKind
	Former, Edition string // Former is empty if there is no edition before
	Changes         []ListChange
	Units           map[string]string // names by ID
	Items           map[string]string // names of the items that the claims speak of, by ID
}

// ListChanges compares the newest edition of a list with the one before it: what
// is new, has another name or code, or is gone. What is new or renamed is open
// again and on the unit's to-do list; what is gone may leave items without a
// reason to exist. Units that have no edition before are left out.
func (s *Service) ListChanges(ctx context.Context, a org.Actor, list catalog.ListKind, units []string) (*ListChanges, error) {
	units, err := visibleUnits(a, units)
	if err != nil {
		return nil, err
	}
	v := &ListChanges{List: list}
	err = s.db.View(ctx, func(tx *store.Tx) error {
		editions, err := tx.Editions(units)
		if err != nil {
			return err
		}
		for _, e := range slices.Backward(editions) { // the newest last
			switch {
			case e.List != list:
			case e.Superseded:
				v.Former = e.Edition
			default:
				v.Edition = e.Edition
			}
		}
		if v.Units, err = unitNames(tx); err != nil || v.Former == "" {
			return err
		}
		former, err := tx.AllListEntries(store.ListFilter{Units: units, List: list, Edition: v.Former})
		if err != nil {
			return err
		}
		now, err := tx.AllListEntries(store.ListFilter{Units: units, List: list})
		if err != nil {
			return err
		}
		v.Changes = compareEditions(former, now)
		var items []string
		for _, c := range v.Changes {
			items = append(append(items, c.Former.Claim.Items...), c.Now.Claim.Items...)
		}
		v.Items, err = tx.ItemNames(items)
		return err
	})
	return v, err
}

func compareEditions(former, now []store.ListEntry) []ListChange {
	byID := make(map[string]store.ListEntry, len(former)+len(now))
	had := map[string]bool{}
	entries := func(rows []store.ListEntry) (out []catalog.ListEntry) {
		for _, r := range rows {
			if r.List == catalog.Catalogue || had[r.UnitID] {
				byID[r.ID] = r
				out = append(out, catalog.ListEntry{ID: r.ID, Kind: r.List, Unit: r.UnitID, Code: r.Code, Name: r.Name})
			}
		}
		return out
	}
	for _, r := range former {
		had[r.UnitID] = true
	}
	var changes []ListChange
	for _, c := range catalog.CompareEditions(entries(former), entries(now)) {
		x := ListChange{Kind: c.Kind}
		if c.Former != nil {
			x.Former = byID[c.Former.ID]
		}
		if c.Now != nil {
			x.Now = byID[c.Now.ID]
		}
		changes = append(changes, x)
	}
	return changes
}

// WriteLists writes the entries that a filter selects, with what was decided
// about them, as csv.
func (s *Service) WriteLists(ctx context.Context, a org.Actor, f store.ListFilter, w io.Writer) error {
	var err error
	if f.Units, err = visibleUnits(a, f.Units); err != nil {
		return err
	}
	sheet := exchange.Sheet{Name: "清单认领", Head: []string{"清单", "版本", "单位", "编码", "事项名称", "事项类型", "设定依据", "处理意见", "对应事项", "理由", "处理人"}}
	err = s.db.View(ctx, func(tx *store.Tx) error {
		entries, err := tx.AllListEntries(f)
		if err != nil {
			return err
		}
		units, err := unitNames(tx)
		if err != nil {
			return err
		}
		var ids []string
		for _, e := range entries {
			ids = append(ids, e.Claim.Items...)
		}
		items, err := tx.ItemNames(ids)
		if err != nil {
			return err
		}
		for _, e := range entries {
			sheet.Rows = append(sheet.Rows, []string{string(e.List), e.Edition, units[e.UnitID], e.Code, e.Name, e.Type, e.Basis,
				decisionWord(e), namesOf(e.Claim.Items, items), e.Claim.Reason, e.Claim.ByName})
		}
		return nil
	})
	if err != nil {
		return err
	}
	return exchange.WriteSheetCSV(w, sheet)
}

// WriteListChanges writes what ListChanges returns as csv.
func (s *Service) WriteListChanges(ctx context.Context, a org.Actor, list catalog.ListKind, units []string, w io.Writer) error {
	v, err := s.ListChanges(ctx, a, list, units)
	if err != nil {
		return err
	}
	sheet := exchange.Sheet{Name: "新旧版对照", Head: []string{"变化", "单位", "原编码", "原名称", "原对应事项", "现编码", "现名称", "处理意见", "对应事项"}}
	for _, c := range v.Changes {
		unit, word := c.Now.UnitID, ""
		if c.Kind == catalog.EntryGone {
			unit = c.Former.UnitID
		} else {
			word = decisionWord(c.Now)
		}
		sheet.Rows = append(sheet.Rows, []string{string(c.Kind), v.Units[unit], c.Former.Code, c.Former.Name, namesOf(c.Former.Claim.Items, v.Items),
			c.Now.Code, c.Now.Name, word, namesOf(c.Now.Claim.Items, v.Items)})
	}
	return exchange.WriteSheetCSV(w, sheet)
}

func decisionWord(e store.ListEntry) string {
	switch store.StateOf(e.Claim.Decision, e.InScope) {
	case store.ListOpen:
		return "待处理"
	case store.ListOutside:
		return "不在改革范围"
	}
	return string(e.Claim.Decision)
}

func namesOf(ids []string, names map[string]string) string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = names[id]
	}
	return strings.Join(out, "、")
}
