package store

import (
	"onevisit/internal/domain/audit"
	"onevisit/internal/domain/org"
)

// Record appends to the audit trail that the actor did something to an object.
// The summary carries no personal data.
func (tx *Tx) Record(a org.Actor, action, kind, id, summary string) error {
	role := ""
	if len(a.Roles) > 0 {
		role = string(a.Roles[0])
	}
	return tx.Audit(audit.Entry{ActorID: a.ID, ActorName: a.Name, ActorRole: role, Action: action, ObjectKind: kind, ObjectID: id, Summary: summary})
}
