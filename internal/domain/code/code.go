package code

import (
	"fmt"
	"strings"
)

// The kinds of code that Parse names.
const (
	KindBasic        = "基本编码"
	KindImpl         = "实施编码"
	KindHandling     = "业务办理项编码"
	KindUSCC         = "统一社会信用代码"
	KindID           = "身份证"
	KindMain         = "主项编码"
	KindBasic10      = "基本编码（10位旧版）"
	KindImpl24       = "实施编码（24位旧版）"
	KindOrganization = "组织机构代码"
	KindDivision     = "行政区划代码"
	KindID15         = "身份证（15位旧版）"
	KindCase         = "办件编号"
	KindSichuanImpl  = "实施编码（四川）"
	KindSichuanBasic = "基本编码（四川14位）"
	KindSichuanOld   = "行政权力编码（四川旧版）"
	KindCountyPower  = "权力清单编码（区划-类型-序号）"
	KindTianjin      = "行政许可编码（天津）"
	KindNamedType    = "基本编码（类型名-5位-3位）"
	KindUnknown      = "无法识别"
)

// Code is what Parse found out. Parts holds the pieces by English key; names
// of pieces that a table knows stand beside them with _name.
type Code struct {
	Kind    string            `json:"kind"`
	Valid   bool              `json:"valid"`
	Parts   map[string]string `json:"parts"`
	Problem string            `json:"problem,omitempty"`
	Notes   []string          `json:"notes"`
}

// maxLen is beyond every known code; longer input is not looked at.
const maxLen = 128

// Parse recognises any code. 18 digits with a birth date and a right GB 11643
// digit are 身份证; only otherwise 统一社会信用代码 is tried. It never panics
// and takes time linear in the input, which it cuts at 128 bytes.
func Parse(s string) Code {
	if len(s) > 16*maxLen {
		return unknown(fmt.Sprintf("输入过长，编码不超过%d位", maxLen))
	}
	s = Normalize(s)
	switch {
	case s == "":
		return unknown("没有输入编码")
	case len(s) > maxLen:
		return unknown(fmt.Sprintf("输入过长，编码不超过%d位", maxLen))
	}
	if strings.Contains(s, "-") {
		if c, ok := parseHyphened(s); ok {
			return c
		}
	}
	// People count characters, so a full-width letter that has no half-width
	// form must not turn 12 characters into 14.
	switch n := len([]rune(s)); n {
	case 6:
		if c, ok := parseDivision(s); ok {
			return c
		}
	case 9:
		return parseOrganization(s)
	case 10:
		if c, ok := parseBasic10(s); ok {
			return c
		}
	case 12:
		return parseBasic12(s)
	case 14:
		if c, ok := parseSichuan14(s); ok {
			return c
		}
	case 15:
		return parseID15(s)
	case 18:
		return parse18(s)
	case 24:
		if plain(s) {
			return Code{Kind: KindImpl24, Valid: true, Parts: map[string]string{},
				Notes: []string{"2016年的旧编码规则，各段含义未见公开文本，只核对了长度和字符；现行实施编码为31位"}}
		}
	case 31:
		return parseImpl31(s)
	case 33:
		return parseHandling33(s)
	case 43:
		if c, ok := parseCase(s); ok {
			return c
		}
	}
	return unknown(fmt.Sprintf("共%d位，不是已知的编码：基本编码12位，实施编码31位，业务办理项编码33位，统一社会信用代码和身份证号18位", len([]rune(s))))
}

func unknown(problem string) Code {
	return Code{Kind: KindUnknown, Parts: map[string]string{}, Problem: problem, Notes: []string{}}
}

func judged(kind, problem string, parts map[string]string, notes []string) Code {
	if parts == nil {
		parts = map[string]string{}
	}
	if notes == nil {
		notes = []string{}
	}
	return Code{Kind: kind, Valid: problem == "", Parts: parts, Problem: problem, Notes: notes}
}

// plain reports digits and capitals only.
func plain(s string) bool {
	for i := range len(s) {
		if !isDigit(s[i]) && !isUpper(s[i]) {
			return false
		}
	}
	return true
}

func name(parts map[string]string, key, value string, ok bool) {
	if ok {
		parts[key] = value
	}
}

func basicParts(parts map[string]string, b BasicCode) {
	parts["division"], parts["type"], parts["department"] = b.Division, b.Type, b.Department
	parts["main"], parts["sub"] = b.Main, b.Sub
	v, ok := DivisionName(b.Division)
	name(parts, "division_name", v, ok)
	v, ok = TypeName(b.Division, b.Type)
	name(parts, "type_name", v, ok)
	v, ok = DepartmentName(b.Division, b.Department)
	name(parts, "department_name", v, ok)
}

