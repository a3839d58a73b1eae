package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/publication"
	"onevisit/internal/infra/sign/proof"
)

// The kinds of file that carry their own proof.
const (
	kindRelease = "公布文件"
	kindLog     = "公布日志"
	kindProof   = "证明"
	kindLink    = "一致性证明"
	kindHead    = "日志头"
)

// sealed says by its first bytes which kind a file is, or "".
func sealed(head []byte) string {
	starts := func(s string) bool { return bytes.HasPrefix(head, []byte(s)) }
	switch {
	case starts(`{"format":"` + proof.ReleaseFormat + `"`):
		return kindRelease
	case starts(`{"format":"` + proof.LogFormat + `"`):
		return kindLog
	case proof.IsProof(head):
		return kindProof
	case proof.IsLink(head): // before a head, which begins alike
		return kindLink
	case proof.IsHead(head):
		return kindHead
	}
	return ""
}

// checkedFile is the answer about a file with its proof.
type checkedFile struct {
	Kind string `json:"kind"`
	// Valid says that everything fits together; Confirmed that it does by keys
	// which were known before, not only by those in the file.
	Valid     bool            `json:"valid"`
	Confirmed bool            `json:"confirmed"`
	Problem   string          `json:"problem,omitempty"`
	Origin    string          `json:"origin,omitempty"`
	Size      int64           `json:"size,omitempty"` // of the log
	At        string          `json:"at,omitempty"`   // of the head
	Index     *int64          `json:"index,omitempty"`
	Leaf      json.RawMessage `json:"leaf,omitempty"`
	Releases  int             `json:"releases,omitempty"`
	Items     int             `json:"items,omitempty"`
	Remarks   []string        `json:"remarks"`

	seen publication.Head
}

// offline checks a file that carries its proof, or has it beside it.
func (c *verifyCmd) offline(e *env, head []byte) error {
	t, k, err := c.trust(e)
	if err != nil {
		return err
	}
	if k != nil {
		defer k.close()
	}
	out := &checkedFile{Kind: sealed(head), Remarks: []string{}}
	say, err := c.check(e, out, t)
	if err == nil && k != nil && out.Size > 0 && t.Head == nil {
		// The keys are this county's own; then so must be the log.
		err = k.continues(e, out)
	}
	if err != nil {
		if !fault.Is(err, fault.Conflict) {
			return err
		}
		out.Problem = fault.Text(err)
		return errors.Join(err, e.result(out))
	}
	out.Valid, out.Confirmed = true, len(t.Keys) > 0
	e.printf("%s", say)
	for _, r := range out.Remarks {
		e.printf("  注意：%s。\n", r)
	}
	if err := e.result(out); err != nil {
		return err
	}
	if !out.Confirmed {
		e.printf("请从可信的途径取得本县的公钥文件，用 --key 给出后再核验。\n")
		return status(exitFindings)
	}
	return nil
}

// trust gathers what is known: the keys of the file that is named, else those of
// the county in the data directory, if there is one.
func (c *verifyCmd) trust(e *env) (t proof.Trust, k *county, err error) {
	if c.Key != "" {
		b, err := readSmall(c.Key)
		if err != nil {
			return t, nil, err
		}
		f, err := proof.ReadKeys(b)
		if err != nil {
			return t, nil, err
		}
		t.Keys = f.Keys
	} else if e.hasDatabase() {
		if k, err = e.open(true); err != nil {
			return t, nil, err
		}
		f, err := k.portal.KeyFile(e.ctx)
		if err != nil {
			return t, nil, errors.Join(err, k.close())
		}
		t.Keys = f.Keys
	}
	if err := c.known(&t); err != nil {
		if k != nil {
			err = errors.Join(err, k.close())
		}
		return t, nil, err
	}
	return t, k, nil
}

// known reads the head that was seen before, and the link to the newer one.
func (c *verifyCmd) known(t *proof.Trust) error {
	if c.Head == "" {
		if c.Link != "" {
			return fault.Invalidf("一致性证明要和以前见过的日志头（--head）一起用。")
		}
		return nil
	}
	b, err := readSmall(c.Head)
	if err != nil {
		return err
	}
	h, err := proof.KnownHead(string(b), t.Keys)
	if err != nil {
		return err
	}
	t.Head = &h.Head
	if c.Link == "" {
		return nil
	}
	if b, err = readSmall(c.Link); err != nil {
		return err
	}
	t.Link, err = proof.ParseLink(b)
	return err
}

// maxSmall bounds the files beside the one that is checked, in bytes.
const maxSmall = 4 << 20

func readSmall(name string) ([]byte, error) {
	st, err := os.Stat(name)
	if err != nil {
		return nil, unreadable(name, err)
	}
	if st.Size() > maxSmall {
		return nil, fault.Invalidf("文件“%s”有 %d MB，不会是公钥、日志头或证明。", name, st.Size()>>20)
	}
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, unreadable(name, err)
	}
	return b, nil
}

