package publication_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/plan"
	"onevisit/internal/domain/publication"
)

// Walk the table of batches and adjustments: no state without a way in, none
// without a way to an end, one target for a state and event, and a known turn
// wherever somebody has to act.
func TestBatchStates(t *testing.T) {
	begin := map[publication.BatchKind]publication.BatchState{publication.KindBatch: publication.Composing, publication.KindAdjustment: publication.Drafting}
	for kind, first := range begin {
		next := map[publication.BatchState][]publication.BatchState{}
		seen := map[string]bool{}
		for _, tr := range publication.BatchTransitions {
			if tr.Kind != kind {
				continue
			}
			key := fmt.Sprint(tr.From, tr.Event)
			if seen[key] || tr.Who == "" {
				t.Errorf("%s: %s by %s is there twice, or nobody may", kind, tr.From, tr.Event)
			}
			seen[key] = true
			next[tr.From] = append(next[tr.From], tr.To)
			if got, err := publication.NextBatch(kind, tr.From, tr.Event); err != nil || got != tr.To {
				t.Errorf("%s %s: %s %v", tr.From, tr.Event, got, err)
			}
		}
		reach := func(from publication.BatchState) map[publication.BatchState]bool {
			got := map[publication.BatchState]bool{from: true}
			for queue := []publication.BatchState{from}; len(queue) > 0; queue = queue[1:] {
				for _, to := range next[queue[0]] {
					if !got[to] {
						got[to] = true
						queue = append(queue, to)
					}
				}
			}
			return got
		}
		for s := range reach(first) {
			if s.Over() != (len(next[s]) == 0) {
				t.Errorf("%s %s: over %v with %d ways on", kind, s, s.Over(), len(next[s]))
			}
			if !s.Over() && (!reach(s)[publication.Released] || publication.BatchTurn[s] == "") {
				t.Errorf("%s %s: no way to the public, or nobody's turn", kind, s)
			}
		}
	}
	for _, s := range publication.BatchStates {
		if _, ok := publication.BatchTurn[s]; !ok {
			t.Errorf("%s has no turn", s)
		}
	}
	if _, err := publication.NextBatch(publication.KindBatch, publication.Released, publication.BatchStrike); !fault.Is(err, fault.Conflict) || !strings.Contains(fault.Text(err), "动态调整") {
		t.Errorf("striking what is public: %v", err)
	}
}

var today = calendar.NewDate(2026, 8, 3)

// adjusted is one item: published with visits before, a working copy with visits
// now.
func adjusted(id string, side publication.Side, before, now int, st publication.Standing) publication.AdjustedItem {
	it := publication.AdjustedItem{Side: side, UnitKind: org.KindDepartment, State: publication.Confirmed,
		BatchItem: publication.BatchItem{ItemID: id, UnitID: "u", UnitName: "县局", Name: "事项" + id, Visits: now, DocHash: "new", Doc: []byte(`{"name":"新"}`)}}
	if st != "" {
		it.Was = &publication.Former{Standing: st, Visits: before, DocHash: "old", Doc: []byte(`{"name":"旧"}`)}
	}
	return it
}

func adjustment(op publication.Op, items ...publication.AdjustedItem) *publication.Adjustment {
	return &publication.Adjustment{Op: op, UnitID: "u", UnitName: "县局", Cause: "99", Basis: "县政府常务会议决定", CauseOn: today.AddDays(-3),
		Effective: today.AddDays(1), Reason: "依据修订，改由窗口统一办理。", Items: items}
}

const (
	pub  = publication.StandingPublished
	susp = publication.StandingSuspended
	gone = publication.StandingCancelled
)

func next(it publication.AdjustedItem, ids ...string) publication.AdjustedItem {
	it.Next = ids
	return it
}

func of(it publication.AdjustedItem, unit string, kind org.UnitKind) publication.AdjustedItem {
	it.UnitID, it.UnitName, it.UnitKind = unit, unit, kind
	return it
}

