package reform

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/lint"
	"onevisit/internal/domain/onceonly"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/plan"
	"onevisit/internal/domain/publication"
	"onevisit/internal/domain/work"
	"onevisit/internal/infra/exchange"
	"onevisit/internal/infra/store"
)

// WaiverJob is the kind of the daily job that tells units whose waivers have
// ended.
const WaiverJob = "waivers"

// WaiverFilter selects waivers.
type WaiverFilter = store.WaiverFilter

// answer puts the reasons on record to the warnings that they are about.
func answer(found []lint.Finding, it *catalog.Item, reasons []store.FindingReason) {
	if len(reasons) == 0 {
		return
	}
	for i := range found {
		f := &found[i]
		if f.Severity != lint.Warning {
			continue
		}
		place := lint.Place(it, f)
		for k := range reasons {
			if r := &reasons[k]; r.Rule == f.Rule && r.Place == place {
				f.Reason = &r.Reason
			}
		}
	}
}

// waivers are what the rules need to know of an item's waivers.
func waivers(tx *store.Tx, itemID string) ([]lint.Waiver, error) {
	rows, err := tx.Waivers(store.WaiverFilter{Item: itemID, Open: true})
	var out []lint.Waiver
	for _, w := range rows {
		if w.Granted {
			out = append(out, w.Lint())
		}
	}
	return out, err
}

// found judges an item anew and finds in it what a rule says of a place.
func (s *Service) found(tx *store.Tx, g *onceonly.Graph, row *store.Item, rule, field string) (*catalog.Item, *lint.Finding, error) {
	unit, err := tx.Unit(row.UnitID)
	if err != nil {
		return nil, nil, err
	}
	data, err := decode(row.Doc)
	if err != nil {
		return nil, nil, fmt.Errorf("item %s: %w", row.ID, err)
	}
	if err := s.judge(tx, unit, row, data); err != nil {
		return nil, nil, err
	}
	list, err := s.foundOf(tx, g, row, data)
	if err != nil {
		return nil, nil, err
	}
	for i := range list {
		if list[i].Rule == rule && list[i].Field == field {
			return data, &list[i], nil
		}
	}
	return nil, nil, fault.Conflictf("这条检查结果已经没有了，可能事项刚被修改。请刷新后核对。")
}

// foundOf is what was found in a row that was judged, and what the county's
// graph of materials says of it, with the reasons on record.
func (s *Service) foundOf(tx *store.Tx, g *onceonly.Graph, row *store.Item, data *catalog.Item) ([]lint.Finding, error) {
	var list []lint.Finding
	if err := json.Unmarshal(row.Findings, &list); err != nil {
		return nil, fmt.Errorf("item %s: findings: %w", row.ID, err)
	}
	rules, err := s.rulesInForce(tx)
	if err != nil {
		return nil, err
	}
	linked := g.Of(row.ID)
	if len(linked) == 0 {
		return list, nil
	}
	reasons, err := tx.FindingReasons(row.ID)
	if err != nil {
		return nil, err
	}
	subject := lint.ItemSubject(data)
	subject.Key = row.ID
	more := lint.Linked(lint.NewContext(lint.Config{Rules: rules.Set, Today: calendar.DateOf(tx.Now()), AllItems: true}), subject, linked)
	answer(more, data, reasons)
	return append(list, more...), nil
}

// ExplainFinding records why a unit keeps what a warning speaks against. The
// item does not change, nor does its state; what was handed in keeps the reasons
// that it was handed in with.
func (s *Service) ExplainFinding(ctx context.Context, a org.Actor, id, rule, field, reason string) error {
	if err := publication.CheckReason(reason); err != nil {
		return err
	}
	g, err := s.currentMaterials(ctx)
	if err != nil {
		return err
	}
	return s.db.Update(ctx, func(tx *store.Tx) error {
		row, err := tx.Item(id)
		if err != nil {
			return err
		}
		if err := org.Can(a, org.EditItem, row.UnitID); err != nil {
			return err
		}
		if row.State.Locked() {
			return fault.Conflictf("该事项现在不能修改：当前为“%s”，由%s处理。", row.State, publication.Turn[row.State])
		}
		data, f, err := s.found(tx, g, &row, rule, field)
		if err != nil {
			return err
		}
		if f.Severity != lint.Warning {
			return fault.Invalidf("只有警告可以说明理由；错误须更正，建议不须说明。")
		}
		if err := explain(tx, a, &row, data, f, reason); err != nil {
			return err
		}
		if err := tx.Record(a, "说明警告理由", "事项", row.ID, fmt.Sprintf("%s：%s：%s", row.Name, f.Rule, f.Reason.Text)); err != nil {
			return err
		}
		return s.rejudged(tx, &row, data)
	})
}

