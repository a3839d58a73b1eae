package reform

import (
	"context"
	"encoding/json"
	"fmt"

	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/plan"
	"onevisit/internal/domain/publication"
	"onevisit/internal/domain/work"
	"onevisit/internal/infra/store"
)

// ReviewView is one item on a reviewer's screen: as it was handed in, what
// changed since it was last public or last handed in, and what the linter said
// then.
type ReviewView struct {
	Submission publication.Submission
	Item       publication.SubmittedItem
	Data       *catalog.Item
	Judgement  // of what was handed in
	Changes    []catalog.Change
	Against    string     // what the changes are against
	Before     *Judgement // of that; nil if it says the same of visits and process
	Office     publication.Office
	Mine       *publication.Verdict
	Next, Prev string // neighbouring items still to be decided by this office
}

// officeOf says for which office the actor reviews.
func officeOf(a org.Actor) (publication.Office, error) {
	if org.Can(a, org.ReviewReform, "") == nil {
		return publication.ReformOffice, nil
	}
	if err := org.Can(a, org.ReviewBureau, ""); err != nil {
		return "", err
	}
	return publication.ApprovalBureau, nil
}

// ReviewItem shows one item of a submission to a reviewer, or to the unit.
func (s *Service) ReviewItem(ctx context.Context, a org.Actor, submissionID, itemID string) (*ReviewView, error) {
	v, before := &ReviewView{}, Judgement{}
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		if v.Submission, err = tx.Submission(submissionID); err != nil {
			return err
		}
		if err := org.Can(a, org.ReadItem, v.Submission.UnitID); err != nil {
			return err
		}
		unit, err := tx.Unit(v.Submission.UnitID)
		if err != nil {
			return err
		}
		v.Submission.UnitName = unit.Name
		if v.Item, err = tx.SubmittedItem(submissionID, itemID); err != nil {
			return err
		}
		if v.Data, err = decode(v.Item.Doc); err != nil {
			return fmt.Errorf("item %s: %w", itemID, err)
		}
		var old []byte
		if cur, err := tx.CurrentItem(itemID); err == nil {
			old, v.Against = cur.Doc, "现行公布版本"
		} else if !fault.Is(err, fault.NotFound) {
			return err
		} else if prev, err := tx.PreviousSubmitted(submissionID, itemID); err == nil {
			old, v.Against = prev.Doc, "上次报送"
		} else if !fault.Is(err, fault.NotFound) {
			return err
		}
		if old != nil {
			was, err := decode(old)
			if err != nil {
				return fmt.Errorf("item %s: earlier form: %w", itemID, err)
			}
			v.Changes = catalog.Diff(was, v.Data)
			before.show(was)
		}
		// What was found when it was handed in stands, whatever the rules say now.
		if v.Item.Found == nil {
			return nil
		}
		return json.Unmarshal(v.Item.Found, &v.Found)
	})
	if err != nil {
		return nil, err
	}
	v.show(v.Data)
	if v.Against != "" && (before.Picture != v.Picture || before.AssessErr != v.AssessErr) {
		v.Before = &before
	}
	if v.Office, err = officeOf(a); err != nil {
		return v, nil // the unit looks on
	}
	for i := range v.Item.Verdicts {
		if v.Item.Verdicts[i].Office == v.Office {
			v.Mine = &v.Item.Verdicts[i]
		}
	}
	v.Prev, v.Next = neighbours(&v.Submission, v.Office, itemID)
	return v, nil
}

// neighbours finds the items before and after one that the office has not
// decided yet.
func neighbours(sub *publication.Submission, office publication.Office, itemID string) (prev, next string) {
	seen := false
	for _, it := range sub.Items {
		if it.ItemID == itemID {
			seen = true
			continue
		}
		if decidedBy(it, office) {
			continue
		}
		if !seen {
			prev = it.ItemID
		} else if next == "" {
			next = it.ItemID
		}
	}
	return prev, next
}

func decidedBy(it publication.SubmittedItem, office publication.Office) bool {
	for _, v := range it.Verdicts {
		if v.Office == office {
			return true
		}
	}
	return false
}

