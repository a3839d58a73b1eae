package catalog

import (
	"slices"
	"strings"
	"sync"

	"onevisit/internal/domain/fault"
)

// Kind says how the text of a column is to be read.
type Kind string

// The kinds of text.
const (
	KindText  Kind = "text"  // one text
	KindLines Kind = "lines" // several texts, one a line
	KindList  Kind = "list"  // several values joined by ；
	KindBool  Kind = "bool"  // 是 or 否
	KindCount Kind = "count" // whole number from 0
	KindDays  Kind = "days"  // working days, halves allowed
	KindLimit Kind = "limit" // 20工作日, 即办
	KindDate  Kind = "date"  // YYYY-MM-DD
	// KindRows is a small table in one text: a row a line, its cells joined by ｜.
	KindRows Kind = "rows"
	// KindSummary shows a table that has its own sheet and page. Setting it
	// keeps what is known of the rows that the text names.
	KindSummary Kind = "summary"
)

// Column is one value of a T with its names and its textual form, which is the
// same in workbooks, on edit pages and in differences.
type Column[T any] struct {
	// Key is the path in the item's JSON, such as "legal_limit" or "body.name";
	// for a sub-table the path inside its row.
	Key   string
	Label string // column name in Chinese
	// Aliases are other column names in real use, national keys among them.
	Aliases []string
	// Element is the number of the element it belongs to, 0 for extensions.
	Element int
	// Core says that the element counts as empty while this column is empty.
	Core       bool
	Dictionary string
	Kind       Kind

	// Get writes the value as text; empty means no value.
	Get func(*T) string
	// Set reads the text into the row. A text that cannot be read leaves the
	// row as it was and returns an Invalid fault that says what is expected.
	// A value outside the dictionary is kept: judging it is lint's business.
	Set func(*T, string) error
	// Empty reports whether there is no value, without writing it.
	Empty func(*T) bool
}

// Multi reports whether the column holds several values.
func (c *Column[T]) Multi() bool { return c.Kind == KindList || c.Kind == KindLines }

// Field is a column of the item itself.
type Field = Column[Item]

// Fields lists the columns of an item in the order of the elements, extensions
// last. The slice must not be changed.
func Fields() []*Field { return registry().list }

// ProcessFields are the values of the process beside its tables. They are no
// columns of the item's list: sheets have them beside the steps.
func ProcessFields() []*Field { return processFields() }

var processFields = sync.OnceValue(func() []*Field {
	hall := &Field{Key: "process.main_hall", Label: "主办大厅", Kind: KindText, Element: 20,
		Get:   func(it *Item) string { return it.steps(false).MainHall },
		Set:   func(it *Item, s string) error { it.steps(!blank(s)).MainHall = strings.TrimSpace(s); return nil },
		Empty: func(it *Item) bool { return blank(it.steps(false).MainHall) }}
	formal := &Field{Key: "process.formal_check", Label: "受理环节只作形式审查", Kind: KindBool, Element: 20,
		Get: func(it *Item) string { return FormatBool(it.steps(false).FormalCheck) },
		Set: func(it *Item, s string) error {
			b, err := ParseBool(s)
			if err == nil {
				it.steps(b).FormalCheck = b
			}
			return at(err, "process.formal_check")
		},
		Empty: func(*Item) bool { return false }}
	return []*Field{hall, formal}
})

// FieldByKey finds a field by its path, or returns nil.
func FieldByKey(key string) *Field { return registry().byKey[key] }

// FieldByLabel finds a field by a column name as workbooks write it: label,
// alias or key, with or without a star, spaces or a remark in brackets. It
// returns nil for an unknown name.
func FieldByLabel(label string) *Field { return byLabel(registry().byLabel, label) }

type fieldRegistry struct {
	list    []*Field
	byKey   map[string]*Field
	byLabel map[string]*Field
}

var registry = sync.OnceValue(func() *fieldRegistry {
	r := &fieldRegistry{list: itemFields(), byKey: map[string]*Field{}}
	for _, f := range slices.Concat(r.list, ProcessFields()) {
		r.byKey[f.Key] = f
	}
	r.byLabel = labels(r.list)
	return r
})

