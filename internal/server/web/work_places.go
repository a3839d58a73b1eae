package web

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"onevisit/internal/app/reform"
	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/publication"
	"onevisit/internal/server"
	"onevisit/internal/server/web/ui"
)

// placeRoutes lists the pages on what is shown to the public and where.
func (s *Server) placeRoutes() {
	s.work("GET /work/places", s.getPlaces)
	s.work("GET /work/places.csv", s.getPlaceTable("csv"))
	s.work("GET /work/places.xlsx", s.getPlaceTable("xlsx"))
	s.work("GET /work/places/new", s.getPlaceForm)
	s.work("POST /work/places/new", s.postPlaceForm)
	s.work("GET /work/places/{id}", s.getPlace)
	s.work("GET /work/places/{id}/edit", s.getPlaceForm)
	s.work("POST /work/places/{id}/edit", s.postPlaceForm)
	s.workUpTo("POST /work/places/{id}/displays", maxCodeList, s.postDisplays)
	s.work("POST /work/places/{id}/done", s.postPutUp)
	s.work("POST /work/places/{id}/down", s.postTakeDown)
	s.work("POST /work/places/{id}/see", s.postSee)
	s.work("POST /work/places/{id}/settle", s.postSettleSighting)
	s.work("POST /work/places/{id}/close", s.postClosePlace)
	s.work("POST /work/places/{id}/reopen", s.postReopenPlace)
	s.work("POST /work/places/{id}/crawl", s.postCrawl)
	s.work("GET /work/places/{id}/papers/{file}", s.getPlacePaper)
}

// maxCodeList is the largest file of codes, in bytes.
const maxCodeList = 1 << 20

// placesData is the report on what is shown.
type placesData struct {
	*reform.DriftReport
	Query url.Values
	Units []org.Unit
	Today calendar.Date
}

func driftFilter(v url.Values) reform.DriftFilter {
	return reform.DriftFilter{Unit: v.Get("unit"), Kind: publication.PlaceKind(v.Get("kind")), State: publication.PlaceState(v.Get("state")), Text: strings.TrimSpace(v.Get("q"))}
}

