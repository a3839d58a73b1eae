package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"onevisit/internal/app/reform"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/lint"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/publication"
	"onevisit/internal/domain/visit"
	"onevisit/internal/server/web/ui"
)

// editData is the item editor.
type editData struct {
	*reform.ItemView
	reform.Judgement // of the form as it stands, saved or not
	Form             *itemForm
	Base             int64 // version of the item that the form was made from
	CSRF             string
	Summary          string
	Errors           []ui.FieldError
	Draft            *reform.Draft // the form comes from
	SavedAt          time.Time     // of the draft, in the answer to the script
	Open             string        // row that was just worked on: "materials.3"
	Units            []string      // names of the county's units, as suggestions
}

// GET /work/items/{id}/edit
func (s *Server) getEdit(q *request) error {
	d, err := s.editing(q)
	if err != nil {
		return err
	}
	if d.Draft, err = s.Reform.Draft(q.Context(), q.actor(), d.ID); err != nil {
		return err
	}
	it := d.Data
	if d.Draft != nil {
		values, err := urlValues(d.Draft.Form)
		if err != nil {
			return err
		}
		d.Base, d.Form = d.Draft.Base, parseItemForm(values, d.Data)
		// Lines that cannot be read yet are shown again when they are saved.
		if it, err = d.Form.apply(d.Data); err != nil {
			d.refuse(q, err)
		}
	}
	return s.showEdit(q, http.StatusOK, d, it)
}

// editing loads the item for an editor.
func (s *Server) editing(q *request) (*editData, error) {
	v, err := s.Reform.Item(q.Context(), q.actor(), q.PathValue("id"))
	if err != nil {
		return nil, err
	}
	if err := org.Can(q.actor(), org.EditItem, v.UnitID); err != nil {
		return nil, err
	}
	if !v.CanEdit {
		return nil, fault.Conflictf("该事项现在不能修改：当前为“%s”，由%s处理。", v.State, publication.Turn[v.State])
	}
	if err := fits(v.Data); err != nil {
		return nil, err
	}
	return &editData{ItemView: v, Form: newItemForm(v.Data), Base: v.Version, CSRF: q.in.FormToken}, nil
}

// refuse notes what in the form cannot be read.
func (d *editData) refuse(q *request, err error) {
	d.Summary, d.Errors, _ = q.fieldErrors(err)
}

// showEdit judges the item that the form describes and shows the editor.
func (s *Server) showEdit(q *request, status int, d *editData, it *catalog.Item) error {
	var err error
	if d.Judgement, err = s.Reform.Judge(q.Context(), q.actor(), d.UnitID, d.ID, it); err != nil {
		return err
	}
	units, err := s.Office.Units(q.Context())
	if err != nil {
		return err
	}
	for _, u := range units {
		d.Units = append(d.Units, u.Name)
	}
	q.status(status, q.page("修改 "+d.Name), editView(d))
	return nil
}

// sent reads the form that was sent. The item is the one that it describes, as
// far as it can be read.
func (s *Server) sent(q *request) (*editData, *catalog.Item, error) {
	d, err := s.editing(q)
	if err != nil {
		return nil, nil, err
	}
	if d.Base, err = strconv.ParseInt(q.PostFormValue("version"), 10, 64); err != nil {
		return nil, nil, fault.Wrap(fault.Invalid, err, "表单缺少版本号，请返回刷新后再试。")
	}
	stored := d.Data
	if d.Base != d.Version { // rows are numbered as in the version that the form was made from
		if stored, err = s.Reform.ItemAt(q.Context(), q.actor(), d.ID, d.Base); err != nil {
			return nil, nil, err
		}
	}
	d.Form = parseItemForm(q.PostForm, stored)
	it, err := d.Form.apply(stored)
	if err != nil {
		d.refuse(q, err)
	}
	return d, it, nil
}

// keepDraft saves the form as it was sent.
func (s *Server) keepDraft(q *request, d *editData) error {
	form := q.PostForm
	form.Del(ui.TokenField)
	form.Del("op")
	return s.Reform.SaveDraft(q.Context(), q.actor(), reform.Draft{ItemID: d.ID, Base: d.Base, Form: form.Encode()})
}

