package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"onevisit/internal/app/reform"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/publication"
	"onevisit/internal/infra/outbound"
	"onevisit/internal/infra/store"
)

// The places at which the story's guides hang: the hall and a township show items
// of several units, the transport bureau's notice board all of its own, and its
// page is read from time to time. Its adjustments leave some of them behind.
const (
	hallUnit     = "广宗县行政审批局"
	townshipUnit = "北塘疃镇人民政府"
	humanUnit    = "广宗县人力资源和社会保障局"
	// changedItem is put up anew in the hall and forgotten at the window.
	changedItem   = "机动车维修经营备案（变更）"
	suspendedItem = "普通公路参建单位（设计、施工、监理等）相关资质、信用等级查询"
	splitItem     = "巡游出租汽车经营许可"
)

// hang registers the places and what they show, right after the first batch.
func (s *Story) hang(ctx context.Context, us []unitRow, p *people) error {
	h := &hanging{Story: s, ctx: ctx, ids: map[string]string{}, people: p, items: map[string]map[string]string{}}
	units := map[string]string{}
	for _, u := range us {
		h.ids[u.Name], units[u.ID] = u.ID, u.Name
	}
	if err := s.DB.View(ctx, func(tx *store.Tx) error {
		owed, err := tx.OwedItems(nil)
		for id, list := range owed {
			h.items[units[id]] = map[string]string{}
			for _, it := range list {
				h.items[units[id]][it.Name] = it.Code
			}
			h.order = append(h.order, list...)
		}
		return err
	}); err != nil {
		return err
	}
	transport := h.items[adjustingUnit]
	named := []string{transport[changedItem], transport[suspendedItem], transport[splitItem]}
	return firstOf(
		func() error {
			return h.place(hallUnit, publication.Place{Kind: publication.PlaceHall, Name: "县政务服务大厅一楼公示栏", Location: "一楼东侧，取号机旁", Keeper: "综合窗口"}, "办事指南",
				append(h.some(humanUnit, 4), append(h.some(hallUnit, 6), named...)...))
		},
		func() error {
			return h.place(adjustingUnit, publication.Place{Kind: publication.PlaceUnit, Name: "局机关公示栏", Location: "办公楼大门西侧", Keeper: "办公室", Whole: true}, "办事指南", h.some(adjustingUnit, 1000))
		},
		func() error {
			return h.place(adjustingUnit, publication.Place{Kind: publication.PlaceWindow, Name: "大厅交通运输窗口", Location: "二楼 12 号窗口", Keeper: "政务服务股"}, "窗口卡", named[:2])
		},
		func() error {
			return h.place(adjustingUnit, publication.Place{Kind: publication.PlaceWeb, Name: "局网站办事指南页", Keeper: "办公室", URL: demoPage}, "", nil)
		},
		func() error {
			return h.place(townshipUnit, publication.Place{Kind: publication.PlaceTownship, Name: "北塘疃镇便民服务中心", Location: "镇政府院内一楼", Keeper: "便民服务中心值班岗"}, "办事指南", append(h.some(humanUnit, 5), named[0]))
		},
		func() error {
			return h.place(humanUnit, publication.Place{Kind: publication.PlacePoster, Name: "人力资源市场门口海报", Location: "县人力资源市场门口", Keeper: "就业服务股"}, "海报", h.some(humanUnit, 2))
		},
		func() error { return s.readPage(ctx, named) },
	)
}

// demoPage is an address that nobody has: pages of an invented county are told,
// not read.
const demoPage = "https://jtj.example/bszn.html"

type hanging struct {
	*Story
	ctx    context.Context
	ids    map[string]string // units by name
	people *people
	items  map[string]map[string]string // codes by unit and name
	order  []publication.OwedItem
}

// some are the codes of a unit's first items.
func (h *hanging) some(unit string, n int) (out []string) {
	for _, it := range h.order {
		if len(out) < n && h.items[unit][it.Name] == it.Code {
			out = append(out, it.Code)
		}
	}
	return out
}

func (h *hanging) place(unit string, p publication.Place, form string, codes []string) error {
	a := h.people.liaison[unit]
	p.UnitID = h.ids[unit]
	id, err := h.Reform.SavePlace(h.ctx, a, p)
	if err != nil || len(codes) == 0 {
		return err
	}
	lines, err := h.Reform.RegisterDisplays(h.ctx, a, reform.Registering{PlaceID: id, Text: strings.Join(codes, "\n"), Form: form})
	for _, l := range lines {
		if l.Problem != "" {
			return fmt.Errorf("%s: %s: %s", p.Name, l.Text, l.Problem)
		}
	}
	return err
}

// readPage is a look at the transport bureau's page, on which codes stand.
func (s *Story) readPage(ctx context.Context, codes []string) error {
	var id string
	if err := s.DB.View(ctx, func(tx *store.Tx) error {
		list, err := tx.Places(store.PlaceFilter{Kind: publication.PlaceWeb})
		if err == nil && len(list) > 0 {
			id = list[0].ID
		}
		return err
	}); err != nil {
		return err
	}
	text := "<html><body><h1>办事指南</h1>"
	for _, c := range codes {
		text += "<p>核验码：" + c + "</p>"
	}
	return s.Reform.RecordCrawl(ctx, id, demoPage, &outbound.Page{URL: demoPage, Status: 200, Type: "text/html", Text: text + "</body></html>"}, nil)
}

// drift lets the places meet the adjustments: the hall puts one guide up anew, the
// page is read again and still has the old ones, and every unit is asked.
func (s *Story) drift(ctx context.Context, p *people) error {
	var places []publication.Place
	item, old := "", ""
	var hall publication.Place
	if err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
		if places, err = tx.Places(store.PlaceFilter{}); err != nil {
			return err
		}
		shown, err := tx.Displays(store.PlaceFilter{})
		for _, d := range shown {
			if d.Name == changedItem {
				item, old = d.ItemID, d.Code
			}
		}
		return err
	}); err != nil {
		return err
	}
	for _, x := range places {
		if x.Kind == publication.PlaceHall {
			hall = x
		}
	}
	if err := s.Reform.PutUp(ctx, p.liaison[hallUnit], hall.ID, []string{item}); err != nil {
		return err
	}
	if err := s.readPage(ctx, []string{old}); err != nil {
		return err
	}
	// What supervision saw on its round: the old guide, in the township.
	for _, x := range places {
		if x.Kind == publication.PlaceTownship {
			if _, _, err := s.Reform.See(ctx, org.Actor{ID: "ducha", Name: "督查室工作人员", Roles: []org.Role{org.RoleSupervision}}, x.ID, old, false); err != nil {
				return err
			}
		}
		b, err := json.Marshal(store.DriftPayload{Place: x.ID})
		if err != nil {
			return err
		}
		if err := s.Reform.RunDrift(ctx, b, nil); err != nil {
			return err
		}
	}
	return nil
}
