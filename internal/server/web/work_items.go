package web

import (
	"strconv"
	"strings"

	"onevisit/internal/app/reform"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/publication"
)

// GET /work/: the desk.
func (s *Server) getDesk(q *request) error {
	todos, err := s.Office.Todos(q.Context(), q.actor())
	if err != nil {
		return err
	}
	board, err := s.Reform.UnitBoard(q.Context(), q.actor())
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	return q.render(q.page("我的待办"), deskView(todos, board, todoHref))
}

const pageSize = 50

// GET /work/items: the working copies the actor may see, filtered by URL.
func (s *Server) getItems(q *request) error {
	v := q.URL.Query()
	f := reform.ItemFilter{Text: strings.TrimSpace(v.Get("q")), Type: v.Get("type"), After: v.Get("after"), Before: v.Get("before"), Limit: pageSize}
	if u := v.Get("unit"); u != "" {
		f.Units = []string{u}
	}
	if st := v.Get("state"); st != "" {
		f.States = []publication.State{publication.State(st)}
	}
	if c := v.Get("class"); c != "" {
		f.Classes = []string{c}
	}
	if e := v.Get("faulty"); e != "" {
		b := e == "1"
		f.Faulty = &b
	}
	items, total, err := s.Reform.Items(q.Context(), q.actor(), f)
	if err != nil {
		return err
	}
	units, err := s.Office.Units(q.Context())
	if err != nil {
		return err
	}
	a := q.actor()
	var mine []org.Unit
	names := map[string]string{}
	for _, u := range units {
		names[u.ID] = u.Name
		if org.Can(a, org.ReadItem, u.ID) == nil && u.InScope {
			mine = append(mine, u)
		}
	}
	return q.render(q.page("事项"), itemsView(itemsData{Items: items, Total: total, Units: mine, Names: names, Query: v, CSRF: q.in.FormToken,
		CanConfirm: a.Has(org.RoleLeader), CanCreate: a.Has(org.RoleLiaison), More: len(items) == pageSize}))
}

// POST /work/items/confirm
func (s *Server) postConfirm(q *request) error {
	if err := s.Reform.ConfirmItems(q.Context(), q.actor(), q.PostForm["item"]); err != nil {
		return err
	}
	if len(q.PostForm["item"]) == 1 {
		return q.seeOther("/work/items/" + q.PostForm["item"][0] + "?done=confirmed")
	}
	return q.seeOther("/work/items?state=" + urlQuery(string(publication.Confirmed)) + "&done=confirmed")
}

// GET /work/items/{id}
func (s *Server) getItem(q *request) error {
	v, err := s.Reform.Item(q.Context(), q.actor(), q.PathValue("id"))
	if err != nil {
		return err
	}
	return q.render(q.page(v.Name), itemView(v, q.in.FormToken))
}

// POST /work/items/{id}/reopen
func (s *Server) postReopen(q *request) error {
	id := q.PathValue("id")
	if err := s.Reform.ReopenItem(q.Context(), q.actor(), id); err != nil {
		return err
	}
	return q.seeOther("/work/items/" + id + "?done=reopened")
}

// GET /work/items/new
func (s *Server) getNewItem(q *request) error {
	if err := org.Can(q.actor(), org.EditItem, q.actor().UnitID); err != nil {
		return err
	}
	return q.render(q.page("新建事项"), s.editor(q, &editData{Unit: q.actor().UnitID, Data: &catalog.Item{Schema: catalog.Schema}}))
}

// POST /work/items/new
func (s *Server) postNewItem(q *request) error {
	unit := q.PostFormValue("unit")
	data := &catalog.Item{Schema: catalog.Schema}
	d := &editData{Unit: unit, Data: data}
	if err := applyForm(q, data); err != nil {
		return s.editAgain(q, d, err)
	}
	id, err := s.Reform.CreateItem(q.Context(), q.actor(), unit, data)
	if err != nil {
		return s.editAgain(q, d, err)
	}
	return q.seeOther("/work/items/" + id + "?done=created")
}

// GET /work/items/{id}/edit
func (s *Server) getEditItem(q *request) error {
	v, err := s.Reform.Item(q.Context(), q.actor(), q.PathValue("id"))
	if err != nil {
		return err
	}
	if !v.CanEdit {
		return fault.Conflictf("该事项现在不能修改：当前为“%s”，由%s处理。", v.State, publication.Turn[v.State])
	}
	return q.render(q.page("修改 "+v.Name), s.editor(q, &editData{ID: v.ID, Version: v.Version, Unit: v.UnitID, Data: v.Data, Found: v.Found, Remarks: v.Remarks}))
}

// POST /work/items/{id}/edit
func (s *Server) postEditItem(q *request) error {
	v, err := s.Reform.Item(q.Context(), q.actor(), q.PathValue("id"))
	if err != nil {
		return err
	}
	version, err := strconv.ParseInt(q.PostFormValue("version"), 10, 64)
	if err != nil {
		return fault.Wrap(fault.Invalid, err, "表单缺少版本号，请返回刷新后再试。")
	}
	d := &editData{ID: v.ID, Version: version, Unit: v.UnitID, Data: v.Data, Found: v.Found, Remarks: v.Remarks}
	if err := applyForm(q, v.Data); err != nil {
		return s.editAgain(q, d, err)
	}
	if err := s.Reform.SaveItem(q.Context(), q.actor(), v.ID, version, v.Data); err != nil {
		return s.editAgain(q, d, err)
	}
	return q.seeOther("/work/items/" + v.ID + "?done=saved")
}

// editAgain shows the form once more with what was typed and what is wrong.
func (s *Server) editAgain(q *request, d *editData, err error) error {
	summary, fields, ok := q.fieldErrors(err)
	if !ok {
		return err
	}
	d.Summary, d.Errors = summary, fields
	d.Typed = q.PostForm
	q.status(statuses[fault.KindOf(err)], q.page("修改事项"), s.editor(q, d))
	return nil
}

// applyForm sets every field of the form on the item, in the one textual form
// that the lists use too (catalog.Fields); all mistakes are gathered.
func applyForm(q *request, data *catalog.Item) error {
	e := fault.Invalidf("有内容填写有误，没有保存。请按提示更正。")
	for _, f := range catalog.Fields() {
		vals, ok := q.PostForm["f."+f.Key]
		if !ok || f.Kind == catalog.KindSummary { // tables of their own; changed by import
			continue
		}
		text := strings.ReplaceAll(strings.Join(vals, "；"), "\r\n", "\n")
		if err := f.Set(data, text); err != nil {
			e.At("f."+f.Key, "%s：%s", f.Label, fault.Text(err))
		}
	}
	return e.OrNil()
}
