package store

import (
	"context"
	"encoding/json"
	"fmt"

	"onevisit/internal/domain/org"
)

// metaCounty is where it is kept which county this is.
const metaCounty = "county"

// County is the county that the installation serves, the zero value as long as
// nobody has said it.
func (tx *Tx) County() (org.County, error) {
	var c org.County
	v, err := tx.Meta(metaCounty)
	if err != nil || v == "" {
		return c, err
	}
	if err := json.Unmarshal([]byte(v), &c); err != nil {
		return c, fmt.Errorf("store: county: %w", err)
	}
	return c, nil
}

// SetCounty stores which county the installation serves.
func (tx *Tx) SetCounty(c org.County) error {
	b, err := json.Marshal(c)
	if err != nil {
		return err
	}
	return tx.SetMeta(metaCounty, string(b))
}

// County is what ReadCounty found last: every page and paper names the county,
// and no transaction is wanted for it.
func (db *DB) County() org.County {
	if c := db.county.Load(); c != nil {
		return *c
	}
	return org.County{}
}

// ReadCounty looks again which county this is: another process may have changed
// it.
func (db *DB) ReadCounty(ctx context.Context) error {
	return db.View(ctx, func(tx *Tx) error {
		c, err := tx.County()
		if err == nil {
			db.county.Store(&c)
		}
		return err
	})
}
