package store

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"onevisit/internal/domain/catalog"
)

// ListEntry is an entry of a unit's existing list or of the provincial
// catalogue, with what its unit has decided about it.
type ListEntry struct {
	ID         string
	List       catalog.ListKind
	Edition    string
	UnitID     string // "" for an entry of the catalogue that is nobody's yet
	Code, Name string
	Type       string
	Basis      string
	Source     string
	Department string // of the catalogue
	// InScope says that the plan asks for an item; Superseded that the list has
	// a newer edition.
	InScope, Superseded bool
	Claim               Claim // of UnitID; Version 0 if there is none
}

// Open reports whether the entry waits for the unit's decision.
func (e *ListEntry) Open() bool { return e.InScope && e.UnitID != "" && e.Claim.Version == 0 }

// Claim is what a unit decided about an entry. Items are IDs of working copies,
// so that a code or a name given later does not loosen the claim.
type Claim struct {
	Decision catalog.Decision
	Items    []string
	Reason   string
	ByName   string
	At       time.Time
	Version  int64
}

// ListState is where an entry stands, for filters.
type ListState string

// The states of an entry: waiting, one of the decisions, or out of the plan's scope.
const (
	ListOpen     ListState = "open"
	ListClaimed  ListState = "claimed"
	ListMapped   ListState = "mapped"
	ListDeclined ListState = "declined"
	ListOutside  ListState = "outside"
)

var decisionOf = map[ListState]catalog.Decision{ListClaimed: catalog.Claimed, ListMapped: catalog.Mapped, ListDeclined: catalog.Declined}

// StateOf says where an entry with a decision ("" if none) stands.
func StateOf(d catalog.Decision, inScope bool) ListState {
	for s, x := range decisionOf {
		if d == x {
			return s
		}
	}
	if inScope {
		return ListOpen
	}
	return ListOutside
}

// ListFilter selects entries. Empty fields select all, but an empty Edition the
// newest one of each list.
type ListFilter struct {
	Units   []string // "" is nobody's
	List    catalog.ListKind
	Edition string
	State   ListState
	Text    string // part of the name, or of the code
	After   string // ID of the last entry of the page before
	Before  string // ID of the first entry of the page after; pages backwards
	Limit   int    // 50 if 0
}

const (
	listColumns = `e.id, e.list, e.edition, e.unit_id, e.code, e.name, e.type, e.basis, e.source, e.department, e.in_scope, e.superseded,
		coalesce(c.decision,''), coalesce(c.items,'[]'), coalesce(c.reason,''), coalesce(c.by_name,''), coalesce(c.at,0), coalesce(c.version,0)`
	listFrom = ` FROM list_entry e LEFT JOIN claim c ON c.entry_id=e.id AND c.unit_id=e.unit_id `
)

func scanListEntry(s Scanner) (ListEntry, error) {
	var e ListEntry
	var items string
	var at int64
	c := &e.Claim
	if err := s.Scan(&e.ID, &e.List, &e.Edition, &e.UnitID, &e.Code, &e.Name, &e.Type, &e.Basis, &e.Source, &e.Department, &e.InScope, &e.Superseded,
		&c.Decision, &items, &c.Reason, &c.ByName, &at, &c.Version); err != nil {
		return e, err
	}
	c.At = FromMillis(at)
	if err := json.Unmarshal([]byte(items), &c.Items); err != nil {
		return e, fmt.Errorf("claim of %s: %w", e.ID, err)
	}
	return e, nil
}

func (f ListFilter) where() (string, []any) {
	var conds []string
	var args []any
	arg := func(v any) string {
		args = append(args, v)
		return fmt.Sprintf("$%d", len(args))
	}
	if len(f.Units) > 0 {
		marks := make([]string, len(f.Units))
		for i, u := range f.Units {
			marks[i] = arg(u)
		}
		conds = append(conds, "e.unit_id IN ("+strings.Join(marks, ",")+")")
	}
	if f.List != "" {
		conds = append(conds, "e.list="+arg(string(f.List)))
	}
	if f.Edition != "" {
		conds = append(conds, "e.edition="+arg(f.Edition))
	} else {
		conds = append(conds, "e.superseded=0")
	}
	switch f.State {
	case "":
	case ListOpen:
		conds = append(conds, "c.decision IS NULL AND e.in_scope=1")
	case ListOutside:
		conds = append(conds, "c.decision IS NULL AND e.in_scope=0")
	default:
		conds = append(conds, "c.decision="+arg(string(decisionOf[f.State])))
	}
	if f.Text != "" {
		m := arg("%" + likeEscape(f.Text) + "%")
		conds = append(conds, fmt.Sprintf("(e.name LIKE %s ESCAPE '!' OR e.code LIKE %s ESCAPE '!')", m, m))
	}
	return strings.Join(conds, " AND "), args
}

