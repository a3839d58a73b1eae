package demo

import (
	"encoding/json"
	"slices"
	"sync"

	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/visit"
)

// scenario is what one item asks first. A leaf with a shape has a process of its
// own, the others have the item's.
type scenario struct {
	Unit, Item string
	Materials  []struct {
		Name, From string
		OnlyIf     map[string]catalog.Options `json:"only_if"`
	}
	Questions []catalog.Question
	Leaves    []struct {
		Name, Shape string
		When        map[string]catalog.Options
	}
}

var scenarios = sync.OnceValue(func() []scenario {
	b, err := files.ReadFile("data/scenarios.json")
	if err != nil {
		panic("demo: " + err.Error())
	}
	var out []scenario
	if err := json.Unmarshal(b, &out); err != nil {
		panic("demo: scenarios.json: " + err.Error())
	}
	return out
})

var shapeNames = map[string]shape{"onSpot": onSpot, "online": online, "express": express, "survey": survey}

// ask gives an item its questions, if it has any.
func ask(it *catalog.Item, u *unitRow, place, window string) {
	i := slices.IndexFunc(scenarios(), func(s scenario) bool { return s.Unit == it.Unit && s.Item == it.Name })
	if i < 0 {
		return
	}
	s := scenarios()[i]
	for _, r := range s.Materials {
		m := material(it, r.Name, r.From)
		m.OnlyIf = r.OnlyIf
		it.Materials = append(it.Materials, m)
	}
	sc := &catalog.Scenarios{Questions: s.Questions}
	for _, r := range s.Leaves {
		l := catalog.Leaf{Name: r.Name, When: r.When}
		if r.Shape != "" {
			own := it.Clone()
			process(own, u, shapeNames[r.Shape], place, window)
			l.Process, l.PromisedLimit = own.Process, &own.PromisedLimit
		}
		sc.Leaves = append(sc.Leaves, l)
	}
	it.Scenarios = sc
	if a, err := visit.AssessItem(it); err == nil {
		it.Visits = &a.Visits
		it.Reform.Class = catalog.ClassMet
		if a.Visits > 1 {
			it.Reform.Class = catalog.ClassNotYet
		}
	}
}
