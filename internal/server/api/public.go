package api

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"onevisit/internal/app/portal"
	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/citation"
	"onevisit/internal/domain/code"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/publication"
	"onevisit/internal/domain/visit"
)

// entry is a published item as lists show it.
type entry struct {
	ID      string `json:"id"`
	Code    string `json:"code"`
	Name    string `json:"name"`
	UnitID  string `json:"unit_id"`
	Unit    string `json:"unit"`
	Type    string `json:"type"`
	Visits  int    `json:"visits"`
	Release int64  `json:"release"`
}

func entryOf(e portal.Entry) entry {
	return entry{e.ID, e.Code, e.Name, e.UnitID, e.UnitName, e.Type, e.Visits, e.ReleaseSeq}
}

type release struct {
	Seq      int64         `json:"seq"`
	Number   string        `json:"number"`
	Kind     string        `json:"kind"`
	Title    string        `json:"title"`
	DocNo    string        `json:"doc_no"`
	DocDate  calendar.Date `json:"doc_date"`
	At       time.Time     `json:"at"`
	Items    int           `json:"items"`
	Hash     string        `json:"hash"`
	PrevHash string        `json:"prev_hash"`
	Demo     bool          `json:"demo"`
}

func releaseOf(r *publication.Release) release {
	return release{r.Seq, r.Number, string(r.Kind), r.Title, r.DocNo, r.DocDate, r.At.UTC(), r.Count, r.Hash, r.PrevHash, r.Demo}
}

type facet struct {
	Value string `json:"value"`
	Count int    `json:"count"`
}

func facets(list []portal.Facet) []facet {
	out := make([]facet, 0, len(list))
	for _, f := range list {
		out = append(out, facet{f.Value, f.Count})
	}
	return out
}

// GET /api/search
func (s *Server) getSearch(q *request) error {
	v, err := q.query([]string{"unit", "type", "visits"}, "q", "audience", "online", "limit", "next")
	if err != nil {
		return err
	}
	in := portal.Query{Text: strings.TrimSpace(v.Get("q")), Units: v["unit"], Types: v["type"], Audience: v.Get("audience")}
	if in.Limit, err = limit(v); err != nil {
		return err
	}
	if in.Online, err = flag(v, "online"); err != nil {
		return err
	}
	for _, n := range v["visits"] {
		k, err := strconv.Atoi(n)
		if err != nil || k < 0 || k > 2 {
			return badQuery("visits", "应是 0、1 或 2（2 表示两次及以上）")
		}
		in.Visits = append(in.Visits, k)
	}
	// Ranks hold within one release only, so that a cursor names it.
	var seq int64
	if next := v.Get("next"); next != "" {
		if n, err := fmt.Sscanf(next, "%d.%d", &seq, &in.Offset); n != 2 || err != nil || in.Offset < 0 {
			return badQuery("next", "应是上一页给出的值")
		}
	}
	began := s.Now()
	found := s.Portal.Search(in)
	took := s.Now().Sub(began)
	if found.Preparing {
		return fault.Unavailablef("程序刚刚启动，正在载入全部事项，请过十几秒再试。")
	}
	if v.Get("next") != "" && seq != found.Seq {
		return fault.Conflictf("翻页期间有新的公布，请从第一页重新查询。")
	}
	type hit struct {
		entry
		Score float64 `json:"score"`
	}
	out := struct {
		Total  int   `json:"total"`
		Took   int64 `json:"took_us"`
		Hits   []hit `json:"hits"`
		Facets struct {
			Unit     []facet `json:"unit"`
			Type     []facet `json:"type"`
			Audience []facet `json:"audience"`
			Visits   []facet `json:"visits"`
		} `json:"facets"`
		Next string `json:"next"`
	}{Total: found.Total, Took: took.Microseconds(), Hits: make([]hit, 0, len(found.Hits))}
	for i, h := range found.Hits {
		out.Hits = append(out.Hits, hit{entryOf(found.Entries[i]), h.Score})
	}
	out.Facets.Unit, out.Facets.Type, out.Facets.Audience = facets(found.Units), facets(found.Types), facets(found.Audience)
	out.Facets.Visits = []facet{{"0", found.None}, {"1", found.One}, {"2", found.Many}}
	if end := in.Offset + len(found.Hits); len(found.Hits) > 0 && end < found.Total {
		out.Next = fmt.Sprintf("%d.%d", found.Seq, end)
	}
	return q.reply(out)
}

