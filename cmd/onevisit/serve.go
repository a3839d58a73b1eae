package main

import (
	"log/slog"
	"net"
)

type serveCmd struct {
	Addr  string `help:"监听地址" default:"127.0.0.1:8080"`
	Fonts string `help:"本单位自备字体的目录（song.ttf、hei.ttf、kai.ttf、fang.ttf），用于 PDF 文书" placeholder:"DIR"`
}

// Run serves the portal, the workbench and the jobs until it is told to stop.
func (c *serveCmd) Run(e *env) error {
	log := slog.New(slog.NewJSONHandler(e.errOut, nil))
	k, err := openCounty(e.ctx, countyConfig{dataDir: e.Data, url: e.DatabaseURL, log: log, fonts: c.Fonts})
	if err != nil {
		return err
	}
	defer k.close()
	return k.serve(e.ctx, c.Addr, func(a net.Addr) {
		e.printf("办事门户 http://%s/   工作台 http://%s/work/\n", a, a)
		_ = e.result(map[string]string{"address": "http://" + a.String() + "/"}) // nobody reads
	})
}
