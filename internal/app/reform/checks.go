package reform

import (
	"cmp"
	"context"
	"io"
	"runtime"
	"slices"
	"strings"
	"sync"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/lint"
	"onevisit/internal/domain/org"
	"onevisit/internal/infra/exchange"
	"onevisit/internal/infra/store"
)

// CountySubjects is the whole county ready to be checked: what the rules judge,
// and what they need to know beside it.
type CountySubjects struct {
	Config lint.Config
	Items  []*lint.Subject // with the items' ids as keys
	Units  []*lint.Subject // bound by the plan or with items, with what they have reported
	County *lint.Subject
	// Lists are the units again, each with the items of those that it reports for
	// (P-2.1b), for what falls between their lists and items (S04).
	Lists      []*lint.Subject
	ListConfig lint.Config
}

// CountySubjects reads the working copies and the county's records, for the
// operator's commands. Every rule that is compiled in can run on them.
func (s *Service) CountySubjects(ctx context.Context) (*CountySubjects, error) {
	c := &CountySubjects{County: &lint.Subject{Scope: lint.ScopeCounty}}
	err := s.db.View(ctx, func(tx *store.Tx) error {
		rules, err := s.rulesInForce(tx)
		if err != nil {
			return err
		}
		p, err := tx.ActivePlan()
		planned := !fault.Is(err, fault.NotFound) // without a plan nobody has to report
		if err != nil && planned {
			return err
		}
		units, err := tx.Units()
		if err != nil {
			return err
		}
		byID, byName := map[string]*org.Unit{}, map[string]*org.Unit{}
		for i := range units {
			byID[units[i].ID], byName[units[i].Name] = &units[i], &units[i]
		}
		ix, held := lint.NewIndex(), map[string][]*catalog.Item{}
		if err := eachDoc(ctx, tx, store.ItemFilter{}, func(row *store.Item, it *catalog.Item) error {
			it.Unit = byID[row.UnitID].Name
			ix.Add(row.ID, it)
			subject := lint.ItemSubject(it)
			subject.Key = row.ID
			c.Items = append(c.Items, subject)
			c.County.Items = append(c.County.Items, it)
			held[row.UnitID] = append(held[row.UnitID], it)
			return nil
		}); err != nil {
			return err
		}
		facts, err := readFacts(tx, p)
		if err != nil {
			return err
		}
		for _, u := range units {
			if !p.Binds(u) && len(held[u.ID]) == 0 {
				continue
			}
			f := facts.of(u, len(held[u.ID]))
			f.Unit.InScope = p.Binds(u)
			subject := lint.UnitSubject(u.Name, held[u.ID])
			subject.Facts = &f
			c.Units = append(c.Units, subject)
		}
		open, err := tx.Waivers(store.WaiverFilter{Open: true})
		if err != nil {
			return err
		}
		let := map[string][]lint.Waiver{}
		for _, w := range open {
			if w.Granted {
				let[w.ItemID] = append(let[w.ItemID], w.Lint())
			}
		}
		c.Config = lint.Config{Rules: rules.Set, Today: calendar.DateOf(tx.Now()), Division: s.county().Division, Index: ix, AllItems: true, Facts: planned,
			CutTarget: float64(p.TimeCut) / 100, ShareTarget: float64(p.ShareAtMostOne) / 100,
			Unit:    func(name string) (*org.Unit, bool) { u, ok := byName[name]; return u, ok },
			Waivers: func(key string) []lint.Waiver { return let[key] }}
		for _, u := range units {
			items := slices.Clone(held[u.ID])
			for _, m := range units {
				if m.Supervisor == u.ID {
					items = append(items, held[m.ID]...)
				}
			}
			c.Lists = append(c.Lists, lint.UnitSubject(u.Name, items))
		}
		return c.readLists(tx, byID)
	})
	return c, err
}

// readLists gives the rules the units' lists and the provincial catalogue, if
// there are any.
func (c *CountySubjects) readLists(tx *store.Tx, byID map[string]*org.Unit) error {
	entries, err := tx.AllListEntries(store.ListFilter{})
	if err != nil || len(entries) == 0 {
		return err
	}
	open, codes, departments := map[string][]catalog.ListEntry{}, map[string]bool{}, map[string]bool{}
	department := func(code string) string { return code[:2] + code[4:6] }
	for _, e := range entries {
		if e.List == catalog.Catalogue && !e.Superseded && len(e.Code) >= 6 {
			codes[e.Code], departments[department(e.Code)] = true, true
		}
		if u := byID[e.UnitID]; u != nil && !settledEntry(e) {
			open[u.Name] = append(open[u.Name], listEntry(e, u.Name))
		}
	}
	c.ListConfig = lint.Config{Rules: c.Config.Rules.Only("S04"), Today: c.Config.Today,
		Entries: func(unit string) []catalog.ListEntry { return open[unit] },
		Claims:  func(string) []catalog.Claim { return nil }} // the unsettled ones are left
	if len(codes) > 0 {
		c.Config.InCatalogue = func(code string) (has, known bool) { return codes[code], departments[department(code)] }
	}
	return nil
}

