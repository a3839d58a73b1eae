package publication

import (
	"fmt"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/catalog"
)

// Notice is what an adjustment tells the public (P-3.2f): what is done to which
// items, why, from when, and what takes their place. The announcement on paper
// and the page of the release say the same because both are made of it.
type Notice struct {
	Op                   Op
	Cause, Basis, Reason string // cause in words; cause and basis are empty in releases of older formats
	Effective            calendar.Date
	Until                calendar.Date // expected end of a suspension, zero if unknown
	UnitID, UnitName     string        // whose items are adjusted
	Track                Track
	Lines                []NoticeLine
}

// NoticeLine is one item of an adjustment.
type NoticeLine struct {
	ItemID, Name, Code string
	UnitName           string
	Visits             int    // after the adjustment
	Subject            bool   // it keeps its content and gets another standing
	Becomes            string // 暂停, 取消（合并）, 公布新内容, 新公布
	Next               []Successor
	Changes            []catalog.Change // of its content, for what was published before
}

// Subjects counts the items that get another standing; of an adjustment that has
// none, its contents.
func (n *Notice) Subjects() int {
	count := 0
	for _, l := range n.Lines {
		if l.Subject {
			count++
		}
	}
	if count == 0 {
		return len(n.Lines)
	}
	return count
}

// First is the item after which the adjustment is called.
func (n *Notice) First() string {
	for _, l := range n.Lines {
		if l.Subject {
			return l.Name
		}
	}
	if len(n.Lines) == 0 {
		return ""
	}
	return n.Lines[0].Name
}

// Notice says what the adjustment tells the public. others are the items outside
// it that take a place, changes those of its contents by item ID.
func (a *Adjustment) Notice(others map[string]Neighbour, changes map[string][]catalog.Change) Notice {
	n := Notice{Op: a.Op, Cause: CauseByCode(a.Cause).Name, Basis: a.Basis, Reason: a.Reason, Effective: a.Effective, Until: a.Until, UnitID: a.UnitID, UnitName: a.UnitName, Track: a.Track}
	frozen := a.Frozen(others)
	for i := range a.Items {
		it := &a.Items[i]
		n.Lines = append(n.Lines, NoticeLine{ItemID: it.ItemID, Name: it.Name, Code: it.Code, UnitName: it.UnitName, Visits: it.Visits, Subject: it.Side == Subject,
			Becomes: a.Op.Becomes(it), Next: frozen[i].Successors, Changes: changes[it.ItemID]})
	}
	return n
}

// NoticeOf says what a released adjustment tells the public, from its items as
// they were frozen, with documents, and from what each of them replaced, by item
// ID: whoever has the releases can say it, without the application behind them.
func NoticeOf(items []PublishedItem, former map[string]PublishedItem) (Notice, error) {
	a := &Adjustment{}
	next := map[string][]Successor{}
	changes := map[string][]catalog.Change{}
	for _, subjects := range []bool{true, false} { // what it is called after comes first
		for i := range items {
			it := AdjustedItem{BatchItem: items[i].BatchItem, Side: Content}
			if was, ok := former[it.ItemID]; ok {
				it.Was = &Former{Standing: was.Standing, Visits: was.Visits, DocHash: was.DocHash, Doc: was.Doc}
			}
			if same := it.Was != nil && it.Was.DocHash == it.DocHash; same && it.Op.Subject() != "" && it.Op.Subject() == it.Standing && it.Was.Standing != it.Standing {
				it.Side = Subject
			}
			if subjects != (it.Side == Subject) {
				continue
			}
			if len(a.Items) == 0 {
				a.Op, a.Basis, a.Reason, a.Effective, a.Until, a.UnitID, a.UnitName = it.Op, it.Basis, it.Reason, it.Effective, it.Until, it.UnitID, it.UnitName
			}
			if it.Side == Content && it.Was != nil {
				var err error
				if changes[it.ItemID], err = catalog.DiffDocs(it.Was.Doc, it.Doc); err != nil {
					return Notice{}, fmt.Errorf("item %s: %w", it.ItemID, err)
				}
			}
			next[it.ItemID] = it.Successors
			a.Items = append(a.Items, it)
		}
	}
	a.Track, _ = TrackOf(a)
	n := a.Notice(nil, changes)
	for i := range n.Lines {
		n.Lines[i].Next = next[n.Lines[i].ItemID]
	}
	if len(items) > 0 {
		n.Cause = items[0].Cause
	}
	return n, nil
}
