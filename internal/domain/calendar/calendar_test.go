package calendar

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"onevisit/internal/domain/fault"
)

func TestOffAndWhy(t *testing.T) {
	c := Embedded()
	for _, x := range []struct {
		date string
		off  bool
		why  string
	}{
		{"2018-09-29", false, "国庆节调休上班"}, {"2018-09-30", false, "国庆节调休上班"}, {"2018-10-01", true, "国庆节"},
		{"2018-10-06", true, "国庆节"}, {"2018-10-08", false, "周一"}, {"2018-10-13", true, "周六"},
		{"2018-12-29", false, "元旦调休上班"}, {"2018-12-31", true, "元旦"}, {"2017-12-30", true, "周六"},
		{"2020-01-31", true, "春节"}, {"2020-02-03", false, "周一"}, {"2026-01-04", false, "元旦调休上班"}, {"2030-10-01", false, "周二"},
	} {
		if off, why := c.Off(MustDate(x.date)); off != x.off || why != x.why {
			t.Errorf("%s: %v %q, want %v %q", x.date, off, why, x.off, x.why)
		}
	}
	if got := c.Years(); !slices.Equal(got, []int{2018, 2019, 2020, 2021, 2022, 2023, 2024, 2025, 2026}) {
		t.Error(got)
	}
	// The yearly number of working days as the notices give them.
	for y, want := range map[int]int{2018: 250, 2019: 250, 2021: 250, 2022: 249, 2023: 249, 2024: 251, 2025: 248} {
		from, to := NewDate(y-1, 12, 31), NewDate(y, 12, 31)
		if got := c.WorkdaysBetween(from, to); got != want {
			t.Errorf("%d: %d working days, want %d", y, got, want)
		}
	}
}

func TestDueLedger(t *testing.T) {
	l, err := Embedded().Due(MustDate("2018-09-28"), 5, nil)
	if err != nil || l.Due.String() != "2018-10-10" || l.Provisional || len(l.Lines) != 12 {
		t.Fatalf("%+v %v", l, err)
	}
	if b, _ := json.Marshal(l.Lines[0]); string(b) != `{"date":"2018-09-29","kind":"工作日","counted":true,"n":1,"why":"国庆节调休上班"}` {
		t.Error(string(b))
	}
	if x := l.Lines[2]; x.Kind != KindHoliday || x.Counted || x.N != 2 || x.Why != "国庆节" {
		t.Errorf("%+v", x)
	}
	l, err = Embedded().Due(MustDate("2018-10-06"), 0, []Span{{MustDate("2018-10-01"), MustDate("2018-10-31")}})
	if b, _ := json.Marshal(l); err != nil || string(b) != `{"due":"2018-10-06","provisional":false,"ledger":[]}` {
		t.Error(string(b), err)
	}
	l, _ = Embedded().Due(MustDate("2026-12-30"), 2, nil)
	if !l.Provisional || l.Due.String() != "2027-01-01" {
		t.Errorf("2027 has no notice: %+v", l)
	}
}

