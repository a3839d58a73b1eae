package publication

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"onevisit/internal/domain/fault"
)

// CommitmentFormat names the format of a Statement.
const CommitmentFormat = "onevisit/commitment@1"

// Statement is what a unit's leader signs: the commitment with the items that it
// covers, each tied to the content that it was given for. It is a public paper.
type Statement struct {
	Format    string          `json:"format"`
	Number    string          `json:"number"` // of the submission
	Plan      string          `json:"plan"`
	UnitID    string          `json:"unit_id"`
	Unit      string          `json:"unit"`
	Signatory string          `json:"signatory"`
	Title     string          `json:"title"`
	SignedOn  string          `json:"signed_on"`
	Text      string          `json:"text"`
	Items     []StatementItem `json:"items"`
	SignedAt  time.Time       `json:"signed_at"`
}

// StatementItem is an item that a commitment covers.
type StatementItem struct {
	ID   string `json:"id"`
	Code string `json:"code"`
	Name string `json:"name"`
	Doc  string `json:"doc"` // SHA-256 of the item's canonical JSON, in hex
}

// StatementOf writes what is to be signed for a submission.
func StatementOf(s *Submission, plan string, at time.Time) ([]byte, error) {
	c := s.Commitment
	if c == nil {
		return nil, fault.Conflictf("这次报送没有公开承诺书，不需要签署。")
	}
	st := Statement{Format: CommitmentFormat, Number: s.Number, Plan: plan, UnitID: s.UnitID, Unit: s.UnitName, Signatory: c.Signatory, Title: c.Title,
		SignedOn: dateText(c.SignedOn), Text: c.Text, SignedAt: at.UTC()}
	byID := map[string]*SubmittedItem{}
	for i := range s.Items {
		byID[s.Items[i].ItemID] = &s.Items[i]
	}
	for _, id := range c.Items {
		it := byID[id]
		if it == nil {
			return nil, fault.Conflictf("承诺书列有没有报送的事项，不能签署。")
		}
		st.Items = append(st.Items, StatementItem{id, it.Code, it.Name, it.DocHash})
	}
	return encodeLeaf(st), nil
}

// ParseStatement reads what was signed.
func ParseStatement(text []byte) (*Statement, error) {
	var st Statement
	if err := json.Unmarshal(text, &st); err != nil || st.Format != CommitmentFormat || !bytes.Equal(encodeLeaf(st), text) {
		return nil, fault.Conflictf("承诺书不是规定的格式。")
	}
	return &st, nil
}

// SignedCommitment is a commitment with its electronic signature.
type SignedCommitment struct {
	SubmissionID string
	Number       string
	UnitID       string // whose commitment it is
	Text         []byte // the Statement, to the byte
	Signature    Signature
	Key          Key
	ByID, ByName string
	Index        int64 // of its leaf in the log
}

// LeafOfCommitment returns the leaf that bears witness to a signature.
func LeafOfCommitment(c *SignedCommitment) []byte {
	statement, signature := sha256.Sum256(c.Text), sha256.Sum256(c.Signature.Value)
	return encodeLeaf(CommitmentLeaf{LeafCommitment, c.Number, c.Key.UnitID, c.Key.Owner, hex.EncodeToString(statement[:]), c.Key.ID,
		hex.EncodeToString(signature[:]), c.Signature.At.UTC()})
}

// Check checks the signature by its figures and by the key's standing. The
// remark is what a reader has to know of a key that has ended since.
func (c *SignedCommitment) Check(v Verifier) (remark string, err error) {
	if err := v.Verify(&c.Key, c.Text, c.Signature.Value); err != nil {
		return "", err
	}
	return c.Key.Judge(c.Signature.At, c.Index)
}

// MaySignCommitment refuses a signature by whoever handed the package in (four
// eyes), or a second one.
func MaySignCommitment(s *Submission, byID string) error {
	switch {
	case s.Commitment == nil:
		return fault.Conflictf("这次报送没有公开承诺书，不需要签署。")
	case s.Signed != nil:
		return fault.Conflictf("承诺书已于 %s 电子签名，不用再签。", chineseDay(s.Signed.Signature.At))
	case s.ByID == byID:
		return fault.Forbiddenf("报送人不能签署自己报送的承诺书，请由单位负责人签署。")
	}
	return nil
}
