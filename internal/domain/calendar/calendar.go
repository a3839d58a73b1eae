package calendar

import (
	_ "embed"
	"encoding/csv"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"onevisit/internal/domain/fault"
)

// Kind says what a notice makes of a day.
type Kind uint8

// The two things a notice can say of a day.
const (
	Off  Kind = iota + 1 // 放假: a holiday, also where it falls on a weekend
	Work                 // 上班: a Saturday or Sunday that is worked
)

// String is the word used in files: holiday or workday.
func (k Kind) String() string {
	switch k {
	case Off:
		return "holiday"
	case Work:
		return "workday"
	}
	return ""
}

// Day is one line of a notice: a day whose kind the days of the week do not
// tell, or that the notice names.
type Day struct {
	Date   Date
	Name   string // of the holiday it belongs to, e.g. 国庆节
	Kind   Kind
	Source string // the notice, as a title, number or address
}

// Calendar answers which days are off. It never changes after New and may be
// shared. A nil Calendar knows no notice and counts by week days alone.
type Calendar struct {
	days  map[Date]Day
	known map[int]bool
	// The days that differ from the plain week, ascending, and the running sum
	// of the working days they add (+1) or take (-1): a count over an interval
	// is closed arithmetic and two binary searches.
	odd []Date
	sum []int
}

// New makes a calendar of the lines of any number of notices. Of two lines for
// one day the later one holds, as a second notice amends the first. Lines
// without a date or kind are left out.
//
// A year is known if its 1 January is listed: every notice names New Year's
// Day, whereas a notice also lists days of the year before it.
func New(days []Day) *Calendar {
	c := &Calendar{days: make(map[Date]Day, len(days)), known: map[int]bool{}}
	for _, d := range days {
		if d.Date.IsZero() || d.Kind != Off && d.Kind != Work {
			continue
		}
		c.days[d.Date] = d
	}
	total := 0
	for _, date := range slices.SortedFunc(maps.Keys(c.days), Date.Compare) {
		y, m, day := date.YMD()
		if m == time.January && day == 1 {
			c.known[y] = true
		}
		off := c.days[date].Kind == Off
		if off == date.weekend() {
			continue
		}
		if off {
			total--
		} else {
			total++
		}
		c.odd, c.sum = append(c.odd, date), append(c.sum, total)
	}
	return c
}

//go:embed data/holidays.csv
var embedded string

var loadEmbedded = sync.OnceValue(func() *Calendar {
	days, err := ParseCSV(strings.NewReader(embedded))
	if err != nil {
		panic("calendar: embedded notices: " + err.Error())
	}
	return New(days)
})

// Embedded is the calendar of the State Council's notices for 2018 to 2026
// that comes with the program (compiled by NateScarlet/holiday-cn, MIT; each
// line names its notice).
func Embedded() *Calendar { return loadEmbedded() }

// WithDays is c with more lines; a line for a listed day replaces it.
func (c *Calendar) WithDays(days []Day) *Calendar {
	return New(append(c.Days(), days...))
}

// Days lists all lines in order of date.
func (c *Calendar) Days() []Day {
	if c == nil {
		return nil
	}
	return slices.SortedFunc(maps.Values(c.days), func(a, b Day) int { return a.Date.Compare(b.Date) })
}

// Known reports whether the year's notice has been read. In other years the
// days of the week decide alone.
func (c *Calendar) Known(year int) bool { return c != nil && c.known[year] }

// Years lists the known years, ascending.
func (c *Calendar) Years() []int {
	if c == nil {
		return nil
	}
	return slices.Sorted(maps.Keys(c.known))
}

// Off reports whether nobody works on d, and why, in words fit for a ledger:
// 国庆节, 周六, 国庆节调休上班, 周一.
func (c *Calendar) Off(d Date) (off bool, why string) {
	off, _, why = c.judge(d)
	return off, why
}

// IsOff is Off without the words, for loops.
func (c *Calendar) IsOff(d Date) bool {
	if c != nil {
		if day, ok := c.days[d]; ok {
			return day.Kind == Off
		}
	}
	return d.weekend()
}

func (c *Calendar) judge(d Date) (off bool, kind, why string) {
	if c != nil {
		if day, ok := c.days[d]; ok {
			switch {
			case day.Kind == Work && d.weekend():
				return false, KindWorkday, day.Name + "调休上班"
			case day.Kind == Work:
				return false, KindWorkday, weekdayText[d.Weekday()]
			case day.Name == "":
				return true, KindHoliday, "放假"
			}
			return true, KindHoliday, day.Name
		}
	}
	if d.weekend() {
		return true, KindWeekend, weekdayText[d.Weekday()]
	}
	return false, KindWorkday, weekdayText[d.Weekday()]
}

var weekdayText = [7]string{"周日", "周一", "周二", "周三", "周四", "周五", "周六"}

// before counts the working days from 0001-01-01 (included) to d (excluded).
func (c *Calendar) before(d Date) int {
	n := int(d.n) - 1 // days before d; 0001-01-01 was a Monday
	if n < 0 {
		n = 0
	}
	work := n/7*5 + min(n%7, 5)
	if c != nil {
		if i, _ := slices.BinarySearchFunc(c.odd, d, Date.Compare); i > 0 {
			work += c.sum[i-1]
		}
	}
	return work
}

// WorkdaysBetween counts the working days after from up to and including to,
// which is what a period started by an event on from has used up on to. It is
// negative if to is earlier: −WorkdaysBetween(to, from). It takes constant time.
func (c *Calendar) WorkdaysBetween(from, to Date) int {
	if from.IsZero() || to.IsZero() {
		return 0
	}
	return c.before(Date{to.n + 1}) - c.before(Date{from.n + 1})
}

