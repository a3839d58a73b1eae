package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"onevisit/internal/countytest"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/infra/store"
)

// runArgs tells the test binary that it is the program, with these arguments,
// one a line.
const runArgs = "ONEVISIT_TEST_RUN"

// provinceItems names the variable that says how many items a province has.
const provinceItems = "ONEVISIT_PROVINCE_ITEMS"

// BenchmarkProvince starts the server over a database with 300,000 published
// items, as a province has, in a process of its own, and reports: until its first
// page and until it finds everything, in seconds; its memory; how long a page
// takes at the middle and at worst while the server is under no other load, the
// first one after a release among them; and how long it takes until the items of
// a release of 1, 50 and 500 are found. ONEVISIT_PROVINCE_DATA names a directory
// in which the database is kept from one run to the next.
func BenchmarkProvince(b *testing.B) {
	n, err := strconv.Atoi(os.Getenv(provinceItems))
	if err != nil || n < 1 {
		b.Skip("takes minutes: make province, which sets " + provinceItems)
	}
	dir := os.Getenv("ONEVISIT_PROVINCE_DATA")
	if dir == "" {
		dir = b.TempDir()
	}
	data := filepath.Join(dir, strconv.Itoa(n))
	db, err := store.Open(b.Context(), store.Config{DataDir: data, Now: time.Now})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	p := countytest.NewPublisher(b, db)
	if mark := filepath.Join(data, "published"); !exists(mark) {
		start := time.Now()
		batch := []*catalog.Item{}
		for it := range countytest.Each(n) {
			if batch = append(batch, it); len(batch) == 1000 {
				p.Publish(batch)
				batch = batch[:0]
			}
		}
		if len(batch) > 0 {
			p.Publish(batch)
		}
		b.Logf("published %d items in %.0f s", n, time.Since(start).Seconds())
		if err := os.WriteFile(mark, nil, 0o600); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		province(b, db, p, data, n)
	}
}

func province(b *testing.B, db *store.DB, p *countytest.Publisher, data string, n int) {
	report := func(unit string, v float64) {
		b.Logf("%s: %.2f", unit, v) // seen though what follows fails
		b.ReportMetric(v, unit)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	addr := l.Addr().String()
	_ = l.Close()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), runArgs+"="+strings.Join([]string{"serve", "--addr", addr, "--data", data}, "\n"))
	log, err := os.Create(filepath.Join(b.TempDir(), "log"))
	if err != nil {
		b.Fatal(err)
	}
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	start := time.Now()
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	defer func() { _, _ = cmd.Process.Kill(), cmd.Wait() }()
	client := &http.Client{Timeout: time.Minute}
	get := func(path string) (string, error) {
		r, err := client.Get("http://" + addr + path)
		if err != nil {
			return "", err
		}
		defer r.Body.Close()
		body, err := io.ReadAll(r.Body)
		if r.StatusCode != http.StatusOK {
			err = fmt.Errorf("%s: %d", path, r.StatusCode)
		}
		return string(body), err
	}
	until := func(what string, most time.Duration, path string, holds func(string) bool) float64 {
		b.Helper()
		from := time.Now()
		for {
			page, err := get(path)
			if err == nil && holds(page) {
				return time.Since(from).Seconds()
			}
			if time.Since(from) > most {
				b.Fatalf("%s: not within %s: %v\n%.400s", what, most, err, page)
			}
			time.Sleep(5 * time.Millisecond)
		}
	}
	until("the first page", time.Minute, "/", func(string) bool { return true })
	report("first-page-s", time.Since(start).Seconds())
	page, err := get("/search?q=" + url.QueryEscape("残疾人证"))
	if err != nil || n > 5000 && !strings.Contains(page, `id="preparing"`) {
		b.Errorf("the search of a server that has just started: %v\n%.400s", err, page)
	}
	until("everything", 10*time.Minute, "/search?q="+url.QueryEscape("残疾人证"), func(p string) bool { return strings.Contains(p, `class="hits"`) })
	report("all-found-s", time.Since(start).Seconds())
	report("cpu-s", cpuSeconds(cmd.Process.Pid)) // says the same on a busy machine
	report("MB", residentMB(cmd.Process.Pid))
	guides := regexp.MustCompile(`href="(/items/[^"]+)"`).FindAllStringSubmatch(page, -1)
	paths := []string{"/", "/search?q=" + url.QueryEscape("营业执照"), "/search?q=spjy", "/search", "/units", "/units?from=200", "/events", "/events/start", "/events/start?step=1",
		"/bundles", "/names", "/names/S?from=2000", "/lists/once", "/batches", "/batches/1", "/data", "/sitemap.xml", "/sitemaps/1", "/feeds/releases.atom"}
	for _, g := range guides[:min(3, len(guides))] {
		paths = append(paths, g[1])
	}
	var took []float64
	slowest := ""
	round := func() {
		for _, path := range paths {
			from := time.Now()
			if _, err := get(path); err != nil {
				b.Error(err)
			}
			took = append(took, float64(time.Since(from).Microseconds())/1000)
			if took[len(took)-1] >= slices.Max(took) {
				slowest = path
			}
		}
	}
	round()
	for i, k := range []int{1, 50, 500} {
		word := "天文馆" + string([]rune("甲乙丙")[i]) + strconv.FormatInt(time.Now().UnixNano()%1e9, 36)
		items := slices.Clone(countytest.Items(k))
		for j := range items {
			items[j].Name = word + "开放许可" + strconv.Itoa(j)
		}
		// Two processes write one file here: what the server does at its start may
		// hold it for longer than a writer waits.
		from := time.Now()
		for db.Update(b.Context(), func(*store.Tx) error { return nil }) != nil && time.Since(from) < 5*time.Minute {
		}
		report(fmt.Sprintf("write-wait-%d-s", k), time.Since(from).Seconds())
		p.Publish(items)
		report(fmt.Sprintf("release-of-%d-s", k), until("a release", time.Minute, "/search?q="+url.QueryEscape(word), func(p string) bool {
			return strings.Count(strings.NewReplacer("<mark>", "", "</mark>", "").Replace(p), word+"开放许可") == min(k, 20)
		}))
		round()
	}
	b.Logf("the slowest page was %s", slowest)
	slices.Sort(took)
	report("page-ms", took[len(took)/2])
	report("slowest-page-ms", took[len(took)-1])
	report("MB-afterwards", residentMB(cmd.Process.Pid))
}

// residentMB is the memory that a process holds, 0 where the system does not say.
func residentMB(pid int) float64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	m := regexp.MustCompile(`VmRSS:\s+(\d+) kB`).FindSubmatch(status)
	if m == nil {
		return 0
	}
	kb, _ := strconv.Atoi(string(m[1])) // digits
	return float64(kb) / 1024
}

// cpuSeconds is what a process has computed so far, 0 where the system does not
// say.
func cpuSeconds(pid int) float64 {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	f := strings.Fields(rest)
	if len(f) < 13 {
		return 0
	}
	user, _ := strconv.Atoi(f[11]) // ticks of 10 ms
	system, _ := strconv.Atoi(f[12])
	return float64(user+system) / 100
}
