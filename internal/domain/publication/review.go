package publication

import (
	"fmt"
	"strings"
	"time"

	"onevisit/internal/domain/fault"
)

// Office is one of the two offices of the joint review (P-3.2d).
type Office string

// The reviewing offices.
const (
	ReformOffice   Office = "审改办"
	ApprovalBureau Office = "行政审批局"
)

// Offices lists them; both must decide on every item.
var Offices = []Office{ReformOffice, ApprovalBureau}

// Decision is what an office says of an item.
type Decision string

// The decisions.
const (
	Pass     Decision = "通过"
	SendBack Decision = "退回"
)

// Remark is a reviewer's remark on one element.
type Remark struct {
	Field string `json:"field"` // path in the item's JSON
	Label string `json:"label"`
	Text  string `json:"text"`
}

// Verdict is one office's decision on one item.
type Verdict struct {
	Office       Office
	Decision     Decision
	Remarks      []Remark
	ByID, ByName string
	At           time.Time
}

// CheckVerdict refuses a verdict that tells the unit nothing, and one by the
// person who handed the package in (four eyes).
func CheckVerdict(s *Submission, v Verdict) error {
	if s.State != InReview {
		return fault.Conflictf("该报送已审核完毕，不能再提意见。")
	}
	if v.ByID == s.ByID {
		return fault.Forbiddenf("报送人不能审核自己报送的材料。")
	}
	e := fault.Invalidf("审核意见不完整，请按提示补充。")
	switch v.Decision {
	case Pass:
	case SendBack:
		n := 0
		for i, r := range v.Remarks {
			if strings.TrimSpace(r.Text) == "" {
				e.At(fmt.Sprintf("remarks[%d]", i), "请写明“%s”需要怎样修改", r.Label)
			} else {
				n++
			}
		}
		if n == 0 {
			e.At("remarks", "退回须逐项写明修改意见，一次提全")
		}
	default:
		e.At("decision", "请选择通过或退回")
	}
	return e.OrNil()
}

// Comparison is what an item that is handed in is compared with.
type Comparison string

// The comparisons.
const (
	AgainstNothing   Comparison = "" // it was never handed in before
	AgainstPublished Comparison = "现行公布版本"
	AgainstLast      Comparison = "上次报送"
	AgainstUnknown   Comparison = "-" // handed in before comparisons were kept
)

// Dispute is an item on which the two offices differ and could not agree: the
// reform office asks the county government to rule.
type Dispute struct {
	Note   string // why the offices could not agree
	Asked  Hand
	Ruling Decision // empty until the county government has ruled
	Reason string
	Ruled  Hand
}

// Outcome joins the two offices' verdicts on an item. It stays undecided until
// both have spoken, so that the unit gets every remark at once. If they differ
// it stays undecided until one of them takes the other's view, or the county
// government rules.
func Outcome(verdicts []Verdict, d *Dispute) Decision {
	if d != nil && d.Ruling != "" {
		return d.Ruling
	}
	said := map[Office]Decision{}
	for _, v := range verdicts {
		said[v.Office] = v.Decision
	}
	first := said[Offices[0]]
	for _, o := range Offices {
		if said[o] != first {
			return ""
		}
	}
	return first
}

// Conflicting reports whether the two offices differ.
func Conflicting(verdicts []Verdict) bool {
	return len(verdicts) == 2 && verdicts[0].Decision != verdicts[1].Decision
}

// Verdict returns what an office said of the item, nil if it has not spoken.
func (it *SubmittedItem) Verdict(o Office) *Verdict {
	for i := range it.Verdicts {
		if it.Verdicts[i].Office == o {
			return &it.Verdicts[i]
		}
	}
	return nil
}

// Disputed reports whether the offices differ and nothing has settled it.
func (it *SubmittedItem) Disputed() bool { return it.Outcome == "" && Conflicting(it.Verdicts) }

// Doubts says why an office should look at an item by itself before it passes
// it. An item without doubts is clean: the office may pass it together with
// others.
func (it *SubmittedItem) Doubts(o Office) []string {
	var out []string
	if it.Findings > 0 {
		out = append(out, fmt.Sprintf("有 %d 条警告", it.Findings))
	}
	if it.Burdens > 0 {
		out = append(out, fmt.Sprintf("增加申请人负担 %d 处", it.Burdens))
	}
	if it.Again && it.Changes == 0 {
		out = append(out, "上次退回后没有修改")
	}
	for _, v := range it.Verdicts {
		if v.Office != o && v.Decision == SendBack {
			out = append(out, string(v.Office)+"已退回")
		}
	}
	return out
}

