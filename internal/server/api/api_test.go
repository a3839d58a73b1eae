package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"

	"onevisit/cmd/onevisit/demo"
	"onevisit/internal/app/office"
	"onevisit/internal/app/portal"
	"onevisit/internal/app/reform"
	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/publication"
	"onevisit/internal/infra/auth"
	"onevisit/internal/infra/blob"
	"onevisit/internal/infra/sign"
	"onevisit/internal/infra/sign/proof"
	"onevisit/internal/infra/store"
	"onevisit/internal/infra/store/storetest"
)

func loadDocument(t *testing.T) *openapi3.T {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(document)
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(context.Background()); err != nil {
		t.Fatal(err)
	}
	return doc
}

// Every route of the document is answered by a handler, and every handler is in
// the document.
func TestDocumentNamesEveryRoute(t *testing.T) {
	var documented, handled []string
	for path, item := range loadDocument(t).Paths.Map() {
		for method, op := range item.Operations() {
			documented = append(documented, method+" "+path)
			if op.OperationID == "" || op.Summary == "" || len(op.Tags) == 0 {
				t.Errorf("%s %s lacks operationId, summary or tags", method, path)
			}
		}
	}
	for _, r := range (&Server{Config: Config{Office: new(office.Service)}}).routes() {
		handled = append(handled, r.method+" "+r.path)
	}
	slices.Sort(documented)
	slices.Sort(handled)
	if !slices.Equal(documented, handled) {
		t.Errorf("documented and handled differ:\n%s\n\n%s", strings.Join(documented, "\n"), strings.Join(handled, "\n"))
	}
}

// county is the demonstration county behind the interface.
type county struct {
	t      *testing.T
	url    string
	reform *reform.Service
	portal *portal.Service
	router routers.Router
	db     *store.DB
}

func onBoth(t *testing.T, f func(*testing.T, *county)) {
	t.Run("sqlite", func(t *testing.T) { f(t, openCounty(t, store.Config{DataDir: t.TempDir()})) })
	t.Run("postgres", func(t *testing.T) { f(t, openCounty(t, store.Config{URL: storetest.PostgresURL(t)})) })
}

