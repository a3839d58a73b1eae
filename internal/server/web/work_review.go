package web

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"onevisit/internal/app/reform"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/publication"
	"onevisit/internal/server"
	"onevisit/internal/server/web/ui"
)

// submissionsData is the list of what was reported.
type submissionsData struct {
	List  []publication.Submission
	Units []org.Unit
	Query url.Values
	More  bool
}

// submissionsFilter reads the filter of the list from an address.
func submissionsFilter(v url.Values) reform.SubmissionsFilter {
	return reform.SubmissionsFilter{Unit: v.Get("unit"), State: publication.SubmissionState(v.Get("state")), Kind: publication.SubmissionKind(v.Get("kind")), Late: v.Get("late") == "1",
		Order: orderOf(v), After: v.Get("after"), Before: v.Get("before"), Limit: pageSize}
}

func (d submissionsData) columns() []ui.Column {
	by := func(key, label string) ui.Column {
		return sortable("/work/submissions", d.Query, key, ui.Column{Label: label})
	}
	return []ui.Column{{Label: "编号"}, by("unit", "单位"), by("kind", "种类"), {Label: "时间"}, {Label: "待定", Num: true}, {Label: "通过", Num: true}, {Label: "退回", Num: true}, by("state", "状态")}
}

func (d submissionsData) tabs() []ui.Tab {
	var out []ui.Tab
	for _, t := range [][2]string{{"全部", ""}, {"审核中", string(publication.InReview)}, {"审核完毕", string(publication.Settled)}} {
		out = append(out, ui.Tab{Label: t[0], Href: listAddress("/work/submissions", d.Query, "state", t[1]), Count: -1, Current: d.Query.Get("state") == t[1]})
	}
	return out
}

func (d submissionsData) kinds() []ui.Option {
	return ui.Options([]string{d.Query.Get("kind")}, [2]string{"", "全部种类"}, [2]string{string(publication.Package), string(publication.Package)}, [2]string{string(publication.ZeroReport), string(publication.ZeroReport)})
}

func (d submissionsData) lates() []ui.Option {
	return ui.Options([]string{d.Query.Get("late")}, [2]string{"", "不限"}, [2]string{"1", "只看迟报"})
}

func (d submissionsData) keep() []ui.Hidden {
	out := keepOrder(d.Query)
	if st := d.Query.Get("state"); st != "" {
		out = append(out, ui.Hidden{Name: "state", Value: st})
	}
	return out
}

func (d submissionsData) pager() (p ui.PagerView) {
	if n := len(d.List); n > 0 {
		p.PrevHref, p.NextHref = pages("/work/submissions", d.Query, d.List[0].ID, d.List[n-1].ID, d.More)
	}
	return p
}

// GET /work/submissions
func (s *Server) getSubmissions(q *request) error {
	d := submissionsData{Query: q.URL.Query()}
	var err error
	if d.List, err = s.Reform.Submissions(q.Context(), q.actor(), submissionsFilter(d.Query)); err != nil {
		return err
	}
	if _, d.Units, err = s.readableUnits(q); err != nil {
		return err
	}
	d.More = len(d.List) == pageSize
	return q.render(q.page("报送与审核"), submissionsView(d))
}

// GET /work/submissions/{id}
func (s *Server) getSubmission(q *request) error { return s.submissionPage(q, nil) }

// reviewPart is the part of a submission that the reader goes through.
func (q *request) reviewPart() publication.ReviewPart {
	part := publication.ReviewPart(q.FormValue("part"))
	for _, p := range publication.ReviewParts {
		if p.Part == part {
			return part
		}
	}
	return publication.AllParts
}

// number reads a whole number from the address, nil if there is none.
func (q *request) number(name string) *int {
	n, err := strconv.Atoi(q.FormValue(name))
	if err != nil {
		return nil
	}
	return &n
}

func reviewHref(sub, item string, part publication.ReviewPart) string {
	href := "/work/submissions/" + sub + "/items/" + item
	if part != publication.AllParts {
		href += "?part=" + string(part)
	}
	return href
}

// tabs are the parts of the submission that somebody of the office may want.
func (d submissionData) tabs() []ui.Tab {
	var out []ui.Tab
	for _, p := range publication.ReviewParts {
		if d.Review.Office == "" && p.Part != publication.AllParts && p.Part != publication.BackPart && p.Part != publication.DisputePart {
			continue
		}
		out = append(out, ui.Tab{Label: p.Name, Href: d.href(p.Part, "", 0), Count: d.Review.Progress.Of(p.Part), Current: p.Part == d.Review.Part})
	}
	return out
}

func (d submissionData) href(part publication.ReviewPart, key string, at int) string {
	v := url.Values{}
	if part != publication.AllParts {
		v.Set("part", string(part))
	}
	if key != "" {
		v.Set(key, strconv.Itoa(at))
	}
	href := "/work/submissions/" + d.Review.ID
	if len(v) > 0 {
		href += "?" + v.Encode()
	}
	return href + "#items"
}

