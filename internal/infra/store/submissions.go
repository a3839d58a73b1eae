package store

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/publication"
)

const submissionColumns = `id, plan_id, unit_id, kind, number, state, statement, commitment, hash, late, at, by_id, by_name, settled_at, version, rule_version`

func scanSubmission(sc Scanner) (publication.Submission, error) {
	var s publication.Submission
	var commitment string
	var at, settled int64
	err := sc.Scan(&s.ID, &s.PlanID, &s.UnitID, &s.Kind, &s.Number, &s.State, &s.Statement, &commitment, &s.Hash, &s.Late, &at, &s.ByID, &s.ByName, &settled, &s.Version, &s.RuleVersion)
	if err != nil {
		return s, err
	}
	s.At = FromMillis(at)
	if settled > 0 {
		s.Settled = FromMillis(settled)
	}
	if commitment != "" {
		s.Commitment = new(publication.Commitment)
		if err := json.Unmarshal([]byte(commitment), s.Commitment); err != nil {
			return s, fmt.Errorf("submission %s: commitment: %w", s.ID, err)
		}
	}
	return s, nil
}

// InsertSubmission stores a submission with its items as they are now.
func (tx *Tx) InsertSubmission(s *publication.Submission) error {
	if s.ID == "" {
		s.ID = NewID()
	}
	s.Version = 1
	commitment := ""
	if s.Commitment != nil {
		b, err := json.Marshal(s.Commitment)
		if err != nil {
			return err
		}
		commitment = string(b)
	}
	var settled int64
	if !s.Settled.IsZero() {
		settled = Millis(s.Settled)
	}
	if _, err := tx.Exec(`INSERT INTO submission (`+submissionColumns+`) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16)`,
		s.ID, s.PlanID, s.UnitID, string(s.Kind), s.Number, string(s.State), s.Statement, commitment, s.Hash, boolInt(s.Late),
		Millis(s.At), s.ByID, s.ByName, settled, s.Version, s.RuleVersion); err != nil {
		return err
	}
	for i := range s.Items {
		it := &s.Items[i]
		it.SubmissionID, it.Position = s.ID, i
		if _, err := tx.Exec(`INSERT INTO submission_item (submission_id, item_id, position, item_version, name, code, type, doc, doc_hash, visits, class, warnings, findings, against, changes, burdens, again)
			VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17)`,
			s.ID, it.ItemID, i, it.ItemVersion, it.Name, it.Code, it.Type, string(it.Doc), it.DocHash, it.Visits, it.Class, it.Findings, string(it.Found),
			string(it.Against), it.Changes, it.Burdens, boolInt(it.Again)); err != nil {
			return err
		}
	}
	return nil
}

const scanColumns = `id, submission_id, name, media, blob, size, by_id, by_name, at`

func scanScan(s Scanner) (publication.Scan, error) {
	var c publication.Scan
	var at int64
	err := s.Scan(&c.ID, &c.SubmissionID, &c.Name, &c.Media, &c.Hash, &c.Size, &c.ByID, &c.ByName, &at)
	c.At = FromMillis(at)
	return c, err
}

func (tx *Tx) scans(submissionID string) ([]publication.Scan, error) {
	return Query(tx, scanScan, `SELECT `+scanColumns+` FROM submission_scan WHERE submission_id=$1 ORDER BY id DESC`, submissionID)
}

// InsertScan stores what is known of a scan; its content is in the blob store.
func (tx *Tx) InsertScan(c *publication.Scan) error {
	c.ID, c.At = NewID(), tx.Now()
	_, err := tx.Exec(`INSERT INTO submission_scan (`+scanColumns+`) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9)`,
		c.ID, c.SubmissionID, c.Name, c.Media, c.Hash, c.Size, c.ByID, c.ByName, Millis(c.At))
	return err
}

