package sign

import (
	"crypto/ecdh"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"onevisit/internal/domain/fault"
)

// returnKeyFile holds the X25519 key for which the public side of two separated
// networks seals what it hands back. Its public half travels in the release file.
const returnKeyFile = "return.key"

// ReturnKey returns the key for what comes back, made when it is first asked for.
func (r *Ring) ReturnKey() (*ecdh.PrivateKey, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	name := filepath.Join(r.dir, returnKeyFile)
	b, err := os.ReadFile(name)
	switch {
	case err == nil:
		seed, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(b)))
		if err != nil {
			return nil, damagedReturnKey(err)
		}
		k, err := ecdh.X25519().NewPrivateKey(seed)
		if err != nil {
			return nil, damagedReturnKey(err)
		}
		return k, nil
	case !errors.Is(err, fs.ErrNotExist):
		return nil, unavailable(err)
	}
	k, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(r.dir, 0o700); err != nil {
		return nil, unavailable(err)
	}
	if err := writeSync(name+".part", []byte(base64.StdEncoding.EncodeToString(k.Bytes())+"\n")); err != nil {
		return nil, unavailable(err)
	}
	if err := os.Rename(name+".part", name); err != nil {
		return nil, unavailable(err)
	}
	return k, nil
}

func damagedReturnKey(err error) error {
	return fault.Wrap(fault.Unavailable, err, "keys 目录中的 %s 已损坏。请从保管处恢复；不能恢复的，删除它并重新导出公布文件，此前外网收到的纠错将打不开。", returnKeyFile)
}
