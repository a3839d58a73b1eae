package main

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"onevisit/internal/domain/lint"
)

// The page about the rules says what the code does, or this fails.
func TestRulesPageIsFresh(t *testing.T) {
	have, err := os.ReadFile("../../docs/reform/rules.md")
	if err != nil {
		t.Fatal(err)
	}
	var want bytes.Buffer
	if err := writeRules(&want, lint.Registered()); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(have, want.Bytes()) {
		t.Error("docs/reform/rules.md is stale: run make generate and commit it")
	}
	for _, r := range lint.Registered() {
		if !strings.Contains(want.String(), "\n| "+r.Code+" | ") {
			t.Errorf("%s is in no family of the page", r.Code)
		}
		if r.Why == "" || r.Title == "" {
			t.Errorf("%s does not say what it asks for", r.Code)
		}
	}
}
