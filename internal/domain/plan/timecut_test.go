package plan_test

import (
	"math/bits"
	"math/rand/v2"
	"testing"

	"onevisit/internal/domain/plan"
)

func TestCutTimesAgainstBruteForce(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for n := range 5000 {
		promises := make([]plan.Promise, r.IntN(9))
		today, promised := 0, 0
		for i := range promises {
			p := plan.Promise{Today: r.IntN(60), Promised: r.IntN(60), Shortest: r.IntN(60)}
			promises[i] = p
			today, promised = today+p.Today, promised+p.Promised
		}
		percent := r.IntN(101)
		enough := func(saved int) bool { return 100*(promised-saved) <= (100-percent)*today }
		// The fewest items over all subsets, each cut as deep as it goes.
		fewest := -1
		for set := range 1 << len(promises) {
			saved := 0
			for i, p := range promises {
				if set>>i&1 == 1 {
					saved += max(p.Promised-(p.Shortest+1)/2*2, 0)
				}
			}
			if k := bits.OnesCount(uint(set)); enough(saved) && (fewest < 0 || k < fewest) {
				fewest = k
			}
		}
		got := plan.CutTimes(promises, percent)
		if got.Reached != (fewest >= 0) || got.Reached && len(got.Cuts) != fewest {
			t.Fatalf("case %d: reached %v with %d cuts, want %d", n, got.Reached, len(got.Cuts), fewest)
		}
		saved := 0
		for _, c := range got.Cuts {
			if 2*c.To >= c.Promised || 2*c.To < c.Shortest {
				t.Fatalf("case %d: cut of %d to %d, at least %d", n, c.Promised, 2*c.To, c.Shortest)
			}
			saved += c.Promised - 2*c.To
		}
		if saved != got.Saved || got.Reached && (!enough(saved) || len(got.Cuts) > 0 && enough(saved-2)) {
			t.Fatalf("case %d: saves %d, said %d, needs %d", n, saved, got.Saved, got.Need)
		}
	}
}
