package main

import (
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// What a reader on a slow line waits for: the page with everything that it loads,
// as it comes over the wire. The bounds are the portal's: 60 KB for the first
// page, 80 KB for a guide. The heaviest of each kind is printed.
func TestWeightOfPages(t *testing.T) {
	k, srv := demoCounty(t, "")
	client := &http.Client{Transport: &http.Transport{DisableCompression: true}}
	weight := func(path string, zip bool) (int, string) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, srv.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if zip {
			req.Header.Set("Accept-Encoding", "gzip")
		}
		r, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		b, err := io.ReadAll(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		if zip && len(b) > 2000 && r.Header.Get("Content-Encoding") != "gzip" {
			t.Errorf("%s comes without compression", path)
		}
		return len(b), string(b)
	}
	loads := regexp.MustCompile(`(?:src|href)="(/assets/[^"]+)"`)
	assets := map[string]int{}
	total := func(path string) int {
		_, page := weight(path, false)
		sum, _ := weight(path, true)
		for _, m := range loads.FindAllStringSubmatch(page, -1) {
			if assets[m[1]] == 0 {
				assets[m[1]], _ = weight(m[1], true)
			}
			sum += assets[m[1]]
		}
		if strings.Contains(page, "<img") {
			t.Errorf("%s has a picture that is not counted", path)
		}
		return sum
	}
	if n := total("/"); n > 60<<10 {
		t.Errorf("the first page weighs %d bytes", n)
	} else {
		t.Logf("first page: %.1f KB of 60", float64(n)/1024)
	}
	heaviest, at := 0, ""
	for i, e := range k.portal.Published("", "", 1<<30) {
		if i%9 != 0 && !strings.Contains(e.Name, "个体工商户设立登记") {
			continue
		}
		if n := total("/items/" + e.ID); n > heaviest {
			heaviest, at = n, e.Name
		}
	}
	if heaviest > 80<<10 || heaviest == 0 {
		t.Errorf("the guide %s weighs %d bytes", at, heaviest)
	}
	t.Logf("heaviest guide: %.1f KB of 80 (%s)", float64(heaviest)/1024, at)
}
