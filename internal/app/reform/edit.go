package reform

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/lint"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/publication"
	"onevisit/internal/domain/visit"
	"onevisit/internal/infra/draw"
	"onevisit/internal/infra/store"
)

// Draft is a form in the middle of being filled.
type Draft = store.ItemDraft

// Judgement is what the program says of an item's content.
type Judgement struct {
	Assessment visit.Assessment
	AssessErr  string // why the visits cannot be computed
	ClassNow   string
	Cases      []CaseVisits // by scenario, if there are any
	Picture    string       // the process as swim lanes, SVG
	Found      []lint.Finding
}

// CaseVisits is the figure of one scenario.
type CaseVisits struct {
	Name   string
	Visits int // -1 if it cannot be computed
}

// show says of an item what is computed from its content alone.
func (j *Judgement) show(it *catalog.Item) {
	var err error
	if j.Assessment, err = visit.AssessItem(it); err != nil {
		j.AssessErr = fault.Text(err)
	}
	j.ClassNow = visit.ClassOf(it)
	worst := it.Process
	if it.Scenarios != nil {
		most := -1
		for _, l := range it.Scenarios.Leaves {
			p := l.Process
			if p == nil {
				p = it.Process
			}
			n := -1
			if a, err := visit.Assess(p, 0); err == nil {
				n = a.Visits
			}
			if n > most {
				most, worst = n, p
			}
			j.Cases = append(j.Cases, CaseVisits{l.Name, n})
		}
	}
	j.Picture = draw.Lanes(it, worst, j.Assessment)
}

// Judge says what the program would say of a content if it were saved: visits,
// picture, findings. Nothing is written. id is empty for an item that does not
// exist yet.
func (s *Service) Judge(ctx context.Context, a org.Actor, unitID, id string, data *catalog.Item) (Judgement, error) {
	var j Judgement
	err := s.db.View(ctx, func(tx *store.Tx) error {
		if err := org.Can(a, org.ReadItem, unitID); err != nil {
			return err
		}
		unit, err := tx.Unit(unitID)
		if err != nil {
			return err
		}
		row := store.Item{ID: id, UnitID: unitID}
		if err := s.judge(tx, unit, &row, data); err != nil {
			return err
		}
		return json.Unmarshal(row.Findings, &j.Found)
	})
	if err == nil {
		j.show(data)
	}
	return j, err
}

// SaveDraft keeps a form that is being filled, so that a closed browser loses
// nothing. It changes nothing of the item.
func (s *Service) SaveDraft(ctx context.Context, a org.Actor, d Draft) error {
	return s.db.Update(ctx, func(tx *store.Tx) error {
		row, err := tx.Item(d.ItemID)
		if err != nil {
			return err
		}
		if err := org.Can(a, org.EditItem, row.UnitID); err != nil {
			return err
		}
		d.PersonID = a.ID
		return tx.SaveDraft(&d)
	})
}

// Draft returns the actor's unfinished form of an item, or nil.
func (s *Service) Draft(ctx context.Context, a org.Actor, id string) (*Draft, error) {
	var d Draft
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		d, err = tx.Draft(id, a.ID)
		return err
	})
	if fault.Is(err, fault.NotFound) {
		return nil, nil
	}
	return &d, err
}

// DropDraft forgets the actor's unfinished form.
func (s *Service) DropDraft(ctx context.Context, a org.Actor, id string) error {
	return s.db.Update(ctx, func(tx *store.Tx) error { return tx.DropDraft(id, a.ID) })
}

// RepairItem carries out the repair that a finding offers.
func (s *Service) RepairItem(ctx context.Context, a org.Actor, id string, version int64, rule, field string) error {
	return s.changeItem(ctx, a, id, version, "按检查结果更正（"+rule+"）", func(_ *store.Tx, row *store.Item) (*catalog.Item, error) {
		data, err := decode(row.Doc)
		if err != nil {
			return nil, fmt.Errorf("item %s: %w", id, err)
		}
		var found []lint.Finding
		if err := json.Unmarshal(row.Findings, &found); err != nil {
			return nil, fmt.Errorf("item %s: findings: %w", id, err)
		}
		return Repair(data, found, rule, field)
	})
}

// Repair carries out, on a copy, the repair that a finding among those found
// offers.
func Repair(it *catalog.Item, found []lint.Finding, rule, field string) (*catalog.Item, error) {
	for i := range found {
		if f := &found[i]; f.Rule == rule && f.Field == field && f.Repair != nil {
			return lint.Apply(it, f)
		}
	}
	return nil, fault.Conflictf("该问题已不存在，可能已经改正。请刷新后查看。")
}

// Revision is one change of an item.
type Revision struct {
	// Version is the last one before the change; restoring it undoes this
	// change and all that came after.
	Version int64
	At      time.Time
	By      string
	What    string
	Changes []catalog.Change
}

