package publication

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"onevisit/internal/domain/fault"
)

// Algorithm names a way of signing.
type Algorithm string

// The algorithms.
const (
	// Ed25519 is RFC 8032; signatures have 64 bytes.
	Ed25519 Algorithm = "Ed25519"
	// SM2 is GB/T 32918.2 with SM3 (GB/T 32905) and the user ID
	// 1234567812345678 of GM/T 0009; signatures are ASN.1 (r, s).
	SM2 Algorithm = "SM2"
)

// Algorithms lists them.
var Algorithms = []Algorithm{Ed25519, SM2}

// publicLength is the length of a public key in bytes: the RFC's encoding for
// Ed25519, the uncompressed point for SM2.
var publicLength = map[Algorithm]int{Ed25519: 32, SM2: 65}

// Key is a public key as the county's register has it. The private half is with
// its owner and nowhere in the database.
type Key struct {
	ID        string // as KeyID computes it
	Algorithm Algorithm
	Public    []byte
	// UnitID is the unit that signs with it; empty for the county's key, which
	// signs releases and the heads of the log.
	UnitID, Owner       string
	NotBefore, NotAfter time.Time
	// Index is the key's place in the log: nothing that stands before it can have
	// been signed with it. -1 if it is not in the log.
	Index     int64
	CreatedBy string
	// Revoked is nil while the key holds.
	Revoked *Revocation
	Version int64
}

// RevocationKind is why a key no longer holds.
type RevocationKind string

// The kinds of revocation.
const (
	Lost        RevocationKind = "遗失"
	Compromised RevocationKind = "泄露"
	Replaced    RevocationKind = "更换" // by a newer key, as planned
	Retired     RevocationKind = "停用"
)

// RevocationKinds lists them.
var RevocationKinds = []RevocationKind{Lost, Compromised, Replaced, Retired}

// Strange reports whether somebody else may have the private half: then only the
// log can say what its owner signed, since a stranger writes what time he likes.
func (k RevocationKind) Strange() bool { return k == Lost || k == Compromised }

// Revocation ends a key.
type Revocation struct {
	Kind   RevocationKind
	Reason string
	At     time.Time
	// Index is the revocation's place in the log. What stands in the log before
	// it was signed before, whatever time a thief may write on what he signs later.
	Index int64
	By    string
}

// KeyID is the first 16 hex digits of SHA-256 over algorithm and public key.
func KeyID(a Algorithm, public []byte) string {
	sum := sha256.Sum256(append([]byte(a+"\n"), public...))
	return hex.EncodeToString(sum[:8])
}

// Fingerprint is the whole hash in groups of four, to be compared with the one
// that was announced on paper.
func (k *Key) Fingerprint() string {
	sum := sha256.Sum256(append([]byte(k.Algorithm+"\n"), k.Public...))
	s := hex.EncodeToString(sum[:])
	var groups []string
	for i := 0; i < len(s); i += 4 {
		groups = append(groups, s[i:i+4])
	}
	return strings.Join(groups, " ")
}

// County reports whether it is the county's own key.
func (k *Key) County() bool { return k.UnitID == "" }

// State says how the key stands at an instant.
func (k *Key) State(now time.Time) string {
	switch {
	case k.Revoked != nil:
		return "已作废（" + string(k.Revoked.Kind) + "）"
	case now.Before(k.NotBefore):
		return "尚未生效"
	case !now.Before(k.NotAfter):
		return "已到期"
	}
	return "有效"
}

// Check refuses a key that does not fit together.
func (k *Key) Check() error {
	switch {
	case !slices.Contains(Algorithms, k.Algorithm):
		return fault.Invalidf("不支持签名算法“%s”，可选 %s 或 %s。", k.Algorithm, Ed25519, SM2)
	case len(k.Public) != publicLength[k.Algorithm]:
		return fault.Invalidf("%s 公钥应为 %d 字节，实有 %d 字节。", k.Algorithm, publicLength[k.Algorithm], len(k.Public))
	case k.ID != KeyID(k.Algorithm, k.Public):
		return fault.Invalidf("公钥与密钥编号 %s 不符。", k.ID)
	case !k.NotBefore.Before(k.NotAfter):
		return fault.Invalidf("密钥的有效期截止应晚于起始。")
	}
	return nil
}