// FileSubjects are items of files, of which the county's records are not known.
// The config's Index is filled in.
func FileSubjects(cfg lint.Config, items []*catalog.Item) *CountySubjects {
	cfg.Index = lint.IndexOf(items)
	c := &CountySubjects{Config: cfg, County: &lint.Subject{Scope: lint.ScopeCounty, Items: items}}
	byUnit := map[string]*lint.Subject{}
	for _, it := range items {
		c.Items = append(c.Items, lint.ItemSubject(it))
		if byUnit[it.Unit] == nil {
			byUnit[it.Unit] = lint.UnitSubject(it.Unit, nil)
			c.Units = append(c.Units, byUnit[it.Unit])
		}
		byUnit[it.Unit].Items = append(byUnit[it.Unit].Items, it)
	}
	return c
}

// Run checks everything on all cores. The findings come in the order of the
// items, then of the units, then the county's.
func (c *CountySubjects) Run() (found []lint.Finding, skipped []lint.Skip) {
	ctx := lint.NewContext(c.Config)
	parts := lint.Split(len(c.Items), runtime.GOMAXPROCS(0))
	lists := make([][]lint.Finding, len(parts)+1)
	var wg sync.WaitGroup
	for i, p := range parts {
		own := ctx.Fork()
		wg.Go(func() {
			for _, s := range c.Items[p[0]:p[1]] {
				lists[i] = lint.AppendRun(own, s, lists[i])
			}
		})
	}
	for _, s := range append(c.Units, c.County) {
		lists[len(parts)] = lint.AppendRun(ctx, s, lists[len(parts)])
	}
	skipped = ctx.Skipped()
	if c.ListConfig.Entries != nil {
		own := lint.NewContext(c.ListConfig)
		for _, s := range c.Lists {
			lists[len(parts)] = lint.AppendRun(own, s, lists[len(parts)])
		}
		skipped = slices.DeleteFunc(skipped, func(s lint.Skip) bool { return s.Rule == "S04" })
	}
	wg.Wait()
	return slices.Concat(lists...), skipped
}

// checkCache keeps what the whole county's check found until something that it
// rests on changes.
type checkCache struct {
	mu    sync.Mutex
	stamp string
	rows  []CheckRow
	items int
}

// CheckQuery asks for a page of what is found.
type CheckQuery struct {
	Rule, Unit string // code, and the unit's ID
	Severity   lint.Severity
	Page       int // from 1
}

// CheckRow is one finding with the item and the unit that it is about; both may
// be empty.
type CheckRow struct {
	lint.Finding
	ItemID, UnitID string
}

// RuleCount is how much a rule finds.
type RuleCount struct {
	Code, Title string
	Severity    lint.Severity // the heaviest among its findings
	Found       int
	Items       int
	Units       int
	Unexplained int // warnings without a reason on record
}

// Checks is what the rules find in the units whose items the actor may read.
type Checks struct {
	Query  CheckQuery
	County bool
	Units  []org.Unit // with findings
	Counts map[lint.Severity]int
	Items  int         // of the county, checked
	Rules  []RuleCount // errors first, then the most findings
	Found  []CheckRow  // one page of those asked for
	Total  int
}

// ChecksPageSize is how many findings a page has.
const ChecksPageSize = 50

// Checks runs every rule over the county and sums up what is found.
func (s *Service) Checks(ctx context.Context, a org.Actor, q CheckQuery) (*Checks, error) {
	c, found, err := s.checks(ctx, a, q)
	if err != nil {
		return nil, err
	}
	from := min(max(q.Page-1, 0)*ChecksPageSize, len(found))
	c.Total, c.Found = len(found), found[from:min(from+ChecksPageSize, len(found))]
	return c, nil
}

// WriteChecks writes all findings that a query asks for as a csv table.
func (s *Service) WriteChecks(ctx context.Context, a org.Actor, q CheckQuery, w io.Writer) error {
	_, found, err := s.checks(ctx, a, q)
	if err != nil {
		return err
	}
	sheet := exchange.Sheet{Name: "检查结果", Head: []string{"级别", "规则", "依据", "单位", "事项", "位置", "填写的值", "问题", "怎样改", "例外", "单位说明"}}
	for _, f := range found {
		reason := ""
		if f.Reason != nil {
			reason = f.Reason.Text
		}
		sheet.Rows = append(sheet.Rows, []string{string(f.Severity), f.Rule, f.Clause, f.Unit, f.Item, f.Field, f.Value, f.Message, f.Fix, f.Exempt, reason})
	}
	return exchange.WriteSheetCSV(w, sheet)
}

