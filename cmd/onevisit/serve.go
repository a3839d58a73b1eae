package main

import (
	"log/slog"
	"net"
	"net/url"

	"onevisit/internal/domain/fault"
)

type serveCmd struct {
	Addr  string `help:"监听地址" default:"127.0.0.1:8080"`
	Fonts string `help:"本单位自备字体的目录（song.ttf、hei.ttf、kai.ttf、fang.ttf），用于 PDF 文书" placeholder:"DIR"`
	// Papers outlive the address under which they were printed.
	PublicURL string `name:"public-url" help:"群众访问办事门户的网址，印在文书的二维码里；不填则用打印时的网址" placeholder:"https://…" env:"ONEVISIT_PUBLIC_URL"`
}

// Run serves the portal, the workbench and the jobs until it is told to stop.
func (c *serveCmd) Run(e *env) error {
	if c.PublicURL != "" {
		if u, err := url.Parse(c.PublicURL); err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.RawQuery != "" {
			return fault.Invalidf("网址“%s”不能用：应形如 https://zwfw.example.gov.cn。", c.PublicURL)
		}
	}
	log := slog.New(slog.NewJSONHandler(e.errOut, nil))
	k, err := e.openWith(countyConfig{dataDir: e.Data, log: log, fonts: c.Fonts, publicURL: c.PublicURL})
	if err != nil {
		return err
	}
	defer k.close()
	return k.serve(e.ctx, c.Addr, func(a net.Addr) {
		e.printf("办事门户 http://%s/   工作台 http://%s/work/\n", a, a)
		_ = e.result(map[string]string{"address": "http://" + a.String() + "/"}) // nobody reads
	})
}