// NextSubmissionNumber returns how many submissions there are, plus one. The
// number column is unique: of two that race, Update runs the later one again.
func (tx *Tx) NextSubmissionNumber() (int64, error) {
	return One(tx, scanInt, `SELECT count(*) + 1 FROM submission`)
}

func scanInt(s Scanner) (int64, error) {
	var n int64
	err := s.Scan(&n)
	return n, err
}

// SubmissionHead returns a submission without its items, scans and signature.
func (tx *Tx) SubmissionHead(id string) (publication.Submission, error) {
	return One(tx, scanSubmission, `SELECT `+submissionColumns+` FROM submission WHERE id=$1`, id)
}

// SubmissionByNumber is SubmissionHead by the number on the receipt.
func (tx *Tx) SubmissionByNumber(number string) (publication.Submission, error) {
	return One(tx, scanSubmission, `SELECT `+submissionColumns+` FROM submission WHERE number=$1`, number)
}

// SubmissionPaper returns a submission with its scans and signature, without its
// items.
func (tx *Tx) SubmissionPaper(id string) (publication.Submission, error) {
	s, err := tx.SubmissionHead(id)
	if err != nil {
		return s, err
	}
	if s.Scans, err = tx.scans(id); err != nil {
		return s, err
	}
	s.Signed, err = tx.signedCommitment(id)
	return s, err
}

// Submission returns a submission with the heads of its items and all verdicts.
func (tx *Tx) Submission(id string) (publication.Submission, error) {
	s, err := tx.SubmissionPaper(id)
	if err != nil {
		return s, err
	}
	s.Items, err = tx.SubmittedItems(SubmittedFilter{Submission: id})
	for _, it := range s.Items {
		switch it.Outcome {
		case publication.Pass:
			s.ApprovedCount++
		case publication.SendBack:
			s.ReturnedCount++
		default:
			s.UndecidedCount++
		}
	}
	return s, err
}

const submittedColumns = `submission_id, item_id, item_version, name, code, type, doc_hash, visits, class, warnings, outcome, position, against, changes, burdens, again`

func scanSubmittedItem(sc Scanner) (publication.SubmittedItem, error) {
	var it publication.SubmittedItem
	var doc, found string
	err := sc.Scan(&it.SubmissionID, &it.ItemID, &it.ItemVersion, &it.Name, &it.Code, &it.Type, &it.DocHash, &it.Visits, &it.Class, &it.Findings, &it.Outcome,
		&it.Position, &it.Against, &it.Changes, &it.Burdens, &it.Again, &doc, &found)
	if found != "" {
		it.Found = []byte(found)
	}
	if doc != "" {
		it.Doc = []byte(doc)
	}
	return it, err
}

// SubmittedFilter selects the items of one submission.
type SubmittedFilter struct {
	Submission string
	// IDs narrows to some items; nil is all.
	IDs []string
	// Part narrows to what a reviewer of the office looks for.
	Part   publication.ReviewPart
	Office publication.Office
	// Open narrows to what the office has not decided on.
	Open bool
	// After and Before are positions; the items nearest to them come. Nil begins
	// at the first item.
	After, Before *int
	Limit         int // 0 is all
}

// In SQL what publication.SubmittedItem says in Go; $2 is the office.
const (
	sqlSaid    = `(SELECT count(DISTINCT v.decision) FROM verdict v WHERE v.submission_id=si.submission_id AND v.item_id=si.item_id)`
	sqlVerdict = `EXISTS (SELECT 1 FROM verdict v WHERE v.submission_id=si.submission_id AND v.item_id=si.item_id AND v.office`
	sqlBacked  = ` AND v.decision='` + string(publication.SendBack) + `')`
	sqlOpen    = `(outcome='' AND NOT ` + sqlVerdict + `=$2))`
	sqlDoubt   = `(warnings>0 OR burdens>0 OR (again=1 AND changes=0) OR ` + sqlVerdict + `<>$2` + sqlBacked + `)`
	sqlClean   = `(` + sqlOpen + ` AND NOT ` + sqlDoubt + `)`
	sqlDispute = `(outcome='' AND ` + sqlSaid + `=2)`
	sqlBack    = `(outcome='` + string(publication.SendBack) + `' OR (outcome='' AND ` + sqlVerdict + `=$2` + sqlBacked + `))`
)

