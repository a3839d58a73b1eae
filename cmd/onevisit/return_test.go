package main

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
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
	if page := citizen.get(http.StatusOK, "/feedback/"+number); !strings.Contains(page, "已收到") {
		t.Error("the number is not known")
	}
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
	if err != nil || !slices.ContainsFunc(w.Misses, func(m store.SearchMiss) bool { return m.Text == "无人机飞行许可" && m.N == 3 }) {
		t.Errorf("searches in vain: %+v %v", w, err)
	}

	// The unit has it: the next release file says so to whoever has the number, and
	// then what the unit answered; to nobody else.
	bring := func(name string) {
		t.Helper()
		var b bytes.Buffer
		if err := k.reform.WriteReleaseFile(ctx, org.Operator(), &b); err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(b.Bytes(), []byte(number)) || bytes.Contains(b.Bytes(), []byte("号码已更正")) {
			t.Error("an answer stands open in the release file")
		}
		if err := os.WriteFile(filepath.Join(dir, "in", name), b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		if src, err = portal.NewFileSource(filepath.Join(dir, "in", name), kept, keys, log); err != nil {
			t.Fatal(err)
		}
		p = portal.NewFromFile(src, nil, log)
		p.KeepReturns(box)
		if err := p.Refresh(ctx); err != nil {
			t.Fatal(err)
		}
	}
	bring("2.release")
	told, err := p.Answer(ctx, number)
	if err != nil || !told.Open() || told.Due != f.Due || told.UnitName != e.UnitName || told.Text != "" {
		t.Errorf("told that the unit has it: %+v %v", told, err)
	}
	unit := org.Actor{ID: "liaison", Name: "李四", UnitID: e.UnitID, Roles: []org.Role{org.RoleLiaison}}
	if err := k.reform.AnswerFeedback(ctx, unit, f.ID, publication.OutcomeMended, "谢谢指出，号码已更正。"); err != nil {
		t.Fatal(err)
	}
	if page := staff.get(http.StatusOK, "/work/channels"); !strings.Contains(page, "有 1 条纠错已答复") {
		t.Error("nobody is told that an answer waits")
	}
	bring("3.release")
	if page := staff.get(http.StatusOK, "/work/channels"); strings.Contains(page, "条纠错已答复") {
		t.Error("an answer still waits")
	}
	told, err = p.Answer(ctx, number)
	if err != nil || told.Outcome != publication.OutcomeMended || told.Answer != "谢谢指出，号码已更正。" || told.AnsweredBy != "" {
		t.Errorf("answered: %+v %v", told, err)
	}
	if back, err := p.Returning(); err != nil || back.Answers != 1 {
		t.Errorf("answers that came: %+v %v", back, err)
	}
	// Another portal, with a key of its own, learns nothing of it.
	strange, err := returns.Open(t.TempDir(), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	q := portal.NewFromFile(src, nil, log)
	q.KeepReturns(strange)
	if _, err := q.Answer(ctx, number); !fault.Is(err, fault.NotFound) {
		t.Errorf("another portal: %v", err)
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

// Openings of guides on the public side are handed back by whole days, count once
// on the office side, and come back as what many need.
func TestUseComesBack(t *testing.T) {
	ctx := t.Context()
	k, _ := demoCounty(t, "")
	if _, err := k.office.NewKey(ctx, org.Operator(), office.KeyRequest{Algorithm: publication.Ed25519, Days: 1000}); err != nil {
		t.Fatal(err)
	}
	var keys []publication.Key
	if err := k.db.View(ctx, func(tx *store.Tx) (err error) { keys, err = tx.SigningKeys(); return err }); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	log := slog.New(slog.DiscardHandler)
	name := filepath.Join(dir, "1.release")
	open := func(box *returns.Box) *portal.Service {
		t.Helper()
		f, err := os.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(k.reform.WriteReleaseFile(ctx, org.Operator(), f), f.Close()); err != nil {
			t.Fatal(err)
		}
		src, err := portal.NewFileSource(name, "", keys, log)
		if err != nil {
			t.Fatal(err)
		}
		p := portal.NewFromFile(src, nil, log)
		p.KeepReturns(box)
		if err := p.Refresh(ctx); err != nil {
			t.Fatal(err)
		}
		return p
	}
	now := time.Now().AddDate(0, 0, -2)
	clock := func() time.Time { return now }
	back := filepath.Join(dir, "returns")
	box, err := returns.Open(back, clock)
	if err != nil {
		t.Fatal(err)
	}
	p := open(box)
	before := p.MostUsed()
	list := p.Published("", "", 12)
	flush := func() {
		t.Helper()
		if err := p.FlushUse(ctx); err != nil {
			t.Fatal(err)
		}
	}
	for range 3 { // written down in three goes, with a restart between
		for _, e := range list {
			for i := range 2000 {
				p.CountView(e.ID, i%2 == 0)
			}
		}
		p.CountView("no such item", false)
		flush()
		if box, err = returns.Open(back, clock); err != nil {
			t.Fatal(err)
		}
		p.KeepReturns(box)
	}
	if n := len(box.Entries()); n != 0 {
		t.Errorf("%d entries of a day that is not over", n)
	}
	running, err := os.ReadFile(filepath.Join(back, "use.json"))
	if err != nil {
		t.Fatal(err)
	}
	now = now.AddDate(0, 0, 1)
	flush()
	// A crash after sealing, before the sums were forgotten.
	if err := os.WriteFile(filepath.Join(back, "use.json"), running, 0o600); err != nil {
		t.Fatal(err)
	}
	if box, err = returns.Open(back, clock); err != nil {
		t.Fatal(err)
	}
	p.KeepReturns(box)
	flush()
	if list := box.Entries(); len(list) != 1 || list[0].Kind != publication.ReturnUse {
		t.Fatalf("entries: %+v", list)
	}
	var head publication.ReleaseFile
	head.Origin = publication.LogOrigin(k.db.County().Division, true)
	var file bytes.Buffer
	if _, err := portal.WriteReturn(&file, box, &head); err != nil {
		t.Fatal(err)
	}
	sender, _, err := box.Sender()
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []int{len(list) * 6000, 0} {
		got, err := k.portal.TakeReturn(ctx, org.Operator(), calendar.Embedded(), bytes.NewReader(file.Bytes()), sender.ID)
		if err != nil || got.Views != want {
			t.Errorf("time %d: %+v %v", i, got, err)
		}
	}
	// What many need on the public side is what was opened there.
	after := open(box).MostUsed()
	if len(before.Entries) > 0 && before.Entries[0].Views >= 6000 || len(after.Entries) < len(list) {
		t.Fatalf("used before and after: %d, %d", len(before.Entries), len(after.Entries))
	}
	for _, u := range after.Entries[:len(list)] {
		if !slices.ContainsFunc(list, func(e portal.Entry) bool { return e.ID == u.ID }) || u.Views < 6000 {
			t.Errorf("%s with %d", u.Name, u.Views)
		}
	}
}
