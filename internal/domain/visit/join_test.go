package visit

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
)

// handed is the usual process: hand in, wait, review, wait, collect.
func handed(hall string, duties ...string) *catalog.Process {
	p := &catalog.Process{Sites: []catalog.Site{{ID: "w", Name: "窗口", Hall: hall}}, Touchpoints: []catalog.Touchpoint{}}
	for i := range 3 {
		p.Steps = append(p.Steps, catalog.Step{ID: fmt.Sprintf("s%d", i+1), Waits: i < 2})
	}
	for i, d := range duties {
		t := catalog.Touchpoint{ID: fmt.Sprintf("t%d", i), Duty: d, From: "s1", To: "s1", Site: "w"}
		switch d {
		case catalog.DutyCollect:
			t.From, t.To = "s3", "s3"
		case catalog.DutyInterview:
			t.From, t.To = "s2", "s2"
		}
		p.Touchpoints = append(p.Touchpoints, t)
	}
	return p
}

func onTheSpot(hall string) *catalog.Process {
	return &catalog.Process{FormalCheck: true, Sites: []catalog.Site{{ID: "w", Name: "窗口", Hall: hall}}, Steps: []catalog.Step{{ID: "s1"}},
		Touchpoints: []catalog.Touchpoint{{ID: "t", Duty: catalog.DutySubmit, From: "s1", To: "s1", Site: "w"}, {ID: "c", Duty: catalog.DutyCollect, From: "s1", To: "s1", Site: "w"}}}
}

func bank(p *catalog.Process) *catalog.Process {
	p.Sites = append(p.Sites, catalog.Site{ID: "b", Name: "农行", Unit: "农行"})
	p.Touchpoints = append(p.Touchpoints, catalog.Touchpoint{ID: "pay", Duty: catalog.DutyPay, From: p.Steps[0].ID, To: p.Steps[0].ID, Site: "b"})
	return p
}

func TestJoin(t *testing.T) {
	const submit, collect, interview = catalog.DutySubmit, catalog.DutyCollect, catalog.DutyInterview
	for _, c := range []struct {
		name   string
		parts  []Part
		visits int
	}{
		{"one item is what it was", []Part{{Process: handed("大厅", submit, collect)}}, 2},
		{"two at one hall: hand in both, collect both", []Part{{Process: handed("大厅", submit, collect)}, {Process: handed("大厅", submit, collect)}}, 2},
		{"two halls", []Part{{Process: handed("大厅", submit, collect)}, {Process: handed("分厅", submit, collect)}}, 4},
		{"one on the spot beside a long one", []Part{{Process: onTheSpot("大厅")}, {Process: handed("大厅", submit, collect)}}, 2},
		{"the second needs the first's result: hand in when it is ready, collect both", []Part{{Process: handed("大厅", submit, collect)}, {Process: handed("大厅", submit, collect), After: []int{0}}}, 3},
		{"needed on the spot: one stay", []Part{{Process: onTheSpot("大厅")}, {Process: onTheSpot("大厅"), After: []int{0}}}, 1},
		{"an interview between", []Part{{Process: handed("大厅", submit, interview)}, {Process: handed("大厅", submit, collect)}}, 3},
		{"the same bank twice", []Part{{Process: bank(handed("大厅", submit))}, {Process: bank(handed("大厅", submit))}}, 2},
		{"nothing to come for", []Part{{Process: handed("大厅")}, {Process: handed("大厅")}}, 0},
	} {
		p, err := Join(c.parts)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if a, err := Assess(p, 0); err != nil || a.Visits != c.visits {
			t.Errorf("%s: %d visits, want %d (%v)", c.name, a.Visits, c.visits, err)
		}
	}
	for name, parts := range map[string][]Part{
		"none": nil, "a circle": {{Process: onTheSpot("大厅"), After: []int{1}}, {Process: onTheSpot("大厅"), After: []int{0}}},
		"after nothing": {{Process: onTheSpot("大厅"), After: []int{7}}}, "without touchpoints": {{Process: &catalog.Process{Steps: []catalog.Step{{ID: "a"}}}}},
	} {
		if _, err := Join(parts); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Joined items never take more visits than one after the other, nor fewer than
// the longest of them; what one settles on a trip is really due then; and the
// order in which a bundle lists its items makes no difference.
func TestJoinBounds(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	halls := []string{"大厅", "分厅", ""}
	duties := []string{catalog.DutySubmit, catalog.DutyCollect, catalog.DutyInterview, catalog.DutyPay, catalog.DutyOriginals}
	random := func() *catalog.Process {
		p := &catalog.Process{Touchpoints: []catalog.Touchpoint{}}
		for i := range 1 + r.IntN(2) {
			p.Sites = append(p.Sites, catalog.Site{ID: fmt.Sprintf("w%d", i), Name: fmt.Sprintf("窗口%d", r.IntN(2)), Unit: "局", Hall: halls[r.IntN(3)]})
		}
		n := 1 + r.IntN(5)
		for i := range n {
			p.Steps = append(p.Steps, catalog.Step{ID: fmt.Sprintf("s%d", i), Waits: r.IntN(2) == 0})
		}
		for i := range r.IntN(5) {
			from := r.IntN(n)
			p.Touchpoints = append(p.Touchpoints, catalog.Touchpoint{ID: fmt.Sprintf("t%d", i), Duty: duties[r.IntN(len(duties))],
				From: p.Steps[from].ID, To: p.Steps[from+r.IntN(n-from)].ID, Site: p.Sites[r.IntN(len(p.Sites))].ID})
		}
		return p
	}
	for range 3000 {
		parts := make([]Part, 1+r.IntN(4))
		sum, most := 0, 0
		for i := range parts {
			parts[i].Process = random()
			for j := range i {
				if r.IntN(3) == 0 {
					parts[i].After = append(parts[i].After, j)
				}
			}
			a, err := Assess(parts[i].Process, 0)
			if err != nil {
				t.Fatal(err)
			}
			sum, most = sum+a.Visits, max(most, a.Visits)
		}
		p, err := Join(parts)
		if err != nil {
			t.Fatal(err)
		}
		a, err := Assess(p, 0)
		if err != nil {
			t.Fatal(err)
		}
		if a.Visits > sum || a.Visits < most {
			t.Fatalf("%d visits joined, %d in all, %d the longest: %+v", a.Visits, sum, most, parts)
		}
		settled := 0
		for _, trip := range a.Trips {
			settled += len(trip.Settles)
		}
		want := 0
		for i := range parts {
			want += len(parts[i].Process.Touchpoints)
		}
		if settled != want {
			t.Fatalf("%d of %d touchpoints settled", settled, want)
		}
		turned := make([]Part, len(parts))
		for i, q := range parts {
			q.After = slices.Clone(q.After)
			for k := range q.After {
				q.After[k] = len(parts) - 1 - q.After[k]
			}
			turned[len(parts)-1-i] = q
		}
		back, err := Join(turned)
		if err != nil {
			t.Fatal(err)
		}
		if b, err := Assess(back, 0); err != nil || b.Visits != a.Visits {
			t.Fatalf("%d visits in one order, %d in the other (%v)", a.Visits, b.Visits, err)
		}
	}
}

func TestPartOf(t *testing.T) {
	if part, own := PartOf("12.s1.x"); part != 11 || own != "s1.x" {
		t.Error(part, own)
	}
}
