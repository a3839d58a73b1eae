package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"time"

	"onevisit/internal/app/reform"
	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/lint"
	"onevisit/internal/infra/countyrules"
	"onevisit/internal/infra/exchange"
	"onevisit/internal/infra/store"
)

type lintCmd struct {
	Files    []string `arg:"" optional:"" help:"要检查的文件；不给则检查数据目录中的全部事项"`
	Rules    string   `help:"本县规则文件（YAML）：增加规则、调整级别、登记例外" placeholder:"FILE"`
	Division string   `help:"本县的行政区划代码，用来核对编码；检查文件时不给则不核对" placeholder:"CODE"`
}

// Run checks files by themselves, or the county's working copies.
func (c *lintCmd) Run(e *env) error {
	cfg := lint.Config{Division: c.Division, Today: calendar.DateOf(time.Now())}
	if c.Rules != "" {
		r, err := loadRules(c.Rules)
		if err != nil {
			return err
		}
		cfg.Rules = r.Set
	}
	var county *reform.CountySubjects
	var bad int
	if len(c.Files) > 0 {
		items, n, err := readItems(e, c.Files)
		if err != nil {
			return err
		}
		county, bad = reform.FileSubjects(cfg, items), n
	} else {
		k, err := e.open(true)
		if err != nil {
			return err
		}
		defer k.close()
		if county, err = k.reform.CountySubjects(e.ctx); err != nil {
			return err
		}
		if cfg.Rules != nil { // instead of the county's own, as the workbench has them
			county.Config.Rules = cfg.Rules
		}
		county.Config.Division = cmp.Or(c.Division, county.Config.Division)
	}
	found, skipped := county.Run()
	counts := lint.Count(found)
	if e.JSON {
		if found == nil {
			found = []lint.Finding{}
		}
		if err := e.printJSON(map[string]any{"items": len(county.Items), "errors": counts[lint.Error], "findings": found, "bad": bad, "skipped": skipped}); err != nil {
			return err
		}
	} else {
		for _, f := range found {
			e.printf("%s %s %s：%s", f.Severity, f.Rule, cmp.Or(f.Item, f.Unit), f.Message)
			if f.Fix != "" {
				e.printf(" %s", f.Fix)
			}
			if f.Exempt != "" {
				e.printf("（例外：%s）", f.Exempt)
			}
			e.printf("（%s）\n", f.Clause)
		}
		e.printf("检查了 %d 个事项：错误 %d，警告 %d，建议 %d。\n", len(county.Items), counts[lint.Error], counts[lint.Warning], counts[lint.Advice])
		for _, s := range skipped {
			e.printf("未检查 %s（%s）：%s\n", s.Rule, s.Title, s.Why)
		}
	}
	if counts[lint.Error] > 0 || bad > 0 {
		return status(exitFindings)
	}
	return nil
}

// loadRules reads a county's rules from a file.
func loadRules(name string) (*countyrules.Rules, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, fault.Invalidf("不能读取规则文件“%s”，请核对路径和权限。", name)
	}
	return countyrules.Load(data)
}

// readItems reads the items of files into memory. Records that cannot be read as
// an item are counted, and named on standard error.
func readItems(e *env, files []string) (items []*catalog.Item, bad int, err error) {
	for _, f := range files {
		_, err := exchange.Read(e.ctx, exchange.Source{Name: f, Path: f}, exchange.Options{}, func(r exchange.Record) error {
			if r.Item != nil {
				items = append(items, r.Item)
				return nil
			}
			bad++
			for _, p := range r.Problems {
				if p.Severity == exchange.SeverityError {
					fmt.Fprintf(e.errOut, "%s %s %s：%s\n", f, p.Sheet, place(p), p.Message)
				}
			}
			return nil
		})
		if err != nil {
			if fault.Is(err, fault.NotFound) { // a file that is not there is bad usage
				err = fault.Wrap(fault.Invalid, err, "%s", fault.Text(err))
			}
			return nil, 0, err
		}
	}
	return items, bad, nil
}

// items reads all working copies.
func (k *county) items(ctx context.Context) ([]*catalog.Item, error) {
	var items []*catalog.Item
	for it, err := range k.eachItem(ctx) {
		if err != nil {
			return nil, err
		}
		items = append(items, it)
	}
	return items, nil
}

// eachItem reads the working copies a page at a time, each page in a
// transaction of its own.
func (k *county) eachItem(ctx context.Context) exchange.Items {
	return func(yield func(*catalog.Item, error) bool) {
		after := ""
		for {
			var page []store.Item
			err := k.db.View(ctx, func(tx *store.Tx) (err error) {
				page, err = tx.ItemsWithDocs(store.ItemFilter{After: after, Limit: 500})
				return err
			})
			if err != nil {
				yield(nil, err)
				return
			}
			for i := range page {
				it, err := decodeItem(page[i].Doc)
				if !yield(it, err) || err != nil {
					return
				}
			}
			if len(page) < 500 {
				return
			}
			after = page[len(page)-1].ID
		}
	}
}
