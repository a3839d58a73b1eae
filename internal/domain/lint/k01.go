package lint

import (
	"strings"

	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/code"
	"onevisit/internal/domain/fault"
)

// K01: the codes of the catalogue and the implementation list (P-2.3a) are well
// formed, their check digits right, and their parts say what the item says:
// unit, level and type. Types and departments are numbered by division; what
// the tables do not know is advice. 33 characters given as 实施编码 are read as
// 业务办理项编码.
func init() {
	Register(&Rule{Code: "K01", Title: "编码格式、校验码有误，或者与单位、层级、类型不一致", Clause: "P-2.3a", Severity: Error, Scope: ScopeItem, Check: checkK01,
		Why: "基本编码、实施编码、业务办理项编码和统一社会信用代码的位数、字符、校验码要正确，各段与单位、层级、事项类型相符。"})
}

func checkK01(s *Subject, r *Report) {
	it := s.Item
	uscc := ""
	if !isBlank(it.Body.USCC) {
		uscc = code.Normalize(it.Body.USCC)
		if !code.ValidUSCC(uscc) {
			_, err := code.ParseUSCC(uscc)
			r.Add("body.uscc", notPersonal(it.Body.USCC), "%s", fault.Text(err)).Do("按登记证书核对统一社会信用代码；最后一位是校验码，录错任何一位都会不符。")
			uscc = ""
		} else if u := unitNamed(r.ctx, it.Body.Name); u != nil && u.USCC != "" && code.Normalize(u.USCC) != uscc {
			r.Add("body.uscc", uscc, "实施机构“%s”登记的统一社会信用代码是%s，这里填写的是%s。", u.Name, u.USCC, uscc).
				Do("与单位登记信息核对。").RepairBy("body.uscc", u.USCC)
		}
	}

	basic := ""
	if !isBlank(it.BasicCode) {
		basic = code.Normalize(it.BasicCode)
		if !code.ValidBasic(basic) {
			basic = ""
			otherScheme(r, "basic_code", "基本编码", it.BasicCode)
		}
	}

	impl := ""
	if !isBlank(it.ImplementationCode) {
		impl = code.Normalize(it.ImplementationCode)
		if !code.ValidImpl(impl) && !code.ValidHandling(impl) {
			impl = ""
			otherScheme(r, "implementation_code", "实施编码", it.ImplementationCode)
		}
	}

	if !isBlank(it.HandlingCode) {
		h := code.Normalize(it.HandlingCode)
		switch {
		case !code.ValidHandling(h):
			_, err := code.ParseHandling(h)
			r.Add("handling_code", notPersonal(it.HandlingCode), "%s", fault.Text(err)).Do("业务办理项编码为31位实施编码加2位顺序号。")
		case len(impl) == 31 && h[:31] != impl || len(impl) == 33 && h != impl:
			r.Add("handling_code", h, "业务办理项编码的前31位与实施编码%s不一致。", impl).Do("业务办理项编码为31位实施编码加2位顺序号。")
		case impl == "":
			impl = h
		}
	}

	if impl != "" {
		if b, _ := code.BasicOf(impl); basic != "" && b != basic {
			r.Add("implementation_code", impl, "实施编码第20至31位是%s，与基本编码%s不一致。", b, basic).Do("核对两个编码，以省级目录的基本编码为准。")
		} else if basic == "" {
			basic = b
		}
		if u, _ := code.USCCOf(impl); uscc != "" && u != uscc {
			r.Add("implementation_code", impl, "实施编码前18位是%s，与实施机构的统一社会信用代码%s不一致。", u, uscc).Do("核对实施机构：实施编码的前18位是实施机构的统一社会信用代码。")
		}
		l, _ := code.LevelOf(impl)
		if want, ok := levelCode(it.Level); ok && want != l {
			name, known := code.LevelName(l)
			if !known {
				name = "未知"
			}
			r.Add("implementation_code", impl, "实施编码第19位是%s（%s），与行使层级“%s”不一致。", l, name, it.Level).Do("核对行使层级；“%s”在编码中是%s。", it.Level, want)
		}
	}
	if basic != "" {
		checkBasic(r, it, basic)
	}
}

