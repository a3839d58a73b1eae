package web

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"onevisit/internal/app/reform"
	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/publication"
	"onevisit/internal/server"
	"onevisit/internal/server/web/ui"
)

// adjustRoutes lists the pages of dynamic adjustment (P-3.2f).
func (s *Server) adjustRoutes() {
	s.work("GET /work/adjustments", s.getAdjustments)
	s.work("GET /work/adjustments/new", s.getNewAdjustment)
	s.work("POST /work/adjustments", s.postAdjustments)
	s.work("GET /work/adjustments/{id}", s.getAdjustment)
	s.work("POST /work/adjustments/{id}", s.postAdjustment)
	s.work("POST /work/adjustments/{id}/items", s.postAdjustedItems)
	s.work("POST /work/adjustments/{id}/successors", s.postSuccessors)
	for step := range adjustSteps {
		s.work("POST /work/adjustments/{id}/"+step, s.postAdjustStep(step))
	}
	s.work("POST /work/items/{id}/reinstate", s.postReinstate)
}

// adjustTabs are the parts of the list of adjustments.
var adjustTabs = []struct {
	key, label string
	states     []publication.BatchState
}{
	{"", "办理中", []publication.BatchState{publication.Drafting, publication.AtLeader, publication.AtOffice, publication.AtCounty, publication.Sanctioned}},
	{"released", "已公布", []publication.BatchState{publication.Released}},
	{"ended", "未调整", []publication.BatchState{publication.Withdrawn, publication.Refused}},
}

// adjustListData is a page of adjustments.
type adjustListData struct {
	List     []publication.Batch
	Tab      string
	Query    url.Values
	Units    []org.Unit
	Due      func(string) (light, text string)
	CanStart bool
	More     bool
}

func (d adjustListData) tabs() []ui.Tab {
	var out []ui.Tab
	for _, t := range adjustTabs {
		out = append(out, ui.Tab{Label: t.label, Href: listAddress("/work/adjustments", d.Query, "tab", t.key), Count: -1, Current: t.key == d.Tab})
	}
	return out
}

func (d adjustListData) columns() []ui.Column {
	by := func(key, label string) ui.Column {
		return sortable("/work/adjustments", d.Query, key, ui.Column{Label: label})
	}
	return []ui.Column{by("op", "调整"), by("unit", "单位"), {Label: "办理"}, {Label: "轮到"}, by("due", "期限"), by("state", "状态")}
}

func (d adjustListData) ops() []ui.Option {
	pairs := [][2]string{{"", "全部种类"}}
	for _, op := range publication.Ops() {
		pairs = append(pairs, [2]string{string(op), string(op)})
	}
	return ui.Options([]string{d.Query.Get("op")}, pairs...)
}

func (d adjustListData) keep() []ui.Hidden {
	out := keepOrder(d.Query)
	if d.Tab != "" {
		out = append(out, ui.Hidden{Name: "tab", Value: d.Tab})
	}
	return out
}

func (d adjustListData) pager() (p ui.PagerView) {
	if n := len(d.List); n > 0 {
		p.PrevHref, p.NextHref = pages("/work/adjustments", d.Query, d.List[0].ID, d.List[n-1].ID, d.More)
	}
	return p
}

// adjustmentsFilter reads the filter of the list from an address.
func adjustmentsFilter(v url.Values) reform.AdjustmentsFilter {
	f := reform.AdjustmentsFilter{Unit: v.Get("unit"), Op: publication.Op(v.Get("op")), Order: orderOf(v), After: v.Get("after"), Before: v.Get("before"), Limit: pageSize}
	for _, t := range adjustTabs {
		if t.key == v.Get("tab") {
			f.States = t.states
		}
	}
	return f
}

// GET /work/adjustments
func (s *Server) getAdjustments(q *request) error {
	d := adjustListData{Query: q.URL.Query(), Tab: q.FormValue("tab"), Due: s.due, CanStart: org.Can(q.actor(), org.FileAdjustment, q.actor().UnitID) == nil}
	var err error
	if d.List, err = s.Reform.Adjustments(q.Context(), q.actor(), adjustmentsFilter(d.Query)); err != nil {
		return err
	}
	if _, d.Units, err = s.readableUnits(q); err != nil {
		return err
	}
	d.More = len(d.List) == pageSize
	return q.render(q.page("动态调整"), adjustmentsView(d))
}

