package main

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"onevisit/internal/domain/fault"
	"onevisit/internal/infra/blob"
	"onevisit/internal/infra/store"
)

type backupCmd struct {
	File string `arg:"" help:"备份文件（.tar.gz），不能已经存在"`
}

// Run writes database and files into one archive, while a server may be running.
// The database is copied first: every file it refers to is there by then.
func (c *backupCmd) Run(e *env) (err error) {
	if e.DatabaseURL != "" {
		return fault.Invalidf("PostgreSQL 请用 pg_dump 备份，文件目录请一并复制。")
	}
	if isEmptyDir(e.Data) {
		k, err := e.open(false)
		if err != nil {
			return err
		}
		if err := k.close(); err != nil {
			return err
		}
	}
	// Also of an older version: a backup comes before the upgrade.
	k, err := openCounty(e.ctx, countyConfig{dataDir: e.Data, readOnly: true, anyVersion: true, log: e.logger()})
	if err != nil {
		return err
	}
	defer k.close()
	tmp, err := os.MkdirTemp("", "onevisit-backup-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	copied := filepath.Join(tmp, store.FileName)
	if err := k.db.Backup(e.ctx, copied); err != nil {
		return err
	}
	out, err := os.OpenFile(c.File, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o600)
	if err != nil {
		return fault.Wrap(fault.Invalid, err, "备份文件“%s”不能建立：可能已经存在，或没有写入权限。", c.File)
	}
	defer func() {
		if e := out.Close(); err == nil {
			err = e
		}
		if err != nil {
			_ = os.Remove(c.File) // half a backup is worse than none
		}
	}()
	z := gzip.NewWriter(out)
	t := tar.NewWriter(z)
	n := 0
	if err := addFile(t, store.FileName, copied); err != nil {
		return err
	}
	if err := k.blobs.Walk(func(hash, p string) error {
		n++
		return addFile(t, path.Join("blobs", hash[:2], hash[2:]), p)
	}); err != nil {
		return err
	}
	templates, err := filepath.Glob(filepath.Join(e.Data, "templates", "*.txt"))
	if err != nil {
		return err
	}
	for _, p := range templates {
		if err := addFile(t, path.Join("templates", filepath.Base(p)), p); err != nil {
			return err
		}
	}
	if err := errors.Join(t.Close(), z.Close(), out.Sync()); err != nil {
		return err
	}
	e.printf("已备份数据库和 %d 个文件到 %s。\n", n, c.File)
	return e.result(map[string]any{"file": c.File, "files": n})
}

func addFile(t *tar.Writer, name, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return err
	}
	if err := t.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: st.Size(), ModTime: st.ModTime()}); err != nil {
		return err
	}
	_, err = io.Copy(t, f)
	return err
}

type restoreCmd struct {
	File string `arg:"" help:"备份文件"`
}

// Run unpacks a backup into an empty data directory and checks it. What cannot be
// restored whole is taken away again.
func (c *restoreCmd) Run(e *env) (err error) {
	if e.DatabaseURL != "" {
		return fault.Invalidf("PostgreSQL 请用 pg_restore 恢复，文件目录请一并复制。")
	}
	if exists(e.Data) && !isEmptyDir(e.Data) {
		return fault.Invalidf("目录“%s”不是空的。请恢复到新目录，核对后再替换。", e.Data)
	}
	f, err := os.Open(c.File)
	if err != nil {
		return fault.Wrap(fault.Invalid, err, "打不开备份文件“%s”。", c.File)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return fault.Wrap(fault.Invalid, err, "“%s”不是 onevisit 的备份文件。", c.File)
	}
	defer func() {
		if err != nil { // half a county is worse than none
			_ = os.RemoveAll(filepath.Join(e.Data, store.FileName))
			_ = os.RemoveAll(filepath.Join(e.Data, "blobs"))
			_ = os.RemoveAll(filepath.Join(e.Data, "templates"))
		}
	}()
	t := tar.NewReader(z)
	for {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fault.Wrap(fault.Invalid, err, "备份文件“%s”不完整或已损坏。", c.File)
		}
		name := path.Clean(h.Name)
		if h.Typeflag != tar.TypeReg || name != store.FileName && !strings.HasPrefix(name, "blobs/") && !strings.HasPrefix(name, "templates/") || !filepath.IsLocal(name) {
			return fault.Invalidf("备份文件中有不应出现的内容“%s”，没有恢复。", h.Name)
		}
		if err := unpack(t, filepath.Join(e.Data, filepath.FromSlash(name))); err != nil {
			return err
		}
	}
	var found soundness
	if err := check(e, &found); err != nil {
		return err
	}
	e.printf("已恢复到 %s。\n", e.Data)
	return e.result(found)
}

func unpack(r io.Reader, path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fault.Wrap(fault.Invalid, err, "目录“%s”不能写入。", filepath.Dir(path))
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if _, err := io.Copy(f, r); err != nil {
		_ = f.Close() // taken away again
		return fault.Wrap(fault.Invalid, err, "备份文件不完整或已损坏，没有恢复。")
	}
	return errors.Join(f.Sync(), f.Close())
}

// check opens the data directory, which brings a backup of an older version up to
// date, and looks whether everything in it is sound.
func check(e *env, found *soundness) error {
	if !exists(filepath.Join(e.Data, store.FileName)) {
		return fault.Invalidf("备份文件中没有数据库，没有恢复。")
	}
	db, err := store.Open(e.ctx, store.Config{DataDir: e.Data, Now: time.Now})
	if err != nil {
		return err
	}
	defer db.Close()
	return inspect(e, db, blob.New(e.Data), found)
}
