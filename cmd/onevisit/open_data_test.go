package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"encoding/xml"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"onevisit/internal/domain/catalog"
	"onevisit/internal/infra/exchange"
)

// fetch gets an address with headers and returns the answer with its body.
func fetch(t *testing.T, base, path string, header ...string) (*http.Response, []byte) {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, base+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	c := &http.Client{Transport: &http.Transport{DisableCompression: true}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	defer c.CloseIdleConnections()
	r, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r, body
}

// readBack reads a file of data as an import would.
func readBack(t *testing.T, name string, body []byte) []*catalog.Item {
	t.Helper()
	var items []*catalog.Item
	rep, err := exchange.Read(t.Context(), exchange.Source{Name: name, R: bytes.NewReader(body), Size: int64(len(body))}, exchange.Options{}, func(r exchange.Record) error {
		items = append(items, r.Item)
		return nil
	})
	if err != nil || rep.Bad > 0 || len(rep.Unknown) > 0 {
		t.Fatalf("%s: %v, %d bad, unknown %v", name, err, rep.Bad, rep.Unknown)
	}
	return items
}

// What is published can be taken away whole, in every format, and says the same
// as the pages.
func TestOpenData(t *testing.T) {
	k, srv := demoCounty(t, "")
	home := k.portal.Home()
	unit := home.Units[0]
	releases := k.portal.Releases()
	batch := releases[len(releases)-1]
	want := map[string]string{}
	for _, e := range k.portal.Published("", "", 1<<30) {
		g, err := k.portal.Guide(t.Context(), e.ID)
		if err != nil {
			t.Fatal(err)
		}
		doc, err := g.Item.Encode()
		if err != nil {
			t.Fatal(err)
		}
		want[g.Item.Identity()] = string(doc)
	}

	t.Run("formats", func(t *testing.T) {
		for path, total := range map[string]int{
			"/data/items.json": home.Total, "/data/items.jsonl": home.Total, "/data/items.csv": home.Total, "/data/items.xlsx": home.Total,
			"/data/batches/1/items.jsonl": batch.Count, "/data/units/" + unit.ID + "/items.json": unit.Total,
			"/data/national/items.json": home.Total, "/data/national/items.csv": home.Total, "/data/units/" + unit.ID + "/national/items.xlsx": unit.Total,
		} {
			r, body := fetch(t, srv.URL, path)
			if r.StatusCode != http.StatusOK {
				t.Fatalf("%s: %d", path, r.StatusCode)
			}
			items := readBack(t, filepath.Base(path), body)
			if len(items) != total {
				t.Errorf("%s has %d items, want %d", path, len(items), total)
			}
			lossless := strings.Contains(path, ".json") && !strings.Contains(path, "national") || path == "/data/items.xlsx"
			for _, it := range items {
				doc, err := it.Encode()
				if err != nil {
					t.Fatal(err)
				}
				if strings.Contains(path, "/batches/") {
					break // some of it has been replaced since
				}
				if pub, ok := want[it.Identity()]; !ok || lossless && pub != string(doc) {
					t.Errorf("%s: %s is not what is published", path, it.Name)
					break
				}
			}
		}
		for path, status := range map[string]int{"/data/items.docx": 404, "/data/other.csv": 404, "/data/national/items.jsonld": 404, "/data/units/none/items.csv": 404, "/data/batches/9/items.csv": 404, "/data/batches/x/items.csv": 404} {
			if r, _ := fetch(t, srv.URL, path); r.StatusCode != status {
				t.Errorf("%s: %d, want %d", path, r.StatusCode, status)
			}
		}
	})

	t.Run("national keys say what is published", func(t *testing.T) {
		_, body := fetch(t, srv.URL, "/data/national/items.jsonl")
		for _, it := range readBack(t, "items.jsonl", body) {
			var pub catalog.Item
			if err := json.Unmarshal([]byte(want[it.Identity()]), &pub); err != nil {
				t.Fatal(err)
			}
			for _, f := range catalog.Fields() {
				if f.Element > 0 && f.Get(it) != f.Get(&pub) {
					t.Fatalf("%s, element %d, %s: %q, published %q", it.Name, f.Element, f.Label, f.Get(it), f.Get(&pub))
				}
			}
		}
	})

	t.Run("again", func(t *testing.T) {
		for _, path := range []string{"/data/items.csv", "/data/items.xlsx", "/data/catalog.jsonld", "/data", "/feeds/releases.rss", "/feeds/releases.atom", "/feeds/releases.json", "/embed/items"} {
			for _, coding := range []string{"", "gzip"} {
				r, body := fetch(t, srv.URL, path, "Accept-Encoding", coding)
				tag := r.Header.Get("ETag")
				if r.StatusCode != http.StatusOK || tag == "" {
					t.Fatalf("%s: %d, tag %q", path, r.StatusCode, tag)
				}
				if r.Header.Get("Content-Encoding") == "gzip" {
					z, err := gzip.NewReader(bytes.NewReader(body))
					if err == nil {
						body, err = io.ReadAll(z)
					}
					if err != nil || len(body) == 0 {
						t.Errorf("%s: %v", path, err)
					}
				}
				if r, body := fetch(t, srv.URL, path, "Accept-Encoding", coding, "If-None-Match", tag); r.StatusCode != http.StatusNotModified || len(body) > 0 {
					t.Errorf("%s with its tag: %d, %d bytes", path, r.StatusCode, len(body))
				}
			}
		}
		r, _ := fetch(t, srv.URL, "/data/items.csv")
		if l := r.Header.Get("Link"); !strings.Contains(l, `rel="license"`) || !strings.Contains(l, srv.URL+"/data/schema") || r.Header.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%v", r.Header)
		}
	})

	t.Run("feeds", func(t *testing.T) {
		_, page := fetch(t, srv.URL, "/")
		rel := batch
		for format, media := range map[string]string{"rss": "application/rss+xml", "atom": "application/atom+xml", "json": "application/feed+json"} {
			path := "/feeds/releases." + format
			if !strings.Contains(string(page), `rel="alternate" type="`+media+`"`) || !strings.Contains(string(page), `href="`+path+`"`) {
				t.Errorf("the home page does not name %s", path)
			}
			r, body := fetch(t, srv.URL, path)
			text := string(body)
			if ct := r.Header.Get("Content-Type"); !strings.HasPrefix(ct, media) || !strings.Contains(text, rel.Title) || !strings.Contains(text, rel.Hash) || !strings.Contains(text, srv.URL+"/batches/1") || !strings.Contains(text, "演示数据") {
				t.Errorf("%s: %s %.300s", path, ct, text)
			}
			if format == "json" {
				if !json.Valid(body) {
					t.Errorf("%s is no JSON", path)
				}
			} else if err := xml.Unmarshal(body, new(struct{})); err != nil {
				t.Errorf("%s: %v", path, err)
			}
		}
		if r, _ := fetch(t, srv.URL, "/feeds/releases.txt"); r.StatusCode != http.StatusNotFound {
			t.Errorf("a feed of no format: %d", r.StatusCode)
		}
		if r, _ := fetch(t, srv.URL, "/b/1"); r.StatusCode != http.StatusSeeOther || r.Header.Get("Location") != "/batches/1" {
			t.Errorf("the short address leads to %s", r.Header.Get("Location"))
		}
	})

	t.Run("parts for other sites", func(t *testing.T) {
		r, body := fetch(t, srv.URL, "/embed/items?limit=3&unit="+unit.ID)
		if text := string(body); strings.Count(text, "<li ") != 3 || strings.Contains(text, "<html") || strings.Contains(text, "<script") || !strings.Contains(text, `href="`+srv.URL+`/items/`) || !strings.Contains(text, "演示数据") {
			t.Errorf("%s", text)
		}
		if h := r.Header; h.Get("X-Frame-Options") != "" || h.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%v", h)
		}
		for range 2 { // made, and from memory
			r, _ = fetch(t, srv.URL, "/embed/releases/frame")
			if p := r.Header.Get("Content-Security-Policy"); !strings.Contains(p, "frame-ancestors 'self'") || strings.Contains(p, "script-src") {
				t.Errorf("%s", p)
			}
		}
		if r, _ := fetch(t, srv.URL, "/items/"+k.portal.Published("", "", 1)[0].ID); r.Header.Get("X-Frame-Options") != "SAMEORIGIN" {
			t.Error("other pages may be framed")
		}
		for path, status := range map[string]int{"/embed/nothing": 404, "/embed/items?limit=0": 422, "/embed/items?limit=101": 422, "/embed/items?unit=none": 404, "/embed/items?seq=1": 200, "/embed/items?seq=x": 422, "/embed/search/frame": 200, "/embed": 200} {
			if r, _ := fetch(t, srv.URL, path); r.StatusCode != status {
				t.Errorf("%s: %d, want %d", path, r.StatusCode, status)
			}
		}
	})

	t.Run("shapes", func(t *testing.T) { passesShapes(t, srv.URL, home.Total) })
}

