package reform_test

import (
	"bytes"
	"strings"
	"testing"

	"onevisit/internal/app/reform"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/onceonly"
	"onevisit/internal/domain/org"
	"onevisit/internal/infra/store"
	"onevisit/internal/infra/store/storetest"
)

// issues is an item that issues one paper and demands others.
func issues(name, result string, demands ...string) *catalog.Item {
	it := twice(name)
	it.Result.Name = result
	for _, m := range demands {
		it.Materials = append(it.Materials, catalog.Material{ID: m, Name: m, Copies: 2})
	}
	return it
}

func TestMaterialsOfTheCounty(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		c := newCounty(t, db)
		ctx := t.Context()
		c.create(c.liaison, c.health, issues("场所检测", "场所检测合格单"))
		own := c.create(c.liaison, c.health, issues("场所许可", "场所许可牌", "场所检测合格单", "身份证复印件"))
		c.create(c.other, c.water, issues("水井备案", "水井备案单", "场所检测合格单原件"))

		all, err := c.r.MaterialFindings(ctx, c.office, reform.MaterialQuery{})
		if err != nil || all.Total != 3 || all.Counts[onceonly.OwnResult] != 1 || all.Counts[onceonly.OtherResult] != 1 || all.Counts[onceonly.Held] != 1 || !all.County {
			t.Fatalf("the county: %+v %v", all, err)
		}
		mine, err := c.r.MaterialFindings(ctx, c.liaison, reform.MaterialQuery{})
		if err != nil || mine.Total != 2 || mine.County {
			t.Errorf("one's own: %+v %v", mine, err)
		}
		if one, err := c.r.MaterialFindings(ctx, c.office, reform.MaterialQuery{Kind: onceonly.Held, Item: own}); err != nil || one.Total != 1 || one.Findings[0].Demand.Name != "场所许可" {
			t.Errorf("one item, one kind: %+v %v", one, err)
		}
		rank, err := c.r.Materials(ctx, c.office, reform.MaterialQuery{Page: 1})
		if err != nil || rank.Total != 2 || rank.Ranking[0].Key != "场所检测合格单" || rank.Ranking[0].Sheets != 4 || rank.Sum.DroppableSheets != 6 {
			t.Errorf("the ranking: %+v %v", rank, err)
		}
		if far, err := c.r.Materials(ctx, c.office, reform.MaterialQuery{Page: 99}); err != nil || len(far.Ranking) != 0 {
			t.Errorf("a page after the last: %v %v", far, err)
		}

		m, err := c.r.Material(ctx, c.other, "场所检测合格单")
		if err != nil || len(m.Demands) != 1 || m.Others != 1 || len(m.Issuers) != 1 || m.Demands[0].Why != onceonly.OtherResult {
			t.Errorf("a material as one unit sees it: %+v %v", m, err)
		}
		if _, err := c.r.Material(ctx, c.other, "没有的材料"); !fault.Is(err, fault.NotFound) {
			t.Errorf("no such material: %v", err)
		}
		if _, err := c.r.Materials(ctx, org.Actor{}, reform.MaterialQuery{}); !fault.Is(err, fault.Unauthorized) {
			t.Errorf("nobody: %v", err)
		}

		// What changes is seen at once; the rest is not read again.
		v, err := c.r.Item(ctx, c.liaison, own)
		if err != nil {
			t.Fatal(err)
		}
		it := *v.Data
		it.Materials = it.Materials[1:]
		if err := c.r.SaveItem(ctx, c.liaison, own, v.Version, &it); err != nil {
			t.Fatal(err)
		}
		if all, err = c.r.MaterialFindings(ctx, c.office, reform.MaterialQuery{}); err != nil || all.Total != 2 || all.Counts[onceonly.OwnResult] != 0 {
			t.Errorf("after a demand was dropped: %+v %v", all, err)
		}

		var b bytes.Buffer
		if err := c.r.WriteMaterials(ctx, c.office, reform.MaterialQuery{}, true, "csv", &b); err != nil || strings.Count(b.String(), "\n") != 3 || !strings.Contains(b.String(), "县内已核发") {
			t.Errorf("the table: %v %s", err, b.String())
		}
		if err := c.r.WriteMaterials(ctx, c.office, reform.MaterialQuery{}, false, "pdf", &b); !fault.Is(err, fault.NotFound) {
			t.Errorf("another format: %v", err)
		}
	})
}
