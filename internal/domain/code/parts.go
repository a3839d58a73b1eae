package code

import (
	"fmt"
	"strings"

	"onevisit/internal/domain/fault"
)

// BasicCode is a 基本编码 of 12: 2 division (00 国家), 2 type, 2 department,
// 3 main item, 3 sub-item (000 none).
type BasicCode struct {
	Division, Type, Department, Main, Sub string
}

func (b BasicCode) String() string { return b.Division + b.Type + b.Department + b.Main + b.Sub }

// ImplCode is an 实施编码 of 31: the unit's code, the 行使层级, the 基本编码.
type ImplCode struct {
	USCC  string
	Level string
	Basic BasicCode
}

func (c ImplCode) String() string { return c.USCC + c.Level + c.Basic.String() }

// HandlingCode is a 业务办理项编码 of 33: an 实施编码 and a serial from 01.
type HandlingCode struct {
	Impl   ImplCode
	Serial string
}

func (c HandlingCode) String() string { return c.Impl.String() + c.Serial }

// USCC is a 统一社会信用代码 of 18 (GB 32100-2015): 1 registering authority,
// 1 category, 6 division, 9 organisation code, 1 check character.
type USCC struct {
	Authority, Category, Division, Organization, Check string
}

func (u USCC) String() string {
	return u.Authority + u.Category + u.Division + u.Organization + u.Check
}

// CitizenID is a 公民身份号码 of 18 (GB 11643-1999). Birth is "2006-01-02".
type CitizenID struct {
	Number   IDNumber
	Division string
	Birth    string
	Male     bool
}

// ParseBasic, ParseImpl, ParseHandling, ParseUSCC and ParseID normalise s and
// split it. The error is fault.Invalid and says which character is wrong; it
// never quotes an identity number.
func ParseBasic(s string) (BasicCode, error) {
	s = Normalize(s)
	if p := basicProblem(s, 0); p != "" {
		return BasicCode{}, fault.Invalidf("基本编码有误：%s。", p)
	}
	return splitBasic(s), nil
}

// ParseImpl splits an 实施编码.
func ParseImpl(s string) (ImplCode, error) {
	s = Normalize(s)
	if p := implProblem(s); p != "" {
		return ImplCode{}, fault.Invalidf("实施编码有误：%s。", p)
	}
	return splitImpl(s), nil
}

// ParseHandling splits a 业务办理项编码.
func ParseHandling(s string) (HandlingCode, error) {
	s = Normalize(s)
	if p := handlingProblem(s); p != "" {
		return HandlingCode{}, fault.Invalidf("业务办理项编码有误：%s。", p)
	}
	return HandlingCode{Impl: splitImpl(s[:31]), Serial: s[31:]}, nil
}

// ParseUSCC splits a 统一社会信用代码.
func ParseUSCC(s string) (USCC, error) {
	s = Normalize(s)
	if p := usccProblem(s); p != "" {
		return USCC{}, fault.Invalidf("统一社会信用代码有误：%s。", p)
	}
	return splitUSCC(s), nil
}

// ParseID splits a 公民身份号码.
func ParseID(s string) (CitizenID, error) {
	s = Normalize(s)
	if p := idProblem(s); p != "" {
		return CitizenID{}, fault.Invalidf("身份证号有误：%s。", p)
	}
	return splitID(s), nil
}

func splitBasic(s string) BasicCode {
	return BasicCode{Division: s[:2], Type: s[2:4], Department: s[4:6], Main: s[6:9], Sub: s[9:12]}
}

func splitImpl(s string) ImplCode {
	return ImplCode{USCC: s[:18], Level: s[18:19], Basic: splitBasic(s[19:31])}
}

func splitUSCC(s string) USCC {
	return USCC{Authority: s[:1], Category: s[1:2], Division: s[2:8], Organization: s[8:17], Check: s[17:]}
}

func splitID(s string) CitizenID {
	return CitizenID{Number: IDNumber(s), Division: s[:6], Birth: s[6:10] + "-" + s[10:12] + "-" + s[12:14], Male: (s[16]-'0')%2 == 1}
}

