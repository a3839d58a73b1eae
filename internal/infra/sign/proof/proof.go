package proof

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/publication"
)

// Proof shows that an entry stands in the log, after c2sp.org/tlog-proof. Its
// file's name ends in .tlog-proof; other tools for such proofs read it too.
type Proof struct {
	Leaf  []byte // the entry's text
	Index int64
	Path  []tlog.Hash // from the leaf's sibling up
	Note  string      // the signed head
	// Paper ties a printed paper to the leaf; nil for the data itself.
	Paper *Paper
	// Commitment is what a unit's leader signed; nil for other leaves.
	Commitment *Commitment
}

// Paper is the county's word that a file of just these bytes is a paper made of
// the leaf that the proof is about.
type Paper struct {
	Name       string                  `json:"name"`
	SHA256     string                  `json:"sha256"`
	Signatures []publication.Signature `json:"signatures"`
}

// Statement is what the county signs of a paper.
func (p *Paper) Statement(leaf []byte, at time.Time) []byte {
	h := tlog.RecordHash(leaf)
	return fmt.Appendf(nil, "onevisit/paper@1\nname %s\nsha256 %s\nleaf %s\nat %s\n", p.Name, p.SHA256, encode64(h[:]), at.UTC().Format(time.RFC3339))
}

// Commitment is a commitment as it was signed.
type Commitment struct {
	Statement []byte                `json:"statement"`
	Signature publication.Signature `json:"signature"`
}

// extra is what a proof carries beside the standard's own lines.
type extra struct {
	Leaf       string      `json:"leaf"`
	Paper      *Paper      `json:"paper,omitempty"`
	Commitment *Commitment `json:"commitment,omitempty"`
}

const proofHeader = "c2sp.org/tlog-proof@v1"

// maxProof bounds what is read as a proof, in bytes.
const maxProof = 1 << 20

// Format writes the proof.
func (p *Proof) Format() ([]byte, error) {
	x, err := encodeLine(extra{string(p.Leaf), p.Paper, p.Commitment})
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s\nextra %s\nindex %d\n", proofHeader, encode64(x), p.Index)
	for _, h := range p.Path {
		fmt.Fprintln(&b, h.String())
	}
	fmt.Fprintf(&b, "\n%s", p.Note)
	return b.Bytes(), nil
}

// encodeLine writes JSON without a final newline and without escapes for HTML.
func encodeLine(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// IsProof reports whether a file begins like a proof.
func IsProof(head []byte) bool { return bytes.HasPrefix(head, []byte(proofHeader+"\n")) }

// Parse reads a proof. It must be as Format writes it.
func Parse(text []byte) (*Proof, error) {
	bad := func(what string) error {
		return fault.Invalidf("证明文件不是规定的格式（%s）。请重新下载。", what)
	}
	if len(text) > maxProof {
		return nil, bad("太大")
	}
	top, head, ok := strings.Cut(string(text), "\n\n")
	if !ok {
		return nil, bad("没有日志头")
	}
	lines := strings.Split(top, "\n")
	if len(lines) < 3 || lines[0] != proofHeader {
		return nil, bad("第一行应为 " + proofHeader)
	}
	p := &Proof{Note: head}
	x, ok := strings.CutPrefix(lines[1], "extra ")
	raw, err := decode64(x)
	var e extra
	if !ok || err != nil || json.Unmarshal(raw, &e) != nil {
		return nil, bad("第二行")
	}
	p.Leaf, p.Paper, p.Commitment = []byte(e.Leaf), e.Paper, e.Commitment
	index, ok := strings.CutPrefix(lines[2], "index ")
	if p.Index, err = strconv.ParseInt(index, 10, 64); !ok || err != nil || p.Index < 0 {
		return nil, bad("第三行")
	}
	for _, l := range lines[3:] {
		h, err := tlog.ParseHash(l)
		if err != nil || len(p.Path) > 63 {
			return nil, bad("证明的路径")
		}
		p.Path = append(p.Path, h)
	}
	if again, err := p.Format(); err != nil || !bytes.Equal(again, text) {
		return nil, bad("写法")
	}
	return p, nil
}

// Checked is what a proof has been found to show.
type Checked struct {
	Head publication.SignedHead
	Leaf *publication.Leaf
	// Remarks are what a reader has to know: keys that have ended since, or that
	// there was no key to check with.
	Remarks []string
}

// Check checks everything in a proof that needs no other file: the head's
// signatures, the path, and what signatures it carries. The paper's own bytes are
// for CheckPaper.
func (p *Proof) Check(t Trust) (*Checked, error) {
	c := &Checked{}
	h, remarks, err := t.open(p.Note)
	if err != nil {
		return nil, err
	}
	c.Head, c.Remarks = *h, remarks
	if tlog.CheckRecord(p.Path, h.Size, h.Root, p.Index, tlog.RecordHash(p.Leaf)) != nil {
		return nil, fault.Conflictf("证明不成立：公布日志（%d 条）的第 %d 条不是所附的内容。", h.Size, p.Index)
	}
	if c.Leaf, err = publication.ParseLeaf(p.Leaf); err != nil {
		return nil, err
	}
	if err := t.sameAs(h); err != nil {
		return nil, err
	}
	if err := t.genuine(h); err != nil {
		return nil, err
	}
	if p.Paper != nil {
		remarks, err := t.signatures(p.Paper.Signatures, -1, func(at time.Time) []byte { return p.Paper.Statement(p.Leaf, at) })
		if err != nil {
			return nil, err
		}
		c.Remarks = append(c.Remarks, remarks...)
	}
	if p.Commitment != nil && c.Leaf.Commitment == nil {
		return nil, fault.Conflictf("证明文件附有承诺书，但它证明的不是承诺书。")
	}
	if p.Commitment != nil {
		remarks, err := t.commitment(p.Commitment, c.Leaf.Commitment, p.Index)
		if err != nil {
			return nil, err
		}
		c.Remarks = append(c.Remarks, remarks...)
	}
	return c, nil
}
