package main

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"onevisit/internal/app/office"
	"onevisit/internal/app/portal"
	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/publication"
	"onevisit/internal/infra/sign"
	"onevisit/internal/infra/sign/proof"
	"onevisit/internal/infra/sign/returns"
	"onevisit/internal/infra/store"
	"onevisit/internal/server/api"
	"onevisit/internal/server/web"
)

// What a citizen tells the portal on the public network reaches the unit on the
// other one, by a file that nobody on the way can read or change, and once.
func TestReportsComeBack(t *testing.T) {
	ctx := t.Context()
	k, office1 := demoCounty(t, "")
	if _, err := k.office.NewKey(ctx, org.Operator(), office.KeyRequest{Algorithm: publication.SM2, Days: 1000}); err != nil {
		t.Fatal(err)
	}
	var keys []publication.Key
	if err := k.db.View(ctx, func(tx *store.Tx) (err error) { keys, err = tx.SigningKeys(); return err }); err != nil {
		t.Fatal(err)
	}
	var release bytes.Buffer
	if err := k.reform.WriteReleaseFile(ctx, org.Operator(), &release); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	name := filepath.Join(dir, "in", "1.release")
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, release.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	kept, back := portalDirs(dir)
	log := slog.New(slog.DiscardHandler)
	src, err := portal.NewFileSource(name, kept, keys, log)
	if err != nil {
		t.Fatal(err)
	}
	p := portal.NewFromFile(src, nil, log)
	if p.Hears() {
		t.Error("a portal without a box hears")
	}
	box, err := returns.Open(back, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	p.KeepReturns(box)
	if err := p.Refresh(ctx); err != nil {
		t.Fatal(err)
	}
	pages := web.New(web.Config{Portal: p, Log: log, Demo: true, County: k.db.County, Calendar: calendar.Embedded(), Now: time.Now})
	srv := httptest.NewServer(handler(pages, api.Config{Portal: p, Log: log}, 0))
	defer srv.Close()

	e := p.Published("", "", 1)[0]
	citizen := newBrowser(t, srv.URL)
	if page := citizen.get(http.StatusOK, "/items/"+e.ID); !strings.Contains(page, "/items/"+e.ID+"/report") {
		t.Error("the guide does not lead to the report")
	}
	const said = "咨询电话打不通，我的号码是13900001111，请改成现在的号码"
	citizen.send(http.StatusUnprocessableEntity, "/items/"+e.ID+"/report", url.Values{"at": {"phones"}, "text": {"短"}})
	page := citizen.send(http.StatusOK, "/items/"+e.ID+"/report", url.Values{"at": {"phones"}, "text": {said}})
	number := regexp.MustCompile(`JC-[0-9A-Z]{5}-[0-9A-Z]{5}`).FindString(page)
	if number == "" || !strings.Contains(page, "已收到") || strings.Contains(page, "打不通") {
		t.Fatalf("the answer: %s", page)
	}
	citizen.get(http.StatusOK, "/feedback/"+number)
	citizen.get(http.StatusNotFound, "/feedback/JC-00000-00000")
	if page := citizen.get(http.StatusOK, "/status"); !strings.Contains(page, "1 条") {
		t.Error("the page of status does not say that something waits")
	}
	for range 3 {
		p.CountMiss("无人机飞行许可")
	}
	if err := p.FlushMisses(ctx); err != nil {
		t.Fatal(err)
	}
	// A crash in the middle of a line takes no more than that line.
	file := filepath.Join(back, "returns.jsonl")
	stored, err := os.ReadFile(file)
	if err != nil || bytes.Contains(stored, []byte("打不通")) || bytes.Contains(stored, []byte("13900001111")) || bytes.Contains(stored, []byte("无人机")) {
		t.Fatalf("what readers wrote stands open on the disk: %v", err)
	}
	if err := os.WriteFile(file, append(stored, `{"id":"cut`...), 0o600); err != nil {
		t.Fatal(err)
	}
	if box, err = returns.Open(back, time.Now); err != nil || len(box.Entries()) != 2 {
		t.Fatalf("opened again: %v", err)
	}
	out := filepath.Join(dir, "回传.return")
	var said1, said2 bytes.Buffer
	if code := run([]string{"return", "export", "--data", dir, "-o", out}, nil, &said1, &said2); code != 0 {
		t.Fatalf("export: %d %s", code, said2.String())
	}
	carried, err := os.ReadFile(out)
	if err != nil || bytes.Contains(carried, []byte("打不通")) {
		t.Fatalf("what readers wrote stands open in the file: %v", err)
	}

	take := func(b []byte, accept string) (*portal.ReturnTaken, error) {
		return k.portal.TakeReturn(ctx, org.Operator(), calendar.Embedded(), bytes.NewReader(b), accept)
	}
	sender, _, err := box.Sender()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := take(carried, ""); !fault.Is(err, fault.Conflict) || len(fault.Fields(err)) != 1 || !strings.Contains(fault.Fields(err)[0].Text, sender.ID) {
		t.Errorf("an unknown portal: %v", err)
	}
	for i := 0; i < len(carried); i += 7 {
		bad := bytes.Clone(carried)
		bad[i] ^= 1
		if _, err := take(bad, sender.ID); err == nil {
			t.Fatalf("byte %d flipped and taken", i)
		} else if fault.KindOf(err) == fault.Internal {
			t.Fatalf("byte %d: not for people: %v", i, err)
		}
	}
	if _, err := take(carried[:len(carried)/2], sender.ID); err == nil {
		t.Error("half a file is taken")
	}
	staff := signIn(t, office1.URL, "shengai")
	if page := staff.get(http.StatusOK, "/work/channels"); !strings.Contains(page, "带回群众的纠错") {
		t.Error("the office is not told how")
	}
	got, err := take(carried, sender.ID)
	if err != nil || got.Reports != 1 || got.Searches != 3 || got.Same != 0 || !got.New {
		t.Fatalf("taken: %+v %v", got, err)
	}
	again, err := take(carried, "")
	if err != nil || again.Reports != 0 || again.Searches != 0 || again.Same != 2 || again.New {
		t.Errorf("once more: %+v %v", again, err)
	}
	f, err := k.portal.Answer(ctx, number)
	if err != nil || f.UnitID != e.UnitID || f.Place != "phones" || f.Due.IsZero() {
		t.Errorf("the unit's: %+v %v", f, err)
	}
	if page := staff.get(http.StatusOK, "/work/feedback"); !strings.Contains(page, e.Name) {
		t.Error("the offices do not see it")
	}
	w, err := k.portal.Words(ctx, org.Operator(), "")
	if err != nil || len(w.Misses) != 1 || w.Misses[0].N != 3 {
		t.Errorf("searches in vain: %+v %v", w, err)
	}

	// A thief with the portal's key cannot put in what was sealed for another
	// county, nor a stranger what he has sealed himself under a known name.
	other, err := sign.NewRing(t.TempDir()).ReturnKey()
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := returns.Seal(other.PublicKey().Bytes(), publication.ReturnReport, publication.ReturnedReport{Number: "JC-11111-11111", Item: e.ID, Text: "给别人的话"})
	if err != nil {
		t.Fatal(err)
	}
	key, signer, err := box.Sender()
	if err != nil {
		t.Fatal(err)
	}
	forge := func(key publication.Key, signer publication.Signer, entry publication.ReturnEntry, origin string) []byte {
		var b bytes.Buffer
		if err := proof.WriteReturn(&b, &publication.ReturnFile{Origin: origin, MadeAt: time.Now(), Sender: key, Entries: []publication.ReturnEntry{entry}}, signer); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	origin := publication.LogOrigin(k.db.County().Division, true)
	if _, err := take(forge(*key, signer, publication.ReturnEntry{ID: "JC-11111-11111", Kind: publication.ReturnReport, Sealed: sealed}, origin), ""); !fault.Is(err, fault.Conflict) || !strings.Contains(fault.Text(err), "打不开") {
		t.Errorf("sealed for another: %v", err)
	}
	if _, err := take(forge(*key, signer, publication.ReturnEntry{ID: "x", Kind: "other"}, origin), ""); !fault.Is(err, fault.Conflict) {
		t.Errorf("an unknown kind: %v", err)
	}
	mine, err := k.ring.ReturnKey()
	if err != nil {
		t.Fatal(err)
	}
	if sealed, err = returns.Seal(mine.PublicKey().Bytes(), publication.ReturnReport, publication.ReturnedReport{Number: "JC-22222-22222", Item: e.ID, Text: "另一个县的话，但封给了我们"}); err != nil {
		t.Fatal(err)
	}
	if _, err := take(forge(*key, signer, publication.ReturnEntry{ID: "JC-22222-22222", Kind: publication.ReturnReport, Sealed: sealed}, "onevisit/130532"), ""); !fault.Is(err, fault.Conflict) || !strings.Contains(fault.Text(err), "另一个县") {
		t.Errorf("another county's: %v", err)
	}
}
