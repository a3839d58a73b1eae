package web

import (
	"bytes"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"onevisit/internal/app/reform"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/onceonly"
	"onevisit/internal/server/web/ui"
)

// materialsData is the county's materials: ranking or findings.
type materialsData struct {
	*reform.OnceOnly
	Form     url.Values
	Findings bool
}

func materialQuery(v url.Values) (reform.MaterialQuery, error) {
	q := reform.MaterialQuery{Text: v.Get("q"), Unit: v.Get("unit"), Item: v.Get("item"), Kind: onceonly.Kind(v.Get("kind")), Page: 1}
	if q.Kind != "" && !slices.Contains(onceonly.Kinds, q.Kind) {
		return q, fault.NotFoundf("没有“%s”这一类问题。", q.Kind)
	}
	if p := v.Get("page"); p != "" {
		n, err := strconv.Atoi(p)
		if err != nil || n < 1 {
			return q, fault.NotFoundf("没有这一页。")
		}
		q.Page = n
	}
	return q, nil
}

// href is this list with one choice changed; any but a page begins at the first.
func (d materialsData) href(path, name, value string) string {
	v := url.Values{}
	for _, k := range []string{"q", "unit", "item", "kind"} {
		if t := d.Form.Get(k); t != "" {
			v.Set(k, t)
		}
	}
	if v.Del(name); value != "" {
		v.Set(name, value)
	}
	if len(v) == 0 {
		return path
	}
	return path + "?" + v.Encode()
}

func (d materialsData) path() string {
	if d.Findings {
		return "/work/materials/findings"
	}
	return "/work/materials"
}

func (d materialsData) unitField() ui.FieldView {
	pairs := [][2]string{{"", "全部单位"}}
	for _, u := range d.Units {
		pairs = append(pairs, [2]string{u, u})
	}
	return ui.FieldView{Name: "unit", Label: "要求提交的单位", Options: ui.Options([]string{d.Form.Get("unit")}, pairs...)}
}

func (d materialsData) kindField() ui.FieldView {
	pairs := [][2]string{{"", "全部问题"}}
	for _, k := range onceonly.Kinds {
		pairs = append(pairs, [2]string{string(k), fmt.Sprintf("%s（%d）", k, d.Counts[k])})
	}
	return ui.FieldView{Name: "kind", Label: "问题", Options: ui.Options([]string{d.Form.Get("kind")}, pairs...)}
}

func (d materialsData) figures() []ui.Figure {
	f := []ui.Figure{{Value: ui.Count(d.Sum.Demanded), Label: "处要求提交材料", Href: d.href("/work/materials", "kind", "")}, {Value: ui.Count(d.Sum.Sheets), Label: "份原件和复印件", Href: d.href("/work/materials", "kind", "")},
		{Value: ui.Count(d.Sum.DroppableSheets), Label: "份可以不再要求", Href: d.href("/work/materials/findings", "kind", ""), Kind: "green"}}
	for _, k := range onceonly.Kinds {
		if d.Counts[k] == 0 {
			continue
		}
		f = append(f, ui.Figure{Value: ui.Count(d.Counts[k]), Label: kindWords[k], Href: d.href("/work/materials/findings", "kind", string(k))})
	}
	return f
}

// kindWords say a kind of finding to somebody who sees it for the first time.
var kindWords = map[onceonly.Kind]string{
	onceonly.OwnResult:   "处要的是本单位发的",
	onceonly.OtherResult: "处要的是县内单位发的",
	onceonly.Held:        "处电子证照可以代替",
	onceonly.Circular:    "组互为前提",
	onceonly.Orphan:      "处不知由谁出具",
	onceonly.Twice:       "处在一件事中重复",
}

func (d materialsData) pager() ui.PagerView {
	page, shown := d.Query.Page, len(d.Ranking)+len(d.OnceOnly.Findings)
	from := (page - 1) * reform.MaterialsPageSize
	p := ui.PagerView{Text: fmt.Sprintf("第 %s–%s 条，共 %s 条", ui.Count(from+1), ui.Count(from+shown), ui.Count(d.Total)), ExportHref: d.href(d.path()+".csv", "", "")}
	if page > 1 {
		p.PrevHref = d.href(d.path(), "page", strconv.Itoa(page-1))
	}
	if from+shown < d.Total {
		p.NextHref = d.href(d.path(), "page", strconv.Itoa(page+1))
	}
	return p
}

func materialHref(key string) string { return "/work/materials/" + url.PathEscape(key) }

// GET /work/materials: what people carry, the most first.
func (s *Server) getMaterials(q *request) error {
	query, err := materialQuery(q.URL.Query())
	if err != nil {
		return err
	}
	o, err := s.Reform.Materials(q.Context(), q.actor(), query)
	if err != nil {
		return err
	}
	return q.render(q.page("材料"), materialsView(materialsData{OnceOnly: o, Form: q.URL.Query()}))
}

// GET /work/materials/findings: what need not be demanded.
func (s *Server) getMaterialFindings(q *request) error {
	query, err := materialQuery(q.URL.Query())
	if err != nil {
		return err
	}
	o, err := s.Reform.MaterialFindings(q.Context(), q.actor(), query)
	if err != nil {
		return err
	}
	return q.render(q.page("重复提交"), materialsView(materialsData{OnceOnly: o, Form: q.URL.Query(), Findings: true}))
}

// GET /work/materials.csv and /work/materials/findings.csv
func (s *Server) getMaterialTable(name string, findings bool) handler {
	return func(q *request) error {
		query, err := materialQuery(q.URL.Query())
		if err != nil {
			return err
		}
		var b bytes.Buffer
		if err := s.Reform.WriteMaterials(q.Context(), q.actor(), query, findings, "csv", &b); err != nil {
			return err
		}
		return q.csv(name, &b)
	}
}

// GET /work/materials/{key}: one material, with who issues and who demands it.
func (s *Server) getMaterial(q *request) error {
	v, err := s.Reform.Material(q.Context(), q.actor(), q.PathValue("key"))
	if err != nil {
		return err
	}
	return q.render(q.page("材料 "+v.Key), materialView(v))
}

func sheetsText(d *onceonly.Demand) string {
	switch {
	case d.Originals > 0 && d.Copies > 0:
		return fmt.Sprintf("原件 %d 份、复印件 %d 份", d.Originals, d.Copies)
	case d.Originals > 0:
		return fmt.Sprintf("原件 %d 份", d.Originals)
	}
	return fmt.Sprintf("复印件 %d 份", d.Copies)
}

// few joins the first names of a list.
func few(names []string, most int) string {
	if len(names) <= most {
		return strings.Join(names, "、")
	}
	return fmt.Sprintf("%s等 %d 个单位", strings.Join(names[:most], "、"), len(names))
}

func standardTerms(s *onceonly.Standard) []ui.Term {
	held := "一般没有"
	if s.Held {
		held = "一般有，可以共享调取"
	}
	t := []ui.Term{{Label: "标准名称", Value: s.Name}, {Label: "类别", Value: s.Kind}, {Label: "电子证照", Value: held}}
	if len(s.Aliases) > 0 {
		t = append(t, ui.Term{Label: "其他叫法", Value: strings.Join(s.Aliases, "、")})
	}
	return t
}

// keepItem keeps the list to one item while it is filtered.
func keepItem(id string) []ui.Hidden {
	if id == "" {
		return nil
	}
	return []ui.Hidden{{Name: "item", Value: id}}
}
