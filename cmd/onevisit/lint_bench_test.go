package main

import (
	"context"
	"fmt"
	"os"
	"testing"

	"onevisit/cmd/onevisit/demo"
	"onevisit/internal/app/reform"
	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/lint"
	"onevisit/internal/infra/countyrules"
)

// The demonstration county with every rule, the sample of county rules among
// them, and the same for 100,000 items of as many names. Wanted on two cores:
// under 1 s, and under 60 s and 2 GB.
func BenchmarkLintCounty(b *testing.B) {
	ctx := context.Background()
	clock := &demo.Clock{}
	k, err := openCounty(ctx, countyConfig{dataDir: b.TempDir(), now: clock.Now, demo: true})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = k.close() })
	if err := (&demo.Story{DB: k.db, Reform: k.reform, Clock: clock, Hasher: k.hasher}).Build(ctx); err != nil {
		b.Fatal(err)
	}
	county, err := k.items(ctx)
	if err != nil {
		b.Fatal(err)
	}
	records, err := k.reform.CountySubjects(ctx)
	if err != nil {
		b.Fatal(err)
	}
	text, err := os.ReadFile("../../internal/infra/countyrules/testdata/county.yaml")
	if err != nil {
		b.Fatal(err)
	}
	rules, err := countyrules.Load(text)
	if err != nil {
		b.Fatal(err)
	}
	for _, n := range []int{len(county), 100_000} {
		items := make([]*catalog.Item, n)
		for i := range items {
			it := *county[i%len(county)]
			if i >= len(county) {
				it.Name = fmt.Sprintf("%s（%d）", it.Name, i)
				it.ImplementationCode, it.BasicCode = "", ""
			}
			items[i] = &it
		}
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			found := 0
			for b.Loop() {
				c := reform.FileSubjects(lint.Config{Rules: rules.Set, Today: calendar.MustDate("2018-08-01"), Division: k.db.County().Division, Unit: records.Config.Unit, AllItems: true}, items)
				list, _ := c.Run()
				found = len(list)
			}
			b.ReportMetric(float64(found), "findings")
			b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "items/s")
		})
	}
}
