package reform

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

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
	Submission publication.Submission // without its items
	Item       publication.SubmittedItem
	Data       *catalog.Item
	Judgement  // of what was handed in
	Changes    []catalog.Change
	Against    string     // what the changes are against
	Before     *Judgement // of that; nil if it says the same of visits and process
	// Asked are the remarks with which the item was sent back when it was handed
	// in last.
	Asked  []publication.Verdict
	Office publication.Office // empty for who only looks on
	Mine   *publication.Verdict
	// Part is what the reviewer goes through; Next and Prev are the neighbouring
	// items in it, Place says where this one is among all.
	Part       publication.ReviewPart
	Next, Prev string
	Progress   publication.ReviewProgress
	// MayDecide, MayAsk and MayRule say what the reader can do now.
	MayDecide, MayAsk, MayRule bool
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

// ReviewItem shows one item of a submission to a reviewer, or to the unit; part
// is what the reviewer is going through.
func (s *Service) ReviewItem(ctx context.Context, a org.Actor, submissionID, itemID string, part publication.ReviewPart) (*ReviewView, error) {
	v, before := &ReviewView{Part: part}, Judgement{}
	v.Office, _ = officeOf(a) // the unit and the county government look on
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		if v.Submission, err = tx.SubmissionHead(submissionID); err != nil {
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
		old, against, prev, err := comparedWith(tx, submissionID, itemID)
		if err != nil {
			return err
		}
		if v.Against = string(against); old != nil {
			was, err := decode(old)
			if err != nil {
				return fmt.Errorf("item %s: earlier form: %w", itemID, err)
			}
			v.Changes = catalog.Diff(was, v.Data)
			before.show(was)
		}
		if prev != nil && prev.Outcome == publication.SendBack {
			v.Asked = prev.Verdicts
		}
		if v.Progress, err = tx.ReviewProgress(submissionID, v.Office); err != nil {
			return err
		}
		if v.Prev, v.Next, err = neighbours(tx, v); err != nil {
			return err
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
	v.Mine = v.Item.Verdict(v.Office)
	v.MayDecide = v.Office != "" && v.Item.Outcome == "" && v.Submission.State == publication.InReview && mayReview(a, &v.Submission) == nil
	v.MayAsk = v.Office == publication.ReformOffice && v.Item.Disputed() && v.Item.Dispute == nil && v.MayDecide
	v.MayRule = v.Item.Disputed() && v.Item.Dispute != nil && org.Can(a, org.ApproveBatch, "") == nil
	return v, nil
}

// comparedWith finds what an item that is handed in is compared with: what is
// public, else what was handed in last. last is what was handed in last, nil if
// it never was; submissionID is the submission that it has to be before, empty
// for any.
func comparedWith(tx *store.Tx, submissionID, itemID string) (old []byte, against publication.Comparison, last *publication.SubmittedItem, err error) {
	if p, err := tx.PreviousSubmitted(submissionID, itemID); err == nil {
		last = &p
	} else if !fault.Is(err, fault.NotFound) {
		return nil, "", nil, err
	}
	cur, err := tx.CurrentItem(itemID)
	switch {
	case err == nil:
		return cur.Doc, publication.AgainstPublished, last, nil
	case !fault.Is(err, fault.NotFound):
		return nil, "", nil, err
	case last != nil:
		return last.Doc, publication.AgainstLast, last, nil
	}
	return nil, publication.AgainstNothing, nil, nil
}

// compare fills in how an item that is being handed in differs from before. What
// was sent back is held against what was sent back: a unit that changes nothing
// has not answered.
func compare(tx *store.Tx, it *publication.SubmittedItem) error {
	old, against, last, err := comparedWith(tx, "", it.ItemID)
	if err != nil {
		return err
	}
	it.Against = against
	if old != nil {
		changes, err := catalog.DiffDocs(old, it.Doc)
		if err != nil {
			return fmt.Errorf("item %s: %w", it.ItemID, err)
		}
		it.Changes = len(changes)
		for _, c := range changes {
			if c.Effect == catalog.Worse {
				it.Burdens++
			}
		}
	}
	if last != nil && last.Outcome == publication.SendBack {
		it.Again = true
		if last.DocHash == it.DocHash {
			it.Changes = 0
		}
	}
	return nil
}

// neighbours finds the items before and after the view's in what the reviewer is
// going through; after the last one it begins again.
func neighbours(tx *store.Tx, v *ReviewView) (prev, next string, err error) {
	at := v.Item.Position
	one := func(after, before *int) (string, error) {
		list, err := tx.SubmittedItems(store.SubmittedFilter{Submission: v.Submission.ID, Part: v.Part, Office: v.Office, After: after, Before: before, Limit: 1})
		if err != nil || len(list) == 0 || list[0].ItemID == v.Item.ItemID {
			return "", err
		}
		return list[0].ItemID, nil
	}
	if prev, err = one(nil, &at); err != nil {
		return "", "", err
	}
	if next, err = one(&at, nil); err != nil || next != "" || v.Part == publication.AllParts {
		return prev, next, err
	}
	next, err = one(nil, nil)
	return prev, next, err
}

// Review is a submission as a reviewer goes through it: a page of its items.
type Review struct {
	publication.Submission // with the items of the page
	Office                 publication.Office
	Part                   publication.ReviewPart
	Progress               publication.ReviewProgress
	// After and Before are the positions that lead to the neighbouring pages.
	After, Before *int
	MayDecide     bool
}

// Review shows a page of a submission: limit items of a part, after or before a
// position.
func (s *Service) Review(ctx context.Context, a org.Actor, id string, part publication.ReviewPart, after, before *int, limit int) (*Review, error) {
	v := &Review{Part: part}
	v.Office, _ = officeOf(a)
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		if v.Submission, err = tx.SubmissionPaper(id); err != nil {
			return err
		}
		if err := org.Can(a, org.ReadItem, v.UnitID); err != nil {
			return err
		}
		u, err := tx.Unit(v.UnitID)
		if err != nil {
			return err
		}
		v.UnitName = u.Name
		if v.Progress, err = tx.ReviewProgress(id, v.Office); err != nil {
			return err
		}
		v.MayDecide = v.Office != "" && v.State == publication.InReview && mayReview(a, &v.Submission) == nil
		f := store.SubmittedFilter{Submission: id, Part: part, Office: v.Office, After: after, Before: before, Limit: limit + 1}
		if v.Items, err = tx.SubmittedItems(f); err != nil {
			return err
		}
		if more := len(v.Items) > limit; before != nil {
			if more {
				v.Items = v.Items[1:]
				v.Before = &v.Items[0].Position
			}
			if len(v.Items) > 0 {
				v.After = &v.Items[len(v.Items)-1].Position
			}
		} else {
			if more {
				v.Items = v.Items[:limit]
				v.After = &v.Items[limit-1].Position
			}
			if after != nil && len(v.Items) > 0 {
				v.Before = &v.Items[0].Position
			}
		}
		return nil
	})
	return v, err
}

