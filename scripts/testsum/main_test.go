package main

import (
	"strings"
	"testing"
)

const stream = `{"Action":"start","Package":"p"}
{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestA","Output":"quiet\n"}
{"Action":"pass","Package":"p","Test":"TestA","Elapsed":0}
{"Action":"output","Package":"p","Test":"TestB","Output":"=== RUN   TestB\n"}
{"Action":"output","Package":"p","Test":"TestB","Output":"    b_test.go:3: no PostgreSQL\n"}
{"Action":"output","Package":"p","Test":"TestB","Output":"--- SKIP: TestB (0.00s)\n"}
{"Action":"skip","Package":"p","Test":"TestB","Elapsed":0}
{"Action":"output","Package":"p","Output":"ok  \tp\t0.1s\n"}
{"Action":"pass","Package":"p","Elapsed":0.1}
{"Action":"output","Package":"none","Output":"?   \tnone\t[no test files]\n"}
{"Action":"skip","Package":"none","Elapsed":0}
`

func TestRead(t *testing.T) {
	var out strings.Builder
	got, err := read(strings.NewReader(stream), &out)
	if err != nil {
		t.Fatal(err)
	}
	if got.passed != 1 || got.failed != 0 || got.skipped != 1 || got.packages != 1 {
		t.Errorf("counted %+v", got)
	}
	if strings.Contains(out.String(), "quiet") || !strings.Contains(out.String(), "ok  \tp\t0.100s") {
		t.Errorf("printed %q", out.String())
	}
	if got.bad(false) || !got.bad(true) {
		t.Error("a skipped test is a failure exactly when all is required")
	}
	if s := got.totals(false); !strings.Contains(s, "skipped: p TestB: b_test.go:3: no PostgreSQL") || !strings.Contains(s, "PASS: 1 tests passed, 0 failed, 1 skipped, in 1 packages") {
		t.Errorf("totals %q", s)
	}
}

func TestReadFailures(t *testing.T) {
	var out strings.Builder
	got, err := read(strings.NewReader(`{"Action":"build-output","ImportPath":"q","Output":"q.go:1: broken\n"}
{"Action":"output","Package":"q","Output":"panic: boom\n"}
{"Action":"fail","Package":"q","Elapsed":0}
no json at all
`), &out)
	if err != nil {
		t.Fatal(err)
	}
	if !got.bad(false) || !strings.Contains(got.totals(false), "FAIL: ") {
		t.Errorf("a package that does not build must fail: %+v", got)
	}
	for _, want := range []string{"q.go:1: broken", "panic: boom", "no json at all", "FAIL\tq"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing in %q", want, out.String())
		}
	}
}

func TestNothingRan(t *testing.T) {
	got, err := read(strings.NewReader(""), &strings.Builder{})
	if err != nil || !got.bad(true) {
		t.Errorf("an empty run must not pass when all is required: %+v %v", got, err)
	}
}