// Each operation with what makes it whole, who decides on it, and what is
// refused.
func TestOperations(t *testing.T) {
	const subject, content = publication.Subject, publication.Content
	others := map[string]publication.Neighbour{
		"near": {Successor: publication.Successor{ItemID: "near", Name: "近", UnitID: "u"}, UnitKind: org.KindDepartment, Standing: pub},
		"far":  {Successor: publication.Successor{ItemID: "far", Name: "远", UnitID: "v"}, UnitKind: org.KindDepartment, Standing: pub},
		"town": {Successor: publication.Successor{ItemID: "town", Name: "镇", UnitID: "w"}, UnitKind: org.KindTownship, Standing: pub},
		"dead": {Successor: publication.Successor{ItemID: "dead", Name: "亡", UnitID: "u"}, UnitKind: org.KindDepartment, Standing: gone},
	}
	a := func(side publication.Side, st publication.Standing) publication.AdjustedItem {
		return adjusted("a", side, 1, 1, st)
	}
	b := adjusted("b", content, 0, 1, "")
	c := adjusted("c", content, 0, 0, "")
	element, county := publication.TrackElement, publication.TrackCounty
	for _, tt := range []struct {
		name  string
		adj   *publication.Adjustment
		track publication.Track
		wrong string // a part of what is refused; empty if it is whole
	}{
		{"change", adjustment(publication.OpChange, a(content, pub)), element, ""},
		{"change to fewer visits", adjustment(publication.OpChange, adjusted("a", content, 1, 0, pub)), element, ""},
		{"change from three to four visits", adjustment(publication.OpChange, adjusted("a", content, 3, 4, pub)), element, ""},
		{"change from none to one visit", adjustment(publication.OpChange, adjusted("a", content, 0, 1, pub)), county, ""},
		{"change from one to two visits", adjustment(publication.OpChange, adjusted("a", content, 1, 2, pub)), county, ""},
		{"change to what cannot be computed", adjustment(publication.OpChange, adjusted("a", content, 1, -1, pub)), county, ""},
		{"change of nothing", adjustment(publication.OpChange), element, "没有可公布的内容"},
		{"change of what was never published", adjustment(publication.OpChange, b), element, "现在没有公布"},
		{"change of what is suspended", adjustment(publication.OpChange, a(content, susp)), element, "请先恢复"},
		{"change of a subject", adjustment(publication.OpChange, a(subject, pub), adjusted("d", content, 1, 1, pub)), element, "不改变其他事项的状态"},
		{"add", adjustment(publication.OpAdd, b), county, ""},
		{"add again what was cancelled", adjustment(publication.OpAdd, a(content, gone)), county, ""},
		{"add what is published", adjustment(publication.OpAdd, a(content, pub)), county, "已经公布过"},
		{"split", adjustment(publication.OpSplit, next(a(subject, pub), "b", "c"), b, c), county, ""},
		{"split into one", adjustment(publication.OpSplit, next(a(subject, pub), "b"), b), county, "至少 2 个"},
		{"split with a stray", adjustment(publication.OpSplit, next(a(subject, pub), "b", "near"), b, c), county, "不是任何事项的去向"},
		{"split into a dead item", adjustment(publication.OpSplit, next(a(subject, pub), "b", "dead"), b), county, "须是现行公布的"},
		{"split of two", adjustment(publication.OpSplit, next(a(subject, pub), "b", "c"), next(adjusted("d", subject, 1, 1, pub), "b", "c"), b, c), county, "一次只能拆分一个"},
		{"merge", adjustment(publication.OpMerge, next(a(subject, pub), "b"), next(adjusted("d", subject, 1, 1, pub), "b"), b), county, ""},
		{"merge into a published one", adjustment(publication.OpMerge, next(a(subject, pub), "near")), county, ""},
		{"merge of one", adjustment(publication.OpMerge, next(a(subject, pub), "b"), b), county, "至少要有两个"},
		{"merge into two", adjustment(publication.OpMerge, next(a(subject, pub), "near"), next(adjusted("d", subject, 1, 1, pub), "b"), b), county, "只能是一个"},
		{"suspend", adjustment(publication.OpSuspend, a(subject, pub)), county, ""},
		{"suspend nothing", adjustment(publication.OpSuspend), county, "请选择要暂停的事项"},
		{"suspend twice", adjustment(publication.OpSuspend, a(subject, susp)), county, "已经暂停"},
		{"suspend with a successor", adjustment(publication.OpSuspend, next(a(subject, pub), "near")), county, "不需要指明去向"},
		{"suspend and publish", adjustment(publication.OpSuspend, a(subject, pub), b), county, "不同时公布"},
		{"resume", adjustment(publication.OpResume, a(subject, susp)), element, ""},
		{"resume with other content", adjustment(publication.OpResume, a(content, susp)), element, ""},
		{"resume with more visits", adjustment(publication.OpResume, adjusted("a", content, 1, 2, susp)), county, ""},
		{"resume what runs", adjustment(publication.OpResume, a(subject, pub)), element, "没有暂停"},
		{"resume nothing", adjustment(publication.OpResume), element, "请选择要恢复的事项"},
		{"cancel", adjustment(publication.OpCancel, a(subject, pub)), county, ""},
		{"cancel with a successor", adjustment(publication.OpCancel, next(a(subject, susp), "far")), county, ""},
		{"cancel twice", adjustment(publication.OpCancel, a(subject, gone)), county, "已经取消"},
		{"cancel what was never published", adjustment(publication.OpCancel, a(subject, "")), county, "还没有公布"},
		{"cancel another unit's", adjustment(publication.OpCancel, of(a(subject, pub), "v", org.KindDepartment)), county, "不是县局的事项"},
		{"transfer", adjustment(publication.OpTransfer, next(a(subject, pub), "b"), of(b, "v", org.KindDepartment)), county, ""},
		{"transfer to itself", adjustment(publication.OpTransfer, next(a(subject, pub), "b"), b), county, "仍是本单位的"},
		{"transfer to nobody", adjustment(publication.OpTransfer, a(subject, pub)), county, "至少 1 个"},
		{"transfer to two", adjustment(publication.OpTransfer, next(a(subject, pub), "far", "town")), county, "只能由一个"},
		{"delegate", adjustment(publication.OpDelegate, next(a(subject, pub), "b", "town"), of(b, "x", org.KindTownship)), county, ""},
		{"delegate to a department", adjustment(publication.OpDelegate, next(a(subject, pub), "far")), county, "不是乡镇的事项"},
	} {
		err := publication.CheckAdjustment(tt.adj, others, today)
		text := ""
		for _, f := range fault.Fields(err) {
			text += f.Text + "\n"
		}
		if (tt.wrong == "") != (err == nil) || !strings.Contains(text, tt.wrong) {
			t.Errorf("%s: %q, want %q", tt.name, text, tt.wrong)
		}
		if track, why := publication.TrackOf(tt.adj); track != tt.track || len(why) == 0 {
			t.Errorf("%s: %s %v, want %s", tt.name, track, why, tt.track)
		}
	}
}

