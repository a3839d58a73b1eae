package main

import (
	"encoding/json"
	"math/big"
	"strings"

	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/visit"
	"onevisit/internal/infra/exchange"
)

// countyJSON is what `plan --county --json` prints, a public contract.
type countyJSON struct {
	Share    json.Number   `json:"share"`
	Measures []string      `json:"measures"` // null if no set suffices
	Cost     *json.Number  `json:"cost"`
	Units    []unitJSON    `json:"units"`
	Blocked  []blockedJSON `json:"blocked"`
}

type unitJSON struct {
	Name      string    `json:"name"`
	Measures  *[]string `json:"measures,omitempty"` // with --per-unit; null if no set suffices
	MetBefore int       `json:"met_before"`
	MetAfter  int       `json:"met_after"`
	Total     int       `json:"total"`
}

type blockedJSON struct {
	ID          string   `json:"id"`
	Touchpoints []string `json:"touchpoints"`
	Law         []string `json:"law"`
}

// county plans for all units.
func (c *planCmd) county(e *env) error {
	share, err := visit.ParseAmount(c.Share)
	if err != nil || share.Cmp(big.NewRat(1, 1)) > 0 {
		return fault.Invalidf("--share 应在 0 到 1 之间，例如 0.5，现为“%s”。", c.Share)
	}
	var costs visit.Costs
	if c.Costs != "" {
		f, err := e.input(c.Costs)
		if err != nil {
			return err
		}
		defer f.Close()
		if costs, err = exchange.ReadCosts(c.Costs, f); err != nil {
			return err
		}
	}
	f, err := e.input(c.County)
	if err != nil {
		return err
	}
	defer f.Close()
	county, warnings, err := exchange.ReadCounty(c.County, f)
	e.warn(warnings)
	if err != nil {
		return err
	}
	find := county.Cheapest
	if c.PerUnit {
		find = county.CheapestPerUnit
	}
	p := find(share, costs)
	if e.JSON {
		err = e.printJSON(c.asJSON(share, p, county.Blocked()))
	} else {
		c.print(e, p, county.Blocked())
	}
	if err == nil && !p.Reached {
		err = status(exitFindings)
	}
	return err
}

func (c *planCmd) asJSON(share *big.Rat, p visit.CountyPlan, blocked []visit.Blocked) countyJSON {
	out := countyJSON{Share: json.Number(visit.FormatAmount(share)), Units: []unitJSON{}, Blocked: []blockedJSON{}}
	if p.Reached {
		cost := json.Number(visit.FormatAmount(p.Cost))
		out.Measures, out.Cost = p.Measures.Codes(), &cost
	}
	for _, u := range p.Units {
		j := unitJSON{Name: u.Name, MetBefore: u.MetBefore, MetAfter: u.MetAfter, Total: u.Total}
		if c.PerUnit {
			var codes []string
			if u.Reached {
				codes = u.Measures.Codes()
			}
			j.Measures = &codes
		}
		out.Units = append(out.Units, j)
	}
	for _, b := range blocked {
		j := blockedJSON{ID: b.ID, Touchpoints: []string{}, Law: append([]string{}, b.Law...)}
		for _, t := range b.Touchpoints {
			j.Touchpoints = append(j.Touchpoints, t.ID)
		}
		out.Blocked = append(out.Blocked, j)
	}
	return out
}

func (c *planCmd) print(e *env, p visit.CountyPlan, blocked []visit.Blocked) {
	switch {
	case !p.Reached:
		e.printf("任何措施组合都不能使各单位全部达到 %s。下列单位采取措施后最多能达到：\n", c.Share)
	case p.Measures == 0:
		e.printf("各单位都已达到 %s，不需要措施。\n", c.Share)
	case c.PerUnit:
		e.printf("最省的办法：各单位分别采取下列措施，费用合计 %s。\n", visit.FormatAmount(p.Cost))
	default:
		e.printf("最省的办法：全县采取 %s，费用 %s。\n", measureNames(p.Measures), visit.FormatAmount(p.Cost))
	}
	for _, u := range p.Units {
		if !p.Reached && u.MetAfter >= u.Need {
			continue
		}
		e.printf("%s：现在 %d 项，之后 %d 项，共 %d 项，目标 %d 项", u.Name, u.MetBefore, u.MetAfter, u.Total, u.Need)
		if c.PerUnit && u.Measures != 0 {
			e.printf("；采取 %s", measureNames(u.Measures))
		}
		e.printf("\n")
		if len(u.Unlocked) > 0 {
			e.printf("  新实现：%s\n", strings.Join(u.Unlocked, "、"))
		}
		if len(u.Lost) > 0 {
			e.printf("  反而超过一次：%s\n", strings.Join(u.Lost, "、"))
		}
	}
	if len(blocked) > 0 {
		e.printf("任何措施都不能减到一次的事项：\n")
	}
	for _, b := range blocked {
		e.printf("  %s（%s）\n", b.ID, b.Unit)
		for _, t := range b.Touchpoints {
			e.printf("    %s %s：%s\n", t.ID, t.Duty, visit.Stays(t))
		}
	}
}

// measureNames lists measures with code and name.
func measureNames(s visit.Set) string {
	var names []string
	for _, m := range visit.Measures {
		if s&m.Set != 0 {
			names = append(names, m.Code+" "+m.Name)
		}
	}
	return strings.Join(names, "；")
}
