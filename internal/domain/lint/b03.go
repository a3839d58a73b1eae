package lint

import (
	_ "embed"
	"strings"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/citation"
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

// amendedCSV holds the last change of national laws and regulations since 2018, a
// norm a line, with the day on which it was passed or issued. Each is as the norm's
// own heading says in LawRefBook/Laws at 2f4c5c2 (2025-04-19).
//
//go:embed data/amended.csv
var amendedCSV string

// RepealedLaw is a norm that no longer holds, or was changed.
type RepealedLaw struct {
	Title      string // without 中华人民共和国
	Since      calendar.Date
	ReplacedBy string // empty if nothing replaced it
	// Source is the article or document that repealed it.
	Source string
	// Amended says that it still holds, but was changed on that day: not a finding,
	// but work for what was published before (P-3.2f).
	Amended bool
	// Table says that the entry is of the tables that come with the program.
	Table bool
	// Uncertain marks an entry taken from memory or from a second hand: its
	// finding asks to look it up instead of stating it.
	Uncertain bool
}

const peopleRepublic = "中华人民共和国"

// normTitle makes titles comparable.
func normTitle(s string) string {
	return strings.TrimPrefix(strings.Trim(strings.TrimSpace(s), "《》"), peopleRepublic)
}

// repealed holds the embedded tables by title. A norm that was repealed is not
// among those that were amended.
var repealed = func() map[string]RepealedLaw {
	m := map[string]RepealedLaw{}
	for i, line := range strings.Split(strings.TrimSpace(amendedCSV), "\n") {
		f := strings.Split(line, ",")
		if i > 0 {
			m[f[0]] = RepealedLaw{Title: f[0], Since: calendar.MustDate(f[1]), Source: f[2], Uncertain: f[3] != "确定", Amended: true, Table: true}
		}
	}
	for i, line := range strings.Split(strings.TrimSpace(repealedCSV), "\n") {
		f := strings.Split(line, ",")
		if i > 0 {
			m[f[0]] = RepealedLaw{Title: f[0], Since: calendar.MustDate(f[1]), ReplacedBy: f[2], Source: f[3], Uncertain: f[4] != "确定", Table: true}
		}
	}
	return m
}()

// Changed says what happened to the norm and when, as people are told: 已于…废止,
// or 可能已于…修订（待核实） where the table is not sure.
func (x *RepealedLaw) Changed() string {
	s := "已于" + x.Since.ChineseShort() + x.ChangeWord()
	if x.Uncertain {
		return "可能" + s + "（待核实）"
	}
	return s
}

// KnownBy reports whether who judged an item on a day had to know of the change.
// Amendments of the embedded table were published long before the program knew
// them; that a norm no longer holds, or what the county has written down itself,
// is asked even of items that were published later, because it shows a mistake.
func (x *RepealedLaw) KnownBy(day, seen calendar.Date) bool {
	if day.Before(x.Since) {
		return false
	}
	return x.Amended && x.Table || !day.Before(seen)
}

// ChangeWord says what happened to the norm: 废止 or 修订.
func (x *RepealedLaw) ChangeWord() string {
	if x.Amended {
		return "修订"
	}
	return "废止"
}

// LawChanges lists the norms, each once, that an item or one of its materials
// cites and that are known, in the embedded table or in the county's, to be
// repealed or amended.
func (s *Set) LawChanges(it *catalog.Item) []RepealedLaw {
	c := &Context{set: s}
	var out []RepealedLaw
	seen := map[string]bool{}
	look := func(text string) {
		for _, cite := range citation.Parse(text) {
			title := normTitle(cite.Title)
			if x, ok := c.repealedLaw(title); ok && !seen[title] {
				seen[title] = true
				out = append(out, x)
			}
		}
	}
	for i := range it.Bases {
		look(it.Bases[i].Text)
	}
	for i := range it.Materials {
		look(it.Materials[i].Basis)
	}
	return out
}

// repealedLaw finds a norm in the county's table, then in the embedded one.
func (c *Context) repealedLaw(title string) (RepealedLaw, bool) {
	if x, ok := c.set.laws[title]; ok {
		return x, true
	}
	x, ok := repealed[title]
	return x, ok
}

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
		title := normTitle(cites[k].Title)
		if title == last {
			continue // several articles of one norm
		}
		last = title
		x, ok := r.ctx.repealedLaw(title)
		// Before the day it stood; without a date, today is after it.
		if !ok || x.Amended || !r.ctx.Today.IsZero() && r.ctx.Today.Before(x.Since) {
			continue
		}
		what := "设定依据"
		if material != "" {
			what = "材料“" + material + "”的依据"
		}
		f := r.Add(at(table, i, key), title, "%s《%s》%s，见%s。", what, title, x.Changed(), x.Source)
		if x.ReplacedBy != "" {
			f.Do("改引《%s》的相应条款；新法不再规定的，取消该要求。", x.ReplacedBy)
		} else {
			f.Do("没有其他依据的，取消该要求。")
		}
	}
}
