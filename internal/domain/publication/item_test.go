package publication_test

import (
	"testing"

	"onevisit/internal/domain/publication"
)

// Walk every table: one target for a state and event, no state out of reach, no
// dead end, and from everywhere a way to where the public is told something
// lasting.
func TestItemStates(t *testing.T) {
	next := map[publication.State][]publication.State{}
	seen := map[[2]string]bool{}
	for _, tr := range publication.Transitions {
		key := [2]string{string(tr.From), string(tr.Event)}
		if seen[key] {
			t.Errorf("%s has two ways by %s", tr.From, tr.Event)
		}
		seen[key] = true
		if tr.Who == "" {
			t.Errorf("nobody may take %s from %s", tr.Event, tr.From)
		}
		next[tr.From] = append(next[tr.From], tr.To)
	}
	reach := func(from publication.State) map[publication.State]bool {
		got := map[publication.State]bool{from: true}
		for queue := []publication.State{from}; len(queue) > 0; queue = queue[1:] {
			for _, to := range next[queue[0]] {
				if !got[to] {
					got[to] = true
					queue = append(queue, to)
				}
			}
		}
		return got
	}
	all := reach(publication.Draft)
	for _, s := range publication.States {
		if !all[s] {
			t.Errorf("%s is never reached", s)
		}
		if !reach(s)[publication.Published] {
			t.Errorf("from %s nothing can be published any more", s)
		}
		if _, ok := publication.Turn[s]; !ok {
			t.Errorf("nobody knows whose turn %s is", s)
		}
	}
	for _, s := range []publication.State{publication.Submitted, publication.Approved, publication.Batched, publication.Adjusting, publication.Cancelled} {
		if !s.Locked() {
			t.Errorf("the unit may edit what is %s", s)
		}
	}
}
