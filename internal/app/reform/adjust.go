package reform

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/code"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/lint"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/plan"
	"onevisit/internal/domain/publication"
	"onevisit/internal/domain/work"
	"onevisit/internal/infra/store"
)

// AdjustInput is what somebody fills in of an adjustment (P-3.2f).
type AdjustInput struct {
	Op                        publication.Op
	UnitID                    string // of the items; may be left out if there are any
	Cause, Basis              string
	CauseOn, Effective, Until calendar.Date
	Reason                    string
	Subjects                  []AdjustSubject
	Contents                  []string // IDs of working copies to be published
}

// AdjustSubject is a published item that gets another standing, with the items
// that take its place.
type AdjustSubject struct {
	ItemID string
	Next   []string
}

// openStates are the states of adjustments of which something may still come.
var openStates = func() (out []publication.BatchState) {
	for _, s := range publication.BatchStates {
		if !s.Over() {
			out = append(out, s)
		}
	}
	return out
}()

// StartAdjustment draws up an adjustment. Nothing is locked until it is filed,
// and what is missing may still be filled in.
func (s *Service) StartAdjustment(ctx context.Context, a org.Actor, in AdjustInput) (string, error) {
	if a.ID == "" {
		return "", fault.New(fault.Unauthorized, "请先登录。")
	}
	if !in.Op.Known() {
		return "", fault.Invalidf("调整没有建立。").At("op", "请选择调整的种类")
	}
	b := &publication.Batch{State: publication.Drafting}
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		p, err := tx.ActivePlan()
		if err != nil {
			return err
		}
		*b = publication.Batch{State: publication.Drafting, PlanID: p.ID, Adjustment: &publication.Adjustment{}}
		adj := b.Adjustment
		if adj.UnitID, err = unitOfInput(tx, in); err != nil {
			return err
		}
		if err := org.Can(a, org.FileAdjustment, adj.UnitID); err != nil {
			return err
		}
		if err := s.fillAdjustment(tx, a, b, in); err != nil {
			return err
		}
		adj.ByOffice = org.Can(a, org.EditItem, adj.UnitID) != nil
		cal, err := s.calendar(tx)
		if err != nil {
			return err
		}
		if adj.Due, err = publication.TurnDue(cal, p.Times(), b.State, "", adj.Effective, calendar.DateOf(tx.Now())); err != nil {
			return err
		}
		if err := tx.InsertAdjustment(b); err != nil {
			return err
		}
		return tx.Record(a, "起草调整", "调整", b.ID, adj.Number+" "+b.Title)
	})
	return b.ID, err
}

// unitOfInput is whose items an adjustment is about.
func unitOfInput(tx *store.Tx, in AdjustInput) (string, error) {
	id := ""
	switch {
	case len(in.Subjects) > 0:
		id = in.Subjects[0].ItemID
	case len(in.Contents) > 0:
		id = in.Contents[0]
	case in.UnitID != "":
		u, err := tx.Unit(in.UnitID)
		return u.ID, err
	default:
		return "", fault.Invalidf("调整没有建立。").At("items", "请选择要调整的事项")
	}
	row, err := tx.Item(id)
	return row.UnitID, err
}

// fillAdjustment puts what was filled in into an adjustment that is being drawn
// up; what items are named and how they stand is read from the database.
func (s *Service) fillAdjustment(tx *store.Tx, a org.Actor, b *publication.Batch, in AdjustInput) error {
	adj := b.Adjustment
	adj.Op, adj.Cause, adj.Basis, adj.Reason = in.Op, in.Cause, strings.TrimSpace(in.Basis), strings.TrimSpace(in.Reason)
	adj.CauseOn, adj.Effective, adj.Until = in.CauseOn, in.Effective, in.Until
	made := map[string]bool{}
	for i := range adj.Items {
		made[adj.Items[i].ItemID] = adj.Items[i].Made
	}
	adj.Items = nil
	seen := map[string]bool{}
	add := func(id string, side publication.Side, next []string) error {
		if seen[id] {
			return nil
		}
		seen[id] = true
		row, err := tx.Item(id)
		if err != nil {
			return err
		}
		if err := org.Can(a, org.ReadItem, row.UnitID); err != nil && !made[id] {
			return err
		}
		open, err := tx.Adjustments(store.AdjustmentFilter{Item: id, States: openStates, Limit: 5})
		if err != nil {
			return err
		}
		for _, o := range open {
			if o.ID != b.ID {
				return fault.Conflictf("“%s”正在另一项调整中（%s，%s），办完后才能再调整。", row.Name, o.Adjustment.Number, o.State)
			}
		}
		adj.Items = append(adj.Items, publication.AdjustedItem{BatchItem: publication.BatchItem{ItemID: id, UnitID: row.UnitID, Name: row.Name}, Side: side, Next: next, Made: made[id], State: row.State})
		return nil
	}
	for _, x := range in.Subjects {
		if err := add(x.ItemID, publication.Subject, x.Next); err != nil {
			return err
		}
	}
	for _, id := range in.Contents {
		if err := add(id, publication.Content, nil); err != nil {
			return err
		}
	}
	b.Title = adj.Title()
	// Only what is filed is frozen.
	for i := range adj.Items {
		adj.Items[i].BatchItem = publication.BatchItem{ItemID: adj.Items[i].ItemID, UnitID: adj.Items[i].UnitID}
	}
	return nil
}

