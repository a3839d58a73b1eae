package reform

import (
	"context"
	"fmt"
	"strings"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/plan"
	"onevisit/internal/domain/publication"
	"onevisit/internal/domain/work"
	"onevisit/internal/infra/store"
)

// Batches lists the batches, newest first.
func (s *Service) Batches(ctx context.Context, a org.Actor) ([]publication.Batch, error) {
	if err := org.Can(a, org.ReadCounty, ""); err != nil {
		return nil, err
	}
	var batches []publication.Batch
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		batches, err = tx.Batches()
		return err
	})
	return batches, err
}

// Batch returns a batch with the heads of its items.
func (s *Service) Batch(ctx context.Context, a org.Actor, id string) (*publication.Batch, error) {
	if err := org.Can(a, org.ReadCounty, ""); err != nil {
		return nil, err
	}
	var b publication.Batch
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		b, err = tx.Batch(id, false)
		return err
	})
	return &b, err
}

// Waiting counts the approved items that no batch has taken in yet.
func (s *Service) Waiting(ctx context.Context, a org.Actor) (int, error) {
	if err := org.Can(a, org.ReadCounty, ""); err != nil {
		return 0, err
	}
	var n int
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		n, err = tx.CountItems(store.ItemFilter{States: []publication.State{publication.Approved}})
		return err
	})
	return n, err
}

// ComposeBatch starts a batch with every approved item, or with those of some
// units (P-1.2: published in batches).
func (s *Service) ComposeBatch(ctx context.Context, a org.Actor, title string, units []string) (string, error) {
	if err := org.Can(a, org.ComposeBatch, ""); err != nil {
		return "", err
	}
	if strings.TrimSpace(title) == "" {
		return "", fault.Invalidf("批次没有建立。").At("title", "请填写批次名称")
	}
	b := &publication.Batch{Title: strings.TrimSpace(title), State: publication.Composing}
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		p, err := tx.ActivePlan()
		if err != nil {
			return err
		}
		b.ID, b.PlanID = "", p.ID
		rows, err := allItems(tx, store.ItemFilter{States: []publication.State{publication.Approved}, Units: units})
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			return fault.Conflictf("没有审核通过、等待公布的事项。")
		}
		if err := tx.InsertBatch(b); err != nil {
			return err
		}
		for _, r := range rows {
			to, err := publication.Next(r.State, publication.TakeIn)
			if err != nil {
				return err
			}
			if err := tx.MoveItem(r.ID, r.Version, to, r.SubmissionID); err != nil {
				return err
			}
			if err := tx.AddBatchItem(b.ID, r.ID, r.SubmissionID); err != nil {
				return err
			}
		}
		return tx.Record(a, "组织批次", "批次", b.ID, fmt.Sprintf("%s，%d 个事项", b.Title, len(rows)))
	})
	return b.ID, err
}

// RemoveFromBatch takes an item out of a batch that is still being composed.
func (s *Service) RemoveFromBatch(ctx context.Context, a org.Actor, batchID, itemID string) error {
	if err := org.Can(a, org.ComposeBatch, ""); err != nil {
		return err
	}
	return s.db.Update(ctx, func(tx *store.Tx) error {
		b, err := tx.Batch(batchID, false)
		if err != nil {
			return err
		}
		if b.State != publication.Composing {
			return fault.Conflictf("批次当前为“%s”，不能移出事项。", b.State)
		}
		if err := tx.UpdateBatch(&b); err != nil { // so that nobody sends it meanwhile
			return err
		}
		if err := tx.RemoveBatchItem(batchID, itemID); err != nil {
			return err
		}
		row, err := tx.Item(itemID)
		if err != nil {
			return err
		}
		to, err := publication.Next(row.State, publication.TakeOut)
		if err != nil {
			return err
		}
		if err := tx.MoveItem(row.ID, row.Version, to, row.SubmissionID); err != nil {
			return err
		}
		return tx.Record(a, "移出批次", "事项", itemID, row.Name)
	})
}

// SendBatch reports a batch to the county government (P-3.2d).
func (s *Service) SendBatch(ctx context.Context, a org.Actor, id string) error {
	return s.moveBatch(ctx, a, id, org.ComposeBatch, publication.BatchSend, func(tx *store.Tx, b *publication.Batch) error {
		if len(b.Items) == 0 {
			return fault.Conflictf("批次中没有事项，不能报县政府。")
		}
		b.SentBy = a.ID
		due, err := s.dueIn(tx, func(c plan.Clocks) int { return c.Government })
		if err != nil {
			return err
		}
		return tx.RaiseTodo(work.Todo{Kind: work.KindBatch, SubjectKind: "批次", SubjectID: b.ID, Role: org.RoleGovernment, Due: due,
			Title: fmt.Sprintf("批准“%s”（%d 个事项）", b.Title, len(b.Items))})
	})
}