// POST /work/items/{id}/edit: save, or a button of the form (op), which changes
// the form and saves nothing of the item.
func (s *Server) postEdit(q *request) error {
	d, it, err := s.sent(q)
	if err != nil {
		return err
	}
	if op := q.PostFormValue("op"); op != "" {
		return s.doEdit(q, d, it, op)
	}
	if d.Errors != nil {
		return s.showEdit(q, http.StatusUnprocessableEntity, d, it)
	}
	err = s.Reform.SaveItem(q.Context(), q.actor(), d.ID, d.Base, it)
	if fault.Is(err, fault.Conflict) && d.Base != d.Version {
		if err := s.keepDraft(q, d); err != nil {
			return err
		}
		return s.showMerge(q, http.StatusConflict, d, it, nil)
	}
	if fault.Is(err, fault.Invalid) {
		d.refuse(q, err)
		return s.showEdit(q, http.StatusUnprocessableEntity, d, it)
	}
	if err != nil {
		return err
	}
	return q.seeOther("/work/items/" + d.ID + "?done=saved")
}

// doEdit carries out a button of the form.
func (s *Server) doEdit(q *request, d *editData, it *catalog.Item, op string) error {
	if args, ok := strings.CutPrefix(op, "repair "); ok {
		rule, field, _ := strings.Cut(args, " ")
		j, err := s.Reform.Judge(q.Context(), q.actor(), d.UnitID, d.ID, it)
		if err != nil {
			return err
		}
		repaired, err := reform.Repair(it, j.Found, rule, field)
		if err != nil {
			return err
		}
		// Rows stay where they are, so each keeps what the form does not show.
		for key, rows := range newItemForm(repaired).Rows {
			for i := range rows {
				rows[i].From = d.Form.Rows[key][i].From
			}
			d.Form.Rows[key] = rows
		}
		d.Form.Fields, it = newItemForm(repaired).Fields, repaired
		return s.showEdit(q, http.StatusOK, d, it)
	}
	t, row, err := d.Form.do(op)
	if err != nil {
		return err
	}
	d.Open = t.Key + "." + strconv.Itoa(row)
	d.Summary, d.Errors = "", nil
	stored, err := s.Reform.ItemAt(q.Context(), q.actor(), d.ID, d.Base)
	if err != nil {
		return err
	}
	if it, err = d.Form.apply(stored); err != nil {
		d.refuse(q, err)
	}
	return s.showEdit(q, http.StatusOK, d, it)
}

// POST /work/items/{id}/judge: for the script of the editor, with every pause in
// typing: the form is kept as a draft, and the answer is what the page shows of
// it. Nothing of the item changes.
func (s *Server) postJudge(q *request) error {
	d, it, err := s.sent(q)
	if err != nil {
		return err
	}
	if err := s.keepDraft(q, d); err != nil {
		return err
	}
	d.SavedAt = s.now()
	if d.Judgement, err = s.Reform.Judge(q.Context(), q.actor(), d.UnitID, d.ID, it); err != nil {
		return err
	}
	q.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	q.w.Header().Set("Cache-Control", "no-store")
	return editLive(d).Render(q.Context(), q.w)
}

// POST /work/items/{id}/draft/drop
func (s *Server) postDropDraft(q *request) error {
	if err := s.Reform.DropDraft(q.Context(), q.actor(), q.PathValue("id")); err != nil {
		return err
	}
	return q.seeOther("/work/items/" + q.PathValue("id") + "/edit?done=dropped")
}

// POST /work/items/{id}/repair: carries out what a finding offers.
func (s *Server) postRepair(q *request) error {
	version, err := strconv.ParseInt(q.PostFormValue("version"), 10, 64)
	if err != nil {
		return fault.Wrap(fault.Invalid, err, "表单缺少版本号，请返回刷新后再试。")
	}
	id := q.PathValue("id")
	rule, field, _ := strings.Cut(q.PostFormValue("repair"), " ")
	if err := s.Reform.RepairItem(q.Context(), q.actor(), id, version, rule, field); err != nil {
		return err
	}
	return q.seeOther("/work/items/" + id + "?done=repaired#findings")
}

// mergeData is the page on which two people's changes of one item are joined.
type mergeData struct {
	*editData
	*reform.Merged
	Prefer map[string]bool
}

// GET /work/items/{id}/merge: the actor's draft, made from an older version.
func (s *Server) getMerge(q *request) error {
	d, mine, err := s.drafted(q)
	if err != nil {
		return err
	}
	return s.showMerge(q, http.StatusOK, d, mine, nil)
}

