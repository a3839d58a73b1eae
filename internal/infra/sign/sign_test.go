package sign_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/publication"
	"onevisit/internal/infra/sign"
)

// The ring is a Signer, the verifier a Verifier, as publication declares them.
var (
	_ publication.Signer   = (*sign.Ring)(nil)
	_ publication.Verifier = sign.Verifier{}
)

func newKey(t *testing.T, r *sign.Ring, a publication.Algorithm, pass string) *publication.Key {
	t.Helper()
	k, err := r.New(a, pass)
	if err != nil {
		t.Fatal(err)
	}
	k.NotBefore = time.Date(2018, 10, 1, 0, 0, 0, 0, time.UTC)
	k.NotAfter = k.NotBefore.AddDate(2, 0, 0)
	return k
}

// Every bit that is flipped in message or signature, and every other key, is
// refused.
func TestSignVerify(t *testing.T) {
	msg := []byte("广宗县教育局承诺：所附清单中的事项最多跑一次。")
	for _, a := range publication.Algorithms {
		t.Run(string(a), func(t *testing.T) {
			r := sign.NewRing(t.TempDir())
			k, other := newKey(t, r, a, ""), newKey(t, r, a, "")
			sig, err := r.Sign(k, "", msg)
			if err != nil {
				t.Fatal(err)
			}
			v := sign.Verifier{}
			if err := v.Verify(k, msg, sig); err != nil {
				t.Fatalf("own signature: %v", err)
			}
			if err := v.Verify(other, msg, sig); !fault.Is(err, fault.Conflict) {
				t.Errorf("another's key: %v", err)
			}
			for i := range sig {
				bad := bytes.Clone(sig)
				bad[i] ^= 1 << (i % 8)
				if v.Verify(k, msg, bad) == nil {
					t.Fatalf("signature byte %d flipped and still taken", i)
				}
			}
			for i := range msg {
				bad := bytes.Clone(msg)
				bad[i] ^= 1
				if v.Verify(k, bad, sig) == nil {
					t.Fatalf("message byte %d flipped and still taken", i)
				}
			}
			for _, bad := range [][]byte{nil, {}, sig[:len(sig)-1], append(bytes.Clone(sig), 0)} {
				if v.Verify(k, msg, bad) == nil {
					t.Errorf("signature of %d bytes taken", len(bad))
				}
			}
			swapped := *k
			swapped.Algorithm = publication.Algorithms[0]
			if a == swapped.Algorithm {
				swapped.Algorithm = publication.Algorithms[1]
			}
			if err := v.Verify(&swapped, msg, sig); !fault.Is(err, fault.Invalid) {
				t.Errorf("other algorithm: %v", err)
			}
		})
	}
}

// The standard's own example (GB/T 32918.5 annex A.2): the key, the message
// "message digest" and the default user ID.
func TestSM2StandardVector(t *testing.T) {
	unhex := func(s string) []byte {
		t.Helper()
		var b []byte
		for i := 0; i < len(s); i += 2 {
			var x byte
			for _, c := range []byte(s[i : i+2]) {
				x = x<<4 | byte(strings.IndexByte("0123456789ABCDEF", c))
			}
			b = append(b, x)
		}
		return b
	}
	pub := append([]byte{4}, unhex("09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"+"CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13")...)
	r, s := unhex("F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3"), unhex("B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA")
	sig := append([]byte{0x30, 70, 2, 33, 0}, r...)
	sig = append(append(sig, 2, 33, 0), s...)
	k := &publication.Key{ID: publication.KeyID(publication.SM2, pub), Algorithm: publication.SM2, Public: pub,
		NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1, 0)}
	if err := (sign.Verifier{}).Verify(k, []byte("message digest"), sig); err != nil {
		t.Error(err)
	}
}

