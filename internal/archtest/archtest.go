// Package archtest keeps the house of docs/architecture.md standing: it reads
// the imports and a few calls of every Go file and says, for each arrow that
// points the wrong way, why the rule exists. It has no users at run time.
package archtest

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"sort"
	"strconv"
	"strings"
)

const module = "onevisit"

// Floors, from the ground up. An arrow may only point to a lower number.
const (
	domain = iota
	infra
	app
	server
	roof
	// aside stands beside the house: packages that only tests import, and
	// packages that hold nothing but tests.
	aside
)

// domainArrows is the table of same-floor arrows in the domain. Everything may
// use fault as well. A new arrow needs a decision record in docs/adr and the
// same change in docs/architecture.md, which is compared with this table.
var domainArrows = map[string][]string{
	"fault":       {},
	"code":        {},
	"calendar":    {},
	"citation":    {},
	"audit":       {},
	"org":         {"code", "calendar"},
	"licence":     {"org", "code"},
	"work":        {"org", "calendar"},
	"catalog":     {"org", "code", "calendar", "citation", "licence"},
	"visit":       {"catalog"},
	"onceonly":    {"catalog", "licence", "org"},
	"plan":        {"org", "calendar"},
	"lint":        {"visit", "onceonly", "catalog", "citation", "licence", "org", "calendar", "code"},
	"publication": {"lint", "visit", "catalog", "plan", "work", "citation", "org", "calendar", "audit"},
	"casework":    {"visit", "catalog", "licence", "work", "org", "calendar", "code", "audit"},
	"supervision": {"casework", "publication", "plan", "lint", "visit", "catalog", "work", "org", "calendar"},
}

// impure are the packages of the standard library that reach outside the
// process or the call: a domain that imports one of them is no longer pure.
var impure = []string{
	"C", "crypto/rand", "crypto/tls", "database/sql", "log", "math/rand", "math/rand/v2", "net", "net/http", "net/mail", "net/rpc", "net/smtp",
	"os", "plugin", "syscall", "testing",
}

// impureAllowed lists single exceptions: room, then package.
var impureAllowed = map[string][]string{
	// calendar's Date is a column type; driver.Valuer and sql.Scanner's shape
	// need the interfaces only, no database.
	"calendar": {"database/sql/driver"},
	// code's masked numbers implement slog.LogValuer, so that a careless log
	// line prints the mask and never the number.
	"code": {"log/slog"},
	"org":  {"log/slog"},
}

// shared are modules that several rooms may import: readers of a plain format,
// which each room reads for its own purpose.
var shared = []string{"go.yaml.in/yaml/v3"}

// clocks are the functions of package time that read the clock or wait for it.
var (
	clocks = []string{"Now", "Since", "Until"}
	timers = []string{"After", "AfterFunc", "NewTicker", "NewTimer", "Sleep", "Tick"}
)

// source is what the rules need to know about one Go file.
type source struct {
	path    string // slash path from the root of the repository
	test    bool
	imports []use
	calls   []use // selectors on package time, as "Now"
	gos     []int // lines of go statements
}

type use struct {
	name string
	line int
}

// place is the address of a package in the house.
type place struct {
	floor int
	room  string // "visit", "store", "web"; empty for the shared root of a floor
}

func (p place) String() string {
	name := [...]string{"domain", "infra", "app", "server", "cmd", "test support"}[p.floor]
	if p.room == "" {
		return name
	}
	return name + "/" + p.room
}

// locate finds the floor and room of a directory; ok is false for a directory
// that belongs to no floor.
func locate(dir string) (place, bool) {
	parts := strings.Split(dir, "/")
	// storetest, archtest and the like: helpers of tests, known by their name.
	if strings.HasSuffix(path.Base(dir), "test") && parts[0] == "internal" {
		return place{aside, path.Base(dir)}, true
	}
	switch parts[0] {
	case "cmd", "scripts":
		return place{roof, parts[0]}, true
	case "internal":
	default:
		return place{}, false
	}
	if len(parts) < 2 {
		return place{}, false
	}
	room := ""
	if len(parts) > 2 {
		room = parts[2]
	}
	switch parts[1] {
	case "domain":
		return place{domain, room}, room != ""
	case "infra":
		return place{infra, room}, room != ""
	case "app":
		return place{app, room}, room != ""
	case "server":
		return place{server, room}, true
	}
	return place{}, false
}