func (s *Service) checks(ctx context.Context, a org.Actor, q CheckQuery) (*Checks, []CheckRow, error) {
	mine, err := visibleUnits(a, nil)
	if err != nil {
		return nil, nil, err
	}
	c := &Checks{Query: q, County: mine == nil, Counts: map[lint.Severity]int{}}
	all, items, err := s.checkCounty(ctx)
	if err != nil {
		return nil, nil, err
	}
	c.Items = items
	all = slices.DeleteFunc(slices.Clone(all), func(r CheckRow) bool { return mine != nil && !slices.Contains(mine, r.UnitID) })
	titles, names := map[string]string{}, map[string]bool{}
	for _, r := range all {
		names[r.UnitID] = true
	}
	if err := s.db.View(ctx, func(tx *store.Tx) error {
		rules, err := s.rulesInForce(tx)
		if err != nil {
			return err
		}
		for _, r := range rules.Set.All() {
			titles[r.Code] = r.Title
		}
		units, err := tx.Units()
		c.Units = slices.DeleteFunc(units, func(u org.Unit) bool { return !names[u.ID] })
		return err
	}); err != nil {
		return nil, nil, err
	}
	// The table of rules follows the unit that is asked for, the list below it
	// the rule and the severity too.
	all = slices.DeleteFunc(all, func(r CheckRow) bool { return q.Unit != "" && r.UnitID != q.Unit })
	c.count(all, titles)
	found := slices.DeleteFunc(all, func(r CheckRow) bool {
		return q.Rule != "" && r.Rule != q.Rule || q.Severity != "" && r.Severity != q.Severity
	})
	slices.SortStableFunc(found, func(x, y CheckRow) int {
		return cmp.Or(slices.Index(lint.Severities, x.Severity)-slices.Index(lint.Severities, y.Severity), strings.Compare(x.Rule, y.Rule))
	})
	return c, found, nil
}

// count sums up by rule.
func (c *Checks) count(rows []CheckRow, titles map[string]string) {
	at := map[string]int{}
	seen := map[[2]string]bool{}
	for _, r := range rows {
		c.Counts[r.Severity]++
		i, ok := at[r.Rule]
		if !ok {
			i = len(c.Rules)
			at[r.Rule] = i
			c.Rules = append(c.Rules, RuleCount{Code: r.Rule, Title: titles[r.Rule], Severity: r.Severity})
		}
		n := &c.Rules[i]
		n.Found++
		if slices.Index(lint.Severities, r.Severity) < slices.Index(lint.Severities, n.Severity) {
			n.Severity = r.Severity
		}
		if r.AsksReason() {
			n.Unexplained++
		}
		if k := [2]string{r.Rule, "item " + r.ItemID}; r.ItemID != "" && !seen[k] {
			seen[k] = true
			n.Items++
		}
		if k := [2]string{r.Rule, "unit " + r.UnitID}; r.UnitID != "" && !seen[k] {
			seen[k] = true
			n.Units++
		}
	}
	slices.SortStableFunc(c.Rules, func(x, y RuleCount) int {
		return cmp.Or(slices.Index(lint.Severities, x.Severity)-slices.Index(lint.Severities, y.Severity), y.Found-x.Found, strings.Compare(x.Code, y.Code))
	})
}

// checkCounty runs every rule over the county, unless nothing has changed since
// it was last done.
func (s *Service) checkCounty(ctx context.Context) ([]CheckRow, int, error) {
	s.checked.mu.Lock()
	defer s.checked.mu.Unlock()
	stamp := ""
	if err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		stamp, err = tx.CheckStamp()
		return err
	}); err != nil {
		return nil, 0, err
	}
	if stamp == s.checked.stamp {
		return s.checked.rows, s.checked.items, nil
	}
	county, err := s.CountySubjects(ctx)
	if err != nil {
		return nil, 0, err
	}
	found, _ := county.Run()
	units, items := map[string]string{}, map[string]string{} // ids
	reasons := map[string][]store.FindingReason{}
	if err := s.db.View(ctx, func(tx *store.Tx) error {
		all, err := tx.Units()
		for _, u := range all {
			units[u.Name] = u.ID
		}
		if err != nil {
			return err
		}
		list, err := tx.FindingReasons("")
		for _, r := range list {
			reasons[r.ItemID] = append(reasons[r.ItemID], r)
		}
		return err
	}); err != nil {
		return nil, 0, err
	}
	docs := make(map[string]*catalog.Item, len(county.Items))
	for _, sub := range county.Items {
		docs[sub.Key] = sub.Item
		items[itemKey(sub.Item.Unit, lint.Title(sub.Item), strings.TrimSpace(sub.Item.ImplementationCode))] = sub.Key
	}
	rows := make([]CheckRow, len(found))
	for i, f := range found {
		id := f.Key
		if id == "" && f.Item != "" { // what is said of an item beside others
			id = items[itemKey(f.Unit, f.Item, f.Code)]
		}
		rows[i] = CheckRow{f, id, units[f.Unit]}
		if r := reasons[id]; r != nil {
			one := []lint.Finding{f}
			answer(one, docs[id], r)
			rows[i].Finding = one[0]
		}
	}
	s.checked.stamp, s.checked.rows, s.checked.items = stamp, rows, len(county.Items)
	return rows, len(county.Items), nil
}

func itemKey(unit, title, code string) string { return unit + "\x1f" + title + "\x1f" + code }
