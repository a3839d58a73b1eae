package web

import (
	"errors"
	"mime"
	"net/http"
	"path"
	"strings"

	"onevisit/internal/app/reform"
	"onevisit/internal/domain/fault"
)

// scanFile is the scan in a form, nil if none was chosen. The caller closes it.
func (q *request) scanFile() (f *reform.ScanFile, done func(), err error) {
	in, done, err := q.fileIn("scan")
	if err != nil || in == nil {
		return nil, done, err
	}
	return &reform.ScanFile{Name: in.Name, Size: in.Size, R: in.R}, done, nil
}

// fileIn is the file in a field of a form, nil if none was chosen. The caller
// closes it.
func (q *request) fileIn(field string) (f *reform.FileIn, done func(), err error) {
	r, head, err := q.FormFile(field)
	if errors.Is(err, http.ErrMissingFile) || errors.Is(err, http.ErrNotMultipart) {
		return nil, func() {}, nil
	}
	if err != nil {
		return nil, nil, fault.Wrap(fault.Invalid, err, "文件没有上传完整，请重试。")
	}
	name := path.Base(strings.ReplaceAll(head.Filename, `\`, "/"))
	return &reform.FileIn{Name: name, Size: head.Size, R: r}, func() { _ = r.Close() }, nil // only read
}

// POST /work/submissions/{id}/scans
func (s *Server) postScan(q *request) error {
	f, done, err := q.scanFile()
	if err != nil {
		return err
	}
	defer done()
	if f == nil {
		return s.submissionPage(q, fault.Invalidf("没有收到文件。").At("scan", "请选择已签字盖章的承诺书扫描件（PDF、JPG 或 PNG）"))
	}
	if err := s.Reform.AddScan(q.Context(), q.actor(), q.PathValue("id"), f); err != nil {
		return s.submissionPage(q, err)
	}
	return q.seeOther("/work/submissions/" + q.PathValue("id") + "?done=scanned")
}

// GET /work/submissions/{id}/scans/{scan}
func (s *Server) getScan(q *request) error {
	scan, f, err := s.Reform.OpenScan(q.Context(), q.actor(), q.PathValue("id"), q.PathValue("scan"))
	if err != nil {
		return err
	}
	defer f.Close()
	h := q.w.Header()
	h.Set("Content-Type", scan.Media)
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": scan.Name}))
	h.Set("Cache-Control", "no-store")
	http.ServeContent(q.w, q.Request, "", scan.At, f)
	return nil
}