// Decide records the actor's office's decision on items of a submission; remarks
// are needed to send one back. When both offices have decided on an item it
// passes or goes back to the unit with all remarks at once; when they have
// decided on all, the review of the submission ends.
func (s *Service) Decide(ctx context.Context, a org.Actor, submissionID string, itemIDs []string, decision publication.Decision, remarks []publication.Remark) error {
	office, err := officeOf(a)
	if err != nil {
		return err
	}
	if len(itemIDs) == 0 {
		return fault.Invalidf("请先选择事项。")
	}
	return s.db.Update(ctx, func(tx *store.Tx) error {
		// Of two reviewers deciding at one instant the later one must see the
		// earlier one's verdict, else both would leave the item open.
		if err := tx.LockSubmission(submissionID); err != nil {
			return err
		}
		sub, err := tx.Submission(submissionID)
		if err != nil {
			return err
		}
		// Who writes or confirms for the unit does not judge it, whoever pressed
		// the button.
		if org.Can(a, org.EditItem, sub.UnitID) == nil || org.Can(a, org.ConfirmItem, sub.UnitID) == nil {
			return fault.Forbiddenf("您是报送单位的联络员或负责人，不能审核本单位报送的材料，请由其他审核人员办理。")
		}
		unit, err := tx.Unit(sub.UnitID)
		if err != nil {
			return err
		}
		for i := range remarks {
			if remarks[i].Label == "" {
				remarks[i].Label = elementName(remarks[i].Field)
			}
		}
		v := publication.Verdict{Office: office, Decision: decision, Remarks: remarks, ByID: a.ID, ByName: a.Name, At: tx.Now()}
		if err := publication.CheckVerdict(&sub, v); err != nil {
			return err
		}
		at := map[string]int{}
		for i, it := range sub.Items {
			at[it.ItemID] = i
		}
		for _, id := range itemIDs {
			i, ok := at[id]
			if !ok {
				return fault.NotFoundf("该报送中没有这个事项。")
			}
			it := &sub.Items[i]
			if it.Outcome != "" {
				return fault.Conflictf("事项“%s”已由两家审核完毕（%s），不能再改。", it.Name, it.Outcome)
			}
			if err := tx.SaveVerdict(submissionID, id, v); err != nil {
				return err
			}
			it.Verdicts = append(without(it.Verdicts, office), v)
			if err := tx.Record(a, "审核"+string(decision), "事项", id, fmt.Sprintf("%s：%s", office, it.Name)); err != nil {
				return err
			}
			if it.Outcome = publication.Outcome(it.Verdicts); it.Outcome == "" {
				continue
			}
			if err := s.settle(tx, a, &sub, it, unit); err != nil {
				return err
			}
		}
		return s.closeReview(tx, &sub, office)
	})
}

// elementName names the element that a remark is about.
func elementName(key string) string {
	for _, e := range catalog.Elements().Elements {
		if e.Key == key {
			return e.Name
		}
	}
	return "其他"
}

func without(verdicts []publication.Verdict, office publication.Office) []publication.Verdict {
	var rest []publication.Verdict
	for _, v := range verdicts {
		if v.Office != office {
			rest = append(rest, v)
		}
	}
	return rest
}

// settle carries out the joint outcome of an item.
func (s *Service) settle(tx *store.Tx, a org.Actor, sub *publication.Submission, it *publication.SubmittedItem, unit org.Unit) error {
	if err := tx.SettleItem(sub.ID, it.ItemID, it.Outcome); err != nil {
		return err
	}
	row, err := tx.Item(it.ItemID)
	if err != nil {
		return err
	}
	ev := publication.Approve
	if it.Outcome == publication.SendBack {
		ev = publication.Return
	}
	to, err := publication.Next(row.State, ev)
	if err != nil {
		return err
	}
	if err := tx.MoveItem(row.ID, row.Version, to, sub.ID); err != nil {
		return err
	}
	if ev == publication.Return {
		due, err := s.dueIn(tx, func(c plan.Clocks) int { return c.Fix })
		if err != nil {
			return err
		}
		return tx.RaiseTodo(work.Todo{Kind: work.KindFix, SubjectKind: "事项", SubjectID: row.ID, UnitID: unit.ID, Role: org.RoleLiaison,
			Due: due, Title: fmt.Sprintf("修改退回的事项“%s”", row.Name)})
	}
	return nil
}

// closeReview ends the to-do of an office that has decided on everything, and
// the review when both have.
func (s *Service) closeReview(tx *store.Tx, sub *publication.Submission, office publication.Office) error {
	open, mine := 0, 0
	for _, it := range sub.Items {
		if it.Outcome == "" {
			open++
		}
		if !decidedBy(it, office) {
			mine++
		}
	}
	if mine == 0 {
		role := org.RoleReform
		if office == publication.ApprovalBureau {
			role = org.RoleBureau
		}
		if err := tx.CloseTodoOf(work.KindReview, sub.ID, role, "已审核"); err != nil {
			return err
		}
	}
	if open > 0 {
		return nil
	}
	return tx.SettleSubmission(sub.ID)
}

// PassClean passes, for the actor's office, every undecided item of a
// submission that carries no warning.
func (s *Service) PassClean(ctx context.Context, a org.Actor, submissionID string) (int, error) {
	office, err := officeOf(a)
	if err != nil {
		return 0, err
	}
	var ids []string
	err = s.db.View(ctx, func(tx *store.Tx) error {
		sub, err := tx.Submission(submissionID)
		for _, it := range sub.Items {
			if it.Findings == 0 && it.Outcome == "" && !decidedBy(it, office) {
				ids = append(ids, it.ItemID)
			}
		}
		return err
	})
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	return len(ids), s.Decide(ctx, a, submissionID, ids, publication.Pass, nil)
}
