package proof

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/publication"
	"onevisit/internal/infra/sign"
)

// Trust is what a verifier knows already.
type Trust struct {
	// Keys are the county's and the units' public keys, as the county hands them
	// out. Without any, a file can only be checked against itself.
	Keys []publication.Key
	// Head is a head that was seen before; what is checked must continue it.
	Head *publication.Head
	// Link proves that another head continues Head.
	Link *Link
}

// Link is a consistency proof between a head that is known and a later one.
type Link struct {
	From int64
	Path []tlog.Hash
	Note string // the later head
}

const linkHeader = "onevisit/tlog-consistency@1"

// Format writes the link.
func (l *Link) Format() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s\nfrom %d\n", linkHeader, l.From)
	for _, h := range l.Path {
		fmt.Fprintln(&b, h.String())
	}
	fmt.Fprintf(&b, "\n%s", l.Note)
	return b.Bytes()
}

// ParseLink reads a link. It must be as Format writes it.
func ParseLink(text []byte) (*Link, error) {
	bad := fault.Invalidf("一致性证明不是规定的格式。请重新下载。")
	top, head, ok := strings.Cut(string(text), "\n\n")
	lines := strings.Split(top, "\n")
	if !ok || len(text) > maxProof || len(lines) < 2 || lines[0] != linkHeader {
		return nil, bad
	}
	l := &Link{Note: head}
	from, ok := strings.CutPrefix(lines[1], "from ")
	var err error
	if l.From, err = strconv.ParseInt(from, 10, 64); !ok || err != nil {
		return nil, bad
	}
	for _, s := range lines[2:] {
		h, err := tlog.ParseHash(s)
		if err != nil || len(l.Path) > 127 {
			return nil, bad
		}
		l.Path = append(l.Path, h)
	}
	if !bytes.Equal(l.Format(), text) {
		return nil, bad
	}
	return l, nil
}

// IsLink reports whether a file begins like a link.
func IsLink(head []byte) bool { return bytes.HasPrefix(head, []byte(linkHeader+"\n")) }

// Check checks the link from the known head on.
func (l *Link) Check(t Trust) (*publication.SignedHead, []string, error) {
	h, remarks, err := t.open(l.Note)
	if err != nil {
		return nil, nil, err
	}
	if t.Head == nil || l.From != t.Head.Size {
		return nil, nil, fault.Conflictf("一致性证明从 %d 条说起，不是已知的日志头。", l.From)
	}
	if err := t.genuine(h); err != nil {
		return nil, nil, err
	}
	return h, remarks, CheckTree(l.Path, &h.Head, t.Head)
}

// KnownHead reads a head that the verifier has kept. A note with signatures is
// checked if keys are known; the text alone is taken at its word, for it is the
// verifier's own.
func KnownHead(text string, keys []publication.Key) (*publication.SignedHead, error) {
	t := Trust{}
	if strings.Contains(text, "\n\n") {
		t.Keys = keys
	}
	h, _, err := t.open(text)
	if fault.Is(err, fault.Conflict) {
		return nil, fault.Wrap(fault.Invalid, err, "已知的日志头不能用：%s", fault.Text(err))
	}
	return h, err
}

// IsHead reports whether a file begins like a signed head of a county's log.
func IsHead(head []byte) bool { return bytes.HasPrefix(head, []byte(publication.LogOriginPrefix)) }

// CheckHead checks a head that stands alone against what is known: two heads of
// one size that differ are two logs, shown to different people.
func CheckHead(text string, t Trust) (*publication.SignedHead, []string, error) {
	h, remarks, err := t.open(text)
	if err != nil {
		return nil, nil, err
	}
	if err := t.sameAs(h); err != nil {
		return nil, nil, err
	}
	return h, remarks, t.genuine(h)
}

// ReadKeys reads a file of public keys, as `onevisit key export-public` writes it.
func ReadKeys(b []byte) (*publication.KeyFile, error) {
	var f publication.KeyFile
	if err := json.Unmarshal(b, &f); err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "公钥文件读不懂：%s", orText(err, "不是 onevisit key export-public 写出的 JSON 文件。"))
	}
	if f.Format != publication.KeyFileFormat {
		return nil, fault.Invalidf("公钥文件的格式应为 %s，不是“%s”。", publication.KeyFileFormat, f.Format)
	}
	if len(f.Keys) == 0 {
		return nil, fault.Invalidf("公钥文件中没有公钥。")
	}
	return &f, nil
}

