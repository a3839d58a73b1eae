package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"onevisit/internal/domain/publication"
	"onevisit/internal/infra/store"
)

// crashDir tells the test binary that it is the child: it imports file after
// file into this directory and says on standard output what it was told is done.
const crashDir = "ONEVISIT_TEST_CRASH_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(crashDir); dir != "" {
		crashChild(dir)
		return
	}
	if dir := os.Getenv(reportDir); dir != "" {
		reportChild(dir)
		return
	}
	if args := os.Getenv(runArgs); args != "" {
		os.Exit(run(strings.Split(args, "\n"), strings.NewReader(""), os.Stdout, os.Stderr))
	}
	var err error
	if told.dir, err = os.MkdirTemp("", "onevisit-told-"); err != nil {
		panic(err)
	}
	code := m.Run()
	_ = os.RemoveAll(told.dir)
	os.Exit(code)
}

// rowsPerFile is how many items each file holds: all of them come in, or none.
const rowsPerFile = 40

func crashChild(dir string) {
	for i := 0; ; i++ {
		var b strings.Builder
		stamp := store.NewID()
		for n := range rowsPerFile {
			fmt.Fprintf(&b, `{"schema":"onevisit/item@1","unit":"甲局","name":"事项%s-%d"}`+"\n", stamp, n)
		}
		file := filepath.Join(dir, "in.jsonl")
		if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
			panic(err)
		}
		if code := run([]string{"import", file, "--data", filepath.Join(dir, "data")}, strings.NewReader(""), io.Discard, os.Stderr); code != 0 {
			os.Exit(code)
		}
		fmt.Println("done", stamp) // a pipe is not buffered
	}
}

// untilKilled runs the child until it has acknowledged so many deeds, and a
// little longer, kills it, and returns all that it acknowledged.
func untilKilled(t *testing.T, mode string, deeds int, more time.Duration) []string {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), mode)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill := func() { _ = cmd.Process.Kill() }
	if deeds == 0 {
		time.AfterFunc(more, kill)
	}
	var done []string
	for sc := bufio.NewScanner(out); sc.Scan(); {
		done = append(done, strings.TrimPrefix(sc.Text(), "done "))
		if len(done) == deeds {
			time.AfterFunc(more, kill)
		}
	}
	_ = cmd.Wait() // it was killed
	return done
}

// A server that is killed at any moment during imports leaves a database that
// opens, is sound, has every acknowledged file whole and no file in part.
func TestCrashDuringImport(t *testing.T) {
	kills := 50
	if os.Getenv("ONEVISIT_TEST_LONG") != "" {
		kills = 1000
	}
	dir := t.TempDir()
	ctx := context.Background()
	r := rand.New(rand.NewPCG(2018, 8))
	var acknowledged []string
	for round := range kills {
		// The moment is random: so many files, and a little more.
		acknowledged = append(acknowledged, untilKilled(t, crashDir+"="+dir, r.IntN(4), time.Duration(r.IntN(40))*time.Millisecond)...)
		if round%10 != 9 && round != kills-1 {
			continue
		}
		db, err := store.Open(ctx, store.Config{DataDir: filepath.Join(dir, "data"), Now: time.Now})
		if err != nil {
			t.Fatalf("after kill %d: %v", round, err)
		}
		if bad, err := db.Check(ctx); err != nil || len(bad) > 0 {
			t.Fatalf("after kill %d: %v %v", round, bad, err)
		}
		if _, err := db.VerifyAudit(ctx); err != nil {
			t.Fatalf("after kill %d: %v", round, err)
		}
		if err := db.View(ctx, func(tx *store.Tx) error {
			total, err := tx.CountItems(store.ItemFilter{})
			if err == nil && total%rowsPerFile != 0 {
				t.Errorf("after kill %d: %d items, some file came in in part", round, total)
			}
			if total < len(acknowledged)*rowsPerFile {
				t.Errorf("after kill %d: %d files were acknowledged, %d items are there", round, len(acknowledged), total)
			}
			for _, stamp := range acknowledged {
				n, err := tx.CountItems(store.ItemFilter{Text: "事项" + stamp + "-", States: []publication.State{publication.Draft}})
				if err != nil || n != rowsPerFile {
					t.Errorf("after kill %d: file %s was acknowledged, %d of its items are there (%v)", round, stamp, n, err)
				}
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if len(acknowledged) == 0 {
		t.Error("nothing was ever acknowledged: the child does not work")
	}
	t.Log(strconv.Itoa(kills) + " kills, " + strconv.Itoa(len(acknowledged)) + " files acknowledged")
}
