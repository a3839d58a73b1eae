package publication_test

import (
	"testing"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/publication"
)

// Two failures on different days make a link dead; nothing else does, and one
// answer makes it live again.
func TestLinksDie(t *testing.T) {
	first := calendar.NewDate(2019, 3, 1)
	type try struct {
		day    int // after the first
		answer publication.LinkAnswer
		dead   bool
		days   int
	}
	const works, fails, unclear = publication.LinkWorks, publication.LinkFails, publication.LinkUnclear
	for name, tries := range map[string][]try{
		"twice on one day":             {{0, fails, false, 1}, {0, fails, false, 1}},
		"on two days":                  {{0, fails, false, 1}, {1, fails, true, 2}, {2, fails, true, 3}},
		"not in a row":                 {{0, fails, false, 1}, {1, works, false, 0}, {2, fails, false, 1}},
		"a site that turns us away":    {{0, fails, false, 1}, {1, unclear, false, 0}, {2, unclear, false, 0}},
		"works again":                  {{0, fails, false, 1}, {1, fails, true, 2}, {2, works, false, 0}},
		"a clock that is set back":     {{5, fails, false, 1}, {4, fails, false, 1}, {5, fails, false, 1}, {6, fails, true, 2}},
		"set back after a success":     {{5, works, false, 0}, {4, fails, false, 1}, {4, fails, false, 1}, {5, fails, true, 2}},
		"not tried for a while":        {{0, fails, false, 1}, {30, fails, true, 2}},
		"dead, and the clock set back": {{0, fails, false, 1}, {1, fails, true, 2}, {0, fails, true, 2}},
	} {
		l := publication.LinkCheck{URL: "http://a.example/"}
		for i, x := range tries {
			today := first.AddDays(x.day)
			l = l.Tried(x.answer, "网页不存在（404）", today)
			if l.Dead() != x.dead || l.Days != x.days || l.Failing() != (x.days > 0) || l.Since.IsZero() != (x.days == 0) {
				t.Errorf("%s, try %d: %+v", name, i, l)
			}
			if !today.Before(l.Due) || x.answer == fails && l.Due != today.AddDays(1) {
				t.Errorf("%s, try %d: next on %s", name, i, l.Due)
			}
			if (l.Text == "") != (x.answer == works) {
				t.Errorf("%s, try %d: says %q", name, i, l.Text)
			}
		}
	}
}

func TestGuideLinks(t *testing.T) {
	it := &catalog.Item{Online: catalog.Online{URL: " http://zwfw.example.gov.cn/a ", MobileURL: "微信公众号"}, Enquiry: []string{"0319-7200000", "https://a.example/ask"}, Complaint: []string{"ts@a.example"},
		Materials: []catalog.Material{{Name: "申请表", Form: "http://a.example/form.doc", Sample: "blob:" + hash + "/3/a.pdf"}, {Name: "身份证", Form: "窗口领取"}}}
	var got []string
	for _, l := range publication.GuideLinks(it) {
		got = append(got, l.Field+" "+l.Label+" "+l.URL)
	}
	want := []string{"online.url 网办地址 http://zwfw.example.gov.cn/a", "materials[0].form 申请表的空白表格 http://a.example/form.doc", "enquiry[1] 咨询方式 https://a.example/ask"}
	if len(got) != len(want) {
		t.Fatalf("%q", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%q, want %q", got[i], want[i])
		}
	}
}

const hash = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
