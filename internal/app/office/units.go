package office

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/infra/store"
)

// Units returns all units, for every signed-in person.
func (s *Service) Units(ctx context.Context) ([]org.Unit, error) {
	var units []org.Unit
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		units, err = tx.Units()
		return err
	})
	return units, err
}

// UnitRecord is a unit with what belongs to it.
type UnitRecord struct {
	org.Unit
	Offices []org.Office
	Windows []org.Window
	Halls   []org.Hall // of the windows
	People  []Account
	Managed []org.Unit // it reports for them (P-2.1b)
}

// Unit returns the record of a unit for whoever keeps the register.
func (s *Service) Unit(ctx context.Context, a org.Actor, id string) (UnitRecord, error) {
	var r UnitRecord
	if err := org.Can(a, org.ManageUnits, id); err != nil {
		return r, err
	}
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		if r.Unit, err = tx.Unit(id); err != nil {
			return err
		}
		if r.Offices, err = tx.Offices(id); err != nil {
			return err
		}
		windows, err := tx.Windows()
		if err != nil {
			return err
		}
		for _, w := range windows {
			if w.UnitID == id {
				r.Windows = append(r.Windows, w)
			}
		}
		if r.Halls, err = tx.Halls(); err != nil {
			return err
		}
		people, err := tx.People(id)
		if err != nil {
			return err
		}
		for _, p := range people {
			r.People = append(r.People, account(p, tx.Now()))
		}
		units, err := tx.Units()
		for _, u := range units {
			if u.Supervisor == id {
				r.Managed = append(r.Managed, u)
			}
		}
		return err
	})
	return r, err
}

// SaveUnit enters a unit (with an empty ID) or changes it. Its items in hand are
// judged again: rules compare them with their unit's record.
func (s *Service) SaveUnit(ctx context.Context, a org.Actor, u org.Unit) (org.Unit, error) {
	if err := org.Can(a, org.ManageUnits, u.ID); err != nil {
		return u, err
	}
	if err := tidyUnit(&u); err != nil {
		return u, err
	}
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		units, err := tx.Units()
		if err != nil {
			return err
		}
		return saveUnit(tx, a, units, &u)
	})
	return u, err
}

func tidyUnit(u *org.Unit) error {
	for _, p := range []*string{&u.Name, &u.Short, &u.System, &u.Division, &u.USCC, &u.Department, &u.Phone, &u.Complaint, &u.Address, &u.Hours} {
		*p = strings.Join(strings.Fields(*p), " ")
	}
	u.Short = cmp.Or(u.Short, u.Name)
	return u.Validate()
}

// saveUnit enters a unit into the register, or changes it; units are those of
// the register.
func saveUnit(tx *store.Tx, a org.Actor, units []org.Unit, u *org.Unit) error {
	var supervisor *org.Unit
	supervised, last := 0, 0
	for i := range units {
		o := &units[i]
		last = max(last, o.Position)
		if o.ID == u.Supervisor {
			supervisor = o
		}
		if u.ID != "" && o.Supervisor == u.ID {
			supervised++
		}
		if o.Name == u.Name && o.ID != u.ID {
			return fault.Invalidf("单位信息填写有误，请按提示更正。").At("name", "已有名为“%s”的单位", u.Name)
		}
	}
	if err := u.CheckSupervisor(supervisor, supervised); err != nil {
		return err
	}
	if u.ID == "" {
		u.Position = last + 1
		if err := tx.InsertUnit(u); err != nil {
			return err
		}
		return tx.Record(a, "新建单位", "单位", u.ID, u.Name)
	}
	i := slices.IndexFunc(units, func(o org.Unit) bool { return o.ID == u.ID })
	if i < 0 {
		return fault.NotFoundf("单位名录中没有这个单位。")
	}
	u.Position = units[i].Position
	if err := tx.UpdateUnit(u); err != nil {
		return err
	}
	if err := tx.Enqueue(store.Job{Kind: store.RejudgeJob, Payload: struct{}{}, UniqueKey: fmt.Sprintf("%s:%s:%d", store.RejudgeJob, u.ID, u.Version)}); err != nil {
		return err
	}
	summary := u.Name
	if was := units[i].Name; was != u.Name {
		summary = was + "更名为" + u.Name
	}
	return tx.Record(a, "修改单位", "单位", u.ID, summary)
}

