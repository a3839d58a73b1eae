package blob_test

import (
	"context"
	"io"
	"strings"
	"testing"

	"onevisit/internal/domain/fault"
	"onevisit/internal/infra/blob"
)

func TestPutOpen(t *testing.T) {
	d := blob.New(t.TempDir())
	ctx := context.Background()
	a, err := d.Put(ctx, strings.NewReader("目录清单"), 100)
	if err != nil {
		t.Fatal(err)
	}
	b, err := d.Put(ctx, strings.NewReader("目录清单"), 100)
	if err != nil || a != b {
		t.Fatalf("same content, other reference: %v %v %v", a, b, err)
	}
	f, err := d.Open(a.Hash)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if got, _ := io.ReadAll(f); string(got) != "目录清单" {
		t.Errorf("read back %q", got)
	}
	n := 0
	if err := d.Walk(func(hash, path string) error { n++; return nil }); err != nil || n != 1 {
		t.Errorf("walked %d files, err %v", n, err)
	}
}

func TestLimitsAndBadNames(t *testing.T) {
	d := blob.New(t.TempDir())
	if _, err := d.Put(context.Background(), strings.NewReader("0123456789"), 9); !fault.Is(err, fault.Invalid) {
		t.Errorf("too large: %v", err)
	}
	for _, h := range []string{"", "..", "../../etc/passwd", strings.Repeat("g", 64), strings.Repeat("a", 64)} {
		if _, err := d.Open(h); !fault.Is(err, fault.NotFound) {
			t.Errorf("Open(%q) = %v, want not found", h, err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := d.Put(ctx, strings.NewReader("x"), 9); err == nil {
		t.Error("a cancelled upload must not be stored")
	}
}
