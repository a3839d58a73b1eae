package publication

import (
	"strings"
	"testing"
	"time"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/fault"
)

func moment(s string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04", s, calendar.Beijing)
	if err != nil {
		panic(err)
	}
	return t
}

func TestFeedbackIsTaken(t *testing.T) {
	f := Feedback{Place: "materials", Text: "  申请表下载不了\xff  "}
	if err := f.Take(moment("2018-09-28 09:00"), calendar.Embedded()); err != nil {
		t.Fatal(err)
	}
	if f.Text != "申请表下载不了" {
		t.Errorf("%q", f.Text)
	}
	if f.Due != calendar.MustDate("2018-10-10") { // 9-29, 9-30 are worked, the holiday is not
		t.Error("due", f.Due)
	}
	for _, bad := range []struct{ place, text, field string }{{"none", "哪里都不对啊", "place"}, {"", "不对", "text"}, {"", " \n\t ", "text"}, {"", strings.Repeat("长", MaxFeedback+1), "text"}} {
		f := Feedback{Place: bad.place, Text: bad.text}
		err := f.Take(moment("2018-09-28 09:00"), calendar.Embedded())
		if fs := fault.Fields(err); len(fs) != 1 || fs[0].Path != bad.field {
			t.Errorf("%.12q: %v", bad.text, fs)
		}
	}
}

func TestFeedbackIsAnsweredOnce(t *testing.T) {
	f := Feedback{Due: calendar.MustDate("2018-10-10")}
	today := calendar.MustDate("2018-10-11")
	if !f.Open() || !f.Late(today) || f.Late(calendar.MustDate("2018-10-10")) {
		t.Error("lateness while open")
	}
	if err := f.Reply("没有的结果", "已经核实", "甲", moment("2018-10-10 17:00")); !fault.Is(err, fault.Invalid) {
		t.Error(err)
	}
	if err := f.Reply(OutcomeMended, "已更正电话，谢谢", "甲", moment("2018-10-10 17:00")); err != nil {
		t.Fatal(err)
	}
	if f.Open() || f.Late(today) {
		t.Errorf("%+v", f)
	}
	if err := f.Reply(OutcomeCorrect, "再次答复一次", "乙", moment("2018-10-10 18:00")); !fault.Is(err, fault.Conflict) {
		t.Error(err)
	}
}

func TestFeedbackNumbers(t *testing.T) {
	n := FeedbackNumber([10]byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 255})
	if n != "JC-12345-6789Z" {
		t.Error(n)
	}
	for in, want := range map[string]string{n: n, "jc 12345 6789z": n, "123456789Z": n, "": "", "JC-12345": "", "JC-12345-6789!": "", "<script>xx": "", "jc-I2345-67892": "JC-12345-67892"} {
		if got := NormalizeFeedbackNumber(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
