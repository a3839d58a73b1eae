package publication

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/citation"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/plan"
)

// Track is the way that an adjustment takes.
type Track string

// The tracks: what changes elements alone is decided by the reform office;
// everything else, and whatever makes more visits, by the county government
// (docs/adr/0012).
const (
	TrackElement Track = "审改办决定"
	TrackCounty  Track = "县政府批准"
)

// Hand is who took a step, and when.
type Hand struct {
	ID, Name string
	At       time.Time
}

// Done reports whether the step was taken.
func (h Hand) Done() bool { return h.ID != "" }

// Adjustment is the application to change what is published (P-3.2f). It
// belongs to a batch of kind KindAdjustment, which carries state, approval and
// items on to the release.
type Adjustment struct {
	Number string // 调整2026-0001, unique in the county
	Op     Op
	// UnitID is the unit whose items are adjusted.
	UnitID, UnitName string
	Cause            string        // code of a Cause
	Basis            string        // the law or document, with its place
	CauseOn          calendar.Date // the day of the cause; the time to apply runs from it
	Effective        calendar.Date // the day from which it holds
	Until            calendar.Date // when a suspension is expected to end; zero if unknown
	// Reason is for people who come to the guide and find it changed.
	Reason string
	Track  Track
	Why    []string // what makes the track
	// ByOffice says that the reform office drew it up because the unit did not.
	ByOffice bool
	// Late says that it was filed after the time that the plan gives.
	Late  bool
	Due   calendar.Date // of the present turn; zero if there is none
	Items []AdjustedItem

	Filed, Confirmed, Decided, Approved Hand
}

// Side says what an item is in an adjustment.
type Side string

// The sides.
const (
	// Subject is an item that stays as it was published and gets another standing.
	Subject Side = "对象"
	// Content is an item whose working copy is published: new or changed.
	Content Side = "内容"
)

// AdjustedItem is an item of an adjustment. From the filing on the BatchItem is
// frozen: of a Subject what was published last, of a Content what the unit's
// leader confirmed.
type AdjustedItem struct {
	BatchItem
	Side     Side
	UnitKind org.UnitKind
	// Was is the item as the public sees it now, or as it saw it before the
	// adjustment was published; nil if it was never published until then.
	Was *Former
	// Next are the IDs of the items that take a Subject's place.
	Next []string
	// State is where the working copy stands.
	State State
	// From is where it stood when it was locked.
	From State
	// Made says that the item was set up for this adjustment.
	Made bool
	// Errors counts what is wrong with the working copy, so that its leader cannot
	// confirm it; 0 where nobody has counted.
	Errors int
}

// Former is the published form of an item.
type Former struct {
	Standing Standing
	Visits   int
	DocHash  string
	Doc      []byte // empty where only heads were asked for
}

// Neighbour is a published item outside an adjustment that can be a successor in
// it.
type Neighbour struct {
	Successor
	UnitKind org.UnitKind
	Standing Standing
}

// item returns an item of the adjustment, nil if it is not in it.
func (a *Adjustment) item(id string) *AdjustedItem {
	for i := range a.Items {
		if a.Items[i].ItemID == id {
			return &a.Items[i]
		}
	}
	return nil
}

// standing is how the public sees an item now, empty if it was never published.
func (it *AdjustedItem) standing() Standing {
	if it.Was == nil {
		return ""
	}
	return it.Was.Standing
}