// newAdjustData is the page on which an adjustment is begun: which item, and
// what is to be done to it.
type newAdjustData struct {
	Query   string
	Found   []reform.ItemRow
	Names   map[string]string
	Item    *reform.ItemView
	Op      publication.Op
	CSRF    string
	Summary string
	Errors  []ui.FieldError
}

// possible are the operations that fit the item as it stands.
func (d newAdjustData) possible() []publication.Op {
	switch {
	case d.Item.State == publication.Suspended:
		return []publication.Op{publication.OpResume, publication.OpCancel, publication.OpTransfer, publication.OpDelegate}
	case d.Item.ReleaseSeq == 0 || d.Item.State == publication.Cancelled:
		return []publication.Op{publication.OpAdd}
	}
	return slices.DeleteFunc(publication.Ops(), func(op publication.Op) bool { return op == publication.OpAdd || op == publication.OpResume })
}

func (d newAdjustData) ops() []ui.Option {
	var out []ui.Option
	for _, op := range d.possible() {
		label := string(op)
		if op == publication.OpTransfer {
			label = "划转至行政审批局或者其他单位"
		}
		out = append(out, ui.Option{Value: string(op), Label: label, Help: op.Hint(), Selected: op == d.Op})
	}
	return out
}

// GET /work/adjustments/new
func (s *Server) getNewAdjustment(q *request) error { return s.newAdjustmentPage(q, nil) }

func (s *Server) newAdjustmentPage(q *request, failed error) error {
	d := newAdjustData{Query: strings.TrimSpace(q.FormValue("q")), Op: publication.Op(q.FormValue("op")), CSRF: q.in.FormToken}
	if id := q.FormValue("item"); id != "" {
		var err error
		if d.Item, err = s.Reform.Item(q.Context(), q.actor(), id); err != nil {
			return err
		}
	} else if d.Query != "" {
		var err error
		if d.Found, _, err = s.Reform.Items(q.Context(), q.actor(), reform.ItemFilter{Text: d.Query, Limit: 20}); err != nil {
			return err
		}
		if d.Names, err = s.unitNames(q); err != nil {
			return err
		}
	}
	if failed == nil {
		return q.render(q.page("申请调整"), newAdjustmentView(d))
	}
	var ok bool
	if d.Summary, d.Errors, ok = q.fieldErrors(failed); !ok {
		return failed
	}
	q.status(server.Status(failed), q.page("申请调整"), newAdjustmentView(d))
	return nil
}

func (s *Server) unitNames(q *request) (map[string]string, error) {
	units, err := s.Office.Units(q.Context())
	names := map[string]string{}
	for _, u := range units {
		names[u.ID] = u.Name
	}
	return names, err
}

// POST /work/adjustments
func (s *Server) postAdjustments(q *request) error {
	item, op := q.PostFormValue("item"), publication.Op(q.PostFormValue("op"))
	in := reform.AdjustInput{Op: op, CauseOn: calendar.DateOf(s.now()), Effective: calendar.DateOf(s.now())}
	v, err := s.Reform.Item(q.Context(), q.actor(), item)
	if err != nil {
		return err
	}
	addAdjusted(&in, v.ID, v.State)
	id, err := s.Reform.StartAdjustment(q.Context(), q.actor(), in)
	if err != nil {
		return s.newAdjustmentPage(q, err)
	}
	return q.seeOther("/work/adjustments/" + id)
}

// addAdjusted puts an item into an adjustment on the side that the operation and
// its state make it.
func addAdjusted(in *reform.AdjustInput, id string, state publication.State) {
	if in.Op.Subject() == "" || in.Op == publication.OpResume && state != publication.Suspended {
		in.Contents = append(in.Contents, id)
		return
	}
	x := reform.AdjustSubject{ItemID: id}
	if in.Op == publication.OpMerge && len(in.Subjects) > 0 {
		x.Next = in.Subjects[0].Next
	}
	in.Subjects = append(in.Subjects, x)
}

// adjustData is the page of one adjustment.
type adjustData struct {
	*reform.AdjustmentView
	CSRF, Today string
	Due         func(string) (light, text string)
	Units       []org.Unit // to which something can be transferred or delegated
	Bureau      string     // ID of the approval bureau, if the register has one
	// Search for items to add, or, if For is a subject, to take its place.
	Query, For string
	Mine       []reform.ItemRow
	Hits       []publication.Neighbour
	Summary    string
	Errors     []ui.FieldError
	Form       url.Values
}

// drawn reports whether the reader may fill in.
func (d adjustData) drawn() bool {
	return d.May[publication.AdjustFile] || d.May[publication.AdjustPropose]
}