// passesShapes holds the linked data of everything that is published against the
// shapes of CPSV-AP (scripts/cpsv-ap), and makes sure that they would be missed.
func passesShapes(t *testing.T, base string, total int) {
	const dir = "../../scripts/cpsv-ap"
	node, err := exec.LookPath("node")
	if err == nil {
		_, err = os.Stat(filepath.Join(dir, "node_modules"))
	}
	if err != nil {
		if os.Getenv("ONEVISIT_TEST_REQUIRE_ALL") == "1" {
			t.Fatal("Node.js or the modules of scripts/cpsv-ap are absent, and every suite is required")
		}
		t.Skip("Node.js or the modules of scripts/cpsv-ap are absent; make test installs them")
	}
	check := func(name string, body []byte) (string, bool) {
		t.Helper()
		file := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(file, body, 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.CommandContext(t.Context(), node, filepath.Join(dir, "check.mjs"), file).CombinedOutput()
		return string(out), err == nil
	}
	_, body := fetch(t, base, "/data/items.jsonld")
	counted := regexp.MustCompile(`: (\d+) services, \d+ statements, 0 violations`)
	out, ok := check("items.jsonld", body)
	if m := counted.FindStringSubmatch(out); !ok || m == nil || m[1] != strconv.Itoa(total) {
		t.Errorf("%d services are published, and the shapes say:\n%s", total, out)
	}
	_, catalogue := fetch(t, base, "/data/catalog.jsonld")
	if out, ok := check("catalog.jsonld", catalogue); !ok {
		t.Errorf("the catalogue:\n%s", out)
	}
	// What a demonstration does not have: a bare item, and one with everything odd.
	var odd bytes.Buffer
	items := []*catalog.Item{{Name: "甲"}, {Name: "乙 <&> \"", Unit: "某局", Type: "没有的类型", JointBodies: []string{"丙局", ""}, Channels: []string{"", "鸽子"}, Topics: []string{"教育"}, Audience: []string{"自然人"},
		Fee: catalog.Fee{Charged: true}, Online: catalog.Online{Available: true, URL: "https://example.org/a b?c=中文"}, Places: []catalog.Place{{}, {Name: "窗口", Hours: "工作日"}},
		Materials: []catalog.Material{{ID: "m1"}, {ID: "m1", Name: "表", Standard: "居民身份证"}}, Bases: []catalog.Basis{{}, {Text: "《某法》第一条"}}, PromisedLimit: catalog.Limit{N: 3, Unit: "月"}, Conditions: []string{"", "年满十八周岁"}}}
	if err := exchange.WriteJSONLD(&odd, exchange.Slice(items)); err != nil {
		t.Fatal(err)
	}
	if out, ok := check("odd.jsonld", odd.Bytes()); !ok || !strings.Contains(out, ": 2 services") {
		t.Errorf("odd items:\n%s", out)
	}
	for what, change := range map[string][2]string{"a service without a title": {`"dct:title":"甲"`, `"dct:relation":"甲"`}, "a place that is none": {`"@type":"dct:Location"`, `"@type":"dct:Nowhere"`}, "a duration that is none": {`"P3M"`, `"three months"`}} {
		broken := bytes.ReplaceAll(odd.Bytes(), []byte(change[0]), []byte(change[1]))
		if bytes.Equal(broken, odd.Bytes()) {
			t.Fatalf("%s: nothing was broken", what)
		}
		if out, ok := check("broken.jsonld", broken); ok {
			t.Errorf("%s passes:\n%s", what, out)
		}
	}
}
