package store

import (
	"fmt"
	"strings"
	"time"

	"onevisit/internal/domain/publication"
)

const placeColumns = `p.id, p.unit_id, u.name, p.kind, p.name, p.location, p.keeper, p.url, p.whole, p.token, p.created_at, p.closed_at, p.closed_why, p.touched_at,
	p.crawled_at, p.crawl_fails, p.crawl_note, p.crawl_live, p.version`

const placeFrom = ` FROM place p JOIN unit u ON u.id=p.unit_id `

// fromMillis is an instant that may be missing: 0 is the zero time.
func fromMillis(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return FromMillis(ms)
}

func scanPlace(s Scanner) (publication.Place, error) {
	var p publication.Place
	var created, closed, touched, crawled int64
	err := s.Scan(&p.ID, &p.UnitID, &p.UnitName, &p.Kind, &p.Name, &p.Location, &p.Keeper, &p.URL, &p.Whole, &p.Token, &created, &closed, &p.ClosedWhy, &touched,
		&crawled, &p.Crawl.Fails, &p.Crawl.Note, &p.Crawl.Live, &p.Version)
	p.CreatedAt, p.ClosedAt, p.TouchedAt, p.Crawl.At = FromMillis(created), fromMillis(closed), FromMillis(touched), fromMillis(crawled)
	return p, err
}

// InsertPlace stores a new place. A second one of the same name in a unit is a
// Conflict.
func (tx *Tx) InsertPlace(p *publication.Place) error {
	p.ID, p.Version, p.CreatedAt, p.TouchedAt = NewID(), 1, tx.Now(), tx.Now()
	_, err := tx.Exec(`INSERT INTO place (id, unit_id, kind, name, location, keeper, url, whole, token, created_at, touched_at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$10)`,
		p.ID, p.UnitID, string(p.Kind), p.Name, p.Location, p.Keeper, p.URL, boolInt(p.Whole), p.Token, Millis(tx.Now()))
	return err
}

// UpdatePlace writes what is known of a place if nobody else has changed it. Its
// unit and token stay: codes that were printed for it must go on telling it.
func (tx *Tx) UpdatePlace(p *publication.Place) error {
	err := tx.ExecOne(`UPDATE place SET kind=$3, name=$4, location=$5, keeper=$6, url=$7, whole=$8, closed_at=$9, closed_why=$10, version=version+1 WHERE id=$1 AND version=$2`,
		p.ID, p.Version, string(p.Kind), p.Name, p.Location, p.Keeper, p.URL, boolInt(p.Whole), instant(p.ClosedAt), p.ClosedWhy)
	if err == nil {
		p.Version++
	}
	return err
}

// TouchPlace notes that there is evidence of a place as of now.
func (tx *Tx) TouchPlace(id string) error {
	_, err := tx.Exec(`UPDATE place SET touched_at=$2 WHERE id=$1 AND touched_at<$2`, id, Millis(tx.Now()))
	return err
}

// SaveCrawl records how looking at a place's page went.
func (tx *Tx) SaveCrawl(id string, c publication.Crawl) error {
	return tx.ExecOne(`UPDATE place SET crawled_at=$2, crawl_fails=$3, crawl_note=$4, crawl_live=$5 WHERE id=$1`, id, instant(c.At), c.Fails, c.Note, boolInt(c.Live))
}

// Place returns a place, or NotFound.
func (tx *Tx) Place(id string) (publication.Place, error) {
	return One(tx, scanPlace, `SELECT `+placeColumns+placeFrom+`WHERE p.id=$1`, id)
}

// PlaceByToken returns the place for which something was printed, or NotFound.
func (tx *Tx) PlaceByToken(token string) (publication.Place, error) {
	return One(tx, scanPlace, `SELECT `+placeColumns+placeFrom+`WHERE p.token=$1`, token)
}

// PlaceFilter selects places; empty fields select all.
type PlaceFilter struct {
	ID    string
	Units []string
	// Item selects places that show an item.
	Item string
	// Release selects places that show, or are seen to show, items of a release,
	// and those that have to show every item of a unit that has one in it.
	Release int64
	Kind    publication.PlaceKind
}

