package store

import (
	"time"

	"onevisit/internal/domain/catalog"
)

// RuleSet is one version of the county's rules and settings of the linter.
type RuleSet struct {
	Version      int64 // 0 is the built-in rules as they are
	Doc          string
	Hash         string // SHA-256 of Doc, in hex
	Note         string // why it was changed
	At           time.Time
	ByID, ByName string
}

const ruleSetColumns = `version, doc, hash, note, at, by_id, by_name`

func scanRuleSet(sc Scanner) (RuleSet, error) {
	var r RuleSet
	var at int64
	err := sc.Scan(&r.Version, &r.Doc, &r.Hash, &r.Note, &at, &r.ByID, &r.ByName)
	r.At = FromMillis(at)
	return r, err
}

// RuleVersion is the version in force, 0 if the county has none of its own.
func (tx *Tx) RuleVersion() (int64, error) {
	return One(tx, scanInt, `SELECT coalesce(max(version), 0) FROM rule_set`)
}

// RuleSet returns one version, or NotFound.
func (tx *Tx) RuleSet(version int64) (RuleSet, error) {
	return One(tx, scanRuleSet, `SELECT `+ruleSetColumns+` FROM rule_set WHERE version=$1`, version)
}

// RuleSets lists the last versions, the newest first, without their text.
func (tx *Tx) RuleSets(limit int) ([]RuleSet, error) {
	return Query(tx, scanRuleSet, `SELECT version, '', hash, note, at, by_id, by_name FROM rule_set ORDER BY version DESC LIMIT $1`, limit)
}

// InsertRuleSet adds a version. A version that is taken is a Conflict.
func (tx *Tx) InsertRuleSet(r RuleSet) error {
	_, err := tx.Exec(`INSERT INTO rule_set (`+ruleSetColumns+`) VALUES ($1,$2,$3,$4,$5,$6,$7)`, r.Version, r.Doc, r.Hash, r.Note, Millis(tx.Now()), r.ByID, r.ByName)
	return err
}

// SetFindings writes what the linter says of a working copy that nobody has
// changed since it was read, and the name that its unit has today; that is no
// change of the item, which keeps its version. ok is false if somebody has.
func (tx *Tx) SetFindings(it *Item) (ok bool, err error) {
	n, err := tx.Exec(`UPDATE item SET visits=$3, class=$4, errors=$5, warnings=$6, advices=$7, findings=$8, doc=$9, doc_hash=$10 WHERE id=$1 AND version=$2`,
		it.ID, it.Version, it.Visits, it.Class, it.Errors, it.Warnings, it.Advices, string(it.Findings), string(it.Doc), it.DocHash)
	return n == 1, err
}

// CatalogueHas reports whether the provincial catalogue in force holds a basic
// code; known is false while it holds none of the same division and department:
// catalogues come out department by department.
func (tx *Tx) CatalogueHas(basicCode string) (has, known bool, err error) {
	if len(basicCode) < 6 {
		return false, false, nil
	}
	held := func(where string, args ...any) (bool, error) {
		n, err := Query(tx, scanInt, `SELECT 1 FROM list_entry WHERE list=$1 AND superseded=0 AND `+where+` LIMIT 1`, append([]any{string(catalog.Catalogue)}, args...)...)
		return len(n) == 1, err
	}
	if has, err = held(`code=$2`, basicCode); has || err != nil {
		return has, true, err
	}
	known, err = held(`code>=$2 AND code<=$3 AND substr(code,5,2)=$4`, basicCode[:2], basicCode[:2]+"zz", basicCode[4:6])
	return false, known, err
}
