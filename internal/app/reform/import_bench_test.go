package reform_test

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"onevisit/internal/app/reform"
	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/org"
	"onevisit/internal/infra/blob"
	"onevisit/internal/infra/exchange/exchangetest"
	"onevisit/internal/infra/store"
)

// BenchmarkImport brings a workbook of 36 columns into SQLite, from the file to
// the committed drafts with their findings, beside excelize streaming the same
// file. Wanted: at most 1.5 times as long ("ratio"), and less than 300 MB of
// heap above the idle program ("peakMB"); "rssMB" is the highest resident set of
// the whole process. "cpu-ratio" compares the processor's time, which other
// programs on the machine disturb less. -short takes 10,000 rows in place of 100,000.
func BenchmarkImport(b *testing.B) {
	rows := 100_000
	if testing.Short() {
		rows = 10_000
	}
	path := exchangetest.Workbook(b, rows)
	var yardstick, ours time.Duration
	var yardstickCPU, oursCPU float64
	for b.Loop() {
		began, cpu := time.Now(), cpuSeconds()
		exchangetest.Stream(b, path)
		yardstick += time.Since(began)
		yardstickCPU += cpuSeconds() - cpu

		db, err := store.Open(context.Background(), store.Config{DataDir: b.TempDir(), Now: time.Now})
		if err != nil {
			b.Fatal(err)
		}
		r := reform.New(reform.Config{DB: db, Blobs: blob.New(filepath.Join(b.TempDir(), "blobs")), Calendar: calendar.Embedded()})
		heap := exchangetest.PeakHeap(func() {
			began, cpu = time.Now(), cpuSeconds()
			sum, err := r.ImportFile(context.Background(), org.Operator(), path, reform.FileImport{Unit: "广宗县卫生健康局"}, nil)
			ours += time.Since(began)
			oursCPU += cpuSeconds() - cpu
			if err != nil || sum.Created != rows {
				b.Fatal(sum, err)
			}
		})
		b.ReportMetric(heap, "peakMB")
		if err := db.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(ours)/float64(yardstick), "ratio")
	if yardstickCPU > 0 {
		b.ReportMetric(oursCPU/yardstickCPU, "cpu-ratio")
	}
	b.ReportMetric(ours.Seconds()/float64(b.N), "import-s")
	b.ReportMetric(yardstick.Seconds()/float64(b.N), "excelize-s")
	b.ReportMetric(peakRSS(), "rssMB")
}

// peakRSS is the highest resident set of this process in MB, 0 where the system
// does not tell.
func peakRSS() float64 {
	text, _ := os.ReadFile("/proc/self/status") // Linux alone has it
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); len(f) > 1 && f[0] == "VmHWM:" {
			kb, _ := strconv.ParseFloat(f[1], 64)
			return kb / 1024
		}
	}
	return 0
}

// cpuSeconds is the processor time that this process has used, 0 where the
// system does not tell.
func cpuSeconds() float64 {
	text, _ := os.ReadFile("/proc/self/stat") // Linux alone has it
	_, rest, _ := strings.Cut(string(text), ") ")
	f := strings.Fields(rest)
	if len(f) < 13 {
		return 0
	}
	user, _ := strconv.ParseFloat(f[11], 64)
	system, _ := strconv.ParseFloat(f[12], 64)
	return (user + system) / 100
}
