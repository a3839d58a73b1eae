package proof

import (
	"golang.org/x/mod/sumdb/tlog"

	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/publication"
)

// Tree is a Merkle tree in memory, built leaf by leaf.
type Tree struct {
	hashes []tlog.Hash
	size   int64
}

// ReadHashes implements tlog.HashReader.
func (t *Tree) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, x := range indexes {
		if x < 0 || x >= int64(len(t.hashes)) {
			return nil, fault.New(fault.Internal, "hash %d of %d", x, len(t.hashes))
		}
		out[i] = t.hashes[x]
	}
	return out, nil
}

// Add appends a leaf.
func (t *Tree) Add(leaf []byte) error {
	more, err := tlog.StoredHashes(t.size, leaf, t)
	if err != nil {
		return err
	}
	t.hashes = append(t.hashes, more...)
	t.size++
	return nil
}

// Size is how many leaves the tree has.
func (t *Tree) Size() int64 { return t.size }

// Root is the root of the tree's first size leaves.
func (t *Tree) Root(size int64) (tlog.Hash, error) {
	if size < 0 || size > t.size {
		return tlog.Hash{}, fault.Conflictf("日志只有 %d 条，没有第 %d 条时的状态。", t.size, size)
	}
	return tlog.TreeHash(size, t)
}

// Matches refuses a head that is not the tree's at that size.
func (t *Tree) Matches(h *publication.Head) error {
	root, err := t.Root(h.Size)
	if err != nil {
		return err
	}
	if root != tlog.Hash(h.Root) {
		return fault.Conflictf("日志的前 %d 条与日志头不符：有条目被改动、增加或删除。", h.Size)
	}
	return nil
}

// ProveTree proves that the tree of the first old leaves is the beginning of that
// of the first size leaves.
func ProveTree(r tlog.HashReader, size, old int64) ([]tlog.Hash, error) {
	if old < 1 || old > size {
		return nil, fault.Invalidf("起始条数应在 1 到 %d 之间。", size)
	}
	p, err := tlog.ProveTree(size, old, r)
	return p, err
}

// CheckTree checks such a proof.
func CheckTree(p []tlog.Hash, newer, older *publication.Head) error {
	if newer.Origin != older.Origin {
		return fault.Conflictf("两个日志头属于不同的日志（%s 和 %s）。", newer.Origin, older.Origin)
	}
	if tlog.CheckTree(p, newer.Size, newer.Root, older.Size, older.Root) != nil {
		return fault.Conflictf("%d 条时的日志不是 %d 条时的日志的开头部分：日志被改写过。", older.Size, newer.Size)
	}
	return nil
}