// drafted is the actor's draft as an edit of the version it was made from.
func (s *Server) drafted(q *request) (*editData, *catalog.Item, error) {
	d, err := s.editing(q)
	if err != nil {
		return nil, nil, err
	}
	if d.Draft, err = s.Reform.Draft(q.Context(), q.actor(), d.ID); err != nil {
		return nil, nil, err
	}
	if d.Draft == nil {
		return nil, nil, fault.NotFoundf("没有待合并的修改，可能已经保存或放弃。")
	}
	values, err := urlValues(d.Draft.Form)
	if err != nil {
		return nil, nil, err
	}
	stored, err := s.Reform.ItemAt(q.Context(), q.actor(), d.ID, d.Draft.Base)
	if err != nil {
		return nil, nil, err
	}
	d.Base, d.Form = d.Draft.Base, parseItemForm(values, stored)
	mine, err := d.Form.apply(stored)
	return d, mine, err
}

func (s *Server) showMerge(q *request, status int, d *editData, mine *catalog.Item, prefer map[string]bool) error {
	m, err := s.Reform.Merge(q.Context(), q.actor(), d.ID, d.Base, mine, prefer)
	if err != nil {
		return err
	}
	q.status(status, q.page("合并修改 "+d.Name), mergeView(mergeData{d, m, prefer}))
	return nil
}

// POST /work/items/{id}/merge
func (s *Server) postMerge(q *request) error {
	d, mine, err := s.drafted(q)
	if err != nil {
		return err
	}
	prefer := map[string]bool{}
	for name, v := range q.PostForm {
		if path, ok := strings.CutPrefix(name, "take."); ok {
			prefer[path] = slices.Contains(v, "mine")
		}
	}
	m, err := s.Reform.Merge(q.Context(), q.actor(), d.ID, d.Base, mine, prefer)
	if err != nil {
		return err
	}
	seen, err := strconv.ParseInt(q.PostFormValue("version"), 10, 64)
	if err != nil || seen != m.Version { // a third person was quicker
		return s.showMerge(q, http.StatusConflict, d, mine, prefer)
	}
	if err := s.Reform.SaveItem(q.Context(), q.actor(), d.ID, m.Version, m.Item); err != nil {
		return err
	}
	return q.seeOther("/work/items/" + d.ID + "?done=merged")
}

// GET /work/items/{id}/history
func (s *Server) getHistory(q *request) error {
	before, _ := strconv.ParseInt(q.URL.Query().Get("before"), 10, 64) // absent or nonsense: the first page
	h, err := s.Reform.History(q.Context(), q.actor(), q.PathValue("id"), before)
	if err != nil {
		return err
	}
	return q.render(q.page("修改记录 "+h.Name), historyView(h, q.in.FormToken, before > 0))
}

// POST /work/items/{id}/restore
func (s *Server) postRestore(q *request) error {
	version, err1 := strconv.ParseInt(q.PostFormValue("version"), 10, 64)
	old, err2 := strconv.ParseInt(q.PostFormValue("old"), 10, 64)
	if err1 != nil || err2 != nil {
		return fault.Invalidf("表单缺少版本号，请返回刷新后再试。")
	}
	id := q.PathValue("id")
	if err := s.Reform.RestoreItem(q.Context(), q.actor(), id, version, old); err != nil {
		return err
	}
	return q.seeOther("/work/items/" + id + "/history?done=restored")
}

// editGroup is a group of the editor: fields, then tables.
type editGroup struct {
	ID, Title string
	Fields    []*catalog.Field
	Tables    []*catalog.Table
}

var editTitles = []string{"名称和编码", "权限和实施机构", "对象、方式和时限", "条件和材料", "流程和到场", "结果和收费", "网办、地点和联系", "改革和情形"}

// groupOf sorts by the elements into groups a reader can take in: what it is,
// who does it, how long, what to bring, how it is done, where to go, the reform.
func groupOf(element int) int {
	switch n := element; {
	case n >= 1 && n <= 5:
		return 0
	case n >= 6 && n <= 12:
		return 1
	case n >= 13 && n <= 17:
		return 2
	case n == 18 || n == 19:
		return 3
	case n >= 20 && n <= 23 || n == 29:
		return 4
	case n >= 24 && n <= 27:
		return 5
	case n >= 28 && n <= 36:
		return 6
	}
	return 7
}

func editGroups() []editGroup {
	out := make([]editGroup, len(editTitles))
	for i, t := range editTitles {
		out[i].ID, out[i].Title = "g"+strconv.Itoa(i+1), t
	}
	for _, f := range editFields() {
		g := &out[groupOf(f.Element)]
		g.Fields = append(g.Fields, f)
	}
	for _, t := range catalog.Tables() {
		g := &out[groupOf(t.Element)]
		if t.Key == "faq" {
			g = &out[6]
		}
		g.Tables = append(g.Tables, t)
	}
	return out
}

