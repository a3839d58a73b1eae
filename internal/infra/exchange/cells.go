package exchange

import (
	"strings"

	"onevisit/internal/domain/catalog"
)

// itemTargets lists the columns of the sheet of items in their order. Materials
// and process have sheets of their own; a csv shows their names.
func itemTargets(withSummaries bool) []*target {
	var out []*target
	for _, f := range catalog.Fields() {
		if (f.Key == "materials" || f.Key == "process") && !withSummaries || strings.HasSuffix(f.Key, ".unit") {
			continue
		}
		out = append(out, targets[f.Key])
		if f.Key == "process" || f.Key == "no_materials" && !withSummaries {
			out = append(out, targets["process.main_hall"], targets["process.formal_check"])
		}
	}
	return out
}

// cellOf is what a column shows of an item.
func cellOf(t *target, it *catalog.Item) string {
	switch t.Path {
	case "places":
		if plainPlaces(it) {
			l := make([]string, len(it.Places))
			for i := range it.Places {
				l[i] = it.Places[i].Address
			}
			return strings.Join(l, "\n")
		}
	case "places.hours":
		if !plainPlaces(it) {
			return "" // stands in the rows of 办理地点和时间
		}
		l := make([]string, len(it.Places))
		for i := range it.Places {
			l[i] = it.Places[i].Hours
		}
		return strings.Join(l, "\n")
	case "process.main_hall":
		if it.Process != nil {
			return it.Process.MainHall
		}
		return ""
	case "process.formal_check":
		if it.Process != nil && it.Process.FormalCheck {
			return catalog.FormatBool(true)
		}
		return ""
	}
	if t.field == nil {
		return ""
	}
	return t.field.Get(it)
}

// plainPlaces reports whether addresses and hours say all about the places.
func plainPlaces(it *catalog.Item) bool {
	for i := range it.Places {
		p := &it.Places[i]
		if p.Name != "" || p.Phone != "" || p.Address == "" || strings.ContainsAny(p.Address, "｜|\n") || p.Hours == "" && len(it.Places) > 1 {
			return false
		}
	}
	return true
}
