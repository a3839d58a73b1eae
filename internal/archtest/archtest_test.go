package archtest

import (
	"bytes"
	"io/fs"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

const root = "../.."

func TestHouse(t *testing.T) {
	fsys := os.DirFS(root)
	files, err := scan(fsys)
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 5 {
		t.Fatalf("only %d Go files found: the test looks in the wrong place", len(files))
	}
	gomod, err := fs.ReadFile(fsys, "go.mod")
	if err != nil {
		t.Fatal(err)
	}
	for _, complaint := range check(files, requires(string(gomod))) {
		t.Error(complaint)
	}
}

// The checker itself: each row is a small house with one crack, or none.
func TestCheck(t *testing.T) {
	modules := []string{"github.com/jackc/pgx/v5", "golang.org/x/text"}
	rows := []struct {
		name  string
		files map[string]string
		want  string // part of the single complaint; empty for none
	}{
		{"everything may use fault", map[string]string{
			"internal/domain/code/a.go": `import "onevisit/internal/domain/fault"`}, ""},
		{"an arrow of the table", map[string]string{
			"internal/domain/visit/a.go": `import "onevisit/internal/domain/catalog"`}, ""},
		{"an arrow against the table", map[string]string{
			"internal/domain/catalog/a.go": `import "onevisit/internal/domain/visit"`}, "that arrow is not in the table"},
		{"fault knows nobody", map[string]string{
			"internal/domain/fault/a.go": `import "onevisit/internal/domain/code"`}, "that arrow is not in the table"},
		{"unknown room", map[string]string{
			"internal/domain/wisdom/a.go": ``}, "not in the table of rooms"},
		{"domain with a module of others", map[string]string{
			"internal/domain/visit/a.go": `import "github.com/jackc/pgx/v5"`}, "standard library only"},
		{"domain with golang.org/x", map[string]string{
			"internal/domain/visit/a.go": `import "golang.org/x/text/width"`}, "standard library only"},
		{"domain with a module missing from go.mod", map[string]string{
			"internal/domain/visit/a.go": `import "example.org/x"`}, "standard library only"},
		{"domain opens a file", map[string]string{
			"internal/domain/visit/a.go": `import "os"`}, "the domain is pure"},
		{"domain speaks HTTP", map[string]string{
			"internal/domain/visit/a.go": `import "net/http"`}, "the domain is pure"},
		{"domain speaks SQL", map[string]string{
			"internal/domain/visit/a.go": `import "database/sql/driver"`}, "the domain is pure"},
		{"domain may parse addresses", map[string]string{
			"internal/domain/visit/a.go": `import ("net/netip"; "net/url")`}, ""},
		{"calendar is a column type", map[string]string{
			"internal/domain/calendar/a.go": `import "database/sql/driver"`}, ""},
		{"calendar opens no database", map[string]string{
			"internal/domain/calendar/a.go": `import "database/sql"`}, "the domain is pure"},
		{"domain starts a goroutine", map[string]string{
			"internal/domain/visit/a.go": "func f() {\n go f() }"}, "go statement"},
		{"domain waits", map[string]string{
			"internal/domain/visit/a.go": "import \"time\"\nfunc f() { time.Sleep(1) }"}, "the domain does not wait"},
		{"domain knows infra", map[string]string{
			"internal/domain/visit/a.go": `import "onevisit/internal/infra/store"`}, "arrows point down only"},
		{"infra knows infra", map[string]string{
			"internal/infra/blob/a.go": `import "onevisit/internal/infra/store"`}, "do not know each other"},
		{"infra knows domain", map[string]string{
			"internal/infra/blob/a.go": `import "onevisit/internal/domain/catalog"`}, ""},
		{"sub-package of one room", map[string]string{
			"internal/infra/exchange/a.go": `import "onevisit/internal/infra/exchange/xlsx"`}, ""},
		{"app knows app", map[string]string{
			"internal/app/reform/a.go": `import "onevisit/internal/app/portal"`}, "app rooms never import each other"},
		{"app knows infra", map[string]string{
			"internal/app/reform/a.go": `import "onevisit/internal/infra/store"`}, ""},
		{"app knows server", map[string]string{
			"internal/app/reform/a.go": `import "onevisit/internal/server/web"`}, "arrows point down only"},
		{"server knows infra", map[string]string{
			"internal/server/web/a.go": `import "onevisit/internal/infra/store"`}, "the server knows app and domain only"},
		{"one door knows another", map[string]string{
			"internal/server/web/a.go": `import "onevisit/internal/server/api"`}, "the doors"},
		{"doors share", map[string]string{
			"internal/server/web/a.go": `import "onevisit/internal/server"`}, ""},
		{"web has sub-packages", map[string]string{
			"internal/server/web/a.go": `import "onevisit/internal/server/web/ui"`}, ""},
		{"cmd knows all", map[string]string{
			"cmd/onevisit/a.go": `import ("onevisit/internal/infra/store"; "onevisit/internal/server/web"; "onevisit/internal/app/portal"; "onevisit/internal/domain/code")`}, ""},
		{"clock on the app floor", map[string]string{
			"internal/app/reform/a.go": "import \"time\"\nvar clock = time.Now"}, "no clock is read"},
		{"clock under another name", map[string]string{
			"internal/infra/store/a.go": "import t \"time\"\nfunc f() { _ = t.Since(t.Time{}) }"}, "no clock is read"},
		{"clock of the server", map[string]string{
			"internal/server/web/a.go": "import \"time\"\nvar clock = time.Now"}, ""},
		{"a module in two rooms", map[string]string{
			"internal/infra/store/a.go": `import "github.com/jackc/pgx/v5"`,
			"internal/app/office/a.go":  `import "github.com/jackc/pgx/v5/pgconn"`}, "imported by 2 rooms"},
		{"a module in one room", map[string]string{
			"internal/infra/store/a.go":     `import "github.com/jackc/pgx/v5"`,
			"internal/infra/store/sub/a.go": `import "github.com/jackc/pgx/v5"`}, ""},
		{"golang.org/x anywhere", map[string]string{
			"internal/infra/store/a.go": `import "golang.org/x/text/width"`,
			"internal/app/office/a.go":  `import "golang.org/x/text/width"`}, ""},
		{"tests look everywhere", map[string]string{
			"internal/domain/visit/a_test.go": "import (\"time\"; \"onevisit/internal/infra/store/storetest\")\nvar _ = time.Now"}, ""},
		{"test helpers stay out", map[string]string{
			"internal/app/office/a.go": `import "onevisit/internal/infra/store/storetest"`}, "helpers of tests"},
		{"test helpers look everywhere", map[string]string{
			"internal/infra/store/storetest/a.go": `import "onevisit/internal/app/office"`}, ""},
		{"no floor", map[string]string{
			"pkg/util/a.go": ``}, "belongs to no floor"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			house := fstest.MapFS{}
			for name, body := range row.files {
				house[name] = &fstest.MapFile{Data: []byte("package a\n" + body + "\n")}
			}
			files, err := scan(house)
			if err != nil {
				t.Fatal(err)
			}
			got := check(files, modules)
			switch {
			case row.want == "" && len(got) > 0:
				t.Errorf("complains without reason: %q", got)
			case row.want != "" && (len(got) != 1 || !strings.Contains(got[0], row.want)):
				t.Errorf("got %q, want one complaint with %q", got, row.want)
			}
		})
	}
}

