package publication

import (
	"cmp"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
)

// Standing is how a published item stands for the public.
type Standing string

// The standings. An item that was never published has none.
const (
	StandingPublished Standing = "公布"
	StandingSuspended Standing = "暂停"
	StandingCancelled Standing = "取消"
)

// Standings lists the standings in their order.
var Standings = []Standing{StandingPublished, StandingSuspended, StandingCancelled}

// Successor is an item that takes the place of one which was cancelled: after a
// split, a merger, a transfer or a delegation. Name and unit are what they were
// when the release was made.
type Successor struct {
	ItemID   string `json:"item_id"`
	Code     string `json:"code,omitempty"` // implementation code, if it has one
	Name     string `json:"name"`
	UnitID   string `json:"unit_id"`
	UnitName string `json:"unit_name"`
}

// The formats of a release's hash. A release keeps the one that it was made
// with, so that old ones can be checked for ever.
const (
	// FormatBatch knew batches only: every item of such a release is published.
	FormatBatch = 1
	// FormatStanding also covers the kind, and of each item its standing, the
	// reason, the days and the successors.
	FormatStanding = 2
	// FormatGrounds also covers the cause and the basis of an adjustment.
	FormatGrounds = 3
)

// Release is a published batch or adjustment: immutable, numbered without gaps,
// hashed, and chained to the release before it.
type Release struct {
	Seq      int64
	Number   string
	Kind     BatchKind
	Format   int // of the hash
	BatchID  string
	BatchNo  int // of the batch in its plan, 0 for an adjustment
	Title    string
	DocNo    string
	DocDate  calendar.Date
	At       time.Time
	ByName   string
	PrevHash string
	Hash     string
	Items    []ReleaseItem
	Count    int
	// Demo marks demonstration data; it is part of what is hashed.
	Demo bool
}

// ReleaseItem is a published item.
type ReleaseItem struct {
	BatchItem
	// Code printed under the guide, by which anybody can check it.
	VerifyCode string
}

// atOnce is how much earlier than the release before it one may have begun, as
// two do that are made at the same time. A clock that is set back differs by more,
// or does no harm.
const atOnce = 5 * time.Second

// Freeze turns an approved batch into its release. Order and content are fixed
// by it: items sorted by unit, name and ID; the hash covers every one.
func Freeze(b *Batch, prev *Release, at time.Time, by string, demo bool) (*Release, error) {
	if b.State != Sanctioned {
		return nil, fault.Conflictf("批次当前为“%s”，县政府批准后才能公布。", b.State)
	}
	r := &Release{Seq: 1, Kind: b.Kind, Format: FormatGrounds, BatchID: b.ID, BatchNo: b.No, Title: b.Title, DocNo: b.DocNo, DocDate: b.DocDate, At: at, ByName: by, Demo: demo}
	if r.Kind == "" {
		r.Kind = KindBatch
	}
	if prev != nil {
		// Of two transactions at once, the one that began first may end last.
		if prev.At.Sub(at) > atOnce {
			return nil, fault.Conflictf("服务器时间（%s）早于上一次公布的时间（%s），没有公布。请校准服务器时钟后再试。", beijing(at), beijing(prev.At))
		}
		r.Seq, r.PrevHash = prev.Seq+1, prev.Hash
		if at.Before(prev.At) {
			r.At = prev.At
		}
	}
	r.Number = fmt.Sprintf("%04d-%03d", at.UTC().Add(8*time.Hour).Year(), r.Seq)
	for _, it := range b.Items {
		if it.Struck != "" {
			continue
		}
		if it.Standing == "" {
			it.Standing = StandingPublished
		}
		r.Items = append(r.Items, ReleaseItem{BatchItem: it})
	}
	if len(r.Items) == 0 {
		return nil, fault.Invalidf("批次中没有可公布的事项。")
	}
	SortItems(r.Items)
	r.Count = len(r.Items)
	r.Hash = HashRelease(r)
	for i := range r.Items {
		r.Items[i].VerifyCode = verifyCode(r.Hash, r.Items[i].ItemID, r.Items[i].DocHash)
	}
	return r, nil
}

func beijing(t time.Time) string {
	return t.In(time.FixedZone("UTC+8", 8*3600)).Format("2006-01-02 15:04:05")
}