// ListEntries returns a page of entries in the order in which they came in.
func (tx *Tx) ListEntries(f ListFilter) ([]ListEntry, error) {
	where, args := f.where()
	order := "ASC"
	if f.After != "" {
		args = append(args, f.After)
		where += fmt.Sprintf(" AND e.id > $%d", len(args))
	} else if f.Before != "" {
		args = append(args, f.Before)
		where += fmt.Sprintf(" AND e.id < $%d", len(args))
		order = "DESC"
	}
	if f.Limit <= 0 {
		f.Limit = 50
	}
	args = append(args, f.Limit)
	page, err := Query(tx, scanListEntry, fmt.Sprintf(`SELECT %s %s WHERE %s ORDER BY e.id %s LIMIT $%d`, listColumns, listFrom, where, order, len(args)), args...)
	if order == "DESC" {
		for i, j := 0, len(page)-1; i < j; i, j = i+1, j-1 {
			page[i], page[j] = page[j], page[i]
		}
	}
	return page, err
}

// AllListEntries pages through everything a filter selects.
func (tx *Tx) AllListEntries(f ListFilter) ([]ListEntry, error) {
	var all []ListEntry
	f.Limit, f.Before = 1000, ""
	for {
		page, err := tx.ListEntries(f)
		if err != nil {
			return nil, err
		}
		all = append(all, page...)
		if len(page) < f.Limit {
			return all, nil
		}
		f.After = page[len(page)-1].ID
	}
}

// ListEntry returns an entry by ID, or NotFound.
func (tx *Tx) ListEntry(id string) (ListEntry, error) {
	return One(tx, scanListEntry, `SELECT `+listColumns+listFrom+`WHERE e.id=$1`, id)
}

// ListTally counts the entries of a unit's list in one state.
type ListTally struct {
	UnitID string
	List   catalog.ListKind
	State  ListState
	Count  int
}

// ListTallies counts what a filter selects, by unit, list and state.
func (tx *Tx) ListTallies(f ListFilter) ([]ListTally, error) {
	where, args := f.where()
	return Query(tx, func(s Scanner) (ListTally, error) {
		var t ListTally
		var d catalog.Decision
		var inScope bool
		err := s.Scan(&t.UnitID, &t.List, &d, &inScope, &t.Count)
		t.State = StateOf(d, inScope)
		return t, err
	}, `SELECT e.unit_id, e.list, coalesce(c.decision,'') AS d, e.in_scope, count(*)`+listFrom+`WHERE `+where+` GROUP BY e.unit_id, e.list, d, e.in_scope`, args...)
}

// Edition is one edition of a list that was brought in.
type Edition struct {
	List       catalog.ListKind
	Edition    string
	Superseded bool // for every unit
	Count      int
}

// Editions returns the editions of the lists of some units, or of the whole
// county, newest first.
func (tx *Tx) Editions(units []string) ([]Edition, error) {
	where, args := ListFilter{Units: units}.where()
	where = strings.Replace(where, "e.superseded=0", "1=1", 1)
	return Query(tx, func(s Scanner) (Edition, error) {
		var e Edition
		err := s.Scan(&e.List, &e.Edition, &e.Superseded, &e.Count)
		return e, err
	}, `SELECT e.list, e.edition, min(e.superseded), count(*) FROM list_entry e WHERE `+where+` GROUP BY e.list, e.edition ORDER BY min(e.id) DESC`, args...)
}

