package calendar

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// DaySpan is a time of day at which a place is open: minutes after midnight, Beijing
// time, From included, To not.
type DaySpan struct{ From, To int }

// String is the span as people write it: 9:00—12:00.
func (s DaySpan) String() string { return Clock(s.From) + "—" + Clock(s.To) }

// Clock writes minutes after midnight as people do: 9:00, 13:30.
func Clock(minutes int) string { return fmt.Sprintf("%d:%02d", minutes/60, minutes%60) }

// Hours are opening hours read from what people write (element 34):
// 工作日 9:00—12:00，13:30—17:30. Seasons (夏5/1-9/30 …) and single days of the
// week (周六 9:00-12:00) are understood. The zero value is closed for ever.
type Hours struct{ rules []hoursRule }

type hoursRule struct {
	works    bool // on working days
	weekdays [7]bool
	holidays bool // open on holidays too
	season   bool
	from, to int // month*100+day, both included; from > to goes over the new year
	spans    []DaySpan
}

var (
	hoursSpan   = regexp.MustCompile(`(上午|早上|早|下午|中午|晚上|晚)?\s*(\d{1,2})[:：点时](\d{2})?分?\s*[-–—―~～至到]+\s*(上午|下午|中午|晚上|晚|次日)?\s*(\d{1,2})[:：点时](\d{2})?分?`)
	hoursSeason = regexp.MustCompile(`(\d{1,2})[月/.](\d{1,2})日?[-–—―~～至到]+(\d{1,2})[月/.](\d{1,2})日?`)
	hoursDays   = regexp.MustCompile(`(?:周|星期|礼拜)([一二三四五六日天末])(?:[-–—―~～至到]+(?:周|星期|礼拜)?([一二三四五六日天]))?`)
	hoursWords  = regexp.MustCompile(`工作日|每天|每日|全年|全天候|节假日照常|节假日不休|(?:法定)?节假日除外|除(?:法定)?节假日外|夏季?|冬季?|春季?|秋季?|时间|办公|开放|对外|受理|办理|上班|营业|夏令时|冬令时`)
	hoursNotes  = regexp.MustCompile(`[（(][^（()）]*[)）]`)
	hoursRest   = regexp.MustCompile(`[\s,，、:：。.;；的为均]+`)
)

// ParseHours reads opening hours. ok is false where any part is not understood:
// nobody is then told that a place is open which may be closed.
func ParseHours(text string) (h Hours, ok bool) {
	last := hoursRule{works: true}
	for _, clause := range strings.FieldsFunc(text, func(r rune) bool { return r == ';' || r == '；' || r == '\n' || r == '。' }) {
		r := hoursRule{}
		rest := clause
		// Brackets hold the dates of a season, or remarks such as （预约）.
		rest = hoursNotes.ReplaceAllStringFunc(rest, func(note string) string {
			if hoursSeason.MatchString(note) || hoursSpan.MatchString(note) {
				return " " + strings.Trim(note, "（()）") + " "
			}
			return " "
		})
		rest = hoursSpan.ReplaceAllStringFunc(rest, func(s string) string {
			m := hoursSpan.FindStringSubmatch(s)
			from, to := clockOf(m[1], m[2], m[3]), clockOf(m[4], m[5], m[6])
			if m[1] != "" && m[4] == "" && to >= 0 && to <= from && to < 12*60 { // 下午 2:00-5:30
				to += 12 * 60
			}
			if from < 0 || to <= from || m[4] == "次日" {
				return "?"
			}
			r.spans = append(r.spans, DaySpan{from, to})
			return " "
		})
		if m := hoursSeason.FindStringSubmatch(rest); m != nil {
			n := make([]int, 4)
			for i := range n {
				n[i], _ = strconv.Atoi(m[i+1]) // digits only
			}
			if NewDate(2024, time.Month(n[0]), n[1]).IsZero() || NewDate(2024, time.Month(n[2]), n[3]).IsZero() {
				return Hours{}, false
			}
			r.season, r.from, r.to = true, n[0]*100+n[1], n[2]*100+n[3]
			rest = strings.Replace(rest, m[0], " ", 1)
		} else if strings.ContainsAny(rest, "夏冬春秋") {
			return Hours{}, false // a season without its days
		}
		days := false
		rest = hoursDays.ReplaceAllStringFunc(rest, func(s string) string {
			m := hoursDays.FindStringSubmatch(s)
			days = true
			if m[1] == "末" {
				r.weekdays[0], r.weekdays[6] = true, true
				return " "
			}
			from, to := weekdayOf(m[1]), weekdayOf(m[1])
			if m[2] != "" {
				to = weekdayOf(m[2])
			}
			if from == 1 && to == 5 {
				r.works = true // Monday to Friday is how people write 工作日
				return " "
			}
			for d := from; ; d = (d + 1) % 7 {
				r.weekdays[d] = true
				if d == to {
					break
				}
			}
			return " "
		})
		closedOnHolidays := strings.Contains(rest, "除")
		r.holidays = strings.Contains(rest, "节假日照常") || strings.Contains(rest, "节假日不休")
		if strings.Contains(rest, "工作日") {
			days, r.works = true, true
		}
		for _, w := range []string{"每天", "每日", "全年"} {
			if strings.Contains(rest, w) {
				days, r.works, r.weekdays, r.holidays = true, true, [7]bool{true, true, true, true, true, true, true}, !closedOnHolidays
			}
		}
		if left := hoursRest.ReplaceAllString(hoursWords.ReplaceAllString(rest, ""), ""); left != "" {
			return Hours{}, false
		}
		if !days {
			r.works, r.weekdays, r.holidays = last.works, last.weekdays, last.holidays
		}
		last = r
		if len(r.spans) > 0 {
			h.rules = append(h.rules, r)
		} else if r.season {
			return Hours{}, false
		}
	}
	return h, len(h.rules) > 0
}

