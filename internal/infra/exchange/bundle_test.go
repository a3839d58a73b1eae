package exchange_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"onevisit/internal/domain/fault"
	"onevisit/internal/infra/exchange"
)

func fill(t *testing.T, b *exchange.Bundle) {
	t.Helper()
	for _, f := range [][2]string{{"index.html", "<p>甲</p>"}, {"items/1.html", ""}} {
		if err := b.Add(f[0], func(w io.Writer) error { _, err := io.WriteString(w, f[1]); return err }); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Close(map[string]string{"format": "x@1"}); err != nil {
		t.Fatal(err)
	}
}

func TestBundle(t *testing.T) {
	at := time.Date(2018, 9, 30, 1, 2, 3, 0, time.UTC)
	var first, second bytes.Buffer
	fill(t, exchange.NewZip(&first, at))
	fill(t, exchange.NewZip(&second, at.In(time.FixedZone("UTC+8", 8*3600))))
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("the same content gives other bytes")
	}
	z, err := zip.NewReader(bytes.NewReader(first.Bytes()), int64(first.Len()))
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "site")
	d, err := exchange.NewDirectory(dir, at)
	if err != nil {
		t.Fatal(err)
	}
	fill(t, d)
	read := func(f *zip.File) []byte {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	var manifest struct {
		Package map[string]string     `json:"package"`
		Files   []exchange.BundleFile `json:"files"`
	}
	for _, f := range z.File {
		inZip := read(f)
		inDir, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(f.Name)))
		if err != nil || !bytes.Equal(inZip, inDir) {
			t.Errorf("%s differs between zip and directory: %v", f.Name, err)
		}
		if f.Name == "manifest.json" {
			if err := json.Unmarshal(inZip, &manifest); err != nil {
				t.Fatal(err)
			}
		}
	}
	if len(z.File) != 3 || len(manifest.Files) != 2 || manifest.Package["format"] != "x@1" {
		t.Fatalf("%d files, %+v", len(z.File), manifest)
	}
	for i, f := range manifest.Files {
		b := read(z.File[i])
		if sum := sha256.Sum256(b); f.Name != z.File[i].Name || f.Size != int64(len(b)) || f.Hash != hex.EncodeToString(sum[:]) {
			t.Errorf("%+v", f)
		}
	}
	if _, err := exchange.NewDirectory(dir, at); !fault.Is(err, fault.Conflict) {
		t.Errorf("a directory that holds something: %v", err)
	}
	broken := errors.New("broken")
	b := exchange.NewZip(io.Discard, at)
	if err := b.Add("a", func(io.Writer) error { return broken }); !errors.Is(err, broken) || len(b.Files()) != 0 {
		t.Errorf("%v, %v", err, b.Files())
	}
	for _, name := range []string{"../a", "/a", `a\b`, ""} {
		if err := b.Add(name, func(io.Writer) error { return nil }); err == nil {
			t.Errorf("%q is a name", name)
		}
	}
}
