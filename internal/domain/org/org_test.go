package org_test

import (
	"testing"

	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
)

func actor(unit string, roles ...org.Role) org.Actor {
	return org.Actor{ID: "p1", UnitID: unit, Roles: roles, Manages: []string{"sub"}}
}

func TestCan(t *testing.T) {
	tests := []struct {
		name  string
		actor org.Actor
		act   org.Action
		unit  string
		ok    bool
	}{
		{"liaison edits own", actor("u1", org.RoleLiaison), org.EditItem, "u1", true},
		{"liaison edits managed unit (P-2.1b)", actor("u1", org.RoleLiaison), org.EditItem, "sub", true},
		{"liaison edits another unit", actor("u1", org.RoleLiaison), org.EditItem, "u2", false},
		{"leader does not edit", actor("u1", org.RoleLeader), org.EditItem, "u1", false},
		{"leader confirms own", actor("u1", org.RoleLeader), org.ConfirmItem, "u1", true},
		{"liaison does not confirm", actor("u1", org.RoleLiaison), org.ConfirmItem, "u1", false},
		{"bureau reviews", actor("b", org.RoleBureau), org.ReviewBureau, "u1", true},
		{"bureau is not the reform office", actor("b", org.RoleBureau), org.ReviewReform, "u1", false},
		{"reform office does not approve its own batch", actor("r", org.RoleReform), org.ApproveBatch, "", false},
		{"government approves", actor("g", org.RoleGovernment), org.ApproveBatch, "", true},
		{"administrator reads no items", actor("s", org.RoleSystem), org.ReadItem, "u1", false},
		{"only the auditor reads the trail", actor("s", org.RoleSystem), org.ReadAudit, "", false},
		{"liaison brings in the own unit's lists", actor("u1", org.RoleLiaison), org.ImportLists, "sub", true},
		{"liaison does not bring in the catalogue", actor("u1", org.RoleLiaison), org.ImportLists, "", false},
		{"liaison claims", actor("u1", org.RoleLiaison), org.ClaimEntries, "u1", true},
		{"reform office does not claim for a unit", actor("r", org.RoleReform), org.ClaimEntries, "u1", false},
		{"liaison registers the own places", actor("u1", org.RoleLiaison), org.ManagePlaces, "sub", true},
		{"reform office registers no place", actor("r", org.RoleReform), org.ManagePlaces, "u1", false},
		{"supervision says what it saw anywhere", actor("s", org.RoleSupervision), org.SeeDisplays, "u1", true},
		{"clerk says so at the own unit", actor("u1", org.RoleClerk), org.SeeDisplays, "u2", false},
		{"administrator sees no places", actor("s", org.RoleSystem), org.SeeDisplays, "u1", false},
		{"own without a unit is nobody's", actor("", org.RoleLiaison), org.EditItem, "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := org.Can(tt.actor, tt.act, tt.unit)
			if (err == nil) != tt.ok {
				t.Fatalf("Can = %v, want ok=%v", err, tt.ok)
			}
			if err != nil && !fault.Is(err, fault.Forbidden) {
				t.Errorf("kind = %v, want forbidden", fault.KindOf(err))
			}
		})
	}
	if err := org.Can(org.Actor{}, org.EditItem, "u1"); !fault.Is(err, fault.Unauthorized) {
		t.Errorf("nobody signed in: %v", err)
	}
}

func TestAdministratorsAreKeptApart(t *testing.T) {
	p := org.Person{Login: "admin", Name: "管理员", Roles: []org.Role{org.RoleSystem, org.RoleAuditor}}
	if p.Validate() == nil {
		t.Error("system administrator and auditor in one person must be refused")
	}
	p.Roles = []org.Role{org.RoleSystem}
	if err := p.Validate(); err != nil {
		t.Error(err)
	}
}
