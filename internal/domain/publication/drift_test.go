package publication_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/publication"
)

func at(day int) time.Time { return time.Date(2018, 9, day, 2, 0, 0, 0, time.UTC) } // ten in Beijing

// issue is a version: day of September 2018, hash of the content, standing.
func issue(seq int64, day int, hash string, st publication.Standing) publication.Issue {
	return publication.Issue{Seq: seq, Number: fmt.Sprintf("2018-%03d", seq), At: at(day), Code: fmt.Sprintf("AAAA%d-00000", seq), DocHash: hash, Standing: st}
}

const (
	stands = publication.StandingPublished
	paused = publication.StandingSuspended
)

func TestAgeOf(t *testing.T) {
	cal := calendar.Embedded()
	for _, tt := range []struct {
		name   string
		issues []publication.Issue
		code   string
		want   publication.Validity
		since  int64
		days   int // on Friday, 14 September 2018
	}{
		{"the only version", []publication.Issue{issue(1, 3, "a", stands)}, "AAAA1-00000", publication.VersionCurrent, 0, 0},
		{"replaced on Monday", []publication.Issue{issue(1, 3, "a", stands), issue(2, 10, "b", stands)}, "AAAA1-00000", publication.VersionReplaced, 2, 4},
		{"over a weekend", []publication.Issue{issue(1, 3, "a", stands), issue(2, 7, "b", stands)}, "AAAA1-00000", publication.VersionReplaced, 2, 5},
		{"again with the same words", []publication.Issue{issue(1, 3, "a", stands), issue(2, 10, "a", stands)}, "AAAA1-00000", publication.VersionCurrent, 0, 0},
		{"back to the old words", []publication.Issue{issue(1, 3, "a", stands), issue(2, 5, "b", stands), issue(3, 10, "a", stands)}, "AAAA1-00000", publication.VersionCurrent, 0, 0},
		{"back and away again", []publication.Issue{issue(1, 3, "a", stands), issue(2, 5, "b", stands), issue(3, 10, "a", stands), issue(4, 12, "c", stands)}, "AAAA1-00000", publication.VersionReplaced, 4, 2},
		{"suspended", []publication.Issue{issue(1, 3, "a", stands), issue(2, 11, "a", paused)}, "AAAA1-00000", publication.VersionWithdrawn, 2, 3},
		{"suspended and resumed", []publication.Issue{issue(1, 3, "a", stands), issue(2, 11, "a", paused), issue(3, 12, "a", stands)}, "AAAA1-00000", publication.VersionCurrent, 0, 0},
		{"the code of the suspension itself", []publication.Issue{issue(1, 3, "a", stands), issue(2, 11, "a", paused)}, "AAAA2-00000", publication.VersionWithdrawn, 2, 3},
		{"unknown", []publication.Issue{issue(1, 3, "a", stands)}, "ZZZZZ-00000", publication.VersionUnknown, 0, 0},
		{"nothing at all", nil, "AAAA1-00000", publication.VersionUnknown, 0, 0},
		{"a clock behind the release", []publication.Issue{issue(1, 3, "a", stands), issue(2, 20, "b", stands)}, "AAAA1-00000", publication.VersionReplaced, 2, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := publication.AgeOf(tt.issues, tt.code, calendar.NewDate(2018, 9, 14), cal)
			var since int64
			if got.Since != nil {
				since = got.Since.Seq
			}
			if got.Validity != tt.want || since != tt.since || got.Days != tt.days {
				t.Errorf("%s since %d for %d days, want %s since %d for %d", got.Validity, since, got.Days, tt.want, tt.since, tt.days)
			}
		})
	}
}

// A paper is out of date since the first instant after which it never held again:
// found by looking at every instant.
func TestAgeOfByBruteForce(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		var issues []publication.Issue
		for i := range 1 + r.IntN(7) {
			st := stands
			if r.IntN(4) == 0 {
				st = paused
			}
			issues = append(issues, issue(int64(i+1), i+1, string(rune('a'+r.IntN(3))), st))
		}
		k := r.IntN(len(issues))
		holds := func(day int) bool { // on that day's evening
			now := issues[min(day, len(issues))-1]
			return now.Standing == stands && now.DocHash == issues[k].DocHash
		}
		want := int64(0)
		for day := len(issues); day > k && !holds(day); day-- {
			want = int64(day)
		}
		got := publication.AgeOf(issues, issues[k].Code, calendar.NewDate(2018, 9, 20), calendar.Embedded())
		since := int64(0)
		if got.Since != nil {
			since = got.Since.Seq
		}
		if since != want || (want == 0) != (got.Validity == publication.VersionCurrent) {
			t.Fatalf("%+v, code of %d: %s since %d, want since %d", issues, k+1, got.Validity, since, want)
		}
	}
}

