package publication

import (
	"time"

	"onevisit/internal/domain/calendar"
)

// ReturnFile is what the public side of two separated networks hands back:
// readers' reports of errors, and counts of searches in vain and of opened guides.
// What readers wrote is sealed for the office side; whoever carries the file cannot
// read it.
type ReturnFile struct {
	Origin  string // of the log that the portal shows
	MadeAt  time.Time
	Release int64 // that the portal shows
	Sender  Key   // of the portal, which signs the file
	// AnswerKey is the X25519 key for which the office side seals what it answers.
	AnswerKey []byte
	Entries   []ReturnEntry
}

// ReturnKind says what an entry holds.
type ReturnKind string

// The kinds of entry.
const (
	ReturnReport ReturnKind = "report" // a ReturnedReport
	ReturnMisses ReturnKind = "misses" // a ReturnedMisses
	ReturnUse    ReturnKind = "use"    // a ReturnedUse
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

// ReturnedUse counts the openings of guides of a whole day, by item ID.
type ReturnedUse struct {
	Day   calendar.Date      `json:"day"`
	Items map[string]ItemUse `json:"items"`
}

// SealedAnswer is a ReturnedAnswer on its way to the portal whose key, by its ID,
// is To. Nobody else can tell which number it belongs to.
type SealedAnswer struct {
	To     string `json:"to"`
	Sealed []byte `json:"sealed"`
}

// ReturnedAnswer says how a report stands that a portal handed back, for whoever
// has its number. Without an outcome the unit has it, and answers by Due.
type ReturnedAnswer struct {
	Number     string        `json:"number"`
	Item       string        `json:"item"`
	Place      string        `json:"place"`
	At         time.Time     `json:"at"`
	Due        calendar.Date `json:"due"`
	Outcome    Disposition   `json:"outcome,omitempty"`
	Answer     string        `json:"answer,omitempty"`
	AnsweredAt time.Time     `json:"answered_at,omitzero"`
}

// ReturnedFor is how long a report that came back is spoken of to the portal.
const ReturnedFor = 365 * 24 * time.Hour