func TestDueRefuses(t *testing.T) {
	d := MustDate("2018-06-01")
	for name, err := range map[string]error{
		"no from":      second(Embedded().Due(Date{}, 1, nil)),
		"negative":     second(Embedded().Due(d, -1, nil)),
		"huge":         second(Embedded().Due(d, 1<<40, nil)),
		"open pause":   second(Embedded().Due(d, 1, []Span{{From: d}})),
		"turned pause": second(Embedded().Due(d, 1, []Span{{d, d.AddDays(-1)}})),
		"endless":      second(Embedded().Due(d, 1, []Span{{d, MaxDate}})),
		"edge":         second(Embedded().Due(MaxDate.AddDays(-3), 9, nil)),
		"add huge":     second(Embedded().AddWorkdays(d, 1<<40)),
		"add edge":     second(Embedded().AddWorkdays(MaxDate.AddDays(-3), 9)),
		"add low edge": second(Embedded().AddWorkdays(MinDate.AddDays(3), -9)),
		"add none":     second(Embedded().AddWorkdays(Date{}, 0)),
	} {
		if !fault.Is(err, fault.Invalid) || fault.Text(err) == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if l, err := Embedded().Due(d, MaxDays, nil); err != nil || l.Lines[len(l.Lines)-1].N != MaxDays {
		t.Error(err)
	}
}

func second[T any](_ T, err error) error { return err }

// naive is the rule of the plain text, day by day.
func naive(c *Calendar, from Date, n int, pauses []Span) (due Date, days, counted int) {
	d := from
	for counted < n {
		d = d.AddDays(1)
		days++
		off := d.Weekday() == 0 || d.Weekday() == 6
		for _, x := range c.Days() {
			if x.Date == d {
				off = x.Kind == Off
			}
		}
		for _, p := range pauses {
			if d.Compare(p.From) >= 0 && d.Compare(p.To) <= 0 {
				off = true
			}
		}
		if !off {
			counted++
		}
	}
	return d, days, counted
}

func TestDueAgreesWithNaive(t *testing.T) {
	rnd := rand.New(rand.NewPCG(2018, 6))
	for round := range 400 {
		// A random calendar, so that the embedded one cannot hide a fault.
		base := MustDate("2018-01-01").AddDays(rnd.IntN(900))
		var days []Day
		for range rnd.IntN(30) {
			days = append(days, Day{Date: base.AddDays(rnd.IntN(120)), Name: "节", Kind: Kind(1 + rnd.IntN(2))})
		}
		c := New(days)
		from := base.AddDays(rnd.IntN(60))
		n := rnd.IntN(50)
		var pauses []Span
		for range rnd.IntN(5) {
			a := base.AddDays(rnd.IntN(120))
			pauses = append(pauses, Span{a, a.AddDays(rnd.IntN(20))})
		}
		due, length, _ := naive(c, from, n, pauses)
		l, err := c.Due(from, n, pauses)
		if err != nil || l.Due != due || len(l.Lines) != length {
			t.Fatalf("round %d: Due(%s, %d, %v) = %s (%d lines) %v, want %s (%d)", round, from, n, pauses, l.Due, len(l.Lines), err, due, length)
		}
		got := 0
		for i, x := range l.Lines {
			if x.Counted {
				got++
			}
			if x.N != got || x.Date != from.AddDays(i+1) || x.Why == "" {
				t.Fatalf("ledger line %d: %+v", i, x)
			}
		}
		if d2, p2, _ := c.DueDate(from, n, pauses); d2 != due || p2 != l.Provisional {
			t.Fatal("DueDate differs from Due")
		}
		if used, err := c.Used(from, due, pauses); err != nil || used != n {
			t.Fatalf("Used = %d, want %d (%v)", used, n, err)
		}
		plain, _, _ := naive(c, from, n, nil)
		if d, err := c.AddWorkdays(from, n); err != nil || d != plain {
			t.Fatalf("AddWorkdays(%s, %d) = %s, want %s (%v)", from, n, d, plain, err)
		}
		if k := c.WorkdaysBetween(from, plain); k != n {
			t.Fatalf("WorkdaysBetween = %d, want %d", k, n)
		}
		if c.WorkdaysBetween(plain, from) != -n {
			t.Fatal("WorkdaysBetween is not antisymmetric")
		}
		if n > 0 {
			back, err := c.AddWorkdays(from, -n)
			if err != nil || c.IsOff(back) || c.WorkdaysBetween(back.AddDays(-1), from.AddDays(-1)) != n {
				t.Fatalf("AddWorkdays(%s, -%d) = %s (%v)", from, n, back, err)
			}
		}
	}
}

func TestParseCSV(t *testing.T) {
	days, err := ParseCSV(strings.NewReader("\ufeff日期,名称,类型,星期,来源\r\n2027-01-01,元旦,放假,周五,国办发明电〔2026〕1号\r\n\r\n2027-01-03,元旦,上班,日,\r\n"))
	if err != nil || len(days) != 2 || days[0].Source != "国办发明电〔2026〕1号" || days[1].Kind != Work {
		t.Fatalf("%+v %v", days, err)
	}
	c := Embedded().WithDays(days)
	if !c.Known(2027) || Embedded().Known(2027) || c.IsOff(MustDate("2027-01-03")) || !c.IsOff(MustDate("2027-01-01")) {
		t.Error("import did not take, or changed the embedded calendar")
	}
	_, err = ParseCSV(strings.NewReader("date,name,kind,weekday\n2027-1-1,元旦,放假,\n2027-01-02,元旦,休假,\n2027-01-03,元旦,放假,周一\n2027-01-04,元旦,放假,\n2027-01-04,元旦,上班,\n"))
	f := fault.Fields(err)
	if len(f) != 4 {
		t.Fatalf("%v", err)
	}
	for i, want := range []string{"第2行", "第3行", "第4行", "第6行"} {
		if f[i].Path != want {
			t.Errorf("field %d at %s, want %s: %s", i, f[i].Path, want, f[i].Text)
		}
	}
	for _, s := range []string{"", "a,b\n", "date,name,kind\n", "date,name,kind\n\"2027", "\xff\xfe\x00"} {
		if _, err := ParseCSV(strings.NewReader(s)); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", s, err)
		}
	}
}

