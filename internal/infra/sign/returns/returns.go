// Package returns keeps what the public side of two separated networks has to
// hand back until somebody carries it over. Each entry is sealed at once for the
// office side (HPKE, RFC 9180): neither the public server nor the stick on which
// the file travels can tell what readers wrote.
package returns

import (
	"bufio"
	"crypto/ecdh"
	"crypto/hpke"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/publication"
	"onevisit/internal/infra/sign"
)

// info binds a sealed entry to its use and its kind.
func info(kind publication.ReturnKind) []byte { return []byte("onevisit/return@1 " + string(kind)) }

// answerInfo is that of an answer, which goes the other way.
var answerInfo = []byte("onevisit/answer@1")

var suite = struct {
	kdf  hpke.KDF
	aead hpke.AEAD
}{hpke.HKDFSHA256(), hpke.ChaCha20Poly1305()}

// Seal seals an entry for the holder of the X25519 key.
func Seal(public []byte, kind publication.ReturnKind, v any) ([]byte, error) {
	return seal(public, info(kind), v)
}

func seal(public, info []byte, v any) ([]byte, error) {
	p, err := ecdh.X25519().NewPublicKey(public)
	if err != nil {
		return nil, err
	}
	k, err := hpke.NewDHKEMPublicKey(p)
	if err != nil {
		return nil, err
	}
	b, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return hpke.Seal(k, suite.kdf, suite.aead, info, b)
}

// Unseal opens an entry into v; Conflict if it was sealed for somebody else or
// changed.
func Unseal(private *ecdh.PrivateKey, e *publication.ReturnEntry, v any) error {
	if err := unseal(private, info(e.Kind), e.Sealed, v); err != nil {
		return fault.Wrap(fault.Conflict, err, "有一条内容打不开：不是封给本县的，或者有改动。请核对外网门户所用的公布文件。")
	}
	return nil
}

func unseal(private *ecdh.PrivateKey, info, sealed []byte, v any) error {
	k, err := hpke.NewDHKEMPrivateKey(private)
	if err != nil {
		return err
	}
	b, err := hpke.Open(k, suite.kdf, suite.aead, info, sealed)
	if err != nil {
		return err
	}
	return json.Unmarshal(b, v)
}

// SealAnswer seals an answer for the portal that has the X25519 key.
func SealAnswer(public []byte, a *publication.ReturnedAnswer) ([]byte, error) {
	return seal(public, answerInfo, a)
}

// keepFor is how long an entry is kept: long after somebody should have carried
// it over.
const keepFor = 180 * 24 * time.Hour

// maxKept bounds what is kept, in bytes. Figures may take half of it, so that they
// never keep a report out.
const maxKept = 64 << 20

// Box keeps entries in a directory: a file that grows by whole lines, and the key
// with which the portal signs what it hands over.
type Box struct {
	dir  string
	now  func() time.Time
	ring *sign.Ring

	mu      sync.Mutex
	entries []publication.ReturnEntry
	size    int64

	useMu sync.Mutex
	use   *runningUse // nil until it is read
}

const boxFile = "returns.jsonl"

// Open opens the box in dir and forgets what is too old.
func Open(dir string, now func() time.Time) (*Box, error) {
	b := &Box{dir: dir, now: now, ring: sign.NewRing(filepath.Join(dir, "keys"))}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, unavailable(err)
	}
	old, err := b.read()
	if err != nil {
		return nil, err
	}
	for _, e := range old {
		if now().Sub(e.At) < keepFor {
			b.entries = append(b.entries, e)
		}
	}
	return b, b.rewrite()
}

// Look opens a box to read it, while the portal that fills it may be running.
func Look(dir string, now func() time.Time) (*Box, error) {
	b := &Box{dir: dir, now: now, ring: sign.NewRing(filepath.Join(dir, "keys"))}
	if _, err := os.Stat(dir); err != nil {
		return nil, fault.Wrap(fault.NotFound, err, "还没有可以带回的内容：“%s”不在。", dir)
	}
	var err error
	b.entries, err = b.read()
	return b, err
}

// Now is the box's clock.
func (b *Box) Now() time.Time { return b.now() }

// read reads the file; a line that was cut by a crash is the last and is left out.
func (b *Box) read() ([]publication.ReturnEntry, error) {
	f, err := os.Open(filepath.Join(b.dir, boxFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, unavailable(err)
	}
	defer f.Close()
	var out []publication.ReturnEntry
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 1<<20)
	for sc.Scan() {
		var e publication.ReturnEntry
		if json.Unmarshal(sc.Bytes(), &e) == nil && e.ID != "" {
			out = append(out, e)
		}
	}
	return out, sc.Err()
}

