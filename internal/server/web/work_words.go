package web

import (
	"net/url"
	"strings"

	"onevisit/internal/app/portal"
	"onevisit/internal/server"
	"onevisit/internal/server/web/ui"
)

// wordsData is the page of the search's words.
type wordsData struct {
	*portal.Words
	CSRF    string
	Query   string
	Form    url.Values // what was sent and refused, or what is to be answered
	Summary string
	Errors  []ui.FieldError
}

// answer is the address of the form for a search in vain.
func (d wordsData) answer(text string) string {
	return "/work/words?" + url.Values{"word": {text}}.Encode() + "#add"
}

func (d wordsData) field(name, label, help string) ui.FieldView {
	return ui.FieldView{Name: name, Label: label, Help: help, Value: d.Form.Get(name), Error: ui.ErrorFor(d.Errors, name), Required: true, Width: "medium"}
}

// sourceText says in words where the program's table has a word from.
func sourceText(source string) string {
	if law, ok := strings.CutPrefix(source, "law: "); ok {
		return "《" + law + "》"
	}
	if place, ok := strings.CutPrefix(source, "list: "); ok {
		return place + "公布的清单"
	}
	return "日常说法"
}

func official(words []string) string { return strings.Join(words, "、") }

func (s *Server) wordsPage(q *request, failed error) error {
	d := wordsData{CSRF: q.in.FormToken, Query: strings.TrimSpace(q.URL.Query().Get("q")), Form: q.PostForm}
	if failed == nil {
		d.Form = q.URL.Query()
	}
	var err error
	if d.Words, err = s.Portal.Words(q.Context(), q.actor(), d.Query); err != nil {
		return err
	}
	if failed == nil {
		return q.render(q.page("搜索用语"), wordsView(d))
	}
	var ok bool
	if d.Summary, d.Errors, ok = q.fieldErrors(failed); !ok {
		return failed
	}
	q.status(server.Status(failed), q.page("搜索用语"), wordsView(d))
	return nil
}

// GET /work/words
func (s *Server) getWords(q *request) error { return s.wordsPage(q, nil) }

// POST /work/words adds, changes or removes a word of the county's own.
func (s *Server) postWords(q *request) error {
	word := q.PostFormValue("word")
	if q.PostFormValue("do") == "drop" {
		if err := s.Portal.DropWord(q.Context(), q.actor(), word); err != nil {
			return s.wordsPage(q, err)
		}
		return q.seeOther("/work/words?done=word-dropped")
	}
	if err := s.Portal.PutWord(q.Context(), q.actor(), word, q.PostFormValue("official"), q.PostFormValue("source")); err != nil {
		return s.wordsPage(q, err)
	}
	return q.seeOther("/work/words?done=word-saved")
}
