package publication

import (
	"regexp"
	"strconv"
	"time"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
)

// BatchKind tells what a release comes from.
type BatchKind string

// The kinds of batch.
const (
	// KindBatch is a set of items that two offices reviewed and the county
	// government approves (P-1.2, P-3.4).
	KindBatch BatchKind = "批次"
	// KindAdjustment changes what is published already (P-3.2f).
	KindAdjustment BatchKind = "调整"
)

// BatchState is where a batch or an adjustment stands.
type BatchState string

// The states. A batch begins with Composing, an adjustment with Drafting; from
// AtCounty on they share one way.
const (
	Composing  BatchState = "组织中"
	Drafting   BatchState = "起草"
	AtLeader   BatchState = "待单位负责人确认"
	AtOffice   BatchState = "审改办审查"
	AtCounty   BatchState = "待县政府批准"
	Sanctioned BatchState = "已批准"
	Released   BatchState = "已公布"
	Withdrawn  BatchState = "已撤回"
	Refused    BatchState = "不予调整"
)

// BatchStates lists the states in their order.
var BatchStates = []BatchState{Composing, Drafting, AtLeader, AtOffice, AtCounty, Sanctioned, Released, Withdrawn, Refused}

// Over reports whether nothing more can come of it.
func (s BatchState) Over() bool { return s == Released || s == Withdrawn || s == Refused }

// BatchEvent moves a batch or an adjustment.
type BatchEvent string

// The events.
const (
	BatchSend     BatchEvent = "报县政府"
	BatchReturn   BatchEvent = "退回审改办"
	BatchApprove  BatchEvent = "批准"
	BatchStrike   BatchEvent = "不予公布"
	BatchSchedule BatchEvent = "定时公布"
	BatchPublish  BatchEvent = "公布"

	AdjustFile     BatchEvent = "提交"
	AdjustPropose  BatchEvent = "代拟提交" // by the reform office, where the unit does not
	AdjustWithdraw BatchEvent = "撤回"
	AdjustConfirm  BatchEvent = "确认"
	AdjustReturn   BatchEvent = "退回修改"
	AdjustDecide   BatchEvent = "决定"
	AdjustReopen   BatchEvent = "收回决定"
	AdjustRefuse   BatchEvent = "不予调整"
)

// BatchTransition is one row of the state table of batches and adjustments.
type BatchTransition struct {
	Kind  BatchKind
	From  BatchState
	Event BatchEvent
	To    BatchState
	Who   org.Action
}

// BatchTransitions is the state table.
var BatchTransitions = []BatchTransition{
	{KindBatch, Composing, BatchSend, AtCounty, org.ComposeBatch},
	{KindBatch, AtCounty, BatchReturn, Composing, org.ApproveBatch},
	{KindBatch, AtCounty, BatchApprove, Sanctioned, org.ApproveBatch},
	{KindBatch, Sanctioned, BatchStrike, Sanctioned, org.ApproveBatch},
	{KindBatch, Sanctioned, BatchSchedule, Sanctioned, org.PublishBatch},
	{KindBatch, Sanctioned, BatchPublish, Released, org.PublishBatch},

	{KindAdjustment, Drafting, AdjustFile, AtLeader, org.FileAdjustment},
	{KindAdjustment, Drafting, AdjustPropose, AtOffice, org.DecideAdjustment},
	{KindAdjustment, Drafting, AdjustWithdraw, Withdrawn, org.FileAdjustment},
	{KindAdjustment, AtLeader, AdjustWithdraw, Withdrawn, org.FileAdjustment},
	{KindAdjustment, AtOffice, AdjustWithdraw, Withdrawn, org.FileAdjustment},
	{KindAdjustment, AtLeader, AdjustConfirm, AtOffice, org.ConfirmAdjustment},
	{KindAdjustment, AtLeader, AdjustReturn, Drafting, org.ConfirmAdjustment},
	{KindAdjustment, AtOffice, AdjustReturn, Drafting, org.DecideAdjustment},
	{KindAdjustment, AtOffice, AdjustDecide, Sanctioned, org.DecideAdjustment}, // element track
	{KindAdjustment, AtOffice, BatchSend, AtCounty, org.DecideAdjustment},      // county track
	{KindAdjustment, AtOffice, AdjustRefuse, Refused, org.DecideAdjustment},
	{KindAdjustment, AtCounty, BatchReturn, AtOffice, org.ApproveBatch},
	{KindAdjustment, AtCounty, BatchApprove, Sanctioned, org.ApproveBatch},
	{KindAdjustment, AtCounty, AdjustRefuse, Refused, org.ApproveBatch},
	{KindAdjustment, Sanctioned, BatchReturn, AtOffice, org.ApproveBatch},      // what the county government approved
	{KindAdjustment, Sanctioned, AdjustReopen, AtOffice, org.DecideAdjustment}, // what the reform office decided
	{KindAdjustment, Sanctioned, BatchSchedule, Sanctioned, org.PublishBatch},
	{KindAdjustment, Sanctioned, BatchPublish, Released, org.PublishBatch},
}

