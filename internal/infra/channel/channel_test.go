package channel

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/publication"
)

func TestWeiboLength(t *testing.T) {
	for text, want := range map[string]int{
		"": 0, "a": 1, "ab": 1, "abc": 2, "一": 1, "一a": 2, "，": 1, ",": 1, "一ab二": 3, "😀": 2, "Ａ": 1,
		"https://example.gov.cn/b/1": 10, "详见 https://example.gov.cn/very/long/address?with=a&query=b 。": 14, "http://a": 10,
	} {
		if got := WeiboLength(text); got != want {
			t.Errorf("WeiboLength(%q) = %d, want %d", text, got, want)
		}
	}
}

var publisher = Publisher{Place: "广宗县", Page: "https://zwfw.example.gov.cn/batches/1", Short: "https://zwfw.example.gov.cn/b/1"}

// release makes a release of n items of some units; names of random length.
func release(r *rand.Rand, n, longest int) *publication.Summary {
	var items []publication.ReleaseItem
	for i := range n {
		it := publication.ReleaseItem{BatchItem: publication.BatchItem{ItemID: fmt.Sprint(i), UnitID: fmt.Sprint(i / 7), UnitName: fmt.Sprintf("广宗县第%d局", i/7), Visits: r.IntN(4),
			Name: fmt.Sprintf("%d号%s", i, strings.Repeat("事项", 1+r.IntN(longest))), Standing: publication.StandingPublished}}
		items = append(items, it)
	}
	return publication.Summarise(publication.Release{Seq: 1, Number: "2018-001", Kind: publication.KindBatch, BatchNo: 1, Title: "第一批", DocNo: "广政字〔2018〕12号", DocDate: calendar.NewDate(2018, 9, 30),
		Count: n, Hash: strings.Repeat("0123456789abcdef", 4)}, items)
}

// TestPosts: whatever a release holds, each post is within the limit, leads to
// the release and has its number; nothing is left out of a series that tells items.
func TestPosts(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	most := LimitOf("weibo.post").Most
	for round := range 300 {
		s := release(r, 1+r.IntN(90), []int{3, 10, 40}[round%3])
		s.Demo = round%2 == 0
		posts := Posts(s, publisher)
		all := ""
		for i, p := range posts {
			all += p.Text
			if p.Length > most || p.Length != WeiboLength(p.Text) {
				t.Fatalf("post %d of %d has %d (said %d): %s", i+1, len(posts), WeiboLength(p.Text), p.Length, p.Text)
			}
			if !strings.HasPrefix(p.Text, "#最多跑一次#") || !strings.Contains(p.Text, publisher.Short) || s.Demo != strings.Contains(p.Text, demo) {
				t.Fatalf("post without tag, link or mark: %s", p.Text)
			}
			if number := fmt.Sprintf("(%d/%d)", i+1, len(posts)); len(posts) > 1 != strings.HasSuffix(p.Text, number) {
				t.Fatalf("post %d of %d: %s", i+1, len(posts), p.Text)
			}
		}
		if want := fmt.Sprintf("共 %d 项：一次也不用跑 %d 项，最多跑一次 %d 项", s.Total, s.None, s.One); !strings.Contains(posts[0].Text, want) {
			t.Fatalf("the first post lacks %q: %s", want, posts[0].Text)
		}
		for _, u := range s.Units {
			if !strings.Contains(all, u.Name) {
				t.Fatalf("%s is left out", u.Name)
			}
			for _, it := range u.Items {
				if len(s.Units) > 0 && s.Count <= longSeries && WeiboLength(it.Name) < 80 && !strings.Contains(all, it.Name) {
					t.Fatalf("%s is left out", it.Name)
				}
			}
		}
	}
	if posts := Posts(release(r, 1, 1), publisher); len(posts) != 1 {
		t.Errorf("one item makes %d posts", len(posts))
	}
	long := release(r, 3, 1)
	long.Kind, long.Title = publication.KindAdjustment, strings.Repeat("调整若干事项", 40)
	for _, p := range Posts(long, publisher) {
		if p.Length > most {
			t.Errorf("a long title: %d", p.Length)
		}
	}
}

