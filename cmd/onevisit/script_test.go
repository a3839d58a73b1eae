package main

import (
	"os"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// scriptCommand tells the test binary that it is the program, called by a script.
const scriptCommand = "ONEVISIT_TEST_COMMAND"

// It has to be seen before the tests begin, and TestMain is one for the package.
func init() {
	if os.Getenv(scriptCommand) != "" {
		main()
	}
}

// The commands as people and programs call them. A script calls
// "onevisit CODE ARGS…": the exit code is always stated.
func TestScripts(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			e.Setenv(scriptCommand, "1")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"onevisit": func(ts *testscript.TestScript, neg bool, args []string) {
				if neg || len(args) == 0 {
					ts.Fatalf("usage: onevisit CODE ARGS…")
				}
				want, err := strconv.Atoi(args[0])
				if err != nil {
					ts.Fatalf("exit code %q is no number", args[0])
				}
				got := 0
				if err := ts.Exec(self, args[1:]...); err != nil {
					exit, ok := err.(interface{ ExitCode() int })
					if !ok {
						ts.Fatalf("%v", err)
					}
					got = exit.ExitCode()
				}
				if got != want {
					ts.Fatalf("exit code %d, want %d", got, want)
				}
			},
		},
	})
}
