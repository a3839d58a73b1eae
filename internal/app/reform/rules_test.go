package reform_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"onevisit/internal/app/reform"
	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/lint"
	"onevisit/internal/domain/org"
	"onevisit/internal/infra/store"
	"onevisit/internal/infra/store/storetest"
)

const ownRule = `rules:
  - id: C01
    title: 名称须写明新办、变更或者延续
    expression: item.variant != ""
    message: 名称没有写明办理项。
    field: variant
    severity: 错误
    clause: 广政办〔2018〕12号
`

// goodItem brings in an item of the health bureau without an error.
func (c *county) goodItem() string {
	c.t.Helper()
	it := lint.GoodItem()
	it.Unit, it.Variant, it.Name = c.health.Name, "", "公共场所卫生许可"
	id, err := c.r.CreateItem(c.t.Context(), c.liaison, c.health.ID, it)
	if err != nil {
		c.t.Fatal(err)
	}
	return id
}

func (c *county) rulesOf(findings []lint.Finding) string {
	var codes []string
	for _, f := range findings {
		if f.Severity == lint.Error {
			codes = append(codes, f.Rule)
		}
	}
	return strings.Join(codes, " ")
}

func (c *county) save(base int64, text string) int64 {
	c.t.Helper()
	v, err := c.r.SaveRules(c.t.Context(), c.office, base, text, "广政办〔2018〕12号")
	if err != nil {
		c.t.Fatalf("%v %v", err, fault.Fields(err))
	}
	return v
}

func (c *county) today() calendar.Date { return calendar.DateOf(c.now()) }

func (c *county) rejudge() {
	c.t.Helper()
	if err := c.r.Rejudge(c.t.Context(), []byte(`{"version":1}`), func(int) {}); err != nil {
		c.t.Fatal(err)
	}
}

func TestRulesAreKeptByVersion(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		c := newCounty(t, db)
		id := c.goodItem()
		for _, a := range []org.Actor{c.liaison, c.supervision, c.administrator, c.none} {
			if _, err := c.r.SaveRules(t.Context(), a, 0, ownRule, "x"); err == nil {
				t.Errorf("%v may change the rules", a.Roles)
			}
			if _, err := c.r.TryRules(t.Context(), a, ownRule); err == nil {
				t.Errorf("%v may try rules", a.Roles)
			}
			if _, err := c.r.CountyRules(t.Context(), a, 0); err == nil {
				t.Errorf("%v may read the text", a.Roles)
			}
		}
		trial, err := c.r.TryRules(t.Context(), c.office, ownRule)
		if err != nil || trial.Items != 1 || trial.ErrorsTo != trial.ErrorsNow+1 || len(trial.Rules) != 1 || trial.Rules[0].Then != 1 || len(trial.Rules[0].First) != 1 {
			t.Fatalf("%+v %v", trial, err)
		}
		if _, err := c.r.TryRules(t.Context(), c.office, "rules: 1"); !fault.Is(err, fault.Invalid) {
			t.Error(err)
		}
		if v, err := c.r.Rules(t.Context(), c.liaison); err != nil || v.Version != 0 || v.CanManage || len(v.Rules) != len(lint.Registered()) {
			t.Errorf("after a trial: %+v %v", v, err)
		}
		if _, err := c.r.SaveRules(t.Context(), c.office, 0, ownRule, " "); !fault.Is(err, fault.Invalid) {
			t.Errorf("without a reason: %v", err)
		}
		if v := c.save(0, ownRule); v != 1 {
			t.Fatalf("version %d", v)
		}
		if _, err := c.r.SaveRules(t.Context(), c.office, 0, "", "y"); !fault.Is(err, fault.Conflict) {
			t.Errorf("from an old version: %v", err)
		}
		before, _ := c.r.Item(t.Context(), c.liaison, id)
		c.rejudge()
		v, err := c.r.Item(t.Context(), c.liaison, id)
		if err != nil || !strings.Contains(c.rulesOf(v.Found), "C01") || v.Version != before.Version {
			t.Errorf("judged again: %s, version %d, was %d, %v", c.rulesOf(v.Found), v.Version, before.Version, err)
		}
		c.save(1, ownRule+"settings:\n  severity: {C01: 建议}\n")
		c.rejudge()
		if v, _ = c.r.Item(t.Context(), c.liaison, id); strings.Contains(c.rulesOf(v.Found), "C01") {
			t.Error("the severity did not change")
		}
		set, err := c.r.CountyRules(t.Context(), c.office, 1)
		if err != nil || set.Doc != ownRule || set.ByName != c.office.Name || set.Note == "" || len(set.Hash) != 64 {
			t.Errorf("%+v %v", set, err)
		}
		rv, err := c.r.Rules(t.Context(), c.office)
		if err != nil || rv.Version != 2 || len(rv.History) != 2 || rv.History[0].Version != 2 || !rv.CanManage {
			t.Errorf("%+v %v", rv, err)
		}
	})
}

