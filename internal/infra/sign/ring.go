package sign

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"sync"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/chacha20poly1305"

	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/publication"
)

// Ring keeps private keys in a directory, a file each, that only the owner may
// read. A key with a passphrase is sealed as well: then neither a copy of the
// directory nor the program itself can sign without the person who knows it.
//
// The database knows nothing of them, and backups leave them out.
type Ring struct {
	dir string
	// one computes one passphrase at a time: each takes memory.
	one  sync.Mutex
	mu   sync.Mutex
	open map[string]*secret // without a passphrase, or unlocked for this process
}

// NewRing uses a directory, which is made when the first key is.
func NewRing(dir string) *Ring { return &Ring{dir: dir, open: map[string]*secret{}} }

// keyFile is a private key on disk. Everything but Seed and Nonce is bound to
// the sealed seed: who changes the algorithm or another's ID opens nothing.
type keyFile struct {
	Format    string                `json:"format"`
	ID        string                `json:"id"`
	Algorithm publication.Algorithm `json:"algorithm"`
	Public    []byte                `json:"public"`
	// KDF is empty for a key without a passphrase.
	KDF   *kdf   `json:"kdf,omitempty"`
	Nonce []byte `json:"nonce,omitempty"`
	Seed  []byte `json:"seed"` // sealed with XChaCha20-Poly1305 if there is a KDF
}

// kdf is argon2id's setting; Memory in KiB.
type kdf struct {
	Name    string `json:"name"`
	Salt    []byte `json:"salt"`
	Time    uint32 `json:"time"`
	Memory  uint32 `json:"memory"`
	Threads uint8  `json:"threads"`
}

const keyFileFormat = "onevisit/private-key@1"

// The cost of trying one passphrase, some fifty milliseconds and 32 MiB. A file that asks
// for more than the maximum is refused: it is not ours.
const (
	kdfTime, kdfMemory, kdfThreads = 3, 32 << 10, 1
	maxKDFTime, maxKDFMemory       = 16, 1 << 20
)

// MinPassphrase is the least length of a passphrase, in characters.
const MinPassphrase = 10

var keyIDForm = regexp.MustCompile(`^[0-9a-f]{16}$`)

func (r *Ring) path(id string) string { return filepath.Join(r.dir, id+".json") }

// New makes a key pair and keeps the private half; passphrase may be empty. The
// key that is returned has ID, Algorithm and Public only.
func (r *Ring) New(a publication.Algorithm, passphrase string) (*publication.Key, error) {
	if passphrase != "" && len([]rune(passphrase)) < MinPassphrase {
		return nil, fault.Invalidf("密钥没有建立。").At("passphrase", "签名口令至少 %d 个字符", MinPassphrase)
	}
	public, seed, err := generate(a)
	if err != nil {
		return nil, err
	}
	k := &publication.Key{ID: publication.KeyID(a, public), Algorithm: a, Public: public, Index: -1}
	return k, r.write(k, seed, passphrase)
}

func (r *Ring) write(k *publication.Key, seed []byte, passphrase string) error {
	f := keyFile{Format: keyFileFormat, ID: k.ID, Algorithm: k.Algorithm, Public: k.Public, Seed: seed}
	if passphrase != "" {
		f.KDF = &kdf{Name: "argon2id", Salt: random(16), Time: kdfTime, Memory: kdfMemory, Threads: kdfThreads}
		f.Nonce = random(chacha20poly1305.NonceSizeX)
		aead, err := chacha20poly1305.NewX(r.derive(passphrase, f.KDF))
		if err != nil {
			return err
		}
		f.Seed = aead.Seal(nil, f.Nonce, seed, f.bound())
	}
	b, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(r.dir, 0o700); err != nil {
		return unavailable(err)
	}
	tmp := r.path(k.ID) + ".part"
	if err := writeSync(tmp, append(b, '\n')); err != nil {
		return unavailable(err)
	}
	if err := os.Rename(tmp, r.path(k.ID)); err != nil {
		return unavailable(err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.open, k.ID)
	return nil
}

func writeSync(name string, b []byte) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	return errors.Join(err, f.Sync(), f.Close())
}

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails: it ends the program instead
	return b
}

// bound is what a sealed seed is tied to.
func (f *keyFile) bound() []byte {
	return bytes.Join([][]byte{[]byte(f.Format), []byte(f.ID), []byte(f.Algorithm), f.Public}, []byte{0})
}

func (r *Ring) derive(passphrase string, k *kdf) []byte {
	r.one.Lock()
	defer r.one.Unlock()
	return argon2.IDKey([]byte(passphrase), k.Salt, k.Time, k.Memory, k.Threads, chacha20poly1305.KeySize)
}

// Has reports whether the private half of a key is here.
func (r *Ring) Has(id string) bool {
	_, err := os.Stat(r.path(id))
	return err == nil && keyIDForm.MatchString(id)
}

// Sealed reports whether a key needs a passphrase that has not been given for
// this process.
func (r *Ring) Sealed(id string) (bool, error) {
	r.mu.Lock()
	_, open := r.open[id]
	r.mu.Unlock()
	if open {
		return false, nil
	}
	f, err := r.read(id)
	return err == nil && f.KDF != nil, err
}