// clockOf reads a time of day; -1 if it is none.
func clockOf(half, hour, minute string) int {
	h, _ := strconv.Atoi(hour)
	m, _ := strconv.Atoi("0" + minute)
	if (half == "下午" || half == "晚" || half == "晚上") && h < 12 {
		h += 12
	}
	if h > 24 || m > 59 || h == 24 && m > 0 {
		return -1
	}
	return h*60 + m
}

func weekdayOf(s string) int {
	return strings.Index("日一二三四五六", strings.Replace(s, "天", "日", 1)) / len("日")
}

// On lists when the place is open on a day, in order; none if it is closed.
func (h Hours) On(c *Calendar, d Date) []DaySpan {
	_, month, day := d.YMD()
	md := int(month)*100 + day
	off, kind, _ := c.judge(d)
	for _, r := range h.rules {
		if r.season && (r.from <= r.to && (md < r.from || md > r.to) || r.from > r.to && md < r.from && md > r.to) {
			continue
		}
		if !off && r.works || r.weekdays[d.Weekday()] && (kind != KindHoliday || r.holidays) {
			return r.spans
		}
	}
	return nil
}

// Opening says whether a place is open, and when that changes.
type Opening struct {
	Day  Date // today
	Open bool
	// Today are today's hours; none if the place is closed all day. Why then
	// names the day: 周六, 国庆节.
	Today []DaySpan
	Why   string
	// Until is the minute of today at which it closes, if it is open.
	Until int
	// Next is when it opens next: later today, or on a later day; the zero Date if
	// not within three months.
	Next     Date
	NextFrom int
	// Changes is when another answer is true.
	Changes time.Time
}

// At answers for an instant.
func (h Hours) At(c *Calendar, now time.Time) Opening {
	t := now.In(Beijing)
	o := Opening{Day: DateOf(now)}
	minute := t.Hour()*60 + t.Minute()
	at := func(d Date, m int) time.Time { return d.Time().Add(time.Duration(m) * time.Minute) }
	o.Today = h.On(c, o.Day)
	if len(o.Today) == 0 {
		_, _, o.Why = c.judge(o.Day)
	}
	o.Changes = at(o.Day.AddDays(1), 0)
	for _, s := range o.Today {
		switch {
		case minute >= s.From && minute < s.To:
			o.Open, o.Until, o.Changes = true, s.To, at(o.Day, s.To)
		case minute < s.From && o.Next.IsZero():
			o.Next, o.NextFrom = o.Day, s.From
			if !o.Open {
				o.Changes = at(o.Day, s.From)
			}
		}
	}
	for d, n := o.Day.AddDays(1), 0; o.Next.IsZero() && n < 92; d, n = d.AddDays(1), n+1 {
		if spans := h.On(c, d); len(spans) > 0 {
			o.Next, o.NextFrom = d, spans[0].From
		}
	}
	return o
}

// Words says it in a sentence: 现在开放，到 17:30。 today without a clock, so that
// the sentence is short; the day's full hours stand beside it.
func (o Opening) Words() string {
	switch {
	case o.Open && o.Next == o.Day:
		return fmt.Sprintf("现在开放到 %s，%s 再开放", Clock(o.Until), Clock(o.NextFrom))
	case o.Open:
		return "今天开放到 " + Clock(o.Until)
	case o.Next == o.Day && o.NextFrom == o.Today[0].From:
		return fmt.Sprintf("今天 %s 开门，开放到 %s", Clock(o.NextFrom), Clock(o.Today[len(o.Today)-1].To))
	case o.Next == o.Day:
		return fmt.Sprintf("午间休息，%s 再开放，到 %s", Clock(o.NextFrom), Clock(o.Today[len(o.Today)-1].To))
	}
	s := "今天已下班"
	if len(o.Today) == 0 {
		s = "今天休息（" + o.Why + "）"
	}
	if o.Next.IsZero() {
		return s + "，请先打电话问开放时间"
	}
	_, month, day := o.Next.YMD()
	name := "下次开放"
	if o.Next == o.Day.AddDays(1) {
		name = "明天"
	}
	return fmt.Sprintf("%s，%s %d月%d日（%s）%s 开门", s, name, int(month), day, weekdayText[o.Next.Weekday()], Clock(o.NextFrom))
}
