package store

import (
	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/publication"
)

// ItemUse is how often the guide of an item was opened.
type ItemUse = publication.ItemUse

// useDays is how long the figures of a day are kept: a year can be compared with
// the one before.
const useDays = 750

// AddItemUse adds to the figures of a day, by item ID; several nodes add to the
// same figures.
func (tx *Tx) AddItemUse(day calendar.Date, use map[string]ItemUse) error {
	if _, err := tx.Exec(`DELETE FROM item_use WHERE day<$1`, day.AddDays(-useDays).String()); err != nil {
		return err
	}
	for id, u := range use {
		if _, err := tx.Exec(`INSERT INTO item_use (day, item_id, views, searched) VALUES ($1,$2,$3,$4)
			ON CONFLICT (day, item_id) DO UPDATE SET views=item_use.views+excluded.views, searched=item_use.searched+excluded.searched`,
			day.String(), id, u.Views, u.Searched); err != nil {
			return err
		}
	}
	return nil
}

// ItemUse returns the figures of the days from first up to, but without, end,
// added up by item ID, and the first of these days that has any (zero if none).
func (tx *Tx) ItemUse(first, end calendar.Date) (use map[string]ItemUse, since calendar.Date, err error) {
	day, err := One(tx, scanText, `SELECT coalesce(min(day), '') FROM item_use WHERE day>=$1 AND day<$2`, first.String(), end.String())
	if err != nil || day == "" {
		return nil, since, err
	}
	if since, err = calendar.ParseDate(day); err != nil {
		return nil, since, err
	}
	type row struct {
		id string
		ItemUse
	}
	rows, err := Query(tx, func(s Scanner) (r row, err error) {
		err = s.Scan(&r.id, &r.Views, &r.Searched)
		return r, err
	}, `SELECT item_id, sum(views), sum(searched) FROM item_use WHERE day>=$1 AND day<$2 GROUP BY item_id`, first.String(), end.String())
	use = make(map[string]ItemUse, len(rows))
	for _, r := range rows {
		use[r.id] = r.ItemUse
	}
	return use, since, err
}

// UseFigures returns the figures of the UseSpan days before today, nil if there
// are none.
func (tx *Tx) UseFigures(today calendar.Date) (*publication.UseFigures, error) {
	use, first, err := tx.ItemUse(today.AddDays(-publication.UseSpan), today)
	if err != nil || len(use) == 0 {
		return nil, err
	}
	return &publication.UseFigures{First: first, End: today, Items: use}, nil
}