func TestJudge(t *testing.T) {
	issues := []publication.Issue{issue(1, 3, "a", stands), issue(2, 5, "b", stands), issue(3, 6, "b", stands)}
	open, closed := &publication.Place{}, &publication.Place{ClosedAt: at(7)}
	reg := func(n int64) *publication.Display {
		return &publication.Display{Code: issues[n-1].Code, ReleaseSeq: n}
	}
	for _, tt := range []struct {
		name   string
		place  *publication.Place
		reg    *publication.Display
		source publication.SightingSource
		code   string
		want   publication.Meaning
	}{
		{"staff see what is new here", open, nil, publication.SeenByStaff, "AAAA3-00000", publication.Meaning{Validity: publication.VersionCurrent, Register: true}},
		{"staff see an old paper, new here", open, nil, publication.SeenByStaff, "AAAA1-00000", publication.Meaning{Validity: publication.VersionReplaced, Register: true}},
		{"staff see what is registered", open, reg(1), publication.SeenByStaff, "AAAA1-00000", publication.Meaning{Validity: publication.VersionReplaced, Seen: true}},
		{"staff see the new version", open, reg(1), publication.SeenByStaff, "AAAA3-00000", publication.Meaning{Validity: publication.VersionCurrent, Register: true}},
		{"staff see the old one beside", open, reg(3), publication.SeenByStaff, "AAAA1-00000", publication.Meaning{Validity: publication.VersionReplaced, Doubt: publication.DoubtOld}},
		{"staff see an earlier release of the same words", open, reg(3), publication.SeenByStaff, "AAAA2-00000", publication.Meaning{Validity: publication.VersionCurrent, Seen: true}},
		{"the crawler counts as staff", open, reg(1), publication.SeenByCrawl, "AAAA3-00000", publication.Meaning{Validity: publication.VersionCurrent, Register: true}},
		{"anybody scans what is registered", open, reg(3), publication.SeenByAnybody, "AAAA3-00000", publication.Meaning{Validity: publication.VersionCurrent, Seen: true}},
		{"anybody scans an old paper that is registered", open, reg(1), publication.SeenByAnybody, "AAAA1-00000", publication.Meaning{Validity: publication.VersionReplaced, Seen: true}},
		{"anybody scans what is not registered", open, nil, publication.SeenByAnybody, "AAAA3-00000", publication.Meaning{Validity: publication.VersionCurrent, Doubt: publication.DoubtUnregistered}},
		{"anybody scans an old paper", open, reg(3), publication.SeenByAnybody, "AAAA1-00000", publication.Meaning{Validity: publication.VersionReplaced, Doubt: publication.DoubtOld}},
		{"anybody scans the new version: no proof", open, reg(1), publication.SeenByAnybody, "AAAA3-00000", publication.Meaning{Validity: publication.VersionCurrent, Doubt: publication.DoubtNewer}},
		{"anybody scans an earlier release of the same words", open, reg(3), publication.SeenByAnybody, "AAAA2-00000", publication.Meaning{Validity: publication.VersionCurrent, Seen: true}},
		{"no such code", open, nil, publication.SeenByStaff, "ZZZZZ-00000", publication.Meaning{Validity: publication.VersionUnknown, Doubt: publication.DoubtUnknown}},
		{"a closed place", closed, nil, publication.SeenByAnybody, "AAAA3-00000", publication.Meaning{Validity: publication.VersionCurrent, Doubt: publication.DoubtClosed}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := publication.Judge(tt.place, tt.reg, tt.source, tt.code, issues); got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}

func TestDriftOf(t *testing.T) {
	cal, grace := calendar.Embedded(), 3
	old := []publication.Issue{issue(1, 3, "a", stands), issue(2, 10, "b", stands)} // replaced on Monday, the 10th
	same := []publication.Issue{issue(1, 3, "x", stands)}
	shown := func(item, code string, issues []publication.Issue) publication.ShownItem {
		return publication.ShownItem{Display: publication.Display{ItemID: item, Code: code}, Name: item, Issues: issues}
	}
	drift := func(day int, p *publication.Place, s []publication.ShownItem, seen []publication.Sighting, owed ...publication.OwedItem) publication.Drift {
		t.Helper()
		d, err := publication.DriftOf(p, s, seen, map[string][]publication.Issue{"i": old}, owed, calendar.NewDate(2018, 9, day), cal, grace)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	p := &publication.Place{CreatedAt: at(1)}
	both := []publication.ShownItem{shown("i", "AAAA1-00000", old), shown("j", "AAAA1-00000", same)}
	// Three working days after Monday are Thursday, the 13th.
	if d := drift(13, p, both, nil); d.State != publication.PlaceDue || d.Due != 1 || d.Current != 1 || d.Late || d.First != calendar.NewDate(2018, 9, 13) {
		t.Errorf("on the last day: %+v", d)
	}
	if d := drift(14, p, both, nil); d.State != publication.PlaceStale || d.Stale != 1 || !d.Late || d.Lines[0].ItemID != "i" {
		t.Errorf("a day later: %+v", d)
	}
	if d := drift(14, p, []publication.ShownItem{shown("i", "AAAA2-00000", old)}, nil); d.State != publication.PlaceCurrent || d.ToDo() != 0 || !d.First.IsZero() {
		t.Errorf("replaced: %+v", d)
	}
	if d := drift(14, p, nil, nil); d.State != publication.PlaceEmpty {
		t.Errorf("nothing registered: %+v", d)
	}
	owed := publication.OwedItem{ItemID: "k", Name: "k", Issue: issue(2, 10, "k", stands)}
	if d := drift(13, p, both[1:], nil, owed); d.State != publication.PlaceMissing || d.Missing != 1 || d.Late {
		t.Errorf("an item is missing: %+v", d)
	}
	if d := drift(13, &publication.Place{CreatedAt: at(1), Crawl: publication.Crawl{Live: true}}, nil, nil, owed); d.State != publication.PlaceCurrent || d.Missing != 0 {
		t.Errorf("a page that embeds the portal: %+v", d)
	}
	if d := drift(13, &publication.Place{CreatedAt: at(1), ClosedAt: at(2)}, nil, nil, owed); d.State != publication.PlaceClosed || d.ToDo() != 0 {
		t.Errorf("a closed place owes nothing: %+v", d)
	}
	doubt := publication.Sighting{ItemID: "i", Code: "AAAA1-00000", Source: publication.SeenByAnybody, Doubt: publication.DoubtOld, FirstAt: at(12), At: at(12)}
	if d := drift(14, p, []publication.ShownItem{shown("i", "AAAA2-00000", old)}, []publication.Sighting{doubt}); d.State != publication.PlaceDoubt || d.Doubts != 1 || d.First != calendar.NewDate(2018, 9, 17) {
		t.Errorf("anybody saw the old one: %+v", d)
	}
	doubt.Source = publication.SeenByStaff
	if d := drift(14, p, []publication.ShownItem{shown("i", "AAAA2-00000", old)}, []publication.Sighting{doubt}); d.State != publication.PlaceStale || d.Stale != 1 || d.Current != 1 {
		t.Errorf("staff saw the old one: %+v", d)
	}
	doubt.Source, doubt.Doubt, doubt.Code = publication.SeenByAnybody, publication.DoubtNewer, "AAAA2-00000"
	if d := drift(14, p, both, []publication.Sighting{doubt}); d.Stale != 1 || d.Doubts != 0 || d.Lines[0].Seen == nil {
		t.Errorf("anybody saw the new one: %+v", d)
	}
}

func TestPlaceValidate(t *testing.T) {
	good := publication.Place{Kind: publication.PlaceWeb, Name: " 局网站 ", URL: "https://www.example.gov.cn/a?b=c"}
	if err := good.Validate(); err != nil || good.Name != "局网站" {
		t.Errorf("%v %q", err, good.Name)
	}
	for _, tt := range []struct {
		p    publication.Place
		path string
	}{
		{publication.Place{Kind: "别的", Name: "甲"}, "kind"},
		{publication.Place{Kind: publication.PlaceHall, Name: "  "}, "name"},
		{publication.Place{Kind: publication.PlaceHall, Name: strings.Repeat("长", 61)}, "name"},
		{publication.Place{Kind: publication.PlaceWeb, Name: "甲"}, "url"},
		{publication.Place{Kind: publication.PlaceWeb, Name: "甲", URL: "file:///etc/passwd"}, "url"},
		{publication.Place{Kind: publication.PlaceWeb, Name: "甲", URL: "https://u:p@example.org/"}, "url"},
	} {
		f := fault.Fields(tt.p.Validate())
		if len(f) != 1 || f[0].Path != tt.path {
			t.Errorf("%+v: %v", tt.p, f)
		}
	}
	p := publication.Place{Name: "甲", TouchedAt: at(10)}
	if p.CheckEvidence(at(10).Add(-time.Minute)) != nil {
		t.Error("clocks of two servers may differ by a minute")
	}
	if err := p.CheckEvidence(at(9)); !fault.Is(err, fault.Conflict) || !strings.Contains(fault.Text(err), "校准服务器时钟") {
		t.Errorf("a clock set back: %v", err)
	}
}

func TestCheckDisplay(t *testing.T) {
	own := func(id string) bool { return id == "u1" || id == "sub" }
	it := &publication.PublishedItem{ReleaseItem: publication.ReleaseItem{BatchItem: publication.BatchItem{UnitID: "u2"}}}
	for _, k := range publication.PlaceKinds {
		err := (&publication.Place{Kind: k}).CheckDisplay("AAAAA-00000", it, own)
		if (err == nil) != k.Shared() {
			t.Errorf("%s shows another unit's item: %v", k, err)
		}
	}
	if err := (&publication.Place{Kind: publication.PlaceHall, ClosedAt: at(1), ClosedWhy: "装修"}).CheckDisplay("AAAAA-00000", it, own); !fault.Is(err, fault.Conflict) {
		t.Errorf("a closed place: %v", err)
	}
}

func TestFindShown(t *testing.T) {
	const page = `<html><head><title>x</title><!-- 核验码 HHHHH-00001 is hidden --></head><body>
<a href="https://zw.example.gov.cn/verify?at=ABCDEFGH&amp;code=7k3qd2m8xa">核验</a>
<p>核验码：<b>AAAAA-00001</b>　第一批</p><p>核验码&nbsp;BBBBB-00002</p>
联系电话 12345-67890，型号 DDDDD-00004。
编码 11130531MB123456234000123006000，<span>11130531MB1234562340001230060001234</span>
<i>` + "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef" + `</i></body></html>`
	f := publication.FindShown(page)
	if want := []string{"7K3QD-2M8XA", "AAAAA-00001", "BBBBB-00002"}; !slices.Equal(f.Codes, want) {
		t.Errorf("codes %v, want %v", f.Codes, want)
	}
	if want := []string{"12345-67890", "DDDDD-00004"}; !slices.Equal(f.Perhaps, want) {
		t.Errorf("perhaps %v, want %v", f.Perhaps, want)
	}
	if want := []string{"11130531MB123456234000123006000"}; !slices.Equal(f.Items, want) {
		t.Errorf("items %v, want %v", f.Items, want)
	}
	if len(f.Releases) != 1 || f.Live {
		t.Errorf("releases %v, live %v", f.Releases, f.Live)
	}
	for _, live := range []string{`<iframe src="https://zw.example.gov.cn/embed/items/frame?unit=1"></iframe>`, `fetch("/embed/releases?limit=5")`} {
		if !publication.FindShown(live).Live {
			t.Errorf("%s is live", live)
		}
	}
	if publication.FindShown(`<a href="/embed">怎样嵌入</a> /embed/search`).Live {
		t.Error("a search box shows no items")
	}
	if f := publication.FindShown("AAAAA-00001 AAAAB-00001,AAAAC-00001"); len(f.Perhaps) != 3 {
		t.Errorf("side by side: %v", f.Perhaps)
	}
}

func FuzzFindShown(f *testing.F) {
	f.Add("<a href='/verify?code=7K3QD-2M8XA'>")
	f.Add("核验码　AAAAA-00001<!--")
	f.Fuzz(func(t *testing.T, page string) {
		for _, c := range publication.FindShown(page).Codes {
			if publication.NormalizeVerifyCode(c) != c {
				t.Errorf("%q is no code", c)
			}
		}
		_, _ = publication.ReadCodes(page)
	})
}

func TestReadCodes(t *testing.T) {
	got, err := publication.ReadCodes("\ufeff事项,核验码,形式\n旅行社许可,7K3QD-2M8XA,海报\n\n  7k3qd2m8xb  \nhttps://zw.example.gov.cn/verify?code=7K3QD-2M8XC&at=ABCDEFGH\n7K3QD—2M8XD\nhello world\n核验码 OOOOO-IIII1\nKAXMV-VVKXM\n")
	if err != nil {
		t.Fatal(err)
	}
	want := []publication.CodeLine{{2, "旅行社许可,7K3QD-2M8XA,海报", "7K3QD-2M8XA"}, {4, "7k3qd2m8xb", "7K3QD-2M8XB"},
		{5, "https://zw.example.gov.cn/verify?code=7K3QD-2M8XC&at=ABCDEFGH", "7K3QD-2M8XC"}, {6, "7K3QD—2M8XD", "7K3QD-2M8XD"}, {7, "hello world", ""}, {8, "核验码 OOOOO-IIII1", "00000-11111"}, {9, "KAXMV-VVKXM", "KAXMV-VVKXM"}}
	if !slices.Equal(got, want) {
		t.Errorf("got %+v", got)
	}
	if _, err := publication.ReadCodes(strings.Repeat("x\n", 5001)); !fault.Is(err, fault.Invalid) {
		t.Errorf("a list without end: %v", err)
	}
}
