package web

import (
	"errors"
	"io"
	"net/http"
	"path"
	"strconv"
	"strings"

	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
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

// GET /work/import/{id}
func (s *Server) getImportRun(q *request) error {
	run, err := s.Reform.ImportRun(q.Context(), q.actor(), q.PathValue("id"))
	if err != nil {
		return err
	}
	offset, _ := strconv.Atoi(q.FormValue("from")) // absent or wrong: the first page
	offset = max(offset, 0)
	problems, more, err := s.Reform.ImportProblems(q.Context(), q.actor(), run.ID, offset, problemsPage)
	if err != nil {
		return err
	}
	p := q.page("导入 " + run.FileName)
	if run.FinishedAt.IsZero() {
		q.w.Header().Set("Refresh", "2") // seconds; the page can be left meanwhile
	}
	return q.render(p, importRunView(run, problems, offset, more))
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
