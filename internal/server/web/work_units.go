package web

import (
	"errors"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"

	"onevisit/internal/app/office"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/server"
	"onevisit/internal/server/web/ui"
)

// unitsData is the list of units.
type unitsData struct {
	Units []org.Unit
	All   []org.Unit
	Query url.Values
}

func (d unitsData) name(id string) string {
	for _, u := range d.All {
		if u.ID == id {
			return u.Name
		}
	}
	return ""
}

func kindOptions(chosen, none string) []ui.Option {
	pairs := [][2]string{{"", none}}
	for _, k := range org.UnitKinds {
		pairs = append(pairs, [2]string{string(k), string(k)})
	}
	return ui.Options([]string{chosen}, pairs...)
}

// GET /work/units: the county's register.
func (s *Server) getUnitList(q *request) error {
	if err := org.Can(q.actor(), org.ManageUnits, ""); err != nil {
		return err
	}
	all, err := s.Office.Units(q.Context())
	if err != nil {
		return err
	}
	d := unitsData{All: all, Query: q.URL.Query()}
	text, kind, scope := strings.TrimSpace(d.Query.Get("q")), d.Query.Get("kind"), d.Query.Get("scope")
	for _, u := range all {
		if strings.Contains(u.Name+" "+u.USCC, text) && (kind == "" || string(u.Kind) == kind) && (scope == "" || (scope == "1") == u.InScope) {
			d.Units = append(d.Units, u)
		}
	}
	return q.render(q.page("单位"), unitListView(d))
}

// unitData is the record of one unit, or the form of a new one.
type unitData struct {
	office.UnitRecord
	All     []org.Unit
	CSRF    string
	Summary string
	Errors  []ui.FieldError
}

func (d unitData) field(name, label, help, value string) ui.FieldView {
	return ui.FieldView{Name: name, Label: label, Help: help, Value: value, Error: ui.ErrorFor(d.Errors, name)}
}

// supervisors are the units that can report for this one.
func (d unitData) supervisors() []ui.Option {
	pairs := [][2]string{{"", "自行报送"}}
	for _, u := range d.All {
		if u.ID != d.ID && u.Supervisor == "" && u.Kind != org.KindOffice {
			pairs = append(pairs, [2]string{u.ID, u.Name})
		}
	}
	return ui.Options([]string{d.Supervisor}, pairs...)
}

func (d unitData) hall(id string) string {
	for _, h := range d.Halls {
		if h.ID == id {
			return h.Name
		}
	}
	return ""
}

func (d unitData) path() string {
	if d.ID == "" {
		return "/work/units/new"
	}
	return "/work/units/" + d.ID
}

func (s *Server) unitPage(q *request, u *org.Unit, failed error) error {
	d := unitData{CSRF: q.in.FormToken}
	title := "新增单位"
	var err error
	if id := q.PathValue("id"); id != "" {
		if d.UnitRecord, err = s.Office.Unit(q.Context(), q.actor(), id); err != nil {
			return err
		}
		title = d.Name
	} else if err := org.Can(q.actor(), org.ManageUnits, ""); err != nil {
		return err
	}
	if d.All, err = s.Office.Units(q.Context()); err != nil {
		return err
	}
	if u != nil {
		u.Position = d.Position
		d.Unit = *u // what was typed
	}
	if failed == nil {
		return q.render(q.page(title), unitRecordView(d))
	}
	var ok bool
	if d.Summary, d.Errors, ok = q.fieldErrors(failed); !ok {
		return failed
	}
	q.status(server.Status(failed), q.page(title), unitRecordView(d))
	return nil
}

// GET /work/units/new and /work/units/{id}
func (s *Server) getUnitRecord(q *request) error {
	if q.PathValue("id") == "" {
		return s.unitPage(q, &org.Unit{Kind: org.KindDepartment, Division: s.county().Division, InScope: true}, nil)
	}
	return s.unitPage(q, nil, nil)
}

// POST /work/units/new and /work/units/{id}: the record, or one of its offices.
func (s *Server) postUnitRecord(q *request) error {
	id, f := q.PathValue("id"), q.PostFormValue
	if f("do") == "office" {
		if err := s.Office.SaveOffice(q.Context(), q.actor(), org.Office{ID: f("office_id"), UnitID: id, Name: f("office")}); err != nil {
			return s.unitPage(q, nil, err)
		}
		return q.seeOther("/work/units/" + id + "?done=saved#offices")
	}
	version, _ := strconv.ParseInt(f("version"), 10, 64) // wrong: in conflict with whatever is stored
	u := org.Unit{ID: id, Name: f("name"), Short: f("short"), Kind: org.UnitKind(f("kind")), Supervisor: f("supervisor"), System: f("system"), Division: f("division"),
		USCC: strings.ToUpper(f("uscc")), Department: f("department"), Phone: f("phone"), Complaint: f("complaint"), Address: f("address"), Hours: f("hours"),
		InScope: f("in_scope") == "1", Version: version}
	saved, err := s.Office.SaveUnit(q.Context(), q.actor(), u)
	if err != nil {
		return s.unitPage(q, &u, err)
	}
	return q.seeOther("/work/units/" + saved.ID + "?done=unit")
}

