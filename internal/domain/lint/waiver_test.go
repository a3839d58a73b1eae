package lint_test

import (
	"strings"
	"testing"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/lint"
)

// A waiver makes the one finding that it names advice, wherever its row has
// moved to, and tells on its last day but one that it is over.
func TestWaiver(t *testing.T) {
	it := goodItem(t)
	it.Materials = append(it.Materials, catalog.Material{ID: "m8", Name: "营业执照", Basis: "《公共场所卫生管理条例》第四条", Copies: 1, Licence: "营业执照"},
		catalog.Material{ID: "m9", Name: "身份证", Basis: "《公共场所卫生管理条例》第四条", Copies: 1, Licence: "居民身份证"})
	until := calendar.MustDate("2018-12-31")
	w := lint.Waiver{Rule: "M03", Place: "materials[营业执照].licence", Reason: "证照库尚未联通", Until: until}
	run := func(it *catalog.Item, day string, key string) []lint.Finding {
		ctx := lint.NewContext(lint.Config{Today: calendar.MustDate(day), Waivers: func(k string) []lint.Waiver {
			if k == "item-1" {
				return []lint.Waiver{w}
			}
			return nil
		}})
		s := lint.ItemSubject(it)
		s.Key = key
		return only("M03", lint.Run(ctx, s))
	}
	f := run(it, "2018-12-31", "item-1")
	if len(f) != 2 || f[0].Severity != lint.Advice || !strings.Contains(f[0].Exempt, "证照库尚未联通（至2018年12月31日）") || f[1].Severity != lint.Error || f[1].Exempt != "" {
		t.Fatalf("on the last day: %+v", f)
	}
	if about := lint.About(it, &f[0]); about != "材料“营业执照”" {
		t.Errorf("it is about %s", about)
	}
	if f := run(it, "2018-12-31", "item-2"); len(f) != 2 || f[0].Severity != lint.Error {
		t.Errorf("of another item: %+v", f)
	}
	moved := it.Clone()
	n := len(moved.Materials)
	moved.Materials[n-1], moved.Materials[n-2] = moved.Materials[n-2], moved.Materials[n-1]
	if f := run(moved, "2018-12-31", "item-1"); len(f) != 2 || f[1].Severity != lint.Advice || f[0].Severity != lint.Error {
		t.Errorf("after the row has moved: %+v", f)
	}
	if f := run(it, "2019-01-01", "item-1"); len(f) != 2 || f[0].Severity != lint.Error {
		t.Errorf("the day after: %+v", f)
	}

	// What is waived is only named; when the waiver is over, it must not stay.
	named := lint.ByNumber(it, &f[0])
	if m := named.Materials[n-2]; m.Originals+m.Copies != 0 || it.Materials[n-2].Copies != 1 {
		t.Errorf("not by number alone: %+v", m)
	}
	if f := run(named, "2018-12-31", "item-1"); len(f) != 1 {
		t.Errorf("named only: %+v", f)
	}
	late := run(named, "2019-01-01", "item-1")
	if len(late) != 2 || late[1].Severity != lint.Error || !strings.Contains(late[1].Message, "材料“营业执照”的豁免已于2018年12月31日到期") || late[1].Field != "materials["+string(rune('0'+n-2))+"].licence" {
		t.Errorf("named only, the day after: %+v", late)
	}
	named.Materials = named.Materials[:n-2]
	if f := run(named, "2019-01-01", "item-1"); len(f) != 0 {
		t.Errorf("dropped: %+v", f)
	}
}

func TestOnlyWarningsAskForReasons(t *testing.T) {
	for _, x := range []struct {
		f    lint.Finding
		want bool
	}{
		{lint.Finding{Severity: lint.Warning}, true},
		{lint.Finding{Severity: lint.Warning, Reason: &lint.Reason{Text: "甲"}}, false},
		{lint.Finding{Severity: lint.Warning, Kind: lint.KindFailed}, false},
		{lint.Finding{Severity: lint.Error}, false},
		{lint.Finding{Severity: lint.Advice}, false},
	} {
		if got := x.f.AsksReason(); got != x.want {
			t.Errorf("%+v asks: %v", x.f, got)
		}
	}
}