// CleanMeans says in words which items have no doubts.
const CleanMeans = "没有警告，与上次相比没有增加申请人负担，退回过的已经修改，另一家没有退回"

// Clean reports whether an office may still pass the item without looking at it
// by itself.
func (it *SubmittedItem) Clean(o Office) bool {
	return it.Outcome == "" && it.Verdict(o) == nil && len(it.Doubts(o)) == 0
}

// ReviewPart narrows the items of a submission for a reviewer.
type ReviewPart string

// The parts.
const (
	AllParts    ReviewPart = ""
	OpenPart    ReviewPart = "open"     // the office has not spoken
	DoubtPart   ReviewPart = "doubts"   // with doubts, whether decided or not
	CleanPart   ReviewPart = "clean"    // see SubmittedItem.Clean
	DisputePart ReviewPart = "disputes" // the offices differ
	BackPart    ReviewPart = "back"     // the office, or both, sent it back
)

// ReviewParts names the parts in the order in which they are offered.
var ReviewParts = []struct {
	Part ReviewPart
	Name string
}{{AllParts, "全部"}, {OpenPart, "待审"}, {DoubtPart, "只看有问题的"}, {DisputePart, "意见不一"}, {BackPart, "退回的"}}

// In reports whether an item belongs to a part, for an office.
func (it *SubmittedItem) In(p ReviewPart, o Office) bool {
	switch p {
	case OpenPart:
		return it.Outcome == "" && it.Verdict(o) == nil
	case DoubtPart:
		return len(it.Doubts(o)) > 0
	case CleanPart:
		return it.Clean(o)
	case DisputePart:
		return it.Disputed()
	case BackPart:
		v := it.Verdict(o)
		return it.Outcome == SendBack || it.Outcome == "" && v != nil && v.Decision == SendBack
	}
	return true
}

// ReviewProgress counts the items of a submission for an office.
type ReviewProgress struct {
	Total, Open, Doubts, Clean, Disputes, Back int
	Undecided                                  int // without an outcome
}

// Of is the count of a part.
func (p ReviewProgress) Of(part ReviewPart) int {
	switch part {
	case OpenPart:
		return p.Open
	case DoubtPart:
		return p.Doubts
	case CleanPart:
		return p.Clean
	case DisputePart:
		return p.Disputes
	case BackPart:
		return p.Back
	}
	return p.Total
}

// disputeMost is how long a reason in a dispute may be, in characters.
const disputeMost = 500

// CheckAsk refuses to bring an item before the county government on which the
// offices do not differ, twice, or without saying why they could not agree.
func CheckAsk(it *SubmittedItem, note string) error {
	switch {
	case !it.Disputed():
		return fault.Conflictf("两家对“%s”没有不同的审核意见，不需要裁定。", it.Name)
	case it.Dispute != nil:
		return fault.Conflictf("“%s”已由%s提请县政府裁定，正在等待。", it.Name, it.Dispute.Asked.Name)
	}
	return reasonIn("note", "请写明两家协商的情况和分歧", note, fault.Invalidf("没有提请裁定。"))
}

// CheckRuling refuses a ruling that was not asked for, that gives no reason, or
// by somebody who took part in the dispute.
func CheckRuling(it *SubmittedItem, ruling Decision, reason string, by Hand) error {
	if it.Dispute == nil || !it.Disputed() {
		return fault.Conflictf("“%s”没有提请裁定，或者两家已经取得一致。", it.Name)
	}
	if by.ID == it.Dispute.Asked.ID {
		return fault.Forbiddenf("裁定由您提请，须由其他人办理。")
	}
	for _, v := range it.Verdicts {
		if v.ByID == by.ID {
			return fault.Forbiddenf("您审核过这个事项，裁定须由其他人办理。")
		}
	}
	e := fault.Invalidf("没有裁定。")
	if ruling != Pass && ruling != SendBack {
		e.At("ruling", "请选择通过或退回")
	}
	return reasonIn("reason", "请写明裁定的理由", reason, e)
}

func reasonIn(field, ask, text string, e *fault.Error) error {
	switch n := len([]rune(strings.TrimSpace(text))); {
	case n == 0:
		e.At(field, "%s", ask)
	case n > disputeMost:
		e.At(field, "请控制在 %d 字以内，现有 %d 字", disputeMost, n)
	}
	return e.OrNil()
}
