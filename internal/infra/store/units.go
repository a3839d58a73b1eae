package store

import (
	"strings"

	"onevisit/internal/domain/org"
)

const unitColumns = `id, name, short, kind, supervisor, system, division, uscc, department, phone, complaint, address, hours, in_scope, position, version`

func scanUnit(s Scanner) (org.Unit, error) {
	var u org.Unit
	err := s.Scan(&u.ID, &u.Name, &u.Short, &u.Kind, &u.Supervisor, &u.System, &u.Division, &u.USCC, &u.Department,
		&u.Phone, &u.Complaint, &u.Address, &u.Hours, &u.InScope, &u.Position, &u.Version)
	return u, err
}

// Units returns all units of the county in their order. There are some hundreds
// at most, also in a province's county.
func (tx *Tx) Units() ([]org.Unit, error) {
	return Query(tx, scanUnit, `SELECT `+unitColumns+` FROM unit ORDER BY position, name`)
}

// Unit returns a unit by ID, or NotFound.
func (tx *Tx) Unit(id string) (org.Unit, error) {
	return One(tx, scanUnit, `SELECT `+unitColumns+` FROM unit WHERE id = $1`, id)
}

// UnitByName returns a unit by its exact name, or NotFound.
func (tx *Tx) UnitByName(name string) (org.Unit, error) {
	return One(tx, scanUnit, `SELECT `+unitColumns+` FROM unit WHERE name = $1`, name)
}

// InsertUnit stores a new unit and sets its ID if it has none.
func (tx *Tx) InsertUnit(u *org.Unit) error {
	if u.ID == "" {
		u.ID = NewID()
	}
	u.Version = 1
	_, err := tx.Exec(`INSERT INTO unit (`+unitColumns+`) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16)`,
		u.ID, u.Name, u.Short, string(u.Kind), u.Supervisor, u.System, u.Division, u.USCC, u.Department,
		u.Phone, u.Complaint, u.Address, u.Hours, boolInt(u.InScope), u.Position, u.Version)
	return err
}

// UpdateUnit writes u if nobody else has changed it since it was read.
func (tx *Tx) UpdateUnit(u *org.Unit) error {
	err := tx.ExecOne(`UPDATE unit SET name=$3, short=$4, kind=$5, supervisor=$6, system=$7, division=$8, uscc=$9, department=$10,
		phone=$11, complaint=$12, address=$13, hours=$14, in_scope=$15, position=$16, version=version+1 WHERE id=$1 AND version=$2`,
		u.ID, u.Version, u.Name, u.Short, string(u.Kind), u.Supervisor, u.System, u.Division, u.USCC, u.Department,
		u.Phone, u.Complaint, u.Address, u.Hours, boolInt(u.InScope), u.Position)
	if err == nil {
		u.Version++
	}
	return err
}

// InsertOffice stores an office of a unit.
func (tx *Tx) InsertOffice(o *org.Office) error {
	if o.ID == "" {
		o.ID = NewID()
	}
	_, err := tx.Exec(`INSERT INTO office (id, unit_id, name) VALUES ($1,$2,$3)`, o.ID, o.UnitID, o.Name)
	return err
}

// UpdateOffice renames an office of a unit.
func (tx *Tx) UpdateOffice(o org.Office) error {
	return tx.ExecOne(`UPDATE office SET name=$3 WHERE id=$1 AND unit_id=$2`, o.ID, o.UnitID, o.Name)
}

// DeleteOffice removes an office of a unit; people in it stay in the unit.
func (tx *Tx) DeleteOffice(unitID, id string) error {
	if _, err := tx.Exec(`UPDATE person SET office_id='' WHERE office_id=$1`, id); err != nil {
		return err
	}
	return tx.ExecOne(`DELETE FROM office WHERE id=$1 AND unit_id=$2`, id, unitID)
}

// Offices returns the offices of a unit.
func (tx *Tx) Offices(unitID string) ([]org.Office, error) {
	return Query(tx, func(s Scanner) (org.Office, error) {
		var o org.Office
		err := s.Scan(&o.ID, &o.UnitID, &o.Name)
		return o, err
	}, `SELECT id, unit_id, name FROM office WHERE unit_id=$1 ORDER BY name`, unitID)
}

// InsertHall stores a service hall.
func (tx *Tx) InsertHall(h *org.Hall) error {
	if h.ID == "" {
		h.ID = NewID()
	}
	_, err := tx.Exec(`INSERT INTO hall (id, name, address, hours, phone) VALUES ($1,$2,$3,$4,$5)`, h.ID, h.Name, h.Address, h.Hours, h.Phone)
	return err
}

// UpdateHall writes a hall.
func (tx *Tx) UpdateHall(h org.Hall) error {
	return tx.ExecOne(`UPDATE hall SET name=$2, address=$3, hours=$4, phone=$5 WHERE id=$1`, h.ID, h.Name, h.Address, h.Hours, h.Phone)
}

// DeleteHall removes a hall that has no windows.
func (tx *Tx) DeleteHall(id string) error { return tx.ExecOne(`DELETE FROM hall WHERE id=$1`, id) }

// Halls returns the county's service halls.
func (tx *Tx) Halls() ([]org.Hall, error) {
	return Query(tx, func(s Scanner) (org.Hall, error) {
		var h org.Hall
		err := s.Scan(&h.ID, &h.Name, &h.Address, &h.Hours, &h.Phone)
		return h, err
	}, `SELECT id, name, address, hours, phone FROM hall ORDER BY name`)
}

// InsertWindow stores a window of a hall.
func (tx *Tx) InsertWindow(w *org.Window) error {
	if w.ID == "" {
		w.ID = NewID()
	}
	_, err := tx.Exec(`INSERT INTO hall_window (id, hall_id, unit_id, name) VALUES ($1,$2,$3,$4)`, w.ID, w.HallID, w.UnitID, w.Name)
	return err
}

// UpdateWindow writes the name and the unit of a hall's window.
func (tx *Tx) UpdateWindow(w org.Window) error {
	return tx.ExecOne(`UPDATE hall_window SET unit_id=$3, name=$4 WHERE id=$1 AND hall_id=$2`, w.ID, w.HallID, w.UnitID, w.Name)
}

// DeleteWindow removes a window of a hall.
func (tx *Tx) DeleteWindow(hallID, id string) error {
	return tx.ExecOne(`DELETE FROM hall_window WHERE id=$1 AND hall_id=$2`, id, hallID)
}

// Windows returns the windows of all halls, by hall and name.
func (tx *Tx) Windows() ([]org.Window, error) {
	return Query(tx, func(s Scanner) (org.Window, error) {
		var w org.Window
		err := s.Scan(&w.ID, &w.HallID, &w.UnitID, &w.Name)
		return w, err
	}, `SELECT id, hall_id, unit_id, name FROM hall_window ORDER BY hall_id, name`)
}

func boolInt(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

func joinRoles(roles []org.Role) string {
	s := make([]string, len(roles))
	for i, r := range roles {
		s[i] = string(r)
	}
	return strings.Join(s, ",")
}

func splitRoles(s string) []org.Role {
	var roles []org.Role
	for r := range strings.SplitSeq(s, ",") {
		if r != "" {
			roles = append(roles, org.Role(r))
		}
	}
	return roles
}

// ManagedUnits returns the IDs of the units that a unit is in charge of.
func (tx *Tx) ManagedUnits(id string) ([]string, error) {
	return Query(tx, func(s Scanner) (string, error) {
		var v string
		err := s.Scan(&v)
		return v, err
	}, `SELECT id FROM unit WHERE supervisor=$1 ORDER BY id`, id)
}
