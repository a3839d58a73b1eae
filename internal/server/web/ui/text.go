package ui

import (
	"fmt"
	"strconv"
	"time"
	"unicode/utf8"

	"onevisit/internal/domain/calendar"
)

// Count writes a number with a comma every three digits: 12,345.
func Count(n int) string {
	s := strconv.Itoa(n)
	sign := ""
	if n < 0 {
		sign, s = "-", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return sign + s
}

// Moment writes an instant in China's time: 2018年9月30日（周日）15:04; "" for
// the zero time. For a date alone use calendar.Date.Chinese.
func Moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	t = t.In(calendar.Beijing)
	return calendar.DateOf(t).Chinese() + t.Format("15:04")
}

// DaysLeft says how a deadline stands, with left in working days (negative:
// overdue): 还剩 3 个工作日（9月30日前）. A day that is most of a year away tells
// its year as well.
func DaysLeft(left int, due calendar.Date) string {
	s := ""
	switch {
	case left > 0:
		s = fmt.Sprintf("还剩 %d 个工作日", left)
	case left == 0:
		s = "今天到期"
	default:
		s = fmt.Sprintf("已超期 %d 个工作日", -left)
	}
	if due.IsZero() {
		return s
	}
	y, m, d := due.YMD()
	day := fmt.Sprintf("%d月%d日", int(m), d)
	if max(left, -left) > 200 {
		day = fmt.Sprintf("%d年%s", y, day)
	}
	if left > 0 {
		return s + "（" + day + "前）"
	}
	return s + "（" + day + "到期）"
}

// DaysLight is the light that belongs to DaysLeft: red when overdue, yellow in
// the last two working days, else green.
func DaysLight(left int) string {
	switch {
	case left < 0:
		return "red"
	case left <= 2:
		return "yellow"
	}
	return "green"
}

// Size writes a number of bytes: 312 KB, 1.4 MB (1 KB = 1024 bytes).
func Size(bytes int64) string {
	switch {
	case bytes < 1<<10:
		return strconv.FormatInt(bytes, 10) + " 字节"
	case bytes < 1<<20:
		return strconv.FormatInt((bytes+1<<9)>>10, 10) + " KB"
	case bytes < 1<<30:
		return strconv.FormatFloat(float64(bytes)/(1<<20), 'f', 1, 64) + " MB"
	}
	return strconv.FormatFloat(float64(bytes)/(1<<30), 'f', 1, 64) + " GB"
}

// Money writes an amount of 分: 免费, 25 元, 12.50 元.
func Money(fen int64) string {
	switch {
	case fen == 0:
		return "免费"
	case fen%100 == 0:
		return Count(int(fen/100)) + " 元"
	}
	sign := ""
	if fen < 0 {
		sign, fen = "-", -fen
	}
	return fmt.Sprintf("%s%s.%02d 元", sign, Count(int(fen/100)), fen%100)
}

// Percent writes a share with one decimal: 86.4%; a dash if there is nothing
// to divide by. It never rounds an incomplete share up to 100%.
func Percent(part, whole int) string {
	if whole <= 0 {
		return "—"
	}
	tenths := int64(part) * 1000 / int64(whole)
	if tenths%10 == 0 {
		return strconv.FormatInt(tenths/10, 10) + "%"
	}
	return fmt.Sprintf("%d.%d%%", tenths/10, tenths%10)
}

// shortWord reports whether a light's word is one that must not be broken in a
// narrow column: 过期, 待县政府批准.
func shortWord(word string) bool { return utf8.RuneCountInString(word) <= 8 }