// lengthProblem speaks of characters, as people count them.
func lengthProblem(s string, want int) string {
	if n := len([]rune(s)); n != want {
		return fmt.Sprintf("应为%d位，现为%d位", want, n)
	}
	for _, r := range s {
		if r >= 0x80 {
			return fmt.Sprintf("含有不能用于编码的字符“%c”", r)
		}
	}
	return ""
}

// at names a character by its position counted from 1; a control or other
// unprintable character is not repeated in the message.
func at(pos int, c byte) string {
	if c <= ' ' || c >= 0x7f {
		return fmt.Sprintf("第%d位的字符", pos)
	}
	return fmt.Sprintf("第%d位“%c”", pos, c)
}

// basicProblem judges a 基本编码 that stands at offset off of a longer code.
func basicProblem(s string, off int) string {
	if p := lengthProblem(s, 12); p != "" {
		return p
	}
	for i := range 12 {
		if isDigit(s[i]) || i == 3 && isUpper(s[i]) {
			continue
		}
		if i == 3 {
			return at(off+i+1, s[i]) + "应为数字或大写字母（事项类型）"
		}
		return at(off+i+1, s[i]) + "应为数字"
	}
	return ""
}

func usccProblem(s string) string {
	if p := lengthProblem(s, 18); p != "" {
		return p
	}
	for i := range 18 {
		if usccValue[s[i]] < 0 {
			return at(i+1, s[i]) + "不在统一社会信用代码的字符集内（只用数字和除I、O、S、V、Z外的大写字母）"
		}
	}
	if want := CheckUSCC(s); want != s[17] {
		return fmt.Sprintf("统一社会信用代码的校验码不符，第18位为“%c”，按前17位应为“%c”，请核对是否录错", s[17], want)
	}
	return ""
}

func implProblem(s string) string {
	if p := lengthProblem(s, 31); p != "" {
		return p
	}
	if p := usccProblem(s[:18]); p != "" {
		return "前18位的" + p
	}
	if !isDigit(s[18]) {
		return at(19, s[18]) + "应为数字（行使层级）"
	}
	return basicProblem(s[19:], 19)
}

func handlingProblem(s string) string {
	if p := lengthProblem(s, 33); p != "" {
		return p
	}
	if p := implProblem(s[:31]); p != "" {
		return p
	}
	for i := 31; i < 33; i++ {
		if !isDigit(s[i]) {
			return at(i+1, s[i]) + "应为数字（业务办理项顺序号）"
		}
	}
	return ""
}

// idProblem does not quote the number, which is personal data.
func idProblem(s string) string {
	if p := lengthProblem(s, 18); p != "" {
		return p
	}
	if !allDigits(s[:17]) || !isDigit(s[17]) && s[17] != 'X' {
		return "前17位应为数字，第18位应为数字或X"
	}
	if !validBirth(s[6:14]) {
		return "第7至14位不是真实的出生日期"
	}
	if CheckCitizen(s) != s[17] {
		return "校验码（第18位）不符，请核对是否录错"
	}
	return ""
}

// basicNotes says what the tables do not know of a well-formed 基本编码.
func basicNotes(b BasicCode) (notes []string) {
	division, ok := DivisionName(b.Division)
	if !ok {
		notes = append(notes, fmt.Sprintf("区划“%s”不是国家或省级代码", b.Division))
		division = b.Division
	}
	if _, ok := TypeName(b.Division, b.Type); !ok {
		notes = append(notes, fmt.Sprintf("%s的事项类型表中没有“%s”", division, b.Type))
	}
	if _, ok := DepartmentName(b.Division, b.Department); !ok {
		notes = append(notes, fmt.Sprintf("%s的部门表中没有“%s”", division, b.Department))
	}
	return notes
}