// BatchTurn says whose turn a state is.
var BatchTurn = map[BatchState]string{
	Composing: "审改办", Drafting: "单位联络员", AtLeader: "单位负责人", AtOffice: "审改办", AtCounty: "县政府", Sanctioned: "审改办",
	Released: "", Withdrawn: "", Refused: "",
}

// NextBatch returns the state after the event, or a Conflict that says what can
// be done instead.
func NextBatch(kind BatchKind, s BatchState, ev BatchEvent) (BatchState, error) {
	for _, t := range BatchTransitions {
		if t.Kind == kind && t.From == s && t.Event == ev {
			return t.To, nil
		}
	}
	switch {
	case s == Released && ev == BatchStrike:
		return s, fault.Conflictf("批次已经公布，不能再移除其中的事项。确需停办的，请办理动态调整（暂停或取消）。")
	case BatchTurn[s] != "":
		return s, fault.Conflictf("%s当前为“%s”，不能%s；现由%s处理。", kind, s, ev, BatchTurn[s])
	}
	return s, fault.Conflictf("%s当前为“%s”，不能%s。", kind, s, ev)
}

// Batch is a set of reviewed items that the county government approves as a
// whole (P-1.2, P-3.4).
type Batch struct {
	ID, PlanID string
	Kind       BatchKind
	No         int // in its plan, 0 for an adjustment
	Title      string
	State      BatchState
	DocNo      string        // the approving document's number
	DocDate    calendar.Date // and date
	ApprovedBy string
	Note       string
	Items      []BatchItem
	CreatedAt  time.Time
	Version    int64
	// SentBy is the ID of who reported it to the county government.
	SentBy string
	// PublishAt is the instant for which publication is set; zero if somebody
	// presses the button.
	PublishAt time.Time
	// Adjustment is the application behind a batch of that kind, else nil.
	Adjustment *Adjustment
}

// BatchItem is an item of a batch, in the form that was reviewed.
type BatchItem struct {
	ItemID, SubmissionID string
	UnitID, UnitName     string
	Name, Code, Type     string
	Visits               int
	Class                string
	Doc                  []byte
	DocHash              string
	// Struck holds the county government's reason for leaving it out.
	Struck string
	// Standing is what the release makes of the item; empty means published.
	Standing Standing
	// What an adjustment says of the item to the public: what was done, the kind
	// of cause and the basis in words, why, from which day, until when a
	// suspension is expected to last (zero if unknown), and what takes its place.
	// All empty for an item of a batch.
	Op         Op
	Cause      string
	Basis      string
	Reason     string
	Effective  calendar.Date
	Until      calendar.Date
	Successors []Successor
}

// Available reports whether people can apply for the item.
func (it *BatchItem) Available() bool { return it.Standing == StandingPublished || it.Standing == "" }

var docNo = regexp.MustCompile(`^\p{Han}{1,12}[〔\[（(](19|20)\d{2}[〕\]）)][1-9]\d{0,4}号$`)

// IsDocNo reports whether a text has the form of an official document's number.
func IsDocNo(s string) bool { return docNo.MatchString(s) }

// CheckApproval checks what the county government gives with its approval.
func CheckApproval(b *Batch, number string, date, today calendar.Date) error {
	e := fault.Invalidf("批准信息填写有误，请按提示更正。")
	if !IsDocNo(number) {
		e.At("doc_no", "文号应形如“广政字〔2018〕12号”")
	}
	if date.IsZero() {
		e.At("doc_date", "请填写成文日期")
	} else if today.Before(date) {
		e.At("doc_date", "成文日期不能晚于今天")
	}
	n := 0
	for _, it := range b.Items {
		if it.Struck == "" {
			n++
		}
	}
	if n == 0 {
		e.At("items", "批次中没有可公布的事项")
	}
	return e.OrNil()
}

// BatchOrdinal names a batch by its number in the plan: 第一批. From 100 on with
// figures.
func BatchOrdinal(n int) string {
	digits := []string{"", "一", "二", "三", "四", "五", "六", "七", "八", "九"}
	s := ""
	switch {
	case n <= 0 || n > 99:
		s = strconv.Itoa(n)
	case n < 10:
		s = digits[n]
	case n < 20:
		s = "十" + digits[n-10]
	default:
		s = digits[n/10] + "十" + digits[n%10]
	}
	return "第" + s + "批"
}
