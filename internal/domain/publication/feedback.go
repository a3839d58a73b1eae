package publication

import (
	"slices"
	"strings"
	"time"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/fault"
)

// Feedback is an error that a reader reports at a place of a guide (指南纠错). It
// holds nothing about the reader: whoever has the number can look up the answer.
type Feedback struct {
	ID     string
	Number string // the reader's, see FeedbackNumber
	ItemID string
	// Name, UnitID, UnitName and ReleaseSeq are of the guide that was read.
	Name             string
	UnitID, UnitName string
	ReleaseSeq       int64
	Place            string // key of FeedbackPlaces
	// Text is what is wrong, with identity numbers and telephones masked. Pages of
	// the public never show it.
	Text    string
	At      time.Time
	Due     calendar.Date
	Outcome Disposition // empty until it is answered
	// Answer is for the reader, and public to whoever has the number.
	Answer     string
	AnsweredAt time.Time // zero while open
	AnsweredBy string    // a person's name, for the workbench alone
	Version    int64
}

// Disposition is what became of a report.
type Disposition string

// The outcomes.
const (
	OutcomeMended  Disposition = "已更正"
	OutcomeWill    Disposition = "将更正" // by an adjustment that is on its way
	OutcomeCorrect Disposition = "指南无误"
	OutcomeOther   Disposition = "另行说明" // not about the guide, or not understood
)

// Dispositions lists them.
var Dispositions = []Disposition{OutcomeMended, OutcomeWill, OutcomeCorrect, OutcomeOther}

// FeedbackDays is how long a unit has to answer, in working days.
const FeedbackDays = 5

// Bounds on what is reported and answered, in characters.
const (
	leastFeedback = 5
	MaxFeedback   = 500
	MaxAnswer     = 1000
)

// FeedbackPlace is a place of a guide at which an error can be reported.
type FeedbackPlace struct{ Key, Label string }

// FeedbackPlaces lists the places, the whole guide first.
var FeedbackPlaces = []FeedbackPlace{{"", "整份指南"}, {"visits", "要跑几次"}, {"limit", "办理时限"}, {"fee", "收费"}, {"materials", "申请材料"}, {"files", "表格和样例"},
	{"process", "办理流程"}, {"places", "办理地点和时间"}, {"who", "谁可以办"}, {"result", "办理结果"}, {"conditions", "受理条件"}, {"phones", "咨询和投诉电话"}, {"faq", "常见问题"}, {"bases", "法律依据"}}

// PlaceLabel names a place; one that does not exist is the whole guide.
func PlaceLabel(key string) string {
	for _, p := range FeedbackPlaces {
		if p.Key == key {
			return p.Label
		}
	}
	return FeedbackPlaces[0].Label
}

// Take checks a report and fills what follows from the day it comes in: the unit
// has FeedbackDays. Numbers of people are masked by whoever calls it. Fields of
// the fault are "place" and "text".
func (f *Feedback) Take(now time.Time, cal *calendar.Calendar) error {
	e := fault.Invalidf("没有提交，请按提示补充。")
	if !slices.ContainsFunc(FeedbackPlaces, func(p FeedbackPlace) bool { return p.Key == f.Place }) {
		e.At("place", "请选择哪一部分有误")
	}
	f.Text = strings.TrimSpace(strings.ToValidUTF8(f.Text, ""))
	switch n := len([]rune(f.Text)); {
	case n < leastFeedback:
		e.At("text", "请写明哪里不对、应该是什么，至少 %d 个字", leastFeedback)
	case n > MaxFeedback:
		e.At("text", "写了 %d 个字，请缩短到 %d 个字以内", n, MaxFeedback)
	}
	if err := e.OrNil(); err != nil {
		return err
	}
	f.At = now
	due, err := cal.AddWorkdays(calendar.DateOf(now), FeedbackDays)
	f.Due = due
	return err
}

// Open reports whether the unit still has to answer.
func (f *Feedback) Open() bool { return f.AnsweredAt.IsZero() }

// Late reports whether the answer is overdue on a day, or came too late.
func (f *Feedback) Late(today calendar.Date) bool {
	if f.Open() {
		return f.Due.Before(today)
	}
	return f.Due.Before(calendar.DateOf(f.AnsweredAt))
}

// Reply answers a report. Fields of the fault are "outcome" and "answer".
func (f *Feedback) Reply(outcome Disposition, text, by string, now time.Time) error {
	if !f.Open() {
		return fault.Conflictf("这条纠错已由%s答复，不能再次答复。", f.AnsweredBy)
	}
	e := fault.Invalidf("答复没有保存，请按提示补充。")
	if !slices.Contains(Dispositions, outcome) {
		e.At("outcome", "请选择处理结果")
	}
	text = strings.TrimSpace(strings.ToValidUTF8(text, ""))
	switch n := len([]rune(text)); {
	case n < leastFeedback:
		e.At("answer", "请写明答复，至少 %d 个字", leastFeedback)
	case n > MaxAnswer:
		e.At("answer", "写了 %d 个字，请缩短到 %d 个字以内", n, MaxAnswer)
	}
	if err := e.OrNil(); err != nil {
		return err
	}
	f.Outcome, f.Answer, f.AnsweredBy, f.AnsweredAt = outcome, text, by, now
	return nil
}

// numberLetters are those of Crockford's base 32: none looks like another.
const numberLetters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// FeedbackNumber makes the number of a report from ten random bytes: JC- and ten
// characters, which nobody guesses.
func FeedbackNumber(random [10]byte) string {
	out := []byte("JC-")
	for i, b := range random {
		if i == 5 {
			out = append(out, '-')
		}
		out = append(out, numberLetters[b&31])
	}
	return string(out)
}

// NormalizeFeedbackNumber makes a typed number comparable; "" if it is none.
func NormalizeFeedbackNumber(s string) string {
	s = strings.NewReplacer(" ", "", "-", "", "—", "", "O", "0", "I", "1", "L", "1").Replace(strings.ToUpper(strings.TrimSpace(s)))
	s, ok := strings.CutPrefix(s, "JC")
	if !ok && len(s) != 10 || len(s) != 10 || strings.Trim(s, numberLetters) != "" {
		return ""
	}
	return "JC-" + s[:5] + "-" + s[5:]
}
