package proof

import (
	"cmp"
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/publication"
)

// Log answers from a release file what the store answers from the database.
type Log struct {
	file *publication.ReleaseFile
	tree Tree
	at   map[leafKey]int64
}

type leafKey struct {
	kind    publication.LeafKind
	ref     string
	release int64
}

// NewLog prepares the log of a file that ReadRelease has checked.
func NewLog(f *publication.ReleaseFile) (*Log, error) {
	l := &Log{file: f, at: map[leafKey]int64{}}
	for i, text := range f.Leaves {
		if err := l.tree.Add(text); err != nil {
			return nil, err
		}
		leaf, err := publication.ParseLeaf(text)
		if err != nil {
			return nil, err
		}
		l.at[keyOf(leaf)] = int64(i)
	}
	return l, nil
}

func keyOf(l *publication.Leaf) leafKey {
	switch l.Kind {
	case publication.LeafItem:
		return leafKey{l.Kind, l.Item.Item, l.Item.Release}
	case publication.LeafKey:
		return leafKey{l.Kind, l.Key.ID, 0}
	case publication.LeafRevocation:
		return leafKey{l.Kind, l.Revocation.Key, 0}
	case publication.LeafCommitment:
		return leafKey{l.Kind, l.Commitment.Number, 0}
	}
	return leafKey{l.Kind, l.Release.Number, 0}
}

// LogHead returns the head that the file was made with.
func (l *Log) LogHead() (publication.SignedHead, error) { return l.file.Head, nil }

// LogHeads returns the one head that a release file has.
func (l *Log) LogHeads(before int64, limit int) ([]publication.SignedHead, error) {
	if limit < 1 || before != 0 && l.file.Head.Size >= before {
		return nil, nil
	}
	return []publication.SignedHead{l.file.Head}, nil
}

// LogLeaves returns leaves from an index on, in order.
func (l *Log) LogLeaves(from int64, limit int) ([]publication.LoggedLeaf, error) {
	var out []publication.LoggedLeaf
	for i := max(from, 0); i < int64(len(l.file.Leaves)) && len(out) < limit; i++ {
		leaf, err := publication.ParseLeaf(l.file.Leaves[i])
		if err != nil {
			return nil, err
		}
		out = append(out, publication.LoggedLeaf{Index: i, Kind: leaf.Kind, Text: l.file.Leaves[i]})
	}
	return out, nil
}

// FindLeaf returns the leaf of a thing, or NotFound; see store's Tx.FindLeaf.
func (l *Log) FindLeaf(kind publication.LeafKind, ref string, release int64) (publication.LoggedLeaf, error) {
	i, ok := l.at[leafKey{kind, ref, release}]
	if !ok {
		return publication.LoggedLeaf{}, fault.NotFoundf("公布日志中没有这一条。")
	}
	return publication.LoggedLeaf{Index: i, Kind: kind, Text: l.file.Leaves[i]}, nil
}

// Commitments returns the public commitments that are signed, of one unit or of
// all (empty), by number.
func (l *Log) Commitments(unitID string) ([]publication.SignedCommitment, error) {
	var out []publication.SignedCommitment
	for _, c := range l.file.Commitments {
		if unitID == "" || c.UnitID == unitID {
			out = append(out, c)
		}
	}
	slices.SortFunc(out, func(a, b publication.SignedCommitment) int { return cmp.Compare(a.Number, b.Number) })
	return out, nil
}

// Commitment returns one by the number of its submission, or NotFound.
func (l *Log) Commitment(number string) (publication.SignedCommitment, error) {
	for _, c := range l.file.Commitments {
		if c.Number == number {
			return c, nil
		}
	}
	return publication.SignedCommitment{}, fault.NotFoundf("没有找到这份承诺书。")
}

// LogHashes reads the hashes of the tree.
func (l *Log) LogHashes() tlog.HashReader { return &l.tree }

// SigningKeys returns the keys in the order of the log.
func (l *Log) SigningKeys() ([]publication.Key, error) { return l.file.Keys, nil }