// control is one value of the form with what the page needs to show it.
func control(name, label string, kind catalog.Kind, dictionary, value string) ui.FieldView {
	v := ui.FieldView{Name: name, Label: label, Value: value}
	multi := kind == catalog.KindList || kind == catalog.KindLines
	chosen := []string{value}
	if multi {
		chosen = catalog.SplitList(value)
	}
	var names []string
	if d := catalog.Dict(dictionary); d != nil {
		names = d.Names()
	} else if kind == catalog.KindBool {
		names = []string{"是", "否"}
	}
	if names == nil {
		v.Rows = min(max(strings.Count(value, "\n")+2, 3), 14)
		return v
	}
	if !multi && kind != catalog.KindBool {
		v.Options = append(v.Options, ui.Option{Label: "（未填）"})
	}
	for _, n := range names {
		label := n
		if m := measureName(dictionary, n); m != "" {
			label = n + " " + m
		}
		v.Options = append(v.Options, ui.Option{Value: n, Label: label, Selected: slices.Contains(chosen, n)})
	}
	for _, c := range chosen { // what was imported stays until somebody corrects it
		if c != "" && !slices.Contains(names, c) {
			v.Options = append(v.Options, ui.Option{Value: c, Label: c + "（不在字典中）", Selected: true})
		}
	}
	v.Inline, v.Multiple = multi, multi
	return v
}

// measureName says what a measure's code stands for.
func measureName(dictionary, code string) string {
	if dictionary == "改革措施" {
		for _, m := range visit.Measures {
			if m.Code == code {
				return m.Name
			}
		}
	}
	return ""
}

// field is a single field of the editor.
func (d *editData) field(f *catalog.Field) ui.FieldView {
	name := "f." + f.Key
	v := control(name, f.Label, f.Kind, f.Dictionary, d.Form.Fields[f.Key])
	v.Error = ui.ErrorFor(d.Errors, name)
	if f.Element > 0 {
		v.Code = "要素" + strconv.Itoa(f.Element)
		if e := catalog.Elements().Element(f.Element); e != nil && f == e.Fields()[0] {
			v.Help = e.Help
		}
	}
	return v
}

// cell is a value of a row.
func (d *editData) cell(t *catalog.Table, row int, c *catalog.Cell) ui.FieldView {
	name := cellName(t, row, c)
	value := d.Form.Rows[t.Key][row].Cells[c.Key]
	v := control(name, c.Label, c.Kind, c.Dictionary, value)
	if c.Key == "between" { // its values have codes that lists do not show
		v.Options = ui.Options([]string{value}, [2]string{"", "（未填）"}, [2]string{"股室之间", "股室之间"}, [2]string{"层级之间", "层级之间"})
	}
	if ref := refs[t.Key+"."+c.Key]; ref != "" {
		v.Options = d.references(ref, value)
	}
	if c.Key == "unit" || c.Key == "issuer_unit" {
		v.List = d.Units
	}
	v.Error = ui.ErrorFor(d.Errors, name)
	return v
}

// refs are the cells that name a row of another table by its id.
var refs = map[string]string{"process.touchpoints.from": "process.steps", "process.touchpoints.to": "process.steps",
	"process.touchpoints.site": "process.sites", "process.steps.with": "process.steps"}

// references offers the rows of a table.
func (d *editData) references(table, value string) []ui.Option {
	out := []ui.Option{{Label: "（未填）"}}
	known := value == ""
	for _, r := range d.Form.Rows[table] {
		id := r.Cells["id"]
		name := orText(r.Cells["name"], r.Cells["kind"])
		out = append(out, ui.Option{Value: id, Label: strings.TrimSpace(id + " " + name), Selected: id == value})
		known = known || id == value
	}
	if !known {
		out = append(out, ui.Option{Value: value, Label: value + "（没有这一行）", Selected: true})
	}
	return out
}

// rowTitle says what a row is while it is folded.
func (d *editData) rowTitle(t *catalog.Table, row int) string {
	c := d.Form.Rows[t.Key][row].Cells
	for _, k := range []string{"name", "duty", "kind", "text", "q"} {
		if c[k] != "" {
			return strings.TrimSpace(c["id"] + " " + c[k])
		}
	}
	if c["id"] != "" {
		return c["id"] + "（未填写）"
	}
	return "（未填写）"
}

