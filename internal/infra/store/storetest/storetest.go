// Package storetest opens real databases for tests: SQLite always, PostgreSQL
// where ONEVISIT_TEST_POSTGRES names one.
package storetest

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"onevisit/internal/infra/store"
)

// Env names the variable with the URL of a PostgreSQL database in which tests
// may create databases of their own.
const Env = "ONEVISIT_TEST_POSTGRES"

// Run runs the test on both databases.
func Run(t *testing.T, f func(t *testing.T, db *store.DB)) {
	t.Run("sqlite", func(t *testing.T) { f(t, OpenSQLite(t)) })
	t.Run("postgres", func(t *testing.T) { f(t, OpenPostgres(t)) })
}

// OpenSQLite opens an empty database in a directory of the test.
func OpenSQLite(t testing.TB) *store.DB {
	t.Helper()
	return open(t, store.Config{DataDir: t.TempDir(), Now: time.Now})
}

func open(t testing.TB, cfg store.Config) *store.DB {
	t.Helper()
	db, err := store.Open(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// OpenPostgres opens an empty database of the test's own.
func OpenPostgres(t testing.TB) *store.DB {
	t.Helper()
	return open(t, store.Config{URL: PostgresURL(t), Now: time.Now})
}

// PostgresURL makes an empty database of the test's own and returns its URL.
func PostgresURL(t testing.TB) string {
	t.Helper()
	base := os.Getenv(Env)
	if base == "" {
		if os.Getenv("ONEVISIT_TEST_REQUIRE_ALL") == "1" {
			t.Fatalf("%s is not set, and every suite is required", Env)
		}
		t.Skipf("%s is not set; make test starts a PostgreSQL and sets it", Env)
	}
	admin, err := sql.Open("pgx", base)
	if err != nil {
		t.Fatal(err)
	}
	name := "t" + strings.ReplaceAll(store.NewID(), "-", "")
	if _, err := admin.Exec(fmt.Sprintf(`CREATE DATABASE %s`, name)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := admin.Exec(fmt.Sprintf(`DROP DATABASE IF EXISTS %s WITH (FORCE)`, name)); err != nil {
			t.Error(err)
		}
		_ = admin.Close()
	})
	u, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	return u.String()
}