// with is the page's address with the filter, in another format too.
func (d placesData) with(path, key, value string) string {
	q := url.Values{}
	for _, k := range []string{"q", "unit", "kind", "state", "view"} {
		if v := d.Query.Get(k); v != "" {
			q.Set(k, v)
		}
	}
	if key != "" {
		q.Del(key)
		if value != "" {
			q.Set(key, value)
		}
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

func (d placesData) byUnit() bool { return d.Query.Get("view") == "units" }

func (d placesData) kinds() []ui.Option {
	pairs := [][2]string{{"", "全部类别"}}
	for _, k := range publication.PlaceKinds {
		pairs = append(pairs, [2]string{string(k), string(k)})
	}
	return ui.Options([]string{d.Query.Get("kind")}, pairs...)
}

func (d placesData) states() []ui.Option {
	pairs := [][2]string{{"", "全部状态"}}
	for _, k := range publication.PlaceStates {
		pairs = append(pairs, [2]string{string(k), string(k)})
	}
	return ui.Options([]string{d.Query.Get("state")}, pairs...)
}

// homeless are the units that have published items and show them nowhere.
func (d placesData) homeless() int {
	n := 0
	for _, u := range d.DriftReport.Units {
		if u.Places == 0 && u.Items > 0 {
			n++
		}
	}
	return n
}

// GET /work/places
func (s *Server) getPlaces(q *request) error {
	r, err := s.Reform.Drift(q.Context(), q.actor(), driftFilter(q.URL.Query()))
	if err != nil {
		return err
	}
	d := placesData{DriftReport: r, Query: q.URL.Query(), Today: calendar.DateOf(s.now())}
	if r.County {
		if d.Units, err = s.Office.Units(q.Context()); err != nil {
			return err
		}
	}
	return q.render(q.page("公示地点"), placesView(d))
}

// GET /work/places.csv, .xlsx
func (s *Server) getPlaceTable(format string) handler {
	return func(q *request) error {
		return q.print("公示一致性", format, func(b *bytes.Buffer) ([]rune, error) {
			return nil, s.Reform.WriteDrift(q.Context(), q.actor(), driftFilter(q.URL.Query()), b, format)
		})
	}
}

// placeForm is the form of a new place, or of one that is changed.
type placeForm struct {
	publication.Place
	Units   []org.Unit
	CSRF    string
	Summary string
	Errors  []ui.FieldError
}

func (d placeForm) kinds() []ui.Option {
	help := map[publication.PlaceKind]string{publication.PlaceHall: "政务服务大厅等共用的公示栏、资料架，可以登记各单位的事项", publication.PlaceTownship: "乡镇、村的便民服务场所，可以登记各单位的事项",
		publication.PlaceUnit: "本单位的公示栏、宣传栏", publication.PlaceWindow: "窗口的窗口卡、一次性告知单", publication.PlacePoster: "单独张贴的海报", publication.PlaceWeb: "本单位网站上展示办事指南的网页，定期自动核对"}
	var out []ui.Option
	for _, k := range publication.PlaceKinds {
		out = append(out, ui.Option{Value: string(k), Label: string(k), Help: help[k], Selected: k == d.Kind})
	}
	return out
}

func (d placeForm) action() string {
	if d.ID == "" {
		return "/work/places/new"
	}
	return "/work/places/" + d.ID + "/edit"
}

func (d placeForm) unitOptions() []ui.Option {
	var pairs [][2]string
	for _, u := range d.Units {
		pairs = append(pairs, [2]string{u.ID, u.Name})
	}
	return ui.Options([]string{d.UnitID}, pairs...)
}

// GET /work/places/new, /work/places/{id}/edit
func (s *Server) getPlaceForm(q *request) error {
	d := placeForm{Place: publication.Place{UnitID: q.actor().UnitID, Kind: publication.PlaceUnit}}
	if id := q.PathValue("id"); id != "" {
		v, err := s.Reform.Place(q.Context(), q.actor(), id)
		if err != nil {
			return err
		}
		d.Place = v.Place
	}
	if err := org.Can(q.actor(), org.ManagePlaces, d.UnitID); err != nil {
		return err
	}
	return q.placeFormPage(http.StatusOK, d)
}

func (q *request) placeFormPage(status int, d placeForm) error {
	var err error
	if d.Units, err = q.s.ownUnits(q, org.ManagePlaces); err != nil {
		return err
	}
	d.CSRF = q.in.FormToken
	title := "登记公示地点"
	if d.ID != "" {
		title = "修改公示地点"
	}
	p := q.page(title)
	p.Crumbs = []ui.Crumb{{Label: "公示地点", Href: "/work/places"}}
	p.Narrow = true
	q.status(status, p, placeFormView(d, title))
	return nil
}

// POST /work/places/new, /work/places/{id}/edit
func (s *Server) postPlaceForm(q *request) error {
	version, _ := strconv.ParseInt(q.PostFormValue("version"), 10, 64) // absent in a new one
	in := publication.Place{ID: q.PathValue("id"), UnitID: q.PostFormValue("unit"), Kind: publication.PlaceKind(q.PostFormValue("kind")), Name: q.PostFormValue("name"),
		Location: q.PostFormValue("location"), Keeper: q.PostFormValue("keeper"), URL: q.PostFormValue("url"), Whole: q.PostFormValue("whole") == "1", Version: version}
	id, err := s.Reform.SavePlace(q.Context(), q.actor(), in)
	if err == nil {
		return q.seeOther("/work/places/" + id + "?done=place")
	}
	d := placeForm{Place: in}
	var ok bool
	if d.Summary, d.Errors, ok = q.fieldErrors(err); !ok {
		return err
	}
	return q.placeFormPage(server.Status(err), d)
}

// placeData is a place with its forms.
type placeData struct {
	*reform.PlaceView
	CSRF       string
	Today      calendar.Date
	Registered []reform.RegisteredLine // what became of a list
	Codes      string                  // lines that were not taken
	Seen       string                  // the code that was typed
	Unsure     bool                    // it does not exist
	Summary    string
	Errors     []ui.FieldError
}

// GET /work/places/{id}
func (s *Server) getPlace(q *request) error { return q.placePage(http.StatusOK, placeData{}, nil) }

func (q *request) placePage(status int, d placeData, failed error) (err error) {
	if failed != nil {
		var ok bool
		if d.Summary, d.Errors, ok = q.fieldErrors(failed); !ok {
			return failed
		}
		status = server.Status(failed)
	}
	if d.PlaceView, err = q.s.Reform.Place(q.Context(), q.actor(), q.PathValue("id")); err != nil {
		return err
	}
	d.CSRF, d.Today = q.in.FormToken, calendar.DateOf(q.s.now())
	p := q.page(d.Name)
	p.Crumbs = []ui.Crumb{{Label: "公示地点", Href: "/work/places"}}
	q.status(status, p, displayPlaceView(q.s, d))
	return nil
}

// placeDone goes back to the place after a form, or shows what is the matter.
func (q *request) placeDone(err error, done string) error {
	if err != nil {
		return q.placePage(0, placeData{}, err)
	}
	return q.seeOther("/work/places/" + q.PathValue("id") + "?done=" + done)
}

// POST /work/places/{id}/displays: a list of codes, pasted or as a csv file.
func (s *Server) postDisplays(q *request) error {
	in := reform.Registering{PlaceID: q.PathValue("id"), Text: q.PostFormValue("codes"), Form: q.PostFormValue("form")}
	d := placeData{Codes: in.Text}
	f, _, err := q.FormFile("file")
	switch {
	case err == nil:
		defer f.Close()
		b, err := io.ReadAll(f)
		if err != nil {
			return fault.Wrap(fault.Invalid, err, "文件没有上传完整，请重试。")
		}
		if len(b) > 0 {
			in.Text = strings.TrimRight(in.Text, "\r\n") + "\n" + strings.TrimPrefix(string(b), "\ufeff")
			if strings.TrimSpace(q.PostFormValue("codes")) == "" {
				in.Text = string(b)
			}
		}
	case !errors.Is(err, http.ErrMissingFile) && !errors.Is(err, http.ErrNotMultipart):
		return fault.Wrap(fault.Invalid, err, "文件没有上传完整，请重试。")
	}
	if v := q.PostFormValue("since"); v != "" {
		if in.Since, err = calendar.ParseDate(v); err != nil {
			return q.placePage(0, d, fault.Invalidf("没有登记。").At("since", "上墙日期应形如 2018-09-30"))
		}
	}
	lines, err := s.Reform.RegisterDisplays(q.Context(), q.actor(), in)
	if err != nil {
		return q.placePage(0, d, err)
	}
	d = placeData{Registered: lines}
	for _, l := range lines {
		if l.Problem != "" {
			d.Codes += l.Text + "\n"
		}
	}
	if d.Codes == "" {
		return q.placeDone(nil, "displayed")
	}
	return q.placePage(http.StatusUnprocessableEntity, d, nil)
}

// POST /work/places/{id}/done: what was chosen is up in its current version.
func (s *Server) postPutUp(q *request) error {
	return q.placeDone(s.Reform.PutUp(q.Context(), q.actor(), q.PathValue("id"), q.PostForm["item"]), "displayed")
}

// POST /work/places/{id}/down
func (s *Server) postTakeDown(q *request) error {
	return q.placeDone(s.Reform.TakeDown(q.Context(), q.actor(), q.PathValue("id"), q.PostForm["item"]), "taken-down")
}

// POST /work/places/{id}/see: a member of staff saw a code there; from the page of
// verification, too.
func (s *Server) postSee(q *request) error {
	code := q.PostFormValue("code")
	m, _, err := s.Reform.See(q.Context(), q.actor(), q.PathValue("id"), code, q.PostFormValue("certain") == "1")
	if err != nil {
		return q.placePage(0, placeData{Seen: code, Unsure: publication.NormalizeVerifyCode(code) != "" && fault.Is(err, fault.Invalid)}, err)
	}
	if q.PostFormValue("from") == "verify" {
		done := "seen"
		if m.Validity != publication.VersionCurrent {
			done = "seen-old"
		}
		return q.seeOther("/verify?code=" + urlQuery(code) + "&done=" + done)
	}
	return q.placeDone(nil, "seen")
}

// POST /work/places/{id}/settle
func (s *Server) postSettleSighting(q *request) error {
	return q.placeDone(s.Reform.SettleSighting(q.Context(), q.actor(), q.PathValue("id"), q.PostFormValue("sighting"), q.PostFormValue("why")), "saved")
}

// POST /work/places/{id}/close
func (s *Server) postClosePlace(q *request) error {
	version, _ := strconv.ParseInt(q.PostFormValue("version"), 10, 64) // a wrong one conflicts
	return q.placeDone(s.Reform.ClosePlace(q.Context(), q.actor(), q.PathValue("id"), version, q.PostFormValue("why")), "place-closed")
}

// POST /work/places/{id}/reopen
func (s *Server) postReopenPlace(q *request) error {
	version, _ := strconv.ParseInt(q.PostFormValue("version"), 10, 64) // a wrong one conflicts
	return q.placeDone(s.Reform.ReopenPlace(q.Context(), q.actor(), q.PathValue("id"), version), "place")
}

// POST /work/places/{id}/crawl
func (s *Server) postCrawl(q *request) error {
	return q.placeDone(s.Reform.AskCrawl(q.Context(), q.actor(), q.PathValue("id")), "crawled")
}

// GET /work/places/{id}/papers/海报.pdf?item=…
func (s *Server) getPlacePaper(q *request) error {
	kind, format := paperFile(q.PathValue("file"))
	return q.print(kind, format, func(b *bytes.Buffer) ([]rune, error) {
		return s.Reform.PrintPlace(q.Context(), q.actor(), b, q.PathValue("id"), kind, format, q.URL.Query()["item"],
			func(code, token string) string { return q.verifyLink(code) + "&at=" + token })
	})
}

func lineLight(st publication.LineState) string {
	switch st {
	case publication.LineStale:
		return "red"
	case publication.LineCurrent:
		return "green"
	}
	return "yellow"
}

func placeLight(st publication.PlaceState) string {
	switch st {
	case publication.PlaceStale:
		return "red"
	case publication.PlaceCurrent:
		return "green"
	case publication.PlaceClosed, publication.PlaceEmpty:
		return "grey"
	}
	return "yellow"
}

// ageText says since when a line does not hold.
func ageText(l publication.Line) string {
	if l.Age.Since == nil {
		return ""
	}
	return fmt.Sprintf("%s %s（%s），已过 %d 个工作日", calendar.DateOf(l.Age.Since.At).ChineseShort(), l.Age.Validity, l.Age.Since.Number, l.Age.Days)
}

// doubtText says what was seen.
func doubtText(x *publication.Sighting) string {
	who := string(x.Source)
	if x.By != "" && x.Source == publication.SeenByStaff {
		who = x.By
	}
	text := fmt.Sprintf("%s：%s %s看到", x.Doubt, calendar.DateOf(x.At).ChineseShort(), who)
	if x.N > 1 {
		text += fmt.Sprintf("，共 %d 次", x.N)
	}
	return text
}

// changeText lists the first few changes.
func changeText(list []catalog.Change) (out []string) {
	for _, c := range list[:min(len(list), mostChanges)] {
		out = append(out, c.String())
	}
	if len(list) > mostChanges {
		out = append(out, fmt.Sprintf("等 %d 处变化", len(list)))
	}
	return out
}

// actionable lines can be ticked: they are about an item.
func actionable(l publication.Line) bool {
	return l.ItemID != "" && (l.State != publication.LineCurrent || l.Shown != nil)
}
