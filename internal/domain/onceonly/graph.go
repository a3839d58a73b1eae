package onceonly

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"onevisit/internal/domain/catalog"
)

// Clause is what the findings carry out.
const Clause = "P-3.3.1"

// Ref names an item of the county.
type Ref struct{ Key, Unit, Name string }

// Demand is one item that demands a material from the applicant.
type Demand struct {
	Item              Ref
	Row               int    // of the item's materials, from 0
	Name              string // as the item writes it
	Originals, Copies int
	// Sourced says that the item names who issues it.
	Sourced bool
	// Why is the reason for which the demand could be dropped, empty if there is
	// none.
	Why  Kind
	Text string
}

// Material is a node of the graph: a paper that items demand or issue.
type Material struct {
	Key      string
	Standard *Standard // nil if the library does not know it
	Demands  []Demand
	Issuers  []Ref // items whose result it is
}

// Droppable counts the demands that the findings speak against.
func (m *Material) Droppable() (n int) {
	for _, d := range m.Demands {
		if d.Why != "" {
			n++
		}
	}
	return n
}

// Sheets counts originals and copies that all demands together ask for.
func (m *Material) Sheets() (n int) {
	for _, d := range m.Demands {
		n += d.Originals + d.Copies
	}
	return n
}

// IssuedBy names who issues the paper: the county's units whose result it is,
// or else whom the library names.
func (m *Material) IssuedBy() []string {
	var units []string
	for _, r := range m.Issuers {
		if !slices.Contains(units, r.Unit) {
			units = append(units, r.Unit)
		}
	}
	if len(units) == 0 && m.Standard != nil {
		units = append(units, m.Standard.Issuer)
	}
	return units
}

// Kind is a kind of finding.
type Kind string

// The kinds of finding.
const (
	OwnResult   Kind = "本单位核发"  // issued by the unit that demands it
	OtherResult Kind = "县内已核发"  // issued by another unit of the county
	Held        Kind = "证照库可查"  // a licence library or shared system has it
	Circular    Kind = "互为前提"   // each needs the other's result
	Orphan      Kind = "无人核发"   // a certificate of which nobody says who issues it
	Twice       Kind = "一件事中重复" // demanded again within a bundle
)

// Words of the library.
const (
	applicant       = "申请人"
	formKind        = "表格"
	certificateKind = "证件"
)

// Kinds lists them.
var Kinds = []Kind{OwnResult, OtherResult, Held, Circular, Orphan, Twice}

// Finding is a demand that speaks against P-3.3.1, with both sides named.
type Finding struct {
	Kind     Kind
	Material string // key
	Demand   Ref
	Row      int // of the item's materials, from 0
	Issuer   Ref // zero if it is not an item of the county
	Text     string
}

// Graph is the county's materials, joined.
type Graph struct {
	Items     int
	Materials []*Material // most carrying first
	Findings  []Finding   // by kind, then material, unit and item
	at        map[string]*Material
	of        map[string][]int32 // findings by the key of the item that demands
}

// Material finds a node by its key, or returns nil.
func (g *Graph) Material(key string) *Material { return g.at[key] }

// Of lists the findings about one item's demands.
func (g *Graph) Of(key string) []Finding {
	var out []Finding
	for _, i := range g.of[key] {
		out = append(out, g.Findings[i])
	}
	return out
}

// Count says how many findings there are of a kind.
func (g *Graph) Count(k Kind) (n int) {
	for _, f := range g.Findings {
		if f.Kind == k {
			n++
		}
	}
	return n
}

// Sheet is what the graph needs of one item.
type Sheet struct {
	Item Ref
	// Result is the paper that the item issues; empty if it issues none that
	// could be handed in elsewhere.
	Result  string
	Demands []Demand
	papers  []string // of the demands; names as Result's
	main    string   // the item's main item, if it is a variant
}

