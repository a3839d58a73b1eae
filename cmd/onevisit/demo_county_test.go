package main

import (
	"context"
	"errors"
	"io/fs"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"onevisit/cmd/onevisit/demo"
)

// demoCounty opens a demonstration county of the test's own, in SQLite or at a
// database URL, and serves its pages.
func demoCounty(t testing.TB, databaseURL string) (*county, *httptest.Server) {
	t.Helper()
	return tell(t, databaseURL, false)
}

// signedCounty is the demonstration in which units and county sign with keys.
func signedCounty(t testing.TB) (*county, *httptest.Server) {
	t.Helper()
	return tell(t, "", true)
}

// told are data directories in which the story has been told, plainly and with
// keys, to be copied: telling it takes seconds. TestMain removes them.
var told struct {
	dir           string
	plain, signed func() (string, error)
}

func init() {
	once := func(name string, signed bool) func() (string, error) {
		return sync.OnceValues(func() (string, error) {
			dir := filepath.Join(told.dir, name)
			k, err := newCounty(dir, "")
			if err != nil {
				return "", err
			}
			return dir, errors.Join(k.tell(signed), k.close())
		})
	}
	told.plain, told.signed = once("plain", false), once("signed", true)
}

// storied is a county with the clock of its story.
type storied struct {
	*county
	clock *demo.Clock
}

func newCounty(dir, databaseURL string) (storied, error) {
	clock := &demo.Clock{}
	k, err := openCounty(context.Background(), countyConfig{dataDir: dir, url: databaseURL, now: clock.Now, demo: true})
	return storied{k, clock}, err
}

func (k storied) tell(signed bool) error {
	story := &demo.Story{DB: k.db, Reform: k.reform, Clock: k.clock, Hasher: k.hasher, Portal: k.portal}
	if signed {
		story.Office = k.office
	}
	return story.Build(context.Background())
}

func tell(t testing.TB, databaseURL string, signed bool) (*county, *httptest.Server) {
	t.Helper()
	dir := t.TempDir()
	if databaseURL == "" {
		from, err := told.plain()
		if signed {
			from, err = told.signed()
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := copyDir(from, dir); err != nil {
			t.Fatal(err)
		}
	}
	k, err := newCounty(dir, databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = k.close() })
	if databaseURL != "" {
		if err := k.tell(signed); err != nil {
			t.Fatal(err)
		}
	}
	if err := k.portal.Refresh(context.Background()); err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(k.handler())
	t.Cleanup(srv.Close)
	return k.county, srv
}

// copyDir copies a data directory with the modes of its files: keys are for their
// owner alone.
func copyDir(from, to string) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		name := filepath.Join(to, rel)
		if d.IsDir() {
			return os.MkdirAll(name, info.Mode().Perm())
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(name, b, info.Mode().Perm())
	})
}

// token signs in with the demonstration's password.
func token(t testing.TB, k *county, login string) string {
	t.Helper()
	tok, err := k.office.SignIn(context.Background(), login, demo.Password)
	if err != nil {
		t.Fatal(err)
	}
	return tok
}