// AddListEntries stores new entries, many a statement, and returns how many
// were new: what is there already by (list, edition, unit, code, name) stays.
func (tx *Tx) AddListEntries(entries []ListEntry) (added int, err error) {
	const most, columns = 100, 12
	for len(entries) > 0 {
		n := min(most, len(entries))
		args := make([]any, 0, n*columns)
		for i := range entries[:n] {
			e := &entries[i]
			if e.ID == "" {
				e.ID = NewID()
			}
			args = append(args, e.ID, string(e.List), e.Edition, e.UnitID, e.Code, e.Name, e.Type, e.Basis, e.Source, e.Department, boolInt(e.InScope), boolInt(e.Superseded))
		}
		got, err := tx.Exec(`INSERT INTO list_entry (id, list, edition, unit_id, code, name, type, basis, source, department, in_scope, superseded) VALUES `+
			marks(n, columns)+` ON CONFLICT (list, edition, unit_id, code, name) DO NOTHING`, args...)
		if err != nil {
			return added, err
		}
		added += int(got)
		entries = entries[n:]
	}
	return added, nil
}

// UpdateListEntry writes what a later file says of an entry that is there.
func (tx *Tx) UpdateListEntry(e *ListEntry) error {
	return tx.ExecOne(`UPDATE list_entry SET type=$2, basis=$3, source=$4, department=$5, in_scope=$6 WHERE id=$1`,
		e.ID, e.Type, e.Basis, e.Source, e.Department, boolInt(e.InScope))
}

// SupersedeEditions makes an edition the newest of its list: for one unit, or
// for the whole county if unit is nil. What was decided about an entry of the
// edition before holds for the same entry of the new one; carried counts these.
func (tx *Tx) SupersedeEditions(list catalog.ListKind, edition string, unit *string) (carried int, err error) {
	args, of := []any{string(list), edition}, ""
	if unit != nil {
		args, of = append(args, *unit), " AND n.unit_id=$3"
	}
	n, err := tx.Exec(`INSERT INTO claim (entry_id, unit_id, decision, items, reason, by_name, at)
		SELECT n.id, c.unit_id, c.decision, c.items, c.reason, c.by_name, c.at FROM list_entry n
		JOIN list_entry o ON o.list=n.list AND o.unit_id=n.unit_id AND o.code=n.code AND o.name=n.name AND o.type=n.type AND o.basis=n.basis
			AND o.superseded=0 AND o.edition<>n.edition
		JOIN claim c ON c.entry_id=o.id AND c.unit_id=o.unit_id
		WHERE n.list=$1 AND n.edition=$2`+of+` ON CONFLICT (entry_id, unit_id) DO NOTHING`, args...)
	if err != nil {
		return 0, err
	}
	_, err = tx.Exec(`UPDATE list_entry SET superseded=1 WHERE list=$1 AND edition<>$2 AND superseded=0`+strings.Replace(of, "n.", "", 1), args...)
	return int(n), err
}

// AssignListEntry gives an entry of the catalogue to a unit, if it is still
// with the one that was read; else Conflict.
func (tx *Tx) AssignListEntry(id, from, to string) error {
	return tx.ExecOne(`UPDATE list_entry SET unit_id=$3 WHERE id=$1 AND unit_id=$2`, id, from, to)
}

// SaveClaim stores what the entry's unit decided: a first decision if version
// is 0, else one that replaces that version. If another was quicker: Conflict.
func (tx *Tx) SaveClaim(entryID, unitID string, c *Claim) error {
	items, err := json.Marshal(append([]string{}, c.Items...))
	if err != nil {
		return err
	}
	c.At = tx.Now()
	if c.Version == 0 {
		err = tx.ExecOne(`INSERT INTO claim (entry_id, unit_id, decision, items, reason, by_name, at) VALUES ($1,$2,$3,$4,$5,$6,$7)
			ON CONFLICT (entry_id, unit_id) DO NOTHING`, entryID, unitID, string(c.Decision), string(items), c.Reason, c.ByName, Millis(c.At))
	} else {
		err = tx.ExecOne(`UPDATE claim SET decision=$4, items=$5, reason=$6, by_name=$7, at=$8, version=version+1 WHERE entry_id=$1 AND unit_id=$2 AND version=$3`,
			entryID, unitID, c.Version, string(c.Decision), string(items), c.Reason, c.ByName, Millis(c.At))
	}
	if err == nil {
		c.Version++
	}
	return err
}
