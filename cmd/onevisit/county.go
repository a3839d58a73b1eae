package main

import (
	"context"
	"encoding/json"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"onevisit/cmd/onevisit/demo"
	"onevisit/internal/app/office"
	"onevisit/internal/app/portal"
	"onevisit/internal/app/reform"
	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/fault"
	"onevisit/internal/infra/auth"
	"onevisit/internal/infra/blob"
	"onevisit/internal/infra/outbound"
	"onevisit/internal/infra/paper"
	"onevisit/internal/infra/sign"
	"onevisit/internal/infra/sign/proof"
	"onevisit/internal/infra/store"
	"onevisit/internal/server"
	"onevisit/internal/server/api"
	"onevisit/internal/server/web"
	"onevisit/internal/server/worker"
)

// county is everything built over one database: what a command needs is handed
// down from here.
type county struct {
	db     *store.DB
	blobs  *blob.Dir
	hasher *auth.Hasher
	office *office.Service
	reform *reform.Service
	portal *portal.Service
	log    *slog.Logger
	demo   bool
	pages  *web.Server
	hsts   int
	ring   *sign.Ring
	keyDir string // where the ring keeps private keys
}

// countyConfig says which county to open.
type countyConfig struct {
	dataDir, url string
	now          func() time.Time
	log          *slog.Logger
	readOnly     bool
	anyVersion   bool // of the tables; with readOnly
	demo         bool
	fonts        string          // directory of the county's own fonts; none if empty
	publicURL    string          // that QR codes lead to; the reader's own if empty
	proxies      []netip.Prefix  // whose word on the reader's address is taken
	hsts         int             // days for which browsers come over https only; 0 asks for nothing
	passphrase   string          // of the county's keys
	staff        bool            // shows the portal to signed-in people only
	embed        []string        // sites that may frame parts of the portal
	push         outbound.Pusher // where packages go; nil for nowhere
	// links tries the addresses in guides; nil tries none.
	links reform.LinkChecker
	// web reads the units' own pages; nil reads none.
	web reform.PageReader
}

// demoMark stands at the foot of every paper with demonstration data.
const demoMark = "演示数据，不代表任何单位的真实办事要求　"

func openCounty(ctx context.Context, c countyConfig) (*county, error) {
	if c.now == nil {
		c.now = time.Now
	}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	keyDir := filepath.Join(c.dataDir, "keys")
	ring := sign.NewRing(keyDir)
	cfg := store.Config{URL: c.url, Now: c.now, Log: c.log, ReadOnly: c.readOnly, AnyVersion: c.anyVersion, Demo: c.demo, Heads: proof.Checkpoints{Signer: ring}}
	if c.url == "" {
		cfg.DataDir = c.dataDir
	}
	db, err := store.Open(ctx, cfg)
	if err != nil {
		return nil, err
	}
	if !c.demo {
		if c.demo, err = isDemo(ctx, db); err != nil {
			_ = db.Close()
			return nil, err
		}
	}
	k := &county{db: db, blobs: blob.New(c.dataDir), hasher: auth.NewHasher(), log: c.log, demo: c.demo, ring: ring, keyDir: keyDir, hsts: c.hsts}
	k.office = office.New(db, k.hasher, ring)
	mark := ""
	if c.demo {
		mark = demoMark
	}
	fonts := paper.NewFonts(c.fonts)
	if err := fonts.Check(); err != nil {
		_ = db.Close()
		return nil, err
	}
	press := paper.NewPress(paper.NewTemplates(filepath.Join(c.dataDir, "templates")), fonts, mark)
	k.reform = reform.New(reform.Config{DB: db, Blobs: k.blobs, Calendar: calendar.Embedded(), Log: c.log, Demo: c.demo, Press: press,
		Out: outbound.NewOutbox(filepath.Join(c.dataDir, "outbox")), Sign: ring, Back: ring, Links: c.links, Web: c.web})
	k.portal = portal.New(db, k.blobs, press, c.log)
	k.portal.SignWith(ring)
	k.portal.BackWith(ring)
	var guests []web.Guest
	password := ""
	if k.demo {
		for _, a := range demo.Accounts() {
			guests = append(guests, web.Guest(a))
		}
		password = demo.Password
	}
	k.pages = web.New(web.Config{Guests: guests, Password: password, Office: k.office, Reform: k.reform, Portal: k.portal, Log: k.log, Demo: k.demo, County: db.County, PublicURL: c.publicURL, EmbedOrigins: c.embed, Staff: c.staff,
		Calendar: calendar.Embedded(), Now: time.Now, Proxies: c.proxies})
	k.portal.WriteSitesWith(k.pages.WriteSite)
	if c.push != nil {
		base := strings.TrimSuffix(c.publicURL, "/")
		k.portal.Push(c.push, func() portal.Linked {
			return portal.Linked{Place: db.County().Title(), Division: db.County().Division, Base: base}
		})
	}
	if err := k.begin(ctx, c); err != nil {
		_ = k.close()
		return nil, err
	}
	return k, nil
}

