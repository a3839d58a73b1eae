// Command testsum reads the event stream of go test -json, prints what went
// wrong as it comes and a line a package as go test would, and ends with the
// number of tests that passed, failed and were skipped. With
// ONEVISIT_TEST_REQUIRE_ALL set, a skipped test or an empty run is a failure.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
)

type event struct {
	Action     string
	Package    string
	ImportPath string
	Test       string
	Elapsed    float64
	Output     string
}

type tally struct {
	passed, failed, skipped, packages int
	lines                             []string // a line a package that has tests
	skips                             []string
}

func main() {
	summary := flag.String("summary", "", "`file` that receives the summary as well")
	flag.Parse()
	t, err := read(os.Stdin, os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "testsum:", err)
		os.Exit(1)
	}
	requireAll := os.Getenv("ONEVISIT_TEST_REQUIRE_ALL") != ""
	fmt.Print("\n", t.totals(requireAll))
	if *summary != "" {
		text := strings.Join(t.lines, "\n") + "\n" + t.totals(requireAll)
		if err := os.WriteFile(*summary, []byte(text), 0o644); err != nil {
			fmt.Fprintln(os.Stderr, "testsum:", err)
			os.Exit(1)
		}
	}
	if t.bad(requireAll) {
		os.Exit(1)
	}
}

// read consumes the stream. Output of a test is held back until it fails or is
// skipped; what belongs to no test (build errors, panics) is shown when its
// package fails.
func read(in io.Reader, out io.Writer) (tally, error) {
	var t tally
	held := map[string][]string{} // package + test → output
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var e event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			fmt.Fprintln(out, lines.Text()) // the go command itself speaking
			continue
		}
		key := e.Package + " " + e.Test
		switch e.Action {
		case "build-output":
			fmt.Fprint(out, e.Output)
		case "output":
			held[key] = append(held[key], e.Output)
		case "pass", "fail", "skip":
			if e.Test == "" {
				t.end(e, held[key], out)
			} else {
				t.test(e, held[key], out)
			}
			delete(held, key)
		}
	}
	return t, lines.Err()
}

func (t *tally) test(e event, output []string, out io.Writer) {
	switch e.Action {
	case "pass":
		t.passed++
	case "fail":
		t.failed++
		fmt.Fprint(out, strings.Join(output, ""))
	case "skip":
		t.skipped++
		why := ""
		for _, l := range output {
			if l = strings.TrimSpace(l); l != "" && !strings.HasPrefix(l, "=== ") && !strings.HasPrefix(l, "--- ") {
				why = l
			}
		}
		t.skips = append(t.skips, fmt.Sprintf("%s %s: %s", e.Package, e.Test, why))
	}
}

func (t *tally) end(e event, output []string, out io.Writer) {
	if e.Action == "skip" {
		return // a package without tests
	}
	t.packages++
	word := "ok  "
	if e.Action == "fail" {
		word = "FAIL"
		t.failed++
		for _, l := range output {
			if strings.TrimSpace(l) != "FAIL" {
				fmt.Fprint(out, l)
			}
		}
	}
	line := fmt.Sprintf("%s\t%s\t%.3fs", word, e.Package, e.Elapsed)
	t.lines = append(t.lines, line)
	fmt.Fprintln(out, line)
}

func (t tally) bad(requireAll bool) bool {
	return t.failed > 0 || requireAll && (t.skipped > 0 || t.passed == 0)
}

func (t tally) totals(requireAll bool) string {
	var b strings.Builder
	for _, s := range t.skips {
		fmt.Fprintln(&b, "skipped:", s)
	}
	word := "PASS"
	if t.bad(requireAll) {
		word = "FAIL"
	}
	fmt.Fprintf(&b, "%s: %d tests passed, %d failed, %d skipped, in %d packages\n", word, t.passed, t.failed, t.skipped, t.packages)
	return b.String()
}