// explain stores one reason; the caller records it in the trail.
func explain(tx *store.Tx, a org.Actor, row *store.Item, data *catalog.Item, f *lint.Finding, reason string) error {
	f.Reason = &lint.Reason{Text: strings.TrimSpace(reason), By: a.Name, On: calendar.DateOf(tx.Now())}
	return tx.SaveFindingReason(store.FindingReason{ItemID: row.ID, Rule: f.Rule, Place: lint.Place(data, f), Reason: *f.Reason, ByID: a.ID})
}

// rejudged writes what is found after an answer; the item keeps its version.
func (s *Service) rejudged(tx *store.Tx, row *store.Item, data *catalog.Item) error {
	unit, err := tx.Unit(row.UnitID)
	if err != nil {
		return err
	}
	if err := s.judge(tx, unit, row, data); err != nil {
		return err
	}
	_, err = tx.SetFindings(row)
	return err
}

// Waiving is what is asked for, or granted.
type Waiving struct {
	ItemID, Rule, Field string // the finding
	Reason              string
	Until               calendar.Date // of what the reform office grants
	Note                string
}

// AskWaiver asks the reform office to waive a finding of a waivable rule (◇).
func (s *Service) AskWaiver(ctx context.Context, a org.Actor, in Waiving) error {
	if err := publication.CheckReason(in.Reason); err != nil {
		return err
	}
	return s.db.Update(ctx, func(tx *store.Tx) error {
		row, err := tx.Item(in.ItemID)
		if err != nil {
			return err
		}
		if err := org.Can(a, org.EditItem, row.UnitID); err != nil {
			return err
		}
		w, _, _, err := s.newWaiver(tx, a, &row, in)
		if err != nil {
			return err
		}
		if err := tx.InsertWaiver(w); err != nil {
			return oneWaiver(err)
		}
		unit, err := tx.Unit(row.UnitID)
		if err != nil {
			return err
		}
		cal, err := s.calendar(tx)
		if err != nil {
			return err
		}
		due, err := cal.AddWorkdays(calendar.DateOf(tx.Now()), waiverDays)
		if err != nil {
			return err
		}
		if err := tx.RaiseTodo(work.Todo{Kind: work.KindWaiver, SubjectKind: "豁免", SubjectID: w.ID, Role: org.RoleReform, Due: due.String(),
			Title: fmt.Sprintf("答复%s的豁免申请：“%s”的%s", unit.Name, row.Name, w.About)}); err != nil {
			return err
		}
		return tx.Record(a, "申请豁免", "事项", row.ID, fmt.Sprintf("%s：%s %s", row.Name, w.Rule, w.About))
	})
}

// waiverDays is how many working days the reform office has to answer.
const waiverDays = 5

func oneWaiver(err error) error {
	if fault.Is(err, fault.Conflict) {
		return fault.Conflictf("这一问题已经申请过豁免，请等审改办答复。")
	}
	return err
}

