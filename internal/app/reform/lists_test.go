package reform_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"onevisit/internal/app/reform"
	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/lint"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/plan"
	"onevisit/internal/domain/work"
	"onevisit/internal/infra/blob"
	"onevisit/internal/infra/paper"
	"onevisit/internal/infra/store"
	"onevisit/internal/infra/store/storetest"
)

// county is a small county: a health bureau with a hospital that it is in charge
// of, a water bureau, and people of the roles that matter.
type county struct {
	t                                testing.TB
	db                               *store.DB
	blobs                            *blob.Dir
	r                                *reform.Service
	health, hospital, water          org.Unit
	liaison, leader, other, office   org.Actor
	supervision, administrator, none org.Actor
}

func newCounty(t testing.TB, db *store.DB) *county {
	t.Helper()
	c := &county{t: t, db: db, blobs: blob.New(t.TempDir())}
	for _, kept := range []string{"form", "sample"} { // to which lint.GoodItem refers
		if _, err := c.blobs.Put(t.Context(), strings.NewReader(kept), 100); err != nil {
			t.Fatal(err)
		}
	}
	c.r = c.with(reform.Config{})
	c.health = org.Unit{Name: "广宗县卫生健康局", Short: "县卫生健康局", Kind: org.KindDepartment, System: "卫健", Department: "23", InScope: true}
	c.water = org.Unit{Name: "广宗县水务局", Short: "县水务局", Kind: org.KindDepartment, System: "水利", Department: "19", InScope: true, Position: 1}
	c.hospital = org.Unit{Name: "广宗县医院", Short: "县医院", Kind: org.KindSubordinate, System: "卫健", Department: "23", InScope: true, Position: 2}
	if err := db.Update(t.Context(), func(tx *store.Tx) error {
		if err := tx.InsertUnit(&c.health); err != nil {
			return err
		}
		c.hospital.Supervisor = c.health.ID
		if err := tx.InsertUnit(&c.water); err != nil {
			return err
		}
		return tx.InsertUnit(&c.hospital)
	}); err != nil {
		t.Fatal(err)
	}
	actor := func(u org.Unit, role org.Role) org.Actor {
		a := org.Actor{ID: string(role) + u.ID, Name: u.Short + string(role), UnitID: u.ID, UnitName: u.Name, Roles: []org.Role{role}}
		if u.ID == c.health.ID {
			a.Manages = []string{c.hospital.ID}
		}
		return a
	}
	c.liaison, c.leader, c.other = actor(c.health, org.RoleLiaison), actor(c.health, org.RoleLeader), actor(c.water, org.RoleLiaison)
	c.office, c.supervision, c.administrator = actor(org.Unit{}, org.RoleReform), actor(org.Unit{}, org.RoleSupervision), actor(org.Unit{}, org.RoleSystem)
	today := calendar.DateOf(c.now())
	if err := c.r.SetPlan(t.Context(), c.office, plan.Plan{Title: "方案", DocNo: "广政办字〔2018〕1号", Start: today.AddDays(-1), ShareAtMostOne: 50, TimeCut: 20,
		Milestones: []plan.Milestone{{Key: plan.Packages, Name: "报送", Due: today.AddDays(30), Clause: "P-3.2b"}}}); err != nil {
		t.Fatal(err)
	}
	return c
}

// with is the hall over the county's database, with what a test sets beside.
func (c *county) with(cfg reform.Config) *reform.Service {
	cfg.DB, cfg.Blobs, cfg.Calendar = c.db, c.blobs, calendar.Embedded()
	cfg.Press = paper.NewPress(paper.NewTemplates(c.t.TempDir()), paper.NewFonts(""), "")
	return reform.New(cfg)
}

func (c *county) now() (now time.Time) {
	c.view(func(tx *store.Tx) error { now = tx.Now(); return nil })
	return now
}

func (c *county) view(f func(*store.Tx) error) {
	c.t.Helper()
	if err := c.db.View(c.t.Context(), f); err != nil {
		c.t.Fatal(err)
	}
}

