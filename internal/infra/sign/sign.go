// Package sign keeps private keys and signs with them, and checks signatures:
// SM2 with SM3 for those who must use the national algorithms, Ed25519 for
// everybody's tools. It implements the Signer and the Verifier that publication
// declares; whether a signature counts (validity, revocation) is publication's
// to judge.
//
// Sub-package proof holds what is checked off line: heads of the log, proofs,
// and the files that carry a release or the whole log.
package sign

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"

	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/smx509"
	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"

	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/publication"
)

// Verifier checks signatures of all algorithms; it needs no setting up.
type Verifier struct{}

// Verify returns a Conflict if sig is not the key's signature of msg.
func (Verifier) Verify(k *publication.Key, msg, sig []byte) error {
	if err := k.Check(); err != nil {
		return err
	}
	ok := false
	switch k.Algorithm {
	case publication.Ed25519:
		ok = ed25519.Verify(k.Public, msg, sig)
	case publication.SM2:
		pub, err := sm2.NewPublicKey(k.Public)
		if err != nil {
			return fault.Wrap(fault.Invalid, err, "密钥 %s 的公钥不是 SM2 曲线上的点。", k.ID)
		}
		// One form of one signature: of the many encodings that a lenient reader
		// takes, only DER counts.
		ok = isDER(sig) && sm2.VerifyASN1WithSM2(pub, nil, msg, sig)
	}
	if !ok {
		return fault.Conflictf("签名与内容或密钥 %s 不符：内容在签名以后有改动，或者不是这把密钥签的。", k.ID)
	}
	return nil
}

// isDER reports whether sig is the canonical encoding of two integers.
func isDER(sig []byte) bool {
	var inner cryptobyte.String
	r, s := new(big.Int), new(big.Int)
	in := cryptobyte.String(sig)
	if !in.ReadASN1(&inner, asn1.SEQUENCE) || !in.Empty() || !inner.ReadASN1Integer(r) || !inner.ReadASN1Integer(s) || !inner.Empty() {
		return false
	}
	var b cryptobyte.Builder
	b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) { b.AddASN1BigInt(r); b.AddASN1BigInt(s) })
	again, err := b.Bytes()
	return err == nil && string(again) == string(sig)
}

// secret is a private key in the program's memory.
type secret struct {
	ed ed25519.PrivateKey
	sm *sm2.PrivateKey
}

// generate makes a pair; seed is what is kept of the private half.
func generate(a publication.Algorithm) (public, seed []byte, err error) {
	switch a {
	case publication.Ed25519:
		pub, priv, err := ed25519.GenerateKey(rand.Reader)
		return pub, priv.Seed(), err
	case publication.SM2:
		priv, err := sm2.GenerateKey(rand.Reader)
		if err != nil {
			return nil, nil, err
		}
		pub, err := point(priv)
		return pub, priv.D.FillBytes(make([]byte, 32)), err
	}
	return nil, nil, fault.Invalidf("不支持签名算法“%s”，可选 %s 或 %s。", a, publication.Ed25519, publication.SM2)
}

func point(priv *sm2.PrivateKey) ([]byte, error) {
	pub, err := sm2.PublicKeyToECDH(&priv.PublicKey)
	if err != nil {
		return nil, err
	}
	return pub.Bytes(), nil
}

// load makes a private key of its seed, and says which public key it belongs to.
func load(a publication.Algorithm, seed []byte) (*secret, []byte, error) {
	switch a {
	case publication.Ed25519:
		if len(seed) != ed25519.SeedSize {
			return nil, nil, fault.Invalidf("私钥长度不对。")
		}
		k := ed25519.NewKeyFromSeed(seed)
		return &secret{ed: k}, k.Public().(ed25519.PublicKey), nil
	case publication.SM2:
		k, err := sm2.NewPrivateKey(seed)
		if err != nil {
			return nil, nil, err
		}
		pub, err := point(k)
		return &secret{sm: k}, pub, err
	}
	return nil, nil, fault.Invalidf("不支持签名算法“%s”。", a)
}

func (s *secret) sign(msg []byte) ([]byte, error) {
	if s.ed != nil {
		return ed25519.Sign(s.ed, msg), nil
	}
	return s.sm.SignWithSM2(rand.Reader, nil, msg)
}

// PEM writes a public key as SubjectPublicKeyInfo, for other programs (openssl
// 1.1.1 and later read both kinds).
func PEM(k *publication.Key) ([]byte, error) {
	if err := k.Check(); err != nil {
		return nil, err
	}
	var der []byte
	var err error
	if k.Algorithm == publication.Ed25519 {
		der, err = x509.MarshalPKIXPublicKey(ed25519.PublicKey(k.Public))
	} else {
		pub, e := sm2.NewPublicKey(k.Public)
		if e != nil {
			return nil, e
		}
		der, err = smx509.MarshalPKIXPublicKey(pub)
	}
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), nil
}
