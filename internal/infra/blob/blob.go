// Package blob keeps files by the hash of their content: what is stored never
// changes, the same file is stored once, and a reference is proof of content.
package blob

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"

	"onevisit/internal/domain/fault"
)

// Ref refers to a stored file.
type Ref struct {
	Hash string // SHA-256 in hex
	Size int64  // bytes
}

// Dir is a store of files in a directory.
type Dir struct{ root string }

// New makes the store in dir/blobs; directories are made when needed.
func New(dir string) *Dir { return &Dir{root: filepath.Join(dir, "blobs")} }

func (d *Dir) path(hash string) string { return filepath.Join(d.root, hash[:2], hash[2:]) }

// Put stores what r gives, up to limit bytes. When it returns, the file and its
// name are on disk.
func (d *Dir) Put(ctx context.Context, r io.Reader, limit int64) (Ref, error) {
	if err := os.MkdirAll(d.root, 0o700); err != nil {
		return Ref{}, unavailable(err)
	}
	tmp, err := os.CreateTemp(d.root, "incoming-*")
	if err != nil {
		return Ref{}, unavailable(err)
	}
	defer func() {
		_ = tmp.Close()
		_ = os.Remove(tmp.Name()) // gone already if it was renamed
	}()
	h := sha256.New()
	n, err := io.Copy(io.MultiWriter(tmp, h), io.LimitReader(&contextReader{ctx, r}, limit+1))
	if err != nil {
		return Ref{}, fmt.Errorf("blob: %w", err)
	}
	if n > limit {
		return Ref{}, fault.Invalidf("文件超过 %d MB 的上限，请分成几个文件。", limit>>20)
	}
	if err := tmp.Sync(); err != nil {
		return Ref{}, unavailable(err)
	}
	ref := Ref{Hash: hex.EncodeToString(h.Sum(nil)), Size: n}
	final := d.path(ref.Hash)
	if _, err := os.Stat(final); err == nil {
		return ref, nil
	}
	if err := os.MkdirAll(filepath.Dir(final), 0o700); err != nil {
		return Ref{}, unavailable(err)
	}
	if err := os.Rename(tmp.Name(), final); err != nil {
		return Ref{}, unavailable(err)
	}
	return ref, errors.Join(syncDir(filepath.Dir(final)), syncDir(d.root))
}

func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return unavailable(err)
	}
	defer f.Close()
	if err := f.Sync(); err != nil && !errors.Is(err, errors.ErrUnsupported) && !errors.Is(err, fs.ErrPermission) {
		return unavailable(err) // Windows cannot sync a directory and says permission
	}
	return nil
}

var hashForm = regexp.MustCompile(`^[0-9a-f]{64}$`)

// Open opens a stored file, or NotFound.
func (d *Dir) Open(hash string) (*os.File, error) {
	if !hashForm.MatchString(hash) {
		return nil, fault.NotFoundf("没有找到文件。")
	}
	f, err := os.Open(d.path(hash))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.Wrap(fault.NotFound, err, "没有找到文件。")
	}
	return f, err
}

// Walk calls f with the hash and path of every stored file: for backups and
// checks.
func (d *Dir) Walk(f func(hash, path string) error) error {
	err := filepath.WalkDir(d.root, func(p string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		if hash := filepath.Base(filepath.Dir(p)) + e.Name(); hashForm.MatchString(hash) {
			return f(hash, p)
		}
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func unavailable(err error) error {
	return fault.Wrap(fault.Unavailable, err, "文件不能保存，请联系系统管理员检查磁盘空间和权限。")
}

// contextReader stops a copy when the context ends.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c *contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}
