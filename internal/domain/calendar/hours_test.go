package calendar_test

import (
	"testing"
	"time"

	"onevisit/internal/domain/calendar"
)

func at(s string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04", s, calendar.Beijing)
	if err != nil {
		panic(err)
	}
	return t
}

func TestHours(t *testing.T) {
	const usual = "工作日 9:00—12:00，13:30—17:30"
	const seasons = "工作日;夏5/1-9/30 08:30-12:00,14:30-17:30;冬10/1-4/30 08:30-12:00,13:30-17:00"
	for _, c := range []struct{ hours, at, want string }{
		{usual, "2018-09-26 08:00", "今天 9:00 开门，开放到 17:30"},
		{usual, "2018-09-26 09:00", "现在开放到 12:00，13:30 再开放"},
		{usual, "2018-09-26 12:00", "午间休息，13:30 再开放，到 17:30"},
		{usual, "2018-09-26 17:29", "今天开放到 17:30"},
		{usual, "2018-09-26 17:30", "今天已下班，明天 9月27日（周四）9:00 开门"},
		{usual, "2018-09-29 10:00", "现在开放到 12:00，13:30 再开放"},                 // a Saturday that is worked
		{usual, "2018-09-30 17:30", "今天已下班，下次开放 10月8日（周一）9:00 开门"},           // before the holiday
		{usual, "2018-10-03 10:00", "今天休息（国庆节），下次开放 10月8日（周一）9:00 开门"},       // in it
		{usual, "2018-10-13 10:00", "今天休息（周六），下次开放 10月15日（周一）9:00 开门"},       // an ordinary Saturday
		{"周一至周五 09:00-12:00,13:00-17:00", "2018-09-26 16:00", "今天开放到 17:00"}, // is 工作日
		{"周一至周五 09:00-12:00,13:00-17:00", "2018-10-03 16:00", "今天休息（国庆节），下次开放 10月8日（周一）9:00 开门"},
		{seasons, "2018-09-26 13:45", "午间休息，14:30 再开放，到 17:30"},
		{seasons, "2018-12-26 13:45", "今天开放到 17:00"},
		{seasons, "2018-04-27 17:20", "今天已下班，明天 4月28日（周六）8:30 开门"}, // worked for the first of May
		{"工作日 08:30-17:30;周六 09:00-13:00(预约)", "2018-10-13 10:00", "今天开放到 13:00"},
		{"工作日 08:30-17:30;周六 09:00-13:00(预约)", "2018-10-06 10:00", "今天休息（国庆节），下次开放 10月8日（周一）8:30 开门"},
		{"每天 8:00-20:00，节假日照常", "2018-10-03 10:00", "今天开放到 20:00"},
		{"每天 8:00-20:00（法定节假日除外）", "2018-10-14 10:00", "今天开放到 20:00"},
		{"上午 8:30—12:00，下午 2:00—5:30", "2018-09-26 16:00", "今天开放到 17:30"},
		{"工作日上午8点30分至12点，下午14点至17点30分", "2018-09-26 08:00", "今天 8:30 开门，开放到 17:30"},
		{"周三 9:00-11:00", "2018-09-26 10:00", "今天开放到 11:00"},
		{"周三 9:00-11:00", "2018-09-27 10:00", "今天休息（周四），下次开放 10月10日（周三）9:00 开门"},
	} {
		h, ok := calendar.ParseHours(c.hours)
		if !ok {
			t.Errorf("%s is not understood", c.hours)
			continue
		}
		if got := h.At(calendar.Embedded(), at(c.at)).Words(); got != c.want {
			t.Errorf("%s at %s: %s, want %s", c.hours, c.at, got, c.want)
		}
	}
	for _, bad := range []string{"", "请电话咨询", "夏季 9:00-12:00；冬季 9:00-11:00", "工作日", "工作日 9:00—25:00", "工作日 17:00—9:00", "每月15日 9:00-12:00", "工作日 9:00-12:00，逢集休息", "13/1-14/2 9:00-12:00"} {
		if _, ok := calendar.ParseHours(bad); ok {
			t.Errorf("%q is understood", bad)
		}
	}
}

// An answer holds to the minute at which it says that it changes, and no longer.
func TestHoursSayWhenTheyChange(t *testing.T) {
	c := calendar.Embedded()
	for _, text := range []string{"工作日 9:00—12:00，13:30—17:30", "每天 0:00-24:00", "周六 9:00-13:00"} {
		h, _ := calendar.ParseHours(text)
		o := h.At(c, at("2018-09-28 00:00"))
		for now := at("2018-09-28 00:00"); now.Before(at("2018-10-09 00:00")); now = now.Add(time.Minute) {
			if !now.Before(o.Changes) {
				o = h.At(c, now)
				if !o.Changes.After(now) {
					t.Fatalf("%s at %s: changes at %s", text, now, o.Changes)
				}
			}
			if got := h.At(c, now).Words(); got != o.Words() {
				t.Fatalf("%s at %s: %s, kept: %s", text, now, got, o.Words())
			}
		}
	}
}

func FuzzParseHours(f *testing.F) {
	for _, s := range []string{"工作日 9:00—12:00，13:30—17:30", "夏5/1-9/30 08:30-12:00", "周一至周日 8点-9点", "(((", "次日"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		h, ok := calendar.ParseHours(s)
		if !ok {
			return
		}
		o := h.At(calendar.Embedded(), at("2018-09-28 10:00"))
		_ = o.Words()
		if !o.Changes.After(at("2018-09-28 10:00")) {
			t.Errorf("%q changes in the past", s)
		}
	})
}
