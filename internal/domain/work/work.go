// Package work holds the one kind of to-do (待办). Whatever needs an answer from
// somebody by some day (a returned item, a package to review, a batch to
// approve, an entry to claim) raises a Todo and does not invent its own.
package work

import (
	"time"

	"onevisit/internal/domain/org"
)

// Kind says what is to be done.
type Kind string

// The kinds of to-do on the way from draft to release.
const (
	KindContacts Kind = "报送负责人和联络员" // P-4.1
	KindReport   Kind = "报送清单"      // P-3.2b
	KindClaim    Kind = "认领清单条目"    // P-3.1
	KindAssign   Kind = "指定承接单位"    // P-3.1
	KindFix      Kind = "修改退回事项"    // P-3.2d
	KindConfirm  Kind = "确认事项"
	KindReview   Kind = "审核报送材料"
	KindDispute  Kind = "协商审核意见" // P-3.2d: the two offices differ
	KindRuling   Kind = "裁定审核意见"
	KindBatch    Kind = "批准批次"
	KindPublish  Kind = "公布批次"
	KindPledge   Kind = "兑现改革承诺" // P-3.4
	KindFeedback Kind = "答复指南纠错"
	KindAdjust   Kind = "办理动态调整" // P-3.2f
	KindReceive  Kind = "承接调整事项" // P-3.2f: an item that another one becomes
	KindBasis    Kind = "核对设定依据" // P-3.2f: a law that the item cites has changed
	KindGuide    Kind = "核对办事指南" // P-3.2f: guides are confirmed from time to time
	KindProbe    Kind = "处理指南问题" // P-3.2f: dead links, missing forms, other numbers
	KindWaiver   Kind = "答复豁免申请" // P-3.3.1
	KindUnwaived Kind = "处理未豁免的问题"
	KindSign     Kind = "签署公开承诺书" // P-3.2b
	KindKey      Kind = "更换签名密钥"  // one ends soon
	KindDisplay  Kind = "更换公示内容"  // P-3.2f: what hangs somewhere is not what is published
)

// Todo is one thing that a role of a unit has to do.
type Todo struct {
	ID   string
	Kind Kind
	// Subject is what it is about: the kind of thing and its ID. There is at
	// most one open to-do of a kind for a subject and role.
	SubjectKind, SubjectID string
	Title                  string
	// UnitID and Role say whose turn it is; UnitID is empty for the offices
	// that there is one of in a county.
	UnitID    string
	Role      org.Role
	Due       string // date YYYY-MM-DD, empty if none
	CreatedAt time.Time
	DoneAt    time.Time // zero while open
	Outcome   string
}

// Open reports whether somebody still has to act.
func (t *Todo) Open() bool { return t.DoneAt.IsZero() }

// Mine reports whether the to-do is the actor's.
func (t *Todo) Mine(a org.Actor) bool {
	return a.Has(t.Role) && (t.UnitID == "" || a.Owns(t.UnitID))
}
