package main

import (
	"os"
	"strconv"
	"strings"

	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
)

type calendarCmd struct {
	List   calendarListCmd   `cmd:"" help:"列出已知放假安排的年份，或一年的安排。例：onevisit calendar list 2026"`
	Import calendarImportCmd `cmd:"" help:"导入一年的放假安排（csv：日期,名称,类型）。例：onevisit calendar import 放假安排2027.csv"`
}

type calendarListCmd struct {
	Year int `arg:"" optional:"" help:"年份"`
}

// Run lists the known years, or what the notices say of one.
func (c *calendarListCmd) Run(e *env) error {
	cal, err := (*deadlineCmd)(nil).calendar(e)
	if err != nil {
		return err
	}
	type day struct {
		Date   string `json:"date"`
		Name   string `json:"name"`
		Kind   string `json:"kind"`
		Source string `json:"source"`
	}
	days := []day{}
	for _, d := range cal.Days() {
		if d.Date.Year() == c.Year {
			days = append(days, day{d.Date.String(), d.Name, d.Kind.String(), d.Source})
		}
	}
	switch {
	case e.JSON && c.Year == 0:
		return e.printJSON(map[string]any{"years": cal.Years()})
	case e.JSON:
		if err := e.printJSON(map[string]any{"year": c.Year, "known": cal.Known(c.Year), "days": days}); err != nil {
			return err
		}
	case c.Year == 0:
		years := make([]string, 0, len(cal.Years()))
		for _, y := range cal.Years() {
			years = append(years, strconv.Itoa(y))
		}
		e.printf("已知放假安排的年份：%s\n", strings.Join(years, "、"))
		return nil
	default:
		for _, d := range days {
			word := "放假"
			if d.Kind == "workday" {
				word = "上班"
			}
			e.printf("%s %s %s\n", d.Date, word, d.Name)
		}
	}
	if !cal.Known(c.Year) {
		e.printf("%d 年的放假安排尚未导入。\n", c.Year)
		return status(exitFindings)
	}
	return nil
}

type calendarImportCmd struct {
	File string `arg:"" help:"csv 文件"`
}

// Run lets a year's notice count from now on, also in a server that runs.
func (c *calendarImportCmd) Run(e *env) error {
	f, err := os.Open(c.File)
	if err != nil {
		return fault.Wrap(fault.Invalid, err, "打不开文件“%s”，请检查路径和权限。", c.File)
	}
	defer f.Close()
	k, err := e.open(false)
	if err != nil {
		return err
	}
	defer k.close()
	r, err := k.office.ImportHolidays(e.ctx, org.Operator(), f)
	if err != nil {
		return err
	}
	e.printf("新增 %d 天，更改 %d 天，相同 %d 天。\n", r.Added, r.Changed, r.Same)
	for _, y := range r.Years {
		e.printf("%d 年的放假安排从现在起计入期限。\n", y)
	}
	if r.Years == nil {
		r.Years = []int{}
	}
	return e.result(map[string]any{"added": r.Added, "changed": r.Changed, "same": r.Same, "years": r.Years})
}
