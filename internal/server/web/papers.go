package web

import (
	"bytes"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"onevisit/internal/app/portal"
	"onevisit/internal/domain/fault"
)

// paperRoutes lists the documents to print: pdf and docx under one address.
func (s *Server) paperRoutes() {
	s.handle("GET /items/{id}/papers/{file}", s.tagged(s.getGuidePaper))
	s.handle("GET /units/{id}/papers/{file}", s.tagged(s.getBooklet))
	s.work("GET /work/items/{id}/papers/{file}", s.getItemPaper)
	s.work("GET /work/submissions/{id}/papers/{file}", s.getSubmissionPaper)
	s.work("GET /work/batches/{id}/papers/{file}", s.getBatchPaper)
	s.work("GET /work/adjustments/{id}/papers/{file}", s.getAdjustmentPaper)
	s.work("GET /work/report/{id}/papers/{file}", s.getCommitmentPaper)
}

// base is the address under which the reader reached the program, for links on
// paper.
func (q *request) base() string {
	if q.s.PublicURL != "" {
		return strings.TrimSuffix(q.s.PublicURL, "/")
	}
	scheme := "http"
	if q.s.way.Secure(q.Request) {
		scheme = "https"
	}
	return scheme + "://" + q.Host
}

func (q *request) verifyPrefix() string { return q.base() + "/verify?code=" }

func (q *request) verifyLink(code string) string { return q.verifyPrefix() + url.QueryEscape(code) }

// paperFile splits 办事指南.pdf.
func paperFile(name string) (kind, format string) {
	if i := strings.LastIndexByte(name, '.'); i > 0 {
		return name[:i], name[i+1:]
	}
	return name, ""
}

// print answers with a document that print writes.
func (q *request) print(name, format string, print func(*bytes.Buffer) ([]rune, error)) error {
	var b bytes.Buffer
	missing, err := print(&b)
	if err != nil {
		return err
	}
	q.paperHead(name, format, missing)
	_, err = q.w.Write(b.Bytes())
	return err
}

// paperHead writes the head of an answer that is a document.
func (q *request) paperHead(name, format string, missing []rune) {
	if len(missing) > 0 {
		// The page shows 〓 in their place and says so at its foot; the log says
		// which fonts to add.
		q.s.Log.Warn("characters without a font", "request", q.num, "characters", string(missing))
	}
	kind := portal.PaperFormats[format]
	switch format {
	case "xlsx":
		kind = sheetType
	case "csv":
		kind = "text/csv; charset=utf-8"
	}
	h := q.w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", mime.FormatMediaType(disposition(format), map[string]string{"filename": name + "." + format}))
}

const sheetType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

// disposition shows a PDF in the browser and saves a Word file.
func disposition(format string) string {
	if format == "pdf" {
		return "inline"
	}
	return "attachment"
}

// GET /items/{id}/papers/{kind}.{format}
func (s *Server) getGuidePaper(q *request) error {
	if file, ok := strings.CutSuffix(q.PathValue("file"), proofSuffix); ok {
		return s.getPaperProof(q, file)
	}
	kind, format := paperFile(q.PathValue("file"))
	return q.print(kind, format, func(b *bytes.Buffer) ([]rune, error) {
		return s.Portal.PrintGuide(q.Context(), b, q.PathValue("id"), kind, format, q.answers(), q.verifyLink)
	})
}

// answers are those to an item's questions as its guide's address has them.
func (q *request) answers() map[string]string {
	in := map[string]string{}
	for k, v := range q.URL.Query() {
		in[k] = v[0]
	}
	return in
}

// proofSuffix after a paper's address gives the proof that it is the county's.
const proofSuffix = ".tlog-proof"

