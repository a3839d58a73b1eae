package org

import (
	"slices"

	"onevisit/internal/domain/fault"
)

// Actor is the signed-in person on whose behalf something is done.
type Actor struct {
	ID, Name string
	UnitID   string
	UnitName string
	Roles    []Role
	// Manages holds the IDs of the units that the actor's unit is in charge of
	// (P-2.1b).
	Manages []string
}

// Has reports whether the actor has any of the roles.
func (a Actor) Has(roles ...Role) bool {
	for _, r := range roles {
		if slices.Contains(a.Roles, r) {
			return true
		}
	}
	return false
}

// Owns reports whether the unit is the actor's own, or one it is in charge of.
func (a Actor) Owns(unitID string) bool {
	return unitID != "" && (a.UnitID == unitID || slices.Contains(a.Manages, unitID))
}

// Action is something a role may or may not do.
type Action string

// The actions of the way from draft to release, and of running the place.
const (
	ReadItem       Action = "查看事项"
	EditItem       Action = "编辑事项"
	ImportItems    Action = "导入事项"
	ClaimEntries   Action = "认领目录"
	ConfirmItem    Action = "确认事项"
	ReportContacts Action = "报送负责人和联络员"
	SubmitPackage  Action = "报送清单"
	ReviewReform   Action = "审改办审核"
	ReviewBureau   Action = "行政审批局审核"
	ReadCounty     Action = "查看全县情况"
	ImportLists    Action = "导入权责清单和上级目录"
	ComposeBatch   Action = "组织批次"
	ApproveBatch   Action = "批准批次"
	PublishBatch   Action = "公布批次"
	// An adjustment (P-3.2f) is filed by the unit, or by the reform office where
	// the unit does not; the unit's leader stands for it, the reform office decides
	// or reports it to the county government.
	FileAdjustment    Action = "申请调整"
	ConfirmAdjustment Action = "确认调整"
	DecideAdjustment  Action = "办理调整"
	ConfirmGuide      Action = "核对办事指南"
	ManagePlan        Action = "维护改革方案"
	MakePledge        Action = "作出改革承诺"
	ManageRules       Action = "维护检查规则"
	WaiveFinding      Action = "豁免检查发现的问题"
	ManagePapers      Action = "维护文书模板"
	ManageUnits       Action = "维护单位"
	ManageCounty      Action = "设置本县"
	ReadPeople        Action = "查看账号"
	ManagePeople      Action = "维护账号"
	UnlockPeople      Action = "解锁账号"
	GrantRoles        Action = "授予角色"
	ManageCalendar    Action = "维护工作日历"
	AnswerFeedback    Action = "答复指南纠错"
	ManageWords       Action = "维护搜索用语"
	ReadAudit         Action = "查看审计记录"
	ManageKeys        Action = "管理签名密钥"
	SignCommitment    Action = "签署公开承诺书"
	ManagePlaces      Action = "维护公示地点"
	SeeDisplays       Action = "查看现场公示" // and say what hangs there
)

// grant says which roles may do an action anywhere, and which only to things of
// the units they own.
type grant struct{ any, own []Role }

var grants = map[Action]grant{
	ReadItem:       {any: []Role{RoleReform, RoleBureau, RoleGovernment, RoleSupervision}, own: []Role{RoleLiaison, RoleLeader, RoleHandler, RoleClerk}},
	EditItem:       {own: []Role{RoleLiaison}},
	ImportItems:    {any: []Role{RoleReform}, own: []Role{RoleLiaison}},
	ClaimEntries:   {own: []Role{RoleLiaison}},
	ConfirmItem:    {own: []Role{RoleLeader}},
	ReportContacts: {own: []Role{RoleLiaison, RoleLeader}},
	SubmitPackage:  {own: []Role{RoleLiaison}},
	ReviewReform:   {any: []Role{RoleReform}},
	ReviewBureau:   {any: []Role{RoleBureau}},
	ReadCounty:     {any: []Role{RoleReform, RoleBureau, RoleGovernment, RoleSupervision}},
	ImportLists:    {any: []Role{RoleReform}, own: []Role{RoleLiaison}},
	ComposeBatch:   {any: []Role{RoleReform}},
	ApproveBatch:   {any: []Role{RoleGovernment}},
	PublishBatch:   {any: []Role{RoleReform}},

	FileAdjustment:    {any: []Role{RoleReform}, own: []Role{RoleLiaison}},
	ConfirmAdjustment: {own: []Role{RoleLeader}},
	DecideAdjustment:  {any: []Role{RoleReform}},
	ConfirmGuide:      {own: []Role{RoleLiaison, RoleLeader}},

	ManagePlan:     {any: []Role{RoleReform}},
	MakePledge:     {any: []Role{RoleReform}, own: []Role{RoleLiaison, RoleLeader}},
	ManageRules:    {any: []Role{RoleReform}},
	WaiveFinding:   {any: []Role{RoleReform}},
	ManagePapers:   {any: []Role{RoleReform}},
	ManageUnits:    {any: []Role{RoleSystem}},
	ManageCounty:   {any: []Role{RoleSystem}},
	ReadPeople:     {any: []Role{RoleSystem, RoleSecurity}},
	ManagePeople:   {any: []Role{RoleSystem}},
	UnlockPeople:   {any: []Role{RoleSystem, RoleSecurity}},
	GrantRoles:     {any: []Role{RoleSecurity}},
	ManageCalendar: {any: []Role{RoleSystem, RoleReform}},
	AnswerFeedback: {own: []Role{RoleLiaison, RoleLeader}},
	ManageWords:    {any: []Role{RoleReform}},
	ReadAudit:      {any: []Role{RoleAuditor}},
	ManageKeys:     {any: []Role{RoleSystem}},
	SignCommitment: {own: []Role{RoleLeader}},
	ManagePlaces:   {own: []Role{RoleLiaison}},
	SeeDisplays:    {any: []Role{RoleReform, RoleSupervision}, own: []Role{RoleLiaison, RoleLeader, RoleHandler, RoleClerk}},
}

// Can answers whether the actor may do the action to something of the unit
// (empty for things of the county). The refusal is a Forbidden fault that says
// who may.
func Can(a Actor, act Action, unitID string) error {
	if a.ID == "" {
		return fault.New(fault.Unauthorized, "请先登录。")
	}
	g, ok := grants[act]
	if !ok {
		return fault.New(fault.Internal, "unknown action %q", act)
	}
	if a.Has(g.any...) {
		return nil
	}
	if a.Has(g.own...) && a.Owns(unitID) {
		return nil
	}
	if a.Has(g.own...) {
		return fault.Forbiddenf("您只能对本单位及所管单位的事项进行“%s”。", act)
	}
	return fault.Forbiddenf("您的角色不能进行“%s”，此项由%s办理。", act, roleNames(g))
}

func roleNames(g grant) string {
	s := ""
	for _, r := range append(slices.Clone(g.any), g.own...) {
		if s != "" {
			s += "、"
		}
		s += string(r)
	}
	return s
}

// Operator is the actor of commands that are run on the machine itself.
func Operator() Actor {
	return Actor{ID: "operator", Name: "本机管理命令", Roles: []Role{RoleSystem, RoleReform, RoleSecurity}}
}
