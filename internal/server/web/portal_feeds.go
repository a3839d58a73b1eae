package web

import (
	"net/http"
	"strconv"

	"onevisit/internal/app/portal"
	"onevisit/internal/domain/fault"
	"onevisit/internal/server/web/ui"
)

// feedLinks let a feed reader find the feeds from any public page.
var feedLinks = []ui.Alternate{
	{Type: "application/atom+xml", Title: "公布消息（Atom）", Href: "/feeds/releases.atom"},
	{Type: "application/rss+xml", Title: "公布消息（RSS）", Href: "/feeds/releases.rss"},
	{Type: "application/feed+json", Title: "公布消息（JSON Feed）", Href: "/feeds/releases.json"},
}

// GET /feeds/releases.{rss,atom,json}
func (s *Server) getFeed(q *request) error {
	name, format := paperFile(q.PathValue("file"))
	if name != "releases" || portal.FeedFormats[format] == "" {
		return fault.NotFoundf("没有这个订阅。可选 releases.rss、releases.atom 或 releases.json。")
	}
	before := int64(0)
	if text := q.FormValue("before"); text != "" {
		var err error
		if before, err = strconv.ParseInt(text, 10, 64); err != nil || before < 1 {
			return fault.NotFoundf("没有这一页订阅。")
		}
	}
	q.w.Header().Set("Content-Type", portal.FeedFormats[format])
	if r := s.Portal.Head(); r != nil {
		q.w.Header().Set("Last-Modified", r.At.UTC().Format(http.TimeFormat))
	}
	return s.Portal.WriteFeed(q.Context(), q.w, format, s.county().Title(), q.base(), before)
}

// GET /b/{seq}: the short address of a release, for other channels.
func (s *Server) getShort(q *request) error {
	seq, err := strconv.ParseInt(q.PathValue("seq"), 10, 64)
	if err != nil || seq < 1 {
		return fault.NotFoundf("没有找到这个公布批次。")
	}
	return q.seeOther("/batches/" + strconv.FormatInt(seq, 10))
}
