package org

import (
	"strings"

	"onevisit/internal/domain/code"
	"onevisit/internal/domain/fault"
)

// County is the place that carries out the reform: a county, a city without
// districts, a district.
type County struct {
	Name     string `json:"name"`     // 广宗县
	Division string `json:"division"` // GB/T 2260 code, six digits
}

// Known reports whether somebody has said which county it is.
func (c County) Known() bool { return c.Name != "" }

// Title is the name, or 本县 as long as nobody has said it.
func (c County) Title() string {
	if c.Known() {
		return c.Name
	}
	return "本县"
}

// Government is the body that approves batches.
func (c County) Government() string { return c.Title() + "人民政府" }

// Validate checks name and code.
func (c County) Validate() error {
	e := fault.Invalidf("本县信息填写有误，请按提示更正。")
	switch n := len([]rune(c.Name)); {
	case strings.TrimSpace(c.Name) == "":
		e.At("name", "请填写本县全称，如 广宗县")
	case n < 2 || n > 30 || strings.ContainsAny(c.Name, "\"<>\r\n\t"):
		e.At("name", "“%s”不像县（市、区）的名称，请填写全称，如 广宗县", c.Name)
	}
	if !sixDigits(c.Division) {
		e.At("division", "行政区划代码应是 6 位数字（GB/T 2260），如 130531")
	} else if _, ok := code.DivisionName(c.Division[:2]); !ok {
		e.At("division", "行政区划代码“%s”的前两位不是省级代码，请核对（GB/T 2260）", c.Division)
	} else if strings.HasSuffix(c.Division, "0000") { // a few cities have no districts: 441900
		e.At("division", "“%s”是省级代码，请填写本县的代码（GB/T 2260）", c.Division)
	}
	return e.OrNil()
}

func sixDigits(s string) bool {
	return len(s) == 6 && !strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
}