// GET /items/{id}/papers/{kind}.{format}.tlog-proof
func (s *Server) getPaperProof(q *request, file string) error {
	kind, format := paperFile(file)
	p, err := s.Portal.ProvePaper(q.Context(), q.PathValue("id"), kind, format, q.answers(), q.verifyLink, s.now())
	if err != nil {
		return err
	}
	b, err := p.Format()
	if err != nil {
		return err
	}
	h := q.w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": file + proofSuffix}))
	_, err = q.w.Write(b)
	return err
}

// GET /units/{id}/papers/指南汇编.{format}
func (s *Server) getBooklet(q *request) error {
	kind, format := paperFile(q.PathValue("file"))
	if kind != "指南汇编" {
		return fault.NotFoundf("没有名为“%s”的文书。", kind)
	}
	var out bytes.Buffer
	booklet, missing, err := s.Portal.AskBooklet(q.Context(), &out, q.PathValue("id"), format, q.verifyPrefix())
	switch {
	case err != nil:
		return err
	case booklet == nil:
		return q.print(kind, format, func(b *bytes.Buffer) ([]rune, error) {
			*b = out
			return missing, nil
		})
	case booklet.File == nil:
		q.w.Header().Del("ETag") // not the file that the address stands for
		q.w.Header().Set("Cache-Control", "no-store")
		p := q.publicPage("指南汇编")
		p.Refresh = 2
		q.status(http.StatusAccepted, p, bookletView(booklet))
		return nil
	}
	defer booklet.File.Close()
	q.paperHead(kind, format, booklet.Missing)
	_, err = io.Copy(q.w, booklet.File)
	return err
}

// GET /work/items/{id}/papers/{kind}.{format}
func (s *Server) getItemPaper(q *request) error {
	kind, format := paperFile(q.PathValue("file"))
	return q.print(kind, format, func(b *bytes.Buffer) ([]rune, error) {
		return s.Reform.PrintItem(q.Context(), q.actor(), b, q.PathValue("id"), kind, format)
	})
}

// GET /work/submissions/{id}/papers/{kind}.{format}
func (s *Server) getSubmissionPaper(q *request) error {
	kind, format := paperFile(q.PathValue("file"))
	return q.print(kind, format, func(b *bytes.Buffer) ([]rune, error) {
		return s.Reform.PrintSubmission(q.Context(), q.actor(), b, q.PathValue("id"), kind, format, q.receiptLink)
	})
}

// GET /work/report/{unit}/papers/公开承诺书.{format}: to be signed and sealed.
func (s *Server) getCommitmentPaper(q *request) error {
	kind, format := paperFile(q.PathValue("file"))
	if kind != "公开承诺书" {
		return fault.NotFoundf("没有名为“%s”的文书。", kind)
	}
	return q.print(kind, format, func(b *bytes.Buffer) ([]rune, error) {
		return s.Reform.PrintCommitment(q.Context(), q.actor(), b, q.PathValue("id"), format)
	})
}

// GET /work/adjustments/{id}/papers/调整公告.{format}
func (s *Server) getAdjustmentPaper(q *request) error {
	kind, format := paperFile(q.PathValue("file"))
	if kind != "调整公告" {
		return fault.NotFoundf("没有名为“%s”的文书。", kind)
	}
	return q.print(kind, format, func(b *bytes.Buffer) ([]rune, error) {
		return s.Reform.PrintAdjustment(q.Context(), q.actor(), b, q.PathValue("id"), format, func(seq int64) string {
			if seq == 0 {
				return q.base() + "/batches"
			}
			return q.base() + "/batches/" + strconv.FormatInt(seq, 10)
		})
	})
}

// GET /work/batches/{id}/papers/{kind}.{format}
func (s *Server) getBatchPaper(q *request) error {
	kind, format := paperFile(q.PathValue("file"))
	if kind != "批次公布公告" {
		return fault.NotFoundf("没有名为“%s”的文书。", kind)
	}
	return q.print(kind, format, func(b *bytes.Buffer) ([]rune, error) {
		return s.Reform.PrintAnnouncement(q.Context(), q.actor(), b, q.PathValue("id"), format, q.base()+"/batches")
	})
}
