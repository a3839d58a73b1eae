package main

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"onevisit/cmd/onevisit/demo"
	"onevisit/internal/domain/fault"
	"onevisit/internal/infra/store"
)

type demoCmd struct {
	Addr      string `help:"监听地址" default:"127.0.0.1:8080"`
	Fonts     string `help:"本单位自备字体的目录（song.ttf、hei.ttf、kai.ttf、fang.ttf），用于 PDF 文书" placeholder:"DIR"`
	BuildOnly bool   `help:"只建立数据，不启动服务"`
}

// Run builds the demonstration county if it is not there yet, and serves it.
func (c *demoCmd) Run(e *env) error {
	clock := &demo.Clock{}
	dir := e.Data
	if dir == "data" && e.DatabaseURL == "" {
		dir = filepath.Join("data", "demo") // apart from a county's own data
	}
	began := time.Now()
	k, err := e.openWith(countyConfig{dataDir: dir, now: clock.Now, log: e.logger(), fonts: c.Fonts})
	if err != nil {
		return err
	}
	defer k.close()
	if !k.demo {
		if err := emptyCounty(e, k); err != nil {
			return err
		}
		if err := k.close(); err != nil {
			return err
		}
		if k, err = e.openWith(countyConfig{dataDir: dir, now: clock.Now, log: e.logger(), fonts: c.Fonts, demo: true, links: demo.Net{}}); err != nil {
			return err
		}
		defer k.close()
		e.printf("正在建立演示县（约十秒）……\n")
		s := &demo.Story{DB: k.db, Reform: k.reform, Clock: clock, Hasher: k.hasher, Office: k.office, Portal: k.portal, Log: func(f string, a ...any) { e.printf(f+"\n", a...) }}
		if err := s.Build(e.ctx); err != nil {
			return fmt.Errorf("demo: %w", err)
		}
		if err := k.db.Update(e.ctx, func(tx *store.Tx) error { return tx.SetMeta(metaDemo, "ready") }); err != nil {
			return err
		}
	}
	e.printf("演示县已就绪，用时 %.1f 秒。\n", time.Since(began).Seconds())
	if c.BuildOnly {
		return e.result(map[string]string{"data": dir})
	}
	return k.serve(e.ctx, c.Addr, func(a net.Addr) {
		e.printf("\n办事门户  http://%s/\n工作台    http://%s/work/\n\n演示账号（密码均为 %s）：\n", a, a, demo.Password)
		for _, acc := range demo.Accounts() {
			e.printf("  %-12s %s（%s）\n", acc.Login, acc.Name, acc.Role)
		}
		e.printf("\n电子签名的口令均为 %s。", demo.SignPassphrase)
		e.printf("\n其他单位的账号见工作台“账号”页。按 Ctrl+C 停止。\n")
		_ = e.result(map[string]string{"data": dir, "address": "http://" + a.String() + "/", "password": demo.Password}) // nobody reads
		if f, ok := e.out.(*os.File); ok {
			_ = f.Sync() // a pipe cannot; whoever waits for the address reads on
		}
	})
}

// emptyCounty refuses to tell a story into a county's real data.
func emptyCounty(e *env, k *county) error {
	return k.db.View(e.ctx, func(tx *store.Tx) error {
		units, err := tx.Units()
		if err == nil && len(units) > 0 {
			began, err := tx.Meta(metaDemo)
			if err != nil {
				return err
			}
			if began == "" {
				return fault.Conflictf("数据库中已有单位和事项，不能在其上建立演示县。请用 --data 指定空目录。")
			}
			return fault.Conflictf("上一次建立演示县没有完成。请删除该目录后重试。")
		}
		return err
	})
}
