package paper

import (
	"crypto/sha256"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"text/template"
	"unicode"
	"unicode/utf8"

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

// layoutVersion changes when papers come out otherwise than before from the same
// templates, so that printed booklets are made anew.
const layoutVersion = 2

// ownVersion is that of the program's own templates and layout.
var ownVersion = sync.OnceValue(func() string {
	sum := sha256.New()
	for _, n := range (&Templates{}).Names() {
		text, err := ownTemplates.ReadFile("templates/" + n + ".txt")
		if err != nil {
			panic("paper: " + err.Error()) // it is built in
		}
		sum.Write(text)
	}
	return fmt.Sprintf("%d %x\n", layoutVersion, sum.Sum(nil))
})

// Version changes when a file of the county is put in, changed or removed, or
// the program brings other templates or another layout.
func (t *Templates) Version() string {
	var b strings.Builder
	b.WriteString(ownVersion())
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
	// cell makes a text fit for a table; its lines stay lines.
	"cell": func(s string) string {
		lines := strings.Split(strings.ReplaceAll(s, "|", "｜"), "\n")
		kept := lines[:0]
		for _, l := range lines {
			if l = strings.Join(strings.Fields(l), " "); l != "" {
				kept = append(kept, l)
			}
		}
		return strings.Join(kept, string(cellBreak))
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
	// han numbers as headings do: 一, 二, 十一.
	"han": hanNumber,
	// group parts a long number so that one can compare it.
	"group": func(s string) string {
		var out []string
		for ; len(s) > 8; s = s[8:] {
			out = append(out, s[:8])
		}
		return strings.Join(append(out, s), " ")
	},
	// room leaves so many lines of a cell free, to write or to set a seal into.
	"room": func(n int) string { return strings.Repeat(string(cellBreak)+"　", max(0, min(n, 20))) },
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

// hanNumber writes a number from 1 to 99 in Han characters, others in digits.
func hanNumber(n int) string {
	digits := []rune("〇一二三四五六七八九")
	if n < 1 || n > 99 {
		return strconv.Itoa(n)
	}
	out := ""
	if n >= 20 {
		out = string(digits[n/10])
	}
	if n >= 10 {
		out += "十"
	}
	if n%10 > 0 {
		out += string(digits[n%10])
	}
	return out
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
			return nil, badTemplate(n, body, err)
		}
	}
	var b strings.Builder
	if err := all.ExecuteTemplate(&b, name, data); err != nil {
		used := text
		if m := templatePlace.FindStringSubmatch(err.Error()); m != nil && m[1] != name {
			used, _, _ = t.Text(m[1]) // only for the column
		}
		return nil, badTemplate(name, used, err)
	}
	return Parse(b.String()), nil
}

var (
	templatePlace = regexp.MustCompile(`template: ([^:]+):(\d+)(?::(\d+))?`)
	templateField = regexp.MustCompile(`can't evaluate field (\w+)|map has no entry for key "([^"]+)"`)
	templateFunc  = regexp.MustCompile(`function "([^"]+)" not defined`)
	templateUse   = regexp.MustCompile(`template "([^"]+)" not defined`)
	templateOpen  = regexp.MustCompile(`unexpected EOF`)
	templateChar  = regexp.MustCompile(`(?:unexpected|bad character|unterminated) .*`)
)

// badTemplate says in Chinese what the template engine says, with line and
// column; text is that of the template called name.
func badTemplate(name, text string, err error) error {
	msg, remedy := "写法有误", "请对照字段表检查花括号里的内容"
	token := "{{"
	engine := err.Error()
	switch {
	case templateField.MatchString(engine):
		m := templateField.FindStringSubmatch(engine)
		token = m[1] + m[2]
		msg, remedy = "没有字段“"+token+"”", "请对照字段表更正字段名，注意大小写"
	case templateFunc.MatchString(engine):
		token = templateFunc.FindStringSubmatch(engine)[1]
		msg, remedy = "没有函数“"+token+"”", "可用的函数有 cell、otherwise、join、add、han、group、room、lines；字段名前要有一个点"
	case templateUse.MatchString(engine):
		token = templateUse.FindStringSubmatch(engine)[1]
		msg, remedy = "没有名为“"+token+"”的模板", "只能引用系统已有的模板"
	case templateOpen.MatchString(engine):
		msg, remedy = "有 if 或 range 没有结束", "请在相应位置补上 {{end}}"
	case strings.Contains(engine, "exceeded maximum template depth"):
		msg, remedy = "模板引用了自己", "请删去这处引用"
	case templateChar.MatchString(engine):
		remedy = "请检查这一行的 {{ 和 }} 是否成对、内容是否完整"
	}
	place := ""
	if m := templatePlace.FindStringSubmatch(engine); m != nil {
		if m[1] != name { // in a template that this one uses
			name = m[1]
		}
		place = "第 " + m[2] + " 行" + column(text, m[2], m[3], token)
	}
	return fault.Wrap(fault.Invalid, err, "文书模板“%s”%s%s，%s。", name, place, msg, remedy)
}

// column is the column of a defect, counted in characters from 1: where the
// engine says it is, in bytes, or else where the token stands.
func column(text, line, bytes, token string) string {
	n, err := strconv.Atoi(line)
	lines := strings.Split(text, "\n")
	if err != nil || n < 1 || n > len(lines) {
		return ""
	}
	l := lines[n-1]
	at := strings.Index(l, token)
	for at >= 0 && token != "{{" { // the whole word, not the beginning of another
		rest := l[at+len(token):]
		r, _ := utf8.DecodeRuneInString(rest)
		if rest == "" || !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' {
			break
		}
		next := strings.Index(rest, token)
		if next < 0 {
			at = -1
			break
		}
		at += len(token) + next
	}
	if b, err := strconv.Atoi(bytes); err == nil && at < 0 && b <= len(l) {
		at = b
	}
	return fmt.Sprintf("第 %d 列", utf8.RuneCountInString(l[:max(at, 0)])+1)
}

