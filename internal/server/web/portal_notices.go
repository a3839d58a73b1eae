package web

import (
	"bytes"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"onevisit/internal/app/portal"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/publication"
	"onevisit/internal/server/web/ui"
)

// noticesPage is how many adjustments stand on one page.
const noticesPage = 20

// noticesData is a page of the adjustments of what is published.
type noticesData struct {
	*portal.NoticePage
	Query url.Values
}

func (d noticesData) narrowed() bool {
	return d.Query.Get("q") != "" || d.Query.Get("op") != "" || d.Query.Get("unit") != ""
}

func (d noticesData) ops() []ui.Option {
	pairs := [][2]string{{"", "全部种类"}}
	for _, op := range d.Ops {
		pairs = append(pairs, [2]string{string(op), string(op)})
	}
	return ui.Options([]string{d.Query.Get("op")}, pairs...)
}

func (d noticesData) units() []ui.Option {
	pairs := [][2]string{{"", "全部单位"}}
	for _, u := range d.Units {
		pairs = append(pairs, [2]string{u.ID, u.Name})
	}
	return ui.Options([]string{d.Query.Get("unit")}, pairs...)
}

func (d noticesData) href(from int) string {
	if from < 0 {
		return ""
	}
	v := url.Values{}
	for _, k := range []string{"q", "op", "unit"} {
		if s := d.Query.Get(k); s != "" {
			v.Set(k, s)
		}
	}
	if from > 0 {
		v.Set("from", strconv.Itoa(from))
	}
	if len(v) == 0 {
		return "/adjustments"
	}
	return "/adjustments?" + v.Encode()
}

func (d noticesData) pager() ui.PagerView {
	return ui.PagerView{PrevHref: d.href(d.Prev), NextHref: d.href(d.Next), Text: fmt.Sprintf("第 %d–%d 次，共 %s 次", d.From+1, d.From+len(d.List), ui.Count(d.Total))}
}

// releaseTabs lead between the batches and the adjustments.
func releaseTabs(current string) []ui.Tab {
	return []ui.Tab{{Label: "公布批次", Href: "/batches", Count: -1, Current: current == "/batches"}, {Label: "调整公告", Href: "/adjustments", Count: -1, Current: current == "/adjustments"}}
}

func releaseHref(seq int64) string { return "/batches/" + strconv.FormatInt(seq, 10) }

// noticeSentence says in a sentence what was done, from when, and until when.
func noticeSentence(n *publication.Notice) string {
	s := n.Op.Verb()
	if !n.Effective.IsZero() {
		s = "自" + n.Effective.Chinese() + "起" + s
	}
	if !n.Until.IsZero() {
		s += "，预计" + n.Until.Chinese() + "恢复办理"
	}
	return s + "。"
}

// noticeGrounds are what an adjustment rests on, as far as its release says it.
func noticeGrounds(n *portal.Notice) []ui.Term {
	var out []ui.Term
	add := func(label, text string) {
		if text != "" {
			out = append(out, ui.Term{Label: label, Value: text})
		}
	}
	add("调整", noticeSentence(&n.Notice))
	add("原因", n.Cause)
	add("依据", n.Basis)
	add("说明", n.Reason)
	add("决定", docLine(&n.Release))
	add("公布", ui.Moment(n.Release.At)+"，编号 "+n.Release.Number)
	return out
}

// GET /adjustments
func (s *Server) getNotices(q *request) error {
	f := q.URL.Query()
	from, _ := strconv.Atoi(f.Get("from")) // absent or wrong: the first page
	p, err := s.Portal.Notices(q.Context(), portal.NoticeFilter{Text: f.Get("q"), Op: publication.Op(f.Get("op")), Unit: f.Get("unit")}, from, noticesPage)
	if err != nil {
		return err
	}
	d := noticesData{p, f}
	page := q.publicPage("调整公告")
	page.Canonical = q.base() + "/adjustments"
	page.NoIndex = d.narrowed() || from > 0
	page.Description = s.county().Title() + "已公布事项的变更、拆分、合并、暂停、恢复、取消、划转和下放：改了什么、为什么、从哪天起、以后到哪里办。"
	return q.render(page, noticesView(d))
}

// GET /batches/{seq} of an adjustment.
func (s *Server) noticePage(q *request, seq int64) error {
	n, err := s.Portal.Notice(q.Context(), seq)
	if err != nil {
		return err
	}
	p := q.publicPage(n.Release.Title)
	p.Canonical = q.base() + releaseHref(seq)
	p.Description = strings.TrimSuffix(fmt.Sprintf("%s：%s%s", n.Release.Title, noticeSentence(&n.Notice), n.Reason), "。") + "。"
	p.Crumbs = []ui.Crumb{{Label: "首页", Href: "/"}, {Label: "调整公告", Href: "/adjustments"}}
	return q.render(p, noticeView(n))
}

// GET /batches/{seq}/papers/调整公告.{format}
func (s *Server) getNoticePaper(q *request) error {
	kind, format := paperFile(q.PathValue("file"))
	seq, err := strconv.ParseInt(q.PathValue("seq"), 10, 64)
	if err != nil || kind != portal.NoticePaper {
		return fault.NotFoundf("没有名为“%s”的文书。", kind)
	}
	return q.print(kind, format, func(b *bytes.Buffer) ([]rune, error) {
		return s.Portal.PrintNotice(q.Context(), b, s.county(), seq, format, q.base()+releaseHref(seq))
	})
}

// afterSuccessor stands behind the name of one that takes an item's place: its
// unit, if that is another, and a comma before the next. No space may come
// between, or a line could begin with the comma.
func afterSuccessor(n *portal.Notice, l publication.NoticeLine, i int) (tail string) {
	if s := l.Next[i]; s.UnitName != n.UnitName {
		tail = "（" + s.UnitName + "）"
	}
	if i < len(l.Next)-1 {
		tail += "、"
	}
	return tail
}
