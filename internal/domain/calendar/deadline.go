package calendar

import (
	"cmp"
	"slices"
	"strconv"

	"onevisit/internal/domain/fault"
)

// The kinds of a ledger line.
const (
	KindWorkday = "工作日"
	KindWeekend = "休息日"
	KindHoliday = "节假日"
	KindPaused  = "暂停"
)

// Span is a run of days, both ends included, in which a clock stands still
// (行政许可法 art. 45: hearing, tender, test, appraisal, expert review).
type Span struct {
	From Date `json:"from"`
	To   Date `json:"to"`
}

// Line is one day of a ledger. N is how many days are counted up to and
// including this day.
type Line struct {
	Date    Date   `json:"date"`
	Kind    string `json:"kind"`
	Counted bool   `json:"counted"`
	N       int    `json:"n"`
	Why     string `json:"why"`
}

// Ledger is a due date with its proof: every day after the event up to the due
// day. Provisional says that a day of it lies in a year without a notice and
// is not listed by another, so that the date may still move.
type Ledger struct {
	Due         Date   `json:"due"`
	Provisional bool   `json:"provisional"`
	Lines       []Line `json:"ledger"`
}

// MaxPaused is the most paused days that one period may meet (ten years): a
// pause that never ends is a mistake of entry, not a period.
const MaxPaused = 3_660

// Due counts n working days after from, passing over the days in pauses, which
// may overlap, lie in any order and reach outside the period. The day of from
// is not counted; n = 0 is due on from with an empty ledger. The error is
// Invalid: no from, n negative or over MaxDays, a pause without an end or
// before its start, over MaxPaused paused days, past the year 9999.
func (c *Calendar) Due(from Date, n int, pauses []Span) (Ledger, error) {
	lines := make([]Line, 0, min(n+n/2+16, MaxDays))
	if n <= 0 {
		lines = []Line{}
	}
	l := Ledger{}
	var err error
	l.Due, l.Provisional, err = c.count(from, n, pauses, func(x Line) { lines = append(lines, x) })
	if err != nil {
		return Ledger{}, err
	}
	l.Lines = lines
	return l, nil
}

// DueDate is Due without the ledger.
func (c *Calendar) DueDate(from Date, n int, pauses []Span) (due Date, provisional bool, err error) {
	return c.count(from, n, pauses, nil)
}

func (c *Calendar) count(from Date, n int, pauses []Span, line func(Line)) (due Date, provisional bool, err error) {
	if from.IsZero() {
		return Date{}, false, fault.Invalidf("没有起算日期，无法计算期限。")
	}
	if n < 0 || n > MaxDays {
		return Date{}, false, fault.Invalidf("期限 %d 个工作日超出范围，请填写 0 至 %d。", n, MaxDays)
	}
	stops, err := merge(pauses)
	if err != nil {
		return Date{}, false, err
	}
	year, known := 0, false
	paused, used := 0, 0
	d := from
	for used < n {
		if d == MaxDate {
			return Date{}, false, fault.Invalidf("从 %s 起 %d 个工作日超出了日历的范围。", from, n)
		}
		d = Date{d.n + 1}
		for len(stops) > 0 && stops[0].To.Before(d) {
			stops = stops[1:]
		}
		if len(stops) > 0 && !d.Before(stops[0].From) {
			if paused++; paused > MaxPaused {
				return Date{}, false, fault.Invalidf("暂停计时共超过 %d 天，请核对暂停的起止日期。", MaxPaused)
			}
			if line != nil {
				line(Line{Date: d, Kind: KindPaused, N: used, Why: "暂停计时（" + stops[0].From.String() + "至" + stops[0].To.String() + "）"})
			}
			continue
		}
		if !provisional {
			if y := d.Year(); y != year {
				year, known = y, c.Known(y)
			}
			if !known && !c.listed(d) {
				provisional = true
			}
		}
		if line == nil {
			if !c.IsOff(d) {
				used++
			}
			continue
		}
		off, kind, why := c.judge(d)
		if !off {
			used++
		}
		line(Line{Date: d, Kind: kind, Counted: !off, N: used, Why: why})
	}
	return d, provisional, nil
}

func (c *Calendar) listed(d Date) bool {
	if c == nil {
		return false
	}
	_, ok := c.days[d]
	return ok
}

// merge checks the pauses and joins those that overlap or touch.
func merge(pauses []Span) ([]Span, error) {
	if len(pauses) == 0 {
		return nil, nil
	}
	for _, p := range pauses {
		if p.From.IsZero() || p.To.IsZero() {
			return nil, fault.Invalidf("暂停计时必须有起止日期，请补全。")
		}
		if p.To.Before(p.From) {
			return nil, fault.Invalidf("暂停计时的结束日期 %s 早于开始日期 %s，请核对。", p.To, p.From)
		}
	}
	s := slices.Clone(pauses)
	slices.SortFunc(s, func(a, b Span) int {
		return cmp.Or(a.From.Compare(b.From), a.To.Compare(b.To))
	})
	out := s[:1]
	for _, p := range s[1:] {
		last := &out[len(out)-1]
		if p.From.Sub(last.To) <= 1 {
			if last.To.Before(p.To) {
				last.To = p.To
			}
			continue
		}
		out = append(out, p)
	}
	return out, nil
}

// Used counts the working days that a clock started on from has used up on to
// (included), without the days in pauses. It is 0 before from.
func (c *Calendar) Used(from, to Date, pauses []Span) (int, error) {
	stops, err := merge(pauses)
	if err != nil {
		return 0, err
	}
	if from.IsZero() || !from.Before(to) {
		return 0, nil
	}
	n := c.WorkdaysBetween(from, to)
	for _, p := range stops {
		a, b := p.From, p.To
		if !from.Before(a) {
			a = Date{from.n + 1}
		}
		if to.Before(b) {
			b = to
		}
		if !b.Before(a) {
			n -= c.WorkdaysBetween(Date{a.n - 1}, b)
		}
	}
	return n, nil
}

func lineNo(n int) string { return "第" + digits(n) + "行" }

func digits(n int) string { return strconv.Itoa(n) }
