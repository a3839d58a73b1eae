package exchange

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"onevisit/internal/domain/catalog"
)

// bigWorkbook makes a workbook of n items with 36 columns, the way a county's
// list looks: short codes and dictionary words, a few long texts. It is kept in
// the temporary directory between runs.
func bigWorkbook(tb testing.TB, n int) string {
	tb.Helper()
	dir := filepath.Join(os.TempDir(), "onevisit-bench")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		tb.Fatal(err)
	}
	path := filepath.Join(dir, fmt.Sprintf("items-%d-v1.xlsx", n))
	if _, err := os.Stat(path); err == nil {
		return path
	}
	f := excelize.NewFile()
	defer f.Close()
	if err := f.SetSheetName("Sheet1", sheetItems); err != nil {
		tb.Fatal(err)
	}
	sw, err := f.NewStreamWriter(sheetItems)
	if err != nil {
		tb.Fatal(err)
	}
	keys := []string{"name", "basic_code", "type", "bases", "implementation_code", "level", "power_division", "power_content", "body.name", "body.nature",
		"office", "joint_bodies", "audience", "case_type", "channels", "legal_limit", "promised_limit", "conditions", "materials", "process",
		"special_procedures", "intermediary", "quota", "result.name", "result.sample", "fee.charged", "fee.items", "scope", "visits", "appointment",
		"online_payment", "express", "online.available", "places", "enquiry", "complaint"}
	row := make([]any, len(keys))
	for i, k := range keys {
		row[i] = targets[k].Label
	}
	if err := sw.SetRow("A1", row); err != nil {
		tb.Fatal(err)
	}
	types := []string{"行政许可", "行政确认", "行政给付", "公共服务事项"}
	for i := range n {
		base := fmt.Sprintf("0001230%05d", i%100000)
		row = []any{
			"公共场所卫生许可第" + strconv.Itoa(i) + "项", base, types[i%4], "《公共场所卫生管理条例》（国发〔1987〕24号）第四条\n《公共场所卫生管理条例实施细则》第二十二条",
			"11130531MB123456234" + base, "县级", "", "辖区内公共场所", "县行政审批局", "法定机关",
			"社会事务股", "县卫生健康局", "企业法人；其他组织", "承诺件", "窗口办理；电脑端网上办理", "20工作日", 7, "符合卫生标准\n从业人员持有健康合格证明", "公共场所卫生许可申请表；营业执照；平面图", "受理→审查（3工作日）→决定→送达",
			"无", "无", "无数量限制", "公共场所卫生许可证", "", "否", "", "跨县", i % 3, "是",
			"否", "是", "是", "广宗县兴广路" + strconv.Itoa(i%500) + "号县政务服务大厅", "0319-7212345", "0319-7212346；12345"}
		if err := sw.SetRow("A"+strconv.Itoa(i+2), row); err != nil {
			tb.Fatal(err)
		}
	}
	if err := sw.Flush(); err != nil {
		tb.Fatal(err)
	}
	// A reader that comes meanwhile must not see half a file.
	part := filepath.Join(dir, fmt.Sprintf("part-%d-%d.xlsx", os.Getpid(), n))
	if err := f.SaveAs(part); err != nil {
		tb.Fatal(err)
	}
	if err := os.Rename(part, path); err != nil {
		tb.Fatal(err)
	}
	return path
}

// peakHeap watches the heap while f runs and gives its highest value in MB above
// the one at the start.
func peakHeap(f func()) float64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	start, peak := m.HeapAlloc, m.HeapAlloc
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		t := time.NewTicker(50 * time.Millisecond)
		defer t.Stop()
		for {
			select {
			case <-stop:
				return
			case <-t.C:
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				peak = max(peak, m.HeapAlloc)
			}
		}
	})
	f()
	close(stop)
	wg.Wait()
	return float64(peak-start) / (1 << 20)
}

// BenchmarkExcelizeRows is the yardstick: excelize streams the same rows and
// does nothing with them.
func BenchmarkExcelizeRows(b *testing.B) {
	path := bigWorkbook(b, 100_000)
	for b.Loop() {
		heap := peakHeap(func() {
			f, err := excelize.OpenFile(path, excelize.Options{UnzipXMLSizeLimit: 1 << 20})
			if err != nil {
				b.Fatal(err)
			}
			defer f.Close()
			rows, err := f.Rows(sheetItems)
			if err != nil {
				b.Fatal(err)
			}
			n := 0
			for rows.Next() {
				if _, err := rows.Columns(); err != nil {
					b.Fatal(err)
				}
				n++
			}
			if err := rows.Close(); err != nil || n != 100_001 {
				b.Fatal(n, err)
			}
		})
		b.ReportMetric(heap, "peakMB")
	}
}

// BenchmarkRead reads, maps and judges the same rows.
func BenchmarkRead(b *testing.B) {
	path := bigWorkbook(b, 100_000)
	for b.Loop() {
		heap := peakHeap(func() {
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
	recs, _ := readFile(b, bigWorkbook(b, 2_000))
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