func TestArrowsHaveNoCycle(t *testing.T) {
	const open, done = 1, 2
	state := map[string]int{}
	var walk func(room string, way []string)
	walk = func(room string, way []string) {
		switch state[room] {
		case open:
			t.Fatalf("cycle: %s", strings.Join(append(way, room), " → "))
		case done:
			return
		}
		state[room] = open
		for _, next := range domainArrows[room] {
			if _, ok := domainArrows[next]; !ok {
				t.Errorf("%s → %s: no such room", room, next)
			}
			walk(next, append(way, room))
		}
		state[room] = done
	}
	for room := range domainArrows {
		walk(room, nil)
	}
}

// The table that people read and the table that is enforced are one.
func TestDocumentedArrows(t *testing.T) {
	text, err := os.ReadFile(root + "/docs/architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(text), "<!-- arrows")
	table, _, ok2 := strings.Cut(rest, "<!-- /arrows -->")
	if !ok || !ok2 {
		t.Fatal("docs/architecture.md has lost the marks around its table of arrows")
	}
	documented := map[string][]string{"fault": {}}
	for line := range strings.Lines(table) {
		cells := strings.Split(line, "|")
		if len(cells) != 4 || strings.Contains(line, "---") || strings.TrimSpace(cells[1]) == "room" {
			continue
		}
		list := []string{}
		for name := range strings.SplitSeq(cells[2], ",") {
			if name = strings.TrimSpace(name); name != "–" {
				list = append(list, name)
			}
		}
		documented[strings.TrimSpace(cells[1])] = list
	}
	if !maps.EqualFunc(documented, domainArrows, slices.Equal[[]string]) {
		t.Errorf("docs/architecture.md and domainArrows differ:\n%v\n%v", documented, domainArrows)
	}
}

// Every module that the code imports has its line in the decision record.
func TestDependenciesHaveAReason(t *testing.T) {
	fsys := os.DirFS(root)
	files, err := scan(fsys)
	if err != nil {
		t.Fatal(err)
	}
	gomod, err := fs.ReadFile(fsys, "go.mod")
	if err != nil {
		t.Fatal(err)
	}
	page, err := fs.ReadFile(fsys, "docs/adr/0009-dependencies.md")
	if err != nil {
		t.Fatal(err)
	}
	modules, used := requires(string(gomod)), map[string]bool{}
	_, tools, _ := bytes.Cut(gomod, []byte("\ntool ("))
	for tool := range strings.FieldsSeq(string(tools)) {
		used[moduleOf(modules, tool)] = true
	}
	for _, f := range files {
		for _, imp := range f.imports {
			m := moduleOf(modules, imp.name)
			used[m] = true
			if m != "" && !bytes.Contains(page, []byte("| "+m+" |")) {
				t.Errorf("%s:%d: %s has no line in docs/adr/0009-dependencies.md: say why it is needed, its licence and how well it is kept", f.path, imp.line, m)
			}
		}
	}
	for line := range strings.Lines(string(page)) {
		cells := strings.Split(line, "|")
		if len(cells) > 2 && strings.Contains(cells[1], ".") && !used[strings.TrimSpace(cells[1])] {
			t.Errorf("docs/adr/0009-dependencies.md: nothing uses%s", cells[1])
		}
	}
}

func TestRequires(t *testing.T) {
	got := requires("module m\n\ngo 1.26\n\nrequire a.org/x v1.0.0\nrequire (\n\tb.org/y/v2 v2.1.0\n\tb.org/y v1.0.0 // indirect\n)\n\ntool (\n\tc.org/z/cmd/z\n)\n")
	if want := []string{"a.org/x", "b.org/y/v2", "b.org/y"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if m := moduleOf(got, "b.org/y/v2/sub"); m != "b.org/y/v2" {
		t.Errorf("longest module wins: got %q", m)
	}
	if m := moduleOf(got, "b.org/yes"); m != "" {
		t.Errorf("a prefix of a name is no module: got %q", m)
	}
}

// The repository must make sense on any machine: no file speaks of a
// directory that exists only where it was once written.
func TestNoPathsOfOneMachine(t *testing.T) {
	marks := []string{"/work/" + "shared", "/work/" + "main", "/tmp" + "/", "/root" + "/"}
	err := fs.WalkDir(os.DirFS(root), ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if base := path.Base(p); base == ".git" || base == "node_modules" || p == "bin" || p == "data" || p == ".cache" {
				return fs.SkipDir
			}
			return nil
		}
		if p == ".git" {
			return nil // in a work tree beside the clone it is a file
		}
		info, err := d.Info()
		if err != nil || !info.Mode().IsRegular() || info.Size() > 8<<20 || p == ".git" { // of a linked work tree
			return err
		}
		text, err := fs.ReadFile(os.DirFS(root), p)
		if err != nil {
			return err
		}
		if bytes.IndexByte(text, 0) >= 0 {
			return nil // not a text
		}
		for n, line := range strings.Split(string(text), "\n") {
			for _, mark := range marks {
				if i := strings.Index(line, mark); i >= 0 && !partOfLongerPath(line, i) {
					t.Errorf("%s:%d: %q names a path of one machine; use a path in the repository, or a temporary directory asked for at run time", p, n+1, mark)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// partOfLongerPath tells "https://example.gov.cn/home/" and "static/home/"
// from an absolute path.
func partOfLongerPath(line string, i int) bool {
	if i == 0 {
		return false
	}
	c := line[i-1]
	return c == '.' || c == '/' || c == '-' || c == '_' || c == '}' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// A word of the glossary that no longer names a type misleads the reader.
func TestGlossaryNamesTypes(t *testing.T) {
	fsys := os.DirFS(root)
	page, err := fs.ReadFile(fsys, "docs/glossary.md")
	if err != nil {
		t.Fatal(err)
	}
	names := regexp.MustCompile("`([a-z]+)\\.([A-Z][A-Za-z]*)`").FindAllStringSubmatch(string(page), -1)
	if len(names) < 20 {
		t.Fatalf("only %d types in the glossary: has its form changed?", len(names))
	}
	sources := map[string]string{}
	for _, name := range names {
		room := name[1]
		if _, ok := sources[room]; !ok {
			files, err := fs.Glob(fsys, "internal/domain/"+room+"/*.go")
			if err != nil {
				t.Fatal(err)
			}
			var all strings.Builder
			for _, f := range files {
				text, err := fs.ReadFile(fsys, f)
				if err != nil {
					t.Fatal(err)
				}
				all.Write(text)
			}
			sources[room] = all.String()
		}
		if sources[room] == "" {
			continue // the room is planned, not built; the table of arrows knows it
		}
		if !regexp.MustCompile(`(?m)^(type |\t)` + name[2] + `\b`).MatchString(sources[room]) {
			t.Errorf("docs/glossary.md names %s.%s, which is no type of internal/domain/%s", room, name[2], room)
		}
	}
}

var markdownLink = regexp.MustCompile(`\]\(([^)\s]+)\)`)

// A link between documents that leads nowhere is worse than none.
func TestLinksOfDocuments(t *testing.T) {
	fsys := os.DirFS(root)
	err := fs.WalkDir(fsys, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && skipped(p) {
			return fs.SkipDir
		}
		if d.IsDir() || path.Ext(p) != ".md" {
			return nil
		}
		text, err := fs.ReadFile(fsys, p)
		if err != nil {
			return err
		}
		for _, m := range markdownLink.FindAllStringSubmatch(string(text), -1) {
			target, _, _ := strings.Cut(m[1], "#")
			if target == "" || strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
				continue
			}
			if _, err := fs.Stat(fsys, path.Join(path.Dir(p), target)); err != nil {
				t.Errorf("%s links to %s, which is not there", p, m[1])
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