func (d submissionData) pager() (p ui.PagerView) {
	if at := d.Review.Before; at != nil && *at > 0 {
		p.PrevHref = d.href(d.Review.Part, "before", *at)
	}
	if at := d.Review.After; at != nil {
		p.NextHref = d.href(d.Review.Part, "after", *at)
	}
	return p
}

// cleanData is the page of what can be passed together.
type cleanData struct {
	*reform.Review
	CSRF string
}

// GET /work/submissions/{id}/clean
func (s *Server) getClean(q *request) error {
	v, err := s.Reform.CleanItems(q.Context(), q.actor(), q.PathValue("id"))
	if err != nil {
		return err
	}
	return q.render(q.page("一并通过"), cleanView(cleanData{v, q.in.FormToken}))
}

// POST /work/submissions/{id}/pass-clean
func (s *Server) postPassClean(q *request) error {
	id := q.PathValue("id")
	shown := append([]string{}, q.PostForm["item"]...)
	n, err := s.Reform.PassClean(q.Context(), q.actor(), id, shown)
	if err != nil {
		return err
	}
	done := "passed"
	if n < len(shown) {
		done = "passed-some"
	}
	return q.seeOther("/work/submissions/" + id + "?part=" + string(publication.OpenPart) + "&done=" + done + "#items")
}

// reviewData is one item on the screen of a reviewer.
type reviewData struct {
	*reform.ReviewView
	CSRF    string
	Summary string
	Errors  []ui.FieldError
	Form    url.Values
	Fields  []*catalog.Element
}

func (d reviewData) action(step string) string {
	href := "/work/submissions/" + d.Submission.ID + "/items/" + d.Item.ItemID + step
	if d.Part != publication.AllParts {
		href += "?part=" + string(d.Part)
	}
	return href
}

// keys are the shortcuts of what is on the page.
func (d reviewData) keys() []ui.KeyHint {
	var list []ui.KeyHint
	if d.Next != "" {
		list = append(list, ui.KeyHint{Key: "j", Text: "下一项"})
	}
	if d.Prev != "" {
		list = append(list, ui.KeyHint{Key: "k", Text: "上一项"})
	}
	if d.MayDecide {
		list = append(list, ui.KeyHint{Key: "a", Text: "通过"}, ui.KeyHint{Key: "r", Text: "写退回意见"})
	}
	return append(list, ui.KeyHint{Key: "u", Text: "返回报送"})
}

func partName(part publication.ReviewPart) string {
	for _, p := range publication.ReviewParts {
		if p.Part == part && part != publication.AllParts {
			return p.Name
		}
	}
	return ""
}

// other is the other of the two offices.
func other(o publication.Office) publication.Office {
	for _, x := range publication.Offices {
		if x != o {
			return x
		}
	}
	return ""
}

// changedText says in few words how an item differs from before.
func changedText(it *publication.SubmittedItem) string {
	switch {
	case it.Against == publication.AgainstUnknown:
		return "—"
	case it.Against == publication.AgainstNothing:
		return "新报"
	case it.Changes == 0:
		return "没有变化"
	}
	return fmt.Sprintf("变化 %d 处", it.Changes)
}

func verdictOf(it *publication.SubmittedItem, o publication.Office) string {
	if v := it.Verdict(o); v != nil {
		return string(v.Decision)
	}
	return "—"
}

// elementOf is the field of the table of elements at which a remark is shown: the
// field itself, or the first one of its element.
func elementOf(key string) string {
	no := 0
	for _, e := range catalog.Elements().Elements {
		if e.Key == key {
			no = e.No
		}
	}
	for _, f := range catalog.Fields() {
		if f.Key == key {
			return key
		}
	}
	for _, f := range catalog.Fields() {
		if no > 0 && f.Element == no {
			return f.Key
		}
	}
	return ""
}

// remarksAt are an office's remarks on an element.
func (d reviewData) remarksAt(o publication.Office, field string) (out []string) {
	if v := d.Item.Verdict(o); v != nil {
		for _, m := range v.Remarks {
			if elementOf(m.Field) == field {
				out = append(out, m.Text)
			}
		}
	}
	return out
}

// said reports whether anybody remarks on an element; an empty one may be missing.
func (d reviewData) said(field string) bool {
	return len(d.remarksAt(publication.ReformOffice, field))+len(d.remarksAt(publication.ApprovalBureau, field)) > 0 || d.typed(field) != ""
}

// typed is what stands in the form at an element: what was typed, or what the
// office said before.
func (d reviewData) typed(field string) string {
	if t, ok := d.Form["remark."+field]; ok {
		return strings.Join(t, "")
	}
	if len(d.Form) > 0 || d.Mine == nil {
		return ""
	}
	return strings.Join(d.remarksAt(d.Office, field), "\n")
}

// quickRemarks is how many remarks can be written without going to the element.
const quickRemarks = 2

func (d reviewData) elementOptions() []ui.Option {
	pairs := [][2]string{{"", "请选择要素"}}
	for _, e := range d.Fields {
		pairs = append(pairs, [2]string{e.Key, fmt.Sprintf("%d %s", e.No, e.Name)})
	}
	return ui.Options(nil, pairs...)
}