// SaveAdjustment changes an adjustment that is being drawn up and still stands
// at the version the editor read.
func (s *Service) SaveAdjustment(ctx context.Context, a org.Actor, id string, version int64, in AdjustInput) error {
	return s.db.Update(ctx, func(tx *store.Tx) error {
		b, err := s.draftedBy(tx, a, id, version)
		if err != nil {
			return err
		}
		if err := s.fillAdjustment(tx, a, b, in); err != nil {
			return err
		}
		if err := tx.UpdateAdjustment(b); err != nil {
			return err
		}
		if err := saveDrafted(tx, b); err != nil {
			return err
		}
		return tx.Record(a, "修改调整", "调整", id, b.Adjustment.Number+" "+b.Title)
	})
}

// saveDrafted stores which items an adjustment is about, none of them frozen.
func saveDrafted(tx *store.Tx, b *publication.Batch) error {
	for i := range b.Adjustment.Items {
		it := &b.Adjustment.Items[i]
		it.BatchItem, it.From = publication.BatchItem{ItemID: it.ItemID}, ""
	}
	return tx.SaveAdjustedItems(b.ID, b.Adjustment.Items)
}

// draftedBy reads an adjustment that the actor is drawing up.
func (s *Service) draftedBy(tx *store.Tx, a org.Actor, id string, version int64) (*publication.Batch, error) {
	b, err := tx.Adjustment(id, false)
	if err != nil {
		return nil, err
	}
	if err := mayDraw(a, b.Adjustment); err != nil {
		return nil, err
	}
	if b.State != publication.Drafting {
		return nil, fault.Conflictf("调整当前为“%s”，不能修改；现由%s处理。", b.State, publication.BatchTurn[b.State])
	}
	if version != b.Version {
		return nil, fault.Conflictf("这项调整已由他人修改，您的修改没有保存。请刷新后核对再改。")
	}
	return &b, nil
}

// mayDraw: an adjustment is drawn up by the unit's liaison, or by the reform
// office where it began it.
func mayDraw(a org.Actor, adj *publication.Adjustment) error {
	if err := org.Can(a, org.FileAdjustment, adj.UnitID); err != nil {
		return err
	}
	if own := org.Can(a, org.EditItem, adj.UnitID) == nil; own == adj.ByOffice {
		who := map[bool]string{true: "审改办", false: adj.UnitName + "联络员"}[adj.ByOffice]
		return fault.Forbiddenf("这项调整由%s起草，请由其办理。", who)
	}
	return nil
}