func labels[T any](list []*Column[T]) map[string]*Column[T] {
	m := map[string]*Column[T]{}
	// Labels win over aliases, aliases over keys.
	put := func(s string, c *Column[T]) {
		if s = plainLabel(s); s == "" {
			return
		}
		if _, taken := m[s]; !taken {
			m[s] = c
		}
	}
	for _, c := range list {
		put(c.Label, c)
	}
	for _, c := range list {
		for _, a := range c.Aliases {
			put(a, c)
		}
	}
	for _, c := range list {
		put(c.Key, c)
	}
	return m
}

func byLabel[T any](m map[string]*Column[T], label string) *Column[T] {
	p := plainLabel(label)
	if c := m[p]; c != nil {
		return c
	}
	// A remark in brackets at the end is not part of the name.
	if i := strings.IndexByte(p, '('); i > 0 && strings.HasSuffix(p, ")") {
		return m[p[:i]]
	}
	return nil
}

// plainLabel makes column names comparable.
func plainLabel(s string) string {
	s = halfWidth(s)
	var b strings.Builder
	for _, r := range s {
		switch r {
		case ' ', '\t', '\n', '\r', '*', ':', '\u00a0', '\ufeff', '★', '※':
			continue
		}
		b.WriteRune(r)
	}
	return strings.ToLower(b.String())
}

// Makers of columns. Each takes a pointer to the value inside the row.

func text[T any](key, label string, p func(*T) *string) *Column[T] {
	return &Column[T]{Key: key, Label: label, Kind: KindText,
		Get:   func(t *T) string { return *p(t) },
		Set:   func(t *T, s string) error { *p(t) = strings.TrimSpace(s); return nil },
		Empty: func(t *T) bool { return blank(*p(t)) }}
}

func dict[T any](key, label, dictionary string, p func(*T) *string) *Column[T] {
	return &Column[T]{Key: key, Label: label, Kind: KindText, Dictionary: dictionary,
		Get:   func(t *T) string { return *p(t) },
		Set:   func(t *T, s string) error { *p(t) = Dict(dictionary).Normalise(s); return nil },
		Empty: func(t *T) bool { return blank(*p(t)) }}
}

func code[T any](key, label string, p func(*T) *string) *Column[T] {
	c := text(key, label, p)
	c.Set = func(t *T, s string) error {
		*p(t) = strings.ToUpper(strings.Join(strings.Fields(halfWidth(s)), ""))
		return nil
	}
	return c
}

func list[T any](key, label, dictionary string, p func(*T) *[]string) *Column[T] {
	return &Column[T]{Key: key, Label: label, Kind: KindList, Dictionary: dictionary,
		Get: func(t *T) string { return strings.Join(*p(t), ListSeparator) },
		Set: func(t *T, s string) error {
			l := SplitList(s)
			if d := Dict(dictionary); d != nil {
				if d.Has(strings.TrimSpace(s)) { // a value that holds a separator: 纸质/电子化
					l = []string{strings.TrimSpace(s)}
				}
				for i := range l {
					l[i] = d.Normalise(l[i])
				}
				l = unique(l)
			}
			*p(t) = l
			return nil
		},
		Empty: func(t *T) bool { return len(*p(t)) == 0 }}
}

func lines[T any](key, label string, p func(*T) *[]string) *Column[T] {
	return &Column[T]{Key: key, Label: label, Kind: KindLines,
		Get: func(t *T) string {
			parts := make([]string, len(*p(t)))
			for i, v := range *p(t) {
				parts[i] = oneLine(v)
			}
			return strings.Join(parts, "\n")
		},
		Set:   func(t *T, s string) error { *p(t) = SplitLines(s); return nil },
		Empty: func(t *T) bool { return len(*p(t)) == 0 }}
}

func boolean[T any](key, label string, p func(*T) *bool) *Column[T] {
	return &Column[T]{Key: key, Label: label, Kind: KindBool,
		Get: func(t *T) string { return FormatBool(*p(t)) },
		Set: func(t *T, s string) error {
			b, err := ParseBool(s)
			if err == nil {
				*p(t) = b
			}
			return at(err, key)
		},
		Empty: func(*T) bool { return false }}
}

