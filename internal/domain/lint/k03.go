package lint

import (
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/code"
)

// K03: the implementation list details items of the catalogue (P-2.3): its basic
// code is one that the provincial catalogue in force holds. A warning, as the
// catalogue may be older than the item; of a department that the catalogue does
// not hold at all, nothing is said, nor of codes of other departments (99), which
// tell none.
func init() {
	Register(&Rule{Code: "K03", Title: "基本编码不在现行省级目录中", Clause: "P-2.3", Severity: Warning, Scope: ScopeItem, Needs: NeedCatalogue, Check: checkK03,
		Why: "目录编码由省级统一编制，县里认领，不自行编造。目录中没有的，多半是编码有误，或者事项已经取消、合并。"})
}

func checkK03(s *Subject, r *Report) {
	basic := BasicCode(s.Item)
	if basic == "" {
		return // K01 and E01 say so
	}
	field := "basic_code"
	if isBlank(s.Item.BasicCode) {
		field = "implementation_code"
	}
	if basic[4:6] == otherDepartment {
		return
	}
	if has, known := r.ctx.InCatalogue(basic); known && !has {
		r.Add(field, basic, "基本编码%s不在现行省级目录中。", basic).Do("在省级目录中查找该事项，改用目录的编码；已取消的，不再列入清单；目录尚未收录的，说明理由。")
	}
}

// otherDepartment is the department code of all that have none.
const otherDepartment = "99"

// BasicCode is the item's 基本编码, or else the one inside its 实施编码; empty if
// there is none of valid form.
func BasicCode(it *catalog.Item) string {
	basic := code.Normalize(it.BasicCode)
	if basic == "" {
		basic, _ = code.BasicOf(code.Normalize(it.ImplementationCode))
	}
	if !code.ValidBasic(basic) {
		return ""
	}
	return basic
}