// begin opens the county's sealed keys and takes into the log what was published
// before there was one.
func (k *county) begin(ctx context.Context, c countyConfig) error {
	if c.passphrase != "" {
		if err := k.office.UnlockCounty(ctx, c.passphrase); err != nil {
			return err
		}
	}
	if c.readOnly {
		return nil
	}
	waiting := 0
	err := k.db.View(ctx, func(tx *store.Tx) (err error) {
		waiting, err = tx.UnloggedReleases()
		return err
	})
	if err != nil || waiting == 0 {
		return err
	}
	k.log.Info("taking earlier releases into the log", "releases", waiting)
	return k.db.Update(ctx, func(tx *store.Tx) error { _, err := tx.LogReleases(); return err })
}

func (k *county) close() error { return k.db.Close() }

// metaDemo marks a database that holds demonstration data, so that every later
// start says so too.
const metaDemo = "demo"

func isDemo(ctx context.Context, db *store.DB) (bool, error) {
	demo := false
	err := db.View(ctx, func(tx *store.Tx) error {
		v, err := tx.Meta(metaDemo)
		demo = v == "ready"
		return err
	})
	return demo, err
}

// queue shows the job table to the worker.
type queue struct{ db *store.DB }

func (q queue) Claim(ctx context.Context, name string, kinds []string, lease time.Duration) (*worker.Job, error) {
	j, err := q.db.ClaimJob(ctx, name, kinds, lease)
	if err != nil || j == nil {
		return nil, err
	}
	return &worker.Job{ID: j.ID, Kind: j.Kind, Payload: j.Payload.(json.RawMessage), Worker: j.Worker, Attempts: j.Attempts}, nil
}

func stored(j *worker.Job) *store.Job {
	return &store.Job{ID: j.ID, Kind: j.Kind, Worker: j.Worker, Attempts: j.Attempts}
}

func (q queue) Extend(ctx context.Context, j *worker.Job, progress int, lease time.Duration) error {
	return q.db.ExtendJob(ctx, stored(j), progress, lease)
}
func (q queue) Complete(ctx context.Context, j *worker.Job) error {
	return q.db.CompleteJob(ctx, stored(j))
}
func (q queue) Fail(ctx context.Context, j *worker.Job, text string, final bool) error {
	return q.db.FailJob(ctx, stored(j), text, final)
}

// handler answers requests: programs below /api/, people everywhere else. The
// page about the interface is for people.
func (k *county) handler() http.Handler {
	return handler(k.pages, api.Config{Office: k.office, Reform: k.reform, Portal: k.portal, Log: k.log, Now: time.Now, Staff: k.pages.Staff}, k.hsts)
}

func handler(pages *web.Server, programs api.Config, hsts int) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", pages)
	mux.Handle("/api", pages)
	mux.Handle("/api/{$}", http.RedirectHandler("/api", http.StatusMovedPermanently))
	mux.Handle("/api/", api.New(programs))
	if hsts > 0 {
		return server.StrictTransport(mux, server.NewWay(pages.PublicURL, pages.Proxies), hsts)
	}
	return mux
}

