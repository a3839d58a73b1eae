package main

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"onevisit/internal/app/portal"
	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/fault"
	"onevisit/internal/infra/paper"
	"onevisit/internal/infra/sign/proof"
	"onevisit/internal/infra/sign/returns"
	"onevisit/internal/server/api"
	"onevisit/internal/server/web"
)

// pollRelease is how often the portal looks for a newer file.
const pollRelease = time.Second

// portalOnly serves the portal from a release file: the public side of two
// separated networks. There is no database and no workbench.
func (c *serveCmd) portalOnly(e *env, cfg countyConfig) error {
	ready := func(a net.Addr) {
		e.printf("办事门户 http://%s/   运行状态 http://%s/status\n", a, a)
		_ = e.result(map[string]string{"address": "http://" + a.String() + "/"}) // nobody reads
	}
	open := func() (opened, error) { return c.openPortal(e, cfg) }
	return listenSoon(e.ctx, c.Addr, cfg.log, time.Second, open, ready)
}

// opened is a portal that is ready to be asked.
type opened struct {
	http.Handler
	follow func(context.Context) // goes on with newer files until the context ends
}

// listenSoon answers requests with what open makes. Reading and checking a
// county's file takes less than patience; a province's takes a minute, and
// meanwhile readers are told to wait. What open finds wrong is the answer, as if
// nothing had been listened to.
func listenSoon(ctx context.Context, addr string, log *slog.Logger, patience time.Duration, open func() (opened, error), ready func(net.Addr)) error {
	type result struct {
		opened
		err error
	}
	done := make(chan result, 1)
	go func() {
		o, err := open()
		done <- result{o, err}
	}()
	var handler atomic.Pointer[http.Handler]
	show := func(h http.Handler) { handler.Store(&h) }
	show(http.HandlerFunc(stillOpening))
	select {
	case r := <-done:
		if r.err != nil {
			return r.err
		}
		show(r)
		done <- r
	case <-time.After(patience):
	}
	run, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	err := listen(run, addr, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { (*handler.Load()).ServeHTTP(w, r) }), log, ready,
		func(run context.Context, beside *sync.WaitGroup) {
			beside.Go(func() {
				select {
				case <-run.Done():
				case r := <-done:
					if r.err != nil {
						fail(r.err)
						return
					}
					show(r)
					r.follow(run)
				}
			})
		})
	if ctx.Err() == nil && run.Err() != nil {
		return context.Cause(run)
	}
	return err
}

const openingPage = `<!DOCTYPE html>
<html lang="zh-CN">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta http-equiv="refresh" content="10"><title>正在启动</title><style>body{font-family:sans-serif;max-width:32em;margin:15vh auto;padding:0 16px;line-height:1.7}</style></head>
<body><h1>正在核对公布内容，请稍候</h1><p>系统刚刚启动，一两分钟后即可查询，本页会自动刷新。急需办事，请拨打 12345。</p></body>
</html>
`

// stillOpening answers while the file is being checked.
func stillOpening(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	if r.URL.Path == "/healthz" {
		_, _ = io.WriteString(w, "ok\n")
		return
	}
	h.Set("Retry-After", "10")
	if strings.HasPrefix(r.URL.Path, "/api/") {
		h.Set("Content-Type", "application/problem+json")
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = io.WriteString(w, `{"status":503,"title":"正在核对公布内容，请稍候再试。"}`+"\n")
		return
	}
	h.Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(http.StatusServiceUnavailable)
	_, _ = io.WriteString(w, openingPage)
}

func (c *serveCmd) openPortal(e *env, cfg countyConfig) (o opened, err error) {
	if c.Release == "" || c.Trust == "" {
		return o, fault.Invalidf("只启动办事门户时，请用 --release 给出公布文件或目录，用 --trust 给出本县的公钥文件。")
	}
	if e.DatabaseURL != "" || c.PushURL != "" {
		return o, fault.Invalidf("办事门户一侧不用数据库，也不推送：请去掉 --database-url 和 --push-url。")
	}
	b, err := readSmall(c.Trust)
	if err != nil {
		return o, err
	}
	keys, err := proof.ReadKeys(b)
	if err != nil {
		return o, err
	}
	kept, back := portalDirs(cfg.dataDir)
	src, err := portal.NewFileSource(c.Release, kept, keys.Keys, cfg.log)
	if err != nil {
		return o, err
	}
	mark := ""
	if src.Demo() {
		mark = demoMark
	}
	fonts := paper.NewFonts(c.Fonts)
	if err := fonts.Check(); err != nil {
		return o, err
	}
	press := paper.NewPress(paper.NewTemplates(filepath.Join(cfg.dataDir, "templates")), fonts, mark)
	p := portal.NewFromFile(src, press, cfg.log)
	box, err := returns.Open(back, time.Now)
	if err != nil {
		return o, err
	}
	if _, _, err := box.Sender(); err != nil { // its name stands on the page of status
		return o, err
	}
	if _, err := box.AnswerKey(); err != nil {
		return o, err
	}
	p.KeepReturns(box)
	if err := p.Refresh(e.ctx); err != nil {
		return o, err
	}
	pages := web.New(web.Config{Portal: p, Log: cfg.log, Demo: src.Demo(), County: src.County, PublicURL: c.PublicURL, EmbedOrigins: cfg.embed, Proxies: cfg.proxies,
		Calendar: calendar.Embedded(), Now: time.Now})
	h := handler(pages, api.Config{Portal: p, Log: cfg.log, Now: time.Now}, cfg.hsts)
	return opened{h, func(ctx context.Context) { p.Follow(ctx, pollRelease) }}, nil
}