func TestPassphrase(t *testing.T) {
	dir := t.TempDir()
	r := sign.NewRing(dir)
	if _, err := r.New(publication.SM2, "短口令"); !fault.Is(err, fault.Invalid) {
		t.Errorf("short passphrase: %v", err)
	}
	const pass = "最多跑一次·广宗县2018"
	k := newKey(t, r, publication.SM2, pass)
	msg := []byte("承诺")
	for _, wrong := range []string{"", "最多跑一次·广宗县2019"} {
		_, err := r.Sign(k, wrong, msg)
		if !fault.Is(err, fault.Invalid) || len(fault.Fields(err)) != 1 || fault.Fields(err)[0].Path != "passphrase" {
			t.Errorf("passphrase %q: %v", wrong, err)
		}
	}
	sig, err := r.Sign(k, pass, msg)
	if err != nil {
		t.Fatal(err)
	}
	if err := (sign.Verifier{}).Verify(k, msg, sig); err != nil {
		t.Error(err)
	}
	if _, err := r.Sign(k, "", msg); err == nil {
		t.Error("signing once with the passphrase left the key open")
	}
	if sealed, err := r.Sealed(k.ID); !sealed || err != nil {
		t.Errorf("sealed = %v, %v", sealed, err)
	}
	if err := r.Unlock(k.ID, pass); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Sign(k, "", msg); err != nil {
		t.Errorf("after Unlock: %v", err)
	}
	if err := r.ChangePassphrase(k, pass, "另一个足够长的签名口令"); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Sign(k, "", msg); err == nil {
		t.Error("a new passphrase left the key open")
	}
	if _, err := r.Sign(k, "另一个足够长的签名口令", msg); err != nil {
		t.Errorf("new passphrase: %v", err)
	}
	b, err := os.ReadFile(filepath.Join(dir, k.ID+".json"))
	if err != nil {
		t.Fatal(err)
	}
	// Who changes anything in the file that the seed is bound to opens nothing.
	var f map[string]any
	if err := json.Unmarshal(b, &f); err != nil {
		t.Fatal(err)
	}
	f["nonce"] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	b, _ = json.Marshal(f)
	if err := os.WriteFile(filepath.Join(dir, k.ID+".json"), b, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Sign(k, "另一个足够长的签名口令", msg); err == nil {
		t.Error("a changed file was opened")
	}
}

// A key that is lost, open to others or damaged: a message that says what to do.
func TestKeyFileTrouble(t *testing.T) {
	dir := t.TempDir()
	r := sign.NewRing(dir)
	k := newKey(t, r, publication.Ed25519, "")
	name := filepath.Join(dir, k.ID+".json")
	if st, err := os.Stat(name); err != nil || runtime.GOOS != "windows" && st.Mode().Perm() != 0o600 {
		t.Fatalf("key file: %v %v", st.Mode(), err)
	}
	whole, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	try := func(what, want string) {
		t.Helper()
		_, err := sign.NewRing(dir).Sign(k, "", []byte("x"))
		if !fault.Is(err, fault.Unavailable) || !strings.Contains(fault.Text(err), want) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if runtime.GOOS != "windows" {
		if err := os.Chmod(name, 0o644); err != nil {
			t.Fatal(err)
		}
		try("open to others", "chmod 600")
	}
	for what, content := range map[string][]byte{"empty": nil, "cut": whole[:len(whole)/2], "other seed": bytes.Replace(whole, []byte(`"seed": "`), []byte(`"seed": "AA`), 1)} {
		if err := os.WriteFile(name, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(name, 0o600); err != nil {
			t.Fatal(err)
		}
		try(what, "已损坏")
	}
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	try("lost", "onevisit key revoke")
	if r.Has(k.ID) || r.Has("../../etc/passwd") {
		t.Error("a key that is not there is said to be")
	}
}

// openssl, which others have, takes our keys and signatures.
func TestOpenSSL(t *testing.T) {
	ssl, err := exec.LookPath("openssl")
	if err != nil {
		if os.Getenv("ONEVISIT_TEST_REQUIRE_ALL") == "1" {
			t.Fatal("openssl is absent, and every suite is required")
		}
		t.Skip("openssl is absent; make test installs it")
	}
	dir := t.TempDir()
	r := sign.NewRing(filepath.Join(dir, "keys"))
	msg := []byte("onevisit 核对\n")
	write := func(name string, b []byte) string {
		p := filepath.Join(dir, name)
		if err := os.WriteFile(p, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return p
	}
	for _, a := range publication.Algorithms {
		k := newKey(t, r, a, "")
		sig, err := r.Sign(k, "", msg)
		if err != nil {
			t.Fatal(err)
		}
		pem, err := sign.PEM(k)
		if err != nil {
			t.Fatal(err)
		}
		pub, m, s := write("pub.pem", pem), write("msg", msg), write("sig", sig)
		args := []string{"pkeyutl", "-verify", "-pubin", "-inkey", pub, "-rawin", "-in", m, "-sigfile", s}
		if a == publication.SM2 {
			args = append(args, "-digest", "sm3", "-pkeyopt", "distid:1234567812345678")
		}
		if out, err := exec.Command(ssl, args...).CombinedOutput(); err != nil {
			t.Errorf("%s: openssl %s: %v\n%s", a, strings.Join(args, " "), err, out)
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	r := sign.NewRing(b.TempDir())
	msg := bytes.Repeat([]byte("最多跑一次"), 40)
	for _, a := range publication.Algorithms {
		k, err := r.New(a, "")
		if err != nil {
			b.Fatal(err)
		}
		k.NotBefore, k.NotAfter = time.Unix(0, 0), time.Unix(1, 0)
		sig, err := r.Sign(k, "", msg)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(string(a), func(b *testing.B) {
			for b.Loop() {
				if err := (sign.Verifier{}).Verify(k, msg, sig); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