// MakeSuccessors sets up, for a subject of an adjustment that is being drawn up,
// items that are to take its place: a copy of it in each of the units, or several
// of one unit by their names. Each is a draft of its unit, whose people complete
// and confirm it.
func (s *Service) MakeSuccessors(ctx context.Context, a org.Actor, id string, version int64, itemID string, units, names []string) error {
	return s.db.Update(ctx, func(tx *store.Tx) error {
		b, err := s.draftedBy(tx, a, id, version)
		if err != nil {
			return err
		}
		adj := b.Adjustment
		i := slices.IndexFunc(adj.Items, func(it publication.AdjustedItem) bool { return it.ItemID == itemID && it.Side == publication.Subject })
		if i < 0 {
			return fault.NotFoundf("这项调整中没有所选的事项。")
		}
		if !adj.Op.Succeeds() {
			return fault.Invalidf("%s不需要建立去向事项。", adj.Op)
		}
		cur, err := tx.CurrentItem(itemID)
		if err != nil {
			return err
		}
		if len(units) == 0 {
			units = []string{adj.UnitID}
		}
		if len(names) == 0 {
			names = []string{cur.Name}
		}
		n := 0
		for _, unitID := range units {
			unit, err := tx.Unit(unitID)
			if err != nil {
				return err
			}
			for _, name := range names {
				if name = strings.TrimSpace(name); name == "" {
					continue
				}
				data, err := decode(cur.Doc)
				if err != nil {
					return fmt.Errorf("item %s: %w", itemID, err)
				}
				inherit(data, unit, name, adj.Op)
				made, err := s.createItem(tx, a, unit, data)
				if err != nil {
					return err
				}
				adj.Items = append(adj.Items, publication.AdjustedItem{BatchItem: publication.BatchItem{ItemID: made}, Side: publication.Content, Made: true})
				for j := range adj.Items {
					// Whatever is merged becomes the one new item.
					if it := &adj.Items[j]; j == i || adj.Op == publication.OpMerge && it.Side == publication.Subject {
						it.Next = append(it.Next, made)
					}
				}
				if err := tx.RaiseTodo(work.Todo{Kind: work.KindReceive, SubjectKind: "事项", SubjectID: made, UnitID: unitID, Role: org.RoleLiaison, Due: adj.Due.String(),
					Title: fmt.Sprintf("核对并补充%s后的事项“%s”（%s）", adj.Op, name, adj.Number)}); err != nil {
					return err
				}
				n++
			}
		}
		if n == 0 {
			return fault.Invalidf("没有建立去向事项。").At("names", "请填写事项名称")
		}
		if err := tx.UpdateAdjustment(b); err != nil {
			return err
		}
		return saveDrafted(tx, b)
	})
}

// The levels of the dictionary 行使层级 at which a county's units work.
const (
	levelCounty   = "县级"
	levelTownship = "镇(乡、街道)级"
)

// inherit makes a copy of an item that another item, or another unit's, is to
// begin with. What the unit is known by comes from the register; codes that
// nobody has given yet are left out.
func inherit(it *catalog.Item, unit org.Unit, name string, op publication.Op) {
	renamed, from := it.Name != name, it.Unit
	it.Unit, it.Name, it.LocalCode, it.HandlingCode = unit.Name, name, "", ""
	it.Reform.By, it.Extra = "", nil
	basic, err := code.ParseBasic(it.BasicCode)
	if renamed || err != nil {
		it.BasicCode, it.ImplementationCode = "", "" // a code of its own comes from the catalogue
	}
	if op != publication.OpTransfer && op != publication.OpDelegate {
		if !renamed {
			it.ImplementationCode = ""
		}
		return
	}
	it.Body = catalog.Body{Name: unit.Name, USCC: unit.USCC, Nature: it.Body.Nature}
	it.Level, it.Office = levelCounty, ""
	if unit.Kind == org.KindTownship {
		it.Level = levelTownship
	}
	it.ImplementationCode = ""
	if level, ok := code.LevelCode(it.Level); ok && it.BasicCode != "" {
		if c, err := code.MakeImpl(unit.USCC, level, basic); err == nil {
			it.ImplementationCode = c.String()
		}
	}
	if it.Process != nil {
		for i := range it.Process.Sites {
			if it.Process.Sites[i].Unit == from {
				it.Process.Sites[i].Unit = unit.Name
			}
		}
		for i := range it.Process.Steps {
			if it.Process.Steps[i].Unit == from {
				it.Process.Steps[i].Unit, it.Process.Steps[i].Offices = unit.Name, nil
			}
		}
	}
	if unit.Phone != "" {
		it.Enquiry = []string{unit.Phone}
	}
	if unit.Complaint != "" {
		it.Complaint = []string{unit.Complaint}
	}
	if unit.Address != "" {
		it.Places = []catalog.Place{{Name: unit.Name, Address: unit.Address, Hours: unit.Hours, Phone: unit.Phone}}
	}
}