// ReturnBatch gives a batch back to the reform office with a reason.
func (s *Service) ReturnBatch(ctx context.Context, a org.Actor, id, reason string) error {
	if strings.TrimSpace(reason) == "" {
		return fault.Invalidf("批次没有退回。").At("note", "请写明退回的理由")
	}
	return s.moveBatch(ctx, a, id, org.ApproveBatch, publication.BatchReturn, func(tx *store.Tx, b *publication.Batch) error {
		b.Note = strings.TrimSpace(reason)
		return tx.CloseTodos(work.KindBatch, b.ID, "已退回")
	})
}

// Approval is what the county government gives with its approval.
type Approval struct {
	DocNo   string
	DocDate calendar.Date
	// Strike holds, by item ID, the reason for leaving an item out.
	Strike map[string]string
}

// ApproveBatch records the county government's approval of a batch as a whole;
// items may be struck with a reason and go back to their unit.
func (s *Service) ApproveBatch(ctx context.Context, a org.Actor, id string, in Approval) error {
	return s.moveBatch(ctx, a, id, org.ApproveBatch, publication.BatchApprove, func(tx *store.Tx, b *publication.Batch) error {
		if b.SentBy == a.ID {
			return fault.Forbiddenf("批次由您报送，须由其他人批准。")
		}
		struck := 0
		for i := range b.Items {
			it := &b.Items[i]
			reason, ok := in.Strike[it.ItemID]
			if !ok {
				continue
			}
			if strings.TrimSpace(reason) == "" {
				return fault.Invalidf("批次没有批准。").At("strike."+it.ItemID, "请写明“%s”不予公布的理由", it.Name)
			}
			struck++
			if err := s.strike(tx, b, it, strings.TrimSpace(reason)); err != nil {
				return err
			}
		}
		if struck != len(in.Strike) {
			return fault.NotFoundf("批次中没有所选的事项。")
		}
		if err := publication.CheckApproval(b, in.DocNo, in.DocDate, calendar.DateOf(tx.Now())); err != nil {
			return err
		}
		b.DocNo, b.DocDate, b.ApprovedBy = in.DocNo, in.DocDate, a.Name
		if err := tx.CloseTodos(work.KindBatch, b.ID, "已批准"); err != nil {
			return err
		}
		return tx.RaiseTodo(work.Todo{Kind: work.KindPublish, SubjectKind: "批次", SubjectID: b.ID, Role: org.RoleReform,
			Title: fmt.Sprintf("公布“%s”（%s）", b.Title, b.DocNo)})
	})
}

// moveBatch is the common frame: authorise, read, move by the table, do, write,
// audit.
func (s *Service) moveBatch(ctx context.Context, a org.Actor, id string, act org.Action, ev publication.BatchEvent, do func(*store.Tx, *publication.Batch) error) error {
	if err := org.Can(a, act, ""); err != nil {
		return err
	}
	return s.db.Update(ctx, func(tx *store.Tx) error {
		b, err := tx.Batch(id, false)
		if err != nil {
			return err
		}
		if b.State, err = publication.NextBatch(b.Kind, b.State, ev); err != nil {
			return err
		}
		if err := do(tx, &b); err != nil {
			return err
		}
		if err := tx.UpdateBatch(&b); err != nil {
			return err
		}
		return tx.Record(a, string(ev), "批次", id, b.Title)
	})
}

// strike leaves an item out of a batch: it goes back to its unit with the county
// government's reason.
func (s *Service) strike(tx *store.Tx, b *publication.Batch, it *publication.BatchItem, reason string) error {
	it.Struck = reason
	if err := tx.StrikeBatchItem(b.ID, it.ItemID, reason); err != nil {
		return err
	}
	row, err := tx.Item(it.ItemID)
	if err != nil {
		return err
	}
	to, err := publication.Next(row.State, publication.Strike)
	if err != nil {
		return err
	}
	if err := tx.MoveItem(row.ID, row.Version, to, row.SubmissionID); err != nil {
		return err
	}
	due, err := s.dueIn(tx, func(c plan.Clocks) int { return c.Fix })
	if err != nil {
		return err
	}
	return tx.RaiseTodo(work.Todo{Kind: work.KindFix, SubjectKind: "事项", SubjectID: row.ID, UnitID: row.UnitID, Role: org.RoleLiaison,
		Due: due, Title: fmt.Sprintf("县政府未予公布“%s”：%s", row.Name, reason)})
}

// StrikeItem leaves an item out of a batch that is approved but not yet public.
// What is public already can only be suspended or cancelled by an adjustment.
func (s *Service) StrikeItem(ctx context.Context, a org.Actor, batchID, itemID, reason string) error {
	return s.moveBatch(ctx, a, batchID, org.ApproveBatch, publication.BatchStrike, func(tx *store.Tx, b *publication.Batch) error {
		if err := publication.CheckStrike(b, itemID, reason); err != nil {
			return err
		}
		for i := range b.Items {
			if b.Items[i].ItemID == itemID {
				return s.strike(tx, b, &b.Items[i], strings.TrimSpace(reason))
			}
		}
		return nil
	})
}
