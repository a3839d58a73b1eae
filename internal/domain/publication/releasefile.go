package publication

import (
	"slices"
	"time"

	"onevisit/internal/domain/org"
)

// PublishedItem is an item of a release, with what became of it.
type PublishedItem struct {
	ReleaseItem
	ReleaseSeq int64
	ReplacedBy int64 // Seq of the release that replaced it, 0 while it is current
}

// ReleaseFile is all that the county has published up to one release, as it goes
// to the other side of a separated network in one signed file
// (infra/sign/proof writes and reads it, docs/reference/verifying.md describes
// it). Whoever has it can answer everything that the portal is asked.
type ReleaseFile struct {
	Origin   string // of the log
	Place    string // the county's name
	Demo     bool
	MadeAt   time.Time
	Units    []org.Unit      // in the county's order
	Releases []Release       // oldest first, without Items
	Items    []PublishedItem // every version of every item, in the order of the log
	// Commitments are those that are signed electronically and public.
	Commitments []SignedCommitment
	// Leaves is the whole log, and Head its signed head at just that size.
	Leaves [][]byte
	Head   SignedHead
	Keys   []Key
	// Signatures are the county's over the file, empty if it has no key.
	Signatures []Signature
}

// SortPublished puts the items of one release in the release's order.
func SortPublished(items []PublishedItem) {
	slices.SortFunc(items, func(a, b PublishedItem) int { return compareItems(&a.ReleaseItem, &b.ReleaseItem) })
}
