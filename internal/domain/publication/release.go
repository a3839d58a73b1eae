package publication

import (
	"cmp"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
)

// BatchKind tells what a release comes from.
type BatchKind string

// The kinds of batch.
const (
	// KindBatch is a set of items that two offices reviewed and the county
	// government approves (P-1.2, P-3.4).
	KindBatch BatchKind = "批次"
	// KindAdjustment changes what is published already (P-3.2f).
	KindAdjustment BatchKind = "调整"
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

// BatchState is where a batch stands.
type BatchState string

// The states of a batch.
const (
	Composing  BatchState = "组织中"
	AtCounty   BatchState = "待县政府批准"
	Sanctioned BatchState = "已批准"
	Released   BatchState = "已公布"
)

// BatchEvent moves a batch.
type BatchEvent string

// The events of a batch.
const (
	BatchSend    BatchEvent = "报县政府"
	BatchReturn  BatchEvent = "退回审改办"
	BatchApprove BatchEvent = "批准"
	BatchPublish BatchEvent = "公布"
)

// batchTable is the batch's state table.
var batchTable = []struct {
	From  BatchState
	Event BatchEvent
	To    BatchState
}{
	{Composing, BatchSend, AtCounty},
	{AtCounty, BatchReturn, Composing},
	{AtCounty, BatchApprove, Sanctioned},
	{Sanctioned, BatchPublish, Released},
}

// NextBatch returns the batch's state after the event, or a Conflict.
func NextBatch(s BatchState, ev BatchEvent) (BatchState, error) {
	for _, t := range batchTable {
		if t.From == s && t.Event == ev {
			return t.To, nil
		}
	}
	return s, fault.Conflictf("批次当前为“%s”，不能%s。", s, ev)
}

// Batch is a set of reviewed items that the county government approves as a
// whole (P-1.2, P-3.4).
type Batch struct {
	ID, PlanID string
	Kind       BatchKind
	No         int // in its plan, 0 for an adjustment
	Title      string
	State      BatchState
	DocNo      string        // the approving document's number
	DocDate    calendar.Date // and date
	ApprovedBy string
	Note       string
	Items      []BatchItem
	CreatedAt  time.Time
	Version    int64
}

// BatchItem is an item of a batch, in the form that was reviewed.
type BatchItem struct {
	ItemID, SubmissionID string
	UnitID, UnitName     string
	Name, Code, Type     string
	Visits               int
	Class                string
	Doc                  []byte
	DocHash              string
	// Struck holds the county government's reason for leaving it out.
	Struck string
	// Standing is what the release makes of the item; empty means published.
	Standing Standing
	// What an adjustment says of the item to the public: what was done, why, from
	// which day, until when a suspension is expected to last (zero if unknown),
	// and what takes its place. All empty for an item of a batch.
	Op         Op
	Reason     string
	Effective  calendar.Date
	Until      calendar.Date
	Successors []Successor
}

// Available reports whether people can apply for the item.
func (it *BatchItem) Available() bool { return it.Standing == StandingPublished || it.Standing == "" }

var docNo = regexp.MustCompile(`^\p{Han}{1,12}[〔\[（(](19|20)\d{2}[〕\]）)][1-9]\d{0,4}号$`)

// CheckApproval checks what the county government gives with its approval.
func CheckApproval(b *Batch, number string, date, today calendar.Date) error {
	e := fault.Invalidf("批准信息填写有误，请按提示更正。")
	if !docNo.MatchString(number) {
		e.At("doc_no", "文号应形如“广政字〔2018〕12号”")
	}
	if date.IsZero() {
		e.At("doc_date", "请填写成文日期")
	} else if today.Before(date) {
		e.At("doc_date", "成文日期不能晚于今天")
	}
	n := 0
	for _, it := range b.Items {
		if it.Struck == "" {
			n++
		}
	}
	if n == 0 {
		e.At("items", "批次中没有可公布的事项")
	}
	return e.OrNil()
}

// The formats of a release's hash. A release keeps the one that it was made
// with, so that old ones can be checked for ever.
const (
	// FormatBatch knew batches only: every item of such a release is published.
	FormatBatch = 1
	// FormatStanding also covers the kind, and of each item its standing, the
	// reason, the days and the successors.
	FormatStanding = 2
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

// Freeze turns an approved batch into its release. Order and content are fixed
// by it: items sorted by unit, name and ID; the hash covers every one.
func Freeze(b *Batch, prev *Release, at time.Time, by string, demo bool) (*Release, error) {
	if b.State != Sanctioned {
		return nil, fault.Conflictf("批次当前为“%s”，县政府批准后才能公布。", b.State)
	}
	r := &Release{Seq: 1, Kind: b.Kind, Format: FormatStanding, BatchID: b.ID, BatchNo: b.No, Title: b.Title, DocNo: b.DocNo, DocDate: b.DocDate, At: at, ByName: by, Demo: demo}
	if r.Kind == "" {
		r.Kind = KindBatch
	}
	if prev != nil {
		if at.Before(prev.At) {
			return nil, fault.Conflictf("服务器时间（%s）早于上一次公布的时间（%s），没有公布。请校准服务器时钟后再试。", beijing(at), beijing(prev.At))
		}
		r.Seq, r.PrevHash = prev.Seq+1, prev.Hash
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
	if r.Format != FormatBatch && r.Format != FormatStanding {
		return fault.Conflictf("第 %d 次公布的校验格式（%d）本程序不认识，请用公布时的版本或更新的版本核对。", r.Seq, r.Format)
	}
	if len(r.Items) != r.Count {
		return fault.Conflictf("第 %d 次公布应有 %d 个事项，实有 %d 个。", r.Seq, r.Count, len(r.Items))
	}
	for i := range r.Items {
		it := &r.Items[i]
		// What the first format does not cover cannot have been said then.
		if catalog.Hash(it.Doc) != it.DocHash || r.Format == FormatBatch && (it.Standing != StandingPublished || it.Op != "" || len(it.Successors) > 0) {
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

// BatchOrdinal names a batch by its number in the plan: 第一批. From 100 on with
// figures.
func BatchOrdinal(n int) string {
	digits := []string{"", "一", "二", "三", "四", "五", "六", "七", "八", "九"}
	s := ""
	switch {
	case n <= 0 || n > 99:
		s = strconv.Itoa(n)
	case n < 10:
		s = digits[n]
	case n < 20:
		s = "十" + digits[n-10]
	default:
		s = digits[n/10] + "十" + digits[n%10]
	}
	return "第" + s + "批"
}
