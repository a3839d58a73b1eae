// Package proof is what can be checked off line, with nothing but the county's
// public keys: signed heads of the log of publications, proofs that an entry is
// in it, and files that carry a release or the whole log.
//
// # Release files
//
// Two separated networks exchange one file. The side that publishes writes it:
//
//	err := proof.WriteRelease(w, file, open, signer, keys)   // file *publication.ReleaseFile, gathered by store's Tx.ReleaseFile
//
// The side that only shows reads it, and gets the same ReleaseFile or an error
// that says what does not fit:
//
//	file, report, err := proof.ReadRelease(r, trust)
//
// Every byte of the file has been checked when ReadRelease returns without an
// error: the documents against their hashes, the releases against theirs, both
// against the Merkle log that comes along, the log against its signed head, and
// the whole against the county's signature. What stands in the file about what
// replaced what is worked out again from the releases. Trust holds the county's
// keys (proof.ReadKeys reads what `onevisit key export-public` writes); with
// none, report.Unconfirmed says that the file only agrees with itself.
//
// NewLog then answers what the portal asks of the log (portal.LogReader).
//
// The formats are described in docs/reference/verifying.md.
package proof

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/publication"
	"onevisit/internal/infra/sign"
)

// sm2NoteType marks SM2 keys in signed notes: 0xff with a longer name is for
// kinds of signature that c2sp.org/signed-note gives no number.
const sm2NoteType = "\xffonevisit/sm2-sm3\n"

// noteHash is the key ID of a signature line.
func noteHash(origin string, k *publication.Key) uint32 {
	typ := "\x01"
	if k.Algorithm == publication.SM2 {
		typ = sm2NoteType
	}
	sum := sha256.Sum256([]byte(origin + "\n" + typ + string(k.Public)))
	return binary.BigEndian.Uint32(sum[:])
}

// VerifierKey is a key in the form that other tools for signed notes take
// (vkey). They know Ed25519 only.
func VerifierKey(origin string, k *publication.Key) (string, error) {
	if k.Algorithm != publication.Ed25519 {
		return "", fault.Invalidf("只有 Ed25519 公钥有这种写法，%s 是 %s。", k.ID, k.Algorithm)
	}
	return note.NewEd25519VerifierKey(origin, ed25519.PublicKey(k.Public))
}

// noteSigner signs a note with one key.
type noteSigner struct {
	origin string
	key    publication.Key
	signer publication.Signer
}

func (s noteSigner) Name() string                    { return s.origin }
func (s noteSigner) KeyHash() uint32                 { return noteHash(s.origin, &s.key) }
func (s noteSigner) Sign(msg []byte) ([]byte, error) { return s.signer.Sign(&s.key, "", msg) }

// noteVerifier checks a note's signature by one key.
type noteVerifier struct {
	origin string
	key    publication.Key
}

func (v noteVerifier) Name() string    { return v.origin }
func (v noteVerifier) KeyHash() uint32 { return noteHash(v.origin, &v.key) }
func (v noteVerifier) Verify(msg, sig []byte) bool {
	return sign.Verifier{}.Verify(&v.key, msg, sig) == nil
}

// Checkpoints signs heads with the keys of a signer.
type Checkpoints struct{ Signer publication.Signer }

// SignHead signs with every key that it is given.
func (c Checkpoints) SignHead(h publication.Head, keys []publication.Key) (*publication.SignedHead, error) {
	h.At = h.At.UTC().Truncate(time.Second)
	out := &publication.SignedHead{Head: h, Note: h.Text()}
	if len(keys) == 0 {
		return out, nil
	}
	var signers []note.Signer
	for _, k := range keys {
		signers = append(signers, noteSigner{h.Origin, k, c.Signer})
		out.Keys = append(out.Keys, k.ID)
	}
	msg, err := note.Sign(&note.Note{Text: h.Text()}, signers...)
	if err != nil {
		return nil, err
	}
	out.Note = string(msg)
	return out, nil
}

// OpenHead reads a signed head and checks every signature on it: a line by a key
// that is not among keys is refused as well, for nobody else signs these heads.
// A head by a key that was lost or leaked later is taken; that it belongs to the
// true log is for who has the log, or Trust, to say.
// The remarks are what a reader has to know of keys that have ended since. A head
// without any signature is refused with errUnsigned.
func OpenHead(text string, keys []publication.Key) (*publication.SignedHead, []string, error) {
	body, _, signed := strings.Cut(text, "\n\n")
	if !signed {
		h, err := publication.ParseHead(text)
		if err != nil {
			return nil, nil, err
		}
		return &publication.SignedHead{Head: *h, Note: text}, nil, errUnsigned
	}
	h, err := publication.ParseHead(body + "\n")
	if err != nil {
		return nil, nil, err
	}
	var verifiers []note.Verifier
	byHash := map[uint32]publication.Key{}
	for _, k := range keys {
		if k.County() {
			v := noteVerifier{h.Origin, k}
			verifiers = append(verifiers, v)
			byHash[v.KeyHash()] = k
		}
	}
	n, err := note.Open([]byte(text), note.VerifierList(verifiers...))
	var unknown *note.UnverifiedNoteError
	if errors.As(err, &unknown) {
		return nil, nil, fault.Conflictf("日志头（%d 条）不是用所给的公钥签名的。请核对公钥文件是否为本县最新发布的。", h.Size)
	}
	if err != nil {
		return nil, nil, fault.Wrap(fault.Conflict, err, "日志头（%d 条）的签名不对，内容可能被改动。", h.Size)
	}
	if len(n.UnverifiedSigs) > 0 {
		return nil, nil, fault.Conflictf("日志头（%d 条）上有一个不认识的密钥的签名。请核对公钥文件是否为本县最新发布的。", h.Size)
	}
	out := &publication.SignedHead{Head: *h, Note: text}
	var remarks []string
	for _, s := range n.Sigs {
		if raw, err := decode64(s.Base64); err != nil || encode64(raw) != s.Base64 {
			return nil, nil, strayHead(h)
		}
		k := byHash[s.Hash]
		remark, err := k.Judge(h.At, h.Size-1)
		if err != nil {
			return nil, nil, err
		}
		if remark != "" {
			remarks = append(remarks, remark)
		}
		out.Keys = append(out.Keys, k.ID)
	}
	// One way to write a note: what differs from it was changed by somebody, be it
	// in a place that no signature covers.
	if again, err := note.Sign(n); err != nil || string(again) != text {
		return nil, nil, strayHead(h)
	}
	return out, remarks, nil
}

func strayHead(h *publication.Head) error {
	return fault.Conflictf("日志头（%d 条）不是规定的写法，可能有人改动过。", h.Size)
}

// errUnsigned is what OpenHead says of a head without signatures.
var errUnsigned = fault.Conflictf("日志头没有签名。")

// Unsigned reports whether the only trouble is that there is no signature.
func Unsigned(err error) bool { return errors.Is(err, errUnsigned) }

// encode64 is how hashes are written in proofs.
func encode64(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

func decode64(s string) ([]byte, error) {
	b, err := base64.StdEncoding.Strict().DecodeString(s)
	if err != nil {
		return nil, fmt.Errorf("base64: %w", err)
	}
	return b, nil
}
