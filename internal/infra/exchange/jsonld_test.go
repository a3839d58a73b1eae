package exchange

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"testing"

	"onevisit/internal/domain/catalog"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestWriteJSONLD(t *testing.T) {
	b, err := os.ReadFile("../../domain/catalog/testdata/good_item.json")
	if err != nil {
		t.Fatal(err)
	}
	good := new(catalog.Item)
	if err := json.Unmarshal(b, good); err != nil {
		t.Fatal(err)
	}
	bare := &catalog.Item{Unit: "甲县民政局", Name: "结婚登记/补领"}
	var out bytes.Buffer
	if err := WriteJSONLD(&out, Slice([]*catalog.Item{good, bare})); err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	if err := json.Indent(&got, out.Bytes(), "", " "); err != nil {
		t.Fatal(err)
	}
	const name = "testdata/items.jsonld"
	if *update {
		if err := os.WriteFile(name, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Bytes(), want) {
		t.Errorf("linked data differ from %s (go test -update writes it):\n%s", name, got.Bytes())
	}
	out.Reset()
	if err := WriteJSONLD(&out, Slice(nil)); err != nil || !json.Valid(out.Bytes()) {
		t.Errorf("no items: %v %s", err, out.Bytes())
	}
}
