package countytest

import (
	"fmt"
	"testing"
	"time"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/plan"
	"onevisit/internal/domain/publication"
	"onevisit/internal/infra/store"
)

// Publisher publishes items straight into a database, without the way through
// drafts, reviews and approval that the county goes.
type Publisher struct {
	t     testing.TB
	db    *store.DB
	plan  string
	units map[string]string // name to ID
}

// NewPublisher prepares a database, which may have published already.
func NewPublisher(t testing.TB, db *store.DB) *Publisher {
	t.Helper()
	p := &Publisher{t: t, db: db, units: map[string]string{}}
	pl := &plan.Plan{Title: "改革方案"}
	if err := db.Update(t.Context(), func(tx *store.Tx) error {
		units, err := tx.Units()
		for _, u := range units {
			p.units[u.Name] = u.ID
		}
		if err != nil {
			return err
		}
		return tx.InsertPlan(pl)
	}); err != nil {
		t.Fatal(err)
	}
	p.plan = pl.ID
	return p
}

// Publish makes one release of the items and returns their IDs. An item with an
// ID that was published before replaces it; an empty ID, or none given, makes a
// new item.
func (p *Publisher) Publish(items []*catalog.Item, ids ...string) []string {
	p.t.Helper()
	out := make([]string, len(items))
	err := p.db.Update(p.t.Context(), func(tx *store.Tx) error {
		b := &publication.Batch{PlanID: p.plan, Title: "批次", State: publication.Sanctioned, DocNo: "广政字〔2018〕1号", DocDate: calendar.DateOf(time.Date(2018, 9, 1, 0, 0, 0, 0, time.UTC))}
		if err := tx.InsertBatch(b); err != nil {
			return err
		}
		for i, it := range items {
			unit, ok := p.units[it.Unit]
			if !ok {
				u := &org.Unit{Name: it.Unit, Kind: org.KindDepartment, Position: len(p.units)}
				if err := tx.InsertUnit(u); err != nil {
					return err
				}
				unit = u.ID
				p.units[it.Unit] = unit
			}
			doc, err := it.Encode()
			if err != nil {
				return err
			}
			row := &store.Item{UnitID: unit, Name: it.Name, Variant: it.Variant, Code: it.ImplementationCode, Type: it.Type, State: publication.Batched,
				Doc: doc, DocHash: catalog.Hash(doc), Findings: []byte("[]")}
			if it.Visits != nil {
				row.Visits = *it.Visits
			}
			if i < len(ids) && ids[i] != "" {
				old, err := tx.Item(ids[i])
				if err != nil {
					return err
				}
				row.ID, row.Version, row.Identity = old.ID, old.Version, old.Identity
				err = tx.UpdateItem(row, "公布")
				if err != nil {
					return err
				}
			} else {
				row.ID = store.NewID()
				row.Identity = row.ID
				if err := tx.InsertItem(row); err != nil {
					return err
				}
			}
			out[i] = row.ID
			b.Items = append(b.Items, publication.BatchItem{ItemID: row.ID, UnitID: unit, UnitName: it.Unit, Name: it.Name, Code: row.Code, Type: it.Type, Visits: row.Visits, Doc: doc, DocHash: row.DocHash})
		}
		head, err := tx.HeadRelease()
		if err != nil {
			return err
		}
		r, err := publication.Freeze(b, head, tx.Now(), "测试", false)
		if err != nil {
			return err
		}
		return tx.InsertRelease(r)
	})
	if err != nil {
		p.t.Fatal(fmt.Errorf("publish: %w", err))
	}
	return out
}

// Adjust makes one release that gives published items another standing, the way
// an adjustment does; successor, if not empty, is what takes their place.
func (p *Publisher) Adjust(st publication.Standing, successor string, ids ...string) {
	p.t.Helper()
	err := p.db.Update(p.t.Context(), func(tx *store.Tx) error {
		b := &publication.Batch{PlanID: p.plan, Kind: publication.KindAdjustment, Title: "调整", State: publication.Sanctioned}
		if err := tx.InsertBatch(b); err != nil {
			return err
		}
		for _, id := range ids {
			now, err := tx.CurrentItem(id)
			if err != nil {
				return err
			}
			row, err := tx.Item(id)
			if err != nil {
				return err
			}
			if err := tx.MoveItem(id, row.Version, publication.Adjusting, ""); err != nil {
				return err
			}
			it := now.BatchItem
			it.Standing, it.Op, it.Reason, it.Effective, it.Successors = st, publication.Op(st), "说明", calendar.DateOf(tx.Now()), nil
			if successor != "" {
				s, err := tx.CurrentItem(successor)
				if err != nil {
					return err
				}
				it.Successors = []publication.Successor{{ItemID: successor, Code: s.Code, Name: s.Name, UnitID: s.UnitID, UnitName: s.UnitName}}
			}
			b.Items = append(b.Items, it)
		}
		prev, err := tx.HeadRelease()
		if err != nil {
			return err
		}
		r, err := publication.Freeze(b, prev, tx.Now(), "测试", true)
		if err != nil {
			return err
		}
		return tx.InsertRelease(r)
	})
	if err != nil {
		p.t.Fatal(err)
	}
}
