package publication

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/catalog"
)

// Issue is one published version of an item, as the log of releases has it.
type Issue struct {
	Seq      int64 // of the release
	Number   string
	At       time.Time
	Code     string // verification code
	DocHash  string
	Standing Standing
}

// Age is how a version stands to what holds now.
type Age struct {
	Validity Validity
	// Since is the release that made it out of date: the first one after which it
	// never held again. Nil while it is current, or unknown.
	Since *Issue
	// Days are the working days since then.
	Days int
}

// AgeOf says how the version with a code stands today among all versions of its
// item, oldest first. A release that repeats what a paper says does not make it
// old. The count of days is not negative, whatever the clock says.
func AgeOf(issues []Issue, code string, today calendar.Date, cal *calendar.Calendar) Age {
	at := slices.IndexFunc(issues, func(i Issue) bool { return i.Code == code })
	if at < 0 {
		return Age{Validity: VersionUnknown}
	}
	var since *Issue
	for i := at; i < len(issues); i++ {
		if issues[i].Standing == StandingPublished && issues[i].DocHash == issues[at].DocHash {
			since = nil
		} else if since == nil {
			since = &issues[i]
		}
	}
	switch last := &issues[len(issues)-1]; {
	case since == nil:
		return Age{Validity: VersionCurrent}
	case last.Standing != StandingPublished:
		return Age{VersionWithdrawn, since, max(0, cal.WorkdaysBetween(calendar.DateOf(since.At), today))}
	default:
		return Age{VersionReplaced, since, max(0, cal.WorkdaysBetween(calendar.DateOf(since.At), today))}
	}
}

// Meaning is what follows from a sighting.
type Meaning struct {
	Validity Validity
	Doubt    Doubt
	// Register says that the code becomes what the place shows of the item; Seen
	// that what is registered was seen again.
	Register, Seen bool
}

// Judge decides what follows from seeing a code at a place. registered is what
// the place shows of the code's item by the register, nil if nothing; issues are
// the item's versions, oldest first, none for an unknown code.
func Judge(p *Place, registered *Display, source SightingSource, code string, issues []Issue) Meaning {
	age := AgeOf(issues, code, calendar.Date{}, nil)
	m := Meaning{Validity: age.Validity}
	seq := func(code string) int64 {
		for _, i := range issues {
			if i.Code == code {
				return i.Seq
			}
		}
		return 0
	}
	switch {
	case m.Validity == VersionUnknown:
		m.Doubt = DoubtUnknown
	case !p.Open():
		m.Doubt = DoubtClosed
	case registered != nil && registered.Code == code:
		m.Seen = true
	case source.Trusted():
		if m.Register = registered == nil || seq(code) > registered.ReleaseSeq; !m.Register {
			m.Doubt = DoubtOld
			if m.Validity == VersionCurrent { // it says the same as what is registered
				m.Doubt, m.Seen = NoDoubt, true
			}
		}
	case m.Validity != VersionCurrent:
		m.Doubt = DoubtOld
	case registered == nil:
		m.Doubt = DoubtUnregistered
	case AgeOf(issues, registered.Code, calendar.Date{}, nil).Validity == VersionCurrent:
		m.Seen = true
	default:
		m.Doubt = DoubtNewer
	}
	return m
}

// ShownItem is something that a place shows, with all versions of its item.
type ShownItem struct {
	Display
	Name, UnitID, UnitName string
	Issues                 []Issue // oldest first
}

// OwedItem is an item that has to be shown at a place.
type OwedItem struct {
	ItemID, Name string
	Issue        // the current one
}

// LineState is how one thing at a place stands.
type LineState string

// The states, worst first.
const (
	LineStale   LineState = "过期"  // it does not hold, and the time to replace it has passed
	LineDoubt   LineState = "待核实" // somebody saw what the register does not have
	LineMissing LineState = "未公示" // it has to be shown and is not
	LineDue     LineState = "待更换" // it does not hold; there is time left to replace it
	LineCurrent LineState = "现行"
)

// Line is one thing at a place: what is shown, what was seen, or what is missing.
type Line struct {
	State                  LineState
	ItemID, Name, UnitName string
	Code                   string
	Shown                  *Display  // nil for what was only seen, or is missing
	Seen                   *Sighting // the doubt, of LineDoubt and of an old version that hangs beside the new one
	Age                    Age
	// Due is the last day for replacing, putting up or answering; zero if there is
	// nothing to do.
	Due  calendar.Date
	Late bool // Due has passed
}

// PlaceState is how a place stands as a whole: its worst line.
type PlaceState string

// The states, worst first.
const (
	PlaceStale   PlaceState = "过期"
	PlaceDoubt   PlaceState = "待核实"
	PlaceMissing PlaceState = "缺公示"
	PlaceDue     PlaceState = "待更换"
	PlaceEmpty   PlaceState = "未登记" // nothing is registered as shown here
	PlaceCurrent PlaceState = "现行"
	PlaceClosed  PlaceState = "已停用"
)

// PlaceStates lists them.
var PlaceStates = []PlaceState{PlaceStale, PlaceDoubt, PlaceMissing, PlaceDue, PlaceEmpty, PlaceCurrent, PlaceClosed}

// Drift is how what a place shows has drifted from what is published.
type Drift struct {
	State PlaceState
	Lines []Line // worst first
	// How many lines there are of each state.
	Current, Due, Stale, Doubts, Missing int
	// First is the last day for the most urgent line, zero if nothing is to be
	// done; Late says that it has passed.
	First calendar.Date
	Late  bool
}

