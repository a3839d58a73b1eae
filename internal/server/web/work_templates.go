package web

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"unicode/utf8"

	"onevisit/internal/app/reform"
	"onevisit/internal/domain/fault"
	"onevisit/internal/server"
	"onevisit/internal/server/web/ui"
)

// maxTemplateFile is the largest file that is read as a template, in bytes.
const maxTemplateFile = 1 << 20

// templateData is the page of one template.
type templateData struct {
	*reform.Template
	CSRF    string
	Summary string
	Errors  []ui.FieldError
}

// GET /work/templates
func (s *Server) getTemplates(q *request) error {
	list, err := s.Reform.Templates(q.Context(), q.actor())
	if err != nil {
		return err
	}
	return q.render(q.page("文书模板"), templatesView(list))
}

// GET /work/templates/{name}
func (s *Server) getPaperTemplate(q *request) error { return s.templatePage(q, "", nil) }

// templatePage shows a template; after a refusal with the text that was refused.
func (s *Server) templatePage(q *request, text string, failed error) error {
	v, err := s.Reform.Template(q.Context(), q.actor(), q.PathValue("name"))
	if err != nil {
		return err
	}
	d := templateData{Template: v, CSRF: q.in.FormToken}
	p := q.page("文书模板 " + v.Name)
	p.Crumbs = []ui.Crumb{{Label: "文书模板", Href: "/work/templates"}}
	if failed == nil {
		return q.render(p, templateView(d))
	}
	if !fault.Is(failed, fault.Invalid) {
		return failed
	}
	if utf8.ValidString(text) && !strings.ContainsRune(text, 0) { // else it was no text, and what is in force stays to be edited
		d.Text = text
	}
	d.Summary, d.Errors = "模板没有启用，现行模板不变。", []ui.FieldError{{ID: "text", Text: fault.Text(failed)}}
	q.status(server.Status(failed), p, templateView(d))
	return nil
}

// POST /work/templates/{name}: preview, replace or restore.
func (s *Server) postPaperTemplate(q *request) error {
	name := q.PathValue("name")
	path := "/work/templates/" + urlQuery(name)
	text := q.PostFormValue("text")
	f, _, err := q.FormFile("file")
	switch {
	case err == nil:
		defer f.Close()
		b, err := io.ReadAll(f)
		if err != nil {
			return fault.Wrap(fault.Invalid, err, "文件没有上传完整，请重试。")
		}
		text = string(b)
	case !errors.Is(err, http.ErrMissingFile) && !errors.Is(err, http.ErrNotMultipart):
		return fault.Wrap(fault.Invalid, err, "文件没有上传完整，请重试。")
	}
	switch q.PostFormValue("do") {
	case "preview":
		var b bytes.Buffer
		missing, err := s.Reform.PreviewTemplate(q.Context(), q.actor(), &b, name, text)
		if err != nil {
			return s.templatePage(q, text, err)
		}
		return q.print(name, "pdf", func(out *bytes.Buffer) ([]rune, error) {
			*out = b
			return missing, nil
		})
	case "restore":
		if err := s.Reform.RestoreTemplate(q.Context(), q.actor(), name); err != nil {
			return err
		}
		return q.seeOther(path + "?done=original")
	}
	if err := s.Reform.ReplaceTemplate(q.Context(), q.actor(), name, text); err != nil {
		return s.templatePage(q, text, err)
	}
	return q.seeOther(path + "?done=template")
}