// quick is what stands in a row of the quick remarks: what was typed, or what the
// office said that is at no element.
func (d reviewData) quick(i int) (field, text string) {
	if len(d.Form["remark_text"]) > i {
		if f := d.Form["remark_field"]; i < len(f) {
			field = f[i]
		}
		return field, d.Form["remark_text"][i]
	}
	if d.Mine == nil {
		return "", ""
	}
	rest := slices.DeleteFunc(slices.Clone(d.Mine.Remarks), func(m publication.Remark) bool { return elementOf(m.Field) != "" })
	if i < len(rest) {
		return rest[i].Field, rest[i].Text
	}
	return "", ""
}

func remarkSelect(d reviewData, i int) ui.FieldView {
	field, _ := d.quick(i)
	v := ui.FieldView{Name: "remark_field", ID: fmt.Sprintf("remark-field-%d", i), Label: fmt.Sprintf("要素 %d", i+1), Options: d.elementOptions(), Value: field}
	if i == 0 {
		v.Key = "r"
	}
	return v
}

func remarkText(d reviewData, i int) ui.FieldView {
	_, text := d.quick(i)
	v := ui.FieldView{Name: "remark_text", ID: fmt.Sprintf("remark-text-%d", i), Label: "修改意见", Value: text}
	if i == 0 {
		v.Error = ui.ErrorFor(d.Errors, "remarks")
	}
	return v
}

// GET /work/submissions/{id}/items/{item}: one screen an item.
func (s *Server) getReview(q *request) error { return s.reviewPage(q, nil) }

func (s *Server) reviewPage(q *request, failed error) error {
	v, err := s.Reform.ReviewItem(q.Context(), q.actor(), q.PathValue("id"), q.PathValue("item"), q.reviewPart())
	if err != nil {
		return err
	}
	d := reviewData{ReviewView: v, CSRF: q.in.FormToken, Form: q.PostForm, Fields: catalog.Elements().Elements}
	if failed == nil {
		return q.render(q.page("审核 "+v.Item.Name), reviewView(d))
	}
	var ok bool
	if d.Summary, d.Errors, ok = q.fieldErrors(failed); !ok {
		return failed
	}
	q.status(server.Status(failed), q.page("审核 "+v.Item.Name), reviewView(d))
	return nil
}

// remarks reads the remarks of the form: those beside their elements, and those
// for which an element was chosen. Empty ones are no remarks.
func (q *request) remarks() (out []publication.Remark) {
	for _, f := range catalog.Fields() {
		if t := strings.TrimSpace(q.PostFormValue("remark." + f.Key)); t != "" {
			out = append(out, publication.Remark{Field: f.Key, Label: f.Label, Text: t})
		}
	}
	fields, texts := q.PostForm["remark_field"], q.PostForm["remark_text"]
	for i, t := range texts {
		if t = strings.TrimSpace(t); t != "" && i < len(fields) {
			out = append(out, publication.Remark{Field: fields[i], Text: t})
		}
	}
	return out
}

// POST /work/submissions/{id}/items/{item}
func (s *Server) postReview(q *request) error {
	err := s.Reform.Decide(q.Context(), q.actor(), q.PathValue("id"), []string{q.PathValue("item")}, publication.Decision(q.PostFormValue("decision")), q.remarks())
	return s.reviewed(q, err, "reviewed")
}

// POST /work/submissions/{id}/items/{item}/adopt takes the other office's view.
func (s *Server) postAdopt(q *request) error {
	return s.reviewed(q, s.Reform.AdoptVerdict(q.Context(), q.actor(), q.PathValue("id"), q.PathValue("item")), "agreed")
}

// POST /work/submissions/{id}/items/{item}/ask
func (s *Server) postAskRuling(q *request) error {
	return s.reviewed(q, s.Reform.AskRuling(q.Context(), q.actor(), q.PathValue("id"), q.PathValue("item"), q.PostFormValue("note")), "ruling-asked")
}

// POST /work/submissions/{id}/items/{item}/rule
func (s *Server) postRule(q *request) error {
	return s.reviewed(q, s.Reform.Rule(q.Context(), q.actor(), q.PathValue("id"), q.PathValue("item"), publication.Decision(q.PostFormValue("ruling")), q.PostFormValue("reason")), "ruled")
}

// reviewed goes on to the next item that waits for the reader in what they are
// going through, else back to the list.
func (s *Server) reviewed(q *request, failed error, done string) error {
	if failed != nil {
		return s.reviewPage(q, failed)
	}
	id, part := q.PathValue("id"), q.reviewPart()
	next, err := s.Reform.NextToReview(q.Context(), q.actor(), id, q.PathValue("item"), part)
	if err != nil {
		return err
	}
	if next == "" {
		return q.seeOther("/work/submissions/" + id + "?part=" + string(part) + "&done=" + done + "#items")
	}
	v := url.Values{"done": {done}}
	if part != publication.AllParts {
		v.Set("part", string(part))
	}
	return q.seeOther("/work/submissions/" + id + "/items/" + next + "?" + v.Encode())
}
