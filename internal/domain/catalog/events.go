package catalog

import (
	"slices"
	"strings"
	"sync"
)

// The kinds of event: what happens to a person, and to a firm.
const (
	EventPerson = "个人"
	EventFirm   = "企业"
)

// Event is something that happens in a life or to a firm, and a way in to the
// services that it makes necessary.
type Event struct {
	Key    string // of its address: birth
	Kind   string // 个人 or 企业
	Name   string // 出生
	Intro  string
	Groups []EventGroup
}

// EventGroup is the services of one step of an event.
type EventGroup struct {
	Name   string
	Source string // the document that names this stage of life
	Words
}

// Words choose services by their names: one of match, none of except.
type Words struct{ match, except []string }

// WordsOf reads words as tables have them, parted by |; except may be empty.
func WordsOf(match, except string) Words {
	w := Words{match: strings.Split(match, "|")}
	if except != "" {
		w.except = strings.Split(except, "|")
	}
	return w
}

// Fits reports whether a service of the name belongs.
func (w Words) Fits(name string) bool {
	in := func(s string) bool { return strings.Contains(name, s) }
	return slices.ContainsFunc(w.match, in) && !slices.ContainsFunc(w.except, in)
}

var events = sync.OnceValue(func() []Event {
	var out []Event
	for _, r := range table("events.csv") {
		g := EventGroup{Name: r["group"], Source: r["source"], Words: WordsOf(r["match"], r["except"])}
		i := slices.IndexFunc(out, func(e Event) bool { return e.Key == r["key"] })
		if i < 0 {
			out = append(out, Event{Key: r["key"], Kind: r["kind"], Name: r["event"], Intro: r["intro"]})
			i = len(out) - 1
		}
		out[i].Groups = append(out[i].Groups, g)
	}
	return out
})

// Events lists the events in the order in which pages offer them.
func Events() []Event { return slices.Clone(events()) }

// EventByKey finds an event; ok is false if there is none.
func EventByKey(key string) (e Event, ok bool) {
	i := slices.IndexFunc(events(), func(e Event) bool { return e.Key == key })
	if i < 0 {
		return Event{}, false
	}
	return events()[i], true
}

// Frequent is a kind of service that is often asked for.
type Frequent struct{ Words }

// FrequentSource says where the order of FrequentServices comes from.
const FrequentSource = "国务院办公厅“跨省通办”高频事项清单（国办发〔2020〕35号）"

var frequent = sync.OnceValue(func() []Frequent {
	var out []Frequent
	for _, r := range table("frequent.csv") {
		out = append(out, Frequent{WordsOf(r["match"], r["except"])})
	}
	return out
})

// FrequentServices lists kinds of services that are often asked for, most first,
// for counties that have no figures of their own yet.
func FrequentServices() []Frequent { return slices.Clone(frequent()) }