// ToDo is how many lines ask something of the unit.
func (d *Drift) ToDo() int { return d.Due + d.Stale + d.Doubts + d.Missing }

// DriftOf computes how a place stands today. shown is what its register has, seen
// the open doubts with the versions of their items in issues (by item ID), owed
// what has to be shown there, grace how many working days after a release there
// are to replace a paper, to put one up, or to answer a doubt.
func DriftOf(p *Place, shown []ShownItem, seen []Sighting, issues map[string][]Issue, owed []OwedItem, today calendar.Date, cal *calendar.Calendar, grace int) (Drift, error) {
	d := Drift{State: PlaceCurrent}
	add := func(l Line, from calendar.Date) error {
		if l.State != LineCurrent {
			due, err := cal.AddWorkdays(from, grace)
			if err != nil {
				return fmt.Errorf("place %s: %w", p.ID, err)
			}
			if l.Due, l.Late = due, due.Before(today); l.State == LineDue && l.Late {
				l.State = LineStale
			}
		}
		d.Lines = append(d.Lines, l)
		return nil
	}
	has := map[string]bool{}
	for i := range shown {
		x := &shown[i]
		has[x.ItemID] = true
		l := Line{State: LineCurrent, ItemID: x.ItemID, Name: x.Name, UnitName: x.UnitName, Code: x.Code, Shown: &x.Display, Age: AgeOf(x.Issues, x.Code, today, cal)}
		from := calendar.Date{}
		if l.Age.Since != nil {
			l.State, from = LineDue, calendar.DateOf(l.Age.Since.At)
		}
		if err := add(l, from); err != nil {
			return d, err
		}
	}
	for i := range seen {
		s := &seen[i]
		if s.Doubt == DoubtNewer { // the line of the old one asks already, and says so
			for j := range d.Lines {
				if d.Lines[j].ItemID == s.ItemID && d.Lines[j].Shown != nil && d.Lines[j].Seen == nil {
					d.Lines[j].Seen = s
				}
			}
			continue
		}
		l := Line{State: LineDoubt, ItemID: s.ItemID, Name: s.Name, Code: s.Code, Seen: s, Age: AgeOf(issues[s.ItemID], s.Code, today, cal)}
		from := calendar.DateOf(s.FirstAt)
		if s.Doubt == DoubtOld && s.Source.Trusted() && l.Age.Since != nil {
			l.State, from = LineDue, calendar.DateOf(l.Age.Since.At)
		}
		if err := add(l, from); err != nil {
			return d, err
		}
	}
	if p.Open() && !p.Crawl.Live {
		for i := range owed {
			o := &owed[i]
			if has[o.ItemID] {
				continue
			}
			if err := add(Line{State: LineMissing, ItemID: o.ItemID, Name: o.Name, UnitName: p.UnitName, Code: o.Code, Age: Age{Validity: VersionCurrent}}, calendar.DateOf(maxTime(o.At, p.CreatedAt))); err != nil {
				return d, err
			}
		}
	}
	d.sum(p, len(shown))
	return d, nil
}

func maxTime(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// sum sorts and counts the lines.
func (d *Drift) sum(p *Place, shown int) {
	rank := map[LineState]int{LineStale: 0, LineDoubt: 1, LineMissing: 2, LineDue: 3, LineCurrent: 4}
	slices.SortStableFunc(d.Lines, func(a, b Line) int {
		return cmp.Or(cmp.Compare(rank[a.State], rank[b.State]), a.Due.Compare(b.Due), cmp.Compare(a.UnitName, b.UnitName), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Code, b.Code))
	})
	for _, l := range d.Lines {
		switch l.State {
		case LineStale:
			d.Stale++
		case LineDoubt:
			d.Doubts++
		case LineMissing:
			d.Missing++
		case LineDue:
			d.Due++
		case LineCurrent:
			d.Current++
		}
		if l.State != LineCurrent && (d.First.IsZero() || l.Due.Before(d.First)) {
			d.First, d.Late = l.Due, l.Late
		}
	}
	switch {
	case d.Stale > 0:
		d.State = PlaceStale
	case d.Doubts > 0:
		d.State = PlaceDoubt
	case !p.Open():
		d.State = PlaceClosed
	case shown == 0 && !p.Crawl.Live:
		d.State = PlaceEmpty
	case d.Missing > 0:
		d.State = PlaceMissing
	case d.Due > 0:
		d.State = PlaceDue
	}
}

// ChangesFor lists what changed for applicants between two published versions of
// an item, the most important first. Visits are those that were computed, which
// the pages show.
func ChangesFor(old, now *PublishedItem) ([]catalog.Change, error) {
	var a, b catalog.Item
	for p, it := range map[*PublishedItem]*catalog.Item{old: &a, now: &b} {
		if err := json.Unmarshal(p.Doc, it); err != nil {
			return nil, fmt.Errorf("release %d item %s: %w", p.ReleaseSeq, p.ItemID, err)
		}
	}
	var diff []catalog.Change
	if old.Visits != now.Visits {
		c := catalog.Change{Path: "visits", Label: "到场次数", Kind: catalog.Changed, Old: strconv.Itoa(old.Visits), New: strconv.Itoa(now.Visits), Effect: catalog.Better}
		if now.Visits > old.Visits {
			c.Effect = catalog.Worse
		}
		diff = append(diff, c)
	}
	for _, c := range catalog.Diff(&a, &b) {
		if c.Path != "visits" {
			diff = append(diff, c)
		}
	}
	return catalog.ForApplicant(diff), nil
}