// A change of the rules while a package is in review does not reach what was
// judged: the submission keeps the version it was judged with, and its findings.
func TestReviewKeepsItsRules(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		c := newCounty(t, db)
		c.save(0, strings.Replace(ownRule, "severity: 错误", "severity: 警告", 1))
		id := c.goodItem()
		if err := c.r.ConfirmItems(t.Context(), c.leader, []string{id}); err != nil {
			t.Fatalf("%v %v", err, fault.Fields(err))
		}
		sub, err := c.r.SubmitPackage(t.Context(), c.liaison, c.reporting())
		if err != nil {
			t.Fatalf("%v %v", err, fault.Fields(err))
		}
		if sub.RuleVersion != 1 {
			t.Errorf("handed in under version %d", sub.RuleVersion)
		}
		seen := func() string {
			t.Helper()
			r, err := c.r.ReviewItem(t.Context(), c.office, sub.ID, id, "")
			if err != nil {
				t.Fatal(err)
			}
			b, _ := json.Marshal(r.Found)
			return string(b)
		}
		was := seen()
		if !strings.Contains(was, `"rule":"C01","severity":"警告"`) {
			t.Fatalf("%s", was)
		}
		for i, rules := range []string{ownRule, ""} { // now an error, then gone
			c.save(int64(1+i), rules)
			c.rejudge()
			if now := seen(); now != was {
				t.Errorf("the findings in review changed:\n%s\n%s", was, now)
			}
		}
		kept, err := c.r.Submission(t.Context(), c.office, sub.ID)
		if err != nil || kept.RuleVersion != 1 {
			t.Errorf("%d %v", kept.RuleVersion, err)
		}
		c.view(func(tx *store.Tx) error {
			row, err := tx.Item(id)
			if err == nil && row.Errors != 0 {
				t.Error("an item in review was judged again")
			}
			return err
		})
	})
}

// What was confirmed under milder rules is not handed in with an error.
func TestStricterRulesBeforeReporting(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		c := newCounty(t, db)
		id := c.goodItem()
		if err := c.r.ConfirmItems(t.Context(), c.leader, []string{id}); err != nil {
			t.Fatalf("%v %v", err, fault.Fields(err))
		}
		c.save(0, ownRule)
		_, err := c.r.SubmitPackage(t.Context(), c.liaison, c.reporting())
		if !fault.Is(err, fault.Invalid) || len(fault.Fields(err)) != 1 || !strings.Contains(fault.Fields(err)[0].Text, "1 个错误") {
			t.Errorf("%v %v", err, fault.Fields(err))
		}
	})
}

// Once the provincial catalogue is in, codes that it does not hold are noted.
func TestCatalogueIsHeldAgainstItems(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		c := newCounty(t, db)
		k03 := func(name string, basic string) bool {
			t.Helper()
			id, err := c.r.CreateItem(t.Context(), c.liaison, c.health.ID, &catalog.Item{Name: name, BasicCode: basic})
			if err != nil {
				t.Fatal(err)
			}
			v, err := c.r.Item(t.Context(), c.liaison, id)
			if err != nil {
				t.Fatal(err)
			}
			return slices.ContainsFunc(v.Found, func(f lint.Finding) bool { return f.Rule == "K03" })
		}
		if k03("甲", "000123006000") {
			t.Error("without a catalogue nothing can be said")
		}
		c.must(c.office, reform.ListImport{List: catalog.Catalogue, Edition: "冀政办字〔2025〕19号"}, "基本编码,事项名称,事项类型\n000123006000,公共场所卫生许可,行政许可\n")
		if k03("乙", "000123006000") || !k03("丙", "000123007000") {
			t.Error("the catalogue holds the one and not the other")
		}
	})
}

// A stored text that a later program no longer accepts must not stop the county:
// the built-in rules judge, until the reform office mends the text.
func TestRulesThatNoLongerLoad(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		c := newCounty(t, db)
		if err := db.Update(t.Context(), func(tx *store.Tx) error {
			return tx.InsertRuleSet(store.RuleSet{Version: 1, Doc: "settings: {severity: {Z99: 错误}}", Note: "旧规则"})
		}); err != nil {
			t.Fatal(err)
		}
		v, err := c.r.Item(t.Context(), c.liaison, c.item(c.health, "护士执业注册"))
		if err != nil || !strings.Contains(c.rulesOf(v.Found), "E01") {
			t.Errorf("not judged by the built-in rules: %v", err)
		}
		if set, err := c.r.CountyRules(t.Context(), c.office, 0); err != nil || !strings.Contains(set.Doc, "Z99") {
			t.Errorf("the text is there to be mended: %+v %v", set, err)
		}
		if v := c.save(1, ownRule); v != 2 {
			t.Errorf("version %d", v)
		}
	})
}
