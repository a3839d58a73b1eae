package web

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"onevisit/internal/app/portal"
	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/publication"
	"onevisit/internal/domain/visit"
	"onevisit/internal/infra/store/storetest"
)

func goodGuide(t *testing.T) *portal.Guide {
	t.Helper()
	b, err := os.ReadFile("../../domain/catalog/testdata/good_item.json")
	if err != nil {
		t.Fatal(err)
	}
	it := new(catalog.Item)
	if err := json.Unmarshal(b, it); err != nil {
		t.Fatal(err)
	}
	a, err := visit.AssessItem(it)
	if err != nil {
		t.Fatal(err)
	}
	return &portal.Guide{Entry: portal.Entry{ID: "i1", Name: it.Name, UnitID: "u1", UnitName: it.Unit, Visits: a.Visits}, Item: it, Assessment: a,
		Release: publication.Release{Seq: 3, Number: "第3号", Title: "第三批", DocNo: "某政办〔2018〕9号", DocDate: calendar.MustDate("2018-09-30")}, VerifyCode: "7K3QD-2M8XA"}
}

func show(t *testing.T, v *guide) string {
	t.Helper()
	var b strings.Builder
	if err := guideView(v).Render(context.Background(), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestGuideAnswersEverything(t *testing.T) {
	g := goodGuide(t)
	page := show(t, newGuide(g, nil, calendar.Embedded(), time.Unix(1_538_000_000, 0)))
	for _, want := range []string{`id="visits"`, "要多久", "多少钱", "带什么", "在哪办", g.VerifyCode, "2018年9月30日（周日）", "某政办〔2018〕9号", "第3号"} {
		if !strings.Contains(page, want) {
			t.Errorf("the guide lacks %q", want)
		}
	}
	for _, m := range g.Item.Materials {
		if !strings.Contains(page, m.Name) {
			t.Errorf("the guide lacks the material %q", m.Name)
		}
	}
	for _, e := range catalog.Elements().Elements {
		if !strings.Contains(page, "<b>"+e.Name+"</b>") {
			t.Errorf("the guide lacks the element %q", e.Name)
		}
	}
	if n := strings.Count(page, `answer-why trip"`); n != g.Assessment.Visits {
		t.Errorf("%d trips told of %d", n, g.Assessment.Visits)
	}
	ids := map[string]bool{}
	for _, m := range regexp.MustCompile(` id="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		if ids[m[1]] {
			t.Errorf("id %q twice", m[1])
		}
		ids[m[1]] = true
	}
}

func TestGuideShrinksToTheCase(t *testing.T) {
	g := goodGuide(t)
	hall := &catalog.Process{Sites: []catalog.Site{{ID: "s", Name: "综合窗口"}}, Steps: []catalog.Step{{ID: "a", Name: "申请"}},
		Touchpoints: []catalog.Touchpoint{{ID: "t", Duty: catalog.DutySubmit, From: "a", To: "a", Site: "s"}}}
	home := &catalog.Process{Steps: []catalog.Step{{ID: "a", Name: "申请"}}, Touchpoints: []catalog.Touchpoint{}}
	g.Item.Materials = []catalog.Material{{ID: "m1", Name: "申请表"}, {ID: "m2", Name: "检测报告"}}
	g.Item.Scenarios = &catalog.Scenarios{
		Questions: []catalog.Question{{ID: "q1", Text: "是否有集中空调？", Options: []string{"是", "否"}}},
		Leaves: []catalog.Leaf{
			{When: map[string]catalog.Options{"q1": {"否"}}, Name: "无集中空调", Materials: []string{"m1"}, Process: home},
			{When: map[string]catalog.Options{"q1": {"是"}}, Name: "有集中空调", Process: hall, PromisedLimit: &catalog.Limit{N: 3, Unit: catalog.UnitWorkday}},
		}}
	var err error
	if g.Assessment, err = visit.AssessItem(g.Item); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		query, name string
		visits      int
		materials   int
	}{
		{"", "", 1, 2},
		{"q1=乱写", "", 1, 2},
		{"q1=否", "无集中空调", 0, 1},
		{"q1=是", "有集中空调", 1, 2},
	} {
		q, _ := url.ParseQuery(c.query)
		v := newGuide(g, q, calendar.Embedded(), time.Unix(1_538_000_000, 0))
		if v.Case != c.name || v.Ways.Visits != c.visits || len(v.Materials) != c.materials {
			t.Errorf("%q: case %q, %d visits, %d materials", c.query, v.Case, v.Ways.Visits, len(v.Materials))
		}
		if page := show(t, v); strings.Contains(page, `value="m2"`) != (c.materials == 2) {
			t.Errorf("%q: the page shows other materials", c.query)
		}
	}
	if v := newGuide(g, nil, calendar.Embedded(), time.Unix(1_538_000_000, 0)); len(v.trips()) != 1 || !strings.HasPrefix(v.trips()[0], "第 1 次：到综合窗口，交材料。") {
		t.Errorf("trips %q", v.trips())
	}
}

// The questions of a guide are links: each answer has an address, the last one
// leads to the case, and every answer can be taken back.
func TestGuideAsksOneByOne(t *testing.T) {
	g := goodGuide(t)
	g.Item.Scenarios = &catalog.Scenarios{
		Questions: []catalog.Question{{ID: "q1", Text: "甲？", Options: []string{"是", "否"}}, {ID: "q2", Text: "乙？", Options: []string{"有", "无"}}},
		Leaves: []catalog.Leaf{{Name: "否", When: map[string]catalog.Options{"q1": {"否"}}}, {Name: "是，有", When: map[string]catalog.Options{"q1": {"是"}, "q2": {"有"}}},
			{Name: "是，无", When: map[string]catalog.Options{"q1": {"是"}, "q2": {"无"}}}}}
	open := func(address string) *guide {
		u, err := url.Parse(address)
		if err != nil || u.Path != "/items/"+g.ID {
			t.Fatal(address, err)
		}
		return newGuide(g, u.Query(), nil, time.Unix(0, 0))
	}
	v := open("/items/" + g.ID)
	_, text, options, ok := v.asked()
	if !ok || text != "甲？" || len(options) != 2 {
		t.Fatal(text, options, ok)
	}
	if no := open(options[1].Href); no.Case != "否" {
		t.Errorf("one answer is enough, got %q", no.Case)
	}
	yes := open(options[0].Href)
	_, text, options, ok = yes.asked()
	if !ok || text != "乙？" || yes.Case != "" {
		t.Fatal(text, ok, yes.Case)
	}
	v = open(options[1].Href)
	if _, _, _, ok := v.asked(); ok || v.Case != "是，无" || len(v.answered()) != 2 {
		t.Error(v.Case, v.answered())
	}
	if back := open(v.answered()[1].change); back.Answers["q1"] != "是" || len(back.Answers) != 1 {
		t.Error(back.Answers)
	}
	page := show(t, v)
	if strings.Contains(page, `id="case"`) || !strings.Contains(page, "是，无") {
		t.Error("the page does not show the case")
	}
}

// Ticks stand in the address for one version of the guide.
func TestChecklistCarriesItsTicks(t *testing.T) {
	g := goodGuide(t)
	open := func(q url.Values) *guide { return newGuide(g, q, nil, time.Unix(0, 0)) }
	v := open(url.Values{"have": {"m1"}, "v": {g.VerifyCode}})
	u, err := url.Parse(v.checklistHref(true))
	if err != nil || u.Query().Get("v") != g.VerifyCode || u.Query().Get("have") != "m1" {
		t.Error(u, err)
	}
	var b strings.Builder
	if err := checklistView(v).Render(context.Background(), &b); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), `value="m1" checked`) || !strings.Contains(b.String(), "还缺 ") {
		t.Error("the tick is lost")
	}
	old := open(url.Values{"have": {"m1"}, "v": {"AAAAA-AAAAA"}})
	if !old.Outdated || old.Have["m1"] {
		t.Error("ticks of another version count")
	}
}

func TestGuideKnowsTheDay(t *testing.T) {
	g := goodGuide(t)
	g.Item.PromisedLimit = catalog.Limit{N: 7, Unit: catalog.UnitWorkday}
	g.Item.Places = []catalog.Place{{Name: "大厅", Hours: "工作日 9:00—12:00，13:30—17:30"}}
	at := func(s string) time.Time {
		when, err := time.ParseInLocation("2006-01-02 15:04", s, calendar.Beijing)
		if err != nil {
			t.Fatal(err)
		}
		return when
	}
	for _, c := range []struct{ now, due, open, until string }{
		{"2018-09-29 10:00", "今天受理的，最迟 2018年10月15日（周一）办结", "现在开放到 12:00", "2018-09-29 12:00"},
		{"2018-10-03 10:00", "下一个工作日受理的，最迟 2018年10月17日（周三）办结", "今天休息（国庆节）", "2018-10-04 00:00"},
		{"2018-10-15 20:00", "今天受理的，最迟 2018年10月24日（周三）办结", "今天已下班", "2018-10-16 00:00"},
	} {
		v := newGuide(g, nil, calendar.Embedded(), at(c.now))
		if v.due() != c.due {
			t.Errorf("%s: %s", c.now, v.due())
		}
		if page := show(t, v); !strings.Contains(page, c.open) || !strings.Contains(page, c.due) {
			t.Errorf("%s: the page does not say %q", c.now, c.open)
		}
		if !v.Until.Equal(at(c.until)) {
			t.Errorf("%s: holds until %s", c.now, v.Until)
		}
	}
	if v := newGuide(g, nil, calendar.Embedded(), at("2031-01-06 10:00")); v.due() != "" {
		t.Error("a day is named in a year without a notice:", v.due())
	}
}

func TestWhoElseCanCome(t *testing.T) {
	g := goodGuide(t)
	g.Item.Type = "行政许可"
	v := newGuide(g, nil, nil, time.Unix(0, 0))
	if s := strings.Join(v.agents(), ""); !strings.Contains(s, "可以委托他人代办") {
		t.Error(s)
	}
	v.Process.Touchpoints[0].Law = "《居民身份证法》第十条"
	if s := strings.Join(v.agents(), ""); !strings.Contains(s, "不能代办") || !strings.Contains(s, "《居民身份证法》第十条") {
		t.Error(s)
	}
	if !strings.Contains(v.offline(), "窗口") {
		t.Error(v.offline())
	}
	g.Item.Places, g.Item.Channels = nil, []string{"电脑端网上办理"}
	if !strings.Contains(v.offline(), "只在网上") {
		t.Error(v.offline())
	}
}

func TestHighlight(t *testing.T) {
	for _, c := range []struct {
		name  string
		marks []portal.Span
		want  string
	}{
		{"食品经营许可", []portal.Span{{From: 0, To: 2}}, "[食品]经营许可"},
		{"食品经营许可", []portal.Span{{From: 0, To: 1}, {From: 5, To: 6}}, "[食]品经营许[可]"},
		{"ETC 办理", []portal.Span{{From: 0, To: 3}}, "[ETC] 办理"},
		{"食品", nil, "食品"},
		{"", []portal.Span{{From: 0, To: 2}}, ""},
		{"食品", []portal.Span{{From: 1, To: 9}}, "食[品]"},
		{"食品", []portal.Span{{From: 0, To: 1}, {From: 1, To: 2}}, "[食品]"},
		{"<b>食品", []portal.Span{{From: 1, To: 4}}, "&lt;[b&gt;食]品"},
		{"<b>食品", nil, "&lt;b&gt;食品"},
	} {
		got := strings.NewReplacer("<mark>", "[", "</mark>", "]").Replace(highlight(c.name, c.marks))
		if got != c.want {
			t.Errorf("highlight(%q, %v) = %s, want %s", c.name, c.marks, got, c.want)
		}
	}
	var b strings.Builder
	if err := entryLine(portal.Entry{Name: "食品经营许可"}, []portal.Span{{From: 2, To: 4}}, false).Render(context.Background(), &b); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), "食品<mark>经营</mark>许可") {
		t.Error("blanks between the parts of a name:", b.String())
	}
}

func TestSamePlace(t *testing.T) {
	for back, want := range map[string]bool{
		"/": true, "/search?q=%E9%A3%9F&from=20": true, "/items/1#way": true,
		"": false, "//evil.example": false, "https://evil.example": false, "/\\evil.example": false, "/\t/evil.example": false, "\\/evil": false, "javascript:alert(1)": false, "evil": false, "/\r\nX: y": false,
	} {
		if samePlace(back) != want {
			t.Errorf("samePlace(%q) = %v", back, !want)
		}
	}
}

func TestTelHref(t *testing.T) {
	for in, want := range map[string]string{"0319-7260001": "tel:03197260001", "0319-7260001 转 8": "tel:03197260001", "12345": "tel:12345", "0319-1、0319-2": "tel:03191"} {
		if got := telHref(in); got != want {
			t.Errorf("telHref(%q) = %q", in, got)
		}
	}
	if isPhone("https://example.org") || isPhone("a12345@example.org") || isPhone("政务大厅 2 楼") || !isPhone("12345") {
		t.Error("isPhone")
	}
}

func TestEmptyPortal(t *testing.T) {
	s := New(Config{Portal: portal.New(storetest.OpenSQLite(t), nil, nil, nil), County: func() org.County { return org.County{Name: "某某县"} }, Demo: true, Now: func() time.Time { return time.Unix(0, 0) }})
	get := func(path string, header ...string) *http.Response {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		for i := 0; i < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		return w.Result()
	}
	for path, status := range map[string]int{"/": 200, "/events": 200, "/events/birth": 200, "/events/none": 404, "/names": 200, "/names/A": 200, "/lists/zero": 200, "/lists/most-used": 200, "/lists/none": 404, "/bundles": 200, "/bundles/none": 404, "/search": 200, "/search?q=x&visits=9&from=-3": 200, "/units": 200, "/batches": 200, "/adjustments": 200, "/adjustments?op=x&unit=y&from=-4": 200, "/batches/1/papers/x.pdf": 404, "/log": 200, "/log/0": 404, "/log/x": 404, "/commitments": 200, "/commitments/x": 404, "/verify": 200, "/verify?code=1": 200,
		"/robots.txt": 200, "/items/none": 404, "/units/none": 404, "/batches/1": 404, "/batches/x": 404, "/nowhere": 404} {
		r := get(path)
		if r.StatusCode != status {
			t.Errorf("%s: %d, want %d", path, r.StatusCode, status)
		}
		if (status == 404) != (r.Header.Get("ETag") == "") && !strings.HasPrefix(path, "/verify") && !strings.HasPrefix(path, "/log") && !strings.HasPrefix(path, "/commitments") && path != "/robots.txt" {
			t.Errorf("%s: ETag %q", path, r.Header.Get("ETag"))
		}
	}
	first := get("/")
	tag := first.Header.Get("ETag")
	if first.Header.Get("Vary") != "Cookie, Accept-Encoding" || first.Header.Get("Cache-Control") != "no-cache" {
		t.Error("headers", first.Header)
	}
	for _, given := range []string{tag, "W/" + tag, `"other", ` + tag} {
		if r := get("/", "If-None-Match", given); r.StatusCode != http.StatusNotModified {
			t.Errorf("If-None-Match %s: %d", given, r.StatusCode)
		}
	}
	if r := get("/", "If-None-Match", tag, "Cookie", elderCookie+"=1"); r.StatusCode != http.StatusOK {
		t.Error("elder mode is served the other page's 304")
	}
	r := get("/elder?on=1&back=%2Funits")
	if r.Header.Get("Location") != "/units" || !strings.Contains(r.Header.Get("Set-Cookie"), elderCookie+"=1") {
		t.Error("elder", r.Header)
	}
	if r := get("/elder?on=1&back=%2F%09%2Fevil.example"); r.Header.Get("Location") != "/" {
		t.Error("elder leads away:", r.Header.Get("Location"))
	}
}

// A material that only some cases want says so until the case is chosen, and a
// form that cannot be loaded is not passed over in silence.
func TestChecklistIsHonest(t *testing.T) {
	g := goodGuide(t)
	g.Item.Materials = []catalog.Material{
		{ID: "a", Name: "设立登记申请表", Form: "统一格式申请表", Originals: 1},
		{ID: "b", Name: "变更申请书"},
		{ID: "c", Name: "租赁合同", OnlyIf: map[string]catalog.Options{"q1": {"租的"}}},
		{ID: "d", Name: "租赁申请书", Form: "https://www.example.gov.cn/form.docx"},
	}
	g.Item.Scenarios = &catalog.Scenarios{Questions: []catalog.Question{{ID: "q1", Text: "自己的，还是租的？", Options: []string{"自己的", "租的"}}},
		Leaves: []catalog.Leaf{{Name: "自有", When: map[string]catalog.Options{"q1": {"自己的"}}, Process: g.Item.Process}, {Name: "租用", When: map[string]catalog.Options{"q1": {"租的"}}, Process: g.Item.Process}}}
	v := newGuide(g, nil, nil, time.Unix(0, 0))
	list := v.checklist()
	for i, want := range []string{"“统一格式申请表”本站不能下载", "本站没有空白表格", "只有这些情形才要：“租用”", ""} {
		if !strings.Contains(list[i].Note, want) || want == "" && list[i].Note != "" {
			t.Errorf("%s: %q", list[i].Label, list[i].Note)
		}
	}
	if len(list[3].Links) != 1 || !strings.HasPrefix(v.bring(), "最多 4 样") {
		t.Errorf("%v %s", list[3].Links, v.bring())
	}
	v = newGuide(g, url.Values{"q1": {"租的"}}, nil, time.Unix(0, 0))
	if list := v.checklist(); v.Case != "租用" || strings.Contains(list[2].Note, "情形") || strings.HasPrefix(v.bring(), "最多") {
		t.Errorf("%s: %+v %s", v.Case, list[2], v.bring())
	}
}

// Every item of a large batch stands on exactly one of its pages; a unit and words
// narrow it; an address behind the end leads to the last page.
func TestPagesOfABatch(t *testing.T) {
	r := &publication.Release{Seq: 7, Count: 123}
	var all []portal.PublishedItem
	for i := range 123 {
		var it portal.PublishedItem
		it.ItemID, it.UnitID, it.UnitName, it.Name = fmt.Sprint(i), fmt.Sprint(i/40), fmt.Sprintf("第%d局", i/40), fmt.Sprintf("事项 %d ABC", i)
		all = append(all, it)
	}
	seen := map[string]int{}
	for from := 0; from < 150; from += releasePage {
		d := releaseData{Release: r, All: all, From: from}
		d.choose()
		for _, g := range d.groups() {
			for _, it := range g.items {
				if it.UnitName != g.name {
					t.Errorf("%s stands under %s", it.Name, g.name)
				}
				seen[it.ItemID]++
			}
		}
		if p := d.pager(); (p.NextHref == "") != (from == 100) || (p.PrevHref == "") != (from == 0) {
			t.Errorf("from %d: %+v", from, p)
		}
	}
	for id, n := range seen {
		if n != 1 {
			t.Errorf("item %s stands on %d pages", id, n)
		}
	}
	if len(seen) != 123 {
		t.Errorf("%d items", len(seen))
	}
	for _, c := range []struct {
		d           releaseData
		from, total int
	}{{releaseData{From: 9999}, 100, 123}, {releaseData{From: -5}, 0, 123}, {releaseData{Unit: "3"}, 0, 3}, {releaseData{Text: "abc 12"}, 0, 5}, {releaseData{Text: "没有"}, 0, 0}} {
		c.d.Release, c.d.All = r, all
		c.d.choose()
		if c.d.From != c.from || c.d.Total != c.total {
			t.Errorf("%q %q: from %d of %d, want %d of %d", c.d.Unit, c.d.Text, c.d.From, c.d.Total, c.from, c.total)
		}
	}
}