// notPersonal drops a value that is somebody's identity number: findings are
// stored and shown.
func notPersonal(v string) string {
	if code.ValidCitizen(code.Normalize(v)) {
		return ""
	}
	return v
}

// levelCode is the code of an item's level.
func levelCode(level string) (string, bool) {
	if level == "" {
		return "", false
	}
	if c, ok := code.LevelCode(level); ok {
		return c, ok
	}
	c := catalog.Dict("行使层级").Code(level)
	return c, c != ""
}

// checkBasic compares the parts of a well-formed 基本编码 with the item.
func checkBasic(r *Report, it *catalog.Item, basic string) {
	field, division, typ, dept := "basic_code", basic[:2], basic[2:4], basic[4:6]
	if isBlank(it.BasicCode) {
		field = "implementation_code"
	}
	place, known := code.DivisionName(division)
	switch {
	case !known:
		r.AddAs(Advice, field, basic, "基本编码%s的前两位“%s”不是国家（00）或者省级代码。", basic, division).Do("与省级目录核对。")
	case division != "00" && len(r.ctx.Division) >= 2 && r.ctx.Division[:2] != division:
		r.AddAs(Warning, field, basic, "基本编码%s是%s的编码。", basic, place).Do("与本省目录核对，国家目录的事项前两位为00。")
	}
	name, ok := code.TypeName(division, typ)
	if !ok {
		r.AddAs(Advice, field, basic, "基本编码%s第3至4位“%s”不在事项类型表中，无法与事项类型核对。", basic, typ).Do("与省级目录核对。")
	} else if it.Type != "" {
		if want := codedType(it.Type); want != "" && want != name {
			r.Add(field, basic, "基本编码%s第3至4位“%s”表示%s，与事项类型“%s”不一致。", basic, typ, name, it.Type).Do("核对事项类型和基本编码，以省级目录为准。")
		}
	}
	if _, ok := code.DepartmentName(division, dept); !ok {
		r.AddAs(Advice, field, basic, "基本编码%s第5至6位“%s”不在部门代码表中。", basic, dept).Do("与省级目录核对。")
	} else if u := unitNamed(r.ctx, it.Unit); u != nil && u.Department != "" && u.Department != dept && !strings.Contains(u.Name, "审批局") {
		// The approval bureau exercises the powers of many departments.
		r.AddAs(Advice, field, basic, "基本编码%s第5至6位的部门代码是%s，%s登记的是%s。", basic, dept, u.Name, u.Department).Do("核对事项是否属于本单位。")
	}
}

// codedType is the type by which codes number the item's type: 备案, 初审 and
// 年检年审 are filed under 其他行政权力. Empty for a type that nobody knows.
func codedType(typ string) string {
	t, ok := catalog.TypeByName(typ)
	if !ok {
		return ""
	}
	if t.Code == "10" {
		return "其他行政权力"
	}
	return t.Name
}

// otherScheme reports a text that is no code of the national scheme: as advice
// if it is a code of an older or local one.
func otherScheme(r *Report, field, label, v string) {
	c := code.Parse(v)
	if c.Valid {
		switch c.Kind {
		case code.KindBasic10, code.KindImpl24, code.KindSichuanImpl, code.KindSichuanBasic, code.KindSichuanOld,
			code.KindCountyPower, code.KindTianjin, code.KindNamedType:
			r.AddAs(Advice, field, v, "%s“%s”是%s，不是国家统一的编码。", label, clip(v), c.Kind).Do("省级目录已有新编码的，改用新编码；原编码可写入本地编码。")
			return
		case code.KindID, code.KindID15:
			r.Add(field, "", "%s栏填写了身份证号。", label).Do("请立即删除，并按省级目录填写%s。", label)
			return
		}
		r.Add(field, v, "%s“%s”是%s，不是%s。", label, clip(v), c.Kind, label).Do("按省级目录填写%s。", label)
		return
	}
	var err error
	switch {
	case field == "basic_code":
		_, err = code.ParseBasic(v)
	case len(code.Normalize(v)) == 33:
		_, err = code.ParseHandling(v)
	default:
		_, err = code.ParseImpl(v)
	}
	r.Add(field, v, "%s", fault.Text(err)).Do("与省级目录核对：基本编码12位，实施编码31位，业务办理项编码33位。")
}