// newWaiver makes a waiver of a finding as it stands, and ends one of the same
// finding that is over.
func (s *Service) newWaiver(tx *store.Tx, a org.Actor, row *store.Item, in Waiving) (*publication.Waiver, *catalog.Item, *lint.Finding, error) {
	if row.State.Locked() {
		return nil, nil, nil, fault.Conflictf("该事项现在不能修改：当前为“%s”，由%s处理。", row.State, publication.Turn[row.State])
	}
	data, f, err := s.found(tx, &onceonly.Graph{}, row, in.Rule, in.Field) // warnings are not waived
	if err != nil {
		return nil, nil, nil, err
	}
	if !f.Waivable || f.Severity != lint.Error {
		return nil, nil, nil, fault.Invalidf("%s不能豁免。能豁免的只有标◇的错误。", f.Rule)
	}
	w := &publication.Waiver{ItemID: row.ID, UnitID: row.UnitID, Rule: f.Rule, Place: lint.Place(data, f), About: lint.About(data, f), Message: f.Message,
		Reason: strings.TrimSpace(in.Reason), AskedBy: a.Name}
	open, err := tx.Waivers(store.WaiverFilter{Item: row.ID, Open: true})
	if err != nil {
		return nil, nil, nil, err
	}
	for i := range open {
		o := &open[i].Waiver
		if o.Rule == w.Rule && o.Place == w.Place && o.State(calendar.DateOf(tx.Now())) == publication.WaiverOver {
			o.ClosedAt = tx.Now()
			if err := tx.UpdateWaiver(o); err != nil {
				return nil, nil, nil, err
			}
		}
	}
	return w, data, f, nil
}

// GrantWaiver waives a finding that the reform office has found itself, without
// being asked.
func (s *Service) GrantWaiver(ctx context.Context, a org.Actor, in Waiving) error {
	if err := org.Can(a, org.WaiveFinding, ""); err != nil {
		return err
	}
	if err := publication.CheckReason(in.Reason); err != nil {
		return err
	}
	return s.db.Update(ctx, func(tx *store.Tx) error {
		today := calendar.DateOf(tx.Now())
		if err := publication.CheckGrant(in.Until, today); err != nil {
			return err
		}
		row, err := tx.Item(in.ItemID)
		if err != nil {
			return err
		}
		w, data, f, err := s.newWaiver(tx, a, &row, in)
		if err != nil {
			return err
		}
		w.Granted, w.Until, w.Note, w.DecidedBy = true, in.Until, strings.TrimSpace(in.Note), a.Name
		if err := tx.InsertWaiver(w); err != nil {
			return oneWaiver(err)
		}
		return s.waived(tx, a, &row, data, f, w)
	})
}

// waived carries a granted waiver into the item: its material is named only.
func (s *Service) waived(tx *store.Tx, a org.Actor, row *store.Item, data *catalog.Item, f *lint.Finding, w *publication.Waiver) error {
	if err := tx.Record(a, "同意豁免", "事项", row.ID, fmt.Sprintf("%s：%s %s，至 %s", row.Name, w.Rule, w.About, w.Until)); err != nil {
		return err
	}
	named := lint.ByNumber(data, f)
	if named == data {
		return s.rejudged(tx, row, data)
	}
	var err error
	if row.State, err = publication.Next(row.State, publication.Edit); err != nil {
		return err
	}
	unit, err := tx.Unit(row.UnitID)
	if err != nil {
		return err
	}
	row.UpdatedBy = a.Name
	if err := s.judge(tx, unit, row, named); err != nil {
		return err
	}
	return tx.UpdateItem(row, "审改办同意豁免，只填编号")
}

