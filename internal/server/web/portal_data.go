package web

import (
	"io"
	"net/http"
	"strconv"

	"onevisit/internal/app/portal"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
	"onevisit/internal/server"
	"onevisit/internal/server/web/ui"
)

// channelRoutes lists what other sites and programs take from the portal.
func (s *Server) channelRoutes() {
	s.handle("GET /b/{seq}", s.getShort)
	s.handle("GET /feeds/{file}", s.cached(s.getFeed))
	s.handle("GET /data", s.cached(s.getData))
	s.handle("GET /data/schema", s.cached(s.getSchema))
	s.handle("GET /data/catalog.jsonld", s.cached(s.getCatalogue))
	s.handle("GET /embed", s.cached(s.getEmbedHelp))
	s.handle("GET /embed/{kind}", s.cached(s.getEmbed))
	s.handle("GET /embed/{kind}/frame", s.cached(s.getEmbedFrame))
	for _, where := range []string{"/data", "/data/units/{unit}", "/data/batches/{seq}"} {
		s.handle("GET "+where+"/{file}", s.getDataFile(false))
		s.handle("GET "+where+"/national/{file}", s.getDataFile(true))
	}
	s.handle("GET /data/units/{unit}", s.cached(s.getUnitData))
}

// about is what data say beside the items.
func (q *request) about() portal.Linked {
	return portal.Linked{Place: q.s.county().Title(), Division: q.s.county().Division, Base: q.base()}
}

func (q *request) dataPage(title string, crumbs ...ui.Crumb) ui.Page {
	p := q.publicPage(title)
	p.Crumbs = append([]ui.Crumb{{Label: "首页", Href: "/"}}, crumbs...)
	p.Alternates = append(p.Alternates, ui.Alternate{Type: "application/ld+json", Title: "数据目录（DCAT）", Href: "/data/catalog.jsonld"})
	return p
}

// GET /data
func (s *Server) getData(q *request) error {
	p := q.dataPage("数据开放")
	p.Description = "下载本站公布的全部事项：CSV、Excel、JSON 和关联数据，可以自由使用。"
	return q.render(p, dataView(s.Portal.Home(), s.Portal.Units(), s.county().Title()))
}

// GET /data/units/{unit}
func (s *Server) getUnitData(q *request) error {
	u, _, err := s.Portal.Unit(q.PathValue("unit"))
	if err != nil {
		return err
	}
	return q.render(q.dataPage(u.Name+"的数据", ui.Crumb{Label: "数据开放", Href: "/data"}), unitDataView(u))
}

// GET /data/schema
func (s *Server) getSchema(q *request) error {
	return q.render(q.dataPage("字段说明", ui.Crumb{Label: "数据开放", Href: "/data"}), schemaView(schemaRows()))
}

// GET /data/catalog.jsonld
func (s *Server) getCatalogue(q *request) error {
	q.w.Header().Set("Content-Type", "application/ld+json; charset=utf-8")
	return s.Portal.WriteCatalogue(q.w, q.about())
}

// schemaRow is one field of the data.
type schemaRow struct {
	*catalog.Field
	National string
	Help     string
}

// schemaRows lists the fields in the order of the columns, elements first.
func schemaRows() []schemaRow {
	national := map[string]string{}
	for _, k := range portal.NationalKeys() {
		national[k.Field.Key] = k.Key
	}
	var out []schemaRow
	for _, f := range catalog.Fields() {
		r := schemaRow{Field: f, National: national[f.Key]}
		if e := catalog.Elements().Element(f.Element); e != nil && f.Core {
			r.Help = e.Help
		}
		out = append(out, r)
	}
	return out
}

// writtenAs says how the value of a field is written.
var writtenAs = map[catalog.Kind]string{catalog.KindText: "文字", catalog.KindLines: "文字，一条一行", catalog.KindList: "可有几项，用“；”隔开", catalog.KindBool: "是或否", catalog.KindCount: "整数",
	catalog.KindDays: "工作日数", catalog.KindLimit: "时限，如 7工作日、即办", catalog.KindDate: "日期，如 2018-12-20", catalog.KindRows: "小表，一行一项，用“｜”分格", catalog.KindSummary: "明细表"}

// values are what a field may hold, with the codes of the national standard.
func (r schemaRow) values() string {
	d := catalog.Dict(r.Dictionary)
	if d == nil {
		return ""
	}
	t := ""
	for i, name := range d.Names() {
		if i > 0 {
			t += "；"
		}
		if code := portal.NationalCode(r.Dictionary, name); code != name {
			t += code + " "
		}
		t += name
	}
	return t
}

// getDataFile serves a file of data: it is written while it is sent, and not at
// all if the reader has it already. A workbook takes a while to make and is kept
// with the pages.
func (s *Server) getDataFile(national bool) handler {
	kept := s.cached(func(q *request) error { return s.dataFile(q, national, false) })
	return func(q *request) error {
		if _, ext := paperFile(q.PathValue("file")); ext == "xlsx" {
			// One at a time, so that many who ask at once wait for one book.
			s.books.Lock()
			defer s.books.Unlock()
			if s.remembered(q.w, q.Request) {
				return nil
			}
			return kept(q)
		}
		return s.dataFile(q, national, true)
	}
}

func (s *Server) dataFile(q *request, national, stream bool) error {
	name, ext := paperFile(q.PathValue("file"))
	if name != "items" {
		return fault.NotFoundf("没有这个数据文件。可下载的文件见“数据开放”页。")
	}
	in := portal.DataQuery{Unit: q.PathValue("unit"), Format: ext, National: national}
	if seq := q.PathValue("seq"); seq != "" {
		var err error
		if in.Release, err = strconv.ParseInt(seq, 10, 64); err != nil || in.Release < 1 {
			return fault.NotFoundf("没有找到这个公布批次。")
		}
	}
	var seq int64
	if r := s.Portal.Head(); r != nil {
		seq = r.Seq
	}
	d, err := s.Portal.Data(q.Context(), in)
	if err != nil {
		return err
	}
	h := q.w.Header()
	h.Set("Content-Type", d.Format.Media)
	if !stream {
		return d.Write(q.Context(), q.w, q.about())
	}
	about := q.about()
	tag := server.Tag(q.URL.Path, seq, about.Base, s.Demo)
	zip := server.AcceptsGzip(q.Header.Get("Accept-Encoding"))
	if zip {
		tag = tag[:len(tag)-1] + `-gz"`
	}
	h.Set("ETag", tag)
	h["Cache-Control"] = revalidated
	h.Set("Vary", "Accept-Encoding")
	// Programs of other sites may read it from the browser.
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Link", `<`+about.Base+`/data#licence>; rel="license", <`+about.Base+`/data/schema>; rel="describedby"`)
	if server.Matches(q.Header.Get("If-None-Match"), tag) {
		h.Del("Content-Type")
		q.w.WriteHeader(http.StatusNotModified)
		return nil
	}
	h.Set("Content-Disposition", `attachment; filename="items.`+ext+`"`)
	if q.Method == http.MethodHead {
		return nil
	}
	out := io.Writer(q.w)
	if zip {
		h.Set("Content-Encoding", "gzip")
		c := fastest.Get().(*compressor)
		c.z.Reset(q.w)
		out = c.z
		defer func() {
			_ = c.z.Close() // the reader is gone if it fails
			fastest.Put(c)
		}()
	}
	if err := d.Write(q.Context(), out, about); err != nil {
		// The answer has begun: breaking it off is the only way to say so.
		s.Log.Error("data not written", "request", q.num, "path", q.URL.Path, "err", err)
		panic(http.ErrAbortHandler)
	}
	return nil
}
