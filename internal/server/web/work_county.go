package web

import (
	"errors"
	"net/http"
	"strconv"

	"onevisit/internal/app/office"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/server"
	"onevisit/internal/server/web/ui"
)

// countyData is the page that says which county this is, and how far the
// installation is on its way.
type countyData struct {
	office.Start
	Typed   org.County
	CSRF    string
	Summary string
	Errors  []ui.FieldError
}

// setupStep is one thing to do before the first release.
type setupStep struct {
	Text, State, Href, Link string
	Done                    bool
}

func (d countyData) steps() []setupStep {
	return []setupStep{
		{"填写本县名称和行政区划代码", d.Title(), "#name", "在本页填写", d.County.Known()},
		{"登记各单位，标明纳入改革范围的", strconv.Itoa(d.Units) + " 个单位", "/work/units/import", "从表格导入", d.Units > 1},
		{"请安全管理员授予审改办、行政审批局、县政府的角色", strconv.Itoa(d.CountyAccounts) + " / 3 种角色有账号", "/work/people", "账号", d.CountyAccounts == 3},
		{"为各单位联络员、负责人建立账号", strconv.Itoa(d.Liaisons) + " 个单位有联络员", "/work/units/import", "从表格批量建立", d.Liaisons > 0},
		{"建立县政府的公布密钥，并离机备份", word(d.Signing, "已建立", "尚未建立"), "", "", d.Signing},
		{"由审改办录入改革方案和时间节点", word(d.Plan, "已录入", "尚未录入"), "", "", d.Plan},
		{"公布第一批事项", word(d.Released, "已公布", "尚未公布"), "", "", d.Released},
	}
}

func word(yes bool, a, b string) string {
	if yes {
		return a
	}
	return b
}

func (d countyData) Title() string {
	if d.County.Known() {
		return d.County.Name + " " + d.County.Division
	}
	return "尚未填写"
}

func (s *Server) countyPage(q *request, typed *org.County, failed error) error {
	d := countyData{CSRF: q.in.FormToken}
	var err error
	if d.Start, err = s.Office.Start(q.Context(), q.actor()); err != nil {
		return err
	}
	d.Typed = d.County
	if failed == nil {
		return q.render(q.page("本县"), countyView(d))
	}
	d.Typed = *typed
	var ok bool
	if d.Summary, d.Errors, ok = q.fieldErrors(failed); !ok {
		return failed
	}
	q.status(server.Status(failed), q.page("本县"), countyView(d))
	return nil
}

// GET /work/county
func (s *Server) getCounty(q *request) error { return s.countyPage(q, nil, nil) }

// POST /work/county
func (s *Server) postCounty(q *request) error {
	c := org.County{Name: q.PostFormValue("name"), Division: q.PostFormValue("division")}
	if err := s.Office.SaveCounty(q.Context(), q.actor(), c); err != nil {
		return s.countyPage(q, &c, err)
	}
	return q.seeOther("/work/county?done=county")
}

// setupData is the first page of a new installation.
type setupData struct {
	office.Founding
	Code    string
	Summary string
	Errors  []ui.FieldError
}

func (d setupData) field(name, label, help, value string) ui.FieldView {
	return ui.FieldView{Name: name, Label: label, Help: help, Value: value, Width: "medium", Error: ui.ErrorFor(d.Errors, name)}
}

func (d setupData) secret(name, label, help string) ui.FieldView {
	f := d.field(name, label, help, "")
	f.Type, f.Auto = "password", "new-password"
	return f
}

// GET /work/setup: asked once, of whoever has the code that the program shows on
// its machine.
func (s *Server) getSetup(q *request) error {
	if founded, err := s.Office.Founded(q.Context()); err != nil || founded {
		return errors.Join(err, q.seeOther("/work/sign-in"))
	}
	d := setupData{Founding: office.Founding{System: office.FirstAccount{Login: "admin"}, Security: office.FirstAccount{Login: "anquan"}}}
	return q.render(q.page("首次设置"), setupView(d))
}

// POST /work/setup
func (s *Server) postSetup(q *request) error {
	if err := http.NewCrossOriginProtection().Check(q.Request); err != nil {
		return fault.Wrap(fault.Forbidden, err, "请求来自其他网站，已拒绝。")
	}
	if err := q.parse(maxForm); err != nil {
		return err
	}
	f := q.PostFormValue
	account := func(field string) office.FirstAccount {
		return office.FirstAccount{Login: f(field + "_login"), Name: f(field + "_name"), Password: f(field + "_password")}
	}
	d := setupData{Code: f("code"), Founding: office.Founding{County: org.County{Name: f("name"), Division: f("division")}, Unit: f("unit"),
		System: account("system"), Security: account("security"), Auditor: account("auditor")}}
	err := s.Office.Found(q.Context(), d.Code, d.Founding)
	if err == nil {
		return q.seeOther("/work/sign-in")
	}
	var ok bool
	if d.Summary, d.Errors, ok = q.fieldErrors(err); !ok {
		return err
	}
	q.status(server.Status(err), q.page("首次设置"), setupView(d))
	return nil
}
