package store

import (
	"encoding/base64"

	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/publication"
)

const commitmentColumns = `c.submission_id, c.number, c.unit_id, c.statement, c.signature, c.at, c.by_id, c.by_name, c.log_index`

const commitmentFrom = ` FROM commitment_signature c JOIN signing_key k ON k.id=c.key_id`

// keyOf are keyColumns of a joined key.
const keyOf = `k.id, k.algorithm, k.public, k.unit_id, k.owner, k.not_before, k.not_after, k.log_index, k.created_by, k.revoked_kind, k.revoked_reason, k.revoked_at, k.revoked_index, k.revoked_by, k.version`

// joined reads the columns of one part of a joined row and leaves the others to
// the next.
type joined struct {
	s     Scanner
	first []any
}

func (j joined) Scan(dest ...any) error { return j.s.Scan(append(j.first, dest...)...) }

func scanCommitment(s Scanner) (publication.SignedCommitment, error) {
	var c publication.SignedCommitment
	var text, signature string
	var at int64
	k, err := scanKey(joined{s, []any{&c.SubmissionID, &c.Number, &c.UnitID, &text, &signature, &at, &c.ByID, &c.ByName, &c.Index}})
	if err != nil {
		return c, err
	}
	c.Key, c.Text = k, []byte(text)
	c.Signature = publication.Signature{Key: k.ID, Algorithm: k.Algorithm, At: FromMillis(at)}
	if c.Signature.Value, err = base64.StdEncoding.DecodeString(signature); err != nil {
		return c, fault.Conflictf("报送 %s 的承诺书签名已损坏。", c.Number)
	}
	return c, nil
}

func (tx *Tx) signedCommitment(submissionID string) (*publication.SignedCommitment, error) {
	c, err := One(tx, scanCommitment, `SELECT `+commitmentColumns+`, `+keyOf+commitmentFrom+` WHERE c.submission_id=$1`, submissionID)
	if fault.Is(err, fault.NotFound) {
		return nil, nil
	}
	return &c, err
}

// InsertCommitment stores a signed commitment and appends it to the log; one that
// is signed already is a Conflict.
func (tx *Tx) InsertCommitment(c *publication.SignedCommitment) error {
	if _, err := tx.Exec(`INSERT INTO commitment_signature (submission_id, number, unit_id, statement, key_id, signature, at, by_id, by_name, log_index)
		VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,-1)`, c.SubmissionID, c.Number, c.UnitID, string(c.Text), c.Key.ID,
		base64.StdEncoding.EncodeToString(c.Signature.Value), Millis(c.Signature.At), c.ByID, c.ByName); err != nil {
		return err
	}
	var err error
	if c.Index, err = tx.appendLog([]logEntry{{kind: publication.LeafCommitment, ref: c.Number, text: publication.LeafOfCommitment(c)}}); err != nil {
		return err
	}
	return tx.ExecOne(`UPDATE commitment_signature SET log_index=$2 WHERE submission_id=$1`, c.SubmissionID, c.Index)
}

// publishedCommitment holds for commitments of packages of which something is
// published: only then is the commitment public.
const publishedCommitment = ` WHERE EXISTS (SELECT 1 FROM batch_item b JOIN release_log r ON r.batch_id=b.batch_id WHERE b.submission_id=c.submission_id AND b.struck='')`

// Commitments returns the signed commitments that are public, of one unit or of
// all (empty), by number.
func (tx *Tx) Commitments(unitID string) ([]publication.SignedCommitment, error) {
	return Query(tx, scanCommitment, `SELECT `+commitmentColumns+`, `+keyOf+commitmentFrom+publishedCommitment+` AND ($1='' OR c.unit_id=$1) ORDER BY c.number`, unitID)
}

// Commitment returns a public commitment by the number of its submission, or
// NotFound.
func (tx *Tx) Commitment(number string) (publication.SignedCommitment, error) {
	return One(tx, scanCommitment, `SELECT `+commitmentColumns+`, `+keyOf+commitmentFrom+publishedCommitment+` AND c.number=$1`, number)
}