// FileAdjustment hands an adjustment in: the unit's liaison to the unit's
// leader, the reform office to itself, where somebody else decides. What it says
// is frozen, and its items are locked until it is decided.
func (s *Service) FileAdjustment(ctx context.Context, a org.Actor, id string, version int64) error {
	return s.db.Update(ctx, func(tx *store.Tx) error {
		if _, err := s.draftedBy(tx, a, id, version); err != nil {
			return err
		}
		b, err := tx.Adjustment(id, true)
		if err != nil {
			return err
		}
		adj, today := b.Adjustment, calendar.DateOf(tx.Now())
		others, err := outside(tx, adj)
		if err != nil {
			return err
		}
		if err := publication.CheckAdjustment(adj, others, today); err != nil {
			return err
		}
		if err := adj.CheckConfirmed(); err != nil {
			return err
		}
		if err := s.lockItems(tx, a, &b); err != nil {
			return err
		}
		p, err := tx.ActivePlan()
		if err != nil {
			return err
		}
		cal, err := s.calendar(tx)
		if err != nil {
			return err
		}
		last, err := cal.AddWorkdays(adj.CauseOn, p.Times().Apply)
		if err != nil {
			return err
		}
		adj.Late = last.Before(today)
		adj.Track, adj.Why = publication.TrackOf(adj)
		adj.Filed = publication.Hand{ID: a.ID, Name: a.Name, At: tx.Now()}
		adj.Confirmed, adj.Decided, adj.Approved = publication.Hand{}, publication.Hand{}, publication.Hand{}
		b.Title, b.Note = adj.Title(), ""
		if err := tx.SaveAdjustedItems(id, adj.Items); err != nil {
			return err
		}
		ev := publication.AdjustFile
		if adj.ByOffice {
			ev = publication.AdjustPropose
		}
		return s.stepAdjustment(tx, a, &b, ev, "")
	})
}

// lockItems freezes what the items of an adjustment are, and locks their working
// copies.
func (s *Service) lockItems(tx *store.Tx, a org.Actor, b *publication.Batch) error {
	faulty := fault.Invalidf("有事项存在错误，调整没有提交。请改正并重新确认。")
	for i := range b.Adjustment.Items {
		it := &b.Adjustment.Items[i]
		row, err := tx.Item(it.ItemID)
		if err != nil {
			return err
		}
		unit, err := tx.Unit(row.UnitID)
		if err != nil {
			return err
		}
		switch it.Side {
		case publication.Subject:
			if row.State != publication.Published && row.State != publication.Suspended {
				if err := s.shelve(tx, a, unit, &row, it.Was); err != nil {
					return err
				}
			}
		case publication.Content:
			data, err := decode(row.Doc)
			if err != nil {
				return fmt.Errorf("item %s: %w", row.ID, err)
			}
			// The rules may be newer than the leader's confirmation.
			if err := s.judge(tx, unit, &row, data); err != nil {
				return err
			}
			if row.Errors > 0 {
				faulty.At("items."+row.ID, "“%s”有 %d 个错误", row.Name, row.Errors)
			}
		}
		it.From = row.State
		to, err := publication.Next(row.State, publication.Adjust)
		if err != nil {
			return err
		}
		if err := tx.MoveItem(row.ID, row.Version, to, row.SubmissionID); err != nil {
			return err
		}
	}
	return faulty.OrNil()
}

// shelve takes a working copy back to what is published, so that it can be
// suspended or cancelled; the revision stays in the item's history.
func (s *Service) shelve(tx *store.Tx, a org.Actor, unit org.Unit, row *store.Item, was *publication.Former) error {
	ev := publication.Shelve
	if was.Standing == publication.StandingSuspended {
		ev = publication.ShelvePaused
	}
	var err error
	if row.State, err = publication.Next(row.State, ev); err != nil {
		return err
	}
	data, err := decode(was.Doc)
	if err != nil {
		return fmt.Errorf("item %s: published form: %w", row.ID, err)
	}
	row.UpdatedBy = a.Name
	if err := s.judge(tx, unit, row, data); err != nil {
		return err
	}
	return tx.UpdateItem(row, "搁置修改，恢复为公布的内容")
}