func TestHeadOfAnAdjustment(t *testing.T) {
	long := strings.Repeat("字", 301)
	for what, spoil := range map[string]func(*publication.Adjustment){
		"请选择调整的种类":    func(a *publication.Adjustment) { a.Op = "删除" },
		"请选择调整的原因":    func(a *publication.Adjustment) { a.Cause = "00" },
		"不是变更的原因":     func(a *publication.Adjustment) { a.Cause = "31" },
		"请填写依据":       func(a *publication.Adjustment) { a.Basis = " 无 " },
		"名称和条款":       func(a *publication.Adjustment) { a.Cause, a.Basis = "11", "情况变化需要调整" },
		"原因发生的日期不能晚于": func(a *publication.Adjustment) { a.CauseOn = today.AddDays(1); a.Effective = today.AddDays(2) },
		"请填写原因发生的日期":  func(a *publication.Adjustment) { a.CauseOn = calendar.Date{} },
		"请填写生效日期":     func(a *publication.Adjustment) { a.Effective = calendar.Date{} },
		"生效日期不能早于":    func(a *publication.Adjustment) { a.Effective = a.CauseOn.AddDays(-1) },
		"生效日期不能晚于":    func(a *publication.Adjustment) { a.Effective = today.AddDays(400) },
		"只有暂停才":       func(a *publication.Adjustment) { a.Until = today.AddDays(9) },
		"请向群众说明":      func(a *publication.Adjustment) { a.Reason = "调整" },
		"现有 301 字":    func(a *publication.Adjustment) { a.Reason = long },
	} {
		a := adjustment(publication.OpChange, adjusted("a", publication.Content, 1, 1, pub))
		spoil(a)
		err := publication.CheckAdjustment(a, nil, today)
		if f := fault.Fields(err); len(f) != 1 || !strings.Contains(f[0].Text, what) {
			t.Errorf("%s: %v", what, f)
		}
	}
	a := adjustment(publication.OpSuspend, adjusted("a", publication.Subject, 1, 1, pub))
	a.Until = a.Effective
	if f := fault.Fields(publication.CheckAdjustment(a, nil, today)); len(f) != 1 || f[0].Path != "until" {
		t.Errorf("a suspension that ends as it begins: %v", f)
	}
	a = adjustment(publication.OpChange, adjusted("a", publication.Content, 1, 1, pub))
	a.Cause, a.Basis = "11", "《河北省优化营商环境条例》第三十条"
	if err := publication.CheckAdjustment(a, nil, today); err != nil {
		t.Error(fault.Fields(err))
	}
	a.Items[0].State = publication.Draft
	if err := a.CheckConfirmed(); !fault.Is(err, fault.Conflict) {
		t.Errorf("a content that nobody confirmed: %v", err)
	}
}