// DecideWaiver answers what a unit has asked for.
func (s *Service) DecideWaiver(ctx context.Context, a org.Actor, id string, version int64, grant bool, until calendar.Date, note string) error {
	if err := org.Can(a, org.WaiveFinding, ""); err != nil {
		return err
	}
	note = strings.TrimSpace(note)
	if !grant && note == "" {
		return fault.Invalidf("答复没有保存。").At("note", "不同意的，请写明理由和怎样改")
	}
	return s.db.Update(ctx, func(tx *store.Tx) error {
		today := calendar.DateOf(tx.Now())
		if grant {
			if err := publication.CheckGrant(until, today); err != nil {
				return err
			}
		}
		row, err := tx.Waiver(id)
		if err != nil {
			return err
		}
		w := &row.Waiver
		if w.State(today) != publication.WaiverAsked {
			return fault.Conflictf("这项豁免申请已经处理过：%s。", w.State(today))
		}
		w.Version, w.Granted, w.Note, w.DecidedAt, w.DecidedBy = version, grant, note, tx.Now(), a.Name
		if grant {
			w.Until = until
		} else {
			w.ClosedAt = tx.Now()
		}
		if err := tx.UpdateWaiver(w); err != nil {
			return err
		}
		if err := tx.CloseTodos(work.KindWaiver, w.ID, map[bool]string{true: "同意", false: "未同意"}[grant]); err != nil {
			return err
		}
		it, err := tx.Item(w.ItemID)
		if err != nil {
			return err
		}
		if !grant {
			if err := s.fixTodo(tx, w, it.Name, "审改办没有同意豁免："+note); err != nil {
				return err
			}
			return tx.Record(a, "不同意豁免", "事项", w.ItemID, fmt.Sprintf("%s：%s %s", it.Name, w.Rule, w.About))
		}
		data, err := decode(it.Doc)
		if err != nil {
			return fmt.Errorf("item %s: %w", it.ID, err)
		}
		f := &lint.Finding{Rule: w.Rule}
		var still bool
		if f.Field, still = catalog.AtAnchor(data, w.Place); !still {
			return fault.Conflictf("“%s”的%s已经不在清单中，不须豁免；请让单位撤回申请。", it.Name, w.About)
		}
		if !publication.Allows(it.State, publication.Edit) {
			return fault.Conflictf("该事项现在不能修改：当前为“%s”，由%s处理。", it.State, publication.Turn[it.State])
		}
		return s.waived(tx, a, &it, data, f, w)
	})
}

// fixTodo tells a unit to put its item right.
func (s *Service) fixTodo(tx *store.Tx, w *publication.Waiver, item, why string) error {
	due, err := s.dueIn(tx, func(c plan.Clocks) int { return c.Fix })
	if err != nil {
		return err
	}
	return tx.RaiseTodo(work.Todo{Kind: work.KindUnwaived, SubjectKind: "事项", SubjectID: w.ItemID, UnitID: w.UnitID, Role: org.RoleLiaison, Due: due,
		Title: fmt.Sprintf("修改“%s”的%s：%s", item, w.About, why)})
}

// EndWaiver ends a waiver before its day: the unit withdraws what it asked for,
// the reform office takes back what it granted, for a reason.
func (s *Service) EndWaiver(ctx context.Context, a org.Actor, id string, version int64, note string) error {
	note = strings.TrimSpace(note)
	return s.db.Update(ctx, func(tx *store.Tx) error {
		row, err := tx.Waiver(id)
		if err != nil {
			return err
		}
		w := &row.Waiver
		today := calendar.DateOf(tx.Now())
		switch w.State(today) {
		case publication.WaiverAsked:
			if err := org.Can(a, org.EditItem, w.UnitID); err != nil {
				return err
			}
		case publication.WaiverHolds, publication.WaiverOver:
			if err := org.Can(a, org.WaiveFinding, ""); err != nil {
				return err
			}
			if note == "" {
				return fault.Invalidf("豁免没有撤销。").At("note", "请写明撤销的理由")
			}
		default:
			return fault.Conflictf("这项豁免已经结束：%s。", w.State(today))
		}
		granted := w.Granted
		w.Version, w.ClosedAt = version, tx.Now()
		if note != "" {
			w.Note = note
		}
		if err := tx.UpdateWaiver(w); err != nil {
			return err
		}
		if err := tx.CloseTodos(work.KindWaiver, w.ID, "已撤回"); err != nil {
			return err
		}
		if err := tx.Record(a, "撤销豁免", "事项", w.ItemID, fmt.Sprintf("%s：%s %s", row.ItemName, w.Rule, w.About)); err != nil {
			return err
		}
		it, err := tx.Item(w.ItemID)
		if err != nil || it.State.Locked() {
			return err
		}
		data, err := decode(it.Doc)
		if err != nil {
			return fmt.Errorf("item %s: %w", it.ID, err)
		}
		if granted {
			if err := s.fixTodo(tx, w, it.Name, "豁免已撤销："+note); err != nil {
				return err
			}
		}
		return s.rejudged(tx, &it, data)
	})
}

// WaiverView is a waiver with where it stands today.
type WaiverView struct {
	store.WaiverRow
	State     publication.WaiverState
	CanDecide bool // of the reform office
	CanEnd    bool
}