// CheckAdjustment refuses an adjustment that is incomplete or makes no sense.
// others are the published items outside it that Next may name.
func CheckAdjustment(a *Adjustment, others map[string]Neighbour, today calendar.Date) error {
	e := fault.Invalidf("调整申请不完整，请按提示补充。")
	rule, ok := ruleOf(a.Op)
	if !ok {
		return e.At("op", "请选择调整的种类")
	}
	checkHead(a, e, today)
	subjects, contents := 0, 0
	named := map[string]int{} // how often an item is a successor
	for i := range a.Items {
		it := &a.Items[i]
		switch it.Side {
		case Subject:
			subjects++
			checkSubject(a, rule, it, others, e)
			for _, id := range it.Next {
				named[id]++
			}
		case Content:
			contents++
			checkContent(a, it, e)
		}
	}
	switch {
	case a.Op == OpResume && subjects+contents == 0:
		e.At("items", "请选择要恢复的事项")
	case subjects < rule.subjects:
		e.At("items", "请选择要%s的事项", a.Op)
	case contents < rule.contents:
		e.At("items", "没有可公布的内容：请先修改事项，并由单位负责人确认")
	case a.Op == OpSplit && subjects > 1:
		e.At("items", "一次只能拆分一个事项")
	}
	if rule.standing == "" && subjects > 0 {
		e.At("items", "%s不改变其他事项的状态", a.Op)
	}
	switch a.Op {
	case OpSplit, OpMerge, OpTransfer, OpDelegate:
		for i := range a.Items {
			if it := &a.Items[i]; it.Side == Content && named[it.ItemID] == 0 {
				e.At("items", "“%s”不是任何事项的去向，请移出或者指明", it.Name)
			}
		}
		if a.Op == OpMerge {
			checkMerger(a, named, others, e)
		}
	case OpSuspend, OpCancel:
		if contents > 0 {
			e.At("items", "%s事项不同时公布新的内容", a.Op)
		}
	}
	return e.OrNil()
}

// reasonMost is how long a reason for people may be, in characters.
const reasonLeast, reasonMost = 6, 300

func checkHead(a *Adjustment, e *fault.Error, today calendar.Date) {
	cause := CauseByCode(a.Cause)
	switch {
	case cause.Name == "":
		e.At("cause", "请选择调整的原因")
	case !slices.Contains(cause.Ops, a.Op):
		e.At("cause", "“%s”不是%s的原因，请另选", cause.Name, a.Op)
	}
	switch basis := strings.TrimSpace(a.Basis); {
	case utf8.RuneCountInString(basis) < 4:
		e.At("basis", "请填写依据的法律、文件名称，没有文件的写明决定或者情况")
	case cause.Cites && len(citation.Parse(basis)) == 0:
		e.At("basis", "请写明法律、法规或者文件的名称和条款，例如《河北省优化营商环境条例》第三十条")
	}
	switch {
	case a.CauseOn.IsZero():
		e.At("cause_on", "请填写原因发生的日期，例如文件的印发日期")
	case today.Before(a.CauseOn):
		e.At("cause_on", "原因发生的日期不能晚于今天")
	}
	switch {
	case a.Effective.IsZero():
		e.At("effective", "请填写生效日期")
	case a.Effective.Before(a.CauseOn):
		e.At("effective", "生效日期不能早于原因发生的日期")
	case today.AddDays(366).Before(a.Effective):
		e.At("effective", "生效日期不能晚于一年以后")
	}
	switch {
	case a.Until.IsZero():
	case a.Op != OpSuspend:
		e.At("until", "只有暂停才填写预计恢复日期")
	case !a.Effective.Before(a.Until):
		e.At("until", "预计恢复日期须晚于生效日期")
	}
	switch n := utf8.RuneCountInString(strings.TrimSpace(a.Reason)); {
	case n < reasonLeast:
		e.At("reason", "请向群众说明原因，说清为什么调整、以后怎么办")
	case n > reasonMost:
		e.At("reason", "说明请控制在 %d 字以内，现有 %d 字", reasonMost, n)
	}
}

