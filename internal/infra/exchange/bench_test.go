package exchange

import (
	"context"
	"io"
	"testing"

	"onevisit/internal/domain/catalog"
	"onevisit/internal/infra/exchange/exchangetest"
)

// BenchmarkExcelizeRows is the yardstick: excelize streams the same rows and
// does nothing with them.
func BenchmarkExcelizeRows(b *testing.B) {
	path := exchangetest.Workbook(b, 100_000)
	for b.Loop() {
		heap := exchangetest.PeakHeap(func() {
			if n := exchangetest.Stream(b, path); n != 100_001 {
				b.Fatal(n)
			}
		})
		b.ReportMetric(heap, "peakMB")
	}
}

// BenchmarkRead reads, maps and judges the same rows.
func BenchmarkRead(b *testing.B) {
	path := exchangetest.Workbook(b, 100_000)
	for b.Loop() {
		heap := exchangetest.PeakHeap(func() {
			var last *catalog.Item
			rep, err := Read(context.Background(), Source{Path: path}, Options{}, func(r Record) error { last = r.Item; return nil })
			if err != nil || rep.Good != 100_000 || last.Name != "公共场所卫生许可第99999项" {
				b.Fatal(rep.Rows, rep.Good, err)
			}
		})
		b.ReportMetric(heap, "peakMB")
	}
}

// BenchmarkWriteXLSX writes 2,000 items and makes sure of each that it reads back.
func BenchmarkWriteXLSX(b *testing.B) {
	recs, _ := readFile(b, exchangetest.Workbook(b, 2_000))
	var items []*catalog.Item
	for _, r := range recs {
		items = append(items, r.Item)
	}
	for b.Loop() {
		if err := WriteXLSX(io.Discard, Slice(items)); err != nil {
			b.Fatal(err)
		}
	}
}