func (c *county) item(unit org.Unit, name string) string {
	c.t.Helper()
	a := c.liaison
	if unit.ID == c.water.ID {
		a = c.other
	}
	id, err := c.r.CreateItem(c.t.Context(), a, unit.ID, &catalog.Item{Name: name, Type: "行政许可"})
	if err != nil {
		c.t.Fatal(err)
	}
	return id
}

func (c *county) bringIn(a org.Actor, in reform.ListImport, text string) (*reform.ListSummary, error) {
	return c.r.ImportList(c.t.Context(), a, reform.ListSource("清单.csv", strings.NewReader(text), int64(len(text))), in)
}

func (c *county) must(a org.Actor, in reform.ListImport, text string) *reform.ListSummary {
	c.t.Helper()
	sum, err := c.bringIn(a, in, text)
	if err != nil {
		c.t.Fatal(err)
	}
	return sum
}

// entry finds an entry by name in the newest edition.
func (c *county) entry(name string) store.ListEntry {
	c.t.Helper()
	var found []store.ListEntry
	c.view(func(tx *store.Tx) (err error) {
		found, err = tx.ListEntries(store.ListFilter{Text: name})
		return err
	})
	if len(found) != 1 {
		c.t.Fatalf("%d entries are named %q", len(found), name)
	}
	return found[0]
}

// s04 counts what the rule finds on the unit's desk, and the open entries there.
func (c *county) s04(a org.Actor) (found, open int) {
	c.t.Helper()
	b, err := c.r.UnitBoard(c.t.Context(), a)
	if err != nil {
		c.t.Fatal(err)
	}
	for _, r := range b.Rows {
		open += r.Open
		for _, f := range r.Findings {
			if f.Rule == "S04" {
				found++
			}
		}
	}
	return found, open
}

func (c *county) todos(unit org.Unit) []string {
	return c.todosOf(org.RoleLiaison, work.KindClaim, unit.ID)
}

func (c *county) todosOf(role org.Role, kind work.Kind, unit string) (titles []string) {
	c.view(func(tx *store.Tx) error {
		list, err := tx.OpenTodos([]string{string(role)}, []string{unit}, 50)
		for _, t := range list {
			if t.Kind == kind {
				titles = append(titles, t.Title)
			}
		}
		return err
	})
	return titles
}

const powers = "编码,事项名称,事项类型,依据\n" +
	"H1,公共场所卫生许可,行政许可,《公共场所卫生管理条例》\n" +
	"H2,护士执业注册,行政许可,《护士条例》\n" +
	"H3,对无证行医的处罚,行政处罚,《医师法》\n" +
	"H4,放射诊疗许可,行政许可,《放射性同位素与射线装置安全和防护条例》\n" +
	"H4,放射诊疗许可,行政许可,又一次\n"