func (r *Ring) read(id string) (*keyFile, error) {
	if !keyIDForm.MatchString(id) {
		return nil, fault.NotFoundf("没有编号为“%s”的密钥。", id)
	}
	file, err := os.Open(r.path(id))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.Wrap(fault.Unavailable, err, "密钥 %s 的私钥文件不在本机的 keys 目录中，不能签名。请从保管处放回；确已遗失的，用 onevisit key revoke 作废后新建。", id)
	}
	if err != nil {
		return nil, unavailable(err)
	}
	defer file.Close()
	st, err := file.Stat()
	if err != nil {
		return nil, unavailable(err)
	}
	if runtime.GOOS != "windows" && st.Mode().Perm()&0o077 != 0 {
		return nil, fault.Unavailablef("密钥 %s 的私钥文件其他人也能读取，不能使用。请先执行 chmod 600 keys/%s.json，并判断密钥是否已经泄露。", id, id)
	}
	var f keyFile
	if err := json.NewDecoder(file).Decode(&f); err != nil || f.Format != keyFileFormat || f.ID != id || publication.KeyID(f.Algorithm, f.Public) != id ||
		f.KDF != nil && (f.KDF.Name != "argon2id" || f.KDF.Time == 0 || f.KDF.Time > maxKDFTime || f.KDF.Memory > maxKDFMemory || f.KDF.Threads == 0 || len(f.Nonce) != chacha20poly1305.NonceSizeX) {
		return nil, damaged(id, err)
	}
	return &f, nil
}

func damaged(id string, err error) error {
	return fault.Wrap(fault.Unavailable, errors.Join(errors.New("private key file"), err), "密钥 %s 的私钥文件已损坏，不能签名。请从保管处恢复；不能恢复的，用 onevisit key revoke 作废后新建。", id)
}

// unlock opens a private key.
func (r *Ring) unlock(id, passphrase string) (*secret, error) {
	f, err := r.read(id)
	if err != nil {
		return nil, err
	}
	seed := f.Seed
	if f.KDF != nil {
		if passphrase == "" {
			return nil, fault.Invalidf("签名需要口令。").At("passphrase", "请输入签名口令")
		}
		aead, err := chacha20poly1305.NewX(r.derive(passphrase, f.KDF))
		if err != nil {
			return nil, err
		}
		if seed, err = aead.Open(nil, f.Nonce, f.Seed, f.bound()); err != nil {
			return nil, fault.Invalidf("没有签名。").At("passphrase", "签名口令不对")
		}
	}
	s, public, err := load(f.Algorithm, seed)
	if err != nil || !bytes.Equal(public, f.Public) {
		return nil, damaged(id, err)
	}
	return s, nil
}

// Remove deletes a private key: one that could not be registered, or one that
// its owner destroys.
func (r *Ring) Remove(id string) error {
	if !keyIDForm.MatchString(id) {
		return fault.NotFoundf("没有编号为“%s”的密钥。", id)
	}
	r.mu.Lock()
	delete(r.open, id)
	r.mu.Unlock()
	if err := os.Remove(r.path(id)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return unavailable(err)
	}
	return nil
}

// Unlock opens a key for the life of this process.
func (r *Ring) Unlock(id, passphrase string) error {
	s, err := r.unlock(id, passphrase)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.open[id] = s
	return nil
}

// Sign signs msg. A key without a passphrase stays open in memory, one with a
// passphrase only if Unlock has opened it.
func (r *Ring) Sign(k *publication.Key, passphrase string, msg []byte) ([]byte, error) {
	r.mu.Lock()
	s := r.open[k.ID]
	r.mu.Unlock()
	if s == nil {
		var err error
		if s, err = r.unlock(k.ID, passphrase); err != nil {
			return nil, err
		}
		if passphrase == "" {
			r.mu.Lock()
			r.open[k.ID] = s
			r.mu.Unlock()
		}
	}
	return s.sign(msg)
}

// ChangePassphrase seals a private key anew; either passphrase may be empty. A
// wrong old one is Invalid at "old".
func (r *Ring) ChangePassphrase(k *publication.Key, old, passphrase string) error {
	f, err := r.read(k.ID)
	if err != nil {
		return err
	}
	s, err := r.unlock(k.ID, old)
	if fault.Is(err, fault.Invalid) {
		return fault.Invalidf("口令没有更改。").At("old", "原口令不对")
	}
	if err != nil {
		return err
	}
	if passphrase != "" && len([]rune(passphrase)) < MinPassphrase {
		return fault.Invalidf("口令没有更改。").At("passphrase", "签名口令至少 %d 个字符", MinPassphrase)
	}
	seed := s.seed()
	return r.write(&publication.Key{ID: f.ID, Algorithm: f.Algorithm, Public: f.Public}, seed, passphrase)
}

func (s *secret) seed() []byte {
	if s.ed != nil {
		return s.ed.Seed()
	}
	return s.sm.D.FillBytes(make([]byte, 32))
}

func unavailable(err error) error {
	return fault.Wrap(fault.Unavailable, err, "密钥目录不能读写，请联系系统管理员检查磁盘空间和权限。")
}