var sqlParts = map[publication.ReviewPart]string{publication.OpenPart: sqlOpen, publication.DoubtPart: sqlDoubt, publication.CleanPart: sqlClean,
	publication.DisputePart: sqlDispute, publication.BackPart: sqlBack}

// SubmittedItems returns items of a submission without their documents, with
// verdicts and disputes, in the order in which they were handed in.
func (tx *Tx) SubmittedItems(f SubmittedFilter) ([]publication.SubmittedItem, error) {
	args := []any{f.Submission}
	cond, order := "", "ASC"
	if c, ok := sqlParts[f.Part]; ok {
		cond = " AND " + c
	}
	if f.Open {
		cond += " AND " + sqlOpen
	}
	if strings.Contains(cond, "$2") {
		args = append(args, string(f.Office))
	}
	put := func(op string, v any) {
		args = append(args, v)
		cond += fmt.Sprintf(" AND "+op, len(args))
	}
	if f.IDs != nil {
		list := make([]string, len(f.IDs))
		for i, id := range f.IDs {
			args = append(args, id)
			list[i] = fmt.Sprintf("$%d", len(args))
		}
		cond += " AND item_id IN (" + strings.Join(append(list, "''"), ",") + ")"
	}
	if f.After != nil {
		put("position > $%d", *f.After)
	}
	if f.Before != nil {
		put("position < $%d", *f.Before)
		order = "DESC"
	}
	limit := ""
	if f.Limit > 0 {
		args = append(args, f.Limit)
		limit = fmt.Sprintf(" LIMIT $%d", len(args))
	}
	items, err := Query(tx, scanSubmittedItem, `SELECT `+submittedColumns+`, '', '' FROM submission_item si WHERE submission_id=$1`+cond+` ORDER BY position `+order+limit, args...)
	if err != nil || len(items) == 0 {
		return nil, err
	}
	if order == "DESC" {
		slices.Reverse(items)
	}
	return items, tx.addVerdicts(items)
}

// addVerdicts reads what was said of consecutive items of one submission.
func (tx *Tx) addVerdicts(items []publication.SubmittedItem) error {
	sub, at := items[0].SubmissionID, make(map[string]*publication.SubmittedItem, len(items))
	for i := range items {
		at[items[i].ItemID] = &items[i]
	}
	const within = ` JOIN submission_item si ON si.submission_id=v.submission_id AND si.item_id=v.item_id WHERE v.submission_id=$1 AND si.position BETWEEN $2 AND $3`
	first, last := items[0].Position, items[len(items)-1].Position
	type said struct {
		item string
		v    publication.Verdict
	}
	verdicts, err := Query(tx, func(sc Scanner) (said, error) {
		var r said
		var err error
		r.item, r.v, err = scanVerdict(sc)
		return r, err
	}, `SELECT v.item_id, v.office, v.decision, v.remarks, v.by_id, v.by_name, v.at FROM verdict v`+within+` ORDER BY v.at, v.office`, sub, first, last)
	if err != nil {
		return err
	}
	for _, r := range verdicts {
		if it := at[r.item]; it != nil {
			it.Verdicts = append(it.Verdicts, r.v)
		}
	}
	_, err = Query(tx, func(sc Scanner) (struct{}, error) {
		item, d, err := scanDispute(sc)
		if it := at[item]; it != nil {
			it.Dispute = &d
		}
		return struct{}{}, err
	}, `SELECT v.item_id, v.note, v.asked_by_id, v.asked_by, v.asked_at, v.ruling, v.reason, v.ruled_by_id, v.ruled_by, v.ruled_at FROM dispute v`+within, sub, first, last)
	return err
}