// CleanItems shows a reviewer the items of a submission that may be passed
// together.
func (s *Service) CleanItems(ctx context.Context, a org.Actor, id string) (*Review, error) {
	v := &Review{Part: publication.CleanPart}
	var err error
	if v.Office, err = officeOf(a); err != nil {
		return nil, err
	}
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		if v.Submission, err = tx.SubmissionHead(id); err != nil {
			return err
		}
		u, err := tx.Unit(v.UnitID)
		if err != nil {
			return err
		}
		v.UnitName = u.Name
		if v.State != publication.InReview {
			return nil
		}
		v.Items, err = tx.SubmittedItems(store.SubmittedFilter{Submission: id, Part: publication.CleanPart, Office: v.Office})
		return err
	})
	return v, err
}

// NextToReview is the item that a reviewer goes on to after one: the next in the
// part that waits for the reviewer, beginning again after the last; empty if
// none does.
func (s *Service) NextToReview(ctx context.Context, a org.Actor, submissionID, itemID string, part publication.ReviewPart) (string, error) {
	f := store.SubmittedFilter{Submission: submissionID, Part: part, Limit: 2}
	f.Office, _ = officeOf(a)
	f.Open = part != publication.DisputePart // both offices have spoken there
	next := ""
	err := s.db.View(ctx, func(tx *store.Tx) error {
		sub, err := tx.SubmissionHead(submissionID)
		if err != nil {
			return err
		}
		if err := org.Can(a, org.ReadItem, sub.UnitID); err != nil {
			return err
		}
		it, err := tx.SubmittedItem(submissionID, itemID)
		if err != nil {
			return err
		}
		for _, after := range []*int{&it.Position, nil} {
			f.After = after
			list, err := tx.SubmittedItems(f)
			if err != nil {
				return err
			}
			for _, x := range list {
				if x.ItemID != itemID {
					next = x.ItemID
					return nil
				}
			}
		}
		return nil
	})
	return next, err
}

