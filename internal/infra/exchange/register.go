package exchange

import (
	"context"
	"errors"
	"io"
	"strings"

	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
)

// RegisteredUnit is a row of the register of units. What the row does not say
// is empty.
type RegisteredUnit struct {
	org.Unit
	SupervisorName string
	Scope          string // 是, 否 or empty
}

// RegisteredPerson is a row of the register of accounts.
type RegisteredPerson struct {
	org.Person
	UnitName string
}

var registerUnits = listKind{must: "name", label: "单位名称", other: "login", columns: []listColumn{
	{"name", "单位名称", []string{"名称", "单位全称", "单位"}},
	{"kind", "单位类别", []string{"类别", "单位性质", "性质"}},
	{"short", "简称", []string{"单位简称"}},
	{"supervisor", "主管单位", []string{"主管部门", "上级单位"}},
	{"uscc", "统一社会信用代码", []string{"信用代码", "社会信用代码"}},
	{"department", "部门代码", nil},
	{"system", "系统", []string{"所属系统"}},
	{"division", "行政区划代码", []string{"区划代码", "行政区划"}},
	{"phone", "咨询电话", []string{"办公电话", "联系电话", "电话"}},
	{"complaint", "投诉电话", []string{"监督电话", "监督投诉电话"}},
	{"address", "办公地址", []string{"地址"}},
	{"hours", "办公时间", []string{"工作时间"}},
	{"scope", "纳入改革", []string{"纳入改革范围", "改革范围", "是否纳入改革"}},
	{"login", "登录名", []string{"账号", "用户名"}},
}}

var registerPeople = listKind{must: "login", label: "登录名", columns: []listColumn{
	{"login", "登录名", []string{"账号", "用户名"}},
	{"name", "姓名", []string{"人员姓名"}},
	{"unit", "单位", []string{"单位名称", "所在单位"}},
	{"roles", "角色", []string{"岗位"}},
	{"phone", "手机", []string{"手机号", "手机号码", "电话", "联系电话"}},
}}

// ReadRegister reads a county's units and accounts from a workbook or csv: tables
// with a column 登录名 hold accounts, the others with a column 单位名称 hold units.
// The report counts the rows of both.
func ReadRegister(ctx context.Context, src Source, lim Limits, unit func(ListRecord[RegisteredUnit]) error, person func(ListRecord[RegisteredPerson]) error) (Report, error) {
	in, err := openInput(src, lim.withDefaults())
	if err != nil {
		return Report{}, err
	}
	in.close()
	if in.format != formatXLSX && in.format != formatCSV {
		return Report{}, fault.Invalidf("文件“%s”不是 xlsx 或 csv 表格，单位名录请用表格导入。", in.name)
	}
	total, noUnits := readEntries(ctx, src, ListOptions{Limits: lim}, registerUnits, func(_ *draft, get func(string) string) *RegisteredUnit {
		u := RegisteredUnit{SupervisorName: get("supervisor"), Scope: get("scope")}
		u.Name, u.Kind, u.Short, u.USCC, u.Department = get("name"), org.UnitKind(get("kind")), get("short"), strings.ToUpper(get("uscc")), get("department")
		u.System, u.Division, u.Phone, u.Complaint, u.Address, u.Hours = get("system"), get("division"), get("phone"), get("complaint"), get("address"), get("hours")
		if u.Name == "" {
			return nil
		}
		return &u
	}, unit)
	if noUnits != nil && !errors.Is(noUnits, errNothing) {
		return total, noUnits
	}
	people, err := readEntries(ctx, src, ListOptions{Limits: lim}, registerPeople, func(_ *draft, get func(string) string) *RegisteredPerson {
		p := RegisteredPerson{UnitName: get("unit")}
		p.Login, p.Name, p.Phone = strings.ToLower(get("login")), get("name"), get("phone")
		for _, r := range strings.FieldsFunc(get("roles"), func(r rune) bool { return strings.ContainsRune("、，,；;/ \n", r) }) {
			p.Roles = append(p.Roles, org.Role(r))
		}
		if p.Login == "" {
			return nil
		}
		return &p
	}, person)
	switch {
	case err != nil && noUnits != nil:
		return total, noUnits
	case err != nil && !errors.Is(err, errNothing):
		return total, err
	case noUnits != nil:
		return people, nil
	}
	total.Rows, total.Good, total.Bad = total.Rows+people.Rows, total.Good+people.Good, total.Bad+people.Bad
	total.Problems, total.Omitted = append(total.Problems, people.Problems...), total.Omitted+people.Omitted
	total.Unknown = append(total.Unknown, people.Unknown...)
	return total, nil
}

// WriteRegisterTemplate writes the workbook that an administrator fills in: the
// two tables with an example each, and what may stand in the columns.
func WriteRegisterTemplate(w io.Writer) error {
	head := func(k listKind) (out []string) {
		for _, c := range k.columns {
			if c.key != k.other {
				out = append(out, c.label)
			}
		}
		return out
	}
	var kinds, roles [][]string
	for _, k := range org.UnitKinds {
		kinds = append(kinds, []string{"单位类别", string(k)})
	}
	for _, r := range org.Roles {
		what := "角色"
		if (&org.Person{Roles: []org.Role{r}}).OfUnit() {
			roles = append(roles, []string{what, string(r)})
		} else {
			roles = append(roles, []string{what, string(r) + "（由安全管理员在“账号”页授予，不在这里填写）"})
		}
	}
	notes := append([][]string{
		{"用法", "先填“单位”表，再填“账号”表，一行一个。已有的单位按名称对应，空白的格不改动已有内容。"},
		{"用法", "账号只新建，不改动已有的。初始密码由系统生成，导入后只显示一次，本人首次登录时须修改。"},
		{"单位名称", "机构编制文件上的全称，如 某某县卫生健康局"},
		{"部门代码", "基本编码第 5、6 位，如卫生健康 23"},
		{"办公时间", "如 工作日 9:00—12:00，13:30—17:30"},
		{"登录名", "小写字母、数字、点、横线和下划线，如 weijian"},
		{"主管单位", "部门所属事业单位必填，由主管单位组织报送；自行报送的单位不填。"},
		{"纳入改革", "填“是”或“否”；不填为“是”，改革工作机构不填为“否”。"},
		{"角色", "一人几个角色的，用“、”隔开。"},
	}, append(kinds, roles...)...)
	return WriteSheetsXLSX(w, Sheet{Name: "单位", Head: head(registerUnits)}, Sheet{Name: "账号", Head: head(registerPeople)},
		Sheet{Name: "填写说明", Head: []string{"列", "要求"}, Rows: notes})
}