func (d adjustData) action(step string) string { return "/work/adjustments/" + d.ID + "/" + step }

func (d adjustData) value(name, now string) string {
	if _, ok := d.Form[name]; ok {
		return d.Form.Get(name)
	}
	return now
}

func (d adjustData) field(name, label, help, now string) ui.FieldView {
	return ui.FieldView{Name: name, Label: label, Help: help, Value: d.value(name, now), Error: ui.ErrorFor(d.Errors, name)}
}

func (d adjustData) date(name, label, help string, now calendar.Date) ui.FieldView {
	f := d.field(name, label, help, dateValue(now))
	f.Type, f.Width = "date", "short"
	return f
}

func (d adjustData) causes() ui.FieldView {
	f := d.field("cause", "原因", "", d.Adjustment.Cause)
	pairs := [][2]string{{"", "请选择"}}
	for _, c := range publication.CausesOf(d.Adjustment.Op) {
		pairs = append(pairs, [2]string{c.Code, c.Name})
	}
	f.Options, f.Required = ui.Options([]string{f.Value}, pairs...), true
	return f
}

// steps names the way of this adjustment, and where it is.
func (d adjustData) steps() (names []string, current int) {
	states := []publication.BatchState{publication.Drafting, publication.AtLeader, publication.AtOffice}
	names = []string{"起草", "单位负责人确认", "审改办审查"}
	if d.Adjustment.ByOffice {
		states, names = []publication.BatchState{publication.Drafting, publication.AtOffice}, []string{"审改办起草", "审改办审查"}
	}
	if d.Adjustment.Track == publication.TrackCounty {
		states, names = append(states, publication.AtCounty), append(names, "县政府批准")
	}
	states, names = append(states, publication.Sanctioned), append(names, "公布")
	if d.State == publication.Released {
		return names, len(names)
	}
	return names, max(slices.Index(states, d.State), 0)
}

// subjects and contents are the two sides of the adjustment.
func (d adjustData) side(side publication.Side) []publication.AdjustedItem {
	var out []publication.AdjustedItem
	for _, it := range d.Adjustment.Items {
		if it.Side == side {
			out = append(out, it)
		}
	}
	return out
}

// nextOf are the items that take a subject's place, by name and unit.
func (d adjustData) nextOf(it publication.AdjustedItem) []publication.Successor {
	var out []publication.Successor
	for _, id := range it.Next {
		if o, ok := d.Others[id]; ok {
			out = append(out, o.Successor)
			continue
		}
		for _, c := range d.Adjustment.Items {
			if c.ItemID == id {
				out = append(out, publication.Successor{ItemID: id, Name: c.Name, UnitName: c.UnitName})
			}
		}
	}
	return out
}

// maySucceed reports whether subjects can be given something that takes their
// place.
func (d adjustData) maySucceed() bool {
	return d.Adjustment.Op.Succeeds() || d.Adjustment.Op == publication.OpCancel
}

// problems are what would be refused now, but not what the form says itself.
func (d adjustData) problems() []string {
	var out []string
	for _, p := range d.Problems {
		if p.Path == "items" || strings.HasPrefix(p.Path, "items.") {
			out = append(out, p.Text)
		}
	}
	return out
}

func (d adjustData) unitOptions() ui.FieldView {
	f := ui.FieldView{Name: "unit", Label: "改由哪个单位办理", Required: true}
	chosen := []string{d.Bureau}
	var pairs [][2]string
	for _, u := range d.Units {
		if u.ID == d.Adjustment.UnitID || (d.Adjustment.Op == publication.OpDelegate) != (u.Kind == org.KindTownship) {
			continue
		}
		pairs = append(pairs, [2]string{u.ID, u.Name})
	}
	if d.Adjustment.Op == publication.OpDelegate {
		f.Label, chosen = "下放到哪些乡镇", nil
	}
	f.Options = ui.Options(chosen, pairs...)
	return f
}

// publishAt is the set instant as a form has it.
func (d adjustData) publishAt() string { return localTime(d.PublishAt) }

func localTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(calendar.Beijing).Format("2006-01-02T15:04")
}

// GET /work/adjustments/{id}
func (s *Server) getAdjustment(q *request) error { return s.adjustmentPage(q, nil) }

