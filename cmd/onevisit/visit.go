package main

import (
	"fmt"
	"io"
	"os"

	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/visit"
	"onevisit/internal/infra/exchange"
)

type visitCmd struct {
	File     string `arg:"" help:"流程文件（JSON 或 YAML），- 为标准输入"`
	Measures string `help:"假设采取的措施，编号以逗号隔开" placeholder:"M1,M2"`
}

// readProcess reads a process and prints its warnings.
func readProcess(e *env, name string) (*catalog.Process, error) {
	r, err := e.input(name)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	p, warnings, err := exchange.ReadProcess(name, r)
	e.warn(warnings)
	return p, err
}

// input opens a file to read, "-" for standard input.
func (e *env) input(name string) (io.ReadCloser, error) {
	if name == "-" {
		return io.NopCloser(e.in), nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "打不开文件“%s”，请检查路径和权限。", name)
	}
	return f, nil
}

func (e *env) warn(warnings []string) {
	for _, w := range warnings {
		fmt.Fprintf(e.errOut, "提示：%s\n", w)
	}
}

func (c *visitCmd) Run(e *env) error {
	m, err := visit.ParseMeasures(c.Measures)
	if err != nil {
		return err
	}
	p, err := readProcess(e, c.File)
	if err != nil {
		return err
	}
	a, err := visit.Assess(p, m)
	if err != nil {
		return err
	}
	if e.JSON {
		return e.printJSON(a)
	}
	with := ""
	if m != 0 {
		with = "采取 " + m.String() + " 后，"
	}
	e.printf("%s申请人到场 %d 次（%s）\n", with, a.Visits, a.Class)
	for i, t := range a.Trips {
		e.printf("第 %d 次（第 %d 段）%s\n", i+1, t.Slot, t)
		for _, id := range t.Settles {
			e.printf("  %s %s\n", id, t.Reasons[id])
		}
	}
	return nil
}

type planCmd struct {
	File    string `arg:"" optional:"" help:"流程文件（JSON 或 YAML），- 为标准输入"`
	Target  int    `help:"目标到场次数" default:"1"`
	County  string `help:"全县的单位和事项流程（JSON 或 YAML），- 为标准输入；求各单位都达标的最省措施" placeholder:"FILE"`
	Share   string `help:"各单位到场不超过一次的事项应占的比例" default:"0.5"`
	Costs   string `help:"各项措施的费用（JSON 或 YAML），不写的为 1" placeholder:"FILE"`
	PerUnit bool   `help:"各单位分别采取措施，费用按单位计"`
}

func (c *planCmd) Run(e *env) error {
	switch {
	case c.County != "" && c.File != "":
		return fault.Invalidf("一个流程的文件和 --county 只能用一种。")
	case c.County != "":
		return c.county(e)
	case c.File == "":
		return fault.Invalidf("缺少 <file>：请给出流程文件，或用 --county 给出全县的文件。")
	}
	if c.Target < 0 {
		return fault.Invalidf("目标次数不能是负数。")
	}
	p, err := readProcess(e, c.File)
	if err != nil {
		return err
	}
	compiled, _, err := visit.Compile(p)
	if err != nil {
		return err
	}
	visits, sets := compiled.Minimal(c.Target)
	if e.JSON {
		out := struct {
			Target  int        `json:"target"`
			Visits  int        `json:"visits"`
			Minimal [][]string `json:"minimal"`
		}{c.Target, visits, [][]string{}}
		for _, s := range sets {
			out.Minimal = append(out.Minimal, s.Codes())
		}
		if err := e.printJSON(out); err != nil {
			return err
		}
	} else {
		e.printf("现在 %d 次，目标 %d 次。\n", visits, c.Target)
		switch {
		case len(sets) == 0:
			e.printf("任何措施组合都达不到。采取全部措施后仍须到场的：\n")
			for _, t := range compiled.Remaining() {
				e.printf("  %s %s：%s\n", t.ID, t.Duty, visit.Stays(t))
			}
		case sets[0] == 0:
			e.printf("已经达到，不需要措施。\n")
		default:
			e.printf("以下 %d 种组合，每一种都能达到，而且缺一项就不行：\n", len(sets))
			for _, s := range sets {
				e.printf("  %s\n", measureNames(s))
			}
		}
	}
	if len(sets) == 0 {
		return status(exitFindings)
	}
	return nil
}
