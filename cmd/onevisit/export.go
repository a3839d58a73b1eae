package main

import (
	"io"
	"os"

	"onevisit/internal/domain/fault"
	"onevisit/internal/infra/exchange"
)

type exportCmd struct {
	Format string `help:"格式：xlsx、csv、json 或 jsonl" default:"xlsx"`
	Output string `short:"o" help:"写到文件；不给则写到标准输出"`
}

// Run writes the county's working copies as a file.
func (c *exportCmd) Run(e *env) error {
	if err := oneOf("格式", c.Format, "xlsx", "csv", "json", "jsonl"); err != nil {
		return err
	}
	k, err := e.open(true)
	if err != nil {
		return err
	}
	defer k.close()
	w := e.out
	if c.Output != "" {
		f, err := os.OpenFile(c.Output, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o644)
		if err != nil {
			return fault.Wrap(fault.Invalid, err, "文件“%s”不能写入。", c.Output)
		}
		defer f.Close()
		w = f
	}
	write := map[string]func(io.Writer, exchange.Items) error{"xlsx": exchange.WriteXLSX, "csv": exchange.WriteCSV, "json": exchange.WriteJSON, "jsonl": exchange.WriteJSONL}
	return write[c.Format](w, k.eachItem(e.ctx))
}