// unlockItems gives the items of an adjustment back: each is again what it was
// before. Those that were set up for it are dropped if drop is set.
func (s *Service) unlockItems(tx *store.Tx, b *publication.Batch, drop bool) error {
	for i := range b.Adjustment.Items {
		it := &b.Adjustment.Items[i]
		row, err := tx.Item(it.ItemID)
		if err != nil {
			return err
		}
		if row.State == publication.Adjusting {
			ev := publication.GiveBack
			switch it.From {
			case publication.Published:
				ev = publication.Keep
			case publication.Suspended:
				ev = publication.KeepSuspended
			}
			to, err := publication.Next(row.State, ev)
			if err != nil {
				return err
			}
			if err := tx.MoveItem(row.ID, row.Version, to, row.SubmissionID); err != nil {
				return err
			}
			row.State, row.Version = to, row.Version+1
		}
		if !drop || !it.Made || row.ReleaseSeq != 0 {
			continue
		}
		to, err := publication.Next(row.State, publication.Drop)
		if fault.Is(err, fault.Conflict) {
			continue // it is on another way by now
		}
		if err != nil {
			return err
		}
		if err := tx.MoveItem(row.ID, row.Version, to, row.SubmissionID); err != nil {
			return err
		}
		if err := tx.CloseTodos(work.KindReceive, row.ID, "调整没有进行"); err != nil {
			return err
		}
	}
	return tx.ThawAdjustedItems(b.ID)
}

// outside reads the items outside an adjustment that take the place of one
// in it.
func outside(tx *store.Tx, adj *publication.Adjustment) (map[string]publication.Neighbour, error) {
	in := map[string]bool{}
	for i := range adj.Items {
		in[adj.Items[i].ItemID] = true
	}
	var ids []string
	for i := range adj.Items {
		for _, id := range adj.Items[i].Next {
			if !in[id] {
				ids = append(ids, id)
			}
		}
	}
	return tx.Neighbours(ids)
}

// stepAdjustment moves an adjustment by the table, sets the clock of the next
// turn and hands it to whose turn it is. The note is kept and audited.
func (s *Service) stepAdjustment(tx *store.Tx, a org.Actor, b *publication.Batch, ev publication.BatchEvent, note string) error {
	adj := b.Adjustment
	to, err := publication.NextBatch(b.Kind, b.State, ev)
	if err != nil {
		return err
	}
	b.State = to
	p, err := tx.ActivePlan()
	if err != nil {
		return err
	}
	cal, err := s.calendar(tx)
	if err != nil {
		return err
	}
	if adj.Due, err = publication.TurnDue(cal, p.Times(), to, adj.Track, adj.Effective, calendar.DateOf(tx.Now())); err != nil {
		return err
	}
	for _, kind := range []work.Kind{work.KindAdjust, work.KindPublish} {
		if err := tx.CloseTodos(kind, b.ID, string(ev)); err != nil {
			return err
		}
	}
	t := work.Todo{Kind: work.KindAdjust, SubjectKind: "调整", SubjectID: b.ID, Title: b.Title + "（" + adj.Number + "）"}
	if !adj.Due.IsZero() {
		t.Due = adj.Due.String()
	}
	switch to {
	case publication.Drafting:
		if t.Title, t.Role, t.UnitID = "修改退回的调整："+t.Title, org.RoleLiaison, adj.UnitID; adj.ByOffice {
			t.Role, t.UnitID = org.RoleReform, ""
		}
	case publication.AtLeader:
		t.Title, t.Role, t.UnitID = "确认调整："+t.Title, org.RoleLeader, adj.UnitID
	case publication.AtOffice:
		t.Title, t.Role = "审查调整："+t.Title, org.RoleReform
	case publication.AtCounty:
		t.Title, t.Role = "批准调整："+t.Title, org.RoleGovernment
	case publication.Sanctioned:
		t.Kind, t.Title, t.Role = work.KindPublish, "公布调整："+t.Title, org.RoleReform
	}
	if t.Role != "" {
		if err := tx.RaiseTodo(t); err != nil {
			return err
		}
	}
	if err := tx.UpdateAdjustment(b); err != nil {
		return err
	}
	what := adj.Number + " " + b.Title
	if note != "" {
		what += "：" + note
	}
	return tx.Record(a, "调整："+string(ev), "调整", b.ID, what)
}

// stepGuarded is the common frame of the steps after the filing: read, refuse
// who may not, do, move.
func (s *Service) stepGuarded(ctx context.Context, a org.Actor, id string, ev publication.BatchEvent, note string, do func(*store.Tx, *publication.Batch) error) error {
	if a.ID == "" {
		return fault.New(fault.Unauthorized, "请先登录。")
	}
	return s.db.Update(ctx, func(tx *store.Tx) error {
		b, err := tx.Adjustment(id, false)
		if err != nil {
			return err
		}
		if err := mayStep(a, &b, ev); err != nil {
			return err
		}
		if do != nil {
			if err := do(tx, &b); err != nil {
				return err
			}
		}
		return s.stepAdjustment(tx, a, &b, ev, note)
	})
}

