package web

import (
	"net/http"
	"strconv"
	"strings"

	"onevisit/internal/app/portal"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/publication"
	"onevisit/internal/server/web/ui"
)

// embedPrefix is where the parts for other sites live. They have rules of their
// own about who may show them.
const embedPrefix = "/embed/"

// embedHeaders are the headers of the parts for other sites: the sites that the
// county names may frame them, and scripts of any site may read them, since they
// are public and the same for everybody.
func embedHeaders(origins []string, publicURL string) http.Header {
	h := secure.Clone()
	delete(h, "X-Frame-Options") // it knows no list of sites
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self' "+publicURL+"; frame-ancestors 'self' "+strings.Join(origins, " "))
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Referrer-Policy", "no-referrer")
	return h
}

// embedData is a part for another site.
type embedData struct {
	Base, Place string
	Demo        bool
	Frame       bool // in a frame of its own: links leave it
	Title, More string
	Entries     []portal.Entry
	Releases    []publication.Release
	Search      bool
	Release     string // hash of the newest release, by which a copy tells its age
}

// target is where a link opens: a frame is too small for what it leads to.
func (d embedData) target() string {
	if d.Frame {
		return "_top"
	}
	return ""
}

const (
	embedItems    = 10
	mostEmbedded  = 100
	embedReleases = 5
)

// embed is the part that an address asks for: search, items (unit, seq, limit) or
// releases (limit).
func (s *Server) embed(q *request) (embedData, error) {
	v := q.URL.Query()
	d := embedData{Base: q.base(), Place: s.county().Title(), Demo: s.Demo}
	if r := s.Portal.Head(); r != nil {
		d.Release = r.Hash
	}
	limit := func(usual int) (int, error) {
		if v.Get("limit") == "" {
			return usual, nil
		}
		n, err := strconv.Atoi(v.Get("limit"))
		if err != nil || n < 1 || n > mostEmbedded {
			return 0, fault.Invalidf("limit 应是 1 到 %d 的整数。", mostEmbedded)
		}
		return n, nil
	}
	switch kind := q.PathValue("kind"); kind {
	case "search":
		d.Search, d.Title = true, "办事查询"
	case "items":
		n, err := limit(embedItems)
		if err != nil {
			return d, err
		}
		return d, s.embedItems(q, &d, n)
	case "releases":
		n, err := limit(embedReleases)
		if err != nil {
			return d, err
		}
		d.Title, d.More = s.county().Title()+"“最多跑一次”公布", d.Base+"/batches"
		d.Releases = s.Portal.Releases()
		d.Releases = d.Releases[:min(n, len(d.Releases))]
	default:
		return d, fault.NotFoundf("没有名为“%s”的嵌入内容，可选 search、items 或 releases。", kind)
	}
	return d, nil
}

// embedItems fills in the items of a unit, of a release, or those that many need.
func (s *Server) embedItems(q *request, d *embedData, n int) error {
	v := q.URL.Query()
	switch {
	case v.Get("unit") != "":
		u, entries, err := s.Portal.Unit(v.Get("unit"))
		if err != nil {
			return err
		}
		d.Title, d.More, d.Entries = u.Name+"办事事项", d.Base+"/units/"+u.ID, entries
	case v.Get("seq") != "":
		seq, err := strconv.ParseInt(v.Get("seq"), 10, 64)
		if err != nil {
			return fault.Invalidf("seq 应是公布批次的序号。")
		}
		r, items, err := s.Portal.Release(q.Context(), seq)
		if err != nil {
			return err
		}
		d.Title, d.More = r.Title, d.Base+"/batches/"+strconv.FormatInt(seq, 10)
		for _, it := range items {
			d.Entries = append(d.Entries, portal.Entry{ID: it.ItemID, Code: it.Code, Name: it.Name, UnitName: it.UnitName, Visits: it.Visits})
		}
	default:
		d.Title, d.More, d.Entries = s.county().Title()+"常办事项", d.Base+"/", s.Portal.Home().Featured
	}
	d.Entries = d.Entries[:min(n, len(d.Entries))]
	return nil
}

// GET /embed/{kind}: a fragment for a page of another site.
func (s *Server) getEmbed(q *request) error {
	d, err := s.embed(q)
	if err != nil {
		return err
	}
	q.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	return embedView(d).Render(q.Context(), q.w)
}

// GET /embed/{kind}/frame: the same as a page of its own, for an iframe.
func (s *Server) getEmbedFrame(q *request) error {
	d, err := s.embed(q)
	if err != nil {
		return err
	}
	d.Frame = true
	q.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	return embedFrame(d).Render(q.Context(), q.w)
}

// GET /embed: what webmasters of other sites need to know.
func (s *Server) getEmbedHelp(q *request) error {
	return q.render(q.dataPage("把事项嵌入其他网站", ui.Crumb{Label: "数据开放", Href: "/data"}), embedHelp(q.base(), s.Portal.Units(), s.EmbedOrigins))
}

// embedExample is a way to show a part, with the code that does it.
type embedExample struct{ Title, Text, Path string }

func (e embedExample) frame(base string) string {
	path, query, _ := strings.Cut(e.Path, "?")
	if query != "" {
		query = "?" + query
	}
	return `<iframe src="` + base + path + "/frame" + query + `" title="` + e.Title + `" style="width:100%;height:420px;border:0"></iframe>`
}

func (e embedExample) script(base string) string {
	return `<div id="onevisit"></div>
<script>
fetch("` + base + e.Path + `").then(function (r) { return r.text() })
  .then(function (html) { document.getElementById("onevisit").innerHTML = html })
</script>`
}

func embedExamples(units []portal.UnitEntry) []embedExample {
	out := []embedExample{
		{"办事查询", "一个搜索框，结果在办事门户打开。", "/embed/search"},
		{"常办事项", "办得最多的事项；limit 是条数，最多 100。", "/embed/items?limit=10"},
		{"公布消息", "最近几次公布和调整。", "/embed/releases?limit=5"},
	}
	if len(units) > 0 {
		out = append(out, embedExample{units[0].Name + "办事事项", "一个单位的事项；unit 是单位页地址末尾的编号。", "/embed/items?unit=" + units[0].ID + "&limit=20"})
	}
	return out
}