// mayReview: who writes or confirms for the unit does not judge it, whoever
// pressed the button; nor does who pressed it.
func mayReview(a org.Actor, sub *publication.Submission) error {
	if org.Can(a, org.EditItem, sub.UnitID) == nil || org.Can(a, org.ConfirmItem, sub.UnitID) == nil {
		return fault.Forbiddenf("您是报送单位的联络员或负责人，不能审核本单位报送的材料，请由其他审核人员办理。")
	}
	if a.ID == sub.ByID {
		return fault.Forbiddenf("报送人不能审核自己报送的材料。")
	}
	return nil
}

// Decide records the actor's office's decision on items of a submission; remarks
// are needed to send one back. When both offices have decided alike on an item it
// passes or goes back to the unit with all remarks at once; if they differ, both
// are told; when all is decided, the review of the submission ends.
func (s *Service) Decide(ctx context.Context, a org.Actor, submissionID string, itemIDs []string, decision publication.Decision, remarks []publication.Remark) error {
	office, err := officeOf(a)
	if err != nil {
		return err
	}
	if len(itemIDs) == 0 {
		return fault.Invalidf("请先选择事项。")
	}
	return s.db.Update(ctx, func(tx *store.Tx) error {
		sub, unit, err := reviewed(tx, a, submissionID)
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
		items, err := tx.SubmittedItems(store.SubmittedFilter{Submission: submissionID, IDs: itemIDs})
		if err != nil {
			return err
		}
		if len(items) < len(itemIDs) {
			return fault.NotFoundf("该报送中没有这个事项。")
		}
		return s.decide(tx, a, &sub, unit, items, v)
	})
}

// reviewed takes a submission for a change by a reviewer. Of two reviewers who
// decide at one instant the later one must see the earlier one's verdict, else
// both would leave the item open.
func reviewed(tx *store.Tx, a org.Actor, id string) (publication.Submission, org.Unit, error) {
	if err := tx.LockSubmission(id); err != nil {
		return publication.Submission{}, org.Unit{}, err
	}
	sub, err := tx.SubmissionHead(id)
	if err != nil {
		return sub, org.Unit{}, err
	}
	if err := mayReview(a, &sub); err != nil {
		return sub, org.Unit{}, err
	}
	unit, err := tx.Unit(sub.UnitID)
	return sub, unit, err
}