// rewrite writes the file anew, so that what follows begins a line of its own.
func (b *Box) rewrite() error {
	name := filepath.Join(b.dir, boxFile)
	f, err := os.OpenFile(name+".part", os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return unavailable(err)
	}
	b.size = 0
	w := bufio.NewWriter(f)
	enc := json.NewEncoder(w)
	for i := range b.entries {
		if err == nil {
			err = enc.Encode(&b.entries[i])
		}
		b.size += int64(len(b.entries[i].Sealed))
	}
	if err = errors.Join(err, w.Flush(), f.Sync(), f.Close()); err != nil {
		return unavailable(err)
	}
	if err := os.Rename(name+".part", name); err != nil {
		return unavailable(err)
	}
	return nil
}

// Add keeps an entry; when it returns, the entry is on disk.
func (b *Box) Add(e publication.ReturnEntry) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if e.ID != "" && slices.ContainsFunc(b.entries, func(old publication.ReturnEntry) bool { return old.ID == e.ID }) {
		return nil
	}
	size := b.size + int64(len(e.Sealed))
	if e.Kind != publication.ReturnReport && size > maxKept/2 {
		return nil
	}
	if size > maxKept {
		return fault.Unavailablef("暂时不能再收，请拨打 12345 反映。")
	}
	if e.ID == "" {
		e.ID = NewID()
	}
	e.At = b.now().UTC().Truncate(time.Second)
	line, err := json.Marshal(e)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(filepath.Join(b.dir, boxFile), os.O_APPEND|os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return unavailable(err)
	}
	_, err = f.Write(append(line, '\n'))
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return unavailable(err)
	}
	b.entries, b.size = append(b.entries, e), size
	return nil
}

// NewID makes the random name of an entry.
func NewID() string {
	var id [12]byte
	_, _ = rand.Read(id[:]) // never fails
	return hex.EncodeToString(id[:])
}

// Count counts reports since an instant, and those of an item.
func (b *Box) Count(since time.Time, item string) (recent, ofItem int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := range b.entries {
		e := &b.entries[i]
		if e.Kind != publication.ReturnReport || e.At.Before(since) {
			continue
		}
		if recent++; e.Item == item {
			ofItem++
		}
	}
	return recent, ofItem
}

// Find returns the entry with an ID.
func (b *Box) Find(id string) (publication.ReturnEntry, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range b.entries {
		if e.ID == id {
			return e, true
		}
	}
	return publication.ReturnEntry{}, false
}

// Entries returns what is kept, oldest first.
func (b *Box) Entries() []publication.ReturnEntry {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]publication.ReturnEntry(nil), b.entries...)
}

// AnswerKey is the X25519 key for which the office side seals its answers, made
// when it is first asked for.
func (b *Box) AnswerKey() ([]byte, error) {
	k, err := b.ring.ReturnKey()
	if err != nil {
		return nil, err
	}
	return k.PublicKey().Bytes(), nil
}

// Answers opens those answers that are sealed for this portal, by number. Others
// are for another portal, or for this one before it lost its key.
func (b *Box) Answers(list []publication.SealedAnswer) (map[string]publication.ReturnedAnswer, error) {
	out := map[string]publication.ReturnedAnswer{}
	sender, _, err := b.Sender()
	if err != nil {
		return nil, err
	}
	private, err := b.ring.ReturnKey()
	if err != nil {
		return nil, err
	}
	for _, a := range list {
		var r publication.ReturnedAnswer
		if a.To == sender.ID && unseal(private, answerInfo, a.Sealed, &r) == nil {
			out[r.Number] = r
		}
	}
	return out, nil
}

// senderDays is how long a portal's key holds.
const senderDays = 20 * 366

// Sender returns the portal's key, made when it is first asked for, and who signs
// with it.
func (b *Box) Sender() (*publication.Key, publication.Signer, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	name := filepath.Join(b.dir, "sender.json")
	var k publication.Key
	text, err := os.ReadFile(name)
	switch {
	case err == nil:
		if err := json.Unmarshal(text, &k); err != nil {
			return nil, nil, fault.Wrap(fault.Unavailable, err, "外网门户的签名密钥文件 %s 已损坏。请删除后重新导出，并请内网一侧重新登记。", name)
		}
		return &k, b.ring, nil
	case !errors.Is(err, fs.ErrNotExist):
		return nil, nil, unavailable(err)
	}
	made, err := b.ring.New(publication.Ed25519, "")
	if err != nil {
		return nil, nil, err
	}
	made.Owner, made.NotBefore = "外网门户", b.now().UTC().Truncate(time.Second)
	made.NotAfter = made.NotBefore.AddDate(0, 0, senderDays)
	if text, err = json.MarshalIndent(made, "", "  "); err != nil {
		return nil, nil, err
	}
	if err := os.WriteFile(name, append(text, '\n'), 0o600); err != nil {
		return nil, nil, unavailable(err)
	}
	return made, b.ring, nil
}

func unavailable(err error) error {
	return fault.Wrap(fault.Unavailable, err, "内容不能保存，请联系系统管理员检查磁盘空间和权限。")
}