func scanDispute(sc Scanner) (item string, d publication.Dispute, err error) {
	var asked, ruled int64
	if err = sc.Scan(&item, &d.Note, &d.Asked.ID, &d.Asked.Name, &asked, &d.Ruling, &d.Reason, &d.Ruled.ID, &d.Ruled.Name, &ruled); err != nil {
		return item, d, err
	}
	d.Asked.At = FromMillis(asked)
	if ruled > 0 {
		d.Ruled.At = FromMillis(ruled)
	}
	return item, d, nil
}

// SaveDispute stores or replaces the dispute about an item.
func (tx *Tx) SaveDispute(submissionID, itemID string, d publication.Dispute) error {
	var ruled int64
	if d.Ruled.Done() {
		ruled = Millis(d.Ruled.At)
	}
	_, err := tx.Exec(`INSERT INTO dispute (submission_id, item_id, note, asked_by_id, asked_by, asked_at, ruling, reason, ruled_by_id, ruled_by, ruled_at)
		VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11)
		ON CONFLICT (submission_id, item_id) DO UPDATE SET ruling=excluded.ruling, reason=excluded.reason, ruled_by_id=excluded.ruled_by_id, ruled_by=excluded.ruled_by, ruled_at=excluded.ruled_at`,
		submissionID, itemID, d.Note, d.Asked.ID, d.Asked.Name, Millis(d.Asked.At), string(d.Ruling), d.Reason, d.Ruled.ID, d.Ruled.Name, ruled)
	return err
}

// ReviewProgress counts the items of a submission as an office sees them.
func (tx *Tx) ReviewProgress(submissionID string, office publication.Office) (publication.ReviewProgress, error) {
	sum := func(cond string) string { return `coalesce(sum(CASE WHEN ` + cond + ` THEN 1 ELSE 0 END),0)` }
	return One(tx, func(sc Scanner) (publication.ReviewProgress, error) {
		var p publication.ReviewProgress
		err := sc.Scan(&p.Total, &p.Open, &p.Doubts, &p.Clean, &p.Disputes, &p.Back, &p.Undecided)
		return p, err
	}, `SELECT count(*), `+sum(sqlOpen)+`, `+sum(sqlDoubt)+`, `+sum(sqlClean)+`, `+sum(sqlDispute)+`, `+sum(sqlBack)+`, `+sum(`outcome=''`)+`
		FROM submission_item si WHERE submission_id=$1`, submissionID, string(office))
}

// OpenRulings counts the items of a submission that wait for a ruling.
func (tx *Tx) OpenRulings(submissionID string) (int, error) {
	n, err := One(tx, scanInt, `SELECT count(*) FROM dispute d JOIN submission_item si ON si.submission_id=d.submission_id AND si.item_id=d.item_id
		WHERE d.submission_id=$1 AND d.ruling='' AND si.outcome=''`, submissionID)
	return int(n), err
}

// SubmittedItem returns one item of a submission with its document and verdicts.
func (tx *Tx) SubmittedItem(submissionID, itemID string) (publication.SubmittedItem, error) {
	it, err := One(tx, scanSubmittedItem, `SELECT `+submittedColumns+`, doc, findings FROM submission_item WHERE submission_id=$1 AND item_id=$2`, submissionID, itemID)
	if err != nil {
		return it, err
	}
	one := []publication.SubmittedItem{it}
	err = tx.addVerdicts(one)
	return one[0], err
}

// SubmittedDocs returns all items of a submission with their documents.
func (tx *Tx) SubmittedDocs(submissionID string) ([]publication.SubmittedItem, error) {
	return Query(tx, scanSubmittedItem, `SELECT `+submittedColumns+`, doc, '' FROM submission_item WHERE submission_id=$1 ORDER BY position`, submissionID)
}