func (s *Server) adjustmentPage(q *request, failed error) error {
	v, err := s.Reform.Adjustment(q.Context(), q.actor(), q.PathValue("id"))
	if err != nil {
		return err
	}
	d := adjustData{AdjustmentView: v, CSRF: q.in.FormToken, Today: calendar.DateOf(s.now()).String(), Due: s.due,
		Query: strings.TrimSpace(q.URL.Query().Get("q")), For: q.URL.Query().Get("for")}
	if d.drawn() {
		if d.Units, err = s.Office.Units(q.Context()); err != nil {
			return err
		}
		d.Units = slices.DeleteFunc(d.Units, func(u org.Unit) bool { return !u.InScope })
		for _, u := range d.Units {
			if strings.HasSuffix(u.Name, "行政审批局") {
				d.Bureau = u.ID
			}
		}
		switch {
		case d.Query == "":
		case d.For != "":
			if d.Hits, err = s.Reform.FindPublished(q.Context(), q.actor(), d.Query, ""); err != nil {
				return err
			}
		default:
			if d.Mine, _, err = s.Reform.Items(q.Context(), q.actor(), reform.ItemFilter{Units: []string{v.Adjustment.UnitID}, Text: d.Query, Limit: 20}); err != nil {
				return err
			}
		}
	}
	if failed == nil {
		return q.render(q.page(v.Title), adjustmentView(d))
	}
	d.Form = q.PostForm
	var ok bool
	if d.Summary, d.Errors, ok = q.fieldErrors(failed); !ok {
		return failed
	}
	q.status(server.Status(failed), q.page(v.Title), adjustmentView(d))
	return nil
}

// adjustInput is an adjustment as it stands, to be saved with changes.
func adjustInput(v *reform.AdjustmentView) reform.AdjustInput {
	a := v.Adjustment
	in := reform.AdjustInput{Op: a.Op, Cause: a.Cause, Basis: a.Basis, CauseOn: a.CauseOn, Effective: a.Effective, Until: a.Until, Reason: a.Reason}
	for _, it := range a.Items {
		if it.Side == publication.Content {
			in.Contents = append(in.Contents, it.ItemID)
		} else {
			in.Subjects = append(in.Subjects, reform.AdjustSubject{ItemID: it.ItemID, Next: it.Next})
		}
	}
	return in
}

// formVersion is the version that the form was filled from.
func (q *request) formVersion() int64 {
	n, _ := strconv.ParseInt(q.PostFormValue("version"), 10, 64) // a wrong one is nobody's version
	return n
}

func dateOf(e *fault.Error, form url.Values, name string) (d calendar.Date) {
	text := strings.TrimSpace(form.Get(name))
	if text == "" {
		return d
	}
	d, err := calendar.ParseDate(text)
	if err != nil {
		e.At(name, "日期应形如 2026-09-01")
	}
	return d
}

// POST /work/adjustments/{id}: saves what was filled in, and files it if asked.
func (s *Server) postAdjustment(q *request) error {
	id := q.PathValue("id")
	v, err := s.Reform.Adjustment(q.Context(), q.actor(), id)
	if err != nil {
		return err
	}
	in := adjustInput(v)
	e := fault.Invalidf("调整没有保存，请按提示更正。")
	in.Cause, in.Basis, in.Reason = q.PostFormValue("cause"), q.PostFormValue("basis"), q.PostFormValue("reason")
	in.CauseOn, in.Effective, in.Until = dateOf(e, q.PostForm, "cause_on"), dateOf(e, q.PostForm, "effective"), dateOf(e, q.PostForm, "until")
	if err := e.OrNil(); err != nil {
		return s.adjustmentPage(q, err)
	}
	if err := s.Reform.SaveAdjustment(q.Context(), q.actor(), id, q.formVersion(), in); err != nil {
		return s.adjustmentPage(q, err)
	}
	if q.PostFormValue("do") != "file" {
		return q.seeOther("/work/adjustments/" + id + "?done=saved")
	}
	if err := s.Reform.FileAdjustment(q.Context(), q.actor(), id, q.formVersion()+1); err != nil {
		return s.adjustmentPage(q, err)
	}
	return q.seeOther("/work/adjustments/" + id + "?done=adjust-filed")
}