// decide gives items of a submission one verdict.
func (s *Service) decide(tx *store.Tx, a org.Actor, sub *publication.Submission, unit org.Unit, items []publication.SubmittedItem, v publication.Verdict) error {
	for i := range items {
		it := &items[i]
		if it.Outcome != "" {
			return fault.Conflictf("事项“%s”已由两家审核完毕（%s），不能再改。", it.Name, it.Outcome)
		}
		if err := tx.SaveVerdict(sub.ID, it.ItemID, v); err != nil {
			return err
		}
		it.Verdicts = append(without(it.Verdicts, v.Office), v)
		if err := tx.Record(a, "审核"+string(v.Decision), "事项", it.ItemID, fmt.Sprintf("%s：%s", v.Office, it.Name)); err != nil {
			return err
		}
		if it.Outcome = publication.Outcome(it.Verdicts, it.Dispute); it.Outcome == "" {
			continue
		}
		if err := s.settle(tx, a, sub, it, unit); err != nil {
			return err
		}
	}
	return s.closeReview(tx, sub, unit)
}

// AdoptVerdict makes the actor's office say of an item what the other one says,
// with the same remarks.
func (s *Service) AdoptVerdict(ctx context.Context, a org.Actor, submissionID, itemID string) error {
	office, err := officeOf(a)
	if err != nil {
		return err
	}
	return s.db.Update(ctx, func(tx *store.Tx) error {
		sub, unit, err := reviewed(tx, a, submissionID)
		if err != nil {
			return err
		}
		it, err := tx.SubmittedItem(submissionID, itemID)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(it.Verdicts, func(v publication.Verdict) bool { return v.Office != office })
		if !it.Disputed() || i < 0 {
			return fault.Conflictf("两家对“%s”没有不同的审核意见。", it.Name)
		}
		v := publication.Verdict{Office: office, Decision: it.Verdicts[i].Decision, Remarks: it.Verdicts[i].Remarks, ByID: a.ID, ByName: a.Name, At: tx.Now()}
		if err := publication.CheckVerdict(&sub, v); err != nil {
			return err
		}
		return s.decide(tx, a, &sub, unit, []publication.SubmittedItem{it}, v)
	})
}

// AskRuling brings an item on which the offices differ, and could not agree,
// before the county government; the reform office leads the review and asks.
func (s *Service) AskRuling(ctx context.Context, a org.Actor, submissionID, itemID, note string) error {
	if err := org.Can(a, org.ReviewReform, ""); err != nil {
		return err
	}
	return s.db.Update(ctx, func(tx *store.Tx) error {
		sub, unit, err := reviewed(tx, a, submissionID)
		if err != nil {
			return err
		}
		it, err := tx.SubmittedItem(submissionID, itemID)
		if err != nil {
			return err
		}
		if err := publication.CheckAsk(&it, note); err != nil {
			return err
		}
		d := publication.Dispute{Note: strings.TrimSpace(note), Asked: publication.Hand{ID: a.ID, Name: a.Name, At: tx.Now()}}
		if err := tx.SaveDispute(submissionID, itemID, d); err != nil {
			return err
		}
		if err := tx.Record(a, "提请裁定", "事项", itemID, it.Name+"："+d.Note); err != nil {
			return err
		}
		return s.closeReview(tx, &sub, unit)
	})
}

// Rule is the county government's ruling on an item on which the offices differ.
func (s *Service) Rule(ctx context.Context, a org.Actor, submissionID, itemID string, ruling publication.Decision, reason string) error {
	if err := org.Can(a, org.ApproveBatch, ""); err != nil {
		return err
	}
	return s.db.Update(ctx, func(tx *store.Tx) error {
		sub, unit, err := reviewed(tx, a, submissionID)
		if err != nil {
			return err
		}
		it, err := tx.SubmittedItem(submissionID, itemID)
		if err != nil {
			return err
		}
		by := publication.Hand{ID: a.ID, Name: a.Name, At: tx.Now()}
		if err := publication.CheckRuling(&it, ruling, reason, by); err != nil {
			return err
		}
		it.Dispute.Ruling, it.Dispute.Reason, it.Dispute.Ruled = ruling, strings.TrimSpace(reason), by
		if err := tx.SaveDispute(submissionID, itemID, *it.Dispute); err != nil {
			return err
		}
		if err := tx.Record(a, "裁定"+string(ruling), "事项", itemID, it.Name+"："+it.Dispute.Reason); err != nil {
			return err
		}
		it.Outcome = publication.Outcome(it.Verdicts, it.Dispute)
		if err := s.settle(tx, a, &sub, &it, unit); err != nil {
			return err
		}
		return s.closeReview(tx, &sub, unit)
	})
}

