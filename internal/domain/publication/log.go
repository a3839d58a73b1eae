package publication

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"onevisit/internal/domain/fault"
)

// The log of publications is an append-only Merkle tree (RFC 6962) whose leaves
// are lines of JSON: each release with its items, each key and its end, each
// commitment that was signed. The text of a leaf is what is hashed, to the byte;
// it is written once, here, and kept as it was written.

// LeafKind says what a leaf records.
type LeafKind string

// The kinds of leaf.
const (
	LeafRelease    LeafKind = "release"
	LeafItem       LeafKind = "item" // of the release before it
	LeafKey        LeafKind = "key"
	LeafRevocation LeafKind = "revocation"
	LeafCommitment LeafKind = "commitment"
)

// ReleaseLeaf records a release. As many item leaves follow as it has items.
type ReleaseLeaf struct {
	Leaf    LeafKind  `json:"leaf"`
	Seq     int64     `json:"seq"`
	Number  string    `json:"number"`
	Kind    BatchKind `json:"kind"`
	Format  int       `json:"format"`
	BatchID string    `json:"batch_id"`
	BatchNo int       `json:"batch_no"`
	Title   string    `json:"title"`
	DocNo   string    `json:"doc_no"`
	DocDate string    `json:"doc_date"`
	At      time.Time `json:"at"`
	Items   int       `json:"items"`
	Demo    bool      `json:"demo"`
	Prev    string    `json:"prev"` // hash of the release before
	Hash    string    `json:"hash"`
}

// ItemLeaf records what a release says of one item.
type ItemLeaf struct {
	Leaf       LeafKind    `json:"leaf"`
	Release    int64       `json:"release"` // its Seq
	Item       string      `json:"item"`
	UnitID     string      `json:"unit_id"`
	Unit       string      `json:"unit"`
	Code       string      `json:"code"`
	Name       string      `json:"name"`
	Type       string      `json:"type"`
	Visits     int         `json:"visits"`
	Class      string      `json:"class"`
	Standing   Standing    `json:"standing"`
	Op         Op          `json:"op,omitempty"`
	Cause      string      `json:"cause,omitempty"`
	Basis      string      `json:"basis,omitempty"`
	Reason     string      `json:"reason,omitempty"`
	Effective  string      `json:"effective,omitempty"`
	Until      string      `json:"until,omitempty"`
	Successors []Successor `json:"successors,omitempty"`
	Doc        string      `json:"doc"` // SHA-256 of the item's canonical JSON, in hex
	Verify     string      `json:"verify"`
}

// KeyLeaf registers a key.
type KeyLeaf struct {
	Leaf      LeafKind  `json:"leaf"`
	ID        string    `json:"id"`
	Algorithm Algorithm `json:"algorithm"`
	Public    []byte    `json:"public"`
	UnitID    string    `json:"unit_id"`
	Owner     string    `json:"owner"`
	NotBefore time.Time `json:"not_before"`
	NotAfter  time.Time `json:"not_after"`
}

// RevocationLeaf ends a key.
type RevocationLeaf struct {
	Leaf   LeafKind       `json:"leaf"`
	Key    string         `json:"key"`
	Kind   RevocationKind `json:"kind"`
	Reason string         `json:"reason"`
	At     time.Time      `json:"at"`
}

// CommitmentLeaf bears witness to the time of a signature on a commitment. It
// names no person.
type CommitmentLeaf struct {
	Leaf      LeafKind  `json:"leaf"`
	Number    string    `json:"number"` // of the submission
	UnitID    string    `json:"unit_id"`
	Unit      string    `json:"unit"`
	Statement string    `json:"statement"` // SHA-256 of what was signed, in hex
	Key       string    `json:"key"`
	Signature string    `json:"signature"` // SHA-256 of the signature, in hex
	At        time.Time `json:"at"`
}

