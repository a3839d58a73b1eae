package catalog

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// Says tells what a list says of an item, beside that which it does not speak
// of: by the key of a field, or by that of a table with [] behind it where the
// list gives the rows themselves and not only their names.
type Says func(key string) bool

// Update is old with what a list says of it: a list of ten columns leaves the
// other elements as they are, and an empty cell takes nothing away. A nil says
// means that the list is the whole record. Neither item is changed.
func Update(old, list *Item, says Says) *Item {
	if says == nil {
		return list
	}
	out := old.Clone()
	out.Schema = list.Schema
	if list.Extra != nil {
		extra := maps.Clone(out.Extra)
		if extra == nil {
			extra = map[string]json.RawMessage{}
		}
		maps.Copy(extra, list.Extra)
		out.Extra = extra
	}
	for _, f := range slices.Concat(Fields(), ProcessFields()) {
		if !says(f.Key) || f.Kind == KindRows || f.Kind != KindBool && f.Empty(list) {
			continue
		}
		if f.Kind == KindSummary && (says(f.Key+"[]") || strings.Contains(f.Key, ".")) {
			continue // the rows themselves, below
		}
		_ = f.Set(out, f.Get(list)) // it is a text that Get wrote
	}
	for _, t := range Tables() {
		root, _, _ := strings.Cut(t.Key, ".")
		if (says(t.Key+"[]") || says(root+"[]")) && t.Len(list) > 0 {
			t.Copy(out, list)
		}
	}
	if says("process[]") && list.Process != nil {
		// Touchpoints speak of these steps and sites; those of others would not.
		touchpoints := list.Process.Touchpoints
		out.Process.Touchpoints = slices.Clone(touchpoints)
	}
	return out
}
