package main

import (
	"fmt"
	"os"
	"path/filepath"

	"onevisit/internal/app/reform"
	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/org"
	"onevisit/internal/infra/exchange"
	"onevisit/internal/infra/store"
)

type importCmd struct {
	Files  []string `arg:"" help:"xlsx、csv、json、jsonl 文件"`
	Unit   string   `help:"文件中没有写单位的事项归入的单位"`
	DryRun bool     `help:"只看会有什么变化，不写入任何内容"`
}

// Run imports files one after the other; their reports are joined.
func (c *importCmd) Run(e *env) error {
	var r *reform.Service
	if c.DryRun && e.DatabaseURL == "" && !exists(filepath.Join(e.Data, store.FileName)) {
		// A dry run needs nothing prepared.
		r = reform.New(reform.Config{Calendar: calendar.Embedded(), Division: defaultDivision})
	} else {
		k, err := e.open(c.DryRun)
		if err != nil {
			return err
		}
		defer k.close()
		r = k.reform
	}
	total := exchange.Summary{Problems: []exchange.Problem{}}
	for _, f := range c.Files {
		sum, err := r.ImportFile(e.ctx, org.Operator(), f, reform.FileImport{Unit: c.Unit, DryRun: c.DryRun}, progress(e, f))
		if err != nil {
			return err
		}
		total.Rows += sum.Rows
		total.Good += sum.Good
		total.Bad += sum.Bad
		total.Created += sum.Created
		total.Changed += sum.Changed
		total.Same += sum.Same
		total.Locked += sum.Locked
		total.Omitted += sum.Omitted
		total.Unknown = append(total.Unknown, sum.Unknown...)
		total.Problems = append(total.Problems, sum.Problems...)
	}
	if e.JSON {
		if err := e.printJSON(total); err != nil {
			return err
		}
	} else {
		if c.DryRun {
			e.printf("试运行，没有写入任何内容。\n")
		}
		e.printf("共 %d 行：可导入 %d，未能读取 %d；新增 %d，更改 %d，相同 %d，审核中未动 %d。\n",
			total.Rows, total.Good, total.Bad, total.Created, total.Changed, total.Same, total.Locked)
		for i, p := range total.Problems {
			if i == 50 {
				e.printf("……其余 %d 条请用 --json 查看。\n", len(total.Problems)-50+total.Omitted)
				break
			}
			e.printf("%s %s %s：%s", p.Sheet, place(p), p.Severity, p.Message)
			if p.Value != "" {
				e.printf("（%s）", p.Value)
			}
			e.printf("\n")
		}
	}
	if total.Bad > 0 {
		return status(exitFindings)
	}
	return nil
}

func place(p exchange.Problem) string {
	switch {
	case p.Cell != "":
		return p.Cell + " " + p.Field
	case p.Row > 0:
		return fmt.Sprintf("第 %d 行 %s", p.Row, p.Field)
	}
	return p.Field
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// progress shows how far long work has come, on a terminal only.
func progress(e *env, what string) func(int) {
	f, ok := e.errOut.(*os.File)
	if !ok {
		return nil
	}
	if st, err := f.Stat(); err != nil || st.Mode()&os.ModeCharDevice == 0 {
		return nil
	}
	return func(n int) { fmt.Fprintf(f, "\r%s：%d 行", filepath.Base(what), n) }
}