// History is what happened to an item, newest first.
type History struct {
	store.Item
	CanRestore bool
	Pledges    []PledgeView
	Revisions  []Revision
	More       bool // there are older ones: ask with Before: the last version
}

// historyPage is how many changes a page of the history shows; each is compared
// with its predecessor.
const historyPage = 20

// History returns a page of an item's changes with readable differences. before
// is the Version of the last revision of the page before, 0 at first.
func (s *Service) History(ctx context.Context, a org.Actor, id string, before int64) (*History, error) {
	h := &History{}
	var old []store.ItemVersion
	var next []byte // the document after the newest of old
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		if h.Item, err = tx.Item(id); err != nil {
			return err
		}
		if err := org.Can(a, org.ReadItem, h.UnitID); err != nil {
			return err
		}
		if old, err = tx.ItemHistory(id, before, historyPage+1); err != nil {
			return err
		}
		if h.Pledges, err = pledges(tx, store.PledgeFilter{Item: id}); err != nil {
			return err
		}
		next = h.Doc
		if before > 0 {
			next, err = tx.ItemAt(id, before)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	h.CanRestore = !h.State.Locked() && org.Can(a, org.EditItem, h.UnitID) == nil
	if h.More = len(old) > historyPage; h.More {
		old = old[:historyPage]
	}
	after, err := decode(next)
	if err != nil {
		return nil, fmt.Errorf("item %s: %w", id, err)
	}
	for _, v := range old {
		was, err := decode(v.Doc)
		if err != nil {
			return nil, fmt.Errorf("item %s: version %d: %w", id, v.Version, err)
		}
		h.Revisions = append(h.Revisions, Revision{v.Version, v.ChangedAt, v.ChangedBy, v.Change, catalog.Diff(was, after)})
		after = was
	}
	return h, nil
}

// RestoreItem makes a former document the item's content again, as a new
// version; nothing of the history is lost.
func (s *Service) RestoreItem(ctx context.Context, a org.Actor, id string, version, old int64) error {
	return s.changeItem(ctx, a, id, version, fmt.Sprintf("恢复为第 %d 版", old), func(tx *store.Tx, _ *store.Item) (*catalog.Item, error) {
		doc, err := tx.ItemAt(id, old)
		if err != nil {
			return nil, err
		}
		return decode(doc)
	})
}

// ItemAt returns what an item held at a version.
func (s *Service) ItemAt(ctx context.Context, a org.Actor, id string, version int64) (*catalog.Item, error) {
	var doc []byte
	err := s.db.View(ctx, func(tx *store.Tx) error {
		row, err := tx.Item(id)
		if err != nil {
			return err
		}
		if err := org.Can(a, org.ReadItem, row.UnitID); err != nil {
			return err
		}
		doc, err = tx.ItemAt(id, version)
		return err
	})
	if err != nil {
		return nil, err
	}
	return decode(doc)
}

// Merged is an edit joined with what somebody else saved in the meantime.
type Merged struct {
	Item    *catalog.Item // mine and theirs joined; theirs where they clash
	Clashes []catalog.Clash
	Theirs  []catalog.Change // what the other changed since base
	Version int64            // at which the result can be saved
	By      string           // who saved in the meantime
	At      time.Time
}

// Merge joins an edit made from version base with the item as it stands now;
// prefer names the clashes in which mine is to win. Nothing is written: the
// result is saved with SaveItem at Merged.Version.
func (s *Service) Merge(ctx context.Context, a org.Actor, id string, base int64, mine *catalog.Item, prefer map[string]bool) (*Merged, error) {
	var row store.Item
	var was []byte
	var last []store.ItemVersion
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		if row, err = tx.Item(id); err != nil {
			return err
		}
		if last, err = tx.ItemHistory(id, 0, 1); err != nil {
			return err
		}
		if err := org.Can(a, org.EditItem, row.UnitID); err != nil {
			return err
		}
		if !publication.Allows(row.State, publication.Edit) {
			return fault.Conflictf("该事项现在不能修改：当前为“%s”，由%s处理。", row.State, publication.Turn[row.State])
		}
		was, err = tx.ItemAt(id, base)
		return err
	})
	if err != nil {
		return nil, err
	}
	before, err := decode(was)
	if err != nil {
		return nil, fmt.Errorf("item %s: version %d: %w", id, base, err)
	}
	theirs, err := decode(row.Doc)
	if err != nil {
		return nil, fmt.Errorf("item %s: %w", id, err)
	}
	m := &Merged{Theirs: catalog.Diff(before, theirs), Version: row.Version, By: row.UpdatedBy, At: row.UpdatedAt}
	if len(last) > 0 { // who changed the content, not who confirmed it since
		m.By, m.At = last[0].ChangedBy, last[0].ChangedAt
	}
	mine.Unit = theirs.Unit
	m.Item, m.Clashes = catalog.Merge(before, mine, theirs, prefer)
	return m, nil
}
