package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"slices"
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

type miss struct {
	Query    string   `json:"query"`
	Expected string   `json:"expected"`
	Got      []string `json:"got"`
}

// evaluate measures relevance over queries with a known answer.
func (c *searchCmd) evaluate(e *env, ix *search.Index) error {
	f, err := os.Open(c.Queries)
	if err != nil {
		return fault.Wrap(fault.Invalid, err, "打不开文件“%s”。", c.Queries)
	}
	defer f.Close()
	names := map[string]bool{}
	for _, h := range ix.Search(search.Query{Limit: 1 << 30}).Hits {
		names[h.Doc.Name] = true
	}
	out := struct {
		Queries int     `json:"queries"`
		Skipped int     `json:"skipped"`
		First   float64 `json:"first"`
		Top5    float64 `json:"top5"`
		Misses  []miss  `json:"misses"`
	}{Misses: []miss{}}
	first, top := 0, 0
	sc := bufio.NewScanner(f)
	for line := 0; sc.Scan(); line++ {
		cols := strings.Split(sc.Text(), "\t")
		if line == 0 || len(cols) < 2 {
			continue
		}
		if !names[cols[1]] {
			out.Skipped++
			continue
		}
		out.Queries++
		var got []string
		for _, h := range ix.Search(search.Query{Text: cols[0], Limit: 5}).Hits {
			got = append(got, h.Doc.Name)
		}
		switch i := slices.Index(got, cols[1]); {
		case i == 0:
			first++
			top++
		case i > 0:
			top++
		default:
			out.Misses = append(out.Misses, miss{cols[0], cols[1], append([]string{}, got...)})
		}
	}
	if err := sc.Err(); err != nil {
		return fault.Wrap(fault.Invalid, err, "文件“%s”读取失败。", c.Queries)
	}
	if out.Queries > 0 {
		out.First, out.Top5 = float64(first)/float64(out.Queries), float64(top)/float64(out.Queries)
	}
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