var authorities = map[string]string{
	"1": "机构编制", "2": "外交", "3": "司法行政", "4": "文化", "5": "民政", "6": "旅游", "7": "宗教", "8": "工会",
	"9": "工商", "A": "中央军委改革和编制办公室", "N": "农业", "Y": "其他",
}

var categories = map[string]string{
	"11": "机关", "12": "事业单位", "13": "编办直接管理机构编制的群众团体", "19": "其他",
	"51": "社会团体", "52": "民办非企业单位", "53": "基金会", "59": "其他",
	"91": "企业", "92": "个体工商户", "93": "农民专业合作社", "Y1": "其他",
}

func usccNotes(s string) (notes []string) {
	if _, ok := authorities[s[:1]]; !ok {
		notes = append(notes, fmt.Sprintf("登记管理部门代码“%s”不在已知表中", s[:1]))
	}
	if !allDigits(s[2:8]) {
		notes = append(notes, "第3至8位的登记管理机关行政区划码通常为6位数字")
	}
	if !ValidOrganization(s[8:17]) {
		notes = append(notes, fmt.Sprintf("其中的组织机构代码（第9至17位）按GB 11714校验码应为“%c”，现为“%c”", CheckOrganization(s[8:16]), s[16]))
	}
	return notes
}

// MakeBasic puts together a 基本编码. main is 1–999, sub 0–999 (0 none).
func MakeBasic(division, typ, department string, main, sub int) (BasicCode, error) {
	if main < 1 || main > 999 || sub < 0 || sub > 999 {
		return BasicCode{}, fault.Invalidf("主项序号应在1至999之间，子项序号应在0至999之间。")
	}
	return ParseBasic(division + typ + department + fmt.Sprintf("%03d%03d", main, sub))
}

// MakeImpl puts together an 实施编码 of a unit, a level (1–7) and a 基本编码.
func MakeImpl(uscc, level string, basic BasicCode) (ImplCode, error) {
	if _, ok := LevelName(level); !ok {
		return ImplCode{}, fault.Invalidf("行使层级代码应为1至7。")
	}
	return ParseImpl(uscc + level + basic.String())
}

// MakeHandling numbers the n-th (1–99) 业务办理项 of an 实施编码.
func MakeHandling(impl ImplCode, n int) (HandlingCode, error) {
	if n < 1 || n > 99 {
		return HandlingCode{}, fault.Invalidf("业务办理项序号应在1至99之间。")
	}
	return ParseHandling(impl.String() + fmt.Sprintf("%02d", n))
}

// MakeUSCC makes a code with both check characters right for demonstrations:
// kind "11" 机关, "12" 事业单位, "91" 企业 …, a division of six digits and a
// serial of 0–999999 within it. The organisation part begins with MB, the
// block given to new bodies.
func MakeUSCC(kind, division string, serial int) (string, error) {
	if len(kind) != 2 || len(division) != 6 || !allDigits(division) || serial < 0 || serial > 999_999 {
		return "", fault.Invalidf("生成统一社会信用代码需要2位类别、6位区划和0至999999的序号。")
	}
	org := fmt.Sprintf("MB%06d", serial)
	s := kind + division + org + string(CheckOrganization(org))
	c := CheckUSCC(s)
	if c == 0 {
		return "", fault.Invalidf("类别“%s”含有不能使用的字符。", strings.ToValidUTF8(kind, "?"))
	}
	return s + string(c), nil
}

// MakeID makes a number with the right check digit for demonstrations and
// tests: a division of six digits, a birth date "2006-01-02" and a serial of
// 0–999 (odd for men).
func MakeID(division, birth string, serial int) (IDNumber, error) {
	day := strings.ReplaceAll(birth, "-", "")
	if len(division) != 6 || !allDigits(division) || len(birth) != 10 || !validBirth(day) || serial < 0 || serial > 999 {
		return "", fault.Invalidf("生成身份证号需要6位区划、真实的出生日期和0至999的顺序码。")
	}
	s := division + day + fmt.Sprintf("%03d", serial)
	return IDNumber(s + string(CheckCitizen(s))), nil
}