// elementName names the element that a remark is about.
func elementName(key string) string {
	for _, f := range catalog.Fields() {
		if f.Key == key {
			return f.Label
		}
	}
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

// closeReview brings the to-dos of a review up to date: of an office that has
// decided on everything, of both where they differ, of the county government
// where it has to rule; and ends the review when all is decided.
func (s *Service) closeReview(tx *store.Tx, sub *publication.Submission, unit org.Unit) error {
	roles := map[publication.Office]org.Role{publication.ReformOffice: org.RoleReform, publication.ApprovalBureau: org.RoleBureau}
	var p publication.ReviewProgress
	for _, office := range publication.Offices {
		var err error
		if p, err = tx.ReviewProgress(sub.ID, office); err != nil {
			return err
		}
		if p.Open > 0 {
			continue
		}
		if err := tx.CloseTodoOf(work.KindReview, sub.ID, roles[office], "已审核"); err != nil {
			return err
		}
	}
	rulings, err := tx.OpenRulings(sub.ID)
	if err != nil {
		return err
	}
	due, err := s.dueIn(tx, func(c plan.Clocks) int { return c.Fix })
	if err != nil {
		return err
	}
	t := work.Todo{SubjectKind: "报送", SubjectID: sub.ID, Due: due}
	for _, x := range []struct {
		kind  work.Kind
		n     int
		title string
		roles []org.Role
	}{
		{work.KindDispute, p.Disputes - rulings, "协商%s报送中两家意见不一的 %d 个事项（%s）", []org.Role{org.RoleReform, org.RoleBureau}},
		{work.KindRuling, rulings, "裁定%s报送中两家意见不一的 %d 个事项（%s）", []org.Role{org.RoleGovernment}},
	} {
		if x.n <= 0 {
			if err := tx.CloseTodos(x.kind, sub.ID, "已取得一致"); err != nil {
				return err
			}
			continue
		}
		t.Kind, t.Title = x.kind, fmt.Sprintf(x.title, unit.Name, x.n, sub.Number)
		for _, t.Role = range x.roles {
			if err := tx.RaiseTodo(t); err != nil {
				return err
			}
		}
	}
	if p.Undecided > 0 {
		return nil
	}
	return tx.SettleSubmission(sub.ID)
}

// PassClean passes, for the actor's office, the undecided items of a submission
// about which there is no doubt: of those that the reader was shown, or all if
// shown is nil. It tells how many it passed; an item about which a doubt arose
// meanwhile is left.
func (s *Service) PassClean(ctx context.Context, a org.Actor, submissionID string, shown []string) (int, error) {
	office, err := officeOf(a)
	if err != nil {
		return 0, err
	}
	n := 0
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		sub, unit, err := reviewed(tx, a, submissionID)
		if err != nil {
			return err
		}
		v := publication.Verdict{Office: office, Decision: publication.Pass, ByID: a.ID, ByName: a.Name, At: tx.Now()}
		if err := publication.CheckVerdict(&sub, v); err != nil {
			return err
		}
		items, err := tx.SubmittedItems(store.SubmittedFilter{Submission: submissionID, Part: publication.CleanPart, Office: office})
		if err != nil {
			return err
		}
		if shown != nil {
			items = slices.DeleteFunc(items, func(it publication.SubmittedItem) bool { return !slices.Contains(shown, it.ItemID) })
		}
		if n = len(items); n == 0 {
			return nil
		}
		return s.decide(tx, a, &sub, unit, items, v)
	})
	return n, err
}
