package exchange

import "onevisit/internal/domain/catalog"

// Summary is the answer of an import, in the wire shape of `import --json`.
type Summary struct {
	Rows     int       `json:"rows"`
	Good     int       `json:"good"`
	Bad      int       `json:"bad"`
	Created  int       `json:"created"`
	Changed  int       `json:"changed"`
	Same     int       `json:"same"`
	Locked   int       `json:"locked"` // left alone because they are in review
	Unknown  []Unknown `json:"unknown,omitempty"`
	Problems []Problem `json:"problems"`
	Omitted  int       `json:"omitted,omitempty"`
	// Changes holds what would change, or has changed, in items that are there
	// already: at most MaxChanges items.
	Changes []ItemChange `json:"changes,omitempty"`
}

// MaxChanges bounds the changes that a Summary tells.
const MaxChanges = 1000

// ItemChange is what one row does to its item.
type ItemChange struct {
	Sheet   string           `json:"sheet"`
	Row     int              `json:"row"`
	Kind    ChangeKind       `json:"kind"`
	Unit    string           `json:"unit"`
	Name    string           `json:"name"`
	Variant string           `json:"variant,omitempty"`
	Code    string           `json:"code,omitempty"`
	Changes []catalog.Change `json:"changes,omitempty"`
}

// ChangeKind says what a row does.
type ChangeKind string

// The kinds: a new item, another state of one, and one that is left alone
// because it is in review or somebody is changing it.
const (
	ItemCreated ChangeKind = "新增"
	ItemChanged ChangeKind = "更改"
	ItemLocked  ChangeKind = "未动"
)