// Every operation can be reached by a cause, and every cause leads to one.
func TestCauses(t *testing.T) {
	for _, op := range publication.Ops() {
		list := publication.CausesOf(op)
		if len(list) < 2 || op.Hint() == "" {
			t.Errorf("%s has %d causes", op, len(list))
		}
		for _, c := range list {
			if publication.CauseByCode(c.Code).Name != c.Name {
				t.Errorf("cause %s is there twice", c.Code)
			}
			for _, o := range c.Ops {
				if !o.Known() {
					t.Errorf("cause %s leads to %s", c.Code, o)
				}
			}
		}
	}
}

func TestFrozen(t *testing.T) {
	b := adjusted("b", publication.Content, 0, 1, "")
	a := adjustment(publication.OpSplit, next(adjusted("a", publication.Subject, 1, 1, pub), "b", "near"), b)
	others := map[string]publication.Neighbour{"near": {Successor: publication.Successor{ItemID: "near", Name: "近"}, Standing: pub}}
	got := a.Frozen(others)
	if len(got) != 2 || got[0].Standing != gone || got[1].Standing != pub || len(got[0].Successors) != 2 || got[0].Successors[0].Name != "事项b" ||
		got[0].Successors[1].Name != "近" || got[0].Reason != a.Reason || got[1].Effective != a.Effective || len(got[1].Successors) != 0 {
		t.Errorf("%+v", got)
	}
	if got := a.Title(); got != "拆分“事项a”" {
		t.Error(got)
	}
	burdens, err := adjustment(publication.OpChange, adjusted("a", publication.Content, 1, 1, pub)).Burdens()
	if err != nil || len(burdens) != 0 {
		t.Errorf("%v %v", burdens, err)
	}
	worse := adjusted("a", publication.Content, 1, 1, pub)
	it := catalog.Item{Materials: []catalog.Material{{ID: "m1", Name: "户口簿"}}}
	if worse.Doc, err = it.Encode(); err != nil {
		t.Fatal(err)
	}
	if burdens, err = adjustment(publication.OpChange, worse).Burdens(); err != nil || len(burdens) != 1 || !strings.Contains(burdens[0], "户口簿") {
		t.Errorf("%v %v", burdens, err)
	}
}