// Read makes an item's sheet; key is what the caller knows the item by. A sheet
// holds for as long as the item does not change.
func Read(key string, it *catalog.Item) Sheet {
	s := Sheet{Item: Ref{key, it.Unit, it.Name}, main: it.MainName}
	for _, name := range []string{it.Result.Licence, it.Result.Name} {
		if strings.TrimSpace(name) != "" && issued(name) {
			s.Result = paperOf(name)
			break
		}
	}
	for i := range it.Materials {
		m := &it.Materials[i]
		if m.Originals+m.Copies == 0 || strings.TrimSpace(m.Name) == "" {
			continue // only the name or number is asked for
		}
		d := Demand{Item: s.Item, Row: i, Name: m.Name, Originals: m.Originals, Copies: m.Copies, Sourced: m.IssuerUnit != "" || m.Issuer == catalog.IssuerApplicant}
		if m.Licence != "" || m.System != "" || m.Verify != "" {
			d.Why, d.Text = Held, cmp.Or(m.Licence, m.System, m.Verify)
		} else if m.Issuer == catalog.IssuerGovernment && m.IssuerUnit != "" && m.IssuerUnit == it.Unit {
			d.Why, d.Text = OwnResult, it.Unit
		}
		s.Demands = append(s.Demands, d)
		s.papers = append(s.papers, paperOf(cmp.Or(m.Standard, m.Name)))
	}
	return s
}

// issued reports whether a result is a paper that could be handed in elsewhere:
// a notice or a decision on the application is for the applicant alone.
func issued(name string) bool {
	if s, ok := Identify(name); ok && s.Issuer == applicant {
		return false // 备案表, 申请表: the form itself, stamped
	}
	return !strings.HasSuffix(name, "决定书") && !strings.HasSuffix(name, "通知书") && !strings.HasSuffix(name, "通知") && !strings.HasSuffix(name, "办理结果") && name != "无"
}

// join is the county's graph while it is made.
type join struct {
	Graph
	number map[string]int32 // of materials, by key
	items  []entry
}

// entry is an item with its materials by number.
type entry struct {
	ref   Ref
	main  string
	needs []need
	gives int32 // -1 if it issues nothing
}

type need struct {
	material int32
	row      int    // of the item's materials
	plain    string // the name as the item has it
}

// Join makes the graph of a county's items. held says whether the county's
// licence library has a standard material; nil takes the library's word for it.
func Join(sheets []Sheet, held func(*Standard) bool, bundles []Bundle) *Graph {
	if held == nil {
		held = func(s *Standard) bool { return s.Held }
	}
	j := &join{number: map[string]int32{}, items: make([]entry, len(sheets))}
	for i := range sheets {
		s, e := &sheets[i], &j.items[i]
		e.ref, e.main, e.gives = s.Item, s.main, -1
		if s.Result != "" {
			e.gives = j.material(s.Result)
			m := j.Materials[e.gives]
			m.Issuers = append(m.Issuers, e.ref)
		}
		for k, d := range s.Demands {
			n := j.material(s.papers[k])
			j.Materials[n].Demands = append(j.Materials[n].Demands, d)
			e.needs = append(e.needs, need{n, d.Row, Plain(d.Name)})
		}
	}
	g := &j.Graph
	g.Items, g.at = len(sheets), make(map[string]*Material, len(g.Materials))
	for _, m := range g.Materials {
		g.at[m.Key] = m
		g.judge(m, held)
	}
	j.circular(held)
	j.again(bundles)
	slices.SortStableFunc(g.Materials, func(x, y *Material) int {
		return cmp.Or(cmp.Compare(y.Sheets(), x.Sheets()), cmp.Compare(len(y.Demands), len(x.Demands)), cmp.Compare(x.Key, y.Key))
	})
	order := map[Kind]int{}
	for i, k := range Kinds {
		order[k] = i
	}
	slices.SortStableFunc(g.Findings, func(x, y Finding) int {
		return cmp.Or(cmp.Compare(order[x.Kind], order[y.Kind]), cmp.Compare(x.Material, y.Material), cmp.Compare(x.Demand.Unit, y.Demand.Unit), cmp.Compare(x.Demand.Name, y.Demand.Name))
	})
	g.of = map[string][]int32{}
	for i := range g.Findings {
		key := g.Findings[i].Demand.Key
		g.of[key] = append(g.of[key], int32(i))
	}
	return g
}

func (j *join) material(key string) int32 {
	n, ok := j.number[key]
	if !ok {
		n = int32(len(j.Materials))
		j.number[key] = n
		j.Materials = append(j.Materials, &Material{Key: key, Standard: standards().byName[Plain(key)]})
	}
	return n
}

