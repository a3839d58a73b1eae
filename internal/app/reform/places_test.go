package reform_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"onevisit/internal/app/portal"
	"onevisit/internal/app/reform"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/publication"
	"onevisit/internal/domain/work"
	"onevisit/internal/infra/outbound"
	"onevisit/internal/infra/store"
	"onevisit/internal/infra/store/storetest"
)

// revise gives a published item another content by an adjustment.
func (c *county) revise(id, condition string) {
	c.t.Helper()
	ctx := c.t.Context()
	c.edit(c.liaison, id, func(it *catalog.Item) { it.Conditions = []string{condition} })
	if err := c.r.ConfirmItems(ctx, c.leader, []string{id}); err != nil {
		c.t.Fatal(err)
	}
	in := c.input(publication.OpChange)
	in.Contents = []string{id}
	a := c.start(c.liaison, in)
	c.file(a)
	if err := c.r.DecideAdjustment(ctx, c.office, a, ""); err != nil {
		c.t.Fatal(err)
	}
	rel, err := c.r.Publish(ctx, c.office, a)
	if err != nil {
		c.t.Fatal(err)
	}
	c.drift(store.DriftPayload{Release: rel.Seq})
}

func (c *county) drift(p store.DriftPayload) {
	c.t.Helper()
	b, err := json.Marshal(p)
	if err == nil {
		err = c.r.RunDrift(c.t.Context(), b, nil)
	}
	if err != nil {
		c.t.Fatal(err)
	}
}

func (c *county) code(id string) (code string) {
	c.t.Helper()
	c.view(func(tx *store.Tx) error {
		it, err := tx.CurrentItem(id)
		code = it.VerifyCode
		return err
	})
	return code
}

func (c *county) placed(p publication.Place, codes ...string) string {
	c.t.Helper()
	if p.UnitID == "" {
		p.UnitID = c.health.ID
	}
	id, err := c.r.SavePlace(c.t.Context(), c.liaison, p)
	if err == nil && len(codes) > 0 {
		_, err = c.r.RegisterDisplays(c.t.Context(), c.liaison, reform.Registering{PlaceID: id, Text: strings.Join(codes, "\n")})
	}
	if err != nil {
		c.t.Fatal(err, fault.Fields(err))
	}
	return id
}

func (c *county) place(id string) *reform.PlaceView {
	c.t.Helper()
	v, err := c.r.Place(c.t.Context(), c.office, id)
	if err != nil {
		c.t.Fatal(err)
	}
	return v
}