// rowNote is what of a row is worth reading while it is folded.
func (d *editData) rowNote(t *catalog.Table, row int) string {
	c := d.Form.Rows[t.Key][row].Cells
	var parts []string
	add := func(format string, keys ...string) {
		s := format
		for _, k := range keys {
			if c[k] == "" {
				return
			}
			s = strings.Replace(s, "%", c[k], 1)
		}
		parts = append(parts, s)
	}
	switch t.Key {
	case "materials":
		add("%", "need")
		add("原件 % 份", "originals")
		add("复印件 % 份", "copies")
		add("%", "issuer")
	case "process.sites":
		add("%", "hall")
		add("%", "unit")
	case "process.steps":
		add("%", "kind")
		add("% 个工作日", "days")
		add("%", "unit")
		if c["waits"] == "是" {
			parts = append(parts, "申请人需等候")
		}
	case "process.touchpoints":
		add("% 至 %", "from", "to")
		add("地点 %", "site")
		add("可用 %", "remote")
	case "places":
		add("%", "address")
		add("%", "hours")
	case "scenarios.questions":
		add("%", "options")
	case "scenarios.leaves":
		add("%", "when")
	}
	return strings.Join(parts, "，")
}

// open says that a row is to be shown unfolded.
func (d *editData) open(t *catalog.Table, row int) bool {
	if d.Open == t.Key+"."+strconv.Itoa(row) {
		return true
	}
	prefix := "t." + t.Key + "." + strconv.Itoa(row) + "."
	return slices.ContainsFunc(d.Errors, func(e ui.FieldError) bool { return strings.HasPrefix(e.ID, prefix) })
}

// show draws a value by what it is.
func (d *editData) show(v ui.FieldView, kind catalog.Kind) templ.Component {
	if _, ok := catalog.ParseFile(v.Value); ok {
		return attachedCell(d.ID, v)
	}
	switch {
	case v.Multiple:
		return boxes(v)
	case len(v.Options) > 0:
		return ui.Select(v)
	case kind == catalog.KindList || kind == catalog.KindLines || strings.Contains(v.Value, "\n") || len([]rune(v.Value)) > 60:
		return ui.Textarea(v)
	}
	return ui.Input(v)
}

// repairButton carries out what a finding offers: in the editor on the form,
// else on the stored item.
func repairButton(f lint.Finding, inForm bool) *ui.ButtonView {
	if f.Repair == nil {
		return nil
	}
	b := &ui.ButtonView{Label: f.Repair.Label, Kind: ui.Secondary, Name: "repair", Value: f.Rule + " " + f.Field}
	if inForm {
		b.Name, b.Value = "op", "repair "+b.Value
	}
	return b
}

// placeOf says where in an item a finding lies: in words, and as the name of
// the editor's field.
func placeOf(path string) (label, name string) {
	if f := catalog.FieldByKey(path); f != nil && f.Kind != catalog.KindSummary && f.Kind != catalog.KindRows {
		return f.Label, "f." + path
	}
	key, rest, inRow := strings.Cut(path, "[")
	t := catalog.TableByKey(key)
	if t == nil {
		if f := catalog.FieldByKey(strings.SplitN(key, ".", 2)[0]); f != nil {
			switch f.Key {
			case "process":
				return f.Label, "t.process.steps"
			}
			return f.Label, "f." + f.Key
		}
		return "", ""
	}
	num, cell, _ := strings.Cut(rest, "]")
	row, err := strconv.Atoi(num)
	if !inRow || err != nil {
		return t.Label, "t." + key
	}
	label = t.Label + "第 " + strconv.Itoa(row+1) + " 行"
	if c := t.Cell(strings.TrimPrefix(cell, ".")); c != nil {
		return label + c.Label, cellName(t, row, c)
	}
	return label, "t." + key + "." + num
}

// clashField asks which of two changes of one value is to hold.
func clashField(c catalog.Clash, by string, mine bool) ui.FieldView {
	show := func(s string) string { return orText(s, "（空，或删去）") }
	return ui.FieldView{Name: "take." + c.Path, Label: c.Label, Help: "原来：" + show(c.Base), Options: []ui.Option{
		{Value: "theirs", Label: by + "：" + show(c.Theirs), Selected: !mine}, {Value: "mine", Label: "我：" + show(c.Mine), Selected: mine}}}
}

// urlValues reads a draft back.
func urlValues(form string) (url.Values, error) {
	v, err := url.ParseQuery(form)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, err, "暂存的修改读不出来。")
	}
	return v, nil
}
