// Package auth hashes passwords (argon2id) and makes tokens.
package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	_ "embed"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"onevisit/internal/domain/fault"
)

// Cost of a hash: 19 MiB, two passes, as OWASP advises for small machines.
const (
	memory  = 19 * 1024 // KiB
	passes  = 2
	threads = 1
	keyLen  = 32
	saltLen = 16
)

// Hasher hashes at most two passwords at a time, so that a crowd signing in
// cannot use up the machine's memory.
type Hasher struct{ slots chan struct{} }

// NewHasher makes a hasher.
func NewHasher() *Hasher { return &Hasher{slots: make(chan struct{}, 2)} }

func (h *Hasher) key(ctx context.Context, password string, salt []byte, t, m uint32, p uint8, n uint32) ([]byte, error) {
	select {
	case h.slots <- struct{}{}:
		defer func() { <-h.slots }()
		return argon2.IDKey([]byte(password), salt, t, m, p, n), nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Hash returns the PHC string of a password.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	salt := make([]byte, saltLen)
	_, _ = rand.Read(salt) // never fails
	k, err := h.key(ctx, password, salt, passes, memory, threads, keyLen)
	if err != nil {
		return "", err
	}
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, memory, passes, threads, b64.EncodeToString(salt), b64.EncodeToString(k)), nil
}

var errPHC = errors.New("auth: malformed password hash")

// Verify compares a password with a PHC string. rehash says that the hash was
// made at another cost and should be replaced.
func (h *Hasher) Verify(ctx context.Context, phc, password string) (ok, rehash bool, err error) {
	parts := strings.Split(phc, "$")
	if len(parts) != 6 || parts[1] != "argon2id" {
		return false, false, errPHC
	}
	var v int
	var m, t uint32
	var p uint8
	if _, err := fmt.Sscanf(parts[2], "v=%d", &v); err != nil || v != argon2.Version {
		return false, false, errPHC
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &m, &t, &p); err != nil || m > 1<<20 || t == 0 || t > 100 || p == 0 {
		return false, false, errPHC
	}
	salt, err1 := base64.RawStdEncoding.DecodeString(parts[4])
	want, err2 := base64.RawStdEncoding.DecodeString(parts[5])
	if err1 != nil || err2 != nil || len(want) == 0 || len(want) > 128 {
		return false, false, errPHC
	}
	got, err := h.key(ctx, password, salt, t, m, p, uint32(len(want)))
	if err != nil {
		return false, false, err
	}
	ok = subtle.ConstantTimeCompare(got, want) == 1
	return ok, ok && (m != memory || t != passes || p != threads), nil
}

// VerifyNothing spends what a verification costs, so that an unknown login
// cannot be told from a wrong password by the time of the answer.
func (h *Hasher) VerifyNothing(ctx context.Context, password string) {
	_, _ = h.key(ctx, password, make([]byte, saltLen), passes, memory, threads, keyLen) // result unused on purpose
}

//go:embed common.txt
var common string

// CheckPassword refuses passwords that are guessed first.
func CheckPassword(login, password string) error {
	e := fault.Invalidf("密码不符合要求。")
	lower := strings.ToLower(password)
	switch {
	case utf8.RuneCountInString(password) < 10:
		e.At("password", "密码至少 10 个字符")
	case len(password) > 256:
		e.At("password", "密码过长")
	case login != "" && strings.Contains(lower, strings.ToLower(login)):
		e.At("password", "密码不能包含登录名")
	default:
		for line := range strings.Lines(common) {
			if lower == strings.TrimSpace(line) {
				e.At("password", "这个密码太常见，请换一个")
			}
		}
		if strings.Count(password, password[:1]) == len(password) {
			e.At("password", "密码不能是同一个字符的重复")
		}
	}
	return e.OrNil()
}

// NewToken returns 256 random bits in URL-safe text.
func NewToken() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// TokenHash is what is stored of a token.
func TokenHash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