// mayStep reports why the actor may not take a step of an adjustment now, by the
// table, the track and the four eyes.
func mayStep(a org.Actor, b *publication.Batch, ev publication.BatchEvent) error {
	if b.Adjustment == nil {
		return fault.NotFoundf("没有找到这项调整。")
	}
	adj := b.Adjustment
	to, err := publication.NextBatch(publication.KindAdjustment, b.State, ev)
	var who org.Action
	for _, t := range publication.BatchTransitions {
		if t.Kind == publication.KindAdjustment && t.Event == ev && (who == "" || t.From == b.State) {
			who = t.Who
		}
	}
	unit := adj.UnitID
	if who != org.FileAdjustment && who != org.ConfirmAdjustment {
		unit = ""
	}
	if err := org.Can(a, who, unit); err != nil {
		return err
	}
	if err != nil {
		return err
	}
	switch ev {
	case publication.AdjustFile, publication.AdjustPropose, publication.AdjustWithdraw:
		if err := mayDraw(a, adj); err != nil {
			return err
		}
		if ev != publication.AdjustWithdraw && adj.ByOffice != (ev == publication.AdjustPropose) {
			return fault.Conflictf("这项调整不能%s。", ev)
		}
	case publication.AdjustDecide, publication.BatchSend:
		if element := ev == publication.AdjustDecide; element != (adj.Track == publication.TrackElement) {
			return fault.Conflictf("这项调整按规定由%s：%s。", adj.Track, strings.Join(adj.Why, "；"))
		}
	case publication.AdjustReopen, publication.BatchReturn:
		if element := ev == publication.AdjustReopen; b.State == publication.Sanctioned && element != (adj.Track == publication.TrackElement) {
			return fault.Conflictf("这项调整由%s，不能由您收回。", adj.Track)
		}
	}
	// Who writes or confirms for the unit does not decide on its things.
	if who == org.DecideAdjustment && to != publication.Drafting && (org.Can(a, org.EditItem, adj.UnitID) == nil || org.Can(a, org.ConfirmItem, adj.UnitID) == nil) {
		return fault.Forbiddenf("您是%s的联络员或负责人，不能审查本单位的调整，请由其他人员办理。", adj.UnitName)
	}
	return adj.CheckEyes(ev, a.ID)
}

// ConfirmAdjustment records that the unit's leader stands for an adjustment; it
// goes on to the reform office.
func (s *Service) ConfirmAdjustment(ctx context.Context, a org.Actor, id string) error {
	return s.stepGuarded(ctx, a, id, publication.AdjustConfirm, "", func(tx *store.Tx, b *publication.Batch) error {
		b.Adjustment.Confirmed = publication.Hand{ID: a.ID, Name: a.Name, At: tx.Now()}
		return nil
	})
}

// WithdrawAdjustment takes an adjustment back before it is decided; its items
// are what they were.
func (s *Service) WithdrawAdjustment(ctx context.Context, a org.Actor, id string) error {
	return s.stepGuarded(ctx, a, id, publication.AdjustWithdraw, "", func(tx *store.Tx, b *publication.Batch) error {
		return s.unlockItems(tx, b, true)
	})
}

// reasonGiven refuses a step without a reason.
func reasonGiven(what, reason string) error {
	if strings.TrimSpace(reason) == "" {
		return fault.Invalidf("调整没有%s。", what).At("note", "请写明%s的理由", what)
	}
	return nil
}

// ReturnAdjustment gives an adjustment back: the unit's leader and the reform
// office to whoever drew it up, the county government to the reform office. The
// items are unlocked when it goes back to be drawn up again.
func (s *Service) ReturnAdjustment(ctx context.Context, a org.Actor, id, reason string) error {
	if err := reasonGiven("退回", reason); err != nil {
		return err
	}
	ev := publication.AdjustReturn
	if org.Can(a, org.ApproveBatch, "") == nil {
		ev = publication.BatchReturn
	}
	return s.stepGuarded(ctx, a, id, ev, reason, func(tx *store.Tx, b *publication.Batch) error {
		b.Note, b.PublishAt = strings.TrimSpace(reason), time.Time{}
		b.Adjustment.Approved = publication.Hand{}
		if ev == publication.BatchReturn {
			return nil
		}
		return s.unlockItems(tx, b, false)
	})
}