func TestListsComeInOnce(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		c := newCounty(t, db)
		in := reform.ListImport{List: catalog.PowerList, Edition: "2018年版", Unit: c.health.ID, DryRun: true}
		want := func(sum *reform.ListSummary, created, changed, same, bad, carried int) {
			t.Helper()
			if sum.Created != created || sum.Changed != changed || sum.Same != same || sum.Bad != bad || sum.Carried != carried || sum.Rows != sum.Good+sum.Bad {
				t.Errorf("%+v", sum)
			}
		}
		want(c.must(c.liaison, in, powers), 4, 0, 1, 0, 0)
		c.view(func(tx *store.Tx) error {
			e, err := tx.Editions(nil)
			if len(e) != 0 {
				t.Error("a dry run stored something")
			}
			return err
		})
		in.DryRun = false
		want(c.must(c.liaison, in, powers), 4, 0, 1, 0, 0)
		want(c.must(c.liaison, in, powers), 0, 0, 5, 0, 0)
		want(c.must(c.liaison, in, strings.Replace(powers, "《护士条例》", "《护士条例》第七条", 1)), 0, 1, 4, 0, 0)
		if e := c.entry("护士"); e.Basis != "《护士条例》第七条" || !e.Open() {
			t.Errorf("%+v", e)
		}
		if e := c.entry("无证行医"); e.InScope || e.Open() {
			t.Error("a penalty needs no item")
		}
		if got := c.todos(c.health); len(got) != 1 || !strings.Contains(got[0], "还有 3 条") {
			t.Errorf("to-dos %q", got)
		}
		if _, err := c.r.SubmitZeroReport(t.Context(), c.liaison, c.health.ID, "没有事项"); !fault.Is(err, fault.Invalid) || !strings.Contains(fault.Text(err), "3 条") {
			t.Errorf("zero report while entries fall between: %v", err)
		}
		// A decision holds on in the next edition, for what is unchanged there.
		for _, name := range []string{"护士", "放射"} {
			if err := c.r.Claim(t.Context(), c.liaison, reform.Claiming{EntryID: c.entry(name).ID, Decision: catalog.Declined, Reason: "已划转县行政审批局"}); err != nil {
				t.Fatal(err)
			}
		}
		old := c.entry("公共场所")
		in.Edition = "2019年版"
		want(c.must(c.liaison, in, "编码,事项名称,事项类型,依据\nH1,公共场所卫生许可,行政许可,《公共场所卫生管理条例》\nH2,护士执业注册,行政许可,《护士条例》第七条\nH4,放射诊疗许可,行政许可,改了依据\n"), 3, 0, 0, 0, 1)
		if e := c.entry("护士"); e.Claim.Decision != catalog.Declined || e.Edition != "2019年版" {
			t.Errorf("not carried: %+v", e)
		}
		if e := c.entry("放射"); !e.Open() {
			t.Error("a changed entry is to be decided anew")
		}
		if err := c.r.Claim(t.Context(), c.liaison, reform.Claiming{EntryID: old.ID, Decision: catalog.Declined, Reason: "依据已废止"}); !fault.Is(err, fault.Conflict) {
			t.Errorf("claim in an old edition: %v", err)
		}
		// What comes late to an old edition does not bring it back.
		in.Edition = "2018年版"
		want(c.must(c.liaison, in, "编码,事项名称,事项类型\nH9,旧版补录,行政许可\n"), 1, 0, 0, 0, 0)
		c.view(func(tx *store.Tx) error {
			e, err := tx.Editions(nil)
			if len(e) != 2 || e[0].Edition != "2019年版" || e[0].Superseded || !e[1].Superseded || e[1].Count != 5 {
				t.Errorf("editions %+v", e)
			}
			return err
		})
		// A list of the whole county; units that nobody knows stay out.
		sum := c.must(c.office, reform.ListImport{List: catalog.ServiceList, Edition: "2018年版"}, "单位,事项名称,清单类别\n县水务局,用水报装,\n某局,某事,\n广宗县水务局,水费查询,责任\n,无主事项,\n")
		want(sum, 2, 0, 0, 2, 0)
		if e := c.entry("水费"); e.List != catalog.DutyList || e.UnitID != c.water.ID {
			t.Errorf("%+v", e)
		}
	})
}

