package publication

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"time"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
)

// SubmissionKind tells a package of items from a zero report (P-3.2c).
type SubmissionKind string

// The kinds of submission.
const (
	Package    SubmissionKind = "清单报送"
	ZeroReport SubmissionKind = "零报告"
)

// SubmissionState is where a submission stands.
type SubmissionState string

// The states of a submission.
const (
	InReview SubmissionState = "审核中"
	Settled  SubmissionState = "审核完毕"
)

// Submission is what a unit reports at one time (P-3.2b): items whose
// catalogue entry, implementation list and guide are one document each, with
// the commitment for those already met; or a zero report.
type Submission struct {
	ID, PlanID       string
	UnitID, UnitName string
	Kind             SubmissionKind
	// Number is the receipt's number, unique in the county.
	Number     string
	State      SubmissionState
	Statement  string // the zero report's reason, or a remark
	Commitment *Commitment
	Items      []SubmittedItem
	// Hash is the SHA-256 over what was handed in; it stands on the receipt.
	Hash           string
	At             time.Time
	ByID, ByName   string
	Late           bool // after the plan's day
	Version        int64
	Settled        time.Time
	ReturnedCount  int
	ApprovedCount  int
	UndecidedCount int
	// RuleVersion is the version of the county's rules that the items were
	// judged with; a later change of the rules does not reach them.
	RuleVersion int64
	// Scans are the signed and sealed commitments, newest first.
	Scans []Scan
	// Signed is the commitment's electronic signature, nil if there is none.
	Signed *SignedCommitment
}

// Scan is a scan of the signed and sealed commitment. A later one does not
// remove an earlier one.
type Scan struct {
	ID, SubmissionID string
	Name             string // of the file, as it was sent
	Media            string // application/pdf, image/jpeg or image/png
	Hash             string // SHA-256 of its content, in hex
	Size             int64  // bytes
	ByID, ByName     string
	At               time.Time
}

// MaxScan is the largest scan that is taken, in bytes.
const MaxScan = 20 << 20

// scanMedia are the kinds of file that are taken, by what they begin with.
var scanMedia = []struct{ magic, media string }{{"%PDF-", "application/pdf"}, {"\xff\xd8\xff", "image/jpeg"}, {"\x89PNG\r\n\x1a\n", "image/png"}}

// ScanMedia says what a scan is by its first bytes, whatever its name says, and
// refuses what is no scan.
func ScanMedia(name string, head []byte, size int64) (string, error) {
	switch {
	case size == 0:
		return "", fault.Invalidf("扫描件“%s”是空文件，请重新选择。", name)
	case size > MaxScan:
		return "", fault.Invalidf("扫描件“%s”有 %d MB，超过 %d MB 的上限。请用 200 dpi 重新扫描，或压缩后再上传。", name, (size+1<<20-1)>>20, MaxScan>>20)
	}
	for _, m := range scanMedia {
		if strings.HasPrefix(string(head), m.magic) {
			return m.media, nil
		}
	}
	return "", fault.Invalidf("扫描件“%s”不是 PDF、JPG 或 PNG 文件，请转换后再上传。", name)
}

// ScanName is the name under which a scan is kept: that of its file, with an
// ending that says what it is, so that whoever loads it can open it and runs
// nothing.
func ScanName(name, media string) string {
	endings := map[string][]string{"application/pdf": {".pdf"}, "image/jpeg": {".jpg", ".jpeg"}, "image/png": {".png"}}[media]
	ext := strings.ToLower(path.Ext(name))
	if slices.Contains(endings, ext) {
		return name
	}
	return name + endings[0]
}

// ScanTail is how much of the end of a scan tells whether it is whole, in bytes;
// some scanners write a few bytes more behind what ends it.
const ScanTail = 2048

// scanEnds are what ends a whole file of each kind.
var scanEnds = map[string]string{"application/pdf": "%%EOF", "image/jpeg": "\xff\xd9", "image/png": "IEND\xaeB`\x82"}

// ScanWhole refuses a scan that breaks off, by its last bytes: half a file cannot
// be read by anybody when it is asked for, years later.
func ScanWhole(name, media string, tail []byte) error {
	if strings.Contains(string(tail), scanEnds[media]) {
		return nil
	}
	return fault.Invalidf("扫描件“%s”不完整，可能没有扫描完或者没有拷贝完。请在本机打开看一看，重新扫描后再上传。", name)
}

// Commitment is the written public commitment (公开承诺书) for the items that
// already take at most one visit.
type Commitment struct {
	Signatory string        `json:"signatory"` // the unit's leader who signs
	Title     string        `json:"title"`     // the leader's office
	SignedOn  calendar.Date `json:"signed_on"`
	Text      string        `json:"text"`
	Items     []string      `json:"items"` // IDs of the items it covers
	// Scan is the hash of the scan that was handed in with it, empty if none was.
	Scan string `json:"scan,omitempty"`
}