// MaySign refuses to sign with a key that does not hold now.
func (k *Key) MaySign(now time.Time) error {
	switch {
	case k.Revoked != nil:
		return fault.Conflictf("密钥 %s 已于 %s 作废（%s），不能再用来签名。请用 onevisit key new 建立新密钥。", k.ID, chineseDay(k.Revoked.At), k.Revoked.Kind)
	case now.Before(k.NotBefore):
		return fault.Conflictf("密钥 %s 自 %s 起生效，现在还不能签名。", k.ID, chineseDay(k.NotBefore))
	case !now.Before(k.NotAfter):
		return fault.Conflictf("密钥 %s 已于 %s 到期。请用 onevisit key new 建立新密钥。", k.ID, chineseDay(k.NotAfter))
	}
	return nil
}

// Judge says whether a signature that is right by its figures counts. at is the
// time that the signer states; index is the place in the log that bears witness
// to it (for a head of the log: its size minus one), -1 if there is none: then
// the stated time counts, unless somebody else may have the key. The remark is
// empty, or what a reader has to know of a key that has ended since.
func (k *Key) Judge(at time.Time, index int64) (remark string, err error) {
	if at.Before(k.NotBefore) || !at.Before(k.NotAfter) {
		return "", fault.Conflictf("签名时间 %s 不在密钥 %s 的有效期内（%s 至 %s）。", chineseDay(at), k.ID, chineseDay(k.NotBefore), chineseDay(k.NotAfter))
	}
	if k.Index >= 0 && index >= 0 && index < k.Index {
		return "", fault.Conflictf("密钥 %s 登记在后、签名在前，签名不可信。", k.ID)
	}
	r := k.Revoked
	switch {
	case r == nil:
		return "", nil
	case index < 0 && r.Kind.Strange():
		return "", fault.Conflictf("密钥 %s 已于 %s 作废（%s），而公布日志中没有这次签名的记载，不能确认它在作废以前作出。请重新下载证明。", k.ID, chineseDay(r.At), r.Kind)
	case index >= r.Index || !at.Before(r.At):
		return "", fault.Conflictf("签名作出时密钥 %s 已经作废（%s，%s），签名无效。", k.ID, chineseDay(r.At), r.Kind)
	}
	return "签名有效；签名以后，密钥于 " + chineseDay(r.At) + " 作废（" + string(r.Kind) + "）", nil
}

func chineseDay(t time.Time) string {
	return t.UTC().Add(8 * time.Hour).Format("2006年1月2日")
}

// Signature is what a key says to some bytes.
type Signature struct {
	Key       string    `json:"key"` // KeyID
	Algorithm Algorithm `json:"algorithm"`
	At        time.Time `json:"at"`
	Value     []byte    `json:"value"` // base64 in JSON
}

// Signer signs with private keys that it keeps. infra/sign implements it.
type Signer interface {
	// Sign signs msg with the private half of the key. passphrase opens a key
	// that has one; empty for a key that is open already or has none. A private
	// key that is not there is Unavailable, a wrong passphrase Invalid at
	// "passphrase".
	Sign(k *Key, passphrase string, msg []byte) ([]byte, error)
}

// Verifier checks signatures by their figures alone; whether they count is for
// Key.Judge.
type Verifier interface {
	// Verify returns a Conflict if sig is not the key's signature of msg.
	Verify(k *Key, msg, sig []byte) error
}

// KeyFile is the register of public keys as it is handed out: what somebody who
// verifies off line has to get from the county by a way that he trusts.
type KeyFile struct {
	Format string `json:"format"` // KeyFileFormat
	Origin string `json:"origin"` // of the log
	Keys   []Key  `json:"keys"`
}

// KeyFileFormat names the format of a KeyFile.
const KeyFileFormat = "onevisit/keys@1"

// wireKey is a key in JSON; instants are UTC in RFC 3339.
type wireKey struct {
	ID        string       `json:"id"`
	Algorithm Algorithm    `json:"algorithm"`
	Public    string       `json:"public"`
	UnitID    string       `json:"unit_id"`
	Owner     string       `json:"owner"`
	NotBefore time.Time    `json:"not_before"`
	NotAfter  time.Time    `json:"not_after"`
	Index     int64        `json:"index"`
	Revoked   *wireRevoked `json:"revoked,omitempty"`
}