// MaxDays is the longest period, in working days, that can be counted: some
// forty years. It bounds the work that one request can ask for.
const MaxDays = 10_000

// AddWorkdays gives the n-th working day after from (from itself not counted);
// n = 0 gives from. A negative n gives the |n|-th working day before from. The
// error is Invalid: no from, |n| over MaxDays, or past the year 9999.
func (c *Calendar) AddWorkdays(from Date, n int) (Date, error) {
	if from.IsZero() {
		return Date{}, fault.Invalidf("没有起算日期，无法推算工作日。")
	}
	if n > MaxDays || n < -MaxDays {
		return Date{}, fault.Invalidf("天数 %d 超出范围，请填写不超过 %d 个工作日。", n, MaxDays)
	}
	if n == 0 {
		return from, nil
	}
	var k int // the count of working days before the one we look for
	if n > 0 {
		k = c.before(Date{from.n + 1}) + n - 1
	} else {
		k = c.before(from) + n
	}
	// The first day whose next day has more than k working days before it.
	lo, hi := from.n, min(from.n+40_000, MaxDate.n)
	if n < 0 {
		lo, hi = max(from.n-40_000, 1), from.n
	}
	for lo < hi {
		mid := lo + (hi-lo)/2
		if c.before(Date{mid + 1}) > k {
			hi = mid
		} else {
			lo = mid + 1
		}
	}
	if d := (Date{lo}); k >= 0 && c.before(Date{lo + 1}) == k+1 && !c.IsOff(d) {
		return d, nil
	}
	return Date{}, fault.Invalidf("从 %s 起推算 %d 个工作日超出了日历的范围。", from, n)
}

// NextWorkday is d itself if it is worked, else the first working day after
// it: where a period in natural days ends that falls on a day off
// (民法典 art. 203).
func (c *Calendar) NextWorkday(d Date) Date {
	for !d.IsZero() && c.IsOff(d) && d != MaxDate {
		d = d.AddDays(1)
	}
	return d
}

// ParseCSV reads lines of notices: a header, then a record a day. Columns are
// found by name: date (日期), kind (类型: holiday/放假 or workday/上班), name
// (名称), and if present source (来源) and weekday (星期), which is checked.
// Other columns are passed over. The Invalid error has a field for each bad
// line, by its number in the file, twenty at most.
func ParseCSV(r io.Reader) ([]Day, error) {
	cr := csv.NewReader(r)
	cr.FieldsPerRecord = -1
	cr.ReuseRecord = true
	bad := fault.Invalidf("放假安排文件有误，没有导入。请按所列行改正后重新导入。")
	head, err := cr.Read()
	if err != nil {
		return nil, bad.At("第1行", "文件是空的或不是 CSV 文件，第一行应为“date,name,kind”或“日期,名称,类型”")
	}
	col := map[string]int{}
	for i, h := range head {
		h = strings.ToLower(strings.TrimSpace(strings.TrimPrefix(h, "\ufeff")))
		if en, ok := csvHeads[h]; ok {
			h = en
		}
		if _, twice := col[h]; !twice {
			col[h] = i
		}
	}
	for _, need := range []string{"date", "kind", "name"} {
		if _, ok := col[need]; !ok {
			bad.At("第1行", "缺少“%s”列，第一行应有 date,name,kind（日期,名称,类型）", need)
		}
	}
	if len(bad.Fields) > 0 {
		return nil, bad
	}
	var days []Day
	seen := map[Date]int{}
	for len(bad.Fields) < 20 {
		rec, err := cr.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		var perr *csv.ParseError
		if errors.As(err, &perr) {
			bad.At(lineNo(perr.StartLine), "引号没有配对，无法分列")
			break
		}
		if err != nil {
			return nil, fault.Wrap(fault.Internal, err, "read holiday file")
		}
		line, _ := cr.FieldPos(0)
		get := func(name string) string {
			if i, ok := col[name]; ok && i < len(rec) {
				return strings.TrimSpace(rec[i])
			}
			return ""
		}
		if strings.TrimSpace(strings.Join(rec, "")) == "" {
			continue
		}
		d, ok := parseISO(get("date"))
		if !ok {
			bad.At(lineNo(line), "日期“%s”无法识别，应为“2027-01-01”的格式", clip(get("date")))
			continue
		}
		kind, ok := csvKinds[strings.ToLower(get("kind"))]
		if !ok {
			bad.At(lineNo(line), "类型“%s”无法识别，应为“放假”（holiday）或“上班”（workday）", clip(get("kind")))
			continue
		}
		if w := get("weekday"); w != "" && w != weekdayNames[d.Weekday()] && w != weekdayText[d.Weekday()] {
			bad.At(lineNo(line), "%s 是%s，不是“%s”，请核对日期", d, weekdayText[d.Weekday()], clip(w))
			continue
		}
		if first, twice := seen[d]; twice {
			bad.At(lineNo(line), "%s 已在第%s行出现，同一天只能有一行", d, digits(first))
			continue
		}
		seen[d] = line
		days = append(days, Day{Date: d, Name: get("name"), Kind: kind, Source: get("source")})
	}
	if err := bad.OrNil(); err != nil {
		return nil, err
	}
	if len(days) == 0 {
		return nil, bad.At("第2行", "文件里没有日期")
	}
	return days, nil
}

var csvHeads = map[string]string{"日期": "date", "类型": "kind", "名称": "name", "节日": "name", "来源": "source", "依据": "source", "星期": "weekday", "paper_url": "source"}

var csvKinds = map[string]Kind{
	"holiday": Off, "off": Off, "放假": Off, "休": Off, "节假日": Off, "休息日": Off,
	"workday": Work, "work": Work, "上班": Work, "班": Work, "工作日": Work, "调休上班": Work,
}