// SubmittedItem is an item as it was when it was handed in. It does not change
// while it is in review.
type SubmittedItem struct {
	SubmissionID string
	ItemID       string
	ItemVersion  int64
	Name, Code   string
	Type         string
	Doc          []byte // canonical encoding
	DocHash      string
	Visits       int    // computed
	Class        string // computed
	Findings     int    // warnings that stand
	Found        []byte // the findings when it was handed in, as JSON
	// Position is the item's place in the submission, from 0.
	Position int
	// Against says what the item was compared with when it was handed in, Changes
	// how many differences there were, and Burdens how many of them make more
	// work for the applicant.
	Against          Comparison
	Changes, Burdens int
	// Again says that the item was sent back when it was handed in last.
	Again    bool
	Verdicts []Verdict
	Dispute  *Dispute // nil unless the county government was asked to rule
	Outcome  Decision // empty while undecided
}

// DefaultCommitment is the text a unit starts from. No official form was found;
// the heads follow the plan (P-3.2b, P-3.3): what is promised, what is not
// counted, where to complain and what follows. complaint are the unit's own lines
// for complaints, beside 12345.
func DefaultCommitment(unit string, complaint ...string) string {
	lines := []string{}
	for _, c := range append(complaint, "12345") {
		if c != "" && !slices.Contains(lines, c) {
			lines = append(lines, c)
		}
	}
	return fmt.Sprintf(`为落实“最多跑一次”改革要求，%s就所附清单中的事项向社会公开承诺：
一、最多跑一次。申请材料齐全、符合法定受理条件的，从提出申请到收到办理结果，申请人按清单所列次数到场，最多跑一次。
二、一次性告知。一次告知办理条件、材料、时限、收费和流程，不增加清单以外的材料和环节。
三、一窗受理。一个窗口受理，内部流转，在承诺时限内办结。
四、自愿选择。可以网上申报、快递送达的，由申请人自愿选择。
五、例外情形。法律法规规定须由本人到场的环节，已计入清单所列次数；因材料不齐或者不符合要求需要补正的，一次性书面告知，由此增加的到场不计入承诺次数。
六、监督渠道。没有做到的，可以拨打%s投诉，我们及时核实、反馈。
七、违诺处理。未兑现承诺的，及时纠正，依规追究责任，并公开处理结果。`, unit, strings.Join(lines, "、"))
}

// CheckPackage refuses a package that is incomplete: no items, or items already
// met without a signed commitment that covers every one of them (rule U05).
func CheckPackage(s *Submission, today calendar.Date) error {
	e := fault.Invalidf("报送材料不完整，请按提示补充后再报送。")
	if s.Kind == ZeroReport {
		if len(s.Items) > 0 {
			e.At("items", "零报告不能同时报送事项")
		}
		if len([]rune(strings.TrimSpace(s.Statement))) < 4 {
			e.At("statement", "请说明本单位没有依申请办理事项的理由（P-3.2c）")
		}
		return e.OrNil()
	}
	if len(s.Items) == 0 {
		e.At("items", "没有可报送的事项：请先由单位负责人确认事项；确无事项的，请提交零报告")
	}
	var met []SubmittedItem
	for _, it := range s.Items {
		if it.Class == catalog.ClassMet {
			met = append(met, it)
		}
	}
	if len(met) > 0 {
		c := s.Commitment
		if c == nil {
			e.At("commitment", "有 %d 个已实现最多跑一次的事项，须附公开承诺书（P-3.2b）", len(met))
		} else {
			if strings.TrimSpace(c.Signatory) == "" {
				e.At("commitment.signatory", "请填写签署承诺书的单位负责人")
			}
			if c.SignedOn.IsZero() {
				e.At("commitment.signed_on", "请填写承诺书签署日期")
			} else if today.Before(c.SignedOn) {
				e.At("commitment.signed_on", "签署日期不能晚于今天")
			}
			if strings.TrimSpace(c.Text) == "" {
				e.At("commitment.text", "请填写承诺内容")
			}
			covered := make(map[string]bool, len(c.Items))
			for _, id := range c.Items {
				covered[id] = true
			}
			for _, it := range met {
				if !covered[it.ItemID] {
					e.At("commitment.items", "承诺书没有列入已实现最多跑一次的事项“%s”", it.Name)
				}
			}
		}
	}
	return e.OrNil()
}

// SealPackage computes the hash on the receipt: over the unit, the statement,
// the commitment and each document in order.
func SealPackage(s *Submission) string {
	h := sha256.New()
	put := func(fields ...string) {
		for _, f := range fields {
			fmt.Fprintf(h, "%d:", len(f))
			io.WriteString(h, f)
		}
	}
	put(s.PlanID, s.UnitID, string(s.Kind), s.Number, s.Statement)
	if c := s.Commitment; c != nil {
		put(c.Signatory, c.Title, c.SignedOn.String(), c.Text)
		put(c.Items...)
		if c.Scan != "" {
			put(c.Scan)
		}
	}
	for _, it := range s.Items {
		put(it.ItemID, it.DocHash)
	}
	return hex.EncodeToString(h.Sum(nil))
}