// skipped directories hold no code of the house.
func skipped(dir string) bool {
	base := path.Base(dir)
	return dir == "bin" || dir == "data" || base == "testdata" || base == "node_modules" || base == "vendor" ||
		(strings.HasPrefix(base, ".") && dir != "." && base != ".ci")
}

// scan parses every Go file below the root.
func scan(fsys fs.FS) ([]source, error) {
	var out []source
	fset := token.NewFileSet()
	err := fs.WalkDir(fsys, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if skipped(p) {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(p, ".go") {
			return nil
		}
		text, err := fs.ReadFile(fsys, p)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(fset, p, text, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		out = append(out, read(fset, p, file))
		return nil
	})
	return out, err
}

func read(fset *token.FileSet, p string, file *ast.File) source {
	s := source{path: p, test: strings.HasSuffix(p, "_test.go")}
	line := func(n ast.Node) int { return fset.Position(n.Pos()).Line }
	clock := ""
	for _, spec := range file.Imports {
		name, _ := strconv.Unquote(spec.Path.Value)
		s.imports = append(s.imports, use{name, line(spec)})
		if name == "time" {
			clock = "time"
			if spec.Name != nil {
				clock = spec.Name.Name
			}
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			// A reference counts as much as a call: `clock := time.Now`.
			if x, ok := n.X.(*ast.Ident); ok && clock != "" && x.Name == clock {
				s.calls = append(s.calls, use{n.Sel.Name, line(n)})
			}
		case *ast.GoStmt:
			s.gos = append(s.gos, line(n))
		}
		return true
	})
	return s
}

// moduleOf returns the module of the go.mod list that holds an import path, or
// "" for the standard library and for this module.
func moduleOf(modules []string, imp string) string {
	best := ""
	for _, m := range modules {
		if (imp == m || strings.HasPrefix(imp, m+"/")) && len(m) > len(best) {
			best = m
		}
	}
	return best
}

// requires lists the modules that a go.mod names.
func requires(gomod string) []string {
	var out []string
	inside := false
	for l := range strings.Lines(gomod) {
		f := strings.Fields(l)
		switch {
		case len(f) == 0:
		case f[0] == "require" && len(f) > 1 && f[1] == "(":
			inside = true
		case f[0] == ")":
			inside = false
		case f[0] == "require" && len(f) > 2:
			out = append(out, f[1])
		case inside && len(f) > 1:
			out = append(out, f[0])
		}
	}
	return out
}

// check holds every file against the rules and returns the complaints in the
// order of the files.
func check(files []source, modules []string) []string {
	var out []string
	owners := map[string]map[place]string{} // third-party module → rooms → a file
	for _, f := range files {
		dir := path.Dir(f.path)
		if dir == "." && f.test {
			continue
		}
		here, ok := locate(dir)
		if !ok {
			out = append(out, fmt.Sprintf("%s: %s belongs to no floor: put it below cmd, internal/server, internal/app, internal/infra or internal/domain,"+
				" because a package without a floor has no rule about what it may know", f.path, dir))
			continue
		}
		if here.floor == domain {
			if _, known := domainArrows[here.room]; !known {
				out = append(out, fmt.Sprintf("%s: domain/%s is not in the table of rooms: a new room states what it may know"+
					" (domainArrows in internal/archtest, docs/architecture.md, a decision record in docs/adr)", f.path, here.room))
				continue
			}
		}
		if f.test || here.floor == aside {
			continue // tests look into every room; that is what they are for
		}
		say := func(line int, format string, args ...any) {
			out = append(out, fmt.Sprintf("%s:%d: ", f.path, line)+fmt.Sprintf(format, args...))
		}
		for _, imp := range f.imports {
			if why := arrow(here, imp.name, modules); why != "" {
				say(imp.line, "%s", why)
			}
			if m := moduleOf(modules, imp.name); m != "" && !strings.HasPrefix(m, "golang.org/x/") && !slices.Contains(shared, m) {
				if owners[m] == nil {
					owners[m] = map[place]string{}
				}
				if _, seen := owners[m][here]; !seen {
					owners[m][here] = fmt.Sprintf("%s:%d", f.path, imp.line)
				}
			}
		}
		if here.floor < server {
			for _, c := range f.calls {
				if slices.Contains(clocks, c.name) {
					say(c.line, "time.%s in %s: no clock is read below server and cmd. One transaction has one now, handed in from above;"+
						" otherwise a deadline cannot be tested, nor a case replayed", c.name, here)
				}
			}
		}
		if here.floor == domain {
			for _, c := range f.calls {
				if slices.Contains(timers, c.name) {
					say(c.line, "time.%s in %s: the domain does not wait. Waiting belongs to the worker, on the job table", c.name, here)
				}
			}
			for _, l := range f.gos {
				say(l, "go statement in %s: the domain is pure and starts nothing; the caller decides what runs side by side", here)
			}
		}
	}
	var names []string
	for m := range owners {
		names = append(names, m)
	}
	sort.Strings(names)
	for _, m := range names {
		if len(owners[m]) < 2 {
			continue
		}
		var at []string
		for _, file := range owners[m] {
			at = append(at, file)
		}
		sort.Strings(at)
		out = append(out, fmt.Sprintf("%s is imported by %d rooms (%s): a module of others belongs to one room, so that it can be replaced"+
			" by changing one room; ask that room for what you need", m, len(at), strings.Join(at, ", ")))
	}
	return out
}

