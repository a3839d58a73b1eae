package web

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"net/url"
	"strconv"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/fault"
)

// sitemapPart is how many addresses one part of the sitemap holds; the protocol
// (sitemaps.org) allows 50,000.
const sitemapPart = 20_000

const sitemapNS = "http://www.sitemaps.org/schemas/sitemap/0.9"

// GET /sitemap.xml: the parts, each a list of addresses for search engines.
func (s *Server) getSitemap(q *request) error {
	n := len(s.Portal.Published("", "", 1<<30))
	var b bytes.Buffer
	b.WriteString(xml.Header + `<sitemapindex xmlns="` + sitemapNS + `">` + "\n")
	for part := range n/sitemapPart + 1 {
		fmt.Fprintf(&b, "<sitemap><loc>%s/sitemaps/%d</loc></sitemap>\n", xmlText(q.base()), part+1)
	}
	b.WriteString("</sitemapindex>\n")
	q.w.Header().Set("Content-Type", "application/xml; charset=utf-8")
	_, err := q.w.Write(b.Bytes())
	return err
}

// GET /sitemaps/{part}: the ways in and the guides, each with the day on which it
// was published as it is.
func (s *Server) getSitemapPart(q *request) error {
	part, err := strconv.Atoi(q.PathValue("part"))
	entries := s.Portal.Published("", "", 1<<30)
	if err != nil || part < 1 || (part-1)*sitemapPart > len(entries) {
		return fault.NotFoundf("没有这一部分。")
	}
	days := map[int64]string{}
	for _, r := range s.Portal.Releases() {
		days[r.Seq] = calendar.DateOf(r.At).String()
	}
	var b bytes.Buffer
	b.WriteString(xml.Header + `<urlset xmlns="` + sitemapNS + `">` + "\n")
	add := func(path, day string) {
		fmt.Fprintf(&b, "<url><loc>%s</loc>", xmlText(q.base()+path))
		if day != "" {
			fmt.Fprintf(&b, "<lastmod>%s</lastmod>", day)
		}
		b.WriteString("</url>\n")
	}
	if part == 1 {
		last := ""
		if r := s.Portal.Head(); r != nil {
			last = days[r.Seq]
		}
		for _, path := range []string{"/", "/events", "/bundles", "/units", "/batches", "/adjustments", "/names", "/lists/most-used"} {
			add(path, last)
		}
		for _, e := range s.Portal.Events() {
			add("/events/"+e.Key, last)
		}
		for _, l := range visitLists {
			add("/lists/"+l.path, last)
		}
		for _, h := range s.Portal.Bundles() {
			add(bundleHref(h.Name), last)
		}
		for _, u := range s.Portal.Units() {
			add("/units/"+url.PathEscape(u.ID), last)
		}
	}
	from := (part - 1) * sitemapPart
	for _, e := range entries[from:min(from+sitemapPart, len(entries))] {
		add("/items/"+url.PathEscape(e.ID), days[e.ReleaseSeq])
	}
	b.WriteString("</urlset>\n")
	q.w.Header().Set("Content-Type", "application/xml; charset=utf-8")
	_, err = q.w.Write(b.Bytes())
	return err
}

func xmlText(s string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(s)) // a buffer takes everything
	return b.String()
}
