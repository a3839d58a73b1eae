package calendar

import (
	"database/sql/driver"
	"strconv"
	"strings"
	"time"

	"onevisit/internal/domain/fault"
)

// Beijing is the one civil time of China, UTC+8. It is fixed so that a server
// without time zone data, or set to another zone, names the same day.
var Beijing = time.FixedZone("CST", 8*60*60)

// Date is a day of the civil calendar, without time or zone, in the years
// 0001 to 9999. The zero value means "none". Dates compare with ==, serve as
// map keys and sort by Before.
type Date struct {
	// n counts days; 0001-01-01 is 1, so that 0 is free for "none".
	n int32
}

// MinDate and MaxDate are the first and the last day that a Date can hold.
var (
	MinDate = NewDate(1, time.January, 1)
	MaxDate = NewDate(9999, time.December, 31)
)

// cumulative days before each month of a common year.
var daysBefore = [13]int32{0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365}

func leap(y int) bool { return y%4 == 0 && (y%100 != 0 || y%400 == 0) }

func daysIn(y int, m time.Month) int {
	if m == time.February && leap(y) {
		return 29
	}
	return int(daysBefore[m] - daysBefore[m-1])
}

// NewDate gives the date of a valid year (1–9999), month and day, and the zero
// Date for anything else: it does not roll over as time.Date does.
func NewDate(year int, month time.Month, day int) Date {
	if year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month) {
		return Date{}
	}
	y := int32(year - 1)
	n := y*365 + y/4 - y/100 + y/400 + daysBefore[month-1] + int32(day)
	if month > time.February && leap(year) {
		n++
	}
	return Date{n}
}

// ParseDate reads "2006-01-02", exactly ten characters. The error is
// fault.Invalid and names the text.
func ParseDate(s string) (Date, error) {
	if d, ok := parseISO(s); ok {
		return d, nil
	}
	return Date{}, fault.Invalidf("日期“%s”无法识别，请按“2018-09-30”的格式填写一个真实存在的日期。", clip(s))
}

