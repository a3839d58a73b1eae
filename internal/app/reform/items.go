package reform

import (
	"context"
	"encoding/json"
	"fmt"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/publication"
	"onevisit/internal/domain/work"
	"onevisit/internal/infra/store"
)

// ItemView is a working copy with everything its page shows.
type ItemView struct {
	store.Item
	Judgement
	Data    *catalog.Item
	Unit    org.Unit
	Remarks []publication.Verdict // of the last review, while it is to be answered
	Pledge  *PledgeView           // open; nil if there is none
	Waivers []WaiverView          // asked for, granted, or over
	// Standing is how the public sees the item, empty if it was never published;
	// Adjustment the one that is under way, nil if there is none.
	Standing     publication.Standing
	Adjustment   *publication.Batch
	CanReinstate bool
	// Laws are those that have changed since the item was published and that
	// nobody has looked at.
	Laws       []LawNotice
	CanEdit    bool
	CanConfirm bool
	CanWaive   bool // grant a waiver, asked for or not
}

// Items returns a page of the working copies that the actor may see.
func (s *Service) Items(ctx context.Context, a org.Actor, f store.ItemFilter) (items []store.Item, total int, err error) {
	if f.Units, err = visibleUnits(a, f.Units); err != nil {
		return nil, 0, err
	}
	err = s.db.View(ctx, func(tx *store.Tx) error {
		if items, err = tx.Items(f); err != nil {
			return err
		}
		total, err = tx.CountItems(f)
		return err
	})
	return items, total, err
}

// visibleUnits narrows a choice of units to what the actor may see. Those who
// see the whole county may choose freely; nil is the whole county.
func visibleUnits(a org.Actor, units []string) ([]string, error) {
	if org.Can(a, org.ReadCounty, "") == nil {
		return units, nil
	}
	if len(units) == 0 {
		units = append([]string{a.UnitID}, a.Manages...)
	}
	for _, u := range units {
		if err := org.Can(a, org.ReadItem, u); err != nil {
			return nil, err
		}
	}
	return units, nil
}

// Item returns a working copy with its findings, trips and remarks.
func (s *Service) Item(ctx context.Context, a org.Actor, id string) (*ItemView, error) {
	v := &ItemView{}
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		if v.Item, err = tx.Item(id); err != nil {
			return err
		}
		if err := org.Can(a, org.ReadItem, v.UnitID); err != nil {
			return err
		}
		if v.Unit, err = tx.Unit(v.UnitID); err != nil {
			return err
		}
		if v.State == publication.Returned || v.State == publication.Draft {
			if v.Remarks, err = tx.LastRemarks(id); err != nil {
				return err
			}
		}
		if v.ReleaseSeq > 0 {
			public, err := tx.Neighbours([]string{id})
			if err != nil {
				return err
			}
			v.Standing = public[id].Standing
			if v.Laws, err = s.lawNotices(tx, id); err != nil {
				return err
			}
		}
		under, err := tx.Adjustments(store.AdjustmentFilter{Item: id, States: openStates, Limit: 1})
		if err != nil {
			return err
		}
		if len(under) > 0 {
			v.Adjustment = &under[0]
		}
		open, err := pledges(tx, store.PledgeFilter{Item: id, Open: true})
		if err != nil {
			return err
		}
		if len(open) > 0 {
			v.Pledge = &open[0]
		}
		let, err := tx.Waivers(store.WaiverFilter{Item: id, Open: true})
		if err != nil {
			return err
		}
		for _, w := range let {
			v.Waivers = append(v.Waivers, waiverView(a, w, calendar.DateOf(tx.Now())))
		}
		if v.Data, err = decode(v.Doc); err != nil {
			return fmt.Errorf("item %s: %w", id, err)
		}
		g, err := s.materials(tx)
		if err != nil {
			return err
		}
		v.Found, err = s.foundOf(tx, g, &v.Item, v.Data)
		return err
	})
	if err != nil {
		return nil, err
	}
	v.show(v.Data)
	v.CanEdit = !v.State.Locked() && org.Can(a, org.EditItem, v.UnitID) == nil
	v.CanWaive = !v.State.Locked() && org.Can(a, org.WaiveFinding, "") == nil
	v.CanReinstate = publication.Allows(v.State, publication.Reinstate) && org.Can(a, org.EditItem, v.UnitID) == nil
	v.CanConfirm = publication.Allows(v.State, publication.Confirm) && org.Can(a, org.ConfirmItem, v.UnitID) == nil
	return v, nil
}

func decode(doc []byte) (*catalog.Item, error) {
	it := new(catalog.Item)
	if err := json.Unmarshal(doc, it); err != nil {
		return nil, err
	}
	return it, nil
}

// CreateItem starts a new draft of a unit.
func (s *Service) CreateItem(ctx context.Context, a org.Actor, unitID string, data *catalog.Item) (string, error) {
	if err := org.Can(a, org.EditItem, unitID); err != nil {
		return "", err
	}
	if data.Name == "" {
		return "", fault.Invalidf("事项没有建立。").At("name", "请填写事项名称")
	}
	var id string
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		unit, err := tx.Unit(unitID)
		if err != nil {
			return err
		}
		id, err = s.createItem(tx, a, unit, data)
		return err
	})
	return id, err
}

