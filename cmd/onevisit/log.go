package main

import (
	"io"

	"onevisit/internal/domain/calendar"
)

type logCmd struct {
	Head  logHeadCmd  `cmd:"" help:"显示公布日志现在的日志头。例：onevisit log head > 日志头.txt"`
	Proof logProofCmd `cmd:"" help:"写出一个核验码的证明。例：onevisit log proof 7K3QD-2M8XA --output 指南.tlog-proof"`
	Link  logLinkCmd  `cmd:"" help:"写出从以前的日志头到现在的一致性证明。例：onevisit log link 731 --output 731.link"`
}

type logHeadCmd struct{}

// Run prints the newest head as a signed note.
func (logHeadCmd) Run(e *env) error {
	k, err := e.open(true)
	if err != nil {
		return err
	}
	defer k.close()
	h, err := k.portal.LogHead(e.ctx)
	if err != nil {
		return err
	}
	e.printf("%s", h.Note)
	return e.result(map[string]any{"origin": h.Origin, "size": h.Size, "at": h.At.In(calendar.Beijing).Format("2006-01-02 15:04:05"), "keys": append([]string{}, h.Keys...), "note": h.Note})
}

type logProofCmd struct {
	Code   string `arg:"" help:"指南末尾的核验码"`
	Output string `short:"o" help:"写到文件；不给则写到标准输出" placeholder:"FILE"`
}

// Run writes a proof.
func (c *logProofCmd) Run(e *env) error {
	return writeProof(e, c.Output, func(k *county) ([]byte, error) {
		p, err := k.portal.Proof(e.ctx, c.Code)
		if err != nil {
			return nil, err
		}
		return p.Format()
	})
}

type logLinkCmd struct {
	From   int64  `arg:"" help:"以前的日志头的条数"`
	Output string `short:"o" help:"写到文件；不给则写到标准输出" placeholder:"FILE"`
}

// Run writes a consistency proof.
func (c *logLinkCmd) Run(e *env) error {
	return writeProof(e, c.Output, func(k *county) ([]byte, error) {
		l, err := k.portal.Link(e.ctx, c.From)
		if err != nil {
			return nil, err
		}
		return l.Format(), nil
	})
}

func writeProof(e *env, output string, make func(k *county) ([]byte, error)) error {
	k, err := e.open(true)
	if err != nil {
		return err
	}
	defer k.close()
	b, err := make(k)
	if err != nil {
		return err
	}
	if output == "" {
		if e.JSON {
			return e.result(map[string]string{"proof": string(b)})
		}
		_, err = e.out.Write(b)
		return err
	}
	if err := toFile(output, func(w io.Writer) error { _, err := w.Write(b); return err }); err != nil {
		return err
	}
	e.printf("已写到 %s。\n", output)
	return e.result(map[string]string{"file": output})
}