func TestWhoMayBringInAndClaim(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		c := newCounty(t, db)
		c.item(c.health, "护士执业注册")
		list := func(unit string, kind catalog.ListKind) reform.ListImport {
			return reform.ListImport{List: kind, Edition: "2018年版", Unit: unit, DryRun: true}
		}
		c.must(c.office, reform.ListImport{List: catalog.PowerList, Edition: "2018年版", Unit: c.health.ID}, powers)
		id := c.entry("护士").ID
		catalogue := "基本编码,事项名称,事项类型\n000123001000,护士执业注册,行政许可\n"
		for _, who := range []struct {
			name                                                     string
			a                                                        org.Actor
			own, managed, others, county, read, claim, match, assign bool
		}{
			{"liaison", c.liaison, true, true, false, false, true, true, true, false},
			{"leader", c.leader, false, false, false, false, true, false, false, false},
			{"another unit's liaison", c.other, false, false, true, false, false, false, false, false},
			{"reform office", c.office, true, true, true, true, true, false, false, true},
			{"supervision", c.supervision, false, false, false, false, true, false, false, false},
			{"administrator", c.administrator, false, false, false, false, false, false, false, false},
			{"nobody", c.none, false, false, false, false, false, false, false, false},
		} {
			check := func(what string, err error, may bool) {
				t.Helper()
				if may && (fault.Is(err, fault.Forbidden) || fault.Is(err, fault.Unauthorized)) {
					t.Errorf("%s %s: %v", who.name, what, err)
				}
				if !may && !fault.Is(err, fault.Forbidden) && !fault.Is(err, fault.Unauthorized) {
					t.Errorf("%s %s: %v, want forbidden", who.name, what, err)
				}
			}
			_, err := c.bringIn(who.a, list(c.health.ID, catalog.PowerList), powers)
			check("brings in the list", err, who.own)
			_, err = c.bringIn(who.a, list(c.hospital.ID, catalog.DutyList), powers)
			check("brings in the hospital's list", err, who.managed)
			_, err = c.bringIn(who.a, list(c.water.ID, catalog.PowerList), powers)
			check("brings in the water bureau's list", err, who.others)
			_, err = c.bringIn(who.a, list("", catalog.Catalogue), catalogue)
			check("brings in the catalogue", err, who.county)
			_, err = c.r.Lists(t.Context(), who.a, reform.ListFilter{Units: []string{c.health.ID}})
			check("reads the list", err, who.read)
			_, err = c.r.Entry(t.Context(), who.a, id, "")
			check("reads an entry", err, who.read)
			check("claims", c.r.Claim(t.Context(), who.a, reform.Claiming{EntryID: id, Decision: catalog.Declined}), who.claim) // refused for its reason, where allowed
			_, err = c.r.Matches(t.Context(), who.a, c.health.ID)
			check("sees the matches", err, who.match)
			_, err = c.r.ClaimMatches(t.Context(), who.a, c.health.ID, nil)
			check("claims matches", err, who.match)
			check("assigns", c.r.AssignEntry(t.Context(), who.a, id, "", c.health.ID), who.assign)
		}
		// A row of another unit refuses the file.
		if _, err := c.bringIn(c.liaison, list(c.health.ID, catalog.PowerList), "单位,事项名称\n县水务局,取水许可\n"); !fault.Is(err, fault.Forbidden) {
			t.Errorf("another unit's row: %v", err)
		}
		for _, in := range []reform.ListImport{{List: "无", Edition: "1"}, {List: catalog.DutyList}, {List: catalog.Catalogue, Edition: " "}} {
			if _, err := c.bringIn(c.office, in, powers); !fault.Is(err, fault.Invalid) {
				t.Errorf("%+v: %v", in, err)
			}
		}
	})
}

