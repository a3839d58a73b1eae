package catalog

import (
	"math"
	"strconv"
	"strings"
	"time"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/fault"
)

// The one textual form of values: what a cell of a workbook, a field of an edit
// page and a line of a difference show.

// ListSeparator joins the values of a field with several values.
const ListSeparator = "；"

// maxCount bounds counts and limits that are read from text.
const maxCount = 100000

// SplitList splits a text with several values at ；;、，, / or line ends, but not
// inside brackets: 镇(乡、街道)级 is one value. Empty parts and repetitions fall
// away.
func SplitList(s string) []string {
	slash := !strings.Contains(s, "//") // an address on the net stays whole
	return split(s, func(r rune) bool {
		switch r {
		case '；', ';', '、', '，', ',', '\n', '\r', '|', '｜':
			return true
		case '/', '／':
			return slash
		}
		return false
	})
}

// oneLine joins the lines of a value that stands in a text with one value a line.
func oneLine(s string) string {
	if !strings.ContainsAny(s, "\r\n") {
		return s
	}
	return strings.Join(SplitLines(s), " ")
}

// SplitLines splits a text with one value a line.
func SplitLines(s string) []string {
	var out []string
	for _, l := range strings.FieldsFunc(s, func(r rune) bool { return r == '\n' || r == '\r' }) {
		if l = strings.TrimSpace(l); l != "" {
			out = append(out, l)
		}
	}
	return out
}

func split(s string, sep func(rune) bool) []string {
	var out []string
	depth, start := 0, 0
	add := func(part string) {
		part = strings.TrimSpace(part)
		if part == "" {
			return
		}
		for _, o := range out {
			if o == part {
				return
			}
		}
		out = append(out, part)
	}
	for i, r := range s {
		switch {
		case r == '(' || r == '（' || r == '《' || r == '“':
			depth++
		case (r == ')' || r == '）' || r == '》' || r == '”') && depth > 0:
			depth--
		case r == '\n': // an unclosed bracket ends with its line
			depth = 0
		}
		if depth == 0 && sep(r) {
			add(s[start:i])
			start = i + len(string(r))
		}
	}
	add(s[start:])
	return out
}

// FormatBool writes 是 or 否.
func FormatBool(b bool) string {
	if b {
		return "是"
	}
	return "否"
}

// ParseBool reads the usual ways to write yes and no; empty is no.
func ParseBool(s string) (bool, error) {
	switch strings.ToUpper(strings.TrimSpace(s)) {
	case "是", "支持", "有", "能", "可以", "收费", "1", "Y", "YES", "TRUE", "√", "✓", "已进驻", "可":
		return true, nil
	case "", "否", "不支持", "无", "没有", "不能", "不可以", "不收费", "0", "N", "NO", "FALSE", "×", "未进驻", "不", "—", "-":
		return false, nil
	}
	return false, fault.Invalidf("“%s”应填“是”或“否”。", clip(s))
}

// FormatCount writes a count; zero is empty.
func FormatCount(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// ParseCount reads a whole number from 0; empty is 0. A unit of count (份, 次,
// 个, 天 …) behind it is dropped.
func ParseCount(s string) (int, error) {
	t := strings.TrimRight(halfWidth(strings.TrimSpace(s)), "份次个天月件日工作 ")
	if t == "" && strings.TrimSpace(s) == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(strings.TrimSuffix(t, ".0")) // spreadsheets write 2.0
	if err != nil || n < 0 || n > maxCount {
		return 0, fault.Invalidf("“%s”应填0以上的整数，例如 1。", clip(s))
	}
	return n, nil
}

// formatDays and parseDays are for the days of a step, which may be halves.
func formatDays(d float64) string {
	if d == 0 {
		return ""
	}
	return strconv.FormatFloat(d, 'g', -1, 64)
}

func parseDays(s string) (float64, error) {
	t := strings.TrimSpace(s)
	if t == "" || isOnSpot(t) {
		return 0, nil
	}
	t = strings.TrimRight(halfWidth(t), "个工作天日 ")
	d, err := strconv.ParseFloat(t, 64)
	if err != nil || d < 0 || d > maxCount || math.IsNaN(d) {
		return 0, fault.Invalidf("“%s”应填工作日数，例如 3 或 0.5。", clip(s))
	}
	return d, nil
}

// FormatLimit writes a limit as "20工作日" or "即办"; none is empty. The note is
// a field of its own.
func FormatLimit(l Limit) string {
	switch {
	case !l.Given() && l.N == 0:
		return ""
	case l.OnSpot():
		return "即办"
	}
	return strconv.Itoa(l.N) + l.Unit
}

// ParseLimit reads what FormatLimit writes, and "20个工作日", "当场办结", "3个月".
// A bare number counts working days, as 行政许可法 art. 82 has it.
func ParseLimit(s string) (Limit, error) {
	t := halfWidth(strings.Join(strings.Fields(s), ""))
	if t == "" || t == "无" || t == "—" || t == "-" {
		return Limit{}, nil
	}
	if isOnSpot(t) {
		return Limit{Unit: UnitWorkday}, nil
	}
	i := 0
	for i < len(t) && t[i] >= '0' && t[i] <= '9' {
		i++
	}
	n, err := strconv.Atoi(t[:i])
	if err != nil || n > maxCount {
		return Limit{}, fault.Invalidf("时限“%s”应写成数字加单位，例如 20工作日，当场办结的写“即办”。", clip(s))
	}
	unit := strings.TrimSuffix(strings.TrimSuffix(t[i:], "内"), "以")
	if unit == "" {
		unit = UnitWorkday
	}
	d := Dict("时限单位")
	if !d.Has(unit) {
		return Limit{}, fault.Invalidf("时限“%s”的单位应为%s。", clip(s), d.Hint())
	}
	return Limit{N: n, Unit: d.Normalise(unit)}, nil
}

func isOnSpot(s string) bool {
	switch s {
	case "即办", "当场", "当场办结", "即时办结", "当日办结", "即来即办", "即时办理", "当场办理", "即办件", "马上办":
		return true
	}
	return false
}

// ParseDate reads a date in the usual Chinese forms and returns YYYY-MM-DD.
func ParseDate(s string) (string, error) {
	t := halfWidth(strings.TrimSpace(s))
	if t == "" {
		return "", nil
	}
	bad := fault.Invalidf("日期“%s”应写成年-月-日，例如 2018-12-20。", clip(s))
	parts := strings.FieldsFunc(t, func(r rune) bool { return r < '0' || r > '9' })
	if len(parts) == 1 && len(parts[0]) == 8 {
		p := parts[0]
		parts = []string{p[:4], p[4:6], p[6:]}
	}
	if len(parts) < 3 || len(parts[0]) != 4 {
		return "", bad
	}
	y, err0 := strconv.Atoi(parts[0])
	m, err1 := strconv.Atoi(parts[1])
	d, err2 := strconv.Atoi(parts[2])
	day := calendar.NewDate(y, time.Month(m), d)
	if err0 != nil || err1 != nil || err2 != nil || day.IsZero() {
		return "", bad
	}
	return day.String(), nil
}

// halfWidth turns full-width ASCII into ASCII.
func halfWidth(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '！' && r <= '～' {
			return r - '！' + '!'
		}
		if r == '　' {
			return ' '
		}
		return r
	}, s)
}

// clip shortens a value for a message.
func clip(s string) string {
	r := []rune(strings.TrimSpace(s))
	if len(r) > 30 {
		return string(r[:30]) + "…"
	}
	return string(r)
}
