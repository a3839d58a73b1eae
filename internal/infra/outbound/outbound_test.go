package outbound_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"onevisit/internal/domain/fault"
	"onevisit/internal/infra/outbound"
)

func TestOutbox(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "outbox")
	o := outbound.NewOutbox(dir)
	m := outbound.Message{ID: "0192-a", To: "13900000000", Text: "请于7月10日前报送。"}
	for range 2 { // a job may run twice
		if err := o.Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 1 {
		t.Fatalf("%v %v", files, err)
	}
	info, err := files[0].Info()
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("others may read it: %v %v", info.Mode(), err)
	}
	b, err := os.ReadFile(filepath.Join(dir, files[0].Name()))
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]string
	if err := json.Unmarshal(b, &got); err != nil || got["to"] != "13900000000" || got["text"] != m.Text {
		t.Errorf("%s %v", b, err)
	}
	if s := fmt.Sprintf("%v %+v %#v", m, m, m); strings.Contains(s, "13900000000") {
		t.Errorf("a careless print shows the number: %s", s)
	}
	if err := o.Send(t.Context(), outbound.Message{ID: "../x"}); err == nil {
		t.Error("a message leaves the directory")
	}
	if err := outbound.NewOutbox(filepath.Join(dir, files[0].Name())).Send(t.Context(), m); !fault.Is(err, fault.Unavailable) {
		t.Errorf("a directory that is a file: %v", err)
	}
}
