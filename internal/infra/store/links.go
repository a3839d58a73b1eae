package store

import (
	"time"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/publication"
)

// GuideLink is an address in a published guide with what is known of it.
type GuideLink struct {
	ItemID, Field, Label string
	publication.LinkCheck
	// Name and UnitID are the item's; filled where they are read.
	Name, UnitID string
}

// SyncGuideLinks makes the addresses known that stand in the published guides of
// a span of items, and forgets where else they stood. What is known of an address
// stays until DropUnusedLinks.
func (tx *Tx) SyncGuideLinks(span ItemSpan, links []GuideLink) error {
	type key struct{ item, field string }
	type link struct{ label, url string }
	type row struct {
		key
		link
	}
	cond, args := span.cond("item_id", nil)
	old, err := Query(tx, func(s Scanner) (row, error) {
		var r row
		err := s.Scan(&r.item, &r.field, &r.label, &r.url)
		return r, err
	}, `SELECT item_id, field, label, url FROM guide_link WHERE `+cond, args...)
	if err != nil {
		return err
	}
	left := make(map[key]link, len(old))
	for _, r := range old {
		left[r.key] = r.link
	}
	for _, l := range links {
		k, v := key{l.ItemID, l.Field}, link{l.Label, l.URL}
		was, ok := left[k]
		delete(left, k)
		if ok && was == v {
			continue
		}
		if _, err := tx.Exec(`INSERT INTO guide_link (item_id, field, label, url) VALUES ($1,$2,$3,$4)
			ON CONFLICT (item_id, field) DO UPDATE SET label=excluded.label, url=excluded.url`, k.item, k.field, v.label, v.url); err != nil {
			return err
		}
		if _, err := tx.Exec(`INSERT INTO link_check (url, checked_on, fails) VALUES ($1,'',0) ON CONFLICT (url) DO NOTHING`, v.url); err != nil {
			return err
		}
	}
	for k := range left {
		if _, err := tx.Exec(`DELETE FROM guide_link WHERE item_id=$1 AND field=$2`, k.item, k.field); err != nil {
			return err
		}
	}
	return nil
}

const unusedLink = `NOT EXISTS (SELECT 1 FROM guide_link g WHERE g.url=link_check.url)`

// UnusedLinks returns the known addresses that stand in no published guide.
func (tx *Tx) UnusedLinks() ([]string, error) {
	return Query(tx, scanText, `SELECT url FROM link_check WHERE `+unusedLink)
}

// DropUnusedLinks forgets those of the addresses that stand in no published
// guide.
func (tx *Tx) DropUnusedLinks(urls []string) error {
	for _, u := range urls {
		if _, err := tx.Exec(`DELETE FROM link_check WHERE url=$1 AND `+unusedLink, u); err != nil {
			return err
		}
	}
	return nil
}

const linkColumns = `c.url, c.checked_on, c.fails, c.failed_since, c.due_on, c.text`

// linkScan reads the columns of a check after others.
func linkScan(s Scanner, c *publication.LinkCheck, before ...any) error {
	var checked, since, due string
	if err := s.Scan(append(before, &c.URL, &checked, &c.Days, &since, &due, &c.Text)...); err != nil {
		return err
	}
	for _, d := range []struct {
		to   *calendar.Date
		text string
	}{{&c.Checked, checked}, {&c.Since, since}, {&c.Due, due}} {
		if d.text == "" {
			continue
		}
		var err error
		if *d.to, err = calendar.ParseDate(d.text); err != nil {
			return err
		}
	}
	return nil
}

func scanLink(s Scanner) (publication.LinkCheck, error) {
	var c publication.LinkCheck
	err := linkScan(s, &c)
	return c, err
}

// DueLinks returns the addresses that are to be tried by a day, those that wait
// longest first.
func (tx *Tx) DueLinks(today calendar.Date, limit int) ([]publication.LinkCheck, error) {
	return Query(tx, scanLink, `SELECT `+linkColumns+` FROM link_check c WHERE c.due_on<=$1 ORDER BY c.due_on, c.url LIMIT $2`, today.String(), limit)
}

