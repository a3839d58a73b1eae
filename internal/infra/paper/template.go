package paper

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"text/template"

	"onevisit/internal/domain/fault"
)

//go:embed templates/*.txt
var ownTemplates embed.FS

// Templates are the texts of the documents: the program's own, and a county's
// files of the same names in a directory, which go before them.
type Templates struct{ dir string }

// NewTemplates uses the files of a directory before the program's own; an empty
// or missing directory has none.
func NewTemplates(dir string) *Templates { return &Templates{dir} }

// Names lists the templates, without ".txt".
func (t *Templates) Names() []string {
	files, err := fs.Glob(ownTemplates, "templates/*.txt")
	if err != nil {
		panic("paper: " + err.Error()) // the pattern is a constant
	}
	for i, f := range files {
		files[i] = strings.TrimSuffix(filepath.Base(f), ".txt")
	}
	slices.Sort(files)
	return files
}

// Text returns a template's text, and whether it is the county's own.
func (t *Templates) Text(name string) (text string, own bool, err error) {
	if !slices.Contains(t.Names(), name) {
		return "", false, fault.NotFoundf("没有名为“%s”的文书模板。", name)
	}
	if t.dir != "" {
		b, err := os.ReadFile(filepath.Join(t.dir, name+".txt"))
		if err == nil {
			return string(b), true, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return "", false, err
		}
	}
	b, err := ownTemplates.ReadFile("templates/" + name + ".txt")
	return string(b), false, err
}

// Version changes when a file of the county is put in, changed or removed.
func (t *Templates) Version() string {
	var b strings.Builder
	for _, n := range t.Names() {
		if t.dir == "" {
			break
		}
		if f, err := os.Stat(filepath.Join(t.dir, n+".txt")); err == nil {
			fmt.Fprintf(&b, "%s %d %d\n", n, f.Size(), f.ModTime().UnixNano())
		}
	}
	return b.String()
}

// functions are what templates may use beside the fields.
var functions = template.FuncMap{
	// cell makes a text fit for a table.
	"cell": func(s string) string {
		return strings.Join(strings.Fields(strings.NewReplacer("|", "｜", "\n", " ").Replace(s)), " ")
	},
	// or gives a text for an empty one.
	"otherwise": func(otherwise, s string) string {
		if strings.TrimSpace(s) == "" {
			return otherwise
		}
		return s
	},
	// join joins several texts.
	"join": func(sep string, list []string) string { return strings.Join(list, sep) },
	// add numbers what is counted from 0.
	"add": func(a, b int) int { return a + b },
	// lines makes a paragraph of each line.
	"lines": func(s string) string {
		var out []string
		for l := range strings.Lines(s) {
			if l = strings.TrimSpace(l); l != "" {
				out = append(out, ". "+l)
			}
		}
		return strings.Join(out, "\n")
	},
}

// Fill fills a template. A template may use another by its name. A defect is an
// Invalid fault that names template, line and field.
func (t *Templates) Fill(name string, data any) ([]Block, error) {
	text, _, err := t.Text(name)
	if err != nil {
		return nil, err
	}
	return t.Try(name, text, data)
}

// Try fills a text in the place of a template: for a preview before it is kept.
func (t *Templates) Try(name, text string, data any) ([]Block, error) {
	all := template.New("").Funcs(functions).Option("missingkey=error")
	for _, n := range t.Names() {
		body := text
		if n != name {
			var err error
			if body, _, err = t.Text(n); err != nil {
				return nil, err
			}
		}
		if _, err := all.New(n).Parse(body); err != nil {
			return nil, badTemplate(n, err)
		}
	}
	var b strings.Builder
	if err := all.ExecuteTemplate(&b, name, data); err != nil {
		return nil, badTemplate(name, err)
	}
	return Parse(b.String()), nil
}

var (
	templateLine  = regexp.MustCompile(`template: [^:]+:(\d+)`)
	templateField = regexp.MustCompile(`can't evaluate field (\w+)|map has no entry for key "([^"]+)"`)
	templateFunc  = regexp.MustCompile(`function "([^"]+)" not defined`)
)

// badTemplate says in Chinese what the template engine says.
func badTemplate(name string, err error) error {
	msg := "写法有误"
	if m := templateField.FindStringSubmatch(err.Error()); m != nil {
		msg = "没有字段“" + m[1] + m[2] + "”"
	} else if m := templateFunc.FindStringSubmatch(err.Error()); m != nil {
		msg = "没有函数“" + m[1] + "”"
	}
	line := ""
	if m := templateLine.FindStringSubmatch(err.Error()); m != nil {
		line = "第 " + m[1] + " 行"
	}
	return fault.Wrap(fault.Invalid, err, "文书模板“%s”%s%s，请更正后再试；删去该文件即恢复为系统自带的模板。", name, line, msg)
}
