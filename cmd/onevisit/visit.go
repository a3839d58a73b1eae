package main

import (
	"fmt"
	"os"
	"strings"

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
	r := e.in
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, fault.Wrap(fault.Invalid, err, "打不开文件“%s”，请检查路径和权限。", name)
		}
		defer f.Close()
		r = f
	}
	p, warnings, err := exchange.ReadProcess(name, r)
	for _, w := range warnings {
		fmt.Fprintf(e.errOut, "提示：%s\n", w)
	}
	return p, err
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
	File   string `arg:"" help:"流程文件（JSON 或 YAML），- 为标准输入"`
	Target int    `help:"目标到场次数" default:"1"`
}

func (c *planCmd) Run(e *env) error {
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
				why := "没有可以替代到场的措施"
				if law := strings.TrimSpace(t.Law); law != "" {
					why = "依法须本人到场（" + law + "）"
				}
				e.printf("  %s %s：%s\n", t.ID, t.Duty, why)
			}
		case sets[0] == 0:
			e.printf("已经达到，不需要措施。\n")
		default:
			e.printf("以下 %d 种组合，每一种都能达到，而且缺一项就不行：\n", len(sets))
			for _, s := range sets {
				var names []string
				for _, m := range visit.Measures {
					if s&m.Set != 0 {
						names = append(names, m.Code+" "+m.Name)
					}
				}
				e.printf("  %s\n", strings.Join(names, "；"))
			}
		}
	}
	if len(sets) == 0 {
		return status(exitFindings)
	}
	return nil
}