func TestClaims(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		c := newCounty(t, db)
		nurse, hospital, water := c.item(c.health, "护士执业注册"), c.item(c.hospital, "公共场所卫生检测"), c.item(c.water, "取水许可")
		c.must(c.liaison, reform.ListImport{List: catalog.PowerList, Edition: "2018年版", Unit: c.health.ID}, powers)
		if found, open := c.s04(c.liaison); found != 2 || open != 3 { // the nurses have an item of the name
			t.Errorf("%d findings, %d open", found, open)
		}
		if _, err := c.r.SubmitPackage(ctx, c.liaison, reform.Reporting{UnitID: c.health.ID}); !fault.Is(err, fault.Invalid) || len(fault.Fields(err)) != 2 || !strings.Contains(fault.Text(err), "2 条") {
			t.Errorf("package while entries fall between: %v", err)
		}
		public, radiation := c.entry("公共场所"), c.entry("放射")
		for _, bad := range []struct {
			in   reform.Claiming
			path string
		}{
			{reform.Claiming{Decision: catalog.Claimed}, "items"},
			{reform.Claiming{Decision: catalog.Claimed, Items: []string{nurse, hospital}}, "items"},
			{reform.Claiming{Decision: catalog.Mapped}, "items"},
			{reform.Claiming{Decision: catalog.Mapped, Items: []string{water}}, "items"},
			{reform.Claiming{Decision: catalog.Claimed, Items: []string{nurse}, NewItem: true}, "items"},
			{reform.Claiming{Decision: catalog.Declined, Reason: "依据已废止", NewItem: true}, "items"},
			{reform.Claiming{Decision: catalog.Declined, Reason: "无"}, "reason"},
			{reform.Claiming{Decision: catalog.Declined, Items: []string{nurse}, Reason: "依据已废止"}, "items"},
			{reform.Claiming{Decision: "再议"}, "decision"},
		} {
			bad.in.EntryID = public.ID
			err := c.r.Claim(ctx, c.liaison, bad.in)
			if f := fault.Fields(err); !fault.Is(err, fault.Invalid) || len(f) != 1 || f[0].Path != bad.path {
				t.Errorf("%+v: %v", bad.in, err)
			}
		}
		if err := c.r.Claim(ctx, c.liaison, reform.Claiming{EntryID: public.ID, Decision: catalog.Mapped, Items: []string{hospital}}); err != nil {
			t.Fatal(err)
		}
		// Whoever read the entry before that decides nothing.
		if err := c.r.Claim(ctx, c.liaison, reform.Claiming{EntryID: public.ID, Decision: catalog.Declined, Reason: "依据已废止"}); !fault.Is(err, fault.Conflict) || !strings.Contains(fault.Text(err), c.liaison.Name) {
			t.Errorf("stale claim: %v", err)
		}
		if err := c.r.Claim(ctx, c.liaison, reform.Claiming{EntryID: public.ID, Version: 1, Decision: catalog.Claimed, Items: []string{hospital}}); err != nil {
			t.Error(err)
		}
		// A claim can make the item.
		if err := c.r.Claim(ctx, c.liaison, reform.Claiming{EntryID: radiation.ID, Decision: catalog.Claimed, NewItem: true}); err != nil {
			t.Fatal(err)
		}
		e, err := c.r.Entry(ctx, c.liaison, radiation.ID, "")
		if err != nil || len(e.Claim.Items) != 1 || e.SameName != 1 || e.Items[0].Name != "放射诊疗许可" || !e.CanClaim {
			t.Errorf("%+v %v", e, err)
		}
		if it, err := c.r.Item(ctx, c.liaison, e.Claim.Items[0]); err != nil || len(it.Data.Bases) != 1 || it.Data.Type != "行政许可" {
			t.Errorf("%+v %v", it, err)
		}
		if found, open := c.s04(c.liaison); found != 0 || open != 1 {
			t.Errorf("%d findings, %d open", found, open)
		}
		// The last one by its name; then nothing is left to do.
		m, err := c.r.Matches(ctx, c.liaison, c.health.ID)
		if err != nil || len(m) != 1 || m[0].Items[0].ID != nurse || m[0].Decision() != catalog.Claimed {
			t.Fatalf("%+v %v", m, err)
		}
		if n, err := c.r.ClaimMatches(ctx, c.liaison, c.health.ID, []string{m[0].Entry.ID, "nobody"}); n != 1 || err != nil {
			t.Errorf("%d %v", n, err)
		}
		if _, err := c.r.ClaimMatches(ctx, c.liaison, c.health.ID, []string{m[0].Entry.ID}); !fault.Is(err, fault.Conflict) {
			t.Errorf("again: %v", err)
		}
		if got := c.todos(c.health); len(got) != 0 {
			t.Errorf("to-dos %q", got)
		}
		p, err := c.r.Lists(ctx, c.leader, reform.ListFilter{List: catalog.PowerList})
		if err != nil || len(p.Entries) != 4 || p.States[reform.ListClaimed] != 3 || p.States[reform.ListOutside] != 1 || p.Items[nurse] != "护士执业注册" {
			t.Errorf("%+v %v", p, err)
		}
		b, err := c.r.Board(ctx, c.supervision)
		if err != nil || b.Total.Entries != 3 || b.Total.Open != 0 {
			t.Errorf("board %+v %v", b.Total, err)
		}
		if n, err := c.db.VerifyAudit(ctx); err != nil || n == 0 {
			t.Errorf("audit %d %v", n, err)
		}
	})
}

