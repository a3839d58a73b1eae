package main

import (
	"io"
	"os"
	"path/filepath"
	"time"

	"onevisit/internal/app/portal"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/infra/sign/proof"
	"onevisit/internal/infra/sign/returns"
)

type returnCmd struct {
	Export returnExportCmd `cmd:"" help:"外网门户一侧：写出群众的纠错、没有找到的搜索和指南的浏览次数，带回内网。例：onevisit return export --data data --output 回传.return"`
	Import returnImportCmd `cmd:"" help:"内网工作台一侧：导入带回的文件。例：onevisit return import 回传.return --accept 0123456789abcdef"`
}

type returnExportCmd struct {
	Output string `short:"o" help:"写到文件" placeholder:"FILE" required:""`
}

// portalDirs are where a portal without a database keeps the last release file
// and what goes back.
func portalDirs(data string) (release, box string) {
	return filepath.Join(data, "portal"), filepath.Join(data, "portal", "returns")
}

// Run writes what waits on the public side. The server may be running.
func (c *returnExportCmd) Run(e *env) error {
	kept, dir := portalDirs(e.Data)
	src, err := os.Open(filepath.Join(kept, "last.release"))
	if err != nil {
		return fault.Wrap(fault.Invalid, err, "“%s”中没有外网门户的数据。请用 --data 给出 onevisit serve --only portal 所用的数据目录。", e.Data)
	}
	defer src.Close()
	head, _, err := proof.ReadRelease(src, proof.Trust{})
	if err != nil {
		return err
	}
	box, err := returns.Look(dir, time.Now)
	if err != nil {
		return err
	}
	n, id := 0, ""
	err = toFile(c.Output, func(w io.Writer) error {
		f, err := portal.WriteReturn(w, box, head)
		if err == nil {
			n, id = len(f.Entries), f.Sender.ID
		}
		return err
	})
	if err != nil {
		return err
	}
	e.printf("已写出 %d 条到 %s，由外网门户的密钥 %s 签名。内容已加密，只有内网一侧能打开。\n", n, c.Output, id)
	return e.result(map[string]any{"file": c.Output, "entries": n, "sender": id})
}

type returnImportCmd struct {
	File   string `arg:"" help:"外网门户一侧写出的回传文件"`
	Accept string `help:"第一次导入时登记外网门户：它的密钥编号，见外网门户的“运行状态”页" placeholder:"ID"`
}

// Run takes in what came back.
func (c *returnImportCmd) Run(e *env) error {
	f, err := os.Open(c.File)
	if err != nil {
		return unreadable(c.File, err)
	}
	defer f.Close()
	k, err := e.open(false)
	if err != nil {
		return err
	}
	defer k.close()
	cal, err := k.office.Calendar(e.ctx)
	if err != nil {
		return err
	}
	t, err := k.portal.TakeReturn(e.ctx, org.Operator(), cal, f, c.Accept)
	if err != nil {
		return err
	}
	if t.New {
		e.printf("已登记外网门户，密钥 %s。\n", t.Sender.ID)
	}
	e.printf("新的纠错 %d 条，已转各单位；未找到的搜索 %d 次；指南浏览 %d 次；以前已导入 %d 条", t.Reports, t.Searches, t.Views, t.Same)
	if t.Orphans > 0 {
		e.printf("；所说的指南本机没有的 %d 条，没有导入", t.Orphans)
	}
	e.printf("。\n")
	return e.result(map[string]any{"sender": t.Sender.ID, "accepted": t.New, "reports": t.Reports, "searches": t.Searches, "views": t.Views, "same": t.Same, "orphans": t.Orphans})
}
