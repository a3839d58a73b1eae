package channel

import (
	"fmt"
	"strings"

	"onevisit/internal/domain/publication"
	"onevisit/internal/domain/visit"
)

// Publisher is who speaks and where the release can be read.
type Publisher struct {
	Place string // 广宗县
	// Page is the address of the release on the portal, Short the shortest one
	// that leads there.
	Page, Short string
}

// name is what the release is called: 第一批“最多跑一次”事项.
func name(s *publication.Summary) string {
	if s.Kind == publication.KindAdjustment {
		return s.Title
	}
	return publication.BatchOrdinal(s.BatchNo) + "“最多跑一次”事项"
}

// Lead says in a sentence what a release is, with its figures.
func Lead(s *publication.Summary, p Publisher) string {
	doc := ""
	if s.DocNo != "" {
		doc = "（" + s.DocNo + "）"
	}
	if s.Kind == publication.KindAdjustment {
		return fmt.Sprintf("%s%s%s，涉及 %d 项。", p.Place, s.Title, doc, s.Count)
	}
	t := fmt.Sprintf("%s公布%s%s，共 %d 项：一次也不用跑 %d 项，最多跑一次 %d 项", p.Place, name(s), doc, s.Total, s.None, s.One)
	if s.More > 0 {
		t += fmt.Sprintf("，暂须跑两次及以上 %d 项", s.More)
	}
	return t + "。"
}

// Line says one item of a release in a line.
func Line(it publication.ReleaseItem) string {
	if it.Op == "" {
		return it.Name + "：" + visit.Words(it.Visits)
	}
	t := string(it.Op) + "：" + it.Name
	if it.Available() {
		return t + "，" + visit.Words(it.Visits)
	}
	return t
}

// Post is one text for Weibo.
type Post struct {
	Text   string
	Length int // as Weibo counts
}

const (
	tag  = "#最多跑一次#"
	demo = "【演示数据】"
)

// Posts are the texts that announce a release on Weibo: the figures, and with
// items by unit as many as the limit asks for, numbered (1/3), (2/3) where one is
// not enough. Each is within the limit, and each has the short link. Items are
// never cut; a name longer than a whole post is shortened with an ellipsis, and
// the link leads to it.
func Posts(s *publication.Summary, p Publisher) []Post {
	most := LimitOf("weibo.post").Most
	head := tag
	if s.Demo {
		head += demo
	}
	tail := "详见 " + p.Short
	first := head + Lead(s, p)
	var lines []string
	for i := range s.Units {
		u := &s.Units[i]
		lines = append(lines, "▪"+u.Name)
		for k := range u.Items {
			lines = append(lines, Line(u.Items[k]))
		}
	}
	if all := first + strings.Join(lines, "；") + "。" + tail; WeiboLength(all) <= most {
		return []Post{{all, WeiboLength(all)}}
	}
	// A batch of hundreds is not told item by item: then each unit with its number.
	if s.Count > longSeries {
		lines = nil
		for i := range s.Units {
			u := &s.Units[i]
			lines = append(lines, fmt.Sprintf("%s %d 项", u.Name, len(u.Items)))
		}
	}
	// The number behind the text is as long as the longest that may come.
	numbered := func(i, n int) string { return fmt.Sprintf("(%d/%d)", i, n) }
	width := WeiboLength(numbered(99, 99))
	for {
		texts := pack(first, head, tail, lines, most-width)
		if w := WeiboLength(numbered(len(texts), len(texts))); w > width {
			width = w
			continue
		}
		out := make([]Post, len(texts))
		for i, t := range texts {
			if len(texts) > 1 {
				t += numbered(i+1, len(texts))
			}
			out[i] = Post{t, WeiboLength(t)}
		}
		return out
	}
}

// longSeries is how many items are still told one by one: more would be a series
// that nobody reads to its end.
const longSeries = 60

// pack fills texts of at most the given length: the first begins with first, the
// others with head, and each ends with tail.
func pack(first, head, tail string, lines []string, most int) []string {
	var out []string
	for rs := []rune(first); WeiboLength(first+tail) > most; first = string(rs) + "…" { // a title of many words
		rs = rs[:len(rs)-1]
	}
	now, empty := first, true
	put := func(l string) bool {
		t := now
		if !empty {
			t += "；"
		}
		if WeiboLength(t+l+"。"+tail) > most {
			return false
		}
		now, empty = t+l, false
		return true
	}
	end := func() {
		if !empty {
			now += "。"
		}
		out = append(out, now+tail)
		now, empty = head, true
	}
	for _, l := range lines {
		if put(l) {
			continue
		}
		if !empty || len(out) == 0 {
			end()
		}
		for rs := []rune(l); !put(l); l = string(rs) + "…" {
			rs = rs[:len(rs)-1]
		}
	}
	if !empty || len(out) == 0 {
		end()
	}
	return out
}