func checkSubject(a *Adjustment, rule opRule, it *AdjustedItem, others map[string]Neighbour, e *fault.Error) {
	at := "items." + it.ItemID
	if it.UnitID != a.UnitID {
		e.At(at, "“%s”不是%s的事项", it.Name, a.UnitName)
	}
	switch st := it.standing(); {
	case st == "":
		e.At(at, "“%s”还没有公布，不能%s", it.Name, a.Op)
	case st == StandingCancelled:
		e.At(at, "“%s”已经取消", it.Name)
	case a.Op == OpResume && st != StandingSuspended:
		e.At(at, "“%s”没有暂停，不用恢复", it.Name)
	case a.Op == OpSuspend && st != StandingPublished:
		e.At(at, "“%s”已经暂停", it.Name)
	}
	if len(it.Next) < rule.successors {
		e.At(at, "请指明“%s”%s后由哪些事项取代，至少 %d 个", it.Name, a.Op, rule.successors)
	}
	if (a.Op == OpMerge || a.Op == OpTransfer) && len(it.Next) > 1 {
		e.At(at, "“%s”%s后只能由一个事项取代", it.Name, a.Op)
	}
	if len(it.Next) > 0 && rule.standing != StandingCancelled {
		e.At(at, "%s不需要指明去向", a.Op)
	}
	for _, id := range it.Next {
		unit, kind, name := "", org.UnitKind(""), ""
		if in := a.item(id); in != nil {
			if in.Side != Content {
				e.At(at, "“%s”本身也在%s，不能作为去向", in.Name, a.Op)
				continue
			}
			unit, kind, name = in.UnitID, in.UnitKind, in.Name
		} else if o, ok := others[id]; ok && o.Standing == StandingPublished {
			unit, kind, name = o.UnitID, o.UnitKind, o.Name
		} else {
			e.At(at, "作为去向的事项须是现行公布的，或者在本次调整中公布")
			continue
		}
		switch {
		case id == it.ItemID:
			e.At(at, "“%s”不能取代自己", it.Name)
		case a.Op == OpTransfer && unit == it.UnitID:
			e.At(at, "划转须改由其他单位办理，“%s”仍是本单位的", name)
		case a.Op == OpDelegate && kind != org.KindTownship:
			e.At(at, "下放须改由乡镇办理，“%s”不是乡镇的事项", name)
		}
	}
}

func checkContent(a *Adjustment, it *AdjustedItem, e *fault.Error) {
	at := "items." + it.ItemID
	if it.UnitID != a.UnitID && a.Op != OpTransfer && a.Op != OpDelegate {
		e.At(at, "“%s”不是%s的事项", it.Name, a.UnitName)
	}
	switch st := it.standing(); {
	case a.Op == OpChange && (st == "" || st == StandingCancelled):
		e.At(at, "“%s”现在没有公布，不能变更", it.Name)
	case a.Op == OpResume && st != StandingSuspended:
		e.At(at, "“%s”没有暂停，不用恢复", it.Name)
	case a.Op == OpAdd && (st == StandingPublished || st == StandingSuspended):
		e.At(at, "“%s”已经公布过，请用%s", it.Name, OpChange)
	case a.Op != OpResume && st == StandingSuspended:
		e.At(at, "“%s”已暂停，请先恢复", it.Name)
	case it.Was != nil && it.DocHash != "" && it.Was.DocHash == it.DocHash && a.Op != OpMerge && a.Op != OpAdd:
		e.At(at, "“%s”的内容与公布的相同，没有变更", it.Name)
	}
}

// checkMerger: what several items become is one item, and not one of them alone.
func checkMerger(a *Adjustment, named map[string]int, others map[string]Neighbour, e *fault.Error) {
	if len(named) != 1 {
		if len(named) > 1 {
			e.At("items", "合并后只能是一个事项")
		}
		return
	}
	for id, n := range named {
		_, outside := others[id]
		in := a.item(id)
		if n < 2 && !outside && (in == nil || in.standing() != StandingPublished) {
			e.At("items", "合并至少要有两个已公布的事项")
		}
	}
}