func count[T any](key, label string, p func(*T) *int) *Column[T] {
	return &Column[T]{Key: key, Label: label, Kind: KindCount,
		Get: func(t *T) string { return FormatCount(*p(t)) },
		Set: func(t *T, s string) error {
			n, err := ParseCount(s)
			if err == nil {
				*p(t) = n
			}
			return at(err, key)
		},
		Empty: func(t *T) bool { return *p(t) == 0 }}
}

func date[T any](key, label string, p func(*T) *string) *Column[T] {
	c := text(key, label, p)
	c.Kind = KindDate
	c.Set = func(t *T, s string) error {
		d, err := ParseDate(s)
		if err == nil {
			*p(t) = d
		}
		return at(err, key)
	}
	return c
}

func limit(key, label string, p func(*Item) *Limit) *Field {
	return &Field{Key: key, Label: label, Kind: KindLimit, Dictionary: "",
		Get: func(it *Item) string { return FormatLimit(*p(it)) },
		Set: func(it *Item, s string) error {
			l, err := ParseLimit(s)
			if err != nil {
				return at(err, key)
			}
			old := p(it)
			// Workbooks keep number and unit in two columns, in either order.
			if isNumber(s) && old.Given() {
				l.Unit = old.Unit
			}
			l.Note = old.Note
			*old = l
			return nil
		},
		Empty: func(it *Item) bool { return !p(it).Given() }}
}

func isNumber(s string) bool {
	s = halfWidth(strings.TrimSpace(s))
	return s != "" && strings.Trim(s, "0123456789") == ""
}

func limitUnit(key, label string, p func(*Item) *Limit) *Field {
	return dict(key, label, "时限单位", func(it *Item) *string { return &p(it).Unit })
}

// rows is a small table in one text.
func rows[T, R any](key, label string, p func(*T) *[]R, cells []*Column[R]) *Column[T] {
	return &Column[T]{Key: key, Label: label, Kind: KindRows,
		Get: func(t *T) string {
			var b strings.Builder
			for i := range *p(t) {
				if i > 0 {
					b.WriteByte('\n')
				}
				var parts []string
				for _, c := range cells {
					parts = append(parts, strings.ReplaceAll(oneLine(c.Get(&(*p(t))[i])), "｜", "|"))
				}
				b.WriteString(strings.TrimRight(strings.Join(parts, "｜"), "｜"))
			}
			return b.String()
		},
		Set: func(t *T, s string) error {
			var out []R
			for _, l := range SplitLines(s) {
				var row R
				parts := strings.SplitN(l, "｜", len(cells))
				if len(parts) == 1 {
					parts = strings.SplitN(l, "|", len(cells))
				}
				for i, part := range parts {
					if err := cells[i].Set(&row, part); err != nil {
						return at(err, key)
					}
				}
				out = append(out, row)
			}
			*p(t) = out
			return nil
		},
		Empty: func(t *T) bool { return len(*p(t)) == 0 }}
}

// at names the column in a fault.
func at(err error, key string) error {
	if err == nil {
		return nil
	}
	return fault.Invalidf("%s", fault.Text(err)).At(key, "%s", fault.Text(err))
}

func (c *Column[T]) el(no int) *Column[T]   { c.Element, c.Core = no, true; return c }
func (c *Column[T]) with(no int) *Column[T] { c.Element = no; return c }
func (c *Column[T]) alias(names ...string) *Column[T] {
	c.Aliases = append(c.Aliases, names...)
	return c
}

// blank reports whether a text holds nothing but space.
func blank(s string) bool {
	if s == "" {
		return true
	}
	// Only these bytes begin a space; most texts begin with another.
	if b := s[0]; b > ' ' && b != 0xc2 && (b < 0xe1 || b > 0xe3) {
		return false
	}
	return strings.TrimSpace(s) == ""
}
func unique(l []string) []string {
	out := l[:0]
	for _, v := range l {
		seen := false
		for _, o := range out {
			seen = seen || o == v
		}
		if !seen {
			out = append(out, v)
		}
	}
	return out
}
