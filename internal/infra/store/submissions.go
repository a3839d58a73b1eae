package store

import (
	"encoding/json"
	"fmt"

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
		it.SubmissionID = s.ID
		if _, err := tx.Exec(`INSERT INTO submission_item (submission_id, item_id, position, item_version, name, code, type, doc, doc_hash, visits, class, warnings, findings)
			VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13)`,
			s.ID, it.ItemID, i, it.ItemVersion, it.Name, it.Code, it.Type, string(it.Doc), it.DocHash, it.Visits, it.Class, it.Findings, string(it.Found)); err != nil {
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

// Submission returns a submission with the heads of its items and all verdicts.
func (tx *Tx) Submission(id string) (publication.Submission, error) {
	s, err := One(tx, scanSubmission, `SELECT `+submissionColumns+` FROM submission WHERE id=$1`, id)
	if err != nil {
		return s, err
	}
	s.Items, err = Query(tx, scanSubmittedItem, `SELECT `+submittedColumns+`, '', '' FROM submission_item WHERE submission_id=$1 ORDER BY position`, id)
	if err != nil {
		return s, err
	}
	if s.Scans, err = tx.scans(id); err != nil {
		return s, err
	}
	if s.Signed, err = tx.signedCommitment(id); err != nil {
		return s, err
	}
	type row struct {
		item string
		v    publication.Verdict
	}
	rows, err := Query(tx, func(sc Scanner) (row, error) {
		var r row
		var err error
		r.item, r.v, err = scanVerdict(sc)
		return r, err
	}, `SELECT item_id, office, decision, remarks, by_id, by_name, at FROM verdict WHERE submission_id=$1 ORDER BY at, office`, id)
	if err != nil {
		return s, err
	}
	at := make(map[string]int, len(s.Items))
	for i, it := range s.Items {
		at[it.ItemID] = i
	}
	for _, r := range rows {
		if i, ok := at[r.item]; ok {
			s.Items[i].Verdicts = append(s.Items[i].Verdicts, r.v)
		}
	}
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
	return s, nil
}

const submittedColumns = `submission_id, item_id, item_version, name, code, type, doc_hash, visits, class, warnings, outcome`

func scanSubmittedItem(sc Scanner) (publication.SubmittedItem, error) {
	var it publication.SubmittedItem
	var doc, found string
	err := sc.Scan(&it.SubmissionID, &it.ItemID, &it.ItemVersion, &it.Name, &it.Code, &it.Type, &it.DocHash, &it.Visits, &it.Class, &it.Findings, &it.Outcome, &doc, &found)
	if found != "" {
		it.Found = []byte(found)
	}
	if doc != "" {
		it.Doc = []byte(doc)
	}
	return it, err
}

// SubmittedItem returns one item of a submission with its document and verdicts.
func (tx *Tx) SubmittedItem(submissionID, itemID string) (publication.SubmittedItem, error) {
	it, err := One(tx, scanSubmittedItem, `SELECT `+submittedColumns+`, doc, findings FROM submission_item WHERE submission_id=$1 AND item_id=$2`, submissionID, itemID)
	if err != nil {
		return it, err
	}
	it.Verdicts, err = Query(tx, func(sc Scanner) (publication.Verdict, error) {
		_, v, err := scanVerdict(sc)
		return v, err
	}, `SELECT item_id, office, decision, remarks, by_id, by_name, at FROM verdict WHERE submission_id=$1 AND item_id=$2 ORDER BY at, office`, submissionID, itemID)
	return it, err
}

// SubmittedDocs returns all items of a submission with their documents.
func (tx *Tx) SubmittedDocs(submissionID string) ([]publication.SubmittedItem, error) {
	return Query(tx, scanSubmittedItem, `SELECT `+submittedColumns+`, doc, '' FROM submission_item WHERE submission_id=$1 ORDER BY position`, submissionID)
}

// PreviousSubmitted returns the document of the same item in the submission
// before this one, so that a reviewer sees what changed; NotFound if there is
// none.
func (tx *Tx) PreviousSubmitted(submissionID, itemID string) (publication.SubmittedItem, error) {
	return One(tx, scanSubmittedItem, `SELECT `+submittedColumns+`, doc, findings FROM submission_item
		WHERE item_id=$2 AND submission_id < $1 ORDER BY submission_id DESC LIMIT 1`, submissionID, itemID)
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

// Submissions returns submissions, newest first: of some units (all if empty),
// in a state (any if empty).
func (tx *Tx) Submissions(units []string, state publication.SubmissionState, before string, limit int) ([]publication.Submission, error) {
	args := []any{string(state), before, limit}
	cond := "1=1"
	if len(units) > 0 {
		cond = ""
		for _, u := range units {
			args = append(args, u)
			cond += fmt.Sprintf(",$%d", len(args))
		}
		cond = "unit_id IN (" + cond[1:] + ")"
	}
	subs, err := Query(tx, scanSubmission, `SELECT `+submissionColumns+` FROM submission
		WHERE ($1='' OR state=$1) AND ($2='' OR id<$2) AND `+cond+` ORDER BY id DESC LIMIT $3`, args...)
	if err != nil {
		return nil, err
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