// hallsData is the page of halls and windows.
type hallsData struct {
	Halls   []office.HallRecord
	Units   []org.Unit
	CSRF    string
	Summary string
	Errors  []ui.FieldError
}

func (d hallsData) unitOptions(chosen string) []ui.Option {
	pairs := [][2]string{{"", "请选择单位"}}
	for _, u := range d.Units {
		pairs = append(pairs, [2]string{u.ID, u.Name})
	}
	return ui.Options([]string{chosen}, pairs...)
}

func (d hallsData) unit(id string) string {
	if i := slices.IndexFunc(d.Units, func(u org.Unit) bool { return u.ID == id }); i >= 0 {
		return d.Units[i].Name
	}
	return ""
}

func (s *Server) hallsPage(q *request, failed error) error {
	if err := org.Can(q.actor(), org.ManageUnits, ""); err != nil {
		return err
	}
	d := hallsData{CSRF: q.in.FormToken}
	var err error
	if d.Halls, err = s.Office.Halls(q.Context()); err != nil {
		return err
	}
	if d.Units, err = s.Office.Units(q.Context()); err != nil {
		return err
	}
	if failed == nil {
		return q.render(q.page("大厅和窗口"), hallsView(d))
	}
	var ok bool
	if d.Summary, d.Errors, ok = q.fieldErrors(failed); !ok {
		return failed
	}
	q.status(server.Status(failed), q.page("大厅和窗口"), hallsView(d))
	return nil
}

// GET /work/halls
func (s *Server) getHalls(q *request) error { return s.hallsPage(q, nil) }

// POST /work/halls: a hall or one of its windows, entered, changed or removed.
func (s *Server) postHalls(q *request) error {
	f := q.PostFormValue
	hall := org.Hall{ID: f("hall"), Name: f("name"), Address: f("address"), Hours: f("hours"), Phone: f("phone")}
	window := org.Window{ID: f("window_id"), HallID: f("hall"), UnitID: f("unit"), Name: f("window")}
	var err error
	switch f("do") {
	case "window":
		err = s.Office.SaveWindow(q.Context(), q.actor(), window)
	case "drop-window":
		window.Name = ""
		err = s.Office.SaveWindow(q.Context(), q.actor(), window)
	case "drop-hall":
		hall.Name = ""
		err = s.Office.SaveHall(q.Context(), q.actor(), hall)
	default:
		err = s.Office.SaveHall(q.Context(), q.actor(), hall)
	}
	if err != nil {
		return s.hallsPage(q, err)
	}
	return q.seeOther("/work/halls?done=saved")
}

// maxRegisterFile is more than any county's register as a workbook.
const maxRegisterFile = 20 << 20

// registerData is the page on which units and accounts are imported.
type registerData struct {
	CSRF    string
	Summary string
	Errors  []ui.FieldError
	Result  *office.RegisterImport
	DryRun  bool
}

// GET /work/units/import
func (s *Server) getRegister(q *request) error {
	if err := org.Can(q.actor(), org.ManageUnits, ""); err != nil {
		return err
	}
	return q.render(q.page("导入单位和账号"), registerView(registerData{CSRF: q.in.FormToken}))
}

// POST /work/units/import: the passwords of new accounts stand on the answer and
// nowhere else.
func (s *Server) postRegister(q *request) error {
	d := registerData{CSRF: q.in.FormToken, DryRun: q.PostFormValue("dry_run") == "1"}
	f, head, err := q.FormFile("file")
	switch {
	case errors.Is(err, http.ErrMissingFile):
		err = fault.Invalidf("没有收到文件。").At("file", "请选择要导入的文件（xlsx、csv）")
	case err != nil:
		return fault.Wrap(fault.Invalid, err, "文件没有上传完整，请重试。")
	default:
		defer f.Close()
		name := path.Base(strings.ReplaceAll(head.Filename, `\`, "/"))
		d.Result, err = s.Office.ImportRegister(q.Context(), q.actor(), office.RegisterFile(name, f, head.Size), d.DryRun)
	}
	if err == nil {
		return q.render(q.page("导入单位和账号"), registerView(d))
	}
	var ok bool
	if d.Summary, d.Errors, ok = q.fieldErrors(err); !ok {
		return err
	}
	q.status(server.Status(err), q.page("导入单位和账号"), registerView(d))
	return nil
}

// GET /work/units/template.xlsx
func (s *Server) getRegisterTemplate(q *request) error {
	q.download("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "单位和账号.xlsx")
	return s.Office.WriteRegisterTemplate(q.w)
}