type wireRevoked struct {
	Kind   RevocationKind `json:"kind"`
	Reason string         `json:"reason"`
	At     time.Time      `json:"at"`
	Index  int64          `json:"index"`
}

// MarshalJSON writes the public part of the key.
func (k Key) MarshalJSON() ([]byte, error) {
	w := wireKey{k.ID, k.Algorithm, base64.StdEncoding.EncodeToString(k.Public), k.UnitID, k.Owner, k.NotBefore.UTC(), k.NotAfter.UTC(), k.Index, nil}
	if r := k.Revoked; r != nil {
		w.Revoked = &wireRevoked{r.Kind, r.Reason, r.At.UTC(), r.Index}
	}
	return json.Marshal(w)
}

// UnmarshalJSON reads it and checks that it fits together.
func (k *Key) UnmarshalJSON(b []byte) error {
	var w wireKey
	if err := json.Unmarshal(b, &w); err != nil {
		return err
	}
	pub, err := base64.StdEncoding.Strict().DecodeString(w.Public)
	if err != nil {
		return fault.Wrap(fault.Invalid, err, "公钥不是 base64 文字。")
	}
	*k = Key{ID: w.ID, Algorithm: w.Algorithm, Public: pub, UnitID: w.UnitID, Owner: w.Owner, NotBefore: w.NotBefore, NotAfter: w.NotAfter, Index: w.Index}
	if w.Revoked != nil {
		k.Revoked = &Revocation{Kind: w.Revoked.Kind, Reason: w.Revoked.Reason, At: w.Revoked.At, Index: w.Revoked.Index}
	}
	return k.Check()
}

// older reports whether another key of the same owner goes before this one: the
// later, and of two made in one second the one that holds longer.
func (k *Key) older(o *Key) bool {
	return cmp.Or(k.NotBefore.Compare(o.NotBefore), k.NotAfter.Compare(o.NotAfter)) < 0
}

// CountyKeys picks the keys of the county that may sign now: of each algorithm
// the newest.
func CountyKeys(keys []Key, now time.Time) []Key {
	newest := map[Algorithm]Key{}
	for _, k := range keys {
		if have, ok := newest[k.Algorithm]; k.County() && k.MaySign(now) == nil && (!ok || have.older(&k)) {
			newest[k.Algorithm] = k
		}
	}
	var out []Key
	for _, k := range newest {
		out = append(out, k)
	}
	slices.SortFunc(out, func(a, b Key) int { return cmp.Compare(a.Algorithm, b.Algorithm) })
	return out
}

// KeyNotice is how many days before its end a key is to be replaced: time enough
// to make a new one and to hand out the public half.
const KeyNotice = 60

// EndingKeys picks the keys that end within KeyNotice days and have no successor:
// no later key of the same owner and algorithm holds longer.
func EndingKeys(keys []Key, now time.Time) []Key {
	var out []Key
	for _, k := range keys {
		if k.MaySign(now) != nil || k.NotAfter.After(now.AddDate(0, 0, KeyNotice)) {
			continue
		}
		if !slices.ContainsFunc(keys, func(o Key) bool {
			return o.UnitID == k.UnitID && o.Algorithm == k.Algorithm && o.MaySign(now) == nil && o.NotAfter.After(k.NotAfter)
		}) {
			out = append(out, k)
		}
	}
	return out
}

// UnitKey picks the newest key with which a unit may sign now.
func UnitKey(keys []Key, unitID string, now time.Time) (*Key, error) {
	var best *Key
	var last error
	for i := range keys {
		k := &keys[i]
		if k.UnitID != unitID || k.County() {
			continue
		}
		if err := k.MaySign(now); err != nil {
			last = err
			continue
		}
		if best == nil || best.older(k) {
			best = k
		}
	}
	switch {
	case best != nil:
		return best, nil
	case last != nil:
		return nil, last
	}
	return nil, fault.Conflictf("本单位还没有签名密钥。请系统管理员用 onevisit key new --unit 建立，或者上传签字盖章的扫描件。")
}