// CheckConfirmed refuses an adjustment with a content that its unit's leader has
// not confirmed, and names it.
func (a *Adjustment) CheckConfirmed() error {
	e := fault.Conflictf("调整申请没有提交。")
	for i := range a.Items {
		it := &a.Items[i]
		if it.Side == Content && it.State != Confirmed && it.Errors > 0 {
			e.At("items."+it.ItemID, "“%s”有 %d 个错误，请%s联络员先改正（“修改内容”），再由负责人确认", it.Name, it.Errors, it.UnitName)
		} else if it.Side == Content && it.State != Confirmed {
			e.At("items."+it.ItemID, "“%s”当前为“%s”，须由%s负责人确认内容后才能提交", it.Name, it.State, it.UnitName)
		}
	}
	return e.OrNil()
}

// visitRank orders the visit classes of P-3.2a: none, one, more. What cannot be
// computed promises nothing.
func visitRank(visits int) int {
	if visits < 0 || visits > 2 {
		return 2
	}
	return visits
}

var visitClasses = []string{"零上门", "一次上门", "不止一次"}

// TrackOf computes who decides on an adjustment, and why, from the operation and
// from what changes for the applicant.
func TrackOf(a *Adjustment) (Track, []string) {
	var why []string
	if r, _ := ruleOf(a.Op); r.county {
		why = append(why, fmt.Sprintf("%s事项须报县政府批准", a.Op))
	}
	for i := range a.Items {
		it := &a.Items[i]
		if it.Side != Content || it.Was == nil || it.Was.Standing == StandingCancelled {
			continue
		}
		if from, to := visitRank(it.Was.Visits), visitRank(it.Visits); to > from {
			why = append(why, fmt.Sprintf("“%s”由%s变为%s", it.Name, visitClasses[from], visitClasses[to]))
		}
	}
	if len(why) > 0 {
		return TrackCounty, why
	}
	if a.Op == OpResume {
		return TrackElement, []string{"恢复县政府批准过的事项，由审改办决定"}
	}
	return TrackElement, []string{"只变更要素，不增加跑动次数，由审改办决定"}
}

// Burdens lists the changes that make more work for applicants, by item. They do
// not decide on the track, but whoever decides has to see them.
func (a *Adjustment) Burdens() ([]string, error) {
	var out []string
	for i := range a.Items {
		it := &a.Items[i]
		if it.Side != Content || it.Was == nil || len(it.Was.Doc) == 0 {
			continue
		}
		changes, err := catalog.DiffDocs(it.Was.Doc, it.Doc)
		if err != nil {
			return nil, fmt.Errorf("item %s: %w", it.ItemID, err)
		}
		for _, c := range changes {
			if c.Effect == catalog.Worse {
				out = append(out, fmt.Sprintf("%s：%s", it.Name, c))
			}
		}
	}
	return out, nil
}

// Frozen turns the adjustment into the items of its batch, each with its
// standing and what the public is told of it.
func (a *Adjustment) Frozen(others map[string]Neighbour) []BatchItem {
	out := make([]BatchItem, 0, len(a.Items))
	for i := range a.Items {
		it := a.Items[i].BatchItem
		it.Op, it.Reason, it.Effective = a.Op, strings.TrimSpace(a.Reason), a.Effective
		it.Cause, it.Basis = CauseByCode(a.Cause).Name, strings.TrimSpace(a.Basis)
		it.Standing = StandingPublished
		if a.Items[i].Side == Subject {
			it.Standing = a.Op.Subject()
			it.Until = a.Until
			for _, id := range a.Items[i].Next {
				if in := a.item(id); in != nil {
					it.Successors = append(it.Successors, Successor{ItemID: id, Code: in.Code, Name: in.Name, UnitID: in.UnitID, UnitName: in.UnitName})
				} else {
					it.Successors = append(it.Successors, others[id].Successor)
				}
			}
		}
		out = append(out, it)
	}
	return out
}