// From the register to a clean place: what hangs there, an adjustment, the to-do,
// the replacement.
func TestPlacesDrift(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		c, ctx := newCounty(t, db), t.Context()
		ids := c.published(2)
		old := c.code(ids[0])
		id := c.placed(publication.Place{Kind: publication.PlaceUnit, Name: "公示栏", Whole: true}, old)
		if v := c.place(id); v.State != publication.PlaceMissing || v.Current != 1 || v.Missing != 1 {
			t.Fatalf("%+v", v.Drift)
		}
		if err := c.r.PutUp(ctx, c.liaison, id, []string{ids[1]}); err != nil {
			t.Fatal(err)
		}
		if todos := c.liaisonTodos(work.KindDisplay, c.health.ID); len(todos) != 0 || c.place(id).State != publication.PlaceCurrent {
			t.Fatalf("%+v", todos)
		}
		c.revise(ids[0], "另一个条件")
		todos := c.liaisonTodos(work.KindDisplay, c.health.ID)
		if len(todos) != 1 || !strings.Contains(todos[0].Title, "更换 1 份") || todos[0].Due == "" || todos[0].SubjectID != id {
			t.Fatalf("%+v", todos)
		}
		v := c.place(id)
		if ch := v.Changes[old]; v.State != publication.PlaceDue || len(ch) == 0 || ch[0].Label != "受理条件" {
			t.Errorf("%s %+v", v.State, ch)
		}
		// The time passes; the liaison is told once.
		c.age(30)
		c.watch()
		c.watch()
		if v := c.place(id); v.State != publication.PlaceStale || !v.Late {
			t.Errorf("%+v", v.Drift)
		}
		told := 0
		c.view(func(tx *store.Tx) error {
			list, err := tx.Messages(50)
			for _, m := range list {
				if strings.Contains(m.Text, "公示栏") {
					told++
				}
			}
			return err
		})
		if told != 1 {
			t.Errorf("told %d times", told)
		}
		r, err := c.r.Drift(ctx, c.supervision, reform.DriftFilter{})
		if err != nil || len(r.Places) != 1 || r.Sum.Stale != 1 || r.Units[0].UnitID != c.health.ID || r.Units[0].State != publication.PlaceStale {
			t.Errorf("%+v %v", r, err)
		}
		var csv, pdf bytes.Buffer
		if err := c.r.WriteDrift(ctx, c.supervision, reform.DriftFilter{}, &csv, "csv"); err != nil || !strings.Contains(csv.String(), "受理条件") || !strings.Contains(csv.String(), old) {
			t.Errorf("%v %s", err, csv.String())
		}
		link := func(code, token string) string { return "https://example.org/verify?code=" + code + "&at=" + token }
		if _, err := c.r.PrintPlace(ctx, c.liaison, &pdf, id, "海报", "pdf", nil, link); err != nil || pdf.Len() < 1000 {
			t.Errorf("%v, %d bytes", err, pdf.Len())
		}
		if err := c.r.PutUp(ctx, c.liaison, id, []string{ids[0]}); err != nil {
			t.Fatal(err)
		}
		if v := c.place(id); v.State != publication.PlaceCurrent || len(v.Former) != 1 || len(c.liaisonTodos(work.KindDisplay, c.health.ID)) != 0 {
			t.Errorf("%+v", v.Drift)
		}
		if _, err := c.r.PrintPlace(ctx, c.liaison, &pdf, id, "更换清单", "pdf", nil, link); !fault.Is(err, fault.NotFound) {
			t.Errorf("nothing to replace: %v", err)
		}
		// Staff see the old paper beside it; it is taken down.
		m, _, err := c.r.See(ctx, c.supervision, id, old, false)
		if err != nil || m.Doubt != publication.DoubtOld || c.place(id).State != publication.PlaceStale {
			t.Errorf("%+v %v", m, err)
		}
		if err := c.r.PutUp(ctx, c.liaison, id, []string{ids[0]}); err != nil || c.place(id).State != publication.PlaceCurrent {
			t.Errorf("%v %s", err, c.place(id).State)
		}
	})
}