// MustDate is ParseDate for constants in code and tests; it panics on bad text.
func MustDate(s string) Date {
	d, err := ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

func parseISO(s string) (Date, bool) {
	if len(s) != 10 || s[4] != '-' || s[7] != '-' {
		return Date{}, false
	}
	num := func(t string) int {
		v := 0
		for i := 0; i < len(t); i++ {
			if t[i] < '0' || t[i] > '9' {
				return -1
			}
			v = v*10 + int(t[i]-'0')
		}
		return v
	}
	d := NewDate(num(s[:4]), time.Month(num(s[5:7])), num(s[8:]))
	return d, !d.IsZero()
}

// clip keeps a quoted piece of input short enough to show in a message.
func clip(s string) string {
	s = strings.ToValidUTF8(s, "?")
	if r := []rune(s); len(r) > 24 {
		return string(r[:24]) + "…"
	}
	return s
}

// DateOf gives the day on which the instant t falls in China (UTC+8).
func DateOf(t time.Time) Date {
	y, m, d := t.In(Beijing).Date()
	return NewDate(y, m, d)
}

// IsZero reports that d is no date.
func (d Date) IsZero() bool { return d.n == 0 }

// YMD splits d into year, month and day; the zero Date gives zeros.
func (d Date) YMD() (year int, month time.Month, day int) {
	if d.n == 0 {
		return 0, 0, 0
	}
	n := int(d.n - 1)
	y400 := n / 146097
	n %= 146097
	y100 := min(n/36524, 3)
	n -= y100 * 36524
	y4 := n / 1461
	n %= 1461
	y1 := min(n/365, 3)
	n -= y1 * 365
	year = y400*400 + y100*100 + y4*4 + y1 + 1
	month = time.Month(n/31 + 1)
	before := func(m time.Month) int {
		b := int(daysBefore[m-1])
		if m > time.February && leap(year) {
			b++
		}
		return b
	}
	if month < 12 && n >= before(month+1) {
		month++
	}
	return year, month, n - before(month) + 1
}

// Year is the year of d, 0 for the zero Date.
func (d Date) Year() int { y, _, _ := d.YMD(); return y }

// Weekday is the day of the week; the zero Date says Sunday.
func (d Date) Weekday() time.Weekday { return time.Weekday(d.n % 7) }

// weekend reports Saturday or Sunday.
func (d Date) weekend() bool { w := d.n % 7; return w == 0 || w == 6 }

// AddDays moves d by n days (negative: back). It stays "none" from the zero
// Date and stops at MinDate and MaxDate.
func (d Date) AddDays(n int) Date {
	if d.n == 0 {
		return d
	}
	v := int64(d.n) + int64(max(min(n, 4_000_000), -4_000_000))
	return Date{int32(max(int64(MinDate.n), min(int64(MaxDate.n), v)))}
}

// AddMonths moves d by n calendar months, to the last day of the month where
// the month is too short (民法典 art. 202: no such day, then the month's last).
func (d Date) AddMonths(n int) Date {
	if d.n == 0 {
		return d
	}
	y, m, day := d.YMD()
	k := y*12 + int(m) - 1 + max(min(n, 200_000), -200_000)
	if k < 12 {
		return MinDate
	}
	if k/12 > 9999 {
		return MaxDate
	}
	y, m = k/12, time.Month(k%12+1)
	return NewDate(y, m, min(day, daysIn(y, m)))
}

// Sub is the number of days from e to d: positive if d is later.
func (d Date) Sub(e Date) int { return int(d.n) - int(e.n) }

// Before reports that d is earlier than e; "none" is before every date.
func (d Date) Before(e Date) bool { return d.n < e.n }

// After reports that d is later than e.
func (d Date) After(e Date) bool { return d.n > e.n }

// Compare orders dates for slices.SortFunc.
func (d Date) Compare(e Date) int { return int(d.n) - int(e.n) }

// String is "2006-01-02", and "" for the zero Date.
func (d Date) String() string {
	if d.n == 0 {
		return ""
	}
	var b [10]byte
	return string(d.appendISO(b[:0]))
}

func (d Date) appendISO(b []byte) []byte {
	y, m, day := d.YMD()
	return append(b, byte('0'+y/1000), byte('0'+y/100%10), byte('0'+y/10%10), byte('0'+y%10), '-',
		byte('0'+m/10), byte('0'+m%10), '-', byte('0'+day/10), byte('0'+day%10))
}

var weekdayNames = [7]string{"日", "一", "二", "三", "四", "五", "六"}

// Chinese is the date as pages and documents print it: 2018年9月30日（周日）.
func (d Date) Chinese() string {
	if d.n == 0 {
		return ""
	}
	return d.ChineseShort() + "（周" + weekdayNames[d.Weekday()] + "）"
}

// ChineseShort is the date of an official document, without the weekday:
// 2018年9月30日 (GB/T 9704-2012: Arabic figures, no leading zero).
func (d Date) ChineseShort() string {
	if d.n == 0 {
		return ""
	}
	y, m, day := d.YMD()
	return strconv.Itoa(y) + "年" + strconv.Itoa(int(m)) + "月" + strconv.Itoa(day) + "日"
}

// Time is the first instant of the day in China.
func (d Date) Time() time.Time {
	if d.n == 0 {
		return time.Time{}
	}
	y, m, day := d.YMD()
	return time.Date(y, m, day, 0, 0, 0, 0, Beijing)
}

// MarshalText writes "2006-01-02", and nothing for the zero Date.
func (d Date) MarshalText() ([]byte, error) {
	if d.n == 0 {
		return []byte{}, nil
	}
	return d.appendISO(make([]byte, 0, 10)), nil
}

// UnmarshalText reads what MarshalText writes; empty text is the zero Date.
func (d *Date) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*d = Date{}
		return nil
	}
	v, err := ParseDate(string(b))
	if err != nil {
		return err
	}
	*d = v
	return nil
}

// Value stores the date as text "2006-01-02", and the zero Date as NULL. For a
// column that is NOT NULL store String(), which is "" for the zero Date.
func (d Date) Value() (driver.Value, error) {
	if d.n == 0 {
		return nil, nil
	}
	return d.String(), nil
}

// Scan reads NULL, text and the time values that some drivers make of a
// column of type DATE (their day as written, whatever the zone).
func (d *Date) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*d = Date{}
		return nil
	case string:
		return d.UnmarshalText([]byte(v))
	case []byte:
		return d.UnmarshalText(v)
	case time.Time:
		y, m, day := v.Date()
		*d = NewDate(y, m, day)
		return nil
	}
	return fault.New(fault.Internal, "calendar: cannot scan %T into a Date", src)
}
