package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	"onevisit/internal/app/portal"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/visit"
	"onevisit/internal/infra/search"
)

type searchCmd struct {
	Query   []string `arg:"" optional:"" help:"要找的内容"`
	Limit   int      `help:"最多显示几条" default:"10"`
	Files   []string `help:"在这些文件的事项中找（可重复），不用数据库" sep:"none" placeholder:"FILE"`
	Queries string   `help:"检验相关性：制表符分隔的“查询 期望事项名”文件" placeholder:"FILE.tsv"`
}

type searchHit struct {
	Code   string  `json:"code"`
	Name   string  `json:"name"`
	Unit   string  `json:"unit"`
	Visits int     `json:"visits"`
	Score  float64 `json:"score"`
}

func (c *searchCmd) Run(e *env) error {
	if (len(c.Query) > 0) == (c.Queries != "") {
		return fault.Invalidf("请给出要找的内容，或用 --queries 给出检验文件。")
	}
	if c.Limit < 1 {
		return fault.Invalidf("--limit 应是正整数。")
	}
	ix, err := c.index(e)
	if err != nil {
		return err
	}
	if c.Queries != "" {
		return c.evaluate(e, ix)
	}
	began := time.Now()
	res := ix.Search(search.Query{Text: strings.Join(c.Query, " "), Limit: c.Limit})
	took := time.Since(began)
	out := struct {
		Total int         `json:"total"`
		Took  int64       `json:"took_us"`
		Hits  []searchHit `json:"hits"`
	}{res.Total, took.Microseconds(), []searchHit{}}
	for _, h := range res.Hits {
		out.Hits = append(out.Hits, searchHit{h.Doc.Code, h.Doc.Name, h.Doc.Unit, h.Doc.Visits, h.Score})
	}
	if e.JSON {
		if err := e.printJSON(out); err != nil {
			return err
		}
	} else {
		e.printf("找到 %d 项\n", out.Total)
		for _, h := range out.Hits {
			e.printf("  %s（%s）%s\n", h.Name, h.Unit, visit.ClassOfVisits(max(h.Visits, 0)))
		}
	}
	if out.Total == 0 {
		return status(exitFindings)
	}
	return nil
}

// index indexes the named files, or what the county has published.
func (c *searchCmd) index(e *env) (*search.Index, error) {
	var docs []search.Doc
	if len(c.Files) > 0 {
		items, _, err := readItems(e, c.Files)
		if err != nil {
			return nil, err
		}
		for i, it := range items {
			n := -1
			if it.Visits != nil {
				n = *it.Visits
			}
			docs = append(docs, portal.Document(fmt.Sprint(i), it, n))
		}
		return search.Build(docs), nil
	}
	k, err := e.open(true)
	if err != nil {
		return nil, err
	}
	defer k.close()
	if err := k.portal.Refresh(e.ctx); err != nil {
		return nil, err
	}
	return k.portal.Index(), nil
}

// evaluate measures relevance over queries with a known answer.
func (c *searchCmd) evaluate(e *env, ix *search.Index) error {
	f, err := os.Open(c.Queries)
	if err != nil {
		return fault.Wrap(fault.Invalid, err, "打不开文件“%s”。", c.Queries)
	}
	defer f.Close()
	var pairs []search.Pair
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 1<<20)
	for line := 0; sc.Scan(); line++ {
		cols := strings.Split(strings.TrimRight(sc.Text(), "\r"), "\t")
		if line == 0 || len(cols) < 2 {
			continue
		}
		pairs = append(pairs, search.Pair{Query: cols[0], Expected: cols[1]})
	}
	if err := sc.Err(); err != nil {
		return fault.Wrap(fault.Invalid, err, "文件“%s”读取失败。", c.Queries)
	}
	out := search.Evaluate(ix, pairs)
	if e.JSON {
		return e.printJSON(out)
	}
	e.printf("%d 条查询（另有 %d 条没有对应事项）：居首 %.1f%%，前五 %.1f%%\n", out.Queries, out.Skipped, 100*out.First, 100*out.Top5)
	for _, m := range out.Misses {
		e.printf("  未中：%s → %s；得到 %s\n", m.Query, m.Expected, strings.Join(m.Got, "｜"))
	}
	return nil
}

func decodeItem(doc []byte) (*catalog.Item, error) {
	it := new(catalog.Item)
	return it, json.Unmarshal(doc, it)
}