func waiverView(a org.Actor, w store.WaiverRow, today calendar.Date) WaiverView {
	v := WaiverView{WaiverRow: w, State: w.Waiver.State(today)}
	office := org.Can(a, org.WaiveFinding, "") == nil
	v.CanDecide = office && v.State == publication.WaiverAsked
	v.CanEnd = office && (v.State == publication.WaiverHolds || v.State == publication.WaiverOver) ||
		v.State == publication.WaiverAsked && org.Can(a, org.EditItem, w.UnitID) == nil
	return v
}

// Waivers lists waivers of the units asked for, or of all that the actor may
// see, and how many there are on all pages.
func (s *Service) Waivers(ctx context.Context, a org.Actor, f WaiverFilter) (list []WaiverView, total int, err error) {
	if f.Units, err = visibleUnits(a, f.Units); err != nil {
		return nil, 0, err
	}
	err = s.db.View(ctx, func(tx *store.Tx) error {
		f.Today = calendar.DateOf(tx.Now())
		rows, err := tx.Waivers(f)
		if err != nil {
			return err
		}
		list = make([]WaiverView, len(rows))
		for i, w := range rows {
			list[i] = waiverView(a, w, f.Today)
		}
		total, err = tx.CountWaivers(f)
		return err
	})
	return list, total, err
}

// WriteWaivers writes the waivers of a filter as a csv table.
func (s *Service) WriteWaivers(ctx context.Context, a org.Actor, f WaiverFilter, w io.Writer) error {
	list, _, err := s.Waivers(ctx, a, f)
	if err != nil {
		return err
	}
	sheet := exchange.Sheet{Name: "豁免台账", Head: []string{"单位", "事项", "规则", "豁免什么", "检查结果", "理由", "申请人", "申请日期", "状态", "截止日期", "答复人", "意见"}}
	for _, v := range list {
		until := ""
		if v.Granted {
			until = v.Until.String()
		}
		sheet.Rows = append(sheet.Rows, []string{v.UnitName, v.ItemName, v.Rule, v.About, v.Message, v.Reason, v.AskedBy, calendar.DateOf(v.AskedAt).String(), string(v.State), until, v.DecidedBy, v.Note})
	}
	return exchange.WriteSheetCSV(w, sheet)
}

// Waiver returns one waiver.
func (s *Service) Waiver(ctx context.Context, a org.Actor, id string) (v WaiverView, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		w, err := tx.Waiver(id)
		if err != nil {
			return err
		}
		v = waiverView(a, w, calendar.DateOf(tx.Now()))
		return org.Can(a, org.ReadItem, w.UnitID)
	})
	return v, err
}

// ScheduleWaivers enqueues the day's look at waivers that have ended.
func (s *Service) ScheduleWaivers(ctx context.Context) error {
	return s.db.Update(ctx, func(tx *store.Tx) error {
		return tx.Enqueue(store.Job{Kind: WaiverJob, UniqueKey: WaiverJob + ":" + calendar.DateOf(tx.Now()).String()})
	})
}

// RunWaivers carries out a WaiverJob: items whose waivers have ended are judged
// again, and their units told. It may run again.
func (s *Service) RunWaivers(ctx context.Context, _ []byte, _ func(int)) error {
	return s.db.Update(ctx, func(tx *store.Tx) error {
		over, err := tx.Waivers(store.WaiverFilter{State: publication.WaiverOver, Today: calendar.DateOf(tx.Now())})
		if err != nil {
			return err
		}
		for i := range over {
			w := &over[i].Waiver
			it, err := tx.Item(w.ItemID)
			if err != nil {
				return err
			}
			data, err := decode(it.Doc)
			if err != nil {
				return fmt.Errorf("item %s: %w", it.ID, err)
			}
			if _, still := catalog.AtAnchor(data, w.Place); !still {
				continue
			}
			if err := s.fixTodo(tx, w, it.Name, "豁免已于"+w.Until.ChineseShort()+"到期"); err != nil {
				return err
			}
			if !it.State.Locked() {
				if err := s.rejudged(tx, &it, data); err != nil {
					return err
				}
			}
		}
		return nil
	})
}
