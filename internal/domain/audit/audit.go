// Package audit is the trail of who did what: entries in one chain, each with
// the hash of the one before, so that nothing can be taken out or changed later
// without the chain showing it.
package audit

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"time"

	"onevisit/internal/domain/fault"
)

// Entry is one entry of the trail. Summaries carry no personal data.
type Entry struct {
	Seq                  int64
	At                   time.Time
	ActorID, ActorName   string
	ActorRole            string
	Action               string
	ObjectKind, ObjectID string
	Summary              string
	PrevHash, Hash       string
}

// Seal computes the entry's hash from its content and the hash before it. Each
// field goes in with its length, so that no two entries have one encoding.
func (e *Entry) Seal() string {
	h := sha256.New()
	for _, f := range []string{"onevisit/audit@1", fmt.Sprint(e.Seq), fmt.Sprint(e.At.UnixMilli()), e.ActorID, e.ActorName, e.ActorRole,
		e.Action, e.ObjectKind, e.ObjectID, e.Summary, e.PrevHash} {
		fmt.Fprintf(h, "%d:", len(f))
		io.WriteString(h, f)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Verify checks a run of entries in order, beginning after the entry with hash
// prev (empty for the first), and names the first that does not fit.
func Verify(prev string, seq int64, entries []Entry) error {
	for i := range entries {
		e := &entries[i]
		seq++
		switch {
		case e.Seq != seq:
			return fault.Conflictf("审计记录不连续：第 %d 条之后是第 %d 条。", seq-1, e.Seq)
		case e.PrevHash != prev:
			return fault.Conflictf("审计记录第 %d 条与前一条不衔接。", e.Seq)
		case e.Seal() != e.Hash:
			return fault.Conflictf("审计记录第 %d 条的内容与校验值不符。", e.Seq)
		}
		prev = e.Hash
	}
	return nil
}