// GET /api/guides
func (s *Server) getGuides(q *request) error {
	v, err := q.query(nil, "unit", "limit", "next")
	if err != nil {
		return err
	}
	n, err := limit(v)
	if err != nil {
		return err
	}
	list := s.Portal.Published(v.Get("unit"), v.Get("next"), n+1)
	out := struct {
		Guides []entry `json:"guides"`
		Next   string  `json:"next"`
	}{Guides: make([]entry, 0, n)}
	list, out.Next = cut(list, n, func(e portal.Entry) string { return e.ID })
	for _, e := range list {
		out.Guides = append(out.Guides, entryOf(e))
	}
	return q.reply(out)
}

// cut takes a page off a list that was asked for one more, and says from where
// the next page goes on; "" on the last.
func cut[T any](list []T, n int, key func(T) string) (page []T, next string) {
	if len(list) <= n {
		return list, ""
	}
	return list[:n], key(list[n-1])
}

// GET /api/guides/{id}
func (s *Server) getGuide(q *request) error {
	if _, err := q.query(nil); err != nil {
		return err
	}
	g, err := s.Portal.Guide(q.Context(), q.PathValue("id"))
	if err != nil {
		return err
	}
	return q.reply(struct {
		ID         string           `json:"id"`
		UnitID     string           `json:"unit_id"`
		Item       *catalog.Item    `json:"item"`
		Assessment visit.Assessment `json:"assessment"`
		Release    release          `json:"release"`
		VerifyCode string           `json:"verify_code"`
		Standing   standing         `json:"standing"`
	}{g.ID, g.UnitID, g.Item, g.Assessment, releaseOf(&g.Release), g.VerifyCode, standingOf(&g.Change)})
}

// standing is how an item stands for the public, and what the adjustment says
// that brought it there.
type standing struct {
	Standing   publication.Standing    `json:"standing"`
	Op         publication.Op          `json:"op,omitempty"`
	Cause      string                  `json:"cause,omitempty"`
	Basis      string                  `json:"basis,omitempty"`
	Reason     string                  `json:"reason,omitempty"`
	Effective  *calendar.Date          `json:"effective,omitempty"`
	Until      *calendar.Date          `json:"until,omitempty"`
	Successors []publication.Successor `json:"successors,omitempty"`
}

func standingOf(c *portal.Change) standing {
	s := standing{Standing: c.Standing, Op: c.Op, Cause: c.Cause, Basis: c.Basis, Reason: c.Reason, Successors: c.Successors}
	if !c.Effective.IsZero() {
		s.Effective = &c.Effective
	}
	if !c.Until.IsZero() {
		s.Until = &c.Until
	}
	return s
}

// unit is a unit as the public sees it, with its published items by visits.
type unit struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Kind      string `json:"kind"`
	Phone     string `json:"phone"`
	Complaint string `json:"complaint"`
	Address   string `json:"address"`
	Hours     string `json:"hours"`
	Items     int    `json:"items"`
	None      int    `json:"none"`
	One       int    `json:"one"`
	More      int    `json:"more"`
}

func unitOf(u portal.UnitEntry) unit {
	return unit{u.ID, u.Name, string(u.Kind), u.Phone, u.Complaint, u.Address, u.Hours, u.Total, u.None, u.One, u.More}
}

// GET /api/units
func (s *Server) getUnits(q *request) error {
	if _, err := q.query(nil); err != nil {
		return err
	}
	out := []unit{}
	for _, u := range s.Portal.Units() {
		out = append(out, unitOf(u))
	}
	return q.reply(map[string]any{"units": out})
}

// GET /api/units/{id}
func (s *Server) getUnit(q *request) error {
	if _, err := q.query(nil); err != nil {
		return err
	}
	u, _, err := s.Portal.Unit(q.PathValue("id"))
	if err != nil {
		return err
	}
	return q.reply(unitOf(u))
}

// GET /api/releases
func (s *Server) getReleases(q *request) error {
	if _, err := q.query(nil); err != nil {
		return err
	}
	out := []release{}
	for _, r := range s.Portal.Releases() {
		out = append(out, releaseOf(&r))
	}
	return q.reply(map[string]any{"releases": out})
}