func (f PlaceFilter) where() (string, []any) {
	cond, args := []string{"1=1"}, []any{}
	arg := func(v any) string {
		args = append(args, v)
		return fmt.Sprintf("$%d", len(args))
	}
	if f.ID != "" {
		cond = append(cond, "p.id="+arg(f.ID))
	}
	if f.Kind != "" {
		cond = append(cond, "p.kind="+arg(string(f.Kind)))
	}
	if len(f.Units) > 0 {
		marks := make([]string, len(f.Units))
		for i, u := range f.Units {
			marks[i] = arg(u)
		}
		cond = append(cond, "p.unit_id IN ("+strings.Join(marks, ",")+")")
	}
	if f.Item != "" {
		cond = append(cond, "p.id IN (SELECT place_id FROM display WHERE ended_at=0 AND item_id="+arg(f.Item)+")")
	}
	if f.Release != 0 {
		seq := arg(f.Release)
		items := `(SELECT item_id FROM release_item WHERE release_seq=` + seq + `)`
		cond = append(cond, `(p.id IN (SELECT place_id FROM display WHERE ended_at=0 AND item_id IN `+items+`)
			OR p.id IN (SELECT place_id FROM sighting WHERE settled_at=0 AND doubt<>'' AND item_id IN `+items+`)
			OR p.whole=1 AND p.closed_at=0 AND p.unit_id IN (SELECT unit_id FROM release_item WHERE release_seq=`+seq+`))`)
	}
	return strings.Join(cond, " AND "), args
}

// Places returns places by unit and name, closed ones last.
func (tx *Tx) Places(f PlaceFilter) ([]publication.Place, error) {
	where, args := f.where()
	return Query(tx, scanPlace, `SELECT `+placeColumns+placeFrom+`WHERE `+where+` ORDER BY CASE WHEN p.closed_at=0 THEN 0 ELSE 1 END, u.position, u.name, p.name, p.id`, args...)
}

// CrawlPlaces returns the pages that nobody has looked at since an instant.
func (tx *Tx) CrawlPlaces(before time.Time) ([]publication.Place, error) {
	return Query(tx, scanPlace, `SELECT `+placeColumns+placeFrom+`WHERE p.kind=$1 AND p.closed_at=0 AND p.crawled_at<=$2 ORDER BY p.crawled_at, p.id`, string(publication.PlaceWeb), Millis(before))
}

const displayColumns = `d.id, d.place_id, d.item_id, d.code, d.release_seq, d.form, d.since, d.seen_at, d.by_name, d.ended_at, d.ended_why, r.name, r.unit_id, r.unit_name`

const displayFrom = ` FROM display d JOIN release_item r ON r.release_seq=d.release_seq AND r.item_id=d.item_id `

func scanDisplay(s Scanner) (publication.ShownItem, error) {
	var d publication.ShownItem
	var since string
	var seen, ended int64
	if err := s.Scan(&d.ID, &d.PlaceID, &d.ItemID, &d.Code, &d.ReleaseSeq, &d.Form, &since, &seen, &d.By, &ended, &d.EndedWhy, &d.Name, &d.UnitID, &d.UnitName); err != nil {
		return d, err
	}
	d.SeenAt, d.EndedAt = FromMillis(seen), fromMillis(ended)
	return d, parseDate(since, &d.Since)
}

func openKey(d *publication.Display) string { return d.PlaceID + "|" + d.ItemID }

// InsertDisplay stores that a place shows something. If it shows the item in
// another version already that is a Conflict: end that display first.
func (tx *Tx) InsertDisplay(d *publication.Display) error {
	d.ID, d.SeenAt = NewID(), tx.Now()
	_, err := tx.Exec(`INSERT INTO display (id, place_id, item_id, open_key, code, release_seq, form, since, seen_at, by_name) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10)`,
		d.ID, d.PlaceID, d.ItemID, openKey(d), d.Code, d.ReleaseSeq, d.Form, dateText(d.Since), Millis(tx.Now()), d.By)
	return err
}

// SeeDisplay notes that something was seen where it is registered.
func (tx *Tx) SeeDisplay(id string) error {
	_, err := tx.Exec(`UPDATE display SET seen_at=$2 WHERE id=$1 AND seen_at<$2`, id, Millis(tx.Now()))
	return err
}

// EndDisplay notes that a place does not show something any more; Conflict if
// that is known already.
func (tx *Tx) EndDisplay(id, why string) error {
	return tx.ExecOne(`UPDATE display SET open_key=NULL, ended_at=$2, ended_why=$3 WHERE id=$1 AND ended_at=0`, id, Millis(tx.Now()), why)
}

// OpenDisplay returns in which version a place shows an item, nil if it does not.
func (tx *Tx) OpenDisplay(placeID, itemID string) (*publication.Display, error) {
	list, err := Query(tx, scanDisplay, `SELECT `+displayColumns+displayFrom+`WHERE d.open_key=$1`, openKey(&publication.Display{PlaceID: placeID, ItemID: itemID}))
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return &list[0].Display, nil
}

// Displays returns what the selected places show, without the versions.
func (tx *Tx) Displays(f PlaceFilter) ([]publication.ShownItem, error) {
	where, args := f.where()
	return Query(tx, scanDisplay, `SELECT `+displayColumns+displayFrom+`JOIN place p ON p.id=d.place_id WHERE d.ended_at=0 AND `+where+` ORDER BY d.place_id, r.unit_name, r.name, d.id`, args...)
}

