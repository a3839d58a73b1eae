package reform

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/infra/exchange"
	"onevisit/internal/infra/store"
)

// ListImport says which list a file holds.
type ListImport struct {
	List catalog.ListKind // a unit's list, or catalog.Catalogue
	// Edition tells the editions of a list apart: 2025年版, or the document of
	// the catalogue's version, such as 冀政办字〔2025〕19号.
	Edition string
	// Unit is the ID of the unit of rows that name none; empty for a list of
	// the whole county, and for the catalogue.
	Unit   string
	Source string // the document the list was published with
	DryRun bool

	unitName string // of Unit
}

// ListSummary is the answer of an import of a list.
type ListSummary struct {
	exchange.Summary
	// Carried counts the claims that hold on from the edition before.
	Carried int `json:"carried"`
	// Elsewhere counts the entries of the catalogue that are not exercised at
	// county level or below; they are not brought in.
	Elsewhere int `json:"elsewhere"`
	// Unassigned counts the entries of the catalogue that no unit answers for
	// as yet.
	Unassigned int `json:"unassigned"`
}

// maxListRows bounds a list: it is held in memory and stored in one transaction.
const maxListRows = 100_000

// listRow is an entry on its way from the file.
type listRow struct {
	store.ListEntry
	unit      string                  // as the file names it
	catalogue *catalog.CatalogueEntry // nil for a unit's list
	sheet     string
	row       int
}

// key is what makes two rows one entry. An entry of the catalogue is one
// whichever unit answers for it.
func (r *listRow) key() [4]string {
	if r.List == catalog.Catalogue {
		return [4]string{string(r.List), "", r.Code, r.Name}
	}
	return [4]string{string(r.List), r.UnitID, r.Code, r.Name}
}

// refuse keeps a row out of what is brought in and says why.
func (r *listRow) refuse(sum *ListSummary, field, value, format string, args ...any) {
	sum.Good--
	sum.Bad++
	r.note(sum, exchange.SeverityError, field, value, format, args...)
}

func (r *listRow) note(sum *ListSummary, severity, field, value, format string, args ...any) {
	sum.Problems = append(sum.Problems, exchange.Problem{Sheet: r.sheet, Row: r.row, Field: field, Value: value, Severity: severity,
		Message: fmt.Sprintf(format, args...)})
}

// ImportList brings in an edition of a unit's existing list or of the provincial
// catalogue (P-1.1, P-3.1). What is there already stays, so that a file brought
// in twice changes nothing; a new edition takes the place of the one before, and
// what was decided about an unchanged entry holds on.
func (s *Service) ImportList(ctx context.Context, a org.Actor, src exchange.Source, in ListImport) (*ListSummary, error) {
	if in.List == catalog.Catalogue {
		in.Unit = ""
	}
	if err := org.Can(a, org.ImportLists, in.Unit); err != nil {
		return nil, err
	}
	in.Edition = strings.Join(strings.Fields(in.Edition), " ")
	bad := fault.Invalidf("清单没有导入，请按提示更正。")
	if in.List != catalog.Catalogue && !slices.Contains(catalog.ListKinds, in.List) {
		bad.At("list", "请选择清单类别：权力清单、责任清单、公共服务清单或省级目录")
	}
	if in.Edition == "" {
		bad.At("edition", "请填写版本，例如“2025年版”，省级目录填公布文号")
	}
	if err := bad.OrNil(); err != nil {
		return nil, err
	}
	sum := &ListSummary{}
	if in.Unit != "" {
		if err := s.db.View(ctx, func(tx *store.Tx) error {
			u, err := tx.Unit(in.Unit)
			in.unitName = u.Name
			return err
		}); err != nil {
			return nil, err
		}
	}
	rows, err := readList(ctx, src, in, sum)
	if err != nil {
		return nil, err
	}
	switch {
	case s.db == nil: // a dry run on the command line needs nothing prepared
		sum.Created = len(distinct(rows, sum))
	case in.DryRun:
		err = s.db.View(ctx, func(tx *store.Tx) error { return s.storeList(tx, a, slices.Clone(rows), in, sum) })
	default:
		read := *sum
		err = s.db.Update(ctx, func(tx *store.Tx) error {
			*sum = read // the transaction may run again
			sum.Problems = slices.Clone(read.Problems)
			return s.storeList(tx, a, slices.Clone(rows), in, sum)
		})
	}
	return sum, err
}

