package reform_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"onevisit/internal/app/reform"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/publication"
	"onevisit/internal/infra/exchange"
	"onevisit/internal/infra/store"
	"onevisit/internal/infra/store/storetest"
)

// importText imports a file of a name and a content for the operator.
func (c *county) importText(name, text string, dry bool) *exchange.Summary {
	c.t.Helper()
	path := filepath.Join(c.t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		c.t.Fatal(err)
	}
	sum, err := c.r.ImportFile(c.t.Context(), org.Operator(), path, reform.FileImport{Unit: c.health.Name, DryRun: dry}, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	return sum
}

// items reads the working copies of the health bureau by name.
func (c *county) items() map[string][]store.Item {
	c.t.Helper()
	m := map[string][]store.Item{}
	c.view(func(tx *store.Tx) error {
		list, err := tx.ItemsWithDocs(store.ItemFilter{Units: []string{c.health.ID}})
		for _, it := range list {
			m[it.Name] = append(m[it.Name], it)
		}
		return err
	})
	return m
}

func data(t *testing.T, row store.Item) *catalog.Item {
	t.Helper()
	var it catalog.Item
	if err := json.Unmarshal(row.Doc, &it); err != nil {
		t.Fatal(err)
	}
	return &it
}

// A list of few columns says nothing of the others: they stay, and so do the
// materials and the process. A dry run shows the difference and writes nothing.
func TestImportOfAFewColumns(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		c := newCounty(t, db)
		c.good(c.liaison, c.health, 1)
		rows := c.items()
		var name string
		var before *catalog.Item
		for n, l := range rows {
			name, before = n, data(t, l[0])
		}
		list := "事项名称,承诺办结时限,是否收费,常见问题,办理地点\n" + name + ",3工作日,,,\n新事项,5工作日,否,,\n"
		dry := c.importText("清单.csv", list, true)
		if dry.Created != 1 || dry.Changed != 1 || len(dry.Changes) != 1 || len(dry.Changes[0].Changes) != 1 || dry.Changes[0].Changes[0].Path != "promised_limit" || dry.Changes[0].Row != 2 {
			t.Fatalf("%+v", dry)
		}
		if now := c.items(); len(now) != 1 || now[name][0].Version != rows[name][0].Version {
			t.Error("a dry run wrote something")
		}
		if sum := c.importText("清单.csv", list, false); sum.Created != 1 || sum.Changed != 1 || len(sum.Changes) != 1 {
			t.Fatalf("%+v", sum)
		}
		after := data(t, c.items()[name][0])
		before.PromisedLimit = catalog.Limit{N: 3, Unit: catalog.UnitWorkday}
		if got := catalog.Diff(before, after); len(got) != 0 {
			t.Errorf("the list has changed more than it says: %v", got)
		}
		if sum := c.importText("清单.csv", list, false); sum.Same != 2 || sum.Changed+sum.Created != 0 {
			t.Errorf("twice: %+v", sum)
		}
	})
}

// Codes come late: a list without them, and the first that has them, speak of the
// same items; another code is another item.
func TestImportFindsItemsByName(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		c := newCounty(t, db)
		head := "事项名称,办理项,实施编码,事项类型\n"
		code := func(n int) string { return fmt.Sprintf("11130531MB123456234%012d", 123006000+n) }
		steps := []struct {
			name, rows             string
			created, changed, same int
		}{
			{"without codes", "甲,,,行政许可\n乙,,,行政许可\n", 2, 0, 0},
			{"the codes come", "甲,," + code(1) + ",行政许可\n乙,," + code(2) + ",行政许可\n", 0, 2, 0},
			{"again", "甲,," + code(1) + ",行政许可\n乙,," + code(2) + ",行政许可\n", 0, 0, 2},
			{"an old list without codes", "甲,,,行政确认\n", 0, 1, 0},
			{"another code, another item", "甲,," + code(3) + ",行政许可\n", 1, 0, 0},
			{"a name of two", "甲,,,行政许可\n", 1, 0, 0},
			{"a variant", "乙,变更,,行政许可\n", 1, 0, 0},
			{"renamed, by its code", "丁,," + code(2) + ",行政许可\n", 0, 1, 0},
			{"one item in two rows", "丁,,,行政确认\n丁,," + code(2) + ",行政许可\n", 1, 0, 1},
		}
		for _, s := range steps {
			sum := c.importText("清单.csv", head+s.rows, false)
			if sum.Created != s.created || sum.Changed != s.changed || sum.Same != s.same || sum.Locked != 0 {
				t.Errorf("%s: created %d, changed %d, same %d, locked %d", s.name, sum.Created, sum.Changed, sum.Same, sum.Locked)
			}
		}
		rows := c.items()
		if len(rows["甲"]) != 3 || len(rows["乙"]) != 1 || len(rows["丁"]) != 2 {
			t.Errorf("%d 甲, %d 乙, %d 丁", len(rows["甲"]), len(rows["乙"]), len(rows["丁"]))
		}
	})
}