// arrow says why a package at here may not import imp, or "".
func arrow(here place, imp string, modules []string) string {
	inner, ours := strings.CutPrefix(imp, module+"/")
	if !ours {
		if here.floor != domain {
			return ""
		}
		if moduleOf(modules, imp) != "" || strings.Contains(strings.SplitN(imp, "/", 2)[0], ".") {
			return fmt.Sprintf("%s imports %s: the domain uses the standard library only, so that a rule which a lawyer can check on paper"+
				" does not change with somebody else's release. Declare what you need here, and let an infra room bring it", here, imp)
		}
		for _, bad := range impure {
			if (imp == bad || strings.HasPrefix(imp, bad+"/") && bad != "net") && !slices.Contains(impureAllowed[here.room], imp) {
				return fmt.Sprintf("%s imports %s: the domain is pure (no I/O, clock, chance or log): the same input gives the same answer"+
					" today, in a test and in ten years. Take the value as a parameter; the app floor fetches it", here, imp)
			}
		}
		return ""
	}
	there, ok := locate(inner)
	switch {
	case !ok:
		return fmt.Sprintf("%s imports %s, which belongs to no floor", here, imp)
	case there == here:
		return "" // a room may have sub-packages
	case there.floor == aside:
		return fmt.Sprintf("%s imports %s: helpers of tests stay out of the program that is delivered", here, imp)
	case there.floor > here.floor:
		return fmt.Sprintf("%s imports %s: arrows point down only. The lower floor declares an interface and the roof hands the"+
			" implementation down; else the business rules depend on how they are shown or stored", here, there)
	case here.floor == domain:
		if there.room == "fault" || slices.Contains(domainArrows[here.room], there.room) {
			return ""
		}
		return fmt.Sprintf("%s imports %s: that arrow is not in the table. Each room of the domain can be understood with the few rooms"+
			" below it; a new arrow needs a decision record in docs/adr (it usually means that the noun stands in the wrong room)", here, there)
	case here.floor == infra && there.floor == infra:
		return fmt.Sprintf("%s imports %s: infra rooms do not know each other. Each wraps one outside technology, so that it can be"+
			" replaced alone; the app floor joins them", here, there)
	case here.floor == app && there.floor == app:
		return fmt.Sprintf("%s imports %s: app rooms never import each other. Each method is one transaction; a method that calls another"+
			" hall's method nests two. A shared step goes down into domain or store", here, there)
	case here.floor == server && there.floor == infra:
		return fmt.Sprintf("%s imports %s: the server knows app and domain only. A handler that reaches a database or a file goes past"+
			" the authorisation and the audit entry that every app method makes", here, there)
	case here.floor == server && there.floor == server && there.room != "":
		return fmt.Sprintf("%s imports %s: the doors (web, api, worker) do not know each other; what they share stands in internal/server"+
			" itself or in an app method", here, there)
	}
	return ""
}
