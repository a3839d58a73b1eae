package main

import (
	"context"
	"net"
	"path/filepath"
	"sync"
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
	if c.Release == "" || c.Trust == "" {
		return fault.Invalidf("只启动办事门户时，请用 --release 给出公布文件或目录，用 --trust 给出本县的公钥文件。")
	}
	if e.DatabaseURL != "" || c.PushURL != "" {
		return fault.Invalidf("办事门户一侧不用数据库，也不推送：请去掉 --database-url 和 --push-url。")
	}
	b, err := readSmall(c.Trust)
	if err != nil {
		return err
	}
	keys, err := proof.ReadKeys(b)
	if err != nil {
		return err
	}
	kept, back := portalDirs(cfg.dataDir)
	src, err := portal.NewFileSource(c.Release, kept, keys.Keys, cfg.log)
	if err != nil {
		return err
	}
	mark := ""
	if src.Demo() {
		mark = demoMark
	}
	fonts := paper.NewFonts(c.Fonts)
	if err := fonts.Check(); err != nil {
		return err
	}
	press := paper.NewPress(paper.NewTemplates(filepath.Join(cfg.dataDir, "templates")), fonts, mark)
	p := portal.NewFromFile(src, press, cfg.log)
	box, err := returns.Open(back, time.Now)
	if err != nil {
		return err
	}
	if _, _, err := box.Sender(); err != nil { // its name stands on the page of status
		return err
	}
	if _, err := box.AnswerKey(); err != nil {
		return err
	}
	p.KeepReturns(box)
	if err := p.Refresh(e.ctx); err != nil {
		return err
	}
	pages := web.New(web.Config{Portal: p, Log: cfg.log, Demo: src.Demo(), County: src.County, PublicURL: c.PublicURL, EmbedOrigins: cfg.embed, Proxies: cfg.proxies,
		Calendar: calendar.Embedded(), Now: time.Now})
	h := handler(pages, api.Config{Portal: p, Log: cfg.log, Now: time.Now}, cfg.hsts)
	ready := func(a net.Addr) {
		e.printf("办事门户 http://%s/   运行状态 http://%s/status\n", a, a)
		_ = e.result(map[string]string{"address": "http://" + a.String() + "/"}) // nobody reads
	}
	return listen(e.ctx, c.Addr, h, cfg.log, ready, func(run context.Context, beside *sync.WaitGroup) {
		beside.Go(func() { p.Follow(run, pollRelease) })
	})
}