// releaseItem is an item of a release and whether it still stands.
type releaseItem struct {
	ID         string `json:"id"`
	Code       string `json:"code"`
	Name       string `json:"name"`
	UnitID     string `json:"unit_id"`
	Unit       string `json:"unit"`
	Type       string `json:"type"`
	Visits     int    `json:"visits"`
	Class      string `json:"class"`
	DocHash    string `json:"doc_hash"`
	VerifyCode string `json:"verify_code"`
	ReplacedBy int64  `json:"replaced_by"`
	// Standing is what this release made of the item.
	Standing publication.Standing `json:"standing"`
}

// GET /api/releases/{seq}
func (s *Server) getRelease(q *request) error {
	v, err := q.query(nil, "limit", "next")
	if err != nil {
		return err
	}
	n, err := limit(v)
	if err != nil {
		return err
	}
	seq, err := strconv.ParseInt(q.PathValue("seq"), 10, 64)
	if err != nil {
		return fault.NotFoundf("没有找到这个公布批次。")
	}
	r, items, err := s.Portal.ReleasePage(q.Context(), seq, v.Get("next"), n+1)
	if err != nil {
		return err
	}
	out := struct {
		Release release       `json:"release"`
		Items   []releaseItem `json:"items"`
		Next    string        `json:"next"`
	}{Release: releaseOf(r), Items: make([]releaseItem, 0, n)}
	items, out.Next = cut(items, n, func(p portal.PublishedItem) string { return p.ItemID })
	for _, p := range items {
		out.Items = append(out.Items, releaseItem{p.ItemID, p.Code, p.Name, p.UnitID, p.UnitName, p.Type, p.Visits, p.Class, p.DocHash, p.VerifyCode, p.ReplacedBy, p.Standing})
	}
	return q.reply(out)
}

// change is what an applicant has to know of the difference to an older paper.
type change struct {
	Text   string         `json:"text"`
	Path   string         `json:"path"`
	Effect catalog.Effect `json:"effect"`
}

// GET /api/verify
func (s *Server) getVerify(q *request) error {
	v, err := q.query(nil, "code")
	if err != nil {
		return err
	}
	found, err := s.Portal.Verify(q.Context(), v.Get("code"))
	if err != nil {
		return err
	}
	out := struct {
		Code       string   `json:"code"`
		ID         string   `json:"id"`
		Name       string   `json:"name"`
		Unit       string   `json:"unit"`
		Current    bool     `json:"current"`
		Release    release  `json:"release"`
		ReplacedBy *release `json:"replaced_by"`
		Same       bool     `json:"same"`
		Changes    []change `json:"changes"`
		Now        standing `json:"now"`
	}{Code: found.Code, Now: standingOf(&found.Now), ID: found.ItemID, Name: found.Name, Unit: found.UnitName, Current: found.Current(), Same: found.Same,
		Release: releaseOf(&found.Published), Changes: []change{}}
	for _, c := range found.Changes {
		out.Changes = append(out.Changes, change{c.String(), c.Path, c.Effect})
	}
	if found.ReplacedBy != nil {
		r := releaseOf(found.ReplacedBy)
		out.ReplacedBy = &r
	}
	return q.reply(out)
}

// POST /api/visit
func (s *Server) postVisit(q *request) error {
	v, err := q.query(nil, "measures")
	if err != nil {
		return err
	}
	data, err := q.body(maxCompute)
	if err != nil {
		return err
	}
	a, warnings, err := s.Portal.Visits(data, v.Get("measures"))
	if err != nil {
		return err
	}
	return q.reply(struct {
		visit.Assessment
		Warnings []string `json:"warnings,omitempty"`
	}{a, warnings})
}

// POST /api/code: a code may be somebody's identity number, so it stands in the
// body and never in an address, and is not written to the log.
func (s *Server) postCode(q *request) error {
	var in struct {
		Code string `json:"code"`
	}
	if err := q.decode(maxCompute, &in); err != nil {
		return err
	}
	return q.reply(code.Parse(in.Code))
}

// POST /api/cite
func (s *Server) postCite(q *request) error {
	var in struct {
		Text string `json:"text"`
	}
	if err := q.decode(maxCompute, &in); err != nil {
		return err
	}
	list := citation.Parse(in.Text)
	if list == nil {
		list = []citation.Citation{}
	}
	return q.reply(map[string]any{"citations": list})
}
