package main

import (
	"bytes"
	"database/sql"
	"path/filepath"
	"strings"
	"testing"

	"onevisit/internal/infra/store"
)

// A backup that was made before the program was updated is restored and brought
// up to date; one that a newer program made is refused, and leaves nothing.
func TestRestoreOfAnotherVersion(t *testing.T) {
	for name, c := range map[string]struct {
		change, says string
		code         int
	}{
		"older": {`DROP INDEX release_item_unit; DELETE FROM goose_db_version WHERE version_id=69`, "已恢复到", 0},
		"newer": {`INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, TRUE)`, "请升级程序", 1},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			data, file, back := filepath.Join(dir, "data"), filepath.Join(dir, "b.tar.gz"), filepath.Join(dir, "back")
			var out, errOut bytes.Buffer
			if code := run([]string{"migrate", "--data", data}, nil, &out, &errOut); code != 0 {
				t.Fatal(errOut.String())
			}
			db, err := sql.Open("sqlite", filepath.Join(data, store.FileName)+"?_pragma=busy_timeout(10000)")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := db.Exec(c.change); err != nil {
				t.Fatal(err)
			}
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			if code := run([]string{"backup", file, "--data", data}, nil, &out, &errOut); code != 0 {
				t.Fatal(errOut.String())
			}
			if code := run([]string{"restore", file, "--data", back}, nil, &out, &errOut); code != c.code || !strings.Contains(out.String()+errOut.String(), c.says) {
				t.Errorf("restore: %d %s%s", code, out.String(), errOut.String())
			}
			if c.code == 0 {
				if code := run([]string{"doctor", "--data", back}, nil, &out, &errOut); code != 0 {
					t.Errorf("doctor: %s%s", out.String(), errOut.String())
				}
			} else if exists(filepath.Join(back, store.FileName)) {
				t.Error("half a county is left")
			}
		})
	}
}
