package web

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"

	"onevisit/internal/app/reform"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/server/web/ui"
)

// GET /work/import
func (s *Server) getImport(q *request) error {
	runs, err := s.Reform.ImportRuns(q.Context(), q.actor(), 30)
	if err != nil {
		return err
	}
	units, err := s.ownUnits(q, org.ImportItems)
	if err != nil {
		return err
	}
	return q.render(q.page("导入事项"), importView(runs, units, org.Can(q.actor(), org.ImportItems, "") == nil, q.in.FormToken))
}

// ownUnits lists the units for which the actor may do something.
func (s *Server) ownUnits(q *request, act org.Action) ([]org.Unit, error) {
	all, err := s.Office.Units(q.Context())
	var own []org.Unit
	for _, u := range all {
		if u.InScope && org.Can(q.actor(), act, u.ID) == nil {
			own = append(own, u)
		}
	}
	return own, err
}

// POST /work/import: the file is stored first, then the job is queued.
func (s *Server) postImport(q *request) error {
	f, head, err := q.FormFile("file")
	if errors.Is(err, http.ErrMissingFile) {
		return fault.Invalidf("没有收到文件。").At("file", "请选择要导入的文件（xlsx、csv、json、jsonl）")
	}
	if err != nil {
		return fault.Wrap(fault.Invalid, err, "文件没有上传完整，请重试。")
	}
	defer f.Close()
	unit := q.PostFormValue("unit")
	if err := org.Can(q.actor(), org.ImportItems, unit); err != nil {
		return err
	}
	ref, err := s.Reform.Upload(q.Context(), f)
	if err != nil {
		return err
	}
	name := path.Base(strings.ReplaceAll(head.Filename, `\`, "/"))
	id, err := s.Reform.StartImport(q.Context(), q.actor(), unit, name, ref, q.PostFormValue("dry_run") == "1")
	if err != nil {
		return err
	}
	return q.seeOther("/work/import/" + id)
}

const problemsPage = 100

// importData is the page of one import: what it does, or what was noticed.
type importData struct {
	Run      reform.ImportRun
	Tab      string // changes or problems
	Kind     reform.RowEffect
	Changes  []reform.ItemChange
	Problems []reform.Problem
	From     int
	More     bool
	CSRF     string
}

func (d importData) href(tab string, kind reform.RowEffect, from int) string {
	v := url.Values{"tab": {tab}}
	if kind != "" {
		v.Set("kind", string(kind))
	}
	if from > 0 {
		v.Set("from", strconv.Itoa(from))
	}
	return "/work/import/" + d.Run.ID + "?" + v.Encode()
}

func (d importData) pager() ui.PagerView {
	var p ui.PagerView
	if d.From > 0 {
		p.PrevHref = d.href(d.Tab, d.Kind, max(d.From-problemsPage, 0))
	}
	if d.More {
		p.NextHref = d.href(d.Tab, d.Kind, d.From+problemsPage)
	}
	return p
}

// GET /work/import/{id}
func (s *Server) getImportRun(q *request) error {
	run, err := s.Reform.ImportRun(q.Context(), q.actor(), q.PathValue("id"))
	if err != nil {
		return err
	}
	d := importData{Run: run, Tab: q.FormValue("tab"), Kind: reform.RowEffect(q.FormValue("kind")), CSRF: q.in.FormToken}
	d.From, _ = strconv.Atoi(q.FormValue("from")) // absent or wrong: the first page
	d.From = max(d.From, 0)
	if d.Tab == "" {
		d.Tab = "problems"
		if run.DryRun && run.Created+run.Changed > 0 { // the difference first
			d.Tab = "changes"
		}
	}
	if d.Tab == "changes" {
		d.Changes, d.More, err = s.Reform.ImportChanges(q.Context(), q.actor(), run.ID, d.Kind, d.From, problemsPage)
	} else {
		d.Problems, d.More, err = s.Reform.ImportProblems(q.Context(), q.actor(), run.ID, d.From, problemsPage)
	}
	if err != nil {
		return err
	}
	p := q.page("导入 " + run.FileName)
	if run.FinishedAt.IsZero() {
		q.w.Header().Set("Refresh", "2") // seconds; the page can be left meanwhile
	}
	return q.render(p, importRunView(d))
}

// POST /work/import/{id}: imports the file of a dry run.
func (s *Server) postImportRun(q *request) error {
	id, err := s.Reform.ConfirmImport(q.Context(), q.actor(), q.PathValue("id"))
	if err != nil {
		return err
	}
	return q.seeOther("/work/import/" + id)
}

// GET /work/import/{id}/rows.xlsx
func (s *Server) getImportRows(q *request) error {
	r, err := s.Reform.ImportRows(q.Context(), q.actor(), q.PathValue("id"))
	if err != nil {
		return err
	}
	defer r.Close()
	q.download("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "需要更正的行.xlsx")
	_, err = io.Copy(q.w, r)
	return err
}

// GET /work/import/template.xlsx
func (s *Server) getTemplate(q *request) error {
	q.download("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "事项导入模板.xlsx")
	return s.Reform.WriteTemplate(q.w)
}

func (q *request) download(contentType, name string) {
	q.w.Header().Set("Content-Type", contentType)
	q.w.Header().Set("Content-Disposition", "attachment; filename*=UTF-8''"+strings.ReplaceAll(urlQuery(name), "+", "%20"))
}
