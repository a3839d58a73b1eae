package reform

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/onceonly"
	"onevisit/internal/domain/org"
	"onevisit/internal/infra/exchange"
	"onevisit/internal/infra/store"
)

// graphCache keeps the county's graph of materials. What was read of an item
// stays until the item changes, so that after one edit one item is read anew
// and the rest is only joined.
type graphCache struct {
	mu     sync.Mutex
	sheets map[string]sheetAt // by item
	seen   time.Time          // the latest change taken in
	graph  *onceonly.Graph
}

type sheetAt struct {
	version int64
	sheet   onceonly.Sheet
}

// lateCommits is how long a transaction may stay invisible after its instant.
const lateCommits = 2 * time.Minute

// materials returns the graph as of the transaction.
func (s *Service) materials(tx *store.Tx) (*onceonly.Graph, error) {
	c := &s.graph
	c.mu.Lock()
	defer c.mu.Unlock()
	changed, err := tx.ItemsChanged(c.seen.Add(-lateCommits))
	if err != nil {
		return nil, err
	}
	var stale []string
	seen := c.seen
	for _, it := range changed {
		if have, ok := c.sheets[it.ID]; !ok || have.version < it.Version {
			stale = append(stale, it.ID)
		}
		if it.UpdatedAt.After(seen) {
			seen = it.UpdatedAt
		}
	}
	if len(stale) == 0 && c.graph != nil {
		return c.graph, nil
	}
	if c.sheets == nil {
		c.sheets = map[string]sheetAt{}
	}
	for ids := range slices.Chunk(stale, 500) {
		rows, err := tx.ItemsWithDocs(store.ItemFilter{IDs: ids, Limit: len(ids)})
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			it, err := decode(row.Doc)
			if err != nil {
				return nil, fmt.Errorf("item %s: %w", row.ID, err)
			}
			c.sheets[row.ID] = sheetAt{row.Version, onceonly.Read(row.ID, it)}
		}
	}
	c.seen = seen
	sheets := make([]onceonly.Sheet, 0, len(c.sheets))
	for _, s := range c.sheets {
		sheets = append(sheets, s.sheet)
	}
	slices.SortFunc(sheets, func(a, b onceonly.Sheet) int { return strings.Compare(a.Item.Key, b.Item.Key) })
	c.graph = onceonly.Join(sheets, nil, onceonly.Bundles())
	return c.graph, nil
}

// currentMaterials returns the graph as of now. What only others may still roll
// back is not in it.
func (s *Service) currentMaterials(ctx context.Context) (g *onceonly.Graph, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		g, err = s.materials(tx)
		return err
	})
	return g, err
}

// MaterialQuery asks for a page of the ranking or of the findings.
type MaterialQuery struct {
	Text string // part of the material's name
	Unit string // name of the unit that demands
	Item string // ID of the item that demands
	Kind onceonly.Kind
	Page int // from 1
}

// MaterialsPageSize is how many rows a page has.
const MaterialsPageSize = 50

// MaterialRow is one material of the ranking: how many items of the actor's
// units demand it, how many sheets that is, and how many of them need not be.
type MaterialRow struct {
	*onceonly.Material
	Demanded, Sheets, Droppable, DroppableSheets int
}

// OnceOnly is a page over the county's graph of materials (P-3.3.1).
type OnceOnly struct {
	Query    MaterialQuery
	Items    int         // items whose demands the actor sees
	Units    []string    // names of the actor's units that demand anything
	County   bool        // all units' demands are shown
	Sum      MaterialRow // over all materials; Material is nil
	Counts   map[onceonly.Kind]int
	Ranking  []MaterialRow      // one page
	Findings []onceonly.Finding // one page
	Total    int                // rows on all pages
}

// materialScope is what of the graph the actor is shown: the demands of the
// units whose items he may read. Who issues a paper is shown to all, since that
// is the remedy.
func materialScope(tx *store.Tx, a org.Actor) (sees func(unit string) bool, county bool, err error) {
	if a.ID == "" {
		return nil, false, fault.New(fault.Unauthorized, "请先登录。")
	}
	if org.Can(a, org.ReadCounty, "") == nil {
		return func(string) bool { return true }, true, nil
	}
	units, err := tx.Units()
	if err != nil {
		return nil, false, err
	}
	names := map[string]bool{}
	for _, u := range units {
		if org.Can(a, org.ReadItem, u.ID) == nil {
			names[u.Name] = true
		}
	}
	if len(names) == 0 {
		return nil, false, org.Can(a, org.ReadItem, a.UnitID)
	}
	return func(unit string) bool { return names[unit] }, false, nil
}

// Materials ranks the materials by what they make people carry.
func (s *Service) Materials(ctx context.Context, a org.Actor, q MaterialQuery) (*OnceOnly, error) {
	o, rows, _, err := s.onceOnly(ctx, a, q)
	if err != nil {
		return nil, err
	}
	o.Total, o.Ranking = len(rows), pageOf(rows, q.Page)
	return o, nil
}

// MaterialFindings lists the demands that speak against P-3.3.1.
func (s *Service) MaterialFindings(ctx context.Context, a org.Actor, q MaterialQuery) (*OnceOnly, error) {
	o, _, found, err := s.onceOnly(ctx, a, q)
	if err != nil {
		return nil, err
	}
	o.Total, o.Findings = len(found), pageOf(found, q.Page)
	return o, nil
}

func pageOf[T any](list []T, page int) []T {
	from := min(max(page-1, 0)*MaterialsPageSize, len(list))
	return list[from:min(from+MaterialsPageSize, len(list))]
}