// encodeLeaf is the one place that writes leaves.
func encodeLeaf(v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic(err) // strings, numbers and times within this millennium can be encoded
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// LeavesOf returns the leaves of a release: its own, then one for each item in
// the release's order.
func LeavesOf(r *Release) [][]byte {
	items := append([]ReleaseItem(nil), r.Items...)
	SortItems(items)
	out := [][]byte{encodeLeaf(ReleaseLeaf{LeafRelease, r.Seq, r.Number, r.Kind, r.Format, r.BatchID, r.BatchNo, r.Title, r.DocNo, dateText(r.DocDate), r.At.UTC(),
		r.Count, r.Demo, r.PrevHash, r.Hash})}
	for i := range items {
		out = append(out, LeafOfItem(r.Seq, &items[i]))
	}
	return out
}

// LeafOfItem returns the leaf of an item of the release with that number.
func LeafOfItem(seq int64, it *ReleaseItem) []byte {
	return encodeLeaf(ItemLeaf{LeafItem, seq, it.ItemID, it.UnitID, it.UnitName, it.Code, it.Name, it.Type, it.Visits, it.Class,
		it.Standing, it.Op, it.Cause, it.Basis, it.Reason, dateText(it.Effective), dateText(it.Until), it.Successors, it.DocHash, it.VerifyCode})
}

// LeafOfKey returns the leaf that registers a key.
func LeafOfKey(k *Key) []byte {
	return encodeLeaf(KeyLeaf{LeafKey, k.ID, k.Algorithm, k.Public, k.UnitID, k.Owner, k.NotBefore.UTC(), k.NotAfter.UTC()})
}

// LeafOfRevocation returns the leaf that ends a key; it must be revoked.
func LeafOfRevocation(k *Key) []byte {
	return encodeLeaf(RevocationLeaf{LeafRevocation, k.ID, k.Revoked.Kind, k.Revoked.Reason, k.Revoked.At.UTC()})
}

// Leaf is a leaf that was read. Exactly one of the pointers is set.
type Leaf struct {
	Kind       LeafKind
	Release    *ReleaseLeaf
	Item       *ItemLeaf
	Key        *KeyLeaf
	Revocation *RevocationLeaf
	Commitment *CommitmentLeaf
}

// ParseLeaf reads a leaf and refuses one that this program would have written
// differently.
func ParseLeaf(text []byte) (*Leaf, error) {
	var head struct {
		Leaf LeafKind `json:"leaf"`
	}
	if err := json.Unmarshal(text, &head); err != nil {
		return nil, fault.Wrap(fault.Conflict, err, "日志条目不是规定的格式。")
	}
	l := &Leaf{Kind: head.Leaf}
	var v any
	switch head.Leaf {
	case LeafRelease:
		l.Release = new(ReleaseLeaf)
		v = l.Release
	case LeafItem:
		l.Item = new(ItemLeaf)
		v = l.Item
	case LeafKey:
		l.Key = new(KeyLeaf)
		v = l.Key
	case LeafRevocation:
		l.Revocation = new(RevocationLeaf)
		v = l.Revocation
	case LeafCommitment:
		l.Commitment = new(CommitmentLeaf)
		v = l.Commitment
	default:
		return nil, fault.Conflictf("日志条目的种类“%s”本程序不认识，请用更新的版本核对。", head.Leaf)
	}
	if err := json.Unmarshal(text, v); err != nil {
		return nil, fault.Wrap(fault.Conflict, err, "日志条目不是规定的格式。")
	}
	if !bytes.Equal(encodeLeaf(v), text) {
		return nil, fault.Conflictf("日志条目不是规定的写法，可能有人改动过。")
	}
	return l, nil
}

// LoggedLeaf is a leaf with its place in the log.
type LoggedLeaf struct {
	Index int64
	Kind  LeafKind
	Text  []byte
}

// LogCheck walks a log from its first leaf on and finds what does not fit:
// releases that do not follow one another, missing items, keys that end before
// they begin. It collects the keys on its way. The zero value is ready.
type LogCheck struct {
	Releases int
	Items    int
	// Last is the newest release so far, nil before the first.
	Last *ReleaseLeaf
	next int64
	due  int // items that the newest release still owes
	keys []Key
	at   map[string]int
}

// Next takes the next leaf.
func (c *LogCheck) Next(text []byte) (*Leaf, error) {
	index := c.next
	bad := func(format string, args ...any) error {
		return fault.Conflictf("公布日志第 %d 条：%s", index, fmt.Sprintf(format, args...))
	}
	l, err := ParseLeaf(text)
	if err != nil {
		return nil, fault.Wrap(fault.Conflict, err, "公布日志第 %d 条：%s", index, fault.Text(err))
	}
	c.next++
	if c.due > 0 && l.Kind != LeafItem {
		return nil, bad("第 %d 次公布还缺 %d 个事项。", c.Last.Seq, c.due)
	}
	switch l.Kind {
	case LeafRelease:
		seq, prev := int64(1), ""
		if c.Last != nil {
			seq, prev = c.Last.Seq+1, c.Last.Hash
		}
		if l.Release.Seq != seq || l.Release.Prev != prev {
			return nil, bad("第 %d 次公布与前一次公布不衔接。", l.Release.Seq)
		}
		if l.Release.Items < 1 {
			return nil, bad("第 %d 次公布没有事项。", l.Release.Seq)
		}
		c.Last, c.due = l.Release, l.Release.Items
		c.Releases++
	case LeafItem:
		if c.due == 0 || l.Item.Release != c.Last.Seq {
			return nil, bad("事项“%s”不属于它前面的公布。", l.Item.Name)
		}
		c.due--
		c.Items++
	case LeafKey:
		k := Key{ID: l.Key.ID, Algorithm: l.Key.Algorithm, Public: l.Key.Public, UnitID: l.Key.UnitID, Owner: l.Key.Owner, NotBefore: l.Key.NotBefore, NotAfter: l.Key.NotAfter, Index: index}
		if err := k.Check(); err != nil {
			return nil, bad("%s", fault.Text(err))
		}
		if _, twice := c.at[k.ID]; twice {
			return nil, bad("密钥 %s 登记了两次。", k.ID)
		}
		if c.at == nil {
			c.at = map[string]int{}
		}
		c.at[k.ID] = len(c.keys)
		c.keys = append(c.keys, k)
	case LeafRevocation:
		i, ok := c.at[l.Revocation.Key]
		if !ok || c.keys[i].Revoked != nil {
			return nil, bad("作废的密钥 %s 没有登记，或者已经作废。", l.Revocation.Key)
		}
		c.keys[i].Revoked = &Revocation{Kind: l.Revocation.Kind, Reason: l.Revocation.Reason, At: l.Revocation.At, Index: index}
	case LeafCommitment:
		if _, ok := c.at[l.Commitment.Key]; !ok {
			return nil, bad("签署承诺书的密钥 %s 没有登记。", l.Commitment.Key)
		}
	}
	return l, nil
}

// Size is how many leaves have been taken.
func (c *LogCheck) Size() int64 { return c.next }

// End says whether the log may end here.
func (c *LogCheck) End() error {
	if c.due > 0 {
		return fault.Conflictf("公布日志末尾缺失：第 %d 次公布还缺 %d 个事项。", c.Last.Seq, c.due)
	}
	return nil
}

// Keys returns the keys of the log with their ends, in the log's order.
func (c *LogCheck) Keys() []Key { return c.keys }

// Head is the state of the log at one size.
type Head struct {
	Origin string // names the log: no blanks, no plus sign
	Size   int64
	Root   [sha256.Size]byte
	At     time.Time // second
}

// LogOrigin names a county's log. That of demonstration data says so, so that no
// demonstration can be taken for the real thing. Without a division, all zeros
// stand for it.
func LogOrigin(division string, demo bool) string {
	if division == "" {
		division = "000000"
	}
	if demo {
		return LogOriginPrefix + division + "/demo"
	}
	return LogOriginPrefix + division
}

// LogOriginPrefix begins the name of every log.
const LogOriginPrefix = "onevisit/"

// OriginDivision is the division in a log's name, "" if there is none.
func OriginDivision(origin string) string {
	division, _, _ := strings.Cut(strings.TrimPrefix(origin, LogOriginPrefix), "/")
	if strings.Trim(division, "0") == "" {
		return ""
	}
	return division
}

// Text is what is signed: a checkpoint after c2sp.org/tlog-checkpoint, with the
// time as an extension line.
func (h *Head) Text() string {
	return fmt.Sprintf("%s\n%d\n%s\ntime %s\n", h.Origin, h.Size, base64.StdEncoding.EncodeToString(h.Root[:]), h.At.UTC().Format(time.RFC3339))
}

var originForm = regexp.MustCompile(`^[^\s+]{1,100}$`)

// ParseHead reads a checkpoint's text. It must be as Text writes it.
func ParseHead(text string) (*Head, error) {
	bad := fault.Conflictf("日志头不是规定的格式。")
	lines := strings.Split(text, "\n")
	if len(lines) != 5 || !originForm.MatchString(lines[0]) {
		return nil, bad
	}
	h := &Head{Origin: lines[0]}
	var err error
	if h.Size, err = strconv.ParseInt(lines[1], 10, 64); err != nil || h.Size < 0 {
		return nil, bad
	}
	root, err := base64.StdEncoding.Strict().DecodeString(lines[2])
	if err != nil || len(root) != len(h.Root) {
		return nil, bad
	}
	copy(h.Root[:], root)
	if h.At, err = time.Parse("time "+time.RFC3339, lines[3]); err != nil || h.Text() != text {
		return nil, bad
	}
	return h, nil
}

// SignedHead is a head with the signatures of the county.
type SignedHead struct {
	Head
	// Note is the whole signed note (c2sp.org/signed-note); the head's text alone
	// if the county had no key.
	Note string
	Keys []string // that signed
}

// LogCheckpoints signs heads. infra/sign/proof implements it.
type LogCheckpoints interface {
	// SignHead signs with the county's keys of each algorithm that hold now. None
	// at all is no error: then the note is the text alone. A key that the register
	// knows and that cannot sign is an error.
	SignHead(h Head, keys []Key) (*SignedHead, error)
}