// orText is the text of a fault inside err, or another.
func orText(err error, other string) string {
	if fault.KindOf(err) == fault.Internal {
		return other
	}
	return fault.Text(err)
}

// with adds to the known keys what a log says of them: a key that the log has
// ended is ended, whatever the verifier knew. Keys that only the log knows count
// if nothing else is known.
func (t Trust) with(log []publication.Key) []publication.Key {
	if len(t.Keys) == 0 {
		return log
	}
	out := slices.Clone(t.Keys)
	for i := range out {
		for _, k := range log {
			if k.ID != out[i].ID {
				continue
			}
			if out[i].Revoked == nil {
				out[i].Revoked = k.Revoked
			}
			if out[i].Index < 0 {
				out[i].Index = k.Index
			}
		}
	}
	return out
}

const (
	unsignedRemark    = "有日志头没有签名：当时没有可用的签名密钥"
	unconfirmedRemark = "没有用公钥核对：只确认了文件自身前后一致，没有确认是本县签发的"
)

// open opens a head that comes without its log. With county keys known, it must
// be signed.
func (t Trust) open(text string) (*publication.SignedHead, []string, error) {
	if len(t.Keys) > 0 {
		return OpenHead(text, t.Keys)
	}
	body, _, signed := strings.Cut(text, "\n\n")
	remarks := []string{unconfirmedRemark}
	if signed {
		body += "\n"
	} else {
		remarks = append(remarks, unsignedRemark)
	}
	h, err := publication.ParseHead(body)
	if err != nil {
		return nil, nil, err
	}
	return &publication.SignedHead{Head: *h, Note: text}, remarks, nil
}

// genuine refuses a head that was signed only with keys which somebody else may
// have: its size is the signer's own word, so that the thief of a key could make
// a whole log and date it back. A head that is known and reaches as far vouches
// for it; sameAs has then compared them.
func (t Trust) genuine(h *publication.SignedHead) error {
	if t.Head != nil && h.Size <= t.Head.Size {
		return nil
	}
	var strange *publication.Key
	for _, id := range h.Keys {
		i := slices.IndexFunc(t.Keys, func(k publication.Key) bool { return k.ID == id })
		if i < 0 || t.Keys[i].Revoked == nil || !t.Keys[i].Revoked.Kind.Strange() {
			return nil
		}
		strange = &t.Keys[i]
	}
	if strange == nil { // unsigned, which is judged elsewhere
		return nil
	}
	return fault.Conflictf("日志头（%d 条）只有密钥 %s 的签名，这把密钥后来作废（%s），得到它的人也能写出这样的日志头。请重新下载用新密钥签名的文件或证明，或者用以前留存的日志头（--head）核对。",
		h.Size, strange.ID, strange.Revoked.Kind)
}

// sameAs refuses a head that does not continue the known one.
func (t Trust) sameAs(h *publication.SignedHead) error {
	if t.Head == nil {
		return nil
	}
	if h.Origin != t.Head.Origin {
		return fault.Conflictf("日志头属于另一份日志（%s，已知的是 %s）。", h.Origin, t.Head.Origin)
	}
	switch {
	case h.Size == t.Head.Size:
		if h.Root != t.Head.Root {
			return fault.Conflictf("同为 %d 条，日志头与已知的不同：有两份不同的日志，请把两个日志头都保存下来，向县政府或者上级反映。", h.Size)
		}
		return nil
	case t.Link == nil:
		return fault.Conflictf("已知的日志头有 %d 条，证明用的有 %d 条，须有两者之间的一致性证明才能比较。", t.Head.Size, h.Size)
	}
	newer, _, err := t.open(t.Link.Note)
	if err != nil {
		return err
	}
	older, later := t.Head, &newer.Head
	if newer.Size != h.Size && newer.Size != t.Head.Size || t.Link.From != min(h.Size, t.Head.Size) {
		return fault.Conflictf("一致性证明说的是 %d 条与 %d 条的日志，不是所要比较的 %d 条与 %d 条。", t.Link.From, newer.Size, t.Head.Size, h.Size)
	}
	if newer.Size == h.Size {
		if newer.Root != h.Root {
			return fault.Conflictf("同为 %d 条，一致性证明的日志头与证明用的不同：有两份不同的日志。", h.Size)
		}
	} else { // what was known before is the later one
		if newer.Root != t.Head.Root {
			return fault.Conflictf("同为 %d 条，一致性证明的日志头与已知的不同：有两份不同的日志。", newer.Size)
		}
		older, later = &h.Head, t.Head
	}
	return CheckTree(t.Link.Path, later, older)
}