// POST /work/adjustments/{id}/items adds an item or takes it out; with subject it
// is about what takes that item's place.
func (s *Server) postAdjustedItems(q *request) error {
	id, item, subject := q.PathValue("id"), q.PostFormValue("item"), q.PostFormValue("subject")
	v, err := s.Reform.Adjustment(q.Context(), q.actor(), id)
	if err != nil {
		return err
	}
	in := adjustInput(v)
	remove := q.PostFormValue("do") == "remove"
	switch {
	case subject != "":
		for i := range in.Subjects {
			x := &in.Subjects[i]
			if x.ItemID != subject && in.Op != publication.OpMerge {
				continue
			}
			x.Next = slices.DeleteFunc(slices.Clone(x.Next), func(n string) bool { return n == item })
			if !remove {
				x.Next = append(x.Next, item)
			}
		}
		if remove { // what was only there to take the place
			in.Contents = slices.DeleteFunc(in.Contents, func(c string) bool { return c == item })
		}
	case remove:
		in.Subjects = slices.DeleteFunc(in.Subjects, func(x reform.AdjustSubject) bool { return x.ItemID == item })
		in.Contents = slices.DeleteFunc(in.Contents, func(c string) bool { return c == item })
	default:
		row, err := s.Reform.Item(q.Context(), q.actor(), item)
		if err != nil {
			return err
		}
		addAdjusted(&in, item, row.State)
	}
	if err := s.Reform.SaveAdjustment(q.Context(), q.actor(), id, q.formVersion(), in); err != nil {
		return s.adjustmentPage(q, err)
	}
	return q.seeOther("/work/adjustments/" + id + "?done=saved#items")
}

// POST /work/adjustments/{id}/successors
func (s *Server) postSuccessors(q *request) error {
	id := q.PathValue("id")
	names := strings.FieldsFunc(q.PostFormValue("names"), func(r rune) bool { return r == '\n' || r == '\r' })
	if err := s.Reform.MakeSuccessors(q.Context(), q.actor(), id, q.formVersion(), q.PostFormValue("subject"), q.PostForm["unit"], names); err != nil {
		return s.adjustmentPage(q, err)
	}
	return q.seeOther("/work/adjustments/" + id + "?done=adjust-made#items")
}

// adjustSteps are the steps that a button takes, by the end of their address.
var adjustSteps = map[string]func(*Server, *request, string) error{
	"confirm": func(s *Server, q *request, id string) error {
		return s.Reform.ConfirmAdjustment(q.Context(), q.actor(), id)
	},
	"withdraw": func(s *Server, q *request, id string) error {
		return s.Reform.WithdrawAdjustment(q.Context(), q.actor(), id)
	},
	"return": func(s *Server, q *request, id string) error {
		return s.Reform.ReturnAdjustment(q.Context(), q.actor(), id, q.PostFormValue("note"))
	},
	"reopen": func(s *Server, q *request, id string) error {
		return s.Reform.ReopenAdjustment(q.Context(), q.actor(), id, q.PostFormValue("note"))
	},
	"refuse": func(s *Server, q *request, id string) error {
		return s.Reform.RefuseAdjustment(q.Context(), q.actor(), id, q.PostFormValue("note"))
	},
	"send": func(s *Server, q *request, id string) error {
		return s.Reform.SendAdjustment(q.Context(), q.actor(), id)
	},
	"decide": func(s *Server, q *request, id string) error {
		return s.Reform.DecideAdjustment(q.Context(), q.actor(), id, q.PostFormValue("doc_no"))
	},
	"approve": func(s *Server, q *request, id string) error {
		e := fault.Invalidf("调整没有批准。")
		date := dateOf(e, q.PostForm, "doc_date")
		if err := e.OrNil(); err != nil {
			return err
		}
		return s.Reform.ApproveAdjustment(q.Context(), q.actor(), id, strings.TrimSpace(q.PostFormValue("doc_no")), date)
	},
	"schedule": func(s *Server, q *request, id string) error { return s.schedule(q, id) },
	"publish":  func(s *Server, q *request, id string) error { return s.publishNow(q, id) },
}

// schedule sets the instant of publication, or takes it back.
func (s *Server) schedule(q *request, id string) error {
	at := time.Time{}
	if q.PostFormValue("do") != "clear" {
		text := q.PostFormValue("publish_at")
		if text == "" {
			return fault.Invalidf("没有设定公布时间。").At("publish_at", "请填写公布的日期和时间")
		}
		var err error
		if at, err = time.ParseInLocation("2006-01-02T15:04", text, calendar.Beijing); err != nil {
			return fault.Invalidf("没有设定公布时间。").At("publish_at", "时间应形如 2026-09-01T08:00")
		}
	}
	return s.Reform.SetPublication(q.Context(), q.actor(), id, at)
}

// publishNow publishes; the portal of this process shows it before the page is
// answered, others follow the log.
func (s *Server) publishNow(q *request, id string) error {
	if _, err := s.Reform.Publish(q.Context(), q.actor(), id); err != nil {
		return err
	}
	if err := s.Portal.Refresh(q.Context()); err != nil {
		s.Log.Warn("portal follows later", "err", err)
	}
	return nil
}