// SaveOffice enters an office of a unit (with an empty ID), renames it, or
// removes it (with an empty name).
func (s *Service) SaveOffice(ctx context.Context, a org.Actor, o org.Office) error {
	if err := org.Can(a, org.ManageUnits, o.UnitID); err != nil {
		return err
	}
	o.Name = strings.Join(strings.Fields(o.Name), " ")
	if o.ID == "" && o.Name == "" {
		return fault.Invalidf("股室没有保存。").At("office", "请填写股室名称")
	}
	return s.db.Update(ctx, func(tx *store.Tx) error {
		u, err := tx.Unit(o.UnitID)
		if err != nil {
			return err
		}
		action := "修改股室"
		switch {
		case o.ID == "":
			action, err = "新建股室", tx.InsertOffice(&o)
		case o.Name == "":
			action, err = "撤销股室", tx.DeleteOffice(o.UnitID, o.ID)
		default:
			err = tx.UpdateOffice(o)
		}
		if fault.Is(err, fault.Conflict) {
			return fault.Invalidf("股室没有保存。").At("office", "本单位已有“%s”", o.Name)
		}
		if err != nil {
			return err
		}
		return tx.Record(a, action, "单位", u.ID, strings.TrimSpace(u.Name+" "+o.Name))
	})
}

// HallRecord is a hall with its windows.
type HallRecord struct {
	org.Hall
	Windows []org.Window
}

// Halls returns the halls with their windows, for every signed-in person.
func (s *Service) Halls(ctx context.Context) ([]HallRecord, error) {
	var out []HallRecord
	err := s.db.View(ctx, func(tx *store.Tx) error {
		halls, err := tx.Halls()
		if err != nil {
			return err
		}
		windows, err := tx.Windows()
		for _, h := range halls {
			r := HallRecord{Hall: h}
			for _, w := range windows {
				if w.HallID == h.ID {
					r.Windows = append(r.Windows, w)
				}
			}
			out = append(out, r)
		}
		return err
	})
	return out, err
}

// SaveHall enters a hall (with an empty ID), changes it, or removes it if it has
// no windows (with an empty name).
func (s *Service) SaveHall(ctx context.Context, a org.Actor, h org.Hall) error {
	if err := org.Can(a, org.ManageUnits, ""); err != nil {
		return err
	}
	for _, p := range []*string{&h.Name, &h.Address, &h.Hours, &h.Phone} {
		*p = strings.Join(strings.Fields(*p), " ")
	}
	if h.ID == "" && h.Name == "" {
		return fault.Invalidf("大厅没有保存。").At("name", "请填写大厅名称")
	}
	return s.db.Update(ctx, func(tx *store.Tx) error {
		var err error
		action := "修改大厅"
		switch {
		case h.ID == "":
			action, err = "新建大厅", tx.InsertHall(&h)
		case h.Name == "":
			windows, werr := tx.Windows()
			if werr != nil {
				return werr
			}
			if slices.ContainsFunc(windows, func(w org.Window) bool { return w.HallID == h.ID }) {
				return fault.Conflictf("大厅还有窗口，请先撤销窗口。")
			}
			action, err = "撤销大厅", tx.DeleteHall(h.ID)
		default:
			err = tx.UpdateHall(h)
		}
		if fault.Is(err, fault.Conflict) {
			return fault.Invalidf("大厅没有保存。").At("name", "已有名为“%s”的大厅", h.Name)
		}
		if err != nil {
			return err
		}
		return tx.Record(a, action, "大厅", h.ID, h.Name)
	})
}

// SaveWindow enters a window of a hall (with an empty ID), changes it, or removes
// it (with an empty name).
func (s *Service) SaveWindow(ctx context.Context, a org.Actor, w org.Window) error {
	if err := org.Can(a, org.ManageUnits, ""); err != nil {
		return err
	}
	w.Name = strings.Join(strings.Fields(w.Name), " ")
	if w.ID == "" && w.Name == "" {
		return fault.Invalidf("窗口没有保存。").At("window", "请填写窗口名称")
	}
	return s.db.Update(ctx, func(tx *store.Tx) error {
		if w.Name != "" {
			if _, err := tx.Unit(w.UnitID); err != nil {
				return fault.Invalidf("窗口没有保存。").At("unit", "请选择窗口所属的单位")
			}
		}
		var err error
		action := "修改窗口"
		switch {
		case w.ID == "":
			action, err = "新建窗口", tx.InsertWindow(&w)
		case w.Name == "":
			action, err = "撤销窗口", tx.DeleteWindow(w.HallID, w.ID)
		default:
			err = tx.UpdateWindow(w)
		}
		if fault.Is(err, fault.Conflict) {
			return fault.Invalidf("窗口没有保存。").At("window", "这个大厅已有“%s”", w.Name)
		}
		if err != nil {
			return err
		}
		return tx.Record(a, action, "大厅", w.HallID, w.Name)
	})
}
