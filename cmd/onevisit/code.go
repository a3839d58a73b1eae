package main

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/citation"
	"onevisit/internal/domain/code"
	"onevisit/internal/domain/fault"
)

type codeCmd struct {
	Code string `arg:"" help:"基本编码、实施编码、业务办理项编码、统一社会信用代码或身份证号"`
}

// partNames are the parts of codes in Chinese.
var partNames = map[string]string{
	"area": "地区", "authority": "登记管理部门", "basic": "基本编码", "birth": "出生日期", "body": "主体标识码", "category": "机构类别",
	"check": "校验码", "city": "市", "county": "县", "department": "部门", "division": "行政区划", "impl": "实施编码", "level": "行使层级",
	"main": "主项", "organization": "组织机构代码", "province": "省", "serial": "序号", "sex": "性别", "sub": "子项",
	"township": "乡级", "type": "事项类型", "unit": "单位", "uscc": "统一社会信用代码", "variant": "办理项", "village": "村级",
}

func (c *codeCmd) Run(e *env) error {
	k := code.Parse(c.Code)
	if e.JSON {
		if err := e.printJSON(k); err != nil {
			return err
		}
	} else {
		e.printf("%s\n", k.Kind)
		if k.Valid {
			e.printf("有效\n")
		} else {
			e.printf("无效：%s\n", k.Problem)
		}
		for _, p := range slices.Sorted(maps.Keys(k.Parts)) {
			if name, ok := k.Parts[p+"_name"]; ok {
				e.printf("  %s：%s（%s）\n", cmp.Or(partNames[p], p), k.Parts[p], name)
			} else if !strings.HasSuffix(p, "_name") {
				e.printf("  %s：%s\n", cmp.Or(partNames[p], p), k.Parts[p])
			}
		}
		for _, n := range k.Notes {
			e.printf("提示：%s\n", n)
		}
	}
	if !k.Valid {
		return status(exitFindings)
	}
	return nil
}

type citeCmd struct {
	Text []string `arg:"" help:"含有法律依据的文字"`
}

func (c *citeCmd) Run(e *env) error {
	list, stop := citation.Read(strings.Join(c.Text, " "))
	if e.JSON {
		if list == nil {
			list = []citation.Citation{}
		}
		if err := e.printJSON(map[string]any{"citations": list}); err != nil {
			return err
		}
	} else {
		for _, x := range list {
			e.printf("%s（%s）\n", x.String(), orUnknown(string(x.Level)))
		}
		if stop != nil {
			e.printf("%s\n", stop.String())
		}
	}
	if len(list) == 0 {
		return status(exitFindings)
	}
	return nil
}

func orUnknown(s string) string {
	if s == "" {
		return "层级不明"
	}
	return s
}

// calendar is the program's own, with the notices that the county has imported
// if it is there: the command needs nothing prepared.
func (*deadlineCmd) calendar(e *env) (*calendar.Calendar, error) {
	k, err := openCounty(e.ctx, countyConfig{dataDir: e.Data, url: e.DatabaseURL, readOnly: true, log: e.logger()})
	if fault.Is(err, fault.NotFound) {
		return calendar.Embedded(), nil
	}
	if err != nil {
		return nil, err
	}
	defer k.close()
	return k.office.Calendar(e.ctx)
}

type deadlineCmd struct {
	From  string   `help:"起算日（不计入），如 2018-09-28" required:"" placeholder:"DATE"`
	Days  int      `help:"工作日天数" required:"" placeholder:"N"`
	Pause []string `help:"暂停的时段（含首尾），如 2018-10-08..2018-10-10，可重复" sep:"none" placeholder:"FROM..TO"`
}

func (c *deadlineCmd) Run(e *env) error {
	from, err := calendar.ParseDate(c.From)
	if err != nil {
		return fault.Wrap(fault.Invalid, err, "起算日“%s”应形如 2018-09-28。", c.From)
	}
	var pauses []calendar.Span
	for _, p := range c.Pause {
		a, b, ok := strings.Cut(p, "..")
		first, err1 := calendar.ParseDate(a)
		last, err2 := calendar.ParseDate(b)
		if !ok || err1 != nil || err2 != nil {
			return fault.Invalidf("暂停时段“%s”应形如 2018-10-08..2018-10-10。", p)
		}
		pauses = append(pauses, calendar.Span{From: first, To: last})
	}
	cal, err := c.calendar(e)
	if err != nil {
		return err
	}
	l, err := cal.Due(from, c.Days, pauses)
	if err != nil {
		return err
	}
	if e.JSON {
		return e.printJSON(l)
	}
	e.printf("到期日：%s\n", l.Due.Chinese())
	if l.Provisional {
		e.printf("提示：涉及尚未公布放假安排的年份，只按周一至周五推算，待通知公布后重算。\n")
	}
	for _, d := range l.Lines {
		mark := "  "
		if d.Counted {
			mark = "计"
		}
		e.printf("%s %s %s %s\n", d.Date, mark, d.Kind, d.Why)
	}
	return nil
}