func (s *Service) onceOnly(ctx context.Context, a org.Actor, q MaterialQuery) (o *OnceOnly, rows []MaterialRow, found []onceonly.Finding, err error) {
	var g *onceonly.Graph
	var sees func(string) bool
	o = &OnceOnly{Query: q, Counts: map[onceonly.Kind]int{}}
	if err = s.db.View(ctx, func(tx *store.Tx) error {
		if sees, o.County, err = materialScope(tx, a); err != nil {
			return err
		}
		g, err = s.materials(tx)
		return err
	}); err != nil {
		return nil, nil, nil, err
	}
	wanted := func(material string, it *onceonly.Ref) bool {
		return sees(it.Unit) && (q.Unit == "" || q.Unit == it.Unit) && (q.Item == "" || q.Item == it.Key) && (q.Text == "" || strings.Contains(material, q.Text))
	}
	units, items := map[string]bool{}, map[string]bool{}
	for _, m := range g.Materials {
		row := MaterialRow{Material: m}
		for i := range m.Demands {
			d := &m.Demands[i]
			if !sees(d.Item.Unit) {
				continue
			}
			units[d.Item.Unit] = true
			if !wanted(m.Key, &d.Item) {
				continue
			}
			items[d.Item.Key] = true
			row.Demanded++
			row.Sheets += d.Originals + d.Copies
			if d.Why != "" {
				row.Droppable++
				row.DroppableSheets += d.Originals + d.Copies
			}
		}
		if row.Demanded == 0 {
			continue
		}
		o.Sum.Demanded += row.Demanded
		o.Sum.Sheets += row.Sheets
		o.Sum.Droppable += row.Droppable
		o.Sum.DroppableSheets += row.DroppableSheets
		rows = append(rows, row)
	}
	slices.SortStableFunc(rows, func(x, y MaterialRow) int { return cmp.Compare(y.Sheets, x.Sheets) })
	for _, f := range g.Findings {
		if !wanted(f.Material, &f.Demand) {
			continue
		}
		o.Counts[f.Kind]++
		if q.Kind == "" || q.Kind == f.Kind {
			found = append(found, f)
		}
	}
	o.Items = len(items)
	for u := range units {
		o.Units = append(o.Units, u)
	}
	slices.Sort(o.Units)
	return o, rows, found, nil
}

// MaterialView is the page of one material.
type MaterialView struct {
	MaterialRow
	Demands  []onceonly.Demand  // of the actor's units
	Others   int                // demands of other units, which the actor is not shown
	Findings []onceonly.Finding // of the actor's units, those that are not about one demand
}

// Material shows one material: who issues it, who demands it, what would be
// saved. key is the name in the library, or the plain name.
func (s *Service) Material(ctx context.Context, a org.Actor, key string) (*MaterialView, error) {
	v := &MaterialView{}
	err := s.db.View(ctx, func(tx *store.Tx) error {
		sees, _, err := materialScope(tx, a)
		if err != nil {
			return err
		}
		g, err := s.materials(tx)
		if err != nil {
			return err
		}
		m := g.Material(key)
		if m == nil {
			return fault.NotFoundf("没有事项要求或者核发“%s”，可能刚刚更改过。", key)
		}
		v.Material = m
		for _, d := range m.Demands {
			if !sees(d.Item.Unit) {
				v.Others++
				continue
			}
			v.Demands = append(v.Demands, d)
			v.Demanded++
			v.Sheets += d.Originals + d.Copies
			if d.Why != "" {
				v.Droppable++
				v.DroppableSheets += d.Originals + d.Copies
			}
		}
		for _, f := range g.Findings {
			if f.Material == key && sees(f.Demand.Unit) && (f.Kind == onceonly.Circular || f.Kind == onceonly.Twice) {
				v.Findings = append(v.Findings, f)
			}
		}
		return nil
	})
	return v, err
}

// WriteMaterials writes the whole ranking, or all findings, for a query; format
// is xlsx or csv.
func (s *Service) WriteMaterials(ctx context.Context, a org.Actor, q MaterialQuery, findings bool, format string, w io.Writer) error {
	write := exchange.WriteSheetXLSX
	switch format {
	case "csv":
		write = exchange.WriteSheetCSV
	case "xlsx":
	default:
		return fault.NotFoundf("材料表只有 xlsx 和 csv 两种格式。")
	}
	_, rows, found, err := s.onceOnly(ctx, a, q)
	if err != nil {
		return err
	}
	if findings {
		sheet := exchange.Sheet{Name: "一次提交问题", Head: []string{"问题", "材料", "要求提交的单位", "要求提交的事项", "核发单位", "核发事项", "说明", "依据"}}
		for _, f := range found {
			sheet.Rows = append(sheet.Rows, []string{string(f.Kind), f.Material, f.Demand.Unit, f.Demand.Name, f.Issuer.Unit, f.Issuer.Name, f.Text, onceonly.Clause})
		}
		return write(w, sheet)
	}
	sheet := exchange.Sheet{Name: "材料排行", Head: []string{"材料", "要求提交的事项数", "份数", "可不再要求的事项数", "可减少的份数", "核发单位"}}
	for _, r := range rows {
		sheet.Rows = append(sheet.Rows, []string{r.Key, strconv.Itoa(r.Demanded), strconv.Itoa(r.Sheets), strconv.Itoa(r.Droppable), strconv.Itoa(r.DroppableSheets), strings.Join(r.IssuedBy(), "、")})
	}
	return write(w, sheet)
}
