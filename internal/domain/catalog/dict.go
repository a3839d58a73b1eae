package catalog

import (
	"slices"
	"strings"
	"sync"
)

// Dictionary is one list of allowed values. Items carry the names; codes are
// for exchange only, because systems number the same list differently.
type Dictionary struct {
	Name string

	entries []DictEntry
	accept  map[string]spelling // every accepted spelling
}

// spelling is one accepted way to write a value. official is false for the
// synonyms that only the offices' usage knows.
type spelling struct {
	name     string
	official bool
}

// DictEntry is one value of a dictionary.
type DictEntry struct {
	Code, Name, Source string
}

// Names lists the values in order.
func (d *Dictionary) Names() []string {
	out := make([]string, len(d.entries))
	for i, e := range d.entries {
		out[i] = e.Name
	}
	return out
}

// Entries lists the values with code and source.
func (d *Dictionary) Entries() []DictEntry { return slices.Clone(d.entries) }

// Has reports whether the value is one of the dictionary's names or an accepted
// spelling of one.
func (d *Dictionary) Has(v string) bool { _, ok := d.accept[v]; return ok }

// Lookup returns the name for a value exactly as it is written; official is
// false for an accepted synonym, which should be replaced by the name.
func (d *Dictionary) Lookup(v string) (name string, official, ok bool) {
	s, ok := d.accept[v]
	return s.name, s.official, ok
}

// Normalise returns the dictionary's name for an accepted spelling, and any
// other value as it is.
func (d *Dictionary) Normalise(v string) string {
	v = strings.TrimSpace(v)
	if s, ok := d.accept[v]; ok {
		return s.name
	}
	return v
}

// ByCode returns the name with the code.
func (d *Dictionary) ByCode(code string) (string, bool) {
	for _, e := range d.entries {
		if e.Code == code && code != "" {
			return e.Name, true
		}
	}
	return "", false
}

// Code returns the code of a name or accepted spelling, or "".
func (d *Dictionary) Code(name string) string {
	n := d.Normalise(name)
	for _, e := range d.entries {
		if e.Name == n {
			return e.Code
		}
	}
	return ""
}

// Hint is the list of values for a message, shortened if it is long.
func (d *Dictionary) Hint() string {
	names := d.Names()
	if len(names) > 12 {
		names = append(names[:12:12], "…")
	}
	return strings.Join(names, "、")
}

// Dict returns the dictionary with the name, or nil if there is none.
func Dict(name string) *Dictionary { return dictionaries()[name] }

// Dictionaries lists the names of all dictionaries.
func Dictionaries() []string {
	var out []string
	for n := range dictionaries() {
		out = append(out, n)
	}
	slices.Sort(out)
	return out
}

var dictionaries = sync.OnceValue(func() map[string]*Dictionary {
	all := map[string]*Dictionary{}
	get := func(name string) *Dictionary {
		d := all[name]
		if d == nil {
			d = &Dictionary{Name: name, accept: map[string]spelling{}}
			all[name] = d
		}
		return d
	}
	put := func(d *Dictionary, e DictEntry, verbatim string) {
		if _, dup := d.accept[e.Name]; !dup {
			d.entries = append(d.entries, e)
		}
		d.accept[e.Name] = spelling{e.Name, true}
		if verbatim != "" {
			d.accept[verbatim] = spelling{e.Name, true}
		}
	}
	for _, r := range table("dictionaries.csv") {
		put(get(r["dict"]), DictEntry{Code: r["code"], Name: r["name"], Source: r["source"]}, r["verbatim"])
	}
	for _, r := range table("item_types.csv") {
		put(get(typeDict), DictEntry{Code: r["code"], Name: r["name"], Source: r["source"]}, r["verbatim"])
	}
	for name, list := range map[string][]string{"到场事由": Duties, "网办渠道": RemoteChannels, "环节类型": StepKinds} {
		for _, n := range list {
			put(get(name), DictEntry{Name: n, Source: "process model"}, "")
		}
	}
	for _, r := range table("dict_also.csv") {
		d, from := all[r["dict"]], all[r["also"]]
		if d == nil || from == nil {
			panic("catalog: dict_also names an unknown dictionary " + r["dict"] + " " + r["also"])
		}
		for _, e := range from.entries {
			// The variant numbers its values in its own way, so its codes
			// would be ambiguous here.
			put(d, DictEntry{Name: e.Name, Source: e.Source}, "")
		}
	}
	for _, r := range table("synonyms.csv") {
		d := all[r["dict"]]
		if d == nil {
			panic("catalog: synonym of an unknown dictionary " + r["dict"])
		}
		if _, ok := d.accept[r["name"]]; !ok {
			panic("catalog: synonym of an unknown name " + r["dict"] + " " + r["name"])
		}
		if _, dup := d.accept[r["synonym"]]; !dup {
			d.accept[r["synonym"]] = spelling{r["name"], false}
		}
	}
	return all
})
