package exchange

import (
	_ "embed"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"

	"onevisit/internal/domain/catalog"
)

//go:embed mappings.yaml
var mappingsYAML []byte

// mapping says to which places of the item the columns of one known list go.
type mapping struct {
	Name    string              `yaml:"name"`
	Note    string              `yaml:"note"`
	Require []string            `yaml:"require"`
	Columns map[string]pathList `yaml:"columns"`
	// Standard says that the list writes the codes of the national standard, so
	// that they need no remark, and no unit beside the organ.
	Standard bool `yaml:"standard"`
}

// pathList is one or several paths.
type pathList []string

func (t *pathList) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		*t = pathList{n.Value}
		return nil
	}
	return n.Decode((*[]string)(t))
}

const (
	pathKeep   = "keep"
	pathIgnore = "ignore"
)

var (
	allMappings []*mapping
	// aliases gives the path of names that lists in use have beside those of
	// catalog's registry, in the form of headerKey.
	aliases = map[string]string{}
	ignored = map[string]bool{}
)

// Mappings lists the names of the declared mappings, for Options.Mapping.
func Mappings() []string {
	var l []string
	for _, m := range allMappings {
		l = append(l, m.Name)
	}
	return append(l, generalMapping)
}

// generalMapping is the name of the mapping by known aliases alone.
const generalMapping = "通用"

func mappingByName(name string) (*mapping, bool) {
	if name == generalMapping {
		return nil, true
	}
	for _, m := range allMappings {
		if m.Name == name {
			return m, true
		}
	}
	return nil, false
}

// recognise gives the first mapping whose required names are all among names, or
// nil for the general one.
func recognise(names []string) *mapping {
	have := make(map[string]bool, len(names))
	for _, n := range names {
		have[n] = true
	}
next:
	for _, m := range allMappings {
		for _, r := range m.Require {
			if !have[r] {
				continue next
			}
		}
		return m
	}
	return nil
}

// headerKey reduces a header to what identifies it: without blanks, element
// numbers (“16. 法定办结时限”, “法定办结时限（16）”), marks of required columns, and
// in half-width lower case.
func headerKey(s string) string {
	s, _ = narrow(s)
	s = strings.ToLower(strings.Join(strings.Fields(s), ""))
	s = strings.Trim(s, "*:：")
	for strings.HasSuffix(s, ")") {
		i := strings.LastIndexByte(s, '(')
		if i <= 0 || strings.Trim(s[i+1:len(s)-1], "0123456789必选填多是/否") != "" {
			break
		}
		s = s[:i]
	}
	t := strings.TrimLeft(s, "0123456789")
	if t != s && t != "" {
		s = strings.TrimLeft(t, ".、-_")
	}
	return strings.Trim(s, "*:：")
}

// lookup gives the paths of a column or key; ok is false if nobody knows it.
func (m *mapping) lookup(name string) (paths []string, ok bool) {
	if m != nil {
		if p, ok := m.Columns[name]; ok {
			return p, true
		}
	}
	key := headerKey(name)
	if p, ok := aliases[key]; ok {
		return []string{p}, true
	}
	// A remark in brackets at the end is not part of the name.
	if i := strings.LastIndexByte(key, '('); i > 0 && strings.HasSuffix(key, ")") {
		if p, ok := aliases[key[:i]]; ok {
			return []string{p}, true
		}
	}
	for _, n := range []string{name, key} {
		if f := catalog.FieldByLabel(n); f != nil {
			return []string{f.Key}, true
		}
	}
	if ignored[key] {
		return []string{pathIgnore}, true
	}
	return nil, false
}

// loadMappings reads the embedded table. An error in it is a defect of the
// program, found by the first test, so it panics.
func loadMappings() {
	var doc struct {
		Mappings []*mapping          `yaml:"mappings"`
		Aliases  map[string][]string `yaml:"aliases"`
		Ignored  []string            `yaml:"ignored"`
	}
	if err := yaml.Unmarshal(mappingsYAML, &doc); err != nil {
		panic("exchange: mappings.yaml: " + err.Error())
	}
	allMappings = doc.Mappings
	for _, m := range allMappings {
		for col, paths := range m.Columns {
			for _, p := range paths {
				if p != pathKeep && p != pathIgnore && targets[p] == nil {
					panic(fmt.Sprintf("exchange: mappings.yaml: %s: column %s: no such path %q", m.Name, col, p))
				}
			}
		}
	}
	add := func(name, path string) {
		key := headerKey(name)
		if old, taken := aliases[key]; taken && old != path {
			panic(fmt.Sprintf("exchange: mappings.yaml: %q means both %s and %s", name, old, path))
		}
		aliases[key] = path
	}
	for path, names := range doc.Aliases {
		if targets[path] == nil {
			panic(fmt.Sprintf("exchange: mappings.yaml: alias of unknown path %q", path))
		}
		for _, n := range names {
			add(n, path)
		}
	}
	for _, n := range doc.Ignored {
		ignored[headerKey(n)] = true
	}
}
