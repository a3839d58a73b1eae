package exchange

import (
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"testing"

	"onevisit/internal/countytest"
	"onevisit/internal/domain/catalog"
)

// glimpsed is what a glimpse is to show of an item.
func glimpsed(it *catalog.Item) *catalog.Item {
	out := &catalog.Item{Unit: it.Unit, Name: it.Name, MainName: it.MainName, Variant: it.Variant, ImplementationCode: it.ImplementationCode, Type: it.Type, Audience: it.Audience, Topics: it.Topics}
	for _, m := range it.Materials {
		out.Materials = append(out.Materials, catalog.Material{Name: m.Name})
	}
	out.Result.Name, out.Online.Available = it.Result.Name, it.Online.Available
	return out
}

// A glimpse shows what reading the whole document shows.
func TestGlimpse(t *testing.T) {
	items := countytest.Items(200)
	r := rand.New(rand.NewPCG(5, 5))
	for range 2000 {
		items = append(items, randomItem(r))
	}
	for _, it := range items {
		doc, err := it.Encode()
		if err != nil {
			t.Fatal(err)
		}
		whole := new(catalog.Item)
		if err := json.Unmarshal(doc, whole); err != nil {
			t.Fatal(err)
		}
		if got, want := Glimpse(doc), glimpsed(whole); !reflect.DeepEqual(got, want) {
			t.Fatalf("a glimpse of %s\n got %+v\nwant %+v", doc, got, want)
		}
	}
}

func BenchmarkGlimpse(b *testing.B) {
	var docs [][]byte
	for _, it := range countytest.Items(200) {
		doc, err := it.Encode()
		if err != nil {
			b.Fatal(err)
		}
		docs = append(docs, doc)
	}
	for name, read := range map[string]func([]byte) *catalog.Item{"glimpse": Glimpse, "whole": func(doc []byte) *catalog.Item {
		it := new(catalog.Item)
		if err := json.Unmarshal(doc, it); err != nil {
			b.Fatal(err)
		}
		return it
	}} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				read(docs[i%len(docs)])
				i++
			}
		})
	}
}