// ImportListFile is ImportList for a file on this machine; unit is a name.
func (s *Service) ImportListFile(ctx context.Context, a org.Actor, path, unit string, in ListImport) (*ListSummary, error) {
	in.unitName = unit
	if unit != "" && s.db != nil {
		err := s.db.View(ctx, func(tx *store.Tx) error {
			u, err := tx.UnitByName(unit)
			if fault.Is(err, fault.NotFound) {
				return fault.Invalidf("单位名录中没有“%s”。请填写单位全称。", unit)
			}
			in.Unit = u.ID
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	src, f, err := exchange.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return s.ImportList(ctx, a, src, in)
}

// ListSource makes a file of the reader that holds it.
func ListSource(name string, r io.ReaderAt, size int64) exchange.Source {
	return exchange.Source{Name: name, R: r, Size: size}
}

// readList reads the file; rows that cannot be an entry stay out.
func readList(ctx context.Context, src exchange.Source, in ListImport, sum *ListSummary) ([]listRow, error) {
	opt := exchange.ListOptions{Kind: in.List, Unit: in.unitName, Source: in.Source, Version: in.Edition, Limits: exchange.Limits{Rows: maxListRows}}
	var all, kept []listRow
	var report exchange.Report
	var err error
	if in.List == catalog.Catalogue {
		report, err = exchange.ReadCatalogue(ctx, src, opt, func(r exchange.ListRecord[catalog.CatalogueEntry]) error {
			if e := r.Entry; e != nil {
				scope := catalog.ListEntry{Type: e.Type}
				all = append(all, listRow{catalogue: e, sheet: r.Sheet, row: r.Row, ListEntry: store.ListEntry{List: in.List, Edition: in.Edition,
					Code: e.BasicCode, Name: e.Name, Type: e.Type, Basis: e.Basis, Source: in.Source, Department: e.Department, InScope: scope.InScope()}})
			}
			return nil
		})
	} else {
		report, err = exchange.ReadList(ctx, src, opt, func(r exchange.ListRecord[catalog.ListEntry]) error {
			if e := r.Entry; e != nil {
				all = append(all, listRow{unit: e.Unit, sheet: r.Sheet, row: r.Row, ListEntry: store.ListEntry{List: e.Kind, Edition: in.Edition,
					Code: e.Code, Name: e.Name, Type: e.Type, Basis: e.Basis, Source: e.Source, InScope: e.InScope()}})
			}
			return nil
		})
	}
	sum.Summary = exchange.Summary{Rows: report.Rows, Good: report.Good, Bad: report.Bad, Unknown: report.Unknown, Problems: report.Problems, Omitted: report.Omitted}
	if sum.Problems == nil {
		sum.Problems = []exchange.Problem{}
	}
	for _, r := range all {
		switch c := r.catalogue; {
		case c == nil && !slices.Contains(catalog.ListKinds, r.List), c != nil && r.Code == "": // the reader has said so
			sum.Good--
			sum.Bad++
		case c != nil && strings.Join(strings.Fields(c.Version), " ") != in.Edition:
			r.refuse(sum, "目录版本", c.Version, "“%s”属于另一个版本，这次导入的是“%s”。请按版本分开导入。", r.Name, in.Edition)
		case c != nil && !c.ForCounty():
			sum.Elsewhere++
		default:
			kept = append(kept, r)
		}
	}
	return kept, err
}

// distinct leaves out rows that say the same entry again.
func distinct(rows []listRow, sum *ListSummary) []listRow {
	first := make(map[[4]string]int, len(rows))
	return slices.DeleteFunc(rows, func(r listRow) bool {
		k := r.key()
		if r.UnitID == "" {
			k[1] = r.unit
		}
		if n, again := first[k]; again {
			r.note(sum, exchange.SeverityWarning, "事项名称", r.Name, "与第 %d 行是同一条目，只列入一次。", n)
			sum.Same++
			return true
		}
		first[k] = r.row
		return false
	})
}

// storeList finds each row's unit and stores what is new or has changed; in a dry
// run it only counts.
func (s *Service) storeList(tx *store.Tx, a org.Actor, rows []listRow, in ListImport, sum *ListSummary) error {
	owners := map[string]bool{} // of the catalogue's version before
	rows, err := placeRows(tx, a, rows, in, sum, owners)
	if err != nil {
		return err
	}
	rows = distinct(rows, sum)
	var touched []string // units
	// A file may hold lists of several kinds, each row saying which.
	for _, kind := range append(slices.Clone(catalog.ListKinds), catalog.Catalogue) {
		var of []listRow
		for _, r := range rows {
			if r.List == kind {
				of = append(of, r)
				if !slices.Contains(touched, r.UnitID) {
					touched = append(touched, r.UnitID)
				}
			}
		}
		if len(of) == 0 {
			continue
		}
		if err := storeKind(tx, of, kind, in, sum); err != nil {
			return err
		}
	}
	if in.DryRun {
		return nil
	}
	if in.List == catalog.Catalogue { // what the new version leaves out, its unit need not claim
		for u := range owners {
			if !slices.Contains(touched, u) {
				touched = append(touched, u)
			}
		}
	}
	if err := s.remindUnits(tx, touched); err != nil {
		return err
	}
	return tx.Record(a, "导入清单", "清单", string(in.List)+" "+in.Edition,
		fmt.Sprintf("%s（%s）：新增 %d，更改 %d，相同 %d，沿用意见 %d，未能读取 %d", in.List, in.Edition, sum.Created, sum.Changed, sum.Same, sum.Carried, sum.Bad))
}

// placeRows finds the unit of each row. Rows of units that the register does not
// know stay out; a row of a unit that is not the actor's refuses the file.
func placeRows(tx *store.Tx, a org.Actor, rows []listRow, in ListImport, sum *ListSummary, owners map[string]bool) ([]listRow, error) {
	units, err := tx.Units()
	if err != nil {
		return nil, err
	}
	if in.List == catalog.Catalogue {
		// What the reform office once assigned by hand stays so.
		before, err := tx.AllListEntries(store.ListFilter{List: catalog.Catalogue})
		if err != nil {
			return nil, err
		}
		owner := make(map[[2]string]string, len(before))
		for _, e := range before {
			owner[[2]string{e.Code, e.Name}] = e.UnitID
			owners[e.UnitID] = true
		}
		for i := range rows {
			r := &rows[i]
			if r.UnitID = owner[[2]string{r.Code, r.Name}]; r.UnitID == "" {
				u, _ := r.catalogue.UnitOf(units)
				r.UnitID = u.ID
			}
			if r.UnitID == "" && r.InScope {
				sum.Unassigned++
			}
		}
		return rows, nil
	}
	byName := make(map[string]org.Unit, 2*len(units))
	for _, u := range slices.Backward(units) { // of two units with one short name the first counts
		byName[u.Short] = u
	}
	for _, u := range units {
		byName[u.Name] = u
	}
	var kept []listRow
	for _, r := range rows {
		u, ok := byName[r.unit]
		switch {
		case r.unit == "": // the reader has said so
			sum.Good--
			sum.Bad++
			continue
		case !ok:
			r.refuse(sum, "单位", r.unit, "单位名录中没有“%s”，“%s”没有列入。请核对名称，或由系统管理员先登记该单位。", r.unit, r.Name)
			continue
		}
		if err := org.Can(a, org.ImportLists, u.ID); err != nil {
			return nil, fault.Forbiddenf("文件第 %d 行“%s”属于“%s”，您只能导入本单位及所管单位的清单。", r.row, r.Name, u.Name)
		}
		r.UnitID = u.ID
		kept = append(kept, r)
	}
	return kept, nil
}

// storeKind stores the rows of one list.
func storeKind(tx *store.Tx, rows []listRow, kind catalog.ListKind, in ListImport, sum *ListSummary) error {
	county := kind == catalog.Catalogue // one edition for all units
	var units []string
	if !county {
		for _, r := range rows {
			if !slices.Contains(units, r.UnitID) {
				units = append(units, r.UnitID)
			}
		}
	}
	known, err := tx.AllListEntries(store.ListFilter{List: kind, Edition: in.Edition, Units: units})
	if err != nil {
		return err
	}
	have := make(map[[4]string]store.ListEntry, len(known))
	has := map[string]bool{}      // the unit has the edition
	outdated := map[string]bool{} // and a newer one
	whose := func(unit string) string {
		if county {
			return ""
		}
		return unit
	}
	for _, e := range known {
		have[(&listRow{ListEntry: e}).key()] = e
		has[whose(e.UnitID)], outdated[whose(e.UnitID)] = true, e.Superseded
	}
	var added []store.ListEntry
	for _, r := range rows {
		e := r.ListEntry
		old, ok := have[r.key()]
		if !ok {
			e.Superseded = outdated[whose(e.UnitID)]
			added = append(added, e)
			continue
		}
		if old.Type == e.Type && old.Basis == e.Basis && old.Source == e.Source && old.Department == e.Department {
			sum.Same++
			continue
		}
		sum.Changed++
		old.Type, old.Basis, old.Source, old.Department, old.InScope = e.Type, e.Basis, e.Source, e.Department, e.InScope
		if !in.DryRun {
			if err := tx.UpdateListEntry(&old); err != nil {
				return err
			}
		}
	}
	if in.DryRun || len(added) == 0 {
		sum.Created += len(added)
		return nil
	}
	n, err := tx.AddListEntries(added)
	if err != nil {
		return err
	}
	sum.Created += n
	if county {
		units = []string{""}
	}
	for _, u := range units {
		if has[u] {
			continue
		}
		of := &u
		if county {
			of = nil
		}
		n, err := tx.SupersedeEditions(kind, in.Edition, of)
		if err != nil {
			return err
		}
		sum.Carried += n
	}
	return nil
}
