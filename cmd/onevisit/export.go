package main

import (
	"errors"
	"io"
	"os"
	"strings"

	"onevisit/internal/app/portal"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/infra/exchange"
)

type exportCmd struct {
	Format    string `help:"格式：xlsx、csv、json、jsonl、jsonld（关联数据，CPSV-AP 3.2）、release（公布文件，有签名）、log（公布日志）或 site（静态网站）；不给则为 xlsx，有 --json 而没有 --output 时为 json"`
	Output    string `short:"o" aliases:"out" help:"写到文件；不给则写到标准输出。静态网站写到新目录，或者名称以 .zip 结尾的文件"`
	Published bool   `help:"导出公布的现行内容，而不是工作稿"`
	National  bool   `help:"用国家标准字段名和代码（csv、xlsx、json、jsonl）"`
	Unit      string `help:"只导出一个单位的事项" placeholder:"单位名称"`
	PublicURL string `name:"public-url" help:"办事门户的网址，静态网站中的核验二维码指向它" placeholder:"https://…" env:"ONEVISIT_PUBLIC_URL"`
}

// Run writes the county's working copies, or what it has published, as a file.
func (c *exportCmd) Run(e *env) error {
	if c.Format == "" {
		c.Format = "xlsx"
		if e.JSON && c.Output == "" {
			c.Format = "json"
		}
	}
	if e.JSON && c.Output == "" && c.Format != "json" && c.Format != "jsonld" {
		return fault.Invalidf("--json 只输出一个 JSON 文档：请用 --output 把 %s 写到文件，或改用 --format json。", c.Format)
	}
	if err := oneOf("格式", c.Format, "xlsx", "csv", "json", "jsonl", "jsonld", "release", "log", "site"); err != nil {
		return err
	}
	if c.Format == "site" {
		return c.site(e)
	}
	if c.Format == "release" || c.Format == "log" {
		return c.published(e)
	}
	write := writers[c.Format]
	if c.National {
		if write = nationalWriters[c.Format]; write == nil {
			return fault.Invalidf("国家标准字段没有 %s 格式，请用 csv、xlsx、json 或 jsonl。", c.Format)
		}
	}
	k, err := e.open(true)
	if err != nil {
		return err
	}
	defer k.close()
	if c.Format == "jsonld" && write == nil {
		write = exchange.Linked{Place: k.db.County().Title(), Division: k.db.County().Division}.Write
	}
	source := k.eachItem(e.ctx)
	if c.Published {
		if err := k.portal.Refresh(e.ctx); err != nil {
			return err
		}
		source = k.portal.Documents(e.ctx)
	}
	n := 0
	items := func(yield func(*catalog.Item, error) bool) {
		for it, err := range source {
			if err == nil && c.Unit != "" && it.Unit != c.Unit {
				continue
			}
			if n++; !yield(it, err) {
				return
			}
		}
	}
	if c.Output == "" {
		return write(e.out, items)
	}
	if err := toFile(c.Output, func(w io.Writer) error { return write(w, items) }); err != nil {
		return err
	}
	e.printf("已导出 %d 个事项到 %s。\n", n, c.Output)
	return e.result(map[string]any{"file": c.Output, "format": c.Format, "items": n})
}

// published writes all that is published, with its proofs, as one file.
func (c *exportCmd) published(e *env) error {
	k, err := e.open(c.Format == "log")
	if err != nil {
		return err
	}
	defer k.close()
	write := func(w io.Writer) error { return k.reform.WriteReleaseFile(e.ctx, org.Operator(), w) }
	if c.Format == "log" {
		write = func(w io.Writer) error { return k.portal.WriteLog(e.ctx, w, k.db.Now()) }
	}
	if c.Output == "" {
		return write(e.out)
	}
	if err := toFile(c.Output, write); err != nil {
		return err
	}
	e.printf("已导出到 %s。对方可以用 onevisit verify 核对。\n", c.Output)
	return e.result(map[string]string{"file": c.Output, "format": c.Format})
}

// site writes what is published as a site of files.
func (c *exportCmd) site(e *env) error {
	if c.Output == "" {
		return fault.Invalidf("请用 --output 指定静态网站的目录，或者名称以 .zip 结尾的文件。")
	}
	if c.PublicURL != "" && !isWebAddress(c.PublicURL) {
		return fault.Invalidf("网址“%s”不能用：应形如 https://zwfw.example.gov.cn。", c.PublicURL)
	}
	k, err := e.open(true)
	if err != nil {
		return err
	}
	defer k.close()
	if err := k.portal.Refresh(e.ctx); err != nil {
		return err
	}
	unit := ""
	if c.Unit != "" {
		for _, u := range k.portal.Units() {
			if u.Name == c.Unit {
				unit = u.ID
			}
		}
		if unit == "" {
			return fault.NotFoundf("没有名为“%s”、已公布事项的单位。", c.Unit)
		}
	}
	var b *portal.Bundle
	write := func() error { return k.pages.WriteSite(e.ctx, b, unit, c.PublicURL, nil) }
	if strings.HasSuffix(strings.ToLower(c.Output), ".zip") {
		err = toFile(c.Output, func(w io.Writer) (err error) {
			if b, err = k.portal.SiteZip(w); err != nil {
				return err
			}
			return write()
		})
	} else if b, err = k.portal.SiteDirectory(c.Output); err == nil {
		err = write()
	}
	if err != nil {
		return err
	}
	size := b.Size()
	if i, err := os.Stat(c.Output); err == nil && !i.IsDir() {
		size = i.Size()
	}
	e.printf("静态网站已写到 %s：%d 个文件，%.1f MB。打开其中的 index.html 即可使用。\n", c.Output, len(b.Files()), float64(size)/(1<<20))
	return e.result(map[string]any{"file": c.Output, "format": c.Format, "files": len(b.Files()), "bytes": size})
}

var (
	writers         = map[string]func(io.Writer, exchange.Items) error{"xlsx": exchange.WriteXLSX, "csv": exchange.WriteCSV, "json": exchange.WriteJSON, "jsonl": exchange.WriteJSONL}
	nationalWriters = map[string]func(io.Writer, exchange.Items) error{"xlsx": exchange.WriteNationalXLSX, "csv": exchange.WriteNationalCSV, "json": exchange.WriteNationalJSON, "jsonl": exchange.WriteNationalJSONL}
)

// toFile writes a file, which may be a pipe or a device.
func toFile(name string, write func(io.Writer) error) error {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o644)
	if err != nil {
		return fault.Wrap(fault.Invalid, err, "文件“%s”不能写入，请检查路径和权限。", name)
	}
	return errors.Join(write(f), f.Close())
}
