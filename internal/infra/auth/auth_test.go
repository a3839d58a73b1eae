package auth_test

import (
	"context"
	"strings"
	"testing"

	"onevisit/internal/domain/fault"
	"onevisit/internal/infra/auth"
)

func TestHashAndVerify(t *testing.T) {
	h, ctx := auth.NewHasher(), context.Background()
	phc, err := h.Hash(ctx, "最多跑一次-2018")
	if err != nil {
		t.Fatal(err)
	}
	if ok, rehash, err := h.Verify(ctx, phc, "最多跑一次-2018"); !ok || rehash || err != nil {
		t.Errorf("right password: ok=%v rehash=%v err=%v", ok, rehash, err)
	}
	if ok, _, err := h.Verify(ctx, phc, "最多跑一次-2019"); ok || err != nil {
		t.Errorf("wrong password: ok=%v err=%v", ok, err)
	}
	cheap := "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$" // made at another cost
	if _, _, err := h.Verify(ctx, cheap, "x"); err == nil {
		t.Error("a hash without key must be refused")
	}
	for _, bad := range []string{"", "$argon2id$", "plain", strings.Replace(phc, "m=19456", "m=99999999", 1), strings.Replace(phc, "argon2id", "argon2i", 1)} {
		if ok, _, err := h.Verify(ctx, bad, "x"); ok || err == nil {
			t.Errorf("Verify(%q) = %v, %v; want an error", bad, ok, err)
		}
	}
}

func TestWaitingEndsWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	h := auth.NewHasher()
	// Either a free slot or the ended context may win; neither may hang.
	if phc, err := h.Hash(ctx, "x"); err == nil && phc == "" {
		t.Error("neither hash nor error")
	}
}

func TestCheckPassword(t *testing.T) {
	for _, bad := range []string{"short", "1234567890", "Password123", "xx-weijian-xx", "aaaaaaaaaaaa", strings.Repeat("长", 300)} {
		if err := auth.CheckPassword("weijian", bad); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q accepted", bad)
		}
	}
	if err := auth.CheckPassword("weijian", "春眠不觉晓处处闻啼鸟"); err != nil {
		t.Error(err)
	}
}

func TestTokens(t *testing.T) {
	a, b := auth.NewToken(), auth.NewToken()
	if a == b || len(a) < 43 || auth.TokenHash(a) == auth.TokenHash(b) || strings.Contains(auth.TokenHash(a), a) {
		t.Error("tokens must be random and stored only as hashes")
	}
}
