package reform_test

import (
	"slices"
	"testing"

	"onevisit/internal/app/reform"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/work"
	"onevisit/internal/infra/store"
	"onevisit/internal/infra/store/storetest"
)

// A leader leaves while something waits for the leader: the reform office sees
// the empty post and what waits, until somebody else holds it.
func TestVacantPosts(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		c, ctx := newCounty(t, db), t.Context()
		people := map[string]*org.Person{}
		change := func(f func(tx *store.Tx) error) {
			t.Helper()
			if err := db.Update(ctx, f); err != nil {
				t.Fatal(err)
			}
		}
		hire := func(login string, unit org.Unit, roles ...org.Role) {
			t.Helper()
			p := &org.Person{Login: login, Name: login, UnitID: unit.ID, Roles: roles}
			change(func(tx *store.Tx) error { return tx.InsertPerson(p, "x") })
			people[login] = p
		}
		vacant := func(unit org.Unit, waiting int, want ...org.Role) {
			t.Helper()
			list, err := c.r.Contacts(ctx, c.office)
			if err != nil {
				t.Fatal(err)
			}
			i := slices.IndexFunc(list, func(u reform.UnitContact) bool { return u.Unit.ID == unit.ID })
			if i < 0 || !slices.Equal(list[i].Vacant, want) || list[i].Waiting != waiting {
				t.Errorf("%s: %+v, want %v and %d waiting", unit.Name, list[i], want, waiting)
			}
		}
		vacant(c.health, 1, org.RoleLeader, org.RoleLiaison) // the contacts are to be reported
		hire("a", c.health, org.RoleLeader)
		hire("b", c.health, org.RoleLiaison, org.RoleHandler)
		hire("c", c.water, org.RoleLeader, org.RoleLiaison)
		vacant(c.health, 0)
		vacant(c.water, 0)
		change(func(tx *store.Tx) error {
			return tx.RaiseTodo(work.Todo{Kind: work.KindSign, SubjectKind: "报送", SubjectID: "s", UnitID: c.health.ID, Role: org.RoleLeader, Title: "签署"})
		})
		vacant(c.health, 0)
		people["a"].Disabled = true
		change(func(tx *store.Tx) error { return tx.UpdatePerson(people["a"]) })
		vacant(c.health, 1, org.RoleLeader)
		if n, err := c.r.Vacancies(ctx, c.office); n != 1 || err != nil {
			t.Errorf("%d units with an empty post, %v", n, err)
		}
		hire("d", c.health, org.RoleLeader)
		vacant(c.health, 0)
		if n, err := c.r.Vacancies(ctx, c.office); n != 0 || err != nil {
			t.Errorf("%d units with an empty post, %v", n, err)
		}
	})
}
