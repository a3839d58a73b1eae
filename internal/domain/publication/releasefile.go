package publication

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"onevisit/internal/domain/catalog"
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
	// ReturnKey is the X25519 key for which the other side seals what it hands back;
	// nil if nothing comes back.
	ReturnKey []byte
	// Use is how often guides were opened, as the side that publishes knows it; nil
	// if it has no figures.
	Use *UseFigures
	// Answers say what became of the reports that the other side handed back.
	Answers []SealedAnswer
	// Files are the forms and samples whose content the file carries.
	Files []catalog.File
	// Signatures are the county's over the file, empty if it has no key.
	Signatures []Signature
}

// MaxReleaseFiles bounds the forms and samples that a release file carries, in
// bytes: it must fit on what people carry, and on the other side's disk.
const MaxReleaseFiles = 2 << 30

// Attachments lists the forms and samples of the items that people can apply for
// now, each content once, by hash.
func (f *ReleaseFile) Attachments() ([]catalog.File, error) {
	seen := map[string]bool{}
	var out []catalog.File
	for i := range f.Items {
		p := &f.Items[i]
		if p.ReplacedBy != 0 || p.Standing != StandingPublished {
			continue
		}
		var it catalog.Item
		if err := json.Unmarshal(p.Doc, &it); err != nil {
			return nil, fmt.Errorf("published item %s: %w", p.ItemID, err)
		}
		for _, s := range it.FileSlots() {
			if file, ok := catalog.ParseFile(s.Ref); ok && !seen[file.Hash] {
				seen[file.Hash] = true
				out = append(out, file)
			}
		}
	}
	slices.SortFunc(out, func(a, b catalog.File) int { return cmp.Compare(a.Hash, b.Hash) })
	return out, nil
}

// SortPublished puts the items of one release in the release's order.
func SortPublished(items []PublishedItem) {
	slices.SortFunc(items, func(a, b PublishedItem) int { return compareItems(&a.ReleaseItem, &b.ReleaseItem) })
}