// followEvery is how often a node looks for a new release, which costs it a row:
// of the two seconds in which every node is to show one, this is what is waited.
const followEvery = 250 * time.Millisecond

// serve runs pages and jobs until ctx ends; then requests under way are
// answered before it returns. ready, if not nil, is called once with the address.
func (k *county) serve(ctx context.Context, addr string, ready func(net.Addr)) error {
	if err := k.portal.Start(ctx); err != nil {
		return err
	}
	host, _ := os.Hostname() // only a name in the job table
	return listen(ctx, addr, k.handler(), k.log, ready, func(run context.Context, beside *sync.WaitGroup) {
		work := func(handlers map[string]worker.Handler) {
			w := &worker.Worker{Queue: queue{k.db}, Name: host + "-" + store.NewID(), Lease: time.Minute, Idle: time.Second, Log: k.log, Handlers: handlers}
			w.Run(run)
		}
		// The daily round looks at everything that is published; a program that has
		// just started reads that for the public first.
		beside.Go(func() {
			k.portal.Loaded(run)
			work(map[string]worker.Handler{reform.WatchJob: k.reform.RunWatch})
		})
		// Booklets take long and have a worker of their own, so that imports do not
		// wait for them.
		for _, handlers := range []map[string]worker.Handler{
			{reform.ImportJob: k.reform.RunImport, reform.RejudgeJob: k.reform.Rejudge, reform.MilestoneJob: k.reform.RunMilestones, reform.MessageJob: k.reform.RunMessage,
				store.DriftJob:   k.reform.RunDrift,
				reform.WaiverJob: k.reform.RunWaivers},
			{portal.BookletJob: k.portal.RunBooklet},
			{reform.LinkJob: k.reform.RunLinks},      // sites are slow, and are not to be hurried
			{reform.CrawlJob: k.reform.RunCrawl},     // other sites may be slow
			{portal.PushJob: k.portal.RunPush},       // the other side may be slow
			{reform.PublishJob: k.reform.RunPublish}, // what is set to an instant waits for nobody
		} {
			beside.Go(func() { work(handlers) })
		}
		beside.Go(func() { k.portal.Follow(run, followEvery) })
		beside.Go(func() { worker.Every(run, 10*time.Second, k.log, k.db.ReadCounty) })
		beside.Go(func() { worker.Every(run, 10*time.Minute, k.log, k.reform.ScheduleMilestones) })
		beside.Go(func() { worker.Every(run, 10*time.Minute, k.log, k.reform.ScheduleWatch) })
		beside.Go(func() { worker.Every(run, 10*time.Minute, k.log, k.reform.ScheduleCrawls) })
		beside.Go(func() { worker.Every(run, time.Hour, k.log, k.office.WatchKeys) })
		beside.Go(func() { worker.Every(run, time.Minute, k.log, k.reform.ScheduleLinks) })
		beside.Go(func() { worker.Every(run, 20*time.Second, k.log, k.reform.SchedulePublications) })
		beside.Go(func() { worker.Every(run, 10*time.Minute, k.log, k.reform.ScheduleWaivers) })
		beside.Go(func() { worker.Every(run, 2*time.Second, k.log, k.portal.SchedulePush) })
	})
}

// listen answers requests at an address, with work going on beside, until ctx
// ends; then requests under way are answered before it returns. ready, if not
// nil, is called once with the address.
func listen(ctx context.Context, addr string, h http.Handler, log *slog.Logger, ready func(net.Addr), work func(run context.Context, beside *sync.WaitGroup)) error {
	ln, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return fault.Wrap(fault.Invalid, err, "地址 %s 不能监听：可能已被占用，请用 --addr 换一个。", addr)
	}
	srv := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	run, stop := context.WithCancel(ctx)
	defer stop()
	var beside sync.WaitGroup
	work(run, &beside)
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(ln) }()
	if ready != nil {
		ready(ln.Addr())
	}
	select {
	case err = <-failed:
	case <-ctx.Done():
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 15*time.Second)
		defer cancel()
		err = srv.Shutdown(end)
	}
	stop()
	beside.Wait()
	return err
}
