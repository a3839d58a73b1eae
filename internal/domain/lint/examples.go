package lint

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"strings"

	"onevisit/internal/domain/catalog"
)

//go:embed examples/*.json
var exampleFiles embed.FS

// Example is a case of a rule: the complete good item of examples/good_item.json,
// changed by a merge patch (RFC 7386) and by texts set at paths. Its name says in
// a few words what is right or wrong with it.
type Example struct {
	Name  string            `json:"name"`
	Patch json.RawMessage   `json:"patch,omitempty"`
	Set   map[string]string `json:"set,omitempty"`
	// What a bad example is to give: the finding's place, its severity if it is
	// not the rule's, words of its message, and whether its repair removes it.
	Field    string   `json:"field,omitempty"`
	Severity Severity `json:"severity,omitempty"`
	Says     string   `json:"says,omitempty"`
	Mended   bool     `json:"mended,omitempty"`
}

// ExampleSet is what examples/<code>.json holds.
type ExampleSet struct {
	Clause string    `json:"clause"`
	Good   []Example `json:"good"`
	Bad    []Example `json:"bad"`
}

// Examples returns the examples of a rule on items; ok is false for a rule that
// has none, as those on units and counties.
func Examples(code string) (set ExampleSet, ok bool) {
	b, err := exampleFiles.ReadFile("examples/" + strings.ToLower(code) + ".json")
	if err != nil {
		return set, false
	}
	decodeStrictly(b, &set)
	return set, true
}

// GoodItem returns the complete item without a finding that examples start from.
func GoodItem() *catalog.Item {
	b, err := exampleFiles.ReadFile("examples/good_item.json")
	if err != nil {
		panic("lint: " + err.Error()) // compiled in
	}
	it := new(catalog.Item)
	decodeStrictly(b, it)
	return it
}

// decodeStrictly reads data that is compiled in; a defect of it is a defect of
// the program, and the tests read every file.
func decodeStrictly(b []byte, v any) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		panic("lint: examples: " + err.Error())
	}
}

// Item makes the example's item.
func (e *Example) Item() (*catalog.Item, error) {
	it := GoodItem()
	if len(e.Patch) > 0 {
		var doc, patch any
		b, err := json.Marshal(it)
		if err == nil {
			err = json.Unmarshal(b, &doc)
		}
		if err == nil {
			err = json.Unmarshal(e.Patch, &patch)
		}
		if err != nil {
			return nil, fmt.Errorf("example %s: %w", e.Name, err)
		}
		if b, err = json.Marshal(merge(doc, patch)); err != nil {
			return nil, fmt.Errorf("example %s: %w", e.Name, err)
		}
		it = new(catalog.Item)
		d := json.NewDecoder(bytes.NewReader(b))
		d.DisallowUnknownFields()
		if err := d.Decode(it); err != nil {
			return nil, fmt.Errorf("example %s: %w", e.Name, err)
		}
	}
	for path, v := range e.Set {
		if err := catalog.SetByPath(it, path, v); err != nil {
			return nil, fmt.Errorf("example %s: %s: %w", e.Name, path, err)
		}
	}
	return it, nil
}

// merge applies a merge patch (RFC 7386) to a JSON value.
func merge(target, patch any) any {
	p, ok := patch.(map[string]any)
	if !ok {
		return patch
	}
	t, ok := target.(map[string]any)
	if !ok {
		t = map[string]any{}
	}
	for k, v := range p {
		if v == nil {
			delete(t, k)
		} else {
			t[k] = merge(t[k], v)
		}
	}
	return t
}
