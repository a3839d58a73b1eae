package main

import (
	"bytes"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"time"

	"onevisit/internal/domain/fault"
	"onevisit/internal/infra/outbound"
)

type serveCmd struct {
	Addr  string `help:"监听地址" default:"127.0.0.1:8080"`
	Fonts string `help:"本单位自备字体的目录（song.ttf、hei.ttf、kai.ttf、fang.ttf），用于 PDF 文书" placeholder:"DIR"`
	// Papers outlive the address under which they were printed.
	PublicURL string   `name:"public-url" help:"群众访问办事门户的网址，印在文书的二维码里；不填则用打印时的网址" placeholder:"https://…" env:"ONEVISIT_PUBLIC_URL"`
	Proxies   []string `name:"trust-proxy" help:"反向代理所在的网段，以其 X-Forwarded-For 区分来访者；本机的代理不必填" placeholder:"10.0.0.0/8" env:"ONEVISIT_TRUST_PROXY"`
	HSTS      int      `name:"hsts" help:"用 https 访问过的浏览器在多少天内只许用 https 访问；0 为不要求。确认 https 长期可用后再设，例如 365" default:"0" env:"ONEVISIT_HSTS"`
	Embed     []string `name:"embed-origin" help:"可以用框架页嵌入门户内容的网站，可给出多个" placeholder:"https://…" env:"ONEVISIT_EMBED_ORIGINS"`
	Only      string   `help:"内外网分开部署时只启动一侧：portal（办事门户，读公布文件，不用数据库）或 workbench（工作台）" placeholder:"portal|workbench"`
	Release   string   `help:"办事门户一侧的公布文件，或存放 *.release 文件的目录；放入新的后自动采用" placeholder:"FILE|DIR"`
	Trust     string   `help:"办事门户一侧的公钥文件，由工作台一侧用 onevisit key export-public 导出" placeholder:"FILE"`
	PushURL   string   `name:"push-url" help:"每次公布后把推送包发到政府网站的这个地址" placeholder:"https://…" env:"ONEVISIT_PUSH_URL"`
	Links     bool     `name:"probe-links" help:"定期检查办事指南中的网址能否打开；服务器须能访问外网" env:"ONEVISIT_PROBE_LINKS"`
	Pages     bool     `name:"probe-pages" help:"定期查看登记为公示地点的单位网页，核对所示内容是否现行；服务器须能访问外网" env:"ONEVISIT_PROBE_PAGES"`
	Inner     []string `name:"probe-inner" help:"检查网址、查看网页时可以访问的内部网段，其余内部地址一律不访问" placeholder:"10.0.0.0/8" env:"ONEVISIT_PROBE_INNER"`
	PushKey   string   `name:"push-key" help:"推送签名密钥的文件，内容与接收网站约定，至少 16 字节" placeholder:"FILE" env:"ONEVISIT_PUSH_KEY_FILE"`
}

// Run serves the portal, the workbench and the jobs until it is told to stop.
func (c *serveCmd) Run(e *env) error {
	cfg := countyConfig{dataDir: e.Data, log: slog.New(slog.NewJSONHandler(e.errOut, nil)), fonts: c.Fonts, publicURL: c.PublicURL}
	if c.PublicURL != "" && !isWebAddress(c.PublicURL) {
		return fault.Invalidf("网址“%s”不能用：应形如 https://zwfw.example.gov.cn。", c.PublicURL)
	}
	var err error
	if cfg.embed, err = origins(c.Embed); err != nil {
		return err
	}
	if cfg.proxies, err = networks("反向代理网段", c.Proxies); err != nil {
		return err
	}
	inner, err := networks("可以访问的内部网段", c.Inner)
	if err != nil {
		return err
	}
	reader := outbound.NewWeb(outbound.WebConfig{Contact: c.PublicURL, Inner: inner, Now: time.Now}) // one, so that no host is asked twice at a time
	if c.Links {
		cfg.links = reader
	}
	if c.Pages {
		cfg.web = reader
	}
	if c.HSTS < 0 || c.HSTS > 3650 {
		return fault.Invalidf("--hsts 应为 0 到 3650 天。")
	}
	cfg.hsts = c.HSTS
	if cfg.push, err = c.pusher(); err != nil {
		return err
	}
	if c.Only != "" {
		if err := oneOf("--only ", c.Only, "portal", "workbench"); err != nil {
			return err
		}
	}
	if c.Only != "portal" && (c.Release != "" || c.Trust != "") {
		return fault.Invalidf("--release 和 --trust 只用于办事门户一侧，请同时给出 --only portal。")
	}
	if c.Only == "portal" && (c.Links || c.Pages) {
		return fault.Invalidf("网址由工作台一侧检查，请不要在办事门户一侧给出 --probe-links。")
	}
	if c.Only == "portal" {
		return c.portalOnly(e, cfg)
	}
	cfg.staff = c.Only == "workbench"
	k, err := e.openWith(cfg)
	if err != nil {
		return err
	}
	defer k.close()
	return k.serve(e.ctx, c.Addr, func(a net.Addr) {
		e.printf("办事门户 http://%s/   工作台 http://%s/work/\n", a, a)
		if founded, err := k.office.Founded(e.ctx); err == nil && !founded {
			e.printf("首次使用：请打开 http://%s/work/setup 设置，安装码 %s\n", a, k.office.FoundingCode())
		}
		_ = e.result(map[string]string{"address": "http://" + a.String() + "/"}) // nobody reads
	})
}

// networks reads network prefixes; what names them in a complaint.
func networks(what string, list []string) (out []netip.Prefix, err error) {
	for _, text := range list {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, fault.Invalidf("%s“%s”不能识别：应形如 10.0.0.0/8 或 192.168.1.2/32。", what, text)
		}
		out = append(out, p)
	}
	return out, nil
}

func isWebAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.RawQuery == "" && u.User == nil
}

// origins checks the sites that may frame parts of the portal: what stands in a
// header must be an origin and nothing else.
func origins(list []string) ([]string, error) {
	var out []string
	for _, o := range list {
		o = strings.TrimSuffix(strings.TrimSpace(o), "/")
		if u, err := url.Parse(o); !isWebAddress(o) || err != nil || u.Path != "" || u.Fragment != "" || strings.ContainsAny(o, " ;,'\"*") {
			return nil, fault.Invalidf("网站“%s”不能用：应只写协议和域名，形如 https://www.example.gov.cn。", o)
		}
		out = append(out, o)
	}
	return out, nil
}

// pusher is where packages go, nil for nowhere.
func (c *serveCmd) pusher() (outbound.Pusher, error) {
	if c.PushURL == "" {
		return nil, nil
	}
	if c.PublicURL == "" {
		return nil, fault.Invalidf("推送包中有指向办事门户的链接，请同时用 --public-url 给出门户的网址。")
	}
	key, err := os.ReadFile(c.PushKey)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "推送密钥文件“%s”读不出来，请用 --push-key 给出文件，并检查权限。", c.PushKey)
	}
	p, err := outbound.NewHTTPPusher(c.PushURL, bytes.TrimSpace(key))
	if err != nil {
		return nil, err
	}
	return p, nil
}
