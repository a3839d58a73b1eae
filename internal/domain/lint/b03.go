package lint

import (
	_ "embed"
	"strings"

	"onevisit/internal/domain/calendar"
)

// B03: lists follow the law (P-3.2f): a basis that is known to be repealed or
// replaced is looked at again. The table is data; it is short and makes no
// claim to be complete.
func init() {
	Register(&Rule{Code: "B03", Title: "依据已经废止或者被替代", Clause: "P-3.2f", Severity: Warning, Scope: ScopeItem, Check: checkB03,
		Why: "清单随法律法规的立改废调整。依据废止后，事项和材料要么改引新法，要么取消。已知废止的名称见随程序发布的表，可由县级文件补充。"})
}

//go:embed data/repealed.csv
var repealedCSV string

type repeal struct {
	since          calendar.Date
	by, instrument string
}

const peopleRepublic = "中华人民共和国"

// repealed holds the repealed norms by title without 中华人民共和国.
var repealed = func() map[string]repeal {
	m := map[string]repeal{}
	for i, line := range strings.Split(strings.TrimSpace(repealedCSV), "\n") {
		f := strings.Split(line, ",")
		if i > 0 {
			m[f[0]] = repeal{calendar.MustDate(f[1]), f[2], f[3]}
		}
	}
	return m
}()

func checkB03(s *Subject, r *Report) {
	it := s.Item
	for i := range it.Bases {
		checkRepealed(r, it.Bases[i].Text, "", "bases", i, "")
	}
	for i := range it.Materials {
		checkRepealed(r, it.Materials[i].Basis, it.Materials[i].Name, "materials", i, "basis")
	}
}

// checkRepealed looks at one basis; material is empty for a basis of the item.
func checkRepealed(r *Report, text, material, table string, i int, key string) {
	if isBlank(text) {
		return
	}
	last := ""
	cites := r.ctx.read(text).cites
	for k := range cites {
		title := strings.TrimPrefix(cites[k].Title, peopleRepublic)
		if title == last {
			continue // several articles of one norm
		}
		last = title
		x, ok := repealed[title]
		// Before the day it stood; without a date, today is after it.
		if !ok || !r.ctx.Today.IsZero() && r.ctx.Today.Before(x.since) {
			continue
		}
		what := "设定依据"
		if material != "" {
			what = "材料“" + material + "”的依据"
		}
		f := r.Add(at(table, i, key), title, "%s《%s》已于%s废止（%s）。", what, title, x.since.ChineseShort(), x.instrument)
		if x.by != "" {
			f.Do("改引《%s》的相应条款；新法不再规定的，取消该要求。", x.by)
		} else {
			f.Do("没有其他依据的，取消该要求。")
		}
	}
}