// HashRelease computes the hash of a release from its content, in the release's
// format; a stored release whose hash differs has been tampered with. Every
// field goes in with its length before it, so that no two contents run together.
func HashRelease(r *Release) string {
	h := sha256.New()
	put := func(fields ...string) {
		for _, f := range fields {
			fmt.Fprintf(h, "%d:", len(f))
			io.WriteString(h, f)
		}
	}
	put(fmt.Sprintf("onevisit/release@%d", r.Format), fmt.Sprint(r.Seq), r.Number, r.BatchID, r.Title, r.DocNo, r.DocDate.String(),
		fmt.Sprint(r.At.UnixMilli()), fmt.Sprint(r.Demo), r.PrevHash)
	if r.Format >= FormatStanding {
		put(string(r.Kind), fmt.Sprint(len(r.Items)))
	}
	for i := range r.Items {
		it := &r.Items[i]
		put(it.ItemID, it.UnitID, it.Code, it.Name, it.DocHash)
		if r.Format < FormatStanding {
			continue
		}
		put(string(it.Standing), string(it.Op), it.Reason, dateText(it.Effective), dateText(it.Until), fmt.Sprint(len(it.Successors)))
		for _, s := range it.Successors {
			put(s.ItemID, s.Code, s.Name, s.UnitID, s.UnitName)
		}
		if r.Format >= FormatGrounds {
			put(it.Cause, it.Basis)
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

// dateText is the day as it is hashed: empty if there is none.
func dateText(d calendar.Date) string {
	if d.IsZero() {
		return ""
	}
	return d.String()
}

// crockford has no letters that are taken for digits when read over the phone.
var crockford = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

// verifyCode is 50 bits, ten characters in two groups: short enough to type,
// too many to guess one that exists.
func verifyCode(releaseHash, itemID, docHash string) string {
	sum := sha256.Sum256([]byte(releaseHash + "\x00" + itemID + "\x00" + docHash))
	s := crockford.EncodeToString(sum[:7])[:10]
	return s[:5] + "-" + s[5:]
}

// NormalizeVerifyCode makes a typed code comparable: upper case, no blanks, the
// letters that are taken for digits read as these.
func NormalizeVerifyCode(s string) string {
	s = strings.NewReplacer(" ", "", "-", "", "—", "", "O", "0", "I", "1", "L", "1").Replace(strings.ToUpper(strings.TrimSpace(s)))
	if len(s) != 10 {
		return ""
	}
	return s[:5] + "-" + s[5:]
}

// VerifyRelease checks a stored release against its hash, its documents against
// theirs, and its place in the chain (prev is the hash of the release before).
func VerifyRelease(r *Release, prev string) error {
	if r.PrevHash != prev {
		return fault.Conflictf("第 %d 次公布与前一次公布不衔接。", r.Seq)
	}
	if r.Format < FormatBatch || r.Format > FormatGrounds {
		return fault.Conflictf("第 %d 次公布的校验格式（%d）本程序不认识，请用公布时的版本或更新的版本核对。", r.Seq, r.Format)
	}
	if len(r.Items) != r.Count {
		return fault.Conflictf("第 %d 次公布应有 %d 个事项，实有 %d 个。", r.Seq, r.Count, len(r.Items))
	}
	for i := range r.Items {
		it := &r.Items[i]
		// What a format does not cover cannot have been said then.
		if catalog.Hash(it.Doc) != it.DocHash || r.Format == FormatBatch && (it.Standing != StandingPublished || it.Op != "" || len(it.Successors) > 0) ||
			r.Format < FormatGrounds && it.Cause+it.Basis != "" {
			return fault.Conflictf("第 %d 次公布的事项“%s”与校验值不符。", r.Seq, it.Name)
		}
	}
	if r.Format == FormatBatch && r.Kind != KindBatch {
		return fault.Conflictf("第 %d 次公布的内容与校验值不符。", r.Seq)
	}
	sorted := *r
	sorted.Items = slices.Clone(r.Items)
	SortItems(sorted.Items)
	if HashRelease(&sorted) != r.Hash {
		return fault.Conflictf("第 %d 次公布的内容与校验值不符。", r.Seq)
	}
	return nil
}

// SortItems puts a release's items in their one order.
func SortItems(items []ReleaseItem) {
	slices.SortFunc(items, func(x, y ReleaseItem) int { return compareItems(&x, &y) })
}

func compareItems(x, y *ReleaseItem) int {
	return cmp.Or(cmp.Compare(x.UnitName, y.UnitName), cmp.Compare(x.Name, y.Name), cmp.Compare(x.ItemID, y.ItemID))
}
