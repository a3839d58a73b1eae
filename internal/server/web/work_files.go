package web

import (
	"mime"
	"net/http"
	"os"
	"strconv"
	"time"

	"onevisit/internal/app/reform"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
	"onevisit/internal/server/web/ui"
)

// GET /work/items/{id}/files: the forms and samples of an item.
func (s *Server) getFiles(q *request) error {
	return q.filesPage(http.StatusOK, "", "", nil)
}

func (q *request) filesPage(status int, slot, summary string, errs []ui.FieldError) error {
	v, err := q.s.Reform.Item(q.Context(), q.actor(), q.PathValue("id"))
	if err != nil {
		return err
	}
	p := q.page("表格和样例：" + v.Name)
	p.Crumbs = []ui.Crumb{{Label: "事项", Href: "/work/items"}, {Label: v.Name, Href: "/work/items/" + v.ID}}
	q.status(status, p, filesView(filesData{ItemView: v, CSRF: q.in.FormToken, Slot: slot, Summary: summary, Errors: errs}))
	return nil
}

// filesData is the page of forms and samples; Slot is the one that an error is
// about.
type filesData struct {
	*reform.ItemView
	CSRF, Slot, Summary string
	Errors              []ui.FieldError
}

func (d filesData) error(slot string) string {
	if slot != d.Slot {
		return ""
	}
	return ui.ErrorFor(d.Errors, "file")
}

// summary leads to the slot of the error.
func (d filesData) summary() []ui.FieldError {
	out := make([]ui.FieldError, len(d.Errors))
	for i, e := range d.Errors {
		out[i] = ui.FieldError{ID: "file-" + d.Slot, Text: e.Text}
	}
	return out
}

func (q *request) itemVersion() int64 {
	n, _ := strconv.ParseInt(q.FormValue("version"), 10, 64) // absent or wrong: no version, which is a conflict
	return n
}

// POST /work/items/{id}/files
func (s *Server) postFile(q *request) error {
	id, slot := q.PathValue("id"), q.FormValue("slot")
	f, done, err := q.fileIn("file")
	if err == nil {
		defer done()
		if f == nil {
			err = fault.Invalidf("没有收到文件。").At("file", "请先选择要上传的文件")
		} else {
			err = s.Reform.AttachFile(q.Context(), q.actor(), id, q.itemVersion(), slot, *f)
		}
	}
	if err != nil {
		if summary, fields, ok := q.fieldErrors(err); ok {
			return q.filesPage(http.StatusUnprocessableEntity, slot, summary, fields)
		}
		return err
	}
	return q.seeOther("/work/items/" + id + "/files?done=attached")
}

// POST /work/items/{id}/files/remove
func (s *Server) postFileRemove(q *request) error {
	id := q.PathValue("id")
	if err := s.Reform.RemoveFile(q.Context(), q.actor(), id, q.itemVersion(), q.FormValue("slot")); err != nil {
		return err
	}
	return q.seeOther("/work/items/" + id + "/files?done=detached")
}

// GET /work/items/{id}/files/{slot}
func (s *Server) getWorkFile(q *request) error {
	file, f, err := s.Reform.OpenFile(q.Context(), q.actor(), q.PathValue("id"), q.PathValue("slot"))
	if err != nil {
		return err
	}
	defer f.Close()
	q.w.Header().Set("Cache-Control", "no-store")
	q.file(file, f)
	return nil
}

// GET /items/{id}/files/{slot}/{name}: a form or sample of the released guide. The
// name in the address is for the reader; what is sent follows from the release.
func (s *Server) getFile(q *request) error {
	file, f, err := s.Portal.File(q.Context(), q.PathValue("id"), q.PathValue("slot"))
	if err != nil {
		return err
	}
	defer f.Close()
	q.w.Header()["Cache-Control"] = revalidated
	q.w.Header().Set("ETag", `"`+file.Hash[:24]+`"`)
	q.file(file, f)
	return nil
}

// file sends a form or sample to be saved: nothing that a unit uploads is opened
// within this site.
func (q *request) file(file catalog.File, f *os.File) {
	h := q.w.Header()
	h.Set("Content-Type", file.Media())
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": file.Name}))
	http.ServeContent(q.w, q.Request, "", time.Time{}, f)
}
