package publication

import (
	"time"

	"onevisit/internal/domain/calendar"
)

// ReturnFile is what the public side of two separated networks hands back:
// readers' reports of errors and counts of searches in vain. What readers wrote is
// sealed for the office side; whoever carries the file cannot read it.
type ReturnFile struct {
	Origin  string // of the log that the portal shows
	MadeAt  time.Time
	Release int64 // that the portal shows
	Sender  Key   // of the portal, which signs the file
	Entries []ReturnEntry
}

// ReturnKind says what an entry holds.
type ReturnKind string

// The kinds of entry.
const (
	ReturnReport ReturnKind = "report" // a ReturnedReport
	ReturnMisses ReturnKind = "misses" // a ReturnedMisses
)

// ReturnEntry is one thing that goes back. Its ID is random: an entry that comes
// twice is taken once.
type ReturnEntry struct {
	ID   string     `json:"id"`
	Kind ReturnKind `json:"kind"`
	At   time.Time  `json:"at"`
	// Item is the guide that a report is about, for bounds on reports.
	Item   string `json:"item,omitempty"`
	Sealed []byte `json:"sealed"`
}

// ReturnedReport is a reader's report. Number is the reader's way to the answer.
type ReturnedReport struct {
	Number  string `json:"number"`
	Item    string `json:"item"`
	Release int64  `json:"release"`
	Place   string `json:"place"`
	Text    string `json:"text"`
}

// ReturnedMisses counts the searches in vain of a day, by text.
type ReturnedMisses struct {
	Day    calendar.Date  `json:"day"`
	Counts map[string]int `json:"counts"`
}