// ReopenAdjustment takes back the reform office's own decision before it is
// published.
func (s *Service) ReopenAdjustment(ctx context.Context, a org.Actor, id, reason string) error {
	if err := reasonGiven("收回", reason); err != nil {
		return err
	}
	return s.stepGuarded(ctx, a, id, publication.AdjustReopen, reason, func(_ *store.Tx, b *publication.Batch) error {
		b.Note, b.PublishAt = strings.TrimSpace(reason), time.Time{}
		b.Adjustment.Decided = publication.Hand{}
		return nil
	})
}

// RefuseAdjustment ends an adjustment: it does not come about.
func (s *Service) RefuseAdjustment(ctx context.Context, a org.Actor, id, reason string) error {
	if err := reasonGiven("办理", reason); err != nil {
		return err
	}
	return s.stepGuarded(ctx, a, id, publication.AdjustRefuse, reason, func(tx *store.Tx, b *publication.Batch) error {
		b.Note = strings.TrimSpace(reason)
		return s.unlockItems(tx, b, true)
	})
}

// DecideAdjustment is the reform office's decision on a change of elements, which
// needs nobody else. The document number may be left out.
func (s *Service) DecideAdjustment(ctx context.Context, a org.Actor, id, docNo string) error {
	return s.stepGuarded(ctx, a, id, publication.AdjustDecide, "", func(tx *store.Tx, b *publication.Batch) error {
		if docNo = strings.TrimSpace(docNo); docNo != "" && !publication.IsDocNo(docNo) {
			return fault.Invalidf("调整没有决定。").At("doc_no", "文号应形如“广审改办〔2018〕12号”，没有文号的可以不填")
		}
		b.DocNo, b.DocDate, b.ApprovedBy = docNo, calendar.DateOf(tx.Now()), a.Name
		b.Adjustment.Decided = publication.Hand{ID: a.ID, Name: a.Name, At: tx.Now()}
		return nil
	})
}

// SendAdjustment reports an adjustment to the county government.
func (s *Service) SendAdjustment(ctx context.Context, a org.Actor, id string) error {
	return s.stepGuarded(ctx, a, id, publication.BatchSend, "", func(tx *store.Tx, b *publication.Batch) error {
		b.Note, b.SentBy = "", a.ID
		b.Adjustment.Decided = publication.Hand{ID: a.ID, Name: a.Name, At: tx.Now()}
		return nil
	})
}

// ApproveAdjustment records the county government's approval.
func (s *Service) ApproveAdjustment(ctx context.Context, a org.Actor, id, docNo string, docDate calendar.Date) error {
	return s.stepGuarded(ctx, a, id, publication.BatchApprove, "", func(tx *store.Tx, b *publication.Batch) error {
		b.Items = b.Adjustment.Frozen(nil)
		if err := publication.CheckApproval(b, docNo, docDate, calendar.DateOf(tx.Now())); err != nil {
			return err
		}
		b.DocNo, b.DocDate, b.ApprovedBy = docNo, docDate, a.Name
		b.Adjustment.Approved = publication.Hand{ID: a.ID, Name: a.Name, At: tx.Now()}
		return nil
	})
}

// ReinstateItem opens a cancelled item for editing, so that it can be set up anew
// under its old address.
func (s *Service) ReinstateItem(ctx context.Context, a org.Actor, id string) error {
	return s.db.Update(ctx, func(tx *store.Tx) error {
		row, err := tx.Item(id)
		if err != nil {
			return err
		}
		if err := org.Can(a, org.EditItem, row.UnitID); err != nil {
			return err
		}
		to, err := publication.Next(row.State, publication.Reinstate)
		if err != nil {
			return err
		}
		if err := tx.MoveItem(id, row.Version, to, row.SubmissionID); err != nil {
			return err
		}
		return tx.Record(a, "重新启用事项", "事项", id, row.Name)
	})
}

// AdjustmentView is an adjustment with everything its page shows.
type AdjustmentView struct {
	publication.Batch
	Times  plan.Clocks
	Others map[string]publication.Neighbour
	// Changes are what each content changes, by item ID; Found its findings.
	Changes map[string][]catalog.Change
	Found   map[string][]lint.Finding
	Burdens []string
	// Problems are what would be refused if it were filed now.
	Problems []fault.Field
	May      map[publication.BatchEvent]bool
	Release  *publication.Release // once it is published
}