// FormerDisplays returns what a place has shown before, the last first.
func (tx *Tx) FormerDisplays(placeID string, limit int) ([]publication.ShownItem, error) {
	return Query(tx, scanDisplay, `SELECT `+displayColumns+displayFrom+`WHERE d.place_id=$1 AND d.ended_at>0 ORDER BY d.ended_at DESC, d.id DESC LIMIT $2`, placeID, limit)
}

const sightingColumns = `s.id, s.place_id, s.source, s.code, s.item_id, s.validity, s.doubt, s.first_at, s.at, s.n, s.by_name, s.settled_at, s.settled_why, coalesce(i.name, ''), coalesce(i.unit_id, '')`

const sightingFrom = ` FROM sighting s LEFT JOIN item i ON i.id=s.item_id `

func scanSighting(s Scanner) (publication.Sighting, error) {
	var x publication.Sighting
	var first, at, settled int64
	err := s.Scan(&x.ID, &x.PlaceID, &x.Source, &x.Code, &x.ItemID, &x.Validity, &x.Doubt, &first, &at, &x.N, &x.By, &settled, &x.SettledWhy, &x.Name, &x.UnitID)
	x.FirstAt, x.At, x.SettledAt = FromMillis(first), FromMillis(at), fromMillis(settled)
	return x, err
}

// SaveSighting stores a sighting, or counts it to those that are the same. A
// doubt that was settled is open again from now on.
func (tx *Tx) SaveSighting(s *publication.Sighting) error {
	s.FirstAt, s.At, s.N = tx.Now(), tx.Now(), 1
	_, err := tx.Exec(`INSERT INTO sighting (id, same_key, place_id, source, code, item_id, validity, doubt, first_at, at, n, by_name) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$9,1,$10)
		ON CONFLICT (same_key) DO UPDATE SET at=excluded.at, n=sighting.n+1, settled_at=0, settled_why='',
		first_at=CASE WHEN sighting.settled_at>0 THEN excluded.first_at ELSE sighting.first_at END`,
		NewID(), s.Key(), s.PlaceID, string(s.Source), s.Code, s.ItemID, string(s.Validity), string(s.Doubt), Millis(tx.Now()), s.By)
	return err
}

// Sightings returns what was seen at a place, the last first.
func (tx *Tx) Sightings(placeID string, limit int) ([]publication.Sighting, error) {
	return Query(tx, scanSighting, `SELECT `+sightingColumns+sightingFrom+`WHERE s.place_id=$1 ORDER BY s.at DESC, s.id DESC LIMIT $2`, placeID, limit)
}

// OpenDoubts returns the open doubts of the selected places.
func (tx *Tx) OpenDoubts(f PlaceFilter) ([]publication.Sighting, error) {
	where, args := f.where()
	return Query(tx, scanSighting, `SELECT `+sightingColumns+sightingFrom+`JOIN place p ON p.id=s.place_id WHERE s.settled_at=0 AND s.doubt<>'' AND `+where+` ORDER BY s.place_id, s.first_at, s.id`, args...)
}

// SettleDoubt ends one doubt; Conflict if it is settled.
func (tx *Tx) SettleDoubt(id, why string) error {
	return tx.ExecOne(`UPDATE sighting SET settled_at=$2, settled_why=$3 WHERE id=$1 AND settled_at=0 AND doubt<>''`, id, Millis(tx.Now()), why)
}

// SettleDoubts ends the open doubts of a place: about one item, of one code of
// it, or all with both empty.
func (tx *Tx) SettleDoubts(placeID, itemID, code, why string) error {
	_, err := tx.Exec(`UPDATE sighting SET settled_at=$4, settled_why=$5 WHERE place_id=$1 AND ($2='' OR item_id=$2) AND ($3='' OR code=$3) AND settled_at=0 AND doubt<>''`,
		placeID, itemID, code, Millis(tx.Now()), why)
	return err
}

// IssuesOf returns all published versions, oldest first, of the items that the
// selected places show or are seen to show.
func (tx *Tx) IssuesOf(f PlaceFilter) (map[string][]publication.Issue, error) {
	where, args := f.where()
	return tx.issues(`r.item_id IN (SELECT d.item_id FROM display d JOIN place p ON p.id=d.place_id WHERE d.ended_at=0 AND `+where+`
		UNION SELECT s.item_id FROM sighting s JOIN place p ON p.id=s.place_id WHERE s.settled_at=0 AND s.doubt<>'' AND `+where+`)`, args...)
}

// Issues returns all published versions of an item, oldest first.
func (tx *Tx) Issues(itemID string) ([]publication.Issue, error) {
	m, err := tx.issues(`r.item_id=$1`, itemID)
	return m[itemID], err
}