// signatures checks signatures by the county, each over what statement gives for
// its time. With county keys known there must be one.
func (t Trust) signatures(sigs []publication.Signature, index int64, statement func(at time.Time) []byte) (remarks []string, err error) {
	return checkSignatures(t.Keys, sigs, index, statement)
}

func checkSignatures(keys []publication.Key, sigs []publication.Signature, index int64, statement func(at time.Time) []byte) (remarks []string, err error) {
	for _, s := range sigs {
		i := slices.IndexFunc(keys, func(k publication.Key) bool { return k.ID == s.Key && k.County() })
		if i < 0 {
			if len(keys) == 0 {
				continue
			}
			return nil, fault.Conflictf("有一个签名的密钥（%s）不在公钥文件中。请核对公钥文件是否为本县最新发布的。", s.Key)
		}
		remark, err := checkSignature(&keys[i], s, index, statement(s.At))
		if err != nil {
			return nil, err
		}
		if remark != "" {
			remarks = append(remarks, remark)
		}
	}
	if len(sigs) == 0 && slices.ContainsFunc(keys, func(k publication.Key) bool { return k.County() }) {
		return nil, fault.Conflictf("文件上没有本县的签名。")
	}
	return remarks, nil
}

func checkSignature(k *publication.Key, s publication.Signature, index int64, statement []byte) (remark string, err error) {
	if s.Algorithm != k.Algorithm {
		return "", fault.Conflictf("签名写明的算法（%s）与密钥 %s 的算法（%s）不同。", s.Algorithm, k.ID, k.Algorithm)
	}
	if err := (sign.Verifier{}).Verify(k, statement, s.Value); err != nil {
		return "", err
	}
	return k.Judge(s.At, index)
}

// commitment checks what a unit's leader signed against the leaf that bears
// witness to it.
func (t Trust) commitment(c *Commitment, leaf *publication.CommitmentLeaf, index int64) (remarks []string, err error) {
	statement, signature := sha256.Sum256(c.Statement), sha256.Sum256(c.Signature.Value)
	if leaf.Statement != hex.EncodeToString(statement[:]) || leaf.Signature != hex.EncodeToString(signature[:]) || leaf.Key != c.Signature.Key || !leaf.At.Equal(c.Signature.At) {
		return nil, fault.Conflictf("承诺书或它的签名与公布日志的记载不同。")
	}
	if len(t.Keys) == 0 {
		return nil, nil // said already
	}
	i := slices.IndexFunc(t.Keys, func(k publication.Key) bool { return k.ID == c.Signature.Key })
	if i < 0 || t.Keys[i].UnitID != leaf.UnitID {
		return nil, fault.Conflictf("签署承诺书的密钥（%s）不在公钥文件中，或者不是%s的。请核对公钥文件是否为本县最新发布的。", c.Signature.Key, leaf.Unit)
	}
	remark, err := checkSignature(&t.Keys[i], c.Signature, index, c.Statement)
	if err == nil && remark != "" {
		remarks = append(remarks, remark)
	}
	return remarks, err
}

// Report says what was found right.
type Report struct {
	Head     publication.SignedHead
	Releases int
	Items    int // versions of items
	Leaves   int64
	Files    int // forms and samples, of a release file
	Keys     []publication.Key
	Remarks  []string
	// Unconfirmed says that no key was known: the file only agrees with itself.
	Unconfirmed bool
}
