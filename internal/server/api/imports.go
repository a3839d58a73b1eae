package api

import (
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"onevisit/internal/app/reform"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/server"
)

// importRun is an uploaded file and what became of it; the counts are those of
// the import command. FinishedAt is null while it is being read.
type importRun struct {
	ID         string     `json:"id"`
	UnitID     string     `json:"unit_id"`
	File       string     `json:"file"`
	DryRun     bool       `json:"dry_run"`
	State      string     `json:"state"`
	Message    string     `json:"message"`
	Rows       int        `json:"rows"`
	Good       int        `json:"good"`
	Bad        int        `json:"bad"`
	Created    int        `json:"created"`
	Changed    int        `json:"changed"`
	Same       int        `json:"same"`
	Locked     int        `json:"locked"`
	StartedAt  time.Time  `json:"started_at"`
	FinishedAt *time.Time `json:"finished_at"`
}

func importRunOf(r *reform.ImportRun) importRun {
	out := importRun{r.ID, r.UnitID, r.FileName, r.DryRun, string(r.State), r.Message, r.Rows, r.Good, r.Bad, r.Created, r.Changed, r.Same, r.Locked,
		r.StartedAt.UTC(), nil}
	if !r.FinishedAt.IsZero() {
		at := r.FinishedAt.UTC()
		out.FinishedAt = &at
	}
	return out
}

// POST /api/imports takes a form with the fields unit_id and dry_run before the
// file, so that nothing is stored for somebody who may not import. The rows are
// read by a job.
func (s *Server) postImports(q *request) error {
	q.Body = http.MaxBytesReader(q.w, q.Body, server.MaxUpload)
	parts, err := q.MultipartReader()
	if err != nil {
		return server.WithStatus(http.StatusUnsupportedMediaType, fault.Invalidf("请以表单上传文件：请求头 Content-Type 应为 multipart/form-data。"))
	}
	unit, dryRun := "", false
	for {
		p, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return fault.Invalidf("没有收到文件。").At("file", "请在表单中给出要导入的文件（xlsx、csv、json、jsonl）")
		}
		if err != nil {
			return uploadFault(err)
		}
		switch p.FormName() {
		case "unit_id":
			unit, err = fieldValue(p)
		case "dry_run":
			var v string
			if v, err = fieldValue(p); err == nil && v != "true" && v != "false" {
				return fault.Invalidf("表单有误，请按提示更正。").At("dry_run", "应是 true 或 false")
			}
			dryRun = v == "true"
		case "file":
			return s.startImport(q, unit, dryRun, p)
		default:
			return fault.Invalidf("表单有误，请按提示更正。").At(p.FormName(), "没有这个字段，可用：unit_id、dry_run、file")
		}
		if err != nil {
			return uploadFault(err)
		}
	}
}

func (s *Server) startImport(q *request, unit string, dryRun bool, file *multipart.Part) error {
	if err := org.Can(q.actor(), org.ImportItems, unit); err != nil {
		return err
	}
	ref, err := s.Reform.Upload(q.Context(), file)
	if err != nil {
		return uploadFault(err)
	}
	name := path.Base(strings.ReplaceAll(file.FileName(), `\`, "/"))
	id, err := s.Reform.StartImport(q.Context(), q.actor(), unit, name, ref, dryRun)
	if err != nil {
		return err
	}
	run, err := s.Reform.ImportRun(q.Context(), q.actor(), id)
	if err != nil {
		return err
	}
	q.w.Header().Set("Location", "/api/imports/"+id)
	return q.replyWith(http.StatusAccepted, importRunOf(&run))
}

// fieldValue reads a short field of a form.
func fieldValue(p *multipart.Part) (string, error) {
	b, err := io.ReadAll(io.LimitReader(p, 1<<10))
	return strings.TrimSpace(string(b)), err
}

// uploadFault says why an upload broke off.
func uploadFault(err error) error {
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return server.WithStatus(http.StatusRequestEntityTooLarge, fault.Wrap(fault.Invalid, err, "文件超过 200 MB。"))
	case fault.KindOf(err) != fault.Internal:
		return err
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, multipart.ErrMessageTooLarge):
		return fault.Wrap(fault.Invalid, err, "文件没有上传完整，请重试。")
	}
	return err
}

// GET /api/imports/{id}
func (s *Server) getImport(q *request) error {
	run, err := s.Reform.ImportRun(q.Context(), q.actor(), q.PathValue("id"))
	if err != nil {
		return err
	}
	return q.reply(importRunOf(&run))
}

// GET /api/imports/{id}/problems
func (s *Server) getProblems(q *request) error {
	v, err := q.query(nil, "limit", "next")
	if err != nil {
		return err
	}
	n, err := limit(v)
	if err != nil {
		return err
	}
	// The report never changes, so that a line's number is its key.
	from, err := number(v, "next", 0, 0, 1<<30)
	if err != nil {
		return err
	}
	list, more, err := s.Reform.ImportProblems(q.Context(), q.actor(), q.PathValue("id"), from, n)
	if err != nil {
		return err
	}
	next := ""
	if more {
		next = strconv.Itoa(from + n)
	}
	return q.reply(map[string]any{"problems": filled(list), "next": next})
}
