package calendar

import (
	"encoding/json"
	"testing"
	"time"
)

// Every day of 1900–2100 and the edges agree with package time.
func TestDateAgreesWithTime(t *testing.T) {
	check := func(tm time.Time) {
		y, m, day := tm.Date()
		d := NewDate(y, m, day)
		gy, gm, gd := d.YMD()
		if gy != y || gm != m || gd != day || d.Weekday() != tm.Weekday() || d.String() != tm.Format("2006-01-02") {
			t.Fatalf("%v: got %d-%d-%d %v %s", tm, gy, gm, gd, d.Weekday(), d)
		}
		if back, err := ParseDate(d.String()); err != nil || back != d {
			t.Fatalf("parse %s: %v %v", d, back, err)
		}
	}
	for tm := time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC); tm.Year() < 2101; tm = tm.AddDate(0, 0, 1) {
		check(tm)
		if next := NewDate(tm.Date()).AddDays(1); next.Sub(NewDate(tm.Date())) != 1 {
			t.Fatal("AddDays")
		}
	}
	for _, y := range []int{1, 4, 100, 400, 401, 1600, 9996, 9999} {
		for tm := time.Date(y, 1, 1, 0, 0, 0, 0, time.UTC); tm.Year() == y; tm = tm.AddDate(0, 0, 1) {
			check(tm)
		}
	}
}

func TestParseDateRefuses(t *testing.T) {
	for _, s := range []string{"", "2018-2-03", "2018-02-30", "2018-13-01", "2018-00-10", "0000-01-01", "2018/01/02", "２０１８-01-02", "2018-01-0a", "2018-01-02 "} {
		if d, err := ParseDate(s); err == nil || !d.IsZero() {
			t.Errorf("%q: accepted as %v", s, d)
		}
	}
}

func TestDateTextAndChinese(t *testing.T) {
	d := MustDate("2018-09-30")
	if d.Chinese() != "2018年9月30日（周日）" || d.ChineseShort() != "2018年9月30日" || (Date{}).Chinese() != "" {
		t.Error(d.Chinese())
	}
	type doc struct {
		A Date `json:"a"`
		B Date `json:"b,omitzero"`
	}
	b, err := json.Marshal(doc{A: d})
	if err != nil || string(b) != `{"a":"2018-09-30"}` {
		t.Fatal(string(b), err)
	}
	var back doc
	if err := json.Unmarshal([]byte(`{"a":"2018-09-30","b":""}`), &back); err != nil || back.A != d || !back.B.IsZero() {
		t.Fatal(back, err)
	}
	if err := json.Unmarshal([]byte(`{"a":"2018-09-31"}`), &back); err == nil {
		t.Error("2018-09-31 accepted")
	}
}

func TestDateOfIsBeijingDay(t *testing.T) {
	if d := DateOf(time.Date(2018, 9, 29, 16, 0, 0, 0, time.UTC)); d.String() != "2018-09-30" {
		t.Error(d)
	}
	if d := DateOf(time.Date(2018, 9, 29, 15, 59, 59, 0, time.UTC)); d.String() != "2018-09-29" {
		t.Error(d)
	}
}

func TestDateScanValue(t *testing.T) {
	var d Date
	for _, src := range []any{"2018-09-30", []byte("2018-09-30"), time.Date(2018, 9, 30, 0, 0, 0, 0, time.UTC)} {
		if err := d.Scan(src); err != nil || d.String() != "2018-09-30" {
			t.Errorf("%T: %v %v", src, d, err)
		}
	}
	if v, _ := d.Value(); v != "2018-09-30" {
		t.Error(v)
	}
	if err := d.Scan(nil); err != nil || !d.IsZero() {
		t.Error(d, err)
	}
	if v, _ := d.Value(); v != nil {
		t.Error(v)
	}
	if d.Scan(7) == nil {
		t.Error("int accepted")
	}
}

func TestAddMonths(t *testing.T) {
	for _, c := range []struct {
		from string
		n    int
		want string
	}{{"2020-01-31", 1, "2020-02-29"}, {"2019-01-31", 1, "2019-02-28"}, {"2018-12-15", 1, "2019-01-15"}, {"2020-02-29", 12, "2021-02-28"}, {"2018-03-31", -1, "2018-02-28"}, {"9999-12-01", 1, "9999-12-31"}, {"0001-01-05", -1, "0001-01-01"}} {
		if got := MustDate(c.from).AddMonths(c.n).String(); got != c.want {
			t.Errorf("%s+%d months = %s, want %s", c.from, c.n, got, c.want)
		}
	}
}