// maxTemplate is the longest template, in bytes.
const maxTemplate = 64 << 10

// Check refuses a text that cannot stand in the place of a template: it is
// filled with the sample and with nothing at all, so that every branch is seen.
// It gives the sample's document.
func (t *Templates) Check(name, text string) ([]Block, error) {
	if !slices.Contains(t.Names(), name) {
		return nil, fault.NotFoundf("没有名为“%s”的文书模板。", name)
	}
	switch {
	case strings.HasPrefix(text, "PK\x03\x04") || strings.HasPrefix(text, "\xd0\xcf\x11\xe0"):
		return nil, fault.Invalidf("文书模板“%s”不能用 Word 文件，须为纯文本（.txt）。请在本页“模板内容”中直接修改文字和字段，或者另存为 UTF-8 编码的文本后上传；Word 格式由系统按模板生成。", name)
	case len(text) > maxTemplate:
		return nil, fault.Invalidf("文书模板“%s”超过 %d KB，请删去多余的内容。", name, maxTemplate>>10)
	case !utf8.ValidString(text):
		return nil, fault.Invalidf("文书模板“%s”不是 UTF-8 编码的文本，请另存为 UTF-8 后再上传。", name)
	}
	sample := Sample(name)
	blocks, err := t.Try(name, text, sample)
	if err != nil {
		return nil, err
	}
	if _, err := t.Try(name, text, reflect.Zero(reflect.TypeOf(sample)).Interface()); err != nil {
		return nil, err
	}
	if len(blocks) == 0 {
		return nil, fault.Invalidf("文书模板“%s”没有内容。要恢复系统自带的模板，请用“恢复”。", name).At("text", "请填写模板内容")
	}
	return blocks, nil
}

// Replace puts a county's text in the place of a template. What Check refuses
// leaves everything as it was.
func (t *Templates) Replace(name, text string) error {
	if _, err := t.Check(name, text); err != nil {
		return err
	}
	if t.dir == "" {
		return fault.Unavailablef("没有存放模板的目录，请联系系统管理员。")
	}
	if err := os.MkdirAll(t.dir, 0o700); err != nil {
		return unwritable(err)
	}
	file := filepath.Join(t.dir, name+".txt")
	if err := os.WriteFile(file+".part", []byte(text), 0o600); err != nil {
		return unwritable(err)
	}
	if err := os.Rename(file+".part", file); err != nil {
		return unwritable(err)
	}
	return nil
}

// Restore brings the program's own text back.
func (t *Templates) Restore(name string) error {
	_, own, err := t.Text(name)
	if err != nil || !own {
		return err
	}
	if err := os.Remove(filepath.Join(t.dir, name+".txt")); err != nil {
		return unwritable(err)
	}
	return nil
}

func unwritable(err error) error {
	return fault.Wrap(fault.Unavailable, err, "模板不能保存，请联系系统管理员检查数据目录的空间和权限。")
}
