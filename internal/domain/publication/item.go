// Package publication carries items from a unit's draft to a public release:
// confirmation by the unit's leader, the package with its commitment or a zero
// report, the joint review of reform office and approval bureau, the batch that
// the county government approves, and the release, which never changes again
// (P-3.2, P-3.4).
//
// The states are tables of data. Whoever may take a step, and whose turn a
// state is, stands in the table and nowhere else.
package publication

import (
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
)

// State is where the working copy of an item stands.
type State string

// The states of an item's working copy.
const (
	Draft     State = "起草"
	Confirmed State = "已确认"
	Submitted State = "审核中"
	Returned  State = "已退回"
	Approved  State = "审核通过"
	Batched   State = "报批中"
	Adjusting State = "调整中" // subject or content of an adjustment under way
	Published State = "已公布"
	Suspended State = "已暂停"
	Cancelled State = "已取消"
)

// States lists the states in their order.
var States = []State{Draft, Confirmed, Submitted, Returned, Approved, Batched, Adjusting, Published, Suspended, Cancelled}

// Event is what moves an item from state to state.
type Event string

// The events.
const (
	Edit     Event = "编辑"
	Confirm  Event = "确认"
	Reopen   Event = "撤回确认"
	Submit   Event = "报送"
	Return   Event = "退回"
	Approve  Event = "通过"
	TakeIn   Event = "列入批次"
	TakeOut  Event = "移出批次"
	Strike   Event = "不予公布"
	Publish  Event = "公布"
	Withdraw Event = "撤回报送"

	Adjust        Event = "申请调整"
	GiveBack      Event = "退回调整" // what was confirmed for it
	Keep          Event = "仍予公布"
	KeepSuspended Event = "仍予暂停"
	Suspend       Event = "暂停"
	Cancel        Event = "取消"
	Shelve        Event = "搁置修改" // the working copy becomes what is published again
	ShelvePaused  Event = "搁置修改（暂停中）"
	Reinstate     Event = "重新启用"
	Drop          Event = "放弃" // what was set up for an adjustment that did not come about
)

// EventOf is the event by which a release gives an item its standing.
func EventOf(s Standing) Event {
	switch s {
	case StandingSuspended:
		return Suspend
	case StandingCancelled:
		return Cancel
	}
	return Publish
}

// Transition is one row of the item's state table.
type Transition struct {
	From  State
	Event Event
	To    State
	Who   org.Action
}

// Transitions is the item's state table.
var Transitions = []Transition{
	{Draft, Edit, Draft, org.EditItem},
	{Draft, Confirm, Confirmed, org.ConfirmItem},
	{Confirmed, Reopen, Draft, org.ConfirmItem},
	{Confirmed, Edit, Draft, org.EditItem}, // what was confirmed is no longer what stands there
	{Confirmed, Submit, Submitted, org.SubmitPackage},
	{Submitted, Return, Returned, org.ReviewReform},
	{Submitted, Approve, Approved, org.ReviewReform},
	{Returned, Edit, Draft, org.EditItem},
	{Returned, Confirm, Confirmed, org.ConfirmItem}, // a return can be answered without a change
	{Approved, TakeIn, Batched, org.ComposeBatch},
	{Approved, Return, Returned, org.ReviewReform},
	{Batched, TakeOut, Approved, org.ComposeBatch},
	{Batched, Strike, Returned, org.ApproveBatch},
	{Batched, Publish, Published, org.PublishBatch},
	{Published, Edit, Draft, org.EditItem}, // a revision; the release stands until the next

	// Adjustment (P-3.2f): what is published is its subject, what a leader
	// confirmed its new content. If it does not come about, each is again what it
	// was.
	{Confirmed, Adjust, Adjusting, org.FileAdjustment},
	{Published, Adjust, Adjusting, org.FileAdjustment},
	{Suspended, Adjust, Adjusting, org.FileAdjustment},
	{Adjusting, GiveBack, Confirmed, org.DecideAdjustment},
	{Adjusting, Keep, Published, org.DecideAdjustment},
	{Adjusting, KeepSuspended, Suspended, org.DecideAdjustment},
	{Adjusting, Publish, Published, org.PublishBatch},
	{Adjusting, Suspend, Suspended, org.PublishBatch},
	{Adjusting, Cancel, Cancelled, org.PublishBatch},
	{Suspended, Edit, Draft, org.EditItem},
	{Cancelled, Reinstate, Draft, org.EditItem}, // a cancelled item can be set up anew under its old address

	{Draft, Drop, Cancelled, org.FileAdjustment},
	{Confirmed, Drop, Cancelled, org.FileAdjustment},
	{Returned, Drop, Cancelled, org.FileAdjustment},

	// What is to be suspended or cancelled must not wait for a revision that
	// somebody has begun; the revision stays in the item's history.
	{Draft, Shelve, Published, org.FileAdjustment},
	{Confirmed, Shelve, Published, org.FileAdjustment},
	{Returned, Shelve, Published, org.FileAdjustment},
	{Draft, ShelvePaused, Suspended, org.FileAdjustment},
	{Confirmed, ShelvePaused, Suspended, org.FileAdjustment},
	{Returned, ShelvePaused, Suspended, org.FileAdjustment},
}

// Turn says whose turn a state is.
var Turn = map[State]string{
	Draft:     "单位联络员",
	Confirmed: "单位联络员",
	Submitted: "审改办、行政审批局",
	Returned:  "单位联络员",
	Approved:  "审改办",
	Batched:   "县政府",
	Adjusting: "审改办",
	Published: "",
	Suspended: "",
	Cancelled: "",
}

// Next returns the state after the event, or a Conflict that says what can be
// done instead.
func Next(s State, ev Event) (State, error) {
	for _, t := range Transitions {
		if t.From == s && t.Event == ev {
			return t.To, nil
		}
	}
	if turn := Turn[s]; turn != "" {
		return s, fault.Conflictf("事项当前为“%s”，不能%s；现由%s处理。", s, ev, turn)
	}
	return s, fault.Conflictf("事项当前为“%s”，不能%s。", s, ev)
}

// Allows reports whether the event is possible in the state.
func Allows(s State, ev Event) bool {
	_, err := Next(s, ev)
	return err == nil
}

// Locked reports whether the unit may not touch the item: nothing changes while
// it is with the offices or the county government.
func (s State) Locked() bool { return !Allows(s, Edit) }
