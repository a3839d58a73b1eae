package exchange

import (
	"archive/zip"
	"compress/flate"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"onevisit/internal/domain/fault"
)

// Bundle is a set of files that are handed over together, in a zip file or a
// directory. The same content gives the same bytes.
type Bundle struct {
	at    time.Time
	zip   *zip.Writer
	dir   string
	files []BundleFile
}

// BundleFile is a line of a bundle's manifest.
type BundleFile struct {
	Name string `json:"name"`
	Size int64  `json:"size"`
	Hash string `json:"sha256"`
}

// NewZip begins a bundle as a zip file; at is the time that its files carry.
func NewZip(w io.Writer, at time.Time) *Bundle {
	z := zip.NewWriter(w)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestCompression) })
	return &Bundle{at: at, zip: z}
}

// NewDirectory begins a bundle in a directory, which is made if need be. One that
// holds something else is refused, so that nothing of it is written over.
func NewDirectory(dir string, at time.Time) (*Bundle, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "目录“%s”不能建立，请检查路径和权限。", dir)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "目录“%s”不能读取，请检查权限。", dir)
	}
	if len(entries) > 0 {
		return nil, fault.Conflictf("目录“%s”不是空的。请指定新目录，或者先清空它。", dir)
	}
	return &Bundle{at: at, dir: dir}, nil
}

// Add writes a file; its name has slashes and stays below the bundle.
func (b *Bundle) Add(name string, write func(io.Writer) error) error {
	w, done, err := b.create(name)
	if err != nil {
		return err
	}
	h := sha256.New()
	n := &counter{w: io.MultiWriter(w, h)}
	err = write(n)
	if closed := done(); err == nil {
		err = closed
	}
	if err == nil {
		b.files = append(b.files, BundleFile{name, n.n, hex.EncodeToString(h.Sum(nil))})
	}
	return err
}

func (b *Bundle) create(name string) (io.Writer, func() error, error) {
	if !filepath.IsLocal(name) || strings.Contains(name, `\`) {
		return nil, nil, fault.New(fault.Internal, "bundle: file name %q", name)
	}
	if b.zip != nil {
		w, err := b.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: b.at.UTC()})
		return w, func() error { return nil }, err
	}
	path := filepath.Join(b.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, nil, err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o644)
	if err != nil {
		return nil, nil, err
	}
	return f, f.Close, nil
}

// Files are the files that were added, in their order.
func (b *Bundle) Files() []BundleFile { return b.files }

// Size is the length of the files together, in bytes, before compression.
func (b *Bundle) Size() (n int64) {
	for _, f := range b.files {
		n += f.Size
	}
	return n
}

// Close ends the bundle with manifest.json, which holds head and says of each
// file its length and SHA-256.
func (b *Bundle) Close(head any) error {
	err := b.Add("manifest.json", func(w io.Writer) error {
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", " ")
		return enc.Encode(struct {
			Head  any          `json:"package"`
			Files []BundleFile `json:"files"`
		}{head, b.files})
	})
	if err == nil && b.zip != nil {
		err = b.zip.Close()
	}
	return err
}

type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}