// Title names an adjustment after what it does: 取消“某某”等 3 个事项.
func (a *Adjustment) Title() string {
	names := []string{}
	for _, side := range []Side{Subject, Content} {
		for i := range a.Items {
			if a.Items[i].Side == side {
				names = append(names, a.Items[i].Name)
			}
		}
		if len(names) > 0 {
			break
		}
	}
	switch len(names) {
	case 0:
		return string(a.Op) + "事项"
	case 1:
		return fmt.Sprintf("%s“%s”", a.Op, names[0])
	}
	return fmt.Sprintf("%s“%s”等 %d 个事项", a.Op, names[0], len(names))
}

// CheckEyes refuses a step by somebody who took an earlier one that it is to
// check: nobody confirms, decides on or approves what they drew up themselves.
func (a *Adjustment) CheckEyes(ev BatchEvent, personID string) error {
	var before []Hand
	switch ev {
	case AdjustConfirm:
		before = []Hand{a.Filed}
	case AdjustDecide, BatchSend, AdjustRefuse:
		before = []Hand{a.Filed, a.Confirmed}
	case BatchApprove:
		before = []Hand{a.Filed, a.Confirmed, a.Decided}
	}
	for _, h := range before {
		if h.Done() && h.ID == personID {
			return fault.Forbiddenf("您已在这项调整中办过前面的环节，本环节须由其他人办理。")
		}
	}
	return nil
}

// TurnDue is the last day of the turn that begins today in a state, by the
// plan's clocks; the zero date if the state has none.
func TurnDue(cal *calendar.Calendar, c plan.Clocks, s BatchState, track Track, effective, today calendar.Date) (calendar.Date, error) {
	n := 0
	switch s {
	case Drafting, AtLeader:
		n = c.Fix
	case AtOffice:
		if n = c.Review; track == TrackElement {
			n = c.Element
		}
	case AtCounty:
		n = c.Government
	case Sanctioned:
		n = c.Publish
		if today.Before(effective) { // it cannot be published before
			today = effective
		}
	default:
		return calendar.Date{}, nil
	}
	return cal.AddWorkdays(today, n)
}

// CheckPublishable refuses to publish an adjustment before the day from which it
// holds: what the portal shows holds now.
func CheckPublishable(b *Batch, at time.Time) error {
	if b.Adjustment == nil || !calendar.DateOf(at).Before(b.Adjustment.Effective) {
		return nil
	}
	return fault.Conflictf("这项调整自%s起生效，在此之前不能公布。可以设为到时自动公布。", b.Adjustment.Effective.Chinese())
}

// farthest is how far ahead publication can be set.
const farthest = 400 * 24 * time.Hour

// CheckSchedule refuses an instant for publication that has passed or is out of
// reach.
func CheckSchedule(b *Batch, at, now time.Time) error {
	e := fault.Invalidf("没有设定公布时间。")
	switch {
	case at.IsZero():
		e.At("publish_at", "请填写公布的日期和时间")
	case !now.Before(at):
		e.At("publish_at", "公布时间已过，请填写将来的时间，或者立即公布")
	case at.Sub(now) > farthest:
		e.At("publish_at", "公布时间不能晚于一年以后")
	}
	if err := e.OrNil(); err != nil {
		return err
	}
	return CheckPublishable(b, at)
}

// CheckStrike refuses to strike from an approved batch without a reason, or the
// last item that is left.
func CheckStrike(b *Batch, itemID, reason string) error {
	e := fault.Invalidf("没有移除事项。")
	left, found := 0, false
	for i := range b.Items {
		it := &b.Items[i]
		if it.Struck == "" {
			left++
			found = found || it.ItemID == itemID
		}
	}
	if !found {
		return fault.NotFoundf("批次中没有这个事项，或者已经移除。")
	}
	if strings.TrimSpace(reason) == "" {
		e.At("strike."+itemID, "请写明不予公布的理由")
	} else if left == 1 {
		e.At("strike."+itemID, "批次中只剩这一个事项，不能再移除")
	}
	return e.OrNil()
}