// Adjustment shows an adjustment to the offices, to its unit and to the units of
// its items.
func (s *Service) Adjustment(ctx context.Context, a org.Actor, id string) (*AdjustmentView, error) {
	v := &AdjustmentView{Changes: map[string][]catalog.Change{}, Found: map[string][]lint.Finding{}, May: map[publication.BatchEvent]bool{}}
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		if v.Batch, err = tx.Adjustment(id, true); err != nil {
			return err
		}
		if err := mayReadAdjustment(a, v.Adjustment); err != nil {
			return err
		}
		if v.Others, err = outside(tx, v.Adjustment); err != nil {
			return err
		}
		p, err := tx.ActivePlan()
		if err != nil {
			return err
		}
		v.Times = p.Times()
		for i := range v.Adjustment.Items {
			it := &v.Adjustment.Items[i]
			if it.Side != publication.Content {
				continue
			}
			if it.Was != nil {
				if v.Changes[it.ItemID], err = catalog.DiffDocs(it.Was.Doc, it.Doc); err != nil {
					return fmt.Errorf("item %s: %w", it.ItemID, err)
				}
			}
			row, err := tx.Item(it.ItemID)
			if err != nil {
				return err
			}
			var found []lint.Finding
			if err := json.Unmarshal(row.Findings, &found); err != nil {
				return fmt.Errorf("item %s: findings: %w", it.ItemID, err)
			}
			v.Found[it.ItemID] = found
			for _, f := range found {
				if f.Severity == lint.Error {
					it.Errors++
				}
			}
		}
		if v.State == publication.Drafting {
			today := calendar.DateOf(tx.Now())
			v.Problems = append(fault.Fields(publication.CheckAdjustment(v.Adjustment, v.Others, today)), fault.Fields(v.Adjustment.CheckConfirmed())...)
			v.Adjustment.Track, v.Adjustment.Why = publication.TrackOf(v.Adjustment)
		}
		if v.State == publication.Released {
			releases, err := tx.Releases()
			if err != nil {
				return err
			}
			for i := range releases {
				if releases[i].BatchID == id {
					v.Release = &releases[i]
				}
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if v.Burdens, err = v.Adjustment.Burdens(); err != nil {
		return nil, err
	}
	for _, t := range publication.BatchTransitions {
		if t.Kind == publication.KindAdjustment && t.From == v.State {
			v.May[t.Event] = mayStep(a, &v.Batch, t.Event) == nil
		}
	}
	return v, nil
}

// mayReadAdjustment: the offices read every adjustment, a unit those that touch
// its items.
func mayReadAdjustment(a org.Actor, adj *publication.Adjustment) error {
	err := org.Can(a, org.ReadItem, adj.UnitID)
	for i := range adj.Items {
		if err == nil {
			break
		}
		err = org.Can(a, org.ReadItem, adj.Items[i].UnitID)
	}
	return err
}

// AdjustmentsFilter narrows the list of adjustments.
type AdjustmentsFilter struct {
	States []publication.BatchState // nil is all
	Unit   string
	Op     publication.Op
	Item   string
	Order  Order // unit, op, due, state; else newest first
	// After and Before are the IDs at the ends of the neighbouring pages.
	After, Before string
	Limit         int
}

// Adjustments lists adjustments, newest first: to the offices all, to a unit
// those that touch its items.
func (s *Service) Adjustments(ctx context.Context, a org.Actor, f AdjustmentsFilter) ([]publication.Batch, error) {
	var units []string
	if f.Unit != "" {
		units = []string{f.Unit}
	}
	units, err := visibleUnits(a, units)
	if err != nil {
		return nil, err
	}
	var list []publication.Batch
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		list, err = tx.Adjustments(store.AdjustmentFilter{Units: units, States: f.States, Op: f.Op, Item: f.Item, Order: f.Order, After: f.After, Before: f.Before, Limit: f.Limit})
		return err
	})
	return list, err
}

// FindPublished finds published items that can take another's place.
func (s *Service) FindPublished(ctx context.Context, a org.Actor, text, unitID string) ([]publication.Neighbour, error) {
	if a.ID == "" {
		return nil, fault.New(fault.Unauthorized, "请先登录。")
	}
	var list []publication.Neighbour
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		list, err = tx.FindPublished(strings.TrimSpace(text), unitID, 30)
		return err
	})
	return list, err
}
