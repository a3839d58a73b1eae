package store

import (
	"onevisit/internal/domain/calendar"
)

// metaCalendar tells every process which notices it has seen.
const metaCalendar = "calendar"

// readCalendar is a calendar with what it was made of.
type readCalendar struct {
	version string
	base    *calendar.Calendar
	cal     *calendar.Calendar
}

// Calendar is base with the notices that the county has imported since. It is
// made anew only after an import, also when another process did that.
func (tx *Tx) Calendar(base *calendar.Calendar) (*calendar.Calendar, error) {
	v, err := tx.Meta(metaCalendar)
	if err != nil || v == "" {
		return base, err
	}
	if c := tx.db.calendar.Load(); c != nil && c.version == v && c.base == base {
		return c.cal, nil
	}
	days, err := tx.CalendarDays()
	if err != nil {
		return nil, err
	}
	c := &readCalendar{v, base, base.WithDays(days)}
	tx.db.calendar.Store(c)
	return c.cal, nil
}

// CalendarDays returns the imported days in order of date.
func (tx *Tx) CalendarDays() ([]calendar.Day, error) {
	return Query(tx, func(s Scanner) (calendar.Day, error) {
		var d calendar.Day
		var kind string
		err := s.Scan(&d.Date, &d.Name, &kind, &d.Source)
		d.Kind = calendar.Off
		if kind == calendar.Work.String() {
			d.Kind = calendar.Work
		}
		return d, err
	}, `SELECT day, name, kind, source FROM calendar_day ORDER BY day`)
}

// SaveCalendarDays stores days of notices; a day that is there already is
// replaced.
func (tx *Tx) SaveCalendarDays(days []calendar.Day, by string) error {
	for _, d := range days {
		if _, err := tx.Exec(`INSERT INTO calendar_day (day, name, kind, source, imported_at, imported_by) VALUES ($1,$2,$3,$4,$5,$6)
			ON CONFLICT (day) DO UPDATE SET name=excluded.name, kind=excluded.kind, source=excluded.source,
				imported_at=excluded.imported_at, imported_by=excluded.imported_by`,
			d.Date, d.Name, d.Kind.String(), d.Source, Millis(tx.Now()), by); err != nil {
			return err
		}
	}
	return tx.SetMeta(metaCalendar, NewID())
}