// Nobody takes a step that is to check their own.
func TestFourEyesOnAdjustments(t *testing.T) {
	a := &publication.Adjustment{Filed: publication.Hand{ID: "1"}, Confirmed: publication.Hand{ID: "2"}, Decided: publication.Hand{ID: "3"}}
	for ev, refused := range map[publication.BatchEvent]string{
		publication.AdjustConfirm: "1", publication.AdjustDecide: "12", publication.BatchSend: "12", publication.AdjustRefuse: "12",
		publication.BatchApprove: "123", publication.AdjustReturn: "", publication.BatchPublish: "",
	} {
		for _, id := range []string{"1", "2", "3", "4"} {
			if err := a.CheckEyes(ev, id); (err != nil) != strings.Contains(refused, id) {
				t.Errorf("%s by %s: %v", ev, id, err)
			}
		}
	}
}

func TestClocks(t *testing.T) {
	cal, c := calendar.Embedded(), plan.DefaultClocks
	monday := calendar.NewDate(2026, 8, 3)
	for _, tt := range []struct {
		state publication.BatchState
		track publication.Track
		from  calendar.Date // effective
		want  string
	}{
		{publication.AtOffice, publication.TrackElement, monday, "2026-08-17"}, // 10
		{publication.AtOffice, publication.TrackCounty, monday, "2026-08-24"},  // 15
		{publication.AtCounty, publication.TrackCounty, monday, "2026-08-17"},  // 10
		{publication.Sanctioned, publication.TrackElement, monday, "2026-08-06"},
		{publication.Sanctioned, publication.TrackElement, monday.AddDays(7), "2026-08-13"}, // not before it holds
		{publication.AtLeader, publication.TrackElement, monday, "2026-08-10"},
		{publication.Released, publication.TrackElement, monday, ""},
	} {
		got, err := publication.TurnDue(cal, c, tt.state, tt.track, tt.from, monday)
		text := ""
		if !got.IsZero() {
			text = got.String()
		}
		if err != nil || text != tt.want {
			t.Errorf("%s %s: %s %v, want %s", tt.state, tt.track, text, err, tt.want)
		}
	}
}

func TestPublicationAtAnInstant(t *testing.T) {
	b := &publication.Batch{Adjustment: &publication.Adjustment{Effective: calendar.DateOf(noon).AddDays(2)}}
	for what, at := range map[string]time.Time{"none": {}, "past": noon, "too early": noon.Add(24 * time.Hour), "too late": noon.AddDate(2, 0, 0)} {
		if err := publication.CheckSchedule(b, at, noon); err == nil {
			t.Errorf("%s: taken", what)
		}
	}
	if err := publication.CheckSchedule(b, noon.Add(48*time.Hour), noon); err != nil {
		t.Error(err)
	}
	if err := publication.CheckPublishable(b, noon); !fault.Is(err, fault.Conflict) {
		t.Errorf("published before it holds: %v", err)
	}
}

func TestStrikeAfterApproval(t *testing.T) {
	b := &publication.Batch{Items: []publication.BatchItem{{ItemID: "a"}, {ItemID: "b"}, {ItemID: "c", Struck: "理由"}}}
	if err := publication.CheckStrike(b, "a", "涉密"); err != nil {
		t.Error(err)
	}
	if err := publication.CheckStrike(b, "a", " "); !fault.Is(err, fault.Invalid) {
		t.Errorf("without a reason: %v", err)
	}
	if err := publication.CheckStrike(b, "c", "理由"); !fault.Is(err, fault.NotFound) {
		t.Errorf("twice: %v", err)
	}
	b.Items[1].Struck = "理由"
	if err := publication.CheckStrike(b, "a", "涉密"); !fault.Is(err, fault.Invalid) {
		t.Errorf("the last one: %v", err)
	}
}