func TestOneOfManyClaimsWins(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		c := newCounty(t, db)
		c.must(c.liaison, reform.ListImport{List: catalog.PowerList, Edition: "2018年版", Unit: c.health.ID}, powers)
		id := c.entry("护士").ID
		for version := range int64(2) {
			errs := make([]error, 12)
			var wg sync.WaitGroup
			for i := range errs {
				wg.Go(func() {
					errs[i] = c.r.Claim(context.WithoutCancel(t.Context()), c.liaison, reform.Claiming{EntryID: id, Version: version, Decision: catalog.Declined, Reason: fmt.Sprintf("第%d个人写的理由", i)})
				})
			}
			wg.Wait()
			won := 0
			for _, err := range errs {
				if err == nil {
					won++
				} else if !fault.Is(err, fault.Conflict) {
					t.Errorf("err = %v, want conflict", err)
				}
			}
			if won != 1 || c.entry("护士").Claim.Version != version+1 {
				t.Errorf("%d decided at version %d", won, version)
			}
		}
		// Two who bring in the same list at once add each entry once.
		var wg sync.WaitGroup
		created := make([]int, 4)
		for i := range created {
			wg.Go(func() {
				sum, err := c.bringIn(c.office, reform.ListImport{List: catalog.DutyList, Edition: "2018年版", Unit: c.water.ID}, powers)
				if err != nil {
					t.Error(err)
					return
				}
				created[i] = sum.Created
			})
		}
		wg.Wait()
		if n := created[0] + created[1] + created[2] + created[3]; n != 4 {
			t.Errorf("%v created", created)
		}
	})
}

