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
	No         int
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
}

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

// Release is a published batch: immutable, numbered without gaps, hashed, and
// chained to the release before it.
type Release struct {
	Seq      int64
	Number   string
	BatchID  string
	BatchNo  int
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
	r := &Release{Seq: 1, BatchID: b.ID, BatchNo: b.No, Title: b.Title, DocNo: b.DocNo, DocDate: b.DocDate, At: at, ByName: by, Demo: demo}
	if prev != nil {
		r.Seq, r.PrevHash = prev.Seq+1, prev.Hash
	}
	r.Number = fmt.Sprintf("%04d-%03d", at.UTC().Add(8*time.Hour).Year(), r.Seq)
	for _, it := range b.Items {
		if it.Struck == "" {
			r.Items = append(r.Items, ReleaseItem{BatchItem: it})
		}
	}
	if len(r.Items) == 0 {
		return nil, fault.Invalidf("批次中没有可公布的事项。")
	}
	sortItems(r.Items)
	r.Count = len(r.Items)
	r.Hash = HashRelease(r)
	for i := range r.Items {
		r.Items[i].VerifyCode = verifyCode(r.Hash, r.Items[i].ItemID, r.Items[i].DocHash)
	}
	return r, nil
}

// HashRelease computes the hash of a release from its content; a stored release
// whose hash differs has been tampered with.
func HashRelease(r *Release) string {
	h := sha256.New()
	put := func(fields ...string) {
		for _, f := range fields {
			fmt.Fprintf(h, "%d:", len(f))
			io.WriteString(h, f)
		}
	}
	put("onevisit/release@1", fmt.Sprint(r.Seq), r.Number, r.BatchID, r.Title, r.DocNo, r.DocDate.String(),
		fmt.Sprint(r.At.UnixMilli()), fmt.Sprint(r.Demo), r.PrevHash)
	for _, it := range r.Items {
		put(it.ItemID, it.UnitID, it.Code, it.Name, it.DocHash)
	}
	return hex.EncodeToString(h.Sum(nil))
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
	if len(r.Items) != r.Count {
		return fault.Conflictf("第 %d 次公布应有 %d 个事项，实有 %d 个。", r.Seq, r.Count, len(r.Items))
	}
	for _, it := range r.Items {
		if catalog.Hash(it.Doc) != it.DocHash {
			return fault.Conflictf("第 %d 次公布的事项“%s”与校验值不符。", r.Seq, it.Name)
		}
	}
	sorted := *r
	sorted.Items = slices.Clone(r.Items)
	sortItems(sorted.Items)
	if HashRelease(&sorted) != r.Hash {
		return fault.Conflictf("第 %d 次公布的内容与校验值不符。", r.Seq)
	}
	return nil
}

// sortItems puts a release's items in their one order.
func sortItems(items []ReleaseItem) {
	slices.SortFunc(items, func(x, y ReleaseItem) int {
		return cmp.Or(cmp.Compare(x.UnitName, y.UnitName), cmp.Compare(x.Name, y.Name), cmp.Compare(x.ItemID, y.ItemID))
	})
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