func TestToWorkdays(t *testing.T) {
	for _, x := range []struct {
		n    int
		unit string
		want Workdays
		ok   bool
	}{
		{20, "工作日", Workdays{20, 20}, true}, {0, "小时", Workdays{}, true}, {14, "自然日", Workdays{10, 10}, true},
		{30, "自然日", Workdays{20, 22}, true}, {1, "自然日", Workdays{0, 1}, true}, {6, "自然日", Workdays{4, 5}, true},
		{4, "小时", Workdays{1, 1}, true}, {24, "小时", Workdays{0, 3}, true}, {1, "月", Workdays{20, 23}, true},
		{1, "年", Workdays{260, 262}, true}, {5, "天", Workdays{}, false}, {-1, "工作日", Workdays{}, false}, {0, "", Workdays{}, false},
		{1 << 40, "年", Workdays{}, false}, {2000, "年", Workdays{}, false},
	} {
		if got, ok := ToWorkdays(x.n, x.unit); got != x.want || ok != x.ok {
			t.Errorf("%d%s = %v %v, want %v %v", x.n, x.unit, got, ok, x.want, x.ok)
		}
	}
	// The bounds for natural days hold for every start and are reached.
	c := New(nil)
	for n := range 60 {
		w, _ := ToWorkdays(n, UnitDay)
		least, most := 1000, 0
		for s := range 7 {
			from := MustDate("2018-06-04").AddDays(s)
			k := c.WorkdaysBetween(from, from.AddDays(n))
			least, most = min(least, k), max(most, k)
		}
		if w.Min != least || w.Max != most {
			t.Errorf("%d natural days: %v, want %d..%d", n, w, least, most)
		}
	}
}

func TestCompareLimits(t *testing.T) {
	for _, x := range []struct {
		a, b  Workdays
		order int
		ok    bool
	}{{Workdays{5, 5}, Workdays{5, 5}, 0, true}, {Workdays{15, 15}, Workdays{20, 22}, -1, true}, {Workdays{21, 21}, Workdays{20, 22}, 0, false},
		{Workdays{25, 25}, Workdays{20, 22}, 1, true}, {Workdays{20, 22}, Workdays{20, 22}, 0, false}} {
		if o, ok := x.a.Compare(x.b); o != x.order || ok != x.ok {
			t.Errorf("%v %v: %d %v", x.a, x.b, o, ok)
		}
	}
}

func TestNextWorkday(t *testing.T) {
	if d := Embedded().NextWorkday(MustDate("2018-10-01")); d.String() != "2018-10-08" {
		t.Error(d)
	}
}

func BenchmarkDue20(b *testing.B) {
	c, from := Embedded(), MustDate("2018-09-28")
	b.ReportAllocs()
	for b.Loop() {
		_, _ = c.Due(from, 20, nil)
	}
}

func BenchmarkDueDate20(b *testing.B) {
	c, from := Embedded(), MustDate("2018-09-28")
	b.ReportAllocs()
	for b.Loop() {
		_, _, _ = c.DueDate(from, 20, nil)
	}
}

func BenchmarkWorkdaysBetween(b *testing.B) {
	c, from, to := Embedded(), MustDate("2018-09-28"), MustDate("2024-02-02")
	for b.Loop() {
		c.WorkdaysBetween(from, to)
	}
}