func TestCatalogueFindsItsUnits(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		c := newCounty(t, db)
		in := reform.ListImport{List: catalog.Catalogue, Edition: "冀政办字〔2018〕1号"}
		text := "基本编码,事项名称,事项类型,行使层级,主管部门\n" +
			"000123001000,护士执业注册,行政许可,县级,省卫生健康委\n" +
			"000119002000,取水许可,行政许可,省级；县级,省水利厅\n" +
			"000119003000,省管河道采砂许可,行政许可,省级,省水利厅\n" +
			"000199004000,涉水产品备案,其他行政权力,县级,省某厅\n" +
			",没有编码,行政许可,,\n"
		sum := c.must(c.office, in, text)
		if sum.Created != 3 || sum.Elsewhere != 1 || sum.Unassigned != 1 || sum.Bad != 1 || sum.Good != 4 {
			t.Errorf("%+v", sum)
		}
		if c.entry("取水许可").UnitID != c.water.ID || c.entry("护士").UnitID != c.health.ID {
			t.Error("entries went to the wrong units")
		}
		e := c.entry("涉水产品")
		if e.UnitID != "" {
			t.Fatalf("%+v", e)
		}
		if err := c.r.AssignEntry(ctx, c.office, e.ID, c.water.ID, c.health.ID); !fault.Is(err, fault.Conflict) {
			t.Errorf("stale assignment: %v", err)
		}
		if got := c.todosOf(org.RoleReform, work.KindAssign, ""); len(got) != 1 || !strings.Contains(got[0], "还有 1 条") {
			t.Errorf("to-dos of the office: %q", got)
		}
		if err := c.r.AssignEntry(ctx, c.office, e.ID, "", c.health.ID); err != nil {
			t.Fatal(err)
		}
		if got := c.todosOf(org.RoleReform, work.KindAssign, ""); len(got) != 0 {
			t.Errorf("to-dos of the office: %q", got)
		}
		// The catalogue is warned of and does not keep a unit from reporting.
		b, err := c.r.UnitBoard(ctx, c.liaison)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, f := range b.Rows[0].Findings {
			if f.Rule == "S04" && f.Severity == lint.Warning {
				n++
			}
		}
		if n != 2 || len(c.todos(c.health)) != 1 {
			t.Errorf("%d warnings, to-dos %q", n, c.todos(c.health))
		}
		if _, err := c.r.SubmitZeroReport(ctx, c.liaison, c.health.ID, "没有事项"); err != nil {
			t.Error(err)
		}
		// The next version: what was assigned and decided stays so.
		if err := c.r.Claim(ctx, c.liaison, reform.Claiming{EntryID: e.ID, Decision: catalog.Declined, Reason: "本县没有此类企业"}); err != nil {
			t.Fatal(err)
		}
		in.Edition = "冀政办字〔2019〕2号"
		sum = c.must(c.office, in, text+"000123009000,新事项,行政许可,,\n")
		if sum.Created != 4 || sum.Carried != 1 || sum.Unassigned != 0 {
			t.Errorf("%+v", sum)
		}
		if e := c.entry("涉水产品"); e.UnitID != c.health.ID || e.Claim.Decision != catalog.Declined || e.Edition != in.Edition {
			t.Errorf("%+v", e)
		}
		v, err := c.r.ListChanges(ctx, c.office, catalog.Catalogue, nil)
		if err != nil || v.Former != "冀政办字〔2018〕1号" || v.Edition != in.Edition || len(v.Changes) != 1 || v.Changes[0].Kind != catalog.EntryNew || v.Changes[0].Now.Name != "新事项" {
			t.Errorf("changes: %+v %v", v, err)
		}
		if _, err := c.r.ListChanges(ctx, c.other, catalog.Catalogue, []string{c.health.ID}); !fault.Is(err, fault.Forbidden) {
			t.Errorf("another unit's changes: %v", err)
		}
		var table strings.Builder
		if err := c.r.WriteLists(ctx, c.office, store.ListFilter{List: catalog.Catalogue, State: store.ListDeclined}, &table); err != nil ||
			strings.Count(table.String(), "\r\n") != 2 || !strings.Contains(table.String(), "广宗县卫生健康局,000199004000,涉水产品备案,其他行政权力,,不认领,,本县没有此类企业") {
			t.Errorf("%q %v", table.String(), err)
		}
		if err := c.r.WriteLists(ctx, c.other, store.ListFilter{Units: []string{c.health.ID}}, &table); !fault.Is(err, fault.Forbidden) {
			t.Errorf("another unit's table: %v", err)
		}
		// What the next version leaves out is nobody's work any more.
		if len(c.todos(c.health)) != 1 {
			t.Errorf("to-dos %q", c.todos(c.health))
		}
		in.Edition = "冀政办字〔2020〕3号"
		c.must(c.office, in, "基本编码,事项名称,事项类型\n000119002000,取水许可,行政许可\n")
		if len(c.todos(c.health)) != 0 || len(c.todos(c.water)) != 1 {
			t.Errorf("to-dos %q %q", c.todos(c.health), c.todos(c.water))
		}
		table.Reset()
		if err := c.r.WriteListChanges(ctx, c.liaison, catalog.Catalogue, nil, &table); err != nil || strings.Count(table.String(), "取消,广宗县卫生健康局") != 3 || strings.Contains(table.String(), "取水许可") {
			t.Errorf("%q %v", table.String(), err)
		}
		in.Edition = "冀政办字〔2019〕2号"
		if sum = c.must(c.office, in, text); sum.Created != 0 || sum.Same != 3 {
			t.Errorf("again: %+v", sum)
		}
		if sum = c.must(c.office, in, "目录版本,基本编码,事项名称\n冀政办字〔2017〕9号,000123010000,旧目录事项\n"); sum.Bad != 1 || sum.Created != 0 {
			t.Errorf("another version: %+v", sum)
		}
	})
}
