// Package org is the county's register of who does what: units of every kind of
// P-2.1 with the unit that supervises them, their offices, halls and windows,
// and the people with their roles. Can is the one place that says which role
// may do what to whose things.
package org

import (
	"slices"
	"strings"

	"onevisit/internal/domain/code"
	"onevisit/internal/domain/fault"
)

// UnitKind is the kind of a unit (P-2.1a–c).
type UnitKind string

// The kinds of unit.
const (
	KindDepartment  UnitKind = "政府工作部门"   // P-2.1a
	KindDirect      UnitKind = "政府直属机构"   // P-2.1a
	KindInstitution UnitKind = "政府直属事业单位" // P-2.1b
	KindSubordinate UnitKind = "部门所属事业单位" // P-2.1b: its department organises its reform
	KindEnterprise  UnitKind = "公共服务企业"   // P-2.1c: water, power, gas, transport, finance
	KindTownship    UnitKind = "乡镇"
	KindVertical    UnitKind = "垂直管理部门" // taxes, tobacco, weather: in scope where they serve the county
	KindParty       UnitKind = "党委工作部门"
	KindMass        UnitKind = "群团组织"
	KindOffice      UnitKind = "改革工作机构" // reform office, supervision office: own no items
)

// UnitKinds lists the kinds in the order in which lists show them.
var UnitKinds = []UnitKind{KindDepartment, KindDirect, KindInstitution, KindSubordinate, KindEnterprise,
	KindTownship, KindVertical, KindParty, KindMass, KindOffice}

// Unit is a body that owns items, or takes part in the reform.
type Unit struct {
	ID    string
	Name  string
	Short string
	Kind  UnitKind
	// Supervisor is the ID of the unit in charge, which reports for this one
	// (P-2.1b); empty if the unit reports itself.
	Supervisor string
	// System is the line of business (教育, 公安 …), as the department table
	// names it; units of one system issue materials for each other.
	System     string
	Division   string // GB/T 2260 code
	USCC       string // 统一社会信用代码
	Department string // two-digit department code of the item codes
	Phone      string
	Complaint  string
	Address    string
	Hours      string
	// InScope says that the reform plan binds the unit.
	InScope  bool
	Position int
	Version  int64
}

// Validate checks what every unit must have.
func (u *Unit) Validate() error {
	e := fault.Invalidf("单位信息填写有误，请按提示更正。")
	if strings.TrimSpace(u.Name) == "" {
		e.At("name", "请填写单位名称")
	}
	if !slices.Contains(UnitKinds, u.Kind) {
		e.At("kind", "单位类别“%s”不在可选范围内", u.Kind)
	}
	if u.Supervisor != "" && u.Supervisor == u.ID {
		e.At("supervisor", "主管单位不能是本单位")
	}
	if u.Kind == KindSubordinate && u.Supervisor == "" {
		e.At("supervisor", "部门所属事业单位须指明主管单位（P-2.1b）")
	}
	if u.USCC != "" && !code.ValidUSCC(u.USCC) {
		e.At("uscc", "“%s”不是有效的统一社会信用代码，请核对", u.USCC)
	}
	return e.OrNil()
}

// CheckSupervisor checks a unit against the one that it names as its supervisor
// (nil: none of that ID), and against those that name the unit itself: who
// reports for others reports for itself, so that a package has one sender.
func (u *Unit) CheckSupervisor(supervisor *Unit, supervised int) error {
	e := fault.Invalidf("单位信息填写有误，请按提示更正。")
	switch {
	case u.Supervisor == "":
	case supervisor == nil:
		e.At("supervisor", "单位名录中没有所选的主管单位")
	case supervisor.Supervisor != "":
		e.At("supervisor", "“%s”自己由其他单位组织报送，不能作主管单位", supervisor.Name)
	case supervised > 0:
		e.At("supervisor", "本单位正组织 %d 个单位报送，不能再由其他单位组织", supervised)
	}
	return e.OrNil()
}

// Office is an office (股室) inside a unit.
type Office struct {
	ID, UnitID, Name string
}

// Hall is a service hall (政务服务大厅).
type Hall struct {
	ID, Name, Address, Hours, Phone string
}

// Window is a window of a hall, staffed by a unit.
type Window struct {
	ID, HallID, UnitID, Name string
}

// Role is what a person may do.
type Role string

// The roles, after the office practice that the plan describes (P-3, P-4).
const (
	RoleClerk       Role = "窗口人员"
	RoleHandler     Role = "经办人"
	RoleLeader      Role = "单位负责人"
	RoleLiaison     Role = "单位联络员"
	RoleReform      Role = "审改办"
	RoleBureau      Role = "行政审批局"
	RoleGovernment  Role = "县政府"
	RoleSupervision Role = "督查室"
	RoleSystem      Role = "系统管理员"
	RoleSecurity    Role = "安全管理员"
	RoleAuditor     Role = "审计员"
)

// Roles lists all roles.
var Roles = []Role{RoleClerk, RoleHandler, RoleLeader, RoleLiaison, RoleReform, RoleBureau, RoleGovernment,
	RoleSupervision, RoleSystem, RoleSecurity, RoleAuditor}

// Person is somebody who signs in. Phone is personal data.
type Person struct {
	ID, Login, Name  string
	UnitID, OfficeID string
	Phone            string
	Roles            []Role
	Disabled         bool
	Version          int64
}

// CountyRoles are the roles that reach beyond a person's own unit, and those of
// the administrators. Who may give them is not who makes accounts: 等保 2.0 keeps
// the two apart.
var CountyRoles = []Role{RoleReform, RoleBureau, RoleGovernment, RoleSupervision, RoleSystem, RoleSecurity, RoleAuditor}

// OfUnit reports whether a person has only roles within the own unit.
func (p *Person) OfUnit() bool {
	return !slices.ContainsFunc(p.Roles, func(r Role) bool { return slices.Contains(CountyRoles, r) })
}

// Validate checks what every account must have.
func (p *Person) Validate() error {
	e := fault.Invalidf("账号信息填写有误，请按提示更正。")
	if l := p.Login; l == "" || strings.ContainsFunc(l, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' || r == '_' || r == '.')
	}) {
		e.At("login", "登录名只能用小写字母、数字、点、横线和下划线")
	}
	if strings.TrimSpace(p.Name) == "" {
		e.At("name", "请填写姓名")
	}
	if len(p.Roles) == 0 {
		e.At("roles", "请至少选择一个角色")
	}
	for _, r := range p.Roles {
		if !slices.Contains(Roles, r) {
			e.At("roles", "没有“%s”这个角色", r)
		}
	}
	// 等保 2.0 wants system, security and audit kept apart.
	n := 0
	for _, r := range []Role{RoleSystem, RoleSecurity, RoleAuditor} {
		if slices.Contains(p.Roles, r) {
			n++
		}
	}
	if n > 1 {
		e.At("roles", "系统管理员、安全管理员、审计员须由不同的人担任")
	}
	return e.OrNil()
}
