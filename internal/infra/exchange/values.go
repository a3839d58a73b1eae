package exchange

import (
	"math"
	"strconv"
	"strings"
	"time"

	"onevisit/internal/domain/catalog"
)

// none reports whether a cell says that there is nothing.
func none(s string) bool {
	switch s {
	case "", "无", "-", "--", "/", "\\", "—", "——", "暂无", "null", "NULL", "N/A", "n/a", "#N/A":
		return true
	}
	return false
}

var chineseDigits = map[rune]int{'零': 0, '〇': 0, '一': 1, '二': 2, '两': 2, '三': 3, '四': 4, '五': 5, '六': 6, '七': 7, '八': 8, '九': 9, '十': 10}

// leadingNumber reads the number s begins with, in digits or in Chinese up to
// 九十九, and gives what follows it.
func leadingNumber(s string) (n float64, rest string, ok bool) {
	i := 0
	for i < len(s) && (s[i] >= '0' && s[i] <= '9' || s[i] == '.') {
		i++
	}
	if i > 0 {
		f, err := strconv.ParseFloat(s[:i], 64)
		return f, s[i:], err == nil
	}
	total, cur, used := 0, 0, 0
	for j, r := range s {
		d, is := chineseDigits[r]
		if !is {
			break
		}
		if d == 10 {
			total += max(cur, 1) * 10
			cur = 0
		} else {
			cur = d
		}
		used = j + len(string(r))
	}
	if used == 0 {
		return 0, s, false
	}
	return float64(total + cur), s[used:], true
}

// parseInt reads a count such as “1”, “1次” or “一次”. A fraction is refused.
func parseInt(s string) (int, bool) {
	switch s {
	case "零跑动", "零上门", "不见面", "全程网办", "无需到场", "一次不用跑":
		return 0, true
	case "最多跑一次", "一次上门":
		return 1, true
	}
	n, rest, ok := leadingNumber(s)
	if !ok || n != math.Trunc(n) || n > 1e6 {
		return 0, false
	}
	switch strings.TrimSpace(rest) {
	case "", "次", "份", "个", "趟", "件", "月", "个月", "天", "日", "工作日", "个工作日":
		return int(n), true
	}
	return 0, false
}

// parseLimit reads a time limit as lists write it: “20个工作日”, “7（工作日）”,
// “即办”, “当场办结”, “30日”, “3个月”, “20”. unit is the unit of another column,
// if there is one. remark says in Chinese what had to be assumed; ok is false if
// there is no limit in the text, which then is the note of the result.
func parseLimit(s, unit string) (l catalog.Limit, remark string, ok bool) {
	t, _ := narrow(s)
	t = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(t), "自受理之日起"))
	switch {
	case strings.HasPrefix(t, "即办"), strings.HasPrefix(t, "即时"), strings.HasPrefix(t, "当场"), strings.HasPrefix(t, "当日"), strings.HasPrefix(t, "即到即办"), strings.HasPrefix(t, "立等可取"), strings.HasPrefix(t, "现场办结"), strings.HasPrefix(t, "随到随办"):
		return catalog.Limit{N: 0, Unit: catalog.UnitWorkday}, "", true
	}
	n, rest, found := leadingNumber(t)
	if !found {
		return catalog.Limit{Note: s}, "", false
	}
	rest = strings.TrimLeft(rest, " ")
	u, tail := limitUnit(rest)
	if u == "" {
		tail = rest
		u = limitUnitName(unit)
	}
	switch strings.Trim(tail, " ()（）。.、") {
	case "", "内", "以内", "内办结", "办结", "之内":
	default:
		l.Note = s
	}
	switch {
	case u == "" && strings.Trim(rest, " ()") == "":
		u, remark = catalog.UnitWorkday, assumedWorkdays
	case u == "":
		return catalog.Limit{Note: s}, "", false
	case strings.HasPrefix(rest, "日"), strings.HasPrefix(rest, "天"):
		remark = "写的是“日”或“天”，按自然日读入；行政许可以工作日计算，请核对"
	}
	if strings.Contains(t, "工作日") && (strings.Contains(t, "自然日") || strings.Contains(t, "日历日")) {
		remark = "同时写有工作日和自然日，只读入前一个，原文保留在说明中"
		l.Note = s
	}
	if n != math.Trunc(n) {
		if h := n * 8; u == catalog.UnitWorkday && h == math.Trunc(h) {
			l.N, l.Unit, l.Note = int(h), catalog.UnitHour, s
			return l, "不足一天的时限按每个工作日 8 小时换算为小时", true
		}
		n, l.Note = math.Ceil(n), s
		remark = "时限不是整数，进位为整数，原文保留在说明中"
	}
	if n > 1e5 {
		return catalog.Limit{Note: s}, "", false
	}
	l.N, l.Unit = int(n), u
	return l, remark, true
}

// limitUnit reads the unit that s begins with and gives what follows it.
func limitUnit(s string) (unit, rest string) {
	t := strings.TrimLeft(s, " (（个")
	for _, p := range []struct{ word, unit string }{
		{"工作日", catalog.UnitWorkday}, {"工作天", catalog.UnitWorkday}, {"法定工作日", catalog.UnitWorkday},
		{"自然日", catalog.UnitDay}, {"日历日", catalog.UnitDay}, {"日历天", catalog.UnitDay}, {"天", catalog.UnitDay}, {"日", catalog.UnitDay},
		{"小时", catalog.UnitHour}, {"工作小时", catalog.UnitHour}, {"月", catalog.UnitMonth}, {"年", catalog.UnitYear},
	} {
		if r, ok := strings.CutPrefix(t, p.word); ok {
			// “日（工作日）” and “天(自然日)” say their kind behind.
			if p.unit == catalog.UnitDay {
				k := strings.TrimLeft(r, " (（")
				if r2, ok := strings.CutPrefix(k, "工作日"); ok {
					return catalog.UnitWorkday, r2
				}
				if r2, ok := strings.CutPrefix(k, "自然日"); ok {
					return catalog.UnitDay, r2
				}
			}
			return p.unit, r
		}
	}
	return "", s
}

// limitUnitName reads a unit alone, by name.
func limitUnitName(s string) string {
	if s == "" {
		return ""
	}
	u, rest := limitUnit(s)
	if strings.Trim(rest, " ()（）") != "" {
		return ""
	}
	return u
}

// serialDate turns the number of a date cell into a date. Excel counts days from
// 1900 with a 29 February 1900 that never was; date1904 is the Macintosh count.
func serialDate(serial float64, date1904 bool) (string, bool) {
	if serial < 1 || serial > 2958465 || math.IsNaN(serial) {
		return "", false
	}
	base := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	if date1904 {
		base = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	} else if serial < 61 {
		base = base.AddDate(0, 0, 1)
	}
	return base.AddDate(0, 0, int(serial)).Format("2006-01-02"), true
}
