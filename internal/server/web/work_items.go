package web

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"onevisit/internal/app/portal"
	"onevisit/internal/app/reform"
	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/publication"
	"onevisit/internal/server/web/ui"
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
	steps, err := s.nextSteps(q)
	if err != nil {
		return err
	}
	return q.render(q.page("我的待办"), deskView(todos, board, todoHref, s.due, steps))
}

// nextSteps counts the items that wait for the actor's role.
func (s *Server) nextSteps(q *request) ([]ui.Figure, error) {
	a := q.actor()
	no, yes := false, true
	var out []ui.Figure
	for _, step := range []struct {
		role   org.Role
		label  string
		href   string
		state  publication.State
		faulty *bool
	}{
		{org.RoleLeader, "待您确认", "/work/items?faulty=0&state=" + string(publication.Draft), publication.Draft, &no},
		{org.RoleLiaison, "有错误，待修改", "/work/items?faulty=1&state=" + string(publication.Draft), publication.Draft, &yes},
		{org.RoleLiaison, "被退回，待修改", "/work/items?state=" + string(publication.Returned), publication.Returned, nil},
		{org.RoleLiaison, "已确认，可报送", "/work/report", publication.Confirmed, nil},
		{org.RoleReform, "审核通过，可组织批次", "/work/batches", publication.Approved, nil},
	} {
		if !a.Has(step.role) {
			continue
		}
		_, n, err := s.Reform.Items(q.Context(), a, reform.ItemFilter{States: []publication.State{step.state}, Faulty: step.faulty, Limit: 1})
		if err != nil {
			return nil, err
		}
		if n > 0 {
			out = append(out, ui.Figure{Value: ui.Count(n), Label: step.label, Href: step.href})
		}
	}
	if org.Can(a, org.ManagePlan, "") == nil {
		n, err := s.Reform.Vacancies(q.Context(), a)
		if err != nil && !fault.Is(err, fault.NotFound) { // before there is a plan
			return nil, err
		}
		if n > 0 {
			out = append(out, ui.Figure{Value: ui.Count(n), Label: "单位没有负责人或联络员账号", Href: "/work/contacts"})
		}
	}
	return out, nil
}

// due says how a date stands today, with the light that belongs to it.
func (s *Server) due(date string) (light, text string) {
	due, err := calendar.ParseDate(date)
	if err != nil {
		return "grey", "未定"
	}
	left := s.calendar().WorkdaysBetween(calendar.DateOf(s.Now()), due)
	return ui.DaysLight(left), ui.DaysLeft(left, due)
}

// calendar is the calendar of today's notices. It costs one short look into the
// database; while that is away, the notices that were read last count, or the
// program's own.
func (s *Server) calendar() *calendar.Calendar {
	if s.Office == nil { // a portal without a workbench
		return s.Config.Calendar
	}
	if !s.Portal.Away() {
		ctx, stop := context.WithTimeout(context.Background(), portal.Patience)
		defer stop()
		if cal, err := s.Office.Calendar(ctx); err == nil {
			s.notices.Store(cal)
			return cal
		}
	}
	if cal := s.notices.Load(); cal != nil {
		return cal
	}
	return s.Config.Calendar
}

const pageSize = 50

// GET /work/items: the working copies the actor may see, filtered by URL.
func (s *Server) getItems(q *request) error {
	v := q.URL.Query()
	f := itemFilter(v)
	items, total, err := s.Reform.Items(q.Context(), q.actor(), f)
	if err != nil {
		return err
	}
	units, mine, err := s.readableUnits(q)
	if err != nil {
		return err
	}
	names := map[string]string{}
	for _, u := range units {
		names[u.ID] = u.Name
	}
	a := q.actor()
	return q.render(q.page("事项"), itemsView(itemsData{Items: items, Total: total, Units: mine, Names: names, Query: v, CSRF: q.in.FormToken,
		CanConfirm: a.Has(org.RoleLeader), CanCreate: a.Has(org.RoleLiaison), More: len(items) == pageSize}))
}

// readableUnits are all units, and those in scope that the reader may look into.
func (s *Server) readableUnits(q *request) (all, mine []org.Unit, err error) {
	if all, err = s.Office.Units(q.Context()); err != nil {
		return nil, nil, err
	}
	for _, u := range all {
		if org.Can(q.actor(), org.ReadItem, u.ID) == nil && u.InScope {
			mine = append(mine, u)
		}
	}
	return all, mine, nil
}

// itemFilter reads the filter of the list of items from an address.
func itemFilter(v url.Values) reform.ItemFilter {
	f := reform.ItemFilter{Order: orderOf(v), Text: strings.TrimSpace(v.Get("q")), Type: v.Get("type"), After: v.Get("after"), Before: v.Get("before"), Limit: pageSize}
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
	return f
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
	return s.itemPage(q, nil)
}

// POST /work/items/{id}/reopen
func (s *Server) postReopen(q *request) error {
	id := q.PathValue("id")
	if err := s.Reform.ReopenItem(q.Context(), q.actor(), id); err != nil {
		return err
	}
	return q.seeOther("/work/items/" + id + "?done=reopened")
}

// newItemData is the form of a new item: what it is called and whose it is. The
// rest is filled in the editor.
type newItemData struct {
	Units   []org.Unit
	Item    catalog.Item
	Unit    string
	CSRF    string
	Summary string
	Errors  []ui.FieldError
}

func (d newItemData) unitOptions() []ui.Option {
	var pairs [][2]string
	for _, u := range d.Units {
		pairs = append(pairs, [2]string{u.ID, u.Name})
	}
	return ui.Options([]string{d.Unit}, pairs...)
}

func (d newItemData) typeOptions() []ui.Option {
	pairs := [][2]string{{"", "请选择"}}
	for _, t := range catalog.ItemTypes() {
		pairs = append(pairs, [2]string{t.Name, t.Name})
	}
	return ui.Options([]string{d.Item.Type}, pairs...)
}

// GET /work/items/new
func (s *Server) getNewItem(q *request) error {
	units, err := s.ownUnits(q, org.EditItem)
	if err != nil {
		return err
	}
	return q.render(q.page("新建事项"), newItemView(newItemData{Units: units, Unit: q.actor().UnitID, CSRF: q.in.FormToken}))
}

// POST /work/items/new
func (s *Server) postNewItem(q *request) error {
	d := newItemData{Unit: q.PostFormValue("unit"), CSRF: q.in.FormToken, Item: catalog.Item{Schema: catalog.Schema,
		Name: strings.TrimSpace(q.PostFormValue("name")), Variant: strings.TrimSpace(q.PostFormValue("variant")), Type: q.PostFormValue("type")}}
	id, err := s.Reform.CreateItem(q.Context(), q.actor(), d.Unit, &d.Item)
	if err == nil {
		return q.seeOther("/work/items/" + id + "/edit?done=created")
	}
	var ok bool
	if d.Summary, d.Errors, ok = q.fieldErrors(err); !ok {
		return err
	}
	if d.Units, err = s.ownUnits(q, org.EditItem); err != nil {
		return err
	}
	q.status(http.StatusUnprocessableEntity, q.page("新建事项"), newItemView(d))
	return nil
}
