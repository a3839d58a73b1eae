package main

import (
	"context"

	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/lint"
	"onevisit/internal/infra/exchange"
	"onevisit/internal/infra/store"
)

type lintCmd struct {
	Files []string `arg:"" optional:"" help:"要检查的文件；不给则检查数据目录中的全部事项"`
}

// Run checks files by themselves, or the county's working copies.
func (c *lintCmd) Run(e *env) error {
	var items []*catalog.Item
	var err error
	cfg := lint.Config{Division: defaultDivision}
	if len(c.Files) > 0 {
		if items, err = readItems(e.ctx, c.Files); err != nil {
			return err
		}
	} else {
		k, err := e.open(true)
		if err != nil {
			return err
		}
		defer k.close()
		if items, err = k.items(e.ctx); err != nil {
			return err
		}
	}
	cfg.Index = lint.IndexOf(items)
	ctx := lint.NewContext(cfg)
	found := lint.RunItems(ctx, items)
	counts := lint.Count(found)
	if e.JSON {
		if found == nil {
			found = []lint.Finding{}
		}
		if err := e.printJSON(map[string]any{"items": len(items), "errors": counts[lint.Error], "findings": found, "skipped": ctx.Skipped()}); err != nil {
			return err
		}
	} else {
		for _, f := range found {
			e.printf("%s %s %s：%s", f.Severity, f.Rule, f.Item, f.Message)
			if f.Fix != "" {
				e.printf(" %s", f.Fix)
			}
			e.printf("（%s）\n", f.Clause)
		}
		e.printf("检查了 %d 个事项：错误 %d，警告 %d，建议 %d。\n", len(items), counts[lint.Error], counts[lint.Warning], counts[lint.Advice])
		for _, s := range ctx.Skipped() {
			e.printf("未检查 %s（%s）：%s\n", s.Rule, s.Title, s.Why)
		}
	}
	if counts[lint.Error] > 0 {
		return status(exitFindings)
	}
	return nil
}

// readItems reads the items of files into memory.
func readItems(ctx context.Context, files []string) ([]*catalog.Item, error) {
	var items []*catalog.Item
	for _, f := range files {
		_, err := exchange.Read(ctx, exchange.Source{Name: f, Path: f}, exchange.Options{}, func(r exchange.Record) error {
			if r.Item != nil {
				items = append(items, r.Item)
			}
			return nil
		})
		if err != nil {
			if fault.Is(err, fault.NotFound) { // a file that is not there is bad usage
				return nil, fault.Wrap(fault.Invalid, err, "%s", fault.Text(err))
			}
			return nil, err
		}
	}
	return items, nil
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