// Who may do what, and bad input.
func TestPlacesRefuse(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		c, ctx := newCounty(t, db), t.Context()
		ids := c.published(1)
		code := c.code(ids[0])
		id := c.placed(publication.Place{Kind: publication.PlaceHall, Name: "大厅"}, code)
		save := func(name string) error {
			_, err := c.r.SavePlace(ctx, c.liaison, publication.Place{UnitID: c.health.ID, Kind: publication.PlaceWindow, Name: name})
			return err
		}
		wants(t, "a name twice", save("大厅"), fault.Conflict)
		_, err := c.r.SavePlace(ctx, c.office, publication.Place{UnitID: c.health.ID, Kind: publication.PlaceWindow, Name: "窗口"})
		wants(t, "the reform office registers", err, fault.Forbidden)
		_, err = c.r.Place(ctx, c.other, id)
		wants(t, "another unit reads", err, fault.Forbidden)
		_, err = c.r.Drift(ctx, c.administrator, reform.DriftFilter{})
		wants(t, "the administrator reads", err, fault.Forbidden)
		_, err = c.r.PlacesOf(ctx, c.administrator, ids[0])
		wants(t, "the administrator asks where an item hangs", err, fault.Forbidden)
		if list, err := c.r.PlacesOf(ctx, c.other, ids[0]); err != nil || len(list) != 0 {
			t.Errorf("another unit sees this unit's places: %+v %v", list, err)
		}
		if list, err := c.r.PlacesOf(ctx, c.liaison, ids[0]); err != nil || len(list) != 1 || list[0].Line == nil {
			t.Errorf("%+v %v", list, err)
		}
		_, _, err = c.r.See(ctx, c.liaison, id, "ZZZZZ-99999", false)
		wants(t, "an unknown code", err, fault.Invalid)
		if m, _, err := c.r.See(ctx, c.liaison, id, "ZZZZZ-99999", true); err != nil || m.Doubt != publication.DoubtUnknown || c.place(id).State != publication.PlaceDoubt {
			t.Errorf("%+v %v", m, err)
		}
		unknown := c.place(id).Lines[0].Seen.ID
		wants(t, "settled without a word", c.r.SettleSighting(ctx, c.liaison, id, unknown, " "), fault.Invalid)
		if err := c.r.SettleSighting(ctx, c.liaison, id, unknown, "印错了，已撕下"); err != nil {
			t.Error(err)
		}
		wants(t, "settled twice", c.r.SettleSighting(ctx, c.liaison, id, unknown, "再来"), fault.Conflict)
		// The other unit's window does not show this unit's item.
		if _, err := c.r.SavePlace(ctx, c.other, publication.Place{UnitID: c.water.ID, Kind: publication.PlaceWindow, Name: "窗口"}); err != nil {
			t.Fatal(err)
		}
		r, err := c.r.Drift(ctx, c.other, reform.DriftFilter{})
		if err != nil || len(r.Places) != 1 || r.Places[0].State != publication.PlaceEmpty {
			t.Fatalf("%+v %v", r, err)
		}
		lines, err := c.r.RegisterDisplays(ctx, c.other, reform.Registering{PlaceID: r.Places[0].ID, Text: code})
		if err != nil || lines[0].Outcome != "" || !strings.Contains(lines[0].Problem, "只登记本单位的事项") {
			t.Errorf("%+v %v", lines, err)
		}
		lines, err = c.r.RegisterDisplays(ctx, c.liaison, reform.Registering{PlaceID: id, Text: code + "\n" + code, Since: c.today().AddDays(1)})
		if err != nil || !strings.Contains(lines[0].Problem, "晚于今天") || !strings.Contains(lines[1].Problem, "与第 1 行相同") {
			t.Errorf("%+v %v", lines, err)
		}
		// A clock that was set back.
		if err := db.Update(ctx, func(tx *store.Tx) error {
			_, err := tx.Exec(`UPDATE place SET touched_at=touched_at+$1 WHERE id=$2`, time.Hour.Milliseconds(), id)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		_, _, err = c.r.See(ctx, c.liaison, id, code, false)
		wants(t, "a clock set back", err, fault.Conflict)
		if err := db.Update(ctx, func(tx *store.Tx) error {
			_, err := tx.Exec(`UPDATE place SET touched_at=created_at WHERE id=$1`, id)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		// Closed while it shows something; what is scanned there afterwards is asked.
		v := c.place(id)
		wants(t, "closed without a reason", c.r.ClosePlace(ctx, c.liaison, id, v.Version, ""), fault.Invalid)
		if err := c.r.ClosePlace(ctx, c.liaison, id, v.Version, "搬迁"); err != nil {
			t.Fatal(err)
		}
		if v := c.place(id); v.State != publication.PlaceClosed || len(v.Lines) != 0 || len(v.Former) != 1 {
			t.Errorf("%+v", v.Drift)
		}
		_, err = c.r.RegisterDisplays(ctx, c.liaison, reform.Registering{PlaceID: id, Text: code})
		wants(t, "registered at a closed place", err, fault.Conflict)
		p := portal.New(db, c.blobs, nil, nil)
		if at, err := p.CountScan(ctx, code, v.Token); err != nil || at == nil || at.Name != "大厅" {
			t.Errorf("%+v %v", at, err)
		}
		if v := c.place(id); v.State != publication.PlaceDoubt || v.Lines[0].Seen.Doubt != publication.DoubtClosed {
			t.Errorf("%+v", v.Drift)
		}
		if at, err := p.CountScan(ctx, code, "00000000"); err != nil || at != nil {
			t.Errorf("a place that there is not: %+v %v", at, err)
		}
		if _, err := p.TellUnit(ctx, code, "00000000"); !fault.Is(err, fault.NotFound) {
			t.Errorf("told of a place that there is not: %v", err)
		}
	})
}

// Pages are read through the real reader: codes, a page without end, one that
// leads in circles, one that is gone.
func TestCrawl(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		c, ctx := newCounty(t, db), t.Context()
		ids := c.published(2)
		old := c.code(ids[0])
		body := fmt.Sprintf("<p>核验码：%s</p><p>核验码：ZZZZZ-99999</p>", old)
		site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch r.URL.Path {
			case "/robots.txt", "/gone":
				http.NotFound(w, r)
			case "/circle":
				http.Redirect(w, r, "/circle?", http.StatusFound)
			case "/endless":
				w.Header().Set("Content-Type", "text/html")
				fill := bytes.Repeat([]byte("<p>x</p>"), 8192)
				for range 200 << 20 / len(fill) {
					if _, err := w.Write(fill); err != nil {
						return
					}
				}
			default:
				w.Header().Set("Content-Type", "text/html; charset=utf-8")
				_, _ = w.Write([]byte(body))
			}
		}))
		defer site.Close()
		c.r = c.with(reform.Config{Web: outbound.NewWeb(outbound.WebConfig{Inner: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Pause: time.Nanosecond, Size: 64 << 10, Now: time.Now})})
		crawl := func(id string) {
			t.Helper()
			if err := c.r.RunCrawl(ctx, []byte(`{"place":"`+id+`"}`), nil); err != nil {
				t.Fatal(err)
			}
		}
		page := func(path string) string {
			return c.placed(publication.Place{Kind: publication.PlaceWeb, Name: "网页" + path, URL: site.URL + path})
		}
		id := page("/list")
		crawl(id)
		v := c.place(id)
		if v.Current != 1 || v.Doubts != 1 || v.Lines[0].Seen.Doubt != publication.DoubtUnknown || v.Crawl.Note != "" {
			t.Fatalf("%+v %+v", v.Drift, v.Crawl)
		}
		c.revise(ids[0], "另一个条件")
		crawl(id)
		if v := c.place(id); v.Drift.Due != 1 || v.Doubts != 1 {
			t.Errorf("%+v", v.Drift)
		}
		// The unit mends its page, and leaves the old version below the new one.
		body = fmt.Sprintf("<p>核验码：%s</p><p>核验码：%s</p>", c.code(ids[0]), old)
		crawl(id)
		if v := c.place(id); v.Current != 1 || v.Drift.Due != 1 || v.Doubts != 0 {
			t.Errorf("both versions: %+v", v.Drift)
		}
		body = "<p>核验码：" + c.code(ids[0]) + "</p>"
		crawl(id)
		if v := c.place(id); v.State != publication.PlaceCurrent {
			t.Errorf("mended: %+v", v.Drift)
		}
		// A page under repair is no proof; twice in a row it is.
		body = "网站维护中"
		crawl(id)
		if v := c.place(id); v.Current != 1 || v.Crawl.Gone() || v.Crawl.Note == "" {
			t.Errorf("once: %+v %+v", v.Drift, v.Crawl)
		}
		crawl(id)
		if v := c.place(id); v.State != publication.PlaceEmpty {
			t.Errorf("twice: %+v %+v", v.Drift, v.Crawl)
		}
		for path, want := range map[string]string{"/gone": "404", "/circle": "跳转", "/endless": "太大"} {
			id := page(path)
			crawl(id)
			crawl(id)
			v := c.place(id)
			if !strings.Contains(v.Crawl.Note, want) || v.Crawl.Gone() != (path != "/endless") {
				t.Errorf("%s: %+v", path, v.Crawl)
			}
		}
		todos := c.liaisonTodos(work.KindDisplay, c.health.ID)
		if len(todos) != 2 {
			t.Errorf("%+v", todos)
		}
	})
}