func (s *Service) createItem(tx *store.Tx, a org.Actor, unit org.Unit, data *catalog.Item) (string, error) {
	data.Unit = unit.Name
	row := store.Item{UnitID: unit.ID, State: publication.Draft, UpdatedBy: a.Name}
	if err := s.judge(tx, unit, &row, data); err != nil {
		return "", err
	}
	if err := tx.InsertItem(&row); err != nil {
		if fault.Is(err, fault.Conflict) {
			return "", fault.Invalidf("事项没有保存。").At("name", "本单位已有同一编码或同名的事项“%s”", data.Name)
		}
		return "", err
	}
	return row.ID, tx.Record(a, "新建事项", "事项", row.ID, data.Name)
}

// SaveItem replaces a working copy that still stands at the version the editor
// read; otherwise nothing is saved and a Conflict says so. What was confirmed
// falls back to draft. The editor's draft of a form is dropped.
func (s *Service) SaveItem(ctx context.Context, a org.Actor, id string, version int64, data *catalog.Item) error {
	return s.changeItem(ctx, a, id, version, "修改事项", func(*store.Tx, *store.Item) (*catalog.Item, error) { return data, nil })
}

// changeItem is what every change of an item has in common; edit gives the new
// content.
func (s *Service) changeItem(ctx context.Context, a org.Actor, id string, version int64, change string, edit func(*store.Tx, *store.Item) (*catalog.Item, error)) error {
	return s.db.Update(ctx, func(tx *store.Tx) error {
		row, err := tx.Item(id)
		if err != nil {
			return err
		}
		if err := org.Can(a, org.EditItem, row.UnitID); err != nil {
			return err
		}
		if row.Version != version {
			return fault.Conflictf("该事项已由%s于 %s 修改，您的修改没有保存。请刷新后核对再改。", row.UpdatedBy, clock(row.UpdatedAt))
		}
		data, err := edit(tx, &row)
		if err != nil {
			return err
		}
		if row.State, err = publication.Next(row.State, publication.Edit); err != nil {
			return err
		}
		unit, err := tx.Unit(row.UnitID)
		if err != nil {
			return err
		}
		before := row.DocHash
		data.Unit = unit.Name
		row.UpdatedBy = a.Name
		if err := s.judge(tx, unit, &row, data); err != nil {
			return err
		}
		if err := tx.DropDraft(id, a.ID); err != nil {
			return err
		}
		if row.DocHash == before && row.State == publication.Draft {
			return nil
		}
		if err := tx.UpdateItem(&row, change); err != nil {
			return err
		}
		return tx.Record(a, change, "事项", id, data.Name)
	})
}

// ConfirmItems records that the unit's leader stands for the items: each must
// be free of errors, which is what reporting requires (docs/reform/rules.md).
func (s *Service) ConfirmItems(ctx context.Context, a org.Actor, ids []string) error {
	if len(ids) == 0 {
		return fault.Invalidf("请先选择要确认的事项。")
	}
	return s.db.Update(ctx, func(tx *store.Tx) error {
		refused := fault.Invalidf("有事项存在错误，不能确认。请先由联络员按检查结果改正。")
		for _, id := range ids {
			row, err := tx.Item(id)
			if err != nil {
				return err
			}
			if err := org.Can(a, org.ConfirmItem, row.UnitID); err != nil {
				return err
			}
			to, err := publication.Next(row.State, publication.Confirm)
			if err != nil {
				return err
			}
			unit, err := tx.Unit(row.UnitID)
			if err != nil {
				return err
			}
			// The stored findings may be older than the county around them
			// (a code used twice since), so they are made anew.
			data, err := decode(row.Doc)
			if err != nil {
				return fmt.Errorf("item %s: %w", id, err)
			}
			if err := s.judge(tx, unit, &row, data); err != nil {
				return err
			}
			if row.Errors > 0 {
				refused.At(id, "“%s”有 %d 个错误", row.Name, row.Errors)
				continue
			}
			row.State, row.UpdatedBy = to, a.Name
			if err := tx.UpdateItem(&row, "确认事项"); err != nil {
				return err
			}
			for _, k := range []work.Kind{work.KindFix, work.KindUnwaived} {
				if err := tx.CloseTodos(k, id, "已修改并确认"); err != nil {
					return err
				}
			}
			if err := tx.Record(a, "确认事项", "事项", id, row.Name); err != nil {
				return err
			}
		}
		return refused.OrNil()
	})
}

// ReopenItem gives a confirmed item back to the liaison.
func (s *Service) ReopenItem(ctx context.Context, a org.Actor, id string) error {
	return s.db.Update(ctx, func(tx *store.Tx) error {
		row, err := tx.Item(id)
		if err != nil {
			return err
		}
		if err := org.Can(a, org.ConfirmItem, row.UnitID); err != nil {
			return err
		}
		to, err := publication.Next(row.State, publication.Reopen)
		if err != nil {
			return err
		}
		if err := tx.MoveItem(id, row.Version, to, row.SubmissionID); err != nil {
			return err
		}
		return tx.Record(a, "撤回确认", "事项", id, row.Name)
	})
}