// PreviousSubmitted returns the document of the same item in the submission
// before this one, the latest if submissionID is empty, with its verdicts;
// NotFound if there is none.
func (tx *Tx) PreviousSubmitted(submissionID, itemID string) (publication.SubmittedItem, error) {
	it, err := One(tx, scanSubmittedItem, `SELECT `+submittedColumns+`, doc, findings FROM submission_item
		WHERE item_id=$2 AND ($1='' OR submission_id < $1) ORDER BY submission_id DESC LIMIT 1`, submissionID, itemID)
	if err != nil {
		return it, err
	}
	one := []publication.SubmittedItem{it}
	err = tx.addVerdicts(one)
	return one[0], err
}

func scanVerdict(sc Scanner) (string, publication.Verdict, error) {
	var item, remarks string
	var v publication.Verdict
	var at int64
	if err := sc.Scan(&item, &v.Office, &v.Decision, &remarks, &v.ByID, &v.ByName, &at); err != nil {
		return "", v, err
	}
	v.At = FromMillis(at)
	if err := json.Unmarshal([]byte(remarks), &v.Remarks); err != nil {
		return "", v, fmt.Errorf("verdict of %s: %w", item, err)
	}
	return item, v, nil
}

// SaveVerdict stores or replaces one office's verdict on an item.
func (tx *Tx) SaveVerdict(submissionID, itemID string, v publication.Verdict) error {
	if v.Remarks == nil {
		v.Remarks = []publication.Remark{}
	}
	remarks, err := json.Marshal(v.Remarks)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO verdict (submission_id, item_id, office, decision, remarks, by_id, by_name, at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8)
		ON CONFLICT (submission_id, item_id, office) DO UPDATE SET decision=excluded.decision, remarks=excluded.remarks, by_id=excluded.by_id, by_name=excluded.by_name, at=excluded.at`,
		submissionID, itemID, string(v.Office), string(v.Decision), string(remarks), v.ByID, v.ByName, Millis(v.At))
	return err
}

// SettleItem records the joint outcome of an item, once.
func (tx *Tx) SettleItem(submissionID, itemID string, outcome publication.Decision) error {
	return tx.ExecOne(`UPDATE submission_item SET outcome=$3 WHERE submission_id=$1 AND item_id=$2 AND outcome=''`, submissionID, itemID, string(outcome))
}

// LockSubmission takes a submission for a change: it moves its version on, so
// that of two reviewers who decide at the same instant the second sees what the
// first wrote.
func (tx *Tx) LockSubmission(id string) error {
	return tx.ExecOne(`UPDATE submission SET version=version+1 WHERE id=$1`, id)
}

// SettleSubmission ends the review of a submission.
func (tx *Tx) SettleSubmission(id string) error {
	return tx.ExecOne(`UPDATE submission SET state=$2, settled_at=$3, version=version+1 WHERE id=$1`, id, string(publication.Settled), Millis(tx.Now()))
}

// SubmissionFilter selects submissions. Empty fields select all.
type SubmissionFilter struct {
	Units  []string
	State  publication.SubmissionState
	Kind   publication.SubmissionKind
	Late   bool   // only those after the plan's day
	Order  Order  // unit, kind, state; else newest first
	After  string // ID of the last one of the page before
	Before string // ID of the first one of the page after; pages backwards
	Limit  int
}

var submissionSorting = sorting{from: "submission", id: "id", desc: true, by: map[string]string{"unit": "unit_id", "kind": "kind", "state": "state"}}

// Submissions returns a page of submissions with the counts of their items.
func (tx *Tx) Submissions(f SubmissionFilter) ([]publication.Submission, error) {
	cond, args := "1=1", []any{}
	put := func(col, v string) {
		if v != "" {
			args = append(args, v)
			cond += fmt.Sprintf(" AND %s=$%d", col, len(args))
		}
	}
	put("state", string(f.State))
	put("kind", string(f.Kind))
	if f.Late {
		cond += " AND late=1"
	}
	if len(f.Units) > 0 {
		var in string
		in, args = inList(args, f.Units)
		cond += " AND unit_id" + in
	}
	p, err := tx.page(submissionSorting, f.Order, f.After, f.Before, args)
	if err != nil {
		return nil, err
	}
	if f.Limit <= 0 {
		f.Limit = 50
	}
	args = append(p.args, f.Limit)
	subs, err := Query(tx, scanSubmission, `SELECT `+submissionColumns+` FROM submission WHERE `+cond+p.cond+p.order+fmt.Sprintf(" LIMIT $%d", len(args)), args...)
	if err != nil {
		return nil, err
	}
	if p.backwards {
		slices.Reverse(subs)
	}
	if len(subs) == 0 {
		return nil, nil
	}
	type count struct {
		id      string
		outcome publication.Decision
		n       int
	}
	ids, at := make([]any, len(subs)), map[string]*publication.Submission{}
	for i := range subs {
		ids[i], at[subs[i].ID] = subs[i].ID, &subs[i]
	}
	counts, err := Query(tx, func(s Scanner) (count, error) {
		var c count
		err := s.Scan(&c.id, &c.outcome, &c.n)
		return c, err
	}, `SELECT submission_id, outcome, count(*) FROM submission_item WHERE submission_id IN (VALUES `+marks(len(ids), 1)+`) GROUP BY submission_id, outcome`, ids...)
	if err != nil {
		return nil, err
	}
	for _, c := range counts {
		switch c.outcome {
		case publication.Pass:
			at[c.id].ApprovedCount = c.n
		case publication.SendBack:
			at[c.id].ReturnedCount = c.n
		default:
			at[c.id].UndecidedCount = c.n
		}
	}
	return subs, nil
}

// LastRemarks returns the verdicts of the latest submission of an item, for the
// unit that has to answer them.
func (tx *Tx) LastRemarks(itemID string) ([]publication.Verdict, error) {
	return Query(tx, func(sc Scanner) (publication.Verdict, error) {
		_, v, err := scanVerdict(sc)
		return v, err
	}, `SELECT item_id, office, decision, remarks, by_id, by_name, at FROM verdict WHERE item_id=$1
		AND submission_id=(SELECT max(submission_id) FROM submission_item WHERE item_id=$1) ORDER BY office`, itemID)
}

// UnitReport sums up what a unit has reported under a plan.
type UnitReport struct {
	UnitID         string
	Packages, Zero int
	// Met counts the submitted items that already take at most one visit,
	// MetCommitted those of them in a submission with a commitment.
	Met, MetCommitted int
}

// UnitReports returns, by unit, what was reported under a plan.
func (tx *Tx) UnitReports(planID string) (map[string]UnitReport, error) {
	rows, err := Query(tx, func(s Scanner) (UnitReport, error) {
		var r UnitReport
		err := s.Scan(&r.UnitID, &r.Packages, &r.Zero, &r.Met, &r.MetCommitted)
		return r, err
	}, `SELECT s.unit_id, sum(CASE WHEN s.kind=$2 THEN 1 ELSE 0 END), sum(CASE WHEN s.kind=$3 THEN 1 ELSE 0 END),
			coalesce(sum(m.n),0), coalesce(sum(CASE WHEN s.commitment<>'' THEN m.n ELSE 0 END),0)
		FROM submission s LEFT JOIN (SELECT submission_id, count(*) AS n FROM submission_item WHERE class=$4 GROUP BY submission_id) m ON m.submission_id=s.id
		WHERE s.plan_id=$1 GROUP BY s.unit_id`,
		planID, string(publication.Package), string(publication.ZeroReport), catalog.ClassMet)
	m := make(map[string]UnitReport, len(rows))
	for _, r := range rows {
		m[r.UnitID] = r
	}
	return m, err
}
