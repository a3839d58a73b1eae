package calendar

// The units in which a published time limit is given.
const (
	UnitWorkday = "工作日"
	UnitDay     = "自然日"
	UnitHour    = "小时"
	UnitMonth   = "月"
	UnitYear    = "年"
)

// Workdays is a published time limit in working days: at least Min and at most
// Max, depending on the day on which it begins. Min == Max is exact.
type Workdays struct{ Min, Max int }

// Exact reports that the conversion leaves no choice.
func (w Workdays) Exact() bool { return w.Min == w.Max }

// Compare orders two limits if every reading of them gives the same order:
// 0 if both are exact and equal, else -1 if w is never longer than v, +1 if w
// is always longer. Otherwise ok is false: the limits cannot be compared.
func (w Workdays) Compare(v Workdays) (order int, ok bool) {
	switch {
	case w.Exact() && w == v:
		return 0, true
	case w.Max <= v.Min:
		return -1, true
	case w.Min > v.Max:
		return 1, true
	}
	return 0, false
}

// maxLimit is the longest limit that is converted; longer ones (a hundred
// years of days) are slips of the pen and cannot be converted.
const maxLimit = 36_600

// ToWorkdays converts a published limit of n units. A published limit has no
// starting day, so holidays cannot be looked up; it is converted over plain
// weeks of five working days:
//
//   - 工作日: as it stands.
//   - 自然日: the fewest and the most week days that n days in a row can hold.
//     Whole weeks are exact (14 → 10), 30 gives 20 to 22.
//   - 月, 年: likewise, over the months and years of the Gregorian cycle, as
//     they differ in length (1 月 gives 20 to 23).
//   - 小时: up to 8 hours are one working day. More is read both ways that are
//     in use, running hours (24 a day) and office hours (8 a working day): 24 小时
//     gives 0 to 3.
//
// An n of 0 is 0 (on the spot) in every unit. ok is false where n is negative
// or absurd, and for any other unit, among them the bare 天 and 日, which some
// lists mean as working days (行政许可法 art. 82) and some as natural days.
func ToWorkdays(n int, unit string) (w Workdays, ok bool) {
	if n < 0 || n > maxLimit {
		return Workdays{}, false
	}
	if n == 0 {
		switch unit {
		case UnitWorkday, UnitDay, UnitHour, UnitMonth, UnitYear:
			return Workdays{}, true
		}
		return Workdays{}, false
	}
	switch unit {
	case UnitWorkday:
		return Workdays{n, n}, true
	case UnitDay:
		return naturalDays(n, n), true
	case UnitHour:
		if n <= 8 {
			return Workdays{1, 1}, true
		}
		return Workdays{naturalDays(n/24, n/24).Min, (n + 7) / 8}, true
	case UnitMonth, UnitYear:
		if unit == UnitYear {
			n *= 12
		}
		if n > 1_200 {
			return Workdays{}, false
		}
		least, most := monthSpan(n)
		return naturalDays(least, most), true
	}
	return Workdays{}, false
}

// naturalDays bounds the week days in a run of least to most days.
func naturalDays(least, most int) Workdays {
	return Workdays{
		Min: least/7*5 + max(least%7-2, 0),
		Max: most/7*5 + min(most%7, 5),
	}
}

// monthSpan gives the fewest and the most days that n calendar months take,
// over the 48 months in which they can begin between two leap years.
func monthSpan(n int) (least, most int) {
	least = 1 << 30
	for i := range 48 {
		from := NewDate(2001+i/12, 1, 1).AddMonths(i % 12)
		d := from.AddMonths(n).Sub(from)
		least, most = min(least, d), max(most, d)
	}
	return least, most
}
