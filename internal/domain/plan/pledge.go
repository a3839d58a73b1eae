package plan

import (
	"time"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/fault"
)

// Pledge is what a unit undertakes for one item that is 改革后最多跑一次: with
// which measures, by which day it takes at most one visit (P-3.2a, P-3.4). It
// ends when the published process gets there, or when it is withdrawn.
type Pledge struct {
	ID, PlanID, UnitID, ItemID string
	Measures                   []string // codes, M1 …
	Due                        calendar.Date
	MadeAt                     time.Time
	MadeBy                     string
	EndedAt                    time.Time // zero while open
	ReleaseSeq                 int64     // the release that fulfilled it, else 0
	Reason                     string    // why it was withdrawn
	Version                    int64
}

// PledgeState is where a pledge stands on a day.
type PledgeState string

// The states of a pledge.
const (
	PledgeOpen      PledgeState = "履行中"
	PledgeLate      PledgeState = "已逾期"
	PledgeKept      PledgeState = "已兑现"
	PledgeWithdrawn PledgeState = "已撤销"
)

// State is where the pledge stands on a day; on its last day it is not yet late.
func (p *Pledge) State(today calendar.Date) PledgeState {
	switch {
	case p.EndedAt.IsZero() && p.Due.Before(today):
		return PledgeLate
	case p.EndedAt.IsZero():
		return PledgeOpen
	case p.ReleaseSeq > 0:
		return PledgeKept
	}
	return PledgeWithdrawn
}

// Validate checks a pledge before it is made.
func (p *Pledge) Validate(today calendar.Date) error {
	e := fault.Invalidf("改革承诺没有保存，请按提示更正。")
	if len(p.Measures) == 0 {
		e.At("measures", "请至少选择一项改革措施")
	}
	if p.Due.IsZero() {
		e.At("due", "请填写完成日期")
	} else if p.Due.Before(today) {
		e.At("due", "完成日期不能早于今天")
	}
	return e.OrNil()
}