func (s *Server) postAdjustStep(step string) handler {
	return func(q *request) error {
		id := q.PathValue("id")
		if err := adjustSteps[step](s, q, id); err != nil {
			return s.adjustmentPage(q, err)
		}
		return q.seeOther("/work/adjustments/" + id + "?done=adjust-" + step)
	}
}

// POST /work/items/{id}/reinstate
func (s *Server) postReinstate(q *request) error {
	id := q.PathValue("id")
	if err := s.Reform.ReinstateItem(q.Context(), q.actor(), id); err != nil {
		return err
	}
	return q.seeOther("/work/items/" + id + "?done=reinstated")
}

func adjustLight(s publication.BatchState) string {
	switch s {
	case publication.Released:
		return "green"
	case publication.Withdrawn, publication.Refused:
		return "grey"
	}
	return "yellow"
}

// standingNow says how an item of an adjustment is public now.
func standingNow(it publication.AdjustedItem) string {
	if it.Was == nil {
		return "未公布"
	}
	return string(it.Was.Standing)
}

func hand(h publication.Hand) string {
	if !h.Done() {
		return ""
	}
	return fmt.Sprintf("%s，%s", h.Name, ui.Moment(h.At))
}

// adjustable reports whether an adjustment can be begun from the item's page.
func adjustable(a org.Actor, v *reform.ItemView) bool {
	if org.Can(a, org.FileAdjustment, v.UnitID) != nil || v.State == publication.Cancelled || v.State == publication.Adjusting {
		return false
	}
	return v.ReleaseSeq > 0 || v.State == publication.Confirmed
}

// findings shows what the rules find in a content.
func (d adjustData) findings(id string) []ui.FindingView {
	return findings(d.AdjustmentView.Found[id], "-", false)
}

func dateChinese(d calendar.Date) string {
	if d.IsZero() {
		return ""
	}
	return d.Chinese()
}

func lateWord(late bool) string {
	if late {
		return "（申请已超过规定的期限）"
	}
	return ""
}

// effectiveHint says that an adjustment does not hold yet.
func effectiveHint(d adjustData) string {
	if d.Adjustment.Effective.String() > d.Today {
		return "这项调整自" + d.Adjustment.Effective.Chinese() + "起生效，此前请设定时公布。"
	}
	return ""
}

// acts reports whether it is the reader's turn.
func (d adjustData) acts() bool {
	for _, ev := range []publication.BatchEvent{publication.AdjustConfirm, publication.AdjustDecide, publication.BatchSend, publication.BatchApprove,
		publication.BatchPublish, publication.AdjustReturn, publication.BatchReturn, publication.AdjustReopen} {
		if d.May[ev] {
			return true
		}
	}
	return false
}

func (d adjustData) columns(edit bool) []ui.Column {
	c := []ui.Column{{Label: "事项"}, {Label: "调整前"}, {Label: "调整后"}}
	if d.maySucceed() {
		c = append(c, ui.Column{Label: "去向"})
	}
	if edit {
		c = append(c, ui.Column{Label: "操作", Hide: true})
	}
	return c
}

// terms are what the application says and who signed it; what is not there yet
// is left out.
func (d adjustData) terms() []ui.Term {
	a := d.Adjustment
	all := []ui.Term{
		{Label: "种类", Value: string(a.Op)},
		{Label: "原因", Value: publication.CauseByCode(a.Cause).Name},
		{Label: "依据", Value: a.Basis},
		{Label: "原因发生", Value: dateChinese(a.CauseOn) + lateWord(a.Late)},
		{Label: "生效日期", Value: dateChinese(a.Effective)},
		{Label: "预计恢复", Value: dateChinese(a.Until)},
		{Label: "向群众说明", Value: a.Reason},
		{Label: "办理方式", Value: string(a.Track), Node: adjustTrack(d)},
		{Label: "提交", Value: hand(a.Filed)},
		{Label: "单位确认", Value: hand(a.Confirmed)},
		{Label: "审改办", Value: hand(a.Decided)},
		{Label: "县政府", Value: hand(a.Approved)},
		{Label: "文号", Value: d.DocNo},
	}
	if d.Release != nil {
		all = append(all, ui.Term{Label: "公布", Value: d.Release.Number, Node: adjustRelease(d)})
	}
	return slices.DeleteFunc(all, func(t ui.Term) bool { return t.Value == "" })
}