func parseBasic12(s string) Code {
	if len(s) == 12 && s[11] == 'Y' && s[10] == '0' && s[9] == '0' && ValidBasic(s[:9]+"000") {
		b := splitBasic(s)
		parts := map[string]string{}
		basicParts(parts, b)
		delete(parts, "sub")
		notes := append(basicNotes(b), "以00Y结尾，表示有子项的主项本身（广东用法），不能作为办理事项的基本编码")
		return judged(KindMain, "", parts, notes)
	}
	if p := basicProblem(s, 0); p != "" {
		return judged(KindBasic, p, nil, nil)
	}
	b := splitBasic(s)
	parts := map[string]string{}
	basicParts(parts, b)
	return judged(KindBasic, "", parts, basicNotes(b))
}

func implParts(parts map[string]string, c ImplCode) []string {
	parts["uscc"], parts["level"], parts["basic"] = c.USCC, c.Level, c.Basic.String()
	level, ok := LevelName(c.Level)
	name(parts, "level_name", level, ok)
	basicParts(parts, c.Basic)
	notes := usccNotes(c.USCC)
	if !ok {
		notes = append(notes, fmt.Sprintf("行使层级“%s”不在1至7之内", c.Level))
	}
	return append(notes, basicNotes(c.Basic)...)
}

func parseImpl31(s string) Code {
	if p := implProblem(s); p != "" {
		return judged(KindImpl, p, nil, nil)
	}
	parts := map[string]string{}
	notes := implParts(parts, splitImpl(s))
	return judged(KindImpl, "", parts, notes)
}

func parseHandling33(s string) Code {
	if p := handlingProblem(s); p != "" {
		return judged(KindHandling, p, nil, nil)
	}
	parts := map[string]string{"impl": s[:31], "serial": s[31:]}
	notes := implParts(parts, splitImpl(s[:31]))
	return judged(KindHandling, "", parts, notes)
}

func parseCase(s string) (Code, bool) {
	if len(s) != 43 || !allDigits(s[31:]) || !validBirth(s[31:39]) {
		return Code{}, false
	}
	parts := map[string]string{"impl": s[:31], "date": s[31:35] + "-" + s[35:37] + "-" + s[37:39], "serial": s[39:]}
	if p := implProblem(s[:31]); p != "" {
		return judged(KindCase, p, nil, nil), true
	}
	return judged(KindCase, "", parts, implParts(parts, splitImpl(s[:31]))), true
}

func parse18(s string) Code {
	if ValidCitizen(s) {
		id := splitID(s)
		sex := "女"
		if id.Male {
			sex = "男"
		}
		parts := map[string]string{"division": id.Division, "birth": id.Birth, "sex": sex, "check": s[17:]}
		var notes []string
		if n, ok := DivisionName(id.Division); ok {
			parts["division_name"] = n
		} else {
			notes = append(notes, "前两位不是省级区划代码")
		}
		return judged(KindID, "", parts, notes)
	}
	if p := usccProblem(s); p != "" {
		var notes []string
		// A mistyped identity number fails as a unit code, too; say so.
		if len(s) == 18 && allDigits(s[:17]) && validBirth(s[6:14]) {
			notes = append(notes, "也可能是身份证号：出生日期可以成立，但校验码（第18位）不符")
		}
		return judged(KindUSCC, p, nil, notes)
	}
	u := splitUSCC(s)
	parts := map[string]string{"authority": u.Authority, "category": u.Category, "division": u.Division, "organization": u.Organization, "check": u.Check}
	v, ok := authorities[u.Authority]
	name(parts, "authority_name", v, ok)
	v, ok = categories[u.Authority+u.Category]
	name(parts, "category_name", v, ok)
	v, ok = DivisionName(u.Division)
	name(parts, "division_name", v, ok)
	return judged(KindUSCC, "", parts, usccNotes(s))
}

func parseOrganization(s string) Code {
	if p := lengthProblem(s, 9); p != "" {
		return judged(KindOrganization, p, nil, nil)
	}
	if !plain(s) {
		return judged(KindOrganization, "只能用数字和大写字母", nil, nil)
	}
	if want := CheckOrganization(s); want != s[8] {
		if c, ok := parseDivision(s); ok {
			return c
		}
		return judged(KindOrganization, fmt.Sprintf("校验码不符，第9位为“%c”，按前8位应为“%c”", s[8], want), nil, nil)
	}
	return judged(KindOrganization, "", map[string]string{"body": s[:8], "check": s[8:]}, nil)
}

