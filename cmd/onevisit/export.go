package main

import (
	"errors"
	"io"
	"os"

	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/infra/exchange"
)

type exportCmd struct {
	Format    string `help:"格式：xlsx、csv、json、jsonl、jsonld（关联数据，CPSV-AP 3.2）、release（公布文件，有签名）或 log（公布日志）；不给则为 xlsx，有 --json 而没有 --output 时为 json"`
	Output    string `short:"o" aliases:"out" help:"写到文件；不给则写到标准输出"`
	Published bool   `help:"导出公布的现行内容，而不是工作稿"`
	National  bool   `help:"用国家标准字段名和代码（csv、xlsx、json、jsonl）"`
	Unit      string `help:"只导出一个单位的事项" placeholder:"单位名称"`
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
	if err := oneOf("格式", c.Format, "xlsx", "csv", "json", "jsonl", "jsonld", "release", "log"); err != nil {
		return err
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

var (
	writers = map[string]func(io.Writer, exchange.Items) error{"xlsx": exchange.WriteXLSX, "csv": exchange.WriteCSV, "json": exchange.WriteJSON, "jsonl": exchange.WriteJSONL,
		"jsonld": exchange.Linked{Place: countyName, Division: defaultDivision}.Write}
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