// What somebody changes while a file is read is not undone by it.
func TestImportGivesWayToWhoeverEdits(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		c, ctx := newCounty(t, db), t.Context()
		ids := c.good(c.liaison, c.health, 2)
		var list strings.Builder
		list.WriteString("事项名称,承诺办结时限\n")
		for name := range c.items() {
			list.WriteString(name + ",2工作日\n")
		}
		path := filepath.Join(t.TempDir(), "清单.csv")
		if err := os.WriteFile(path, []byte(list.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		edited := false
		sum, err := c.r.ImportFile(ctx, org.Operator(), path, reform.FileImport{Unit: c.health.Name}, func(int) {
			if edited { // the rows are staged, not yet applied
				return
			}
			edited = true
			v, err := c.r.Item(ctx, c.liaison, ids[0])
			if err != nil {
				t.Error(err)
				return
			}
			v.Data.Conditions = []string{"在此期间改过"}
			if err := c.r.SaveItem(ctx, c.liaison, ids[0], v.Version, v.Data); err != nil {
				t.Error(err)
			}
		})
		if err != nil || sum.Changed != 1 || sum.Locked != 1 {
			t.Fatalf("%+v %v", sum, err)
		}
		v, err := c.r.Item(ctx, c.liaison, ids[0])
		if err != nil || len(v.Data.Conditions) != 1 || v.Data.Conditions[0] != "在此期间改过" || v.Data.PromisedLimit.N == 2 {
			t.Errorf("the edit is lost: %+v %v", v.Data.Conditions, err)
		}
	})
}

// A dry run in the workbench is looked at and then carried out, by whoever may.
func TestConfirmImport(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		c, ctx := newCounty(t, db), t.Context()
		if err := db.Update(ctx, func(tx *store.Tx) error { // the job asks who uploaded the file
			return tx.InsertPerson(&org.Person{ID: c.liaison.ID, Login: "liaison", Name: c.liaison.Name, UnitID: c.health.ID, Roles: c.liaison.Roles}, "x")
		}); err != nil {
			t.Fatal(err)
		}
		start := func(dry bool) string {
			t.Helper()
			ref, err := c.r.Upload(ctx, strings.NewReader("事项名称,事项类型\n甲事项,行政许可\n,行政许可\n"))
			if err != nil {
				t.Fatal(err)
			}
			id, err := c.r.StartImport(ctx, c.liaison, c.health.ID, "清单.csv", ref, dry)
			if err != nil {
				t.Fatal(err)
			}
			return id
		}
		run := func(id string) reform.ImportRun {
			t.Helper()
			payload, err := json.Marshal(map[string]string{"run": id})
			if err != nil {
				t.Fatal(err)
			}
			if err := c.r.RunImport(ctx, payload, func(int) {}); err != nil {
				t.Fatal(err)
			}
			r, err := c.r.ImportRun(ctx, c.liaison, id)
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
		id := start(true)
		_, err := c.r.ConfirmImport(ctx, c.liaison, id)
		wants(t, "confirmed before it is done", err, fault.Conflict)
		if r := run(id); r.Created != 1 || r.Bad != 1 || len(c.items()) != 0 {
			t.Fatalf("%+v", r)
		}
		changes, more, err := c.r.ImportChanges(ctx, c.liaison, id, "", 0, 10)
		if err != nil || more || len(changes) != 1 || changes[0].Kind != reform.ItemCreated || changes[0].Name != "甲事项" {
			t.Errorf("%+v %v %v", changes, more, err)
		}
		if changes, _, err = c.r.ImportChanges(ctx, c.liaison, id, reform.ItemChanged, 0, 10); err != nil || len(changes) != 0 {
			t.Errorf("%+v %v", changes, err)
		}
		_, err = c.r.ConfirmImport(ctx, c.other, id)
		wants(t, "another unit confirms", err, fault.Forbidden)
		real, err := c.r.ConfirmImport(ctx, c.liaison, id)
		if err != nil {
			t.Fatal(err)
		}
		if r := run(real); r.DryRun || r.Created != 1 || len(c.items()["甲事项"]) != 1 {
			t.Errorf("%+v", r)
		}
		_, err = c.r.ConfirmImport(ctx, c.liaison, real)
		wants(t, "an import confirmed again", err, fault.Conflict)
	})
}

// Items in review stay as they are, and the report says which.
func TestImportLeavesReviewAlone(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		c := newCounty(t, db)
		c.report(c.good(c.liaison, c.health, 1)...)
		for name, l := range c.items() {
			if l[0].State != publication.Submitted {
				t.Fatal(l[0].State)
			}
			sum := c.importText("清单.csv", "事项名称,承诺办结时限\n"+name+",1工作日\n", false)
			if sum.Locked != 1 || len(sum.Changes) != 1 || sum.Changes[0].Kind != exchange.ItemLocked {
				t.Errorf("%+v", sum)
			}
			if now := c.items()[name][0]; now.DocHash != l[0].DocHash || now.Version != l[0].Version {
				t.Error("an item in review was changed")
			}
		}
	})
}