func (tx *Tx) issues(cond string, args ...any) (map[string][]publication.Issue, error) {
	type row struct {
		item string
		publication.Issue
	}
	rows, err := Query(tx, func(s Scanner) (row, error) {
		var r row
		var at int64
		err := s.Scan(&r.item, &r.Seq, &r.Number, &at, &r.Code, &r.DocHash, &r.Standing)
		r.At = FromMillis(at)
		return r, err
	}, `SELECT r.item_id, r.release_seq, l.number, l.at, r.verify_code, r.doc_hash, r.standing FROM release_item r JOIN release_log l ON l.seq=r.release_seq
		WHERE `+cond+` ORDER BY r.item_id, r.release_seq`, args...)
	m := map[string][]publication.Issue{}
	for _, r := range rows {
		m[r.item] = append(m[r.item], r.Issue)
	}
	return m, err
}

// CountOwed counts by unit the items that people can apply for, of some units or
// of all.
func (tx *Tx) CountOwed(units []string) (map[string]int, error) {
	type row struct {
		unit string
		n    int
	}
	args := []any{string(publication.StandingPublished)}
	cond := ""
	if len(units) > 0 {
		for _, u := range units {
			args = append(args, u)
		}
		cond = " AND unit_id IN (" + dollars(2, len(units)) + ")"
	}
	rows, err := Query(tx, func(s Scanner) (row, error) {
		var r row
		err := s.Scan(&r.unit, &r.n)
		return r, err
	}, `SELECT unit_id, count(*) FROM release_item WHERE replaced_by=0 AND standing=$1`+cond+` GROUP BY unit_id`, args...)
	m := make(map[string]int, len(rows))
	for _, r := range rows {
		m[r.unit] = r.n
	}
	return m, err
}

// OwedItems returns what people can apply for at some units, or at all, by the
// unit's ID: what a place that shows everything has to show.
func (tx *Tx) OwedItems(units []string) (map[string][]publication.OwedItem, error) {
	args := []any{string(publication.StandingPublished)}
	cond := ""
	if len(units) > 0 {
		for _, u := range units {
			args = append(args, u)
		}
		cond = " AND r.unit_id IN (" + dollars(2, len(units)) + ")"
	}
	type row struct {
		unit string
		publication.OwedItem
	}
	rows, err := Query(tx, func(s Scanner) (row, error) {
		var r row
		var at int64
		err := s.Scan(&r.unit, &r.ItemID, &r.Name, &r.Seq, &r.Number, &at, &r.Code, &r.DocHash, &r.Standing)
		r.At = FromMillis(at)
		return r, err
	}, `SELECT r.unit_id, r.item_id, r.name, r.release_seq, l.number, l.at, r.verify_code, r.doc_hash, r.standing
		FROM release_item r JOIN release_log l ON l.seq=r.release_seq WHERE r.replaced_by=0 AND r.standing=$1`+cond+` ORDER BY r.unit_id, r.name, r.item_id`, args...)
	m := map[string][]publication.OwedItem{}
	for _, r := range rows {
		m[r.unit] = append(m[r.unit], r.OwedItem)
	}
	return m, err
}

// CodesAt returns the items that have one of some implementation codes, each in
// the version that a release left current, by implementation code.
func (tx *Tx) CodesAt(implementation []string, seq int64) (map[string]PublishedItem, error) {
	m := map[string]PublishedItem{}
	for rest := implementation; len(rest) > 0; {
		n := min(len(rest), 200)
		args := []any{seq}
		for _, c := range rest[:n] {
			args = append(args, c)
		}
		list, err := Query(tx, scanPublished, `SELECT `+publishedColumns+`, '' FROM release_item
			WHERE release_seq<=$1 AND (replaced_by=0 OR replaced_by>$1) AND code IN (`+dollars(2, n)+`) ORDER BY item_id`, args...)
		if err != nil {
			return nil, err
		}
		for _, p := range list {
			m[p.Code] = p
		}
		rest = rest[n:]
	}
	return m, nil
}

// ReleaseByHash returns the release with a hash, or NotFound.
func (tx *Tx) ReleaseByHash(hash string) (publication.Release, error) {
	return One(tx, scanRelease, `SELECT `+releaseColumns+` FROM release_log WHERE hash=$1`, hash)
}

// CodesKnown returns which of some verification codes exist.
func (tx *Tx) CodesKnown(codes []string) (map[string]PublishedItem, error) {
	m := map[string]PublishedItem{}
	for rest := codes; len(rest) > 0; {
		n := min(len(rest), 200)
		args := make([]any, n)
		for i, c := range rest[:n] {
			args[i] = c
		}
		list, err := Query(tx, scanPublished, `SELECT `+publishedColumns+`, '' FROM release_item WHERE verify_code IN (`+dollars(1, n)+`)`, args...)
		if err != nil {
			return nil, err
		}
		for _, p := range list {
			m[p.VerifyCode] = p
		}
		rest = rest[n:]
	}
	return m, nil
}
