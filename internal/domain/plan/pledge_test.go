package plan_test

import (
	"testing"
	"time"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/plan"
)

func TestPledgeState(t *testing.T) {
	due := calendar.NewDate(2018, 12, 20)
	ended := time.Date(2018, 12, 1, 0, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		pledge plan.Pledge
		today  calendar.Date
		want   plan.PledgeState
	}{
		{plan.Pledge{Due: due}, due, plan.PledgeOpen},
		{plan.Pledge{Due: due}, due.AddDays(1), plan.PledgeLate},
		{plan.Pledge{Due: due, EndedAt: ended, ReleaseSeq: 3}, due.AddDays(9), plan.PledgeKept},
		{plan.Pledge{Due: due, EndedAt: ended}, due, plan.PledgeWithdrawn},
	} {
		if got := tt.pledge.State(tt.today); got != tt.want {
			t.Errorf("%+v on %s: %s, want %s", tt.pledge, tt.today, got, tt.want)
		}
	}
	good := plan.Pledge{Due: due, Measures: []string{"M1"}}
	if err := good.Validate(due); err != nil {
		t.Error(err)
	}
	if good.Validate(due.AddDays(1)) == nil || (&plan.Pledge{Due: due}).Validate(due) == nil {
		t.Error("a pledge without measures or in the past is accepted")
	}
}