// judge finds for each demand of a material who has it already.
func (g *Graph) judge(m *Material, held func(*Standard) bool) {
	own := map[string]*Ref{}
	for i := range m.Issuers {
		own[m.Issuers[i].Unit] = &m.Issuers[i]
	}
	for i := range m.Demands {
		d := &m.Demands[i]
		var issuer Ref
		if r := own[d.Item.Unit]; r != nil && surrenders(d) {
			d.Why, d.Text = "", "" // the old paper is handed back
			continue
		} else if r != nil && r.Key != d.Item.Key {
			d.Why, issuer = OwnResult, *r
			d.Text = fmt.Sprintf("“%s”是本单位办理“%s”核发的", d.Name, r.Name)
		} else if d.Why == OwnResult {
			d.Text = fmt.Sprintf("“%s”由本单位核发", d.Name)
		} else if r := other(m.Issuers, d.Item); r != nil {
			d.Why, issuer = OtherResult, *r
			d.Text = fmt.Sprintf("“%s”是%s办理“%s”核发的", d.Name, r.Unit, r.Name)
		} else if d.Why == Held {
			d.Text = fmt.Sprintf("“%s”可以从“%s”查到", d.Name, d.Text)
		} else if m.Standard != nil && held(m.Standard) {
			d.Why = Held
			d.Text = fmt.Sprintf("“%s”是电子证照“%s”，由%s核发，可以共享调取", d.Name, m.Standard.Name, m.Standard.Issuer)
		} else if !d.Sourced && certificate(m) {
			g.Findings = append(g.Findings, Finding{Orphan, m.Key, d.Item, d.Row, Ref{}, fmt.Sprintf("没有查到哪个单位核发“%s”，请写明由谁出具，或者改为告知承诺", d.Name)})
			continue
		} else {
			continue
		}
		g.Findings = append(g.Findings, Finding{d.Why, m.Key, d.Item, d.Row, issuer, d.Text + "，不应再要求申请人提交"})
	}
}

// surrenders reports whether the paper is given back for a new one, or for
// good: then its original is needed.
func surrenders(d *Demand) bool {
	if d.Originals == 0 || d.Copies > 0 {
		return false
	}
	return renews(d.Item.Name)
}

// renews reports whether an item changes, replaces or ends a paper that one has
// already.
func renews(name string) bool {
	for _, w := range []string{"变更", "换发", "换领", "换证", "注销", "延续", "补发", "补办", "补领", "延期", "遗失"} {
		if strings.Contains(name, w) {
			return true
		}
	}
	return false
}

// other is the first issuer in another unit.
func other(issuers []Ref, item Ref) *Ref {
	for i := range issuers {
		if issuers[i].Unit != item.Unit {
			return &issuers[i]
		}
	}
	return nil
}

// certificate reports whether a material sounds like a proof of somebody else's,
// though the library does not know it and no item issues it.
func certificate(m *Material) bool {
	return m.Standard == nil && len(m.Issuers) == 0 && endsIn(m.Key, []string{"证明", "证", "证书"})
}

// again finds what a bundle demands twice. Only certificates are one paper under
// all their names: two items' forms never are, and their reports and drawings
// are where they have the same name.
func (j *join) again(bundles []Bundle) {
	if len(bundles) == 0 {
		return
	}
	byName := map[string]*entry{}
	for i := range j.items {
		e := &j.items[i]
		if n := Plain(e.ref.Name); byName[n] == nil {
			byName[n] = e
		}
		// A bundle that names the main item means its first issue.
		if n := Plain(e.main); n != "" && byName[n] == nil && !renews(e.ref.Name) {
			byName[n] = e
		}
	}
	for _, bundle := range bundles {
		type paper struct {
			material int32
			plain    string // empty for a certificate
		}
		first := map[paper]Ref{}
		for _, name := range bundle.Items {
			e := byName[Plain(name)]
			if e == nil {
				continue
			}
			for _, n := range e.needs {
				m := j.Materials[n.material]
				p := paper{material: n.material}
				if m.Standard == nil || m.Standard.Kind != certificateKind {
					p.plain = n.plain
				}
				switch f, ok := first[p]; {
				case m.Standard != nil && m.Standard.Kind == formKind:
				case !ok:
					first[p] = e.ref
				case f.Key != e.ref.Key:
					j.Findings = append(j.Findings, Finding{Twice, m.Key, e.ref, n.row, f, fmt.Sprintf("一件事“%s”中，“%s”在“%s”已经提交，“%s”不应再要求", bundle.Name, m.Key, f.Name, e.ref.Name)})
				}
			}
		}
	}
}
