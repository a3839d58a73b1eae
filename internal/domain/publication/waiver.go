package publication

import (
	"strings"
	"time"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/lint"
)

// Waiver is what a unit asks of the reform office for one finding of a waivable
// rule (◇ in docs/reform/rules.md), with the answer.
type Waiver struct {
	ID, ItemID, UnitID string
	Rule, Place        string // lint.Waiver says what they mean
	About              string // in words: 材料“营业执照”
	Message            string // what was found
	Reason             string
	AskedAt            time.Time
	AskedBy            string
	Granted            bool
	Until              calendar.Date // the last day, if granted
	Note               string        // of the decision, or of the end
	DecidedAt          time.Time     // zero while undecided
	DecidedBy          string
	ClosedAt           time.Time // zero while asked for or granted
	Version            int64
}

// WaiverState is where a waiver stands on a day.
type WaiverState string

// The states of a waiver.
const (
	WaiverAsked    WaiverState = "待答复"
	WaiverHolds    WaiverState = "有效"
	WaiverOver     WaiverState = "已到期"
	WaiverDeclined WaiverState = "未同意"
	WaiverEnded    WaiverState = "已撤销"
)

// WaiverStates lists them.
var WaiverStates = []WaiverState{WaiverAsked, WaiverHolds, WaiverOver, WaiverDeclined, WaiverEnded}

// State is where the waiver stands on a day; on its last day it holds.
func (w *Waiver) State(today calendar.Date) WaiverState {
	switch {
	case !w.ClosedAt.IsZero() && !w.Granted && !w.DecidedAt.IsZero():
		return WaiverDeclined
	case !w.ClosedAt.IsZero():
		return WaiverEnded
	case !w.Granted:
		return WaiverAsked
	case w.Until.Before(today):
		return WaiverOver
	}
	return WaiverHolds
}

// Lint is the waiver as the rules know it.
func (w *Waiver) Lint() lint.Waiver {
	return lint.Waiver{Rule: w.Rule, Place: w.Place, Reason: w.Reason, Until: w.Until}
}

// CheckReason refuses an empty or endless reason for leaving a finding as it is.
func CheckReason(reason string) error {
	switch n := len([]rune(strings.TrimSpace(reason))); {
	case n < 4:
		return fault.Invalidf("理由没有保存。").At("reason", "请写明理由，让审核的人看得懂")
	case n > 500:
		return fault.Invalidf("理由没有保存。").At("reason", "理由有 %d 字，请压缩到 500 字以内", n)
	}
	return nil
}

// CheckGrant refuses a waiver without an end, or one that has ended already.
func CheckGrant(until, today calendar.Date) error {
	switch {
	case until.IsZero():
		return fault.Invalidf("豁免没有保存。").At("until", "请填写截止日期；豁免须有期限")
	case until.Before(today):
		return fault.Invalidf("豁免没有保存。").At("until", "截止日期不能早于今天")
	}
	return nil
}