// check checks the file and says in Chinese what it is.
func (c *verifyCmd) check(e *env, out *checkedFile, t proof.Trust) (say string, err error) {
	switch out.Kind {
	case kindRelease, kindLog:
		f, err := os.Open(c.What)
		if err != nil {
			return "", unreadable(c.What, err)
		}
		defer f.Close()
		var rep *proof.Report
		if out.Kind == kindLog {
			_, rep, err = proof.ReadLog(f, t)
		} else {
			_, rep, err = proof.ReadRelease(f, t)
		}
		if err != nil {
			return "", err
		}
		out.head(&rep.Head)
		out.Releases, out.Items, out.Remarks = rep.Releases, rep.Items, append(out.Remarks, rep.Remarks...)
		with := ""
		if rep.Files > 0 {
			with = fmt.Sprintf("，表格和样例 %d 个", rep.Files)
		}
		return fmt.Sprintf("%s完好：%d 次公布，%d 个事项版本%s，日志 %d 条，截至 %s。\n", out.Kind, rep.Releases, rep.Items, with, rep.Leaves, out.At), nil
	case kindHead:
		b, err := readSmall(c.What)
		if err != nil {
			return "", err
		}
		h, remarks, err := proof.CheckHead(string(b), t)
		if err != nil {
			return "", err
		}
		out.head(h)
		out.Remarks = append(out.Remarks, remarks...)
		return fmt.Sprintf("日志头完好：日志 %d 条，截至 %s。请保存，以后用 --head 核对没有改写。\n", h.Size, out.At), nil
	case kindLink:
		b, err := readSmall(c.What)
		if err != nil {
			return "", err
		}
		l, err := proof.ParseLink(b)
		if err != nil {
			return "", err
		}
		if t.Head == nil {
			return "", fault.Invalidf("核验一致性证明须用 --head 给出以前见过的日志头。")
		}
		h, remarks, err := l.Check(t)
		if err != nil {
			return "", err
		}
		out.head(h)
		out.Remarks = append(out.Remarks, remarks...)
		return fmt.Sprintf("一致性证明成立：%d 条时的日志是 %d 条时（%s）的开头部分，没有改写。\n", t.Head.Size, h.Size, out.At), nil
	}
	name := c.Proof
	if out.Kind == kindProof {
		if name != "" {
			return "", fault.Invalidf("“%s”本身就是证明，不能再给 --proof。", filepath.Base(c.What))
		}
		name = c.What
	}
	out.Kind = kindProof
	b, err := readSmall(name)
	if err != nil {
		return "", err
	}
	p, err := proof.Parse(b)
	if err != nil {
		return "", err
	}
	checked, err := p.Check(t)
	if err != nil {
		return "", err
	}
	out.head(&checked.Head)
	out.Index, out.Leaf, out.Remarks = &p.Index, p.Leaf, append(out.Remarks, checked.Remarks...)
	say = sayLeaf(checked.Leaf) + fmt.Sprintf("在公布日志第 %d 条（共 %d 条，截至 %s），证明成立。\n", p.Index, out.Size, out.At)
	if name == c.What {
		return say, nil
	}
	what, err := c.belongs(e, p, checked.Leaf)
	return say + what, err
}

func (out *checkedFile) head(h *publication.SignedHead) {
	out.seen = h.Head
	out.Origin, out.Size, out.At = h.Origin, h.Size, h.At.In(calendar.Beijing).Format("2006-01-02 15:04:05")
}

func sayLeaf(l *publication.Leaf) string {
	switch {
	case l.Item != nil:
		return fmt.Sprintf("%s（%s），第 %d 次公布，核验码 %s\n", l.Item.Name, l.Item.Unit, l.Item.Release, l.Item.Verify)
	case l.Release != nil:
		return fmt.Sprintf("第 %d 次公布：%s（%s），%d 个事项\n", l.Release.Seq, l.Release.Title, l.Release.Number, l.Release.Items)
	case l.Commitment != nil:
		return fmt.Sprintf("%s的公开承诺书（报送编号 %s），签署于 %s\n", l.Commitment.Unit, l.Commitment.Number, l.Commitment.At.In(calendar.Beijing).Format("2006-01-02 15:04:05"))
	case l.Key != nil:
		return fmt.Sprintf("%s的密钥 %s（%s）\n", l.Key.Owner, l.Key.ID, l.Key.Algorithm)
	}
	return fmt.Sprintf("密钥 %s 作废（%s）：%s\n", l.Revocation.Key, l.Revocation.Kind, l.Revocation.Reason)
}

// belongs refuses a file that is not the one which the proof is about.
func (c *verifyCmd) belongs(e *env, p *proof.Proof, l *publication.Leaf) (string, error) {
	base := filepath.Base(c.What)
	if p.Paper != nil {
		b, err := os.ReadFile(c.What)
		if err != nil {
			return "", unreadable(c.What, err)
		}
		sum := sha256.Sum256(b)
		if hex.EncodeToString(sum[:]) != p.Paper.SHA256 {
			return "", fault.Conflictf("“%s”不是证明所说的那份%s：内容被改动过，或者证明是另一份的。", base, p.Paper.Name)
		}
		return fmt.Sprintf("“%s”是本县签发的%s，一字未改。\n", base, p.Paper.Name), nil
	}
	if p.Commitment != nil {
		b, err := readSmall(c.What)
		if err != nil {
			return "", err
		}
		if !bytes.Equal(b, p.Commitment.Statement) {
			return "", fault.Conflictf("“%s”不是所签署的承诺书原文。", base)
		}
		return fmt.Sprintf("“%s”是所签署的承诺书原文。\n", base), nil
	}
	if l.Item == nil {
		return "", fault.Invalidf("这个证明不是关于一个事项的，不能用来核验“%s”。", base)
	}
	items, _, err := readItems(e, []string{c.What})
	if err != nil {
		return "", err
	}
	if !slices.ContainsFunc(items, func(it *catalog.Item) bool {
		doc, err := it.Encode()
		return err == nil && catalog.Hash(doc) == l.Item.Doc
	}) {
		return "", fault.Conflictf("“%s”中没有与公布内容完全一致的“%s”。", base, l.Item.Name)
	}
	return fmt.Sprintf("“%s”中的“%s”与公布内容完全一致。\n", base, l.Item.Name), nil
}

// continues holds the head of a checked file against this county's own log.
func (k *county) continues(e *env, out *checkedFile) error {
	err := k.portal.Continues(e.ctx, &out.seen)
	if fault.Is(err, fault.NotFound) {
		return nil // a county without a log has nothing to compare with
	}
	return err
}