func openCounty(t *testing.T, cfg store.Config) *county {
	t.Helper()
	ctx := t.Context()
	clock := &demo.Clock{}
	ring := sign.NewRing(t.TempDir())
	cfg.Now, cfg.Demo, cfg.Heads = clock.Now, true, proof.Checkpoints{Signer: ring}
	db, err := store.Open(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	hasher := auth.NewHasher()
	k := &county{t: t, db: db, portal: portal.New(db, nil, nil, nil)}
	k.reform = reform.New(reform.Config{DB: db, Blobs: blob.New(t.TempDir()), Calendar: calendar.Embedded(), Demo: true, Sign: ring})
	rooms := office.New(db, hasher, ring)
	if err := (&demo.Story{DB: db, Reform: k.reform, Clock: clock, Hasher: hasher, Office: rooms}).Build(ctx); err != nil {
		t.Fatal(err)
	}
	if err := k.portal.Refresh(ctx); err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(New(Config{Office: rooms, Reform: k.reform, Portal: k.portal, Now: time.Now}))
	t.Cleanup(srv.Close)
	k.url = srv.URL
	if k.router, err = legacy.NewRouter(loadDocument(t)); err != nil {
		t.Fatal(err)
	}
	return k
}

// caller calls the interface, and holds every answer against the document.
type caller struct {
	*county
	token string
	head  http.Header // of the last answer
	body  []byte
}

func (k *county) public() *caller { return &caller{county: k} }

// call sends a body, if it is not nil, and returns the answer as JSON. Headers
// come in pairs.
func (c *caller) call(want int, method, path string, body any, headers ...string) map[string]any {
	c.t.Helper()
	var send []byte
	contentType := ""
	switch b := body.(type) {
	case nil:
	case string:
		send, contentType = []byte(b), "application/json"
	default:
		var err error
		if send, err = json.Marshal(b); err != nil {
			c.t.Fatal(err)
		}
		contentType = "application/json"
	}
	return c.send(want, method, path, send, append([]string{"Content-Type", contentType}, headers...)...)
}

func (c *caller) send(want int, method, path string, body []byte, headers ...string) map[string]any {
	c.t.Helper()
	req, err := http.NewRequest(method, c.url+path, bytes.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		if headers[i+1] == "" {
			req.Header.Del(headers[i])
		} else {
			req.Header.Set(headers[i], headers[i+1])
		}
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	if c.head = resp.Header; resp.StatusCode != want {
		c.t.Fatalf("%s %s: status %d, want %d\n%s", method, path, resp.StatusCode, want, data)
	}
	c.validate(req, body, resp, data)
	c.body = data
	var out map[string]any
	if strings.Contains(resp.Header.Get("Content-Type"), "json") {
		if err := json.Unmarshal(data, &out); err != nil {
			c.t.Fatalf("%s %s: %v", method, path, err)
		}
	}
	return out
}

// validate holds a request that was carried out, and every answer, against the
// document.
func (c *caller) validate(req *http.Request, body []byte, resp *http.Response, data []byte) {
	c.t.Helper()
	req.URL.Scheme, req.URL.Host = "", ""
	route, params, err := c.router.FindRoute(req)
	if err != nil {
		return // a route that does not exist; the caller wanted 404 or 405
	}
	asked := &openapi3filter.RequestValidationInput{Request: req, PathParams: params, Route: route,
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc}}
	if req.Body = io.NopCloser(bytes.NewReader(body)); resp.StatusCode < 300 {
		if err := openapi3filter.ValidateRequest(context.Background(), asked); err != nil {
			c.t.Errorf("%s %s: the request is not what the document says, and was carried out: %v", req.Method, req.URL, err)
		}
	}
	in := &openapi3filter.ResponseValidationInput{Status: resp.StatusCode, Header: resp.Header, RequestValidationInput: asked,
		Options: &openapi3filter.Options{IncludeResponseStatus: true}}
	in.SetBodyBytes(data)
	if err := openapi3filter.ValidateResponse(context.Background(), in); err != nil {
		c.t.Errorf("%s %s: the answer is not what the document says: %v", req.Method, req.URL, err)
	}
}

func texts(list any, key string) []string {
	var out []string
	all, _ := list.([]any)
	for _, x := range all {
		s, _ := x.(map[string]any)[key].(string)
		out = append(out, s)
	}
	return out
}

// The public reads the demonstration county; then its staff publish more.
func TestCounty(t *testing.T) {
	onBoth(t, func(t *testing.T, k *county) {
		thePublicReads(t, k)
		theWholeWay(t, k)
		theRest(t, k)
		everyAdjustment(t, k)
	})
}

func thePublicReads(t *testing.T, k *county) {
	c := k.public()
	c.call(200, "GET", "/api/openapi.yaml", nil)
	tag := c.head.Get("ETag")
	c.call(304, "GET", "/api/openapi.yaml", nil, "If-None-Match", "W/"+tag)

	// Search, page by page, to the last.
	found := c.call(200, "GET", "/api/search?limit=100&visits=0&visits=1&q="+url.QueryEscape("登记"), nil)
	total := int(found["total"].(float64))
	if total < 20 {
		t.Fatalf("%d found", total)
	}
	facets := found["facets"].(map[string]any)
	if len(facets["unit"].([]any)) < 2 || len(facets["visits"].([]any)) != 3 {
		t.Errorf("facets: %v", facets)
	}
	seen := map[string]bool{}
	for page := c.call(200, "GET", "/api/search?limit=7&visits=0&visits=1&q="+url.QueryEscape("登记"), nil); ; {
		for _, id := range texts(page["hits"], "id") {
			if seen[id] {
				t.Fatalf("%s on two pages", id)
			}
			seen[id] = true
		}
		next := page["next"].(string)
		if next == "" {
			break
		}
		page = c.call(200, "GET", "/api/search?limit=7&visits=0&visits=1&q="+url.QueryEscape("登记")+"&next="+next, nil)
	}
	if len(seen) != total {
		t.Errorf("%d on all pages, %d found", len(seen), total)
	}
	c.call(409, "GET", "/api/search?next=999.20", nil)
	for _, bad := range []string{"?limit=0", "?limit=101", "?visits=3", "?online=1", "?next=x", "?page=2", "?q=a&q=b", "?q=%zz"} {
		c.call(422, "GET", "/api/search"+bad, nil)
	}

	// Every guide that is listed, and what a program reads of one.
	listed := map[string]bool{}
	for next := ""; ; {
		page := c.call(200, "GET", "/api/guides?limit=100&next="+next, nil)
		for _, id := range texts(page["guides"], "id") {
			listed[id] = true
		}
		if next = page["next"].(string); next == "" {
			break
		}
	}
	if n := int(c.call(200, "GET", "/api/search", nil)["total"].(float64)); len(listed) != n {
		t.Errorf("%d guides listed, %d found by an empty search", len(listed), n)
	}
	id := texts(found["hits"], "id")[0]
	guide := c.call(200, "GET", "/api/guides/"+id, nil)
	tag = c.head.Get("ETag")
	c.call(304, "GET", "/api/guides/"+id, nil, "If-None-Match", tag)
	code := guide["verify_code"].(string)
	v := c.call(200, "GET", "/api/verify?code="+strings.ToLower(code), nil)
	if v["id"] != id || v["current"] != true {
		t.Errorf("the code of %s verifies as %v", id, v)
	}
	theLogIsChecked(t, c, code)
	c.call(404, "GET", "/api/verify?code=AAAAA-AAAAA", nil)
	c.call(422, "GET", "/api/verify?code=no", nil)
	c.call(404, "GET", "/api/guides/none", nil)

	units := c.call(200, "GET", "/api/units", nil)["units"].([]any)
	unit := units[0].(map[string]any)
	c.call(200, "GET", "/api/units/"+unit["id"].(string), nil)
	own := c.call(200, "GET", "/api/guides?limit=100&unit="+unit["id"].(string), nil)
	if n := min(100, int(unit["items"].(float64))); len(own["guides"].([]any)) != n {
		t.Errorf("%d guides of a unit with %v", len(own["guides"].([]any)), unit["items"])
	}
	c.call(404, "GET", "/api/units/none", nil)

	releases := c.call(200, "GET", "/api/releases", nil)["releases"].([]any)
	size := int(releases[len(releases)-1].(map[string]any)["items"].(float64)) // the first, as they come newest first
	n := 0
	for next := ""; ; {
		page := c.call(200, "GET", "/api/releases/1?limit=100&next="+next, nil)
		n += len(page["items"].([]any))
		if next = page["next"].(string); next == "" {
			break
		}
	}
	if n != size {
		t.Errorf("%d items on the release's pages, %d in its head", n, size)
	}
	c.call(404, "GET", "/api/releases/99", nil)
	c.call(404, "GET", "/api/releases/x", nil)

	// The published process gives the published figure.
	item := guide["item"].(map[string]any)
	computed := c.call(200, "POST", "/api/visit", map[string]any{"process": item["process"]})
	if computed["visits"] != guide["assessment"].(map[string]any)["visits"] {
		t.Errorf("computed %v, published %v", computed["visits"], guide["assessment"])
	}
	c.call(404, "GET", "/api/none", nil)
	c.call(405, "DELETE", "/api/search", nil)
	if c.head.Get("Allow") != "GET" {
		t.Errorf("Allow: %q", c.head.Get("Allow"))
	}
}

// compute calls the operations that read no data, without a database.
func compute(t *testing.T) *caller {
	srv := httptest.NewServer(New(Config{Portal: portal.New(nil, nil, nil, nil)}))
	t.Cleanup(srv.Close)
	router, err := legacy.NewRouter(loadDocument(t))
	if err != nil {
		t.Fatal(err)
	}
	return (&county{t: t, url: srv.URL, router: router}).public()
}

func TestComputing(t *testing.T) {
	c := compute(t)
	const process = `{"sites": [{"id": "w", "name": "综合窗口"}], "steps": [{"id": "s1", "waits": true}, {"id": "s2"}],
		"touchpoints": [{"id": "t1", "duty": "提交", "from": "s1", "to": "s1", "site": "w"}, {"id": "t2", "duty": "领取", "from": "s2", "to": "s2", "site": "w"}]}`
	if a := c.call(200, "POST", "/api/visit", process); a["visits"] != 2.0 || a["class"] != "多次" {
		t.Errorf("%v", a)
	}
	if a := c.call(200, "POST", "/api/visit?measures=M1,M2", process); a["visits"] != 0.0 {
		t.Errorf("with M1 and M2: %v", a)
	}
	if a := c.call(200, "POST", "/api/visit", strings.Replace(process, "提交", "递条子", 1)); len(a["warnings"].([]any)) != 1 {
		t.Errorf("warnings: %v", a["warnings"])
	}
	c.call(422, "POST", "/api/visit?measures=M12", process)
	p := c.call(422, "POST", "/api/visit", strings.Replace(process, `"waits"`, `"colour"`, 1))
	if got := texts(p["errors"], "path"); !slices.Equal(got, []string{"steps[0].colour"}) {
		t.Errorf("an unknown key is named as %v", got)
	}
	c.send(415, "POST", "/api/visit", []byte(process), "Content-Type", "text/plain")
	c.send(415, "POST", "/api/visit", []byte(process), "Content-Type", "application/json; charset=gbk")
	c.send(415, "POST", "/api/visit", []byte(process), "Content-Type", "application/json", "Content-Encoding", "gzip")
	c.call(413, "POST", "/api/visit", `{"steps": [{"id": "`+strings.Repeat("a", maxCompute)+`"}]}`)

	if k := c.call(200, "POST", "/api/code", map[string]any{"code": "000123006000"}); k["kind"] != "基本编码" || k["valid"] != true {
		t.Errorf("%v", k)
	}
	if k := c.call(200, "POST", "/api/code", map[string]any{"code": "x"}); k["valid"] != false {
		t.Errorf("%v", k)
	}
	list := c.call(200, "POST", "/api/cite", map[string]any{"text": "《中华人民共和国行政许可法》第四十二条"})["citations"]
	if got := texts(list, "article"); !slices.Equal(got, []string{"42"}) {
		t.Errorf("%v", list)
	}
	c.call(200, "POST", "/api/cite", map[string]any{"text": "没有"})
}

// What a body holds beyond its shape is refused with its place.
func TestBodiesAreReadStrictly(t *testing.T) {
	type inner struct {
		ID   string        `json:"id"`
		Days float64       `json:"days"`
		On   calendar.Date `json:"on"`
	}
	type shape struct {
		Name  string            `json:"name"`
		N     int64             `json:"n"`
		OK    bool              `json:"ok"`
		List  []inner           `json:"list"`
		Map   map[string]string `json:"map"`
		One   *inner            `json:"one"`
		Extra json.RawMessage   `json:"extra"`
		Gone  string            `json:"-"`
	}
	for _, tc := range []struct{ body, want string }{
		{`{"name":"a","n":1,"ok":true,"list":[{"id":"x","days":0.5,"on":"2018-10-12"}],"map":{"k":"v"},"one":null,"extra":{"any":[1]}}`, ""},
		{`{"name":1}`, "name"},
		{`{"name":null}`, "name"},
		{`{"Name":"a"}`, "Name"},
		{`{"n":1.5}`, "n"},
		{`{"n":9223372036854775808}`, "n"},
		{`{"n":"1"}`, "n"},
		{`{"ok":1}`, "ok"},
		{`{"list":{}}`, "list"},
		{`{"list":[{"id":"x"},{"ids":"x"}]}`, "list[1].ids"},
		{`{"list":[[1,{"a":[]}],{"idx":1}]}`, "list[0] list[1].idx"},
		{`{"map":{"k":1}}`, "map.k"},
		{`{"one":{"days":"1","deep":{"deeper":[1,2]}}}`, "one.days one.deep"},
		{`{"name":"a","name":"b"}`, "name"},
		{`{"-":"a"}`, "-"},
		{`[]`, "body"},
		{`"a"`, "body"},
		{"{\"name\":\"\xff\"}", "body"},
		{`{"name":"a"`, "?"},
		{`{"name":"a"} {}`, "?"},
		{``, "?"},
		{`{"one":{"on":"10月12日"}}`, "?"},
	} {
		var v shape
		err := decodeStrict([]byte(tc.body), &v)
		got := strings.Join(places(err), " ")
		if err != nil && got == "" {
			got = "?"
		}
		if got != tc.want {
			t.Errorf("%s: %q, want %q (%v)", tc.body, got, tc.want, err)
		}
	}
}

func places(err error) (paths []string) {
	for _, f := range fault.Fields(err) {
		paths = append(paths, f.Path)
	}
	return paths
}

// Whatever a body is, reading it ends, and what is accepted the standard decoder
// reads the same way.
func FuzzDecodeStrict(f *testing.F) {
	for _, s := range []string{`{}`, `{"items":["a"],"decision":"通过"}`, `{"a":{"b":[{"c":null}]}}`, `[`, `{"a"}`, `{"items":[1,{"x":[]}]}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var v struct {
			Items    []string `json:"items"`
			Decision string   `json:"decision"`
		}
		if decodeStrict(data, &v) == nil && !json.Valid(data) {
			t.Errorf("accepted %q", data)
		}
	})
}

// theLogIsChecked does what somebody does who trusts nothing but the county's
// public keys.
func theLogIsChecked(t *testing.T, c *caller, code string) {
	c.call(200, "GET", "/api/log/keys", nil)
	f, err := proof.ReadKeys(c.body)
	if err != nil {
		t.Fatal(err)
	}
	tr := proof.Trust{Keys: f.Keys}
	c.call(200, "GET", "/api/log/head", nil)
	tag := c.head.Get("ETag")
	c.call(304, "GET", "/api/log/head", nil, "If-None-Match", tag)
	h, err := proof.KnownHead(string(c.body), f.Keys)
	if err == nil {
		t.Error("an empty answer is a head")
	}
	c.call(200, "GET", "/api/log/head", nil)
	if h, err = proof.KnownHead(string(c.body), f.Keys); err != nil {
		t.Fatal(err)
	}
	check := func(query, want string) *proof.Checked {
		c.call(200, "GET", "/api/log/proof?"+query, nil)
		p, err := proof.Parse(c.body)
		if err != nil {
			t.Fatal(err)
		}
		got, err := p.Check(tr)
		if err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		if got.Head.Root != h.Root || !strings.Contains(string(p.Leaf), want) {
			t.Errorf("%s: proof of %s", query, p.Leaf)
		}
		return got
	}
	check("code="+code, code)
	check("index=0", "key")
	n := 0
	for next := "0"; next != ""; {
		page := c.call(200, "GET", "/api/log/entries?limit=1000&from="+next, nil)
		for _, e := range page["entries"].([]any) {
			if _, err := publication.ParseLeaf([]byte(e.(map[string]any)["text"].(string))); err != nil {
				t.Fatal(err)
			}
			n++
		}
		next = page["next"].(string)
	}
	if int64(n) != h.Size {
		t.Errorf("%d entries, the head says %d", n, h.Size)
	}
	public, err := c.portal.Commitments(t.Context(), "")
	if err != nil || len(public) == 0 {
		t.Fatalf("commitments: %d %v", len(public), err)
	}
	number := public[0].Number
	if got := check("commitment="+url.QueryEscape(number), number); got.Leaf.Commitment == nil {
		t.Errorf("commitment %s: %+v", number, got.Leaf)
	}
	heads := c.call(200, "GET", "/api/log/heads?limit=1000", nil)["heads"].([]any)
	first, err := proof.KnownHead(heads[len(heads)-1].(map[string]any)["note"].(string), f.Keys)
	if err != nil {
		t.Fatal(err)
	}
	c.call(200, "GET", fmt.Sprint("/api/log/consistency?from=", first.Size), nil)
	l, err := proof.ParseLink(c.body)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := l.Check(proof.Trust{Keys: f.Keys, Head: &first.Head}); err != nil {
		t.Errorf("consistency: %v", err)
	}
	c.call(200, "GET", "/api/log/export", nil)
	if _, rep, err := proof.ReadLog(bytes.NewReader(c.body), proof.Trust{Keys: f.Keys, Head: &first.Head}); err != nil || rep.Head.Root != h.Root {
		t.Errorf("export: %+v %v", rep, err)
	}
	c.call(404, "GET", "/api/log/proof?code=AAAAA-AAAAA", nil)
	c.call(404, "GET", "/api/log/proof?index=99999999", nil)
	c.call(404, "GET", "/api/log/proof?commitment=none", nil)
	c.call(422, "GET", "/api/log/proof", nil)
	c.call(422, "GET", "/api/log/proof?index=0&code="+code, nil)
	c.call(422, "GET", "/api/log/consistency?from=99999999", nil)
	c.call(422, "GET", "/api/log/consistency", nil)
}