// pasted is what the official editor lets through: these tags, with a style.
var pasted = []string{"section", "p", "span", "strong", "br", "table", "tbody", "tr", "td"}

func TestArticle(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	s := release(r, 50, 6)
	s.Demo = true
	s.Units[0].Items[0].Name = `<b>甲</b>&"乙"`
	a, err := NewArticle(s, publisher)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := html.Parse(strings.NewReader(string(a.HTML)))
	if err != nil {
		t.Fatal(err)
	}
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode || slices.Contains([]string{"html", "head", "body"}, n.Data) {
			continue
		}
		if !slices.Contains(pasted, n.Data) {
			t.Errorf("the editor takes <%s> out", n.Data)
		}
		for _, at := range n.Attr {
			if at.Key != "style" {
				t.Errorf("the editor takes %s=%q out", at.Key, at.Val)
			}
			for _, bad := range []string{"position", "float", "url(", "var(", "flex", "transform", "script"} {
				if strings.Contains(at.Val, bad) {
					t.Errorf("%s is lost when pasted: %s", bad, at.Val)
				}
			}
		}
	}
	text := textOf(string(a.HTML))
	for _, want := range []string{"经县政府批准", "第一批“最多跑一次”事项", fmt.Sprintf("共 %d 项", s.Total), "演示数据", "2018-001", "0123456789abcdef", publisher.Short, "12345", "&lt;b&gt;甲"} {
		if !strings.Contains(text, want) {
			t.Errorf("the article does not say %q", want)
		}
	}
	for _, u := range s.Units[1:] {
		for _, it := range u.Items {
			if !strings.Contains(text, it.Name) {
				t.Errorf("the article lacks %s", it.Name)
			}
		}
	}
	if a.Abridged || len([]rune(a.Title)) > LimitOf("wechat.title").Most || len([]rune(a.Digest)) > LimitOf("wechat.digest").Most {
		t.Errorf("%+v", a)
	}

	many, err := NewArticle(release(r, 2000, 8), publisher)
	if err != nil || !many.Abridged || many.Length > LimitOf("wechat.text").Most || !strings.Contains(string(many.HTML), "阅读原文") {
		t.Errorf("2,000 items: %v, %d characters, abridged %v", err, many.Length, many.Abridged)
	}
}

func TestAdjustmentArticle(t *testing.T) {
	items := []publication.ReleaseItem{{BatchItem: publication.BatchItem{ItemID: "1", UnitID: "u", UnitName: "县教育局", Name: "旧事项", Visits: 1, Standing: publication.StandingCancelled, Op: publication.OpCancel, Reason: "依据已经废止"}},
		{BatchItem: publication.BatchItem{ItemID: "2", UnitID: "u", UnitName: "县教育局", Name: "新事项", Visits: 0, Standing: publication.StandingPublished, Op: publication.OpAdd}}}
	s := publication.Summarise(publication.Release{Seq: 2, Number: "2018-002", Kind: publication.KindAdjustment, Title: "调整事项两项", Count: 2, Hash: strings.Repeat("a", 64)}, items)
	a, err := NewArticle(s, publisher)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"取消", "旧事项", "依据已经废止", "新增", "新事项", "一次也不用跑"} {
		if !strings.Contains(string(a.HTML), want) {
			t.Errorf("the article does not say %q: %s", want, a.HTML)
		}
	}
	if a.Title != "广宗县调整事项两项" || s.Total != 1 {
		t.Errorf("%s, %d in force", a.Title, s.Total)
	}
	if p := Posts(s, publisher); len(p) != 1 || !strings.Contains(p[0].Text, "取消：旧事项") {
		t.Errorf("%+v", p)
	}
}