// parseDivision reads the 6 digits of GB/T 2260 and the 9 of a township.
func parseDivision(s string) (Code, bool) {
	if !allDigits(s) {
		return Code{}, false
	}
	n, ok := DivisionName(s[:2])
	if !ok || s[:2] == "00" {
		return Code{}, false
	}
	parts := map[string]string{"province": s[:2], "province_name": n, "city": s[2:4], "county": s[4:6]}
	if len(s) == 9 {
		parts["township"] = s[6:]
	}
	return judged(KindDivision, "", parts, nil), true
}

func parseID15(s string) Code {
	if len(s) != 15 || !allDigits(s) {
		return unknown("共15位但不全是数字，不是已知的编码")
	}
	if !validBirth("19" + s[6:12]) {
		return judged(KindID15, "第7至12位不是真实的出生日期", nil, nil)
	}
	return judged(KindID15, "", map[string]string{"division": s[:6], "birth": "19" + s[6:8] + "-" + s[8:10] + "-" + s[10:12]},
		[]string{"15位身份证号已于2013年1月1日停止使用，请改用18位号码"})
}

// oldTypes are the two letters for a type in lists made before the national
// scheme (DB52/T 1264-2018 and others); they abbreviate the pinyin.
var oldTypes = map[string]string{
	"XK": "行政许可", "CF": "行政处罚", "QZ": "行政强制", "ZS": "行政征收", "JF": "行政给付",
	"JC": "行政检查", "QR": "行政确认", "JL": "行政奖励", "CJ": "行政裁决", "QT": "其他行政权力", "GG": "公共服务", "FW": "公共服务",
}

// parseBasic10 reads two type letters, five and three digits (2016 scheme).
func parseBasic10(s string) (Code, bool) {
	if len(s) != 10 || !isUpper(s[0]) || !isUpper(s[1]) || !allDigits(s[2:]) {
		return Code{}, false
	}
	parts := map[string]string{"type": s[:2], "main": s[2:7], "sub": s[7:]}
	notes := []string{"2016年的旧编码规则，现行基本编码为12位"}
	if n, ok := oldTypes[s[:2]]; ok {
		parts["type_name"] = n
	} else {
		notes = append(notes, fmt.Sprintf("类型“%s”不在已知表中", s[:2]))
	}
	return judged(KindBasic10, "", parts, notes), true
}

// parseSichuan14 reads 51, type, and ten digits, or a code of twelve and two.
func parseSichuan14(s string) (Code, bool) {
	if len(s) != 14 || s[:2] != "51" || !ValidBasic(s[:12]) || !allDigits(s[12:]) {
		return Code{}, false
	}
	parts := map[string]string{"division": "51", "division_name": "四川省", "type": s[2:4]}
	var notes []string
	v, ok := TypeName("51", s[2:4])
	name(parts, "type_name", v, ok)
	if !ok {
		notes = append(notes, fmt.Sprintf("四川省的事项类型表中没有“%s”", s[2:4]))
	}
	if isDigit(s[3]) {
		parts["basic"], parts["serial"] = s[:12], s[12:]
	} else {
		parts["serial"] = s[4:]
	}
	return judged(KindSichuanBasic, "", parts, append(notes, "四川省的14位编码，不是国家规定的12位基本编码")), true
}

// sichuanLetters are the types of the list that Sichuan used before.
var sichuanLetters = map[byte]string{'E': "行政裁决", 'F': "行政确认", 'G': "行政给付", 'H': "行政奖励", 'Z': "其他行政权力"}

// parseHyphened reads the schemes that are written with hyphens.
func parseHyphened(s string) (Code, bool) {
	f := strings.Split(s, "-")
	switch {
	case len(f) == 2 && len(f[0]) == 8 && len(f[1]) == 1 && plain(f[0]) && plain(f[1]):
		return parseOrganization(f[0] + f[1]), true
	case len(f) == 3 && len(f[0]) == 10 && allDigits(f[0][:6]) && plain(f[0]) && len(f[1]) == 2 && isUpper(f[1][0]) && isUpper(f[1][1]) && len(f[2]) == 4 && allDigits(f[2]):
		parts := map[string]string{"division": f[0][:6], "department": f[0][6:], "type": f[1], "serial": f[2]}
		v, ok := DivisionName(f[0][:2])
		name(parts, "division_name", v, ok)
		var notes []string
		if !ok {
			notes = append(notes, "前两位不是省级区划代码")
		}
		if v, ok = oldTypes[f[1]]; ok {
			parts["type_name"] = v
		} else {
			notes = append(notes, fmt.Sprintf("类型“%s”不在已知表中", f[1]))
		}
		return judged(KindCountyPower, "", parts, append(notes, "县级权力清单的编码，不是国家规定的31位实施编码")), true
	case len(f) == 2 && strings.HasPrefix(f[0], "12") && len(f[0]) > 13 && len(f[1]) == 2 && allDigits(f[1]) && allDigits(f[0][:6]) && plain(f[0]) && strings.Contains(f[0][6:], "XK"):
		i := 6 + strings.LastIndex(f[0][6:], "XK")
		return judged(KindTianjin, "", map[string]string{"division": f[0][:6], "division_name": "天津市", "department": f[0][6:i], "type": "XK", "type_name": "行政许可", "serial": f[0][i+2:], "sub": f[1]},
			[]string{"地方编码，不是国家规定的31位实施编码"}), true
	case len(f) == 3 && len(f[1]) == 5 && allDigits(f[1]) && len(f[2]) == 3 && allDigits(f[2]) && isTypeName(f[0]):
		return judged(KindNamedType, "", map[string]string{"type_name": f[0], "main": f[1], "sub": f[2]},
			[]string{"2016年前后的地方编码，现行基本编码为12位"}), true
	case len(f) == 3 && oldSichuan(f):
		parts := map[string]string{"type": f[0], "main": f[1], "sub": f[2]}
		if len(f[0]) == 1 {
			if v, ok := sichuanLetters[f[0][0]]; ok {
				parts["type_name"] = v
			}
		}
		return judged(KindSichuanOld, "", parts, []string{"四川省旧的权力事项编码，不是国家规定的12位基本编码"}), true
	}
	return parseSichuanImpl(s, f)
}

