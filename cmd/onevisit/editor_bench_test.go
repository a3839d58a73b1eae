package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"onevisit/cmd/onevisit/demo"
	"onevisit/internal/domain/catalog"
)

// BenchmarkEditorAnswer is what happens with each pause in typing: the whole
// form of an item with 40 materials and 30 steps is read, kept as a draft,
// judged by every rule and drawn. The limit is 100 ms at the 95th percentile.
func BenchmarkEditorAnswer(b *testing.B) {
	ctx := context.Background()
	k, srv := demoCounty(b, "")
	token, err := k.office.SignIn(ctx, "weijian", demo.Password)
	if err != nil {
		b.Fatal(err)
	}
	in, err := k.office.Session(ctx, token)
	if err != nil {
		b.Fatal(err)
	}
	it := &catalog.Item{Schema: catalog.Schema, Name: "诊所执业登记", Type: "行政许可", Process: &catalog.Process{Sites: []catalog.Site{{ID: "p1", Hall: "县政务服务大厅"}}, Touchpoints: []catalog.Touchpoint{}}}
	for i := range 40 {
		it.Materials = append(it.Materials, catalog.Material{ID: fmt.Sprintf("m%d", i+1), Name: fmt.Sprintf("材料第 %d 种", i+1), Originals: 1})
	}
	for i := range 30 {
		id := fmt.Sprintf("s%d", i+1)
		it.Process.Steps = append(it.Process.Steps, catalog.Step{ID: id, Kind: "审查", Days: 1, Waits: i%3 == 0})
		if i%2 == 0 {
			it.Process.Touchpoints = append(it.Process.Touchpoints, catalog.Touchpoint{ID: "t" + id, Duty: "提交", From: id, To: id, Site: "p1"})
		}
	}
	id, err := k.reform.CreateItem(ctx, in.Actor, in.Actor.UnitID, it)
	if err != nil {
		b.Fatal(err)
	}
	t := new(testing.T)
	browser := signIn(t, srv.URL, "weijian")
	fields := form(t, browser.get(http.StatusOK, "/work/items/"+id+"/edit"), "/edit")
	var took []time.Duration
	for i := 0; b.Loop(); i++ {
		start := time.Now()
		browser.send(http.StatusOK, "/work/items/"+id+"/judge", with(fields, "f.office", fmt.Sprint("股室", i)))
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*95/100].Microseconds())/1000, "p95-ms")
	b.ReportMetric(float64(len(fields)), "fields")
}