// WorkingLinks returns addresses that worked when they were last tried, the
// newest first.
func (tx *Tx) WorkingLinks(limit int) ([]publication.LinkCheck, error) {
	return Query(tx, scanLink, `SELECT `+linkColumns+` FROM link_check c WHERE c.fails=0 AND c.text='' AND c.checked_on<>'' ORDER BY c.checked_on DESC, c.url LIMIT $1`, limit)
}

// SaveLinkCheck stores what is known of an address after a try; one that is in no
// guide any more is passed over.
func (tx *Tx) SaveLinkCheck(c publication.LinkCheck) error {
	since := ""
	if !c.Since.IsZero() {
		since = c.Since.String()
	}
	_, err := tx.Exec(`UPDATE link_check SET checked_on=$2, fails=$3, failed_since=$4, due_on=$5, text=$6 WHERE url=$1`,
		c.URL, c.Checked.String(), c.Days, since, c.Due.String(), c.Text)
	return err
}

// LinkCheck returns what is known of an address, or NotFound.
func (tx *Tx) LinkCheck(url string) (publication.LinkCheck, error) {
	return One(tx, scanLink, `SELECT `+linkColumns+` FROM link_check c WHERE c.url=$1`, url)
}

// TroubledLinks returns the addresses that did not work, or of which it is
// unclear, with the guides that name them, of some units or of all.
func (tx *Tx) TroubledLinks(units []string) ([]GuideLink, error) {
	var args []any
	cond := ""
	if len(units) > 0 {
		for _, u := range units {
			args = append(args, u)
		}
		cond = " AND i.unit_id IN (" + dollars(1, len(units)) + ")"
	}
	return Query(tx, func(s Scanner) (GuideLink, error) {
		var l GuideLink
		err := linkScan(s, &l.LinkCheck, &l.ItemID, &l.Field, &l.Label, &l.Name, &l.UnitID)
		return l, err
	}, `SELECT g.item_id, g.field, g.label, i.name, i.unit_id, `+linkColumns+` FROM guide_link g JOIN link_check c ON c.url=g.url JOIN item i ON i.id=g.item_id
		WHERE c.text<>''`+cond+` ORDER BY c.fails DESC, c.url, i.name, g.item_id, g.field`, args...)
}

// LinkTally counts addresses.
type LinkTally struct {
	All, Checked, Failing, Dead int
}

// LinkTally counts the addresses in the guides of some units or of all.
func (tx *Tx) LinkTally(units []string) (LinkTally, error) {
	var args []any
	cond := ""
	if len(units) > 0 {
		for _, u := range units {
			args = append(args, u)
		}
		cond = " WHERE EXISTS (SELECT 1 FROM guide_link g JOIN item i ON i.id=g.item_id WHERE g.url=c.url AND i.unit_id IN (" + dollars(1, len(units)) + "))"
	}
	list, err := Query(tx, scanLink, `SELECT `+linkColumns+` FROM link_check c`+cond, args...)
	var t LinkTally
	for _, c := range list {
		t.All++
		if !c.Checked.IsZero() {
			t.Checked++
		}
		if c.Failing() {
			t.Failing++
		}
		if c.Dead() {
			t.Dead++
		}
	}
	return t, err
}

// The settings in which the probe of links notes how it fares.
const (
	metaLinksTried   = "links.tried"
	metaLinksTrouble = "links.trouble"
)

// NoteLinks records when links were last tried, and what hinders the probe;
// empty if nothing does.
func (tx *Tx) NoteLinks(trouble string) error {
	if err := tx.SetMeta(metaLinksTried, tx.Now().UTC().Format(time.RFC3339)); err != nil {
		return err
	}
	return tx.SetMeta(metaLinksTrouble, trouble)
}

// LinksNote returns when links were last tried, the zero time if never, and what
// hindered the probe.
func (tx *Tx) LinksNote() (tried time.Time, trouble string, err error) {
	at, err := tx.Meta(metaLinksTried)
	if err != nil || at == "" {
		return time.Time{}, "", err
	}
	if tried, err = time.Parse(time.RFC3339, at); err != nil {
		return tried, "", err
	}
	trouble, err = tx.Meta(metaLinksTrouble)
	return tried, trouble, err
}