func isTypeName(s string) bool {
	for _, n := range types["00"] {
		if s == n || "行政"+s == n {
			return true
		}
	}
	return s == "其他权力" || s == "审核转报"
}

// oldSichuan tells G-000007-001, A-005818-5818 and 1J-5100-00027.
func oldSichuan(f []string) bool {
	switch {
	case len(f[0]) == 1 && isUpper(f[0][0]):
		return len(f[1]) == 6 && allDigits(f[1]) && (len(f[2]) == 3 || len(f[2]) == 4) && allDigits(f[2])
	case len(f[0]) == 2 && isDigit(f[0][0]) && isUpper(f[0][1]):
		return len(f[1]) == 4 && allDigits(f[1]) && len(f[2]) == 5 && allDigits(f[2])
	}
	return false
}

// parseSichuanImpl reads base-area-000-unit-n-nn, where base and unit may hold
// hyphens themselves, and the short form base-unit.
func parseSichuanImpl(s string, f []string) (Code, bool) {
	base, rest := f[0], f[1:]
	var b Code
	switch {
	case len(base) == 12 && base[:2] == "51" && ValidBasic(base):
		b = parseBasic12(base)
	case len(base) == 14:
		var ok bool
		if b, ok = parseSichuan14(base); !ok {
			return Code{}, false
		}
	case len(f) > 3 && oldSichuan(f[:3]):
		base, rest = strings.Join(f[:3], "-"), f[3:]
		b, _ = parseHyphened(base)
	default:
		return Code{}, false
	}
	parts := map[string]string{"basic": base}
	for _, k := range [...]string{"division", "division_name", "type", "type_name", "department", "department_name", "main", "sub"} {
		if v, ok := b.Parts[k]; ok {
			parts[k] = v
		}
	}
	notes := append([]string{"四川省的实施编码，不是国家规定的31位实施编码"}, b.Notes...)
	var unit string
	switch {
	case len(rest) == 1:
		unit = rest[0]
	case len(rest) >= 5 && len(rest) <= 6 && len(rest[0]) == 12 && allDigits(rest[0]) && len(rest[1]) == 3 && allDigits(rest[1]):
		tail := rest[len(rest)-2:]
		if len(tail[0]) != 1 || !allDigits(tail[0]) || len(tail[1]) != 2 || !allDigits(tail[1]) {
			return judged(KindSichuanImpl, "末段应为“-1-00”这样的一位和两位数字", parts, notes), true
		}
		unit = strings.Join(rest[2:len(rest)-2], "-")
		parts["area"], parts["village"], parts["variant"], parts["serial"] = rest[0], rest[1], tail[0], tail[1]
	default:
		return judged(KindSichuanImpl, "应为“基本编码-12位区划-3位-机构代码-1位-2位”", parts, notes), true
	}
	parts["unit"] = unit
	plainUnit := strings.ReplaceAll(unit, "-", "")
	switch {
	case len(plainUnit) == 9 && ValidOrganization(plainUnit):
	case ValidUSCC(unit):
		notes = append(notes, usccNotes(unit)...)
	case len(unit) == 18:
		return judged(KindSichuanImpl, "其中机构代码的"+usccProblem(unit), parts, notes), true
	default:
		return judged(KindSichuanImpl, fmt.Sprintf("其中的机构代码共%d位，既不是18位统一社会信用代码，也不是9位组织机构代码", len([]rune(unit))), parts, notes), true
	}
	return judged(KindSichuanImpl, "", parts, notes), true
}
